//! The tasks that keep a receiver for each instance whose policy says so.
//!
//! Nobody waits for a task of an instance but whoever stops the server: one whose database does not
//! answer holds up no other.

use std::collections::{HashMap, HashSet};
use std::sync::Arc;
use std::time::{Duration, Instant};

use aws_lc_rs::digest::{SHA256, digest};
use jiff::Timestamp;
use sexton_core::{Database, InRealm, LogBackup, ResourceArn, Source, SourceKind, chain};
use sexton_data::home::Home;
use tokio::sync::watch;
use tokio_util::task::AbortOnDropHandle;

use super::lives::{end_life, make_spool};
use super::runs::store_files;
use super::slots::Drops;
use super::{received_as, spools};
use crate::databases::{LAG_FRESH, Receiver};
use crate::error::OpsError;
use crate::service::Service;

/// How often the spools are looked at.
const LOOK_WAIT: Duration = Duration::from_secs(2);

/// How often the database is told to end the file that it writes, so that what is in it can be
/// backed up.
const FINISH_WAIT: Duration = Duration::from_mins(5);

/// What the task of an instance is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
struct Told {
    end: bool,
    /// How often the instance may have changed: how it is reached has to be looked at again.
    changes: u64,
}

/// The task of an instance. It has ended once nobody listens to what it is told.
struct Task {
    tell: watch::Sender<Told>,
    work: AbortOnDropHandle<()>,
}

impl Task {
    fn begin(service: &Arc<Service>, source: Source) -> Self {
        let (tell, told) = watch::channel(Told { end: false, changes: 0 });
        let work = tokio::spawn(watched(Arc::clone(service), source, told));
        Self { tell, work: AbortOnDropHandle::new(work) }
    }

    fn end(&self) {
        self.tell.send_modify(|told| told.end = true);
    }

    fn look_again(&self) {
        self.tell.send_modify(|told| told.changes += 1);
    }
}

type Tasks = HashMap<InRealm<ResourceArn>, Task>;

