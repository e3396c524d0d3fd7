//! One simulated world: what is in it, who goes on next, and how a server of it dies.

use std::collections::{BTreeMap, BTreeSet};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use object_store::memory::InMemory;
use sexton_core::{BackupName, InRealm, JobId};
use sexton_data::blobs::Blobs;
use sexton_data::managed::Managed;
use sexton_data::source::Cancel;
use sexton_server::Jobs;
use sexton_server::instances::Instances;
use sexton_server::service::Service;
use sexton_store::MetaStore;
use sexton_store::entropy::SeededEntropy;
use sexton_store::memory::Memory;
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tokio::task::JoinHandle;

use crate::calls::Answer;
use crate::disk::Disk;
use crate::fsx::Known;
use crate::gate::{Dice, Gate, Verdict};
use crate::invariants;
use crate::parts::{Gated, Objects, Sabotage, Violations};
use crate::plans::KnownPlans;
use crate::policies::KnownPolicies;
use crate::protection::KnownProtection;
use crate::rds::{KnownRds, Unreadable};
use crate::report::Report;
use crate::roles::KnownRoles;
use crate::seen::{Seen, look};
use crate::sessions::KnownSessions;
use crate::snapshots::KnownSnapshots;
use crate::time::{Passed, Time};
use crate::users::KnownUsers;

/// How long an epoch should last where it does not end with each deletion, in seconds.
const EPOCH_SECONDS: i64 = 600;

/// Jobs at a time that callers begin.
const JOBS_MAX: usize = 5;

/// Places for jobs: so many that none waits for another, whatever begins by itself.
const PLACES: usize = 300;

/// Polls without anybody moving after which a world is stuck.
const POLLS_MAX: u32 = 2_000_000;

/// Milliseconds, at the least, that a job which nobody holds up may take to end.
const WAITS_MAX: u32 = 120_000;

/// Rounds in which everybody who waits goes on, before all that runs has ended.
pub(crate) const ROUNDS_MAX: usize = 100_000;

/// Attempts of a server to start, some of whose requests fail each time.
const STARTS_MAX: u32 = 1000;

/// When the epochs of a world end.
pub(crate) enum Epochs {
    /// With each deletion.
    End,
    /// When the seed says so.
    Last(Arc<Memory>),
}

/// What its callers ask for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum About {
    /// Whatever the three services do.
    Everything,
    /// What AWS Backup does, while policies and users change.
    Policies,
    /// The same as everything, and backup plans run.
    Plans,
}

/// See the module.
pub(crate) struct Simulation {
    pub(crate) dice: Dice,
    /// What outlives every crash: in memory, or in a file that is opened again.
    pub(crate) store: Arc<dyn MetaStore>,
    pub(crate) objects: Arc<InMemory>,
    pub(crate) violations: Violations,
    pub(crate) home: TempDir,
    /// Deletions that were answered with success.
    pub(crate) accepted: BTreeSet<InRealm<BackupName>>,
    /// Deletions that were asked for by those who may, whatever they were answered.
    pub(crate) asked_to_go: BTreeSet<InRealm<BackupName>>,
    /// What is known of file systems.
    pub(crate) known: Known,
    /// What is known of instances.
    pub(crate) rds: KnownRds,
    /// What is known of protection.
    pub(crate) protection: KnownProtection,
    /// What is known of policies and users.
    pub(crate) policies: KnownPolicies,
    /// What happens to users.
    pub(crate) users: KnownUsers,
    /// What is known of roles.
    pub(crate) roles: KnownRoles,
    /// What is known of sessions.
    pub(crate) sessions: KnownSessions,
    /// What is known of snapshots.
    pub(crate) snapshots: KnownSnapshots,
    /// What is known of backup plans.
    pub(crate) plans: KnownPlans,
    /// What has an end: its days, and how much had passed when it was asked for.
    pub(crate) lasting: BTreeMap<InRealm<BackupName>, (i64, Passed)>,
    /// Jobs that have been seen to have ended, and when they did.
    pub(crate) ended: BTreeMap<JobId, Timestamp>,
    pub(crate) report: Report,
    pub(crate) gate: Arc<Gate>,
    entropy: Arc<SeededEntropy>,
    pub(crate) sabotage: Sabotage,
    busy: Arc<AtomicUsize>,
    reads_fail: bool,
    pub(crate) epochs: Epochs,
    disk: Option<Disk>,
    pub(crate) full: Arc<AtomicBool>,
    /// Whether the disk is full at times.
    pub(crate) disk_fills: bool,
    /// Whether the wall clock jumps at times.
    pub(crate) clock_jumps: bool,
    pub(crate) about: About,
    pub(crate) time: Time,
    /// Where the world itself asks the store.
    asking: Runtime,
    server: Option<(Runtime, Arc<Service>)>,
    pub(crate) calls: Vec<JoinHandle<Answer>>,
}

