//! Deletions that are asked for and wait with their recovery points.

use sexton_core::{Backup, ErasureRequest, Principal};
use sexton_store::{MetaStore, Write};

use crate::fixture::{at, change, complete, delete, deletion, done, id, put_vault};

fn request(given_up: Option<i64>) -> ErasureRequest {
    ErasureRequest {
        asked: at(20),
        by: Principal("tester".to_owned()),
        user: None,
        until: at(90),
        kept_by: "a hold".to_owned(),
        given_up: given_up.map(at),
    }
}

async fn put(store: &dyn MetaStore, backup: &Backup, given_up: Option<i64>) -> Backup {
    let asked = backup.clone().with_request(Some(request(given_up)));
    done(store, change(vec![Write::PutBackup(asked.clone())])).await;
    asked
}

/// All of them, two on a page.
async fn listed(store: &dyn MetaStore, waiting: bool) -> Vec<Backup> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_requested(waiting, after.as_ref(), 2).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            return found;
        }
    }
}

pub(crate) async fn what_is_asked_for_is_listed_until_it_is_done_or_withdrawn(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    let mut asked = Vec::new();
    for number in 1..=5 {
        let backup = complete(store, "first", number).await;
        complete(store, "first", 100 + number).await;
        asked.push(put(store, &backup, None).await);
    }
    assert_eq!(listed(store, true).await, asked);
    assert_eq!(listed(store, false).await, asked);
    let found = store.backup(&asked[0].key()).await.unwrap().unwrap();
    assert_eq!(found.backup.request(), Some(&request(None)));

    // One that is given up comes last, and only where everything is asked for.
    let given_up = put(store, &asked.remove(0), Some(90)).await;
    assert_eq!(listed(store, true).await, asked);
    let all: Vec<_> = asked.iter().chain([&given_up]).cloned().collect();
    assert_eq!(listed(store, false).await, all);

    // Withdrawn, it is asked for no more.
    let withdrawn = asked.remove(1).with_request(None);
    done(store, change(vec![Write::PutBackup(withdrawn.clone())])).await;
    assert_eq!(listed(store, true).await, asked);

    // It goes with its recovery point, whoever deletes that.
    let gone = asked.remove(0);
    delete(store, &gone.key(), id(50)).await;
    assert_eq!(listed(store, true).await, asked);
    let erasing = store.backup(&gone.key()).await.unwrap().unwrap().backup;
    assert!(erasing.state.erasing().is_some());
    assert_eq!(erasing.request(), None, "what was asked for is done");
    done(store, deletion(&given_up, id(51), at(60))).await;
    assert_eq!(listed(store, false).await, asked);
}

/// Both are written to one row: whoever comes second decides again.
pub(crate) async fn a_request_makes_a_deletion_of_before_stale(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let before = store.backup(&backup.key()).await.unwrap().unwrap();
    put(store, &backup, None).await;
    let late =
        sexton_store::Change { expects: before.expects, ..deletion(&backup, id(50), at(50)) };
    assert_eq!(store.commit(late).await.unwrap(), sexton_store::Commit::Stale);
    delete(store, &backup.key(), id(50)).await;
}
