//! Replies, as the model's own types read them.

use super::*;
use jiff::Timestamp;
use serde::de::DeserializeOwned;
use sexton_core::{
    Backup, BackupId, BackupJob, BackupJobState, Content, InVault, JobId, Keeper, ObjectPrefix,
    Origin, Realm, ResourceType, RestoreJob, RestoreJobState, SourceKind, Span, State, Vault,
};

use crate::aws::backup::{BackupJobFilter, PointFilter, RestoreJobFilter};
use crate::aws::model::backup as model;

fn realm() -> Realm {
    Realm::new("us-east-1", "123456789012")
}

fn instant(text: &str) -> Timestamp {
    text.parse().unwrap()
}

fn created() -> Timestamp {
    instant("2026-01-02T03:04:05.678Z")
}

fn job_id() -> JobId {
    "0192a3b4-0000-7000-8000-000000000001".parse().unwrap()
}

fn vault() -> Vault {
    Vault {
        creator_request_id: Some("r-1".to_owned()),
        ..Vault::new(realm(), "Default".parse().unwrap(), created())
    }
}

fn point(state: State) -> Backup {
    Backup {
        realm: realm(),
        name: "arn:aws:fsx:us-east-1:123456789012:backup/backup-1".parse().unwrap(),
        origin: Origin::Captured,
        offered: None,
        keeper: Keeper::Vault(InVault {
            vault: "Default".parse().unwrap(),
            resource_type: ResourceType("FSx".to_owned()),
            role: "arn:aws:iam::123456789012:role/r".parse().unwrap(),
            lifecycle: Lifecycle { delete_after_days: Some(14), ..Lifecycle::default() },
            restore_metadata: [("FileSystemId".to_owned(), "fs-1".to_owned())].into(),
            created_by: None,
            request: None,
        }),
        source: "arn:aws:fsx:us-east-1:123456789012:file-system/fs-1".parse().unwrap(),
        created: created(),
        id: BackupId::of_job(job_id()),
        objects: ObjectPrefix::new([1; 16]),
        tags: Tags::new(),
        problems: String::new(),
        state,
    }
}

fn content() -> Content {
    Content { size_bytes: 42, stored_bytes: 10, objects: 2, completed: created() }
}

fn backup_job(state: BackupJobState) -> BackupJob {
    let point = point(State::Creating);
    let kept = point.in_vault().unwrap().clone();
    BackupJob {
        realm: realm(),
        id: job_id(),
        vault: kept.vault,
        backup: point.name,
        resource: point.source,
        resource_type: kept.resource_type,
        role: kept.role,
        created: point.created,
        lifecycle: kept.lifecycle,
        tags: point.tags,
        windows: sexton_core::Windows { start_minutes: Some(60), complete_minutes: None },
        idempotency_token: None,
        created_by: None,
        source: SourceKind::Generated,
        state,
    }
}

fn restore_job(state: RestoreJobState) -> RestoreJob {
    let point = point(State::Creating);
    let kept = point.in_vault().unwrap().clone();
    RestoreJob {
        realm: realm(),
        id: job_id(),
        backup: point.name,
        vault: kept.vault,
        resource: point.source,
        resource_type: kept.resource_type,
        backup_created: point.created,
        size_bytes: 42,
        role: None,
        created: point.created,
        idempotency_token: None,
        metadata: kept.restore_metadata,
        state,
    }
}

fn read<T: DeserializeOwned>(reply: &Reply) -> T {
    assert_eq!(reply.status, 200);
    assert_eq!(reply.header("content-type"), Some("application/json"));
    serde_json::from_slice(&reply.body).unwrap()
}

fn now() -> Timestamp {
    instant("2026-01-02T03:04:05.678Z")
}

fn described(state: State) -> model::DescribeRecoveryPointOutput {
    read(&describe_recovery_point(point(state).as_point().unwrap(), &vault(), now()))
}

