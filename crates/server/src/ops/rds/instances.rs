//! Instances: found, looked at, registered, removed.

use std::sync::Arc;

use jiff::Timestamp;
use sexton_core::{
    Backup, BackupPolicy, Database, Edition, Engine, EventKind, InRealm, InstanceId, InstanceKind,
    LogBackup, Looks, OWED_SLOTS_MAX, Offered, PolicyChange, Principal, RdsRefusal, Realm,
    ResourceArn, Schedule, Source, SourceKind, TagKeys, decide_policy,
};
use sexton_store::merkle::leaf_hash;
use sexton_store::{
    Change, Follow, PAGE_ITEMS_MAX, Sealed, SourceQuery, StoreError, Subject, Tally, Wanted, Write,
};
use zeroize::Zeroizing;

use super::slots::Becomes;
use crate::api::admin::SOURCES_MAX;
use crate::error::OpsError;
use crate::instances::Seen;
use crate::ops::decide::Decided;
use crate::service::{Service, event};

/// How many days backup sets are kept of an instance that is new.
const POLICY_DAYS: u16 = 7;

/// An instance, and what was seen of its database.
#[derive(Debug, Clone)]
pub struct Found {
    /// The source that it is.
    pub source: Source,
    /// The same in the words of RDS.
    pub database: Database,
    /// What was seen of its database.
    pub seen: Seen,
}

impl Service {
    /// The instance of this id in the account of `realm`, in whichever region it is.
    pub async fn instance(
        &self,
        realm: &Realm,
        id: &str,
        now: Timestamp,
    ) -> Result<Found, OpsError> {
        let source = self.instance_source(realm, id).await?;
        self.look_at_instance_now(source, now).await.ok_or_else(|| no_instance(id))
    }

    /// What the source of an instance is found by.
    pub(super) async fn instance_key(
        &self,
        realm: &Realm,
        id: &str,
    ) -> Result<InRealm<ResourceArn>, OpsError> {
        Ok(self.instance_source(realm, id).await?.key())
    }

    async fn instance_source(&self, realm: &Realm, id: &str) -> Result<Source, OpsError> {
        let parsed: InstanceId = id.parse().map_err(|_| no_instance(id))?;
        let mut realms = self.store.list_realms().await?;
        realms.retain(|other| other.account == realm.account);
        let keys: Vec<_> = realms.iter().map(|realm| realm.with(parsed.arn(realm))).collect();
        let roots: Vec<Subject> = keys.iter().cloned().map(Subject::Source).collect();
        let reading = self.store.read(&roots, Follow::Nothing).await?;
        let mut found = keys.iter().filter_map(|key| reading.source(key));
        found.find(|source| is_attached(source)).cloned().ok_or_else(|| no_instance(id))
    }

    /// Every instance of a realm, by its id.
    pub async fn instances(&self, realm: &Realm) -> Result<Vec<Source>, OpsError> {
        let mut sources = self.store.list_sources(realm).await?;
        sources.retain(is_attached);
        Ok(sources)
    }

    /// The sets of instances of a realm that are registered no more, the newest of each instance
    /// first.
    pub async fn detached_sets(
        &self,
        realm: &Realm,
        wanted: Wanted<Backup>,
    ) -> Result<Vec<Backup>, OpsError> {
        let mut sources = self.store.list_sources(realm).await?;
        let is_gone = |database: &Database| database.detached.is_some();
        sources.retain(|source| source.offered.instance().is_some_and(is_gone));
        let mut sets = Vec::new();
        for source in sources {
            let wanted = Arc::clone(&wanted);
            let filter = SourceQuery { source: source.key(), wanted };
            let mut after = None;
            loop {
                let page =
                    self.store.list_of_source(&filter, after.as_ref(), PAGE_ITEMS_MAX).await?;
                let shown = |backup: &Backup| super::sets::as_set(backup, &[]).is_some();
                sets.extend(page.items.into_iter().filter(shown));
                after = page.next;
                if after.is_none() {
                    break;
                }
            }
        }
        Ok(sets)
    }

