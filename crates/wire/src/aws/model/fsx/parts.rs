//! What inputs and outputs are made of.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    BackupLifecycle, BackupType, DeleteFileSystemOpenZFSOption, DeleteOpenZFSVolumeOption,
    FileSystemLifecycle, FileSystemType, FilterName, NetworkType, ResourceType,
    S3AccessPointAttachmentsFilterName, StorageType, StorageVirtualMachineFilterName,
    StorageVirtualMachineLifecycle, StorageVirtualMachineRootVolumeSecurityStyle,
    StorageVirtualMachineSubtype, VolumeFilterName, VolumeLifecycle, VolumeType,
};
use crate::aws::timestamp::EpochSeconds;

/// `ActiveDirectoryBackupAttributes` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ActiveDirectoryBackupAttributes {
    /// `ActiveDirectoryId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_directory_id: Option<String>,
    /// `DomainName`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub domain_name: Option<String>,
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
}

/// `Backup` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Backup {
    /// `BackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_id: Option<String>,
    /// `CreationTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<EpochSeconds>,
    /// `DirectoryInformation`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub directory_information: Option<ActiveDirectoryBackupAttributes>,
    /// `FailureDetails`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_details: Option<BackupFailureDetails>,
    /// `FileSystem`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system: Option<FileSystem>,
    /// `KmsKeyId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<BackupLifecycle>,
    /// `OwnerId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// `ProgressPercent`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub progress_percent: Option<i64>,
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `ResourceType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub resource_type: Option<ResourceType>,
    /// `SizeInBytes`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub size_in_bytes: Option<i64>,
    /// `SourceBackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_id: Option<String>,
    /// `SourceBackupRegion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_region: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// `Type`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub r#type: Option<BackupType>,
    /// `Volume`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume: Option<Volume>,
}

/// `BackupFailureDetails` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct BackupFailureDetails {
    /// `Message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `DeleteFileSystemLustreConfiguration` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemLustreConfiguration {
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
    /// `SkipFinalBackup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_final_backup: Option<bool>,
}

/// `DeleteFileSystemLustreResponse` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemLustreResponse {
    /// `FinalBackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_id: Option<String>,
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
}

/// `DeleteFileSystemOpenZFSConfiguration` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemOpenZFSConfiguration {
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
    /// `Options`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<DeleteFileSystemOpenZFSOption>>,
    /// `SkipFinalBackup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_final_backup: Option<bool>,
}

/// `DeleteFileSystemOpenZFSResponse` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemOpenZFSResponse {
    /// `FinalBackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_id: Option<String>,
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
}

/// `DeleteFileSystemWindowsConfiguration` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemWindowsConfiguration {
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
    /// `SkipFinalBackup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_final_backup: Option<bool>,
}

/// `DeleteFileSystemWindowsResponse` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemWindowsResponse {
    /// `FinalBackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_id: Option<String>,
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
}

/// `DeleteVolumeOntapConfiguration` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVolumeOntapConfiguration {
    /// `BypassSnaplockEnterpriseRetention`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub bypass_snaplock_enterprise_retention: Option<bool>,
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
    /// `SkipFinalBackup`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skip_final_backup: Option<bool>,
}

/// `DeleteVolumeOntapResponse` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVolumeOntapResponse {
    /// `FinalBackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_id: Option<String>,
    /// `FinalBackupTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub final_backup_tags: Option<Vec<Tag>>,
}

/// `DeleteVolumeOpenZFSConfiguration` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVolumeOpenZFSConfiguration {
    /// `Options`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub options: Option<Vec<DeleteOpenZFSVolumeOption>>,
}

/// `FileSystem` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FileSystem {
    /// `AdministrativeActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrative_actions: Option<Vec<Map<String, Value>>>,
    /// `CreationTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<EpochSeconds>,
    /// `DNSName`.
    #[serde(rename = "DNSName", skip_serializing_if = "Option::is_none")]
    pub dns_name: Option<String>,
    /// `FailureDetails`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub failure_details: Option<FileSystemFailureDetails>,
    /// `FileSystemId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    /// `FileSystemType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_type: Option<FileSystemType>,
    /// `FileSystemTypeVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_type_version: Option<String>,
    /// `KmsKeyId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<FileSystemLifecycle>,
    /// `LustreConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lustre_configuration: Option<Map<String, Value>>,
    /// `NetworkInterfaceIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_interface_ids: Option<Vec<String>>,
    /// `NetworkType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<NetworkType>,
    /// `OntapConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap_configuration: Option<Map<String, Value>>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<Map<String, Value>>,
    /// `OwnerId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub owner_id: Option<String>,
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `StorageCapacity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_capacity: Option<i64>,
    /// `StorageType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_type: Option<StorageType>,
    /// `SubnetIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subnet_ids: Option<Vec<String>>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// `VpcId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub vpc_id: Option<String>,
    /// `WindowsConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_configuration: Option<Map<String, Value>>,
}

/// `FileSystemFailureDetails` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct FileSystemFailureDetails {
    /// `Message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `Filter` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Filter {
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<FilterName>,
    /// `Values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

/// `LifecycleTransitionReason` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct LifecycleTransitionReason {
    /// `Message`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub message: Option<String>,
}

/// `S3AccessPointAttachmentsFilter` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct S3AccessPointAttachmentsFilter {
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<S3AccessPointAttachmentsFilterName>,
    /// `Values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

/// `StorageVirtualMachine` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StorageVirtualMachine {
    /// `ActiveDirectoryConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub active_directory_configuration: Option<Map<String, Value>>,
    /// `CreationTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<EpochSeconds>,
    /// `Endpoints`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub endpoints: Option<Map<String, Value>>,
    /// `FileSystemId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<StorageVirtualMachineLifecycle>,
    /// `LifecycleTransitionReason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_transition_reason: Option<LifecycleTransitionReason>,
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `RootVolumeSecurityStyle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub root_volume_security_style: Option<StorageVirtualMachineRootVolumeSecurityStyle>,
    /// `StorageVirtualMachineId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_virtual_machine_id: Option<String>,
    /// `Subtype`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub subtype: Option<StorageVirtualMachineSubtype>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// `UUID`.
    #[serde(rename = "UUID", skip_serializing_if = "Option::is_none")]
    pub uuid: Option<String>,
}

/// `StorageVirtualMachineFilter` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct StorageVirtualMachineFilter {
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<StorageVirtualMachineFilterName>,
    /// `Values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}

/// `Tag` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Tag {
    /// `Key`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub key: Option<String>,
    /// `Value`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub value: Option<String>,
}

/// `Volume` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct Volume {
    /// `AdministrativeActions`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub administrative_actions: Option<Vec<Map<String, Value>>>,
    /// `CreationTime`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub creation_time: Option<EpochSeconds>,
    /// `FileSystemId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    /// `Lifecycle`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle: Option<VolumeLifecycle>,
    /// `LifecycleTransitionReason`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lifecycle_transition_reason: Option<LifecycleTransitionReason>,
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `OntapConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap_configuration: Option<Map<String, Value>>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<Map<String, Value>>,
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// `VolumeId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_id: Option<String>,
    /// `VolumeType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_type: Option<VolumeType>,
}

/// `VolumeFilter` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct VolumeFilter {
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<VolumeFilterName>,
    /// `Values`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub values: Option<Vec<String>>,
}
