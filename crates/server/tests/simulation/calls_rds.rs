//! What the callers of a simulated RDS do, and what its databases and their tools do.

use std::collections::BTreeSet;
use std::sync::Arc;

use object_store::path::Path;
use object_store::{ObjectStoreExt, PutPayload};
use sexton_core::{
    Backup, BackupSetNumber, Content, Event, EventKind, JobId, Keeper, LogBackup, LogFile, Made,
    Offered, Principal, SETS_MAX, SetRestore, Source, State, Use, log_run,
};
use sexton_store::{Change, Write};

use crate::calls::{Answer, by};
use crate::invariants_rds::{deletable_from, ended_at};
use crate::rds::{Batch, End, NAMES, asker, instance_of, instance_order, set_order};
use crate::seen::{Seen, realms};
use crate::world::Simulation;

const DAY: u32 = 86_400;

fn number(backup: &Backup) -> String {
    backup.as_set().expect("it is a set").set.to_string()
}

impl Simulation {
    /// Begins one call of RDS of a random kind.
    pub(crate) fn call_rds(&mut self) {
        match self.dice.roll(100) {
            0..22 => self.create_set(),
            22..59 => self.delete_sets(),
            59..68 => self.change_policy(),
            68..76 => self.begin_restore_of_set(),
            76..79 => self.end_restores_of_sets(),
            79..82 => self.detach(),
            82..87 => self.attach(),
            87..91 => self.keep_log_run(),
            91..94 => self.wait_for_an_instance(),
            94..95 => self.tick(8 * DAY),
            _ => self.break_or_mend_an_instance(),
        }
    }

    /// An instance that is registered.
    fn instance(&mut self) -> Option<Source> {
        let mut instances = self.instances();
        instances.retain(|it| it.offered.instance().unwrap().detached.is_none());
        self.dice.pick(&instances).cloned()
    }

    fn create_set(&mut self) {
        if let Some(source) = self.instance() {
            self.create_set_of(source);
        }
    }

