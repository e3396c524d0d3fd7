//! Backup sets of RDS: what is found out of their instance before anything is deleted.
//!
//! Each is looked at first. So it is known which of them RDS shows as staying (those are not asked
//! for, because one of them would keep all of a request), and what is missing afterwards was seen
//! before.

use std::collections::HashMap;
use std::sync::Arc;

use sexton_client::{
    ApsaraSignature, ConnectedRds, Order, Provider, ProviderError, RdsBackupSetId, RdsInstanceId,
    RdsRules, Target, connect_rds, inspect,
};
use sexton_core::Service;

use super::Job;
use super::arguments::Arguments;
use super::earlier::{self, Earlier};
use super::preflight::{patiently, unread_place};
use super::report_file::ReportFile;
use crate::commands::connection::unconnected_rds;
use crate::exit::{Exit, Failure};
use crate::render::Intent;

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
    earlier: Vec<Earlier>,
) -> Result<Job, Failure> {
    let signature = arguments.signature.map_or(ApsaraSignature::V3, ApsaraSignature::from);
    let connected = connect_rds(&arguments.aws.connection(), signature);
    let ConnectedRds { rds, region, endpoint } =
        connected.map_err(|error| unconnected_rds(&error))?;
    let report_file = arguments.report.as_deref().map(ReportFile::open).transpose()?;
    let options = arguments.options();
    let unread = |failure: &ProviderError| {
        unread_place(failure, arguments, Service::ApsaraRds, instance.as_str())
    };
    let read = patiently(rds.inspect(&instance, &options), arguments.quiet).await;
    let rules = match read {
        Ok((facts, policy)) => RdsRules { instance: facts.facts, policy },
        Err(failure) => unread(&failure).map(|()| RdsRules::default())?,
    };
    let provider: Arc<dyn Provider> = Arc::new(rds.sets(instance.clone(), rules, options.clock));
    let held = match patiently(inspect(&*provider, &options), arguments.quiet).await {
        Ok(facts) => Some(facts.holds.unwrap_or(0)),
        Err(failure) => unread(&failure).map(|()| None)?,
    };
    let intent = Intent {
        service: Service::ApsaraRds,
        account: rds.account(&options).await,
        region: Some(region),
        endpoint,
        points_in_vault: held,
        duplicates,
        ..arguments.intent()
    };
    let targets = ids.iter().map(Target::backup_set).collect();
    let mut order = Order { targets, held, refused: HashMap::new() };
    let seen = earlier::seen(earlier, &intent)?;
    order.saw(|_, name| seen.contains(name));
    Ok(Job { provider, order, options, intent, report_file, locked: false })
}
