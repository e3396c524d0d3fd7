//! What requests carry.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value};

use super::{
    DeleteFileSystemLustreConfiguration, DeleteFileSystemOpenZFSConfiguration,
    DeleteFileSystemWindowsConfiguration, DeleteVolumeOntapConfiguration,
    DeleteVolumeOpenZFSConfiguration, FileSystemType, Filter, NetworkType,
    S3AccessPointAttachmentsFilter, StorageType, StorageVirtualMachineFilter, Tag, VolumeFilter,
    VolumeType,
};
/// `CopyBackupRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CopyBackupRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `CopyTags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub copy_tags: Option<bool>,
    /// `KmsKeyId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `SourceBackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_backup_id: Option<String>,
    /// `SourceRegion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub source_region: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// `CreateBackupRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateBackupRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `FileSystemId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// `VolumeId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_id: Option<String>,
}

/// `CreateFileSystemFromBackupRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFileSystemFromBackupRequest {
    /// `BackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_id: Option<String>,
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `FileSystemTypeVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_type_version: Option<String>,
    /// `KmsKeyId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `LustreConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lustre_configuration: Option<Map<String, Value>>,
    /// `NetworkType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<NetworkType>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<Map<String, Value>>,
    /// `SecurityGroupIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
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
    /// `WindowsConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_configuration: Option<Map<String, Value>>,
}

/// `CreateFileSystemRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateFileSystemRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `FileSystemType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_type: Option<FileSystemType>,
    /// `FileSystemTypeVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_type_version: Option<String>,
    /// `KmsKeyId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kms_key_id: Option<String>,
    /// `LustreConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lustre_configuration: Option<Map<String, Value>>,
    /// `NetworkType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<NetworkType>,
    /// `OntapConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap_configuration: Option<Map<String, Value>>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<Map<String, Value>>,
    /// `SecurityGroupIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub security_group_ids: Option<Vec<String>>,
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
    /// `WindowsConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_configuration: Option<Map<String, Value>>,
}

/// `CreateVolumeRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct CreateVolumeRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `Name`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub name: Option<String>,
    /// `OntapConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap_configuration: Option<Map<String, Value>>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<Map<String, Value>>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
    /// `VolumeType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_type: Option<VolumeType>,
}

/// `DeleteBackupRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteBackupRequest {
    /// `BackupId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_id: Option<String>,
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
}

/// `DeleteFileSystemRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteFileSystemRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `FileSystemId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    /// `LustreConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lustre_configuration: Option<DeleteFileSystemLustreConfiguration>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<DeleteFileSystemOpenZFSConfiguration>,
    /// `WindowsConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_configuration: Option<DeleteFileSystemWindowsConfiguration>,
}

/// `DeleteVolumeRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DeleteVolumeRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `OntapConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap_configuration: Option<DeleteVolumeOntapConfiguration>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<DeleteVolumeOpenZFSConfiguration>,
    /// `VolumeId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_id: Option<String>,
}

/// `DescribeBackupsRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeBackupsRequest {
    /// `BackupIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub backup_ids: Option<Vec<String>>,
    /// `Filters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<Filter>>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `DescribeFileSystemsRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeFileSystemsRequest {
    /// `FileSystemIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_ids: Option<Vec<String>>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `DescribeS3AccessPointAttachmentsRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeS3AccessPointAttachmentsRequest {
    /// `Filters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<S3AccessPointAttachmentsFilter>>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `Names`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub names: Option<Vec<String>>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
}

/// `DescribeStorageVirtualMachinesRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeStorageVirtualMachinesRequest {
    /// `Filters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<StorageVirtualMachineFilter>>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `StorageVirtualMachineIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_virtual_machine_ids: Option<Vec<String>>,
}

/// `DescribeVolumesRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct DescribeVolumesRequest {
    /// `Filters`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub filters: Option<Vec<VolumeFilter>>,
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `VolumeIds`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub volume_ids: Option<Vec<String>>,
}

/// `ListTagsForResourceRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct ListTagsForResourceRequest {
    /// `MaxResults`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub max_results: Option<i64>,
    /// `NextToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub next_token: Option<String>,
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
}

/// `TagResourceRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct TagResourceRequest {
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `Tags`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tags: Option<Vec<Tag>>,
}

/// `UntagResourceRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UntagResourceRequest {
    /// `ResourceARN`.
    #[serde(rename = "ResourceARN", skip_serializing_if = "Option::is_none")]
    pub resource_arn: Option<String>,
    /// `TagKeys`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tag_keys: Option<Vec<String>>,
}

/// `UpdateFileSystemRequest` of the model.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct UpdateFileSystemRequest {
    /// `ClientRequestToken`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub client_request_token: Option<String>,
    /// `FileSystemId`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_id: Option<String>,
    /// `FileSystemTypeVersion`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub file_system_type_version: Option<String>,
    /// `LustreConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub lustre_configuration: Option<Map<String, Value>>,
    /// `NetworkType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub network_type: Option<NetworkType>,
    /// `OntapConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub ontap_configuration: Option<Map<String, Value>>,
    /// `OpenZFSConfiguration`.
    #[serde(rename = "OpenZFSConfiguration", skip_serializing_if = "Option::is_none")]
    pub open_zfs_configuration: Option<Map<String, Value>>,
    /// `StorageCapacity`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_capacity: Option<i64>,
    /// `StorageType`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub storage_type: Option<StorageType>,
    /// `WindowsConfiguration`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub windows_configuration: Option<Map<String, Value>>,
}
