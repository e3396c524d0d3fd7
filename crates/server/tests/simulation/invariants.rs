//! The invariants of the architecture, by their numbers. The second and the half of the
//! fourth that a moment decides are watched where they happen, in `parts`.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use futures::StreamExt;
use jiff::Timestamp;
use object_store::ObjectStore;
use sexton_core::{
    BackupJob, BackupName, BackupTrace, Certificate, CopyJob, DeletedSet, Event, EventKind,
    InRealm, JobId, Keeper, Leftover, RestoreJob, RestoreJobState, State, Traces, Why,
    forgotten_until, replay,
};
use sexton_data::source::{Cancel, OwnFiles, Progress, Readable, write_archive};
use sexton_store::{Wanted, trail};

use crate::invariants_fsx as fsx;
use crate::invariants_rds as rds;
use crate::parts::EVERYTHING;
use crate::plans;
use crate::policies;
use crate::protection;
use crate::roles;
use crate::seen::{Seen, realms};
use crate::sessions;
use crate::snapshots;
use crate::users;
use crate::world::Simulation;

/// What holds at every moment.
pub(crate) fn at_every_step(world: &mut Simulation) {
    // Whatever fails, a disk that is full among it, the store is not given up for good.
    assert!(world.store.healthy(), "the store takes nothing more");
    let (objects, events, seen) = (objects(world), events(world), world.look());
    let violations = world.violations.lock().unwrap().clone();
    assert!(violations.is_empty(), "invariants 2 and 4: {violations:?}");
    what_is_not_deleted_has_its_key_and_its_bytes(&seen, &objects);
    one_backup_has_at_most_one_erasure(world, &events, &seen);
    the_audit_trail_gives_the_states(world, &events, &seen);
    every_object_is_named_by_a_row(&seen, &objects);
    an_accepted_deletion_does_not_come_back(world, &seen);
    what_runs_is_what_the_trail_says(world, &events);
    nothing_is_forgotten_too_early(world);
    nothing_expires_too_early(world, &events, &seen);
    protection::at_every_step(world, &events, &seen);
    users::at_every_step(world, &events);
    policies::at_every_step(world, &events);
    roles::at_every_step(world, &events);
    sessions::at_every_step(world, &events);
    snapshots::at_every_step(world, &events);
    plans::at_every_step(world, &events);
    fsx::at_every_step(world, &events, &seen);
    rds::at_every_step(world, &events, seen);
}

/// What holds when the faults have stopped and everything has drained.
pub(crate) fn at_the_end(world: &mut Simulation) {
    every_accepted_deletion_ends(world);
    nothing_is_certified_and_still_there(world);
    nothing_runs_or_is_in_use_for_ever(world);
    nothing_stays_whose_time_has_come(world);
    protection::what_was_asked_for_is_decided(world);
    policies::at_the_end(world);
    plans::at_the_end(world);
    let events = events(world);
    fsx::at_the_end(world, &events);
    rds::at_the_end(world, &events);
}

/// How many objects each backup has, by its prefix.
fn objects(world: &Simulation) -> BTreeMap<String, u64> {
    let found: Vec<_> =
        futures::executor::block_on(world.objects.list(None).map(Result::unwrap).collect());
    let mut count = BTreeMap::new();
    for meta in found {
        let prefix = meta.location.as_ref().split('/').nth(1).unwrap().to_owned();
        *count.entry(prefix).or_default() += 1;
    }
    count
}

fn events(world: &Simulation) -> Vec<Event> {
    world.ask(world.store.events(0, EVERYTHING)).unwrap()
}

