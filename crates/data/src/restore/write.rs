//! Writes the records of an archive as a tree.

use std::io::Read;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, fstat, ftruncate, linkat, makedev, mkdirat, mkfifoat, mknodat,
    openat, symlinkat,
};
use rustix::io::{Errno, pwrite};

use super::RestoreError;
use super::attributes::{Place, apply};
use crate::home::Ahead;
use crate::seal::length;
use crate::source::archive::{ArchiveReader, Attributes, Record};
use crate::source::tree::{DIRECTORY, Path, identity};
use crate::source::{Cancel, Counts, Finding, Findings, Problem, Progress};

/// How files are made: never an existing one, never through a link.
const NEW_FILE: OFlags = OFlags::WRONLY
    .union(OFlags::CREATE)
    .union(OFlags::EXCL)
    .union(OFlags::NOFOLLOW)
    .union(OFlags::CLOEXEC);

/// Files and directories are ours alone until they get their modes.
const FILE_MODE: Mode = Mode::RUSR.union(Mode::WUSR);

/// A file that is being written.
#[derive(Debug)]
struct File {
    fd: OwnedFd,
    bytes: u64,
}

/// Writes a tree into one directory.
#[derive(Debug)]
pub(super) struct TreeWriter<'a> {
    root: OwnedFd,
    /// The directories, each with the length of the path above it.
    tree: Path<usize>,
    path: Vec<u8>,
    file: Option<File>,
    /// Whether something with possible further names could not be made.
    skipped: bool,
    findings: Findings,
    ahead: Ahead,
    progress: &'a Progress,
    cancel: &'a Cancel,
}

impl<'a> TreeWriter<'a> {
    pub(super) fn new(
        root: OwnedFd,
        ahead: Ahead,
        progress: &'a Progress,
        cancel: &'a Cancel,
    ) -> Self {
        Self {
            root,
            tree: Path::new(),
            path: Vec::new(),
            file: None,
            skipped: false,
            findings: Findings::default(),
            ahead,
            progress,
            cancel,
        }
    }

    pub(super) fn into_findings(self) -> Findings {
        self.findings
    }

    /// Writes everything that `archive` holds.
    pub(super) fn write_all(
        &mut self,
        archive: &mut ArchiveReader<impl Read>,
    ) -> Result<Counts, RestoreError> {
        let root = self.root.try_clone().map_err(RestoreError::Interrupted)?;
        self.enter(root, 0).map_err(|error| self.failed(error))?;
        loop {
            if self.cancel.is_cancelled() {
                return Err(RestoreError::Cancelled);
            }
            let (record, data) = archive.next_record()?;
            if let Record::End { counts } = record {
                return Ok(counts);
            }
            // None for what is not data.
            self.ahead.take(length(data.len())).map_err(RestoreError::NoRoom)?;
            self.write(&record, data).map_err(|error| self.failed(error))?;
        }
    }

    fn failed(&self, error: Errno) -> RestoreError {
        let mut shown = Findings::default();
        shown.note(&self.path, Problem::Vanished);
        let path = shown.list.pop().map_or_else(String::new, |Finding { path, .. }| path);
        RestoreError::Write { path, source: error.into() }
    }

    fn write(&mut self, record: &Record<'_>, data: &[u8]) -> Result<(), Errno> {
        let above = self.path.len();
        match record {
            Record::Enter { name }
            | Record::File { name }
            | Record::Symlink { name, .. }
            | Record::HardLink { name, .. }
            | Record::Fifo { name, .. }
            | Record::Device { name, .. } => self.descend(name),
            Record::Leave { .. }
            | Record::Data { .. }
            | Record::FileEnd { .. }
            | Record::End { .. } => {}
        }
        match record {
            Record::Enter { name } => {
                let directory = self.directory()?;
                mkdirat(directory, *name, Mode::RWXU)?;
                let flags = DIRECTORY | OFlags::RDONLY;
                let child = openat(directory, *name, flags, Mode::empty())?;
                return self.enter(child, above);
            }
            Record::Leave { attributes } => return self.leave(attributes),
            Record::File { name } => {
                let fd = openat(self.directory()?, *name, NEW_FILE, FILE_MODE)?;
                self.file = Some(File { fd, bytes: 0 });
                return Ok(());
            }
            Record::Data { offset, .. } => return self.data(*offset, data),
            Record::FileEnd { size, whole, attributes } => {
                return self.end_file(*size, *whole, attributes);
            }
            Record::HardLink { name, to } => self.hard_link(name, to)?,
            Record::Symlink { name, target, attributes } => {
                symlinkat(*target, self.directory()?, *name)?;
                self.attributes_at(name, true, attributes)?;
            }
            Record::Fifo { name, attributes } => {
                mkfifoat(self.directory()?, *name, FILE_MODE)?;
                self.attributes_at(name, false, attributes)?;
            }
            Record::Device { name, block, major, minor, attributes } => {
                self.device(name, *block, (*major, *minor), attributes)?;
            }
            Record::End { .. } => {}
        }
        self.path.truncate(above);
        Ok(())
    }

