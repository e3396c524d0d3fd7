//! Captures and restores as jobs: how they wait, stop, end, and what they say of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "jobs/bench.rs"]
mod bench;

use std::fs;

use sexton_core::RestoreJobState;

use bench::{Bench, noise};

#[tokio::test]
async fn a_crash_after_a_restore_was_published_completes_its_job() {
    let bench = Bench::new().await;
    let point = bench.completed().await;
    let (whole, half) =
        (bench.forgotten_restore(&point).await, bench.forgotten_restore(&point).await);
    fs::create_dir(bench.restores().join(whole.to_string())).unwrap();

    bench.service.end_interrupted().await.unwrap();
    match bench.restored(whole).await {
        RestoreJobState::Completed { created, message, .. } => {
            assert_eq!(created, whole.to_string());
            assert!(message.contains("the server stopped right after"), "{message}");
        }
        state => panic!("{state:?}"),
    }
    let state = bench.restored(half).await;
    assert!(matches!(state, RestoreJobState::Failed { .. }), "{state:?}");
    let left: Vec<_> = fs::read_dir(bench.restores()).unwrap().collect();
    assert_eq!(left.len(), 1, "a failed restore leaves nothing");
    assert_eq!(bench.service.store.point(&point).await.unwrap().unwrap().uses, []);
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
    let restore = bench.start_restore(&job.point).await.unwrap();
    bench.service.jobs.settled().await;
    match bench.restored(restore.id).await {
        RestoreJobState::Completed { message, .. } => {
            assert_eq!(message, "1 problem: log: was changing while it was backed up");
        }
        state => panic!("{state:?}"),
    }
}
