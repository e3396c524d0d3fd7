//! `ApsaraDB` RDS: each call to its operation, each result to its reply.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{RdsRefusal, SetsRefusal, Stated};
use sexton_wire::apsara::model::{Action, Answer, Call};
use sexton_wire::apsara::{Error, Format, encode, reply};
use sexton_wire::aws::Reply;

use crate::auth::Caller;
use crate::authorize::of_rds;
use crate::behalf::note_stated;
use crate::error::OpsError;
use crate::service::Service;

mod instances;
mod logs;
mod policy;
mod sets;

/// Items on a page, if a request does not say.
const PAGE_SIZE: usize = 30;

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

/// Who asks for something, when, and how the answer is to be.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Asked<'a> {
    /// Who, and in which realm: that of the region that is named, or the first one.
    pub(crate) caller: &'a Caller,
    /// When.
    pub(crate) now: Timestamp,
    /// The regions that are served.
    pub(crate) regions: &'a [&'a str],
    /// How.
    pub(crate) form: &'a Form<'a>,
}

/// Why a call is not answered.
#[derive(Debug)]
pub(crate) enum Failure {
    /// An operation did not succeed.
    Ops(OpsError),
    /// It is nothing that an operation could be asked for.
    Refused(Error),
}

impl From<OpsError> for Failure {
    fn from(failure: OpsError) -> Self {
        Self::Ops(failure)
    }
}

/// Names an operation's failure in the words of RDS.
pub(crate) fn error(failure: &OpsError, action: Action) -> Error {
    match failure {
        OpsError::Rds(refusal) => refused(refusal, action),
        OpsError::TooManyJobs(_) | OpsError::TooManyRestores(_) => Error::throttled(),
        OpsError::Contended | OpsError::Store(_) => Error::unavailable(),
        OpsError::Denied(_) => Error::forbidden(),
        OpsError::NoVault(_)
        | OpsError::NoBackup
        | OpsError::NoJob(_)
        | OpsError::NoResource(_)
        | OpsError::Vault(..)
        | OpsError::Delete(_)
        | OpsError::NoPolicy(_)
        | OpsError::Policy(_)
        | OpsError::Lock(_)
        | OpsError::NoHold(_)
        | OpsError::Hold(_)
        | OpsError::NoNotifications(_)
        | OpsError::Association(_)
        | OpsError::Lifecycle(_)
        | OpsError::Plan(_)
        | OpsError::Backup(_)
        | OpsError::Stop(_)
        | OpsError::Restore(_)
        | OpsError::Copy(_)
        | OpsError::Tags(_)
        | OpsError::Fsx(_)
        | OpsError::User(_)
        | OpsError::Role(_)
        | OpsError::TooManyRealms
        | OpsError::Request(_) => Error::internal(),
    }
}

