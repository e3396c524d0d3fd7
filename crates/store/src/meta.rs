//! The trait that decisions are made from and committed to, and its values.

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupName, DataKey, Event, InRealm, JobId, Means, Protection, Protector,
    Realm, ResourceArn, RestoreJob, Role, RoleArn, Source, Token, TokenName, Use, Vault, VaultName,
};

use crate::certificate::{Issued, LogEnd, Openings};
use crate::merkle::Hash;
use crate::trail::Link;
use crate::{
    BackupQuery, BackupSnapshot, Claim, Cursor, EndedJob, Follow, FsxQuery, PAGE_ITEMS_MAX, Page,
    Query, Reading, Row, StoreError, VaultSnapshot, Versioned, Wanted,
};

/// Counts the changes to one subject; 0 while it does not exist.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct Generation(pub u64);

/// What a decision can be made from.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Subject {
    /// A vault, with its tags.
    Vault(InRealm<VaultName>),
    /// What a vault protects. It moves when the vault comes or goes, and not with its tags: they
    /// protect nothing, and would make every deletion in the vault stale.
    Guard(InRealm<VaultName>),
    /// A backup and its uses.
    Backup(InRealm<BackupName>),
    /// A role.
    Role(RoleArn),
    /// A source.
    Source(InRealm<ResourceArn>),
    /// The source that a directory is registered as, by its absolute path.
    SourceOfPath(InRealm<String>),
    /// A backup or restore job.
    Job(JobId),
    /// The backup job that this idempotency token began.
    BackupToken(InRealm<String>),
    /// The restore job that this idempotency token began.
    RestoreToken(InRealm<String>),
    /// A token that stands for a call of `FSx`.
    Token(InRealm<TokenName>),
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
            Self::Vault(_)
            | Self::Source(_)
            | Self::SourceOfPath(_)
            | Self::Job(_)
            | Self::BackupToken(_)
            | Self::RestoreToken(_)
            | Self::Token(_)
            | Self::Slot(_) => None,
        }
    }
}

