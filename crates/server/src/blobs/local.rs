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

use super::{BlobError, Deletion, Found, LIST_OBJECTS_MAX, Listing, ObjectInfo, recognise};

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
        let folder = self.folder_of(prefix);
        let listed = blocking(move || list(&folder)).await;
        listed.map_err(|cause| BlobError::not_done(prefix.as_str(), cause))
    }

    pub(super) async fn delete(&self, prefix: &ObjectPrefix, names: &BTreeSet<String>) -> Deletion {
        let folder = self.folder_of(prefix);
        let tried = names.clone();
        let unknown = |cause| Some(BlobError::unknown(prefix.as_str(), cause));
        let nothing = || Deleted { tried: names.clone(), gone: BTreeSet::new() };
        let removed = blocking(move || Ok(remove(&folder, tried))).await;
        let (deleted, error) = match removed {
            Ok(removed) => removed,
            Err(cause) => return Deletion { deleted: nothing(), failure: unknown(cause) },
        };
        if let Err(failure) = self.sync().await {
            return Deletion { deleted: nothing(), failure: Some(failure) };
        }
        Deletion { deleted, failure: error.and_then(unknown) }
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
        let entry = entry?;
        let name = entry.file_name().to_string_lossy().into_owned();
        let Some(metadata) = or_missing(entry.metadata())? else { continue };
        listing.objects.push(ObjectInfo { name, bytes: metadata.len() });
    }
    listing.objects.sort_unstable();
    Ok(listing)
}

/// Removes `names`, and the folder with the last of them. The folders above stay: there
/// are 256 at most, and a writer may be on its way into one.
fn remove(folder: &Path, names: BTreeSet<String>) -> (Deleted, Option<io::Error>) {
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
