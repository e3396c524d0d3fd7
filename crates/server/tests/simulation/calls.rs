//! What the callers of a simulated service do, and what they take from its answers.

use std::sync::Arc;

use sexton_core::{
    AirGap, Backup, BackupJob, BackupJobState, BackupName, BackupOrder, Busy, CopyOrder, Guard,
    InRealm, JobId, Lifecycle, PointRefusal, Principal, RdsRefusal, RestoreOrder, State, Tags,
    Vault, VaultName,
};
use sexton_server::OpsError;
use sexton_server::ops::tags::Door;
use sexton_server::scheduler::{Look, Scheduler};
use sexton_store::Wanted;

use crate::learned::Learned;
use crate::parts::EVERYTHING;
use crate::protection::Protected;
use crate::rds::End;
use crate::report::Happened;
use crate::roles::role_arn;
use crate::seen::{kept_in, realms};
use crate::snapshots::volume;
use crate::world::{About, Simulation};

const VAULTS: [&str; 3] = ["gold", "iron", "lead"];
/// The one that is logically air-gapped.
pub(crate) const GAP: &str = "gap";
const GAP_DAYS: AirGap = AirGap { min_days: 7, max_days: 700 };
/// Longer than all the time that passes in a world, and shorter than a jump of its clock.
const LONG_DAYS: i64 = 600;

const ROLES: [&str; 2] = ["steady", "fickle"];

/// What a caller learns.
#[derive(Debug)]
pub(crate) enum Answer {
    /// A deletion was accepted.
    Accepted(InRealm<BackupName>),
    /// A deletion was refused: a restore is reading.
    InUse,
    /// What was due by the clock.
    Looked(Look),
    /// What `FSx` answered.
    Fsx(Learned),
    /// What protects recovery points.
    Protected(Protected),
    /// How a batch of backup sets ended.
    Batch(usize, End),
    /// Something that is only counted.
    Happened(Happened),
    /// A set is not made, or a batch goes not, because the database does not answer.
    Silent,
    /// Anything else, good or bad.
    Other,
}

impl Answer {
    pub(crate) fn note(self, world: &mut Simulation) {
        match self {
            Self::Accepted(backup) => {
                world.accepted.insert(backup);
            }
            Self::InUse => world.report.refused_in_use += 1,
            Self::Looked(look) => world.report.forgotten += look.forgotten,
            Self::Fsx(learned) => learned.note(world),
            Self::Protected(learned) => learned.note(world),
            Self::Batch(batch, end) => world.note_batch(batch, &end),
            Self::Happened(what) => world.report.note(what),
            Self::Silent => world.report.note(Happened::SetOfSilent),
            Self::Other => (),
        }
    }

    pub(crate) fn of<T>(ended: &Result<T, OpsError>) -> Self {
        if let Err(OpsError::Rds(RdsRefusal::NotRunning { .. })) = ended {
            return Self::Silent;
        }
        Self::Other
    }
}

/// Whoever asks, if nothing else is said: the root identity.
pub(crate) fn by() -> Principal {
    Principal("arn:aws:iam::123456789012:root".to_owned())
}

/// Whether a job failed because of the lock of its vault.
fn is_of_lock(reason: &str) -> bool {
    reason.contains("of the vault lock")
}

impl Simulation {
    /// The name of a vault; there is one of that name in each realm.
    pub(crate) fn vault(&mut self) -> InRealm<VaultName> {
        let realm = self.dice.pick(&realms()).unwrap().clone();
        if self.dice.percent(10) {
            return realm.with(GAP.parse().unwrap());
        }
        realm.with(self.dice.pick(&VAULTS).unwrap().parse().unwrap())
    }

    /// Those that a vault keeps.
    fn backups(&self) -> Vec<Backup> {
        let backups = self.look().into_iter().map(|seen| seen.backup);
        backups.filter(|backup| backup.in_vault().is_some()).collect()
    }

