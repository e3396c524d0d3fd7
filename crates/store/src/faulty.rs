//! A wrapper that loses work, or loses replies: what disks, networks and crashes do.

use std::sync::Mutex;

use async_trait::async_trait;
use sexton_core::{BackupName, DataKey, Event, InRealm};

use super::trail::Link;
use super::{
    Change, Commit, Cursor, Follow, MetaStore, Page, Query, Reading, Row, StoreError, Subject,
    Tally, Totals,
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

    async fn read(&self, roots: &[Subject], follow: Follow) -> Result<Reading, StoreError> {
        self.store.read(roots, follow).await
    }

    async fn page(
        &self,
        query: &Query,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Row>, StoreError> {
        self.store.page(query, after, limit).await
    }

    async fn tally(&self, of: Tally) -> Result<u64, StoreError> {
        self.store.tally(of).await
    }

    async fn data_key(&self, key: &InRealm<BackupName>) -> Result<Option<DataKey>, StoreError> {
        self.store.data_key(key).await
    }

    async fn certificate(&self, key: &InRealm<BackupName>) -> Result<Option<Issued>, StoreError> {
        self.store.certificate(key).await
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
