//! Replies about backup and restore jobs.

use sexton_core::{BackupJob, BackupJobState, BackupLoss, Realm, RestoreJob, RestoreJobState};

use super::plans::creator;
use super::{lifecycle, long};
use crate::aws::Reply;
use crate::aws::model::backup::{
    self as model, DescribeBackupJobOutput, DescribeRestoreJobOutput, ListBackupJobsOutput,
    ListRestoreJobsOutput, RestoreJobStatus, RestoreJobsListMember, StartBackupJobOutput,
    StartRestoreJobOutput,
};
use crate::aws::timestamp::EpochSeconds;

/// How far a running job is, as the server last saw it.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Progress {
    /// 0 to 100.
    pub percent: u8,
    /// Bytes read so far.
    pub bytes: u64,
}

/// The answer to `StartBackupJob`.
pub fn start_backup_job(job: &BackupJob) -> Reply {
    let output = StartBackupJobOutput {
        backup_job_id: Some(job.id.to_string()),
        recovery_point_arn: Some(job.backup.to_string()),
        creation_date: Some(EpochSeconds(job.created)),
        is_parent: Some(false),
    };
    Reply::json(200, &output)
}

/// The answer to `DescribeBackupJob`.
pub fn describe_backup_job(job: &BackupJob, progress: Option<Progress>) -> Reply {
    let output = members_of!(backup_job(job, progress) => DescribeBackupJobOutput {
        account_id, backup_job_id, backup_vault_name, recovery_point_lifecycle, backup_vault_arn,
        vault_type, recovery_point_arn, is_encrypted, resource_arn, creation_date, completion_date,
        state, status_message, percent_done, backup_size_in_bytes, iam_role_arn, resource_type,
        created_by, bytes_transferred, is_parent, initiation_date, start_by, message_category
    });
    Reply::json(200, &output)
}

/// The answer to `ListBackupJobs`.
pub fn list_backup_jobs<'a>(
    jobs: impl IntoIterator<Item = (&'a BackupJob, Option<Progress>)>,
    next_token: Option<String>,
) -> Reply {
    let list = jobs.into_iter().map(|(job, progress)| backup_job(job, progress));
    let output = ListBackupJobsOutput { backup_jobs: Some(list.collect()), next_token };
    Reply::json(200, &output)
}

/// The answer to `StopBackupJob`.
pub fn stop_backup_job() -> Reply {
    Reply::empty(200)
}

/// The answer to `StartRestoreJob`.
pub fn start_restore_job(job: &RestoreJob) -> Reply {
    Reply::json(200, &StartRestoreJobOutput { restore_job_id: Some(job.id.to_string()) })
}

/// The answer to `DescribeRestoreJob`.
pub fn describe_restore_job(job: &RestoreJob, progress: Option<Progress>) -> Reply {
    let output = members_of!(restore_job(job, progress) => DescribeRestoreJobOutput {
        account_id, restore_job_id, recovery_point_arn, source_resource_arn, backup_vault_arn,
        creation_date, completion_date, status, status_message, percent_done, backup_size_in_bytes,
        iam_role_arn, created_resource_arn, resource_type, recovery_point_creation_date, is_parent
    });
    Reply::json(200, &output)
}

/// The answer to `ListRestoreJobs`.
pub fn list_restore_jobs<'a>(
    jobs: impl IntoIterator<Item = (&'a RestoreJob, Option<Progress>)>,
    next_token: Option<String>,
) -> Reply {
    let list = jobs.into_iter().map(|(job, progress)| restore_job(job, progress));
    let output = ListRestoreJobsOutput { restore_jobs: Some(list.collect()), next_token };
    Reply::json(200, &output)
}

fn backup_job(job: &BackupJob, progress: Option<Progress>) -> model::BackupJob {
    let size_bytes = match &job.state {
        BackupJobState::Completed { size_bytes, .. } => Some(*size_bytes),
        BackupJobState::Running
        | BackupJobState::Aborting
        | BackupJobState::Aborted { .. }
        | BackupJobState::Expired { .. }
        | BackupJobState::Failed { .. } => None,
    };
    let percent = match size_bytes {
        Some(_) => 100,
        None => progress.unwrap_or_default().percent.min(100),
    };
    model::BackupJob {
        account_id: Some(job.realm.account.clone()),
        backup_job_id: Some(job.id.to_string()),
        backup_vault_name: Some(job.vault.to_string()),
        backup_vault_arn: Some(job.realm.vault_arn(&job.vault)),
        vault_type: Some("BACKUP_VAULT".to_owned()),
        recovery_point_arn: Some(job.backup.to_string()),
        recovery_point_lifecycle: lifecycle(&job.lifecycle),
        is_encrypted: Some(true),
        resource_arn: Some(job.resource.to_string()),
        creation_date: Some(EpochSeconds(job.created)),
        completion_date: job.state.ended().map(EpochSeconds),
        state: Some(backup_job_state(&job.state)),
        status_message: backup_message(&job.state),
        percent_done: Some(format!("{percent}.0")),
        backup_size_in_bytes: size_bytes.map(long),
        iam_role_arn: Some(job.role.to_string()),
        resource_type: Some(job.resource_type.to_string()),
        bytes_transferred: size_bytes.or(progress.map(|it| it.bytes)).map(long),
        is_parent: Some(false),
        initiation_date: Some(EpochSeconds(job.created)),
        start_by: job.windows.start_by(job.created).map(EpochSeconds),
        created_by: creator(job.created_by.as_deref()),
        message_category: message_category(job).map(str::to_owned),
        ..model::BackupJob::default()
    }
}