    pub(crate) fn create_set_of(&mut self, source: Source) {
        if !self.room_for_a_job() {
            return;
        }
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let id = source.offered.id();
            let by = by();
            let made = service.create_backup_set(&source.realm, id, set_order(), &by, now);
            Answer::of(&made.await)
        });
    }

    fn delete_sets(&mut self) {
        if let Some(source) = self.instance() {
            self.delete_sets_of(&source);
        }
    }

    /// Asks a random handful of sets to go, some of which may be in the way.
    pub(crate) fn delete_sets_of(&mut self, source: &Source) {
        let (now, policy) = (self.now(), source.offered.instance().unwrap().policy);
        let sets: Vec<Seen> =
            self.look().into_iter().filter(|it| it.backup.as_set().is_some()).collect();
        let (own, others): (Vec<_>, Vec<_>) =
            sets.into_iter().partition(|it| instance_of(&it.backup) == Some(source.key()));
        let can_go = |seen: &Seen| {
            let from = ended_at(&seen.backup).and_then(|at| deletable_from(policy, at));
            seen.uses == 0 && from.is_some_and(|from| now > from)
        };
        let (old, young): (Vec<_>, Vec<_>) = own.into_iter().partition(can_go);
        let mut ids: Vec<String> = Vec::new();
        for seen in &old {
            if self.dice.percent(50) {
                ids.push(number(&seen.backup));
            }
        }
        let all_old = !ids.is_empty();
        let busy = |seen: &&Seen| seen.uses > 0 || seen.backup.state == State::Creating;
        let busy: Vec<Seen> = young.iter().filter(busy).cloned().collect();
        let mut in_the_way = None;
        match self.dice.roll(100) {
            0..12 => in_the_way = self.dice.pick(&young).map(|it| number(&it.backup)),
            12..28 => in_the_way = self.dice.pick(&busy).map(|it| number(&it.backup)),
            28..32 => in_the_way = self.dice.pick(&others).map(|it| number(&it.backup)),
            32..36 => in_the_way = Some("123456789".to_owned()),
            36..44 => ids.extend(self.dice.pick(&ids.clone()).cloned()),
            44..48 => ids = ids.iter().cycle().take(SETS_MAX + 1).cloned().collect(),
            _ => (),
        }
        let but_one = all_old && in_the_way.is_some();
        let place = self.dice.roll(ids.len() + 1);
        if let Some(id) = in_the_way {
            ids.insert(place, id);
        }
        if !ids.is_empty() {
            self.send_batch(source, ids, but_one);
        }
    }

    pub(crate) fn send_batch(&mut self, source: &Source, ids: Vec<String>, but_one: bool) {
        let realm = source.realm.clone();
        let database = source.offered.instance().unwrap();
        let named = |id: &String| {
            let set: BackupSetNumber = id.parse().unwrap();
            realm.with(set.name(&database.id, &realm))
        };
        let sets: BTreeSet<_> = ids.iter().map(named).collect();
        let named_twice = sets.len() < ids.len();
        let number = self.rds.batches.len();
        let source = source.key();
        let id = database.id.to_string();
        let batch = Batch { source, sets, named_twice, but_one, end: None, done: false };
        self.rds.batches.push(batch);
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(async move {
            let by = Principal(asker(number));
            let ended = service.delete_backup_sets(&realm, &id, &ids, &by, now).await;
            Answer::Batch(number, End::of(ended))
        });
    }

    fn change_policy(&mut self) {
        let Some(source) = self.instance() else { return };
        let (service, now, change) = (Arc::clone(self.service()), self.now(), self.policy());
        self.start(async move {
            let id = source.offered.id();
            let by = by();
            let set = service.set_backup_policy(&source.realm, id, &change, &by, now);
            Answer::of(&set.await)
        });
    }

    /// As a restore does it that has an engine.
    fn begin_restore_of_set(&mut self) {
        let mut sets = self.look();
        sets.retain(|it| {
            it.backup.as_set().is_some() && matches!(it.backup.state, State::Completed { .. })
        });
        let Some(Seen { backup, .. }) = self.dice.pick(&sets).cloned() else { return };
        let Some(key) = instance_of(&backup) else { return };
        let Some(source) = self.instances().into_iter().find(|it| it.key() == key) else { return };
        let (now, random) = (self.now(), self.service().entropy.bytes());
        let job = JobId::new(now, random);
        let kind = EventKind::RestoreStarted { job, backup: backup.name.clone() };
        let mut source = source;
        let Offered::Instance(database) = &mut source.offered else { return };
        database.restores.push(SetRestore { job, reads: vec![backup.name.clone()], target: None });
        let writes = vec![Write::AddUse(backup.key(), Use::restore(job)), Write::PutSource(source)];
        let event = Some(Event { at: now, by: by(), via: None, realm: Some(backup.realm), kind });
        self.write(Change { writes, event, ..Change::default() });
    }

    pub(crate) fn end_restores_of_sets(&mut self) {
        for source in self.instances() {
            let mut source = source;
            let Offered::Instance(database) = &mut source.offered else { continue };
            for SetRestore { job, reads, target: _ } in std::mem::take(&mut database.restores) {
                let (now, realm) = (self.now(), source.realm.clone());
                let backup = reads[0].clone();
                let kind = EventKind::RestoreEnded { job, backup: backup.clone(), completed: true };
                let event =
                    Some(Event { at: now, by: by(), via: None, realm: Some(realm.clone()), kind });
                // One after the other: each is an event of its own.
                let mut left = self.instances();
                left.retain(|it| it.key() == source.key());
                let mut now_is = left.remove(0);
                let Offered::Instance(database) = &mut now_is.offered else { continue };
                database.restores.retain(|restore| restore.job != job);
                let ends = Write::RemoveUse(realm.with(backup), job);
                let writes = vec![ends, Write::PutSource(now_is)];
                self.write(Change { writes, event, ..Change::default() });
            }
        }
    }

    fn detach(&mut self) {
        let Some(source) = self.instance() else { return };
        let (service, now) = (Arc::clone(self.service()), self.now());
        self.start(
            async move { Answer::of(&service.detach_instance(&source.key(), &by(), now).await) },
        );
    }

    /// Registers an instance: a new one, one that was there before, or one that is there.
    fn attach(&mut self) {
        let there = self.instances();
        let is_attached = |(name, realm): &(&str, usize)| {
            let is = |it: &Source| it.offered.instance().is_some_and(|it| it.detached.is_none());
            let realm = &realms()[*realm];
            let arn = instance_order(name).id(realm).arn(realm);
            there.iter().any(|it| it.arn == arn && is(it))
        };
        let gone: Vec<_> = NAMES.into_iter().filter(|name| !is_attached(name)).collect();
        let Some((name, realm)) = self.dice.pick(&gone).copied() else { return };
        let (service, now, order) = (Arc::clone(self.service()), self.now(), instance_order(name));
        self.start(async move {
            Answer::of(&service.add_instance(&order, &by(), &realms()[realm], now).await)
        });
    }

    /// As a database does it whose log is received.
    fn keep_log_run(&mut self) {
        let Some(source) = self.instance() else { return };
        let database = source.offered.instance().unwrap();
        if database.policy.log == LogBackup::Off || self.is_full() {
            return;
        }
        let (now, entropy) = (self.now(), Arc::clone(&self.service().entropy));
        let file = LogFile {
            name: format!("mysql-bin.{:06}", self.rds.judged),
            bytes: 1,
            sha256: "0".repeat(64),
            from: now,
            until: now,
        };
        let run = log_run(database, vec![file], &source.realm, now, entropy.bytes()).unwrap();
        let told = |kind| {
            Some(Event { at: now, by: by(), via: None, realm: Some(run.realm.clone()), kind })
        };
        let begun = EventKind::SourceBackupStarted {
            backup: run.name.clone(),
            source: run.source.clone(),
            made: Made::Automatic,
        };
        let writes = vec![Write::CreateBackup(run.clone(), entropy.key())];
        if !self.write(Change { writes, event: told(begun), ..Change::default() }) {
            return;
        }
        let prefix = run.objects.as_str();
        let place = Path::from_iter([&prefix[..2], prefix, "run"]);
        let put = self.objects.put(&place, PutPayload::from_static(b"x"));
        futures::executor::block_on(put).unwrap();
        let content = Content { size_bytes: 1, stored_bytes: 1, objects: 1, completed: now };
        let completed = EventKind::BackupCompleted {
            job: run.id.job(),
            backup: run.name.clone(),
            size_bytes: 1,
        };
        let whole = Backup { state: State::Completed { content }, ..run.clone() };
        let writes = vec![Write::PutBackup(whole)];
        assert!(self.write(Change { writes, event: told(completed), ..Change::default() }));
        assert!(matches!(run.keeper, Keeper::Log(_)));
    }

    /// Waits until an instance is due, or some days longer.
    fn wait_for_an_instance(&mut self) {
        let due = |source: &Source| source.offered.due().filter(|due| *due > self.now());
        let due: Vec<_> = self.instances().iter().filter_map(due).collect();
        if let Some(due) = self.dice.pick(&due).copied() {
            let wait = u32::try_from(due.duration_since(self.now()).as_secs()).unwrap();
            let days = if self.dice.percent(30) { self.dice.roll(8) } else { 0 };
            self.tick(wait.min(DAY) + u32::try_from(days).unwrap() * DAY);
        }
        self.look_at_what_is_due();
    }
}
