//! Makes requests at the shared pace, and again when that is safe.
//!
//! Every request of a run goes through here, so that the whole run slows down when the
//! service asks for it. An answer remembers whether an earlier try of the same request
//! may have had an effect: then "not found" may be our own doing.

use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use tokio::time::{Instant, sleep};

use crate::provider::{BackupProvider, Failure};
use crate::rate::{Pace, Turn};
use crate::retry::{Jitter, RetryPolicy};
use crate::stop::Stop;

/// What came of a request and its retries.
#[derive(Debug)]
pub(crate) struct Answer<T> {
    /// The last try's result; nothing when the run was stopped before the first.
    pub(crate) result: Option<Result<T, Failure>>,
    /// A try before the last may have had an effect.
    pub(crate) unsure: bool,
}

/// Whether to keep trying when the run is being drained.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Heed {
    /// A mutation: no further try.
    Drain,
    /// A look: draining a run includes looking at what it did.
    Nothing,
}

#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) provider: Arc<dyn BackupProvider>,
    pub(crate) stop: Stop,
    pace: Mutex<Pace>,
    /// Whoever holds it is the first in line, and asks for the next turn. Those behind it
    /// take no turn yet, so that a rate that changes holds for all who wait.
    line: tokio::sync::Mutex<()>,
    started: Instant,
    retry: RetryPolicy,
    jitter: Jitter,
}

impl Caller {
    pub(crate) fn new(
        provider: Arc<dyn BackupProvider>,
        stop: Stop,
        rate_cap: Option<u32>,
        retry: RetryPolicy,
        seed: u64,
    ) -> Self {
        let pace = Mutex::new(Pace::new(rate_cap));
        Self {
            provider,
            stop,
            pace,
            line: tokio::sync::Mutex::new(()),
            started: Instant::now(),
            retry,
            jitter: Jitter::new(seed),
        }
    }

    /// Requests per second, at present.
    pub(crate) fn rate(&self) -> f64 {
        self.pace().rate()
    }

    /// Sends the request that `send` makes until it succeeds, fails for good, has been
    /// tried often enough, or the run is stopped.
    pub(crate) async fn call<T, F, R>(&self, heed: Heed, send: F) -> Answer<T>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, Failure>>,
    {
        let mut unsure = false;
        let mut last = None;
        for attempt in 1.. {
            if !self.turn(heed).await {
                break;
            }
            let began = self.started.elapsed();
            let result = send().await;
            let now = self.started.elapsed();
            let Err(failure) = result else {
                self.pace().answered(began, now);
                return Answer { result: Some(result), unsure };
            };
            if failure.class.slows_down() {
                self.pace().refused(began, now);
            } else if failure.class.is_an_answer() {
                // The service bears the rate as well as when it says yes.
                self.pace().answered(began, now);
            }
            let wait = self.retry.wait(failure.class, attempt, self.jitter.next());
            let may_have_happened = failure.class.may_have_happened();
            last = Some(Err(failure));
            let Some(wait) = wait else { break };
            unsure |= may_have_happened;
            if !self.pause(wait, heed).await {
                break;
            }
        }
        Answer { result: last, unsure }
    }

    /// Waits for this request's turn. `false`: there is to be none.
    async fn turn(&self, heed: Heed) -> bool {
        let _first = match heed {
            Heed::Nothing => self.line.lock().await,
            Heed::Drain => tokio::select! {
                biased;
                () = self.stop.drained() => return false,
                first = self.line.lock() => first,
            },
        };
        loop {
            let turn = self.pace().take(self.started.elapsed());
            match turn {
                Turn::Now => return true,
                Turn::After(wait) => {
                    if !self.pause(wait, heed).await {
                        return false;
                    }
                }
            }
        }
    }

    async fn pause(&self, wait: std::time::Duration, heed: Heed) -> bool {
        match heed {
            Heed::Drain if self.stop.is_draining() => false,
            _ if wait.is_zero() => true,
            Heed::Drain => tokio::select! {
                () = self.stop.drained() => false,
                () = sleep(wait) => true,
            },
            Heed::Nothing => {
                sleep(wait).await;
                true
            }
        }
    }

    fn pace(&self) -> MutexGuard<'_, Pace> {
        // The pace is numbers only: whoever panicked has left it usable.
        self.pace.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