impl Simulation {
    /// The world of a seed; in one of four some objects can never be removed.
    pub(crate) fn new(seed: u64) -> Self {
        let stuck = seed % 4 == 3;
        Self::with(seed, if stuck { Sabotage::StuckObjects } else { Sabotage::None })
    }

    /// In one of four worlds reading fails as well, in one of three epochs last, in two of
    /// five the clock jumps, and in three of seven the disk is full at times.
    pub(crate) fn with(seed: u64, sabotage: Sabotage) -> Self {
        let lasting = SignedDuration::from_secs(EPOCH_SECONDS);
        let memory = Arc::new(match seed % 3 {
            2 => Memory::with_epochs_of(lasting),
            _ => Memory::default(),
        });
        let epochs = if seed % 3 == 2 { Epochs::Last(Arc::clone(&memory)) } else { Epochs::End };
        Self::over(seed, sabotage, memory, epochs, None, Arc::default())
    }

    /// The same where policies and users change, and AWS Backup alone is asked.
    pub(crate) fn of_policies(seed: u64) -> Self {
        Self { about: About::Policies, ..Self::new(seed) }
    }

    /// The same where backup plans run.
    pub(crate) fn of_plans(seed: u64) -> Self {
        Self { about: About::Plans, ..Self::new(seed) }
    }

    /// The same on a file with a key ring, on a disk that is full at times.
    pub(crate) fn on_disk(seed: u64) -> Self {
        let full = Arc::<AtomicBool>::default();
        let disk = Disk::new(seed, Time::default().clock, Arc::clone(&full));
        let store = disk.open();
        let stuck = seed % 4 == 3;
        let sabotage = if stuck { Sabotage::StuckObjects } else { Sabotage::None };
        let world = Self::over(seed, sabotage, store, Epochs::End, Some(disk), full);
        Self { clock_jumps: true, disk_fills: true, ..world }
    }

    fn over(
        seed: u64,
        sabotage: Sabotage,
        store: Arc<dyn MetaStore>,
        epochs: Epochs,
        disk: Option<Disk>,
        full: Arc<AtomicBool>,
    ) -> Self {
        let time = disk.as_ref().map_or_else(Time::default, |disk| Time::of(disk.clock()));
        let mut world = Self {
            dice: Dice::new(seed),
            store,
            objects: Arc::new(InMemory::new()),
            violations: Violations::default(),
            home: TempDir::new().unwrap(),
            accepted: BTreeSet::new(),
            asked_to_go: BTreeSet::new(),
            known: Known::default(),
            rds: KnownRds::default(),
            protection: KnownProtection::default(),
            policies: KnownPolicies::default(),
            users: KnownUsers::default(),
            roles: KnownRoles::default(),
            sessions: KnownSessions::default(),
            snapshots: KnownSnapshots::default(),
            plans: KnownPlans::default(),
            lasting: BTreeMap::new(),
            ended: BTreeMap::new(),
            report: Report::default(),
            gate: Gate::new(),
            entropy: Arc::new(SeededEntropy::new(seed)),
            sabotage,
            busy: Arc::default(),
            reads_fail: seed % 4 == 2,
            epochs,
            disk,
            full,
            disk_fills: seed % 7 > 3,
            clock_jumps: seed % 5 > 2,
            about: About::Everything,
            time,
            asking: tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap(),
            server: None,
            calls: Vec::new(),
        };
        world.boot();
        world
    }

