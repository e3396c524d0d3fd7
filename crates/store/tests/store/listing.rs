//! Listings: every backup exactly once, whatever happens between two pages.

use std::sync::Arc;

use sexton_core::{
    BackupJob, BackupJobState, BackupName, InRealm, ResourceType, RestoreJob, RestoreJobState, Span,
};
use sexton_store::{
    BackupQuery, Change, Commit, Cursor, EndedJob, MetaStore, StoreError, Wanted, Write,
};

use crate::fixture::{
    at, audit, begin, certification, change, complete, content, delete, done, id, job_and_backup,
    put_vault, realm, resource, restore, restore_of_token, vault_name,
};

/// Every page of a listing, at most `limit` long; `between` runs after each.
async fn pages(
    store: &dyn MetaStore,
    filter: &BackupQuery,
    limit: usize,
    mut between: impl AsyncFnMut(usize),
) -> Vec<InRealm<BackupName>> {
    let (mut found, mut after): (_, Option<Cursor>) = (Vec::new(), None);
    for number in 0.. {
        let page = store.list_backups(filter, after.as_ref(), limit).await.unwrap();
        assert!(page.items.len() <= limit);
        found.extend(page.items.into_iter().map(|backup| backup.key()));
        between(number).await;
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    found
}

pub(crate) async fn points_come_oldest_first_and_exactly_once(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    put_vault(store, "second").await;
    let mut backups = Vec::new();
    for number in [5, 3, 4, 9, 1] {
        backups.push(begin(store, "first", number).await);
        begin(store, "second", number + 100).await;
    }
    backups.sort_by_key(|backup| backup.created);
    let expected: Vec<_> = backups.into_iter().map(|backup| backup.key()).collect();
    let filter = BackupQuery::of_vault(realm(), vault_name("first"));
    for limit in 1..8 {
        assert_eq!(pages(store, &filter, limit, async |_| ()).await, expected, "limit {limit}");
    }
    let nowhere = BackupQuery::of_vault(realm(), vault_name("third"));
    assert!(pages(store, &nowhere, 3, async |_| ()).await.is_empty());
}

pub(crate) async fn deletions_between_pages_hide_nothing(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let mut backups = Vec::new();
    for number in 1..=20 {
        backups.push(complete(store, "first", number).await.key());
    }
    // After each page two backups go for good: the first that is left, which is on a page
    // that was seen, and one further on, which may be on the very edge of the next page.
    let filter = BackupQuery::of_vault(realm(), vault_name("first"));
    let mut gone = Vec::new();
    let found = pages(store, &filter, 4, async |page| {
        for victim in [page, 3 + 5 * page] {
            let Some(arn) = backups.get(victim).filter(|arn| !gone.contains(*arn)) else {
                continue;
            };
            let number = u32::try_from(100 + victim).unwrap();
            delete(store, arn, id(number)).await;
            let claim = store.due_erasures(at(1000), None, 1).await.unwrap().items.remove(0);
            done(store, certification(&claim)).await;
            gone.push(arn.clone());
        }
        // What comes in between may be seen or not, but never twice.
        begin(store, "first", 200 + u32::try_from(page).unwrap()).await;
    })
    .await;
    for arn in backups.iter().filter(|arn| !gone.contains(*arn)) {
        assert_eq!(found.iter().filter(|it| *it == arn).count(), 1, "{arn}");
    }
    let mut once = found.clone();
    once.sort();
    once.dedup();
    assert_eq!(once.len(), found.len());
}

pub(crate) async fn filters_narrow_a_listing(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    put_vault(store, "second").await;
    let mut backups = Vec::new();
    for number in 1..=12 {
        let vault = if number % 2 == 0 { "first" } else { "second" };
        backups.push(begin(store, vault, number).await);
    }
    let all = |query: &BackupQuery| {
        let query = query.clone();
        let arns = backups.iter().filter(move |backup| query.lets_through(backup));
        arns.map(sexton_core::Backup::key).collect::<Vec<_>>()
    };
    let first = BackupQuery::of_vault(realm(), vault_name("first"));
    let fs = BackupQuery::of_resource(realm(), resource(1));
    let both = BackupQuery { vault: Some(vault_name("first")), ..fs.clone() };
    let before =
        BackupQuery { created: Span { after: None, before: Some(at(6)) }, ..first.clone() };
    let after = BackupQuery { created: Span { after: Some(at(6)), before: None }, ..first.clone() };
    let kind = |name: &str| Some(ResourceType(name.to_owned()));
    let files = BackupQuery { resource_type: kind("FSx"), ..first.clone() };
    let none = BackupQuery { resource_type: kind("EBS"), ..fs.clone() };
    let queries = [(first, 6), (fs, 4), (both, 2), (before, 2), (after, 3), (files, 6), (none, 0)];
    for (query, count) in queries {
        let expected = all(&query);
        assert_eq!(expected.len(), count, "{query:?}");
        for limit in [1, 2, 100] {
            assert_eq!(pages(store, &query, limit, async |_| ()).await, expected, "{query:?}");
        }
    }
}

pub(crate) async fn vaults_come_by_name_with_their_counts(store: &dyn MetaStore) {
    for name in ["b", "d", "a", "c"] {
        put_vault(store, name).await;
    }
    begin(store, "c", 1).await;
    complete(store, "c", 2).await;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_vaults(&realm(), after.as_ref(), 2).await.unwrap();
        found.extend(page.items.into_iter().map(|(vault, backups)| (vault.name, backups)));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [("a", 0), ("b", 0), ("c", 2), ("d", 0)].map(|(n, p)| (vault_name(n), p)));
}

