//! Reads back where targets stand, by listing their place or one by one.
//!
//! A listing proves absence only when it was read from its beginning to its end, and
//! begun after the deletion was accepted; one that shows nothing at all, only when a look at one
//! of those that should be in it agrees. Whoever may not list describes, and the
//! other way round; who may do neither learns nothing, which is not the same as absent.

use std::collections::{HashMap, HashSet};
use std::hash::{DefaultHasher, Hash as _, Hasher as _};

use futures::StreamExt as _;

use crate::caller::Caller;
use crate::classify::Class;
use crate::provider::{AbsenceBy, Facts, Manner, Named, Provider, ProviderError, Target};

/// The most pages that one listing is followed for; far above any quota.
const PAGES_MAX: u32 = 100_000;

/// What reading a page costs, in describes: its pages come one after the other, and a
/// page is heavier than a target.
const PAGE_COST: u64 = 4;

/// How to look.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Reading {
    /// The whole place, page by page.
    List,
    /// Each target by itself.
    Describe,
}

/// Decides how to look for targets, with so many `describes`, in a place that holds about so
/// many and lists `page_max` of them at a time, where either way may be forbidden. Nothing:
/// both are.
pub(crate) fn choose(
    describes: u64,
    holds: u64,
    page_max: u16,
    may_list: bool,
    may_describe: bool,
) -> Option<Reading> {
    match (may_list, may_describe) {
        (false, false) => None,
        (true, false) => Some(Reading::List),
        (false, true) => Some(Reading::Describe),
        (true, true) => {
            let page = u64::from(page_max.max(1));
            let pages = holds.div_ceil(page).max(1);
            let listing_is_cheaper = pages.saturating_mul(PAGE_COST) < describes;
            Some(if listing_is_cheaper { Reading::List } else { Reading::Describe })
        }
    }
}

/// What the targets of a look are expected to be. A request about several fails when one of
/// them is not there.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Expected {
    /// Most of them in the place.
    There,
    /// Most of them gone.
    Gone,
}

/// How many targets one request asks for.
fn at_once(expected: Expected, manner: Manner) -> usize {
    match expected {
        Expected::There => manner.describe_max.max(1),
        Expected::Gone => 1,
    }
}

/// Where one target was seen to stand. A run may hold millions of these.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Sight {
    /// It is in the place.
    Present(Facts),
    /// It is not in the place, and the place exists.
    Absent,
    /// This look told nothing; the next may.
    Unread(String),
    /// No look will tell.
    Blind(String),
}

/// What has been learned about looking, so that it is not learned again.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Access {
    pub(crate) list: bool,
    pub(crate) describe: bool,
    /// The place has been seen to exist.
    pub(crate) place_known: bool,
}

/// Looks at each of `wanted`, and tells `seen` its place and what was seen of it, as soon
/// as that is known: whoever stops waiting keeps what was seen until then. A target that a
/// listing shows before it fails is told twice.
pub(crate) async fn look(
    caller: &Caller,
    provider: &dyn Provider,
    wanted: &[&Target],
    expected: Expected,
    access: &mut Access,
    concurrency: usize,
    mut seen: impl FnMut(usize, Sight),
) {
    match glance(caller, provider, access).await {
        Ok(holds) => {
            let way = (holds, expected);
            look_closely(caller, provider, wanted, way, access, concurrency, seen).await;
        }
        Err(sight) => (0..wanted.len()).for_each(|place| seen(place, sight.clone())),
    }
}

/// Asks how many targets the place holds; nothing if that is not to be known. Fails with a
/// sight that holds for every target.
pub(crate) async fn glance(
    caller: &Caller,
    provider: &dyn Provider,
    access: &mut Access,
) -> Result<Option<u64>, Sight> {
    match caller.look(|| provider.place()).await {
        Ok(facts) => {
            access.place_known = true;
            Ok(facts.holds)
        }
        Err(failure) => match failure.class {
            Class::NotFound { .. } => Err(Sight::Blind(place_missing(provider))),
            Class::Credentials => Err(Sight::Blind(failure.to_string())),
            Class::Forbidden { .. } | Class::Refused(_) | Class::Busy(_) => Ok(None),
            Class::Throttled | Class::Server | Class::Lost | Class::Unreachable => {
                Err(Sight::Unread(failure.to_string()))
            }
        },
    }
}

