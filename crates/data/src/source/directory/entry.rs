//! Writes one entry of a directory into the archive.

use std::io::{self, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, SeekFrom, Stat, fstat, major, minor, openat, readlinkat, seek,
    statat,
};
use rustix::io::{Errno, pread};

use super::attributes::{Place, Xattrs};
use super::links::{Further, Links};
use crate::seal::{HEADER_BYTES, TAG_BYTES, is_header, length};
use crate::source::archive::{ArchiveWriter, DATA_BYTES_MAX, Record};
use crate::source::tree::DIRECTORY;
use crate::source::{Cancel, Counts, Findings, OwnFiles, Problem, Progress, SourceError};

/// How files are opened: without following a link, and without waiting for anybody if
/// a FIFO has taken the file's place since it was looked at.
const FILE: OFlags =
    OFlags::NOFOLLOW.union(OFlags::NONBLOCK).union(OFlags::NOCTTY).union(OFlags::CLOEXEC);

/// Writes entries, and remembers where the walk is.
pub(super) struct Entries<'a, W> {
    archive: ArchiveWriter<W>,
    path: Vec<u8>,
    links: Links,
    findings: Findings,
    xattrs: Xattrs,
    buffer: Vec<u8>,
    /// `O_NOATIME`, until the system refuses it.
    access_times: OFlags,
    own: &'a OwnFiles,
    progress: &'a Progress,
    cancel: &'a Cancel,
}

/// What goes wrong with one entry is noted; the rest ends the walk.
enum Trouble {
    Entry(Errno),
    Stop(SourceError),
}

impl From<Errno> for Trouble {
    fn from(error: Errno) -> Self {
        Self::Entry(error)
    }
}

impl From<io::Error> for Trouble {
    fn from(error: io::Error) -> Self {
        Self::Stop(SourceError::Sink(error))
    }
}

/// How the reading of a file ended.
enum Reading {
    ToTheEnd,
    /// The file ended early, here.
    Short(u64),
    /// The system could not read on, here.
    Failed(u64, Errno),
}

impl<'a, W: Write> Entries<'a, W> {
    pub(super) fn new(
        sink: W,
        own: &'a OwnFiles,
        progress: &'a Progress,
        cancel: &'a Cancel,
    ) -> io::Result<Self> {
        Ok(Self {
            archive: ArchiveWriter::new(sink)?,
            path: Vec::new(),
            links: Links::default(),
            findings: Findings::default(),
            xattrs: Xattrs::default(),
            buffer: vec![0; DATA_BYTES_MAX],
            access_times: OFlags::NOATIME,
            own,
            progress,
            cancel,
        })
    }

    pub(super) fn finish(self) -> io::Result<(Counts, Findings)> {
        Ok((self.archive.finish()?, self.findings))
    }

    pub(super) fn path_bytes(&self) -> usize {
        self.path.len()
    }

    /// Notes a problem with the current entry.
    pub(super) fn note(&mut self, what: Problem) {
        self.findings.note(&self.path, what);
    }

    pub(super) fn note_error(&mut self, error: Errno) {
        self.note(match error {
            Errno::NOENT | Errno::STALE => Problem::Vanished,
            error => Problem::Unreadable { cause: io::Error::from(error).to_string() },
        });
    }

