//! What the log says of decisions: one line for each that is about a backup.

use sexton_core::{DeletedSet, Event, EventKind, PlannedRun, ResourceArn};

/// Tells the log of an event that was committed. Vaults, tags and sources stay in
/// the audit trail alone; a parked erasure is told of, with its cause, where it is parked.
pub(crate) fn tell(event: &Event) {
    tell_of(&event.kind, event.by.0.as_str());
}

fn tell_of(kind: &EventKind, by: &str) {
    match kind {
        EventKind::BackupStarted { job, backup, vault } => {
            tracing::info!(%job, %backup, %vault, by, "a backup begins");
        }
        EventKind::BackupStopping { job } => tracing::info!(%job, by, "a backup is to stop"),
        EventKind::BackupCompleted { job, backup, size_bytes } => {
            tracing::info!(%job, %backup, size_bytes, "a backup is complete");
        }
        EventKind::BackupFailed { job, backup, reason, .. } => {
            tracing::info!(%job, %backup, reason, "a backup ended without a recovery point");
        }
        EventKind::FsxCopyStarted { .. } | EventKind::CopyStarted { .. } => {
            tell_of_copies(kind, by);
        }
        EventKind::RecordRemoved { backup } => {
            tracing::info!(%backup, by, "the record of a failed backup is removed");
        }
        EventKind::SourceBackupStarted { .. }
        | EventKind::SourceBackupFailed { .. }
        | EventKind::AutomaticBackupMissed { .. }
        | EventKind::FileSystemRestoring { .. }
        | EventKind::FileSystemRestored { .. }
        | EventKind::SourceDeleting { .. } => tell_of_sources(kind, by),
        EventKind::RestoreStarted { .. } | EventKind::RestoreEnded { .. } => {
            tell_of_restores(kind, by);
        }
        EventKind::DeletionDecided { .. }
        | EventKind::DeletionExpired { .. }
        | EventKind::Erased { .. } => tell_of_deletions(kind, by),
        EventKind::ErasureRetried { .. }
        | EventKind::ErasureRequested { .. }
        | EventKind::ErasureWithdrawn { .. }
        | EventKind::ErasureGivenUp { .. } => tell_of_requests(kind, by),
        EventKind::SetsDeleted { source, sets, running_seen: _ } => tell_of_sets(source, sets, by),
        EventKind::CertificatesRedacted { leaves } => {
            tracing::info!(certificates = leaves.len(), by, "certificates are redacted");
        }
        EventKind::VaultLocked { .. }
        | EventKind::VaultUnlocked { .. }
        | EventKind::VaultPolicyPut { .. }
        | EventKind::VaultPolicyRemoved { .. }
        | EventKind::LifecycleChanged { .. }
        | EventKind::HoldPlaced { .. }
        | EventKind::HoldCancelled { .. }
        | EventKind::RoleChanged { .. }
        | EventKind::RoleAssumed { .. }
        | EventKind::UserChanged { .. }
        | EventKind::BackupNotLetIn { .. } => tell_of_protection(kind, by),
        EventKind::PlanChanged { .. }
        | EventKind::PlanDue { .. }
        | EventKind::PlanRan { .. }
        | EventKind::PlannedJobFailed { .. } => tell_of_plans(kind, by),
        EventKind::VaultLockSealed { .. }
        // The log has a line of the request.
        | EventKind::Called { .. }
        | EventKind::CalledMore { .. }
        | EventKind::ErasureParked { .. }
        | EventKind::BackupTagged { .. }
        | EventKind::VaultCreated { .. }
        | EventKind::VaultDeleted { .. }
        | EventKind::VaultTagged { .. }
        | EventKind::HoldTagged { .. }
        | EventKind::SourceAdded { .. }
        | EventKind::SourceChanged { .. }
        | EventKind::SlotsGivenUp { .. }
        | EventKind::SourceRemoved { .. }
        | EventKind::RealmDropped
        | EventKind::ClockConfirmed { .. } => (),
    }
}

/// Tells of restores.
fn tell_of_restores(kind: &EventKind, by: &str) {
    if let EventKind::RestoreStarted { job, backup } = kind {
        tracing::info!(%job, %backup, by, "a restore begins");
    }
    if let EventKind::RestoreEnded { job, backup, completed } = kind {
        tracing::info!(%job, %backup, completed, "a restore ended");
    }
}

/// Tells of copies that begin: they end as other backups do.
fn tell_of_copies(kind: &EventKind, by: &str) {
    if let EventKind::FsxCopyStarted { backup, of, of_realm } = kind {
        tracing::info!(%backup, %of, %of_realm, by, "a copy of an FSx backup begins");
    }
    if let EventKind::CopyStarted { job, backup, vault, of, of_realm } = kind {
        tracing::info!(%job, %backup, %vault, %of, %of_realm, by, "a copy begins");
    }
}

/// Tells of deletions, and of what became of them.
fn tell_of_deletions(kind: &EventKind, by: &str) {
    if let EventKind::DeletionDecided { backup, erasure, why, asked } = kind {
        let (job, why, asked) = (erasure, why.name(), asked.map(|it| it.to_string()));
        tracing::info!(%job, %backup, by, why, asked, "a deletion is decided");
    }
    if let EventKind::DeletionExpired { backup, why, reason } = kind {
        tracing::info!(%backup, by, why = why.name(), reason, "a deletion ended as EXPIRED");
    }
    if let EventKind::Erased { erasure, backup, record_stays: _ } = kind {
        tracing::info!(job = %erasure, %backup, "a deletion is certified");
    }
}

