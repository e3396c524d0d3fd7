//! Users: found by name, changed by nobody who has not seen them as they are, listed in pages.

use sexton_core::{User, UserName, decide_create_user};
use sexton_store::{Change, Commit, Expect, Follow, Generation, MetaStore, Subject, Write};

use crate::fixture::{at, change, done};

const ACCOUNT: &str = "123456789012";

fn user(name: &str) -> User {
    decide_create_user(name, ACCOUNT, None, at(1), [1; 16]).unwrap()
}

async fn found(store: &dyn MetaStore, name: &str) -> (Option<User>, Vec<Expect>) {
    let name = UserName::new(ACCOUNT, name);
    let subject = Subject::User(name.clone());
    let reading = store.read(&[subject], Follow::Nothing).await.unwrap();
    (reading.user(&name).cloned(), reading.expects())
}

pub(crate) async fn a_user_is_kept_with_what_they_may_do_until_they_are_removed(
    store: &dyn MetaStore,
) {
    let (nobody, first) = found(store, "Ann").await;
    assert_eq!((nobody, first[0].generation), (None, Generation(0)));
    let ann = user("Ann").decide_add_key("AKSX1".to_owned(), at(2)).unwrap();
    let put = |user: &User, expects: &[Expect]| Change {
        expects: expects.to_vec(),
        ..change(vec![Write::PutUser(user.clone())])
    };
    assert_eq!(store.commit(put(&ann, &first)).await.unwrap(), Commit::Done);
    // Whoever found nobody comes too late, whichever case they write.
    assert_eq!(store.commit(put(&user("ANN"), &first)).await.unwrap(), Commit::Stale);
    let (kept, second) = found(store, "ann").await;
    assert_eq!(kept, Some(ann.clone()));
    let disabled = ann.decide_set_key("AKSX1", false).unwrap().unwrap();
    assert_eq!(store.commit(put(&disabled, &second)).await.unwrap(), Commit::Done);
    assert_eq!(store.commit(put(&ann, &second)).await.unwrap(), Commit::Stale);
    assert_eq!(found(store, "ann").await.0, Some(disabled.clone()));
    done(store, change(vec![Write::RemoveUser(disabled.key())])).await;
    assert_eq!(found(store, "ann").await.0, None);
    // One of the same name is another user.
    done(store, put(&user("ann"), &[])).await;
    assert_ne!(found(store, "ann").await.1, second);
}

pub(crate) async fn users_come_in_pages_of_which_none_is_lost(store: &dyn MetaStore) {
    let names: Vec<String> = (0..25).map(|number| format!("user-{number:02}")).collect();
    let puts = names.iter().map(|name| Write::PutUser(user(name)));
    done(store, change(puts.collect())).await;
    let (mut listed, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_users(after.as_ref(), 10).await.unwrap();
        listed.extend(page.items.into_iter().map(|user| user.name));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(listed, names);
}
