//! Walks a directory into an archive. See the parent module for what is promised.

use std::io::{self, Write};
use std::os::fd::OwnedFd;
use std::path::Path as FilePath;

use rustix::fs::{Mode, OFlags, Stat, fstat};
use rustix::io::Errno;

use super::tree::{DEPTH_MAX, DIRECTORY, Path, identity, read_names};
use super::{Cancel, Counts, Findings, OwnFiles, Problem, Progress, SourceError};

mod attributes;
mod entry;
mod estimate;
mod links;

use entry::Entries;
pub(super) use estimate::estimate;
pub use links::LINKS_BYTES_MAX;

/// Names of one directory that are held and sorted at once; twice as many while they
/// are gathered. A larger directory is read again for each batch.
pub const NAMES_BATCH_MAX: usize = 32_768;
/// Names of all directories on the path that are held at once, besides the last batch.
/// Beyond that the upper directories forget theirs, and are read again on the way back.
pub const NAMES_HELD_MAX: usize = 65_536;

/// Writes the archive of the directory at `path`, without `own` files.
pub(super) fn write_archive(
    path: &FilePath,
    own: &OwnFiles,
    sink: impl Write,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<(Counts, Findings), SourceError> {
    let limits = Limits { batch: NAMES_BATCH_MAX, held: NAMES_HELD_MAX };
    walk(path, own, sink, progress, cancel, limits)
}

/// How many names are held; smaller ones in tests.
#[derive(Debug, Clone, Copy)]
struct Limits {
    batch: usize,
    held: usize,
}

fn walk(
    path: &FilePath,
    own: &OwnFiles,
    sink: impl Write,
    progress: &Progress,
    cancel: &Cancel,
    limits: Limits,
) -> Result<(Counts, Findings), SourceError> {
    let unavailable = |error: Errno| SourceError::Unavailable {
        path: path.to_path_buf(),
        source: io::Error::from(error),
    };
    let flags = DIRECTORY | OFlags::RDONLY;
    let root = rustix::fs::open(path, flags, Mode::empty()).map_err(unavailable)?;
    if own.surround(&root).map_err(unavailable)? {
        return Err(SourceError::OwnData { path: path.to_path_buf() });
    }
    let stat = fstat(&root).map_err(unavailable)?;
    let entries = Entries::new(sink, own, progress, cancel).map_err(SourceError::Sink)?;
    let mut walk = Walk { tree: Path::new(), names_held: 0, limits, entries };
    walk.enter(root, stat, 0);
    walk.run(cancel)?;
    walk.entries.finish().map_err(SourceError::Sink)
}

/// A directory on the path.
#[derive(Debug)]
struct Directory {
    stat: Stat,
    /// Names that are still to come.
    names: std::vec::IntoIter<Vec<u8>>,
    /// The last name that was taken: what was not read or was forgotten comes after it.
    last: Vec<u8>,
    /// Whether there is more than `names`.
    more: bool,
    /// How long the path is without it.
    path_bytes: usize,
}

struct Walk<'a, W> {
    tree: Path<Directory>,
    names_held: usize,
    limits: Limits,
    entries: Entries<'a, W>,
}

impl<W: Write> Walk<'_, W> {
    fn run(&mut self, cancel: &Cancel) -> Result<(), SourceError> {
        let mut may_enter = true;
        while let Some((fd, directory)) = self.tree.current() {
            if cancel.is_cancelled() {
                return Err(SourceError::Cancelled);
            }
            let Some(fd) = fd else {
                // It was moved away while we were below it.
                self.entries.note(Problem::Vanished);
                self.leave()?;
                may_enter = true;
                continue;
            };
            if let Some(name) = directory.names.next() {
                self.names_held -= 1;
                let path_bytes = self.entries.path_bytes();
                let child = self.entries.visit(fd, &name, may_enter)?;
                directory.last = name;
                if let Some((child, stat)) = child {
                    self.forget_names();
                    self.enter(child, stat, path_bytes);
                    may_enter = self.tree.depth() < DEPTH_MAX;
                }
            } else if directory.more {
                match read_names(fd, &directory.last, self.limits.batch) {
                    Ok(found) => {
                        self.names_held += found.names.len();
                        directory.names = found.names.into_iter();
                        directory.more = found.more;
                    }
                    Err(error) => {
                        directory.more = false;
                        self.entries.note_error(error);
                    }
                }
            } else {
                self.leave()?;
                may_enter = true;
            }
        }
        Ok(())
    }

    fn enter(&mut self, fd: OwnedFd, stat: Stat, path_bytes: usize) {
        let id = identity(&stat);
        let (names, last) = (Vec::new().into_iter(), Vec::new());
        self.tree.push(fd, id, Directory { stat, names, last, more: true, path_bytes });
    }

    fn leave(&mut self) -> Result<(), SourceError> {
        let Some((fd, directory)) = self.tree.pop() else { return Ok(()) };
        self.entries.leave(fd.as_ref(), &directory.stat, directory.path_bytes)
    }

    /// Forgets what the directories on the path have still to give, if that is much.
    fn forget_names(&mut self) {
        if self.names_held <= self.limits.held {
            return;
        }
        for directory in self.tree.values() {
            directory.more |= directory.names.len() > 0;
            directory.names = Vec::new().into_iter();
        }
        self.names_held = 0;
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::archive::{ArchiveReader, Record};

    fn names(path: &FilePath, limits: Limits) -> Vec<Vec<u8>> {
        let (progress, cancel) = (Progress::default(), Cancel::default());
        let own = OwnFiles::default();
        let mut archive = Vec::new();
        let (_, findings) = walk(path, &own, &mut archive, &progress, &cancel, limits).unwrap();
        assert_eq!(findings.count, 0);
        let mut reader = ArchiveReader::new(archive.as_slice());
        let mut names = Vec::new();
        loop {
            match reader.next_record().unwrap().0 {
                Record::Enter { name } | Record::File { name } => names.push(name.to_vec()),
                Record::End { .. } => return names,
                Record::Leave { .. }
                | Record::Data { .. }
                | Record::FileEnd { .. }
                | Record::Symlink { .. }
                | Record::HardLink { .. }
                | Record::Fifo { .. }
                | Record::Device { .. } => {}
            }
        }
    }

    #[test]
    fn names_come_in_order_however_few_are_held() {
        let folder = tempfile::tempdir().unwrap();
        for outer in 0..7 {
            let outer = folder.path().join(format!("directory-{outer}"));
            std::fs::create_dir(&outer).unwrap();
            for inner in 0..23 {
                std::fs::create_dir(outer.join(format!("d{inner}"))).unwrap();
                std::fs::write(outer.join(format!("d{inner}/f{outer}", outer = inner * 7)), "")
                    .unwrap();
            }
        }
        let all = names(folder.path(), Limits { batch: 1000, held: 1000 });
        assert_eq!(all.len(), 7 + 7 * 23 * 2);
        for limits in [(1, 0), (2, 0), (3, 5), (5, 1000), (1000, 0)] {
            let limits = Limits { batch: limits.0, held: limits.1 };
            assert_eq!(names(folder.path(), limits), all, "{limits:?}");
        }
    }
}
