//! Captures and restores that are running: tasks beside the requests that began them.
//!
//! A job's truth is its row. A task only works, and writes down how the work ended; when
//! that cannot be written down it tries again until it can. A server that stops in the
//! middle leaves a running row behind, and the next one ends it
//! ([`Service::end_interrupted`]), so nothing runs for ever.
//!
//! Captures and restores have places of their own: a long line of the one does not keep
//! the other waiting. A job that waits costs its row and a task, and can be stopped.

mod ending;
mod room;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use ending::message;
use sexton_core::{
    Backup, BackupJob, BackupLoss, Content, DataKey, JobId, Passed, RestoreJob, RestoreJobState,
    Windows, chain,
};
use sexton_data::capture::{CaptureError, CaptureOrder, Captured, capture};
use sexton_data::home::{DiskRoom, Home};
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::seal::SEGMENT_BYTES_TARGET;
use sexton_data::source::{Cancel, OwnFiles, Progress};
use tokio::sync::{Semaphore, SemaphorePermit, watch};
use tokio_util::task::TaskTracker;

use crate::error::OpsError;
use crate::service::Service;

/// Captures that run at the same time.
const CAPTURES_RUNNING_MAX: usize = 4;

/// Restores that run at the same time.
const RESTORES_RUNNING_MAX: usize = 4;

/// Jobs that run or wait: what a bulk of requests may pile up.
const WAITING_MAX: usize = 10_000;

/// How often the clock and the disk are looked at for a job that depends on them.
const LOOK: Duration = Duration::from_secs(1);

/// Why a job is to end before its work is done. The first reason counts.
#[derive(Debug, Clone, PartialEq, Eq)]
enum Halt {
    /// Somebody asked for it.
    Asked,
    /// The server stops.
    ServerStopped,
    /// A window passed.
    Passed(Passed),
    /// The disk of the data folder is needed for other things.
    NoRoom(String),
}

impl Halt {
    fn reason(&self) -> &str {
        match self {
            Self::Asked => "the job was stopped",
            Self::ServerStopped => "the server was stopped before it was finished",
            Self::Passed(Passed::Start) => BackupLoss::NotStarted.reason(),
            Self::Passed(Passed::Complete) => BackupLoss::NotCompleted.reason(),
            Self::NoRoom(reason) => reason,
        }
    }

