//! Realms and vaults that come and go.

use rusqlite::{Connection, params};
use sexton_core::{InRealm, Realm, Vault, VaultName};

use super::super::counters::{Counters, Difference, Settlement};
use super::super::tokens;
use super::expect::one;
use super::secrets::remove_secrets_of;
use crate::{Cause, Commit};

/// The number of a realm in which something is to be stored.
pub(super) fn begin_realm(db: &Connection, realm: &Realm) -> Result<i64, Cause> {
    let realm = realm.as_str();
    let sql = "SELECT id FROM realms WHERE realm = ?1 AND NOT dropped";
    if let Some(known) = one(db, sql, [&realm])? {
        return Ok(known);
    }
    let sql = "INSERT INTO realms (realm, dropped) VALUES (?1, FALSE)
        ON CONFLICT (realm) DO UPDATE SET dropped = FALSE WHERE dropped";
    db.prepare_cached(sql)?.execute([&realm])?;
    let found = one(db, "SELECT id FROM realms WHERE realm = ?1", [realm])?;
    Ok(found.ok_or("a realm that was written is not there")?)
}

/// Removes a realm that holds no backup, and that this very batch has not touched.
pub(super) fn drop_realm(
    db: &Connection,
    realm: &Realm,
    (next, difference): (&mut Counters, &mut Difference),
    settlement: &Settlement,
) -> Result<Commit, Cause> {
    let sql = "SELECT id FROM realms WHERE realm = ?1 AND NOT dropped";
    let Some(id) = one(db, sql, [realm.as_str()])? else { return Ok(Commit::Stale) };
    // What no vault keeps is counted with no vault.
    let sql = "SELECT 1 FROM backups WHERE realm = ?1 LIMIT 1";
    if db.prepare_cached(sql)?.exists([id])? {
        return Ok(Commit::Stale);
    }
    let sql = "SELECT 1 FROM holds WHERE realm = ?1 AND kept_ms IS NULL";
    if db.prepare_cached(sql)?.exists([id])? {
        return Ok(Commit::Stale);
    }
    let sql = "SELECT id FROM vaults WHERE realm = ?1";
    let mut vaults = db.prepare_cached(sql)?;
    let vaults: Vec<i64> = vaults.query_map([id], |row| row.get(0))?.collect::<Result<_, _>>()?;
    for vault in vaults {
        if let Commit::Stale = remove_vault(db, vault, settlement)? {
            return Ok(Commit::Stale);
        }
    }
    db.prepare_cached("DELETE FROM jobs WHERE realm = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM sources WHERE realm = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM holds WHERE realm = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM plans WHERE realm = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM plan_versions WHERE realm = ?1")?.execute([id])?;
    remove_secrets_of(db, id, difference)?;
    tokens::drop_realm(db, id, &mut next.tokens)?;
    let sql = "UPDATE realms SET dropped = TRUE, holds = 0 WHERE id = ?1";
    db.prepare_cached(sql)?.execute([id])?;
    Ok(Commit::Done)
}

/// The number of a vault.
pub(super) fn vault_id(
    db: &Connection,
    key: &InRealm<VaultName>,
) -> Result<Option<i64>, rusqlite::Error> {
    let sql = "SELECT id FROM vaults
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
    one(db, sql, params![key.realm.as_str(), key.name.as_str()])
}

/// Makes or replaces a vault. What one that is there protects its backups with stays.
pub(super) fn put_vault(
    db: &Connection,
    vault: &Vault,
    body: &str,
    generation: i64,
) -> Result<(), Cause> {
    let sql = "INSERT INTO vaults (realm, name, generation, guard, body)
        VALUES (?1, ?2, ?3, ?3, ?4)
        ON CONFLICT (realm, name) DO UPDATE SET generation = ?3, body = ?4";
    let realm = begin_realm(db, &vault.realm)?;
    let row = params![realm, vault.name.as_str(), generation, body];
    db.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// Replaces what a vault protects its backups with; an empty body stands for nothing.
pub(super) fn put_guard(
    db: &Connection,
    key: &InRealm<VaultName>,
    body: &str,
    generation: i64,
) -> Result<Commit, Cause> {
    let Some(id) = vault_id(db, key)? else { return Ok(Commit::Stale) };
    let body = (!body.is_empty()).then_some(body);
    let sql = "UPDATE vaults SET guard = ?2, guarded = ?3 WHERE id = ?1";
    db.prepare_cached(sql)?.execute(params![id, generation, body])?;
    Ok(Commit::Done)
}

/// Removes a vault that holds nothing, and that this very batch has not touched.
pub(super) fn remove_vault(
    db: &Connection,
    id: i64,
    settlement: &Settlement,
) -> Result<Commit, Cause> {
    let sql = "SELECT coalesce(sum(backups), 0) FROM counts WHERE vault = ?1";
    let stored = one(db, sql, [id])?.unwrap_or(0);
    // Also when this batch has just emptied it: its counts are settled after the rows are
    // written, and would be settled on the next vault that gets this id.
    let moved = settlement.backups.iter().any(|((vault, _), by)| *vault == id && *by != 0);
    if stored != 0 || moved {
        return Ok(Commit::Stale);
    }
    db.prepare_cached("DELETE FROM counts WHERE vault = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM vaults WHERE id = ?1")?.execute([id])?;
    Ok(Commit::Done)
}
