//! Instances of RDS that a world for tests begins with: no database, and backup sets of a
//! generated payload, one for each of the last days.

use std::sync::Arc;

use futures::future::try_join_all;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use sexton_core::{
    Backup, BackupPolicy, BackupSetNumber, Database, Edition, Engine, EventKind, InstanceId,
    InstanceKind, Keeper, LogBackup, Looks, Made, Offered, Principal, Realm, Schedule, SetFacts,
    SetOrder, Source, SourceKind, State, Tags, decide_set,
};
use sexton_store::{Change, Commit, StoreError, Write};

use super::WorldError;
use crate::error::OpsError;
use crate::jobs::Running;
use crate::service::{Service, event};

/// The instance of the default world.
const INSTANCE: &str = "rm-uf6wjk5xxxxxxx";

/// The region of the instances of a world for tests, of which no other is said.
pub const INSTANCES_REGION: &str = "cn-hangzhou";

/// The id of its oldest backup set, as the documentation has it.
const FIRST_SET: u64 = 324_909_958;

/// How long a set took to be made.
const LASTING: SignedDuration = SignedDuration::from_mins(5);

/// Sets of one instance of a seed.
const SETS_MAX: u16 = 1000;

/// An instance, and how many daily sets it has.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct SeedInstance {
    id: InstanceId,
    #[serde(default = "region")]
    region: String,
    #[serde(default = "mysql")]
    engine: Engine,
    /// One set for each of so many last days.
    #[serde(default)]
    backup_sets: u16,
    /// How many days these are kept.
    #[serde(default = "a_year")]
    retention_days: u16,
    /// How many days log backups are kept; nothing if logs are not backed up.
    log_retention_days: Option<u16>,
}

fn region() -> String {
    INSTANCES_REGION.to_owned()
}

fn mysql() -> Engine {
    Engine::MySql
}

fn a_year() -> u16 {
    365
}

impl SeedInstance {
    /// The instance of the default world: a month of daily sets, of which those of the last
    /// seven days cannot be deleted yet.
    pub(super) fn default_one() -> Option<Self> {
        let id = INSTANCE.parse().ok()?;
        Some(Self {
            id,
            region: region(),
            engine: mysql(),
            backup_sets: 30,
            retention_days: a_year(),
            log_retention_days: Some(7),
        })
    }

    /// Its id.
    pub(super) fn id(&self) -> &InstanceId {
        &self.id
    }

    /// What is wrong with it, if anything is.
    pub(super) fn check(&self) -> Result<(), String> {
        let Self { id, region, .. } = self;
        if !sexton_core::is_region(region) {
            return Err(format!("instance {id}: {region:?} is not the name of a region"));
        }
        if self.backup_sets > SETS_MAX {
            return Err(format!("instance {id}: more than {SETS_MAX} backup sets"));
        }
        let days = 7..=730;
        let is_kept = |log: &u16| days.contains(log) && *log <= self.retention_days;
        if !days.contains(&self.retention_days) || !self.log_retention_days.iter().all(is_kept) {
            return Err(format!(
                "instance {id}: backup sets are kept for 7 to 730 days, and log backups no longer"
            ));
        }
        Ok(())
    }

    fn source(&self, realm: &Realm, now: Timestamp) -> (Source, Database) {
        let schedule = Schedule::default();
        let log = self.log_retention_days.map_or(LogBackup::Off, |days| LogBackup::On { days });
        let database = Database {
            id: self.id.clone(),
            engine: self.engine,
            version: match self.engine {
                Engine::MySql => "8.0",
                Engine::PostgreSql => "15.0",
                Engine::MariaDb => "10.3",
                Engine::SqlServer => "2019",
            }
            .to_owned(),
            edition: Edition::HighAvailability,
            kind: InstanceKind::Primary,
            primary: None,
            description: self.id.to_string(),
            policy: BackupPolicy { days: self.retention_days, log },
            schedule,
            looks: Looks::begin(schedule, now),
            restores: Vec::new(),
            owed: Vec::new(),
            log_life: None,
            identity: None,
            locked: false,
            detached: None,
            tags: Tags::new(),
        };
        let source = Source {
            realm: realm.clone(),
            arn: self.id.arn(realm),
            kind: SourceKind::Generated,
            allow_empty: false,
            added: now,
            offered: Offered::Instance(Box::new(database.clone())),
        };
        (source, database)
    }

