//! Directories that the server makes itself: made for good, removed wholly, captured like any
//! other, and nothing outside of them is touched.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::path::{Path, PathBuf};
use std::process::Command;

use rustix::fs::{CWD, Mode, OFlags, mkdirat, openat};
use sexton_core::FileSystemId;
use sexton_data::capture::CaptureError;
use sexton_data::home::{DiskRoom, Home};
use sexton_data::managed::{FOLDER, Managed, ManagedError};
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::source::{Cancel, Finding, OwnFiles, Problem, Readable, SourceError};

use super::{Bench, assert_same, is_root, plant, set_mode, skip};

/// A data folder beside a source.
struct House {
    bench: Bench,
    managed: Managed,
    id: FileSystemId,
}

impl House {
    fn new() -> Self {
        let bench = Bench::new();
        let data = bench.folder.path().join("data");
        fs::create_dir_all(data.join("blobs/ab")).unwrap();
        fs::write(data.join("root-key"), "the root").unwrap();
        let managed = Managed::open(&data).unwrap();
        let id = "fs-0123456789abcdef0".parse().unwrap();
        Self { bench, managed, id }
    }

    fn data(&self) -> PathBuf {
        self.bench.folder.path().join("data")
    }

    fn path(&self) -> PathBuf {
        self.managed.path_of(&self.id)
    }

    fn remove(&self) -> Result<u64, ManagedError> {
        self.managed.remove(&self.id, &Cancel::default())
    }

    /// What is in the folder of managed directories.
    fn names(&self) -> Vec<String> {
        let names = fs::read_dir(self.managed.folder()).unwrap();
        names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
    }

    async fn restore(&self, cancel: &Cancel) -> Result<(), RestoreError> {
        let Bench { id, prefix, key, blobs, progress, .. } = &self.bench;
        let room = DiskRoom::beside(Some(Home::new(&self.data()).unwrap().into()));
        let order = RestoreOrder { id: *id, prefix, key, target: self.path(), room };
        restore(order, blobs, progress, cancel).await.map(|_| ())
    }
}

fn source(path: &Path) -> Readable {
    Readable::Directory(path.to_path_buf())
}

#[test]
fn a_directory_is_made_for_the_server_alone_and_an_empty_one_is_taken_again() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    assert_eq!(path, house.path());
    assert_eq!(path, fs::canonicalize(house.data()).unwrap().join(FOLDER).join(house.id.as_str()));
    let mode = |path: &Path| fs::metadata(path).unwrap().mode() & 0o7777;
    assert_eq!((mode(&path), mode(house.managed.folder())), (0o700, 0o700));
    set_mode(&path, 0o755);
    house.managed.make(&house.id).unwrap();
    assert_eq!(mode(&path), 0o700);
    fs::write(path.join("letter"), "dear heirs").unwrap();
    set_mode(&path, 0o755);
    let error = house.managed.make(&house.id).unwrap_err();
    assert_eq!(error.for_caller(), "fs-0123456789abcdef0 is there already and is not empty");
    assert_eq!(mode(&path), 0o755, "what belongs to somebody is left as it is");
}

#[test]
fn a_link_in_the_place_of_a_directory_is_neither_taken_nor_followed() {
    let house = House::new();
    let theirs = house.bench.folder.path().join("theirs");
    fs::create_dir(&theirs).unwrap();
    symlink(&theirs, house.path()).unwrap();
    let error = house.managed.make(&house.id).unwrap_err();
    assert!(matches!(error, ManagedError::Failed { .. }), "{error:?}");
    fs::write(theirs.join("letter"), "dear heirs").unwrap();
    assert_eq!(house.remove().unwrap(), 1);
    assert!(theirs.join("letter").exists());
    assert!(house.names().is_empty());
}

#[test]
fn a_removal_takes_all_that_is_there_and_nothing_that_is_linked_to() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    plant(&path);
    let theirs = house.bench.folder.path().join("theirs");
    fs::create_dir_all(theirs.join("deep")).unwrap();
    fs::write(theirs.join("deep/letter"), "dear heirs").unwrap();
    symlink(&theirs, path.join("a/theirs")).unwrap();
    symlink("../../root-key", path.join("a/key")).unwrap();
    fs::create_dir_all(path.join("shut/inner/innermost")).unwrap();
    fs::write(path.join("shut/inner/file"), "shut away").unwrap();
    for (name, mode) in [("shut/inner/innermost", 0), ("shut/inner", 0o100), ("shut", 0)] {
        set_mode(&path.join(name), mode);
    }
    set_mode(&path, 0o500);
    assert!(house.remove().unwrap() > 300);
    assert!(house.names().is_empty());
    assert!(theirs.join("deep/letter").exists() && house.data().join("root-key").exists());
    assert_eq!(house.remove().unwrap(), 0, "what is gone is gone");
}

