//! Batches of backup sets and looks at what is over, one at a time.

use std::sync::Arc;

use sexton_core::{PolicyChange, Source, State};

use crate::calls::{Answer, by};
use crate::gate::Verdict;
use crate::invariants;
use crate::parts::Sabotage;
use crate::rds::{End, instance_of, set_order};
use crate::report::Happened;
use crate::world::Simulation;

const DAY: u32 = 86_400;

/// The first of the instances, whose sets are kept for so many days, and whose logs are not.
fn with_instance(world: &mut Simulation, days: u16) -> Source {
    world.begin_instances();
    let source = world.instances().remove(0);
    set_policy(world, &source, days);
    world.finish();
    source
}

fn set_policy(world: &mut Simulation, source: &Source, days: u16) {
    let (service, now, source) = (Arc::clone(world.service()), world.now(), source.clone());
    let log = Some(false);
    let change =
        PolicyChange { days: Some(days), log, log_days: Some(7), ..PolicyChange::default() };
    world.start(async move {
        let (id, by) = (source.offered.id(), by());
        let set = service.set_backup_policy(&source.realm, id, &change, &by, now);
        set.await.unwrap();
        Answer::Other
    });
    world.settle();
}

/// The ids of the complete sets of an instance.
fn sets(world: &Simulation, source: &Source) -> Vec<String> {
    let mut seen = world.look();
    seen.retain(|it| {
        let is_whole = matches!(it.backup.state, State::Completed { .. });
        is_whole && instance_of(&it.backup) == Some(source.key())
    });
    seen.into_iter().filter_map(|it| Some(it.backup.as_set()?.set.to_string())).collect()
}

/// Makes sets until there are a hundred, as many in a day as may be asked for.
fn a_hundred(world: &mut Simulation, source: &Source) -> Vec<String> {
    world.gate.open(None);
    for made in sets(world, source).len()..100 {
        if made % 10 == 0 {
            world.tick(DAY);
        }
        let (service, now, by) = (Arc::clone(world.service()), world.now(), by());
        let id = source.offered.id();
        let begun = service.create_backup_set(&source.realm, id, set_order(), &by, now);
        world.runtime().block_on(begun).unwrap();
        world.drain();
    }
    world.gate.close();
    invariants::at_every_step(world);
    sets(world, source)
}

fn goes_whole_or_stays_whole(mut world: Simulation, verdict: Option<Verdict>) {
    let source = with_instance(&mut world, 730);
    let ids = a_hundred(&mut world, &source);
    assert_eq!(ids.len(), 100);
    world.tick(8 * DAY);
    world.send_batch(&source, ids.clone(), false);
    world.settle();
    while world.release("read ", Verdict::Go) > 0 {}
    if let Some(verdict) = verdict {
        assert_eq!(world.release("commit SetsDeleted", verdict), 1);
        world.finish();
    } else {
        world.crash();
        assert_eq!(world.report.happened.get(&Happened::BatchCut), Some(&1));
    }
    invariants::at_every_step(&mut world);
    let goes = matches!(verdict, Some(Verdict::Go | Verdict::ReplyLost));
    assert_eq!(sets(&world, &source).len(), if goes { 0 } else { 100 }, "{verdict:?}");
    let heard = world.rds.batches[0].end.clone();
    let expected = match verdict {
        None => None,
        Some(Verdict::Go) => Some(End::Accepted),
        Some(Verdict::Lost | Verdict::ReplyLost | Verdict::Corrupt) => Some(End::Unknown),
    };
    assert_eq!(heard, expected);
    // Whoever heard nothing asks again for what is still shown.
    if !goes {
        world.send_batch(&source, ids, false);
        world.finish();
        invariants::at_every_step(&mut world);
        assert!(sets(&world, &source).is_empty());
    }
}

#[test]
fn a_batch_of_a_hundred_sets_goes_whole_or_stays_whole_whatever_happens_to_it() {
    for verdict in [Some(Verdict::Go), Some(Verdict::Lost), Some(Verdict::ReplyLost), None] {
        goes_whole_or_stays_whole(Simulation::with(1, Sabotage::None), verdict);
        goes_whole_or_stays_whole(Simulation::on_disk(1), verdict);
    }
}

/// The look deleted by the policy that it had read.
#[test]
fn a_longer_policy_keeps_what_a_look_that_has_begun_was_to_delete() {
    let mut world = Simulation::with(1, Sabotage::None);
    let source = with_instance(&mut world, 7);
    let before = sets(&world, &source);
    assert!(!before.is_empty());
    world.tick(8 * DAY);
    world.look_at_what_is_due();
    world.settle();
    let of = format!("{}/backup", source.arn);
    let waits = |(label, _): &(String, u64)| {
        label.starts_with("commit DeletionDecided") && label.contains(&of)
    };
    assert!(world.waiting().iter().any(waits), "{:?}", world.waiting());
    set_policy(&mut world, &source, 30);
    assert_eq!(world.release("commit SourceChanged", Verdict::Go), 1);
    world.finish();
    assert_eq!(sets(&world, &source), before);
    invariants::at_every_step(&mut world);
}