#[test]
fn an_accepted_deletion_has_nothing_to_read() {
    assert_eq!(delete_recovery_point(), Reply::empty(200));
}

#[test]
fn a_completed_point_shows_all_that_is_known() {
    let shown = described(State::Completed { content: content() });
    assert_eq!(shown.status, Some(model::RecoveryPointStatus::Completed));
    assert_eq!(shown.backup_size_in_bytes, Some(42));
    assert_eq!(shown.is_encrypted, Some(true));
    assert_eq!(shown.storage_class, Some(model::StorageClass::Warm));
    assert_eq!(shown.vault_type, Some(model::VaultType::BackupVault));
    let vault_arn = "arn:aws:backup:us-east-1:123456789012:backup-vault:Default";
    assert_eq!(shown.backup_vault_arn.as_deref(), Some(vault_arn));
    let delete_at = shown.calculated_lifecycle.unwrap().delete_at.unwrap();
    assert_eq!(delete_at.0, instant("2026-01-16T03:04:05.678Z"));
    assert_eq!(shown.status_message, None);
}

#[test]
fn timestamps_are_numbers() {
    let reply =
        describe_recovery_point(point(State::Creating).as_point().unwrap(), &vault(), now());
    let body = String::from_utf8(reply.body).unwrap();
    assert!(body.contains("\"CreationDate\":1767323045.678"), "{body}");
    assert!(!body.contains("null"), "{body}");
}

#[test]
fn an_expired_point_says_why() {
    let reason = "The role cannot be found".to_owned();
    let shown = described(State::Expired { reason, since: created(), content: content() });
    assert_eq!(shown.status, Some(model::RecoveryPointStatus::Expired));
    assert_eq!(shown.status_message.as_deref(), Some("The role cannot be found"));
}

#[test]
fn a_completed_point_says_what_could_not_be_read() {
    let mut point = point(State::Completed { content: content() });
    point.problems = "1 problem: secret: cannot be read: Permission denied".to_owned();
    let shown: model::DescribeRecoveryPointOutput =
        read(&describe_recovery_point(point.as_point().unwrap(), &vault(), now()));
    assert_eq!(shown.status, Some(model::RecoveryPointStatus::Completed));
    assert_eq!(shown.status_message, Some(point.problems));
}

#[test]
fn a_point_in_deletion_may_have_no_content() {
    let by = sexton_core::Principal("somebody".to_owned());
    let why = sexton_core::Why::FailedBackup;
    let erasing = sexton_core::Erasure::begin(job_id(), created(), by, why);
    let shown = described(State::Deleting { content: None, erasing });
    assert_eq!(shown.status, Some(model::RecoveryPointStatus::Deleting));
    assert_eq!((shown.backup_size_in_bytes, shown.completion_date), (None, None));
}

#[test]
fn listings_carry_their_token() {
    let points = [point(State::Creating), point(State::Completed { content: content() })];
    let reply = list_recovery_points_by_backup_vault(&points, Some("t".to_owned()), &vault());
    let shown: model::ListRecoveryPointsByBackupVaultOutput = read(&reply);
    assert_eq!(shown.next_token.as_deref(), Some("t"));
    assert_eq!(shown.recovery_points.unwrap().len(), 2);
    let reply = list_recovery_points_by_resource(points.iter().map(|it| (it, None)), None);
    let shown: model::ListRecoveryPointsByResourceOutput = read(&reply);
    assert_eq!(shown.next_token, None);
    assert_eq!(shown.recovery_points.unwrap()[1].backup_size_bytes, Some(42));
}

#[test]
fn vaults_show_their_points() {
    let vault = vault();
    let shown: model::DescribeBackupVaultOutput = read(&describe_backup_vault(&vault, 7));
    assert_eq!(shown.number_of_recovery_points, Some(7));
    assert_eq!(shown.locked, Some(false));
    assert_eq!(shown.encryption_key_type, Some(model::EncryptionKeyType::AwsOwnedKmsKey));
    let shown: model::ListBackupVaultsOutput = read(&list_backup_vaults([(&vault, 7)], None));
    assert_eq!(shown.backup_vault_list.unwrap()[0].number_of_recovery_points, Some(7));
    let shown: model::CreateBackupVaultOutput = read(&create_backup_vault(&vault));
    assert_eq!(shown.backup_vault_name.as_deref(), Some("Default"));
}