/// Invariant 1.
fn what_is_not_deleted_has_its_key_and_its_bytes(seen: &[Seen], objects: &BTreeMap<String, u64>) {
    for Seen { backup, has_key, uses } in seen {
        let gone = match &backup.state {
            State::Deleting { .. } | State::Failed { .. } => true,
            State::Creating | State::Completed { .. } | State::Expired { .. } => false,
        };
        assert_eq!(*has_key, !gone, "invariant 1: the key of {}", backup.name);
        assert!(!gone || *uses == 0, "invariant 1: {} is in use", backup.name);
        if let State::Failed { bytes: Leftover::Erased, .. } = &backup.state {
            let found = objects.get(backup.objects.as_str());
            assert_eq!(found, None, "invariant 4: bytes of {}, which are certified", backup.name);
        }
        if let State::Completed { content } | State::Expired { content, .. } = &backup.state {
            let found = objects.get(backup.objects.as_str()).copied().unwrap_or(0);
            assert_eq!(found, content.objects, "invariants 1 and 7: bytes of {}", backup.name);
        }
    }
}

/// Invariant 5.
fn one_backup_has_at_most_one_erasure(world: &Simulation, events: &[Event], seen: &[Seen]) {
    let (mut begun, mut decided) = (BTreeMap::new(), BTreeSet::new());
    for event in events {
        if let EventKind::SetsDeleted { sets, .. } = &event.kind {
            for DeletedSet { backup, erasure } in sets {
                let backup = event.realm.as_ref().unwrap().with(backup.clone());
                let first = erasure.map(|job| *begun.entry(backup.clone()).or_insert(job));
                assert_eq!(first, *erasure, "invariant 5: {backup} is erased twice");
                assert!(decided.insert(backup.clone()), "invariant 5: {backup} is deleted twice");
            }
        }
        let (EventKind::DeletionDecided { backup, erasure, .. }
        | EventKind::BackupFailed { backup, erasure, .. }
        | EventKind::SourceBackupFailed { backup, erasure, .. }) = &event.kind
        else {
            continue;
        };
        let backup = event.realm.as_ref().unwrap().with(backup.clone());
        // The record of a failed backup goes with the erasure of its bytes.
        let first = *begun.entry(backup.clone()).or_insert(*erasure);
        assert_eq!(first, *erasure, "invariant 5: {backup} is erased twice");
        if let EventKind::DeletionDecided { .. } = event.kind {
            assert!(decided.insert(backup.clone()), "invariant 5: {backup} is deleted twice");
        }
    }
    let erasing = world.ask(world.store.list_erasing(false, None, EVERYTHING)).unwrap().items;
    let deleting = |seen: &Seen| seen.backup.state.erasing().is_some();
    let count = seen.iter().filter(|seen| deleting(seen)).count();
    assert_eq!(count, erasing.len(), "invariant 5: what is deleted is what is erased");
}

/// Invariant 6.
fn the_audit_trail_gives_the_states(world: &Simulation, events: &[Event], seen: &[Seen]) {
    let links = world.ask(world.store.trail(0, EVERYTHING)).unwrap();
    trail::check(trail::BEGINNING, &links).expect("invariant 6: the chain is whole");
    let traces = replay(events).unwrap();
    let mut states: Traces = traces
        .iter()
        .filter(|it| *it.1 == BackupTrace::Erased)
        .map(|(a, t)| (a.clone(), *t))
        .collect();
    for Seen { backup, .. } in seen {
        let trace = match &backup.state {
            State::Creating => BackupTrace::Creating,
            State::Completed { .. } => BackupTrace::Completed,
            State::Deleting { .. } => BackupTrace::Deleting,
            State::Expired { .. } => BackupTrace::Expired,
            State::Failed { .. } => BackupTrace::Failed,
        };
        states.insert(backup.key(), trace);
    }
    assert_eq!(traces, states, "invariant 6");
}

/// Invariant 7. Its other half is with invariant 1.
fn every_object_is_named_by_a_row(seen: &[Seen], objects: &BTreeMap<String, u64>) {
    let named: BTreeSet<_> = seen.iter().map(|seen| seen.backup.objects.to_string()).collect();
    for prefix in objects.keys() {
        assert!(named.contains(prefix), "invariant 7: nobody owns {prefix}");
    }
}

