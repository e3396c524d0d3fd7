//! Deletions that are asked for although something keeps the recovery point.

use jiff::{SignedDuration, Timestamp};
use sexton_core::{
    Backup, BackupName, Certificate, ErasureRequest, EventKind, Hold, HoldOrder, InRealm,
    LockOrder, Principal, RequestRefusal, Selection, Tags, VaultName,
};
use sexton_server::OpsError;
use sexton_server::scheduler::{Look, Scheduler};

use crate::bench::{Bench, key, realm};

const DAY: SignedDuration = SignedDuration::from_hours(24);

const DENIES: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
    "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]}"#;

/// One whom policies know.
fn by() -> Principal {
    Principal(realm().root_principal())
}

impl Bench {
    fn at(&self) -> Timestamp {
        self.service.clock.now()
    }

    async fn now(&self, backup: &BackupName) -> Backup {
        self.service.store.backup(&key(backup)).await.unwrap().unwrap().backup
    }

    async fn vault_of(&self, backup: &BackupName) -> InRealm<VaultName> {
        realm().with(self.now(backup).await.in_vault().unwrap().vault.clone())
    }

    async fn hold_everything(&self) -> Hold {
        let order = HoldOrder {
            title: "case".to_owned(),
            description: "against us".to_owned(),
            token: None,
            selection: Selection::default(),
            tags: Tags::new(),
        };
        self.service.place_hold(&realm(), &order, &by(), self.at()).await.unwrap()
    }

    async fn cancel(&self, hold: &Hold) {
        self.service.cancel_hold(&hold.key(), "settled", None, &by(), self.at()).await.unwrap();
    }

    async fn ask(&self, backup: &BackupName) -> Result<ErasureRequest, RequestRefusal> {
        let vault = self.vault_of(backup).await;
        let asked = self.service.request_erasure(&vault, backup, DAY * 90, &by(), self.at()).await;
        asked.unwrap().map(|backup| backup.request().unwrap().clone())
    }

    async fn told(&self) -> Vec<EventKind> {
        let events = self.service.store.events(0, 100).await.unwrap();
        events.into_iter().map(|event| event.kind).collect()
    }
}

#[tokio::test]
async fn a_deletion_that_is_asked_for_under_a_hold_is_done_once_that_is_cancelled() {
    let bench = Bench::new().await;
    let (backup, mut scheduler) = (bench.completed().await, Scheduler::default());
    let holds = [bench.hold_everything().await, bench.hold_everything().await];
    let asked = bench.at();
    let request = bench.ask(&backup).await.unwrap();
    assert_eq!((request.asked, request.until), (asked, asked + DAY * 90));
    assert!(request.kept_by.contains("legal hold"), "{request:?}");
    assert_eq!(scheduler.look(&bench.service).await.requests, 1);
    assert_eq!(bench.now(&backup).await.request(), Some(&request), "it stays");

    bench.service.clock.advance(DAY);
    bench.cancel(&holds[0]).await;
    assert_eq!(scheduler.look(&bench.service).await.requests, 1);
    assert!(bench.now(&backup).await.request().is_some(), "another hold is of it");

    // Nobody looks until somebody tells, or an hour is over.
    assert_eq!(scheduler.look(&bench.service).await, Look::default());
    bench.cancel(&holds[1]).await;
    let decided = bench.at();
    scheduler.look(&bench.service).await;
    let found = bench.now(&backup).await;
    let erasing = found.state.erasing().unwrap();
    assert_eq!((erasing.asked, erasing.decided), (Some(asked), decided));
    assert_eq!(erasing.decided_by, by(), "for whoever asked");
    assert_eq!(bench.service.erase_pass().await.unwrap().certified, 1);
    let statement = bench.certificate(&backup).await.unwrap().statement;
    let said: Certificate = serde_json::from_str(&statement).unwrap();
    assert_eq!((said.asked, said.decided), (Some(asked), decided));
    let events = bench.told().await;
    let told = events.iter().filter_map(|kind| {
        let EventKind::DeletionDecided { asked, .. } = kind else { return None };
        *asked
    });
    assert_eq!(told.collect::<Vec<_>>(), [asked], "{events:?}");
}

