//! Restores one backup into a new directory.
//!
//! # What is promised
//!
//! - The target appears whole or not at all: everything is written into a staging
//!   directory beside it, which is renamed when the last byte was verified, the counts
//!   were compared and all of it is durable. After an error the staging directory is
//!   removed; [`leftovers`] finds what a crash has left.
//! - Nothing is written outside of it. Names are single components, every directory is
//!   opened relative to its parent and never through a link, and whatever exists already
//!   is an error ([`crate::source::archive`]).
//! - No byte is written that was not authenticated first. An error names the object that
//!   cannot be believed ([`SealError`]).
//! - What takes privileges that we do not have (owners, devices, some attributes) is a
//!   finding. A file whose owner was not restored loses its set-user-id and set-group-id
//!   bits: they would mean somebody else.
//!
//! Stages and memory mirror those of `capture`: the caller's task fetches, a thread
//! opens and decompresses, a thread writes files. The future must be driven to its end;
//! to stop early, use [`Cancel`].

mod attributes;
mod staging;
mod write;

use std::io::{self, Read, Write};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::thread;

use sexton_core::{DataKey, JobId, ObjectPrefix, chain};
use staging::Staging;

use crate::blobs::{BlobError, Blobs};
use crate::fetch::{Waiting, fetch_manifest, fetch_segments, pieces};
use crate::home::{Ahead, DiskRoom};
use crate::seal::{BackupKeys, Manifest, SealError, SegmentsReader, length};
use crate::source::archive::{ArchiveError, ArchiveReader};
use crate::source::pipe::{PipeWriter, pipe};
use crate::source::{Cancel, Counts, Findings, Progress};
use crate::words::{blob_words, with_system_words};
pub(crate) use staging::RESTORING;
pub use staging::{leftovers, remove_leftover};
use write::TreeWriter;

/// The largest window that a backup of ours needs is 4 MiB.
const WINDOW_LOG_MAX: u32 = 23;

/// What decompressed bytes are handed on in.
const PLAIN_BYTES: usize = 128 << 10;

/// What is to be restored, and where to.
#[derive(Debug)]
pub struct RestoreOrder<'a> {
    /// The job that made the backup: its id inside the sealed objects.
    pub id: JobId,
    /// Where the objects are.
    pub prefix: &'a ObjectPrefix,
    /// The backup's key.
    pub key: &'a DataKey,
    /// The directory to make. It must not exist; its parent must.
    pub target: PathBuf,
    /// The disk that is written to.
    pub room: DiskRoom,
}

/// A complete restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Restored {
    /// What was restored.
    pub counts: Counts,
    /// What could not be restored as it was.
    pub findings: Findings,
}

