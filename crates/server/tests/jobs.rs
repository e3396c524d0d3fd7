//! Captures and restores as jobs: how they wait, stop, end, and what they say of it.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "jobs/bench.rs"]
mod bench;
#[path = "jobs/copies.rs"]
mod copies;
#[path = "jobs/due.rs"]
mod due;
#[path = "jobs/fsx.rs"]
mod fsx;
#[path = "jobs/fsx_crash.rs"]
mod fsx_crash;
#[path = "jobs/life.rs"]
mod life;
#[path = "jobs/logs.rs"]
mod logs;
#[path = "jobs/plans.rs"]
mod plans;
#[path = "jobs/rds.rs"]
mod rds;
#[path = "jobs/requests.rs"]
mod requests;
#[path = "jobs/restores.rs"]
mod restores;
#[path = "jobs/slots.rs"]
mod slots;

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;

use sexton_core::{
    BackupJobState, BackupName, BackupOrder, BackupRefusal, ErasureState, JobId, RestoreJobState,
    RestoreOrder, Windows,
};
use sexton_data::home::{FREE_BYTES_MIN, Home};
use sexton_server::{Jobs, OpsError};

use bench::{Bench, backup_order, by, key, noise, realm, restore_order};

/// As many captures as run at the same time.
const CAPTURES: usize = 4;

/// Fails instead of waiting for ever.
async fn soon<T>(what: impl Future<Output = T>) -> T {
    tokio::time::timeout(Duration::from_mins(5), what).await.expect("this takes for ever")
}

impl Bench {
    /// Takes every place of a capture, for as long as the door of puts is closed.
    async fn fill_the_places(&self) {
        self.hold.puts.close();
        for _ in 0..CAPTURES {
            self.start_backup().await;
        }
        soon(self.hold.puts.waiting_are(CAPTURES)).await;
    }

    /// Waits until the watch over a running job has seen that its time or room is over.
    async fn told_to_end(&self, id: JobId) {
        soon(async {
            while !self.service.jobs.is_ending(id) {
                tokio::time::sleep(Duration::from_millis(5)).await;
            }
        })
        .await;
    }

    async fn ended_restore(&self, backup: &BackupName) -> RestoreJobState {
        let job = self.start_restore(backup).await.unwrap();
        soon(self.service.jobs.settled()).await;
        self.restored(job.id).await
    }

    async fn ended_backup(&self, id: JobId) -> BackupJobState {
        soon(async {
            while self.service.jobs.progress(id).is_some() {
                tokio::task::yield_now().await;
            }
        })
        .await;
        self.backed_up(id).await
    }
}

#[tokio::test]
async fn a_job_that_waits_for_its_place_stops_at_once() {
    let bench = Bench::new().await;
    bench.fill_the_places().await;
    let waiting = bench.start_backup().await;
    let now = bench.service.clock.now();
    bench.service.stop_backup(&realm(), waiting.id, &by(), now).await.unwrap();
    let state = bench.ended_backup(waiting.id).await;
    assert!(matches!(state, BackupJobState::Aborted { .. }), "{state:?}");
    bench.hold.puts.open();
    soon(bench.service.jobs.settled()).await;
}

#[tokio::test]
async fn long_captures_do_not_keep_restores_waiting() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    bench.fill_the_places().await;
    let restore = bench.start_restore(&backup).await.unwrap().id;
    soon(async {
        while bench.restored(restore).await == RestoreJobState::Running {
            tokio::task::yield_now().await;
        }
    })
    .await;
    let state = bench.restored(restore).await;
    assert!(matches!(state, RestoreJobState::Completed { .. }), "{state:?}");
    bench.hold.puts.open();
    soon(bench.service.jobs.settled()).await;
}

