//! Complete runs of log backups: of when they tell, and how many they are of each source.

use jiff::{SignedDuration, Timestamp};
use rusqlite::{Connection, OptionalExtension as _, params};
use sexton_core::{Backup, InRealm, Keeper, ResourceArn};

use super::rows::{COMPLETED, unsigned};
use crate::{Cause, LogSpan};

/// Notes that a backup, if it is a run of log backups, is whole now or is so no more.
pub(super) fn note(
    db: &Connection,
    backup: &Backup,
    slot: i64,
    (before, after): (Option<i64>, i64),
) -> Result<(), Cause> {
    let Keeper::Log(kept) = &backup.keeper else { return Ok(()) };
    let (was_whole, is_whole) = (before == Some(COMPLETED), after == COMPLETED);
    if was_whole == is_whole {
        return Ok(());
    }
    let (realm, source) = (backup.realm.as_str(), backup.source.as_str());
    let (since, until) = (ordered(kept.from), ordered(kept.until));
    let (of_runs, of_counts) = if is_whole {
        (
            "INSERT INTO log_runs (realm, source, since, until, slot)
            SELECT id, ?2, ?3, ?4, ?5 FROM realms WHERE realm = ?1",
            "INSERT INTO log_counts (realm, source, runs)
            SELECT id, ?2, 1 FROM realms WHERE realm = ?1
            ON CONFLICT (realm, source) DO UPDATE SET runs = runs + 1",
        )
    } else {
        (
            "DELETE FROM log_runs
            WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND source = ?2
                AND since = ?3 AND until = ?4 AND slot = ?5",
            "UPDATE log_counts SET runs = runs - 1
            WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND source = ?2",
        )
    };
    let moved = db.prepare_cached(of_runs)?.execute(params![realm, source, since, until, slot])?;
    let counted = db.prepare_cached(of_counts)?.execute([realm, source])?;
    if (moved, counted) != (1, 1) {
        return Err("a run of log backups is not where it was noted".into());
    }
    let sql = "DELETE FROM log_counts
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND source = ?2 AND runs = 0";
    db.prepare_cached(sql)?.execute([realm, source])?;
    Ok(())
}

/// Of when all complete runs of a source tell; nothing if there is none. However many they are,
/// this reads two of them.
pub(super) fn span(db: &Connection, of: &InRealm<ResourceArn>) -> Result<Option<LogSpan>, Cause> {
    let sql = "SELECT runs,
        (SELECT min(since) FROM log_runs WHERE realm = it.realm AND source = it.source),
        (SELECT max(until) FROM log_runs WHERE realm = it.realm AND source = it.source)
        FROM log_counts AS it
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND source = ?2";
    let found = db
        .prepare_cached(sql)?
        .query_row([of.realm.as_str(), of.name.as_str()], |row| {
            Ok((row.get(0)?, row.get::<_, [u8; 16]>(1)?, row.get::<_, [u8; 16]>(2)?))
        })
        .optional()?;
    let Some((runs, from, until)) = found else { return Ok(None) };
    Ok(Some(LogSpan { runs: unsigned(runs)?, from: time(from)?, until: time(until)? }))
}

/// An instant as bytes that are in the order of time.
fn ordered(at: Timestamp) -> [u8; 16] {
    (at.as_nanosecond() ^ i128::MIN).to_be_bytes()
}

fn time(bytes: [u8; 16]) -> Result<Timestamp, Cause> {
    let nanoseconds = i128::from_be_bytes(bytes) ^ i128::MIN;
    let at = SignedDuration::try_from_nanos_i128(nanoseconds).map(Timestamp::from_duration);
    Ok(at.ok_or("a stored instant is none")??)
}
