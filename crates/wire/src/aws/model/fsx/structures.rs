//! What structures may hold.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use super::texts::{
    ACTIVE_DIRECTORY_FULLY_QUALIFIED_NAME, ADMIN_PASSWORD, ARCHIVE_PATH, AUTO_IMPORT_POLICY_TYPE,
    AUTOCOMMIT_PERIOD_TYPE, CUSTOMER_SECRETS_MANAGER_ARN, DAILY_TIME, DATA_COMPRESSION_TYPE,
    DIRECTORY_ID, DIRECTORY_PASSWORD, DIRECTORY_USER_NAME, DISK_IOPS_CONFIGURATION_MODE,
    DRIVE_CACHE_TYPE, FILE_SYSTEM_ADMINISTRATORS_GROUP_NAME, FILTER_NAME, GENERAL_ARN,
    INPUT_ONTAP_VOLUME_TYPE, IP_ADDRESS_RANGE, IPV6_ADDRESS_RANGE, JUNCTION_PATH,
    LUSTRE_ACCESS_AUDIT_LOG_LEVEL, LUSTRE_DEPLOYMENT_TYPE, LUSTRE_READ_CACHE_SIZING_MODE,
    LUSTRE_ROOT_SQUASH, METADATA_CONFIGURATION_MODE, ONTAP_DEPLOYMENT_TYPE, OPEN_ZFS_CLIENTS,
    OPEN_ZFS_COPY_STRATEGY, OPEN_ZFS_DATA_COMPRESSION_TYPE, OPEN_ZFS_DEPLOYMENT_TYPE,
    OPEN_ZFS_QUOTA_TYPE, OPEN_ZFS_READ_CACHE_SIZING_MODE, ORGANIZATIONAL_UNIT_DISTINGUISHED_NAME,
    PRIVILEGED_DELETE, RESOURCE_ARN, RETENTION_PERIOD_TYPE,
    S3_ACCESS_POINT_ATTACHMENTS_FILTER_NAME, SECURITY_STYLE, SNAPLOCK_TYPE, SNAPSHOT_POLICY,
    STORAGE_VIRTUAL_MACHINE_FILTER_NAME, STORAGE_VIRTUAL_MACHINE_ID, SUBNET_ID, TAG_KEY, TAG_VALUE,
    TIERING_POLICY_NAME, VOLUME_FILTER_NAME, VOLUME_ID, VOLUME_STYLE, WEEKLY_TIME,
    WINDOWS_ACCESS_AUDIT_LOG_LEVEL, WINDOWS_DEPLOYMENT_TYPE,
};
use super::values::{
    AGGREGATE_LIST_MULTIPLIER, AGGREGATES, ALTERNATE_DNS_NAMES, AUTOCOMMIT_PERIOD_VALUE,
    AUTOMATIC_BACKUP_RETENTION_DAYS, COOLING_PERIOD, DELETE_FILE_SYSTEM_OPEN_ZFS_OPTIONS,
    DELETE_OPEN_ZFS_VOLUME_OPTIONS, DNS_IPS, FILTER_VALUES, FLAG, HA_PAIRS, INTEGER_NO_MAX,
    INTEGER_NO_MAX_FROM_NEGATIVE_ONE, INTEGER_RECORD_SIZE_KI_B, IOPS, LUSTRE_NO_SQUASH_NIDS,
    MEGABYTES, MEGABYTES_PER_SECOND, METADATA_IOPS, OPEN_ZFS_CLIENT_CONFIGURATIONS,
    OPEN_ZFS_NFS_EXPORT_OPTIONS, OPEN_ZFS_NFS_EXPORTS, OPEN_ZFS_USER_AND_GROUP_QUOTAS,
    PER_UNIT_STORAGE_THROUGHPUT, READ_ONLY, RETENTION_PERIOD_VALUE, ROUTE_TABLE_IDS,
    S3_ACCESS_POINT_ATTACHMENTS_FILTER_VALUES, STORAGE_CAPACITY,
    STORAGE_VIRTUAL_MACHINE_FILTER_VALUES, TAGS, THROUGHPUT_CAPACITY_MBPS,
    THROUGHPUT_CAPACITY_PER_HA_PAIR, VOLUME_CAPACITY, VOLUME_CAPACITY_BYTES, VOLUME_FILTER_VALUES,
};
use crate::aws::model::{Location, Member, Shape};

