//! Copies one backup: opens its objects and seals them again, under the copy's own key.
//!
//! Every sealed byte is bound to the id of its backup, so a copy is never a copy of files.
//! What was compressed stays so; the copy has the same segments, as long as they were.
//!
//! # What is promised
//!
//! - The copy depends on nothing of the original: destroying one key leaves the other
//!   backup as it was.
//! - Every object of the original is opened and must be the one that was sealed. A damaged
//!   original fails the copy, and a copy without its manifest, which is written last, is none.
//! - Nothing is complete until [`copy`] returns `Ok`: then all objects are durable. After an
//!   error whatever was written is under the order's prefix, for the eraser; nothing more will
//!   be written.
//!
//! Three stages run beside each other, as in a capture: the caller's task fetches and stores,
//! a thread of low priority opens and seals. Memory is that of the stages (`seal`), three
//! pieces of at most 2 MiB and three parts on their way. The future must be driven to its end.
//! To stop early, use [`Cancel`].

use std::io;
use std::sync::Arc;
use std::thread;

use sexton_core::{DataKey, JobId, ObjectPrefix, chain};
use tokio::sync::{mpsc, oneshot};

use crate::blobs::{BlobError, Blobs};
use crate::capture::Captured;
use crate::fetch::{Waiting, fetch_manifest, fetch_segments, pieces};
use crate::home::DiskRoom;
use crate::keep::{NotKept, parts, sink, stand_back, store};
use crate::seal::{BackupKeys, Manifest, NotSealed, Part, SealError, Sealed, length, seal_again};
use crate::source::{Cancel, Findings, Progress};
use crate::words::{blob_words, with_system_words};

/// A backup that is there: what opens its objects.
#[derive(Debug, Clone, Copy)]
pub struct Original<'a> {
    /// The job that made the backup: its id inside the sealed objects.
    pub id: JobId,
    /// Where the objects are.
    pub prefix: &'a ObjectPrefix,
    /// The backup's key.
    pub key: &'a DataKey,
}

/// What is to be copied, and where to.
#[derive(Debug)]
pub struct CopyOrder<'a> {
    /// What is copied. Nobody may erase it until the copy has ended.
    pub original: Original<'a>,
    /// The job that makes the copy; also the copy's id inside the sealed objects.
    pub id: JobId,
    /// Where the objects of the copy go. Never used before.
    pub prefix: &'a ObjectPrefix,
    /// The copy's own key. Never used before.
    pub key: &'a DataKey,
    /// The disk that is written to.
    pub room: DiskRoom,
}