    /// A backup in a vault, most often one that is complete.
    pub(crate) fn backup(&mut self) -> Option<Backup> {
        let mut backups = self.backups();
        if self.dice.percent(80) {
            backups.retain(|backup| {
                matches!(backup.state, State::Completed { .. } | State::Expired { .. })
            });
        }
        self.dice.pick(&backups).cloned()
    }

    /// Begins one call of a random kind, of one of the three services.
    pub(crate) fn call(&mut self) {
        match self.about {
            About::Policies => return self.call_of_policies(),
            About::Plans if self.dice.percent(40) => return self.call_of_plans(),
            About::Plans | About::Everything => (),
        }
        match self.dice.roll(100) {
            0..42 => return self.call_fsx(),
            42..57 => return self.call_rds(),
            _ => (),
        }
        match self.dice.roll(100) {
            0..10 => self.create_vault(),
            10..13 => self.delete_vault(),
            13..37 => self.back_up(),
            37..41 => self.stop(),
            41..49 => self.restore(),
            49..55 => self.copy_point(),
            55..69 => self.delete(),
            69..71 => self.tag(),
            71..77 if self.dice.percent(40) => self.change_role(),
            71..77 => self.set_snapshots(),
            77..79 => self.retry(),
            79..81 => self.look_at_what_is_due(),
            81..94 => self.protect(),
            _ => self.erase(),
        }
    }

    pub(crate) fn erase(&mut self) {
        let service = Arc::clone(self.service());
        self.start(async move {
            // What fails is due again.
            service.erase_pass().await.ok();
            Answer::Other
        });
    }

    pub(crate) fn create_vault(&mut self) {
        let (service, now, mut key) = (Arc::clone(self.service()), self.now(), self.vault());
        if self.dice.percent(20) {
            key.name = GAP.parse().unwrap();
        }
        let gapped = key.name.as_str() == GAP;
        let guard = if gapped { GAP_DAYS.guard().unwrap() } else { Guard::default() };
        let vault = Vault { guard, ..Vault::new(key.realm, key.name, now) };
        self.start(async move { Answer::of(&service.create_vault(vault, &by(), now).await) });
    }

    pub(crate) fn delete_vault(&mut self) {
        let (service, now, key) = (Arc::clone(self.service()), self.now(), self.vault());
        self.start(async move { Answer::of(&service.delete_vault(&key, &by(), now).await) });
    }

