//! What is on disk is enough: a SQLite store that is opened again goes on.

use std::fs;
use std::path::Path;
use std::sync::Arc;

use sexton_core::{DataKey, Epoch, State};
use sexton_store::keys::root::{FileRoots, MemoryRoots, Root, RootProvider, Slot, Witness};
use sexton_store::sqlite::{RollPolicy, Sqlite};
use sexton_store::{Cause, MetaStore, StoreError, StoreId, Write, trail};
use tempfile::TempDir;

use crate::fixture::{
    at, begin, change, complete, content, delete, done, id, job_and_backup, key, open, open_with,
    put_vault, roots, run,
};

#[test]
fn a_store_opens_again_before_its_first_key() {
    let folder = TempDir::new().unwrap();
    let roots = roots();
    run(async {
        drop(open(folder.path(), &roots));
        let store = open(folder.path(), &roots);
        put_vault(&store, "first").await;
        drop(store);
        let store = open(folder.path(), &roots);
        let backup = begin(&store, "first", 1).await;
        drop(store);
        let store = open(folder.path(), &roots);
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
    });
}

#[test]
fn a_store_whose_database_is_missing_is_refused_and_keeps_its_root_key() {
    let folder = TempDir::new().unwrap();
    let (home, away) = (folder.path().join("home"), folder.path().join("away"));
    fs::create_dir(&home).unwrap();
    let open = || {
        let roots = FileRoots::open(&home.join("root-key")).unwrap();
        open_with(&home, Arc::new(roots), RollPolicy::EveryCommit)
    };
    let store = open().unwrap();
    let backup = run(async {
        put_vault(&store, "first").await;
        complete(&store, "first", 1).await
    });
    drop(store);
    let database = home.join("sexton.db");
    fs::rename(&database, &away).unwrap();
    let root = fs::read(home.join("root-key")).unwrap();
    // Twice: what the first refusal leaves behind must not make the second one pass.
    for _ in 0..2 {
        let error = open().unwrap_err().to_string();
        assert!(error.contains("database file is missing") && error.contains("put"), "{error}");
        assert!(!database.exists(), "nothing is begun beside another world's root key");
        assert_eq!(fs::read(home.join("root-key")).unwrap(), root);
    }
    fs::rename(&away, &database).unwrap();
    let opened = run(async { open().unwrap().data_key(&backup.key()).await.unwrap().unwrap() });
    assert_eq!(opened.as_bytes(), &key(1));
}

/// Opens the store in `home` with the root file that is there.
fn open_home(home: &Path) -> Result<Sqlite, Cause> {
    let roots = FileRoots::open(&home.join("root-key"))?;
    open_with(home, Arc::new(roots), RollPolicy::EveryCommit)
}

/// Copies these files of `from`, and removes the others of a store.
fn put(from: &Path, to: &Path, names: &[&str]) {
    fs::create_dir_all(to).unwrap();
    for name in ["sexton.db", "sexton.db-wal", "sexton.db-shm", "root-key"] {
        if names.contains(&name) && from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        } else {
            drop(fs::remove_file(to.join(name)));
        }
    }
}

#[test]
fn a_store_that_was_closed_is_whole_without_its_log() {
    let folder = TempDir::new().unwrap();
    let (home, copy) = (folder.path().join("home"), folder.path().join("copy"));
    fs::create_dir(&home).unwrap();
    run(async {
        let store = open_home(&home).unwrap();
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        let identity = store.identity();
        drop(store);
        put(&home, &copy, &["sexton.db", "root-key"]);
        let store = open_home(&copy).unwrap();
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
        assert_eq!(store.identity(), identity);
    });
}

/// The first root opens everything before the first deletion, so nothing else says that
/// the database is not whole.
#[test]
fn a_database_that_lost_its_log_is_refused_and_changed_by_nobody() {
    let folder = TempDir::new().unwrap();
    let home = folder.path().join("home");
    fs::create_dir(&home).unwrap();
    run(async {
        let store = open_home(&home).unwrap();
        put_vault(&store, "first").await;
        let first = folder.path().join("before its first key");
        put(&home, &first, &["sexton.db", "sexton.db-wal", "root-key"]);
        let backup = complete(&store, "first", 1).await;
        // As kill -9 leaves them: nothing has been moved into the database file.
        let killed = folder.path().join("killed");
        put(&home, &killed, &["sexton.db", "sexton.db-wal", "root-key"]);
        drop(store);
        for from in [&first, &killed] {
            let lost = folder.path().join("lost");
            put(from, &lost, &["sexton.db", "root-key"]);
            let before = ["sexton.db", "root-key"].map(|it| fs::read(lost.join(it)).unwrap());
            for _ in 0..2 {
                let error = open_home(&lost).unwrap_err().to_string();
                assert!(error.contains("put the database of this root key back"), "{error}");
            }
            let after = ["sexton.db", "root-key"].map(|it| fs::read(lost.join(it)).unwrap());
            assert!(before == after, "a refusal changes nothing");
        }
        let lost = folder.path().join("lost");
        fs::copy(killed.join("sexton.db-wal"), lost.join("sexton.db-wal")).unwrap();
        let store = open_home(&lost).unwrap();
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
    });
}

