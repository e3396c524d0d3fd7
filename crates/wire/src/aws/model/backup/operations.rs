//! The operations that are served.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use super::constraints;
use crate::aws::model::{ErrorShape, OperationInfo};

/// An operation that is served.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Operation {
    /// `CancelLegalHold`.
    CancelLegalHold,
    /// `CreateBackupPlan`.
    CreateBackupPlan,
    /// `CreateBackupSelection`.
    CreateBackupSelection,
    /// `CreateBackupVault`.
    CreateBackupVault,
    /// `CreateLegalHold`.
    CreateLegalHold,
    /// `CreateLogicallyAirGappedBackupVault`.
    CreateLogicallyAirGappedBackupVault,
    /// `DeleteBackupPlan`.
    DeleteBackupPlan,
    /// `DeleteBackupSelection`.
    DeleteBackupSelection,
    /// `DeleteBackupVault`.
    DeleteBackupVault,
    /// `DeleteBackupVaultAccessPolicy`.
    DeleteBackupVaultAccessPolicy,
    /// `DeleteBackupVaultLockConfiguration`.
    DeleteBackupVaultLockConfiguration,
    /// `DeleteRecoveryPoint`.
    DeleteRecoveryPoint,
    /// `DescribeBackupJob`.
    DescribeBackupJob,
    /// `DescribeBackupVault`.
    DescribeBackupVault,
    /// `DescribeCopyJob`.
    DescribeCopyJob,
    /// `DescribeRecoveryPoint`.
    DescribeRecoveryPoint,
    /// `DescribeRestoreJob`.
    DescribeRestoreJob,
    /// `DisassociateRecoveryPoint`.
    DisassociateRecoveryPoint,
    /// `DisassociateRecoveryPointFromParent`.
    DisassociateRecoveryPointFromParent,
    /// `GetBackupPlan`.
    GetBackupPlan,
    /// `GetBackupSelection`.
    GetBackupSelection,
    /// `GetBackupVaultAccessPolicy`.
    GetBackupVaultAccessPolicy,
    /// `GetBackupVaultNotifications`.
    GetBackupVaultNotifications,
    /// `GetLegalHold`.
    GetLegalHold,
    /// `GetRecoveryPointRestoreMetadata`.
    GetRecoveryPointRestoreMetadata,
    /// `ListBackupJobs`.
    ListBackupJobs,
    /// `ListBackupPlanVersions`.
    ListBackupPlanVersions,
    /// `ListBackupPlans`.
    ListBackupPlans,
    /// `ListBackupSelections`.
    ListBackupSelections,
    /// `ListBackupVaults`.
    ListBackupVaults,
    /// `ListCopyJobs`.
    ListCopyJobs,
    /// `ListLegalHolds`.
    ListLegalHolds,
    /// `ListRecoveryPointsByBackupVault`.
    ListRecoveryPointsByBackupVault,
    /// `ListRecoveryPointsByLegalHold`.
    ListRecoveryPointsByLegalHold,
    /// `ListRecoveryPointsByResource`.
    ListRecoveryPointsByResource,
    /// `ListRestoreJobs`.
    ListRestoreJobs,
    /// `ListTags`.
    ListTags,
    /// `PutBackupVaultAccessPolicy`.
    PutBackupVaultAccessPolicy,
    /// `PutBackupVaultLockConfiguration`.
    PutBackupVaultLockConfiguration,
    /// `StartBackupJob`.
    StartBackupJob,
    /// `StartCopyJob`.
    StartCopyJob,
    /// `StartRestoreJob`.
    StartRestoreJob,
    /// `StopBackupJob`.
    StopBackupJob,
    /// `TagResource`.
    TagResource,
    /// `UntagResource`.
    UntagResource,
    /// `UpdateBackupPlan`.
    UpdateBackupPlan,
    /// `UpdateRecoveryPointLifecycle`.
    UpdateRecoveryPointLifecycle,
}

