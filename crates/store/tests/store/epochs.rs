//! How an epoch ends, and what a SQLite store does when its root keys cannot be written.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use sexton_store::keys::root::{MemoryRoots, Root, RootProvider, Slot, Witness};
use sexton_store::sqlite::{RollPolicy, Sqlite};
use sexton_store::{Change, Commit, MetaStore, StoreError};
use tempfile::TempDir;

use crate::fixture::{
    LONG, at, change, complete, delete, deletion, done, id, key, open_with, put_vault, roots, run,
};

#[test]
fn no_certificate_before_the_epoch_has_ended() {
    let folder = TempDir::new().unwrap();
    let roots = roots();
    run(async {
        let store = open_with(folder.path(), Arc::clone(&roots), LONG).unwrap();
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        let other = complete(&store, "first", 2).await;
        let root = |roots: &Arc<dyn RootProvider>| {
            let found = roots.read().unwrap().into_iter().flatten().collect::<Vec<_>>();
            assert_eq!(found.len(), 1);
            *found[0].key.as_bytes()
        };
        let first_root = root(&roots);
        delete(&store, &backup.key(), id(8)).await;
        // The key is out of the ring, and an old copy of the ring still opens.
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        assert!(!store.due_erasures(at(1000), None, 10).await.unwrap().items[0].epoch.has_ended());
        assert_eq!(root(&roots), first_root);
        drop(store);

        // Whoever opens the store ends the epoch that waits, with the first batch at the
        // latest.
        let store = open_with(folder.path(), Arc::clone(&roots), LONG).unwrap();
        done(&store, Change::default()).await;
        assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items[0].epoch.has_ended());
        assert_ne!(root(&roots), first_root);
        delete(&store, &other.key(), id(9)).await;
        let ended = |store: Sqlite| async move {
            let claims = store.due_erasures(at(1000), None, 10).await.unwrap().items;
            claims.iter().map(|claim| claim.epoch.has_ended()).collect::<Vec<_>>()
        };
        assert_eq!(ended(store).await, [true, false]);
    });
}

/// Roots that cannot be written or overwritten, or that the writing thread does not survive,
/// while they are told so.
#[derive(Debug, Default)]
struct Broken {
    roots: MemoryRoots,
    write: AtomicBool,
    erase: AtomicBool,
    panic: AtomicBool,
    tries: AtomicUsize,
}

impl RootProvider for Broken {
    fn read(&self) -> io::Result<[Option<Root>; 2]> {
        self.roots.read()
    }

    fn write(&self, slot: Slot, root: &Root) -> io::Result<()> {
        assert!(!self.panic.load(Ordering::SeqCst), "on purpose");
        self.tries.fetch_add(1, Ordering::SeqCst);
        if self.write.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is full"));
        }
        self.roots.write(slot, root)
    }

    fn erase(&self, slot: Slot) -> io::Result<()> {
        if self.erase.load(Ordering::SeqCst) {
            return Err(io::Error::other("the disk is gone"));
        }
        self.roots.erase(slot)
    }

    fn read_witness(&self) -> io::Result<Option<Witness>> {
        self.roots.read_witness()
    }

    fn write_witness(&self, witness: &Witness) -> io::Result<()> {
        self.roots.write_witness(witness)
    }
}

#[test]
fn a_root_that_cannot_be_written_deletes_nothing_and_is_not_tried_in_a_loop() {
    let folder = TempDir::new().unwrap();
    let broken = Arc::new(Broken::default());
    run(async {
        let roots = Arc::<Broken>::clone(&broken);
        let store = open_with(folder.path(), roots, RollPolicy::EveryCommit).unwrap();
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        broken.write.store(true, Ordering::SeqCst);
        let tries = broken.tries.load(Ordering::SeqCst);
        let refused = store.commit(deletion(&backup, id(8), at(20))).await;
        assert!(matches!(refused, Err(StoreError::NotDone(_))), "{refused:?}");
        for _ in 0..200 {
            assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
        }
        assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items.is_empty());
        assert!(store.healthy());
        let tries = broken.tries.load(Ordering::SeqCst) - tries;
        assert!(tries < 5, "it tried {tries} times at once");
        broken.write.store(false, Ordering::SeqCst);
        delete(&store, &backup.key(), id(9)).await;
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items[0].epoch.has_ended());
    });
}

#[test]
fn a_root_that_cannot_be_overwritten_stops_the_store() {
    let folder = TempDir::new().unwrap();
    let broken = Arc::new(Broken::default());
    run(async {
        let open = || {
            let roots = Arc::<Broken>::clone(&broken);
            open_with(folder.path(), roots, RollPolicy::EveryCommit)
        };
        let store = open().unwrap();
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        let other = complete(&store, "first", 2).await;
        broken.erase.store(true, Ordering::SeqCst);
        // Nobody is told that the key is gone while its root is not.
        let unknown = store.commit(deletion(&backup, id(8), at(20))).await;
        assert!(matches!(unknown, Err(StoreError::Unknown(_))), "{unknown:?}");
        assert!(!store.healthy());
        let refused = store.commit(deletion(&other, id(9), at(20))).await;
        assert!(matches!(refused, Err(StoreError::NotDone(_))), "{refused:?}");
        drop(store);
        assert!(open().is_err());
        broken.erase.store(false, Ordering::SeqCst);
        let store = open().unwrap();
        assert!(store.data_key(&backup.key()).await.unwrap().is_none());
        assert_eq!(store.data_key(&other.key()).await.unwrap().unwrap().as_bytes(), &key(2));
        assert!(store.due_erasures(at(1000), None, 10).await.unwrap().items[0].epoch.has_ended());
        assert_eq!(store.commit(deletion(&other, id(9), at(20))).await.unwrap(), Commit::Done);
    });
}

#[test]
fn an_epoch_ends_by_itself_when_its_time_has_come() {
    let folder = TempDir::new().unwrap();
    run(async {
        let roll = RollPolicy::Every(Duration::from_millis(20));
        let store = open_with(folder.path(), roots(), roll).unwrap();
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        delete(&store, &backup.key(), id(8)).await;
        // No commit comes along: only reading, again and again.
        while !store.due_erasures(at(1000), None, 10).await.unwrap().items[0].epoch.has_ended() {
            assert!(store.healthy());
        }
    });
}

#[test]
fn a_writer_that_panics_keeps_nobody_waiting() {
    let folder = TempDir::new().unwrap();
    let roots = Arc::new(Broken::default());
    let open = || {
        let roots = Arc::<Broken>::clone(&roots);
        open_with(folder.path(), roots, RollPolicy::EveryCommit).unwrap()
    };
    run(async {
        let store = open();
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        roots.panic.store(true, Ordering::SeqCst);
        let deleted = store.commit(deletion(&backup, id(9), at(50))).await;
        assert!(matches!(deleted, Err(StoreError::Unknown(_))), "{deleted:?}");
        let key_of = store.data_key(&backup.key()).await;
        assert!(matches!(key_of, Err(StoreError::NotDone(_))), "{key_of:?}");
        assert!(!store.healthy());
        let later = store.commit(change(vec![])).await;
        assert!(matches!(later, Err(StoreError::NotDone(_))), "{later:?}");
        drop(store);
        roots.panic.store(false, Ordering::SeqCst);
        // Nothing of it was done.
        let store = open();
        assert_eq!(store.backup(&backup.key()).await.unwrap().unwrap().backup, backup);
        assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(1));
    });
}