pub(super) static AUTOCOMMIT_PERIOD: Shape = Shape::Structure(&[
    Member::required("Type", Location::Body, &AUTOCOMMIT_PERIOD_TYPE),
    Member::optional("Value", Location::Body, &AUTOCOMMIT_PERIOD_VALUE),
]);

pub(super) static CREATE_AGGREGATE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Aggregates", Location::Body, &AGGREGATES),
    Member::optional("ConstituentsPerAggregate", Location::Body, &AGGREGATE_LIST_MULTIPLIER),
]);

pub(super) static CREATE_FILE_SYSTEM_LUSTRE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AutoImportPolicy", Location::Body, &AUTO_IMPORT_POLICY_TYPE),
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
    Member::optional("DeploymentType", Location::Body, &LUSTRE_DEPLOYMENT_TYPE),
    Member::optional("DriveCacheType", Location::Body, &DRIVE_CACHE_TYPE),
    Member::optional("EfaEnabled", Location::Body, &FLAG),
    Member::optional("ExportPath", Location::Body, &ARCHIVE_PATH),
    Member::optional("ImportPath", Location::Body, &ARCHIVE_PATH),
    Member::optional("ImportedFileChunkSize", Location::Body, &MEGABYTES),
    Member::optional("LogConfiguration", Location::Body, &LUSTRE_LOG_CREATE_CONFIGURATION),
    Member::optional(
        "MetadataConfiguration",
        Location::Body,
        &CREATE_FILE_SYSTEM_LUSTRE_METADATA_CONFIGURATION,
    ),
    Member::optional("PerUnitStorageThroughput", Location::Body, &PER_UNIT_STORAGE_THROUGHPUT),
    Member::optional("RootSquashConfiguration", Location::Body, &LUSTRE_ROOT_SQUASH_CONFIGURATION),
    Member::optional("ThroughputCapacity", Location::Body, &THROUGHPUT_CAPACITY_MBPS),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static CREATE_FILE_SYSTEM_LUSTRE_METADATA_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Iops", Location::Body, &METADATA_IOPS),
    Member::required("Mode", Location::Body, &METADATA_CONFIGURATION_MODE),
]);

pub(super) static CREATE_FILE_SYSTEM_ONTAP_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::required("DeploymentType", Location::Body, &ONTAP_DEPLOYMENT_TYPE),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("EndpointIpAddressRange", Location::Body, &IP_ADDRESS_RANGE),
    Member::optional("EndpointIpv6AddressRange", Location::Body, &IPV6_ADDRESS_RANGE),
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

