//! Places for connections: so many, and who has to leave when somebody waits for one.
//!
//! A place costs a file descriptor, and whoever says nothing can hold it for a while. So
//! when all are taken and somebody waits, a connection that has no request makes way: first
//! those that never had one, and of those the one that was quiet longest. A request that is
//! being answered is never interrupted.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard};
use std::time::Duration;

use tokio::sync::{Notify, OwnedSemaphorePermit, Semaphore};

/// How long to wait for the one that was asked to leave before another one is asked: it
/// may have got a request in the meantime.
const ASK_AGAIN: Duration = Duration::from_millis(50);

/// All places of a server.
#[derive(Debug)]
pub(super) struct Places {
    free: Arc<Semaphore>,
    count: usize,
    quiet: Mutex<Quiet>,
}

/// The connections that have no request now.
#[derive(Debug, Default)]
struct Quiet {
    /// In the order in which they are asked to leave.
    ways: BTreeMap<Rank, Arc<Notify>>,
    next: u64,
}

/// Lower ones leave first.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
struct Rank {
    had_request: bool,
    since: u64,
}

/// A connection without a request, for as long as it has none.
#[derive(Debug)]
pub(super) struct Idle<'a> {
    places: &'a Places,
    rank: Rank,
    way: Arc<Notify>,
}

impl Places {
    pub(super) fn new(count: usize) -> Self {
        let count = count.min(Semaphore::MAX_PERMITS);
        Self { free: Arc::new(Semaphore::new(count)), count, quiet: Mutex::default() }
    }

    /// A place; whoever is quiet makes way for it if none is free.
    pub(super) async fn take(&self) -> OwnedSemaphorePermit {
        loop {
            let taken = Arc::clone(&self.free).try_acquire_owned();
            if let Ok(place) = taken {
                return place;
            }
            self.make_way();
            let taken = Arc::clone(&self.free).acquire_owned();
            if let Ok(Ok(place)) = tokio::time::timeout(ASK_AGAIN, taken).await {
                return place;
            }
        }
    }

    /// Asks the first of those that are quiet to leave.
    pub(super) fn make_way(&self) {
        let first = self.lock().ways.pop_first();
        if let Some((_, way)) = first {
            way.notify_one();
        }
    }

    /// Counts a connection among the quiet ones until the answer is dropped.
    pub(super) fn idle(&self, had_request: bool) -> Idle<'_> {
        let way = Arc::new(Notify::new());
        let mut quiet = self.lock();
        let rank = Rank { had_request, since: quiet.next };
        quiet.next += 1;
        quiet.ways.insert(rank, Arc::clone(&way));
        drop(quiet);
        Idle { places: self, rank, way }
    }

    /// Waits until every connection has ended.
    pub(super) async fn all_free(&self) {
        let all = u32::try_from(self.count).unwrap_or(u32::MAX);
        drop(self.free.acquire_many(all).await);
    }

    fn lock(&self) -> MutexGuard<'_, Quiet> {
        self.quiet.lock().expect("no holder of this lock panics")
    }
}

impl Idle<'_> {
    /// Waits until this connection is asked to leave.
    pub(super) async fn asked(&self) {
        self.way.notified().await;
    }
}

impl Drop for Idle<'_> {
    fn drop(&mut self) {
        self.places.lock().ways.remove(&self.rank);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn asked(idle: &Idle<'_>) -> bool {
        let way = Arc::clone(&idle.way);
        futures::FutureExt::now_or_never(way.notified()).is_some()
    }

    #[tokio::test]
    async fn those_without_a_request_leave_first_and_of_them_the_longest_quiet() {
        let places = Places::new(1);
        let (old, silent) = (places.idle(true), places.idle(false));
        let (busy, young) = (places.idle(true), places.idle(true));
        drop(busy);
        for (first, rest) in
            [(&silent, vec![&old, &young]), (&old, vec![&silent, &young]), (&young, vec![&old])]
        {
            places.make_way();
            assert!(asked(first));
            assert!(!rest.into_iter().any(asked), "one at a time");
        }
        places.make_way();
    }

    #[tokio::test]
    async fn a_place_is_waited_for_until_somebody_leaves() {
        let places = Places::new(1);
        let held = places.take().await;
        let idle = places.idle(false);
        let leaves = async {
            idle.asked().await;
            drop(held);
        };
        let (next, ()) = tokio::join!(places.take(), leaves);
        drop(next);
        places.all_free().await;
    }
}
