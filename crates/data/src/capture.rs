//! Backs up one source: reads it, compresses, seals and stores it.
//!
//! Three stages run beside each other and wait for each other through bounded queues: a
//! thread that reads the source, a thread that compresses and seals, and the caller's
//! task, which stores. Memory is that of the stages (`source`, `seal`), 2 MiB of pipe
//! and three parts on their way, of 1 MiB where they go to a folder and of 5 MiB elsewhere;
//! small backups need as much as they have.
//!
//! Deletions come first: the two threads run with a low priority, and no part is written
//! before there is room for it beside what deletions need.
//!
//! Nothing is complete until [`capture`] returns `Ok`: then all objects are durable and
//! listed in a manifest. After an error whatever was written is under the order's
//! prefix, for the eraser; nothing more will be written.
//!
//! The future must be driven to its end. To stop early, use [`Cancel`].

use std::io::{self, BufRead, Write};
use std::sync::Arc;
use std::thread;

use sexton_core::{DataKey, JobId, ObjectPrefix};
use tokio::sync::{mpsc, oneshot};

use crate::blobs::{BlobError, Blobs};
use crate::database::SetFacts;
use crate::home::DiskRoom;
use crate::keep::{NotKept, parts, sink, stand_back, store};
use crate::seal::{BackupKeys, BackupWriter, Part, Sealed};
use crate::source::pipe::{PipeReader, PipeWriter, pipe};
use crate::source::{
    Cancel, Counts, Findings, OwnFiles, Progress, Readable, SourceError, Written, estimate,
    write_archive,
};
use crate::words::{blob_words, with_system_words};

/// What is to be backed up, and where to.
#[derive(Debug)]
pub struct CaptureOrder<'a> {
    /// The job; also the backup's id inside the sealed objects.
    pub id: JobId,
    /// Where the objects go. Never used before.
    pub prefix: &'a ObjectPrefix,
    /// The backup's own key. Never used before.
    pub key: &'a DataKey,
    /// What to read.
    pub source: &'a Readable,
    /// Whether there may be nothing to read.
    pub allow_empty: bool,
    /// What must not be in it, wherever it turns up.
    pub own: &'a OwnFiles,
    /// The zstd level; [`crate::seal::LEVEL_DEFAULT`].
    pub level: i32,
    /// How long segments become; [`crate::seal::SEGMENT_BYTES_TARGET`].
    pub segment_bytes: u64,
    /// The disk that is written to.
    pub room: DiskRoom,
}

/// A complete backup, captured or copied.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Captured {
    /// Bytes of file contents, before compression.
    pub size_bytes: u64,
    /// Bytes in the blob store, manifest included.
    pub stored_bytes: u64,
    /// Objects in the blob store, manifest included.
    pub objects: u64,
    /// What is in it.
    pub counts: Counts,
    /// What could not be read as it should.
    pub findings: Findings,
    /// What else there is to know of the backup of a database that was captured.
    pub set: Option<SetFacts>,
}

