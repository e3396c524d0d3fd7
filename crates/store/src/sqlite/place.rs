//! Whether the files of the database are still the ones that were opened. SQLite goes on writing
//! to a file that was moved away or replaced, and whatever it writes is lost at the next start.

use std::fs;
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::OnceLock;

use super::schema::log_of;
use crate::Cause;

/// The database file and its write-ahead log, as they were opened.
#[derive(Debug)]
pub(super) struct Place {
    database: (PathBuf, Identity),
    /// SQLite makes the log when it first needs one.
    log: (PathBuf, OnceLock<Identity>),
}

/// Device and inode.
type Identity = (u64, u64);

fn identity(file: &Path) -> io::Result<Identity> {
    fs::metadata(file).map(|found| (found.dev(), found.ino()))
}

impl Place {
    /// Of a database that is open.
    pub(super) fn of(database: &Path) -> io::Result<Self> {
        let found = identity(database)?;
        let log = (log_of(database), OnceLock::new());
        Ok(Self { database: (database.to_owned(), found), log })
    }

    /// Refuses when one of the files is not there any more, or is another one.
    pub(super) fn check(&self) -> Result<(), Cause> {
        let (database, opened) = &self.database;
        check(database, Some(opened))?;
        let (log, opened) = &self.log;
        if let Some(found) = check(log, opened.get())? {
            opened.get_or_init(|| found);
        }
        Ok(())
    }
}

/// Which file it is; nothing if none was opened and none is there.
fn check(file: &Path, opened: Option<&Identity>) -> Result<Option<Identity>, Cause> {
    let name = file.file_name().unwrap_or_default().display();
    let way_out = "nothing is written until the one that was opened is back";
    match identity(file) {
        Ok(found) if opened.is_none_or(|opened| *opened == found) => Ok(Some(found)),
        Ok(_) => {
            Err(format!("{name} is another file than the one that was opened: {way_out}").into())
        }
        Err(error) if error.kind() == io::ErrorKind::NotFound => match opened {
            Some(_) => Err(format!("{name} is not there any more: {way_out}").into()),
            None => Ok(None),
        },
        Err(error) => Err(error.into()),
    }
}
