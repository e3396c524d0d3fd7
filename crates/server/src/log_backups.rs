//! Backs up the logs of databases: one loop that keeps a receiver for each instance whose policy
//! says so, and has what it received sealed.
//!
//! A receiver writes files into a folder of its own, the *spool*. Whole files become a run of log
//! backups: a backup as any other, captured from the spool. A file leaves the spool when the run
//! that holds it is complete, and not before, so a crash loses nothing: what was not complete is
//! captured again, and what was complete and is still in the spool is known by its name and
//! checksum.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use jiff::Timestamp;
use sexton_core::{
    Backup, Database, EventKind, InRealm, JobId, Keeper, LOG_FILES_MAX, LogBackup, LogFile, Made,
    Principal, ResourceArn, Source, SourceKind, State, Windows, chain, log_run,
};
use sexton_data::database::remove_segments;
use sexton_data::home::Home;
use sexton_store::{Change, Expect, Generation, SourceQuery, StoreError, Subject, Write};
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use crate::databases::Receiver;
use crate::error::OpsError;
use crate::jobs::Begun;
use crate::ops::decide::Beginning;
use crate::service::{Service, event};

mod files;

pub(crate) use files::make;

/// The folder of all spools, in the data folder.
pub(crate) const FOLDER: &str = "log-spool";

/// How folders begin in which log backups are restored.
const RESTORED: &str = ".restored-";

/// How often the spools are looked at.
const LOOK_WAIT: Duration = Duration::from_secs(2);

/// So many whole files are worth a run at once.
const FILES_GOOD: usize = 8;

/// Fewer become one when the oldest has waited for so long.
const FILES_WAIT: jiff::SignedDuration = jiff::SignedDuration::from_secs(10);

/// Runs of log backups that are looked at for files that are in the spool still.
const RUNS_LOOKED_AT: usize = 4;

/// How often the database is told to end the file that it writes, so that what is in it can be
/// backed up.
const FINISH_WAIT: Duration = Duration::from_mins(5);

/// How the log backup of an instance is to end.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum End {
    /// Not yet.
    NotYet,
    /// The server stops: the next one goes on.
    Stop,
    /// For good: the database is to keep nothing for us any more.
    Forget,
}

/// The tasks of instances, and how each is told to end.
type Tasks = HashMap<InRealm<ResourceArn>, (watch::Sender<End>, AbortOnDropHandle<()>)>;

/// Sees to it that each instance whose policy says so has a task, looking again when an instance
/// was changed, until `stop` says so. Public for tests.
pub async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let mut tasks = Tasks::new();
    if let Some(folder) = &service.logs.folder {
        remove_leftovers(&service, folder).await;
    }
    loop {
        let looked = tokio::select! {
            biased;
            _ = stop.changed() => break,
            looked = reconcile(&service, &mut tasks) => looked,
        };
        let wait = match looked {
            Ok(()) => Duration::from_hours(1),
            Err(error) => {
                tracing::warn!(error = chain(&error), "log backups were not looked at");
                LOOK_WAIT
            }
        };
        tokio::select! {
            () = tokio::time::sleep(wait) => (),
            () = service.logs.changed.notified() => (),
            _ = stop.changed() => break,
        }
    }
    for (end, _) in tasks.values() {
        end.send_replace(End::Stop);
    }
    for (_, (_, task)) in tasks {
        if let Err(error) = task.await {
            tracing::error!(%error, "a log backup did not stop as it should");
        }
    }
}

/// Begins what is wanted and ends what is not.
async fn reconcile(service: &Arc<Service>, tasks: &mut Tasks) -> Result<(), OpsError> {
    let mut sources = databases(service).await?;
    sources.retain(|source| source.offered.instance().is_some_and(backs_up_logs));
    let keys: Vec<_> = sources.iter().map(Source::key).collect();
    let gone: Vec<_> = tasks.keys().filter(|key| !keys.contains(key)).cloned().collect();
    // Whatever receives into them has ended before their spools go.
    for (end, task) in gone.iter().filter_map(|key| tasks.remove(key)) {
        end.send_replace(End::Forget);
        if let Err(error) = task.await {
            tracing::error!(%error, "a log backup did not end as it should");
        }
    }
    remove_spools(service, &sources).await;
    for source in sources {
        let key = source.key();
        if tasks.get(&key).is_none_or(|(_, task)| task.is_finished()) {
            let (end, ends) = watch::channel(End::NotYet);
            let task = tokio::spawn(back_up(Arc::clone(service), source, ends));
            tasks.insert(key, (end, AbortOnDropHandle::new(task)));
        }
    }
    Ok(())
}

