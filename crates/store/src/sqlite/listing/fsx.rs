//! What `FSx` lists: backups, and the sources that it calls file systems and volumes.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{Backup, InRealm, Realm, ResourceArn, Source};

use super::super::rows::{backup_columns, backup_of, decode, file_system_number};
use super::{limit_of, make_cursor, parse_cursor};
use crate::query::SOURCE_DUE_AHEAD;
use crate::{Cause, Cursor, FsxQuery, PAGE_SCAN_MAX, Page};

/// Pages by slot; those of one file system by (creation, slot), as its index has them. A row
/// keeps both for life.
pub(super) fn list_fsx_backups(
    db: &Connection,
    filter: &FsxQuery,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Backup>, Cause> {
    let mut last = match after {
        None => (i64::MIN, i64::MIN),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let (sql, key) = match &filter.file_system {
        Some(id) => (
            concat!(
                "SELECT created_ms, slot, ",
                backup_columns!(),
                " FROM backups INDEXED BY backups_by_resource
                 WHERE fsx IS NOT NULL AND resource = ?1 AND (created_ms, slot) > (?2, ?3)
                 ORDER BY created_ms, slot"
            ),
            file_system_number(&filter.realm, id),
        ),
        None => (
            concat!(
                "SELECT ?2, slot, ",
                backup_columns!(),
                " FROM backups INDEXED BY backups_of_fsx
                 WHERE fsx IS NOT NULL AND realm = ?1 AND slot > ?3 ORDER BY slot"
            ),
            realm_id(db, &filter.realm)?,
        ),
    };
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([key, last.0, last.1])?;
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

fn realm_id(db: &Connection, realm: &Realm) -> Result<i64, Cause> {
    let sql = "SELECT id FROM realms WHERE realm = ?1";
    let id = db.prepare_cached(sql)?.query_row([realm.as_str()], |row| row.get(0)).optional()?;
    Ok(id.unwrap_or(0))
}

/// Pages by ARN.
pub(super) fn list_sources(
    db: &Connection,
    realm: &Realm,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Source>, Cause> {
    let after = match after {
        None => String::new(),
        Some(cursor) => String::from_utf8(cursor.0.clone())?,
    };
    let sql = "SELECT body FROM sources
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn > ?2
        ORDER BY arn LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![realm.as_str(), after, limit_of(limit)?])?;
    let mut items: Vec<Source> = Vec::new();
    while let Some(row) = rows.next()? {
        items.push(decode(row.get_ref(0)?.as_str()?)?);
    }
    let last = items.last().filter(|_| items.len() == limit);
    let next = last.map(|source| Cursor(source.arn.as_str().as_bytes().to_vec()));
    Ok(Page { items, next })
}

/// Pages by (due, realm, ARN). What has been due for longest comes first, what a clock wrote
/// that has been set back since comes last.
pub(super) fn due_sources(
    db: &Connection,
    now: Timestamp,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<InRealm<ResourceArn>>, Cause> {
    let mut last = match after {
        None => (i64::MIN, i64::MIN, String::new()),
        Some(Cursor(bytes)) => {
            let (numbers, arn) = bytes.split_at_checked(16).ok_or("a cursor is too short")?;
            let (due, realm) = parse_cursor(&Cursor(numbers.to_vec()))?;
            (due, realm, String::from_utf8(arn.to_vec())?)
        }
    };
    let sql = "SELECT due_ms, sources.realm, arn, realms.realm FROM sources
        JOIN realms ON realms.id = sources.realm
        WHERE due_ms IS NOT NULL AND (due_ms, sources.realm, arn) > (?1, ?2, ?3)
            AND due_ms > ?4 AND due_ms <= ?5
        ORDER BY due_ms, sources.realm, arn LIMIT ?6";
    let mut statement = db.prepare_cached(sql)?;
    let mut items = Vec::new();
    let late = now.saturating_add(SOURCE_DUE_AHEAD).unwrap_or(Timestamp::MAX).as_millisecond();
    for (from, to) in [(i64::MIN, now.as_millisecond()), (late, i64::MAX)] {
        let left = limit_of(limit - items.len())?;
        let mut rows = statement.query(params![last.0, last.1, last.2, from, to, left])?;
        while let Some(row) = rows.next()? {
            let realm: Realm = row.get_ref(3)?.as_str()?.parse()?;
            last = (row.get(0)?, row.get(1)?, row.get(2)?);
            items.push(realm.with(row.get_ref(2)?.as_str()?.parse()?));
        }
    }
    let next = (items.len() == limit).then(|| {
        let Cursor(mut bytes) = make_cursor(last.0, last.1);
        bytes.extend_from_slice(last.2.as_bytes());
        Cursor(bytes)
    });
    Ok(Page { items, next })
}