/// Why there is no copy.
#[derive(Debug, thiserror::Error)]
pub enum CopyError {
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The copy would be written over its original.
    #[error("a copy cannot have the place of its original")]
    SamePlace,
    /// An object of the original cannot be believed.
    #[error("the original cannot be copied")]
    Original(#[source] SealError),
    /// The original could not be read.
    #[error("the original cannot be read")]
    Unread(#[source] io::Error),
    /// The disk is needed for deletions.
    #[error("{0}")]
    NoRoom(String),
    /// The blob store failed.
    #[error("the copy cannot be stored")]
    Blobs(#[source] BlobError),
    /// Sealing failed, or the machine did.
    #[error("the copy cannot be sealed")]
    Seal(#[source] io::Error),
}

impl CopyError {
    /// Why, in words for whoever asked for the copy: what happened to what, and nothing of
    /// where this server keeps its files.
    pub fn for_caller(&self) -> String {
        match self {
            Self::Cancelled | Self::SamePlace => self.to_string(),
            Self::Original(error) => format!("the original cannot be copied: {}", chain(error)),
            Self::Unread(error) => {
                let blobs = error.get_ref().and_then(|it| it.downcast_ref::<BlobError>());
                let what = blobs.map_or_else(String::new, |it| format!(": {}", blob_words(it)));
                with_system_words(format!("the original cannot be read{what}"), error)
            }
            Self::NoRoom(reason) => reason.clone(),
            Self::Blobs(error) => {
                let what = format!("the copy cannot be stored: {}", blob_words(error));
                with_system_words(what, error)
            }
            Self::Seal(error) => with_system_words("the copy cannot be sealed", error),
        }
    }

    /// What went wrong with the original: errors of the seal travel as [`io::Error`].
    fn of_original(error: io::Error) -> Self {
        let seal = error.get_ref().and_then(|inner| inner.downcast_ref::<SealError>()).cloned();
        seal.map_or(Self::Unread(error), Self::Original)
    }
}

impl From<NotKept> for CopyError {
    fn from(error: NotKept) -> Self {
        match error {
            NotKept::NoRoom(reason) => Self::NoRoom(reason),
            NotKept::Blobs(error) => Self::Blobs(error),
        }
    }
}

impl From<NotSealed<Self>> for CopyError {
    fn from(error: NotSealed<Self>) -> Self {
        match error {
            NotSealed::Original(error) => Self::of_original(error),
            NotSealed::Copy(error) => Self::Seal(error),
            NotSealed::Stopped(error) => error,
        }
    }
}

/// Copies what `order` says. What is said of the copy is what was said of the original, but for
/// the findings: a copy has none, and those of the original are true of it.
///
/// `progress` counts the bytes of the original's segments, compressed as they are.
pub async fn copy(
    order: CopyOrder<'_>,
    blobs: &Blobs,
    progress: &Arc<Progress>,
    cancel: &Cancel,
) -> Result<Captured, CopyError> {
    let CopyOrder { original, id, prefix, key, room } = order;
    if original.prefix == prefix {
        return Err(CopyError::SamePlace);
    }
    let from = BackupKeys::derive(original.key, original.id);
    let manifest = fetch_manifest(&from, original.prefix, blobs).await;
    let manifest = manifest.map_err(CopyError::of_original)?;
    let (counts, segments) = (manifest.counts, manifest.segments.len());
    let sealed_bytes: u64 = manifest.segments.iter().map(|it| it.sealed_bytes).sum();
    progress.expect_bytes(sealed_bytes + length(manifest.tail.len()));
    let (pieces, fetched) = pieces();
    let (parts, waiting) = parts();
    let work = Work {
        from,
        manifest,
        to: BackupKeys::derive(key, id),
        part_bytes: blobs.part_bytes(),
        progress: Arc::clone(progress),
        cancel: cancel.clone(),
    };
    let (done, worked) = oneshot::channel();
    // A thread of its own: a priority that was lowered cannot be raised again.
    let begun = thread::Builder::new().name("copy-seal".into());
    let begun = begun.spawn(move || {
        stand_back();
        done.send(work.run(fetched, parts)).ok();
    });
    begun.map_err(CopyError::Seal)?;
    // Each ends when the worker does, and the worker when one of them does.
    let fetching = fetch_segments(original.prefix, blobs, segments, pieces);
    let ((), stored) = futures::future::join(fetching, store(prefix, blobs, &room, waiting)).await;
    let panicked = |_| CopyError::Seal(io::Error::other("the sealer panicked"));
    let worked = worked.await.map_err(panicked);
    stored?;
    let sealed = worked??;
    if cancel.is_cancelled() {
        return Err(CopyError::Cancelled);
    }
    blobs.sync().await.map_err(CopyError::Blobs)?;
    Ok(Captured {
        size_bytes: counts.bytes,
        stored_bytes: sealed.stored_bytes,
        objects: sealed.objects,
        counts,
        findings: Findings::default(),
        set: None,
    })
}

/// What the thread does.
struct Work {
    from: BackupKeys,
    manifest: Manifest,
    to: BackupKeys,
    part_bytes: usize,
    progress: Arc<Progress>,
    cancel: Cancel,
}

impl Work {
    fn run(self, fetched: Waiting, parts: mpsc::Sender<Part>) -> Result<Sealed, CopyError> {
        let Self { from, manifest, to, part_bytes, progress, cancel } = self;
        let step = |bytes| {
            progress.add_bytes(bytes);
            if cancel.is_cancelled() { Err(CopyError::Cancelled) } else { Ok(()) }
        };
        let sealed = seal_again((&from, manifest), fetched, (&to, part_bytes), sink(parts), step)?;
        Ok(sealed)
    }
}