/// Backs up the log of one instance until it is told to end.
async fn back_up(service: Arc<Service>, source: Source, mut ends: watch::Receiver<End>) {
    let key = source.key();
    let mut spool: Option<Spool> = None;
    while *ends.borrow_and_update() == End::NotYet {
        // Room is needed for deletions first: whoever receives would take all of it.
        let room = service.jobs.home().map_or(Ok(()), Home::check_room);
        let next = match (room, spool) {
            (Err(reason), None) => Err(reason),
            (Err(reason), Some(spool)) => {
                end(&key, spool.receiver, false).await;
                Err(reason)
            }
            (Ok(()), Some(spool)) => Ok(look(&service, &source, spool).await),
            (Ok(()), None) => begin(&service, &source).await.map(Spool::of),
        };
        spool = match next {
            Ok(spool) => Some(spool),
            Err(reason) => {
                service.logs.note(&key, Some(reason), 0);
                None
            }
        };
        tokio::select! {
            () = tokio::time::sleep(LOOK_WAIT) => (),
            _ = ends.changed() => (),
        }
    }
    let forgets = *ends.borrow() == End::Forget;
    if let Some(spool) = spool {
        end(&key, spool.receiver, forgets).await;
    }
    service.logs.forget(&key);
}

/// A receiver, and what is known of its spool.
struct Spool {
    receiver: Box<dyn Receiver>,
    /// Files that are there still although a complete run holds them, and when they were written.
    stored: HashMap<String, Timestamp>,
    finished: Instant,
}

impl Spool {
    fn of(receiver: Box<dyn Receiver>) -> Self {
        Self { receiver, stored: HashMap::new(), finished: instant() }
    }
}

/// Looks at a spool once, and has sealed what is whole.
async fn look(service: &Arc<Service>, source: &Source, mut spool: Spool) -> Spool {
    let key = source.key();
    let finish = spool.finished.elapsed() >= FINISH_WAIT;
    let asked = tokio::task::spawn_blocking(move || {
        if finish {
            spool.finished = instant();
            if let Err(reason) = spool.receiver.finish() {
                tracing::debug!(reason, "the database did not begin a new log file");
            }
        }
        let report = spool.receiver.look();
        (spool, report)
    });
    let (mut spool, report) = match asked.await {
        Ok(looked) => looked,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    service.logs.note(&key, report.problem, report.lag_bytes);
    if let Err(error) = store_files(service, source, report.whole, &mut spool).await {
        tracing::warn!(instance = %key.name, error = chain(&error), "a log was not backed up");
    }
    spool
}

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
fn instant() -> Instant {
    Instant::now()
}

fn backs_up_logs(database: &Database) -> bool {
    database.detached.is_none() && matches!(database.policy.log, LogBackup::On { .. })
}

/// Every instance that has a database.
async fn databases(service: &Service) -> Result<Vec<Source>, OpsError> {
    let mut all = Vec::new();
    for realm in service.store.list_realms().await? {
        let mut sources = service.store.list_sources(&realm).await?;
        sources.retain(|source| source.kind == SourceKind::Database);
        all.extend(sources);
    }
    Ok(all)
}

/// The spool of an instance.
pub(crate) fn spool(service: &Service, instance: &str) -> Option<PathBuf> {
    Some(service.logs.folder.as_ref()?.join(instance))
}

/// Where log backups are restored that a restore needs.
pub(crate) fn restore_folder(service: &Service, job: JobId) -> Option<PathBuf> {
    Some(service.logs.folder.as_ref()?.join(format!("{RESTORED}{job}")))
}

/// Removes plain log files of which nobody has need any more, and their folder.
pub(crate) async fn remove_files(folder: &Path) {
    match tokio::fs::remove_dir_all(folder).await {
        Ok(()) => (),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => (),
        Err(error) => {
            let folder = folder.display();
            tracing::error!(%error, %folder, "log files that are of no use were not removed");
        }
    }
}

/// Removes what restores have left that a crash interrupted.
async fn remove_leftovers(service: &Service, folder: &Path) {
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        let job = name.to_str().and_then(|name| name.strip_prefix(RESTORED)?.parse().ok());
        // What this server began itself is in use.
        if job.is_some_and(|job| !service.jobs.lock().contains_key(&job)) {
            remove_files(&entry.path()).await;
        }
    }
}

