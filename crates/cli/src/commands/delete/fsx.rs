//! Backups of FSx: what is found out of them before anything is deleted.
//!
//! Each is looked at first. So it is known which of them a vault of AWS Backup keeps (those are
//! not asked for, and told with their vault), and what is missing afterwards was seen before.

use std::collections::{BTreeMap, HashMap};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use sexton_client::{
    Class, ConnectedFsx, Facts, FsxBackupId, Options, Order, PlaceFacts, Provider, ProviderError,
    RunId, Sight, State, Target, connect, connect_fsx, inspect, keepers,
};
use sexton_core::{Obstacle, Service};

use super::Job;
use super::arguments::Arguments;
use super::earlier::{self, Earlier};
use super::preflight::{check_places, patiently, unread_place};
use super::report_file::ReportFile;
use crate::commands::connection::unconnected;
use crate::exit::Failure;
use crate::render::Intent;

/// Our name for the refusal of what AWS Backup keeps.
const KEPT: &str = "KeptByAwsBackup";

/// Finds out all that is needed to delete `ids`, of which so many were given twice.
pub(super) async fn prepare(
    arguments: &Arguments,
    ids: &[FsxBackupId],
    duplicates: usize,
    earlier: Vec<Earlier>,
) -> Result<Job, Failure> {
    let connected = connect_fsx(&arguments.aws.connection()).await;
    let ConnectedFsx { fsx, region, endpoint } = connected.map_err(|error| unconnected(&error))?;
    let check = |account: Option<&str>| {
        check_places(ids.iter().filter_map(|id| Some((id.arn()?, id.misplaced(&region, account)))))
    };
    check(None)?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let provider: Arc<dyn Provider> = Arc::new(fsx.backups(run_id()));
    let options = arguments.options();
    let facts = patiently(read_region(&*provider, arguments, &options), arguments.quiet).await?;
    let account = match facts.and_then(|facts| facts.account) {
        Some(account) => Some(account),
        // The region may have no backup that tells. Where STS does not either, it is not known.
        None => fsx.account(&options).await.ok(),
    };
    check(account.as_deref())?;
    let intent = Intent {
        service: Service::Fsx,
        account,
        region: Some(region),
        endpoint,
        duplicates,
        ..arguments.intent()
    };
    let account = intent.account.as_deref();
    let mut order = Order {
        targets: ids.iter().map(|id| Target::backup(id, account)).collect(),
        held: None,
        refused: HashMap::new(),
    };
    let seen = earlier::seen(earlier, &intent)?;
    order.saw(|_, name| seen.contains(name));
    Ok(Job { provider, order, options, intent, report_file, locked: false })
}

/// The randomness that tells the deletions of one run from those of another.
fn run_id() -> RunId {
    let random = || RandomState::new().hash_one(std::process::id());
    RunId::new((u128::from(random()) << 64) | u128::from(random()))
}

/// Reads the region. Nothing: backups cannot be read there, and going on may still work.
async fn read_region(
    provider: &dyn Provider,
    arguments: &Arguments,
    options: &Options,
) -> Result<Option<PlaceFacts>, Failure> {
    match inspect(provider, options).await {
        Ok(facts) => Ok(Some(facts)),
        Err(failure) => unread_place(&failure, arguments, Service::Fsx, "").map(|()| None),
    }
}

/// How each target of `order` would be refused that a vault of AWS Backup keeps, as `sights` of
/// them tell.
pub(super) async fn refused(
    arguments: &Arguments,
    order: &Order,
    sights: &[Sight],
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
            None => drop(refused.insert(name, kept(Err("its source has no ARN"), None))),
        }
    }
    if sources.is_empty() {
        return refused;
    }
    let vaults = match connect(&arguments.aws.connection()).await {
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
            refused.insert(name, kept(vault, Some(&source)));
        }
    }
    refused
}

/// The refusal of a backup that is kept by this vault, or why it is not known which.
fn kept(vault: Result<&str, &str>, source: Option<&str>) -> ProviderError {
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
        assert_eq!(kept(Ok("nightly"), Some(source)).message, {
            "AWS Backup keeps it, in the vault nightly"
        });
        let message = kept(Err("forbidden"), Some(source)).message;
        assert!(message.contains("(forbidden)") && message.contains(source), "{message}");
    }
}
