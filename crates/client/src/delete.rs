//! Deletes many targets and reads back what became of them.
//!
//! First every deletion is asked for, by `concurrency` workers that share one pace, as many
//! targets at a time as the service takes; then all that was accepted, or may have been, is
//! watched until it is settled. What was not found, and never seen in the place, is looked for
//! in the other places. Every target of the order ends in exactly one outcome of the report.
//!
//! The run ends early when going on is pointless: the credentials are no good, the
//! service cannot be reached, or it has refused the first targets for a reason that
//! holds for the whole place.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{Outcome, Totals, verdict};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::ask::{Shared, Told};
use crate::caller::Caller;
use crate::elsewhere::{Search, Searched};
use crate::judge::{Judgement, holds_for_the_place, judge, unwatched};
use crate::options::Options;
use crate::order::{Finding, Order};
use crate::provider::{Provider, Target};
use crate::report::{Event, FUTILE_MAX, Item, Report, StopCause};
use crate::stop::Stop;
use crate::verify::{Pending, Watch};

/// Deletes what `order` names in the place of `provider`. See the module for what is promised.
pub async fn delete(
    provider: Arc<dyn Provider>,
    order: Order,
    options: Options,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
    stop: Stop,
) -> Report {
    let caller = Caller::new(stop, &options);
    let shared = Arc::new(Shared::new(provider, caller, order));
    let mut run = Run {
        outcomes: vec![None; shared.order.targets.len()],
        pending: Vec::new(),
        missing: Vec::new(),
        searched: None,
        stopped: None,
        futile: Some(0),
        deadline: None,
        events,
    };
    let work = async {
        run.ask(&shared, &options).await;
        run.watch(&shared, &options).await;
        run.search(&shared, &options).await;
    };
    tokio::select! {
        biased;
        () = work => {}
        never = shared.caller.keep_telling(events) => match never {},
    }
    shared.caller.tell(events);
    run.report(&shared)
}

struct Run<'e> {
    outcomes: Vec<Option<Outcome>>,
    pending: Vec<Pending>,
    /// The targets that were not found, and were never seen in the place.
    missing: Vec<usize>,
    searched: Option<Searched>,
    stopped: Option<StopCause>,
    /// How many targets were refused as the whole place would be; nothing once one was not.
    futile: Option<u32>,
    /// Until when is read back and looked in the other places, once either has begun.
    deadline: Option<Instant>,
    events: &'e (dyn Fn(Event<'_>) + Send + Sync),
}

impl Run<'_> {
    async fn ask(&mut self, shared: &Arc<Shared>, options: &Options) {
        let in_flight_max = options.in_flight_max();
        let (sender, mut answers) = mpsc::channel(in_flight_max);
        let mut workers = JoinSet::new();
        for _ in 0..in_flight_max.min(shared.order.targets.len().div_ceil(shared.batch_max())) {
            workers.spawn(Arc::clone(shared).work(sender.clone()));
        }
        drop(sender);
        let given_up = shared.caller.given_up();
        tokio::pin!(given_up);
        loop {
            let told = tokio::select! {
                biased;
                _ = &mut given_up => break,
                told = answers.recv() => told,
            };
            let Some(told) = told else { break };
            self.take(shared, options, told);
        }
        // Whoever is in flight still, and is not waited for, is dropped here.
        workers.shutdown().await;
        while let Ok(told) = answers.try_recv() {
            self.take(shared, options, told);
        }
    }

    fn take(&mut self, shared: &Shared, options: &Options, (batch, answer): Told) {
        let (now, targets) = ((options.clock)(), batch.len());
        for index in batch {
            let judgement = judge(answer.clone(), &shared.order, &shared.order.targets[index], now);
            self.heed(shared, index, judgement, now);
        }
        (self.events)(Event::Answered { targets, rate: shared.caller.rate() });
    }

    fn heed(&mut self, shared: &Shared, index: usize, judgement: Judgement, now: Timestamp) {
        match judgement {
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
                self.settle(&shared.order.targets, index, outcome);
            }
            Judgement::Halt(outcome, cause) => {
                shared.halt();
                self.stopped.get_or_insert(cause);
                self.settle(&shared.order.targets, index, outcome);
            }
        }
    }

    /// Ends the run when the first targets were all refused as every other would be.
    fn weigh(&mut self, shared: &Shared, outcome: &Outcome) {
        let Some(refused) = self.futile else { return };
        if !holds_for_the_place(outcome) {
            self.futile = None;
            return;
        }
        self.futile = Some(refused + 1);
        if refused + 1 >= FUTILE_MAX && self.stopped.is_none() {
            shared.halt();
            let Outcome::Refused { message, .. } = outcome else { return };
            self.stopped = Some(StopCause::Futile(message.clone()));
        }
    }

    fn settle(&mut self, targets: &[Target], index: usize, outcome: Outcome) {
        (self.events)(Event::Settled { target: &targets[index], outcome: &outcome });
        self.outcomes[index] = Some(outcome);
    }

    async fn watch(&mut self, shared: &Shared, options: &Options) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let targets = &shared.order.targets;
        if !options.wait {
            for one in pending {
                let index = one.index;
                self.settle(targets, index, unwatched(one));
            }
            return;
        }
        (self.events)(Event::Watching { pending: pending.len() });
        let watch = Watch {
            caller: &shared.caller,
            provider: &*shared.provider,
            order: &shared.order,
            options,
            deadline: *self.deadline.get_or_insert_with(|| options.deadline()),
        };
        let findings = |index, finding| match finding {
            Finding::Settled(outcome) => self.settle(targets, index, outcome),
            Finding::Missing => self.missing.push(index),
        };
        if let Err(cause) = watch.run(pending, findings).await {
            self.stopped.get_or_insert(StopCause::Unreachable(cause));
        }
    }

    /// Looks for what is not in the place where else it could be.
    async fn search(&mut self, shared: &Shared, options: &Options) {
        let mut missing = std::mem::take(&mut self.missing);
        if missing.is_empty() {
            return;
        }
        (self.events)(Event::Searching { missing: missing.len() });
        missing.sort_unstable();
        let targets = &shared.order.targets;
        let wanted: Vec<&Target> = missing.iter().map(|&index| &targets[index]).collect();
        let deadline = *self.deadline.get_or_insert_with(|| options.deadline());
        let search =
            Search { caller: &shared.caller, provider: &*shared.provider, options, deadline };
        let trail = search.run(&wanted).await;
        for (at, index) in missing.into_iter().enumerate() {
            let outcome = match trail.found(at) {
                Some((vault, status)) => Outcome::Elsewhere { vault, status },
                None => Outcome::Absent { at: Some((options.clock)()) },
            };
            self.settle(targets, index, outcome);
        }
        self.searched = Some(trail.searched());
    }

    fn report(mut self, shared: &Shared) -> Report {
        let targets = &shared.order.targets;
        let taken = shared.taken();
        for index in 0..targets.len() {
            if self.outcomes[index].is_none() {
                let outcome = if index < taken {
                    // Aborted, or whoever made the request did not live to tell.
                    let cause = "the request was out when the run ended".to_owned();
                    Outcome::Unknown { cause, seen: None }
                } else {
                    Outcome::Unattempted
                };
                self.settle(targets, index, outcome);
            }
        }
        let items: Vec<Item> = targets
            .iter()
            .zip(self.outcomes)
            .map(|(target, outcome)| Item {
                target: target.clone(),
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
