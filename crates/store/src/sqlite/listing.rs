//! Listings, a page at a time, each on one snapshot of the database.

use jiff::Timestamp;
use rusqlite::{Connection, OptionalExtension, Params, Rows, params};
use serde::de::DeserializeOwned;
use sexton_core::{
    Backup, BackupName, Epoch, InRealm, JobId, Realm, Vault, VaultName, put_off_max,
};

use super::epochs::EpochEnds;
use super::holds;
use super::log_runs;
use super::plans;
use super::rows::{
    JobRow, NO_VAULT, backup_columns, backup_of, decode, resource_number, unsigned, vault_of,
};
use super::tokens;
use crate::{
    BackupQuery, Cause, Claim, Cursor, EndedJob, EpochEnd, Expect, Generation, PAGE_SCAN_MAX, Page,
    Query, Row, Slot, Subject, Wanted,
};

mod fsx;
mod of_source;
mod requested;

use fsx::{due_sources, list_fsx_backups, list_sources};
use of_source::list_of_source;
use requested::list_requested;

/// A page of legal holds or roles ends after so many bytes: a hold may name a thousand vaults and
/// resources, and a role holds its policies.
const PAGE_BYTES: usize = 4 << 20;

/// One page of what `query` asks for.
pub(super) fn page(
    db: &Connection,
    query: &Query,
    after: Option<&Cursor>,
    limit: usize,
    epochs: &EpochEnds,
) -> Result<Page<Row>, Cause> {
    let backup = |it| Row::Backup(Box::new(it));
    let backup_job = |it| Row::BackupJob(Box::new(it));
    let restore_job = |it| Row::RestoreJob(Box::new(it));
    let copy_job = |it| Row::CopyJob(Box::new(it));
    Ok(match query {
        Query::Realms => Page::whole(realms(db)?).map(Row::Realm),
        Query::Vaults(realm) => {
            list_vaults(db, realm, after, limit)?.map(|(it, many)| Row::Vault(it, many))
        }
        Query::BackupsIn(vault) => Page::whole(vec![Row::Count(backups_in(db, vault)?)]),
        Query::Backups(filter) => list_backups(db, filter, after, limit)?.map(backup),
        Query::FsxBackups(filter) => list_fsx_backups(db, filter, after, limit)?.map(backup),
        Query::OfSource(filter) => list_of_source(db, filter, after, limit)?.map(backup),
        Query::LogSpan(of) => {
            Page::whole(log_runs::span(db, of)?.into_iter().map(Row::LogSpan).collect())
        }
        Query::CreatingWithoutJob => {
            let sql = "SELECT body FROM backups INDEXED BY backups_creating
                WHERE state = 1 AND vault = 0 ORDER BY slot";
            Page::whole(bodies(db, sql, [])?).map(backup)
        }
        Query::TokensUsedBefore(until) => {
            Page::whole(vec![Row::Count(tokens::used_before(db, *until)?)])
        }
        Query::DueSources(now) => due_sources(db, *now, after, limit)?.map(Row::SourceKey),
        Query::BackupJobs(realm, wanted) => {
            list_jobs(db, realm, wanted, after, limit)?.map(backup_job)
        }
        Query::RestoreJobs(realm, wanted) => {
            list_jobs(db, realm, wanted, after, limit)?.map(restore_job)
        }
        Query::CopyJobs(realm, wanted) => list_jobs(db, realm, wanted, after, limit)?.map(copy_job),
        Query::RunningBackups => Page::whole(running_jobs(db)?).map(backup_job),
        Query::RunningRestores => Page::whole(running_jobs(db)?).map(restore_job),
        Query::RunningCopies => Page::whole(running_jobs(db)?).map(copy_job),
        Query::Sources(realm) => list_sources(db, realm, after, limit)?.map(Row::Source),
        Query::Roles => {
            let sql = "SELECT arn, body FROM roles WHERE arn > ?1 ORDER BY arn LIMIT ?2";
            by_name(db, sql, after, limit)?.map(Row::Role)
        }
        Query::Users => {
            let sql = "SELECT name, body FROM users WHERE name > ?1 ORDER BY name LIMIT ?2";
            by_name(db, sql, after, limit)?.map(|it| Row::User(Box::new(it)))
        }
        Query::Holds(realm) => {
            holds::list(db, realm, after, limit)?.map(|it| Row::Hold(Box::new(it)))
        }
        Query::HeldBy(hold) => holds::held(db, hold, after, limit)?.map(backup),
        Query::EndedHolds(now) => holds::ended(db, *now, limit)?.map(Row::HoldKey),
        Query::Plans { realm, deleted } => {
            plans::list(db, realm, *deleted, after, limit)?.map(|it| Row::Plan(Box::new(it)))
        }
        Query::PlanVersions(plan, one) => plans::list_versions(db, plan, *one, after, limit)?
            .map(|it| Row::PlanVersion(Box::new(it))),
        Query::DuePlans(now) => plans::due(db, *now, after, limit)?.map(Row::PlanKey),
        Query::Means => Page::whole(bodies(db, "SELECT body FROM means ORDER BY id", [])?)
            .map(|it| Row::Means(Box::new(it))),
        Query::DueErasures(now) => {
            due_erasures(db, *now, after, limit, epochs)?.map(|it| Row::Claim(Box::new(it)))
        }
        Query::Erasing { parked } => list_erasing(db, *parked, after, limit)?.map(backup),
        Query::Requested { waiting } => list_requested(db, *waiting, after, limit)?.map(backup),
        Query::DueExpiries(now) => due_expiries(db, *now, after, limit)?.map(Row::Key),
        Query::EndedJobs(until) => ended_jobs(db, *until, after, limit)?.map(Row::EndedJob),
    })
}

