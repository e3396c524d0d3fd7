//! The data folder as sources and jobs see it: no backup may hold it, and no job may fill
//! its disk.

use std::fmt;
use std::fs;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::source::OwnFiles;

/// What must be free on the disk of the data folder for a job to run. A deletion commits
/// with much less, and deletions must always be able to commit.
pub const FREE_BYTES_MIN: u64 = 256 << 20;

/// How much room is taken at once by who writes many small pieces.
const AHEAD_BYTES: u64 = 1 << 20;

/// Tells how many bytes are free where a folder is.
type Probe = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

/// The data folder of a server.
pub struct Home {
    folder: PathBuf,
    free: Box<Probe>,
    /// Bytes that are about to be written.
    promised: Mutex<u64>,
}

impl fmt::Debug for Home {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Home").field("folder", &self.folder).finish_non_exhaustive()
    }
}

impl Home {
    /// The data folder at `folder`, which exists.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Self::with_probe(folder, free_bytes)
    }

    /// The same, and `free` tells how many bytes are free on its disk.
    pub fn with_probe(
        folder: &Path,
        free: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Ok(Self {
            folder: fs::canonicalize(folder)?,
            free: Box::new(free),
            promised: Mutex::new(0),
        })
    }

    /// Whether a source at `path`, which is canonical, would hold some of the data folder
    /// or lies inside it. What is linked to from the data folder counts as a part of it.
    pub fn overlaps(&self, path: &Path) -> io::Result<bool> {
        let mut parts = vec![self.folder.clone()];
        for entry in fs::read_dir(&self.folder)? {
            match fs::canonicalize(entry?.path()) {
                Ok(part) => parts.push(part),
                // The store makes and removes files while it works.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(parts.iter().any(|part| part.starts_with(path) || path.starts_with(part)))
    }

    /// Whether there is room on its disk for a job; if not, why, in words for the caller.
    pub fn check_room(&self) -> Result<(), String> {
        self.promise(0)
    }

    /// Promises room for so many bytes, if the floor is left beside all that is promised.
    fn promise(&self, bytes: u64) -> Result<(), String> {
        let mut promised = self.promised.lock().expect("no holder of this lock panics");
        let free = (self.free)(&self.folder)
            .map_err(|error| format!("the free space of the data folder is unknown: {error}"))?;
        let needed = FREE_BYTES_MIN.saturating_add(*promised).saturating_add(bytes);
        if free >= needed {
            *promised = promised.saturating_add(bytes);
            return Ok(());
        }
        let (free, needed) = (free >> 20, needed.div_ceil(1 << 20));
        Err(format!(
            "the disk of the data folder has {free} MiB free, and jobs need {needed} MiB; \
             delete backups or make room, then start the job again"
        ))
    }

    /// What a capture must leave out if it comes by.
    pub fn own_files(&self) -> io::Result<OwnFiles> {
        OwnFiles::of(&self.folder)
    }
}

/// The disk that jobs write to, as far as they must leave room on it.
#[derive(Debug, Clone, Default)]
pub struct DiskRoom(Option<Arc<Home>>);

impl DiskRoom {
    /// Room beside the data folder, where there is one.
    pub fn beside(home: Option<Arc<Home>>) -> Self {
        Self(home)
    }

    /// Takes room for so many bytes until they are written, or says why there is none, in
    /// words for the caller.
    pub(crate) async fn reserve(&self, bytes: u64) -> Result<Reserved, String> {
        let Some(home) = self.0.clone() else { return Ok(Reserved(None)) };
        // A network file system may take its time to answer.
        let reserved = tokio::task::spawn_blocking(move || Reserved::of(home, bytes)).await;
        reserved.map_err(|error| format!("free space cannot be looked at: {error}"))?
    }
}

/// Room that is taken. What was written into it counts as used when this is dropped.
#[derive(Debug)]
pub(crate) struct Reserved(Option<(Arc<Home>, u64)>);

impl Reserved {
    fn of(home: Arc<Home>, bytes: u64) -> Result<Self, String> {
        home.promise(bytes)?;
        Ok(Self(Some((home, bytes))))
    }
}

/// Room that a thread takes ahead of what it writes, some at a time.
#[derive(Debug)]
pub(crate) struct Ahead {
    room: DiskRoom,
    taken: Reserved,
    left: u64,
}

impl Ahead {
    pub(crate) fn new(room: DiskRoom) -> Self {
        Self { room, taken: Reserved(None), left: 0 }
    }

    /// Makes sure of room for so many bytes, which are written next; or says why there is
    /// none, in words for the caller.
    pub(crate) fn take(&mut self, bytes: u64) -> Result<(), String> {
        let Some(home) = &self.room.0 else { return Ok(()) };
        if bytes > self.left {
            // What was written into the room before counts as used now.
            self.taken = Reserved(None);
            self.left = 0;
            let more = bytes.max(AHEAD_BYTES);
            self.taken = Reserved::of(Arc::clone(home), more)?;
            self.left = more;
        }
        self.left -= bytes;
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some((home, bytes)) = &self.0 {
            let mut promised = home.promised.lock().expect("no holder of this lock panics");
            *promised = promised.saturating_sub(*bytes);
        }
    }
}

/// What the system says is free for us, on the disk where `folder` is.
fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_over_in_or_linked_from_the_data_folder_overlaps_it() {
        let place = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(place.path()).unwrap();
        let data = place.join("srv/data");
        for folder in ["srv/data/restores/1", "srv/data-2", "srv/projects", "disk/blobs"] {
            fs::create_dir_all(place.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(place.join("disk/blobs"), data.join("blobs")).unwrap();
        let home = Home::new(&data).unwrap();
        let overlaps = |path: &str| home.overlaps(&place.join(path)).unwrap();
        for path in ["", "srv", "srv/data", "srv/data/restores/1", "disk", "disk/blobs"] {
            assert!(overlaps(path), "{path}");
        }
        for path in ["srv/projects", "srv/data-2"] {
            assert!(!overlaps(path), "{path}");
        }
    }
}
