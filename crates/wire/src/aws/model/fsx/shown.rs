//! What structures of replies may hold.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use super::structures::{
    AUTOCOMMIT_PERIOD, DISK_IOPS_CONFIGURATION, LUSTRE_READ_CACHE_CONFIGURATION,
    LUSTRE_ROOT_SQUASH_CONFIGURATION, OPEN_ZFS_READ_CACHE_CONFIGURATION, SNAPLOCK_RETENTION_PERIOD,
    TIERING_POLICY, WINDOWS_FSRM_CONFIGURATION,
};
use super::texts::{
    ACTIVE_DIRECTORY_FULLY_QUALIFIED_NAME, ADMIN_PASSWORD, ADMINISTRATIVE_ACTION_TYPE,
    ALIAS_LIFECYCLE, ALTERNATE_DNS_NAME, ARCHIVE_PATH, AUTO_IMPORT_POLICY_TYPE, AWS_ACCOUNT_ID,
    BACKUP_ID, BACKUP_LIFECYCLE, BACKUP_TYPE, CUSTOMER_SECRETS_MANAGER_ARN, DAILY_TIME,
    DATA_COMPRESSION_TYPE, DATA_REPOSITORY_LIFECYCLE, DIRECTORY_ID, DIRECTORY_USER_NAME, DNS_NAME,
    DRIVE_CACHE_TYPE, ERROR_MESSAGE, FILE_SYSTEM_ADMINISTRATORS_GROUP_NAME, FILE_SYSTEM_ID,
    FILE_SYSTEM_LIFECYCLE, FILE_SYSTEM_TYPE, FILE_SYSTEM_TYPE_VERSION, FLEX_CACHE_ENDPOINT_TYPE,
    GENERAL_ARN, IP_ADDRESS, IP_ADDRESS_RANGE, IPV6_ADDRESS_RANGE, JUNCTION_PATH, KMS_KEY_ID,
    LUSTRE_ACCESS_AUDIT_LOG_LEVEL, LUSTRE_DEPLOYMENT_TYPE, LUSTRE_FILE_SYSTEM_MOUNT_NAME,
    METADATA_CONFIGURATION_MODE, NET_BIOS_ALIAS, NETWORK_TYPE, ONTAP_DEPLOYMENT_TYPE,
    ONTAP_VOLUME_TYPE, OPEN_ZFS_COPY_STRATEGY, OPEN_ZFS_DATA_COMPRESSION_TYPE,
    OPEN_ZFS_DEPLOYMENT_TYPE, ORGANIZATIONAL_UNIT_DISTINGUISHED_NAME, PRIVILEGED_DELETE, REGION,
    RESOURCE_ARN, RESOURCE_TYPE, SECURITY_STYLE, SNAPLOCK_TYPE, SNAPSHOT_ID, SNAPSHOT_LIFECYCLE,
    SNAPSHOT_NAME, SNAPSHOT_POLICY, STATUS, STORAGE_TYPE, STORAGE_VIRTUAL_MACHINE_ID,
    STORAGE_VIRTUAL_MACHINE_LIFECYCLE, STORAGE_VIRTUAL_MACHINE_NAME,
    STORAGE_VIRTUAL_MACHINE_ROOT_VOLUME_SECURITY_STYLE, STORAGE_VIRTUAL_MACHINE_SUBTYPE, SUBNET_ID,
    UUID, VOLUME_ID, VOLUME_LIFECYCLE, VOLUME_NAME, VOLUME_PATH, VOLUME_STYLE, VOLUME_TYPE, VPC_ID,
    WEEKLY_TIME, WINDOWS_ACCESS_AUDIT_LOG_LEVEL, WINDOWS_DEPLOYMENT_TYPE,
};
use super::values::{
    ADMINISTRATIVE_ACTIONS, AGGREGATES, ALIASES, AUTOMATIC_BACKUP_RETENTION_DAYS, CREATION_TIME,
    DNS_IPS, FILE_SYSTEM_MAINTENANCE_OPERATIONS, FLAG, HA_PAIRS, INTEGER_NO_MAX,
    INTEGER_RECORD_SIZE_KI_B, MEGABYTES, MEGABYTES_PER_SECOND, METADATA_IOPS,
    NETWORK_INTERFACE_IDS, ONTAP_ENDPOINT_IP_ADDRESSES, OPEN_ZFS_NFS_EXPORTS,
    OPEN_ZFS_USER_AND_GROUP_QUOTAS, PER_UNIT_STORAGE_THROUGHPUT, PROGRESS_PERCENT, READ_ONLY,
    REMAINING_TRANSFER_BYTES, REQUEST_TIME, ROUTE_TABLE_IDS, SIZE_IN_BYTES, STORAGE_CAPACITY,
    SUBNET_IDS, TAGS, THROUGHPUT_CAPACITY_MBPS, THROUGHPUT_CAPACITY_PER_HA_PAIR,
    TOTAL_CONSTITUENTS, TOTAL_TRANSFER_BYTES, VOLUME_CAPACITY, VOLUME_CAPACITY_BYTES,
};
use crate::aws::model::{Location, Member, Shape};

