//! What becomes of copy jobs, and what they hold meanwhile.

use std::fs;
use std::sync::atomic::Ordering;

use sexton_core::{
    Backup, BackupName, BackupOrder, Because, Busy, CopyJob, CopyJobState, CopyOrder, CopyRefusal,
    Guard, InRealm, Lifecycle, LockOrder, PointRefusal, Principal, Realm, State, Vault, VaultName,
};
use sexton_server::OpsError;

use crate::bench::{Bench, ROLE, backup_order, by, key, noise, realm};
use crate::life::Life;
use crate::soon;

const STRANGE_ACCOUNT: &str = "210987654321";

fn far() -> InRealm<VaultName> {
    Realm::new("eu-west-1", "123456789012").with("far".parse().unwrap())
}

fn copy_order(original: &BackupName) -> CopyOrder {
    CopyOrder {
        original: original.clone(),
        vault: "gold".parse().unwrap(),
        destination: far(),
        role: ROLE.parse().unwrap(),
        idempotency_token: None,
        lifecycle: Lifecycle::default(),
        created_by: None,
    }
}

impl Bench {
    async fn make_vault(&self, vault: &InRealm<VaultName>) {
        let now = self.service.clock.now();
        let wanted = Vault::new(vault.realm.clone(), vault.name.clone(), now);
        self.service.create_vault(wanted, &by(), now).await.unwrap();
    }

    async fn order_copy(&self, order: CopyOrder) -> Result<CopyJob, OpsError> {
        self.service.start_copy(&realm(), order, &by(), self.service.clock.now()).await
    }

    async fn copied(&self, job: &CopyJob) -> CopyJobState {
        self.service.copy_job(job.id).await.unwrap().value.state
    }

    async fn stored(&self, key: &InRealm<BackupName>) -> Option<Backup> {
        Some(self.service.store.backup(key).await.unwrap()?.backup)
    }

    async fn asked_to_go(&self, vault: &InRealm<VaultName>, point: &BackupName) -> OpsError {
        let now = self.service.clock.now();
        self.service.delete_point(vault, point, &by(), now).await.unwrap_err()
    }

    /// Bytes of the letter in what is restored of a copy.
    async fn letter_in(&self, job: &CopyJob) -> Vec<u8> {
        let order = crate::restore_order(&job.copy);
        let now = self.service.clock.now();
        let them = Principal(job.to_realm.root_principal());
        let restore = self.service.start_restore(&job.to_realm, order, &them, now).await.unwrap();
        soon(self.service.jobs.settled()).await;
        fs::read(self.restores().join(restore.id.to_string()).join("letter")).unwrap()
    }
}

#[tokio::test]
async fn a_copy_is_a_backup_of_its_own_that_outlives_its_original() {
    let bench = Bench::new().await;
    bench.make_vault(&far()).await;
    let tags = [("case".to_owned(), "heirs".to_owned())].into();
    let order = BackupOrder { tags, ..backup_order() };
    let original = bench.order_backup(order).await.unwrap().backup;
    soon(bench.service.jobs.settled()).await;
    let job = bench.order_copy(copy_order(&original)).await.unwrap();
    assert_eq!(job.state, CopyJobState::Created);
    soon(bench.service.jobs.settled()).await;
    let state = bench.copied(&job).await;
    assert!(matches!(state, CopyJobState::Completed { .. }), "{state:?}");
    let (first, copy) = (bench.stored(&key(&original)).await.unwrap(), job.copy_key());
    let copy = bench.stored(&copy).await.unwrap();
    assert_eq!((&copy.realm, copy.tags.len()), (&far().realm, 1));
    assert_eq!(copy.state.content().unwrap().size_bytes, job.size_bytes);
    let keys = [&first, &copy].map(Backup::key);
    let mut found = Vec::new();
    for key in &keys {
        found.push(*bench.service.store.data_key(key).await.unwrap().unwrap().as_bytes());
    }
    assert_ne!(found[0], found[1], "each has its own");
    bench.delete(&original).await;
    bench.service.erase_pass().await.unwrap();
    assert!(bench.stored(&key(&original)).await.is_none());
    assert_eq!(bench.letter_in(&job).await, b"dear heirs");
}

