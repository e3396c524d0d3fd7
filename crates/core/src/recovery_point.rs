//! What a recovery point is, and when it may be deleted.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Erasure, JobId, Lifecycle, ObjectPrefix, Principal, RecoveryPointArn, ResourceArn,
    ResourceType, RoleArn, RoleStatus, Tags, VaultName, Why,
};

/// One backup of one resource.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct RecoveryPoint {
    /// Its name.
    pub arn: RecoveryPointArn,
    /// The vault that keeps it.
    pub vault: VaultName,
    /// What was backed up.
    pub resource: ResourceArn,
    /// The kind of that resource.
    pub resource_type: ResourceType,
    /// The role that it was made with, and that must be able to delete it.
    pub role: RoleArn,
    /// When its backup job was accepted.
    pub created: Timestamp,
    /// The backup job that made it. Its id is bound into every sealed byte.
    pub backup_job: JobId,
    /// Where its objects are.
    pub objects: ObjectPrefix,
    /// How long it is meant to stay.
    pub lifecycle: Lifecycle,
    /// Its tags.
    pub tags: Tags,
    /// What a restore needs to know, by the names that the service uses.
    pub restore_metadata: BTreeMap<String, String>,
    /// What could not be read as it was when it was made, in words; empty if all was well.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub problems: String,
    /// Where it is in its life.
    pub state: State,
}

impl RecoveryPoint {
    /// The point as it is while it is being erased, that far.
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

/// Where a recovery point is in its life.
///
/// A state holds what is true only in that state, so a `Deleting` point without an
/// erasure cannot be written down. There is no `Deleted`: a point that is gone
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
    /// Nobody but the eraser changes a point in this state, or whoever has its erasure
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

/// Everything that a deletion is decided from, as of one instant.
#[derive(Debug, Clone, Copy)]
pub struct DeleteFacts<'a> {
    /// The point.
    pub point: &'a RecoveryPoint,
    /// Restores that are reading it.
    pub uses: &'a [JobId],
    /// What is known of its role.
    pub role: RoleStatus,
}

/// What an accepted deletion does, all of it in one transaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Deletion {
    /// The point becomes `Deleting`, and its data key leaves the ring.
    Erase(Erasure),
    /// The point becomes `Expired` and keeps key and bytes.
    Expire {
        /// Why.
        reason: String,
        /// What stays stored.
        content: Content,
    },
}

/// Why a deletion was not begun. Each is final until something else changes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
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

/// Decides whether a recovery point may be deleted at `now`, as `by` asks and for this reason;
/// `job` names the erasure if it may.
///
/// What the point's own state and its uses say comes first. The role comes last: with a
/// broken one AWS Backup accepts the call and keeps the point, which only a point that
/// could be deleted may end as.
pub fn decide_delete(
    facts: DeleteFacts<'_>,
    now: Timestamp,
    job: JobId,
    by: &Principal,
    why: Why,
) -> Result<Deletion, Refusal> {
    let content = match &facts.point.state {
        State::Creating => return Err(Refusal::Creating),
        State::Deleting { erasing, .. } => {
            return Err(Refusal::AlreadyDeleting { job: erasing.job });
        }
        State::Completed { content } | State::Expired { content, .. } => *content,
    };
    if let Some(restore_job) = facts.uses.first() {
        return Err(Refusal::InUse { restore_job: *restore_job });
    }
    if let Some(reason) = facts.role.obstacle(&facts.point.role) {
        return Ok(Deletion::Expire { reason, content });
    }
    Ok(Deletion::Erase(Erasure::begin(job, now, by.clone(), why)))
}