fn an_accepted_deletion_does_not_come_back(world: &Simulation, seen: &[Seen]) {
    for Seen { backup, .. } in seen {
        if world.accepted.contains(&backup.key()) {
            let kept = match &backup.keeper {
                Keeper::Vault(_) => {
                    matches!(backup.state, State::Creating | State::Completed { .. })
                }
                Keeper::FileSystem(_) => backup.is_of_fsx(),
                Keeper::Instance(_) | Keeper::Log(_) => {
                    !matches!(backup.state, State::Deleting { .. })
                }
            };
            assert!(!kept, "{} was deleted and is {:?}", backup.name, backup.state);
        }
    }
}

fn what_runs_is_what_the_trail_says(world: &Simulation, events: &[Event]) {
    let mut running = BTreeSet::new();
    for event in events {
        match &event.kind {
            EventKind::BackupStarted { job, .. } | EventKind::CopyStarted { job, .. } => {
                assert!(running.insert((*job, true)));
            }
            EventKind::RestoreStarted { job, .. } => assert!(running.insert((*job, false))),
            EventKind::BackupCompleted { job, .. } | EventKind::BackupFailed { job, .. } => {
                running.remove(&(*job, true));
            }
            EventKind::RestoreEnded { job, .. } => {
                running.remove(&(*job, false));
            }
            EventKind::VaultCreated { .. }
            | EventKind::SourceBackupStarted { .. }
            | EventKind::FsxCopyStarted { .. }
            | EventKind::SourceBackupFailed { .. }
            | EventKind::RecordRemoved { .. }
            | EventKind::AutomaticBackupMissed { .. }
            | EventKind::FileSystemRestoring { .. }
            | EventKind::FileSystemRestored { .. }
            | EventKind::SourceChanged { .. }
            | EventKind::SlotsGivenUp { .. }
            | EventKind::SourceDeleting { .. }
            | EventKind::VaultDeleted { .. }
            | EventKind::VaultTagged { .. }
            | EventKind::VaultLocked { .. }
            | EventKind::VaultUnlocked { .. }
            | EventKind::VaultLockSealed { .. }
            | EventKind::VaultPolicyPut { .. }
            | EventKind::VaultPolicyRemoved { .. }
            | EventKind::LifecycleChanged { .. }
            | EventKind::HoldPlaced { .. }
            | EventKind::HoldCancelled { .. }
            | EventKind::HoldTagged { .. }
            | EventKind::BackupNotLetIn { .. }
            | EventKind::BackupStopping { .. }
            | EventKind::DeletionDecided { .. }
            | EventKind::SetsDeleted { .. }
            | EventKind::DeletionExpired { .. }
            | EventKind::BackupTagged { .. }
            | EventKind::ErasureRequested { .. }
            | EventKind::ErasureWithdrawn { .. }
            | EventKind::ErasureGivenUp { .. }
            | EventKind::ErasureParked { .. }
            | EventKind::ErasureRetried { .. }
            | EventKind::Erased { .. }
            | EventKind::SourceAdded { .. }
            | EventKind::SourceRemoved { .. }
            | EventKind::RoleChanged { .. }
            | EventKind::RoleAssumed { .. }
            | EventKind::Called { .. }
            | EventKind::CalledMore { .. }
            | EventKind::UserChanged { .. }
            | EventKind::PlanChanged { .. }
            | EventKind::PlanDue { .. }
            | EventKind::PlanRan { .. }
            | EventKind::PlannedJobFailed { .. }
            | EventKind::CertificatesRedacted { .. }
            | EventKind::RealmDropped
            | EventKind::ClockConfirmed { .. } => (),
        }
    }
    let (backups, restores) = world.ask(world.store.interrupted_jobs()).unwrap();
    let mut known: BTreeSet<_> = backups.iter().map(|job| (job.id, true)).collect();
    known.extend(restores.iter().map(|job| (job.id, false)));
    let copies = world.ask(world.store.interrupted_copies()).unwrap();
    known.extend(copies.iter().map(|job| (job.id, true)));
    known.extend(world.restores_of_sets().map(|job| (job, false)));
    assert_eq!(running, known, "what runs, as the trail and as the store has it");
}

