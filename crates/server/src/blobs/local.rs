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

use super::{
    BlobError, Deletion, Found, LIST_OBJECTS_MAX, Listing, ObjectInfo, Removal, recognise,
};

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
        let folders: Vec<_> = prefixes.iter().map(|prefix| self.folder_of(prefix)).collect();
        let listed = blocking(move || Ok(folders.iter().map(|it| list(it)).collect())).await;
        let listed: Vec<io::Result<Listing>> = listed.unwrap_or_else(|error| {
            let message = error.to_string();
            prefixes.iter().map(|_| Err(io::Error::other(message.clone()))).collect()
        });
        let named = listed.into_iter().zip(prefixes);
        named
            .map(|(listing, prefix)| {
                listing.map_err(|cause| BlobError::not_done(prefix.as_str(), cause))
            })
            .collect()
    }

    /// Removes objects of many backups, and waits for the disk once.
    pub(super) async fn delete_many(&self, wanted: Vec<Removal>) -> Vec<Deletion> {
        let work: Vec<_> =
            wanted.iter().map(|it| (self.folder_of(&it.prefix), it.names.clone())).collect();
        let remove_all = move || {
            Ok(work.into_iter().map(|(folder, names)| remove(&folder, names)).collect::<Vec<_>>())
        };
        let removed = blocking(remove_all).await;
        let synced = self.sync().await;
        let failed = match (removed, synced) {
            (Ok(removed), Ok(())) => {
                let named = removed.into_iter().zip(&wanted);
                return named
                    .map(|((deleted, error), wanted)| {
                        let prefix = wanted.prefix.as_str();
                        let failure = error.map(|cause| BlobError::unknown(prefix, cause));
                        Deletion { deleted, failure }
                    })
                    .collect();
            }
            (Err(cause), _) => cause.to_string(),
            (Ok(_), Err(cause)) => cause.to_string(),
        };
        wanted
            .into_iter()
            .map(|Removal { prefix, names }| Deletion {
                deleted: Deleted { tried: names, gone: BTreeSet::new() },
                failure: Some(BlobError::unknown(prefix.as_str(), failed.clone())),
            })
            .collect()
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
