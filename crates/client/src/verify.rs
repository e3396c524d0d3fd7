//! Looks until every deletion that was asked for is settled.
//!
//! What a sight means for a pending deletion is decided by [`settle`], purely. The loop
//! looks at once, then as often as [`Polls`] says, until nothing is pending or the
//! deadline has come; what is pending then is unknown, never gone.

use std::time::Duration;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{BackupArn, Obstacle, Outcome};
use tokio::time::{Instant, sleep, timeout_at};

use crate::caller::Caller;
use crate::classify::expired_obstacle;
use crate::delete::refused;
use crate::order::{Finding, Order, absence};
use crate::provider::{Failure, PointFacts, PointStatus};
use crate::sight::{Access, Sight, look};

const POLL_FIRST: Duration = Duration::from_millis(50);
const POLL_LAST: Duration = Duration::from_secs(5);

/// The longest that reading back goes on, whatever was asked for.
pub(crate) const TIMEOUT_MAX: Duration = Duration::from_hours(24 * 365);

/// How long a point may stand untouched after a deletion that got no answer, or under
/// another age after one that was accepted, before we stop expecting that it goes.
const UNHEARD: Duration = Duration::from_secs(30);

/// How long EXPIRED may be what an earlier deletion left, shown by a service whose readings
/// lag behind what it has accepted.
const LAG: Duration = Duration::from_secs(1);

/// By how much two points of one name differ in age. Less may be one point whose time is
/// rounded differently by listing and by describing.
const AGES_APART: SignedDuration = SignedDuration::from_secs(2);

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
    /// When it was last known to be in the vault, if it was.
    seen: Option<Timestamp>,
    /// When the point was made, as it was seen first.
    created: Option<Timestamp>,
    /// The last that was seen of it.
    last: Option<String>,
    /// What it comes to if it stays as it was last seen.
    left: Option<Outcome>,
}

impl Pending {
    /// A deletion that was answered at `now`.
    pub(crate) fn new(index: usize, why: Why, now: Timestamp) -> Self {
        // Whatever accepts a deletion, or keeps a point from it, has the point.
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
            Why::Accepted => "accepted".to_owned(),
            Why::Unsure(cause) => format!("got no answer ({cause})"),
            Why::Busy(failure) | Why::Missing(failure) => failure.to_string(),
        };
        let seen = self.last.unwrap_or_else(|| "not seen since".to_owned());
        let cause = format!("{because}: the deletion was {said}; {seen}");
        Outcome::Unknown { cause, seen: self.seen }
    }
}

/// Decides what `sight` of the point means for `pending`. Nothing: keep looking.
pub(crate) fn settle(
    pending: &mut Pending,
    order: &Order,
    sight: Sight,
    now: Timestamp,
    watched: Duration,
) -> Option<Finding> {
    match sight {
        Sight::Absent => {
            let touched = !matches!(pending.why, Why::Missing(_));
            let arn = &order.arns[pending.index];
            Some(absence(order, arn, pending.seen.is_some(), touched, now))
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
            settle_present(pending, facts, watched).map(Finding::Settled)
        }
    }
}

/// Another backup may have come to bear the name, or the service may tell another time at
/// every look: while the ARN stands, a time that differs proves nothing.
fn other_backup(pending: &Pending, facts: &PointFacts) -> Option<String> {
    let (before, created) = (pending.created?, facts.created?);
    let apart = created.duration_since(before).abs() >= AGES_APART;
    apart.then(|| {
        format!(
            "another backup has this name: last seen {}, made {created}, and before {before}",
            facts.status
        )
    })
}

fn settle_present(pending: &mut Pending, facts: PointFacts, watched: Duration) -> Option<Outcome> {
    let other = other_backup(pending, &facts);
    pending.created = pending.created.or(facts.created);
    pending.left = None;
    pending.last = Some(match &other {
        Some(other) => other.clone(),
        None => format!("last seen {}", facts.status),
    });
    match facts.status {
        PointStatus::Deleting => None,
        PointStatus::Expired => {
            let obstacle = expired_obstacle(facts.message.as_deref());
            let expired = Outcome::Expired { reason: facts.message, obstacle };
            if watched < LAG {
                pending.left = Some(expired);
                return None;
            }
            Some(expired)
        }
        PointStatus::Creating
        | PointStatus::Available
        | PointStatus::Completed
        | PointStatus::Partial
        | PointStatus::Stopped
        | PointStatus::Other(_) => match &pending.why {
            Why::Accepted if other.is_some() && watched >= UNHEARD => {
                Some(pending.clone().give_up("the ARN still stands"))
            }
            Why::Accepted => None,
            Why::Busy(failure) => Some(refused(failure.clone(), Obstacle::InUse)),
            Why::Unsure(_) | Why::Missing(_) if watched < UNHEARD => None,
            Why::Unsure(_) | Why::Missing(_) => {
                Some(pending.clone().give_up("the point still stands"))
            }
        },
    }
}

