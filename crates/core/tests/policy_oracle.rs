//! Made-up policies, and what another library says of them: it must say what we say.
//!
//! The two differ on purpose in places. Each of those is a function in `differences`, with why, and
//! by which page of AWS. It tells the library the case in words that it understands as AWS means
//! them, so that no case is left out and both must agree on all of them. One that changes no ruling
//! has no reason to be there, and fails the test.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "policy_oracle/cases.rs"]
mod cases;
#[path = "policy_oracle/differences.rs"]
mod differences;

use std::cell::RefCell;
use std::collections::BTreeMap;

use iam_rs::{Decision, IAMRequest, PolicyEvaluator, PrincipalId};
use proptest::prelude::*;
use proptest::sample::select;
use proptest::test_runner::{Config, RngSeed, TestRunner};
use sexton_core::policy::{Context, Identity, Kind, Policy, Request, Ruling};

use cases::{Case, KEYS, case};
use differences::DIFFERENCES;

/// The same cases on every run.
fn seeded(cases: u32) -> TestRunner {
    TestRunner::new(Config {
        cases,
        rng_seed: RngSeed::Fixed(23),
        failure_persistence: None,
        ..Config::default()
    })
}

/// What we say, if nothing is known of the key `unknown`.
fn ours(case: &Case, unknown: Option<&str>) -> Ruling {
    let policy = Policy::parse(&case.policy().to_string(), Kind::Resource).unwrap();
    let known = KEYS.into_iter().map(|(key, _)| key).filter(|key| Some(*key) != unknown);
    let context = known.fold(Context::default(), |context, key| match case.context.get(key) {
        None => context.without(key),
        Some(values) => values.iter().fold(context, |context, value| context.with(key, value)),
    });
    let by = Identity::parse(&case.by).unwrap();
    let by = &match &case.role {
        Some(role) => by.of_role(role),
        None => by,
    };
    let (action, resource, context) = (&*case.action, &*case.resource, &context);
    policy.rule(&Request { by, action, resource, context })
}

/// What the library says, or why it says nothing.
fn theirs(case: &Case) -> Result<Ruling, String> {
    let policy = serde_json::from_value(case.policy()).map_err(|error| error.to_string())?;
    let by = iam_rs::Principal::Aws(PrincipalId::String(case.by.clone()));
    let resource = iam_rs::Arn::parse(&case.resource).map_err(|error| error.to_string())?;
    let request =
        IAMRequest::new_with_context(by, case.action.clone(), resource, case.their_context());
    let ruled = PolicyEvaluator::with_policies(vec![policy]).evaluate(&request);
    match ruled.map_err(|error| error.to_string())?.decision {
        Decision::Deny => Ok(Ruling::Denies),
        Decision::Allow => Ok(Ruling::Allows),
        Decision::NotApplicable => Ok(Ruling::Silent),
    }
}

/// The case as the library understands it; without one of the differences, if that is asked for.
fn told(case: &Case, without: Option<&str>) -> Case {
    let mut case = case.clone();
    for (name, tell) in DIFFERENCES {
        if Some(name) != without {
            tell(&mut case);
        }
    }
    case
}

#[test]
fn whatever_is_known_is_ruled_as_another_library_rules_it() {
    let differ = RefCell::new(BTreeMap::<&str, usize>::new());
    let rulings = RefCell::new([0_usize; 3]);
    let compare = |case: Case| {
        let (ours, told) = (ours(&case, None), told(&case, None));
        prop_assert_eq!(Ok(ours), theirs(&told), "the library was told {:?}", told);
        let which = match ours {
            Ruling::Denies => 0,
            Ruling::Allows => 1,
            Ruling::Silent => 2,
        };
        rulings.borrow_mut()[which] += 1;
        for (name, _) in DIFFERENCES {
            if theirs(&self::told(&case, Some(name))) != Ok(ours) {
                *differ.borrow_mut().entry(name).or_default() += 1;
            }
        }
        Ok(())
    };
    seeded(4000).run(&case(), compare).unwrap();
    let rulings = rulings.into_inner();
    assert!(rulings.iter().all(|count| *count > 200), "deny, allow, silence: {rulings:?}");
    let differ = differ.into_inner();
    for (name, _) in DIFFERENCES {
        assert!(differ.contains_key(name), "the library needs not be told of {name}: {differ:?}");
    }
}

/// What is not known may be anything. So it is denied if a deny may be about it, and allowed only
/// if it is allowed whatever is the case: the library is asked for each.
#[test]
fn what_is_not_known_is_never_ruled_more_freely_than_by_another_library_that_knows_it() {
    let key = || select(KEYS.map(|(key, _)| key).to_vec());
    let ruled = RefCell::new((0, 0));
    let compare = |(case, unknown): (Case, &'static str)| {
        let ours = ours(&case, Some(unknown));
        let (_, values) = KEYS.into_iter().find(|(key, _)| *key == unknown).unwrap();
        for known in values.iter().copied().map(Some).chain([None]) {
            let mut world = case.clone();
            match known {
                Some(value) => world.context.insert(unknown.to_owned(), vec![value.to_owned()]),
                None => world.context.remove(unknown),
            };
            // A variable that stands for nothing is not known, whichever the case is.
            if known.is_none() && unknown == "aws:username" {
                continue;
            }
            let theirs = theirs(&told(&world, None)).unwrap();
            let freely = match ours {
                Ruling::Denies => false,
                Ruling::Allows => theirs != Ruling::Allows,
                Ruling::Silent => theirs == Ruling::Denies,
            };
            prop_assert!(!freely, "{:?}, and {:?} if {} is {:?}", ours, theirs, unknown, known);
            let mut ruled = ruled.borrow_mut();
            ruled.0 += usize::from(ours == Ruling::Denies && theirs != Ruling::Denies);
            ruled.1 += usize::from(ours == Ruling::Silent && theirs == Ruling::Allows);
        }
        Ok(())
    };
    seeded(4000).run(&(case(), key()), compare).unwrap();
    let (denied, not_allowed) = ruled.into_inner();
    assert!(denied > 50 && not_allowed > 50, "{denied} {not_allowed}: nothing depended on it");
}
