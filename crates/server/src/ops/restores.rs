//! Restore jobs: started and ended, with the use that they hold on their backup.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    BeginRestore, EventKind, JobId, Principal, Realm, RestoreJob, RestoreJobState, RestoreOrder,
    RoleStatus, Use, VaultAction, decide_restore, decide_restore_repeat,
};
use sexton_store::{Change, Commit, Follow, Subject, Versioned, Write};

use super::decide::{Beginning, again};
use crate::authorize::access;
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::service::{Service, event};

impl Service {
    /// Starts a restore. From the moment this returns the backup is in use, and cannot
    /// be deleted until the job has ended.
    pub async fn start_restore(
        self: &Arc<Self>,
        realm: &Realm,
        order: RestoreOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<RestoreJob, OpsError> {
        again(|| self.try_restore(realm, &order, by, now)).await
    }

    /// Nothing if what it was decided from has changed.
    async fn try_restore(
        self: &Arc<Self>,
        realm: &Realm,
        order: &RestoreOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Option<RestoreJob>, OpsError> {
        let token = order.idempotency_token.clone();
        let token = token.map(|token| Subject::RestoreToken(realm.with(token)));
        let key = realm.with(order.backup.clone());
        let mut roots = vec![Subject::Backup(key.clone())];
        roots.extend(token.clone());
        roots.extend(order.role.clone().map(Subject::Role));
        let reading = self.store.read(&roots, Follow::Protectors).await?;
        let access = &access((by, now), realm, VaultAction::StartRestoreJob);
        if let Some(job) = token.and_then(|token| reading.restore_job(&token).cloned()) {
            return Ok(Some(decide_restore_repeat(order, job)?));
        }
        // After the repeat: whoever has a job already takes no further place.
        self.jobs.check_places().map_err(OpsError::TooManyRestores)?;
        let role = order.role.as_ref().map_or(RoleStatus::Permitted, |it| reading.role(it));
        let snapshot = reading.into_backup(&key).ok_or(OpsError::NoBackup)?;
        access.check_point(&snapshot.guard, &key.name, Some(&snapshot.backup.tags))?;
        let (backup, expects) = (snapshot.backup, snapshot.expects);
        let id = self.new_job_id(now);
        let BeginRestore { job } = decide_restore(order.clone(), &backup, role, now, id)?;
        let reads = Use::restore(id);
        let started = EventKind::RestoreStarted { job: id, backup: job.backup.clone() };
        let change = Change {
            expects,
            writes: vec![Write::PutRestoreJob(job.clone()), Write::AddUse(key, reads)],
            event: Some(event(now, by, realm, started)),
            ..Change::default()
        };
        match self.begin_work(change, Subject::Job(id)).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_restore((id, job.created), backup, Begun::Surely);
                Ok(Some(job))
            }
            // If it is there, nobody else runs it, and its use would protect the backup for ever.
            Beginning::Perhaps(lost) => {
                self.run_restore((id, job.created), backup, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }

    /// A restore job.
    pub async fn restore_job(&self, id: JobId) -> Result<Versioned<RestoreJob>, OpsError> {
        self.store.restore_job(id).await?.ok_or(OpsError::NoJob(id))
    }

    /// A restore job of this realm.
    pub async fn restore_job_of(&self, realm: &Realm, id: JobId) -> Result<RestoreJob, OpsError> {
        let job = self.restore_job(id).await?.value;
        if job.realm == *realm { Ok(job) } else { Err(OpsError::NoJob(id)) }
    }

    /// Writes down how a restore ended, and gives its backup free.
    pub(crate) async fn end_restore(
        &self,
        id: JobId,
        state: RestoreJobState,
    ) -> Result<(), OpsError> {
        loop {
            let Versioned { value: job, expect } = self.restore_job(id).await?;
            if job.state.ended().is_some() {
                return Ok(());
            }
            let completed = matches!(state, RestoreJobState::Completed { .. });
            let ended = EventKind::RestoreEnded { job: id, backup: job.backup.clone(), completed };
            let now = self.clock.now();
            let change = Change {
                expects: vec![expect],
                event: Some(event(now, &Principal::server(), &job.realm, ended)),
                writes: vec![
                    Write::RemoveUse(job.backup_key(), id),
                    Write::PutRestoreJob(RestoreJob { state: state.clone(), ..job }),
                ],
                background: true,
                ..Change::default()
            };
            match self.store.commit(change).await? {
                Commit::Done => return Ok(()),
                Commit::Stale => (),
            }
        }
    }
}