/// Why there is no backup.
#[derive(Debug, thiserror::Error)]
pub enum CaptureError {
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// The source cannot be read at all.
    #[error(transparent)]
    Source(SourceError),
    /// There is nothing in the source, and it is not said that there may be nothing.
    #[error("the source is empty")]
    Empty,
    /// The disk is needed for deletions.
    #[error("{0}")]
    NoRoom(String),
    /// The blob store failed.
    #[error("the backup cannot be stored")]
    Blobs(#[source] BlobError),
    /// Compressing or sealing failed, or the machine did.
    #[error("the backup cannot be sealed")]
    Seal(#[source] io::Error),
}

impl From<NotKept> for CaptureError {
    fn from(error: NotKept) -> Self {
        match error {
            NotKept::NoRoom(reason) => Self::NoRoom(reason),
            NotKept::Blobs(error) => Self::Blobs(error),
        }
    }
}

impl CaptureError {
    /// Why, in words for whoever asked for the backup: what happened to what, and nothing
    /// of where this server keeps its files.
    pub fn for_caller(&self) -> String {
        match self {
            Self::Cancelled | Self::Source(SourceError::Cancelled) => "cancelled".to_owned(),
            Self::Source(SourceError::Unavailable { source, .. }) => {
                with_system_words("the source cannot be opened", source)
            }
            Self::Empty => "The source is empty: a disk may not be mounted there. If it may be \
                            empty, register it with `sexton source add --allow-empty`."
                .to_owned(),
            Self::NoRoom(reason) => reason.clone(),
            Self::Source(SourceError::Database(error)) => error.for_caller(),
            Self::Source(SourceError::OwnData { .. }) => {
                "the source lies inside the data folder of the server".to_owned()
            }
            Self::Source(SourceError::Sink(error)) | Self::Seal(error) => {
                with_system_words("the backup cannot be sealed", error)
            }
            Self::Blobs(error) => {
                let what = format!("the backup cannot be stored: {}", blob_words(error));
                with_system_words(what, error)
            }
        }
    }
}

/// Backs up what `order` says.
pub async fn capture(
    order: CaptureOrder<'_>,
    blobs: &Blobs,
    progress: &Arc<Progress>,
    cancel: &Cancel,
) -> Result<Captured, CaptureError> {
    let (parts, waiting) = parts();
    let work = Work {
        keys: BackupKeys::derive(order.key, order.id),
        source: order.source.clone(),
        allow_empty: order.allow_empty,
        own: order.own.clone(),
        level: order.level,
        segment_bytes: order.segment_bytes,
        part_bytes: blobs.part_bytes(),
        progress: Arc::clone(progress),
        cancel: cancel.clone(),
    };
    let estimating = begin_estimate(order.source.clone(), progress);
    let (done, worked) = oneshot::channel();
    // A thread of its own: a priority that was lowered cannot be raised again.
    let begun = thread::Builder::new().name("capture-seal".into());
    let begun = begun.spawn(move || {
        stand_back();
        done.send(work.run(parts)).ok();
    });
    begun.map_err(CaptureError::Seal)?;
    let stored = store(order.prefix, blobs, &order.room, waiting).await;
    // The worker ends by itself: its parts are taken, or refused since nobody waits.
    let panicked = |_| CaptureError::Seal(io::Error::other("the sealer panicked"));
    let worked = worked.await.map_err(panicked);
    estimating.cancel();
    stored?;
    let (sealed, Written { counts, findings, set }) = worked??;
    if cancel.is_cancelled() {
        return Err(CaptureError::Cancelled);
    }
    blobs.sync().await.map_err(CaptureError::Blobs)?;
    Ok(Captured {
        size_bytes: counts.bytes,
        stored_bytes: sealed.stored_bytes,
        objects: sealed.objects,
        counts,
        findings,
        set,
    })
}

/// Looks at the sizes beside the work, until that is done.
fn begin_estimate(source: Readable, progress: &Arc<Progress>) -> Cancel {
    let stop = Cancel::default();
    let (stopped, progress) = (stop.clone(), Arc::clone(progress));
    let look = move || {
        stand_back();
        if let Some(bytes) = estimate(&source, &stopped) {
            progress.expect_bytes(bytes);
        }
    };
    if let Err(error) = thread::Builder::new().name("capture-look".into()).spawn(look) {
        tracing::debug!(%error, "the size of a source is not estimated");
    }
    stop
}

/// What the threads do.
struct Work {
    keys: BackupKeys,
    source: Readable,
    allow_empty: bool,
    own: OwnFiles,
    level: i32,
    segment_bytes: u64,
    part_bytes: usize,
    progress: Arc<Progress>,
    cancel: Cancel,
}

impl Work {
    fn run(self, parts: mpsc::Sender<Part>) -> Result<(Sealed, Written), CaptureError> {
        let Self { keys, source, allow_empty, own, level, progress, cancel, .. } = self;
        let id = keys.id();
        let sink = sink(parts);
        let mut writer = BackupWriter::new(keys, level, self.segment_bytes, self.part_bytes, sink)
            .map_err(CaptureError::Seal)?;
        let (archive_in, archive_out) = pipe();
        let (read, sealed) = thread::scope(|scope| {
            let read = move || {
                stand_back();
                read((&source, &own), id, archive_in, &progress, &cancel)
            };
            let reader = thread::Builder::new().name("capture-read".into());
            let reader = reader.spawn_scoped(scope, read).map_err(CaptureError::Seal)?;
            let sealed = copy(archive_out, &mut writer);
            let panicked = |_| CaptureError::Seal(io::Error::other("the reader panicked"));
            Ok::<_, CaptureError>((reader.join().map_err(panicked)?, sealed))
        })?;
        let written = match (read, sealed) {
            // Whoever reads fails with a broken pipe when whoever seals has failed.
            (Ok(_) | Err(SourceError::Sink(_)), Err(error)) => {
                return Err(CaptureError::Seal(error));
            }
            (Err(SourceError::Cancelled), Ok(()) | Err(_)) => return Err(CaptureError::Cancelled),
            (Err(error), Ok(()) | Err(_)) => return Err(CaptureError::Source(error)),
            (Ok(read), Ok(())) => read,
        };
        if !allow_empty && written.counts.is_nothing() {
            return Err(CaptureError::Empty);
        }
        let sealed = writer.finish(written.counts).map_err(CaptureError::Seal)?;
        Ok((sealed, written))
    }
}

fn read(
    (source, own): (&Readable, &OwnFiles),
    id: JobId,
    mut archive: PipeWriter,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Written, SourceError> {
    match write_archive(source, id, own, &mut archive, progress, cancel) {
        Ok(read) => {
            archive.finish().map_err(SourceError::Sink)?;
            Ok(read)
        }
        Err(error) => {
            archive.fail(io::Error::other("the source failed"));
            Err(error)
        }
    }
}

fn copy(mut archive: PipeReader, writer: &mut impl Write) -> io::Result<()> {
    loop {
        let bytes = archive.fill_buf()?;
        if bytes.is_empty() {
            if archive.pass_cut() {
                writer.flush()?;
                continue;
            }
            return Ok(());
        }
        writer.write_all(bytes)?;
        let taken = bytes.len();
        archive.consume(taken);
    }
}
