//! What holds of file systems and of what `FSx` keeps.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use sexton_core::{
    BackupName, Event, EventKind, FileSystemId, FileSystemState, InRealm, Leftover, Made,
    ResourceArn, State, Why,
};

use crate::calls_fsx::STRANGER;
use crate::fsx::{directory, is_automatic};
use crate::learned::TOKEN_SECONDS;
use crate::opening::opener;
use crate::rds::is_of_instance;
use crate::report::Happened;
use crate::seen::{Seen, realms, shown_by_fsx};
use crate::world::Simulation;

const DAY: i64 = 86_400;
const WINDOW: i64 = 1800;

/// What holds at every moment.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event], seen: &[Seen]) {
    let trail = Trail::of(world, events);
    what_is_under_way_is_what_the_trail_says(world, &trail, seen);
    no_automatic_backup_goes_too_early(world, events);
    automatic_backups_are_taken_in_their_half_hour(world, events);
    no_token_is_forgotten_too_early(world);
    both_doors_show_the_same(world, seen);
    directories_are_whole(world);
    what_is_copied_is_in_use(seen);
    what_needs_a_file_system_has_it(world, seen);
}

/// What holds when everything has drained and its time has come.
pub(crate) fn at_the_end(world: &mut Simulation, events: &[Event]) {
    let trail = Trail::of(world, events);
    for (what, count) in trail.counts {
        *world.report.happened.entry(what).or_default() += count;
    }
    nothing_is_made_or_goes_for_ever(world);
    failed_backups_keep_their_record_and_no_bytes(world);
    nothing_is_left_of_directories(world);
}

/// What the audit trail says of file systems. Reading it holds it against the rules.
#[derive(Default)]
struct Trail {
    made: BTreeMap<InRealm<BackupName>, Made>,
    copies: BTreeSet<InRealm<BackupName>>,
    /// Those that copy jobs make.
    point_copies: BTreeSet<InRealm<BackupName>>,
    running: BTreeSet<InRealm<BackupName>>,
    whole: BTreeSet<InRealm<BackupName>>,
    /// File systems that go, each with its last backup.
    going: BTreeMap<InRealm<ResourceArn>, Option<InRealm<BackupName>>>,
    /// File systems in the making, and whether a caller asked for them in between.
    restoring: BTreeMap<InRealm<ResourceArn>, bool>,
    sources: BTreeMap<InRealm<BackupName>, InRealm<ResourceArn>>,
    counts: BTreeMap<Happened, usize>,
}

impl Trail {
    fn of(world: &Simulation, events: &[Event]) -> Self {
        let mut trail = Self::default();
        for event in events {
            assert!(event.by.0 != STRANGER, "the wrong door did {event:?}");
            let Some(realm) = &event.realm else { continue };
            trail.begins(realm, event);
            trail.ends(realm, event);
            trail.goes(realm, event, &world.asked_to_go);
        }
        trail
    }

    fn count(&mut self, what: Happened) {
        *self.counts.entry(what).or_default() += 1;
    }

    fn begins(&mut self, realm: &sexton_core::Realm, event: &Event) {
        if let EventKind::SourceBackupStarted { backup, source, made } = &event.kind {
            let key = realm.with(backup.clone());
            self.made.insert(key.clone(), *made);
            self.sources.insert(key.clone(), realm.with(source.clone()));
            self.running.insert(key);
            if *made == Made::Automatic && !is_of_instance(source.as_str()) {
                self.count(Happened::Automatic);
            }
        }
        if let EventKind::FsxCopyStarted { backup, .. } = &event.kind {
            let key = realm.with(backup.clone());
            self.copies.insert(key.clone());
            self.running.insert(key);
        }
        if let EventKind::CopyStarted { backup, .. } = &event.kind {
            self.point_copies.insert(realm.with(backup.clone()));
        }
        if let EventKind::SourceDeleting { source, last_backup } = &event.kind {
            let last = last_backup.as_ref().map(|last| realm.with(last.clone()));
            if let Some(last) = &last {
                self.made.insert(last.clone(), Made::Final);
                self.running.insert(last.clone());
            }
            self.going.insert(realm.with(source.clone()), last);
        }
        if let EventKind::FileSystemRestoring { source, .. } = &event.kind {
            self.restoring.insert(realm.with(source.clone()), event.by != opener());
        }
    }