impl Operation {
    /// All of them.
    pub const ALL: &'static [Self] = &[
        Self::CancelLegalHold,
        Self::CreateBackupPlan,
        Self::CreateBackupSelection,
        Self::CreateBackupVault,
        Self::CreateLegalHold,
        Self::CreateLogicallyAirGappedBackupVault,
        Self::DeleteBackupPlan,
        Self::DeleteBackupSelection,
        Self::DeleteBackupVault,
        Self::DeleteBackupVaultAccessPolicy,
        Self::DeleteBackupVaultLockConfiguration,
        Self::DeleteRecoveryPoint,
        Self::DescribeBackupJob,
        Self::DescribeBackupVault,
        Self::DescribeCopyJob,
        Self::DescribeRecoveryPoint,
        Self::DescribeRestoreJob,
        Self::DisassociateRecoveryPoint,
        Self::DisassociateRecoveryPointFromParent,
        Self::GetBackupPlan,
        Self::GetBackupSelection,
        Self::GetBackupVaultAccessPolicy,
        Self::GetBackupVaultNotifications,
        Self::GetLegalHold,
        Self::GetRecoveryPointRestoreMetadata,
        Self::ListBackupJobs,
        Self::ListBackupPlanVersions,
        Self::ListBackupPlans,
        Self::ListBackupSelections,
        Self::ListBackupVaults,
        Self::ListCopyJobs,
        Self::ListLegalHolds,
        Self::ListRecoveryPointsByBackupVault,
        Self::ListRecoveryPointsByLegalHold,
        Self::ListRecoveryPointsByResource,
        Self::ListRestoreJobs,
        Self::ListTags,
        Self::PutBackupVaultAccessPolicy,
        Self::PutBackupVaultLockConfiguration,
        Self::StartBackupJob,
        Self::StartCopyJob,
        Self::StartRestoreJob,
        Self::StopBackupJob,
        Self::TagResource,
        Self::UntagResource,
        Self::UpdateBackupPlan,
        Self::UpdateRecoveryPointLifecycle,
    ];

    /// Its row in the table.
    pub const fn info(self) -> &'static OperationInfo {
        match self {
            Self::CancelLegalHold => &CANCEL_LEGAL_HOLD,
            Self::CreateBackupPlan => &CREATE_BACKUP_PLAN,
            Self::CreateBackupSelection => &CREATE_BACKUP_SELECTION,
            Self::CreateBackupVault => &CREATE_BACKUP_VAULT,
            Self::CreateLegalHold => &CREATE_LEGAL_HOLD,
            Self::CreateLogicallyAirGappedBackupVault => &CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT,
            Self::DeleteBackupPlan => &DELETE_BACKUP_PLAN,
            Self::DeleteBackupSelection => &DELETE_BACKUP_SELECTION,
            Self::DeleteBackupVault => &DELETE_BACKUP_VAULT,
            Self::DeleteBackupVaultAccessPolicy => &DELETE_BACKUP_VAULT_ACCESS_POLICY,
            Self::DeleteBackupVaultLockConfiguration => &DELETE_BACKUP_VAULT_LOCK_CONFIGURATION,
            Self::DeleteRecoveryPoint => &DELETE_RECOVERY_POINT,
            Self::DescribeBackupJob => &DESCRIBE_BACKUP_JOB,
            Self::DescribeBackupVault => &DESCRIBE_BACKUP_VAULT,
            Self::DescribeCopyJob => &DESCRIBE_COPY_JOB,
            Self::DescribeRecoveryPoint => &DESCRIBE_RECOVERY_POINT,
            Self::DescribeRestoreJob => &DESCRIBE_RESTORE_JOB,
            Self::DisassociateRecoveryPoint => &DISASSOCIATE_RECOVERY_POINT,
            Self::DisassociateRecoveryPointFromParent => &DISASSOCIATE_RECOVERY_POINT_FROM_PARENT,
            Self::GetBackupPlan => &GET_BACKUP_PLAN,
            Self::GetBackupSelection => &GET_BACKUP_SELECTION,
            Self::GetBackupVaultAccessPolicy => &GET_BACKUP_VAULT_ACCESS_POLICY,
            Self::GetBackupVaultNotifications => &GET_BACKUP_VAULT_NOTIFICATIONS,
            Self::GetLegalHold => &GET_LEGAL_HOLD,
            Self::GetRecoveryPointRestoreMetadata => &GET_RECOVERY_POINT_RESTORE_METADATA,
            Self::ListBackupJobs => &LIST_BACKUP_JOBS,
            Self::ListBackupPlanVersions => &LIST_BACKUP_PLAN_VERSIONS,
            Self::ListBackupPlans => &LIST_BACKUP_PLANS,
            Self::ListBackupSelections => &LIST_BACKUP_SELECTIONS,
            Self::ListBackupVaults => &LIST_BACKUP_VAULTS,
            Self::ListCopyJobs => &LIST_COPY_JOBS,
            Self::ListLegalHolds => &LIST_LEGAL_HOLDS,
            Self::ListRecoveryPointsByBackupVault => &LIST_RECOVERY_POINTS_BY_BACKUP_VAULT,
            Self::ListRecoveryPointsByLegalHold => &LIST_RECOVERY_POINTS_BY_LEGAL_HOLD,
            Self::ListRecoveryPointsByResource => &LIST_RECOVERY_POINTS_BY_RESOURCE,
            Self::ListRestoreJobs => &LIST_RESTORE_JOBS,
            Self::ListTags => &LIST_TAGS,
            Self::PutBackupVaultAccessPolicy => &PUT_BACKUP_VAULT_ACCESS_POLICY,
            Self::PutBackupVaultLockConfiguration => &PUT_BACKUP_VAULT_LOCK_CONFIGURATION,
            Self::StartBackupJob => &START_BACKUP_JOB,
            Self::StartCopyJob => &START_COPY_JOB,
            Self::StartRestoreJob => &START_RESTORE_JOB,
            Self::StopBackupJob => &STOP_BACKUP_JOB,
            Self::TagResource => &TAG_RESOURCE,
            Self::UntagResource => &UNTAG_RESOURCE,
            Self::UpdateBackupPlan => &UPDATE_BACKUP_PLAN,
            Self::UpdateRecoveryPointLifecycle => &UPDATE_RECOVERY_POINT_LIFECYCLE,
        }
    }
}

