//! Puts the questions about nonces, and what never happens to one of them.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;

use jiff::Timestamp;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use sexton_core::nonce::{NonceNote, NonceRefusal, Nonces, UsedNonce};

use crate::words::{Words, second};

fn used(key: &str, nonce: u8, until: i64) -> UsedNonce {
    let mut digest = [0; 8];
    digest[..key.len()].copy_from_slice(key.as_bytes());
    UsedNonce { key: digest, nonce: [nonce; 16], until: second(until) }
}

/// A line each: `use nonce=… until=… now=…`, `lost until=…`, `restart now=…`.
pub(crate) fn answer(words: &mut Words<'_>, lines: &[&str]) -> String {
    let max = words.number("room").unwrap_or(100);
    let mut nonces = Nonces::of_at_most(max);
    let mut log = Vec::new();
    let mut told = String::new();
    for line in lines {
        let (verb, mut words) = Words::parse(line);
        let said = match verb {
            "use" => {
                let key = words.text("key").unwrap_or("k");
                let until = words.number("until").unwrap();
                let asked = used(key, words.number("nonce").unwrap(), until);
                match nonces.use_once(asked, words.now()) {
                    Ok(()) => {
                        log.push(NonceNote::Used(asked));
                        "counts".to_owned()
                    }
                    Err(refusal) => format!("refused: {refusal}"),
                }
            }
            "lost" => {
                let until = second(words.number("until").unwrap());
                let note = NonceNote::Forgotten { key: None, until };
                nonces.recall(note);
                log.push(note);
                "noted".to_owned()
            }
            "restart" => {
                nonces = Nonces::of_at_most(max);
                for note in &log {
                    nonces.recall(*note);
                }
                nonces.forget(words.now());
                log = nonces.notes();
                format!("{} remembered", nonces.len())
            }
            other => panic!("nothing is called {other:?}"),
        };
        words.none_left();
        writeln!(told, "{said}").unwrap();
    }
    told
}

#[derive(Debug, Clone, Copy)]
enum Act {
    Use { key: u8, nonce: u8, until: i64, now: i64 },
    Restart { now: i64, whole: bool },
}

fn any_act() -> impl Strategy<Value = Act> {
    let time = 0_i64..40;
    prop_oneof![
        // A request whose time has passed is refused before its nonce is looked at.
        8 => (0_u8..2, 0_u8..4, 1_i64..30, time.clone())
            .prop_map(|(key, nonce, lasts, now)| Act::Use { key, nonce, until: now + lasts, now }),
        1 => (time, any::<bool>()).prop_map(|(now, whole)| Act::Restart { now, whole }),
    ]
}

/// What is remembered by somebody who never forgets.
#[derive(Default)]
struct Slow {
    counted: BTreeSet<(u8, u8, i64)>,
    /// The latest moment by which something of a key was forgotten: in this process, and by what
    /// is written down.
    latest: [i64; 2],
    written: [i64; 2],
}

proptest! {
    #![proptest_config(Config {
        rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default()
    })]

    #[test]
    fn no_request_counts_twice_however_the_clock_moves(
        acts in prop::collection::vec(any_act(), 0..60), max in 1_usize..6,
    ) {
        let mut nonces = Nonces::of_at_most(max);
        let mut log: Vec<NonceNote> = Vec::new();
        let mut slow = Slow::default();
        for act in acts {
            match act {
                Act::Use { key, nonce, until, now } => {
                    let latest = now.max(slow.latest[usize::from(key)]);
                    slow.latest[usize::from(key)] = latest;
                    let asked = used(&key.to_string(), nonce, until);
                    let found = nonces.use_once(asked, second(now));
                    let before = || slow.counted.iter().filter(|it| it.0 == key);
                    let same = before().any(|it| it.1 == nonce && it.2 > latest);
                    let ever = before().count();
                    match found {
                        Ok(()) => {
                            prop_assert!(!same, "nonce {nonce} of {key} counted in its time");
                            let first = slow.counted.insert((key, nonce, until));
                            prop_assert!(first, "the same request counted twice");
                            log.push(NonceNote::Used(asked));
                        }
                        Err(NonceRefusal::Used) => {
                            prop_assert!(before().any(|it| it.1 == nonce), "it never counted");
                        }
                        Err(NonceRefusal::Forgotten) => {
                            let passed = before().any(|it| it.2 >= until && it.2 <= latest);
                            prop_assert!(passed, "nothing as old was forgotten");
                        }
                        Err(NonceRefusal::TooMany) => prop_assert!(ever >= max, "only {ever}"),
                    }
                }
                Act::Restart { now, whole } => {
                    nonces = Nonces::of_at_most(max);
                    for note in &log {
                        nonces.recall(*note);
                    }
                    if whole {
                        nonces.forget(second(now));
                        log = nonces.notes();
                        slow.written = slow.written.map(|latest| latest.max(now));
                    }
                    slow.latest = slow.written;
                }
            }
        }
    }

    #[test]
    fn under_a_clock_that_goes_on_a_nonce_is_refused_only_in_its_time(
        steps in prop::collection::vec((0_u8..6, 1_i64..10, 0_i64..4), 0..60),
    ) {
        let mut nonces = Nonces::default();
        let mut ends: BTreeMap<u8, Timestamp> = BTreeMap::new();
        let mut now = 0;
        for (nonce, lasts, passes) in steps {
            now += passes;
            let asked = used("k", nonce, now + lasts);
            let free = ends.get(&nonce).is_none_or(|end| *end <= second(now));
            let expected = if free { Ok(()) } else { Err(NonceRefusal::Used) };
            prop_assert_eq!(nonces.use_once(asked, second(now)), expected);
            if free {
                ends.insert(nonce, asked.until);
            }
        }
    }
}
