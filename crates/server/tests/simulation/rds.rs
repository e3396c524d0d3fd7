//! What a world knows of its instances: their policies, and the batches of backup sets that
//! were asked to go.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;
use std::sync::Arc;

use async_trait::async_trait;
use sexton_core::{
    Backup, BackupName, BackupPolicy, Edition, Engine, EventKind, InRealm, InstanceId,
    InstanceKind, JobId, Keeper, Made, Offered, PolicyChange, RdsRefusal, ResourceArn, SetOrder,
    SetsRefusal, Source, SourceKind, Undeletable,
};
use sexton_server::OpsError;
use sexton_server::databases::{Databases, Described, Receiver, SlotOrder};
use sexton_server::ops::rds::InstanceOrder;
use sexton_store::{Change, Commit, Write};

use crate::calls::by;
use crate::parts::EVERYTHING;
use crate::report::Happened;
use crate::seen::{Seen, instances, realms};
use crate::world::Simulation;

/// What the instances are called, and in which realm each of them is.
pub(crate) const NAMES: [(&str, usize); 3] = [("orders", 0), ("people", 0), ("stock", 1)];

/// Sets that an instance begins with.
const SETS_AT_FIRST: usize = 6;

/// See the module.
#[derive(Debug, Default)]
pub(crate) struct KnownRds {
    /// Batches, in the order in which they were asked for.
    pub(crate) batches: Vec<Batch>,
    /// Every policy that an instance had, the last one last.
    pub(crate) policies: BTreeMap<InRealm<ResourceArn>, Vec<BackupPolicy>>,
    /// Instances that are there.
    pub(crate) there: BTreeSet<InRealm<ResourceArn>>,
    /// What there was at the last look.
    pub(crate) before: BTreeMap<InRealm<BackupName>, Seen>,
    /// Instances whose databases do not answer, or stop to.
    pub(crate) silent: BTreeSet<InRealm<ResourceArn>>,
    /// How many events have been held against the rules.
    pub(crate) judged: usize,
}

/// Sets that one call asked to go.
#[derive(Debug)]
pub(crate) struct Batch {
    /// Their instance.
    pub(crate) source: InRealm<ResourceArn>,
    /// Each of them once.
    pub(crate) sets: BTreeSet<InRealm<BackupName>>,
    /// Whether one was named more than once.
    pub(crate) named_twice: bool,
    /// Whether all of them but one could have gone when it was asked for.
    pub(crate) but_one: bool,
    /// What its caller heard; nothing after a crash.
    pub(crate) end: Option<End>,
    /// Whether the trail says that they went.
    pub(crate) done: bool,
}

/// What the caller of a batch heard.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum End {
    Accepted,
    /// With the reason, if it is one of the sets.
    Refused(Option<SetsRefusal>),
    /// The database does not answer.
    Silent,
    /// All of them went, or none.
    Unknown,
}

impl End {
    pub(crate) fn of(ended: Result<(), OpsError>) -> Self {
        match ended {
            Ok(()) => Self::Accepted,
            Err(OpsError::Rds(RdsRefusal::NotRunning { .. })) => Self::Silent,
            Err(OpsError::Rds(RdsRefusal::Sets(refusal))) => Self::Refused(Some(refusal)),
            Err(OpsError::Rds(_) | OpsError::Contended) => Self::Refused(None),
            Err(_) => Self::Unknown,
        }
    }
}

/// Why databases that do not answer do not.
pub(crate) const REFUSED: &str = "the connection is refused";

/// The databases of a world, where one is asked. Nothing can be read of any: who answers stops in
/// the middle of the set.
#[derive(Debug)]
pub(crate) struct Unreadable;

#[async_trait]
impl Databases for Unreadable {
    async fn describe(&self, connection: &str) -> Result<Described, String> {
        let (stops, _) = NAMES[1];
        if !connection.ends_with(stops) {
            return Err(REFUSED.to_owned());
        }
        Ok(Described { engine: Engine::MySql, version: "8.0".to_owned(), identity: None })
    }

    fn receive(&self, _: &str, _: &Path, _: &str) -> Result<Box<dyn Receiver>, String> {
        Err(REFUSED.to_owned())
    }

    fn lag_bytes(&self, _: &str, _: &Path, _: &str) -> Option<u64> {
        None
    }

    fn address(&self, _: &str) -> Option<String> {
        None
    }

    fn is_same_server(&self, _: &str, _: &str, _: &str) -> Result<bool, String> {
        Ok(false)
    }

    fn drop_slot(&self, _: &SlotOrder<'_>) -> Result<(), String> {
        Ok(())
    }

