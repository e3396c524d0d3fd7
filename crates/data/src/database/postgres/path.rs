//! The files of the log that a recovery reads, one after another: those of one life of a server,
//! over the timelines that it has had.

use std::fs;
use std::path::{Path, PathBuf};

use sexton_core::LogPlace;

use super::segments::Segment;
use super::wal::{Lsn, Piece, lsn};
use crate::database::restore::unsupported;
use crate::restore::RestoreError;

/// A timeline that a recovery follows, and the segment in which it begins.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Part {
    timeline: u32,
    from: u64,
}

/// The way of a recovery through the log.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct LogPath {
    /// The timeline in which it ends, if that is not the one of the backup.
    pub(super) turns_to: Option<u32>,
    /// What is read, in its order.
    pub(super) pieces: Vec<Piece>,
}

/// A backup, as far as its log goes.
#[derive(Debug, Clone, Copy)]
pub(super) struct SetLog<'a> {
    /// The first and the last of its segments.
    pub(super) first: &'a str,
    pub(super) last: &'a str,
    /// Where it is consistent.
    pub(super) end: Lsn,
    /// The folder that has them.
    pub(super) folder: &'a Path,
}

impl LogPath {
    /// Looks which of the files in `found` go on from a backup, and puts aside the others: those
    /// of other timelines.
    pub(super) fn choose(
        set: SetLog<'_>,
        found: &mut Vec<(PathBuf, Segment)>,
    ) -> Result<Self, RestoreError> {
        let bytes = found.iter().map(|(_, it)| it).find_map(|it| place(it).map(|_| it.bytes));
        let Some(bytes) = bytes else {
            return Err(unsupported("there is no log that goes on from the backup"));
        };
        let of_set = |name| match LogPlace::of(name, bytes) {
            Some(LogPlace::Segment { timeline, number }) => Ok((timeline, number)),
            Some(LogPlace::Binary { .. } | LogPlace::History { .. }) | None => {
                Err(unsupported("the backup does not say where in the log it is"))
            }
        };
        let ((timeline, first), (_, last)) = (of_set(set.first)?, of_set(set.last)?);
        let newest = found.iter().filter_map(|(_, it)| place(it)).max();
        let (_, end) = newest.unwrap_or((last, timeline));
        let parts = if end == timeline {
            vec![Part { timeline, from: 0 }]
        } else {
            let history = format!("{end:08X}.history");
            let text = found.iter().find(|(_, it)| it.name == history);
            let text = text.map(|(folder, it)| fs::read_to_string(folder.join(&it.name)));
            let text = text.and_then(Result::ok).unwrap_or_default();
            parts_of(&text, (timeline, set.end), end, bytes).ok_or_else(|| {
                unsupported(&format!(
                    "the log goes on in timeline {end}, which does not come from the backup: take \
                     an earlier time or a later backup"
                ))
            })?
        };
        let of = |number| parts.iter().rfind(|part| part.from <= number).map(|it| it.timeline);
        found.retain(|(_, it)| place(it).is_none_or(|(number, tl)| of(number) == Some(tl)));
        let mut pieces = Vec::new();
        let newest = found.iter().filter_map(|(_, it)| place(it)).map(|(number, _)| number).max();
        for number in first..=newest.unwrap_or(last).max(last) {
            let tl = of(number).unwrap_or(timeline);
            let name = name_of(tl, number, bytes).unwrap_or_default();
            let there = found.iter().find(|(_, it)| it.name == name);
            let path = match there {
                Some((folder, _)) => folder.join(&name),
                None if number <= last => set.folder.join(&name),
                None => {
                    return Err(unsupported(&format!(
                        "the file {name} of the log is missing: take an earlier time or a later \
                         backup"
                    )));
                }
            };
            pieces.push(Piece { path, bytes, at: number.saturating_mul(bytes) });
        }
        Ok(Self { turns_to: (end != timeline).then_some(end), pieces })
    }
}

/// Which segment of the log a file is, and of which timeline.
fn place(segment: &Segment) -> Option<(u64, u32)> {
    match LogPlace::of(&segment.name, segment.bytes)? {
        LogPlace::Segment { timeline, number } => Some((number, timeline)),
        LogPlace::Binary { .. } | LogPlace::History { .. } => None,
    }
}

fn name_of(timeline: u32, number: u64, bytes: u64) -> Option<String> {
    let of_log = (1_u64 << 32).checked_div(bytes).filter(|it| *it > 0)?;
    Some(format!("{timeline:08X}{:08X}{:08X}", number / of_log, number % of_log))
}

