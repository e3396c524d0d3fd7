//! What each member of each input may be.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::structures::{BACKUP_PLAN_INPUT, BACKUP_SELECTION, LIFECYCLE, RECOVERY_POINT_SELECTION};
use super::texts::{
    ACCOUNT_ID, ARN, BACKUP_JOB_STATE, BACKUP_VAULT_NAME, COPY_JOB_STATE, IAM_POLICY, IAM_ROLE_ARN,
    INDEX, PLAIN_STRING, RESOURCE_TYPE, RESTORE_JOB_ID, RESTORE_JOB_STATUS, VAULT_TYPE,
};
use super::values::{
    BACKUP_OPTIONS, BOOLEAN, LONG, MAX_RESULTS, MAX_SCHEDULED_RUNS_PREVIEW, METADATA,
    PLAIN_BOOLEAN, PLAIN_TIMESTAMP, TAG_KEY_LIST, TAGS, WINDOW_MINUTES,
};
use crate::aws::model::{Location, Member};

pub(super) static CANCEL_LEGAL_HOLD_INPUT: &[Member] = &[
    Member::required("CancelDescription", Location::Query("cancelDescription"), &PLAIN_STRING),
    Member::required("LegalHoldId", Location::Label("legalHoldId"), &PLAIN_STRING),
    Member::optional("RetainRecordInDays", Location::Query("retainRecordInDays"), &LONG),
];

pub(super) static CREATE_BACKUP_PLAN_INPUT: &[Member] = &[
    Member::required("BackupPlan", Location::Body, &BACKUP_PLAN_INPUT),
    Member::optional("BackupPlanTags", Location::Body, &TAGS),
    Member::optional("CreatorRequestId", Location::Body, &PLAIN_STRING),
];

pub(super) static CREATE_BACKUP_SELECTION_INPUT: &[Member] = &[
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
    Member::required("BackupSelection", Location::Body, &BACKUP_SELECTION),
    Member::optional("CreatorRequestId", Location::Body, &PLAIN_STRING),
];

pub(super) static CREATE_BACKUP_VAULT_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("BackupVaultTags", Location::Body, &TAGS),
    Member::optional("CreatorRequestId", Location::Body, &PLAIN_STRING),
    Member::optional("EncryptionKeyArn", Location::Body, &ARN),
];

pub(super) static CREATE_LEGAL_HOLD_INPUT: &[Member] = &[
    Member::required("Description", Location::Body, &PLAIN_STRING),
    Member::optional("IdempotencyToken", Location::Body, &PLAIN_STRING),
    Member::optional("RecoveryPointSelection", Location::Body, &RECOVERY_POINT_SELECTION),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::required("Title", Location::Body, &PLAIN_STRING),
];

pub(super) static CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("BackupVaultTags", Location::Body, &TAGS),
    Member::optional("CreatorRequestId", Location::Body, &PLAIN_STRING),
    Member::optional("EncryptionKeyArn", Location::Body, &ARN),
    Member::required("MaxRetentionDays", Location::Body, &LONG),
    Member::required("MinRetentionDays", Location::Body, &LONG),
];

pub(super) static DELETE_BACKUP_PLAN_INPUT: &[Member] =
    &[Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING)];

pub(super) static DELETE_BACKUP_SELECTION_INPUT: &[Member] = &[
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
    Member::required("SelectionId", Location::Label("selectionId"), &PLAIN_STRING),
];

pub(super) static DELETE_BACKUP_VAULT_ACCESS_POLICY_INPUT: &[Member] =
    &[Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME)];

pub(super) static DELETE_BACKUP_VAULT_INPUT: &[Member] =
    &[Member::required("BackupVaultName", Location::Label("backupVaultName"), &PLAIN_STRING)];

pub(super) static DELETE_BACKUP_VAULT_LOCK_CONFIGURATION_INPUT: &[Member] =
    &[Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME)];

pub(super) static DELETE_RECOVERY_POINT_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::required("RecoveryPointArn", Location::Label("recoveryPointArn"), &ARN),
];

