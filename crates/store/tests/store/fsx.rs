//! Backups that `FSx` shows: those that it keeps itself, and those that a vault keeps for it.

use std::sync::Arc;

use sexton_core::{
    Backup, DataKey, Erasure, ErasureState, FileSystemId, FsxBackupId, Leftover, Made, Realm,
    State, Tags, Use, Vault,
};
use sexton_store::{
    BackupQuery, Change, Claim, Commit, FsxQuery, MetaStore, SourceQuery, StoreError, Tally, Write,
};

use crate::fixture::{
    at, begin, begin_fsx, certification, change, complete, complete_fsx, completed, content,
    delete, deletion, done, erased, fsx_backup, fsx_copy, id, key, lost, put_off, put_vault, realm,
    resource, vault, vault_name,
};

async fn claim(store: &dyn MetaStore, backup: &Backup) -> Claim {
    let due = store.due_erasures(jiff::Timestamp::MAX, None, 100).await.unwrap().items;
    due.into_iter().find(|claim| claim.backup.key() == backup.key()).unwrap()
}

async fn state(store: &dyn MetaStore, backup: &Backup) -> Option<State> {
    let found = store.backup(&backup.key()).await.unwrap();
    found.map(|found| found.backup.state)
}

async fn refused(store: &dyn MetaStore, write: Write) {
    let shown = format!("{write:?}");
    let answer = store.commit(change(vec![write])).await;
    assert!(matches!(answer, Err(StoreError::NotDone(_))), "{shown}: {answer:?}");
}

/// The names of the states that there are, and how many of each.
async fn counted(store: &dyn MetaStore) -> Vec<(&'static str, u64)> {
    let sums = store.sums().await.unwrap();
    let mut counted: Vec<_> = sums.backups.into_iter().filter(|it| it.1 > 0).collect();
    counted.sort_unstable();
    counted
}

/// A backup that could not be made, and whose bytes are being erased.
async fn failing(store: &dyn MetaStore, number: u32) -> Backup {
    let backup = begin_fsx(store, number, Made::Asked).await;
    let lost = lost(&backup, id(500 + number), at(50));
    done(store, change(vec![Write::BeginErasure(lost.clone())])).await;
    lost
}

pub(crate) async fn the_record_of_a_failed_backup_outlives_its_bytes(store: &dyn MetaStore) {
    let backup = failing(store, 1).await;
    assert!(store.data_key(&backup.key()).await.unwrap().is_none());
    assert_eq!(counted(store).await, [("failed", 1)]);
    assert_eq!(store.sums().await.unwrap().erasures, 1);
    refused(store, Write::AddUse(backup.key(), Use::restore(id(5)))).await;
    refused(store, Write::BeginErasure(backup.clone())).await;

    // Its erasure can wait for a person, like any other.
    let parked = ErasureState::Parked { reason: "stuck".to_owned() };
    done(store, put_off(&claim(store, &backup).await, parked)).await;
    assert_eq!(store.list_erasing(true, None, 9).await.unwrap().items.len(), 1);
    assert_eq!(store.sums().await.unwrap().parked, 1);
    let found = store.list_erasing(true, None, 9).await.unwrap().items.remove(0);
    let again = ErasureState::Pending { not_before: at(60), attempts: 0 };
    let erasing = Erasure { state: again, ..found.state.erasing().unwrap().clone() };
    done(store, change(vec![Write::PutBackup(found.erased_so_far(erasing))])).await;
    done(store, certification(&claim(store, &backup).await)).await;

    let reason = "no".to_owned();
    let record = State::Failed { reason, at: at(50), bytes: Leftover::Erased };
    assert_eq!(state(store, &backup).await, Some(record));
    assert!(store.certificate(&backup.key()).await.unwrap().is_some());
    let sums = store.sums().await.unwrap();
    assert_eq!((counted(store).await, sums.erasures, sums.parked), (vec![("failed", 1)], 0, 0));
    assert_eq!((sums.stored_bytes, sums.erased_bytes), (0, 0));
    assert!(store.list_erasing(false, None, 9).await.unwrap().items.is_empty());
    let due = store.due_erasures(jiff::Timestamp::MAX, None, 9).await.unwrap().items;
    assert!(due.is_empty());
}

