//! What a crash in the middle leaves of file systems and their backups: the server is dropped
//! where it stands, and another begins on what it left.

use std::fs;
use std::sync::atomic::Ordering;

use jiff::SignedDuration;
use sexton_core::{
    EventKind, FileSystemState, FsxBackupId, FsxRefusal, Leftover, Offered, Source, State,
    TokenName, TokenUse, Use, UsedBy,
};
use sexton_server::OpsError;
use sexton_server::ops::fsx::Asked;
use sexton_server::scheduler::Scheduler;
use sexton_store::{Change, Commit, Write};

use crate::bench::{Bench, by, realm};
use crate::life::{Life, assert_whole, directory, id_of};

const DAY: SignedDuration = SignedDuration::from_hours(24);
const CUT: &str = "the server stopped while";

#[test]
fn a_crash_in_the_middle_of_a_copy_fails_the_copy_and_gives_its_original_free() {
    let life = Life::new();
    let (original, copy) = life.run(async |bench| {
        let id = bench.managed(0).await;
        let original = bench.fsx_backup_of(&id).await;
        bench.hold.puts.close();
        let copy = bench.begin_copy(&original).await;
        bench.hold.puts.somebody_waits().await;
        (original, copy)
    });
    let life = life.crash();
    life.run(async |bench| {
        let failed = bench.seen_of_fsx(&copy).await.unwrap();
        let State::Failed { reason, bytes: Leftover::Erasing { .. }, .. } = &failed.state else {
            panic!("{failed:?}")
        };
        assert!(reason.starts_with(CUT), "{reason}");
        let snapshot = bench.service.store.backup(&original.key()).await.unwrap().unwrap();
        assert_eq!(snapshot.uses, []);
        bench.service.erase_pass().await.unwrap();
        let failed = bench.seen_of_fsx(&copy).await.unwrap();
        assert!(matches!(failed.state, State::Failed { bytes: Leftover::Erased, .. }));
        assert!(bench.service.store.certificate(&copy.key()).await.unwrap().is_some());
        // And it can be done again.
        let again = bench.begin_copy(&original).await;
        bench.service.jobs.settled().await;
        let restored = bench.begin_restore(&again).await;
        bench.service.jobs.settled().await;
        assert_whole(&bench.file_system(&restored).await.unwrap());
    });
}

#[test]
fn a_crash_in_the_middle_of_a_restore_leaves_no_half_file_system() {
    let life = Life::new();
    let (backup, cut) = life.run(async |bench| {
        let id = bench.managed(0).await;
        let backup = bench.fsx_backup_of(&id).await;
        bench.hold.gets.close();
        let cut = bench.begin_restore(&backup).await;
        bench.hold.gets.somebody_waits().await;
        (backup, cut)
    });
    let life = life.crash();
    life.run(async |bench| {
        let failed = bench.file_system(&cut).await.unwrap();
        let FileSystemState::Failed { reason } = failed.offered.state() else {
            panic!("{failed:?}")
        };
        assert!(reason.starts_with(CUT), "{reason}");
        assert!(!directory(&failed).exists());
        let snapshot = bench.service.store.backup(&backup.key()).await.unwrap().unwrap();
        assert_eq!(snapshot.uses, []);
        bench.tell_to_go(&cut, false).await;
        bench.look_and_wait().await;
        assert!(bench.file_system(&cut).await.is_none(), "what failed can be deleted");
        let restored = bench.begin_restore(&backup).await;
        bench.service.jobs.settled().await;
        assert_whole(&bench.file_system(&restored).await.unwrap());
    });
}

#[test]
fn a_file_system_whose_restore_was_whole_when_the_server_crashed_is_available() {
    let life = Life::new();
    let (backup, restored) = life.run(async |bench| {
        let id = bench.managed(0).await;
        let backup = bench.fsx_backup_of(&id).await;
        let restored = bench.begin_restore(&backup).await;
        bench.service.jobs.settled().await;
        // As it was before the end of the restore was written down.
        let source = bench.file_system(&restored).await.unwrap();
        let job = backup.id.job();
        let (realm, name) = (realm(), backup.name.clone());
        let state = FileSystemState::Creating { job, realm, backup: name };
        let offered: Offered = source.offered.clone().with_state(state);
        let reads = Use { job, by: UsedBy::FileSystem { id: restored.clone() } };
        let writes = vec![
            Write::PutSource(Source { offered, ..source }),
            Write::AddUse(backup.key(), reads),
        ];
        let change = Change { writes, ..Change::default() };
        assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
        (backup, restored)
    });
    let life = life.crash();
    life.run(async |bench| {
        let whole = bench.file_system(&restored).await.unwrap();
        assert_whole(&whole);
        let snapshot = bench.service.store.backup(&backup.key()).await.unwrap().unwrap();
        assert_eq!(snapshot.uses, []);
    });
}

