//! Whether the wall clock is to be believed.
//!
//! A wall clock can be wrong by years: a flat battery, a bad time server, a mistyped date.
//! What is deleted when its time has come would then be deleted at once. So the clock is held
//! against two things that do not come from it: the latest instant that was believed, which
//! is stored, and the time that the machine has counted since.

use jiff::{SignedDuration, Timestamp};

/// Whether what depends on the time may go on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClockTrust {
    /// The clock says what can be.
    Trusted,
    /// The clock is this far from where it could be; behind it, if negative. Nothing is
    /// deleted by the clock until a person has confirmed it.
    Jumped {
        /// How far.
        by: SignedDuration,
    },
}

/// Judges a clock that shows `wall`, when `mark` was believed and `elapsed` was counted
/// since. `uncounted_max` may have passed besides: while the machine was off or suspended.
///
/// The mistake that is preferred is to distrust a clock that is right: it delays what it
/// would have deleted, and a person can say that it is right.
pub fn clock_trust(
    mark: Timestamp,
    elapsed: SignedDuration,
    wall: Timestamp,
    uncounted_max: SignedDuration,
) -> ClockTrust {
    let by = wall.duration_since(counted(mark, elapsed));
    if by > uncounted_max || by < -uncounted_max {
        ClockTrust::Jumped { by }
    } else {
        ClockTrust::Trusted
    }
}

/// The instant that is written down for now. `last` was written down before, and
/// `since_last` was counted since.
///
/// It is the wall clock's, unless that jumped: then time is counted on from `mark`. It never
/// runs backwards: while a trusted clock is behind what was written, time goes on at half
/// its speed, so that nothing that waits for a time waits for ever.
pub fn believed_time(
    trust: ClockTrust,
    (mark, elapsed): (Timestamp, SignedDuration),
    wall: Timestamp,
    (last, since_last): (Timestamp, SignedDuration),
) -> Timestamp {
    let shortest = counted(last, since_last / 2);
    match trust {
        ClockTrust::Trusted => wall.max(shortest),
        ClockTrust::Jumped { .. } => counted(mark, elapsed).max(shortest),
    }
}

fn counted(from: Timestamp, elapsed: SignedDuration) -> Timestamp {
    from.saturating_add(elapsed).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const DAY: SignedDuration = SignedDuration::from_hours(24);

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn a_clock_that_jumps_by_a_year_is_not_believed_in_either_direction() {
        let (mark, hour) = (at("2026-11-28T12:00:00Z"), SignedDuration::from_hours(1));
        let judge = |wall: &str| clock_trust(mark, hour, at(wall), DAY);
        assert_eq!(judge("2026-11-28T13:00:00Z"), ClockTrust::Trusted);
        assert_eq!(judge("2026-11-29T13:00:00Z"), ClockTrust::Trusted, "a day may be lost");
        let year = SignedDuration::from_hours(24 * 365);
        assert_eq!(judge("2027-11-28T13:00:00Z"), ClockTrust::Jumped { by: year });
        assert_eq!(judge("2025-11-28T13:00:00Z"), ClockTrust::Jumped { by: -year });
    }

    #[test]
    fn a_clock_that_is_off_by_more_than_can_be_told_is_no_panic() {
        for (mark, wall) in [(Timestamp::MIN, Timestamp::MAX), (Timestamp::MAX, Timestamp::MIN)] {
            let trust = clock_trust(mark, SignedDuration::MAX, wall, DAY);
            believed_time(trust, (mark, SignedDuration::MAX), wall, (mark, SignedDuration::MAX));
        }
    }

    proptest! {
        /// Whatever the wall clock does, what is written never runs backwards, goes on, and
        /// never gets further ahead of the counted time than is plausible.
        #[test]
        fn time_that_is_written_never_runs_backwards_and_never_jumps(
            steps in prop::collection::vec((1..100_000_i64, -40_000_000..40_000_000_i64), 1..60),
        ) {
            let mark = at("2026-11-28T12:00:00Z");
            let (mut last, mut counted) = (mark, SignedDuration::ZERO);
            for (seconds, off) in steps {
                let since_last = SignedDuration::from_secs(seconds);
                counted += since_last;
                let wall = mark + counted + SignedDuration::from_secs(off);
                let trust = clock_trust(mark, counted, wall, DAY);
                let now = believed_time(trust, (mark, counted), wall, (last, since_last));
                prop_assert!(now >= last + since_last / 2);
                prop_assert!(now <= mark + counted + DAY);
                last = now;
            }
        }
    }
}
