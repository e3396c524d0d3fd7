//! The audit trail: one event per committed decision, and what it adds up to.
//!
//! Replaying the events from the first gives the state of every backup. The
//! simulator holds the store against that. `sexton audit` shows it.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{
    BackupName, HoldId, InRealm, JobId, Lifecycle, Lock, Made, OwedSlot, PlanId, Principal, Realm,
    ResourceArn, RoleArn, RoleStatus, RuleId, Selection, SelectionId, Snapshots, TagKeys,
    UserChange, VaultName, VersionId, Via, Why,
};

/// Something that was decided and committed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Event {
    /// When.
    pub at: Timestamp,
    /// Who asked for it.
    pub by: Principal,
    /// In which realm the names are unique that it says; nothing if it is of the whole server.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub realm: Option<Realm>,
    /// The request that it comes from; nothing if the server did it by itself.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub via: Option<Via>,
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
        /// What it was made with, if it is logically air-gapped.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        lock: Option<Lock>,
    },
    VaultDeleted {
        vault: VaultName,
    },
    VaultTagged {
        vault: VaultName,
        #[serde(default, skip_serializing_if = "TagKeys::is_empty")]
        tags: TagKeys,
    },
    /// A vault got a lock, or another one.
    VaultLocked {
        vault: VaultName,
        lock: Lock,
    },
    VaultUnlocked {
        vault: VaultName,
    },
    /// Its lock can never be changed again, whatever a clock says.
    VaultLockSealed {
        vault: VaultName,
    },
    /// A vault got an access policy, or another one.
    VaultPolicyPut {
        vault: VaultName,
        policy: String,
    },
    VaultPolicyRemoved {
        vault: VaultName,
    },
    /// A recovery point has another lifecycle.
    LifecycleChanged {
        backup: BackupName,
        lifecycle: Lifecycle,
    },
    HoldPlaced {
        hold: HoldId,
        selection: Selection,
    },
    HoldCancelled {
        hold: HoldId,
    },
    HoldTagged {
        hold: HoldId,
        #[serde(default, skip_serializing_if = "TagKeys::is_empty")]
        tags: TagKeys,
    },
    /// A backup or copy job failed before it began: the lock of the vault did not let the backup
    /// in.
    BackupNotLetIn {
        job: JobId,
        vault: VaultName,
        reason: String,
    },
    BackupStarted {
        job: JobId,
        backup: BackupName,
        vault: VaultName,
    },
    BackupStopping {
        job: JobId,
    },
    /// `FSx` began a backup, and why.
    SourceBackupStarted {
        backup: BackupName,
        source: ResourceArn,
        made: Made,
    },
    FsxCopyStarted {
        backup: BackupName,
        of: BackupName,
        of_realm: Realm,
    },
    /// A recovery point is being copied into a vault, of this realm.
    CopyStarted {
        job: JobId,
        backup: BackupName,
        vault: VaultName,
        of: BackupName,
        of_realm: Realm,
    },
    /// What was stored of it goes the way of every deletion; the record stays.
    SourceBackupFailed {
        backup: BackupName,
        erasure: JobId,
        reason: String,
    },
    /// The record of a failed backup went.
    RecordRemoved {
        backup: BackupName,
    },
    /// The time of an automatic backup passed, and none was taken.
    AutomaticBackupMissed {
        source: ResourceArn,
    },
    /// A backup is being read into a new file system.
    FileSystemRestoring {
        source: ResourceArn,
        backup: BackupName,
        backup_realm: Realm,
    },
    FileSystemRestored {
        source: ResourceArn,
        completed: bool,
    },
    SourceChanged {
        source: ResourceArn,
        /// What keeps its snapshots from now on, if that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        snapshots: Option<Snapshots>,
        /// Whether an instance is locked from now on, if that was said.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        locked: Option<bool>,
        #[serde(default, skip_serializing_if = "TagKeys::is_empty")]
        tags: TagKeys,
    },
    /// Somebody gave up replication slots that an instance owed: their databases may keep them.
    SlotsGivenUp {
        source: ResourceArn,
        slots: Vec<OwedSlot>,
    },
    /// A file system or volume goes.
    SourceDeleting {
        source: ResourceArn,
        last_backup: Option<BackupName>,
    },
    BackupCompleted {
        job: JobId,
        backup: BackupName,
        size_bytes: u64,
    },
    /// The backup of a failed or stopped backup goes the way of every deletion.
    BackupFailed {
        job: JobId,
        backup: BackupName,
        erasure: JobId,
        reason: String,
    },
    RestoreStarted {
        job: JobId,
        backup: BackupName,
    },
    RestoreEnded {
        job: JobId,
        backup: BackupName,
        completed: bool,
    },
    DeletionDecided {
        backup: BackupName,
        erasure: JobId,
        why: Why,
        /// When it was asked for, if something kept the backup then.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        asked: Option<Timestamp>,
    },
    /// A deletion that something keeps from being done is decided again once that goes.
    ErasureRequested {
        backup: BackupName,
        until: Timestamp,
        kept_by: String,
    },
    ErasureWithdrawn {
        backup: BackupName,
    },
    /// Its deadline came before it could be done.
    ErasureGivenUp {
        backup: BackupName,
        kept_by: String,
    },
    /// Backup sets of an instance go together.
    SetsDeleted {
        source: ResourceArn,
        sets: Vec<DeletedSet>,
        /// When the database of the instance was seen to run.
        running_seen: Timestamp,
    },
    DeletionExpired {
        backup: BackupName,
        why: Why,
        reason: String,
    },
    BackupTagged {
        backup: BackupName,
        #[serde(default, skip_serializing_if = "TagKeys::is_empty")]
        tags: TagKeys,
    },
    ErasureParked {
        erasure: JobId,
        backup: BackupName,
        reason: String,
    },
    ErasureRetried {
        erasure: JobId,
        backup: BackupName,
    },
    Erased {
        erasure: JobId,
        backup: BackupName,
        /// Whether the record of a failed backup is still there.
        #[serde(default, skip_serializing_if = "std::ops::Not::not")]
        record_stays: bool,
    },
    SourceAdded {
        source: ResourceArn,
    },
    SourceRemoved {
        source: ResourceArn,
    },
    RoleChanged {
        role: RoleArn,
        /// What AWS Backup can do with it from now on.
        status: RoleStatus,
        /// The call of IAM; nothing if somebody set the status alone.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        call: Option<String>,
        /// The policy that the call is about: the name of one in the role, or the ARN of another.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        policy: Option<String>,
        #[serde(default, skip_serializing_if = "TagKeys::is_empty")]
        tags: TagKeys,
    },
    /// Somebody may act as a role until then, with this access key.
    RoleAssumed {
        role: RoleArn,
        session: String,
        key: String,
        until: Timestamp,
    },
    /// A call of which no other event tells: it was refused, or there was nothing to change.
    Called {
        /// Such as `backup:DeleteRecoveryPoint`.
        call: String,
        /// What it was asked of.
        resource: String,
        /// The name of the error, if it was refused.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        error: Option<String>,
        /// What whoever asked was told of it.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        message: Option<String>,
    },
    /// So many more such calls of one identity: it made too many to tell of each.
    CalledMore {
        /// How many of each, by what was called.
        calls: BTreeMap<String, u64>,
        since: Timestamp,
    },
    /// A user was made, changed or removed.
    UserChanged {
        user: String,
        #[serde(flatten)]
        change: UserChange,
    },
    /// A backup plan was made or deleted, or says something else.
    PlanChanged {
        plan: PlanId,
        #[serde(flatten)]
        change: PlanChange,
    },
    /// Times of a plan's rules have come, of which backups are made, or which were missed.
    PlanDue {
        plan: PlanId,
        runs: Vec<PlannedRun>,
    },
    /// What a plan's rule was to back up at its time was begun; nothing, if that was no job.
    PlanRan {
        plan: PlanId,
        rule: RuleId,
        at: Timestamp,
        jobs: u64,
    },
    /// A job of a plan failed before it began.
    PlannedJobFailed {
        plan: PlanId,
        job: JobId,
        reason: String,
    },
    /// What these leaves commit to was forgotten.
    CertificatesRedacted {
        leaves: Vec<u64>,
    },
    /// A realm in which nothing was left is served no more.
    RealmDropped,
    /// A person said that the clock is right, by so much off what was counted.
    ClockConfirmed {
        jumped_seconds: i64,
    },
}

