//! What decisions, the log and the metrics read, each on one snapshot of the database.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, params};
use serde::de::DeserializeOwned;
use sexton_core::{
    Backup, BackupName, Event, Guard, InRealm, Realm, ResourceArn, RoleName, Source, SourceKind,
    Use, VaultName,
};

use super::holds;
use super::known::Known;
use super::listing::{limit_of, list_erasing};
use super::nodes::node;
use super::plans;
use super::rows::{
    JobKind, backup_columns, backup_of, decode, hash, is_erasing, resource_number, signed,
    state_name, unsigned, vault_of,
};
use super::tokens;
use crate::certificate::{Issued, LogEnd, Openings, TrailHead};
use crate::merkle::{Frontier, Hash, inclusion_proof, leaf_hash};
use crate::trail::{self, Link};
use crate::{Around, Cause, Follow, Generation, Reading, Subject, Sums, Tally, Thing};

/// A transaction that reads, for as long as this lives. Its begin and end are prepared once: every
/// deletion needs them.
struct Snapshot<'a>(&'a Connection);

impl<'a> Snapshot<'a> {
    fn begin(db: &'a Connection) -> Result<Self, Cause> {
        db.prepare_cached("BEGIN")?.execute([])?;
        Ok(Self(db))
    }
}

impl Drop for Snapshot<'_> {
    fn drop(&mut self) {
        // SQLite may have ended it by itself, after an error.
        if self.0.is_autocommit() {
            return;
        }
        let end = |db: &Connection| db.prepare_cached("ROLLBACK")?.execute([]);
        if let Err(error) = end(self.0) {
            tracing::error!(%error, "a reading transaction was not ended");
        }
    }
}

/// Everything that was asked for, in one transaction, so that it is as of one instant.
pub(super) fn read(
    db: &Connection,
    roots: &[Subject],
    follow: Follow,
    known: &Known,
) -> Result<Reading, Cause> {
    let snapshot = Snapshot::begin(db)?;
    let mut reading = Reading::default();
    let add = |reading: &mut Reading, subject: Subject| -> Result<(), Cause> {
        let (generation, found) = thing(snapshot.0, &subject, known)?;
        reading.add(subject, generation, found);
        Ok(())
    };
    for subject in roots {
        add(&mut reading, subject.clone())?;
    }
    let protectors = match follow {
        Follow::Nothing => Vec::new(),
        Follow::Protectors => reading.protectors(),
    };
    for subject in protectors {
        add(&mut reading, subject)?;
    }
    Ok(reading)
}

/// What is known of the backup of a slot.
const BACKUP_OF_SLOT: &str = concat!(
    "SELECT generation, slot, root,
        EXISTS (SELECT 1 FROM uses WHERE uses.slot = backups.slot), ",
    backup_columns!(),
    " FROM backups WHERE slot = ?1"
);

