//! Why there is no connection, and what to do about it: the same words in every command.

use std::error::Error;

use sexton_client::{
    ANOTHER_REGION, ApsaraCredentialsError, Class, ConnectError, Lack, ProviderError,
    TransportError,
};
use sexton_core::Service;

use crate::args::{APSARA_CREDENTIALS_HINT, AwsArguments, CREDENTIALS_HINT};
use crate::exit::{Exit, Failure};

/// The most profiles that are named.
const PROFILES_SHOWN_MAX: usize = 5;

/// Nothing can be connected to with what was given.
pub(super) fn unconnected(error: &ConnectError) -> Failure {
    let usage = Failure::new(Exit::Usage, error);
    let unreadable = Failure::new(Exit::Unexpected, error);
    match error {
        ConnectError::NoRegion => {
            usage.hint("give --region, set AWS_REGION, or choose a --profile that has one")
        }
        ConnectError::Region { .. } => usage.hint("a region looks like us-east-1"),
        ConnectError::Endpoint { .. } => usage.hint("an endpoint looks like http://127.0.0.1:7878"),
        ConnectError::Profiles(_) => {
            unreadable.hint("see AWS_CONFIG_FILE and AWS_SHARED_CREDENTIALS_FILE")
        }
        ConnectError::NoProfile { known, .. } => usage.hint(profiles_hint(known)),
        ConnectError::Credentials(_) => usage.hint(CREDENTIALS_HINT),
        ConnectError::ApsaraCredentials(ApsaraCredentialsError::None) => {
            usage.hint(APSARA_CREDENTIALS_HINT)
        }
        ConnectError::ApsaraCredentials(ApsaraCredentialsError::NoProfile { known, .. }) => {
            usage.hint(apsara_profiles_hint(known))
        }
        ConnectError::ApsaraCredentials(ApsaraCredentialsError::Unreadable { .. }) => {
            unreadable.hint("see ~/.aliyun/config.json and ALIBABA_CLOUD_CREDENTIALS_FILE")
        }
        ConnectError::ApsaraCredentials(
            ApsaraCredentialsError::NotProfiles { .. } | ApsaraCredentialsError::Missing { .. },
        ) => usage.hint("make it whole, or choose another --profile"),
        ConnectError::ApsaraCredentials(ApsaraCredentialsError::Unsupported { .. }) => usage.hint(
            "the kinds AK, StsToken, RamRoleArn, EcsRamRole and OIDC are supported: get temporary \
             keys of this one with the tool that made it, and give them in ALIBABA_CLOUD_* \
             variables",
        ),
        ConnectError::Transport(TransportError::Unreadable { .. }) => {
            unreadable.hint("see --ca-bundle")
        }
        ConnectError::Transport(_) => usage.hint("see --ca-bundle"),
        ConnectError::Admin(_) => usage,
    }
}

/// The same for RDS, whose region comes from elsewhere.
pub(super) fn unconnected_rds(error: &ConnectError) -> Failure {
    let usage = || Failure::new(Exit::Usage, error);
    match error {
        ConnectError::NoRegion => usage()
            .hint("give --region, set ALIBABA_CLOUD_REGION_ID, or choose a --profile that has one"),
        ConnectError::Region { .. } => usage().hint("a region looks like cn-hangzhou"),
        ConnectError::Endpoint { .. } => {
            usage().hint("an endpoint looks like http://127.0.0.1:7878, and has no path")
        }
        ConnectError::Profiles(_)
        | ConnectError::NoProfile { .. }
        | ConnectError::Credentials(_)
        | ConnectError::ApsaraCredentials(_)
        | ConnectError::Transport(_)
        | ConnectError::Admin(_) => unconnected(error),
    }
}

fn apsara_profiles_hint(known: &[String]) -> String {
    let shown = known.iter().take(PROFILES_SHOWN_MAX).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join(", ");
    match known.len() {
        0 => "there are none: see ~/.aliyun/config.json and ~/.alibabacloud/credentials".to_owned(),
        count if count <= PROFILES_SHOWN_MAX => format!("there are: {shown}"),
        count => format!("there are {count}, such as {shown}: `aliyun configure list`"),
    }
}

const NO_PROFILES_HINT: &str = "\
    the AWS configuration files have no profile at all: see AWS_CONFIG_FILE and \
    AWS_SHARED_CREDENTIALS_FILE";