pub(super) static CREATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("CopyTagsToVolumes", Location::Body, &FLAG),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::required("DeploymentType", Location::Body, &OPEN_ZFS_DEPLOYMENT_TYPE),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("EndpointIpAddressRange", Location::Body, &IP_ADDRESS_RANGE),
    Member::optional("EndpointIpv6AddressRange", Location::Body, &IPV6_ADDRESS_RANGE),
    Member::optional("PreferredSubnetId", Location::Body, &SUBNET_ID),
    Member::optional("ReadCacheConfiguration", Location::Body, &OPEN_ZFS_READ_CACHE_CONFIGURATION),
    Member::optional(
        "RootVolumeConfiguration",
        Location::Body,
        &OPEN_ZFS_CREATE_ROOT_VOLUME_CONFIGURATION,
    ),
    Member::optional("RouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::required("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static CREATE_FILE_SYSTEM_WINDOWS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("ActiveDirectoryId", Location::Body, &DIRECTORY_ID),
    Member::optional("Aliases", Location::Body, &ALTERNATE_DNS_NAMES),
    Member::optional(
        "AuditLogConfiguration",
        Location::Body,
        &WINDOWS_AUDIT_LOG_CREATE_CONFIGURATION,
    ),
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
    Member::optional("PreferredSubnetId", Location::Body, &SUBNET_ID),
    Member::optional(
        "SelfManagedActiveDirectoryConfiguration",
        Location::Body,
        &SELF_MANAGED_ACTIVE_DIRECTORY_CONFIGURATION,
    ),
    Member::required("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static CREATE_ONTAP_VOLUME_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AggregateConfiguration", Location::Body, &CREATE_AGGREGATE_CONFIGURATION),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("JunctionPath", Location::Body, &JUNCTION_PATH),
    Member::optional("OntapVolumeType", Location::Body, &INPUT_ONTAP_VOLUME_TYPE),
    Member::optional("SecurityStyle", Location::Body, &SECURITY_STYLE),
    Member::optional("SizeInBytes", Location::Body, &VOLUME_CAPACITY_BYTES),
    Member::optional("SizeInMegabytes", Location::Body, &VOLUME_CAPACITY),
    Member::optional("SnaplockConfiguration", Location::Body, &CREATE_SNAPLOCK_CONFIGURATION),
    Member::optional("SnapshotPolicy", Location::Body, &SNAPSHOT_POLICY),
    Member::optional("StorageEfficiencyEnabled", Location::Body, &FLAG),
    Member::required("StorageVirtualMachineId", Location::Body, &STORAGE_VIRTUAL_MACHINE_ID),
    Member::optional("TieringPolicy", Location::Body, &TIERING_POLICY),
    Member::optional("VolumeStyle", Location::Body, &VOLUME_STYLE),
]);

pub(super) static CREATE_OPEN_ZFS_ORIGIN_SNAPSHOT_CONFIGURATION: Shape = Shape::Structure(&[
    Member::required("CopyStrategy", Location::Body, &OPEN_ZFS_COPY_STRATEGY),
    Member::required("SnapshotARN", Location::Body, &RESOURCE_ARN),
]);

pub(super) static CREATE_OPEN_ZFS_VOLUME_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("CopyTagsToSnapshots", Location::Body, &FLAG),
    Member::optional("DataCompressionType", Location::Body, &OPEN_ZFS_DATA_COMPRESSION_TYPE),
    Member::optional("NfsExports", Location::Body, &OPEN_ZFS_NFS_EXPORTS),
    Member::optional(
        "OriginSnapshot",
        Location::Body,
        &CREATE_OPEN_ZFS_ORIGIN_SNAPSHOT_CONFIGURATION,
    ),
    Member::required("ParentVolumeId", Location::Body, &VOLUME_ID),
    Member::optional("ReadOnly", Location::Body, &READ_ONLY),
    Member::optional("RecordSizeKiB", Location::Body, &INTEGER_RECORD_SIZE_KI_B),
    Member::optional("StorageCapacityQuotaGiB", Location::Body, &INTEGER_NO_MAX_FROM_NEGATIVE_ONE),
    Member::optional(
        "StorageCapacityReservationGiB",
        Location::Body,
        &INTEGER_NO_MAX_FROM_NEGATIVE_ONE,
    ),
    Member::optional("UserAndGroupQuotas", Location::Body, &OPEN_ZFS_USER_AND_GROUP_QUOTAS),
]);

pub(super) static CREATE_SNAPLOCK_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AuditLogVolume", Location::Body, &FLAG),
    Member::optional("AutocommitPeriod", Location::Body, &AUTOCOMMIT_PERIOD),
    Member::optional("PrivilegedDelete", Location::Body, &PRIVILEGED_DELETE),
    Member::optional("RetentionPeriod", Location::Body, &SNAPLOCK_RETENTION_PERIOD),
    Member::required("SnaplockType", Location::Body, &SNAPLOCK_TYPE),
    Member::optional("VolumeAppendModeEnabled", Location::Body, &FLAG),
]);

