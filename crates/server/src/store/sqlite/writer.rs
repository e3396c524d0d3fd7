//! The one thread that writes: it groups the commits that wait into one durable
//! transaction, and turns the epoch when a key is to be destroyed.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sexton_core::RecoveryPointArn;
use tokio::sync::oneshot;

use super::Parts;
use super::apply::{Counters, Settlement, apply};
use super::rows::signed;
use crate::keys::RingOp;
use crate::seal::DataKey;
use crate::store::{Cause, Change, Commit, StoreError};

mod roll;

use roll::Epochs;
pub(super) use roll::node;

/// The most changes that one transaction takes. Measured: deeper batches add latency
/// and no throughput.
pub(super) const BATCH_CHANGES_MAX: usize = 64;

/// The most background changes beside requests: enough that a backlog never stands still,
/// few enough that nobody's answer waits for them.
const BACKGROUND_BESIDE_MAX: usize = 8;

/// The write-ahead log is emptied when it is longer than this.
const WAL_BYTES_MAX: u64 = 64 * 1024 * 1024;

/// How many batches pass between two looks at the length of the write-ahead log.
const WAL_LOOK_BATCHES: u32 = 32;

/// When the epoch ends, and with it every copy of the keys that left the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollPolicy {
    /// Before a deletion is answered.
    EveryCommit,
    /// This long after the first deletion that waits for it.
    Every(Duration),
}

type Answer = oneshot::Sender<Result<Commit, StoreError>>;

#[derive(Debug)]
struct Waiting {
    change: Change,
    answer: Answer,
}

#[derive(Debug)]
struct KeyQuery {
    arn: RecoveryPointArn,
    answer: oneshot::Sender<Result<Option<DataKey>, StoreError>>,
}

/// What waits for the thread. Bounded by the requests in flight, each of which waits for
/// its own answer, and by the eraser's batch.
#[derive(Debug, Default)]
struct Queue {
    requests: VecDeque<Waiting>,
    background: VecDeque<Waiting>,
    keys: VecDeque<KeyQuery>,
    closed: bool,
}

impl Queue {
    fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.background.is_empty() && self.keys.is_empty()
    }

    /// Requests first: what nobody waits for takes some of the room that they leave, and
    /// all of it when there are none.
    fn take_batch(&mut self) -> Vec<Waiting> {
        let requests = BATCH_CHANGES_MAX.min(self.requests.len());
        let mut batch: Vec<Waiting> = self.requests.drain(..requests).collect();
        let room = BATCH_CHANGES_MAX - requests;
        let room = if requests == 0 { room } else { room.min(BACKGROUND_BESIDE_MAX) };
        batch.extend(self.background.drain(..room.min(self.background.len())));
        batch
    }
}

#[derive(Debug, Default)]
struct Shared {
    queue: Mutex<Queue>,
    arrival: Condvar,
    /// Epochs that have ended and are not yet in the table.
    ended: Mutex<BTreeMap<u64, Timestamp>>,
    failed: AtomicBool,
}

impl Shared {
    fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no holder of this lock panics")
    }
}

/// What is known of the ends of epochs beyond the table.
#[derive(Debug)]
pub(super) struct EpochEnds {
    /// Epochs that have ended and may not be in the table yet.
    pub(super) unsaved: BTreeMap<u64, Timestamp>,
    policy: RollPolicy,
}

impl EpochEnds {
    /// By when the epoch of a deletion should have ended.
    pub(super) fn expected(&self, decided: Timestamp) -> Timestamp {
        let wait = match self.policy {
            RollPolicy::EveryCommit => Duration::ZERO,
            RollPolicy::Every(wait) => wait,
        };
        decided.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}

/// The handle on the writing thread. Dropping it finishes what waits, then stops.
#[derive(Debug)]
pub(super) struct Writer {
    shared: Arc<Shared>,
    policy: RollPolicy,
    thread: Option<JoinHandle<()>>,
}

impl Writer {
    pub(super) fn start(file: &Path, db: Connection, parts: Parts) -> Result<Self, Cause> {
        let shared = Arc::new(Shared::default());
        let policy = parts.roll;
        let (epochs, counters) = Epochs::recover(&db, parts)?;
        let mut wal = file.as_os_str().to_owned();
        wal.push("-wal");
        let thread = Thread {
            shared: Arc::clone(&shared),
            db,
            wal: PathBuf::from(wal),
            counters,
            epochs,
            batches: 0,
        };
        let thread = std::thread::Builder::new()
            .name("sexton-writer".to_owned())
            .spawn(move || thread.run())?;
        Ok(Self { shared, policy, thread: Some(thread) })
    }

    pub(super) async fn commit(&self, change: Change) -> Result<Commit, StoreError> {
        let (answer, reply) = oneshot::channel();
        {
            let mut queue = self.shared.queue();
            if queue.closed {
                return Err(StoreError::not_done("the store is closed"));
            }
            let background = change.background;
            let waiting = Waiting { change, answer };
            let line = if background { &mut queue.background } else { &mut queue.requests };
            line.push_back(waiting);
        }
        self.shared.arrival.notify_one();
        reply.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writer has stopped".into())))
    }

