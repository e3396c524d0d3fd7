//! From the destroyed key to the certificate.

use std::collections::BTreeMap;

use sexton_core::{BackupTrace, Erasure, ErasureState, EventKind, Use, decide_retry, replay};
use sexton_store::merkle::{Frontier, leaf_hash};
use sexton_store::{Change, Claim, Commit, MetaStore, StoreError, Write, trail};

use crate::fixture::{
    at, audit, begin, certification, change, complete, content, delete, deletion, done, erased,
    event, id, key, log, put_off, put_vault, vault_key,
};

async fn due(store: &dyn MetaStore, millis: i64) -> Vec<Claim> {
    store.due_erasures(at(millis), None, 100).await.unwrap().items
}

pub(crate) async fn a_key_lives_until_its_erasure_begins(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let (mut backups, mut kept) = (Vec::new(), Vec::new());
    for number in 0..70 {
        backups.push(complete(store, "first", number).await.key());
    }
    for (number, arn) in backups.iter().enumerate() {
        if number % 3 == 0 {
            delete(store, arn, id(1000 + u32::try_from(number).unwrap())).await;
        } else {
            kept.push((number, arn));
        }
        assert_eq!(store.data_key(arn).await.unwrap().is_none(), number % 3 == 0);
    }
    for (number, arn) in kept {
        let found = store.data_key(arn).await.unwrap().unwrap();
        assert_eq!(found.as_bytes(), &key(u32::try_from(number).unwrap()));
    }
    let nowhere = crate::fixture::job_and_backup("first", 999, None).1.key();
    assert!(store.data_key(&nowhere).await.unwrap().is_none());
    assert!(due(store, 50).await.iter().all(|claim| claim.epoch.has_ended()));
}

pub(crate) async fn due_erasures_come_in_order_and_not_too_early(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let mut backups = Vec::new();
    for number in 1..=5 {
        backups.push(complete(store, "first", number).await);
    }
    for (backup, (number, decided)) in
        backups.iter().zip([(11, 30), (12, 10), (13, 20), (14, 20), (15, 40)])
    {
        done(store, deletion(backup, id(number), at(decided))).await;
    }
    let ids = |claims: Vec<Claim>| claims.iter().map(|it| it.erasing.job).collect::<Vec<_>>();
    assert_eq!(ids(due(store, 9).await), []);
    assert_eq!(ids(due(store, 10).await), [id(12)]);
    assert_eq!(ids(due(store, 1000).await), [12, 13, 14, 11, 15].map(id));
    let first = store.due_erasures(at(1000), None, 2).await.unwrap();
    assert_eq!(ids(first.items), [12, 13].map(id));
    let rest = store.due_erasures(at(1000), first.next.as_ref(), 10).await.unwrap();
    assert_eq!((ids(rest.items), rest.next), ([14, 11, 15].map(id).to_vec(), None));

    let later = ErasureState::Pending { not_before: at(500), attempts: 1 };
    let parked = ErasureState::Parked { reason: "no".to_owned() };
    for (number, state) in [(12, later), (13, parked)] {
        let claim = due(store, 1000).await.into_iter().find(|it| it.erasing.job == id(number));
        done(store, put_off(&claim.unwrap(), state)).await;
    }
    assert_eq!(ids(due(store, 499).await), [14, 11, 15].map(id));
    assert_eq!(ids(due(store, 500).await), [14, 11, 15, 12].map(id));
    let sums = store.sums().await.unwrap();
    assert_eq!((sums.erasures, sums.parked), (5, 1));
    // The one that was begun first, whatever the clock said.
    assert_eq!(sums.oldest_erasure, Some(at(30)));
}

