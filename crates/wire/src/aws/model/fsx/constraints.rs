//! What each member of each input may be.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use super::structures::{
    CREATE_FILE_SYSTEM_LUSTRE_CONFIGURATION, CREATE_FILE_SYSTEM_ONTAP_CONFIGURATION,
    CREATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION, CREATE_FILE_SYSTEM_WINDOWS_CONFIGURATION,
    CREATE_ONTAP_VOLUME_CONFIGURATION, CREATE_OPEN_ZFS_VOLUME_CONFIGURATION,
    DELETE_FILE_SYSTEM_LUSTRE_CONFIGURATION, DELETE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION,
    DELETE_FILE_SYSTEM_WINDOWS_CONFIGURATION, DELETE_VOLUME_ONTAP_CONFIGURATION,
    DELETE_VOLUME_OPEN_ZFS_CONFIGURATION, UPDATE_FILE_SYSTEM_LUSTRE_CONFIGURATION,
    UPDATE_FILE_SYSTEM_ONTAP_CONFIGURATION, UPDATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION,
    UPDATE_FILE_SYSTEM_WINDOWS_CONFIGURATION,
};
use super::texts::{
    BACKUP_ID, CLIENT_REQUEST_TOKEN, FILE_SYSTEM_ID, FILE_SYSTEM_TYPE, FILE_SYSTEM_TYPE_VERSION,
    KMS_KEY_ID, NETWORK_TYPE, NEXT_TOKEN, REGION, RESOURCE_ARN, SOURCE_BACKUP_ID, STORAGE_TYPE,
    VOLUME_ID, VOLUME_NAME, VOLUME_TYPE,
};
use super::values::{
    BACKUP_IDS, FILE_SYSTEM_IDS, FILTERS, FLAG, MAX_RESULTS, S3_ACCESS_POINT_ATTACHMENT_NAMES,
    S3_ACCESS_POINT_ATTACHMENTS_FILTERS, SECURITY_GROUP_IDS, STORAGE_CAPACITY,
    STORAGE_VIRTUAL_MACHINE_FILTERS, STORAGE_VIRTUAL_MACHINE_IDS, SUBNET_IDS, TAG_KEYS, TAGS,
    VOLUME_FILTERS, VOLUME_IDS,
};
use crate::aws::model::{Location, Member};

pub(super) static COPY_BACKUP_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::optional("CopyTags", Location::Body, &FLAG),
    Member::optional("KmsKeyId", Location::Body, &KMS_KEY_ID),
    Member::required("SourceBackupId", Location::Body, &SOURCE_BACKUP_ID),
    Member::optional("SourceRegion", Location::Body, &REGION),
    Member::optional("Tags", Location::Body, &TAGS),
];

pub(super) static CREATE_BACKUP_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::optional("FileSystemId", Location::Body, &FILE_SYSTEM_ID),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional("VolumeId", Location::Body, &VOLUME_ID),
];

pub(super) static CREATE_FILE_SYSTEM_FROM_BACKUP_REQUEST: &[Member] = &[
    Member::required("BackupId", Location::Body, &BACKUP_ID),
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::optional("FileSystemTypeVersion", Location::Body, &FILE_SYSTEM_TYPE_VERSION),
    Member::optional("KmsKeyId", Location::Body, &KMS_KEY_ID),
    Member::optional(
        "LustreConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_LUSTRE_CONFIGURATION,
    ),
    Member::optional("NetworkType", Location::Body, &NETWORK_TYPE),
    Member::optional(
        "OpenZFSConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION,
    ),
    Member::optional("SecurityGroupIds", Location::Body, &SECURITY_GROUP_IDS),
    Member::optional("StorageCapacity", Location::Body, &STORAGE_CAPACITY),
    Member::optional("StorageType", Location::Body, &STORAGE_TYPE),
    Member::required("SubnetIds", Location::Body, &SUBNET_IDS),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional(
        "WindowsConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_WINDOWS_CONFIGURATION,
    ),
];

pub(super) static CREATE_FILE_SYSTEM_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::required("FileSystemType", Location::Body, &FILE_SYSTEM_TYPE),
    Member::optional("FileSystemTypeVersion", Location::Body, &FILE_SYSTEM_TYPE_VERSION),
    Member::optional("KmsKeyId", Location::Body, &KMS_KEY_ID),
    Member::optional(
        "LustreConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_LUSTRE_CONFIGURATION,
    ),
    Member::optional("NetworkType", Location::Body, &NETWORK_TYPE),
    Member::optional("OntapConfiguration", Location::Body, &CREATE_FILE_SYSTEM_ONTAP_CONFIGURATION),
    Member::optional(
        "OpenZFSConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION,
    ),
    Member::optional("SecurityGroupIds", Location::Body, &SECURITY_GROUP_IDS),
    Member::optional("StorageCapacity", Location::Body, &STORAGE_CAPACITY),
    Member::optional("StorageType", Location::Body, &STORAGE_TYPE),
    Member::required("SubnetIds", Location::Body, &SUBNET_IDS),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional(
        "WindowsConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_WINDOWS_CONFIGURATION,
    ),
];

pub(super) static CREATE_VOLUME_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::required("Name", Location::Body, &VOLUME_NAME),
    Member::optional("OntapConfiguration", Location::Body, &CREATE_ONTAP_VOLUME_CONFIGURATION),
    Member::optional("OpenZFSConfiguration", Location::Body, &CREATE_OPEN_ZFS_VOLUME_CONFIGURATION),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::required("VolumeType", Location::Body, &VOLUME_TYPE),
];

