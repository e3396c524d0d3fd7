//! Runs of log backups: whole files of a spool, sealed together.

use std::iter;
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, Database, EventKind, Keeper, LOG_FILES_MAX, LogFile, Made, Principal, Source, State,
    Windows, log_run,
};
use sexton_data::database::{Segment, first_gap, remove_segments};
use sexton_store::{Change, Expect, Generation, SourceQuery, StoreError, Subject, Write};

use super::files;
use super::spools::spool as folder_of;
use super::tasks::Spool;
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::ops::decide::Beginning;
use crate::service::{Service, event};

/// So many whole files are worth a run at once.
const FILES_GOOD: usize = 8;

/// Fewer become one when the oldest has waited for so long.
const FILES_WAIT: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);

/// Runs of log backups that are looked at for files that are in the spool still.
const RUNS_LOOKED_AT: usize = 4;

/// Has whole files of the spool sealed, a run after the other; `all` of them, or those that are
/// worth a run. Tells whether none is left.
pub(super) async fn store_files(
    service: &Arc<Service>,
    source: &Source,
    (whole, all): (Vec<String>, bool),
    spool: &mut Spool,
) -> Result<bool, OpsError> {
    let Some(folder) = folder_of(service, source.offered.id()) else { return Ok(false) };
    spool.stored.retain(|name, _| whole.contains(name));
    let written = |name: &String| files::written(&folder, name);
    let is_new = |name: &String| {
        spool.stored.get(name).is_none_or(|known| written(name).is_none_or(|now| now != *known))
    };
    let mut names: Vec<String> = whole.into_iter().filter(is_new).collect();
    while !names.is_empty() {
        let oldest = written(&names[0]).unwrap_or(Timestamp::MIN);
        let waited = service.clock.system().duration_since(oldest) >= FILES_WAIT;
        if names.len() < FILES_GOOD && !waited && !all {
            return Ok(false);
        }
        let together: Vec<String> = names.drain(..names.len().min(LOG_FILES_MAX)).collect();
        let at = folder.clone();
        let read = tokio::task::spawn_blocking(move || files::describe(&at, &together)).await;
        let described = read.map_err(StoreError::not_done)?.map_err(StoreError::not_done)?;
        if !store_run(service, source, &described, spool).await? {
            return Ok(false);
        }
        let stored: Vec<String> = described.iter().map(|file| file.name.clone()).collect();
        spool.stored.extend(described.into_iter().map(|file| (file.name, file.until)));
        let at = folder.clone();
        let removed = tokio::task::spawn_blocking(move || remove_segments(&at, &stored)).await;
        removed.map_err(StoreError::not_done)?.map_err(StoreError::not_done)?;
    }
    Ok(true)
}

/// Has these files sealed as a run, those that no complete run holds. `false` if that failed.
async fn store_run(
    service: &Arc<Service>,
    source: &Source,
    described: &[LogFile],
    spool: &mut Spool,
) -> Result<bool, OpsError> {
    let Some(database) = source.offered.instance() else { return Ok(false) };
    let (known, last) = stored_files(service, source, database).await?;
    let is_known =
        |file: &LogFile| known.iter().any(|it| it.name == file.name && it.sha256 == file.sha256);
    let mut new: Vec<LogFile> = described.iter().filter(|file| !is_known(file)).cloned().collect();
    if let Some(missing) = missing_between(&known, &new) {
        let instance = source.offered.id();
        tracing::error!(instance, missing, "a part of a log is not backed up");
        spool.missing = Some(missing);
    }
    // Each tells from the end of the one before it.
    let mut from = last;
    for file in &mut new {
        file.from = from.unwrap_or(file.until).min(file.until);
        from = Some(file.until);
    }
    let (now, random) = (service.clock.now(), service.entropy.bytes());
    match log_run(database, new, &source.realm, now, random) {
        Some(backup) => service.capture_run(source, backup).await,
        None => Ok(true),
    }
}

/// What is missing between what is stored and what is new, in words: somebody has removed what was
/// received, or the database did not keep what was not.
fn missing_between(known: &[LogFile], new: &[LogFile]) -> Option<String> {
    let segment = |file: &LogFile| Segment { name: file.name.clone(), bytes: file.bytes };
    let newest = known.iter().map(segment).max_by_key(Segment::number);
    let newest = newest.filter(|newest| newest.number().is_some())?;
    let segments: Vec<Segment> = iter::once(newest).chain(new.iter().map(segment)).collect();
    let (before, after) = first_gap(&segments)?;
    Some(format!(
        "the log between {before} and {after} is missing: no older backup set is restored to a \
         later time; make a backup"
    ))
}

