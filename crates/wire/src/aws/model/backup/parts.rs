//! What inputs and outputs are made of.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    BackupJobState, ConditionType, CopyJobState, EncryptionKeyType, IndexStatus, LegalHoldStatus,
    LifecycleDeleteAfterEvent, MalwareScanner, MpaSessionStatus, RecoveryPointStatus,
    RestoreDeletionStatus, RestoreJobStatus, RestoreValidationStatus, RuleExecutionType,
    ScanFinding, ScanJobState, ScanMode, VaultState, VaultType,
};
use crate::aws::timestamp::EpochSeconds;

/// `AdvancedBackupSetting` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AdvancedBackupSetting {
    /// `BackupOptions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_options: Option<BTreeMap<String, String>>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
}

/// `AggregatedScanResult` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AggregatedScanResult {
    /// `FailedScan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failed_scan: Option<bool>,
    /// `Findings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<ScanFinding>>,
    /// `LastComputed`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_computed: Option<EpochSeconds>,
}

/// `BackupJob` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupJob {
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

/// `BackupPlan` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupPlan {
    /// `AdvancedBackupSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_backup_settings: Option<Vec<AdvancedBackupSetting>>,
    /// `BackupPlanName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_name: Option<String>,
    /// `Rules`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<BackupRule>>,
    /// `ScanSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_settings: Option<Vec<ScanSetting>>,
}

/// `BackupPlanInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupPlanInput {
    /// `AdvancedBackupSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_backup_settings: Option<Vec<AdvancedBackupSetting>>,
    /// `BackupPlanName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_name: Option<String>,
    /// `Rules`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rules: Option<Vec<BackupRuleInput>>,
    /// `ScanSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_settings: Option<Vec<ScanSetting>>,
}

/// `BackupPlansListMember` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupPlansListMember {
    /// `AdvancedBackupSettings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub advanced_backup_settings: Option<Vec<AdvancedBackupSetting>>,
    /// `BackupPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_arn: Option<String>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `BackupPlanName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_name: Option<String>,
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
    /// `VersionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// `BackupRule` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupRule {
    /// `CompletionWindowMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_window_minutes: Option<i64>,
    /// `CopyActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_actions: Option<Vec<CopyAction>>,
    /// `EnableContinuousBackup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_continuous_backup: Option<bool>,
    /// `IndexActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_actions: Option<Vec<IndexAction>>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `RecoveryPointTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_tags: Option<BTreeMap<String, String>>,
    /// `RuleId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_id: Option<String>,
    /// `RuleName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    /// `ScanActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_actions: Option<Vec<ScanAction>>,
    /// `ScheduleExpression`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
    /// `ScheduleExpressionTimezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression_timezone: Option<String>,
    /// `StartWindowMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_window_minutes: Option<i64>,
    /// `TargetBackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_backup_vault_name: Option<String>,
    /// `TargetLogicallyAirGappedBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_logically_air_gapped_backup_vault_arn: Option<String>,
}

/// `BackupRuleInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupRuleInput {
    /// `CompletionWindowMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_window_minutes: Option<i64>,
    /// `CopyActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_actions: Option<Vec<CopyAction>>,
    /// `EnableContinuousBackup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub enable_continuous_backup: Option<bool>,
    /// `IndexActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_actions: Option<Vec<IndexAction>>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `RecoveryPointTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_tags: Option<BTreeMap<String, String>>,
    /// `RuleName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_name: Option<String>,
    /// `ScanActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_actions: Option<Vec<ScanAction>>,
    /// `ScheduleExpression`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression: Option<String>,
    /// `ScheduleExpressionTimezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub schedule_expression_timezone: Option<String>,
    /// `StartWindowMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_window_minutes: Option<i64>,
    /// `TargetBackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_backup_vault_name: Option<String>,
    /// `TargetLogicallyAirGappedBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub target_logically_air_gapped_backup_vault_arn: Option<String>,
}