pub(super) static ACTIVE_DIRECTORY_BACKUP_ATTRIBUTES: Shape = Shape::Structure(&[
    Member::optional("ActiveDirectoryId", Location::Body, &DIRECTORY_ID),
    Member::optional("DomainName", Location::Body, &ACTIVE_DIRECTORY_FULLY_QUALIFIED_NAME),
    Member::optional("ResourceARN", Location::Body, &RESOURCE_ARN),
]);

pub(super) static ADMINISTRATIVE_ACTION: Shape = Shape::Structure(&[
    Member::optional("AdministrativeActionType", Location::Body, &ADMINISTRATIVE_ACTION_TYPE),
    Member::optional("FailureDetails", Location::Body, &ADMINISTRATIVE_ACTION_FAILURE_DETAILS),
    Member::optional("Message", Location::Body, &ERROR_MESSAGE),
    Member::optional("ProgressPercent", Location::Body, &PROGRESS_PERCENT),
    Member::optional("RemainingTransferBytes", Location::Body, &REMAINING_TRANSFER_BYTES),
    Member::optional("RequestTime", Location::Body, &REQUEST_TIME),
    Member::optional("Status", Location::Body, &STATUS),
    Member::optional("TargetFileSystemValues", Location::Body, &FILE_SYSTEM),
    Member::optional("TargetSnapshotValues", Location::Body, &SNAPSHOT),
    Member::optional("TargetVolumeValues", Location::Body, &VOLUME),
    Member::optional("TotalTransferBytes", Location::Body, &TOTAL_TRANSFER_BYTES),
]);

pub(super) static ADMINISTRATIVE_ACTION_FAILURE_DETAILS: Shape =
    Shape::Structure(&[Member::optional("Message", Location::Body, &ERROR_MESSAGE)]);

pub(super) static AGGREGATE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Aggregates", Location::Body, &AGGREGATES),
    Member::optional("TotalConstituents", Location::Body, &TOTAL_CONSTITUENTS),
]);

pub(super) static ALIAS: Shape = Shape::Structure(&[
    Member::optional("Lifecycle", Location::Body, &ALIAS_LIFECYCLE),
    Member::optional("Name", Location::Body, &ALTERNATE_DNS_NAME),
]);

