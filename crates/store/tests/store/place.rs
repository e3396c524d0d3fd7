//! A root file or a database that was moved away, or exchanged, under a store that is open.

use std::fs;
use std::sync::Arc;

use sexton_store::keys::root::FileRoots;
use sexton_store::sqlite::RollPolicy;
use sexton_store::{MetaStore as _, StoreError};
use tempfile::TempDir;

use crate::fixture::{
    at, begin, change, complete, deletion, done, id, job_and_backup, key, open_with, put_vault, run,
};
use sexton_core::DataKey;
use sexton_store::Write;

/// What is sealed under a root that nobody will find again is lost, and was said to be kept.
#[test]
fn no_key_is_made_or_destroyed_while_the_root_file_is_not_in_its_place() {
    let home = TempDir::new().unwrap();
    let (root_key, kept) = (home.path().join("root-key"), home.path().join("kept"));
    let roots = Arc::new(FileRoots::open(&root_key).unwrap());
    let store = open_with(home.path(), roots, RollPolicy::EveryCommit).unwrap();
    run(async {
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        fs::rename(&root_key, &kept).unwrap();
        for exchanged in [false, true] {
            if exchanged {
                fs::copy(&kept, &root_key).unwrap();
            }
            let (job, begun) = job_and_backup("first", 2, None);
            let key = DataKey::from_bytes(&key(2));
            let create = change(vec![Write::CreateBackup(begun, key), Write::PutBackupJob(job)]);
            for refused in [create, deletion(&backup, id(50), at(60))] {
                let answer = store.commit(refused).await;
                assert!(matches!(answer, Err(StoreError::NotDone(_))), "{answer:?}");
            }
            assert!(store.data_key(&backup.key()).await.unwrap().is_some());
        }
        // Everything goes on once the file is back.
        fs::rename(&kept, &root_key).unwrap();
        begin(&store, "first", 2).await;
        done(&store, deletion(&backup, id(50), at(60))).await;
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
    });
}

/// SQLite went on writing to a file that nobody would find: what was said to be kept was lost at
/// the next start.
#[test]
fn nothing_is_written_while_a_file_of_the_database_is_not_in_its_place() {
    let home = TempDir::new().unwrap();
    let roots = Arc::new(FileRoots::open(&home.path().join("root-key")).unwrap());
    let store = open_with(home.path(), roots, RollPolicy::EveryCommit).unwrap();
    run(async {
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        store.in_place().unwrap();
        for name in ["sexton.db", "sexton.db-wal"] {
            let (file, kept) = (home.path().join(name), home.path().join("kept"));
            fs::rename(&file, &kept).unwrap();
            for exchanged in [false, true] {
                if exchanged {
                    fs::copy(&kept, &file).unwrap();
                }
                let cause = store.in_place().unwrap_err().to_string();
                assert!(cause.starts_with(name), "{cause}");
                let answer = store.commit(deletion(&backup, id(50), at(60))).await;
                assert!(matches!(answer, Err(StoreError::NotDone(_))), "{answer:?}");
                assert!(store.data_key(&backup.key()).await.unwrap().is_some());
            }
            fs::rename(&kept, &file).unwrap();
        }
        assert!(store.healthy(), "it goes on once the files are back");
        done(&store, deletion(&backup, id(50), at(60))).await;
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
    });
}
