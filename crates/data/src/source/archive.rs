//! The archive: a versioned stream of records.
//!
//! ```text
//! archive = "SXAR" version(1) { length(u32 LE) record(postcard) [data] }
//! tree    = { Enter tree Leave | file | Symlink | HardLink | Fifo | Device }
//! archive = tree Leave End          the last Leave is the root's
//! file    = File { Data } FileEnd   gaps between data are holes
//! ```
//!
//! The reader believes nothing: sizes are bounded before they are allocated, names are
//! single components, offsets grow, every record stands where it may stand, and the
//! counts at the end must be what was counted. The bytes are authenticated before they
//! come here, so a failure means a writer of ours that was wrong; it is caught all the
//! same, because what follows is written to a file system.

use std::fmt;
use std::io::{self, Read, Write};

use serde::{Deserialize, Serialize};

use super::Counts;
use grammar::{Place, State, check};

mod grammar;

/// The version of the stream.
pub const ARCHIVE_VERSION: u8 = 1;
/// The most bytes of one data record.
pub const DATA_BYTES_MAX: usize = 256 << 10;
/// The most bytes of names and values of one entry's extended attributes.
pub const XATTRS_BYTES_MAX: usize = 1 << 20;
/// The longest path that a hard link may name, from the root.
pub const LINK_PATH_BYTES_MAX: usize = 16 << 10;

const MAGIC: [u8; 5] = [b'S', b'X', b'A', b'R', ARCHIVE_VERSION];
/// Attributes are the largest part; a few bytes go with each, and a name or two.
const RECORD_BYTES_MAX: usize = 2 * XATTRS_BYTES_MAX;

/// One record. Names are bytes, as the file system has them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Record<'a> {
    /// A directory begins; what follows is in it.
    Enter {
        /// Its name.
        name: &'a [u8],
    },
    /// The current directory ends.
    Leave {
        /// Its attributes, last because restoring children changes them.
        #[serde(borrow)]
        attributes: Attributes<'a>,
    },
    /// A regular file begins.
    File {
        /// Its name.
        name: &'a [u8],
    },
    /// Bytes of the file follow the record.
    Data {
        /// Where in the file they belong; not before the end of earlier ones.
        offset: u64,
        /// How many.
        bytes: u32,
    },
    /// The file ends.
    FileEnd {
        /// Its length, holes at the end included.
        size: u64,
        /// Whether it held still while it was read.
        whole: bool,
        /// Its attributes.
        #[serde(borrow)]
        attributes: Attributes<'a>,
    },
    /// A symbolic link.
    Symlink {
        /// Its name.
        name: &'a [u8],
        /// What it says; never followed.
        target: &'a [u8],
        /// Its attributes.
        #[serde(borrow)]
        attributes: Attributes<'a>,
    },
    /// A further name of an entry that came earlier.
    HardLink {
        /// Its name.
        name: &'a [u8],
        /// The first name: components from the root, joined by `/`.
        to: &'a [u8],
    },
    /// A named pipe.
    Fifo {
        /// Its name.
        name: &'a [u8],
        /// Its attributes.
        #[serde(borrow)]
        attributes: Attributes<'a>,
    },
    /// A device.
    Device {
        /// Its name.
        name: &'a [u8],
        /// Block device, else character device.
        block: bool,
        /// The driver.
        major: u32,
        /// The device.
        minor: u32,
        /// Its attributes.
        #[serde(borrow)]
        attributes: Attributes<'a>,
    },
    /// The archive ends.
    End {
        /// What was in it.
        counts: Counts,
    },
}

/// What an entry has besides its name and contents. Access times are not kept: a backup
/// changes them itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Attributes<'a> {
    /// Permissions with set-user-id, set-group-id and sticky bit.
    pub mode: u32,
    /// User.
    pub uid: u32,
    /// Group.
    pub gid: u32,
    /// Last modification, whole seconds.
    pub mtime_seconds: i64,
    /// The rest of the modification time.
    pub mtime_nanos: u32,
    /// Extended attributes in the order of their names, POSIX ACLs among them.
    #[serde(borrow)]
    pub xattrs: Vec<(&'a [u8], &'a [u8])>,
}

