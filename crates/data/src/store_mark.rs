//! The mark of a folder that belongs to a store: a small file that says whose it is.
//!
//! A path says where something should be. Whether the disk that should be there is there,
//! and whether a folder somewhere else is ours under another name, only its content says.

use std::fs::File;
use std::io::{self, Read, Write};
use std::os::fd::AsFd;

use rustix::fs::{AtFlags, Mode, OFlags, fsync, openat, renameat, unlinkat};
use rustix::io::Errno;

/// What identifies a store.
pub type Identity = [u8; 16];

/// The name of the mark.
pub const FILE: &str = "sexton-store";

/// What the mark is called until it is whole.
pub const STAGED: &str = "sexton-store.new";

const FIRST_LINE: &str = "sexton store v1\n";

/// Longer than every mark.
const MARK_BYTES_MAX: u64 = 256;

/// Whose folder it is, if it is marked.
pub fn read(folder: impl AsFd) -> io::Result<Option<Identity>> {
    let flags = OFlags::RDONLY | OFlags::NOFOLLOW | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file: File = match openat(folder, FILE, flags, Mode::empty()) {
        Ok(file) => file.into(),
        Err(Errno::NOENT) => return Ok(None),
        Err(error) => return Err(error.into()),
    };
    let mut text = String::new();
    file.take(MARK_BYTES_MAX).read_to_string(&mut text)?;
    let identity = text.strip_prefix(FIRST_LINE).and_then(|rest| rest.strip_suffix('\n'));
    let identity = identity.and_then(|digits| hex::decode(digits).ok());
    match identity.map(Identity::try_from) {
        Some(Ok(identity)) => Ok(Some(identity)),
        Some(Err(_)) | None => {
            Err(io::Error::other(format!("{FILE} is not a mark that this version knows")))
        }
    }
}

/// Marks a folder, durably.
pub fn write(folder: impl AsFd, identity: &Identity) -> io::Result<()> {
    let folder = folder.as_fd();
    match unlinkat(folder, STAGED, AtFlags::empty()) {
        Ok(()) | Err(Errno::NOENT) => (),
        Err(error) => return Err(error.into()),
    }
    let flags = OFlags::WRONLY | OFlags::CREATE | OFlags::EXCL | OFlags::CLOEXEC;
    let mut file = File::from(openat(folder, STAGED, flags, Mode::RUSR | Mode::WUSR)?);
    file.write_all(format!("{FIRST_LINE}{}\n", hex::encode(identity)).as_bytes())?;
    file.sync_all()?;
    renameat(folder, STAGED, folder, FILE)?;
    Ok(fsync(folder)?)
}
