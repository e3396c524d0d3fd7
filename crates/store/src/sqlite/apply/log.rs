//! What is only ever appended to: the certificate log and the audit trail.

use rusqlite::{Connection, params};

use super::super::counters::Counters;
use super::super::rows::signed;
use super::expect_one;
use crate::merkle::leaf_hash;
use crate::{Cause, trail};

/// Appends a leaf to the log, of a backup in its realm; of none of them for other leaves.
pub(super) fn append_leaf(
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
pub(super) fn redact(db: &Connection, leaves: &[u64]) -> Result<(), Cause> {
    let sql = "UPDATE openings SET body = zeroblob(length(body)) WHERE leaf = ?1";
    for leaf in leaves {
        expect_one(db.prepare_cached(sql)?.execute([signed(*leaf)?])?, "certificate")?;
    }
    Ok(())
}

/// Appends to the audit trail. Each event is chained to the one before it.
pub(super) fn append_event(db: &Connection, body: &str, next: &mut Counters) -> Result<(), Cause> {
    next.last_event = trail::next(&next.last_event, body);
    let sql = "INSERT INTO events (body, hash) VALUES (?1, ?2)";
    db.prepare_cached(sql)?.execute(params![body, next.last_event])?;
    Ok(())
}
