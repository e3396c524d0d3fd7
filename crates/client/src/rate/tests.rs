//! The pace by itself; `tests/pace.rs` sets it against services with a limit.

use super::*;
use proptest::prelude::*;

#[derive(Debug, Clone, Copy)]
enum Happening {
    Take,
    Answer(u16),
    Refusal(u16),
    Pass(u16),
}

fn happening() -> impl Strategy<Value = Happening> {
    prop_oneof![
        4 => Just(Happening::Take),
        3 => (0_u16..400).prop_map(Happening::Answer),
        1 => (0_u16..400).prop_map(Happening::Refusal),
        2 => (0_u16..400).prop_map(Happening::Pass),
    ]
}

fn before(now: Duration, millis: u16) -> Duration {
    now.saturating_sub(Duration::from_millis(millis.into()))
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
            let rate = pace.rate();
            match happening {
                Happening::Take => {
                    let _: Turn = pace.take(now);
                    prop_assert!((pace.rate() - rate).abs() < f64::EPSILON);
                }
                Happening::Answer(millis) => {
                    pace.answered(before(now, millis), now);
                    prop_assert!(pace.rate() >= rate);
                }
                Happening::Refusal(millis) => {
                    pace.refused(before(now, millis), now);
                    // A first measure may say that the start was too slow.
                    prop_assert!(pace.rate() <= rate.max(RATE_MIN) || pace.course.is_some());
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
            match pace.take(now) {
                Turn::Now => sent += 1,
                Turn::After(wait) => now += wait,
            }
            pace.answered(now, now);
            if sent > 5000 {
                break;
            }
        }
        prop_assert!(sent <= 3 * cap + 3 + cap / 50, "{sent} sent");
    }
}

/// A whole burst of refusals cut the rate once for each 200 milliseconds that it lasted:
/// at a high latency those were refusals of what had been sent before the cut.
#[test]
fn what_was_sent_before_a_cut_is_its_echo() {
    let second = Duration::from_secs(1);
    let mut pace = Pace::new(Some(40));
    pace.refused(second, second * 2);
    let cut = pace.rate();
    assert!(cut < 40.0);
    pace.refused(second * 2, second * 9);
    assert!((pace.rate() - cut).abs() < f64::EPSILON);
    pace.refused(second * 3, second * 9);
    assert!(pace.rate() < cut);
}

#[test]
fn two_refusals_tell_the_limit_by_what_was_accepted_between_them() {
    let millis = Duration::from_millis;
    let mut pace = Pace::new(None);
    pace.refused(millis(1), millis(2));
    for count in 1..=60_u64 {
        pace.answered(millis(count * 50 - 10), millis(count * 50));
    }
    // Twenty a second were accepted since the first refusal.
    pace.refused(millis(2990), millis(3000));
    assert!((18.0..=20.5).contains(&pace.rate()), "{}", pace.rate());
}

#[test]
fn a_rate_that_nobody_uses_up_does_not_grow() {
    let mut pace = Pace::new(None);
    for second in 1..100 {
        let now = Duration::from_secs(second);
        assert_eq!(pace.take(now), Turn::Now);
        pace.answered(now, now);
    }
    assert!((pace.rate() - START).abs() < f64::EPSILON);
}

#[test]
fn a_turn_that_was_refused_takes_nothing() {
    let mut pace = Pace::new(Some(10));
    assert_eq!(pace.take(Duration::ZERO), Turn::Now);
    for _ in 0..1000 {
        let Turn::After(wait) = pace.take(Duration::ZERO) else { panic!("there was a turn") };
        assert_eq!(wait.as_millis(), 100);
    }
    assert_eq!(pace.take(Duration::from_millis(100)), Turn::Now);
}