/// Sees to it that each instance whose policy says so has a task, looking again when an instance
/// was changed, until `stop` says so. Public for tests.
pub async fn run(service: Arc<Service>, mut stop: watch::Receiver<bool>) {
    let stops = stop.clone();
    let (mut tasks, mut drops) = (Tasks::new(), Drops::default());
    if let Some(folder) = &service.logs.folder {
        spools::remove_leftovers(&service, folder).await;
        end_left(&service).await;
    }
    loop {
        let looked = tokio::select! {
            biased;
            _ = stop.changed() => break,
            looked = reconcile(&service, &mut tasks, (&mut drops, &stops)) => looked,
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
    for task in tasks.values() {
        task.end();
    }
    for task in tasks.into_values() {
        if let Err(error) = task.work.await {
            tracing::error!(%error, "a log backup did not stop as it should");
        }
    }
    drops.stop().await;
}

/// Ends what a process that was killed has left: it would go on to receive for nobody, and keep
/// others from the log.
async fn end_left(service: &Service) {
    let (databases, mark) = (Arc::clone(&service.databases), service.logs.mark.clone());
    let ended = tokio::task::spawn_blocking(move || databases.end_left(&mark)).await;
    match ended {
        Ok(0) => (),
        Ok(ended) => tracing::warn!(ended, "receivers of logs that were left behind are ended"),
        Err(error) => tracing::error!(%error, "receivers that were left behind were not ended"),
    }
}

/// Begins what is wanted and has what is not end.
async fn reconcile(
    service: &Arc<Service>,
    tasks: &mut Tasks,
    (drops, stop): (&mut Drops, &watch::Receiver<bool>),
) -> Result<(), OpsError> {
    let all = databases(service).await?;
    let mut sources = all.clone();
    sources.retain(|source| source.offered.instance().is_some_and(backs_up_logs));
    let wanted: HashSet<_> = sources.iter().map(Source::key).collect();
    tasks.retain(|_, task| !task.tell.is_closed());
    for (key, task) in &*tasks {
        if wanted.contains(key) {
            task.look_again();
        } else {
            task.end();
        }
    }
    // A slot cannot be dropped while its receiver lives.
    drops.reconcile(service, &all, stop, |key| tasks.contains_key(key) && !wanted.contains(key));
    // Whatever receives into them has ended before their spools go.
    let used = tasks.keys().chain(&wanted).map(|key| spools::name_of(&key.name)).collect();
    spools::remove_spools(service, &used).await;
    for source in sources {
        // Whoever still ends has this looked at again once it has.
        tasks.entry(source.key()).or_insert_with(|| Task::begin(service, source));
    }
    Ok(())
}

/// Backs up the log of one instance, and has it begun again soon if that panics: nobody else
/// would see before the next look that nothing is received.
async fn watched(service: Arc<Service>, source: Source, told: watch::Receiver<Told>) {
    let key = source.key();
    let work = tokio::spawn(back_up(Arc::clone(&service), source, told));
    let Err(error) = AbortOnDropHandle::new(work).await else { return };
    tracing::error!(instance = %key.name, %error, "a log backup is begun again");
    let problem = "a part of the server failed, see its log; it is begun again".to_owned();
    service.logs.note(&key, Some(problem), None);
    tokio::time::sleep(LOOK_WAIT).await;
    service.logs.changed.notify_one();
}

/// Backs up the log of one instance until it is told to end.
async fn back_up(service: Arc<Service>, mut source: Source, mut told: watch::Receiver<Told>) {
    let key = source.key();
    let mut spool: Option<Spool> = None;
    // When the lag was asked for that grows while nobody receives.
    let mut asked: Option<Instant> = None;
    loop {
        let Told { end: ends, changes } = *told.borrow_and_update();
        if ends {
            break;
        }
        // Room is needed for deletions first: whoever receives would take all of it.
        let room = service.jobs.home().map_or(Ok(()), Home::check_room);
        let next = match (room, spool) {
            (Err(reason), None) => Err(reason),
            (Err(reason), Some(spool)) => {
                end(spool.receiver).await;
                Err(reason)
            }
            (Ok(()), Some(spool)) => match renewed(&service, &mut source, spool, changes).await {
                Ok(spool) => Ok(look(&service, &source, spool).await),
                Err(reason) => Err(reason),
            },
            (Ok(()), None) => begin(&service, &mut source, changes).await.map(Some),
        };
        spool = match next {
            Ok(spool) => spool,
            Err(reason) => {
                let is_due = asked.is_none_or(|asked| asked.elapsed() >= LAG_FRESH);
                let lag = if is_due { lag_of(&service, &source).await } else { None };
                asked = if is_due { Some(instant()) } else { asked };
                service.logs.note(&key, Some(reason), lag);
                None
            }
        };
        tokio::select! {
            () = tokio::time::sleep(LOOK_WAIT) => (),
            _ = told.changed() => (),
        }
    }
    if let Some(spool) = spool {
        end(spool.receiver).await;
    }
    tracing::info!(instance = %key.name, "log backup stops");
    service.logs.forget(&key);
    // Only now may its spool go, or somebody begin in it again.
    drop(told);
    service.logs.changed.notify_one();
}

/// A receiver, and what is known of its spool.
pub(super) struct Spool {
    receiver: Box<dyn Receiver>,
    /// What is missing of the log, as far as this receiver came upon it.
    pub(super) missing: Option<String>,
    /// Files that are there still although a complete run holds them, and when they were written.
    pub(super) stored: HashMap<String, Timestamp>,
    finished: Instant,
    /// Why no new file of the log was begun the last time.
    unfinished: Option<String>,
    /// Stands for how the database was reached when the receiver began, and tells nothing of it.
    settings: [u8; 32],
    /// The changes of the instance of which that is known to be as it was.
    changes: u64,
}

/// Looks at a spool once, and has sealed what is whole. Gives nothing once its life has ended.
async fn look(service: &Arc<Service>, source: &Source, mut spool: Spool) -> Option<Spool> {
    let key = source.key();
    let finish = spool.finished.elapsed() >= FINISH_WAIT;
    let asked = tokio::task::spawn_blocking(move || {
        if finish {
            spool.finished = instant();
            spool.unfinished = spool.receiver.finish().err().map(|reason| {
                format!(
                    "the log is received, but the database was not made to begin a new file of \
                     it, and what is in the present one is backed up late: {reason}"
                )
            });
        }
        let report = spool.receiver.look();
        (spool, report)
    });
    let (mut spool, report) = match asked.await {
        Ok(looked) => looked,
        Err(error) => std::panic::resume_unwind(error.into_panic()),
    };
    let problem = report.problem.or_else(|| spool.missing.clone());
    let problem = problem.or_else(|| spool.unfinished.clone());
    service.logs.note(&key, problem, Some(report.lag_bytes));
    let whole = (report.whole, report.parted.is_some());
    let stored = store_files(service, source, whole, &mut spool).await;
    let ended = match (stored, report.parted) {
        (Ok(true), Some(reason)) => end_life(service, source, &reason).await.map(|()| true),
        (stored, _) => stored.map(|_| false),
    };
    match ended {
        Ok(true) => {
            end(spool.receiver).await;
            return None;
        }
        Ok(false) => (),
        Err(error) => {
            tracing::warn!(instance = %key.name, error = chain(&error), "a log was not backed up");
        }
    }
    Some(spool)
}

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
pub(super) fn instant() -> Instant {
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

/// Begins to receive the log of an instance as it is now.
async fn begin(service: &Service, source: &mut Source, changes: u64) -> Result<Spool, String> {
    let key = source.key();
    *source = current(service, source).await?;
    let life = life_of(source);
    let id = source.offered.id().to_owned();
    let settings = service.settings(&key).await?;
    let known = standing_for(&settings);
    let folder = spools::spool(service, &id).ok_or("this server has no folder for log backups")?;
    let (databases, mark) = (Arc::clone(&service.databases), service.logs.mark.clone());
    let work = move || {
        make_spool(&folder, life).map_err(|error| error.to_string())?;
        databases.receive(&settings, &folder, &received_as(&id, &mark))
    };
    // Whoever drops a slot of this instance meanwhile does it before this one wants it, or sees
    // that it does.
    let slot = service.logs.slot_of(&key);
    let _held = slot.lock().await;
    let begun = tokio::task::spawn_blocking(work).await;
    let receiver = begun.map_err(|error| error.to_string())??;
    tracing::info!(instance = %key.name, "log backup begins");
    let (stored, finished, settings) = (HashMap::new(), instant(), known);
    Ok(Spool { receiver, missing: None, stored, finished, unfinished: None, settings, changes })
}

/// An instance as it is now.
async fn current(service: &Service, source: &Source) -> Result<Source, String> {
    let found = service.store.source(&source.key()).await.map_err(|error| chain(&error))?;
    found.0.ok_or_else(|| "it is registered no more".to_owned())
}

/// The present life of the log of an instance.
fn life_of(source: &Source) -> Option<Timestamp> {
    source.offered.instance().and_then(|database| database.log_life)
}

/// How far the spool of an instance is behind its database while nobody receives: what the database
/// keeps for us fills its disk meanwhile.
async fn lag_of(service: &Service, source: &Source) -> Option<u64> {
    let id = source.offered.id().to_owned();
    let settings = service.settings(&source.key()).await.ok()?;
    let folder = spools::spool(service, &id)?;
    let (databases, mark) = (Arc::clone(&service.databases), service.logs.mark.clone());
    let work = move || databases.lag_bytes(&settings, &folder, &received_as(&id, &mark));
    tokio::task::spawn_blocking(work).await.ok().flatten()
}

/// The same, or a receiver that was begun anew because the database is reached in another way, or
/// log backup was off for a moment.
async fn renewed(
    service: &Service,
    source: &mut Source,
    spool: Spool,
    changes: u64,
) -> Result<Spool, String> {
    if spool.changes == changes {
        return Ok(spool);
    }
    let key = source.key();
    // If that cannot be read, this is asked again.
    let Ok(now_is) = current(service, source).await else { return Ok(spool) };
    if life_of(&now_is) != life_of(source) {
        tracing::info!(instance = %key.name, "the log is received anew");
        end(spool.receiver).await;
        return begin(service, source, changes).await;
    }
    match service.settings(&key).await.map(|settings| standing_for(&settings)) {
        // What receives goes on, and this is asked again.
        Err(_) => Ok(spool),
        Ok(now_are) if now_are == spool.settings => Ok(Spool { changes, ..spool }),
        Ok(_) => {
            tracing::info!(instance = %key.name, "the connection settings are others now");
            end(spool.receiver).await;
            begin(service, source, changes).await
        }
    }
}

/// What connection settings are known by where nobody is to read them.
fn standing_for(settings: &str) -> [u8; 32] {
    let mut known = [0; 32];
    known.copy_from_slice(digest(&SHA256, settings.as_bytes()).as_ref());
    known
}

/// Ends a receiver, which it does when it is dropped. That takes as long as its tool does.
async fn end(receiver: Box<dyn Receiver>) {
    if let Err(error) = tokio::task::spawn_blocking(move || drop(receiver)).await {
        tracing::error!(%error, "a receiver of a log did not end as it should");
    }
}
