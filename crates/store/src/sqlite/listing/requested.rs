//! Recovery points whose deletion is asked for.

use rusqlite::{Connection, params};
use sexton_core::Backup;

use super::super::rows::{backup_columns, backup_of};
use super::{limit_of, make_cursor, parse_cursor};
use crate::{Cause, Cursor, Page};

/// Pages by (given up, slot): what is given up meanwhile moves to where it is seen again.
pub(super) fn list_requested(
    db: &Connection,
    waiting: bool,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Backup>, Cause> {
    let mut last = match after {
        None => (0, i64::MIN),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let sql = concat!(
        "SELECT given_up, slot, ",
        backup_columns!(),
        " FROM backups INDEXED BY backups_requested
        WHERE epoch IS NULL AND given_up IS NOT NULL
            AND (given_up, slot) > (?1, ?2) AND given_up <= ?3
        ORDER BY given_up, slot LIMIT ?4"
    );
    let mut statement = db.prepare_cached(sql)?;
    let given_up_max = i64::from(!waiting);
    let mut rows = statement.query(params![last.0, last.1, given_up_max, limit_of(limit)?])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        last = (row.get(0)?, row.get(1)?);
        items.push(backup_of(row, 2)?);
    }
    let next = (items.len() == limit).then(|| make_cursor(last.0, last.1));
    Ok(Page { items, next })
}
