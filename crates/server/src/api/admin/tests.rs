//! What the server's own API says of failures, and that no request makes it panic.

use http::Request;
use proptest::prelude::*;
use sexton_core::{Principal, Realm, RoleStatus};
use sexton_store::Commit;
use sexton_wire::aws::error::MissingVault;

use super::roles::role_change;
use super::*;

fn caller() -> Caller {
    let realm = Realm::new("r", "123456789012");
    Caller::of_tests(realm)
}

async fn send(service: &Arc<Service>, method: &str, target: &str, body: &[u8]) -> u16 {
    let request = Request::builder().method(method).uri(target).body(()).unwrap();
    let now = Timestamp::UNIX_EPOCH;
    match answer(service, &request.into_parts().0, body, &caller(), now).await {
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
    let cause = refused.failed_with_cause().cause.unwrap();
    assert!(cause.ends_with("the store refused: /srv/data/sexton.db is locked"), "{cause}");
}

#[test]
fn only_what_may_be_done_is_said_to_be_perhaps_done() {
    let unknown = Refused::from(StoreError::Unknown("the reply was lost".into())).error;
    assert!(unknown.contains("may or may not be done"), "{unknown}");
    for failure in [OpsError::Contended, StoreError::not_done("locked").into()] {
        let error = Refused::from(failure).error;
        assert!(error.ends_with("nothing was changed"), "{error}");
    }
}

#[tokio::test]
async fn roles_are_bounded_and_a_known_one_can_still_be_set() {
    let service = Arc::new(Service::in_memory());
    let path = |name: &str| format!("{ROOT}roles/arn:aws:iam::123456789012:role/{name}");
    let body = br#"{"status": "denied"}"#;
    assert_eq!(send(&service, "PUT", &path("a"), body).await, 200);
    assert_eq!(send(&service, "PUT", &path("b"), body).await, 200);
    let other = format!("{ROOT}roles/arn:aws:iam::999999999999:role/a");
    assert_eq!(send(&service, "PUT", &other, body).await, 400, "of an account that is not theirs");
    // Two callers were told that there is room for one more.
    let (by, now) = (Principal::server(), Timestamp::UNIX_EPOCH);
    let change = async |name: &str| {
        let arn = format!("arn:aws:iam::123456789012:role/{name}").parse().unwrap();
        let change = role_change(&service, (&arn, RoleStatus::Denied), 3, &by, now).await;
        change.map(|(change, _)| change)
    };
    let (third, fourth) = (change("c").await.unwrap(), change("d").await.unwrap());
    assert_eq!(service.store.commit(third).await.unwrap(), Commit::Done);
    assert_eq!(service.store.commit(fourth).await.unwrap(), Commit::Stale);
    assert_eq!(change("d").await.unwrap_err().error, "there are 3 roles already");
    let known = change("a").await.unwrap();
    assert_eq!(service.store.commit(known).await.unwrap(), Commit::Done);
}

#[tokio::test]
async fn snapshots_are_said_of_what_is_made_of_some_and_kept_ones_are_not_removed() {
    let service = Arc::new(Service::in_memory());
    let path = |of: &str| format!("{ROOT}sources/arn:aws:ec2:r:123456789012:{of}");
    let put = async |of: &str, to: &str| {
        let body = format!(r#"{{"snapshots": "{to}"}}"#);
        send(&service, "PUT", &path(of), body.as_bytes()).await
    };
    let known = async || service.store.list_sources(&caller().realm).await.unwrap().len();
    for of in ["volume%2F", "volume%2Fvol-", "volume%2Fvol-1%2F2", "snapshot%2Fsnap-1", "vol-1"] {
        assert_eq!(put(of, "locked").await, 400, "{of}");
    }
    assert_eq!(put("volume%2Fvol-1", "nailed").await, 400);
    assert_eq!(put("volume%2Fvol-1", "deletable").await, 200);
    assert_eq!(known().await, 0, "nothing is remembered of what nobody has kept");
    for (of, to) in [("volume%2Fvol-1", "locked"), ("instance%2Fi-1", "in-use")] {
        assert_eq!(put(of, to).await, 200);
        assert_eq!(send(&service, "DELETE", &path(of), b"").await, 409, "it would free them");
    }
    assert_eq!(put("volume%2Fvol-1", "deletable").await, 200);
    assert_eq!(send(&service, "DELETE", &path("volume%2Fvol-1"), b"").await, 200);
    assert_eq!(known().await, 1);

    let mut real = Service::in_memory();
    real.behaviour.generate_unknown_resources = false;
    let real = Arc::new(real);
    let body = br#"{"snapshots": "locked"}"#;
    assert_eq!(send(&real, "PUT", &path("volume%2Fvol-1"), body).await, 404, "it has no volumes");
}

#[tokio::test]
async fn an_instance_is_locked_only_where_there_is_one() {
    let service = Arc::new(Service::in_memory());
    let path = "/_sexton/v1/sources/arn%3Aacs%3Ards%3Aus-east-1%3A123456789012%3Adbinstance%2Frm-1";
    assert_eq!(send(&service, "PUT", path, br#"{"locked": true}"#).await, 404);
    assert_eq!(send(&service, "PUT", path, br#"{"snapshots": "locked"}"#).await, 400);
    // It says nothing, or two things at once.
    assert_eq!(send(&service, "PUT", path, b"{}").await, 400);
    let both = br#"{"locked": true, "forget_slots": true}"#;
    assert_eq!(send(&service, "PUT", path, both).await, 400);
    assert_eq!(send(&service, "PUT", path, br#"{"forget_slots": true}"#).await, 404);
    // It was taken for the instance of the id at its end, which whoever asks may not lock.
    for other in ["x%3Adbinstance%2Frm-1", "arn:acs:rds:r:1:dbinstance%2Frm-2%2Frm-1"] {
        let path = format!("{ROOT}sources/{other}");
        let status = send(&service, "PUT", &path, br#"{"locked": true}"#).await;
        assert!([400, 404].contains(&status), "{other}: {status}");
    }
}

#[tokio::test]
async fn one_directory_is_one_source_and_sources_are_bounded() {
    let (service, caller, now) = (Arc::new(Service::in_memory()), caller(), Timestamp::UNIX_EPOCH);
    let change = async |path| source_change(&service, (path, false), 2, &caller, now).await;
    let new = async |path| match change(path).await.unwrap() {
        Decided::Commit(change, _) => *change,
        Decided::Answer(known) => panic!("{known:?}"),
    };
    let known = async |path| matches!(change(path).await, Ok(Decided::Answer(_)));
    // Two callers found the directory in nobody's name.
    let (first, second) = (new("/srv/a").await, new("/srv/a").await);
    assert_eq!(service.store.commit(first).await.unwrap(), Commit::Done);
    assert_eq!(service.store.commit(second).await.unwrap(), Commit::Stale);
    assert!(known("/srv/a").await);
    // And two that there is room for one more.
    let (second, third) = (new("/srv/b").await, new("/srv/c").await);
    assert_eq!(service.store.commit(second).await.unwrap(), Commit::Done);
    assert_eq!(service.store.commit(third).await.unwrap(), Commit::Stale);
    let full = change("/srv/c").await.err().unwrap();
    assert_eq!(full.error, "there are 2 sources already");
    assert!(known("/srv/a").await, "one that is known needs no room");
}

#[tokio::test]
async fn vaults_are_bounded() {
    let service = Arc::new(Service::in_memory());
    let vault = |name: String| {
        sexton_core::Vault::new(caller().realm, name.parse().unwrap(), Timestamp::UNIX_EPOCH)
    };
    let writes = (1..sexton_core::VAULTS_MAX).map(|it| Write::PutVault(vault(format!("v{it}"))));
    let all_but_one = Change { writes: writes.collect(), ..Change::default() };
    assert_eq!(service.store.commit(all_but_one).await.unwrap(), Commit::Done);
    let by = Principal::server();
    let make = async |name: &str| {
        service.create_vault(vault(name.to_owned()), &by, Timestamp::UNIX_EPOCH).await
    };
    make("last").await.unwrap();
    let refused = make("more").await.unwrap_err();
    let refused = refused.wire(&caller().realm, MissingVault::default());
    assert_eq!(refused.name, "LimitExceededException");
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
        collection in "sources|roles|erasures|erasure-requests|certificates|log|[a-z]{0,3}",
        name in "(/(arn:aws:iam::1:role(/|%2F)[a-z]{1,3}|%[0-9a-f]{2}|arn:[a-z:]{0,9}|/)?){0,2}",
        query in "((from|after|state)=(parked|[0-9]{0,25}|[0-9a-f]{32}|[a-z%-]{0,5})&?){0,3}",
        body in body(),
    ) {
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let target = format!("{ROOT}{collection}{name}?{query}");
        let service = &Arc::new(Service::in_memory());
        let status = runtime.block_on(send(service, &method, &target, &body));
        prop_assert!(status < 500, "{status} for {method} {target}");
    }
}