#[test]
fn an_older_database_is_refused_although_its_root_still_opens_it() {
    let folder = TempDir::new().unwrap();
    let (home, old) = (folder.path().join("home"), folder.path().join("old"));
    fs::create_dir(&home).unwrap();
    run(async {
        let store = open_home(&home).unwrap();
        put_vault(&store, "first").await;
        complete(&store, "first", 1).await;
        drop(store);
        put(&home, &old, &["sexton.db"]);
        let store = open_home(&home).unwrap();
        // No deletion, so it is the same root.
        let backup = complete(&store, "first", 2).await;
        drop(store);
        let new = folder.path().join("new");
        put(&home, &new, &["sexton.db"]);
        fs::copy(old.join("sexton.db"), home.join("sexton.db")).unwrap();
        let root = fs::read(home.join("root-key")).unwrap();
        for _ in 0..2 {
            let error = open_home(&home).unwrap_err().to_string();
            assert!(error.contains("the database is an older copy"), "{error}");
            assert_eq!(fs::read(home.join("root-key")).unwrap(), root);
        }
        fs::copy(new.join("sexton.db"), home.join("sexton.db")).unwrap();
        let store = open_home(&home).unwrap();
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(2));
    });
}

#[test]
fn a_damaged_page_is_found_by_looking_and_not_by_whoever_needs_it() {
    use std::os::unix::fs::FileExt as _;

    let folder = TempDir::new().unwrap();
    let file = folder.path().join("sexton.db");
    let store = open_home(folder.path()).unwrap();
    run(put_vault(&store, "first"));
    store.check_pages();
    assert!(!store.is_damaged());
    drop(store);
    let database = rusqlite::Connection::open(&file).unwrap();
    let sql = "SELECT rootpage FROM sqlite_schema WHERE name = 'vaults'";
    let page: i64 = database.query_row(sql, [], |row| row.get(0)).unwrap();
    drop(database);
    // The type of the page and what follows it.
    let raw = fs::OpenOptions::new().write(true).open(&file).unwrap();
    raw.write_all_at(&[0xff; 64], u64::try_from((page - 1) * 4096).unwrap()).unwrap();
    let store = open_home(folder.path()).unwrap();
    assert!(!store.is_damaged(), "nothing at the start needs that page");
    store.check_pages();
    assert!(store.is_damaged());
}

#[test]
fn the_root_of_another_store_is_named_and_not_overwritten() {
    let folder = TempDir::new().unwrap();
    let (one, two) = (folder.path().join("one"), folder.path().join("two"));
    run(async {
        let mut identities = Vec::new();
        for home in [&one, &two] {
            fs::create_dir(home).unwrap();
            let store = open_home(home).unwrap();
            put_vault(&store, "first").await;
            complete(&store, "first", 1).await;
            identities.push(store.identity().to_string());
        }
        let root = fs::read(two.join("root-key")).unwrap();
        fs::copy(two.join("root-key"), one.join("root-key")).unwrap();
        let error = open_home(&one).unwrap_err().to_string();
        assert!(identities.iter().all(|it| error.contains(it)), "{error}");
        assert_eq!(fs::read(one.join("root-key")).unwrap(), root);
    });
}

/// Leaves a database as a crash between the first root and the first ring does.
const NO_RING: &str = "DELETE FROM ring; DELETE FROM meta; DELETE FROM identity";

fn first_root() -> Root {
    let witness = Witness::of_nothing(StoreId::from_bytes([7; 16]));
    Root { epoch: Epoch(1), key: DataKey::from_bytes(&[5; 32]), witness }
}

#[test]
fn a_first_root_without_a_ring_is_used_and_not_overwritten() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("sexton.db");
    for slot in [Slot::A, Slot::B] {
        let roots = roots();
        drop(open(folder.path(), &roots));
        // As a crash leaves it between the first root and the first ring.
        let database = rusqlite::Connection::open(&path).unwrap();
        database.execute_batch(NO_RING).unwrap();
        drop(database);
        let root = first_root();
        let roots: Arc<dyn RootProvider> = Arc::new(MemoryRoots::default());
        roots.write(slot, &root).unwrap();
        drop(open(folder.path(), &roots));
        let found: Vec<Root> = roots.read().unwrap().into_iter().flatten().collect();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].key.as_bytes(), root.key.as_bytes(), "{slot:?}");
        drop(open(folder.path(), &roots));
        // And one that is known to have had a ring belongs to metadata that is not here.
        let database = rusqlite::Connection::open(&path).unwrap();
        database.execute_batch(NO_RING).unwrap();
        drop(database);
        let refused = open_with(folder.path(), Arc::clone(&roots), RollPolicy::EveryCommit);
        assert!(refused.unwrap_err().to_string().contains("that of another one"));
        fs::remove_file(&path).unwrap();
    }
}