/// Between the end of the hold and the look of the scheduler the server was killed: the hint is
/// lost, and what is written down is not.
#[tokio::test]
async fn a_server_that_starts_decides_what_was_asked_for_before() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    let hold = bench.hold_everything().await;
    bench.ask(&backup).await.unwrap();
    bench.cancel(&hold).await;
    let bench = bench.restarted();
    assert_eq!(Scheduler::default().look(&bench.service).await.requests, 1);
    assert!(bench.now(&backup).await.state.erasing().is_some());
}

#[tokio::test]
async fn the_policy_of_the_vault_is_asked_when_it_is_asked_for_and_when_it_is_decided() {
    let bench = Bench::new().await;
    let (backup, mut scheduler) = (bench.completed().await, Scheduler::default());
    let (vault, hold) = (bench.vault_of(&backup).await, bench.hold_everything().await);
    let service = &bench.service;
    bench.ask(&backup).await.unwrap();
    let (policy, caller) = (DENIES.to_owned(), by());
    service.put_vault_policy(&vault, policy, &caller, bench.at()).await.unwrap();
    bench.cancel(&hold).await;
    scheduler.look(service).await;
    let found = bench.now(&backup).await;
    assert!(found.request().unwrap().kept_by.contains("denies"), "{found:?}");
    let asked = service.request_erasure(&vault, &backup, DAY, &by(), bench.at()).await;
    assert!(matches!(asked, Err(OpsError::Denied(_))), "{asked:?}");
    service.remove_vault_policy(&vault, &by(), bench.at()).await.unwrap();
    scheduler.look(service).await;
    assert!(bench.now(&backup).await.state.erasing().is_some());
}

#[tokio::test]
async fn at_its_deadline_it_is_given_up_and_withdrawn_it_is_forgotten() {
    let bench = Bench::new().await;
    let (backup, mut scheduler) = (bench.completed().await, Scheduler::default());
    let hold = bench.hold_everything().await;
    bench.ask(&backup).await.unwrap();
    bench.service.clock.advance(DAY * 91);
    let before = bench.at();
    scheduler.look(&bench.service).await;
    let given_up = bench.now(&backup).await.request().unwrap().clone();
    // The clock goes on meanwhile.
    assert!((Some(before)..=Some(bench.at())).contains(&given_up.given_up), "{given_up:?}");
    assert!(matches!(bench.told().await.last(), Some(EventKind::ErasureGivenUp { .. })));
    bench.cancel(&hold).await;
    scheduler.look(&bench.service).await;
    assert_eq!(bench.now(&backup).await.request(), Some(&given_up), "it is told, and not done");
    let withdraw =
        async || bench.service.withdraw_erasure(&key(&backup), &by(), bench.at()).await.unwrap();
    assert_eq!(withdraw().await, Ok(()));
    assert_eq!(bench.now(&backup).await.request(), None);
    assert_eq!(withdraw().await, Err(RequestRefusal::NotAsked));
}

/// A lock that can be removed is one that can go; the other never does.
#[tokio::test]
async fn a_lock_that_can_be_removed_is_waited_for() {
    let bench = Bench::new().await;
    let (backup, mut scheduler) = (bench.completed().await, Scheduler::default());
    let vault = bench.vault_of(&backup).await;
    let changeable_days = Some(3);
    let order = LockOrder { changeable_days, ..LockOrder::default() };
    bench.service.lock_vault(&vault, order, &by(), bench.at()).await.unwrap();
    bench.ask(&backup).await.unwrap();
    bench.service.clock.advance(DAY * 4);
    assert_eq!(bench.ask(&backup).await, Err(RequestRefusal::Immutable));
    scheduler.look(&bench.service).await;
    assert!(bench.now(&backup).await.state.erasing().is_none());
}