/// The timelines from that of the backup to the last one, by the history of the last one. Nothing
/// if the backup is of no timeline of that history, or of what one had after the next one began.
fn parts_of(
    history: &str,
    (from, consistent): (u32, Lsn),
    to: u32,
    bytes: u64,
) -> Option<Vec<Part>> {
    let lines = history.lines().filter_map(|line| {
        let mut words = line.split_whitespace();
        Some((words.next()?.parse::<u32>().ok()?, lsn(words.next()?)?))
    });
    let mut parts: Vec<Part> = Vec::new();
    for (timeline, until) in lines {
        if timeline == from {
            if until < consistent {
                return None;
            }
            parts.push(Part { timeline, from: 0 });
        } else if parts.is_empty() {
            continue;
        }
        let next = Part { timeline: 0, from: until.checked_div(bytes)? };
        if let Some(last) = parts.last_mut().filter(|last| last.timeline == 0) {
            last.timeline = timeline;
        }
        parts.push(next);
    }
    parts.last_mut()?.timeline = to;
    Some(parts)
}

#[cfg(test)]
mod tests {
    use super::*;

    const BYTES: u64 = 16 << 20;

    fn found(folder: &Path, names: &[&str]) -> Vec<(PathBuf, Segment)> {
        let of = |name: &&str| {
            let bytes = if name.ends_with("history") { 40 } else { BYTES };
            (folder.to_owned(), Segment { name: (*name).to_owned(), bytes })
        };
        names.iter().map(of).collect()
    }

    /// Which files are read after a backup in segments 2 and 3 of timeline 1, and the timeline.
    fn path(names: &[&str], history: &str) -> Result<(Vec<String>, Option<u32>), String> {
        let folder = tempfile::tempdir().unwrap();
        fs::write(folder.path().join("00000002.history"), history).unwrap();
        let set = SetLog {
            first: "000000010000000000000002",
            last: "000000010000000000000003",
            end: 3 * BYTES + 100,
            folder: Path::new("/set"),
        };
        let mut found = found(folder.path(), names);
        let path = LogPath::choose(set, &mut found).map_err(|error| error.for_caller())?;
        let shown = |piece: &Piece| {
            let in_set = if piece.path.starts_with("/set") { "set " } else { "" };
            assert_eq!(piece.at % BYTES, 0);
            format!("{in_set}{}", &piece.path.file_name().unwrap().to_str().unwrap()[7..])
                .replace("000000000000000", " ")
        };
        Ok((path.pieces.iter().map(shown).collect(), path.turns_to))
    }

    const ONE: [&str; 3] =
        ["000000010000000000000003", "000000010000000000000004", "000000010000000000000005"];

    #[test]
    fn the_log_of_one_timeline_goes_on_from_that_of_the_backup() {
        let (names, turns_to) = path(&ONE, "").unwrap();
        assert_eq!(names, ["set 1 2", "1 3", "1 4", "1 5"]);
        assert_eq!(turns_to, None);
        let (names, _) = path(&ONE[1..2], "").unwrap();
        assert_eq!(names, ["set 1 2", "set 1 3", "1 4"]);
        let error = path(&ONE[2..], "").unwrap_err();
        assert!(error.contains("000000010000000000000004 of the log is missing"), "{error}");
        assert!(path(&["00000002.history"], "").is_err());
    }

    #[test]
    fn a_log_turns_into_the_timeline_that_its_history_says_and_into_no_other() {
        let next = "000000020000000000000005";
        let all = [ONE[1], "00000002.history", next];
        let turns = "1\t0/5000100\tno recovery target specified\n";
        let (names, turns_to) = path(&all, turns).unwrap();
        assert_eq!(names, ["set 1 2", "set 1 3", "1 4", "2 5"]);
        assert_eq!(turns_to, Some(2));
        // What the old timeline has of that segment is not what a recovery reads.
        let (names, _) = path(&[ONE[1], ONE[2], "00000002.history", next], turns).unwrap();
        assert_eq!(names, ["set 1 2", "set 1 3", "1 4", "2 5"]);
        for (history, says) in [
            ("1\t0/4000100\tno\n", "000000020000000000000004 of the log is missing"),
            ("1\t0/3000000\tno\n", "timeline 2, which does not come from the backup"),
            ("7\t0/5000100\tno\n", "timeline 2, which does not come from the backup"),
            ("", "timeline 2, which does not come from the backup"),
        ] {
            let error = path(&all, history).unwrap_err();
            assert!(error.contains(says), "{history}: {error}");
        }
    }

    #[test]
    fn timelines_between_the_first_and_the_last_have_their_parts() {
        let history = "1\t0/3000000\ta\n2\t0/5000000\tb\n\n4\t0/9000010\tc\n";
        let part = |timeline, from| Part { timeline, from };
        let parts = parts_of(history, (2, 0x0400_0000), 9, BYTES).unwrap();
        assert_eq!(parts, [part(2, 0), part(4, 5), part(9, 9)]);
        let parts = parts_of(history, (1, 0x0200_0000), 9, BYTES).unwrap();
        assert_eq!(parts, [part(1, 0), part(2, 3), part(4, 5), part(9, 9)]);
        assert_eq!(parts_of(history, (2, 0x0500_0001), 9, BYTES), None);
    }
}
