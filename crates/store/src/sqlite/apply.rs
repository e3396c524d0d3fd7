//! One change inside the writer's transaction: check what it expects, write what it says.

use jiff::Timestamp;
use rusqlite::{Connection, params};
use sexton_core::{InRealm, Source, TOKENS_MAX};

use super::counters::{Counters, Difference, Settlement};
use super::encoded::Encoded;
use super::rows::{JobRow, signed};
use super::{read, tokens};
use crate::{Cause, Commit, Write};

mod backups;
mod expect;
mod holds;
mod identities;
mod log;
mod plans;
mod realms;
mod secrets;

use backups::{
    Seen, begin_erasure, certify, create_backup, put_backup, put_off_expiry, remove_record,
    touch_backup,
};
pub(super) use expect::Standing;
use holds::{put_hold, remove_hold};
use identities::{put_role, put_user, remove_user};
use log::{append_event, append_leaf, redact};
use plans::{put_plan, remove_plan};
use realms::{begin_realm, drop_realm, put_guard, put_vault, remove_vault, vault_id};
use secrets::{put_secret, remove_secret};

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
/// untouched. `standing` is that of the open transaction.
pub(super) fn apply<'a>(
    db: &Connection,
    change: &'a Encoded,
    counters: &mut Counters,
    settlement: &mut Settlement,
    standing: &mut Standing<'a>,
) -> Applied {
    let mut seen = None;
    for expect in &change.change.expects {
        match standing.generation(db, expect, &mut seen) {
            Ok(now) if now == expect.generation => (),
            Ok(_) => return Applied::Stale,
            Err(cause) => return Applied::Spoiled(Err(cause)),
        }
    }
    standing.note(&change.change);
    match write_all(db, change, seen, counters, settlement) {
        Ok(Commit::Done) => Applied::Done,
        spoiled => Applied::Spoiled(spoiled),
    }
}

fn write_all(
    db: &Connection,
    Encoded { change, bodies, event }: &Encoded,
    mut seen: Option<Seen<'_>>,
    counters: &mut Counters,
    settlement: &mut Settlement,
) -> Result<Commit, Cause> {
    let mut next = counters.clone();
    let mut difference = Difference::default();
    for (write, body) in change.writes.iter().zip(bodies) {
        next.generation += 1;
        // After the first write it may be another.
        let seen = seen.take();
        let written =
            apply_write(db, (write, body), seen, (&mut next, &mut difference), settlement)?;
        if let Commit::Stale = written {
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
    settlement.add(difference);
    Ok(Commit::Done)
}

fn apply_write(
    db: &Connection,
    (write, body): (&Write, &str),
    seen: Option<Seen<'_>>,
    (next, difference): (&mut Counters, &mut Difference),
    settlement: &Settlement,
) -> Result<Commit, Cause> {
    let generation = signed(next.generation)?;
    match write {
        Write::PutVault(vault) => put_vault(db, vault, body, generation)?,
        Write::PutGuard(key, _) => return put_guard(db, key, body, generation),
        Write::RemoveVault(key) => {
            let Some(vault) = vault_id(db, key)? else { return Ok(Commit::Stale) };
            return remove_vault(db, vault, settlement);
        }
        Write::CreateBackup(backup, key) => {
            create_backup(db, (backup, body), key, next, difference)?;
        }
        Write::PutBackup(backup) => put_backup(db, (backup, body), seen, next, difference)?,
        Write::RemoveBackup(key) => remove_record(db, key, difference)?,
        Write::PutToken(key, token) => {
            let realm = begin_realm(db, &key.realm)?;
            let new = tokens::New { realm, key, token, body, generation };
            return tokens::put(db, &new, &mut next.tokens, TOKENS_MAX);
        }
        Write::ForgetTokens(until) => tokens::forget(db, *until, &mut next.tokens)?,
        Write::PutOffExpiry(key, until) => put_off_expiry(db, key, *until)?,
        Write::BeginErasure(backup) => {
            begin_erasure(db, (backup, body), seen, next, difference)?;
        }
        Write::Certify(slot, statement, _) => {
            certify(db, *slot, (statement, body), next, difference)?;
        }
        Write::Announce(statement) => append_leaf(db, (0, ""), (statement, ""), next)?,
        Write::Redact(leaves) => redact(db, leaves)?,
        Write::PutBackupJob(job) => return put_job(db, job, body, generation),
        Write::PutRestoreJob(job) => return put_job(db, job, body, generation),
        Write::PutCopyJob(job) => return put_job(db, job, body, generation),
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
        Write::PutSource(source) => put_source(db, source, body, generation)?,
        Write::PutSecret(of, sealed) => put_secret(db, of, sealed, next, difference)?,
        Write::RemoveSecret(of) => remove_secret(db, of, difference)?,
        Write::RemoveSource(key @ InRealm { realm, name }) => {
            remove_secret(db, key, difference)?;
            let sql = "DELETE FROM sources
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
            db.prepare_cached(sql)?.execute(params![realm.as_str(), name.as_str()])?;
        }
        Write::DropRealm(realm) => return drop_realm(db, realm, (next, difference), settlement),
        Write::PutHold(hold) => put_hold(db, hold, body, generation)?,
        Write::RemoveHold(key) => remove_hold(db, key)?,
        Write::PutPlan(plan) => put_plan(db, plan, body, generation)?,
        Write::RemovePlan(key) => remove_plan(db, key)?,
        Write::AddMeans(_) => {
            let sql = "INSERT INTO means (body) VALUES (?1)";
            db.prepare_cached(sql)?.execute([body])?;
        }
        Write::PutRole(role) => put_role(db, role, body, generation)?,
        Write::PutUser(user) => put_user(db, user, body, generation)?,
        Write::RemoveUser(name) => remove_user(db, name)?,
    }
    Ok(Commit::Done)
}

pub(super) fn expect_one(rows: usize, what: &str) -> Result<(), Cause> {
    if rows == 1 { Ok(()) } else { Err(format!("{what} to be changed is not there").into()) }
}

fn put_source(db: &Connection, source: &Source, body: &str, generation: i64) -> Result<(), Cause> {
    let sql = "INSERT OR REPLACE INTO sources (realm, arn, generation, body, due_ms)
        VALUES (?1, ?2, ?3, ?4, ?5)";
    let realm = begin_realm(db, &source.realm)?;
    let due = source.offered.due().map(Timestamp::as_millisecond);
    let row = params![realm, source.arn.as_str(), generation, body, due];
    db.prepare_cached(sql)?.execute(row)?;
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
