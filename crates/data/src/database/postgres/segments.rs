//! The files of the write-ahead log: their names say where in it they are.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::path::Path;

use aws_lc_rs::digest;
use sexton_core::LogPlace;

use super::wal::{Lsn, Piece, last_record};
use crate::database::mariadb::{is_log_name, number};
use crate::database::read_full;
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

/// How a file begins of which nothing is left but its name, its length, and what comes next: its
/// hash, and where its last record begins.
const HOLLOW: &[u8; 16] = b"SXTN hollow file";
const HASH_BYTES: usize = 32;
const LAST_BYTES: usize = 8;
const BUFFER_BYTES: usize = 256 << 10;

impl Segment {
    /// Whether it is a segment of a write-ahead log.
    pub(in crate::database) fn is_write_ahead(&self) -> bool {
        self.number().is_some() && !is_log_name(&self.name)
    }
}

/// Puts a file in the place of a segment that has its name, its length, its hash and the place of
/// its last record, and nothing of what was in it.
pub(in crate::database) fn hollow_out(folder: &Path, segment: &Segment) -> io::Result<()> {
    let made = folder.join(".hollow");
    let Known { hash, last } = Known::of(&folder.join(&segment.name), segment)?;
    let mut file = File::create(&made)?;
    file.write_all(HOLLOW)?;
    file.write_all(&hash)?;
    file.write_all(&last.unwrap_or(0).to_le_bytes())?;
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

/// What is known of a segment that was received whole, also once it is hollow.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Known {
    /// Of all that is in it.
    pub(super) hash: [u8; HASH_BYTES],
    /// Where its last record begins.
    pub(super) last: Option<Lsn>,
}

impl Known {
    pub(super) fn of(path: &Path, segment: &Segment) -> io::Result<Self> {
        let mut file = File::open(path)?;
        let mut begin = [0; HOLLOW.len() + HASH_BYTES + LAST_BYTES];
        let filled = read_full(&mut file, &mut begin)?;
        let (mark, known) = begin.split_at(HOLLOW.len());
        if mark == HOLLOW {
            let (mut hash, mut last) = ([0; HASH_BYTES], [0; LAST_BYTES]);
            hash.copy_from_slice(&known[..HASH_BYTES]);
            last.copy_from_slice(&known[HASH_BYTES..]);
            let last = Some(Lsn::from_le_bytes(last)).filter(|last| *last > 0);
            return Ok(Self { hash, last });
        }
        let mut context = digest::Context::new(&digest::SHA256);
        context.update(&begin[..filled]);
        let mut buffer = vec![0; BUFFER_BYTES];
        loop {
            let read = read_full(&mut file, &mut buffer)?;
            if read == 0 {
                break;
            }
            context.update(&buffer[..read]);
        }
        let mut hash = [0; HASH_BYTES];
        hash.copy_from_slice(context.finish().as_ref());
        let at = segment.number().unwrap_or(0).saturating_mul(segment.bytes);
        let piece = Piece { path: path.to_owned(), bytes: segment.bytes, at };
        // What is no log has no records.
        let last = last_record(&piece).unwrap_or(None);
        Ok(Self { hash, last })
    }
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

/// What was received.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(super) struct Received {
    /// The last segment that is whole, after its timeline.
    pub(super) whole: Option<(u32, u64)>,
    /// The last timeline of which anything was received, and where that ends, with what was
    /// written of the segment that is not whole yet.
    pub(super) until: Option<(u32, Lsn)>,
}

/// What was received into `folder`, as its files say. Of the last one that is whole perhaps nothing
/// but its name, its length and its hash is left.
pub(super) fn received(folder: &Path, segment_bytes: u64) -> io::Result<Received> {
    let mut received = Received::default();
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let Ok(name) = entry.file_name().into_string() else { continue };
        let whole = name.strip_suffix(".partial").unwrap_or(&name);
        let Some(LogPlace::Segment { timeline, number }) = LogPlace::of(whole, segment_bytes)
        else {
            continue;
        };
        let bytes = if whole == name {
            received.whole = received.whole.max(Some((timeline, number)));
            segment_bytes
        } else {
            written(&entry.path())?
        };
        if bytes > 0 {
            let until = number.saturating_mul(segment_bytes).saturating_add(bytes);
            received.until = received.until.max(Some((timeline, until)));
        }
    }
    Ok(received)
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
        let received = || received(folder.path(), 16 << 20).unwrap();
        let of = |whole, until| Received { whole, until };
        let write = |name: &str, content: &[u8]| {
            fs::write(folder.path().join(name), content).unwrap();
        };
        assert_eq!(received(), Received::default());
        write("000000010000000000000003.partial", &[0; 1000]);
        assert_eq!(received(), Received::default(), "nothing is in it");
        write("000000010000000000000002", b"log");
        hollow_out(folder.path(), &self::of(&["000000010000000000000002"])[0]).unwrap();
        assert_eq!(received(), of(Some((1, 2)), Some((1, 0x300_0000))));
        write("000000010000000000000003.partial", b"log\0\0\0");
        write("00000003.history", b"history");
        assert_eq!(received(), of(Some((1, 2)), Some((1, 0x300_0003))));
        write("000000020000000000000003.partial", b"log");
        assert_eq!(received(), of(Some((1, 2)), Some((2, 0x300_0003))));
        write("000000020000000000000003", b"log");
        assert_eq!(received(), of(Some((2, 3)), Some((2, 0x400_0000))));
    }

    #[test]
    fn a_hollow_segment_has_the_hash_of_what_was_in_it_and_nothing_else_of_it() {
        let folder = tempfile::tempdir().unwrap();
        for (name, content) in [
            ("000000010000000000000002", vec![7; 40]),
            ("000000010000000000000003", vec![7; BUFFER_BYTES + 100]),
        ] {
            let path = folder.path().join(name);
            fs::write(&path, &content).unwrap();
            let segment = Segment { bytes: length(content.len()), ..of(&[name])[0].clone() };
            let known = Known::of(&path, &segment).unwrap();
            assert_eq!(known.hash, digest::digest(&digest::SHA256, &content).as_ref());
            assert_eq!(known.last, None, "it is no log");
            hollow_out(folder.path(), &of(&[name])[0]).unwrap();
            assert_eq!(Known::of(&path, &segment).unwrap(), known);
            let left = fs::read(&path).unwrap();
            assert_eq!(left.len(), 16 << 20);
            let behind = HOLLOW.len() + HASH_BYTES + LAST_BYTES;
            assert!(left[behind..].iter().all(|byte| *byte == 0));
        }
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
