//! What is found out before anything is deleted, and what is refused because of it.

use std::sync::Arc;
use std::time::Duration;

use jiff::Timestamp;
use sexton_client::{
    BackupProvider, Class, ConnectError, Options, TransportError, VaultFacts, inspect, misplaced,
};
use sexton_core::{Obstacle, RecoveryPointArn, VaultName};

use super::Arguments;
use super::ids::Complaints;
use crate::exit::{Exit, Failure};
use crate::render;

/// No provider can be made of what was given.
pub(super) fn unconnected(error: &ConnectError) -> Failure {
    let failure = Failure::new(Exit::Usage, error);
    match error {
        ConnectError::Transport(TransportError::Unreadable { .. }) => {
            Failure::new(Exit::Unexpected, error).hint("see --ca-bundle")
        }
        ConnectError::NoRegion => {
            failure.hint("give --region, set AWS_REGION, or choose a --profile that has one")
        }
        ConnectError::Region { .. } => failure.hint("a region looks like us-east-1"),
        ConnectError::Endpoint { .. } => {
            failure.hint("an endpoint looks like http://127.0.0.1:7878")
        }
        ConnectError::Transport(_) => failure.hint("see --ca-bundle"),
    }
}

/// What to look at when there is no answer.
fn unreachable() -> String {
    let hint = "check --endpoint-url and the network; for a certificate of your own, --ca-bundle";
    let named = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].into_iter().find(named) {
        Some(name) => format!("{hint}; {name} is not used: a direct way is needed"),
        None => hint.to_owned(),
    }
}

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

/// Refuses ARNs that cannot be in the vault: asked for there, they would count as gone.
pub(super) fn check_places(
    arns: &[RecoveryPointArn],
    region: &str,
    account: Option<&str>,
) -> Result<(), Failure> {
    let mut complaints = Complaints::default();
    for arn in arns {
        if let Some(why) = misplaced(arn, region, account) {
            complaints.add(format_args!("{arn}"), &why);
        }
    }
    if complaints.is_empty() {
        return Ok(());
    }
    let hint = "nothing was deleted: check the ARNs, --region and --profile";
    Err(Failure::text(Exit::Usage, complaints.to_string()).in_lines().hint(hint))
}

/// Reads the vault, and refuses what cannot succeed. Nothing: the vault could not be
/// read, and going on may still work.
pub(super) async fn read_vault(
    provider: &Arc<dyn BackupProvider>,
    arguments: &Arguments,
    options: &Options,
) -> Result<Option<VaultFacts>, Failure> {
    let vault = &arguments.vault;
    let failure = match inspect(Arc::clone(provider), vault, options).await {
        Ok(facts) if facts.locked && !arguments.dry_run => return Err(locked(vault, &facts)),
        Ok(facts) => return Ok(Some(facts)),
        Err(failure) => failure,
    };
    let refused = Failure::new(Exit::Refused, &failure);
    match failure.class {
        Class::Forbidden { .. } | Class::Refused(_) | Class::Credentials
            if failure.is_nameless() =>
        {
            Err(Failure::new(Exit::Unexpected, &failure)
                .hint("what answers there does not speak AWS Backup: check --endpoint-url"))
        }
        Class::Forbidden { .. } | Class::Refused(Obstacle::Unsupported) => {
            if !arguments.quiet {
                render::note(&format!(
                    "the vault {vault} cannot be read ({failure}): it may not exist here, or \
                     you may not be allowed to describe it"
                ));
            }
            Ok(None)
        }
        Class::NotFound { .. } => Err(refused.hint(format!(
            "there is no vault {vault} in this account and region: check --vault, --region and \
             --profile"
        ))),
        Class::Credentials => {
            Err(Failure::new(Exit::Usage, &failure).hint(arguments.aws.credentials_hint(&failure)))
        }
        Class::Unreachable | Class::Lost => {
            Err(Failure::new(Exit::Unexpected, &failure).hint(unreachable()))
        }
        Class::Throttled | Class::Server => {
            Err(Failure::new(Exit::Unexpected, &failure).hint(failure.class.obstacle().way_out()))
        }
        Class::Busy | Class::Refused(_) => Err(refused.hint(failure.class.obstacle().way_out())),
    }
}

fn locked(vault: &VaultName, facts: &VaultFacts) -> Failure {
    let since = match facts.lock_date {
        Some(date) if date <= Timestamp::now() => format!("; immutable since {date}"),
        Some(date) => format!("; immutable from {date} on"),
        None => String::new(),
    };
    let text = format!("the vault {vault} is locked{since}: no recovery point can be deleted");
    Failure::text(Exit::Refused, text).hint(Obstacle::VaultLock.way_out())
}
