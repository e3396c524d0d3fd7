//! The data folder as sources and jobs see it: no backup may hold it, and no job may fill
//! its disk, nor another one that it restores to.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use crate::source::OwnFiles;

/// What must be free on the disk of the data folder for a job to run. A deletion commits
/// with much less, and deletions must always be able to commit. As much is left on another disk,
/// where whoever has mounted it may need it.
pub const FREE_BYTES_MIN: u64 = 256 << 20;

/// What must be free there for deletions to be sure to commit.
pub const DELETIONS_BYTES_MIN: u64 = 16 << 20;

/// How much room is taken at once by who writes many small pieces.
const AHEAD_BYTES: u64 = 1 << 20;

/// Tells something of where a folder is: how many bytes are free, or which disk it is on.
type Probe = dyn Fn(&Path) -> io::Result<u64> + Send + Sync;

/// The data folder of a server.
pub struct Home {
    folder: PathBuf,
    free: Box<Probe>,
    disk: Box<Probe>,
    /// Bytes that are about to be written, by the disk.
    promised: Mutex<BTreeMap<u64, u64>>,
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
        Self::with_disks(folder, free, |folder| Ok(fs::metadata(folder)?.dev()))
    }

    /// The same, and `disk` tells on which disk a folder is.
    pub fn with_disks(
        folder: &Path,
        free: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static,
        disk: impl Fn(&Path) -> io::Result<u64> + Send + Sync + 'static,
    ) -> io::Result<Self> {
        Ok(Self {
            folder: fs::canonicalize(folder)?,
            free: Box::new(free),
            disk: Box::new(disk),
            promised: Mutex::default(),
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

    /// Whether a folder at `path`, which is canonical, lies inside the data folder.
    pub fn holds(&self, path: &Path) -> bool {
        path.starts_with(&self.folder)
    }

    /// Whether there is room on its disk for a job; if not, why, in words for the caller.
    pub fn check_room(&self) -> Result<(), String> {
        self.promise(None, 0).map(drop)
    }

    /// Whether there is room on its disk for deletions; if not, why.
    pub fn check_room_for_deletions(&self) -> Result<(), String> {
        let free = (self.free)(&self.folder)
            .map_err(|error| format!("the free space of the data folder is unknown: {error}"))?;
        if free >= DELETIONS_BYTES_MIN {
            return Ok(());
        }
        let (free, needed) = (free >> 20, DELETIONS_BYTES_MIN >> 20);
        Err(format!(
            "the disk of the data folder has {free} MiB free, and deletions may need {needed} MiB: \
             make room on it"
        ))
    }

    /// Promises room for so many bytes on the disk of a folder that is restored to, or of the
    /// data folder, if the floor is left beside all that is promised. Tells which disk it is.
    fn promise(&self, restores: Option<&Path>, bytes: u64) -> Result<u64, String> {
        let unknown = |error: io::Error| format!("the free space for a job is unknown: {error}");
        let own = (self.disk)(&self.folder).map_err(unknown)?;
        let other = match restores {
            None => None,
            Some(folder) => Some((folder, (self.disk)(folder).map_err(unknown)?)),
        };
        let other = other.filter(|(_, disk)| *disk != own);
        let (folder, disk) = other.unwrap_or((&self.folder, own));
        let mut promised = self.promised.lock().expect("no holder of this lock panics");
        let free = (self.free)(folder).map_err(unknown)?;
        let before = promised.get(&disk).copied().unwrap_or(0);
        let needed = FREE_BYTES_MIN.saturating_add(before).saturating_add(bytes);
        if free >= needed {
            promised.insert(disk, before.saturating_add(bytes));
            return Ok(disk);
        }
        let (free, needed) = (free >> 20, needed.div_ceil(1 << 20));
        let (what, advice) = match other {
            None => ("data folder", "delete backups or make room"),
            Some(_) => ("folder of restores", "make room there"),
        };
        Err(format!(
            "the disk of the {what} has {free} MiB free, and jobs need {needed} MiB; \
             {advice}, then start the job again"
        ))
    }

    /// What was promised is written, or is not going to be.
    fn settle(&self, disk: u64, bytes: u64) {
        let mut promised = self.promised.lock().expect("no holder of this lock panics");
        let left = promised.get(&disk).map_or(0, |before| before.saturating_sub(bytes));
        if left == 0 {
            promised.remove(&disk);
        } else {
            promised.insert(disk, left);
        }
    }

    /// What a capture must leave out if it comes by.
    pub fn own_files(&self) -> io::Result<OwnFiles> {
        OwnFiles::of(&self.folder)
    }
}

/// The disk that jobs write to, as far as they must leave room on it.
#[derive(Debug, Clone, Default)]
pub struct DiskRoom {
    home: Option<Arc<Home>>,
    /// The folder that is restored to; nothing for the data folder itself.
    restores: Option<PathBuf>,
}

impl DiskRoom {
    /// Room beside the data folder, where there is one.
    pub fn beside(home: Option<Arc<Home>>) -> Self {
        Self { home, restores: None }
    }

    /// The same, for what is written into `folder`, which may be on another disk.
    pub(crate) fn for_restores(self, folder: &Path) -> Self {
        Self { restores: Some(folder.to_owned()), ..self }
    }

    /// Takes room for so many bytes until they are written, or says why there is none, in
    /// words for the caller.
    pub(crate) async fn reserve(&self, bytes: u64) -> Result<Reserved, String> {
        let room = self.clone();
        // A network file system may take its time to answer.
        let reserved = tokio::task::spawn_blocking(move || room.take(bytes)).await;
        reserved.map_err(|error| format!("free space cannot be looked at: {error}"))?
    }

    fn take(&self, bytes: u64) -> Result<Reserved, String> {
        let Some(home) = &self.home else { return Ok(Reserved(None)) };
        let disk = home.promise(self.restores.as_deref(), bytes)?;
        Ok(Reserved(Some((Arc::clone(home), disk, bytes))))
    }
}

/// Room that is taken. What was written into it counts as used when this is dropped.
#[derive(Debug)]
pub(crate) struct Reserved(Option<(Arc<Home>, u64, u64)>);

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
        if self.room.home.is_none() {
            return Ok(());
        }
        if bytes > self.left {
            // What was written into the room before counts as used now.
            self.taken = Reserved(None);
            self.left = 0;
            let more = bytes.max(AHEAD_BYTES);
            self.taken = self.room.take(more)?;
            self.left = more;
        }
        self.left -= bytes;
        Ok(())
    }
}

