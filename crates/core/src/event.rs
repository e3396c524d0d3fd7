//! The audit trail: one event per committed decision, and what it adds up to.
//!
//! Replaying the events from the first gives the state of every recovery point. The
//! simulator holds the store against that. No command shows the trail yet: it is the table
//! `events` of the database.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobId, Principal, RecoveryPointArn, ResourceArn, RoleArn, RoleStatus, VaultName, Why};

/// Something that was decided and committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who asked for it.
    pub by: Principal,
    /// What.
    pub kind: EventKind,
}

/// What was decided.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the variants and their members are the audit trail's own words")]
pub enum EventKind {
    VaultCreated {
        vault: VaultName,
    },
    VaultDeleted {
        vault: VaultName,
    },
    VaultTagged {
        vault: VaultName,
    },
    BackupStarted {
        job: JobId,
        point: RecoveryPointArn,
        vault: VaultName,
    },
    BackupStopping {
        job: JobId,
    },
    BackupCompleted {
        job: JobId,
        point: RecoveryPointArn,
        size_bytes: u64,
    },
    /// The point of a failed or stopped backup goes the way of every deletion.
    BackupFailed {
        job: JobId,
        point: RecoveryPointArn,
        erasure: JobId,
        reason: String,
    },
    RestoreStarted {
        job: JobId,
        point: RecoveryPointArn,
    },
    RestoreEnded {
        job: JobId,
        point: RecoveryPointArn,
        completed: bool,
    },
    DeletionDecided {
        point: RecoveryPointArn,
        erasure: JobId,
        why: Why,
    },
    DeletionExpired {
        point: RecoveryPointArn,
        why: Why,
        reason: String,
    },
    PointTagged {
        point: RecoveryPointArn,
    },
    ErasureParked {
        erasure: JobId,
        point: RecoveryPointArn,
        reason: String,
    },
    ErasureRetried {
        erasure: JobId,
        point: RecoveryPointArn,
    },
    Erased {
        erasure: JobId,
        point: RecoveryPointArn,
    },
    SourceAdded {
        source: ResourceArn,
    },
    SourceRemoved {
        source: ResourceArn,
    },
    RoleSet {
        role: RoleArn,
        status: RoleStatus,
    },
    /// A person said that the clock is right, by so much off what was counted.
    ClockConfirmed {
        jumped_seconds: i64,
    },
}

/// What the trail says of one recovery point.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the states")]
pub enum PointTrace {
    Creating,
    Completed,
    Expired,
    Deleting,
    Erased,
}

/// An event that cannot follow what came before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {index} does not follow: {point} was {before:?}")]
pub struct ReplayError {
    /// Which event, counted from 0.
    pub index: usize,
    /// The recovery point.
    pub point: RecoveryPointArn,
    /// What it was before.
    pub before: Option<PointTrace>,
}

/// Adds the events up, refusing any that cannot follow the ones before it.
pub fn replay<'a>(
    events: impl IntoIterator<Item = &'a Event>,
) -> Result<BTreeMap<RecoveryPointArn, PointTrace>, ReplayError> {
    use PointTrace::{Completed, Creating, Deleting, Erased, Expired};
    let mut points = BTreeMap::new();
    for (index, event) in events.into_iter().enumerate() {
        let (point, after, legal): (_, _, &[Option<PointTrace>]) = match &event.kind {
            EventKind::BackupStarted { point, .. } => (point, Creating, &[None]),
            EventKind::BackupCompleted { point, .. } => (point, Completed, &[Some(Creating)]),
            EventKind::BackupFailed { point, .. } => (point, Deleting, &[Some(Creating)]),
            EventKind::DeletionDecided { point, .. } => {
                (point, Deleting, &[Some(Completed), Some(Expired)])
            }
            EventKind::DeletionExpired { point, .. } => {
                (point, Expired, &[Some(Completed), Some(Expired)])
            }
            EventKind::Erased { point, .. } => (point, Erased, &[Some(Deleting)]),
            EventKind::VaultCreated { .. }
            | EventKind::VaultDeleted { .. }
            | EventKind::VaultTagged { .. }
            | EventKind::BackupStopping { .. }
            | EventKind::RestoreStarted { .. }
            | EventKind::RestoreEnded { .. }
            | EventKind::PointTagged { .. }
            | EventKind::ErasureParked { .. }
            | EventKind::ErasureRetried { .. }
            | EventKind::SourceAdded { .. }
            | EventKind::SourceRemoved { .. }
            | EventKind::RoleSet { .. }
            | EventKind::ClockConfirmed { .. } => continue,
        };
        let before = points.insert(point.clone(), after);
        if !legal.contains(&before) {
            return Err(ReplayError { index, point: point.clone(), before });
        }
    }
    Ok(points)
}
