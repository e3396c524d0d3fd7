//! What protects recovery points in a simulated world: who asks for it, and that it holds.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, Dates, Event, EventKind, Guard, Hold, HoldId, HoldOrder, InRealm,
    Lifecycle, Lock, LockMode, LockOrder, LockRefusal, Requested, Selection, State, Tags,
    VaultName, Why, check_retention, decide_requested,
};
use sexton_server::OpsError;
use sexton_server::ops::guards::seal_locks;
use sexton_store::{Follow, Subject};

use crate::calls::{Answer, GAP, by};
use crate::parts::{EVERYTHING, Sabotage};
use crate::replies::with_vault;
use crate::report::Happened;
use crate::seen::{Seen, kept_in};
use crate::world::Simulation;

/// What is known of the protection in a world.
#[derive(Debug, Default)]
pub(crate) struct KnownProtection {
    /// Locks that were immutable when a person said that the clock was right, with when their
    /// vault was made.
    sealed: BTreeMap<InRealm<VaultName>, (Timestamp, Lock)>,
    /// Backups as they were first seen.
    first: BTreeMap<InRealm<BackupName>, Backup>,
    /// Backups of which a caller was told that their deletion waits.
    asked: BTreeSet<InRealm<BackupName>>,
    /// Those of which somebody wanted that withdrawn.
    withdrawn: BTreeSet<InRealm<BackupName>>,
}

/// What a caller learns of protection.
#[derive(Debug)]
pub(crate) enum Protected {
    /// The lock of a vault is another, or gone.
    LockChanged,
    /// It stays, because it is immutable.
    LockStays,
    /// A deletion was refused, because the vault is locked.
    RefusedByLock,
    /// A backup job failed at once.
    NotLetIn,
    /// A legal hold is there.
    HoldPlaced,
    /// A legal hold was cancelled.
    HoldCancelled,
    /// A deletion was refused, because a legal hold is of the backup.
    RefusedByHold,
    /// A backup has another lifecycle.
    LifecycleChanged,
    /// A deletion is asked for, and waits.
    Asked(InRealm<BackupName>),
    /// It is asked for no more.
    Withdrawn(InRealm<BackupName>),
}

impl KnownProtection {
    /// Backups as they were first seen.
    pub(crate) fn first(&self) -> &BTreeMap<InRealm<BackupName>, Backup> {
        &self.first
    }
}

impl Protected {
    pub(crate) fn note(&self, world: &mut Simulation) {
        world.report.note(match self {
            Self::LockChanged => Happened::LockChanged,
            Self::LockStays => Happened::LockStays,
            Self::RefusedByLock => Happened::RefusedByLock,
            Self::NotLetIn => Happened::NotLetIn,
            Self::HoldPlaced => Happened::HoldPlaced,
            Self::HoldCancelled => Happened::HoldCancelled,
            Self::RefusedByHold => Happened::RefusedByHold,
            Self::LifecycleChanged => Happened::LifecycleChanged,
            Self::Asked(backup) => {
                world.protection.asked.insert(backup.clone());
                Happened::ErasureAsked
            }
            Self::Withdrawn(backup) => {
                world.protection.withdrawn.insert(backup.clone());
                Happened::ErasureWithdrawn
            }
        });
    }
}

impl Simulation {
    /// Begins a call of a random kind about protection.
    pub(crate) fn protect(&mut self) {
        match self.dice.roll(100) {
            0..18 => self.lock(),
            18..38 => self.unlock(),
            38..50 => self.place_hold(),
            50..62 => self.cancel_hold(),
            62..84 => self.ask_for_erasure(),
            84..92 => self.withdraw(),
            _ => self.change_lifecycle(),
        }
    }

    /// A vault whose lock somebody wants to change: often one whose lock nobody can.
    fn vault_to_lock(&mut self) -> InRealm<VaultName> {
        let (now, mut guards) = (self.now(), self.guards());
        guards.retain(|(_, _, guard)| guard.lock.as_ref().is_some_and(|it| it.is_immutable(now)));
        match self.dice.pick(&guards).cloned() {
            Some((key, ..)) if self.dice.percent(30) => key,
            Some(_) | None => self.vault(),
        }
    }

