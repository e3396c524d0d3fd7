//! What lists, maps and plain values may be.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

use super::shown::{ADMINISTRATIVE_ACTION, ALIAS};
use super::structures::{
    FILTER, OPEN_ZFS_CLIENT_CONFIGURATION, OPEN_ZFS_NFS_EXPORT, OPEN_ZFS_USER_OR_GROUP_QUOTA,
    S3_ACCESS_POINT_ATTACHMENTS_FILTER, STORAGE_VIRTUAL_MACHINE_FILTER, TAG, VOLUME_FILTER,
};
use super::texts::{
    AGGREGATE, ALTERNATE_DNS_NAME, BACKUP_ID, DELETE_FILE_SYSTEM_OPEN_ZFS_OPTION,
    DELETE_OPEN_ZFS_VOLUME_OPTION, FILE_SYSTEM_ID, FILE_SYSTEM_MAINTENANCE_OPERATION, FILTER_VALUE,
    IP_ADDRESS, LUSTRE_NO_SQUASH_NID, NETWORK_INTERFACE_ID, OPEN_ZFS_NFS_EXPORT_OPTION,
    ROUTE_TABLE_ID, S3_ACCESS_POINT_ATTACHMENT_NAME, S3_ACCESS_POINT_ATTACHMENTS_FILTER_VALUE,
    SECURITY_GROUP_ID, STORAGE_VIRTUAL_MACHINE_FILTER_VALUE, STORAGE_VIRTUAL_MACHINE_ID, SUBNET_ID,
    TAG_KEY, VOLUME_FILTER_VALUE, VOLUME_ID,
};
use crate::aws::model::Shape;

pub(super) static ADMINISTRATIVE_ACTIONS: Shape =
    Shape::List { member: &ADMINISTRATIVE_ACTION, min: None, max: Some(50) };

pub(super) static AGGREGATE_LIST_MULTIPLIER: Shape =
    Shape::Integer { min: Some(1), max: Some(200) };

pub(super) static AGGREGATES: Shape = Shape::List { member: &AGGREGATE, min: None, max: Some(6) };

pub(super) static ALIASES: Shape = Shape::List { member: &ALIAS, min: None, max: Some(50) };

pub(super) static ALTERNATE_DNS_NAMES: Shape =
    Shape::List { member: &ALTERNATE_DNS_NAME, min: None, max: Some(50) };

pub(super) static AUTOCOMMIT_PERIOD_VALUE: Shape =
    Shape::Integer { min: Some(1), max: Some(65535) };

pub(super) static AUTOMATIC_BACKUP_RETENTION_DAYS: Shape =
    Shape::Integer { min: Some(0), max: Some(90) };

pub(super) static BACKUP_IDS: Shape = Shape::List { member: &BACKUP_ID, min: None, max: Some(50) };

pub(super) static COOLING_PERIOD: Shape = Shape::Integer { min: Some(2), max: Some(183) };

pub(super) static CREATION_TIME: Shape = Shape::Timestamp;

pub(super) static DELETE_FILE_SYSTEM_OPEN_ZFS_OPTIONS: Shape =
    Shape::List { member: &DELETE_FILE_SYSTEM_OPEN_ZFS_OPTION, min: None, max: Some(1) };

pub(super) static DELETE_OPEN_ZFS_VOLUME_OPTIONS: Shape =
    Shape::List { member: &DELETE_OPEN_ZFS_VOLUME_OPTION, min: None, max: Some(1) };

pub(super) static DNS_IPS: Shape = Shape::List { member: &IP_ADDRESS, min: Some(1), max: Some(3) };

pub(super) static FILE_SYSTEM_IDS: Shape =
    Shape::List { member: &FILE_SYSTEM_ID, min: None, max: Some(50) };

pub(super) static FILE_SYSTEM_MAINTENANCE_OPERATIONS: Shape =
    Shape::List { member: &FILE_SYSTEM_MAINTENANCE_OPERATION, min: None, max: Some(20) };

pub(super) static FILTER_VALUES: Shape =
    Shape::List { member: &FILTER_VALUE, min: None, max: Some(20) };

pub(super) static FILTERS: Shape = Shape::List { member: &FILTER, min: None, max: Some(10) };

pub(super) static FLAG: Shape = Shape::Boolean;

pub(super) static HA_PAIRS: Shape = Shape::Integer { min: Some(1), max: Some(12) };

pub(super) static INTEGER_NO_MAX: Shape = Shape::Integer { min: Some(0), max: Some(2_147_483_647) };

pub(super) static INTEGER_NO_MAX_FROM_NEGATIVE_ONE: Shape =
    Shape::Integer { min: Some(-1), max: Some(2_147_483_647) };

pub(super) static INTEGER_RECORD_SIZE_KI_B: Shape =
    Shape::Integer { min: Some(4), max: Some(4096) };

pub(super) static IOPS: Shape = Shape::Integer { min: Some(0), max: Some(2_147_483_647) };

pub(super) static LUSTRE_NO_SQUASH_NIDS: Shape =
    Shape::List { member: &LUSTRE_NO_SQUASH_NID, min: None, max: Some(64) };

pub(super) static MAX_RESULTS: Shape = Shape::Integer { min: Some(1), max: Some(2_147_483_647) };

pub(super) static MEGABYTES: Shape = Shape::Integer { min: Some(1), max: Some(512_000) };

pub(super) static MEGABYTES_PER_SECOND: Shape =
    Shape::Integer { min: Some(8), max: Some(2_147_483_647) };

