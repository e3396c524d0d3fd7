//! What a listing asks for. The comparison is here because some filters are words of the
//! wire: a state by its AWS name.

use sexton_core::{
    BackupArn, BackupJob, CopyJob, PlanId, Realm, ResourceArn, ResourceType, RestoreJob, Span,
    Vault, VaultName,
};

use super::encode;
use crate::aws::model::backup::{BackupJobState, CopyJobState, RestoreJobStatus};

/// Which vaults.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct VaultFilter {
    /// Whether plain ones are let through.
    pub plain: bool,
    /// Whether logically air-gapped ones are.
    pub air_gapped: bool,
}

impl VaultFilter {
    /// Whether it lets a vault through.
    pub fn matches(self, vault: &Vault) -> bool {
        if vault.guard.is_air_gapped() { self.air_gapped } else { self.plain }
    }
}

/// Which recovery points of a vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointFilter {
    /// Made of this resource.
    pub resource: Option<ResourceArn>,
    /// Made of a resource of this type.
    pub resource_type: Option<ResourceType>,
    /// Made by this plan.
    pub plan: Option<String>,
    /// Made in this time.
    pub created: Span,
    /// Nested in this point.
    pub parent: Option<BackupArn>,
    /// In a vault of this account.
    pub account: Option<String>,
}

impl PointFilter {
    /// The plan that made them, if one is asked for.
    pub fn plan_id(&self) -> Option<PlanId> {
        self.plan.as_ref()?.parse().ok()
    }

    /// Whether no point at all is asked for. There are no nested points here yet, so a filter by
    /// their parent lets none through, and what is no id of a plan is that of none.
    pub fn is_of_nothing(&self, realm: &Realm) -> bool {
        self.plan.is_some() && self.plan_id().is_none()
            || self.parent.is_some()
            || !is(self.account.as_ref(), &realm.account)
    }
}

/// Which backup jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct BackupJobFilter {
    /// Of this resource.
    pub resource: Option<ResourceArn>,
    /// Of a resource of this type.
    pub resource_type: Option<ResourceType>,
    /// In this state.
    pub state: Option<BackupJobState>,
    /// Into this vault.
    pub vault: Option<VaultName>,
    /// Accepted in this time.
    pub created: Span,
    /// Ended in this time.
    pub completed: Span,
    /// Of this account.
    pub account: Option<String>,
    /// Part of this job.
    pub parent: Option<String>,
    /// With a message of this category; `*` is every category.
    pub message_category: Option<String>,
}

impl BackupJobFilter {
    /// Whether the job is asked for.
    pub fn matches(&self, job: &BackupJob) -> bool {
        let category = self.message_category.as_deref();
        self.parent.is_none()
            && is(self.resource.as_ref(), &job.resource)
            && is(self.resource_type.as_ref(), &job.resource_type)
            && is(self.state.as_ref(), &encode::backup_job_state(&job.state))
            && is(self.vault.as_ref(), &job.vault)
            && self.created.contains(job.created)
            && self.completed.contains_if_any(job.state.ended())
            && category.is_none_or(|it| it == "*" || encode::message_category(job) == Some(it))
            && is(self.account.as_ref(), &job.realm.account)
    }
}

/// Which restore jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreJobFilter {
    /// Of a resource of this type.
    pub resource_type: Option<ResourceType>,
    /// In this state.
    pub status: Option<RestoreJobStatus>,
    /// Accepted in this time.
    pub created: Span,
    /// Ended in this time.
    pub completed: Span,
    /// Of this account.
    pub account: Option<String>,
    /// Made by this restore testing plan.
    pub testing_plan: Option<String>,
    /// Part of this job.
    pub parent: Option<String>,
}

impl RestoreJobFilter {
    /// Whether the job is asked for.
    pub fn matches(&self, job: &RestoreJob) -> bool {
        self.parent.is_none()
            && self.testing_plan.is_none()
            && is(self.resource_type.as_ref(), &job.resource_type)
            && is(self.status.as_ref(), &encode::restore_job_status(&job.state))
            && self.created.contains(job.created)
            && self.completed.contains_if_any(job.state.ended())
            && is(self.account.as_ref(), &job.realm.account)
    }
}

/// Which copy jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct CopyJobFilter {
    /// Of this resource.
    pub resource: Option<ResourceArn>,
    /// Of a resource of this type.
    pub resource_type: Option<ResourceType>,
    /// In this state.
    pub state: Option<CopyJobState>,
    /// Into the vault of this ARN.
    pub destination: Option<String>,
    /// Of the recovery point of this ARN.
    pub original: Option<String>,
    /// Accepted in this time.
    pub created: Span,
    /// Ended in this time.
    pub completed: Span,
    /// Of this account.
    pub account: Option<String>,
    /// Part of this job.
    pub parent: Option<String>,
    /// With a message of this category; `*` is every category.
    pub message_category: Option<String>,
}

impl CopyJobFilter {
    /// Whether the job is asked for.
    pub fn matches(&self, job: &CopyJob) -> bool {
        let category = self.message_category.as_deref();
        let into = |arn: &str| job.to_realm.vault_arn(&job.to_vault) == arn;
        self.parent.is_none()
            && is(self.resource.as_ref(), &job.resource)
            && is(self.resource_type.as_ref(), &job.resource_type)
            && is(self.state.as_ref(), &encode::copy_job_state(&job.state))
            && self.destination.as_deref().is_none_or(into)
            && self.original.as_deref().is_none_or(|arn| job.original.as_str() == arn)
            && self.created.contains(job.created)
            && self.completed.contains_if_any(job.state.ended())
            && category.is_none_or(|it| it == "*" || encode::copy_category(job) == Some(it))
            && is(self.account.as_ref(), &job.realm.account)
    }
}

fn is<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}
