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

/// What becomes of a role, of which `whole` is known, by a change of it.
pub(super) fn changed(
    role: &IamRole,
    whole: &Role,
    change: &RoleChange,
) -> Result<Role, IamRefusal> {
    match change {
        RoleChange::DeleteRole => role.decide_delete(),
        RoleChange::PutRolePolicy { policy, document } => {
            role.decide_put(policy, document).map(Role::made)
        }
        RoleChange::DeleteRolePolicy { policy } => role.decide_remove(policy).map(Role::made),
        RoleChange::AttachRolePolicy { arn } => role.decide_attach(arn).map(Role::made),
        RoleChange::DetachRolePolicy { arn } => role.decide_detach(arn).map(Role::made),
        RoleChange::UpdateAssumeRolePolicy { trust } => role.decide_trust(trust).map(Role::made),
        RoleChange::TagRole { tags } => role.decide_tag(tags).map(|it| whole.described(it)),
        RoleChange::UntagRole { keys } => role.decide_untag(keys).map(|it| whole.described(it)),
        RoleChange::UpdateRole { description, session_seconds } => {
            let updated = role.decide_update(description.as_deref(), *session_seconds);
            updated.map(|it| whole.described(it))
        }
        RoleChange::UpdateRoleDescription { description } => {
            role.decide_update(Some(description), None).map(|it| whole.described(it))
        }
    }
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
