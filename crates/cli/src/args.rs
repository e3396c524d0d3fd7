//! What several commands share of their arguments: options, and how they are read.

use std::path::PathBuf;
use std::time::Duration;

use clap::Args;
use jiff::SignedDuration;
use sexton_client::{Connection, ProviderError};

/// Which account and which service. Everything that is left out comes from where every
/// AWS tool finds it: the environment, the shared files, SSO, the machine's role.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS options")]
pub(crate) struct AwsArguments {
    /// Profile of the AWS configuration files: its credentials are used, whatever the
    /// environment holds
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Region of the vault
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Address of the service, when it is not AWS's own (also `AWS_ENDPOINT_URL_BACKUP`,
    /// `AWS_ENDPOINT_URL`)
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// Role to assume first
    #[arg(long, value_name = "ARN")]
    role_arn: Option<String>,

    /// External id that assuming the role asks for
    #[arg(long, value_name = "ID", requires = "role_arn")]
    external_id: Option<String>,

    /// File of root certificates to trust beside the system's
    #[arg(long, value_name = "FILE", env = "AWS_CA_BUNDLE")]
    ca_bundle: Option<PathBuf>,
}

impl AwsArguments {
    /// The connection that these options describe.
    pub(crate) fn connection(&self) -> Connection {
        Connection {
            profile: self.profile.clone(),
            region: self.region.clone(),
            endpoint_url: self.endpoint_url.clone(),
            role_arn: self.role_arn.clone(),
            external_id: self.external_id.clone(),
            // An empty variable means an unset one, here as in every AWS tool.
            ca_bundle: self.ca_bundle.clone().filter(|path| !path.as_os_str().is_empty()),
        }
    }

    /// What to do when `failure` says that the credentials are no good.
    pub(crate) fn credentials_hint(&self, failure: &ProviderError) -> String {
        match (&self.role_arn, &self.profile) {
            _ if failure.code.starts_with("RequestTimeTooSkewed") => {
                let now = jiff::Timestamp::now().strftime("%F %T");
                format!("set this machine's clock, which says that it is {now} UTC")
            }
            (Some(role), _) => format!(
                "with --role-arn the credentials of {role} are used: check that your own may \
                 assume it, and --external-id if it asks for one"
            ),
            _ if failure.code.starts_with("InvalidSignature") => {
                "check the secret access key, --region and this machine's clock".to_owned()
            }
            (None, Some(profile)) => format!(
                "with --profile the credentials of profile {profile} are used and no others: \
                 `aws configure list-profiles` names those that there are"
            ),
            (None, None) => CREDENTIALS_HINT.to_owned(),
        }
    }
}

/// Where credentials come from.
pub(crate) const CREDENTIALS_HINT: &str = "\
    give credentials as to every AWS tool: --profile, AWS_ACCESS_KEY_ID and \
    AWS_SECRET_ACCESS_KEY, `aws sso login`, or the machine's role";

/// Parses a duration such as `90s`, `15m` or `1h30m`.
pub(crate) fn duration(text: &str) -> Result<Duration, String> {
    let invalid = || format!("{text:?} is not a duration such as 90s, 15m or 1h30m");
    let duration: SignedDuration = text.parse().map_err(|_| invalid())?;
    Duration::try_from(duration).map_err(|_| invalid())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn durations_are_read_as_people_write_them() {
        assert_eq!(duration("15m"), Ok(Duration::from_mins(15)));
        assert_eq!(duration("1h30m"), Ok(Duration::from_mins(90)));
        for text in ["", "15", "-5s", "soon"] {
            assert!(duration(text).is_err(), "{text}");
        }
    }
    proptest! {
        #[test]
        fn no_duration_makes_it_panic(
            text in any::<String>(), likely in "-?[0-9]{1,25}(ns|s|m|h|d|w|y| ){0,2}[0-9]{0,3}s?",
        ) {
            drop(duration(&text));
            drop(duration(&likely));
        }
    }
}
