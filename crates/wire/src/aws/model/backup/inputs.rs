//! What requests carry.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::{
    BackupJobState, BackupPlanInput, BackupSelection, CopyJobState, Index, Lifecycle,
    RecoveryPointSelection, RestoreJobStatus, VaultType,
};
use crate::aws::timestamp::EpochSeconds;

/// `CancelLegalHoldInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CancelLegalHoldInput {
    /// `CancelDescription`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cancel_description: Option<String>,
    /// `LegalHoldId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_id: Option<String>,
    /// `RetainRecordInDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub retain_record_in_days: Option<i64>,
}

/// `CreateBackupPlanInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupPlanInput {
    /// `BackupPlan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan: Option<BackupPlanInput>,
    /// `BackupPlanTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_tags: Option<BTreeMap<String, String>>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
}

/// `CreateBackupSelectionInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupSelectionInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `BackupSelection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_selection: Option<BackupSelection>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
}

/// `CreateBackupVaultInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupVaultInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `BackupVaultTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_tags: Option<BTreeMap<String, String>>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `EncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_arn: Option<String>,
}

/// `CreateLegalHoldInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLegalHoldInput {
    /// `Description`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub description: Option<String>,
    /// `IdempotencyToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_token: Option<String>,
    /// `RecoveryPointSelection`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_selection: Option<RecoveryPointSelection>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
    /// `Title`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub title: Option<String>,
}

/// `CreateLogicallyAirGappedBackupVaultInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateLogicallyAirGappedBackupVaultInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `BackupVaultTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_tags: Option<BTreeMap<String, String>>,
    /// `CreatorRequestId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creator_request_id: Option<String>,
    /// `EncryptionKeyArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub encryption_key_arn: Option<String>,
    /// `MaxRetentionDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retention_days: Option<i64>,
    /// `MinRetentionDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_retention_days: Option<i64>,
}

/// `DeleteBackupPlanInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupPlanInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
}

/// `DeleteBackupSelectionInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupSelectionInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `SelectionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_id: Option<String>,
}

/// `DeleteBackupVaultAccessPolicyInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupVaultAccessPolicyInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
}

/// `DeleteBackupVaultInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupVaultInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
}

/// `DeleteBackupVaultLockConfigurationInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupVaultLockConfigurationInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
}

/// `DeleteRecoveryPointInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteRecoveryPointInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}

/// `DescribeBackupJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeBackupJobInput {
    /// `BackupJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_job_id: Option<String>,
}

/// `DescribeBackupVaultInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeBackupVaultInput {
    /// `BackupVaultAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_account_id: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
}

/// `DescribeCopyJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeCopyJobInput {
    /// `CopyJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_job_id: Option<String>,
}

/// `DescribeRecoveryPointInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRecoveryPointInput {
    /// `BackupVaultAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_account_id: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}

/// `DescribeRestoreJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeRestoreJobInput {
    /// `RestoreJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restore_job_id: Option<String>,
}

/// `DisassociateRecoveryPointFromParentInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateRecoveryPointFromParentInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}

/// `DisassociateRecoveryPointInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DisassociateRecoveryPointInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}

/// `GetBackupPlanInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupPlanInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `MaxScheduledRunsPreview`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_scheduled_runs_preview: Option<i64>,
    /// `VersionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub version_id: Option<String>,
}

/// `GetBackupSelectionInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupSelectionInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `SelectionId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub selection_id: Option<String>,
}

/// `GetBackupVaultAccessPolicyInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupVaultAccessPolicyInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
}

/// `GetBackupVaultNotificationsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetBackupVaultNotificationsInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
}

/// `GetLegalHoldInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetLegalHoldInput {
    /// `LegalHoldId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_id: Option<String>,
}

/// `GetRecoveryPointRestoreMetadataInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct GetRecoveryPointRestoreMetadataInput {
    /// `BackupVaultAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_account_id: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}

