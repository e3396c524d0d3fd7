//! Looks in the other places of the account for targets that are not in the place that was asked.
//!
//! One reading of each place serves all the targets, by a listing or one by one, whichever
//! is cheaper. What could not be read is named, because a target may be there: whoever is
//! told that a target is in no place is told also where nobody could look. [`Trail`] decides
//! what the looks mean, purely.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use serde::Serialize;
use tokio::time::{Instant, timeout_at};

use crate::caller::Caller;
use crate::options::Options;
use crate::provider::{Provider, Target};
use crate::sight::{Access, Expected, Sight, look};

/// The most pages that the list of places is followed for; far above any quota.
const PLACE_PAGES_MAX: u32 = 1000;

/// How often a place is looked into: the first look may have to learn which way of looking
/// is permitted.
const LOOKS_MAX: u32 = 2;

/// Where points that were not in the vault have been looked for.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Searched {
    /// The other vaults that were read whole.
    pub vaults: Vec<String>,
    /// What could not be read, or not to its end. A point may be there.
    pub unread: Vec<Unread>,
}

/// Something that could not be read.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Unread {
    /// A vault, or the list of them.
    pub place: String,
    /// Why not.
    pub cause: String,
}

/// What a search has come upon.
#[derive(Debug, Default)]
pub(crate) struct Trail {
    /// The place and the state of each target that was found, by its number.
    found: BTreeMap<usize, (String, String)>,
    read: BTreeSet<String>,
    unread: BTreeMap<String, String>,
}

impl Trail {
    /// Takes note of all that was seen in one place, of targets with these numbers.
    fn note(&mut self, place: &str, sights: impl IntoIterator<Item = (usize, Sight)>) {
        let mut unread = None;
        for (number, sight) in sights {
            match sight {
                Sight::Present(facts) => {
                    let status = facts.status.to_string();
                    self.found.entry(number).or_insert_with(|| (place.to_owned(), status));
                }
                Sight::Absent => {}
                Sight::Unread(cause) | Sight::Blind(cause) => unread = Some(cause),
            }
        }
        match unread {
            Some(cause) => self.miss(place, cause),
            None => drop(self.read.insert(place.to_owned())),
        }
    }

    /// Takes note of something that could not be read.
    fn miss(&mut self, place: &str, cause: String) {
        self.unread.insert(place.to_owned(), cause);
    }

    /// The place and the state of the target with this number, if it was found.
    pub(crate) fn found(&self, number: usize) -> Option<(String, String)> {
        self.found.get(&number).cloned()
    }

    /// Where was looked.
    pub(crate) fn searched(self) -> Searched {
        let unread = self.unread.into_iter();
        let unread = unread.map(|(place, cause)| Unread { place, cause }).collect();
        Searched { vaults: self.read.into_iter().collect(), unread }
    }
}

/// What a search needs to know.
#[derive(Debug)]
pub(crate) struct Search<'a> {
    pub(crate) caller: &'a Caller,
    /// The place that the targets are not in.
    pub(crate) provider: &'a dyn Provider,
    pub(crate) options: &'a Options,
    /// Until when is looked.
    pub(crate) deadline: Instant,
}

