//! A local folder as a blob store.
//!
//! Writing and reading goes through the object store crate. Listing and deleting does
//! not: the crate hides the staging files (`000001#1`) that a crash leaves behind, and
//! does not make deletions durable.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use futures::stream::{self, BoxStream, StreamExt};
use object_store::local::LocalFileSystem;
use sexton_core::{Deleted, ObjectPrefix};
use tokio::sync::{Mutex, mpsc};

use super::{BlobError, Cause, Deletion, Found, LIST_OBJECTS_MAX, Listing, Removal, recognise};

/// Threads that one bulk call uses at once.
const LANES_MAX: usize = 8;

/// The least that is worth a thread.
const LANE_ITEMS_MIN: usize = 16;

/// Names that a walk over the whole store is ahead of its reader.
const PREFIXES_AHEAD_MAX: usize = 256;

/// The folder, and what is known about its durability.
#[derive(Debug)]
pub(super) struct Folder {
    root: PathBuf,
    handle: Arc<File>,
    /// How many syncs were asked for.
    asked: AtomicU64,
    /// The last of them that is done.
    done: Mutex<u64>,
}

impl Folder {
    pub(super) fn open(root: &Path) -> Result<(Self, LocalFileSystem), BlobError> {
        let failed = |cause| BlobError::not_done(root.to_string_lossy(), cause);
        std::fs::create_dir_all(root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let handle = Arc::new(File::open(&root).map_err(failed)?);
        let store = LocalFileSystem::new_with_prefix(&root)
            .map_err(|cause| BlobError::not_done(root.to_string_lossy(), cause))?;
        let folder = Self { root, handle, asked: AtomicU64::new(0), done: Mutex::new(0) };
        Ok((folder, store))
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
        let handle = Arc::clone(&self.handle);
        let synced = blocking(move || rustix::fs::syncfs(&*handle).map_err(io::Error::from)).await;
        synced.map_err(|cause| BlobError::unknown(self.root.to_string_lossy(), cause))?;
        *done = covered;
        Ok(())
    }

    pub(super) async fn list(&self, prefix: &ObjectPrefix) -> Result<Listing, BlobError> {
        let mut listed = self.list_many(std::slice::from_ref(prefix)).await;
        listed.pop().unwrap_or_else(|| Ok(Listing::default()))
    }

    /// Lists many backups in one go: the calls are short, and handing each to a thread of
    /// its own would cost more than they do.
    pub(super) async fn list_many(
        &self,
        prefixes: &[ObjectPrefix],
    ) -> Vec<Result<Listing, BlobError>> {
        let folders = prefixes.iter().map(|prefix| self.folder_of(prefix)).collect();
        let listed = in_lanes(folders, |folder: PathBuf| list(&folder)).await;
        let named = listed.into_iter().zip(prefixes);
        named
            .map(|(listing, prefix)| {
                let listing = listing.and_then(|it| it);
                listing.map_err(|cause| BlobError::not_done(prefix.as_str(), cause))
            })
            .collect()
    }

    /// Removes objects of many backups, and waits for the disk once.
    pub(super) async fn delete_many(&self, wanted: Vec<Removal>) -> Vec<Deletion> {
        let work = wanted.iter().map(|it| (self.folder_of(&it.prefix), it.names.clone())).collect();
        let removed = in_lanes(work, |(folder, names): (PathBuf, _)| remove(&folder, names)).await;
        let synced = self.sync().await.map_err(|cause| cause.to_string());
        let results = removed.into_iter().zip(wanted);
        results.map(|(removed, wanted)| deletion(removed, &synced, wanted)).collect()
    }

    /// The folders of all backups, whatever is in them.
    pub(super) fn prefixes(&self) -> BoxStream<'static, Result<Found, BlobError>> {
        let root = self.root.clone();
        let (sender, receiver) = mpsc::channel(PREFIXES_AHEAD_MAX);
        let walk = move || {
            let mut send = |found| sender.blocking_send(found).is_ok();
            if let Err(cause) = walk_prefixes(&root, &mut send) {
                send(Err(BlobError::not_done(root.to_string_lossy(), cause)));
            }
        };
        drop(tokio::task::spawn_blocking(walk));
        let next = |mut receiver: mpsc::Receiver<_>| async move {
            receiver.recv().await.map(|found| (found, receiver))
        };
        stream::unfold(receiver, next).boxed()
    }

    fn folder_of(&self, prefix: &ObjectPrefix) -> PathBuf {
        let shard = prefix.as_str().get(..2).unwrap_or("00");
        self.root.join(shard).join(prefix.as_str())
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
    removed: io::Result<Removed>,
    synced: &Result<(), String>,
    wanted: Removal,
) -> Deletion {
    let Removal { prefix, names } = wanted;
    let unknown = |cause: Cause| BlobError::unknown(prefix.as_str(), cause);
    let cause: Cause = match (removed, synced) {
        (Ok((deleted, error)), Ok(())) => {
            return Deletion { deleted, failure: error.map(|error| unknown(error.into())) };
        }
        (Err(cause), _) => cause.into(),
        (Ok(_), Err(cause)) => cause.clone().into(),
    };
    let deleted = Deleted { tried: names, gone: BTreeSet::new() };
    Deletion { deleted, failure: Some(unknown(cause)) }
}

/// What is gone of the objects of one backup, and why the rest may not be.
type Removed = (Deleted, Option<io::Error>);

/// What is not there is empty.
fn or_missing<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}

fn list(folder: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let Some(entries) = or_missing(std::fs::read_dir(folder))? else { return Ok(listing) };
    for entry in entries {
        if listing.objects.len() == LIST_OBJECTS_MAX {
            listing.more = true;
            break;
        }
        listing.objects.insert(entry?.file_name().to_string_lossy().into_owned());
    }
    Ok(listing)
}

/// Removes `names`, and the folder with the last of them. The folders above stay: there
/// are 256 at most, and a writer may be on its way into one.
fn remove(folder: &Path, names: BTreeSet<String>) -> Removed {
    let mut gone = BTreeSet::new();
    let mut failure = None;
    for name in &names {
        let inside = !name.is_empty() && !name.contains('/') && name != "." && name != "..";
        let removed = if inside {
            or_missing(std::fs::remove_file(folder.join(name))).map(|_| ())
        } else {
            Err(io::Error::from(ErrorKind::InvalidFilename))
        };
        match removed {
            Ok(()) => {
                gone.insert(name.clone());
            }
            Err(error) => {
                failure.get_or_insert(error);
            }
        }
    }
    match or_missing(std::fs::remove_dir(folder)) {
        Ok(_) => {}
        Err(error) if error.kind() == ErrorKind::DirectoryNotEmpty => {}
        Err(error) => {
            failure.get_or_insert(error);
        }
    }
    (Deleted { tried: names, gone }, failure)
}

/// Hands every folder of a backup to `send` until that says that nobody listens.
fn walk_prefixes(
    root: &Path,
    send: &mut impl FnMut(Result<Found, BlobError>) -> bool,
) -> io::Result<()> {
    for shard in std::fs::read_dir(root)? {
        let shard = shard?;
        let shard_name = shard.file_name().to_string_lossy().into_owned();
        if !shard.file_type()?.is_dir() {
            send(Ok(Found::Stranger(shard_name)));
            continue;
        }
        for entry in std::fs::read_dir(shard.path())? {
            let path = format!("{shard_name}/{}", entry?.file_name().to_string_lossy());
            if !send(Ok(recognise(&path))) {
                return Ok(());
            }
        }
    }
    Ok(())
}
