//! What a decision was made from and what it writes: the words of a commit.

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupName, CopyJob, DataKey, Event, Guard, Hold, HoldId, InRealm, JobId,
    Means, Plan, PlanId, Protection, Protector, Realm, ResourceArn, RestoreJob, Role, RoleArn,
    RoleName, Source, Token, TokenName, Use, User, UserName, Vault, VaultName,
};

use crate::certificate::Openings;
use crate::sealed::Sealed;

/// Counts the changes to one subject; 0 while it does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Generation(pub u64);

/// What a decision can be made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A vault, with its tags.
    Vault(InRealm<VaultName>),
    /// What a vault protects its backups with. It moves when that changes, and when the vault
    /// comes or goes, and not with its tags: they protect nothing, and would make every deletion
    /// in the vault stale.
    Guard(InRealm<VaultName>),
    /// A backup and its uses.
    Backup(InRealm<BackupName>),
    /// The role of this ARN; if nothing is known of it, the one of its name that was made here. It
    /// moves when another one becomes that.
    Role(RoleArn),
    /// The role of this name that was made here, whatever its path.
    RoleNamed(RoleName),
    /// A user.
    User(UserName),
    /// The legal holds of a realm that were not cancelled, without their tags. It moves when one
    /// comes or is cancelled.
    Holds(Realm),
    /// A legal hold.
    Hold(InRealm<HoldId>),
    /// A source.
    Source(InRealm<ResourceArn>),
    /// The source that a directory is registered as, by its absolute path.
    SourceOfPath(InRealm<String>),
    /// A backup, restore or copy job.
    Job(JobId),
    /// The backup job that this idempotency token began.
    BackupToken(InRealm<String>),
    /// The restore job that this idempotency token began.
    RestoreToken(InRealm<String>),
    /// The copy job that this idempotency token began.
    CopyToken(InRealm<String>),
    /// A token that stands for a call of `FSx`.
    Token(InRealm<TokenName>),
    /// A backup plan, or the record of one that was deleted.
    Plan(InRealm<PlanId>),
    /// The backup plan that this token of a caller made, and that was not deleted.
    PlanOfToken(InRealm<String>),
    /// The backup plan that says this, by its [document](sexton_core::Plan::document), and was not
    /// deleted.
    PlanAlike(InRealm<String>),
    /// A backup by its slot: the fence of whoever erases it.
    Slot(Slot),
}

impl Subject {
    /// What of it can protect a backup.
    pub fn protection(&self) -> Option<Protection> {
        match self {
            Self::Guard(_) => Some(Protection::Vault),
            Self::Backup(_) => Some(Protection::StateAndUses),
            Self::Role(_) => Some(Protection::Role),
            Self::Holds(_) => Some(Protection::LegalHolds),
            Self::Source(_) => Some(Protection::Snapshots),
            Self::Vault(_)
            | Self::Hold(_)
            | Self::RoleNamed(_)
            | Self::User(_)
            | Self::SourceOfPath(_)
            | Self::Job(_)
            | Self::BackupToken(_)
            | Self::RestoreToken(_)
            | Self::CopyToken(_)
            | Self::Token(_)
            | Self::Plan(_)
            | Self::PlanOfToken(_)
            | Self::PlanAlike(_)
            | Self::Slot(_) => None,
        }
    }
}

