//! What a listing asks for. The comparison is here because some filters are words of the
//! wire: a state by its AWS name.
//!
//! `before` and `after` exclude the instant itself, as the documentation's words say.

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupArn, BackupJob, Keeper, Realm, ResourceArn, ResourceType, RestoreJob, VaultName,
};

use super::encode;
use crate::aws::model::backup::{BackupJobState, RestoreJobStatus};

/// Which recovery points of a vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct PointFilter {
    /// Made of this resource.
    pub resource: Option<ResourceArn>,
    /// Made of a resource of this type.
    pub resource_type: Option<ResourceType>,
    /// Made by this plan.
    pub plan_id: Option<String>,
    /// Made before this instant.
    pub created_before: Option<Timestamp>,
    /// Made after this instant.
    pub created_after: Option<Timestamp>,
    /// Nested in this point.
    pub parent: Option<BackupArn>,
    /// In a vault of this account.
    pub account: Option<String>,
}

impl PointFilter {
    /// Whether no point at all is asked for. There are neither plans nor nested points here
    /// yet, so a filter by either lets none through.
    pub fn is_of_nothing(&self, realm: &Realm) -> bool {
        self.plan_id.is_some()
            || self.parent.is_some()
            || !is(self.account.as_ref(), &realm.account)
    }

    /// Whether the point is asked for.
    pub fn matches(&self, point: &Backup, realm: &Realm) -> bool {
        let Keeper::Vault(kept) = &point.keeper;
        !self.is_of_nothing(realm)
            && is(self.resource.as_ref(), &point.source)
            && is(self.resource_type.as_ref(), &kept.resource_type)
            && between(point.created, self.created_after, self.created_before)
    }

    /// Whether every point is asked for, so that none has to be looked at to know.
    pub fn is_empty(&self) -> bool {
        *self == Self::default()
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
    /// Accepted before this instant.
    pub created_before: Option<Timestamp>,
    /// Accepted after this instant.
    pub created_after: Option<Timestamp>,
    /// Ended before this instant.
    pub completed_before: Option<Timestamp>,
    /// Ended after this instant.
    pub completed_after: Option<Timestamp>,
    /// Of this account.
    pub account: Option<String>,
    /// Part of this job.
    pub parent: Option<String>,
    /// With a message of this category; `*` is every category.
    pub message_category: Option<String>,
}

impl BackupJobFilter {
    /// Whether the job is asked for.
    pub fn matches(&self, job: &BackupJob, realm: &Realm) -> bool {
        let category = self.message_category.as_deref();
        self.parent.is_none()
            && is(self.resource.as_ref(), &job.resource)
            && is(self.resource_type.as_ref(), &job.resource_type)
            && is(self.state.as_ref(), &encode::backup_job_state(&job.state))
            && is(self.vault.as_ref(), &job.vault)
            && between(job.created, self.created_after, self.created_before)
            && ended_between(job.state.ended(), self.completed_after, self.completed_before)
            && category.is_none_or(|it| it == "*" || encode::message_category(job) == Some(it))
            && is(self.account.as_ref(), &realm.account)
    }
}

/// Which restore jobs.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct RestoreJobFilter {
    /// Of a resource of this type.
    pub resource_type: Option<ResourceType>,
    /// In this state.
    pub status: Option<RestoreJobStatus>,
    /// Accepted before this instant.
    pub created_before: Option<Timestamp>,
    /// Accepted after this instant.
    pub created_after: Option<Timestamp>,
    /// Ended before this instant.
    pub completed_before: Option<Timestamp>,
    /// Ended after this instant.
    pub completed_after: Option<Timestamp>,
    /// Of this account.
    pub account: Option<String>,
    /// Made by this restore testing plan.
    pub testing_plan: Option<String>,
    /// Part of this job.
    pub parent: Option<String>,
}

impl RestoreJobFilter {
    /// Whether the job is asked for.
    pub fn matches(&self, job: &RestoreJob, realm: &Realm) -> bool {
        self.parent.is_none()
            && self.testing_plan.is_none()
            && is(self.resource_type.as_ref(), &job.resource_type)
            && is(self.status.as_ref(), &encode::restore_job_status(&job.state))
            && between(job.created, self.created_after, self.created_before)
            && ended_between(job.state.ended(), self.completed_after, self.completed_before)
            && is(self.account.as_ref(), &realm.account)
    }
}

fn is<T: PartialEq>(wanted: Option<&T>, found: &T) -> bool {
    wanted.is_none_or(|wanted| wanted == found)
}

fn between(at: Timestamp, after: Option<Timestamp>, before: Option<Timestamp>) -> bool {
    after.is_none_or(|after| at > after) && before.is_none_or(|before| at < before)
}

/// What has not ended was ended neither before nor after anything.
fn ended_between(
    ended: Option<Timestamp>,
    after: Option<Timestamp>,
    before: Option<Timestamp>,
) -> bool {
    match ended {
        Some(at) => between(at, after, before),
        None => after.is_none() && before.is_none(),
    }
}
