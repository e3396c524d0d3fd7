//! Looks until every deletion that was asked for is settled.
//!
//! What a sight means for a pending deletion is decided by [`settle`], purely. The loop
//! glances at once and then as often as [`Polls`] says, and looks when that says so, until
//! nothing is pending or the deadline has come; what is pending then is unknown, never gone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{Obstacle, Outcome};
use tokio::time::{Instant, sleep, timeout_at};

use crate::caller::Caller;
use crate::judge::busy;
use crate::options::Options;
use crate::order::{Finding, Order, absence};
use crate::polls::{Polls, Round};
use crate::provider::{Facts, Provider, ProviderError, Settles, State, Target};
use crate::sight::{Access, Expected, Sight, glance, look_closely};

/// How long a target may stand untouched after a deletion that got no answer, or that a service
/// accepted which deletes at once, or under another age after one that was accepted, before we
/// stop expecting that it goes.
const UNHEARD: Duration = Duration::from_secs(30);

/// How long EXPIRED may be what an earlier deletion left, shown by a service whose readings
/// lag behind what it has accepted.
const LAG: Duration = Duration::from_secs(1);

/// By how much two targets of one name differ in age. Less may be one whose time is
/// rounded differently by listing and by describing.
const AGES_APART: SignedDuration = SignedDuration::from_secs(2);

/// Why a target is being watched.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Why {
    /// The service accepted the deletion.
    Accepted,
    /// No answer, or a failure: it may have been heard.
    Unsure(String),
    /// Something works on the target; perhaps an earlier deletion.
    Busy(ProviderError),
    /// Not found, and the place may be what is missing.
    Missing(ProviderError),
}

/// A deletion that is not settled.
#[derive(Debug, Clone)]
pub(crate) struct Pending {
    pub(crate) index: usize,
    pub(crate) why: Why,
    /// When it was last known to be in the place, if it was.
    seen: Option<Timestamp>,
    /// When the target was made, as it was seen first.
    created: Option<Timestamp>,
    /// The last that was seen of it.
    last: Option<String>,
    /// Its outcome if it stays as it was last seen.
    left: Option<Outcome>,
}

impl Pending {
    /// A deletion that was answered at `now`.
    pub(crate) fn new(index: usize, why: Why, now: Timestamp) -> Self {
        // Whatever accepts a deletion, or keeps a target from it, has the target.
        let seen = match why {
            Why::Accepted | Why::Busy(_) => Some(now),
            Why::Unsure(_) | Why::Missing(_) => None,
        };
        Self { index, why, seen, created: None, last: None, left: None }
    }

    /// The outcome when no more looking is done.
    pub(crate) fn give_up(self, because: &str) -> Outcome {
        if let Some(left) = self.left {
            return left;
        }
        let said = match self.why {
            Why::Accepted => "was accepted".to_owned(),
            Why::Unsure(cause) => format!("got no answer ({cause})"),
            Why::Busy(failure) | Why::Missing(failure) => format!("was refused ({failure})"),
        };
        let seen = self.last.unwrap_or_else(|| "not seen since".to_owned());
        let cause = format!("{because}: the deletion {said}; {seen}");
        Outcome::Unknown { cause, seen: self.seen }
    }
}

/// Decides what `sight` of the target means for `pending`. Nothing: keep looking.
pub(crate) fn settle(
    pending: &mut Pending,
    order: &Order,
    settles: Settles,
    sight: Sight,
    now: Timestamp,
    watched: Duration,
) -> Option<Finding> {
    match sight {
        Sight::Absent => {
            let touched = !matches!(pending.why, Why::Missing(_));
            let target = &order.targets[pending.index];
            Some(absence(target, pending.seen.is_some(), touched, now))
        }
        Sight::Unread(cause) => {
            pending.last = Some(format!("the last look failed ({cause})"));
            None
        }
        Sight::Blind(cause) => {
            let because = format!("cannot read back ({cause})");
            Some(Finding::Settled(pending.clone().give_up(&because)))
        }
        Sight::Present(facts) => {
            pending.seen = Some(now);
            settle_present(pending, facts, settles, watched).map(Finding::Settled)
        }
    }
}

