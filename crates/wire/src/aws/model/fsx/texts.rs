//! What texts may be.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use crate::aws::model::{Shape, Text};

pub(super) static AWS_ACCOUNT_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(12), Some(r"^\d{12}$"), &[]));

pub(super) static ACTIVE_DIRECTORY_FULLY_QUALIFIED_NAME: Shape = Shape::Text(Text::new(
    Some(1),
    Some(255),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,255}$"),
    &[],
));

pub(super) static ADMIN_PASSWORD: Shape = Shape::Text(Text::secret(
    Some(8),
    Some(50),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{8,50}$"),
    &[],
));

pub(super) static ADMINISTRATIVE_ACTION_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &[
        "FILE_SYSTEM_UPDATE",
        "STORAGE_OPTIMIZATION",
        "FILE_SYSTEM_ALIAS_ASSOCIATION",
        "FILE_SYSTEM_ALIAS_DISASSOCIATION",
        "VOLUME_UPDATE",
        "SNAPSHOT_UPDATE",
        "RELEASE_NFS_V3_LOCKS",
        "VOLUME_RESTORE",
        "THROUGHPUT_OPTIMIZATION",
        "IOPS_OPTIMIZATION",
        "STORAGE_TYPE_OPTIMIZATION",
        "MISCONFIGURED_STATE_RECOVERY",
        "VOLUME_UPDATE_WITH_SNAPSHOT",
        "VOLUME_INITIALIZE_WITH_SNAPSHOT",
        "DOWNLOAD_DATA_FROM_BACKUP",
    ],
));

pub(super) static AGGREGATE: Shape =
    Shape::Text(Text::new(Some(5), Some(6), Some(r"^(aggr[0-9]{1,2})$"), &[]));

pub(super) static ALIAS_LIFECYCLE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["AVAILABLE", "CREATING", "DELETING", "CREATE_FAILED", "DELETE_FAILED"],
));

pub(super) static ALTERNATE_DNS_NAME: Shape = Shape::Text(Text::new(
    Some(4),
    Some(253),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{4,253}$"),
    &[],
));

pub(super) static ARCHIVE_PATH: Shape = Shape::Text(Text::new(
    Some(3),
    Some(4357),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{3,4357}$"),
    &[],
));

pub(super) static AUTO_IMPORT_POLICY_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["NONE", "NEW", "NEW_CHANGED", "NEW_CHANGED_DELETED"],
));

pub(super) static AUTOCOMMIT_PERIOD_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["MINUTES", "HOURS", "DAYS", "MONTHS", "YEARS", "NONE"],
));

pub(super) static BACKUP_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(128), Some(r"^(backup-[0-9a-f]{8,})$"), &[]));

pub(super) static BACKUP_LIFECYCLE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["AVAILABLE", "CREATING", "TRANSFERRING", "DELETED", "FAILED", "PENDING", "COPYING"],
));

pub(super) static BACKUP_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["AUTOMATIC", "USER_INITIATED", "AWS_BACKUP"]));

pub(super) static CLIENT_REQUEST_TOKEN: Shape =
    Shape::Text(Text::new(Some(1), Some(63), Some(r"[A-za-z0-9_.-]{0,63}$"), &[]));

pub(super) static CUSTOMER_SECRETS_MANAGER_ARN: Shape = Shape::Text(Text::new(
    Some(64),
    Some(1024),
    Some(
        r"^arn:[^:]{1,63}:secretsmanager:[a-z0-9-]+:[0-9]{12}:secret:[a-zA-Z0-9/_+=.@-]+-[a-zA-Z0-9]{6}$",
    ),
    &[],
));

pub(super) static DNS_NAME: Shape =
    Shape::Text(Text::new(Some(16), Some(275), Some(r"^((fs|fc)i?-[0-9a-f]{8,}\..{4,253})$"), &[]));

pub(super) static DAILY_TIME: Shape =
    Shape::Text(Text::new(Some(5), Some(5), Some(r"^([01]\d|2[0-3]):?([0-5]\d)$"), &[]));

pub(super) static DATA_COMPRESSION_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["NONE", "LZ4"]));

pub(super) static DATA_REPOSITORY_LIFECYCLE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["CREATING", "AVAILABLE", "MISCONFIGURED", "UPDATING", "DELETING", "FAILED"],
));

