//! Deletes many recovery points and reads back what became of them.
//!
//! First every deletion is asked for, by `concurrency` workers that share one pace;
//! then all that was accepted, or may have been, is watched until it is settled. What was
//! not found, and never seen in the vault, is looked for in the other vaults. Every point
//! of the order ends in exactly one outcome of the report.
//!
//! The run ends early when going on is pointless: the credentials are no good, the
//! service cannot be reached, or it has refused the first points for a reason that
//! holds for the whole vault.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{BackupArn, Obstacle, Outcome, Totals, Verdict, verdict};
use tokio::sync::mpsc;
use tokio::task::JoinSet;

use crate::caller::{Answer, Caller, Heed};
use crate::classify::Class;
use crate::elsewhere::{Search, Searched};
use crate::order::{Finding, Order, absence};
use crate::provider::{BackupProvider, Failure};
use crate::retry::RetryPolicy;
use crate::stop::Stop;
use crate::verify::{Pending, Watch, Why};

/// The most deletions that can be in flight at once.
pub const CONCURRENCY_MAX: usize = 1024;

/// After so many refusals that hold for the whole vault, and nothing else, the run ends.
const FUTILE_MAX: u32 = 20;

/// How it is to be done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most deletions in flight; 1 to [`CONCURRENCY_MAX`].
    pub concurrency: usize,
    /// The most requests per second; the service may ask for less.
    pub rate_max: Option<u32>,
    /// Whether to read back at all.
    pub wait: bool,
    /// How long to read back.
    pub timeout: Duration,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Spreads the waits between tries.
    pub seed: u64,
    /// Tells the time that is written into outcomes.
    pub clock: fn() -> Timestamp,
}

impl Options {
    /// The defaults, with the randomness and the clock of the caller.
    pub fn new(seed: u64, clock: fn() -> Timestamp) -> Self {
        Self {
            concurrency: 64,
            rate_max: None,
            wait: true,
            timeout: Duration::from_mins(15),
            retry: RetryPolicy::default(),
            seed,
            clock,
        }
    }
}

/// What happens during a run, as it happens.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A deletion was answered; its point is now being watched, or settled.
    Answered {
        /// Requests per second, at present.
        rate: f64,
    },
    /// Nothing more will be asked for; what was is now read back.
    Watching {
        /// How many points are not settled.
        pending: usize,
    },
    /// What was not found in the vault is looked for in the others.
    Searching {
        /// How many points were not found.
        missing: usize,
    },
    /// A point is settled.
    Settled {
        /// The point.
        arn: &'a BackupArn,
        /// Its outcome.
        outcome: &'a Outcome,
    },
}

/// Why a run ended before everything was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopCause {
    /// Somebody asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The credentials are no good.
    #[error("the credentials were refused: {0}")]
    Credentials(String),
    /// The service cannot be reached.
    #[error("the service cannot be reached: {0}")]
    Unreachable(String),
    /// The first points were refused for a reason that holds for all.
    #[error("the first {FUTILE_MAX} deletions were all refused: {0}")]
    Futile(String),
}

/// One point of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The point.
    pub arn: BackupArn,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every point of the order, in its order.
    pub items: Vec<Item>,
    /// How many ended in which way.
    pub totals: Totals,
    /// Why not everything was asked for.
    pub stopped: Option<StopCause>,
    /// Where points that were not found have been looked for, if there were any.
    pub searched: Option<Searched>,
    /// What it comes to.
    pub verdict: Verdict,
}

/// Deletes what `order` names. See the module for what is promised.
pub async fn delete(
    provider: Arc<dyn BackupProvider>,
    order: Order,
    options: Options,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
    stop: Stop,
) -> Report {
    let caller = Caller::new(provider, stop, options.rate_max, options.retry, options.seed);
    let shared = Arc::new(Shared {
        caller,
        order,
        next: AtomicUsize::new(0),
        halted: AtomicBool::new(false),
    });
    let mut run = Run {
        outcomes: vec![None; shared.order.arns.len()],
        pending: Vec::new(),
        missing: Vec::new(),
        searched: None,
        stopped: None,
        futile: Some(0),
        events,
    };
    run.ask(&shared, &options).await;
    run.watch(&shared, &options).await;
    run.search(&shared, &options).await;
    run.report(&shared)
}

/// What the workers share.
#[derive(Debug)]
struct Shared {
    caller: Caller,
    order: Order,
    /// The first point that nobody has taken.
    next: AtomicUsize,
    halted: AtomicBool,
}

