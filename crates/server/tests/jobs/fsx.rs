//! File systems of `FSx` and their last backups.

use std::fs;
use std::os::unix::net::UnixListener;
use std::process::Command;

use sexton_core::{
    FileSystem, FileSystemId, FileSystemState, Offered, RemoveFileSystem, Source, SourceKind, State,
};
use sexton_server::ops::fsx::Asked;
use sexton_store::{Change, Commit, Write};

use crate::bench::{Bench, by, realm};

/// The source of the bench, offered as a file system that takes a last backup.
async fn file_system(bench: &Bench) -> FileSystemId {
    let now = bench.service.clock.now();
    let id = FileSystemId::mint(now, [2; 8]);
    let source = Source {
        realm: realm(),
        arn: id.arn(&realm()),
        kind: SourceKind::Fsx { path: bench.source().to_str().unwrap().to_owned() },
        allow_empty: false,
        added: now,
        offered: Offered::FileSystem(FileSystem::registered(id.clone())),
    };
    let change = Change { writes: vec![Write::PutSource(source)], ..Change::default() };
    assert_eq!(bench.service.store.commit(change).await.unwrap(), Commit::Done);
    id
}

async fn delete(bench: &Bench, id: &FileSystemId) {
    delete_as(bench, id, RemoveFileSystem::default()).await;
}

async fn delete_as(bench: &Bench, id: &FileSystemId, order: RemoveFileSystem) {
    let (by, realm, now) = (&by(), &realm(), bench.service.clock.now());
    let asked = Asked { by, realm, now, token: None };
    bench.service.delete_file_system(id, order, &asked).await.unwrap();
    bench.service.jobs.settled().await;
}

#[tokio::test]
async fn a_last_backup_that_does_not_hold_everything_keeps_the_file_system() {
    let bench = Bench::new().await;
    let id = file_system(&bench).await;
    // It begins as what another server has sealed, which no backup holds.
    let sealed = bench.source().join("sealed");
    fs::write(&sealed, [&b"SXTN\x01\x01"[..], &[0; 100]].concat()).unwrap();
    delete(&bench, &id).await;
    let kept = bench.service.file_system(&realm(), &id).await.unwrap();
    let FileSystemState::Available { problem } = kept.offered.state() else {
        panic!("{:?}", kept.offered.state());
    };
    let words = "does not hold everything: 1 problem: sealed: is data of a Sexton server and was \
                 skipped; mend that, or delete without a last backup";
    assert!(problem.ends_with(words), "{problem}");
    assert!(!bench.service.remove_source(&kept.key()).await.unwrap(), "it does not go");

    fs::remove_file(sealed).unwrap();
    delete(&bench, &id).await;
    assert!(bench.service.remove_source(&kept.key()).await.unwrap(), "now it goes");
    assert!(bench.service.file_system(&realm(), &id).await.is_err());
    assert!(bench.source().join("letter").exists(), "what somebody registered is left alone");
}

/// It kept the file system whatever was tried: nobody can back up a socket.
#[tokio::test]
async fn a_socket_does_not_keep_a_file_system_from_going() {
    let bench = Bench::new().await;
    let id = file_system(&bench).await;
    let _listener = UnixListener::bind(bench.source().join("socket")).unwrap();
    delete(&bench, &id).await;
    let going = bench.service.file_system(&realm(), &id).await.unwrap();
    assert!(bench.service.remove_source(&going.key()).await.unwrap());
}

/// A mount over a directory was backed up in place of what was in it, which then went.
#[tokio::test]
async fn a_folder_in_place_of_that_of_the_file_systems_is_neither_backed_up_nor_restored_into() {
    let bench = Bench::new().await;
    let id = bench.managed(0).await;
    let before = bench.fsx_backup_of(&id).await;
    let aside = bench.file_systems().with_extension("aside");
    fs::rename(bench.file_systems(), &aside).unwrap();
    let another = bench.file_systems().join(id.as_str());
    fs::create_dir_all(&another).unwrap();
    fs::write(another.join("letter"), "of somebody else").unwrap();

    let words = "the folder of file systems is not the one that the server began with";
    let backup = bench.begin_fsx_backup(&id).await;
    bench.service.jobs.settled().await;
    let failed = bench.seen_of_fsx(&backup).await.unwrap();
    let State::Failed { reason, .. } = &failed.state else { panic!("{:?}", failed.state) };
    assert_eq!(reason, words);

    // Nor is anything restored into it.
    let restored = bench.begin_restore(&before).await;
    bench.service.jobs.settled().await;
    let restored = bench.service.file_system(&realm(), &restored).await.unwrap();
    let FileSystemState::Failed { reason } = restored.offered.state() else {
        panic!("{:?}", restored.offered.state());
    };
    assert_eq!(reason, words);

    delete(&bench, &id).await;
    let kept = bench.service.file_system(&realm(), &id).await.unwrap();
    let FileSystemState::Available { problem } = kept.offered.state() else {
        panic!("{:?}", kept.offered.state());
    };
    assert!(problem.contains(words), "{problem}");
    assert!(aside.join(id.as_str()).join("letter").exists());
}

/// It was looked at before the backup alone.
#[tokio::test]
async fn a_folder_that_is_exchanged_during_a_backup_fails_it() {
    let bench = Bench::new().await;
    let id = bench.managed(0).await;
    bench.hold.puts.close();
    let backup = bench.begin_fsx_backup(&id).await;
    bench.hold.puts.somebody_waits().await;
    fs::rename(bench.file_systems(), bench.file_systems().with_extension("aside")).unwrap();
    fs::create_dir_all(bench.file_systems().join(id.as_str())).unwrap();
    bench.hold.puts.open();
    bench.service.jobs.settled().await;
    let failed = bench.seen_of_fsx(&backup).await.unwrap();
    let State::Failed { reason, .. } = &failed.state else { panic!("{:?}", failed.state) };
    assert!(reason.contains("not the one that the server began with"), "{reason}");
}

#[expect(clippy::print_stderr, reason = "it is for whoever runs the tests")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// Only the log of the server told why a file system stayed DELETING.
#[tokio::test]
async fn a_file_system_that_cannot_go_says_what_keeps_it() {
    let bench = Bench::new().await;
    let id = bench.managed(0).await;
    let change = |flag: &str, folder: &str| {
        let path = bench.file_systems().join(folder).join("inner");
        Command::new("chattr").arg(flag).arg(path).output().is_ok_and(|it| it.status.success())
    };
    if !change("+i", id.as_str()) {
        skip("this machine does not let the test make a directory immutable");
        return;
    }
    let order = RemoveFileSystem { skip_final: Some(true), ..RemoveFileSystem::default() };
    delete_as(&bench, &id, order).await;
    let key = realm().with(id.arn(&realm()));
    let kept = bench.service.remove_source(&key).await;
    let source = bench.service.file_system(&realm(), &id).await.unwrap();
    assert!(change("-i", &format!(".{id}.removing")));
    assert!(kept.is_err(), "{kept:?}");
    let FileSystemState::Deleting { problem, .. } = source.offered.state() else {
        panic!("{:?}", source.offered.state());
    };
    assert!(problem.contains("inner cannot be removed"), "{problem}");
    assert!(bench.service.remove_source(&key).await.unwrap(), "nothing keeps it any more");
}