pub(crate) async fn erasures_are_listed_in_pages_and_found_by_their_point(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let mut backups = Vec::new();
    for number in 1..=5 {
        let backup = complete(store, "first", number).await;
        // The order is that of their beginnings, whatever the clock said.
        done(store, deletion(&backup, id(20 - number), at(40 - i64::from(number)))).await;
        backups.push(backup.key());
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_erasing(false, after.as_ref(), 2).await.unwrap();
        assert!(page.items.len() <= 2);
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found.iter().map(sexton_core::Backup::key).collect::<Vec<_>>(), backups);
    for backup in &found {
        assert_eq!(store.backup(&backup.key()).await.unwrap().unwrap().backup, *backup);
    }
    assert!(store.list_erasing(true, None, 10).await.unwrap().items.is_empty());
    let claims = due(store, 1000).await;
    let third = claims.iter().find(|claim| claim.backup.key() == backups[2]).unwrap();
    done(store, put_off(third, ErasureState::Parked { reason: "no".to_owned() })).await;
    let parked = store.list_erasing(true, None, 10).await.unwrap().items;
    assert_eq!(
        parked.iter().map(sexton_core::Backup::key).collect::<Vec<_>>(),
        [backups[2].clone()]
    );
    let first = claims.iter().find(|claim| claim.backup.key() == backups[0]).unwrap();
    done(store, certification(first)).await;
    let page = store.list_erasing(false, None, 10).await.unwrap();
    assert_eq!(page.items.iter().map(sexton_core::Backup::key).collect::<Vec<_>>(), backups[1..]);
    assert_eq!(page.next, None);
}

pub(crate) async fn a_parked_erasure_that_is_retried_is_due_again(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    done(store, deletion(&backup, id(8), at(20))).await;
    let claim = due(store, 1000).await.remove(0);
    done(store, put_off(&claim, ErasureState::Parked { reason: "stuck".to_owned() })).await;
    assert!(due(store, 1000).await.is_empty());
    assert_eq!(store.sums().await.unwrap().parked, 1);

    let found = store.backup(&backup.key()).await.unwrap().unwrap();
    let erasing = decide_retry(&found.backup.state, at(600)).unwrap();
    let kind = EventKind::ErasureRetried { erasure: erasing.job, backup: backup.name.clone() };
    let retried = || Change {
        expects: found.expects.clone(),
        writes: vec![Write::PutBackup(found.backup.clone().erased_by(erasing.clone()))],
        event: Some(event(kind.clone())),
        ..Change::default()
    };
    done(store, retried()).await;
    assert_eq!(store.commit(retried()).await.unwrap(), Commit::Stale, "asked twice, done once");
    assert_eq!(store.sums().await.unwrap().parked, 0);
    assert!(due(store, 599).await.is_empty());
    let claim = due(store, 600).await.remove(0);
    assert_eq!(claim.erasing, erasing);
    done(store, Change { expects: vec![claim.expect.clone()], ..certification(&claim) }).await;
    assert_eq!(replay(&audit(store).await).unwrap()[&backup.key()], BackupTrace::Erased);
}

pub(crate) async fn what_a_clock_put_off_that_was_set_back_is_due(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let hour = 3_600_000;
    let decided = [(1, hour + 51), (2, 50), (3, 2 * hour), (4, hour + 50)];
    for (number, decided) in decided {
        let backup = complete(store, "first", number).await;
        done(store, deletion(&backup, id(10 + number), at(decided))).await;
    }
    let ids: Vec<_> = due(store, 50).await.into_iter().map(|claim| claim.erasing.job).collect();
    assert_eq!(ids, [12, 11, 13].map(id));
    // One at a time as well.
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.due_erasures(at(50), after.as_ref(), 1).await.unwrap();
        found.extend(page.items.into_iter().map(|claim| claim.erasing.job));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, ids);
}

