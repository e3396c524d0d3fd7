//! The directories of file systems that the server makes itself, each named after its file
//! system, in a folder of the data folder.
//!
//! - [`Managed::make`] makes an empty one, [`crate::restore`] into [`Managed::path_of`] one with
//!   a tree in it, whole or not at all. Neither takes one that holds anything.
//! - [`Managed::remove`] removes one with all that is in it. Its name goes first: nobody finds
//!   half a tree under it.
//! - All of them may be begun again after a crash. [`Managed::leftovers`] finds what a crash
//!   left of restores and removals. A file system whose making was interrupted may have its
//!   directory or not; who gives it up calls [`Managed::remove`].
//!
//! The rest of the data folder is in no backup, and these directories are the exception
//! ([`crate::source::OwnFiles`]). All functions wait for the disk: they are for threads that may.

use std::fs;
use std::io;
use std::os::fd::{AsFd as _, OwnedFd};
use std::os::unix::ffi::OsStrExt as _;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use rustix::fs::{AtFlags, Mode, OFlags, fchmod, fsync, mkdirat, openat, renameat, unlinkat};
use rustix::io::Errno;
use sexton_core::FileSystemId;

use crate::removal::{NotRemoved, check_mounts, mounts_below, remove_tree};
use crate::restore::RESTORING;
use crate::source::Cancel;
use crate::source::finding::escape;
use crate::source::tree::{DIRECTORY, read_names};
use crate::words::with_system_words;

/// The folder's name in the data folder.
pub const FOLDER: &str = "file-systems";

/// How the name of a directory ends that is being removed.
const REMOVING: &str = ".removing";

/// Why a directory was not made or not removed.
#[derive(Debug, thiserror::Error)]
pub enum ManagedError {
    /// Somebody asked to stop. A part may be removed.
    #[error("cancelled")]
    Cancelled,
    /// Something is there already.
    #[error("{path} is there already and is not empty")]
    NotEmpty {
        /// Where, from the folder of managed directories.
        path: String,
    },
    /// Something is mounted in the directory, whose content belongs to nobody here.
    #[error("something is mounted at {path}")]
    Mounted {
        /// Where, from the folder of managed directories.
        path: String,
    },
    /// The folder is not the one that was opened: it was replaced, or something is mounted over
    /// it.
    #[error("the folder of file systems is not the one that the server began with")]
    Replaced,
    /// The system refused.
    #[error("{path} cannot be {}", task.done())]
    Failed {
        /// What was tried.
        task: Task,
        /// With what, from the folder of managed directories.
        path: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What was tried with a directory.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Task {
    /// To make it.
    Make,
    /// To remove it.
    Remove,
    /// To look at it.
    Look,
}

impl Task {
    fn done(self) -> &'static str {
        match self {
            Self::Make => "made",
            Self::Remove => "removed",
            Self::Look => "looked at",
        }
    }

    fn failed(self, path: impl Into<String>, source: impl Into<io::Error>) -> ManagedError {
        ManagedError::Failed { task: self, path: path.into(), source: source.into() }
    }
}

impl ManagedError {
    /// Why, in words for whoever asked: nothing of where this server keeps its files.
    pub fn for_caller(&self) -> String {
        match self {
            Self::Cancelled | Self::NotEmpty { .. } | Self::Replaced => self.to_string(),
            Self::Mounted { .. } => format!("{self}; unmount it, then try again"),
            Self::Failed { source, .. } => with_system_words(self.to_string(), source),
        }
    }

    /// What was not removed of the file system `id`.
    fn of_removal(id: &str, error: NotRemoved) -> Self {
        let below = |path: String| match path.as_str() {
            "" => id.to_owned(),
            path => format!("{id}/{path}"),
        };
        match error {
            NotRemoved::Cancelled => Self::Cancelled,
            NotRemoved::Mounted { path } => Self::Mounted { path: below(path) },
            NotRemoved::Failed { path, source } => Task::Remove.failed(below(path), source),
        }
    }
}

/// The folder of managed directories.
#[derive(Debug)]
pub struct Managed {
    folder: OwnedFd,
    path: PathBuf,
}

impl Managed {
    /// The folder in the data folder `data`, which exists. It is made if it is missing.
    pub fn open(data: &Path) -> Result<Self, ManagedError> {
        let failed = |error: io::Error| Task::Make.failed(FOLDER, error);
        let data = fs::canonicalize(data).map_err(failed)?;
        let flags = DIRECTORY | OFlags::RDONLY;
        let above = rustix::fs::open(&data, flags, Mode::empty());
        let above = above.map_err(|error| failed(error.into()))?;
        let folder = directory(&above, FOLDER).map_err(failed)?;
        settle(&folder, &above).map_err(failed)?;
        Ok(Self { folder, path: data.join(FOLDER) })
    }

