//! Log backups: received, sealed in runs, kept for as long as the policy says.

use std::fs;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use async_trait::async_trait;
use jiff::SignedDuration;
use sexton_core::{
    Backup, Certificate, Engine, Keeper, LogFile, Made, PolicyChange, RdsRefusal, SetOrder, Source,
    SourceKind, Span, State,
};
use sexton_data::database::segments;
use sexton_server::OpsError;
use sexton_server::databases::{Databases, Described, Received, Receiver, SlotOrder};
use sexton_server::log_backups::{self, Logs};
use sexton_server::scheduler::Scheduler;
use sexton_server::service::Service;
use sexton_store::{Change, Commit, SourceQuery, Write};
use tokio::sync::watch;

use crate::bench::{Bench, Disk, by, realm};
use crate::soon;

const DAY: SignedDuration = SignedDuration::from_hours(24);

/// How a database was reached that was to drop a slot, what it was to be, and how a receiver
/// reaches it that may use the slot.
pub(crate) type Dropped = (String, Option<String>, Option<String>);

/// What databases are asked for, and whether they let go of their log.
#[derive(Debug, Default)]
pub(crate) struct Asked {
    /// How each receiver reached its database.
    pub(crate) received: Mutex<Vec<String>>,
    pub(crate) dropped: Mutex<Vec<Dropped>>,
    /// Why databases drop no slot.
    pub(crate) keeps: Mutex<Option<&'static str>>,
    /// Whether servers that say the same of themselves are the same.
    pub(crate) same: Mutex<bool>,
    stopping: AtomicUsize,
    /// How often receivers that were left were to be ended.
    ended: AtomicUsize,
    /// How many receivers are no more.
    stopped: AtomicUsize,
    /// How often a look panics from now on.
    panics: AtomicUsize,
    held: Mutex<bool>,
    /// Why the log does not go on, for the next look.
    parted: Mutex<Option<String>>,
    /// What databases say that they are: each once, and the last one for ever.
    identities: Mutex<Vec<&'static str>>,
    let_go: Condvar,
}

impl Asked {
    /// Waits until so many receivers are no more.
    pub(crate) async fn stopped(&self, many: usize) {
        until(|| self.stopped.load(Ordering::SeqCst) >= many).await;
    }

    /// Waits until so many slots were to be dropped.
    pub(crate) async fn dropped(&self, many: usize) -> Vec<String> {
        until(|| self.dropped.lock().unwrap().len() >= many).await;
        self.dropped.lock().unwrap().iter().map(|it| it.0.clone()).collect()
    }

    fn hold(&self, held: bool) {
        *self.held.lock().unwrap() = held;
        self.let_go.notify_all();
    }

    /// Waits until so many receivers have begun.
    pub(crate) async fn received(&self, many: usize) -> Vec<String> {
        until(|| self.received.lock().unwrap().len() >= many).await;
        self.received.lock().unwrap().clone()
    }
}

/// Waits for what takes seconds. What never comes is to fail the test while somebody watches.
pub(crate) async fn until(mut is_so: impl FnMut() -> bool) {
    let comes = async {
        while !is_so() {
            tokio::time::sleep(Duration::from_millis(20)).await;
        }
    };
    tokio::time::timeout(Duration::from_mins(1), comes).await.expect("it does not come");
}

/// A database whose log files are put into the spool by the test.
#[derive(Debug, Default)]
struct Scribe {
    asked: Arc<Asked>,
}

#[derive(Debug)]
struct ScribeReceiver(PathBuf, Arc<Asked>);

impl Drop for ScribeReceiver {
    fn drop(&mut self) {
        self.1.stopping.fetch_add(1, Ordering::SeqCst);
        let held = self.1.held.lock().unwrap();
        // A test that fails is not to hang.
        let wait = Duration::from_mins(1);
        drop(self.1.let_go.wait_timeout_while(held, wait, |held| *held).unwrap());
        self.1.stopped.fetch_add(1, Ordering::SeqCst);
    }
}

