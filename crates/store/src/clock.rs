//! The one place that reads the clock.
//!
//! What it tells is what is written down, and that never runs backwards. A clock that jumps
//! is not believed until a person confirms it (`sexton clock confirm`); until then time is
//! counted on from the last instant that was believed, and nothing is deleted because its
//! time has come ([`Clock::trust`]). The decision is `sexton-core`'s.

use std::sync::atomic::{AtomicI64, Ordering};
use std::sync::{Mutex, MutexGuard};
use std::time::{Duration, Instant};

use jiff::{SignedDuration, Timestamp};
use sexton_core::{ClockTrust, believed_time, clock_trust};
use tokio::sync::Notify;

/// How much time may have passed uncounted between two runs of a server: a holiday, and
/// not a year.
const DOWNTIME_MAX: SignedDuration = SignedDuration::from_hours(24 * 7);

/// How much may pass uncounted while it runs: a machine that was suspended over night.
const SUSPENDED_MAX: SignedDuration = SignedDuration::from_hours(24);

/// How far what was written can be ahead of what the root file says of it.
const UNNOTED_MAX: SignedDuration = SignedDuration::from_secs(2);

/// Where a clock reads the time.
#[derive(Debug, Default)]
enum Source {
    #[default]
    Machine,
    /// Hands that are moved: what the wall shows, and how much is counted.
    Hands { began: Instant, moved: Mutex<(Timestamp, Duration)> },
}

/// Tells the time, to the millisecond. With `--dev`, whoever tests automation may set it.
#[derive(Debug, Default)]
pub struct Clock {
    source: Source,
    /// What is added to the system's time, in milliseconds.
    offset_ms: AtomicI64,
    /// Everybody who asks may set it, so there is nothing to disbelieve.
    settable: bool,
    /// Nothing until a store has told which instant was written last.
    belief: Mutex<Option<Belief>>,
    /// A hint for whoever waits for a time to come; never data.
    moved: Notify,
}

/// What the system's time is held against.
#[derive(Debug, Clone, Copy)]
struct Belief {
    /// An instant that was believed, and when that was.
    mark: (Timestamp, Instant),
    uncounted_max: SignedDuration,
    /// The last instant that was told, and when.
    last: (Timestamp, Instant),
}

impl Belief {
    fn since((mark, then): (Timestamp, Instant), now: Instant) -> (Timestamp, SignedDuration) {
        let elapsed = now.saturating_duration_since(then);
        (mark, SignedDuration::try_from(elapsed).unwrap_or(SignedDuration::MAX))
    }

    fn trust(&self, wall: Timestamp, counter: Instant) -> ClockTrust {
        let (mark, elapsed) = Self::since(self.mark, counter);
        clock_trust(mark, elapsed, wall, self.uncounted_max)
    }

    /// Tells the time. From a first look that can be right, time is counted.
    fn tell(&mut self, wall: Timestamp, counter: Instant) -> Timestamp {
        let trust = self.trust(wall, counter);
        let mark = Self::since(self.mark, counter);
        let now = believed_time(trust, mark, wall, Self::since(self.last, counter));
        if trust == ClockTrust::Trusted && self.uncounted_max != SUSPENDED_MAX {
            (self.mark, self.uncounted_max) = ((wall, counter), SUSPENDED_MAX);
        }
        self.last = (now, counter);
        now
    }
}

impl Clock {
    /// A clock for `--dev`: whatever it shows counts as confirmed.
    pub fn settable() -> Self {
        Self { settable: true, ..Self::default() }
    }

    /// A clock of a simulated machine: its time stands still until [`Clock::pass`].
    pub fn with_hands(wall: Timestamp) -> Self {
        let source = Source::Hands { began: counter(), moved: Mutex::new((wall, Duration::ZERO)) };
        Self { source, ..Self::default() }
    }

    fn move_hands(&self, wall_by: SignedDuration, counted: Duration) {
        if let Source::Hands { moved, .. } = &self.source {
            let mut hands = moved.lock().expect("no holder of this lock panics");
            *hands = (hands.0.saturating_add(wall_by).unwrap_or(hands.0), hands.1 + counted);
        }
    }

    /// Lets time pass on a simulated machine.
    pub fn pass(&self, time: Duration) {
        self.move_hands(SignedDuration::try_from(time).unwrap_or(SignedDuration::MAX), time);
    }

    /// Has the wall clock of a simulated machine jump, while no time passes.
    pub fn jump(&self, by: SignedDuration) {
        self.move_hands(by, Duration::ZERO);
    }

