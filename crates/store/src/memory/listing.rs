//! What the store in memory lists: rows, each with the bytes that it is sorted by.

use std::collections::BTreeMap;

use jiff::Timestamp;
use sexton_core::State::Completed;
use sexton_core::{
    Backup, Erasure, Hold, InRealm, JobId, Keeper, Realm, ResourceArn, User, put_off_max,
};

use super::state::State;
use crate::query::SOURCE_DUE_AHEAD;
use crate::{
    BackupQuery, Claim, Cursor, EndedJob, EpochEnd, FsxQuery, LogSpan, Page, Row, SourceQuery,
    Subject,
};

/// A row, and where it stands.
pub(super) type Placed = (Vec<u8>, Row);

impl State {
    pub(super) fn list_vaults(&self, realm: &Realm) -> Vec<Placed> {
        let vaults = self.vaults.iter().filter(|(key, _)| key.realm == *realm);
        let vaults = vaults.map(|(key, row)| {
            let backups = self.backups_in(key);
            (key.name.as_str().as_bytes().to_vec(), Row::Vault(row.vault.clone(), backups))
        });
        vaults.collect()
    }

    pub(super) fn list_backups(&self, filter: &BackupQuery) -> Vec<Placed> {
        let rows = self.backups.values().filter(|row| filter.lets_through(&row.backup));
        let placed = rows.map(|row| {
            let place = created_cursor(&row.backup, row.row);
            (place, Row::Backup(Box::new(row.backup.clone())))
        });
        placed.collect()
    }

    pub(super) fn list_fsx_backups(&self, filter: &FsxQuery) -> Vec<Placed> {
        let rows = self.backups.values().filter(|row| filter.lets_through(&row.backup));
        let placed = rows.map(|row| {
            let place = match &filter.file_system {
                None => row.row.to_be_bytes().to_vec(),
                Some(_) => created_cursor(&row.backup, row.row),
            };
            (place, Row::Backup(Box::new(row.backup.clone())))
        });
        placed.collect()
    }

    pub(super) fn list_of_source(&self, filter: &SourceQuery) -> Vec<Placed> {
        let rows = self.backups.values().filter(|row| filter.lets_through(&row.backup));
        let placed = rows.map(|row| {
            let mut place = created_cursor(&row.backup, row.row);
            // The newest first.
            for byte in &mut place {
                *byte = !*byte;
            }
            (place, Row::Backup(Box::new(row.backup.clone())))
        });
        placed.collect()
    }

    pub(super) fn log_span(&self, of: &InRealm<ResourceArn>) -> Option<LogSpan> {
        let is_whole = |backup: &&Backup| matches!(backup.state, Completed { .. });
        let of = SourceQuery::all(of.clone());
        let runs = self.backups.values().map(|row| &row.backup).filter(is_whole);
        let spans = runs.filter(|run| of.lets_through(run)).filter_map(|run| match &run.keeper {
            Keeper::Log(kept) => Some(LogSpan { runs: 1, from: kept.from, until: kept.until }),
            Keeper::Vault(_) | Keeper::FileSystem(_) | Keeper::Instance(_) => None,
        });
        spans.reduce(|all, one| LogSpan {
            runs: all.runs + one.runs,
            from: all.from.min(one.from),
            until: all.until.max(one.until),
        })
    }

    pub(super) fn creating_without_job(&self) -> Vec<Row> {
        let mut rows: Vec<_> = self.backups.values().collect();
        rows.sort_by_key(|row| row.row);
        let creating = rows.into_iter().map(|row| &row.backup).filter(|backup| {
            backup.state == sexton_core::State::Creating && backup.in_vault().is_none()
        });
        creating.map(|backup| Row::Backup(Box::new(backup.clone()))).collect()
    }