/// What it may hold.
pub static BACKUP: Shape = Shape::Structure(&[
    Member::required("BackupId", Location::Body, &BACKUP_ID),
    Member::required("CreationTime", Location::Body, &CREATION_TIME),
    Member::optional("DirectoryInformation", Location::Body, &ACTIVE_DIRECTORY_BACKUP_ATTRIBUTES),
    Member::optional("FailureDetails", Location::Body, &BACKUP_FAILURE_DETAILS),
    Member::required("FileSystem", Location::Body, &FILE_SYSTEM),
    Member::optional("KmsKeyId", Location::Body, &KMS_KEY_ID),
    Member::required("Lifecycle", Location::Body, &BACKUP_LIFECYCLE),
    Member::optional("OwnerId", Location::Body, &AWS_ACCOUNT_ID),
    Member::optional("ProgressPercent", Location::Body, &PROGRESS_PERCENT),
    Member::optional("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::optional("ResourceType", Location::Body, &RESOURCE_TYPE),
    Member::optional("SizeInBytes", Location::Body, &SIZE_IN_BYTES),
    Member::optional("SourceBackupId", Location::Body, &BACKUP_ID),
    Member::optional("SourceBackupRegion", Location::Body, &REGION),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::required("Type", Location::Body, &BACKUP_TYPE),
    Member::optional("Volume", Location::Body, &VOLUME),
]);

pub(super) static BACKUP_FAILURE_DETAILS: Shape =
    Shape::Structure(&[Member::optional("Message", Location::Body, &ERROR_MESSAGE)]);

pub(super) static DATA_REPOSITORY_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AutoImportPolicy", Location::Body, &AUTO_IMPORT_POLICY_TYPE),
    Member::optional("ExportPath", Location::Body, &ARCHIVE_PATH),
    Member::optional("FailureDetails", Location::Body, &DATA_REPOSITORY_FAILURE_DETAILS),
    Member::optional("ImportPath", Location::Body, &ARCHIVE_PATH),
    Member::optional("ImportedFileChunkSize", Location::Body, &MEGABYTES),
    Member::optional("Lifecycle", Location::Body, &DATA_REPOSITORY_LIFECYCLE),
]);

pub(super) static DATA_REPOSITORY_FAILURE_DETAILS: Shape =
    Shape::Structure(&[Member::optional("Message", Location::Body, &ERROR_MESSAGE)]);

/// What it may hold.
pub static FILE_SYSTEM: Shape = Shape::Structure(&[
    Member::optional("AdministrativeActions", Location::Body, &ADMINISTRATIVE_ACTIONS),
    Member::optional("CreationTime", Location::Body, &CREATION_TIME),
    Member::optional("DNSName", Location::Body, &DNS_NAME),
    Member::optional("FailureDetails", Location::Body, &FILE_SYSTEM_FAILURE_DETAILS),
    Member::optional("FileSystemId", Location::Body, &FILE_SYSTEM_ID),
    Member::optional("FileSystemType", Location::Body, &FILE_SYSTEM_TYPE),
    Member::optional("FileSystemTypeVersion", Location::Body, &FILE_SYSTEM_TYPE_VERSION),
    Member::optional("KmsKeyId", Location::Body, &KMS_KEY_ID),
    Member::optional("Lifecycle", Location::Body, &FILE_SYSTEM_LIFECYCLE),
    Member::optional("LustreConfiguration", Location::Body, &LUSTRE_FILE_SYSTEM_CONFIGURATION),
    Member::optional("NetworkInterfaceIds", Location::Body, &NETWORK_INTERFACE_IDS),
    Member::optional("NetworkType", Location::Body, &NETWORK_TYPE),
    Member::optional("OntapConfiguration", Location::Body, &ONTAP_FILE_SYSTEM_CONFIGURATION),
    Member::optional("OpenZFSConfiguration", Location::Body, &OPEN_ZFS_FILE_SYSTEM_CONFIGURATION),
    Member::optional("OwnerId", Location::Body, &AWS_ACCOUNT_ID),
    Member::optional("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::optional("StorageCapacity", Location::Body, &STORAGE_CAPACITY),
    Member::optional("StorageType", Location::Body, &STORAGE_TYPE),
    Member::optional("SubnetIds", Location::Body, &SUBNET_IDS),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional("VpcId", Location::Body, &VPC_ID),
    Member::optional("WindowsConfiguration", Location::Body, &WINDOWS_FILE_SYSTEM_CONFIGURATION),
]);

pub(super) static FILE_SYSTEM_ENDPOINT: Shape = Shape::Structure(&[
    Member::optional("DNSName", Location::Body, &DNS_NAME),
    Member::optional("IpAddresses", Location::Body, &ONTAP_ENDPOINT_IP_ADDRESSES),
    Member::optional("Ipv6Addresses", Location::Body, &ONTAP_ENDPOINT_IP_ADDRESSES),
]);

pub(super) static FILE_SYSTEM_ENDPOINTS: Shape = Shape::Structure(&[
    Member::optional("Intercluster", Location::Body, &FILE_SYSTEM_ENDPOINT),
    Member::optional("Management", Location::Body, &FILE_SYSTEM_ENDPOINT),
]);

pub(super) static FILE_SYSTEM_FAILURE_DETAILS: Shape =
    Shape::Structure(&[Member::optional("Message", Location::Body, &ERROR_MESSAGE)]);

pub(super) static FILE_SYSTEM_LUSTRE_METADATA_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Iops", Location::Body, &METADATA_IOPS),
    Member::required("Mode", Location::Body, &METADATA_CONFIGURATION_MODE),
]);

