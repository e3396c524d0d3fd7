//! What a decision reads: a set of subjects, as of one instant.
//!
//! What is read is what the commit expects, what is absent included. So no decision can forget
//! to expect what it was made from.

use std::sync::Arc;

use sexton_core::{
    Backup, BackupJob, BackupName, CopyJob, DeleteFacts, Guard, Hold, HoldId, Holds, IamRole,
    InRealm, Plan, PlanId, Realm, ResourceArn, RestoreJob, Role, RoleArn, RoleName, RoleStatus,
    Snapshots, Source, Token, TokenName, Use, User, UserName, Vault, VaultName, protectors,
};

use crate::{Expect, Generation, Subject};

/// Whether a reading follows what it finds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Follow {
    /// It reads what was asked for.
    Nothing,
    /// It reads everything that [protects](protectors) a backup that it finds as well.
    Protectors,
}

/// What stands for a subject.
#[derive(Debug, Clone)]
pub enum Thing {
    /// A vault.
    Vault(Vault),
    /// What a vault protects its backups with.
    Guard(Guard),
    /// A backup, and what is around it.
    Backup(Box<Backup>, Around),
    /// What is known of a role.
    Role(Role),
    /// A user.
    User(Box<User>),
    /// The legal holds of a realm that were not cancelled.
    Holds(Arc<Holds>),
    /// A legal hold.
    Hold(Box<Hold>),
    /// A source.
    Source(Source),
    /// A backup job.
    BackupJob(Box<BackupJob>),
    /// A restore job.
    RestoreJob(Box<RestoreJob>),
    /// A copy job.
    CopyJob(Box<CopyJob>),
    /// A token that was used.
    Token(Token),
    /// A backup plan.
    Plan(Box<Plan>),
}

/// What is known of a backup beside itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Around {
    /// The restores and copies that are reading it.
    pub uses: Vec<Use>,
    /// Other backups of the same bytes: copies of it, and what it was copied from.
    pub copies: u64,
}

/// What one decision read.
#[derive(Debug, Clone, Default)]
pub struct Reading {
    read: Vec<(Expect, Option<Thing>)>,
}

impl Reading {
    /// Adds what was found of `subject`.
    pub fn add(&mut self, subject: Subject, generation: Generation, found: Option<Thing>) {
        self.read.push((Expect { subject, generation }, found));
    }

    /// What protects the backups that were found, beside their own state and uses, and was not
    /// read yet.
    pub fn protectors(&self) -> Vec<Subject> {
        let mut found = Vec::new();
        for (_, thing) in &self.read {
            if let Some(Thing::Backup(backup, _)) = thing {
                found.extend(protectors(backup).into_iter().map(Subject::from));
            }
        }
        found.retain(|subject| self.read.iter().all(|(expect, _)| expect.subject != *subject));
        found
    }

    /// What to expect at the commit: everything that was read, in the order in which it was.
    pub fn expects(&self) -> Vec<Expect> {
        self.read.iter().map(|(expect, _)| expect.clone()).collect()
    }

    fn find(&self, subject: &Subject) -> Option<&Thing> {
        let found = self.read.iter().find(|(expect, _)| expect.subject == *subject);
        found.and_then(|(_, thing)| thing.as_ref())
    }

    /// Whether something stands for `subject`.
    pub fn has(&self, subject: &Subject) -> bool {
        self.find(subject).is_some()
    }

    /// The vault of that name.
    pub fn vault(&self, key: &InRealm<VaultName>) -> Option<&Vault> {
        let Thing::Vault(vault) = self.find(&Subject::Vault(key.clone()))? else { return None };
        Some(vault)
    }

    /// What the vault of that name protects its backups with; one that is not there, with
    /// nothing.
    pub fn guard(&self, key: &InRealm<VaultName>) -> Guard {
        match self.find(&Subject::Guard(key.clone())) {
            Some(Thing::Guard(guard)) => guard.clone(),
            Some(_) | None => Guard::default(),
        }
    }

    /// The legal holds of a realm that were not cancelled.
    pub fn holds(&self, realm: &Realm) -> Arc<Holds> {
        match self.find(&Subject::Holds(realm.clone())) {
            Some(Thing::Holds(holds)) => Arc::clone(holds),
            Some(_) | None => Arc::default(),
        }
    }

    /// The legal hold of that name.
    pub fn hold(&self, key: &InRealm<HoldId>) -> Option<&Hold> {
        let Thing::Hold(hold) = self.find(&Subject::Hold(key.clone()))? else { return None };
        Some(hold)
    }

    /// The source of that ARN.
    pub fn source(&self, key: &InRealm<ResourceArn>) -> Option<&Source> {
        self.source_at(&Subject::Source(key.clone()))
    }

    /// The source that stands for `subject`.
    pub fn source_at(&self, subject: &Subject) -> Option<&Source> {
        let Thing::Source(source) = self.find(subject)? else { return None };
        Some(source)
    }

    /// What is known of the role; one that was never heard of, nor its name, is permitted.
    pub fn role(&self, arn: &RoleArn) -> RoleStatus {
        self.role_or_namesake(arn).map_or(RoleStatus::Permitted, |role| role.status_of(arn))
    }

    /// Whether backups of `source` can be deleted with the role.
    fn role_for(&self, arn: &RoleArn, source: &ResourceArn) -> RoleStatus {
        let known = self.role_or_namesake(arn);
        known.map_or(RoleStatus::Permitted, |role| role.status_for(arn, source))
    }

    fn role_or_namesake(&self, arn: &RoleArn) -> Option<&Role> {
        let Thing::Role(role) = self.find(&Subject::Role(arn.clone()))? else { return None };
        Some(role)
    }

