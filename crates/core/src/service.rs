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
    /// Backup sets of the instances of `ApsaraDB` RDS.
    ApsaraRds,
}

impl Service {
    /// The service in one word, as it stands in JSON and in arguments.
    pub fn word(self) -> &'static str {
        match self {
            Self::AwsBackup => "aws-backup",
            Self::Fsx => "fsx",
            Self::ApsaraRds => "apsara-rds",
        }
    }

    /// What the service calls what it keeps.
    pub fn noun(self) -> &'static str {
        match self {
            Self::AwsBackup => "recovery point",
            Self::Fsx => "backup",
            Self::ApsaraRds => "backup set",
        }
    }
}

/// What is to be done where others have to go first.
const NESTED: &str = "see what became of the recovery points that are nested in it, and give all \
     of them: they go first, then their parent";

/// What is to be done about what could not be read.
const UNREAD: &str = "run again, with permission for backup:ListRecoveryPointsByBackupVault or \
     backup:DescribeRecoveryPoint; --continuous deletes what may be continuous, too";

/// What is to be done about a continuous backup.
const CONTINUOUS: &str = "give --continuous to delete it too, or leave it: `aws backup \
     disassociate-recovery-point` ends the continuous backup and lets the service \
     behind keep what it has";

impl Obstacle {
    /// What a person can do about it, where `service` keeps the backup.
    pub fn way_out(self, service: Service) -> &'static str {
        let own = match service {
            Service::AwsBackup => None,
            Service::Fsx => self.way_out_of_fsx(),
            Service::ApsaraRds => self.way_out_of_rds(),
        };
        own.unwrap_or_else(|| self.usual_way_out())
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
            Self::TooYoung
            | Self::LogRetention
            | Self::NotDeletable
            | Self::NoInstance
            | Self::InstanceState
            | Self::InstanceKind
            | Self::InstanceLock
            | Self::Edition
            | Self::Billing
            | Self::VaultLock
            | Self::LegalHold
            | Self::Restoring
            | Self::Copying
            | Self::KeptByVault
            | Self::StillListed
            | Self::Token
            | Self::Nested
            | Self::Continuous
            | Self::Unread
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

    /// What is to be done where RDS keeps the backup set, if that is not the usual.
    fn way_out_of_rds(self) -> Option<&'static str> {
        match self {
            Self::InUse => Some(
                "wait until no backup set of the instance is made or deleted any more, then run \
                 again",
            ),
            Self::Forbidden | Self::Denied => Some(
                "check the account, and that a policy allows you rds:DeleteBackup and \
                 rds:DescribeBackups on acs:rds:*:*:dbinstance/ID with the id of the instance",
            ),
            Self::Credentials => Some(
                "renew the credentials (or choose others with --profile), set this machine's \
                 clock if it is wrong, then run again",
            ),
            Self::Restoring => Some("wait until the restore of it has ended, then delete again"),
            Self::Invalid => Some("check the ids, which are numbers, and the instance"),
            Self::TooYoung
            | Self::LogRetention
            | Self::NotDeletable
            | Self::NoInstance
            | Self::InstanceState
            | Self::InstanceKind
            | Self::InstanceLock
            | Self::Edition
            | Self::Billing
            | Self::VaultLock
            | Self::LegalHold
            | Self::Copying
            | Self::KeptByVault
            | Self::StillListed
            | Self::Token
            | Self::Nested
            | Self::Continuous
            | Self::Unread
            | Self::Role
            | Self::Image
            | Self::SnapshotLock
            | Self::Throttled
            | Self::Unsupported
            | Self::Service
            | Self::Other => self.way_out_of_instances(),
        }
    }

    /// What is to be done about what only instances and their sets have.
    fn way_out_of_instances(self) -> Option<&'static str> {
        match self {
            Self::TooYoung => Some(
                "run again when it is old enough, or shorten the retention of log backups below \
                 its age (`aliyun rds ModifyBackupPolicy`); without log backup it is seven days",
            ),
            Self::LogRetention => Some(
                "shorten the retention of log backups below that of backup sets, or switch log \
                 backup off (`aliyun rds ModifyBackupPolicy`), then delete again",
            ),
            Self::NotDeletable => Some(
                "run again later: only what DescribeBackups shows with StoreStatus Enabled can be \
                 deleted, which depends on its age and on the retention of log backups",
            ),
            Self::NoInstance => Some(
                "check --instance, the account and the region; of a released instance \
                 `aliyun rds DescribeDetachedBackups` tells what is left",
            ),
            Self::InstanceState => Some(
                "wait until the instance is Running (`aliyun rds DescribeDBInstanceAttribute`), \
                 then delete again",
            ),
            Self::InstanceKind => Some(
                "the backup sets of read-only, disaster recovery and temporary instances cannot be \
                 deleted: give the primary instance with --instance if its sets are meant",
            ),
            Self::InstanceLock => Some(
                "unlock the instance: it is locked because it has expired, its disk is full, or \
                 somebody locked it",
            ),
            Self::Edition => Some(
                "only the backup sets of MySQL and PostgreSQL in the High-availability Edition can \
                 be deleted: others go when their retention ends",
            ),
            Self::Billing => Some(
                "an order or the account's verification is open: finish it in the console, then \
                 delete again",
            ),
            Self::VaultLock
            | Self::LegalHold
            | Self::InUse
            | Self::Restoring
            | Self::Copying
            | Self::KeptByVault
            | Self::StillListed
            | Self::Token
            | Self::Nested
            | Self::Continuous
            | Self::Unread
            | Self::Role
            | Self::Image
            | Self::SnapshotLock
            | Self::Forbidden
            | Self::Denied
            | Self::Credentials
            | Self::Throttled
            | Self::Invalid
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
            Self::Nested => NESTED,
            Self::Unread => UNREAD,
            Self::Continuous => CONTINUOUS,
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
            Self::TooYoung
            | Self::LogRetention
            | Self::NotDeletable
            | Self::NoInstance
            | Self::InstanceState
            | Self::InstanceKind
            | Self::InstanceLock
            | Self::Edition
            | Self::Billing
            | Self::Other => "see the service's message",
        }
    }
}