#[test]
fn a_backup_job_shows_its_progress_and_end() {
    let progress = Some(Progress { percent: 40, bytes: 17 });
    let reply = describe_backup_job(&backup_job(BackupJobState::Running), progress);
    let shown: model::DescribeBackupJobOutput = read(&reply);
    assert_eq!(shown.state, Some(model::BackupJobState::Running));
    assert_eq!((shown.percent_done.as_deref(), shown.bytes_transferred), (Some("40.0"), Some(17)));
    let message = "1 file vanished".to_owned();
    let done = BackupJobState::Completed { at: created(), size_bytes: 42, message };
    let shown: model::ListBackupJobsOutput =
        read(&list_backup_jobs([(&backup_job(done), None)], None));
    let shown = &shown.backup_jobs.unwrap()[0];
    assert_eq!(shown.percent_done.as_deref(), Some("100.0"));
    assert_eq!(shown.backup_size_in_bytes, Some(42));
    assert_eq!(shown.status_message.as_deref(), Some("1 file vanished"));
    assert_eq!(shown.completion_date.unwrap().0, created());
}

#[test]
fn a_restore_job_names_what_it_made() {
    let (name, message) = ("fs-9".to_owned(), "1 problem: a".to_owned());
    let done = RestoreJobState::Completed { at: created(), created: name, message };
    let shown: model::DescribeRestoreJobOutput =
        read(&describe_restore_job(&restore_job(done), None));
    assert_eq!(shown.percent_done.as_deref(), Some("100.00%"));
    let arn = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-9";
    assert_eq!(shown.created_resource_arn.as_deref(), Some(arn));
    let failed = RestoreJobState::Failed { at: created(), reason: "why".to_owned() };
    let shown: model::ListRestoreJobsOutput =
        read(&list_restore_jobs([(&restore_job(failed), None)], None));
    assert_eq!(shown.restore_jobs.unwrap()[0].status_message.as_deref(), Some("why"));
}

#[test]
fn tags_and_metadata_are_maps() {
    let tags: Tags = [("a".to_owned(), "1".to_owned())].into();
    let shown: ListTagsOutput = read(&list_tags(tags.clone(), None));
    assert_eq!(shown.tags, Some(tags));
    let reply = get_recovery_point_restore_metadata(point(State::Creating).as_point().unwrap());
    let shown: model::GetRecoveryPointRestoreMetadataOutput = read(&reply);
    assert_eq!(shown.restore_metadata.unwrap()["FileSystemId"], "fs-1");
}

#[test]
fn filters_let_through_what_they_name() {
    let all = PointFilter::default();
    assert!(!all.is_of_nothing(&realm()));
    let planned = PointFilter { plan: Some("p".to_owned()), ..all.clone() };
    assert!(planned.is_of_nothing(&realm()));
    let foreign = PointFilter { account: Some("210987654321".to_owned()), ..all };
    assert!(foreign.is_of_nothing(&realm()));

    let running = backup_job(BackupJobState::Running);
    let state = Some(model::BackupJobState::Running);
    let filter = BackupJobFilter { state, ..BackupJobFilter::default() };
    assert!(filter.matches(&running));
    let ended = BackupJobFilter {
        completed: Span { after: Some(Timestamp::UNIX_EPOCH), before: None },
        ..BackupJobFilter::default()
    };
    assert!(!ended.matches(&running));

    let status = Some(model::RestoreJobStatus::Completed);
    let filter = RestoreJobFilter { status, ..RestoreJobFilter::default() };
    assert!(!filter.matches(&restore_job(RestoreJobState::Running)));
}
