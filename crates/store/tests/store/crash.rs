//! A crash at every step of every turn of an epoch.
//!
//! The root provider is where the steps can be seen: it is called after the ring was
//! resealed and before the commit, and again after the commit. At each call the whole
//! data folder is copied aside, before and after the root file changes and also with a
//! torn root in between. Each copy is what a crash at that instant leaves on the disk; it
//! is opened like any data folder, and its recovery is copied in the same way.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::sync::{Arc, Mutex};

use sexton_core::{BackupName, BackupTrace, InRealm, State, replay};
use sexton_store::keys::root::{FileRoots, Root, RootProvider, Slot, Witness};
use sexton_store::sqlite::{RollPolicy, Sqlite};
use sexton_store::{Change, MetaStore};
use tempfile::TempDir;

use crate::fixture::{
    at, audit, certification, complete, delete, done, id, key, open, open_with, put_vault, roots,
    run,
};

/// What the callers of a store know for certain.
#[derive(Debug, Clone, Default)]
struct Known {
    /// Every backup, with the number that its key is made of.
    backups: BTreeMap<InRealm<BackupName>, u32>,
    /// Deletions that were answered.
    deleted: BTreeSet<InRealm<BackupName>>,
    /// Deletions that were asked for and not answered yet.
    asked: BTreeSet<InRealm<BackupName>>,
}

/// The folder as it was at one instant.
#[derive(Debug, Clone)]
struct Image {
    folder: PathBuf,
    known: Known,
    step: String,
}

/// A root file whose every step is photographed.
#[derive(Debug)]
struct Camera {
    folder: PathBuf,
    album: PathBuf,
    roots: FileRoots,
    known: Arc<Mutex<Known>>,
    images: Arc<Mutex<Vec<Image>>>,
}

impl Camera {
    fn new(folder: &Path, album: &Path, known: Known) -> Self {
        Self {
            folder: folder.to_owned(),
            album: album.to_owned(),
            roots: FileRoots::open(&folder.join("root-key")).unwrap(),
            known: Arc::new(Mutex::new(known)),
            images: Arc::default(),
        }
    }

    fn shoot(&self, step: String) -> PathBuf {
        let mut images = self.images.lock().unwrap();
        let folder = self.album.join(images.len().to_string());
        copy(&self.folder, &folder);
        let known = self.known.lock().unwrap().clone();
        images.push(Image { folder: folder.clone(), known, step });
        folder
    }

    /// Photographs a half done change: half of each record is as it was before.
    fn shoot_torn(&self, step: String, before: &[u8]) {
        let image = self.shoot(step);
        let file = fs::OpenOptions::new().write(true).open(image.join("root-key")).unwrap();
        for start in (0..before.len()).step_by(4096) {
            file.write_all_at(&before[start..start + 30], u64::try_from(start).unwrap()).unwrap();
        }
    }

    fn step(&self, name: &str, work: impl FnOnce() -> std::io::Result<()>) -> std::io::Result<()> {
        self.shoot(format!("before {name}"));
        let before = fs::read(self.folder.join("root-key")).unwrap();
        work()?;
        self.shoot_torn(format!("in the middle of {name}"), &before);
        self.shoot(format!("after {name}"));
        Ok(())
    }
}

/// Copies what survives: not the shared memory index, which SQLite makes anew.
fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for name in ["sexton.db", "sexton.db-wal", "root-key"] {
        if from.join(name).exists() {
            fs::copy(from.join(name), to.join(name)).unwrap();
        }
    }
}

impl RootProvider for Camera {
    fn read(&self) -> std::io::Result<[Option<Root>; 2]> {
        self.roots.read()
    }

    fn write(&self, slot: Slot, root: &Root) -> std::io::Result<()> {
        self.step(&format!("write {slot:?}"), || self.roots.write(slot, root))
    }

    fn erase(&self, slot: Slot) -> std::io::Result<()> {
        self.step(&format!("erase {slot:?}"), || self.roots.erase(slot))
    }

    fn read_witness(&self) -> std::io::Result<Option<Witness>> {
        self.roots.read_witness()
    }

    fn write_witness(&self, witness: &Witness) -> std::io::Result<()> {
        self.step("note", || self.roots.write_witness(witness))
    }
}

/// What became of the deletions that were not answered.
#[derive(Debug, Default, PartialEq, Eq)]
struct Fates {
    kept: usize,
    done: usize,
}