    /// Where it is: an absolute path without links.
    pub fn folder(&self) -> &Path {
        &self.path
    }

    /// Where the directory of a file system is, or would be. To make it with the tree of a
    /// backup in it, restore to here; it must not exist then.
    pub fn path_of(&self, id: &FileSystemId) -> PathBuf {
        self.path.join(id.as_str())
    }

    /// Makes the empty directory of a new file system, durably. One that is there already and
    /// is empty is taken as it is.
    pub fn make(&self, id: &FileSystemId) -> Result<PathBuf, ManagedError> {
        let failed = |error: io::Error| Task::Make.failed(id.as_str(), error);
        let made = directory(&self.folder, id.as_str()).map_err(failed)?;
        let found = read_names(made.as_fd(), b"", 1).map_err(|error| failed(error.into()))?;
        if !found.names.is_empty() {
            return Err(ManagedError::NotEmpty { path: id.as_str().to_owned() });
        }
        settle(&made, &self.folder).map_err(failed)?;
        Ok(self.path_of(id))
    }

    /// Removes the directory of a file system and all that is in it, durably, also what an
    /// earlier try has left. Tells how many entries were removed: 0 if there was nothing.
    ///
    /// If anything is mounted in it, nothing is removed.
    pub fn remove(&self, id: &FileSystemId, cancel: &Cancel) -> Result<u64, ManagedError> {
        let failed = |error: NotRemoved| ManagedError::of_removal(id.as_str(), error);
        let leaving = format!(".{id}{REMOVING}");
        for name in [&leaving, id.as_str()] {
            check_mounts(&self.folder, name).map_err(failed)?;
        }
        let before = remove_tree(&self.folder, leaving.as_bytes(), cancel).map_err(failed)?;
        let removed = match renameat(&self.folder, id.as_str(), &self.folder, &leaving) {
            Ok(()) => remove_tree(&self.folder, leaving.as_bytes(), cancel).map_err(failed)?,
            Err(Errno::NOENT) => 0,
            Err(error) => return Err(Task::Remove.failed(id.as_str(), error)),
        };
        fsync(&self.folder).map_err(|error| Task::Remove.failed(id.as_str(), error))?;
        Ok(before + removed)
    }

    /// Makes the empty directory of a new volume in that of its file system, durably. `name` is
    /// one component. One that is there already and is empty is taken as it is.
    pub fn make_volume(&self, id: &FileSystemId, name: &str) -> Result<PathBuf, ManagedError> {
        let path = || format!("{id}/{name}");
        let failed = |error: io::Error| Task::Make.failed(path(), error);
        let above = self.open_one(id).map_err(|error| failed(error.into()))?;
        let made = directory(&above, name).map_err(failed)?;
        let found = read_names(made.as_fd(), b"", 1).map_err(|error| failed(error.into()))?;
        if !found.names.is_empty() {
            return Err(ManagedError::NotEmpty { path: path() });
        }
        settle(&made, &above).map_err(failed)?;
        Ok(self.path_of(id).join(name))
    }

    /// Removes the directory of a volume as [`Managed::remove`] does one of a file system.
    pub fn remove_volume(
        &self,
        id: &FileSystemId,
        name: &str,
        cancel: &Cancel,
    ) -> Result<u64, ManagedError> {
        let failed = |error: NotRemoved| ManagedError::of_removal(&format!("{id}/{name}"), error);
        let above = match self.open_one(id) {
            Ok(above) => above,
            Err(Errno::NOENT) => return Ok(0),
            Err(error) => return Err(Task::Remove.failed(id.as_str(), error)),
        };
        check_mounts(&above, name).map_err(failed)?;
        let removed = remove_tree(&above, name.as_bytes(), cancel).map_err(failed)?;
        fsync(&above).map_err(|error| Task::Remove.failed(id.as_str(), error))?;
        Ok(removed)
    }

    fn open_one(&self, id: &FileSystemId) -> Result<OwnedFd, Errno> {
        openat(&self.folder, id.as_str(), DIRECTORY | OFlags::RDONLY, Mode::empty())
    }