/// What became of a backup plan.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "change", rename_all = "snake_case")]
#[expect(missing_docs, reason = "the audit trail's own words")]
pub enum PlanChange {
    Created { version: VersionId },
    Updated { version: VersionId },
    Deleted,
    SelectionAdded { selection: SelectionId },
    SelectionRemoved { selection: SelectionId },
    Tagged { tags: TagKeys },
}

impl PlanChange {
    /// What happened, in a word or two.
    pub const fn words(&self) -> &'static str {
        match self {
            Self::Created { .. } => "made",
            Self::Updated { .. } => "updated",
            Self::Deleted => "deleted",
            Self::SelectionAdded { .. } => "selection added",
            Self::SelectionRemoved { .. } => "selection removed",
            Self::Tagged { .. } => "tagged",
        }
    }
}

/// A time of a plan's rule that has come.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct PlannedRun {
    /// Of which rule.
    pub rule: RuleId,
    /// The time.
    pub at: Timestamp,
    /// Whether it was missed, and no backups are made.
    #[serde(default, skip_serializing_if = "std::ops::Not::not")]
    pub missed: bool,
}

/// A backup set that goes.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct DeletedSet {
    /// Its name.
    pub backup: BackupName,
    /// Its erasure; nothing if nothing but the record of a failed one was left.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub erasure: Option<JobId>,
}