/// What stands for a subject, with its generation.
fn thing(
    db: &Connection,
    subject: &Subject,
    known: &Known,
) -> Result<(Generation, Option<Thing>), Cause> {
    match subject {
        Subject::Vault(InRealm { realm, name }) => {
            let sql = "SELECT generation, body, guarded FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([realm.as_str(), name.as_str()])?;
            let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
            let generation = Generation(unsigned(row.get(0)?)?);
            Ok((generation, Some(Thing::Vault(vault_of(row, 1)?))))
        }
        Subject::Guard(vault) => {
            let InRealm { realm, name } = vault;
            let sql = "SELECT guard, guarded FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            let mut statement = db.prepare_cached(sql)?;
            let mut rows = statement.query([realm.as_str(), name.as_str()])?;
            let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
            let generation = Generation(unsigned(row.get(0)?)?);
            let text = row.get_ref(1)?.as_str_or_null()?;
            Ok((generation, Some(Thing::Guard(guard(text, vault, known)?))))
        }
        Subject::Role(arn) => {
            let sql = "SELECT generation, body FROM roles WHERE arn = ?1";
            match (versioned(db, sql, [arn.as_str()], Thing::Role)?, RoleName::of(arn)) {
                ((_, None), Some(name)) => role_named(db, &name),
                (found, _) => Ok(found),
            }
        }
        Subject::RoleNamed(name) => role_named(db, name),
        Subject::User(name) => {
            let sql = "SELECT generation, body FROM users WHERE name = ?1";
            versioned(db, sql, [name.as_str()], |user| Thing::User(Box::new(user)))
        }
        Subject::Holds(realm) => holds::all(db, realm, known),
        Subject::Hold(key) => holds::hold(db, key),
        Subject::Source(InRealm { realm, name }) => {
            let sql = "SELECT generation, body FROM sources
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
            versioned(db, sql, [realm.as_str(), name.as_str()], Thing::Source)
        }
        Subject::SourceOfPath(path) => match source_of_path(db, path)? {
            None => Ok((Generation(0), None)),
            Some((generation, source)) => Ok((generation, Some(Thing::Source(source)))),
        },
        Subject::Backup(InRealm { realm, name }) => {
            let sql = concat!(
                "SELECT generation, slot, root,
                    EXISTS (SELECT 1 FROM uses WHERE uses.slot = backups.slot), ",
                backup_columns!(),
                " FROM backups WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2"
            );
            backup(db, sql, [realm.as_str(), name.as_str()])
        }
        Subject::Slot(slot) => backup(db, BACKUP_OF_SLOT, [signed(slot.0)?]),
        Subject::Job(id) => {
            let sql = "SELECT generation, body, kind FROM jobs WHERE id = ?1";
            job(db, sql, [id.as_bytes()])
        }
        Subject::BackupToken(token) => of_token(db, JobKind::Backup, token),
        Subject::RestoreToken(token) => of_token(db, JobKind::Restore, token),
        Subject::CopyToken(token) => of_token(db, JobKind::Copy, token),
        Subject::Token(key) => tokens::thing(db, key),
        Subject::Plan(_) | Subject::PlanOfToken(_) | Subject::PlanAlike(_) => {
            plans::thing(db, subject)
        }
    }
}

/// What `text`, that of the vault's row, says that it protects its backups with.
fn guard(text: Option<&str>, vault: &InRealm<VaultName>, known: &Known) -> Result<Guard, Cause> {
    let Some(text) = text else { return Ok(Guard::default()) };
    if let Some(guard) = known.guard(vault, text) {
        return Ok(guard);
    }
    let guard = decode(text)?;
    known.note_guard(vault, text, &guard);
    Ok(guard)
}

fn of_token(
    db: &Connection,
    kind: JobKind,
    token: &InRealm<String>,
) -> Result<(Generation, Option<Thing>), Cause> {
    let sql = "SELECT generation, body, kind FROM jobs
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND kind = ?2 AND token = ?3
        ORDER BY seq LIMIT 1";
    job(db, sql, params![token.realm.as_str(), kind.number(), token.name])
}

fn role_named(db: &Connection, name: &RoleName) -> Result<(Generation, Option<Thing>), Cause> {
    let sql = "SELECT generation, body FROM roles WHERE name = ?1";
    versioned(db, sql, [name.as_str()], Thing::Role)
}

/// A body and its generation, if the row is there.
fn versioned<T: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    key: impl Params,
    of: impl Fn(T) -> Thing,
) -> Result<(Generation, Option<Thing>), Cause> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
    let generation = Generation(unsigned(row.get(0)?)?);
    Ok((generation, Some(of(decode(row.get_ref(1)?.as_str()?)?))))
}

fn backup(
    db: &Connection,
    sql: &str,
    key: impl Params,
) -> Result<(Generation, Option<Thing>), Cause> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
    let generation = Generation(unsigned(row.get(0)?)?);
    let slot: i64 = row.get(1)?;
    let backup = backup_of(row, 4)?;
    let uses = if row.get(3)? { uses(db, slot)? } else { Vec::new() };
    let copies = match row.get(2)? {
        None => 0,
        Some(root) => copies(db, root, slot)?,
    };
    Ok((generation, Some(Thing::Backup(Box::new(backup), Around { uses, copies }))))
}

