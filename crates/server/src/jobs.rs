//! Captures and restores that are running: tasks beside the requests that began them.
//!
//! A job's truth is its row. A task only works, and writes down how the work ended; when
//! that cannot be written down it tries again until it can. A server that stops in the
//! middle leaves a running row behind, and the next one ends it
//! ([`Service::end_interrupted`]), so nothing runs for ever.

mod home;

use std::collections::HashMap;
use std::io;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use sexton_core::{BackupJob, Content, JobId, RecoveryPoint, RestoreJob, RestoreJobState};
use tokio::sync::Semaphore;
use tokio_util::task::TaskTracker;

pub use home::Home;

use crate::capture::{CaptureOrder, Captured, capture};
use crate::failure::{Failure, chain};
use crate::ops::backups::{RETRY_MILLIS, worth_retrying};
use crate::restore::{RestoreOrder, restore};
use crate::seal::{DataKey, SEGMENT_BYTES_TARGET};
use crate::service::Service;
use crate::source::{Cancel, Findings, OwnFiles, Progress};
use crate::store::StoreError;

/// Jobs that run at the same time.
const RUNNING_MAX: usize = 4;

/// Jobs that run or wait: what a bulk of requests may pile up.
const WAITING_MAX: usize = 10_000;

/// Problems that a job's message names; the rest are counted.
const MESSAGE_FINDINGS_MAX: usize = 5;

#[derive(Debug, Clone, Default)]
struct Running {
    progress: Arc<Progress>,
    cancel: Cancel,
}

/// The tasks of one service.
#[derive(Debug)]
pub struct Jobs {
    running: Mutex<HashMap<JobId, Running>>,
    permits: Semaphore,
    tasks: TaskTracker,
    home: Option<Home>,
}

impl Default for Jobs {
    fn default() -> Self {
        Self {
            running: Mutex::default(),
            permits: Semaphore::new(RUNNING_MAX),
            tasks: TaskTracker::new(),
            home: None,
        }
    }
}

impl Jobs {
    /// Jobs that keep away from what is in `home`.
    pub fn beside(home: Home) -> Self {
        Self { home: Some(home), ..Self::default() }
    }

    /// The data folder, where there is one.
    pub(crate) fn home(&self) -> Option<&Home> {
        self.home.as_ref()
    }

    fn lock(&self) -> MutexGuard<'_, HashMap<JobId, Running>> {
        self.running.lock().expect("no holder of this lock panics")
    }

    /// Whether one more job may wait; if not, how many are waiting.
    pub(crate) fn check_room(&self) -> Result<(), usize> {
        let waiting = self.lock().len();
        if waiting < WAITING_MAX { Ok(()) } else { Err(waiting) }
    }

    /// How far a job is: percent and bytes.
    pub fn progress(&self, id: JobId) -> Option<(u8, u64)> {
        let running = self.lock().get(&id).cloned()?;
        Some((running.progress.percent().unwrap_or(0), running.progress.bytes()))
    }

    /// Asks a job to stop.
    pub(crate) fn cancel(&self, id: JobId) {
        if let Some(running) = self.lock().get(&id) {
            running.cancel.cancel();
        }
    }

    /// Asks every job to stop, and waits until they have written down that they did.
    pub async fn drain(&self) {
        for running in self.lock().values() {
            running.cancel.cancel();
        }
        self.tasks.close();
        self.tasks.wait().await;
    }

    /// Waits until no job is running.
    pub async fn settled(&self) {
        while !self.lock().is_empty() {
            tokio::time::sleep(Duration::from_millis(5)).await;
        }
    }

    fn begin(&self, id: JobId) -> Running {
        let running = Running::default();
        self.lock().insert(id, running.clone());
        running
    }
}

