//! Where the objects of backups are kept.
//!
//! The objects of one backup live under `<first two digits>/<prefix>/` as `manifest` and
//! `000001`, `000002` and so on. The prefix is random, means nothing, is in the metadata
//! before the first byte is written, and is never used again; so every step here may be
//! repeated, and a name that is gone stays gone.
//!
//! In a local folder a backup that is its manifest alone, as small ones are, is the file
//! `<first two digits>/<prefix>`: without a folder of its own it is removed in a third of
//! the time.
//!
//! # Durability
//!
//! What [`Blobs::put`] and [`Blobs::delete`] report is durable when they return. A
//! capture writes its objects through [`Blobs::upload`] and calls [`Blobs::sync`] once.
//! In a local folder that is one `syncfs`, which all who wait share: a thousand small
//! backups or erasures at once cost a handful of flushes instead of several thousand. An
//! object store is durable by itself.
//!
//! # Errors
//!
//! They say first whether the thing may have happened. Reading changes nothing, so it
//! fails with [`BlobError::NotDone`] or [`BlobError::Missing`]; a write that failed is
//! [`BlobError::Unknown`], and what it may have left is found by listing, like the
//! staging files of a crash, which [`Blobs::list`] shows and [`Blobs::delete`] removes.
//!
//! # Dropping
//!
//! A write whose future is dropped may still happen later, on another thread. Whoever
//! wants it to stop asks with a flag and waits for the end; only then may an eraser look.

mod local;

use std::collections::BTreeSet;
use std::path::Path as FilePath;
use std::sync::Arc;

use bytes::Bytes;
use futures::stream::{self, StreamExt, TryStreamExt};
use object_store::memory::InMemory;
use object_store::path::Path;
use object_store::{
    GetOptions, GetRange, MultipartUpload, ObjectStore, ObjectStoreExt, PutPayload,
};
use sexton_core::{BATCH_OBJECTS_MAX, Deleted, ObjectPrefix};

use crate::failure::chain;
use local::Folder;

/// The most objects that one listing shows.
pub const LIST_OBJECTS_MAX: usize = BATCH_OBJECTS_MAX;

/// The most bytes that one read gives.
pub const READ_BYTES_MAX: u64 = 2 << 20;

/// The object that a backup always has, written last, and the only one of small backups.
const MANIFEST: &str = "manifest";

/// Requests to an object store that are in flight for one bulk call.
const CONCURRENT_MAX: usize = 32;

type Cause = Box<dyn std::error::Error + Send + Sync>;

/// Why something with objects did not go well.
#[derive(Debug, thiserror::Error)]
pub enum BlobError {
    /// The object is not there.
    #[error("object {object} is missing")]
    Missing {
        /// Which.
        object: String,
    },
    /// Certainly nothing was changed.
    #[error("{object} could not be read or was not touched")]
    NotDone {
        /// Which object or folder.
        object: String,
        /// Why.
        #[source]
        cause: Cause,
    },
    /// It may or may not have happened, in whole or in part.
    #[error("{object} may or may not have been changed")]
    Unknown {
        /// Which object or folder.
        object: String,
        /// Why.
        #[source]
        cause: Cause,
    },
}

impl BlobError {
    /// What the store or the system said, without our words about what that means.
    pub fn words(&self) -> String {
        match self {
            Self::Missing { .. } => self.to_string(),
            Self::NotDone { cause, .. } | Self::Unknown { cause, .. } => chain(&**cause),
        }
    }

    fn not_done(object: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self::NotDone { object: object.into(), cause: cause.into() }
    }

    fn unknown(object: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self::Unknown { object: object.into(), cause: cause.into() }
    }
}

/// One look at the objects of a backup, from the start.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Listing {
    /// Names under the prefix, at most [`LIST_OBJECTS_MAX`] of them.
    pub objects: BTreeSet<String>,
    /// Whether there are more.
    pub more: bool,
}

/// Objects of one backup that are to be removed.
#[derive(Debug, Clone)]
pub struct Removal {
    /// Which backup.
    pub prefix: ObjectPrefix,
    /// Which of its objects.
    pub names: BTreeSet<String>,
}

/// What a deletion did.
#[derive(Debug, Default)]
pub struct Deletion {
    /// What is known to be gone, durably.
    pub deleted: Deleted,
    /// Why the rest may still be there; the first reason of possibly many.
    pub failure: Option<BlobError>,
}

/// The bytes of an object from an offset on.
#[derive(Debug, Clone)]
pub struct Piece {
    /// At most [`READ_BYTES_MAX`]; none at the end of the object.
    pub bytes: Bytes,
    /// The length of the whole object.
    pub total: u64,
}

