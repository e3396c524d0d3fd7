//! What is in the store in memory, and what one write does to it.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupJob, BackupName, CopyJob, DataKey, Epoch, Erasure, Event, Hold, HoldId, Holds,
    InRealm, JobId, Means, Plan, PlanId, PlanVersion, Realm, ResourceArn, RestoreJob, Role,
    RoleArn, RoleName, Source, SourceKind, TOKENS_MAX, Token, TokenName, Use, User, UserName,
    Vault, VaultName, VersionId,
};

use super::jobs::{of_token, put_job};
use super::plans::a_plan;
use crate::certificate::{Issued, Openings};
use crate::merkle::{Frontier, NodeId, leaf_hash};
use crate::sealed::Sealed;
use crate::stage::Stage;
use crate::trail::Link;
use crate::{Around, Cause, Commit, Expect, Generation, Slot, Subject, Tally, Thing, Write};

#[derive(Debug, Clone, Default)]
pub(super) struct State {
    pub(super) generation: u64,
    pub(super) next_row: i64,
    pub(super) next_slot: i64,
    /// The epoch that ended last.
    pub(super) epoch: u64,
    /// How long an epoch should last; nothing if each deletion ends its own at once.
    pub(super) epochs_last: Option<SignedDuration>,
    pub(super) realms: Vec<Realm>,
    pub(super) vaults: BTreeMap<InRealm<VaultName>, VaultRow>,
    pub(super) backups: BTreeMap<InRealm<BackupName>, BackupRow>,
    pub(super) backup_jobs: BTreeMap<JobId, (u64, i64, BackupJob)>,
    pub(super) restore_jobs: BTreeMap<JobId, (u64, i64, RestoreJob)>,
    pub(super) copy_jobs: BTreeMap<JobId, (u64, i64, CopyJob)>,
    pub(super) epochs_ended: BTreeMap<Epoch, Timestamp>,
    pub(super) sources: BTreeMap<InRealm<ResourceArn>, (u64, Source)>,
    pub(super) roles: BTreeMap<RoleArn, (u64, Role)>,
    pub(super) users: BTreeMap<UserName, (u64, User)>,
    pub(super) secrets: BTreeMap<InRealm<ResourceArn>, Arc<Sealed>>,
    pub(super) tokens: BTreeMap<InRealm<TokenName>, (u64, Token)>,
    pub(super) holds: BTreeMap<InRealm<HoldId>, (u64, Hold)>,
    /// When one came or was cancelled in each realm.
    pub(super) holds_moved: BTreeMap<Realm, u64>,
    pub(super) plans: BTreeMap<InRealm<PlanId>, (u64, Plan)>,
    pub(super) plan_versions: BTreeMap<(InRealm<PlanId>, VersionId), PlanVersion>,
    pub(super) erased_bytes: u64,
    pub(super) means: Vec<Means>,
    pub(super) certificates: Vec<(Option<InRealm<BackupName>>, Issued)>,
    pub(super) log: Frontier,
    pub(super) log_nodes: BTreeMap<NodeId, [u8; 32]>,
    pub(super) events: Vec<Event>,
    pub(super) trail: Vec<Link>,
}

#[derive(Debug, Clone)]
pub(super) struct VaultRow {
    pub(super) generation: u64,
    /// The generation of what it protects.
    pub(super) guard: u64,
    pub(super) vault: Vault,
}

#[derive(Debug, Clone)]
pub(super) struct BackupRow {
    pub(super) generation: u64,
    pub(super) row: i64,
    pub(super) backup: Backup,
    pub(super) key: Option<Arc<DataKey>>,
    /// The epoch in which the key left; nothing before.
    pub(super) epoch: Option<Epoch>,
    pub(super) uses: BTreeMap<JobId, Use>,
    /// When it is due to expire, unless it was put off.
    pub(super) expires: Option<Timestamp>,
}

impl BackupRow {
    pub(super) fn slot(&self) -> Slot {
        Slot(u64::try_from(self.row).unwrap_or(0))
    }

