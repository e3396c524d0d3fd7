//! What is due by the clock: backups expire, ended jobs are forgotten.

use jiff::SignedDuration;
use sexton_core::{
    Backup, BackupJobState, BackupName, BackupOrder, Certificate, EventKind, Lifecycle, Principal,
    Realm, Role, RoleStatus, State, Token, TokenName, Why,
};
use sexton_server::scheduler::{Look, Scheduler};
use sexton_store::{Change, Commit, TOKENS_TOGETHER, Write};

use crate::bench::{Bench, ROLE, backup_order, key};
use crate::soon;

const DAY: SignedDuration = SignedDuration::from_hours(24);

impl Bench {
    /// A backup that is complete and stays for a day.
    async fn of_a_day(&self) -> BackupName {
        let lifecycle = Lifecycle { delete_after_days: Some(1), ..Lifecycle::default() };
        let order = BackupOrder { lifecycle, ..backup_order() };
        let job = self.order_backup(order).await.unwrap();
        self.service.jobs.settled().await;
        let state = self.backed_up(job.id).await;
        assert!(matches!(state, BackupJobState::Completed { .. }), "{state:?}");
        job.backup
    }

    async fn seen(&self, arn: &BackupName) -> Backup {
        self.service.store.backup(&key(arn)).await.unwrap().unwrap().backup
    }

    async fn look(&self) -> Look {
        Scheduler::default().look(&self.service).await
    }

    /// Uses so many tokens, now.
    async fn use_tokens(&self, many: usize) {
        let used = self.service.clock.now();
        let puts = (0..many).map(|number| {
            let operation = "DeleteBackup".to_owned();
            let name = TokenName { operation, token: number.to_string() };
            let token = Token { asked: [].into(), answer: "backup-1".to_owned(), used };
            Write::PutToken(Realm::new("eu-central-1", "123456789012").with(name), token)
        });
        let change = Change { writes: puts.collect(), ..Change::default() };
        assert_eq!(self.service.store.commit(change).await.unwrap(), Commit::Done);
    }

    async fn set_role(&self, status: RoleStatus) {
        let role = Role::told(ROLE.parse().unwrap(), status);
        let change = Change { writes: vec![Write::PutRole(role)], ..Change::default() };
        assert_eq!(self.service.store.commit(change).await.unwrap(), Commit::Done);
    }
}

#[tokio::test]
async fn a_recovery_point_whose_time_has_come_is_deleted_and_certified_as_any_other() {
    let bench = Bench::new().await;
    let (kept, backup) = (bench.completed().await, bench.of_a_day().await);
    let clock = &bench.service.clock;
    clock.advance(DAY - SignedDuration::from_mins(10));
    assert_eq!(bench.look().await, Look::default(), "its day is not over");
    clock.advance(SignedDuration::from_mins(10));
    assert_eq!(bench.look().await.expiries, 1);
    assert_eq!(bench.look().await, Look::default(), "it is decided once");
    let found = bench.seen(&backup).await;
    let erasing = found.state.erasing().unwrap();
    assert_eq!((erasing.why, &erasing.decided_by), (Why::Lifecycle, &Principal::server()));
    assert!(bench.service.store.data_key(&key(&backup)).await.unwrap().is_none());
    assert_eq!(bench.service.erase_pass().await.unwrap().certified, 1);
    let statement = bench.certificate(&backup).await.unwrap().statement;
    let said: Certificate = serde_json::from_str(&statement).unwrap();
    assert_eq!((said.why, said.protections_checked.len()), (Why::Lifecycle, 4));
    assert!(found.expires_at().is_none());
    assert!(matches!(bench.seen(&kept).await.state, State::Completed { .. }), "it has no end");
    let events = bench.service.store.events(0, 100).await.unwrap();
    let by_lifecycle =
        |kind: &EventKind| matches!(kind, EventKind::DeletionDecided { why: Why::Lifecycle, .. });
    let decided = events.iter().find(|event| by_lifecycle(&event.kind));
    assert_eq!(decided.map(|event| &event.by), Some(&Principal::server()));
}

