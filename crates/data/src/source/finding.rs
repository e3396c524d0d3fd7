//! What a capture or a restore has to report without failing for it.

use std::fmt;

use serde::{Deserialize, Serialize};

/// The most findings that are kept one by one; all are counted.
pub const FINDINGS_MAX: usize = 1000;

/// The longest path that a finding shows, in bytes; longer ones keep their end.
const PATH_BYTES_MAX: usize = 1024;

/// One thing that could not be done as it should.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Finding {
    /// Where, relative to the source; what is not text is shown escaped.
    pub path: String,
    /// What.
    pub what: Problem,
}

/// What may go wrong with one entry.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum Problem {
    /// It was listed, and was gone when it was to be read.
    Vanished,
    /// It could not be read; it is not in the backup, or only up to the error.
    Unreadable {
        /// The system's words.
        cause: String,
    },
    /// It was modified while it was read: the backup may mix old and new.
    Changed,
    /// It became shorter while it was read; the backup has what could be read.
    Shrank,
    /// It became longer while it was read; the backup has the length from before.
    Grew,
    /// A socket, which means nothing without its process; it is not in the backup.
    SocketSkipped,
    /// Neither file nor anything else that can be stored; it is not in the backup.
    UnknownKind,
    /// It belongs to the server's own data, or is a sealed object of another server; it is
    /// not in the backup, which would outlive its deletion.
    OwnData,
    /// The directory is deeper than can be stored; it is not in the backup.
    TooDeep,
    /// It has several names, and is stored as one copy for each from here on: there is no
    /// room to remember its first name, or it was changed since that came by.
    LinkAsCopy,
    /// Extended attributes could not be read.
    AttributesUnreadable {
        /// The system's words.
        cause: String,
    },
    /// The owner was not restored: that takes privileges.
    OwnerNotSet {
        /// The recorded user.
        uid: u32,
        /// The recorded group.
        gid: u32,
    },
    /// An attribute was not restored.
    AttributeNotSet {
        /// Which.
        name: String,
        /// The system's words.
        cause: String,
    },
    /// A device was not restored: that takes privileges.
    DeviceNotMade {
        /// The system's words.
        cause: String,
    },
    /// It was restored as it is in the backup, where it was changing while it was read.
    WasChanging,
    /// A further name of an entry that could not be restored itself.
    LinkTargetMissing,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Vanished => f.write_str("vanished before it could be read"),
            Self::Unreadable { cause } => write!(f, "cannot be read: {cause}"),
            Self::Changed => f.write_str("changed while it was read"),
            Self::Shrank => f.write_str("shrank while it was read"),
            Self::Grew => f.write_str("grew while it was read"),
            Self::SocketSkipped => f.write_str("is a socket and was skipped"),
            Self::UnknownKind => f.write_str("is of an unknown kind and was skipped"),
            Self::OwnData => f.write_str("is data of a Sexton server and was skipped"),
            Self::TooDeep => f.write_str("is too deep in the tree and was skipped"),
            Self::LinkAsCopy => f.write_str("has several names and was stored as a copy"),
            Self::AttributesUnreadable { cause } => {
                write!(f, "extended attributes cannot be read: {cause}")
            }
            Self::OwnerNotSet { uid, gid } => write!(f, "owner {uid}:{gid} was not restored"),
            Self::AttributeNotSet { name, cause } => {
                write!(f, "attribute {name} was not restored: {cause}")
            }
            Self::DeviceNotMade { cause } => write!(f, "device was not restored: {cause}"),
            Self::WasChanging => f.write_str("was changing while it was backed up"),
            Self::LinkTargetMissing => f.write_str("is a name of an entry that is not there"),
        }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.path, self.what)
    }
}

/// The first [`FINDINGS_MAX`] findings, and how many there were.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Findings {
    /// The first ones.
    pub list: Vec<Finding>,
    /// All of them.
    pub count: u64,
}

impl Findings {
    /// Whether nothing that they tell of would be missed: a socket is made anew by its process.
    pub fn miss_nothing(&self) -> bool {
        let told = u64::try_from(self.list.len()).is_ok_and(|told| told == self.count);
        told && self.list.iter().all(|finding| finding.what == Problem::SocketSkipped)
    }

    /// Notes one; `path` is as the file system has it.
    pub fn note(&mut self, path: &[u8], what: Problem) {
        self.count = self.count.saturating_add(1);
        if self.list.len() < FINDINGS_MAX {
            let shown = &path[path.len().saturating_sub(PATH_BYTES_MAX)..];
            let path = if path.is_empty() { ".".into() } else { escape(shown) };
            self.list.push(Finding { path, what });
        }
    }
}

/// Text as it is; what is not text, or would garble a terminal, escaped.
pub(crate) fn escape(bytes: &[u8]) -> String {
    let mut shown = String::with_capacity(bytes.len());
    for part in bytes.utf8_chunks() {
        for c in part.valid().chars() {
            if c.is_control() {
                shown.extend(c.escape_default());
            } else {
                shown.push(c);
            }
        }
        for byte in part.invalid() {
            shown.extend(["\\x".to_owned(), hex::encode([*byte])]);
        }
    }
    shown
}