    fn ends(&mut self, realm: &sexton_core::Realm, event: &Event) {
        if let EventKind::BackupCompleted { backup, .. } = &event.kind {
            let key = realm.with(backup.clone());
            if self.running.remove(&key) && self.copies.contains(&key) {
                self.count(Happened::Copied);
            }
            if self.point_copies.remove(&key) {
                self.count(Happened::PointCopied);
            }
            self.whole.insert(key);
        }
        if let EventKind::SourceBackupFailed { backup, .. } = &event.kind {
            let key = realm.with(backup.clone());
            assert!(self.running.remove(&key), "{key} failed and was not running");
            // Its file system stays.
            let before = self.going.len();
            self.going.retain(|_, last| last.as_ref() != Some(&key));
            if self.going.len() < before {
                self.count(Happened::Kept);
            }
        }
        if let EventKind::FileSystemRestored { source, completed } = &event.kind {
            let counts = self.restoring.remove(&realm.with(source.clone()));
            if counts.unwrap_or_else(|| panic!("it was not restored: {event:?}")) && *completed {
                self.count(Happened::MadeOfBackup);
            }
        }
        if let EventKind::AutomaticBackupMissed { .. } = &event.kind {
            self.count(Happened::Missed);
        }
    }

    /// Whatever goes was asked to, failed, or had its time; and no file system goes before its
    /// last backup is whole.
    fn goes(
        &mut self,
        realm: &sexton_core::Realm,
        event: &Event,
        asked: &BTreeSet<InRealm<BackupName>>,
    ) {
        if let EventKind::SourceRemoved { source } = &event.kind
            && !is_of_instance(source.as_str())
        {
            let last = self.going.remove(&realm.with(source.clone()));
            let last = last.unwrap_or_else(|| panic!("nobody told {source} to go"));
            self.count(Happened::Removed);
            if let Some(last) = last {
                assert!(self.whole.contains(&last), "{source} went before {last} was whole");
                self.count(Happened::RemovedAfterLast);
            }
        }
        // Those of instances go by other rules, which `invariants_rds` knows.
        if let EventKind::RecordRemoved { backup } = &event.kind
            && !is_of_instance(backup.as_str())
        {
            let key = realm.with(backup.clone());
            let automatic = self.made.get(&key) == Some(&Made::Automatic);
            assert!(automatic || asked.contains(&key), "nobody asked for {event:?}");
            self.count(Happened::RecordRemoved);
        }
        let EventKind::DeletionDecided { backup, why, .. } = &event.kind else { return };
        if is_of_instance(backup.as_str()) {
            return;
        }
        let key = realm.with(backup.clone());
        let automatic = self.made.get(&key) == Some(&Made::Automatic);
        match why {
            Why::Asked => assert!(asked.contains(&key), "nobody asked {key} to go"),
            Why::Retention => assert!(automatic, "{key} was to stay"),
            Why::FileSystemDeleted => {
                let goes = self.going.contains_key(&self.sources[&key]);
                assert!(automatic && goes, "{key} was to stay");
                self.count(Happened::Vanished);
            }
            Why::Lifecycle | Why::FailedBackup => (),
        }
    }
}

