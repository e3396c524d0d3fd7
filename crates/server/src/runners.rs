//! What captures and restores do: tasks beside the requests that began them.
//!
//! A job's truth is its row. A task only works, and writes down how the work ended; when
//! that cannot be written down it tries again until it can. A server that stops in the
//! middle leaves a running row behind, and the next one ends it
//! ([`Service::end_interrupted`]), so nothing runs for ever.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use ending::message;
use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupLoss, Content, DataKey, JobId, Keeper, Made, RestoreJobState,
    SourceKind, Windows, chain,
};
use sexton_data::capture::{CaptureError, CaptureOrder, Captured, capture};
use sexton_data::home::{DiskRoom, Home};
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::seal::SEGMENT_BYTES_TARGET;
use sexton_data::source::OwnFiles;

use crate::error::OpsError;
use crate::jobs::{Begun, Halt, Running};
use crate::service::Service;

mod copies;
mod ending;
mod fsx;
mod rds;
mod room;
mod set_restore;
mod source_backups;

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
                let work = service.capture(&job.source, &backup, &key, &running);
                service.watched(job.windows, job.created, &running, work).await
            };
            drop(key);
            let end = || service.end_backup(job.id, &captured);
            service.until_done(job.id, end).await;
            service.jobs.lock().remove(&job.id);
        });
    }

    /// Refuses to read something else in place of a file system that was made here. A last backup
    /// has to hold all that goes: nothing may lie under a mount.
    fn check_in_place(&self, source: &SourceKind, backup: &Backup) -> Result<(), BackupLoss> {
        let (SourceKind::Fsx { path }, Some(managed)) = (source, &self.managed) else {
            return Ok(());
        };
        let all = match &backup.keeper {
            Keeper::FileSystem(kept) => kept.made == Made::Final,
            Keeper::Vault(_) | Keeper::Instance(_) | Keeper::Log(_) => false,
        };
        managed.check_in_place(Path::new(path), all).map_err(|error| {
            let (job, resource) = (backup.id.job(), &backup.source);
            tracing::warn!(%job, %resource, error = chain(&error), "a backup failed");
            BackupLoss::Failed { reason: error.for_caller() }
        })
    }

    /// Reads `source` and stores it as what `backup` is to hold.
    pub(crate) async fn capture(
        &self,
        source: &SourceKind,
        backup: &Backup,
        key: &DataKey,
        running: &Running,
    ) -> Result<Captured, BackupLoss> {
        let id = backup.id.job();
        let _place = self.jobs.place(&self.jobs.captures, running).await.map_err(|halt| {
            let reason = halt.reason();
            tracing::warn!(job = %id, reason, "a backup did not begin");
            halt.loss()
        })?;
        self.check_in_place(source, backup)?;
        let readable = self.readable(source, backup).await?;
        let own = self.jobs.home().map_or_else(|| Ok(OwnFiles::default()), Home::own_files);
        let own = own.map_err(|error| {
            let reason = "the data folder, which no backup may hold, cannot be looked at";
            tracing::error!(job = %id, %error, reason, "a backup failed");
            BackupLoss::Failed { reason: reason.to_owned() }
        })?;
        let order = CaptureOrder {
            id,
            allow_empty: self.may_be_empty(backup).await,
            prefix: &backup.objects,
            key,
            source: &readable,
            own: &own,
            level: self.behaviour.compression_level,
            segment_bytes: SEGMENT_BYTES_TARGET,
            room: DiskRoom::beside(self.jobs.home.clone()),
        };
        let captured = capture(order, &self.blobs, &running.progress, &running.cancel).await;
        let captured = captured.map_err(|error| match (&error, running.halted()) {
            (CaptureError::Cancelled, Some(halt)) => {
                tracing::warn!(job = %id, reason = halt.reason(), "a backup was stopped");
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
                let resource = &backup.source;
                tracing::warn!(job = %id, %resource, error = chain(&error), "a backup failed");
                BackupLoss::Failed { reason: error.for_caller() }
            }
        })?;
        // What came in its place meanwhile may have been read.
        self.check_in_place(source, backup)?;
        Ok(captured)
    }

    /// Whether the source of a backup is registered as one that may be empty. Who cannot tell
    /// rather fails a backup than completes one of nothing.
    async fn may_be_empty(&self, backup: &Backup) -> bool {
        match self.store.source(&backup.realm.with(backup.source.clone())).await {
            Ok((source, _)) => source.is_some_and(|source| source.allow_empty),
            Err(error) => {
                let job = backup.id;
                tracing::warn!(%job, error = chain(&error), "a source was not read");
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
                let (content, message) = self.told_of(id, captured);
                let completed = self.complete_backup(id, content, message).await?;
                let stopped = Halt::Asked.loss();
                if completed { Ok(()) } else { self.lose_backup(id, &stopped).await }
            }
            Err(loss) => self.lose_backup(id, loss).await,
        }
    }

    /// What a capture stored, and what it says of that.
    pub(crate) fn told_of(&self, id: JobId, captured: &Captured) -> (Content, String) {
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
        (content, message)
    }

    /// Restores in a task of its own.
    pub(crate) fn run_restore(
        self: &Arc<Self>,
        (job, created): (JobId, Timestamp),
        backup: Backup,
        begun: Begun,
    ) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(job);
        self.jobs.tasks.spawn(async move {
            let look = || async { service.restore_job(job).await.map(drop) };
            if begun == Begun::Perhaps && !service.until_done(job, look).await {
                service.jobs.lock().remove(&job);
                return;
            }
            let restored = {
                let target = service.restore_folder.join(job.to_string());
                let work = service.restore(job, &backup, target, &running);
                service.watched(Windows::default(), created, &running, work).await
            };
            let at = service.clock.now();
            let state = match restored {
                Ok(message) => RestoreJobState::Completed { at, created: job.to_string(), message },
                Err(reason) => RestoreJobState::Failed { at, reason },
            };
            let end = || service.end_restore(job, state.clone());
            service.until_done(job, end).await;
            service.jobs.lock().remove(&job);
        });
    }

    /// Reads `backup` into the new directory `target`; gives what is to be said of that, or why
    /// it was not done.
    async fn restore(
        &self,
        id: JobId,
        backup: &Backup,
        target: PathBuf,
        running: &Running,
    ) -> Result<String, String> {
        let _place = self.jobs.place(&self.jobs.restores, running).await.map_err(|halt| {
            let reason = halt.reason().to_owned();
            tracing::warn!(job = %id, reason, "a restore did not begin");
            reason
        })?;
        let key = self.store.data_key(&backup.key()).await.map_err(|error| {
            tracing::warn!(job = %id, error = chain(&error), "a restore failed");
            "the key of the recovery point cannot be read".to_owned()
        })?;
        let key = key.ok_or("the key of the recovery point is destroyed")?;
        let order = RestoreOrder {
            id: backup.id.job(),
            prefix: &backup.objects,
            key: &key,
            target,
            room: DiskRoom::beside(self.jobs.home.clone()),
        };
        let restored = restore(order, &self.blobs, &running.progress, &running.cancel).await;
        let restored = restored.map_err(|error| {
            let backup = &backup.name;
            tracing::warn!(job = %id, %backup, error = chain(&error), "a restore failed");
            let halt = running.halted().filter(|_| matches!(error, RestoreError::Cancelled));
            halt.map_or_else(|| error.for_caller(), |halt| halt.reason().to_owned())
        })?;
        let message = message(&restored.findings);
        if !message.is_empty() {
            tracing::warn!(job = %id, message, "a restore could not set everything");
        }
        Ok(message)
    }
}
