//! Files of one folder, by name: what a receiver of logs has put there.
//!
//! Unlike a directory, which is read as far as it can be, these are all there, whole and
//! unchanged, or there is no archive: a log with a hole is no log. Each is sealed as an object of
//! its own, under the key of that object.

use std::io::{self, Write};
use std::os::fd::AsFd;
use std::path::Path;

use rustix::fs::{FileType, Mode, OFlags, Stat, fstat, openat};
use rustix::io::{Errno, pread};

use super::archive::{ArchiveWriter, Attributes, DATA_BYTES_MAX, Record};
use super::tree::{DIRECTORY, identity};
use super::{Cancel, Counts, Progress, SourceError};
use crate::seal::length;

/// Writes the archive of the files `names` of `folder`, in this order.
pub(super) fn write_archive(
    folder: &Path,
    names: &[String],
    sink: impl Write,
    progress: &Progress,
    cancel: &Cancel,
) -> Result<Counts, SourceError> {
    let gone = |name: &str, error: io::Error| SourceError::Unavailable {
        path: folder.join(name),
        source: error,
    };
    let flags = DIRECTORY | OFlags::RDONLY;
    let open = rustix::fs::open(folder, flags, Mode::empty());
    let root = open.map_err(|error| gone("", error.into()))?;
    let mut archive = ArchiveWriter::new(sink).map_err(SourceError::Sink)?;
    let mut buffer = vec![0; DATA_BYTES_MAX];
    for name in names {
        let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::CLOEXEC | OFlags::NONBLOCK;
        let file = openat(&root, name.as_str(), flags, Mode::empty());
        let file = file.map_err(|error| gone(name, error.into()))?;
        let before = fstat(&file).map_err(|error| gone(name, error.into()))?;
        if FileType::from_raw_mode(before.st_mode) != FileType::RegularFile {
            return Err(gone(name, io::Error::other("it is no regular file")));
        }
        archive.record(&Record::File { name: name.as_bytes() }).map_err(SourceError::Sink)?;
        let mut at = 0;
        loop {
            if cancel.is_cancelled() {
                return Err(SourceError::Cancelled);
            }
            let bytes = match pread(&file, &mut buffer, at) {
                Ok(0) => break,
                Ok(bytes) => bytes,
                Err(Errno::INTR) => continue,
                Err(error) => return Err(gone(name, error.into())),
            };
            archive.data(at, &buffer[..bytes]).map_err(SourceError::Sink)?;
            progress.add_bytes(length(bytes));
            at += length(bytes);
        }
        if !held_still(&file, &before, at) {
            return Err(gone(name, io::Error::other("it changed while it was read")));
        }
        let attributes = attributes(&before);
        let end = Record::FileEnd { size: at, whole: true, attributes };
        archive.record(&end).and_then(|()| archive.cut()).map_err(SourceError::Sink)?;
        progress.add_file();
    }
    let root = fstat(&root).map_err(|error| gone("", error.into()))?;
    let attributes = attributes(&root);
    archive.record(&Record::Leave { attributes }).map_err(SourceError::Sink)?;
    archive.finish().map_err(SourceError::Sink)
}

/// How many bytes the files have.
pub(super) fn estimate(folder: &Path, names: &[String]) -> Option<u64> {
    let sizes = names.iter().map(|name| Some(folder.join(name).symlink_metadata().ok()?.len()));
    sizes.sum()
}

fn held_still(file: impl AsFd, before: &Stat, read: u64) -> bool {
    let when = |stat: &Stat| (stat.st_mtime, stat.st_mtime_nsec, stat.st_size);
    let after = fstat(file);
    after.is_ok_and(|after| identity(&after) == identity(before) && when(&after) == when(before))
        && u64::try_from(before.st_size) == Ok(read)
}

fn attributes(stat: &Stat) -> Attributes<'static> {
    Attributes {
        mode: stat.st_mode & 0o7777,
        uid: stat.st_uid,
        gid: stat.st_gid,
        mtime_seconds: stat.st_mtime,
        mtime_nanos: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
        xattrs: Vec::new(),
    }
}