/// Removes the spools of all but these instances: nobody backs up what is in them any more.
async fn remove_spools(service: &Service, sources: &[Source]) {
    let Some(folder) = &service.logs.folder else { return };
    let Ok(mut entries) = tokio::fs::read_dir(folder).await else { return };
    while let Ok(Some(entry)) = entries.next_entry().await {
        let name = entry.file_name();
        let is_of = |source: &Source| name.to_str() == Some(source.offered.id());
        let is_spool = name.to_str().is_some_and(|name| !name.starts_with('.'));
        if is_spool && !sources.iter().any(is_of) {
            remove_files(&entry.path()).await;
        }
    }
}

async fn begin(service: &Arc<Service>, source: &Source) -> Result<Box<dyn Receiver>, String> {
    let key = source.key();
    let id = source.offered.id().to_owned();
    let settings = service.settings(&key).await?;
    let folder = spool(service, &id).ok_or("this server has no folder for log backups")?;
    let (databases, mark) = (Arc::clone(&service.databases), service.logs.mark.clone());
    let work = move || {
        make(&folder).map_err(|error| error.to_string())?;
        databases.receive(&settings, &folder, &format!("{id}_{mark}"))
    };
    let begun = tokio::task::spawn_blocking(work).await;
    let receiver = begun.map_err(|error| error.to_string())??;
    tracing::info!(instance = %key.name, "log backup begins");
    Ok(receiver)
}

/// Ends log backup; if it `forgets`, the database keeps nothing for us any more.
async fn end(key: &InRealm<ResourceArn>, mut receiver: Box<dyn Receiver>, forgets: bool) {
    let work = move || {
        // Dropped, it ends as well.
        if forgets { receiver.forget() } else { Ok(()) }
    };
    let ended = tokio::task::spawn_blocking(work).await;
    match ended.unwrap_or_else(|error| Err(error.to_string())) {
        Ok(()) if forgets => tracing::info!(instance = %key.name, "log backup has ended"),
        Ok(()) => (),
        Err(reason) => tracing::error!(
            instance = %key.name,
            reason,
            "log backup has ended, and the database may keep its log for it still"
        ),
    }
}

/// Has whole files of the spool sealed, a run after the other.
async fn store_files(
    service: &Arc<Service>,
    source: &Source,
    whole: Vec<String>,
    spool: &mut Spool,
) -> Result<(), OpsError> {
    let Some(folder) = self::spool(service, source.offered.id()) else { return Ok(()) };
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

/// What is known of log backups: for the metrics, and for whoever asks.
#[derive(Debug, Default)]
pub struct Logs {
    /// The folder of the spools; nothing if there is none.
    pub folder: Option<PathBuf>,
    /// Tells this server from others that back up the log of the same database.
    pub mark: String,
    /// A hint that an instance was changed; never data.
    pub(crate) changed: tokio::sync::Notify,
    states: std::sync::Mutex<HashMap<InRealm<ResourceArn>, LogState>>,
}

/// How the log backup of an instance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogState {
    /// What is wrong, if anything is.
    pub(crate) problem: Option<String>,
    /// How far what was received is behind the log of the database.
    pub(crate) lag_bytes: u64,
}

impl Logs {
    /// Log backups with a folder in the data folder.
    pub fn in_folder(data: &Path, mark: String) -> Self {
        Self { folder: Some(data.join(FOLDER)), mark, ..Self::default() }
    }

    fn states(&self) -> std::sync::MutexGuard<'_, HashMap<InRealm<ResourceArn>, LogState>> {
        self.states.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    fn note(&self, key: &InRealm<ResourceArn>, problem: Option<String>, lag_bytes: u64) {
        let state = LogState { problem, lag_bytes };
        let before = self.states().insert(key.clone(), state.clone());
        if before.and_then(|before| before.problem) != state.problem
            && let Some(problem) = &state.problem
        {
            tracing::warn!(instance = %key.name, problem, "log backup does not go on");
        }
    }

    fn forget(&self, key: &InRealm<ResourceArn>) {
        self.states().remove(key);
    }

    /// The largest lag in bytes, and how many instances have a problem.
    pub(crate) fn sums(&self) -> (u64, u64) {
        let states = self.states();
        let lag = states.values().map(|state| state.lag_bytes).max().unwrap_or(0);
        let problems = states.values().filter(|state| state.problem.is_some()).count();
        (lag, u64::try_from(problems).unwrap_or(u64::MAX))
    }
}
