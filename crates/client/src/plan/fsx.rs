//! Backups of FSx: what is found out of them before anything is deleted.
//!
//! Each is looked at first. So it is known which of them a vault of AWS Backup keeps (those are
//! not asked for, and told with their vault), and what is missing afterwards was seen before.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use sexton_core::{BackupArn, Obstacle};

use super::{Plan, Unplanned, or_gap};
use crate::classify::Class;
use crate::connect::{ConnectedFsx, Connection, connect};
use crate::document::Intent;
use crate::keepers::keepers;
use crate::options::Options;
use crate::order::Order;
use crate::provider::fsx::RunId;
use crate::provider::fsx::id::FsxBackupId;
use crate::provider::{Facts, Provider, ProviderError, State, Target};
use crate::sight::Sight;
use crate::survey::inspect;

/// Our name for the refusal of what AWS Backup keeps.
const KEPT: &str = "KeptByAwsBackup";

/// Those of `ids` that cannot name a backup of `region` and `account`, and why.
pub fn misplaced_backups(
    ids: &[FsxBackupId],
    region: &str,
    account: Option<&str>,
) -> Vec<(BackupArn, String)> {
    let why = |id: &FsxBackupId| Some((id.arn()?.clone(), id.misplaced(region, account)?));
    ids.iter().filter_map(why).collect()
}

/// Finds out all that is needed to delete the backups with these `ids`. `intent` says what is
/// known already.
pub async fn plan_backups(
    connected: ConnectedFsx,
    ids: &[FsxBackupId],
    options: Options,
    intent: Intent,
) -> Result<Plan, Unplanned> {
    let ConnectedFsx { fsx, region, endpoint } = connected;
    Unplanned::if_any(misplaced_backups(ids, &region, None))?;
    let provider: Arc<dyn Provider> = Arc::new(fsx.backups(run_id()));
    let mut unread = None;
    let facts = or_gap(inspect(&*provider, &options).await, &mut unread)?;
    let account = match facts.as_ref().and_then(|facts| facts.account.clone()) {
        Some(account) => Some(account),
        // The region may have no backup that tells. Where STS does not either, it is not known.
        None => fsx.account(&options).await.ok(),
    };
    Unplanned::if_any(misplaced_backups(ids, &region, account.as_deref()))?;
    let targets = ids.iter().map(|id| Target::backup(id, account.as_deref())).collect();
    let order = Order::of(targets, None);
    let intent = Intent { account, region: Some(region), endpoint, ..intent };
    let (holds_unread, denials_unread) = (None, None);
    Ok(Plan { provider, order, options, intent, facts, unread, holds_unread, denials_unread })
}

/// The randomness that tells the deletions of one run from those of another.
fn run_id() -> RunId {
    let random = || RandomState::new().hash_one(std::process::id());
    RunId::new((u128::from(random()) << 64) | u128::from(random()))
}

/// How each target of `order` would be refused that a vault of AWS Backup keeps, as `sights` of
/// them tell. `connection` leads to AWS Backup.
pub(super) async fn kept(
    order: &Order,
    sights: &[Sight],
    connection: &Connection,
    options: &Options,
) -> HashMap<String, ProviderError> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut refused = HashMap::new();
    for (target, sight) in order.targets.iter().zip(sights) {
        let Sight::Present(Facts { state: State::Kept { source }, .. }) = sight else {
            continue;
        };
        let name = target.name().to_owned();
        match source {
            Some(source) => sources.entry(source.clone()).or_default().push(name),
            None => drop(refused.insert(name, refusal(Err("its source has no ARN"), None))),
        }
    }
    if sources.is_empty() {
        return refused;
    }
    let vaults = match connect(connection).await {
        Ok(connected) => keepers(&connected.backup, &sources, options).await,
        Err(_) => HashMap::new(),
    };
    for (source, names) in sources {
        for name in names {
            let vault = match vaults.get(&name) {
                Some(Ok(vault)) => Ok(vault.as_str()),
                Some(Err(cause)) => Err(cause.as_str()),
                None => Err("AWS Backup cannot be asked"),
            };
            refused.insert(name, refusal(vault, Some(&source)));
        }
    }
    refused
}

/// The refusal of a backup that is kept by this vault, or why it is not known which.
fn refusal(vault: Result<&str, &str>, source: Option<&str>) -> ProviderError {
    let message = match (vault, source) {
        (Ok(vault), _) => format!("AWS Backup keeps it, in the vault {vault}"),
        (Err(cause), Some(source)) => format!(
            "AWS Backup keeps it, in a vault that could not be read ({cause}); the vault is told \
             by `aws backup list-recovery-points-by-resource --resource-arn {source}`"
        ),
        (Err(cause), None) => {
            format!("AWS Backup keeps it, in a vault that could not be read ({cause})")
        }
    };
    ProviderError::local(Class::Refused(Obstacle::KeptByVault), KEPT, message)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_refusal_names_the_vault_or_says_how_to_find_it() {
        let source = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0";
        assert_eq!(refusal(Ok("nightly"), Some(source)).message, {
            "AWS Backup keeps it, in the vault nightly"
        });
        let message = refusal(Err("forbidden"), Some(source)).message;
        assert!(message.contains("(forbidden)") && message.contains(source), "{message}");
    }
}