    pub(super) fn list_sources(&self, realm: &Realm) -> Vec<Placed> {
        let sources = self.sources.values().filter(|(_, it)| it.realm == *realm);
        let placed = sources.map(|(_, source)| {
            (source.arn.as_str().as_bytes().to_vec(), Row::Source(source.clone()))
        });
        placed.collect()
    }

    pub(super) fn list_users(&self) -> Vec<Placed> {
        let users = self.users.iter();
        let row = |user: &User| Row::User(Box::new(user.clone()));
        users.map(|(name, (_, user))| (name.as_str().into(), row(user))).collect()
    }

    pub(super) fn list_roles(&self) -> Vec<Placed> {
        let roles = self.roles.iter();
        roles.map(|(arn, (_, it))| (arn.as_str().into(), Row::Role(it.clone()))).collect()
    }

    pub(super) fn list_holds(&self, realm: &Realm) -> Vec<Placed> {
        let holds = self.holds.iter().filter(|(key, _)| key.realm == *realm);
        let placed = holds.map(|(key, (_, hold))| {
            (key.name.as_bytes().to_vec(), Row::Hold(Box::new(hold.clone())))
        });
        placed.collect()
    }

    pub(super) fn held_by(&self, hold: &Hold) -> Vec<Placed> {
        let is_kept = |backup: &&Backup| backup.realm == hold.realm && hold.keeps(backup);
        let kept = self.backups.values().map(|row| &row.backup).filter(is_kept);
        let placed = kept.map(|backup| {
            let place = backup.name.as_str().as_bytes().to_vec();
            (place, Row::Backup(Box::new(backup.clone())))
        });
        placed.collect()
    }

    pub(super) fn ended_holds(&self, now: Timestamp) -> Vec<Placed> {
        let ended = self.holds.iter().filter_map(|(key, (_, hold))| {
            let until = hold.cancelled.as_ref()?.kept_until;
            let realm = self.realms.iter().position(|realm| *realm == key.realm)?;
            let place = due_cursor(until, i64::try_from(realm).ok()?);
            let place = [place, key.name.as_bytes().to_vec()].concat();
            (until <= now).then(|| (place, Row::HoldKey(key.clone())))
        });
        ended.collect()
    }

    pub(super) fn due_sources(&self, now: Timestamp) -> Vec<Placed> {
        let late = now.saturating_add(SOURCE_DUE_AHEAD).unwrap_or(Timestamp::MAX);
        let due = self.sources.iter().filter_map(|(key, (_, source))| {
            let due = source.offered.due().filter(|due| *due <= now || *due > late)?;
            let realm = self.realms.iter().position(|realm| *realm == key.realm)?;
            let place = due_cursor(due, i64::try_from(realm).ok()?);
            let place = [place, key.name.as_str().as_bytes().to_vec()].concat();
            Some((place, Row::SourceKey(key.clone())))
        });
        due.collect()
    }

    pub(super) fn due_erasures(&self, now: Timestamp) -> Vec<Placed> {
        let due = |erasing: &Erasure| {
            erasing.state.due().filter(|it| *it <= now || *it > put_off_max(now))
        };
        let rows = self.erasing().into_iter().filter_map(|((epoch, _), erasing, row)| {
            let claim = Claim {
                slot: row.slot(),
                backup: row.backup.clone(),
                erasing: erasing.clone(),
                left_in: epoch,
                epoch: match self.epochs_ended.get(&epoch) {
                    Some(ended) => EpochEnd::Ended(*ended),
                    None => EpochEnd::Expected(self.expected_end(erasing.decided)),
                },
                expect: self.expect(Subject::Slot(row.slot())),
            };
            Some((due_cursor(due(erasing)?, row.row), Row::Claim(Box::new(claim))))
        });
        rows.collect()
    }

    pub(super) fn list_erasing(&self, parked: bool) -> Vec<Placed> {
        let rows = self.erasing().into_iter();
        let rows = rows.filter(|(_, erasing, _)| !parked || erasing.state.due().is_none());
        let rows = rows.map(|((epoch, place), _, row)| {
            let place = [epoch.0.to_be_bytes(), place.to_be_bytes()].concat();
            (place, Row::Backup(Box::new(row.backup.clone())))
        });
        rows.collect()
    }

