//! What a backup is, and when it may be deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    BackupId, BackupName, CreatedBy, Erasure, ErasureRequest, FileSystemId, FsxBackupId, Guard,
    Held, Holds, InRealm, JobId, Lifecycle, Locked, ObjectPrefix, OfFileSystem, OfInstance, OfLog,
    Offered, Origin, PlanId, Principal, Realm, ResourceArn, ResourceType, RoleArn, RoleStatus,
    Snapshots, Tags, VaultName, Why,
};

/// One backup of one source.
///
/// What every service says of its backups stands here; what one of them alone says stands in
/// the [`Keeper`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Backup {
    /// What it is within the server: bound into every sealed byte.
    pub id: BackupId,
    /// Where it is.
    pub realm: Realm,
    /// What callers say, unique there.
    pub name: BackupName,
    /// What was backed up.
    pub source: ResourceArn,
    /// When it was asked for.
    pub created: Timestamp,
    /// Where its objects are.
    pub objects: ObjectPrefix,
    /// Who keeps it.
    pub keeper: Keeper,
    /// Where its bytes came from.
    #[serde(default, skip_serializing_if = "Origin::is_captured")]
    pub origin: Origin,
    /// What its source was offered as when it was made. It stays when the source goes.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub offered: Option<Box<Offered>>,
    /// Its tags.
    pub tags: Tags,
    /// What could not be read as it was when it was made, in words; empty if all was well.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problems: String,
    /// Where it is in its life.
    pub state: State,
}

/// Who keeps a backup: by whose rules it may go, and what only that service says of it.
///
/// A recovery point that AWS Backup made of a file system *is* the `FSx` backup of type
/// `AWS_BACKUP`: one backup, of one name, kept by its vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// AWS Backup, in a vault: a recovery point.
    Vault(InVault),
    /// Amazon `FSx`, with a file system.
    FileSystem(OfFileSystem),
    /// `ApsaraDB` RDS, with an instance: a backup set.
    Instance(OfInstance),
    /// `ApsaraDB` RDS, with an instance: log backups.
    Log(OfLog),
}

/// A backup that a vault keeps.
#[derive(Debug, Clone, Copy)]
pub struct Point<'a> {
    /// The backup.
    pub backup: &'a Backup,
    /// What AWS Backup says of it.
    pub kept: &'a InVault,
}

/// A restore or a copy that is reading a backup.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Use {
    /// What reads it.
    pub job: JobId,
    /// What it is read for.
    pub by: UsedBy,
}

impl Use {
    /// That of a restore that has no name but that of its job.
    pub fn restore(job: JobId) -> Self {
        Self { job, by: UsedBy::Restore }
    }
}

/// What a backup is read for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum UsedBy {
    /// A restore: a job of AWS Backup, or one of backup sets and log backups.
    Restore,
    /// A file system that is made of it.
    FileSystem {
        /// That.
        id: FileSystemId,
    },
    /// A copy.
    Copy {
        /// That.
        backup: FsxBackupId,
    },
    /// A copy job of AWS Backup.
    CopyJob,
}

/// What AWS Backup says of a backup that it keeps.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct InVault {
    /// The vault.
    pub vault: VaultName,
    /// The role that it was made with, and that must be able to delete it.
    pub role: RoleArn,
    /// How long it is meant to stay.
    pub lifecycle: Lifecycle,
    /// The kind of its source.
    pub resource_type: ResourceType,
    /// What a restore needs to know, by the names that the service uses.
    pub restore_metadata: BTreeMap<String, String>,
    /// The plan that made it; nothing if somebody asked for it.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub created_by: Option<Box<CreatedBy>>,
    /// The deletion that is asked for and waits, or was given up.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub request: Option<Box<ErasureRequest>>,
}

impl InVault {
    /// Whether this plan made it.
    pub fn is_of_plan(&self, plan: PlanId) -> bool {
        self.created_by.as_ref().is_some_and(|by| by.plan == plan)
    }
}

/// What protects a backup beside its own state and uses. Whoever decides that it goes reads
/// all of these, and the decision holds only while none of them has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protector {
    /// The vault that keeps it, and what that protects.
    Vault(InRealm<VaultName>),
    /// The role that it was made with.
    Role(RoleArn),
    /// The legal holds of its realm.
    Holds(Realm),
    /// Its source, which says what keeps the snapshots that it is made of.
    Source(InRealm<ResourceArn>),
}

/// Everything that protects `backup` beside its own state and uses.
pub fn protectors(backup: &Backup) -> Vec<Protector> {
    match &backup.keeper {
        Keeper::Vault(kept) => {
            let mut all = vec![
                Protector::Vault(backup.realm.with(kept.vault.clone())),
                Protector::Role(kept.role.clone()),
                Protector::Holds(backup.realm.clone()),
            ];
            if Snapshots::are_under(&backup.name) {
                all.push(Protector::Source(backup.realm.with(backup.source.clone())));
            }
            all
        }
        Keeper::FileSystem(_) | Keeper::Instance(_) | Keeper::Log(_) => Vec::new(),
    }
}

