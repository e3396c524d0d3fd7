//! Legal holds, and the race between one of them and a deletion.

use sexton_core::{Cancelled, Hold, HoldId, Realm, Selection, Tags};
use sexton_store::{Change, Commit, Follow, MetaStore, Subject, Tally, Write};

use crate::fixture::{
    at, begin, change, complete, delete, deletion, done, id, put_vault, realm, vault_name,
};

/// Hold `number` of the backups in one vault.
pub(crate) fn hold(number: u32, vault: &str) -> Hold {
    let selection = Selection { vaults: [vault_name(vault)].into(), ..Selection::default() };
    Hold {
        id: HoldId::from_bytes(*id(number).as_bytes()),
        realm: realm(),
        title: "case".to_owned(),
        description: "against us".to_owned(),
        token: None,
        selection,
        created: at(5),
        cancelled: None,
        tags: Tags::new(),
    }
}

/// The same once it was cancelled, and its record kept until then.
pub(crate) fn cancelled(hold: Hold, kept_until: i64) -> Hold {
    let (description, kept_until) = ("settled".to_owned(), at(kept_until));
    Hold { cancelled: Some(Cancelled { at: at(6), description, kept_until }), ..hold }
}

fn put(hold: Hold) -> Change {
    change(vec![Write::PutHold(hold)])
}

async fn active(store: &dyn MetaStore, realm: &Realm) -> Vec<Hold> {
    let subject = Subject::Holds(realm.clone());
    store.read(&[subject], Follow::Nothing).await.unwrap().holds(realm).all().to_vec()
}

pub(crate) async fn holds_come_are_cancelled_and_are_forgotten(store: &dyn MetaStore) {
    let other = Realm::new("us-east-1", "123456789012");
    let [first, second] = [1, 2].map(|number| hold(number, "first"));
    let third = Hold { realm: other.clone(), ..hold(3, "first") };
    assert_eq!(active(store, &realm()).await, []);
    for hold in [&first, &second, &third] {
        done(store, put(hold.clone())).await;
    }
    assert_eq!(active(store, &realm()).await, [first.clone(), second.clone()]);
    assert_eq!(active(store, &other).await, std::slice::from_ref(&third));
    let found = store.hold(&second.key()).await.unwrap().unwrap();
    assert_eq!(found.value, second);
    assert_eq!(store.hold(&other.with(second.id)).await.unwrap().map(|it| it.value), None);
    assert_eq!(store.tally(&Tally::Holds(realm())).await.unwrap(), 2);

    let ended = cancelled(first.clone(), 50);
    done(store, put(ended.clone())).await;
    assert_eq!(active(store, &realm()).await, std::slice::from_ref(&second));
    let one = store.list_holds(&realm(), None, 1).await.unwrap();
    assert_eq!(one.items, std::slice::from_ref(&ended), "its record is there");
    let rest = store.list_holds(&realm(), one.next.as_ref(), 10).await.unwrap();
    assert_eq!(rest.items, std::slice::from_ref(&second));
    let due = async |now| store.ended_holds(at(now), None, 10).await.unwrap().items;
    assert_eq!(due(49).await, []);
    assert_eq!(due(50).await, [first.key()]);
    let remove = |hold: &Hold| change(vec![Write::RemoveHold(hold.key())]);
    assert!(store.commit(remove(&second)).await.is_err(), "it holds");
    done(store, remove(&first)).await;
    assert_eq!(due(50).await, []);
    assert_eq!(store.tally(&Tally::Holds(realm())).await.unwrap(), 1);
    assert_eq!(active(store, &realm()).await, [second]);
}

