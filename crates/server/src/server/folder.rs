//! The data folder as a place: made, closed to other users, and taken for one server alone.

use std::ffi::OsStr;
use std::fs::{self, File, OpenOptions, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, OpenOptionsExt, PermissionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, FlockOperation, OFlags, RenameFlags, flock, renameat_with};
use rustix::io::Errno;
use rustix::process::geteuid;

use super::{StartError, reserve};
use crate::auth::PROFILE_FILE;
use crate::nonces;
use crate::world::{FILES, mark};

/// Held by the running server.
const LOCK: &str = "lock";

/// A lock that is being made, and another one that is being removed.
pub(crate) const LOCK_STAGED: &str = "lock.new";

/// The permissions of everybody but the owner.
const OTHERS: u32 = 0o077;

/// A data folder that is this server's alone for as long as this is held.
#[derive(Debug)]
pub(super) struct Taken {
    _lock: File,
    /// What was made to take it, and how it is removed again: the lock, and folders from the
    /// innermost on.
    made: (Option<PathBuf>, Vec<PathBuf>),
}

impl Taken {
    /// Gives back a folder in which nothing was begun, as it was found.
    pub(super) fn give_back(self) {
        let (lock, folders) = &self.made;
        let lock = lock.iter().map(fs::remove_file);
        // A folder that holds something stays, with those around it.
        let removed = lock.chain(folders.iter().map(fs::remove_dir)).collect::<io::Result<()>>();
        if let Err(error) = removed {
            tracing::debug!(%error, "a data folder that was not used was not removed");
        }
    }
}

/// Makes the data folder, closes it to other users, and takes it for this server alone.
pub(super) fn take(path: &Path) -> Result<Taken, StartError> {
    let failed = |source| StartError::Folder { path: path.to_owned(), source };
    let missing = |path: &Path| matches!(path.try_exists(), Ok(false));
    let named = |path: &&Path| !path.as_os_str().is_empty();
    let folders = path.ancestors().filter(named).take_while(|path| missing(path));
    let folders = folders.map(Path::to_owned).collect();
    if path.is_file() {
        return Err(failed(io::Error::other("it is a file: name a folder")));
    }
    let created = fs::DirBuilder::new().recursive(true).mode(0o700).create(path);
    created.map_err(failed)?;
    refuse_foreign(path).map_err(failed)?;
    let open = |source| StartError::Open { path: path.to_owned(), source };
    close(path).map_err(open)?;
    for name in FILES.iter().chain(&[PROFILE_FILE, nonces::FILE]) {
        close(&path.join(name)).map_err(open)?;
    }
    let lock_path = path.join(LOCK);
    let made = (missing(&lock_path).then_some(lock_path), folders);
    match lock(path).map_err(failed)? {
        Some(lock) => Ok(Taken { _lock: lock, made }),
        None => Err(StartError::InUse(path.to_owned())),
    }
}

/// What may lie in a data folder before its first server: the root of a disk has the one, and
/// whoever prepares the folder the other.
const HARMLESS: [&str; 2] = ["lost+found", "sexton.toml"];

/// Refuses a folder that holds something, and nothing of a server: it is somebody's, was named by
/// mistake, and would be closed to everybody else. Nothing is changed.
fn refuse_foreign(path: &Path) -> io::Result<()> {
    let own = [PROFILE_FILE, nonces::FILE, reserve::FILE, LOCK, LOCK_STAGED, mark::FILE];
    let ours = FILES.iter().chain(&own);
    let ours: Vec<&OsStr> = ours.map(OsStr::new).collect();
    let mut foreign = None;
    for entry in fs::read_dir(path)? {
        let name = entry?.file_name();
        if ours.contains(&name.as_os_str()) {
            return Ok(());
        }
        if !HARMLESS.iter().any(|harmless| name == *harmless) {
            foreign = Some(name);
        }
    }
    let Some(name) = foreign else { return Ok(()) };
    Err(io::Error::other(format!(
        "it holds {}, which is not a server's: name a folder that is empty or not there yet",
        name.display()
    )))
}

/// Takes from others what they may do with `path`, if it is there, and says so.
fn close(path: &Path) -> io::Result<()> {
    let found = match fs::metadata(path) {
        Ok(found) => found,
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(()),
        Err(error) => return Err(error),
    };
    let mode = found.mode() & 0o7777;
    if found.uid() != geteuid().as_raw() {
        let (path, owner) = (path.display(), found.uid());
        tracing::warn!("{path} belongs to user {owner}, who can read and change it");
    }
    if mode & OTHERS == 0 {
        return Ok(());
    }
    fs::set_permissions(path, Permissions::from_mode(mode & !OTHERS))?;
    let path = path.display();
    if mode & 0o022 == 0 {
        tracing::warn!("{path} was open to other users (mode {mode:o}) and is closed now");
    } else {
        tracing::warn!(
            "{path} could be changed by other users (mode {mode:o}) and is closed now: look \
             whether everything in it is yours"
        );
    }
    Ok(())
}