pub(super) static DESCRIBE_BACKUP_JOB_INPUT: &[Member] =
    &[Member::required("BackupJobId", Location::Label("backupJobId"), &PLAIN_STRING)];

pub(super) static DESCRIBE_BACKUP_VAULT_INPUT: &[Member] = &[
    Member::optional(
        "BackupVaultAccountId",
        Location::Query("backupVaultAccountId"),
        &PLAIN_STRING,
    ),
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &PLAIN_STRING),
];

pub(super) static DESCRIBE_COPY_JOB_INPUT: &[Member] =
    &[Member::required("CopyJobId", Location::Label("copyJobId"), &PLAIN_STRING)];

pub(super) static DESCRIBE_RECOVERY_POINT_INPUT: &[Member] = &[
    Member::optional("BackupVaultAccountId", Location::Query("backupVaultAccountId"), &ACCOUNT_ID),
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::required("RecoveryPointArn", Location::Label("recoveryPointArn"), &ARN),
];

pub(super) static DESCRIBE_RESTORE_JOB_INPUT: &[Member] =
    &[Member::required("RestoreJobId", Location::Label("restoreJobId"), &RESTORE_JOB_ID)];

pub(super) static DISASSOCIATE_RECOVERY_POINT_FROM_PARENT_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::required("RecoveryPointArn", Location::Label("recoveryPointArn"), &ARN),
];

pub(super) static DISASSOCIATE_RECOVERY_POINT_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::required("RecoveryPointArn", Location::Label("recoveryPointArn"), &ARN),
];

pub(super) static GET_BACKUP_PLAN_INPUT: &[Member] = &[
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
    Member::optional(
        "MaxScheduledRunsPreview",
        Location::Query("MaxScheduledRunsPreview"),
        &MAX_SCHEDULED_RUNS_PREVIEW,
    ),
    Member::optional("VersionId", Location::Query("versionId"), &PLAIN_STRING),
];

pub(super) static GET_BACKUP_SELECTION_INPUT: &[Member] = &[
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
    Member::required("SelectionId", Location::Label("selectionId"), &PLAIN_STRING),
];

pub(super) static GET_BACKUP_VAULT_ACCESS_POLICY_INPUT: &[Member] =
    &[Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME)];

pub(super) static GET_BACKUP_VAULT_NOTIFICATIONS_INPUT: &[Member] =
    &[Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME)];

pub(super) static GET_LEGAL_HOLD_INPUT: &[Member] =
    &[Member::required("LegalHoldId", Location::Label("legalHoldId"), &PLAIN_STRING)];

pub(super) static GET_RECOVERY_POINT_RESTORE_METADATA_INPUT: &[Member] = &[
    Member::optional("BackupVaultAccountId", Location::Query("backupVaultAccountId"), &ACCOUNT_ID),
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::required("RecoveryPointArn", Location::Label("recoveryPointArn"), &ARN),
];