    fn lock(&mut self) {
        let (service, now, key) = (Arc::clone(self.service()), self.now(), self.vault_to_lock());
        let order = LockOrder {
            min_days: self.dice.pick(&[None, None, Some(2)]).copied().flatten(),
            max_days: self.dice.pick(&[None, None, Some(30)]).copied().flatten(),
            changeable_days: self.dice.pick(&[None, None, None, Some(3)]).copied().flatten(),
        };
        self.start(async move { locked(&service.lock_vault(&key, order, &by(), now).await) });
    }

    fn unlock(&mut self) {
        let (service, now, key) = (Arc::clone(self.service()), self.now(), self.vault_to_lock());
        self.start(async move { locked(&service.unlock_vault(&key, &by(), now).await) });
    }

    fn place_hold(&mut self) {
        let InRealm { realm, name: vault } = self.vault();
        let mut selection = Selection::default();
        match self.dice.roll(10) {
            0 => (),
            1..6 => {
                selection.vaults.insert(vault);
            }
            6..8 => {
                let bucket = format!("arn:aws:s3:::bucket-{}", self.dice.roll(3));
                selection.resources.insert(bucket.parse().unwrap());
            }
            _ => {
                let day = SignedDuration::from_hours(24);
                selection.dates = Some(Dates { from: self.now() - day, to: self.now() + day });
            }
        }
        let token = self.dice.roll(9);
        let order = HoldOrder {
            title: "case".to_owned(),
            description: "against us".to_owned(),
            token: (token < 3).then(|| format!("token-{token}")),
            selection,
            tags: Tags::new(),
        };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            match service.place_hold(&realm, &order, &by(), now).await {
                Ok(_) => Answer::Protected(Protected::HoldPlaced),
                Err(_) => Answer::Other,
            }
        });
    }

    /// The holds that were not cancelled.
    fn holds(&self) -> Vec<InRealm<HoldId>> {
        let mut holds = Vec::new();
        for realm in crate::seen::realms() {
            let all = self.ask(self.store.list_holds(&realm, None, EVERYTHING)).unwrap().items;
            let active = all.iter().filter(|hold| hold.cancelled.is_none()).cloned();
            let active: Vec<_> = active.collect();
            let read = self.ask(self.store.read(&[Subject::Holds(realm.clone())], Follow::Nothing));
            assert_eq!(read.unwrap().holds(&realm).all(), active, "what decisions read");
            holds.extend(active.iter().map(Hold::key));
        }
        holds
    }

    fn cancel_hold(&mut self) {
        let holds = self.holds();
        let Some(key) = self.dice.pick(&holds).cloned() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        let days = self.dice.pick(&[None, Some(0), Some(40)]).copied().flatten();
        self.start(async move {
            match service.cancel_hold(&key, "settled", days, &by(), now).await {
                Ok(()) => Answer::Protected(Protected::HoldCancelled),
                Err(_) => Answer::Other,
            }
        });
    }

    /// Nothing is kept for ever at the end of a world.
    pub(crate) fn cancel_every_hold(&mut self) {
        let (service, now) = (Arc::clone(self.service()), self.now());
        for key in self.holds() {
            let by = by();
            let cancelled = service.cancel_hold(&key, "the end", None, &by, now);
            self.runtime().block_on(cancelled).unwrap();
        }
    }

    /// Asks for a deletion that waits if something keeps the backup, for a day or for long.
    pub(crate) fn ask_for_erasure(&mut self) {
        let Some(backup) = self.backup() else { return };
        self.asked_to_go.insert(backup.key());
        let days = *self.dice.pick(&[1, 1, 3000]).unwrap();
        let (service, now, by) = (Arc::clone(self.service()), self.now(), self.asker());
        self.start(async move {
            let (vault, within) = (kept_in(&backup), SignedDuration::from_hours(24 * days));
            match service.request_erasure(&vault, &backup.name, within, &by, now).await {
                Ok(Ok(_)) => Answer::Protected(Protected::Asked(backup.key())),
                Ok(Err(_)) | Err(_) => Answer::Other,
            }
        });
    }

    fn withdraw(&mut self) {
        let waiting = self.ask(self.store.list_requested(false, None, EVERYTHING)).unwrap().items;
        let Some(key) = self.dice.pick(&waiting).map(Backup::key) else { return };
        // Whatever the answer is, it may be withdrawn from now on.
        self.protection.withdrawn.insert(key.clone());
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            match service.withdraw_erasure(&key, &by(), now).await {
                Ok(Ok(())) => Answer::Protected(Protected::Withdrawn(key)),
                Ok(Err(_)) | Err(_) => Answer::Other,
            }
        });
    }

    fn change_lifecycle(&mut self) {
        let Some(backup) = self.backup() else { return };
        let days = *self.dice.pick(&[None, Some(1), Some(3)]).unwrap();
        let wanted = Lifecycle { delete_after_days: days, ..Lifecycle::default() };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let vault = kept_in(&backup);
            match service.change_lifecycle(&vault, &backup.name, wanted, &by(), now).await {
                Ok(_) => Answer::Protected(Protected::LifecycleChanged),
                Err(_) => Answer::Other,
            }
        });
    }

    /// Has what nobody can change stay so, whatever a person does to the clock then. Tells
    /// whether that could be written down.
    pub(crate) fn seal(&mut self) -> bool {
        let now = self.now();
        if self.ask(seal_locks(&*self.store, &by(), now)).is_err() {
            return false;
        }
        for (key, created, guard) in self.guards() {
            if let Some(lock) = guard.lock.filter(|lock| lock.is_immutable(now)) {
                self.protection.sealed.insert(key, (created, lock));
            }
        }
        true
    }

    /// Every vault, when it was made, and what it protects its backups with.
    fn guards(&self) -> Vec<(InRealm<VaultName>, Timestamp, Guard)> {
        let mut guards = Vec::new();
        for realm in crate::seen::realms() {
            let vaults = self.ask(self.store.list_vaults(&realm, None, EVERYTHING));
            for (vault, _) in vaults.unwrap().items {
                let guard = Subject::Guard(vault.key());
                let read = self.ask(self.store.read(&[guard], Follow::Nothing)).unwrap();
                assert_eq!(read.guard(&vault.key()), vault.guard, "one vault, one guard");
                guards.push((vault.key(), vault.created, vault.guard));
            }
        }
        guards
    }
}

