//! Files of log backups, as they are listed.

use jiff::{SignedDuration, Timestamp};
use sexton_core::{Engine, LogFile, Span};
use sexton_wire::apsara::encode::{self, LogFileShown, Page};
use sexton_wire::apsara::model::value::Number;
use sexton_wire::apsara::model::{Action, describe_binlog_files, describe_log_backup_files};
use sexton_wire::aws::Reply;

use super::{Asked, Failure, Paged};
use crate::service::Service;

pub(super) async fn binary(
    service: &Service,
    request: &describe_binlog_files::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let id = request.db_instance_id.as_str();
    let span = (request.start_time.0, request.end_time.0);
    let files = files(service, id, span, (Action::DescribeBinlogFiles, asked)).await?;
    let paged = Paged::of(request.page_number.map(Number::get), request.page_size.map(Number::get));
    Ok(on_page(&files, paged, |page, bytes| {
        asked.form.reply(&encode::describe_binlog_files(page, bytes))
    }))
}

pub(super) async fn write_ahead(
    service: &Service,
    request: &describe_log_backup_files::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let id = request.db_instance_id.as_str();
    let span = (request.start_time.0, request.end_time.0);
    let files = files(service, id, span, (Action::DescribeLogBackupFiles, asked)).await?;
    let paged = Paged::of(request.page_number.map(Number::get), request.page_size.map(Number::get));
    Ok(on_page(&files, paged, |page, bytes| {
        asked.form.reply(&encode::describe_log_backup_files(page, bytes))
    }))
}

/// The answer that `reply` makes of a page of `files`, and of how long all of these are together.
fn on_page<T>(
    files: &[LogFile],
    paged: Paged,
    reply: impl FnOnce(&Page<'_, LogFileShown>, u64) -> T,
) -> T {
    let shown: Vec<LogFileShown> = paged.cut(files).iter().map(shown).collect();
    let bytes = files.iter().fold(0_u64, |sum, file| sum.saturating_add(file.bytes));
    reply(&Page { items: &shown, number: paged.number(), total: super::count(files.len()) }, bytes)
}

/// The files that tell of a time from `start` to `end`, both included, of an instance whose
/// engine has such files.
async fn files(
    service: &Service,
    id: &str,
    (start, end): (Timestamp, Timestamp),
    (action, asked): (Action, &Asked<'_>),
) -> Result<Vec<LogFile>, Failure> {
    let found = service.instance(&asked.caller.realm, id, asked.now).await?;
    let has_binary = match found.database.engine {
        Engine::MySql | Engine::MariaDb => true,
        Engine::PostgreSql | Engine::SqlServer => false,
    };
    if has_binary != (action == Action::DescribeBinlogFiles) {
        return Err(Failure::Refused(action.error_of(&["IncorrectDBInstanceEngine"])));
    }
    // A span is without its ends.
    let moment = SignedDuration::from_nanos(1);
    let span = Span { after: start.checked_sub(moment).ok(), before: end.checked_add(moment).ok() };
    Ok(service.log_files(&found, &span).await?)
}

fn shown(file: &LogFile) -> LogFileShown {
    LogFileShown {
        name: file.name.clone(),
        begins: file.from,
        ends: file.until,
        size_bytes: file.bytes,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_size_of_files_that_is_told_is_that_of_all_pages() {
        let file = |bytes| LogFile {
            name: format!("binlog.{bytes:06}"),
            bytes,
            sha256: String::new(),
            from: Timestamp::UNIX_EPOCH,
            until: Timestamp::UNIX_EPOCH,
        };
        let files = [file(1), file(2), file(4)];
        let told = |number| {
            on_page(&files, Paged::of(Some(number), Some(2)), |page, bytes| {
                (page.items.len(), page.total, bytes)
            })
        };
        assert_eq!(told(1), (2, 3, 7));
        assert_eq!(told(2), (1, 3, 7));
        assert_eq!(told(3), (0, 3, 7));
    }
}