#[tokio::test]
async fn a_server_that_stops_lets_running_jobs_finish_and_begins_no_other() {
    let bench = Bench::new().await;
    bench.hold.puts.close();
    let mut jobs = Vec::new();
    for _ in 0..=CAPTURES {
        jobs.push(bench.start_backup().await.id);
    }
    soon(bench.hold.puts.waiting_are(CAPTURES)).await;
    let waiting = jobs.pop().unwrap();
    let stopping = bench.service.jobs.drain(Duration::from_mins(10));
    let finishing = async {
        let state = bench.ended_backup(waiting).await;
        let BackupJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
        assert_eq!(reason, "the server was stopped before it was finished");
        bench.hold.puts.open();
    };
    soon(async { tokio::join!(stopping, finishing) }).await;
    for job in jobs {
        let state = bench.backed_up(job).await;
        assert!(matches!(state, BackupJobState::Completed { .. }), "{state:?}");
    }
}

#[tokio::test]
async fn what_does_not_finish_in_time_is_stopped_and_says_that_the_server_was() {
    let bench = Bench::new().await;
    bench.hold.puts.close();
    let job = bench.start_backup().await.id;
    soon(bench.hold.puts.somebody_waits()).await;
    let stopping = bench.service.jobs.drain(Duration::ZERO);
    let opening = async {
        bench.told_to_end(job).await;
        bench.hold.puts.open();
    };
    soon(async { tokio::join!(stopping, opening) }).await;
    let state = bench.backed_up(job).await;
    let BackupJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert_eq!(reason, "the server was stopped before it was finished");
}

#[tokio::test]
async fn a_job_that_does_not_start_in_its_window_expires() {
    let bench = Bench::new().await;
    bench.fill_the_places().await;
    let windows = Windows::new(Some(60), None).unwrap();
    let waiting = bench.order_backup(BackupOrder { windows, ..backup_order() }).await.unwrap();
    bench.service.clock.advance(jiff::SignedDuration::from_mins(61));
    let state = bench.ended_backup(waiting.id).await;
    assert!(matches!(state, BackupJobState::Expired { .. }), "{state:?}");
    let backup = bench.service.store.backup(&key(&waiting.backup)).await.unwrap().unwrap().backup;
    assert_eq!(backup.state.name(), "deleting");
    bench.hold.puts.open();
    soon(bench.service.jobs.settled()).await;
}

#[tokio::test]
async fn a_job_that_is_not_complete_in_its_window_is_aborted() {
    let bench = Bench::new().await;
    fs::write(bench.source().join("large"), noise(48 << 20)).unwrap();
    bench.hold.puts.close();
    let windows = Windows::new(None, Some(90)).unwrap();
    let job = bench.order_backup(BackupOrder { windows, ..backup_order() }).await.unwrap();
    soon(bench.hold.puts.somebody_waits()).await;
    bench.service.clock.advance(jiff::SignedDuration::from_mins(91));
    // Whatever is stored meanwhile is not all.
    bench.told_to_end(job.id).await;
    bench.hold.puts.open();
    let state = bench.ended_backup(job.id).await;
    let BackupJobState::Aborted { reason, .. } = state else { panic!("{state:?}") };
    assert_eq!(reason, "the backup was not complete within its completion window");
}

#[tokio::test]
async fn a_disk_that_is_nearly_full_is_left_to_deletions() {
    let little =
        |data: &Path| Jobs::beside(Home::with_probe(data, |_| Ok(FREE_BYTES_MIN - 1)).unwrap());
    let bench = Bench::with(little).await;
    let job = bench.start_backup().await;
    let state = bench.ended_backup(job.id).await;
    let BackupJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert!(reason.contains("has 255 MiB free, and jobs need 256 MiB"), "{reason}");
    assert!(!reason.contains('/'), "{reason}");
}