    fn stage(&self) -> Stage {
        Stage::of(&self.backup.state)
    }

    /// While it is being erased, by its state alone.
    fn replace(&mut self, backup: Backup) {
        self.backup = if Stage::of(&backup.state).is_erasing() {
            self.backup.clone().erased_to(backup.state)
        } else {
            backup
        };
    }
}

impl State {
    pub(super) fn generation(&self, subject: &Subject) -> Generation {
        let found = match subject {
            Subject::Vault(key) => self.vaults.get(key).map(|it| it.generation),
            Subject::Guard(key) => self.vaults.get(key).map(|it| it.guard),
            Subject::Backup(key) => self.backups.get(key).map(|it| it.generation),
            Subject::Role(arn) => self.role(arn).map(|it| it.0),
            Subject::RoleNamed(name) => self.role_named(name).map(|it| it.0),
            Subject::User(name) => self.users.get(name).map(|it| it.0),
            Subject::Holds(realm) => self.holds_moved.get(realm).copied(),
            Subject::Hold(key) => self.holds.get(key).map(|it| it.0),
            Subject::Source(key) => self.sources.get(key).map(|it| it.0),
            Subject::SourceOfPath(path) => self.source_of_path(path).map(|it| it.0),
            Subject::Job(id) => self
                .backup_jobs
                .get(id)
                .map(|it| it.0)
                .or_else(|| self.restore_jobs.get(id).map(|it| it.0))
                .or_else(|| self.copy_jobs.get(id).map(|it| it.0)),
            Subject::BackupToken(token) => of_token(&self.backup_jobs, token).map(|it| it.0),
            Subject::RestoreToken(token) => of_token(&self.restore_jobs, token).map(|it| it.0),
            Subject::CopyToken(token) => of_token(&self.copy_jobs, token).map(|it| it.0),
            Subject::Token(key) => self.tokens.get(key).map(|it| it.0),
            Subject::Plan(key) => self.plans.get(key).map(|it| it.0),
            Subject::PlanOfToken(token) => self.plan_of_token(token).map(|it| it.0),
            Subject::PlanAlike(document) => self.plan_alike(document).map(|it| it.0),
            Subject::Slot(slot) => self.at(*slot).map(|it| it.generation),
        };
        Generation(found.unwrap_or(0))
    }

    /// What stands for a subject.
    pub(super) fn thing(&self, subject: &Subject) -> Option<Thing> {
        let backup = |row: &BackupRow| {
            let uses = row.uses.values().cloned().collect();
            let around = Around { uses, copies: self.copies(&row.backup) };
            Thing::Backup(Box::new(row.backup.clone()), around)
        };
        let backup_job = |it: &(u64, i64, BackupJob)| Thing::BackupJob(Box::new(it.2.clone()));
        let restore_job = |it: &(u64, i64, RestoreJob)| Thing::RestoreJob(Box::new(it.2.clone()));
        let copy_job = |it: &(u64, i64, CopyJob)| Thing::CopyJob(Box::new(it.2.clone()));
        match subject {
            Subject::Vault(key) => self.vaults.get(key).map(|it| Thing::Vault(it.vault.clone())),
            Subject::Guard(key) => {
                self.vaults.get(key).map(|it| Thing::Guard(it.vault.guard.clone()))
            }
            Subject::Backup(key) => self.backups.get(key).map(backup),
            Subject::Slot(slot) => self.at(*slot).map(backup),
            Subject::Role(arn) => self.role(arn).map(|it| Thing::Role(it.1.clone())),
            Subject::RoleNamed(name) => self.role_named(name).map(|it| Thing::Role(it.1.clone())),
            Subject::User(name) => {
                self.users.get(name).map(|it| Thing::User(Box::new(it.1.clone())))
            }
            Subject::Holds(realm) => {
                self.holds_moved.get(realm).map(|_| Thing::Holds(Arc::new(self.holds_of(realm))))
            }
            Subject::Hold(key) => self.holds.get(key).map(|it| Thing::Hold(Box::new(it.1.clone()))),
            Subject::Source(key) => self.sources.get(key).map(|it| Thing::Source(it.1.clone())),
            Subject::SourceOfPath(path) => {
                self.source_of_path(path).map(|it| Thing::Source(it.1.clone()))
            }
            Subject::Job(id) => self
                .backup_jobs
                .get(id)
                .map(backup_job)
                .or_else(|| self.restore_jobs.get(id).map(restore_job))
                .or_else(|| self.copy_jobs.get(id).map(copy_job)),
            Subject::BackupToken(token) => of_token(&self.backup_jobs, token).map(backup_job),
            Subject::RestoreToken(token) => of_token(&self.restore_jobs, token).map(restore_job),
            Subject::CopyToken(token) => of_token(&self.copy_jobs, token).map(copy_job),
            Subject::Token(key) => self.tokens.get(key).map(|it| Thing::Token(it.1.clone())),
            Subject::Plan(key) => self.plans.get(key).map(a_plan),
            Subject::PlanOfToken(token) => self.plan_of_token(token).map(a_plan),
            Subject::PlanAlike(document) => self.plan_alike(document).map(a_plan),
        }
    }

