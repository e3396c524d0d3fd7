//! What each refusal is called on AWS's wire. No arm is a wildcard: a new refusal does
//! not compile until it has a name here. Texts and numbers are those of the real
//! service where they are on record.

use sexton_core::policy::MalformedPolicy;
use sexton_core::{
    AssociationRefusal, BackupRefusal, Busy, CopyRefusal, Denied, Held, HoldRefusal,
    InvalidLifecycle, InvalidVaultName, InvalidWindow, LifecycleRefusal, LockRefusal, Locked,
    ParseArnError, PlanRefusal, PointRefusal, RestoreRefusal, RoleRefusal, StopRefusal, TagRefusal,
    UsedBy, VaultRefusal,
};

use super::WireError;
use crate::aws::model::check::{Violation, echo};
use crate::aws::paging::NoPage;
use crate::aws::sigv4::AuthError;

impl From<Busy> for WireError {
    fn from(refusal: Busy) -> Self {
        match refusal {
            Busy::Creating => Self::invalid_state(
                "The recovery point is still being created. Stop its backup job first.",
            ),
            Busy::AlreadyDeleting { job: _ } => {
                Self::invalid_state("The recovery point is already being deleted.")
            }
            Busy::InUse { reads } => match reads.by {
                UsedBy::Restore => Self::invalid_state(format!(
                    "The recovery point is in use by restore job {}.",
                    reads.job
                )),
                UsedBy::FileSystem { id } => Self::invalid_state(format!(
                    "The recovery point is being restored to file system {id}."
                )),
                UsedBy::Copy { backup } => {
                    Self::invalid_state(format!("The recovery point is being copied to {backup}."))
                }
                UsedBy::CopyJob => Self::invalid_state(format!(
                    "The recovery point is in use by copy job {}.",
                    reads.job
                )),
            },
            Busy::Failed => Self::unknown_point(),
        }
    }
}

impl From<PointRefusal> for WireError {
    fn from(refusal: PointRefusal) -> Self {
        match refusal {
            PointRefusal::Busy(busy) => busy.into(),
            PointRefusal::Held(refusal) => refusal.into(),
            PointRefusal::Locked(refusal) => refusal.into(),
            PointRefusal::InNoVault => Self::unknown_point(),
        }
    }
}

/// In the words of the real service, and the id of one hold.
impl From<Held> for WireError {
    fn from(Held { hold }: Held) -> Self {
        Self::invalid_request(format!(
            "The recovery point cannot be deleted because it has active legal hold(s): {hold}"
        ))
    }
}

impl From<LifecycleRefusal> for WireError {
    fn from(refusal: LifecycleRefusal) -> Self {
        match refusal {
            LifecycleRefusal::State { .. } | LifecycleRefusal::AlreadyCold => {
                Self::invalid_request(refusal.to_string())
            }
            LifecycleRefusal::ColdTooSoon => Self::invalid_parameter(refusal.to_string()),
            LifecycleRefusal::InNoVault => Self::unknown_point(),
            LifecycleRefusal::Locked(refusal) => refusal.into(),
            LifecycleRefusal::Invalid(refusal) => refusal.into(),
        }
    }
}

/// By which name the real service refuses a point without a parent nobody recorded.
impl From<AssociationRefusal> for WireError {
    fn from(refusal: AssociationRefusal) -> Self {
        match refusal {
            AssociationRefusal::InNoVault => Self::unknown_point(),
            AssociationRefusal::NotContinuous => Self::invalid_parameter(
                "Only a continuous recovery point can be disassociated, and this is a snapshot.",
            ),
            AssociationRefusal::NoParent => Self::invalid_parameter(
                "The recovery point has no parent to be disassociated from. It can be deleted by \
                 itself.",
            ),
        }
    }
}

impl From<HoldRefusal> for WireError {
    fn from(refusal: HoldRefusal) -> Self {
        match refusal {
            HoldRefusal::Text { .. }
            | HoldRefusal::TooManyNames
            | HoldRefusal::NoDates
            | HoldRefusal::RecordDays => Self::invalid_parameter(refusal.to_string()),
            HoldRefusal::TooMany => {
                let message = format!("{refusal}. Cancel one that is no longer needed.");
                Self::new(400, "LimitExceededException", message)
            }
            HoldRefusal::TokenUsed { token, hold, differs } => {
                token_used(&token, &format!("legal hold {hold}"), differs)
            }
            HoldRefusal::Tags(refusal) => refusal.into(),
            HoldRefusal::Cancelled { hold } => {
                Self::invalid_state(format!("Legal hold {hold} was canceled already."))
            }
        }
    }
}

