//! The store as plain maps: the reference that the others are held against, and what
//! the simulator runs on. Keys stand in a map, since there is no disk to keep remnants.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, MutexGuard};

use async_trait::async_trait;
use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    BackupJob, Epoch, ErasureJob, ErasureState, Event, JobId, RecoveryPoint, RecoveryPointArn,
    ResourceArn, RestoreJob, Role, RoleArn, RoleStatus, Source, Vault, VaultName,
};

use super::trail::{self, Link};
use super::{
    BackupFacts, Cause, Change, Claim, Commit, Cursor, EndedJob, EpochEnd, Expect, Generation,
    MetaStore, Page, PointQuery, PointSnapshot, StoreError, Subject, Totals, VaultSnapshot,
    Versioned, Wanted, Write,
};
use crate::certificate::{IssuedCertificate, Statement};
use crate::merkle::{Frontier, NodeId, inclusion_proof, leaf_hash};
use crate::seal::DataKey;

/// Metadata in memory.
#[derive(Debug, Default)]
pub struct Memory(Mutex<State>);

#[derive(Debug, Clone, Default)]
struct State {
    generation: u64,
    next_row: i64,
    /// The epoch that ended last.
    epoch: u64,
    /// How long an epoch should last; nothing if each deletion ends its own at once.
    epochs_last: Option<SignedDuration>,
    vaults: BTreeMap<VaultName, (u64, Vault)>,
    points: BTreeMap<RecoveryPointArn, PointRow>,
    backups: BTreeMap<JobId, (u64, i64, BackupJob)>,
    restores: BTreeMap<JobId, (u64, i64, RestoreJob)>,
    erasures: BTreeMap<JobId, (u64, i64, ErasureJob)>,
    epochs_ended: BTreeMap<Epoch, Timestamp>,
    sources: BTreeMap<ResourceArn, (u64, Source)>,
    roles: BTreeMap<RoleArn, (u64, Role)>,
    erased_bytes: u64,
    certificates: Vec<(RecoveryPointArn, Statement)>,
    log: Frontier,
    log_nodes: BTreeMap<NodeId, [u8; 32]>,
    events: Vec<Event>,
    trail: Vec<Link>,
}

#[derive(Debug, Clone)]
struct PointRow {
    generation: u64,
    row: i64,
    point: RecoveryPoint,
    key: Option<[u8; 32]>,
    uses: BTreeSet<JobId>,
}

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

    /// Everything under this store, for the simulator to look at: points with whether
    /// their key still exists and what uses them, and erasures that are not finished.
    pub fn inspect(&self) -> (Vec<(RecoveryPoint, bool, usize)>, Vec<ErasureJob>) {
        let state = self.lock();
        let points = state
            .points
            .values()
            .map(|row| (row.point.clone(), row.key.is_some(), row.uses.len()))
            .collect();
        let erasures = state.erasures.values().map(|(_, _, job)| job.clone()).collect();
        (points, erasures)
    }
}

impl State {
    fn generation(&self, subject: &Subject) -> Generation {
        let found = match subject {
            Subject::Vault(name) => self.vaults.get(name).map(|it| it.0),
            Subject::Point(arn) => self.points.get(arn).map(|it| it.generation),
            Subject::Role(arn) => self.roles.get(arn).map(|it| it.0),
            Subject::Source(arn) => self.sources.get(arn).map(|it| it.0),
            Subject::Job(id) => {
                self.backups.get(id).map(|it| it.0).or_else(|| self.restores.get(id).map(|it| it.0))
            }
            Subject::Erasure(id) => self.erasures.get(id).map(|it| it.0),
        };
        Generation(found.unwrap_or(0))
    }

    fn expect(&self, subject: Subject) -> Expect {
        let generation = self.generation(&subject);
        Expect { subject, generation }
    }

    fn points_in(&self, vault: &VaultName) -> u64 {
        let points = self.points.values().filter(|row| row.point.vault == *vault).count();
        u64::try_from(points).unwrap_or(u64::MAX)
    }

    fn row(&mut self) -> i64 {
        self.next_row += 1;
        self.next_row
    }

    fn point_mut(&mut self, arn: &RecoveryPointArn) -> Result<&mut PointRow, Cause> {
        let generation = self.generation;
        let row = self.points.get_mut(arn).ok_or("the recovery point is not there")?;
        row.generation = generation;
        Ok(row)
    }