impl Search<'_> {
    /// Looks for each of `wanted` until the deadline, or until the run is given up.
    pub(crate) async fn run(self, wanted: &[&Target]) -> Trail {
        let deadline = self.deadline;
        self.caller.goes_on_until(deadline);
        let mut trail = Trail::default();
        let places = match self.before(deadline, self.places(&mut trail)).await {
            Ok(places) => places,
            Err(because) => {
                trail.miss(&self.list_of_places(), because.to_owned());
                return trail;
            }
        };
        for place in places {
            let open: Vec<usize> =
                (0..wanted.len()).filter(|number| !trail.found.contains_key(number)).collect();
            if open.is_empty() {
                break;
            }
            let targets: Vec<&Target> = open.iter().map(|&number| wanted[number]).collect();
            let mut sights = vec![Sight::Unread("not looked at".to_owned()); targets.len()];
            let ended = self.before(deadline, self.look_into(&*place, &targets, &mut sights)).await;
            if let Err(because) = ended {
                let late = |sight: &mut Sight| *sight = Sight::Unread(because.to_owned());
                sights.iter_mut().filter(|it| matches!(it, Sight::Unread(_))).for_each(late);
            }
            trail.note(place.name(), open.into_iter().zip(sights));
        }
        trail
    }

    /// How the list of places is called where it could not be read.
    fn list_of_places(&self) -> String {
        format!("the list of {}s", self.provider.manner().place_noun)
    }

    /// Does `work`, unless the deadline comes first, or the run is given up.
    async fn before<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, &'static str> {
        tokio::select! {
            biased;
            why = self.caller.given_up() => Err(why),
            done = timeout_at(deadline, work) => done.map_err(|_| "the deadline has come"),
        }
    }

    /// The other places of the account. Those that cannot be asked for are missed.
    async fn places(&self, trail: &mut Trail) -> Vec<Arc<dyn Provider>> {
        let mut places = Vec::new();
        let mut token = None;
        for _ in 0..PLACE_PAGES_MAX {
            let cause = match self.caller.look(|| self.provider.places(token.clone())).await {
                Ok(page) => {
                    for place in page.items {
                        match place.provider {
                            _ if place.name == self.provider.name() => {}
                            Some(provider) => places.push(provider),
                            None => {
                                let noun = self.provider.manner().place_noun;
                                trail.miss(&place.name, format!("this is no name of a {noun}"));
                            }
                        }
                    }
                    match page.next {
                        None => return places,
                        next if next == token => "the list repeats itself".to_owned(),
                        next => {
                            token = next;
                            continue;
                        }
                    }
                }
                Err(failure) => failure.to_string(),
            };
            trail.miss(&self.list_of_places(), cause);
            return places;
        }
        trail.miss(&self.list_of_places(), format!("it has more than {PLACE_PAGES_MAX} pages"));
        places
    }

    async fn look_into(&self, place: &dyn Provider, targets: &[&Target], sights: &mut [Sight]) {
        let mut access = Access { list: true, describe: true, place_known: true };
        for _ in 0..LOOKS_MAX {
            if !sights.iter().any(|sight| matches!(sight, Sight::Unread(_))) {
                break;
            }
            let seen = |number: usize, sight: Sight| sights[number] = sight;
            let in_flight_max = self.options.in_flight_max();
            let (caller, expected) = (self.caller, Expected::There);
            look(caller, place, targets, expected, &mut access, in_flight_max, seen).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{Facts, State};
    use proptest::prelude::*;

    fn present() -> Sight {
        let (state, status) = (State::Standing, "COMPLETED".into());
        Sight::Present(Facts { state, status, created: None, size: None, kind: None, form: None })
    }

    fn any_sight() -> impl Strategy<Value = Sight> {
        prop_oneof![
            Just(present()),
            Just(Sight::Absent),
            Just(Sight::Unread("late".to_owned())),
            Just(Sight::Blind("forbidden".to_owned())),
        ]
    }

    proptest! {
        #[test]
        fn what_was_seen_is_named_and_so_is_what_could_not_be_read(
            vaults in proptest::collection::vec(
                proptest::collection::vec(any_sight(), 3), 0..4,
            ),
        ) {
            let mut trail = Trail::default();
            for (number, sights) in vaults.iter().enumerate() {
                trail.note(&format!("vault-{number}"), sights.iter().cloned().enumerate());
            }
            for place in 0..3 {
                let holder = vaults.iter().position(|it| it[place] == present());
                let found = trail.found(place).map(|(vault, _)| vault);
                prop_assert_eq!(found, holder.map(|number| format!("vault-{number}")));
            }
            let searched = trail.searched();
            prop_assert_eq!(searched.vaults.len() + searched.unread.len(), vaults.len());
            let whole = |sights: &&Vec<Sight>| {
                sights.iter().all(|it| matches!(it, Sight::Present(_) | Sight::Absent))
            };
            prop_assert_eq!(searched.vaults.len(), vaults.iter().filter(whole).count());
        }
    }
}
