//! Restores of backup sets: begun, followed and ended.
//!
//! RDS restores a set into a new instance, which this server cannot make: a person says where to,
//! with `sexton restore`. Each restore is a use of every backup that it reads, written down in
//! the instance, so that the next start ends what a crash interrupted.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::{Arc, Mutex, PoisonError};

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupSetNumber, Database, EventKind, InRealm, JobId, Keeper, OfLog, Offered,
    Principal, RdsRefusal, Realm, ResourceArn, SetRestore, SetsRefusal, Source, State, Use,
    covering,
};
use sexton_store::{Change, Commit, Follow, PAGE_ITEMS_MAX, SourceQuery, Subject, Write};
use zeroize::Zeroizing;

use super::instances::no_instance;
use crate::error::OpsError;
use crate::ops::decide::{Beginning, again};
use crate::service::{Service, event};

/// Restores that are remembered after their end, for whoever asks what became of them.
const REMEMBERED_MAX: usize = 1000;

/// Where a set is restored to.
#[derive(Debug)]
pub enum Into {
    /// A new folder of the server's machine.
    Folder(PathBuf),
    /// A database that is there and empty: how it is reached, and which one of the set.
    Database(Zeroizing<String>, Option<String>),
}

/// A restore that somebody asks for.
#[derive(Debug)]
pub struct SetRestoreOrder {
    /// The instance.
    pub instance: String,
    /// The set.
    pub set: String,
    /// Where to.
    pub into: Into,
    /// To which time, if not to that of the set.
    pub time: Option<Timestamp>,
}

/// What becomes of a restore.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum SetRestoreState {
    /// It reads.
    Running,
    /// It is whole; what is to be said of that.
    Completed(String),
    /// Nothing is left of it, because of this.
    Failed(String),
}

/// The restores of this process.
#[derive(Debug, Default)]
pub struct SetRestores(Mutex<HashMap<JobId, (Realm, SetRestoreState)>>);

impl SetRestores {
    /// What becomes of a restore of this account.
    pub(crate) fn state(&self, realm: &Realm, job: JobId) -> Option<SetRestoreState> {
        let known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let (of, state) = known.get(&job)?;
        (of.account == realm.account).then(|| state.clone())
    }

    pub(crate) fn note(&self, realm: &Realm, job: JobId, state: SetRestoreState) {
        let mut known = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if known.len() >= REMEMBERED_MAX {
            let ended = |state: &SetRestoreState| *state != SetRestoreState::Running;
            let oldest = known.iter().filter(|(_, (_, it))| ended(it)).map(|(job, _)| *job).min();
            oldest.and_then(|oldest| known.remove(&oldest));
        }
        known.insert(job, (realm.clone(), state));
    }
}

/// A restore that was begun: what it reads.
#[derive(Debug, Clone)]
pub(crate) struct BegunRestore {
    pub(crate) job: JobId,
    /// The instance.
    pub(crate) source: InRealm<ResourceArn>,
    pub(crate) set: Backup,
    /// The runs of log backups, the oldest first.
    pub(crate) logs: Vec<Backup>,
}

