//! Backups of FSx: what is found out of them before anything is deleted.
//!
//! Each is looked at first. So it is known which of them a vault of AWS Backup keeps (those are
//! not asked for, and told with their vault), and what is missing afterwards was seen before.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::hash::{BuildHasher as _, RandomState};
use std::sync::Arc;

use sexton_client::{
    Class, ConnectedFsx, Facts, FsxBackupId, Options, Order, PlaceFacts, Provider, ProviderError,
    RunId, Sight, State, Stop, Target, connect, connect_fsx, inspect, keepers, look_at,
};
use sexton_core::{Obstacle, Service, counted};

use super::Job;
use super::arguments::Arguments;
use super::earlier::{self, Earlier};
use super::ids::Complaints;
use super::preflight::{patiently, unread_place};
use super::report_file::ReportFile;
use crate::commands::connection::unconnected;
use crate::exit::{Exit, Failure};
use crate::render::{self, Intent};

/// Our name for the refusal of what AWS Backup keeps.
const KEPT: &str = "KeptByAwsBackup";

/// Finds out all that is needed to delete `ids`, of which so many were given twice.
pub(super) async fn prepare(
    arguments: &Arguments,
    ids: &[FsxBackupId],
    duplicates: usize,
    earlier: Vec<Earlier>,
) -> Result<(Job, Vec<Sight>), Failure> {
    let connected = connect_fsx(&arguments.aws.connection()).await;
    let ConnectedFsx { fsx, region, endpoint } = connected.map_err(|error| unconnected(&error))?;
    check_places(ids, &region, None)?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let provider: Arc<dyn Provider> = Arc::new(fsx.backups(run_id()));
    let options = arguments.options();
    let facts = patiently(read_region(&*provider, arguments, &options), arguments.quiet).await?;
    let account = match facts.and_then(|facts| facts.account) {
        Some(account) => Some(account),
        // The region may have no backup that tells. Where STS does not either, it is not known.
        None => fsx.account(&options).await.ok(),
    };
    check_places(ids, &region, account.as_deref())?;
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
        seen_before: earlier::seen(earlier, &intent)?,
        refused: HashMap::new(),
    };
    let (_handle, stop) = Stop::new();
    let look = look_at(&*provider, &order, &options, stop);
    let sights = patiently(look, arguments.quiet).await;
    order.refused = refused(arguments, &sights, &options).await;
    if !arguments.quiet && !order.refused.is_empty() {
        note_kept(&order.refused, order.targets.len());
    }
    Ok((Job { provider, order, options, intent, report_file }, sights))
}

/// Those that were seen. What is not there later has gone.
pub(super) fn seen(sights: &[Sight]) -> HashSet<String> {
    let names = sights.iter().filter_map(|sight| match sight {
        Sight::Present(facts) => Some(facts.name.clone()),
        Sight::Absent | Sight::Unread(_) | Sight::Blind(_) => None,
    });
    names.collect()
}

/// The randomness that tells the deletions of one run from those of another.
fn run_id() -> RunId {
    let random = || RandomState::new().hash_one(std::process::id());
    RunId::new((u128::from(random()) << 64) | u128::from(random()))
}

/// Refuses ARNs that cannot be in the region: asked for there, they would be absent.
fn check_places(ids: &[FsxBackupId], region: &str, account: Option<&str>) -> Result<(), Failure> {
    let mut complaints = Complaints::default();
    for id in ids {
        if let (Some(arn), Some(why)) = (id.arn(), id.misplaced(region, account)) {
            complaints.add(format_args!("{arn}"), &why);
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    let hint = "nothing was deleted: check the ARNs, --region and --profile";
    Err(Failure::text(Exit::Usage, complaints.to_string()).in_lines().hint(hint))
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

/// How each backup would be refused that a vault of AWS Backup keeps.
async fn refused(
    arguments: &Arguments,
    sights: &[Sight],
    options: &Options,
) -> HashMap<String, ProviderError> {
    let mut sources: BTreeMap<String, Vec<String>> = BTreeMap::new();
    let mut refused = HashMap::new();
    for sight in sights {
        let Sight::Present(Facts { name, state: State::Kept { source }, .. }) = sight else {
            continue;
        };
        match source {
            Some(source) => sources.entry(source.clone()).or_default().push(name.clone()),
            None => drop(refused.insert(name.clone(), kept(Err("its source has no ARN"), None))),
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
    let class = Class::Refused(Obstacle::KeptByVault);
    ProviderError { class, code: KEPT.to_owned(), message, request_id: None }
}

fn note_kept(refused: &HashMap<String, ProviderError>, all: usize) {
    let mut counts: BTreeMap<&str, usize> = BTreeMap::new();
    for failure in refused.values() {
        *counts.entry(&failure.message).or_default() += 1;
    }
    let count = refused.len();
    render::note(&format!("{} of {all} will not be asked for:", counted(count, "backup")));
    for (message, count) in counts.iter().take(NOTES_MAX) {
        render::note(&format!("  {count}: {message}"));
    }
    if counts.len() > NOTES_MAX {
        render::note(&format!("  and {} vaults more", counts.len() - NOTES_MAX));
    }
}

/// The most vaults that are named before the result.
const NOTES_MAX: usize = 5;

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