/// A look after a glance that showed how many targets the place holds. `way`: how many that
/// are, if it is known, and what is expected.
pub(crate) async fn look_closely(
    caller: &Caller,
    provider: &dyn Provider,
    wanted: &[&Target],
    way: (Option<u64>, Expected),
    access: &mut Access,
    concurrency: usize,
    mut seen: impl FnMut(usize, Sight),
) {
    let told = look_or_tell(caller, provider, wanted, way, access, concurrency, &mut seen).await;
    if let Err(sight) = told {
        (0..wanted.len()).for_each(|place| seen(place, sight.clone()));
    }
}

/// The same, but for a sight that holds for all of `wanted`.
async fn look_or_tell(
    caller: &Caller,
    provider: &dyn Provider,
    wanted: &[&Target],
    (holds, expected): (Option<u64>, Expected),
    access: &mut Access,
    concurrency: usize,
    seen: &mut impl FnMut(usize, Sight),
) -> Result<(), Sight> {
    let manner = provider.manner();
    let describes = wanted.len().div_ceil(at_once(expected, manner));
    let describes = u64::try_from(describes).unwrap_or(u64::MAX);
    let holds = holds.unwrap_or(manner.holds_usually);
    if choose(describes, holds, manner.list_page_max, access.list, access.describe)
        == Some(Reading::List)
    {
        match list(caller, provider, wanted, access, seen).await {
            Ok(()) => return Ok(()),
            Err(Unlisted::Contradicted) => (),
            Err(Unlisted::Forbidden(cause)) => {
                access.list = false;
                if !access.describe {
                    return Err(Sight::Blind(cause));
                }
            }
            Err(Unlisted::Blind(cause)) => return Err(Sight::Blind(cause)),
            Err(Unlisted::Failed(cause)) => return Err(Sight::Unread(cause)),
        }
    }
    let mut unproven = Vec::new();
    let told = |place: usize, sight: Sight| match (manner.absence, sight) {
        (AbsenceBy::Listing, Sight::Absent) => unproven.push(place),
        (_, sight) => seen(place, sight),
    };
    describe_each(caller, provider, wanted, expected, access, concurrency, told).await;
    prove_absent(caller, provider, wanted, &unproven, access, seen).await;
    Ok(())
}

/// Lists the place once for all that was not found by its name, where that alone proves nothing.
async fn prove_absent(
    caller: &Caller,
    provider: &dyn Provider,
    wanted: &[&Target],
    unproven: &[usize],
    access: &mut Access,
    seen: &mut impl FnMut(usize, Sight),
) {
    if unproven.is_empty() {
        return;
    }
    let targets: Vec<&Target> = unproven.iter().map(|&place| wanted[place]).collect();
    let mut told = |at: usize, sight: Sight| seen(unproven[at], sight);
    let sight = match list(caller, provider, &targets, access, &mut told).await {
        Ok(()) => return,
        Err(Unlisted::Forbidden(cause)) => {
            access.list = false;
            Sight::Blind(cause)
        }
        Err(Unlisted::Blind(cause)) => Sight::Blind(cause),
        Err(Unlisted::Failed(cause)) => Sight::Unread(cause),
        Err(Unlisted::Contradicted) => {
            Sight::Unread("it is shown by its name, and not by the listing".to_owned())
        }
    };
    for &place in unproven {
        seen(place, sight.clone());
    }
}

fn place_missing(provider: &dyn Provider) -> String {
    let (noun, name) = (provider.manner().place_noun, provider.name());
    format!("the {noun} {name} was not found when reading back")
}