impl Shared {
    async fn work(self: Arc<Self>, answers: mpsc::Sender<(usize, Answer<()>)>) {
        while !self.halted.load(Ordering::Relaxed) && !self.caller.stop.is_draining() {
            let index = self.next.fetch_add(1, Ordering::Relaxed);
            let Some(arn) = self.order.arns.get(index) else { break };
            let answer = self
                .caller
                .call(Heed::Drain, || self.caller.provider.delete(&self.order.vault, arn))
                .await;
            if ends_the_run(&answer) {
                // Here already, so that no colleague takes another point meanwhile.
                self.halted.store(true, Ordering::Relaxed);
            }
            if answers.send((index, answer)).await.is_err() {
                break;
            }
        }
    }
}

/// Whether no other request will fare better than this one.
fn ends_the_run(answer: &Answer<()>) -> bool {
    let Some(Err(failure)) = &answer.result else { return false };
    !answer.unsure && matches!(failure.class, Class::Credentials | Class::Unreachable)
}

/// What an answer to a deletion means.
#[derive(Debug, PartialEq, Eq)]
enum Judgement {
    Settled(Outcome),
    Watch(Why),
    /// Not in the vault, where nobody has seen it: it may be in another one.
    Missing,
    Halt(Outcome, StopCause),
}

impl From<Finding> for Judgement {
    fn from(finding: Finding) -> Self {
        match finding {
            Finding::Settled(outcome) => Self::Settled(outcome),
            Finding::Missing => Self::Missing,
        }
    }
}

/// Decides what `answer` about `arn` means. `now` is when it came.
fn judge(answer: Answer<()>, order: &Order, arn: &BackupArn, now: Timestamp) -> Judgement {
    let unsure = answer.unsure;
    let failure = match answer.result {
        None => return Judgement::Settled(Outcome::Unattempted),
        Some(Ok(())) => return Judgement::Watch(Why::Accepted),
        Some(Err(failure)) => failure,
    };
    let refused = refused(failure.clone(), failure.class.obstacle());
    let text = failure.to_string();
    match failure.class {
        Class::NotFound { point } if point || order.vault_known => {
            // Whether an earlier try removed it or it never was there is not known.
            absence(order, arn, false, unsure, now).into()
        }
        Class::NotFound { .. } => Judgement::Watch(Why::Missing(failure)),
        Class::Busy => Judgement::Watch(Why::Busy(failure)),
        Class::Server | Class::Lost => Judgement::Watch(Why::Unsure(text)),
        _ if unsure => Judgement::Watch(Why::Unsure(text)),
        Class::Credentials => Judgement::Halt(refused, StopCause::Credentials(text)),
        Class::Unreachable => Judgement::Halt(Outcome::Unattempted, StopCause::Unreachable(text)),
        Class::Forbidden { .. } | Class::Throttled | Class::Refused(_) => {
            Judgement::Settled(refused)
        }
    }
}

/// Whether a refusal holds for every other point of the vault too.
fn holds_for_the_vault(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { obstacle, .. } => matches!(
            obstacle,
            Obstacle::VaultLock
                | Obstacle::Forbidden
                | Obstacle::Denied
                | Obstacle::Credentials
                | Obstacle::Unsupported
        ),
        Outcome::Gone { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::Absent { .. }
        | Outcome::Accepted
        | Outcome::Expired { .. }
        | Outcome::Unknown { .. }
        | Outcome::Unattempted => false,
    }
}

struct Run<'e> {
    outcomes: Vec<Option<Outcome>>,
    pending: Vec<Pending>,
    /// The points that were not found, and were never seen in the vault.
    missing: Vec<usize>,
    searched: Option<Searched>,
    stopped: Option<StopCause>,
    /// How many points were refused as the whole vault would be; nothing once a point
    /// was not.
    futile: Option<u32>,
    events: &'e (dyn Fn(Event<'_>) + Send + Sync),
}