pub(super) static DELETE_FILE_SYSTEM_OPEN_ZFS_OPTION: Shape =
    Shape::Text(Text::new(None, None, None, &["DELETE_CHILD_VOLUMES_AND_SNAPSHOTS"]));

pub(super) static DELETE_OPEN_ZFS_VOLUME_OPTION: Shape =
    Shape::Text(Text::new(None, None, None, &["DELETE_CHILD_VOLUMES_AND_SNAPSHOTS"]));

pub(super) static DIRECTORY_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(12), Some(r"^d-[0-9a-f]{10}$"), &[]));

pub(super) static DIRECTORY_PASSWORD: Shape =
    Shape::Text(Text::secret(Some(1), Some(256), Some(r"^.{1,256}$"), &[]));

pub(super) static DIRECTORY_USER_NAME: Shape = Shape::Text(Text::new(
    Some(1),
    Some(256),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,256}$"),
    &[],
));

pub(super) static DISK_IOPS_CONFIGURATION_MODE: Shape =
    Shape::Text(Text::new(None, None, None, &["AUTOMATIC", "USER_PROVISIONED"]));

pub(super) static DRIVE_CACHE_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["NONE", "READ"]));

pub(super) static ERROR_MESSAGE: Shape = Shape::Text(Text::new(Some(1), Some(256), None, &[]));

pub(super) static FILE_SYSTEM_ADMINISTRATORS_GROUP_NAME: Shape = Shape::Text(Text::new(
    Some(1),
    Some(256),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,256}$"),
    &[],
));

pub(super) static FILE_SYSTEM_ID: Shape =
    Shape::Text(Text::new(Some(11), Some(21), Some(r"^(fs-[0-9a-f]{8,})$"), &[]));

pub(super) static FILE_SYSTEM_LIFECYCLE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &[
        "AVAILABLE",
        "CREATING",
        "FAILED",
        "DELETING",
        "MISCONFIGURED",
        "UPDATING",
        "MISCONFIGURED_UNAVAILABLE",
    ],
));

pub(super) static FILE_SYSTEM_MAINTENANCE_OPERATION: Shape =
    Shape::Text(Text::new(None, None, None, &["PATCHING", "BACKING_UP"]));

pub(super) static FILE_SYSTEM_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["WINDOWS", "LUSTRE", "ONTAP", "OPENZFS"]));

pub(super) static FILE_SYSTEM_TYPE_VERSION: Shape =
    Shape::Text(Text::new(Some(1), Some(20), Some(r"^[0-9](.[0-9]*)*$"), &[]));

pub(super) static FILTER_NAME: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &[
        "file-system-id",
        "backup-type",
        "file-system-type",
        "volume-id",
        "data-repository-type",
        "file-cache-id",
        "file-cache-type",
    ],
));

pub(super) static FILTER_VALUE: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^[0-9a-zA-Z\*\.\\/\?\-\_]*$"), &[]));

pub(super) static FLEX_CACHE_ENDPOINT_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["NONE", "ORIGIN", "CACHE"]));

pub(super) static GENERAL_ARN: Shape = Shape::Text(Text::new(
    Some(8),
    Some(1024),
    Some(r"^arn:[^:]{1,63}:[^:]{0,63}:[^:]{0,63}:(?:|\d{12}):[^/].{0,1023}$"),
    &[],
));

pub(super) static INPUT_ONTAP_VOLUME_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["RW", "DP"]));

pub(super) static IP_ADDRESS: Shape = Shape::Text(Text::new(
    Some(1),
    Some(45),
    Some(
        r"(^((([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5])\.){3}([0-9]|[1-9][0-9]|1[0-9]{2}|2[0-4][0-9]|25[0-5]))$|^(([0-9a-fA-F]{1,4}:){7,7}[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,7}:|([0-9a-fA-F]{1,4}:){1,6}:[0-9a-fA-F]{1,4}|([0-9a-fA-F]{1,4}:){1,5}(:[0-9a-fA-F]{1,4}){1,2}|([0-9a-fA-F]{1,4}:){1,4}(:[0-9a-fA-F]{1,4}){1,3}|([0-9a-fA-F]{1,4}:){1,3}(:[0-9a-fA-F]{1,4}){1,4}|([0-9a-fA-F]{1,4}:){1,2}(:[0-9a-fA-F]{1,4}){1,5}|[0-9a-fA-F]{1,4}:((:[0-9a-fA-F]{1,4}){1,6})|:((:[0-9a-fA-F]{1,4}){1,7}|:)|fe80:(:[0-9a-fA-F]{0,4}){0,4}%[0-9a-zA-Z]{1,}|::(ffff(:0{1,4}){0,1}:){0,1}((25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])\.){3,3}(25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])|([0-9a-fA-F]{1,4}:){1,4}:((25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9])\.){3,3}(25[0-5]|(2[0-4]|1{0,1}[0-9]){0,1}[0-9]))$)",
    ),
    &[],
));