#[tokio::test]
async fn while_a_copy_is_made_neither_it_nor_its_original_goes() {
    let bench = Bench::new().await;
    bench.make_vault(&far()).await;
    let original = bench.completed().await;
    bench.hold.puts.close();
    let job = bench.order_copy(copy_order(&original)).await.unwrap();
    soon(bench.hold.puts.somebody_waits()).await;
    soon(async {
        while bench.copied(&job).await != CopyJobState::Running {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let gold = realm().with("gold".parse().unwrap());
    let refused = bench.asked_to_go(&gold, &original).await;
    let OpsError::Delete(PointRefusal::Busy(Busy::InUse { reads })) = &refused else {
        panic!("{refused:?}")
    };
    assert_eq!(reads.job, job.id);
    let refused = bench.asked_to_go(&far(), &job.copy).await;
    let creating = matches!(refused, OpsError::Delete(PointRefusal::Busy(Busy::Creating)));
    assert!(creating, "{refused:?}");
    bench.hold.puts.open();
    soon(bench.service.jobs.settled()).await;
    bench.delete(&original).await;
    let now = bench.service.clock.now();
    bench.service.delete_point(&far(), &job.copy, &by(), now).await.unwrap();
}

#[test]
fn a_crash_in_the_middle_of_a_copy_job_leaves_no_copy_and_gives_the_original_free() {
    let life = Life::new();
    let (original, job) = life.run(async |bench| {
        bench.make_vault(&far()).await;
        // More than the first object.
        fs::write(bench.source().join("noise"), noise(40 << 20)).unwrap();
        let original = bench.completed().await;
        bench.hold.puts.close();
        let job = bench.order_copy(copy_order(&original)).await.unwrap();
        bench.hold.puts.somebody_waits().await;
        (original, job)
    });
    let life = life.crash();
    life.run(async |bench| {
        let state = bench.copied(&job).await;
        let CopyJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
        assert_eq!(reason, "the server stopped while the copy was running");
        let snapshot = bench.service.store.backup(&key(&original)).await.unwrap().unwrap();
        assert_eq!(snapshot.uses, []);
        let copy = bench.stored(&job.copy_key()).await.unwrap();
        assert!(matches!(copy.state, State::Deleting { .. }), "{copy:?}");
        bench.service.erase_pass().await.unwrap();
        assert!(bench.stored(&job.copy_key()).await.is_none());
        assert!(bench.service.blobs.list(&copy.objects).await.unwrap().objects.is_empty());
        // And it can be done again.
        let again = bench.order_copy(copy_order(&original)).await.unwrap();
        bench.service.jobs.settled().await;
        assert_eq!(bench.letter_in(&again).await, b"dear heirs");
        bench.delete(&original).await;
    });
}

#[tokio::test]
async fn an_original_that_cannot_be_read_fails_its_copy_and_what_it_stored_goes() {
    let bench = Bench::new().await;
    bench.make_vault(&far()).await;
    let original = bench.completed().await;
    bench.lose_the_objects(&original).await;
    let job = bench.order_copy(copy_order(&original)).await.unwrap();
    soon(bench.service.jobs.settled()).await;
    let state = bench.copied(&job).await;
    let CopyJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert!(reason.starts_with("the original cannot be"), "{reason}");
    let snapshot = bench.service.store.backup(&key(&original)).await.unwrap().unwrap();
    assert_eq!(snapshot.uses, []);
    bench.hold.stuck.store(false, Ordering::SeqCst);
    bench.service.erase_pass().await.unwrap();
    assert!(bench.stored(&job.copy_key()).await.is_none());
}

#[tokio::test]
async fn the_lock_of_the_destination_fails_the_job_and_nothing_is_stored() {
    let bench = Bench::new().await;
    bench.make_vault(&far()).await;
    let original = bench.completed().await;
    let lock = LockOrder { min_days: Some(7), max_days: Some(30), changeable_days: None };
    let now = bench.service.clock.now();
    bench.service.lock_vault(&far(), lock, &by(), now).await.unwrap();
    for (days, words) in [(Some(6), "shorter"), (Some(31), "longer"), (None, "for ever")] {
        let lifecycle = Lifecycle { delete_after_days: days, ..Lifecycle::default() };
        let order = CopyOrder { lifecycle, ..copy_order(&original) };
        let job = bench.order_copy(order).await.unwrap();
        let CopyJobState::Failed { reason, .. } = &job.state else { panic!("{job:?}") };
        assert!(reason.contains(words), "{reason}");
        assert!(bench.stored(&job.copy_key()).await.is_none());
    }
    let lifecycle = Lifecycle { delete_after_days: Some(7), ..Lifecycle::default() };
    let job = bench.order_copy(CopyOrder { lifecycle, ..copy_order(&original) }).await.unwrap();
    soon(bench.service.jobs.settled()).await;
    let state = bench.copied(&job).await;
    assert!(matches!(state, CopyJobState::Completed { .. }), "{state:?}");
    // And there it is locked.
    let refused = bench.asked_to_go(&far(), &job.copy).await;
    assert!(matches!(refused, OpsError::Delete(PointRefusal::Locked(_))), "{refused:?}");
}

#[tokio::test]
async fn no_more_copies_are_made_at_once_than_the_destination_takes() {
    let bench = Bench::new().await;
    bench.make_vault(&far()).await;
    let original = bench.completed().await;
    bench.hold.puts.close();
    for _ in 0..sexton_core::COPIES_MAX {
        bench.order_copy(copy_order(&original)).await.unwrap();
    }
    let refused = bench.order_copy(copy_order(&original)).await;
    let Err(OpsError::Copy(CopyRefusal::TooMany { realm })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(realm, far().realm);
    bench.hold.puts.open();
    soon(bench.service.jobs.settled()).await;
    bench.order_copy(copy_order(&original)).await.unwrap();
    soon(bench.service.jobs.settled()).await;
}

#[tokio::test]
async fn a_vault_of_another_account_must_allow_it_and_is_not_told_of() {
    let bench = Bench::new().await;
    let original = bench.completed().await;
    let strange = Realm::new("eu-central-1", STRANGE_ACCOUNT).with("theirs".parse().unwrap());
    let us = Principal(realm().root_principal());
    let ask = async || {
        let order = CopyOrder { destination: strange.clone(), ..copy_order(&original) };
        bench.service.start_copy(&realm(), order, &us, bench.service.clock.now()).await
    };
    let not_allowed = async || {
        let Err(OpsError::Denied(denied)) = ask().await else { panic!("it was not denied") };
        assert_eq!(denied.because, Because::NoResourceAllows);
        denied
    };
    let before = not_allowed().await;
    bench.make_vault(&strange).await;
    assert_eq!(not_allowed().await, before, "that there is one now is not told");
    let them = Principal(strange.realm.root_principal());
    let policy = format!(
        r#"{{"Statement": {{"Effect": "Allow", "Principal": {{"AWS": "{}"}},
            "Action": "backup:CopyIntoBackupVault", "Resource": "*"}}}}"#,
        us.0
    );
    let now = bench.service.clock.now();
    bench.service.put_vault_policy(&strange, policy, &them, now).await.unwrap();
    let guard = bench.service.vault(&strange).await.unwrap().vault.guard;
    assert_ne!(guard, Guard::default());
    let job = ask().await.unwrap();
    soon(bench.service.jobs.settled()).await;
    let state = bench.copied(&job).await;
    assert!(matches!(state, CopyJobState::Completed { .. }), "{state:?}");
    assert_eq!(bench.letter_in(&job).await, b"dear heirs");
}

