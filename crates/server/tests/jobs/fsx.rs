//! File systems of `FSx` and their last backups.

use std::os::unix::net::UnixListener;

use sexton_core::{
    FileSystem, FileSystemId, FileSystemState, Offered, RemoveFileSystem, Source, SourceKind,
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
    let (by, realm, now) = (&by(), &realm(), bench.service.clock.now());
    let asked = Asked { by, realm, now, token: None };
    let order = RemoveFileSystem::default();
    bench.service.delete_file_system(id, order, &asked).await.unwrap();
    bench.service.jobs.settled().await;
}

#[tokio::test]
async fn a_last_backup_that_does_not_hold_everything_keeps_the_file_system() {
    let bench = Bench::new().await;
    let id = file_system(&bench).await;
    let socket = bench.source().join("socket");
    let listener = UnixListener::bind(&socket).unwrap();
    delete(&bench, &id).await;
    let kept = bench.service.file_system(&realm(), &id).await.unwrap();
    let FileSystemState::Available { problem } = kept.offered.state() else {
        panic!("{:?}", kept.offered.state());
    };
    assert!(problem.contains("does not hold everything: 1 problem"), "{problem}");
    assert!(!bench.service.remove_source(&kept.key()).await.unwrap(), "it does not go");

    drop(listener);
    std::fs::remove_file(socket).unwrap();
    delete(&bench, &id).await;
    assert!(bench.service.remove_source(&kept.key()).await.unwrap(), "now it goes");
    assert!(bench.service.file_system(&realm(), &id).await.is_err());
    assert!(bench.source().join("letter").exists(), "what somebody registered is left alone");
}
