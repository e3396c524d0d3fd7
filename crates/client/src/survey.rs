//! Looks at what a deletion would meet, and touches nothing.

use std::sync::Arc;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use sexton_core::{BackupArn, Obstacle, Outcome, VaultName};

use crate::caller::{Caller, Heed};
use crate::classify::Class;
use crate::delete::{CONCURRENCY_MAX, Options};
use crate::elsewhere::{Search, Searched};
use crate::order::{Finding, Order, absence};
use crate::provider::{BackupProvider, Failure, PointStatus, VaultFacts};
use crate::sight::{Access, Sight, look};
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

    /// Whether whoever came to this forecast knows that the point has been in the vault.
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

/// What a look has come to.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Survey {
    /// What would become of each point, in the order's order.
    pub forecasts: Vec<Forecast>,
    /// Where points that are not in the vault have been looked for, if there were any.
    pub searched: Option<Searched>,
}

/// Decides what would become of `arn`, seen as `sight` says. Nothing: it is not in the
/// vault, and may be in another one.
fn foresee(
    sight: Sight,
    order: &Order,
    arn: &BackupArn,
    locked: bool,
    now: Timestamp,
) -> Option<Forecast> {
    Some(match sight {
        Sight::Absent => match absence(order, arn, false, false, now) {
            Finding::Missing => return None,
            Finding::Settled(Outcome::Unknown { cause, .. }) => Forecast::Unknown { cause },
            Finding::Settled(_) => Forecast::AlreadyGone,
        },
        Sight::Unread(cause) | Sight::Blind(cause) => Forecast::Unknown { cause },
        Sight::Present(facts) => {
            let status = facts.status.to_string();
            match facts.status {
                PointStatus::Deleting => Forecast::WouldWatch,
                PointStatus::Creating => {
                    Forecast::WouldBeRefused { status, obstacle: Obstacle::InUse }
                }
                PointStatus::Available
                | PointStatus::Completed
                | PointStatus::Partial
                | PointStatus::Stopped
                | PointStatus::Expired
                | PointStatus::Other(_) => {
                    if locked {
                        Forecast::WouldBeRefused { status, obstacle: Obstacle::VaultLock }
                    } else {
                        Forecast::WouldDelete { status }
                    }
                }
            }
        }
    })
}

/// Reads the vault, trying again where that may help.
pub async fn inspect(
    provider: Arc<dyn BackupProvider>,
    vault: &VaultName,
    options: &Options,
) -> Result<VaultFacts, Failure> {
    let (_handle, stop) = Stop::new();
    let caller = Caller::new(provider, stop, options.rate_max, options.retry, options.seed);
    let answer = caller.call(Heed::Nothing, || caller.provider.describe_vault(vault)).await;
    answer.result.unwrap_or_else(|| {
        let (code, message) = ("NotAsked".to_owned(), "stopped before asking".to_owned());
        Err(Failure { class: Class::Unreachable, code, message, request_id: None })
    })
}

/// Reads where each point of `order` stands and tells what a deletion would do. Makes no
/// mutating request. `locked`: the vault has a lock.
pub async fn survey(
    provider: Arc<dyn BackupProvider>,
    order: &Order,
    options: &Options,
    locked: bool,
    stop: Stop,
) -> Survey {
    let caller = Caller::new(provider, stop, options.rate_max, options.retry, options.seed);
    let wanted: Vec<&BackupArn> = order.arns.iter().collect();
    let mut access = Access { list: true, describe: true, vault_known: order.vault_known };
    let concurrency = options.concurrency.clamp(1, CONCURRENCY_MAX);
    let mut sights = vec![Sight::Unread("not looked at".to_owned()); wanted.len()];
    // The first look may have to learn which way of looking is permitted.
    for _ in 0..2 {
        if !sights.iter().any(|sight| matches!(sight, Sight::Unread(_))) {
            break;
        }
        let seen = |place: usize, sight: Sight| sights[place] = sight;
        look(&caller, &order.vault, &wanted, &mut access, concurrency, seen).await;
    }
    let now = (options.clock)();
    let sights = order.arns.iter().zip(sights);
    let forecasts: Vec<Option<Forecast>> =
        sights.map(|(arn, sight)| foresee(sight, order, arn, locked, now)).collect();
    let missing: Vec<&BackupArn> = order
        .arns
        .iter()
        .zip(&forecasts)
        .filter_map(|(arn, it)| it.is_none().then_some(arn))
        .collect();
    if missing.is_empty() {
        return Survey { forecasts: forecasts.into_iter().flatten().collect(), searched: None };
    }
    let (vault, timeout) = (&order.vault, options.timeout);
    let trail = Search { caller: &caller, vault, concurrency, timeout }.run(&missing).await;
    let mut places = 0..;
    let forecasts = forecasts.into_iter().map(|forecast| {
        forecast.unwrap_or_else(|| trail.forecast(places.next().unwrap_or(usize::MAX)))
    });
    Survey { forecasts: forecasts.collect(), searched: Some(trail.searched()) }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::provider::PointFacts;

    fn present(status: PointStatus) -> Sight {
        let arn = "arn:aws:ec2:r::snapshot/s".to_owned();
        Sight::Present(PointFacts { arn, status, message: None, created: None })
    }

    #[test]
    fn a_forecast_follows_from_state_and_lock() {
        let arn: BackupArn = "arn:aws:ec2:r::snapshot/s".parse().unwrap();
        let order = |before: bool| Order {
            vault: "v".parse().unwrap(),
            arns: [arn.clone()].into(),
            vault_known: true,
            account: None,
            seen_before: before.then(|| arn.clone()).into_iter().collect(),
        };
        for (sight, locked, before, word) in [
            (present(PointStatus::Available), false, false, Some("would_delete")),
            (present(PointStatus::Expired), false, false, Some("would_delete")),
            (present(PointStatus::Available), true, false, Some("would_be_refused")),
            (present(PointStatus::Creating), false, false, Some("would_be_refused")),
            (present(PointStatus::Deleting), true, true, Some("would_watch")),
            (Sight::Absent, true, true, Some("already_gone")),
            (Sight::Absent, false, false, None),
            (Sight::Blind(String::new()), false, false, Some("unknown")),
        ] {
            let now = Timestamp::UNIX_EPOCH;
            let forecast = foresee(sight, &order(before), &arn, locked, now);
            assert_eq!(forecast.map(|forecast| forecast.word()), word);
        }
    }
}
