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
const ONE_MORE_MS: i64 = 1000;

/// By how many milliseconds an identity can be ahead of one call in each [`ONE_MORE_MS`].
const AHEAD_MAX_MS: i64 = AT_ONCE_MAX * ONE_MORE_MS;

/// The most identities that are told apart: more than there can be users and roles.
const IDENTITIES_MAX: usize = 20_000;

/// The most names of calls that are counted apart: whoever asks may make some up.
const NAMES_MAX: usize = 100;

/// What the rest of them are counted as.
const OTHERS: &str = "others";

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
    /// How many of each, by what was called.
    pub calls: BTreeMap<String, u64>,
    /// When the first of them was made.
    pub since: Timestamp,
}

impl Untold {
    /// One call.
    pub fn one(by: Principal, call: &str, since: Timestamp) -> Self {
        Self { by, calls: BTreeMap::from([(call.to_owned(), 1)]), since }
    }

    fn add(&mut self, call: &str, count: u64) {
        let known = self.calls.len() < NAMES_MAX || self.calls.contains_key(call);
        let name = if known { call } else { OTHERS };
        let sum = self.calls.entry(name.to_owned()).or_default();
        *sum = sum.saturating_add(count);
    }
}

impl CallsTold {
    /// Whether `call`, which `by` makes now, is told by itself. If not, it is counted.
    pub fn decide(&mut self, by: &Principal, call: &str, now: Timestamp) -> bool {
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
            let new = || Untold { by, calls: BTreeMap::new(), since: now };
            one.untold.get_or_insert_with(new).add(call, 1);
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
        match &mut one.untold {
            None => one.untold = Some(back),
            Some(later) => {
                later.since = later.since.min(back.since);
                for (call, count) in &back.calls {
                    later.add(call, *count);
                }
            }
        }
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
        let told = |calls: &mut CallsTold, by: &Principal, ms| calls.decide(by, "s:Do", at(ms));
        assert_eq!((0..1500).filter(|_| told(&mut calls, &ann(), 5)).count(), 1000);
        assert!(told(&mut calls, &Principal("bob".to_owned()), 5));
        let counted = |count| Untold {
            by: ann(),
            calls: BTreeMap::from([("s:Do".to_owned(), count)]),
            since: at(5),
        };
        let untold = counted(500);
        assert_eq!(calls.take_untold(), std::slice::from_ref(&untold));
        assert_eq!(calls.take_untold(), []);
        // One more after each second.
        assert!(!told(&mut calls, &ann(), 1004));
        assert!(told(&mut calls, &ann(), 1005));
        assert!(!told(&mut calls, &ann(), 1006));
        calls.put_back(untold);
        assert_eq!(calls.take_untold(), [counted(502)]);
        (0..3 * NAMES_MAX).for_each(|it| assert!(!calls.decide(&ann(), &it.to_string(), at(1006))));
        let untold = calls.take_untold().remove(0);
        assert_eq!((untold.calls.len(), untold.calls[OTHERS]), (NAMES_MAX + 1, 200));
    }

    #[test]
    fn a_clock_that_was_set_back_silences_nobody_for_long() {
        let mut calls = CallsTold::default();
        let year = 365 * 24 * 3600 * 1000;
        while calls.decide(&ann(), "s:Do", at(year)) {}
        assert!(!calls.decide(&ann(), "s:Do", at(0)));
        assert!(calls.decide(&ann(), "s:Do", at(ONE_MORE_MS)));
    }

    #[test]
    fn more_identities_than_there_can_be_take_no_more_memory() {
        let mut calls = CallsTold::default();
        for number in 0..2 * IDENTITIES_MAX {
            assert!(
                calls.decide(&Principal(number.to_string()), "s:Do", at(0))
                    || number > IDENTITIES_MAX
            );
        }
        assert_eq!(calls.of.len(), IDENTITIES_MAX + 1, "the rest are one");
        assert!(calls.decide(&ann(), "s:Do", at(9000)));
        assert_eq!(calls.of.get(&ann()).map(|one| one.even_ms), Some(9000 + ONE_MORE_MS));
    }

    proptest! {
        /// Every call is told or counted, and no more are told than the bound.
        #[test]
        fn no_call_is_lost(gaps in prop::collection::vec(-500_i64..500, 0..3000)) {
            let (mut calls, mut now, mut told, mut last) = (CallsTold::default(), 1 << 40, 0, 0);
            for gap in &gaps {
                now += gap;
                last += gap.max(&0);
                told += u64::from(calls.decide(&ann(), "s:Do", at(now)));
            }
            let untold: u64 = calls.take_untold().iter().flat_map(|it| it.calls.values()).sum();
            prop_assert_eq!(told + untold, u64::try_from(gaps.len()).unwrap());
            let most = AT_ONCE_MAX + last / ONE_MORE_MS;
            prop_assert!(told <= u64::try_from(most).unwrap());
        }
    }
}