impl Run<'_> {
    async fn ask(&mut self, shared: &Arc<Shared>, options: &Options) {
        let concurrency = options.concurrency.clamp(1, CONCURRENCY_MAX);
        let (sender, mut answers) = mpsc::channel(concurrency);
        let mut workers = JoinSet::new();
        for _ in 0..concurrency.min(shared.order.arns.len()) {
            workers.spawn(Arc::clone(shared).work(sender.clone()));
        }
        drop(sender);
        let stop = shared.caller.stop.clone();
        loop {
            let answer = tokio::select! {
                biased;
                () = stop.aborted() => break,
                answer = answers.recv() => answer,
            };
            let Some((index, answer)) = answer else { break };
            self.take(shared, options, index, answer);
        }
        // Whoever is still in flight after an abort is dropped here.
        workers.shutdown().await;
        while let Ok((index, answer)) = answers.try_recv() {
            self.take(shared, options, index, answer);
        }
    }

    fn take(&mut self, shared: &Shared, options: &Options, index: usize, answer: Answer<()>) {
        let now = (options.clock)();
        let arn = &shared.order.arns[index];
        match judge(answer, &shared.order, arn, now) {
            Judgement::Watch(why) => {
                self.futile = None;
                self.pending.push(Pending::new(index, why, now));
            }
            Judgement::Missing => {
                self.futile = None;
                self.missing.push(index);
            }
            Judgement::Settled(outcome) => {
                self.weigh(shared, &outcome);
                self.settle(&shared.order.arns, index, outcome);
            }
            Judgement::Halt(outcome, cause) => {
                shared.halted.store(true, Ordering::Relaxed);
                self.stopped.get_or_insert(cause);
                self.settle(&shared.order.arns, index, outcome);
            }
        }
        (self.events)(Event::Answered { rate: shared.caller.rate() });
    }

    /// Ends the run when the first points were all refused as every other would be.
    fn weigh(&mut self, shared: &Shared, outcome: &Outcome) {
        let Some(refused) = self.futile else { return };
        if !holds_for_the_vault(outcome) {
            self.futile = None;
            return;
        }
        self.futile = Some(refused + 1);
        if refused + 1 >= FUTILE_MAX && self.stopped.is_none() {
            shared.halted.store(true, Ordering::Relaxed);
            let Outcome::Refused { message, .. } = outcome else { return };
            self.stopped = Some(StopCause::Futile(message.clone()));
        }
    }

    fn settle(&mut self, arns: &[BackupArn], index: usize, outcome: Outcome) {
        (self.events)(Event::Settled { arn: &arns[index], outcome: &outcome });
        self.outcomes[index] = Some(outcome);
    }

    async fn watch(&mut self, shared: &Shared, options: &Options) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let arns = &shared.order.arns;
        if !options.wait {
            for one in pending {
                let index = one.index;
                self.settle(arns, index, unwatched(one));
            }
            return;
        }
        (self.events)(Event::Watching { pending: pending.len() });
        let watch = Watch {
            caller: &shared.caller,
            order: &shared.order,
            concurrency: options.concurrency.clamp(1, CONCURRENCY_MAX),
            timeout: options.timeout,
            clock: options.clock,
        };
        let findings = |index, finding| match finding {
            Finding::Settled(outcome) => self.settle(arns, index, outcome),
            Finding::Missing => self.missing.push(index),
        };
        watch.run(pending, findings).await;
    }

    /// Looks for what is not in the vault where else it could be.
    async fn search(&mut self, shared: &Shared, options: &Options) {
        let mut missing = std::mem::take(&mut self.missing);
        if missing.is_empty() {
            return;
        }
        (self.events)(Event::Searching { missing: missing.len() });
        missing.sort_unstable();
        let arns = &shared.order.arns;
        let wanted: Vec<&BackupArn> = missing.iter().map(|&index| &arns[index]).collect();
        let search = Search {
            caller: &shared.caller,
            vault: &shared.order.vault,
            concurrency: options.concurrency.clamp(1, CONCURRENCY_MAX),
            timeout: options.timeout,
        };
        let trail = search.run(&wanted).await;
        for (place, index) in missing.into_iter().enumerate() {
            let outcome = trail.outcome(place, (options.clock)());
            self.settle(arns, index, outcome);
        }
        self.searched = Some(trail.searched());
    }

    fn report(mut self, shared: &Shared) -> Report {
        let arns = &shared.order.arns;
        let taken = shared.next.load(Ordering::Relaxed);
        for index in 0..arns.len() {
            if self.outcomes[index].is_none() {
                let outcome = if index < taken {
                    // Aborted, or whoever made the request did not live to tell.
                    let cause = "the request was out when the run ended".to_owned();
                    Outcome::Unknown { cause, seen: None }
                } else {
                    Outcome::Unattempted
                };
                self.settle(arns, index, outcome);
            }
        }
        let items: Vec<Item> = arns
            .iter()
            .zip(self.outcomes)
            .map(|(arn, outcome)| Item {
                arn: arn.clone(),
                outcome: outcome.unwrap_or(Outcome::Unattempted),
            })
            .collect();
        let totals: Totals = items.iter().map(|item| &item.outcome).collect();
        let interrupted = shared.caller.stop.is_draining();
        let cut_short = interrupted && totals.unattempted > 0;
        let stopped = self.stopped.or(cut_short.then_some(StopCause::Interrupted));
        let (searched, verdict) = (self.searched, verdict(&totals, interrupted));
        Report { items, totals, stopped, searched, verdict }
    }
}

/// The outcome of a deletion that the service refused.
pub(crate) fn refused(failure: Failure, obstacle: Obstacle) -> Outcome {
    let Failure { class: _, code, message, request_id } = failure;
    Outcome::Refused { code, message, obstacle, request_id }
}

/// The outcome of a deletion that nobody reads back.
fn unwatched(pending: Pending) -> Outcome {
    match pending.why {
        Why::Accepted => Outcome::Accepted,
        Why::Busy(failure) => refused(failure, Obstacle::InUse),
        Why::Unsure(_) | Why::Missing(_) => pending.give_up("not read back"),
    }
}