static CANCEL_LEGAL_HOLD: OperationInfo = OperationInfo {
    name: "CancelLegalHold",
    method: "DELETE",
    path: "/legal-holds/{legalHoldId}",
    status: 201,
    errors: &[
        "InvalidParameterValueException",
        "InvalidResourceStateException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "ResourceNotFoundException",
    ],
    members: constraints::CANCEL_LEGAL_HOLD_INPUT,
};

static CREATE_BACKUP_PLAN: OperationInfo = OperationInfo {
    name: "CreateBackupPlan",
    method: "PUT",
    path: "/backup/plans/",
    status: 200,
    errors: &[
        "LimitExceededException",
        "AlreadyExistsException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::CREATE_BACKUP_PLAN_INPUT,
};

static CREATE_BACKUP_SELECTION: OperationInfo = OperationInfo {
    name: "CreateBackupSelection",
    method: "PUT",
    path: "/backup/plans/{backupPlanId}/selections/",
    status: 200,
    errors: &[
        "LimitExceededException",
        "AlreadyExistsException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::CREATE_BACKUP_SELECTION_INPUT,
};

static CREATE_BACKUP_VAULT: OperationInfo = OperationInfo {
    name: "CreateBackupVault",
    method: "PUT",
    path: "/backup-vaults/{backupVaultName}",
    status: 200,
    errors: &[
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "LimitExceededException",
        "AlreadyExistsException",
    ],
    members: constraints::CREATE_BACKUP_VAULT_INPUT,
};

static CREATE_LEGAL_HOLD: OperationInfo = OperationInfo {
    name: "CreateLegalHold",
    method: "POST",
    path: "/legal-holds/",
    status: 200,
    errors: &[
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "LimitExceededException",
    ],
    members: constraints::CREATE_LEGAL_HOLD_INPUT,
};

static CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT: OperationInfo = OperationInfo {
    name: "CreateLogicallyAirGappedBackupVault",
    method: "PUT",
    path: "/logically-air-gapped-backup-vaults/{backupVaultName}",
    status: 200,
    errors: &[
        "AlreadyExistsException",
        "InvalidParameterValueException",
        "LimitExceededException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::CREATE_LOGICALLY_AIR_GAPPED_BACKUP_VAULT_INPUT,
};

static DELETE_BACKUP_PLAN: OperationInfo = OperationInfo {
    name: "DeleteBackupPlan",
    method: "DELETE",
    path: "/backup/plans/{backupPlanId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::DELETE_BACKUP_PLAN_INPUT,
};

static DELETE_BACKUP_SELECTION: OperationInfo = OperationInfo {
    name: "DeleteBackupSelection",
    method: "DELETE",
    path: "/backup/plans/{backupPlanId}/selections/{selectionId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::DELETE_BACKUP_SELECTION_INPUT,
};

static DELETE_BACKUP_VAULT: OperationInfo = OperationInfo {
    name: "DeleteBackupVault",
    method: "DELETE",
    path: "/backup-vaults/{backupVaultName}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::DELETE_BACKUP_VAULT_INPUT,
};

static DELETE_BACKUP_VAULT_ACCESS_POLICY: OperationInfo = OperationInfo {
    name: "DeleteBackupVaultAccessPolicy",
    method: "DELETE",
    path: "/backup-vaults/{backupVaultName}/access-policy",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::DELETE_BACKUP_VAULT_ACCESS_POLICY_INPUT,
};

static DELETE_BACKUP_VAULT_LOCK_CONFIGURATION: OperationInfo = OperationInfo {
    name: "DeleteBackupVaultLockConfiguration",
    method: "DELETE",
    path: "/backup-vaults/{backupVaultName}/vault-lock",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "InvalidRequestException",
        "ServiceUnavailableException",
    ],
    members: constraints::DELETE_BACKUP_VAULT_LOCK_CONFIGURATION_INPUT,
};

static DELETE_RECOVERY_POINT: OperationInfo = OperationInfo {
    name: "DeleteRecoveryPoint",
    method: "DELETE",
    path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "InvalidResourceStateException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::DELETE_RECOVERY_POINT_INPUT,
};

static DESCRIBE_BACKUP_JOB: OperationInfo = OperationInfo {
    name: "DescribeBackupJob",
    method: "GET",
    path: "/backup-jobs/{backupJobId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "DependencyFailureException",
    ],
    members: constraints::DESCRIBE_BACKUP_JOB_INPUT,
};

static DESCRIBE_BACKUP_VAULT: OperationInfo = OperationInfo {
    name: "DescribeBackupVault",
    method: "GET",
    path: "/backup-vaults/{backupVaultName}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::DESCRIBE_BACKUP_VAULT_INPUT,
};

static DESCRIBE_COPY_JOB: OperationInfo = OperationInfo {
    name: "DescribeCopyJob",
    method: "GET",
    path: "/copy-jobs/{copyJobId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::DESCRIBE_COPY_JOB_INPUT,
};

static DESCRIBE_RECOVERY_POINT: OperationInfo = OperationInfo {
    name: "DescribeRecoveryPoint",
    method: "GET",
    path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::DESCRIBE_RECOVERY_POINT_INPUT,
};

static DESCRIBE_RESTORE_JOB: OperationInfo = OperationInfo {
    name: "DescribeRestoreJob",
    method: "GET",
    path: "/restore-jobs/{restoreJobId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "DependencyFailureException",
    ],
    members: constraints::DESCRIBE_RESTORE_JOB_INPUT,
};

