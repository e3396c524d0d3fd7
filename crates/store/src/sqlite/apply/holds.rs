//! Legal holds as they come, are cancelled, and are forgotten.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{Hold, HoldId, InRealm};

use super::super::rows::decode;
use super::expect_one;
use super::realms::begin_realm;
use crate::Cause;

/// Makes or replaces a hold. Whatever was decided from the holds of its realm is stale then, unless
/// nothing but its tags is new.
pub(super) fn put_hold(
    db: &Connection,
    hold: &Hold,
    body: &str,
    generation: i64,
) -> Result<(), Cause> {
    let realm = begin_realm(db, &hold.realm)?;
    let sql = "SELECT body FROM holds WHERE realm = ?1 AND id = ?2";
    let before = db
        .prepare_cached(sql)?
        .query_row(params![realm, hold.id.as_bytes()], |row| row.get::<_, String>(0))
        .optional()?;
    let before: Option<Hold> = before.as_deref().map(decode).transpose()?;
    let sql = "INSERT OR REPLACE INTO holds (realm, id, generation, kept_ms, body)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let kept = hold.cancelled.as_ref().map(|end| end.kept_until).map(Timestamp::as_millisecond);
    let row = params![realm, hold.id.as_bytes(), generation, kept, body];
    db.prepare_cached(sql)?.execute(row)?;
    if before.map(Hold::untagged) != Some(hold.clone().untagged()) {
        let sql = "UPDATE realms SET holds = ?2 WHERE id = ?1";
        db.prepare_cached(sql)?.execute([realm, generation])?;
    }
    Ok(())
}

/// Forgets one that was cancelled.
pub(super) fn remove_hold(db: &Connection, key: &InRealm<HoldId>) -> Result<(), Cause> {
    let sql = "DELETE FROM holds WHERE realm = (SELECT id FROM realms WHERE realm = ?1)
        AND id = ?2 AND kept_ms IS NOT NULL";
    let row = params![key.realm.as_str(), key.name.as_bytes()];
    expect_one(db.prepare_cached(sql)?.execute(row)?, "record of a legal hold")
}
