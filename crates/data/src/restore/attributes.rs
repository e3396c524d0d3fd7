//! Gives a restored entry its owner, mode, times and extended attributes.

use std::ffi::CString;
use std::io;
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::fs::{
    AtFlags, Gid, Mode, Timespec, Timestamps, UTIME_OMIT, Uid, XattrFlags, chownat, fchmod, fchown,
    fsetxattr, futimens, lsetxattr, utimensat,
};
use rustix::io::Errno;

use crate::source::archive::Attributes;
use crate::source::tree::set_mode_at;
use crate::source::{Findings, Problem};

/// What gets attributes.
#[derive(Debug, Clone, Copy)]
pub(super) enum Place<'a> {
    /// An open file or directory.
    Open(BorrowedFd<'a>),
    /// An entry that is not opened.
    At {
        /// Where it is.
        directory: BorrowedFd<'a>,
        /// Its name.
        name: &'a [u8],
        /// Whether it is a symbolic link, which has no mode.
        link: bool,
    },
}

/// Applies `attributes`, in an order in which none undoes another: a new owner takes
/// set-user-id bits and capabilities away, extended attributes need a writable file,
/// and any change touches the times.
pub(super) fn apply(
    place: Place<'_>,
    attributes: &Attributes<'_>,
    path: &[u8],
    findings: &mut Findings,
) -> Result<(), Errno> {
    let Attributes { uid, gid, .. } = *attributes;
    let mut mode = attributes.mode;
    match set_owner(place, uid, gid) {
        Ok(()) => {}
        Err(Errno::PERM | Errno::INVAL) => {
            findings.note(path, Problem::OwnerNotSet { uid, gid });
            mode &= 0o1777;
        }
        Err(error) => return Err(error),
    }
    for (name, value) in &attributes.xattrs {
        if let Err(error) = set_xattr(place, name, value) {
            let name = String::from_utf8_lossy(name).into_owned();
            let cause = io::Error::from(error).to_string();
            findings.note(path, Problem::AttributeNotSet { name, cause });
        }
    }
    set_mode(place, Mode::from_raw_mode(mode))?;
    set_times(place, attributes)
}

fn set_owner(place: Place<'_>, uid: u32, gid: u32) -> Result<(), Errno> {
    // The archive has no u32::MAX, which these types refuse.
    let (uid, gid) = (Some(Uid::from_raw(uid)), Some(Gid::from_raw(gid)));
    match place {
        Place::Open(fd) => fchown(fd, uid, gid),
        Place::At { directory, name, .. } => {
            chownat(directory, name, uid, gid, AtFlags::SYMLINK_NOFOLLOW)
        }
    }
}

fn set_xattr(place: Place<'_>, xattr: &[u8], value: &[u8]) -> Result<(), Errno> {
    match place {
        Place::Open(fd) => fsetxattr(fd, xattr, value, XattrFlags::empty()),
        Place::At { directory, name, .. } => {
            // The same detour that reading takes; a link at its end is not followed.
            let mut path = format!("/proc/self/fd/{}/", directory.as_raw_fd()).into_bytes();
            path.extend_from_slice(name);
            let path = CString::new(path).map_err(|_| Errno::INVAL)?;
            lsetxattr(path, xattr, value, XattrFlags::empty())
        }
    }
}

fn set_mode(place: Place<'_>, mode: Mode) -> Result<(), Errno> {
    match place {
        Place::Open(fd) => fchmod(fd, mode),
        Place::At { link: true, .. } => Ok(()),
        Place::At { directory, name, link: false } => set_mode_at(directory, name, mode),
    }
}

fn set_times(place: Place<'_>, attributes: &Attributes<'_>) -> Result<(), Errno> {
    let times = Timestamps {
        last_access: Timespec { tv_sec: 0, tv_nsec: UTIME_OMIT },
        last_modification: Timespec {
            tv_sec: attributes.mtime_seconds,
            tv_nsec: attributes.mtime_nanos.into(),
        },
    };
    match place {
        Place::Open(fd) => futimens(fd, &times),
        Place::At { directory, name, .. } => {
            utimensat(directory, name, &times, AtFlags::SYMLINK_NOFOLLOW)
        }
    }
}