    /// Registers a database in `realm`, or changes how one is reached that was registered there
    /// under the same name: its backups stay with it.
    pub async fn add_instance(
        &self,
        order: &InstanceOrder,
        by: &Principal,
        realm: &Realm,
        now: Timestamp,
    ) -> Result<Source, OpsError> {
        self.begin_realm(realm, by, now).await?;
        let id = order.id(realm);
        let key = &realm.with(id.arn(realm));
        let decide = || async move {
            let (known, expect) = self.store.source(key).await?;
            let mut source = order.source(known.clone(), realm, now);
            let slots = match &mut source.offered {
                Offered::Instance(database) => {
                    let connection = Some(&order.connection);
                    let becomes = Becomes { database, connection };
                    self.slot_writes(known.as_ref(), becomes, now).await?
                }
                Offered::FileSystem(_) | Offered::Volume(_) | Offered::Resource(_) => Vec::new(),
            };
            if source.offered.instance().is_some_and(|it| it.owed.len() > OWED_SLOTS_MAX) {
                return Err(RdsRefusal::SlotsOwed { name: order.name.clone() }.into());
            }
            let secret = order.connection.as_bytes();
            let sealed = Sealed::of(key, secret, &*self.entropy).map_err(StoreError::NotDone)?;
            let mut writes =
                vec![Write::PutSource(source.clone()), Write::PutSecret(key.clone(), sealed)];
            writes.extend(slots);
            let kind = EventKind::SourceAdded { source: source.arn.clone() };
            let change = Change {
                expects: vec![expect],
                requires: vec![self.room_for(realm).await?, (Tally::Sources, SOURCES_MAX)],
                writes,
                event: Some(event(now, by, realm, kind)),
                ..Change::default()
            };
            Ok::<_, OpsError>(Decided::commit(change, source))
        };
        let source = self.decide_again(decide).await?;
        self.realms.note_begun(realm);
        self.probes.forget(key);
        self.due.notify_one();
        self.logs.changed.notify_one();
        Ok(source)
    }

    /// Registers an instance no more. Its backups stay for as long as they were to be kept.
    pub async fn detach_instance(
        &self,
        key: &InRealm<ResourceArn>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = || async move {
            let (source, expect) = self.store.source(key).await?;
            let source =
                source.filter(is_attached).ok_or_else(|| no_instance(key.name.as_str()))?;
            let mut detached = source.clone();
            // With its source goes what is kept sealed of it.
            let mut writes = vec![Write::RemoveSource(key.clone())];
            if let Offered::Instance(database) = &mut detached.offered {
                database.detached = Some(now);
                database.looks = Looks { due: now, ..database.looks };
                let becomes = Becomes { database, connection: None };
                writes.extend(self.slot_writes(Some(&source), becomes, now).await?);
            }
            writes.push(Write::PutSource(detached));
            let kind = EventKind::SourceRemoved { source: source.arn.clone() };
            let change = Change {
                expects: vec![expect],
                writes,
                event: Some(event(now, by, &source.realm, kind)),
                ..Change::default()
            };
            Ok::<_, OpsError>(Decided::commit(change, ()))
        };
        self.decide_again(decide).await?;
        self.probes.forget(key);
        self.due.notify_one();
        self.logs.changed.notify_one();
        Ok(())
    }

    /// Looks whether the database of an instance answers; nothing if it is none.
    pub async fn look_at_instance_now(&self, source: Source, now: Timestamp) -> Option<Found> {
        let database = source.offered.instance()?.clone();
        let key = source.key();
        let kind = &source.kind;
        let seen = self.probes.seen(&key, now, || self.probe(&key, kind, &database)).await;
        Some(Found { source, database, seen })
    }

    async fn probe(
        &self,
        key: &InRealm<ResourceArn>,
        kind: &SourceKind,
        database: &Database,
    ) -> Result<(), String> {
        match kind {
            SourceKind::Generated => Ok(()),
            SourceKind::Fsx { .. } => Err("it is no database".to_owned()),
            SourceKind::Database => {
                let settings = self.settings(key).await?;
                self.check_database(&settings, database).await
            }
        }
    }

    /// Asks a database whether it is the one that was registered.
    pub(crate) async fn check_database(
        &self,
        settings: &Zeroizing<String>,
        database: &Database,
    ) -> Result<(), String> {
        let described = self.databases.describe(settings).await?;
        database.check_identity(described.identity.as_deref())
    }

    /// How a database is reached; in words, why that is not known.
    pub(crate) async fn settings(
        &self,
        key: &InRealm<ResourceArn>,
    ) -> Result<Zeroizing<String>, String> {
        let unreadable = "its connection settings cannot be read";
        let secret = self.store.secret(key).await.map_err(|error| {
            let source = &key.name;
            tracing::error!(%source, error = sexton_core::chain(&error), "{unreadable}");
            unreadable.to_owned()
        })?;
        let secret = secret.ok_or_else(|| "its connection settings are not there".to_owned())?;
        let text = std::str::from_utf8(&secret).map_err(|_| unreadable.to_owned())?;
        Ok(Zeroizing::new(text.to_owned()))
    }

