//! What is to be deleted, and what it means that a target of it is not in the place.
//!
//! Not to be in this place is not to be gone: the service says the same of a target that is
//! alive in another one. Only what was seen in the place can have left it. Pure.

use std::collections::{BTreeSet, HashMap};
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::Outcome;

use crate::provider::{ProviderError, Target};

/// What is to be deleted.
#[derive(Debug, Clone)]
pub struct Order {
    /// The targets, each once.
    pub targets: Arc<[Target]>,
    /// About how many targets the place held when it was read, before the first deletion.
    /// Nothing: it has not been seen to exist, and "not found" may mean the place.
    pub held: Option<u64>,
    /// Targets of which it is known, by their names, that they would be refused, and how: they
    /// are not asked for.
    pub refused: HashMap<String, ProviderError>,
    /// The numbers of targets that would be refused as well, and that a look has not found in the
    /// place: they are not asked for, and end as what is not there does.
    pub missing: BTreeSet<usize>,
    /// By the number of a target that others are nested in: the numbers of those, which go first.
    pub nested: HashMap<usize, Vec<usize>>,
}

impl Order {
    /// Targets of which nothing is known yet.
    pub fn of(targets: Arc<[Target]>, held: Option<u64>) -> Self {
        let (refused, missing, nested) = (HashMap::new(), BTreeSet::new(), HashMap::new());
        Self { targets, held, refused, missing, nested }
    }

    /// Takes note of the targets that somebody saw in the place before the run, as `is_seen`
    /// tells by their number and name: an earlier run, or a look. What is not there any more has
    /// gone.
    pub fn saw(&mut self, is_seen: impl Fn(usize, &str) -> bool) {
        for (number, target) in Arc::make_mut(&mut self.targets).iter_mut().enumerate() {
            if is_seen(number, target.name()) {
                target.note_seen();
            }
        }
    }

    /// Takes note of the targets that a look has not found in the place, as `is_missing` tells by
    /// their number. What is not there is not refused, whatever would be refused by its name: a dry
    /// run says the same of it.
    pub(crate) fn misses(&mut self, is_missing: impl Fn(usize) -> bool) {
        let Self { targets, refused, missing, .. } = self;
        if refused.is_empty() {
            return;
        }
        for (number, target) in targets.iter().enumerate() {
            if is_missing(number) && refused.remove(target.name()).is_some() {
                missing.insert(number);
            }
        }
    }

    /// Whether the service is to be asked for anything, as far as is known; `waits`: for what is
    /// refused so, too. Otherwise there is nothing that somebody could confirm.
    pub fn asks_for_something(&self, waits: impl Fn(&ProviderError) -> bool) -> bool {
        let is_open = |(number, target): (usize, &Target)| match self.refused.get(target.name()) {
            Some(refused) => waits(refused),
            None => !self.missing.contains(&number),
        };
        self.targets.iter().enumerate().any(is_open)
    }

    /// Whether the place has been seen to exist.
    pub(crate) fn place_known(&self) -> bool {
        self.held.is_some()
    }
}

/// What is known of a target that is not in the place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// How it ended.
    Settled(Outcome),
    /// Nobody saw it in this place: it may be alive in another one.
    Missing,
}

/// Decides what it means that `target` is not in the place at `now`. `seen`: this run has seen
/// it there. `touched`: a request of this run may have removed it.
pub(crate) fn absence(target: &Target, seen: bool, touched: bool, now: Timestamp) -> Finding {
    if seen {
        Finding::Settled(Outcome::Gone { at: Some(now), already: false })
    } else if let Some(doubt) = target.doubt() {
        Finding::Settled(Outcome::Unknown { cause: doubt.to_owned(), seen: None })
    } else if target.was_seen() {
        Finding::Settled(Outcome::Gone { at: Some(now), already: !touched })
    } else {
        Finding::Missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use sexton_core::BackupArn;

    const ARN: &str = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";

    proptest! {
        /// Three thousand points that were alive in another vault once counted as gone.
        #[test]
        fn only_what_was_seen_in_the_vault_can_be_gone(
            seen: bool, before: bool, touched: bool, confirmed: bool,
        ) {
            let arn: BackupArn = ARN.parse()?;
            let target = Target::point(&arn, confirmed.then_some("123456789012"));
            let mut order = Order::of([target].into(), Some(1));
            order.saw(|_, _| before);
            match absence(&order.targets[0], seen, touched, Timestamp::UNIX_EPOCH) {
                Finding::Settled(Outcome::Gone { already, .. }) => {
                    prop_assert!(seen || (before && confirmed));
                    prop_assert_eq!(already, !seen && !touched);
                }
                Finding::Settled(other) => {
                    prop_assert_eq!((other.word(), confirmed), ("unknown", false));
                }
                Finding::Missing => prop_assert!(!seen && !before && confirmed),
            }
        }
    }
}
