//! The directory that a restore writes into until it is whole.

use std::ffi::{OsStr, OsString};
use std::io;
use std::os::fd::OwnedFd;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};

use rustix::fs::{
    AtFlags, Mode, OFlags, RenameFlags, fsync, mkdirat, openat, renameat, renameat_with, statat,
    syncfs,
};
use rustix::io::Errno;
use sexton_core::JobId;

use super::RestoreError;
use crate::removal::remove_tree;
use crate::source::Cancel;
use crate::source::tree::DIRECTORY;

/// How the name of a staging directory ends; it begins with a dot and the target's name.
pub(crate) const RESTORING: &str = ".restoring";

/// A staging directory beside its target.
#[derive(Debug)]
pub(crate) struct Staging {
    parent: OwnedFd,
    root: OwnedFd,
    name: String,
    target: PathBuf,
    target_name: OsString,
}

impl Staging {
    /// Makes an empty staging directory, in place of one that an earlier try has left. It is
    /// named after the target: two restores of one backup must not meet in it.
    pub(super) fn begin(target: &Path) -> Result<Self, RestoreError> {
        let failed = |error: Errno| failed(target, error);
        let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
            return Err(failed(Errno::INVAL));
        };
        let folder = if folder == Path::new("") { Path::new(".") } else { folder };
        let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
        let parent = rustix::fs::open(folder, flags, Mode::empty()).map_err(failed)?;
        if exists(&parent, name).map_err(failed)? {
            return Err(RestoreError::TargetExists { target: target.to_path_buf() });
        }
        let staging = staging_name(name);
        remove(&parent, staging.as_bytes())
            .map_err(|source| RestoreError::Target { target: target.to_path_buf(), source })?;
        mkdirat(&parent, &staging, Mode::RWXU).map_err(failed)?;
        let root = openat(&parent, &staging, DIRECTORY | OFlags::RDONLY, Mode::empty());
        Ok(Self {
            root: root.map_err(failed)?,
            parent,
            name: staging,
            target: target.to_path_buf(),
            target_name: name.to_owned(),
        })
    }

    /// Where the directory is.
    pub(crate) fn path(&self) -> PathBuf {
        self.target.with_file_name(&self.name)
    }

    /// Another handle of the directory.
    pub(crate) fn root(&self) -> Result<OwnedFd, RestoreError> {
        self.root.try_clone().map_err(RestoreError::Interrupted)
    }

    /// Makes everything durable, then gives it its name. After an error neither name is a
    /// directory of ours, once [`Staging::abandon`] was called.
    pub(super) fn publish(&self) -> Result<(), RestoreError> {
        let failed = |error: Errno| failed(&self.target, error);
        syncfs(&self.root).map_err(failed)?;
        match self.rename() {
            Err(Errno::EXIST | Errno::NOTEMPTY) => {
                return Err(RestoreError::TargetExists { target: self.target.clone() });
            }
            renamed => renamed.map_err(failed)?,
        }
        fsync(&self.parent).map_err(|error| {
            // The name may not survive a crash, and the job that it belongs to fails.
            remove(&self.parent, self.target_name.as_bytes()).ok();
            failed(error)
        })
    }

    fn rename(&self) -> Result<(), Errno> {
        let (parent, name, target) = (&self.parent, &self.name, &self.target_name);
        match renameat_with(parent, name, parent, target, RenameFlags::NOREPLACE) {
            // The file system cannot; then this is as good as it gets, and replaces at
            // most an empty directory that appeared this instant.
            Err(Errno::INVAL | Errno::NOSYS) => {
                if exists(parent, target)? {
                    return Err(Errno::EXIST);
                }
                renameat(parent, name, parent, target)
            }
            renamed => renamed,
        }
    }

    /// Removes what was written. What cannot be removed now is left to [`leftovers`]: the
    /// error that led here matters more.
    pub(super) fn abandon(&self) {
        remove(&self.parent, self.name.as_bytes()).ok();
    }
}

/// The staging directories that a crash has left in `folder`, of targets that are named after a
/// job. To be called when no restore is running.
pub fn leftovers(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        let id = name.strip_prefix('.').and_then(|it| it.strip_suffix(RESTORING));
        if id.is_some_and(|id| id.parse::<JobId>().is_ok()) {
            found.push(name);
        }
    }
    Ok(found)
}

/// Removes one of the [`leftovers`] of `folder`.
pub fn remove_leftover(folder: &Path, name: &str, cancel: &Cancel) -> io::Result<()> {
    let flags = OFlags::DIRECTORY | OFlags::RDONLY | OFlags::CLOEXEC;
    let parent = rustix::fs::open(folder, flags, Mode::empty())?;
    Ok(remove_tree(&parent, name.as_bytes(), cancel).map(drop)?)
}

/// Removes what a crash has left beside the target of a restore. Tells whether there was anything.
pub fn remove_staging_of(target: &Path, cancel: &Cancel) -> io::Result<bool> {
    let (Some(folder), Some(name)) = (target.parent(), target.file_name()) else {
        return Ok(false);
    };
    let staging = staging_name(name);
    match std::fs::symlink_metadata(folder.join(&staging)) {
        Ok(_) => remove_leftover(folder, &staging, cancel).map(|()| true),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

fn staging_name(target: &OsStr) -> String {
    format!(".{}{RESTORING}", target.to_string_lossy())
}

fn failed(target: &Path, error: Errno) -> RestoreError {
    RestoreError::Target { target: target.to_path_buf(), source: error.into() }
}

fn exists(parent: &OwnedFd, name: &OsStr) -> Result<bool, Errno> {
    match statat(parent, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error),
    }
}

/// Removes what nobody but us has written.
fn remove(parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    remove_tree(parent, name, &Cancel::default())?;
    Ok(())
}
