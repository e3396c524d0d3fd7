//! Users and policies that change while a deletion is decided, one at a time.

use std::sync::Arc;

use jiff::SignedDuration;
use sexton_core::{Backup, Principal, State};
use sexton_server::OpsError;

use crate::calls::{Answer, by};
use crate::erasing::complete;
use crate::gate::Verdict;
use crate::invariants;
use crate::parts::Sabotage;
use crate::policies::{ANN, NIGHT, RULES, text_of};
use crate::replies::with_vault;
use crate::report::Happened;
use crate::seen::kept_in;
use crate::users::Turn;
use crate::world::Simulation;

/// A world with a backup of which ann has asked for the deletion, which a policy of hers denied
/// then, and does no more.
fn asked_by_ann() -> (Simulation, Backup) {
    let mut world = with_vault(Simulation::with(1, Sabotage::None));
    let backup = complete(&mut world, "token");
    turn(&mut world, &[Turn::Make, Turn::Deny]);
    world.asked_to_go.insert(backup.key());
    let (service, now, of) = (Arc::clone(world.service()), world.now(), backup.clone());
    world.start(async move {
        let (vault, within) = (kept_in(&of), SignedDuration::from_hours(24));
        let by = Principal(ANN.to_owned());
        service.request_erasure(&vault, &of.name, within, &by, now).await.unwrap().unwrap();
        Answer::Other
    });
    world.finish();
    turn(&mut world, &[Turn::Free]);
    (world, backup)
}

fn turn(world: &mut Simulation, turns: &[Turn]) {
    for turn in turns {
        world.turn_user("ann", *turn);
        world.finish();
    }
}

fn is_there(world: &mut Simulation) -> bool {
    invariants::at_every_step(world);
    world.look().iter().any(|seen| matches!(seen.backup.state, State::Completed { .. }))
}

#[test]
fn what_a_user_asked_for_is_done_once_they_may() {
    let (mut world, _) = asked_by_ann();
    world.look_at_what_is_due();
    world.finish();
    assert!(!is_there(&mut world));
    assert_eq!(world.report.happened.get(&Happened::DoneForUser), Some(&1));
}

/// It was done: what users may was not part of what the decision was made from.
#[test]
fn what_a_removed_user_asked_for_is_not_done_although_its_decision_had_begun() {
    let (mut world, _) = asked_by_ann();
    world.look_at_what_is_due();
    world.settle();
    turn_first(&mut world, Turn::Remove);
    world.finish();
    assert!(is_there(&mut world), "ann was removed before it was decided");
}

/// The same of one who may no longer.
#[test]
fn what_a_user_may_no_longer_is_not_done_although_its_decision_had_begun() {
    let (mut world, _) = asked_by_ann();
    world.look_at_what_is_due();
    world.settle();
    turn_first(&mut world, Turn::Deny);
    world.finish();
    assert!(is_there(&mut world), "a policy of ann denied it before it was decided");
}

/// Has ann changed before the deletion is committed that waits for that.
fn turn_first(world: &mut Simulation, turn: Turn) {
    let waits = |(label, _): &(String, u64)| label.starts_with("commit DeletionDecided");
    assert!(world.waiting().iter().any(waits), "{:?}", world.waiting());
    world.turn_user("ann", turn);
    world.settle();
    assert_eq!(world.release("commit UserChanged", Verdict::Go), 1);
}

/// It was done: the two have one ARN.
#[test]
fn what_a_removed_user_asked_for_is_not_done_for_another_of_that_name() {
    let (mut world, _) = asked_by_ann();
    turn(&mut world, &[Turn::Remove, Turn::Make]);
    world.look_at_what_is_due();
    world.finish();
    assert!(is_there(&mut world), "the one who asked is gone");
}

/// It was done: a vault's policy names them by an ARN that is nobody's.
#[test]
fn what_a_removed_user_asked_for_is_not_done_although_the_vault_allows_it() {
    let (mut world, backup) = asked_by_ann();
    let (service, now, vault) = (Arc::clone(world.service()), world.now(), kept_in(&backup));
    let lets = RULES.iter().find(|(effect, ..)| *effect == "Allow").unwrap();
    world.start(async move {
        service.put_vault_policy(&vault, text_of(lets), &by(), now).await.unwrap();
        Answer::Other
    });
    world.finish();
    turn(&mut world, &[Turn::Remove]);
    world.look_at_what_is_due();
    world.finish();
    assert!(is_there(&mut world), "the one who asked is gone");
}

#[test]
fn a_policy_that_is_put_while_a_deletion_is_decided_is_obeyed() {
    for asker in [by(), Principal(ANN.to_owned()), Principal(NIGHT.to_owned())] {
        let mut world = with_vault(Simulation::with(1, Sabotage::None));
        let backup = complete(&mut world, "token");
        let (service, now, of) = (Arc::clone(world.service()), world.now(), backup.clone());
        world.start(async move {
            let ended = service.delete_point(&kept_in(&of), &of.name, &asker, now).await;
            assert!(matches!(ended, Err(OpsError::Denied(_))), "{ended:?}");
            Answer::Other
        });
        world.settle();
        let (service, vault) = (Arc::clone(world.service()), kept_in(&backup));
        world.start(async move {
            service.put_vault_policy(&vault, text_of(&RULES[0]), &by(), now).await.unwrap();
            Answer::Other
        });
        world.settle();
        assert_eq!(world.release("commit VaultPolicyPut", Verdict::Go), 1);
        world.finish();
        assert!(is_there(&mut world));
    }
}
