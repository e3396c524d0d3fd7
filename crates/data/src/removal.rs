//! Removes a tree, whatever is in it, and nothing outside of it.
//!
//! Everything goes by the descriptor of the directory that holds it: no symbolic link is
//! followed, no mount is entered, and what somebody moves in the meantime leads nowhere else.
//! Directories that may not be read or changed get a mode that allows it. What is gone already
//! counts as removed, so that a removal that was cut may be begun again.
//!
//! Files of a directory are removed several at once, by threads of a low priority.
//!
//! Memory: one buffer, at most [`NAMES_HELD_MAX`] names and 65 open directories, whatever the
//! tree looks like.

use std::fs;
use std::io;
use std::os::fd::{AsFd, AsRawFd, BorrowedFd, OwnedFd};
use std::os::unix::ffi::OsStrExt;
use std::thread;

use rustix::fs::{
    AtFlags, FileType, Mode, OFlags, RawDir, ResolveFlags, SeekFrom, Stat, fchmod, fstat, openat,
    openat2, seek, unlinkat,
};
use rustix::io::Errno;

use crate::keep::stand_back;
use crate::source::Cancel;
use crate::source::finding::escape;
use crate::source::tree::{DIRECTORY, Path, identity, set_mode_at};

/// Names of all directories on the path that are held at once, besides the last ones that were
/// read. Beyond that the upper directories forget theirs, and are read again on the way back.
const NAMES_HELD_MAX: usize = 65_536;

/// How often a directory that is filled again is read anew.
const PASSES_MAX: u32 = 64;

/// Threads that remove files at once.
const LANES_MAX: usize = 8;

/// The least that is worth a thread.
const LANE_ITEMS_MIN: usize = 8;

/// Buffer for the system's directory entries.
const ENTRIES_BYTES: usize = 32 << 10;

/// Why a tree, or a part of it, is still there.
#[derive(Debug)]
pub(crate) enum NotRemoved {
    /// Somebody asked to stop.
    Cancelled,
    /// Something is mounted there.
    Mounted {
        /// Where, from the root of the tree; what is not text is escaped. Empty for the root.
        path: String,
    },
    /// The system refused.
    Failed {
        /// What, from the root of the tree; what is not text is escaped. Empty for the root.
        path: String,
        /// Why.
        source: io::Error,
    },
}

impl From<NotRemoved> for io::Error {
    fn from(error: NotRemoved) -> Self {
        match error {
            NotRemoved::Cancelled => Self::from(io::ErrorKind::Interrupted),
            NotRemoved::Mounted { .. } => Errno::XDEV.into(),
            NotRemoved::Failed { source, .. } => source,
        }
    }
}

/// Removes `name` of `parent` and all that is below it, if it is there. Tells how many entries
/// were removed. Nothing is durable before `parent` is synced.
pub(crate) fn remove_tree(
    parent: impl AsFd,
    name: &[u8],
    cancel: &Cancel,
) -> Result<u64, NotRemoved> {
    let parent = parent.as_fd();
    let mut removal = Removal { tree: Path::new(), device: None, names_held: 0, removed: 0 };
    removal.take(parent, Entry { name: name.to_vec(), directory: false })?;
    let mut buffer = Vec::with_capacity(ENTRIES_BYTES);
    while removal.step(parent, &mut buffer, cancel)? {
        if cancel.is_cancelled() {
            return Err(NotRemoved::Cancelled);
        }
    }
    Ok(removal.removed)
}

/// Whether something is mounted at `name` of `parent` or below it; if so, where.
pub(crate) fn check_mounts(parent: impl AsFd, name: &str) -> Result<(), NotRemoved> {
    let failed = |source| NotRemoved::Failed { path: String::new(), source };
    let flags = DIRECTORY | OFlags::PATH;
    let root = match openat(parent, name, flags, Mode::empty()) {
        Ok(root) => root,
        // Then nothing is below it, and the system removes nothing that is mounted itself.
        Err(Errno::NOENT | Errno::NOTDIR | Errno::LOOP) => return Ok(()),
        Err(error) => return Err(failed(error.into())),
    };
    let root = fs::read_link(format!("/proc/self/fd/{}", root.as_raw_fd())).map_err(failed)?;
    let mounts = fs::read("/proc/self/mountinfo").map_err(failed)?;
    match mounted_below(&mounts, root.as_os_str().as_bytes()) {
        Some(path) => Err(NotRemoved::Mounted { path: escape(&path) }),
        None => Ok(()),
    }
}