#[async_trait]
impl Databases for Scribe {
    async fn describe(&self, _connection: &str) -> Result<Described, String> {
        let mut identities = self.asked.identities.lock().unwrap();
        let identity = identities.first().map(|identity| (*identity).to_owned());
        if identities.len() > 1 {
            identities.remove(0);
        }
        Ok(Described { engine: Engine::PostgreSql, version: "15.0".to_owned(), identity })
    }

    fn receive(
        &self,
        connection: &str,
        spool: &Path,
        _name: &str,
    ) -> Result<Box<dyn Receiver>, String> {
        self.asked.received.lock().unwrap().push(connection.to_owned());
        Ok(Box::new(ScribeReceiver(spool.to_owned(), Arc::clone(&self.asked))))
    }

    fn lag_bytes(&self, _connection: &str, _spool: &Path, _name: &str) -> Option<u64> {
        Some(9)
    }

    fn address(&self, connection: &str) -> Option<String> {
        // Behind it stands what a password would be.
        connection.split('#').next().map(|address| address.trim().to_owned())
    }

    fn is_same_server(&self, _old: &str, _new: &str, _name: &str) -> Result<bool, String> {
        Ok(*self.asked.same.lock().unwrap())
    }

    fn drop_slot(&self, slot: &SlotOrder<'_>) -> Result<(), String> {
        assert!(slot.name.ends_with("_mark"), "{slot:?}");
        let own = |text: Option<&str>| text.map(str::to_owned);
        let asked = (slot.connection.to_owned(), own(slot.identity), own(slot.used));
        self.asked.dropped.lock().unwrap().push(asked);
        self.asked.keeps.lock().unwrap().map_or(Ok(()), |why| Err(why.to_owned()))
    }

    fn end_left(&self, mark: &str) -> usize {
        assert_eq!(mark, "mark");
        self.asked.ended.fetch_add(1, Ordering::SeqCst);
        0
    }
}

impl Receiver for ScribeReceiver {
    fn look(&mut self) -> Received {
        let fewer = |many: usize| many.checked_sub(1);
        let panics = self.1.panics.fetch_update(Ordering::SeqCst, Ordering::SeqCst, fewer);
        assert!(panics.is_err(), "the test says so");
        let found = segments(&self.0).unwrap().into_iter();
        let whole = found.map(|segment| segment.name).collect();
        let parted = self.1.parted.lock().unwrap().take();
        Received { whole, problem: None, parted, lag_bytes: 7 }
    }

    fn finish(&mut self) -> Result<(), String> {
        Ok(())
    }
}

/// The name of a segment of the log.
fn segment(number: u8) -> String {
    format!("0000000100000000{number:08X}")
}

/// The bench with a server that backs up logs.
pub(crate) fn receiving(bench: Bench, asked: &Arc<Asked>) -> Bench {
    bench.with_service(|home, service| Service {
        databases: Arc::new(Scribe { asked: Arc::clone(asked) }),
        logs: Logs::in_folder(&home.join("data"), "mark".to_owned()),
        ..service
    })
}

/// A bench with an instance that backs up its log.
pub(crate) async fn with_logs(asked: &Arc<Asked>) -> (Bench, Source, PathBuf) {
    with_logs_at(asked, Bench::new().await).await
}

async fn with_logs_at(asked: &Arc<Asked>, bench: Bench) -> (Bench, Source, PathBuf) {
    let bench = receiving(bench, asked);
    let source = bench.add("orders", "engine = \"postgresql\"").await;
    let id = source.offered.id().to_owned();
    bench.logs(&id, true).await;
    let spool = bench.restores().parent().unwrap().join("log-spool").join(&id);
    fs::create_dir_all(&spool).unwrap();
    (bench, source, spool)
}