    /// The role of this ARN, or else the one of its name.
    fn role(&self, arn: &RoleArn) -> Option<&(u64, Role)> {
        let named = || self.role_named(&RoleName::of(arn)?);
        self.roles.get(arn).or_else(named)
    }

    fn role_named(&self, name: &RoleName) -> Option<&(u64, Role)> {
        self.roles.values().find(|it| it.1.key().as_ref() == Some(name))
    }

    fn source_of_path(&self, path: &InRealm<String>) -> Option<&(u64, Source)> {
        let kind = SourceKind::Fsx { path: path.name.clone() };
        self.sources.values().find(|(_, it)| it.realm == path.realm && it.kind == kind)
    }

    pub(super) fn expect(&self, subject: Subject) -> Expect {
        let generation = self.generation(&subject);
        Expect { subject, generation }
    }

    /// Other backups of the same bytes as these, of which the key is there.
    fn copies(&self, of: &Backup) -> u64 {
        let others = self.backups.values().filter(|row| {
            row.key.is_some() && row.backup.id != of.id && row.backup.root() == of.root()
        });
        u64::try_from(others.count()).unwrap_or(u64::MAX)
    }

    pub(super) fn tally(&self, of: &Tally) -> u64 {
        let creating = || {
            let rows = self.backups.values().map(|row| &row.backup);
            rows.filter(|backup| matches!(backup.state, sexton_core::State::Creating))
        };
        let count = match of {
            Tally::CapturesOf(source) => creating()
                .filter(|it| it.realm == source.realm && it.source == source.name)
                .filter(|it| it.origin.is_captured())
                .count(),
            Tally::CopiesTo(realm) => {
                creating().filter(|it| it.realm == *realm && !it.origin.is_captured()).count()
            }
            Tally::Realms => self.realms.len(),
            Tally::Vaults => self.vaults.len(),
            Tally::Sources => self.sources.len(),
            Tally::Roles => self.roles.len(),
            Tally::Users => self.users.len(),
            Tally::Holds(realm) => self.holds.keys().filter(|key| key.realm == *realm).count(),
            Tally::Plans(realm) => self.plans_of(realm, false).count(),
            Tally::PlanRecords(realm) => self.plans_of(realm, true).count(),
        };
        u64::try_from(count).unwrap_or(u64::MAX)
    }

    pub(super) fn backups_in(&self, vault: &InRealm<VaultName>) -> u64 {
        let kept = |row: &&BackupRow| {
            let kept = row.backup.in_vault();
            row.backup.realm == vault.realm && kept.is_some_and(|kept| kept.vault == vault.name)
        };
        let backups = self.backups.values().filter(kept).count();
        u64::try_from(backups).unwrap_or(u64::MAX)
    }

    fn at(&self, slot: Slot) -> Option<&BackupRow> {
        self.backups.values().find(|row| row.slot() == slot)
    }