fn uses(db: &Connection, slot: i64) -> Result<Vec<Use>, Cause> {
    db.prepare_cached("SELECT body FROM uses WHERE slot = ?1")?
        .query_map([slot], |row| row.get::<_, String>(0))?
        .map(|body| decode(&body?))
        .collect()
}

/// Other backups of the same bytes, of which the key is there.
fn copies(db: &Connection, root: i64, slot: i64) -> Result<u64, Cause> {
    let sql = "SELECT count(*) FROM backups WHERE root = ?1 AND slot <> ?2 AND epoch IS NULL";
    unsigned(db.prepare_cached(sql)?.query_row([root, slot], |row| row.get(0))?)
}

fn job(db: &Connection, sql: &str, key: impl Params) -> Result<(Generation, Option<Thing>), Cause> {
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(key)?;
    let Some(row) = rows.next()? else { return Ok((Generation(0), None)) };
    let generation = Generation(unsigned(row.get(0)?)?);
    let body = row.get_ref(1)?.as_str()?;
    let job = match JobKind::of(row.get(2)?)? {
        JobKind::Backup => Thing::BackupJob(Box::new(decode(body)?)),
        JobKind::Restore => Thing::RestoreJob(Box::new(decode(body)?)),
        JobKind::Copy => Thing::CopyJob(Box::new(decode(body)?)),
    };
    Ok((generation, Some(job)))
}

/// Looks at every source: they are few, and this is asked at a registration alone.
pub(super) fn source_of_path(
    db: &Connection,
    path: &InRealm<String>,
) -> Result<Option<(Generation, Source)>, Cause> {
    let sql = "SELECT generation, body FROM sources
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1)";
    let mut sources = db.prepare_cached(sql)?;
    let mut rows = sources.query([path.realm.as_str()])?;
    while let Some(row) = rows.next()? {
        let source: Source = decode(row.get_ref(1)?.as_str()?)?;
        if matches!(&source.kind, SourceKind::Fsx { path: known } if *known == path.name) {
            return Ok(Some((Generation(unsigned(row.get(0)?)?), source)));
        }
    }
    Ok(None)
}

/// What is kept sealed of a source.
pub(super) fn sealed(db: &Connection, of: &InRealm<ResourceArn>) -> Result<Option<Vec<u8>>, Cause> {
    let sql = "SELECT sealed FROM secrets
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
    let key = [of.realm.as_str(), of.name.as_str()];
    Ok(db.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()?)
}

