//! What is found out before anything is deleted, and what is refused because of it.

use std::time::Duration;

use sexton_client::{Class, DenialsUnread, Plan, ProviderError, Unplanned};
use sexton_core::{BackupArn, Obstacle, Service};

use super::arguments::Arguments;
use super::ids::Complaints;
use crate::commands::connection::{Reading, unread};
use crate::exit::{Exit, Failure};
use crate::render;

/// After how long without an answer somebody is told that it is being waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// Waits for `answer`, and says so where it takes long: every try may take half a minute.
async fn patiently<T>(answer: impl Future<Output = T>, quiet: bool) -> T {
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
pub(super) fn check_places(misplaced: &[(BackupArn, String)]) -> Result<(), Failure> {
    if misplaced.is_empty() { Ok(()) } else { Err(misplaced_failure(misplaced)) }
}

fn misplaced_failure(misplaced: &[(BackupArn, String)]) -> Failure {
    let mut complaints = Complaints::default();
    for (arn, why) in misplaced {
        complaints.add(format_args!("{arn}"), why);
    }
    let hint = "nothing was deleted: check the ARNs, --region and --profile";
    Failure::text(Exit::Usage, complaints.to_string()).in_lines().hint(hint)
}

/// Waits for a plan, and says what of the place could not be read, where going on may still work.
/// `place`: the vault or the instance, where there is one.
pub(super) async fn planned(
    plan: impl Future<Output = Result<Plan, Unplanned>>,
    arguments: &Arguments,
    service: Service,
    place: &str,
) -> Result<Plan, Failure> {
    match patiently(plan, arguments.quiet).await {
        Ok(plan) => {
            if !arguments.quiet {
                for gap in gaps(&plan, service, place) {
                    render::note(&gap);
                }
            }
            Ok(plan)
        }
        Err(Unplanned::Misplaced(misplaced)) => Err(misplaced_failure(&misplaced)),
        Err(Unplanned::Unread(failure)) => {
            let missing = match service {
                Service::AwsBackup | Service::Fsx => format!(
                    "there is no vault {place} in this account and region: check --vault, --region \
                     and --profile"
                ),
                Service::ApsaraRds => Obstacle::NoInstance.way_out(service).to_owned(),
            };
            let (aws, forbidden) = (&arguments.aws, "check --region and --profile");
            let reading = Reading { service, aws, missing: &missing, forbidden };
            Err(unread(&failure, &failure, &reading))
        }
    }
}

/// What could not be found out before the first deletion, as far as somebody has to know it.
fn gaps(plan: &Plan, service: Service, place: &str) -> Vec<String> {
    let place_gap = plan.unread.as_ref().map(|failure| gap(failure, service, place));
    let holds = plan.holds_unread.as_ref().filter(|failure| is_told(failure)).map(|failure| {
        format!(
            "legal holds could not be read ({failure}): what they keep is refused when its \
             deletion is asked for; permit backup:ListLegalHolds and \
             backup:ListRecoveryPointsByLegalHold to know it before"
        )
    });
    let denials = plan.denials_unread.as_ref().and_then(|gap| denials_gap(gap, place));
    place_gap.into_iter().chain(holds).chain(denials).collect()
}

/// Why it is not known before what the policy of the vault denies.
fn denials_gap(gap: &DenialsUnread, vault: &str) -> Option<String> {
    let refused = "is refused when its deletion is asked for";
    match gap {
        DenialsUnread::Policy(failure) => is_told(failure).then(|| {
            format!(
                "the access policy of the vault {vault} could not be read ({failure}): what it \
                 denies {refused}; permit backup:GetBackupVaultAccessPolicy to know it before"
            )
        }),
        DenialsUnread::Meaning => Some(format!(
            "the access policy of the vault {vault} is not understood: what it denies {refused}"
        )),
        DenialsUnread::Asker(cause) => Some(format!(
            "STS does not tell who asks ({cause}): what the access policy of the vault {vault} \
             denies to some {refused}"
        )),
    }
}

/// Whether somebody has to know that legal holds or a policy could not be read: not of a server
/// that has none.
fn is_told(failure: &ProviderError) -> bool {
    match failure.class {
        Class::Refused(Obstacle::Unsupported) | Class::NotFound { .. } | Class::Server => false,
        Class::Forbidden { .. } => !failure.is_nameless(),
        Class::Refused(_)
        | Class::Credentials
        | Class::Unreachable
        | Class::Lost
        | Class::Throttled
        | Class::Busy(_) => true,
    }
}

/// What could not be read of a place.
fn gap(failure: &ProviderError, service: Service, place: &str) -> String {
    match service {
        Service::AwsBackup => format!(
            "the vault {place} cannot be read ({failure}): it may not exist here, or you may not \
             be allowed to describe it"
        ),
        Service::Fsx => format!(
            "the backups of the region cannot be read ({failure}): permit fsx:DescribeBackups, \
             which proves what is gone"
        ),
        Service::ApsaraRds => format!(
            "the backup sets of the instance {place} cannot be read ({failure}): permit \
             rds:DescribeBackups and rds:DescribeDBInstanceAttribute, which prove what is gone"
        ),
    }
}