    fn loss(self) -> BackupLoss {
        match self {
            Self::Passed(Passed::Start) => BackupLoss::NotStarted,
            Self::Passed(Passed::Complete) => BackupLoss::NotCompleted,
            Self::Asked | Self::ServerStopped | Self::NoRoom(_) => {
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
struct Running {
    progress: Arc<Progress>,
    cancel: Cancel,
    begun: watch::Sender<bool>,
    halt: watch::Sender<Option<Halt>>,
}

impl Running {
    fn new() -> Self {
        Self {
            progress: Arc::default(),
            cancel: Cancel::default(),
            begun: watch::Sender::new(false),
            halt: watch::Sender::new(None),
        }
    }

    /// Ends it early.
    fn halt(&self, why: Halt) {
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
    fn halted(&self) -> Option<Halt> {
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
    captures: Semaphore,
    restores: Semaphore,
    tasks: TaskTracker,
    home: Option<Arc<Home>>,
    waiting_max: usize,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            captures: Semaphore::new(CAPTURES_RUNNING_MAX),
            restores: Semaphore::new(RESTORES_RUNNING_MAX),
            tasks: TaskTracker::new(),
            home: None,
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

    /// The data folder, where there is one.
    pub(crate) fn home(&self) -> Option<&Home> {
        self.home.as_deref()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
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
            self.tasks.wait().await;
        }
    }

    /// Waits until no job is running.
    pub async fn settled(&self) {
        while !self.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn begin(&self, id: JobId) -> Running {
        let running = Running::new();
        self.lock().insert(id, running.clone());
        running
    }

    /// Waits for one of `places`, unless the job is to end before it has one.
    async fn place<'a>(
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

impl Service {
    /// Captures in a task of its own.
    pub(crate) fn run_backup(
        self: &Arc<Self>,
        job: BackupJob,
        backup: Backup,
        key: DataKey,
        begun: Begun,
    ) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(job.id);
        self.jobs.tasks.spawn(async move {
            let look = || async { service.backup_job(job.id).await.map(drop) };
            if begun == Begun::Perhaps && !service.until_done(job.id, look).await {
                service.jobs.lock().remove(&job.id);
                return;
            }
            let captured = {
                let work = service.capture(&job, &backup, &key, &running);
                service.watched(job.windows, job.created, &running, work).await
            };
            drop(key);
            let end = || service.end_backup(job.id, &captured);
            service.until_done(job.id, end).await;
            service.jobs.lock().remove(&job.id);
        });
    }

    async fn capture(
        &self,
        job: &BackupJob,
        backup: &Backup,
        key: &DataKey,
        running: &Running,
    ) -> Result<Captured, BackupLoss> {
        let _place = self.jobs.place(&self.jobs.captures, running).await.map_err(|halt| {
            let reason = halt.reason();
            tracing::warn!(job = %job.id, reason, "a backup did not begin");
            halt.loss()
        })?;
        let own = self.jobs.home().map_or_else(|| Ok(OwnFiles::default()), Home::own_files);
        let own = own.map_err(|error| {
            let reason = "the data folder, which no backup may hold, cannot be looked at";
            tracing::error!(job = %job.id, %error, reason, "a backup failed");
            BackupLoss::Failed { reason: reason.to_owned() }
        })?;
        let order = CaptureOrder {
            id: job.id,
            allow_empty: self.may_be_empty(job).await,
            prefix: &backup.objects,
            key,
            source: &job.source,
            own: &own,
            level: self.behaviour.compression_level,
            segment_bytes: SEGMENT_BYTES_TARGET,
            room: DiskRoom::beside(self.jobs.home.clone()),
        };
        let captured = capture(order, &self.blobs, &running.progress, &running.cancel).await;
        captured.map_err(|error| match (&error, running.halted()) {
            (CaptureError::Cancelled, Some(halt)) => {
                tracing::warn!(job = %job.id, reason = halt.reason(), "a backup was stopped");
                halt.loss()
            }
            (
                CaptureError::Cancelled
                | CaptureError::Source(_)
                | CaptureError::Empty
                | CaptureError::NoRoom(_)
                | CaptureError::Blobs(_)
                | CaptureError::Seal(_),
                _,
            ) => {
                let resource = &job.resource;
                tracing::warn!(job = %job.id, %resource, error = chain(&error), "a backup failed");
                BackupLoss::Failed { reason: error.for_caller() }
            }
        })
    }

    /// Whether the source of a job is registered as one that may be empty. Who cannot tell
    /// rather fails a backup than completes one of nothing.
    async fn may_be_empty(&self, job: &BackupJob) -> bool {
        match self.store.source(&job.realm.with(job.resource.clone())).await {
            Ok((source, _)) => source.is_some_and(|source| source.allow_empty),
            Err(error) => {
                tracing::warn!(job = %job.id, error = chain(&error), "a source was not read");
                false
            }
        }
    }

    async fn end_backup(
        &self,
        id: JobId,
        captured: &Result<Captured, BackupLoss>,
    ) -> Result<(), OpsError> {
        match captured {
            Ok(captured) => {
                let content = Content {
                    size_bytes: captured.size_bytes,
                    stored_bytes: captured.stored_bytes,
                    objects: captured.objects,
                    completed: self.clock.now(),
                };
                let message = message(&captured.findings);
                if !message.is_empty() {
                    let message = message.as_str();
                    tracing::warn!(job = %id, message, "a backup does not hold all as it was");
                }
                let completed = self.complete_backup(id, content, message).await?;
                let stopped = Halt::Asked.loss();
                if completed { Ok(()) } else { self.lose_backup(id, &stopped).await }
            }
            Err(loss) => self.lose_backup(id, loss).await,
        }
    }

    /// Restores in a task of its own.
    pub(crate) fn run_restore(self: &Arc<Self>, job: RestoreJob, backup: Backup, begun: Begun) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(job.id);
        self.jobs.tasks.spawn(async move {
            let look = || async { service.restore_job(job.id).await.map(drop) };
            if begun == Begun::Perhaps && !service.until_done(job.id, look).await {
                service.jobs.lock().remove(&job.id);
                return;
            }
            let restored = {
                let work = service.restore(&job, &backup, &running);
                service.watched(Windows::default(), job.created, &running, work).await
            };
            let at = service.clock.now();
            let state = match restored {
                Ok((created, message)) => RestoreJobState::Completed { at, created, message },
                Err(reason) => RestoreJobState::Failed { at, reason },
            };
            let end = || service.end_restore(job.id, state.clone());
            service.until_done(job.id, end).await;
            service.jobs.lock().remove(&job.id);
        });
    }

    /// What was made, and what it says of it; or why it was not.
    async fn restore(
        &self,
        job: &RestoreJob,
        backup: &Backup,
        running: &Running,
    ) -> Result<(String, String), String> {
        let _place = self.jobs.place(&self.jobs.restores, running).await.map_err(|halt| {
            let reason = halt.reason().to_owned();
            tracing::warn!(job = %job.id, reason, "a restore did not begin");
            reason
        })?;
        let key = self.store.data_key(&backup.key()).await.map_err(|error| {
            tracing::warn!(job = %job.id, error = chain(&error), "a restore failed");
            "the key of the recovery point cannot be read".to_owned()
        })?;
        let key = key.ok_or("the key of the recovery point is destroyed")?;
        let created = job.id.to_string();
        let order = RestoreOrder {
            id: backup.id.job(),
            prefix: &backup.objects,
            key: &key,
            target: self.restore_folder.join(&created),
            room: DiskRoom::beside(self.jobs.home.clone()),
        };
        let restored = restore(order, &self.blobs, &running.progress, &running.cancel).await;
        let restored = restored.map_err(|error| {
            let backup = &job.backup;
            tracing::warn!(job = %job.id, %backup, error = chain(&error), "a restore failed");
            let halt = running.halted().filter(|_| matches!(error, RestoreError::Cancelled));
            halt.map_or_else(|| error.for_caller(), |halt| halt.reason().to_owned())
        })?;
        let message = message(&restored.findings);
        if !message.is_empty() {
            tracing::warn!(job = %job.id, message, "a restore could not set everything");
        }
        Ok((created, message))
    }
}
