//! Makes requests at the shared pace, and again when that is safe.
//!
//! Every request of a run goes through here, so that the whole run slows down when the
//! service asks for it. An answer remembers whether an earlier try of the same request
//! may have had an effect: then "not found" may be our own doing.

use std::convert::Infallible;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::time::Duration;

use tokio::time::{Instant, sleep};

use crate::batch::{Step, after};
use crate::classify::Class;
use crate::options::Options;
use crate::pacer::{Pacer, Sent};
use crate::provider::{ProviderError, Unheard};
use crate::reach::{Note, Reach};
use crate::report::Event;
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

/// What is asked: by whom, about how much, and what if nobody answers.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asking {
    pub(crate) heed: Heed,
    /// How many targets it is about.
    pub(crate) batch: usize,
    pub(crate) unheard: Unheard,
}

/// How often somebody looks whether there is anything to tell, or to give up.
const TICK: Duration = Duration::from_millis(250);

#[derive(Debug)]
pub(crate) struct Caller {
    pub(crate) stop: Stop,
    pacer: Pacer,
    retry: RetryPolicy,
    jitter: Jitter,
    reach: Mutex<Reach>,
    began: Instant,
}

/// A request that is out, until it is dropped.
struct Flight<'a>(&'a Caller);

impl Drop for Flight<'_> {
    fn drop(&mut self) {
        self.0.reach().ended();
    }
}

impl Caller {
    pub(crate) fn new(stop: Stop, options: &Options) -> Self {
        let (pacer, retry) = (options.pacer.clone(), options.retry);
        let (reach, began) = (Mutex::default(), Instant::now());
        Self { stop, pacer, retry, jitter: Jitter::new(options.seed), reach, began }
    }

    /// Requests per second, at present.
    pub(crate) fn rate(&self) -> f64 {
        self.pacer.rate()
    }

    /// Until when the present part of the run goes on.
    pub(crate) fn goes_on_until(&self, deadline: Instant) {
        self.reach().goes_on_until(deadline.saturating_duration_since(self.began));
    }

    /// Why the service cannot be reached, if it is so.
    pub(crate) fn unreachable(&self) -> Option<String> {
        self.reach().unreachable().map(str::to_owned)
    }

    /// Tells `events` what is to be told now of how the service answers.
    pub(crate) fn tell(&self, events: &(dyn Fn(Event<'_>) + Send + Sync)) {
        let now = self.began.elapsed();
        let note = self.reach().note(now);
        match note {
            Some(Note::Silent { cause, until }) => {
                let left = until.map(|until| until.saturating_sub(now));
                events(Event::Silent { cause: &cause, left });
            }
            Some(Note::Answers) => events(Event::AnswersAgain),
            None => {}
        }
    }

    /// Tells it for as long as somebody waits.
    pub(crate) async fn keep_telling(
        &self,
        events: &(dyn Fn(Event<'_>) + Send + Sync),
    ) -> Infallible {
        loop {
            sleep(TICK).await;
            self.tell(events);
        }
    }

    /// Ends, with the reason, when nothing is to be waited for any more; never, if that never
    /// happens.
    pub(crate) async fn given_up(&self) -> &'static str {
        tokio::select! {
            biased;
            () = self.stop.aborted() => "the run was aborted",
            because = self.silence() => because,
        }
    }

    /// Ends when a run that was told to stop has waited long enough for an answer.
    async fn silence(&self) -> &'static str {
        self.stop.drained().await;
        loop {
            let now = self.began.elapsed();
            let given_up = {
                let mut reach = self.reach();
                reach.drain(now);
                reach.given_up(now)
            };
            match given_up {
                Some(because) => return because,
                None => sleep(TICK).await,
            }
        }
    }

    fn reach(&self) -> MutexGuard<'_, Reach> {
        // Whoever panicked has left plain values, each of them usable.
        self.reach.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Sends one request, and takes note of whether it was answered.
    async fn send<T>(
        &self,
        request: impl Future<Output = Result<T, ProviderError>>,
    ) -> Result<T, ProviderError> {
        self.reach().sent(self.began.elapsed());
        let flight = Flight(self);
        let result = request.await;
        drop(flight);
        self.reach().heard(result.as_ref().err(), self.began.elapsed());
        result
    }

    /// Asks what `send` asks, and again while that may help, as a look: it is made whatever the run
    /// was told.
    pub(crate) async fn look<T, F, R>(&self, send: F) -> Result<T, ProviderError>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, ProviderError>>,
    {
        let asking = Asking { heed: Heed::Nothing, batch: 1, unheard: Unheard::SendAgain };
        let answer = self.call(asking, send).await;
        let unasked = || ProviderError::local(Class::Lost, "NotAsked", "stopped before looking");
        answer.result.unwrap_or_else(|| Err(unasked()))
    }

    /// Sends the request that `send` makes until it succeeds, fails for good, has been tried
    /// often enough, or the run is stopped.
    pub(crate) async fn call<T, F, R>(&self, asking: Asking, send: F) -> Answer<T>
    where
        F: Fn() -> R,
        R: Future<Output = Result<T, ProviderError>>,
    {
        let Asking { heed, batch, unheard } = asking;
        let mut unsure = false;
        let mut last = None;
        for attempt in 1.. {
            let Some(turn) = self.turn(heed).await else { break };
            let failure = match self.send(send()).await {
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
            let wait = match after(batch, class, unheard) {
                Step::Settle | Step::Look | Step::Halve => break,
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

    /// Waits before a deletion that was sent `attempts` times without an answer is asked for
    /// again. Whether it is to be at all.
    pub(crate) async fn wait_after(&self, class: Class, attempts: u32) -> bool {
        match self.retry.wait(class, attempts, self.jitter.next()) {
            Some(wait) => self.pause(wait, Heed::Drain).await,
            None => false,
        }
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
