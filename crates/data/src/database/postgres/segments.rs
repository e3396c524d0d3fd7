//! The files of the write-ahead log: their names say where in it they are.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

use sexton_core::LogPlace;

use super::wal::Lsn;
use crate::database::mariadb::{is_log_name, number};
use crate::seal::length;

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
        match LogPlace::of(&self.name, self.bytes)? {
            LogPlace::Binary { number, .. } | LogPlace::Segment { number, .. } => Some(number),
            LogPlace::History { .. } => None,
        }
    }
}

const SEGMENT_NAME_BYTES: usize = 24;

/// How a file begins of which nothing but its name and its length is left.
const HOLLOW: &[u8; 16] = b"SXTN hollow file";

impl Segment {
    /// Whether it is a segment of a write-ahead log.
    pub(in crate::database) fn is_write_ahead(&self) -> bool {
        self.number().is_some() && !is_log_name(&self.name)
    }
}

/// Puts a file in the place of a segment that has its name and its length, and nothing of what
/// was in it.
pub(in crate::database) fn hollow_out(folder: &Path, segment: &Segment) -> io::Result<()> {
    let made = folder.join(".hollow");
    let mut file = File::create(&made)?;
    file.write_all(HOLLOW)?;
    file.set_len(segment.bytes)?;
    file.sync_all()?;
    fs::rename(made, folder.join(&segment.name))
}

/// Removes hollow files but for one.
pub(in crate::database) fn remove_hollow(folder: &Path, but: Option<&str>) -> io::Result<()> {
    let Some(but) = but else { return Ok(()) };
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        if name != but && is_whole(&name) && is_hollow(&entry.path())? {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

fn is_hollow(path: &Path) -> io::Result<bool> {
    let file = match File::open(path) {
        Ok(file) => file,
        // The receiver renames and removes beside us.
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(true),
        Err(error) => return Err(error),
    };
    let mut begin = Vec::with_capacity(HOLLOW.len());
    file.take(16).read_to_end(&mut begin)?;
    Ok(begin == HOLLOW)
}

/// The files of the log in `folder` that are whole, in their order. What a receiver is still
/// writing has another name, or is the last file of a binary log.
pub fn segments(folder: &Path) -> io::Result<Vec<Segment>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let Ok(name) = entry?.file_name().into_string() else { continue };
        found.extend(segment(folder, name)?);
    }
    found.sort_by_cached_key(|it| {
        (is_log_name(&it.name).then(|| number(&it.name)), it.name.clone())
    });
    found.pop_if(|it| is_log_name(&it.name));
    Ok(found)
}

/// What of this name is a file of the log. The receiver renames and removes beside us: what is gone
/// again is none.
fn segment(folder: &Path, name: String) -> io::Result<Option<Segment>> {
    if !is_whole(&name) {
        return Ok(None);
    }
    let path = folder.join(&name);
    let metadata = match fs::symlink_metadata(&path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        metadata => metadata?,
    };
    let is_one = metadata.is_file() && !is_hollow(&path)?;
    Ok(is_one.then_some(Segment { name, bytes: metadata.len() }))
}

/// Removes files that the tool was about to make when it was killed or the disk was full: of
/// the length of no segment. It would not go on beside them. There is nothing in them yet.
pub(super) fn remove_half_made(folder: &Path, segment_bytes: u64) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let is_one = name.strip_suffix(".partial").is_some_and(is_segment_name);
        if is_one && ![0, segment_bytes].contains(&entry.metadata()?.len()) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(())
}

