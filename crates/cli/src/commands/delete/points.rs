//! Recovery points of AWS Backup: their vault is read before anything is deleted.

use sexton_client::document::Intent;
use sexton_client::{connect, misplaced_points, plan_points};
use sexton_core::{BackupArn, Obstacle, Service, VaultName};

use super::Job;
use super::arguments::Arguments;
use super::earlier::Earlier;
use super::preflight::{check_places, planned};
use super::released::Released;
use super::report_file::ReportFile;
use crate::commands::connection::unconnected;
use crate::exit::{Exit, Failure};

/// Finds out all that is needed to delete `ids`, of which so many were given twice.
pub(super) async fn prepare(
    arguments: &Arguments,
    vault: VaultName,
    ids: &[BackupArn],
    duplicates: usize,
    earlier: Earlier,
) -> Result<Job, Failure> {
    let connected = connect(&arguments.aws.connection()).await;
    let connected = connected.map_err(|error| unconnected(&error))?;
    check_places(&misplaced_points(ids, &connected.region, None))?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let intent = Intent { service: Service::AwsBackup, duplicates, ..arguments.intent() };
    let plan = plan_points(connected, &vault, ids, arguments.options(), intent);
    let mut plan = planned(plan, arguments, Service::AwsBackup, vault.as_str()).await?;
    if arguments.when_released && !arguments.dry_run {
        Released::refuse_locked(&mut plan);
    } else if let Some(refused) = plan.refused_by_lock().filter(|_| !arguments.dry_run) {
        let hint = Obstacle::VaultLock.way_out(Service::AwsBackup);
        return Err(Failure::text(Exit::Refused, refused.message).hint(hint));
    }
    Job::of(plan, earlier, report_file)
}