/// The first mount at `root` or below it, relative to it.
fn mounted_below(mounts: &[u8], root: &[u8]) -> Option<Vec<u8>> {
    mounts_below(mounts, root).min()
}

/// All mounts at `root` or below it, relative to it.
pub(crate) fn mounts_below(mounts: &[u8], root: &[u8]) -> impl Iterator<Item = Vec<u8>> {
    mounts.split(|byte| *byte == b'\n').filter_map(|line| {
        let place = line.split(|byte| *byte == b' ').nth(4)?;
        let place = unescape(place);
        match place.strip_prefix(root)? {
            [] => Some(Vec::new()),
            [b'/', below @ ..] => Some(below.to_vec()),
            [_, ..] => None,
        }
    })
}

/// The table of mounts writes some bytes as `\` and three octal digits.
fn unescape(text: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text;
    while let Some((&first, after)) = rest.split_first() {
        let digits = after.get(..3).and_then(|it| std::str::from_utf8(it).ok());
        let byte = digits.and_then(|it| u8::from_str_radix(it, 8).ok());
        match (first, byte) {
            (b'\\', Some(byte)) => {
                bytes.push(byte);
                rest = &after[3..];
            }
            (first, _) => {
                bytes.push(first);
                rest = after;
            }
        }
    }
    bytes
}

/// A name that was listed.
#[derive(Debug)]
struct Entry {
    name: Vec<u8>,
    /// Whether it was called a directory then.
    directory: bool,
}

/// A directory that is being emptied.
#[derive(Debug)]
struct Directory {
    name: Vec<u8>,
    /// Entries that are still to come.
    entries: std::vec::IntoIter<Entry>,
    /// Whether there is nothing to read after them.
    ended: bool,
    /// Whether to read from the beginning.
    anew: bool,
    passes: u32,
}

/// What was found under a name.
enum Taken {
    Gone,
    Removed,
    Opened(OwnedFd, Stat),
}

struct Removal {
    tree: Path<Directory>,
    /// The device of the tree's root.
    device: Option<u64>,
    names_held: usize,
    removed: u64,
}

impl Removal {
    /// Does the next thing; `false` if there is none.
    fn step(
        &mut self,
        parent: BorrowedFd<'_>,
        buffer: &mut Vec<u8>,
        cancel: &Cancel,
    ) -> Result<bool, NotRemoved> {
        let Some((fd, directory)) = self.tree.current() else { return Ok(false) };
        let Some(fd) = fd else { return Err(self.failed(Errno::STALE, b"")) };
        if let Some(entry) = directory.entries.next() {
            self.names_held -= 1;
            let taken = take(fd, &entry, self.device);
            return self.taken(taken, entry).map(|()| true);
        }
        if !directory.ended {
            let unlinked = read_entries(fd, directory, buffer)
                .map_err(|error| (error, Vec::new()))
                .and_then(|found| unlink_all(fd, found, cancel));
            match unlinked {
                Ok((removed, left)) => {
                    self.removed += removed;
                    self.names_held += left.len();
                    directory.entries = left.into_iter();
                }
                Err((error, name)) => return Err(self.failed(error, &name)),
            }
            return Ok(true);
        }
        self.leave(parent)?;
        Ok(true)
    }

    /// Takes an entry of a directory that is not on the path.
    fn take(&mut self, fd: BorrowedFd<'_>, entry: Entry) -> Result<(), NotRemoved> {
        let taken = take(fd, &entry, self.device);
        self.taken(taken, entry)
    }

    fn taken(&mut self, taken: Result<Taken, Errno>, entry: Entry) -> Result<(), NotRemoved> {
        match taken {
            Ok(Taken::Gone) => Ok(()),
            Ok(Taken::Removed) => {
                self.removed += 1;
                Ok(())
            }
            Ok(Taken::Opened(fd, stat)) => {
                self.forget_names();
                self.device = Some(stat.st_dev);
                let directory = Directory {
                    name: entry.name,
                    entries: Vec::new().into_iter(),
                    ended: false,
                    anew: false,
                    passes: 1,
                };
                self.tree.push(fd, identity(&stat), directory);
                Ok(())
            }
            Err(error) => Err(self.failed(error, &entry.name)),
        }
    }

