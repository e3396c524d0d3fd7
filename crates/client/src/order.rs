//! What is to be deleted, and what it means that a point of it is not in the vault.
//!
//! Not to be in this vault is not to be gone: the service says the same of a point that is
//! alive in another vault. Only who was seen in the vault can have left it. Pure.

use std::collections::HashSet;
use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{BackupArn, Outcome, VaultName};

use crate::misplaced::unconfirmed;

/// What is to be deleted.
#[derive(Debug, Clone)]
pub struct Order {
    /// The vault that holds the points.
    pub vault: VaultName,
    /// The points, each once.
    pub arns: Arc<[BackupArn]>,
    /// The vault has been seen to exist. Otherwise "not found" may mean the vault.
    pub vault_known: bool,
    /// The account of the vault, once seen. Whoever asks in one account for a point of
    /// another is told "not found", which is no proof that it is gone.
    pub account: Option<String>,
    /// Points that earlier runs saw in this vault: what is not there any more has gone.
    pub seen_before: HashSet<BackupArn>,
}

impl Order {
    /// Whether the vault is of the account that `arn` names, if it names one.
    pub(crate) fn could_hold(&self, arn: &BackupArn) -> bool {
        let named = arn.account();
        named.is_empty() || self.account.as_deref() == Some(named)
    }
}

/// What is known of a point that is not in the vault.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Finding {
    /// How it ended.
    Settled(Outcome),
    /// Nobody saw it in this vault: it may be alive in another one.
    Missing,
}

/// Decides what it means that `arn` is not in the vault at `now`. `seen`: this run has seen
/// it there. `touched`: a request of this run may have removed it.
pub(crate) fn absence(
    order: &Order,
    arn: &BackupArn,
    seen: bool,
    touched: bool,
    now: Timestamp,
) -> Finding {
    if seen {
        Finding::Settled(Outcome::Gone { at: Some(now), already: false })
    } else if !order.could_hold(arn) {
        Finding::Settled(Outcome::Unknown { cause: unconfirmed(arn), seen: None })
    } else if order.seen_before.contains(arn) {
        Finding::Settled(Outcome::Gone { at: Some(now), already: !touched })
    } else {
        Finding::Missing
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const ARN: &str = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";

    proptest! {
        /// Three thousand points that were alive in another vault once counted as gone.
        #[test]
        fn only_what_was_seen_in_the_vault_can_be_gone(
            seen: bool, before: bool, touched: bool, confirmed: bool,
        ) {
            let arn: BackupArn = ARN.parse()?;
            let order = Order {
                vault: "v".parse().unwrap(),
                arns: [arn.clone()].into(),
                vault_known: true,
                account: confirmed.then(|| "123456789012".to_owned()),
                seen_before: before.then(|| arn.clone()).into_iter().collect(),
            };
            match absence(&order, &arn, seen, touched, Timestamp::UNIX_EPOCH) {
                Finding::Settled(Outcome::Gone { already, .. }) => {
                    prop_assert!(seen || (before && confirmed));
                    prop_assert_eq!(already, !seen && !touched);
                }
                Finding::Settled(other) => {
                    prop_assert_eq!((other.word(), confirmed), ("unknown", false));
                }
                Finding::Missing => prop_assert!(!seen && !before && confirmed),
            }
        }
    }
}
