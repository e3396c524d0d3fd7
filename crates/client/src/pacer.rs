//! A pace that several runs can share: whoever makes requests of one account, region and API
//! asks it for each turn, and tells it how the service answered.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, sleep};

use crate::rate::{Pace, Turn};

/// Hands out turns. Clones share one pace.
#[derive(Debug, Clone)]
pub struct Pacer(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    pace: Mutex<Pace>,
    /// Whoever holds it is the first in line, and asks for the next turn. Those behind it
    /// take no turn yet, so that a rate that changes holds for all who wait.
    line: tokio::sync::Mutex<()>,
    began: Instant,
}

/// A request that has had its turn.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Sent(std::time::Duration);

impl Pacer {
    /// A pace that never exceeds `rate_max` requests per second.
    pub fn new(rate_max: Option<u32>) -> Self {
        Self(Arc::new(Shared {
            pace: Mutex::new(Pace::new(rate_max)),
            line: tokio::sync::Mutex::new(()),
            began: Instant::now(),
        }))
    }

    /// Requests per second, at present.
    pub fn rate(&self) -> f64 {
        self.pace().rate()
    }

    /// Waits for the next turn. Whoever stops waiting has taken none.
    pub(crate) async fn turn(&self) -> Sent {
        let _first = self.0.line.lock().await;
        loop {
            let now = self.0.began.elapsed();
            let turn = self.pace().take(now);
            match turn {
                Turn::Now => return Sent(now),
                Turn::After(wait) => sleep(wait).await,
            }
        }
    }

    /// The service has dealt with the request.
    pub(crate) fn answered(&self, sent: Sent) {
        let now = self.0.began.elapsed();
        self.pace().answered(sent.0, now);
    }

    /// The service asks for fewer requests.
    pub(crate) fn refused(&self, sent: Sent) {
        let now = self.0.began.elapsed();
        self.pace().refused(sent.0, now);
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // The pace is numbers only: whoever panicked has left it usable.
        self.0.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