    fn end_left(&self, _: &str) -> usize {
        0
    }
}

/// Whether this names an instance, or a backup that one keeps.
pub(crate) fn is_of_instance(name: &str) -> bool {
    let arn: Result<ResourceArn, _> = name.parse();
    arn.ok().and_then(|arn| InstanceId::of(&arn)).is_some()
}

/// The instance that keeps a backup.
pub(crate) fn instance_of(backup: &Backup) -> Option<InRealm<ResourceArn>> {
    let id = match &backup.keeper {
        Keeper::Instance(kept) => &kept.instance,
        Keeper::Log(kept) => &kept.instance,
        Keeper::Vault(_) | Keeper::FileSystem(_) => return None,
    };
    Some(backup.realm.with(id.arn(&backup.realm)))
}

/// Who asks for a batch: nobody else is called so.
pub(crate) fn asker(batch: usize) -> String {
    format!("batch {batch}")
}

/// What a broken store makes of a batch.
pub(crate) fn shorten(change: &mut Change, silently: bool) {
    let Some(EventKind::SetsDeleted { sets, .. }) = change.event.as_mut().map(|it| &mut it.kind)
    else {
        return;
    };
    let begins = |write: &Write| matches!(write, Write::BeginErasure(_));
    if change.writes.len() > 1 && change.writes.last().is_some_and(begins) {
        change.writes.pop();
        if silently {
            sets.pop();
        }
    }
}

pub(crate) fn instance_order(name: &str) -> InstanceOrder {
    InstanceOrder {
        name: name.to_owned(),
        engine: Engine::MySql,
        version: "8.0".to_owned(),
        edition: Edition::HighAvailability,
        kind: InstanceKind::Primary,
        primary: None,
        identity: None,
        connection: format!("password = \"hush\" # {name}").into(),
    }
}

pub(crate) fn set_order() -> SetOrder {
    SetOrder { made: Made::Asked, method: None, databases: Vec::new() }
}

impl Simulation {
    pub(crate) fn instances(&self) -> Vec<Source> {
        self.ask(instances(&*self.store))
    }

    /// Restores of backup sets that run.
    pub(crate) fn restores_of_sets(&self) -> impl Iterator<Item = JobId> {
        let database = |source: &Source| source.offered.instance().cloned();
        let databases = self.instances().into_iter().filter_map(move |it| database(&it));
        databases.flat_map(|database| database.restores).map(|restore| restore.job)
    }

    /// Every instance begins with sets, which nothing goes wrong with.
    pub(crate) fn begin_instances(&mut self) {
        let by = by();
        self.gate.open(None);
        for (name, realm) in NAMES {
            let (service, now, order) =
                (Arc::clone(self.service()), self.now(), instance_order(name));
            let realm = realms()[realm].clone();
            let added = service.add_instance(&order, &by, &realm, now);
            let source = self.runtime().block_on(added).unwrap();
            self.learn();
            let (id, mut policy) = (source.offered.id().to_owned(), self.policy());
            policy.days = Some(*self.dice.pick(&[30, 365, 730, 730]).unwrap());
            let set = service.set_backup_policy(&realm, &id, &policy, &by, now);
            self.runtime().block_on(set).unwrap();
            for made in 0..SETS_AT_FIRST {
                if made == SETS_AT_FIRST / 2 {
                    self.tick(8 * 86_400);
                }
                let now = self.now();
                let begun = service.create_backup_set(&realm, &id, set_order(), &by, now);
                self.runtime().block_on(begun).unwrap();
                self.drain();
            }
        }
        self.gate.close();
        crate::invariants::at_every_step(self);
    }

    /// A change of a policy.
    pub(crate) fn policy(&mut self) -> PolicyChange {
        let days = *self.dice.pick(&[None, None, Some(7), Some(30), Some(365), Some(730)]).unwrap();
        let log = *self.dice.pick(&[None, Some(false), Some(true), Some(true)]).unwrap();
        let log_days = *self.dice.pick(&[None, Some(7), Some(14), Some(30)]).unwrap();
        let daily = self.dice.percent(40);
        let weekdays = daily.then_some([true; 7]);
        PolicyChange { days, log, log_days, weekdays, window: daily.then_some((0, 0)) }
    }

    /// Takes note of what is new, and has the sets of new instances generated: there is no
    /// database here.
    pub(crate) fn learn_of_instances(&mut self) {
        let sources = self.instances();
        for source in &sources {
            let policy = source.offered.instance().unwrap().policy;
            let policies = self.rds.policies.entry(source.key()).or_default();
            if policies.last() != Some(&policy) {
                policies.push(policy);
                self.report.note(Happened::PolicyChanged);
            }
            if source.kind == SourceKind::Database && !self.rds.silent.contains(&source.key()) {
                self.change_source(source, |source| source.kind = SourceKind::Generated, vec![]);
            }
        }
        self.rds.there = sources.iter().map(Source::key).collect();
    }

