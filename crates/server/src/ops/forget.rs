//! Forgets jobs that ended long ago, so that they do not pile up for ever.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{chain, forget_after};
use sexton_store::{Change, Commit, StoreError, Write};

use crate::service::Service;

/// Jobs that one transaction forgets: it makes nobody wait.
const BATCH_JOBS_MAX: usize = 200;

/// How long between two looks for jobs to forget, which days do not notice.
const LOOK_WAIT: Duration = Duration::from_mins(1);

impl Service {
    /// Forgets every job whose time has passed at `now`, and tells how many those were.
    ///
    /// Only what has ended is looked at, and a job that was touched meanwhile is kept for
    /// the next time. One that ended lately although it began early keeps those that began
    /// after it waiting at the worst, never the other way round. Nothing is forgotten while
    /// the clock is not believed.
    pub async fn forget_jobs(&self, now: Timestamp) -> Result<usize, StoreError> {
        if !self.clock_trusted() {
            return Ok(0);
        }
        let mut forgotten = 0;
        loop {
            let mut jobs = self.store.oldest_ended_jobs(BATCH_JOBS_MAX).await?;
            jobs.retain(|job| forget_after(job.ended) < now);
            let count = jobs.len();
            if count == 0 {
                return Ok(forgotten);
            }
            let change = Change {
                writes: jobs.iter().map(|job| Write::RemoveJob(job.id)).collect(),
                expects: jobs.into_iter().map(|job| job.expect).collect(),
                event: None,
                background: true,
            };
            match self.store.commit(change).await? {
                Commit::Done => forgotten += count,
                Commit::Stale => return Ok(forgotten),
            }
        }
    }
}

/// Looks now and then, until `stop` says so. Says in the log when the clock jumped.
pub(crate) async fn run(service: Arc<Service>, mut stop: tokio::sync::watch::Receiver<bool>) {
    let mut trusted = service.clock_trusted();
    loop {
        let trusted_before = std::mem::replace(&mut trusted, service.clock_trusted());
        if trusted != trusted_before {
            let (wall, counted) = (service.clock.system(), service.clock.now());
            let words = if trusted { "believed again" } else { "not believed any more" };
            tracing::warn!(%wall, %counted, "the clock is {words}");
        }
        if let Err(error) = service.forget_jobs(service.clock.now()).await {
            tracing::warn!(error = chain(&error), "old jobs were not forgotten");
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK_WAIT) => (),
            _ = stop.changed() => return,
        }
    }
}
