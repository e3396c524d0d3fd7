//! What can be listed, a page at a time.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupJob, BackupName, CopyJob, Epoch, Erasure, Hold, HoldId, InRealm, JobId, Means,
    Plan, PlanId, PlanVersion, Realm, ResourceArn, RestoreJob, Role, Source, User, Vault,
    VaultName, VersionId,
};

use crate::{BackupQuery, Expect, FsxQuery, Slot, SourceQuery, StoreError, Wanted};

/// What is listed.
#[derive(Clone)]
pub enum Query {
    /// Every realm in which something is stored, all on one page.
    Realms,
    /// The vaults of a realm by name, with the number of their backups.
    Vaults(Realm),
    /// How many backups a vault holds, in whatever state: one row.
    BackupsIn(InRealm<VaultName>),
    /// Backups, oldest first. Backups that are there throughout appear exactly once, whatever
    /// is deleted between the pages.
    Backups(BackupQuery),
    /// Backups that `FSx` shows, those that were asked for first at first, and of one file system
    /// the oldest first, with the promise of [`Query::Backups`].
    FsxBackups(FsxQuery),
    /// Backups of a source, newest first, in whatever state.
    OfSource(SourceQuery),
    /// Of when the complete log backups of a source tell: one row, or none if there are none.
    LogSpan(InRealm<ResourceArn>),
    /// Backups that are being made without a job, by `FSx` or RDS, all on one page.
    CreatingWithoutJob,
    /// How many tokens one more [`Write::ForgetTokens`](crate::Write::ForgetTokens) of those that
    /// were used before an instant would forget: one row.
    TokensUsedBefore(Timestamp),
    /// Sources at which the scheduler has to look by an instant, the longest due first, and
    /// those that are due more than two days later: that was written by a clock that has been
    /// set back since.
    DueSources(Timestamp),
    /// Backup jobs of a realm, newest first.
    BackupJobs(Realm, Wanted<BackupJob>),
    /// Restore jobs of a realm, newest first.
    RestoreJobs(Realm, Wanted<RestoreJob>),
    /// Copy jobs of a realm, that of what they copy, newest first.
    CopyJobs(Realm, Wanted<CopyJob>),
    /// Backup jobs that have not ended, all on one page.
    RunningBackups,
    /// Restore jobs that have not ended, all on one page.
    RunningRestores,
    /// Copy jobs that have not ended, all on one page.
    RunningCopies,
    /// Every source that is registered in a realm, by its ARN.
    Sources(Realm),
    /// Every role that something is known of, by its ARN.
    Roles,
    /// Every user, by account and name.
    Users,
    /// The legal holds of a realm, those that were made first at first, with the records of those
    /// that were cancelled.
    Holds(Realm),
    /// The recovery points that a legal hold is of, by their names; none once it was cancelled.
    HeldBy(Arc<Hold>),
    /// Legal holds that were cancelled and whose records have been kept for long enough by an
    /// instant, the longest first.
    EndedHolds(Timestamp),
    /// The backup plans of a realm, those that were made first at first.
    Plans {
        /// Of which realm.
        realm: Realm,
        /// With the records of those that were deleted.
        deleted: bool,
    },
    /// The versions that a backup plan has had, the oldest first; or one of them.
    PlanVersions(InRealm<PlanId>, Option<VersionId>),
    /// Backup plans at which the scheduler has to look by an instant, the longest due first, and
    /// those that are due more than two days later: that was written by a clock that has been
    /// set back since.
    DuePlans(Timestamp),
    /// What the server was made of, since it exists, in the order of time, all on one page.
    Means,
    /// Erasures that are due at an instant, the longest due first, and those that are due after
    /// [`sexton_core::put_off_max`]. Those that become due between two pages may be on a later
    /// one. Claiming one takes nothing from anybody: the fence in [`Claim::expect`] decides
    /// whose work counts.
    DueErasures(Timestamp),
    /// Backups that are being erased, in the order of the epochs in which their keys left the
    /// ring.
    Erasing {
        /// Only those that wait for a person.
        parked: bool,
    },
    /// Recovery points whose deletion is asked for, those that wait first, then those that were
    /// given up. One that is given up between two pages may be on both.
    Requested {
        /// Only those that wait.
        waiting: bool,
    },
    /// Backups whose lifecycle deletes them by an instant, the longest due first. Those that
    /// were put off are not due before their time.
    DueExpiries(Timestamp),
    /// Jobs of whatever kind that had ended by an instant, those that ended first at first.
    EndedJobs(Timestamp),
}

impl Query {
    /// What is listed, in a word.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Realms => "realms",
            Self::Vaults(_) => "vaults",
            Self::BackupsIn(_) => "backups_in",
            Self::Backups(_) => "backups",
            Self::FsxBackups(_) => "fsx_backups",
            Self::OfSource(_) => "of_source",
            Self::LogSpan(_) => "log_span",
            Self::CreatingWithoutJob => "creating_without_job",
            Self::TokensUsedBefore(_) => "tokens_used_before",
            Self::DueSources(_) => "due_sources",
            Self::BackupJobs(..) => "backup_jobs",
            Self::RestoreJobs(..) => "restore_jobs",
            Self::CopyJobs(..) => "copy_jobs",
            Self::RunningBackups => "running_backups",
            Self::RunningRestores => "running_restores",
            Self::RunningCopies => "running_copies",
            Self::Sources(_) => "sources",
            Self::Roles => "roles",
            Self::Users => "users",
            Self::Holds(_) => "holds",
            Self::HeldBy(_) => "held_by",
            Self::EndedHolds(_) => "ended_holds",
            Self::Plans { .. } => "plans",
            Self::PlanVersions(..) => "plan_versions",
            Self::DuePlans(_) => "due_plans",
            Self::Means => "means",
            Self::DueErasures(_) => "due_erasures",
            Self::Erasing { .. } => "erasing",
            Self::Requested { .. } => "requested",
            Self::DueExpiries(_) => "due_expiries",
            Self::EndedJobs(_) => "ended_jobs",
        }
    }
}

