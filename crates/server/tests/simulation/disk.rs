//! A store in a file, with the key ring, on a disk that can be full.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use sexton_store::MetaStore;
use sexton_store::clock::Clock;
use sexton_store::entropy::SeededEntropy;
use sexton_store::keys::root::{MemoryRoots, Root, RootProvider, Slot, Witness};
use sexton_store::sqlite::{Parts, RollPolicy, Sqlite};
use tempfile::TempDir;

/// What a store is made of.
const FILES: [&str; 2] = ["sexton.db", "sexton.db-wal"];

/// Looks at the files of a store that does nothing for anybody, until two of them are the same.
const LOOKS_MAX: u32 = 1000;

/// A file system of its own, if one can be mounted here, or else a folder. Small, since it
/// is filled, and large enough for whatever one world writes.
struct Home {
    folder: TempDir,
    mounted: bool,
}

impl Home {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let mut mount = Command::new("mount");
        mount.args(["-t", "tmpfs", "-o", "size=48m,mode=700", "sexton-test"]).arg(folder.path());
        let mounted = mount.output().is_ok_and(|it| it.status.success());
        Self { folder, mounted }
    }

    fn ballast(&self) -> PathBuf {
        self.folder.path().join("ballast")
    }

    /// Takes every byte that is left.
    fn fill(&self) {
        if !self.mounted {
            return;
        }
        let mut file = File::create(self.ballast()).unwrap();
        let mut piece = vec![7; 1 << 20];
        while !piece.is_empty() {
            if file.write_all(&piece).is_err() {
                piece.truncate(piece.len() / 2);
            }
        }
    }

    fn empty(&self) {
        fs::remove_file(self.ballast()).ok();
    }
}

impl Drop for Home {
    fn drop(&mut self) {
        if self.mounted {
            drop(Command::new("umount").arg("--lazy").arg(self.folder.path()).status());
        }
    }
}

/// What outlives a crash of the server: the file, and the roots.
pub(crate) struct Disk {
    home: Home,
    roots: Arc<Roots>,
    entropy: Arc<SeededEntropy>,
    clock: Arc<Clock>,
}

impl Disk {
    pub(crate) fn new(seed: u64, clock: Arc<Clock>, full: Arc<AtomicBool>) -> Self {
        let entropy = Arc::new(SeededEntropy::new(seed));
        let roots = Arc::new(Roots { inner: MemoryRoots::default(), full });
        Self { home: Home::new(), roots, entropy, clock }
    }

    pub(crate) fn clock(&self) -> Arc<Clock> {
        Arc::clone(&self.clock)
    }

    fn path(&self) -> &Path {
        self.home.folder.path()
    }

    /// Makes the disk full, or makes room on it again.
    pub(crate) fn set_full(&self, full: bool) {
        if full {
            self.home.fill();
        } else {
            self.home.empty();
        }
    }

    /// Opens the store.
    pub(crate) fn open(&self) -> Arc<dyn MetaStore> {
        let parts = Parts {
            roots: Arc::<Roots>::clone(&self.roots),
            entropy: Arc::<SeededEntropy>::clone(&self.entropy),
            clock: Arc::clone(&self.clock),
            roll: RollPolicy::EveryCommit,
        };
        Arc::new(Sqlite::open(&self.path().join("sexton.db"), parts).unwrap())
    }

    /// What a machine that stops now leaves: the files as they are, and no store that
    /// would close them as it should. Nobody commits anything, but the store may be moving its
    /// log into the database: what is the same twice was so at one instant.
    pub(crate) fn picture(&self) -> Picture {
        let look = || FILES.map(|name| fs::read(self.path().join(name)).unwrap());
        let mut picture = look();
        for looks in 0.. {
            let again = look();
            if again == picture {
                break;
            }
            assert!(looks < LOOKS_MAX, "the files of the store never come to rest");
            picture = again;
        }
        Picture(picture)
    }

    /// Goes on with what was left.
    pub(crate) fn put_back(&self, picture: &Picture) {
        for name in FILES.into_iter().chain(["sexton.db-shm"]) {
            fs::remove_file(self.path().join(name)).ok();
        }
        for (name, bytes) in FILES.into_iter().zip(&picture.0) {
            fs::write(self.path().join(name), bytes).unwrap();
        }
    }
}

/// The files of a store at one instant.
pub(crate) struct Picture([Vec<u8>; 2]);

#[derive(Debug)]
struct Roots {
    inner: MemoryRoots,
    /// A full disk takes no new root, so that no key can be destroyed. That is so here also
    /// where the files are on a disk with room.
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

/// A machine stops at one instant: a log that is emptied while the files are looked at left a
/// database that was neither the one before nor the one after, and no server ever started on it.
#[test]
fn a_machine_that_stops_again_and_again_loses_nothing() {
    let mut world = crate::world::Simulation::on_disk(5);
    world.begin_instances();
    for _stop in 0..50 {
        world.crash();
    }
    assert!(!world.look().is_empty());
}
