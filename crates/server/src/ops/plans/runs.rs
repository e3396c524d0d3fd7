//! Backup plans that run.
//!
//! That a time of a rule has come, and what follows, is written down first: the run. Then a backup
//! of each resource is begun, in one commit with the note that it was, in the order of their ARNs.
//! So a server that is killed begins none twice and forgets none. Copies are begun once the backup
//! is complete; that each is begun once is up to its token.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Access, BackupJob, BackupJobState, BackupLoss, BackupOrder, CopyRefusal, EventKind, InRealm,
    JobId, Plan, PlanId, PlanLook, PlannedRun, Principal, ResourceArn, Run, SelectionId,
    VaultAction, forgotten_until, planned_copy, planned_copy_failure, planned_failure,
    planned_order, planned_principal, selected,
};
use sexton_store::{Change, Commit, Expect, Follow, Reading, Subject, Versioned, Write};

use crate::authorize::{access, role_tags};
use crate::error::OpsError;
use crate::ops::backups::Noted;
use crate::ops::decide::{Decided, again};
use crate::service::{Service, event};

/// Backups of one run that one look begins: others are looked at between.
const BEGUN_AT_ONCE_MAX: usize = 64;

/// One backup that a run begins.
struct Planned<'a> {
    key: &'a InRealm<PlanId>,
    run: &'a Run,
    selection: SelectionId,
    resource: &'a ResourceArn,
    now: Timestamp,
}

impl Service {
    /// Does at `now` what is due of a plan.
    pub(crate) async fn look_at_plan(
        self: &Arc<Self>,
        key: InRealm<PlanId>,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        let Some(Versioned { value: plan, expect }) = self.store.plan(&key).await? else {
            return Ok(Commit::Stale);
        };
        let mut change = Change { expects: vec![expect], background: true, ..Change::default() };
        let plan = match plan.look(now) {
            PlanLook::NotYet => return Ok(Commit::Stale),
            PlanLook::Forget => {
                change.writes = vec![Write::RemovePlan(key)];
                return Ok(self.store.commit(change).await?);
            }
            PlanLook::Settled(plan, due) => {
                let run = |it: &sexton_core::DueRun| PlannedRun {
                    rule: it.rule,
                    at: it.at,
                    missed: !it.runs,
                };
                let runs: Vec<_> = due.iter().map(run).collect();
                if !runs.is_empty() {
                    let kind = EventKind::PlanDue { plan: plan.id, runs };
                    change.event = Some(event(now, &Principal::server(), &plan.realm, kind));
                }
                change.writes = vec![Write::PutPlan(plan.clone())];
                plan
            }
        };
        // What it was decided from has changed: a later look decides again.
        if self.store.commit(change).await? == Commit::Stale {
            return Ok(Commit::Stale);
        }
        let mut has_more = false;
        for run in &plan.runs {
            if !run.begun {
                has_more |= self.go_on_with_run(&plan, run, now).await?;
            }
            for job in &run.copying {
                self.copy_what_is_complete(&key, run, *job, now).await?;
            }
        }
        Ok(if has_more { Commit::Done } else { Commit::Stale })
    }

    /// Begins backups of what is selected. Tells whether another look is worth while at once.
    async fn go_on_with_run(
        self: &Arc<Self>,
        plan: &Plan,
        run: &Run,
        now: Timestamp,
    ) -> Result<bool, OpsError> {
        // Whoever makes a selection anew removes it first. What is left waits for that, for as long
        // as it may begin.
        if plan.selections.is_empty() && plan.deleted.is_none() && run.may_begin(now) {
            return Ok(false);
        }
        let key = &plan.key();
        let mut there = self.store.list_sources(&plan.realm).await?;
        // Of a resource of AWS Backup alone nothing can be read here.
        let generated = self.behaviour.generate_unknown_resources;
        there.retain(|source| generated || source.offered.resource().is_none());
        let there = there.iter().map(|source| (&source.arn, source.offered.tags()));
        let found = selected(&plan.selections, there);
        let left = found.iter().filter(|(resource, _)| run.is_left(resource));
        for (begun, (resource, selection)) in left.enumerate() {
            if begun == BEGUN_AT_ONCE_MAX {
                return Ok(true);
            }
            if self.jobs.check_places().is_err() {
                tracing::warn!(plan = %plan.id, "a backup plan waits for a place for its jobs");
                return Ok(false);
            }
            let planned = &Planned { key, run, selection: selection.id, resource, now };
            again(|| self.try_planned(planned)).await?;
        }
        self.end_run(key, run, now).await?;
        Ok(false)
    }