impl Backup {
    /// What it is found by.
    pub fn key(&self) -> InRealm<BackupName> {
        self.realm.with(self.name.clone())
    }

    /// What AWS Backup says of it; nothing if it is not one of its recovery points.
    pub fn in_vault(&self) -> Option<&InVault> {
        match &self.keeper {
            Keeper::Vault(kept) => Some(kept),
            Keeper::FileSystem(_) | Keeper::Instance(_) | Keeper::Log(_) => None,
        }
    }

    /// What RDS says of it; nothing if it is not one of its backup sets.
    pub fn as_set(&self) -> Option<&OfInstance> {
        match &self.keeper {
            Keeper::Instance(kept) => Some(kept),
            Keeper::Vault(_) | Keeper::FileSystem(_) | Keeper::Log(_) => None,
        }
    }

    /// The backup as a recovery point, if it is one.
    pub fn as_point(&self) -> Option<Point<'_>> {
        self.in_vault().map(|kept| Point { backup: self, kept })
    }

    /// The backup as it is while it is being erased, that far. Nobody is shown any more what its
    /// source was.
    #[must_use]
    pub fn erased_by(self, erasing: Erasure) -> Self {
        let content = self.state.content().copied();
        self.erased_to(State::Deleting { content, erasing })
    }

    /// The backup in this state of its erasure. Nothing else of a backup changes from when its
    /// deletion is decided, but what goes with that.
    #[must_use]
    pub fn erased_to(self, state: State) -> Self {
        let offered = match state {
            State::Deleting { .. } => None,
            State::Creating
            | State::Completed { .. }
            | State::Expired { .. }
            | State::Failed { .. } => self.offered,
        };
        // What was asked for is done.
        Self { offered, state, ..self }.with_request(None)
    }

    /// The backup with its erasure that far, in whichever state that has one.
    #[must_use]
    pub fn erased_so_far(self, erasing: Erasure) -> Self {
        let state = match self.state {
            State::Failed { reason, at, bytes: _ } => {
                State::Failed { reason, at, bytes: Leftover::Erasing { erasing } }
            }
            State::Creating
            | State::Completed { .. }
            | State::Expired { .. }
            | State::Deleting { .. } => return self.erased_by(erasing),
        };
        Self { state, ..self }
    }

    /// What is left of the backup once its erasure is certified: nothing, or the record of
    /// one that failed.
    pub fn after_certificate(self) -> Option<Self> {
        match self.state {
            State::Failed { reason, at, bytes: _ } => {
                let state = State::Failed { reason, at, bytes: Leftover::Erased };
                Some(Self { state, ..self })
            }
            State::Creating
            | State::Completed { .. }
            | State::Expired { .. }
            | State::Deleting { .. } => None,
        }
    }
}

/// What is left of the bytes of a backup that failed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Leftover {
    /// Its key is destroyed; the eraser removes what was stored.
    Erasing {
        /// How far that is.
        erasing: Erasure,
    },
    /// Nothing.
    Erased,
}

/// What a completed capture stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Content {
    /// Bytes of the resource, before compression.
    pub size_bytes: u64,
    /// Bytes in the blob store, manifest included.
    pub stored_bytes: u64,
    /// Objects in the blob store, manifest included.
    pub objects: u64,
    /// When the last byte was durable.
    pub completed: Timestamp,
}

/// Where a backup is in its life.
///
/// A state holds what is true only in that state, so a `Deleting` backup without an
/// erasure cannot be written down. There is no `Deleted`: a backup that is gone
/// has no row, only a [`Certificate`](crate::Certificate).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum State {
    /// Its backup job is running.
    Creating,
    /// All its bytes are durable.
    Completed {
        /// What is stored.
        content: Content,
    },
    /// Its key is destroyed; the eraser removes its bytes.
    ///
    /// Nobody but the eraser changes a backup in this state, or whoever has its erasure
    /// tried again.
    Deleting {
        /// What was stored; nothing if its capture never finished.
        content: Option<Content>,
        /// How far that is.
        erasing: Erasure,
    },
    /// A deletion was accepted and could not be carried out: it is still stored.
    /// Deleting again is how the caller asks for another attempt.
    Expired {
        /// Why, in words for the caller.
        reason: String,
        /// When that was found.
        since: Timestamp,
        /// What is stored.
        content: Content,
    },
    /// It could not be made, and its service shows that: the record outlives the bytes. What
    /// AWS Backup could not make has a job that says so, and no record of its own.
    Failed {
        /// Why, in words for the caller.
        reason: String,
        /// When.
        at: Timestamp,
        /// What is left of its bytes.
        bytes: Leftover,
    },
}

impl State {
    /// What is stored, where that is known.
    pub fn content(&self) -> Option<&Content> {
        match self {
            Self::Creating | Self::Failed { .. } => None,
            Self::Completed { content } | Self::Expired { content, .. } => Some(content),
            Self::Deleting { content, .. } => content.as_ref(),
        }
    }