static DISASSOCIATE_RECOVERY_POINT: OperationInfo = OperationInfo {
    name: "DisassociateRecoveryPoint",
    method: "POST",
    path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}/disassociate",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "InvalidResourceStateException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::DISASSOCIATE_RECOVERY_POINT_INPUT,
};

static DISASSOCIATE_RECOVERY_POINT_FROM_PARENT: OperationInfo = OperationInfo {
    name: "DisassociateRecoveryPointFromParent",
    method: "DELETE",
    path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}/parentAssociation",
    status: 204,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::DISASSOCIATE_RECOVERY_POINT_FROM_PARENT_INPUT,
};

static GET_BACKUP_PLAN: OperationInfo = OperationInfo {
    name: "GetBackupPlan",
    method: "GET",
    path: "/backup/plans/{backupPlanId}/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::GET_BACKUP_PLAN_INPUT,
};

static GET_BACKUP_SELECTION: OperationInfo = OperationInfo {
    name: "GetBackupSelection",
    method: "GET",
    path: "/backup/plans/{backupPlanId}/selections/{selectionId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::GET_BACKUP_SELECTION_INPUT,
};

static GET_BACKUP_VAULT_ACCESS_POLICY: OperationInfo = OperationInfo {
    name: "GetBackupVaultAccessPolicy",
    method: "GET",
    path: "/backup-vaults/{backupVaultName}/access-policy",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::GET_BACKUP_VAULT_ACCESS_POLICY_INPUT,
};

