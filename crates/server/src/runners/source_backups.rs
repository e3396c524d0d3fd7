//! Captures of services that have no jobs: the backup is the record of its own work.

use std::sync::Arc;

use sexton_core::{Backup, DataKey, SourceKind, Windows};
use sexton_data::capture::Captured;

use crate::error::OpsError;
use crate::jobs::Begun;
use crate::service::Service;

impl Service {
    /// Captures in a task of its own.
    pub(crate) fn run_source_backup(
        self: &Arc<Self>,
        backup: Backup,
        source: SourceKind,
        key: DataKey,
        begun: Begun,
    ) {
        let service = Arc::clone(self);
        let id = backup.id.job();
        let running = self.jobs.begin(id);
        self.jobs.tasks.spawn(async move {
            if service.has_begun(&backup, begun).await {
                let captured = {
                    let work = service.capture(&source, &backup, &key, &running);
                    let times = (Windows::default(), backup.created);
                    service.watched_capture(&source, times, &running, work).await
                };
                drop(key);
                let captured = captured.map_err(|loss| loss.reason().to_owned());
                let end = || service.end_source_backup(&backup, &captured);
                service.until_done(id, end).await;
                service.look_at_file_systems();
            }
            service.jobs.lock().remove(&id);
        });
    }

    /// Whether a backup is written down; asks until that is known.
    pub(crate) async fn has_begun(&self, backup: &Backup, begun: Begun) -> bool {
        let look = || async {
            let found = self.store.backup(&backup.key()).await?;
            let ours = found.is_some_and(|found| found.backup.id == backup.id);
            if ours { Ok(()) } else { Err(OpsError::NoBackup) }
        };
        begun == Begun::Surely || self.until_done(backup.id.job(), look).await
    }

    pub(crate) async fn end_source_backup(
        &self,
        backup: &Backup,
        captured: &Result<Captured, String>,
    ) -> Result<(), OpsError> {
        let key = backup.key();
        match captured {
            Ok(captured) => {
                let (content, problems) = self.told_of(backup.id.job(), captured);
                let misses = !captured.findings.miss_nothing();
                self.complete_source_backup(&key, content, (problems, misses)).await.map(drop)
            }
            Err(reason) => self.lose_source_backup(&key, reason).await,
        }
    }
}
