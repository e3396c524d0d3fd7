//! When an instance is backed up, and how long that is kept.

use jiff::Timestamp;
use sexton_core::LogBackup;

use crate::apsara::model::value::{DailyWindow, Minutes, Value, Weekdays};
use crate::apsara::model::words::{BackupLog, BackupMethod};
use crate::apsara::model::{describe_backup_policy, modify_backup_policy};

/// The policy of an instance.
#[derive(Debug, Clone)]
pub struct PolicyShown {
    /// How many days backup sets are kept.
    pub days: u16,
    /// And logs, if they are backed up.
    pub log: LogBackup,
    /// On which days backups are made, if that can be shown.
    pub on: Option<Weekdays>,
    /// At what time of the day, likewise.
    pub at: Option<DailyWindow>,
    /// How they are made.
    pub method: BackupMethod,
    /// When the next one is due, if one is.
    pub next: Option<Timestamp>,
}

/// `EnableBackupLog`, which is a number in a text.
fn enabled(log: LogBackup) -> &'static str {
    match log {
        LogBackup::Off => "0",
        LogBackup::On { .. } => "1",
    }
}

/// The answer to `DescribeBackupPolicy`.
pub fn describe_backup_policy(policy: &PolicyShown) -> describe_backup_policy::Response {
    let (log, log_days) = match policy.log {
        LogBackup::Off => (BackupLog::Disabled, None),
        LogBackup::On { days } => (BackupLog::Enable, Some(i64::from(days))),
    };
    describe_backup_policy::Response {
        backup_log: Some(log.word().to_owned()),
        backup_method: Some(policy.method.word().to_owned()),
        backup_retention_period: Some(i64::from(policy.days)),
        enable_backup_log: Some(enabled(policy.log).to_owned()),
        log_backup_retention_period: log_days,
        preferred_backup_period: policy.on.as_ref().map(Value::write),
        preferred_backup_time: policy.at.as_ref().map(Value::write),
        preferred_next_backup_time: policy.next.map(Minutes),
        released_keep_policy: Some("None".to_owned()),
        ..Default::default()
    }
}

/// The answer to `ModifyBackupPolicy`.
pub fn modify_backup_policy(
    instance: &str,
    policy: &PolicyShown,
) -> modify_backup_policy::Response {
    modify_backup_policy::Response {
        db_instance_id: Some(instance.to_owned()),
        enable_backup_log: Some(enabled(policy.log).to_owned()),
        ..Default::default()
    }
}
