//! What `DescribeBackupPolicy` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{InstanceId, Minutes, Reader, put};
use super::words::BackupPolicyMode;
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeBackupPolicy` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `BackupPolicyMode`.
    pub backup_policy_mode: Option<BackupPolicyMode>,
    /// `CompressType`.
    pub compress_type: Option<String>,
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `ReleasedKeepPolicy`.
    pub released_keep_policy: Option<String>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeBackupPolicy, given);
        Ok(Self {
            backup_policy_mode: read.optional("BackupPolicyMode")?,
            compress_type: read.optional("CompressType")?,
            db_instance_id: read.or("InvalidDBInstanceName.NotFound").required("DBInstanceId")?,
            released_keep_policy: read.optional("ReleasedKeepPolicy")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "BackupPolicyMode", self.backup_policy_mode.as_ref());
        put(&mut pairs, "CompressType", self.compress_type.as_ref());
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "ReleasedKeepPolicy", self.released_keep_policy.as_ref());
        pairs
    }
}

structure! {
    /// What `DescribeBackupPolicy` answers.
    Response {
        archive_backup_keep_count: String = "ArchiveBackupKeepCount",
        archive_backup_keep_policy: String = "ArchiveBackupKeepPolicy",
        archive_backup_retention_period: String = "ArchiveBackupRetentionPeriod",
        backup_interval: String = "BackupInterval",
        backup_log: String = "BackupLog",
        backup_method: String = "BackupMethod",
        backup_priority: i64 = "BackupPriority",
        backup_retention_period: i64 = "BackupRetentionPeriod",
        category: String = "Category",
        compress_type: String = "CompressType",
        enable_backup_log: String = "EnableBackupLog",
        enable_increment_data_backup: bool = "EnableIncrementDataBackup",
        enable_pitr_protection: bool = "EnablePitrProtection",
        high_space_usage_protection: String = "HighSpaceUsageProtection",
        local_log_retention_hours: i64 = "LocalLogRetentionHours",
        local_log_retention_space: String = "LocalLogRetentionSpace",
        log_backup_frequency: String = "LogBackupFrequency",
        log_backup_local_retention_number: i64 = "LogBackupLocalRetentionNumber",
        log_backup_retention_period: i64 = "LogBackupRetentionPeriod",
        pitr_retention_period: i64 = "PitrRetentionPeriod",
        preferred_backup_period: String = "PreferredBackupPeriod",
        preferred_backup_time: String = "PreferredBackupTime",
        preferred_next_backup_time: Minutes = "PreferredNextBackupTime",
        released_keep_policy: String = "ReleasedKeepPolicy",
        request_id: String = "RequestId",
        support_modify_backup_priority: bool = "SupportModifyBackupPriority",
        support_released_keep: i64 = "SupportReleasedKeep",
        support_volume_shadow_copy: i64 = "SupportVolumeShadowCopy",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeBackupPolicy;
}
