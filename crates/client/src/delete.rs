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

use std::collections::{BTreeSet, HashSet};
use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{Obstacle, Outcome, Totals, verdict};
use tokio::sync::mpsc;
use tokio::task::JoinSet;
use tokio::time::Instant;

use crate::ask::{Shared, Stage, Told};
use crate::caller::Caller;
use crate::classify::Class;
use crate::composite::{UNREAD, left_inside, stages};
use crate::elsewhere::{Search, Searched};
use crate::judge::{Judgement, holds_for_the_place, judge, unwatched};
use crate::options::Options;
use crate::order::{Finding, Order, absence};
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
        taken: vec![false; shared.order.targets.len()],
        staged: vec![false; shared.order.targets.len()],
        again: Vec::new(),
        pending: Vec::new(),
        missing: BTreeSet::new(),
        searched: None,
        stopped: None,
        futile: Some(0),
        deadline: None,
        events,
    };
    let work = async {
        run.check_reach(&shared).await;
        if run.stopped.is_none() {
            run.settle_refused(&shared, (options.clock)());
        }
        let stages = stages(&shared.order);
        let last = stages.len() - 1;
        for (at, wanted) in stages.into_iter().enumerate() {
            run.stage(&shared, wanted, at == last, &options).await;
        }
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

/// How many seconds are waited before a composite is asked for again of which all has gone: the
/// service may not have heard of it yet.
const PAUSES_SECONDS: [u64; 4] = [1, 2, 4, 8];

struct Run<'e> {
    outcomes: Vec<Option<Outcome>>,
    /// Whether each target has been taken by somebody who asks for it.
    taken: Vec<bool>,
    /// Whether each target is of a stage that has begun.
    staged: Vec<bool>,
    /// What was refused because others have to go first, each with its refusal.
    again: Vec<(usize, Outcome)>,
    pending: Vec<Pending>,
    /// The targets that were not found, and were never seen in the place.
    missing: BTreeSet<usize>,
    searched: Option<Searched>,
    stopped: Option<StopCause>,
    /// How many targets were refused as the whole place would be; nothing once one was not.
    futile: Option<u32>,
    /// Until when is read back and looked in the other places, once either has begun.
    deadline: Option<Instant>,
    events: &'e (dyn Fn(Event<'_>) + Send + Sync),
}

