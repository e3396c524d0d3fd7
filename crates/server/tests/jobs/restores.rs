//! What becomes of a restore, and which are refused.

use sexton_core::{RestoreJobState, RestoreOrder, RestoreRefusal};
use sexton_data::home::{FREE_BYTES_MIN, Home};
use sexton_server::{Jobs, OpsError};
use sexton_store::{Change, Commit, Write};
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use crate::bench::{Bench, ROLE, key, noise, restore_order};
use crate::{held, soon};

#[tokio::test]
async fn a_crash_after_a_restore_was_published_completes_its_job() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    let (whole, half) =
        (bench.forgotten_restore(&backup).await, bench.forgotten_restore(&backup).await);
    fs::create_dir(bench.restores().join(whole.to_string())).unwrap();

    bench.service.end_interrupted().await.unwrap();
    match bench.restored(whole).await {
        RestoreJobState::Completed { created, message, .. } => {
            assert_eq!(created, whole.to_string());
            assert!(message.contains("the server stopped right after"), "{message}");
        }
        state @ (RestoreJobState::Running | RestoreJobState::Failed { .. }) => {
            panic!("{state:?}")
        }
    }
    let state = bench.restored(half).await;
    assert!(matches!(state, RestoreJobState::Failed { .. }), "{state:?}");
    let left: Vec<_> = fs::read_dir(bench.restores()).unwrap().collect();
    assert_eq!(left.len(), 1, "a failed restore leaves nothing");
    assert_eq!(bench.service.store.backup(&key(&backup)).await.unwrap().unwrap().uses, []);
}

#[tokio::test]
async fn what_a_restore_could_not_set_is_in_its_status_message() {
    let bench = Bench::new().await;
    let log = bench.source().join("log");
    // More than the stages of a capture hold while nothing can be stored.
    fs::write(&log, noise(48 << 20)).unwrap();
    bench.hold.puts.close();
    let job = bench.start_backup().await;
    bench.hold.puts.somebody_waits().await;
    fs::OpenOptions::new().append(true).open(&log).unwrap().set_len(49 << 20).unwrap();
    bench.hold.puts.open();
    bench.service.jobs.settled().await;
    let restore = bench.start_restore(&job.backup).await.unwrap();
    bench.service.jobs.settled().await;
    match bench.restored(restore.id).await {
        RestoreJobState::Completed { message, .. } => {
            assert_eq!(message, "1 problem: log: was changing while it was backed up");
        }
        state @ (RestoreJobState::Running | RestoreJobState::Failed { .. }) => {
            panic!("{state:?}")
        }
    }
}

#[tokio::test]
async fn a_restore_takes_back_what_the_point_says_and_refuses_the_rest() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    let stored = bench.service.store.backup(&key(&backup)).await.unwrap().unwrap().backup;
    let kept = stored.in_vault().unwrap();
    let told = kept.restore_metadata.clone();
    assert!(told.contains_key("FileSystemId"), "{told:?}");
    let order = RestoreOrder { metadata: told.clone(), ..restore_order(&backup) };
    bench.order_restore(order).await.unwrap();
    let mut other = told;
    other.insert("SubnetIds".to_owned(), "subnet-1".to_owned());
    let order = RestoreOrder { metadata: other, ..restore_order(&backup) };
    let refused = bench.order_restore(order).await;
    let Err(OpsError::Restore(RestoreRefusal::Metadata { key, known: None })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(key, "SubnetIds");
    soon(bench.service.jobs.settled()).await;
}

#[tokio::test]
async fn a_restore_with_a_role_that_is_missing_is_refused() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    let arn: sexton_core::RoleArn = ROLE.parse().unwrap();
    let role = sexton_core::Role::told(arn.clone(), sexton_core::RoleStatus::Missing);
    let change = Change { writes: vec![Write::PutRole(role)], ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    let order = RestoreOrder { role: Some(arn.clone()), ..restore_order(&backup) };
    let refused = bench.order_restore(order).await;
    let Err(OpsError::Restore(RestoreRefusal::Role(refusal))) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!(refusal, sexton_core::RoleRefusal::Unusable(arn));
}

#[tokio::test]
async fn a_token_that_stands_for_another_restore_is_refused_and_starts_nothing() {
    let bench = Bench::new().await;
    let (backup, other) = (bench.completed().await, bench.completed().await);
    let token = Some("a-token".to_owned());
    let first = RestoreOrder { idempotency_token: token.clone(), ..restore_order(&backup) };
    let job = bench.order_restore(first).await.unwrap().id;
    let second = RestoreOrder { idempotency_token: token, ..restore_order(&other) };
    let refused = bench.order_restore(second).await;
    let Err(OpsError::Restore(RestoreRefusal::TokenUsed {
        job: named, backup: named_point, ..
    })) = refused
    else {
        panic!("{refused:?}")
    };
    assert_eq!((named, named_point), (job, backup));
    assert_eq!(bench.service.store.backup(&key(&other)).await.unwrap().unwrap().uses, []);
    soon(bench.service.jobs.settled()).await;
}

/// One restore filled the disk between two looks at it.
#[tokio::test]
async fn a_restore_writes_nothing_into_the_room_of_deletions() {
    const MIB: u64 = 1 << 20;
    let (room, least) = (Arc::new(AtomicU64::new(64 * MIB)), Arc::new(AtomicU64::new(u64::MAX)));
    let (room_now, least_seen) = (Arc::clone(&room), Arc::clone(&least));
    let free = move |data: &Path| {
        let used = held(&data.join("restores"));
        let free = (FREE_BYTES_MIN + room_now.load(Ordering::SeqCst)).saturating_sub(used);
        least_seen.fetch_min(free, Ordering::SeqCst);
        Ok(free)
    };
    let bench = Bench::with(|data| Jobs::beside(Home::with_probe(data, free).unwrap())).await;
    fs::write(bench.source().join("noise"), noise(6 << 20)).unwrap();
    let backup = bench.completed().await;
    room.store(4 * MIB, Ordering::SeqCst);
    let state = bench.ended_restore(&backup).await;
    let RestoreJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert!(reason.contains("MiB free, and jobs need 257 MiB"), "{reason}");
    assert!(least.load(Ordering::SeqCst) >= FREE_BYTES_MIN, "no byte of it was used");
    assert_eq!(held(&bench.restores()), 0);

    room.store(8 * MIB, Ordering::SeqCst);
    let state = bench.ended_restore(&backup).await;
    assert!(matches!(state, RestoreJobState::Completed { .. }), "{state:?}");
}
