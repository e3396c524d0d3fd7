//! Recovery points of AWS Backup: what is found out of their vault before anything is deleted.

use std::collections::HashMap;
use std::sync::Arc;

use jiff::Timestamp;
use sexton_client::{
    Connected, Options, Order, PlaceFacts, Provider, Target, connect, inspect, misplaced,
};
use sexton_core::{BackupArn, Obstacle, Service, VaultName};

use super::Job;
use super::arguments::Arguments;
use super::earlier::{self, Earlier};
use super::preflight::{check_places, patiently, unread_place};
use super::report_file::ReportFile;
use crate::commands::connection::unconnected;
use crate::exit::{Exit, Failure};
use crate::render::Intent;

/// Finds out all that is needed to delete `ids`, of which so many were given twice.
pub(super) async fn prepare(
    arguments: &Arguments,
    vault: VaultName,
    ids: &[BackupArn],
    duplicates: usize,
    earlier: Vec<Earlier>,
) -> Result<Job, Failure> {
    let connected = connect(&arguments.aws.connection()).await;
    let Connected { backup, region, endpoint } = connected.map_err(|error| unconnected(&error))?;
    let check = |account: Option<&str>| {
        check_places(ids.iter().map(|arn| (arn, misplaced(arn, &region, account))))
    };
    check(None)?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let provider: Arc<dyn Provider> = Arc::new(backup.vault(vault.clone()));
    let options = arguments.options();
    let facts = read(&*provider, &vault, arguments, &options);
    let facts = patiently(facts, arguments.quiet).await?;
    let account = facts.as_ref().and_then(|facts| facts.account.as_deref());
    check(account)?;
    let intent = Intent {
        service: Service::AwsBackup,
        account: account.map(str::to_owned),
        region: Some(region),
        endpoint,
        points_in_vault: facts.as_ref().and_then(|facts| facts.holds),
        duplicates,
        ..arguments.intent()
    };
    let mut order = Order {
        targets: ids.iter().map(|arn| Target::point(arn, account)).collect(),
        held: facts.as_ref().map(|facts| facts.holds.unwrap_or(0)),
        refused: HashMap::new(),
    };
    let seen = earlier::seen(earlier, &intent)?;
    order.saw(|_, name| seen.contains(name));
    let locked = facts.is_some_and(|facts| facts.locked);
    Ok(Job { provider, order, options, intent, report_file, locked })
}

/// Reads the vault, and refuses what cannot succeed. Nothing: the vault could not be
/// read, and going on may still work.
async fn read(
    provider: &dyn Provider,
    vault: &VaultName,
    arguments: &Arguments,
    options: &Options,
) -> Result<Option<PlaceFacts>, Failure> {
    match inspect(provider, options).await {
        Ok(facts) if facts.locked && !arguments.dry_run => Err(locked(vault, &facts)),
        Ok(facts) => Ok(Some(facts)),
        Err(failure) => {
            unread_place(&failure, arguments, Service::AwsBackup, vault.as_str()).map(|()| None)
        }
    }
}

fn locked(vault: &VaultName, facts: &PlaceFacts) -> Failure {
    let since = match facts.lock_date {
        Some(date) if date <= Timestamp::now() => format!("; immutable since {date}"),
        Some(date) => format!("; immutable from {date} on"),
        None => String::new(),
    };
    let text = format!("the vault {vault} is locked{since}: no recovery point can be deleted");
    Failure::text(Exit::Refused, text).hint(Obstacle::VaultLock.way_out(Service::AwsBackup))
}