#[tokio::test]
async fn a_disk_that_runs_full_stops_captures_and_restores() {
    let free = Arc::new(AtomicU64::new(u64::MAX));
    let probed = Arc::clone(&free);
    let bench = Bench::with(move |data| {
        let probe = move |_: &Path| Ok(probed.load(Ordering::Relaxed));
        Jobs::beside(Home::with_probe(data, probe).unwrap())
    })
    .await;
    let backup = bench.completed().await;
    bench.hold.puts.close();
    let running = bench.start_backup().await;
    soon(bench.hold.puts.somebody_waits()).await;
    free.store(1 << 20, Ordering::Relaxed);
    let restore = bench.start_restore(&backup).await.unwrap().id;
    bench.told_to_end(running.id).await;
    bench.hold.puts.open();
    let state = bench.ended_backup(running.id).await;
    assert!(matches!(state, BackupJobState::Failed { .. }), "{state:?}");
    let state = bench.restored(restore).await;
    let RestoreJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert!(reason.contains("has 1 MiB free"), "{reason}");
}

#[tokio::test]
async fn a_failed_job_tells_its_caller_no_path_of_the_server() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    fs::remove_dir(bench.restores()).unwrap();
    let restore = bench.start_restore(&backup).await.unwrap().id;
    soon(bench.service.jobs.settled()).await;
    let state = bench.restored(restore).await;
    let RestoreJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    let words = "the directory to restore into cannot be made: No such file or directory";
    assert!(reason.starts_with(words) && !reason.contains('/'), "{reason}");

    fs::remove_dir_all(bench.source()).unwrap();
    let job = bench.start_backup().await;
    let state = bench.ended_backup(job.id).await;
    let BackupJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    let words = "the source cannot be opened: No such file or directory";
    assert!(reason.starts_with(words) && !reason.contains('/'), "{reason}");
}

#[tokio::test]
async fn a_repeat_of_a_token_is_answered_however_long_the_line_is() {
    const WAITING_MAX: usize = 6;
    let bench = Bench::with(|_| Jobs::default().with_waiting_max(WAITING_MAX)).await;
    let backup = bench.completed().await;
    let token = || Some("a-token".to_owned());
    let restore = RestoreOrder { idempotency_token: token(), ..restore_order(&backup) };
    let order = BackupOrder { idempotency_token: token(), ..backup_order() };
    let first_restore = bench.order_restore(restore.clone()).await.unwrap().id;
    soon(bench.service.jobs.settled()).await;
    bench.hold.puts.close();
    let first_backup = bench.order_backup(order.clone()).await.unwrap().id;
    for _ in 1..WAITING_MAX {
        bench.start_backup().await;
    }

    let refused = bench.order_backup(backup_order()).await;
    assert!(matches!(refused, Err(OpsError::TooManyJobs(WAITING_MAX))), "{refused:?}");
    let refused = bench.start_restore(&backup).await;
    assert!(matches!(refused, Err(OpsError::TooManyRestores(WAITING_MAX))), "{refused:?}");
    assert_eq!(bench.order_backup(order).await.unwrap().id, first_backup);
    assert_eq!(bench.order_restore(restore).await.unwrap().id, first_restore);
    bench.hold.puts.open();
    soon(bench.service.jobs.settled()).await;
}

#[tokio::test]
async fn a_token_that_stands_for_another_backup_is_refused_and_starts_nothing() {
    let bench = Bench::new().await;
    let first = BackupOrder { idempotency_token: Some("a-token".to_owned()), ..backup_order() };
    let job = bench.order_backup(first.clone()).await.unwrap().id;
    let resource = first.resource.as_str().replace("fs-1", "fs-2").parse().unwrap();
    let refused = bench.order_backup(BackupOrder { resource, ..first }).await;
    let Err(OpsError::Backup(BackupRefusal::TokenUsed { token, job: named, .. })) = refused else {
        panic!("{refused:?}")
    };
    assert_eq!((token.as_str(), named), ("a-token", job));
    soon(bench.service.jobs.settled()).await;
}

