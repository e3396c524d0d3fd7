//! Restore jobs: started and ended, with the use that they hold on their backup.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, BeginRestore, EventKind, JobId, Keeper, Principal, RestoreJob, RestoreJobState,
    RestoreOrder, RoleArn, RoleStatus, decide_restore, decide_restore_repeat,
};
use sexton_store::{Change, Commit, Expect, StoreError, Subject, Versioned, Write};

use crate::failure::{DECISIONS_MAX, Failure};
use crate::jobs::Begun;
use crate::service::{Service, event};

impl Service {
    /// Starts a restore. From the moment this returns the backup is in use, and cannot
    /// be deleted until the job has ended.
    pub async fn start_restore(
        self: &Arc<Self>,
        order: RestoreOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<RestoreJob, Failure> {
        for _decision in 0..DECISIONS_MAX {
            if let Some(token) = &order.idempotency_token
                && let Some(job) = self.store.restore_job_of_token(token).await?
            {
                return Ok(decide_restore_repeat(&order, job)?);
            }
            // After the repeat: whoever has a job already takes no further place.
            self.jobs.check_places().map_err(Failure::TooManyRestores)?;
            let snapshot = self.store.backup(&order.backup).await?.ok_or(Failure::NoBackup)?;
            let backup = &snapshot.backup;
            let mut expects = snapshot.expects;
            let role_status = match &order.role {
                Some(role) => self.role_status(role, backup, &mut expects).await?,
                None => RoleStatus::Permitted,
            };
            let id = self.new_job_id(now);
            let BeginRestore { job } = decide_restore(order.clone(), backup, role_status, now, id)?;
            let started = EventKind::RestoreStarted { job: id, backup: job.backup.clone() };
            let change = Change {
                expects,
                writes: vec![
                    Write::PutRestoreJob(job.clone()),
                    Write::AddUse(job.backup.clone(), id),
                ],
                event: Some(event(now, by, started)),
                background: false,
            };
            let committed = match self.store.commit(change).await {
                // A lost reply: if the job is there it is ours. Nobody else would run it,
                // and its use would protect the backup for ever.
                Err(StoreError::Unknown(cause)) => match self.store.restore_job(id).await {
                    Ok(Some(_)) => Commit::Done,
                    Ok(None) => return Err(StoreError::Unknown(cause).into()),
                    Err(_) => {
                        self.run_restore(job, snapshot.backup, Begun::Perhaps);
                        return Err(StoreError::Unknown(cause).into());
                    }
                },
                committed => committed?,
            };
            match committed {
                Commit::Done => {
                    self.run_restore(job.clone(), snapshot.backup, Begun::Surely);
                    return Ok(job);
                }
                Commit::Stale => (),
            }
        }
        Err(Failure::Contended)
    }

    /// What is known of the role that a restore of `backup` runs with. It joins what the
    /// commit expects.
    async fn role_status(
        &self,
        role: &RoleArn,
        backup: &Backup,
        expects: &mut Vec<Expect>,
    ) -> Result<RoleStatus, Failure> {
        let Keeper::Vault(kept) = &backup.keeper;
        let facts = self.store.backup_facts(&kept.vault, &backup.source, role, None).await?;
        expects.extend(
            facts.expects.into_iter().filter(|it| it.subject == Subject::Role(role.clone())),
        );
        Ok(facts.role)
    }

    /// A restore job.
    pub async fn restore_job(&self, id: JobId) -> Result<Versioned<RestoreJob>, Failure> {
        self.store.restore_job(id).await?.ok_or(Failure::NoJob(id))
    }

    /// Writes down how a restore ended, and gives its backup free.
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
            let ended = EventKind::RestoreEnded { job: id, backup: job.backup.clone(), completed };
            let change = Change {
                expects: vec![expect],
                writes: vec![
                    Write::RemoveUse(job.backup.clone(), id),
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
