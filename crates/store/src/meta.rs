//! The trait that decisions are made from and committed to.

use std::fmt;
use std::sync::Arc;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupName, CopyJob, DataKey, Event, Hold, HoldId, InRealm, JobId, Means,
    Plan, PlanId, PlanVersion, Realm, ResourceArn, RestoreJob, Role, Source, User, Vault,
    VaultName, VersionId,
};
use zeroize::Zeroizing;

use crate::certificate::{Issued, LogEnd};
use crate::merkle::Hash;
use crate::trail::Link;
use crate::{
    BackupQuery, BackupSnapshot, Change, Claim, Commit, Cursor, EndedJob, Expect, Follow, FsxQuery,
    LogSpan, PAGE_ITEMS_MAX, Page, Query, Reading, Row, SourceQuery, StoreError, Subject, Tally,
    VaultSnapshot, Versioned, Wanted,
};

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
    /// Tokens that are remembered.
    pub tokens: u64,
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

    /// What is kept sealed of a source; nothing if there is nothing.
    async fn secret(
        &self,
        of: &InRealm<ResourceArn>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError>;

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

    /// The audit trail as it is stored, from event `from`, at most `limit`, and fewer of long ones:
    /// what [`crate::trail::check`] checks.
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
        let backups = sum(self.page(&Query::BackupsIn(key.clone()), None, 1).await?)?;
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

    /// A copy job.
    async fn copy_job(&self, id: JobId) -> Result<Option<Versioned<CopyJob>>, StoreError> {
        let subject = Subject::Job(id);
        let reading = self.read(std::slice::from_ref(&subject), Follow::Nothing).await?;
        let job = reading.copy_job(&subject).cloned();
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

    /// [`Query::CopyJobs`].
    async fn list_copy_jobs(
        &self,
        realm: &Realm,
        wanted: Wanted<CopyJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<CopyJob>, StoreError> {
        let query = Query::CopyJobs(realm.clone(), wanted);
        self.page(&query, after, limit).await?.only(a_copy_job)
    }

    /// Every realm in which something is stored.
    async fn list_realms(&self) -> Result<Vec<Realm>, StoreError> {
        let page = self.page(&Query::Realms, None, PAGE_ITEMS_MAX).await?.only(|row| {
            let Row::Realm(realm) = row else { return None };
            Some(realm)
        });
        Ok(page?.items)
    }

    /// [`Query::Sources`].
    async fn page_sources(
        &self,
        realm: &Realm,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Source>, StoreError> {
        self.page(&Query::Sources(realm.clone()), after, limit).await?.only(|row| {
            let Row::Source(source) = row else { return None };
            Some(source)
        })
    }

    /// Every source that is registered in a realm.
    async fn list_sources(&self, realm: &Realm) -> Result<Vec<Source>, StoreError> {
        let (mut sources, mut after) = (Vec::new(), None);
        loop {
            let page = self.page_sources(realm, after.as_ref(), PAGE_ITEMS_MAX).await?;
            sources.extend(page.items);
            after = page.next;
            if after.is_none() {
                return Ok(sources);
            }
        }
    }

    /// [`Query::Roles`].
    async fn list_roles(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Role>, StoreError> {
        self.page(&Query::Roles, after, limit).await?.only(|row| {
            let Row::Role(role) = row else { return None };
            Some(role)
        })
    }

    /// [`Query::Users`].
    async fn list_users(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<User>, StoreError> {
        self.page(&Query::Users, after, limit).await?.only(|row| {
            let Row::User(user) = row else { return None };
            Some(*user)
        })
    }

    /// A legal hold, with what to expect when it is changed.
    async fn hold(&self, key: &InRealm<HoldId>) -> Result<Option<Versioned<Hold>>, StoreError> {
        let reading = self.read(&[Subject::Hold(key.clone())], Follow::Nothing).await?;
        let hold = reading.hold(key).cloned();
        Ok(hold.map(|value| Versioned { value, expect: reading.expects().remove(0) }))
    }

    /// [`Query::Holds`].
    async fn list_holds(
        &self,
        realm: &Realm,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Hold>, StoreError> {
        self.page(&Query::Holds(realm.clone()), after, limit).await?.only(|row| {
            let Row::Hold(hold) = row else { return None };
            Some(*hold)
        })
    }

    /// [`Query::HeldBy`].
    async fn list_held(
        &self,
        hold: Hold,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.page(&Query::HeldBy(Arc::new(hold)), after, limit).await?.only(a_backup)
    }

    /// [`Query::EndedHolds`].
    async fn ended_holds(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<InRealm<HoldId>>, StoreError> {
        self.page(&Query::EndedHolds(now), after, limit).await?.only(|row| {
            let Row::HoldKey(key) = row else { return None };
            Some(key)
        })
    }

    /// A backup plan, or the record of one, with what to expect when it is changed.
    async fn plan(&self, key: &InRealm<PlanId>) -> Result<Option<Versioned<Plan>>, StoreError> {
        let reading = self.read(&[Subject::Plan(key.clone())], Follow::Nothing).await?;
        let plan = reading.plan(key).cloned();
        Ok(plan.map(|value| Versioned { value, expect: reading.expects().remove(0) }))
    }

    /// [`Query::Plans`].
    async fn list_plans(
        &self,
        realm: &Realm,
        deleted: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Plan>, StoreError> {
        let query = Query::Plans { realm: realm.clone(), deleted };
        self.page(&query, after, limit).await?.only(|row| {
            let Row::Plan(plan) = row else { return None };
            Some(*plan)
        })
    }

    /// [`Query::PlanVersions`].
    async fn list_plan_versions(
        &self,
        plan: &InRealm<PlanId>,
        one: Option<VersionId>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<PlanVersion>, StoreError> {
        let query = Query::PlanVersions(plan.clone(), one);
        self.page(&query, after, limit).await?.only(|row| {
            let Row::PlanVersion(version) = row else { return None };
            Some(*version)
        })
    }

    /// [`Query::DuePlans`].
    async fn due_plans(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<InRealm<PlanId>>, StoreError> {
        self.page(&Query::DuePlans(now), after, limit).await?.only(|row| {
            let Row::PlanKey(key) = row else { return None };
            Some(key)
        })
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

    /// [`Query::Requested`].
    async fn list_requested(
        &self,
        waiting: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.page(&Query::Requested { waiting }, after, limit).await?.only(a_backup)
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

    /// [`Query::OfSource`].
    async fn list_of_source(
        &self,
        filter: &SourceQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.page(&Query::OfSource(filter.clone()), after, limit).await?.only(a_backup)
    }

    /// [`Query::LogSpan`].
    async fn log_span(&self, of: &InRealm<ResourceArn>) -> Result<Option<LogSpan>, StoreError> {
        let page = self.page(&Query::LogSpan(of.clone()), None, 1).await?.only(|row| {
            let Row::LogSpan(span) = row else { return None };
            Some(span)
        });
        Ok(page?.items.pop())
    }

    /// [`Query::CreatingWithoutJob`].
    async fn creating_without_job(&self) -> Result<Vec<Backup>, StoreError> {
        let page = self.page(&Query::CreatingWithoutJob, None, PAGE_ITEMS_MAX).await?;
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

    /// [`Query::TokensUsedBefore`].
    async fn tokens_used_before(&self, until: Timestamp) -> Result<u64, StoreError> {
        sum(self.page(&Query::TokensUsedBefore(until), None, 1).await?)
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

    /// Backup and restore jobs that have not ended. When a server starts, these were running when
    /// the last one stopped.
    async fn interrupted_jobs(&self) -> Result<(Vec<BackupJob>, Vec<RestoreJob>), StoreError> {
        let backups = self.page(&Query::RunningBackups, None, PAGE_ITEMS_MAX).await?;
        let restores = self.page(&Query::RunningRestores, None, PAGE_ITEMS_MAX).await?;
        Ok((backups.only(a_backup_job)?.items, restores.only(a_restore_job)?.items))
    }

    /// Copy jobs that have not ended.
    async fn interrupted_copies(&self) -> Result<Vec<CopyJob>, StoreError> {
        let copies = self.page(&Query::RunningCopies, None, PAGE_ITEMS_MAX).await?;
        Ok(copies.only(a_copy_job)?.items)
    }
}

/// What rows add up to that count something.
fn sum(page: Page<Row>) -> Result<u64, StoreError> {
    let counted = page.only(|row| {
        let Row::Count(many) = row else { return None };
        Some(many)
    });
    Ok(counted?.items.into_iter().sum())
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

fn a_copy_job(row: Row) -> Option<CopyJob> {
    let Row::CopyJob(job) = row else { return None };
    Some(*job)
}
