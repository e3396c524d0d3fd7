//! Roles, as far as the server knows them.

mod assume;
mod iam;
mod removal;
mod standing;

pub use assume::{AssumeOrder, AssumeRefusal, Session, decide_assume};
pub use iam::{
    IamRefusal, IamRole, RoleName, RoleOrder, check_role_name, check_role_tag_keys,
    check_role_tags, decide_create_role,
};
pub use removal::{Removal, RemovalName, RoleUse, RoleUser, decide_remove_linked};
pub use standing::Standing;

use serde::{Deserialize, Serialize};

use crate::{ResourceArn, RoleArn};

/// What the server knows of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role.
    pub arn: RoleArn,
    /// Whether it can be used, for whatever it is needed.
    pub status: RoleStatus,
    /// What it says, if it was made here.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub made: Option<Box<IamRole>>,
    /// What that comes to, until somebody sets the status.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub standing: Option<Standing>,
    /// Its last deletion, if it belongs to a service.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub removal: Option<Removal>,
}

impl Role {
    /// A role that nothing is known of but what somebody said.
    pub fn told(arn: RoleArn, status: RoleStatus) -> Self {
        Self { arn, status, made: None, standing: None, removal: None }
    }

    /// A role that says this.
    pub fn made(role: IamRole) -> Self {
        let standing = Standing::of(&role);
        let (arn, status) = (role.arn.clone(), standing.status(None));
        let (made, standing) = (Some(Box::new(role)), Some(standing));
        Self { arn, status, made, standing, removal: None }
    }

    /// The same, in place of what was known before of the role of this ARN: how its last deletion
    /// ended can still be asked.
    #[must_use]
    pub fn after(self, before: Option<&Self>) -> Self {
        Self { removal: before.and_then(|role| role.removal.clone()), ..self }
    }

    /// The same, described otherwise: its tags, its description or the length of its sessions. What
    /// somebody said of it counts as before: nobody means to take that back by this.
    #[must_use]
    pub fn described(&self, role: IamRole) -> Self {
        match self.standing {
            Some(_) => Self::made(role).after(Some(self)),
            None => Self { made: Some(Box::new(role)), ..self.clone() },
        }
    }

    /// What it is found by, if it was made here.
    pub fn key(&self) -> Option<RoleName> {
        self.made.as_ref().map(|made| made.key())
    }

    /// Whether the role of `arn` can be used, if this is that role, or the one of its name.
    ///
    /// A name is that of one role, in whichever case and whatever the path, and an ARN means what
    /// it says to the letter: another one than that of the role that has the name names none.
    pub fn status_of(&self, arn: &RoleArn) -> RoleStatus {
        if self.arn == *arn { self.status } else { RoleStatus::Missing }
    }

    /// Whether backups of `source` can be deleted with the role of `arn`, if this is that role, or
    /// the one of its name.
    pub fn status_for(&self, arn: &RoleArn, source: &ResourceArn) -> RoleStatus {
        match &self.standing {
            Some(standing) if self.arn == *arn => standing.status(Some(source)),
            Some(_) | None => self.status_of(arn),
        }
    }
}

/// Whether a role can delete the backups that were made with it.
///
/// A role that was never registered counts as [`RoleStatus::Permitted`]: the server
/// refuses only what it knows to be broken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum RoleStatus {
    /// It exists and may delete.
    Permitted,
    /// It exists and may not delete.
    Denied,
    /// It no longer exists.
    Missing,
}

/// Why no job begins with a role.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum RoleRefusal {
    /// The ARN does not name a role.
    #[error("invalid role ARN {0}")]
    NotARole(RoleArn),
    /// The role is known to be broken.
    #[error("the IAM role {0} cannot be assumed by AWS Backup")]
    Unusable(RoleArn),
}

impl RoleStatus {
    /// Whether a job may begin with this role. One that may not delete may still do the rest.
    pub fn check(self, arn: &RoleArn) -> Result<(), RoleRefusal> {
        if !arn.is_role() {
            return Err(RoleRefusal::NotARole(arn.clone()));
        }
        match self {
            Self::Missing => Err(RoleRefusal::Unusable(arn.clone())),
            Self::Permitted | Self::Denied => Ok(()),
        }
    }

    /// Why a deletion with this role cannot be carried out.
    pub fn obstacle(self, arn: &RoleArn) -> Option<String> {
        match self {
            Self::Permitted => None,
            Self::Denied => Some(format!(
                "The role {arn} does not have permission to delete the recovery point"
            )),
            Self::Missing => Some(format!("The role {arn} cannot be found or assumed")),
        }
    }
}
