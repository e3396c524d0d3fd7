//! The store as plain maps: the reference that the others are held against, and what
//! the simulator runs on. Keys stand in a map, since there is no disk to keep remnants.

use std::collections::BTreeMap;
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupJob, BackupName, DataKey, Epoch, Erasure, Event, JobId, Keeper, Means,
    ResourceArn, RestoreJob, Role, RoleArn, Source, Vault, VaultName, protectors, put_off_max,
};

use super::trail::{self, Link};
use super::{
    BackupFacts, BackupQuery, BackupSnapshot, Change, Claim, Commit, Cursor, EndedJob, EpochEnd,
    Expect, MetaStore, Page, StoreError, Subject, Tally, Totals, VaultSnapshot, Versioned, Wanted,
};
use crate::certificate::{Issued, LogEnd, TrailHead};
use crate::merkle::{Frontier, Hash, inclusion_proof, leaf_hash};

mod state;

use state::{BackupRow, State};

/// Metadata in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<State>);

impl Memory {
    fn lock(&self) -> MutexGuard<'_, State> {
        self.0.lock().expect("no holder of this lock panics")
    }

    /// A store whose epochs should last for so long, and last until [`Self::end_epoch`].
    pub fn with_epochs_of(lasting: SignedDuration) -> Self {
        Self(Mutex::new(State { epochs_last: Some(lasting), ..State::default() }))
    }

    /// Ends the epoch that lasts: it ended `at` that instant.
    pub fn end_epoch(&self, at: Timestamp) {
        self.lock().end_epoch(at);
    }

    /// Whether nobody can open what this epoch sealed.
    pub fn epoch_has_ended(&self, epoch: Epoch) -> bool {
        self.lock().epochs_ended.contains_key(&epoch)
    }
}

#[async_trait]
impl MetaStore for Memory {
    async fn commit(&self, change: Change) -> Result<Commit, StoreError> {
        let mut state = self.lock();
        let moved = |it: &Expect| state.generation(&it.subject) != it.generation;
        if change.expects.iter().any(moved) {
            return Ok(Commit::Stale);
        }
        // Worked out on a copy, so that half a change is never seen.
        let mut next = state.clone();
        let at = change.event.as_ref().map(|event| event.at);
        for write in change.writes {
            match next.apply(write, at) {
                Ok(Commit::Done) => (),
                Ok(Commit::Stale) => return Ok(Commit::Stale),
                Err(cause) => return Err(StoreError::NotDone(cause)),
            }
        }
        if let Some(event) = change.event {
            let body = serde_json::to_string(&event).map_err(StoreError::not_done)?;
            let before = next.trail.last().map_or(trail::BEGINNING, |link| link.hash);
            next.trail.push(Link { hash: trail::next(&before, &body), body });
            next.events.push(event);
        }
        *state = next;
        Ok(Commit::Done)
    }

    async fn vault(&self, name: &VaultName) -> Result<Option<VaultSnapshot>, StoreError> {
        let state = self.lock();
        Ok(state.vaults.get(name).map(|(_, vault)| VaultSnapshot {
            vault: vault.clone(),
            backups: state.backups_in(name),
            expect: state.expect(Subject::Vault(name.clone())),
        }))
    }

    async fn backup(&self, name: &BackupName) -> Result<Option<BackupSnapshot>, StoreError> {
        let state = self.lock();
        Ok(state.backups.get(name).map(|row| {
            let backup = row.backup.clone();
            let Keeper::Vault(kept) = &backup.keeper;
            let protectors = protectors(&backup).into_iter().map(Subject::from);
            let subjects = [Subject::Backup(name.clone())].into_iter().chain(protectors);
            BackupSnapshot {
                uses: row.uses.iter().copied().collect(),
                role: state.role(&kept.role),
                expects: subjects.map(|subject| state.expect(subject)).collect(),
                backup,
            }
        }))
    }

