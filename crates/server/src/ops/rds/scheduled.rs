//! What is done with an instance because its time has come: a backup set is made, and what was
//! kept for long enough goes.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, Deletion, Erasure, EventKind, Looks, Made, Offered, Principal, RdsRefusal,
    ScheduledStep, SetOrder, Source, State, Why,
};
use sexton_store::{Change, Commit, Expect, PAGE_ITEMS_MAX, SourceQuery, Wanted, Write};

use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// A look at an instance at `now`.
    pub(crate) async fn look_at_instance(
        self: &Arc<Self>,
        source: Source,
        expects: Vec<Expect>,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        let Some(database) = source.offered.instance() else { return Ok(Commit::Stale) };
        let step = database.looks.step(database.schedule, now);
        if step == ScheduledStep::NotYet {
            return Ok(Commit::Stale);
        }
        self.delete_what_is_over(&source, &expects, now).await?;
        if database.detached.is_some() {
            return self.forget_detached(source.clone(), expects, now).await;
        }
        let mut change = Change { expects, background: true, ..Change::default() };
        let looked = database.looks.looked_after(database.schedule, now);
        match step {
            ScheduledStep::NotYet | ScheduledStep::Tidy => (),
            ScheduledStep::Missed => {
                let missed = EventKind::AutomaticBackupMissed { source: source.arn.clone() };
                change.event = Some(event(now, &Principal::server(), &source.realm, missed));
            }
            ScheduledStep::Backup => {
                return self.take_set(source, change, looked, now).await;
            }
        }
        change.writes.push(Write::PutSource(looked_at(&source, looked)));
        Ok(self.store.commit(change).await?)
    }

    /// Forgets an instance that is registered no more once nothing is left of its backups.
    async fn forget_detached(
        &self,
        source: Source,
        expects: Vec<Expect>,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        let Some(database) = source.offered.instance() else { return Ok(Commit::Stale) };
        let logs = source.realm.with(database.id.log_arn(&source.realm));
        // A database may keep its log still for one that is owed a slot.
        let mut is_left = !database.owed.is_empty();
        for of in [source.key(), logs] {
            let page = self.store.list_of_source(&SourceQuery::all(of), None, 1).await?;
            is_left |= !page.items.is_empty() || page.next.is_some();
        }
        let looks = database.looks.looked_after(database.schedule, now);
        let write = if is_left {
            Write::PutSource(looked_at(&source, looks))
        } else {
            Write::RemoveSource(source.key())
        };
        let writes = vec![write];
        let change = Change { expects, writes, background: true, ..Change::default() };
        Ok(self.store.commit(change).await?)
    }

    /// Makes a backup set, or leaves that to a later look in the window.
    async fn take_set(
        self: &Arc<Self>,
        source: Source,
        mut change: Change,
        looked: Looks,
        now: Timestamp,
    ) -> Result<Commit, OpsError> {
        let Some(found) = self.look_at_instance_now(source.clone(), now).await else {
            return Ok(Commit::Stale);
        };
        let order = SetOrder { made: Made::Automatic, method: None, databases: Vec::new() };
        let by = Principal::server();
        let later = found.database.looks.put_off(now);
        match self.begin_set(&found, &order, (&by, now), &mut change).await {
            Ok(begins) => {
                change.writes.push(Write::PutSource(looked_at(&source, looked)));
                let begun = self.begin_source_backup(change, begins).await?;
                Ok(begun.map_or(Commit::Stale, |_| Commit::Done))
            }
            Err(OpsError::Rds(
                refusal @ (RdsRefusal::NotRunning { .. } | RdsRefusal::BackupJobExists { .. }),
            )) => {
                let instance = source.offered.id();
                tracing::warn!(instance, %refusal, "an automatic backup waits");
                change.writes.push(Write::PutSource(looked_at(&source, later)));
                Ok(self.store.commit(change).await?)
            }
            Err(OpsError::TooManyJobs(_)) => {
                change.writes.push(Write::PutSource(looked_at(&source, later)));
                Ok(self.store.commit(change).await?)
            }
            // Of such an instance none is made.
            Err(OpsError::Rds(_)) => {
                change.writes.push(Write::PutSource(looked_at(&source, looked)));
                Ok(self.store.commit(change).await?)
            }
            Err(other) => Err(other),
        }
    }

    /// Deletes sets and log backups that were kept for long enough; what is in use or moved is
    /// left to a later look, and so is everything once the policy has changed.
    async fn delete_what_is_over(
        &self,
        source: &Source,
        expects: &[Expect],
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let Some(database) = source.offered.instance() else { return Ok(()) };
        let logs = source.realm.with(database.id.log_arn(&source.realm));
        for of in [source.key(), logs] {
            let rule = database.clone();
            let wanted: Wanted<Backup> = Arc::new(move |backup| {
                let ended = matches!(backup.state, State::Completed { .. } | State::Failed { .. });
                ended && rule.is_over(backup, now)
            });
            let mut after = None;
            loop {
                let filter = SourceQuery { source: of.clone(), wanted: Arc::clone(&wanted) };
                let page =
                    self.store.list_of_source(&filter, after.as_ref(), PAGE_ITEMS_MAX).await?;
                for backup in page.items {
                    self.delete_one_that_is_over(backup, expects, now).await?;
                }
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(())
    }

    async fn delete_one_that_is_over(
        &self,
        backup: Backup,
        expects: &[Expect],
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let Some(mut snapshot) = self.store.backup(&backup.key()).await? else { return Ok(()) };
        // The policy that says so is that of its instance.
        snapshot.expects.extend_from_slice(expects);
        let by = Principal::server();
        match &snapshot.backup.state {
            State::Completed { .. } if snapshot.uses.is_empty() => {
                let job = self.new_job_id(now);
                let erasing = Erasure::begin(job, now, by.clone(), Why::Retention);
                let asked = (&by, Why::Retention);
                let deletion = Deletion::Erase(erasing);
                // What has moved is left to a later look.
                let (Commit::Done | Commit::Stale) =
                    self.commit_deletion(snapshot, deletion, asked, None, now).await?;
            }
            State::Failed { bytes: sexton_core::Leftover::Erased, .. } => {
                let kind = EventKind::RecordRemoved { backup: backup.name.clone() };
                let change = Change {
                    expects: snapshot.expects,
                    writes: vec![Write::RemoveBackup(backup.key())],
                    event: Some(event(now, &by, &backup.realm, kind)),
                    background: true,
                    ..Change::default()
                };
                let (Commit::Done | Commit::Stale) = self.store.commit(change).await?;
            }
            State::Completed { .. }
            | State::Failed { .. }
            | State::Creating
            | State::Expired { .. }
            | State::Deleting { .. } => (),
        }
        Ok(())
    }
}

fn looked_at(source: &Source, looks: Looks) -> Source {
    let mut source = source.clone();
    if let Offered::Instance(database) = &mut source.offered {
        database.looks = looks;
    }
    source
}
