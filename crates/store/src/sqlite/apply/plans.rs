//! Backup plans as they come, change and go.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sexton_core::{InRealm, Plan, PlanId};

use super::super::plans::document_hash;
use super::super::rows::encode;
use super::realms::begin_realm;
use crate::Cause;

/// Makes or replaces a plan. Its version is written once, and stays.
pub(super) fn put_plan(
    db: &Connection,
    plan: &Plan,
    body: &str,
    generation: i64,
) -> Result<(), Cause> {
    let realm = begin_realm(db, &plan.realm)?;
    let sql = "INSERT OR REPLACE INTO plans
            (realm, id, generation, deleted, token, document, due_ms, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    let is_there = plan.deleted.is_none();
    let token = plan.token.as_ref().filter(|_| is_there);
    let document = is_there.then(|| document_hash(&plan.document()));
    let (id, due) = (plan.id.as_bytes(), plan.due.map(Timestamp::as_millisecond));
    let row = params![realm, id, generation, !is_there, token, document, due, body];
    db.prepare_cached(sql)?.execute(row)?;
    let version = plan.version.id.as_bytes();
    let sql = "SELECT 1 FROM plan_versions WHERE realm = ?1 AND plan = ?2 AND id = ?3";
    if !db.prepare_cached(sql)?.exists(params![realm, id, version])? {
        let sql = "INSERT INTO plan_versions (realm, plan, id, body) VALUES (?1, ?2, ?3, ?4)";
        let row = params![realm, id, version, encode(&plan.version)?];
        db.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}

/// Removes a plan, with all its versions.
pub(super) fn remove_plan(db: &Connection, key: &InRealm<PlanId>) -> Result<(), Cause> {
    for sql in [
        "DELETE FROM plans WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND id = ?2",
        "DELETE FROM plan_versions
            WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND plan = ?2",
    ] {
        let row = params![key.realm.as_str(), key.name.as_bytes()];
        db.prepare_cached(sql)?.execute(row)?;
    }
    Ok(())
}