pub(crate) async fn of_a_record_nothing_comes_back_and_it_can_be_removed(store: &dyn MetaStore) {
    let backup = failing(store, 1).await;
    done(store, certification(&claim(store, &backup).await)).await;
    let record = store.backup(&backup.key()).await.unwrap().unwrap().backup;
    let create = Write::CreateBackup(fsx_backup(1, Made::Asked), DataKey::from_bytes(&key(9)));
    refused(store, create).await;
    for write in [
        Write::AddUse(backup.key(), Use::restore(id(5))),
        Write::BeginErasure(backup.clone()),
        Write::BeginErasure(erased(&backup, id(6), at(70))),
        Write::PutBackup(backup.clone()),
        Write::PutBackup(completed(backup.clone(), 1)),
    ] {
        refused(store, write).await;
    }
    let tags = Tags::from([("a".to_owned(), "b".to_owned())]);
    let tagged = Backup { tags, ..record };
    done(store, change(vec![Write::PutBackup(tagged.clone())])).await;
    assert_eq!(store.backup(&backup.key()).await.unwrap().unwrap().backup, tagged);

    let found = store.backup(&backup.key()).await.unwrap().unwrap();
    let remove = || Change {
        expects: found.expects.clone(),
        ..change(vec![Write::RemoveBackup(backup.key())])
    };
    done(store, remove()).await;
    assert_eq!(store.commit(remove()).await.unwrap(), Commit::Stale);
    refused(store, Write::RemoveBackup(backup.key())).await;
    assert_eq!((state(store, &backup).await, counted(store).await), (None, vec![]));
    assert!(store.certificate(&backup.key()).await.unwrap().is_some(), "proof is for ever");
    begin_fsx(store, 1, Made::Asked).await;
}

pub(crate) async fn nothing_but_a_record_is_removed_without_a_certificate(store: &dyn MetaStore) {
    let creating = begin_fsx(store, 1, Made::Asked).await;
    let complete = complete_fsx(store, 2, Made::Asked).await;
    let failing = failing(store, 3).await;
    let deleting = complete_fsx(store, 4, Made::Asked).await;
    delete(store, &deleting.key(), id(9)).await;
    for backup in [&creating, &complete, &failing, &deleting] {
        refused(store, Write::RemoveBackup(backup.key())).await;
    }
    // Nor does anything become a record while its key is there.
    for backup in [&creating, &complete] {
        let (reason, bytes) = ("no".to_owned(), Leftover::Erased);
        let state = State::Failed { reason, at: at(5), bytes };
        refused(store, Write::PutBackup(Backup { state, ..backup.clone() })).await;
        assert!(store.data_key(&backup.key()).await.unwrap().is_some());
    }
    assert_eq!(
        counted(store).await,
        [("completed", 1), ("creating", 1), ("deleting", 1), ("failed", 1)]
    );
}

pub(crate) async fn a_deletion_joins_the_erasure_of_a_failed_backup(store: &dyn MetaStore) {
    let backup = failing(store, 1).await;
    let asleep = claim(store, &backup).await;
    let joined = backup.clone().erased_by(asleep.erasing.clone());
    done(store, change(vec![Write::PutBackup(joined.clone())])).await;
    assert_eq!(counted(store).await, [("deleting", 1)]);
    assert_eq!(list(store, &everything(realm())).await, []);
    // Whoever began to certify it as a failed one begins again, and it does not come back.
    let late = Change { expects: vec![asleep.expect.clone()], ..certification(&asleep) };
    assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
    refused(store, Write::PutBackup(backup.clone())).await;
    let awake = claim(store, &backup).await;
    assert_eq!((&awake.backup, &awake.erasing), (&joined, &asleep.erasing));
    done(store, certification(&awake)).await;
    assert_eq!((state(store, &backup).await, counted(store).await), (None, vec![]));
}

fn everything(realm: Realm) -> FsxQuery {
    FsxQuery { realm, file_system: None, wanted: Arc::new(|_| true) }
}

async fn list(store: &dyn MetaStore, query: &FsxQuery) -> Vec<Backup> {
    store.list_fsx_backups(query, None, 1000).await.unwrap().items
}

