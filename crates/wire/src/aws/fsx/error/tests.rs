//! Errors, as clients read them.

use super::*;
use serde_json::json;
use sexton_core::TagRefusal;

fn body(error: &Error) -> Value {
    serde_json::from_slice(&error.reply().body).unwrap()
}

#[test]
fn the_type_is_in_the_body_and_in_the_header() {
    let error = not_served("CreateSnapshot");
    let reply = error.reply();
    assert_eq!(reply.status, 400);
    assert_eq!(reply.header("x-amzn-errortype"), Some("UnknownOperationException"));
    assert_eq!(reply.header("content-type"), Some("application/x-amz-json-1.1"));
    assert_eq!(body(&error)["__type"], "UnknownOperationException");
    assert!(body(&error)["Message"].as_str().unwrap().contains("CreateSnapshot"));
}

#[test]
fn auth_errors_are_400_and_keep_their_names() {
    for (refusal, name) in [
        (AuthError::MissingToken, "MissingAuthenticationToken"),
        (AuthError::Mismatch, "InvalidSignatureException"),
        (AuthError::UnknownKey, "UnrecognizedClientException"),
    ] {
        let error = Error::from(refusal);
        assert_eq!((error.status, error.name), (400, name));
    }
}

#[test]
fn a_failure_of_ours_is_500() {
    let error = Error::internal();
    assert_eq!((error.status, error.name), (500, "InternalServerError"));
}

const ID: &str = "backup-0123456789abcdef0";
const ARN: &str = "arn:aws:fsx:us-east-1:123456789012:backup/backup-0123456789abcdef0";

/// A refusal, an operation that it arises in, the name that it has there, and a member that
/// goes with it.
type Named = (FsxRefusal, Operation, &'static str, Option<(&'static str, &'static str)>);

fn without_member() -> Vec<Named> {
    use Operation::{
        CopyBackup, CreateBackup, CreateVolume, DeleteBackup, DescribeStorageVirtualMachines,
        TagResource,
    };
    let id = || ID.parse().unwrap();
    let what = || "what".to_owned();
    let vault = "v".repeat(50).parse().unwrap();
    let machine = FsxRefusal::StorageVirtualMachineNotFound { id: what() };
    let kept = FsxRefusal::KeptByVault { id: id(), vault, arn: ARN.to_owned() };
    let named = |refusal, operation, name| (refusal, operation, name, None);
    vec![
        named(FsxRefusal::BackupNotFound { id: id() }, DeleteBackup, "BackupNotFound"),
        named(FsxRefusal::FileSystemNotFound { id: what() }, CreateBackup, "FileSystemNotFound"),
        named(FsxRefusal::VolumeNotFound { id: what() }, CreateBackup, "VolumeNotFound"),
        named(machine, DescribeStorageVirtualMachines, "StorageVirtualMachineNotFound"),
        named(FsxRefusal::BackupInProgress { what: what() }, DeleteBackup, "BackupInProgress"),
        named(FsxRefusal::InvalidRegion { region: what() }, CopyBackup, "InvalidRegion"),
        named(FsxRefusal::Unsupported { message: what() }, CreateBackup, "UnsupportedOperation"),
        named(FsxRefusal::BadRequest { message: what() }, CreateVolume, "BadRequest"),
        named(FsxRefusal::Tags(TagRefusal::TooMany), TagResource, "BadRequest"),
        named(kept, DeleteBackup, "BadRequest"),
    ]
}

fn with_member() -> Vec<Named> {
    use Operation::{CopyBackup, CreateVolume, DeleteBackup, ListTagsForResource};
    let id = || ID.parse().unwrap();
    let named =
        |refusal, operation, name, member, value| (refusal, operation, name, Some((member, value)));
    let file_system = Some("fs-01234567".parse().unwrap());
    let restoring = FsxRefusal::BackupRestoring { file_system };
    let copied = FsxRefusal::BackupBeingCopied { id: id(), copy: id() };
    let used = FsxRefusal::TokenUsed { parameter: "BackupId".to_owned() };
    let many = FsxRefusal::TooMany { message: "what".to_owned() };
    let in_progress = "TOTAL_IN_PROGRESS_COPY_BACKUPS";
    let limit = "ServiceLimitExceeded";
    let unavailable = FsxRefusal::SourceBackupUnavailable { id: id() };
    let missing = FsxRefusal::ResourceNotFound { arn: ARN.parse().unwrap() };
    vec![
        named(restoring, DeleteBackup, "BackupRestoring", "FileSystemId", "fs-01234567"),
        named(copied, DeleteBackup, "BackupBeingCopied", "BackupId", ID),
        named(used, DeleteBackup, "IncompatibleParameterError", "Parameter", "BackupId"),
        named(FsxRefusal::TooManyCopies, CopyBackup, limit, "Limit", in_progress),
        named(many, CreateVolume, limit, "Limit", "VOLUMES_PER_FILE_SYSTEM"),
        named(unavailable, CopyBackup, "SourceBackupUnavailable", "BackupId", ID),
        named(missing, ListTagsForResource, "ResourceNotFound", "ResourceARN", ARN),
    ]
}

/// Every refusal of the core.
fn every_refusal() -> Vec<Named> {
    without_member().into_iter().chain(with_member()).collect()
}

#[test]
fn every_refusal_is_an_exception_that_its_operation_declares() {
    for (refusal, operation, name, member) in every_refusal() {
        let error = Error::refused(refusal, operation);
        assert_eq!((error.status, error.name), (400, name));
        assert!(operation.info().errors.contains(&name), "{operation:?} does not declare {name}");
        let body = body(&error);
        assert_eq!(body["__type"], name);
        let extras: Vec<(&str, &str)> = member.into_iter().collect();
        for (member, value) in &extras {
            assert_eq!(body[*member], *value);
        }
        assert_eq!(body.as_object().unwrap().len(), 2 + extras.len(), "{body}");
    }
}

#[test]
fn no_operation_answers_an_exception_that_it_does_not_declare() {
    for operation in Operation::ALL {
        for (refusal, ..) in every_refusal() {
            let error = Error::refused(refusal, *operation);
            assert!(operation.info().errors.contains(&error.name), "{operation:?}: {error}");
        }
    }
    let creating = FsxRefusal::BackupInProgress { what: "it is being made".to_owned() };
    let error = Error::refused(creating, Operation::CreateFileSystemFromBackup);
    assert_eq!(error.name, "BadRequest");
    assert!(error.message.contains("it is being made"), "{error}");
}

#[test]
fn the_way_to_a_backup_of_a_vault_is_never_cut_off() {
    let kept = every_refusal()
        .into_iter()
        .find(|(refusal, ..)| matches!(refusal, FsxRefusal::KeptByVault { .. }));
    let (refusal, operation, ..) = kept.unwrap();
    let message = body(&Error::refused(refusal, operation))["Message"].clone();
    assert!(message.as_str().unwrap().ends_with("backup:DeleteRecoveryPoint."), "{message}");
}

#[test]
fn a_long_message_is_cut_to_what_the_model_has_room_for() {
    let error = Error::bad_request("ä".repeat(300));
    let message = body(&error)["Message"].as_str().unwrap().to_owned();
    assert_eq!(message.chars().count(), 256);
    assert!(message.ends_with('…'), "{message}");
    assert_eq!(body(&Error::bad_request("a".repeat(256)))["Message"], json!("a".repeat(256)));
}