/// Names what RDS refuses.
fn refused(refusal: &RdsRefusal, action: Action) -> Error {
    let told = |code| action.refuse(&[code], &refusal.to_string());
    match refusal {
        RdsRefusal::NoInstance { .. } => no_instance(action),
        RdsRefusal::NotRunning { .. } | RdsRefusal::SlotsOwed { .. } => {
            told("IncorrectDBInstanceState")
        }
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
pub(crate) async fn answer(
    service: &Arc<Service>,
    call: Call,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let caller = asked.caller;
    note_stated(Stated::default());
    service.authorize(caller, || of_rds(&call, caller), asked.now).await?;
    match call {
        Call::CreateBackup(request) => sets::create(service, request, asked).await,
        Call::DeleteBackup(request) => sets::delete(service, &request, asked).await,
        Call::DescribeBackupPolicy(request) => {
            policy::describe(service, request.db_instance_id.as_str(), asked).await
        }
        Call::DescribeBackupTasks(request) => sets::describe_tasks(service, &request, asked).await,
        Call::DescribeBackups(request) => sets::describe(service, &request, asked).await,
        Call::DescribeBinlogFiles(request) => logs::binary(service, &request, asked).await,
        Call::DescribeDBInstanceAttribute(request) => {
            instances::attribute(service, request.db_instance_id.as_str(), asked).await
        }
        Call::DescribeDBInstances(request) => instances::list(service, &request, asked).await,
        Call::DescribeDetachedBackups(request) => {
            sets::describe_detached(service, &request, asked).await
        }
        Call::DescribeLogBackupFiles(request) => logs::write_ahead(service, &request, asked).await,
        Call::DescribeRegions(_) => describe_regions(service, asked).await,
        Call::ModifyBackupPolicy(request) => policy::modify(service, &request, asked).await,
    }
}

/// The regions that are served, and those in which the account has something.
async fn describe_regions(service: &Service, asked: &Asked<'_>) -> Result<Reply, Failure> {
    let account = &asked.caller.realm.account;
    let begun = service.store.list_realms().await.map_err(OpsError::from)?;
    let begun = begun.iter().filter(|realm| realm.account == *account);
    let mut regions = asked.regions.to_vec();
    for realm in begun {
        if !regions.contains(&realm.region.as_str()) {
            regions.push(&realm.region);
        }
    }
    Ok(asked.form.reply(&encode::describe_regions(&regions, asked.form.host)))
}

/// Which page of a listing is asked for, and how long it is.
#[derive(Debug, Clone, Copy)]
struct Paged {
    /// From 1.
    page: usize,
    size: usize,
}

impl Paged {
    /// What a request says; what it leaves out, or a page 0, is the default.
    fn of(page: Option<i64>, size: Option<i64>) -> Self {
        let number = |of: Option<i64>| of.and_then(|it| usize::try_from(it).ok());
        Self {
            page: number(page).unwrap_or(1).max(1),
            size: number(size).unwrap_or(PAGE_SIZE).max(1),
        }
    }

    /// The number of the page.
    fn number(self) -> u64 {
        count(self.page)
    }

    /// What of `all` is on it.
    fn cut<T>(self, all: &[T]) -> &[T] {
        let from = (self.page - 1).saturating_mul(self.size).min(all.len());
        let to = from.saturating_add(self.size).min(all.len());
        &all[from..to]
    }
}

/// A count as answers have it.
fn count(number: usize) -> u64 {
    u64::try_from(number).unwrap_or(u64::MAX)
}

#[cfg(test)]
mod tests {
    use sexton_core::Undeletable;

    use super::*;

    #[test]
    fn each_reason_against_a_deletion_has_the_error_that_is_documented_for_it() {
        let stays = |why| SetsRefusal::Stays { id: "1".to_owned(), why };
        let too_young = Undeletable::TooYoung { after: Timestamp::UNIX_EPOCH };
        for (refusal, status, code) in [
            (SetsRefusal::NothingAsked, 400, "ParameterLeastAssociate"),
            (SetsRefusal::TooMany { count: 101 }, 400, "DeleteBackupSetNumExceed"),
            (SetsRefusal::Kind, 400, "ReadDBInstanceNotSupport"),
            (SetsRefusal::Locked, 404, "IncorrectDBInstanceLockMode"),
            (SetsRefusal::Unsupported(Undeletable::Engine), 403, "IncorrectDBInstanceType"),
            (SetsRefusal::Unsupported(Undeletable::Edition), 403, "IncorrectDBInstanceType"),
            (SetsRefusal::NotRunning, 403, "IncorrectDBInstanceState"),
            (SetsRefusal::NoSet { id: "1".to_owned() }, 404, "InvalidBackupSetID.NotFound"),
            (stays(too_young), 403, "OperationDenied.BackupSetDeleteNotSupport"),
            (stays(Undeletable::Running), 403, "OperationDenied.BackupSetDeleteNotSupport"),
            (stays(Undeletable::InUse), 403, "OperationDenied.BackupSetDeleteNotSupport"),
        ] {
            let error = refused(&RdsRefusal::Sets(refusal), Action::DeleteBackup);
            assert_eq!((error.status, &*error.code), (status, code));
        }
        let (id, why) = ("rm-1".parse().unwrap(), "refused (since then)".to_owned());
        let error = refused(&RdsRefusal::NotRunning { id, why }, Action::CreateBackup);
        assert_eq!((error.status, &*error.code), (403, "IncorrectDBInstanceState"));
        assert!(error.message.contains("cannot be reached: refused (since then)"), "{error:?}");
        let error =
            refused(&RdsRefusal::NoInstance { id: "rm-1".to_owned() }, Action::DeleteBackup);
        assert_eq!((error.status, &*error.code), (404, "InvalidDBInstanceName.NotFound"));
    }

    #[test]
    fn pages_follow_each_other_and_the_last_ones_are_empty() {
        let all = [1, 2, 3, 4, 5];
        let page = |number, size| Paged::of(number, size).cut(&all).to_vec();
        assert_eq!(page(None, Some(2)), [1, 2]);
        assert_eq!(page(Some(0), Some(2)), [1, 2]);
        assert_eq!(page(Some(3), Some(2)), [5]);
        assert_eq!(page(Some(4), Some(2)), [0; 0]);
        assert_eq!(page(Some(i64::MAX), Some(i64::MAX)), [0; 0]);
        assert_eq!(page(None, None), all);
        assert_eq!(page(Some(-1), Some(-1)), all);
    }
}