impl From<Protector> for Subject {
    fn from(protector: Protector) -> Self {
        match protector {
            Protector::Vault(key) => Self::Guard(key),
            Protector::Role(arn) => Self::Role(arn),
            Protector::Holds(realm) => Self::Holds(realm),
            Protector::Source(key) => Self::Source(key),
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Tally {
    /// Realms in which something is stored.
    Realms,
    /// Vaults.
    Vaults,
    /// Registered sources.
    Sources,
    /// Roles that something is known of.
    Roles,
    /// Users.
    Users,
    /// Legal holds of a realm, with the records of those that were cancelled.
    Holds(Realm),
    /// Backup plans of a realm.
    Plans(Realm),
    /// Backup plans of a realm, with the records of those that were deleted.
    PlanRecords(Realm),
    /// Backups of a source that are being captured.
    CapturesOf(InRealm<ResourceArn>),
    /// Backups of a realm that are being copied from others.
    CopiesTo(Realm),
}

/// One thing to write.
#[derive(Debug)]
pub enum Write {
    /// Makes or replaces a vault, the first thing that a realm has. What one that is there protects
    /// its backups with stays; a new one has nothing.
    PutVault(Vault),
    /// Replaces what a vault protects its backups with. The commit is stale if there is no such
    /// vault.
    PutGuard(InRealm<VaultName>, Guard),
    /// Removes a vault. The commit is stale if it holds any backup.
    RemoveVault(InRealm<VaultName>),
    /// Makes a backup together with its data key. One that no vault keeps may be the first thing
    /// that its realm has.
    CreateBackup(Backup, DataKey),
    /// Replaces a backup that exists. Whether it is being erased does not change; if it is, its
    /// state alone is replaced, and what goes with that.
    PutBackup(Backup),
    /// Removes the record of a backup that failed, once its bytes are erased.
    RemoveBackup(InRealm<BackupName>),
    /// Puts off the expiry of a backup that has a lifecycle, until then. Its generation does not
    /// move: when it is looked at again protects nothing.
    PutOffExpiry(InRealm<BackupName>, Timestamp),
    /// Replaces a backup by itself as it is while it is being erased: its data key
    /// leaves the ring, in the epoch whose end makes the key unrecoverable. From here on
    /// nothing of it changes but its state, and what goes with that.
    BeginErasure(Backup),
    /// Ends an erasure: the backup goes, the statement of the certificate comes, as a leaf of
    /// the log, and beside it what the statement commits to.
    Certify(Slot, String, Openings),
    /// A leaf of the log that is no certificate: it announces a key.
    Announce(String),
    /// Forgets what these leaves commit to, in every file; the leaves stay.
    Redact(Vec<u64>),
    /// Makes or replaces a backup job. The commit is stale if another has its token.
    PutBackupJob(BackupJob),
    /// Makes or replaces a restore job. The commit is stale if another has its token.
    PutRestoreJob(RestoreJob),
    /// Makes or replaces a copy job. The commit is stale if another has its token.
    PutCopyJob(CopyJob),
    /// Forgets a job that has ended.
    RemoveJob(JobId),
    /// A restore or a copy begins to use a backup.
    AddUse(InRealm<BackupName>, Use),
    /// It no longer uses a backup.
    RemoveUse(InRealm<BackupName>, JobId),
    /// Makes or replaces a source, which a realm may have before any vault.
    PutSource(Source),
    /// Remembers a token. The commit is stale if it is remembered already. If there are more
    /// than [`TOKENS_MAX`](sexton_core::TOKENS_MAX), the oldest is forgotten: of a deletion, if
    /// there is one.
    PutToken(InRealm<TokenName>, Token),
    /// Forgets tokens that were used before an instant: the oldest of them, at most
    /// [`TOKENS_TOGETHER`](crate::TOKENS_TOGETHER).
    ForgetTokens(Timestamp),
    /// Removes a source, and with it what is kept sealed of it: the key of that leaves the ring.
    RemoveSource(InRealm<ResourceArn>),
    /// Keeps something of a source sealed, under a key of its own in the ring. What was kept
    /// before goes, and its key leaves the ring.
    PutSecret(InRealm<ResourceArn>, Sealed),
    /// Keeps no longer what was kept sealed of a source, if anything is: its key leaves the ring.
    RemoveSecret(InRealm<ResourceArn>),
    /// Makes or replaces a legal hold.
    PutHold(Hold),
    /// Removes the record of a legal hold that was cancelled.
    RemoveHold(InRealm<HoldId>),
    /// Makes or replaces a backup plan. The versions that it has had stay.
    PutPlan(Box<Plan>),
    /// Removes a backup plan, with all its versions.
    RemovePlan(InRealm<PlanId>),
    /// Makes or replaces what is known of a role.
    PutRole(Role),
    /// Makes or replaces a user.
    PutUser(User),
    /// Removes a user, with their access keys.
    RemoveUser(UserName),
    /// Notes what the server is made of from now on.
    AddMeans(Means),
    /// Removes a realm with its vaults, sources, plans, jobs and records of legal holds. The commit
    /// is stale if it holds any backup, or has a legal hold that was not cancelled.
    DropRealm(Realm),
}

/// What was decided, and what it was decided from. Committed whole or not at all.
#[derive(Debug, Default)]
pub struct Change {
    /// What the decision read.
    pub expects: Vec<Expect>,
    /// How many there may be at the most, its own writes included: otherwise it is stale.
    pub requires: Vec<(Tally, u64)>,
    /// What it writes.
    pub writes: Vec<Write>,
    /// What the audit trail says of it.
    pub event: Option<Event>,
    /// Work of a background loop, which waits for requests.
    pub background: bool,
    /// It is one of many with which a world for tests begins: the log is not told of it.
    pub untold: bool,
}

impl Change {
    /// Whether it has something forgotten.
    pub(crate) fn redacts(&self) -> bool {
        self.writes.iter().any(|write| matches!(write, Write::Redact(_)))
    }
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
