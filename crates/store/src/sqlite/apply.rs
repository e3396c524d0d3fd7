//! One change inside the writer's transaction: check what it expects, write what it says.

use std::collections::HashMap;

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, params};
use sexton_core::{Backup, BackupName, DataKey, FileSystemId, InRealm, Keeper, Realm, VaultName};

use super::encoded::Encoded;
use super::read;
use super::rows::{
    BackupRow, CREATING, FAILED, FAILED_ERASING, JobKind, JobRow, decode, encode,
    file_system_number, is_erasing, resource_number, root_number, signed, token_id, unsigned,
};
use crate::keys::RingOp;
use crate::merkle::{Frontier, leaf_hash};
use crate::{Cause, Commit, Expect, Generation, Slot, Subject, Write, trail};

/// What the writer knows beyond the tables. Copied before each change, and restored
/// when the change fails.
#[derive(Debug, Clone)]
pub(super) struct Counters {
    pub(super) generation: u64,
    pub(super) next_slot: u64,
    pub(super) epoch: u64,
    pub(super) stored_bytes: u64,
    pub(super) erased_bytes: u64,
    pub(super) last_event: [u8; 32],
    pub(super) log: Frontier,
}

/// What the changes of one batch add up to, settled at its end.
#[derive(Debug, Default)]
pub(super) struct Settlement {
    pub(super) ring: Vec<RingOp>,
    /// Differences of `counts` by vault and state.
    pub(super) backups: HashMap<(i64, i64), i64>,
}

/// What one change alone adds to the settlement.
#[derive(Debug, Default)]
struct Tally {
    ring: Vec<RingOp>,
    backups: Vec<((i64, i64), i64)>,
}

/// What applying a change came to.
pub(super) enum Applied {
    /// All of it is written.
    Done,
    /// Something that it was decided from has moved; none of it is written.
    Stale,
    /// It came to this after rows may have been written, which the caller must undo.
    Spoiled(Result<Commit, Cause>),
}

/// Checks and writes one change. Unless it is done, `counters` and `settlement` are
/// untouched.
pub(super) fn apply(
    db: &Connection,
    change: &Encoded,
    counters: &mut Counters,
    settlement: &mut Settlement,
) -> Applied {
    for expect in &change.change.expects {
        match generation(db, expect) {
            Ok(now) if now == expect.generation => (),
            Ok(_) => return Applied::Stale,
            Err(cause) => return Applied::Spoiled(Err(cause)),
        }
    }
    match write_all(db, change, counters, settlement) {
        Ok(Commit::Done) => Applied::Done,
        spoiled => Applied::Spoiled(spoiled),
    }
}

fn write_all(
    db: &Connection,
    Encoded { change, bodies, event }: &Encoded,
    counters: &mut Counters,
    settlement: &mut Settlement,
) -> Result<Commit, Cause> {
    let mut next = counters.clone();
    let mut tally = Tally::default();
    for (write, body) in change.writes.iter().zip(bodies) {
        next.generation += 1;
        if let Commit::Stale = apply_write(db, (write, body), &mut next, &mut tally, settlement)? {
            return Ok(Commit::Stale);
        }
    }
    for (of, most) in &change.requires {
        // Rows of the whole batch are there already, so nothing waits to be settled.
        if read::tally(db, of)? > *most {
            return Ok(Commit::Stale);
        }
    }
    if let Some(body) = event {
        append_event(db, body, &mut next)?;
    }
    *counters = next;
    settlement.ring.append(&mut tally.ring);
    for (key, by) in tally.backups {
        *settlement.backups.entry(key).or_default() += by;
    }
    Ok(Commit::Done)
}