fn locked(answer: &Result<(), OpsError>) -> Answer {
    match answer {
        Ok(()) => Answer::Protected(Protected::LockChanged),
        Err(OpsError::Lock(LockRefusal::Immutable)) => Answer::Protected(Protected::LockStays),
        Err(_) => Answer::Other,
    }
}

/// What holds at every moment.
pub(crate) fn at_every_step(world: &mut Simulation, events: &[Event], seen: &[Seen]) {
    for Seen { backup, .. } in seen {
        if let (Some(kept), State::Creating) = (backup.in_vault(), &backup.state) {
            assert_eq!(kept.vault, kept_in(backup).name);
            world.protection.first.entry(backup.key()).or_insert_with(|| backup.clone());
        }
    }
    what_is_sealed_stays(world);
    let told = Told::of(world, events);
    // Each is counted once, however often the trail is read.
    for (what, count) in [
        (Happened::ExpiredThoughLocked, told.expired_though_locked),
        (Happened::CopiedIntoGap, told.into_gap),
    ] {
        world.report.happened.remove(&what);
        for _ in 0..count {
            world.report.note(what);
        }
    }
}

/// Nobody changes a lock that was immutable, though the clock was set back since.
fn what_is_sealed_stays(world: &mut Simulation) {
    let guards = world.guards();
    world.protection.sealed.retain(|key, (created, lock)| {
        let Some((_, _, guard)) = guards.iter().find(|(it, made, _)| it == key && made == created)
        else {
            // The vault was empty, and went.
            return false;
        };
        assert_eq!(guard.lock.as_ref(), Some(&*lock), "the lock of {key} was immutable");
        true
    });
}

/// What the trail says of locks: who keeps what, and what a lock let happen.
#[derive(Debug, Default)]
struct Told {
    guards: BTreeMap<InRealm<VaultName>, Guard>,
    holds: BTreeMap<InRealm<HoldId>, Selection>,
    vaults: BTreeMap<InRealm<BackupName>, InRealm<VaultName>>,
    expired_though_locked: usize,
    into_gap: usize,
}

