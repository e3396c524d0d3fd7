//! IAM (query protocol): the roles with which backups are made, and what they may do.

mod encode;

use http::request::Parts;
use sexton_core::{Denied, IamRefusal, RoleOrder, Tags};

use super::query::{self, Invalid, Parameters};
use super::sigv4::AuthError;
use super::{Reply, WireError};

pub use encode::{Listed, done, names, no_profiles, policies, policy, role, roles};

/// The most items on one page.
pub const ITEMS_MAX: usize = 1000;

/// Items on a page if nothing else is asked for.
const ITEMS: usize = 100;

/// How long a session of a role lasts if nothing else is asked for.
const SESSION_SECONDS: u32 = 3600;

const NAMESPACE: &str = "https://iam.amazonaws.com/doc/2010-05-08/";

/// What can be asked of IAM here.
#[derive(Debug, Clone, PartialEq, Eq)]
#[expect(missing_docs, reason = "the names and parameters of IAM")]
pub enum Call {
    CreateRole(RoleOrder),
    GetRole { role: String },
    ListRoles { path_prefix: String, page: Page },
    DeleteRole { role: String },
    PutRolePolicy { role: String, policy: String, document: String },
    GetRolePolicy { role: String, policy: String },
    ListRolePolicies { role: String, page: Page },
    DeleteRolePolicy { role: String, policy: String },
    AttachRolePolicy { role: String, arn: String },
    ListAttachedRolePolicies { role: String, path_prefix: String, page: Page },
    DetachRolePolicy { role: String, arn: String },
    CreateServiceLinkedRole { service: String, description: Option<String> },
    ListInstanceProfilesForRole { role: String },
    UpdateAssumeRolePolicy { role: String, trust: String },
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
            Self::DeleteRole { .. } => "DeleteRole",
            Self::PutRolePolicy { .. } => "PutRolePolicy",
            Self::GetRolePolicy { .. } => "GetRolePolicy",
            Self::ListRolePolicies { .. } => "ListRolePolicies",
            Self::DeleteRolePolicy { .. } => "DeleteRolePolicy",
            Self::AttachRolePolicy { .. } => "AttachRolePolicy",
            Self::ListAttachedRolePolicies { .. } => "ListAttachedRolePolicies",
            Self::DetachRolePolicy { .. } => "DetachRolePolicy",
            Self::CreateServiceLinkedRole { .. } => "CreateServiceLinkedRole",
            Self::ListInstanceProfilesForRole { .. } => "ListInstanceProfilesForRole",
            Self::UpdateAssumeRolePolicy { .. } => "UpdateAssumeRolePolicy",
        }
    }
}

impl Call {
    /// The name of the role that it is about.
    pub fn role(&self) -> Option<&str> {
        match self {
            Self::CreateRole(order) => Some(&order.name),
            Self::GetRole { role }
            | Self::DeleteRole { role }
            | Self::PutRolePolicy { role, .. }
            | Self::GetRolePolicy { role, .. }
            | Self::ListRolePolicies { role, .. }
            | Self::DeleteRolePolicy { role, .. }
            | Self::AttachRolePolicy { role, .. }
            | Self::ListAttachedRolePolicies { role, .. }
            | Self::DetachRolePolicy { role, .. }
            | Self::ListInstanceProfilesForRole { role }
            | Self::UpdateAssumeRolePolicy { role, .. } => Some(role),
            Self::CreateServiceLinkedRole { .. } | Self::ListRoles { .. } => None,
        }
    }
}