/// Tells of deletions that wait, for a person or for what keeps a point.
fn tell_of_requests(kind: &EventKind, by: &str) {
    if let EventKind::ErasureRetried { erasure, backup } = kind {
        tracing::info!(job = %erasure, %backup, by, "a parked erasure is tried again");
    }
    if let EventKind::ErasureRequested { backup, until, kept_by } = kind {
        tracing::info!(%backup, by, %until, kept_by, "a deletion waits for what keeps a point");
    }
    if let EventKind::ErasureWithdrawn { backup } = kind {
        tracing::info!(%backup, by, "a deletion is not asked for any more");
    }
    if let EventKind::ErasureGivenUp { backup, kept_by } = kind {
        tracing::warn!(%backup, by, kept_by, "a deletion that waited is given up");
    }
}

/// Tells of file systems.
fn tell_of_sources(kind: &EventKind, by: &str) {
    if let EventKind::SourceBackupStarted { backup, source, made } = kind {
        tracing::info!(%backup, %source, ?made, by, "a backup without a job begins");
    }
    if let EventKind::SourceBackupFailed { backup, erasure, reason } = kind {
        tracing::info!(job = %erasure, %backup, reason, "a backup without a job failed");
    }
    if let EventKind::AutomaticBackupMissed { source } = kind {
        tracing::warn!(%source, "the time of an automatic backup passed and none was taken");
    }
    if let EventKind::FileSystemRestoring { source, backup, backup_realm } = kind {
        tracing::info!(%source, %backup, %backup_realm, by, "a file system is restored");
    }
    if let EventKind::FileSystemRestored { source, completed } = kind {
        tracing::info!(%source, completed, "the restore of a file system ended");
    }
    if let EventKind::SourceDeleting { source, last_backup: last } = kind {
        tracing::info!(%source, last = last.as_ref().map(display), by, "a source is deleted");
    }
}

/// Tells of what protects recovery points, or does no longer.
fn tell_of_protection(kind: &EventKind, by: &str) {
    if let EventKind::VaultLocked { vault, lock } = kind {
        tracing::info!(%vault, ?lock, by, "a vault is locked");
    }
    if let EventKind::VaultUnlocked { vault } = kind {
        tracing::info!(%vault, by, "a vault is unlocked");
    }
    if let EventKind::VaultPolicyPut { vault, policy: _ } = kind {
        tracing::info!(%vault, by, "a vault has an access policy");
    }
    if let EventKind::VaultPolicyRemoved { vault } = kind {
        tracing::info!(%vault, by, "a vault has no access policy any more");
    }
    if let EventKind::LifecycleChanged { backup, lifecycle } = kind {
        let (cold, delete) = (lifecycle.cold_after_days, lifecycle.delete_after_days);
        tracing::info!(%backup, cold, delete, by, "a recovery point has another lifecycle");
    }
    if let EventKind::HoldPlaced { hold, selection } = kind {
        let (vaults, resources) = (selection.vaults.len(), selection.resources.len());
        tracing::info!(%hold, vaults, resources, by, "a legal hold begins");
    }
    if let EventKind::HoldCancelled { hold } = kind {
        tracing::info!(%hold, by, "a legal hold is cancelled");
    }
    if let EventKind::RoleChanged { role, status, call, policy, tags: _ } = kind {
        let (call, policy) = (call.as_deref().unwrap_or("set"), policy.as_deref());
        tracing::info!(%role, ?status, call, policy, by, "a role is changed");
    }
    if let EventKind::RoleAssumed { role, session, key, until } = kind {
        tracing::info!(%role, session, key, %until, by, "a role is taken on");
    }
    if let EventKind::UserChanged { user, change } = kind {
        let (what, name) = change.words();
        tracing::info!(user, what, name, by, "a user is changed");
    }
    if let EventKind::BackupNotLetIn { job, vault, reason } = kind {
        tracing::info!(%job, %vault, reason, by, "a backup is not let into its vault");
    }
}

/// Tells of backup plans. One that ran on nothing, or not at all, is a warning: nobody asked, so
/// nobody is answered.
fn tell_of_plans(kind: &EventKind, by: &str) {
    if let EventKind::PlanChanged { plan, change } = kind {
        tracing::info!(%plan, what = change.words(), by, "a backup plan is changed");
    }
    if let EventKind::PlanDue { plan, runs } = kind {
        for PlannedRun { rule, at, missed } in runs {
            if *missed {
                tracing::warn!(%plan, %rule, %at, "a backup plan did not run at its time");
            } else {
                tracing::info!(%plan, %rule, %at, "a backup plan runs");
            }
        }
    }
    if let EventKind::PlanRan { plan, rule, at, jobs: jobs @ 1.. } = kind {
        tracing::info!(%plan, %rule, %at, jobs, "a backup plan began its jobs");
    }
    if let EventKind::PlanRan { plan, rule, at, jobs: 0 } = kind {
        tracing::warn!(%plan, %rule, %at, "a backup plan ran, and nothing is selected by it");
    }
    if let EventKind::PlannedJobFailed { plan, job, reason } = kind {
        tracing::warn!(%plan, %job, reason, "a job of a backup plan could not begin");
    }
}

fn tell_of_sets(source: &ResourceArn, sets: &[DeletedSet], by: &str) {
    tracing::info!(%source, count = sets.len(), by, "the deletion of backup sets is decided");
    for DeletedSet { backup, erasure } in sets {
        let erasure = erasure.as_ref();
        tracing::info!(job = erasure.map(display), %backup, by, "a deletion is decided");
    }
}