    /// Writes the entry `name` of `directory`. A directory is begun and returned, and
    /// the path goes on in it until [`Entries::leave`]; unless `may_enter` forbids it.
    pub(super) fn visit(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &[u8],
        may_enter: bool,
    ) -> Result<Option<(OwnedFd, Stat)>, SourceError> {
        let path_bytes = self.path.len();
        if path_bytes > 0 {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
        match self.entry(directory, name, may_enter) {
            Ok(Some(child)) => return Ok(Some(child)),
            Ok(None) => {}
            Err(Trouble::Entry(error)) => self.note_error(error),
            Err(Trouble::Stop(error)) => return Err(error),
        }
        self.path.truncate(path_bytes);
        Ok(None)
    }

    /// Ends the current directory.
    pub(super) fn leave(
        &mut self,
        fd: Option<&OwnedFd>,
        stat: &Stat,
        path_bytes: usize,
    ) -> Result<(), SourceError> {
        self.xattrs.clear();
        if let Some(fd) = fd {
            self.read_xattrs(&Place::Open(fd.as_fd()));
        }
        let attributes = self.xattrs.with(stat);
        self.archive.record(&Record::Leave { attributes }).map_err(SourceError::Sink)?;
        self.path.truncate(path_bytes);
        Ok(())
    }

    fn entry(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &[u8],
        may_enter: bool,
    ) -> Result<Option<(OwnedFd, Stat)>, Trouble> {
        let stat = statat(directory, name, AtFlags::SYMLINK_NOFOLLOW)?;
        let kind = FileType::from_raw_mode(stat.st_mode);
        if kind == FileType::Directory {
            return self.directory(directory, name, may_enter);
        }
        if self.own.contain(&stat) {
            self.note(Problem::OwnData);
            return Ok(None);
        }
        if stat.st_nlink > 1 {
            match self.links.take(&stat) {
                Further::Of(first) => {
                    self.archive.record(&Record::HardLink { name, to: &first })?;
                    return Ok(None);
                }
                Further::Changed => self.note(Problem::LinkAsCopy),
                Further::Unknown => (),
            }
        }
        match kind {
            FileType::RegularFile => self.file(directory, name)?,
            FileType::Symlink => {
                let target = readlinkat(directory, name, Vec::new())?;
                self.read_xattrs(&Place::at(directory, name));
                let attributes = self.xattrs.with(&stat);
                let target = target.as_bytes();
                self.archive.record(&Record::Symlink { name, target, attributes })?;
                self.remember(&stat);
            }
            FileType::Fifo => {
                self.read_xattrs(&Place::at(directory, name));
                let attributes = self.xattrs.with(&stat);
                self.archive.record(&Record::Fifo { name, attributes })?;
                self.remember(&stat);
            }
            FileType::CharacterDevice | FileType::BlockDevice => {
                self.read_xattrs(&Place::at(directory, name));
                let block = kind == FileType::BlockDevice;
                let (major, minor) = (major(stat.st_rdev), minor(stat.st_rdev));
                let attributes = self.xattrs.with(&stat);
                self.archive.record(&Record::Device { name, block, major, minor, attributes })?;
                self.remember(&stat);
            }
            FileType::Socket => self.note(Problem::SocketSkipped),
            FileType::Directory | FileType::Unknown => self.note(Problem::UnknownKind),
        }
        Ok(None)
    }

    fn directory(
        &mut self,
        directory: BorrowedFd<'_>,
        name: &[u8],
        may_enter: bool,
    ) -> Result<Option<(OwnedFd, Stat)>, Trouble> {
        if !may_enter {
            self.note(Problem::TooDeep);
            return Ok(None);
        }
        let child = openat(directory, name, DIRECTORY | OFlags::RDONLY, Mode::empty())?;
        let stat = fstat(&child)?;
        if self.own.contain(&stat) || self.own.mark(&child) {
            self.note(Problem::OwnData);
            return Ok(None);
        }
        self.archive.record(&Record::Enter { name })?;
        Ok(Some((child, stat)))
    }

    fn file(&mut self, directory: BorrowedFd<'_>, name: &[u8]) -> Result<(), Trouble> {
        let file = self.open(directory, name)?;
        let before = fstat(&file)?;
        if self.own.contain(&before) || is_sealed(&file, &before) {
            self.note(Problem::OwnData);
            return Ok(());
        }
        if FileType::from_raw_mode(before.st_mode) != FileType::RegularFile {
            self.note(Problem::Changed);
            return Ok(());
        }
        self.archive.record(&Record::File { name })?;
        let size = u64::try_from(before.st_size).unwrap_or(0);
        // Whoever has fewer blocks than bytes has holes, or compresses.
        let dense = u64::try_from(before.st_blocks).unwrap_or(0).saturating_mul(512) >= size;
        let reading = if dense { self.extent(&file, 0, size)? } else { self.sparse(&file, size)? };
        let (size, problem) = judge(&before, fstat(&file), size, &reading);
        self.read_xattrs(&Place::Open(file.as_fd()));
        let attributes = self.xattrs.with(&before);
        let whole = problem.is_none();
        self.archive.record(&Record::FileEnd { size, whole, attributes })?;
        self.progress.add_file();
        if let Some(problem) = problem {
            self.note(problem);
        }
        self.remember(&before);
        Ok(())
    }

    /// Access times are not ours to change, but only owners may say so.
    fn open(&mut self, directory: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
        let flags = FILE | OFlags::RDONLY;
        match openat(directory, name, flags | self.access_times, Mode::empty()) {
            Err(Errno::PERM) if !self.access_times.is_empty() => {
                self.access_times = OFlags::empty();
                openat(directory, name, flags, Mode::empty())
            }
            opened => opened,
        }
    }

    /// Reads the parts of a file that are not holes.
    fn sparse(&mut self, file: &OwnedFd, size: u64) -> Result<Reading, Trouble> {
        let mut at = 0;
        while at < size {
            let start = match seek(file, SeekFrom::Data(at)) {
                Ok(start) => start,
                // Nothing but a hole up to the end.
                Err(Errno::NXIO) => break,
                // The file system knows no holes.
                Err(_) => return self.extent(file, at, size),
            };
            let end = seek(file, SeekFrom::Hole(start)).unwrap_or(size).min(size);
            if start >= end {
                break;
            }
            match self.extent(file, start, end)? {
                Reading::ToTheEnd => at = end,
                ended @ (Reading::Short(_) | Reading::Failed(..)) => return Ok(ended),
            }
        }
        Ok(Reading::ToTheEnd)
    }

    fn extent(&mut self, file: &OwnedFd, start: u64, end: u64) -> Result<Reading, Trouble> {
        let mut at = start;
        while at < end {
            if self.cancel.is_cancelled() {
                return Err(Trouble::Stop(SourceError::Cancelled));
            }
            let room = usize::try_from(end - at).unwrap_or(usize::MAX).min(DATA_BYTES_MAX);
            let bytes = match pread(file, &mut self.buffer[..room], at) {
                Ok(0) => return Ok(Reading::Short(at)),
                Ok(bytes) => bytes,
                Err(Errno::INTR) => continue,
                Err(error) => return Ok(Reading::Failed(at, error)),
            };
            self.archive.data(at, &self.buffer[..bytes])?;
            self.progress.add_bytes(length(bytes));
            at += length(bytes);
        }
        Ok(Reading::ToTheEnd)
    }

    fn read_xattrs(&mut self, place: &Place<'_>) {
        if let Err(error) = self.xattrs.read(place) {
            let cause = io::Error::from(error).to_string();
            self.note(Problem::AttributesUnreadable { cause });
        }
    }

    /// Further names of what was just written refer to this one.
    fn remember(&mut self, stat: &Stat) {
        if stat.st_nlink > 1 && !self.links.remember(stat, &self.path) {
            self.note(Problem::LinkAsCopy);
        }
    }
}

/// Whether a file is a sealed object. One that cannot be read is reported by whoever reads
/// all of it.
fn is_sealed(file: &OwnedFd, stat: &Stat) -> bool {
    let mut head = [0; HEADER_BYTES];
    let long_enough = u64::try_from(stat.st_size).unwrap_or(0) >= length(HEADER_BYTES + TAG_BYTES);
    long_enough && pread(file, &mut head, 0) == Ok(HEADER_BYTES) && is_header(&head)
}

/// What a file's length is in the archive, and whether it held still. The attributes
/// are those from `before`: whoever compares later sees that it changed.
fn judge(
    before: &Stat,
    after: Result<Stat, Errno>,
    size: u64,
    reading: &Reading,
) -> (u64, Option<Problem>) {
    let unreadable =
        |error| Some(Problem::Unreadable { cause: io::Error::from(error).to_string() });
    let modified = |it: &Stat| (it.st_mtime, it.st_mtime_nsec);
    match (reading, after) {
        (Reading::Failed(at, error), _) => (*at, unreadable(*error)),
        (Reading::Short(at), _) => (*at, Some(Problem::Shrank)),
        (Reading::ToTheEnd, Err(error)) => (size, unreadable(error)),
        (Reading::ToTheEnd, Ok(after)) if after.st_size > before.st_size => {
            (size, Some(Problem::Grew))
        }
        (Reading::ToTheEnd, Ok(after)) if after.st_size < before.st_size => {
            (size, Some(Problem::Shrank))
        }
        (Reading::ToTheEnd, Ok(after)) if modified(&after) != modified(before) => {
            (size, Some(Problem::Changed))
        }
        (Reading::ToTheEnd, Ok(_)) => (size, None),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A network file system may forget an open file. The whole backup failed for it.
    #[test]
    fn a_file_that_cannot_be_looked_at_again_is_a_finding() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let stat = rustix::fs::stat(file.path()).unwrap();
        assert_eq!(judge(&stat, Ok(stat), 7, &Reading::ToTheEnd), (7, None));
        let (size, problem) = judge(&stat, Err(Errno::STALE), 7, &Reading::ToTheEnd);
        assert_eq!(size, 7);
        assert!(matches!(problem, Some(Problem::Unreadable { .. })), "{problem:?}");
    }
}
