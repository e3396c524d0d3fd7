//! Tokens of clients: used once, found after a crash, forgotten by their age.

use std::collections::BTreeMap;

use sexton_core::{InRealm, Realm, Token, TokenName};
use sexton_store::{Commit, Expect, Follow, MetaStore, Subject, TOKENS_TOGETHER, Write};
use tempfile::TempDir;

use crate::fixture::{at, change, done, open, realm, roots, run};

pub(crate) fn token_key(operation: &str, token: &str) -> InRealm<TokenName> {
    realm().with(TokenName { operation: operation.to_owned(), token: token.to_owned() })
}

pub(crate) fn used(answer: &str, millis: i64) -> Token {
    let asked = BTreeMap::from([("BackupId".to_owned(), "digest".to_owned())]);
    Token { asked, answer: answer.to_owned(), used: at(millis) }
}

async fn found(store: &dyn MetaStore, key: &InRealm<TokenName>) -> (Option<Token>, Expect) {
    let subject = Subject::Token(key.clone());
    let reading = store.read(&[subject], Follow::Nothing).await.unwrap();
    (reading.token(key).cloned(), reading.expects().remove(0))
}

pub(crate) async fn a_token_is_used_once(store: &dyn MetaStore) {
    let key = token_key("DeleteBackup", "a");
    let (absent, expect) = found(store, &key).await;
    assert_eq!(absent, None);
    // Whoever decided that it was not used finds that it was, and so does whoever did not look.
    let put = |answer: &str| change(vec![Write::PutToken(key.clone(), used(answer, 1))]);
    let answers = ["1", "2", "3"];
    let commits = futures::future::join_all(answers.map(|it| store.commit(put(it)))).await;
    let commits: Vec<_> = commits.into_iter().map(Result::unwrap).collect();
    assert_eq!(commits, [Commit::Done, Commit::Stale, Commit::Stale]);
    let late = sexton_store::Change { expects: vec![expect], ..change(Vec::new()) };
    assert_eq!(store.commit(late).await.unwrap(), Commit::Stale);
    assert_eq!(found(store, &key).await.0, Some(used("1", 1)));

    // Another operation, another realm and another text are other tokens.
    let elsewhere = Realm::new("us-east-1", "123456789012").with(key.name.clone());
    let others = [elsewhere, token_key("CreateBackup", "a"), token_key("DeleteBackup", "a ")];
    for other in others {
        assert_eq!(found(store, &other).await.0, None, "{other:?}");
        done(store, change(vec![Write::PutToken(other, used("4", 1))])).await;
    }
    assert_eq!(found(store, &key).await.0, Some(used("1", 1)));
    assert_eq!(store.sums().await.unwrap().tokens, 4);
}

pub(crate) async fn tokens_are_forgotten_by_their_age_and_some_at_a_time(store: &dyn MetaStore) {
    let many = i64::try_from(TOKENS_TOGETHER).unwrap() + 100;
    let key = |number: i64| {
        let operation = if number % 2 == 0 { "CreateBackup" } else { "DeleteBackup" };
        token_key(operation, &number.to_string())
    };
    let puts = (0..many).map(|number| Write::PutToken(key(number), used("1", number)));
    done(store, change(puts.collect())).await;
    let old = async |until| store.tokens_used_before(at(until)).await.unwrap();
    assert_eq!((old(0).await, old(50).await), (0, 50));
    let forget = async |until| done(store, change(vec![Write::ForgetTokens(at(until))])).await;
    forget(50).await;
    for (number, there) in [(0, false), (49, false), (50, true), (51, true), (many - 1, true)] {
        assert_eq!(found(store, &key(number)).await.0.is_some(), there, "{number}");
    }
    // As many as are forgotten together, and then the rest.
    assert_eq!(old(many).await, u64::try_from(TOKENS_TOGETHER).unwrap());
    forget(many).await;
    assert_eq!((old(many).await, store.sums().await.unwrap().tokens), (50, 50));
    forget(many).await;
    assert_eq!((old(many).await, store.sums().await.unwrap().tokens), (0, 0));
    assert_eq!(found(store, &key(many - 1)).await.0, None);
    done(store, change(vec![Write::PutToken(key(1), used("2", many))])).await;
}

#[test]
fn a_token_is_known_and_counted_after_a_restart() {
    let (folder, roots) = (TempDir::new().unwrap(), roots());
    let key = token_key("CreateBackup", "a");
    run(async {
        let store = open(folder.path(), &roots);
        done(&store, change(vec![Write::PutToken(key.clone(), used("1", 1))])).await;
        drop(store);
        let store = open(folder.path(), &roots);
        assert_eq!(found(&store, &key).await.0, Some(used("1", 1)));
        let again = change(vec![Write::PutToken(key.clone(), used("2", 2))]);
        assert_eq!(store.commit(again).await.unwrap(), Commit::Stale);
        assert_eq!(store.sums().await.unwrap().tokens, 1);
    });
}
