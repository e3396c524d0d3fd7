//! What a capture reads, and the stream in which it travels.
//!
//! A source is walked into an **archive**: a versioned stream of records, which `seal`
//! compresses and seals without knowing what is in it. `restore` reads the same stream.
//!
//! # Why not tar
//!
//! A tar header promises the size before the first byte is read, so a file that shrinks
//! must be padded with bytes that never were in it, and one that grows is cut in
//! silence. Its sparse maps come before the data, so a fragmented file needs a map in
//! memory and a second pass. Nanoseconds, long names, extended attributes and non-UTF-8
//! names are three dialects of extension headers. Our stream says what was read after
//! it was read: data with offsets, then the size, the attributes and whether the file
//! held still. Names are single components between `Enter` and `Leave`, so that nothing
//! in an archive can name a place outside it ([`archive`]).
//!
//! # What is promised
//!
//! - The order is that of the names' bytes, so equal trees give equal streams.
//! - No symbolic link is ever followed. Everything is opened relative to the directory
//!   that holds it, so a rename in the middle of a walk leads nowhere else.
//! - What changes, vanishes or cannot be read while it is captured is a [`Finding`],
//!   never a failure. Only a source that cannot be opened at all is one.
//! - The server's own files are left out, wherever they turn up ([`own`]).
//! - Memory: one buffer of 256 KiB, two of 64 KiB for extended attributes, at most
//!   [`directory::NAMES_HELD_MAX`] names (a larger directory is read again for each
//!   batch), [`directory::LINKS_BYTES_MAX`] for hard links, and 64 open directories,
//!   whatever the tree looks like.

pub mod archive;
pub mod directory;
mod files;
pub mod finding;
mod generated;
pub mod own;
pub(crate) mod pipe;
pub(crate) mod tree;

use std::io::{self, Write};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

use serde::{Deserialize, Serialize};
use sexton_core::JobId;

pub use finding::{FINDINGS_MAX, Finding, Findings, Problem};
pub use own::OwnFiles;

use crate::database::{self, DatabaseError, DatabaseOrder, SetFacts};

/// What an archive holds, counted by who writes it and again by who reads it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Counts {
    /// Directories, the root included.
    pub directories: u64,
    /// Regular files.
    pub files: u64,
    /// Symbolic links.
    pub symlinks: u64,
    /// Further names of a file that came earlier.
    pub links: u64,
    /// FIFOs and devices.
    pub specials: u64,
    /// Bytes of file contents, holes not counted.
    pub bytes: u64,
}

impl Counts {
    /// Whether there is nothing but the root.
    pub fn is_nothing(&self) -> bool {
        let Self { directories, files, symlinks, links, specials, bytes: _ } = self;
        *directories <= 1 && [files, symlinks, links, specials].into_iter().all(|it| *it == 0)
    }
}

/// How far a capture or a restore is. The server polls it.
#[derive(Debug, Default)]
pub struct Progress {
    bytes: AtomicU64,
    files: AtomicU64,
    /// One more than the expected bytes; 0 while they are unknown.
    expected: AtomicU64,
}

impl Progress {
    /// Bytes of file contents that were read or restored so far.
    pub fn bytes(&self) -> u64 {
        self.bytes.load(Ordering::Relaxed)
    }

    /// Files that were finished so far.
    pub fn files(&self) -> u64 {
        self.files.load(Ordering::Relaxed)
    }

    /// How many bytes there will be, once that is known. For a capture an estimate: a
    /// look at the sizes beside the work itself.
    pub fn expected_bytes(&self) -> Option<u64> {
        self.expected.load(Ordering::Relaxed).checked_sub(1)
    }

    /// From 0 to 99: only the end of the job is 100.
    pub fn percent(&self) -> Option<u8> {
        let expected = u128::from(self.expected_bytes()?.max(1));
        let percent = u128::from(self.bytes()) * 100 / expected;
        Some(u8::try_from(percent.min(99)).unwrap_or(99))
    }

