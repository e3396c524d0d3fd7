//! The server's own files, which no capture may read.
//!
//! A backup that held the key ring, the root key or the blobs of other backups would open
//! them again after their deletion, and every certificate of theirs would be false. A path
//! says too little: mounts and hard links lead to the same place under other names. So the
//! walk goes by device and inode, and by content as well, since an overlay or a copy has
//! inodes of its own: a folder with the mark of our store is ours, and so is a sealed
//! object, whoever sealed it.
//!
//! One folder of the data folder holds what is not ours: the directories of the file systems
//! that the server made ([`crate::managed`]). Each of them may be captured, and what is below
//! it; the folder itself belongs to the rest.

use std::collections::HashSet;
use std::fs::File;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;

use super::tree::{DEPTH_MAX, DIRECTORY, Identity, identity};
use crate::managed;
use crate::store_mark;

/// The data folder and what is directly in it and in its folders, by device and inode; and
/// the mark of its store.
#[derive(Debug, Clone, Default)]
pub struct OwnFiles {
    places: HashSet<Identity>,
    /// The folder whose directories may be captured; one of the places.
    managed: Option<Identity>,
    store: Option<store_mark::Identity>,
}

impl OwnFiles {
    /// Looks at `folder` as it is now. Links in it are followed: whoever keeps the blobs
    /// on another disk keeps them out of backups as well.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut places = HashSet::from([seen(folder)?.0]);
        let mut managed = None;
        for entry in std::fs::read_dir(folder)? {
            let entry = entry?;
            let path = entry.path();
            // The store makes and removes files while it works.
            let Some((place, is_folder)) = unless_gone(seen(&path))? else { continue };
            // A link there may lead to anything else of ours.
            if entry.file_name() == managed::FOLDER
                && unless_gone(entry.file_type())?.is_some_and(|it| it.is_dir())
            {
                managed = Some(place);
                continue;
            }
            places.insert(place);
            if !is_folder {
                continue;
            }
            for inner in unless_gone(std::fs::read_dir(&path))?.into_iter().flatten() {
                if let Some((place, _)) = unless_gone(seen(&inner?.path()))? {
                    places.insert(place);
                }
            }
        }
        // Something else of ours may be mounted there.
        let alone = managed.filter(|place| !places.contains(place));
        places.extend(managed);
        Ok(Self { places, managed: alone, store: store_mark::read(File::open(folder)?)? })
    }

    /// Whether this is one of them.
    pub(super) fn contain(&self, stat: &Stat) -> bool {
        self.places.contains(&identity(stat))
    }

    /// Whether `directory` says that it belongs to our store.
    pub(super) fn mark(&self, directory: impl AsFd) -> bool {
        // What cannot be read as a mark is none: it does not hide a folder from its backup.
        self.store.is_some() && store_mark::read(directory).is_ok_and(|found| found == self.store)
    }

    /// Whether `directory` is one of them or lies inside one, and not in the directory of a file
    /// system that the server made.
    pub(super) fn surround(&self, directory: &OwnedFd) -> Result<bool, Errno> {
        if self.places.is_empty() {
            return Ok(false);
        }
        let mut stat = fstat(directory)?;
        let mut above: Option<OwnedFd> = None;
        for step in 0..DEPTH_MAX {
            let at = above.as_ref().unwrap_or(directory).as_fd();
            if self.mark(at) {
                return Ok(true);
            }
            if self.contain(&stat) {
                let managed = self.managed == Some(identity(&stat));
                return Ok(step == 0 || !managed);
            }
            let parent = openat(at, "..", DIRECTORY | OFlags::PATH, Mode::empty())?;
            let higher = fstat(&parent)?;
            if identity(&higher) == identity(&stat) {
                return Ok(false);
            }
            (stat, above) = (higher, Some(parent));
        }
        Ok(false)
    }
}

/// What is at `path`, and whether that is a folder.
fn seen(path: &Path) -> io::Result<(Identity, bool)> {
    let found = std::fs::metadata(path)?;
    Ok(((found.dev(), found.ino()), found.is_dir()))
}

fn unless_gone<T>(result: io::Result<T>) -> io::Result<Option<T>> {
    match result {
        Ok(found) => Ok(Some(found)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(error),
    }
}
