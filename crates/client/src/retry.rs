//! Whether and when a request is sent again.
//!
//! Pure: randomness comes in. The wait is drawn from the whole interval up to the
//! bound, so that requests that failed together do not come back together.

use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use crate::classify::Class;

/// How often a request is sent, and how long to wait in between.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct RetryPolicy {
    /// The most times that one request is sent while the service fails or is silent.
    pub attempts_max: u32,
    /// The most times that one request is sent while the service throttles. More,
    /// because being throttled says nothing against the request.
    pub throttled_attempts_max: u32,
    /// The longest first wait.
    pub base: Duration,
    /// The longest wait.
    pub cap: Duration,
}

impl Default for RetryPolicy {
    fn default() -> Self {
        Self {
            attempts_max: 5,
            throttled_attempts_max: 12,
            base: Duration::from_millis(100),
            cap: Duration::from_secs(10),
        }
    }
}

impl RetryPolicy {
    /// The wait before the next try of a request that may succeed later, or nothing when there
    /// have been enough. `attempts` is
    /// how often the request has been sent; `random` spreads the waits.
    pub fn wait(&self, class: Class, attempts: u32, random: u64) -> Option<Duration> {
        let attempts_max =
            if class == Class::Throttled { self.throttled_attempts_max } else { self.attempts_max };
        if attempts >= attempts_max {
            return None;
        }
        let doublings = attempts.saturating_sub(1).min(16);
        let bound = self.base.saturating_mul(1 << doublings).min(self.cap);
        let micros = u64::try_from(bound.as_micros()).unwrap_or(u64::MAX).max(1);
        // Never less than half of the bound: a wait of nothing is no wait.
        Some(Duration::from_micros(micros / 2 + random % (micros / 2 + 1)))
    }
}

/// A stream of numbers that spread waits; good for nothing else (splitmix64).
#[derive(Debug)]
pub struct Jitter(AtomicU64);

impl Jitter {
    /// Starts the stream that belongs to `seed`.
    pub fn new(seed: u64) -> Self {
        Self(AtomicU64::new(seed))
    }

    /// The next number.
    pub fn next(&self) -> u64 {
        const STEP: u64 = 0x9e37_79b9_7f4a_7c15;
        let mut z = self.0.fetch_add(STEP, Ordering::Relaxed).wrapping_add(STEP);
        z = (z ^ (z >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        z = (z ^ (z >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        z ^ (z >> 31)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn waits_are_bounded_and_end(attempts in 1_u32..40, random: u64) {
            let policy = RetryPolicy::default();
            match policy.wait(Class::Throttled, attempts, random) {
                Some(wait) => {
                    prop_assert!(attempts < policy.throttled_attempts_max);
                    prop_assert!(wait <= policy.cap);
                    prop_assert!(wait >= policy.base / 2);
                }
                None => prop_assert!(attempts >= policy.throttled_attempts_max),
            }
        }
    }

    #[test]
    fn the_stream_depends_on_its_seed_alone() {
        let (one, two) = (Jitter::new(7), Jitter::new(7));
        assert_eq!([one.next(), one.next()], [two.next(), two.next()]);
        assert_ne!(one.next(), Jitter::new(8).next());
    }
}