#[tokio::test]
async fn what_is_not_there_is_not_copied_and_nowhere_else_is_begun() {
    let bench = Bench::new().await;
    let original = bench.completed().await;
    let refused = bench.order_copy(copy_order(&original)).await;
    let Err(OpsError::Copy(CopyRefusal::NoDestination { vault })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(vault, far().realm.vault_arn(&far().name));
    assert_eq!(bench.service.store.list_realms().await.unwrap(), [realm()]);
    bench.make_vault(&far()).await;
    let other = CopyOrder { vault: "far".parse().unwrap(), ..copy_order(&original) };
    let refused = bench.order_copy(other).await;
    assert!(matches!(refused, Err(OpsError::NoVault(_))), "{refused:?}");
    let mut order = copy_order(&original);
    order.original = "arn:aws:fsx:eu-central-1:123456789012:backup/backup-1".parse().unwrap();
    let refused = bench.order_copy(order).await;
    assert!(matches!(refused, Err(OpsError::NoBackup)), "{refused:?}");
}

#[tokio::test]
async fn a_token_begins_one_copy_and_a_repeat_answers_with_it() {
    let bench = Bench::new().await;
    bench.make_vault(&far()).await;
    let original = bench.completed().await;
    let order = CopyOrder { idempotency_token: Some("once".to_owned()), ..copy_order(&original) };
    let first = bench.order_copy(order.clone()).await.unwrap();
    soon(bench.service.jobs.settled()).await;
    assert_eq!(bench.order_copy(order.clone()).await.unwrap().id, first.id);
    let lifecycle = Lifecycle { delete_after_days: Some(9), ..Lifecycle::default() };
    let refused = bench.order_copy(CopyOrder { lifecycle, ..order }).await;
    let Err(OpsError::Copy(CopyRefusal::TokenUsed { job, differs, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((job, differs), (first.id, "lifecycle"));
}
