//! Backups as they come, change, are erased and go.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{Backup, BackupId, BackupName, DataKey, InRealm, Keeper};

use super::super::counters::{Counters, Difference};
use super::super::log_runs;
use super::super::rows::{
    BackupRow, CREATING, DELETING, FAILED, FAILED_ERASING, NO_VAULT, backup_columns, backup_of,
    encode, resource_number, root_number, signed, unsigned,
};
use super::expect::one;
use super::expect_one;
use super::log::append_leaf;
use super::realms::{begin_realm, vault_id};
use crate::keys::RingOp;
use crate::stage::Stage;
use crate::{Cause, Slot};

pub(super) fn create_backup(
    db: &Connection,
    (backup, body): (&Backup, &str),
    key: &DataKey,
    next: &mut Counters,
    difference: &mut Difference,
) -> Result<(), Cause> {
    let vault = match &backup.keeper {
        Keeper::Vault(kept) => vault_id(db, &backup.realm.with(kept.vault.clone()))?
            .ok_or("the vault of a new recovery point is not there")?,
        Keeper::FileSystem(_) | Keeper::Instance(_) | Keeper::Log(_) => {
            begin_realm(db, &backup.realm)?;
            NO_VAULT
        }
    };
    let slot = next.next_slot;
    next.next_slot += 1;
    let row = BackupRow::of(backup);
    let sql = "INSERT INTO backups
        (slot, arn, vault, created_ms, resource, kind, state, generation, stored_bytes, due_ms,
         body, realm, fsx, root, given_up)
        VALUES (?1, ?2, ?3, ?4, ?5, ?6, ?7, ?8, ?9, ?10, ?11,
            (SELECT id FROM realms WHERE realm = ?12), ?13, ?14, ?15)";
    let root = backup.copied_from().map(|_| root_number(backup.root()));
    db.prepare_cached(sql)?.execute(params![
        signed(slot)?,
        backup.name.as_str(),
        vault,
        backup.created.as_millisecond(),
        resource_number(&backup.realm, &backup.source),
        backup.source.resource_type().map_or_else(String::new, |kind| kind.0),
        row.state,
        signed(next.generation)?,
        signed(row.stored_bytes)?,
        row.due_ms,
        body,
        backup.realm.as_str(),
        row.is_of_fsx,
        root,
        row.given_up,
    ])?;
    if let Some(original) = backup.copied_from() {
        copied(db, &original, backup.root())?;
    }
    log_runs::note(db, backup, signed(slot)?, (None, row.state))?;
    difference.ring.push(RingOp::Add(slot, key.copy()));
    difference.backups.push(((vault, row.state), 1));
    Ok(())
}

/// Notes that a backup has a copy, so that whoever deletes one of them finds the others.
fn copied(db: &Connection, original: &InRealm<BackupName>, root: BackupId) -> Result<(), Cause> {
    let sql = "UPDATE backups SET root = ?3
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2 AND root IS NULL";
    let row = params![original.realm.as_str(), original.name.as_str(), root_number(root)];
    db.prepare_cached(sql)?.execute(row)?;
    Ok(())
}

/// A backup that was looked at for what its change expects, before anything was written.
pub(super) type Seen<'a> = (&'a InRealm<BackupName>, Before);

/// A backup as it stands before it is changed.
#[derive(Debug, Clone, Copy)]
pub(super) struct Before {
    pub(super) generation: i64,
    slot: i64,
    vault: i64,
    state: i64,
    epoch: Option<i64>,
    /// 1 while `FSx` shows it.
    is_of_fsx: Option<i64>,
}

impl Before {
    fn stage(&self) -> Stage {
        match self.state {
            DELETING => Stage::Deleting,
            FAILED_ERASING => Stage::Failing,
            FAILED => Stage::Record,
            _ => Stage::Kept,
        }
    }
}

/// A backup as it stands, if it is there.
pub(super) fn before(
    db: &Connection,
    InRealm { realm, name }: &InRealm<BackupName>,
) -> Result<Option<Before>, rusqlite::Error> {
    let sql = "SELECT generation, slot, vault, state, epoch, fsx FROM backups
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2";
    let found = db.prepare_cached(sql)?.query_row([realm.as_str(), name.as_str()], |row| {
        Ok(Before {
            generation: row.get(0)?,
            slot: row.get(1)?,
            vault: row.get(2)?,
            state: row.get(3)?,
            epoch: row.get(4)?,
            is_of_fsx: row.get(5)?,
        })
    });
    found.optional()
}

