//! Erasures that get nowhere, and whose turn it is.

use std::sync::Arc;

use sexton_core::{ATTEMPTS_MAX, Backup, BackupName, ErasureState, InRealm, State};
use sexton_server::eraser::Pass;

use crate::calls::{Answer, by};
use crate::gate::Verdict;
use crate::parts::Sabotage;
use crate::replies::{back_up, with_vault};
use crate::seen::kept_in;
use crate::world::Simulation;

/// Makes one more backup, whole.
pub(crate) fn complete(world: &mut Simulation, token: &str) -> Backup {
    back_up(world, token);
    world.finish();
    let mut seen = world.look();
    seen.retain(|seen| matches!(seen.backup.state, State::Completed { .. }));
    seen.remove(0).backup
}

fn delete(world: &mut Simulation, backup: &Backup) {
    let (service, now, backup) = (Arc::clone(world.service()), world.now(), backup.clone());
    world.start(async move {
        service.delete_point(&kept_in(&backup), &backup.name, &by(), now).await.unwrap();
        Answer::Other
    });
    world.finish();
}

/// One pass in which every removal of an object comes to `removal`.
fn pass(world: &mut Simulation, removal: Verdict) -> Pass {
    let (service, (sender, receiver)) = (Arc::clone(world.service()), std::sync::mpsc::channel());
    world.start(async move {
        sender.send(service.erase_pass().await.unwrap()).unwrap();
        Answer::Other
    });
    world.settle();
    while world.release("list", Verdict::Go) + world.release("delete", removal) > 0 {}
    world.finish();
    receiver.recv().unwrap()
}

fn due(world: &Simulation) -> Vec<InRealm<BackupName>> {
    let now = world.now();
    let due = world.ask(world.store.due_erasures(now, None, 10));
    due.unwrap().items.into_iter().map(|claim| claim.backup.key()).collect()
}

#[test]
fn an_erasure_whose_objects_are_listed_and_never_found_is_parked() {
    let mut world = with_vault(Simulation::with(1, Sabotage::NothingFound));
    let backup = complete(&mut world, "token");
    delete(&mut world, &backup);
    for _ in 0..ATTEMPTS_MAX {
        assert_eq!(pass(&mut world, Verdict::Go), Pass { due: 1, ..Pass::default() });
        assert!(due(&world).is_empty(), "it would be tried again at once, for ever");
        world.tick(4000);
    }
    assert_eq!(pass(&mut world, Verdict::Go), Pass::default());
    let backup = world.look().remove(0).backup;
    let erasing = backup.state.erasing().unwrap();
    assert!(matches!(erasing.state, ErasureState::Parked { .. }), "{erasing:?}");
    assert_eq!(erasing.removed, 0);
}

#[test]
fn an_erasure_that_is_tried_again_comes_before_those_that_were_decided_later() {
    let mut world = with_vault(Simulation::with(1, Sabotage::None));
    let first = complete(&mut world, "first");
    delete(&mut world, &first);
    assert!(!pass(&mut world, Verdict::Lost).progressed);
    let mut expected = vec![first.key()];
    for token in ["second", "third"] {
        world.tick(10);
        let backup = complete(&mut world, token);
        delete(&mut world, &backup);
        expected.push(backup.key());
    }
    assert_eq!(due(&world), expected);
}