    /// The erasure, if there is one.
    pub fn erasing(&self) -> Option<&Erasure> {
        match self {
            Self::Deleting { erasing, .. }
            | Self::Failed { bytes: Leftover::Erasing { erasing }, .. } => Some(erasing),
            Self::Creating
            | Self::Completed { .. }
            | Self::Expired { .. }
            | Self::Failed { bytes: Leftover::Erased, .. } => None,
        }
    }

    /// The name of the state, for logs, metrics and the audit trail.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Completed { .. } => "completed",
            Self::Deleting { .. } => "deleting",
            Self::Expired { .. } => "expired",
            Self::Failed { .. } => "failed",
        }
    }
}

/// Everything that the deletion of a recovery point is decided from, as of one instant.
#[derive(Debug, Clone, Copy)]
pub struct DeleteFacts<'a> {
    /// The backup.
    pub backup: &'a Backup,
    /// Restores and copies that are reading it.
    pub uses: &'a [Use],
    /// What its vault protects it with.
    pub guard: &'a Guard,
    /// The legal holds of its realm.
    pub holds: &'a Holds,
    /// What is known of its role.
    pub role: RoleStatus,
    /// What keeps the snapshots that it is made of.
    pub snapshots: Snapshots,
}

/// What an accepted deletion does, all of it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// The backup becomes `Deleting`, and its data key leaves the ring.
    Erase(Erasure),
    /// The backup becomes `Expired` and keeps key and bytes.
    Expire {
        /// Why.
        reason: String,
        /// What stays stored.
        content: Content,
    },
}

/// What a backup is busy with, so that no service may delete it. Each is final until
/// something else changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Busy {
    /// Its backup job still runs. Stopping the job is the way out.
    #[error("the recovery point is still being created; stop its backup job first")]
    Creating,
    /// An erasure is under way.
    #[error("the recovery point is already being deleted")]
    AlreadyDeleting {
        /// The erasure job.
        job: JobId,
    },
    /// A restore or a copy is reading it.
    #[error("the recovery point is in use by {}", in_words(reads))]
    InUse {
        /// One of them.
        reads: Use,
    },
    /// It could not be made, and nothing is stored of it.
    #[error("the recovery point has failed")]
    Failed,
}

fn in_words(reads: &Use) -> String {
    match &reads.by {
        UsedBy::Restore => format!("restore job {}", reads.job),
        UsedBy::FileSystem { id } => format!("the restore into file system {id}"),
        UsedBy::Copy { backup } => format!("the copy {backup}"),
        UsedBy::CopyJob => format!("copy job {}", reads.job),
    }
}

/// Why AWS Backup does not delete a recovery point.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum PointRefusal {
    /// Something is done with it.
    #[error(transparent)]
    Busy(#[from] Busy),
    /// A legal hold keeps it.
    #[error(transparent)]
    Held(#[from] Held),
    /// Its vault is locked.
    #[error(transparent)]
    Locked(#[from] Locked),
    /// It is no recovery point: `FSx` keeps it.
    #[error("the backup is in no vault")]
    InNoVault,
}

/// What is stored of a backup that nothing is done with, read by none of `uses`. Every
/// service asks this before its own rules.
pub fn busy(backup: &Backup, uses: &[Use]) -> Result<Content, Busy> {
    let content = match &backup.state {
        State::Creating => return Err(Busy::Creating),
        State::Deleting { erasing, .. } => {
            return Err(Busy::AlreadyDeleting { job: erasing.job });
        }
        State::Completed { content } | State::Expired { content, .. } => *content,
        State::Failed { .. } => return Err(Busy::Failed),
    };
    match uses.first() {
        Some(reads) => Err(Busy::InUse { reads: reads.clone() }),
        None => Ok(content),
    }
}

/// Decides whether a recovery point may be deleted at `now`, as `by` asks and for this reason;
/// `job` names the erasure if it may.
///
/// What the backup's own state and its uses say comes first. A legal hold keeps it from everybody
/// and everything, the lock of its vault from all but its own lifecycle. The role and the snapshots
/// come last: with a broken one, or locked ones, AWS Backup accepts the call and keeps the backup,
/// which only a backup that could be deleted may end as.
pub fn decide_delete_point(
    facts: DeleteFacts<'_>,
    now: Timestamp,
    job: JobId,
    by: &Principal,
    why: Why,
) -> Result<Deletion, PointRefusal> {
    let Some(kept) = facts.backup.in_vault() else { return Err(PointRefusal::InNoVault) };
    let content = busy(facts.backup, facts.uses)?;
    facts.holds.check(facts.backup)?;
    match why {
        Why::Lifecycle => (),
        Why::Asked | Why::FailedBackup | Why::Retention | Why::FileSystemDeleted => {
            facts.guard.check_unlocked()?;
        }
    }
    let of_role = facts.role.obstacle(&kept.role);
    if let Some(reason) = of_role.or_else(|| facts.snapshots.obstacle(&facts.backup.name)) {
        return Ok(Deletion::Expire { reason, content });
    }
    Ok(Deletion::Erase(Erasure::begin(job, now, by.clone(), why)))
}