pub(super) static LIFECYCLE_TRANSITION_REASON: Shape =
    Shape::Structure(&[Member::optional("Message", Location::Body, &ERROR_MESSAGE)]);

pub(super) static LUSTRE_FILE_SYSTEM_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DataCompressionType", Location::Body, &DATA_COMPRESSION_TYPE),
    Member::optional(
        "DataReadCacheConfiguration",
        Location::Body,
        &LUSTRE_READ_CACHE_CONFIGURATION,
    ),
    Member::optional("DataRepositoryConfiguration", Location::Body, &DATA_REPOSITORY_CONFIGURATION),
    Member::optional("DeploymentType", Location::Body, &LUSTRE_DEPLOYMENT_TYPE),
    Member::optional("DriveCacheType", Location::Body, &DRIVE_CACHE_TYPE),
    Member::optional("EfaEnabled", Location::Body, &FLAG),
    Member::optional("LogConfiguration", Location::Body, &LUSTRE_LOG_CONFIGURATION),
    Member::optional(
        "MetadataConfiguration",
        Location::Body,
        &FILE_SYSTEM_LUSTRE_METADATA_CONFIGURATION,
    ),
    Member::optional("MountName", Location::Body, &LUSTRE_FILE_SYSTEM_MOUNT_NAME),
    Member::optional("PerUnitStorageThroughput", Location::Body, &PER_UNIT_STORAGE_THROUGHPUT),
    Member::optional("RootSquashConfiguration", Location::Body, &LUSTRE_ROOT_SQUASH_CONFIGURATION),
    Member::optional("ThroughputCapacity", Location::Body, &THROUGHPUT_CAPACITY_MBPS),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static LUSTRE_LOG_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Destination", Location::Body, &GENERAL_ARN),
    Member::required("Level", Location::Body, &LUSTRE_ACCESS_AUDIT_LOG_LEVEL),
]);

pub(super) static ONTAP_FILE_SYSTEM_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DeploymentType", Location::Body, &ONTAP_DEPLOYMENT_TYPE),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("EndpointIpAddressRange", Location::Body, &IP_ADDRESS_RANGE),
    Member::optional("EndpointIpv6AddressRange", Location::Body, &IPV6_ADDRESS_RANGE),
    Member::optional("Endpoints", Location::Body, &FILE_SYSTEM_ENDPOINTS),
    Member::optional("FsxAdminPassword", Location::Body, &ADMIN_PASSWORD),
    Member::optional("HAPairs", Location::Body, &HA_PAIRS),
    Member::optional("PreferredSubnetId", Location::Body, &SUBNET_ID),
    Member::optional("RouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::optional("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional(
        "ThroughputCapacityPerHAPair",
        Location::Body,
        &THROUGHPUT_CAPACITY_PER_HA_PAIR,
    ),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static ONTAP_VOLUME_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AggregateConfiguration", Location::Body, &AGGREGATE_CONFIGURATION),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("FlexCacheEndpointType", Location::Body, &FLEX_CACHE_ENDPOINT_TYPE),
    Member::optional("JunctionPath", Location::Body, &JUNCTION_PATH),
    Member::optional("OntapVolumeType", Location::Body, &ONTAP_VOLUME_TYPE),
    Member::optional("SecurityStyle", Location::Body, &SECURITY_STYLE),
    Member::optional("SizeInBytes", Location::Body, &VOLUME_CAPACITY_BYTES),
    Member::optional("SizeInMegabytes", Location::Body, &VOLUME_CAPACITY),
    Member::optional("SnaplockConfiguration", Location::Body, &SNAPLOCK_CONFIGURATION),
    Member::optional("SnapshotPolicy", Location::Body, &SNAPSHOT_POLICY),
    Member::optional("StorageEfficiencyEnabled", Location::Body, &FLAG),
    Member::optional("StorageVirtualMachineId", Location::Body, &STORAGE_VIRTUAL_MACHINE_ID),
    Member::optional("StorageVirtualMachineRoot", Location::Body, &FLAG),
    Member::optional("TieringPolicy", Location::Body, &TIERING_POLICY),
    Member::optional("UUID", Location::Body, &UUID),
    Member::optional("VolumeStyle", Location::Body, &VOLUME_STYLE),
]);

