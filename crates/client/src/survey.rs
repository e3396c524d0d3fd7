//! Looks at what a deletion would meet, and touches nothing.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sexton_core::{Obstacle, Outcome};

use crate::caller::Caller;
use crate::classify::Class;
use crate::elsewhere::{Search, Searched};
use crate::options::Options;
use crate::order::{Finding, Order, absence};
use crate::provider::{PlaceFacts, Provider, ProviderError, State, Target};
use crate::sight::{Access, Expected, Sight, look};
use crate::stop::Stop;

/// What would become of one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "forecast", rename_all = "snake_case")]
pub enum Forecast {
    /// Its deletion would be asked for.
    WouldDelete {
        /// Its present state.
        status: String,
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
        status: String,
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

/// The result of a look.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// What would become of each point, in the order's order.
    pub forecasts: Vec<Forecast>,
    /// Where points that are not in the vault have been looked for, if there were any.
    pub searched: Option<Searched>,
}

/// Decides what would become of `target`, seen as `sight` says. Nothing: it is not in the
/// place, and may be in another one.
fn foresee(
    sight: Sight,
    order: &Order,
    target: &Target,
    locked: bool,
    now: Timestamp,
) -> Option<Forecast> {
    Some(match sight {
        Sight::Absent => match absence(order, target, false, false, now) {
            Finding::Missing => return None,
            Finding::Settled(Outcome::Unknown { cause, .. }) => Forecast::Unknown { cause },
            Finding::Settled(_) => Forecast::AlreadyGone,
        },
        Sight::Unread(cause) | Sight::Blind(cause) => Forecast::Unknown { cause },
        Sight::Present(facts) => {
            let status = facts.status.into_owned();
            if let Some(refused) = order.refused.get(target.name()) {
                let (obstacle, reason) = (refused.class.obstacle(), Some(refused.message.clone()));
                return Some(Forecast::WouldBeRefused { status, obstacle, reason });
            }
            let refused = |obstacle| Forecast::WouldBeRefused {
                status: status.clone(),
                obstacle,
                reason: None,
            };
            match facts.state {
                State::Leaving => Forecast::WouldWatch,
                State::Making => refused(Obstacle::InUse),
                State::Kept { .. } => refused(Obstacle::KeptByVault),
                State::Standing | State::Left { .. } if locked => refused(Obstacle::VaultLock),
                State::Standing | State::Left { .. } => Forecast::WouldDelete { status },
            }
        }
    })
}

/// Reads the place, trying again where that may help.
pub async fn inspect(
    provider: &dyn Provider,
    options: &Options,
) -> Result<PlaceFacts, ProviderError> {
    let (_handle, stop) = Stop::new();
    let answer = Caller::new(stop, options).look(|| provider.place()).await;
    answer.result.unwrap_or_else(|| {
        let (code, message) = ("NotAsked".to_owned(), "stopped before asking".to_owned());
        Err(ProviderError { class: Class::Unreachable, code, message, request_id: None })
    })
}

/// Reads where each target of `order` stands and tells what a deletion would do. Makes no
/// mutating request. `locked`: the place has a lock.
pub async fn survey(
    provider: &dyn Provider,
    order: &Order,
    options: &Options,
    locked: bool,
    stop: Stop,
) -> Survey {
    let sights = look_at(provider, order, options, stop.clone()).await;
    foretell(provider, order, sights, options, locked, stop).await
}

/// Reads where each target of `order` stands, in its order. Makes no mutating request.
pub async fn look_at(
    provider: &dyn Provider,
    order: &Order,
    options: &Options,
    stop: Stop,
) -> Vec<Sight> {
    let caller = Caller::new(stop, options);
    let wanted: Vec<&Target> = order.targets.iter().collect();
    let mut access = Access { list: true, describe: true, place_known: order.place_known() };
    let in_flight_max = options.in_flight_max();
    let mut sights = vec![Sight::Unread("not looked at".to_owned()); wanted.len()];
    // The first look may have to learn which way of looking is permitted.
    for _ in 0..2 {
        if !sights.iter().any(|sight| matches!(sight, Sight::Unread(_))) {
            break;
        }
        let seen = |number: usize, sight: Sight| sights[number] = sight;
        let expected = Expected::There;
        look(&caller, provider, &wanted, expected, &mut access, in_flight_max, seen).await;
    }
    sights
}

/// Tells what a deletion would do with the targets of `order`, which were just seen to stand as
/// `sights` say. What was not seen is looked for in the other places.
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
    let sights = order.targets.iter().zip(sights);
    let forecasts: Vec<Option<Forecast>> =
        sights.map(|(target, sight)| foresee(sight, order, target, locked, now)).collect();
    let with_forecast = order.targets.iter().zip(&forecasts);
    let missing: Vec<&Target> = with_forecast
        .filter_map(|(target, forecast)| forecast.is_none().then_some(target))
        .collect();
    if missing.is_empty() {
        return Survey { forecasts: forecasts.into_iter().flatten().collect(), searched: None };
    }
    let trail = Search { caller: &caller, provider, options }.run(&missing).await;
    let mut numbers = 0..;
    let forecasts = forecasts.into_iter().map(|forecast| {
        let mut found = || trail.found(numbers.next().unwrap_or(usize::MAX));
        forecast.unwrap_or_else(|| match found() {
            Some((vault, status)) => Forecast::Elsewhere { vault, status },
            None => Forecast::Absent,
        })
    });
    Survey { forecasts: forecasts.collect(), searched: Some(trail.searched()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::Facts;
    use sexton_core::BackupArn;

    const ARN: &str = "arn:aws:ec2:r::snapshot/s";

    fn present(state: State) -> Sight {
        let (name, status) = (ARN.to_owned(), "AS TOLD".into());
        Sight::Present(Facts { name, state, status, created: None })
    }

    #[test]
    fn a_forecast_follows_from_state_and_lock() {
        let arn: BackupArn = ARN.parse().unwrap();
        let target = Target::point(&arn, None);
        let left = || State::Left { reason: None, obstacle: Obstacle::Role };
        let order = |before: bool| Order {
            targets: [target.clone()].into(),
            held: Some(1),
            seen_before: before.then(|| ARN.to_owned()).into_iter().collect(),
            refused: std::collections::HashMap::new(),
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
            let forecast = foresee(sight, &order(before), &target, locked, now);
            assert_eq!(forecast.map(|forecast| forecast.word()), word);
        }
    }
}
