//! Roles, as far as the server knows them.

use serde::{Deserialize, Serialize};

use crate::RoleArn;

/// What the server knows of one role.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Role {
    /// The role.
    pub arn: RoleArn,
    /// Whether it can be used.
    pub status: RoleStatus,
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
