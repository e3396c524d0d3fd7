//! What is due because its time has come.

use sexton_core::{Backup, BackupJobState, BackupName, InRealm, Lifecycle, State};
use sexton_store::{Change, Commit, EndedJob, MetaStore, StoreError, Write};

use crate::fixture::{
    at, begin, change, complete, content, deletion, done, id, job_and_backup, put_vault, restore,
    staying,
};

const DAY: i64 = 86_400_000;

/// A completed backup that was made at `number` milliseconds and stays for so many days.
async fn lasting(store: &dyn MetaStore, number: u32, days: i64) -> Backup {
    let lifecycle = Lifecycle { delete_after_days: Some(days), ..Lifecycle::default() };
    let backup = staying(complete(store, "first", number).await, lifecycle);
    done(store, change(vec![Write::PutBackup(backup.clone())])).await;
    backup
}

async fn due(store: &dyn MetaStore, millis: i64) -> Vec<InRealm<BackupName>> {
    store.due_expiries(at(millis), None, 100).await.unwrap().items
}

fn put_off(backup: &Backup, millis: i64) -> Change {
    change(vec![Write::PutOffExpiry(backup.key(), at(millis))])
}

pub(crate) async fn expiries_come_in_order_and_not_too_early(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    complete(store, "first", 9).await;
    let (second, first) = (lasting(store, 2, 2).await, lasting(store, 1, 1).await);
    let (third, fourth) = (lasting(store, 3, 2).await, lasting(store, 4, 2).await);
    let arns =
        |backups: &[&Backup]| -> Vec<_> { backups.iter().map(|backup| backup.key()).collect() };
    assert_eq!(store.sums().await.unwrap().next_expiry, Some(at(DAY + 1)));
    assert_eq!(due(store, DAY).await, []);
    assert_eq!(due(store, DAY + 1).await, arns(&[&first]));
    assert_eq!(due(store, 3 * DAY).await, arns(&[&first, &second, &third, &fourth]));
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.due_expiries(at(3 * DAY), after.as_ref(), 1).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, due(store, 3 * DAY).await);

    // What is put off comes later, and what is written anew when its lifecycle says.
    done(store, put_off(&first, 3 * DAY)).await;
    assert_eq!(due(store, 3 * DAY - 1).await, arns(&[&second, &third, &fourth]));
    assert_eq!(due(store, 3 * DAY).await, arns(&[&second, &third, &fourth, &first]));
    done(store, change(vec![Write::PutBackup(first.clone())])).await;
    assert_eq!(due(store, DAY + 1).await, arns(&[&first]));

    // What is deleted, or was tried, is due no more.
    done(store, deletion(&second, id(50), at(60))).await;
    let (reason, since, content) = ("no".to_owned(), at(7), content(3));
    let state = State::Expired { reason, since, content };
    done(store, change(vec![Write::PutBackup(Backup { state, ..third })])).await;
    assert_eq!(due(store, 9 * DAY).await, arns(&[&first, &fourth]));
    assert_eq!(store.due_erasures(at(9 * DAY), None, 9).await.unwrap().items.len(), 1);
    assert_eq!(store.sums().await.unwrap().parked, 0);
    for backup in [&first, &fourth] {
        done(store, deletion(backup, backup.id.job(), at(60))).await;
    }
    assert_eq!(store.sums().await.unwrap().next_expiry, None);
}

pub(crate) async fn a_point_expires_once_it_is_complete(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let lifecycle = Lifecycle { delete_after_days: Some(1), ..Lifecycle::default() };
    let backup = staying(begin(store, "first", 1).await, lifecycle);
    done(store, change(vec![Write::PutBackup(backup.clone())])).await;
    assert_eq!(due(store, 9 * DAY).await, []);
    let refused = store.commit(put_off(&backup, DAY)).await;
    assert!(matches!(refused, Err(StoreError::NotDone(_))), "{refused:?}");
    let state = State::Completed { content: content(1) };
    done(store, change(vec![Write::PutBackup(Backup { state, ..backup.clone() })])).await;
    assert_eq!(due(store, 9 * DAY).await, [backup.key()]);
}

pub(crate) async fn putting_an_expiry_off_makes_no_decision_stale(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let (backup, other) = (lasting(store, 1, 1).await, complete(store, "first", 2).await);
    let snapshot = store.backup(&backup.key()).await.unwrap().unwrap();
    done(store, put_off(&backup, 5 * DAY)).await;
    let change = deletion(&snapshot.backup, id(50), at(60));
    let expects = snapshot.expects.clone();
    done(store, Change { expects: expects.clone(), ..change }).await;
    // But what moved since puts nothing off, and what has no end is not given one.
    let late = Change { expects, ..put_off(&backup, DAY) };
    assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
    let absent = job_and_backup("first", 99, None).1;
    for backup in [&backup, &other, &absent] {
        let refused = store.commit(put_off(backup, DAY)).await;
        assert!(matches!(refused, Err(StoreError::NotDone(_))), "{refused:?}");
    }
}

pub(crate) async fn ended_jobs_come_by_their_ends(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    // Began first and ended last.
    let slow = begin(store, "first", 1).await;
    let quick = complete(store, "first", 2).await;
    begin(store, "first", 3).await;
    let restored = restore(&quick, id(8), None);
    let failed = sexton_core::RestoreJobState::Failed { at: at(50), reason: "no".to_owned() };
    let restored = sexton_core::RestoreJob { state: failed, ..restored };
    done(store, change(vec![Write::PutRestoreJob(restored)])).await;
    let job = store.backup_job(slow.id.job()).await.unwrap().unwrap().value;
    let state = BackupJobState::Failed { at: at(900), reason: "no".to_owned() };
    let job = sexton_core::BackupJob { state, ..job };
    done(store, change(vec![Write::PutBackupJob(job)])).await;
    let ids = |jobs: Vec<EndedJob>| jobs.into_iter().map(|job| job.id).collect::<Vec<_>>();
    let until = async |millis| store.ended_jobs(at(millis), None, 10).await.unwrap().items;
    assert_eq!(ids(until(1).await), []);
    assert_eq!(ids(until(2).await), [quick.id.job()]);
    assert_eq!(ids(until(899).await), [quick.id.job(), id(8)]);
    let all = until(900).await;
    assert_eq!(all.iter().map(|job| job.ended).collect::<Vec<_>>(), [2, 50, 900].map(at));
    let page = store.ended_jobs(at(900), None, 2).await.unwrap();
    assert_eq!(page.items, all[..2]);
    let page = store.ended_jobs(at(900), page.next.as_ref(), 2).await.unwrap();
    assert_eq!((page.items, page.next), (all[2..].to_vec(), None));
}
