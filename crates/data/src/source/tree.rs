//! A path through a tree of directories, without recursion and with few open files.
//!
//! The directories nearest to the root stay open. Deeper ones are closed while one of
//! their children is on the path, and opened again through the child's `..`; a directory
//! that was moved away in the meantime is recognised by its inode and counts as lost.

use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};

use rustix::fs::{FileType, Mode, OFlags, RawDir, SeekFrom, Stat, chmod, fstat, openat, seek};
use rustix::io::Errno;

/// Directories that are held open at once, besides the last one.
const OPEN_MAX: usize = 64;

/// The deepest directory that is followed.
pub(crate) const DEPTH_MAX: usize = 4096;

/// Buffer for the system's directory entries.
const ENTRIES_BYTES: usize = 32 << 10;

/// How every directory is opened.
pub(crate) const DIRECTORY: OFlags =
    OFlags::DIRECTORY.union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The directories from the root to the current one, each with a value.
#[derive(Debug)]
pub(crate) struct Path<T> {
    steps: Vec<Step<T>>,
}

#[derive(Debug)]
struct Step<T> {
    fd: Option<OwnedFd>,
    id: Identity,
    value: T,
}

impl<T> Path<T> {
    pub(crate) fn new() -> Self {
        Self { steps: Vec::new() }
    }

    pub(crate) fn depth(&self) -> usize {
        self.steps.len()
    }

    /// Goes down into `fd`, which is a child of the current directory.
    pub(crate) fn push(&mut self, fd: OwnedFd, id: Identity, value: T) {
        if self.steps.len() > OPEN_MAX
            && let Some(parent) = self.steps.last_mut()
        {
            parent.fd = None;
        }
        self.steps.push(Step { fd: Some(fd), id, value });
    }

    /// The current directory and its value; without a descriptor if it was lost.
    pub(crate) fn current(&mut self) -> Option<(Option<BorrowedFd<'_>>, &mut T)> {
        let step = self.steps.last_mut()?;
        Some((step.fd.as_ref().map(AsFd::as_fd), &mut step.value))
    }

    /// The values of all directories on the path.
    pub(crate) fn values(&mut self) -> impl Iterator<Item = &mut T> {
        self.steps.iter_mut().map(|step| &mut step.value)
    }

    /// Goes up; gives the directory that was left.
    pub(crate) fn pop(&mut self) -> Option<(Option<OwnedFd>, T)> {
        let left = self.steps.pop()?;
        if let (Some(parent), Some(child)) = (self.steps.last_mut(), &left.fd)
            && parent.fd.is_none()
        {
            let up = openat(child, "..", DIRECTORY | OFlags::RDONLY, Mode::empty()).ok();
            let same = |fd: &OwnedFd| fstat(fd).is_ok_and(|it| identity(&it) == parent.id);
            parent.fd = up.filter(same);
        }
        Some((left.fd, left.value))
    }
}

/// Device and inode.
pub(crate) type Identity = (u64, u64);

/// What tells one file from another.
pub(crate) fn identity(stat: &Stat) -> Identity {
    (stat.st_dev, stat.st_ino)
}

/// Gives an entry its mode without opening it. A link is an error: it may have come into the
/// place of the entry this instant, and what it points to is not ours.
pub(crate) fn set_mode_at(directory: BorrowedFd<'_>, name: &[u8], mode: Mode) -> Result<(), Errno> {
    let flags = OFlags::PATH | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let entry = openat(directory, name, flags, Mode::empty())?;
    if FileType::from_raw_mode(fstat(&entry)?.st_mode) == FileType::Symlink {
        return Err(Errno::LOOP);
    }
    // Such a descriptor takes no mode, but its name here is the entry and nothing else.
    chmod(format!("/proc/self/fd/{}", entry.as_raw_fd()), mode)
}

/// Names of a directory, in the order of their bytes.
#[derive(Debug, Default)]
pub(crate) struct Names {
    pub(crate) names: Vec<Vec<u8>>,
    /// Whether there are names after the last one.
    pub(crate) more: bool,
}

/// Reads the first `limit` names after `after` (all, if that is empty). Holds at most
/// twice as many, however large the directory.
pub(crate) fn read_names(fd: BorrowedFd<'_>, after: &[u8], limit: usize) -> Result<Names, Errno> {
    seek(fd, SeekFrom::Start(0))?;
    let mut found = Names::default();
    let mut bound: Option<Vec<u8>> = None;
    let mut buffer = Vec::with_capacity(ENTRIES_BYTES);
    let mut entries = RawDir::new(fd, buffer.spare_capacity_mut());
    while let Some(entry) = entries.next() {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        let wanted = name != b"." && name != b".." && name > after;
        if !wanted || bound.as_ref().is_some_and(|bound| name >= bound.as_slice()) {
            continue;
        }
        found.names.push(name.to_vec());
        if found.names.len() >= limit.saturating_mul(2) {
            let (_, last, _) = found.names.select_nth_unstable(limit - 1);
            bound = Some(last.clone());
            found.names.truncate(limit);
            found.more = true;
        }
    }
    found.names.sort_unstable();
    if found.names.len() > limit {
        found.names.truncate(limit);
        found.more = true;
    }
    Ok(found)
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::os::unix::fs::{MetadataExt, symlink};

    use super::*;

    #[test]
    fn a_link_in_the_place_of_an_entry_leaves_what_it_points_to_as_it_is() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        let mode = |name: &str| fs::metadata(path(name)).unwrap().mode() & 0o7777;
        fs::create_dir(path("folder")).unwrap();
        fs::write(path("theirs"), "").unwrap();
        symlink("theirs", path("link")).unwrap();
        let before = mode("theirs");
        let directory = fs::File::open(folder.path()).unwrap();
        let set = |name: &str| set_mode_at(directory.as_fd(), name.as_bytes(), Mode::RWXU);
        assert_eq!(set("link"), Err(Errno::LOOP));
        assert_eq!(mode("theirs"), before);
        assert_eq!(set("theirs"), Ok(()));
        assert_eq!(set("folder"), Ok(()));
        assert_eq!((mode("theirs"), mode("folder")), (0o700, 0o700));
        assert_eq!(set("missing"), Err(Errno::NOENT));
    }
}
