//! Moves the write-ahead log into the database file, beside the thread that writes.
//!
//! Most of it is copied by a thread and a connection of their own, which wait for nobody
//! and for whom nobody waits. What was written meanwhile is little; the writing thread moves
//! that itself between two transactions, so that its next one begins the log anew. Somebody
//! who reads for long keeps the log from being begun anew, and so it grows: the alternative
//! is that everybody else waits for them. Listings of ours wait a moment for it.

use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::mpsc::{Receiver, SyncSender, TrySendError, sync_channel};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use rusqlite::Connection;

use super::super::scans::Pause;
use super::super::schema;
use super::roll::now;
use crate::Cause;

/// The log is moved when so many pages of it wait: 16 MiB.
const PAGES_DUE: u64 = 4096;

/// Pages that the writing thread moves by itself: too few for anybody to notice.
const PAGES_LAST_MAX: u64 = 256;

/// A log of so many pages, 64 MiB, is ended by the writing thread however much is left.
pub(super) const LOG_PAGES_MAX: u64 = 16_384;

/// How often the log is copied before the rest is left to the writing thread: each time
/// there is less, unless the disk is slower than the writers.
const ROUNDS_MAX: u32 = 4;

/// So many looks at a log that is far too long keep listings waiting. If that does not help,
/// it is not they who read it.
const PAUSE_LOOKS_MAX: u32 = 32;

/// How long the writing thread waits for short reads to end when the log is far too long, or
/// holds what is to be forgotten.
const READERS_WAIT: Duration = Duration::from_millis(20);

/// How long it waits between two attempts to empty a log that holds what is to be forgotten.
const WIPE_WAIT: Duration = Duration::from_secs(1);

/// So many attempts in a row are no accident: somebody reads for long.
const WIPES_QUIET_MAX: u32 = 10;

/// What was overwritten in the database and may still stand in the write-ahead log: pages stay
/// in that file until it is cut, although nobody reads them again.
#[derive(Debug, Default)]
pub(in super::super) struct Remnants {
    /// When the log is to be emptied; never if nothing is left in it.
    due: Option<Instant>,
    attempts: u32,
}

impl Remnants {
    /// What a server that was killed may have left, of a database that is not open yet.
    pub(in super::super) fn left_in(file: &Path) -> Self {
        let there = std::fs::metadata(schema::log_of(file)).is_ok_and(|found| found.len() > 0);
        Self { due: there.then(now), attempts: 0 }
    }

    /// Something was overwritten just now.
    pub(super) fn add(&mut self) {
        *self = Self { due: Some(now()), attempts: 0 };
    }

    /// How long until the log is to be emptied.
    pub(super) fn time_to_wipe(&self) -> Option<Duration> {
        self.due.map(|due| due.saturating_duration_since(now()))
    }

    /// Empties the log, if that is due, on the writing connection between two transactions.
    pub(super) fn wipe_if_due(&mut self, db: &Connection) {
        if self.time_to_wipe().is_none_or(|wait| !wait.is_zero()) {
            return;
        }
        match empty(db, READERS_WAIT) {
            Ok(true) => self.due = None,
            Ok(false) => {
                self.due = Some(now() + WIPE_WAIT);
                self.attempts += 1;
                if self.attempts.is_multiple_of(WIPES_QUIET_MAX) {
                    tracing::warn!("the write-ahead log is not emptied: somebody reads for long");
                }
            }
            Err(error) => {
                self.due = Some(now() + WIPE_WAIT);
                tracing::warn!(%error, "the write-ahead log could not be emptied");
            }
        }
    }
}

/// Moves all of the log into the database and cuts it to nothing, unless somebody reads it for
/// longer than `wait`. Tells whether it is empty.
pub(super) fn empty(db: &Connection, wait: Duration) -> Result<bool, rusqlite::Error> {
    db.busy_timeout(wait)?;
    let sql = "PRAGMA wal_checkpoint(TRUNCATE)";
    let held = db.query_row(sql, [], |row| row.get::<_, bool>(0));
    db.busy_timeout(schema::BUSY_WAIT)?;
    Ok(!held?)
}

/// The thread that copies. Dropping it waits for what it is doing.
#[derive(Debug)]
pub(super) struct Checkpointer {
    bell: Option<SyncSender<()>>,
    /// The writing thread is to move what is left.
    last: Arc<AtomicBool>,
    thread: Option<JoinHandle<()>>,
}

