//! What several commands share of their arguments: options, and how they are read.

use std::hash::{BuildHasher as _, RandomState};
use std::path::PathBuf;
use std::time::Duration;

use clap::{Args, ValueEnum};
use jiff::{SignedDuration, Timestamp};
use sexton_client::{ApsaraSignature, Connection, Options, Pacer, ProviderError, RdsInstanceId};
use sexton_core::{BackupArn, ResourceArn, RoleArn, Service, VaultName};
use sexton_wire::apsara::error::NONCES_UNKNOWN;

use crate::commands::id::Id;

/// The services, as arguments name them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ServiceName {
    /// Recovery points in the vaults of AWS Backup
    AwsBackup,
    /// Backups of Amazon FSx in a region
    Fsx,
    /// Backup sets of the instances of `ApsaraDB` RDS
    ApsaraRds,
}

/// How requests to RDS are signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum SignatureName {
    /// `HMAC-SHA1` over the parameters, as older tools of Alibaba Cloud do
    V1,
    /// `ACS3-HMAC-SHA256`
    V3,
}

impl From<SignatureName> for ApsaraSignature {
    fn from(name: SignatureName) -> Self {
        match name {
            SignatureName::V1 => Self::V1,
            SignatureName::V3 => Self::V3,
        }
    }
}

impl From<ServiceName> for Service {
    fn from(name: ServiceName) -> Self {
        match name {
            ServiceName::AwsBackup => Self::AwsBackup,
            ServiceName::Fsx => Self::Fsx,
            ServiceName::ApsaraRds => Self::ApsaraRds,
        }
    }
}

/// How requests are made, of which there are at most `rate` a second if that is given.
pub(crate) fn options(rate: Option<u32>) -> Options {
    let seed = RandomState::new().hash_one(std::process::id());
    Options { pacer: Pacer::new(rate), ..Options::new(seed, Timestamp::now) }
}

/// Which account and which service. Everything that is left out comes from where every
/// AWS tool finds it: the environment, the shared files, SSO, the machine's role; for RDS from
/// where every tool of Alibaba Cloud does.
#[derive(Debug, Clone, Args)]
#[command(next_help_heading = "AWS options")]
pub(crate) struct AwsArguments {
    /// Profile of the AWS configuration files, for RDS of those of Alibaba Cloud. Its credentials
    /// are used even if the environment has others
    #[arg(long, value_name = "NAME")]
    profile: Option<String>,

    /// Region of the vault, the file systems or the instance [default: `AWS_REGION`,
    /// `AWS_DEFAULT_REGION`, that of the profile; of RDS `ALIBABA_CLOUD_REGION_ID`, that of the
    /// profile]
    #[arg(long, value_name = "REGION")]
    region: Option<String>,

    /// Address of the service, when it is not the cloud's own [default for AWS:
    /// `AWS_ENDPOINT_URL_BACKUP` or `AWS_ENDPOINT_URL_FSX`, `AWS_ENDPOINT_URL`]
    #[arg(long, value_name = "URL")]
    endpoint_url: Option<String>,

    /// Role to assume before anything else: at `AWS_ENDPOINT_URL_STS`, or where the service is if
    /// its address is not AWS's own
    #[arg(long, value_name = "ARN", value_parser = role)]
    role_arn: Option<RoleArn>,

    /// External id that assuming the role asks for
    #[arg(long, value_name = "ID", requires = "role_arn", value_parser = external_id)]
    external_id: Option<String>,