pub(crate) async fn both_doors_show_one_backup_and_each_its_own(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let point = complete(store, "first", 1).await;
    let asked = complete_fsx(store, 10, Made::Asked).await;
    let automatic = complete_fsx(store, 11, Made::Automatic).await;
    let failed = failing(store, 13).await;
    let gone = complete_fsx(store, 14, Made::Asked).await;
    delete(store, &gone.key(), id(9)).await;
    let in_vault = complete(store, "first", 4).await;
    delete(store, &in_vault.key(), id(10)).await;

    let all = [&point, &asked, &automatic, &failed].map(Backup::clone);
    assert_eq!(list(store, &everything(realm())).await, all);
    let of = |number| FsxQuery {
        file_system: FileSystemId::of(&resource(number)),
        ..everything(realm())
    };
    assert_eq!(list(store, &of(1)).await, [&point, &asked, &failed].map(Backup::clone));
    assert_eq!(list(store, &of(2)).await, std::slice::from_ref(&automatic));
    assert_eq!(list(store, &of(3)).await, []);
    let wanted = FsxQuery {
        wanted: Arc::new(|backup| backup.state.content().is_some()),
        ..everything(realm())
    };
    assert_eq!(list(store, &wanted).await, [&point, &asked, &automatic].map(Backup::clone));
    let other = Realm::new("us-east-1", "123456789012");
    assert_eq!(list(store, &everything(other)).await, []);

    // The door of the vaults never shows what FSx keeps.
    let points = [&point, &in_vault].map(Backup::key);
    for query in [
        BackupQuery::of_vault(realm(), vault_name("first")),
        BackupQuery::of_resource(realm(), resource(1)),
    ] {
        let listed = store.list_backups(&query, None, 10).await.unwrap().items;
        assert_eq!(listed.iter().map(Backup::key).collect::<Vec<_>>(), points, "{query:?}");
    }
    let of_the_other = BackupQuery::of_resource(realm(), resource(2));
    assert_eq!(store.list_backups(&of_the_other, None, 10).await.unwrap().items, []);
}

pub(crate) async fn a_file_system_lists_its_volumes_and_what_came_from_elsewhere_by_age(
    store: &dyn MetaStore,
) {
    let whole = begin_fsx(store, 4, Made::Asked).await;
    let file_system = FileSystemId::of(&resource(1)).unwrap();
    let volume = realm().arn("fsx", &format!("volume/{file_system}/fsvol-0123456789abcdef0"));
    let of_volume = Backup { source: volume.parse().unwrap(), ..fsx_backup(7, Made::Asked) };
    let source = file_system.arn(&Realm::new("us-east-1", "123456789012"));
    let copied = Backup { source, created: at(2), ..fsx_backup(10, Made::Asked) };
    for (number, backup) in [(7, &of_volume), (10, &copied)] {
        let data_key = DataKey::from_bytes(&key(number));
        done(store, change(vec![Write::CreateBackup(backup.clone(), data_key)])).await;
    }
    let all = [&copied, &whole, &of_volume];
    let of_it = FsxQuery { file_system: Some(file_system), ..everything(realm()) };
    assert_eq!(list(store, &of_it).await, all.map(Backup::clone));
    let mut after = None;
    for expected in all {
        let page = store.list_fsx_backups(&of_it, after.as_ref(), 1).await.unwrap();
        assert_eq!(page.items, std::slice::from_ref(expected));
        after = page.next;
    }
    // Of each source by itself there is one.
    for backup in all {
        let source = realm().with(backup.source.clone());
        let query = SourceQuery::all(source.clone());
        let found = store.list_of_source(&query, None, 10).await.unwrap().items;
        assert_eq!(found, std::slice::from_ref(backup));
        assert_eq!(store.tally(&Tally::CapturesOf(source)).await.unwrap(), 1);
    }
}

