//! Whether two files of the log are the same: a name says nothing of what is in it.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::database::read_full;
use crate::seal::length;
use crate::source::Cancel;

const BUFFER_BYTES: usize = 256 << 10;

/// Whether the first `bytes` of two files are there and the same.
pub(super) fn same(one: &Path, other: &Path, bytes: u64, cancel: &Cancel) -> io::Result<bool> {
    let (mut one, mut other) = (File::open(one)?.take(bytes), File::open(other)?.take(bytes));
    let (mut of_one, mut of_other) = (vec![0; BUFFER_BYTES], vec![0; BUFFER_BYTES]);
    let mut seen = 0;
    loop {
        if cancel.is_cancelled() {
            return Err(io::ErrorKind::Interrupted.into());
        }
        let now = read_full(&mut one, &mut of_one)?;
        if read_full(&mut other, &mut of_other)? != now || of_one[..now] != of_other[..now] {
            return Ok(false);
        }
        if now == 0 {
            return Ok(seen == bytes);
        }
        seen += length(now);
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn files_are_the_same_as_far_as_is_asked_and_never_where_one_has_ended() {
        let folder = tempfile::tempdir().unwrap();
        let (one, other) = (folder.path().join("one"), folder.path().join("other"));
        let mut bytes = vec![7; BUFFER_BYTES + 100];
        fs::write(&one, &bytes).unwrap();
        bytes[BUFFER_BYTES + 50] = 8;
        fs::write(&other, &bytes[..BUFFER_BYTES + 90]).unwrap();
        for (wanted, expected) in [(0, true), (50, true), (51, false), (90, false), (100, false)] {
            let bytes = length(BUFFER_BYTES) + wanted;
            let found = same(&one, &other, bytes, &Cancel::default()).unwrap();
            assert_eq!(found, expected, "{wanted}");
        }
        bytes[BUFFER_BYTES + 50] = 7;
        fs::write(&other, &bytes[..BUFFER_BYTES + 90]).unwrap();
        let same = |wanted| same(&one, &other, length(BUFFER_BYTES) + wanted, &Cancel::default());
        assert!(same(90).unwrap());
        assert!(!same(91).unwrap(), "one has ended");
        assert!(!same(100).unwrap());
    }
}