    /// Refuses to read what is at `path`, if it is in this folder, in place of what was made there:
    /// the folder was replaced, or something is mounted over the directory, or, if `all` of it is
    /// to be read, anywhere in it.
    pub fn check_in_place(&self, path: &Path, all: bool) -> Result<(), ManagedError> {
        let Ok(below) = path.strip_prefix(&self.path) else { return Ok(()) };
        let below = below.as_os_str().as_bytes();
        let failed = |error: io::Error| Task::Look.failed(FOLDER, error);
        let ours = rustix::fs::fstat(&self.folder).map_err(|error| failed(error.into()))?;
        let found = fs::metadata(&self.path).map_err(failed)?;
        if (found.dev(), found.ino()) != (ours.st_dev, ours.st_ino) {
            return Err(ManagedError::Replaced);
        }
        let mounts = fs::read("/proc/self/mountinfo").map_err(failed)?;
        let folder = self.path.as_os_str().as_bytes();
        let in_the_way = |mount: &Vec<u8>| {
            !mount.is_empty()
                && (is_at_or_below(below, mount) || all && is_at_or_below(mount, below))
        };
        match mounts_below(&mounts, folder).find(in_the_way) {
            Some(mount) => Err(ManagedError::Mounted { path: escape(&mount) }),
            None => Ok(()),
        }
    }

    /// What a crash has left of restores and removals. To be called when none is running.
    pub fn leftovers(&self) -> Result<Vec<Leftover>, ManagedError> {
        let failed = |error: io::Error| Task::Remove.failed(FOLDER, error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            found.extend(name.into_string().ok().and_then(Leftover::named));
        }
        Ok(found)
    }

    /// The file systems that have a directory here.
    pub fn ids(&self) -> Result<Vec<FileSystemId>, ManagedError> {
        let failed = |error: io::Error| Task::Look.failed(FOLDER, error);
        let mut found = Vec::new();
        for entry in fs::read_dir(&self.path).map_err(failed)? {
            let name = entry.map_err(failed)?.file_name();
            found.extend(name.to_str().and_then(|name| name.parse::<FileSystemId>().ok()));
        }
        Ok(found)
    }

    /// Removes the directory of a file system if nothing is in it.
    pub fn remove_empty(&self, id: &FileSystemId) -> Result<(), ManagedError> {
        let failed = |error: Errno| Task::Remove.failed(id.as_str(), error);
        unlinkat(&self.folder, id.as_str(), AtFlags::REMOVEDIR).map_err(failed)?;
        fsync(&self.folder).map_err(failed)
    }

    /// Removes one of the leftovers, durably.
    pub fn remove_leftover(
        &self,
        Leftover { id, name }: &Leftover,
        cancel: &Cancel,
    ) -> Result<(), ManagedError> {
        let of = |error: NotRemoved| ManagedError::of_removal(id.as_str(), error);
        check_mounts(&self.folder, name).map_err(of)?;
        remove_tree(&self.folder, name.as_bytes(), cancel).map_err(of)?;
        fsync(&self.folder).map_err(|error| Task::Remove.failed(id.as_str(), error))
    }
}

/// Whether one relative path is another one, or below it.
fn is_at_or_below(path: &[u8], above: &[u8]) -> bool {
    path.strip_prefix(above).is_some_and(|rest| matches!(rest, [] | [b'/', ..]))
}

/// What a crash has left of a restore or a removal.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Leftover {
    /// The file system.
    pub id: FileSystemId,
    name: String,
}

impl Leftover {
    fn named(name: String) -> Option<Self> {
        let id = name.strip_prefix('.')?;
        let id = id.strip_suffix(REMOVING).or_else(|| id.strip_suffix(RESTORING))?;
        Some(Self { id: id.parse().ok()?, name })
    }
}

/// Opens the directory `name`, which is made if it is missing.
fn directory(above: &OwnedFd, name: &str) -> io::Result<OwnedFd> {
    match mkdirat(above, name, Mode::RWXU) {
        Ok(()) | Err(Errno::EXIST) => {}
        Err(error) => return Err(error.into()),
    }
    Ok(openat(above, name, DIRECTORY | OFlags::RDONLY, Mode::empty())?)
}

/// Makes sure that a directory is there for us alone, and after a crash as well: an earlier try
/// may have made it and gone no further.
fn settle(directory: &OwnedFd, above: &OwnedFd) -> io::Result<()> {
    fchmod(directory, Mode::RWXU)?;
    fsync(directory)?;
    Ok(fsync(above)?)
}
