//! Carries out erasures that have already been decided: stages 8 and 9 of the path of
//! one deletion.
//!
//! The decision, the destroyed key and the job were committed together, so nothing here
//! may refuse; it may only be slow. Each pass takes what is due from the store and no
//! other input: a wake-up is a hint. It looks at the objects that are there, asks
//! [`next_step`] what to do, does it, makes it durable, and looks again from the start.
//! A crash anywhere repeats a step, and every step bears it: object names are never used
//! again. A worker that was asleep finds its commit stale, because the job's generation
//! is its fence.

use std::collections::BTreeSet;
use std::sync::Arc;
use std::time::Duration;

use futures::stream::{self, StreamExt};
use sexton_core::{
    Certificate, Deleted, ErasureJob, ErasureState, EventKind, Principal, Sighting, Step,
    after_delete, next_step,
};

use crate::blobs::BlobError;
use crate::failure::chain;
use crate::service::{Service, event};
use crate::store::{Change, Claim, Commit, StoreError, Write};

/// Erasures that one pass takes on.
const PASS_JOBS_MAX: usize = 256;

/// Erasures whose objects are removed at the same time.
const CONCURRENT_MAX: usize = 8;

/// Pages of objects that one pass removes of one backup: 64,000 objects, 4 TB.
const PAGES_MAX: usize = 64;

/// How long the eraser sleeps when nothing wakes it: retries come due by themselves.
const IDLE_WAIT: Duration = Duration::from_millis(500);

/// What a pass did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Pass {
    /// Erasures that were due.
    pub due: usize,
    /// Certificates that were issued.
    pub certified: usize,
}

/// Runs passes until the service is dropped or `stop` says so.
pub(crate) async fn run(service: Arc<Service>, stop: tokio::sync::watch::Receiver<bool>) {
    let mut stop = stop;
    loop {
        let pass = match service.erase_pass().await {
            Ok(pass) => pass,
            Err(error) => {
                tracing::error!(error = chain(&error), "an erasure pass failed");
                Pass::default()
            }
        };
        if *stop.borrow() {
            return;
        }
        if pass.certified > 0 {
            continue;
        }
        tokio::select! {
            () = service.erasures.notified() => (),
            () = tokio::time::sleep(IDLE_WAIT) => (),
            _ = stop.changed() => return,
        }
    }
}

impl Service {
    /// One pass over what is due. Public for the simulator and for tests.
    pub async fn erase_pass(&self) -> Result<Pass, StoreError> {
        let claims = self.store.due_erasures(self.clock.now(), PASS_JOBS_MAX).await?;
        let mut pass = Pass { due: claims.len(), certified: 0 };
        let removed: Vec<Worked> = stream::iter(claims)
            .map(|claim| self.remove_objects(claim))
            .buffer_unordered(CONCURRENT_MAX)
            .filter_map(std::future::ready)
            .collect()
            .await;
        if removed.is_empty() {
            return Ok(pass);
        }
        // One wait for the disk makes all removals of this pass durable.
        if let Err(error) = self.blobs.sync().await {
            tracing::warn!(error = chain(&error), "removed objects are not durably gone yet");
            return Ok(pass);
        }
        let ends: Vec<bool> = stream::iter(removed)
            .map(|worked| self.end_or_retry(worked))
            .buffer_unordered(PASS_JOBS_MAX)
            .collect()
            .await;
        pass.certified = ends.into_iter().filter(|certified| *certified).count();
        Ok(pass)
    }

    /// Removes what can be seen of a backup's objects, page after page.
    async fn remove_objects(&self, claim: Claim) -> Option<Worked> {
        let mut worked = Worked { claim, failed: None };
        for _page in 0..PAGES_MAX {
            let seen = match self.look(&worked.claim.job).await {
                Ok(seen) => seen,
                Err(error) => {
                    worked.fail(Deleted::default(), &error);
                    return Some(worked);
                }
            };
            let ended = worked.claim.epoch_ended.is_some();
            let objects = match next_step(&worked.claim.job, &seen, ended) {
                Step::Certify | Step::Park => return Some(worked),
                Step::AwaitEpoch => return None,
                Step::Delete { objects } => objects,
            };
            let result = self.blobs.delete(&worked.claim.job.objects, &objects).await;
            if let Some(error) = &result.failure {
                worked.fail(result.deleted, error);
                return Some(worked);
            }
            let job = worked.claim.job.clone();
            worked.claim.job = after_delete(job, &result.deleted, self.clock.now());
        }
        // More pages than a pass takes: what is left is seen at the end of this pass.
        Some(worked)
    }

