//! From core's values to replies: one function for each operation's success.
//!
//! Members that are not known stay out of the reply; members that would be a promise
//! (a lock, a plan, an index) are only there when they are true.

/// A shape of the model with these members of another one: what describes a thing says what
/// lists it, and perhaps more.
macro_rules! members_of {
    ($from:expr => $to:ident { $($member:ident),* $(,)? }) => {{
        let from = $from;
        $to { $($member: from.$member,)* ..$to::default() }
    }};
}

mod copies;
mod jobs;
mod plans;
mod points;
mod protect;
mod vaults;

use sexton_core::{Lifecycle, Tags};

use crate::aws::Reply;
use crate::aws::model::backup::{Lifecycle as LifecycleMembers, ListTagsOutput};

pub(super) use copies::{copy_category, copy_job_state};
pub use copies::{describe_copy_job, list_copy_jobs, start_copy_job};
pub use jobs::{
    Progress, describe_backup_job, describe_restore_job, list_backup_jobs, list_restore_jobs,
    start_backup_job, start_restore_job, stop_backup_job,
};
pub(super) use jobs::{backup_job_state, message_category, restore_job_status};
pub use plans::{
    create_backup_plan, create_backup_selection, delete_backup_plan, delete_backup_selection,
    get_backup_plan, get_backup_selection, list_backup_plan_versions, list_backup_plans,
    list_backup_selections, update_backup_plan,
};
pub use points::{
    delete_recovery_point, describe_recovery_point, get_recovery_point_restore_metadata,
    list_recovery_points_by_backup_vault, list_recovery_points_by_resource,
};
pub use protect::{
    cancel_legal_hold, create_legal_hold, delete_backup_vault_access_policy,
    delete_backup_vault_lock_configuration, get_backup_vault_access_policy, get_legal_hold,
    list_legal_holds, list_recovery_points_by_legal_hold, put_backup_vault_access_policy,
    put_backup_vault_lock_configuration, update_recovery_point_lifecycle,
};
pub use vaults::{
    create_backup_vault, delete_backup_vault, describe_backup_vault, list_backup_vaults,
};

/// The answer to `TagResource`.
pub fn tag_resource() -> Reply {
    Reply::empty(200)
}

/// The answer to `UntagResource`.
pub fn untag_resource() -> Reply {
    Reply::empty(200)
}

/// The answer to `ListTags`.
pub fn list_tags(tags: Tags, next_token: Option<String>) -> Reply {
    Reply::json(200, &ListTagsOutput { tags: Some(tags), next_token })
}

/// Sizes beyond 8 EiB do not happen; if one did, this is the closest that the model has.
fn long(count: u64) -> i64 {
    i64::try_from(count).unwrap_or(i64::MAX)
}

/// The lifecycle, if anything was asked for.
fn lifecycle(lifecycle: &Lifecycle) -> Option<LifecycleMembers> {
    let members = LifecycleMembers {
        move_to_cold_storage_after_days: lifecycle.cold_after_days,
        delete_after_days: lifecycle.delete_after_days,
        opt_in_to_archive_for_supported_resources: lifecycle.archive_opt_in,
        delete_after_event: None,
    };
    (members != LifecycleMembers::default()).then_some(members)
}

#[cfg(test)]
mod tests;
