//! A store in a file, with the key ring, on a disk that can be full.

use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sexton_store::MetaStore;
use sexton_store::clock::Clock;
use sexton_store::entropy::SeededEntropy;
use sexton_store::keys::root::{MemoryRoots, Root, RootProvider, Slot, Witness};
use sexton_store::sqlite::{Parts, RollPolicy, Sqlite};
use tempfile::TempDir;

/// What outlives a crash of the server: the file, and the roots.
pub(crate) struct Disk {
    folder: TempDir,
    roots: Arc<Roots>,
    entropy: Arc<SeededEntropy>,
    clock: Arc<Clock>,
}

impl Disk {
    /// A disk that takes nothing new while it is `full`.
    pub(crate) fn new(seed: u64, clock: Arc<Clock>, full: Arc<AtomicBool>) -> Self {
        let entropy = Arc::new(SeededEntropy::new(seed));
        let roots = Arc::new(Roots { inner: MemoryRoots::default(), full });
        Self { folder: TempDir::new().unwrap(), roots, entropy, clock }
    }

    pub(crate) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.clock)
    }

    /// Opens the store, or opens it again.
    pub(crate) fn open(&self) -> Arc<dyn MetaStore> {
        let parts = Parts {
            roots: Arc::<Roots>::clone(&self.roots),
            entropy: Arc::<SeededEntropy>::clone(&self.entropy),
            clock: Arc::clone(&self.clock),
            roll: RollPolicy::EveryCommit,
        };
        Arc::new(Sqlite::open(&self.folder.path().join("sexton.db"), parts).unwrap())
    }
}

#[derive(Debug)]
struct Roots {
    inner: MemoryRoots,
    /// A full disk takes no new root, so that no key can be destroyed.
    full: Arc<AtomicBool>,
}

impl RootProvider for Roots {
    fn read(&self) -> io::Result<[Option<Root>; 2]> {
        self.inner.read()
    }

    fn write(&self, slot: Slot, root: &Root) -> io::Result<()> {
        if self.full.load(Ordering::Relaxed) {
            return Err(io::Error::other("the disk is full"));
        }
        self.inner.write(slot, root)
    }

    fn erase(&self, slot: Slot) -> io::Result<()> {
        self.inner.erase(slot)
    }

    fn read_witness(&self) -> io::Result<Option<Witness>> {
        self.inner.read_witness()
    }

    fn write_witness(&self, witness: &Witness) -> io::Result<()> {
        self.inner.write_witness(witness)
    }
}