/// `BackupSelection` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupSelection {
    /// `Conditions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub conditions: Option<Conditions>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `ListOfTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub list_of_tags: Option<Vec<Condition>>,
    /// `NotResources`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub not_resources: Option<Vec<String>>,
    /// `Resources`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resources: Option<Vec<String>>,
    /// `SelectionName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_name: Option<String>,
}

/// `BackupSelectionsListMember` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupSelectionsListMember {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `SelectionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_id: Option<String>,
    /// `SelectionName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_name: Option<String>,
}

/// `BackupVaultListMember` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupVaultListMember {
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
    /// `NumberOfRecoveryPoints`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub number_of_recovery_points: Option<i64>,
    /// `VaultState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_state: Option<VaultState>,
    /// `VaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_type: Option<VaultType>,
}

/// `CalculatedLifecycle` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CalculatedLifecycle {
    /// `DeleteAt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_at: Option<EpochSeconds>,
    /// `MoveToColdStorageAt`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_to_cold_storage_at: Option<EpochSeconds>,
}

/// `Condition` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Condition {
    /// `ConditionKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_key: Option<String>,
    /// `ConditionType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_type: Option<ConditionType>,
    /// `ConditionValue`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_value: Option<String>,
}

/// `ConditionParameter` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ConditionParameter {
    /// `ConditionKey`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_key: Option<String>,
    /// `ConditionValue`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub condition_value: Option<String>,
}

/// `Conditions` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Conditions {
    /// `StringEquals`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_equals: Option<Vec<ConditionParameter>>,
    /// `StringLike`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_like: Option<Vec<ConditionParameter>>,
    /// `StringNotEquals`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_not_equals: Option<Vec<ConditionParameter>>,
    /// `StringNotLike`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub string_not_like: Option<Vec<ConditionParameter>>,
}

/// `CopyAction` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CopyAction {
    /// `DestinationBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_backup_vault_arn: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
}

/// `CopyJob` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CopyJob {
    /// `AccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub account_id: Option<String>,
    /// `BackupSizeInBytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_size_in_bytes: Option<i64>,
    /// `ChildJobsInState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub child_jobs_in_state: Option<BTreeMap<String, i64>>,
    /// `CompletionDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub completion_date: Option<EpochSeconds>,
    /// `CompositeMemberIdentifier`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub composite_member_identifier: Option<String>,
    /// `CopyJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_job_id: Option<String>,
    /// `CreatedBy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by: Option<RecoveryPointCreator>,
    /// `CreatedByBackupJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub created_by_backup_job_id: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `DestinationBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_backup_vault_arn: Option<String>,
    /// `DestinationEncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_encryption_key_arn: Option<String>,
    /// `DestinationRecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_recovery_point_arn: Option<String>,
    /// `DestinationRecoveryPointLifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_recovery_point_lifecycle: Option<Lifecycle>,
    /// `DestinationVaultLockState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_vault_lock_state: Option<String>,
    /// `DestinationVaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_vault_type: Option<String>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
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
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `ResourceName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
    /// `SourceBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_vault_arn: Option<String>,
    /// `SourceRecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_recovery_point_arn: Option<String>,
    /// `State`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub state: Option<CopyJobState>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
}

/// `DateRange` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DateRange {
    /// `FromDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub from_date: Option<EpochSeconds>,
    /// `ToDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub to_date: Option<EpochSeconds>,
}

/// `IndexAction` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct IndexAction {
    /// `ResourceTypes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_types: Option<Vec<String>>,
}

/// `LatestMpaApprovalTeamUpdate` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LatestMpaApprovalTeamUpdate {
    /// `ExpiryDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub expiry_date: Option<EpochSeconds>,
    /// `InitiationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub initiation_date: Option<EpochSeconds>,
    /// `MpaSessionArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub mpa_session_arn: Option<String>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<MpaSessionStatus>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
}