impl Told {
    fn of(world: &Simulation, events: &[Event]) -> Self {
        let mut told = Self::default();
        for event in events {
            told.take(world, event);
        }
        told
    }

    fn guard(&self, vault: &InRealm<VaultName>) -> Guard {
        self.guards.get(vault).cloned().unwrap_or_default()
    }

    fn take(&mut self, world: &Simulation, event: &Event) {
        let Some(realm) = &event.realm else { return };
        if let EventKind::VaultLocked { vault, .. } | EventKind::VaultUnlocked { vault } =
            &event.kind
        {
            let before = self.guard(&realm.with(vault.clone())).lock;
            let immutable = before.is_some_and(|lock| lock.is_immutable(event.at));
            assert!(!immutable, "the lock of {vault} was immutable at {}", event.at);
        }
        if let EventKind::VaultLocked { vault, lock } = &event.kind {
            let guard = Guard { lock: Some(lock.clone()), ..Guard::default() };
            self.guards.insert(realm.with(vault.clone()), guard);
        }
        if let EventKind::VaultCreated { vault, lock: Some(lock) } = &event.kind {
            let guard = Guard { lock: Some(lock.clone()), ..Guard::default() };
            self.guards.insert(realm.with(vault.clone()), guard);
        }
        if let EventKind::HoldPlaced { hold, selection } = &event.kind {
            self.holds.insert(realm.with(*hold), selection.clone());
        }
        if let EventKind::HoldCancelled { hold } = &event.kind {
            assert!(self.holds.remove(&realm.with(*hold)).is_some(), "{hold} was cancelled twice");
        }
        if let EventKind::LifecycleChanged { backup, .. } = &event.kind
            && let Some(vault) = self.vaults.get(&realm.with(backup.clone()))
        {
            assert_eq!(self.guard(vault).lock, None, "{backup} in the locked {vault}");
        }
        if let EventKind::VaultLockSealed { vault } = &event.kind {
            self.seal(&realm.with(vault.clone()));
        }
        if let EventKind::VaultUnlocked { vault } | EventKind::VaultDeleted { vault } = &event.kind
        {
            self.guards.remove(&realm.with(vault.clone()));
        }
        if let EventKind::BackupStarted { backup, vault, .. } = &event.kind {
            assert_ne!(vault.as_str(), GAP, "{backup} was made in an air-gapped vault");
            self.let_in(world, realm.with(backup.clone()), realm.with(vault.clone()));
        }
        if let EventKind::CopyStarted { backup, vault, .. } = &event.kind {
            self.into_gap += usize::from(vault.as_str() == GAP);
            self.let_in(world, realm.with(backup.clone()), realm.with(vault.clone()));
        }
        if let EventKind::DeletionDecided { backup, why, .. }
        | EventKind::DeletionExpired { backup, why, .. } = &event.kind
        {
            let backup = realm.with(backup.clone());
            if let Some(first) = world.protection.first.get(&backup) {
                let mut holds = self.holds.iter().filter(|(key, _)| key.realm == *realm);
                let held = holds.find(|(_, selection)| selection.is_of(first));
                assert_eq!(held, None, "{backup} was held and went");
            }
            self.deleted(&backup, *why);
        }
    }

    /// A recovery point begins in a vault: its lifecycle keeps to the lock of that.
    fn let_in(
        &mut self,
        world: &Simulation,
        backup: InRealm<BackupName>,
        vault: InRealm<VaultName>,
    ) {
        let first = world.protection.first.get(&backup);
        if let Some(kept) = first.and_then(|backup| backup.in_vault()) {
            let kept_to = check_retention(&kept.lifecycle, &self.guard(&vault));
            assert_eq!(kept_to, Ok(()), "{backup} was let into {vault}");
        }
        self.vaults.insert(backup, vault);
    }

    fn seal(&mut self, vault: &InRealm<VaultName>) {
        let lock = self.guards.get_mut(vault).and_then(|guard| guard.lock.as_mut());
        let lock = lock.expect("it has a lock");
        let LockMode::Compliance { lock_date, sealed: false } = lock.mode else {
            panic!("{vault} was sealed with {lock:?}");
        };
        lock.mode = LockMode::Compliance { lock_date, sealed: true };
    }