/// In the words of the real service.
impl From<Locked> for WireError {
    fn from(Locked: Locked) -> Self {
        Self::invalid_request(
            "RecoveryPoint cannot be deleted or updated (Backup vault configured with Lock)",
        )
    }
}

impl From<LockRefusal> for WireError {
    fn from(refusal: LockRefusal) -> Self {
        match refusal {
            LockRefusal::Immutable => Self::invalid_request(
                "Vault Lock configuration is immutable: its lock date has passed, or the vault is \
                 logically air-gapped, and nobody can change or remove it.",
            ),
            LockRefusal::Changeable
            | LockRefusal::Retention { .. }
            | LockRefusal::AirGapRetention { .. }
            | LockRefusal::MinAboveMax => Self::invalid_parameter(refusal.to_string()),
        }
    }
}

/// In the words of the real service, which do not tell whether there is such a thing.
impl From<Denied> for WireError {
    fn from(denied: Denied) -> Self {
        Self::access_denied(denied.in_words_of_aws())
    }
}

impl From<MalformedPolicy> for WireError {
    fn from(malformed: MalformedPolicy) -> Self {
        Self::invalid_parameter(format!("Policy cannot be understood: {malformed}"))
    }
}

/// Names a vault's refusal. `vault_arn` is that of the vault in question, which the
/// answer to a name that is taken carries.
pub fn vault_refusal(refusal: VaultRefusal, vault_arn: &str) -> WireError {
    match refusal {
        VaultRefusal::AlreadyExists { creator_request_id } => {
            let message = "Backup vault with the same name already exists";
            let mut error = WireError::new(400, "AlreadyExistsException", message);
            error.extras.push(("Arn", vault_arn.to_owned()));
            if let Some(id) = creator_request_id {
                error.extras.push(("CreatorRequestId", id));
            }
            error
        }
        VaultRefusal::NotEmpty { backups } => {
            let message = "Backup vault cannot be deleted because it contains recovery points.";
            let mut error = WireError::invalid_request(message).numbered("ERROR_9101");
            error.extras.push(("Context", backups.to_string()));
            error
        }
        VaultRefusal::TooMany => {
            let message = format!("{refusal}. Delete one that is no longer used.");
            WireError::new(400, "LimitExceededException", message)
        }
        VaultRefusal::Tags(refusal) => refusal.into(),
    }
}

impl From<BackupRefusal> for WireError {
    fn from(refusal: BackupRefusal) -> Self {
        match refusal {
            BackupRefusal::UnsupportedResource { resource } => {
                Self::unsupported_resource(&resource)
            }
            BackupRefusal::UnknownResource { resource } => Self::not_found(format!(
                "Cannot find resource {resource}. Register it with `sexton source add`."
            )),
            BackupRefusal::NotAvailable { resource, state } => Self::invalid_request(format!(
                "Resource {resource} is {state}. Only what is AVAILABLE can be backed up."
            )),
            BackupRefusal::AirGapped => Self::invalid_request(
                "A logically air-gapped vault takes copies alone: back up into another vault and \
                 copy with StartCopyJob.",
            ),
            BackupRefusal::Role(refusal) => refusal.into(),
            BackupRefusal::Lifecycle(refusal) => refusal.into(),
            BackupRefusal::Tags(refusal) => refusal.into(),
            BackupRefusal::TokenUsed { token, job, resource, vault, differs } => {
                let first = format!("backup job {job}, of {resource} into vault {vault}");
                token_used(&token, &first, differs)
            }
        }
    }
}

fn token_used(token: &str, first: &str, differs: &str) -> WireError {
    WireError::invalid_parameter(format!(
        "IdempotencyToken {:?} is that of {first}, of which the {differs} was another: use another \
         token for another order",
        echo(token)
    ))
}

