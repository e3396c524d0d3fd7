//! The trait that decisions are made from and committed to, and its values.

use std::error::Error;
use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupName, DataKey, DeleteFacts, Epoch, Erasure, Event, JobId, Means,
    Protection, Protector, ResourceArn, RestoreJob, Role, RoleArn, RoleStatus, Source, Vault,
    VaultName,
};

use crate::certificate::{Issued, LogEnd};
use crate::merkle::Hash;
use crate::trail::Link;
use crate::{BackupQuery, Wanted};

/// What went wrong underneath. For the log, never for a caller.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Sorted by the only question a caller must answer next: is it done?
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written.
    #[error("the store refused")]
    NotDone(#[source] Cause),
    /// A lost reply, a failed sync. Read before doing anything that assumes either.
    #[error("the store may or may not have done it")]
    Unknown(#[source] Cause),
}

impl StoreError {
    /// A reading that failed: nothing was written.
    pub fn not_done(cause: impl Into<Cause>) -> Self {
        Self::NotDone(cause.into())
    }
}

/// Counts the changes to one subject; 0 while it does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Generation(pub u64);

/// What a decision can be made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A vault and its protection.
    Vault(VaultName),
    /// A backup and its uses.
    Backup(BackupName),
    /// A role.
    Role(RoleArn),
    /// A source.
    Source(ResourceArn),
    /// The source that a directory is registered as, by its absolute path.
    SourceOfPath(String),
    /// A backup or restore job.
    Job(JobId),
    /// A backup by its slot: the fence of whoever erases it.
    Slot(Slot),
}

impl Subject {
    /// What of it can protect a backup.
    pub fn protection(&self) -> Option<Protection> {
        match self {
            Self::Vault(_) => Some(Protection::Vault),
            Self::Backup(_) => Some(Protection::StateAndUses),
            Self::Role(_) => Some(Protection::Role),
            Self::Source(_) | Self::SourceOfPath(_) | Self::Job(_) | Self::Slot(_) => None,
        }
    }
}

impl From<Protector> for Subject {
    fn from(protector: Protector) -> Self {
        match protector {
            Protector::Vault(name) => Self::Vault(name),
            Protector::Role(arn) => Self::Role(arn),
        }
    }
}

/// The place of a backup's key in the ring, and of its row. Never used again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot(pub u64);

/// Something that a decision read, as it was then.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expect {
    /// What.
    pub subject: Subject,
    /// Its generation then.
    pub generation: Generation,
}

/// What the store counts, so that it can be bounded.
///
/// Counts are never expected: one that moves with every registration would make all others
/// stale. A change says how many there may be, and the commit counts them itself, so that
/// no two callers who found the last place free both take it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Tally {
    /// Vaults.
    Vaults,
    /// Registered sources.
    Sources,
    /// Roles that something is known of.
    Roles,
}

/// One thing to write, or to insist on while writing.
#[derive(Debug)]
pub enum Write {
    /// Writes nothing. The commit is stale unless fewer than so many are there, those
    /// counted that were written before, by this change or by any other.
    InsistFewer(Tally, u64),
    /// Makes or replaces a vault.
    PutVault(Vault),
    /// Removes a vault. The commit is stale if it holds any backup.
    RemoveVault(VaultName),
    /// Makes a backup together with its data key.
    CreateBackup(Backup, DataKey),
    /// Replaces a backup that exists. Whether it is being erased does not change.
    PutBackup(Backup),
    /// Puts off the expiry of a backup that has a lifecycle, until then. Its generation does not
    /// move: when it is looked at again protects nothing.
    PutOffExpiry(BackupName, Timestamp),
    /// Replaces a backup by itself as it is while it is being erased: its data key
    /// leaves the ring, in the epoch whose end makes the key unrecoverable.
    BeginErasure(Backup),
    /// Ends an erasure: the backup goes, the statement of the certificate comes, as a leaf of
    /// the log.
    Certify(Slot, String),
    /// Makes or replaces a backup job. The commit is stale if another has its token.
    PutBackupJob(BackupJob),
    /// Makes or replaces a restore job. The commit is stale if another has its token.
    PutRestoreJob(RestoreJob),
    /// Forgets a backup or restore job that has ended.
    RemoveJob(JobId),
    /// A restore job begins to use a backup.
    AddUse(BackupName, JobId),
    /// A restore job no longer uses a backup.
    RemoveUse(BackupName, JobId),
    /// Makes or replaces a source.
    PutSource(Source),
    /// Removes a source.
    RemoveSource(ResourceArn),
    /// Makes or replaces what is known of a role.
    PutRole(Role),
    /// Notes what the server is made of from now on.
    AddMeans(Means),
}

