//! Backup policies: shown, and changed.

use std::sync::Arc;

use sexton_core::{Database, PolicyChange};
use sexton_wire::apsara::encode::{self, PolicyShown};
use sexton_wire::apsara::model::value::{DailyWindow, Weekdays};
use sexton_wire::apsara::model::words::{BackupLog, BackupMethod, BackupPolicyMode};
use sexton_wire::apsara::model::{Action, modify_backup_policy};
use sexton_wire::aws::Reply;

use super::{Asked, Failure};
use crate::service::Service;

pub(super) async fn describe(
    service: &Service,
    id: &str,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let found = service.instance(&asked.caller.realm, id, asked.now).await?;
    Ok(asked.form.reply(&encode::describe_backup_policy(&shown(&found.database, asked))))
}

pub(super) async fn modify(
    service: &Arc<Service>,
    request: &modify_backup_policy::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let id = request.db_instance_id.as_str();
    let change = change(request)?;
    let (realm, by) = (&asked.caller.realm, &asked.caller.by);
    let database = service.set_backup_policy(realm, id, &change, by, asked.now).await?;
    Ok(asked.form.reply(&encode::modify_backup_policy(id, &shown(&database, asked))))
}

fn shown(database: &Database, asked: &Asked<'_>) -> PolicyShown {
    let schedule = database.schedule;
    PolicyShown {
        days: database.policy.days,
        log: database.policy.log,
        on: Weekdays::new(schedule.days),
        at: DailyWindow::new(schedule.from_minute, schedule.to_minute),
        method: BackupMethod::Physical,
        next: schedule.next(asked.now),
    }
}

/// What is changed. What would be kept for another time than this house keeps it is refused; what
/// has no effect on that, such as compression, is not.
fn change(request: &modify_backup_policy::Request) -> Result<PolicyChange, Failure> {
    let refuse = |code: &str, detail: &str| {
        Err(Failure::Refused(Action::ModifyBackupPolicy.refuse(&[code], detail)))
    };
    let is_other = |given: Option<&String>, neutral: &[&str]| {
        given.is_some_and(|text| !neutral.contains(&text.as_str()))
    };
    if is_other(request.archive_backup_retention_period.as_ref(), &["0"]) {
        return refuse("InvalidColdRetention.Format", "backups are not archived here");
    }
    if is_other(request.released_keep_policy.as_ref(), &["None", "0"]) {
        let detail = "backup sets of an instance that is gone are kept for as long as the others";
        return refuse("InvalidReleasedKeepPolicy.Format", detail);
    }
    if is_other(request.log_backup_frequency.as_ref(), &["LogInterval"]) {
        return refuse("InvalidLogBackupFrequency.Malformed", "logs are backed up as they come");
    }
    if request.backup_interval.is_some_and(|minutes| minutes.get() > 0) {
        return refuse("", "BackupInterval is not supported here");
    }
    if request.backup_method == Some(BackupMethod::Snapshot) {
        return refuse("", "snapshots are not made here");
    }
    let days = |days: i64| u16::try_from(days).ok();
    let log_days = request.log_backup_retention_period.and_then(|it| days(it.get()));
    match request.backup_policy_mode {
        Some(BackupPolicyMode::LogBackupPolicy) => Ok(PolicyChange {
            log: request.enable_backup_log.map(|switch| switch.0),
            log_days,
            ..PolicyChange::default()
        }),
        Some(BackupPolicyMode::DataBackupPolicy) | None => Ok(PolicyChange {
            days: request.backup_retention_period.and_then(|it| days(it.get())),
            log: request.backup_log.map(|word| word == BackupLog::Enable),
            log_days,
            weekdays: request.preferred_backup_period.map(Weekdays::from_monday),
            window: request.preferred_backup_time.map(DailyWindow::minutes),
        }),
    }
}