/// A job's state by the model's name.
pub(in crate::aws::backup) fn backup_job_state(state: &BackupJobState) -> model::BackupJobState {
    match state {
        BackupJobState::Running => model::BackupJobState::Running,
        BackupJobState::Aborting => model::BackupJobState::Aborting,
        BackupJobState::Aborted { .. } => model::BackupJobState::Aborted,
        BackupJobState::Expired { .. } => model::BackupJobState::Expired,
        BackupJobState::Completed { .. } => model::BackupJobState::Completed,
        BackupJobState::Failed { .. } => model::BackupJobState::Failed,
    }
}

fn backup_message(state: &BackupJobState) -> Option<String> {
    match state {
        BackupJobState::Completed { message, .. } => Some(message.clone()),
        BackupJobState::Failed { reason, .. } | BackupJobState::Aborted { reason, .. } => {
            Some(reason.clone())
        }
        BackupJobState::Expired { .. } => Some(BackupLoss::NotStarted.reason().to_owned()),
        BackupJobState::Running | BackupJobState::Aborting => None,
    }
    .filter(|message| !message.is_empty())
}

/// The category of a job's message, where AWS Backup has a word for it.
pub(in crate::aws::backup) fn message_category(job: &BackupJob) -> Option<&'static str> {
    match &job.state {
        BackupJobState::Completed { .. } => Some("SUCCESS"),
        BackupJobState::Running
        | BackupJobState::Aborting
        | BackupJobState::Aborted { .. }
        | BackupJobState::Expired { .. }
        | BackupJobState::Failed { .. } => None,
    }
}

fn restore_job(job: &RestoreJob, progress: Option<Progress>) -> RestoreJobsListMember {
    let (message, created, done) = match &job.state {
        RestoreJobState::Running => (None, None, false),
        RestoreJobState::Completed { created, message, .. } => {
            (Some(message.clone()).filter(|it| !it.is_empty()), Some(created), true)
        }
        RestoreJobState::Failed { reason, .. } => (Some(reason.clone()), None, false),
    };
    let percent = if done { 100 } else { progress.unwrap_or_default().percent.min(100) };
    RestoreJobsListMember {
        account_id: Some(job.realm.account.clone()),
        restore_job_id: Some(job.id.to_string()),
        recovery_point_arn: Some(job.backup.to_string()),
        source_resource_arn: Some(job.resource.to_string()),
        backup_vault_arn: Some(job.realm.vault_arn(&job.vault)),
        creation_date: Some(EpochSeconds(job.created)),
        completion_date: job.state.ended().map(EpochSeconds),
        status: Some(restore_job_status(&job.state)),
        status_message: message,
        percent_done: Some(format!("{percent}.00%")),
        backup_size_in_bytes: Some(long(job.size_bytes)),
        iam_role_arn: job.role.as_ref().map(ToString::to_string),
        created_resource_arn: created.map(|name| created_arn(name, &job.realm)),
        resource_type: Some(job.resource_type.to_string()),
        recovery_point_creation_date: Some(EpochSeconds(job.backup_created)),
        is_parent: Some(false),
        ..RestoreJobsListMember::default()
    }
}

/// A restored directory as the ARN of the file system that it stands for.
fn created_arn(name: &str, realm: &Realm) -> String {
    if name.starts_with("arn:") {
        name.to_owned()
    } else {
        realm.arn("fsx", &format!("file-system/{name}"))
    }
}

/// A job's state by the model's name.
pub(in crate::aws::backup) fn restore_job_status(state: &RestoreJobState) -> RestoreJobStatus {
    match state {
        RestoreJobState::Running => RestoreJobStatus::Running,
        RestoreJobState::Completed { .. } => RestoreJobStatus::Completed,
        RestoreJobState::Failed { .. } => RestoreJobStatus::Failed,
    }
}
