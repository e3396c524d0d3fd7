//! A local folder as a blob store.
//!
//! Writing and reading goes through the object store crate. Listing and deleting does
//! not: the crate hides the staging files (`000001#1`) that a crash leaves behind, and
//! does not make deletions durable.

use std::collections::BTreeSet;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use object_store::local::LocalFileSystem;
use sexton_core::{Deleted, ObjectPrefix};
use tokio::sync::Mutex;

use super::{BlobError, Cause, Deletion, LIST_OBJECTS_MAX, Listing, MANIFEST, Removal};

/// Threads that one bulk call uses at once.
const LANES_MAX: usize = 8;

/// The least that is worth a thread.
const LANE_ITEMS_MIN: usize = 16;

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

    /// Writes the only object of a backup as the file of its name, unless the backup has a
    /// folder already. What a crash leaves half written is listed and removed like the
    /// whole; that nothing reads it is the metadata's promise, which names a backup only
    /// after all of it is durable.
    pub(super) async fn put_alone(&self, prefix: &ObjectPrefix, bytes: Bytes) -> io::Result<bool> {
        let path = self.folder_of(prefix);
        blocking(move || match create_new(&path) {
            Ok(mut file) => file.write_all(&bytes).map(|()| true),
            Err(error) if error.kind() == ErrorKind::AlreadyExists && path.is_dir() => Ok(false),
            Err(error) => Err(error),
        })
        .await
    }

    /// Whether a backup is one file.
    pub(super) async fn is_alone(&self, prefix: &ObjectPrefix) -> bool {
        let path = self.folder_of(prefix);
        blocking(move || Ok(path.is_file())).await.unwrap_or(false)
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

/// A new file, and the folder that it is in.
fn create_new(path: &Path) -> io::Result<File> {
    match File::create_new(path) {
        Err(error) if error.kind() == ErrorKind::NotFound => {
            path.parent().map_or(Ok(()), std::fs::create_dir_all)?;
            File::create_new(path)
        }
        created => created,
    }
}

/// What is there of one backup, which has a folder unless it is one file.
fn list(path: &Path) -> io::Result<Listing> {
    let mut listing = Listing::default();
    let entries = match std::fs::read_dir(path) {
        Ok(entries) => entries,
        Err(error) if error.kind() == ErrorKind::NotADirectory => {
            listing.objects.insert(MANIFEST.to_owned());
            return Ok(listing);
        }
        Err(error) if error.kind() == ErrorKind::NotFound => return Ok(listing),
        Err(error) => return Err(error),
    };
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
fn remove(path: &Path, names: BTreeSet<String>) -> Removed {
    let mut gone = BTreeSet::new();
    let mut failure = None;
    // Can only succeed for a backup that is one file; if it is one, this says why not.
    let mut alone = names.contains(MANIFEST).then(|| std::fs::remove_file(path));
    let was_alone = matches!(alone, Some(Ok(())));
    for name in &names {
        let removed = if was_alone && name == MANIFEST {
            Ok(())
        } else {
            match remove_inside(path, name) {
                Err(error) if error.kind() == ErrorKind::NotADirectory && name == MANIFEST => {
                    alone.take().unwrap_or(Err(error))
                }
                removed => removed,
            }
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
    if !was_alone && let Err(error) = std::fs::remove_dir(path) {
        use ErrorKind::{DirectoryNotEmpty, NotADirectory, NotFound};
        if !matches!(error.kind(), NotFound | DirectoryNotEmpty | NotADirectory) {
            failure.get_or_insert(error);
        }
    }
    (Deleted { tried: names, gone }, failure)
}

/// Removes one object from the folder of its backup; what is not there is gone.
fn remove_inside(folder: &Path, name: &str) -> io::Result<()> {
    if name.is_empty() || name.contains('/') || name == "." || name == ".." {
        return Err(ErrorKind::InvalidFilename.into());
    }
    match std::fs::remove_file(folder.join(name)) {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(()),
        // The backup is one file, which is its manifest and nothing else.
        Err(error) if error.kind() == ErrorKind::NotADirectory && name != MANIFEST => Ok(()),
        removed => removed,
    }
}
