//! `DeleteBackup` of `FSx`, and what goes by itself.

use jiff::Timestamp;
use sexton_core::{
    Backup, Deletion, Erasure, EventKind, FsxBackupId, FsxDeletion, Principal, Why,
    decide_delete_fsx,
};
use sexton_store::{BackupSnapshot, Change, Commit, Follow, Subject, Write};

use super::{Asked, no_backup};
use crate::error::OpsError;
use crate::ops::decide::again;
use crate::service::{Service, event};

impl Service {
    /// Deletes a backup. When this returns `Ok`, the decision, the destroyed key, the erasure,
    /// the token and the audit event are durable, and the backup is shown to nobody; its bytes
    /// follow.
    pub async fn delete_fsx_backup(
        &self,
        id: &FsxBackupId,
        asked: &Asked<'_>,
    ) -> Result<(), OpsError> {
        // Nearly every token is new, and the commit finds out by itself whether it is.
        match self.try_delete(id, None, asked).await {
            Ok(Commit::Stale) | Err(OpsError::Fsx(_)) => (),
            Ok(Commit::Done) => return Ok(()),
            Err(failed) => return Err(failed),
        }
        let token = &asked.subject();
        again(|| async move {
            let committed = self.try_delete(id, token.clone(), asked).await?;
            Ok((committed == Commit::Done).then_some(()))
        })
        .await
    }

    /// Decides from the backup and, if it is to be looked at, from the token.
    async fn try_delete(
        &self,
        id: &FsxBackupId,
        token: Option<Subject>,
        asked: &Asked<'_>,
    ) -> Result<Commit, OpsError> {
        let key = asked.realm.with(id.name(asked.realm));
        let mut roots = vec![Subject::Backup(key.clone())];
        roots.extend(token);
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        if asked.first(&reading)?.is_some() {
            return Ok(Commit::Done);
        }
        let snapshot = reading.into_backup(&key).ok_or_else(|| no_backup(id))?;
        let (why, used) = ((asked.by, Why::Asked), asked.used(id.as_str()));
        self.delete_fsx(id, snapshot, why, used, asked.now).await
    }

    /// Decides about the deletion of `snapshot`, and commits it with its `token`.
    pub(super) async fn delete_fsx(
        &self,
        id: &FsxBackupId,
        snapshot: BackupSnapshot,
        (by, why): (&Principal, Why),
        token: Option<Write>,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        let job = self.new_job_id(now);
        let (backup, uses) = (&snapshot.backup, &snapshot.uses);
        let realm = backup.realm.clone();
        let (write, kind) = match decide_delete_fsx(id, backup, uses, now, job, (by, why))? {
            FsxDeletion::Erase(erasing) => {
                let deletion = Deletion::Erase(erasing);
                let committed = self.commit_deletion(snapshot, deletion, (by, why), token, now);
                return Ok(committed.await?);
            }
            FsxDeletion::Join(erasing) => join(snapshot.backup, erasing, why),
            FsxDeletion::Forget => {
                let kind = EventKind::RecordRemoved { backup: snapshot.backup.name.clone() };
                (Write::RemoveBackup(snapshot.backup.key()), kind)
            }
        };
        let mut writes = vec![write];
        writes.extend(token);
        let change = Change {
            expects: snapshot.expects,
            writes,
            event: Some(event(now, by, &realm, kind)),
            background: why != Why::Asked,
            ..Change::default()
        };
        Ok(self.store.commit(change).await?)
    }
}

/// What is erased already goes on being erased, and its record goes with it.
fn join(backup: Backup, erasing: Erasure, why: Why) -> (Write, EventKind) {
    let (name, erasure) = (backup.name.clone(), erasing.job);
    let kind = EventKind::DeletionDecided { backup: name, erasure, why, asked: None };
    (Write::PutBackup(backup.erased_by(erasing)), kind)
}