pub(crate) async fn what_a_hold_is_of_is_listed_in_pages(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    put_vault(store, "second").await;
    let mut held = Vec::new();
    for number in 1..=7 {
        held.push(complete(store, "first", number).await.name);
        complete(store, "second", 100 + number).await;
    }
    // One that is being made, and one that is being erased, are kept by nothing.
    begin(store, "first", 50).await;
    let erased = complete(store, "first", 51).await;
    delete(store, &erased.key(), id(51)).await;
    let mut found = Vec::new();
    let mut after = None;
    loop {
        let page = store.list_held(hold(1, "first"), after.as_ref(), 3).await.unwrap();
        found.extend(page.items.into_iter().map(|backup| backup.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    held.sort();
    assert_eq!(found, held);
    let ended = cancelled(hold(1, "first"), 50);
    assert!(store.list_held(ended, None, 3).await.unwrap().items.is_empty());
}

/// Each of them may name as much as this, and a page of a thousand would be a gigabyte.
pub(crate) async fn large_holds_come_in_pages_of_which_none_is_lost(store: &dyn MetaStore) {
    let vaults = (0..1000).map(|number| vault_name(&format!("{number:0>128}")));
    let selection = Selection { vaults: vaults.collect(), ..Selection::default() };
    let large = |number| Hold { selection: selection.clone(), ..hold(number, "first") };
    let placed: Vec<Hold> = (1..=40).map(large).collect();
    for hold in &placed {
        done(store, put(hold.clone())).await;
    }
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_holds(&realm(), after.as_ref(), 100).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, placed);
}

/// It is decided from all holds of the realm, and commits only if none came or went.
pub(crate) async fn a_hold_that_is_placed_while_a_deletion_is_decided_is_never_lost(
    store: &dyn MetaStore,
) {
    put_vault(store, "first").await;
    for number in 1..20 {
        let backup = complete(store, "first", number).await;
        let before = store.backup(&backup.key()).await.unwrap().unwrap();
        assert_eq!(before.holds.check(&backup), Ok(()));
        let deletion =
            Change { expects: before.expects, ..deletion(&backup, id(500 + number), at(50)) };
        let placed = hold(number, "first");
        // Both wait at the same time.
        let place = store.commit(put(placed.clone()));
        let (deleted, held) = if number % 2 == 0 {
            futures::join!(store.commit(deletion), place)
        } else {
            let (held, deleted) = futures::join!(place, store.commit(deletion));
            (deleted, held)
        };
        assert_eq!(held.unwrap(), Commit::Done);
        let after = store.backup(&backup.key()).await.unwrap().unwrap();
        assert!(after.holds.check(&backup).is_err(), "{number}");
        let is_deleted = after.backup.state.erasing().is_some();
        assert_eq!(is_deleted, deleted.unwrap() == Commit::Done);
        assert_eq!(is_deleted, number % 2 == 0, "whoever came first");
        done(store, put(cancelled(placed, 9999))).await;
    }
}

/// Tags protect nothing: whoever tags holds all the time keeps nobody from deleting.
pub(crate) async fn the_tags_of_a_hold_make_no_deletion_stale(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    let backup = complete(store, "first", 1).await;
    let (placed, ended) = (hold(1, "other"), cancelled(hold(2, "other"), 9999));
    for hold in [&placed, &ended] {
        done(store, put(hold.clone())).await;
    }
    let decided = store.backup(&backup.key()).await.unwrap().unwrap();
    let tags = Tags::from([("a".to_owned(), "b".to_owned())]);
    for hold in [placed, ended] {
        let read = store.hold(&hold.key()).await.unwrap().unwrap();
        let tagged = Hold { tags: tags.clone(), ..hold.clone() };
        done(store, put(tagged.clone())).await;
        let now = store.hold(&hold.key()).await.unwrap().unwrap();
        assert_eq!(now.value, tagged);
        assert_eq!(read.value, hold);
        // Whoever changes tags beside does read them again.
        let late = Change { expects: vec![read.expect], ..Change::default() };
        assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
    }
    assert_eq!(active(store, &realm()).await, [hold(1, "other")], "what is decided from has none");
    let deletion = Change { expects: decided.expects, ..deletion(&backup, id(8), at(50)) };
    assert_eq!(store.commit(deletion).await.unwrap(), Commit::Done);
}

/// The realm would be shown no more, and what is made in it again would not be held.
pub(crate) async fn a_realm_with_a_legal_hold_is_not_dropped(store: &dyn MetaStore) {
    put_vault(store, "first").await;
    done(store, put(hold(1, "first"))).await;
    let drop = || change(vec![Write::DropRealm(realm())]);
    assert_eq!(store.commit(drop()).await.unwrap(), Commit::Stale);
    done(store, put(cancelled(hold(1, "first"), 9999))).await;
    done(store, drop()).await;
    assert_eq!(store.tally(&Tally::Holds(realm())).await.unwrap(), 0);
}

/// Every hold, and what it is of.
pub(crate) async fn portray_holds(store: &dyn MetaStore, lines: &mut Vec<String>) {
    for hold in store.list_holds(&realm(), None, 100).await.unwrap().items {
        let held = store.list_held(hold.clone(), None, 100).await.unwrap().items;
        lines.push(format!("{hold:?} of {held:?}"));
    }
    lines.push(format!("{:?}", active(store, &realm()).await));
}
