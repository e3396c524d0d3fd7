//! The server's own files, which no capture may read.
//!
//! A backup that held the key ring, the root key or the blobs of other backups would open
//! them again after their deletion, and every certificate of theirs would be false. A path
//! says too little: mounts and hard links lead to the same place under other names. So the
//! walk goes by device and inode.

use std::collections::HashSet;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use rustix::fs::{Mode, OFlags, Stat, fstat, openat};
use rustix::io::Errno;

use super::tree::{DEPTH_MAX, DIRECTORY, Identity, identity};

/// The data folder and what is directly in it, by device and inode.
#[derive(Debug, Clone, Default)]
pub struct OwnFiles(HashSet<Identity>);

impl OwnFiles {
    /// Looks at `folder` as it is now. Links in it are followed: whoever keeps the blobs
    /// on another disk keeps them out of backups as well.
    pub fn of(folder: &Path) -> io::Result<Self> {
        let mut found = HashSet::from([seen(folder)?]);
        for entry in std::fs::read_dir(folder)? {
            match seen(&entry?.path()) {
                Ok(id) => drop(found.insert(id)),
                // The store makes and removes files while it works.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(Self(found))
    }

    /// Whether this is one of them.
    pub(super) fn contain(&self, stat: &Stat) -> bool {
        self.0.contains(&identity(stat))
    }

    /// Whether `directory` is one of them or lies inside one.
    pub(super) fn surround(&self, directory: &OwnedFd) -> Result<bool, Errno> {
        if self.0.is_empty() {
            return Ok(false);
        }
        let mut stat = fstat(directory)?;
        let mut above: Option<OwnedFd> = None;
        for _step in 0..DEPTH_MAX {
            if self.contain(&stat) {
                return Ok(true);
            }
            let at = above.as_ref().unwrap_or(directory).as_fd();
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

fn seen(path: &Path) -> io::Result<Identity> {
    let found = std::fs::metadata(path)?;
    Ok((found.dev(), found.ino()))
}