#[tokio::test]
async fn a_recovery_point_that_a_restore_reads_expires_after_it() {
    let bench = Bench::new().await;
    let (read, free) = (bench.of_a_day().await, bench.of_a_day().await);
    bench.hold.gets.close();
    let restore = bench.start_restore(&read).await.unwrap();
    soon(bench.hold.gets.somebody_waits()).await;
    bench.service.clock.advance(DAY);
    // One is put off, the other goes.
    assert_eq!(bench.look().await.expiries, 2);
    assert!(bench.seen(&free).await.state.erasing().is_some());
    assert!(matches!(bench.seen(&read).await.state, State::Completed { .. }));
    assert_eq!(bench.look().await, Look::default(), "it does not stand in the way");
    bench.hold.gets.open();
    bench.service.jobs.settled().await;
    let restored = bench.restored(restore.id).await;
    assert!(restored.ended().is_some(), "{restored:?}");
    bench.service.clock.advance(SignedDuration::from_hours(1));
    assert_eq!(bench.look().await.expiries, 1);
    assert!(bench.seen(&read).await.state.erasing().is_some());
}

#[tokio::test]
async fn a_recovery_point_that_its_role_cannot_delete_ends_as_expired_until_a_person_comes() {
    let bench = Bench::new().await;
    let backup = bench.of_a_day().await;
    bench.set_role(RoleStatus::Denied).await;
    bench.service.clock.advance(DAY);
    assert_eq!(bench.look().await.expiries, 1);
    let State::Expired { reason, .. } = bench.seen(&backup).await.state else {
        panic!("it is kept");
    };
    assert!(reason.contains("does not have permission"), "{reason}");
    assert!(bench.service.store.data_key(&key(&backup)).await.unwrap().is_some());
    bench.set_role(RoleStatus::Permitted).await;
    bench.service.clock.advance(DAY);
    assert_eq!(bench.look().await.expiries, 0, "it was tried, and a person is to try again");
    bench.delete(&backup).await;
    assert_eq!(bench.seen(&backup).await.state.erasing().unwrap().why, Why::Asked);
}

#[tokio::test]
async fn a_backup_that_is_being_made_when_its_time_comes_expires_once_it_is_complete() {
    let bench = Bench::new().await;
    bench.hold.puts.close();
    let lifecycle = Lifecycle { delete_after_days: Some(1), ..Lifecycle::default() };
    let job = bench.order_backup(BackupOrder { lifecycle, ..backup_order() }).await.unwrap();
    soon(bench.hold.puts.somebody_waits()).await;
    bench.service.clock.advance(DAY * 2);
    assert_eq!(bench.look().await, Look::default());
    bench.hold.puts.open();
    bench.service.jobs.settled().await;
    assert_eq!(bench.look().await.expiries, 1);
    assert!(bench.seen(&job.backup).await.state.erasing().is_some());
}

#[tokio::test]
async fn a_clock_that_jumped_deletes_and_forgets_nothing_until_it_is_confirmed() {
    let bench = Bench::new().await;
    let backup = bench.of_a_day().await;
    let job = bench.seen(&backup).await.id.job();
    bench.use_tokens(1).await;
    let (service, clock) = (&bench.service, &bench.service.clock);
    let year = DAY * 365;
    // What was written last lies a year before what the machine's clock shows.
    clock.resume(Some(clock.system() - year));
    assert!(!service.clock_trusted());
    // Even where the time that is counted on says that all of it is due.
    clock.advance(year * 2);
    assert_eq!(bench.look().await, Look::default());
    assert!(matches!(bench.seen(&backup).await.state, State::Completed { .. }));
    assert!(service.store.backup_job(job).await.unwrap().is_some());
    clock.confirm();
    assert!(service.clock_trusted());
    let done =
        Look { expiries: 1, forgotten: 1, holds: 0, tokens: 1, sources: 0, ..Look::default() };
    assert_eq!(bench.look().await, done);
    assert!(bench.seen(&backup).await.state.erasing().is_some());
    assert!(service.store.backup_job(job).await.unwrap().is_none());
}

#[tokio::test]
async fn tokens_are_forgotten_after_a_day_and_not_all_at_once() {
    let bench = Bench::new().await;
    bench.use_tokens(TOKENS_TOGETHER + 1).await;
    let clock = &bench.service.clock;
    clock.advance(DAY - SignedDuration::from_mins(10));
    assert_eq!(bench.look().await, Look::default(), "the day is not over");
    // More than a day: they were used in this very millisecond.
    clock.advance(SignedDuration::from_mins(11));
    let first = Look { tokens: TOKENS_TOGETHER, more: true, ..Look::default() };
    assert_eq!(bench.look().await, first);
    assert_eq!(bench.look().await, Look { tokens: 1, ..Look::default() });
    assert_eq!(bench.look().await, Look::default());
    assert_eq!(bench.service.store.sums().await.unwrap().tokens, 0);
}
