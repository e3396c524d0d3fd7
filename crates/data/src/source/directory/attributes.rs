//! Reads owners, modes, times and extended attributes.

use std::ffi::{CStr, CString};
use std::os::fd::{AsRawFd, BorrowedFd};

use rustix::fs::{Mode, Stat, fgetxattr, flistxattr, lgetxattr, llistxattr};
use rustix::io::Errno;

use crate::source::archive::{Attributes, XATTRS_BYTES_MAX};

/// The system's own limit, for the list of names as for one value.
const XATTR_BYTES: usize = 64 << 10;

/// Where extended attributes are read from.
#[derive(Debug)]
pub(super) enum Place<'a> {
    /// An open file or directory.
    Open(BorrowedFd<'a>),
    /// An entry that cannot be opened without side effects.
    At(CString),
}

impl<'a> Place<'a> {
    /// The entry `name` of `directory`. There is no call that takes both; the detour
    /// through the process's own descriptors does not follow a link at its end.
    pub(super) fn at(directory: BorrowedFd<'a>, name: &[u8]) -> Self {
        let mut path = format!("/proc/self/fd/{}/", directory.as_raw_fd()).into_bytes();
        path.extend_from_slice(name);
        Self::At(CString::new(path).unwrap_or_default())
    }

    fn list(&self, buffer: &mut [u8]) -> Result<usize, Errno> {
        match self {
            Self::Open(fd) => flistxattr(fd, buffer),
            Self::At(path) => llistxattr(path, buffer),
        }
    }

    fn get(&self, name: &CStr, buffer: &mut [u8]) -> Result<usize, Errno> {
        match self {
            Self::Open(fd) => fgetxattr(fd, name, buffer),
            Self::At(path) => lgetxattr(path, name, buffer),
        }
    }
}

/// The extended attributes of the current entry, and the buffers to read them.
#[derive(Debug, Default)]
pub(super) struct Xattrs {
    list: Vec<u8>,
    value: Vec<u8>,
    pairs: Vec<(Vec<u8>, Vec<u8>)>,
}

impl Xattrs {
    /// Reads the extended attributes of `place`. What was read before an error stays.
    pub(super) fn read(&mut self, place: &Place<'_>) -> Result<(), Errno> {
        self.pairs.clear();
        self.list.resize(XATTR_BYTES, 0);
        let bytes = match place.list(&mut self.list) {
            Ok(bytes) => bytes,
            Err(Errno::OPNOTSUPP) => 0,
            Err(error) => return Err(error),
        };
        if bytes == 0 {
            return Ok(());
        }
        self.value.resize(XATTR_BYTES, 0);
        let mut sum = 0;
        let mut result = Ok(());
        for name in self.list[..bytes].split_inclusive(|byte| *byte == 0) {
            let Ok(name) = CStr::from_bytes_with_nul(name) else { continue };
            match place.get(name, &mut self.value) {
                Ok(bytes) => {
                    sum += name.to_bytes().len() + bytes;
                    if sum > XATTRS_BYTES_MAX {
                        return Err(Errno::TOOBIG);
                    }
                    self.pairs.push((name.to_bytes().to_vec(), self.value[..bytes].to_vec()));
                }
                // Removed in between.
                Err(Errno::NODATA) => {}
                Err(error) => result = Err(error),
            }
        }
        self.pairs.sort_unstable();
        result
    }

    /// Forgets them.
    pub(super) fn clear(&mut self) {
        self.pairs.clear();
    }

    /// The attributes of an entry: those of `stat`, and the extended ones read last.
    pub(super) fn with(&self, stat: &Stat) -> Attributes<'_> {
        Attributes {
            mode: Mode::from_raw_mode(stat.st_mode).as_raw_mode() & 0o7777,
            uid: stat.st_uid,
            gid: stat.st_gid,
            mtime_seconds: stat.st_mtime,
            mtime_nanos: u32::try_from(stat.st_mtime_nsec).unwrap_or(0),
            xattrs: self
                .pairs
                .iter()
                .map(|(name, value)| (name.as_slice(), value.as_slice()))
                .collect(),
        }
    }
}
