//! Copy jobs, and the copies that they make.

use std::sync::Arc;

use sexton_core::{
    Backup, BeginCopy, CopyFacts, CopyJob, CopyJobState, CopyOrder, DataKey, Guard, JobId,
    Lifecycle, NewCopy, Realm, RoleStatus, State, Vault, decide_copy,
};
use sexton_store::{Change, Commit, Follow, MetaStore, Subject, Tally, Wanted, Write};

use crate::fixture::{
    at, change, complete, content, done, id, key, put_vault, random, realm, restore, role_arn,
    vault_name,
};

fn elsewhere() -> Realm {
    Realm::new("eu-west-1", "123456789012")
}

async fn put_far_vault(store: &dyn MetaStore) {
    let vault = Vault::new(elsewhere(), vault_name("far"), at(1));
    done(store, change(vec![Write::PutVault(vault)])).await;
}

/// The copy `number` of `original` into the vault `far` of another region.
fn copy(original: &Backup, number: u32, token: Option<&str>) -> BeginCopy {
    let order = CopyOrder {
        original: original.name.clone(),
        vault: original.in_vault().unwrap().vault.clone(),
        destination: elsewhere().with(vault_name("far")),
        role: role_arn(),
        idempotency_token: token.map(str::to_owned),
        lifecycle: Lifecycle::default(),
        created_by: None,
    };
    let (guard, role) = (Guard::default(), RoleStatus::Permitted);
    let facts = CopyFacts { original, role, guard: &guard, running: 0 };
    let now = at(i64::from(number));
    let Ok(NewCopy::Begins(begin)) = decide_copy(order, facts, now, random(number)) else {
        panic!("it begins")
    };
    *begin
}

/// The same without a copy: a job is a row of its own.
fn job(original: &Backup, number: u32, token: Option<&str>) -> CopyJob {
    CopyJob { id: id(number), ..copy(original, number, token).job }
}

fn all() -> Wanted<CopyJob> {
    Arc::new(|_| true)
}

fn ids(jobs: &[CopyJob]) -> Vec<JobId> {
    jobs.iter().map(|job| job.id).collect()
}

pub(crate) async fn copy_jobs_come_newest_first_and_only_where_they_were_asked_for(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    let original = complete(store, "first", 1).await;
    for number in 102..=109 {
        done(store, change(vec![Write::PutCopyJob(job(&original, number, None))])).await;
        done(store, change(vec![Write::PutRestoreJob(restore(&original, id(number + 100), None))]))
            .await;
    }
    // A job that changes keeps its place.
    let running = CopyJob { state: CopyJobState::Running, ..job(&original, 104, None) };
    done(store, change(vec![Write::PutCopyJob(running.clone())])).await;
    let page = store.list_copy_jobs(&realm(), all(), None, 5).await.unwrap();
    assert_eq!(ids(&page.items), [109, 108, 107, 106, 105].map(id));
    let page = store.list_copy_jobs(&realm(), all(), page.next.as_ref(), 5).await.unwrap();
    assert_eq!(ids(&page.items), [104, 103, 102].map(id));
    assert_eq!((&page.items[0], page.next), (&running, None));
    let wanted: Wanted<CopyJob> = Arc::new(|job| job.state == CopyJobState::Running);
    let page = store.list_copy_jobs(&realm(), wanted, None, 5).await.unwrap();
    assert_eq!(page.items, std::slice::from_ref(&running));
    let there = store.list_copy_jobs(&elsewhere(), all(), None, 5).await.unwrap();
    assert_eq!(there.items, [], "they were asked for where the original is");
    assert_eq!(store.copy_job(running.id).await.unwrap().unwrap().value, running);
    assert!(store.restore_job(running.id).await.unwrap().is_none(), "it is none");
}

