//! Which account and region the stored ARNs are of: one row, written once.

use std::path::Path;

use rusqlite::OptionalExtension as _;
use sexton_core::Realm;

use super::schema;
use crate::Cause;

/// The realm of the store in `file`, if it has been written down.
pub fn stored(file: &Path) -> Result<Option<Realm>, Cause> {
    match std::fs::metadata(file) {
        Ok(found) if found.len() > 0 => (),
        Ok(_) => return Ok(None),
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error.into()),
    }
    let db = schema::open_reader(file)?;
    // A crash may have come before the tables; a newer version is told of when it is opened.
    let sql = "SELECT 1 FROM sqlite_schema WHERE type = 'table' AND name = 'realm'";
    if db.query_row(sql, [], |_| Ok(())).optional()?.is_none() {
        return Ok(None);
    }
    let realm = db.query_row("SELECT region, account FROM realm", [], |row| {
        Ok(Realm { region: row.get(0)?, account: row.get(1)? })
    });
    Ok(realm.optional()?)
}

/// Writes down the realm of the store in `file`, unless there is one. To be called before
/// the store is used.
pub fn keep(file: &Path, realm: &Realm) -> Result<(), Cause> {
    let db = schema::open_writer(file)?;
    let sql = "INSERT INTO realm (region, account)
               SELECT ?1, ?2 WHERE NOT EXISTS (SELECT 1 FROM realm)";
    db.execute(sql, [&realm.region, &realm.account])?;
    Ok(())
}
