//! Backup plans.

use jiff::Timestamp;
use rusqlite::types::Value;
use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{InRealm, Plan, PlanId, PlanVersion, Realm, VersionId};
use sha2::{Digest as _, Sha256};

use super::listing::{limit_of, make_cursor, page_of_bodies, parse_cursor};
use super::rows::{decode, unsigned};
use crate::query::SOURCE_DUE_AHEAD;
use crate::{Cause, Cursor, Generation, Page, Subject, Thing};

/// What stands for what a plan says, in an index.
pub(super) fn document_hash(document: &str) -> [u8; 32] {
    Sha256::digest(document).into()
}

/// Where the plan is that stands for `subject`: the query that finds it, and what it is found by.
fn place(subject: &Subject) -> Option<(&'static str, &Realm, Value)> {
    match subject {
        Subject::Plan(key) => {
            let sql = "SELECT generation, body FROM plans
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND id = ?2";
            Some((sql, &key.realm, key.name.as_bytes().to_vec().into()))
        }
        Subject::PlanOfToken(token) => {
            let sql = "SELECT generation, body FROM plans
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND token = ?2
                ORDER BY id LIMIT 1";
            Some((sql, &token.realm, token.name.clone().into()))
        }
        Subject::PlanAlike(document) => {
            let sql = "SELECT generation, body FROM plans
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND document = ?2
                ORDER BY id LIMIT 1";
            let hash = document_hash(&document.name).to_vec();
            Some((sql, &document.realm, hash.into()))
        }
        Subject::Vault(_)
        | Subject::Guard(_)
        | Subject::Backup(_)
        | Subject::Role(_)
        | Subject::RoleNamed(_)
        | Subject::User(_)
        | Subject::Holds(_)
        | Subject::Hold(_)
        | Subject::Source(_)
        | Subject::SourceOfPath(_)
        | Subject::Job(_)
        | Subject::BackupToken(_)
        | Subject::RestoreToken(_)
        | Subject::CopyToken(_)
        | Subject::Token(_)
        | Subject::Slot(_) => None,
    }
}

/// The generation of the plan that stands for `subject`.
pub(super) fn generation(
    db: &Connection,
    subject: &Subject,
) -> Result<Option<i64>, rusqlite::Error> {
    let Some((sql, realm, key)) = place(subject) else { return Ok(None) };
    let found = db.prepare_cached(sql)?.query_row(params![realm.as_str(), key], |row| row.get(0));
    found.optional()
}

/// The plan that stands for `subject`.
pub(super) fn thing(
    db: &Connection,
    subject: &Subject,
) -> Result<(Generation, Option<Thing>), Cause> {
    let Some((sql, realm, key)) = place(subject) else { return Ok((Generation(0), None)) };
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![realm.as_str(), key])?;
    let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
    let generation = Generation(unsigned(row.get(0)?)?);
    let plan: Plan = decode(row.get_ref(1)?.as_str()?)?;
    Ok((generation, Some(Thing::Plan(Box::new(plan)))))
}

/// How many plans a realm has; with the records of those that were deleted, or without.
pub(super) fn count(db: &Connection, realm: &Realm, deleted: bool) -> Result<u64, Cause> {
    let sql = "SELECT count(*) FROM plans
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND (?2 OR NOT deleted)";
    let key = params![realm.as_str(), deleted];
    unsigned(db.prepare_cached(sql)?.query_row(key, |row| row.get(0))?)
}

/// Pages by the id, which a plan keeps.
pub(super) fn list(
    db: &Connection,
    realm: &Realm,
    deleted: bool,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Plan>, Cause> {
    let last = after.map_or_else(Vec::new, |cursor| cursor.0.clone());
    let sql = "SELECT id, body FROM plans
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND id > ?2
            AND (?3 OR NOT deleted)
        ORDER BY id LIMIT ?4";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query(params![realm.as_str(), last, deleted, limit_of(limit)?])?;
    page_of_bodies(rows, limit)
}

/// Pages by the id, which a version keeps.
pub(super) fn list_versions(
    db: &Connection,
    plan: &InRealm<PlanId>,
    one: Option<VersionId>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<PlanVersion>, Cause> {
    let last = after.map_or_else(Vec::new, |cursor| cursor.0.clone());
    let sql = "SELECT id, body FROM plan_versions
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND plan = ?2 AND id > ?3
            AND (?4 IS NULL OR id = ?4)
        ORDER BY id LIMIT ?5";
    let mut statement = db.prepare_cached(sql)?;
    let one = one.map(|one| one.as_bytes().to_vec());
    let (realm, id) = (plan.realm.as_str(), plan.name.as_bytes());
    let rows = statement.query(params![realm, id, last, one, limit_of(limit)?])?;
    page_of_bodies(rows, limit)
}

/// Pages by (due, realm, id), as [sources](super::listing) that are due.
pub(super) fn due(
    db: &Connection,
    now: Timestamp,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<InRealm<PlanId>>, Cause> {
    let mut last = match after {
        None => (i64::MIN, i64::MIN, Vec::new()),
        Some(Cursor(bytes)) => {
            let (numbers, id) = bytes.split_at_checked(16).ok_or("a cursor is too short")?;
            let (due, realm) = parse_cursor(&Cursor(numbers.to_vec()))?;
            (due, realm, id.to_vec())
        }
    };
    let sql = "SELECT due_ms, plans.realm, plans.id, realms.realm FROM plans
        JOIN realms ON realms.id = plans.realm
        WHERE due_ms IS NOT NULL AND (due_ms, plans.realm, plans.id) > (?1, ?2, ?3)
            AND due_ms > ?4 AND due_ms <= ?5
        ORDER BY due_ms, plans.realm, plans.id LIMIT ?6";
    let mut statement = db.prepare_cached(sql)?;
    let mut items = Vec::new();
    let late = now.saturating_add(SOURCE_DUE_AHEAD).unwrap_or(Timestamp::MAX).as_millisecond();
    for (from, to) in [(i64::MIN, now.as_millisecond()), (late, i64::MAX)] {
        let left = limit_of(limit - items.len())?;
        let mut rows = statement.query(params![last.0, last.1, last.2, from, to, left])?;
        while let Some(row) = rows.next()? {
            let realm: Realm = row.get_ref(3)?.as_str()?.parse()?;
            last = (row.get(0)?, row.get(1)?, row.get(2)?);
            items.push(realm.with(PlanId::from_bytes(row.get(2)?)));
        }
    }
    let next = (items.len() == limit).then(|| {
        let Cursor(mut bytes) = make_cursor(last.0, last.1);
        bytes.extend_from_slice(&last.2);
        Cursor(bytes)
    });
    Ok(Page { items, next })
}