impl Run<'_> {
    /// Asks for the targets of one stage, and reads back. What nothing of a later stage waits for
    /// is read back in the last one.
    async fn stage(
        &mut self,
        shared: &Arc<Shared>,
        wanted: Vec<usize>,
        is_last: bool,
        options: &Options,
    ) {
        let wanted = self.ready(shared, wanted);
        let mut before = self.gone();
        self.ask(shared, wanted, options).await;
        let mut pauses = PAUSES_SECONDS.into_iter().peekable();
        loop {
            let later = self.put_off(shared);
            self.watch(shared, options, is_last && later.is_empty()).await;
            self.pending.extend(later);
            let again = std::mem::take(&mut self.again);
            if again.is_empty() {
                break;
            }
            let gone = self.gone();
            // All in it has gone, or it would not have been asked for, and the service may not have
            // heard of that.
            let is_late = |it: &(usize, Outcome)| shared.order.nested.contains_key(&it.0);
            let is_idle = gone == before;
            let pause = pauses.next_if(|_| is_idle && again.iter().any(is_late));
            if (is_idle && pause.is_none()) || shared.is_over() {
                for (number, refused) in again {
                    self.settle(&shared.order.targets, number, refused);
                }
                break;
            }
            self.pause(shared, pause).await;
            before = gone;
            self.ask_once_more(shared, again, options).await;
        }
        if is_last {
            self.watch(shared, options, true).await;
        }
    }

    /// Settles what is known to be refused: nobody asks for it. Nor for what would be, and is not
    /// in the place, which is looked for in the others.
    fn settle_refused(&mut self, shared: &Shared, now: Timestamp) {
        let Order { targets, refused, missing, .. } = &shared.order;
        for (number, target) in targets.iter().enumerate() {
            if let Some(refused) = refused.get(target.name()) {
                let outcome = refused.clone().refused(refused.class.obstacle());
                self.settle(targets, number, outcome);
            }
        }
        for &number in missing {
            match absence(&targets[number], false, false, now) {
                Finding::Settled(outcome) => self.settle(targets, number, outcome),
                Finding::Missing => drop(self.missing.insert(number)),
            }
        }
    }

    /// Stops before the first deletion if targets could not be read because the service does not
    /// answer, or takes the credentials for none.
    async fn check_reach(&mut self, shared: &Shared) {
        if !shared.order.refused.values().any(|it| it.code == UNREAD) {
            return;
        }
        let Err(failure) = shared.caller.look(|| shared.provider.place()).await else { return };
        let text = failure.to_string();
        self.stopped = if failure.class == Class::Credentials {
            Some(StopCause::Credentials(text))
        } else if failure.class.is_silence() {
            Some(StopCause::Unreachable(text))
        } else {
            return;
        };
        shared.halt();
    }

    /// Those of `wanted` that nothing is nested in any more. Where something is that was not
    /// deleted, the service would refuse: nobody asks. Of what is in the same stage the service
    /// decides.
    fn ready(&mut self, shared: &Shared, wanted: Vec<usize>) -> Vec<usize> {
        let Order { targets, nested, .. } = &shared.order;
        let mut ready = Vec::new();
        for &number in &wanted {
            // It is known to be refused, or not to be there.
            if self.outcomes[number].is_some() || self.missing.contains(&number) {
                continue;
            }
            let inside = nested.get(&number).map(Vec::as_slice).unwrap_or_default();
            let left = |it: &&usize| self.staged[**it] && !self.has_left(**it);
            let stays = |it: &&usize| left(it) && self.stays(**it);
            let kept = inside.iter().find(stays).map(|&first| {
                left_inside(&targets[first], inside.iter().filter(stays).count(), inside.len())
            });
            match kept {
                Some(refused) => {
                    let outcome = refused.clone().refused(refused.class.obstacle());
                    self.settle(targets, number, outcome);
                }
                // Of some it is not known, or they were not asked for: neither is this one.
                None if inside.iter().any(|it| left(&it)) => {}
                None => ready.push(number),
            }
        }
        for number in wanted {
            self.staged[number] = true;
        }
        ready
    }

    /// Whether a target keeps nothing any more that it is nested in.
    fn has_left(&self, number: usize) -> bool {
        match &self.outcomes[number] {
            Some(Outcome::Gone { .. } | Outcome::Absent { .. } | Outcome::Elsewhere { .. }) => true,
            Some(_) => false,
            None => self.missing.contains(&number),
        }
    }

    /// Whether it is known that a target was not deleted.
    fn stays(&self, number: usize) -> bool {
        let outcome = self.outcomes[number].as_ref();
        outcome.is_some_and(|it| match it {
            Outcome::Refused { .. } | Outcome::Expired { .. } | Outcome::AskedFor { .. } => true,
            Outcome::Gone { .. }
            | Outcome::Elsewhere { .. }
            | Outcome::Absent { .. }
            | Outcome::Accepted
            | Outcome::Unknown { .. }
            | Outcome::Unattempted => false,
        })
    }

    fn is_unattempted(&self, number: usize) -> bool {
        self.outcomes[number] == Some(Outcome::Unattempted)
    }

    /// How many are proven gone.
    fn gone(&self) -> usize {
        self.outcomes.iter().filter(|it| matches!(it, Some(Outcome::Gone { .. }))).count()
    }

    /// Takes out what is pending and nested in nothing that is asked for later.
    fn put_off(&mut self, shared: &Shared) -> Vec<Pending> {
        if shared.order.nested.is_empty() {
            return Vec::new();
        }
        let waited_for: HashSet<usize> = shared.order.nested.values().flatten().copied().collect();
        let pending = std::mem::take(&mut self.pending);
        let (now, later) = pending.into_iter().partition(|it| waited_for.contains(&it.index));
        self.pending = now;
        later
    }

    async fn pause(&self, shared: &Shared, seconds: Option<u64>) {
        let Some(seconds) = seconds else { return };
        tokio::select! {
            () = tokio::time::sleep(Duration::from_secs(seconds)) => {}
            () = shared.caller.stop.drained() => {}
        }
    }

    /// Asks for what was refused because others had to go first. What nobody comes to ask for stays
    /// refused.
    async fn ask_once_more(
        &mut self,
        shared: &Arc<Shared>,
        again: Vec<(usize, Outcome)>,
        options: &Options,
    ) {
        for &(number, _) in &again {
            self.taken[number] = false;
        }
        let numbers = again.iter().map(|&(number, _)| number).collect();
        self.ask(shared, numbers, options).await;
        for (number, refused) in again {
            let is_asked_for = self.taken[number] && !self.is_unattempted(number);
            if !is_asked_for {
                self.settle(&shared.order.targets, number, refused);
            }
        }
    }

    async fn ask(&mut self, shared: &Arc<Shared>, wanted: Vec<usize>, options: &Options) {
        // What was stuck before takes nothing of the time of what is asked for now.
        if self.stopped.is_none() {
            self.deadline = None;
        }
        let stage = Arc::new(Stage::new(wanted));
        self.ask_all(shared, &stage, options).await;
        for &number in stage.taken() {
            self.taken[number] = true;
        }
    }

    async fn ask_all(&mut self, shared: &Arc<Shared>, stage: &Arc<Stage>, options: &Options) {
        let in_flight_max = options.in_flight_max();
        let (sender, mut answers) = mpsc::channel(in_flight_max);
        let mut workers = JoinSet::new();
        for _ in 0..in_flight_max.min(stage.len().div_ceil(shared.batch_max())) {
            workers.spawn(Arc::clone(shared).work(Arc::clone(stage), sender.clone()));
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
                self.missing.insert(index);
            }
            Judgement::Settled(outcome) => {
                self.weigh(shared, &outcome);
                if waits_for_others(&outcome) {
                    self.again.push((index, outcome));
                    return;
                }
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

    /// Reads back what is pending. Whoever does not want that is waited for all the same where
    /// something else waits for it.
    async fn watch(&mut self, shared: &Shared, options: &Options, is_last: bool) {
        let pending = std::mem::take(&mut self.pending);
        if pending.is_empty() {
            return;
        }
        let targets = &shared.order.targets;
        if !options.wait && is_last {
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
            Finding::Missing => drop(self.missing.insert(index)),
        };
        if let Err(cause) = watch.run(pending, findings).await {
            shared.halt();
            self.stopped.get_or_insert(StopCause::Unreachable(cause));
        }
    }

    /// Looks for what is not in the place where else it could be.
    async fn search(&mut self, shared: &Shared, options: &Options) {
        let missing = std::mem::take(&mut self.missing);
        if missing.is_empty() {
            return;
        }
        (self.events)(Event::Searching { missing: missing.len() });
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
        for index in 0..targets.len() {
            if self.outcomes[index].is_none() {
                let outcome = if self.taken[index] {
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

/// Whether the service refused because others have to go first.
fn waits_for_others(outcome: &Outcome) -> bool {
    matches!(outcome, Outcome::Refused { obstacle: Obstacle::Nested, .. })
}