pub(super) static DELETE_BACKUP_REQUEST: &[Member] = &[
    Member::required("BackupId", Location::Body, &BACKUP_ID),
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
];

pub(super) static DELETE_FILE_SYSTEM_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::required("FileSystemId", Location::Body, &FILE_SYSTEM_ID),
    Member::optional(
        "LustreConfiguration",
        Location::Body,
        &DELETE_FILE_SYSTEM_LUSTRE_CONFIGURATION,
    ),
    Member::optional(
        "OpenZFSConfiguration",
        Location::Body,
        &DELETE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION,
    ),
    Member::optional(
        "WindowsConfiguration",
        Location::Body,
        &DELETE_FILE_SYSTEM_WINDOWS_CONFIGURATION,
    ),
];

pub(super) static DELETE_VOLUME_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::optional("OntapConfiguration", Location::Body, &DELETE_VOLUME_ONTAP_CONFIGURATION),
    Member::optional("OpenZFSConfiguration", Location::Body, &DELETE_VOLUME_OPEN_ZFS_CONFIGURATION),
    Member::required("VolumeId", Location::Body, &VOLUME_ID),
];

pub(super) static DESCRIBE_BACKUPS_REQUEST: &[Member] = &[
    Member::optional("BackupIds", Location::Body, &BACKUP_IDS),
    Member::optional("Filters", Location::Body, &FILTERS),
    Member::optional("MaxResults", Location::Body, &MAX_RESULTS),
    Member::optional("NextToken", Location::Body, &NEXT_TOKEN),
];

pub(super) static DESCRIBE_FILE_SYSTEMS_REQUEST: &[Member] = &[
    Member::optional("FileSystemIds", Location::Body, &FILE_SYSTEM_IDS),
    Member::optional("MaxResults", Location::Body, &MAX_RESULTS),
    Member::optional("NextToken", Location::Body, &NEXT_TOKEN),
];

pub(super) static DESCRIBE_S3_ACCESS_POINT_ATTACHMENTS_REQUEST: &[Member] = &[
    Member::optional("Filters", Location::Body, &S3_ACCESS_POINT_ATTACHMENTS_FILTERS),
    Member::optional("MaxResults", Location::Body, &MAX_RESULTS),
    Member::optional("Names", Location::Body, &S3_ACCESS_POINT_ATTACHMENT_NAMES),
    Member::optional("NextToken", Location::Body, &NEXT_TOKEN),
];

pub(super) static DESCRIBE_STORAGE_VIRTUAL_MACHINES_REQUEST: &[Member] = &[
    Member::optional("Filters", Location::Body, &STORAGE_VIRTUAL_MACHINE_FILTERS),
    Member::optional("MaxResults", Location::Body, &MAX_RESULTS),
    Member::optional("NextToken", Location::Body, &NEXT_TOKEN),
    Member::optional("StorageVirtualMachineIds", Location::Body, &STORAGE_VIRTUAL_MACHINE_IDS),
];

pub(super) static DESCRIBE_VOLUMES_REQUEST: &[Member] = &[
    Member::optional("Filters", Location::Body, &VOLUME_FILTERS),
    Member::optional("MaxResults", Location::Body, &MAX_RESULTS),
    Member::optional("NextToken", Location::Body, &NEXT_TOKEN),
    Member::optional("VolumeIds", Location::Body, &VOLUME_IDS),
];

pub(super) static LIST_TAGS_FOR_RESOURCE_REQUEST: &[Member] = &[
    Member::optional("MaxResults", Location::Body, &MAX_RESULTS),
    Member::optional("NextToken", Location::Body, &NEXT_TOKEN),
    Member::required("ResourceARN", Location::Body, &RESOURCE_ARN),
];

pub(super) static TAG_RESOURCE_REQUEST: &[Member] = &[
    Member::required("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::required("Tags", Location::Body, &TAGS),
];

pub(super) static UNTAG_RESOURCE_REQUEST: &[Member] = &[
    Member::required("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::required("TagKeys", Location::Body, &TAG_KEYS),
];

pub(super) static UPDATE_FILE_SYSTEM_REQUEST: &[Member] = &[
    Member::optional("ClientRequestToken", Location::Body, &CLIENT_REQUEST_TOKEN),
    Member::required("FileSystemId", Location::Body, &FILE_SYSTEM_ID),
    Member::optional("FileSystemTypeVersion", Location::Body, &FILE_SYSTEM_TYPE_VERSION),
    Member::optional(
        "LustreConfiguration",
        Location::Body,
        &UPDATE_FILE_SYSTEM_LUSTRE_CONFIGURATION,
    ),
    Member::optional("NetworkType", Location::Body, &NETWORK_TYPE),
    Member::optional("OntapConfiguration", Location::Body, &UPDATE_FILE_SYSTEM_ONTAP_CONFIGURATION),
    Member::optional(
        "OpenZFSConfiguration",
        Location::Body,
        &UPDATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION,
    ),
    Member::optional("StorageCapacity", Location::Body, &STORAGE_CAPACITY),
    Member::optional("StorageType", Location::Body, &STORAGE_TYPE),
    Member::optional(
        "WindowsConfiguration",
        Location::Body,
        &UPDATE_FILE_SYSTEM_WINDOWS_CONFIGURATION,
    ),
];