impl Bench {
    pub(crate) async fn logs(&self, id: &str, on: bool) {
        let policy = PolicyChange { log: Some(on), ..PolicyChange::default() };
        let now = self.service.clock.now();
        self.service.set_backup_policy(&realm(), id, &policy, &by(), now).await.unwrap();
    }

    async fn files(&self, id: &str) -> Vec<LogFile> {
        let now = self.service.clock.now();
        let found = self.service.instance(&realm(), id, now).await.unwrap();
        self.service.log_files(&found, &Span::default()).await.unwrap()
    }

    /// Waits until so many files are backed up.
    async fn backed_up_files(&self, id: &str, many: usize) -> Vec<LogFile> {
        soon(async {
            loop {
                let files = self.files(id).await;
                if files.len() >= many {
                    assert_eq!(files.len(), many);
                    return files;
                }
                tokio::time::sleep(Duration::from_millis(20)).await;
            }
        })
        .await
    }

    /// The lives that the runs are of, the newest run first.
    async fn lives(&self, source: &Source) -> Vec<Option<jiff::Timestamp>> {
        let runs = self.runs(source).await;
        let life = |run: &Backup| match &run.keeper {
            Keeper::Log(kept) => kept.life,
            Keeper::Vault(_) | Keeper::FileSystem(_) | Keeper::Instance(_) => panic!("{run:?}"),
        };
        runs.iter().map(life).collect()
    }

    async fn runs(&self, source: &Source) -> Vec<Backup> {
        let logs = sexton_core::InstanceId::of(&source.arn).unwrap().log_arn(&realm());
        let filter = SourceQuery::all(realm().with(logs));
        self.service.store.list_of_source(&filter, None, 100).await.unwrap().items
    }
}

/// What is in a spool but for what the server notes there.
fn in_spool(spool: &Path) -> Vec<String> {
    let names = fs::read_dir(spool).unwrap().map(|it| it.unwrap().file_name().into_string());
    names.map(Result::unwrap).filter(|name| !name.starts_with('.')).collect()
}

/// Runs the loop beside `work`.
pub(crate) async fn beside<T>(bench: &Bench, work: impl Future<Output = T>) -> T {
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(log_backups::run(Arc::clone(&bench.service), stopped));
    let done = soon(work).await;
    stop.send_replace(true);
    soon(running).await.unwrap();
    done
}

fn put(spool: &Path, numbers: std::ops::Range<u8>) {
    for number in numbers {
        let body = vec![number; 1000];
        let hidden = spool.join(format!(".{number}"));
        fs::write(&hidden, body).unwrap();
        fs::rename(hidden, spool.join(segment(number))).unwrap();
    }
}

#[tokio::test]
async fn log_files_are_sealed_once_and_leave_the_spool_and_a_restart_takes_none_twice() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    put(&spool, 1..9);
    let files = beside(&bench, bench.backed_up_files(&id, 8)).await;
    assert_eq!(files.iter().map(|it| it.name.clone()).next(), Some(segment(8)), "newest first");
    assert!(files.iter().all(|file| file.bytes == 1000 && file.from <= file.until));
    let left = in_spool(&spool);
    assert_eq!(asked.ended.load(Ordering::SeqCst), 1, "what another process left is ended");
    assert_eq!(left, [segment(8)], "the name of the newest one stays");
    let newest = fs::read(spool.join(segment(8))).unwrap();
    assert!(newest.len() == 1000 && !newest.contains(&8), "and nothing that was in it");

    // What was complete when a server stopped, and was in the spool still, is known.
    put(&spool, 8..9);
    put(&spool, 9..17);
    beside(&bench, bench.backed_up_files(&id, 16)).await;
    let runs = bench.runs(&source).await;
    assert!(runs.iter().all(|run| matches!(run.state, State::Completed { .. })));
    let held: usize = runs
        .iter()
        .map(|run| match &run.keeper {
            Keeper::Log(kept) => kept.files.len(),
            Keeper::Vault(_) | Keeper::FileSystem(_) | Keeper::Instance(_) => 0,
        })
        .sum();
    assert_eq!(held, 16, "none is held twice");
}

