//! Which log backups continue a backup set: those of one life of the log, in which no file is
//! missing, as far as they are needed.
//!
//! A life ends where the log breaks off: log backup was off, and what was written meanwhile is not
//! there; the database has begun its log anew, with the names of before; or somebody went on with
//! a server that was restored, whose log parts from the old one. What follows is of no use to an
//! older set, and would do harm: files of another life have the same names, and PostgreSQL follows
//! the newest timeline that it finds.
//!
//! Each run has the mark of its life, which is when that began: where the receiver was told or has
//! seen that one ended, a new one was begun. Names and checksums tell the rest, and all of what is
//! older than the marks.

use std::collections::HashMap;
use std::ops::Range;

use jiff::{SignedDuration, Timestamp};

use super::{LogFile, OfLog, RdsRefusal};

/// How much later than the time of a restore a log file was written last that may be taken to hold
/// all until then. What is in the files is looked at when they are read.
const COMMIT_MARGIN: SignedDuration = SignedDuration::from_secs(2);

/// The longest name of a binary log file, and how many digits its number has.
const BINARY_BYTES_MAX: usize = 255;
const BINARY_DIGITS: std::ops::RangeInclusive<usize> = 6..=10;

/// Where in the log of a database a file is, which its name says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LogPlace<'a> {
    /// A file of a binary log.
    Binary {
        /// What the names of all of its files begin with.
        base: &'a str,
        /// Its number.
        number: u64,
    },
    /// A segment of a write-ahead log.
    Segment {
        /// Its timeline.
        timeline: u32,
        /// Which one it is, counted from the beginning of the log over all timelines.
        number: u64,
    },
    /// Where a timeline of a write-ahead log comes from.
    History {
        /// That timeline.
        timeline: u32,
    },
}

impl<'a> LogPlace<'a> {
    /// Reads the name of a file of this length.
    pub fn of(name: &'a str, bytes: u64) -> Option<Self> {
        let hex = |part: &str| {
            let is_hex = part.bytes().all(|it| it.is_ascii_digit() || (b'A'..=b'F').contains(&it));
            is_hex.then(|| u32::from_str_radix(part, 16).ok()).flatten()
        };
        if let Some(timeline) = name.strip_suffix(".history") {
            let timeline = (timeline.len() == 8).then(|| hex(timeline)).flatten()?;
            return Some(Self::History { timeline });
        }
        if let Some((base, digits)) = name.rsplit_once('.') {
            let safe = name.bytes().all(|it| it.is_ascii_alphanumeric() || b"._-".contains(&it));
            let is_one = safe
                && name.len() <= BINARY_BYTES_MAX
                && !name.starts_with(['.', '-'])
                && BINARY_DIGITS.contains(&digits.len())
                && digits.bytes().all(|it| it.is_ascii_digit());
            return is_one.then(|| Some(Self::Binary { base, number: digits.parse().ok()? }))?;
        }
        if name.len() != 24 {
            return None;
        }
        let part = |range| name.get(range).and_then(hex);
        let (timeline, log, segment) = (part(0..8)?, part(8..16)?, part(16..24)?);
        let of_log = (1_u64 << 32).checked_div(bytes)?;
        let number = u64::from(log).checked_mul(of_log)?.checked_add(u64::from(segment))?;
        Some(Self::Segment { timeline, number })
    }
}

/// Which of the `runs` of log backups of an instance, the oldest first and life by life, go on from
/// a set that was begun at `begun` and is consistent at `consistent`, to `time`.
///
/// A set is of the life that had begun when it was consistent, and of none that began later.
///
/// One run more is taken if it goes on in the same life and on the same timeline: the clock of a
/// database may be a little behind that of this server, by which files have their times. And of a
/// write-ahead log one before, if that is of the same life.
pub fn covering(
    (begun, consistent): (Timestamp, Timestamp),
    runs: &[&OfLog],
    time: Timestamp,
) -> Result<Range<usize>, RdsRefusal> {
    let refused = |message: String| Err(RdsRefusal::Method { message });
    if time < consistent {
        return refused(format!(
            "the backup set is of {consistent}: it can be restored to that time or a later one"
        ));
    }
    let is_before = |run: &&&OfLog| run.life.is_none_or(|since| since <= consistent);
    let own = runs.iter().filter(is_before).map(|run| run.life).max();
    let goes_on = |run: &&OfLog| own == Some(run.life) && run.until >= begun;
    let Some(first) = runs.iter().position(goes_on) else {
        let later = runs.iter().filter_map(|run| run.life).find(|since| *since > consistent);
        return refused(later.map_or_else(
            || "there are no log backups that go on from the backup set".to_owned(),
            |since| {
                format!(
                    "no log backups go on from the backup set: the log was begun anew at {since}, \
                     after it was made. Take a later backup set"
                )
            },
        ));
    };
    // Segments that the set has too tell that the log is its own. The times of files are those of
    // the machine, which may be behind the clock of this server after that was killed.
    let before = first.checked_sub(1).and_then(|at| runs.get(at));
    let before = before.filter(|run| own == Some(run.life) && run.has_segments());
    let from = first - usize::from(before.is_some());
    let safe = time.saturating_add(COMMIT_MARGIN).unwrap_or(Timestamp::MAX);
    let mut life = Life { begun, ..Life::default() };
    for (at, run) in runs.iter().enumerate().skip(first) {
        for file in &run.files {
            let is_own = own == Some(run.life);
            let joined = if is_own { life.join(file) } else { Joined::Not };
            if joined == Joined::Not {
                return refused(life.breaks_off(file));
            }
            if joined != Joined::Known && file.until >= safe {
                let more = runs
                    .get(at + 1)
                    .is_some_and(|run| own == Some(run.life) && life.goes_on(&run.files));
                return Ok(from..at + 1 + usize::from(more));
            }
        }
    }
    refused(life.restorable().map_or_else(
        || "log backups do not reach that time yet: wait until more is backed up".to_owned(),
        |until| {
            format!(
                "log backups tell of what was until {until}: restore to that time or an earlier one"
            )
        },
    ))
}

