//! The captures and restores that run or wait: who they are, how far they are, and how they are
//! told to end. What they do is with their [runners](crate::runners).
//!
//! Captures and restores have places of their own: a long line of the one does not keep
//! the other waiting. A job that waits costs its row and a task, and can be stopped.

use std::collections::{HashMap, HashSet};
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use sexton_core::{BackupLoss, InRealm, JobId, Passed, ResourceArn};
use sexton_data::home::Home;
use sexton_data::source::{Cancel, Progress};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio_util::task::TaskTracker;

/// Captures that run at the same time.
const CAPTURES_RUNNING_MAX: usize = 4;

/// Restores that run at the same time.
const RESTORES_RUNNING_MAX: usize = 4;

/// Jobs that run or wait: what a bulk of requests may pile up.
const WAITING_MAX: usize = 10_000;

/// Why a job is to end before its work is done. The first reason counts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Halt {
    /// Somebody asked for it.
    Asked,
    /// The server stops.
    ServerStopped,
    /// A window passed.
    Passed(Passed),
    /// The disk of the data folder is needed for other things.
    NoRoom(String),
    /// Nothing has come of it for so long.
    Stalled(String),
}

impl Halt {
    pub(crate) fn reason(&self) -> &str {
        match self {
            Self::Asked => "the job was stopped",
            Self::ServerStopped => "the server was stopped before it was finished",
            Self::Passed(Passed::Start) => BackupLoss::NotStarted.reason(),
            Self::Passed(Passed::Complete) => BackupLoss::NotCompleted.reason(),
            Self::NoRoom(reason) | Self::Stalled(reason) => reason,
        }
    }

    pub(crate) fn loss(self) -> BackupLoss {
        match self {
            Self::Passed(Passed::Start) => BackupLoss::NotStarted,
            Self::Passed(Passed::Complete) => BackupLoss::NotCompleted,
            Self::Asked | Self::ServerStopped | Self::NoRoom(_) | Self::Stalled(_) => {
                BackupLoss::Failed { reason: self.reason().to_owned() }
            }
        }
    }
}

/// Whether the beginning of a job is known to have been written down.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Begun {
    /// It is.
    Surely,
    /// Neither the commit nor a look at the row afterwards could tell. If it was, nobody
    /// else runs the job, and a restore would be a use of its backup for ever.
    Perhaps,
}

/// A job that waits or works, for whoever asks after it.
#[derive(Debug, Clone)]
pub(crate) struct Running {
    pub(crate) progress: Arc<Progress>,
    pub(crate) cancel: Cancel,
    pub(crate) begun: watch::Sender<bool>,
    halt: watch::Sender<Option<Halt>>,
}

impl Default for Running {
    fn default() -> Self {
        Self {
            progress: Arc::default(),
            cancel: Cancel::default(),
            begun: watch::Sender::new(false),
            halt: watch::Sender::new(None),
        }
    }
}

impl Running {
    /// Ends it early.
    pub(crate) fn halt(&self, why: Halt) {
        self.halt.send_if_modified(|halt| {
            let first = halt.is_none();
            if first {
                *halt = Some(why);
            }
            first
        });
        self.cancel.cancel();
    }

    /// Why it ends early, if it does.
    pub(crate) fn halted(&self) -> Option<Halt> {
        self.halt.borrow().clone()
    }

    /// Waits until it is to end early.
    async fn halting(&self) -> Halt {
        let mut halt = self.halt.subscribe();
        match halt.wait_for(Option::is_some).await.map(|halt| (*halt).clone()) {
            Ok(Some(why)) => why,
            // We hold the sender ourselves.
            Ok(None) | Err(_) => std::future::pending().await,
        }
    }
}

/// The tasks of one service.
#[derive(Debug)]
pub struct Jobs {
    running: Mutex<HashMap<JobId, Running>>,
    /// Sources that are being removed.
    removals: Mutex<HashSet<InRealm<ResourceArn>>>,
    pub(crate) captures: Semaphore,
    pub(crate) restores: Semaphore,
    pub(crate) tasks: TaskTracker,
    pub(crate) home: Option<Arc<Home>>,
    /// Ends the removal of directories, which are no jobs.
    pub(crate) stopping: Cancel,
    waiting_max: usize,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            removals: Mutex::default(),
            captures: Semaphore::new(CAPTURES_RUNNING_MAX),
            restores: Semaphore::new(RESTORES_RUNNING_MAX),
            tasks: TaskTracker::new(),
            home: None,
            stopping: Cancel::default(),
            waiting_max: WAITING_MAX,
        }
    }
}