pub(super) static DELETE_FILE_SYSTEM_LUSTRE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("FinalBackupTags", Location::Body, &TAGS),
    Member::optional("SkipFinalBackup", Location::Body, &FLAG),
]);

pub(super) static DELETE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("FinalBackupTags", Location::Body, &TAGS),
    Member::optional("Options", Location::Body, &DELETE_FILE_SYSTEM_OPEN_ZFS_OPTIONS),
    Member::optional("SkipFinalBackup", Location::Body, &FLAG),
]);

pub(super) static DELETE_FILE_SYSTEM_WINDOWS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("FinalBackupTags", Location::Body, &TAGS),
    Member::optional("SkipFinalBackup", Location::Body, &FLAG),
]);

pub(super) static DELETE_VOLUME_ONTAP_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("BypassSnaplockEnterpriseRetention", Location::Body, &FLAG),
    Member::optional("FinalBackupTags", Location::Body, &TAGS),
    Member::optional("SkipFinalBackup", Location::Body, &FLAG),
]);

pub(super) static DELETE_VOLUME_OPEN_ZFS_CONFIGURATION: Shape =
    Shape::Structure(&[Member::optional(
        "Options",
        Location::Body,
        &DELETE_OPEN_ZFS_VOLUME_OPTIONS,
    )]);

pub(super) static DISK_IOPS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Iops", Location::Body, &IOPS),
    Member::optional("Mode", Location::Body, &DISK_IOPS_CONFIGURATION_MODE),
]);

pub(super) static FILTER: Shape = Shape::Structure(&[
    Member::optional("Name", Location::Body, &FILTER_NAME),
    Member::optional("Values", Location::Body, &FILTER_VALUES),
]);

pub(super) static LUSTRE_LOG_CREATE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Destination", Location::Body, &GENERAL_ARN),
    Member::required("Level", Location::Body, &LUSTRE_ACCESS_AUDIT_LOG_LEVEL),
]);

pub(super) static LUSTRE_READ_CACHE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("SizeGiB", Location::Body, &STORAGE_CAPACITY),
    Member::optional("SizingMode", Location::Body, &LUSTRE_READ_CACHE_SIZING_MODE),
]);

pub(super) static LUSTRE_ROOT_SQUASH_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("NoSquashNids", Location::Body, &LUSTRE_NO_SQUASH_NIDS),
    Member::optional("RootSquash", Location::Body, &LUSTRE_ROOT_SQUASH),
]);

pub(super) static OPEN_ZFS_CLIENT_CONFIGURATION: Shape = Shape::Structure(&[
    Member::required("Clients", Location::Body, &OPEN_ZFS_CLIENTS),
    Member::required("Options", Location::Body, &OPEN_ZFS_NFS_EXPORT_OPTIONS),
]);

pub(super) static OPEN_ZFS_CREATE_ROOT_VOLUME_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("CopyTagsToSnapshots", Location::Body, &FLAG),
    Member::optional("DataCompressionType", Location::Body, &OPEN_ZFS_DATA_COMPRESSION_TYPE),
    Member::optional("NfsExports", Location::Body, &OPEN_ZFS_NFS_EXPORTS),
    Member::optional("ReadOnly", Location::Body, &READ_ONLY),
    Member::optional("RecordSizeKiB", Location::Body, &INTEGER_RECORD_SIZE_KI_B),
    Member::optional("UserAndGroupQuotas", Location::Body, &OPEN_ZFS_USER_AND_GROUP_QUOTAS),
]);

pub(super) static OPEN_ZFS_NFS_EXPORT: Shape = Shape::Structure(&[Member::required(
    "ClientConfigurations",
    Location::Body,
    &OPEN_ZFS_CLIENT_CONFIGURATIONS,
)]);

pub(super) static OPEN_ZFS_READ_CACHE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("SizeGiB", Location::Body, &STORAGE_CAPACITY),
    Member::optional("SizingMode", Location::Body, &OPEN_ZFS_READ_CACHE_SIZING_MODE),
]);

