//! Copy jobs: started and ended, with the use that they hold on what they copy.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Access, Backup, BeginCopy, Content, CopyFacts, CopyJob, CopyJobState, CopyOrder, CopyRefusal,
    Denied, Erasure, EventKind, Guard, InRealm, JobId, NewCopy, Principal, Realm, State,
    VaultAction, VaultName, Why, decide_copy, decide_copy_repeat, planned_principal,
};
use sexton_store::{
    Change, Commit, Expect, Follow, Generation, Reading, Subject, Tally, Versioned, Write,
};

use super::decide::{Beginning, again};
use super::deletion::checked;
use crate::authorize::{access, role_tags};
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::service::{Service, event};

/// Who asks for a copy, when, and where.
struct Asked<'a> {
    realm: &'a Realm,
    by: &'a Principal,
    now: Timestamp,
}

impl Service {
    /// Starts a copy. From the moment this returns the original is in use, and cannot be deleted
    /// until the job has ended; nor can the copy, which is being created.
    pub async fn start_copy(
        self: &Arc<Self>,
        realm: &Realm,
        order: CopyOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<CopyJob, OpsError> {
        self.begin_realm(realm, by, now).await?;
        // In another account nothing begins because somebody asked for it from outside.
        if order.destination.realm.account == realm.account {
            self.begin_destination(&order, by, now).await?;
        }
        let asked = &Asked { realm, by, now };
        again(|| self.try_copy(&order, asked)).await
    }

    /// Has the realm of the destination begin, if the vault is the one that it begins with.
    async fn begin_destination(
        &self,
        order: &CopyOrder,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let realm = &order.destination.realm;
        let is_there = self.realms.vault_before(&order.destination).is_some();
        // What is stored of a realm that is not served would keep the next start from serving.
        if is_there && self.realms.may_begin(realm) {
            return self.begin_realm(realm, by, now).await;
        }
        Ok(())
    }

    /// Nothing if what it was decided from has changed.
    async fn try_copy(
        self: &Arc<Self>,
        order: &CopyOrder,
        asked: &Asked<'_>,
    ) -> Result<Option<CopyJob>, OpsError> {
        let (realm, now) = (asked.realm, asked.now);
        let source = realm.with(order.vault.clone());
        let key = realm.with(order.original.clone());
        let token = order.idempotency_token.clone();
        let token = token.map(|token| Subject::CopyToken(realm.with(token)));
        let mut roots = vec![
            Subject::Backup(key.clone()),
            Subject::Vault(source.clone()),
            Subject::Guard(source.clone()),
            Subject::Vault(order.destination.clone()),
            Subject::Guard(order.destination.clone()),
            Subject::Role(order.role.clone()),
        ];
        roots.extend(token.clone());
        let reading = self.store.read(&roots, Follow::Protectors).await?;
        check_policies(order, &reading, asked)?;
        if let Some(job) = token.and_then(|token| reading.copy_job(&token).cloned()) {
            return Ok(Some(decide_copy_repeat(order, job)?));
        }
        if reading.vault(&source).is_none() {
            return Err(OpsError::NoVault(source.name));
        }
        // After the repeat: whoever has a job already takes no further place.
        self.jobs.check_places().map_err(OpsError::TooManyJobs)?;
        if reading.vault(&order.destination).is_none() {
            let vault = order.destination.realm.vault_arn(&order.destination.name);
            return Err(CopyRefusal::NoDestination { vault }.into());
        }
        let original = reading.backup(&key).filter(|it| is_in(it, order));
        let original = original.cloned().ok_or(OpsError::NoBackup)?;
        let guard: Guard = reading.guard(&order.destination);
        let tally = Tally::CopiesTo(order.destination.realm.clone());
        let running = self.store.tally(&tally).await?;
        let role = reading.role(&order.role);
        let facts = CopyFacts { original: &original, role, guard: &guard, running };
        let expects = reading.expects();
        match decide_copy(order.clone(), facts, now, self.entropy.bytes())? {
            NewCopy::Begins(begin) => self.begin_copy(*begin, original, expects, asked).await,
            NewCopy::NotLetIn(job) => self.copy_not_let_in(*job, expects, asked).await,
        }
    }

    async fn begin_copy(
        self: &Arc<Self>,
        begin: BeginCopy,
        original: Backup,
        mut expects: Vec<Expect>,
        asked: &Asked<'_>,
    ) -> Result<Option<CopyJob>, OpsError> {
        let BeginCopy { job, copy, reads } = begin;
        // Names are random: one that is taken makes the commit stale, and the next decision
        // draws another.
        let subject = Subject::Backup(copy.key());
        expects.push(Expect { subject, generation: Generation(0) });
        let started = EventKind::CopyStarted {
            job: job.id,
            backup: copy.name.clone(),
            vault: job.to_vault.clone(),
            of: original.name.clone(),
            of_realm: original.realm.clone(),
        };
        let key = self.entropy.key();
        let change = Change {
            expects,
            requires: vec![(Tally::CopiesTo(copy.realm.clone()), sexton_core::COPIES_MAX)],
            writes: vec![
                Write::CreateBackup(copy.clone(), key.copy()),
                Write::AddUse(original.key(), reads),
                Write::PutCopyJob(job.clone()),
            ],
            // Where the copy is: there its name is unique.
            event: Some(event(asked.now, asked.by, &copy.realm, started)),
            ..Change::default()
        };
        match self.begin_work(change, Subject::Job(job.id)).await? {
            Beginning::Stale => Ok(None),
            Beginning::Surely => {
                self.run_copy(&job, copy, original, key, Begun::Surely);
                Ok(Some(job))
            }
            // If it is there, nobody else runs it, and its use would protect the original for
            // ever.
            Beginning::Perhaps(lost) => {
                self.run_copy(&job, copy, original, key, Begun::Perhaps);
                Err(lost.into())
            }
        }
    }

    /// Writes down a job that failed before it began. Nothing if what it was decided from has
    /// changed.
    async fn copy_not_let_in(
        &self,
        job: CopyJob,
        expects: Vec<Expect>,
        asked: &Asked<'_>,
    ) -> Result<Option<CopyJob>, OpsError> {
        let (vault, reason) =
            (job.to_vault.clone(), job.state.reason().unwrap_or_default().to_owned());
        let failed = EventKind::BackupNotLetIn { job: job.id, vault, reason };
        let change = Change {
            expects,
            writes: vec![Write::PutCopyJob(job.clone())],
            event: Some(event(job.created, asked.by, &job.to_realm, failed)),
            ..Change::default()
        };
        let committed = self.store.commit(change).await?;
        Ok((committed == Commit::Done).then_some(job))
    }

    /// A copy job.
    pub async fn copy_job(&self, id: JobId) -> Result<Versioned<CopyJob>, OpsError> {
        self.store.copy_job(id).await?.ok_or(OpsError::NoJob(id))
    }

    /// A copy job of this realm.
    pub async fn copy_job_of(&self, realm: &Realm, id: JobId) -> Result<CopyJob, OpsError> {
        let job = self.copy_job(id).await?.value;
        if job.realm == *realm { Ok(job) } else { Err(OpsError::NoJob(id)) }
    }

    /// Writes down that a copy has its turn. It is shown, and decides nothing: if it cannot be
    /// written down now, it is not.
    pub(crate) async fn note_copy_runs(&self, id: JobId) -> Result<(), OpsError> {
        let Versioned { value: job, expect } = self.copy_job(id).await?;
        match &job.state {
            CopyJobState::Created => (),
            CopyJobState::Running
            | CopyJobState::Completed { .. }
            | CopyJobState::Failed { .. } => return Ok(()),
        }
        let runs = CopyJob { state: CopyJobState::Running, ..job };
        let change = Change {
            expects: vec![expect],
            writes: vec![Write::PutCopyJob(runs)],
            background: true,
            ..Change::default()
        };
        // It has ended, if that is stale.
        let (Commit::Done | Commit::Stale) = self.store.commit(change).await?;
        Ok(())
    }

    /// Writes down that a copy is complete, and gives free what it was made of.
    pub(crate) async fn complete_copy(&self, id: JobId, content: Content) -> Result<(), OpsError> {
        loop {
            let Versioned { value: job, expect } = self.copy_job(id).await?;
            if job.state.ended().is_some() {
                return Ok(());
            }
            let Some(snapshot) = self.store.backup(&job.copy_key()).await? else {
                return Err(OpsError::NoBackup);
            };
            let at = content.completed;
            let completed = EventKind::BackupCompleted {
                job: id,
                backup: job.copy.clone(),
                size_bytes: content.size_bytes,
            };
            let own = snapshot.expects[0].clone();
            let copy = Backup { state: State::Completed { content }, ..snapshot.backup };
            let change = Change {
                expects: vec![expect, own],
                event: Some(event(at, &Principal::server(), &job.to_realm, completed)),
                writes: vec![
                    Write::PutBackup(copy),
                    Write::RemoveUse(job.original_key(), id),
                    Write::PutCopyJob(CopyJob { state: CopyJobState::Completed { at }, ..job }),
                ],
                background: true,
                ..Change::default()
            };
            match self.store.commit(change).await? {
                Commit::Done => return Ok(()),
                // Tags may change as often as somebody likes: each round is progress.
                Commit::Stale => (),
            }
        }
    }

    /// Writes down that there is no copy, gives free what it was to be made of, and has what it
    /// has stored so far erased.
    pub(crate) async fn lose_copy(&self, id: JobId, reason: &str) -> Result<(), OpsError> {
        let by = Principal::server();
        loop {
            let now = self.clock.now();
            let Versioned { value: job, expect } = self.copy_job(id).await?;
            if job.state.ended().is_some() {
                return Ok(());
            }
            let Some(snapshot) = self.store.backup(&job.copy_key()).await? else {
                return Err(OpsError::NoBackup);
            };
            let erasure = self.new_job_id(now);
            let failed = EventKind::BackupFailed {
                job: id,
                backup: job.copy.clone(),
                erasure,
                reason: reason.to_owned(),
            };
            let expects = vec![expect, snapshot.expects[0].clone()];
            let erasing = Erasure {
                checked: checked(&expects),
                known_copies: snapshot.copies,
                ..Erasure::begin(erasure, now, by.clone(), Why::FailedBackup)
            };
            let event = Some(event(now, &by, &job.to_realm, failed));
            let state = CopyJobState::Failed { at: now, reason: reason.to_owned() };
            let writes = vec![
                Write::BeginErasure(snapshot.backup.erased_by(erasing)),
                Write::RemoveUse(job.original_key(), id),
                Write::PutCopyJob(CopyJob { state, ..job }),
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

fn is_in(backup: &Backup, order: &CopyOrder) -> bool {
    backup.in_vault().is_some_and(|kept| kept.vault == order.vault)
}

/// Asks the policies of both vaults. That comes first, and says nothing of what is there.
fn check_policies(
    order: &CopyOrder,
    reading: &Reading,
    Asked { realm, by, now }: &Asked<'_>,
) -> Result<(), Denied> {
    // A plan copies as a session of its role.
    let role = order.created_by.as_ref().map(|_| &order.role);
    let session = role.map(planned_principal);
    let ask = |action| match (role, &session) {
        (Some(role), Some(session)) => {
            let (by, role_tags) = (session, role_tags(reading, role));
            let role = Some(role.clone());
            Access { by, role, role_tags, ..access((by, *now), realm, action) }
        }
        (_, _) => access((by, *now), realm, action),
    };
    let tags_of = |vault: &InRealm<VaultName>| reading.vault(vault).map(|vault| &vault.tags);
    let source = realm.with(order.vault.clone());
    let original = reading.backup(&realm.with(order.original.clone()));
    let tags = original.filter(|it| is_in(it, order)).map(|it| &it.tags);
    let guard = reading.guard(&source);
    ask(VaultAction::StartCopyJob).check_point(&guard, &order.original, tags)?;
    let tags = tags_of(&source);
    ask(VaultAction::CopyFromBackupVault).check_vault(&guard, &order.vault, tags)?;
    let (into, tags) = (reading.guard(&order.destination), tags_of(&order.destination));
    ask(VaultAction::CopyIntoBackupVault).check_into(&into, &order.destination, tags)
}