/// What was decided, and what it was decided from. Committed whole or not at all.
#[derive(Debug, Default)]
pub struct Change {
    /// What the decision read.
    pub expects: Vec<Expect>,
    /// What it writes.
    pub writes: Vec<Write>,
    /// What the audit trail says of it.
    pub event: Option<Event>,
    /// Work of a background loop, which waits for requests.
    pub background: bool,
}

/// What became of a change.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "a stale commit wrote nothing"]
pub enum Commit {
    /// All of it is durable.
    Done,
    /// Something the decision was made from has changed: read and decide again.
    Stale,
}

/// A vault as one decision reads it.
#[derive(Debug, Clone)]
pub struct VaultSnapshot {
    /// The vault.
    pub vault: Vault,
    /// How many backups it holds, in whatever state.
    pub backups: u64,
    /// What to expect at the commit.
    pub expect: Expect,
}

/// A backup and all that bears on its deletion, as of one instant.
#[derive(Debug, Clone)]
pub struct BackupSnapshot {
    /// The backup.
    pub backup: Backup,
    /// Restores that are reading it.
    pub uses: Vec<JobId>,
    /// What is known of its role.
    pub role: RoleStatus,
    /// What to expect at the commit.
    pub expects: Vec<Expect>,
}

impl BackupSnapshot {
    /// What its deletion is decided from.
    pub fn delete_facts(&self) -> DeleteFacts<'_> {
        DeleteFacts { backup: &self.backup, uses: &self.uses, role: self.role }
    }
}

/// All that the start of a backup is decided from.
#[derive(Debug, Clone)]
pub struct BackupFacts {
    /// The vault, if it exists.
    pub vault: Option<Vault>,
    /// The registered source of the resource.
    pub source: Option<Source>,
    /// What is known of the role.
    pub role: RoleStatus,
    /// The job that the same idempotency token began.
    pub repeated: Option<BackupJob>,
    /// What to expect at the commit.
    pub expects: Vec<Expect>,
}

/// A job, with what to expect when it is changed.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// What to expect at the commit.
    pub expect: Expect,
}

/// A backup or restore job that has ended.
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

/// The most items that one page holds: AWS Backup's own limit.
pub const PAGE_ITEMS_MAX: usize = 1000;

/// Rows that one page looks at before it gives up filtering and returns short.
pub const PAGE_SCAN_MAX: usize = 20_000;

/// Sums for the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Totals {
    /// Backups by the name of their state.
    pub backups: Vec<(&'static str, u64)>,
    /// Erasures that are not finished, parked ones included.
    pub erasures: u64,
    /// Erasures that wait for a person.
    pub parked: u64,
    /// When the unfinished erasure was decided whose key left the ring first.
    pub oldest_erasure: Option<Timestamp>,
    /// When the next recovery point is due to expire; in the past if one is late.
    pub next_expiry: Option<Timestamp>,
    /// Certificates issued.
    pub certificates: u64,
    /// Sealed bytes of backups that were completed and are not certified as erased.
    pub stored_bytes: u64,
    /// Sealed bytes whose removal is certified.
    pub erased_bytes: u64,
}

/// Keeps the metadata. See the module for the one rule.
#[async_trait]
pub trait MetaStore: fmt::Debug + Send + Sync {
    /// Writes `change` if nothing that it was decided from has moved.
    ///
    /// Atomic and durable: once this returns `Done`, all writes and the event survive a
    /// crash together; before that, none does. A destroyed key is unrecoverable, or
    /// will be by the end of its epoch, when this returns.
    async fn commit(&self, change: Change) -> Result<Commit, StoreError>;

    /// A vault.
    async fn vault(&self, name: &VaultName) -> Result<Option<VaultSnapshot>, StoreError>;

