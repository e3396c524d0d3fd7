//! Remembers the first name of files that have several.

use std::collections::HashMap;

use rustix::fs::Stat;

use crate::source::archive::LINK_PATH_BYTES_MAX;
use crate::source::tree::{Identity, identity};

/// Memory for files with names still to come. Beyond it they are stored as copies.
pub const LINKS_BYTES_MAX: usize = 8 << 20;

/// What an entry costs besides its path.
const ENTRY_BYTES: usize = 96;

/// First names, until as many further names were seen as the file has.
#[derive(Debug, Default)]
pub(super) struct Links {
    first: HashMap<Identity, First>,
    bytes: usize,
}

#[derive(Debug)]
struct First {
    path: Vec<u8>,
    /// Names that were not seen yet. Those outside the source never are.
    left: u64,
}

impl Links {
    /// Takes one further name of the file; gives its first one, if it has come by.
    pub(super) fn take(&mut self, stat: &Stat) -> Option<Vec<u8>> {
        let id = identity(stat);
        let first = self.first.get_mut(&id)?;
        first.left = first.left.saturating_sub(1);
        if first.left > 0 {
            return Some(first.path.clone());
        }
        let first = self.first.remove(&id)?;
        self.bytes -= first.path.len() + ENTRY_BYTES;
        Some(first.path)
    }

    /// Remembers the first name of a file that has more; `false` if there is no room.
    pub(super) fn remember(&mut self, stat: &Stat, path: &[u8]) -> bool {
        let bytes = path.len() + ENTRY_BYTES;
        if path.len() > LINK_PATH_BYTES_MAX || self.bytes + bytes > LINKS_BYTES_MAX {
            return false;
        }
        #[expect(clippy::useless_conversion, reason = "some machines count in 32 bits")]
        let names = u64::from(stat.st_nlink);
        let first = First { path: path.to_vec(), left: names.saturating_sub(1) };
        self.first.insert(identity(stat), first);
        self.bytes += bytes;
        true
    }
}