fn generation(db: &Connection, expect: &Expect) -> Result<Generation, Cause> {
    let found: Option<i64> = match &expect.subject {
        Subject::Vault(InRealm { realm, name }) => {
            let sql = "SELECT generation FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            one(db, sql, params![realm.to_string(), name.as_str()])?
        }
        Subject::Guard(InRealm { realm, name }) => {
            let sql = "SELECT guard FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            one(db, sql, params![realm.to_string(), name.as_str()])?
        }
        Subject::Backup(InRealm { realm, name }) => {
            let sql = "SELECT generation FROM backups
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
            one(db, sql, params![realm.to_string(), name.as_str()])?
        }
        Subject::Slot(slot) => {
            one(db, "SELECT generation FROM backups WHERE slot = ?1", [signed(slot.0)?])?
        }
        Subject::Role(arn) => {
            one(db, "SELECT generation FROM roles WHERE arn = ?1", [arn.as_str()])?
        }
        Subject::Source(InRealm { realm, name }) => {
            let sql = "SELECT generation FROM sources
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
            one(db, sql, params![realm.to_string(), name.as_str()])?
        }
        Subject::SourceOfPath(path) => {
            let found = read::source_of_path(db, path)?;
            return Ok(found.map_or(Generation(0), |(generation, _)| generation));
        }
        Subject::BackupToken(token) => of_token(db, JobKind::Backup, token)?,
        Subject::RestoreToken(token) => of_token(db, JobKind::Restore, token)?,
        Subject::Token(key) => {
            one(db, "SELECT generation FROM tokens WHERE id = ?1", [token_id(key)])?
        }
        Subject::Job(id) => one(db, "SELECT generation FROM jobs WHERE id = ?1", [id.as_bytes()])?,
    };
    Ok(Generation(unsigned(found.unwrap_or(0))?))
}

fn of_token(
    db: &Connection,
    kind: JobKind,
    token: &InRealm<String>,
) -> Result<Option<i64>, rusqlite::Error> {
    let sql = "SELECT generation FROM jobs
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND kind = ?2 AND token = ?3
        ORDER BY seq LIMIT 1";
    one(db, sql, params![token.realm.to_string(), kind.number(), token.name])
}

fn one(
    db: &Connection,
    sql: &str,
    key: impl rusqlite::Params,
) -> Result<Option<i64>, rusqlite::Error> {
    db.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()
}