/// Understands a request, sent as a form or as a query.
pub fn decode(parts: &Parts, body: &[u8]) -> Result<Call, Error> {
    let given = &Parameters::of(parts, body)?;
    let Some(action) = given.find("Action") else {
        let message = "The request must contain the parameter Action".to_owned();
        return Err(Error::new(400, "MissingAction", message));
    };
    let role = || given.need("RoleName");
    match &*action {
        "CreateRole" => create_role(given),
        "GetRole" => Ok(Call::GetRole { role: role()? }),
        "ListRoles" => Ok(Call::ListRoles { path_prefix: path_prefix(given)?, page: page(given)? }),
        "DeleteRole" => Ok(Call::DeleteRole { role: role()? }),
        "PutRolePolicy" => {
            let (policy, document) = (given.need("PolicyName")?, given.need("PolicyDocument")?);
            Ok(Call::PutRolePolicy { role: role()?, policy, document })
        }
        "GetRolePolicy" => {
            Ok(Call::GetRolePolicy { role: role()?, policy: given.need("PolicyName")? })
        }
        "ListRolePolicies" => Ok(Call::ListRolePolicies { role: role()?, page: page(given)? }),
        "DeleteRolePolicy" => {
            Ok(Call::DeleteRolePolicy { role: role()?, policy: given.need("PolicyName")? })
        }
        "AttachRolePolicy" => {
            Ok(Call::AttachRolePolicy { role: role()?, arn: given.need("PolicyArn")? })
        }
        "ListAttachedRolePolicies" => {
            let (path_prefix, page) = (path_prefix(given)?, page(given)?);
            Ok(Call::ListAttachedRolePolicies { role: role()?, path_prefix, page })
        }
        "DetachRolePolicy" => {
            Ok(Call::DetachRolePolicy { role: role()?, arn: given.need("PolicyArn")? })
        }
        "CreateServiceLinkedRole" => {
            given.refuse(&["CustomSuffix", "Tags"])?;
            let service = given.need("AWSServiceName")?;
            Ok(Call::CreateServiceLinkedRole { service, description: given.text("Description") })
        }
        "ListInstanceProfilesForRole" => {
            page(given)?;
            Ok(Call::ListInstanceProfilesForRole { role: role()? })
        }
        "UpdateAssumeRolePolicy" => {
            Ok(Call::UpdateAssumeRolePolicy { role: role()?, trust: given.need("PolicyDocument")? })
        }
        other => Err(Error::unserved(other)),
    }
}

fn page(given: &Parameters<'_>) -> Result<Page, Error> {
    let asked = given.number("MaxItems")?.map(|it| usize::try_from(it).unwrap_or(usize::MAX));
    let items_max = asked.unwrap_or(ITEMS);
    if !(1..=ITEMS_MAX).contains(&items_max) {
        return Err(Error::validation(format!("MaxItems must be 1 to {ITEMS_MAX}")));
    }
    let after = given.text("Marker");
    if after.as_ref().is_some_and(|it| it.is_empty() || it.len() > 2048) {
        return Err(Error::validation("Marker is not one that was returned".to_owned()));
    }
    Ok(Page { after, items_max })
}

fn path_prefix(given: &Parameters<'_>) -> Result<String, Error> {
    let prefix = given.text("PathPrefix").unwrap_or_else(|| "/".to_owned());
    if !prefix.starts_with('/') || prefix.len() > 512 {
        return Err(Error::validation("PathPrefix must begin with /".to_owned()));
    }
    Ok(prefix)
}

fn create_role(given: &Parameters<'_>) -> Result<Call, Error> {
    // A boundary takes away what the policies allow: without it a role would do too much.
    given.refuse(&["PermissionsBoundary", "Tags"])?;
    Ok(Call::CreateRole(RoleOrder {
        path: given.text("Path").unwrap_or_else(|| "/".to_owned()),
        name: given.need("RoleName")?,
        trust: given.need("AssumeRolePolicyDocument")?,
        description: given.text("Description"),
        session_seconds: given.number("MaxSessionDuration")?.unwrap_or(SESSION_SECONDS),
        tags: Tags::new(),
    }))
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
            Invalid::Absent { .. } | Invalid::NoNumber { .. } => "ValidationError",
            Invalid::Unsupported { .. } => "InvalidInput",
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
            | IamRefusal::NotAttached { .. } => (404, "NoSuchEntity"),
            IamRefusal::Protected { .. } => (400, "UnmodifiableEntity"),
            IamRefusal::InUse(_) => (409, "DeleteConflict"),
            IamRefusal::Malformed(_) => (400, "MalformedPolicyDocument"),
            IamRefusal::Limit { .. } => (409, "LimitExceeded"),
            IamRefusal::TagTwice { .. } | IamRefusal::ReservedTag { .. } => (400, "InvalidInput"),
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