    /// What is being erased, with where it stands in a listing: the epoch in which its key
    /// left, and the row.
    pub(super) fn erasing(&self) -> Vec<((Epoch, i64), &Erasure, &BackupRow)> {
        let mut rows: Vec<_> = self
            .backups
            .values()
            .filter_map(|row| Some(((row.epoch?, row.row), row.backup.state.erasing()?, row)))
            .collect();
        rows.sort_by_key(|(place, ..)| *place);
        rows
    }

    pub(super) fn begin_realm(&mut self, realm: &Realm) {
        if !self.realms.contains(realm) {
            self.realms.push(realm.clone());
        }
    }

    fn drop_realm(&mut self, realm: &Realm) -> Commit {
        let holds = self.backups.keys().any(|key| key.realm == *realm);
        let held = !self.holds_of(realm).all().is_empty();
        if holds || held || !self.realms.contains(realm) {
            return Commit::Stale;
        }
        self.holds.retain(|key, _| key.realm != *realm);
        self.holds_moved.remove(realm);
        self.plans.retain(|key, _| key.realm != *realm);
        self.plan_versions.retain(|(key, _), _| key.realm != *realm);
        self.vaults.retain(|key, _| key.realm != *realm);
        self.sources.retain(|key, _| key.realm != *realm);
        self.tokens.retain(|key, _| key.realm != *realm);
        self.backup_jobs.retain(|_, it| it.2.realm != *realm);
        self.restore_jobs.retain(|_, it| it.2.realm != *realm);
        self.copy_jobs.retain(|_, it| it.2.realm != *realm);
        self.realms.retain(|it| it != realm);
        Commit::Done
    }

    fn backup_mut(&mut self, key: &InRealm<BackupName>) -> Result<&mut BackupRow, Cause> {
        let generation = self.generation;
        let row = self.backups.get_mut(key).ok_or("the recovery point is not there")?;
        row.generation = generation;
        Ok(row)
    }

    /// A backup that may be in use: neither one that is being erased, nor the record of one.
    fn used_mut(&mut self, key: &InRealm<BackupName>) -> Result<&mut BackupRow, Cause> {
        let row = self.backup_mut(key)?;
        match row.stage() {
            Stage::Kept => Ok(row),
            Stage::Deleting | Stage::Failing | Stage::Record => {
                Err("the recovery point in use is not there".into())
            }
        }
    }

    fn remove_job(&mut self, id: JobId) -> Result<(), Cause> {
        let gone = self.backup_jobs.remove(&id).is_some()
            || self.restore_jobs.remove(&id).is_some()
            || self.copy_jobs.remove(&id).is_some();
        if gone { Ok(()) } else { Err("the job to be forgotten is not there".into()) }
    }

