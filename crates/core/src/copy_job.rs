//! Copy jobs: how a recovery point gets into another vault, also of another region or account.
//!
//! A copy is a backup of its own, under its own key. While its job runs it is one that is being
//! created, and what it is made of is in use: neither of them can be deleted.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::backup_job::{first, mint_copy_arn, split_random};
use crate::{
    Backup, BackupId, BackupName, COPIES_MAX, CreatedBy, Guard, InRealm, InVault, InvalidLifecycle,
    JobId, Keeper, Lifecycle, ObjectPrefix, Origin, Realm, ResourceArn, ResourceType,
    RetentionRefusal, RoleArn, RoleRefusal, RoleStatus, State, Use, UsedBy, VaultName,
    check_retention,
};

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CopyOrder {
    /// The recovery point to copy.
    pub original: BackupName,
    /// The vault that it is in.
    pub vault: VaultName,
    /// The vault that the copy is to be kept in.
    pub destination: InRealm<VaultName>,
    /// The role to do it with.
    pub role: RoleArn,
    /// A repeat of the same token starts nothing.
    pub idempotency_token: Option<String>,
    /// The lifecycle of the copy.
    pub lifecycle: Lifecycle,
    /// The plan that gives it; nothing if somebody does.
    pub created_by: Option<Box<CreatedBy>>,
}

/// One copy job. It is in the realm of the original, where it was asked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CopyJob {
    /// Its name.
    pub id: JobId,
    /// Where it is, and the original.
    pub realm: Realm,
    /// The vault of the original.
    pub vault: VaultName,
    /// What it copies.
    pub original: BackupName,
    /// Where the copy is.
    pub to_realm: Realm,
    /// The vault of the copy.
    pub to_vault: VaultName,
    /// The copy that it makes.
    pub copy: BackupName,
    /// What was backed up.
    pub resource: ResourceArn,
    /// The kind of that resource.
    pub resource_type: ResourceType,
    /// Bytes of the resource.
    pub size_bytes: u64,
    /// The role it runs with.
    pub role: RoleArn,
    /// When it was accepted.
    pub created: Timestamp,
    /// The lifecycle of its copy.
    pub lifecycle: Lifecycle,
    /// The caller's token.
    pub idempotency_token: Option<String>,
    /// The plan that made it; nothing if somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Box<CreatedBy>>,
    /// How far it is.
    pub state: CopyJobState,
}

impl CopyJob {
    /// What the original is found by.
    pub fn original_key(&self) -> InRealm<BackupName> {
        self.realm.with(self.original.clone())
    }

    /// What its copy is found by.
    pub fn copy_key(&self) -> InRealm<BackupName> {
        self.to_realm.with(self.copy.clone())
    }

    /// The vault of its copy.
    pub fn destination(&self) -> InRealm<VaultName> {
        self.to_realm.with(self.to_vault.clone())
    }
}

/// How far a copy job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum CopyJobState {
    /// It waits for its turn. The original is in use.
    Created,
    /// It reads and stores. The original is in use.
    Running,
    /// Its copy is complete.
    Completed {
        /// When.
        at: Timestamp,
    },
    /// It could not be done; what it stored is being erased, if it began at all.
    Failed {
        /// When.
        at: Timestamp,
        /// Why, in words for the caller.
        reason: String,
    },
}

impl CopyJobState {
    /// When the job ended, if it has.
    pub fn ended(&self) -> Option<Timestamp> {
        match self {
            Self::Created | Self::Running => None,
            Self::Completed { at } | Self::Failed { at, .. } => Some(*at),
        }
    }

    /// Why it made no copy, in words for the caller, if it says so.
    pub fn reason(&self) -> Option<&str> {
        match self {
            Self::Failed { reason, .. } => Some(reason),
            Self::Created | Self::Running | Self::Completed { .. } => None,
        }
    }
}

