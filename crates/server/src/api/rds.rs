//! `ApsaraDB` RDS: each call to its operation, each result to its reply.

use sexton_core::{RdsRefusal, SetsRefusal};
use sexton_wire::apsara::model::{Action, Answer, Call};
use sexton_wire::apsara::{Error, Format, encode, reply};
use sexton_wire::aws::Reply;

use crate::error::OpsError;

/// How a request wants its answer.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Form<'a> {
    /// As which kind of text.
    pub(crate) format: Format,
    /// The id of the request.
    pub(crate) id: &'a str,
    /// What the client called.
    pub(crate) host: &'a str,
}

impl Form<'_> {
    fn reply<T: Answer>(&self, answer: &T) -> Reply {
        reply::success(answer, self.format, self.id)
    }
}

/// What is known of a request beside its call.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// The regions that are served.
    pub(crate) regions: &'a [&'a str],
    /// How.
    pub(crate) form: &'a Form<'a>,
}

/// Names an operation's failure in the words of RDS.
pub(crate) fn error(failure: &OpsError, action: Action) -> Error {
    match failure {
        OpsError::NoBackup => no_instance(action),
        OpsError::Rds(refusal) => refused(refusal, action),
        OpsError::TooManyJobs(_) | OpsError::TooManyRestores(_) => Error::throttled(),
        OpsError::Contended | OpsError::Store(_) => Error::unavailable(),
        OpsError::NoVault(_)
        | OpsError::NoJob(_)
        | OpsError::NoResource(_)
        | OpsError::Vault(..)
        | OpsError::Delete(_)
        | OpsError::Backup(_)
        | OpsError::Stop(_)
        | OpsError::Restore(_)
        | OpsError::Tags(_)
        | OpsError::Fsx(_)
        | OpsError::TooManyRealms
        | OpsError::Request(_) => Error::internal(),
    }
}

/// Names what RDS refuses.
fn refused(refusal: &RdsRefusal, action: Action) -> Error {
    let told = |code| action.refuse(&[code], &refusal.to_string());
    match refusal {
        RdsRefusal::NoInstance { .. } => no_instance(action),
        RdsRefusal::NotRunning { .. } => action.error_of(&["IncorrectDBInstanceState"]),
        RdsRefusal::Kind => {
            action.error_of(&["ReadDBInstanceNotSupport", "OperationDenied.ApiForbidden"])
        }
        RdsRefusal::BackupJobExists { .. } => action.error_of(&["BackupJobExists"]),
        RdsRefusal::TooManyToday => action.error_of(&["Exceeded.BackupTimes"]),
        RdsRefusal::Method { .. } => told("InvalidBackupMethod.ValueNotSupport"),
        RdsRefusal::Retention { .. } => told("InvalidBackupRetentionPeriod.Malformed"),
        RdsRefusal::Sets(refusal) => match refusal {
            SetsRefusal::NothingAsked => action.error_of(&["ParameterLeastAssociate"]),
            SetsRefusal::TooMany { .. } => action.error_of(&["DeleteBackupSetNumExceed"]),
            SetsRefusal::Kind => action.error_of(&["ReadDBInstanceNotSupport"]),
            SetsRefusal::Locked => action.error_of(&["IncorrectDBInstanceLockMode"]),
            SetsRefusal::Unsupported(_) => action.error_of(&["IncorrectDBInstanceType"]),
            SetsRefusal::NotRunning => action.error_of(&["IncorrectDBInstanceState"]),
            SetsRefusal::NoSet { .. } => action.error_of(&["InvalidBackupSetID.NotFound"]),
            SetsRefusal::Stays { .. } => told("OperationDenied.BackupSetDeleteNotSupport"),
        },
    }
}

/// There is no such instance, in the words that an action has for it.
fn no_instance(action: Action) -> Error {
    action.error_of(&[
        "InvalidDBInstanceName.NotFound",
        "InvalidDBInstance.NotFound",
        "InvalidDBInstanceId.NotFound",
    ])
}

/// Answers a call.
pub(crate) fn answer(call: &Call, asked: &Asked<'_>) -> Result<Reply, OpsError> {
    let form = asked.form;
    match call {
        Call::DescribeRegions(_) => {
            Ok(form.reply(&encode::describe_regions(asked.regions, form.host)))
        }
        Call::DescribeDBInstances(_) => {
            let page = &encode::Page { items: &[], number: 1, total: 0 };
            Ok(form.reply(&encode::describe_db_instances(page, None)))
        }
        Call::DescribeDetachedBackups(_) => {
            let page = &encode::Page { items: &[], number: 1, total: 0 };
            Ok(form.reply(&encode::describe_detached_backups(page)))
        }
        Call::CreateBackup(_)
        | Call::DeleteBackup(_)
        | Call::DescribeBackupPolicy(_)
        | Call::DescribeBackupTasks(_)
        | Call::DescribeBackups(_)
        | Call::DescribeBinlogFiles(_)
        | Call::DescribeDBInstanceAttribute(_)
        | Call::DescribeLogBackupFiles(_)
        | Call::ModifyBackupPolicy(_) => Err(OpsError::NoBackup),
    }
}