/// What `seen` saw of a backup that is to be changed, or what is there.
fn before_change(
    db: &Connection,
    backup: &Backup,
    seen: Option<Seen<'_>>,
) -> Result<Before, Cause> {
    if let Some((InRealm { realm, name }, before)) = seen
        && *realm == backup.realm
        && *name == backup.name
    {
        return Ok(before);
    }
    let found = before(db, &backup.realm.with(backup.name.clone()))?;
    Ok(found.ok_or("the recovery point to be changed is not there")?)
}

/// What is being erased stays so until it is certified, and whatever is not begins to be
/// only together with the end of its key.
pub(super) fn put_backup(
    db: &Connection,
    (backup, body): (&Backup, &str),
    seen: Option<Seen<'_>>,
    next: &mut Counters,
    difference: &mut Difference,
) -> Result<(), Cause> {
    let before = before_change(db, backup, seen)?;
    let row = BackupRow::of(backup);
    if !before.stage().may_become(Stage::of(&backup.state)) {
        return Err("a point is erased from when its key goes until it is certified".into());
    }
    if let Some(epoch) = before.epoch {
        put_erasure(db, (&before, epoch), (&row, body), next)?;
        note_state(&before, &row, next, difference);
        return Ok(());
    }
    let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = ?4, due_ms = ?5,
        body = ?6, fsx = ?7, given_up = ?8 WHERE slot = ?1";
    db.prepare_cached(sql)?.execute(params![
        before.slot,
        row.state,
        signed(next.generation)?,
        signed(row.stored_bytes)?,
        row.due_ms,
        body,
        row.is_of_fsx,
        row.given_up,
    ])?;
    log_runs::note(db, backup, before.slot, (Some(before.state), row.state))?;
    note_state(&before, &row, next, difference);
    Ok(())
}

/// The generation stays: when it is looked at again protects nothing.
pub(super) fn put_off_expiry(
    db: &Connection,
    key: &InRealm<BackupName>,
    until: Timestamp,
) -> Result<(), Cause> {
    let sql = "UPDATE backups SET due_ms = ?3
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2
            AND epoch IS NULL AND due_ms IS NOT NULL";
    let row = params![key.realm.as_str(), key.name.as_str(), until.as_millisecond()];
    expect_one(db.prepare_cached(sql)?.execute(row)?, "expiry")
}

/// Counts a backup in its new state, and what it stores once that is known.
fn note_state(before: &Before, row: &BackupRow, next: &mut Counters, difference: &mut Difference) {
    if before.state == row.state {
        return;
    }
    if before.state == CREATING {
        next.stored_bytes += row.stored_bytes;
    }
    difference.backups.extend([((before.vault, before.state), -1), ((before.vault, row.state), 1)]);
}

/// Counts a change to what protects a backup, and tells its slot. A backup that is being
/// erased cannot be protected any more, nor the record of one.
pub(super) fn touch_backup(
    db: &Connection,
    key: &InRealm<BackupName>,
    generation: i64,
) -> Result<i64, Cause> {
    let sql = "UPDATE backups SET generation = ?3
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2 AND epoch IS NULL
            AND state <> ?4
        RETURNING slot";
    let key = params![key.realm.as_str(), key.name.as_str(), generation, FAILED];
    let touched = one(db, sql, key)?;
    Ok(touched.ok_or("the recovery point in use is not there")?)
}

/// What an erasure has come to.
fn put_erasure(
    db: &Connection,
    (before, epoch): (&Before, i64),
    (row, body): (&BackupRow, &str),
    next: &Counters,
) -> Result<(), Cause> {
    let sql = "UPDATE backups SET state = ?2, generation = ?3 WHERE slot = ?1";
    let columns = params![before.slot, row.state, signed(next.generation)?];
    db.prepare_cached(sql)?.execute(columns)?;
    put_is_of_fsx(db, before, row)?;
    let sql = "UPDATE erasures SET due_ms = ?3, body = ?4 WHERE epoch = ?1 AND slot = ?2";
    let columns = params![epoch, before.slot, row.due_ms, body];
    expect_one(db.prepare_cached(sql)?.execute(columns)?, "erasure")
}

/// Whether `FSx` shows it, if that is another than before: an index is written with it.
fn put_is_of_fsx(db: &Connection, before: &Before, row: &BackupRow) -> Result<(), Cause> {
    if before.is_of_fsx != row.is_of_fsx {
        let sql = "UPDATE backups SET fsx = ?2 WHERE slot = ?1";
        db.prepare_cached(sql)?.execute(params![before.slot, row.is_of_fsx])?;
    }
    Ok(())
}