    /// File of certificates to trust in addition to those of the system
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
            role_arn: self.role_arn.as_ref().map(ToString::to_string),
            external_id: self.external_id.clone(),
            // An empty variable means an unset one, here as in every AWS tool.
            ca_bundle: self.ca_bundle.clone().filter(|path| !path.as_os_str().is_empty()),
            credentials: None,
        }
    }

    /// The option that only AWS has, if one was given.
    pub(crate) fn only_of_aws(&self) -> Option<&'static str> {
        self.role_arn.as_ref().map(|_| "--role-arn")
    }

    /// What to do when `failure` of RDS says that the credentials are no good.
    pub(crate) fn apsara_credentials_hint(&self, failure: &ProviderError) -> String {
        let is_late = ["InvalidTimeStamp", "IllegalTimestamp"];
        if failure.message.contains(NONCES_UNKNOWN) {
            return "the server does not know any more which requests were sent before, because \
                    its file `nonces` was removed, damaged or put back: it answers again 15 \
                    minutes after its start, as its log says"
                .to_owned();
        }
        if is_late.iter().any(|code| failure.code.starts_with(code)) {
            let now = Timestamp::now().strftime("%F %T");
            return format!("set this machine's clock, which says that it is {now} UTC");
        }
        match &self.profile {
            Some(profile) => format!(
                "with --profile the credentials of profile {profile} are used and no others: \
                 `aliyun configure list` names those that there are"
            ),
            None => APSARA_CREDENTIALS_HINT.to_owned(),
        }
    }

    /// What to do when `failure` says that the credentials are no good.
    pub(crate) fn credentials_hint(&self, failure: &ProviderError) -> String {
        match (&self.role_arn, &self.profile) {
            _ if failure.code.starts_with("RequestTimeTooSkewed") => {
                let now = Timestamp::now().strftime("%F %T");
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

/// Where credentials of Alibaba Cloud come from.
pub(crate) const APSARA_CREDENTIALS_HINT: &str = "\
    give credentials as to every tool of Alibaba Cloud: --profile, ALIBABA_CLOUD_ACCESS_KEY_ID and \
    ALIBABA_CLOUD_ACCESS_KEY_SECRET, `aliyun configure`, ~/.alibabacloud/credentials, or \
    ALIBABA_CLOUD_ECS_METADATA with the name of the machine's role";

/// Parses the id of an instance of RDS.
pub(crate) fn instance(text: &str) -> Result<RdsInstanceId, String> {
    let words = "the id of an instance looks like rm-uf6wjk5xxxxxxx";
    text.parse().map_err(|_| words.to_owned())
}

/// Parses the ARN of a recovery point.
pub(crate) fn recovery_point(text: &str) -> Result<BackupArn, String> {
    let words = "the ARN of a recovery point looks like \
                 arn:aws:backup:REGION:ACCOUNT:recovery-point:ID";
    text.parse().map_err(|_| words.to_owned())
}

/// Parses the name of a backup.
pub(crate) fn backup(text: &str) -> Result<Id, String> {
    let words = "the ARN of a recovery point looks like \
                 arn:aws:backup:REGION:ACCOUNT:recovery-point:ID, and the id of an FSx backup like \
                 backup-0123456789abcdef0";
    text.parse().map_err(|_| words.to_owned())
}

/// Parses the ARN of a source.
pub(crate) fn source(text: &str) -> Result<ResourceArn, String> {
    let words = "the ARN of a source looks like arn:aws:fsx:REGION:ACCOUNT:file-system/ID";
    text.parse().map_err(|_| words.to_owned())
}

/// Parses the ARN of a role.
pub(crate) fn role(text: &str) -> Result<RoleArn, String> {
    let words = "the ARN of a role looks like arn:aws:iam::123456789012:role/NAME";
    let role: RoleArn = text.parse().map_err(|_| words.to_owned())?;
    let account = role.account();
    let named = account.len() == 12 && account.bytes().all(|digit| digit.is_ascii_digit());
    let named = named && role.is_role() && !role.resource().ends_with('/');
    if named { Ok(role) } else { Err(words.to_owned()) }
}

/// Parses an external id, which may have no other letters by the rules of STS.
fn external_id(text: &str) -> Result<String, String> {
    let letter = |it: u8| it.is_ascii_alphanumeric() || b"+=,.@:/_-".contains(&it);
    if (2..=1224).contains(&text.len()) && text.bytes().all(letter) {
        Ok(text.to_owned())
    } else {
        Err("it has 2 to 1224 characters: letters, digits and any of + = , . @ : / _ -".to_owned())
    }
}

/// Parses the name of a vault.
pub(crate) fn vault(text: &str) -> Result<VaultName, String> {
    if text.starts_with("arn:") {
        return Err("give the name of the vault, not its ARN".to_owned());
    }
    let words = "the name of a vault has 1 to 128 characters, and no control characters";
    text.parse().map_err(|_| words.to_owned())
}

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

    #[test]
    fn what_names_no_role_is_refused_before_anybody_is_asked() {
        for text in ["arn:aws:iam::123456789012:role/a/b", "arn:aws-cn:iam::123456789012:role/r"] {
            assert_eq!(role(text).unwrap().as_str(), text);
        }
        for text in [
            "nope",
            "",
            "arn:aws:iam::123456789012:user/u",
            "arn:aws:iam::123456789012:role/",
            "arn:aws:iam::12345678901:role/r",
            "arn:aws:sts::123456789012:assumed-role/r/s",
        ] {
            assert!(role(text).unwrap_err().contains("looks like arn:aws:iam::"), "{text}");
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