    pub(super) fn apply(&mut self, write: Write, at: Option<Timestamp>) -> Result<Commit, Cause> {
        self.generation += 1;
        let generation = self.generation;
        match write {
            Write::PutVault(vault) => {
                self.put_vault(vault);
            }
            Write::PutGuard(key, guard) => {
                let Some(row) = self.vaults.get_mut(&key) else { return Ok(Commit::Stale) };
                (row.guard, row.vault.guard) = (generation, guard);
            }
            Write::RemoveVault(key) => {
                if self.backups_in(&key) > 0 || self.vaults.remove(&key).is_none() {
                    return Ok(Commit::Stale);
                }
            }
            Write::CreateBackup(backup, key) => self.create_backup(backup, &key)?,
            Write::PutBackup(backup) => self.put_backup(backup)?,
            Write::RemoveBackup(key) => {
                if !self.backups.get(&key).is_some_and(|row| row.stage() == Stage::Record) {
                    return Err("the record to be removed is not one of a failed backup".into());
                }
                self.backups.remove(&key);
            }
            Write::PutToken(key, token) => {
                self.begin_realm(&key.realm);
                return Ok(self.put_token(key, token, TOKENS_MAX));
            }
            Write::ForgetTokens(until) => self.forget_tokens(until),
            Write::PutOffExpiry(key, until) => self.put_off_expiry(&key, until)?,
            Write::BeginErasure(backup) => self.begin_erasure(backup, at)?,
            Write::Certify(slot, statement, openings) => self.certify(slot, statement, openings)?,
            Write::Announce(statement) => self.append_leaf(None, statement, Openings::new()),
            Write::Redact(leaves) => self.redact(&leaves)?,
            Write::PutBackupJob(job) => {
                return Ok(put_job(&mut self.backup_jobs, generation, &mut self.next_row, job));
            }
            Write::PutRestoreJob(job) => {
                return Ok(put_job(&mut self.restore_jobs, generation, &mut self.next_row, job));
            }
            Write::PutCopyJob(job) => {
                return Ok(put_job(&mut self.copy_jobs, generation, &mut self.next_row, job));
            }
            Write::RemoveJob(id) => self.remove_job(id)?,
            Write::AddUse(key, reads) => {
                self.used_mut(&key)?.uses.insert(reads.job, reads);
            }
            Write::RemoveUse(key, job) => {
                self.used_mut(&key)?.uses.remove(&job);
            }
            Write::PutSource(source) => {
                self.begin_realm(&source.realm);
                self.sources.insert(source.key(), (generation, source));
            }
            Write::RemoveSource(key) => {
                self.sources.remove(&key);
                self.secrets.remove(&key);
            }
            Write::PutSecret(key, sealed) => drop(self.secrets.insert(key, Arc::new(sealed))),
            Write::RemoveSecret(key) => drop(self.secrets.remove(&key)),
            Write::PutHold(hold) => self.put_hold(hold),
            Write::RemoveHold(key) => self.remove_hold(&key)?,
            Write::PutPlan(plan) => self.put_plan(*plan),
            Write::RemovePlan(key) => self.remove_plan(&key),
            Write::DropRealm(realm) => return Ok(self.drop_realm(&realm)),
            Write::AddMeans(means) => self.means.push(means),
            Write::PutRole(role) => self.put_role(role)?,
            Write::PutUser(user) => drop(self.users.insert(user.key(), (generation, user))),
            Write::RemoveUser(name) => drop(self.users.remove(&name)),
        }
        Ok(Commit::Done)
    }

    fn put_role(&mut self, role: Role) -> Result<(), Cause> {
        let other = role.key().and_then(|name| self.role_named(&name));
        if other.is_some_and(|(_, other)| other.arn != role.arn) {
            return Err("another role has the name".into());
        }
        self.roles.insert(role.arn.clone(), (self.generation, role));
        Ok(())
    }

    fn put_vault(&mut self, mut vault: Vault) {
        self.begin_realm(&vault.realm);
        let (generation, before) = (self.generation, self.vaults.get(&vault.key()));
        let guard = before.map_or(generation, |it| it.guard);
        vault.guard = before.map(|it| it.vault.guard.clone()).unwrap_or_default();
        self.vaults.insert(vault.key(), VaultRow { generation, guard, vault });
    }

    /// The legal holds of a realm that were not cancelled.
    fn holds_of(&self, realm: &Realm) -> Holds {
        let holds = self.holds.values().map(|it| &it.1);
        let active = holds.filter(|hold| hold.realm == *realm && hold.cancelled.is_none());
        Holds::new(active.cloned().collect())
    }

    fn put_hold(&mut self, hold: Hold) {
        self.begin_realm(&hold.realm);
        let before = self.holds.insert(hold.key(), (self.generation, hold.clone()));
        let is_retagged = before.is_some_and(|it| it.1.untagged() == hold.clone().untagged());
        if !is_retagged {
            self.holds_moved.insert(hold.realm, self.generation);
        }
    }

    fn remove_hold(&mut self, key: &InRealm<HoldId>) -> Result<(), Cause> {
        if self.holds.get(key).is_none_or(|it| it.1.cancelled.is_none()) {
            return Err("the record to be removed is not one of a legal hold that ended".into());
        }
        self.holds.remove(key);
        Ok(())
    }

