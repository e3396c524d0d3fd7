//! What the actions of RDS are asked with and answer.
//!
//! Requests, replies and tables are generated from `model/rds.json`, which holds the names,
//! limits and error words that Alibaba Cloud documents. This file holds the vocabulary of
//! that code, `value` what a parameter may be, `rules` what parameters may be together.
//!
//! Choices where the documentation leaves one:
//!
//! - A parameter that is empty counts as not given, except the ids of `DeleteBackup`.
//! - Parameters that an action does not have are ignored, as the gateway does, except those of
//!   later versions that say how long backups are kept: these are refused.
//! - Times are read to the minute and to the second, whichever an action documents.
//! - Of replies, what is a number may come as a text and the other way round, as real ones do.

pub mod create_backup;
pub mod delete_backup;
pub mod describe_backup_policy;
pub mod describe_backup_tasks;
pub mod describe_backups;
pub mod describe_binlog_files;
pub mod describe_db_instance_attribute;
pub mod describe_db_instances;
pub mod describe_detached_backups;
pub mod describe_log_backup_files;
pub mod describe_regions;
pub mod modify_backup_policy;
pub mod value;
pub mod words;

mod actions;
mod calls;
mod errors;
mod lenient;
mod macros;
mod rules;
mod unserved;

use serde::Serialize;
use serde::de::DeserializeOwned;

pub use actions::Action;
pub use calls::Call;

use super::{Error, Parameters};

/// An error that is documented for an action.
#[derive(Debug, PartialEq, Eq)]
pub struct ErrorRow {
    /// The HTTP status.
    pub status: u16,
    /// Its name.
    pub code: &'static str,
    /// For people.
    pub message: &'static str,
}

impl ErrorRow {
    const fn new(status: u16, code: &'static str, message: &'static str) -> Self {
        Self { status, code, message }
    }
}

/// What a parameter answers that is wrong in a way for which an action documents no error.
const ANY: ErrorRow =
    ErrorRow::new(400, "InvalidParameters.Format", "Specified parameter is not valid");

/// What one action answers.
pub trait Answer: Serialize + DeserializeOwned {
    /// That action.
    const ACTION: Action;
}

impl Action {
    /// The action of this name. One that RDS has and that is not understood here, and one that
    /// it does not have, have an error of their own each.
    pub fn of(name: &str) -> Result<Self, Error> {
        if let Some(known) = Self::ALL.iter().copied().find(|known| known.name() == name) {
            return Ok(known);
        }
        if unserved::UNSERVED.split(' ').any(|known| known == name) {
            let message = format!(
                "The specified action is not supported: {name} of ApsaraDB RDS is not served \
                 here, nothing was done."
            );
            return Err(Error::new(400, "UnsupportedOperation", message));
        }
        Err(Error::unknown_action())
    }

    /// The error that is documented for this action under this name. Another name is a mistake
    /// of the caller, and gives an internal error.
    pub fn error(self, code: &str) -> Error {
        self.error_of(&[code])
    }

    /// The first of these errors that is documented for this action. None of them is a mistake
    /// of the caller, as in [`Self::error`].
    pub fn error_of(self, codes: &[&str]) -> Error {
        match codes.iter().find_map(|code| self.row(code)) {
            Some(row) => Error::new(row.status, row.code, row.message),
            None => Error::internal(),
        }
    }

    fn row(self, code: &str) -> Option<&'static ErrorRow> {
        let documented = self.errors().iter().find(|row| row.code == code);
        documented.or_else(|| (code == ANY.code).then_some(&ANY))
    }

    /// The first of these errors that is documented for this action, with what is wrong.
    pub fn refuse(self, codes: &[&str], detail: &str) -> Error {
        let row = codes.iter().find_map(|code| self.row(code)).unwrap_or(&ANY);
        let message = row.message.trim_end_matches('.');
        Error::new(row.status, row.code, format!("{message}: {detail}."))
    }
}

impl Call {
    /// Understands the parameters of an action.
    pub fn decode(action: Action, given: &Parameters) -> Result<Self, Error> {
        let call = Self::read(action, given)?;
        rules::check(&call, given)?;
        Ok(call)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn actions_are_known_unserved_or_unknown() {
        assert_eq!(Action::of("DeleteBackup"), Ok(Action::DeleteBackup));
        for name in ["DeleteBackupFile", "DeleteDBInstance", "AcceptRCInquiredSystemEvent"] {
            let error = Action::of(name).unwrap_err();
            assert_eq!((error.status, &*error.code), (400, "UnsupportedOperation"));
            assert!(error.message.contains(name), "{error}");
        }
        for name in ["", " ", "deletebackup", "DeleteBackups", "DeleteBackup DescribeBackups"] {
            let error = Action::of(name).unwrap_err();
            assert_eq!((error.status, &*error.code), (404, "InvalidApi.NotFound"), "{name}");
        }
    }

    #[test]
    fn no_action_is_both_served_and_unserved() {
        let unserved: Vec<&str> = unserved::UNSERVED.split(' ').collect();
        assert!(unserved.len() > 400, "{}", unserved.len());
        assert!(unserved.iter().all(|name| name.len() > 8 && name.is_ascii()), "{unserved:?}");
        assert!(Action::ALL.iter().all(|action| !unserved.contains(&action.name())));
    }

    #[test]
    fn the_errors_of_delete_backup_are_those_that_are_documented() {
        for (status, code) in [
            (400, "ReadDBInstanceNotSupport"),
            (400, "ParameterLeastAssociate"),
            (400, "DeleteBackupSetNumExceed"),
            (403, "IncorrectDBInstanceState"),
            (403, "IncorrectDBInstanceType"),
            (403, "OperationDenied.BackupSetDeleteNotSupport"),
            (404, "InvalidDBInstanceName.NotFound"),
            (404, "IncorrectDBInstanceLockMode"),
            (404, "InvalidBackupSetID.NotFound"),
        ] {
            let error = Action::DeleteBackup.error(code);
            assert_eq!((error.status, &*error.code), (status, code));
        }
        assert_eq!(Action::DeleteBackup.error("NoSuchWord"), Error::internal());
    }
}