static GET_BACKUP_VAULT_NOTIFICATIONS: OperationInfo = OperationInfo {
    name: "GetBackupVaultNotifications",
    method: "GET",
    path: "/backup-vaults/{backupVaultName}/notification-configuration",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::GET_BACKUP_VAULT_NOTIFICATIONS_INPUT,
};

static GET_LEGAL_HOLD: OperationInfo = OperationInfo {
    name: "GetLegalHold",
    method: "GET",
    path: "/legal-holds/{legalHoldId}/",
    status: 200,
    errors: &[
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "ResourceNotFoundException",
    ],
    members: constraints::GET_LEGAL_HOLD_INPUT,
};

static GET_RECOVERY_POINT_RESTORE_METADATA: OperationInfo = OperationInfo {
    name: "GetRecoveryPointRestoreMetadata",
    method: "GET",
    path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}/restore-metadata",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::GET_RECOVERY_POINT_RESTORE_METADATA_INPUT,
};

static LIST_BACKUP_JOBS: OperationInfo = OperationInfo {
    name: "ListBackupJobs",
    method: "GET",
    path: "/backup-jobs/",
    status: 200,
    errors: &["InvalidParameterValueException", "ServiceUnavailableException"],
    members: constraints::LIST_BACKUP_JOBS_INPUT,
};

static LIST_BACKUP_PLAN_VERSIONS: OperationInfo = OperationInfo {
    name: "ListBackupPlanVersions",
    method: "GET",
    path: "/backup/plans/{backupPlanId}/versions/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_BACKUP_PLAN_VERSIONS_INPUT,
};

static LIST_BACKUP_PLANS: OperationInfo = OperationInfo {
    name: "ListBackupPlans",
    method: "GET",
    path: "/backup/plans/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_BACKUP_PLANS_INPUT,
};

static LIST_BACKUP_SELECTIONS: OperationInfo = OperationInfo {
    name: "ListBackupSelections",
    method: "GET",
    path: "/backup/plans/{backupPlanId}/selections/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_BACKUP_SELECTIONS_INPUT,
};

static LIST_BACKUP_VAULTS: OperationInfo = OperationInfo {
    name: "ListBackupVaults",
    method: "GET",
    path: "/backup-vaults/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_BACKUP_VAULTS_INPUT,
};

static LIST_COPY_JOBS: OperationInfo = OperationInfo {
    name: "ListCopyJobs",
    method: "GET",
    path: "/copy-jobs/",
    status: 200,
    errors: &["InvalidParameterValueException", "ServiceUnavailableException"],
    members: constraints::LIST_COPY_JOBS_INPUT,
};

static LIST_LEGAL_HOLDS: OperationInfo = OperationInfo {
    name: "ListLegalHolds",
    method: "GET",
    path: "/legal-holds/",
    status: 200,
    errors: &["InvalidParameterValueException", "ServiceUnavailableException"],
    members: constraints::LIST_LEGAL_HOLDS_INPUT,
};

static LIST_RECOVERY_POINTS_BY_BACKUP_VAULT: OperationInfo = OperationInfo {
    name: "ListRecoveryPointsByBackupVault",
    method: "GET",
    path: "/backup-vaults/{backupVaultName}/recovery-points/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_RECOVERY_POINTS_BY_BACKUP_VAULT_INPUT,
};

