//! The realms in the data folder of a server that is stopped: shown, and dropped when they hold
//! no backup.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sexton_core::{EventKind, Principal, Realm, counted};
use sexton_store::clock::Clock;
use sexton_store::entropy::SystemEntropy;
use sexton_store::keys::root::FileRoots;
use sexton_store::sqlite::realm::Contents;
use sexton_store::sqlite::{Parts, ReadOnly, RollPolicy, Sqlite};
use sexton_store::{Cause, Change, Commit, MetaStore as _, StoreError, Write};

use crate::service::event;

/// Why nothing was done.
#[derive(Debug, thiserror::Error)]
pub enum StoppedError {
    /// There is no data folder of a server there, or not all of it.
    #[error("{} is missing: this is not the whole data folder of a server", .0.display())]
    Missing(PathBuf),
    /// A server has it.
    #[error("data folder {} is in use: stop its server first", .0.display())]
    InUse(PathBuf),
    /// The root file.
    #[error("the root file cannot be opened")]
    Roots(#[source] io::Error),
    /// The metadata.
    #[error("the metadata cannot be opened")]
    Metadata(#[source] Cause),
    /// The metadata, later.
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
}

/// What is stored in the data folder `folder`, realm by realm. Changes nothing.
pub fn list(folder: &Path) -> Result<Vec<Contents>, StoppedError> {
    let [database, root_key] = parts(folder)?;
    let roots = opened(FileRoots::open_read_only(&root_key), folder)?;
    let store = ReadOnly::open(&database, roots).map_err(StoppedError::Metadata)?;
    store.contents().map_err(StoppedError::Metadata)
}

/// Drops a realm that holds no backup, with its vaults, sources and jobs. Tells what went.
pub async fn drop_realm(folder: &Path, realm: &Realm) -> Result<Contents, StoppedError> {
    let mut before = list(folder)?.into_iter();
    let before = before.find(|contents| contents.realm == *realm);
    let before = before.ok_or_else(|| StoppedError::Unknown(realm.clone()))?;
    let [database, root_key] = parts(folder)?;
    let clock = Arc::new(Clock::default());
    let now = clock.now();
    let parts = Parts {
        roots: opened(FileRoots::open(&root_key), folder)?,
        entropy: Arc::new(SystemEntropy),
        clock,
        roll: RollPolicy::EveryCommit,
    };
    let store = Sqlite::open(&database, parts).map_err(StoppedError::Metadata)?;
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
            Err(StoppedError::HoldsBackups { realm, backups })
        }
    }
}

fn parts(folder: &Path) -> Result<[PathBuf; 2], StoppedError> {
    let parts = ["sexton.db", "root-key"].map(|it| folder.join(it));
    match parts.iter().find(|path| !path.exists()) {
        Some(missing) => Err(StoppedError::Missing(missing.clone())),
        None => Ok(parts),
    }
}

fn opened(roots: io::Result<FileRoots>, folder: &Path) -> Result<Arc<FileRoots>, StoppedError> {
    roots.map(Arc::new).map_err(|error| {
        let in_use = error.kind() == io::ErrorKind::WouldBlock;
        if in_use { StoppedError::InUse(folder.to_owned()) } else { StoppedError::Roots(error) }
    })
}
