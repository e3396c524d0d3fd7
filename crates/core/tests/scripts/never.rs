//! What no decision ever does, whatever it is asked.

use std::collections::BTreeSet;

use jiff::SignedDuration;
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use sexton_core::{
    ATTEMPTS_MAX, BATCH_OBJECTS_MAX, Backup, Dates, DeleteFacts, Deleted, Deletion, Erasure,
    ErasureState, Expiry, Guard, Hold, HoldId, Holds, Lifecycle, Lock, LockMode, RoleStatus,
    Selection, Sighting, Snapshots, State, Step, Use, Why, after_delete, decide_delete_point,
    decide_expiry, next_step,
};

use crate::words::{content, erasure, job, lasting, second, stored, tester};

/// The same cases on every run.
fn seeded() -> Config {
    Config { rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default() }
}

fn any_state() -> impl Strategy<Value = State> {
    let (content, since) = (content(), second(3));
    prop_oneof![
        Just(State::Creating),
        Just(State::Completed { content }),
        any::<bool>().prop_map(move |known| {
            let erasing = Erasure::begin(job(6), since, tester(), Why::Asked);
            State::Deleting { content: known.then_some(content), erasing }
        }),
        Just(State::Expired { reason: String::new(), since, content }),
    ]
}

fn any_snapshots() -> impl Strategy<Value = Snapshots> {
    prop_oneof![Just(Snapshots::Deletable), Just(Snapshots::Locked), Just(Snapshots::InUse)]
}

fn made_of_snapshot(backup: Backup) -> Backup {
    let name = "arn:aws:ec2:eu-central-1::snapshot/snap-0123".parse().unwrap();
    Backup { name, ..backup }
}

fn any_role() -> impl Strategy<Value = RoleStatus> {
    prop_oneof![Just(RoleStatus::Permitted), Just(RoleStatus::Denied), Just(RoleStatus::Missing)]
}

/// That of a vault that is locked, or of one that is not.
fn guard(locked: bool) -> Guard {
    let lock = Lock { min_days: None, max_days: None, mode: LockMode::Governance };
    Guard { lock: locked.then_some(lock), ..Guard::default() }
}

/// One that is of everything, or none.
fn holds(held: bool) -> Holds {
    if held { crate::ask_protection::one_hold(Selection::default()) } else { Holds::default() }
}