static LIST_RECOVERY_POINTS_BY_LEGAL_HOLD: OperationInfo = OperationInfo {
    name: "ListRecoveryPointsByLegalHold",
    method: "GET",
    path: "/legal-holds/{legalHoldId}/recovery-points",
    status: 200,
    errors: &[
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_RECOVERY_POINTS_BY_LEGAL_HOLD_INPUT,
};

static LIST_RECOVERY_POINTS_BY_RESOURCE: OperationInfo = OperationInfo {
    name: "ListRecoveryPointsByResource",
    method: "GET",
    path: "/resources/{resourceArn}/recovery-points/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_RECOVERY_POINTS_BY_RESOURCE_INPUT,
};

static LIST_RESTORE_JOBS: OperationInfo = OperationInfo {
    name: "ListRestoreJobs",
    method: "GET",
    path: "/restore-jobs/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_RESTORE_JOBS_INPUT,
};

static LIST_TAGS: OperationInfo = OperationInfo {
    name: "ListTags",
    method: "GET",
    path: "/tags/{resourceArn}/",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::LIST_TAGS_INPUT,
};

static PUT_BACKUP_VAULT_ACCESS_POLICY: OperationInfo = OperationInfo {
    name: "PutBackupVaultAccessPolicy",
    method: "PUT",
    path: "/backup-vaults/{backupVaultName}/access-policy",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::PUT_BACKUP_VAULT_ACCESS_POLICY_INPUT,
};

static PUT_BACKUP_VAULT_LOCK_CONFIGURATION: OperationInfo = OperationInfo {
    name: "PutBackupVaultLockConfiguration",
    method: "PUT",
    path: "/backup-vaults/{backupVaultName}/vault-lock",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "InvalidRequestException",
        "ServiceUnavailableException",
    ],
    members: constraints::PUT_BACKUP_VAULT_LOCK_CONFIGURATION_INPUT,
};

static START_BACKUP_JOB: OperationInfo = OperationInfo {
    name: "StartBackupJob",
    method: "PUT",
    path: "/backup-jobs",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "InvalidRequestException",
        "ServiceUnavailableException",
        "LimitExceededException",
    ],
    members: constraints::START_BACKUP_JOB_INPUT,
};

static START_COPY_JOB: OperationInfo = OperationInfo {
    name: "StartCopyJob",
    method: "PUT",
    path: "/copy-jobs",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "LimitExceededException",
        "InvalidRequestException",
    ],
    members: constraints::START_COPY_JOB_INPUT,
};

static START_RESTORE_JOB: OperationInfo = OperationInfo {
    name: "StartRestoreJob",
    method: "PUT",
    path: "/restore-jobs",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "InvalidRequestException",
    ],
    members: constraints::START_RESTORE_JOB_INPUT,
};

static STOP_BACKUP_JOB: OperationInfo = OperationInfo {
    name: "StopBackupJob",
    method: "POST",
    path: "/backup-jobs/{backupJobId}",
    status: 200,
    errors: &[
        "MissingParameterValueException",
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "InvalidRequestException",
        "ServiceUnavailableException",
    ],
    members: constraints::STOP_BACKUP_JOB_INPUT,
};

static TAG_RESOURCE: OperationInfo = OperationInfo {
    name: "TagResource",
    method: "POST",
    path: "/tags/{resourceArn}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
        "LimitExceededException",
    ],
    members: constraints::TAG_RESOURCE_INPUT,
};

static UNTAG_RESOURCE: OperationInfo = OperationInfo {
    name: "UntagResource",
    method: "POST",
    path: "/untag/{resourceArn}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::UNTAG_RESOURCE_INPUT,
};

static UPDATE_BACKUP_PLAN: OperationInfo = OperationInfo {
    name: "UpdateBackupPlan",
    method: "POST",
    path: "/backup/plans/{backupPlanId}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::UPDATE_BACKUP_PLAN_INPUT,
};

static UPDATE_RECOVERY_POINT_LIFECYCLE: OperationInfo = OperationInfo {
    name: "UpdateRecoveryPointLifecycle",
    method: "POST",
    path: "/backup-vaults/{backupVaultName}/recovery-points/{recoveryPointArn}",
    status: 200,
    errors: &[
        "ResourceNotFoundException",
        "InvalidParameterValueException",
        "InvalidRequestException",
        "MissingParameterValueException",
        "ServiceUnavailableException",
    ],
    members: constraints::UPDATE_RECOVERY_POINT_LIFECYCLE_INPUT,
};

/// The modelled errors.
pub static ERRORS: &[ErrorShape] = &[
    ErrorShape { name: "AlreadyExistsException", status: 400 },
    ErrorShape { name: "DependencyFailureException", status: 500 },
    ErrorShape { name: "InvalidParameterValueException", status: 400 },
    ErrorShape { name: "InvalidRequestException", status: 400 },
    ErrorShape { name: "InvalidResourceStateException", status: 400 },
    ErrorShape { name: "LimitExceededException", status: 400 },
    ErrorShape { name: "MissingParameterValueException", status: 400 },
    ErrorShape { name: "ResourceNotFoundException", status: 400 },
    ErrorShape { name: "ServiceUnavailableException", status: 500 },
];