impl From<Protector> for Subject {
    fn from(protector: Protector) -> Self {
        match protector {
            Protector::Vault(key) => Self::Guard(key),
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
    /// Backups of a source that are being captured.
    CapturesOf(InRealm<ResourceArn>),
    /// Backups of a realm that are being copied from others.
    CopiesTo(Realm),
    /// Tokens that are remembered.
    Tokens,
}

/// One thing to write.
#[derive(Debug)]
pub enum Write {
    /// Makes or replaces a vault, the first thing that a realm has.
    PutVault(Vault),
    /// Removes a vault. The commit is stale if it holds any backup.
    RemoveVault(InRealm<VaultName>),
    /// Makes a backup together with its data key.
    CreateBackup(Backup, DataKey),
    /// Replaces a backup that exists. Whether it is being erased does not change.
    PutBackup(Backup),
    /// Removes the record of a backup that failed, once its bytes are erased.
    RemoveBackup(InRealm<BackupName>),
    /// Puts off the expiry of a backup that has a lifecycle, until then. Its generation does not
    /// move: when it is looked at again protects nothing.
    PutOffExpiry(InRealm<BackupName>, Timestamp),
    /// Replaces a backup by itself as it is while it is being erased: its data key
    /// leaves the ring, in the epoch whose end makes the key unrecoverable.
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
    /// Forgets a backup or restore job that has ended.
    RemoveJob(JobId),
    /// A restore or a copy begins to use a backup.
    AddUse(InRealm<BackupName>, Use),
    /// It no longer uses a backup.
    RemoveUse(InRealm<BackupName>, JobId),
    /// Makes or replaces a source, which a realm may have before any vault.
    PutSource(Source),
    /// Remembers a token. The commit is stale if it is remembered already.
    PutToken(InRealm<TokenName>, Token),
    /// Forgets tokens that were used before an instant, some at a time.
    ForgetTokens(Timestamp),
    /// Removes a source.
    RemoveSource(InRealm<ResourceArn>),
    /// Makes or replaces what is known of a role.
    PutRole(Role),
    /// Notes what the server is made of from now on.
    AddMeans(Means),
    /// Removes a realm with its vaults, sources and jobs. The commit is stale if it holds any
    /// backup.
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

/// Sums for the metrics.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Sums {
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

/// Keeps the metadata. See the crate for the one rule.
///
/// A store implements the first part. The second is the same in all of them: it says in the words
/// of those who ask what [`MetaStore::read`] and [`MetaStore::page`] find.
#[async_trait]
pub trait MetaStore: fmt::Debug + Send + Sync {
    /// Writes `change` if nothing that it was decided from has moved.
    ///
    /// Atomic and durable: once this returns `Done`, all writes and the event survive a
    /// crash together; before that, none does. A destroyed key is unrecoverable, or
    /// will be by the end of its epoch, when this returns.
    async fn commit(&self, change: Change) -> Result<Commit, StoreError>;

    /// Reads what stands for each of `roots`, in their order, and then what [`Follow`] says:
    /// everything as of one instant.
    async fn read(&self, roots: &[Subject], follow: Follow) -> Result<Reading, StoreError>;

    /// A page of a listing.
    async fn page(
        &self,
        query: &Query,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Row>, StoreError>;

    /// How many there are.
    async fn tally(&self, of: &Tally) -> Result<u64, StoreError>;

    /// The data key of a backup; nothing if it was destroyed.
    async fn data_key(&self, key: &InRealm<BackupName>) -> Result<Option<DataKey>, StoreError>;

    /// The certificate of a backup that is gone, newest first if its ARN was
    /// used twice.
    async fn certificate(&self, key: &InRealm<BackupName>) -> Result<Option<Issued>, StoreError>;

    /// Certificates in the order of the log, from leaf `from`, at most `limit`.
    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError>;

    /// Leaf hashes of the certificate log, from leaf `from`, at most `limit`.
    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError>;

    /// The proof that a leaf is in the log of the first `size` leaves; nothing if it is not,
    /// or if there are fewer.
    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError>;

    /// The durable end of the log, and its root when it had `before` leaves.
    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError>;

    /// The audit trail from event `from`, at most `limit`.
    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError>;

    /// The audit trail as it is stored, from event `from`, at most `limit`: what
    /// [`crate::trail::check`] checks.
    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError>;

    /// Sums for the metrics.
    async fn sums(&self) -> Result<Sums, StoreError>;

    /// Whether commits are still being taken.
    fn healthy(&self) -> bool;

    /// A vault, and how many backups it holds.
    async fn vault(&self, key: &InRealm<VaultName>) -> Result<Option<VaultSnapshot>, StoreError> {
        let subject = Subject::Vault(key.clone());
        let reading = self.read(&[subject], Follow::Nothing).await?;
        let Some(vault) = reading.vault(key).cloned() else { return Ok(None) };
        let counted = self.page(&Query::BackupsIn(key.clone()), None, 1).await?.only(|row| {
            let Row::Count(many) = row else { return None };
            Some(many)
        });
        let backups = counted?.items.into_iter().sum();
        let expect = reading.expects().remove(0);
        Ok(Some(VaultSnapshot { vault, backups, expect }))
    }

    /// A backup with all that protects it.
    async fn backup(
        &self,
        key: &InRealm<BackupName>,
    ) -> Result<Option<BackupSnapshot>, StoreError> {
        let subject = Subject::Backup(key.clone());
        Ok(self.read(&[subject], Follow::Protectors).await?.into_backup(key))
    }

    /// A backup job.
    async fn backup_job(&self, id: JobId) -> Result<Option<Versioned<BackupJob>>, StoreError> {
        let subject = Subject::Job(id);
        let reading = self.read(std::slice::from_ref(&subject), Follow::Nothing).await?;
        let job = reading.backup_job(&subject).cloned();
        Ok(job.map(|value| Versioned { value, expect: reading.expects().remove(0) }))
    }

    /// A restore job.
    async fn restore_job(&self, id: JobId) -> Result<Option<Versioned<RestoreJob>>, StoreError> {
        let subject = Subject::Job(id);
        let reading = self.read(std::slice::from_ref(&subject), Follow::Nothing).await?;
        let job = reading.restore_job(&subject).cloned();
        Ok(job.map(|value| Versioned { value, expect: reading.expects().remove(0) }))
    }

    /// A source, with what to expect when it is changed.
    async fn source(
        &self,
        key: &InRealm<ResourceArn>,
    ) -> Result<(Option<Source>, Expect), StoreError> {
        let reading = self.read(&[Subject::Source(key.clone())], Follow::Nothing).await?;
        Ok((reading.source(key).cloned(), reading.expects().remove(0)))
    }

    /// Vaults by name, with the number of their backups.
    async fn list_vaults(
        &self,
        realm: &Realm,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<(Vault, u64)>, StoreError> {
        self.page(&Query::Vaults(realm.clone()), after, limit).await?.only(|row| {
            let Row::Vault(vault, backups) = row else { return None };
            Some((vault, backups))
        })
    }

    /// [`Query::Backups`].
    async fn list_backups(
        &self,
        filter: &BackupQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.page(&Query::Backups(filter.clone()), after, limit).await?.only(a_backup)
    }

    /// [`Query::BackupJobs`].
    async fn list_backup_jobs(
        &self,
        realm: &Realm,
        wanted: Wanted<BackupJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupJob>, StoreError> {
        let query = Query::BackupJobs(realm.clone(), wanted);
        self.page(&query, after, limit).await?.only(a_backup_job)
    }

    /// [`Query::RestoreJobs`].
    async fn list_restore_jobs(
        &self,
        realm: &Realm,
        wanted: Wanted<RestoreJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RestoreJob>, StoreError> {
        let query = Query::RestoreJobs(realm.clone(), wanted);
        self.page(&query, after, limit).await?.only(a_restore_job)
    }

    /// Every realm in which something is stored.
    async fn list_realms(&self) -> Result<Vec<Realm>, StoreError> {
        let page = self.page(&Query::Realms, None, PAGE_ITEMS_MAX).await?.only(|row| {
            let Row::Realm(realm) = row else { return None };
            Some(realm)
        });
        Ok(page?.items)
    }

    /// Every source that is registered in a realm.
    async fn list_sources(&self, realm: &Realm) -> Result<Vec<Source>, StoreError> {
        let query = Query::Sources(realm.clone());
        let page = self.page(&query, None, PAGE_ITEMS_MAX).await?.only(|row| {
            let Row::Source(source) = row else { return None };
            Some(source)
        });
        Ok(page?.items)
    }

    /// Every role that something is known of.
    async fn list_roles(&self) -> Result<Vec<Role>, StoreError> {
        let page = self.page(&Query::Roles, None, PAGE_ITEMS_MAX).await?.only(|row| {
            let Row::Role(role) = row else { return None };
            Some(role)
        });
        Ok(page?.items)
    }

    /// What the server was made of, since it exists, in the order of time.
    async fn means(&self) -> Result<Vec<Means>, StoreError> {
        let page = self.page(&Query::Means, None, PAGE_ITEMS_MAX).await?.only(|row| {
            let Row::Means(means) = row else { return None };
            Some(*means)
        });
        Ok(page?.items)
    }

    /// [`Query::DueErasures`].
    async fn due_erasures(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Claim>, StoreError> {
        self.page(&Query::DueErasures(now), after, limit).await?.only(|row| {
            let Row::Claim(claim) = row else { return None };
            Some(*claim)
        })
    }

    /// [`Query::Erasing`].
    async fn list_erasing(
        &self,
        parked: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.page(&Query::Erasing { parked }, after, limit).await?.only(a_backup)
    }

    /// [`Query::DueExpiries`].
    async fn due_expiries(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<InRealm<BackupName>>, StoreError> {
        self.page(&Query::DueExpiries(now), after, limit).await?.only(|row| {
            let Row::Key(key) = row else { return None };
            Some(key)
        })
    }

    /// [`Query::FsxBackups`].
    async fn list_fsx_backups(
        &self,
        filter: &FsxQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.page(&Query::FsxBackups(filter.clone()), after, limit).await?.only(a_backup)
    }

    /// [`Query::CreatingFsx`].
    async fn creating_fsx(&self) -> Result<Vec<Backup>, StoreError> {
        let page = self.page(&Query::CreatingFsx, None, PAGE_ITEMS_MAX).await?;
        Ok(page.only(a_backup)?.items)
    }

    /// [`Query::DueSources`].
    async fn due_sources(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<InRealm<ResourceArn>>, StoreError> {
        self.page(&Query::DueSources(now), after, limit).await?.only(|row| {
            let Row::SourceKey(key) = row else { return None };
            Some(key)
        })
    }

    /// [`Query::EndedJobs`].
    async fn ended_jobs(
        &self,
        until: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EndedJob>, StoreError> {
        self.page(&Query::EndedJobs(until), after, limit).await?.only(|row| {
            let Row::EndedJob(job) = row else { return None };
            Some(job)
        })
    }

    /// Backup and restore jobs that were running when the last server stopped.
    async fn interrupted_jobs(&self) -> Result<(Vec<BackupJob>, Vec<RestoreJob>), StoreError> {
        let backups = self.page(&Query::RunningBackups, None, PAGE_ITEMS_MAX).await?;
        let restores = self.page(&Query::RunningRestores, None, PAGE_ITEMS_MAX).await?;
        Ok((backups.only(a_backup_job)?.items, restores.only(a_restore_job)?.items))
    }
}

fn a_backup(row: Row) -> Option<Backup> {
    let Row::Backup(backup) = row else { return None };
    Some(*backup)
}

fn a_backup_job(row: Row) -> Option<BackupJob> {
    let Row::BackupJob(job) = row else { return None };
    Some(*job)
}

fn a_restore_job(row: Row) -> Option<RestoreJob> {
    let Row::RestoreJob(job) = row else { return None };
    Some(*job)
}