impl Drop for Reserved {
    fn drop(&mut self) {
        if let Some((home, disk, bytes)) = &self.0 {
            home.settle(*disk, *bytes);
        }
    }
}

/// What the system says is free for us, on the disk where `folder` is.
pub fn free_bytes(folder: &Path) -> io::Result<u64> {
    let disk = rustix::fs::statvfs(folder)?;
    Ok(disk.f_bavail.saturating_mul(disk.f_frsize))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The disk of the data folder was looked at, whatever was written to.
    #[test]
    fn a_restore_leaves_room_on_the_disk_that_it_writes_to() {
        const MIB: u64 = 1 << 20;
        let place = tempfile::tempdir().unwrap();
        let restores = place.path().join("restores");
        let is_data = |folder: &Path| !folder.ends_with("restores");
        let free = move |folder: &Path| {
            Ok(FREE_BYTES_MIN + if is_data(folder) { 8 * MIB } else { 2 * MIB })
        };
        let disk = move |folder: &Path| Ok(u64::from(is_data(folder)));
        let home = Arc::new(Home::with_disks(place.path(), free, disk).unwrap());
        let data = DiskRoom::beside(Some(home));
        let there = data.clone().for_restores(&restores);
        let held = there.take(2 * MIB).unwrap();
        let refused = there.take(MIB).unwrap_err();
        assert!(refused.starts_with("the disk of the folder of restores has 258 MiB"), "{refused}");
        let all = data.take(8 * MIB).expect("what is promised elsewhere takes nothing away");
        let refused = data.take(MIB).unwrap_err();
        assert!(refused.starts_with("the disk of the data folder has 264 MiB"), "{refused}");
        drop((held, all));
        there.take(2 * MIB).expect("it was given back");
    }

    #[test]
    fn deletions_need_less_room_than_jobs_and_say_when_there_is_none() {
        let place = tempfile::tempdir().unwrap();
        let with = |free: u64| Home::with_probe(place.path(), move |_| Ok(free)).unwrap();
        assert!(with(FREE_BYTES_MIN - 1).check_room().is_err());
        assert_eq!(with(FREE_BYTES_MIN - 1).check_room_for_deletions(), Ok(()));
        let refused = with(3 << 20).check_room_for_deletions().unwrap_err();
        assert!(refused.contains("has 3 MiB free, and deletions may need 16 MiB"), "{refused}");
    }

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
