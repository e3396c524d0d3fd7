//! How often to look at what is being deleted. Pure.

use std::time::Duration;

const POLL_FIRST: Duration = Duration::from_millis(50);
const POLL_LAST: Duration = Duration::from_secs(5);

/// How often to look: instants come in as time since the watch began.
#[derive(Debug, Default)]
pub(crate) struct Polls {
    /// Looks in a row that settled nothing.
    idle: u32,
    /// When the look before the last had ended.
    before: Duration,
}

impl Polls {
    /// The wait after a look that took `look` and ended at `now`, settled so many points and
    /// left so many. While points are being settled, about as long as the rest should take at
    /// this pace; otherwise twice as long each time. Two thirds of the time is always left to
    /// the service to work in.
    pub(crate) fn wait(
        &mut self,
        now: Duration,
        look: Duration,
        settled: usize,
        left: usize,
    ) -> Duration {
        let since = now.saturating_sub(self.before);
        self.before = now;
        let wait = if settled == 0 {
            self.idle += 1;
            POLL_FIRST.saturating_mul(1 << self.idle.min(10))
        } else {
            self.idle = 0;
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            since.saturating_mul(count(left)) / count(settled)
        };
        wait.max(look.saturating_mul(2)).clamp(POLL_FIRST, POLL_LAST)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// Ten thousand erasures that end within two seconds were seen to have ended after
    /// more than three: the waits doubled whatever was seen.
    #[test]
    fn looks_keep_pace_with_what_is_being_settled() {
        let (mut polls, mut now, mut left) = (Polls::default(), Duration::ZERO, 10_000);
        let mut looks = 0;
        while left > 0 {
            now += millis(30);
            looks += 1;
            // 5,000 a second.
            let seen = 10_000_usize.saturating_sub(usize::try_from(now.as_millis()).unwrap() * 5);
            let settled = left - seen;
            left = seen;
            if left > 0 {
                now += polls.wait(now, millis(30), settled, left);
            }
        }
        assert!(now < millis(2200), "{now:?}");
        assert!(looks < 10, "{looks}");
    }

    #[test]
    fn looks_that_settle_nothing_become_rare() {
        let mut polls = Polls::default();
        let waits = [100, 200, 400, 800, 1600, 3200, 5000, 5000].map(millis);
        for wait in waits {
            assert_eq!(polls.wait(Duration::ZERO, Duration::ZERO, 0, 7), wait);
        }
    }

    proptest! {
        #[test]
        fn a_wait_has_bounds_and_leaves_the_service_time_to_work(
            looks in proptest::collection::vec(
                (0_u64..100_000, 0_u64..9000, 0_usize..9, 1_usize..9), 1..30,
            ),
        ) {
            let (mut polls, mut now) = (Polls::default(), Duration::ZERO);
            for (passed, look, settled, left) in looks {
                now += millis(passed);
                let wait = polls.wait(now, millis(look), settled, left);
                prop_assert!((POLL_FIRST..=POLL_LAST).contains(&wait));
                prop_assert!(wait >= millis(2 * look).min(POLL_LAST));
            }
        }

        #[test]
        fn no_counts_make_it_panic(passed: u32, settled: usize, left: usize) {
            let mut polls = Polls::default();
            polls.wait(Duration::from_secs(u64::MAX), Duration::MAX, settled, left);
            polls.wait(millis(passed.into()), millis(passed.into()), settled, left);
        }
    }
}