    async fn backup_facts(
        &self,
        vault: &VaultName,
        resource: &ResourceArn,
        role: &RoleArn,
        token: Option<&str>,
    ) -> Result<BackupFacts, StoreError> {
        let state = self.lock();
        let of_token =
            |job: &&BackupJob| token.is_some() && job.idempotency_token.as_deref() == token;
        Ok(BackupFacts {
            vault: state.vaults.get(vault).map(|(_, vault)| vault.clone()),
            source: state.sources.get(resource).map(|(_, source)| source.clone()),
            role: state.role(role),
            repeated: state.backup_jobs.values().map(|it| &it.2).find(of_token).cloned(),
            expects: vec![
                state.expect(Subject::Vault(vault.clone())),
                state.expect(Subject::Source(resource.clone())),
                state.expect(Subject::Role(role.clone())),
            ],
        })
    }

    async fn backup_job(&self, id: JobId) -> Result<Option<Versioned<BackupJob>>, StoreError> {
        let state = self.lock();
        let expect = state.expect(Subject::Job(id));
        Ok(state.backup_jobs.get(&id).map(|row| Versioned { value: row.2.clone(), expect }))
    }

    async fn restore_job(&self, id: JobId) -> Result<Option<Versioned<RestoreJob>>, StoreError> {
        let state = self.lock();
        let expect = state.expect(Subject::Job(id));
        Ok(state.restore_jobs.get(&id).map(|row| Versioned { value: row.2.clone(), expect }))
    }

    async fn restore_job_of_token(&self, token: &str) -> Result<Option<RestoreJob>, StoreError> {
        let state = self.lock();
        let of_token = |job: &&RestoreJob| job.idempotency_token.as_deref() == Some(token);
        Ok(state.restore_jobs.values().map(|it| &it.2).find(of_token).cloned())
    }

    async fn data_key(&self, arn: &BackupName) -> Result<Option<DataKey>, StoreError> {
        let state = self.lock();
        Ok(state.backups.get(arn).and_then(|row| row.key.as_deref()).map(DataKey::copy))
    }

