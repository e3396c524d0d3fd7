//! What the server itself can read and back up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{BackupName, InRealm, Offered, Realm, ResourceArn, Tags};

/// A registered source: a resource that backups are really taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it is offered.
    pub realm: Realm,
    /// The ARN that backup jobs name it by.
    pub arn: ResourceArn,
    /// What it is and where.
    pub kind: SourceKind,
    /// Whether a backup of nothing is one: otherwise an empty directory is taken for a disk
    /// that is not mounted.
    pub allow_empty: bool,
    /// When it was registered.
    pub added: Timestamp,
    /// What it is offered as.
    pub offered: Offered,
}

impl Source {
    /// What it is found by.
    pub fn key(&self) -> InRealm<ResourceArn> {
        self.realm.with(self.arn.clone())
    }
}

/// What a source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SourceKind {
    /// A directory that is offered as an Amazon `FSx` file system.
    Fsx {
        /// An absolute path on the server.
        path: String,
    },
    /// A database that is offered as an instance of `ApsaraDB` RDS. How it is reached is kept
    /// sealed, beside the source.
    Database,
    /// Nothing on disk: a small generated payload, for those who test automation.
    /// Exists only with `--dev`.
    Generated,
}

/// A resource of AWS Backup alone, such as an EBS volume. Nothing of it is on the server.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resource {
    /// Its name in its service.
    pub id: String,
    /// Its tags.
    #[serde(default)]
    pub tags: Tags,
    /// What keeps the snapshots that its recovery points are made of.
    pub snapshots: Snapshots,
}

/// What keeps the EBS snapshots that recovery points are made of: AWS Backup accepts a deletion,
/// EC2 refuses it, and the recovery point becomes `EXPIRED`.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Snapshots {
    /// Nothing does.
    #[default]
    Deletable,
    /// EBS Snapshot Lock.
    Locked,
    /// An image that was registered with them.
    InUse,
}

impl Snapshots {
    /// Whether something can keep those of a recovery point: it must be made of some. A copy in a
    /// logically air-gapped vault is not.
    pub fn are_under(backup: &BackupName) -> bool {
        number(backup).is_some()
    }

    /// Why EC2 refuses to delete those of a recovery point.
    pub fn obstacle(self, backup: &BackupName) -> Option<String> {
        let number = number(backup)?;
        match self {
            Self::Deletable => None,
            Self::Locked => Some(format!(
                "The snapshot snap-{number} is locked with EBS Snapshot Lock and cannot be deleted"
            )),
            Self::InUse => {
                // An image of the user's own, which is none that AWS Backup made.
                let image = number.get(..number.len().saturating_sub(1)).unwrap_or_default();
                Some(format!(
                    "The snapshot snap-{number} is currently in use by ami-0{image} (Service: \
                     AmazonEC2; Status Code: 400; Error Code: InvalidSnapshot.InUse)"
                ))
            }
        }
    }
}

/// What a recovery point of EC2 is numbered with.
fn number(backup: &BackupName) -> Option<&str> {
    let BackupName::Arn(arn) = backup;
    let of_ec2 = Some(arn.resource()).filter(|_| arn.service() == "ec2")?;
    of_ec2.strip_prefix("snapshot/snap-").or_else(|| of_ec2.strip_prefix("image/ami-"))
}