/// A job may be forgotten thirty days after it ended, and not before.
fn nothing_is_forgotten_too_early(world: &mut Simulation) {
    let mut jobs: BTreeMap<JobId, Option<Timestamp>> = BTreeMap::new();
    for realm in realms() {
        let all: Wanted<BackupJob> = Arc::new(|_| true);
        let backups = world.ask(world.store.list_backup_jobs(&realm, all, None, EVERYTHING));
        jobs.extend(backups.unwrap().items.iter().map(|job| (job.id, job.state.ended())));
        let all: Wanted<RestoreJob> = Arc::new(|_| true);
        let restores = world.ask(world.store.list_restore_jobs(&realm, all, None, EVERYTHING));
        jobs.extend(restores.unwrap().items.iter().map(|job| (job.id, job.state.ended())));
        let all: Wanted<CopyJob> = Arc::new(|_| true);
        let copies = world.ask(world.store.list_copy_jobs(&realm, all, None, EVERYTHING));
        jobs.extend(copies.unwrap().items.iter().map(|job| (job.id, job.state.ended())));
    }
    world.ended.extend(jobs.iter().filter_map(|(id, ended)| Some((*id, (*ended)?))));
    for (id, ended) in &world.ended {
        let kept = jobs.contains_key(id) || *ended <= forgotten_until(world.latest());
        assert!(kept, "job {id} is forgotten");
    }
}

/// A lifecycle counts the time that passed, and what a person confirmed. Whatever else the
/// clock shows deletes nothing.
fn nothing_expires_too_early(world: &mut Simulation, events: &[Event], seen: &[Seen]) {
    let mut expired = 0;
    for event in events {
        let (EventKind::DeletionDecided { backup, why, .. }
        | EventKind::DeletionExpired { backup, why, .. }) = &event.kind
        else {
            continue;
        };
        if *why != Why::Lifecycle {
            continue;
        }
        let backup = event.realm.as_ref().unwrap().with(backup.clone());
        expired += 1;
        // What went before is judged once, by the time of its decision.
        if let Some((days, asked)) = world.lasting.remove(&backup) {
            let lasted = world.time.since(asked);
            assert!(lasted >= days * 86_400, "{backup} lasted {lasted} s of {days} days");
        }
    }
    world.report.by_lifecycle = expired;
    for Seen { backup, .. } in seen {
        let Some(kept) = backup.in_vault() else { continue };
        match (kept.lifecycle.delete_after_days, &backup.state) {
            // It may have got another one since.
            (Some(days), State::Creating | State::Completed { .. }) => {
                let asked = world.time.asked[&backup.created];
                world.lasting.insert(backup.key(), (days, asked));
            }
            (None, State::Completed { .. }) => {
                world.lasting.remove(&backup.key());
            }
            (Some(_) | None, _) => (),
        }
    }
}

fn nothing_stays_whose_time_has_come(world: &Simulation) {
    for Seen { backup, .. } in world.look() {
        let due = backup.expires_at().is_some_and(|due| due <= world.now());
        assert!(!due, "{} should have expired at {:?}", backup.name, backup.expires_at());
    }
}

/// Invariant 3.
fn every_accepted_deletion_ends(world: &mut Simulation) {
    let seen = world.look();
    for Seen { backup, .. } in &seen {
        let Some(erasing) = backup.state.erasing() else { continue };
        let parked = erasing.state.due().is_none();
        assert!(parked, "invariant 3: {erasing:?} of {} has no end", backup.name);
        world.report.parked += 1;
    }
    for key in &world.accepted {
        let row = seen.iter().find(|seen| seen.backup.key() == *key);
        let certificate = world.ask(world.store.certificate(key)).unwrap();
        match row.map(|seen| &seen.backup.state) {
            None => assert!(certificate.is_some(), "invariant 3: {key} is gone without a word"),
            Some(State::Expired { reason, .. }) => {
                assert!(!reason.is_empty());
                world.report.expired += 1;
            }
            // It is parked, as was seen above.
            Some(State::Deleting { .. }) => (),
            Some(state) => panic!("invariant 3: {key} is {state:?}"),
        }
    }
}

