//! What waits for the writing thread, and in which order it is taken.

use std::collections::{BTreeMap, VecDeque};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use jiff::Timestamp;
use sexton_core::DataKey;
use tokio::sync::oneshot;

use super::KeyOf;
use crate::sqlite::encoded::Encoded;
use crate::{Commit, StoreError};

/// The most changes that one transaction takes of those that somebody waits for. Measured:
/// deeper batches add latency and no throughput.
pub(super) const BATCH_CHANGES_MAX: usize = 64;

/// The most background changes of a transaction without requests: enough that the wait for the
/// disk is shared by many, few enough that a request that comes meanwhile waits for some
/// milliseconds only.
const BACKGROUND_ALONE_MAX: usize = 256;

/// The most background changes beside requests: enough that a backlog gets shorter all the time,
/// few enough that nobody's answer waits for them.
const BACKGROUND_BESIDE_MAX: usize = 8;

pub(super) type Answer = oneshot::Sender<Result<Commit, StoreError>>;

#[derive(Debug)]
pub(super) struct Waiting {
    pub(super) change: Encoded,
    pub(super) answer: Answer,
}

#[derive(Debug)]
pub(super) struct KeyQuery {
    pub(super) of: KeyOf,
    pub(super) answer: oneshot::Sender<Result<Option<DataKey>, StoreError>>,
}

/// What waits for the thread. Bounded by the requests in flight, each of which waits for
/// its own answer, and by the eraser's batch.
#[derive(Debug, Default)]
pub(super) struct Queue {
    pub(super) requests: VecDeque<Waiting>,
    pub(super) background: VecDeque<Waiting>,
    pub(super) keys: VecDeque<KeyQuery>,
    pub(super) closed: bool,
    /// The thread waits for something to arrive. It is woken only then: each call for it is one of
    /// the system.
    asleep: bool,
    /// While it waits: how many requests wake it. With none, whatever arrives does.
    wanted: usize,
}

impl Queue {
    pub(super) fn is_empty(&self) -> bool {
        self.requests.is_empty() && self.background.is_empty() && self.keys.is_empty()
    }

    /// Whether somebody waits for an answer.
    pub(super) fn requests_wait(&self) -> bool {
        !self.requests.is_empty()
    }

    /// Whether what has arrived is what the thread waits for.
    fn wakes(&self) -> bool {
        self.requests.len() >= self.wanted || !self.keys.is_empty() || self.closed
    }

    /// Requests first: what nobody waits for takes some of the room that they leave, and
    /// all of it when there are none.
    pub(super) fn take_batch(&mut self) -> Vec<Waiting> {
        let requests = BATCH_CHANGES_MAX.min(self.requests.len());
        let mut batch: Vec<Waiting> = self.requests.drain(..requests).collect();
        let room = match requests {
            0 => BACKGROUND_ALONE_MAX,
            _ => BACKGROUND_BESIDE_MAX.min(BATCH_CHANGES_MAX - requests),
        };
        batch.extend(self.background.drain(..room.min(self.background.len())));
        batch
    }
}

#[derive(Debug, Default)]
pub(super) struct Shared {
    pub(super) queue: Mutex<Queue>,
    arrival: Condvar,
    /// Epochs that have ended and are not yet in the table.
    pub(super) ended: Mutex<BTreeMap<u64, Timestamp>>,
    pub(super) failed: AtomicBool,
}

impl Shared {
    pub(super) fn queue(&self) -> MutexGuard<'_, Queue> {
        self.queue.lock().expect("no holder of this lock panics")
    }

    /// Gives the queue back after something was added, and wakes the thread if it sleeps.
    pub(super) fn arrived(&self, mut queue: MutexGuard<'_, Queue>) {
        let wake = queue.wakes() && std::mem::take(&mut queue.asleep);
        drop(queue);
        if wake {
            self.arrival.notify_one();
        }
    }

    /// Sleeps until something arrives, or for so long.
    pub(super) fn sleep<'a>(
        &'a self,
        queue: MutexGuard<'a, Queue>,
        wait: Option<Duration>,
    ) -> MutexGuard<'a, Queue> {
        self.sleep_for(0, queue, wait)
    }

    /// Sleeps until so many requests wait, or something that does not wait for them arrives, or
    /// for so long.
    pub(super) fn sleep_for<'a>(
        &'a self,
        wanted: usize,
        mut queue: MutexGuard<'a, Queue>,
        wait: Option<Duration>,
    ) -> MutexGuard<'a, Queue> {
        const LOCK: &str = "no holder of this lock panics";
        (queue.asleep, queue.wanted) = (true, wanted);
        let mut queue = match wait {
            Some(wait) => self.arrival.wait_timeout(queue, wait).expect(LOCK).0,
            None => self.arrival.wait(queue).expect(LOCK),
        };
        queue.asleep = false;
        queue
    }
}

/// Closes the queue when the thread ends, however it ends: what still waits is answered
/// with an error then, and what comes later is refused. Otherwise it would wait for ever.
#[derive(Debug)]
pub(super) struct Closing(pub(super) Arc<Shared>);

impl Drop for Closing {
    fn drop(&mut self) {
        if std::thread::panicking() {
            self.0.failed.store(true, Ordering::Relaxed);
            tracing::error!("the writing thread panicked: the store takes nothing more");
        }
        // Not the way of everybody else: a second panic here would end the process.
        let mut queue = self.0.queue.lock().unwrap_or_else(PoisonError::into_inner);
        *queue = Queue { closed: true, ..Queue::default() };
    }
}

#[cfg(test)]
mod tests {
    use sexton_core::Realm;

    use super::*;
    use crate::Change;

    fn request(queue: &mut Queue) {
        let (answer, _reply) = oneshot::channel();
        let change = Encoded::of(Change::default()).expect("it is empty");
        queue.requests.push_back(Waiting { change, answer });
    }

    /// A thread that waits for many is not woken by each of them.
    #[test]
    fn a_thread_is_woken_by_what_it_waits_for() {
        let shared = Shared::default();
        let woken = |wanted, arrives: &dyn Fn(&mut Queue)| {
            let mut queue = shared.queue();
            (queue.asleep, queue.wanted) = (true, wanted);
            arrives(&mut queue);
            shared.arrived(queue);
            let mut queue = shared.queue();
            let woken = !queue.asleep;
            *queue = Queue::default();
            woken
        };
        assert!(woken(0, &|_| ()), "whatever arrives");
        assert!(!woken(2, &request));
        assert!(woken(1, &request));
        assert!(woken(2, &|queue| {
            request(queue);
            request(queue);
        }));
        assert!(woken(2, &|queue| queue.closed = true));
        assert!(woken(2, &|queue| {
            let realm = Realm::new("us-east-1", "123456789012");
            let arn = "arn:aws:rds:us-east-1:123456789012:db:shop".parse().unwrap();
            let (answer, _reply) = oneshot::channel();
            queue.keys.push_back(KeyQuery { of: KeyOf::Secret(realm.with(arn)), answer });
        }));
    }
}