/// How many there are; inside a transaction, its own rows included.
pub(super) fn tally(db: &Connection, of: &Tally) -> Result<u64, Cause> {
    let sql = match of {
        Tally::CapturesOf(source) => return captures_of(db, source),
        Tally::CopiesTo(realm) => return copies_to(db, realm),
        Tally::Holds(realm) => {
            let sql = "SELECT count(*) FROM holds
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1)";
            let count = db.prepare_cached(sql)?;
            return unsigned({ count }.query_row([realm.as_str()], |row| row.get(0))?);
        }
        Tally::Plans(realm) => return plans::count(db, realm, false),
        Tally::PlanRecords(realm) => return plans::count(db, realm, true),
        Tally::Realms => "SELECT count(*) FROM realms WHERE NOT dropped",
        Tally::Vaults => "SELECT count(*) FROM vaults",
        Tally::Sources => "SELECT count(*) FROM sources",
        Tally::Roles => "SELECT count(*) FROM roles",
        Tally::Users => "SELECT count(*) FROM users",
    };
    unsigned(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

/// A number may stand for two sources, so the bodies tell: they are few.
fn captures_of(db: &Connection, source: &InRealm<ResourceArn>) -> Result<u64, Cause> {
    let sql = "SELECT body FROM backups INDEXED BY backups_creating
        WHERE state = 1 AND resource = ?1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([resource_number(&source.realm, &source.name)])?;
    let mut count = 0;
    while let Some(row) = rows.next()? {
        let backup: Backup = decode(row.get_ref(0)?.as_str()?)?;
        let is_of = backup.realm == source.realm && backup.source == source.name;
        count += u64::from(is_of && backup.origin.is_captured());
    }
    Ok(count)
}

fn copies_to(db: &Connection, realm: &Realm) -> Result<u64, Cause> {
    let sql = "SELECT count(*) FROM backups INDEXED BY backups_creating
        WHERE state = 1 AND root IS NOT NULL
        AND realm = (SELECT id FROM realms WHERE realm = ?1)";
    unsigned(db.prepare_cached(sql)?.query_row([realm.as_str()], |row| row.get(0))?)
}

pub(super) fn certificate(
    db: &Connection,
    key: &InRealm<BackupName>,
) -> Result<Option<Issued>, Cause> {
    let sql = "SELECT leaf, certificates.body, openings.body FROM certificates
        LEFT JOIN openings USING (leaf)
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2
        ORDER BY leaf DESC LIMIT 1";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([key.realm.as_str(), key.name.as_str()])?;
    rows.next()?.map(issued).transpose()
}

pub(super) fn certificates(db: &Connection, from: u64, limit: usize) -> Result<Vec<Issued>, Cause> {
    let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
    let sql = "SELECT leaf, certificates.body, openings.body FROM certificates
        LEFT JOIN openings USING (leaf) WHERE leaf >= ?1 ORDER BY leaf LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![from, limit_of(limit)?])?;
    let mut found = Vec::new();
    while let Some(row) = rows.next()? {
        found.push(issued(row)?);
    }
    Ok(found)
}

/// Leaf, statement, and what that commits to.
fn issued(row: &rusqlite::Row<'_>) -> Result<Issued, Cause> {
    let openings = match row.get_ref(2)?.as_blob_or_null()? {
        Some(body) if body.iter().any(|byte| *byte != 0) => decode(std::str::from_utf8(body)?)?,
        // Redacted, or there was nothing.
        Some(_) | None => Openings::new(),
    };
    Ok(Issued { leaf: unsigned(row.get(0)?)?, statement: row.get(1)?, openings })
}

fn log_size(db: &Connection) -> Result<u64, Cause> {
    let sql = "SELECT coalesce(max(leaf) + 1, 0) FROM certificates";
    unsigned(db.prepare_cached(sql)?.query_row([], |row| row.get(0))?)
}