/// Why no copy was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum CopyRefusal {
    /// The original is not whole yet.
    #[error("the recovery point is still being created")]
    Creating,
    /// The key of the original is destroyed.
    #[error("the recovery point is being deleted and can no longer be copied")]
    Deleting,
    /// The original is no recovery point: another service keeps it.
    #[error("the backup is in no vault; the service that keeps it copies it")]
    InNoVault,
    /// The copy would be beside its original.
    #[error("the recovery point is in vault {vault} already; name another vault")]
    SameVault {
        /// The vault of both.
        vault: VaultName,
    },
    /// Names of one part of the cloud mean nothing in another.
    #[error("nothing is copied from partition {from} to partition {to}")]
    OtherPartition {
        /// That of the original.
        from: &'static str,
        /// That of the vault.
        to: &'static str,
    },
    /// There is no such vault to copy into.
    #[error("no vault {vault}")]
    NoDestination {
        /// Its ARN.
        vault: String,
    },
    /// As many copies into the account and region are being made as there may be.
    #[error("{COPIES_MAX} copies into {realm} are being made, which is the most")]
    TooMany {
        /// Where the copies go.
        realm: Realm,
    },
    /// The role cannot be used.
    #[error(transparent)]
    Role(#[from] RoleRefusal),
    /// The lifecycle contradicts itself.
    #[error(transparent)]
    Lifecycle(#[from] InvalidLifecycle),
    /// The token stands for another order.
    #[error(
        "token {token:?} is that of copy job {job}, of {original} into {vault}: \
         the {differs} was another"
    )]
    TokenUsed {
        /// The token.
        token: String,
        /// The job that was started with it.
        job: JobId,
        /// What that job copies.
        original: BackupName,
        /// The ARN of the vault that it copies into.
        vault: String,
        /// What the two orders differ in.
        differs: &'static str,
    },
}

/// Decides what a token answers that `earlier` was started with: that job, if `order` asks for the
/// same in everything. Otherwise a caller would believe in a copy that nobody made.
pub fn decide_copy_repeat(order: &CopyOrder, earlier: CopyJob) -> Result<CopyJob, CopyRefusal> {
    let CopyOrder { original, vault, destination, role, lifecycle, .. } = order;
    let differs = [
        ("recovery point", *original != earlier.original),
        ("source vault", *vault != earlier.vault),
        ("destination vault", *destination != earlier.destination()),
        ("role", *role != earlier.role),
        ("lifecycle", lifecycle.checked().as_ref() != Ok(&earlier.lifecycle)),
    ];
    let Some((differs, _)) = differs.into_iter().find(|(_, differs)| *differs) else {
        return Ok(earlier);
    };
    let vault = earlier.to_realm.vault_arn(&earlier.to_vault);
    let CopyJob { id: job, original, idempotency_token, .. } = earlier;
    let token = idempotency_token.unwrap_or_default();
    Err(CopyRefusal::TokenUsed { token, job, original, vault, differs })
}

/// A copy that begins: what is written, all of it in one transaction with the copy's new data
/// key, before the first byte is read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginCopy {
    /// The job.
    pub job: CopyJob,
    /// The copy, in state [`State::Creating`].
    pub copy: Backup,
    /// Its use of the original.
    pub reads: Use,
}

/// What becomes of an order that is taken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NewCopy {
    /// The copy begins.
    Begins(Box<BeginCopy>),
    /// Its job has failed, and nothing was read: the lock of the vault does not let the copy in.
    NotLetIn(Box<CopyJob>),
}

/// What a copy is decided from beside what was asked, as of one instant.
#[derive(Debug, Clone, Copy)]
pub struct CopyFacts<'a> {
    /// The original.
    pub original: &'a Backup,
    /// What is known of the role.
    pub role: RoleStatus,
    /// What the vault of the copy protects with.
    pub guard: &'a Guard,
    /// Copies that are being made in the realm of that vault.
    pub running: u64,
}

