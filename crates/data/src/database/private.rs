//! Files that only a tool of ours may read, for as long as it runs: passwords stand in them.
//!
//! They are in a folder of their own in memory (`/dev/shm`) where there is one, so that no disk
//! ever has them. A folder is locked while it is in use; who makes the next one removes those
//! that a crash has left.

use std::ffi::OsString;
use std::fs::{self, DirBuilder, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{FlockOperation, flock};

/// How the names of the folders begin.
const PREFIX: &str = "sexton-private-";

/// A folder that nobody else can look into. It goes when this is dropped.
#[derive(Debug)]
pub(crate) struct Private {
    path: PathBuf,
    /// Holds the lock.
    _lock: File,
}

impl Private {
    /// Makes one.
    pub(crate) fn new() -> io::Result<Self> {
        let memory = Path::new("/dev/shm");
        match memory.is_dir().then(|| Self::new_in(memory)) {
            Some(Ok(private)) => Ok(private),
            Some(Err(_)) | None => Self::new_in(&std::env::temp_dir()),
        }
    }

    fn new_in(place: &Path) -> io::Result<Self> {
        Self::make(place, |_| ())
    }

    /// Makes one. `meanwhile` is what others do between its making and its lock.
    fn make(place: &Path, mut meanwhile: impl FnMut(&Path)) -> io::Result<Self> {
        static NUMBER: AtomicU64 = AtomicU64::new(0);
        remove_abandoned(place);
        loop {
            let number = NUMBER.fetch_add(1, Ordering::Relaxed);
            let path = place.join(format!("{PREFIX}{}-{number}", std::process::id()));
            match DirBuilder::new().mode(0o700).create(&path) {
                Err(error) if error.kind() == io::ErrorKind::AlreadyExists => continue,
                made => made?,
            }
            meanwhile(&path);
            // Somebody who saw it before it was locked may take it for abandoned, and remove it.
            let Ok(lock) = File::open(&path) else { continue };
            let locked = flock(&lock, FlockOperation::NonBlockingLockShared);
            if locked == Ok(()) && is_at(&lock, &path) {
                return Ok(Self { path, _lock: lock });
            }
        }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Writes a new file into it, for us alone.
    pub(crate) fn file(&self, name: &str, text: &str) -> io::Result<PathBuf> {
        let path = self.path.join(name);
        let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&path)?;
        file.write_all(text.as_bytes())?;
        Ok(path)
    }
}

impl Drop for Private {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_dir_all(&self.path) {
            let path = self.path.display();
            tracing::warn!(%path, %error, "a folder with a password cannot be removed");
        }
    }
}

/// Removes the folders of ours that nobody holds. Trouble with one leaves it to the next time.
fn remove_abandoned(place: &Path) {
    let names: Vec<OsString> = match fs::read_dir(place) {
        Ok(entries) => entries.flatten().map(|entry| entry.file_name()).collect(),
        Err(_) => return,
    };
    for name in names.iter().filter(|name| name.to_string_lossy().starts_with(PREFIX)) {
        let path = place.join(name);
        let ours =
            |it: fs::Metadata| it.is_dir() && it.uid() == rustix::process::geteuid().as_raw();
        if !fs::symlink_metadata(&path).is_ok_and(ours) {
            continue;
        }
        let Ok(lock) = File::open(&path) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive) == Ok(()) && is_at(&lock, &path) {
            fs::remove_dir_all(&path).ok();
        }
    }
}

/// Whether `path` still leads to what was opened.
fn is_at(opened: &File, path: &Path) -> bool {
    let (Ok(one), Ok(other)) = (opened.metadata(), fs::symlink_metadata(path)) else {
        return false;
    };
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Between its making and its lock a folder looks like one that a crash has left.
    #[test]
    fn a_folder_that_is_taken_for_abandoned_while_it_is_made_is_made_again() {
        let place = tempfile::tempdir().unwrap();
        let mut taken = None;
        let private = Private::make(place.path(), |path| {
            if taken.is_none() {
                let lock = File::open(path).unwrap();
                flock(&lock, FlockOperation::NonBlockingLockExclusive).unwrap();
                assert!(is_at(&lock, path));
                taken = Some((lock, path.to_path_buf()));
            }
        });
        let (private, (lock, path)) = (private.unwrap(), taken.unwrap());
        fs::remove_dir_all(path).unwrap();
        drop(lock);
        assert!(private.file("password", "hush").unwrap().exists());
    }

    #[test]
    fn what_a_crash_has_left_goes_with_the_next_one_and_what_is_in_use_stays() {
        let place = tempfile::tempdir().unwrap();
        let abandoned = place.path().join(format!("{PREFIX}1-0"));
        fs::create_dir(&abandoned).unwrap();
        fs::write(abandoned.join("password"), "hush").unwrap();
        let foreign = place.path().join("other");
        fs::create_dir(&foreign).unwrap();
        let used = Private::new_in(place.path()).unwrap();
        let file = used.file("password", "hush").unwrap();
        assert_eq!(fs::metadata(&file).unwrap().mode() & 0o7777, 0o600);
        assert_eq!(fs::metadata(used.path()).unwrap().mode() & 0o7777, 0o700);
        let next = Private::new_in(place.path()).unwrap();
        assert!(!abandoned.exists() && foreign.exists() && file.exists());
        let path = next.path().to_path_buf();
        drop(next);
        assert!(!path.exists());
    }
}