    /// Begins one backup, or notes why it cannot be. Nothing if what it was decided from has
    /// changed.
    async fn try_planned(self: &Arc<Self>, planned: &Planned<'_>) -> Result<Option<()>, OpsError> {
        let Planned { key, run, selection, resource, now } = *planned;
        let realm = &key.realm;
        let Some(Versioned { value: plan, expect }) = self.store.plan(key).await? else {
            return Ok(Some(()));
        };
        // Somebody may have changed the plan since.
        let is_left = plan.run_like(run).is_some_and(|run| run.is_left(resource));
        let Some(selection) = plan.selection(selection).filter(|_| is_left) else {
            return Ok(Some(()));
        };
        let order = planned_order(&plan, run, selection, resource.clone(), now);
        let vault = realm.with(order.vault.clone());
        let roots = [
            Subject::Vault(vault.clone()),
            Subject::Guard(vault),
            Subject::Source(realm.with(resource.clone())),
            Subject::Role(order.role.clone()),
        ];
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        let mut expects = reading.expects();
        expects.push(expect);
        let noted = plan.clone();
        let note: Noted<'_> = Box::new(move |job| {
            Write::PutPlan(Box::new(noted.with_begun(run, resource.clone(), job, now)))
        });
        if !run.may_begin(now) {
            let late = BackupJobState::Expired { at: now };
            return self.note_failure(&plan, order, late, (expects, note), now).await;
        }
        let decided = may_begin(&reading, &order, &plan, now)
            .and_then(|()| self.decide_backup(&reading, order.clone(), realm, now));
        let done = match decided {
            Ok(decided) => {
                let by = &Principal::server();
                self.begin_backup(decided, expects, Some(note), (by, now)).await?.map(drop)
            }
            Err(refusal) => {
                let reason = refusal.wire(realm, self.behaviour.missing_vault).message;
                let failed = BackupJobState::Failed { at: now, reason };
                self.note_failure(&plan, order, failed, (expects, note), now).await?
            }
        };
        Ok(done)
    }

    /// Writes down a job that could not begin, and says why. Nothing if what it was decided from
    /// has changed.
    async fn note_failure(
        &self,
        plan: &Plan,
        order: BackupOrder,
        state: BackupJobState,
        (expects, note): (Vec<Expect>, Noted<'_>),
        now: Timestamp,
    ) -> Result<Option<()>, OpsError> {
        let (id, resource) = (self.new_job_id(now), order.resource.clone());
        let reason = state.reason().unwrap_or(BackupLoss::NotStarted.reason()).to_owned();
        let random = self.entropy.bytes();
        let mut writes = vec![note(None)];
        let job = match planned_failure(order, state, &plan.realm, now, random) {
            Ok(job) => {
                let id = job.id;
                writes.push(Write::PutBackupJob(job));
                id
            }
            // Not even a job of it can have a name. The others are not to wait for that.
            Err(refusal) => {
                tracing::error!(plan = %plan.id, %resource, %refusal, "a job cannot be made");
                id
            }
        };
        let kind = EventKind::PlannedJobFailed { plan: plan.id, job, reason };
        let change = Change {
            expects,
            event: Some(event(now, &Principal::server(), &plan.realm, kind)),
            writes,
            background: true,
            ..Change::default()
        };
        let committed = self.store.commit(change).await?;
        Ok((committed == Commit::Done).then_some(()))
    }

    /// Notes that a backup of everything was begun.
    async fn end_run(
        &self,
        key: &InRealm<PlanId>,
        run: &Run,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        self.decide_again(|| async move {
            let Some(Versioned { value: plan, expect }) = self.store.plan(key).await? else {
                return Ok(Decided::Answer(()));
            };
            // Another look may have ended it, and its copies are not complete.
            let Some(run) = plan.run_like(run).filter(|run| !run.begun) else {
                return Ok(Decided::Answer(()));
            };
            let (run, jobs) = (run.clone(), run.jobs);
            let kind = EventKind::PlanRan { plan: plan.id, rule: run.rule.id, at: run.at, jobs };
            let change = Change {
                expects: vec![expect],
                event: Some(event(now, &Principal::server(), &plan.realm, kind)),
                writes: vec![Write::PutPlan(Box::new(plan.with_all_begun(&run, now)))],
                background: true,
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        })
        .await
    }

    /// Begins the copies of what a job made, if that is complete.
    async fn copy_what_is_complete(
        self: &Arc<Self>,
        key: &InRealm<PlanId>,
        run: &Run,
        id: JobId,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let job = self.store.backup_job(id).await?.map(|it| it.value);
        // One that is to be forgotten is, here. Its copies, which ended later, are forgotten later:
        // so as long as it is known they are, and none is begun a second time.
        let is_known =
            |job: &BackupJob| job.state.ended().is_none_or(|ended| ended > forgotten_until(now));
        let job = job.filter(is_known);
        match job.as_ref().map(|job| &job.state) {
            Some(BackupJobState::Running | BackupJobState::Aborting) => return Ok(()),
            Some(BackupJobState::Completed { .. }) => (),
            // There is nothing to copy.
            Some(
                BackupJobState::Aborted { .. }
                | BackupJobState::Expired { .. }
                | BackupJobState::Failed { .. },
            )
            | None => return self.note_copied(key, run, id, now).await,
        }
        let Some(job) = job else { return Ok(()) };
        for (number, action) in run.rule.order.copies.iter().enumerate() {
            let order = planned_copy(&job, action, number);
            match self.start_copy(&job.realm, order.clone(), &Principal::server(), now).await {
                Ok(_) => (),
                // A later look tries again.
                Err(OpsError::Copy(CopyRefusal::TooMany { .. }) | OpsError::TooManyJobs(_)) => {
                    return Ok(());
                }
                Err(failure @ (OpsError::Store(_) | OpsError::Contended)) => return Err(failure),
                Err(refusal) => {
                    let reason = refusal.wire(&job.realm, self.behaviour.missing_vault).message;
                    self.note_copy_failure(key, &job, order, reason, now).await?;
                }
            }
        }
        self.note_copied(key, run, id, now).await
    }

    /// Writes down a copy job that could not begin, and says why. One is written, however often
    /// that is tried.
    async fn note_copy_failure(
        &self,
        key: &InRealm<PlanId>,
        job: &BackupJob,
        order: sexton_core::CopyOrder,
        reason: String,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let failed = planned_copy_failure(job, order, reason.clone(), now, self.entropy.bytes());
        // Not even a job of it can have a name. The others are not to wait for that.
        let Ok(failed) = failed else {
            tracing::error!(plan = %key.name, job = %job.id, reason, "a copy job cannot be made");
            return Ok(());
        };
        let kind = EventKind::PlannedJobFailed { plan: key.name, job: failed.id, reason };
        let change = Change {
            event: Some(event(now, &Principal::server(), &job.realm, kind)),
            writes: vec![Write::PutCopyJob(failed)],
            background: true,
            ..Change::default()
        };
        // Another with its token is the one that was written before.
        let (Commit::Done | Commit::Stale) = self.store.commit(change).await?;
        Ok(())
    }

    async fn note_copied(
        &self,
        key: &InRealm<PlanId>,
        run: &Run,
        id: JobId,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        self.decide_again(|| async move {
            let Some(Versioned { value: plan, expect }) = self.store.plan(key).await? else {
                return Ok(Decided::Answer(()));
            };
            let change = Change {
                expects: vec![expect],
                writes: vec![Write::PutPlan(Box::new(plan.with_copied(run, id, now)))],
                background: true,
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        })
        .await
    }
}

/// Asks the policy of the vault, about the role that the backup is made with.
fn may_begin(
    reading: &Reading,
    order: &BackupOrder,
    plan: &Plan,
    now: Timestamp,
) -> Result<(), OpsError> {
    let vault = plan.realm.with(order.vault.clone());
    let Some(found) = reading.vault(&vault) else { return Err(OpsError::NoVault(vault.name)) };
    let (guard, by) = (reading.guard(&vault), &planned_principal(&order.role));
    let tagged = (!order.tags.is_empty()).then_some(VaultAction::TagResource);
    for action in [VaultAction::StartBackupJob].into_iter().chain(tagged) {
        let (role, role_tags) = (Some(order.role.clone()), role_tags(reading, &order.role));
        let access = Access { role, role_tags, ..access((by, now), &plan.realm, action) };
        access.check_vault(&guard, &vault.name, Some(&found.tags))?;
    }
    Ok(())
}
