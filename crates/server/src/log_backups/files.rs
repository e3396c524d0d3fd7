//! Files of a spool.

use std::fs::{self, File};
use std::io::{self, Read as _};
use std::os::unix::fs::{DirBuilderExt as _, OpenOptionsExt as _};
use std::path::Path;

use aws_lc_rs::digest::{Context, SHA256};
use jiff::Timestamp;
use rustix::fs::OFlags;
use sexton_core::LogFile;

/// Bytes that are read at a time.
const BUFFER_BYTES: usize = 256 << 10;

/// Makes a folder that nobody else can look into.
pub(crate) fn make(folder: &Path) -> io::Result<()> {
    fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// What is known of whole files, in their order. They tell until they were written last.
pub(super) fn describe(folder: &Path, names: &[String]) -> io::Result<Vec<LogFile>> {
    names.iter().map(|name| describe_one(folder, name)).collect()
}

fn describe_one(folder: &Path, name: &str) -> io::Result<LogFile> {
    let no_follow = i32::try_from(OFlags::NOFOLLOW.bits()).map_err(io::Error::other)?;
    let mut file = File::options().read(true).custom_flags(no_follow).open(folder.join(name))?;
    let until = Timestamp::try_from(file.metadata()?.modified()?).map_err(io::Error::other)?;
    let (mut digest, mut bytes) = (Context::new(&SHA256), 0);
    let mut buffer = vec![0; BUFFER_BYTES];
    loop {
        let read = file.read(&mut buffer)?;
        if read == 0 {
            break;
        }
        digest.update(&buffer[..read]);
        bytes += u64::try_from(read).unwrap_or(u64::MAX);
    }
    let sha256 = hex::encode(digest.finish());
    Ok(LogFile { name: name.to_owned(), bytes, sha256, from: until, until })
}

/// When a file was written last, if it is there.
pub(super) fn written(folder: &Path, name: &str) -> Option<Timestamp> {
    let found = fs::symlink_metadata(folder.join(name)).ok()?;
    Timestamp::try_from(found.modified().ok()?).ok()
}