    /// Looks at a backup's objects, from the start.
    async fn look(&self, job: &ErasureJob) -> Result<Sighting, BlobError> {
        let listing = self.blobs.list(&job.objects).await?;
        let present: BTreeSet<String> =
            listing.objects.into_iter().map(|object| object.name).collect();
        Ok(Sighting { present })
    }

    /// Looks once more; issues the certificate if nothing is left, or writes down when
    /// to try again. Tells whether a certificate was issued.
    async fn end_or_retry(&self, worked: Worked) -> bool {
        let Worked { claim, failed } = worked;
        let now = self.clock.now();
        let Claim { job, expect, epoch_ended } = claim;
        let seen = match (failed, self.look(&job).await) {
            (None, Ok(seen)) => seen,
            (Some(deleted), _) => return self.put_back(job, &deleted, expect).await,
            (None, Err(error)) => {
                tracing::warn!(job = %job.id, error = chain(&error), "objects were not listed");
                return self.put_back(job, &Deleted::default(), expect).await;
            }
        };
        let (Step::Certify, Some(key_destroyed)) =
            (next_step(&job, &seen, epoch_ended.is_some()), epoch_ended)
        else {
            let deleted = Deleted { tried: seen.present, gone: BTreeSet::new() };
            return self.put_back(job, &deleted, expect).await;
        };
        let certificate = Certificate::of(&job, key_destroyed, now);
        let statement = match self.signer.sign(&certificate) {
            Ok(statement) => statement,
            Err(error) => {
                tracing::error!(job = %job.id, %error, "a certificate was not signed");
                return false;
            }
        };
        let erased = EventKind::Erased { erasure: job.id, point: job.point.clone() };
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::Certify(job.id, statement)],
            event: event(now, &Principal::server(), erased),
            background: true,
        };
        self.commit_quietly(change, &job).await
    }

    /// Writes down that a job is not finished, and when it is due again.
    async fn put_back(
        &self,
        job: ErasureJob,
        deleted: &Deleted,
        expect: crate::store::Expect,
    ) -> bool {
        let now = self.clock.now();
        let job = after_delete(job, deleted, now);
        let parked = match &job.state {
            ErasureState::Pending { .. } => None,
            ErasureState::Parked { reason } => {
                tracing::error!(job = %job.id, point = %job.point, reason, "an erasure is parked");
                let (erasure, point) = (job.id, job.point.clone());
                let parked = EventKind::ErasureParked { erasure, point, reason: reason.clone() };
                event(now, &Principal::server(), parked)
            }
        };
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::PutErasure(job.clone())],
            event: parked,
            background: true,
        };
        self.commit_quietly(change, &job).await;
        false
    }

    /// Commits; what fails or is stale is due again and will be found again.
    async fn commit_quietly(&self, change: Change, job: &ErasureJob) -> bool {
        match self.store.commit(change).await {
            Ok(Commit::Done) => true,
            Ok(Commit::Stale) => false,
            Err(error) => {
                tracing::warn!(job = %job.id, error = chain(&error), "an erasure was not saved");
                false
            }
        }
    }
}

/// An erasure in the middle of a pass.
struct Worked {
    claim: Claim,
    /// What the removal that went wrong had achieved.
    failed: Option<Deleted>,
}

impl Worked {
    fn fail(&mut self, deleted: Deleted, error: &BlobError) {
        let job = &self.claim.job;
        tracing::warn!(job = %job.id, point = %job.point, error = chain(error), "objects remain");
        self.failed = Some(deleted);
    }
}
