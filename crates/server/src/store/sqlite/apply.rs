//! One change inside the writer's transaction: check what it expects, write what it says.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension, params};
use sexton_core::{
    Content, Epoch, ErasureJob, Event, JobId, RecoveryPoint, RecoveryPointArn, Source, SourceKind,
    State, VaultName,
};

use super::read;
use super::rows::{JobRow, decode, due_ms, encode, signed, state_number, unsigned};
use crate::keys::RingOp;
use crate::merkle::{Frontier, leaf_hash};
use crate::seal::DataKey;
use crate::store::{Cause, Change, Commit, Expect, Generation, Subject, Write, trail};

/// What the writer knows beyond the tables. Copied before each change, and restored
/// when the change comes to nothing.
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
    pub(super) points: HashMap<(i64, i64), i64>,
}

/// What one change alone adds to the settlement.
#[derive(Debug, Default)]
struct Tally {
    ring: Vec<RingOp>,
    points: Vec<((i64, i64), i64)>,
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
    change: &Change,
    counters: &mut Counters,
    settlement: &mut Settlement,
) -> Applied {
    for expect in &change.expects {
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
    change: &Change,
    counters: &mut Counters,
    settlement: &mut Settlement,
) -> Result<Commit, Cause> {
    let mut next = counters.clone();
    let mut tally = Tally::default();
    for write in &change.writes {
        next.generation += 1;
        if let Commit::Stale = apply_write(db, write, &mut next, &mut tally, settlement)? {
            return Ok(Commit::Stale);
        }
    }
    if let Some(event) = &change.event {
        append_event(db, event, &mut next)?;
    }
    *counters = next;
    settlement.ring.append(&mut tally.ring);
    for (key, by) in tally.points {
        *settlement.points.entry(key).or_default() += by;
    }
    Ok(Commit::Done)
}

fn generation(db: &Connection, expect: &Expect) -> Result<Generation, Cause> {
    let found: Option<i64> = match &expect.subject {
        Subject::Vault(name) => {
            one(db, "SELECT generation FROM vaults WHERE name = ?1", name.as_str())?
        }
        Subject::Point(arn) => {
            one(db, "SELECT generation FROM points WHERE arn = ?1", arn.as_str())?
        }
        Subject::Role(arn) => one(db, "SELECT generation FROM roles WHERE arn = ?1", arn.as_str())?,
        Subject::Source(arn) => {
            one(db, "SELECT generation FROM sources WHERE arn = ?1", arn.as_str())?
        }
        Subject::SourceOfPath(path) => source_of_path(db, path)?,
        Subject::Job(id) => one(db, "SELECT generation FROM jobs WHERE id = ?1", id.as_bytes())?,
        Subject::Erasure(id) => {
            one(db, "SELECT generation FROM erasures WHERE id = ?1", id.as_bytes())?
        }
    };
    Ok(Generation(unsigned(found.unwrap_or(0))?))
}

/// Looks at every source: they are few, and this is asked at a registration alone.
fn source_of_path(db: &Connection, path: &str) -> Result<Option<i64>, Cause> {
    let mut sources = db.prepare_cached("SELECT generation, body FROM sources")?;
    let mut rows = sources.query([])?;
    while let Some(row) = rows.next()? {
        let source: Source = decode(row.get_ref(1)?.as_str()?)?;
        if matches!(source.kind, SourceKind::Fsx { path: known } if known == path) {
            return Ok(Some(row.get(0)?));
        }
    }
    Ok(None)
}

fn one(
    db: &Connection,
    sql: &str,
    key: impl rusqlite::ToSql,
) -> Result<Option<i64>, rusqlite::Error> {
    db.prepare_cached(sql)?.query_row([key], |row| row.get(0)).optional()
}

fn apply_write(
    db: &Connection,
    write: &Write,
    next: &mut Counters,
    tally: &mut Tally,
    settlement: &Settlement,
) -> Result<Commit, Cause> {
    let generation = signed(next.generation)?;
    match write {
        Write::InsistFewer(of, bound) => {
            // Rows of the whole batch are there already, so nothing waits to be settled.
            if read::tally(db, *of)? >= *bound {
                return Ok(Commit::Stale);
            }
        }
        Write::PutVault(vault) => {
            let sql = "INSERT INTO vaults (name, generation, body) VALUES (?1, ?2, ?3)
                ON CONFLICT (name) DO UPDATE SET generation = ?2, body = ?3";
            let body = encode(vault)?;
            db.prepare_cached(sql)?.execute(params![vault.name.as_str(), generation, body])?;
        }
        Write::RemoveVault(name) => return remove_vault(db, name, settlement),
        Write::CreatePoint(point, key) => create_point(db, point, key, next, tally)?,
        Write::PutPoint(point) => put_point(db, point, next, tally)?,
        Write::BeginErasure(job) => begin_erasure(db, job, next, tally)?,
        Write::PutErasure(job) => {
            let sql = "UPDATE erasures SET due_ms = ?2, generation = ?3, body = ?4 WHERE id = ?1";
            let row = params![job.id.as_bytes(), due_ms(&job.state), generation, encode(job)?];
            expect_one(db.prepare_cached(sql)?.execute(row)?, "erasure")?;
        }
        Write::Certify(job, statement) => certify(db, *job, statement, next, tally)?,
        Write::PutBackupJob(job) => return put_job(db, job, generation),
        Write::PutRestoreJob(job) => return put_job(db, job, generation),
        Write::RemoveJob(id) => {
            let sql = "DELETE FROM jobs WHERE id = ?1";
            expect_one(db.prepare_cached(sql)?.execute([id.as_bytes()])?, "job")?;
        }
        Write::AddUse(arn, job) => {
            let sql = "INSERT OR IGNORE INTO uses (point, job) VALUES (?1, ?2)";
            let point = touch_point(db, arn, generation)?;
            db.prepare_cached(sql)?.execute(params![point, job.as_bytes()])?;
        }
        Write::RemoveUse(arn, job) => {
            let sql = "DELETE FROM uses WHERE point = ?1 AND job = ?2";
            let point = touch_point(db, arn, generation)?;
            db.prepare_cached(sql)?.execute(params![point, job.as_bytes()])?;
        }
        Write::PutSource(source) => {
            let sql = "INSERT OR REPLACE INTO sources (arn, generation, body) VALUES (?1, ?2, ?3)";
            let row = params![source.arn.as_str(), generation, encode(source)?];
            db.prepare_cached(sql)?.execute(row)?;
        }
        Write::RemoveSource(arn) => {
            db.prepare_cached("DELETE FROM sources WHERE arn = ?1")?.execute([arn.as_str()])?;
        }
        Write::AddMeans(means) => {
            let sql = "INSERT INTO means (body) VALUES (?1)";
            db.prepare_cached(sql)?.execute([encode(means)?])?;
        }
        Write::PutRole(role) => {
            let sql = "INSERT OR REPLACE INTO roles (arn, generation, body) VALUES (?1, ?2, ?3)";
            let row = params![role.arn.as_str(), generation, encode(role)?];
            db.prepare_cached(sql)?.execute(row)?;
        }
    }
    Ok(Commit::Done)
}

fn expect_one(rows: usize, what: &str) -> Result<(), Cause> {
    if rows == 1 { Ok(()) } else { Err(format!("{what} to be changed is not there").into()) }
}

/// Removes a vault that holds nothing, and that this very batch has not touched.
fn remove_vault(
    db: &Connection,
    name: &VaultName,
    settlement: &Settlement,
) -> Result<Commit, Cause> {
    let Some(id) = one(db, "SELECT id FROM vaults WHERE name = ?1", name.as_str())? else {
        return Ok(Commit::Stale);
    };
    let sql = "SELECT coalesce(sum(points), 0) FROM counts WHERE vault = ?1";
    let stored = one(db, sql, id)?.unwrap_or(0);
    // Also when this batch has just emptied it: its counts are settled after the rows are
    // written, and would be settled on the next vault that gets this id.
    let moved = settlement.points.iter().any(|((vault, _), by)| *vault == id && *by != 0);
    if stored != 0 || moved {
        return Ok(Commit::Stale);
    }
    db.prepare_cached("DELETE FROM counts WHERE vault = ?1")?.execute([id])?;
    db.prepare_cached("DELETE FROM vaults WHERE id = ?1")?.execute([id])?;
    Ok(Commit::Done)
}

fn create_point(
    db: &Connection,
    point: &RecoveryPoint,
    key: &DataKey,
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let vault = one(db, "SELECT id FROM vaults WHERE name = ?1", point.vault.as_str())?
        .ok_or("the vault of a new recovery point is not there")?;
    let slot = next.next_slot;
    next.next_slot += 1;
    let state = state_number(&point.state);
    let sql = "INSERT INTO points
        (arn, vault, created_ms, resource, state, generation, key_slot, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8)";
    db.prepare_cached(sql)?.execute(params![
        point.arn.as_str(),
        vault,
        point.created.as_millisecond(),
        point.resource.as_str(),
        state,
        signed(next.generation)?,
        signed(slot)?,
        encode(point)?,
    ])?;
    tally.ring.push(RingOp::Add(slot, DataKey::from_bytes(*key.as_bytes())));
    tally.points.push(((vault, state), 1));
    Ok(())
}

fn put_point(
    db: &Connection,
    point: &RecoveryPoint,
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let sql = "SELECT id, vault, state FROM points WHERE arn = ?1";
    let (id, vault, before): (i64, i64, i64) = db
        .prepare_cached(sql)?
        .query_row([point.arn.as_str()], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    let after = state_number(&point.state);
    let sql = "UPDATE points SET state = ?2, generation = ?3, body = ?4 WHERE id = ?1";
    let row = params![id, after, signed(next.generation)?, encode(point)?];
    db.prepare_cached(sql)?.execute(row)?;
    if before != after {
        if before == state_number(&State::Creating) {
            next.stored_bytes += stored_bytes(point.state.content());
        }
        tally.points.extend([((vault, before), -1), ((vault, after), 1)]);
    }
    Ok(())
}

/// Counts a change to what protects a point, and tells its row.
fn touch_point(db: &Connection, arn: &RecoveryPointArn, generation: i64) -> Result<i64, Cause> {
    let sql = "UPDATE points SET generation = ?2 WHERE arn = ?1 RETURNING id";
    let touched =
        db.prepare_cached(sql)?.query_row(params![arn.as_str(), generation], |row| row.get(0));
    Ok(touched.optional()?.ok_or("the recovery point in use is not there")?)
}

fn begin_erasure(
    db: &Connection,
    job: &ErasureJob,
    next: &Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let sql = "SELECT id, key_slot FROM points WHERE arn = ?1";
    let (point, slot): (i64, i64) = db
        .prepare_cached(sql)?
        .query_row([job.point.as_str()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let job = ErasureJob { epoch: Epoch(next.epoch), ..job.clone() };
    let sql = "INSERT INTO erasures (id, due_ms, generation, point, epoch, decided_ms, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7)";
    db.prepare_cached(sql)?.execute(params![
        job.id.as_bytes(),
        due_ms(&job.state),
        signed(next.generation)?,
        point,
        signed(next.epoch)?,
        job.decided.as_millisecond(),
        encode(&job)?,
    ])?;
    tally.ring.push(RingOp::Destroy(unsigned(slot)?));
    Ok(())
}

fn certify(
    db: &Connection,
    job: JobId,
    statement: &str,
    next: &mut Counters,
    tally: &mut Tally,
) -> Result<(), Cause> {
    let sql = "DELETE FROM erasures WHERE id = ?1 RETURNING point, body";
    let (point, body): (i64, String) = db
        .prepare_cached(sql)?
        .query_row([job.as_bytes()], |row| Ok((row.get(0)?, row.get(1)?)))?;
    let erased = stored_bytes(decode::<ErasureJob>(&body)?.content.as_ref());
    next.stored_bytes = next.stored_bytes.saturating_sub(erased);
    next.erased_bytes += erased;
    let sql = "DELETE FROM points WHERE id = ?1 RETURNING arn, vault, state";
    let (arn, vault, state): (String, i64, i64) = db
        .prepare_cached(sql)?
        .query_row([point], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))?;
    tally.points.push(((vault, state), -1));
    let leaf = signed(next.log.size())?;
    let sql = "INSERT INTO certificates (leaf, arn, body) VALUES (?1, ?2, ?3)";
    db.prepare_cached(sql)?.execute(params![leaf, arn, statement])?;
    let sql = "INSERT INTO log_nodes (level, node, hash) VALUES (?1, ?2, ?3)";
    for (id, hash) in next.log.append(leaf_hash(statement.as_bytes())) {
        db.prepare_cached(sql)?.execute(params![id.level, signed(id.index)?, hash])?;
    }
    Ok(())
}

fn stored_bytes(content: Option<&Content>) -> u64 {
    content.map_or(0, |content| content.stored_bytes)
}

fn put_job<T: JobRow>(db: &Connection, job: &T, generation: i64) -> Result<Commit, Cause> {
    if let Some(token) = job.token() {
        let sql = "SELECT 1 FROM jobs WHERE kind = ?1 AND token = ?2 AND id <> ?3";
        let (kind, id) = (T::KIND.number(), job.id());
        if db.prepare_cached(sql)?.exists(params![kind, token, id.as_bytes()])? {
            return Ok(Commit::Stale);
        }
    }
    let sql = "INSERT INTO jobs (id, kind, running, generation, token, body)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6)
        ON CONFLICT (id) DO UPDATE SET running = ?3, generation = ?4, body = ?6";
    db.prepare_cached(sql)?.execute(params![
        job.id().as_bytes(),
        T::KIND.number(),
        job.running(),
        generation,
        job.token(),
        encode(job)?,
    ])?;
    Ok(Commit::Done)
}

/// Appends to the audit trail. Each event is chained to the one before it.
fn append_event(db: &Connection, event: &Event, next: &mut Counters) -> Result<(), Cause> {
    let body = encode(event)?;
    next.last_event = trail::next(&next.last_event, &body);
    let sql = "INSERT INTO events (body, hash) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![body, next.last_event])?;
    Ok(())
}
