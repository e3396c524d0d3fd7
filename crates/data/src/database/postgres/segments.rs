//! The files of the write-ahead log: their names say where in it they are.

use std::io;
use std::path::Path;

use crate::database::mariadb::{is_log_name, number};

/// A file of the log that is whole.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Segment {
    /// Its name: a segment of the log, the history of a timeline, or a file of a binary log.
    pub name: String,
    /// Its length.
    pub bytes: u64,
}

impl Segment {
    /// Which segment of the log it is, counted from the beginning of the log over all timelines;
    /// nothing if it is a history.
    pub fn number(&self) -> Option<u64> {
        if is_log_name(&self.name) {
            return Some(number(&self.name));
        }
        let per_log = (1_u64 << 32).checked_div(self.bytes)?;
        let part = |range| u64::from_str_radix(self.name.get(range)?, 16).ok();
        if self.name.len() != SEGMENT_NAME_BYTES {
            return None;
        }
        part(8..16)?.checked_mul(per_log)?.checked_add(part(16..24)?)
    }
}

const SEGMENT_NAME_BYTES: usize = 24;

/// The files of the log in `folder` that are whole, in their order. What a receiver is still
/// writing has another name, or is the last file of a binary log.
pub fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut found = Vec::new();
    for entry in std::fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let metadata = entry.metadata()?;
        if is_whole(&name) && metadata.is_file() {
            found.push(Segment { name, bytes: metadata.len() });
        }
    }
    found.sort_by_cached_key(|it| {
        (is_log_name(&it.name).then(|| number(&it.name)), it.name.clone())
    });
    found.pop_if(|it| is_log_name(&it.name));
    Ok(found)
}

/// Whether a file of this name is one of the log, and not one that is being written.
fn is_whole(name: &str) -> bool {
    let hex =
        |text: &str| text.bytes().all(|it| it.is_ascii_digit() || (b'A'..=b'F').contains(&it));
    let history = name.strip_suffix(".history").is_some_and(|it| it.len() == 8 && hex(it));
    history || is_log_name(name) || (name.len() == SEGMENT_NAME_BYTES && hex(name))
}

/// Where the log has a hole: the names of two segments between which some are missing. `segments`
/// are in their order.
pub fn first_gap(segments: &[Segment]) -> Option<(&str, &str)> {
    let mut numbered: Vec<_> = segments.iter().filter_map(|it| Some((it.number()?, it))).collect();
    numbered.sort();
    numbered.windows(2).find_map(|pair| match pair {
        [(one, before), (other, after)] if one + 1 < *other => Some((&*before.name, &*after.name)),
        [..] => None,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(names: &[&str]) -> Vec<Segment> {
        let segment = |name: &&str| Segment { name: (*name).to_owned(), bytes: 16 << 20 };
        names.iter().map(segment).collect()
    }

    #[test]
    fn a_hole_in_the_log_is_found_over_ends_of_logs_and_timelines() {
        for (names, gap) in [
            (&["000000010000000000000001", "000000010000000000000002"][..], None),
            (
                &["000000010000000000000001", "000000010000000000000003"],
                Some(("000000010000000000000001", "000000010000000000000003")),
            ),
            (&["0000000100000000000000FF", "000000010000000100000000"], None),
            (&["000000010000000000000004", "00000002.history", "000000020000000000000004"], None),
            (
                &["000000010000000000000004", "00000002.history", "000000020000000000000006"],
                Some(("000000010000000000000004", "000000020000000000000006")),
            ),
            (&[], None),
        ] {
            assert_eq!(first_gap(&of(names)), gap, "{names:?}");
        }
    }

    #[test]
    fn the_last_file_of_a_binary_log_is_not_whole_and_numbers_go_on_after_six_digits() {
        let folder = tempfile::tempdir().unwrap();
        for number in [999_998, 999_999, 1_000_000, 1_000_002] {
            std::fs::write(folder.path().join(format!("b.{number}")), "log").unwrap();
        }
        std::fs::write(folder.path().join("b.000001.partial"), "log").unwrap();
        let found = segments(folder.path()).unwrap();
        let names: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["b.999998", "b.999999", "b.1000000"]);
        assert_eq!(first_gap(&found), None);
        let with_hole = of(&["b.999999", "b.1000001"]);
        assert_eq!(first_gap(&with_hole), Some(("b.999999", "b.1000001")));
    }

    #[test]
    fn what_is_being_written_or_is_no_log_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        for name in [
            "000000010000000000000002",
            "000000010000000000000003.partial",
            "00000002.history",
            "00000001000000000000000x",
            ".receiver",
        ] {
            std::fs::write(folder.path().join(name), "log").unwrap();
        }
        std::fs::create_dir(folder.path().join("000000010000000000000009")).unwrap();
        let found = segments(folder.path()).unwrap();
        let names: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["000000010000000000000002", "00000002.history"]);
    }
}