fn forbidden(failure: &ProviderError, noun: &str) -> String {
    format!("not permitted to read back, or the {noun} does not exist ({failure})")
}

enum Unlisted {
    /// It shows nothing, and something that it should show stands.
    Contradicted,
    Forbidden(String),
    Blind(String),
    Failed(String),
}

impl Unlisted {
    fn new(failure: &ProviderError, noun: &str) -> Self {
        match failure.class {
            Class::Forbidden { .. } | Class::Refused(_) => {
                Self::Forbidden(forbidden(failure, noun))
            }
            Class::Credentials | Class::NotFound { .. } => Self::Blind(failure.to_string()),
            Class::Busy(_)
            | Class::Throttled
            | Class::Server
            | Class::Lost
            | Class::Unreachable => Self::Failed(failure.to_string()),
        }
    }
}

async fn list(
    caller: &Caller,
    provider: &dyn Provider,
    wanted: &[&Target],
    access: &mut Access,
    seen: &mut impl FnMut(usize, Sight),
) -> Result<(), Unlisted> {
    let places: HashMap<&str, usize> =
        wanted.iter().enumerate().map(|(at, target)| (target.name(), at)).collect();
    let mut absent = vec![true; wanted.len()];
    let (mut token, mut shows_nothing) = (None, true);
    let mut tokens = HashSet::new();
    for _ in 0..PAGES_MAX {
        let page = caller.look(|| provider.list(token.clone())).await;
        let page = page.map_err(|it| Unlisted::new(&it, provider.manner().place_noun))?;
        shows_nothing &= page.items.is_empty();
        for Named { name, facts } in page.items {
            if let Some(&place) = places.get(name.as_str()) {
                absent[place] = false;
                seen(place, Sight::Present(facts));
            }
        }
        let Some(next) = page.next else {
            if shows_nothing && let Some(target) = wanted.first() {
                confirm_empty(caller, provider, target, access).await?;
            }
            let absent = (0..).zip(absent).filter(|(_, absent)| *absent);
            absent.for_each(|(place, _)| seen(place, Sight::Absent));
            return Ok(());
        };
        if !tokens.insert(fingerprint(&next)) {
            return Err(Unlisted::Failed("the listing repeats itself".to_owned()));
        }
        token = Some(next);
    }
    Err(Unlisted::Failed(format!("the listing has more than {PAGES_MAX} pages")))
}

/// Stands for a token, which may be long, among those of one listing.
fn fingerprint(token: &str) -> u64 {
    let mut hasher = DefaultHasher::new();
    token.hash(&mut hasher);
    hasher.finish()
}

/// A listing that shows nothing does not say which place it is of: one of those that should be
/// in it is asked for by itself. Where that is forbidden, the listing is all that there is.
async fn confirm_empty(
    caller: &Caller,
    provider: &dyn Provider,
    target: &Target,
    access: &mut Access,
) -> Result<(), Unlisted> {
    if !access.describe {
        return Ok(());
    }
    let Err(failure) = caller.look(|| provider.describe(std::slice::from_ref(&target))).await
    else {
        return Err(Unlisted::Contradicted);
    };
    let (sight, forbidden) = sight_of(&failure, *access, provider.manner().place_noun);
    access.describe &= !forbidden;
    match sight {
        Sight::Absent => Ok(()),
        Sight::Unread(_) if forbidden => Ok(()),
        Sight::Present(_) => Err(Unlisted::Contradicted),
        Sight::Unread(cause) | Sight::Blind(cause) => Err(Unlisted::Failed(cause)),
    }
}

