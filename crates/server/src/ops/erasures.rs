//! What a person can do about an erasure that has given up.

use jiff::Timestamp;
use sexton_core::{Backup, BackupName, EventKind, Principal, RetryRefusal, decide_retry};
use sexton_store::{Change, Commit, Write};

use crate::failure::{DECISIONS_MAX, Failure};
use crate::service::{Service, event};

impl Service {
    /// Has a parked erasure tried again, from now on. Gives it as it stands then.
    pub async fn retry_erasure(
        &self,
        backup: &BackupName,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Result<Backup, RetryRefusal>, Failure> {
        for _decision in 0..DECISIONS_MAX {
            let Some(snapshot) = self.store.backup(backup).await? else {
                return Ok(Err(RetryRefusal::NotErasing));
            };
            let erasing = match decide_retry(&snapshot.backup.state, now) {
                Ok(erasing) => erasing,
                Err(refusal) => return Ok(Err(refusal)),
            };
            let retried =
                EventKind::ErasureRetried { erasure: erasing.job, backup: backup.clone() };
            let job = erasing.job;
            let erased = snapshot.backup.erased_by(erasing);
            let change = Change {
                // Nothing protects it any more: the row alone says how far it is.
                expects: snapshot.expects.into_iter().take(1).collect(),
                writes: vec![Write::PutBackup(erased.clone())],
                event: Some(event(now, by, retried)),
                background: false,
            };
            match self.store.commit(change).await? {
                Commit::Done => {
                    // Whoever has it tried again has looked where its objects went.
                    self.seen.explain(job);
                    self.erasures.notify_one();
                    return Ok(Ok(erased));
                }
                Commit::Stale => (),
            }
        }
        Err(Failure::Contended)
    }
}
