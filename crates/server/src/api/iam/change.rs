//! What the calls of IAM change of a role that is there.

use sexton_core::{IamRefusal, IamRole, Role, Tags};
use sexton_wire::aws::iam::RoleChange;

/// What a change is answered with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Answered {
    /// That it is done.
    Done,
    /// The same, where there is room for a result.
    Empty,
    /// The role as it is now.
    Role,
}

/// What becomes of a role by a change of it.
pub(super) fn changed(role: &IamRole, change: &RoleChange) -> Result<Role, IamRefusal> {
    let changed = match change {
        RoleChange::DeleteRole => return role.decide_delete(),
        RoleChange::PutRolePolicy { policy, document } => role.decide_put(policy, document),
        RoleChange::DeleteRolePolicy { policy } => role.decide_remove(policy),
        RoleChange::AttachRolePolicy { arn } => role.decide_attach(arn),
        RoleChange::DetachRolePolicy { arn } => role.decide_detach(arn),
        RoleChange::UpdateAssumeRolePolicy { trust } => role.decide_trust(trust),
        RoleChange::TagRole { tags } => role.decide_tag(tags),
        RoleChange::UntagRole { keys } => role.decide_untag(keys),
        RoleChange::UpdateRole { description, session_seconds } => {
            role.decide_update(description.as_deref(), *session_seconds)
        }
        RoleChange::UpdateRoleDescription { description } => {
            role.decide_update(Some(description), None)
        }
    };
    changed.map(Role::made)
}

/// The policy that a change is about, as the trail tells it.
pub(super) fn policy_of(change: &RoleChange) -> Option<&str> {
    match change {
        RoleChange::PutRolePolicy { policy, .. } | RoleChange::DeleteRolePolicy { policy } => {
            Some(policy)
        }
        RoleChange::AttachRolePolicy { arn } | RoleChange::DetachRolePolicy { arn } => Some(arn),
        RoleChange::DeleteRole
        | RoleChange::UpdateAssumeRolePolicy { .. }
        | RoleChange::TagRole { .. }
        | RoleChange::UntagRole { .. }
        | RoleChange::UpdateRole { .. }
        | RoleChange::UpdateRoleDescription { .. } => None,
    }
}

/// The tags that a change puts, and the keys of those that it takes off.
pub(super) fn tags_in(change: &RoleChange) -> (Tags, Vec<String>) {
    match change {
        RoleChange::TagRole { tags } => (tags.clone(), Vec::new()),
        RoleChange::UntagRole { keys } => (Tags::new(), keys.clone()),
        RoleChange::DeleteRole
        | RoleChange::PutRolePolicy { .. }
        | RoleChange::DeleteRolePolicy { .. }
        | RoleChange::AttachRolePolicy { .. }
        | RoleChange::DetachRolePolicy { .. }
        | RoleChange::UpdateAssumeRolePolicy { .. }
        | RoleChange::UpdateRole { .. }
        | RoleChange::UpdateRoleDescription { .. } => (Tags::new(), Vec::new()),
    }
}

/// What IAM answers it with.
pub(super) fn answered(change: &RoleChange) -> Answered {
    match change {
        RoleChange::UpdateRoleDescription { .. } => Answered::Role,
        RoleChange::UpdateRole { .. } => Answered::Empty,
        RoleChange::DeleteRole
        | RoleChange::PutRolePolicy { .. }
        | RoleChange::DeleteRolePolicy { .. }
        | RoleChange::AttachRolePolicy { .. }
        | RoleChange::DetachRolePolicy { .. }
        | RoleChange::UpdateAssumeRolePolicy { .. }
        | RoleChange::TagRole { .. }
        | RoleChange::UntagRole { .. } => Answered::Done,
    }
}
