//! What the answer to a deletion means. Pure.

use jiff::Timestamp;
use sexton_core::Outcome;

use crate::batch::is_of_the_place;
use crate::caller::Answer;
use crate::classify::Class;
use crate::order::{Finding, Order, absence};
use crate::provider::{ProviderError, Target};
use crate::report::StopCause;
use crate::verify::{Pending, Why};

/// Whether no other request will fare better than this one.
pub(crate) fn ends_the_run(answer: &Answer<()>) -> bool {
    let Some(Err(failure)) = &answer.result else { return false };
    !answer.unsure && matches!(failure.class, Class::Credentials | Class::Unreachable)
}

/// What an answer to a deletion means.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Judgement {
    Settled(Outcome),
    Watch(Why),
    /// Not in the place, where nobody has seen it: it may be in another one.
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

/// Decides what `answer` about `target` means. `now` is when it came.
pub(crate) fn judge(
    answer: Answer<()>,
    order: &Order,
    target: &Target,
    now: Timestamp,
) -> Judgement {
    let unsure = answer.unsure;
    let failure = match answer.result {
        // It was one of a batch, and the run was stopped before the half of it was asked for.
        None if unsure => return Judgement::Watch(Why::Unsure("as part of a batch".to_owned())),
        None => return Judgement::Settled(Outcome::Unattempted),
        Some(Ok(())) => return Judgement::Watch(Why::Accepted),
        Some(Err(failure)) => failure,
    };
    let refused = failure.clone().refused(failure.class.obstacle());
    let text = failure.to_string();
    match failure.class {
        Class::NotFound { target: named } if named || order.place_known() => {
            // Whether an earlier try removed it or it never was there is not known.
            absence(target, false, unsure, now).into()
        }
        Class::NotFound { .. } => Judgement::Watch(Why::Missing(failure)),
        Class::Busy(_) => Judgement::Watch(Why::Busy(failure)),
        Class::Server | Class::Lost => Judgement::Watch(Why::Unsure(text)),
        _ if unsure => Judgement::Watch(Why::Unsure(text)),
        Class::Credentials => Judgement::Halt(refused, StopCause::Credentials(text)),
        Class::Unreachable => Judgement::Halt(Outcome::Unattempted, StopCause::Unreachable(text)),
        Class::Forbidden { .. } | Class::Throttled | Class::Refused(_) => {
            Judgement::Settled(refused)
        }
    }
}

/// Whether a refusal holds for every other target of the place too.
pub(crate) fn holds_for_the_place(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { obstacle, .. } => is_of_the_place(*obstacle),
        Outcome::Gone { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::Absent { .. }
        | Outcome::Accepted
        | Outcome::Expired { .. }
        | Outcome::AskedFor { .. }
        | Outcome::Unknown { .. }
        | Outcome::Unattempted => false,
    }
}

/// The outcome of a deletion that something in the way kept from being done.
pub(crate) fn busy(failure: ProviderError) -> Outcome {
    let obstacle = failure.class.obstacle();
    failure.refused(obstacle)
}

/// The outcome of a deletion that nobody reads back.
pub(crate) fn unwatched(pending: Pending) -> Outcome {
    match pending.why {
        Why::Accepted => Outcome::Accepted,
        Why::Busy(failure) => busy(failure),
        Why::Unsure(_) | Why::Missing(_) => pending.give_up("not read back"),
    }
}