    /// The system's own time, whatever the clock was set to: what signatures are checked
    /// against, since whoever signs does not know that somebody moved ours.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn system(&self) -> Timestamp {
        match &self.source {
            Source::Machine => Timestamp::now(),
            Source::Hands { moved, .. } => moved.lock().expect("no holder of this lock panics").0,
        }
    }

    fn counter(&self) -> Instant {
        match &self.source {
            Source::Machine => counter(),
            Source::Hands { began, moved } => {
                *began + moved.lock().expect("no holder of this lock panics").1
            }
        }
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        let system = self.system();
        let told = self.belief().as_mut().map(|belief| belief.tell(system, self.counter()));
        let believed = told.unwrap_or(system);
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        // Where time ends, it stands still: it must not run backwards.
        let now = believed.saturating_add(offset).unwrap_or(Timestamp::MAX);
        // The wire and the store speak milliseconds; a finer instant would not come back.
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Whether the system's time is believed. Nothing may be deleted because its time has
    /// come while it is not.
    pub fn trust(&self) -> ClockTrust {
        let system = self.system();
        let judged = self.belief().as_ref().map(|belief| belief.trust(system, self.counter()));
        judged.unwrap_or(ClockTrust::Trusted)
    }

    /// Goes on from the instant that was written last, if there was one.
    pub fn resume(&self, written: Option<Timestamp>) {
        if self.settable {
            // It had been set to what is yet to come, and must not run backwards.
            match written.and_then(|written| written.saturating_add(UNNOTED_MAX).ok()) {
                Some(written) if written > self.now() => self.set(written),
                Some(_) | None => (),
            }
            return;
        }
        let (wall, counter) = (self.system(), self.counter());
        let mark = (written.unwrap_or(wall), counter);
        let belief = Belief { mark, uncounted_max: DOWNTIME_MAX, last: mark };
        *self.belief() = Some(belief);
        if let ClockTrust::Jumped { by } = belief.trust(wall, counter) {
            let written = mark.0;
            tracing::error!(
                %wall, %written, by = format!("{by:#}"),
                "the clock is not believed: nothing is deleted by the clock until \
                 `sexton clock confirm`"
            );
        }
    }

    /// Believes the system's time from here on, though it were in the past of what was
    /// written: a person said so. Tells what the clock said before.
    pub fn confirm(&self) -> ClockTrust {
        let (wall, counter) = (self.system(), self.counter());
        let mut belief = self.belief();
        let before = belief.as_ref().map(|belief| belief.trust(wall, counter));
        if belief.is_some() {
            let mark = (wall, counter);
            *belief = Some(Belief { mark, uncounted_max: SUSPENDED_MAX, last: mark });
        }
        self.moved.notify_one();
        before.unwrap_or(ClockTrust::Trusted)
    }

    fn belief(&self) -> MutexGuard<'_, Option<Belief>> {
        self.belief.lock().expect("no holder of this lock panics")
    }

    /// Moves the clock on, or back if `by` is negative.
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(0);
        self.offset_ms.fetch_add(by, Ordering::Relaxed);
        self.moved.notify_one();
    }

    /// Sets the clock; it runs on from `now`.
    pub fn set(&self, now: Timestamp) {
        let offset = now.as_millisecond() - self.system().as_millisecond();
        self.offset_ms.store(offset, Ordering::Relaxed);
        self.moved.notify_one();
    }

    /// Waits until somebody sets the clock, or confirms it. One may wait at a time.
    pub async fn moved(&self) {
        self.moved.notified().await;
    }
}

#[expect(clippy::disallowed_methods, reason = "counts time, whatever the clock is set to")]
fn counter() -> Instant {
    Instant::now()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_clock_a_year_ahead_of_what_was_written_is_believed_once_it_is_confirmed() {
        let year = SignedDuration::from_hours(24 * 365);
        for (off, ahead) in [(-year, true), (year, false)] {
            let clock = Clock::default();
            let written = clock.system() + off;
            clock.resume(Some(written));
            let ClockTrust::Jumped { by } = clock.trust() else { panic!("{off:?}") };
            assert_eq!(by.is_positive(), ahead);
            let now = clock.now();
            assert!(now.duration_since(written) < SignedDuration::from_hours(1), "counted on");
            assert!(matches!(clock.confirm(), ClockTrust::Jumped { .. }));
            assert_eq!(clock.trust(), ClockTrust::Trusted);
            assert!(clock.now().duration_since(written).abs() > year / 2);
        }
    }

    #[test]
    fn a_clock_that_is_a_little_behind_what_was_written_runs_on_from_there() {
        let clock = Clock::default();
        let written = clock.system() + SignedDuration::from_hours(2);
        clock.resume(Some(written));
        assert_eq!(clock.trust(), ClockTrust::Trusted);
        let first = clock.now();
        assert!(first.as_millisecond() >= written.as_millisecond());
        assert!(clock.now() >= first);
    }

    /// It told the machine's time again, though later instants had been written.
    #[test]
    fn a_clock_that_was_set_goes_on_from_there_at_the_next_start() {
        let clock = Clock::settable();
        let year = SignedDuration::from_hours(24 * 365);
        let written = clock.system() + year;
        clock.resume(Some(written));
        assert!(clock.now() > written);
        let clock = Clock::settable();
        clock.resume(Some(clock.system() - year));
        assert!(clock.now().duration_since(clock.system()) < SignedDuration::from_hours(1));
    }

    #[test]
    fn time_that_has_come_to_its_end_stands_still() {
        let clock = Clock::settable();
        clock.set(Timestamp::MAX);
        clock.advance(SignedDuration::from_hours(24 * 365));
        assert_eq!(clock.now().as_second(), Timestamp::MAX.as_second());
    }

    #[test]
    fn a_clock_that_everybody_may_set_is_always_believed() {
        let clock = Clock::settable();
        clock.resume(Some(clock.system() - SignedDuration::from_hours(24 * 365)));
        clock.advance(SignedDuration::from_hours(24 * 365));
        assert_eq!(clock.trust(), ClockTrust::Trusted);
        assert!(clock.now() > clock.system());
    }
}
