//! IAM (query protocol): the roles with which backups are made, and what they may do.

mod decode;
mod encode;

use sexton_core::{Denied, IamRefusal, RemovalName, RoleOrder, Tags};

use super::query::{self, Invalid};
use super::sigv4::AuthError;
use super::{Reply, WireError};

pub use decode::decode;
pub use encode::{
    Listed, deletion_status, deletion_task, done, empty, names, no_profiles, policies, policy,
    role, roles, tags,
};

/// The most items on one page.
pub const ITEMS_MAX: usize = 1000;

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// What can be asked of IAM here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names and parameters of IAM")]
pub enum Call {
    CreateRole(RoleOrder),
    GetRole { role: String },
    ListRoles { path_prefix: String, page: Page },
    GetRolePolicy { role: String, policy: String },
    ListRolePolicies { role: String, page: Page },
    ListAttachedRolePolicies { role: String, path_prefix: String, page: Page },
    ListRoleTags { role: String, page: Page },
    CreateServiceLinkedRole { service: String, description: Option<String> },
    DeleteServiceLinkedRole { role: String },
    GetServiceLinkedRoleDeletionStatus { task: RemovalName },
    ListInstanceProfilesForRole { role: String },
    Change { role: String, change: RoleChange },
}

/// What can be changed of a role that is there.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names and parameters of IAM")]
pub enum RoleChange {
    DeleteRole,
    PutRolePolicy { policy: String, document: String },
    DeleteRolePolicy { policy: String },
    AttachRolePolicy { arn: String },
    DetachRolePolicy { arn: String },
    UpdateAssumeRolePolicy { trust: String },
    TagRole { tags: Tags },
    UntagRole { keys: Vec<String> },
    UpdateRole { description: Option<String>, session_seconds: Option<u32> },
    UpdateRoleDescription { description: String },
}

/// Which part of a list. What follows a page begins after the last name on it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Page {
    /// The last name of the page before.
    pub after: Option<String>,
    /// How many, at most.
    pub items_max: usize,
}

/// An error of IAM.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code}: {message}")]
pub struct Error {
    /// The HTTP status.
    pub status: u16,
    /// Its name.
    pub code: &'static str,
    /// For people.
    pub message: String,
}

impl Call {
    /// The name of the operation.
    pub fn name(&self) -> &'static str {
        match self {
            Self::CreateRole(_) => "CreateRole",
            Self::GetRole { .. } => "GetRole",
            Self::ListRoles { .. } => "ListRoles",
            Self::GetRolePolicy { .. } => "GetRolePolicy",
            Self::ListRolePolicies { .. } => "ListRolePolicies",
            Self::ListAttachedRolePolicies { .. } => "ListAttachedRolePolicies",
            Self::ListRoleTags { .. } => "ListRoleTags",
            Self::CreateServiceLinkedRole { .. } => "CreateServiceLinkedRole",
            Self::DeleteServiceLinkedRole { .. } => "DeleteServiceLinkedRole",
            Self::GetServiceLinkedRoleDeletionStatus { .. } => "GetServiceLinkedRoleDeletionStatus",
            Self::ListInstanceProfilesForRole { .. } => "ListInstanceProfilesForRole",
            Self::Change { change, .. } => change.name(),
        }
    }

    /// The name of the role that it is about.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::CreateRole(order) => Some(&order.name),
            Self::GetRole { role }
            | Self::GetRolePolicy { role, .. }
            | Self::ListRolePolicies { role, .. }
            | Self::ListAttachedRolePolicies { role, .. }
            | Self::ListRoleTags { role, .. }
            | Self::ListInstanceProfilesForRole { role }
            | Self::DeleteServiceLinkedRole { role }
            | Self::Change { role, .. } => Some(role),
            Self::GetServiceLinkedRoleDeletionStatus { task } => Some(task.role()),
            Self::CreateServiceLinkedRole { .. } | Self::ListRoles { .. } => None,
        }
    }
}