pub(super) fn inclusion(db: &Connection, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, Cause> {
    let transaction = db.unchecked_transaction()?;
    if size > log_size(&transaction)? {
        return Ok(None);
    }
    inclusion_proof(leaf, size, |id| node(&transaction, id))
}

pub(super) fn log_end(db: &Connection, before: u64) -> Result<LogEnd, Cause> {
    let transaction = db.unchecked_transaction()?;
    let size = log_size(&transaction)?;
    let root = |size| Frontier::load(size, |id| node(&transaction, id)).map(|log| log.root());
    let root_before = if before <= size { Some(root(before)?) } else { None };
    let sql = "SELECT seq, hash FROM events ORDER BY seq DESC LIMIT 1";
    let last = transaction
        .prepare_cached(sql)?
        .query_row([], |row| Ok((row.get::<_, i64>(0)?, hash(row.get_ref(1)?)?)))
        .optional()?;
    let (events, last) = last.unwrap_or((0, trail::BEGINNING));
    let trail = TrailHead { events: unsigned(events)?, hash: last };
    Ok(LogEnd { size, root: root(size)?, root_before, trail })
}

pub(super) fn log_leaves(db: &Connection, from: u64, limit: usize) -> Result<Vec<[u8; 32]>, Cause> {
    let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
    let sql = "SELECT body FROM certificates WHERE leaf >= ?1 ORDER BY leaf LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let key = params![from, limit_of(limit)?];
    let leaf = |row: &rusqlite::Row<'_>| Ok(leaf_hash(row.get_ref(0)?.as_str()?.as_bytes()));
    let rows = statement.query_map(key, leaf)?;
    Ok(rows.collect::<Result<_, _>>()?)
}

pub(super) fn events(db: &Connection, from: u64, limit: usize) -> Result<Vec<Event>, Cause> {
    let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
    let sql = "SELECT body FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let key = params![from, limit_of(limit)?];
    let rows = statement.query_map(key, |row| row.get::<_, String>(0))?;
    rows.map(|body| decode(&body?)).collect()
}

pub(super) fn trail(db: &Connection, from: u64, limit: usize) -> Result<Vec<Link>, Cause> {
    let Ok(from) = i64::try_from(from) else { return Ok(Vec::new()) };
    // Whatever stands before the first one no server wrote.
    let after = if from == 0 { i64::MIN } else { from };
    let sql = "SELECT seq, body, hash FROM events WHERE seq > ?1 ORDER BY seq LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![after, limit_of(limit)?])?;
    let (mut links, mut bytes) = (Vec::new(), 0);
    while bytes < trail::READ_BYTES_MAX
        && let Some(row) = rows.next()?
    {
        let link = link_of(row)?;
        bytes += link.body.len();
        links.push(link);
    }
    Ok(links)
}

/// An event of the audit trail, of the columns `seq`, `body` and `hash`.
pub(super) fn link_of(row: &rusqlite::Row<'_>) -> Result<Link, Cause> {
    let number: i64 = row.get(0)?;
    if number < 1 {
        return Err(format!("an event has the number {number}: the first one has 1").into());
    }
    // What is no hash follows from nothing.
    let hash = hash(row.get_ref(2)?).unwrap_or_default();
    Ok(Link { number: unsigned(number)?, body: row.get(1)?, hash })
}

pub(super) fn sums(db: &Connection) -> Result<Sums, Cause> {
    let transaction = db.unchecked_transaction()?;
    let mut sums = Sums::default();
    let sql = "SELECT state, sum(backups) FROM counts GROUP BY state ORDER BY state";
    let mut statement = transaction.prepare_cached(sql)?;
    let mut rows = statement.query([])?;
    while let Some(row) = rows.next()? {
        let (state, count): (i64, u64) = (row.get(0)?, unsigned(row.get(1)?)?);
        if is_erasing(state) {
            sums.erasures += count;
        }
        let name = state_name(state);
        match sums.backups.iter_mut().find(|it| it.0 == name) {
            Some(known) => known.1 += count,
            None => sums.backups.push((name, count)),
        }
    }
    let sql = "SELECT count(*) FROM erasures WHERE due_ms IS NULL";
    sums.parked = unsigned(transaction.prepare_cached(sql)?.query_row([], |row| row.get(0))?)?;
    let oldest = list_erasing(&transaction, false, None, 1)?.items.pop();
    sums.oldest_erasure =
        oldest.and_then(|backup| backup.state.erasing().map(|erasing| erasing.decided));
    let sql = "SELECT min(due_ms) FROM backups WHERE epoch IS NULL AND due_ms IS NOT NULL";
    let next: Option<i64> = transaction.prepare_cached(sql)?.query_row([], |row| row.get(0))?;
    sums.next_expiry = next.map(Timestamp::from_millisecond).transpose()?;
    let sql = "SELECT stored_bytes, erased_bytes, tokens FROM meta";
    let counted: Option<(i64, i64, i64)> = transaction
        .query_row(sql, [], |row| Ok((row.get(0)?, row.get(1)?, row.get(2)?)))
        .optional()?;
    let (stored, erased, tokens) = counted.unwrap_or_default();
    (sums.stored_bytes, sums.erased_bytes) = (unsigned(stored)?, unsigned(erased)?);
    sums.tokens = unsigned(tokens)?;
    sums.certificates = log_size(&transaction)?;
    Ok(sums)
}
