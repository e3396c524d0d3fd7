//! Which realms a database holds, for whoever asks before it is served.

use std::path::Path;

use rusqlite::{Connection, OptionalExtension as _};
use sexton_core::Realm;

use super::rows::unsigned;
use super::schema;
use crate::Cause;

/// The realms in which the store in `file` holds something that somebody would miss. Nothing is
/// made or changed.
pub fn stored(file: &Path) -> Result<Vec<Realm>, Cause> {
    match std::fs::metadata(file) {
        Ok(found) if found.len() > 0 => (),
        Ok(_) => return Ok(Vec::new()),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Vec::new()),
        Err(error) => return Err(error.into()),
    }
    let db = schema::open_reader(file)?;
    // A crash may have come before the tables; another version is told of when it is opened.
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'realms'";
    if db.query_row(sql, [], |_| Ok(())).optional()?.is_none() {
        return Ok(Vec::new());
    }
    let mut statement = db.prepare(HOLDING)?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|realm| Ok(realm?.parse()?)).collect()
}

/// A realm with nothing but the vault that every realm begins with, as it was made, holds nothing.
const HOLDING: &str = "SELECT realm FROM realms WHERE NOT dropped AND (
        EXISTS (SELECT 1 FROM backups WHERE backups.realm = realms.id)
        OR EXISTS (SELECT 1 FROM sources WHERE sources.realm = realms.id)
        OR EXISTS (SELECT 1 FROM holds WHERE holds.realm = realms.id)
        OR EXISTS (SELECT 1 FROM plans WHERE plans.realm = realms.id)
        OR EXISTS (SELECT 1 FROM vaults WHERE vaults.realm = realms.id
            AND (name <> 'Default' OR generation <> guard)))
    ORDER BY id";

/// What is stored of one realm.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Contents {
    /// Which.
    pub realm: Realm,
    /// How many vaults.
    pub vaults: u64,
    /// How many backups, in whatever state.
    pub backups: u64,
    /// How many registered sources.
    pub sources: u64,
    /// How many backup plans that are not deleted.
    pub plans: u64,
}

/// What each realm holds.
pub(super) fn contents(db: &Connection) -> Result<Vec<Contents>, Cause> {
    let sql = "SELECT realm,
            (SELECT count(*) FROM vaults WHERE vaults.realm = realms.id),
            (SELECT count(*) FROM backups WHERE backups.realm = realms.id),
            (SELECT count(*) FROM sources WHERE sources.realm = realms.id),
            (SELECT count(*) FROM plans WHERE plans.realm = realms.id AND NOT deleted)
        FROM realms WHERE NOT dropped ORDER BY id";
    let mut statement = db.prepare(sql)?;
    let mut rows = statement.query([])?;
    let mut all = Vec::new();
    while let Some(row) = rows.next()? {
        let count = |column| -> Result<u64, Cause> { unsigned(row.get(column)?) };
        let realm = row.get_ref(0)?.as_str()?.parse()?;
        let [vaults, backups, sources, plans] = [count(1)?, count(2)?, count(3)?, count(4)?];
        all.push(Contents { realm, vaults, backups, sources, plans });
    }
    Ok(all)
}