#[tokio::test]
async fn a_run_that_a_crash_interrupts_is_erased_and_its_files_are_backed_up_again() {
    let (bench, source, spool) = with_logs(&Arc::default()).await;
    let id = source.offered.id().to_owned();
    put(&spool, 1..9);
    bench.hold.puts.close();
    let (stop, stopped) = watch::channel(false);
    let running = tokio::spawn(log_backups::run(Arc::clone(&bench.service), stopped));
    soon(bench.hold.puts.somebody_waits()).await;
    // As if the process had ended.
    running.abort();
    running.await.unwrap_err();
    drop(stop);
    bench.hold.puts.open();
    let bench = receiving(bench.restarted(), &Arc::default());
    bench.service.end_interrupted().await.unwrap();
    assert_eq!(in_spool(&spool).len(), 8, "all of them are there still");
    while bench.service.erase_pass().await.unwrap().certified > 0 {}
    beside(&bench, bench.backed_up_files(&id, 8)).await;
    let runs = bench.runs(&source).await;
    assert_eq!(runs.len(), 1, "of the other one nothing is left: {runs:?}");
}

#[tokio::test]
async fn runs_go_when_they_were_kept_and_a_certificate_of_a_set_says_which_cover_it() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    // The set is one of a generated payload: there is no database here.
    let generated = |kind| Source { kind, ..source.clone() };
    let keep = |bench: &Bench, kind| {
        let key = source.key();
        let service = Arc::clone(&bench.service);
        let other = generated(kind);
        async move {
            let (now_is, expect) = service.store.source(&key).await.unwrap();
            let offered = now_is.unwrap().offered;
            let writes = vec![Write::PutSource(Source { offered, ..other })];
            let change = Change { expects: vec![expect], writes, ..Change::default() };
            assert_eq!(service.store.commit(change).await.unwrap(), Commit::Done);
        }
    };
    keep(&bench, SourceKind::Generated).await;
    let now = bench.service.clock.now();
    let order = SetOrder { made: Made::Asked, method: None, databases: Vec::new() };
    let set = bench.service.create_backup_set(&realm(), &id, order, &by(), now).await.unwrap();
    bench.service.jobs.settled().await;
    keep(&bench, SourceKind::Database).await;
    // The clock by which files have their times goes in steps, and is behind at times.
    let written = || {
        let file = tempfile::NamedTempFile::new_in(&spool).unwrap();
        jiff::Timestamp::try_from(file.as_file().metadata().unwrap().modified().unwrap()).unwrap()
    };
    while written() <= set.created {
        tokio::task::yield_now().await;
    }
    put(&spool, 1..9);
    beside(&bench, bench.backed_up_files(&id, 8)).await;

    let policy = PolicyChange { days: Some(30), log_days: Some(7), ..PolicyChange::default() };
    let now = bench.service.clock.now();
    bench.service.set_backup_policy(&realm(), &id, &policy, &by(), now).await.unwrap();
    bench.service.clock.advance(DAY * 7 - SignedDuration::from_hours(1));
    let ids = [set.as_set().unwrap().set.to_string()];
    let delete = async || {
        let now = bench.service.clock.now();
        bench.service.delete_backup_sets(&realm(), &id, &ids, &by(), now).await
    };
    delete().await.unwrap_err();
    Scheduler::default().look(&bench.service).await;
    assert_eq!(bench.files(&id).await.len(), 8, "seven days are not over");
    // The log was written a little after the set was made.
    bench.service.clock.advance(SignedDuration::from_hours(1) + SignedDuration::from_secs(1));
    delete().await.unwrap();
    bench.service.clock.advance(DAY);
    Scheduler::default().look(&bench.service).await;
    assert!(bench.files(&id).await.is_empty(), "and now they are");
    while bench.service.erase_pass().await.unwrap().certified > 0 {}
    let issued = bench.service.store.certificate(&set.key()).await.unwrap().unwrap();
    let certificate: Certificate = serde_json::from_str(&issued.statement).unwrap();
    let cover = certificate.log_backups.expect("log backups covered it");
    assert_eq!((cover.runs, cover.kept_until), (1, cover.until + DAY * 7));
    assert!(bench.runs(&source).await.is_empty());

    // Switched off, the database keeps nothing for us any more.
    let off = async {
        bench.logs(&id, false).await;
        asked.dropped(1).await;
    };
    put(&spool, 20..28);
    let both = async {
        bench.backed_up_files(&id, 8).await;
        off.await;
    };
    beside(&bench, Box::pin(both)).await;
}