pub(crate) async fn copy_jobs_that_run_are_found_after_a_stop_and_the_others_can_be_forgotten(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    let original = complete(store, "first", 1).await;
    let running = CopyJob { state: CopyJobState::Running, ..job(&original, 103, None) };
    let failed = CopyJobState::Failed { at: at(9), reason: "no".to_owned() };
    let failed = CopyJob { state: failed, ..job(&original, 104, None) };
    let jobs = [job(&original, 102, None), running, failed];
    done(store, change(jobs.into_iter().map(Write::PutCopyJob).collect())).await;
    let mut found = ids(&store.interrupted_copies().await.unwrap());
    found.sort_unstable();
    assert_eq!(found, [102, 103].map(id));

    let ended = store.ended_jobs(at(1000), None, 10).await.unwrap().items;
    let ended = ended.into_iter().find(|job| job.id == id(104)).unwrap();
    assert_eq!(ended.ended, at(9));
    let expects = vec![ended.expect];
    done(store, Change { expects, ..change(vec![Write::RemoveJob(id(104))]) }).await;
    assert!(store.copy_job(id(104)).await.unwrap().is_none());
}

pub(crate) async fn one_token_begins_one_copy_and_may_begin_one_restore(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let original = complete(store, "first", 1).await;
    let subject = Subject::CopyToken(realm().with("token".to_owned()));
    let begun = async || {
        let reading = store.read(std::slice::from_ref(&subject), Follow::Nothing).await.unwrap();
        reading.copy_job(&subject).map(|job| job.id)
    };
    let restored = restore(&original, id(7), Some("token"));
    done(store, change(vec![Write::PutRestoreJob(restored)])).await;
    assert_eq!(begun().await, None);
    done(store, change(vec![Write::PutCopyJob(job(&original, 102, Some("token")))])).await;
    let second = change(vec![Write::PutCopyJob(job(&original, 103, Some("token")))]);
    assert_eq!(store.commit(second).await.unwrap(), Commit::Stale);
    assert_eq!(begun().await, Some(id(102)));
}

pub(crate) async fn a_copy_holds_its_original_until_it_ends_and_is_counted_where_it_goes(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    put_far_vault(store).await;
    let original = complete(store, "first", 1).await;
    let of = Tally::CopiesTo(elsewhere());
    let begin = |number| {
        let BeginCopy { job, copy, reads } = copy(&original, number, None);
        let writes = vec![
            Write::CreateBackup(copy.clone(), DataKey::from_bytes(&key(number))),
            Write::AddUse(original.key(), reads),
            Write::PutCopyJob(job.clone()),
        ];
        (job, copy, Change { requires: vec![(of.clone(), 1)], ..change(writes) })
    };
    let (first, made, begins) = begin(20);
    done(store, begins).await;
    let (_, _, second) = begin(21);
    assert_eq!(store.commit(second).await.unwrap(), Commit::Stale, "one too many");
    let used = store.backup(&original.key()).await.unwrap().unwrap().uses;
    assert_eq!(used.iter().map(|it| it.job).collect::<Vec<_>>(), [first.id]);
    assert_eq!(store.creating_without_job().await.unwrap(), [], "its job tells of it");
    // Its own name, in its own realm, under its own key.
    let found = store.backup(&made.key()).await.unwrap().unwrap();
    assert_eq!((found.backup, found.copies), (made.clone(), 1));
    let data_key = store.data_key(&made.key()).await.unwrap().unwrap();
    assert_eq!(data_key.as_bytes(), &key(20));

    let state = CopyJobState::Completed { at: at(30) };
    let whole = Backup { state: State::Completed { content: content(20) }, ..made };
    let writes = vec![
        Write::PutBackup(whole),
        Write::RemoveUse(original.key(), first.id),
        Write::PutCopyJob(CopyJob { state, ..first }),
    ];
    done(store, change(writes)).await;
    assert_eq!(store.backup(&original.key()).await.unwrap().unwrap().uses, []);
    assert_eq!(store.tally(&of).await.unwrap(), 0);
    assert_eq!(store.interrupted_copies().await.unwrap(), []);
}
