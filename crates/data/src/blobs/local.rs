//! A local folder as a blob store.
//!
//! Everything goes by the descriptor of the folder, which was opened once: whatever is
//! mounted over its path later, or put in its place, is not taken for it.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, FileExt};
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sexton_core::{Deleted, ObjectPrefix};
use tokio::sync::Mutex;

use super::{BlobError, Cause, Holdings, Listing, Owner, Piece, READ_BYTES_MAX, Removal, Removed};
use place::Staged;

mod owner;
mod place;

/// Threads that one bulk call uses at once.
const LANES_MAX: usize = 8;

/// So much of an object may wait in the memory of the system for the disk.
const UNSYNCED_BYTES_MAX: usize = 5 << 20;

/// The least that is worth a thread.
const LANE_ITEMS_MIN: usize = 16;

/// The folder, and what is known about its durability.
#[derive(Debug)]
pub(super) struct Folder {
    /// What it is called in errors.
    name: String,
    root: Arc<File>,
    owner: Owner,
    /// How many syncs were asked for.
    asked: AtomicU64,
    /// The last of them that is done.
    done: Mutex<u64>,
}

impl Folder {
    pub(super) fn open(root: &Path, owner: Owner) -> Result<Self, BlobError> {
        let name = root.to_string_lossy().into_owned();
        let failed = |cause| BlobError::not_done(name.clone(), cause);
        let mut make = std::fs::DirBuilder::new();
        make.recursive(true).mode(0o700).create(root).map_err(failed)?;
        let root = Arc::new(File::open(root).map_err(failed)?);
        owner::claim(&root, &owner).map_err(failed)?;
        Ok(Self { name, root, owner, asked: AtomicU64::new(0), done: Mutex::new(0) })
    }

    /// Makes everything durable that happened before the call. Those who wait for the
    /// same flush share it: it began after each of them had asked.
    pub(super) async fn sync(&self) -> Result<(), BlobError> {
        let mine = self.asked.fetch_add(1, Ordering::SeqCst) + 1;
        let mut done = self.done.lock().await;
        if *done >= mine {
            return Ok(());
        }
        let covered = self.asked.load(Ordering::SeqCst);
        let root = Arc::clone(&self.root);
        let synced = blocking(move || rustix::fs::syncfs(&*root).map_err(io::Error::from)).await;
        synced.map_err(|cause| BlobError::unknown(self.name.clone(), cause))?;
        *done = covered;
        Ok(())
    }

    /// Whether it is still the folder of this store.
    async fn verify(&self) -> io::Result<()> {
        let (root, store) = (Arc::clone(&self.root), self.owner.store);
        blocking(move || owner::verify(&root, &store)).await
    }

    /// Lists many backups with one call: the calls are short, and handing each to a thread of
    /// its own would cost more than they do.
    pub(super) async fn list_many(
        &self,
        prefixes: &[ObjectPrefix],
    ) -> Vec<Result<Listing, BlobError>> {
        if let Err(cause) = self.verify().await {
            let words = cause.to_string();
            let each = |_| Err(BlobError::not_done(self.name.clone(), words.clone()));
            return prefixes.iter().map(each).collect();
        }
        let root = Arc::clone(&self.root);
        let list = move |prefix: ObjectPrefix| place::list(&root, &prefix);
        let listed = in_lanes(prefixes.to_vec(), list).await;
        let named = listed.into_iter().zip(prefixes);
        named
            .map(|(listing, prefix)| {
                let listing = listing.and_then(|it| it);
                listing.map_err(|cause| BlobError::not_done(prefix.as_str(), cause))
            })
            .collect()
    }

    /// Removes objects of many backups, and waits for the disk once.
    pub(super) async fn delete_many(&self, wanted: Vec<Removal>) -> Vec<Removed> {
        let root = Arc::clone(&self.root);
        let remove = move |it: Removal| place::remove(&root, &it.prefix, it.names);
        let removed = in_lanes(wanted.clone(), remove).await;
        let synced = self.sync().await.map_err(|cause| cause.to_string());
        let results = removed.into_iter().zip(wanted);
        results.map(|(removed, wanted)| deletion(removed, &synced, wanted)).collect()
    }

    /// Writes the only object of a backup as the file of its name, unless the backup has a
    /// folder already. What a crash leaves half written is listed and removed like the
    /// whole; that nothing reads it is the metadata's promise, which names a backup only
    /// after all of it is durable.
    pub(super) async fn put_alone(&self, prefix: &ObjectPrefix, bytes: Bytes) -> io::Result<bool> {
        let (root, prefix) = (Arc::clone(&self.root), prefix.clone());
        blocking(move || match place::create_alone(&root, &prefix)? {
            Some(mut file) => file.write_all(&bytes).map(|()| true),
            None => Ok(false),
        })
        .await
    }