#[test]
fn a_removal_that_a_crash_cut_goes_on_with_the_next_server() {
    let life = Life::new();
    let (id, asked, cut) = life.run(async |bench| {
        let id = bench.managed(0).await;
        let asked = bench.fsx_backup_of(&id).await;
        bench.hold.puts.close();
        let cut = bench.begin_fsx_backup(&id).await;
        bench.hold.puts.somebody_waits().await;
        bench.tell_to_go(&id, true).await;
        let key = realm().with(id.arn(&realm()));
        assert!(!bench.service.remove_source(&key).await.unwrap(), "a capture reads it");
        assert_eq!(fs::read_dir(bench.file_systems()).unwrap().count(), 1);
        (id, asked, cut)
    });
    // The directory was being removed as well, and half of it is gone.
    let folder = life.bench.file_systems();
    fs::rename(folder.join(id.as_str()), folder.join(format!(".{id}.removing"))).unwrap();
    let life = life.crash();
    life.run(async |bench| {
        assert_eq!(fs::read_dir(bench.file_systems()).unwrap().count(), 0);
        bench.look_and_wait().await;
        assert!(bench.file_system(&id).await.is_none(), "it went");
        let kept = bench.seen_of_fsx(&asked).await.unwrap();
        assert!(matches!(kept.state, State::Completed { .. }), "what was asked for stays");
        let failed = bench.seen_of_fsx(&cut).await.unwrap();
        assert!(matches!(failed.state, State::Failed { .. }), "{failed:?}");
        let restored = bench.begin_restore(&asked).await;
        bench.service.jobs.settled().await;
        assert_whole(&bench.file_system(&restored).await.unwrap());
    });
}

#[test]
fn a_file_system_whose_last_backup_a_crash_cut_stays_until_it_is_told_again() {
    let life = Life::new();
    let id = life.run(async |bench| {
        let id = bench.managed(0).await;
        bench.hold.puts.close();
        bench.tell_to_go(&id, false).await;
        bench.hold.puts.somebody_waits().await;
        id
    });
    let life = life.crash();
    life.run(async |bench| {
        bench.look_and_wait().await;
        let kept = bench.file_system(&id).await.unwrap();
        assert_whole(&kept);
        let FileSystemState::Available { problem } = kept.offered.state() else { panic!() };
        assert!(problem.starts_with("it was not deleted, since its last backup"), "{problem}");
        bench.tell_to_go(&id, false).await;
        bench.service.jobs.settled().await;
        bench.look_and_wait().await;
        assert!(bench.file_system(&id).await.is_none(), "now it goes");
        assert!(!directory(&kept).exists());
        let events = bench.service.store.events(0, 1000).await.unwrap();
        sexton_core::replay(&events).expect("a last backup begins with the end of its source");
    });
}

#[test]
fn a_crash_while_an_automatic_backup_is_taken_takes_no_second_and_keeps_no_old_one() {
    let life = Life::new();
    let (id, old, cut) = life.run(async |bench| {
        let id = bench.managed(1).await;
        let source = bench.file_system(&id).await.unwrap();
        let due = source.offered.due().unwrap();
        let clock = &bench.service.clock;
        clock.advance(due.duration_since(clock.now()));
        bench.look_and_wait().await;
        let [old] = &bench.automatic(&id).await[..] else { panic!("one is taken") };
        assert!(matches!(old.state, State::Completed { .. }), "{old:?}");
        clock.advance(DAY);
        bench.hold.puts.close();
        Scheduler::default().look(&bench.service).await;
        bench.hold.puts.somebody_waits().await;
        let [cut] = &bench.automatic(&id).await[..] else { panic!("the next one is taken") };
        (id, old.clone(), cut.clone())
    });
    let life = life.crash();
    life.run(async |bench| {
        bench.look_and_wait().await;
        let [failed] = &bench.automatic(&id).await[..] else { panic!("no second one") };
        assert_eq!(failed.name, cut.name);
        assert!(matches!(failed.state, State::Failed { .. }), "{failed:?}");
        bench.service.erase_pass().await.unwrap();
        for erased in [&old, &cut] {
            let certificate = bench.service.store.certificate(&erased.key()).await.unwrap();
            assert!(certificate.is_some(), "{}", erased.name);
        }
        // The record of the one that failed goes with its day.
        bench.service.clock.advance(DAY);
        bench.look_and_wait().await;
        let [next] = &bench.automatic(&id).await[..] else { panic!("the next one alone") };
        assert!(matches!(next.state, State::Completed { .. }), "{next:?}");
    });
}