/// Decides whether `order` is taken at `now`. `random` is spent on names.
///
/// A legal hold on the original is no obstacle: nothing of it changes. It does not go with the
/// copy either, which the holds of its own realm keep, if they are of it. A job whose lifecycle
/// does not keep to the lock of the destination is taken, and has failed at once, as a backup job.
pub fn decide_copy(
    order: CopyOrder,
    facts: CopyFacts<'_>,
    now: Timestamp,
    random: [u8; 34],
) -> Result<NewCopy, CopyRefusal> {
    let original = facts.original;
    let Some(kept) = original.in_vault() else { return Err(CopyRefusal::InNoVault) };
    let size_bytes = match &original.state {
        State::Creating => return Err(CopyRefusal::Creating),
        State::Deleting { .. } => return Err(CopyRefusal::Deleting),
        State::Failed { .. } => return Err(CopyRefusal::InNoVault),
        State::Completed { content } | State::Expired { content, .. } => content.size_bytes,
    };
    check_destination(&original.realm, &kept.vault, &order.destination)?;
    facts.role.check(&order.role)?;
    let lifecycle = order.lifecycle.checked()?;
    let [job, prefix, name] = split_random(random);
    let id = JobId::new(now, first(job));
    let InRealm { realm, name: vault } = order.destination;
    let copy = mint_copy_arn(&realm, facts.guard, &original.source, now, first(name));
    let copy = BackupName::Arn(copy.map_err(|_| CopyRefusal::InNoVault)?);
    let job = CopyJob {
        id,
        realm: original.realm.clone(),
        vault: kept.vault.clone(),
        original: original.name.clone(),
        to_realm: realm,
        to_vault: vault,
        copy,
        resource: original.source.clone(),
        resource_type: kept.resource_type.clone(),
        size_bytes,
        role: order.role,
        created: now,
        lifecycle,
        idempotency_token: order.idempotency_token,
        created_by: order.created_by,
        state: CopyJobState::Created,
    };
    if let Err(refusal) = check_retention(&job.lifecycle, facts.guard) {
        return Ok(NewCopy::NotLetIn(Box::new(not_let_in(job, &refusal))));
    }
    if facts.running >= COPIES_MAX {
        return Err(CopyRefusal::TooMany { realm: job.to_realm });
    }
    let copy = copy_of(original, kept, &job, ObjectPrefix::new(prefix));
    let reads = Use { job: id, by: UsedBy::CopyJob };
    Ok(NewCopy::Begins(Box::new(BeginCopy { job, copy, reads })))
}

fn check_destination(
    realm: &Realm,
    vault: &VaultName,
    destination: &InRealm<VaultName>,
) -> Result<(), CopyRefusal> {
    let (from, to) = (realm.partition(), destination.realm.partition());
    if from != to {
        return Err(CopyRefusal::OtherPartition { from, to });
    }
    if (realm, vault) == (&destination.realm, &destination.name) {
        return Err(CopyRefusal::SameVault { vault: vault.clone() });
    }
    Ok(())
}

fn not_let_in(job: CopyJob, refusal: &RetentionRefusal) -> CopyJob {
    let state = CopyJobState::Failed { at: job.created, reason: refusal.to_string() };
    CopyJob { state, ..job }
}

/// What `job` makes: all that was said of the original is true of its copy, but for where it is,
/// who keeps it and how long.
fn copy_of(original: &Backup, kept: &InVault, job: &CopyJob, objects: ObjectPrefix) -> Backup {
    Backup {
        id: BackupId::of_job(job.id),
        realm: job.to_realm.clone(),
        name: job.copy.clone(),
        source: original.source.clone(),
        created: job.created,
        objects,
        keeper: Keeper::Vault(InVault {
            vault: job.to_vault.clone(),
            role: job.role.clone(),
            lifecycle: job.lifecycle,
            resource_type: kept.resource_type.clone(),
            restore_metadata: kept.restore_metadata.clone(),
            created_by: job.created_by.clone(),
            request: None,
        }),
        origin: Origin::Copied {
            realm: original.realm.clone(),
            name: original.name.clone(),
            root: original.root(),
            vault: Some(kept.vault.clone()),
        },
        offered: original.offered.clone(),
        tags: original.tags.clone(),
        problems: original.problems.clone(),
        state: State::Creating,
    }
}
