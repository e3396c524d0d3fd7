//! The nodes of the certificate log.

use rusqlite::{Connection, params};

use super::rows::{hash, signed};
use crate::Cause;
use crate::merkle::{NodeId, complete_node, leaf_hash};

/// A complete node of the certificate log.
pub(super) fn node(db: &Connection, id: NodeId) -> Result<[u8; 32], Cause> {
    complete_node(id, &mut |id| stored_node(db, id))
}

/// A leaf is the certificate itself; the other nodes that are kept have a row each.
fn stored_node(db: &Connection, NodeId { level, index }: NodeId) -> Result<[u8; 32], Cause> {
    if level == 0 {
        let mut statement = db.prepare_cached("SELECT body FROM certificates WHERE leaf = ?1")?;
        let leaf = |row: &rusqlite::Row<'_>| Ok(leaf_hash(row.get_ref(0)?.as_str()?.as_bytes()));
        return Ok(statement.query_row([signed(index)?], leaf)?);
    }
    let sql = "SELECT hash FROM log_nodes WHERE level = ?1 AND node = ?2";
    let key = params![level, signed(index)?];
    Ok(db.prepare_cached(sql)?.query_row(key, |row| Ok(hash(row.get_ref(0)?)?))?)
}