#[test]
fn a_failed_automatic_backup_goes_by_its_days_and_nobody_is_said_to_have_asked() {
    let life = Life::new();
    let id = life.run(async |bench| {
        let id = bench.managed(1).await;
        let due = bench.file_system(&id).await.unwrap().offered.due().unwrap();
        bench.service.clock.advance(due.duration_since(bench.service.clock.now()));
        bench.hold.puts.close();
        Scheduler::default().look(&bench.service).await;
        bench.hold.puts.somebody_waits().await;
        id
    });
    let life = life.crash();
    life.run(async |bench| {
        // Its bytes are not erased yet, so that its record goes with them.
        bench.service.clock.advance(DAY);
        bench.look_and_wait().await;
        assert_eq!(bench.automatic(&id).await.len(), 1, "the next one alone");
        let decided = |kind: &EventKind, expected| {
            matches!(kind, EventKind::DeletionDecided { why, .. } if *why == expected)
        };
        let retention = bench.events(|it| decided(it, sexton_core::Why::Retention)).await;
        let asked = bench.events(|it| decided(it, sexton_core::Why::Asked)).await;
        assert_eq!((retention, asked), (1, 0));
    });
}

/// The eraser wrote down that it was not finished, and wrote the record away with that.
#[test]
fn a_failed_backup_keeps_its_record_although_its_bytes_go_only_at_the_second_try() {
    let life = Life::new();
    let cut = life.run(async |bench| {
        let id = bench.managed(0).await;
        bench.hold.puts.close();
        let cut = bench.begin_fsx_backup(&id).await;
        bench.hold.puts.somebody_waits().await;
        cut
    });
    let life = life.crash();
    life.run(async |bench| {
        // It had been stored that far.
        let bytes = bytes::Bytes::from_static(b"sealed");
        bench.service.blobs.put(&cut.objects, "0", bytes).await.unwrap();
        bench.hold.stuck.store(true, Ordering::SeqCst);
        assert_eq!(bench.service.erase_pass().await.unwrap().certified, 0);
        let failed = bench.seen_of_fsx(&cut).await.unwrap();
        assert!(matches!(failed.state, State::Failed { .. }), "{failed:?}");
        bench.hold.stuck.store(false, Ordering::SeqCst);
        bench.service.clock.advance(DAY);
        assert_eq!(bench.service.erase_pass().await.unwrap().certified, 1);
        let record = bench.seen_of_fsx(&cut).await.unwrap();
        assert!(matches!(record.state, State::Failed { bytes: Leftover::Erased, .. }));
    });
}

#[test]
fn a_token_that_deleted_is_remembered_by_the_next_server() {
    let used = |id: &FsxBackupId| TokenUse {
        name: realm().with(TokenName { operation: "DeleteBackup".into(), token: "one".into() }),
        asked: [("BackupId".to_owned(), id.to_string())].into(),
    };
    let delete = async |bench: &Bench, id: &FsxBackupId| {
        let (by, realm, now) = (by(), realm(), bench.service.clock.now());
        let asked = Asked { by: &by, realm: &realm, now, token: Some(used(id)) };
        bench.service.delete_fsx_backup(id, &asked).await
    };
    let life = Life::new();
    let (first, other) = life.run(async |bench| {
        let id = bench.managed(0).await;
        let (first, other) = (bench.fsx_backup_of(&id).await, bench.fsx_backup_of(&id).await);
        delete(bench, &id_of(&first)).await.unwrap();
        (first, other)
    });
    let life = life.crash();
    life.run(async |bench| {
        bench.service.erase_pass().await.unwrap();
        delete(bench, &id_of(&first)).await.expect("the same answer, although it is gone");
        let refused = delete(bench, &id_of(&other)).await;
        let Err(OpsError::Fsx(FsxRefusal::TokenUsed { parameter })) = refused else {
            panic!("{refused:?}")
        };
        assert_eq!(parameter, "BackupId");
        assert!(bench.seen_of_fsx(&other).await.unwrap().is_of_fsx());
        let decided = |kind: &EventKind| matches!(kind, EventKind::DeletionDecided { .. });
        assert_eq!(bench.events(decided).await, 1);
    });
}
