//! Servers one after the other on the same data, and what they do with file systems.

use std::fs;
use std::path::PathBuf;

use sexton_core::{
    Backup, EventKind, FileSystemId, FileSystemOrder, FileSystemType, FsxBackupId, FsxBackupOrder,
    FsxCopyOrder, Made, RemoveFileSystem, Source, SourceKind, State, Tags,
};
use sexton_server::ops::fsx::Asked;
use sexton_server::scheduler::Scheduler;
use sexton_store::FsxQuery;
use tokio::runtime::Runtime;

use crate::bench::{Bench, by, realm};
use crate::soon;

/// A bench on a runtime of its own, which ends with its server.
pub(crate) struct Life {
    pub(crate) bench: Bench,
    runtime: Runtime,
}

fn runtime() -> Runtime {
    tokio::runtime::Builder::new_current_thread().enable_time().build().unwrap()
}

impl Life {
    pub(crate) fn new() -> Self {
        let runtime = runtime();
        let bench = runtime.block_on(Bench::new());
        Self { bench, runtime }
    }

    pub(crate) fn run<T>(&self, work: impl AsyncFnOnce(&Bench) -> T) -> T {
        self.runtime.block_on(soon(work(&self.bench)))
    }

    /// Every task ends where it waits, and the next server ends what was interrupted.
    pub(crate) fn crash(self) -> Self {
        self.runtime.shutdown_background();
        let (bench, runtime) = (self.bench.restarted(), runtime());
        bench.hold.puts.open();
        bench.hold.gets.open();
        runtime.block_on(bench.service.end_interrupted()).unwrap();
        Self { bench, runtime }
    }
}

impl Bench {
    /// A file system that the server made, with a letter in it.
    pub(crate) async fn managed(&self, retention_days: u8) -> FileSystemId {
        let order = order(Some(FileSystemType::OpenZfs), retention_days);
        let (by, realm, now) = (by(), realm(), self.service.clock.now());
        let asked = Asked { by: &by, realm: &realm, now, token: None };
        let made = self.service.create_file_system(order, &asked).await.unwrap();
        fs::write(directory(&made).join("letter"), "dear heirs").unwrap();
        fs::create_dir(directory(&made).join("inner")).unwrap();
        FileSystemId::of(&made.arn).unwrap()
    }

    pub(crate) async fn file_system(&self, id: &FileSystemId) -> Option<Source> {
        self.service.store.source(&realm().with(id.arn(&realm()))).await.unwrap().0
    }

    pub(crate) async fn begin_fsx_backup(&self, id: &FileSystemId) -> Backup {
        let (by, realm, now) = (by(), realm(), self.service.clock.now());
        let asked = Asked { by: &by, realm: &realm, now, token: None };
        let order = FsxBackupOrder { source: id.arn(&realm), made: Made::Asked, tags: Tags::new() };
        self.service.create_fsx_backup(order, &asked).await.unwrap()
    }

    pub(crate) async fn fsx_backup_of(&self, id: &FileSystemId) -> Backup {
        let backup = self.begin_fsx_backup(id).await;
        self.service.jobs.settled().await;
        let backup = self.seen_of_fsx(&backup).await.unwrap();
        assert!(matches!(backup.state, State::Completed { .. }), "{backup:?}");
        backup
    }

    pub(crate) async fn seen_of_fsx(&self, backup: &Backup) -> Option<Backup> {
        Some(self.service.store.backup(&backup.key()).await.unwrap()?.backup)
    }

    pub(crate) async fn begin_copy(&self, backup: &Backup) -> Backup {
        let (by, realm, now) = (by(), realm(), self.service.clock.now());
        let asked = Asked { by: &by, realm: &realm, now, token: None };
        let original = realm.with(id_of(backup));
        let order = FsxCopyOrder { original, copy_tags: true, tags: Tags::new() };
        self.service.copy_fsx_backup(order, &asked).await.unwrap()
    }

    pub(crate) async fn begin_restore(&self, backup: &Backup) -> FileSystemId {
        let (by, realm, now) = (by(), realm(), self.service.clock.now());
        let asked = Asked { by: &by, realm: &realm, now, token: None };
        let restored =
            self.service.restore_file_system(order(None, 0), &id_of(backup), &asked).await;
        FileSystemId::of(&restored.unwrap().arn).unwrap()
    }

    pub(crate) async fn tell_to_go(&self, id: &FileSystemId, skip_final: bool) {
        let (by, realm, now) = (by(), realm(), self.service.clock.now());
        let asked = Asked { by: &by, realm: &realm, now, token: None };
        let skip_final = Some(skip_final);
        let order = RemoveFileSystem { skip_final, ..RemoveFileSystem::default() };
        self.service.delete_file_system(id, order, &asked).await.unwrap();
    }

    /// Looks, and waits for what that began.
    pub(crate) async fn look_and_wait(&self) {
        Scheduler::default().look(&self.service).await;
        while self.service.jobs.tasks() > 0 {
            tokio::task::yield_now().await;
        }
    }

    /// The automatic backups that `FSx` shows, oldest first.
    pub(crate) async fn automatic(&self, id: &FileSystemId) -> Vec<Backup> {
        let query = FsxQuery {
            realm: realm(),
            file_system: Some(id.clone()),
            wanted: std::sync::Arc::new(|_| true),
        };
        self.service.store.list_fsx_backups(&query, None, 100).await.unwrap().items
    }

    pub(crate) async fn events(&self, of: impl Fn(&EventKind) -> bool) -> usize {
        let events = self.service.store.events(0, 1000).await.unwrap();
        events.iter().filter(|event| of(&event.kind)).count()
    }
}

fn order(kind: Option<FileSystemType>, retention_days: u8) -> FileSystemOrder {
    FileSystemOrder {
        kind,
        storage_capacity: None,
        shown: serde_json::Map::new(),
        configuration: serde_json::Map::new(),
        retention_days: Some(retention_days),
        daily_start: None,
        copy_tags: false,
        tags: Tags::new(),
    }
}

pub(crate) fn id_of(backup: &Backup) -> FsxBackupId {
    FsxBackupId::of(&backup.name).unwrap()
}

pub(crate) fn directory(source: &Source) -> PathBuf {
    let SourceKind::Fsx { path } = &source.kind else { panic!("{source:?}") };
    path.into()
}

pub(crate) fn assert_whole(source: &Source) {
    assert!(source.offered.is_available(), "{:?}", source.offered.state());
    assert_eq!(fs::read(directory(source).join("letter")).unwrap(), b"dear heirs");
    assert!(directory(source).join("inner").is_dir());
}
