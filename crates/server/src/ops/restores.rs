//! Restore jobs: started and ended, with the use that they hold on their point.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    BeginRestore, EventKind, JobId, Principal, RestoreJob, RestoreJobState, RestoreOrder,
    decide_restore,
};

use crate::failure::{DECISIONS_MAX, Failure};
use crate::service::{Service, event};
use crate::store::{Change, Commit, StoreError, Versioned, Write};

impl Service {
    /// Starts a restore. From the moment this returns the point is in use, and cannot
    /// be deleted until the job has ended.
    pub async fn start_restore(
        self: &Arc<Self>,
        order: RestoreOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<RestoreJob, Failure> {
        self.jobs.check_room().map_err(Failure::TooManyJobs)?;
        for _decision in 0..DECISIONS_MAX {
            if let Some(token) = &order.idempotency_token
                && let Some(job) = self.store.restore_job_of_token(token).await?
            {
                return Ok(job);
            }
            let snapshot = self.store.point(&order.point).await?.ok_or(Failure::NoPoint)?;
            let id = self.new_job_id(now);
            let BeginRestore { job } = decide_restore(order.clone(), &snapshot.point, now, id)?;
            let started = EventKind::RestoreStarted { job: id, point: job.point.clone() };
            let change = Change {
                expects: snapshot.expects,
                writes: vec![
                    Write::PutRestoreJob(job.clone()),
                    Write::AddUse(job.point.clone(), id),
                ],
                event: Some(event(now, by, started)),
                background: false,
            };
            let committed = match self.store.commit(change).await {
                // A lost reply: if the job is there it is ours. Nobody else would run it,
                // and its use would protect the point for ever.
                Err(StoreError::Unknown(cause)) => match self.store.restore_job(id).await? {
                    Some(_) => Commit::Done,
                    None => return Err(StoreError::Unknown(cause).into()),
                },
                committed => committed?,
            };
            match committed {
                Commit::Done => {
                    self.run_restore(job.clone(), snapshot.point);
                    return Ok(job);
                }
                Commit::Stale => (),
            }
        }
        Err(Failure::Contended)
    }

    /// A restore job.
    pub async fn restore_job(&self, id: JobId) -> Result<Versioned<RestoreJob>, Failure> {
        self.store.restore_job(id).await?.ok_or(Failure::NoJob(id))
    }

    /// Writes down how a restore ended, and gives its point free.
    pub(crate) async fn end_restore(
        &self,
        id: JobId,
        state: RestoreJobState,
    ) -> Result<(), Failure> {
        loop {
            let Versioned { value: job, expect } = self.restore_job(id).await?;
            if job.state.ended().is_some() {
                return Ok(());
            }
            let completed = matches!(state, RestoreJobState::Completed { .. });
            let ended = EventKind::RestoreEnded { job: id, point: job.point.clone(), completed };
            let change = Change {
                expects: vec![expect],
                writes: vec![
                    Write::RemoveUse(job.point.clone(), id),
                    Write::PutRestoreJob(RestoreJob { state: state.clone(), ..job }),
                ],
                event: Some(event(self.clock.now(), &Principal::server(), ended)),
                background: true,
            };
            match self.store.commit(change).await? {
                Commit::Done => return Ok(()),
                Commit::Stale => (),
            }
        }
    }
}
