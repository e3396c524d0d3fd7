//! The actions that are understood.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::{ErrorRow, errors};

/// An action that is understood.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Action {
    /// `CreateBackup`.
    CreateBackup,
    /// `DeleteBackup`.
    DeleteBackup,
    /// `DescribeBackupPolicy`.
    DescribeBackupPolicy,
    /// `DescribeBackupTasks`.
    DescribeBackupTasks,
    /// `DescribeBackups`.
    DescribeBackups,
    /// `DescribeBinlogFiles`.
    DescribeBinlogFiles,
    /// `DescribeDBInstanceAttribute`.
    DescribeDBInstanceAttribute,
    /// `DescribeDBInstances`.
    DescribeDBInstances,
    /// `DescribeDetachedBackups`.
    DescribeDetachedBackups,
    /// `DescribeLogBackupFiles`.
    DescribeLogBackupFiles,
    /// `DescribeRegions`.
    DescribeRegions,
    /// `ModifyBackupPolicy`.
    ModifyBackupPolicy,
}

impl Action {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::CreateBackup,
        Self::DeleteBackup,
        Self::DescribeBackupPolicy,
        Self::DescribeBackupTasks,
        Self::DescribeBackups,
        Self::DescribeBinlogFiles,
        Self::DescribeDBInstanceAttribute,
        Self::DescribeDBInstances,
        Self::DescribeDetachedBackups,
        Self::DescribeLogBackupFiles,
        Self::DescribeRegions,
        Self::ModifyBackupPolicy,
    ];

    /// Its name.
    pub const fn name(self) -> &'static str {
        match self {
            Self::CreateBackup => "CreateBackup",
            Self::DeleteBackup => "DeleteBackup",
            Self::DescribeBackupPolicy => "DescribeBackupPolicy",
            Self::DescribeBackupTasks => "DescribeBackupTasks",
            Self::DescribeBackups => "DescribeBackups",
            Self::DescribeBinlogFiles => "DescribeBinlogFiles",
            Self::DescribeDBInstanceAttribute => "DescribeDBInstanceAttribute",
            Self::DescribeDBInstances => "DescribeDBInstances",
            Self::DescribeDetachedBackups => "DescribeDetachedBackups",
            Self::DescribeLogBackupFiles => "DescribeLogBackupFiles",
            Self::DescribeRegions => "DescribeRegions",
            Self::ModifyBackupPolicy => "ModifyBackupPolicy",
        }
    }

    /// The errors that are documented for it.
    pub const fn errors(self) -> &'static [ErrorRow] {
        match self {
            Self::CreateBackup => errors::CREATE_BACKUP,
            Self::DeleteBackup => errors::DELETE_BACKUP,
            Self::DescribeBackupPolicy => errors::DESCRIBE_BACKUP_POLICY,
            Self::DescribeBackupTasks => errors::DESCRIBE_BACKUP_TASKS,
            Self::DescribeBackups => errors::DESCRIBE_BACKUPS,
            Self::DescribeBinlogFiles => errors::DESCRIBE_BINLOG_FILES,
            Self::DescribeDBInstanceAttribute => errors::DESCRIBE_DB_INSTANCE_ATTRIBUTE,
            Self::DescribeDBInstances => errors::DESCRIBE_DB_INSTANCES,
            Self::DescribeDetachedBackups => errors::DESCRIBE_DETACHED_BACKUPS,
            Self::DescribeLogBackupFiles => errors::DESCRIBE_LOG_BACKUP_FILES,
            Self::DescribeRegions => errors::DESCRIBE_REGIONS,
            Self::ModifyBackupPolicy => errors::MODIFY_BACKUP_POLICY,
        }
    }
}