impl OfLog {
    fn has_segments(&self) -> bool {
        let place = |file: &LogFile| match LogPlace::of(&file.name, file.bytes) {
            Some(LogPlace::Segment { .. }) => true,
            Some(LogPlace::Binary { .. } | LogPlace::History { .. }) | None => false,
        };
        self.files.iter().any(place)
    }
}

/// How a file joins a life.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Joined {
    /// It goes on from what is there.
    Follows,
    /// It goes on from there on another timeline.
    Turns,
    /// It tells nothing that is not there.
    Known,
    /// It is of another life, or something is missing before it.
    Not,
}

/// One life of a log, as far as its files were looked at.
#[derive(Debug, Clone, Default)]
struct Life<'a> {
    /// What is older is of no matter.
    begun: Timestamp,
    /// The first and the newest of its files.
    first: Option<LogPlace<'a>>,
    newest: Option<(LogPlace<'a>, &'a LogFile)>,
    /// The checksums of all.
    known: HashMap<&'a str, &'a str>,
}

impl<'a> Life<'a> {
    fn join(&mut self, file: &'a LogFile) -> Joined {
        // A history says where a timeline comes from, and holds nothing of the log.
        let place = match LogPlace::of(&file.name, file.bytes) {
            Some(place @ (LogPlace::Binary { .. } | LogPlace::Segment { .. })) => place,
            Some(LogPlace::History { .. }) | None => return Joined::Known,
        };
        if let Some(sha256) = self.known.get(file.name.as_str()) {
            return if *sha256 == file.sha256 { Joined::Known } else { Joined::Not };
        }
        let joined = match (self.first, self.newest) {
            (Some(first), Some((newest, _))) => follows(first, newest, place),
            _ if file.until < self.begun => Joined::Known,
            _ => Joined::Follows,
        };
        match joined {
            Joined::Follows | Joined::Turns => {
                self.first = self.first.or(Some(place));
                self.newest = Some((place, file));
                self.known.insert(&file.name, &file.sha256);
            }
            Joined::Known | Joined::Not => {}
        }
        joined
    }

    /// Whether all of these go on in the same life, and on the same timeline.
    fn goes_on(&self, files: &'a [LogFile]) -> bool {
        let mut life = self.clone();
        files.iter().all(|file| {
            let is_history =
                matches!(LogPlace::of(&file.name, file.bytes), Some(LogPlace::History { .. }));
            !is_history && matches!(life.join(file), Joined::Follows | Joined::Known)
        })
    }

    /// To which time it can be restored.
    fn restorable(&self) -> Option<Timestamp> {
        let (_, newest) = self.newest.as_ref()?;
        Some(newest.until.saturating_sub(COMMIT_MARGIN).unwrap_or(Timestamp::MIN))
    }

    fn breaks_off(&self, next: &LogFile) -> String {
        let newest = self.newest.as_ref().map_or("its beginning", |(_, file)| file.name.as_str());
        let until = self.restorable().unwrap_or(self.begun);
        format!(
            "the log that goes on from the backup set breaks off after {newest}, and {} does not \
             follow it: restore to {until} or an earlier time, or take a later backup set",
            next.name
        )
    }
}

/// How a file follows the newest one of a life that began with `first`.
fn follows(first: LogPlace<'_>, newest: LogPlace<'_>, next: LogPlace<'_>) -> Joined {
    match (first, newest, next) {
        (
            LogPlace::Binary { .. },
            LogPlace::Binary { base, number: newest },
            LogPlace::Binary { base: other, number: next },
        ) => {
            let follows = base == other && next == newest.saturating_add(1);
            if follows { Joined::Follows } else { Joined::Not }
        }
        (
            LogPlace::Segment { number: first, .. },
            LogPlace::Segment { timeline, number: newest },
            LogPlace::Segment { timeline: other, number: next },
        ) => {
            if other == timeline && next < first {
                // What a receiver that began anew was sent once more, from before the set.
                Joined::Known
            } else if next == newest.saturating_add(1) && other >= timeline {
                // A standby that took over goes on with the next segment. A server that was
                // restored goes on from an older one.
                if other == timeline { Joined::Follows } else { Joined::Turns }
            } else {
                Joined::Not
            }
        }
        (
            LogPlace::Binary { .. } | LogPlace::Segment { .. } | LogPlace::History { .. },
            LogPlace::Binary { .. } | LogPlace::Segment { .. } | LogPlace::History { .. },
            LogPlace::Binary { .. } | LogPlace::Segment { .. } | LogPlace::History { .. },
        ) => Joined::Not,
    }
}

#[cfg(test)]
mod tests;