    pub(super) async fn data_key(
        &self,
        arn: RecoveryPointArn,
    ) -> Result<Option<DataKey>, StoreError> {
        let (answer, reply) = oneshot::channel();
        self.shared.queue().keys.push_back(KeyQuery { arn, answer });
        self.shared.arrival.notify_one();
        reply.await.unwrap_or_else(|_| Err(StoreError::not_done("the writer has stopped")))
    }

    pub(super) fn epoch_ends(&self) -> EpochEnds {
        let unsaved = self.shared.ended.lock().expect("no holder of this lock panics").clone();
        EpochEnds { unsaved, policy: self.policy }
    }

    pub(super) fn healthy(&self) -> bool {
        !self.shared.failed.load(Ordering::Relaxed)
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.shared.queue().closed = true;
        self.shared.arrival.notify_one();
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been reported where it happened.
            drop(thread.join());
        }
    }
}

struct Thread {
    shared: Arc<Shared>,
    db: Connection,
    wal: PathBuf,
    counters: Counters,
    epochs: Epochs,
    batches: u32,
}

impl Thread {
    fn run(mut self) {
        while let Some((batch, keys)) = self.next_work() {
            for query in keys {
                let key = self.epochs.key(&self.db, &query.arn).map_err(StoreError::NotDone);
                // Whoever asked may have gone away.
                drop(query.answer.send(key));
            }
            if batch.is_empty() && !self.roll_is_due() {
                continue;
            }
            if self.failed() {
                refuse(batch, "the store stopped taking commits after a failure");
                continue;
            }
            self.commit_batch(batch);
            self.keep_wal_short();
        }
    }

    /// Waits for work; nothing when the store is closed and everything is done.
    fn next_work(&mut self) -> Option<(Vec<Waiting>, Vec<KeyQuery>)> {
        let mut queue = self.shared.queue();
        loop {
            if !queue.is_empty() || self.roll_is_due() {
                let keys = queue.keys.drain(..).collect();
                return Some((queue.take_batch(), keys));
            }
            if queue.closed {
                return None;
            }
            queue = match self.epochs.time_to_roll().filter(|_| !self.failed()) {
                None => self.shared.arrival.wait(queue).expect("no holder of this lock panics"),
                Some(wait) => {
                    let (queue, _) = self
                        .shared
                        .arrival
                        .wait_timeout(queue, wait)
                        .expect("no holder of this lock panics");
                    queue
                }
            };
        }
    }

    fn failed(&self) -> bool {
        self.shared.failed.load(Ordering::Relaxed)
    }

    fn roll_is_due(&self) -> bool {
        !self.failed() && self.epochs.roll_is_due()
    }

    /// Commits a batch and answers its callers, each with what became of their change.
    fn commit_batch(&mut self, batch: Vec<Waiting>) {
        let before = self.counters.clone();
        let mut answers = Vec::with_capacity(batch.len());
        match self.write_batch(batch, &mut answers) {
            Ok(()) => {
                for (answer, result) in answers {
                    drop(answer.send(result));
                }
            }
            Err(failure) => {
                tracing::error!(error = %failure.cause, "a transaction failed");
                self.counters = before;
                // After the commit was tried, nobody may assume either.
                let durable_unknown = failure.committing;
                let recovered = !durable_unknown && self.epochs.reopen(&self.db).is_ok();
                if !recovered {
                    self.shared.failed.store(true, Ordering::Relaxed);
                }
                for (answer, _) in answers {
                    let cause: Cause = failure.cause.to_string().into();
                    let error = if durable_unknown {
                        StoreError::Unknown(cause)
                    } else {
                        StoreError::NotDone(cause)
                    };
                    drop(answer.send(Err(error)));
                }
            }
        }
    }

    fn write_batch(&mut self, batch: Vec<Waiting>, answers: &mut Answers) -> Result<(), Failure> {
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(Failure::before)?;
        let written = self.write_changes(batch, answers);
        let rolled = match written {
            Ok(rolled) => rolled,
            Err(cause) => {
                // The transaction is gone either way once the connection is told so.
                drop(self.db.execute_batch("ROLLBACK"));
                return Err(Failure { cause, committing: false });
            }
        };
        self.db.execute_batch("COMMIT").map_err(|cause| {
            // A full disk leaves the transaction open, so that it can certainly be undone.
            let full = cause.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
            let undone = self.db.execute_batch("ROLLBACK").is_ok();
            Failure { cause: cause.into(), committing: !(full && undone) }
        })?;
        if rolled {
            let (epoch, ended) = self.epochs.destroy_old_root().map_err(Failure::after)?;
            self.counters.epoch = epoch + 1;
            self.shared.ended.lock().expect("no holder of this lock panics").insert(epoch, ended);
        }
        Ok(())
    }