    /// Makes it, and its sets.
    pub(super) async fn plant(
        self,
        service: &Arc<Service>,
        account: &str,
        by: &Principal,
    ) -> Result<(), WorldError> {
        let now = service.clock.now();
        let realm = &Realm::new(self.region.as_str(), account);
        service.begin_realm(realm, by, now).await?;
        let (source, database) = &self.source(realm, now);
        let added = EventKind::SourceAdded { source: source.arn.clone() };
        let change = Change {
            writes: vec![Write::PutSource(source.clone())],
            event: Some(event(now, by, realm, added)),
            ..Change::default()
        };
        commit(service, change).await?;
        let sets = (0..self.backup_sets).map(|number| async move {
            let days_ago = i64::from(self.backup_sets - number);
            let made = now - SignedDuration::from_hours(24 * days_ago);
            let id = BackupSetNumber(FIRST_SET + u64::from(number));
            plant_set(service, (source, database), id, (by, made)).await
        });
        try_join_all(sets).await?;
        Ok(())
    }
}

/// Makes one set that began at `made`.
async fn plant_set(
    service: &Service,
    (source, database): (&Source, &Database),
    id: BackupSetNumber,
    (by, made): (&Principal, Timestamp),
) -> Result<(), WorldError> {
    let order = SetOrder { made: Made::Automatic, method: None, databases: Vec::new() };
    let facts = SetFacts { database, unreachable: None, running: 0, today: 0 };
    let random = service.entropy.bytes();
    let decided = decide_set(order, facts, &source.realm, made, random);
    let mut backup = decided.map_err(OpsError::from)?;
    if let Keeper::Instance(kept) = &mut backup.keeper {
        kept.set = id;
    }
    backup.name = id.name(&database.id, &source.realm);
    let key = service.entropy.key();
    let started = EventKind::SourceBackupStarted {
        backup: backup.name.clone(),
        source: source.arn.clone(),
        made: Made::Automatic,
    };
    let change = Change {
        writes: vec![Write::CreateBackup(backup.clone(), key.copy())],
        event: Some(event(made, by, &source.realm, started)),
        untold: true,
        ..Change::default()
    };
    commit(service, change).await?;
    let running = Running::default();
    let captured = service.capture(&source.kind, &backup, &key, &running).await;
    let captured = captured.map_err(|loss| StoreError::not_done(loss.reason()))?;
    let (mut content, problems) = service.told_of(backup.id.job(), &captured);
    content.completed = made + LASTING;
    let completed = EventKind::BackupCompleted {
        job: backup.id.job(),
        backup: backup.name.clone(),
        size_bytes: content.size_bytes,
    };
    let realm = backup.realm.clone();
    let backup = Backup { state: State::Completed { content }, problems, ..backup };
    let change = Change {
        writes: vec![Write::PutBackup(backup)],
        event: Some(event(content.completed, by, &realm, completed)),
        untold: true,
        ..Change::default()
    };
    commit(service, change).await
}

/// Nobody else writes yet: a commit that is stale would be a mistake of ours.
async fn commit(service: &Service, change: Change) -> Result<(), WorldError> {
    match service.store.commit(change).await {
        Ok(Commit::Done) => Ok(()),
        Ok(Commit::Stale) => {
            let stale = StoreError::not_done("what a world begins with was there already");
            Err(OpsError::from(stale).into())
        }
        Err(error) => Err(OpsError::from(error).into()),
    }
}