pub(super) static OPEN_ZFS_USER_OR_GROUP_QUOTA: Shape = Shape::Structure(&[
    Member::required("Id", Location::Body, &INTEGER_NO_MAX),
    Member::required("StorageCapacityQuotaGiB", Location::Body, &INTEGER_NO_MAX),
    Member::required("Type", Location::Body, &OPEN_ZFS_QUOTA_TYPE),
]);

pub(super) static RETENTION_PERIOD: Shape = Shape::Structure(&[
    Member::required("Type", Location::Body, &RETENTION_PERIOD_TYPE),
    Member::optional("Value", Location::Body, &RETENTION_PERIOD_VALUE),
]);

pub(super) static S3_ACCESS_POINT_ATTACHMENTS_FILTER: Shape = Shape::Structure(&[
    Member::optional("Name", Location::Body, &S3_ACCESS_POINT_ATTACHMENTS_FILTER_NAME),
    Member::optional("Values", Location::Body, &S3_ACCESS_POINT_ATTACHMENTS_FILTER_VALUES),
]);

pub(super) static SELF_MANAGED_ACTIVE_DIRECTORY_CONFIGURATION: Shape = Shape::Structure(&[
    Member::required("DnsIps", Location::Body, &DNS_IPS),
    Member::optional(
        "DomainJoinServiceAccountSecret",
        Location::Body,
        &CUSTOMER_SECRETS_MANAGER_ARN,
    ),
    Member::required("DomainName", Location::Body, &ACTIVE_DIRECTORY_FULLY_QUALIFIED_NAME),
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
    Member::optional("Password", Location::Body, &DIRECTORY_PASSWORD),
    Member::optional("UserName", Location::Body, &DIRECTORY_USER_NAME),
]);

pub(super) static SELF_MANAGED_ACTIVE_DIRECTORY_CONFIGURATION_UPDATES: Shape = Shape::Structure(&[
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
    Member::optional("Password", Location::Body, &DIRECTORY_PASSWORD),
    Member::optional("UserName", Location::Body, &DIRECTORY_USER_NAME),
]);

pub(super) static SNAPLOCK_RETENTION_PERIOD: Shape = Shape::Structure(&[
    Member::required("DefaultRetention", Location::Body, &RETENTION_PERIOD),
    Member::required("MaximumRetention", Location::Body, &RETENTION_PERIOD),
    Member::required("MinimumRetention", Location::Body, &RETENTION_PERIOD),
]);

pub(super) static STORAGE_VIRTUAL_MACHINE_FILTER: Shape = Shape::Structure(&[
    Member::optional("Name", Location::Body, &STORAGE_VIRTUAL_MACHINE_FILTER_NAME),
    Member::optional("Values", Location::Body, &STORAGE_VIRTUAL_MACHINE_FILTER_VALUES),
]);

pub(super) static TAG: Shape = Shape::Structure(&[
    Member::required("Key", Location::Body, &TAG_KEY),
    Member::required("Value", Location::Body, &TAG_VALUE),
]);

pub(super) static TIERING_POLICY: Shape = Shape::Structure(&[
    Member::optional("CoolingPeriod", Location::Body, &COOLING_PERIOD),
    Member::optional("Name", Location::Body, &TIERING_POLICY_NAME),
]);

pub(super) static UPDATE_FILE_SYSTEM_LUSTRE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AutoImportPolicy", Location::Body, &AUTO_IMPORT_POLICY_TYPE),
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DataCompressionType", Location::Body, &DATA_COMPRESSION_TYPE),
    Member::optional(
        "DataReadCacheConfiguration",
        Location::Body,
        &LUSTRE_READ_CACHE_CONFIGURATION,
    ),
    Member::optional("LogConfiguration", Location::Body, &LUSTRE_LOG_CREATE_CONFIGURATION),
    Member::optional(
        "MetadataConfiguration",
        Location::Body,
        &UPDATE_FILE_SYSTEM_LUSTRE_METADATA_CONFIGURATION,
    ),
    Member::optional("PerUnitStorageThroughput", Location::Body, &PER_UNIT_STORAGE_THROUGHPUT),
    Member::optional("RootSquashConfiguration", Location::Body, &LUSTRE_ROOT_SQUASH_CONFIGURATION),
    Member::optional("ThroughputCapacity", Location::Body, &THROUGHPUT_CAPACITY_MBPS),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static UPDATE_FILE_SYSTEM_LUSTRE_METADATA_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("Iops", Location::Body, &METADATA_IOPS),
    Member::optional("Mode", Location::Body, &METADATA_CONFIGURATION_MODE),
]);

