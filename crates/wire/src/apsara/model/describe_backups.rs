//! What `DescribeBackups` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{BackupSetId, Counter, InstanceId, Link, Minutes, Number, Reader, Seconds, put};
use super::words::{BackupMode, BackupStatus, BackupType};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeBackups` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `BackupId`.
    pub backup_id: Option<BackupSetId>,
    /// `BackupMode`.
    pub backup_mode: Option<BackupMode>,
    /// `BackupStatus`.
    pub backup_status: Option<BackupStatus>,
    /// `BackupType`.
    pub backup_type: Option<BackupType>,
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `EndTime`.
    pub end_time: Option<Minutes>,
    /// `PageNumber`.
    pub page_number: Option<Number<1, 2_147_483_647>>,
    /// `PageSize`.
    pub page_size: Option<Number<30, 1_000>>,
    /// `ResourceGroupId`.
    pub resource_group_id: Option<String>,
    /// `StartTime`.
    pub start_time: Option<Minutes>,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeBackups, given);
        Ok(Self {
            backup_id: read.optional("BackupId")?,
            backup_mode: read.optional("BackupMode")?,
            backup_status: read.optional("BackupStatus")?,
            backup_type: read.optional("BackupType")?,
            db_instance_id: read.or("InvalidDBInstanceName.NotFound").required("DBInstanceId")?,
            end_time: read.or("InvalidEndTime.Format").optional("EndTime")?,
            page_number: read.or("InvalidPageNumbers.Malformed").optional("PageNumber")?,
            page_size: read.or("InvalidMaxRecordsPerPage.Malformed").optional("PageSize")?,
            resource_group_id: read.optional("ResourceGroupId")?,
            start_time: read.or("InvalidStartTime.Format").optional("StartTime")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "BackupId", self.backup_id.as_ref());
        put(&mut pairs, "BackupMode", self.backup_mode.as_ref());
        put(&mut pairs, "BackupStatus", self.backup_status.as_ref());
        put(&mut pairs, "BackupType", self.backup_type.as_ref());
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "EndTime", self.end_time.as_ref());
        put(&mut pairs, "PageNumber", self.page_number.as_ref());
        put(&mut pairs, "PageSize", self.page_size.as_ref());
        put(&mut pairs, "ResourceGroupId", self.resource_group_id.as_ref());
        put(&mut pairs, "StartTime", self.start_time.as_ref());
        pairs
    }
}

structure! {
    /// An item of `BackupDownloadLinkByDB`.
    BackupDownloadLinkByDb {
        data_base: String = "DataBase",
        download_link: Link = "DownloadLink",
        intranet_download_link: Link = "IntranetDownloadLink",
    }
}

structure! {
    /// What `BackupDownloadLinkByDB` holds.
    BackupDownloadLinkByDbList {
        backup_download_link_by_db: Vec<BackupDownloadLinkByDb> = "BackupDownloadLinkByDB",
    }
}

structure! {
    /// An item of `Backup`.
    Backup {
        backup_download_link_by_db: BackupDownloadLinkByDbList = "BackupDownloadLinkByDB",
        backup_download_url: Link = "BackupDownloadURL",
        backup_end_time: Seconds = "BackupEndTime",
        backup_id: String = "BackupId",
        backup_initiator: String = "BackupInitiator",
        backup_intranet_download_url: Link = "BackupIntranetDownloadURL",
        backup_method: String = "BackupMethod",
        backup_mode: String = "BackupMode",
        backup_size: i64 = "BackupSize",
        backup_start_time: Seconds = "BackupStartTime",
        backup_status: String = "BackupStatus",
        backup_type: String = "BackupType",
        checksum: String = "Checksum",
        consistent_time: i64 = "ConsistentTime",
        copy_only_backup: String = "CopyOnlyBackup",
        db_instance_id: String = "DBInstanceId",
        encryption: String = "Encryption",
        host_instance_id: String = "HostInstanceID",
        is_avail: i64 = "IsAvail",
        meta_status: String = "MetaStatus",
        resource_group_id: String = "ResourceGroupId",
        storage_class: String = "StorageClass",
        store_status: String = "StoreStatus",
    }
}

structure! {
    /// What `Items` holds.
    ItemsList {
        backup: Vec<Backup> = "Backup",
    }
}

structure! {
    /// What `DescribeBackups` answers.
    Response {
        items: ItemsList = "Items",
        page_number: Counter = "PageNumber",
        page_record_count: Counter = "PageRecordCount",
        request_id: String = "RequestId",
        total_ecs_snapshot_size: i64 = "TotalEcsSnapshotSize",
        total_record_count: Counter = "TotalRecordCount",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeBackups;
}