    /// A database answers no more, or stops to answer in the middle of what is read of it; or one
    /// that did so is itself again, or is asked for what it cannot give.
    pub(crate) fn break_or_mend_an_instance(&mut self) {
        let instances = self.instances();
        let Some(source) = self.dice.pick(&instances).cloned() else { return };
        if self.rds.silent.contains(&source.key()) {
            match self.dice.roll(10) {
                0..4 => self.mend_instance(&source),
                4..6 => self.create_set_of(source),
                _ => self.delete_sets_of(&source),
            }
        } else if self.change_source(&source, |it| it.kind = SourceKind::Database, vec![]) {
            self.rds.silent.insert(source.key());
        }
    }

    fn mend_instance(&mut self, source: &Source) {
        if self.change_source(source, |it| it.kind = SourceKind::Generated, vec![]) {
            self.rds.silent.remove(&source.key());
        }
    }

    /// Every database answers again.
    pub(crate) fn mend_instances(&mut self) {
        for source in self.instances() {
            self.mend_instance(&source);
        }
        self.rds.silent.clear();
    }

    /// No set is made by itself any more: those that one look begins end in an order that chance
    /// decides where nobody waits at the gate.
    pub(crate) fn end_automatic_sets(&self) {
        for source in self.instances() {
            let never = |source: &mut Source| {
                if let Offered::Instance(database) = &mut source.offered {
                    database.schedule.days = [false; 7];
                }
            };
            assert!(self.change_source(&source, never, vec![]), "nothing is full any more");
        }
    }

    /// Writes past the gate. A full disk takes it later, or never.
    pub(crate) fn write(&self, change: Change) -> bool {
        matches!(self.ask(self.store.commit(change)), Ok(Commit::Done))
    }

    /// Changes an instance past the gate.
    pub(crate) fn change_source(
        &self,
        source: &Source,
        change: impl FnOnce(&mut Source),
        mut writes: Vec<Write>,
    ) -> bool {
        let mut source = source.clone();
        change(&mut source);
        writes.push(Write::PutSource(source));
        self.write(Change { writes, ..Change::default() })
    }

    /// Takes what the caller of a batch heard.
    pub(crate) fn note_batch(&mut self, number: usize, end: &End) {
        let batch = &mut self.rds.batches[number];
        batch.end = Some(end.clone());
        let happened = match end {
            End::Accepted => {
                self.accepted.extend(batch.sets.iter().cloned());
                if batch.named_twice {
                    self.report.note(Happened::BatchNamedTwice);
                }
                Some(Happened::BatchAccepted)
            }
            End::Refused(Some(SetsRefusal::NoSet { .. })) => Some(Happened::BatchOfStrangers),
            End::Refused(Some(SetsRefusal::TooMany { .. })) => Some(Happened::BatchTooLarge),
            End::Refused(Some(SetsRefusal::Stays { why, .. })) => match why {
                Undeletable::Running => Some(Happened::BatchOfOneMade),
                Undeletable::InUse => Some(Happened::BatchOfOneRead),
                Undeletable::TooYoung { .. } => Some(Happened::BatchTooYoung),
                Undeletable::LogsAsLong { .. } => None,
                Undeletable::Engine | Undeletable::Edition => panic!("{end:?}"),
            },
            End::Silent => Some(Happened::BatchOfSilent),
            End::Refused(_) | End::Unknown => None,
        };
        let sets_say_so = matches!(end, End::Refused(Some(SetsRefusal::Stays { .. })));
        if self.rds.batches[number].but_one && sets_say_so {
            self.report.note(Happened::BatchRefusedForOne);
        }
        if let Some(happened) = happened {
            self.report.note(happened);
        }
    }

    /// Notes what a crash cuts of instances.
    pub(crate) fn note_cuts_of_instances(&mut self) {
        if self.waiting().iter().any(|(label, _)| label.starts_with("commit SetsDeleted")) {
            self.report.note(Happened::BatchCut);
        }
        if self.restores_of_sets().next().is_some() {
            self.report.note(Happened::RestoreOfSetCut);
        }
    }

    /// Whether the trail says that a batch went.
    pub(crate) fn batch_went(&self, number: usize) -> bool {
        let events = self.ask(self.store.events(0, EVERYTHING)).unwrap();
        let asker = asker(number);
        events.iter().any(|event| event.by.0 == asker)
    }
}