#[test]
fn a_root_file_that_was_half_made_is_made_again_and_a_damaged_one_is_not() {
    let folder = TempDir::new().unwrap();
    let path = folder.path().join("root-key");
    for length in [0, 1, 100, 4096, 16_383] {
        fs::write(&path, vec![0; length]).unwrap();
        let roots = FileRoots::open(&path).unwrap();
        assert!(roots.read().unwrap().iter().all(Option::is_none), "{length}");
        assert_eq!(fs::metadata(&path).unwrap().len(), 16_384, "{length}");
    }
    let root = first_root();
    FileRoots::open(&path).unwrap().write(Slot::A, &root).unwrap();
    let damaged = fs::read(&path).unwrap()[..4100].to_vec();
    fs::write(&path, &damaged).unwrap();
    let error = FileRoots::open(&path).unwrap().read().unwrap_err().to_string();
    assert!(error.contains("root-key is cut short"), "{error}");
    assert_eq!(fs::read(&path).unwrap(), damaged);
}

#[test]
fn an_event_that_was_changed_in_the_database_breaks_the_chain() {
    let folder = TempDir::new().unwrap();
    let roots = roots();
    let work = |number| {
        run(async {
            let store = open(folder.path(), &roots);
            put_vault(&store, "first").await;
            complete(&store, "first", number).await;
            store.trail(0, 100).await.unwrap()
        })
    };
    work(1);
    let links = work(2);
    assert_eq!(links.len(), 6);
    trail::check(trail::BEGINNING, &links).unwrap();
    let database = rusqlite::Connection::open(folder.path().join("sexton.db")).unwrap();
    let sql = "UPDATE events SET body = replace(body, 'tester', 'nobody') WHERE seq = 3";
    assert_eq!(database.execute(sql, []).unwrap(), 1);
    drop(database);
    let links = work(3);
    let broken = trail::check(trail::BEGINNING, &links).unwrap_err();
    assert_eq!(broken, trail::Broken { index: 2 });
}

#[test]
fn a_backup_whose_erasure_is_lost_is_damage_and_is_not_shown_as_it_was() {
    let folder = TempDir::new().unwrap();
    let roots = roots();
    let backup = run(async {
        let store = open(folder.path(), &roots);
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        delete(&store, &backup.key(), id(9)).await;
        backup
    });
    let database = rusqlite::Connection::open(folder.path().join("sexton.db")).unwrap();
    assert_eq!(database.execute("DELETE FROM erasures", []).unwrap(), 1);
    drop(database);
    let store = open(folder.path(), &roots);
    let error = run(store.backup(&backup.key())).unwrap_err();
    let StoreError::NotDone(cause) = error else { panic!("{error:?}") };
    let words = format!("the erasure of {} is not as its row says", backup.name);
    assert_eq!(cause.to_string(), words);
}

#[test]
fn the_last_key_can_be_destroyed() {
    let folder = TempDir::new().unwrap();
    let roots = roots();
    run(async {
        let store = open(folder.path(), &roots);
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        delete(&store, &backup.key(), id(9)).await;
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        drop(store);
        let store = open(folder.path(), &roots);
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        let claims = store.due_erasures(at(50), None, 10).await.unwrap().items;
        assert!(claims[0].epoch.has_ended());
        let backup = complete(&store, "first", 2).await;
        drop(store);
        let store = open(folder.path(), &roots);
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(2));
    });
}

#[test]
fn the_ring_grows_past_64_and_4096_keys() {
    const KEYS: u32 = 4200;
    let folder = TempDir::new().unwrap();
    let roots = roots();
    run(async {
        let store = open(folder.path(), &roots);
        put_vault(&store, "first").await;
        let mut arns = Vec::new();
        for first in (0..KEYS).step_by(60) {
            let mut writes = Vec::new();
            for number in first..first + 60 {
                let (_, mut backup) = job_and_backup("first", number, None);
                backup.state = State::Completed { content: content(number) };
                arns.push(backup.key());
                writes.push(Write::CreateBackup(backup, DataKey::from_bytes(&key(number))));
            }
            done(&store, change(writes)).await;
        }
        let victims = [0, 63, 64, 127, 4095, 4096, KEYS - 1];
        for number in victims {
            delete(&store, &arns[usize::try_from(number).unwrap()], id(number)).await;
        }
        drop(store);
        let store = open(folder.path(), &roots);
        for (number, arn) in (0..KEYS).zip(&arns) {
            let found = store.data_key(arn).await.unwrap();
            match found {
                None => assert!(victims.contains(&number), "key {number} is lost"),
                Some(found) => {
                    assert!(!victims.contains(&number), "key {number} is back");
                    assert_eq!(found.as_bytes(), &key(number));
                }
            }
        }
    });
}
