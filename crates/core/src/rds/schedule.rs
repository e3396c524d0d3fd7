//! When an instance is backed up by itself: the days and the time of its policy.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// How often what is kept is looked at, whether or not a backup is due.
const LOOK_MINUTES: i64 = 60;

const MINUTES_OF_DAY: u16 = 24 * 60;

/// Days of the week, from Monday on.
pub type Weekdays = [bool; 7];

/// When backup sets are made by themselves.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Schedule {
    /// On which days, in UTC.
    pub days: Weekdays,
    /// The minute of the day at which the window begins.
    pub from_minute: u16,
    /// The minute of the day at which it ends, which may be one of the next day.
    pub to_minute: u16,
}

impl Default for Schedule {
    /// Tuesdays, Thursdays and Saturdays, between two and three.
    fn default() -> Self {
        let days = [false, true, false, true, false, true, false];
        Self { days, from_minute: 2 * 60, to_minute: 3 * 60 }
    }
}

impl Schedule {
    /// How long a window is.
    pub fn window(self) -> SignedDuration {
        let minutes = (self.to_minute + MINUTES_OF_DAY - self.from_minute) % MINUTES_OF_DAY;
        SignedDuration::from_mins(if minutes == 0 {
            i64::from(MINUTES_OF_DAY)
        } else {
            i64::from(minutes)
        })
    }

    /// The beginning of the last window that began by `now`; nothing if there are no days.
    fn latest(self, now: Timestamp) -> Option<Timestamp> {
        (0..=7).find_map(|back| self.start(now, -back).filter(|start| *start <= now))
    }

    /// The beginning of the first window after `now`.
    pub fn next(self, now: Timestamp) -> Option<Timestamp> {
        (0..=7).find_map(|ahead| self.start(now, ahead).filter(|start| *start > now))
    }

    /// The beginning of the window on the day that is so many days after that of `now`.
    fn start(self, now: Timestamp, days: i64) -> Option<Timestamp> {
        const DAY: i64 = 24 * 60 * 60;
        let day = now.as_second().div_euclid(DAY) + days;
        // The first of January 1970 was a Thursday.
        let weekday = usize::try_from((day + 3).rem_euclid(7)).ok()?;
        self.days.get(weekday).filter(|is| **is)?;
        Timestamp::from_second(day * DAY + i64::from(self.from_minute) * 60).ok()
    }
}

/// What is done with an instance when a look is due.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ScheduledStep {
    /// It was called too early.
    NotYet,
    /// A backup set is made.
    Backup,
    /// The window has passed: it is noted that none was made.
    Missed,
    /// None is to be made; what has been kept for long enough goes.
    Tidy,
}

/// Where the looks of an instance stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Looks {
    /// When the next look is due.
    pub due: Timestamp,
    /// Up to when no backup is to be made any more: it was, or was missed.
    pub settled: Timestamp,
}

impl Looks {
    /// From `now` on.
    pub fn begin(schedule: Schedule, now: Timestamp) -> Self {
        Self { due: now, settled: now }.looked_after(schedule, now)
    }

    /// After a look at `now`.
    #[must_use]
    pub fn looked_after(self, schedule: Schedule, now: Timestamp) -> Self {
        let wait = SignedDuration::from_mins(LOOK_MINUTES);
        let tidy = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        let due = schedule.next(now).map_or(tidy, |next| next.min(tidy));
        Self { due, settled: now }
    }

    /// After a look at `now` that left the backup of this window to a later look.
    #[must_use]
    pub fn put_off(self, now: Timestamp) -> Self {
        let wait = SignedDuration::from_mins(1);
        Self { due: now.saturating_add(wait).unwrap_or(Timestamp::MAX), ..self }
    }

    /// What is done at `now`. A time that lies further ahead than any look does was written down
    /// by a clock that has been set back since: it is as if it was due.
    pub fn step(self, schedule: Schedule, now: Timestamp) -> ScheduledStep {
        let wait = SignedDuration::from_mins(LOOK_MINUTES);
        let farthest = now.saturating_add(wait).unwrap_or(Timestamp::MAX);
        if self.due > now && self.due <= farthest {
            return ScheduledStep::NotYet;
        }
        let Some(latest) = schedule.latest(now).filter(|latest| *latest > self.settled) else {
            return ScheduledStep::Tidy;
        };
        if now.duration_since(latest) < schedule.window() {
            ScheduledStep::Backup
        } else {
            ScheduledStep::Missed
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
    fn one_set_is_made_in_each_window_and_a_window_that_has_passed_is_missed() {
        let schedule = Schedule::default();
        // A Monday.
        let begun = Looks::begin(schedule, at("2026-11-30T12:00:00Z"));
        assert_eq!(begun.due, at("2026-11-30T13:00:00Z"), "to look at what is kept");
        for (now, expected) in [
            ("2026-11-30T12:59:59Z", ScheduledStep::NotYet),
            ("2026-11-30T13:00:00Z", ScheduledStep::Tidy),
            ("2026-12-01T01:59:59Z", ScheduledStep::Tidy),
            ("2026-12-01T02:00:00Z", ScheduledStep::Backup),
            ("2026-12-01T02:59:59Z", ScheduledStep::Backup),
            ("2026-12-01T03:00:00Z", ScheduledStep::Missed),
            ("2026-12-02T02:30:00Z", ScheduledStep::Missed),
            ("2026-12-03T02:30:00Z", ScheduledStep::Backup),
            ("2026-01-03T02:30:00Z", ScheduledStep::Tidy),
        ] {
            assert_eq!(begun.step(schedule, at(now)), expected, "{now}");
        }
        let looked = begun.looked_after(schedule, at("2026-12-01T02:10:00Z"));
        assert_eq!(looked.step(schedule, at("2026-12-01T03:10:00Z")), ScheduledStep::Tidy);
        let soon = begun.looked_after(schedule, at("2026-12-01T01:30:00Z"));
        assert_eq!(soon.due, at("2026-12-01T02:00:00Z"), "no later than the window begins");
        let again = begun.put_off(at("2026-12-01T02:10:00Z"));
        assert_eq!(again.step(schedule, at("2026-12-01T02:11:00Z")), ScheduledStep::Backup);
    }

    #[test]
    fn a_window_may_end_on_the_next_day_and_no_days_have_none() {
        let late = Schedule { from_minute: 23 * 60, to_minute: 60, ..Schedule::default() };
        assert_eq!(late.window(), SignedDuration::from_hours(2));
        let looks = Looks::begin(late, at("2026-12-01T22:00:00Z"));
        assert_eq!(looks.step(late, at("2026-12-02T00:59:00Z")), ScheduledStep::Backup);
        assert_eq!(looks.step(late, at("2026-12-02T01:00:00Z")), ScheduledStep::Missed);
        let never = Schedule { days: [false; 7], ..late };
        assert_eq!(never.next(at("2026-12-01T22:00:00Z")), None);
        assert_eq!(looks.step(never, at("2026-12-09T00:59:00Z")), ScheduledStep::Tidy);
    }
}