/// How far a timeline was received into `folder`, as its files say: those that are whole, those of
/// which the name alone is left, and what was written of the one that is not whole yet.
pub(super) fn received_until(
    folder: &Path,
    timeline: u32,
    segment_bytes: u64,
) -> io::Result<Option<Lsn>> {
    let mut until = None;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let whole = name.strip_suffix(".partial").unwrap_or(&name);
        let Some(LogPlace::Segment { timeline: of, number }) = LogPlace::of(whole, segment_bytes)
        else {
            continue;
        };
        if of != timeline {
            continue;
        }
        let bytes = if whole == name { segment_bytes } else { written(&entry.path())? };
        if bytes > 0 {
            until = until.max(Some(number.saturating_mul(segment_bytes).saturating_add(bytes)));
        }
    }
    Ok(until)
}

/// How much of a file is not zeros at its end: the tool makes files of their full length.
fn written(path: &Path) -> io::Result<u64> {
    let mut file = BufReader::with_capacity(256 << 10, File::open(path)?);
    let (mut at, mut until) = (0, 0);
    loop {
        let bytes = file.fill_buf()?;
        if bytes.is_empty() {
            return Ok(until);
        }
        if let Some(last) = bytes.iter().rposition(|byte| *byte != 0) {
            until = at + length(last) + 1;
        }
        let read = bytes.len();
        at += length(read);
        file.consume(read);
    }
}

/// Whether a file of this name is one of the log, and not one that is being written.
fn is_whole(name: &str) -> bool {
    let history = name.strip_suffix(".history").is_some_and(|it| it.len() == 8 && is_hex(it));
    history || is_log_name(name) || is_segment_name(name)
}

fn is_segment_name(name: &str) -> bool {
    name.len() == SEGMENT_NAME_BYTES && is_hex(name)
}

fn is_hex(text: &str) -> bool {
    text.bytes().all(|it| it.is_ascii_digit() || (b'A'..=b'F').contains(&it))
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
            fs::write(folder.path().join(format!("b.{number}")), "log").unwrap();
        }
        fs::write(folder.path().join("b.000001.partial"), "log").unwrap();
        let found = segments(folder.path()).unwrap();
        let names: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["b.999998", "b.999999", "b.1000000"]);
        assert_eq!(first_gap(&found), None);
        let with_hole = of(&["b.999999", "b.1000001"]);
        assert_eq!(first_gap(&with_hole), Some(("b.999999", "b.1000001")));
    }

    #[test]
    fn how_far_a_timeline_was_received_is_told_by_names_and_by_what_is_not_whole_yet() {
        let folder = tempfile::tempdir().unwrap();
        let until = |timeline| received_until(folder.path(), timeline, 16 << 20).unwrap();
        let write = |name: &str, content: &[u8]| {
            fs::write(folder.path().join(name), content).unwrap();
        };
        assert_eq!(until(1), None);
        write("000000010000000000000003.partial", &[0; 1000]);
        assert_eq!(until(1), None, "nothing is in it");
        hollow_out(folder.path(), &of(&["000000010000000000000002"])[0]).unwrap();
        assert_eq!(until(1), Some(0x300_0000));
        write("000000010000000000000003.partial", b"log\0\0\0");
        write("00000003.history", b"history");
        write("000000020000000000000001", b"log");
        assert_eq!(until(1), Some(0x300_0003));
        assert_eq!(until(2), Some(0x200_0000));
        assert_eq!(until(3), None);
    }

    /// A name that was listed a moment ago, before the receiver renamed its file.
    #[test]
    fn a_file_that_is_gone_again_is_not_listed() {
        let folder = tempfile::tempdir().unwrap();
        let name = "000000010000000000000002".to_owned();
        assert_eq!(segment(folder.path(), name.clone()).unwrap(), None);
        fs::write(folder.path().join(&name), "log").unwrap();
        assert!(segment(folder.path(), name).unwrap().is_some());
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
            fs::write(folder.path().join(name), "log").unwrap();
        }
        fs::create_dir(folder.path().join("000000010000000000000009")).unwrap();
        let found = segments(folder.path()).unwrap();
        let names: Vec<_> = found.iter().map(|it| it.name.as_str()).collect();
        assert_eq!(names, ["000000010000000000000002", "00000002.history"]);
    }
}
