//! What happened in a world, for the test that asks whether anything did.

use std::collections::BTreeMap;

use sexton_core::{Event, EventKind, JobId};

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct Report {
    pub(crate) crashes: usize,
    pub(crate) faults: usize,
    pub(crate) certificates: usize,
    pub(crate) restored: usize,
    pub(crate) refused_in_use: usize,
    pub(crate) expired: usize,
    pub(crate) parked: usize,
    pub(crate) forgotten: usize,
    /// Certificates of deletions whose epoch lasted beyond the decision.
    pub(crate) awaited: usize,
    /// How often the disk became full.
    pub(crate) full: usize,
    /// How often the wall clock jumped.
    pub(crate) jumps: usize,
    /// How often a person said that it was right although it had jumped.
    pub(crate) confirmed: usize,
    /// Recovery points that went, or were to go, because their time had come.
    pub(crate) by_lifecycle: usize,
    /// Backups that were there at the end, and were opened.
    pub(crate) opened: usize,
    /// What happened to file systems and instances, and how often.
    pub(crate) happened: BTreeMap<Happened, usize>,
    pub(crate) log: Vec<String>,
}

/// Something that happens to file systems and instances, and to what is kept of them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Happened {
    /// A deletion was accepted again, with the token that had deleted already.
    Repeated,
    /// The same, and another server had taken the first try.
    RepeatedAfterCrash,
    /// A deletion with the token of another was refused.
    OtherParameters,
    /// `FSx` refused to delete a recovery point.
    WrongDoorOfFsx,
    /// AWS Backup refused to delete what a file system keeps.
    WrongDoorOfBackup,
    /// `FSx` showed a recovery point.
    SeenThroughBoth,
    /// A file system went.
    Removed,
    /// A file system went after its last backup was whole.
    RemovedAfterLast,
    /// A file system stayed because its last backup failed.
    Kept,
    /// A file system was told to go while a backup of it was being made.
    ToldWhileCaptured,
    /// The same while one was being copied.
    ToldWhileCopied,
    /// The same while one was being restored.
    ToldWhileRestored,
    /// An automatic backup was taken.
    Automatic,
    /// The time of an automatic backup passed.
    Missed,
    /// An automatic backup went because its days were over.
    Over,
    /// An automatic backup went because there were to be none any more.
    SwitchedOff,
    /// An automatic backup went with its file system.
    Vanished,
    /// A crash cut a backup of a file system.
    CaptureCut,
    /// A crash cut a copy.
    CopyCut,
    /// A crash cut the making of a file system.
    RestoreCut,
    /// A crash cut the removal of a file system.
    RemovalCut,
    /// A copy was made whole.
    Copied,
    /// A copy job of AWS Backup made its copy whole.
    PointCopied,
    /// A crash cut a copy job.
    CopyJobCut,
    /// A file system was made of a backup, byte for byte.
    MadeOfBackup,
    /// The bytes of a failed backup are certified as gone, and its record is there.
    RecordStayed,
    /// The record of a failed backup went.
    RecordRemoved,
    /// The lock of a vault became another, or went.
    LockChanged,
    /// A lock was to be changed, and was immutable.
    LockStays,
    /// A deletion was refused since the vault was locked.
    RefusedByLock,
    /// A backup job failed at once since the lock did not let its backup in.
    NotLetIn,
    /// A legal hold was placed.
    HoldPlaced,
    /// A legal hold was cancelled.
    HoldCancelled,
    /// A deletion was refused since a legal hold was of the recovery point.
    RefusedByHold,
    /// A recovery point got another lifecycle.
    LifecycleChanged,
    /// A deletion was asked for, and waited.
    ErasureAsked,
    /// It was asked for no more.
    ErasureWithdrawn,
    /// Its deadline came.
    ErasureGivenUp,
    /// It was done once nothing kept the recovery point.
    ErasureAskedAndDone,
    /// A lifecycle ended in a locked vault.
    ExpiredThoughLocked,
    /// A batch of backup sets was accepted.
    BatchAccepted,
    /// The same, and it named a set twice.
    BatchNamedTwice,
    /// A batch was refused, and all of it but one set could have gone.
    BatchRefusedForOne,
    /// A batch was refused since a set was too young.
    BatchTooYoung,
    /// A batch was refused since a set was being made.
    BatchOfOneMade,
    /// A batch was refused since a set was being restored.
    BatchOfOneRead,
    /// A batch was refused since it named a set of nobody, or of another instance.
    BatchOfStrangers,
    /// A batch was refused since it was too large.
    BatchTooLarge,
    /// The reply of a batch was lost, and all of it was gone.
    BatchLostAndGone,
    /// The same, and all of it was there.
    BatchLostAndThere,
    /// A crash cut a batch.
    BatchCut,
    /// A set went that an earlier policy would have kept.
    FreedByPolicy,
    /// The record of a set that failed went with a batch.
    FailedSetDeleted,
    /// A set went because it had been kept for long enough.
    SetOver,
    /// The same of the record of one that failed.
    FailedSetOver,
    /// The same of a run of log backups.
    LogOver,
    /// A set was made by itself.
    AutomaticSet,
    /// A crash cut the making of a set.
    SetCut,
    /// A crash cut a restore of a set.
    RestoreOfSetCut,
    /// A policy changed.
    PolicyChanged,
    /// An instance was registered no more.
    Detached,
    /// An instance had its sets back.
    Attached,
    /// A set was not made because the database did not answer.
    SetOfSilent,
    /// A batch was refused because the database did not answer.
    BatchOfSilent,
    /// A set failed because the database stopped in the middle of it.
    SetStopped,
    /// A vault was given a policy.
    VaultPolicyPut,
    /// The policy of a vault was taken away.
    VaultPolicyRemoved,
    /// A user was made, or changed.
    UserChanged,
    /// A user was removed.
    UserRemoved,
    /// A policy of a vault denied a deletion.
    DeniedByPolicy,
    /// A deletion was decided in a vault whose policy denies others.
    SparedByPolicy,
    /// A deletion was decided for a user.
    DeletedByUser,
    /// A deletion was decided for a session of a role.
    DeletedBySession,
    /// A deletion that waited was decided for a user.
    DoneForUser,
    /// A deletion waited until the end, since whoever asked for it was removed.
    KeptThoughAsked,
    /// What was `EXPIRED` went once its role was mended.
    ExpiredThenGone,
    /// Nobody could sign with an access key any more.
    KeyRefused,
    /// What a user may by themselves did not let them ask for a deletion.
    DeniedByOwnPolicy,
    /// A user could not be read after a change, and was not let in.
    LockedOut,
    /// A recovery point stayed, since EC2 would have kept its snapshots.
    KeptBySnapshot,
    /// A call of IAM changed a role.
    RoleChanged,
    /// A recovery point stayed, since its role may not delete it.
    KeptByRole,
    /// It went once its role might.
    GoneOnceRoleMended,
    /// A session of a role that changes let it go.
    DeletedByTakenRole,
    /// The role of a session did not let it delete, or was gone.
    DeniedToTakenRole,
    /// A copy began in a logically air-gapped vault.
    CopiedIntoGap,
    /// A time of a backup plan's rule had begun all of its backups.
    PlanRan,
    /// Nothing was selected at such a time.
    PlanRanOnNothing,
    /// Such a time was over before anybody looked.
    PlanMissed,
    /// A crash came between two backups of such a time.
    PlanCut,
    /// A plan says something else.
    PlanUpdated,
    /// A plan was deleted.
    PlanDeleted,
    /// A plan backs something up no more.
    SelectionRemoved,
    /// A backup that a plan began was made.
    PlannedJobDone,
    /// A job of a plan could not begin.
    PlannedJobFailed,
    /// A copy was made of what a plan made.
    PlanCopied,
}

