//! The one thread that writes: it groups the commits that wait into one durable
//! transaction, and begins a new epoch of the key ring when a key is to be destroyed.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sexton_core::{BackupName, DataKey, InRealm};
use tokio::sync::oneshot;

use super::Parts;
use super::apply::{Applied, Counters, Settlement, apply};
use super::encoded::Encoded;
use super::rows::signed;
use super::scans::Pause;
use super::schema::log_of;
use crate::keys::RingOp;
use crate::{Cause, Change, Commit, StoreError, StoreId};

mod checkpoint;
mod queue;
mod recover;
mod roll;

use checkpoint::Checkpointer;
pub(super) use checkpoint::Remnants;
use queue::{Closing, KeyQuery, Shared, Waiting};
pub(super) use recover::{check_parts, identity, open_stored, refuse_new_beside};
use roll::Epochs;
pub(super) use roll::{key_in, node};

/// How many batches pass between two looks at the length of the write-ahead log.
const WAL_LOOK_BATCHES: u32 = 32;

/// How long a store that is closed waits for readers from outside.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

/// When the epoch ends, and with it every copy of the keys that left the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollPolicy {
    /// Before a deletion is answered.
    EveryCommit,
    /// This long after the first deletion that waits for it.
    Every(Duration),
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
    thread: Mutex<Option<JoinHandle<()>>>,
}

impl Writer {
    /// Recovers what is stored, and starts. Tells which store it is.
    pub(super) fn start(
        file: &Path,
        db: Connection,
        parts: Parts,
        scans: Arc<Pause>,
        remnants: Remnants,
    ) -> Result<(Self, StoreId), Cause> {
        let shared = Arc::new(Shared::default());
        let policy = parts.roll;
        let (epochs, counters) = recover::recover(&db, parts)?;
        let identity = identity(&db)?;
        let checkpointer = Some(Checkpointer::start(file, scans)?);
        let thread = Thread {
            shared: Arc::clone(&shared),
            db,
            wal: log_of(file),
            counters,
            epochs,
            batches: 0,
            checkpointer,
            remnants,
        };
        let closing = Closing(Arc::clone(&shared));
        let named = std::thread::Builder::new().name("sexton-writer".to_owned());
        let thread = named.spawn(move || {
            let _closing = closing;
            thread.run();
        })?;
        Ok((Self { shared, policy, thread: Mutex::new(Some(thread)) }, identity))
    }

    pub(super) async fn commit(&self, change: Change) -> Result<Commit, StoreError> {
        let background = change.background;
        let change = Encoded::of(change).map_err(StoreError::NotDone)?;
        let (answer, reply) = oneshot::channel();
        {
            let mut queue = self.shared.queue();
            if queue.closed {
                return Err(StoreError::not_done("the store is closed"));
            }
            let waiting = Waiting { change, answer };
            let line = if background { &mut queue.background } else { &mut queue.requests };
            line.push_back(waiting);
            self.shared.arrived(queue);
        }
        reply.await.unwrap_or_else(|_| Err(StoreError::Unknown("the writer has stopped".into())))
    }

    pub(super) async fn data_key(
        &self,
        backup: InRealm<BackupName>,
    ) -> Result<Option<DataKey>, StoreError> {
        let (answer, reply) = oneshot::channel();
        {
            let mut queue = self.shared.queue();
            if queue.closed {
                return Err(StoreError::not_done("the store is closed"));
            }
            queue.keys.push_back(KeyQuery { backup, answer });
            self.shared.arrived(queue);
        }
        reply.await.unwrap_or_else(|_| Err(StoreError::not_done("the writer has stopped")))
    }

    pub(super) fn epoch_ends(&self) -> EpochEnds {
        let unsaved = self.shared.ended.lock().expect("no holder of this lock panics").clone();
        EpochEnds { unsaved, policy: self.policy }
    }

    pub(super) fn healthy(&self) -> bool {
        !self.shared.failed.load(Ordering::Relaxed)
    }

    /// Finishes what waits, takes nothing more, and waits until the thread has ended.
    pub(super) fn close(&self) {
        let mut queue = self.shared.queue();
        queue.closed = true;
        self.shared.arrived(queue);
        let thread = self.thread.lock().expect("no holder of this lock panics").take();
        if let Some(thread) = thread {
            // A panic of the thread has already been reported where it happened.
            drop(thread.join());
        }
    }
}

impl Drop for Writer {
    fn drop(&mut self) {
        self.close();
    }
}

struct Thread {
    shared: Arc<Shared>,
    db: Connection,
    wal: PathBuf,
    counters: Counters,
    epochs: Epochs,
    batches: u32,
    checkpointer: Option<Checkpointer>,
    remnants: Remnants,
}