impl Service {
    /// Captures in a task of its own.
    pub(crate) fn run_backup(self: &Arc<Self>, job: BackupJob, point: RecoveryPoint, key: DataKey) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(job.id);
        self.jobs.tasks.spawn(async move {
            let permit = service.jobs.permits.acquire().await;
            let captured = service.capture(&job, &point, &key, &running).await;
            drop(permit);
            drop(key);
            let end = || service.end_backup(job.id, &captured);
            until_written(job.id, end).await;
            service.jobs.lock().remove(&job.id);
        });
    }

    async fn capture(
        &self,
        job: &BackupJob,
        point: &RecoveryPoint,
        key: &DataKey,
        running: &Running,
    ) -> Result<Captured, String> {
        let own = self.jobs.home().map_or_else(|| Ok(OwnFiles::default()), Home::own_files);
        let own = own.map_err(|error| {
            let reason = "the data folder cannot be looked at, which a backup must not hold";
            tracing::error!(job = %job.id, %error, reason, "a backup failed");
            reason.to_owned()
        })?;
        let order = CaptureOrder {
            id: job.id,
            prefix: &point.objects,
            key,
            source: &job.source,
            own: &own,
            level: self.behaviour.compression_level,
            segment_bytes: SEGMENT_BYTES_TARGET,
        };
        let captured = capture(order, &self.blobs, &running.progress, &running.cancel).await;
        captured.map_err(|error| {
            let reason = chain(&error);
            tracing::warn!(job = %job.id, resource = %job.resource, reason, "a backup failed");
            reason
        })
    }

    async fn end_backup(
        &self,
        id: JobId,
        captured: &Result<Captured, String>,
    ) -> Result<(), Failure> {
        match captured {
            Ok(captured) => {
                let content = Content {
                    size_bytes: captured.size_bytes,
                    stored_bytes: captured.stored_bytes,
                    objects: captured.objects,
                    completed: self.clock.now(),
                };
                let completed =
                    self.complete_backup(id, content, message(&captured.findings)).await?;
                if completed { Ok(()) } else { self.fail_backup(id, "stopped").await }
            }
            Err(reason) => self.fail_backup(id, reason).await,
        }
    }

    /// Restores in a task of its own.
    pub(crate) fn run_restore(self: &Arc<Self>, job: RestoreJob, point: RecoveryPoint) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(job.id);
        self.jobs.tasks.spawn(async move {
            let permit = service.jobs.permits.acquire().await;
            let restored = service.restore(&job, &point, &running).await;
            drop(permit);
            let at = service.clock.now();
            let state = match restored {
                Ok((created, message)) => RestoreJobState::Completed { at, created, message },
                Err(reason) => {
                    tracing::warn!(job = %job.id, point = %job.point, reason, "a restore failed");
                    RestoreJobState::Failed { at, reason }
                }
            };
            until_written(job.id, || service.end_restore(job.id, state.clone())).await;
            service.jobs.lock().remove(&job.id);
        });
    }

    async fn restore(
        &self,
        job: &RestoreJob,
        point: &RecoveryPoint,
        running: &Running,
    ) -> Result<(String, String), String> {
        let key = self.store.data_key(&point.arn).await.map_err(|error| chain(&error))?;
        let key = key.ok_or("the key of the recovery point is destroyed")?;
        let created = job.id.to_string();
        let order = RestoreOrder {
            id: point.backup_job,
            prefix: &point.objects,
            key: &key,
            target: self.restore_folder.join(&created),
        };
        let restored = restore(order, &self.blobs, &running.progress, &running.cancel).await;
        let restored = restored.map_err(|error| chain(&error))?;
        let message = message(&restored.findings);
        if !message.is_empty() {
            tracing::warn!(job = %job.id, message, "a restore could not set everything");
        }
        Ok((created, message))
    }

    /// Ends what was running when the last server stopped: what is not whole has failed. To
    /// be called before anything is served.
    pub async fn end_interrupted(&self) -> Result<(), Failure> {
        let (backups, restores) = self.store.interrupted_jobs().await?;
        for job in backups {
            self.fail_backup(job.id, "the server stopped while the backup was running").await?;
        }
        for job in restores {
            let state = self.interrupted_restore(job.id).map_err(StoreError::not_done)?;
            self.end_restore(job.id, state).await?;
        }
        Ok(())
    }

    /// A restored directory gets its name when it is whole and durable: one that has it
    /// is complete, whether or not that could be written down.
    fn interrupted_restore(&self, id: JobId) -> io::Result<RestoreJobState> {
        let (at, created) = (self.clock.now(), id.to_string());
        match std::fs::symlink_metadata(self.restore_folder.join(&created)) {
            Ok(_) => {
                let message = "the server stopped right after the restore; \
                               what it could not set, if anything, was not written down";
                Ok(RestoreJobState::Completed { at, created, message: message.to_owned() })
            }
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let reason = "the server stopped while the restore was running".to_owned();
                Ok(RestoreJobState::Failed { at, reason })
            }
            Err(error) => Err(error),
        }
    }
}

/// Writes the end of a job down, again and again while the store cannot take it.
async fn until_written<F>(id: JobId, mut write: impl FnMut() -> F)
where
    F: Future<Output = Result<(), Failure>>,
{
    loop {
        match write().await {
            Ok(()) => return,
            Err(failure) if worth_retrying(&failure) => {
                tracing::error!(job = %id, error = chain(&failure), "a job's end was not saved");
                tokio::time::sleep(Duration::from_millis(RETRY_MILLIS)).await;
            }
            Err(failure) => {
                // Its row is gone: somebody reset the world under it.
                tracing::warn!(job = %id, error = chain(&failure), "a job has nowhere to end");
                return;
            }
        }
    }
}

/// What a completed job says of what it could not read or restore as it was.
fn message(findings: &Findings) -> String {
    if findings.count == 0 {
        return String::new();
    }
    let named: Vec<String> =
        findings.list.iter().take(MESSAGE_FINDINGS_MAX).map(ToString::to_string).collect();
    let problems = if findings.count == 1 { "problem" } else { "problems" };
    let mut message = format!("{} {problems}: {}", findings.count, named.join("; "));
    if findings.count > u64::try_from(named.len()).unwrap_or(u64::MAX) {
        message.push_str("; …");
    }
    message
}