/// The objects of a backup lay on a disk that was not there, and the certificate said that
/// they were absent.
#[tokio::test]
async fn a_backup_of_which_nothing_is_found_is_not_certified_until_a_person_looked() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    bench.service.erase_pass().await.unwrap();
    bench.lose_the_objects(&backup).await;
    bench.delete(&backup).await;
    bench.service.erase_pass().await.unwrap();
    assert!(bench.certificate(&backup).await.is_none(), "absence alone proves nothing");
    let state = bench.service.store.backup(&key(&backup)).await.unwrap().unwrap().backup.state;
    let Some(ErasureState::Parked { reason }) = state.erasing().map(|erasing| &erasing.state)
    else {
        panic!("{state:?}")
    };
    assert!(reason.contains("1 object had been stored and none is there"), "{reason}");

    let now = bench.service.clock.now();
    bench.service.retry_erasure(&key(&backup), &by(), now).await.unwrap().unwrap();
    bench.service.erase_pass().await.unwrap();
    let issued = bench.certificate(&backup).await.unwrap();
    let said: sexton_core::Certificate = serde_json::from_str(&issued.statement).unwrap();
    assert_eq!(said.objects_removed, 0, "what is signed is what was seen");
}

/// A crash between the last removal and the commit that tells of it.
#[tokio::test]
async fn a_backup_that_the_last_process_was_removing_is_certified_by_the_next() {
    let bench = Bench::new().await;
    let backup = bench.completed().await;
    bench.delete(&backup).await;
    bench.lose_the_objects(&backup).await;
    // The first pass of this process.
    bench.service.erase_pass().await.unwrap();
    assert!(bench.certificate(&backup).await.is_some());
}

/// A directory on which its disk was not mounted made a complete backup of nothing.
#[tokio::test]
async fn a_backup_of_nothing_fails_unless_the_source_may_be_empty() {
    let bench = Bench::new().await;
    fs::remove_file(bench.source().join("letter")).unwrap();
    let job = bench.start_backup().await;
    let state = bench.ended_backup(job.id).await;
    let BackupJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert!(reason.starts_with("The source is empty"), "{reason}");
    assert!(reason.contains("--allow-empty"), "{reason}");

    bench.let_the_source_be_empty().await;
    let job = bench.start_backup().await;
    let state = bench.ended_backup(job.id).await;
    assert!(matches!(state, BackupJobState::Completed { .. }), "{state:?}");
}

#[tokio::test]
async fn a_point_says_what_could_not_be_read() {
    let bench = Bench::new().await;
    let socket = bench.source().join("socket");
    std::os::unix::net::UnixListener::bind(socket).unwrap();
    let backup = bench.completed().await;
    let stored = bench.service.store.backup(&key(&backup)).await.unwrap().unwrap().backup;
    assert_eq!(stored.problems, "1 problem: socket: is a socket and was skipped");
}

/// One capture filled the disk between two looks at it.
#[tokio::test]
async fn a_capture_writes_nothing_into_the_room_of_deletions() {
    let little = |data: &Path| {
        Jobs::beside(Home::with_probe(data, |_| Ok(FREE_BYTES_MIN + (8 << 20))).unwrap())
    };
    let bench = Bench::with(little).await;
    // One part of 5 MiB and a rest.
    fs::write(bench.source().join("noise"), noise(6 << 20)).unwrap();
    bench.hold.puts.close();
    let first = bench.start_backup().await;
    soon(bench.hold.puts.waiting_are(1)).await;
    let second = bench.start_backup().await;
    let state = bench.ended_backup(second.id).await;
    let BackupJobState::Failed { reason, .. } = state else { panic!("{state:?}") };
    assert!(reason.contains("has 264 MiB free, and jobs need 266 MiB"), "{reason}");
    bench.hold.puts.open();
    let state = bench.ended_backup(first.id).await;
    assert!(matches!(state, BackupJobState::Completed { .. }), "what it holds is given back");
}

/// Bytes of all files below a folder.
fn held(folder: &Path) -> u64 {
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let bytes = |entry: fs::DirEntry| match entry.metadata() {
        Ok(found) if found.is_dir() => held(&entry.path()),
        Ok(found) => found.len(),
        Err(_) => 0,
    };
    entries.map(bytes).sum()
}