fn apply_write(
    db: &Connection,
    (write, body): (&Write, &str),
    next: &mut Counters,
    tally: &mut Tally,
    settlement: &Settlement,
) -> Result<Commit, Cause> {
    let generation = signed(next.generation)?;
    match write {
        Write::PutVault(vault) => {
            let sql = "INSERT INTO vaults (realm, name, generation, guard, body)
                VALUES (?1, ?2, ?3, ?3, ?4)
                ON CONFLICT (realm, name) DO UPDATE SET generation = ?3, body = ?4";
            let realm = begin_realm(db, &vault.realm)?;
            let row = params![realm, vault.name.as_str(), generation, body];
            db.prepare_cached(sql)?.execute(row)?;
        }
        Write::RemoveVault(key) => {
            let Some(vault) = vault_id(db, key)? else { return Ok(Commit::Stale) };
            return remove_vault(db, vault, settlement);
        }
        Write::CreateBackup(backup, key) => create_backup(db, (backup, body), key, next, tally)?,
        Write::PutBackup(backup) => put_backup(db, (backup, body), next, tally)?,
        Write::RemoveBackup(key) => remove_record(db, key, tally)?,
        Write::PutToken(key, token) => {
            let sql = "INSERT OR IGNORE INTO tokens (id, realm, generation, used_ms, body)
                VALUES (?1, (SELECT id FROM realms WHERE realm = ?2), ?3, ?4, ?5)";
            let (realm, used) = (key.realm.to_string(), token.used.as_millisecond());
            let row = params![token_id(key), realm, generation, used, body];
            if db.prepare_cached(sql)?.execute(row)? == 0 {
                return Ok(Commit::Stale);
            }
        }
        Write::ForgetTokens(until) => {
            let sql = "DELETE FROM tokens WHERE id IN
                (SELECT id FROM tokens WHERE used_ms < ?1 ORDER BY used_ms LIMIT ?2)";
            let key = params![until.as_millisecond(), TOKENS_TOGETHER];
            db.prepare_cached(sql)?.execute(key)?;
        }
        Write::PutOffExpiry(key, until) => put_off_expiry(db, key, *until)?,
        Write::BeginErasure(backup) => begin_erasure(db, (backup, body), next, tally)?,
        Write::Certify(slot, statement, _) => certify(db, *slot, (statement, body), next, tally)?,
        Write::Announce(statement) => append_leaf(db, (0, ""), (statement, ""), next)?,
        Write::Redact(leaves) => redact(db, leaves)?,
        Write::PutBackupJob(job) => return put_job(db, job, body, generation),
        Write::PutRestoreJob(job) => return put_job(db, job, body, generation),
        Write::RemoveJob(id) => {
            let sql = "DELETE FROM jobs WHERE id = ?1";
            expect_one(db.prepare_cached(sql)?.execute([id.as_bytes()])?, "job")?;
        }
        Write::AddUse(key, reads) => {
            let sql = "INSERT OR IGNORE INTO uses (slot, job, body) VALUES (?1, ?2, ?3)";
            let slot = touch_backup(db, key, generation)?;
            db.prepare_cached(sql)?.execute(params![slot, reads.job.as_bytes(), body])?;
        }
        Write::RemoveUse(key, job) => {
            let sql = "DELETE FROM uses WHERE slot = ?1 AND job = ?2";
            let slot = touch_backup(db, key, generation)?;
            db.prepare_cached(sql)?.execute(params![slot, job.as_bytes()])?;
        }
        Write::PutSource(source) => {
            let sql = "INSERT OR REPLACE INTO sources (realm, arn, generation, body, due_ms)
                VALUES (?1, ?2, ?3, ?4, ?5)";
            let realm = begin_realm(db, &source.realm)?;
            let due = source.offered.due().map(Timestamp::as_millisecond);
            let row = params![realm, source.arn.as_str(), generation, body, due];
            db.prepare_cached(sql)?.execute(row)?;
        }
        Write::RemoveSource(InRealm { realm, name }) => {
            let sql = "DELETE FROM sources
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
            db.prepare_cached(sql)?.execute(params![realm.to_string(), name.as_str()])?;
        }
        Write::DropRealm(realm) => return drop_realm(db, realm, settlement),
        Write::AddMeans(_) => {
            let sql = "INSERT INTO means (body) VALUES (?1)";
            db.prepare_cached(sql)?.execute([body])?;
        }
        Write::PutRole(role) => {
            let sql = "INSERT OR REPLACE INTO roles (arn, generation, body) VALUES (?1, ?2, ?3)";
            let row = params![role.arn.as_str(), generation, body];
            db.prepare_cached(sql)?.execute(row)?;
        }
    }
    Ok(Commit::Done)
}

fn expect_one(rows: usize, what: &str) -> Result<(), Cause> {
    if rows == 1 { Ok(()) } else { Err(format!("{what} to be changed is not there").into()) }
}

/// The number of a realm in which something is to be stored.
fn begin_realm(db: &Connection, realm: &Realm) -> Result<i64, Cause> {
    let sql = "INSERT INTO realms (realm, dropped) VALUES (?1, FALSE)
        ON CONFLICT (realm) DO UPDATE SET dropped = FALSE WHERE dropped";
    let realm = realm.to_string();
    db.prepare_cached(sql)?.execute([&realm])?;
    let found = one(db, "SELECT id FROM realms WHERE realm = ?1", [realm])?;
    Ok(found.ok_or("a realm that was written is not there")?)
}

/// Removes a realm that holds no backup, and that this very batch has not touched.
fn drop_realm(db: &Connection, realm: &Realm, settlement: &Settlement) -> Result<Commit, Cause> {
    let sql = "SELECT id FROM realms WHERE realm = ?1 AND NOT dropped";
    let Some(id) = one(db, sql, [realm.to_string()])? else { return Ok(Commit::Stale) };
    // What no vault keeps is counted with no vault.
    let sql = "SELECT 1 FROM backups WHERE realm = ?1 LIMIT 1";
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
    db.prepare_cached("DELETE FROM tokens WHERE realm = ?1")?.execute([id])?;
    db.prepare_cached("UPDATE realms SET dropped = TRUE WHERE id = ?1")?.execute([id])?;
    Ok(Commit::Done)
}