/// `LegalHold` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LegalHold {
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
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<LegalHoldStatus>,
    /// `Title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// `Lifecycle` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Lifecycle {
    /// `DeleteAfterDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_after_days: Option<i64>,
    /// `DeleteAfterEvent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub delete_after_event: Option<LifecycleDeleteAfterEvent>,
    /// `MoveToColdStorageAfterDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub move_to_cold_storage_after_days: Option<i64>,
    /// `OptInToArchiveForSupportedResources`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub opt_in_to_archive_for_supported_resources: Option<bool>,
}

/// `RecoveryPointByBackupVault` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecoveryPointByBackupVault {
    /// `AggregatedScanResult`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregated_scan_result: Option<AggregatedScanResult>,
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
    /// `SourceBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_vault_arn: Option<String>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RecoveryPointStatus>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// `VaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_type: Option<VaultType>,
}

/// `RecoveryPointByResource` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecoveryPointByResource {
    /// `AggregatedScanResult`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub aggregated_scan_result: Option<AggregatedScanResult>,
    /// `BackupSizeBytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_size_bytes: Option<i64>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `CreationDate`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_date: Option<EpochSeconds>,
    /// `EncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_arn: Option<String>,
    /// `EncryptionKeyType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_type: Option<EncryptionKeyType>,
    /// `IndexStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_status: Option<IndexStatus>,
    /// `IndexStatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index_status_message: Option<String>,
    /// `IsParent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub is_parent: Option<bool>,
    /// `ParentRecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub parent_recovery_point_arn: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `ResourceName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_name: Option<String>,
    /// `Status`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<RecoveryPointStatus>,
    /// `StatusMessage`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status_message: Option<String>,
    /// `VaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_type: Option<VaultType>,
}

/// `RecoveryPointCreator` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecoveryPointCreator {
    /// `BackupPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_arn: Option<String>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `BackupPlanName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_name: Option<String>,
    /// `BackupPlanVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_version: Option<String>,
    /// `BackupRuleCron`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_rule_cron: Option<String>,
    /// `BackupRuleId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_rule_id: Option<String>,
    /// `BackupRuleName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_rule_name: Option<String>,
    /// `BackupRuleTimezone`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_rule_timezone: Option<String>,
}

/// `RecoveryPointMember` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecoveryPointMember {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
}

/// `RecoveryPointSelection` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RecoveryPointSelection {
    /// `DateRange`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub date_range: Option<DateRange>,
    /// `ResourceIdentifiers`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_identifiers: Option<Vec<String>>,
    /// `VaultNames`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vault_names: Option<Vec<String>>,
}

/// `RestoreJobCreator` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RestoreJobCreator {
    /// `RestoreTestingPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_testing_plan_arn: Option<String>,
}

/// `RestoreJobsListMember` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct RestoreJobsListMember {
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

/// `ScanAction` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScanAction {
    /// `MalwareScanner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malware_scanner: Option<MalwareScanner>,
    /// `ScanMode`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_mode: Option<ScanMode>,
}

/// `ScanResult` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScanResult {
    /// `Findings`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub findings: Option<Vec<ScanFinding>>,
    /// `LastScanTimestamp`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub last_scan_timestamp: Option<EpochSeconds>,
    /// `MalwareScanner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malware_scanner: Option<MalwareScanner>,
    /// `ScanJobState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scan_job_state: Option<ScanJobState>,
}

/// `ScanSetting` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScanSetting {
    /// `MalwareScanner`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub malware_scanner: Option<MalwareScanner>,
    /// `ResourceTypes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_types: Option<Vec<String>>,
    /// `ScannerRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub scanner_role_arn: Option<String>,
}

/// `ScheduledPlanExecutionMember` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ScheduledPlanExecutionMember {
    /// `ExecutionTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub execution_time: Option<EpochSeconds>,
    /// `RuleExecutionType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_execution_type: Option<RuleExecutionType>,
    /// `RuleId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rule_id: Option<String>,
}
