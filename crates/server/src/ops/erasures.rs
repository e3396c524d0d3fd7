//! What a person can do about an erasure that has given up.

use jiff::Timestamp;
use sexton_core::{Backup, BackupName, EventKind, InRealm, Principal, RetryRefusal, decide_retry};
use sexton_store::{Change, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// Has a parked erasure tried again, from now on. Gives it as it stands then.
    pub async fn retry_erasure(
        &self,
        backup: &InRealm<BackupName>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Result<Backup, RetryRefusal>, OpsError> {
        let decide = || async move {
            let Some(snapshot) = self.store.backup(backup).await? else {
                return Ok(Decided::Answer(Err(RetryRefusal::NotErasing)));
            };
            let erasing = match decide_retry(&snapshot.backup.state, now) {
                Ok(erasing) => erasing,
                Err(refusal) => return Ok(Decided::Answer(Err(refusal))),
            };
            let retried =
                EventKind::ErasureRetried { erasure: erasing.job, backup: backup.name.clone() };
            let job = erasing.job;
            let erased = snapshot.backup.erased_so_far(erasing);
            let change = Change {
                // Nothing protects it any more: the row alone says how far it is.
                expects: snapshot.expects.into_iter().take(1).collect(),
                writes: vec![Write::PutBackup(erased.clone())],
                event: Some(event(now, by, &backup.realm, retried)),
                ..Change::default()
            };
            Ok(Decided::commit(change, Ok((job, erased))))
        };
        let retried: Result<_, OpsError> = self.decide_again(decide).await;
        Ok(retried?.map(|(job, erased)| {
            // Whoever has it tried again has looked where its objects went.
            self.seen.explain(job);
            self.erasures.notify_one();
            erased
        }))
    }
}
