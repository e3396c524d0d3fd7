//! The chain of the audit trail.
//!
//! Each event is hashed together with the hash of the event before it, so that none can be
//! changed, dropped, added or moved without every later hash changing. Who rewrites the
//! whole trail can rewrite the chain with it; who has kept one hash elsewhere notices.

use sha2::{Digest, Sha256};

/// How many bytes of events are read at once, and one more event: the longest has a legal hold's
/// thousand names.
pub(crate) const READ_BYTES_MAX: usize = 4 << 20;

/// What comes before the first event.
pub const BEGINNING: [u8; 32] = [0; 32];

/// An event as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Link {
    /// Its number, counted from 1.
    pub number: u64,
    /// The event; exactly these characters are hashed.
    pub body: String,
    /// The hash of `body` after the event before it.
    pub hash: [u8; 32],
}

/// An event whose hash does not follow from the one before it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("the audit trail is broken at event {index}: it or the one before it was changed")]
pub struct Broken {
    /// Which one of those that were given, counted from 0.
    pub index: usize,
}

/// The hash that an event has after the event whose hash is `before`.
pub fn next(before: &[u8; 32], body: &str) -> [u8; 32] {
    let mut hash = Sha256::new();
    hash.update(before);
    hash.update(body);
    hash.finalize().into()
}

/// Checks events that follow each other after the hash `before`, and tells the last hash:
/// what the next events are to be checked after, and what is worth keeping elsewhere.
pub fn check(before: [u8; 32], links: &[Link]) -> Result<[u8; 32], Broken> {
    let mut last = before;
    for (index, link) in links.iter().enumerate() {
        if next(&last, &link.body) != link.hash {
            return Err(Broken { index });
        }
        last = link.hash;
    }
    Ok(last)
}

/// Something in a trail that is not as it was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Finding {
    /// Events are missing.
    #[error("{}", missing(*first, *last))]
    Missing {
        /// The number of the first of them.
        first: u64,
        /// That of the last.
        last: u64,
    },
    /// The hash of an event does not follow from it and the one before it.
    #[error("event {number} was changed or moved, or the one before it was, with its hash")]
    Changed {
        /// Its number.
        number: u64,
    },
    /// The hashes follow from each other, and are not those that were signed.
    #[error("the first {events} events are not those that were signed: they were written anew")]
    Rewritten {
        /// How many were signed.
        events: u64,
    },
}

fn missing(first: u64, last: u64) -> String {
    if first == last {
        format!("event {first} is missing")
    } else {
        format!("events {first} to {last} are missing")
    }
}

/// Goes through a whole trail, and names everything that is not as it was written: unlike
/// [`check`], it goes on after a finding. Events are numbered from 1.
#[derive(Debug, Clone, Default)]
pub struct Walk {
    number: u64,
    last: [u8; 32],
}

impl Walk {
    /// Looks at an event whose number is greater than those before.
    pub fn step(&mut self, link: &Link) -> Option<Finding> {
        let (first, number) = (self.number.saturating_add(1), link.number);
        let finding = if number != first {
            // What it follows is not there to be asked.
            Some(Finding::Missing { first, last: number.saturating_sub(1) })
        } else if next(&self.last, &link.body) != link.hash {
            Some(Finding::Changed { number })
        } else {
            None
        };
        (self.number, self.last) = (number, link.hash);
        finding
    }

    /// Whether all `events` have been there.
    pub fn end(&self, events: u64) -> Option<Finding> {
        let first = self.number.saturating_add(1);
        (events > self.number).then_some(Finding::Missing { first, last: events })
    }

    /// The number of the last event, and its hash.
    pub fn head(&self) -> (u64, [u8; 32]) {
        (self.number, self.last)
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn chained(bodies: &[String]) -> Vec<Link> {
        let mut last = BEGINNING;
        let link = |(number, body): (u64, &String)| {
            last = next(&last, body);
            Link { number, body: body.clone(), hash: last }
        };
        (1..).zip(bodies).map(link).collect()
    }

    #[test]
    fn a_number_that_no_trail_comes_to_is_a_finding_and_no_panic() {
        let mut walk = Walk::default();
        let last = Link { number: u64::MAX, body: String::new(), hash: BEGINNING };
        let missing = Finding::Missing { first: 1, last: u64::MAX - 1 };
        assert_eq!(walk.step(&last), Some(missing));
        assert_eq!(walk.end(u64::MAX), None);
    }

    proptest! {
        /// Whatever is done to a trail, only its end can be missing without a word.
        #[test]
        fn no_event_is_changed_dropped_added_or_moved_unnoticed(
            bodies in prop::collection::btree_set(".{1,9}", 3..12),
            at in any::<prop::sample::Index>(),
        ) {
            let links = chained(&bodies.into_iter().collect::<Vec<_>>());
            prop_assert_eq!(check(BEGINNING, &links), Ok(links.last().unwrap().hash));
            let (at, bodies_count) = (at.index(links.len() - 1), links.len());
            let mut changed = links.clone();
            changed[at].body.push('!');
            prop_assert_eq!(check(BEGINNING, &changed), Err(Broken { index: at }));
            let mut dropped = links.clone();
            dropped.remove(at);
            prop_assert_eq!(check(BEGINNING, &dropped), Err(Broken { index: at }));
            let mut added = links.clone();
            added.insert(at + 1, links[at].clone());
            prop_assert_eq!(check(BEGINNING, &added), Err(Broken { index: at + 1 }));
            let mut moved = links.clone();
            moved.swap(at, at + 1);
            moved.iter_mut().zip(1..).for_each(|(link, number)| link.number = number);
            prop_assert_eq!(check(BEGINNING, &moved), Err(Broken { index: at }));
            // Whoever walks on names the place, and nothing that was left alone.
            let number = |at: usize| u64::try_from(at + 1).unwrap();
            let walk = |links: &[Link]| {
                let mut walk = Walk::default();
                let mut found: Vec<_> = links.iter().filter_map(|it| walk.step(it)).collect();
                found.extend(walk.end(number(bodies_count - 1)));
                found
            };
            prop_assert!(walk(&links).is_empty());
            prop_assert_eq!(walk(&changed), [Finding::Changed { number: number(at) }]);
            let gone = Finding::Missing { first: number(at), last: number(at) };
            prop_assert_eq!(walk(&dropped), [gone]);
            let first = Finding::Changed { number: number(at) };
            prop_assert_eq!(walk(&moved).first().copied(), Some(first));
            let cut = walk(&links[..at]);
            let rest = Finding::Missing { first: number(at), last: number(bodies_count - 1) };
            prop_assert_eq!(cut, [rest]);
            // A page in the middle is checked after the hash before it.
            let (first, rest) = links.split_at(at + 1);
            prop_assert_eq!(check(first[at].hash, rest), Ok(links.last().unwrap().hash));
        }
    }
}
