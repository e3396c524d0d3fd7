//! ARNs: names of resources, backups and roles.
//!
//! An ARN is never split by counting colons or slashes from the right: recovery
//! points carry the ARNs of their own services, with empty account fields, extra
//! colons and slashes (`arn:aws:rds:…:snapshot:awsbackup:job-…`).

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

/// The partition in which names of Alibaba Cloud stand: what it calls `acs:rds:…` is
/// `arn:acs:rds:…` here, so that every resource has a name of one form.
pub(crate) const APSARA: &str = "acs";

/// The longest ARN that is accepted, in bytes.
const ARN_LEN_MAX: usize = 2048;

/// The text is not an ARN.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("invalid ARN {text:?}")]
pub struct ParseArnError {
    /// What was given, cut to a length fit for a message.
    pub text: String,
}

impl ParseArnError {
    fn new(text: &str) -> Self {
        Self { text: text.chars().take(200).collect() }
    }
}

/// The six fields of an ARN; the last may hold anything, colons included.
fn split(text: &str) -> Option<[&str; 6]> {
    let printable = text.len() <= ARN_LEN_MAX && !text.chars().any(char::is_control);
    let mut rest = text.splitn(6, ':');
    let fields = std::array::from_fn(|_| rest.next().unwrap_or(""));
    let [arn, partition, service, _, _, resource] = fields;
    let whole = !partition.is_empty() && !service.is_empty() && !resource.is_empty();
    (arn == "arn" && whole && printable).then_some(fields)
}

macro_rules! arn_type {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
        #[serde(try_from = "String")]
        pub struct $name(String);

        written_as_text!($name);

        impl $name {
            /// The ARN as text.
            pub fn as_str(&self) -> &str {
                &self.0
            }

            /// One of the six fields, counted from 0.
            fn field(&self, index: usize) -> &str {
                self.0.splitn(6, ':').nth(index).unwrap_or("")
            }

            /// The partition field, such as `aws`.
            pub fn partition(&self) -> &str {
                self.field(1)
            }

            /// The service field, such as `ec2`.
            pub fn service(&self) -> &str {
                self.field(2)
            }

            /// The region field; empty for global services.
            pub fn region(&self) -> &str {
                self.field(3)
            }

            /// The account field; empty where the service leaves it out.
            pub fn account(&self) -> &str {
                self.field(4)
            }

            /// The resource field, everything after the fifth colon.
            pub fn resource(&self) -> &str {
                self.field(5)
            }
        }

        impl FromStr for $name {
            type Err = ParseArnError;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                text.to_owned().try_into()
            }
        }

        impl TryFrom<String> for $name {
            type Error = ParseArnError;

            fn try_from(text: String) -> Result<Self, Self::Error> {
                match split(&text) {
                    Some(_) => Ok(Self(text)),
                    None => Err(ParseArnError::new(&text)),
                }
            }
        }

        impl From<$name> for String {
            fn from(arn: $name) -> Self {
                arn.0
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    };
}

arn_type! {
    /// The ARN that names one backup.
    ///
    /// Any service's ARN is accepted: the backup of an EBS volume carries an
    /// EC2 snapshot's ARN, so insisting on `:backup:` would refuse real backups.
    ///
    /// Invariant: six colon-separated fields, the first `arn`; partition, service and
    /// resource are not empty; at most 2,048 bytes, no control characters.
    BackupArn
}

arn_type! {
    /// The ARN of what is backed up. The invariant is [`BackupArn`]'s.
    ResourceArn
}

arn_type! {
    /// The ARN of an IAM role. The invariant is [`BackupArn`]'s.
    RoleArn
}

impl RoleArn {
    /// Whether this has the shape of a role: service `iam`, resource `role/…`.
    pub fn is_role(&self) -> bool {
        self.service() == "iam" && self.resource().starts_with("role/")
    }
}

/// What callers name a backup by. An ARN is one name for every service that shows the
/// backup.
///
/// There is one form today. Whoever needs the ARN takes it out of the form (`let
/// BackupName::Arn(arn) = …`), so that the next form does not compile before it is thought of.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub enum BackupName {
    /// An ARN.
    Arn(BackupArn),
}

written_as_text!(BackupName);

impl BackupName {
    /// The name as text. Texts of different forms differ.
    pub fn as_str(&self) -> &str {
        match self {
            Self::Arn(arn) => arn.as_str(),
        }
    }
}

impl From<BackupArn> for BackupName {
    fn from(arn: BackupArn) -> Self {
        Self::Arn(arn)
    }
}

impl FromStr for BackupName {
    type Err = ParseArnError;

    fn from_str(text: &str) -> Result<Self, Self::Err> {
        text.parse().map(Self::Arn)
    }
}

impl TryFrom<String> for BackupName {
    type Error = ParseArnError;

    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.try_into().map(Self::Arn)
    }
}

impl From<BackupName> for String {
    fn from(name: BackupName) -> Self {
        match name {
            BackupName::Arn(arn) => arn.into(),
        }
    }
}

impl fmt::Display for BackupName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The kind of a resource, by the names that AWS Backup gives them.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct ResourceType(pub String);

