//! What `DeleteBackup` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{BackupSetIds, InstanceId, Reader, put};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DeleteBackup` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `BackupId`.
    pub backup_id: BackupSetIds,
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DeleteBackup, given);
        Ok(Self {
            backup_id: read.or("InvalidBackupSetID.NotFound").required("BackupId")?,
            db_instance_id: read.or("InvalidDBInstanceName.NotFound").required("DBInstanceId")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "BackupId", Some(&self.backup_id));
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        pairs
    }
}

structure! {
    /// What `DeleteBackup` answers.
    Response {
        request_id: String = "RequestId",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DeleteBackup;
}
