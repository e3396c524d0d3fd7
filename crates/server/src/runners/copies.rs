//! What copy jobs do.

use std::sync::Arc;

use sexton_core::{Backup, CopyJob, DataKey, JobId, Windows, chain};
use sexton_data::capture::Captured;

use crate::error::OpsError;
use crate::jobs::Begun;
use crate::service::Service;

impl Service {
    /// Copies in a task of its own.
    pub(crate) fn run_copy(
        self: &Arc<Self>,
        job: &CopyJob,
        copy: Backup,
        original: Backup,
        key: DataKey,
        begun: Begun,
    ) {
        let service = Arc::clone(self);
        let (id, created) = (job.id, job.created);
        let running = self.jobs.begin(id);
        self.jobs.tasks.spawn(async move {
            let look = || async { service.copy_job(id).await.map(drop) };
            if begun == Begun::Perhaps && !service.until_done(id, look).await {
                service.jobs.lock().remove(&id);
                return;
            }
            let copied = {
                let turn = async || service.has_its_turn(id).await;
                let work = service.copy(&copy, (&original, &key), &running, turn);
                service.watched(Windows::default(), created, &running, work).await
            };
            drop(key);
            let end = || service.end_copy(&copy, &copied);
            service.until_done(id, end).await;
            service.jobs.lock().remove(&id);
        });
    }

    /// Has a copy shown as running.
    async fn has_its_turn(&self, id: JobId) {
        if let Err(error) = self.note_copy_runs(id).await {
            tracing::warn!(job = %id, error = chain(&error), "a copy is shown as waiting");
        }
    }

    async fn end_copy(
        &self,
        copy: &Backup,
        copied: &Result<Captured, String>,
    ) -> Result<(), OpsError> {
        let id = copy.id.job();
        match copied {
            Ok(captured) => {
                // A copy finds nothing by itself; what the original missed is said of it already.
                let (content, _) = self.told_of(id, captured);
                self.complete_copy(id, content).await
            }
            Err(reason) => self.lose_copy(id, reason).await,
        }
    }
}
