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
//! A local folder has the mark of its store, which is looked at before every listing: a
//! disk that is not mounted is an error, never the absence of every backup.
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
mod remote;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use local::{Folder, Writing};
use object_store::ObjectStore;
use object_store::memory::InMemory;
use remote::{Remote, Sending};
use sexton_core::{BATCH_OBJECTS_MAX, Deleted, ObjectPrefix, chain};

/// The most objects that one listing shows.
pub const LIST_OBJECTS_MAX: usize = BATCH_OBJECTS_MAX;

/// What is written to a local folder at once: more makes it no faster.
const FOLDER_PART_BYTES: usize = 1 << 20;

/// The least that S3 takes as a part of an object.
const STORE_PART_BYTES: usize = 5 << 20;

/// The most bytes that one read gives.
pub const READ_BYTES_MAX: u64 = 2 << 20;

/// The object that a backup always has, written last, and the only one of small backups.
const MANIFEST: &str = "manifest";

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
    /// Names under the prefix, at most [`LIST_OBJECTS_MAX`] of them. In a local folder a
    /// byte that is not printable ASCII is `%` and two digits.
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
pub struct Removed {
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

/// The sizes of objects, by backup and by name.
pub type Holdings = BTreeMap<String, BTreeMap<String, u64>>;

/// Whose blobs they are.
#[derive(Debug, Clone, Copy)]
pub struct Owner {
    /// What identifies the store.
    pub store: [u8; 16],
    /// Whether it knows of any backup: then a folder without its mark is the wrong one.
    pub has_backups: bool,
}

/// The blob store: a local folder, or any object store.
#[derive(Debug, Clone)]
pub struct Blobs(Place);

#[derive(Debug, Clone)]
enum Place {
    Folder(Arc<Folder>),
    Store(Remote),
}

impl Blobs {
    /// The folder `root`, which is made if it is missing, and which must belong to `owner`.
    pub fn local(root: &Path, owner: Owner) -> Result<Self, BlobError> {
        Ok(Self(Place::Folder(Arc::new(Folder::open(root, owner)?))))
    }

    /// Nothing but memory, for tests and the simulator.
    pub fn memory() -> Self {
        Self::over(Arc::new(InMemory::new()))
    }

    /// Any object store that is durable by itself.
    pub fn over(store: Arc<dyn ObjectStore>) -> Self {
        Self(Place::Store(Remote(store)))
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
        let target = match &self.0 {
            Place::Folder(folder) => Target::File {
                folder: Arc::clone(folder),
                prefix: prefix.clone(),
                name: name.to_owned(),
                writing: None,
            },
            Place::Store(store) => Target::Object(Sending::new(store, prefix, name)),
        };
        Upload { object: object_name(prefix, name), target }
    }

    /// How long the parts of an object should be, but for the last.
    pub fn part_bytes(&self) -> usize {
        match &self.0 {
            Place::Folder(_) => FOLDER_PART_BYTES,
            Place::Store(_) => STORE_PART_BYTES,
        }
    }

    /// Makes durable what was written before this was called.
    pub async fn sync(&self) -> Result<(), BlobError> {
        match &self.0 {
            Place::Folder(folder) => folder.sync().await,
            Place::Store(_) => Ok(()),
        }
    }

    /// Reads an object from `offset` on.
    pub async fn read(
        &self,
        prefix: &ObjectPrefix,
        name: &str,
        offset: u64,
    ) -> Result<Piece, BlobError> {
        match &self.0 {
            Place::Folder(folder) => {
                let read = folder.read(prefix, name, offset).await;
                read.map_err(|error| {
                    let object = object_name(prefix, name);
                    if error.kind() == io::ErrorKind::NotFound {
                        return BlobError::Missing { object };
                    }
                    BlobError::not_done(object, error)
                })
            }
            Place::Store(store) => store.read(prefix, name, offset).await,
        }
    }

    /// Looks at the objects of a backup, always anew and from the start. What a crash
    /// left half written is among them.
    pub async fn list(&self, prefix: &ObjectPrefix) -> Result<Listing, BlobError> {
        let mut listed = self.list_many(std::slice::from_ref(prefix)).await;
        listed.pop().unwrap_or_else(|| Ok(Listing::default()))
    }

    /// Looks at many backups at once; the results are in the order of `prefixes`.
    pub async fn list_many(&self, prefixes: &[ObjectPrefix]) -> Vec<Result<Listing, BlobError>> {
        match &self.0 {
            Place::Folder(folder) => folder.list_many(prefixes).await,
            Place::Store(store) => store.list_many(prefixes).await,
        }
    }

    /// Removes objects of a backup. What was missing already counts as gone; what could
    /// not be removed, or not durably, does not.
    pub async fn delete(&self, prefix: &ObjectPrefix, names: &BTreeSet<String>) -> Removed {
        let removal = Removal { prefix: prefix.clone(), names: names.clone() };
        let mut deletions = self.delete_many(vec![removal]).await;
        deletions.pop().unwrap_or_default()
    }

    /// Removes objects of many backups; the results are in the order of `wanted`. Of a
    /// local folder, an empty set of names removes what an interrupted capture left: the
    /// empty folder itself.
    pub async fn delete_many(&self, wanted: Vec<Removal>) -> Vec<Removed> {
        match &self.0 {
            Place::Folder(folder) => folder.delete_many(wanted).await,
            Place::Store(store) => store.delete_many(wanted).await,
        }
    }

    /// All that is there of the backups whose prefix begins with `shard`, staging files of
    /// a local folder included.
    pub async fn holdings(&self, shard: u8) -> Result<Holdings, BlobError> {
        let shard = format!("{shard:02x}");
        match &self.0 {
            Place::Folder(folder) => folder.holdings(shard).await,
            Place::Store(store) => store.holdings(&shard).await,
        }
    }
}

/// An object on its way.
#[derive(Debug)]
pub struct Upload {
    object: String,
    target: Target,
}

#[derive(Debug)]
enum Target {
    File { folder: Arc<Folder>, prefix: ObjectPrefix, name: String, writing: Option<Writing> },
    Object(Sending),
}

impl Upload {
    /// Adds bytes; after those that are the `last`, the object exists.
    pub async fn part(&mut self, bytes: Bytes, last: bool) -> Result<(), BlobError> {
        let result = self.target.write(bytes, last).await;
        result.map_err(|cause| BlobError::unknown(self.object.clone(), cause))
    }

    /// Takes back what was written so far, as well as that goes.
    pub async fn abort(self) {
        // Whatever stays is found by listing.
        match self.target {
            Target::File { writing: Some(writing), .. } => writing.abandon().await.ok(),
            Target::File { writing: None, .. } => None,
            Target::Object(sending) => sending.abandon().await.ok(),
        };
    }
}

impl Target {
    async fn write(&mut self, bytes: Bytes, last: bool) -> Result<(), Cause> {
        match self {
            Self::Object(sending) => sending.part(bytes, last).await,
            Self::File { folder, prefix, name, writing } => {
                let alone = writing.is_none() && last && name == MANIFEST;
                if alone && folder.put_alone(prefix, bytes.clone()).await? {
                    return Ok(());
                }
                let open = match writing {
                    Some(writing) => writing,
                    none @ None => none.insert(folder.begin(prefix, name).await?),
                };
                Ok(open.part(bytes, last).await?)
            }
        }
    }
}

/// What an object is called in errors.
fn object_name(prefix: &ObjectPrefix, name: &str) -> String {
    format!("{}/{name}", prefix.as_str())
}
