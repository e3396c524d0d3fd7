//! Legal holds.

use std::sync::Arc;

use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{Hold, HoldId, Holds, InRealm, Realm};

use super::known::Known;
use super::listing::{limit_of, page_of_bodies};
use super::rows::{backup_columns, backup_of, decode, unsigned};
use crate::{Cause, Cursor, Generation, PAGE_SCAN_MAX, Page, Thing};

/// The holds of a realm that were not cancelled, in the reader's snapshot.
pub(super) fn all(
    db: &Connection,
    realm: &Realm,
    known: &Known,
) -> Result<(Generation, Option<Thing>), Cause> {
    let sql = "SELECT holds FROM realms WHERE realm = ?1";
    let found = db.prepare_cached(sql)?.query_row([realm.as_str()], |row| row.get(0));
    let generation = unsigned(found.optional()?.unwrap_or(0))?;
    if generation == 0 {
        return Ok((Generation(0), None));
    }
    if let Some(holds) = known.holds(realm, generation) {
        return Ok((Generation(generation), Some(Thing::Holds(holds))));
    }
    let sql = "SELECT body FROM holds
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND kept_ms IS NULL ORDER BY id";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([realm.as_str()])?;
    let mut active: Vec<Hold> = Vec::new();
    while let Some(row) = rows.next()? {
        active.push(decode(row.get_ref(0)?.as_str()?)?);
    }
    let holds = Arc::new(Holds::new(active));
    known.note_holds(realm, generation, &holds);
    Ok((Generation(generation), Some(Thing::Holds(holds))))
}

/// One hold.
pub(super) fn hold(
    db: &Connection,
    key: &InRealm<HoldId>,
) -> Result<(Generation, Option<Thing>), Cause> {
    let sql = "SELECT generation, body FROM holds
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND id = ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![key.realm.as_str(), key.name.as_bytes()])?;
    let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
    let generation = Generation(unsigned(row.get(0)?)?);
    let hold = decode(row.get_ref(1)?.as_str()?)?;
    Ok((generation, Some(Thing::Hold(Box::new(hold)))))
}

/// Pages by the id, which a hold keeps.
pub(super) fn list(
    db: &Connection,
    realm: &Realm,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Hold>, Cause> {
    let last = after.map_or_else(Vec::new, |cursor| cursor.0.clone());
    let sql = "SELECT id, body FROM holds
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND id > ?2 ORDER BY id LIMIT ?3";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query(params![realm.as_str(), last, limit_of(limit)?])?;
    page_of_bodies(rows, limit)
}

/// The backups that a hold is of. Pages by the name, which a backup keeps.
pub(super) fn held(
    db: &Connection,
    hold: &Hold,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<sexton_core::Backup>, Cause> {
    if hold.cancelled.is_some() {
        return Ok(Page::whole(Vec::new()));
    }
    let mut last = match after {
        None => String::new(),
        Some(cursor) => String::from_utf8(cursor.0.clone())?,
    };
    let sql = concat!(
        "SELECT arn, ",
        backup_columns!(),
        " FROM backups INDEXED BY backups_by_arn
            WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn > ?2 ORDER BY arn"
    );
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([hold.realm.as_str(), &last])?;
    let (mut items, mut scanned) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if items.len() == limit || scanned == PAGE_SCAN_MAX {
            return Ok(Page { items, next: Some(Cursor(last.into_bytes())) });
        }
        scanned += 1;
        last = row.get(0)?;
        let backup = backup_of(row, 1)?;
        if hold.keeps(&backup) {
            items.push(backup);
        }
    }
    Ok(Page { items, next: None })
}

/// What is found by [`Query::EndedHolds`](crate::Query::EndedHolds): at the most as many as are
/// asked for, and those that are left come once these are removed.
pub(super) fn ended(
    db: &Connection,
    now: jiff::Timestamp,
    limit: usize,
) -> Result<Page<InRealm<HoldId>>, Cause> {
    let sql = "SELECT realms.realm, holds.id FROM holds JOIN realms ON realms.id = holds.realm
        WHERE kept_ms IS NOT NULL AND kept_ms <= ?1 ORDER BY kept_ms LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![now.as_millisecond(), limit_of(limit)?])?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        let realm: Realm = row.get_ref(0)?.as_str()?.parse()?;
        items.push(realm.with(HoldId::from_bytes(row.get(1)?)));
    }
    Ok(Page { items, next: None })
}
