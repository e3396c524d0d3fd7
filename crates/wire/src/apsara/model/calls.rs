//! What is asked for, one variant for each action.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::{
    Action, create_backup, delete_backup, describe_backup_policy, describe_backup_tasks,
    describe_backups, describe_binlog_files, describe_db_instance_attribute, describe_db_instances,
    describe_detached_backups, describe_log_backup_files, describe_regions, modify_backup_policy,
};
use crate::apsara::{Error, Parameters};

/// A request, understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Call {
    /// `CreateBackup`.
    CreateBackup(create_backup::Request),
    /// `DeleteBackup`.
    DeleteBackup(delete_backup::Request),
    /// `DescribeBackupPolicy`.
    DescribeBackupPolicy(describe_backup_policy::Request),
    /// `DescribeBackupTasks`.
    DescribeBackupTasks(describe_backup_tasks::Request),
    /// `DescribeBackups`.
    DescribeBackups(describe_backups::Request),
    /// `DescribeBinlogFiles`.
    DescribeBinlogFiles(describe_binlog_files::Request),
    /// `DescribeDBInstanceAttribute`.
    DescribeDBInstanceAttribute(describe_db_instance_attribute::Request),
    /// `DescribeDBInstances`.
    DescribeDBInstances(Box<describe_db_instances::Request>),
    /// `DescribeDetachedBackups`.
    DescribeDetachedBackups(describe_detached_backups::Request),
    /// `DescribeLogBackupFiles`.
    DescribeLogBackupFiles(describe_log_backup_files::Request),
    /// `DescribeRegions`.
    DescribeRegions(describe_regions::Request),
    /// `ModifyBackupPolicy`.
    ModifyBackupPolicy(Box<modify_backup_policy::Request>),
}

impl Call {
    /// Its action.
    pub const fn action(&self) -> Action {
        match self {
            Self::CreateBackup(_) => Action::CreateBackup,
            Self::DeleteBackup(_) => Action::DeleteBackup,
            Self::DescribeBackupPolicy(_) => Action::DescribeBackupPolicy,
            Self::DescribeBackupTasks(_) => Action::DescribeBackupTasks,
            Self::DescribeBackups(_) => Action::DescribeBackups,
            Self::DescribeBinlogFiles(_) => Action::DescribeBinlogFiles,
            Self::DescribeDBInstanceAttribute(_) => Action::DescribeDBInstanceAttribute,
            Self::DescribeDBInstances(_) => Action::DescribeDBInstances,
            Self::DescribeDetachedBackups(_) => Action::DescribeDetachedBackups,
            Self::DescribeLogBackupFiles(_) => Action::DescribeLogBackupFiles,
            Self::DescribeRegions(_) => Action::DescribeRegions,
            Self::ModifyBackupPolicy(_) => Action::ModifyBackupPolicy,
        }
    }

    /// Its parameters, as a client sends them.
    pub fn parameters(&self) -> Vec<(&'static str, String)> {
        match self {
            Self::CreateBackup(request) => request.encode(),
            Self::DeleteBackup(request) => request.encode(),
            Self::DescribeBackupPolicy(request) => request.encode(),
            Self::DescribeBackupTasks(request) => request.encode(),
            Self::DescribeBackups(request) => request.encode(),
            Self::DescribeBinlogFiles(request) => request.encode(),
            Self::DescribeDBInstanceAttribute(request) => request.encode(),
            Self::DescribeDBInstances(request) => request.encode(),
            Self::DescribeDetachedBackups(request) => request.encode(),
            Self::DescribeLogBackupFiles(request) => request.encode(),
            Self::DescribeRegions(request) => request.encode(),
            Self::ModifyBackupPolicy(request) => request.encode(),
        }
    }

    pub(super) fn read(action: Action, given: &Parameters) -> Result<Self, Error> {
        match action {
            Action::CreateBackup => create_backup::Request::decode(given).map(Self::CreateBackup),
            Action::DeleteBackup => delete_backup::Request::decode(given).map(Self::DeleteBackup),
            Action::DescribeBackupPolicy => {
                describe_backup_policy::Request::decode(given).map(Self::DescribeBackupPolicy)
            }
            Action::DescribeBackupTasks => {
                describe_backup_tasks::Request::decode(given).map(Self::DescribeBackupTasks)
            }
            Action::DescribeBackups => {
                describe_backups::Request::decode(given).map(Self::DescribeBackups)
            }
            Action::DescribeBinlogFiles => {
                describe_binlog_files::Request::decode(given).map(Self::DescribeBinlogFiles)
            }
            Action::DescribeDBInstanceAttribute => {
                describe_db_instance_attribute::Request::decode(given)
                    .map(Self::DescribeDBInstanceAttribute)
            }
            Action::DescribeDBInstances => describe_db_instances::Request::decode(given)
                .map(Box::new)
                .map(Self::DescribeDBInstances),
            Action::DescribeDetachedBackups => {
                describe_detached_backups::Request::decode(given).map(Self::DescribeDetachedBackups)
            }
            Action::DescribeLogBackupFiles => {
                describe_log_backup_files::Request::decode(given).map(Self::DescribeLogBackupFiles)
            }
            Action::DescribeRegions => {
                describe_regions::Request::decode(given).map(Self::DescribeRegions)
            }
            Action::ModifyBackupPolicy => modify_backup_policy::Request::decode(given)
                .map(Box::new)
                .map(Self::ModifyBackupPolicy),
        }
    }
}