    /// Removes the current directory, which was read to its end.
    fn leave(&mut self, parent: BorrowedFd<'_>) -> Result<(), NotRemoved> {
        let Some((fd, mut directory)) = self.tree.pop() else { return Ok(()) };
        let above = match self.tree.current() {
            Some((fd, _)) => fd,
            None => Some(parent),
        };
        let removed = above
            .ok_or(Errno::STALE)
            .and_then(|above| unlinkat(above, directory.name.as_slice(), AtFlags::REMOVEDIR));
        match (removed, fd) {
            (Ok(()), _) => {
                self.removed += 1;
                Ok(())
            }
            (Err(Errno::NOENT), _) => Ok(()),
            (Err(Errno::NOTEMPTY | Errno::EXIST), Some(fd)) if directory.passes < PASSES_MAX => {
                directory.passes += 1;
                directory.ended = false;
                directory.anew = true;
                let id = fstat(&fd).map(|it| identity(&it));
                let id = id.map_err(|error| self.failed(error, &directory.name))?;
                self.tree.push(fd, id, directory);
                Ok(())
            }
            (Err(error), _) => Err(self.failed(error, &directory.name)),
        }
    }

    /// Forgets what the directories on the path have still to give, if that is much.
    fn forget_names(&mut self) {
        if self.names_held <= NAMES_HELD_MAX {
            return;
        }
        for directory in self.tree.values() {
            if directory.entries.len() > 0 {
                directory.entries = Vec::new().into_iter();
                directory.ended = false;
                directory.anew = true;
            }
        }
        self.names_held = 0;
    }

    /// Says what went wrong with `name` of the current directory.
    fn failed(&mut self, error: Errno, name: &[u8]) -> NotRemoved {
        // The first is the root itself, or nothing is on the path and `name` is.
        let mut names: Vec<&[u8]> = self.tree.values().map(|it| it.name.as_slice()).collect();
        names.push(name);
        names.retain(|name| !name.is_empty());
        let below = names.get(1..).unwrap_or_default();
        let path = escape(&below.join(&b'/'));
        match error {
            Errno::XDEV => NotRemoved::Mounted { path },
            error => NotRemoved::Failed { path, source: error.into() },
        }
    }
}

/// Reads what the system gives at once of the entries that are left.
fn read_entries(
    fd: BorrowedFd<'_>,
    directory: &mut Directory,
    buffer: &mut Vec<u8>,
) -> Result<Vec<Entry>, Errno> {
    if directory.anew {
        seek(fd, SeekFrom::Start(0))?;
        directory.anew = false;
    }
    let mut found = Vec::new();
    let mut entries = RawDir::new(fd, buffer.spare_capacity_mut());
    loop {
        let Some(entry) = entries.next() else {
            directory.ended = true;
            break;
        };
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if name != b"." && name != b".." {
            let directory = entry.file_type() == FileType::Directory;
            found.push(Entry { name: name.to_vec(), directory });
        }
        if entries.is_buffer_empty() {
            break;
        }
    }
    Ok(found)
}

/// Removes those that are no directories, and gives back the others with how many were removed;
/// or what could not be removed, and why. Removing a file may wait for the disk, so that several
/// at once are several times as fast as one after the other.
fn unlink_all(
    fd: BorrowedFd<'_>,
    entries: Vec<Entry>,
    cancel: &Cancel,
) -> Result<(u64, Vec<Entry>), (Errno, Vec<u8>)> {
    let lanes = (entries.len() / LANE_ITEMS_MIN).clamp(1, LANES_MAX);
    if lanes == 1 {
        return unlink_some(fd, entries, cancel);
    }
    let mut shares: Vec<Vec<Entry>> = std::iter::repeat_with(Vec::new).take(lanes).collect();
    for (index, entry) in entries.into_iter().enumerate() {
        shares[index % lanes].push(entry);
    }
    let done = thread::scope(|scope| {
        let begin = |share: Vec<Entry>| {
            let lane = move || {
                stand_back();
                unlink_some(fd, share, cancel)
            };
            let begun = thread::Builder::new().name("remove".into()).spawn_scoped(scope, lane);
            begun.map_err(|_| (Errno::AGAIN, Vec::new()))
        };
        let lanes: Vec<_> = shares.into_iter().map(begin).collect::<Result<_, _>>()?;
        let join = |lane: thread::ScopedJoinHandle<'_, _>| lane.join().expect("no lane panics");
        Ok::<Vec<_>, (Errno, Vec<u8>)>(lanes.into_iter().map(join).collect())
    })?;
    let mut all = (0, Vec::new());
    for lane in done {
        let (removed, left) = lane?;
        all.0 += removed;
        all.1.extend(left);
    }
    Ok(all)
}

