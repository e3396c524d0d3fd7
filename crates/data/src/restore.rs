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

use crate::blobs::{BlobError, Blobs};
use crate::database::DatabaseError;
use crate::fetch::{Waiting, fetch_manifest, fetch_segments, pieces};
use crate::home::{Ahead, DiskRoom};
use crate::seal::{BackupKeys, Manifest, SealError, SegmentsReader, length};
use crate::source::archive::{ArchiveError, ArchiveReader};
use crate::source::pipe::{PipeReader, PipeWriter, pipe};
use crate::source::{Cancel, Counts, Findings, Progress};
use crate::words::{blob_words, with_system_words};
pub(crate) use staging::{RESTORING, Staging};
pub use staging::{leftovers, remove_leftover, remove_staging_of};
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
    /// A database, or one of its tools, failed.
    #[error(transparent)]
    Database(DatabaseError),
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
            Self::Database(error) => error.for_caller(),
            Self::Interrupted(error) => with_system_words("the restore was interrupted", error),
        }
    }
}

impl From<DatabaseError> for RestoreError {
    fn from(error: DatabaseError) -> Self {
        if let DatabaseError::Cancelled = error { Self::Cancelled } else { Self::Database(error) }
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
    let room = order.room.for_restores(order.target.parent().unwrap_or(Path::new("/")));
    let target = order.target;
    let (shown, cancel) = (Arc::clone(progress), cancel.clone());
    let work = move |opening: Opening| {
        publish(&target, |staging| {
            let directory = staging.root()?;
            opening.read(|archive| {
                let mut tree = TreeWriter::new(directory, Ahead::new(room), &shown, &cancel);
                let counts = tree.write_all(archive)?;
                Ok((counts, Restored { counts, findings: tree.into_findings() }))
            })
        })
    };
    open_for((order.id, order.prefix, order.key), blobs, progress, work).await
}

/// Fetches a backup for `work`, which opens it on a thread of its own.
pub(crate) async fn open_for<T: Send + 'static>(
    (id, prefix, key): (JobId, &ObjectPrefix, &DataKey),
    blobs: &Blobs,
    progress: &Arc<Progress>,
    work: impl FnOnce(Opening) -> Result<T, RestoreError> + Send + 'static,
) -> Result<T, RestoreError> {
    let keys = BackupKeys::derive(key, id);
    let manifest = fetch_manifest(&keys, prefix, blobs).await?;
    progress.expect_bytes(manifest.counts.bytes);
    let segments = manifest.segments.len();
    let (pieces, waiting) = pieces();
    let opening = Opening { keys, manifest, pieces: waiting };
    let work = tokio::task::spawn_blocking(move || work(opening));
    fetch_segments(prefix, blobs, segments, pieces).await;
    work.await.map_err(|error| RestoreError::Interrupted(io::Error::other(error)))?
}

/// Makes the directory `target` of what `fill` writes into a staging directory, whole or not at
/// all.
pub(crate) fn publish<T>(
    target: &Path,
    fill: impl FnOnce(&Staging) -> Result<T, RestoreError>,
) -> Result<T, RestoreError> {
    let staging = Staging::begin(target)?;
    match fill(&staging).and_then(|filled| staging.publish().map(|()| filled)) {
        Ok(filled) => Ok(filled),
        Err(error) => {
            staging.abandon();
            Err(error)
        }
    }
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

/// A backup that is being fetched.
pub(crate) struct Opening {
    keys: BackupKeys,
    manifest: Manifest,
    pieces: Waiting,
}

impl Opening {
    /// Opens it, and hands its archive to `take`, which reads it to its end and says what was in
    /// it. Gives what else `take` gives, once that is known to be all that was sealed.
    pub(crate) fn read<T>(
        self,
        take: impl FnOnce(&mut ArchiveReader<PipeReader>) -> Result<(Counts, T), RestoreError>,
    ) -> Result<T, RestoreError> {
        let Self { keys, manifest, pieces } = self;
        let (said, archive_bytes) = (manifest.counts, manifest.archive_bytes);
        let segments = SegmentsReader::new(keys, manifest, pieces);
        let (archive_in, archive_out) = pipe();
        let (found, taken, opened) = thread::scope(|scope| {
            let opener = thread::Builder::new().name("restore-open".into());
            let opener = opener
                .spawn_scoped(scope, move || open(segments, archive_in))
                .map_err(RestoreError::Interrupted)?;
            let mut archive = ArchiveReader::new(archive_out);
            let taken = take(&mut archive);
            drop(archive);
            let panicked = |_| RestoreError::Interrupted(io::Error::other("the opener panicked"));
            let archive_bytes = opener.join().map_err(panicked)?;
            taken.map(|(counts, taken)| (counts, taken, archive_bytes))
        })?;
        if found != said || opened != Some(archive_bytes) {
            let (found, said) = (Box::new(found), Box::new(said));
            return Err(RestoreError::Archive(ArchiveError::WrongCounts { found, said }));
        }
        Ok(taken)
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