#[test]
fn a_tree_that_is_deep_and_a_directory_that_is_large_are_removed() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    let flags = OFlags::DIRECTORY | OFlags::RDONLY;
    let mut at = openat(CWD, &path, flags, Mode::empty()).unwrap();
    for _ in 0..150 {
        for name in ["a".repeat(200), "z".repeat(200)] {
            mkdirat(&at, name, Mode::RWXU).unwrap();
        }
        at = openat(&at, "z".repeat(200), flags, Mode::empty()).unwrap();
    }
    for index in 0..2500 {
        fs::write(path.join(format!("file {index}")), "").unwrap();
    }
    for index in 0..500 {
        fs::create_dir(path.join(format!("directory {index}"))).unwrap();
    }
    assert_eq!(house.remove().unwrap(), 1 + 300 + 3000);
}

#[test]
fn a_removal_that_was_cut_has_taken_the_name_and_is_ended_by_the_next() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    plant(&path);
    let cancel = Cancel::default();
    cancel.cancel();
    let error = house.managed.remove(&house.id, &cancel).unwrap_err();
    assert!(matches!(error, ManagedError::Cancelled), "{error:?}");
    assert!(!path.exists(), "nobody finds half a tree");
    assert_eq!(house.names(), [format!(".{}.removing", house.id)]);
    assert!(house.remove().unwrap() > 300);
    assert!(house.names().is_empty());
}

#[test]
fn what_a_crash_left_of_file_systems_is_found_and_removed_and_nothing_else() {
    let house = House::new();
    plant(&house.managed.make(&house.id).unwrap());
    let folder = house.managed.folder();
    let other = "fs-00112233445566778";
    for name in [format!(".{other}.removing"), format!(".{other}.restoring")] {
        fs::create_dir_all(folder.join(&name).join("half/a/tree")).unwrap();
        set_mode(&folder.join(name).join("half/a"), 0o000);
    }
    for name in [".precious", ".notes.removing", other] {
        fs::create_dir(folder.join(name)).unwrap();
    }
    let leftovers = house.managed.leftovers().unwrap();
    assert_eq!(leftovers.len(), 2);
    for leftover in leftovers {
        assert_eq!(leftover.id.as_str(), other);
        house.managed.remove_leftover(&leftover, &Cancel::default()).unwrap();
    }
    let mut names = house.names();
    names.sort();
    assert_eq!(names, [".notes.removing", ".precious", other, house.id.as_str()]);
    assert!(house.path().join("a/b").exists());
}

#[test]
fn a_directory_in_which_something_is_mounted_is_kept_whole_and_the_mount_is_named() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    fs::write(path.join("letter"), "dear heirs").unwrap();
    let theirs = house.bench.folder.path().join("theirs");
    let to = path.join("deep/a b");
    for folder in [&theirs, &to] {
        fs::create_dir_all(folder).unwrap();
    }
    fs::write(theirs.join("will"), "all to the cat").unwrap();
    // On the same device: only the table of mounts tells.
    let mounted = is_root() && {
        let mut mount = Command::new("mount");
        mount.arg("--bind").args([&theirs, &to]).output().is_ok_and(|it| it.status.success())
    };
    if !mounted {
        skip("this machine does not let the test mount anything");
        return;
    }
    let refused = house.remove();
    let letter = path.join("letter").exists();
    let below = [true, false].map(|all| house.managed.check_in_place(&path, all));
    let umount = |path: &Path| Command::new("umount").arg(path).status().unwrap().success();
    assert!(umount(&to));
    assert!(matches!(below, [Err(ManagedError::Mounted { .. }), Ok(())]), "{below:?}");
    let over = Command::new("mount").arg("--bind").args([&theirs, &path]).status().unwrap();
    let instead = house.managed.check_in_place(&path, false);
    let inside = house.managed.check_in_place(&path.join("volume"), false);
    assert!(over.success() && umount(&path));
    for covered in [instead, inside] {
        assert!(matches!(covered, Err(ManagedError::Mounted { .. })), "{covered:?}");
    }
    house.managed.check_in_place(&path, true).unwrap();
    let refused = refused.unwrap_err();
    assert!(matches!(refused, ManagedError::Mounted { .. }), "{refused:?}");
    let words = "something is mounted at fs-0123456789abcdef0/deep/a b; unmount it, then try again";
    assert_eq!(refused.for_caller(), words);
    assert!(letter && theirs.join("will").exists());
    assert_eq!(house.remove().unwrap(), 4);
    assert!(theirs.join("will").exists());
}

#[test]
fn a_folder_that_was_exchanged_is_not_taken_for_the_one_that_was_opened() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    house.managed.check_in_place(&path, true).unwrap();
    let folder = house.managed.folder();
    fs::rename(folder, folder.with_extension("aside")).unwrap();
    fs::create_dir_all(&path).unwrap();
    let refused = house.managed.check_in_place(&path, false).unwrap_err();
    assert!(matches!(refused, ManagedError::Replaced), "{refused:?}");
    let elsewhere = house.bench.folder.path();
    house.managed.check_in_place(elsewhere, true).unwrap();
}