impl Thread {
    fn run(mut self) {
        while let Some((batch, keys)) = self.next_work() {
            self.note_if_due();
            self.remnants.wipe_if_due(&self.db);
            for query in keys {
                let key = self.epochs.key(&self.db, &query.backup).map_err(StoreError::NotDone);
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
        if !self.failed() {
            self.leave_whole();
        }
    }

    /// Leaves a database file that is whole by itself, and a root file that knows of it.
    fn leave_whole(&mut self) {
        self.checkpointer = None;
        self.epochs.note(&self.counters);
        match checkpoint::empty(&self.db, CLOSE_WAIT) {
            Ok(true) => (),
            Ok(false) => tracing::warn!(
                "somebody reads the database: {} is part of it until the next start",
                self.wal.display()
            ),
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be emptied"),
        }
    }

    /// Waits for work; nothing when the store is closed and everything is done.
    fn next_work(&mut self) -> Option<(Vec<Waiting>, Vec<KeyQuery>)> {
        let mut queue = self.shared.queue();
        loop {
            let wipe = if self.failed() { None } else { self.remnants.time_to_wipe() };
            let wipe_is_due = wipe.is_some_and(|wait| wait.is_zero());
            if !queue.is_empty() || self.roll_is_due() || self.note_is_due() || wipe_is_due {
                let keys = queue.keys.drain(..).collect();
                return Some((queue.take_batch(), keys));
            }
            if queue.closed {
                return None;
            }
            if self.failed() {
                queue = self.shared.sleep(queue, None);
                continue;
            }
            let note = self.epochs.time_to_note(&self.counters);
            let wait =
                [self.epochs.time_to_roll(), wipe].into_iter().flatten().fold(note, Duration::min);
            queue = self.shared.sleep(queue, Some(wait));
        }
    }

    fn note_is_due(&self) -> bool {
        !self.failed() && self.epochs.time_to_note(&self.counters).is_zero()
    }

    /// Tells the root file how far the database has come, now and then.
    fn note_if_due(&mut self) {
        if self.note_is_due() {
            self.epochs.note(&self.counters);
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
        match self.write_batch(&batch) {
            Ok(results) => {
                for (waiting, result) in batch.into_iter().zip(results) {
                    drop(waiting.answer.send(result));
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
                for waiting in batch {
                    let cause: Cause = failure.cause.to_string().into();
                    let error = if durable_unknown {
                        StoreError::Unknown(cause)
                    } else {
                        StoreError::NotDone(cause)
                    };
                    drop(waiting.answer.send(Err(error)));
                }
            }
        }
    }

    /// Writes a batch durably; the results are in its order.
    ///
    /// Hardly any change fails after its first row, so a batch is tried without
    /// a savepoint around each: the copies of pages that those keep were a tenth of a
    /// deletion. If one does, the batch is undone and written again with them.
    fn write_batch(&mut self, batch: &[Waiting]) -> Result<Results, Unwritten> {
        let before = self.counters.clone();
        let written = match self.write_changes(batch, Undo::Batch) {
            Err(Undone::Spoiled) => {
                self.counters = before;
                self.write_changes(batch, Undo::Change)
            }
            written => written,
        };
        let (results, rolled) = written.map_err(|undone| {
            let cause = match undone {
                Undone::Failed(cause) => cause,
                Undone::Spoiled => "a change could not be undone by itself".into(),
            };
            Unwritten { cause, committing: false }
        })?;
        self.db.execute_batch("COMMIT").map_err(|cause| {
            // A disk is full before the mark of the commit is on it, so nothing of it is.
            let full = cause.sqlite_error_code() == Some(rusqlite::ErrorCode::DiskFull);
            let undone = self.roll_back();
            Unwritten { cause: cause.into(), committing: !(full && undone) }
        })?;
        let waited_for = self.shared.queue().requests_wait();
        if rolled {
            let destroyed = self.epochs.destroy_old_root(&self.counters, waited_for);
            let (epoch, ended) = destroyed.map_err(Unwritten::after)?;
            self.counters.epoch = epoch + 1;
            self.shared.ended.lock().expect("no holder of this lock panics").insert(epoch, ended);
        } else if !waited_for {
            self.epochs.drop_spare().map_err(Unwritten::after)?;
        }
        if batch.iter().any(|waiting| waiting.change.change.redacts()) {
            // Before it is answered, unless somebody reads the log at this moment.
            self.remnants.add();
            self.remnants.wipe_if_due(&self.db);
        }
        if self.epochs.first_key_is_unknown(&self.counters) {
            self.epochs.note(&self.counters);
        }
        Ok(results)
    }

    /// Everything from BEGIN to just before COMMIT; tells whether the epoch turns. After an
    /// error nothing of it is left.
    fn write_changes(&mut self, batch: &[Waiting], undo: Undo) -> Result<(Results, bool), Undone> {
        self.db.execute_batch("BEGIN IMMEDIATE").map_err(|cause| Undone::Failed(cause.into()))?;
        let written = self.write_in_transaction(batch, undo);
        if written.is_err() {
            self.roll_back();
        }
        written
    }

    /// Ends the transaction that failed, unless SQLite has done so by itself, as it does
    /// when the disk is full. Tells whether none is open any more.
    fn roll_back(&self) -> bool {
        if !self.db.is_autocommit()
            && let Err(error) = self.db.execute_batch("ROLLBACK")
        {
            tracing::error!(%error, "a transaction that failed could not be undone");
        }
        self.db.is_autocommit()
    }

    fn write_in_transaction(
        &mut self,
        batch: &[Waiting],
        undo: Undo,
    ) -> Result<(Results, bool), Undone> {
        self.save_ended_epochs()?;
        let mut settlement = Settlement::default();
        let mut results = Vec::with_capacity(batch.len());
        for Waiting { change, .. } in batch {
            results.push(match undo {
                Undo::Batch => self.write_change(change, &mut settlement)?,
                Undo::Change => self.write_change_in_savepoint(change, &mut settlement)?,
            });
        }
        let destroys = settlement.ring.iter().any(|op| matches!(op, RingOp::Destroy(_)));
        let rolls = self.epochs.write(&self.db, settlement.ring, destroys, &self.counters)?;
        self.save_counts(&settlement.backups)?;
        self.save_counters(rolls)?;
        Ok((results, rolls))
    }

    /// One change that cannot be undone without the rest of the batch.
    fn write_change(
        &mut self,
        change: &Encoded,
        settlement: &mut Settlement,
    ) -> Result<Result<Commit, StoreError>, Undone> {
        match apply(&self.db, change, &mut self.counters, settlement) {
            Applied::Done => Ok(Ok(Commit::Done)),
            Applied::Stale => Ok(Ok(Commit::Stale)),
            Applied::Spoiled(_) => Err(Undone::Spoiled),
        }
    }

    /// One change in its own savepoint. The inner result is the caller's; the outer
    /// error is the connection's and ends the batch.
    fn write_change_in_savepoint(
        &mut self,
        change: &Encoded,
        settlement: &mut Settlement,
    ) -> Result<Result<Commit, StoreError>, Cause> {
        self.db.prepare_cached("SAVEPOINT one")?.execute([])?;
        let result = match apply(&self.db, change, &mut self.counters, settlement) {
            Applied::Done => Ok(Commit::Done),
            Applied::Stale => Ok(Commit::Stale),
            Applied::Spoiled(result) => {
                self.db.prepare_cached("ROLLBACK TO one")?.execute([])?;
                result
            }
        };
        self.db.prepare_cached("RELEASE one")?.execute([])?;
        Ok(result.map_err(StoreError::NotDone))
    }

    fn save_counts(
        &self,
        backups: &std::collections::HashMap<(i64, i64), i64>,
    ) -> Result<(), Cause> {
        let sql = "INSERT INTO counts (vault, state, backups) VALUES (?1, ?2, ?3)
            ON CONFLICT (vault, state) DO UPDATE SET backups = backups + ?3";
        for ((vault, state), by) in backups {
            if *by != 0 {
                self.db.prepare_cached(sql)?.execute(params![vault, state, by])?;
            }
        }
        Ok(())
    }

    fn save_counters(&self, rolls: bool) -> Result<(), Cause> {
        let sql = "INSERT OR REPLACE INTO meta
            (id, generation, next_slot, epoch, stored_bytes, erased_bytes, ring_levels)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6)";
        let counters = &self.counters;
        self.db.prepare_cached(sql)?.execute(params![
            signed(counters.generation)?,
            signed(counters.next_slot)?,
            signed(counters.epoch + u64::from(rolls))?,
            signed(counters.stored_bytes)?,
            signed(counters.erased_bytes)?,
            self.epochs.levels(),
        ])?;
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
            let sql = "DELETE FROM epochs WHERE epoch <
                coalesce((SELECT min(epoch) FROM backups WHERE epoch IS NOT NULL), ?1)";
            self.db.prepare_cached(sql)?.execute([signed(self.counters.epoch)?])?;
        }
        Ok(())
    }

    /// Sees to it that the write-ahead log stays short.
    fn keep_wal_short(&mut self) {
        self.batches = self.batches.wrapping_add(1);
        if let Some(checkpointer) = &self.checkpointer {
            checkpointer.finish(&self.db);
            if self.batches.is_multiple_of(WAL_LOOK_BATCHES) {
                checkpointer.ring();
            }
        }
    }
}

/// What became of each change of a batch.
type Results = Vec<Result<Commit, StoreError>>;

/// What is undone when a change fails after its first row was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Undo {
    /// All of its batch, which is then written again.
    Batch,
    /// The change alone.
    Change,
}

/// Why a batch was undone before its commit was tried.
enum Undone {
    /// One change spoiled it.
    Spoiled,
    /// The connection failed.
    Failed(Cause),
}

impl From<Cause> for Undone {
    fn from(cause: Cause) -> Self {
        Self::Failed(cause)
    }
}

/// Why a whole batch was not written, as far as is known.
struct Unwritten {
    cause: Cause,
    /// The commit was tried: it may have happened.
    committing: bool,
}

impl Unwritten {
    fn after(cause: Cause) -> Self {
        Self { cause, committing: true }
    }
}

fn refuse(batch: Vec<Waiting>, why: &str) {
    for waiting in batch {
        drop(waiting.answer.send(Err(StoreError::not_done(why.to_owned()))));
    }
}