    /// Nothing in a locked vault goes but by its lifecycle.
    fn deleted(&mut self, backup: &InRealm<BackupName>, why: Why) {
        let Some(vault) = self.vaults.get(backup) else { return };
        if self.guard(vault).lock.is_none() {
            return;
        }
        assert_eq!(why, Why::Lifecycle, "{backup} in the locked {vault}");
        self.expired_though_locked += 1;
    }
}

/// Nothing that was accepted is forgotten: once nothing is under way and no hold is left, whatever
/// was asked for has gone, or what still keeps it is known, or it was given up or withdrawn.
pub(crate) fn what_was_asked_for_is_decided(world: &mut Simulation) {
    for Seen { backup, .. } in world.look() {
        let key = backup.key();
        let Some(request) = backup.request() else {
            let is_open = backup.state.erasing().is_none();
            let forgotten = is_open && world.protection.asked.contains(&key);
            let withdrawn = world.protection.withdrawn.contains(&key);
            assert!(!forgotten || withdrawn, "what was asked for of {} is forgotten", key.name);
            continue;
        };
        let snapshot = world.ask(world.store.backup(&key)).unwrap().unwrap();
        let job = sexton_core::JobId::from_bytes([9; 16]);
        let rights = world.rights_of(request);
        let left = decide_requested(snapshot.delete_facts(), rights.as_ref(), world.now(), job);
        assert_eq!(left, Requested::Nothing, "{request:?} of {} was not decided", key.name);
    }
    let events = world.ask(world.store.events(0, EVERYTHING)).unwrap();
    for event in events {
        if let EventKind::DeletionDecided { asked: Some(_), .. } = event.kind {
            world.report.note(Happened::ErasureAskedAndDone);
        }
        if let EventKind::ErasureGivenUp { .. } = event.kind {
            world.report.note(Happened::ErasureGivenUp);
        }
    }
}

/// A world with a locked vault that can be changed for three days.
fn locked_world() -> Simulation {
    let mut world = with_vault(Simulation::with(1, Sabotage::None));
    let changeable_days = Some(3);
    assert!(changes(&mut world, Some(LockOrder { changeable_days, ..LockOrder::default() })));
    world
}

/// Whether the lock of the vault can be changed, or removed.
fn changes(world: &mut Simulation, order: Option<LockOrder>) -> bool {
    let (service, now) = (Arc::clone(world.service()), world.now());
    let [realm, _] = crate::seen::realms();
    let key = realm.with("gold".parse().unwrap());
    let before = world.report.happened.get(&Happened::LockChanged).copied();
    world.start(async move {
        locked(&match order {
            Some(order) => service.lock_vault(&key, order, &by(), now).await,
            None => service.unlock_vault(&key, &by(), now).await,
        })
    });
    world.finish();
    world.report.happened.get(&Happened::LockChanged).copied() != before
}

const DAY_SECONDS: u32 = 86_400;

#[test]
fn a_lock_that_was_immutable_stays_so_when_a_person_sets_the_clock_back() {
    let mut world = locked_world();
    world.tick(4 * DAY_SECONDS);
    assert!(!changes(&mut world, None));
    world.time.clock.jump(SignedDuration::from_hours(-24 * 40));
    world.confirm();
    assert!(world.guards()[0].2.lock.as_ref().unwrap().lock_date() > Some(world.now()));
    assert!(!changes(&mut world, None), "its date is to come again");
    assert!(!changes(&mut world, Some(LockOrder::default())));
    crate::invariants::at_every_step(&mut world);
}

#[test]
fn a_clock_that_jumps_ahead_makes_no_lock_immutable_until_a_person_confirms_it() {
    let mut world = locked_world();
    world.time.clock.jump(SignedDuration::from_hours(24 * 40));
    let changeable_days = Some(3);
    let order = LockOrder { changeable_days, ..LockOrder::default() };
    assert!(changes(&mut world, Some(order)), "nobody said that it is later");
    world.confirm();
    assert!(!changes(&mut world, None), "now somebody did");
}
