//! What `DescribeBackupTasks` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{InstanceId, Number, Reader, put};
use super::words::{BackupJobStatus, BackupMode};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeBackupTasks` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `BackupJobId`.
    pub backup_job_id: Option<Number<0, 2_147_483_647>>,
    /// `BackupJobStatus`.
    pub backup_job_status: Option<BackupJobStatus>,
    /// `BackupMode`.
    pub backup_mode: Option<BackupMode>,
    /// `ClientToken`.
    pub client_token: Option<String>,
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `Flag`.
    pub flag: Option<String>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeBackupTasks, given);
        Ok(Self {
            backup_job_id: read.optional("BackupJobId")?,
            backup_job_status: read.optional("BackupJobStatus")?,
            backup_mode: read.optional("BackupMode")?,
            client_token: read.optional("ClientToken")?,
            db_instance_id: read.or("InvalidDBInstanceName.NotFound").required("DBInstanceId")?,
            flag: read.optional("Flag")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "BackupJobId", self.backup_job_id.as_ref());
        put(&mut pairs, "BackupJobStatus", self.backup_job_status.as_ref());
        put(&mut pairs, "BackupMode", self.backup_mode.as_ref());
        put(&mut pairs, "ClientToken", self.client_token.as_ref());
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "Flag", self.flag.as_ref());
        pairs
    }
}

structure! {
    /// An item of `BackupJob`.
    BackupJob {
        backup_id: String = "BackupId",
        backup_job_id: String = "BackupJobId",
        backup_progress_status: String = "BackupProgressStatus",
        backup_status: String = "BackupStatus",
        job_mode: String = "JobMode",
        process: String = "Process",
        task_action: String = "TaskAction",
    }
}

structure! {
    /// What `Items` holds.
    ItemsList {
        backup_job: Vec<BackupJob> = "BackupJob",
    }
}

structure! {
    /// What `DescribeBackupTasks` answers.
    Response {
        items: ItemsList = "Items",
        request_id: String = "RequestId",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeBackupTasks;
}