fn vault_id(db: &Connection, key: &InRealm<VaultName>) -> Result<Option<i64>, rusqlite::Error> {
    let sql = "SELECT id FROM vaults
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
    one(db, sql, params![key.realm.to_string(), key.name.as_str()])
}

/// Removes a vault that holds nothing, and that this very batch has not touched.
fn remove_vault(db: &Connection, id: i64, settlement: &Settlement) -> Result<Commit, Cause> {
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

/// Tokens that are forgotten together.
const TOKENS_TOGETHER: i64 = 10_000;

/// Stands for the vault of a backup that no vault keeps.
const NO_VAULT: i64 = 0;

fn create_backup(
    db: &Connection,
    (backup, body): (&Backup, &str),
    key: &DataKey,
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let vault = match &backup.keeper {
        Keeper::Vault(kept) => vault_id(db, &backup.realm.with(kept.vault.clone()))?
            .ok_or("the vault of a new recovery point is not there")?,
        Keeper::FileSystem(_) => NO_VAULT,
    };
    let slot = next.next_slot;
    next.next_slot += 1;
    let row = BackupRow::of(backup);
    let sql = "INSERT INTO backups
        (slot, arn, vault, created_ms, resource, kind, state, generation, stored_bytes, due_ms,
         body, realm, fsx, file_system, root)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
            (SELECT id FROM realms WHERE realm = ?12), ?13, ?14, ?15)";
    let file_system = FileSystemId::of(&backup.source).filter(|_| row.is_of_fsx.is_some());
    let file_system = file_system.map(|id| file_system_number(&backup.realm, &id));
    let root = backup.copied_from().map(|_| root_number(backup.root()));
    db.prepare_cached(sql)?.execute(params![
        signed(slot)?,
        backup.name.as_str(),
        vault,
        backup.created.as_millisecond(),
        resource_number(&backup.realm, &backup.source),
        backup.source.resource_type().map(|kind| kind.0),
        row.state,
        signed(next.generation)?,
        signed(row.stored_bytes)?,
        row.due_ms,
        body,
        backup.realm.to_string(),
        row.is_of_fsx,
        file_system,
        root,
    ])?;
    tally.ring.push(RingOp::Add(slot, key.copy()));
    tally.backups.push(((vault, row.state), 1));
    Ok(())
}

/// A backup as it stands before it is changed.
struct Before {
    slot: i64,
    vault: i64,
    state: i64,
}

fn before(db: &Connection, backup: &Backup) -> Result<Before, Cause> {
    let sql = "SELECT slot, vault, state FROM backups
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
    let found = db
        .prepare_cached(sql)?
        .query_row([&backup.realm.to_string(), backup.name.as_str()], |row| {
            Ok(Before { slot: row.get(0)?, vault: row.get(1)?, state: row.get(2)? })
        })
        .optional()?;
    Ok(found.ok_or("the recovery point to be changed is not there")?)
}

/// What is being erased stays so until it is certified, and whatever is not begins to be
/// only together with the end of its key.
fn put_backup(
    db: &Connection,
    (backup, body): (&Backup, &str),
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let before = before(db, backup)?;
    let row = BackupRow::of(backup);
    if is_erasing(before.state) != is_erasing(row.state) {
        return Err("a point is erased from when its key goes until it is certified".into());
    }
    let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = ?4, due_ms = ?5,
        body = ?6, fsx = ?7 WHERE slot = ?1";
    db.prepare_cached(sql)?.execute(params![
        before.slot,
        row.state,
        signed(next.generation)?,
        signed(row.stored_bytes)?,
        row.due_ms,
        body,
        row.is_of_fsx,
    ])?;
    note_state(&before, &row, next, tally);
    Ok(())
}