    async fn list_vaults(
        &self,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<(Vault, u64)>, StoreError> {
        let state = self.lock();
        let after =
            |name: &VaultName| after.is_none_or(|it| name.as_str().as_bytes() > it.0.as_slice());
        let items: Vec<_> = state
            .vaults
            .iter()
            .filter(|(name, _)| after(name))
            .take(limit)
            .map(|(name, (_, vault))| (vault.clone(), state.backups_in(name)))
            .collect();
        let last = items.last().filter(|_| items.len() == limit);
        let next = last.map(|(vault, _)| Cursor(vault.name.as_str().as_bytes().to_vec()));
        Ok(Page { items, next })
    }

    async fn list_backups(
        &self,
        filter: &BackupQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        let state = self.lock();
        let rows = state.backups.values().filter(|row| filter.lets_through(&row.backup));
        let mut rows: Vec<_> =
            rows.map(|row| (backup_cursor(&row.backup, row.row), row.backup.clone())).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(page(rows, after, limit))
    }

    async fn list_backup_jobs(
        &self,
        wanted: Wanted<BackupJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupJob>, StoreError> {
        let state = self.lock();
        let rows = state.backup_jobs.values().filter(|row| wanted(&row.2));
        let mut rows: Vec<_> = rows.map(|row| (job_cursor(row.1), row.2.clone())).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(page(rows, after, limit))
    }

    async fn list_restore_jobs(
        &self,
        wanted: Wanted<RestoreJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RestoreJob>, StoreError> {
        let state = self.lock();
        let rows = state.restore_jobs.values().filter(|row| wanted(&row.2));
        let mut rows: Vec<_> = rows.map(|row| (job_cursor(row.1), row.2.clone())).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(page(rows, after, limit))
    }

    async fn list_sources(&self) -> Result<Vec<Source>, StoreError> {
        Ok(self.lock().sources.values().map(|(_, source)| source.clone()).collect())
    }

    async fn list_roles(&self) -> Result<Vec<Role>, StoreError> {
        Ok(self.lock().roles.values().map(|(_, role)| role.clone()).collect())
    }

    async fn tally(&self, of: Tally) -> Result<u64, StoreError> {
        Ok(self.lock().tally(of))
    }

    async fn source(&self, arn: &ResourceArn) -> Result<(Option<Source>, Expect), StoreError> {
        let state = self.lock();
        let source = state.sources.get(arn).map(|(_, source)| source.clone());
        Ok((source, state.expect(Subject::Source(arn.clone()))))
    }

    async fn due_erasures(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Claim>, StoreError> {
        let state = self.lock();
        let due = |erasing: &Erasure| {
            erasing.state.due().filter(|it| *it <= now || *it > put_off_max(now))
        };
        let claim = |epoch: Epoch, erasing: &Erasure, row: &BackupRow| Claim {
            slot: row.slot(),
            backup: row.backup.clone(),
            erasing: erasing.clone(),
            left_in: epoch,
            epoch: match state.epochs_ended.get(&epoch) {
                Some(ended) => EpochEnd::Ended(*ended),
                None => EpochEnd::Expected(state.expected_end(erasing.decided)),
            },
            expect: state.expect(Subject::Slot(row.slot())),
        };
        let rows = state.erasing().into_iter().filter_map(|((epoch, _), erasing, row)| {
            Some((due_cursor(due(erasing)?, row.row), claim(epoch, erasing, row)))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(page(rows, after, limit))
    }

    async fn list_erasing(
        &self,
        parked: bool,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Backup>, StoreError> {
        let state = self.lock();
        let rows = state.erasing().into_iter();
        let rows = rows.filter(|(_, erasing, _)| !parked || erasing.state.due().is_none());
        let rows = rows.map(|((epoch, place), _, row)| {
            ([epoch.0.to_be_bytes(), place.to_be_bytes()].concat(), row.backup.clone())
        });
        Ok(page(rows.collect(), after, limit))
    }

    async fn due_expiries(
        &self,
        now: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<BackupName>, StoreError> {
        let state = self.lock();
        let due = state.backups.values().filter_map(|row| {
            let due = row.expires.filter(|due| *due <= now)?;
            Some((due_cursor(due, row.row), row.backup.name.clone()))
        });
        let mut rows: Vec<_> = due.collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(page(rows, after, limit))
    }

    async fn ended_jobs(
        &self,
        until: Timestamp,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<EndedJob>, StoreError> {
        let state = self.lock();
        let backups =
            state.backup_jobs.values().map(|(_, row, job)| (*row, job.id, job.state.ended()));
        let restores =
            state.restore_jobs.values().map(|(_, row, job)| (*row, job.id, job.state.ended()));
        let ended = backups.chain(restores).filter_map(|(row, id, ended)| {
            let ended = ended.filter(|ended| *ended <= until)?;
            let expect = state.expect(Subject::Job(id));
            Some((due_cursor(ended, row), EndedJob { id, ended, expect }))
        });
        let mut rows: Vec<_> = ended.collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(page(rows, after, limit))
    }

    async fn interrupted_jobs(&self) -> Result<(Vec<BackupJob>, Vec<RestoreJob>), StoreError> {
        let state = self.lock();
        let backup_jobs = state.backup_jobs.values().map(|row| &row.2);
        let restore_jobs = state.restore_jobs.values().map(|row| &row.2);
        Ok((
            backup_jobs.filter(|job| job.state.ended().is_none()).cloned().collect(),
            restore_jobs.filter(|job| job.state.ended().is_none()).cloned().collect(),
        ))
    }

    async fn certificate(&self, arn: &BackupName) -> Result<Option<Issued>, StoreError> {
        let state = self.lock();
        let found = (0..).zip(&state.certificates).filter(|(_, it)| it.0 == *arn).last();
        Ok(found.map(|(leaf, (_, statement))| Issued { leaf, statement: statement.clone() }))
    }

    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError> {
        let state = self.lock();
        let skip = usize::try_from(from).unwrap_or(usize::MAX);
        let found = state.certificates.iter().skip(skip).take(limit);
        let issued = |(leaf, (_, statement)): (_, &(_, String))| Issued {
            leaf,
            statement: statement.clone(),
        };
        Ok((from..).zip(found).map(issued).collect())
    }

    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        let state = self.lock();
        if size > state.log.size() {
            return Ok(None);
        }
        inclusion_proof(leaf, size, |id| state.log_node(id)).map_err(StoreError::not_done)
    }

    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError> {
        let state = self.lock();
        let (size, root) = (state.log.size(), state.log.root());
        let known = (before <= size).then(|| Frontier::load(before, |id| state.log_node(id)));
        let known = known.transpose().map_err(StoreError::not_done)?;
        let events = u64::try_from(state.trail.len()).unwrap_or(u64::MAX);
        let hash = state.trail.last().map_or(trail::BEGINNING, |link| link.hash);
        let root_before = known.map(|log| log.root());
        Ok(LogEnd { size, root, root_before, trail: TrailHead { events, hash } })
    }

    async fn means(&self) -> Result<Vec<Means>, StoreError> {
        Ok(self.lock().means.clone())
    }

    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError> {
        let state = self.lock();
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let leaves = state.certificates.iter().skip(from).take(limit);
        Ok(leaves.map(|(_, statement)| leaf_hash(statement.as_bytes())).collect())
    }

    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.lock().events.iter().skip(from).take(limit).cloned().collect())
    }

    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError> {
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        Ok(self.lock().trail.iter().skip(from).take(limit).cloned().collect())
    }

    async fn totals(&self) -> Result<Totals, StoreError> {
        let state = self.lock();
        let mut backups = BTreeMap::new();
        for row in state.backups.values() {
            *backups.entry(row.backup.state.name()).or_default() += 1;
        }
        let erasing = state.erasing();
        let parked = erasing.iter().filter(|(_, erasing, _)| erasing.state.due().is_none());
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Totals {
            backups: backups.into_iter().collect(),
            erasures: count(erasing.len()),
            parked: count(parked.count()),
            oldest_erasure: erasing.first().map(|(_, erasing, _)| erasing.decided),
            next_expiry: state.backups.values().filter_map(|row| row.expires).min(),
            certificates: count(state.certificates.len()),
            stored_bytes: state
                .backups
                .values()
                .filter_map(|row| row.backup.state.content())
                .map(|content| content.stored_bytes)
                .sum(),
            erased_bytes: state.erased_bytes,
        })
    }

    fn healthy(&self) -> bool {
        true
    }
}

/// Sorts as (creation, row).
fn backup_cursor(backup: &Backup, row: i64) -> Vec<u8> {
    let millis = backup.created.as_millisecond();
    [millis.to_be_bytes(), row.to_be_bytes()].concat()
}

/// Sorts as (due, row). Nothing is due before 1970, so that bytes sort as numbers do.
fn due_cursor(due: Timestamp, row: i64) -> Vec<u8> {
    let millis = u64::try_from(due.as_millisecond()).unwrap_or(0);
    [millis.to_be_bytes(), row.to_be_bytes()].concat()
}

/// Sorts newest first.
fn job_cursor(row: i64) -> Vec<u8> {
    (i64::MAX - row).to_be_bytes().to_vec()
}

fn page<T>(sorted: Vec<(Vec<u8>, T)>, after: Option<&Cursor>, limit: usize) -> Page<T> {
    let mut rest: Vec<_> =
        sorted.into_iter().filter(|(key, _)| after.is_none_or(|it| *key > it.0)).collect();
    let more = rest.len() > limit;
    rest.truncate(limit);
    let next = rest.last().filter(|_| more).map(|(key, _)| Cursor(key.clone()));
    Page { items: rest.into_iter().map(|(_, item)| item).collect(), next }
}