    /// Everything between BEGIN and COMMIT; tells whether the epoch turns.
    fn write_changes(&mut self, batch: Vec<Waiting>, answers: &mut Answers) -> Result<bool, Cause> {
        self.save_ended_epochs()?;
        let mut settlement = Settlement::default();
        let mut failed = None;
        for waiting in batch {
            let Waiting { change, answer } = waiting;
            if failed.is_some() {
                answers.push((answer, Ok(Commit::Stale)));
                continue;
            }
            match self.write_change(change, &mut settlement) {
                Ok(result) => answers.push((answer, result)),
                Err(cause) => {
                    answers.push((answer, Ok(Commit::Stale)));
                    failed = Some(cause);
                }
            }
        }
        if let Some(cause) = failed {
            return Err(cause);
        }
        let destroys = settlement.ring.iter().any(|op| matches!(op, RingOp::Destroy(_)));
        let rolls = self.epochs.write(&self.db, settlement.ring, destroys)?;
        self.save_counts(&settlement.points)?;
        self.save_counters(rolls)?;
        Ok(rolls)
    }

    /// One change in its own savepoint. The inner result is the caller's; the outer
    /// error is the connection's and ends the batch.
    fn write_change(
        &mut self,
        change: Change,
        settlement: &mut Settlement,
    ) -> Result<Result<Commit, StoreError>, Cause> {
        self.db.prepare_cached("SAVEPOINT one")?.execute([])?;
        let result = apply(&self.db, change, &mut self.counters, settlement);
        if !matches!(result, Ok(Commit::Done)) {
            self.db.prepare_cached("ROLLBACK TO one")?.execute([])?;
        }
        self.db.prepare_cached("RELEASE one")?.execute([])?;
        Ok(result.map_err(StoreError::NotDone))
    }

    fn save_counts(
        &self,
        points: &std::collections::HashMap<(i64, i64), i64>,
    ) -> Result<(), Cause> {
        let sql = "INSERT INTO counts (vault, state, points) VALUES (?1, ?2, ?3)
            ON CONFLICT (vault, state) DO UPDATE SET points = points + ?3";
        for ((vault, state), by) in points {
            if *by != 0 {
                self.db.prepare_cached(sql)?.execute(params![vault, state, by])?;
            }
        }
        Ok(())
    }

    fn save_counters(&self, rolls: bool) -> Result<(), Cause> {
        let sql = "INSERT OR REPLACE INTO meta (name, value) VALUES (?1, ?2)";
        let epoch = self.counters.epoch + u64::from(rolls);
        for (name, value) in [
            ("generation", self.counters.generation),
            ("next_slot", self.counters.next_slot),
            ("epoch", epoch),
            ("stored_bytes", self.counters.stored_bytes),
            ("erased_bytes", self.counters.erased_bytes),
            ("ring_levels", u64::from(self.epochs.levels())),
        ] {
            self.db.prepare_cached(sql)?.execute(params![name, signed(value)?])?;
        }
        Ok(())
    }

    /// Writes down when past epochs ended, and forgets those that no erasure waits for.
    fn save_ended_epochs(&mut self) -> Result<(), Cause> {
        let ended: Vec<_> = {
            let ended = self.shared.ended.lock().expect("no holder of this lock panics");
            ended.iter().map(|(epoch, at)| (*epoch, *at)).collect()
        };
        let sql = "INSERT OR IGNORE INTO epochs (epoch, ended_ms) VALUES (?1, ?2)";
        for (epoch, at) in &ended {
            let row = params![signed(*epoch)?, at.as_millisecond()];
            self.db.prepare_cached(sql)?.execute(row)?;
        }
        self.epochs.saved(&self.shared.ended, ended);
        if self.batches.is_multiple_of(WAL_LOOK_BATCHES) {
            // Erasures are numbered as epochs grow: the first one waits for the least epoch.
            let sql = "DELETE FROM epochs WHERE epoch <
                coalesce((SELECT epoch FROM erasures ORDER BY seq LIMIT 1), ?1)";
            self.db.prepare_cached(sql)?.execute([signed(self.counters.epoch)?])?;
        }
        Ok(())
    }

    /// Moves the write-ahead log into the database now and then, so that it stays short.
    fn keep_wal_short(&mut self) {
        self.batches = self.batches.wrapping_add(1);
        if !self.batches.is_multiple_of(WAL_LOOK_BATCHES) {
            return;
        }
        let long = std::fs::metadata(&self.wal).is_ok_and(|it| it.len() > WAL_BYTES_MAX);
        if long {
            let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
            if let Err(error) = self.db.query_row(sql, [], |_| Ok(())) {
                tracing::warn!(%error, "the write-ahead log could not be emptied");
            }
        }
    }
}

type Answers = Vec<(Answer, Result<Commit, StoreError>)>;

/// Why a whole batch came to nothing, as far as is known.
struct Failure {
    cause: Cause,
    /// The commit was tried: it may have happened.
    committing: bool,
}

impl Failure {
    fn before(cause: rusqlite::Error) -> Self {
        Self { cause: cause.into(), committing: false }
    }

    fn after(cause: Cause) -> Self {
        Self { cause, committing: true }
    }
}

fn refuse(batch: Vec<Waiting>, why: &str) {
    for waiting in batch {
        drop(waiting.answer.send(Err(StoreError::not_done(why.to_owned()))));
    }
}
