//! Instances of RDS and their backup sets: made, deleted a hundred at a time, kept for as long
//! as their policy says.

use std::sync::Arc;
use std::sync::atomic::Ordering;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupPolicy, BackupSetNumber, Certificate, Database, Edition, Engine, EventKind,
    InstanceId, InstanceKind, Keeper, LogBackup, Looks, Made, Offered, PolicyChange, RdsRefusal,
    Schedule, SetOrder, SetsRefusal, Source, SourceKind, State, Tags, Undeletable, Use, Why,
};
use sexton_server::OpsError;
use sexton_server::scheduler::Scheduler;
use sexton_store::{Change, Commit, Write};

use crate::bench::{Bench, by, realm};

const DAY: SignedDuration = SignedDuration::from_hours(24);

fn id() -> InstanceId {
    "rm-1".parse().unwrap()
}

fn order() -> SetOrder {
    SetOrder { made: Made::Asked, method: None, databases: Vec::new() }
}

impl Bench {
    /// An instance whose sets hold a generated payload, and that takes none by itself.
    async fn instance(&self, policy: BackupPolicy) -> Source {
        let now = self.service.clock.now();
        let schedule = Schedule { days: [false; 7], ..Schedule::default() };
        let database = Database {
            id: id(),
            engine: Engine::MySql,
            version: "8.0".to_owned(),
            edition: Edition::HighAvailability,
            kind: InstanceKind::Primary,
            primary: None,
            description: "a database".to_owned(),
            policy,
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
            realm: realm(),
            arn: id().arn(&realm()),
            kind: SourceKind::Generated,
            allow_empty: false,
            added: now,
            offered: Offered::Instance(Box::new(database)),
        };
        let change = Change { writes: vec![Write::PutSource(source.clone())], ..Change::default() };
        assert_eq!(self.service.store.commit(change).await.unwrap(), Commit::Done);
        source
    }

    /// Begins a set.
    async fn begin_set(&self) -> Result<Backup, OpsError> {
        let now = self.service.clock.now();
        self.service.create_backup_set(&realm(), "rm-1", order(), &by(), now).await
    }

    async fn set_policy(&self, policy: &PolicyChange) {
        let now = self.service.clock.now();
        let set = self.service.set_backup_policy(&realm(), "rm-1", policy, &by(), now).await;
        set.unwrap();
    }

    /// Makes a set, and gives its id.
    async fn set(&self) -> String {
        let made = self.begin_set().await.unwrap();
        self.service.jobs.settled().await;
        made.as_set().unwrap().set.to_string()
    }

    async fn delete_sets(&self, ids: &[&str]) -> Result<(), OpsError> {
        let ids: Vec<String> = ids.iter().map(|id| (*id).to_owned()).collect();
        let now = self.service.clock.now();
        self.service.delete_backup_sets(&realm(), "rm-1", &ids, &by(), now).await
    }

    /// The ids of the sets that are shown, the newest first, and whether each can be deleted.
    async fn sets(&self) -> Vec<(String, bool)> {
        let now = self.service.clock.now();
        let found = self.service.instance(&realm(), "rm-1", now).await.unwrap();
        let shown = self.service.backup_sets(&found, Arc::new(|_| true), (1, 100), now).await;
        let shown = shown.unwrap();
        assert_eq!(shown.total, shown.items.len());
        let row = |set: sexton_server::ops::rds::ShownSet| {
            (set.backup.as_set().unwrap().set.to_string(), set.deletable)
        };
        shown.items.into_iter().map(row).collect()
    }

    fn wait(&self, time: SignedDuration) {
        self.service.clock.advance(time);
    }

    fn wait_until(&self, at: Timestamp) {
        self.service.clock.advance(at.duration_since(self.service.clock.now()));
    }

    async fn look_once(&self) {
        Scheduler::default().look(&self.service).await;
        self.service.jobs.settled().await;
    }
}

fn stays(deleted: Result<(), OpsError>, id: &str) -> Undeletable {
    match deleted {
        Err(OpsError::Rds(RdsRefusal::Sets(SetsRefusal::Stays { id: named, why }))) => {
            assert_eq!(named, id);
            why
        }
        other => panic!("{other:?}"),
    }
}

