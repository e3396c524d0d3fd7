//! The model's enumerations, open: an unknown word is kept as it came.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use serde::{Deserialize, Serialize};

/// `BackupLifecycle` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackupLifecycle {
    /// `AVAILABLE`.
    #[serde(rename = "AVAILABLE")]
    Available,
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// `TRANSFERRING`.
    #[serde(rename = "TRANSFERRING")]
    Transferring,
    /// `DELETED`.
    #[serde(rename = "DELETED")]
    Deleted,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// `COPYING`.
    #[serde(rename = "COPYING")]
    Copying,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `BackupType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum BackupType {
    /// `AUTOMATIC`.
    #[serde(rename = "AUTOMATIC")]
    Automatic,
    /// `USER_INITIATED`.
    #[serde(rename = "USER_INITIATED")]
    UserInitiated,
    /// `AWS_BACKUP`.
    #[serde(rename = "AWS_BACKUP")]
    AwsBackup,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `DeleteFileSystemOpenZFSOption` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeleteFileSystemOpenZFSOption {
    /// `DELETE_CHILD_VOLUMES_AND_SNAPSHOTS`.
    #[serde(rename = "DELETE_CHILD_VOLUMES_AND_SNAPSHOTS")]
    DeleteChildVolumesAndSnapshots,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `DeleteOpenZFSVolumeOption` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DeleteOpenZFSVolumeOption {
    /// `DELETE_CHILD_VOLUMES_AND_SNAPSHOTS`.
    #[serde(rename = "DELETE_CHILD_VOLUMES_AND_SNAPSHOTS")]
    DeleteChildVolumesAndSnapshots,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `FileSystemLifecycle` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileSystemLifecycle {
    /// `AVAILABLE`.
    #[serde(rename = "AVAILABLE")]
    Available,
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `DELETING`.
    #[serde(rename = "DELETING")]
    Deleting,
    /// `MISCONFIGURED`.
    #[serde(rename = "MISCONFIGURED")]
    Misconfigured,
    /// `UPDATING`.
    #[serde(rename = "UPDATING")]
    Updating,
    /// `MISCONFIGURED_UNAVAILABLE`.
    #[serde(rename = "MISCONFIGURED_UNAVAILABLE")]
    MisconfiguredUnavailable,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `FileSystemType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FileSystemType {
    /// `WINDOWS`.
    #[serde(rename = "WINDOWS")]
    Windows,
    /// `LUSTRE`.
    #[serde(rename = "LUSTRE")]
    Lustre,
    /// `ONTAP`.
    #[serde(rename = "ONTAP")]
    Ontap,
    /// `OPENZFS`.
    #[serde(rename = "OPENZFS")]
    Openzfs,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `FilterName` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum FilterName {
    /// `file-system-id`.
    #[serde(rename = "file-system-id")]
    FileSystemId,
    /// `backup-type`.
    #[serde(rename = "backup-type")]
    BackupType,
    /// `file-system-type`.
    #[serde(rename = "file-system-type")]
    FileSystemType,
    /// `volume-id`.
    #[serde(rename = "volume-id")]
    VolumeId,
    /// `data-repository-type`.
    #[serde(rename = "data-repository-type")]
    DataRepositoryType,
    /// `file-cache-id`.
    #[serde(rename = "file-cache-id")]
    FileCacheId,
    /// `file-cache-type`.
    #[serde(rename = "file-cache-type")]
    FileCacheType,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `NetworkType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum NetworkType {
    /// `IPV4`.
    #[serde(rename = "IPV4")]
    Ipv4,
    /// `DUAL`.
    #[serde(rename = "DUAL")]
    Dual,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `ResourceType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum ResourceType {
    /// `FILE_SYSTEM`.
    #[serde(rename = "FILE_SYSTEM")]
    FileSystem,
    /// `VOLUME`.
    #[serde(rename = "VOLUME")]
    Volume,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `S3AccessPointAttachmentsFilterName` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum S3AccessPointAttachmentsFilterName {
    /// `file-system-id`.
    #[serde(rename = "file-system-id")]
    FileSystemId,
    /// `volume-id`.
    #[serde(rename = "volume-id")]
    VolumeId,
    /// `type`.
    #[serde(rename = "type")]
    Type,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `StorageType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StorageType {
    /// `SSD`.
    #[serde(rename = "SSD")]
    Ssd,
    /// `HDD`.
    #[serde(rename = "HDD")]
    Hdd,
    /// `INTELLIGENT_TIERING`.
    #[serde(rename = "INTELLIGENT_TIERING")]
    IntelligentTiering,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `StorageVirtualMachineFilterName` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StorageVirtualMachineFilterName {
    /// `file-system-id`.
    #[serde(rename = "file-system-id")]
    FileSystemId,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `StorageVirtualMachineLifecycle` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StorageVirtualMachineLifecycle {
    /// `CREATED`.
    #[serde(rename = "CREATED")]
    Created,
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// `DELETING`.
    #[serde(rename = "DELETING")]
    Deleting,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `MISCONFIGURED`.
    #[serde(rename = "MISCONFIGURED")]
    Misconfigured,
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `StorageVirtualMachineRootVolumeSecurityStyle` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StorageVirtualMachineRootVolumeSecurityStyle {
    /// `UNIX`.
    #[serde(rename = "UNIX")]
    Unix,
    /// `NTFS`.
    #[serde(rename = "NTFS")]
    Ntfs,
    /// `MIXED`.
    #[serde(rename = "MIXED")]
    Mixed,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `StorageVirtualMachineSubtype` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum StorageVirtualMachineSubtype {
    /// `DEFAULT`.
    #[serde(rename = "DEFAULT")]
    Default,
    /// `DP_DESTINATION`.
    #[serde(rename = "DP_DESTINATION")]
    DpDestination,
    /// `SYNC_DESTINATION`.
    #[serde(rename = "SYNC_DESTINATION")]
    SyncDestination,
    /// `SYNC_SOURCE`.
    #[serde(rename = "SYNC_SOURCE")]
    SyncSource,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `VolumeFilterName` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VolumeFilterName {
    /// `file-system-id`.
    #[serde(rename = "file-system-id")]
    FileSystemId,
    /// `storage-virtual-machine-id`.
    #[serde(rename = "storage-virtual-machine-id")]
    StorageVirtualMachineId,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `VolumeLifecycle` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VolumeLifecycle {
    /// `CREATING`.
    #[serde(rename = "CREATING")]
    Creating,
    /// `CREATED`.
    #[serde(rename = "CREATED")]
    Created,
    /// `DELETING`.
    #[serde(rename = "DELETING")]
    Deleting,
    /// `FAILED`.
    #[serde(rename = "FAILED")]
    Failed,
    /// `MISCONFIGURED`.
    #[serde(rename = "MISCONFIGURED")]
    Misconfigured,
    /// `PENDING`.
    #[serde(rename = "PENDING")]
    Pending,
    /// `AVAILABLE`.
    #[serde(rename = "AVAILABLE")]
    Available,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}

/// `VolumeType` of the model.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum VolumeType {
    /// `ONTAP`.
    #[serde(rename = "ONTAP")]
    Ontap,
    /// `OPENZFS`.
    #[serde(rename = "OPENZFS")]
    Openzfs,
    /// A word that the model does not have.
    #[serde(untagged)]
    Unknown(String),
}