pub(crate) async fn one_point_has_one_erasure(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    done(store, deletion(&backup, id(8), at(20))).await;
    // Even a caller that expects nothing cannot begin a second one.
    let again = store.commit(deletion(&backup, id(9), at(30))).await;
    assert!(matches!(again, Err(StoreError::NotDone(_))), "{again:?}");
    assert_eq!(due(store, 1000).await.len(), 1);
    // Nor begin one of nothing, nor end one that is not there.
    let (_, absent) = crate::fixture::job_and_backup("first", 2, None);
    let writes = vec![Write::BeginErasure(erased(&absent, id(9), at(30)))];
    assert!(matches!(store.commit(change(writes)).await, Err(StoreError::NotDone(_))));
    // Nor become what it was, nor be used, nor be erased without the end of its key.
    let other = complete(store, "first", 3).await;
    for write in [
        Write::PutBackup(backup.clone()),
        Write::AddUse(backup.key(), Use::restore(id(5))),
        Write::PutBackup(erased(&other, id(9), at(30))),
        Write::BeginErasure(other.clone()),
    ] {
        let refused = format!("{write:?}");
        let answer = store.commit(change(vec![write])).await;
        assert!(matches!(answer, Err(StoreError::NotDone(_))), "{refused}: {answer:?}");
    }
    assert!(store.data_key(&other.key()).await.unwrap().is_some());
    let claim = due(store, 1000).await.remove(0);
    done(store, certification(&claim)).await;
    let twice = store.commit(certification(&claim)).await;
    assert!(matches!(twice, Err(StoreError::NotDone(_))), "{twice:?}");
}

pub(crate) async fn a_sleeping_worker_finds_its_commit_stale(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    done(store, deletion(&backup, id(8), at(20))).await;
    let asleep = due(store, 20).await.remove(0);
    let awake = due(store, 20).await.remove(0);
    let fenced =
        |claim: &Claim, change: Change| Change { expects: vec![claim.expect.clone()], ..change };
    let erasing = Erasure { removed: 1, ..awake.erasing.clone() };
    let put = change(vec![Write::PutBackup(awake.backup.clone().erased_by(erasing))]);
    done(store, fenced(&awake, put)).await;
    let late = fenced(&asleep, certification(&asleep));
    assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
    let again = due(store, 20).await.remove(0);
    assert_eq!(again.erasing.removed, 1);
    done(store, fenced(&again, certification(&again))).await;
    let late = fenced(&asleep, certification(&asleep));
    assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
}

pub(crate) async fn a_certificate_ends_the_point_and_can_be_proven(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let log = log();
    let (mut backups, mut leaves) = (Vec::new(), Vec::new());
    for number in 1..=9_u32 {
        let backup = complete(store, "first", number).await;
        delete(store, &backup.key(), id(100 + number)).await;
        assert!(store.certificate(&backup.key()).await.unwrap().is_none());
        let claim = due(store, 1000).await.remove(0);
        done(store, certification(&claim)).await;
        backups.push(backup);

        let backup = backups.last().unwrap();
        let issued = store.certificate(&backup.key()).await.unwrap().unwrap();
        leaves.push(leaf_hash(issued.statement.as_bytes()));

        // After each one, every certificate so far is in the log of that moment.
        log.sign(store).await.unwrap();
        for (leaf, backup) in (0..).zip(&backups) {
            let document = log.document(&backup.key(), store).await.unwrap().unwrap();
            let found = document.verify(&log.public_key(), Some(&leaves)).unwrap();
            assert_eq!((found.leaf, found.log.size), (leaf, u64::from(number)));
            assert_eq!(found.certificate.backup, backup.name);
            assert_eq!(found.certificate.size_bytes, Some(1001 + leaf));
        }
        assert!(store.backup(&claim.backup.key()).await.unwrap().is_none());
        assert!(store.data_key(&claim.backup.key()).await.unwrap().is_none());
    }
    assert!(due(store, 1000).await.is_empty());
    assert_eq!(store.log_leaves(0, 100).await.unwrap(), leaves);
    assert_eq!(store.log_leaves(3, 2).await.unwrap(), leaves[3..5]);
    let mut frontier = Frontier::default();
    for leaf in &leaves[..5] {
        drop(frontier.append(*leaf));
    }
    let end = store.log_end(5).await.unwrap();
    assert_eq!((end.size, end.root_before), (9, Some(frontier.root())));
    assert_eq!(store.log_end(10).await.unwrap().root_before, None);
    assert_eq!(store.inclusion(5, 5).await.unwrap(), None);
    assert_eq!(store.inclusion(5, 10).await.unwrap(), None);
    let some = store.certificates(7, 10).await.unwrap();
    assert_eq!(some.iter().map(|it| it.leaf).collect::<Vec<_>>(), [7, 8]);
    let (all, next) = log.documents(0, 9, |_| true, store).await.unwrap();
    assert!(all.iter().all(|it| it.verify(&log.public_key(), Some(&leaves)).is_ok()));
    assert_eq!((all.len(), next), (9, Some(9)));
    let (some, next) = log.documents(2, 100, |it| it.contains("1008"), store).await.unwrap();
    assert_eq!((some, next), (all[7..8].to_vec(), None));
}

