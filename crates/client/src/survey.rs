//! Looks at what a deletion would meet, and touches nothing.

use std::borrow::Cow;
use std::collections::HashMap;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sexton_core::{Obstacle, Outcome};

use crate::caller::Caller;
use crate::elsewhere::{Search, Searched};
use crate::options::Options;
use crate::order::{Finding, Order, absence};
use crate::provider::{Facts, MAKING, PlaceFacts, Provider, ProviderError, STAYS, State, Target};
use crate::report::Event;
use crate::sight::{Access, Expected, Sight, look};
use crate::stop::Stop;

/// What would become of one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "forecast", rename_all = "snake_case")]
pub enum Forecast {
    /// Its deletion would be asked for.
    WouldDelete {
        /// Its present state.
        status: Cow<'static, str>,
    },
    /// A deletion is under way: it would be watched.
    WouldWatch,
    /// It is not in the vault any more, where an earlier run saw it.
    AlreadyGone,
    /// It is in another vault of the account, and would not be touched there.
    Elsewhere {
        /// The vault that holds it.
        vault: String,
        /// Its state there.
        status: String,
    },
    /// It is in no vault that could be read.
    Absent,
    /// Its deletion would be refused.
    WouldBeRefused {
        /// Its present state.
        status: Cow<'static, str>,
        /// What stands in the way.
        obstacle: Obstacle,
        /// What is known of that besides.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        reason: Option<String>,
    },
    /// Could not be read.
    Unknown {
        /// Why not.
        cause: String,
    },
}

impl Forecast {
    /// The forecast in one word.
    pub fn word(&self) -> &'static str {
        match self {
            Self::WouldDelete { .. } => "would_delete",
            Self::WouldWatch => "would_watch",
            Self::AlreadyGone => "already_gone",
            Self::Elsewhere { .. } => "elsewhere",
            Self::Absent => "absent",
            Self::WouldBeRefused { .. } => "would_be_refused",
            Self::Unknown { .. } => "unknown",
        }
    }

    /// Whether the point is known to have been in the vault.
    pub fn was_there(&self) -> bool {
        match self {
            Self::WouldDelete { .. }
            | Self::WouldWatch
            | Self::AlreadyGone
            | Self::WouldBeRefused { .. } => true,
            Self::Elsewhere { .. } | Self::Absent | Self::Unknown { .. } => false,
        }
    }
}

/// What would become of one point, and what was seen of it in the place. What is nothing was not
/// seen, or the service does not tell.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Foreseen {
    /// What would become of it.
    pub forecast: Forecast,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// How many bytes it has.
    pub size: Option<u64>,
    /// What kind of backup it is.
    pub kind: Option<Cow<'static, str>>,
}

impl From<Forecast> for Foreseen {
    fn from(forecast: Forecast) -> Self {
        Self { forecast, created: None, size: None, kind: None }
    }
}

/// The result of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// What would become of each point, in the order's order.
    pub points: Vec<Foreseen>,
    /// Where points that are not in the vault have been looked for, if there were any.
    pub searched: Option<Searched>,
}

/// What stands in the way of a deletion.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Hindrance<'a> {
    pub(crate) obstacle: Obstacle,
    /// What is known of it besides.
    pub(crate) reason: Option<&'a str>,
    /// The same where nothing is.
    pub(crate) words: &'static str,
}

/// Decides what stands in the way of deleting a target that was seen in the place, if something
/// does. `locked`: the place has a lock.
pub(crate) fn hindrance<'a>(
    facts: &'a Facts,
    order: &'a Order,
    target: &Target,
    locked: bool,
) -> Option<Hindrance<'a>> {
    let known = |obstacle, words| Some(Hindrance { obstacle, reason: None, words });
    if let Some(refused) = order.refused.get(target.name()) {
        let (obstacle, reason) = (refused.class.obstacle(), Some(&*refused.message));
        return Some(Hindrance { obstacle, reason, words: "it would be refused" });
    }
    match &facts.state {
        State::Making => known(Obstacle::InUse, MAKING),
        State::Kept { .. } => known(Obstacle::KeptByVault, "AWS Backup keeps it"),
        State::Stays { obstacle, reason } => {
            Some(Hindrance { obstacle: *obstacle, reason: reason.as_deref(), words: STAYS })
        }
        State::Standing | State::Left { .. } if locked => {
            known(Obstacle::VaultLock, "the vault is locked")
        }
        State::Standing | State::Left { .. } | State::Leaving => None,
    }
}

/// Decides what would become of `target`, seen as `sight` says. Nothing: it is not in the
/// place, and may be in another one.
fn foresee(
    sight: Sight,
    order: &Order,
    target: &Target,
    locked: bool,
    now: Timestamp,
) -> Option<Foreseen> {
    let facts = match sight {
        Sight::Absent => {
            return match absence(target, false, false, now) {
                Finding::Missing => None,
                Finding::Settled(Outcome::Unknown { cause, .. }) => {
                    Some(Forecast::Unknown { cause }.into())
                }
                Finding::Settled(_) => Some(Forecast::AlreadyGone.into()),
            };
        }
        Sight::Unread(cause) | Sight::Blind(cause) => {
            return Some(Forecast::Unknown { cause }.into());
        }
        Sight::Present(facts) => facts,
    };
    let hindrance = hindrance(&facts, order, target, locked)
        .map(|Hindrance { obstacle, reason, .. }| (obstacle, reason.map(str::to_owned)));
    let Facts { state, status, created, size, kind, form: _ } = facts;
    let forecast = match hindrance {
        Some((obstacle, reason)) => Forecast::WouldBeRefused { status, obstacle, reason },
        None if state == State::Leaving => Forecast::WouldWatch,
        None => Forecast::WouldDelete { status },
    };
    Some(Foreseen { forecast, created, size, kind })
}

