//! Asks for deletions, as many targets at a time as the service takes.
//!
//! A batch is deleted as a whole or not at all, and a refusal does not say because of which
//! target. So a batch that was refused is looked at: what has gone, and what stays by the word of
//! the service, has its answer, and the others are asked for again. Where the look tells nothing
//! new they are asked for in halves, until what stands in the way is alone.
//!
//! A deletion that got no answer may have been done. Where the service does not know one that it
//! has seen ([`Unheard::LookFirst`](crate::provider::Unheard)) it is not sent again before a look
//! has shown what still stands, nor if nothing could be seen.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};

use sexton_core::Obstacle;
use tokio::sync::mpsc;

use crate::batch::{Step, after};
use crate::caller::{Answer, Asking, Caller, Heed};
use crate::classify::Class;
use crate::judge::ends_the_run;
use crate::order::Order;
use crate::provider::{Provider, ProviderError, Target};
use crate::sight::{Access, Expected, Sight, look};

/// How many targets of a batch are looked at one by one at the same time, where that is cheaper
/// than a listing.
const LOOKS_MAX: usize = 4;

/// What the workers share.
#[derive(Debug)]
pub(crate) struct Shared {
    pub(crate) provider: Arc<dyn Provider>,
    pub(crate) caller: Caller,
    pub(crate) order: Order,
    halted: AtomicBool,
}

/// Targets that are asked for at the same time.
#[derive(Debug)]
pub(crate) struct Stage {
    /// Their numbers.
    wanted: Vec<usize>,
    /// The first of them that nobody has taken.
    next: AtomicUsize,
}

impl Stage {
    pub(crate) fn new(wanted: Vec<usize>) -> Self {
        Self { wanted, next: AtomicUsize::new(0) }
    }

    pub(crate) fn len(&self) -> usize {
        self.wanted.len()
    }

    /// Takes the next targets, and none after the last.
    fn take(&self, most: usize) -> Vec<usize> {
        let first = self.next.fetch_add(most, Ordering::Relaxed);
        self.wanted.iter().skip(first).take(most).copied().collect()
    }

    /// Those that have been taken.
    pub(crate) fn taken(&self) -> &[usize] {
        &self.wanted[..self.next.load(Ordering::Relaxed).min(self.wanted.len())]
    }
}

/// The numbers of targets, and the answer for each of them.
pub(crate) type Told = (Vec<usize>, Answer<()>);

/// Nobody listens any more.
type Unwanted = mpsc::error::SendError<Told>;

/// Targets that are asked for together.
#[derive(Debug, Clone, Default)]
struct Part {
    /// Their numbers.
    targets: Vec<usize>,
    /// They were asked for before, with others or without an answer.
    again: bool,
    /// What was asked before may have had an effect.
    unsure: bool,
    /// They were looked at after a refusal.
    looked: bool,
    /// How often they were sent without an answer.
    unheard: u32,
}

/// What a look tells of a part: what has its answer, and what is to be asked for still.
#[derive(Debug, Default)]
struct Sorted {
    settled: Vec<(usize, ProviderError)>,
    open: Vec<usize>,
    /// What could not be seen.
    unseen: Vec<usize>,
}

impl Shared {
    pub(crate) fn new(provider: Arc<dyn Provider>, caller: Caller, order: Order) -> Self {
        Self { provider, caller, order, halted: AtomicBool::new(false) }
    }

    pub(crate) fn batch_max(&self) -> usize {
        self.provider.manner().batch_max.max(1)
    }

    /// Nothing more is to be asked for.
    pub(crate) fn halt(&self) {
        self.halted.store(true, Ordering::Relaxed);
    }

    pub(crate) fn is_over(&self) -> bool {
        self.halted.load(Ordering::Relaxed) || self.caller.stop.is_draining()
    }

    pub(crate) async fn work(self: Arc<Self>, stage: Arc<Stage>, answers: mpsc::Sender<Told>) {
        while !self.is_over() {
            let batch = stage.take(self.batch_max());
            if batch.is_empty() || self.ask_for(batch, &answers).await.is_err() {
                break;
            }
        }
    }

    /// Asks for a batch, and for what is left of it, until each target has an answer.
    async fn ask_for(
        &self,
        batch: Vec<usize>,
        answers: &mpsc::Sender<Told>,
    ) -> Result<(), Unwanted> {
        let mut parts = vec![Part { targets: batch, ..Part::default() }];
        while let Some(part) = parts.pop() {
            if !part.targets.is_empty() {
                self.ask_for_part(part, &mut parts, answers).await?;
            }
        }
        Ok(())
    }