/// Pages of bodies by what they are called.
fn by_name<T: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<T>, Cause> {
    let last = match after {
        None => String::new(),
        Some(cursor) => String::from_utf8(cursor.0.clone())?,
    };
    let mut statement = db.prepare_cached(sql)?;
    page_of_bodies(statement.query(params![last, limit_of(limit)?])?, limit)
}

/// A page of things that may be large, by what stands before each: it ends after so many bytes.
pub(super) fn page_of_bodies<T: DeserializeOwned>(
    mut rows: Rows<'_>,
    limit: usize,
) -> Result<Page<T>, Cause> {
    let (mut items, mut bytes, mut last) = (Vec::new(), 0, Vec::new());
    while let Some(row) = rows.next()? {
        if bytes >= PAGE_BYTES {
            return Ok(Page { items, next: Some(Cursor(last)) });
        }
        last = row.get_ref(0)?.as_bytes()?.to_vec();
        let body = row.get_ref(1)?.as_str()?;
        bytes += body.len();
        items.push(decode(body)?);
    }
    let next = (items.len() == limit).then_some(Cursor(last));
    Ok(Page { items, next })
}

/// Every realm in which something is stored.
pub(super) fn realms(db: &Connection) -> Result<Vec<Realm>, Cause> {
    let mut statement =
        db.prepare_cached("SELECT realm FROM realms WHERE NOT dropped ORDER BY id")?;
    let rows = statement.query_map([], |row| row.get::<_, String>(0))?;
    rows.map(|realm| Ok(realm?.parse()?)).collect()
}

fn backups_in(db: &Connection, vault: &InRealm<VaultName>) -> Result<u64, Cause> {
    let sql = "SELECT coalesce(sum(backups), 0) FROM counts
        WHERE vault = (SELECT id FROM vaults
            WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2)";
    let key = [vault.realm.as_str(), vault.name.as_str()];
    unsigned(db.prepare_cached(sql)?.query_row(key, |row| row.get(0))?)
}

fn running_jobs<T: JobRow + DeserializeOwned>(db: &Connection) -> Result<Vec<T>, Cause> {
    let sql = "SELECT body FROM jobs WHERE kind = ?1 AND ended_ms IS NULL ORDER BY seq";
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map([T::KIND.number()], |row| row.get::<_, String>(0))?;
    rows.map(|body| decode(&body?)).collect()
}