pub(super) static UPDATE_FILE_SYSTEM_ONTAP_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AddRouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("EndpointIpv6AddressRange", Location::Body, &IPV6_ADDRESS_RANGE),
    Member::optional("FsxAdminPassword", Location::Body, &ADMIN_PASSWORD),
    Member::optional("HAPairs", Location::Body, &HA_PAIRS),
    Member::optional("RemoveRouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::optional("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional(
        "ThroughputCapacityPerHAPair",
        Location::Body,
        &THROUGHPUT_CAPACITY_PER_HA_PAIR,
    ),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static UPDATE_FILE_SYSTEM_OPEN_ZFS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AddRouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("CopyTagsToBackups", Location::Body, &FLAG),
    Member::optional("CopyTagsToVolumes", Location::Body, &FLAG),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("EndpointIpv6AddressRange", Location::Body, &IPV6_ADDRESS_RANGE),
    Member::optional("ReadCacheConfiguration", Location::Body, &OPEN_ZFS_READ_CACHE_CONFIGURATION),
    Member::optional("RemoveRouteTableIds", Location::Body, &ROUTE_TABLE_IDS),
    Member::optional("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static UPDATE_FILE_SYSTEM_WINDOWS_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional(
        "AuditLogConfiguration",
        Location::Body,
        &WINDOWS_AUDIT_LOG_CREATE_CONFIGURATION,
    ),
    Member::optional(
        "AutomaticBackupRetentionDays",
        Location::Body,
        &AUTOMATIC_BACKUP_RETENTION_DAYS,
    ),
    Member::optional("DailyAutomaticBackupStartTime", Location::Body, &DAILY_TIME),
    Member::optional("DiskIopsConfiguration", Location::Body, &DISK_IOPS_CONFIGURATION),
    Member::optional("FsrmConfiguration", Location::Body, &WINDOWS_FSRM_CONFIGURATION),
    Member::optional(
        "SelfManagedActiveDirectoryConfiguration",
        Location::Body,
        &SELF_MANAGED_ACTIVE_DIRECTORY_CONFIGURATION_UPDATES,
    ),
    Member::optional("ThroughputCapacity", Location::Body, &MEGABYTES_PER_SECOND),
    Member::optional("WeeklyMaintenanceStartTime", Location::Body, &WEEKLY_TIME),
]);

pub(super) static VOLUME_FILTER: Shape = Shape::Structure(&[
    Member::optional("Name", Location::Body, &VOLUME_FILTER_NAME),
    Member::optional("Values", Location::Body, &VOLUME_FILTER_VALUES),
]);

pub(super) static WINDOWS_AUDIT_LOG_CREATE_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("AuditLogDestination", Location::Body, &GENERAL_ARN),
    Member::required("FileAccessAuditLogLevel", Location::Body, &WINDOWS_ACCESS_AUDIT_LOG_LEVEL),
    Member::required(
        "FileShareAccessAuditLogLevel",
        Location::Body,
        &WINDOWS_ACCESS_AUDIT_LOG_LEVEL,
    ),
]);

pub(super) static WINDOWS_FSRM_CONFIGURATION: Shape = Shape::Structure(&[
    Member::optional("EventLogDestination", Location::Body, &GENERAL_ARN),
    Member::required("FsrmServiceEnabled", Location::Body, &FLAG),
]);
