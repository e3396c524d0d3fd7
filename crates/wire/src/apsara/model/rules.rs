//! What parameters may be together.

use jiff::Timestamp;

use super::value::Number;
use super::words::{BackupPolicyMode, BackupStrategy};
use super::{Action, Call, create_backup, modify_backup_policy};
use crate::apsara::{Error, Parameters};

/// Parameters that later versions of an action have. They say how long backups are kept, so
/// ignoring them, as other unknown parameters are, would be a success that is none.
const REFUSED: [(Action, &str); 6] = [
    (Action::CreateBackup, "BackupRetentionPeriod"),
    (Action::ModifyBackupPolicy, "AdvancedDataPolicies"),
    (Action::ModifyBackupPolicy, "AdvancedLogPolicies"),
    (Action::ModifyBackupPolicy, "EnableAdvancedBackupPolicy"),
    (Action::ModifyBackupPolicy, "EnablePitrProtection"),
    (Action::ModifyBackupPolicy, "IncBackupInterval"),
];

/// Refuses what is known and not understood, alone or as a list.
fn understood(action: Action, given: &Parameters) -> Result<(), Error> {
    let is = |name: &str, refused: &str| {
        name.strip_prefix(refused).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    };
    let refused = REFUSED.iter().filter(|(of, _)| *of == action).map(|(_, name)| *name);
    for refused in refused {
        if given.iter().any(|(name, value)| is(name, refused) && !value.is_empty()) {
            return Err(action.refuse(&[], &format!("{refused} is not supported here")));
        }
    }
    Ok(())
}

/// Checks a call whose parameters are right one by one.
pub(super) fn check(call: &Call, given: &Parameters) -> Result<(), Error> {
    let action = call.action();
    understood(action, given)?;
    match call {
        Call::CreateBackup(request) => create_backup(action, request),
        Call::ModifyBackupPolicy(request) => modify_backup_policy(action, request),
        Call::DescribeBackups(request) => {
            let (start, end) = (&request.start_time, &request.end_time);
            in_order(action, start.map(|it| it.0), end.map(|it| it.0))
        }
        Call::DescribeDetachedBackups(request) => {
            let (start, end) = (&request.start_time, &request.end_time);
            in_order(action, start.map(|it| it.0), end.map(|it| it.0))
        }
        Call::DescribeBinlogFiles(request) => {
            in_order(action, Some(request.start_time.0), Some(request.end_time.0))
        }
        Call::DescribeLogBackupFiles(request) => {
            in_order(action, Some(request.start_time.0), Some(request.end_time.0))
        }
        Call::DeleteBackup(_)
        | Call::DescribeBackupPolicy(_)
        | Call::DescribeBackupTasks(_)
        | Call::DescribeDBInstanceAttribute(_)
        | Call::DescribeDBInstances(_)
        | Call::DescribeRegions(_) => Ok(()),
    }
}

fn in_order(action: Action, start: Option<Timestamp>, end: Option<Timestamp>) -> Result<(), Error> {
    match (start, end) {
        (Some(start), Some(end)) if end <= start => {
            Err(action.refuse(&["InvalidParameterCombination"], "EndTime is later than StartTime"))
        }
        (Some(_) | None, Some(_) | None) => Ok(()),
    }
}

fn create_backup(action: Action, request: &create_backup::Request) -> Result<(), Error> {
    let of_databases = request.backup_strategy == Some(BackupStrategy::Db);
    if of_databases && request.db_name.is_none() {
        let detail = "DBName names the databases where BackupStrategy is db";
        return Err(action.refuse(&["InvalidDBName.Format"], detail));
    }
    Ok(())
}

/// What a policy of data backups has to say: nothing is filled in for somebody who would
/// otherwise learn too late how long backups are kept.
fn modify_backup_policy(
    action: Action,
    request: &modify_backup_policy::Request,
) -> Result<(), Error> {
    match request.backup_policy_mode {
        Some(BackupPolicyMode::LogBackupPolicy) => Ok(()),
        Some(BackupPolicyMode::DataBackupPolicy) | None => {
            let needed = [
                ("BackupRetentionPeriod", request.backup_retention_period.is_some()),
                ("PreferredBackupPeriod", request.preferred_backup_period.is_some()),
                ("PreferredBackupTime", request.preferred_backup_time.is_some()),
            ];
            if let Some((name, _)) = needed.into_iter().find(|(_, given)| !given) {
                return Err(Error::missing(name));
            }
            let days = |of: Option<Number<7, 730>>| of.map(Number::get);
            match (days(request.log_backup_retention_period), days(request.backup_retention_period))
            {
                (Some(log), Some(data)) if log > data => {
                    let detail = "LogBackupRetentionPeriod is at most BackupRetentionPeriod";
                    let code = "InvalidBackupRetentionPeriod.Malformed";
                    Err(action.refuse(&[code], detail))
                }
                (Some(_) | None, Some(_) | None) => Ok(()),
            }
        }
    }
}
