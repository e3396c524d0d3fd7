//! Makes requests at the shared pace, and again when that is safe.
//!
//! Every request of a run goes through here, so that the whole run slows down when the
//! service asks for it. An answer remembers whether an earlier try of the same request
//! may have had an effect: then "not found" may be our own doing.

use std::time::Duration;

use tokio::time::sleep;

use crate::batch::{Step, after};
use crate::options::Options;
use crate::pacer::{Pacer, Sent};
use crate::provider::ProviderError;
use crate::retry::{Jitter, RetryPolicy};
use crate::stop::Stop;

/// What came of a request and its retries.
#[derive(Debug, Clone)]
pub(crate) struct Answer<T> {
    /// The last try's result; nothing when the run was stopped before the first.
    pub(crate) result: Option<Result<T, ProviderError>>,
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
    pub(crate) stop: Stop,
    pacer: Pacer,
    retry: RetryPolicy,
    jitter: Jitter,
}

impl Caller {
    pub(crate) fn new(stop: Stop, options: &Options) -> Self {
        let (pacer, retry) = (options.pacer.clone(), options.retry);
        Self { stop, pacer, retry, jitter: Jitter::new(options.seed) }
    }

    /// Requests per second, at present.
    pub(crate) fn rate(&self) -> f64 {
        self.pacer.rate()
    }

    /// Asks what `send` asks, and again while that may help, as a look.
    pub(crate) async fn look<T, F, R>(&self, send: F) -> Answer<T>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, ProviderError>>,
    {
        self.call(Heed::Nothing, 1, send).await
    }

    /// Sends the request about `batch` targets that `send` makes until it succeeds, fails for
    /// good, has been tried often enough, or the run is stopped.
    pub(crate) async fn call<T, F, R>(&self, heed: Heed, batch: usize, send: F) -> Answer<T>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, ProviderError>>,
    {
        let mut unsure = false;
        let mut last = None;
        for attempt in 1.. {
            let Some(turn) = self.turn(heed).await else { break };
            let failure = match send().await {
                Ok(done) => {
                    self.pacer.answered(turn);
                    return Answer { result: Some(Ok(done)), unsure };
                }
                Err(failure) => failure,
            };
            let class = failure.class;
            if class.slows_down() {
                self.pacer.refused(turn);
            } else if class.is_an_answer() {
                // The service was no less able to answer at this rate than when it says yes.
                self.pacer.answered(turn);
            }
            last = Some(Err(failure));
            let wait = match after(batch, class) {
                Step::Settle | Step::Halve => break,
                Step::Again => self.retry.wait(class, attempt, self.jitter.next()),
            };
            let Some(wait) = wait else { break };
            unsure |= class.may_have_happened();
            if !self.pause(wait, heed).await {
                break;
            }
        }
        Answer { result: last, unsure }
    }

    /// Waits for this request's turn. Nothing: there is to be none.
    async fn turn(&self, heed: Heed) -> Option<Sent> {
        match heed {
            Heed::Nothing => Some(self.pacer.turn().await),
            Heed::Drain if self.stop.is_draining() => None,
            Heed::Drain => tokio::select! {
                biased;
                () = self.stop.drained() => None,
                sent = self.pacer.turn() => Some(sent),
            },
        }
    }

    async fn pause(&self, wait: Duration, heed: Heed) -> bool {
        match heed {
            Heed::Drain => tokio::select! {
                biased;
                () = self.stop.drained() => false,
                () = sleep(wait) => true,
            },
            Heed::Nothing => {
                sleep(wait).await;
                true
            }
        }
    }
}