    pub(crate) fn expect_bytes(&self, bytes: u64) {
        self.expected.store(bytes.saturating_add(1), Ordering::Relaxed);
    }

    pub(crate) fn add_bytes(&self, bytes: u64) {
        self.bytes.fetch_add(bytes, Ordering::Relaxed);
    }

    pub(crate) fn add_file(&self) {
        self.files.fetch_add(1, Ordering::Relaxed);
    }
}

/// Asks a capture or a restore to stop. It does so within one buffer or one entry.
#[derive(Debug, Clone, Default)]
pub struct Cancel(Arc<AtomicBool>);

impl Cancel {
    /// Asks.
    pub fn cancel(&self) {
        self.0.store(true, Ordering::Relaxed);
    }

    /// Whether somebody asked.
    pub fn is_cancelled(&self) -> bool {
        self.0.load(Ordering::Relaxed)
    }
}

/// Why a source could not be read to its end.
#[derive(Debug, thiserror::Error)]
pub enum SourceError {
    /// It cannot be opened.
    #[error("source {} cannot be opened", path.display())]
    Unavailable {
        /// Where it should be.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// It is the server's own data folder, or a part of it.
    #[error("source {} lies inside the data folder of this server", path.display())]
    OwnData {
        /// Where it is.
        path: PathBuf,
    },
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// It is a database, and that or one of its tools failed.
    #[error(transparent)]
    Database(DatabaseError),
    /// What takes the archive failed.
    #[error("the archive cannot be written")]
    Sink(#[source] io::Error),
}

impl From<DatabaseError> for SourceError {
    fn from(error: DatabaseError) -> Self {
        if let DatabaseError::Cancelled = error { Self::Cancelled } else { Self::Database(error) }
    }
}

/// What a capture reads.
#[derive(Debug, Clone)]
pub enum Readable {
    /// All that is in a directory.
    Directory(PathBuf),
    /// A small payload out of nothing, for those who test automation.
    Generated,
    /// Files of one folder that are all there and do not change: a piece of a log.
    Files {
        /// The folder.
        folder: PathBuf,
        /// Their names, in the order in which they are to be in the archive.
        names: Vec<String>,
    },
    /// A database.
    Database(DatabaseOrder),
}

/// What was written into an archive.
#[derive(Debug)]
pub struct Written {
    /// What is in it.
    pub counts: Counts,
    /// What could not be read as it should.
    pub findings: Findings,
    /// What else there is to know of the backup of a database.
    pub set: Option<SetFacts>,
}

/// Writes the archive of `what` to `sink`, without `own` files. `id` seeds what is
/// generated.
pub fn write_archive(
    what: &Readable,
    id: JobId,
    own: &OwnFiles,
    sink: impl Write,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Written, SourceError> {
    let without = |counts| Written { counts, findings: Findings::default(), set: None };
    match what {
        Readable::Directory(path) => {
            let (counts, findings) = directory::write_archive(path, own, sink, progress, cancel)?;
            Ok(Written { counts, findings, set: None })
        }
        Readable::Generated => {
            let counts = generated::write_archive(id, sink, progress);
            Ok(without(counts.map_err(SourceError::Sink)?))
        }
        Readable::Files { folder, names } => {
            files::write_archive(folder, names, sink, progress, cancel).map(without)
        }
        Readable::Database(order) => {
            let (counts, facts) = database::write_archive(order, sink, progress, cancel)?;
            Ok(Written { set: Some(facts), ..without(counts) })
        }
    }
}

/// Estimates the bytes that [`write_archive`] will read; `None` if that is too much work,
/// somebody asked to stop, or whoever reads says it itself.
pub(crate) fn estimate(what: &Readable, cancel: &Cancel) -> Option<u64> {
    match what {
        Readable::Directory(path) => directory::estimate(path, cancel),
        Readable::Generated => Some(generated::PAYLOAD_BYTES),
        Readable::Files { folder, names } => files::estimate(folder, names),
        Readable::Database(_) => None,
    }
}