pub(super) static LIST_BACKUP_JOBS_INPUT: &[Member] = &[
    Member::optional("ByAccountId", Location::Query("accountId"), &ACCOUNT_ID),
    Member::optional("ByBackupVaultName", Location::Query("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("ByCompleteAfter", Location::Query("completeAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCompleteBefore", Location::Query("completeBefore"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedAfter", Location::Query("createdAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedBefore", Location::Query("createdBefore"), &PLAIN_TIMESTAMP),
    Member::optional("ByMessageCategory", Location::Query("messageCategory"), &PLAIN_STRING),
    Member::optional("ByParentJobId", Location::Query("parentJobId"), &PLAIN_STRING),
    Member::optional("ByResourceArn", Location::Query("resourceArn"), &ARN),
    Member::optional("ByResourceType", Location::Query("resourceType"), &RESOURCE_TYPE),
    Member::optional("ByState", Location::Query("state"), &BACKUP_JOB_STATE),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_BACKUP_PLAN_VERSIONS_INPUT: &[Member] = &[
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_BACKUP_PLANS_INPUT: &[Member] = &[
    Member::optional("IncludeDeleted", Location::Query("includeDeleted"), &BOOLEAN),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_BACKUP_SELECTIONS_INPUT: &[Member] = &[
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_BACKUP_VAULTS_INPUT: &[Member] = &[
    Member::optional("ByShared", Location::Query("shared"), &PLAIN_BOOLEAN),
    Member::optional("ByVaultType", Location::Query("vaultType"), &VAULT_TYPE),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_COPY_JOBS_INPUT: &[Member] = &[
    Member::optional("ByAccountId", Location::Query("accountId"), &ACCOUNT_ID),
    Member::optional("ByCompleteAfter", Location::Query("completeAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCompleteBefore", Location::Query("completeBefore"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedAfter", Location::Query("createdAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedBefore", Location::Query("createdBefore"), &PLAIN_TIMESTAMP),
    Member::optional(
        "ByDestinationVaultArn",
        Location::Query("destinationVaultArn"),
        &PLAIN_STRING,
    ),
    Member::optional("ByMessageCategory", Location::Query("messageCategory"), &PLAIN_STRING),
    Member::optional("ByParentJobId", Location::Query("parentJobId"), &PLAIN_STRING),
    Member::optional("ByResourceArn", Location::Query("resourceArn"), &ARN),
    Member::optional("ByResourceType", Location::Query("resourceType"), &RESOURCE_TYPE),
    Member::optional(
        "BySourceRecoveryPointArn",
        Location::Query("sourceRecoveryPointArn"),
        &PLAIN_STRING,
    ),
    Member::optional("ByState", Location::Query("state"), &COPY_JOB_STATE),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_LEGAL_HOLDS_INPUT: &[Member] = &[
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_RECOVERY_POINTS_BY_BACKUP_VAULT_INPUT: &[Member] = &[
    Member::optional("BackupVaultAccountId", Location::Query("backupVaultAccountId"), &ACCOUNT_ID),
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("ByBackupPlanId", Location::Query("backupPlanId"), &PLAIN_STRING),
    Member::optional("ByCreatedAfter", Location::Query("createdAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedBefore", Location::Query("createdBefore"), &PLAIN_TIMESTAMP),
    Member::optional("ByParentRecoveryPointArn", Location::Query("parentRecoveryPointArn"), &ARN),
    Member::optional("ByResourceArn", Location::Query("resourceArn"), &ARN),
    Member::optional("ByResourceType", Location::Query("resourceType"), &RESOURCE_TYPE),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_RECOVERY_POINTS_BY_LEGAL_HOLD_INPUT: &[Member] = &[
    Member::required("LegalHoldId", Location::Label("legalHoldId"), &PLAIN_STRING),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_RECOVERY_POINTS_BY_RESOURCE_INPUT: &[Member] = &[
    Member::optional(
        "ManagedByAWSBackupOnly",
        Location::Query("managedByAWSBackupOnly"),
        &PLAIN_BOOLEAN,
    ),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
    Member::required("ResourceArn", Location::Label("resourceArn"), &ARN),
];

pub(super) static LIST_RESTORE_JOBS_INPUT: &[Member] = &[
    Member::optional("ByAccountId", Location::Query("accountId"), &ACCOUNT_ID),
    Member::optional("ByCompleteAfter", Location::Query("completeAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCompleteBefore", Location::Query("completeBefore"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedAfter", Location::Query("createdAfter"), &PLAIN_TIMESTAMP),
    Member::optional("ByCreatedBefore", Location::Query("createdBefore"), &PLAIN_TIMESTAMP),
    Member::optional("ByParentJobId", Location::Query("parentJobId"), &PLAIN_STRING),
    Member::optional("ByResourceType", Location::Query("resourceType"), &RESOURCE_TYPE),
    Member::optional("ByRestoreTestingPlanArn", Location::Query("restoreTestingPlanArn"), &ARN),
    Member::optional("ByStatus", Location::Query("status"), &RESTORE_JOB_STATUS),
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
];

pub(super) static LIST_TAGS_INPUT: &[Member] = &[
    Member::optional("MaxResults", Location::Query("maxResults"), &MAX_RESULTS),
    Member::optional("NextToken", Location::Query("nextToken"), &PLAIN_STRING),
    Member::required("ResourceArn", Location::Label("resourceArn"), &ARN),
];

pub(super) static PUT_BACKUP_VAULT_ACCESS_POLICY_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("Policy", Location::Body, &IAM_POLICY),
];

pub(super) static PUT_BACKUP_VAULT_LOCK_CONFIGURATION_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("ChangeableForDays", Location::Body, &LONG),
    Member::optional("MaxRetentionDays", Location::Body, &LONG),
    Member::optional("MinRetentionDays", Location::Body, &LONG),
];

pub(super) static START_BACKUP_JOB_INPUT: &[Member] = &[
    Member::optional("BackupOptions", Location::Body, &BACKUP_OPTIONS),
    Member::required("BackupVaultName", Location::Body, &BACKUP_VAULT_NAME),
    Member::optional("CompleteWindowMinutes", Location::Body, &WINDOW_MINUTES),
    Member::required("IamRoleArn", Location::Body, &IAM_ROLE_ARN),
    Member::optional("IdempotencyToken", Location::Body, &PLAIN_STRING),
    Member::optional("Index", Location::Body, &INDEX),
    Member::optional("Lifecycle", Location::Body, &LIFECYCLE),
    Member::optional("LogicallyAirGappedBackupVaultArn", Location::Body, &ARN),
    Member::optional("RecoveryPointTags", Location::Body, &TAGS),
    Member::required("ResourceArn", Location::Body, &ARN),
    Member::optional("StartWindowMinutes", Location::Body, &WINDOW_MINUTES),
];

pub(super) static START_COPY_JOB_INPUT: &[Member] = &[
    Member::required("DestinationBackupVaultArn", Location::Body, &ARN),
    Member::required("IamRoleArn", Location::Body, &IAM_ROLE_ARN),
    Member::optional("IdempotencyToken", Location::Body, &PLAIN_STRING),
    Member::optional("Lifecycle", Location::Body, &LIFECYCLE),
    Member::required("RecoveryPointArn", Location::Body, &ARN),
    Member::required("SourceBackupVaultName", Location::Body, &BACKUP_VAULT_NAME),
];

pub(super) static START_RESTORE_JOB_INPUT: &[Member] = &[
    Member::optional("CopySourceTagsToRestoredResource", Location::Body, &PLAIN_BOOLEAN),
    Member::optional("IamRoleArn", Location::Body, &IAM_ROLE_ARN),
    Member::optional("IdempotencyToken", Location::Body, &PLAIN_STRING),
    Member::required("Metadata", Location::Body, &METADATA),
    Member::required("RecoveryPointArn", Location::Body, &ARN),
    Member::optional("ResourceType", Location::Body, &RESOURCE_TYPE),
];

pub(super) static STOP_BACKUP_JOB_INPUT: &[Member] =
    &[Member::required("BackupJobId", Location::Label("backupJobId"), &PLAIN_STRING)];

pub(super) static TAG_RESOURCE_INPUT: &[Member] = &[
    Member::required("ResourceArn", Location::Label("resourceArn"), &ARN),
    Member::required("Tags", Location::Body, &TAGS),
];

pub(super) static UNTAG_RESOURCE_INPUT: &[Member] = &[
    Member::required("ResourceArn", Location::Label("resourceArn"), &ARN),
    Member::required("TagKeyList", Location::Body, &TAG_KEY_LIST),
];

pub(super) static UPDATE_BACKUP_PLAN_INPUT: &[Member] = &[
    Member::required("BackupPlan", Location::Body, &BACKUP_PLAN_INPUT),
    Member::required("BackupPlanId", Location::Label("backupPlanId"), &PLAIN_STRING),
];

pub(super) static UPDATE_RECOVERY_POINT_LIFECYCLE_INPUT: &[Member] = &[
    Member::required("BackupVaultName", Location::Label("backupVaultName"), &BACKUP_VAULT_NAME),
    Member::optional("Lifecycle", Location::Body, &LIFECYCLE),
    Member::required("RecoveryPointArn", Location::Label("recoveryPointArn"), &ARN),
];
