//! Looks in the other vaults of the account for points that are not in the vault at hand.
//!
//! One reading of each vault serves all the points, by a listing or one by one, whichever
//! is cheaper. What could not be read is named, because a point may be there: whoever is
//! told that a point is in no vault is told also where nobody could look. [`Trail`] decides
//! what the looks come to, purely.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use jiff::Timestamp;
use serde::Serialize;
use sexton_core::{BackupArn, Outcome, VaultName};
use tokio::time::{Instant, timeout_at};

use crate::caller::{Caller, Heed};
use crate::sight::{Access, Sight, look};
use crate::survey::Forecast;
use crate::verify::TIMEOUT_MAX;

/// The most pages that the list of vaults is followed for; far above AWS's quota.
const VAULT_PAGES_MAX: u32 = 1000;

/// How often a vault is looked into: the first look may have to learn which way of looking
/// is permitted.
const LOOKS_MAX: u32 = 2;

/// How the list of the account's vaults is called where it could not be read.
const VAULT_LIST: &str = "the list of vaults";

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
    /// The vault and the state of each point that was found, by its place.
    found: BTreeMap<usize, (String, String)>,
    read: BTreeSet<String>,
    unread: BTreeMap<String, String>,
}

impl Trail {
    /// Takes note of all that was seen of one vault, in places that were asked for.
    fn note(&mut self, vault: &str, sights: impl IntoIterator<Item = (usize, Sight)>) {
        let mut unread = None;
        for (place, sight) in sights {
            match sight {
                Sight::Present(facts) => {
                    let status = facts.status.to_string();
                    self.found.entry(place).or_insert_with(|| (vault.to_owned(), status));
                }
                Sight::Absent => {}
                Sight::Unread(cause) | Sight::Blind(cause) => unread = Some(cause),
            }
        }
        match unread {
            Some(cause) => self.miss(vault, cause),
            None => drop(self.read.insert(vault.to_owned())),
        }
    }

    /// Takes note of something that could not be read.
    fn miss(&mut self, place: &str, cause: String) {
        self.unread.insert(place.to_owned(), cause);
    }

    /// What became of the point in this place, as far as the search tells.
    pub(crate) fn outcome(&self, place: usize, now: Timestamp) -> Outcome {
        match self.found.get(&place).cloned() {
            Some((vault, status)) => Outcome::Elsewhere { vault, status },
            None => Outcome::Absent { at: Some(now) },
        }
    }

    /// What a deletion of the point in this place would come to.
    pub(crate) fn forecast(&self, place: usize) -> Forecast {
        match self.found.get(&place).cloned() {
            Some((vault, status)) => Forecast::Elsewhere { vault, status },
            None => Forecast::Absent,
        }
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
    /// The vault that the points are not in.
    pub(crate) vault: &'a VaultName,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
}

impl Search<'_> {
    /// Looks for each of `wanted` until the deadline, or until the run is aborted.
    pub(crate) async fn run(self, wanted: &[&BackupArn]) -> Trail {
        let started = Instant::now();
        let deadline = started.checked_add(self.timeout.min(TIMEOUT_MAX)).unwrap_or(started);
        let mut trail = Trail::default();
        let vaults = match self.before(deadline, self.vaults(&mut trail)).await {
            Ok(vaults) => vaults,
            Err(because) => {
                trail.miss(VAULT_LIST, because.to_owned());
                return trail;
            }
        };
        for vault in vaults {
            let open: Vec<usize> =
                (0..wanted.len()).filter(|place| !trail.found.contains_key(place)).collect();
            if open.is_empty() {
                break;
            }
            let points: Vec<&BackupArn> = open.iter().map(|&place| wanted[place]).collect();
            let mut sights = vec![Sight::Unread("not looked at".to_owned()); points.len()];
            let ended = self.before(deadline, self.look_into(&vault, &points, &mut sights)).await;
            if let Err(because) = ended {
                let late = |sight: &mut Sight| *sight = Sight::Unread(because.to_owned());
                sights.iter_mut().filter(|it| matches!(it, Sight::Unread(_))).for_each(late);
            }
            trail.note(vault.as_str(), open.into_iter().zip(sights));
        }
        trail
    }

    /// Does `work`, unless the deadline comes first, or somebody aborts the run.
    async fn before<T>(
        &self,
        deadline: Instant,
        work: impl Future<Output = T>,
    ) -> Result<T, &'static str> {
        tokio::select! {
            biased;
            () = self.caller.stop.aborted() => Err("the run was aborted"),
            done = timeout_at(deadline, work) => done.map_err(|_| "the deadline has come"),
        }
    }

    /// The other vaults of the account. Those that have no name of ours are missed.
    async fn vaults(&self, trail: &mut Trail) -> Vec<VaultName> {
        let mut vaults = Vec::new();
        let mut token = None;
        for _ in 0..VAULT_PAGES_MAX {
            let list = || self.caller.provider.list_vaults(token.clone());
            let cause = match self.caller.call(Heed::Nothing, list).await.result {
                Some(Ok(page)) => {
                    for name in page.names {
                        match name.parse() {
                            Ok(vault) if vault == *self.vault => {}
                            Ok(vault) => vaults.push(vault),
                            Err(_) => trail.miss(&name, "this is no name of a vault".to_owned()),
                        }
                    }
                    match page.next {
                        None => return vaults,
                        next if next == token => "the list repeats itself".to_owned(),
                        next => {
                            token = next;
                            continue;
                        }
                    }
                }
                Some(Err(failure)) => failure.to_string(),
                None => "stopped before looking".to_owned(),
            };
            trail.miss(VAULT_LIST, cause);
            return vaults;
        }
        trail.miss(VAULT_LIST, format!("it has more than {VAULT_PAGES_MAX} pages"));
        vaults
    }

    async fn look_into(&self, vault: &VaultName, points: &[&BackupArn], sights: &mut [Sight]) {
        let mut access = Access { list: true, describe: true, vault_known: true };
        for _ in 0..LOOKS_MAX {
            if !sights.iter().any(|sight| matches!(sight, Sight::Unread(_))) {
                break;
            }
            let seen = |place: usize, sight: Sight| sights[place] = sight;
            look(self.caller, vault, points, &mut access, self.concurrency, seen).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::{PointFacts, PointStatus};
    use proptest::prelude::*;

    fn present() -> Sight {
        let arn = "arn:aws:ec2:r::snapshot/s".to_owned();
        let status = PointStatus::Completed;
        Sight::Present(PointFacts { arn, status, message: None, created: None })
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
                let outcome = trail.outcome(place, Timestamp::UNIX_EPOCH);
                match (outcome, holder) {
                    (Outcome::Elsewhere { vault, .. }, Some(number)) => {
                        prop_assert_eq!(vault, format!("vault-{number}"));
                    }
                    (Outcome::Absent { .. }, None) => {}
                    (outcome, holder) => prop_assert!(false, "{outcome:?} {holder:?}"),
                }
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