    /// The current directory. It cannot be lost: the staging directory is ours alone.
    fn directory(&mut self) -> Result<BorrowedFd<'_>, Errno> {
        self.tree.current().and_then(|(fd, _)| fd).ok_or(Errno::STALE)
    }

    fn descend(&mut self, name: &[u8]) {
        if !self.path.is_empty() {
            self.path.push(b'/');
        }
        self.path.extend_from_slice(name);
    }

    fn ascend(&mut self) {
        let above = self.path.iter().rposition(|byte| *byte == b'/').unwrap_or(0);
        self.path.truncate(above);
    }

    fn enter(&mut self, fd: OwnedFd, above: usize) -> Result<(), Errno> {
        let id = identity(&fstat(&fd)?);
        self.tree.push(fd, id, above);
        Ok(())
    }

    fn leave(&mut self, attributes: &Attributes<'_>) -> Result<(), Errno> {
        // Up first: the mode may forbid looking up the parent.
        let Some((Some(fd), above)) = self.tree.pop() else { return Err(Errno::STALE) };
        apply(Place::Open(fd.as_fd()), attributes, &self.path, &mut self.findings)?;
        self.path.truncate(above);
        Ok(())
    }

    fn data(&mut self, offset: u64, data: &[u8]) -> Result<(), Errno> {
        let Some(file) = &mut self.file else { return Err(Errno::INVAL) };
        let mut rest = data;
        let mut at = offset;
        while !rest.is_empty() {
            match pwrite(&file.fd, rest, at) {
                Ok(0) => return Err(Errno::IO),
                Ok(bytes) => {
                    rest = &rest[bytes..];
                    at += length(bytes);
                }
                Err(Errno::INTR) => {}
                Err(error) => return Err(error),
            }
        }
        file.bytes = at;
        self.progress.add_bytes(length(data.len()));
        Ok(())
    }

    fn end_file(
        &mut self,
        size: u64,
        whole: bool,
        attributes: &Attributes<'_>,
    ) -> Result<(), Errno> {
        let Some(file) = self.file.take() else { return Err(Errno::INVAL) };
        if size != file.bytes {
            // A hole at the end.
            ftruncate(&file.fd, size)?;
        }
        apply(Place::Open(file.fd.as_fd()), attributes, &self.path, &mut self.findings)?;
        if !whole {
            self.findings.note(&self.path, Problem::WasChanging);
        }
        self.progress.add_file();
        self.ascend();
        Ok(())
    }

    fn attributes_at(
        &mut self,
        name: &[u8],
        link: bool,
        attributes: &Attributes<'_>,
    ) -> Result<(), Errno> {
        let directory = self.tree.current().and_then(|(fd, _)| fd).ok_or(Errno::STALE)?;
        apply(Place::At { directory, name, link }, attributes, &self.path, &mut self.findings)
    }

    fn device(
        &mut self,
        name: &[u8],
        block: bool,
        (major, minor): (u32, u32),
        attributes: &Attributes<'_>,
    ) -> Result<(), Errno> {
        let kind = if block { FileType::BlockDevice } else { FileType::CharacterDevice };
        match mknodat(self.directory()?, name, kind, FILE_MODE, makedev(major, minor)) {
            Err(error @ (Errno::PERM | Errno::INVAL)) => {
                let cause = std::io::Error::from(error).to_string();
                self.findings.note(&self.path, Problem::DeviceNotMade { cause });
                self.skipped = true;
                Ok(())
            }
            made => {
                made?;
                self.attributes_at(name, false, attributes)
            }
        }
    }

    /// Walks to the first name from the root, through directories only.
    fn hard_link(&mut self, name: &[u8], to: &[u8]) -> Result<(), Errno> {
        let mut components = to.rsplitn(2, |byte| *byte == b'/');
        let last = components.next().unwrap_or_default();
        let mut at = None;
        if let Some(directories) = components.next() {
            for component in directories.split(|byte| *byte == b'/') {
                let from = at.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
                at = Some(openat(from, component, DIRECTORY | OFlags::PATH, Mode::empty())?);
            }
        }
        let from = at.as_ref().map_or(self.root.as_fd(), AsFd::as_fd);
        let directory = self.tree.current().and_then(|(fd, _)| fd).ok_or(Errno::STALE)?;
        match linkat(from, last, directory, name, AtFlags::empty()) {
            Err(Errno::NOENT) if self.skipped => {
                self.findings.note(&self.path, Problem::LinkTargetMissing);
                Ok(())
            }
            linked => linked,
        }
    }
}
