//! Looks until every deletion that was asked for is settled.
//!
//! What a sight means for a pending deletion is decided by [`settle`], purely. The loop
//! looks at once, then at growing intervals, until nothing is pending or the deadline
//! has come; what is pending then is unknown, never gone.

use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{Obstacle, Outcome, RecoveryPointArn, VaultName};
use tokio::time::{Instant, sleep, timeout_at};

use crate::caller::Caller;
use crate::classify::expired_obstacle;
use crate::provider::{Failure, PointFacts, PointStatus};
use crate::sight::{Access, Sight, look};

const POLL_FIRST: Duration = Duration::from_millis(50);
const POLL_LAST: Duration = Duration::from_secs(5);

/// How long a point may stand untouched after a deletion that got no answer, before we
/// stop expecting that it was heard.
const UNHEARD: Duration = Duration::from_secs(30);

/// Why a point is being watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// The service accepted the deletion.
    Accepted,
    /// No answer, or a failure: it may have been heard.
    Unsure(String),
    /// Something works on the point; perhaps an earlier deletion.
    Busy(Failure),
    /// Not found, and the vault may be what is missing.
    Missing(Failure),
}

/// A deletion that is not settled.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) index: usize,
    pub(crate) why: Why,
    /// When the point was made, once that has been seen: its identity.
    created: Option<Timestamp>,
    /// The last that was seen of it.
    last: Option<String>,
}

impl Pending {
    pub(crate) fn new(index: usize, why: Why) -> Self {
        Self { index, why, created: None, last: None }
    }

    /// The outcome when no more looking is done.
    pub(crate) fn give_up(self, because: &str) -> Outcome {
        let said = match self.why {
            Why::Accepted => "accepted".to_owned(),
            Why::Unsure(cause) => format!("got no answer ({cause})"),
            Why::Busy(failure) | Why::Missing(failure) => failure.to_string(),
        };
        let seen = self.last.unwrap_or_else(|| "not seen since".to_owned());
        Outcome::Unknown { cause: format!("{because}: the deletion was {said}; {seen}") }
    }
}

/// Decides what `sight` means for `pending`. Nothing: keep looking.
pub(crate) fn settle(
    pending: &mut Pending,
    sight: Sight,
    now: Timestamp,
    watched: Duration,
) -> Option<Outcome> {
    match sight {
        Sight::Absent => {
            let already = matches!(pending.why, Why::Missing(_));
            Some(Outcome::Gone { at: Some(now), already })
        }
        Sight::Unread(cause) => {
            pending.last = Some(format!("the last look failed ({cause})"));
            None
        }
        Sight::Blind(cause) => {
            let because = format!("cannot read back ({cause})");
            Some(pending.clone().give_up(&because))
        }
        Sight::Present(facts) => settle_present(pending, facts, now, watched),
    }
}

fn settle_present(
    pending: &mut Pending,
    facts: PointFacts,
    now: Timestamp,
    watched: Duration,
) -> Option<Outcome> {
    if let (Some(before), Some(created)) = (pending.created, facts.created)
        && before != created
    {
        // Another backup has come to bear the name. The one we were told to delete is gone.
        return Some(Outcome::Gone { at: Some(now), already: false });
    }
    pending.created = facts.created.or(pending.created);
    pending.last = Some(format!("last seen {}", facts.status));
    match facts.status {
        PointStatus::Deleting => None,
        PointStatus::Expired => {
            let obstacle = expired_obstacle(facts.message.as_deref());
            Some(Outcome::Expired { reason: facts.message, obstacle })
        }
        PointStatus::Creating
        | PointStatus::Available
        | PointStatus::Completed
        | PointStatus::Partial
        | PointStatus::Stopped
        | PointStatus::Other(_) => match &pending.why {
            Why::Accepted => None,
            Why::Busy(failure) => Some(Outcome::Refused {
                code: failure.code.clone(),
                message: failure.message.clone(),
                obstacle: Obstacle::InUse,
            }),
            Why::Unsure(_) | Why::Missing(_) if watched < UNHEARD => None,
            Why::Unsure(_) | Why::Missing(_) => {
                Some(pending.clone().give_up("the point still stands"))
            }
        },
    }
}

/// The wait before the next look.
pub(crate) fn poll_wait(looks: u32) -> Duration {
    POLL_FIRST.saturating_mul(1 << looks.min(10)).min(POLL_LAST)
}

/// What the loop needs to know.
pub(crate) struct Watch<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) vault: &'a VaultName,
    pub(crate) arns: &'a [RecoveryPointArn],
    pub(crate) vault_known: bool,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
    pub(crate) clock: fn() -> Timestamp,
}

impl Watch<'_> {
    /// Looks until all of `pending` is settled, and tells each outcome to `settled`.
    pub(crate) async fn run(
        self,
        mut pending: Vec<Pending>,
        mut settled: impl FnMut(usize, Outcome),
    ) {
        let started = Instant::now();
        let deadline = started + self.timeout;
        let mut access = Access { list: true, describe: true, vault_known: self.vault_known };
        let mut looks = 0;
        let mut because = "the deadline has come";
        while !pending.is_empty() {
            let wanted: Vec<&RecoveryPointArn> =
                pending.iter().map(|pending| &self.arns[pending.index]).collect();
            let sights = tokio::select! {
                biased;
                () = self.caller.stop.aborted() => {
                    because = "aborted";
                    break;
                }
                sights = timeout_at(
                    deadline,
                    look(self.caller, self.vault, &wanted, &mut access, self.concurrency),
                ) => sights,
            };
            let Ok(sights) = sights else { break };
            let now = (self.clock)();
            let watched = started.elapsed();
            let mut left = Vec::new();
            for (mut one, sight) in pending.into_iter().zip(sights) {
                match settle(&mut one, sight, now, watched) {
                    Some(outcome) => settled(one.index, outcome),
                    None => left.push(one),
                }
            }
            pending = left;
            if pending.is_empty() || Instant::now() >= deadline {
                break;
            }
            let wait = poll_wait(looks);
            looks += 1;
            tokio::select! {
                () = self.caller.stop.aborted() => {
                    because = "aborted";
                    break;
                }
                () = sleep(wait.min(deadline.saturating_duration_since(Instant::now()))) => {}
            }
        }
        for one in pending {
            settled(one.index, one.give_up(because));
        }
    }
}