    /// Every backup that there is.
    pub(crate) fn look(&self) -> Vec<Seen> {
        self.ask(look(&*self.store))
    }

    /// Whether no server runs.
    pub(crate) fn is_down(&self) -> bool {
        self.server.is_none()
    }

    /// Whether reading fails at times.
    pub(crate) fn reads_fail(&self) -> bool {
        self.reads_fail
    }

    /// What the store says, past the gate.
    pub(crate) fn ask<F: Future>(&self, question: F) -> F::Output {
        self.asking.block_on(question)
    }

    pub(crate) fn service(&self) -> &Arc<Service> {
        &self.server.as_ref().unwrap().1
    }

    pub(crate) fn runtime(&self) -> &Runtime {
        &self.server.as_ref().unwrap().0
    }

    /// The directories of file systems, without what a crash left of restores and removals.
    fn managed(&self) -> Managed {
        let managed = Managed::open(self.home.path()).unwrap();
        for leftover in managed.leftovers().unwrap() {
            managed.remove_leftover(&leftover, &Cancel::default()).unwrap();
        }
        managed
    }

    pub(crate) fn file_systems_folder(&self) -> PathBuf {
        self.home.path().join(sexton_data::managed::FOLDER)
    }

    /// Starts a server on what the last one left.
    fn boot(&mut self) {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap();
        let store = Gated {
            store: Arc::clone(&self.store),
            objects: Arc::clone(&self.objects),
            gate: Arc::clone(&self.gate),
            violations: Arc::clone(&self.violations),
            sabotage: self.sabotage,
            busy: Arc::clone(&self.busy),
            reads_fail: self.reads_fail,
            // A store in a file finds out by itself.
            full: self.disk.is_none().then(|| Arc::clone(&self.full)),
        };
        let objects = Objects {
            store: Arc::clone(&self.store),
            objects: Arc::clone(&self.objects),
            gate: Arc::clone(&self.gate),
            violations: Arc::clone(&self.violations),
            sabotage: self.sabotage,
            full: Arc::clone(&self.full),
        };
        let service = Arc::new(Service {
            store: Arc::new(store),
            blobs: Blobs::over(Arc::new(objects)),
            clock: Arc::clone(&self.time.clock),
            entropy: Arc::<SeededEntropy>::clone(&self.entropy),
            restore_folder: self.home.path().to_owned(),
            managed: Some(Arc::new(self.managed())),
            jobs: Jobs::default().with_places(PLACES),
            databases: Arc::new(Unreadable),
            probes: Instances::fresh_for(Duration::ZERO),
            ..Service::in_memory()
        });
        self.resume();
        // Whoever starts a server tries again until it starts.
        let dice = u64::try_from(self.dice.roll(1_000_000)).unwrap();
        self.gate.open(Some(Dice::new(dice)));
        for tries in 0.. {
            let Err(error) = runtime.block_on(service.end_interrupted()) else { break };
            assert!(tries < STARTS_MAX, "the server never starts: {error:?}");
            self.tick(1);
        }
        self.gate.close();
        runtime.block_on(service.identities.load(&*self.store)).unwrap();
        self.server = Some((runtime, service));
    }

    pub(crate) fn crash(&mut self) {
        self.report.crashes += 1;
        self.note_cuts();
        let (runtime, service) = self.server.take().unwrap();
        self.calls.clear();
        drop(service);
        // Every task ends where it waits.
        runtime.shutdown_background();
        self.gate.crash(&mut self.dice);
        let picture = self.disk.as_ref().map(Disk::picture);
        self.set_full(false);
        if let (Some(disk), Some(picture)) = (&self.disk, picture) {
            // One store at a time has the files, and the last one closes them.
            self.store = Arc::new(Memory::default());
            disk.put_back(&picture);
            self.store = disk.open();
        }
        invariants::at_every_step(self);
        self.boot();
    }

