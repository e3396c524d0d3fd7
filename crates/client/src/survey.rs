//! Looks at what a deletion would meet, and touches nothing.

use std::sync::Arc;

use serde::Serialize;
use sexton_core::{Obstacle, RecoveryPointArn, VaultName};

use crate::caller::{Caller, Heed};
use crate::classify::Class;
use crate::delete::{CONCURRENCY_MAX, Options, Order};
use crate::misplaced::unconfirmed;
use crate::provider::{BackupProvider, Failure, PointStatus, VaultFacts};
use crate::sight::{Access, Sight, look};
use crate::stop::Stop;

/// What would become of one point.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(tag = "forecast", rename_all = "snake_case")]
pub enum Forecast {
    /// Its deletion would be asked for.
    WouldDelete {
        /// Its present state.
        status: String,
    },
    /// A deletion is under way: it would be watched.
    WouldWatch,
    /// It is not in the vault.
    AlreadyGone,
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
            Self::WouldBeRefused { .. } => "would_be_refused",
            Self::Unknown { .. } => "unknown",
        }
    }
}

/// Decides what would become of a point that is seen as `sight` says.
fn foresee(sight: Sight, locked: bool) -> Forecast {
    match sight {
        Sight::Absent => Forecast::AlreadyGone,
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
    }
}

/// `sight`, unless it says that `arn` is gone of a vault that could not hold it.
fn confirmed(sight: Sight, order: &Order, arn: &RecoveryPointArn) -> Sight {
    match sight {
        Sight::Absent if !order.could_hold(arn) => Sight::Blind(unconfirmed(arn)),
        Sight::Absent | Sight::Present(_) | Sight::Unread(_) | Sight::Blind(_) => sight,
    }
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

/// Reads where each point of `order` stands and tells what a deletion would do, in the
/// order's order. Makes no mutating request. `locked`: the vault has a lock.
pub async fn survey(
    provider: Arc<dyn BackupProvider>,
    order: &Order,
    options: &Options,
    locked: bool,
    stop: Stop,
) -> Vec<Forecast> {
    let caller = Caller::new(provider, stop, options.rate_max, options.retry, options.seed);
    let wanted: Vec<&RecoveryPointArn> = order.arns.iter().collect();
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
    let sights = order.arns.iter().zip(sights);
    sights.map(|(arn, sight)| foresee(confirmed(sight, order, arn), locked)).collect()
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
        for (sight, locked, word) in [
            (present(PointStatus::Available), false, "would_delete"),
            (present(PointStatus::Expired), false, "would_delete"),
            (present(PointStatus::Available), true, "would_be_refused"),
            (present(PointStatus::Creating), false, "would_be_refused"),
            (present(PointStatus::Deleting), true, "would_watch"),
            (Sight::Absent, true, "already_gone"),
            (Sight::Blind(String::new()), false, "unknown"),
        ] {
            assert_eq!(foresee(sight, locked).word(), word);
        }
    }
}
