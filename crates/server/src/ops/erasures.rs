//! What a person can do about an erasure that has given up.

use jiff::Timestamp;
use sexton_core::{ErasureJob, EventKind, Principal, RecoveryPointArn, RetryRefusal, decide_retry};

use crate::failure::{DECISIONS_MAX, Failure};
use crate::service::{Service, event};
use crate::store::{Change, Commit, Write};

impl Service {
    /// Has a parked erasure tried again, from now on. Gives it as it stands then.
    pub async fn retry_erasure(
        &self,
        point: &RecoveryPointArn,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Result<ErasureJob, RetryRefusal>, Failure> {
        for _decision in 0..DECISIONS_MAX {
            let (found, expect) = match self.store.erasure(point).await? {
                Some(found) => (Some(found.value), Some(found.expect)),
                None => (None, None),
            };
            let job = match decide_retry(found, now) {
                Ok(job) => job,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let retried = EventKind::ErasureRetried { erasure: job.id, point: point.clone() };
            let change = Change {
                expects: expect.into_iter().collect(),
                writes: vec![Write::PutErasure(job.clone())],
                event: Some(event(now, by, retried)),
                background: false,
            };
            match self.store.commit(change).await? {
                Commit::Done => {
                    self.erasures.notify_one();
                    return Ok(Ok(job));
                }
                Commit::Stale => (),
            }
        }
        Err(Failure::Contended)
    }
}
