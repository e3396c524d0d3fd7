//! Files of binary logs and of write-ahead logs that are kept.

use jiff::Timestamp;

use super::{Page, count, whole};
use crate::apsara::model::value::{Minutes, Seconds};
use crate::apsara::model::{describe_binlog_files, describe_log_backup_files};

/// A file of logs.
#[derive(Debug, Clone)]
pub struct LogFileShown {
    /// Its name.
    pub name: String,
    /// When the first of what it holds happened.
    pub begins: Timestamp,
    /// When the last did.
    pub ends: Timestamp,
    /// How long it is.
    pub size_bytes: u64,
}

/// The answer to `DescribeBinlogFiles`, whose counters are numbers and whose times are to the
/// second. All files that the page counts have `bytes` together, those of other pages with them.
pub fn describe_binlog_files(
    page: &Page<'_, LogFileShown>,
    bytes: u64,
) -> describe_binlog_files::Response {
    let shown = |file: &LogFileShown| describe_binlog_files::BinLogFile {
        file_size: Some(whole(file.size_bytes)),
        log_begin_time: Some(Seconds(file.begins)),
        log_end_time: Some(Seconds(file.ends)),
        log_file_name: Some(file.name.clone()),
        remote_status: Some("Completed".to_owned()),
        ..Default::default()
    };
    let bin_log_file = Some(page.items.iter().map(shown).collect());
    describe_binlog_files::Response {
        items: Some(describe_binlog_files::ItemsList { bin_log_file }),
        page_number: Some(whole(page.number)),
        page_record_count: Some(whole(count(page.items))),
        request_id: None,
        total_file_size: Some(whole(bytes)),
        total_record_count: Some(whole(page.total)),
    }
}

/// The answer to `DescribeLogBackupFiles`, whose counters are numbers and whose times are to the
/// minute. All files that the page counts have `bytes` together, those of other pages with them.
pub fn describe_log_backup_files(
    page: &Page<'_, LogFileShown>,
    bytes: u64,
) -> describe_log_backup_files::Response {
    let shown = |file: &LogFileShown| describe_log_backup_files::BinLogFile {
        file_size: Some(whole(file.size_bytes)),
        log_begin_time: Some(Minutes(file.begins)),
        log_end_time: Some(Minutes(file.ends)),
        ..Default::default()
    };
    let bin_log_file = Some(page.items.iter().map(shown).collect());
    describe_log_backup_files::Response {
        items: Some(describe_log_backup_files::ItemsList { bin_log_file }),
        page_number: Some(whole(page.number)),
        page_record_count: Some(whole(count(page.items))),
        request_id: None,
        total_file_size: Some(whole(bytes)),
        total_record_count: Some(whole(page.total)),
    }
}
