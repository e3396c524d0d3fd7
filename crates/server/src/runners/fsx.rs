//! What is done for `FSx`: captures, copies, restores into new file systems, and directories.

use std::sync::Arc;

use sexton_core::{
    Backup, DataKey, FileSystemId, JobId, Offered, Source, SourceKind, Windows, chain,
};
use sexton_data::capture::Captured;
use sexton_data::copy::{CopyError, CopyOrder, Original, copy};
use sexton_data::home::DiskRoom;
use sexton_data::managed::{Managed, ManagedError};
use sexton_store::StoreError;

use crate::error::OpsError;
use crate::jobs::{Begun, Running};
use crate::service::Service;

impl Service {
    /// Copies in a task of its own.
    pub(crate) fn run_fsx_copy(
        self: &Arc<Self>,
        backup: Backup,
        original: Backup,
        key: DataKey,
        begun: Begun,
    ) {
        let service = Arc::clone(self);
        let id = backup.id.job();
        let running = self.jobs.begin(id);
        self.jobs.tasks.spawn(async move {
            if service.has_begun(&backup, begun).await {
                let copied = {
                    let turn = async || ();
                    let work = service.copy(&backup, (&original, &key), &running, turn);
                    service.watched(Windows::default(), backup.created, &running, work).await
                };
                drop(key);
                let end = || service.end_source_backup(&backup, &copied);
                service.until_done(id, end).await;
            }
            service.jobs.lock().remove(&id);
        });
    }

    /// Copies `original` into what `backup` is to hold, with its new key, once it is their turn;
    /// if that cannot be done, says why.
    pub(super) async fn copy(
        &self,
        backup: &Backup,
        (original, key): (&Backup, &DataKey),
        running: &Running,
        turn: impl AsyncFnOnce(),
    ) -> Result<Captured, String> {
        let id = backup.id.job();
        let _place = self.jobs.place(&self.jobs.captures, running).await.map_err(|halt| {
            let reason = halt.reason().to_owned();
            tracing::warn!(job = %id, reason, "a copy did not begin");
            reason
        })?;
        turn().await;
        let original_key = self.store.data_key(&original.key()).await.map_err(|error| {
            tracing::warn!(job = %id, error = chain(&error), "a copy failed");
            "the key of the backup cannot be read".to_owned()
        })?;
        let original_key = original_key.ok_or("the key of the backup is destroyed")?;
        let original =
            Original { id: original.id.job(), prefix: &original.objects, key: &original_key };
        let order = CopyOrder {
            original,
            id,
            prefix: &backup.objects,
            key,
            room: DiskRoom::beside(self.jobs.home.clone()),
        };
        let copied = copy(order, &self.blobs, &running.progress, &running.cancel).await;
        copied.map_err(|error| {
            let name = &backup.name;
            tracing::warn!(job = %id, backup = %name, error = chain(&error), "a copy failed");
            let halt = running.halted().filter(|_| matches!(error, CopyError::Cancelled));
            halt.map_or_else(|| error.for_caller(), |halt| halt.reason().to_owned())
        })
    }

    /// Reads a backup into a new file system, in a task of its own.
    pub(crate) fn run_fsx_restore(
        self: &Arc<Self>,
        source: Source,
        backup: Backup,
        job: JobId,
        begun: Begun,
    ) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(job);
        self.jobs.tasks.spawn(async move {
            let key = source.key();
            let look = || async {
                let (found, _) = service.store.source(&key).await?;
                if found.is_some() { Ok(()) } else { Err(OpsError::NoBackup) }
            };
            if begun == Begun::Surely || service.until_done(job, look).await {
                let restored = {
                    let work = service.restore_into(job, &source, &backup, &running);
                    service.watched(Windows::default(), source.added, &running, work).await
                };
                let end = || service.end_fsx_restore(&key, &restored);
                service.until_done(job, end).await;
            }
            service.jobs.lock().remove(&job);
        });
    }

    async fn restore_into(
        &self,
        job: JobId,
        source: &Source,
        backup: &Backup,
        running: &Running,
    ) -> Result<String, String> {
        let SourceKind::Fsx { path } = &source.kind else {
            return Err("the file system has no directory".to_owned());
        };
        if let Some(managed) = &self.managed {
            managed.check_in_place(path.as_ref(), false).map_err(|error| error.for_caller())?;
        }
        self.restore(job, backup, path.into(), running).await
    }

    /// Makes the directory of a new file system or volume.
    pub(crate) async fn make_directory(&self, source: &Source) -> Result<(), OpsError> {
        self.with_directories(source, |managed, at| match at {
            Directory::FileSystem(id) => managed.make(&id).map(drop),
            Directory::Volume(id, name) => managed.make_volume(&id, &name).map(drop),
        })
        .await?
        .map_err(|error| StoreError::not_done(error).into())
    }

    /// Removes the directory of a file system or volume, if the server made it.
    pub(crate) async fn remove_directory(
        &self,
        source: &Source,
    ) -> Result<Result<(), ManagedError>, OpsError> {
        if !source.offered.is_managed() {
            return Ok(Ok(()));
        }
        // Cut by a stop, it goes on at the next start.
        let cancel = self.jobs.stopping.clone();
        self.with_directories(source, move |managed, at| match at {
            Directory::FileSystem(id) => managed.remove(&id, &cancel).map(drop),
            Directory::Volume(id, name) => managed.remove_volume(&id, &name, &cancel).map(drop),
        })
        .await
    }

    async fn with_directories(
        &self,
        source: &Source,
        work: impl FnOnce(&Managed, Directory) -> Result<(), ManagedError> + Send + 'static,
    ) -> Result<Result<(), ManagedError>, OpsError> {
        let Some(managed) = self.managed.clone() else {
            return Err(StoreError::not_done("this server has no folder for file systems").into());
        };
        let at = match &source.offered {
            Offered::FileSystem(file_system) => Directory::FileSystem(file_system.id.clone()),
            Offered::Volume(volume) => {
                Directory::Volume(volume.file_system.clone(), volume.name.clone())
            }
            other @ (Offered::Instance(_) | Offered::Resource(_)) => {
                let id = other.id();
                return Err(StoreError::not_done(format!("{id} has no directory")).into());
            }
        };
        let done = tokio::task::spawn_blocking(move || work(&managed, at)).await;
        done.map_err(|error| StoreError::not_done(error).into())
    }
}

/// A directory that the server makes.
enum Directory {
    FileSystem(FileSystemId),
    /// In that of its file system.
    Volume(FileSystemId, String),
}
