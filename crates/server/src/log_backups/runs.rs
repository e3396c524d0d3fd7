//! Runs of log backups: whole files of a spool, sealed together.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, Database, EventKind, Keeper, LOG_FILES_MAX, LogFile, Made, Principal, Source, State,
    Windows, log_run,
};
use sexton_data::database::remove_segments;
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

/// Has whole files of the spool sealed, a run after the other.
pub(super) async fn store_files(
    service: &Arc<Service>,
    source: &Source,
    whole: Vec<String>,
    spool: &mut Spool,
) -> Result<(), OpsError> {
    let Some(folder) = folder_of(service, source.offered.id()) else { return Ok(()) };
    spool.stored.retain(|name, _| whole.contains(name));
    let written = |name: &String| files::written(&folder, name);
    let is_new = |name: &String| {
        spool.stored.get(name).is_none_or(|known| written(name).is_none_or(|now| now != *known))
    };
    let mut names: Vec<String> = whole.into_iter().filter(is_new).collect();
    while !names.is_empty() {
        let oldest = written(&names[0]).unwrap_or(Timestamp::MIN);
        let waited = service.clock.system().duration_since(oldest) >= FILES_WAIT;
        if names.len() < FILES_GOOD && !waited {
            return Ok(());
        }
        let together: Vec<String> = names.drain(..names.len().min(LOG_FILES_MAX)).collect();
        let at = folder.clone();
        let read = tokio::task::spawn_blocking(move || files::describe(&at, &together)).await;
        let described = read.map_err(StoreError::not_done)?.map_err(StoreError::not_done)?;
        if !store_run(service, source, &described).await? {
            return Ok(());
        }
        let stored: Vec<String> = described.iter().map(|file| file.name.clone()).collect();
        spool.stored.extend(described.into_iter().map(|file| (file.name, file.until)));
        let at = folder.clone();
        let removed = tokio::task::spawn_blocking(move || remove_segments(&at, &stored)).await;
        removed.map_err(StoreError::not_done)?.map_err(StoreError::not_done)?;
    }
    Ok(())
}

/// Has these files sealed as a run, those that no complete run holds. `false` if that failed.
async fn store_run(
    service: &Arc<Service>,
    source: &Source,
    described: &[LogFile],
) -> Result<bool, OpsError> {
    let Some(database) = source.offered.instance() else { return Ok(false) };
    let (known, last) = stored_files(service, source, database).await?;
    let is_known =
        |file: &LogFile| known.iter().any(|it| it.name == file.name && it.sha256 == file.sha256);
    let mut new: Vec<LogFile> = described.iter().filter(|file| !is_known(file)).cloned().collect();
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

/// Files of the newest complete runs, and until when the newest tells.
async fn stored_files(
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
        known.extend(kept.files);
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
                self.watched(Windows::default(), now, &running, work).await
            };
            let captured = captured.map_err(|loss| loss.reason().to_owned());
            let end = || self.end_source_backup(&backup, &captured);
            completed = self.until_done(id, end).await && captured.is_ok();
        }
        self.jobs.lock().remove(&id);
        Ok(completed)
    }
}
