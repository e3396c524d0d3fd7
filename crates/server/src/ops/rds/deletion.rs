//! `DeleteBackup` of RDS: up to a hundred sets, all of them or none.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, BackupSetNumber, Database, DeletedSet, Erasure, EventKind, InRealm,
    Leftover, LogBackup, LogCover, Principal, Protection, RdsRefusal, Realm, SetsRefusal, State,
    Why, decide_delete_sets,
};
use sexton_store::{Change, Commit, Follow, LogSpan, Reading, Subject, Write};

use super::Found;
use super::instances::no_instance;
use super::sets::as_set;
use crate::error::OpsError;
use crate::ops::decide::again;
use crate::service::{Service, event};

impl Service {
    /// Deletes backup sets of an instance. When this returns `Ok`, the decision, the destroyed
    /// keys, the erasures and the audit event are durable, all of it in one transaction, and none
    /// of the sets is shown any more; their bytes follow.
    pub async fn delete_backup_sets(
        &self,
        realm: &Realm,
        id: &str,
        asked: &[String],
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let found = self.instance(realm, id, now).await?;
        let logs = found.source.realm.with(found.database.id.log_arn(&found.source.realm));
        let logs = self.store.log_span(&logs).await?;
        let (found, logs) = (&found, &logs);
        again(|| async move {
            let names = names_of(found, asked);
            let mut roots = vec![Subject::Source(found.source.key())];
            roots.extend(names.values().cloned().map(Subject::Backup));
            let reading = self.store.read(&roots, Follow::Nothing).await?;
            let source = reading.source(&found.source.key()).ok_or_else(|| no_instance(id))?;
            let database = source.offered.instance().ok_or_else(|| no_instance(id))?;
            let facts = database.facts(found.seen.unreachable.is_none());
            let find = |set: &str| {
                let (backup, around) = reading.backup_around(names.get(set)?)?;
                as_set(backup, &around.uses)
            };
            let going = decide_delete_sets(&facts, &database.policy, asked, find, now);
            let going = going.map_err(|refusal| match (refusal, found.seen.silent()) {
                (SetsRefusal::NotRunning, Some(why)) => {
                    RdsRefusal::NotRunning { id: database.id.clone(), why }
                }
                (refusal, _) => refusal.into(),
            })?;
            let going: Vec<&InRealm<BackupName>> =
                going.into_iter().filter_map(|set| names.get(set)).collect();
            let cover = |backup: &Backup| logs_over(backup, logs.as_ref(), database);
            let change = self.deletion_of(&reading, &going, (by, now), cover);
            let deleted = EventKind::SetsDeleted {
                source: source.arn.clone(),
                sets: change.1,
                running_seen: found.seen.at,
            };
            let change = Change {
                expects: reading.expects(),
                writes: change.0,
                event: Some(event(now, by, &source.realm, deleted)),
                ..Change::default()
            };
            let committed = self.store.commit(change).await?;
            Ok::<_, OpsError>((committed == Commit::Done).then_some(()))
        })
        .await?;
        self.erasures.notify_one();
        Ok(())
    }

    /// What is written of the sets that go.
    fn deletion_of(
        &self,
        reading: &Reading,
        going: &[&InRealm<BackupName>],
        (by, now): (&Principal, Timestamp),
        cover: impl Fn(&Backup) -> Option<LogCover>,
    ) -> (Vec<Write>, Vec<DeletedSet>) {
        let (mut writes, mut sets) = (Vec::new(), Vec::new());
        for key in going {
            let Some((backup, around)) = reading.backup_around(key) else { continue };
            let name = backup.name.clone();
            let erasure = match &backup.state {
                State::Failed { bytes: Leftover::Erased, .. } => {
                    writes.push(Write::RemoveBackup((*key).clone()));
                    None
                }
                // What is erased already goes on, and the record goes with it.
                State::Failed { bytes: Leftover::Erasing { erasing }, .. } => {
                    writes.push(Write::PutBackup(backup.clone().erased_by(erasing.clone())));
                    Some(erasing.job)
                }
                State::Creating
                | State::Completed { .. }
                | State::Expired { .. }
                | State::Deleting { .. } => {
                    let job = self.new_job_id(now);
                    let begun = Erasure::begin(job, now, by.clone(), Why::Asked);
                    let erasing = Erasure {
                        checked: vec![Protection::StateAndUses, Protection::Instance],
                        known_copies: around.copies,
                        log_backups: cover(backup).map(Box::new),
                        ..begun
                    };
                    writes.push(Write::BeginErasure(backup.clone().erased_by(erasing)));
                    Some(job)
                }
            };
            sets.push(DeletedSet { backup: name, erasure });
        }
        (writes, sets)
    }
}

/// What the sets that are asked for are found by, those that can be.
fn names_of<'a>(found: &Found, asked: &'a [String]) -> BTreeMap<&'a str, InRealm<BackupName>> {
    let (instance, realm) = (&found.database.id, &found.source.realm);
    // One more than may be asked for is never looked at.
    let asked = asked.iter().take(sexton_core::SETS_MAX);
    let named = asked.filter_map(|set| {
        let number: BackupSetNumber = set.parse().ok()?;
        Some((set.as_str(), realm.with(number.name(instance, realm))))
    });
    named.collect()
}

/// The log backups that cover the data of `backup`: those that tell of a time after it was made.
fn logs_over(backup: &Backup, logs: Option<&LogSpan>, database: &Database) -> Option<LogCover> {
    let LogSpan { runs, from, until } = *logs?;
    if until < backup.created {
        return None;
    }
    let days = match database.policy.log {
        LogBackup::On { days } => days,
        LogBackup::Off => database.policy.days,
    };
    let kept = SignedDuration::from_hours(24 * i64::from(days));
    let kept_until = until.saturating_add(kept).unwrap_or(Timestamp::MAX);
    Some(LogCover { runs, from, until, kept_until })
}