pub(super) fn begin_erasure(
    db: &Connection,
    (backup, body): (&Backup, &str),
    seen: Option<Seen<'_>>,
    next: &mut Counters,
    difference: &mut Difference,
) -> Result<(), Cause> {
    let before = before_change(db, backup, seen)?;
    let row = BackupRow::of(backup);
    if before.stage() != Stage::Kept || !Stage::of(&backup.state).is_erasing() {
        return Err("an erasure is begun once, and by a point that is being erased".into());
    }
    let epoch = signed(next.epoch)?;
    let (generation, stored) = (signed(next.generation)?, signed(row.stored_bytes)?);
    let columns = params![before.slot, row.state, generation, stored, epoch, row.is_of_fsx];
    // An index is written with `fsx`.
    let (sql, columns) = if before.is_of_fsx == row.is_of_fsx {
        let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = ?4, epoch = ?5
            WHERE slot = ?1";
        (sql, &columns[..5])
    } else {
        let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = ?4, epoch = ?5,
            fsx = ?6 WHERE slot = ?1";
        (sql, columns)
    };
    db.prepare_cached(sql)?.execute(columns)?;
    let sql = "INSERT INTO erasures (epoch, slot, due_ms, body) VALUES (?1, ?2, ?3, ?4)";
    db.prepare_cached(sql)?.execute(params![epoch, before.slot, row.due_ms, body])?;
    log_runs::note(db, backup, before.slot, (Some(before.state), row.state))?;
    difference.ring.push(RingOp::Destroy(unsigned(before.slot)?));
    note_state(&before, &row, next, difference);
    Ok(())
}

pub(super) fn certify(
    db: &Connection,
    slot: Slot,
    (statement, openings): (&str, &str),
    next: &mut Counters,
    difference: &mut Difference,
) -> Result<(), Cause> {
    // Not one statement with RETURNING: that makes and drops a table of its own each time.
    let sql = "SELECT realm, arn, vault, state, stored_bytes, epoch FROM backups
        WHERE slot = ?1 AND epoch IS NOT NULL";
    let (realm, arn, vault, state, erased, epoch): (i64, String, i64, i64, i64, i64) = db
        .prepare_cached(sql)?
        .query_row([signed(slot.0)?], |row| {
            let (vault, state, erased) = (row.get(2)?, row.get(3)?, row.get(4)?);
            Ok((row.get(0)?, row.get(1)?, vault, state, erased, row.get(5)?))
        })
        .optional()?
        .ok_or("the erasure to be certified is not there")?;
    if state == FAILED_ERASING {
        let left = leave_record(db, slot, next)?;
        difference.backups.push(((vault, left), 1));
    } else {
        db.prepare_cached("DELETE FROM backups WHERE slot = ?1")?.execute([signed(slot.0)?])?;
    }
    let sql = "DELETE FROM erasures WHERE epoch = ?1 AND slot = ?2";
    expect_one(db.prepare_cached(sql)?.execute([epoch, signed(slot.0)?])?, "erasure")?;
    let erased = unsigned(erased)?;
    next.stored_bytes = next.stored_bytes.saturating_sub(erased);
    next.erased_bytes += erased;
    difference.backups.push(((vault, state), -1));
    append_leaf(db, (realm, &arn), (statement, openings), next)
}

/// Leaves the record of a backup that failed, and tells the number of its state.
fn leave_record(db: &Connection, slot: Slot, next: &Counters) -> Result<i64, Cause> {
    let sql = concat!("SELECT ", backup_columns!(), " FROM backups WHERE slot = ?1");
    let slot = signed(slot.0)?;
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query([slot])?;
    let failed = backup_of(rows.next()?.ok_or("a failed backup is not there")?, 0)?;
    let left = failed.after_certificate().ok_or("a failed backup leaves no record")?;
    let row = BackupRow::of(&left);
    let sql = "UPDATE backups SET state = ?2, generation = ?3, stored_bytes = 0, due_ms = NULL,
        epoch = NULL, root = NULL, body = ?4 WHERE slot = ?1";
    let body = encode(&left)?;
    db.prepare_cached(sql)?.execute(params![slot, row.state, signed(next.generation)?, body])?;
    Ok(row.state)
}

/// Removes the record of a backup that failed, of which nothing else is left.
pub(super) fn remove_record(
    db: &Connection,
    key: &InRealm<BackupName>,
    difference: &mut Difference,
) -> Result<(), Cause> {
    let sql = "SELECT slot, vault FROM backups
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND arn = ?2 AND state = ?3";
    let row = params![key.realm.as_str(), key.name.as_str(), FAILED];
    let (slot, vault): (i64, i64) = db
        .prepare_cached(sql)?
        .query_row(row, |row| Ok((row.get(0)?, row.get(1)?)))
        .optional()?
        .ok_or("the record to be removed is not one of a failed backup")?;
    db.prepare_cached("DELETE FROM backups WHERE slot = ?1")?.execute([slot])?;
    difference.backups.push(((vault, FAILED), -1));
    Ok(())
}
