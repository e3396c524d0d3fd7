//! What is found out before anything is deleted, and what is refused because of it.

use std::fmt::Display;
use std::time::Duration;

use sexton_client::{Class, ProviderError};
use sexton_core::{BackupArn, Obstacle, Service};

use super::arguments::Arguments;
use super::ids::Complaints;
use crate::commands::connection::{Reading, unread};
use crate::exit::{Exit, Failure};
use crate::render;

/// After how long without an answer somebody is told that it is being waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for `answer`, and says so where it takes long: every try may take half a minute.
pub(super) async fn patiently<T>(answer: impl Future<Output = T>, quiet: bool) -> T {
    let mut answer = std::pin::pin!(answer);
    if let Ok(answer) = tokio::time::timeout(PATIENCE, &mut answer).await {
        return answer;
    }
    if !quiet {
        render::note("the service has not answered yet; trying for about three minutes");
    }
    answer.await
}

/// Refuses ARNs that cannot be in the place, each for its reason: asked for there, they would
/// count as absent.
pub(super) fn check_places<'a, W: Display>(
    placed: impl IntoIterator<Item = (&'a BackupArn, Option<W>)>,
) -> Result<(), Failure> {
    let mut complaints = Complaints::default();
    for (arn, misplaced) in placed {
        if let Some(why) = misplaced {
            complaints.add(format_args!("{arn}"), &why);
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    let hint = "nothing was deleted: check the ARNs, --region and --profile";
    Err(Failure::text(Exit::Usage, complaints.to_string()).in_lines().hint(hint))
}

/// What follows when the place could not be read, because of `failure`: a refusal, or nothing
/// where going on may still work. `vault`: its name, where there are vaults.
pub(super) fn unread_place(
    failure: &ProviderError,
    arguments: &Arguments,
    service: Service,
    vault: &str,
) -> Result<(), Failure> {
    match failure.class {
        Class::Forbidden { .. } | Class::Refused(Obstacle::Unsupported)
            if !failure.is_nameless() =>
        {
            if !arguments.quiet {
                render::note(&match service {
                    Service::AwsBackup => format!(
                        "the vault {vault} cannot be read ({failure}): it may not exist here, \
                         or you may not be allowed to describe it"
                    ),
                    Service::Fsx => format!(
                        "the backups of the region cannot be read ({failure}): permit \
                         fsx:DescribeBackups, which proves what is gone"
                    ),
                    Service::ApsaraRds => format!(
                        "the backup sets of the instance {vault} cannot be read ({failure}): \
                         permit rds:DescribeBackups and rds:DescribeDBInstanceAttribute, which \
                         prove what is gone"
                    ),
                });
            }
            Ok(())
        }
        Class::Forbidden { .. }
        | Class::NotFound { .. }
        | Class::Credentials
        | Class::Unreachable
        | Class::Lost
        | Class::Throttled
        | Class::Server
        | Class::Busy(_)
        | Class::Refused(_) => {
            let missing = match service {
                Service::AwsBackup | Service::Fsx => format!(
                    "there is no vault {vault} in this account and region: check --vault, --region \
                     and --profile"
                ),
                Service::ApsaraRds => Obstacle::NoInstance.way_out(service).to_owned(),
            };
            let (aws, forbidden) = (&arguments.aws, "check --region and --profile");
            Err(unread(failure, failure, &Reading { service, aws, missing: &missing, forbidden }))
        }
    }
}