pub(crate) async fn fsx_backups_come_exactly_once_whatever_goes_between_pages(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    let mut backups = Vec::new();
    for number in 0..20 {
        backups.push(match number % 4 {
            0 => complete(store, "first", 3 * number).await,
            _ => complete_fsx(store, 3 * number, Made::Asked).await,
        });
    }
    let of_one = FsxQuery { file_system: FileSystemId::of(&resource(0)), ..everything(realm()) };
    let mut gone = Vec::new();
    for (round, query) in [everything(realm()), of_one].into_iter().enumerate() {
        let (mut found, mut after, mut page) = (Vec::new(), None, 0);
        loop {
            let listed = store.list_fsx_backups(&query, after.as_ref(), 3).await.unwrap();
            assert!(listed.items.len() <= 3);
            found.extend(listed.items.iter().map(Backup::key));
            after = listed.next;
            if after.is_none() {
                break;
            }
            // One that was seen, and one on the edge of the next page.
            for victim in [10 * round + page, 10 * round + 4 * page + 3] {
                let Some(backup) = backups.get(victim).filter(|it| !gone.contains(&it.key()))
                else {
                    continue;
                };
                gone.push(backup.key());
                let number = u32::try_from(600 + gone.len()).unwrap();
                delete(store, &backup.key(), id(number)).await;
            }
            page += 1;
        }
        for backup in backups.iter().filter(|it| !gone.contains(&it.key())) {
            assert_eq!(found.iter().filter(|it| **it == backup.key()).count(), 1, "{backup:?}");
        }
        let (all, once) = (found.len(), std::collections::BTreeSet::from_iter(found));
        assert_eq!(once.len(), all);
    }
    assert!(gone.len() > 8 && gone.len() < 20, "{}", gone.len());
}

pub(crate) async fn what_fsx_was_making_is_found_after_a_stop(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    begin(store, "first", 1).await;
    let captured = begin_fsx(store, 12, Made::Automatic).await;
    let original = complete_fsx(store, 13, Made::Asked).await;
    failing(store, 14).await;
    let (copy, reads) = fsx_copy(&original, 15, &realm());
    let writes = vec![
        Write::CreateBackup(copy.clone(), DataKey::from_bytes(&key(15))),
        Write::AddUse(original.key(), reads),
    ];
    done(store, change(writes)).await;
    assert_eq!(store.creating_without_job().await.unwrap(), [captured, copy]);
}

pub(crate) async fn one_source_is_captured_as_often_as_it_may_at_once(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let of = Tally::CapturesOf(realm().with(resource(1)));
    // Completed, of another file system, failed: none of them counts.
    complete_fsx(store, 1, Made::Asked).await;
    begin_fsx(store, 2, Made::Asked).await;
    failing(store, 4).await;
    assert_eq!(store.tally(&of).await.unwrap(), 0);
    let begin = |number| {
        let create =
            Write::CreateBackup(fsx_backup(number, Made::Asked), DataKey::from_bytes(&key(number)));
        Change { requires: vec![(of.clone(), 1)], ..change(vec![create]) }
    };
    let commits = [31, 34, 37].map(|number| store.commit(begin(number)));
    let commits: Vec<_> =
        futures::future::join_all(commits).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(commits, [Commit::Done, Commit::Stale, Commit::Stale]);
    assert_eq!(store.tally(&of).await.unwrap(), 1);
    let complete = completed(fsx_backup(31, Made::Asked), 31);
    done(store, change(vec![Write::PutBackup(complete)])).await;
    assert_eq!(store.tally(&of).await.unwrap(), 0);
    done(store, begin(34)).await;
}

pub(crate) async fn a_realm_takes_as_many_copies_as_it_may_at_once(store: &dyn MetaStore) {
    let other = Realm::new("us-east-1", "123456789012");
    done(store, change(vec![Write::PutVault(Vault { realm: other.clone(), ..vault("first") })]))
        .await;
    let original = complete_fsx(store, 1, Made::Asked).await;
    let of = Tally::CopiesTo(other.clone());
    let begin = |number| {
        let (copy, reads) = fsx_copy(&original, number, &other);
        let create = Write::CreateBackup(copy, DataKey::from_bytes(&key(number)));
        let writes = vec![create, Write::AddUse(original.key(), reads)];
        Change { requires: vec![(of.clone(), 2)], ..change(writes) }
    };
    let commits = [30, 31, 32].map(|number| store.commit(begin(number)));
    let commits: Vec<_> =
        futures::future::join_all(commits).await.into_iter().map(Result::unwrap).collect();
    assert_eq!(commits, [Commit::Done, Commit::Done, Commit::Stale]);
    // A capture there is no copy, and a copy from there is one of where it goes.
    assert_eq!(store.tally(&of).await.unwrap(), 2);
    assert_eq!(store.tally(&Tally::CopiesTo(realm())).await.unwrap(), 0);
    let (copy, _) = fsx_copy(&original, 30, &other);
    assert_eq!(store.tally(&Tally::CapturesOf(other.with(copy.source.clone()))).await.unwrap(), 0);
    done(store, change(vec![Write::PutBackup(completed(copy, 30))])).await;
    assert_eq!(store.tally(&of).await.unwrap(), 1);
    done(store, begin(32)).await;
}

