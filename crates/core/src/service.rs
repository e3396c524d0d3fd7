//! The services whose backups are deleted, and what a person can do when one of them says no.
//!
//! The same obstacle has another way out in each service: other names, other permissions,
//! other commands. The texts are hints, and nothing reads them back.

use serde::{Deserialize, Serialize};

use crate::outcome::{Obstacle, Outcome};

/// A service that keeps backups.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum Service {
    /// Recovery points in the vaults of AWS Backup.
    #[default]
    AwsBackup,
    /// Backups of the file systems of Amazon FSx.
    Fsx,
}

impl Service {
    /// The service in one word, as it stands in JSON and in arguments.
    pub fn word(self) -> &'static str {
        match self {
            Self::AwsBackup => "aws-backup",
            Self::Fsx => "fsx",
        }
    }

    /// What the service calls what it keeps.
    pub fn noun(self) -> &'static str {
        match self {
            Self::AwsBackup => "recovery point",
            Self::Fsx => "backup",
        }
    }
}

impl Obstacle {
    /// What a person can do about it, where `service` keeps the backup.
    pub fn way_out(self, service: Service) -> &'static str {
        let of_fsx = match service {
            Service::AwsBackup => None,
            Service::Fsx => self.way_out_of_fsx(),
        };
        of_fsx.unwrap_or_else(|| self.usual_way_out())
    }

    /// What is to be done where FSx keeps the backup, if that is not the usual.
    fn way_out_of_fsx(self) -> Option<&'static str> {
        match self {
            Self::InUse => {
                Some("wait until the backup is complete, or has failed, then delete again")
            }
            Self::Forbidden => {
                Some("check the region, and that you are allowed fsx:DeleteBackup on the backup")
            }
            Self::Denied => Some(
                "a policy of the identity or the organization denies this: change the policy, \
                 or use another identity",
            ),
            Self::Invalid => Some("check the id of the backup and the region that it is in"),
            Self::VaultLock
            | Self::LegalHold
            | Self::Restoring
            | Self::Copying
            | Self::KeptByVault
            | Self::StillListed
            | Self::Token
            | Self::Nested
            | Self::Role
            | Self::Image
            | Self::SnapshotLock
            | Self::Credentials
            | Self::Throttled
            | Self::Unsupported
            | Self::Service
            | Self::Other => None,
        }
    }

    fn usual_way_out(self) -> &'static str {
        match self {
            Self::VaultLock => {
                "the vault is locked, which no caller can override: remove the lock if it is \
                 not immutable yet, or wait for the retention period to end"
            }
            Self::LegalHold => "cancel the legal holds that cover the point, then delete again",
            Self::InUse => {
                "wait until the job that uses the point has finished, or stop it, then delete again"
            }
            Self::Restoring => {
                "wait until the file system that is being made from the backup is AVAILABLE, or \
                 delete that file system, then delete again"
            }
            Self::Copying => {
                "wait until the copy of the backup is complete, and some minutes more, then \
                 delete again"
            }
            Self::KeptByVault => {
                "delete it as a recovery point: `sexton delete --vault` with the vault that \
                 keeps it and its ARN; `aws backup list-recovery-points-by-resource` with the \
                 ARN of its file system or volume names the vault"
            }
            Self::StillListed => "run again: deleting twice is safe; if it stays, ask the service",
            Self::Token => "run again: the next run has other tokens",
            Self::Nested => "delete the nested recovery points first, then their parent",
            Self::Role => {
                "restore the role that made the backup and its permission to delete \
                 (`sexton role` on a Sexton server), then delete again"
            }
            Self::Image => "deregister the image that uses the snapshot, then delete again",
            Self::SnapshotLock => {
                "unlock the snapshot or wait for its lock to end, then delete again"
            }
            Self::Forbidden => {
                "check the vault's name and region, and that you are allowed \
                 backup:DeleteRecoveryPoint on the recovery point"
            }
            Self::Denied => {
                "a policy of the vault, the identity or the organization denies this: \
                 change the policy, or use another identity"
            }
            Self::Credentials => {
                "renew the credentials (or choose others with --profile), set this machine's \
                 clock if it is wrong, then run again"
            }
            Self::Throttled => "run again later, or with a lower --rate",
            Self::Invalid => "check the ARN and the vault that the recovery point is in",
            Self::Unsupported => "check --endpoint-url: this server has no such operation",
            Self::Service => "run again later: the service keeps failing",
            Self::Other => "see the service's message",
        }
    }
}

impl Outcome {
    /// What a person can do about an outcome that is not what was asked for, where `service`
    /// keeps the backup.
    pub fn way_out(&self, service: Service) -> Option<&'static str> {
        match self {
            Self::Gone { .. } => None,
            Self::Elsewhere { .. } => {
                Some("if it is to be deleted, run again with --vault and the vault that holds it")
            }
            Self::Absent { .. } => Some(match service {
                Service::AwsBackup => {
                    "check the ARN, the account and the region; give --after with the report of \
                     the run that deleted it, or --absent-ok if being in no vault is enough"
                }
                Service::Fsx => {
                    "check the id, the account and the region; give --after with the report of \
                     the run that deleted it, or --absent-ok if not being there is enough"
                }
            }),
            Self::Accepted => Some("run again, with --after and this run's report, to see it gone"),
            Self::Expired { obstacle, .. } | Self::Refused { obstacle, .. } => {
                Some(obstacle.way_out(service))
            }
            Self::Unknown { .. } => Some("run again: deleting twice is safe"),
            Self::Unattempted => Some("run again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_of_fsx_is_not_sent_to_the_permissions_of_aws_backup() {
        for obstacle in [Obstacle::InUse, Obstacle::Forbidden, Obstacle::Denied, Obstacle::Invalid]
        {
            let of_fsx = obstacle.way_out(Service::Fsx);
            assert!(!of_fsx.contains("vault") && !of_fsx.contains("point"), "{of_fsx}");
            assert_ne!(of_fsx, obstacle.way_out(Service::AwsBackup));
        }
    }
}