#[tokio::test]
async fn other_connection_settings_have_the_log_received_with_them_and_the_same_do_not() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    let (first, second) = ("engine = \"postgresql\"", "engine = \"postgresql\" # moved");
    beside(&bench, async {
        asked.received(1).await;
        bench.add("orders", first).await;
        put(&spool, 1..9);
        bench.backed_up_files(&id, 8).await;
        bench.add("orders", second).await;
        assert_eq!(asked.received(2).await, [first, second]);
        put(&spool, 9..17);
        bench.backed_up_files(&id, 16).await;
    })
    .await;
    assert_eq!(*asked.received.lock().unwrap(), [first, second]);
    assert!(asked.dropped.lock().unwrap().is_empty(), "the database keeps what is not here");
}

#[tokio::test]
async fn a_log_that_does_not_go_on_is_received_anew_and_its_runs_are_of_another_life() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    put(&spool, 1..9);
    beside(&bench, bench.backed_up_files(&id, 8)).await;
    let first = bench.lives(&source).await;
    // A restart is no end of a life.
    put(&spool, 9..17);
    beside(&bench, bench.backed_up_files(&id, 16)).await;
    assert_eq!(bench.lives(&source).await, [first[0], first[0]]);
    assert!(first[0].is_some());

    // What is whole is of the old life; what is not is in neither.
    put(&spool, 17..19);
    fs::write(spool.join("half.partial"), "half").unwrap();
    *asked.parted.lock().unwrap() = Some("it is another one".to_owned());
    beside(&bench, async {
        bench.backed_up_files(&id, 18).await;
        asked.received(4).await;
        assert!(in_spool(&spool).is_empty(), "{:?}", in_spool(&spool));
        // A file with a name and the content of one of before.
        put(&spool, 18..26);
        bench.backed_up_files(&id, 26).await;
        until(|| bench.service.logs.sums() == (7, 0)).await;
    })
    .await;
    let lives = bench.lives(&source).await;
    assert_eq!(lives[1..], [first[0]; 3], "newest first");
    assert!(lives[0] > first[0]);
}

#[tokio::test]
async fn what_log_backup_left_when_it_was_switched_off_is_of_no_use_when_it_is_on_again() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    put(&spool, 1..9);
    beside(&bench, bench.backed_up_files(&id, 8)).await;
    // Both before anybody looks.
    put(&spool, 9..17);
    bench.logs(&id, false).await;
    bench.logs(&id, true).await;
    beside(&bench, async {
        asked.received(2).await;
        assert!(in_spool(&spool).is_empty(), "{:?}", in_spool(&spool));
        put(&spool, 20..28);
        bench.backed_up_files(&id, 16).await;
        // The same while it is received.
        bench.logs(&id, false).await;
        bench.logs(&id, true).await;
        asked.received(3).await;
        put(&spool, 30..38);
        bench.backed_up_files(&id, 24).await;
    })
    .await;
    let lives = bench.lives(&source).await;
    assert!(lives.is_sorted_by(|newer, older| newer > older), "{lives:?}");
}

