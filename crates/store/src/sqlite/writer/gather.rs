//! How long requests wait for others, to share a transaction with them.
//!
//! However few changes a transaction has, it waits for the disk two or three times and writes
//! some ten pages beside theirs. Clients that delete side by side are answered together and come
//! again one after the other: whoever begins with the first of them commits it alone, while the
//! others wait for that. So a part of those who were here together is waited for, and not for
//! long. Whoever is alone does not wait, nor whoever comes when a crowd has been gone for a while.

use std::time::{Duration, Instant};

use super::queue::BATCH_CHANGES_MAX;

/// How much of a crowd is waited for. With less, more transactions are written; with more, the
/// processors have nothing else to do meanwhile. Measured with 64 clients.
const SHARE_PERCENT: usize = 60;

/// How long those who wait are kept waiting, from when the thread has nothing else to do.
const WAIT_MAX: Duration = Duration::from_millis(1);

/// How long after it was answered a crowd is expected back: longer than the way of a network.
const CROWD_TIME: Duration = Duration::from_millis(50);

/// How many requests come together at this time, and until when those that wait are kept.
#[derive(Debug, Default)]
pub(super) struct Gather {
    crowd: usize,
    answered: Option<Instant>,
    until: Option<Instant>,
}

impl Gather {
    /// How many requests are worth a transaction.
    pub(super) fn wanted(&self) -> usize {
        self.crowd * SHARE_PERCENT / 100
    }

    /// How long those that wait are to wait for others; nothing if they are to be taken now.
    pub(super) fn wait(&mut self, waiting: usize, now: Instant) -> Option<Duration> {
        if self.answered.is_none_or(|answered| now >= answered + CROWD_TIME) {
            self.crowd = 0;
        }
        if waiting == 0 || waiting >= self.wanted() {
            self.until = None;
            return None;
        }
        let until = *self.until.get_or_insert(now + WAIT_MAX);
        Some(until.saturating_duration_since(now)).filter(|wait| !wait.is_zero())
    }

    /// Learns from a transaction how many were here: those that it took, and those that wait
    /// `now` that they are answered. Whoever is back by then counts twice, until the next
    /// transaction. Half of a crowd that has left is forgotten each time.
    pub(super) fn learn(&mut self, taken: usize, waiting: usize, now: Instant) {
        self.until = None;
        if taken > 0 {
            self.answered = Some(now);
            self.crowd = (taken + waiting).max(self.crowd / 2).min(BATCH_CHANGES_MAX);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::super::roll;
    use super::*;

    const MS: Duration = Duration::from_millis(1);

    fn after(transactions: &[(usize, usize)], now: Instant) -> Gather {
        let mut gather = Gather::default();
        for (taken, waiting) in transactions {
            gather.learn(*taken, *waiting, now);
        }
        gather
    }

    #[test]
    fn whoever_is_alone_does_not_wait() {
        let now = roll::now();
        for transactions in [&[][..], &[(1, 0)], &[(1, 1)], &[(0, 64)], &[(2, 0), (1, 0)]] {
            assert_eq!(after(transactions, now).wait(1, now), None, "{transactions:?}");
        }
    }

    #[test]
    fn a_part_of_a_crowd_is_waited_for_and_not_for_long() {
        let now = roll::now();
        let mut gather = after(&[(10, 40)], now);
        assert_eq!(gather.wanted(), 30);
        assert_eq!(gather.wait(0, now), None, "nobody is there to wait");
        assert_eq!(gather.wait(1, now), Some(WAIT_MAX));
        assert_eq!(gather.wait(29, now + WAIT_MAX / 4), Some(WAIT_MAX * 3 / 4));
        assert_eq!(gather.wait(30, now + WAIT_MAX / 4), None, "enough are there");
        assert_eq!(gather.wait(1, now), Some(WAIT_MAX));
        assert_eq!(gather.wait(2, now + WAIT_MAX), None, "the first has waited long enough");
        assert_eq!(gather.wait(2, now + 2 * WAIT_MAX), None);
    }

    #[test]
    fn the_next_to_come_have_a_wait_of_their_own() {
        let now = roll::now();
        let mut gather = after(&[(64, 0)], now);
        assert_eq!(gather.wait(1, now + MS), Some(WAIT_MAX));
        gather.learn(1, 0, now + 2 * MS);
        assert_eq!(gather.wait(1, now + 9 * MS), Some(WAIT_MAX));
    }

    #[test]
    fn a_crowd_that_has_left_is_forgotten() {
        let now = roll::now();
        let mut gather = after(&[(64, 1_000)], now);
        assert_eq!(gather.wanted(), BATCH_CHANGES_MAX * SHARE_PERCENT / 100);
        let wanted = std::iter::from_fn(|| {
            gather.learn(1, 0, now);
            Some(gather.wanted())
        });
        assert_eq!(wanted.take(6).collect::<Vec<_>>(), [19, 9, 4, 2, 1, 0]);
    }

    /// One client had waited five times in vain, a crowd having been there hours before.
    #[test]
    fn a_crowd_is_expected_back_soon_or_not_at_all() {
        let now = roll::now();
        let back = |after_ms: u32| after(&[(64, 0)], now).wait(1, now + after_ms * MS);
        assert_eq!([49, 50, 3_600_000].map(back), [Some(WAIT_MAX), None, None]);
    }

    #[test]
    fn what_nobody_waits_for_says_nothing_of_a_crowd() {
        let now = roll::now();
        let mut gather = after(&[(64, 0)], now);
        gather.learn(0, 0, now + 40 * MS);
        assert_eq!(gather.wanted(), 38);
        assert_eq!(gather.wait(1, now + 50 * MS), None, "nobody was answered meanwhile");
    }
}