/// Another backup may have the name by now, or the service may tell another time at
/// every look: while the ARN stands, a time that differs proves nothing.
fn other_backup(pending: &Pending, facts: &Facts) -> Option<String> {
    let (before, created) = (pending.created?, facts.created?);
    let apart = created.duration_since(before).abs() >= AGES_APART;
    apart.then(|| {
        format!(
            "another backup has this name: last seen {}, made {created}, and before {before}",
            facts.status
        )
    })
}

/// What a service comes to that says to have deleted a target, and goes on showing it.
fn still_listed(status: &str) -> Outcome {
    let seconds = UNHEARD.as_secs();
    let reason = format!(
        "the service said that it is deleted, and still lists it {seconds} s later: {status}"
    );
    Outcome::Expired { reason: Some(reason), obstacle: Obstacle::StillListed }
}

fn settle_present(
    pending: &mut Pending,
    facts: Facts,
    settles: Settles,
    watched: Duration,
) -> Option<Outcome> {
    let other = other_backup(pending, &facts);
    pending.created = pending.created.or(facts.created);
    pending.left = None;
    pending.last = Some(match &other {
        Some(other) => other.clone(),
        None => format!("last seen {}", facts.status),
    });
    match facts.state {
        State::Leaving => None,
        State::Left { reason, obstacle } => {
            let expired = Outcome::Expired { reason, obstacle };
            if watched < LAG {
                pending.left = Some(expired);
                return None;
            }
            Some(expired)
        }
        State::Making | State::Standing | State::Kept { .. } | State::Stays { .. } => {
            match &pending.why {
                Why::Accepted => match (settles, other) {
                    (Settles::Later, None) => None,
                    (Settles::Later | Settles::AtOnce, _) if watched < UNHEARD => None,
                    (Settles::Later | Settles::AtOnce, Some(_)) => {
                        Some(pending.clone().give_up("its name still stands"))
                    }
                    (Settles::AtOnce, None) => Some(still_listed(&facts.status)),
                },
                Why::Busy(failure) => Some(busy(failure.clone())),
                Why::Unsure(_) | Why::Missing(_) if watched < UNHEARD => None,
                Why::Unsure(_) | Why::Missing(_) => {
                    Some(pending.clone().give_up("it still stands"))
                }
            }
        }
    }
}

/// What the loop needs to know.
pub(crate) struct Watch<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) provider: &'a dyn Provider,
    pub(crate) order: &'a Order,
    pub(crate) options: &'a Options,
    /// Until when is looked.
    pub(crate) deadline: Instant,
}