pub(super) static IP_ADDRESS_RANGE: Shape = Shape::Text(Text::new(
    Some(9),
    Some(17),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{9,17}$"),
    &[],
));

pub(super) static IPV6_ADDRESS_RANGE: Shape = Shape::Text(Text::new(
    Some(4),
    Some(43),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{4,43}$"),
    &[],
));

pub(super) static JUNCTION_PATH: Shape = Shape::Text(Text::new(
    Some(1),
    Some(255),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,255}$"),
    &[],
));

pub(super) static KMS_KEY_ID: Shape =
    Shape::Text(Text::new(Some(1), Some(2048), Some(r"^.{1,2048}$"), &[]));

pub(super) static LUSTRE_ACCESS_AUDIT_LOG_LEVEL: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["DISABLED", "WARN_ONLY", "ERROR_ONLY", "WARN_ERROR"],
));

pub(super) static LUSTRE_DEPLOYMENT_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["SCRATCH_1", "SCRATCH_2", "PERSISTENT_1", "PERSISTENT_2"],
));

pub(super) static LUSTRE_FILE_SYSTEM_MOUNT_NAME: Shape =
    Shape::Text(Text::new(Some(1), Some(8), Some(r"^([A-Za-z0-9_-]{1,8})$"), &[]));

pub(super) static LUSTRE_NO_SQUASH_NID: Shape = Shape::Text(Text::new(
    Some(11),
    Some(43),
    Some(r"^([0-9\[\]\-]*\.){3}([0-9\[\]\-]*)@tcp$"),
    &[],
));

pub(super) static LUSTRE_READ_CACHE_SIZING_MODE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["NO_CACHE", "USER_PROVISIONED", "PROPORTIONAL_TO_THROUGHPUT_CAPACITY"],
));

pub(super) static LUSTRE_ROOT_SQUASH: Shape =
    Shape::Text(Text::new(Some(3), Some(21), Some(r"^([0-9]{1,10}):([0-9]{1,10})$"), &[]));

pub(super) static METADATA_CONFIGURATION_MODE: Shape =
    Shape::Text(Text::new(None, None, None, &["AUTOMATIC", "USER_PROVISIONED"]));

pub(super) static NET_BIOS_ALIAS: Shape = Shape::Text(Text::new(
    Some(1),
    Some(15),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,255}$"),
    &[],
));

pub(super) static NETWORK_INTERFACE_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(21), Some(r"^(eni-[0-9a-f]{8,})$"), &[]));

pub(super) static NETWORK_TYPE: Shape = Shape::Text(Text::new(None, None, None, &["IPV4", "DUAL"]));

pub(super) static NEXT_TOKEN: Shape = Shape::Text(Text::new(
    Some(1),
    Some(255),
    Some(r"^(?:[A-Za-z0-9+\/]{4})*(?:[A-Za-z0-9+\/]{2}==|[A-Za-z0-9+\/]{3}=)?$"),
    &[],
));

pub(super) static ONTAP_DEPLOYMENT_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["MULTI_AZ_1", "SINGLE_AZ_1", "SINGLE_AZ_2", "MULTI_AZ_2"],
));

pub(super) static ONTAP_VOLUME_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["RW", "DP", "LS"]));

pub(super) static OPEN_ZFS_CLIENTS: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^[ -~]{1,128}$"), &[]));

pub(super) static OPEN_ZFS_COPY_STRATEGY: Shape =
    Shape::Text(Text::new(None, None, None, &["CLONE", "FULL_COPY", "INCREMENTAL_COPY"]));

pub(super) static OPEN_ZFS_DATA_COMPRESSION_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["NONE", "ZSTD", "LZ4"]));

pub(super) static OPEN_ZFS_DEPLOYMENT_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["SINGLE_AZ_1", "SINGLE_AZ_2", "SINGLE_AZ_HA_1", "SINGLE_AZ_HA_2", "MULTI_AZ_1"],
));

