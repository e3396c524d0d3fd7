//! What `ModifyBackupPolicy` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{DailyWindow, InstanceId, Number, Reader, Switch, Weekdays, put};
use super::words::{BackupLog, BackupMethod, BackupPolicyMode, Protection};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `ModifyBackupPolicy` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `ArchiveBackupKeepCount`.
    pub archive_backup_keep_count: Option<Number<0, 2_147_483_647>>,
    /// `ArchiveBackupKeepPolicy`.
    pub archive_backup_keep_policy: Option<String>,
    /// `ArchiveBackupRetentionPeriod`.
    pub archive_backup_retention_period: Option<String>,
    /// `BackupInterval`.
    pub backup_interval: Option<Number<-1, 2_147_483_647>>,
    /// `BackupLog`.
    pub backup_log: Option<BackupLog>,
    /// `BackupMethod`.
    pub backup_method: Option<BackupMethod>,
    /// `BackupPolicyMode`.
    pub backup_policy_mode: Option<BackupPolicyMode>,
    /// `BackupPriority`.
    pub backup_priority: Option<Number<0, 2_147_483_647>>,
    /// `BackupRetentionPeriod`.
    pub backup_retention_period: Option<Number<7, 730>>,
    /// `Category`.
    pub category: Option<String>,
    /// `CompressType`.
    pub compress_type: Option<String>,
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `EnableBackupLog`.
    pub enable_backup_log: Option<Switch>,
    /// `EnableIncrementDataBackup`.
    pub enable_increment_data_backup: Option<bool>,
    /// `HighSpaceUsageProtection`.
    pub high_space_usage_protection: Option<Protection>,
    /// `LocalLogRetentionHours`.
    pub local_log_retention_hours: Option<Number<0, 168>>,
    /// `LocalLogRetentionSpace`.
    pub local_log_retention_space: Option<String>,
    /// `LogBackupFrequency`.
    pub log_backup_frequency: Option<String>,
    /// `LogBackupLocalRetentionNumber`.
    pub log_backup_local_retention_number: Option<Number<0, 2_147_483_647>>,
    /// `LogBackupRetentionPeriod`.
    pub log_backup_retention_period: Option<Number<7, 730>>,
    /// `PreferredBackupPeriod`.
    pub preferred_backup_period: Option<Weekdays>,
    /// `PreferredBackupTime`.
    pub preferred_backup_time: Option<DailyWindow>,
    /// `ReleasedKeepPolicy`.
    pub released_keep_policy: Option<String>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::ModifyBackupPolicy, given);
        Ok(Self {
            archive_backup_keep_count: read.optional("ArchiveBackupKeepCount")?,
            archive_backup_keep_policy: read.optional("ArchiveBackupKeepPolicy")?,
            archive_backup_retention_period: read.optional("ArchiveBackupRetentionPeriod")?,
            backup_interval: read.optional("BackupInterval")?,
            backup_log: read.optional("BackupLog")?,
            backup_method: read.optional("BackupMethod")?,
            backup_policy_mode: read.optional("BackupPolicyMode")?,
            backup_priority: read.optional("BackupPriority")?,
            backup_retention_period: read
                .or("InvalidBackupRetentionPeriod.Malformed")
                .optional("BackupRetentionPeriod")?,
            category: read.optional("Category")?,
            compress_type: read.optional("CompressType")?,
            db_instance_id: read.or("InvalidDBInstanceId.NotFound").required("DBInstanceId")?,
            enable_backup_log: read.optional("EnableBackupLog")?,
            enable_increment_data_backup: read.optional("EnableIncrementDataBackup")?,
            high_space_usage_protection: read.optional("HighSpaceUsageProtection")?,
            local_log_retention_hours: read.optional("LocalLogRetentionHours")?,
            local_log_retention_space: read.optional("LocalLogRetentionSpace")?,
            log_backup_frequency: read
                .or("InvalidLogBackupFrequency.Malformed")
                .optional("LogBackupFrequency")?,
            log_backup_local_retention_number: read.optional("LogBackupLocalRetentionNumber")?,
            log_backup_retention_period: read
                .or("InvalidBackupRetentionPeriod.Malformed")
                .optional("LogBackupRetentionPeriod")?,
            preferred_backup_period: read.optional("PreferredBackupPeriod")?,
            preferred_backup_time: read.optional("PreferredBackupTime")?,
            released_keep_policy: read
                .or("InvalidReleasedKeepPolicy.Format")
                .optional("ReleasedKeepPolicy")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "ArchiveBackupKeepCount", self.archive_backup_keep_count.as_ref());
        put(&mut pairs, "ArchiveBackupKeepPolicy", self.archive_backup_keep_policy.as_ref());
        put(
            &mut pairs,
            "ArchiveBackupRetentionPeriod",
            self.archive_backup_retention_period.as_ref(),
        );
        put(&mut pairs, "BackupInterval", self.backup_interval.as_ref());
        put(&mut pairs, "BackupLog", self.backup_log.as_ref());
        put(&mut pairs, "BackupMethod", self.backup_method.as_ref());
        put(&mut pairs, "BackupPolicyMode", self.backup_policy_mode.as_ref());
        put(&mut pairs, "BackupPriority", self.backup_priority.as_ref());
        put(&mut pairs, "BackupRetentionPeriod", self.backup_retention_period.as_ref());
        put(&mut pairs, "Category", self.category.as_ref());
        put(&mut pairs, "CompressType", self.compress_type.as_ref());
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "EnableBackupLog", self.enable_backup_log.as_ref());
        put(&mut pairs, "EnableIncrementDataBackup", self.enable_increment_data_backup.as_ref());
        put(&mut pairs, "HighSpaceUsageProtection", self.high_space_usage_protection.as_ref());
        put(&mut pairs, "LocalLogRetentionHours", self.local_log_retention_hours.as_ref());
        put(&mut pairs, "LocalLogRetentionSpace", self.local_log_retention_space.as_ref());
        put(&mut pairs, "LogBackupFrequency", self.log_backup_frequency.as_ref());
        put(
            &mut pairs,
            "LogBackupLocalRetentionNumber",
            self.log_backup_local_retention_number.as_ref(),
        );
        put(&mut pairs, "LogBackupRetentionPeriod", self.log_backup_retention_period.as_ref());
        put(&mut pairs, "PreferredBackupPeriod", self.preferred_backup_period.as_ref());
        put(&mut pairs, "PreferredBackupTime", self.preferred_backup_time.as_ref());
        put(&mut pairs, "ReleasedKeepPolicy", self.released_keep_policy.as_ref());
        pairs
    }
}

structure! {
    /// What `ModifyBackupPolicy` answers.
    Response {
        compress_type: String = "CompressType",
        db_instance_id: String = "DBInstanceID",
        enable_backup_log: String = "EnableBackupLog",
        high_space_usage_protection: String = "HighSpaceUsageProtection",
        local_log_retention_hours: i64 = "LocalLogRetentionHours",
        local_log_retention_space: String = "LocalLogRetentionSpace",
        log_backup_local_retention_number: i64 = "LogBackupLocalRetentionNumber",
        request_id: String = "RequestId",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::ModifyBackupPolicy;
}
