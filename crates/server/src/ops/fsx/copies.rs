//! Copies of backups, also to another region.

use std::sync::Arc;

use sexton_core::{Backup, EventKind, FsxCopyOrder, FsxRefusal, decide_fsx_copy};
use sexton_store::{Change, Expect, Follow, Generation, Subject, Tally, Write};

use super::{Asked, answered};
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::ops::decide::{Beginning, again};
use crate::service::{Service, event};

impl Service {
    /// Begins a copy. From the moment this returns the original is in use, and cannot be deleted
    /// until the copy is whole.
    pub async fn copy_fsx_backup(
        self: &Arc<Self>,
        order: FsxCopyOrder,
        asked: &Asked<'_>,
    ) -> Result<Backup, OpsError> {
        self.begin_realm(asked.realm, asked.by, asked.now).await?;
        again(|| self.try_fsx_copy(&order, asked)).await
    }

    /// Nothing if what it was decided from has changed.
    async fn try_fsx_copy(
        self: &Arc<Self>,
        order: &FsxCopyOrder,
        asked: &Asked<'_>,
    ) -> Result<Option<Backup>, OpsError> {
        let (realm, now) = (asked.realm, asked.now);
        let original = &order.original;
        let key = original.realm.with(original.name.name(&original.realm));
        let mut roots = vec![Subject::Backup(key.clone())];
        roots.extend(asked.subject());
        let reading = self.store.read(&roots, Follow::Protectors).await?;
        if let Some(first) = asked.first(&reading)? {
            return self.fsx_backup(realm, &answered(first)?).await.map(Some);
        }
        self.jobs.check_places().map_err(OpsError::TooManyJobs)?;
        let running = self.store.tally(&Tally::CopiesTo(realm.clone())).await?;
        let mut expects = reading.expects();
        let found = reading.into_backup(&key).map(|found| found.backup);
        let random = self.entropy.bytes();
        let begun = decide_fsx_copy(order.clone(), found.as_ref(), running, realm, now, random)?;
        let (copy, reads) = begun;
        let missing = || FsxRefusal::BackupNotFound { id: original.name.clone() };
        let found = found.ok_or_else(missing)?;
        let subject = Subject::Backup(copy.key());
        expects.push(Expect { subject: subject.clone(), generation: Generation(0) });
        let started = EventKind::FsxCopyStarted {
            backup: copy.name.clone(),
            of: found.name.clone(),
            of_realm: found.realm.clone(),
        };
        let data_key = self.entropy.key();
        let mut writes = vec![
            Write::CreateBackup(copy.clone(), data_key.copy()),
            Write::AddUse(found.key(), reads),
        ];
        let id = sexton_core::FsxBackupId::of(&copy.name);
        writes.extend(id.and_then(|id| asked.used(id.as_str())));
        let change = Change {
            expects,
            requires: vec![(Tally::CopiesTo(realm.clone()), sexton_core::COPIES_MAX)],
            writes,
            event: Some(event(now, asked.by, realm, started)),
            ..Change::default()
        };
        match self.begin_work(change, subject).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_fsx_copy(copy.clone(), found, data_key, Begun::Surely);
                Ok(Some(copy))
            }
            Beginning::Perhaps(lost) => {
                self.run_fsx_copy(copy, found, data_key, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }
}
