//! What a restore of a backup set does.

use std::path::{Path, PathBuf};
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{Backup, Windows, chain};
use sexton_data::database::{
    DatabaseRestoreOrder, Recovery, RestoreInto, Settings, restore_database,
};
use sexton_data::home::DiskRoom;
use sexton_data::restore::RestoreError;

use crate::jobs::Running;
use crate::log_backups;
use crate::ops::rds::{BegunRestore, Into, SetRestoreState};
use crate::service::Service;

impl Service {
    /// Restores in a task of its own.
    pub(crate) fn run_set_restore(
        self: &Arc<Self>,
        begun: BegunRestore,
        into: Into,
        time: Option<Timestamp>,
    ) {
        let service = Arc::clone(self);
        let running = self.jobs.begin(begun.job);
        self.jobs.tasks.spawn(async move {
            let BegunRestore { job, source, set, .. } = &begun;
            let restored = {
                let work = service.restore_begun(&begun, into, time, &running);
                let now = service.clock.now();
                service.watched(Windows::default(), now, &running, work).await
            };
            let completed = restored.is_ok();
            let end = || service.end_set_restore(source, *job, completed);
            service.until_done(*job, end).await;
            let state = match restored {
                Ok(message) => SetRestoreState::Completed(message),
                Err(reason) => {
                    tracing::warn!(%job, backup = %set.name, reason, "a restore failed");
                    SetRestoreState::Failed(reason)
                }
            };
            service.set_restores.note(&source.realm, *job, state);
            service.jobs.lock().remove(job);
        });
    }

    async fn restore_begun(
        &self,
        begun: &BegunRestore,
        into: Into,
        time: Option<Timestamp>,
        running: &Running,
    ) -> Result<String, String> {
        let folder = log_backups::restore_folder(self, begun.job);
        let restored = self.restore_with_logs(begun, into, time, running, folder.as_deref()).await;
        if let Some(folder) = folder.filter(|_| !begun.logs.is_empty()) {
            log_backups::remove_files(&folder).await;
        }
        restored
    }

    /// Log backups are restored into a folder of ours, which goes when this one has ended.
    async fn restore_with_logs(
        &self,
        begun: &BegunRestore,
        into: Into,
        time: Option<Timestamp>,
        running: &Running,
        folder: Option<&Path>,
    ) -> Result<String, String> {
        let mut logs: Vec<PathBuf> = Vec::new();
        for (number, run) in begun.logs.iter().enumerate() {
            let folder = folder.ok_or("this server has no folder for log backups")?;
            log_backups::make(folder).map_err(|error| error.to_string())?;
            let target = folder.join(number.to_string());
            self.restore(begun.job, run, target.clone(), running).await?;
            logs.push(target);
        }
        let into = self.place_of(into, time, logs, &begun.set).await?;
        let _place = self
            .jobs
            .place(&self.jobs.restores, running)
            .await
            .map_err(|halt| halt.reason().to_owned())?;
        let set = &begun.set;
        let key = self.store.data_key(&set.key()).await.map_err(|error| {
            tracing::warn!(job = %begun.job, error = chain(&error), "a restore failed");
            "the key of the backup set cannot be read".to_owned()
        })?;
        let key = key.ok_or("the key of the backup set is destroyed")?;
        let order = DatabaseRestoreOrder {
            id: set.id.job(),
            prefix: &set.objects,
            key: &key,
            made: set.state.content().map(|content| content.completed),
            into,
            room: DiskRoom::beside(self.jobs.home.clone()),
        };
        let restored =
            restore_database(order, &self.blobs, &running.progress, &running.cancel).await;
        let restored = restored.map_err(|error| {
            let halt = running.halted().filter(|_| matches!(error, RestoreError::Cancelled));
            halt.map_or_else(|| error.for_caller(), |halt| halt.reason().to_owned())
        })?;
        let verified = restored.verified.then(|| "verified by the engine's own tool".to_owned());
        let said: Vec<_> = verified.into_iter().chain(restored.advice).collect();
        Ok(said.join("; "))
    }

    async fn place_of(
        &self,
        into: Into,
        time: Option<Timestamp>,
        logs: Vec<PathBuf>,
        set: &Backup,
    ) -> Result<RestoreInto, String> {
        match into {
            Into::Folder(target) => {
                self.check_target(&target)?;
                let key = set.realm.with(set.source.clone());
                // Where they are is said with how the database is reached, if that is still known.
                let text = self.settings(&key).await.ok();
                let settings = text.and_then(|text| Settings::parse(&text).ok());
                let tools = settings.and_then(|it| it.tools().map(Path::to_path_buf));
                let recovery = time.map(|time| Recovery { time, logs });
                Ok(RestoreInto::Folder { target, tools, recovery })
            }
            Into::Database(..) if time.is_some() => {
                Err("a restore to a time needs a folder to restore into".to_owned())
            }
            Into::Database(text, name) => {
                let settings = Settings::parse(&text).map_err(|error| error.to_string())?;
                Ok(RestoreInto::Database { settings: Arc::new(settings), name })
            }
        }
    }

    /// Refuses to write into the server's own folder.
    fn check_target(&self, target: &Path) -> Result<(), String> {
        if !target.is_absolute() {
            return Err(format!("{} is not an absolute path on the server", target.display()));
        }
        let Some(home) = self.jobs.home() else { return Ok(()) };
        let parent = target.parent().unwrap_or(Path::new("/"));
        match std::fs::canonicalize(parent) {
            Ok(real) if home.holds(&real) => {
                Err("a restore does not go into the server's own data folder".to_owned())
            }
            Ok(_) => Ok(()),
            Err(error) => Err(format!("{} cannot be looked at: {error}", parent.display())),
        }
    }
}