impl From<RoleRefusal> for WireError {
    fn from(refusal: RoleRefusal) -> Self {
        match refusal {
            RoleRefusal::NotARole(role) => Self::invalid_parameter(format!(
                "IamRoleArn must be arn:PARTITION:iam::ACCOUNT:role/NAME, not {:?}",
                echo(role.as_str())
            )),
            RoleRefusal::Unusable(role) => {
                let message = format!("IAM Role {role} cannot be assumed by AWS Backup");
                Self::invalid_parameter(message).numbered("ERROR_3018")
            }
        }
    }
}

/// Where numbers are on record, these are those.
impl From<PlanRefusal> for WireError {
    fn from(refusal: PlanRefusal) -> Self {
        let message = refusal.to_string();
        match refusal {
            PlanRefusal::NoPlan => Self::unknown_plan(),
            PlanRefusal::NoSelection => Self::unknown_selection(),
            PlanRefusal::Name
            | PlanRefusal::Rules
            | PlanRefusal::Schedule(_)
            | PlanRefusal::Windows { .. }
            | PlanRefusal::TooManyCopies { .. }
            | PlanRefusal::TooManyVersions
            | PlanRefusal::TooManyArns { .. }
            | PlanRefusal::TooManyConditions
            | PlanRefusal::BadPattern { .. }
            | PlanRefusal::BadCondition { .. } => Self::invalid_parameter(message),
            PlanRefusal::Lifecycle { .. } => {
                Self::invalid_parameter(message).numbered("ERROR_3015")
            }
            PlanRefusal::NothingSelected => Self::invalid_parameter(message).numbered("ERROR_4301"),
            PlanRefusal::Tags(refusal) => refusal.into(),
            PlanRefusal::NotARole { arn } => RoleRefusal::NotARole(arn).into(),
            PlanRefusal::UnsupportedResource { arn } => Self::unsupported_resource(&arn),
            PlanRefusal::TooManyPlans
            | PlanRefusal::TooManySelections
            | PlanRefusal::TooManySelected => Self::new(400, "LimitExceededException", message),
            PlanRefusal::HasSelections => Self::invalid_request(message),
            PlanRefusal::AlreadyExists { arn, token } => already_exists(message, arn, token),
            PlanRefusal::TokenUsed { arn, token } => already_exists(message, arn, Some(token)),
        }
    }
}

fn already_exists(message: String, arn: String, token: Option<String>) -> WireError {
    let mut error = WireError::new(400, "AlreadyExistsException", message);
    error.extras.push(("Arn", arn));
    error.extras.extend(token.map(|token| ("CreatorRequestId", token)));
    error
}

impl From<RestoreRefusal> for WireError {
    fn from(refusal: RestoreRefusal) -> Self {
        match refusal {
            RestoreRefusal::Creating => {
                Self::invalid_request("The recovery point is still being created.")
            }
            RestoreRefusal::InNoVault => Self::unknown_point(),
            RestoreRefusal::Deleting => Self::invalid_request(
                "The recovery point is being deleted and can no longer be restored.",
            ),
            RestoreRefusal::Role(refusal) => refusal.into(),
            RestoreRefusal::TokenUsed { token, job, backup, differs } => {
                token_used(&token, &format!("restore job {job}, of {backup}"), differs)
            }
            RestoreRefusal::OtherType { asked, known } => Self::invalid_parameter(format!(
                "ResourceType must be {known:?}, which the recovery point is of, not {:?}",
                echo(&asked.0),
                known = known.0,
            )),
            RestoreRefusal::Metadata { key, known: Some(known) } => {
                Self::invalid_parameter(format!(
                    "Metadata {:?} must be {:?}, as GetRecoveryPointRestoreMetadata says",
                    echo(&key),
                    echo(&known)
                ))
            }
            RestoreRefusal::Metadata { key, known: None } => Self::invalid_parameter(format!(
                "Metadata {:?} is not supported by this server; leave it out",
                echo(&key)
            )),
        }
    }
}