#[tokio::test]
async fn sets_are_shown_as_deletable_exactly_when_they_can_be_deleted() {
    let bench = Bench::new().await;
    bench.instance(BackupPolicy { days: 30, log: LogBackup::Off }).await;
    let old = bench.set().await;
    bench.wait(DAY * 7);
    let young = bench.set().await;
    bench.wait(SignedDuration::from_secs(1));
    assert_eq!(bench.sets().await, [(young.clone(), false), (old.clone(), true)]);
    let why = stays(bench.delete_sets(&[&old, &young]).await, &young);
    assert!(matches!(why, Undeletable::TooYoung { .. }), "{why:?}");
    assert_eq!(bench.sets().await.len(), 2, "one that stays keeps all of them");
    bench.delete_sets(&[&old, &old]).await.unwrap();
    assert_eq!(bench.sets().await, [(young.clone(), false)]);
    let again = bench.delete_sets(&[&old]).await.unwrap_err();
    assert!(
        matches!(&again, OpsError::Rds(RdsRefusal::Sets(SetsRefusal::NoSet { id })) if *id == old),
        "{again:?}"
    );
    // A shorter time for logs lets it go, a longer one keeps everything.
    bench.wait(DAY * 8);
    for (log_days, deletable) in [(30, false), (7, true)] {
        let log_days = Some(log_days);
        let policy = PolicyChange { log: Some(true), log_days, ..PolicyChange::default() };
        bench.set_policy(&policy).await;
        assert_eq!(bench.sets().await, [(young.clone(), deletable)]);
    }
}

#[tokio::test]
async fn a_hundred_sets_go_in_one_decision_and_each_has_its_certificate() {
    let bench = Bench::new().await;
    let source = bench.instance(BackupPolicy { days: 30, log: LogBackup::Off }).await;
    let mut ids = Vec::new();
    for _ in 0..12 {
        ids.push(bench.set().await);
    }
    bench.wait(DAY * 8);
    let named: Vec<&str> = ids.iter().map(String::as_str).collect();
    let before = bench.service.store.events(0, 1000).await.unwrap().len();
    bench.delete_sets(&named).await.unwrap();
    let events = bench.service.store.events(u64::try_from(before).unwrap(), 10).await.unwrap();
    let [decided] = &events[..] else { panic!("{events:?}") };
    let EventKind::SetsDeleted { source: of, sets, .. } = &decided.kind else { panic!() };
    assert_eq!((of, sets.len()), (&source.arn, 12));
    while bench.service.erase_pass().await.unwrap().certified > 0 {}
    for id in ids {
        let number: BackupSetNumber = id.parse().unwrap();
        let key = realm().with(number.name(&self::id(), &realm()));
        let issued = bench.service.store.certificate(&key).await.unwrap().unwrap();
        let certificate: Certificate = serde_json::from_str(&issued.statement).unwrap();
        assert_eq!((certificate.why, certificate.kept.by.as_str()), (Why::Asked, "rm-1"));
    }
}

