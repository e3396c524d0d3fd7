//! Backups that `FSx` takes by itself, once a day, and keeps for some days.

use std::fmt;
use std::str::FromStr;

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

use super::InvalidFsxId;
use super::backup::Made;
use crate::{Backup, Keeper};

/// How long after its start an automatic backup may still begin. Later, the next one is taken.
const WINDOW_MINUTES: i64 = 30;

/// What a file system says of its automatic backups.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AutomaticBackups {
    /// How many days they are kept; 0 takes none, and removes those that there are.
    pub retention_days: u8,
    /// When they are taken.
    pub daily_start: DailyStart,
    /// Whether a backup carries the tags of its file system.
    pub copy_tags: bool,
    /// When the next look is due: to take one, and to remove those whose time has come.
    pub due: Option<Timestamp>,
    /// Up to when nothing is to be taken any more: it was, or was missed.
    pub settled: Timestamp,
}

/// A time of the day in UTC, as `HH:MM`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct DailyStart {
    minutes: u16,
}

impl Default for DailyStart {
    /// Five in the morning.
    fn default() -> Self {
        Self { minutes: 5 * 60 }
    }
}

impl FromStr for DailyStart {
    type Err = InvalidFsxId;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let parsed = || {
            let (hours, minutes) = text.split_once(':')?;
            let number = |digits: &str, end: u16| {
                let whole = digits.len() == 2 && digits.bytes().all(|it| it.is_ascii_digit());
                let number: u16 = whole.then(|| digits.parse().ok())??;
                (number < end).then_some(number)
            };
            Some(Self { minutes: number(hours, 24)? * 60 + number(minutes, 60)? })
        };
        let wrong = || InvalidFsxId { text: text.chars().take(200).collect(), form: "HH:MM" };
        parsed().ok_or_else(wrong)
    }
}

impl TryFrom<String> for DailyStart {
    type Error = InvalidFsxId;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse()
    }
}

impl From<DailyStart> for String {
    fn from(start: DailyStart) -> Self {
        start.to_string()
    }
}

impl fmt::Display for DailyStart {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:02}:{:02}", self.minutes / 60, self.minutes % 60)
    }
}

impl DailyStart {
    /// The first of these times that is after `now`.
    fn after(self, now: Timestamp) -> Timestamp {
        let day = SignedDuration::from_hours(24);
        let since_midnight = now.as_second().rem_euclid(day.as_secs());
        let midnight = now.as_second() - since_midnight;
        let start = midnight + i64::from(self.minutes) * 60;
        let at = |second| Timestamp::from_second(second).unwrap_or(Timestamp::MAX);
        if at(start) > now { at(start) } else { at(start + day.as_secs()) }
    }

    /// The last of these times that is not after `now`.
    fn before(self, now: Timestamp) -> Timestamp {
        let day = SignedDuration::from_hours(24);
        self.after(now).saturating_sub(day).unwrap_or(Timestamp::MIN)
    }
}

/// What is done when a look is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AutomaticStep {
    /// It was called too early.
    NotYet,
    /// A backup is taken.
    Backup,
    /// The window has passed: it is noted that none was taken.
    Missed,
    /// None is to be taken; those whose time has come go.
    Tidy,
    /// There are no automatic backups: those that are left go.
    Off,
}

impl AutomaticBackups {
    /// As asked for, from `now` on.
    pub fn begin(
        retention_days: u8,
        daily_start: DailyStart,
        copy_tags: bool,
        now: Timestamp,
    ) -> Self {
        let begun = Self { retention_days, daily_start, copy_tags, due: None, settled: now };
        begun.looked_after(now)
    }

    /// None.
    pub fn off() -> Self {
        Self::begin(0, DailyStart::default(), false, Timestamp::MIN)
    }

    /// After a look at `now`: due again when the next one is to be taken.
    #[must_use]
    pub fn looked_after(self, now: Timestamp) -> Self {
        let due = (self.retention_days > 0).then(|| self.daily_start.after(now));
        Self { due, settled: now, ..self }
    }