    fn apply(&mut self, write: Write, at: Option<Timestamp>) -> Result<Commit, Cause> {
        self.generation += 1;
        let generation = self.generation;
        match write {
            Write::PutVault(vault) => {
                self.vaults.insert(vault.name.clone(), (generation, vault));
            }
            Write::RemoveVault(name) => {
                if self.points_in(&name) > 0 || self.vaults.remove(&name).is_none() {
                    return Ok(Commit::Stale);
                }
            }
            Write::CreatePoint(point, key) => self.create_point(point, &key)?,
            Write::PutPoint(point) => {
                let row = self.point_mut(&point.arn)?;
                row.point = point;
            }
            Write::BeginErasure(job) => self.begin_erasure(job, at)?,
            Write::PutErasure(job) => {
                let row = self.erasures.get_mut(&job.id).ok_or("the erasure is not there")?;
                (row.0, row.2) = (generation, job);
            }
            Write::Certify(job, statement) => self.certify(job, statement)?,
            Write::PutBackupJob(job) => {
                let token = &job.idempotency_token;
                let other = |it: &BackupJob| it.id != job.id && it.idempotency_token == *token;
                if token.is_some() && self.backups.values().any(|it| other(&it.2)) {
                    return Ok(Commit::Stale);
                }
                let row = self.backups.get(&job.id).map(|it| it.1);
                let row = row.unwrap_or_else(|| self.row());
                self.backups.insert(job.id, (generation, row, job));
            }
            Write::PutRestoreJob(job) => {
                let token = &job.idempotency_token;
                let other = |it: &RestoreJob| it.id != job.id && it.idempotency_token == *token;
                if token.is_some() && self.restores.values().any(|it| other(&it.2)) {
                    return Ok(Commit::Stale);
                }
                let row = self.restores.get(&job.id).map(|it| it.1);
                let row = row.unwrap_or_else(|| self.row());
                self.restores.insert(job.id, (generation, row, job));
            }
            Write::RemoveJob(id) => {
                let backup = self.backups.remove(&id).is_some();
                if !backup && self.restores.remove(&id).is_none() {
                    return Err("the job to be forgotten is not there".into());
                }
            }
            Write::AddUse(arn, job) => {
                self.point_mut(&arn)?.uses.insert(job);
            }
            Write::RemoveUse(arn, job) => {
                self.point_mut(&arn)?.uses.remove(&job);
            }
            Write::PutSource(source) => {
                self.sources.insert(source.arn.clone(), (generation, source));
            }
            Write::RemoveSource(arn) => {
                self.sources.remove(&arn);
            }
            Write::PutRole(role) => {
                self.roles.insert(role.arn.clone(), (generation, role));
            }
        }
        Ok(Commit::Done)
    }

    fn create_point(&mut self, point: RecoveryPoint, key: &DataKey) -> Result<(), Cause> {
        if self.points.contains_key(&point.arn) {
            return Err("a recovery point of that name exists".into());
        }
        if !self.vaults.contains_key(&point.vault) {
            return Err("the vault of a new recovery point is not there".into());
        }
        let (generation, row, arn) = (self.generation, self.row(), point.arn.clone());
        let (key, uses) = (Some(*key.as_bytes()), BTreeSet::new());
        self.points.insert(arn, PointRow { generation, row, point, key, uses });
        Ok(())
    }

    fn begin_erasure(&mut self, mut job: ErasureJob, at: Option<Timestamp>) -> Result<(), Cause> {
        job.epoch = Epoch(self.epoch + 1);
        if self.epochs_last.is_none() {
            self.end_epoch(at.unwrap_or(job.decided));
        }
        self.points.get_mut(&job.point).ok_or("the recovery point is not there")?.key = None;
        let clashes = |other: &ErasureJob| other.point == job.point || other.id == job.id;
        if self.erasures.values().any(|(_, _, other)| clashes(other)) {
            return Err("the recovery point is being erased already".into());
        }
        let row = self.row();
        self.erasures.insert(job.id, (self.generation, row, job));
        Ok(())
    }

    fn end_epoch(&mut self, at: Timestamp) {
        self.epoch += 1;
        self.epochs_ended.insert(Epoch(self.epoch), at);
    }

    fn expected_end(&self, decided: Timestamp) -> Timestamp {
        let lasting = self.epochs_last.unwrap_or_default();
        decided.saturating_add(lasting).unwrap_or(Timestamp::MAX)
    }