pub(super) static METADATA_IOPS: Shape = Shape::Integer { min: Some(1500), max: Some(192_000) };

pub(super) static NETWORK_INTERFACE_IDS: Shape =
    Shape::List { member: &NETWORK_INTERFACE_ID, min: None, max: Some(50) };

pub(super) static ONTAP_ENDPOINT_IP_ADDRESSES: Shape =
    Shape::List { member: &IP_ADDRESS, min: Some(1), max: Some(24) };

pub(super) static OPEN_ZFS_CLIENT_CONFIGURATIONS: Shape =
    Shape::List { member: &OPEN_ZFS_CLIENT_CONFIGURATION, min: None, max: Some(25) };

pub(super) static OPEN_ZFS_NFS_EXPORT_OPTIONS: Shape =
    Shape::List { member: &OPEN_ZFS_NFS_EXPORT_OPTION, min: Some(1), max: Some(20) };

pub(super) static OPEN_ZFS_NFS_EXPORTS: Shape =
    Shape::List { member: &OPEN_ZFS_NFS_EXPORT, min: None, max: Some(1) };

pub(super) static OPEN_ZFS_USER_AND_GROUP_QUOTAS: Shape =
    Shape::List { member: &OPEN_ZFS_USER_OR_GROUP_QUOTA, min: None, max: Some(500) };

pub(super) static PER_UNIT_STORAGE_THROUGHPUT: Shape =
    Shape::Integer { min: Some(12), max: Some(1000) };

pub(super) static PROGRESS_PERCENT: Shape = Shape::Integer { min: Some(0), max: Some(100) };

pub(super) static READ_ONLY: Shape = Shape::Boolean;

pub(super) static REMAINING_TRANSFER_BYTES: Shape = Shape::Integer { min: Some(0), max: None };

pub(super) static REQUEST_TIME: Shape = Shape::Timestamp;

pub(super) static RETENTION_PERIOD_VALUE: Shape = Shape::Integer { min: Some(0), max: Some(65535) };

pub(super) static ROUTE_TABLE_IDS: Shape =
    Shape::List { member: &ROUTE_TABLE_ID, min: None, max: Some(50) };

pub(super) static S3_ACCESS_POINT_ATTACHMENT_NAMES: Shape =
    Shape::List { member: &S3_ACCESS_POINT_ATTACHMENT_NAME, min: None, max: Some(50) };

pub(super) static S3_ACCESS_POINT_ATTACHMENTS_FILTER_VALUES: Shape =
    Shape::List { member: &S3_ACCESS_POINT_ATTACHMENTS_FILTER_VALUE, min: None, max: Some(20) };

pub(super) static S3_ACCESS_POINT_ATTACHMENTS_FILTERS: Shape =
    Shape::List { member: &S3_ACCESS_POINT_ATTACHMENTS_FILTER, min: None, max: Some(2) };

pub(super) static SECURITY_GROUP_IDS: Shape =
    Shape::List { member: &SECURITY_GROUP_ID, min: None, max: Some(50) };

pub(super) static SIZE_IN_BYTES: Shape = Shape::Integer { min: Some(0), max: None };

pub(super) static STORAGE_CAPACITY: Shape =
    Shape::Integer { min: Some(0), max: Some(2_147_483_647) };

pub(super) static STORAGE_VIRTUAL_MACHINE_FILTER_VALUES: Shape =
    Shape::List { member: &STORAGE_VIRTUAL_MACHINE_FILTER_VALUE, min: None, max: Some(20) };

pub(super) static STORAGE_VIRTUAL_MACHINE_FILTERS: Shape =
    Shape::List { member: &STORAGE_VIRTUAL_MACHINE_FILTER, min: None, max: Some(1) };

pub(super) static STORAGE_VIRTUAL_MACHINE_IDS: Shape =
    Shape::List { member: &STORAGE_VIRTUAL_MACHINE_ID, min: None, max: Some(50) };

pub(super) static SUBNET_IDS: Shape = Shape::List { member: &SUBNET_ID, min: None, max: Some(50) };

pub(super) static TAG_KEYS: Shape = Shape::List { member: &TAG_KEY, min: Some(1), max: Some(50) };

pub(super) static TAGS: Shape = Shape::List { member: &TAG, min: Some(1), max: Some(50) };

pub(super) static THROUGHPUT_CAPACITY_MBPS: Shape =
    Shape::Integer { min: Some(4000), max: Some(2_000_000) };

pub(super) static THROUGHPUT_CAPACITY_PER_HA_PAIR: Shape =
    Shape::Integer { min: Some(128), max: Some(2_147_483_647) };

pub(super) static TOTAL_CONSTITUENTS: Shape = Shape::Integer { min: Some(1), max: Some(200) };

pub(super) static TOTAL_TRANSFER_BYTES: Shape = Shape::Integer { min: Some(0), max: None };

pub(super) static VOLUME_CAPACITY: Shape =
    Shape::Integer { min: Some(0), max: Some(2_147_483_647) };

pub(super) static VOLUME_CAPACITY_BYTES: Shape =
    Shape::Integer { min: Some(0), max: Some(22_517_998_000_000_000) };

pub(super) static VOLUME_FILTER_VALUES: Shape =
    Shape::List { member: &VOLUME_FILTER_VALUE, min: None, max: Some(20) };

pub(super) static VOLUME_FILTERS: Shape =
    Shape::List { member: &VOLUME_FILTER, min: None, max: Some(2) };

pub(super) static VOLUME_IDS: Shape = Shape::List { member: &VOLUME_ID, min: None, max: Some(50) };