impl fmt::Display for ResourceType {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl ResourceArn {
    /// Whether backups have ARNs of this form: those of AWS Backup itself, and
    /// those of the services whose snapshots and backups it keeps.
    pub fn may_be_recovery_point(&self) -> bool {
        let resource = self.resource();
        let begins = |prefix: &str| resource.starts_with(prefix);
        match self.service() {
            _ if self.partition() == APSARA => false,
            "backup" => begins("recovery-point:"),
            "ec2" => begins("snapshot/") || begins("image/"),
            "rds" => begins("snapshot:") || begins("cluster-snapshot:"),
            "dynamodb" => begins("table/") && resource.contains("/backup/"),
            "fsx" => begins("backup/"),
            "redshift" => begins("snapshot:"),
            _ => false,
        }
    }

    /// The resource type, or nothing when AWS Backup has no such type.
    pub fn resource_type(&self) -> Option<ResourceType> {
        if self.partition() == APSARA {
            return None;
        }
        let resource = self.resource();
        let name = match self.service() {
            "ec2" if resource.starts_with("volume/") => "EBS",
            "ec2" if resource.starts_with("instance/") => "EC2",
            "elasticfilesystem" => "EFS",
            "fsx" => "FSx",
            "rds" if resource.starts_with("cluster:") => "Aurora",
            "rds" => "RDS",
            "dynamodb" => "DynamoDB",
            "s3" => "S3",
            "redshift" => "Redshift",
            "timestream" => "Timestream",
            "storagegateway" => "Storage Gateway",
            "backup-gateway" => "VirtualMachine",
            "cloudformation" => "CloudFormation",
            "eks" => "EKS",
            "ssm-sap" => "SAP HANA on Amazon EC2",
            _ => return None,
        };
        Some(ResourceType(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn arns_of_other_services_are_recovery_points() {
        for text in [
            "arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0",
            "arn:aws:rds:eu-west-1:123456789012:snapshot:awsbackup:job-1:2",
            "arn:aws-cn:dynamodb:cn-north-1:1:table/T/backup/01",
            "arn:aws:backup:us-east-1:1:recovery-point:composite:eks/name-1",
        ] {
            assert_eq!(text.parse::<BackupArn>().unwrap().to_string(), text);
        }
    }

    #[test]
    fn what_is_not_an_arn_is_named() {
        for text in ["", "arn", "arn:aws:ec2:r:a:", "arn::ec2:r:a:x", "xarn:aws:b:r:a:x"] {
            assert_eq!(text.parse::<BackupArn>().unwrap_err().text, text);
        }
        assert!(format!("arn:aws:b:r:a:{}", "x".repeat(3000)).parse::<ResourceArn>().is_err());
    }

    #[test]
    fn recovery_points_are_told_from_what_they_are_made_of() {
        for (text, expected) in [
            ("arn:aws:backup:r:1:recovery-point:composite:eks/name-1", true),
            ("arn:aws:ec2:us-east-1::snapshot/snap-0123456789abcdef0", true),
            ("arn:aws:ec2:us-east-1::image/ami-0123456789abcdef0", true),
            ("arn:aws:rds:r:1:snapshot:awsbackup:job-1", true),
            ("arn:aws:rds:r:1:cluster-snapshot:awsbackup:job-1", true),
            ("arn:aws:dynamodb:r:1:table/T/backup/01", true),
            ("arn:aws:fsx:r:1:backup/backup-1", true),
            ("arn:aws:redshift:r:1:snapshot:cluster/awsbackup:1", true),
            ("arn:aws:backup:r:1:backup-vault:v", false),
            ("arn:aws:ec2:r:1:volume/vol-1", false),
            ("arn:aws:rds:r:1:db:database", false),
            ("arn:aws:dynamodb:r:1:table/T", false),
            ("arn:aws:fsx:r:1:file-system/fs-1", false),
            ("arn:aws:s3:::bucket", false),
            ("arn:acs:rds:r:1:snapshot:1", false),
        ] {
            let arn: ResourceArn = text.parse().unwrap();
            assert_eq!(arn.may_be_recovery_point(), expected, "{text}");
        }
    }

    #[test]
    fn every_name_that_a_recovery_point_is_given_is_known_as_one() {
        let realm = crate::Realm::new("r", "1");
        for resource in [
            "arn:aws:ec2:r:1:volume/vol-1",
            "arn:aws:ec2:r:1:instance/i-1",
            "arn:aws:fsx:r:1:file-system/fs-1",
            "arn:aws:elasticfilesystem:r:1:file-system/fs-1",
            "arn:aws:rds:r:1:db:d",
            "arn:aws:rds:r:1:cluster:c",
            "arn:aws:dynamodb:r:1:table/T",
            "arn:aws:s3:::bucket",
            "arn:aws:redshift:r:1:cluster:c",
        ] {
            let now = jiff::Timestamp::UNIX_EPOCH;
            let minted = crate::mint_backup_arn(&realm, &resource.parse().unwrap(), now, [0; 8]);
            let minted: ResourceArn = minted.unwrap().as_str().parse().unwrap();
            assert!(minted.may_be_recovery_point(), "{minted}");
        }
    }

    proptest! {
        #[test]
        fn parsing_never_panics_and_keeps_the_text(text in ".{0,80}") {
            if let Ok(arn) = text.parse::<BackupArn>() {
                prop_assert_eq!(arn.as_str(), text);
            }
        }
    }
}