impl From<CopyRefusal> for WireError {
    fn from(refusal: CopyRefusal) -> Self {
        match refusal {
            CopyRefusal::Creating => {
                Self::invalid_request("The recovery point is still being created.")
            }
            CopyRefusal::Deleting => Self::invalid_request(
                "The recovery point is being deleted and can no longer be copied.",
            ),
            CopyRefusal::InNoVault => Self::unknown_point(),
            CopyRefusal::SameVault { .. } | CopyRefusal::OtherPartition { .. } => {
                Self::invalid_parameter(format!("DestinationBackupVaultArn: {refusal}"))
            }
            CopyRefusal::NoDestination { vault } => {
                Self::not_found(format!("Backup vault {vault} was not found."))
            }
            CopyRefusal::TooMany { .. } => {
                let message = format!("{refusal}. Try again when one has ended.");
                Self::new(400, "LimitExceededException", message)
            }
            CopyRefusal::Role(refusal) => refusal.into(),
            CopyRefusal::Lifecycle(refusal) => refusal.into(),
            CopyRefusal::TokenUsed { token, job, original, vault, differs } => {
                let earlier = format!("copy job {job}, of {original} into {vault}");
                token_used(&token, &earlier, differs)
            }
        }
    }
}

impl From<StopRefusal> for WireError {
    fn from(refusal: StopRefusal) -> Self {
        match refusal {
            StopRefusal::Ended { job } => {
                Self::invalid_request(format!("Backup job {job} has already ended."))
            }
        }
    }
}

impl From<InvalidLifecycle> for WireError {
    fn from(refusal: InvalidLifecycle) -> Self {
        let message = match refusal {
            InvalidLifecycle::DeleteOutOfRange => {
                "Invalid lifecycle. DeleteAfterDays cannot be less than 1 or more than 36500 days"
            }
            InvalidLifecycle::ColdTooShort => {
                "Invalid lifecycle. DeleteAfterDays cannot be less than 90 days apart from \
                 MoveToColdStorageAfterDays"
            }
            InvalidLifecycle::ColdOutOfRange => {
                "Invalid lifecycle. MoveToColdStorageAfterDays cannot be less than 1 or more than \
                 36500 days"
            }
        };
        Self::invalid_parameter(message).numbered("ERROR_3015")
    }
}

impl From<InvalidWindow> for WireError {
    fn from(refusal: InvalidWindow) -> Self {
        Self::invalid_parameter(refusal.to_string())
    }
}

impl From<TagRefusal> for WireError {
    fn from(refusal: TagRefusal) -> Self {
        match refusal {
            TagRefusal::TooMany => Self::new(400, "LimitExceededException", refusal.to_string()),
            TagRefusal::BadKey { key } => Self::invalid_parameter(format!(
                "tag key {:?} is not valid: 1 to 128 characters, not beginning with aws:",
                echo(&key)
            )),
            TagRefusal::BadValue { key } => Self::invalid_parameter(format!(
                "the value of tag {:?} is longer than 256 characters",
                echo(&key)
            )),
        }
    }
}

impl From<InvalidVaultName> for WireError {
    fn from(refusal: InvalidVaultName) -> Self {
        let name = echo(&refusal.name);
        Self::invalid_parameter(format!("Backup vault name {name:?} is not valid"))
    }
}

impl From<ParseArnError> for WireError {
    fn from(refusal: ParseArnError) -> Self {
        let text = echo(&refusal.text);
        Self::invalid_parameter(format!(
            "Invalid ARN format: {text:?} is not arn:PARTITION:SERVICE:REGION:ACCOUNT:RESOURCE"
        ))
    }
}

impl From<Violation> for WireError {
    fn from(violation: Violation) -> Self {
        match violation {
            Violation::Missing { path } => Self::missing_parameter(&path),
            Violation::Wrong { message } => Self::invalid_parameter(message),
        }
    }
}

impl From<NoPage> for WireError {
    fn from(refusal: NoPage) -> Self {
        match refusal {
            NoPage::Items { .. } | NoPage::Token => Self::invalid_parameter(refusal.to_string()),
            NoPage::Listing => Self::internal(),
        }
    }
}

/// For AWS Backup, where all of these have status 403.
impl From<AuthError> for WireError {
    fn from(refusal: AuthError) -> Self {
        Self::new(403, refusal.name(), refusal.to_string())
    }
}

#[cfg(test)]
mod tests;
