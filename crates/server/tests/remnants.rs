//! After the answer to a deletion nothing that is left opens the backup.
//!
//! The attacker has the whole data folder as it is after the answer, root file included,
//! and every file of it except the root file as it was at any time before: old database
//! pages, logs, blobs. The attack takes every place in those bytes for a page of the key
//! ring that could be one, puts any two together, and opens what any root opens. It must
//! find the keys that still live, or it would prove nothing, and must not find the one
//! that was destroyed.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use sexton_core::{
    BackupName, BackupOrder, DataKey, FileSystem, FileSystemId, InRealm, JobId, ObjectPrefix,
    Offered, Principal, Realm, ResourceArn, Source, SourceKind, Vault, VaultName,
};
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::home::DiskRoom;
use sexton_data::restore::{RestoreOrder, restore};
use sexton_data::source::Cancel;
use sexton_server::service::Service;
use sexton_store::certificate::Log;
use sexton_store::clock::Clock;
use sexton_store::entropy::SystemEntropy;
use sexton_store::keys::root::{FileRoots, RootProvider};
use sexton_store::keys::{PageId, Pages, Ring, RingKey};
use sexton_store::sqlite::{Parts, RollPolicy, Sqlite};
use sexton_store::{Cause, Change, Commit, Write};
use tempfile::TempDir;

/// Enough for a ring of two levels.
const POINTS: usize = 70;

/// A sealed page: version, nonce, 64 keys, tag.
const SEALED_LEN: usize = 1 + 12 + 64 * 32 + 16;

/// A store that has no backups yet.
const OWNER: Owner = Owner { store: [5; 16], has_backups: false };

fn realm() -> Realm {
    Realm::new("eu-central-1", "123456789012")
}

/// What a backup is found by.
fn key(backup: &BackupName) -> InRealm<BackupName> {
    realm().with(backup.clone())
}

struct Bench {
    home: TempDir,
    service: Arc<Service>,
    source: ResourceArn,
    vault: InRealm<VaultName>,
}

impl Bench {
    fn data(&self) -> PathBuf {
        self.home.path().join("data")
    }

    /// A server's own parts, real ones, over a directory with something in it.
    async fn new(roll: RollPolicy) -> Self {
        let home = TempDir::new().unwrap();
        let data = home.path().join("data");
        fs::create_dir_all(data.join("restores")).unwrap();
        let path = home.path().join("source");
        fs::create_dir(&path).unwrap();
        fs::write(path.join("letter"), "to be forgotten".repeat(1000)).unwrap();
        let (entropy, clock) = (Arc::new(SystemEntropy), Arc::new(Clock::default()));
        let parts = Parts {
            roots: Arc::new(FileRoots::open(&data.join("root-key")).unwrap()),
            entropy: Arc::<SystemEntropy>::clone(&entropy),
            clock: Arc::clone(&clock),
            roll,
        };
        let store = Sqlite::open(&data.join("sexton.db"), parts).unwrap();
        let log = Log::open(&data, &SystemEntropy, &store).await.unwrap();
        let service = Arc::new(Service {
            store: Arc::new(store),
            blobs: Blobs::local(&data.join("blobs"), OWNER).unwrap(),
            clock,
            entropy,
            log,
            restore_folder: data.join("restores"),
            ..Service::in_memory()
        });
        let arn: ResourceArn =
            "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1".parse().unwrap();
        let kind = SourceKind::Fsx { path: path.to_str().unwrap().to_owned() };
        let now = service.clock.now();
        let id = FileSystemId::mint(now, [1; 8]);
        let offered = Offered::FileSystem(FileSystem::registered(id));
        let source = Source {
            realm: realm(),
            arn: arn.clone(),
            kind,
            allow_empty: false,
            added: now,
            offered,
        };
        let change = Change { writes: vec![Write::PutSource(source)], ..Change::default() };
        assert_eq!(service.store.commit(change).await.unwrap(), Commit::Done);
        let vault = Vault::new(realm(), "gold".parse().unwrap(), now);
        let vault = service.create_vault(vault, &Principal::server(), now).await.unwrap().key();
        Self { home, service, source: arn, vault }
    }

    async fn back_up(&self, resource: &ResourceArn) -> BackupName {
        let order = BackupOrder::new(
            self.vault.name.clone(),
            resource.clone(),
            "arn:aws:iam::123456789012:role/backup".parse().unwrap(),
        );
        let now = self.service.clock.now();
        self.service.start_backup(&realm(), order, &Principal::server(), now).await.unwrap().backup
    }

    async fn key(&self, arn: &BackupName) -> Option<[u8; 32]> {
        self.service.store.data_key(&key(arn)).await.unwrap().map(|key| *key.as_bytes())
    }

    async fn delete(&self, arn: &BackupName) {
        let (service, now) = (&self.service, self.service.clock.now());
        service.delete_point(&self.vault, arn, &Principal::server(), now).await.unwrap();
    }
}

