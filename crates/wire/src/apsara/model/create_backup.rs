//! What `CreateBackup` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{InstanceId, Reader, put};
use super::words::{BackupMethod, BackupStrategy, CreateBackupType};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `CreateBackup` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `BackupMethod`.
    pub backup_method: Option<BackupMethod>,
    /// `BackupStrategy`.
    pub backup_strategy: Option<BackupStrategy>,
    /// `BackupType`.
    pub backup_type: Option<CreateBackupType>,
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `DBName`.
    pub db_name: Option<String>,
    /// `ResourceGroupId`.
    pub resource_group_id: Option<String>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::CreateBackup, given);
        Ok(Self {
            backup_method: read
                .or("InvalidBackupMethod.ValueNotSupport")
                .optional("BackupMethod")?,
            backup_strategy: read.optional("BackupStrategy")?,
            backup_type: read.or("BackupType.NotSupport").optional("BackupType")?,
            db_instance_id: read.or("InvalidDBInstanceName.NotFound").required("DBInstanceId")?,
            db_name: read.optional("DBName")?,
            resource_group_id: read.optional("ResourceGroupId")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "BackupMethod", self.backup_method.as_ref());
        put(&mut pairs, "BackupStrategy", self.backup_strategy.as_ref());
        put(&mut pairs, "BackupType", self.backup_type.as_ref());
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "DBName", self.db_name.as_ref());
        put(&mut pairs, "ResourceGroupId", self.resource_group_id.as_ref());
        pairs
    }
}

structure! {
    /// What `CreateBackup` answers.
    Response {
        backup_job_id: String = "BackupJobId",
        request_id: String = "RequestId",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::CreateBackup;
}