    /// Nothing new finds room on a full disk.
    pub(crate) fn set_full(&self, full: bool) {
        self.full.store(full, Ordering::Relaxed);
        if let Some(disk) = &self.disk {
            disk.set_full(full);
        }
    }

    pub(crate) fn is_full(&self) -> bool {
        self.full.load(Ordering::Relaxed)
    }

    pub(crate) fn start(&mut self, call: impl Future<Output = Answer> + Send + 'static) {
        let call = self.runtime().spawn(call);
        self.calls.push(call);
    }

    /// Jobs, and removals of file systems, whose tasks have not ended.
    pub(crate) fn live(&self) -> usize {
        self.service().jobs.tasks()
    }

    /// Whether one more job may begin, whatever the calls in flight begin.
    pub(crate) fn room_for_a_job(&self) -> bool {
        self.live() + self.calls.len() < JOBS_MAX
    }

    /// Runs until everybody waits at the gate or has ended, and takes the answers.
    pub(crate) fn settle(&mut self) {
        for polls in 0.. {
            assert!(polls < POLLS_MAX, "nobody moves");
            self.runtime().block_on(async {
                if polls % 64 == 63 {
                    tokio::time::sleep(Duration::from_millis(1)).await;
                } else {
                    tokio::task::yield_now().await;
                }
            });
            let calls = self.calls.iter().filter(|call| !call.is_finished()).count();
            // A task that waits for several things at once has been polled by then. What it has
            // asked the store is answered too: it takes a place there that we may need.
            let written = self.busy.load(Ordering::SeqCst) == 0;
            let waiting = self.gate.tasks() + self.users.waiting();
            if polls >= 8 && written && waiting == calls + self.live() {
                break;
            }
        }
        let calls = std::mem::take(&mut self.calls);
        for call in calls {
            if call.is_finished() {
                let answer = self.runtime().block_on(call).unwrap();
                answer.note(self);
            } else {
                self.calls.push(call);
            }
        }
        self.learn();
    }

    /// Who waits at the gate.
    pub(crate) fn waiting(&self) -> Vec<(String, u64)> {
        self.gate.waiting()
    }

    /// Lets everybody go on who waits for something whose label begins like this, with
    /// this verdict, and tells how many they were.
    pub(crate) fn release(&mut self, label: &str, verdict: Verdict) -> usize {
        let mut waiting = self.gate.waiting();
        waiting.retain(|who| who.0.starts_with(label));
        for who in &waiting {
            self.gate.release(who, verdict);
        }
        self.settle();
        waiting.len()
    }

    /// Lets one go on with this verdict.
    pub(crate) fn release_one(&mut self, who: &(String, u64), verdict: Verdict) {
        self.gate.release(who, verdict);
        self.settle();
    }

    /// Lets everybody go on until nobody waits.
    pub(crate) fn finish(&mut self) {
        self.settle();
        for rounds in 0.. {
            assert!(rounds < ROUNDS_MAX, "somebody never ends: {:?}", self.waiting());
            if self.release("", Verdict::Go) == 0 {
                break;
            }
        }
    }

    /// Runs until every task has ended, where nobody waits at the gate. Tells whether there
    /// was one.
    pub(crate) fn drain(&mut self) -> bool {
        let worked = self.live() > 0;
        for waits in 0.. {
            if self.live() == 0 && self.busy.load(Ordering::SeqCst) == 0 {
                break;
            }
            assert!(waits < WAITS_MAX, "a job never ends");
            self.runtime().block_on(async {
                tokio::time::sleep(Duration::from_millis(1)).await;
            });
        }
        self.learn();
        worked
    }
}