impl Happened {
    /// What happens in every kind of world.
    pub(crate) const ALL: [Self; 69] = [
        Self::Repeated,
        Self::RepeatedAfterCrash,
        Self::OtherParameters,
        Self::WrongDoorOfFsx,
        Self::WrongDoorOfBackup,
        Self::SeenThroughBoth,
        Self::Removed,
        Self::RemovedAfterLast,
        Self::Kept,
        Self::ToldWhileCaptured,
        Self::ToldWhileCopied,
        Self::ToldWhileRestored,
        Self::Automatic,
        Self::Missed,
        Self::Over,
        Self::SwitchedOff,
        Self::Vanished,
        Self::CaptureCut,
        Self::CopyCut,
        Self::RestoreCut,
        Self::RemovalCut,
        Self::Copied,
        Self::PointCopied,
        Self::CopyJobCut,
        Self::MadeOfBackup,
        Self::RecordStayed,
        Self::RecordRemoved,
        Self::LockChanged,
        Self::LockStays,
        Self::RefusedByLock,
        Self::NotLetIn,
        Self::HoldPlaced,
        Self::HoldCancelled,
        Self::RefusedByHold,
        Self::LifecycleChanged,
        Self::ErasureAsked,
        Self::ErasureWithdrawn,
        Self::ErasureGivenUp,
        Self::ErasureAskedAndDone,
        Self::ExpiredThoughLocked,
        Self::BatchAccepted,
        Self::BatchNamedTwice,
        Self::BatchRefusedForOne,
        Self::BatchTooYoung,
        Self::BatchOfOneMade,
        Self::BatchOfOneRead,
        Self::BatchOfStrangers,
        Self::BatchTooLarge,
        Self::BatchLostAndGone,
        Self::BatchLostAndThere,
        Self::BatchCut,
        Self::FreedByPolicy,
        Self::FailedSetDeleted,
        Self::SetOver,
        Self::FailedSetOver,
        Self::LogOver,
        Self::AutomaticSet,
        Self::SetCut,
        Self::RestoreOfSetCut,
        Self::PolicyChanged,
        Self::Detached,
        Self::Attached,
        Self::SetOfSilent,
        Self::BatchOfSilent,
        Self::SetStopped,
        Self::KeptBySnapshot,
        Self::RoleChanged,
        Self::KeptByRole,
        Self::CopiedIntoGap,
    ];