/// Opens what a crash left behind and checks it against what the callers know. Tells the
/// images of its recovery.
async fn check(image: &Image, album: &Path, fates: &mut Fates) -> Vec<Image> {
    let camera = Arc::new(Camera::new(&image.folder, album, image.known.clone()));
    let images = Arc::clone(&camera.images);
    let roll = RollPolicy::EveryCommit;
    let store = open_with(&image.folder, Arc::<Camera>::clone(&camera), roll)
        .unwrap_or_else(|error| panic!("{image:?}: {error}"));
    // An epoch that waited for its end has it with the first batch at the latest.
    done(&store, Change::default()).await;
    let roots = camera.roots.read().unwrap();
    assert_eq!(roots.iter().flatten().count(), 1, "one root after {image:?}");

    let traces = replay(&audit(&store).await).unwrap();
    let due = store.due_erasures(at(i64::MAX / 1_000_000), None, 10_000).await.unwrap().items;
    for (arn, number) in &image.known.backups {
        let found = store.backup(arn).await.unwrap().map(|snapshot| snapshot.backup.state);
        let opened = store.data_key(arn).await.unwrap();
        let claim = due.iter().find(|claim| claim.backup.key() == *arn);
        let erased = match &found {
            Some(State::Completed { .. }) => {
                let opened = opened.unwrap_or_else(|| panic!("{arn} has no key, {image:?}"));
                assert_eq!(opened.as_bytes(), &key(*number), "{image:?}");
                assert!(claim.is_none() && traces[arn] == BackupTrace::Completed);
                false
            }
            Some(State::Deleting { .. }) => {
                assert!(opened.is_none(), "{arn} still opens, {image:?}");
                assert!(claim.unwrap().epoch.has_ended(), "{image:?}");
                assert_eq!(traces[arn], BackupTrace::Deleting);
                true
            }
            None => {
                assert!(store.certificate(arn).await.unwrap().is_some(), "{image:?}");
                assert_eq!(traces[arn], BackupTrace::Erased);
                true
            }
            Some(other) => panic!("{arn} is {other:?}, {image:?}"),
        };
        if image.known.asked.contains(arn) {
            *(if erased { &mut fates.done } else { &mut fates.kept }) += 1;
        } else {
            assert_eq!(erased, image.known.deleted.contains(arn), "{arn}, {image:?}");
        }
    }
    let recovery = images.lock().unwrap().clone();
    go_on(&store, &image.known).await;
    // What a recovered store writes is chained to what it found.
    audit(&store).await;
    recovery
}

/// A store that was recovered takes new backups and deletions.
async fn go_on(store: &Sqlite, known: &Known) {
    if known.backups.is_empty() {
        return;
    }
    let backup = complete(store, "first", 9999).await;
    assert_eq!(store.data_key(&backup.key()).await.unwrap().unwrap().as_bytes(), &key(9999));
    delete(store, &backup.key(), id(9999)).await;
    assert!(store.data_key(&backup.key()).await.unwrap().is_none());
}

/// Makes backups, deletes them alone and together, certifies some, and checks every image.
async fn crash_everywhere(roll: RollPolicy) -> Fates {
    let home = TempDir::new().unwrap();
    let (folder, album) = (home.path().join("data"), home.path().join("album"));
    fs::create_dir_all(&folder).unwrap();
    let camera = Arc::new(Camera::new(&folder, &album, Known::default()));
    let known = Arc::clone(&camera.known);
    let images = Arc::clone(&camera.images);
    let store = open_with(&folder, camera, roll).unwrap();
    put_vault(&store, "first").await;
    let mut number = 0;
    for round in 0..9_u32 {
        let mut backups = Vec::new();
        for _ in 0..3 {
            number += 1;
            let backup = complete(&store, "first", number).await;
            known.lock().unwrap().backups.insert(backup.key(), number);
            backups.push((backup.key(), number));
        }
        if round == 5 {
            // A third level of the ring, so that a turn reseals more than two pages.
            for _ in 0..70 {
                number += 1;
                let backup = complete(&store, "first", number).await;
                known.lock().unwrap().backups.insert(backup.key(), number);
            }
        }
        let together = usize::try_from(round % 3 + 1).unwrap();
        let asked: Vec<_> = backups.drain(..together).collect();
        known.lock().unwrap().asked = asked.iter().map(|it| it.0.clone()).collect();
        let deletions = asked.iter().map(|(arn, number)| delete(&store, arn, id(*number)));
        futures::future::join_all(deletions).await;
        {
            let mut known = known.lock().unwrap();
            let answered = std::mem::take(&mut known.asked);
            known.deleted.extend(answered);
        }
        if round % 4 == 3
            && let Some(claim) = store.due_erasures(at(1000), None, 1).await.unwrap().items.pop()
            && claim.epoch.has_ended()
        {
            done(&store, certification(&claim)).await;
        }
    }
    drop(store);

    let images = images.lock().unwrap().clone();
    let mut fates = Fates::default();
    let mut opened = 0;
    for (first, image) in images.iter().enumerate() {
        let again = album.join(format!("{first}-again"));
        let second = check(image, &again, &mut fates).await;
        opened += 1;
        // The recovery crashes as well, at each of its steps.
        for (place, image) in second.iter().enumerate().filter(|_| first % 4 == 1) {
            let third = album.join(format!("{first}-{place}-again"));
            drop(check(image, &third, &mut fates).await);
            fs::remove_dir_all(third).unwrap();
            opened += 1;
        }
        // All of them at once would fill a disk.
        fs::remove_dir_all(again).unwrap();
        fs::remove_dir_all(&image.folder).unwrap();
    }
    assert!(opened >= images.len());
    fates
}