async fn describe_each(
    caller: &Caller,
    provider: &dyn Provider,
    wanted: &[&Target],
    expected: Expected,
    access: &mut Access,
    concurrency: usize,
    mut seen: impl FnMut(usize, Sight),
) {
    let (may, at_once) = (*access, at_once(expected, provider.manner()));
    let looks = wanted.chunks(at_once).enumerate().map(|(number, batch)| async move {
        let first = number * at_once;
        let mut found = Vec::with_capacity(batch.len());
        describe_batch(caller, provider, batch, may, |at, sight, forbidden| {
            found.push((first + at, sight, forbidden));
        })
        .await;
        found
    });
    // Boxed, so that whoever looks may do so on any thread: the compiler cannot see it otherwise.
    let mut looks = futures::stream::iter(looks).buffer_unordered(concurrency.max(1)).boxed();
    while let Some(found) = looks.next().await {
        for (place, sight, forbidden) in found {
            access.describe &= !forbidden;
            seen(place, sight);
        }
    }
}

/// Reads `batch`, and the halves of it where the whole is not found: one that is missing hides
/// the others. Tells of each its number in the batch, and whether describing is forbidden.
async fn describe_batch(
    caller: &Caller,
    provider: &dyn Provider,
    batch: &[&Target],
    access: Access,
    mut told: impl FnMut(usize, Sight, bool),
) {
    let whole = 0..batch.len();
    let mut parts = Vec::from([whole]);
    while let Some(part) = parts.pop() {
        let targets = &batch[part.clone()];
        let (sight, forbidden) = match caller.look(|| provider.describe(targets)).await {
            Ok(found) => {
                let mut facts: HashMap<String, Facts> =
                    found.into_iter().map(|found| (found.name, found.facts)).collect();
                for at in part {
                    let told_of = facts.remove(batch[at].name());
                    let unnamed = || Sight::Unread("the reply does not name it".to_owned());
                    told(at, told_of.map_or_else(unnamed, Sight::Present), false);
                }
                continue;
            }
            Err(failure) => {
                if let (Class::NotFound { .. }, 2..) = (failure.class, part.len()) {
                    let middle = part.start + part.len() / 2;
                    parts.extend([middle..part.end, part.start..middle]);
                    continue;
                }
                sight_of(&failure, access, provider.manner().place_noun)
            }
        };
        part.for_each(|at| told(at, sight.clone(), forbidden));
    }
}

/// What a failed describe tells, and whether it says that describing is forbidden.
fn sight_of(failure: &ProviderError, access: Access, noun: &str) -> (Sight, bool) {
    match failure.class {
        Class::NotFound { target } if target || access.place_known => (Sight::Absent, false),
        Class::NotFound { .. } => {
            let cause = format!("the {noun} is not known to exist ({failure})");
            (Sight::Blind(cause), false)
        }
        Class::Forbidden { .. } if access.list => (Sight::Unread(forbidden(failure, noun)), true),
        Class::Forbidden { .. } => (Sight::Blind(forbidden(failure, noun)), true),
        Class::Credentials | Class::Refused(_) => (Sight::Blind(failure.to_string()), false),
        Class::Busy(_) | Class::Throttled | Class::Server | Class::Lost | Class::Unreachable => {
            (Sight::Unread(failure.to_string()), false)
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn the_cheaper_way_of_looking_is_chosen() {
        for (pending, points, expected) in [
            (10_000, 10_000, Reading::List),
            (10_000, 1_000_000, Reading::List),
            (200, 1_000_000, Reading::Describe),
            (1, 1, Reading::Describe),
            (100, 0, Reading::List),
            (100_000, 1_000_000, Reading::List),
        ] {
            assert_eq!(
                choose(pending, points, 1000, true, true),
                Some(expected),
                "{pending} {points:?}"
            );
        }
    }

    proptest! {
        #[test]
        fn what_is_forbidden_is_never_chosen(
            pending: u64, points: u64, page_max: u16, may_list: bool, may_describe: bool,
        ) {
            match choose(pending, points, page_max, may_list, may_describe) {
                Some(Reading::List) => prop_assert!(may_list),
                Some(Reading::Describe) => prop_assert!(may_describe),
                None => prop_assert!(!may_list && !may_describe),
            }
        }
    }
}