/// The lock of the folder, or nothing while another server holds it.
fn lock(folder: &Path) -> io::Result<Option<File>> {
    let path = folder.join(LOCK);
    let flags = i32::try_from(OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    let mut options = OpenOptions::new();
    let file = options.write(true).create(true).mode(0o600).custom_flags(flags).open(&path)?;
    let found = file.metadata()?;
    if found.mode() & OTHERS == 0 && found.uid() == geteuid().as_raw() {
        return if try_lock(&file)? && same(&found, &fs::symlink_metadata(&path)?) {
            Ok(Some(file))
        } else {
            Ok(None)
        };
    }
    // Servers make their lock private. Whoever holds this one may be anybody, and could
    // keep every server out for as long as they like.
    let staged = folder.join(LOCK_STAGED);
    match fs::remove_file(&staged) {
        Ok(()) => (),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(error),
    }
    let fresh = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged)?;
    if !try_lock(&fresh)? {
        return Ok(None);
    }
    let exchange = || renameat_with(CWD, &staged, CWD, &path, RenameFlags::EXCHANGE);
    exchange()?;
    if !same(&found, &fs::symlink_metadata(&staged)?) {
        // Another server did the same a moment before: its lock goes back to its place.
        exchange()?;
        return Ok(None);
    }
    fs::remove_file(&staged)?;
    tracing::warn!("{} was open to other users and is made anew", path.display());
    Ok(Some(fresh))
}

fn same(one: &fs::Metadata, other: &fs::Metadata) -> bool {
    (one.dev(), one.ino()) == (other.dev(), other.ino())
}

fn try_lock(file: &File) -> io::Result<bool> {
    match flock(file, FlockOperation::NonBlockingLockExclusive) {
        Ok(()) => Ok(true),
        Err(Errno::WOULDBLOCK) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::symlink_metadata(path).unwrap().mode() & 0o7777
    }

    /// A start that failed left a folder with nothing in it but the lock.
    #[test]
    fn a_folder_that_is_given_back_is_as_it_was_found() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("new/data");
        take(&folder).unwrap().give_back();
        assert_eq!(fs::read_dir(outer.path()).unwrap().count(), 0);
        fs::create_dir_all(&folder).unwrap();
        take(&folder).unwrap().give_back();
        assert_eq!(fs::read_dir(&folder).unwrap().count(), 0, "it was there before");
        drop(take(&folder).unwrap());
        take(&folder).unwrap().give_back();
        assert!(folder.join(LOCK).exists(), "it was there before");
    }

    #[test]
    fn a_folder_and_files_that_were_open_are_closed() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("data");
        fs::create_dir_all(folder.join("restores")).unwrap();
        fs::write(folder.join("sexton.db"), "").unwrap();
        fs::write(folder.join("somebody's"), "").unwrap();
        for (name, mode) in [("", 0o755), ("restores", 0o775), ("sexton.db", 0o644)] {
            fs::set_permissions(folder.join(name), Permissions::from_mode(mode)).unwrap();
        }
        let before = mode(&folder.join("somebody's"));
        drop(take(&folder).unwrap());
        assert_eq!(mode(&folder), 0o700);
        assert_eq!(mode(&folder.join("restores")), 0o700);
        assert_eq!(mode(&folder.join("sexton.db")), 0o600);
        assert_eq!(mode(&folder.join("lock")), 0o600);
        assert_eq!(mode(&folder.join("somebody's")), before, "what is not ours is left alone");
    }

    /// One mistyped `--data` closed a shared folder to everybody else.
    #[test]
    fn a_folder_of_somebody_else_is_refused_and_left_as_it_is() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path().join("projects");
        fs::create_dir(&folder).unwrap();
        fs::set_permissions(&folder, Permissions::from_mode(0o755)).unwrap();
        for harmless in ["lost+found", "sexton.toml"] {
            fs::write(folder.join(harmless), "").unwrap();
        }
        refuse_foreign(&folder).unwrap();
        fs::write(folder.join("thesis"), "").unwrap();
        let refused = take(&folder).unwrap_err();
        assert!(sexton_core::chain(&refused).contains("it holds thesis"), "{refused:?}");
        assert_eq!(mode(&folder), 0o755);
        assert!(!folder.join(LOCK).exists());
        // Where a server has been, it may be again.
        fs::write(folder.join("root-key"), "").unwrap();
        drop(take(&folder).unwrap());
    }

    /// Another user could hold a lock that they could read, and no server started again.
    #[test]
    fn a_lock_that_others_could_open_keeps_no_server_out_and_a_servers_own_does() {
        let outer = tempfile::tempdir().unwrap();
        let folder = outer.path();
        fs::write(folder.join("lock"), "").unwrap();
        fs::set_permissions(folder.join("lock"), Permissions::from_mode(0o644)).unwrap();
        let foreign = File::open(folder.join("lock")).unwrap();
        assert!(try_lock(&foreign).unwrap());
        let held = take(folder).unwrap();
        assert!(matches!(take(folder), Err(StartError::InUse(path)) if path == folder));
        assert!(!folder.join(LOCK_STAGED).exists());
        drop(held);
        drop(take(folder).unwrap());
    }

    /// "File exists", it said.
    #[test]
    fn a_file_in_place_of_the_folder_is_said_to_be_one() {
        let file = tempfile::NamedTempFile::new().unwrap();
        let Err(StartError::Folder { source, .. }) = take(file.path()) else { panic!("taken") };
        assert_eq!(source.to_string(), "it is a file: name a folder");
    }

    #[test]
    fn a_lock_that_leads_elsewhere_is_not_followed() {
        let outer = tempfile::tempdir().unwrap();
        let (folder, elsewhere) = (outer.path().join("data"), outer.path().join("elsewhere"));
        fs::create_dir(&folder).unwrap();
        std::os::unix::fs::symlink(&elsewhere, folder.join("lock")).unwrap();
        assert!(matches!(take(&folder), Err(StartError::Folder { .. })));
        assert!(!elsewhere.exists());
    }
}
