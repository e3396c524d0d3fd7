//! What is claimed of a deletion once key and bytes are gone.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    Epoch, ErasureJob, JobId, ObjectPrefix, Principal, RecoveryPointArn, ResourceArn, VaultName,
};

/// What is claimed, and signed, of one deletion.
///
/// It speaks of two moments and keeps them apart: when the data key became
/// unrecoverable for everybody, and when the objects were seen to be absent. It says
/// nothing of what protected the point: nothing did, or there would be no erasure.
///
/// The object prefix is 128 random bits, so the hash of a statement, which is what a
/// published log shows, cannot be found by guessing what the statement says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Certificate {
    /// The version of this statement's form.
    pub version: u32,
    /// The erasure job.
    pub job: JobId,
    /// The recovery point that is gone.
    pub recovery_point: RecoveryPointArn,
    /// The vault that kept it.
    pub vault: VaultName,
    /// What had been backed up.
    pub resource: ResourceArn,
    /// When the point had been made.
    pub created: Timestamp,
    /// Who decided the deletion.
    pub decided_by: Principal,
    /// When it was decided.
    pub decided: Timestamp,
    /// The epoch whose root key was destroyed.
    pub epoch: Epoch,
    /// When the destruction of that root key was durable.
    pub key_destroyed: Timestamp,
    /// Bytes that the backup held before compression; absent for a failed capture.
    pub size_bytes: Option<u64>,
    /// Where its objects were.
    pub objects: ObjectPrefix,
    /// How many objects the eraser is known to have removed. One that went right before a
    /// crash may be missing here; `verified_absent` speaks of all of them.
    pub objects_removed: u64,
    /// When a listing from the start found none of them.
    pub verified_absent: Timestamp,
}

impl Certificate {
    /// The version of the statement that this code writes.
    pub const VERSION: u32 = 1;

    /// Certifies `job`, whose objects were seen to be absent at `now` and whose
    /// epoch ended at `key_destroyed`.
    pub fn of(job: &ErasureJob, key_destroyed: Timestamp, now: Timestamp) -> Self {
        Self {
            version: Self::VERSION,
            job: job.id,
            recovery_point: job.point.clone(),
            vault: job.vault.clone(),
            resource: job.resource.clone(),
            created: job.point_created,
            decided_by: job.decided_by.clone(),
            decided: job.decided,
            epoch: job.epoch,
            key_destroyed,
            size_bytes: job.content.map(|content| content.size_bytes),
            objects: job.objects.clone(),
            objects_removed: job.removed,
            verified_absent: now,
        }
    }
}