    fn put_backup(&mut self, backup: Backup) -> Result<(), Cause> {
        let row = self.backup_mut(&backup.key())?;
        if !row.stage().may_become(Stage::of(&backup.state)) {
            return Err("whether a point is erased changes with its key".into());
        }
        row.expires = backup.expires_at();
        row.replace(backup);
        Ok(())
    }

    fn put_off_expiry(&mut self, key: &InRealm<BackupName>, until: Timestamp) -> Result<(), Cause> {
        let row = self.backups.get_mut(key).filter(|row| row.expires.is_some());
        row.ok_or("the recovery point to be put off does not expire")?.expires = Some(until);
        Ok(())
    }

    fn create_backup(&mut self, backup: Backup, key: &DataKey) -> Result<(), Cause> {
        if self.backups.contains_key(&backup.key()) {
            return Err("a recovery point of that name exists".into());
        }
        let vault = backup.in_vault().map(|kept| backup.realm.with(kept.vault.clone()));
        if vault.is_some_and(|vault| !self.vaults.contains_key(&vault)) {
            return Err("the vault of a new recovery point is not there".into());
        }
        if backup.in_vault().is_none() {
            self.begin_realm(&backup.realm);
        }
        let (generation, row, name) = (self.generation, self.next_slot, backup.key());
        self.next_slot += 1;
        let (key, epoch, uses) = (Some(Arc::new(key.copy())), None, BTreeMap::new());
        let expires = backup.expires_at();
        self.backups.insert(name, BackupRow { generation, row, backup, key, epoch, uses, expires });
        Ok(())
    }

    fn begin_erasure(&mut self, backup: Backup, at: Option<Timestamp>) -> Result<(), Cause> {
        let decided = backup.state.erasing().ok_or("an erasure begins with its state")?.decided;
        let epoch = Epoch(self.epoch + 1);
        if self.epochs_last.is_none() {
            self.end_epoch(at.unwrap_or(decided));
        }
        let row = self.backup_mut(&backup.key())?;
        if row.stage() != Stage::Kept {
            return Err("the recovery point is being erased already".into());
        }
        row.replace(backup);
        (row.key, row.epoch, row.expires) = (None, Some(epoch), None);
        Ok(())
    }

    pub(super) fn end_epoch(&mut self, at: Timestamp) {
        self.epoch += 1;
        self.epochs_ended.insert(Epoch(self.epoch), at);
    }

    pub(super) fn expected_end(&self, decided: Timestamp) -> Timestamp {
        let lasting = self.epochs_last.unwrap_or_default();
        decided.saturating_add(lasting).unwrap_or(Timestamp::MAX)
    }

    pub(super) fn log_node(&self, id: NodeId) -> Result<[u8; 32], Cause> {
        Ok(self.log_nodes.get(&id).copied().ok_or("a log node is missing")?)
    }

    fn redact(&mut self, leaves: &[u64]) -> Result<(), Cause> {
        for leaf in leaves {
            let found = self.certificates.get_mut(usize::try_from(*leaf)?);
            found.ok_or("the certificate to be redacted is not there")?.1.openings.clear();
        }
        Ok(())
    }

    fn certify(&mut self, slot: Slot, statement: String, openings: Openings) -> Result<(), Cause> {
        let erased = self.at(slot).filter(|row| row.stage().is_erasing());
        let key = erased.ok_or("the erasure is not there")?.backup.key();
        let mut row = self.backups.remove(&key).ok_or("the recovery point is not there")?;
        self.erased_bytes += row.backup.state.content().map_or(0, |content| content.stored_bytes);
        if let Some(record) = row.backup.clone().after_certificate() {
            (row.backup, row.epoch, row.generation) = (record, None, self.generation);
            self.backups.insert(key.clone(), row);
        }
        self.append_leaf(Some(key), statement, openings);
        Ok(())
    }

    fn append_leaf(
        &mut self,
        key: Option<InRealm<BackupName>>,
        statement: String,
        openings: Openings,
    ) {
        let leaf = self.log.size();
        let completed = self.log.append(leaf_hash(statement.as_bytes()));
        self.log_nodes.extend(completed);
        self.certificates.push((key, Issued { leaf, statement, openings }));
    }
}