    /// A backup with all that protects it.
    async fn backup(&self, name: &BackupName) -> Result<Option<BackupSnapshot>, StoreError>;

    /// What the start of a backup is decided from.
    async fn backup_facts(
        &self,
        vault: &VaultName,
        resource: &ResourceArn,
        role: &RoleArn,
        token: Option<&str>,
    ) -> Result<BackupFacts, StoreError>;

    /// A backup job.
    async fn backup_job(&self, id: JobId) -> Result<Option<Versioned<BackupJob>>, StoreError>;

    /// A restore job.
    async fn restore_job(&self, id: JobId) -> Result<Option<Versioned<RestoreJob>>, StoreError>;

    /// The restore job that this idempotency token began.
    async fn restore_job_of_token(&self, token: &str) -> Result<Option<RestoreJob>, StoreError>;

    /// The data key of a backup; nothing if it was destroyed.
    async fn data_key(&self, name: &BackupName) -> Result<Option<DataKey>, StoreError>;

    /// Vaults by name, with the number of their backups.
    async fn list_vaults(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<(Vault, u64)>, StoreError>;

    /// Backups, oldest first. Backups that are there throughout appear exactly
    /// once, whatever is deleted between the pages.
    async fn list_backups(
        &self,
        filter: &BackupQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError>;

    /// Backup jobs, newest first.
    async fn list_backup_jobs(
        &self,
        wanted: Wanted<BackupJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupJob>, StoreError>;

    /// Restore jobs, newest first.
    async fn list_restore_jobs(
        &self,
        wanted: Wanted<RestoreJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RestoreJob>, StoreError>;

    /// Every registered source.
    async fn list_sources(&self) -> Result<Vec<Source>, StoreError>;

    /// Every role that something is known of.
    async fn list_roles(&self) -> Result<Vec<Role>, StoreError>;

    /// How many there are.
    async fn tally(&self, of: Tally) -> Result<u64, StoreError>;

    /// A source, with what to expect when it is changed.
    async fn source(&self, arn: &ResourceArn) -> Result<(Option<Source>, Expect), StoreError>;

    /// Erasures that are due at `now`, the longest due first, and those that are due after
    /// [`sexton_core::put_off_max`]. Those that become due between two pages may be on a
    /// later one. Claiming one takes nothing from anybody:
    /// the fence in [`Claim::expect`] decides whose work counts.
    async fn due_erasures(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Claim>, StoreError>;

    /// Backups that are being erased, in the order of the epochs in which their keys
    /// left the ring; with `parked`, those that wait for a person.
    async fn list_erasing(
        &self,
        parked: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError>;

    /// Recovery points whose lifecycle deletes them by `now`, the longest due first. Those
    /// that were put off are not due before their time.
    async fn due_expiries(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupName>, StoreError>;

    /// Backup and restore jobs that had ended by `until`, those that ended first at first.
    async fn ended_jobs(
        &self,
        until: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EndedJob>, StoreError>;

    /// Backup and restore jobs that were running when the last server stopped.
    async fn interrupted_jobs(&self) -> Result<(Vec<BackupJob>, Vec<RestoreJob>), StoreError>;

    /// The certificate of a backup that is gone, newest first if its ARN was
    /// used twice.
    async fn certificate(&self, name: &BackupName) -> Result<Option<Issued>, StoreError>;

    /// Certificates in the order of the log, from leaf `from`, at most `limit`.
    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError>;

    /// The proof that a leaf is in the log of the first `size` leaves; nothing if it is not,
    /// or if there are fewer.
    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError>;

    /// The durable end of the log, and its root when it had `before` leaves.
    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError>;

    /// What the server was made of, since it exists, in the order of time.
    async fn means(&self) -> Result<Vec<Means>, StoreError>;

    /// Leaf hashes of the certificate log, from leaf `from`, at most `limit`.
    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError>;

    /// The audit trail from event `from`, at most `limit`.
    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// The audit trail as it is stored, from event `from`, at most `limit`: what
    /// [`crate::trail::check`] checks.
    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError>;

    /// Sums for the metrics.
    async fn totals(&self) -> Result<Totals, StoreError>;

    /// Whether commits are still being taken.
    fn healthy(&self) -> bool;
}
