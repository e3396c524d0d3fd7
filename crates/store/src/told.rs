//! What the log says of decisions: one line for each that is about a backup.

use sexton_core::{Event, EventKind};

/// Tells the log of an event that was committed. Vaults, tags, sources and roles stay in
/// the audit trail alone; a parked erasure is told of, with its cause, where it is parked.
pub(crate) fn tell(event: &Event) {
    let by = event.by.0.as_str();
    match &event.kind {
        EventKind::BackupStarted { job, point, vault } => {
            tracing::info!(%job, %point, %vault, by, "a backup begins");
        }
        EventKind::BackupStopping { job } => {
            tracing::info!(%job, by, "a backup is to stop");
        }
        EventKind::BackupCompleted { job, point, size_bytes } => {
            tracing::info!(%job, %point, size_bytes, "a backup is complete");
        }
        EventKind::BackupFailed { job, point, reason, .. } => {
            tracing::info!(%job, %point, reason, "a backup ended without a recovery point");
        }
        EventKind::RestoreStarted { job, point } => {
            tracing::info!(%job, %point, by, "a restore begins");
        }
        EventKind::RestoreEnded { job, point, completed } => {
            tracing::info!(%job, %point, completed, "a restore ended");
        }
        EventKind::DeletionDecided { point, erasure, why } => {
            tracing::info!(job = %erasure, %point, by, why = why.name(), "a deletion is decided");
        }
        EventKind::DeletionExpired { point, why, reason } => {
            tracing::info!(%point, by, why = why.name(), reason, "a deletion ended as EXPIRED");
        }
        EventKind::Erased { erasure, point } => {
            tracing::info!(job = %erasure, %point, "a deletion is certified");
        }
        EventKind::ErasureRetried { erasure, point } => {
            tracing::info!(job = %erasure, %point, by, "a parked erasure is tried again");
        }
        EventKind::ErasureParked { .. }
        | EventKind::PointTagged { .. }
        | EventKind::VaultCreated { .. }
        | EventKind::VaultDeleted { .. }
        | EventKind::VaultTagged { .. }
        | EventKind::SourceAdded { .. }
        | EventKind::SourceRemoved { .. }
        | EventKind::RoleSet { .. }
        | EventKind::ClockConfirmed { .. } => (),
    }
}
