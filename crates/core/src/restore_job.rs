//! Restore jobs: how a backup is read back, and the use that they hold on it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Backup, BackupName, InRealm, JobId, Realm, ResourceArn, ResourceType, RoleArn, RoleRefusal,
    RoleStatus, State, VaultName,
};

/// What a caller asks for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct RestoreOrder {
    /// The backup to read.
    pub backup: BackupName,
    /// The kind of resource that the caller takes the backup for.
    pub resource_type: Option<ResourceType>,
    /// The role to do it with.
    pub role: Option<RoleArn>,
    /// A repeat of the same token starts nothing.
    pub idempotency_token: Option<String>,
    /// What the caller says of the target. The target itself is the server's choice, so
    /// this may only repeat what the backup says of itself.
    pub metadata: BTreeMap<String, String>,
}

/// One restore job.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RestoreJob {
    /// Its name.
    pub id: JobId,
    /// Where it is.
    pub realm: Realm,
    /// The backup that it reads.
    pub backup: BackupName,
    /// The vault of that backup.
    pub vault: VaultName,
    /// What was backed up.
    pub resource: ResourceArn,
    /// The kind of that resource.
    pub resource_type: ResourceType,
    /// When the backup was made.
    pub backup_created: Timestamp,
    /// Bytes of the resource.
    pub size_bytes: u64,
    /// The role it runs with.
    pub role: Option<RoleArn>,
    /// When it was accepted.
    pub created: Timestamp,
    /// The caller's token.
    pub idempotency_token: Option<String>,
    /// What the caller said of the target.
    #[serde(default, skip_serializing_if = "BTreeMap::is_empty")]
    pub metadata: BTreeMap<String, String>,
    /// How far it is.
    pub state: RestoreJobState,
}

impl RestoreJob {
    /// What its backup is found by.
    pub fn backup_key(&self) -> InRealm<BackupName> {
        self.realm.with(self.backup.clone())
    }
}

/// How far a restore job is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "state", rename_all = "snake_case")]
pub enum RestoreJobState {
    /// It reads and writes, and the backup is in use.
    Running,
    /// The restored resource is whole.
    Completed {
        /// When.
        at: Timestamp,
        /// What was made: a directory's name under the restore folder.
        created: String,
        /// What could not be restored as it was, in words; empty if all was well.
        message: String,
    },
    /// It could not be done; nothing is left of it.
    Failed {
        /// When.
        at: Timestamp,
        /// Why, in words for the caller.
        reason: String,
    },
}

impl RestoreJobState {
    /// When the job ended, if it has.
    pub fn ended(&self) -> Option<Timestamp> {
        match self {
            Self::Running => None,
            Self::Completed { at, .. } | Self::Failed { at, .. } => Some(*at),
        }
    }
}

/// Why no restore was started.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RestoreRefusal {
    /// Its backup job still runs.
    #[error("the recovery point is still being created")]
    Creating,
    /// Its key is destroyed.
    #[error("the recovery point is being deleted and can no longer be read")]
    Deleting,
    /// It is no recovery point: `FSx` keeps it.
    #[error("the backup is in no vault; Amazon FSx restores it with CreateFileSystemFromBackup")]
    InNoVault,
    /// The role cannot be used.
    #[error(transparent)]
    Role(#[from] RoleRefusal),
    /// The backup is of another kind of resource than the caller takes it for.
    #[error("the recovery point is one of {known}, not of {asked}")]
    OtherType {
        /// What was asked for.
        asked: ResourceType,
        /// What the backup is of.
        known: ResourceType,
    },
    /// It would be restored otherwise than the caller asks for.
    #[error("restore metadata {key:?} asks for what this server does not do")]
    Metadata {
        /// What was asked for.
        key: String,
        /// What the backup says of it, if anything.
        known: Option<String>,
    },
    /// The token stands for another order.
    #[error("token {token:?} is that of restore job {job}, of {backup}: the {differs} was another")]
    TokenUsed {
        /// The token.
        token: String,
        /// The job that was started with it.
        job: JobId,
        /// What that job reads.
        backup: BackupName,
        /// What the two orders differ in.
        differs: &'static str,
    },
}

/// Decides what a token answers that `first` was started with: that job, if `order` asks
/// for the same in everything. Otherwise a caller would take the wrong directory for theirs, or
/// believe that it was made as they asked.
pub fn decide_restore_repeat(
    order: &RestoreOrder,
    first: RestoreJob,
) -> Result<RestoreJob, RestoreRefusal> {
    let RestoreOrder { backup, resource_type, role, idempotency_token: _, metadata } = order;
    let differs = [
        ("recovery point", *backup != first.backup),
        ("resource type", resource_type.as_ref().is_some_and(|it| *it != first.resource_type)),
        ("role", *role != first.role),
        ("metadata", *metadata != first.metadata),
    ];
    let Some((differs, _)) = differs.into_iter().find(|(_, differs)| *differs) else {
        return Ok(first);
    };
    let token = first.idempotency_token.unwrap_or_default();
    Err(RestoreRefusal::TokenUsed { token, job: first.id, backup: first.backup, differs })
}

/// A restore that begins: the job, and its use of the backup, in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct BeginRestore {
    /// The job.
    pub job: RestoreJob,
}

/// Decides whether `backup` may be read back at `now` under the name `id`, with a role of
/// which `role_status` is known.
pub fn decide_restore(
    order: RestoreOrder,
    backup: &Backup,
    role_status: RoleStatus,
    now: Timestamp,
    id: JobId,
) -> Result<BeginRestore, RestoreRefusal> {
    let Some(kept) = backup.in_vault() else { return Err(RestoreRefusal::InNoVault) };
    let content = match &backup.state {
        State::Creating => return Err(RestoreRefusal::Creating),
        State::Deleting { .. } => return Err(RestoreRefusal::Deleting),
        State::Failed { .. } => return Err(RestoreRefusal::InNoVault),
        State::Completed { content } | State::Expired { content, .. } => content,
    };
    check_type(order.resource_type, &kept.resource_type)?;
    if let Some(role) = &order.role {
        role_status.check(role)?;
    }
    check_metadata(&order.metadata, &kept.restore_metadata)?;
    let job = RestoreJob {
        id,
        realm: backup.realm.clone(),
        backup: backup.name.clone(),
        vault: kept.vault.clone(),
        resource: backup.source.clone(),
        resource_type: kept.resource_type.clone(),
        backup_created: backup.created,
        size_bytes: content.size_bytes,
        role: order.role,
        created: now,
        idempotency_token: order.idempotency_token,
        metadata: order.metadata,
        state: RestoreJobState::Running,
    };
    Ok(BeginRestore { job })
}

/// Restored as what it is, the backup would not be what the caller asks for.
fn check_type(asked: Option<ResourceType>, known: &ResourceType) -> Result<(), RestoreRefusal> {
    match asked {
        Some(asked) if asked != *known => {
            Err(RestoreRefusal::OtherType { asked, known: known.clone() })
        }
        Some(_) | None => Ok(()),
    }
}

/// The usual round trip gives back what `GetRecoveryPointRestoreMetadata` said. Anything
/// else would change what the caller gets from a service that honoured it.
fn check_metadata(
    asked: &BTreeMap<String, String>,
    known: &BTreeMap<String, String>,
) -> Result<(), RestoreRefusal> {
    match asked.iter().find(|(key, value)| known.get(*key) != Some(value)) {
        None => Ok(()),
        Some((key, _)) => {
            Err(RestoreRefusal::Metadata { key: key.clone(), known: known.get(key).cloned() })
        }
    }
}
