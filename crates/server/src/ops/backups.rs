//! Backup jobs: started, stopped, ended.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupJob, BackupJobState, BackupLoss, BackupOrder, BeginBackup, Content, Erasure,
    EventKind, JobId, Principal, Realm, Retained, SourceKind, State, VaultAction, Why,
    decide_backup, decide_backup_repeat, decide_loss, decide_retention, decide_stop,
};
use sexton_store::{
    Change, Commit, Expect, Follow, Generation, Reading, Subject, Versioned, Write,
};

use super::decide::{Beginning, Decided, again};
use super::deletion::checked;
use crate::authorize::access;
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::service::{Service, event};

/// What is written beside a job that begins, or that failed before it began: then there is none.
pub(crate) type Noted<'a> = Box<dyn FnOnce(Option<JobId>) -> Write + Send + 'a>;

impl Service {
    /// Starts a backup: job, backup and data key are durable before the first byte is
    /// read. A repeat of the same order with its idempotency token answers with the first
    /// job.
    pub async fn start_backup(
        self: &Arc<Self>,
        realm: &Realm,
        order: BackupOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<BackupJob, OpsError> {
        self.begin_realm(realm, by, now).await?;
        again(|| self.try_backup(realm, &order, by, now)).await
    }

    /// Nothing if what it was decided from has changed.
    async fn try_backup(
        self: &Arc<Self>,
        realm: &Realm,
        order: &BackupOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Option<BackupJob>, OpsError> {
        let (vault, resource) =
            (realm.with(order.vault.clone()), realm.with(order.resource.clone()));
        let token = order.idempotency_token.clone();
        let token = token.map(|token| Subject::BackupToken(realm.with(token)));
        let mut roots = vec![
            Subject::Vault(vault.clone()),
            Subject::Guard(vault.clone()),
            Subject::Source(resource.clone()),
            Subject::Role(order.role.clone()),
        ];
        roots.extend(token.clone());
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        let Some(found) = reading.vault(&vault) else {
            return Err(OpsError::NoVault(vault.name));
        };
        let guard = reading.guard(&vault);
        // Tags that come with it are put as `TagResource` puts them.
        let tagged = (!order.tags.is_empty()).then_some(VaultAction::TagResource);
        for action in [VaultAction::StartBackupJob].into_iter().chain(tagged) {
            let access = access((by, now), realm, action);
            access.check_vault(&guard, &vault.name, Some(&found.tags))?;
        }
        if let Some(job) = token.and_then(|token| reading.backup_job(&token).cloned()) {
            return Ok(Some(decide_backup_repeat(order, job)?));
        }
        // After the repeat: whoever has a job already takes no further place.
        self.jobs.check_places().map_err(OpsError::TooManyJobs)?;
        let decided = self.decide_backup(&reading, order.clone(), realm, now)?;
        self.begin_backup(decided, reading.expects(), None, (by, now)).await
    }

    /// Decides from what was read whether an order is taken. Who asks was asked before.
    pub(crate) fn decide_backup(
        &self,
        reading: &Reading,
        order: BackupOrder,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<Retained, OpsError> {
        let (vault, resource) =
            (realm.with(order.vault.clone()), realm.with(order.resource.clone()));
        let generated = self.behaviour.generate_unknown_resources.then_some(SourceKind::Generated);
        let known = reading.source(&resource).filter(|it| it.offered.resource().is_none());
        let known = known.map(|it| (it.kind.clone(), Some(it.offered.clone())));
        let source = known.or(generated.map(|generated| (generated, None)));
        let guard = reading.guard(&vault);
        guard.check_takes_backups()?;
        let (role, random) = (reading.role(&order.role), self.entropy.bytes());
        let begin = decide_backup(order, source, role, realm, now, random)?;
        Ok(decide_retention(begin, &guard))
    }

    /// Begins what was decided, with a note that it was, if a plan orders it. Nothing if what it
    /// was decided from has changed.
    pub(crate) async fn begin_backup(
        self: &Arc<Self>,
        decided: Retained,
        mut expects: Vec<Expect>,
        note: Option<Noted<'_>>,
        (by, now): (&Principal, Timestamp),
    ) -> Result<Option<BackupJob>, OpsError> {
        let BeginBackup { job, backup } = match decided {
            Retained::Begins(begin) => *begin,
            Retained::Failed(job) => return self.not_let_in(*job, expects, note, by).await,
        };
        // Names are random: one that is taken makes the commit stale, and the next decision
        // draws another.
        let subject = Subject::Backup(backup.key());
        expects.push(Expect { subject, generation: Generation(0) });
        let (name, vault) = (backup.name.clone(), job.vault.clone());
        let started = EventKind::BackupStarted { job: job.id, backup: name, vault };
        let key = self.entropy.key();
        let create = Write::CreateBackup(backup.clone(), key.copy());
        let mut writes = vec![create, Write::PutBackupJob(job.clone())];
        writes.extend(note.map(|note| note(Some(job.id))));
        let change = Change {
            expects,
            writes,
            event: Some(event(now, by, &job.realm, started)),
            ..Change::default()
        };
        match self.begin_work(change, Subject::Job(job.id)).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_backup(job.clone(), backup, key, Begun::Surely);
                Ok(Some(job))
            }
            Beginning::Perhaps(lost) => {
                self.run_backup(job, backup, key, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }

    /// Writes down a job that failed before it began. Nothing if what it was decided from has
    /// changed.
    async fn not_let_in(
        &self,
        job: BackupJob,
        expects: Vec<Expect>,
        note: Option<Noted<'_>>,
        by: &Principal,
    ) -> Result<Option<BackupJob>, OpsError> {
        let (vault, reason) =
            (job.vault.clone(), job.state.reason().unwrap_or_default().to_owned());
        let failed = EventKind::BackupNotLetIn { job: job.id, vault, reason };
        let mut writes = vec![Write::PutBackupJob(job.clone())];
        writes.extend(note.map(|note| note(None)));
        let change = Change {
            expects,
            writes,
            event: Some(event(job.created, by, &job.realm, failed)),
            ..Change::default()
        };
        let committed = self.store.commit(change).await?;
        Ok((committed == Commit::Done).then_some(job))
    }

    /// A backup job.
    pub async fn backup_job(&self, id: JobId) -> Result<Versioned<BackupJob>, OpsError> {
        self.store.backup_job(id).await?.ok_or(OpsError::NoJob(id))
    }

    /// A backup job of this realm.
    pub async fn backup_job_of(&self, realm: &Realm, id: JobId) -> Result<BackupJob, OpsError> {
        let job = self.backup_job(id).await?.value;
        if job.realm == *realm { Ok(job) } else { Err(OpsError::NoJob(id)) }
    }

    /// Tells a backup job to stop. It ends as aborted, and its backup is erased.
    pub async fn stop_backup(
        &self,
        realm: &Realm,
        id: JobId,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = || async move {
            let Versioned { value: job, expect } = self.backup_job(id).await?;
            if job.realm != *realm {
                return Err(OpsError::NoJob(id));
            }
            let state = decide_stop(&job)?;
            let stopping = EventKind::BackupStopping { job: id };
            let change = Change {
                expects: vec![expect],
                event: Some(event(now, by, &job.realm, stopping)),
                writes: vec![Write::PutBackupJob(BackupJob { state, ..job })],
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        };
        self.decide_again(decide).await.inspect(|()| self.jobs.cancel(id))
    }

    /// Writes down that a capture is complete. `false` if the job was told to stop in
    /// the meantime: then it is to be failed instead.
    pub(crate) async fn complete_backup(
        &self,
        id: JobId,
        content: Content,
        message: String,
    ) -> Result<bool, OpsError> {
        loop {
            let Versioned { value: job, expect } = self.backup_job(id).await?;
            match &job.state {
                BackupJobState::Running => (),
                BackupJobState::Completed { .. } => return Ok(true),
                BackupJobState::Aborting
                | BackupJobState::Aborted { .. }
                | BackupJobState::Expired { .. }
                | BackupJobState::Failed { .. } => return Ok(false),
            }
            let Some(snapshot) = self.store.backup(&job.backup_key()).await? else {
                return Err(OpsError::NoBackup);
            };
            let backup = Backup {
                state: State::Completed { content },
                problems: message.clone(),
                ..snapshot.backup
            };
            let at = content.completed;
            let size_bytes = content.size_bytes;
            let completed =
                EventKind::BackupCompleted { job: id, backup: job.backup.clone(), size_bytes };
            let state = BackupJobState::Completed { at, size_bytes, message: message.clone() };
            let is_planned = job.created_by.is_some();
            let change = Change {
                expects: vec![expect, snapshot.expects[0].clone()],
                event: Some(event(at, &Principal::server(), &job.realm, completed)),
                writes: vec![
                    Write::PutBackup(backup),
                    Write::PutBackupJob(BackupJob { state, ..job }),
                ],
                background: true,
                ..Change::default()
            };
            match self.store.commit(change).await? {
                Commit::Done => {
                    if is_planned {
                        // Copies of it may be due.
                        self.due.notify_one();
                    }
                    return Ok(true);
                }
                // Tags may change as often as somebody likes: each round is progress.
                Commit::Stale => (),
            }
        }
    }

    /// Writes down that a capture made no backup, and has what its backup has stored so
    /// far erased.
    pub(crate) async fn lose_backup(&self, id: JobId, loss: &BackupLoss) -> Result<(), OpsError> {
        let by = Principal::server();
        loop {
            let now = self.clock.now();
            let Versioned { value: job, expect } = self.backup_job(id).await?;
            let Some(state) = decide_loss(&job, loss, now) else { return Ok(()) };
            let Some(snapshot) = self.store.backup(&job.backup_key()).await? else {
                return Err(OpsError::NoBackup);
            };
            let erasure = self.new_job_id(now);
            let failed = EventKind::BackupFailed {
                job: id,
                backup: job.backup.clone(),
                erasure,
                reason: loss.reason().to_owned(),
            };
            let own = snapshot.expects[0].clone();
            let expects = vec![expect, own];
            let erasing = Erasure {
                checked: checked(&expects),
                ..Erasure::begin(erasure, now, by.clone(), Why::FailedBackup)
            };
            let event = Some(event(now, &by, &job.realm, failed));
            let writes = vec![
                Write::BeginErasure(snapshot.backup.erased_by(erasing)),
                Write::PutBackupJob(BackupJob { state, ..job }),
            ];
            let change = Change { expects, writes, event, background: true, ..Change::default() };
            match self.store.commit(change).await? {
                Commit::Done => {
                    self.erasures.notify_one();
                    return Ok(());
                }
                Commit::Stale => (),
            }
        }
    }
}
