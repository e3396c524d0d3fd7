//! One rate that a whole run shares, and that the service sets.
//!
//! AWS does not publish the request quotas of its backup service, so the rate is found:
//! it grows quickly until the service first asks for less, is halved whenever it does,
//! and from then on grows slowly. Pure: instants come in as time since the run began.

use std::time::Duration;

/// Requests per second at the start.
const START: f64 = 250.0;
/// How much each success adds until the service first asks for less.
const QUICK_GROWTH: f64 = 20.0;
/// Requests per second that are added per second afterwards.
const SLOW_GROWTH: f64 = 10.0;
/// What is left of the rate when the service asks for less.
const DECREASE: f64 = 0.5;
/// One burst of refusals counts once: those that come within this time are its echo.
const ECHO: Duration = Duration::from_millis(200);
/// The rate never falls below one request per second.
const RATE_MIN: f64 = 1.0;
/// Faster than this, pacing is noise.
const RATE_MAX: f64 = 100_000.0;
/// Waits below the resolution of timers are not worth a sleep.
const WAIT_MIN: Duration = Duration::from_millis(1);

/// The pace of a run.
#[derive(Debug, Clone)]
pub struct Pace {
    rate: f64,
    cap: f64,
    /// When the next request may go.
    free: Duration,
    /// Whether requests have had to wait since the rate last grew. A rate that nobody
    /// uses up does not grow: else it would have to be halved many times to be felt.
    pressed: bool,
    quick: bool,
    decreased: Option<Duration>,
}

impl Pace {
    /// A pace that never exceeds `cap` requests per second.
    pub fn new(cap: Option<u32>) -> Self {
        let cap = cap.map_or(RATE_MAX, |cap| f64::from(cap).clamp(RATE_MIN, RATE_MAX));
        let rate = START.min(cap);
        Self { rate, cap, free: Duration::ZERO, pressed: false, quick: true, decreased: None }
    }

    /// Takes the next turn, and tells how long to wait for it.
    pub fn reserve(&mut self, now: Duration) -> Duration {
        let turn = self.free.max(now);
        self.free = turn + Duration::from_secs_f64(1.0 / self.rate);
        let wait = turn.saturating_sub(now);
        self.pressed |= !wait.is_zero();
        if wait < WAIT_MIN { Duration::ZERO } else { wait }
    }

    /// A request has been answered, and not because there are too many of them.
    pub fn answered(&mut self) {
        if self.pressed {
            let growth = if self.quick { QUICK_GROWTH } else { SLOW_GROWTH / self.rate };
            self.rate = (self.rate + growth).min(self.cap);
            self.pressed = false;
        }
    }

    /// The service asks for less.
    pub fn slow_down(&mut self, now: Duration) {
        let echo = self.decreased.is_some_and(|at| now.saturating_sub(at) < ECHO);
        if !echo {
            self.rate = (self.rate * DECREASE).max(RATE_MIN).min(self.cap);
            self.quick = false;
            self.decreased = Some(now);
        }
    }

    /// Requests per second, at present.
    pub fn rate(&self) -> f64 {
        self.rate
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[derive(Debug, Clone, Copy)]
    enum Happening {
        Reserve,
        Success,
        SlowDown,
        Pass(u16),
    }

    fn happening() -> impl Strategy<Value = Happening> {
        prop_oneof![
            4 => Just(Happening::Reserve),
            3 => Just(Happening::Success),
            1 => Just(Happening::SlowDown),
            2 => (0_u16..400).prop_map(Happening::Pass),
        ]
    }

    proptest! {
        #[test]
        fn the_rate_stays_within_its_bounds(
            cap in proptest::option::of(0_u32..5000),
            happenings in proptest::collection::vec(happening(), 0..200),
        ) {
            let mut pace = Pace::new(cap);
            let mut now = Duration::ZERO;
            for happening in happenings {
                let before = pace.rate();
                match happening {
                    Happening::Reserve => {
                        pace.reserve(now);
                        prop_assert!((pace.rate() - before).abs() < f64::EPSILON);
                    }
                    Happening::Success => {
                        pace.answered();
                        prop_assert!(pace.rate() >= before);
                    }
                    Happening::SlowDown => {
                        pace.slow_down(now);
                        prop_assert!(pace.rate() <= before);
                    }
                    Happening::Pass(millis) => now += Duration::from_millis(millis.into()),
                }
                prop_assert!(pace.rate() >= RATE_MIN);
                prop_assert!(pace.rate() <= cap.map_or(RATE_MAX, |cap| f64::from(cap.max(1))));
            }
        }

        #[test]
        fn a_capped_pace_lets_no_more_through_than_its_cap(cap in 1_u32..500) {
            let mut pace = Pace::new(Some(cap));
            let mut now = Duration::ZERO;
            let mut sent = 0_u32;
            while now < Duration::from_secs(3) {
                now += pace.reserve(now);
                sent += 1;
                pace.answered();
                if sent > 5000 {
                    break;
                }
            }
            prop_assert!(sent <= 3 * cap + 2 + cap / 100, "{sent} sent");
        }
    }

    #[test]
    fn an_echo_of_the_same_burst_does_not_count_again() {
        let mut pace = Pace::new(Some(100));
        pace.slow_down(Duration::from_secs(1));
        pace.slow_down(Duration::from_millis(1100));
        assert!((pace.rate() - 50.0).abs() < f64::EPSILON);
        pace.slow_down(Duration::from_millis(1300));
        assert!((pace.rate() - 25.0).abs() < f64::EPSILON);
    }

    #[test]
    fn it_grows_quickly_only_until_it_is_first_slowed() {
        let mut pace = Pace::new(None);
        pace.reserve(Duration::ZERO);
        pace.reserve(Duration::ZERO);
        pace.answered();
        assert!((pace.rate() - 270.0).abs() < f64::EPSILON);
        pace.slow_down(Duration::ZERO);
        pace.reserve(Duration::ZERO);
        pace.answered();
        assert!(pace.rate() < 136.0);
    }
}