/// `ListBackupJobsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupJobsInput {
    /// `ByAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_account_id: Option<String>,
    /// `ByBackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_backup_vault_name: Option<String>,
    /// `ByCompleteAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_complete_after: Option<EpochSeconds>,
    /// `ByCompleteBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_complete_before: Option<EpochSeconds>,
    /// `ByCreatedAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_after: Option<EpochSeconds>,
    /// `ByCreatedBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_before: Option<EpochSeconds>,
    /// `ByMessageCategory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_message_category: Option<String>,
    /// `ByParentJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_parent_job_id: Option<String>,
    /// `ByResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_arn: Option<String>,
    /// `ByResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_type: Option<String>,
    /// `ByState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_state: Option<BackupJobState>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupPlanVersionsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupPlanVersionsInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupPlansInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupPlansInput {
    /// `IncludeDeleted`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub include_deleted: Option<bool>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupSelectionsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupSelectionsInput {
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListBackupVaultsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListBackupVaultsInput {
    /// `ByShared`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_shared: Option<bool>,
    /// `ByVaultType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_vault_type: Option<VaultType>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListCopyJobsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListCopyJobsInput {
    /// `ByAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_account_id: Option<String>,
    /// `ByCompleteAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_complete_after: Option<EpochSeconds>,
    /// `ByCompleteBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_complete_before: Option<EpochSeconds>,
    /// `ByCreatedAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_after: Option<EpochSeconds>,
    /// `ByCreatedBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_before: Option<EpochSeconds>,
    /// `ByDestinationVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_destination_vault_arn: Option<String>,
    /// `ByMessageCategory`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_message_category: Option<String>,
    /// `ByParentJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_parent_job_id: Option<String>,
    /// `ByResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_arn: Option<String>,
    /// `ByResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_type: Option<String>,
    /// `BySourceRecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_source_recovery_point_arn: Option<String>,
    /// `ByState`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_state: Option<CopyJobState>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListLegalHoldsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListLegalHoldsInput {
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListRecoveryPointsByBackupVaultInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRecoveryPointsByBackupVaultInput {
    /// `BackupVaultAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_account_id: Option<String>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `ByBackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_backup_plan_id: Option<String>,
    /// `ByCreatedAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_after: Option<EpochSeconds>,
    /// `ByCreatedBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_before: Option<EpochSeconds>,
    /// `ByParentRecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_parent_recovery_point_arn: Option<String>,
    /// `ByResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_arn: Option<String>,
    /// `ByResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_type: Option<String>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListRecoveryPointsByLegalHoldInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRecoveryPointsByLegalHoldInput {
    /// `LegalHoldId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub legal_hold_id: Option<String>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListRecoveryPointsByResourceInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRecoveryPointsByResourceInput {
    /// `ManagedByAWSBackupOnly`.
    #[serde(rename = "ManagedByAWSBackupOnly", skip_serializing_if = "Option::is_none")]
    pub managed_by_aws_backup_only: Option<bool>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
}

/// `ListRestoreJobsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListRestoreJobsInput {
    /// `ByAccountId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_account_id: Option<String>,
    /// `ByCompleteAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_complete_after: Option<EpochSeconds>,
    /// `ByCompleteBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_complete_before: Option<EpochSeconds>,
    /// `ByCreatedAfter`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_after: Option<EpochSeconds>,
    /// `ByCreatedBefore`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_created_before: Option<EpochSeconds>,
    /// `ByParentJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_parent_job_id: Option<String>,
    /// `ByResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_resource_type: Option<String>,
    /// `ByRestoreTestingPlanArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_restore_testing_plan_arn: Option<String>,
    /// `ByStatus`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub by_status: Option<RestoreJobStatus>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `ListTagsInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsInput {
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
}

/// `PutBackupVaultAccessPolicyInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutBackupVaultAccessPolicyInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `Policy`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub policy: Option<String>,
}

/// `PutBackupVaultLockConfigurationInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct PutBackupVaultLockConfigurationInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `ChangeableForDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub changeable_for_days: Option<i64>,
    /// `MaxRetentionDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_retention_days: Option<i64>,
    /// `MinRetentionDays`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub min_retention_days: Option<i64>,
}

/// `StartBackupJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartBackupJobInput {
    /// `BackupOptions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_options: Option<BTreeMap<String, String>>,
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `CompleteWindowMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub complete_window_minutes: Option<i64>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `IdempotencyToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_token: Option<String>,
    /// `Index`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub index: Option<Index>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `LogicallyAirGappedBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub logically_air_gapped_backup_vault_arn: Option<String>,
    /// `RecoveryPointTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_tags: Option<BTreeMap<String, String>>,
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `StartWindowMinutes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub start_window_minutes: Option<i64>,
}

/// `StartCopyJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartCopyJobInput {
    /// `DestinationBackupVaultArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub destination_backup_vault_arn: Option<String>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `IdempotencyToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_token: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `SourceBackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_vault_name: Option<String>,
}

/// `StartRestoreJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StartRestoreJobInput {
    /// `CopySourceTagsToRestoredResource`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_source_tags_to_restored_resource: Option<bool>,
    /// `IamRoleArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub iam_role_arn: Option<String>,
    /// `IdempotencyToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub idempotency_token: Option<String>,
    /// `Metadata`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub metadata: Option<BTreeMap<String, String>>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<String>,
}

/// `StopBackupJobInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StopBackupJobInput {
    /// `BackupJobId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_job_id: Option<String>,
}

/// `TagResourceInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceInput {
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<BTreeMap<String, String>>,
}

/// `UntagResourceInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceInput {
    /// `ResourceArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `TagKeyList`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_key_list: Option<Vec<String>>,
}

/// `UpdateBackupPlanInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateBackupPlanInput {
    /// `BackupPlan`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan: Option<BackupPlanInput>,
    /// `BackupPlanId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_plan_id: Option<String>,
}

/// `UpdateRecoveryPointLifecycleInput` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateRecoveryPointLifecycleInput {
    /// `BackupVaultName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_vault_name: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<Lifecycle>,
    /// `RecoveryPointArn`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub recovery_point_arn: Option<String>,
}