/// The generation stays: when it is looked at again protects nothing.
fn put_off_expiry(
    db: &Connection,
    key: &InRealm<BackupName>,
    until: Timestamp,
) -> Result<(), Cause> {
    let sql = "UPDATE backups SET due_ms = ?3
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2
            AND epoch IS NULL AND due_ms IS NOT NULL";
    let row = params![key.realm.to_string(), key.name.as_str(), until.as_millisecond()];
    expect_one(db.prepare_cached(sql)?.execute(row)?, "expiry")
}

/// Counts a backup in its new state, and what it stores once that is known.
fn note_state(before: &Before, row: &BackupRow, next: &mut Counters, tally: &mut Tally) {
    if before.state == row.state {
        return;
    }
    if before.state == CREATING {
        next.stored_bytes += row.stored_bytes;
    }
    tally.backups.extend([((before.vault, before.state), -1), ((before.vault, row.state), 1)]);
}

/// Counts a change to what protects a backup, and tells its slot. A backup that is being
/// erased cannot be protected any more.
fn touch_backup(db: &Connection, key: &InRealm<BackupName>, generation: i64) -> Result<i64, Cause> {
    let sql = "UPDATE backups SET generation = ?3
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2 AND epoch IS NULL
        RETURNING slot";
    let touched = one(db, sql, params![key.realm.to_string(), key.name.as_str(), generation])?;
    Ok(touched.ok_or("the recovery point in use is not there")?)
}

fn begin_erasure(
    db: &Connection,
    (backup, body): (&Backup, &str),
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let before = before(db, backup)?;
    let row = BackupRow::of(backup);
    if is_erasing(before.state) || !is_erasing(row.state) {
        return Err("an erasure is begun once, and by a point that is being erased".into());
    }
    let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = ?4, due_ms = ?5,
        epoch = ?6, body = ?7, fsx = ?8 WHERE slot = ?1";
    db.prepare_cached(sql)?.execute(params![
        before.slot,
        row.state,
        signed(next.generation)?,
        signed(row.stored_bytes)?,
        row.due_ms,
        signed(next.epoch)?,
        body,
        row.is_of_fsx,
    ])?;
    tally.ring.push(RingOp::Destroy(unsigned(before.slot)?));
    note_state(&before, &row, next, tally);
    Ok(())
}

fn certify(
    db: &Connection,
    slot: Slot,
    (statement, openings): (&str, &str),
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    // Not one statement with RETURNING: that makes and drops a table of its own each time.
    let sql = "SELECT realm, arn, vault, state, stored_bytes FROM backups
        WHERE slot = ?1 AND epoch IS NOT NULL";
    let (realm, arn, vault, state, erased): (i64, String, i64, i64, i64) = db
        .prepare_cached(sql)?
        .query_row([signed(slot.0)?], |row| {
            Ok((row.get(0)?, row.get(1)?, row.get(2)?, row.get(3)?, row.get(4)?))
        })
        .optional()?
        .ok_or("the erasure to be certified is not there")?;
    if state == FAILED_ERASING {
        let left = leave_record(db, slot, next)?;
        tally.backups.push(((vault, left), 1));
    } else {
        db.prepare_cached("DELETE FROM backups WHERE slot = ?1")?.execute([signed(slot.0)?])?;
    }
    let erased = unsigned(erased)?;
    next.stored_bytes = next.stored_bytes.saturating_sub(erased);
    next.erased_bytes += erased;
    tally.backups.push(((vault, state), -1));
    append_leaf(db, (realm, &arn), (statement, openings), next)
}

/// Leaves the record of a backup that failed, and tells the number of its state.
fn leave_record(db: &Connection, slot: Slot, next: &Counters) -> Result<i64, Cause> {
    let sql = "SELECT body FROM backups WHERE slot = ?1";
    let slot = signed(slot.0)?;
    let body: String = db.prepare_cached(sql)?.query_row([slot], |row| row.get(0))?;
    let failed: Backup = decode(&body)?;
    let left = failed.after_certificate().ok_or("a failed backup leaves no record")?;
    let row = BackupRow::of(&left);
    let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = 0, due_ms = NULL,
        epoch = NULL, body = ?4 WHERE slot = ?1";
    let body = encode(&left)?;
    db.prepare_cached(sql)?.execute(params![slot, row.state, signed(next.generation)?, body])?;
    Ok(row.state)
}

