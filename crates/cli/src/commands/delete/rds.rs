//! Backup sets of RDS: their instance is read before anything is deleted.

use sexton_client::document::Intent;
use sexton_client::{ApsaraSignature, RdsBackupSetId, RdsInstanceId, connect_rds, plan_sets};
use sexton_core::Service;

use super::Job;
use super::arguments::Arguments;
use super::earlier::Earlier;
use super::preflight::planned;
use super::report_file::ReportFile;
use crate::commands::connection::unconnected_rds;
use crate::exit::{Exit, Failure};

/// Refuses the options of another service than the one that deletes.
pub(super) fn check_options(arguments: &Arguments, service: Service) -> Result<(), Failure> {
    let foreign = match service {
        Service::ApsaraRds => arguments.aws.only_of_aws().map(|option| (option, "AWS")),
        Service::AwsBackup | Service::Fsx => {
            arguments.signature.map(|_| ("--signature", "ApsaraDB RDS"))
        }
    };
    match foreign {
        None => Ok(()),
        Some((option, of)) => {
            let word = service.word();
            let text = format!("{option} is of {of}, and cannot be meant for {word}");
            Err(Failure::text(Exit::Usage, text).hint(format!("leave {option} out")))
        }
    }
}

/// Finds out all that is needed to delete `ids`, of which so many were given twice.
pub(super) async fn prepare(
    arguments: &Arguments,
    instance: RdsInstanceId,
    ids: &[RdsBackupSetId],
    duplicates: usize,
    earlier: Earlier,
) -> Result<Job, Failure> {
    let signature = arguments.signature.map_or(ApsaraSignature::V3, ApsaraSignature::from);
    let connected = connect_rds(&arguments.aws.connection(), signature);
    let connected = connected.map_err(|error| unconnected_rds(&error))?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let intent = Intent { service: Service::ApsaraRds, duplicates, ..arguments.intent() };
    let plan = plan_sets(connected, &instance, ids, arguments.options(), intent);
    let plan = Box::pin(planned(plan, arguments, Service::ApsaraRds, instance.as_str())).await?;
    Job::of(plan, earlier, report_file)
}