    pub(super) fn list_requested(&self, waiting: bool) -> Vec<Placed> {
        let requested = self.backups.values().filter_map(|row| {
            let given_up = !row.backup.request()?.is_waiting();
            let place = [&[u8::from(given_up)], row.row.to_be_bytes().as_slice()].concat();
            let is_wanted = row.epoch.is_none() && !(waiting && given_up);
            is_wanted.then(|| (place, Row::Backup(Box::new(row.backup.clone()))))
        });
        requested.collect()
    }

    pub(super) fn due_expiries(&self, now: Timestamp) -> Vec<Placed> {
        let due = self.backups.values().filter_map(|row| {
            let due = row.expires.filter(|due| *due <= now)?;
            Some((due_cursor(due, row.row), Row::Key(row.backup.key())))
        });
        due.collect()
    }

    pub(super) fn ended_jobs(&self, until: Timestamp) -> Vec<Placed> {
        let backups =
            self.backup_jobs.values().map(|(_, row, job)| (*row, job.id, job.state.ended()));
        let restores =
            self.restore_jobs.values().map(|(_, row, job)| (*row, job.id, job.state.ended()));
        let copies = self.copy_jobs.values().map(|(_, row, job)| (*row, job.id, job.state.ended()));
        let ended = backups.chain(restores).chain(copies).filter_map(|(row, id, ended)| {
            let ended = ended.filter(|ended| *ended <= until)?;
            let expect = self.expect(Subject::Job(id));
            Some((due_cursor(ended, row), Row::EndedJob(EndedJob { id, ended, expect })))
        });
        ended.collect()
    }
}

/// Jobs by id: generation, row and job.
type Jobs<T> = BTreeMap<JobId, (u64, i64, T)>;

/// Sorts newest first.
pub(super) fn list_jobs<T: Clone>(
    jobs: &Jobs<T>,
    wanted: impl Fn(&T) -> bool,
    row: impl Fn(Box<T>) -> Row,
) -> Vec<Placed> {
    let wanted = jobs.values().filter(|it| wanted(&it.2));
    let placed = wanted.map(|(_, place, job)| {
        ((i64::MAX - place).to_be_bytes().to_vec(), row(Box::new(job.clone())))
    });
    placed.collect()
}

/// All jobs that are wanted, on one page, those that began first at first.
pub(super) fn whole<T: Clone>(
    jobs: &Jobs<T>,
    wanted: impl Fn(&T) -> bool,
    row: impl Fn(Box<T>) -> Row,
) -> Page<Row> {
    let mut found: Vec<_> = jobs.values().filter(|it| wanted(&it.2)).collect();
    found.sort_by_key(|it| it.1);
    Page::whole(found.into_iter().map(|it| row(Box::new(it.2.clone()))).collect())
}

/// Sorts as (creation, row).
fn created_cursor(backup: &Backup, row: i64) -> Vec<u8> {
    let millis = backup.created.as_millisecond();
    [millis.to_be_bytes(), row.to_be_bytes()].concat()
}

/// Sorts as (due, row): moved up, so that bytes sort as numbers do.
pub(super) fn due_cursor(due: Timestamp, row: i64) -> Vec<u8> {
    let millis = due.as_millisecond().wrapping_sub(i64::MIN);
    [millis.to_be_bytes(), row.to_be_bytes()].concat()
}

pub(super) fn page(sorted: Vec<Placed>, after: Option<&Cursor>, limit: usize) -> Page<Row> {
    let mut rest: Vec<_> =
        sorted.into_iter().filter(|(key, _)| after.is_none_or(|it| *key > it.0)).collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).map(|(key, _)| Cursor(key.clone()));
    Page { items: rest.into_iter().map(|(_, item)| item).collect(), next }
}
