//! Queries that look at many rows, on threads of their own.
//!
//! Deletions come first. A listing whose filter lets nothing through looks at thousands of
//! rows for one answer, and eight clients that asked for such listings left deletions a tenth
//! of their rate. So there are few threads for scans, and they stand back from all other
//! threads. Each has a connection of its own: however many scans are asked for, no deletion
//! waits for a connection that a scan has. What was asked for first is done first.
//!
//! The write-ahead log is begun anew only when nobody reads it. While it is far too long no
//! scan begins ([`Pause`]), or scans that follow each other would have it grow for ever.

use std::panic::{AssertUnwindSafe, catch_unwind};
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Condvar, Mutex};
use std::thread::{Builder, JoinHandle};
use std::time::Duration;

use rusqlite::Connection;
use tokio::sync::oneshot;

use crate::{Cause, StoreError};

/// Scans that run at once.
pub(super) const SCANS_MAX: usize = 2;

/// How much a scan stands back, from 0 to 19: as much as a capture does. It gets 1/28 of the
/// processor that a thread of a deletion beside it gets, and all that is idle. With 10, pages
/// of points left deletions a quarter to a half of their rate.
const NICENESS: i32 = 15;

type Scan = Box<dyn FnOnce(&Connection) + Send>;

/// Keeps scans from beginning for a while.
#[derive(Debug)]
pub(super) struct Pause {
    on: Mutex<bool>,
    over: Condvar,
    wait_max: Duration,
}

impl Pause {
    /// A pause that is not on, and in which nobody waits for longer than `wait_max`: the log
    /// that it is for does not grow while nothing is committed, and nobody ends it then.
    pub(super) fn new(wait_max: Duration) -> Arc<Self> {
        Arc::new(Self { on: Mutex::new(false), over: Condvar::new(), wait_max })
    }

    pub(super) fn set(&self, on: bool) {
        *self.on.lock().expect("no holder of this lock panics") = on;
        self.over.notify_all();
    }

    fn wait(&self) {
        let on = self.on.lock().expect("no holder of this lock panics");
        let waited = self.over.wait_timeout_while(on, self.wait_max, |on| *on);
        drop(waited.expect("no holder of this lock panics"));
    }
}

/// The threads, as many as there are connections. Dropping this finishes what is asked for.
#[derive(Debug)]
pub(super) struct Scans {
    /// Nothing only while this is being dropped.
    queue: Option<Sender<Scan>>,
    threads: Vec<JoinHandle<()>>,
}

impl Scans {
    pub(super) fn start(connections: Vec<Connection>, pause: &Arc<Pause>) -> Result<Self, Cause> {
        let (queue, asked) = channel();
        let asked = Arc::new(Mutex::new(asked));
        let begin = |connection| {
            let (asked, pause) = (Arc::clone(&asked), Arc::clone(pause));
            let named = Builder::new().name("sexton-scan".to_owned());
            named.spawn(move || work(&connection, &asked, &pause))
        };
        let threads = connections.into_iter().map(begin).collect::<Result<_, _>>()?;
        Ok(Self { queue: Some(queue), threads })
    }

    /// Runs a query once a thread is free, unless whoever asked has left by then.
    pub(super) async fn scan<T, F>(&self, query: F) -> Result<T, StoreError>
    where
        T: Send + 'static,
        F: FnOnce(&Connection) -> Result<T, Cause> + Send + 'static,
    {
        let (answer, answered) = oneshot::channel();
        let scan = move |connection: &Connection| {
            if !answer.is_closed() {
                // Whoever asked may have left meanwhile.
                drop(answer.send(query(connection)));
            }
        };
        let queue = self.queue.as_ref().ok_or_else(|| StoreError::not_done("it is closed"))?;
        queue.send(Box::new(scan)).map_err(|_| StoreError::not_done("no thread scans"))?;
        let found = answered.await;
        found.map_err(|_| StoreError::not_done("the query failed"))?.map_err(StoreError::NotDone)
    }
}

impl Drop for Scans {
    fn drop(&mut self) {
        self.queue = None;
        for thread in self.threads.drain(..) {
            // A panic of a query has been reported where it happened.
            drop(thread.join());
        }
    }
}

fn work(connection: &Connection, asked: &Mutex<Receiver<Scan>>, pause: &Pause) {
    // A system that refuses this serves scans like the rest.
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        tracing::debug!(%error, "listings run with the priority of the rest");
    }
    let next = || asked.lock().expect("no holder of this lock panics").recv();
    while let Ok(scan) = next() {
        pause.wait();
        // A query that panics costs whoever asked the answer, and nobody the thread.
        drop(catch_unwind(AssertUnwindSafe(|| scan(connection))));
    }
}

#[cfg(test)]
mod tests {
    use std::future::poll_fn;
    use std::pin::Pin;
    use std::sync::atomic::{AtomicUsize, Ordering};
    use std::task::Poll;

    use sexton_core::Realm;

    use super::super::{Parts, RollPolicy, Sqlite};
    use super::*;
    use crate::clock::Clock;
    use crate::entropy::SeededEntropy;
    use crate::keys::root::MemoryRoots;
    use crate::{Change, Commit, MetaStore as _};

    /// Scans that run until they are told to end.
    struct Gate {
        begun: AtomicUsize,
        running: AtomicUsize,
        running_most: AtomicUsize,
        ends: Sender<()>,
        ended: Mutex<Receiver<()>>,
    }