/// Removes the record of a backup that failed, of which nothing else is left.
fn remove_record(
    db: &Connection,
    key: &InRealm<BackupName>,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let sql = "SELECT slot, vault FROM backups
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2 AND state = ?3";
    let row = params![key.realm.to_string(), key.name.as_str(), FAILED];
    let found = db.prepare_cached(sql)?;
    let (slot, vault): (i64, i64) = { found }
        .query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or("the record to be removed is not one of a failed backup")?;
    db.prepare_cached("DELETE FROM backups WHERE slot = ?1")?.execute([slot])?;
    tally.backups.push(((vault, FAILED), -1));
    Ok(())
}

/// Appends a leaf to the log, of a backup in its realm; of none of them for other leaves.
fn append_leaf(
    db: &Connection,
    (realm, arn): (i64, &str),
    (statement, openings): (&str, &str),
    next: &mut Counters,
) -> Result<(), Cause> {
    let leaf = signed(next.log.size())?;
    let sql = "INSERT INTO certificates (leaf, realm, arn, body) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(sql)?.execute(params![leaf, realm, arn, statement])?;
    if !openings.is_empty() {
        let sql = "INSERT INTO openings (leaf, body) VALUES (?1, ?2)";
        db.prepare_cached(sql)?.execute(params![leaf, openings.as_bytes()])?;
    }
    let sql = "INSERT INTO log_nodes (level, node, hash) VALUES (?1, ?2, ?3)";
    let completed = next.log.append(leaf_hash(statement.as_bytes()));
    for (id, hash) in completed.into_iter().filter(|(id, _)| id.is_kept()) {
        db.prepare_cached(sql)?.execute(params![id.level, signed(id.index)?, hash])?;
    }
    Ok(())
}

/// Overwrites in place, by zeros of the same length: a row that is removed or moved could leave
/// a copy in a page that nobody cleans.
fn redact(db: &Connection, leaves: &[u64]) -> Result<(), Cause> {
    let sql = "UPDATE openings SET body = zeroblob(length(body)) WHERE leaf = ?1";
    for leaf in leaves {
        expect_one(db.prepare_cached(sql)?.execute([signed(*leaf)?])?, "certificate")?;
    }
    Ok(())
}

fn put_job<T: JobRow>(
    db: &Connection,
    job: &T,
    body: &str,
    generation: i64,
) -> Result<Commit, Cause> {
    if let Some(token) = job.token() {
        let sql = "SELECT 1 FROM jobs
            WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND kind = ?2 AND token = ?3
                AND id <> ?4";
        let (realm, kind, id) = (job.realm().to_string(), T::KIND.number(), job.id());
        if db.prepare_cached(sql)?.exists(params![realm, kind, token, id.as_bytes()])? {
            return Ok(Commit::Stale);
        }
    }
    let sql = "INSERT INTO jobs (id, kind, ended_ms, generation, token, body, realm)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, (SELECT id FROM realms WHERE realm = ?7))
        ON CONFLICT (id) DO UPDATE SET ended_ms = ?3, generation = ?4, body = ?6";
    db.prepare_cached(sql)?.execute(params![
        job.id().as_bytes(),
        T::KIND.number(),
        job.ended().map(Timestamp::as_millisecond),
        generation,
        job.token(),
        body,
        job.realm().to_string(),
    ])?;
    Ok(Commit::Done)
}

/// Appends to the audit trail. Each event is chained to the one before it.
fn append_event(db: &Connection, body: &str, next: &mut Counters) -> Result<(), Cause> {
    next.last_event = trail::next(&next.last_event, body);
    let sql = "INSERT INTO events (body, hash) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![body, next.last_event])?;
    Ok(())
}