/// What the store holds.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Usage {
    /// How many objects.
    pub objects: u64,
    /// How many bytes.
    pub bytes: u64,
}

/// The blob store: a local folder, or any object store.
#[derive(Debug, Clone)]
pub struct Blobs {
    store: Arc<dyn ObjectStore>,
    /// Set for a local folder, which needs more care than the trait offers.
    folder: Option<Arc<Folder>>,
}

impl Blobs {
    /// The folder `root`, which is made if it is missing.
    pub fn local(root: &FilePath) -> Result<Self, BlobError> {
        let (folder, store) = Folder::open(root)?;
        Ok(Self { store: Arc::new(store), folder: Some(Arc::new(folder)) })
    }

    /// Nothing but memory, for tests and the simulator.
    pub fn memory() -> Self {
        Self::over(Arc::new(InMemory::new()))
    }

    /// Any object store that is durable by itself.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self { store, folder: None }
    }

    /// Stores one small object; durable when it returns.
    pub async fn put(
        &self,
        prefix: &ObjectPrefix,
        name: &str,
        bytes: Bytes,
    ) -> Result<(), BlobError> {
        self.upload(prefix, name).part(bytes, true).await?;
        self.sync().await
    }

    /// Begins an object that comes in parts. It exists after the last part, and is
    /// durable after [`Blobs::sync`].
    pub fn upload(&self, prefix: &ObjectPrefix, name: &str) -> Upload {
        let (blobs, path) = (self.clone(), object_path(prefix, name));
        let alone = (name == MANIFEST).then(|| prefix.clone());
        Upload { blobs, path, alone, parts: None }
    }

    /// Makes durable what was written before this was called.
    pub async fn sync(&self) -> Result<(), BlobError> {
        match &self.folder {
            Some(folder) => folder.sync().await,
            None => Ok(()),
        }
    }

    /// Reads an object from `offset` on.
    pub async fn read(
        &self,
        prefix: &ObjectPrefix,
        name: &str,
        offset: u64,
    ) -> Result<Piece, BlobError> {
        let path = self.found_at(prefix, name).await;
        let failed = |error| {
            if matches!(error, object_store::Error::NotFound { .. }) {
                return BlobError::Missing { object: path.to_string() };
            }
            BlobError::not_done(path.as_ref(), error)
        };
        let range = GetRange::Bounded(offset..offset.saturating_add(READ_BYTES_MAX));
        let options = GetOptions { range: Some(range), ..GetOptions::default() };
        match self.store.get_opts(&path, options).await {
            Ok(found) => {
                let total = found.meta.size;
                Ok(Piece { bytes: found.bytes().await.map_err(failed)?, total })
            }
            // A range at the end of an object is an error for some stores.
            Err(error) => match self.store.head(&path).await {
                Ok(meta) if meta.size <= offset => {
                    Ok(Piece { bytes: Bytes::new(), total: meta.size })
                }
                Ok(_) => Err(failed(error)),
                Err(error) => Err(failed(error)),
            },
        }
    }

    /// Where an object is to be read.
    async fn found_at(&self, prefix: &ObjectPrefix, name: &str) -> Path {
        match &self.folder {
            Some(folder) if name == MANIFEST && folder.is_alone(prefix).await => {
                prefix_path(prefix)
            }
            Some(_) | None => object_path(prefix, name),
        }
    }

    /// Looks at the objects of a backup, always anew and from the start. What a crash
    /// left half written is among them.
    pub async fn list(&self, prefix: &ObjectPrefix) -> Result<Listing, BlobError> {
        if let Some(folder) = &self.folder {
            return folder.list(prefix).await;
        }
        let path = prefix_path(prefix);
        let failed = |error| BlobError::not_done(path.as_ref(), error);
        let mut listing = Listing::default();
        let mut found = self.store.list(Some(&path));
        while let Some(meta) = found.try_next().await.map_err(failed)? {
            if listing.objects.len() == LIST_OBJECTS_MAX {
                listing.more = true;
                break;
            }
            let inner = meta.location.prefix_match(&path);
            let name = inner
                .map_or_else(String::new, |parts| join(parts.map(|it| it.as_ref().to_owned())));
            listing.objects.insert(name);
        }
        Ok(listing)
    }

    /// Looks at many backups at once; the results are in the order of `prefixes`.
    pub async fn list_many(&self, prefixes: &[ObjectPrefix]) -> Vec<Result<Listing, BlobError>> {
        if let Some(folder) = &self.folder {
            return folder.list_many(prefixes).await;
        }
        let each = stream::iter(prefixes.to_vec()).map(|prefix| {
            let blobs = self.clone();
            async move { blobs.list(&prefix).await }
        });
        each.buffered(CONCURRENT_MAX).collect().await
    }

    /// Removes objects of a backup. What was missing already counts as gone; what could
    /// not be removed, or not durably, does not.
    pub async fn delete(&self, prefix: &ObjectPrefix, names: &BTreeSet<String>) -> Deletion {
        let removal = Removal { prefix: prefix.clone(), names: names.clone() };
        let mut deletions = self.delete_many(vec![removal]).await;
        deletions.pop().unwrap_or_default()
    }

    /// Removes objects of many backups; the results are in the order of `wanted`. Of a
    /// local folder, an empty set of names removes what an interrupted capture left: the
    /// empty folder itself.
    pub async fn delete_many(&self, wanted: Vec<Removal>) -> Vec<Deletion> {
        if let Some(folder) = &self.folder {
            return folder.delete_many(wanted).await;
        }
        let each = stream::iter(wanted).map(|removal| {
            let blobs = self.clone();
            async move { blobs.delete_objects(removal).await }
        });
        each.buffered(CONCURRENT_MAX).collect().await
    }

    async fn delete_objects(&self, removal: Removal) -> Deletion {
        let Removal { prefix, names } = removal;
        let mut deletion = Deletion::default();
        for name in &names {
            let path = object_path(&prefix, name);
            match self.store.delete(&path).await {
                Ok(()) | Err(object_store::Error::NotFound { .. }) => {
                    deletion.deleted.gone.insert(name.clone());
                }
                Err(error) => {
                    let failure = BlobError::unknown(path.as_ref(), error);
                    deletion.failure.get_or_insert(failure);
                }
            }
        }
        deletion.deleted.tried = names;
        deletion
    }

    /// Counts all objects, staging files of a local folder aside.
    pub async fn usage(&self) -> Result<Usage, BlobError> {
        let add = |sum: Usage, meta: object_store::ObjectMeta| async move {
            Ok(Usage { objects: sum.objects + 1, bytes: sum.bytes + meta.size })
        };
        let sum = self.store.list(None).try_fold(Usage::default(), add).await;
        sum.map_err(|error| BlobError::not_done("the blob store", error))
    }
}