    /// Begins an object in the folder of its backup.
    pub(super) async fn begin(&self, prefix: &ObjectPrefix, name: &str) -> io::Result<Writing> {
        let (root, prefix, name) = (Arc::clone(&self.root), prefix.clone(), name.to_owned());
        let staged = blocking(move || Staged::create(&root, &prefix, &name)).await?;
        Ok(Writing { staged: Arc::new(staged), unsynced: 0 })
    }

    pub(super) async fn read(
        &self,
        prefix: &ObjectPrefix,
        name: &str,
        offset: u64,
    ) -> io::Result<Piece> {
        let (root, prefix, name) = (Arc::clone(&self.root), prefix.clone(), name.to_owned());
        blocking(move || {
            let file = place::open(&root, &prefix, &name)?;
            let total = file.metadata()?.len();
            let wanted = total.saturating_sub(offset).min(READ_BYTES_MAX);
            let mut bytes = vec![0; usize::try_from(wanted).map_err(io::Error::other)?];
            file.read_exact_at(&mut bytes, offset)?;
            Ok(Piece { bytes: bytes.into(), total })
        })
        .await
    }

    /// All that is there of the backups of one shard.
    pub(super) async fn holdings(&self, shard: String) -> Result<Holdings, BlobError> {
        let (root, store) = (Arc::clone(&self.root), self.owner.store);
        let name = shard.clone();
        let look = move || {
            owner::verify(&root, &store)?;
            place::holdings(&root, &shard)
        };
        let found = blocking(look).await;
        found.map_err(|cause| BlobError::not_done(name, cause))
    }
}

/// An object on its way into the folder of its backup.
#[derive(Debug, Clone)]
pub(super) struct Writing {
    staged: Arc<Staged>,
    /// Bytes that were written since the disk was last waited for.
    unsynced: usize,
}

impl Writing {
    /// Adds bytes; after the `last` the object has its name.
    pub(super) async fn part(&mut self, bytes: Bytes, last: bool) -> io::Result<()> {
        let staged = Arc::clone(&self.staged);
        self.unsynced += bytes.len();
        let sync = self.unsynced >= UNSYNCED_BYTES_MAX;
        if sync {
            self.unsynced = 0;
        }
        blocking(move || {
            (&staged.file).write_all(&bytes)?;
            if last {
                return staged.publish();
            }
            // Deletions wait for the same disk: what is not written yet is never much.
            if sync { staged.file.sync_data() } else { Ok(()) }
        })
        .await
    }

    /// Removes what was written.
    pub(super) async fn abandon(self) -> io::Result<()> {
        blocking(move || self.staged.abandon()).await
    }
}

async fn blocking<T: Send + 'static>(
    work: impl FnOnce() -> io::Result<T> + Send + 'static,
) -> io::Result<T> {
    tokio::task::spawn_blocking(work).await.map_err(io::Error::other)?
}

/// Does `work` with every item, in a few threads at a time, and gives the results in the
/// order of the items. Removing a file waits for the disk, so that several at once are
/// several times as fast as one after the other.
async fn in_lanes<T, R, F>(items: Vec<T>, work: F) -> Vec<io::Result<R>>
where
    T: Send + 'static,
    R: Send + 'static,
    F: Fn(T) -> R + Clone + Send + 'static,
{
    let share = items.len().div_ceil(LANES_MAX).max(LANE_ITEMS_MIN);
    let mut items = items.into_iter();
    let mut lanes = Vec::with_capacity(LANES_MAX);
    loop {
        let share: Vec<T> = items.by_ref().take(share).collect();
        if share.is_empty() {
            break;
        }
        let (count, work) = (share.len(), work.clone());
        let lane = blocking(move || Ok(share.into_iter().map(work).collect::<Vec<R>>()));
        lanes.push(async move {
            match lane.await {
                Ok(results) => results.into_iter().map(Ok).collect(),
                Err(error) => {
                    let message = error.to_string();
                    std::iter::repeat_with(|| Err(io::Error::other(message.clone())))
                        .take(count)
                        .collect::<Vec<_>>()
                }
            }
        });
    }
    futures::future::join_all(lanes).await.into_iter().flatten().collect()
}

/// What became of `wanted`: where the thread or the flush of the disk failed, nothing is
/// known to be gone.
fn deletion(
    removed: io::Result<(Deleted, Option<io::Error>)>,
    synced: &Result<(), String>,
    wanted: Removal,
) -> Removed {
    let Removal { prefix, names } = wanted;
    let unknown = |cause: Cause| BlobError::unknown(prefix.as_str(), cause);
    let cause: Cause = match (removed, synced) {
        (Ok((deleted, error)), Ok(())) => {
            return Removed { deleted, failure: error.map(|error| unknown(error.into())) };
        }
        (Err(cause), _) => cause.into(),
        (Ok(_), Err(cause)) => cause.clone().into(),
    };
    let deleted = Deleted { tried: names, gone: BTreeSet::new() };
    Removed { deleted, failure: Some(unknown(cause)) }
}
