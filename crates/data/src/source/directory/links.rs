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

/// What a name is of a file that has several.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Further {
    /// A further name of the file with this first name.
    Of(Vec<u8>),
    /// The file was changed since its first name came by, or is another one.
    Changed,
    /// The first name that is seen of it.
    Unknown,
}

#[derive(Debug)]
struct First {
    path: Vec<u8>,
    /// When the file was last changed, names and attributes included. The number of a file
    /// that was removed meanwhile may be another file's by now.
    changed: (i64, u64),
    /// Names that were not seen yet. Those outside the source never are.
    left: u64,
}

impl Links {
    /// Takes one further name of the file.
    pub(super) fn take(&mut self, stat: &Stat) -> Further {
        let id = identity(stat);
        let Some(first) = self.first.get_mut(&id) else { return Further::Unknown };
        first.left = first.left.saturating_sub(1);
        if first.changed == changed(stat) && first.left > 0 {
            return Further::Of(first.path.clone());
        }
        let Some(first) = self.first.remove(&id) else { return Further::Unknown };
        self.bytes -= first.path.len() + ENTRY_BYTES;
        if first.changed == changed(stat) { Further::Of(first.path) } else { Further::Changed }
    }

    /// Remembers the first name of a file that has more; `false` if there is no room.
    pub(super) fn remember(&mut self, stat: &Stat, path: &[u8]) -> bool {
        let bytes = path.len() + ENTRY_BYTES;
        if path.len() > LINK_PATH_BYTES_MAX || self.bytes + bytes > LINKS_BYTES_MAX {
            return false;
        }
        #[expect(clippy::useless_conversion, reason = "some machines count in 32 bits")]
        let names = u64::from(stat.st_nlink);
        let left = names.saturating_sub(1);
        let first = First { path: path.to_vec(), changed: changed(stat), left };
        if let Some(before) = self.first.insert(identity(stat), first) {
            self.bytes -= before.path.len() + ENTRY_BYTES;
        }
        self.bytes += bytes;
        true
    }
}

#[expect(clippy::useless_conversion, reason = "some machines count in 32 bits")]
fn changed(stat: &Stat) -> (i64, u64) {
    (i64::from(stat.st_ctime), u64::from(stat.st_ctime_nsec))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn two_names() -> Stat {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("a"), "a").unwrap();
        std::fs::hard_link(folder.path().join("a"), folder.path().join("b")).unwrap();
        rustix::fs::stat(folder.path().join("b")).unwrap()
    }

    #[test]
    fn a_further_name_is_found_as_often_as_the_file_has_names() {
        let (stat, mut links) = (two_names(), Links::default());
        assert_eq!(links.take(&stat), Further::Unknown);
        assert!(links.remember(&stat, b"a") && links.remember(&stat, b"a"));
        assert_eq!(links.take(&stat), Further::Of(b"a".to_vec()));
        assert_eq!((links.take(&stat), links.bytes), (Further::Unknown, 0));
    }

    /// It was stored as a link to a file that had been removed, with that file's content.
    #[test]
    fn another_file_with_the_number_of_a_removed_one_is_no_further_name_of_it() {
        let (stat, mut links) = (two_names(), Links::default());
        assert!(links.remember(&stat, b"removed"));
        let mut other = stat;
        other.st_ctime_nsec ^= 1;
        assert_eq!((links.take(&other), links.bytes), (Further::Changed, 0));
        assert!(links.remember(&other, b"other"));
        assert_eq!(links.take(&other), Further::Of(b"other".to_vec()));
    }
}