pub(super) static OPEN_ZFS_FILE_SYSTEM_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("CopyTagsToVolumes", Location::Body, &FLAG),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DeploymentType", Location::Body, &OPEN_ZFS_DEPLOYMENT_TYPE),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("EndpointIpAddress", Location::Body, &IP_ADDRESS),
    Member::optional("EndpointIpAddressRange", Location::Body, &IP_ADDRESS_RANGE),
    Member::optional("EndpointIpv6Address", Location::Body, &IP_ADDRESS),
    Member::optional("EndpointIpv6AddressRange", Location::Body, &IPV6_ADDRESS_RANGE),
    Member::optional("PreferredSubnetId", Location::Body, &SUBNET_ID),
    Member::optional("ReadCacheConfiguration", Location::Body, &OPEN_ZFS_READ_CACHE_CONFIGURATION),
    Member::optional("RootVolumeId", Location::Body, &VOLUME_ID),
    Member::optional("RouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::optional("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static OPEN_ZFS_ORIGIN_SNAPSHOT_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("CopyStrategy", Location::Body, &OPEN_ZFS_COPY_STRATEGY),
    Member::optional("SnapshotARN", Location::Body, &RESOURCE_ARN),
]);

pub(super) static OPEN_ZFS_VOLUME_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("CopyStrategy", Location::Body, &OPEN_ZFS_COPY_STRATEGY),
    Member::optional("CopyTagsToSnapshots", Location::Body, &FLAG),
    Member::optional("DataCompressionType", Location::Body, &OPEN_ZFS_DATA_COMPRESSION_TYPE),
    Member::optional("DeleteClonedVolumes", Location::Body, &FLAG),
    Member::optional("DeleteIntermediateData", Location::Body, &FLAG),
    Member::optional("DeleteIntermediateSnaphots", Location::Body, &FLAG),
    Member::optional("DestinationSnapshot", Location::Body, &SNAPSHOT_ID),
    Member::optional("NfsExports", Location::Body, &OPEN_ZFS_NFS_EXPORTS),
    Member::optional("OriginSnapshot", Location::Body, &OPEN_ZFS_ORIGIN_SNAPSHOT_CONFIGURATION),
    Member::optional("ParentVolumeId", Location::Body, &VOLUME_ID),
    Member::optional("ReadOnly", Location::Body, &READ_ONLY),
    Member::optional("RecordSizeKiB", Location::Body, &INTEGER_RECORD_SIZE_KI_B),
    Member::optional("RestoreToSnapshot", Location::Body, &SNAPSHOT_ID),
    Member::optional("SourceSnapshotARN", Location::Body, &RESOURCE_ARN),
    Member::optional("StorageCapacityQuotaGiB", Location::Body, &INTEGER_NO_MAX),
    Member::optional("StorageCapacityReservationGiB", Location::Body, &INTEGER_NO_MAX),
    Member::optional("UserAndGroupQuotas", Location::Body, &OPEN_ZFS_USER_AND_GROUP_QUOTAS),
    Member::optional("VolumePath", Location::Body, &VOLUME_PATH),
]);