pub(super) static OPEN_ZFS_NFS_EXPORT_OPTION: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^[ -~]{1,128}$"), &[]));

pub(super) static OPEN_ZFS_QUOTA_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["USER", "GROUP"]));

pub(super) static OPEN_ZFS_READ_CACHE_SIZING_MODE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["NO_CACHE", "USER_PROVISIONED", "PROPORTIONAL_TO_THROUGHPUT_CAPACITY"],
));

pub(super) static ORGANIZATIONAL_UNIT_DISTINGUISHED_NAME: Shape = Shape::Text(Text::new(
    Some(1),
    Some(2000),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,2000}$"),
    &[],
));

pub(super) static PRIVILEGED_DELETE: Shape =
    Shape::Text(Text::new(None, None, None, &["DISABLED", "ENABLED", "PERMANENTLY_DISABLED"]));

pub(super) static REGION: Shape =
    Shape::Text(Text::new(Some(1), Some(20), Some(r"^[a-z0-9-]{1,20}$"), &[]));

pub(super) static RESOURCE_ARN: Shape = Shape::Text(Text::new(
    Some(8),
    Some(512),
    Some(
        r"^arn:(?=[^:]+:fsx:[^:]+:\d{12}:)((|(?=[a-z0-9-.]{1,63})(?!\d{1,3}(\.\d{1,3}){3})(?![^:]*-{2})(?![^:]*-\.)(?![^:]*\.-)[a-z0-9].*(?<!-)):){4}(?!/).{0,1024}$",
    ),
    &[],
));

pub(super) static RESOURCE_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["FILE_SYSTEM", "VOLUME"]));

pub(super) static RETENTION_PERIOD_TYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["SECONDS", "MINUTES", "HOURS", "DAYS", "MONTHS", "YEARS", "INFINITE", "UNSPECIFIED"],
));

pub(super) static ROUTE_TABLE_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(21), Some(r"^(rtb-[0-9a-f]{8,})$"), &[]));

pub(super) static S3_ACCESS_POINT_ATTACHMENT_NAME: Shape =
    Shape::Text(Text::new(Some(3), Some(50), Some(r"^(?=[a-z0-9])[a-z0-9-]{1,48}[a-z0-9]$"), &[]));

pub(super) static S3_ACCESS_POINT_ATTACHMENTS_FILTER_NAME: Shape =
    Shape::Text(Text::new(None, None, None, &["file-system-id", "volume-id", "type"]));

pub(super) static S3_ACCESS_POINT_ATTACHMENTS_FILTER_VALUE: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^[0-9a-zA-Z\*\.\\/\?\-\_]*$"), &[]));

pub(super) static SECURITY_GROUP_ID: Shape =
    Shape::Text(Text::new(Some(11), Some(20), Some(r"^(sg-[0-9a-f]{8,})$"), &[]));

pub(super) static SECURITY_STYLE: Shape =
    Shape::Text(Text::new(None, None, None, &["UNIX", "NTFS", "MIXED"]));

pub(super) static SNAPLOCK_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["COMPLIANCE", "ENTERPRISE"]));

pub(super) static SNAPSHOT_ID: Shape =
    Shape::Text(Text::new(Some(11), Some(28), Some(r"^((fs)?volsnap-[0-9a-f]{8,})$"), &[]));

pub(super) static SNAPSHOT_LIFECYCLE: Shape =
    Shape::Text(Text::new(None, None, None, &["PENDING", "CREATING", "DELETING", "AVAILABLE"]));

pub(super) static SNAPSHOT_NAME: Shape =
    Shape::Text(Text::new(Some(1), Some(203), Some(r"^[a-zA-Z0-9_:.-]{1,203}$"), &[]));

pub(super) static SNAPSHOT_POLICY: Shape = Shape::Text(Text::new(Some(1), Some(255), None, &[]));

pub(super) static SOURCE_BACKUP_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(128), Some(r"^(backup-[0-9a-f]{8,})$"), &[]));

pub(super) static STATUS: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &[
        "FAILED",
        "IN_PROGRESS",
        "PENDING",
        "COMPLETED",
        "UPDATED_OPTIMIZING",
        "OPTIMIZING",
        "PAUSED",
        "CANCELLED",
    ],
));

pub(super) static STORAGE_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["SSD", "HDD", "INTELLIGENT_TIERING"]));

pub(super) static STORAGE_VIRTUAL_MACHINE_FILTER_NAME: Shape =
    Shape::Text(Text::new(None, None, None, &["file-system-id"]));