    /// After a change of what they are, at `now`: what is there is looked at at once.
    #[must_use]
    pub fn changed(self, now: Timestamp) -> Self {
        Self { due: Some(now), ..self }
    }

    /// What is done at `now`. A time that lies further ahead than a day was written down by a
    /// clock that has been set back since: it is as if it was due then.
    pub fn step(&self, now: Timestamp) -> AutomaticStep {
        let Some(due) = self.due else { return AutomaticStep::NotYet };
        if self.retention_days == 0 {
            return AutomaticStep::Off;
        }
        let farthest = now.saturating_add(SignedDuration::from_hours(24));
        if due > now && due <= farthest.unwrap_or(Timestamp::MAX) {
            return AutomaticStep::NotYet;
        }
        let latest = self.daily_start.before(now);
        if latest <= self.settled {
            return AutomaticStep::Tidy;
        }
        let window = SignedDuration::from_mins(WINDOW_MINUTES);
        let in_window = now.duration_since(latest) < window;
        if in_window { AutomaticStep::Backup } else { AutomaticStep::Missed }
    }

    /// Whether an automatic backup has been kept for as long as it should be at `now`. The last of
    /// its days ends with the window in which the next one is taken: neither begins to the second.
    pub fn is_over(&self, backup: &Backup, now: Timestamp) -> bool {
        let Keeper::FileSystem(kept) = &backup.keeper else { return false };
        let kept_for = SignedDuration::from_hours(24 * i64::from(self.retention_days));
        match kept.made {
            Made::Automatic => {
                let window = SignedDuration::from_mins(WINDOW_MINUTES);
                now.duration_since(backup.created) >= kept_for - window
            }
            Made::Asked | Made::Final => false,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_time_of_the_day_comes_back_from_its_text_and_no_other_text_is_one() {
        for text in ["00:00", "05:00", "23:59"] {
            assert_eq!(text.parse::<DailyStart>().unwrap().to_string(), text);
        }
        for text in ["", "5:00", "24:00", "12:60", "12:5", "+1:00", "12:00:00", "ab:cd"] {
            assert!(text.parse::<DailyStart>().is_err(), "{text}");
        }
    }

    #[test]
    fn one_is_taken_each_day_at_its_time_and_a_window_that_has_passed_is_missed() {
        let start = "05:00".parse().unwrap();
        let begun = AutomaticBackups::begin(7, start, false, at("2026-01-01T05:00:00Z"));
        assert_eq!(begun.due, Some(at("2026-01-02T05:00:00Z")), "strictly after");
        for (now, expected) in [
            ("2026-01-02T04:59:59Z", AutomaticStep::NotYet),
            ("2026-01-02T05:00:00Z", AutomaticStep::Backup),
            ("2026-01-02T05:29:59Z", AutomaticStep::Backup),
            ("2026-01-02T05:30:00Z", AutomaticStep::Missed),
            ("2026-01-09T05:10:00Z", AutomaticStep::Backup),
            ("2025-01-01T05:10:00Z", AutomaticStep::Tidy),
        ] {
            assert_eq!(begun.step(at(now)), expected, "{now}");
        }
        let changed = AutomaticBackups { retention_days: 1, ..begun.clone() };
        let changed = changed.changed(at("2026-01-01T05:10:00Z"));
        assert_eq!(changed.step(at("2026-01-01T05:10:00Z")), AutomaticStep::Tidy);
        let looked = begun.clone().looked_after(at("2026-01-02T05:00:01Z"));
        assert_eq!(looked.due, Some(at("2026-01-03T05:00:00Z")));
        let off = AutomaticBackups { retention_days: 0, ..begun };
        assert_eq!(off.step(at("2026-01-02T05:00:00Z")), AutomaticStep::Off);
        assert_eq!(AutomaticBackups::off().step(Timestamp::MAX), AutomaticStep::NotYet);
    }
}
