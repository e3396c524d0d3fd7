//! What `DescribeBinlogFiles` is asked with and answers.
//!
//! Generated from `model/rds.json` by `tests/model.rs`; do not edit.

use super::macros::structure;
use super::value::{InstanceId, Link, Number, Reader, Seconds, put};
use super::{Action, Answer};
use crate::apsara::{Error, Parameters};

/// What `DescribeBinlogFiles` is asked with.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Request {
    /// `DBInstanceId`.
    pub db_instance_id: InstanceId,
    /// `EndTime`.
    pub end_time: Seconds,
    /// `PageNumber`.
    pub page_number: Option<Number<1, 2_147_483_647>>,
    /// `PageSize`.
    pub page_size: Option<Number<30, 1_000>>,
    /// `StartTime`.
    pub start_time: Seconds,
}

impl Request {
    pub(super) fn decode(given: &Parameters) -> Result<Self, Error> {
        let read = Reader::new(Action::DescribeBinlogFiles, given);
        Ok(Self {
            db_instance_id: read.or("InvalidDBInstance.NotFound").required("DBInstanceId")?,
            end_time: read.or("InvalidEndTime.Format").required("EndTime")?,
            page_number: read.optional("PageNumber")?,
            page_size: read.optional("PageSize")?,
            start_time: read.or("InvalidStartTime.Format").required("StartTime")?,
        })
    }

    pub(super) fn encode(&self) -> Vec<(&'static str, String)> {
        let mut pairs = Vec::new();
        put(&mut pairs, "DBInstanceId", Some(&self.db_instance_id));
        put(&mut pairs, "EndTime", Some(&self.end_time));
        put(&mut pairs, "PageNumber", self.page_number.as_ref());
        put(&mut pairs, "PageSize", self.page_size.as_ref());
        put(&mut pairs, "StartTime", Some(&self.start_time));
        pairs
    }
}

structure! {
    /// An item of `BinLogFile`.
    BinLogFile {
        checksum: String = "Checksum",
        download_link: Link = "DownloadLink",
        file_size: i64 = "FileSize",
        host_instance_id: String = "HostInstanceID",
        intranet_download_link: Link = "IntranetDownloadLink",
        link_expired_time: Seconds = "LinkExpiredTime",
        log_begin_time: Seconds = "LogBeginTime",
        log_end_time: Seconds = "LogEndTime",
        log_file_name: String = "LogFileName",
        remote_status: String = "RemoteStatus",
    }
}

structure! {
    /// What `Items` holds.
    ItemsList {
        bin_log_file: Vec<BinLogFile> = "BinLogFile",
    }
}

structure! {
    /// What `DescribeBinlogFiles` answers.
    Response {
        items: ItemsList = "Items",
        page_number: i64 = "PageNumber",
        page_record_count: i64 = "PageRecordCount",
        request_id: String = "RequestId",
        total_file_size: i64 = "TotalFileSize",
        total_record_count: i64 = "TotalRecordCount",
    }
}

impl Answer for Response {
    const ACTION: Action = Action::DescribeBinlogFiles;
}