/// Every file under `folder`, by its path from there.
fn files(folder: &Path) -> BTreeMap<PathBuf, Vec<u8>> {
    let (mut found, mut open) = (BTreeMap::new(), vec![folder.to_owned()]);
    while let Some(next) = open.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                open.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_owned();
                found.insert(name, fs::read(path).unwrap());
            }
        }
    }
    found
}

/// Names of the files that hold `key` as it is or as hexadecimal text.
fn hunt(files: &BTreeMap<PathBuf, Vec<u8>>, key: &[u8; 32]) -> Vec<PathBuf> {
    let text = hex::encode(key);
    let holds = |bytes: &[u8]| {
        bytes.windows(32).any(|it| it == key) || bytes.windows(64).any(|it| it == text.as_bytes())
    };
    files.iter().filter(|(_, bytes)| holds(bytes)).map(|(name, _)| name.clone()).collect()
}

/// The roots that the root file of `folder` holds.
fn roots_in(folder: &BTreeMap<PathBuf, Vec<u8>>) -> Vec<RingKey> {
    let aside = TempDir::new().unwrap();
    let path = aside.path().join("root-key");
    fs::write(&path, &folder[Path::new("root-key")]).unwrap();
    let roots = FileRoots::open(&path).unwrap().read().unwrap();
    roots.into_iter().flatten().map(|root| root.key).collect()
}

/// What could be a sealed page of the ring: SQLite writes the type and the length of a
/// row's last column a few bytes before it, and version 1 leads every page.
fn sealed_pages(bytes: &[u8]) -> impl Iterator<Item = &[u8]> {
    const BLOB_OF_2077: [u8; 2] = [0xa0, 0x46];
    let windows = bytes.windows(SEALED_LEN).enumerate();
    windows
        .filter(|(at, it)| {
            it[0] == 1 && {
                let header = &bytes[at.saturating_sub(8)..*at];
                header.windows(2).any(|it| it == BLOB_OF_2077)
            }
        })
        .map(|(_, it)| it)
}

/// Two pages that the attacker puts together: any top, and any leaf in any place.
struct Collage<'a> {
    top_level: u8,
    top: &'a [u8],
    leaf: &'a [u8],
}

impl Pages for Collage<'_> {
    fn read(&self, page: PageId) -> Result<Option<Vec<u8>>, Cause> {
        Ok(Some(if page.level == self.top_level { self.top } else { self.leaf }.to_vec()))
    }

    fn write(&mut self, _: PageId, _: &[u8]) -> Result<(), Cause> {
        Err("an attacker only reads".into())
    }

    fn remove(&mut self, _: PageId) -> Result<(), Cause> {
        Err("an attacker only reads".into())
    }
}

/// Every data key that can be had from `folders` with any of `roots`.
fn attack(folders: &[&BTreeMap<PathBuf, Vec<u8>>], roots: &[RingKey]) -> BTreeSet<[u8; 32]> {
    let metadata = folders.iter().flat_map(|files| files.iter());
    let metadata = metadata.filter(|(name, _)| name.to_str().unwrap().starts_with("sexton.db"));
    let pages: BTreeSet<&[u8]> = metadata.flat_map(|(_, bytes)| sealed_pages(bytes)).collect();
    let mut keys = BTreeSet::new();
    for root in roots {
        for top in &pages {
            // Whether the root opens it, as a top of one level or of two.
            for levels in 1..=2 {
                let top_level = levels - 1;
                let one = Collage { top_level, top, leaf: top };
                if Ring::open(levels, root.copy(), &one).is_err() {
                    continue;
                }
                for leaf in &pages {
                    let collage = Collage { top_level, top, leaf };
                    for first in [0, 64] {
                        let mut ring = Ring::open(levels, root.copy(), &collage).unwrap();
                        if ring.key(&collage, first).is_err() {
                            continue;
                        }
                        let slots = first..first + 64;
                        let found = slots.filter_map(|it| ring.key(&collage, it).ok().flatten());
                        keys.extend(found.map(|key| *key.as_bytes()));
                    }
                }
            }
        }
    }
    keys
}

/// Whether `key` opens the backup that was copied aside.
async fn opens(blobs: &Blobs, id: JobId, prefix: &ObjectPrefix, key: [u8; 32]) -> bool {
    let folder = TempDir::new().unwrap();
    let target = folder.path().join("restored");
    let key = DataKey::from_bytes(&key);
    let room = DiskRoom::default();
    let order = RestoreOrder { id, prefix, key: &key, target: target.clone(), room };
    let opened = restore(order, blobs, &Arc::default(), &Cancel::default()).await.is_ok();
    assert_eq!(opened, target.exists());
    opened
}

fn copy(from: &BTreeMap<PathBuf, Vec<u8>>, to: &Path) {
    for (name, bytes) in from {
        let path = to.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, bytes).unwrap();
    }
}

