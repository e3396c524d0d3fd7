//! A store whose disk is full, and one whose write-ahead log cannot be emptied.

use std::fs::{self, File};
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::Duration;

use sexton_core::DataKey;
use sexton_store::keys::root::{FileRoots, RootProvider as _};
use sexton_store::sqlite::{RollPolicy, Sqlite};
use sexton_store::{Change, MetaStore, StoreError, Write};
use tempfile::TempDir;

use crate::fixture::{
    at, change, complete, completed, delete, deletion, done, id, job_and_backup, key, open,
    open_with, put_vault, roots, run, vault,
};

/// A file system of its own, with so much room. Unmounted when dropped.
struct Disk(TempDir);

impl Disk {
    /// Nothing where nobody may mount: that takes the rights of root.
    fn new(size: &str) -> Option<Self> {
        let folder = TempDir::new().unwrap();
        let options = format!("size={size},mode=700");
        let mounted = Command::new("mount")
            .args(["-t", "tmpfs", "-o", &options, "sexton-test"])
            .arg(folder.path())
            .output();
        mounted.is_ok_and(|it| it.status.success()).then(|| Self(folder))
    }

    fn path(&self) -> &Path {
        self.0.path()
    }

    /// Takes every byte that is left.
    fn fill(&self) -> PathBuf {
        let path = self.path().join("ballast");
        let mut file = File::create(&path).unwrap();
        let mut piece = vec![7; 64 * 1024];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
        path
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        drop(Command::new("umount").arg("--lazy").arg(self.path()).status());
    }
}

fn open_home(home: &Path) -> Sqlite {
    let roots = FileRoots::open(&home.join("root-key")).unwrap();
    open_with(home, Arc::new(roots), RollPolicy::EveryCommit).unwrap()
}

#[test]
fn a_full_disk_undoes_what_does_not_fit_and_a_disk_with_room_goes_on() {
    let Some(disk) = Disk::new("4m") else {
        // No file system can be mounted here.
        return;
    };
    run(async {
        let store = open_home(disk.path());
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        let other = complete(&store, "first", 2).await;
        let ballast = disk.fill();
        for number in 0..3 {
            let refused = store.commit(deletion(&backup, id(number), at(20))).await;
            assert!(matches!(refused, Err(StoreError::NotDone(_))), "{refused:?}");
        }
        assert!(store.healthy(), "a full disk is nothing that only a restart could mend");
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
        assert_eq!(store.backup(&backup.key()).await.unwrap().unwrap().backup, backup);
        assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items.is_empty());
        fs::remove_file(ballast).unwrap();
        // The very next commit is done.
        delete(&store, &backup.key(), id(300)).await;
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items[0].epoch.has_ended());
        drop(store);
        let roots = FileRoots::open(&disk.path().join("root-key")).unwrap();
        assert_eq!(roots.read().unwrap().iter().flatten().count(), 1);
        drop(roots);
        let store = open_home(disk.path());
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        assert_eq!(store.data_key(&other.key()).await.unwrap().unwrap().as_bytes(), &key(2));
    });
}

/// A change that makes the write-ahead log so much longer; SQLite writes no page that stays
/// as it is.
fn bulky(number: u32, bytes: usize) -> Change {
    let mut vault = vault("bulky");
    vault.creator_request_id = Some(format!("{number:08}").repeat(bytes / 8));
    change(vec![Write::PutVault(vault)])
}

/// The length from which on the log is to be emptied.
const LOG_BYTES_MAX: u64 = 64 * 1024 * 1024;

#[test]
fn somebody_who_reads_for_long_keeps_no_commit_waiting() {
    let folder = TempDir::new().unwrap();
    let store = Arc::new(open_home(folder.path()));
    run(put_vault(&*store, "first"));
    let reader = rusqlite::Connection::open(folder.path().join("sexton.db")).unwrap();
    reader.execute_batch("BEGIN").unwrap();
    reader.query_row("SELECT count(*) FROM vaults", [], |_| Ok(())).unwrap();
    let (sender, receiver) = mpsc::channel();
    let writing = Arc::clone(&store);
    let thread = std::thread::spawn(move || {
        run(async {
            for number in 0..70 {
                done(&*writing, bulky(number, 1_000_000)).await;
            }
            for _ in 0..512 {
                done(&*writing, change(vec![])).await;
            }
        });
        drop(writing);
        // Nobody listens any more once the test has failed.
        sender.send(()).is_ok()
    });
    // Waiting for this reader at every look at the log would take minutes.
    let ended = receiver.recv_timeout(Duration::from_secs(90));
    reader.execute_batch("COMMIT").unwrap();
    assert!(ended.is_ok(), "the writer waits for somebody who reads");
    assert!(thread.join().unwrap());
}

#[test]
fn a_log_that_nobody_reads_is_begun_anew_and_cut() {
    let folder = TempDir::new().unwrap();
    let log = folder.path().join("sexton.db-wal");
    let length = || fs::metadata(&log).unwrap().len();
    let store = open_home(folder.path());
    run(async {
        let reader = rusqlite::Connection::open(folder.path().join("sexton.db")).unwrap();
        reader.execute_batch("BEGIN").unwrap();
        reader.query_row("SELECT count(*) FROM vaults", [], |_| Ok(())).unwrap();
        for number in 0..75 {
            done(&store, bulky(number, 1_000_000)).await;
        }
        assert!(length() > LOG_BYTES_MAX, "a reader holds the log");
        drop(reader);
        // However long the copying takes: in the end the log is short again.
        let mut number = 0;
        while length() > LOG_BYTES_MAX {
            number += 1;
            done(&store, bulky(number, 8)).await;
        }
    });
}

/// Pages of backups were full, and the row of a backup grew when its deletion was decided: it
/// moved its neighbours, and up to five pages were written for one.
#[test]
fn a_deletion_leaves_the_pages_of_its_neighbours_alone() {
    const BACKUPS: u32 = 200;
    let folder = TempDir::new().unwrap();
    let roots = roots();
    let pages = || -> i64 {
        let database = rusqlite::Connection::open(folder.path().join("sexton.db")).unwrap();
        let sql = "SELECT count(*) FROM dbstat WHERE name = 'backups'";
        database.query_row(sql, [], |row| row.get(0)).unwrap()
    };
    let backups = run(async {
        let store = open(folder.path(), &roots);
        put_vault(&store, "first").await;
        let (mut writes, mut backups) = (Vec::new(), Vec::new());
        for number in 1..=BACKUPS {
            let (_, begun) = job_and_backup("first", number, None);
            let backup = completed(begun.clone(), number);
            let key = DataKey::from_bytes(&key(number));
            writes.extend([Write::CreateBackup(begun, key), Write::PutBackup(backup.clone())]);
            backups.push(backup);
        }
        done(&store, change(writes)).await;
        backups
    });
    let before = pages();
    assert!(before > 20, "{before} pages are too few to tell anything");
    run(async {
        let store = open(folder.path(), &roots);
        for backup in backups.iter().step_by(5) {
            delete(&store, &backup.key(), backup.id.job()).await;
        }
        let gone = store.backup(&backups[5].key()).await.unwrap().unwrap();
        assert!(gone.backup.state.erasing().is_some(), "{gone:?}");
    });
    assert_eq!(pages(), before);
}