pub(crate) async fn whoever_deletes_a_backup_knows_how_many_others_have_its_bytes(
    store: &dyn MetaStore,
) {
    let other = Realm::new("us-east-1", "123456789012");
    done(store, change(vec![Write::PutVault(Vault { realm: other.clone(), ..vault("first") })]))
        .await;
    let original = complete_fsx(store, 1, Made::Asked).await;
    let unrelated = complete_fsx(store, 4, Made::Asked).await;
    let copy_of = async |of: &Backup, number: u32, realm: &Realm| {
        let (copy, reads) = fsx_copy(of, number, realm);
        let job = reads.job;
        let create = Write::CreateBackup(copy.clone(), DataKey::from_bytes(&key(number)));
        done(store, change(vec![create, Write::AddUse(of.key(), reads)])).await;
        let copy = completed(copy, number);
        let ended = vec![Write::PutBackup(copy.clone()), Write::RemoveUse(of.key(), job)];
        done(store, change(ended)).await;
        copy
    };
    let first = copy_of(&original, 30, &other).await;
    let second = copy_of(&first, 31, &realm()).await;
    let copies = async |backup: &Backup| store.backup(&backup.key()).await.unwrap().unwrap().copies;
    for backup in [&original, &first, &second] {
        assert_eq!(copies(backup).await, 2, "{}", backup.name);
    }
    assert_eq!(copies(&unrelated).await, 0);

    // What is being erased has no bytes that anybody could read, and what failed has none.
    delete(store, &original.key(), id(9)).await;
    assert_eq!((copies(&first).await, copies(&second).await), (1, 1));
    done(store, certification(&claim(store, &original).await)).await;
    assert_eq!((copies(&first).await, copies(&second).await), (1, 1));
    let (third, reads) = fsx_copy(&second, 32, &realm());
    let create = Write::CreateBackup(third.clone(), DataKey::from_bytes(&key(32)));
    done(store, change(vec![create, Write::AddUse(second.key(), reads)])).await;
    assert_eq!(copies(&first).await, 2, "one that is being made may come to have them");
    done(store, change(vec![Write::BeginErasure(lost(&third, id(10), at(50)))])).await;
    assert_eq!(copies(&first).await, 1);
    done(store, certification(&claim(store, &third).await)).await;
    assert_eq!(copies(&first).await, 1, "a record has no bytes");
    done(store, deletion(&second, id(11), at(60))).await;
    assert_eq!(copies(&first).await, 0);
}

/// What no vault keeps is in its realm all the same.
pub(crate) async fn a_realm_with_a_backup_of_fsx_is_not_dropped(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = failing(store, 1).await;
    let token = crate::tokens::token_key("CreateBackup", "a");
    done(store, change(vec![Write::PutToken(token, crate::tokens::used("1", 1))])).await;
    let drop = || change(vec![Write::DropRealm(realm())]);
    assert_eq!(store.commit(drop()).await.unwrap(), Commit::Stale);
    done(store, certification(&claim(store, &backup).await)).await;
    assert_eq!(store.commit(drop()).await.unwrap(), Commit::Stale, "its record is there");
    done(store, change(vec![Write::RemoveBackup(backup.key())])).await;
    done(store, drop()).await;
    assert_eq!(store.sums().await.unwrap().tokens, 0);
    // A token that stood for something there stands for nothing any more.
    let token = crate::tokens::token_key("CreateBackup", "a");
    done(store, change(vec![Write::PutToken(token, crate::tokens::used("2", 1))])).await;
}

pub(crate) async fn bytes_add_up_without_a_vault(store: &dyn MetaStore) {
    let stored = |number| content(number).stored_bytes;
    let kept = complete_fsx(store, 1, Made::Asked).await;
    let gone = complete_fsx(store, 2, Made::Asked).await;
    failing(store, 3).await;
    delete(store, &gone.key(), id(9)).await;
    done(store, certification(&claim(store, &gone).await)).await;
    let sums = store.sums().await.unwrap();
    assert_eq!((sums.stored_bytes, sums.erased_bytes), (stored(1), stored(2)));
    assert_eq!((counted(store).await, sums.erasures), (vec![("completed", 1), ("failed", 1)], 1));
    assert!(FsxBackupId::of(&kept.name).is_some());
}
