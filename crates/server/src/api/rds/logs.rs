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
    Ok(on_page(&files, paged, |page| asked.form.reply(&encode::describe_binlog_files(page))))
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
    Ok(on_page(&files, paged, |page| asked.form.reply(&encode::describe_log_backup_files(page))))
}

/// The answer that `reply` makes of a page of `files`.
fn on_page(
    files: &[LogFile],
    paged: Paged,
    reply: impl FnOnce(&Page<'_, LogFileShown>) -> Reply,
) -> Reply {
    let shown: Vec<LogFileShown> = paged.cut(files).iter().map(shown).collect();
    reply(&Page { items: &shown, number: paged.number(), total: super::count(files.len()) })
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