impl Outcome {
    /// What a person can do about an outcome that is not what was asked for, where `service`
    /// keeps the backup.
    pub fn way_out(&self, service: Service) -> Option<&'static str> {
        match self {
            Self::Gone { .. } => None,
            Self::Elsewhere { .. } => Some(match service {
                Service::AwsBackup | Service::Fsx => {
                    "if it is to be deleted, run again with --vault and the vault that holds it"
                }
                Service::ApsaraRds => {
                    "if it is to be deleted, run again with --instance and the instance that has it"
                }
            }),
            Self::Absent { .. } => Some(match service {
                Service::AwsBackup => {
                    "check the ARN, the account and the region; give --after with the report of \
                     the run that deleted it, or --absent-ok if being in no vault is enough"
                }
                Service::Fsx => {
                    "check the id, the account and the region; give --after with the report of \
                     the run that deleted it, or --absent-ok if not being there is enough"
                }
                Service::ApsaraRds => {
                    "check the id, the instance, the account and the region; give --after with the \
                     report of the run that deleted it, or --absent-ok if not being there is enough"
                }
            }),
            Self::Accepted => Some("run again, with --after and this run's report, to see it gone"),
            Self::Expired { obstacle, .. } | Self::Refused { obstacle, .. } => {
                Some(obstacle.way_out(service))
            }
            Self::AskedFor { .. } => Some(
                "it goes once nothing keeps it: `sexton erasure list` shows it until then, and \
                 `sexton erasure withdraw` takes the request back",
            ),
            Self::Unknown { .. } => Some("run again: deleting twice is safe"),
            Self::Unattempted => Some("run again"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_backup_set_of_rds_is_not_sent_to_vaults_and_their_permissions() {
        for obstacle in [
            Obstacle::TooYoung,
            Obstacle::LogRetention,
            Obstacle::NotDeletable,
            Obstacle::NoInstance,
            Obstacle::InstanceState,
            Obstacle::InstanceKind,
            Obstacle::InstanceLock,
            Obstacle::Edition,
            Obstacle::Billing,
            Obstacle::InUse,
            Obstacle::Restoring,
            Obstacle::Forbidden,
            Obstacle::Denied,
            Obstacle::Invalid,
        ] {
            let way_out = obstacle.way_out(Service::ApsaraRds);
            assert!(
                !["vault", "recovery point", "backup:", "ARN"]
                    .iter()
                    .any(|it| way_out.contains(it))
            );
        }
    }

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