fn what_is_under_way_is_what_the_trail_says(world: &Simulation, trail: &Trail, seen: &[Seen]) {
    let creating = world.ask(world.store.creating_without_job()).unwrap();
    let creating: BTreeSet<_> = creating.iter().map(sexton_core::Backup::key).collect();
    assert_eq!(trail.running, creating, "what is being made, as the trail and as the store has it");
    let (mut going, mut restoring) = (BTreeSet::new(), BTreeSet::new());
    for source in world.sources() {
        match source.offered.state() {
            FileSystemState::Deleting { .. } => drop(going.insert(source.key())),
            FileSystemState::Creating { realm, backup, .. } => {
                let key = realm.with(backup.clone());
                let read = seen.iter().find(|seen| seen.backup.key() == key);
                assert!(read.is_some_and(|seen| seen.uses > 0), "{key} is read and not in use");
                restoring.insert(source.key());
            }
            FileSystemState::Available { .. } | FileSystemState::Failed { .. } => (),
        }
    }
    let told: BTreeSet<_> = trail.restoring.keys().cloned().collect();
    assert_eq!(told, restoring, "what is being restored");
    let told: BTreeSet<_> = trail.going.keys().cloned().collect();
    assert_eq!(told, going, "what goes, as the trail and as the store has it");
}

/// Automatic backups are taken in their window, and stay for their days: of time that passed,
/// and that a person confirmed.
fn no_automatic_backup_goes_too_early(world: &mut Simulation, events: &[Event]) {
    for event in events {
        let EventKind::DeletionDecided { backup, why, .. } = &event.kind else { continue };
        if let Why::Asked | Why::Lifecycle | Why::FailedBackup = why {
            continue;
        }
        let key = event.realm.as_ref().unwrap().with(backup.clone());
        // Each is judged once, by the time of its decision.
        let Some((days, taken)) = world.known.automatic.remove(&key) else { continue };
        if *why == Why::FileSystemDeleted {
            continue;
        }
        let lasted = world.time.since(world.time.asked[&taken]);
        let least = i64::from(days) * DAY - WINDOW;
        assert!(lasted >= least, "{key} lasted {lasted} s of {days} days");
        let off = days == 0;
        world.report.note(if off { Happened::SwitchedOff } else { Happened::Over });
    }
}

fn automatic_backups_are_taken_in_their_half_hour(world: &Simulation, events: &[Event]) {
    for event in events {
        let EventKind::SourceBackupStarted { source, made: Made::Automatic, .. } = &event.kind
        else {
            continue;
        };
        if is_of_instance(source.as_str()) {
            continue;
        }
        let start = &world.known.starts[source];
        assert!(in_window(start, event.at), "{event:?} and not at {start}");
    }
}

/// A token is remembered for a day.
fn no_token_is_forgotten_too_early(world: &mut Simulation) {
    let names: Vec<_> = world.known.sent.iter().map(|sent| sent.token.clone()).collect();
    for name in names {
        let now = world.remembered(&name);
        match (now, world.known.tokens.remove(&name)) {
            (Some(token), _) => drop(world.known.tokens.insert(name, token.used)),
            (None, Some(used)) => {
                let lasted = world.time.since(world.time.asked[&used]);
                assert!(lasted >= TOKEN_SECONDS, "{name:?} was remembered for {lasted} s");
            }
            (None, None) => (),
        }
    }
}

/// A recovery point of a file system is a backup of `FSx`, and the other way round.
fn both_doors_show_the_same(world: &mut Simulation, seen: &[Seen]) {
    let mut shown = BTreeMap::new();
    for realm in realms() {
        let listed = world.ask(shown_by_fsx(&*world.store, &realm));
        shown.extend(listed.into_iter().map(|backup| (backup.key(), backup)));
    }
    for Seen { backup, .. } in seen {
        let found = shown.remove(&backup.key());
        let expected = backup.is_of_fsx().then_some(backup);
        assert_eq!(found.as_ref(), expected, "what FSx shows of {}", backup.name);
        let is_point = backup.in_vault().is_some() && found.is_some();
        if is_point && world.known.through_both.insert(backup.key()) {
            world.report.note(Happened::SeenThroughBoth);
        }
    }
    assert!(shown.is_empty(), "only FSx shows {shown:?}");
}

/// Nothing but a removal touches the directory of a file system.
fn directories_are_whole(world: &Simulation) {
    for source in world.sources() {
        let path = directory(&source);
        match source.offered.state() {
            FileSystemState::Available { .. } => {
                world.check_tree(path, &world.known.roots[&source.arn]);
            }
            FileSystemState::Failed { reason } => {
                assert!(!reason.is_empty());
                assert!(!path.exists(), "{} failed and left {}", source.arn, path.display());
            }
            FileSystemState::Creating { .. } | FileSystemState::Deleting { .. } => (),
        }
    }
}