pub(crate) async fn jobs_come_newest_first(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    for number in 2..=9 {
        begin(store, "first", number).await;
        let job = restore(&backup, id(100 + number), None);
        done(store, change(vec![Write::PutRestoreJob(job)])).await;
    }
    // A job that changes keeps its place.
    let (job, _) = job_and_backup("first", 4, None);
    done(store, change(vec![Write::PutBackupJob(job)])).await;

    let even: Wanted<BackupJob> = Arc::new(|job| job.created.as_millisecond() % 2 == 0);
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let wanted = Arc::clone(&even);
        let page = store.list_backup_jobs(&realm(), wanted, after.as_ref(), 3).await.unwrap();
        found.extend(page.items.into_iter().map(|job| job.created.as_millisecond()));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [8, 6, 4, 2]);
    let all: Wanted<RestoreJob> = Arc::new(|_| true);
    let page = store.list_restore_jobs(&realm(), Arc::clone(&all), None, 5).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|job| job.id).collect();
    assert_eq!(ids, [109, 108, 107, 106, 105].map(id));
    let page = store.list_restore_jobs(&realm(), all, page.next.as_ref(), 5).await.unwrap();
    let ids: Vec<_> = page.items.iter().map(|job| job.id).collect();
    assert_eq!(ids, [104, 103, 102].map(id));
    assert_eq!(page.next, None);
}

pub(crate) async fn jobs_that_run_are_found_after_a_stop(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let stopping = begin(store, "first", 2).await;
    let running = begin(store, "first", 3).await;
    let (job, _) = job_and_backup("first", 2, None);
    let job = BackupJob { state: BackupJobState::Aborting, ..job };
    done(store, change(vec![Write::PutBackupJob(job)])).await;
    let ended = restore(&backup, id(8), None);
    let failed = RestoreJobState::Failed { at: at(9), reason: "no".to_owned() };
    let ended = RestoreJob { state: failed, ..ended };
    let open = restore(&backup, id(9), None);
    done(store, change(vec![Write::PutRestoreJob(ended), Write::PutRestoreJob(open)])).await;

    let (mut backups, restores) = store.interrupted_jobs().await.unwrap();
    backups.sort_by_key(|job| job.created);
    let backups: Vec<_> = backups.into_iter().map(|job| job.backup).collect();
    assert_eq!(backups, [stopping.name, running.name]);
    assert_eq!(restores.into_iter().map(|job| job.id).collect::<Vec<_>>(), [id(9)]);
}

pub(crate) async fn jobs_that_ended_can_be_forgotten_and_those_that_run_are_not_offered(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    begin(store, "first", 2).await;
    let failed = RestoreJobState::Failed { at: at(9), reason: "no".to_owned() };
    let open = restore(&backup, id(8), Some("token"));
    let ended = RestoreJob { state: failed, ..open.clone() };
    done(store, change(vec![Write::PutRestoreJob(open)])).await;
    let offered = async |limit| store.ended_jobs(at(1000), None, limit).await.unwrap().items;
    assert_eq!(offered(10).await.len(), 1);
    done(store, change(vec![Write::PutRestoreJob(ended.clone())])).await;
    let jobs = offered(10).await;
    let named: Vec<_> = jobs.iter().map(|job| (job.id, job.ended)).collect();
    assert_eq!(named, [(backup.id.job(), content(1).completed), (id(8), at(9))]);
    assert_eq!(offered(1).await, jobs[..1]);

    let forget = |job: &EndedJob| Change {
        expects: vec![job.expect.clone()],
        ..change(vec![Write::RemoveJob(job.id)])
    };
    // Touched since it was looked at: kept.
    done(store, change(vec![Write::PutRestoreJob(ended)])).await;
    assert_eq!(store.commit(forget(&jobs[1])).await.unwrap(), Commit::Stale);
    for job in offered(10).await {
        done(store, forget(&job)).await;
        let again = store.commit(change(vec![Write::RemoveJob(job.id)])).await;
        assert!(matches!(again, Err(StoreError::NotDone(_))), "{again:?}");
    }
    assert_eq!(offered(10).await, []);
    assert!(store.backup_job(backup.id.job()).await.unwrap().is_none());
    assert!(store.restore_job(id(8)).await.unwrap().is_none());
    assert!(restore_of_token(store, "token").await.is_none());
    assert_eq!(store.interrupted_jobs().await.unwrap().0.len(), 1, "what runs is still there");
    // What it made outlives it, and its trail does.
    let found = store.backup(&backup.key()).await.unwrap().unwrap().backup;
    assert_eq!(found, backup);
    assert!(store.data_key(&backup.key()).await.unwrap().is_some());
    assert_eq!(audit(store).await.len(), 4);
}

pub(crate) async fn there_is_nothing_beyond_the_end(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    for from in [1, u64::MAX / 2, u64::MAX / 2 + 1, u64::MAX] {
        assert!(store.log_leaves(from, 10).await.unwrap().is_empty(), "{from}");
        assert!(store.events(from, 10).await.unwrap().is_empty(), "{from}");
        assert!(store.trail(from, 10).await.unwrap().is_empty(), "{from}");
    }
}