    impl Gate {
        fn new() -> Arc<Self> {
            let (ends, ended) = channel();
            let [begun, running, running_most] = [(); 3].map(|()| AtomicUsize::new(0));
            Arc::new(Self { begun, running, running_most, ends, ended: Mutex::new(ended) })
        }

        fn query(self: &Arc<Self>) -> impl FnOnce(&Connection) -> Result<(), Cause> + use<> {
            let gate = Arc::clone(self);
            move |_| {
                let running = gate.running.fetch_add(1, Ordering::SeqCst) + 1;
                gate.running_most.fetch_max(running, Ordering::SeqCst);
                gate.begun.fetch_add(1, Ordering::SeqCst);
                gate.ended.lock().unwrap().recv_timeout(Duration::from_mins(1))?;
                gate.running.fetch_sub(1, Ordering::SeqCst);
                Ok(())
            }
        }

        async fn until_begun(&self, wanted: usize) {
            while self.begun.load(Ordering::SeqCst) < wanted {
                tokio::task::yield_now().await;
            }
        }

        /// Has these scans end, in whichever order they like.
        async fn end(&self, asked: Vec<tokio::task::JoinHandle<Result<(), StoreError>>>) {
            for _each in &asked {
                self.ends.send(()).unwrap();
            }
            for asked in asked {
                asked.await.unwrap().unwrap();
            }
        }
    }

    async fn is_pending<F: Future + ?Sized>(future: &mut Pin<Box<F>>) -> bool {
        poll_fn(|context| Poll::Ready(future.as_mut().poll(context).is_pending())).await
    }

    fn store(folder: &tempfile::TempDir) -> Arc<Sqlite> {
        let parts = Parts {
            roots: Arc::new(MemoryRoots::default()),
            entropy: Arc::new(SeededEntropy::new(1)),
            clock: Arc::new(Clock::default()),
            roll: RollPolicy::EveryCommit,
        };
        Arc::new(Sqlite::open(&folder.path().join("sexton.db"), parts).unwrap())
    }

    #[tokio::test]
    async fn deletions_are_decided_and_committed_while_every_place_for_listings_is_taken() {
        let folder = tempfile::TempDir::new().unwrap();
        let (store, gate) = (store(&folder), Gate::new());
        let scan = || {
            let (store, query) = (Arc::clone(&store), gate.query());
            tokio::spawn(async move { store.scans.scan(query).await })
        };
        let asked: Vec<_> = (0..5 * SCANS_MAX).map(|_| scan()).collect();
        gate.until_begun(SCANS_MAX).await;
        let realm = Realm::new("r", "1");
        let mut listing = store.list_vaults(&realm, None, 10);
        assert!(is_pending(&mut listing).await);
        let name = "arn:aws:backup:r:1:recovery-point:1".parse().unwrap();
        assert!(store.backup(&realm.with(name)).await.unwrap().is_none());
        for _deletion in 0..20 {
            assert!(matches!(store.commit(Change::default()).await.unwrap(), Commit::Done));
            assert!(is_pending(&mut listing).await, "a listing waits for its turn");
        }
        gate.end(asked).await;
        assert_eq!(listing.await.unwrap().items.len(), 0);
        assert_eq!(gate.running_most.load(Ordering::SeqCst), SCANS_MAX, "and no more at once");
    }

    #[tokio::test]
    async fn no_scan_begins_in_a_pause_unless_nobody_ends_it() {
        let connections = || vec![Connection::open_in_memory().unwrap()];
        let long = Pause::new(Duration::from_hours(1));
        let scans = Scans::start(connections(), &long).unwrap();
        long.set(true);
        let (says, said) = channel();
        let mut waits = Box::pin(scans.scan(move |_| Ok(says.send(())?)));
        assert!(is_pending(&mut waits).await);
        // Time in which it would begin; on a slow machine this sees less, and never too much.
        assert!(said.recv_timeout(Duration::from_millis(200)).is_err());
        long.set(false);
        waits.await.unwrap();

        let none = Pause::new(Duration::ZERO);
        let scans = Scans::start(connections(), &none).unwrap();
        none.set(true);
        assert_eq!(scans.scan(|_| Ok(1)).await.unwrap(), 1);
    }

    #[tokio::test]
    async fn what_nobody_waits_for_any_more_is_not_looked_for() {
        let folder = tempfile::TempDir::new().unwrap();
        let (store, gate) = (store(&folder), Gate::new());
        let busy: Vec<_> = (0..SCANS_MAX)
            .map(|_| {
                let (store, query) = (Arc::clone(&store), gate.query());
                tokio::spawn(async move { store.scans.scan(query).await })
            })
            .collect();
        gate.until_begun(SCANS_MAX).await;
        let (says, said) = channel();
        let mut left = Box::pin(store.scans.scan(move |_| Ok(says.send(())?)));
        assert!(is_pending(&mut left).await);
        drop(left);
        gate.end(busy).await;
        drop(store);
        assert!(said.try_recv().is_err(), "it was looked for all the same");
    }

    #[tokio::test]
    async fn a_scan_that_panics_costs_nobody_else_an_answer() {
        let folder = tempfile::TempDir::new().unwrap();
        let store = store(&folder);
        for _scan in 0..=SCANS_MAX {
            let panics = |_: &Connection| -> Result<(), Cause> { panic!("as a bug would") };
            assert!(store.scans.scan(panics).await.is_err());
        }
        assert_eq!(store.scans.scan(|_| Ok(1)).await.unwrap(), 1);
    }
}