#[test]
fn what_cannot_be_removed_is_named_without_the_path_of_the_data_folder() {
    let house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    fs::create_dir(path.join("kept")).unwrap();
    fs::write(path.join("kept/for \x1b[2Jever"), "").unwrap();
    let fixed = is_root() && {
        let mut change = Command::new("chattr");
        change.arg("+i").arg(path.join("kept")).output().is_ok_and(|it| it.status.success())
    };
    if !fixed {
        skip("this machine does not let the test make a directory immutable");
        return;
    }
    let error = house.remove().unwrap_err();
    let left = house.managed.folder().join(format!(".{}.removing", house.id)).join("kept");
    let freed = Command::new("chattr").arg("-i").arg(left).status().unwrap();
    assert!(freed.success());
    let words = error.for_caller();
    let expected = "fs-0123456789abcdef0/kept/for \\u{1b}[2Jever cannot be removed: Operation not \
                    permitted (os error 1)";
    assert_eq!(words, expected);
    assert!(house.remove().unwrap() > 0);
}

#[tokio::test]
async fn a_managed_directory_is_captured_though_it_lies_in_the_data_folder() {
    let mut house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    plant(&path);
    house.bench.own = OwnFiles::of(&house.data()).unwrap();
    let captured = house.bench.capture_kind(&source(&path)).await.unwrap();
    assert_eq!(captured.findings.list, []);
    house.bench.restore().await.unwrap();
    assert_same(&path, &house.bench.target());
    let inner = house.bench.capture_kind(&source(&path.join("a/b"))).await.unwrap();
    assert_eq!(inner.findings.list, []);
}

#[tokio::test]
async fn the_rest_of_the_data_folder_stays_out_of_every_backup() {
    let mut house = House::new();
    let path = house.managed.make(&house.id).unwrap();
    let data = house.data();
    fs::write(path.join("letter"), "dear heirs").unwrap();
    fs::hard_link(data.join("root-key"), path.join("innocent")).unwrap();
    let mark = |folder: &Path| {
        fs::write(folder.join("sexton-store"), format!("sexton store v1\n{}\n", "a1".repeat(16)))
            .unwrap();
    };
    mark(&data);
    house.bench.own = OwnFiles::of(&data).unwrap();
    let folder = house.managed.folder().to_owned();
    for refused in [&data, &folder, &data.join("blobs"), &data.join("blobs/ab")] {
        let error = house.bench.capture_kind(&source(refused)).await.unwrap_err();
        let CaptureError::Source(SourceError::OwnData { .. }) = error else { panic!("{error:?}") };
    }
    let skipped = |path: &str| Finding { path: path.to_owned(), what: Problem::OwnData };
    let above = house.bench.folder.path().to_owned();
    let captured = house.bench.capture_kind(&source(&above)).await.unwrap();
    assert_eq!(captured.findings.list, [skipped("data")]);
    let captured = house.bench.capture_kind(&source(&path)).await.unwrap();
    assert_eq!(captured.findings.list, [skipped("innocent")]);

    mark(&folder);
    let error = house.bench.capture_kind(&source(&path)).await.unwrap_err();
    assert!(matches!(error, CaptureError::Source(SourceError::OwnData { .. })), "{error:?}");
}

#[tokio::test]
async fn a_link_in_the_place_of_the_folder_opens_nothing_of_the_data_folder() {
    let mut house = House::new();
    let data = house.data();
    fs::remove_dir(house.managed.folder()).unwrap();
    symlink("blobs", house.managed.folder()).unwrap();
    assert!(matches!(Managed::open(&data), Err(ManagedError::Failed { .. })));
    house.bench.own = OwnFiles::of(&data).unwrap();
    for path in ["blobs/ab", "file-systems/ab"] {
        let error = house.bench.capture_kind(&source(&data.join(path))).await.unwrap_err();
        assert!(matches!(error, CaptureError::Source(SourceError::OwnData { .. })), "{error:?}");
    }
}

#[tokio::test]
async fn a_backup_is_restored_as_a_managed_directory_whole_or_not_at_all() {
    let mut house = House::new();
    plant(&house.bench.source());
    house.bench.capture().await.unwrap();
    let cancelled = Cancel::default();
    cancelled.cancel();
    assert!(matches!(house.restore(&cancelled).await, Err(RestoreError::Cancelled)));
    assert!(house.names().is_empty());

    let half = house.managed.folder().join(format!(".{}.restoring", house.id));
    fs::create_dir_all(half.join("half/a/tree")).unwrap();
    house.restore(&Cancel::default()).await.unwrap();
    assert_same(&house.bench.source(), &house.path());
    assert_eq!(house.names(), [house.id.as_str()]);
    let again = house.restore(&Cancel::default()).await.unwrap_err();
    assert!(matches!(again, RestoreError::TargetExists { .. }), "{again:?}");

    house.bench.own = OwnFiles::of(&house.data()).unwrap();
    let captured = house.bench.capture_kind(&source(&house.path())).await.unwrap();
    assert_eq!(captured.findings.list, []);
    assert!(house.remove().unwrap() > 300);
    house.restore(&Cancel::default()).await.unwrap();
    assert_same(&house.bench.source(), &house.path());
}
