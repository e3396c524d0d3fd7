//! What a backup is, and when it may be deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    BackupId, BackupName, Erasure, InRealm, JobId, Lifecycle, ObjectPrefix, Principal, Realm,
    ResourceArn, ResourceType, RoleArn, RoleStatus, Tags, VaultName, Why,
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
/// There is one service today. Whoever asks matches on it all the same (`let
/// Keeper::Vault(kept) = …`), so that the next one does not compile until every rule and
/// every reply has been thought of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Keeper {
    /// AWS Backup, in a vault: a recovery point.
    Vault(InVault),
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
}

/// What protects a backup beside its own state and uses. Whoever decides that it goes reads
/// all of these, and the decision holds only while none of them has moved.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Protector {
    /// The vault that keeps it, and what that protects.
    Vault(InRealm<VaultName>),
    /// The role that it was made with.
    Role(RoleArn),
}

/// Everything that protects `backup` beside its own state and uses.
pub fn protectors(backup: &Backup) -> Vec<Protector> {
    let Keeper::Vault(kept) = &backup.keeper;
    vec![
        Protector::Vault(backup.realm.with(kept.vault.clone())),
        Protector::Role(kept.role.clone()),
    ]
}

impl Backup {
    /// What it is found by.
    pub fn key(&self) -> InRealm<BackupName> {
        self.realm.with(self.name.clone())
    }

    /// The backup as it is while it is being erased, that far.
    #[must_use]
    pub fn erased_by(self, erasing: Erasure) -> Self {
        let content = self.state.content().copied();
        Self { state: State::Deleting { content, erasing }, ..self }
    }
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
#[serde(tag = "state", rename_all = "snake_case")]
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
}

impl State {
    /// What is stored, where that is known.
    pub fn content(&self) -> Option<&Content> {
        match self {
            Self::Creating => None,
            Self::Completed { content } | Self::Expired { content, .. } => Some(content),
            Self::Deleting { content, .. } => content.as_ref(),
        }
    }

    /// The erasure, if there is one.
    pub fn erasing(&self) -> Option<&Erasure> {
        match self {
            Self::Deleting { erasing, .. } => Some(erasing),
            Self::Creating | Self::Completed { .. } | Self::Expired { .. } => None,
        }
    }

    /// The name of the state, for logs, metrics and the audit trail.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Creating => "creating",
            Self::Completed { .. } => "completed",
            Self::Deleting { .. } => "deleting",
            Self::Expired { .. } => "expired",
        }
    }
}

/// Everything that the deletion of a recovery point is decided from, as of one instant.
#[derive(Debug, Clone, Copy)]
pub struct DeleteFacts<'a> {
    /// The backup.
    pub backup: &'a Backup,
    /// Restores that are reading it.
    pub uses: &'a [JobId],
    /// What is known of its role.
    pub role: RoleStatus,
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
    /// A restore is reading it.
    #[error("the recovery point is in use by restore job {restore_job}")]
    InUse {
        /// One of the restore jobs.
        restore_job: JobId,
    },
}

/// What is stored of a backup that nothing is done with, read by none of `uses`. Every
/// service asks this before its own rules.
pub fn busy(backup: &Backup, uses: &[JobId]) -> Result<Content, Busy> {
    let content = match &backup.state {
        State::Creating => return Err(Busy::Creating),
        State::Deleting { erasing, .. } => {
            return Err(Busy::AlreadyDeleting { job: erasing.job });
        }
        State::Completed { content } | State::Expired { content, .. } => *content,
    };
    match uses.first() {
        Some(restore_job) => Err(Busy::InUse { restore_job: *restore_job }),
        None => Ok(content),
    }
}

/// Decides whether a recovery point may be deleted at `now`, as `by` asks and for this reason;
/// `job` names the erasure if it may.
///
/// What the backup's own state and its uses say comes first. The role comes last: with a
/// broken one AWS Backup accepts the call and keeps the backup, which only a backup that
/// could be deleted may end as.
pub fn decide_delete_point(
    facts: DeleteFacts<'_>,
    now: Timestamp,
    job: JobId,
    by: &Principal,
    why: Why,
) -> Result<Deletion, Busy> {
    let content = busy(facts.backup, facts.uses)?;
    let Keeper::Vault(kept) = &facts.backup.keeper;
    if let Some(reason) = facts.role.obstacle(&kept.role) {
        return Ok(Deletion::Expire { reason, content });
    }
    Ok(Deletion::Erase(Erasure::begin(job, now, by.clone(), why)))
}