/// What the trail says of one backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names of the states")]
pub enum BackupTrace {
    Creating,
    Completed,
    Expired,
    Failed,
    Deleting,
    Erased,
}

/// An event that cannot follow what came before it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("event {index} does not follow: {backup} was {before:?}")]
pub struct ReplayError {
    /// Which event, counted from 0.
    pub index: usize,
    /// The backup.
    pub backup: BackupName,
    /// What it was before.
    pub before: Option<BackupTrace>,
}

/// What the trail says of every backup.
pub type Traces = BTreeMap<InRealm<BackupName>, BackupTrace>;

/// Adds the events up, refusing any that cannot follow the ones before it.
pub fn replay<'a>(events: impl IntoIterator<Item = &'a Event>) -> Result<Traces, ReplayError> {
    use BackupTrace::{Completed, Deleting, Erased, Failed};
    let mut backups = Traces::new();
    for (index, event) in events.into_iter().enumerate() {
        let mut step = |backup: &BackupName, after, legal: &[Option<BackupTrace>]| {
            let missing = || ReplayError { index, backup: backup.clone(), before: None };
            let realm = event.realm.as_ref().ok_or_else(missing)?;
            let before = backups.insert(realm.with(backup.clone()), after);
            let is_legal = legal.contains(&before);
            let error = || ReplayError { index, backup: backup.clone(), before };
            if is_legal { Ok(()) } else { Err(error()) }
        };
        if let EventKind::SetsDeleted { sets, .. } = &event.kind {
            for DeletedSet { backup, erasure } in sets {
                match erasure {
                    Some(_) => step(backup, Deleting, &[Some(Completed), Some(Failed)])?,
                    None => step(backup, Erased, &[Some(Failed)])?,
                }
            }
        }
        if let Some((backup, after, legal)) = step_of(&event.kind) {
            step(backup, after, legal)?;
        }
    }
    Ok(backups)
}