impl RoleChange {
    /// The name of the operation.
    pub fn name(&self) -> &'static str {
        match self {
            Self::DeleteRole => "DeleteRole",
            Self::PutRolePolicy { .. } => "PutRolePolicy",
            Self::DeleteRolePolicy { .. } => "DeleteRolePolicy",
            Self::AttachRolePolicy { .. } => "AttachRolePolicy",
            Self::DetachRolePolicy { .. } => "DetachRolePolicy",
            Self::UpdateAssumeRolePolicy { .. } => "UpdateAssumeRolePolicy",
            Self::TagRole { .. } => "TagRole",
            Self::UntagRole { .. } => "UntagRole",
            Self::UpdateRole { .. } => "UpdateRole",
            Self::UpdateRoleDescription { .. } => "UpdateRoleDescription",
        }
    }
}

impl Error {
    fn new(status: u16, code: &'static str, message: String) -> Self {
        Self { status, code, message }
    }

    fn validation(message: String) -> Self {
        Self::new(400, "ValidationError", message)
    }

    fn unserved(action: &str) -> Self {
        let action = super::model::check::echo(action);
        let message = format!("The action {action} of IAM is not served here; nothing was done.");
        Self::new(400, "InvalidAction", message)
    }

    /// No such service has a role of its own here.
    pub fn no_service(name: &str) -> Self {
        let name = super::model::check::echo(name);
        let message = format!("{name} has no role here: only backup.amazonaws.com has");
        Self::new(400, "InvalidInput", message)
    }

    /// The request names no version of the API, and so no operation.
    pub fn no_version() -> Self {
        let message = "Could not find an operation: the Version of the API must be named";
        Self::new(400, "InvalidAction", message.to_owned())
    }

    /// What could not be read, in the words of this protocol.
    pub fn unread(error: &WireError) -> Self {
        let code = error.name.trim_end_matches("Exception");
        Self::new(error.status, code, error.message.clone())
    }

    /// Whoever asks may not.
    pub fn denied(denied: &Denied) -> Self {
        Self::new(403, "AccessDenied", denied.in_words_of_aws())
    }

    /// The server cannot answer now.
    pub fn unavailable() -> Self {
        Self::new(503, "ServiceUnavailable", "The service is temporarily unavailable.".to_owned())
    }

    /// Something broke here. The cause is in the server's log, not on the wire.
    pub fn internal() -> Self {
        Self::new(500, "ServiceFailure", "An internal error occurred.".to_owned())
    }

    /// The error as an answer.
    pub fn reply(&self, request_id: &str) -> Reply {
        query::error(NAMESPACE, (self.status, self.code, &self.message), request_id)
    }
}

impl From<Invalid> for Error {
    fn from(invalid: Invalid) -> Self {
        let code = match &invalid {
            Invalid::Unreadable => "MalformedInput",
            Invalid::Absent { .. } | Invalid::Missing { .. } | Invalid::NoNumber { .. } => {
                "ValidationError"
            }
            Invalid::NoList { .. } | Invalid::Unsupported { .. } => "InvalidInput",
        };
        Self::new(400, code, invalid.to_string())
    }
}

impl From<IamRefusal> for Error {
    fn from(refusal: IamRefusal) -> Self {
        let (status, code) = match &refusal {
            IamRefusal::RoleExists { .. } => (409, "EntityAlreadyExists"),
            IamRefusal::NoRole { .. }
            | IamRefusal::NoPolicy { .. }
            | IamRefusal::NoManaged { .. }
            | IamRefusal::NotLinked { .. }
            | IamRefusal::NoTask { .. }
            | IamRefusal::NotAttached { .. } => (404, "NoSuchEntity"),
            IamRefusal::Protected { .. } => (400, "UnmodifiableEntity"),
            IamRefusal::InUse(_) => (409, "DeleteConflict"),
            IamRefusal::Malformed(_) => (400, "MalformedPolicyDocument"),
            IamRefusal::Limit { .. } => (409, "LimitExceeded"),
            IamRefusal::LinkedExists { .. }
            | IamRefusal::NoTaskName
            | IamRefusal::TagTwice { .. }
            | IamRefusal::ReservedTag { .. } => (400, "InvalidInput"),
            IamRefusal::Invalid { .. } => (400, "ValidationError"),
        };
        Self { status, code, message: refusal.to_string() }
    }
}

impl From<AuthError> for Error {
    fn from(error: AuthError) -> Self {
        let super::sts::Error { status, code, message } = error.into();
        Self { status, code, message }
    }
}

#[cfg(test)]
mod tests;
