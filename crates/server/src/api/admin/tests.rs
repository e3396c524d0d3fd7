//! What the server's own API says of failures, and that no request makes it panic.

use std::sync::Arc;

use http::Request;
use object_store::memory::InMemory;
use proptest::prelude::*;
use sexton_wire::aws::backup::paging::PageSecret;
use sexton_wire::aws::error::MissingVault;

use super::*;
use crate::blobs::Blobs;
use crate::certificate::Signer;
use crate::entropy::SeededEntropy;
use crate::service::Behaviour;
use crate::store::memory::Memory;

/// A service in memory.
fn service() -> Service {
    Service {
        realm: sexton_core::Realm { region: "r".to_owned(), account: "123456789012".to_owned() },
        store: Arc::new(Memory::default()),
        blobs: Blobs::over(Arc::new(InMemory::new())),
        clock: Arc::default(),
        entropy: Arc::new(SeededEntropy::new(1)),
        signer: Signer::from_seed([1; 32]),
        restore_folder: std::path::PathBuf::new(),
        behaviour: Behaviour {
            generate_unknown_resources: false,
            missing_vault: MissingVault::default(),
            compression_level: 1,
            page_secret: PageSecret::new(&[1; 32]),
        },
        jobs: crate::jobs::Jobs::default(),
        erasures: tokio::sync::Notify::new(),
    }
}

async fn send(service: &Service, method: &str, target: &str, body: &[u8]) -> u16 {
    let request = Request::builder().method(method).uri(target).body(()).unwrap();
    let by = Principal::server();
    match answer(service, &request.into_parts().0, body, &by, Timestamp::UNIX_EPOCH).await {
        Ok(reply) => reply.status,
        Err(refused) => refused.reply().status,
    }
}

#[test]
fn the_cause_of_a_failure_is_for_the_log_alone() {
    let refused = Refused::from(StoreError::not_done("/srv/data/sexton.db is locked"));
    let reply = refused.reply();
    assert_eq!(reply.status, 500);
    assert!(!String::from_utf8(reply.body).unwrap().contains("/srv"));
    let cause = refused.cause().unwrap();
    assert!(cause.ends_with("the store refused: /srv/data/sexton.db is locked"), "{cause}");
}

#[test]
fn only_what_may_be_done_is_said_to_be_perhaps_done() {
    let unknown = Refused::from(StoreError::Unknown("the reply was lost".into())).error;
    assert!(unknown.contains("may or may not be done"), "{unknown}");
    for failure in [Failure::Contended, StoreError::not_done("locked").into()] {
        let error = Refused::from(failure).error;
        assert!(error.ends_with("nothing was changed"), "{error}");
    }
}

#[tokio::test]
async fn roles_are_bounded_and_a_known_one_can_still_be_set() {
    let service = service();
    let path = |name: &str| format!("{ROOT}roles/arn:aws:iam::1:role/{name}");
    let body = br#"{"status": "denied"}"#;
    assert_eq!(send(&service, "PUT", &path("a"), body).await, 200);
    assert_eq!(send(&service, "PUT", &path("b"), body).await, 200);
    let places = async |arn| check_role_places(&service, arn, 2).await.map_err(|it| it.error);
    assert_eq!(places("arn:aws:iam::1:role/a").await, Ok(()));
    let refused = places("arn:aws:iam::1:role/c").await;
    assert_eq!(refused, Err("there are 2 roles already".to_owned()));
}

/// A body that is nearly what some request takes, or anything at all.
fn body() -> impl Strategy<Value = Vec<u8>> {
    let nearly =
        r#"\{("(type|path|status)":("fsx"|"missing"|"/[a-z]{0,3}"|null|[0-9]{2}|\[\]),?){0,3}\}"#;
    prop_oneof![
        prop::collection::vec(any::<u8>(), 0..40),
        nearly.prop_map(String::into_bytes),
        Just(br#"{"type":"fsx","path":"/"}"#.to_vec()),
        Just(br#"{"status":"denied"}"#.to_vec()),
    ]
}

proptest! {
    #[test]
    fn no_request_makes_it_panic_or_fail(
        method in "GET|PUT|POST|DELETE|[A-Z]{1,7}",
        collection in "sources|roles|erasures|certificates|log|[a-z]{0,3}",
        name in "(/(arn:aws:iam::1:role(/|%2F)[a-z]{1,3}|%[0-9a-f]{2}|arn:[a-z:]{0,9}|/)?){0,2}",
        query in "((from|after|state)=(parked|[0-9]{0,25}|[0-9a-f]{32}|[a-z%-]{0,5})&?){0,3}",
        body in body(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let target = format!("{ROOT}{collection}{name}?{query}");
        let status = runtime.block_on(send(&service(), &method, &target, &body));
        prop_assert!(status < 500, "{status} for {method} {target}");
    }
}