#[tokio::test]
async fn a_set_that_is_made_or_read_is_not_deleted_and_says_why() {
    let bench = Bench::new().await;
    bench.instance(BackupPolicy { days: 30, log: LogBackup::Off }).await;
    let read = bench.set().await;
    bench.wait(DAY * 8);
    let number: BackupSetNumber = read.parse().unwrap();
    let key = realm().with(number.name(&id(), &realm()));
    let job = sexton_core::JobId::from_bytes([9; 16]);
    let writes = vec![Write::AddUse(key.clone(), Use::restore(job))];
    let change = Change { writes, ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    assert_eq!(bench.sets().await, [(read.clone(), false)]);
    assert_eq!(stays(bench.delete_sets(&[&read]).await, &read), Undeletable::InUse);
    let change = Change { writes: vec![Write::RemoveUse(key, job)], ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    bench.hold.puts.close();
    let made = bench.begin_set().await.unwrap().as_set().unwrap().set.to_string();
    let another = bench.begin_set().await;
    assert!(
        matches!(another, Err(OpsError::Rds(RdsRefusal::BackupJobExists { .. }))),
        "{another:?}"
    );
    assert_eq!(stays(bench.delete_sets(&[&read, &made]).await, &made), Undeletable::Running);
    bench.hold.puts.open();
    bench.service.jobs.settled().await;
    bench.delete_sets(&[&read]).await.unwrap();
}

#[tokio::test]
async fn what_the_policy_keeps_no_longer_goes_and_what_is_due_is_made() {
    let bench = Bench::new().await;
    let source = bench.instance(BackupPolicy { days: 7, log: LogBackup::Off }).await;
    bench.set().await;
    let weekdays = Some([true; 7]);
    let policy = PolicyChange { weekdays, window: Some((0, 60)), ..PolicyChange::default() };
    // At noon, so that the next window is twelve hours away.
    bench.wait_until("2040-01-02T12:00:00Z".parse().unwrap());
    bench.look_once().await;
    assert!(bench.sets().await.is_empty(), "it was kept for longer than seven days");
    bench.set_policy(&policy).await;
    bench.look_once().await;
    assert!(bench.sets().await.is_empty(), "it is not time yet");
    for day in 3..13 {
        let at: Timestamp = format!("2040-01-{day:02}T00:10:00Z").parse().unwrap();
        bench.wait_until(at);
        bench.look_once().await;
        bench.look_once().await;
    }
    let made = bench.sets().await;
    assert_eq!(made.len(), 7, "one a day, and those of seven days are left: {made:?}");
    let (source, _) = bench.service.store.source(&source.key()).await.unwrap();
    assert!(source.unwrap().offered.instance().unwrap().looks.due > bench.service.clock.now());
}

#[tokio::test]
async fn an_instance_that_is_removed_keeps_its_sets_and_has_them_back_under_its_name() {
    let bench = Bench::new().await;
    let order = sexton_server::ops::rds::InstanceOrder {
        name: "orders".to_owned(),
        engine: Engine::PostgreSql,
        version: "15.0".to_owned(),
        edition: Edition::HighAvailability,
        kind: InstanceKind::Primary,
        primary: None,
        identity: None,
        connection: "password = \"hush\"".to_owned().into(),
    };
    let now = bench.service.clock.now();
    let (by, realm) = (&by(), &realm());
    let add = || bench.service.add_instance(&order, by, realm, now);
    let source = add().await.unwrap();
    let instance = source.offered.id().to_owned();
    let key = source.key();
    let text = serde_json::to_string(&source).unwrap();
    assert!(!text.contains("hush"), "{text}");
    let secret = bench.service.store.secret(&key).await.unwrap().unwrap();
    assert_eq!(secret.as_slice(), b"password = \"hush\"");

    // Its sets are generated ones here: there is no database.
    let generated = Source { kind: SourceKind::Generated, ..source };
    let writes = vec![Write::PutSource(generated)];
    let change = Change { writes, ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    let made = bench.service.create_backup_set(realm, &instance, self::order(), by, now).await;
    let made = made.unwrap();
    bench.service.jobs.settled().await;

    bench.service.detach_instance(&key, by, now).await.unwrap();
    let gone = bench.service.instance(realm, &instance, now).await.unwrap_err();
    assert!(matches!(gone, OpsError::Rds(RdsRefusal::NoInstance { .. })), "{gone:?}");
    assert!(bench.service.store.secret(&key).await.unwrap().is_none());
    let detached = bench.service.detached_sets(realm, Arc::new(|_| true)).await.unwrap();
    assert_eq!(detached.len(), 1);
    bench.look_once().await;

    add().await.unwrap();
    let found = bench.service.instance(realm, &instance, now).await.unwrap();
    let sets = bench.service.backup_sets(&found, Arc::new(|_| true), (1, 30), now).await.unwrap();
    assert_eq!(sets.items[0].backup.name, made.name);

    bench.service.detach_instance(&key, by, now).await.unwrap();
    bench.wait(DAY * 8);
    bench.look_once().await;
    while bench.service.erase_pass().await.unwrap().certified > 0 {}
    bench.wait(DAY);
    bench.look_once().await;
    let (left, _) = bench.service.store.source(&key).await.unwrap();
    assert!(left.is_none(), "nothing is left of it: {left:?}");
}

#[tokio::test]
async fn a_set_that_failed_is_shown_until_it_is_deleted_and_its_bytes_go_at_once() {
    let bench = Bench::new().await;
    bench.instance(BackupPolicy { days: 30, log: LogBackup::Off }).await;
    bench.hold.puts.close();
    let made = bench.begin_set().await.unwrap();
    bench.service.end_interrupted().await.unwrap();
    bench.hold.puts.open();
    bench.service.jobs.settled().await;
    let seen = bench.service.store.backup(&made.key()).await.unwrap().unwrap().backup;
    assert!(matches!(seen.state, State::Failed { .. }), "{:?}", seen.state);
    assert!(matches!(seen.keeper, Keeper::Instance(_)));
    let id = made.as_set().unwrap().set.to_string();
    assert_eq!(bench.sets().await, [(id.clone(), false)]);
    while bench.service.erase_pass().await.unwrap().certified > 0 {}
    bench.wait(DAY * 8);
    bench.delete_sets(&[&id]).await.unwrap();
    assert!(bench.sets().await.is_empty());
    assert!(!bench.hold.stuck.load(Ordering::Relaxed));
}