/// The same, one after the other. After somebody asked to stop the rest is given back as well.
fn unlink_some(
    fd: BorrowedFd<'_>,
    entries: Vec<Entry>,
    cancel: &Cancel,
) -> Result<(u64, Vec<Entry>), (Errno, Vec<u8>)> {
    let (mut removed, mut left) = (0, Vec::new());
    for entry in entries {
        if entry.directory || cancel.is_cancelled() {
            left.push(entry);
            continue;
        }
        match unlinkat(fd, entry.name.as_slice(), AtFlags::empty()) {
            Ok(()) => removed += 1,
            Err(Errno::NOENT) => {}
            Err(Errno::ISDIR) => left.push(Entry { directory: true, ..entry }),
            Err(error) => return Err((error, entry.name)),
        }
    }
    Ok((removed, left))
}

/// Removes what is not a directory; opens what is one, such that it can be emptied. It must be
/// on `device`, if that is known.
fn take(parent: BorrowedFd<'_>, entry: &Entry, device: Option<u64>) -> Result<Taken, Errno> {
    let name = entry.name.as_slice();
    if !entry.directory {
        match unlinkat(parent, name, AtFlags::empty()) {
            Ok(()) => return Ok(Taken::Removed),
            Err(Errno::NOENT) => return Ok(Taken::Gone),
            Err(Errno::ISDIR) => {}
            Err(error) => return Err(error),
        }
    }
    let fd = match open(parent, name) {
        Err(Errno::NOENT) => return Ok(Taken::Gone),
        Err(Errno::ACCESS) => {
            set_mode_at(parent, name, Mode::RWXU)?;
            open(parent, name)?
        }
        opened => opened?,
    };
    let stat = fstat(&fd)?;
    if device.is_some_and(|device| device != stat.st_dev) {
        return Err(Errno::XDEV);
    }
    if !Mode::from_raw_mode(stat.st_mode).contains(Mode::RWXU) {
        fchmod(&fd, Mode::RWXU)?;
    }
    Ok(Taken::Opened(fd, stat))
}

/// Opens a directory, but neither through a link nor into a mount.
fn open(parent: BorrowedFd<'_>, name: &[u8]) -> Result<OwnedFd, Errno> {
    let flags = DIRECTORY | OFlags::RDONLY;
    let within = ResolveFlags::NO_XDEV | ResolveFlags::NO_SYMLINKS | ResolveFlags::BENEATH;
    match openat2(parent, name, flags, Mode::empty(), within) {
        // Some sandboxes do not know it; the device is compared all the same.
        Err(Errno::NOSYS) => openat(parent, name, flags, Mode::empty()),
        opened => opened,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_mount_is_found_at_the_root_of_a_tree_and_below_it_and_nowhere_else() {
        let mounts = b"22 1 254:0 / / rw - ext4 /dev/root rw\n\
            30 22 0:5 / /data/fs-1/a\\040b rw - tmpfs tmpfs rw\n\
            31 22 0:6 / /data/fs-10 rw shared:1 - tmpfs tmpfs rw\n\
            short line\n";
        let below = |root: &[u8]| mounted_below(mounts, root);
        assert_eq!(below(b"/data/fs-1"), Some(b"a b".to_vec()));
        assert_eq!(below(b"/data/fs-10"), Some(Vec::new()));
        assert_eq!(below(b"/data/fs-1/a b/c"), None);
        assert_eq!(below(b"/data/fs-2"), None);
        assert_eq!(unescape(b"\\134\\"), b"\\\\");
    }
}
