//! What a decision was made from, as it is now.

use std::collections::HashMap;

use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{InRealm, RoleName};

use super::super::rows::{JobKind, signed, unsigned};
use super::super::{plans, read, tokens};
use super::backups::{Seen, before};
use crate::{Cause, Change, Expect, Generation, Subject, Write};

/// What protects many backups, as it stands in the open transaction: the deletions of a batch
/// mostly ask for the same.
#[derive(Debug, Default)]
pub(in super::super) struct Standing<'a>(HashMap<&'a Subject, Generation>);

impl<'a> Standing<'a> {
    /// The generation that a subject has now.
    ///
    /// The backup that was looked at last is `seen`.
    pub(super) fn generation(
        &mut self,
        db: &Connection,
        expect: &'a Expect,
        seen: &mut Option<Seen<'a>>,
    ) -> Result<Generation, Cause> {
        let subject = &expect.subject;
        if !matches!(subject, Subject::Guard(_) | Subject::Role(_) | Subject::Holds(_)) {
            return generation(db, expect, seen);
        }
        if let Some(known) = self.0.get(subject) {
            return Ok(*known);
        }
        let found = generation(db, expect, seen)?;
        self.0.insert(subject, found);
        Ok(found)
    }

    /// Forgets all of it before a change is written, unless it is known to touch backups alone.
    pub(super) fn note(&mut self, change: &Change) {
        let of_backups =
            |write: &Write| matches!(write, Write::BeginErasure(_) | Write::Certify(..));
        if !change.writes.iter().all(of_backups) {
            self.0.clear();
        }
    }
}

fn generation<'a>(
    db: &Connection,
    expect: &'a Expect,
    seen: &mut Option<Seen<'a>>,
) -> Result<Generation, Cause> {
    let found: Option<i64> = match &expect.subject {
        Subject::Vault(InRealm { realm, name }) => {
            let sql = "SELECT generation FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            one(db, sql, params![realm.as_str(), name.as_str()])?
        }
        Subject::Guard(InRealm { realm, name }) => {
            let sql = "SELECT guard FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            one(db, sql, params![realm.as_str(), name.as_str()])?
        }
        Subject::Backup(key) => {
            let found = before(db, key)?;
            *seen = found.map(|before| (key, before));
            found.map(|before| before.generation)
        }
        Subject::Slot(slot) => {
            one(db, "SELECT generation FROM backups WHERE slot = ?1", [signed(slot.0)?])?
        }
        Subject::Role(arn) => {
            let sql = "SELECT generation FROM roles WHERE arn = ?1";
            match (one(db, sql, [arn.as_str()])?, RoleName::of(arn)) {
                (None, Some(name)) => role_named(db, &name)?,
                (found, _) => found,
            }
        }
        Subject::RoleNamed(name) => role_named(db, name)?,
        Subject::User(name) => {
            one(db, "SELECT generation FROM users WHERE name = ?1", [name.as_str()])?
        }
        Subject::Holds(realm) => {
            one(db, "SELECT holds FROM realms WHERE realm = ?1", [realm.as_str()])?
        }
        Subject::Hold(InRealm { realm, name }) => {
            let sql = "SELECT generation FROM holds
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND id = ?2";
            one(db, sql, params![realm.as_str(), name.as_bytes()])?
        }
        Subject::Source(InRealm { realm, name }) => {
            let sql = "SELECT generation FROM sources
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
            one(db, sql, params![realm.as_str(), name.as_str()])?
        }
        Subject::SourceOfPath(path) => {
            let found = read::source_of_path(db, path)?;
            return Ok(found.map_or(Generation(0), |(generation, _)| generation));
        }
        Subject::BackupToken(token) => of_token(db, JobKind::Backup, token)?,
        Subject::RestoreToken(token) => of_token(db, JobKind::Restore, token)?,
        Subject::CopyToken(token) => of_token(db, JobKind::Copy, token)?,
        Subject::Token(key) => tokens::generation(db, key)?,
        Subject::Plan(_) | Subject::PlanOfToken(_) | Subject::PlanAlike(_) => {
            plans::generation(db, &expect.subject)?
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
    one(db, sql, params![token.realm.as_str(), kind.number(), token.name])
}

fn role_named(db: &Connection, name: &RoleName) -> Result<Option<i64>, rusqlite::Error> {
    one(db, "SELECT generation FROM roles WHERE name = ?1", [name.as_str()])
}

/// One number of one row.
pub(super) fn one(
    db: &Connection,
    sql: &str,
    key: impl rusqlite::Params,
) -> Result<Option<i64>, rusqlite::Error> {
    db.prepare_cached(sql)?.query_row(key, |row| row.get(0)).optional()
}