    /// Changes the backup policy of an instance.
    pub async fn set_backup_policy(
        &self,
        realm: &Realm,
        id: &str,
        change: &PolicyChange,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Database, OpsError> {
        let key = &self.instance_key(realm, id).await?;
        let policy = |database: &Database| decide_policy(database, change, now);
        let changed = self.change_instance(key, policy, None, (by, now)).await?;
        self.due.notify_one();
        self.logs.changed.notify_one();
        Ok(changed)
    }

    /// Locks the instance of this realm and ARN, or unlocks it.
    pub async fn lock_instance(
        &self,
        key: &InRealm<ResourceArn>,
        locked: bool,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let lock = |database: &Database| Ok(Database { locked, ..database.clone() });
        self.change_instance(key, lock, Some(locked), (by, now)).await?;
        Ok(())
    }

    /// Changes an instance as `to` decides. `locked`: what was said of its lock.
    async fn change_instance(
        &self,
        key: &InRealm<ResourceArn>,
        to: impl Fn(&Database) -> Result<Database, RdsRefusal>,
        locked: Option<bool>,
        (by, now): (&Principal, Timestamp),
    ) -> Result<Database, OpsError> {
        let to = &to;
        let missing = || no_instance(key.name.as_str());
        let decide = || async move {
            let (source, expect) = self.store.source(key).await?;
            let source = source.filter(is_attached).ok_or_else(missing)?;
            let database = source.offered.instance().ok_or_else(missing)?;
            let mut changed = to(database)?;
            if changed == *database {
                return Ok(Decided::Answer(changed));
            }
            let becomes = Becomes { database: &mut changed, connection: None };
            let mut writes = self.slot_writes(Some(&source), becomes, now).await?;
            let (name, snapshots) = (source.arn.clone(), None);
            let tags = TagKeys::default();
            let kind = EventKind::SourceChanged { source: name, snapshots, locked, tags };
            let event = Some(event(now, by, &source.realm, kind));
            let offered = Offered::Instance(Box::new(changed.clone()));
            writes.push(Write::PutSource(Source { offered, ..source }));
            let change = Change { expects: vec![expect], writes, event, ..Change::default() };
            Ok::<_, OpsError>(Decided::commit(change, changed))
        };
        self.decide_again(decide).await
    }
}

/// A database that is to be registered.
#[derive(Debug)]
pub struct InstanceOrder {
    /// What people call it, one of a name in its realm.
    pub name: String,
    /// Its engine.
    pub engine: Engine,
    /// The version of that.
    pub version: String,
    /// The edition that it is shown as.
    pub edition: Edition,
    /// What it is shown as to others.
    pub kind: InstanceKind,
    /// The instance that it follows.
    pub primary: Option<InstanceId>,
    /// What tells it from others, if it says anything of the kind.
    pub identity: Option<String>,
    /// How it is reached: a text that holds a password.
    pub connection: Zeroizing<String>,
}

impl InstanceOrder {
    /// The id of the instance of this name: the same each time that it is registered.
    pub fn id(&self, realm: &Realm) -> InstanceId {
        let hash = leaf_hash(format!("{realm} {}", self.name).as_bytes());
        let mut number = [0; 8];
        number.iter_mut().zip(hash).for_each(|(to, from)| *to = from);
        InstanceId::mint(number)
    }

    fn source(&self, known: Option<Source>, realm: &Realm, now: Timestamp) -> Source {
        let before = known.as_ref().and_then(|known| known.offered.instance());
        let id = self.id(realm);
        let schedule = before.map_or_else(Schedule::default, |before| before.schedule);
        let new = BackupPolicy { days: POLICY_DAYS, log: LogBackup::Off };
        let mut database = Database {
            id: id.clone(),
            engine: self.engine,
            version: self.version.clone(),
            edition: self.edition,
            kind: self.kind,
            primary: self.primary.clone(),
            description: self.name.clone(),
            policy: before.map_or(new, |before| before.policy),
            schedule,
            looks: before.map_or_else(|| Looks::begin(schedule, now), |before| before.looks),
            restores: before.map(|before| before.restores.clone()).unwrap_or_default(),
            owed: before.map(|before| before.owed.clone()).unwrap_or_default(),
            log_life: before.and_then(|before| before.log_life),
            identity: self.identity.clone(),
            locked: before.is_some_and(|before| before.locked),
            detached: None,
            tags: before.map(|before| before.tags.clone()).unwrap_or_default(),
        };
        // Its log was not backed up while it was not registered.
        if before.is_some_and(|before| before.detached.is_some()) {
            database.begin_log_life(now);
        }
        Source {
            realm: realm.clone(),
            arn: id.arn(realm),
            kind: SourceKind::Database,
            allow_empty: false,
            added: known.map_or(now, |known| known.added),
            offered: Offered::Instance(Box::new(database)),
        }
    }
}

fn is_attached(source: &Source) -> bool {
    source.offered.instance().is_some_and(|database| database.detached.is_none())
}

pub(super) fn no_instance(id: &str) -> OpsError {
    RdsRefusal::NoInstance { id: id.chars().take(100).collect() }.into()
}