fn profiles_hint(known: &[String]) -> String {
    let shown = known.iter().take(PROFILES_SHOWN_MAX).map(String::as_str);
    let shown = shown.collect::<Vec<_>>().join(", ");
    match known.len() {
        0 => NO_PROFILES_HINT.to_owned(),
        count if count <= PROFILES_SHOWN_MAX => format!("there are: {shown}"),
        count => format!("there are {count}, such as {shown}: `aws configure list-profiles`"),
    }
}

/// What was read in vain.
pub(super) struct Reading<'a> {
    pub(super) service: Service,
    pub(super) aws: &'a AwsArguments,
    /// What to do where it is not there.
    pub(super) missing: &'a str,
    /// What to do where it may not be read.
    pub(super) forbidden: &'a str,
}

/// What follows from a reading that failed, which `error` tells of: the same in every command.
pub(super) fn unread(error: &dyn Error, failure: &ProviderError, reading: &Reading<'_>) -> Failure {
    let ended = |exit: Exit| Failure::new(exit, error);
    let way_out = || failure.class.obstacle().way_out(reading.service);
    match failure.class {
        Class::Forbidden { .. }
        | Class::Refused(_)
        | Class::Credentials
        | Class::NotFound { .. }
            if failure.is_nameless() =>
        {
            let name = match reading.service {
                Service::AwsBackup => "AWS Backup",
                Service::Fsx => "FSx",
                Service::ApsaraRds => "ApsaraDB RDS",
            };
            ended(Exit::Unexpected)
                .hint(format!("what answers there does not speak {name}: check --endpoint-url"))
        }
        Class::Credentials => ended(Exit::Usage).hint(match reading.service {
            Service::AwsBackup | Service::Fsx => reading.aws.credentials_hint(failure),
            Service::ApsaraRds => reading.aws.apsara_credentials_hint(failure),
        }),
        Class::NotFound { .. } if failure.code == ANOTHER_REGION => ended(Exit::Usage).hint(
            "give the region where the instance is with --region, or check --endpoint-url and \
             --profile",
        ),
        Class::NotFound { .. } => ended(Exit::Refused).hint(reading.missing),
        Class::Forbidden { .. } => ended(Exit::Refused).hint(reading.forbidden),
        Class::Unreachable | Class::Lost => {
            let lack = Lack::from_code(&failure.code).unwrap_or(Lack::Answer);
            ended(Exit::Unexpected).hint(unanswered_hint(lack))
        }
        Class::Throttled | Class::Server => ended(Exit::Unexpected).hint(way_out()),
        Class::Busy(_) | Class::Refused(_) => ended(Exit::Refused).hint(way_out()),
    }
}

/// What to look at when there is no answer because `lack` was missing.
pub(super) fn unanswered_hint(lack: Lack) -> String {
    match lack {
        Lack::Host => "check the spelling of the host in --endpoint-url, the region, and this \
                       machine's name server"
            .to_owned(),
        Lack::Connection => direct_way(
            "check --endpoint-url and the network; of a Sexton server, whether it is running",
        ),
        Lack::Certificate => "give the certificate of the server, or of whoever signed it, with \
                              --ca-bundle; it must be valid now, and name the host of \
                              --endpoint-url"
            .to_owned(),
        Lack::Tls => "what listens there does not speak TLS: check --endpoint-url, or try http:// \
                      in it"
            .to_owned(),
        Lack::Answer => direct_way(
            "check --endpoint-url: what listens there is busy, or something else; for a server \
             with TLS it begins with https://",
        ),
    }
}

/// The same advice, where somebody counts on a proxy.
fn direct_way(hint: &str) -> String {
    let named = |name: &&str| std::env::var_os(name).is_some_and(|value| !value.is_empty());
    match ["HTTPS_PROXY", "https_proxy", "HTTP_PROXY", "http_proxy"].into_iter().find(named) {
        Some(name) => format!("{hint}; {name} is not used: a direct way is needed"),
        None => hint.to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_profiles_that_there_are_are_named_as_far_as_that_helps() {
        let known = |count| (1..=count).map(|it: usize| format!("p{it}")).collect::<Vec<_>>();
        assert!(profiles_hint(&known(0)).contains("no profile at all"));
        assert_eq!(profiles_hint(&known(2)), "there are: p1, p2");
        let many = "there are 6, such as p1, p2, p3, p4, p5: `aws configure list-profiles`";
        assert_eq!(profiles_hint(&known(6)), many);
    }
}
