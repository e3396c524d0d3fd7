//! One batch of commits: one transaction, and what becomes of it.

use std::sync::atomic::Ordering;

use rusqlite::params;

use super::super::apply::{Applied, Standing, apply};
use super::super::counters::Settlement;
use super::super::encoded::Encoded;
use super::super::rows::signed;
use super::queue::Waiting;
use super::{Thread, WAL_LOOK_BATCHES};
use crate::keys::RingOp;
use crate::{Cause, Commit, StoreError};

impl Thread {
    /// Commits a batch and answers its callers, each with what became of their change.
    pub(super) fn commit_batch(&mut self, batch: Vec<Waiting>) {
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
        let mut standing = Standing::default();
        let mut results = Vec::with_capacity(batch.len());
        for Waiting { change, .. } in batch {
            results.push(match undo {
                Undo::Batch => self.write_change(change, &mut settlement, &mut standing)?,
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
    fn write_change<'a>(
        &mut self,
        change: &'a Encoded,
        settlement: &mut Settlement,
        standing: &mut Standing<'a>,
    ) -> Result<Result<Commit, StoreError>, Undone> {
        match apply(&self.db, change, &mut self.counters, settlement, standing) {
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
        // What is undone is not known to stand.
        let standing = &mut Standing::default();
        let result = match apply(&self.db, change, &mut self.counters, settlement, standing) {
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
            (id, generation, next_slot, epoch, stored_bytes, erased_bytes, tokens, ring_levels)
            VALUES (1, ?1, ?2, ?3, ?4, ?5, ?6, ?7)";
        let counters = &self.counters;
        self.db.prepare_cached(sql)?.execute(params![
            signed(counters.generation)?,
            signed(counters.next_slot)?,
            signed(counters.epoch + u64::from(rolls))?,
            signed(counters.stored_bytes)?,
            signed(counters.erased_bytes)?,
            signed(counters.tokens)?,
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
                coalesce((SELECT min(epoch) FROM erasures), ?1)";
            self.db.prepare_cached(sql)?.execute([signed(self.counters.epoch)?])?;
        }
        Ok(())
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
