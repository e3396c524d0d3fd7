//! What is kept sealed of sources: a row, and a key in the ring that goes with it.

use rusqlite::{Connection, params};
use sexton_core::{InRealm, ResourceArn};

use super::super::counters::{Counters, Difference};
use super::super::rows::{signed, unsigned};
use super::realms::begin_realm;
use crate::keys::RingOp;
use crate::{Cause, Sealed};

/// Keeps something of a source; what was kept before goes.
pub(super) fn put_secret(
    db: &Connection,
    of: &InRealm<ResourceArn>,
    Sealed { key, body }: &Sealed,
    next: &mut Counters,
    difference: &mut Difference,
) -> Result<(), Cause> {
    remove_secret(db, of, difference)?;
    let realm = begin_realm(db, &of.realm)?;
    let slot = next.next_slot;
    next.next_slot += 1;
    let sql = "INSERT INTO secrets (slot, realm, arn, sealed) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(sql)?.execute(params![signed(slot)?, realm, of.name.as_str(), body])?;
    difference.ring.push(RingOp::Add(slot, key.copy()));
    Ok(())
}

/// Removes what is kept of a source, if there is anything.
pub(super) fn remove_secret(
    db: &Connection,
    of: &InRealm<ResourceArn>,
    difference: &mut Difference,
) -> Result<(), Cause> {
    let sql = "SELECT slot FROM secrets
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
    let mut slots = db.prepare_cached(sql)?;
    let slots = slots.query_map([of.realm.as_str(), of.name.as_str()], |row| row.get(0))?;
    remove(db, slots.collect::<Result<_, _>>()?, difference)
}

/// Removes what is kept of all sources of a realm.
pub(super) fn remove_secrets_of(
    db: &Connection,
    realm: i64,
    difference: &mut Difference,
) -> Result<(), Cause> {
    let mut slots = db.prepare_cached("SELECT slot FROM secrets WHERE realm = ?1")?;
    let slots = slots.query_map([realm], |row| row.get(0))?;
    remove(db, slots.collect::<Result<_, _>>()?, difference)
}

fn remove(db: &Connection, slots: Vec<i64>, difference: &mut Difference) -> Result<(), Cause> {
    for slot in slots {
        db.prepare_cached("DELETE FROM secrets WHERE slot = ?1")?.execute([slot])?;
        difference.ring.push(RingOp::Destroy(unsigned(slot)?));
    }
    Ok(())
}