/// Invariant 4, at the end.
fn nothing_is_certified_and_still_there(world: &mut Simulation) {
    let mut erased = BTreeSet::new();
    for event in events(world) {
        let EventKind::Erased { backup, .. } = event.kind else { continue };
        let key = event.realm.unwrap().with(backup);
        assert!(erased.insert(key.clone()), "invariant 4: {key} is certified twice");
        let issued = world.ask(world.store.certificate(&key)).unwrap();
        let said: Certificate = serde_json::from_str(&issued.unwrap().statement).unwrap();
        assert_eq!(said.realm.with(said.backup), key);
        world.report.awaited += usize::from(said.decided < said.key_destroyed);
    }
    let leaves = world.ask(world.store.log_leaves(0, EVERYTHING)).unwrap();
    assert_eq!(leaves.len(), erased.len(), "invariant 4: one leaf for each erasure");
    world.report.certificates += erased.len();
    let there: BTreeSet<_> =
        world.look().into_iter().map(|seen| seen.backup.objects.to_string()).collect();
    let objects: BTreeSet<_> = objects(world).into_keys().collect();
    assert!(objects.is_subset(&there), "invariant 4");
}

fn nothing_runs_or_is_in_use_for_ever(world: &Simulation) {
    let running = world.ask(world.store.interrupted_jobs()).unwrap();
    assert!(running.0.is_empty() && running.1.is_empty(), "{running:?} has nobody to run it");
    for Seen { backup, uses, .. } in world.look() {
        assert_eq!(uses, 0, "{} is in use by nobody", backup.name);
        assert!(backup.state != State::Creating, "{} is created by nobody", backup.name);
    }
}

/// The job that captured each backup, or what it goes back to.
fn captured_by(events: Vec<Event>) -> BTreeMap<InRealm<BackupName>, JobId> {
    let mut made = BTreeMap::new();
    for event in events {
        let Some(realm) = event.realm else { continue };
        if let EventKind::BackupStarted { job, backup, .. } = event.kind {
            made.insert(realm.with(backup), job);
        } else if let EventKind::CopyStarted { backup, of, of_realm, .. } = event.kind {
            let of = made[&of_realm.with(of)];
            made.insert(realm.with(backup), of);
        }
    }
    made
}

/// Invariant 8, of the jobs that are not forgotten. Tells how many restores succeeded.
pub(crate) fn what_was_restored_is_what_was_captured(world: &Simulation) -> usize {
    // Not from the jobs: some of them are forgotten by now.
    let made = captured_by(events(world));
    let mut restores = Vec::new();
    for realm in realms() {
        let all: Wanted<RestoreJob> = Arc::new(|_| true);
        let page = world.ask(world.store.list_restore_jobs(&realm, all, None, EVERYTHING));
        restores.extend(page.unwrap().items);
    }
    let mut restored = 0;
    for job in restores {
        let folder = world.home.path().join(job.id.to_string());
        match &job.state {
            RestoreJobState::Completed { created, .. } => {
                restored += 1;
                if let Some(root) = world.known.contents.get(&job.backup_key()) {
                    world.check_tree(&world.home.path().join(created), root);
                    continue;
                }
                let found = std::fs::read(world.home.path().join(created).join("payload")).unwrap();
                let mut archive = Vec::new();
                let (kind, id) = (Readable::Generated, made[&job.backup_key()]);
                let (progress, cancel) = (Progress::default(), Cancel::default());
                let own = OwnFiles::default();
                write_archive(&kind, id, &own, &mut archive, &progress, &cancel).unwrap();
                assert_eq!(u64::try_from(found.len()).unwrap(), job.size_bytes);
                let same = archive.windows(found.len()).any(|window| window == found);
                assert!(same, "invariant 8: {} is not what was captured", job.backup);
            }
            RestoreJobState::Failed { reason, .. } => {
                assert!(!reason.is_empty());
                assert!(!folder.exists(), "{} failed and left {}", job.id, folder.display());
            }
            RestoreJobState::Running => panic!("{} still runs in {}", job.id, folder.display()),
        }
    }
    restored
}