pub(crate) async fn events_are_kept_in_order_and_add_up(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let completed = complete(store, "first", 1).await.key();
    let deleting = complete(store, "first", 2).await.key();
    let erased = complete(store, "first", 3).await.key();
    let creating = begin(store, "first", 4).await.key();
    delete(store, &erased, id(8)).await;
    let claim = due(store, 1000).await.remove(0);
    done(store, certification(&claim)).await;
    delete(store, &deleting, id(9)).await;
    let kind = EventKind::BackupStopping { job: id(1) };
    done(store, Change { event: Some(event(kind)), ..Change::default() }).await;

    let events = audit(store).await;
    assert_eq!(events.len(), 12);
    assert!(matches!(events[0].kind, EventKind::VaultCreated { .. }));
    assert!(matches!(events[11].kind, EventKind::BackupStopping { .. }));
    let expected = BTreeMap::from([
        (completed, BackupTrace::Completed),
        (deleting, BackupTrace::Deleting),
        (erased, BackupTrace::Erased),
        (creating, BackupTrace::Creating),
    ]);
    assert_eq!(replay(&events).unwrap(), expected);
    let mut paged = Vec::new();
    while let page @ [_, ..] =
        &store.events(u64::try_from(paged.len()).unwrap(), 5).await.unwrap()[..]
    {
        assert!(page.len() <= 5);
        paged.extend_from_slice(page);
    }
    assert_eq!(paged, events);
    let links = store.trail(0, 5).await.unwrap();
    let rest = store.trail(5, 100).await.unwrap();
    let last = trail::check(trail::BEGINNING, &links).unwrap();
    assert_eq!(trail::check(last, &rest), Ok(rest[6].hash));
}

pub(crate) async fn totals_add_up(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    begin(store, "first", 1).await;
    let stored = |number| content(number).stored_bytes;
    complete(store, "first", 2).await;
    let deleting = complete(store, "first", 3).await;
    let erased = complete(store, "first", 4).await;
    done(store, deletion(&erased, id(14), at(20))).await;
    let claim = due(store, 1000).await.remove(0);
    done(store, certification(&claim)).await;
    done(store, deletion(&deleting, id(13), at(30))).await;
    let failed = begin(store, "first", 5).await;
    done(store, deletion(&failed, id(15), at(40))).await;

    let sums = store.sums().await.unwrap();
    let backups: BTreeMap<_, _> = sums.backups.iter().copied().filter(|it| it.1 > 0).collect();
    assert_eq!(backups, BTreeMap::from([("creating", 1), ("completed", 1), ("deleting", 2)]));
    assert_eq!((sums.erasures, sums.parked, sums.certificates), (2, 0, 1));
    assert_eq!(sums.oldest_erasure, Some(at(30)));
    assert_eq!(sums.stored_bytes, stored(2) + stored(3));
    assert_eq!(sums.erased_bytes, stored(4));
    assert_eq!(store.vault(&vault_key("first")).await.unwrap().unwrap().backups, 4);
    assert!(store.healthy());
}