/// What is being copied is there, and in use.
fn what_is_copied_is_in_use(seen: &[Seen]) {
    let used = seen.iter().filter(|seen| seen.uses > 0);
    let used: BTreeSet<_> = used.map(|seen| seen.backup.key()).collect();
    for Seen { backup, .. } in seen.iter().filter(|seen| seen.backup.state == State::Creating) {
        let free = backup.copied_from().filter(|original| !used.contains(original));
        assert_eq!(free, None, "it is being copied to {}, and not in use", backup.name);
    }
}

/// No file system goes while it is read, and no automatic backup stays behind.
fn what_needs_a_file_system_has_it(world: &Simulation, seen: &[Seen]) {
    let sources: BTreeSet<_> = world.sources().into_iter().map(|source| source.arn).collect();
    for Seen { backup, .. } in seen {
        if is_of_instance(backup.name.as_str()) {
            continue;
        }
        let is_offered = backup.offered.is_some() && backup.origin.is_captured();
        let is_read = is_offered && backup.state == State::Creating;
        let needs = is_read || is_automatic(backup) && backup.is_of_fsx();
        assert!(!needs || sources.contains(&backup.source), "the source of {} went", backup.name);
    }
}

fn nothing_is_made_or_goes_for_ever(world: &Simulation) {
    for source in world.sources() {
        let state = source.offered.state();
        let ended = match state {
            FileSystemState::Available { .. } | FileSystemState::Failed { .. } => true,
            FileSystemState::Creating { .. } | FileSystemState::Deleting { .. } => false,
        };
        assert!(ended, "{} is {state:?} for ever", source.arn);
    }
}

fn failed_backups_keep_their_record_and_no_bytes(world: &mut Simulation) {
    for Seen { backup, .. } in world.look() {
        // One whose erasure is parked was seen by invariant 3.
        let State::Failed { reason, bytes: Leftover::Erased, .. } = &backup.state else { continue };
        assert!(!reason.is_empty());
        let certificate = world.ask(world.store.certificate(&backup.key())).unwrap();
        assert!(certificate.is_some(), "the bytes of {} went without a word", backup.name);
        world.report.note(Happened::RecordStayed);
    }
}

/// What holds when the clock is far ahead, a person said that it is right, and the scheduler
/// has looked.
pub(crate) fn automatic_backups_have_gone(world: &Simulation) {
    let sources = world.sources();
    for Seen { backup, .. } in world.look() {
        if !is_automatic(&backup) || !backup.is_of_fsx() {
            continue;
        }
        let source = sources.iter().find(|source| source.arn == backup.source).unwrap();
        let automatic = &source.offered.file_system().unwrap().automatic;
        let over = automatic.is_over(&backup, world.now());
        assert!(!over && automatic.retention_days > 0, "{} should have gone", backup.name);
    }
}

/// A directory belongs to a file system. One that could not be written down is empty.
fn nothing_is_left_of_directories(world: &Simulation) {
    let known: BTreeSet<_> =
        world.sources().iter().filter_map(|it| FileSystemId::of(&it.arn)).collect();
    for entry in std::fs::read_dir(world.file_systems_folder()).unwrap() {
        let entry = entry.unwrap();
        let id: FileSystemId = entry.file_name().to_str().unwrap().parse().expect("it has an id");
        let is_empty = std::fs::read_dir(entry.path()).unwrap().next().is_none();
        assert!(known.contains(&id) || is_empty, "{id} went and left its directory");
    }
}

fn in_window(start: &str, at: Timestamp) -> bool {
    let (hours, minutes) = start.split_once(':').unwrap();
    let start = hours.parse::<i64>().unwrap() * 3600 + minutes.parse::<i64>().unwrap() * 60;
    (at.as_second() - start).rem_euclid(DAY) < WINDOW
}
