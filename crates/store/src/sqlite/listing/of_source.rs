//! Backups of one source, whoever keeps them.

use rusqlite::{Connection, params};
use sexton_core::Backup;

use super::super::rows::{backup_columns, backup_of, resource_number};
use super::{make_cursor, parse_cursor};
use crate::{Cause, Cursor, PAGE_SCAN_MAX, Page, SourceQuery};

/// Pages by (creation, slot), the newest first.
pub(super) fn list_of_source(
    db: &Connection,
    filter: &SourceQuery,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Backup>, Cause> {
    let mut last = match after {
        None => (i64::MAX, i64::MAX),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let sql = concat!(
        "SELECT created_ms, slot, ",
        backup_columns!(),
        " FROM backups INDEXED BY backups_by_resource
         WHERE resource = ?1 AND (created_ms, slot) < (?2, ?3)
         ORDER BY created_ms DESC, slot DESC"
    );
    let resource = resource_number(&filter.source.realm, &filter.source.name);
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![resource, last.0, last.1])?;
    let (mut items, mut scanned) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if items.len() == limit || scanned == PAGE_SCAN_MAX {
            return Ok(Page { items, next: Some(make_cursor(last.0, last.1)) });
        }
        scanned += 1;
        last = (row.get(0)?, row.get(1)?);
        let backup = backup_of(row, 2)?;
        if filter.lets_through(&backup) {
            items.push(backup);
        }
    }
    Ok(Page { items, next: None })
}
