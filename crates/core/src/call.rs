//! Calls, as the audit trail tells of them: the request that an event comes from, and the calls
//! that no other event tells of, because they were refused or found nothing to change.
//!
//! The trail is never shortened, and such calls cost whoever makes them nothing. So each identity
//! has a bound on those that are told one by one; the others are counted, and told together.

use std::collections::BTreeMap;
use std::net::IpAddr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::Principal;

/// The request that an event comes from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Via {
    /// Its id, as the reply and the log of the server have it.
    pub request: String,
    /// The address that it came from.
    pub address: IpAddr,
    /// The access key that it was signed with.
    pub key: String,
    /// The unique id of whoever asked; of root, the account.
    pub id: String,
}

/// How many calls of one identity are told one by one if they come at once.
const AT_ONCE_MAX: i64 = 1000;

/// After how many milliseconds there may be one more.
const ONE_MORE_MS: i64 = 100;

/// By how many milliseconds an identity can be ahead of one call in each [`ONE_MORE_MS`].
const AHEAD_MAX_MS: i64 = AT_ONCE_MAX * ONE_MORE_MS;

/// The most identities that are told apart: more than there can be users and roles.
const IDENTITIES_MAX: usize = 20_000;

/// How many calls of each identity were told of late.
#[derive(Debug, Clone, Default)]
pub struct CallsTold {
    of: BTreeMap<Principal, OfOne>,
}

/// Of one identity.
#[derive(Debug, Clone)]
struct OfOne {
    /// When it would have come to this many calls, at one in each [`ONE_MORE_MS`].
    even_ms: i64,
    untold: Option<Untold>,
}

/// Calls of one identity that are told together.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Untold {
    /// Whose.
    pub by: Principal,
    /// How many.
    pub calls: u64,
    /// When the first of them was made.
    pub since: Timestamp,
}

impl CallsTold {
    /// Whether a call that `by` makes now is told by itself. If not, it is counted.
    pub fn decide(&mut self, by: &Principal, now: Timestamp) -> bool {
        let now_ms = now.as_millisecond();
        let of = &mut self.of;
        if of.len() >= IDENTITIES_MAX && !of.contains_key(by) {
            of.retain(|_, one| one.even_ms > now_ms || one.untold.is_some());
        }
        let by = if of.len() < IDENTITIES_MAX || of.contains_key(by) {
            by.clone()
        } else {
            Principal::server()
        };
        let new = || OfOne { even_ms: now_ms, untold: None };
        let one = of.entry(by.clone()).or_insert_with(new);
        // A clock that was set back does not make anybody wait for longer than all else.
        let even_ms = one.even_ms.clamp(now_ms, now_ms.saturating_add(AHEAD_MAX_MS));
        let next_ms = even_ms.saturating_add(ONE_MORE_MS);
        let is_told = next_ms <= now_ms.saturating_add(AHEAD_MAX_MS);
        one.even_ms = if is_told { next_ms } else { even_ms };
        if !is_told {
            let untold = one.untold.get_or_insert(Untold { by, calls: 0, since: now });
            untold.calls = untold.calls.saturating_add(1);
        }
        is_told
    }

    /// Takes what was counted, to be told.
    pub fn take_untold(&mut self) -> Vec<Untold> {
        self.of.values_mut().filter_map(|one| one.untold.take()).collect()
    }

    /// Counts again what could not be told.
    pub fn put_back(&mut self, back: Untold) {
        let since_ms = back.since.as_millisecond();
        let new = || OfOne { even_ms: since_ms, untold: None };
        let one = self.of.entry(back.by.clone()).or_insert_with(new);
        one.untold = Some(match one.untold.take() {
            None => back,
            Some(later) => {
                let calls = back.calls.saturating_add(later.calls);
                Untold { calls, since: back.since.min(later.since), ..back }
            }
        });
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn ann() -> Principal {
        Principal("arn:aws:iam::123456789012:user/ann".to_owned())
    }

    fn at(ms: i64) -> Timestamp {
        Timestamp::from_millisecond(ms).unwrap()
    }

    #[test]
    fn whoever_asks_too_often_is_told_of_together_and_nobody_else() {
        let mut calls = CallsTold::default();
        let told = |calls: &mut CallsTold, by: &Principal, ms| calls.decide(by, at(ms));
        assert_eq!((0..1500).filter(|_| told(&mut calls, &ann(), 5)).count(), 1000);
        assert!(told(&mut calls, &Principal("bob".to_owned()), 5));
        let untold = Untold { by: ann(), calls: 500, since: at(5) };
        assert_eq!(calls.take_untold(), std::slice::from_ref(&untold));
        assert_eq!(calls.take_untold(), []);
        // One more after each tenth of a second.
        assert!(!told(&mut calls, &ann(), 104));
        assert!(told(&mut calls, &ann(), 105));
        assert!(!told(&mut calls, &ann(), 106));
        calls.put_back(untold);
        assert_eq!(calls.take_untold(), [Untold { by: ann(), calls: 502, since: at(5) }]);
    }

    #[test]
    fn a_clock_that_was_set_back_silences_nobody_for_long() {
        let mut calls = CallsTold::default();
        let year = 365 * 24 * 3600 * 1000;
        while calls.decide(&ann(), at(year)) {}
        assert!(!calls.decide(&ann(), at(0)));
        assert!(calls.decide(&ann(), at(ONE_MORE_MS)));
    }

    #[test]
    fn more_identities_than_there_can_be_take_no_more_memory() {
        let mut calls = CallsTold::default();
        for number in 0..2 * IDENTITIES_MAX {
            assert!(calls.decide(&Principal(number.to_string()), at(0)) || number > IDENTITIES_MAX);
        }
        assert_eq!(calls.of.len(), IDENTITIES_MAX + 1, "the rest are one");
        assert!(calls.decide(&ann(), at(1000)));
        assert_eq!(calls.of.get(&ann()).map(|one| one.even_ms), Some(1000 + ONE_MORE_MS));
    }

    proptest! {
        /// Every call is told or counted, and no more are told than the bound.
        #[test]
        fn no_call_is_lost(gaps in prop::collection::vec(-500_i64..500, 0..3000)) {
            let (mut calls, mut now, mut told, mut last) = (CallsTold::default(), 1 << 40, 0, 0);
            for gap in &gaps {
                now += gap;
                last += gap.max(&0);
                told += u64::from(calls.decide(&ann(), at(now)));
            }
            let untold: u64 = calls.take_untold().iter().map(|it| it.calls).sum();
            prop_assert_eq!(told + untold, u64::try_from(gaps.len()).unwrap());
            let most = AT_ONCE_MAX + last / ONE_MORE_MS;
            prop_assert!(told <= u64::try_from(most).unwrap());
        }
    }
}