fn run(test: impl Future<Output = ()>) {
    tokio::runtime::Builder::new_multi_thread()
        .worker_threads(2)
        .enable_all()
        .build()
        .unwrap()
        .block_on(test);
}

#[test]
fn no_remnant_opens_a_deleted_backup() {
    run(async {
        let bench = Bench::new(RollPolicy::EveryCommit).await;
        let victim = bench.back_up(&bench.source).await;
        let mut others = Vec::new();
        for number in 1..POINTS {
            let resource = format!("arn:aws:fsx:eu-central-1:123456789012:file-system/x{number}");
            others.push(bench.back_up(&resource.parse().unwrap()).await);
        }
        bench.service.jobs.settled().await;
        let (secret, survivor) = (bench.key(&victim).await.unwrap(), others.pop().unwrap());
        let survivor = bench.key(&survivor).await.unwrap();
        let backup = bench.service.store.backup(&key(&victim)).await.unwrap().unwrap().backup;
        let before = files(&bench.data());

        bench.delete(&victim).await;
        let after = files(&bench.data());
        assert!(bench.key(&victim).await.is_none());
        let (old_roots, new_roots) = (roots_in(&before), roots_in(&after));
        assert_eq!((old_roots.len(), new_roots.len()), (1, 1));

        // The key itself, and the old root: in no file, under no name.
        assert_eq!(hunt(&before, &secret), Vec::<PathBuf>::new());
        assert_eq!(hunt(&after, &secret), Vec::<PathBuf>::new());
        assert_eq!(hunt(&before, old_roots[0].as_bytes()), [PathBuf::from("root-key")]);
        assert_eq!(hunt(&after, old_roots[0].as_bytes()), Vec::<PathBuf>::new());

        // Every page that there ever was, with every root that is left.
        let found = attack(&[&before, &after], &new_roots);
        assert!(found.contains(&survivor), "the attack is a real one");
        assert!(!found.contains(&secret), "a remnant gives the key away");

        // It bites: had the root not been overwritten, the key would be found.
        assert!(attack(&[&before], &old_roots).contains(&secret));
        assert!(attack(&[&before, &after], &old_roots).contains(&secret));

        // The sealed bytes themselves, copied aside before, open with the key alone.
        let aside = bench.home.path().join("aside");
        copy(&before, &aside);
        let blobs = Blobs::local(&aside.join("blobs"), OWNER).unwrap();
        let (id, prefix) = (backup.id.job(), &backup.objects);
        assert!(opens(&blobs, id, prefix, secret).await);
        for key in found {
            assert!(!opens(&blobs, id, prefix, key).await);
        }

        // And in the end they are gone, and the certificate says so.
        while bench.service.store.certificate(&key(&victim)).await.unwrap().is_none() {
            bench.service.erase_pass().await.unwrap();
        }
        assert_eq!(bench.service.blobs.list(prefix).await.unwrap().objects, BTreeSet::new());
        assert_eq!(hunt(&files(&bench.data()), &secret), Vec::<PathBuf>::new());
    });
}

/// A long epoch promises less, and the certificate waits for what it promises.
#[test]
fn a_remnant_opens_until_the_epoch_ends_and_so_there_is_no_certificate() {
    run(async {
        let epoch = RollPolicy::Every(std::time::Duration::from_hours(1));
        let bench = Bench::new(epoch).await;
        let victim = bench.back_up(&bench.source).await;
        bench.service.jobs.settled().await;
        let secret = bench.key(&victim).await.unwrap();
        let before = files(&bench.data());
        bench.delete(&victim).await;
        assert_eq!(bench.service.erase_pass().await.unwrap().due, 1);
        // Its bytes are gone, and it does not stand in the way of others until its key is.
        assert_eq!(bench.service.erase_pass().await.unwrap().due, 0);
        let after = files(&bench.data());
        assert!(attack(&[&before, &after], &roots_in(&after)).contains(&secret));
        assert!(bench.key(&victim).await.is_none());
        assert!(bench.service.store.certificate(&key(&victim)).await.unwrap().is_none());
    });
}

/// The hunt finds what is there to be found.
#[test]
fn the_hunt_finds_a_key_that_was_left_lying_about() {
    let folder = TempDir::new().unwrap();
    let key = [0x5a; 32];
    let padded = [vec![1, 2, 3], key.to_vec(), vec![4]].concat();
    fs::create_dir(folder.path().join("deep")).unwrap();
    fs::write(folder.path().join("deep/raw"), padded).unwrap();
    fs::write(folder.path().join("text"), format!("key={}\n", hex::encode(key))).unwrap();
    fs::write(folder.path().join("clean"), [0; 100]).unwrap();
    let found = hunt(&files(folder.path()), &key);
    assert_eq!(found, [PathBuf::from("deep/raw"), PathBuf::from("text")]);
}
