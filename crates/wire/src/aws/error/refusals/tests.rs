//! What refusals are called: each by a name that its operation declares.

use super::*;
use crate::aws::error::MissingVault;
use crate::aws::model::backup::Operation;
use sexton_core::JobId;
use sexton_core::RoleArn;

fn hold() -> sexton_core::HoldId {
    sexton_core::HoldId::from_bytes([7; 16])
}

fn job() -> JobId {
    "0192a3b4-0000-7000-8000-000000000001".parse().unwrap()
}

#[test]
fn a_denial_has_the_words_that_were_observed() {
    let by = sexton_core::Principal("arn:aws:iam::123456789012:root".to_owned());
    let action = "backup:DeleteRecoveryPoint".to_owned();
    let because = sexton_core::Because::ResourceDenies;
    let resource = "arn:aws:ec2:us-east-1::snapshot/snap-1".to_owned();
    let error = WireError::from(Denied { by, action, resource, because });
    assert_eq!((error.status, error.name), (403, "AccessDeniedException"));
    assert_eq!(
        error.message,
        "User: arn:aws:iam::123456789012:root is not authorized to perform: \
         backup:DeleteRecoveryPoint on resource: arn:aws:ec2:us-east-1::snapshot/snap-1 with \
         an explicit deny in a resource-based policy"
    );
}

#[test]
fn every_refusal_is_one_that_its_operation_declares() {
    let resource: sexton_core::ResourceArn = "arn:aws:fsx:r:1:file-system/fs-1".parse().unwrap();
    let role: RoleArn = "arn:aws:iam::1:role/r".parse().unwrap();
    let vault: sexton_core::VaultName = "v".parse().unwrap();
    let realm = sexton_core::Realm::new("us-east-1", "123456789012");
    let tags = || TagRefusal::TooMany;
    let taken = VaultRefusal::AlreadyExists { creator_request_id: None };
    let lifecycle = InvalidLifecycle::ColdTooShort;
    let unsupported = BackupRefusal::UnsupportedResource { resource: resource.clone() };
    let unknown = BackupRefusal::UnknownResource { resource };
    let unusable = RestoreRefusal::Role(RoleRefusal::Unusable(role.clone()));
    let bad_key = TagRefusal::BadKey { key: String::new() };
    let (place, problem) = (String::new(), sexton_core::policy::Problem::Missing("Effect"));
    let malformed = MalformedPolicy { place, problem };
    for (operation, error) in [
        (Operation::CreateBackupVault, vault_refusal(taken, "arn")),
        (Operation::CreateBackupVault, vault_refusal(VaultRefusal::TooMany, "arn")),
        (Operation::CreateBackupVault, vault_refusal(VaultRefusal::Tags(tags()), "arn")),
        (Operation::DeleteBackupVault, vault_refusal(VaultRefusal::NotEmpty { backups: 1 }, "arn")),
        (
            Operation::DeleteBackupVault,
            WireError::unknown_vault(vault.as_str(), MissingVault::NotFound),
        ),
        (Operation::StartBackupJob, unsupported.into()),
        (Operation::StartBackupJob, unknown.into()),
        (Operation::StartBackupJob, BackupRefusal::Role(RoleRefusal::NotARole(role)).into()),
        (Operation::StartBackupJob, BackupRefusal::Lifecycle(lifecycle).into()),
        (Operation::StartBackupJob, BackupRefusal::Tags(tags()).into()),
        (Operation::DeleteRecoveryPoint, Locked.into()),
        (Operation::PutBackupVaultAccessPolicy, malformed.into()),
        (Operation::GetBackupVaultAccessPolicy, WireError::no_policy("arn")),
        (Operation::DeleteRecoveryPoint, Held { hold: hold() }.into()),
        (Operation::GetBackupVaultNotifications, WireError::no_notifications("v")),
        (Operation::DisassociateRecoveryPoint, AssociationRefusal::NotContinuous.into()),
        (Operation::DisassociateRecoveryPointFromParent, AssociationRefusal::NoParent.into()),
        (Operation::UpdateRecoveryPointLifecycle, LifecycleRefusal::AlreadyCold.into()),
        (Operation::UpdateRecoveryPointLifecycle, LifecycleRefusal::ColdTooSoon.into()),
        (Operation::CreateLegalHold, HoldRefusal::TooMany.into()),
        (Operation::CreateLegalHold, HoldRefusal::NoDates.into()),
        (Operation::CreateLegalHold, HoldRefusal::Tags(tags()).into()),
        (Operation::GetLegalHold, WireError::unknown_hold("h")),
        (Operation::CancelLegalHold, WireError::unknown_hold("h")),
        (Operation::CancelLegalHold, HoldRefusal::Cancelled { hold: hold() }.into()),
        (Operation::CancelLegalHold, HoldRefusal::RecordDays.into()),
        (Operation::ListRecoveryPointsByLegalHold, WireError::no_such_hold("h")),
        (Operation::PutBackupVaultLockConfiguration, LockRefusal::Immutable.into()),
        (Operation::PutBackupVaultLockConfiguration, LockRefusal::MinAboveMax.into()),
        (Operation::DeleteBackupVaultLockConfiguration, LockRefusal::Immutable.into()),
        (Operation::StopBackupJob, StopRefusal::Ended { job: job() }.into()),
        (Operation::DeleteRecoveryPoint, Busy::Creating.into()),
        (Operation::DeleteRecoveryPoint, WireError::unknown_point()),
        (Operation::StartRestoreJob, RestoreRefusal::Creating.into()),
        (Operation::StartRestoreJob, RestoreRefusal::Deleting.into()),
        (Operation::StartRestoreJob, unusable.into()),
        (Operation::StartCopyJob, CopyRefusal::Creating.into()),
        (Operation::StartCopyJob, CopyRefusal::InNoVault.into()),
        (Operation::StartCopyJob, CopyRefusal::SameVault { vault }.into()),
        (Operation::StartCopyJob, CopyRefusal::TooMany { realm }.into()),
        (Operation::StartCopyJob, CopyRefusal::NoDestination { vault: "arn".into() }.into()),
        (Operation::DescribeCopyJob, WireError::unknown_job("j")),
        (Operation::TagResource, tags().into()),
        (Operation::TagResource, bad_key.into()),
        (Operation::ListTags, WireError::unknown_resource("arn")),
    ] {
        let declared = operation.info().errors;
        assert!(declared.contains(&error.name), "{operation:?} does not declare {error}");
    }
}