/// Files of the newest complete runs of the present life of the log, and until when the newest run
/// tells.
pub(super) async fn stored_files(
    service: &Service,
    source: &Source,
    database: &Database,
) -> Result<(Vec<LogFile>, Option<Timestamp>), OpsError> {
    let logs = source.realm.with(database.id.log_arn(&source.realm));
    let whole = |backup: &Backup| matches!(backup.state, State::Completed { .. });
    let filter = SourceQuery { source: logs, wanted: Arc::new(whole) };
    let page = service.store.list_of_source(&filter, None, RUNS_LOOKED_AT).await?;
    let (mut known, mut last) = (Vec::new(), None);
    for backup in page.items {
        let Keeper::Log(kept) = backup.keeper else { continue };
        last = last.max(Some(kept.until));
        // What another life has is to be here too: nobody goes from one to the other.
        if kept.life == database.log_life {
            known.extend(kept.files);
        }
    }
    Ok((known, last))
}

impl Service {
    /// Captures a run of log backups. `false` if that failed: its files are captured again.
    async fn capture_run(
        self: &Arc<Self>,
        source: &Source,
        backup: Backup,
    ) -> Result<bool, OpsError> {
        let (now, by) = (backup.created, Principal::server());
        let key = self.entropy.key();
        let started = EventKind::SourceBackupStarted {
            backup: backup.name.clone(),
            source: backup.source.clone(),
            made: Made::Automatic,
        };
        let subject = Subject::Backup(backup.key());
        let change = Change {
            expects: vec![Expect { subject: subject.clone(), generation: Generation(0) }],
            writes: vec![Write::CreateBackup(backup.clone(), key.copy())],
            event: Some(event(now, &by, &backup.realm, started)),
            background: true,
            ..Change::default()
        };
        let begun = match self.begin_work(change, subject).await? {
            Beginning::Stale => return Ok(false),
            Beginning::Surely => Begun::Surely,
            Beginning::Perhaps(_) => Begun::Perhaps,
        };
        let id = backup.id.job();
        let running = self.jobs.begin(id);
        let mut completed = false;
        if self.has_begun(&backup, begun).await {
            let captured = {
                let work = self.capture(&source.kind, &backup, &key, &running);
                let times = (Windows::default(), now);
                self.watched_capture(&source.kind, times, &running, work).await
            };
            let captured = captured.map_err(|loss| loss.reason().to_owned());
            let end = || self.end_source_backup(&backup, &captured);
            completed = self.until_done(id, end).await && captured.is_ok();
        }
        self.jobs.lock().remove(&id);
        Ok(completed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn file(name: &str) -> LogFile {
        let (from, until) = (Timestamp::UNIX_EPOCH, Timestamp::UNIX_EPOCH);
        LogFile { name: name.to_owned(), bytes: 16 << 20, sha256: String::new(), from, until }
    }

    #[test]
    fn what_is_missing_of_a_log_is_noticed_when_it_goes_on() {
        let segment = |number: u8| file(&format!("0000000100000000{number:08X}"));
        let known = [segment(4), segment(5), segment(3)];
        assert_eq!(missing_between(&known, &[segment(6), segment(7)]), None);
        assert_eq!(missing_between(&[], &[segment(6)]), None, "nothing was before it");
        let missing = missing_between(&known, &[segment(8), segment(9)]).unwrap();
        let said = "between 000000010000000000000005 and 000000010000000000000008 is missing";
        assert!(missing.contains(said), "{missing}");
        let missing = missing_between(&known, &[segment(6), segment(8)]).unwrap();
        assert!(missing.contains("00000006 and"), "{missing}");
        let binary = |number: u8| file(&format!("mysql-bin.{number:06}"));
        assert_eq!(missing_between(&[binary(9)], &[binary(10)]), None);
        let missing = missing_between(&[binary(9)], &[binary(12)]).unwrap();
        assert!(missing.contains("mysql-bin.000009 and mysql-bin.000012"), "{missing}");
    }
}
