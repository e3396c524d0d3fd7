//! Backups of FSx: their region is read before anything is deleted.

use sexton_client::document::Intent;
use sexton_client::{FsxBackupId, connect_fsx, misplaced_backups, plan_backups};
use sexton_core::Service;

use super::Job;
use super::arguments::Arguments;
use super::earlier::Earlier;
use super::preflight::{check_places, planned};
use super::report_file::ReportFile;
use crate::commands::connection::unconnected;
use crate::exit::Failure;

/// Finds out all that is needed to delete `ids`, of which so many were given twice.
pub(super) async fn prepare(
    arguments: &Arguments,
    ids: &[FsxBackupId],
    duplicates: usize,
    earlier: Earlier,
) -> Result<Job, Failure> {
    let connected = connect_fsx(&arguments.aws.connection()).await;
    let connected = connected.map_err(|error| unconnected(&error))?;
    check_places(&misplaced_backups(ids, &connected.region, None))?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let intent = Intent { service: Service::Fsx, duplicates, ..arguments.intent() };
    let plan = plan_backups(connected, ids, arguments.options(), intent);
    let plan = planned(plan, arguments, Service::Fsx, "").await?;
    Job::of(plan, earlier, report_file)
}
