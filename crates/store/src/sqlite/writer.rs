//! The one thread that writes: it groups the commits that wait into one durable
//! transaction, and begins a new epoch of the key ring when a key is to be destroyed.

use std::path::{Path, PathBuf};
use std::sync::atomic::Ordering;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;
use std::time::Duration;

use rusqlite::Connection;
use sexton_core::DataKey;
use tokio::sync::oneshot;

use super::Parts;
use super::counters::Counters;
use super::encoded::Encoded;
use super::epochs::{EpochEnds, RollPolicy};
use super::place::Place;
use super::scans::Pause;
use super::schema::log_of;
use crate::{Cause, Change, Commit, StoreError, StoreId};

mod batch;
mod checkpoint;
mod gather;
mod queue;
mod recover;
mod roll;

use checkpoint::Checkpointer;
pub(super) use checkpoint::Remnants;
use gather::Gather;
use queue::{Closing, KeyQuery, Shared, Waiting};
pub(super) use recover::{check_parts, identity, open_stored, refuse_new_beside};
use roll::Epochs;
pub(super) use roll::{KeyOf, key_in};

/// How many batches pass between two looks at the length of the write-ahead log.
const WAL_LOOK_BATCHES: u32 = 32;

/// How long to wait after the files of the database were not in their place.
const PLACE_WAIT: Duration = Duration::from_millis(20);

/// How long a store that is closed waits for readers from outside.
const CLOSE_WAIT: Duration = Duration::from_secs(1);

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
        place: Arc<Place>,
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
            gather: Gather::default(),
            checkpointer,
            remnants,
            place,
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

    pub(super) async fn data_key(&self, of: KeyOf) -> Result<Option<DataKey>, StoreError> {
        let (answer, reply) = oneshot::channel();
        {
            let mut queue = self.shared.queue();
            if queue.closed {
                return Err(StoreError::not_done("the store is closed"));
            }
            queue.keys.push_back(KeyQuery { of, answer });
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
    gather: Gather,
    checkpointer: Option<Checkpointer>,
    remnants: Remnants,
    place: Arc<Place>,
}

impl Thread {
    fn run(mut self) {
        while let Some((batch, keys)) = self.next_work() {
            self.note_if_due();
            self.remnants.wipe_if_due(&self.db);
            for query in keys {
                let key = self.epochs.key(&self.db, &query.of).map_err(StoreError::NotDone);
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
            if let Err(cause) = self.place.check() {
                tracing::error!(error = %cause, "nothing is written");
                refuse(batch, &cause.to_string());
                // An epoch that is to end would have this asked without a pause.
                drop(self.shared.sleep(self.shared.queue(), Some(PLACE_WAIT)));
                continue;
            }
            let requests = batch.iter().filter(|waiting| !waiting.change.change.background).count();
            self.commit_batch(batch);
            let waiting = self.shared.queue().requests.len();
            self.gather.learn(requests, waiting, roll::now());
            self.keep_wal_short();
        }
        if !self.failed() && self.place.check().is_ok() {
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
            if !queue.closed
                && queue.keys.is_empty()
                && !self.failed()
                && let Some(wait) = self.gather.wait(queue.requests.len(), roll::now())
            {
                queue = self.shared.sleep_for(self.gather.wanted(), queue, Some(wait));
                continue;
            }
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

fn refuse(batch: Vec<Waiting>, why: &str) {
    for waiting in batch {
        drop(waiting.answer.send(Err(StoreError::not_done(why.to_owned()))));
    }
}