/// What a backup becomes, and what it may have been before. Nothing if the event is of no single
/// backup, or changes nothing of what is traced.
fn step_of(kind: &EventKind) -> Option<(&BackupName, BackupTrace, &'static [Option<BackupTrace>])> {
    use BackupTrace::{Completed, Creating, Deleting, Erased, Expired, Failed};
    Some(match kind {
        EventKind::BackupStarted { backup, .. }
        | EventKind::SourceBackupStarted { backup, .. }
        | EventKind::FsxCopyStarted { backup, .. }
        | EventKind::CopyStarted { backup, .. }
        // Its last backup begins with it.
        | EventKind::SourceDeleting { last_backup: Some(backup), .. } => {
            (backup, Creating, &[None])
        }
        EventKind::BackupCompleted { backup, .. } => (backup, Completed, &[Some(Creating)]),
        EventKind::BackupFailed { backup, .. } => (backup, Deleting, &[Some(Creating)]),
        EventKind::SourceBackupFailed { backup, .. } => (backup, Failed, &[Some(Creating)]),
        EventKind::RecordRemoved { backup } => (backup, Erased, &[Some(Failed)]),
        EventKind::DeletionDecided { backup, .. } => {
            (backup, Deleting, &[Some(Completed), Some(Expired), Some(Failed)])
        }
        EventKind::DeletionExpired { backup, .. } => {
            (backup, Expired, &[Some(Completed), Some(Expired)])
        }
        EventKind::Erased { backup, record_stays: false, .. } => {
            (backup, Erased, &[Some(Deleting)])
        }
        EventKind::Erased { backup, record_stays: true, .. } => (backup, Failed, &[Some(Failed)]),
        EventKind::SetsDeleted { .. }
        | EventKind::VaultCreated { .. }
        | EventKind::VaultDeleted { .. }
        | EventKind::VaultTagged { .. }
        | EventKind::VaultLocked { .. }
        | EventKind::VaultUnlocked { .. }
        | EventKind::VaultLockSealed { .. }
        | EventKind::VaultPolicyPut { .. }
        | EventKind::VaultPolicyRemoved { .. }
        | EventKind::LifecycleChanged { .. }
        | EventKind::HoldPlaced { .. }
        | EventKind::HoldCancelled { .. }
        | EventKind::HoldTagged { .. }
        | EventKind::BackupNotLetIn { .. }
        | EventKind::BackupStopping { .. }
        | EventKind::AutomaticBackupMissed { .. }
        | EventKind::FileSystemRestoring { .. }
        | EventKind::FileSystemRestored { .. }
        | EventKind::SourceChanged { .. }
        | EventKind::SlotsGivenUp { .. }
        | EventKind::SourceDeleting { last_backup: None, .. }
        | EventKind::RestoreStarted { .. }
        | EventKind::RestoreEnded { .. }
        | EventKind::BackupTagged { .. }
        | EventKind::ErasureRequested { .. }
        | EventKind::ErasureWithdrawn { .. }
        | EventKind::ErasureGivenUp { .. }
        | EventKind::ErasureParked { .. }
        | EventKind::ErasureRetried { .. }
        | EventKind::SourceAdded { .. }
        | EventKind::SourceRemoved { .. }
        | EventKind::RoleChanged { .. }
        | EventKind::RoleAssumed { .. }
        | EventKind::Called { .. }
        | EventKind::CalledMore { .. }
        | EventKind::UserChanged { .. }
        | EventKind::PlanChanged { .. }
        | EventKind::PlanDue { .. }
        | EventKind::PlanRan { .. }
        | EventKind::PlannedJobFailed { .. }
        | EventKind::CertificatesRedacted { .. }
        | EventKind::RealmDropped
        | EventKind::ClockConfirmed { .. } => return None,
    })
}