/// An object on its way.
#[derive(Debug)]
pub struct Upload {
    blobs: Blobs,
    path: Path,
    /// Set for what may be a backup's only object.
    alone: Option<ObjectPrefix>,
    parts: Option<Box<dyn MultipartUpload>>,
}

impl Upload {
    /// Adds bytes; after those that are the `last`, the object exists.
    pub async fn part(&mut self, bytes: Bytes, last: bool) -> Result<(), BlobError> {
        let result = self.write(bytes, last).await;
        result.map_err(|cause| BlobError::unknown(self.path.as_ref(), cause))
    }

    async fn write(&mut self, bytes: Bytes, last: bool) -> Result<(), Cause> {
        let store = &self.blobs.store;
        if self.parts.is_none() && last {
            if let (Some(folder), Some(prefix)) = (&self.blobs.folder, &self.alone)
                && folder.put_alone(prefix, bytes.clone()).await?
            {
                return Ok(());
            }
            store.put(&self.path, PutPayload::from_bytes(bytes)).await?;
            return Ok(());
        }
        let parts = match &mut self.parts {
            Some(parts) => parts,
            none @ None => none.insert(store.put_multipart(&self.path).await?),
        };
        parts.put_part(PutPayload::from_bytes(bytes)).await?;
        if last {
            parts.complete().await?;
            self.parts = None;
        }
        Ok(())
    }

    /// Takes back what was written so far, as well as that goes.
    pub async fn abort(mut self) {
        if let Some(mut parts) = self.parts.take() {
            // Whatever stays is found by listing.
            parts.abort().await.ok();
        }
    }
}

fn prefix_path(prefix: &ObjectPrefix) -> Path {
    let shard = prefix.as_str().get(..2).unwrap_or("00");
    Path::from_iter([shard, prefix.as_str()])
}

/// `name` may have several parts if a stranger wrote it.
fn object_path(prefix: &ObjectPrefix, name: &str) -> Path {
    name.split('/').fold(prefix_path(prefix), Path::join)
}

fn join(parts: impl Iterator<Item = String>) -> String {
    parts.collect::<Vec<_>>().join("/")
}