pub(super) static SELF_MANAGED_ACTIVE_DIRECTORY_ATTRIBUTES: Shape = Shape::Structure(&[
    Member::optional("DnsIps", Location::Body, &DNS_IPS),
    Member::optional(
        "DomainJoinServiceAccountSecret",
        Location::Body,
        &CUSTOMER_SECRETS_MANAGER_ARN,
    ),
    Member::optional("DomainName", Location::Body, &ACTIVE_DIRECTORY_FULLY_QUALIFIED_NAME),
    Member::optional(
        "FileSystemAdministratorsGroup",
        Location::Body,
        &FILE_SYSTEM_ADMINISTRATORS_GROUP_NAME,
    ),
    Member::optional(
        "OrganizationalUnitDistinguishedName",
        Location::Body,
        &ORGANIZATIONAL_UNIT_DISTINGUISHED_NAME,
    ),
    Member::optional("UserName", Location::Body, &DIRECTORY_USER_NAME),
]);

pub(super) static SNAPLOCK_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AuditLogVolume", Location::Body, &FLAG),
    Member::optional("AutocommitPeriod", Location::Body, &AUTOCOMMIT_PERIOD),
    Member::optional("PrivilegedDelete", Location::Body, &PRIVILEGED_DELETE),
    Member::optional("RetentionPeriod", Location::Body, &SNAPLOCK_RETENTION_PERIOD),
    Member::optional("SnaplockType", Location::Body, &SNAPLOCK_TYPE),
    Member::optional("VolumeAppendModeEnabled", Location::Body, &FLAG),
]);

pub(super) static SNAPSHOT: Shape = Shape::Structure(&[
    Member::optional("AdministrativeActions", Location::Body, &ADMINISTRATIVE_ACTIONS),
    Member::optional("CreationTime", Location::Body, &CREATION_TIME),
    Member::optional("Lifecycle", Location::Body, &SNAPSHOT_LIFECYCLE),
    Member::optional("LifecycleTransitionReason", Location::Body, &LIFECYCLE_TRANSITION_REASON),
    Member::optional("Name", Location::Body, &SNAPSHOT_NAME),
    Member::optional("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::optional("SnapshotId", Location::Body, &SNAPSHOT_ID),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional("VolumeId", Location::Body, &VOLUME_ID),
]);

/// What it may hold.
pub static STORAGE_VIRTUAL_MACHINE: Shape = Shape::Structure(&[
    Member::optional(
        "ActiveDirectoryConfiguration",
        Location::Body,
        &SVM_ACTIVE_DIRECTORY_CONFIGURATION,
    ),
    Member::optional("CreationTime", Location::Body, &CREATION_TIME),
    Member::optional("Endpoints", Location::Body, &SVM_ENDPOINTS),
    Member::optional("FileSystemId", Location::Body, &FILE_SYSTEM_ID),
    Member::optional("Lifecycle", Location::Body, &STORAGE_VIRTUAL_MACHINE_LIFECYCLE),
    Member::optional("LifecycleTransitionReason", Location::Body, &LIFECYCLE_TRANSITION_REASON),
    Member::optional("Name", Location::Body, &STORAGE_VIRTUAL_MACHINE_NAME),
    Member::optional("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::optional(
        "RootVolumeSecurityStyle",
        Location::Body,
        &STORAGE_VIRTUAL_MACHINE_ROOT_VOLUME_SECURITY_STYLE,
    ),
    Member::optional("StorageVirtualMachineId", Location::Body, &STORAGE_VIRTUAL_MACHINE_ID),
    Member::optional("Subtype", Location::Body, &STORAGE_VIRTUAL_MACHINE_SUBTYPE),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional("UUID", Location::Body, &UUID),
]);

pub(super) static SVM_ACTIVE_DIRECTORY_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("NetBiosName", Location::Body, &NET_BIOS_ALIAS),
    Member::optional(
        "SelfManagedActiveDirectoryConfiguration",
        Location::Body,
        &SELF_MANAGED_ACTIVE_DIRECTORY_ATTRIBUTES,
    ),
]);