#[test]
fn no_crash_loses_a_key_or_brings_one_back() {
    let fates = run(crash_everywhere(RollPolicy::EveryCommit));
    // The images show both sides of the commit, or they would show nothing.
    assert!(fates.kept > 20 && fates.done > 20, "{fates:?}");
}

#[test]
fn no_crash_of_a_long_epoch_loses_a_key_or_brings_one_back() {
    // The epoch ends when the store is closed at the latest, so there is less to see.
    run(crash_everywhere(RollPolicy::Every(std::time::Duration::from_millis(3))));
}

/// The pictures are worth something: with the order turned round, keys are lost.
#[test]
fn a_crash_between_a_lost_root_and_the_commit_would_be_seen() {
    let home = TempDir::new().unwrap();
    let (folder, album) = (home.path().join("data"), home.path().join("album"));
    fs::create_dir_all(&folder).unwrap();
    let camera = Arc::new(Camera::new(&folder, &album, Known::default()));
    let images = Arc::clone(&camera.images);
    let store = open_with(&folder, camera, RollPolicy::EveryCommit).unwrap();
    run(async {
        put_vault(&store, "first").await;
        let backup = complete(&store, "first", 1).await;
        delete(&store, &backup.key(), id(1)).await;
    });
    drop(store);
    let images = images.lock().unwrap();
    let before_commit = images.iter().rfind(|it| it.step.starts_with("after write")).unwrap();
    let after_commit = images.iter().find(|it| it.step.starts_with("after erase A")).unwrap();
    // What would be there if the old root had been overwritten before the commit.
    let root = "root-key";
    fs::copy(after_commit.folder.join(root), before_commit.folder.join(root)).unwrap();
    let roots = FileRoots::open(&before_commit.folder.join(root)).unwrap();
    let roll = RollPolicy::EveryCommit;
    let opened = open_with(&before_commit.folder, Arc::new(roots), roll);
    assert!(opened.unwrap_err().to_string().contains("no root key opens the key ring"));
}

/// While deletions wait, the root of the next epoch is made before it is needed. It must not
/// stay: whoever copies it with a database that is sealed under it later has all of its keys.
#[test]
fn when_nobody_waits_any_more_there_is_one_root() {
    let (folder, roots) = (TempDir::new().unwrap(), roots());
    let store = open(folder.path(), &roots);
    run(async {
        put_vault(&store, "first").await;
        let mut backups = Vec::new();
        for number in 1..=200 {
            backups.push((complete(&store, "first", number).await.key(), id(number)));
        }
        // More than one transaction takes, and what comes last destroys no key.
        let deletions = backups.iter().map(|(backup, job)| delete(&store, backup, *job));
        let names: Vec<String> = (0..200).map(|number| format!("v{number}")).collect();
        let vaults = names.iter().map(|name| put_vault(&store, name));
        futures::future::join(
            futures::future::join_all(deletions),
            futures::future::join_all(vaults),
        )
        .await;
    });
    assert_eq!(roots.read().unwrap().iter().flatten().count(), 1);
}