    /// The role of that name that was made here.
    pub fn role_named(&self, name: &RoleName) -> Option<&IamRole> {
        self.whole_role_named(name)?.made.as_deref()
    }

    /// What is known of the role of that name that was made here.
    pub fn whole_role_named(&self, name: &RoleName) -> Option<&Role> {
        let Thing::Role(role) = self.find(&Subject::RoleNamed(name.clone()))? else { return None };
        Some(role)
    }

    /// The user of that name.
    pub fn user(&self, name: &UserName) -> Option<&User> {
        let Thing::User(user) = self.find(&Subject::User(name.clone()))? else { return None };
        Some(user)
    }

    /// What is known of the role, if something is.
    pub fn whole_role(&self, arn: &RoleArn) -> Option<&Role> {
        self.role_or_namesake(arn).filter(|role| role.arn == *arn)
    }

    /// The token of that name, if it was used.
    pub fn token(&self, key: &InRealm<TokenName>) -> Option<&Token> {
        let Thing::Token(token) = self.find(&Subject::Token(key.clone()))? else { return None };
        Some(token)
    }

    /// The backup plan of that name, or the record of one.
    pub fn plan(&self, key: &InRealm<PlanId>) -> Option<&Plan> {
        self.plan_at(&Subject::Plan(key.clone()))
    }

    /// The backup plan that stands for `subject`.
    pub fn plan_at(&self, subject: &Subject) -> Option<&Plan> {
        let Thing::Plan(plan) = self.find(subject)? else { return None };
        Some(plan)
    }

    /// The backup of that name.
    pub fn backup(&self, key: &InRealm<BackupName>) -> Option<&Backup> {
        let Thing::Backup(backup, _) = self.find(&Subject::Backup(key.clone()))? else {
            return None;
        };
        Some(backup)
    }

    /// The backup of that name, and what is known beside it.
    pub fn backup_around(&self, key: &InRealm<BackupName>) -> Option<(&Backup, &Around)> {
        let Thing::Backup(backup, around) = self.find(&Subject::Backup(key.clone()))? else {
            return None;
        };
        Some((backup, around))
    }

    /// The backup job that stands for `subject`.
    pub fn backup_job(&self, subject: &Subject) -> Option<&BackupJob> {
        let Thing::BackupJob(job) = self.find(subject)? else { return None };
        Some(job)
    }

    /// The restore job that stands for `subject`.
    pub fn restore_job(&self, subject: &Subject) -> Option<&RestoreJob> {
        let Thing::RestoreJob(job) = self.find(subject)? else { return None };
        Some(job)
    }

    /// The copy job that stands for `subject`.
    pub fn copy_job(&self, subject: &Subject) -> Option<&CopyJob> {
        let Thing::CopyJob(job) = self.find(subject)? else { return None };
        Some(job)
    }

    /// The backup of that name with all that its deletion depends on.
    pub fn into_backup(self, key: &InRealm<BackupName>) -> Option<BackupSnapshot> {
        let subject = Subject::Backup(key.clone());
        let Thing::Backup(backup, _) = self.find(&subject)? else { return None };
        let role = backup.in_vault().map(|kept| self.role_for(&kept.role, &backup.source));
        let vault = backup.in_vault().map(|kept| key.realm.with(kept.vault.clone()));
        let guard = vault.map_or_else(Guard::default, |vault| self.guard(&vault));
        let holds = self.holds(&key.realm);
        let source = Snapshots::are_under(&backup.name)
            .then(|| self.source(&key.realm.with(backup.source.clone())))
            .flatten();
        let resource = source.and_then(|source| source.offered.resource());
        let snapshots = resource.map_or(Snapshots::Deletable, |resource| resource.snapshots);
        let (mut expects, mut found) = (Vec::with_capacity(self.read.len()), None);
        for (expect, thing) in self.read {
            if let (true, Some(Thing::Backup(backup, around))) = (expect.subject == subject, thing)
            {
                found = Some((*backup, around));
            }
            expects.push(expect);
        }
        let (backup, Around { uses, copies }) = found?;
        let role = role.unwrap_or(RoleStatus::Permitted);
        Some(BackupSnapshot { backup, uses, copies, guard, holds, role, snapshots, expects })
    }
}

/// A vault as one decision reads it.
#[derive(Debug, Clone)]
pub struct VaultSnapshot {
    /// The vault.
    pub vault: Vault,
    /// How many backups it holds, in whatever state.
    pub backups: u64,
    /// What to expect at the commit.
    pub expect: Expect,
}

/// A backup and all that its deletion depends on, as of one instant.
#[derive(Debug, Clone)]
pub struct BackupSnapshot {
    /// The backup.
    pub backup: Backup,
    /// Restores and copies that are reading it.
    pub uses: Vec<Use>,
    /// Other backups of the same bytes.
    pub copies: u64,
    /// What its vault protects it with.
    pub guard: Guard,
    /// The legal holds of its realm.
    pub holds: Arc<Holds>,
    /// What is known of its role; one that is made without is permitted.
    pub role: RoleStatus,
    /// What keeps the snapshots that it is made of.
    pub snapshots: Snapshots,
    /// What to expect at the commit.
    pub expects: Vec<Expect>,
}

impl BackupSnapshot {
    /// What its deletion is decided from.
    pub fn delete_facts(&self) -> DeleteFacts<'_> {
        let Self { backup, uses, guard, holds, role, snapshots, .. } = self;
        DeleteFacts { backup, uses, guard, holds, role: *role, snapshots: *snapshots }
    }
}

/// A job, with what to expect when it is changed.
#[derive(Debug, Clone)]
pub struct Versioned<T> {
    /// The value.
    pub value: T,
    /// What to expect at the commit.
    pub expect: Expect,
}
