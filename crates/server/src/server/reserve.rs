//! Room on the disk of the data folder that is held for a start on a full disk.
//!
//! A start writes, and so does every deletion, which is what makes room. So a file holds some that
//! nobody else can take: a start that finds the disk full removes that file, and serves. It is made
//! again by a start that finds room.

use std::fs::{self, OpenOptions};
use std::io;
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::Path;

use rustix::fs::{FallocateFlags, fallocate};
use sexton_data::home::{DELETIONS_BYTES_MIN, FREE_BYTES_MIN};

use super::StartError;

/// The file, in the data folder.
pub(crate) const FILE: &str = "reserve";

/// What it holds: enough for deletions, and as much for who takes some of it meanwhile.
const RESERVE_BYTES: u64 = 2 * DELETIONS_BYTES_MIN;

/// What a start itself may write.
const START_BYTES_MIN: u64 = 4 << 20;

/// Holds room for another start, sets it free for this one, or says why there is none for it.
/// `free` tells how many bytes are free where a folder is.
pub(super) fn prepare(
    folder: &Path,
    lasts: bool,
    free: impl Fn(&Path) -> io::Result<u64>,
) -> Result<(), StartError> {
    let failed = |source| StartError::Folder { path: folder.to_owned(), source };
    let path = folder.join(FILE);
    let before = free(folder).map_err(failed)?;
    let held = fs::symlink_metadata(&path).is_ok_and(|found| found.len() >= RESERVE_BYTES);
    if before >= DELETIONS_BYTES_MIN {
        let room = before >= FREE_BYTES_MIN + RESERVE_BYTES;
        if lasts && !held && room {
            hold(&path);
        }
        return Ok(());
    }
    match fs::remove_file(&path) {
        Ok(()) => tracing::warn!(
            "the disk of the data folder is full: what {} held of it is free now, for deletions; \
             delete backups or make room, then start the server again, which holds room anew",
            path.display()
        ),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(failed(error)),
    }
    let free = free(folder).map_err(failed)?;
    if free >= START_BYTES_MIN {
        return Ok(());
    }
    Err(StartError::Full {
        path: folder.to_owned(),
        free: free >> 10,
        needed: START_BYTES_MIN >> 20,
    })
}

/// Makes the file. A disk that cannot hold room has none held: nothing else depends on it.
fn hold(path: &Path) {
    let made = || -> io::Result<()> {
        let mut options = OpenOptions::new();
        // What a crash has left of it is too short.
        match fs::remove_file(path) {
            Ok(()) => (),
            Err(error) if error.kind() == io::ErrorKind::NotFound => (),
            Err(error) => return Err(error),
        }
        let file = options.write(true).create_new(true).mode(0o600).open(path)?;
        Ok(fallocate(&file, FallocateFlags::empty(), 0, RESERVE_BYTES)?)
    };
    if let Err(error) = made() {
        tracing::warn!(%error, "no room is held for a start on a full disk");
        drop(fs::remove_file(path));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const ROOM: u64 = FREE_BYTES_MIN + RESERVE_BYTES;

    #[test]
    fn a_start_on_a_full_disk_has_the_room_that_one_before_it_held() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join(FILE);
        let there = || fs::metadata(&path).map_or(0, |found| found.len());
        prepare(folder.path(), true, |_| Ok(ROOM - 1)).unwrap();
        assert_eq!(there(), 0, "what jobs need is not held");
        prepare(folder.path(), false, |_| Ok(ROOM)).unwrap();
        assert_eq!(there(), 0, "this folder does not last");
        prepare(folder.path(), true, |_| Ok(ROOM)).unwrap();
        assert_eq!(there(), RESERVE_BYTES);
        prepare(folder.path(), true, |_| Ok(DELETIONS_BYTES_MIN)).unwrap();
        assert_eq!(there(), RESERVE_BYTES, "deletions have room");
        let full = |_: &Path| Ok(if there() == 0 { RESERVE_BYTES } else { 0 });
        prepare(folder.path(), true, full).unwrap();
        assert_eq!(there(), 0);
        // As a crash in the middle leaves it.
        fs::write(&path, "short").unwrap();
        prepare(folder.path(), true, |_| Ok(ROOM)).unwrap();
        assert_eq!(there(), RESERVE_BYTES);
    }

    #[test]
    fn a_start_on_a_full_disk_where_no_room_was_held_is_refused_and_says_the_way_out() {
        let folder = tempfile::tempdir().unwrap();
        let refused = prepare(folder.path(), true, |_| Ok(3 << 20)).unwrap_err().to_string();
        for said in ["has 3072 KiB free", "a start needs 4 MiB", "make room", "nothing in the data"]
        {
            assert!(refused.contains(said), "{refused}");
        }
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
