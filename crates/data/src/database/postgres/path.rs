//! The files of the log that a recovery reads, one after another: those of one life of a server,
//! over the timelines that it has had.

use std::fs;
use std::path::{Path, PathBuf};

use sexton_core::LogPlace;

use super::same;
use super::segments::Segment;
use super::wal::{Lsn, Piece, lsn};
use crate::database::restore::unsupported;
use crate::restore::RestoreError;
use crate::source::Cancel;

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
        cancel: &Cancel,
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
        let own = |number| {
            let name = name_of(timeline, number, bytes).unwrap_or_default();
            set.folder.join(name)
        };
        let mut pieces = Vec::new();
        let newest = found.iter().filter_map(|(_, it)| place(it)).map(|(number, _)| number).max();
        for number in first..=newest.unwrap_or(last).max(last) {
            let tl = of(number).unwrap_or(timeline);
            let name = name_of(tl, number, bytes).unwrap_or_default();
            let there = found.iter().find(|(_, it)| it.name == name);
            let path = match there {
                Some((folder, _)) => folder.join(&name),
                None if number <= last => own(number),
                None => {
                    return Err(unsupported(&format!(
                        "the file {name} of the log is missing: take an earlier time or a later \
                         backup"
                    )));
                }
            };
            pieces.push(Piece { path, bytes, at: number.saturating_mul(bytes) });
        }
        check_life(set, found, &pieces[..], own, cancel)?;
        Ok(Self { turns_to: (end != timeline).then_some(end), pieces })
    }
}

/// Refuses a log of another life of the database than the one that the backup is of: a server that
/// was restored twice has timelines of the same number both times, and one whose machine was put
/// back to an earlier state goes on in the same timeline. Names and places are the same in both
/// lives then; the bytes that the backup and the log both have are not. That is why they must
/// have some: what begins behind the backup may be of any life.
fn check_life(
    set: SetLog<'_>,
    found: &[(PathBuf, Segment)],
    pieces: &[Piece],
    own: impl Fn(u64) -> PathBuf,
    cancel: &Cancel,
) -> Result<(), RestoreError> {
    let other_life = |name: &str| {
        unsupported(&format!(
            "{name} of the log backups is not what the backup has of it: the log backups are of \
             another life of the database than the backup: restore a later backup, or this one \
             without a time"
        ))
    };
    let histories = found.iter().filter(|(_, it)| place(it).is_none());
    for (folder, history) in histories {
        let ours = set.folder.join(&history.name);
        let Ok(metadata) = fs::metadata(&ours) else { continue };
        let is_same = metadata.len() == history.bytes
            && same(&ours, &folder.join(&history.name), history.bytes, cancel)?;
        if !is_same {
            return Err(other_life(&history.name));
        }
    }
    let mut shared = 0;
    for piece in pieces.iter().filter(|piece| piece.at < set.end) {
        let ours = own(piece.at.checked_div(piece.bytes).unwrap_or(0));
        if ours == piece.path {
            continue;
        }
        let bytes = piece.bytes.min(set.end - piece.at);
        if !same(&ours, &piece.path, bytes, cancel)? {
            let name = piece.path.file_name().unwrap_or_default().to_string_lossy();
            return Err(other_life(&name));
        }
        shared += 1;
    }
    if shared == 0 {
        return Err(unsupported(
            "the log backups begin behind the backup, and nothing tells that they are of the same \
             life of the database: take a backup that was made while the log was backed up, or \
             restore this one without a time",
        ));
    }
    Ok(())
}

/// Whether the first `bytes` of two files of the log are there and the same.
pub(super) fn same(
    one: &Path,
    other: &Path,
    bytes: u64,
    cancel: &Cancel,
) -> Result<bool, RestoreError> {
    same::same(one, other, bytes, cancel).map_err(|source| {
        if cancel.is_cancelled() {
            return RestoreError::Cancelled;
        }
        RestoreError::Write { path: "the log".to_owned(), source }
    })
}

/// Which segment of the log a file is, and of which timeline.
fn place(segment: &Segment) -> Option<(u64, u32)> {
    match LogPlace::of(&segment.name, segment.bytes)? {
        LogPlace::Segment { timeline, number } => Some((number, timeline)),
        LogPlace::Binary { .. } | LogPlace::History { .. } => None,
    }
}