impl Checkpointer {
    pub(super) fn start(file: &Path, scans: Arc<Pause>) -> Result<Self, Cause> {
        let db = schema::open_checkpointer(file)?;
        // One stroke that waits is as good as many.
        let (bell, strokes) = sync_channel(1);
        let last = Arc::new(AtomicBool::new(false));
        let flag = Arc::clone(&last);
        let named = std::thread::Builder::new().name("sexton-checkpoint".to_owned());
        let thread = named.spawn(move || run(&db, &strokes, &flag, &scans))?;
        Ok(Self { bell: Some(bell), last, thread: Some(thread) })
    }

    /// Has the thread look at the length of the log.
    pub(super) fn ring(&self) {
        if let Some(bell) = &self.bell {
            match bell.try_send(()) {
                // It will look anyway, or it is gone and has said why.
                Ok(()) | Err(TrySendError::Full(()) | TrySendError::Disconnected(())) => (),
            }
        }
    }

    /// Moves what is left, if that is due, on the writing connection between two
    /// transactions.
    pub(super) fn finish(&self, db: &Connection) {
        if self.last.swap(false, Ordering::Relaxed)
            && let Err(error) = restart(db)
        {
            tracing::warn!(%error, "the write-ahead log could not be begun anew");
        }
    }
}

impl Drop for Checkpointer {
    fn drop(&mut self) {
        self.bell = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has already been reported where it happened.
            drop(thread.join());
        }
    }
}

fn run(db: &Connection, strokes: &Receiver<()>, last: &AtomicBool, scans: &Pause) {
    let mut warned = false;
    let mut looks = 0_u32;
    while strokes.recv().is_ok() {
        match copy(db) {
            Ok(log) => {
                last.store(log.is_to_be_ended(), Ordering::Relaxed);
                looks = if log.is_far_too_long() { looks + 1 } else { 0 };
                scans.set((1..=PAUSE_LOOKS_MAX).contains(&looks));
                let held = log.held && log.pages > 4 * LOG_PAGES_MAX;
                if held && !warned {
                    let pages = log.pages;
                    tracing::warn!(pages, "the write-ahead log grows: somebody reads for long");
                }
                warned = held;
            }
            Err(error) => tracing::warn!(%error, "the write-ahead log could not be copied"),
        }
    }
    scans.set(false);
}

/// The log, in pages.
#[derive(Debug, Clone, Copy)]
struct Log {
    pages: u64,
    /// So many of them are in the database file.
    copied: u64,
    /// More of it could not be copied, because somebody reads what comes before it.
    held: bool,
}

impl Log {
    fn waiting(self) -> u64 {
        self.pages.saturating_sub(self.copied)
    }

    fn is_far_too_long(self) -> bool {
        self.pages > 2 * LOG_PAGES_MAX
    }

    fn is_to_be_ended(self) -> bool {
        let little = self.waiting() <= PAGES_LAST_MAX && self.pages >= PAGES_DUE;
        !self.held && (little || self.pages >= LOG_PAGES_MAX)
    }
}

/// Copies the log, if that is due, until little of it is left or it does no good.
fn copy(db: &Connection) -> Result<Log, rusqlite::Error> {
    let mut log = ask(db, "NOOP")?;
    if log.waiting() < PAGES_DUE {
        return Ok(log);
    }
    for _ in 0..ROUNDS_MAX {
        let held = ask(db, "PASSIVE")?.waiting() > 0;
        log = Log { held, ..ask(db, "NOOP")? };
        if held || log.waiting() <= PAGES_LAST_MAX {
            break;
        }
    }
    Ok(log)
}

/// Moves all that is left, and begins the log anew unless somebody reads it.
fn restart(db: &Connection) -> Result<(), rusqlite::Error> {
    let long = ask(db, "NOOP")?.is_far_too_long();
    db.busy_timeout(if long { READERS_WAIT } else { Duration::ZERO })?;
    let asked = ask(db, "RESTART");
    db.busy_timeout(schema::BUSY_WAIT)?;
    asked.map(drop)
}

fn ask(db: &Connection, mode: &str) -> Result<Log, rusqlite::Error> {
    let sql = format!("PRAGMA wal_checkpoint({mode})");
    db.query_row(&sql, [], |row| {
        // Both are -1 before there is a log.
        let pages = |column| row.get(column).map(|it: i64| u64::try_from(it).unwrap_or(0));
        Ok(Log { pages: pages(1)?, copied: pages(2)?, held: false })
    })
}