    /// What happens only where policies and users change.
    pub(crate) const OF_POLICIES: [Self; 17] = [
        Self::VaultPolicyPut,
        Self::VaultPolicyRemoved,
        Self::UserChanged,
        Self::UserRemoved,
        Self::DeniedByPolicy,
        Self::SparedByPolicy,
        Self::DeletedByUser,
        Self::DeletedBySession,
        Self::DoneForUser,
        Self::KeptThoughAsked,
        Self::ExpiredThenGone,
        Self::KeyRefused,
        Self::DeniedByOwnPolicy,
        Self::LockedOut,
        Self::GoneOnceRoleMended,
        Self::DeletedByTakenRole,
        Self::DeniedToTakenRole,
    ];

    /// What happens only where backup plans run.
    pub(crate) const OF_PLANS: [Self; 10] = [
        Self::PlanRan,
        Self::PlanRanOnNothing,
        Self::PlanMissed,
        Self::PlanCut,
        Self::PlanUpdated,
        Self::PlanDeleted,
        Self::SelectionRemoved,
        Self::PlannedJobDone,
        Self::PlannedJobFailed,
        Self::PlanCopied,
    ];
}

impl Report {
    pub(crate) fn note(&mut self, what: Happened) {
        *self.happened.entry(what).or_default() += 1;
    }

    /// Which of these did not happen at all.
    pub(crate) fn never(&self, of: &[Happened]) -> Vec<Happened> {
        of.iter().copied().filter(|what| !self.happened.contains_key(what)).collect()
    }
}

impl std::ops::AddAssign for Report {
    fn add_assign(&mut self, other: Self) {
        self.crashes += other.crashes;
        self.faults += other.faults;
        self.certificates += other.certificates;
        self.restored += other.restored;
        self.refused_in_use += other.refused_in_use;
        self.expired += other.expired;
        self.parked += other.parked;
        self.forgotten += other.forgotten;
        self.awaited += other.awaited;
        self.full += other.full;
        self.jumps += other.jumps;
        self.confirmed += other.confirmed;
        self.by_lifecycle += other.by_lifecycle;
        self.opened += other.opened;
        for (what, count) in other.happened {
            *self.happened.entry(what).or_default() += count;
        }
    }
}

/// The events without what real time has left in them: erasures are counted instead. Those of a
/// world in which one goes on at a time.
pub(crate) fn log(events: &[Event]) -> Vec<String> {
    let mut names: BTreeMap<JobId, usize> = BTreeMap::new();
    let mut lines = Vec::new();
    for event in events {
        let mut kind = event.kind.clone();
        if let EventKind::SetsDeleted { running_seen, .. } = &mut kind {
            *running_seen = event.at;
        }
        let text = serde_json::to_string(&kind).unwrap();
        let words = text.split('"').map(|word| match word.parse::<JobId>() {
            Ok(job) => {
                let next = names.len();
                format!("job {}", names.entry(job).or_insert(next))
            }
            Err(_) => word.to_owned(),
        });
        lines.push(words.collect::<Vec<_>>().join("\""));
    }
    // Directories are removed beside each other, and which is gone first is up to the disk.
    let is_removed = |line: &String| line.contains("\"source_removed\"");
    for removed in lines.chunk_by_mut(|one, next| is_removed(one) && is_removed(next)) {
        removed.sort();
    }
    lines
}