/// How often to look. Pure: instants come in as time since the watch began.
#[derive(Debug, Default)]
pub(crate) struct Polls {
    /// Looks in a row that settled nothing.
    idle: u32,
    /// When the look before the last had ended.
    before: Duration,
}

impl Polls {
    /// The wait after a look that took `look` and ended at `now`, settled so many points and
    /// left so many. While points are being settled, about as long as the rest should take at
    /// this pace; otherwise twice as long each time. Two thirds of the time is always left to
    /// the service to work in.
    pub(crate) fn wait(
        &mut self,
        now: Duration,
        look: Duration,
        settled: usize,
        left: usize,
    ) -> Duration {
        let since = now.saturating_sub(self.before);
        self.before = now;
        let wait = if settled == 0 {
            self.idle += 1;
            POLL_FIRST.saturating_mul(1 << self.idle.min(10))
        } else {
            self.idle = 0;
            let count = |count: usize| u32::try_from(count).unwrap_or(u32::MAX);
            since.saturating_mul(count(left)) / count(settled)
        };
        wait.max(look.saturating_mul(2)).clamp(POLL_FIRST, POLL_LAST)
    }
}

/// What the loop needs to know.
pub(crate) struct Watch<'a> {
    pub(crate) caller: &'a Caller,
    pub(crate) order: &'a Order,
    pub(crate) concurrency: usize,
    pub(crate) timeout: Duration,
    pub(crate) clock: fn() -> Timestamp,
}

