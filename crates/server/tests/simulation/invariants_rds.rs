//! What holds of instances and of what RDS keeps: a batch goes whole or stays whole, and nothing
//! goes before its time. The rules are written down once more here, slowly.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, BackupPolicy, DeletedSet, Event, EventKind, InRealm, Keeper, Leftover,
    LogBackup, Made, Principal, Source, State, Why,
};

use crate::rds::{End, instance_of, is_of_instance};
use crate::report::Happened;
use crate::seen::Seen;
use crate::world::Simulation;

const DAY: i64 = 86_400;

/// When a backup ended, if it did.
pub(crate) fn ended_at(backup: &Backup) -> Option<Timestamp> {
    match &backup.state {
        State::Completed { content } => Some(content.completed),
        State::Failed { at, .. } => Some(*at),
        State::Creating | State::Expired { .. } | State::Deleting { .. } => None,
    }
}

/// How many days old a set is at least that a batch may take.
fn days_until_deletable(policy: BackupPolicy) -> Option<i64> {
    match policy.log {
        LogBackup::Off => Some(7),
        LogBackup::On { days } if days < policy.days => Some(i64::from(days)),
        LogBackup::On { .. } => None,
    }
}

/// The moment after which a batch may take a set that ended then.
pub(crate) fn deletable_from(policy: BackupPolicy, ended: Timestamp) -> Option<Timestamp> {
    let days = days_until_deletable(policy)?;
    Some(ended + SignedDuration::from_secs(days * DAY))
}

/// How many days a set or a run of log backups is kept, and since when.
fn kept(policy: BackupPolicy, backup: &Backup) -> (i64, Timestamp) {
    match (&backup.keeper, policy.log) {
        (Keeper::Log(kept), LogBackup::On { days }) => (days.into(), kept.until),
        (Keeper::Log(kept), LogBackup::Off) => (policy.days.into(), kept.until),
        (Keeper::Instance(_), _) => (policy.days.into(), backup.created),
        (Keeper::Vault(_) | Keeper::FileSystem(_), _) => {
            panic!("{} is kept elsewhere", backup.name)
        }
    }
}

/// What holds at every moment.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event], seen: Vec<Seen>) {
    for event in &events[world.rds.judged..] {
        judge(world, event);
    }
    world.rds.judged = events.len();
    for (number, batch) in world.rds.batches.iter().enumerate() {
        match &batch.end {
            Some(End::Accepted) => assert!(batch.done, "batch {number} was accepted and stays"),
            Some(End::Refused(why)) => {
                assert!(!batch.done, "batch {number} was refused and went: {why:?}");
            }
            Some(End::Silent) => assert!(!batch.done, "batch {number} went unseen"),
            Some(End::Unknown) | None => (),
        }
    }
    let gone = world.rds.batches.iter().filter(|batch| batch.done);
    let gone: BTreeSet<_> = gone.flat_map(|batch| &batch.sets).collect();
    for Seen { backup, .. } in &seen {
        let is_there = !matches!(backup.state, State::Deleting { .. });
        assert!(!is_there || !gone.contains(&backup.key()), "{} is back", backup.name);
        if is_there && let Some(source) = instance_of(backup) {
            assert!(world.rds.there.contains(&source), "the instance of {} went", backup.name);
        }
    }
    world.rds.before = seen.into_iter().map(|seen| (seen.backup.key(), seen)).collect();
}

fn judge(world: &mut Simulation, event: &Event) {
    let Some(realm) = &event.realm else { return };
    if let EventKind::SetsDeleted { source, sets, .. } = &event.kind {
        batch_goes(world, event, &realm.with(source.clone()), sets);
    }
    if let EventKind::DeletionDecided { backup, why, .. } = &event.kind
        && is_of_instance(backup.as_str())
    {
        assert_eq!(*why, Why::Retention, "{backup} goes alone");
        let is_log = is_over(world, event, &realm.with(backup.clone()));
        world.report.note(if is_log { Happened::LogOver } else { Happened::SetOver });
    }
    if let EventKind::RecordRemoved { backup } = &event.kind
        && is_of_instance(backup.as_str())
    {
        is_over(world, event, &realm.with(backup.clone()));
        world.report.note(Happened::FailedSetOver);
    }
    if let EventKind::SourceBackupStarted { source, made: Made::Automatic, .. } = &event.kind
        && is_of_instance(source.as_str())
        && event.by == Principal::server()
    {
        world.report.note(Happened::AutomaticSet);
    }
    if let EventKind::SourceBackupFailed { backup, .. } = &event.kind
        && let Some(seen) = world.rds.before.get(&realm.with(backup.clone()))
        && instance_of(&seen.backup).is_some_and(|it| world.rds.silent.contains(&it))
    {
        world.report.note(Happened::SetStopped);
    }
    if let EventKind::SourceRemoved { source } = &event.kind
        && is_of_instance(source.as_str())
    {
        world.report.note(Happened::Detached);
    }
    if let EventKind::SourceAdded { source } = &event.kind
        && is_of_instance(source.as_str())
    {
        let source = Some(realm.with(source.clone()));
        if world.rds.before.values().any(|seen| instance_of(&seen.backup) == source) {
            world.report.note(Happened::Attached);
        }
    }
}