/// Why an archive is not accepted.
#[derive(Debug, thiserror::Error)]
pub enum ArchiveError {
    /// It could not be read.
    #[error("the archive cannot be read")]
    Io(#[from] io::Error),
    /// It does not begin as one.
    #[error("this is no archive of version {ARCHIVE_VERSION}")]
    NotAnArchive,
    /// A record is not acceptable.
    #[error("the archive is malformed: {0}")]
    Malformed(&'static str),
    /// What it says at its end is not what was in it.
    #[error("the archive holds {found:?} and says {said:?}")]
    WrongCounts {
        /// Counted.
        found: Box<Counts>,
        /// Recorded.
        said: Box<Counts>,
    },
}

impl Counts {
    fn count(&mut self, record: &Record<'_>) {
        match record {
            Record::Leave { .. } => self.directories += 1,
            Record::FileEnd { .. } => self.files += 1,
            Record::Data { bytes, .. } => self.bytes += u64::from(*bytes),
            Record::Symlink { .. } => self.symlinks += 1,
            Record::HardLink { .. } => self.links += 1,
            Record::Fifo { .. } | Record::Device { .. } => self.specials += 1,
            Record::Enter { .. } | Record::File { .. } | Record::End { .. } => {}
        }
    }
}

/// Writes an archive. The caller keeps to the grammar; the reader checks it.
pub struct ArchiveWriter<W> {
    sink: W,
    buffer: Vec<u8>,
    counts: Counts,
}

impl<W> fmt::Debug for ArchiveWriter<W> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveWriter").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl<W: Write> ArchiveWriter<W> {
    /// Begins an archive.
    pub fn new(mut sink: W) -> io::Result<Self> {
        sink.write_all(&MAGIC)?;
        Ok(Self { sink, buffer: Vec::new(), counts: Counts::default() })
    }

    /// Writes one record; data goes through [`ArchiveWriter::data`].
    pub fn record(&mut self, record: &Record<'_>) -> io::Result<()> {
        self.counts.count(record);
        let mut buffer = std::mem::take(&mut self.buffer);
        buffer.clear();
        buffer.extend_from_slice(&[0; 4]);
        self.buffer = postcard::to_extend(record, buffer).map_err(io::Error::other)?;
        let bytes = u32::try_from(self.buffer.len() - 4).map_err(io::Error::other)?;
        self.buffer[..4].copy_from_slice(&bytes.to_le_bytes());
        self.sink.write_all(&self.buffer)
    }

    /// Writes contents of the current file, at most [`DATA_BYTES_MAX`] of them.
    pub fn data(&mut self, offset: u64, data: &[u8]) -> io::Result<()> {
        debug_assert!(data.len() <= DATA_BYTES_MAX);
        let bytes = u32::try_from(data.len()).map_err(io::Error::other)?;
        self.record(&Record::Data { offset, bytes })?;
        self.sink.write_all(data)
    }

    /// Has what follows begin an object of its own.
    pub(super) fn cut(&mut self) -> io::Result<()> {
        self.sink.flush()
    }

    /// Ends the archive.
    pub fn finish(mut self) -> io::Result<Counts> {
        let counts = self.counts;
        self.record(&Record::End { counts })?;
        Ok(counts)
    }
}

/// Reads an archive, record by record.
pub struct ArchiveReader<R> {
    source: R,
    buffer: Vec<u8>,
    data: Vec<u8>,
    counts: Counts,
    place: Place,
}

impl<R> fmt::Debug for ArchiveReader<R> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("ArchiveReader").field("counts", &self.counts).finish_non_exhaustive()
    }
}

impl<R: Read> ArchiveReader<R> {
    /// Reads an archive from its beginning.
    pub fn new(source: R) -> Self {
        Self {
            source,
            buffer: Vec::new(),
            data: Vec::new(),
            counts: Counts::default(),
            place: Place::default(),
        }
    }

    /// The next record, with its bytes if it is [`Record::Data`]. After
    /// [`Record::End`], which is given out only when nothing follows it, there is
    /// nothing more to read.
    pub fn next_record(&mut self) -> Result<(Record<'_>, &[u8]), ArchiveError> {
        self.begin()?;
        let mut bytes = [0; 4];
        self.source.read_exact(&mut bytes)?;
        let bytes = usize::try_from(u32::from_le_bytes(bytes)).unwrap_or(usize::MAX);
        if bytes > RECORD_BYTES_MAX {
            return Err(ArchiveError::Malformed("a record is too long"));
        }
        self.buffer.resize(bytes, 0);
        self.source.read_exact(&mut self.buffer)?;
        let Ok((record, [])) = postcard::take_from_bytes::<Record<'_>>(&self.buffer) else {
            return Err(ArchiveError::Malformed("a record cannot be decoded"));
        };
        check(&record).map_err(ArchiveError::Malformed)?;
        self.place = self.place.after(&record).map_err(ArchiveError::Malformed)?;
        self.counts.count(&record);
        self.data.clear();
        if let Record::Data { bytes, .. } = &record {
            self.data.resize(usize::try_from(*bytes).unwrap_or(0), 0);
            self.source.read_exact(&mut self.data)?;
        }
        if let Record::End { counts } = &record {
            if *counts != self.counts {
                let (found, said) = (Box::new(self.counts), Box::new(*counts));
                return Err(ArchiveError::WrongCounts { found, said });
            }
            if self.source.read(&mut [0; 1])? != 0 {
                return Err(ArchiveError::Malformed("something follows the end"));
            }
        }
        Ok((record, &self.data))
    }

    fn begin(&mut self) -> Result<(), ArchiveError> {
        match self.place.state {
            State::Begin => {
                let mut magic = [0; MAGIC.len()];
                self.source.read_exact(&mut magic)?;
                if magic != MAGIC {
                    return Err(ArchiveError::NotAnArchive);
                }
                self.place.state = State::Tree;
                Ok(())
            }
            State::Tree | State::RootLeft => Ok(()),
            State::Ended => Err(ArchiveError::Malformed("it has ended")),
        }
    }
}
