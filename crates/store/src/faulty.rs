//! A wrapper that loses work, or loses replies: what disks, networks and crashes do.

use std::sync::Mutex;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupName, DataKey, Event, JobId, Means, ResourceArn, RestoreJob, Role,
    RoleArn, Source, Vault, VaultName,
};

use super::trail::Link;
use super::{
    BackupFacts, BackupQuery, BackupSnapshot, Change, Claim, Commit, Cursor, EndedJob, Expect,
    MetaStore, Page, StoreError, Tally, Totals, VaultSnapshot, Versioned, Wanted,
};
use crate::certificate::{Issued, LogEnd};
use crate::merkle::Hash;

/// What goes wrong with one commit.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Fault {
    /// Nothing.
    #[default]
    None,
    /// Nothing was written, and the caller cannot tell.
    WorkLost,
    /// It was written, and the caller cannot tell. The one that finds bugs.
    ReplyLost,
}

/// Chooses the fault of each commit.
type Choose = Box<dyn FnMut() -> Fault + Send>;

/// A store whose commits go wrong when it is told so.
pub struct Faulty<S> {
    /// The store underneath.
    pub store: S,
    choose: Mutex<Choose>,
}

impl<S: std::fmt::Debug> std::fmt::Debug for Faulty<S> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Faulty").field("store", &self.store).finish_non_exhaustive()
    }
}

impl<S> Faulty<S> {
    /// Wraps `store`; `choose` is asked before every commit.
    pub fn new(store: S, choose: impl FnMut() -> Fault + Send + 'static) -> Self {
        Self { store, choose: Mutex::new(Box::new(choose)) }
    }
}

fn lost() -> StoreError {
    StoreError::Unknown("the reply was lost".into())
}

#[async_trait]
impl<S: MetaStore> MetaStore for Faulty<S> {
    async fn commit(&self, change: Change) -> Result<Commit, StoreError> {
        let fault = (self.choose.lock().expect("no holder of this lock panics"))();
        match fault {
            Fault::None => self.store.commit(change).await,
            Fault::WorkLost => Err(lost()),
            Fault::ReplyLost => {
                let _written = self.store.commit(change).await?;
                Err(lost())
            }
        }
    }

    async fn vault(&self, name: &VaultName) -> Result<Option<VaultSnapshot>, StoreError> {
        self.store.vault(name).await
    }

    async fn backup(&self, arn: &BackupName) -> Result<Option<BackupSnapshot>, StoreError> {
        self.store.backup(arn).await
    }

    async fn backup_facts(
        &self,
        vault: &VaultName,
        resource: &ResourceArn,
        role: &RoleArn,
        token: Option<&str>,
    ) -> Result<BackupFacts, StoreError> {
        self.store.backup_facts(vault, resource, role, token).await
    }

    async fn backup_job(&self, id: JobId) -> Result<Option<Versioned<BackupJob>>, StoreError> {
        self.store.backup_job(id).await
    }

    async fn restore_job(&self, id: JobId) -> Result<Option<Versioned<RestoreJob>>, StoreError> {
        self.store.restore_job(id).await
    }

    async fn restore_job_of_token(&self, token: &str) -> Result<Option<RestoreJob>, StoreError> {
        self.store.restore_job_of_token(token).await
    }

    async fn data_key(&self, arn: &BackupName) -> Result<Option<DataKey>, StoreError> {
        self.store.data_key(arn).await
    }

    async fn list_vaults(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<(Vault, u64)>, StoreError> {
        self.store.list_vaults(after, limit).await
    }

    async fn list_backups(
        &self,
        filter: &BackupQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.store.list_backups(filter, after, limit).await
    }

    async fn list_backup_jobs(
        &self,
        wanted: Wanted<BackupJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupJob>, StoreError> {
        self.store.list_backup_jobs(wanted, after, limit).await
    }

    async fn list_restore_jobs(
        &self,
        wanted: Wanted<RestoreJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RestoreJob>, StoreError> {
        self.store.list_restore_jobs(wanted, after, limit).await
    }

    async fn list_sources(&self) -> Result<Vec<Source>, StoreError> {
        self.store.list_sources().await
    }

    async fn list_roles(&self) -> Result<Vec<Role>, StoreError> {
        self.store.list_roles().await
    }

    async fn tally(&self, of: Tally) -> Result<u64, StoreError> {
        self.store.tally(of).await
    }

    async fn source(&self, arn: &ResourceArn) -> Result<(Option<Source>, Expect), StoreError> {
        self.store.source(arn).await
    }

    async fn due_erasures(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Claim>, StoreError> {
        self.store.due_erasures(now, after, limit).await
    }

    async fn list_erasing(
        &self,
        parked: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        self.store.list_erasing(parked, after, limit).await
    }

    async fn due_expiries(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupName>, StoreError> {
        self.store.due_expiries(now, after, limit).await
    }

    async fn ended_jobs(
        &self,
        until: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EndedJob>, StoreError> {
        self.store.ended_jobs(until, after, limit).await
    }

    async fn interrupted_jobs(&self) -> Result<(Vec<BackupJob>, Vec<RestoreJob>), StoreError> {
        self.store.interrupted_jobs().await
    }

    async fn certificate(&self, arn: &BackupName) -> Result<Option<Issued>, StoreError> {
        self.store.certificate(arn).await
    }

    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError> {
        self.store.certificates(from, limit).await
    }

    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.store.inclusion(leaf, size).await
    }

    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError> {
        self.store.log_end(before).await
    }

    async fn means(&self) -> Result<Vec<Means>, StoreError> {
        self.store.means().await
    }

    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError> {
        self.store.log_leaves(from, limit).await
    }

    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.store.events(from, limit).await
    }

    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError> {
        self.store.trail(from, limit).await
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        self.store.totals().await
    }

    fn healthy(&self) -> bool {
        self.store.healthy()
    }
}