    /// Asks for one part, and puts what is to be asked for afterwards to `parts`.
    async fn ask_for_part(
        &self,
        part: Part,
        parts: &mut Vec<Part>,
        answers: &mpsc::Sender<Told>,
    ) -> Result<(), Unwanted> {
        let mut answer = self.send(&part).await;
        // What a whole may have done, its parts find done.
        answer.unsure |= part.unsure;
        let Some(Err(failure)) = &answer.result else {
            return answers.send((part.targets, answer)).await;
        };
        let (class, unheard) = (failure.class, self.provider.manner().unheard);
        match after(part.targets.len(), class, unheard) {
            Step::Settle if class == Class::Refused(Obstacle::NotDeletable) && !part.looked => {
                self.tell_why(part, answer, answers).await
            }
            Step::Settle | Step::Again => {
                if ends_the_run(&answer) {
                    // Here already, so that no colleague takes another target meanwhile.
                    self.halt();
                }
                answers.send((part.targets, answer)).await
            }
            Step::Halve if part.looked => {
                let (first, second) = part.targets.split_at(part.targets.len() / 2);
                let half = |targets: &[usize]| Part {
                    targets: targets.to_vec(),
                    again: true,
                    unsure: answer.unsure,
                    ..part
                };
                parts.extend([half(second), half(first)]);
                Ok(())
            }
            Step::Halve => {
                let Sorted { settled, mut open, unseen } = self.look(&part.targets).await;
                open.extend(unseen);
                for (index, refused) in settled {
                    answers.send((vec![index], failed(&refused, answer.unsure))).await?;
                }
                let (again, unsure) = (true, answer.unsure);
                // As a whole it would be refused again where the look has told nothing new.
                let most =
                    if open.len() == part.targets.len() { open.len() / 2 } else { open.len() };
                let rest = open.split_off(most);
                for targets in [rest, open] {
                    parts.push(Part { targets, again, unsure, looked: true, ..part });
                }
                Ok(())
            }
            Step::Look => self.look_after_silence(part, answer, parts, answers).await,
        }
    }

    /// Sends a part, unless the run is over.
    async fn send(&self, part: &Part) -> Answer<()> {
        if part.again && self.is_over() {
            return Answer { result: None, unsure: false };
        }
        let targets: Vec<Target> =
            part.targets.iter().map(|&index| self.order.targets[index].clone()).collect();
        let (batch, unheard) = (targets.len(), self.provider.manner().unheard);
        let asking = Asking { heed: Heed::Drain, batch, unheard };
        self.caller.call(asking, || self.provider.delete(&targets)).await
    }

    /// Looks what became of a part that got no answer.
    async fn look_after_silence(
        &self,
        part: Part,
        answer: Answer<()>,
        parts: &mut Vec<Part>,
        answers: &mpsc::Sender<Told>,
    ) -> Result<(), Unwanted> {
        let attempts = part.unheard + 1;
        let class = match &answer.result {
            Some(Err(failure)) => failure.class,
            Some(Ok(())) | None => Class::Lost,
        };
        if !self.caller.wait_after(class, attempts).await {
            return answers.send((part.targets, answer)).await;
        }
        let Sorted { settled, open, unseen } = self.look(&part.targets).await;
        for (index, failure) in settled {
            let answer = match failure.class {
                Class::NotFound { .. } => failed(&failure, true),
                // That it stays now says nothing of what the deletion did.
                Class::Busy(_)
                | Class::Forbidden { .. }
                | Class::Credentials
                | Class::Throttled
                | Class::Refused(_)
                | Class::Server
                | Class::Lost
                | Class::Unreachable => Answer { unsure: true, ..answer.clone() },
            };
            answers.send((vec![index], answer)).await?;
        }
        if !unseen.is_empty() {
            answers.send((unseen, answer)).await?;
        }
        parts.push(Part { targets: open, again: true, unsure: true, unheard: attempts, ..part });
        Ok(())
    }

    /// Says of a target that was refused alone why it stays, where a look tells that.
    async fn tell_why(
        &self,
        part: Part,
        answer: Answer<()>,
        answers: &mpsc::Sender<Told>,
    ) -> Result<(), Unwanted> {
        let sorted = self.look(&part.targets).await;
        let Answer { result, unsure } = answer;
        let result = match (result, sorted.settled.into_iter().next()) {
            (Some(Err(refused)), Some((_, why)))
                if !matches!(why.class, Class::NotFound { .. }) =>
            {
                let message =
                    format!("{} ({})", refused.message.trim_end_matches('.'), why.message);
                Some(Err(ProviderError { class: why.class, message, ..refused }))
            }
            (result, _) => result,
        };
        answers.send((part.targets, Answer { result, unsure })).await
    }

    /// Looks at targets, and sorts them by what was seen.
    async fn look(&self, targets: &[usize]) -> Sorted {
        let wanted: Vec<&Target> = targets.iter().map(|&it| &self.order.targets[it]).collect();
        let place_known = self.order.place_known();
        let mut access = Access { list: true, describe: true, place_known };
        let mut sights = vec![Sight::Unread(String::new()); wanted.len()];
        // The first look may have to learn which way of looking is permitted.
        for _ in 0..2 {
            if sights.iter().any(|sight| matches!(sight, Sight::Unread(_))) {
                let seen = |at: usize, sight: Sight| sights[at] = sight;
                let (expected, provider) = (Expected::There, &*self.provider);
                look(&self.caller, provider, &wanted, expected, &mut access, LOOKS_MAX, seen).await;
            }
        }
        let mut sorted = Sorted::default();
        for (&index, sight) in targets.iter().zip(sights) {
            match sight {
                Sight::Absent => {
                    let message = "it was not there any more when it was looked at";
                    let class = Class::NotFound { target: true };
                    sorted.settled.push((index, ProviderError::local(class, "Gone", message)));
                }
                Sight::Present(facts) => match facts.refusal() {
                    Some(refused) => sorted.settled.push((index, refused)),
                    None => sorted.open.push(index),
                },
                Sight::Unread(_) | Sight::Blind(_) => sorted.unseen.push(index),
            }
        }
        sorted
    }
}

fn failed(failure: &ProviderError, unsure: bool) -> Answer<()> {
    Answer { result: Some(Err(failure.clone())), unsure }
}