impl Watch<'_> {
    /// Looks until all of `pending` is settled, and tells each outcome to `settled`.
    pub(crate) async fn run(
        self,
        mut pending: Vec<Pending>,
        mut settled: impl FnMut(usize, Finding),
    ) {
        let started = Instant::now();
        let deadline = started.checked_add(self.timeout.min(TIMEOUT_MAX)).unwrap_or(started);
        let mut access = Access { list: true, describe: true, vault_known: self.order.vault_known };
        let mut polls = Polls::default();
        let mut because = "the deadline has come";
        while !pending.is_empty() {
            let (began, all) = (Instant::now(), pending.len());
            let wanted: Vec<&BackupArn> =
                pending.iter().map(|pending| &self.order.arns[pending.index]).collect();
            let mut open: Vec<Option<Pending>> = pending.into_iter().map(Some).collect();
            // Settled as it is seen: what comes to an end in the middle of a look must not
            // throw away what the look has proven.
            let seen = |place: usize, sight: Sight| {
                let Some(one) = &mut open[place] else { return };
                let now = (self.clock)();
                if let Some(finding) = settle(one, self.order, sight, now, started.elapsed()) {
                    settled(one.index, finding);
                    open[place] = None;
                }
            };
            let look =
                look(self.caller, &self.order.vault, &wanted, &mut access, self.concurrency, seen);
            let aborted = tokio::select! {
                biased;
                // Late is told below, by the clock.
                _ = timeout_at(deadline, look) => false,
                () = self.caller.stop.aborted() => true,
            };
            pending = open.into_iter().flatten().collect();
            if aborted {
                because = "aborted";
                break;
            }
            if pending.is_empty() || Instant::now() >= deadline {
                break;
            }
            let settled_now = all - pending.len();
            let (now, look) = (started.elapsed(), began.elapsed());
            let wait = polls.wait(now, look, settled_now, pending.len());
            tokio::select! {
                () = self.caller.stop.aborted() => {
                    because = "aborted";
                    break;
                }
                () = sleep(wait.min(deadline.saturating_duration_since(Instant::now()))) => {}
            }
        }
        for one in pending {
            settled(one.index, Finding::Settled(one.give_up(because)));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARN: &str = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";

    fn order() -> Order {
        Order {
            vault: "v".parse().unwrap(),
            arns: [ARN.parse().unwrap()].into(),
            vault_known: true,
            account: None,
            seen_before: std::collections::HashSet::new(),
        }
    }

    fn accepted() -> Pending {
        Pending::new(0, Why::Accepted, Timestamp::UNIX_EPOCH)
    }

    fn present(status: PointStatus, created: &str) -> Sight {
        let created = Some(created.parse().unwrap());
        Sight::Present(PointFacts { arn: ARN.to_owned(), status, message: None, created })
    }

    fn seen(pending: &mut Pending, sight: Sight, watched: Duration) -> Option<Outcome> {
        let finding = settle(pending, &order(), sight, Timestamp::UNIX_EPOCH, watched)?;
        let Finding::Settled(outcome) = finding else { panic!("it was seen") };
        Some(outcome)
    }

    /// A service that tells the present time at every look, and one whose date was off by a
    /// second while it was deleting, had their points reported as proven gone.
    #[test]
    fn another_time_proves_nothing_while_the_arn_stands() {
        let first = "2026-01-01T00:00:05Z";
        for (status, second, other) in [
            (PointStatus::Deleting, "2026-01-01T00:00:06Z", false),
            (PointStatus::Deleting, "2026-01-01T00:00:07Z", true),
            (PointStatus::Available, "2026-01-01T00:00:05.9Z", false),
            (PointStatus::Available, "2026-06-01T00:00:00Z", true),
            (PointStatus::Available, "2025-12-31T00:00:00Z", true),
        ] {
            let mut pending = accepted();
            let sight = |created| present(status.clone(), created);
            assert_eq!(seen(&mut pending, sight(first), Duration::ZERO), None);
            assert_eq!(seen(&mut pending, sight(second), millis(100)), None, "{second}");
            let late = seen(&mut pending.clone(), sight(second), UNHEARD);
            assert_eq!(late.is_some(), other && status == PointStatus::Available, "{second}");
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
        let expired = || present(PointStatus::Expired, "2026-01-01T00:00:00Z");
        let mut pending = accepted();
        assert_eq!(seen(&mut pending, expired(), Duration::ZERO), None);
        assert!(seen(&mut pending, Sight::Absent, millis(100)).unwrap().is_gone());

        let mut pending = accepted();
        assert_eq!(seen(&mut pending, expired(), millis(100)), None);
        assert_eq!(seen(&mut pending, expired(), LAG).unwrap().word(), "expired");

        let mut pending = accepted();
        assert_eq!(seen(&mut pending, expired(), Duration::ZERO), None);
        assert_eq!(pending.clone().give_up("the deadline has come").word(), "expired");
        let deleting = present(PointStatus::Deleting, "2026-01-01T00:00:00Z");
        assert_eq!(seen(&mut pending, deleting, millis(100)), None);
        assert_eq!(pending.give_up("the deadline has come").word(), "unknown");
    }

    #[test]
    fn what_was_not_seen_in_the_vault_is_missing_when_it_is_not_there() {
        let mut pending = Pending::new(0, Why::Unsure(String::new()), Timestamp::UNIX_EPOCH);
        let known = Order { account: Some("123456789012".to_owned()), ..order() };
        let look = |pending: &mut Pending, sight| {
            settle(pending, &known, sight, Timestamp::UNIX_EPOCH, Duration::ZERO)
        };
        assert_eq!(look(&mut pending.clone(), Sight::Absent), Some(Finding::Missing));
        let standing = present(PointStatus::Available, "2026-01-01T00:00:05Z");
        assert_eq!(look(&mut pending, standing), None);
        let gone = Outcome::Gone { at: Some(Timestamp::UNIX_EPOCH), already: false };
        assert_eq!(look(&mut pending, Sight::Absent), Some(Finding::Settled(gone)));
    }

    const fn millis(count: u64) -> Duration {
        Duration::from_millis(count)
    }

    /// Ten thousand erasures that end within two seconds were seen to have ended after
    /// more than three: the waits doubled whatever was seen.
    #[test]
    fn looks_keep_pace_with_what_is_being_settled() {
        let (mut polls, mut now, mut left) = (Polls::default(), Duration::ZERO, 10_000);
        let mut looks = 0;
        while left > 0 {
            now += millis(30);
            looks += 1;
            // 5,000 a second.
            let seen = 10_000_usize.saturating_sub(usize::try_from(now.as_millis()).unwrap() * 5);
            let settled = left - seen;
            left = seen;
            if left > 0 {
                now += polls.wait(now, millis(30), settled, left);
            }
        }
        assert!(now < millis(2200), "{now:?}");
        assert!(looks < 10, "{looks}");
    }

    #[test]
    fn looks_that_settle_nothing_become_rare() {
        let mut polls = Polls::default();
        let waits = [100, 200, 400, 800, 1600, 3200, 5000, 5000].map(millis);
        for wait in waits {
            assert_eq!(polls.wait(Duration::ZERO, Duration::ZERO, 0, 7), wait);
        }
    }

    proptest! {
        #[test]
        fn a_wait_has_bounds_and_leaves_the_service_time_to_work(
            looks in proptest::collection::vec(
                (0_u64..100_000, 0_u64..9000, 0_usize..9, 1_usize..9), 1..30,
            ),
        ) {
            let (mut polls, mut now) = (Polls::default(), Duration::ZERO);
            for (passed, look, settled, left) in looks {
                now += millis(passed);
                let wait = polls.wait(now, millis(look), settled, left);
                prop_assert!((POLL_FIRST..=POLL_LAST).contains(&wait));
                prop_assert!(wait >= millis(2 * look).min(POLL_LAST));
            }
        }

        #[test]
        fn no_counts_make_it_panic(passed: u32, settled: usize, left: usize) {
            let mut polls = Polls::default();
            polls.wait(Duration::from_secs(u64::MAX), Duration::MAX, settled, left);
            polls.wait(millis(passed.into()), millis(passed.into()), settled, left);
        }
    }
}
