//! What a server finds in its data folder of how far it goes on when it starts.

use std::fs::File;
use std::io::{self, Read as _, Write as _};
use std::os::fd::OwnedFd;

use jiff::Timestamp;
use rustix::fs::{AtFlags, Mode, OFlags, openat, statat, unlinkat};
use rustix::io::Errno;

use super::restore::{LOG_FOLDER, READ};
use crate::database::restore::NEW_FILE;

/// How far a server goes on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Goes {
    /// To a time, in another timeline if one is named.
    Until(Timestamp, Option<u32>),
    /// To the end of the log, likewise.
    On(Option<u32>),
    /// To the end of the log that the backup itself has: there it is consistent.
    NoFarther,
}

/// What a folder has in which a server waits for more of its log.
const SIGNALS: [&str; 2] = ["standby.signal", "recovery.signal"];
/// What the label of a backup says that was made of such a server.
const OF_STANDBY: &[u8] = b"BACKUP FROM: standby";

/// Whether a folder is that of a standby: its server would go on with the log of its primary, and
/// take the slot of the standby there.
pub(super) fn is_of_standby(root: &OwnedFd) -> io::Result<bool> {
    for name in SIGNALS {
        match statat(root, name, AtFlags::SYMLINK_NOFOLLOW) {
            Ok(_) => return Ok(true),
            Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    let label = match openat(root, "backup_label", READ, Mode::empty()) {
        Ok(label) => File::from(label),
        Err(Errno::NOENT) => return Ok(false),
        Err(error) => return Err(error.into()),
    };
    let mut text = Vec::new();
    label.take(8192).read_to_end(&mut text)?;
    Ok(text.split(|byte| *byte == b'\n').any(|line| line == OF_STANDBY))
}

/// Has the server go on when it starts, and open then. The log is in its own folder, relative to
/// which the command runs, and goes when the recovery has ended. The settings that came with
/// the set may have another target, with which a server does not start, or make a standby
/// of it, which asks its old primary for more.
///
/// The timeline is the one that the files end in: the newest one may have come from elsewhere.
/// Nobody is let in before the end, because a server that lets somebody in does not go on where
/// the old one was given more room than its settings in the backup say.
pub(super) fn write(root: &OwnedFd, goes: Goes) -> io::Result<()> {
    let flags =
        OFlags::WRONLY | OFlags::APPEND | OFlags::CREATE | OFlags::NOFOLLOW | OFlags::CLOEXEC;
    let mode = Mode::RUSR | Mode::WUSR;
    let file = openat(root, "postgresql.auto.conf", flags, mode)?;
    File::from(file).write_all(settings(goes).as_bytes())?;
    for name in SIGNALS {
        match unlinkat(root, name, AtFlags::empty()) {
            Ok(()) | Err(Errno::NOENT) => {}
            Err(error) => return Err(error.into()),
        }
    }
    openat(root, "recovery.signal", NEW_FILE, mode)?;
    Ok(())
}

fn settings(goes: Goes) -> String {
    let from_folder = (format!("cp \"{LOG_FOLDER}/%f\" \"%p\""), format!("rm -r -f {LOG_FOLDER}"));
    // Without a command a server does not begin a recovery. This one has nothing to give.
    let nothing = ("false".to_owned(), String::new());
    let (time, turns_to, (command, end_command)) = match goes {
        Goes::Until(time, turns_to) => {
            let time = time.strftime("%Y-%m-%d %H:%M:%S%.6f+00").to_string();
            (time, turns_to, from_folder)
        }
        Goes::On(turns_to) => (String::new(), turns_to, from_folder),
        Goes::NoFarther => (String::new(), None, nothing),
    };
    let timeline = turns_to.map_or_else(|| "current".to_owned(), |it| it.to_string());
    format!(
        "\n# Written by a restore, for the first start. The rest of the log comes from here.\n\
         restore_command = '{command}'\n\
         recovery_target = ''\n\
         recovery_target_name = ''\n\
         recovery_target_lsn = ''\n\
         recovery_target_xid = ''\n\
         recovery_target_time = '{time}'\n\
         recovery_target_inclusive = on\n\
         recovery_target_action = 'promote'\n\
         recovery_target_timeline = '{timeline}'\n\
         recovery_min_apply_delay = 0\n\
         primary_conninfo = ''\n\
         primary_slot_name = ''\n\
         hot_standby = off\n\
         archive_cleanup_command = ''\n\
         recovery_end_command = '{end_command}'\n"
    )
}
