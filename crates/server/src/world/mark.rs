//! The mark of a data folder that `--dev` made.
//!
//! A server for tests erases its world for anybody on the machine who asks. It may only
//! do that to a world that it made itself, so it says so before it makes anything, and it
//! opens no folder with something in it that does not say so.

use std::fs;
use std::io;
use std::path::Path;

use sexton_store::files;

use crate::server::folder::LOCK_STAGED;

/// The file that is the mark.
pub(crate) const FILE: &str = "dev-world";

const BEGINNING: &str = "sexton dev world v1: beginning\n";
const BEGUN: &str = "sexton dev world v1: begun\n";
const BEGUN_EMPTY: &str = "sexton dev world v1: begun empty\n";

/// Files that a server leaves in an empty folder before it has marked it.
const BEFORE_MARK: [&str; 3] = ["lock", LOCK_STAGED, "dev-world.new"];

/// How far the world of a marked folder has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Mark {
    /// What it begins with is not all there: it is to be begun anew.
    Beginning,
    /// It has been served, or could have been.
    Begun,
    /// The same, and no realm of it has a vault that nobody made.
    BegunEmpty,
}

impl Mark {
    /// The mark of a folder, if it has one.
    pub(crate) fn read(folder: &Path) -> io::Result<Option<Self>> {
        let path = folder.join(FILE);
        match fs::read_to_string(&path) {
            Ok(text) if text == BEGINNING => Ok(Some(Self::Beginning)),
            Ok(text) if text == BEGUN => Ok(Some(Self::Begun)),
            Ok(text) if text == BEGUN_EMPTY => Ok(Some(Self::BegunEmpty)),
            Ok(_) => {
                let path = path.display();
                Err(io::Error::other(format!("{path} is not a mark that this version knows")))
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// Marks a folder, durably.
    pub(crate) fn write(self, folder: &Path) -> io::Result<()> {
        let text = match self {
            Self::Beginning => BEGINNING,
            Self::Begun => BEGUN,
            Self::BegunEmpty => BEGUN_EMPTY,
        };
        files::write_private(&folder.join(FILE), text.as_bytes())
    }
}

/// Whether a folder holds nothing that could be lost.
pub(crate) fn is_empty(folder: &Path) -> io::Result<bool> {
    for entry in fs::read_dir(folder)? {
        let name = entry?.file_name();
        if !BEFORE_MARK.iter().any(|known| name == *known) {
            return Ok(false);
        }
    }
    Ok(true)
}