/// How each target of `order` would be refused that its service shows as staying, or as being made,
/// as `sights` of them tell. For services of which one request deletes many: what is refused with
/// them is not asked for.
pub(crate) fn refused_as_shown(order: &Order, sights: &[Sight]) -> HashMap<String, ProviderError> {
    let refused = order.targets.iter().zip(sights).filter_map(|(target, sight)| match sight {
        Sight::Present(facts) => Some((target.name().to_owned(), facts.refusal()?)),
        Sight::Absent | Sight::Unread(_) | Sight::Blind(_) => None,
    });
    refused.collect()
}

/// Reads the place, trying again where that may help.
pub async fn inspect(
    provider: &dyn Provider,
    options: &Options,
) -> Result<PlaceFacts, ProviderError> {
    let (_handle, stop) = Stop::new();
    Caller::new(stop, options).look(|| provider.place()).await
}

/// Reads where each target of `order` stands, in its order, and tells `events` how that goes.
/// Makes no mutating request. Ends when the run is told to stop: no deletion is to follow.
pub async fn look_at(
    provider: &dyn Provider,
    order: &Order,
    options: &Options,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
    stop: Stop,
) -> Vec<Sight> {
    let caller = Caller::new(stop, options);
    let mut sights = vec![Sight::Unread(String::new()); order.targets.len()];
    tokio::select! {
        biased;
        () = look_twice(&caller, provider, order, options, events, &mut sights) => {}
        () = caller.stop.drained() => {}
        never = caller.keep_telling(events) => match never {},
    }
    sights
}

/// The first look may have to learn which way of looking is permitted.
async fn look_twice(
    caller: &Caller,
    provider: &dyn Provider,
    order: &Order,
    options: &Options,
    events: &(dyn Fn(Event<'_>) + Send + Sync),
    sights: &mut [Sight],
) {
    let is_open = |sight: &Sight| matches!(sight, Sight::Unread(_));
    let wanted: Vec<&Target> = order.targets.iter().collect();
    let mut access = Access { list: true, describe: true, place_known: order.place_known() };
    for _ in 0..2 {
        if !sights.iter().any(is_open) {
            break;
        }
        let seen = |number: usize, sight: Sight| {
            if is_open(&sights[number]) && !is_open(&sight) {
                events(Event::Looked);
            }
            sights[number] = sight;
        };
        let (expected, in_flight_max) = (Expected::There, options.in_flight_max());
        look(caller, provider, &wanted, expected, &mut access, in_flight_max, seen).await;
    }
}

/// Tells what a deletion would do with the targets of `order`, which were just seen to stand as
/// `sights` say. What was not seen is looked for in the other places. `locked`: the place has a
/// lock.
pub async fn foretell(
    provider: &dyn Provider,
    order: &Order,
    sights: Vec<Sight>,
    options: &Options,
    locked: bool,
    stop: Stop,
) -> Survey {
    let caller = Caller::new(stop, options);
    let now = (options.clock)();
    let mut missing = Vec::new();
    let sights = order.targets.iter().zip(sights).enumerate();
    let points = sights.map(|(number, (target, sight))| {
        foresee(sight, order, target, locked, now).unwrap_or_else(|| {
            missing.push(number);
            Forecast::Absent.into()
        })
    });
    let mut points: Vec<Foreseen> = points.collect();
    if missing.is_empty() {
        return Survey { points, searched: None };
    }
    let wanted: Vec<&Target> = missing.iter().map(|&number| &order.targets[number]).collect();
    let search = Search { caller: &caller, provider, options, deadline: options.deadline() };
    let trail = search.run(&wanted).await;
    for (at, number) in missing.into_iter().enumerate() {
        if let Some((vault, status)) = trail.found(at) {
            points[number] = Forecast::Elsewhere { vault, status }.into();
        }
    }
    Survey { points, searched: Some(trail.searched()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sexton_core::BackupArn;

    const ARN: &str = "arn:aws:ec2:r::snapshot/s";

    fn present(state: State) -> Sight {
        let (status, kind) = ("AS TOLD".into(), Some("EBS".into()));
        Sight::Present(Facts { state, status, created: None, size: Some(7), kind, form: None })
    }

    #[test]
    fn a_forecast_follows_from_state_and_lock() {
        let arn: BackupArn = ARN.parse().unwrap();
        let target = Target::point(&arn, None);
        let left = || State::Left { reason: None, obstacle: Obstacle::Role };
        let order = |before: bool| {
            let mut order = Order::of([target.clone()].into(), Some(1));
            order.saw(|_, _| before);
            order
        };
        for (sight, locked, before, word) in [
            (present(State::Standing), false, false, Some("would_delete")),
            (present(left()), false, false, Some("would_delete")),
            (present(State::Standing), true, false, Some("would_be_refused")),
            (present(State::Making), false, false, Some("would_be_refused")),
            (present(State::Leaving), true, true, Some("would_watch")),
            (Sight::Absent, true, true, Some("already_gone")),
            (Sight::Absent, false, false, None),
            (Sight::Blind(String::new()), false, false, Some("unknown")),
        ] {
            let now = Timestamp::UNIX_EPOCH;
            let (order, is_there) = (order(before), matches!(sight, Sight::Present(_)));
            let point = foresee(sight, &order, &order.targets[0], locked, now);
            assert_eq!(point.as_ref().map(|point| point.forecast.word()), word);
            let seen = point.is_some_and(|it| it.size == Some(7) && it.kind.is_some());
            assert_eq!(seen, is_there, "{word:?}");
        }
    }
}
