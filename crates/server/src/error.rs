//! Why an operation did not succeed: for the log in full, for the caller in their words.

use sexton_core::policy::MalformedPolicy;
use sexton_core::{
    AssociationRefusal, BackupRefusal, CopyRefusal, Denied, FsxRefusal, HoldId, HoldRefusal,
    IamRefusal, JobId, LifecycleRefusal, LockRefusal, PlanRefusal, PointRefusal, REALMS_MAX,
    RdsRefusal, ResourceArn, RestoreRefusal, StopRefusal, TagRefusal, UserRefusal, VaultName,
    VaultRefusal,
};
use sexton_wire::aws::error::{MissingVault, vault_refusal};
use sexton_wire::aws::{Reply, WireError};

use sexton_store::StoreError;

/// How often a decision is made again because something moved under it.
///
/// Of callers that decide from the same thing one gets through in each round, so as many rounds
/// are needed as there are callers; and who got through may ask for something else at once. With
/// so many rounds even a hundred of them that never stop let everybody through.
pub(crate) const DECISIONS_MAX: u32 = 2048;

const TOO_MANY_JOBS: &str =
    "Too many jobs are waiting on this server. Try again when some have ended.";

/// What ends an operation early.
#[derive(Debug, thiserror::Error)]
pub enum OpsError {
    /// There is no such vault.
    #[error("no vault {0}")]
    NoVault(VaultName),
    /// There is no such recovery point in that vault.
    #[error("no such recovery point")]
    NoBackup,
    /// There is no such job.
    #[error("no job {0}")]
    NoJob(JobId),
    /// There is no such legal hold.
    #[error("no legal hold {0}")]
    NoHold(HoldId),
    /// There is nothing of that name that carries tags.
    #[error("no resource {0}")]
    NoResource(ResourceArn),
    /// The vault stays as it is.
    #[error("the vault was not changed")]
    Vault(#[source] VaultRefusal, VaultName),
    /// The point is not deleted.
    #[error("the deletion was refused")]
    Delete(#[from] PointRefusal),
    /// The policy of the vault denies it.
    #[error(transparent)]
    Denied(#[from] Denied),
    /// There is no access policy of that vault.
    #[error("vault {0} has no access policy")]
    NoPolicy(VaultName),
    /// The access policy of the vault stays as it is.
    #[error("the policy was not understood")]
    Policy(#[from] MalformedPolicy),
    /// The lock of the vault stays as it is.
    #[error("the vault lock was not changed")]
    Lock(#[from] LockRefusal),
    /// No legal hold is placed, or it stays.
    #[error("the legal hold was refused")]
    Hold(#[from] HoldRefusal),
    /// The backup plan stays as it is.
    #[error("the backup plan was not changed: {0}")]
    Plan(#[from] PlanRefusal),
    /// Nobody is told of what happens in that vault.
    #[error("vault {0} has no notifications")]
    NoNotifications(VaultName),
    /// The recovery point stays what it is.
    #[error("the recovery point was not disassociated")]
    Association(#[from] AssociationRefusal),
    /// The recovery point keeps its lifecycle.
    #[error("the lifecycle was not changed")]
    Lifecycle(#[from] LifecycleRefusal),
    /// No backup begins.
    #[error("the backup was refused")]
    Backup(#[from] BackupRefusal),
    /// The backup job goes on.
    #[error("the backup job was not stopped")]
    Stop(#[from] StopRefusal),
    /// No restore begins.
    #[error("the restore was refused")]
    Restore(#[from] RestoreRefusal),
    /// No copy begins.
    #[error("the copy was refused")]
    Copy(#[from] CopyRefusal),
    /// The tags stay as they are.
    #[error("the tags were refused")]
    Tags(#[from] TagRefusal),
    /// `FSx` does not do it.
    #[error("FSx refused")]
    Fsx(#[from] FsxRefusal),
    /// RDS does not do it.
    #[error("RDS refused: {0}")]
    Rds(RdsRefusal),
    /// The user stays as they are.
    #[error("the user was not changed")]
    User(#[from] UserRefusal),
    /// IAM says no about a role.
    #[error(transparent)]
    Role(#[from] IamRefusal),
    /// More jobs wait than the server takes, and a backup was asked for.
    #[error("{0} jobs are waiting, which is the most")]
    TooManyJobs(usize),
    /// The same, and a restore was asked for.
    #[error("{0} jobs are waiting, which is the most")]
    TooManyRestores(usize),
    /// What was read changed again and again while it was decided.
    #[error("what was to be changed moved {DECISIONS_MAX} times while it was being decided")]
    Contended,
    /// Something is stored of as many realms as there may be.
    #[error("something is stored of {REALMS_MAX} accounts and regions, which is the most")]
    TooManyRealms,
    /// The store failed.
    #[error("the metadata store failed")]
    Store(#[from] StoreError),
    /// The request was understood and cannot be answered in this form.
    #[error("the request is not acceptable: {}", .0.message)]
    Request(WireError),
}

impl OpsError {
    /// Whether what was asked for may be done all the same: only a commit can end so.
    pub(crate) fn may_be_done(&self) -> bool {
        matches!(self, Self::Store(StoreError::Unknown(_)))
    }

    /// The answer in the words of AWS Backup.
    pub(crate) fn wire(self, realm: &sexton_core::Realm, missing: MissingVault) -> WireError {
        match self {
            Self::NoVault(name) => WireError::unknown_vault(name.as_str(), missing),
            Self::NoBackup => WireError::unknown_point(),
            Self::NoJob(job) => WireError::unknown_job(&job.to_string()),
            Self::NoHold(hold) => WireError::unknown_hold(&hold.to_string()),
            Self::NoResource(arn) => WireError::unknown_resource(arn.as_str()),
            Self::Vault(refusal, name) => vault_refusal(refusal, &realm.vault_arn(&name)),
            Self::Delete(refusal) => refusal.into(),
            Self::Denied(denied) => denied.into(),
            Self::NoPolicy(name) => WireError::no_policy(&realm.vault_arn(&name)),
            Self::Policy(malformed) => malformed.into(),
            Self::Lock(refusal) => refusal.into(),
            Self::Hold(refusal) => refusal.into(),
            Self::Plan(refusal) => refusal.into(),
            Self::NoNotifications(name) => WireError::no_notifications(name.as_str()),
            Self::Association(refusal) => refusal.into(),
            Self::Lifecycle(refusal) => refusal.into(),
            Self::Backup(refusal) => refusal.into(),
            Self::Stop(refusal) => refusal.into(),
            Self::Restore(refusal) => refusal.into(),
            Self::Copy(refusal) => refusal.into(),
            Self::Tags(refusal) => refusal.into(),
            Self::Fsx(refusal) => WireError::invalid_request(refusal.to_string()),
            Self::Rds(refusal) => WireError::invalid_request(refusal.to_string()),
            Self::User(refusal) => WireError::invalid_request(refusal.to_string()),
            Self::Role(refusal) => WireError::invalid_request(refusal.to_string()),
            Self::TooManyJobs(_) => WireError::new(400, "LimitExceededException", TOO_MANY_JOBS),
            // `StartRestoreJob` declares no LimitExceededException, which clients would take
            // for throttling and ask again at once.
            Self::TooManyRestores(_) => WireError::invalid_request(TOO_MANY_JOBS),
            Self::TooManyRealms => WireError::invalid_request(self.to_string()),
            Self::Contended | Self::Store(_) => WireError::unavailable(),
            Self::Request(error) => error,
        }
    }
}

/// Whether a reply is an error, for logs and metrics.
pub(crate) fn outcome(reply: &Reply) -> &'static str {
    match reply.status {
        200..=399 => "ok",
        400..=499 => "refused",
        _ => "failed",
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sexton_wire::aws::model::backup::Operation;

    #[test]
    fn a_full_line_is_answered_with_what_each_operation_declares() {
        let realm = sexton_core::Realm::new("us-east-1", "123456789012");
        for (failure, operation) in [
            (OpsError::TooManyJobs(1), Operation::StartBackupJob),
            (OpsError::TooManyJobs(1), Operation::StartCopyJob),
            (OpsError::TooManyRestores(1), Operation::StartRestoreJob),
        ] {
            let error = failure.wire(&realm, MissingVault::default());
            assert!(operation.info().errors.contains(&error.name), "{operation:?}: {error}");
        }
    }
}
