//! What replies carry.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    AdvancedBackupSetting, BackupJob, BackupJobState, BackupPlan, BackupPlansListMember,
    BackupSelection, BackupSelectionsListMember, BackupVaultEvent, BackupVaultListMember,
    CalculatedLifecycle, CopyJob, EncryptionKeyType, IndexStatus, LatestMpaApprovalTeamUpdate,
    LegalHold, LegalHoldStatus, Lifecycle, RecoveryPointByBackupVault, RecoveryPointByResource,
    RecoveryPointCreator, RecoveryPointMember, RecoveryPointSelection, RecoveryPointStatus,
    RestoreDeletionStatus, RestoreJobCreator, RestoreJobStatus, RestoreJobsListMember,
    RestoreValidationStatus, ScanResult, ScanSetting, ScheduledPlanExecutionMember, StorageClass,
    VaultState, VaultType,
};
use crate::aws::timestamp::EpochSeconds;

/// `CancelLegalHoldOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelLegalHoldOutput {}

/// `CreateBackupPlanOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupPlanOutput {
    /// `AdvancedBackupSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_backup_settings: Option<Vec<AdvancedBackupSetting>>,
    /// `BackupPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_arn: Option<String>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `VersionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// `CreateBackupSelectionOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupSelectionOutput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `SelectionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_id: Option<String>,
}

/// `CreateBackupVaultOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupVaultOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
}

/// `CreateLegalHoldOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLegalHoldOutput {
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `LegalHoldArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_arn: Option<String>,
    /// `LegalHoldId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_id: Option<String>,
    /// `RecoveryPointSelection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_selection: Option<RecoveryPointSelection>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<LegalHoldStatus>,
    /// `Title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// `CreateLogicallyAirGappedBackupVaultOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLogicallyAirGappedBackupVaultOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `VaultState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_state: Option<VaultState>,
}

/// `DeleteBackupPlanOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupPlanOutput {
    /// `BackupPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_arn: Option<String>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `DeletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_date: Option<EpochSeconds>,
    /// `VersionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// `DescribeBackupJobOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeBackupJobOutput {
    /// `AccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// `BackupJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_job_id: Option<String>,
    /// `BackupOptions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_options: Option<BTreeMap<String, String>>,
    /// `BackupSizeInBytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_size_in_bytes: Option<i64>,
    /// `BackupType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_type: Option<String>,
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `BytesTransferred`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bytes_transferred: Option<i64>,
    /// `ChildJobsInState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_jobs_in_state: Option<BTreeMap<String, i64>>,
    /// `CompletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_date: Option<EpochSeconds>,
    /// `CreatedBy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<RecoveryPointCreator>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `EncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_arn: Option<String>,
    /// `ExpectedCompletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_completion_date: Option<EpochSeconds>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `InitiationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiation_date: Option<EpochSeconds>,
    /// `IsEncrypted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_encrypted: Option<bool>,
    /// `IsParent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_parent: Option<bool>,
    /// `MessageCategory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message_category: Option<String>,
    /// `NumberOfChildJobs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_child_jobs: Option<i64>,
    /// `ParentJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_job_id: Option<String>,
    /// `PercentDone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_done: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `RecoveryPointLifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_lifecycle: Option<Lifecycle>,
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `ResourceName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// `StartBy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_by: Option<EpochSeconds>,
    /// `State`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<BackupJobState>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// `VaultLockState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_lock_state: Option<String>,
    /// `VaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_type: Option<String>,
}

/// `DescribeBackupVaultOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeBackupVaultOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `EncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_arn: Option<String>,
    /// `EncryptionKeyType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_type: Option<EncryptionKeyType>,
    /// `LatestMpaApprovalTeamUpdate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub latest_mpa_approval_team_update: Option<LatestMpaApprovalTeamUpdate>,
    /// `LockDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lock_date: Option<EpochSeconds>,
    /// `Locked`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub locked: Option<bool>,
    /// `MaxRetentionDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retention_days: Option<i64>,
    /// `MinRetentionDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_retention_days: Option<i64>,
    /// `MpaApprovalTeamArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpa_approval_team_arn: Option<String>,
    /// `MpaSessionArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpa_session_arn: Option<String>,
    /// `NumberOfRecoveryPoints`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_recovery_points: Option<i64>,
    /// `SourceBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_vault_arn: Option<String>,
    /// `VaultState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_state: Option<VaultState>,
    /// `VaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_type: Option<VaultType>,
}

/// `DescribeCopyJobOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeCopyJobOutput {
    /// `CopyJob`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_job: Option<CopyJob>,
}

/// `DescribeRecoveryPointOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRecoveryPointOutput {
    /// `BackupSizeInBytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_size_in_bytes: Option<i64>,
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `CalculatedLifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculated_lifecycle: Option<CalculatedLifecycle>,
    /// `CompletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_date: Option<EpochSeconds>,
    /// `CompositeMemberIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composite_member_identifier: Option<String>,
    /// `CreatedBy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<RecoveryPointCreator>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `EncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_arn: Option<String>,
    /// `EncryptionKeyType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_type: Option<EncryptionKeyType>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `IndexStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_status: Option<IndexStatus>,
    /// `IndexStatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_status_message: Option<String>,
    /// `InitiationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiation_date: Option<EpochSeconds>,
    /// `IsEncrypted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_encrypted: Option<bool>,
    /// `IsParent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_parent: Option<bool>,
    /// `LastRestoreTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_restore_time: Option<EpochSeconds>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `ParentRecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_recovery_point_arn: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `ResourceName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// `ScanResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_results: Option<Vec<ScanResult>>,
    /// `SourceBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_vault_arn: Option<String>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RecoveryPointStatus>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// `StorageClass`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_class: Option<StorageClass>,
    /// `VaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_type: Option<VaultType>,
}