impl Service {
    /// Begins a restore, which is a use of all that it reads. Gives what it is known by.
    pub async fn restore_set(
        self: &Arc<Self>,
        order: SetRestoreOrder,
        by: &Principal,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<JobId, OpsError> {
        let job = self.new_job_id(now);
        let begun = again(|| self.try_restore_set(&order, job, (by, now), realm)).await?;
        self.set_restores.note(realm, job, SetRestoreState::Running);
        self.run_set_restore(begun, order.into, order.time);
        Ok(job)
    }

    async fn try_restore_set(
        &self,
        order: &SetRestoreOrder,
        job: JobId,
        (by, now): (&Principal, Timestamp),
        realm: &Realm,
    ) -> Result<Option<BegunRestore>, OpsError> {
        self.jobs.check_places().map_err(OpsError::TooManyRestores)?;
        let key = self.instance_key(realm, &order.instance).await?;
        let missing = || RdsRefusal::Sets(SetsRefusal::NoSet { id: order.set.clone() });
        let number: BackupSetNumber = order.set.parse().map_err(|_| missing())?;
        let id = sexton_core::InstanceId::of(&key.name).ok_or_else(missing)?;
        let name = key.realm.with(number.name(&id, &key.realm));
        let logs = match order.time {
            None => Vec::new(),
            Some(_) => self.runs_of(&key.realm.with(id.log_arn(&key.realm))).await?,
        };
        let mut roots = vec![Subject::Source(key.clone()), Subject::Backup(name.clone())];
        roots.extend(logs.iter().map(|log| Subject::Backup(log.key())));
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        let source = reading.source(&key).ok_or_else(|| no_instance(&order.instance))?;
        let database = source.offered.instance().ok_or_else(|| no_instance(&order.instance))?;
        let set = reading.backup(&name).ok_or_else(missing)?.clone();
        let State::Completed { content } = &set.state else {
            let message = format!("backup set {number} is {} and cannot be read", set.state.name());
            return Err(RdsRefusal::Method { message }.into());
        };
        if let Keeper::Instance(kept) = &set.keeper {
            let into_database = matches!(order.into, Into::Database(..));
            kept.check_restore(order.time.is_some(), into_database)?;
        }
        let logs = match order.time {
            None => Vec::new(),
            Some(time) => needed_logs(&set, content.completed, logs, time)?,
        };
        let target = match &order.into {
            Into::Folder(target) => target.to_str().map(str::to_owned),
            Into::Database(..) => None,
        };
        let mut reads = vec![set.name.clone()];
        reads.extend(logs.iter().map(|log| log.name.clone()));
        let change = Change {
            expects: reading.expects(),
            writes: begin(source, database, SetRestore { job, reads, target }),
            event: Some(event(
                now,
                by,
                &key.realm,
                EventKind::RestoreStarted { job, backup: set.name.clone() },
            )),
            ..Change::default()
        };
        let begun = BegunRestore { job, source: key, set, logs };
        match self.begin_work(change, Subject::Backup(name)).await? {
            Beginning::Stale => Ok(None),
            // If it was not written down, its end finds nothing to take back.
            Beginning::Surely | Beginning::Perhaps(_) => Ok(Some(begun)),
        }
    }

    /// The complete runs of log backups of an instance, the oldest first, life by life.
    async fn runs_of(&self, logs: &InRealm<ResourceArn>) -> Result<Vec<Backup>, OpsError> {
        let filter = SourceQuery::all(logs.clone());
        let (mut runs, mut after) = (Vec::new(), None);
        loop {
            let page = self.store.list_of_source(&filter, after.as_ref(), PAGE_ITEMS_MAX).await?;
            let whole = |run: &Backup| {
                matches!(run.state, State::Completed { .. }) && log_of(run).is_some()
            };
            runs.extend(page.items.into_iter().filter(whole));
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        runs.sort_by_key(|run| log_of(run).map(|kept| (kept.life, kept.until)));
        Ok(runs)
    }

    /// Writes down that a restore has ended: what it read is in use no more.
    pub(crate) async fn end_set_restore(
        &self,
        source: &InRealm<ResourceArn>,
        job: JobId,
        completed: bool,
    ) -> Result<(), OpsError> {
        loop {
            let (found, expect) = self.store.source(source).await?;
            let Some(mut found) = found else { return Ok(()) };
            let Offered::Instance(database) = &mut found.offered else { return Ok(()) };
            let at = database.restores.iter().position(|restore| restore.job == job);
            let Some(at) = at else { return Ok(()) };
            let restore = database.restores.remove(at);
            let mut expects = vec![expect];
            let mut writes = Vec::new();
            for name in &restore.reads {
                let key = source.realm.with(name.clone());
                let subject = Subject::Backup(key.clone());
                let reading = self.store.read(&[subject], Follow::Nothing).await?;
                // What is there is in use, and so it is not deleted meanwhile.
                if reading.backup(&key).is_some() {
                    writes.push(Write::RemoveUse(key, job));
                    expects.extend(reading.expects());
                }
            }
            writes.push(Write::PutSource(found));
            let (now, server) = (self.clock.now(), Principal::server());
            let ended = restore.reads.first().map(|backup| {
                let kind = EventKind::RestoreEnded { job, backup: backup.clone(), completed };
                event(now, &server, &source.realm, kind)
            });
            let change =
                Change { expects, writes, event: ended, background: true, ..Change::default() };
            if self.store.commit(change).await? == Commit::Done {
                return Ok(());
            }
        }
    }

    /// Ends the restores of an instance that ran when the last server stopped. Gives the folders
    /// that they were making.
    pub(crate) async fn end_interrupted_set_restores(
        &self,
        source: &Source,
    ) -> Result<Vec<PathBuf>, OpsError> {
        let Some(database) = source.offered.instance() else { return Ok(Vec::new()) };
        for restore in &database.restores {
            self.end_set_restore(&source.key(), restore.job, false).await?;
        }
        let targets = database.restores.iter().filter_map(|restore| restore.target.as_ref());
        Ok(targets.map(PathBuf::from).collect())
    }
}

/// What is written when a restore begins.
fn begin(source: &Source, database: &Database, restore: SetRestore) -> Vec<Write> {
    let (realm, job) = (&source.realm, restore.job);
    let uses =
        restore.reads.iter().map(|name| Write::AddUse(realm.with(name.clone()), Use::restore(job)));
    let mut writes: Vec<Write> = uses.collect();
    let mut database = database.clone();
    database.restores.push(restore);
    let offered = Offered::Instance(Box::new(database));
    writes.push(Write::PutSource(Source { offered, ..source.clone() }));
    writes
}

/// The runs that tell of everything from the set to `time`.
fn needed_logs(
    set: &Backup,
    consistent: Timestamp,
    runs: Vec<Backup>,
    time: Timestamp,
) -> Result<Vec<Backup>, RdsRefusal> {
    let told: Vec<_> = runs.iter().filter_map(log_of).collect();
    let range = covering((set.created, consistent), &told, time)?;
    // Whatever is no run was sorted out when they were listed.
    Ok(runs.into_iter().take(range.end).skip(range.start).collect())
}

fn log_of(run: &Backup) -> Option<&OfLog> {
    match &run.keeper {
        Keeper::Log(kept) => Some(kept),
        Keeper::Vault(_) | Keeper::FileSystem(_) | Keeper::Instance(_) => None,
    }
}