/// The name of a segment.
pub(super) fn name_of(timeline: u32, number: u64, bytes: u64) -> Option<String> {
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

    const BYTES: u64 = 1 << 20;

    /// Files of a log, with content of their own unless `content` says another.
    fn found(folder: &Path, names: &[&str], content: &str) -> Vec<(PathBuf, Segment)> {
        let of = |name: &&str| {
            let path = folder.join(name);
            if !name.ends_with("history") {
                write(&path, content);
            }
            let bytes = fs::metadata(&path).unwrap().len();
            (folder.to_owned(), Segment { name: (*name).to_owned(), bytes })
        };
        names.iter().map(of).collect()
    }

    fn write(path: &Path, content: &str) {
        fs::write(path, content).unwrap();
        fs::File::options().write(true).open(path).unwrap().set_len(BYTES).unwrap();
    }

    /// Which files are read after a backup in segments 2 and 3 of timeline 1, and the timeline.
    fn path(names: &[&str], history: &str) -> Result<(Vec<String>, Option<u32>), String> {
        path_of(names, history, |_, _| {})
    }

    /// The same, after something was done to the folders of the backup and of the log.
    fn path_of(
        names: &[&str],
        history: &str,
        change: impl FnOnce(&Path, &Path),
    ) -> Result<(Vec<String>, Option<u32>), String> {
        let (folder, ours) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        fs::write(folder.path().join("00000002.history"), history).unwrap();
        let set = SetLog {
            first: "000000010000000000000002",
            last: "000000010000000000000003",
            end: 3 * BYTES + 100,
            folder: ours.path(),
        };
        for name in [set.first, set.last] {
            write(&ours.path().join(name), "log");
        }
        let mut found = found(folder.path(), names, "log");
        change(ours.path(), folder.path());
        let cancel = Cancel::default();
        let path = LogPath::choose(set, &mut found, &cancel).map_err(|it| it.for_caller())?;
        let shown = |piece: &Piece| {
            let in_set = if piece.path.starts_with(ours.path()) { "set " } else { "" };
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
        let error = path(&[ONE[0], ONE[2]], "").unwrap_err();
        assert!(error.contains("000000010000000000000004 of the log is missing"), "{error}");
        let error = path(&ONE[1..], "").unwrap_err();
        assert!(error.contains("begin behind the backup"), "{error}");
        assert!(path(&["00000002.history"], "").is_err());
    }

    #[test]
    fn a_log_turns_into_the_timeline_that_its_history_says_and_into_no_other() {
        let next = "000000020000000000000005";
        let all = [ONE[0], ONE[1], "00000002.history", next];
        let turns = "1\t0/500100\tno recovery target specified\n";
        let (names, turns_to) = path(&all, turns).unwrap();
        assert_eq!(names, ["set 1 2", "1 3", "1 4", "2 5"]);
        assert_eq!(turns_to, Some(2));
        // What the old timeline has of that segment is not what a recovery reads.
        let (names, _) = path(&[&ONE[..], &all[2..]].concat(), turns).unwrap();
        assert_eq!(names, ["set 1 2", "1 3", "1 4", "2 5"]);
        // A standby that took over in the segment in which the backup ends has a copy of it.
        let over = ["00000002.history", "000000020000000000000003", "000000020000000000000004"];
        let (names, _) = path(&over, "1\t0/300100\tno\n").unwrap();
        assert_eq!(names, ["set 1 2", "2 3", "2 4"]);
        for (history, says) in [
            ("1\t0/400100\tno\n", "000000020000000000000004 of the log is missing"),
            ("1\t0/300000\tno\n", "timeline 2, which does not come from the backup"),
            ("7\t0/500100\tno\n", "timeline 2, which does not come from the backup"),
            ("", "timeline 2, which does not come from the backup"),
        ] {
            let error = path(&all, history).unwrap_err();
            assert!(error.contains(says), "{history}: {error}");
        }
    }

    #[test]
    fn a_log_of_another_life_is_refused_by_what_it_has_in_common_with_the_backup() {
        let change = |at: usize| {
            move |_: &Path, log: &Path| {
                let mut bytes = fs::read(log.join(ONE[0])).unwrap();
                bytes[at] ^= 1;
                fs::write(log.join(ONE[0]), bytes).unwrap();
            }
        };
        let error = path_of(&ONE, "", change(99)).unwrap_err();
        let says = "000000010000000000000003 of the log backups is not what the backup has of it: \
                    the log backups are of another life of the database";
        assert!(error.starts_with(says), "{error}");
        // Behind its end the backup may have anything.
        path_of(&ONE, "", change(100)).unwrap();
        let with_history = [&ONE[..], &["00000002.history"]].concat();
        for (content, is_same) in [("1\t0/100\tno\n", true), ("1\t0/200\tno\n", false)] {
            let own = |set: &Path, _: &Path| {
                fs::write(set.join("00000002.history"), "1\t0/100\tno\n").unwrap();
            };
            let found = path_of(&with_history, content, own);
            assert_eq!(found.is_ok(), is_same, "{found:?}");
        }
    }

    #[test]
    fn timelines_between_the_first_and_the_last_have_their_parts() {
        let history = "1\t0/300000\ta\n2\t0/500000\tb\n\n4\t0/900010\tc\n";
        let part = |timeline, from| Part { timeline, from };
        let parts = parts_of(history, (2, 0x0040_0000), 9, BYTES).unwrap();
        assert_eq!(parts, [part(2, 0), part(4, 5), part(9, 9)]);
        let parts = parts_of(history, (1, 0x0020_0000), 9, BYTES).unwrap();
        assert_eq!(parts, [part(1, 0), part(2, 3), part(4, 5), part(9, 9)]);
        assert_eq!(parts_of(history, (2, 0x0050_0001), 9, BYTES), None);
    }
}