/// What was there when it was decided.
fn before(world: &Simulation, key: &InRealm<BackupName>) -> Seen {
    let seen = world.rds.before.get(key).unwrap_or_else(|| panic!("{key} went and was not there"));
    assert_eq!(seen.uses, 0, "{key} went while it was read");
    seen.clone()
}

fn policies(world: &Simulation, backup: &Backup) -> Vec<BackupPolicy> {
    world.rds.policies[&instance_of(backup).expect("an instance keeps it")].clone()
}

/// A decision of `event` about what has lasted since `since`, which may go after `days`.
fn has_lasted(world: &Simulation, event: &Event, backup: &Backup, (days, since): (i64, Timestamp)) {
    let told = event.at.duration_since(since);
    let least = SignedDuration::from_secs(days * DAY);
    assert!(told >= least, "{} went after {told:?}, and {days} days were said", backup.name);
    let lasted = world.time.since(world.time.asked[&since]);
    assert!(lasted >= days * DAY, "{} lasted {lasted} s of {days} days", backup.name);
}

/// The sets of an event are those that its caller asked for, all of them, each old enough.
fn batch_goes(
    world: &mut Simulation,
    event: &Event,
    source: &InRealm<sexton_core::ResourceArn>,
    sets: &[DeletedSet],
) {
    let number: usize = event.by.0.strip_prefix("batch ").unwrap().parse().unwrap();
    let batch = &mut world.rds.batches[number];
    assert!(!batch.done, "batch {number} went twice");
    batch.done = true;
    let named: BTreeSet<_> = sets.iter().map(|set| source.realm.with(set.backup.clone())).collect();
    assert_eq!(named.len(), sets.len(), "batch {number} decides about a set twice");
    assert_eq!((&batch.source, &batch.sets), (source, &named), "batch {number}");
    for key in named {
        let Seen { backup, .. } = before(world, &key);
        let ended = ended_at(&backup).unwrap_or_else(|| panic!("{key} went as {:?}", backup.state));
        let policies = policies(world, &backup);
        let (policy, earlier) = policies.split_last().unwrap();
        let days = days_until_deletable(*policy);
        let days = days.unwrap_or_else(|| panic!("{key} went, and logs are kept as long"));
        has_lasted(world, event, &backup, (days, ended));
        let from = deletable_from(*policy, ended).unwrap();
        assert!(event.at > from, "{key} went at {}, and not after {from}", event.at);
        let kept_it = |policy: &BackupPolicy| {
            deletable_from(*policy, ended).is_none_or(|from| event.at <= from)
        };
        if earlier.iter().any(kept_it) {
            world.report.note(Happened::FreedByPolicy);
        }
        if let State::Failed { .. } = backup.state {
            world.report.note(Happened::FailedSetDeleted);
        }
    }
}

/// What goes by itself has been kept for as long as the policy says. Tells whether it is a run of
/// log backups.
fn is_over(world: &Simulation, event: &Event, key: &InRealm<BackupName>) -> bool {
    assert_eq!(event.by, Principal::server(), "{key} went by itself");
    let Seen { backup, .. } = before(world, key);
    let is_whole = matches!(backup.state, State::Completed { .. });
    let is_empty = matches!(backup.state, State::Failed { bytes: Leftover::Erased, .. });
    assert!(is_whole || is_empty, "{key} went as {:?}", backup.state);
    let policies = policies(world, &backup);
    has_lasted(world, event, &backup, kept(*policies.last().unwrap(), &backup));
    matches!(backup.keeper, Keeper::Log(_))
}

/// What holds when everything has drained: whatever went has its certificate.
pub(crate) fn at_the_end(world: &mut Simulation, events: &[Event]) {
    let there: BTreeSet<_> = world.look().iter().map(|seen| seen.backup.key()).collect();
    for event in events {
        let EventKind::SourceBackupStarted { backup, source, .. } = &event.kind else { continue };
        let key = event.realm.as_ref().unwrap().with(backup.clone());
        if is_of_instance(source.as_str()) && !there.contains(&key) {
            let certificate = world.ask(world.store.certificate(&key)).unwrap();
            assert!(certificate.is_some(), "{key} went without a word");
        }
    }
    for number in 0..world.rds.batches.len() {
        if world.rds.batches[number].end != Some(End::Unknown) {
            continue;
        }
        let went = world.batch_went(number);
        assert_eq!(went, world.rds.batches[number].done);
        let lost = if went { Happened::BatchLostAndGone } else { Happened::BatchLostAndThere };
        world.report.note(lost);
    }
}

/// What holds when the clock is far ahead, a person said that it is right, and the scheduler
/// has looked.
pub(crate) fn nothing_that_is_over_is_kept(world: &Simulation) {
    let instances = world.instances();
    for Seen { backup, .. } in world.look() {
        let Some(key) = instance_of(&backup) else { continue };
        if !matches!(backup.state, State::Completed { .. }) {
            continue;
        }
        let source: &Source = instances.iter().find(|source| source.key() == key).unwrap();
        let (days, since) = kept(source.offered.instance().unwrap().policy, &backup);
        let lasted = world.now().duration_since(since);
        assert!(lasted < SignedDuration::from_secs(days * DAY), "{} should have gone", backup.name);
    }
}