    pub(crate) fn back_up(&mut self) {
        if !self.room_for_a_job() {
            return;
        }
        let token = self.dice.roll(12);
        let InRealm { realm, name: vault } = self.vault();
        let resource = match self.dice.roll(3) {
            2 => volume(&realm),
            bucket => format!("arn:aws:s3:::bucket-{bucket}").parse().unwrap(),
        };
        let offered = self.file_system().filter(|source| source.realm == realm);
        let offered = offered.filter(|_| self.dice.percent(50)).map(|source| source.arn);
        let days = *self.dice.pick(&[None, Some(1), Some(1), Some(2), Some(LONG_DAYS)]).unwrap();
        let order = BackupOrder {
            vault,
            resource: offered.unwrap_or(resource),
            role: role_arn(self.dice.pick(&ROLES).unwrap()),
            idempotency_token: (token < 6).then(|| format!("token-{token}")),
            lifecycle: Lifecycle { delete_after_days: days, ..Lifecycle::default() },
            tags: Tags::new(),
            windows: sexton_core::Windows::default(),
            created_by: None,
        };
        self.time.note();
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let started = service.start_backup(&realm, order, &by(), now).await;
            match started.map(|job| job.state) {
                Ok(BackupJobState::Failed { at, reason }) if at == now && is_of_lock(&reason) => {
                    Answer::Protected(Protected::NotLetIn)
                }
                Ok(_) | Err(_) => Answer::Other,
            }
        });
    }

    fn stop(&mut self) {
        let all: Wanted<BackupJob> = Arc::new(|_| true);
        let realm = self.dice.pick(&realms()).unwrap().clone();
        let jobs = self.ask(self.store.list_backup_jobs(&realm, all, None, 10));
        let jobs: Vec<JobId> = jobs.unwrap().items.into_iter().map(|job| job.id).collect();
        let Some(id) = self.dice.pick(&jobs).copied() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move { Answer::of(&service.stop_backup(&realm, id, &by(), now).await) });
    }

    pub(crate) fn restore(&mut self) {
        if !self.room_for_a_job() {
            return;
        }
        let Some(backup) = self.backup() else { return };
        let token = self.dice.roll(12);
        let order = RestoreOrder {
            backup: backup.name.clone(),
            resource_type: None,
            role: None,
            idempotency_token: (token < 4).then(|| format!("token-{token}")),
            metadata: std::collections::BTreeMap::new(),
        };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            Answer::of(&service.start_restore(&backup.realm, order, &by(), now).await)
        });
    }

    /// Into a vault of either realm, which may not be there.
    pub(crate) fn copy_point(&mut self) {
        if !self.room_for_a_job() {
            return;
        }
        let Some(backup) = self.backup() else { return };
        let token = self.dice.roll(12);
        let days = *self.dice.pick(&[None, Some(1), Some(LONG_DAYS), Some(LONG_DAYS)]).unwrap();
        let mut destination = self.vault();
        if self.dice.percent(30) {
            destination.name = GAP.parse().unwrap();
        }
        let order = CopyOrder {
            original: backup.name.clone(),
            vault: kept_in(&backup).name,
            destination,
            role: role_arn(self.dice.pick(&ROLES).unwrap()),
            idempotency_token: (token < 4).then(|| format!("token-{token}")),
            lifecycle: Lifecycle { delete_after_days: days, ..Lifecycle::default() },
            created_by: None,
        };
        self.time.note();
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            Answer::of(&service.start_copy(&backup.realm, order, &by(), now).await)
        });
    }

    /// Sometimes of one whose deletion has failed before: what kept it may be over.
    pub(crate) fn delete(&mut self) {
        let mut left = self.backups();
        left.retain(|backup| matches!(backup.state, State::Expired { .. }));
        let again = self.dice.pick(&left).cloned().filter(|_| self.dice.percent(50));
        let Some(backup) = again.or_else(|| self.backup()) else { return };
        self.asked_to_go.insert(backup.key());
        let (service, now, by) = (Arc::clone(self.service()), self.now(), self.asker_at_once());
        self.start(async move {
            match service.delete_point(&kept_in(&backup), &backup.name, &by, now).await {
                Ok(()) => Answer::Accepted(backup.key()),
                Err(OpsError::Delete(PointRefusal::Busy(Busy::InUse { .. }))) => Answer::InUse,
                Err(OpsError::Delete(PointRefusal::Held(_))) => {
                    Answer::Protected(Protected::RefusedByHold)
                }
                Err(OpsError::Delete(PointRefusal::Locked(_))) => {
                    Answer::Protected(Protected::RefusedByLock)
                }
                Err(OpsError::Denied(_)) => Answer::Happened(Happened::DeniedByPolicy),
                Err(_) => Answer::Other,
            }
        });
    }

    /// Has an erasure tried again, most often one that is parked.
    fn retry(&mut self) {
        let parked = self.dice.percent(80);
        let erasing = self.ask(self.store.list_erasing(parked, None, EVERYTHING)).unwrap().items;
        let Some(backup) = self.dice.pick(&erasing).cloned() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(
            async move { Answer::of(&service.retry_erasure(&backup.key(), &by(), now).await) },
        );
    }

    /// As the server does it by itself now and then.
    pub(crate) fn look_at_what_is_due(&mut self) {
        self.time.note();
        let service = Arc::clone(self.service());
        self.start(async move { Answer::Looked(Scheduler::default().look(&service).await) });
    }

    fn tag(&mut self) {
        let Some(backup) = self.backup() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        let arn = backup.name.as_str().parse().unwrap();
        let tags = Tags::from([("tag".to_owned(), self.dice.roll(100).to_string())]);
        self.start(async move {
            Answer::of(&service.tag(Door::Backup, &backup.realm, &arn, &tags, &by(), now).await)
        });
    }
}