    fn certify(&mut self, job: JobId, statement: Statement) -> Result<(), Cause> {
        let (_, _, job) = self.erasures.remove(&job).ok_or("the erasure is not there")?;
        self.points.remove(&job.point).ok_or("the recovery point is not there")?;
        self.erased_bytes += job.content.map_or(0, |content| content.stored_bytes);
        let completed = self.log.append(leaf_hash(&statement.body));
        self.log_nodes.extend(completed);
        self.certificates.push((job.point, statement));
        Ok(())
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
            points: state.points_in(name),
            expect: state.expect(Subject::Vault(name.clone())),
        }))
    }

    async fn point(&self, arn: &RecoveryPointArn) -> Result<Option<PointSnapshot>, StoreError> {
        let state = self.lock();
        Ok(state.points.get(arn).map(|row| {
            let point = row.point.clone();
            PointSnapshot {
                uses: row.uses.iter().copied().collect(),
                role: state.role(&point.role),
                expects: vec![
                    state.expect(Subject::Point(arn.clone())),
                    state.expect(Subject::Vault(point.vault.clone())),
                    state.expect(Subject::Role(point.role.clone())),
                ],
                point,
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
            repeated: state.backups.values().map(|it| &it.2).find(of_token).cloned(),
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
        Ok(state.backups.get(&id).map(|row| Versioned { value: row.2.clone(), expect }))
    }

    async fn restore_job(&self, id: JobId) -> Result<Option<Versioned<RestoreJob>>, StoreError> {
        let state = self.lock();
        let expect = state.expect(Subject::Job(id));
        Ok(state.restores.get(&id).map(|row| Versioned { value: row.2.clone(), expect }))
    }

    async fn restore_job_of_token(&self, token: &str) -> Result<Option<RestoreJob>, StoreError> {
        let state = self.lock();
        let of_token = |job: &&RestoreJob| job.idempotency_token.as_deref() == Some(token);
        Ok(state.restores.values().map(|it| &it.2).find(of_token).cloned())
    }

    async fn data_key(&self, arn: &RecoveryPointArn) -> Result<Option<DataKey>, StoreError> {
        let state = self.lock();
        Ok(state.points.get(arn).and_then(|row| row.key).map(DataKey::from_bytes))
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
            .map(|(name, (_, vault))| (vault.clone(), state.points_in(name)))
            .collect();
        let last = items.last().filter(|_| items.len() == limit);
        let next = last.map(|(vault, _)| Cursor(vault.name.as_str().as_bytes().to_vec()));
        Ok(Page { items, next })
    }

    async fn list_points(
        &self,
        filter: &PointQuery,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<RecoveryPoint>, StoreError> {
        let state = self.lock();
        let rows = state.points.values().filter(|row| filter.lets_through(&row.point));
        let mut rows: Vec<_> =
            rows.map(|row| (point_cursor(&row.point, row.row), row.point.clone())).collect();
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
        let rows = state.backups.values().filter(|row| wanted(&row.2));
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
        let rows = state.restores.values().filter(|row| wanted(&row.2));
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
        let due = |job: &ErasureJob| match &job.state {
            ErasureState::Pending { not_before, .. } => Some(*not_before).filter(|it| *it <= now),
            ErasureState::Parked { .. } => None,
        };
        let claim = |job: &ErasureJob| Claim {
            job: job.clone(),
            expect: state.expect(Subject::Erasure(job.id)),
            epoch: match state.epochs_ended.get(&job.epoch) {
                Some(ended) => EpochEnd::Ended(*ended),
                None => EpochEnd::Expected(state.expected_end(job.decided)),
            },
        };
        let rows = state.erasures.values().filter_map(|(_, row, job)| {
            // Nothing is due before 1970, so that bytes sort as numbers do.
            let millis = u64::try_from(due(job)?.as_millisecond()).unwrap_or(0);
            Some(([millis.to_be_bytes(), row.to_be_bytes()].concat(), claim(job)))
        });
        let mut rows: Vec<_> = rows.collect();
        rows.sort_by(|(one, _), (other, _)| one.cmp(other));
        Ok(page(rows, after, limit))
    }

    async fn erasure(
        &self,
        point: &RecoveryPointArn,
    ) -> Result<Option<Versioned<ErasureJob>>, StoreError> {
        let state = self.lock();
        let found = state.erasures.values().map(|row| &row.2).find(|job| job.point == *point);
        Ok(found.map(|job| {
            let expect = state.expect(Subject::Erasure(job.id));
            Versioned { value: job.clone(), expect }
        }))
    }

    async fn list_erasures(
        &self,
        wanted: Wanted<ErasureJob>,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<ErasureJob>, StoreError> {
        let state = self.lock();
        let rows = state.erasures.values().filter(|row| wanted(&row.2));
        let mut rows: Vec<_> =
            rows.map(|row| (row.1.to_be_bytes().to_vec(), row.2.clone())).collect();
        rows.sort_by(|a, b| a.0.cmp(&b.0));
        Ok(page(rows, after, limit))
    }

    async fn oldest_ended_jobs(&self, limit: usize) -> Result<Vec<EndedJob>, StoreError> {
        let state = self.lock();
        let backups = state.backups.values().map(|(_, row, job)| (row, job.id, job.state.ended()));
        let restores =
            state.restores.values().map(|(_, row, job)| (row, job.id, job.state.ended()));
        let mut jobs: Vec<_> = backups.chain(restores).collect();
        jobs.sort_by_key(|job| job.0);
        let ended = jobs.into_iter().filter_map(|(_, id, ended)| {
            Some(EndedJob { id, ended: ended?, expect: state.expect(Subject::Job(id)) })
        });
        Ok(ended.take(limit).collect())
    }

    async fn interrupted_jobs(&self) -> Result<(Vec<BackupJob>, Vec<RestoreJob>), StoreError> {
        let state = self.lock();
        let backups = state.backups.values().map(|row| &row.2);
        let restores = state.restores.values().map(|row| &row.2);
        Ok((
            backups.filter(|job| job.state.ended().is_none()).cloned().collect(),
            restores.filter(|job| job.state.ended().is_none()).cloned().collect(),
        ))
    }

    async fn certificate(
        &self,
        arn: &RecoveryPointArn,
    ) -> Result<Option<IssuedCertificate>, StoreError> {
        let state = self.lock();
        let found = state.certificates.iter().enumerate().rev().find(|(_, it)| it.0 == *arn);
        let Some((leaf, (_, statement))) = found else { return Ok(None) };
        let leaf = u64::try_from(leaf).map_err(StoreError::not_done)?;
        let node = |id| state.log_nodes.get(&id).copied().ok_or("a log node is missing");
        let log_size = state.log.size();
        let proof = inclusion_proof(leaf, log_size, node).map_err(StoreError::not_done)?;
        let proof = proof.ok_or_else(|| StoreError::not_done("not in the log"))?;
        let (statement, log_root) = (statement.clone(), state.log.root());
        Ok(Some(IssuedCertificate { leaf, statement, log_size, log_root, proof }))
    }

    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<[u8; 32]>, StoreError> {
        let state = self.lock();
        let from = usize::try_from(from).unwrap_or(usize::MAX);
        let leaves = state.certificates.iter().skip(from).take(limit);
        Ok(leaves.map(|(_, statement)| leaf_hash(&statement.body)).collect())
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
        let mut points = BTreeMap::new();
        for row in state.points.values() {
            *points.entry(row.point.state.name()).or_default() += 1;
        }
        let jobs = || state.erasures.values().map(|row| &row.2);
        let parked = jobs().filter(|job| matches!(job.state, ErasureState::Parked { .. }));
        let count = |count: usize| u64::try_from(count).unwrap_or(u64::MAX);
        Ok(Totals {
            points: points.into_iter().collect(),
            erasures: count(jobs().count()),
            parked: count(parked.count()),
            oldest_erasure: jobs().map(|job| job.decided).min(),
            certificates: count(state.certificates.len()),
            stored_bytes: state
                .points
                .values()
                .filter_map(|row| row.point.state.content())
                .map(|content| content.stored_bytes)
                .sum(),
            erased_bytes: state.erased_bytes,
        })
    }

    fn healthy(&self) -> bool {
        true
    }
}

impl State {
    fn role(&self, arn: &RoleArn) -> RoleStatus {
        self.roles.get(arn).map_or(RoleStatus::Permitted, |(_, role)| role.status)
    }
}

/// Sorts as (creation, row).
fn point_cursor(point: &RecoveryPoint, row: i64) -> Vec<u8> {
    let millis = point.created.as_millisecond();
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
