//! File systems and volumes are sources: listed by page, and found when they are due.

use jiff::Timestamp;
use sexton_core::{
    AutomaticBackups, FileSystem, FileSystemState, InRealm, Offered, Principal, Realm, ResourceArn,
    Source,
};
use sexton_store::{MetaStore, Write};

use crate::fixture::{at, change, done, file_system, realm};

const HOUR: i64 = 3_600_000;

/// File system `number`, due then.
pub(crate) fn due_at(number: u32, due: Option<Timestamp>) -> Source {
    let source = file_system(number);
    let Offered::FileSystem(offered) = source.offered else { unreachable!("it is one") };
    let automatic = AutomaticBackups { due, ..offered.automatic };
    Source { offered: Offered::FileSystem(FileSystem { automatic, ..offered }), ..source }
}

/// Every page of what is due, one at a time.
async fn due(store: &dyn MetaStore, now: Timestamp) -> Vec<InRealm<ResourceArn>> {
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.due_sources(now, after.as_ref(), 1).await.unwrap();
        found.extend(page.items);
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, store.due_sources(now, None, 100).await.unwrap().items, "in one page");
    found
}

pub(crate) async fn sources_are_found_when_they_are_due(store: &dyn MetaStore) {
    let deleting = {
        let source = due_at(6, Some(at(HOUR)));
        let state = FileSystemState::deleting(&Principal::server(), None);
        Source { offered: source.offered.with_state(state), ..source }
    };
    let elsewhere =
        Source { realm: Realm::new("us-east-1", "123456789012"), ..due_at(2, Some(at(2 * HOUR))) };
    let sources = [
        due_at(1, Some(at(2 * HOUR))),
        elsewhere.clone(),
        due_at(2, Some(at(2 * HOUR))),
        due_at(3, Some(at(HOUR))),
        due_at(4, None),
        due_at(5, Some(at(80 * HOUR))),
        deleting,
    ];
    done(store, change(sources.map(Write::PutSource).into())).await;
    let named = |numbers: &[u32]| -> Vec<_> {
        numbers.iter().map(|number| file_system(*number).key()).collect()
    };
    // What is to go is due whatever the clock says, and so is what was put off too far.
    assert_eq!(due(store, at(0)).await, named(&[6, 5]));
    assert_eq!(due(store, at(HOUR)).await, named(&[6, 3, 5]));
    let mut all = named(&[6, 3, 1, 2]);
    all.push(elsewhere.key());
    assert_eq!(due(store, at(40 * HOUR)).await, all);
    all.extend(named(&[5]));
    assert_eq!(due(store, at(90 * HOUR)).await, all);

    // What was looked at is due no more, between two pages as well, and nothing is passed over.
    let first = store.due_sources(at(40 * HOUR), None, 2).await.unwrap();
    assert_eq!(first.items, named(&[6, 3]));
    done(store, change(vec![Write::PutSource(due_at(3, Some(at(50 * HOUR))))])).await;
    let rest = store.due_sources(at(40 * HOUR), first.next.as_ref(), 10).await.unwrap();
    assert_eq!((rest.items, rest.next), (all[2..5].to_vec(), None));
    done(store, change(vec![Write::RemoveSource(file_system(6).key())])).await;
    assert_eq!(due(store, at(0)).await, named(&[3, 5]));
}

pub(crate) async fn sources_come_by_page_and_all_of_them(store: &dyn MetaStore) {
    let numbers = [4, 1, 3, 5, 2];
    done(store, change(numbers.map(|it| Write::PutSource(file_system(it))).into())).await;
    let elsewhere = Source { realm: Realm::new("us-east-1", "123456789012"), ..file_system(1) };
    done(store, change(vec![Write::PutSource(elsewhere)])).await;
    let expected: Vec<_> = (1..=5).map(file_system).collect();
    for limit in 1..7 {
        let (mut found, mut after) = (Vec::new(), None);
        loop {
            let page = store.page_sources(&realm(), after.as_ref(), limit).await.unwrap();
            assert!(page.items.len() <= limit);
            found.extend(page.items);
            after = page.next;
            if after.is_none() {
                break;
            }
        }
        assert_eq!(found, expected, "limit {limit}");
    }
    assert_eq!(store.list_sources(&realm()).await.unwrap(), expected);
    // What goes between two pages hides nothing.
    let first = store.page_sources(&realm(), None, 2).await.unwrap();
    done(store, change(vec![Write::RemoveSource(expected[1].key())])).await;
    let rest = store.page_sources(&realm(), first.next.as_ref(), 10).await.unwrap();
    assert_eq!((rest.items, rest.next), (expected[2..].to_vec(), None));
}