pub(super) static SVM_ENDPOINT: Shape = Shape::Structure(&[
    Member::optional("DNSName", Location::Body, &DNS_NAME),
    Member::optional("IpAddresses", Location::Body, &ONTAP_ENDPOINT_IP_ADDRESSES),
    Member::optional("Ipv6Addresses", Location::Body, &ONTAP_ENDPOINT_IP_ADDRESSES),
]);

pub(super) static SVM_ENDPOINTS: Shape = Shape::Structure(&[
    Member::optional("Iscsi", Location::Body, &SVM_ENDPOINT),
    Member::optional("Management", Location::Body, &SVM_ENDPOINT),
    Member::optional("Nfs", Location::Body, &SVM_ENDPOINT),
    Member::optional("Smb", Location::Body, &SVM_ENDPOINT),
]);

/// What it may hold.
pub static VOLUME: Shape = Shape::Structure(&[
    Member::optional("AdministrativeActions", Location::Body, &ADMINISTRATIVE_ACTIONS),
    Member::optional("CreationTime", Location::Body, &CREATION_TIME),
    Member::optional("FileSystemId", Location::Body, &FILE_SYSTEM_ID),
    Member::optional("Lifecycle", Location::Body, &VOLUME_LIFECYCLE),
    Member::optional("LifecycleTransitionReason", Location::Body, &LIFECYCLE_TRANSITION_REASON),
    Member::optional("Name", Location::Body, &VOLUME_NAME),
    Member::optional("OntapConfiguration", Location::Body, &ONTAP_VOLUME_CONFIGURATION),
    Member::optional("OpenZFSConfiguration", Location::Body, &OPEN_ZFS_VOLUME_CONFIGURATION),
    Member::optional("ResourceARN", Location::Body, &RESOURCE_ARN),
    Member::optional("Tags", Location::Body, &TAGS),
    Member::optional("VolumeId", Location::Body, &VOLUME_ID),
    Member::optional("VolumeType", Location::Body, &VOLUME_TYPE),
]);

pub(super) static WINDOWS_AUDIT_LOG_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AuditLogDestination", Location::Body, &GENERAL_ARN),
    Member::required("FileAccessAuditLogLevel", Location::Body, &WINDOWS_ACCESS_AUDIT_LOG_LEVEL),
    Member::required(
        "FileShareAccessAuditLogLevel",
        Location::Body,
        &WINDOWS_ACCESS_AUDIT_LOG_LEVEL,
    ),
]);

pub(super) static WINDOWS_FILE_SYSTEM_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("ActiveDirectoryId", Location::Body, &DIRECTORY_ID),
    Member::optional("Aliases", Location::Body, &ALIASES),
    Member::optional("AuditLogConfiguration", Location::Body, &WINDOWS_AUDIT_LOG_CONFIGURATION),
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DeploymentType", Location::Body, &WINDOWS_DEPLOYMENT_TYPE),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("FsrmConfiguration", Location::Body, &WINDOWS_FSRM_CONFIGURATION),
    Member::optional(
        "MaintenanceOperationsInProgress",
        Location::Body,
        &FILE_SYSTEM_MAINTENANCE_OPERATIONS,
    ),
    Member::optional("PreferredFileServerIp", Location::Body, &IP_ADDRESS),
    Member::optional("PreferredFileServerIpv6", Location::Body, &IP_ADDRESS),
    Member::optional("PreferredSubnetId", Location::Body, &SUBNET_ID),
    Member::optional("RemoteAdministrationEndpoint", Location::Body, &DNS_NAME),
    Member::optional(
        "SelfManagedActiveDirectoryConfiguration",
        Location::Body,
        &SELF_MANAGED_ACTIVE_DIRECTORY_ATTRIBUTES,
    ),
    Member::optional("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);
