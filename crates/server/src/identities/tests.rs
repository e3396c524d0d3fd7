//! Users, secrets and tokens, as a server holds them.

use jiff::Timestamp;
use sexton_core::{Session, decide_create_user};
use sexton_store::memory::Memory;
use sexton_store::{Change, Commit, MetaStore as _, Write};

use super::*;

fn at(second: i64) -> Timestamp {
    Timestamp::from_second(second).unwrap()
}

fn session() -> Session {
    Session {
        role: "arn:aws:iam::123456789012:role/a/reader".parse().unwrap(),
        role_id: "AROA1".to_owned(),
        name: "job-7".to_owned(),
        until: at(100),
        policy: None,
    }
}

fn identities() -> Identities {
    Identities::new(&[7; 32])
}

#[test]
fn a_token_is_good_for_its_own_key_until_its_session_ends_and_not_otherwise() {
    let identities = identities();
    let token = identities.token("ASSX1", &session(), [1; 12]);
    let holder = |key: &str, token: &str, now| identities.holder(key, Some(token), at(now));
    assert_eq!(holder("ASSX1", &token, 99), Ok(Holder::Session(Arc::new(session()))));
    assert_eq!(holder("ASSX1", &token, 100), Err(Invalid::Expired));
    assert_eq!(holder("ASSX2", &token, 99), Err(Invalid::Unknown));
    for place in 0..token.len() {
        let mut other = token.clone().into_bytes();
        other[place] = if other[place] == b'0' { b'1' } else { b'0' };
        let other = String::from_utf8(other).unwrap();
        assert_eq!(holder("ASSX1", &other, 99), Err(Invalid::Unknown), "{place}");
        assert_eq!(holder("ASSX1", &token[..place], 99), Err(Invalid::Unknown), "{place}");
    }
    let elsewhere = Identities::new(&[8; 32]).holder("ASSX1", Some(&token), at(99));
    assert_eq!(elsewhere, Err(Invalid::Unknown));
}

#[test]
fn secrets_of_keys_differ_and_are_the_same_after_a_restart() {
    let [one, two] = ["AKSX1", "AKSX2"].map(|key| identities().secret(key));
    assert_ne!(one, two);
    assert_eq!(one, identities().secret("AKSX1"));
    assert_ne!(one, Identities::new(&[8; 32]).secret("AKSX1"));
    assert_eq!(one.len(), 60);
    assert!(!format!("{:?}", identities()).contains(one.as_str()));
}

#[tokio::test]
async fn a_key_that_was_disabled_is_not_taken_any_more() {
    let (identities, store) = (identities(), Memory::default());
    let put = async |user: User| {
        let change = Change { writes: vec![Write::PutUser(user)], ..Change::default() };
        assert_eq!(store.commit(change).await.unwrap(), Commit::Done);
    };
    let ann = decide_create_user("Ann", "123456789012", None, at(1), [1; 16]).unwrap();
    let ann = ann.decide_add_key("AKSX1".to_owned(), at(2)).unwrap();
    put(ann.clone()).await;
    identities.load(&store).await.unwrap();
    let holder = |key| identities.holder(key, None, at(3));
    assert!(matches!(holder("AKSX1"), Ok(Holder::User(known)) if known.user == ann));
    assert_eq!(holder("AKSX2"), Err(Invalid::Unknown));
    let both = ann.decide_add_key("AKSX2".to_owned(), at(3)).unwrap();
    put(both.decide_set_key("AKSX1", false).unwrap().unwrap()).await;
    identities.reload(&store, &ann.key()).await.unwrap();
    assert_eq!(holder("AKSX1"), Err(Invalid::Unknown));
    assert!(holder("AKSX2").is_ok());
    let owner = |account, key| identities.owner(account, key).map(|known| known.user.key());
    assert_eq!(owner("123456789012", "AKSX1"), Some(ann.key()), "whether it is active or not");
    assert_eq!(owner("210987654321", "AKSX1"), None);
    assert_eq!(owner("123456789012", "AKSX3"), None);
    identities.lock_out(&ann.key());
    assert_eq!(holder("AKSX2"), Err(Invalid::Unknown));
    assert_eq!(owner("123456789012", "AKSX2"), Some(ann.key()), "who can be changed");
    identities.reload(&store, &ann.key()).await.unwrap();
    assert!(holder("AKSX2").is_ok());
}