#[tokio::test]
async fn a_look_that_panics_has_the_log_backup_of_its_instance_begun_again_at_once() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    beside(&bench, async {
        asked.received(1).await;
        asked.panics.store(1, Ordering::SeqCst);
        asked.received(2).await;
        put(&spool, 1..9);
        bench.backed_up_files(&id, 8).await;
    })
    .await;
    assert_eq!(asked.panics.load(Ordering::SeqCst), 0);
}

#[tokio::test]
async fn nothing_is_received_while_the_disk_is_full_and_it_goes_on_once_there_is_room() {
    let (asked, free) = (Arc::<Asked>::default(), Disk::with_room());
    let (bench, source, spool) = with_logs_at(&asked, free.bench().await).await;
    let id = source.offered.id().to_owned();
    beside(&bench, async {
        put(&spool, 1..9);
        bench.backed_up_files(&id, 8).await;
        free.fill();
        until(|| asked.stopped.load(Ordering::SeqCst) == 1).await;
        // What the database keeps meanwhile is a lag all the same.
        until(|| bench.service.logs.sums() == (9, 1)).await;
        put(&spool, 9..17);
        assert_eq!(bench.files(&id).await.len(), 8);
        assert_eq!(asked.received.lock().unwrap().len(), 1);
        free.empty();
        asked.received(2).await;
        bench.backed_up_files(&id, 16).await;
        until(|| bench.service.logs.sums() == (7, 0)).await;
    })
    .await;
    assert!(asked.dropped.lock().unwrap().is_empty(), "the database keeps what is not here");
}

#[tokio::test]
async fn an_instance_that_is_slow_to_end_keeps_no_other_waiting() {
    let asked = Arc::<Asked>::default();
    let (bench, source, spool) = with_logs(&asked).await;
    let id = source.offered.id().to_owned();
    beside(&bench, async {
        asked.received(1).await;
        asked.hold(true);
        bench.logs(&id, false).await;
        until(|| asked.stopping.load(Ordering::SeqCst) == 1).await;
        let other = bench.add("stock", "stock").await;
        bench.logs(other.offered.id(), true).await;
        assert_eq!(asked.received(2).await[1], "stock");
        // Wanted again meanwhile, it begins when it has ended, and in a spool of its own.
        bench.logs(&id, true).await;
        assert!(spool.exists() && asked.received.lock().unwrap().len() == 2);
        asked.hold(false);
        asked.received(3).await;
    })
    .await;
}

#[tokio::test]
async fn another_database_at_an_address_is_backed_up_only_once_it_is_registered() {
    let asked = Arc::<Asked>::default();
    *asked.identities.lock().unwrap() = vec!["two"];
    let bench = receiving(Bench::new().await, &asked);
    let (by, realm) = (&by(), &realm());
    let source = bench.add_as("orders", "address", Some("one")).await;
    let id = source.offered.id().to_owned();
    let now = bench.service.clock.now();
    let order = || SetOrder { made: Made::Asked, method: None, databases: Vec::new() };
    let begin = || bench.service.create_backup_set(realm, &id, order(), by, now);
    let refused = begin().await.unwrap_err();
    let OpsError::Rds(RdsRefusal::NotRunning { why, .. }) = &refused else { panic!("{refused:?}") };
    assert!(why.contains("(two)") && why.contains("(one)") && why.contains("source add"), "{why}");
    assert!(why.contains(" (since "), "{why}");

    // Exchanged between the look and the capture.
    *asked.identities.lock().unwrap() = vec!["two", "three"];
    bench.add_as("orders", "address", Some("two")).await;
    let set = begin().await.unwrap();
    bench.service.jobs.settled().await;
    let failed = bench.service.store.backup(&set.key()).await.unwrap().unwrap().backup;
    let State::Failed { reason, .. } = &failed.state else { panic!("{:?}", failed.state) };
    assert!(reason.contains("(three)") && reason.contains("(two)"), "{reason}");
}