/// `DescribeRestoreJobOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRestoreJobOutput {
    /// `AccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// `BackupSizeInBytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_size_in_bytes: Option<i64>,
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `CompletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_date: Option<EpochSeconds>,
    /// `CreatedBy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<RestoreJobCreator>,
    /// `CreatedResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_resource_arn: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `DeletionStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_status: Option<RestoreDeletionStatus>,
    /// `DeletionStatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_status_message: Option<String>,
    /// `ExpectedCompletionTimeMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expected_completion_time_minutes: Option<i64>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `IsParent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_parent: Option<bool>,
    /// `ParentJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_job_id: Option<String>,
    /// `PercentDone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub percent_done: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `RecoveryPointCreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_creation_date: Option<EpochSeconds>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// `RestoreJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_job_id: Option<String>,
    /// `SourceResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_resource_arn: Option<String>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RestoreJobStatus>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// `ValidationStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_status: Option<RestoreValidationStatus>,
    /// `ValidationStatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub validation_status_message: Option<String>,
}

/// `GetBackupPlanOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupPlanOutput {
    /// `AdvancedBackupSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_backup_settings: Option<Vec<AdvancedBackupSetting>>,
    /// `BackupPlan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan: Option<BackupPlan>,
    /// `BackupPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_arn: Option<String>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `DeletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub deletion_date: Option<EpochSeconds>,
    /// `LastExecutionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_execution_date: Option<EpochSeconds>,
    /// `ScheduledRunsPreview`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scheduled_runs_preview: Option<Vec<ScheduledPlanExecutionMember>>,
    /// `VersionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// `GetBackupSelectionOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupSelectionOutput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `BackupSelection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_selection: Option<BackupSelection>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `SelectionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_id: Option<String>,
}

/// `GetBackupVaultAccessPolicyOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupVaultAccessPolicyOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `Policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// `GetBackupVaultNotificationsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupVaultNotificationsOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `BackupVaultEvents`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_events: Option<Vec<BackupVaultEvent>>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `SNSTopicArn`.
    #[serde(rename = "SNSTopicArn", skip_serializing_if = "Option::is_none")]
    pub sns_topic_arn: Option<String>,
}

/// `GetLegalHoldOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLegalHoldOutput {
    /// `CancelDescription`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_description: Option<String>,
    /// `CancellationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancellation_date: Option<EpochSeconds>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `LegalHoldArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_arn: Option<String>,
    /// `LegalHoldId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_id: Option<String>,
    /// `RecoveryPointSelection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_selection: Option<RecoveryPointSelection>,
    /// `RetainRecordUntil`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_record_until: Option<EpochSeconds>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<LegalHoldStatus>,
    /// `Title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// `GetRecoveryPointRestoreMetadataOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRecoveryPointRestoreMetadataOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// `RestoreMetadata`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_metadata: Option<BTreeMap<String, String>>,
}

/// `ListBackupJobsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupJobsOutput {
    /// `BackupJobs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_jobs: Option<Vec<BackupJob>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupPlanVersionsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupPlanVersionsOutput {
    /// `BackupPlanVersionsList`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_versions_list: Option<Vec<BackupPlansListMember>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupPlansOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupPlansOutput {
    /// `BackupPlansList`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plans_list: Option<Vec<BackupPlansListMember>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupSelectionsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupSelectionsOutput {
    /// `BackupSelectionsList`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_selections_list: Option<Vec<BackupSelectionsListMember>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupVaultsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupVaultsOutput {
    /// `BackupVaultList`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_list: Option<Vec<BackupVaultListMember>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListCopyJobsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCopyJobsOutput {
    /// `CopyJobs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_jobs: Option<Vec<CopyJob>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListLegalHoldsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLegalHoldsOutput {
    /// `LegalHolds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_holds: Option<Vec<LegalHold>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListRecoveryPointsByBackupVaultOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRecoveryPointsByBackupVaultOutput {
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `RecoveryPoints`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_points: Option<Vec<RecoveryPointByBackupVault>>,
}

/// `ListRecoveryPointsByLegalHoldOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRecoveryPointsByLegalHoldOutput {
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `RecoveryPoints`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_points: Option<Vec<RecoveryPointMember>>,
}

/// `ListRecoveryPointsByResourceOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRecoveryPointsByResourceOutput {
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `RecoveryPoints`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_points: Option<Vec<RecoveryPointByResource>>,
}

/// `ListRestoreJobsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRestoreJobsOutput {
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `RestoreJobs`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_jobs: Option<Vec<RestoreJobsListMember>>,
}

/// `ListTagsOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsOutput {
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// `StartBackupJobOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartBackupJobOutput {
    /// `BackupJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_job_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `IsParent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_parent: Option<bool>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}

/// `StartCopyJobOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartCopyJobOutput {
    /// `CopyJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_job_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `IsParent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_parent: Option<bool>,
}

/// `StartRestoreJobOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartRestoreJobOutput {
    /// `RestoreJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_job_id: Option<String>,
}

/// `UpdateBackupPlanOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateBackupPlanOutput {
    /// `AdvancedBackupSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_backup_settings: Option<Vec<AdvancedBackupSetting>>,
    /// `BackupPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_arn: Option<String>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `ScanSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_settings: Option<Vec<ScanSetting>>,
    /// `VersionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// `UpdateRecoveryPointLifecycleOutput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRecoveryPointLifecycleOutput {
    /// `BackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_arn: Option<String>,
    /// `CalculatedLifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub calculated_lifecycle: Option<CalculatedLifecycle>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}
