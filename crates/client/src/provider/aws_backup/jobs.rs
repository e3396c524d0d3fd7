//! Backup and restore jobs: what it takes to rehearse a sweep on something real.
//!
//! The sweep itself starts no job. Jobs are asked for once, without retries, and then
//! read back until they have ended.

use std::time::Duration;

use aws_credential_types::Credentials;
use aws_sdk_backup::config::{BehaviorVersion, Region};
use aws_sdk_backup::types::{BackupJobState, RestoreJobStatus};
use aws_sdk_backup::{Client, Config};
use aws_smithy_types::retry::RetryConfig;
use sexton_core::{BackupArn, ResourceArn, RoleArn, VaultName};

use super::reply::failure;
use super::{AwsBackup, REPLY_BYTES_MAX};
use crate::classify::Class;
use crate::provider::ProviderError;
use crate::transport::{Transport, TransportError};

const POLL_FIRST: Duration = Duration::from_millis(4);
const POLL_LAST: Duration = Duration::from_millis(250);

/// A backup that was begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StartedBackup {
    /// The job's id.
    pub job: String,
    /// The point that it makes.
    pub point: BackupArn,
}

/// Where a job stands.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum JobState {
    /// It waits or works.
    Underway,
    /// It has done what it was asked to.
    Completed {
        /// What a restore has made.
        created: Option<String>,
    },
    /// It has not.
    Failed {
        /// Why not, in the service's words.
        reason: String,
    },
}

impl AwsBackup {
    /// A provider for the service at `endpoint`, with an access key that is known
    /// instead of one that is looked for. Nothing of the environment is used, proxies
    /// included. Nothing is sent yet.
    pub fn with_access_key(
        endpoint: &str,
        region: &str,
        id: &str,
        secret: &str,
    ) -> Result<Self, TransportError> {
        let config = Config::builder()
            .http_client(Transport::new(None, REPLY_BYTES_MAX)?)
            .behavior_version(BehaviorVersion::latest())
            .region(Region::new(region.to_owned()))
            .endpoint_url(endpoint)
            .credentials_provider(Credentials::new(id, secret, None, None, "sexton"))
            .retry_config(RetryConfig::disabled())
            .build();
        Ok(Self::new(Client::from_conf(config)))
    }

    /// Starts a backup of `resource` into `vault`.
    pub async fn start_backup(
        &self,
        vault: &VaultName,
        resource: &ResourceArn,
        role: &RoleArn,
    ) -> Result<StartedBackup, ProviderError> {
        let request = self
            .client
            .start_backup_job()
            .backup_vault_name(vault.as_str())
            .resource_arn(resource.as_str())
            .iam_role_arn(role.as_str());
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let job = reply.backup_job_id.ok_or_else(|| incomplete("BackupJobId"))?;
        let point = reply.recovery_point_arn.and_then(|arn| arn.parse().ok());
        let point = point.ok_or_else(|| incomplete("RecoveryPointArn"))?;
        Ok(StartedBackup { job, point })
    }

    /// Reads a backup job.
    pub async fn backup_job(&self, job: &str) -> Result<JobState, ProviderError> {
        let request = self.client.describe_backup_job().backup_job_id(job);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let reason = reply.status_message.unwrap_or_else(|| "no reason given".to_owned());
        Ok(match reply.state {
            Some(BackupJobState::Completed) => JobState::Completed { created: None },
            Some(
                BackupJobState::Aborted
                | BackupJobState::Expired
                | BackupJobState::Failed
                | BackupJobState::Partial,
            ) => JobState::Failed { reason },
            // Aborting, created, pending, running, or a state that we do not know.
            _ => JobState::Underway,
        })
    }

    /// Starts a restore of `point`, and gives the job's id.
    pub async fn start_restore(
        &self,
        point: &BackupArn,
        role: &RoleArn,
    ) -> Result<String, ProviderError> {
        let request = self
            .client
            .start_restore_job()
            .recovery_point_arn(point.as_str())
            .iam_role_arn(role.as_str())
            .set_metadata(Some(std::collections::HashMap::new()));
        let reply = request.send().await.map_err(|error| failure(&error))?;
        reply.restore_job_id.ok_or_else(|| incomplete("RestoreJobId"))
    }

    /// Reads a restore job.
    pub async fn restore_job(&self, job: &str) -> Result<JobState, ProviderError> {
        let request = self.client.describe_restore_job().restore_job_id(job);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let reason = reply.status_message.unwrap_or_else(|| "no reason given".to_owned());
        Ok(match reply.status {
            Some(RestoreJobStatus::Completed) => {
                JobState::Completed { created: reply.created_resource_arn }
            }
            Some(RestoreJobStatus::Aborted | RestoreJobStatus::Failed) => {
                JobState::Failed { reason }
            }
            // Pending, running, or a state that we do not know.
            _ => JobState::Underway,
        })
    }

    /// Reads a backup job until it has ended. Whoever cannot wait for ever drops this.
    pub async fn wait_for_backup(&self, job: &str) -> Result<JobState, ProviderError> {
        ended(|| self.backup_job(job)).await
    }

    /// Reads a restore job until it has ended. Whoever cannot wait for ever drops this.
    pub async fn wait_for_restore(&self, job: &str) -> Result<JobState, ProviderError> {
        ended(|| self.restore_job(job)).await
    }
}

async fn ended<F>(look: impl Fn() -> F) -> Result<JobState, ProviderError>
where
    F: Future<Output = Result<JobState, ProviderError>>,
{
    let mut wait = POLL_FIRST;
    loop {
        let state = look().await?;
        if state != JobState::Underway {
            return Ok(state);
        }
        tokio::time::sleep(wait).await;
        wait = (wait * 2).min(POLL_LAST);
    }
}

/// The service said yes, and left out what it had to say.
fn incomplete(member: &str) -> ProviderError {
    let message = format!("the reply has no {member}");
    ProviderError::local(Class::Server, "IncompleteReply", message)
}