/// Of the point that [`stored`] gives, or of others.
fn any_selection() -> impl Strategy<Value = Selection> {
    let backup = stored(State::Creating);
    let vaults = vec![backup.in_vault().unwrap().vault.clone(), "another".parse().unwrap()];
    let other = "arn:aws:ec2:eu-central-1:123456789012:volume/vol-0123".parse().unwrap();
    let resources = vec![backup.source, other];
    let from = backup.created;
    let dates =
        [None, Some(Dates { from, to: from }), Some(Dates { from: second(-9), to: second(-8) })];
    let (vaults, resources) =
        (prop::sample::subsequence(vaults, 0..=2), prop::sample::subsequence(resources, 0..=2));
    (vaults, resources, prop::sample::select(dates.to_vec())).prop_map(
        |(vaults, resources, dates)| Selection {
            vaults: vaults.into_iter().collect(),
            resources: resources.into_iter().collect(),
            dates,
        },
    )
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn what_is_in_use_locked_held_being_created_or_being_deleted_is_never_deleted(
        state in any_state(), uses in 0_u8..3, role in any_role(), now in 0_i64..1000,
        locked: bool, held: bool, snapshots in any_snapshots(),
    ) {
        let uses: Vec<_> = (1..=uses).map(|number| Use::restore(job(number))).collect();
        let free = matches!(state, State::Completed { .. } | State::Expired { .. });
        let backup = made_of_snapshot(stored(state));
        let (guard, holds) = (guard(locked), holds(held));
        let (uses, guard, holds) = (&uses[..], &guard, &holds);
        let facts = DeleteFacts { backup: &backup, uses, guard, holds, role, snapshots };
        let decided = decide_delete_point(facts, second(now), job(7), &tester(), Why::Asked);
        if !free || !uses.is_empty() || locked || held {
            prop_assert!(decided.is_err());
        } else if role == RoleStatus::Permitted && snapshots == Snapshots::Deletable {
            prop_assert!(matches!(decided, Ok(Deletion::Erase(_))));
        } else {
            // A broken role or a kept snapshot accepts the call and keeps key and bytes.
            prop_assert!(matches!(decided, Ok(Deletion::Expire { .. })), "it keeps the point");
        }
    }

    #[test]
    fn of_all_holds_the_first_that_is_of_a_point_holds_it(
        selections in prop::collection::vec(any_selection(), 0..6),
    ) {
        let backup = stored(State::Completed { content: content() });
        let one = |(at, selection): (usize, &Selection)| {
            let hold = crate::ask_protection::one_hold(selection.clone()).all()[0].clone();
            Hold { id: HoldId::from_bytes([u8::try_from(at).unwrap(); 16]), ..hold }
        };
        let all: Vec<Hold> = selections.iter().enumerate().map(one).collect();
        let first = all.iter().find(|hold| hold.selection.is_of(&backup)).map(|hold| hold.id);
        let told = Holds::new(all).check(&backup).err().map(|held| held.hold);
        prop_assert_eq!(told, first);
    }

    #[test]
    fn a_lifecycle_never_deletes_too_early_or_what_is_protected(
        state in any_state(), uses in 0_u8..3, role in any_role(),
        days in prop::option::of(-3_i64..40_000), late in -200_000_i64..200_000,
        locked: bool, held: bool, snapshots in any_snapshots(),
    ) {
        let uses: Vec<_> = (1..=uses).map(|number| Use::restore(job(number))).collect();
        let completed = matches!(state, State::Completed { .. });
        let lifecycle = Lifecycle { delete_after_days: days, ..Lifecycle::default() };
        let backup = made_of_snapshot(lasting(state, lifecycle));
        let due = lifecycle.delete_at(backup.created);
        let now = due.unwrap_or(second(0)) + SignedDuration::from_secs(late);
        let (guard, holds) = (guard(locked), holds(held));
        let (uses, guard, holds) = (&uses[..], &guard, &holds);
        let facts = DeleteFacts { backup: &backup, uses, guard, holds, role, snapshots };
        match decide_expiry(facts, now, job(7)) {
            Expiry::Delete(_) => {
                prop_assert!(completed && uses.is_empty() && !held);
                prop_assert!(due.is_some_and(|due| due <= now));
            }
            // It is looked at again, and that is not at once.
            Expiry::PutOff { until } => prop_assert!(completed && until > now),
            Expiry::Nothing => prop_assert!(!completed || due.is_none()),
        }
    }

    #[test]
    fn whatever_each_batch_loses_an_erasure_ends_certified_or_parked(
        objects in 0_u32..2500,
        // What each batch loses: nothing, some, everything, everything while it says that it
        // is gone; and whether the epoch ended.
        losses in prop::collection::vec((0_u8..5, any::<bool>()), 0..60),
        lost_at_last in prop::sample::select(vec![0_u8, 3, 4]),
    ) {
        let mut stored: BTreeSet<String> = (0..objects).map(|it| format!("{it:06}")).collect();
        let pending = ErasureState::Pending { not_before: second(9), attempts: 0 };
        let mut job = erasure(pending);
        let (mut now, mut removed) = (second(10), 0);
        let mut steps = 0;
        // Faults go on for ever or stop; the epoch ends at last.
        let last = (lost_at_last, true);
        for (loss, epoch_ended) in losses.into_iter().chain(std::iter::repeat(last)) {
            steps += 1;
            prop_assert!(steps < 200, "it spins");
            if let ErasureState::Pending { not_before, .. } = &job.state {
                prop_assert!(*not_before <= now, "it is due in order");
            }
            let present = stored.iter().take(BATCH_OBJECTS_MAX).cloned().collect();
            let seen = Sighting { present };
            match next_step(&job, &seen, epoch_ended) {
                Step::Certify => {
                    prop_assert!(stored.is_empty() && epoch_ended, "it forgets");
                    let pending = matches!(job.state, ErasureState::Pending { .. });
                    prop_assert!(pending, "it was parked");
                    break;
                }
                Step::AwaitEpoch => prop_assert!(stored.is_empty() && !epoch_ended),
                Step::Park => {
                    let parked = matches!(job.state, ErasureState::Parked { .. });
                    prop_assert!(parked, "it waits for a person");
                    prop_assert!(!stored.is_empty());
                    break;
                }
                Step::Delete { objects } => {
                    prop_assert_eq!(&objects, &seen.present);
                    let keeps = |place: usize| match loss {
                        0 => false,
                        1 => place.is_multiple_of(2),
                        2 => place > 0,
                        _ => true,
                    };
                    let gone: BTreeSet<String> = objects
                        .iter()
                        .enumerate()
                        .filter(|(place, _)| !keeps(*place))
                        .map(|(_, name)| name.clone())
                        .collect();
                    stored.retain(|name| !gone.contains(name));
                    removed += u64::try_from(gone.len()).unwrap();
                    let said = if loss == 4 { objects.clone() } else { gone };
                    let present = stored.iter().take(BATCH_OBJECTS_MAX).cloned().collect();
                    let result = Deleted { tried: objects, gone: said };
                    let result = result.confirmed_by(&Sighting { present });
                    job = after_delete(job, &result, None, now);
                    prop_assert_eq!(job.removed, removed);
                    match &job.state {
                        ErasureState::Pending { not_before, attempts } => {
                            prop_assert!(*attempts < ATTEMPTS_MAX);
                            now = now.max(*not_before);
                        }
                        ErasureState::Parked { .. } => prop_assert!(!stored.is_empty()),
                    }
                }
            }
        }
    }
}