/// The columns `when`, `seq`, and two more, of rows that are due by then, in the order of
/// (when, seq): what was due for longest comes first.
fn due<T>(
    db: &Connection,
    sql: &str,
    until: Timestamp,
    after: Option<&Cursor>,
    limit: usize,
    item: impl Fn(&rusqlite::Row<'_>) -> Result<T, Cause>,
) -> Result<Page<T>, Cause> {
    let mut last = match after {
        None => (i64::MIN, i64::MIN),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let mut statement = db.prepare_cached(sql)?;
    let key = params![last.0, last.1, until.as_millisecond(), limit_of(limit)?];
    let mut rows = statement.query(key)?;
    let mut items = Vec::new();
    while let Some(row) = rows.next()? {
        last = (row.get(0)?, row.get(1)?);
        items.push(item(row)?);
    }
    let next = (items.len() == limit).then(|| make_cursor(last.0, last.1));
    Ok(Page { items, next })
}

fn due_expiries(
    db: &Connection,
    now: Timestamp,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<InRealm<BackupName>>, Cause> {
    let sql = "SELECT due_ms, slot, arn, realms.realm FROM backups
        JOIN realms ON realms.id = backups.realm
        WHERE epoch IS NULL AND due_ms IS NOT NULL
            AND (due_ms, slot) > (?1, ?2) AND due_ms <= ?3
        ORDER BY due_ms, slot LIMIT ?4";
    due(db, sql, now, after, limit, |row| {
        let realm: Realm = row.get_ref(3)?.as_str()?.parse()?;
        Ok(realm.with(row.get_ref(2)?.as_str()?.parse()?))
    })
}

fn ended_jobs(
    db: &Connection,
    until: Timestamp,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<EndedJob>, Cause> {
    let sql = "SELECT ended_ms, seq, generation, id FROM jobs
        WHERE ended_ms IS NOT NULL AND (ended_ms, seq) > (?1, ?2) AND ended_ms <= ?3
        ORDER BY ended_ms, seq LIMIT ?4";
    due(db, sql, until, after, limit, |row| {
        let id = JobId::from_bytes(row.get(3)?);
        let generation = Generation(unsigned(row.get(2)?)?);
        let expect = Expect { subject: Subject::Job(id), generation };
        Ok(EndedJob { id, ended: Timestamp::from_millisecond(row.get(0)?)?, expect })
    })
}

/// Every body of a small table.
fn bodies<T: DeserializeOwned>(
    db: &Connection,
    sql: &str,
    key: impl Params,
) -> Result<Vec<T>, Cause> {
    let mut statement = db.prepare_cached(sql)?;
    let rows = statement.query_map(key, |row| row.get::<_, String>(0))?;
    rows.map(|body| decode(&body?)).collect()
}

fn list_vaults(
    db: &Connection,
    realm: &Realm,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<(Vault, u64)>, Cause> {
    let after = match after {
        None => String::new(),
        Some(cursor) => String::from_utf8(cursor.0.clone())?,
    };
    let sql = "SELECT body, guarded, name, (SELECT coalesce(sum(backups), 0) FROM counts
            WHERE vault = vaults.id)
        FROM vaults WHERE realm = (SELECT id FROM realms WHERE realm = ?3) AND name > ?1
        ORDER BY name LIMIT ?2";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![after, limit_of(limit)?, realm.as_str()])?;
    let (mut items, mut last) = (Vec::new(), after);
    while let Some(row) = rows.next()? {
        items.push((vault_of(row, 0)?, unsigned(row.get(3)?)?));
        last = row.get(2)?;
    }
    let next = (items.len() == limit).then(|| Cursor(last.into_bytes()));
    Ok(Page { items, next })
}

pub(super) fn limit_of(limit: usize) -> Result<i64, Cause> {
    Ok(i64::try_from(limit)?)
}

/// Two numbers that order rows: when, and which.
pub(super) fn parse_cursor(cursor: &Cursor) -> Result<(i64, i64), Cause> {
    let (when, which) = cursor.0.split_first_chunk::<8>().ok_or("a cursor is too short")?;
    let which = <[u8; 8]>::try_from(which)?;
    Ok((i64::from_be_bytes(*when), i64::from_be_bytes(which)))
}

pub(super) fn make_cursor(when: i64, which: i64) -> Cursor {
    Cursor([when.to_be_bytes(), which.to_be_bytes()].concat())
}

/// Pages by (creation, slot), a key that a row keeps for life: what is deleted between
/// two pages moves nothing else. What the filter asks stands in columns, so that no body is
/// read for nothing.
fn list_backups(
    db: &Connection,
    filter: &BackupQuery,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Backup>, Cause> {
    let empty = Page { items: Vec::new(), next: None };
    let vault: Option<i64> = match &filter.vault {
        None => None,
        Some(vault) => {
            let sql = "SELECT id FROM vaults
                WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND name = ?2";
            let key = [filter.realm.as_str(), vault.as_str()];
            let id = db.prepare_cached(sql)?.query_row(key, |row| row.get(0));
            let Some(id) = id.optional()? else { return Ok(empty) };
            Some(id)
        }
    };
    let (column, key) = match (&filter.resource, vault) {
        (Some(resource), _) => ("resource", resource_number(&filter.realm, resource)),
        (None, Some(id)) => ("vault", id),
        (None, None) => return Err("points are listed by vault or by resource".into()),
    };
    let from = filter.created.after.map_or(i64::MIN, Timestamp::as_millisecond);
    let to = filter.created.before.map_or(i64::MAX, Timestamp::as_millisecond);
    let (when, which) = match after {
        None => (from, i64::MIN),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let sql = format!(
        "SELECT created_ms, slot, vault, kind, {} FROM backups
         WHERE {column} = ?1 AND (created_ms, slot) > (?2, ?3) AND created_ms <= ?4
         ORDER BY created_ms, slot",
        backup_columns!()
    );
    let mut statement = db.prepare_cached(&sql)?;
    let mut rows = statement.query(params![key, when, which, to])?;
    let (mut items, mut scanned) = (Vec::new(), 0);
    let mut last = (when, which);
    while let Some(row) = rows.next()? {
        if items.len() == limit || scanned == PAGE_SCAN_MAX {
            return Ok(Page { items, next: Some(make_cursor(last.0, last.1)) });
        }
        scanned += 1;
        last = (row.get(0)?, row.get(1)?);
        let kind = row.get_ref(3)?.as_str()?;
        let kept_in: i64 = row.get(2)?;
        if kept_in == NO_VAULT
            || vault.is_some_and(|vault| kept_in != vault)
            || filter.resource_type.as_ref().is_some_and(|wanted| wanted.0 != kind)
        {
            continue;
        }
        let backup = backup_of(row, 4)?;
        if filter.lets_through(&backup) {
            items.push(backup);
        }
    }
    Ok(Page { items, next: None })
}

fn list_jobs<T: JobRow + DeserializeOwned>(
    db: &Connection,
    realm: &Realm,
    wanted: &Wanted<T>,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<T>, Cause> {
    let mut last = match after {
        None => i64::MAX,
        Some(cursor) => parse_cursor(cursor)?.1,
    };
    let sql = "SELECT seq, body FROM jobs
        WHERE realm = (SELECT id FROM realms WHERE realm = ?1) AND kind = ?2 AND seq < ?3
        ORDER BY seq DESC";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![realm.as_str(), T::KIND.number(), last])?;
    let (mut items, mut scanned) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if items.len() == limit || scanned == PAGE_SCAN_MAX {
            return Ok(Page { items, next: Some(make_cursor(0, last)) });
        }
        scanned += 1;
        last = row.get(0)?;
        let job: T = decode(row.get_ref(1)?.as_str()?)?;
        if wanted(&job) {
            items.push(job);
        }
    }
    Ok(Page { items, next: None })
}

/// What has been due for longest comes first, what a clock put off that has been set back
/// since comes last.
fn due_erasures(
    db: &Connection,
    now: Timestamp,
    after: Option<&Cursor>,
    limit: usize,
    epochs: &EpochEnds,
) -> Result<Page<Claim>, Cause> {
    let mut last = match after {
        None => (i64::MIN, i64::MIN),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let sql = "SELECT e.due_ms, e.slot, generation, e.epoch, ended_ms,
            backups.body, backups.epoch, e.body
        FROM erasures AS e CROSS JOIN backups ON backups.slot = e.slot
        LEFT JOIN epochs ON epochs.epoch = e.epoch
        WHERE (e.due_ms, e.slot) > (?1, ?2) AND e.due_ms <= ?3
        ORDER BY e.due_ms, e.slot LIMIT ?4";
    let mut statement = db.prepare_cached(sql)?;
    let mut items = Vec::new();
    let put_off_max = put_off_max(now).as_millisecond();
    for (from, to) in [(i64::MIN, now.as_millisecond()), (put_off_max, i64::MAX)] {
        let from = last.max((from, i64::MAX));
        let key = params![from.0, from.1, to, limit_of(limit - items.len())?];
        let mut rows = statement.query(key)?;
        while let Some(row) = rows.next()? {
            last = (row.get(0)?, row.get(1)?);
            let slot = Slot(unsigned(last.1)?);
            let generation = Generation(unsigned(row.get(2)?)?);
            let left_in = unsigned(row.get(3)?)?;
            let saved: Option<i64> = row.get(4)?;
            let saved = saved.map(Timestamp::from_millisecond).transpose()?;
            let backup = backup_of(row, 5)?;
            let erasing =
                backup.state.erasing().ok_or("a point in an epoch is not erased")?.clone();
            let epoch = match saved.or_else(|| epochs.unsaved.get(&left_in).copied()) {
                Some(ended) => EpochEnd::Ended(ended),
                None => EpochEnd::Expected(epochs.expected(erasing.decided)),
            };
            let expect = Expect { subject: Subject::Slot(slot), generation };
            let left_in = Epoch(left_in);
            items.push(Claim { slot, backup, erasing, left_in, epoch, expect });
        }
    }
    let next = (items.len() == limit).then(|| make_cursor(last.0, last.1));
    Ok(Page { items, next })
}

/// Pages by (epoch, slot), which a row keeps for as long as it is erased.
pub(super) fn list_erasing(
    db: &Connection,
    parked: bool,
    after: Option<&Cursor>,
    limit: usize,
) -> Result<Page<Backup>, Cause> {
    let mut last = match after {
        None => (i64::MIN, i64::MIN),
        Some(cursor) => parse_cursor(cursor)?,
    };
    let sql = "SELECT e.epoch, e.slot, e.due_ms, backups.body, backups.epoch, e.body
        FROM erasures AS e CROSS JOIN backups ON backups.slot = e.slot
        WHERE (e.epoch, e.slot) > (?1, ?2) ORDER BY e.epoch, e.slot";
    let mut statement = db.prepare_cached(sql)?;
    let mut rows = statement.query(params![last.0, last.1])?;
    let (mut items, mut scanned) = (Vec::new(), 0);
    while let Some(row) = rows.next()? {
        if items.len() == limit || scanned == PAGE_SCAN_MAX {
            return Ok(Page { items, next: Some(make_cursor(last.0, last.1)) });
        }
        scanned += 1;
        last = (row.get(0)?, row.get(1)?);
        if !parked || row.get::<_, Option<i64>>(2)?.is_none() {
            items.push(backup_of(row, 3)?);
        }
    }
    Ok(Page { items, next: None })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_cursor_comes_back_and_no_other_bytes_are_one(
            when: i64, which: i64, bytes in proptest::collection::vec(any::<u8>(), 0..40),
        ) {
            prop_assert_eq!(parse_cursor(&make_cursor(when, which)).unwrap(), (when, which));
            let long = bytes.len() == 16;
            prop_assert_eq!(parse_cursor(&Cursor(bytes)).is_ok(), long);
        }
    }
}