impl Watch<'_> {
    /// Looks until all of `pending` is settled, and tells each finding to `settled`. Fails, with
    /// the cause, when some of it was not read back and the service cannot be reached.
    pub(crate) async fn run(
        self,
        mut pending: Vec<Pending>,
        mut settled: impl FnMut(usize, Finding),
    ) -> Result<(), String> {
        let (started, deadline) = (Instant::now(), self.deadline);
        self.caller.goes_on_until(deadline);
        let settles = self.provider.manner().settles;
        let place_known = self.order.place_known();
        let mut access = Access { list: true, describe: true, place_known };
        let timeout = deadline.saturating_duration_since(started);
        let mut polls = Polls::new(self.order.held, pending.len(), timeout);
        let mut because = "the deadline has come";
        while !pending.is_empty() {
            let (began, all) = (Instant::now(), pending.len());
            let wanted: Vec<&Target> =
                pending.iter().map(|pending| &self.order.targets[pending.index]).collect();
            let mut open: Vec<Option<Pending>> = pending.into_iter().map(Some).collect();
            // Settled as it is seen: what comes to an end in the middle of a look must not
            // throw away what the look has proven.
            let seen = |place: usize, sight: Sight| {
                let Some(one) = &mut open[place] else { return };
                let (now, watched) = ((self.options.clock)(), started.elapsed());
                if let Some(finding) = settle(one, self.order, settles, sight, now, watched) {
                    settled(one.index, finding);
                    open[place] = None;
                }
            };
            let round = self.round(&wanted, &mut access, &mut polls, started, seen);
            let (round, given_up) = tokio::select! {
                biased;
                // Late is told below, by the clock.
                round = timeout_at(deadline, round) => (round.unwrap_or(Round::Look), None),
                why = self.caller.given_up() => (Round::Look, Some(why)),
            };
            pending = open.into_iter().flatten().collect();
            if let Some(why) = given_up {
                because = why;
                break;
            }
            if pending.is_empty() || Instant::now() >= deadline {
                break;
            }
            let (now, took) = (started.elapsed(), began.elapsed());
            let wait = match round {
                Round::Glance => polls.after_glance(now, took),
                Round::Look => polls.after_look(now, took, all - pending.len(), pending.len()),
            };
            if let Some(why) =
                self.pause(wait.min(deadline.saturating_duration_since(Instant::now()))).await
            {
                because = why;
                break;
            }
        }
        let cut_off = if pending.is_empty() { None } else { self.caller.unreachable() };
        for one in pending {
            settled(one.index, Finding::Settled(one.give_up(because)));
        }
        cut_off.map_or(Ok(()), Err)
    }

    /// Waits until the next round; not for long once the run is to end. Gives the reason if
    /// there is to be none.
    async fn pause(&self, wait: Duration) -> Option<&'static str> {
        let draining = self.caller.stop.is_draining();
        tokio::select! {
            why = self.caller.given_up() => Some(why),
            () = self.caller.stop.drained(), if !draining => None,
            () = sleep(wait) => None,
        }
    }

    /// A glance, and a look at `wanted` if that says so.
    async fn round(
        &self,
        wanted: &[&Target],
        access: &mut Access,
        polls: &mut Polls,
        started: Instant,
        mut seen: impl FnMut(usize, Sight),
    ) -> Round {
        let holds = match glance(self.caller, self.provider, access).await {
            Ok(holds) => holds,
            Err(sight) => {
                (0..wanted.len()).for_each(|place| seen(place, sight.clone()));
                return Round::Look;
            }
        };
        let round = polls.next(started.elapsed(), holds, wanted.len());
        if round == Round::Look {
            let in_flight_max = self.options.in_flight_max();
            let (caller, provider) = (self.caller, self.provider);
            let way = (holds, Expected::Gone);
            look_closely(caller, provider, wanted, way, access, in_flight_max, seen).await;
        }
        round
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sexton_core::BackupArn;

    const ARN: &str = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";

    /// An order of one point, in a vault that was seen to be of its account or not.
    fn order(account: Option<&str>) -> Order {
        let arn: BackupArn = ARN.parse().unwrap();
        Order::of([Target::point(&arn, account)].into(), Some(1))
    }

    fn accepted() -> Pending {
        Pending::new(0, Why::Accepted, Timestamp::UNIX_EPOCH)
    }

    fn present(state: State, created: &str) -> Sight {
        let (created, status) = (Some(created.parse().unwrap()), "AS TOLD".into());
        Sight::Present(Facts { state, status, created, size: None, kind: None, form: None })
    }

    fn seen(pending: &mut Pending, sight: Sight, watched: Duration) -> Option<Outcome> {
        let (order, now) = (order(None), Timestamp::UNIX_EPOCH);
        let finding = settle(pending, &order, Settles::Later, sight, now, watched)?;
        let Finding::Settled(outcome) = finding else { panic!("it was seen") };
        Some(outcome)
    }

    /// A service that tells the present time at every look, and one whose date was off by a
    /// second while it was deleting, had their points reported as proven gone.
    #[test]
    fn another_time_proves_nothing_while_the_arn_stands() {
        let first = "2026-01-01T00:00:05Z";
        for (state, second, other) in [
            (State::Leaving, "2026-01-01T00:00:06Z", false),
            (State::Leaving, "2026-01-01T00:00:07Z", true),
            (State::Standing, "2026-01-01T00:00:05.9Z", false),
            (State::Standing, "2026-06-01T00:00:00Z", true),
            (State::Standing, "2025-12-31T00:00:00Z", true),
        ] {
            let mut pending = accepted();
            let sight = |created| present(state.clone(), created);
            assert_eq!(seen(&mut pending, sight(first), Duration::ZERO), None);
            assert_eq!(seen(&mut pending, sight(second), millis(100)), None, "{second}");
            let late = seen(&mut pending.clone(), sight(second), UNHEARD);
            assert_eq!(late.is_some(), other && state == State::Standing, "{second}");
            let outcome = late.unwrap_or_else(|| pending.clone().give_up("it is late"));
            let Outcome::Unknown { cause, seen: Some(_) } = outcome else { panic!("{outcome:?}") };
            assert_eq!(cause.contains("another backup has this name"), other, "{cause}");
            assert!(seen(&mut pending, Sight::Absent, UNHEARD).unwrap().is_gone());
        }
    }

    /// A point that an earlier deletion had left was told left behind by a first look that
    /// came too soon to see the new one.
    #[test]
    fn expired_is_looked_at_again_before_it_is_believed() {
        let expired = || {
            present(State::Left { reason: None, obstacle: Obstacle::Other }, "2026-01-01T00:00:00Z")
        };
        let mut pending = accepted();
        assert_eq!(seen(&mut pending, expired(), Duration::ZERO), None);
        assert!(seen(&mut pending, Sight::Absent, millis(100)).unwrap().is_gone());

        let mut pending = accepted();
        assert_eq!(seen(&mut pending, expired(), millis(100)), None);
        assert_eq!(seen(&mut pending, expired(), LAG).unwrap().word(), "expired");

        let mut pending = accepted();
        assert_eq!(seen(&mut pending, expired(), Duration::ZERO), None);
        assert_eq!(pending.clone().give_up("the deadline has come").word(), "expired");
        let deleting = present(State::Leaving, "2026-01-01T00:00:00Z");
        assert_eq!(seen(&mut pending, deleting, millis(100)), None);
        assert_eq!(pending.give_up("the deadline has come").word(), "unknown");
    }

    #[test]
    fn what_was_not_seen_in_the_vault_is_missing_when_it_is_not_there() {
        let mut pending = Pending::new(0, Why::Unsure(String::new()), Timestamp::UNIX_EPOCH);
        let known = order(Some("123456789012"));
        let look = |pending: &mut Pending, sight| {
            let now = Timestamp::UNIX_EPOCH;
            settle(pending, &known, Settles::Later, sight, now, Duration::ZERO)
        };
        assert_eq!(look(&mut pending.clone(), Sight::Absent), Some(Finding::Missing));
        let standing = present(State::Standing, "2026-01-01T00:00:05Z");
        assert_eq!(look(&mut pending, standing), None);
        let gone = Outcome::Gone { at: Some(Timestamp::UNIX_EPOCH), already: false };
        assert_eq!(look(&mut pending, Sight::Absent), Some(Finding::Settled(gone)));
    }

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    #[test]
    fn what_a_service_has_deleted_at_once_and_still_stands_will_not_go() {
        let sight = || present(State::Standing, "2026-01-01T00:00:00Z");
        for (settles, given_up) in [(Settles::Later, false), (Settles::AtOnce, true)] {
            let look = |watched| {
                let (order, now) = (order(None), Timestamp::UNIX_EPOCH);
                settle(&mut accepted(), &order, settles, sight(), now, watched)
            };
            assert_eq!(look(Duration::ZERO), None);
            let late = look(UNHEARD);
            assert_eq!(late.is_some(), given_up, "{late:?}");
            let left = |it| {
                let Finding::Settled(Outcome::Expired { obstacle, .. }) = it else { return false };
                obstacle == Obstacle::StillListed
            };
            assert!(late.is_none_or(left));
        }
    }
}