impl std::fmt::Debug for Query {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(self.name())
    }
}

/// One thing of a listing.
#[derive(Debug, Clone)]
pub enum Row {
    /// A realm.
    Realm(Realm),
    /// A vault, and how many backups it holds.
    Vault(Vault, u64),
    /// How many there are.
    Count(u64),
    /// A backup.
    Backup(Box<Backup>),
    /// A backup job.
    BackupJob(Box<BackupJob>),
    /// A restore job.
    RestoreJob(Box<RestoreJob>),
    /// A copy job.
    CopyJob(Box<CopyJob>),
    /// A source.
    Source(Source),
    /// What is known of a role.
    Role(Role),
    /// A user.
    User(Box<User>),
    /// A legal hold.
    Hold(Box<Hold>),
    /// What a legal hold is found by.
    HoldKey(InRealm<HoldId>),
    /// A backup plan.
    Plan(Box<Plan>),
    /// A version of a backup plan.
    PlanVersion(Box<PlanVersion>),
    /// What a backup plan is found by.
    PlanKey(InRealm<PlanId>),
    /// What the server was made of from an instant on.
    Means(Box<Means>),
    /// An erasure that is due.
    Claim(Box<Claim>),
    /// What a backup is found by.
    Key(InRealm<BackupName>),
    /// What a source is found by.
    SourceKey(InRealm<ResourceArn>),
    /// A job that has ended.
    EndedJob(EndedJob),
    /// Of when log backups tell.
    LogSpan(LogSpan),
}

/// Of when the complete log backups of a source tell.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogSpan {
    /// How many runs they are.
    pub runs: u64,
    /// From when on the earliest of them tells.
    pub from: Timestamp,
    /// Until when the latest of them tells.
    pub until: Timestamp,
}

/// A job that has ended.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct EndedJob {
    /// Which.
    pub id: JobId,
    /// When it ended.
    pub ended: Timestamp,
    /// What to expect when it is forgotten.
    pub expect: Expect,
}

/// Where the epoch stands whose root key could still open the key of an erased backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum EpochEnd {
    /// Its root key was destroyed, durably, at this instant.
    Ended(Timestamp),
    /// It lasts. By this instant it should have ended.
    Expected(Timestamp),
}

impl EpochEnd {
    /// Whether nobody can open what the epoch sealed.
    pub fn has_ended(self) -> bool {
        match self {
            Self::Ended(_) => true,
            Self::Expected(_) => false,
        }
    }
}

/// A backup whose erasure is due.
#[derive(Debug, Clone)]
pub struct Claim {
    /// Where it is.
    pub slot: Slot,
    /// The backup, in the state of one that is being erased.
    pub backup: Backup,
    /// Its erasure, as it stands in that state.
    pub erasing: Erasure,
    /// The epoch in which its key left the ring.
    pub left_in: Epoch,
    /// Where that epoch stands.
    pub epoch: EpochEnd,
    /// The fence: a commit of a worker that was asleep is stale.
    pub expect: Expect,
}

/// Where a listing goes on. Only the store that made it can read it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Cursor(pub Vec<u8>);

/// A page of a listing.
#[derive(Debug, Clone)]
pub struct Page<T> {
    /// What is on it; may be fewer than asked for although more follow.
    pub items: Vec<T>,
    /// Where to go on; nothing after the last page.
    pub next: Option<Cursor>,
}

impl<T> Page<T> {
    /// All that there is.
    pub fn whole(items: Vec<T>) -> Self {
        Self { items, next: None }
    }

    /// The same page of something made of each item.
    pub fn map<U>(self, each: impl FnMut(T) -> U) -> Page<U> {
        Page { items: self.items.into_iter().map(each).collect(), next: self.next }
    }
}

impl Page<Row> {
    /// The same page, of which every row must be what was asked for.
    pub(crate) fn only<T>(self, pick: impl Fn(Row) -> Option<T>) -> Result<Page<T>, StoreError> {
        let items: Option<Vec<T>> = self.items.into_iter().map(pick).collect();
        let items = items.ok_or_else(|| StoreError::not_done("a page of something else"))?;
        Ok(Page { items, next: self.next })
    }
}

/// How far ahead a source or a plan is due at most. What is due later is due now.
pub(crate) const SOURCE_DUE_AHEAD: SignedDuration = SignedDuration::from_hours(48);

/// Tokens that are forgotten together: enough to keep up, few enough to hold nobody up.
pub const TOKENS_TOGETHER: usize = 500;

/// The most items that one page holds: AWS Backup's own limit.
pub const PAGE_ITEMS_MAX: usize = 1000;

/// Rows that one page looks at before it gives up filtering and returns short.
pub const PAGE_SCAN_MAX: usize = 20_000;
