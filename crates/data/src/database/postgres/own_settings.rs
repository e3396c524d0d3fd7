//! Settings for a restored data folder that came without any: on Debian they are elsewhere, and
//! `pg_basebackup` takes what is in the data folder alone.

use std::fmt::Write as _;
use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::{AsFd, OwnedFd};

use rustix::fs::{AtFlags, Mode, openat, statat};
use rustix::io::Errno;

use super::restore::READ;
use crate::database::restore::NEW_FILE;

const SETTINGS: &str = "postgresql.conf";
const ACCESS: &str = "pg_hba.conf";

const WHY: &str = "# Written by a restore: the backup had no such file. On Debian it is in a \
                   folder below /etc.\n";

/// Nobody but by the socket, which only the user that runs the server can open.
const NOBODY_ELSE: &str = "listen_addresses = ''\nunix_socket_permissions = 0700\n";

/// Whoever has the name of a user of the database on this machine is that user.
const BY_NAME: &str = "local all all peer\n";

/// Writes the files without which a server does not start, if they are not there. Gives what is to
/// be said of that.
pub(super) fn complete(root: &OwnedFd) -> io::Result<Option<String>> {
    let mut written = Vec::new();
    if !is_there(root, SETTINGS)? {
        let mut text = format!("{WHY}{NOBODY_ELSE}");
        for (name, value) in limits(&control(root)?).into_iter().flatten() {
            writeln!(text, "{name} = {value}").map_err(io::Error::other)?;
        }
        put(root, SETTINGS, &text)?;
        written.push(SETTINGS);
    }
    if !is_there(root, ACCESS)? {
        put(root, ACCESS, &format!("{WHY}{BY_NAME}"))?;
        written.push(ACCESS);
    }
    if written.is_empty() {
        return Ok(None);
    }
    Ok(Some(format!(
        "{} not in the backup, so small ones were written: they let in nobody but, over the \
         socket, whoever has the name of a user of the database; put yours in their place",
        match *written {
            [only] => format!("{only} was"),
            _ => format!("{} were", written.join(" and ")),
        }
    )))
}

fn is_there(root: &OwnedFd, name: &str) -> io::Result<bool> {
    match statat(root, name, AtFlags::SYMLINK_NOFOLLOW) {
        Ok(_) => Ok(true),
        Err(Errno::NOENT) => Ok(false),
        Err(error) => Err(error.into()),
    }
}

fn put(root: &OwnedFd, name: &str, text: &str) -> io::Result<()> {
    let file = openat(root.as_fd(), name, NEW_FILE, Mode::RUSR | Mode::WUSR)?;
    File::from(file).write_all(text.as_bytes())
}

fn control(root: &OwnedFd) -> io::Result<Vec<u8>> {
    let file = openat(root, "global/pg_control", READ, Mode::empty())?;
    let mut bytes = Vec::new();
    File::from(file).take(8192).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// What the server had room for, which a recovery must have as well: it would end at the first
/// transaction too many. Nothing if the file is of a version that is not known; then the server's
/// own defaults hold.
fn limits(control: &[u8]) -> Option<[(&'static str, u32); 5]> {
    const VERSIONS: [u32; 3] = [1300, 1700, 1800];
    const ALIGNED: u32 = 8;
    let number = |at: usize| {
        let bytes = control.get(at..at.checked_add(4)?)?;
        Some(u32::from_le_bytes(bytes.try_into().ok()?))
    };
    // What follows the limits is the same everywhere, and tells that they stand there.
    if !VERSIONS.contains(&number(8)?) || number(204)? != ALIGNED {
        return None;
    }
    let limit = |name, at| {
        let value = number(at).filter(|value| i32::try_from(*value).is_ok())?;
        Some((name, value))
    };
    Some([
        limit("max_connections", 180)?,
        limit("max_worker_processes", 184)?,
        limit("max_wal_senders", 188)?,
        limit("max_prepared_transactions", 192)?,
        limit("max_locks_per_transaction", 196)?,
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_are_read_from_versions_that_are_known_and_from_no_others() {
        let mut control = vec![0; 300];
        let mut put = |at: usize, value: u32| {
            control[at..at + 4].copy_from_slice(&value.to_le_bytes());
            control.clone()
        };
        for (at, value) in [(180, 300), (184, 8), (188, 10), (192, 7), (196, 64), (204, 8)] {
            put(at, value);
        }
        let known = put(8, 1700);
        let limits_of = |control: &[u8]| limits(control).map(|it| it.map(|(_, value)| value));
        assert_eq!(limits_of(&known), Some([300, 8, 10, 7, 64]));
        assert_eq!(limits_of(&known[..200]), None);
        assert_eq!(limits_of(&put(8, 2100)), None);
        put(8, 1300);
        assert_eq!(limits_of(&put(204, 9)), None);
        put(204, 8);
        assert_eq!(limits_of(&put(192, u32::MAX)), None, "it is no limit");
    }
}