/// Why nothing was restored.
#[derive(Debug, thiserror::Error)]
pub enum RestoreError {
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// There is something at the target already.
    #[error("{} exists already", target.display())]
    TargetExists {
        /// The target.
        target: PathBuf,
    },
    /// The disk is needed for deletions.
    #[error("{0}")]
    NoRoom(String),
    /// An object of the backup cannot be believed.
    #[error(transparent)]
    Seal(#[from] SealError),
    /// The blob store failed.
    #[error("the backup cannot be read")]
    Blobs(#[source] BlobError),
    /// The objects are authentic, and what is in them is not acceptable.
    #[error("the backup is not acceptable")]
    Archive(#[source] ArchiveError),
    /// The directory to restore into could not be made.
    #[error("{} cannot be made", target.display())]
    Target {
        /// The target.
        target: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The restored entry could not be written.
    #[error("{path} cannot be restored")]
    Write {
        /// Which, relative to the target.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The machine failed.
    #[error("the restore was interrupted")]
    Interrupted(#[source] io::Error),
}

impl RestoreError {
    /// Why, in words for whoever asked for the restore: what happened to what, and nothing
    /// of where this server keeps its files.
    pub fn for_caller(&self) -> String {
        match self {
            Self::Cancelled => "cancelled".to_owned(),
            Self::TargetExists { .. } => "the directory to restore into exists already".to_owned(),
            Self::NoRoom(reason) => reason.clone(),
            Self::Seal(error) => chain(error),
            Self::Blobs(error) => {
                let what = format!("the backup cannot be read: {}", blob_words(error));
                with_system_words(what, error)
            }
            Self::Archive(error) => format!("the backup is not acceptable: {error}"),
            Self::Target { source, .. } => {
                with_system_words("the directory to restore into cannot be made", source)
            }
            Self::Write { path, source } => {
                with_system_words(format!("{path} cannot be restored"), source)
            }
            Self::Interrupted(error) => with_system_words("the restore was interrupted", error),
        }
    }
}

/// Errors of the seal and of the blob store travel through readers as [`io::Error`].
impl From<io::Error> for RestoreError {
    fn from(error: io::Error) -> Self {
        let Some(inner) = error.get_ref() else { return Self::Archive(error.into()) };
        if let Some(seal) = inner.downcast_ref::<SealError>() {
            return Self::Seal(seal.clone());
        }
        if !inner.is::<BlobError>() {
            return Self::Archive(error.into());
        }
        match error.downcast::<BlobError>() {
            Ok(blobs) => Self::Blobs(blobs),
            Err(error) => Self::Interrupted(error),
        }
    }
}

impl From<ArchiveError> for RestoreError {
    fn from(error: ArchiveError) -> Self {
        match error {
            ArchiveError::Io(error) => error.into(),
            ArchiveError::NotAnArchive
            | ArchiveError::Malformed(_)
            | ArchiveError::WrongCounts { .. } => Self::Archive(error),
        }
    }
}

/// Restores what `order` says.
pub async fn restore(
    order: RestoreOrder<'_>,
    blobs: &Blobs,
    progress: &Arc<Progress>,
    cancel: &Cancel,
) -> Result<Restored, RestoreError> {
    let keys = BackupKeys::derive(order.key, order.id);
    let manifest = fetch_manifest(&keys, order.prefix, blobs).await?;
    progress.expect_bytes(manifest.counts.bytes);
    let segments = manifest.segments.len();
    let (pieces, waiting) = pieces();
    let work = Work {
        keys,
        manifest,
        room: order.room.for_restores(order.target.parent().unwrap_or(Path::new("/"))),
        target: order.target,
        progress: Arc::clone(progress),
        cancel: cancel.clone(),
    };
    let work = tokio::task::spawn_blocking(move || work.run(waiting));
    fetch_segments(order.prefix, blobs, segments, pieces).await;
    work.await.map_err(|error| RestoreError::Interrupted(io::Error::other(error)))?
}

/// Opens all objects of a backup and looks that they are the ones that were sealed; nothing
/// is written.
pub async fn open_all(
    id: JobId,
    prefix: &ObjectPrefix,
    key: &DataKey,
    blobs: &Blobs,
) -> Result<(), RestoreError> {
    let keys = BackupKeys::derive(key, id);
    let manifest = fetch_manifest(&keys, prefix, blobs).await?;
    let segments = manifest.segments.len();
    let (pieces, waiting) = pieces();
    let mut sealed = SegmentsReader::new(keys, manifest, waiting);
    let work = tokio::task::spawn_blocking(move || io::copy(&mut sealed, &mut io::sink()));
    fetch_segments(prefix, blobs, segments, pieces).await;
    work.await.map_err(|error| RestoreError::Interrupted(io::Error::other(error)))??;
    Ok(())
}

/// What the threads do.
struct Work {
    keys: BackupKeys,
    manifest: Manifest,
    target: PathBuf,
    room: DiskRoom,
    progress: Arc<Progress>,
    cancel: Cancel,
}

impl Work {
    fn run(self, pieces: Waiting) -> Result<Restored, RestoreError> {
        let staging = Staging::begin(&self.target)?;
        let result = self.fill(&staging, pieces);
        match result.and_then(|restored| staging.publish().map(|()| restored)) {
            Ok(restored) => Ok(restored),
            Err(error) => {
                staging.abandon();
                Err(error)
            }
        }
    }

    fn fill(self, staging: &Staging, pieces: Waiting) -> Result<Restored, RestoreError> {
        let Self { keys, manifest, room, progress, cancel, .. } = self;
        let (said, archive_bytes) = (manifest.counts, manifest.archive_bytes);
        let segments = SegmentsReader::new(keys, manifest, pieces);
        let (archive_in, archive_out) = pipe();
        let (restored, opened) = thread::scope(|scope| {
            let opener = thread::Builder::new().name("restore-open".into());
            let opener = opener
                .spawn_scoped(scope, move || open(segments, archive_in))
                .map_err(RestoreError::Interrupted)?;
            let mut archive = ArchiveReader::new(archive_out);
            let mut tree = TreeWriter::new(staging.root()?, Ahead::new(room), &progress, &cancel);
            let written = tree.write_all(&mut archive);
            drop(archive);
            let panicked = |_| RestoreError::Interrupted(io::Error::other("the opener panicked"));
            let archive_bytes = opener.join().map_err(panicked)?;
            let restored = |counts| Restored { counts, findings: tree.into_findings() };
            written.map(|counts| (restored(counts), archive_bytes))
        })?;
        if restored.counts != said || opened != Some(archive_bytes) {
            let (found, said) = (Box::new(restored.counts), Box::new(said));
            return Err(RestoreError::Archive(ArchiveError::WrongCounts { found, said }));
        }
        Ok(restored)
    }
}

/// Opens and decompresses all segments; gives the bytes that came out. What goes wrong
/// goes through the pipe, to where it ends the restore.
fn open(segments: SegmentsReader<Waiting>, mut archive: PipeWriter) -> Option<u64> {
    match decompress(segments, &mut archive) {
        Ok(bytes) => archive.finish().ok().map(|()| bytes),
        Err(error) => {
            archive.fail(error);
            None
        }
    }
}

fn decompress(segments: SegmentsReader<Waiting>, archive: &mut PipeWriter) -> io::Result<u64> {
    let mut plain = zstd::Decoder::with_buffer(segments)?;
    plain.window_log_max(WINDOW_LOG_MAX)?;
    let mut buffer = vec![0; PLAIN_BYTES];
    let mut sum = 0;
    loop {
        let bytes = plain.read(&mut buffer)?;
        if bytes == 0 {
            return Ok(sum);
        }
        archive.write_all(&buffer[..bytes])?;
        sum += length(bytes);
    }
}
