//! The model's enumerations, open: an unknown word is kept as it came.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

use serde::{Deserialize, Serialize};

/// `BackupJobState` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackupJobState {
    /// `CREATED`.
    #[serde(rename = "CREATED")]
    Created,
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// `RUNNING`.
    #[serde(rename = "RUNNING")]
    Running,
    /// `ABORTING`.
    #[serde(rename = "ABORTING")]
    Aborting,
    /// `ABORTED`.
    #[serde(rename = "ABORTED")]
    Aborted,
    /// `COMPLETED`.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `EXPIRED`.
    #[serde(rename = "EXPIRED")]
    Expired,
    /// `PARTIAL`.
    #[serde(rename = "PARTIAL")]
    Partial,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `BackupVaultEvent` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackupVaultEvent {
    /// `BACKUP_JOB_STARTED`.
    #[serde(rename = "BACKUP_JOB_STARTED")]
    BackupJobStarted,
    /// `BACKUP_JOB_COMPLETED`.
    #[serde(rename = "BACKUP_JOB_COMPLETED")]
    BackupJobCompleted,
    /// `BACKUP_JOB_SUCCESSFUL`.
    #[serde(rename = "BACKUP_JOB_SUCCESSFUL")]
    BackupJobSuccessful,
    /// `BACKUP_JOB_FAILED`.
    #[serde(rename = "BACKUP_JOB_FAILED")]
    BackupJobFailed,
    /// `BACKUP_JOB_EXPIRED`.
    #[serde(rename = "BACKUP_JOB_EXPIRED")]
    BackupJobExpired,
    /// `RESTORE_JOB_STARTED`.
    #[serde(rename = "RESTORE_JOB_STARTED")]
    RestoreJobStarted,
    /// `RESTORE_JOB_COMPLETED`.
    #[serde(rename = "RESTORE_JOB_COMPLETED")]
    RestoreJobCompleted,
    /// `RESTORE_JOB_SUCCESSFUL`.
    #[serde(rename = "RESTORE_JOB_SUCCESSFUL")]
    RestoreJobSuccessful,
    /// `RESTORE_JOB_FAILED`.
    #[serde(rename = "RESTORE_JOB_FAILED")]
    RestoreJobFailed,
    /// `COPY_JOB_STARTED`.
    #[serde(rename = "COPY_JOB_STARTED")]
    CopyJobStarted,
    /// `COPY_JOB_SUCCESSFUL`.
    #[serde(rename = "COPY_JOB_SUCCESSFUL")]
    CopyJobSuccessful,
    /// `COPY_JOB_FAILED`.
    #[serde(rename = "COPY_JOB_FAILED")]
    CopyJobFailed,
    /// `RECOVERY_POINT_MODIFIED`.
    #[serde(rename = "RECOVERY_POINT_MODIFIED")]
    RecoveryPointModified,
    /// `BACKUP_PLAN_CREATED`.
    #[serde(rename = "BACKUP_PLAN_CREATED")]
    BackupPlanCreated,
    /// `BACKUP_PLAN_MODIFIED`.
    #[serde(rename = "BACKUP_PLAN_MODIFIED")]
    BackupPlanModified,
    /// `S3_BACKUP_OBJECT_FAILED`.
    #[serde(rename = "S3_BACKUP_OBJECT_FAILED")]
    S3BackupObjectFailed,
    /// `S3_RESTORE_OBJECT_FAILED`.
    #[serde(rename = "S3_RESTORE_OBJECT_FAILED")]
    S3RestoreObjectFailed,
    /// `CONTINUOUS_BACKUP_INTERRUPTED`.
    #[serde(rename = "CONTINUOUS_BACKUP_INTERRUPTED")]
    ContinuousBackupInterrupted,
    /// `RECOVERY_POINT_INDEX_COMPLETED`.
    #[serde(rename = "RECOVERY_POINT_INDEX_COMPLETED")]
    RecoveryPointIndexCompleted,
    /// `RECOVERY_POINT_INDEX_DELETED`.
    #[serde(rename = "RECOVERY_POINT_INDEX_DELETED")]
    RecoveryPointIndexDeleted,
    /// `RECOVERY_POINT_INDEXING_FAILED`.
    #[serde(rename = "RECOVERY_POINT_INDEXING_FAILED")]
    RecoveryPointIndexingFailed,
    /// `EKS_RESTORE_OBJECT_FAILED`.
    #[serde(rename = "EKS_RESTORE_OBJECT_FAILED")]
    EksRestoreObjectFailed,
    /// `EKS_RESTORE_OBJECT_SKIPPED`.
    #[serde(rename = "EKS_RESTORE_OBJECT_SKIPPED")]
    EksRestoreObjectSkipped,
    /// `EKS_BACKUP_OBJECT_FAILED`.
    #[serde(rename = "EKS_BACKUP_OBJECT_FAILED")]
    EksBackupObjectFailed,
    /// `EKS_RESTORE_MODIFICATION_SUCCESS`.
    #[serde(rename = "EKS_RESTORE_MODIFICATION_SUCCESS")]
    EksRestoreModificationSuccess,
    /// `EKS_RESTORE_MODIFICATION_FAILED`.
    #[serde(rename = "EKS_RESTORE_MODIFICATION_FAILED")]
    EksRestoreModificationFailed,
    /// `ACCESS_POINT_AVAILABLE`.
    #[serde(rename = "ACCESS_POINT_AVAILABLE")]
    AccessPointAvailable,
    /// `ACCESS_POINT_CREATION_FAILED`.
    #[serde(rename = "ACCESS_POINT_CREATION_FAILED")]
    AccessPointCreationFailed,
    /// `ACCESS_POINT_DELETED`.
    #[serde(rename = "ACCESS_POINT_DELETED")]
    AccessPointDeleted,
    /// `ACCESS_POINT_DELETION_FAILED`.
    #[serde(rename = "ACCESS_POINT_DELETION_FAILED")]
    AccessPointDeletionFailed,
    /// `ACCESS_POINT_EXPIRED`.
    #[serde(rename = "ACCESS_POINT_EXPIRED")]
    AccessPointExpired,
    /// `ACCESS_POINT_DISASSOCIATED`.
    #[serde(rename = "ACCESS_POINT_DISASSOCIATED")]
    AccessPointDisassociated,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `ConditionType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ConditionType {
    /// `STRINGEQUALS`.
    #[serde(rename = "STRINGEQUALS")]
    Stringequals,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `CopyJobState` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum CopyJobState {
    /// `CREATED`.
    #[serde(rename = "CREATED")]
    Created,
    /// `RUNNING`.
    #[serde(rename = "RUNNING")]
    Running,
    /// `COMPLETED`.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `PARTIAL`.
    #[serde(rename = "PARTIAL")]
    Partial,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `EncryptionKeyType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum EncryptionKeyType {
    /// `AWS_OWNED_KMS_KEY`.
    #[serde(rename = "AWS_OWNED_KMS_KEY")]
    AwsOwnedKmsKey,
    /// `CUSTOMER_MANAGED_KMS_KEY`.
    #[serde(rename = "CUSTOMER_MANAGED_KMS_KEY")]
    CustomerManagedKmsKey,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `Index` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Index {
    /// `ENABLED`.
    #[serde(rename = "ENABLED")]
    Enabled,
    /// `DISABLED`.
    #[serde(rename = "DISABLED")]
    Disabled,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `IndexStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum IndexStatus {
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// `ACTIVE`.
    #[serde(rename = "ACTIVE")]
    Active,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `DELETING`.
    #[serde(rename = "DELETING")]
    Deleting,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `LegalHoldStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LegalHoldStatus {
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// `ACTIVE`.
    #[serde(rename = "ACTIVE")]
    Active,
    /// `CANCELING`.
    #[serde(rename = "CANCELING")]
    Canceling,
    /// `CANCELED`.
    #[serde(rename = "CANCELED")]
    Canceled,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `LifecycleDeleteAfterEvent` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum LifecycleDeleteAfterEvent {
    /// `DELETE_AFTER_COPY`.
    #[serde(rename = "DELETE_AFTER_COPY")]
    DeleteAfterCopy,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `MalwareScanner` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MalwareScanner {
    /// `GUARDDUTY`.
    #[serde(rename = "GUARDDUTY")]
    Guardduty,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `MpaSessionStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum MpaSessionStatus {
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// `APPROVED`.
    #[serde(rename = "APPROVED")]
    Approved,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `RecoveryPointStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RecoveryPointStatus {
    /// `COMPLETED`.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// `PARTIAL`.
    #[serde(rename = "PARTIAL")]
    Partial,
    /// `DELETING`.
    #[serde(rename = "DELETING")]
    Deleting,
    /// `EXPIRED`.
    #[serde(rename = "EXPIRED")]
    Expired,
    /// `AVAILABLE`.
    #[serde(rename = "AVAILABLE")]
    Available,
    /// `STOPPED`.
    #[serde(rename = "STOPPED")]
    Stopped,
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `RestoreDeletionStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RestoreDeletionStatus {
    /// `DELETING`.
    #[serde(rename = "DELETING")]
    Deleting,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `SUCCESSFUL`.
    #[serde(rename = "SUCCESSFUL")]
    Successful,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `RestoreJobStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RestoreJobStatus {
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// `RUNNING`.
    #[serde(rename = "RUNNING")]
    Running,
    /// `COMPLETED`.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// `ABORTED`.
    #[serde(rename = "ABORTED")]
    Aborted,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `RestoreValidationStatus` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RestoreValidationStatus {
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `SUCCESSFUL`.
    #[serde(rename = "SUCCESSFUL")]
    Successful,
    /// `TIMED_OUT`.
    #[serde(rename = "TIMED_OUT")]
    TimedOut,
    /// `VALIDATING`.
    #[serde(rename = "VALIDATING")]
    Validating,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `RuleExecutionType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum RuleExecutionType {
    /// `CONTINUOUS`.
    #[serde(rename = "CONTINUOUS")]
    Continuous,
    /// `SNAPSHOTS`.
    #[serde(rename = "SNAPSHOTS")]
    Snapshots,
    /// `CONTINUOUS_AND_SNAPSHOTS`.
    #[serde(rename = "CONTINUOUS_AND_SNAPSHOTS")]
    ContinuousAndSnapshots,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `ScanFinding` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScanFinding {
    /// `MALWARE`.
    #[serde(rename = "MALWARE")]
    Malware,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `ScanJobState` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScanJobState {
    /// `COMPLETED`.
    #[serde(rename = "COMPLETED")]
    Completed,
    /// `COMPLETED_WITH_ISSUES`.
    #[serde(rename = "COMPLETED_WITH_ISSUES")]
    CompletedWithIssues,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `CANCELED`.
    #[serde(rename = "CANCELED")]
    Canceled,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `ScanMode` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ScanMode {
    /// `FULL_SCAN`.
    #[serde(rename = "FULL_SCAN")]
    FullScan,
    /// `INCREMENTAL_SCAN`.
    #[serde(rename = "INCREMENTAL_SCAN")]
    IncrementalScan,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `StorageClass` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StorageClass {
    /// `WARM`.
    #[serde(rename = "WARM")]
    Warm,
    /// `COLD`.
    #[serde(rename = "COLD")]
    Cold,
    /// `DELETED`.
    #[serde(rename = "DELETED")]
    Deleted,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `VaultState` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VaultState {
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// `AVAILABLE`.
    #[serde(rename = "AVAILABLE")]
    Available,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `VaultType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VaultType {
    /// `BACKUP_VAULT`.
    #[serde(rename = "BACKUP_VAULT")]
    BackupVault,
    /// `LOGICALLY_AIR_GAPPED_BACKUP_VAULT`.
    #[serde(rename = "LOGICALLY_AIR_GAPPED_BACKUP_VAULT")]
    LogicallyAirGappedBackupVault,
    /// `RESTORE_ACCESS_BACKUP_VAULT`.
    #[serde(rename = "RESTORE_ACCESS_BACKUP_VAULT")]
    RestoreAccessBackupVault,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}