pub(super) static STORAGE_VIRTUAL_MACHINE_FILTER_VALUE: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^[0-9a-zA-Z\*\.\\/\?\-\_]*$"), &[]));

pub(super) static STORAGE_VIRTUAL_MACHINE_ID: Shape =
    Shape::Text(Text::new(Some(21), Some(21), Some(r"^(svm-[0-9a-f]{17,})$"), &[]));

pub(super) static STORAGE_VIRTUAL_MACHINE_LIFECYCLE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["CREATED", "CREATING", "DELETING", "FAILED", "MISCONFIGURED", "PENDING"],
));

pub(super) static STORAGE_VIRTUAL_MACHINE_NAME: Shape = Shape::Text(Text::new(
    Some(1),
    Some(47),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,47}$"),
    &[],
));

pub(super) static STORAGE_VIRTUAL_MACHINE_ROOT_VOLUME_SECURITY_STYLE: Shape =
    Shape::Text(Text::new(None, None, None, &["UNIX", "NTFS", "MIXED"]));

pub(super) static STORAGE_VIRTUAL_MACHINE_SUBTYPE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["DEFAULT", "DP_DESTINATION", "SYNC_DESTINATION", "SYNC_SOURCE"],
));

pub(super) static SUBNET_ID: Shape =
    Shape::Text(Text::new(Some(15), Some(24), Some(r"^(subnet-[0-9a-f]{8,})$"), &[]));

pub(super) static TAG_KEY: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"), &[]));

pub(super) static TAG_VALUE: Shape =
    Shape::Text(Text::new(Some(0), Some(256), Some(r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$"), &[]));

pub(super) static TIERING_POLICY_NAME: Shape =
    Shape::Text(Text::new(None, None, None, &["SNAPSHOT_ONLY", "AUTO", "ALL", "NONE"]));

pub(super) static UUID: Shape =
    Shape::Text(Text::new(None, Some(36), Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,36}$"), &[]));

pub(super) static VOLUME_FILTER_NAME: Shape =
    Shape::Text(Text::new(None, None, None, &["file-system-id", "storage-virtual-machine-id"]));

pub(super) static VOLUME_FILTER_VALUE: Shape =
    Shape::Text(Text::new(Some(1), Some(128), Some(r"^[0-9a-zA-Z\*\.\\/\?\-\_]*$"), &[]));

pub(super) static VOLUME_ID: Shape =
    Shape::Text(Text::new(Some(23), Some(23), Some(r"^(fsvol-[0-9a-f]{17,})$"), &[]));

pub(super) static VOLUME_LIFECYCLE: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["CREATING", "CREATED", "DELETING", "FAILED", "MISCONFIGURED", "PENDING", "AVAILABLE"],
));

pub(super) static VOLUME_NAME: Shape = Shape::Text(Text::new(
    Some(1),
    Some(203),
    Some(r"^[^\u0000\u0085\u2028\u2029\r\n]{1,203}$"),
    &[],
));

pub(super) static VOLUME_PATH: Shape =
    Shape::Text(Text::new(Some(1), Some(2048), Some(r"^[A-za-z0-9\_\.\:\-\/]*$"), &[]));

pub(super) static VOLUME_STYLE: Shape =
    Shape::Text(Text::new(None, None, None, &["FLEXVOL", "FLEXGROUP"]));

pub(super) static VOLUME_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["ONTAP", "OPENZFS"]));

pub(super) static VPC_ID: Shape =
    Shape::Text(Text::new(Some(12), Some(21), Some(r"^(vpc-[0-9a-f]{8,})$"), &[]));

pub(super) static WEEKLY_TIME: Shape =
    Shape::Text(Text::new(Some(7), Some(7), Some(r"^[1-7]:([01]\d|2[0-3]):?([0-5]\d)$"), &[]));

pub(super) static WINDOWS_ACCESS_AUDIT_LOG_LEVEL: Shape = Shape::Text(Text::new(
    None,
    None,
    None,
    &["DISABLED", "SUCCESS_ONLY", "FAILURE_ONLY", "SUCCESS_AND_FAILURE"],
));

pub(super) static WINDOWS_DEPLOYMENT_TYPE: Shape =
    Shape::Text(Text::new(None, None, None, &["MULTI_AZ_1", "SINGLE_AZ_1", "SINGLE_AZ_2"]));
