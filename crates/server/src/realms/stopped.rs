//! The realms in the data folder of a server that is stopped: shown, and dropped when they hold
//! no backup.

use std::path::Path;
use std::sync::Arc;

use sexton_core::{EventKind, Principal, Realm, SourceKind, counted};
use sexton_store::clock::Clock;
use sexton_store::sqlite::realm::Contents;
use sexton_store::{Change, Commit, Follow, MetaStore as _, StoreError, Subject, Write};

use crate::service::event;
use crate::stopped::{self, StoppedError};

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum RealmError {
    /// The data folder is not opened.
    #[error(transparent)]
    Folder(#[from] StoppedError),
    /// The metadata.
    #[error("the metadata could not be read or written")]
    Store(#[from] StoreError),
    /// Nothing is stored of that realm.
    #[error("nothing is stored of {0}")]
    Unknown(Realm),
    /// The realm holds backups.
    #[error("{realm} holds {}, or erases them, and stays as it is", counted(*backups, "backup"))]
    HoldsBackups {
        /// Which.
        realm: Realm,
        /// How many.
        backups: u64,
    },
    /// The realm has legal holds that were not cancelled.
    #[error(
        "{realm} has {}, and stays as it is: cancel them first",
        counted(*count, "legal hold")
    )]
    HasHolds {
        /// Which.
        realm: Realm,
        /// How many.
        count: usize,
    },
    /// The realm has instances whose databases keep a replication slot for log backups: nobody
    /// would have it dropped.
    #[error(
        "{realm} has {} whose databases may keep a replication slot for log backups, and stays as \
         it is: remove them while the server runs, and wait until `sexton source list` shows no \
         slot that is owed",
        counted(*count, "instance")
    )]
    HasSlots {
        /// Which.
        realm: Realm,
        /// How many.
        count: usize,
    },
    /// The realm has file systems whose directories the server made: they would stay behind, and
    /// nobody would know of them.
    #[error("{realm} has {} made by FSx, and stays as it is", counted(*count, "file system"))]
    HasFileSystems {
        /// Which.
        realm: Realm,
        /// How many.
        count: usize,
    },
}

/// What is stored in the data folder `folder`, realm by realm. Changes nothing.
pub fn list(folder: &Path) -> Result<Vec<Contents>, RealmError> {
    Ok(stopped::look_at(folder)?.contents().map_err(StoppedError::Metadata)?)
}

/// Drops a realm that holds no backup and no file system that was made through `FSx`, with its
/// vaults, sources, plans and jobs. Tells what went.
pub async fn drop_realm(folder: &Path, realm: &Realm) -> Result<Contents, RealmError> {
    let mut before = list(folder)?.into_iter();
    let before = before.find(|contents| contents.realm == *realm);
    let before = before.ok_or_else(|| RealmError::Unknown(realm.clone()))?;
    let clock = Arc::new(Clock::default());
    let store = stopped::open(folder, Arc::clone(&clock))?;
    // What the clock is believed stands in the store.
    let now = clock.now();
    let mut sources = store.list_sources(realm).await?;
    let slots = sources.iter().filter(|it| it.kind == SourceKind::Database);
    let slots = slots.filter_map(|it| it.offered.instance());
    let count = slots.filter(|it| it.holds_slot() || !it.owed.is_empty()).count();
    if count > 0 {
        return Err(RealmError::HasSlots { realm: realm.clone(), count });
    }
    sources.retain(|it| it.offered.file_system().is_some_and(|it| it.managed));
    if !sources.is_empty() {
        let (realm, count) = (realm.clone(), sources.len());
        return Err(RealmError::HasFileSystems { realm, count });
    }
    let holds = Subject::Holds(realm.clone());
    let holds = store.read(&[holds], Follow::Nothing).await?.holds(realm);
    if !holds.all().is_empty() {
        let (realm, count) = (realm.clone(), holds.all().len());
        return Err(RealmError::HasHolds { realm, count });
    }
    let change = Change {
        writes: vec![Write::DropRealm(realm.clone())],
        event: Some(event(now, &Principal::server(), realm, EventKind::RealmDropped)),
        ..Change::default()
    };
    match store.commit(change).await? {
        Commit::Done => {
            store.close();
            Ok(before)
        }
        Commit::Stale => {
            let (realm, backups) = (realm.clone(), before.backups);
            Err(RealmError::HoldsBackups { realm, backups })
        }
    }
}
