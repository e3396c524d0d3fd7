//! Replies about copy jobs.

use sexton_core::{CopyJob, CopyJobState};

use super::plans::creator;
use super::{lifecycle, long};
use crate::aws::Reply;
use crate::aws::model::backup::{
    self as model, DescribeCopyJobOutput, ListCopyJobsOutput, StartCopyJobOutput,
};
use crate::aws::timestamp::EpochSeconds;

/// The answer to `StartCopyJob`.
pub fn start_copy_job(job: &CopyJob) -> Reply {
    let output = StartCopyJobOutput {
        copy_job_id: Some(job.id.to_string()),
        creation_date: Some(EpochSeconds(job.created)),
        is_parent: Some(false),
    };
    Reply::json(200, &output)
}

/// The answer to `DescribeCopyJob`.
pub fn describe_copy_job(job: &CopyJob) -> Reply {
    Reply::json(200, &DescribeCopyJobOutput { copy_job: Some(copy_job(job)) })
}

/// The answer to `ListCopyJobs`.
pub fn list_copy_jobs<'a>(
    jobs: impl IntoIterator<Item = &'a CopyJob>,
    next_token: Option<String>,
) -> Reply {
    let copy_jobs = Some(jobs.into_iter().map(copy_job).collect());
    Reply::json(200, &ListCopyJobsOutput { copy_jobs, next_token })
}

fn copy_job(job: &CopyJob) -> model::CopyJob {
    // What was not let in or is being erased is no recovery point to look for.
    let copy = match &job.state {
        CopyJobState::Created | CopyJobState::Running | CopyJobState::Completed { .. } => {
            Some(job.copy.to_string())
        }
        CopyJobState::Failed { .. } => None,
    };
    model::CopyJob {
        account_id: Some(job.realm.account.clone()),
        copy_job_id: Some(job.id.to_string()),
        source_backup_vault_arn: Some(job.realm.vault_arn(&job.vault)),
        source_recovery_point_arn: Some(job.original.to_string()),
        destination_backup_vault_arn: Some(job.to_realm.vault_arn(&job.to_vault)),
        destination_vault_type: Some("BACKUP_VAULT".to_owned()),
        destination_recovery_point_arn: copy,
        destination_recovery_point_lifecycle: lifecycle(&job.lifecycle),
        resource_arn: Some(job.resource.to_string()),
        creation_date: Some(EpochSeconds(job.created)),
        completion_date: job.state.ended().map(EpochSeconds),
        state: Some(copy_job_state(&job.state)),
        status_message: job.state.reason().map(str::to_owned),
        backup_size_in_bytes: Some(long(job.size_bytes)),
        iam_role_arn: Some(job.role.to_string()),
        resource_type: Some(job.resource_type.to_string()),
        created_by: creator(job.created_by.as_deref()),
        is_parent: Some(false),
        message_category: copy_category(job).map(str::to_owned),
        ..model::CopyJob::default()
    }
}

/// A job's state by the model's name.
pub(in crate::aws::backup) fn copy_job_state(state: &CopyJobState) -> model::CopyJobState {
    match state {
        CopyJobState::Created => model::CopyJobState::Created,
        CopyJobState::Running => model::CopyJobState::Running,
        CopyJobState::Completed { .. } => model::CopyJobState::Completed,
        CopyJobState::Failed { .. } => model::CopyJobState::Failed,
    }
}

/// The category of a job's message, where AWS Backup has a word for it.
pub(in crate::aws::backup) fn copy_category(job: &CopyJob) -> Option<&'static str> {
    match &job.state {
        CopyJobState::Completed { .. } => Some("SUCCESS"),
        CopyJobState::Created | CopyJobState::Running | CopyJobState::Failed { .. } => None,
    }
}