impl Jobs {
    /// Jobs that keep away from what is in `home`, and leave room on its disk.
    pub fn beside(home: Home) -> Self {
        Self { home: Some(Arc::new(home)), ..Self::default() }
    }

    /// The same with another bound for jobs that run or wait.
    #[must_use]
    pub fn with_waiting_max(self, waiting_max: usize) -> Self {
        Self { waiting_max, ..self }
    }

    /// The same with so many places for captures, and as many for restores.
    #[must_use]
    pub fn with_places(self, places: usize) -> Self {
        let (captures, restores) = (Semaphore::new(places), Semaphore::new(places));
        Self { captures, restores, ..self }
    }

    /// The data folder, where there is one.
    pub(crate) fn home(&self) -> Option<&Home> {
        self.home.as_deref()
    }

    pub(crate) fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
        self.running.lock().expect("no holder of this lock panics")
    }

    /// Whether one more job may wait; if not, how many are waiting.
    pub(crate) fn check_places(&self) -> Result<(), usize> {
        let waiting = self.count();
        if waiting < self.waiting_max { Ok(()) } else { Err(waiting) }
    }

    /// How far a job is: percent and bytes.
    pub fn progress(&self, id: JobId) -> Option<(u8, u64)> {
        let running = self.lock().get(&id).cloned()?;
        Some((running.progress.percent().unwrap_or(0), running.progress.bytes()))
    }

    /// Whether a job that runs or waits has been told to end early.
    pub fn is_ending(&self, id: JobId) -> bool {
        let running = self.lock().get(&id).cloned();
        running.is_some_and(|running| running.halted().is_some())
    }

    /// How many jobs run or wait.
    pub fn count(&self) -> usize {
        self.lock().len()
    }

    /// How many tasks there are: of jobs that run or wait, and of sources that are removed.
    pub fn tasks(&self) -> usize {
        self.tasks.len()
    }

    /// Takes the removal of a source, unless somebody has it.
    pub(crate) fn begin_removal(&self, key: &InRealm<ResourceArn>) -> bool {
        self.removals.lock().expect("no holder of this lock panics").insert(key.clone())
    }

    /// Gives the removal of a source back.
    pub(crate) fn end_removal(&self, key: &InRealm<ResourceArn>) {
        self.removals.lock().expect("no holder of this lock panics").remove(key);
    }

    /// Asks a job to stop.
    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(running) = self.lock().get(&id) {
            running.halt(Halt::Asked);
        }
    }

    /// Begins no further job, gives those that run `wait` to finish, then asks them to
    /// stop, and returns when all have written down how they ended.
    pub async fn drain(&self, wait: Duration) {
        self.captures.close();
        self.restores.close();
        self.tasks.close();
        if tokio::time::timeout(wait, self.tasks.wait()).await.is_err() {
            for running in self.lock().values() {
                running.halt(Halt::ServerStopped);
            }
            self.stopping.cancel();
            self.tasks.wait().await;
        }
    }

    /// Waits until no job is running.
    pub async fn settled(&self) {
        while !self.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    /// Whether the disk of the data folder has room for a job; if not, why.
    pub(crate) async fn check_room(&self) -> Result<(), String> {
        let Some(home) = self.home.clone() else { return Ok(()) };
        // A network file system may take its time to answer.
        let looked = tokio::task::spawn_blocking(move || home.check_room()).await;
        looked.map_err(|error| format!("free space cannot be looked at: {error}"))?
    }

    pub(crate) fn begin(&self, id: JobId) -> Running {
        let running = Running::default();
        self.lock().insert(id, running.clone());
        running
    }

    /// Waits for one of `places`, unless the job is to end before it has one.
    pub(crate) async fn place<'a>(
        &self,
        places: &'a Semaphore,
        running: &Running,
    ) -> Result<SemaphorePermit<'a>, Halt> {
        let place = tokio::select! {
            biased;
            why = running.halting() => Err(why),
            place = places.acquire() => place.map_err(|_| Halt::ServerStopped),
        };
        let place = place?;
        self.check_room().await.map_err(Halt::NoRoom)?;
        running.begun.send_replace(true);
        Ok(place)
    }
}