#[test]
fn a_busy_point_is_a_matter_of_state() {
    let refusals = [
        Busy::Creating,
        Busy::AlreadyDeleting { job: job() },
        Busy::InUse { reads: sexton_core::Use::restore(job()) },
        Busy::InUse { reads: sexton_core::Use { job: job(), by: UsedBy::CopyJob } },
    ];
    for refusal in refusals {
        let error = WireError::from(refusal);
        assert_eq!((error.status, error.name), (400, "InvalidResourceStateException"));
    }
}

#[test]
fn a_token_that_is_used_names_itself_and_the_first_job() {
    let point = "arn:aws:fsx:r:1:backup/backup-1".parse().unwrap();
    let token = "a-token".to_owned();
    let (backup, differs) = (point, "role");
    let used = RestoreRefusal::TokenUsed { token, job: job(), backup, differs };
    let error = WireError::from(used);
    assert_eq!((error.status, error.name), (400, "InvalidParameterValueException"));
    let job = job().to_string();
    let words =
        ["IdempotencyToken \"a-token\"", &job, "backup/backup-1", "the role", "another token"];
    assert!(words.iter().all(|word| error.message.contains(word)), "{error}");
}

#[test]
fn a_full_vault_has_its_number_and_count() {
    let error = vault_refusal(VaultRefusal::NotEmpty { backups: 3 }, "arn");
    assert_eq!((error.name, error.code), ("InvalidRequestException", Some("ERROR_9101")));
    assert_eq!(error.extras, [("Context", "3".to_owned())]);
}

#[test]
fn a_vault_too_many_is_over_the_quota() {
    let error = vault_refusal(VaultRefusal::TooMany, "arn");
    assert_eq!((error.status, error.name), (400, "LimitExceededException"));
    assert!(error.message.contains("10000 backup vaults"), "{error}");
}

#[test]
fn a_name_that_is_taken_says_by_whom() {
    let refusal = VaultRefusal::AlreadyExists { creator_request_id: Some("r-1".to_owned()) };
    let error = vault_refusal(refusal, "arn:v");
    assert_eq!(error.name, "AlreadyExistsException");
    let expected = [("Arn", "arn:v".to_owned()), ("CreatorRequestId", "r-1".to_owned())];
    assert_eq!(error.extras, expected);
}

#[test]
fn auth_errors_are_403_and_keep_their_names() {
    for (refusal, name) in [
        (AuthError::MissingToken, "MissingAuthenticationToken"),
        (AuthError::Incomplete { what: "x" }, "IncompleteSignature"),
        (AuthError::Mismatch, "InvalidSignatureException"),
        (AuthError::UnknownKey, "UnrecognizedClientException"),
    ] {
        let error = WireError::from(refusal);
        assert_eq!((error.status, error.name), (403, name));
    }
}
