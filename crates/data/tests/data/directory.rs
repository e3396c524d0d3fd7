//! Real directories there and back: whatever a tree has, its restored copy has.

mod blobs;
mod copy;
mod managed;
mod own;
mod privileged;
mod whole;

use std::ffi::OsStr;
use std::fs;
use std::io::Write;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileExt, MetadataExt, symlink};
use std::os::unix::net::UnixListener;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use rustix::fs::{CWD, FileType, Mode, mknodat};
use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::capture::{CaptureError, CaptureOrder, Captured, capture};
use sexton_data::home::{DiskRoom, FREE_BYTES_MIN, Home};
use sexton_data::restore::{
    RestoreError, RestoreOrder, Restored, leftovers, remove_leftover, restore,
};
use sexton_data::seal::LEVEL_DEFAULT;
use sexton_data::source::{Cancel, OwnFiles, Problem, Progress, Readable};
use tempfile::TempDir;

use crate::noise;
use crate::tree::{assert_same, fingerprints, is_root, set_mode, set_mtime};

/// A store that has no backups yet.
const OWNER: Owner = Owner { store: [5; 16], has_backups: false };

const SEGMENT_BYTES: u64 = 256 << 10;

/// One backup in memory and a folder to restore it into.
struct Bench {
    folder: TempDir,
    blobs: Blobs,
    key: DataKey,
    id: JobId,
    prefix: ObjectPrefix,
    own: OwnFiles,
    allow_empty: bool,
    progress: Arc<Progress>,
    cancel: Cancel,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        fs::create_dir(folder.path().join("source")).unwrap();
        Self {
            folder,
            blobs: Blobs::memory(),
            key: DataKey::from_bytes(&[7; 32]),
            id: JobId::new(jiff::Timestamp::UNIX_EPOCH, [3; 10]),
            prefix: ObjectPrefix::new([0xab; 16]),
            own: OwnFiles::default(),
            allow_empty: true,
            progress: Arc::default(),
            cancel: Cancel::default(),
        }
    }

    fn source(&self) -> PathBuf {
        self.folder.path().join("source")
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    async fn capture_kind(&self, source: &Readable) -> Result<Captured, CaptureError> {
        let order = CaptureOrder {
            id: self.id,
            prefix: &self.prefix,
            key: &self.key,
            source,
            allow_empty: self.allow_empty,
            own: &self.own,
            level: LEVEL_DEFAULT,
            segment_bytes: SEGMENT_BYTES,
            room: DiskRoom::default(),
        };
        capture(order, &self.blobs, &self.progress, &self.cancel).await
    }

    async fn capture(&self) -> Result<Captured, CaptureError> {
        let path = self.source().to_str().unwrap().to_owned();
        self.capture_kind(&Readable::Directory(path.into())).await
    }

    async fn restore(&self) -> Result<Restored, RestoreError> {
        self.restore_with(DiskRoom::default()).await
    }

    async fn restore_with(&self, room: DiskRoom) -> Result<Restored, RestoreError> {
        let (prefix, key, target) = (&self.prefix, &self.key, self.target());
        let order = RestoreOrder { id: self.id, prefix, key, target, room };
        restore(order, &self.blobs, &Arc::default(), &self.cancel).await
    }
}

/// The disk of the data folder was looked at, and the other one was filled.
#[tokio::test]
async fn a_restore_to_a_disk_without_room_fails_and_leaves_nothing() {
    let bench = Bench::new();
    fs::write(bench.source().join("file"), "bytes").unwrap();
    bench.capture().await.unwrap();
    let is_data = |folder: &Path| folder.ends_with("source");
    let free = move |folder: &Path| Ok(if is_data(folder) { u64::MAX } else { FREE_BYTES_MIN });
    let disk = move |folder: &Path| Ok(u64::from(is_data(folder)));
    let home = Home::with_disks(&bench.source(), free, disk).unwrap();
    let refused = bench.restore_with(DiskRoom::beside(Some(Arc::new(home)))).await.unwrap_err();
    let RestoreError::NoRoom(reason) = refused else { panic!("{refused:?}") };
    assert!(reason.contains("the disk of the folder of restores"), "{reason}");
    let left = fs::read_dir(bench.folder.path()).unwrap().count();
    assert_eq!(left, 1, "the source alone");
}

#[expect(clippy::print_stderr, reason = "says what was not proven on this machine, and why")]
fn skip(why: &str) {
    eprintln!("skipped: {why}");
}

/// A tree with one of everything.
fn plant(root: &Path) {
    let deep = root.join("a/b/c");
    fs::create_dir_all(&deep).unwrap();
    fs::create_dir(root.join("empty")).unwrap();
    fs::write(root.join("empty-file"), "").unwrap();
    fs::write(root.join("text"), "grave matters\n".repeat(1000)).unwrap();
    fs::write(deep.join("noise"), noise(3_000_001, 5)).unwrap();
    fs::write(root.join(OsStr::from_bytes(b"not utf-8 \xff\xfe\n")), "bytes").unwrap();
    fs::write(root.join("n".repeat(255)), "long name").unwrap();

    let sparse = fs::File::create(root.join("sparse")).unwrap();
    sparse.write_all_at(b"in the middle", 5 << 20).unwrap();
    sparse.write_all_at(&[1; 4096], 9 << 20).unwrap();
    sparse.set_len(64 << 20).unwrap();
    fs::File::create(root.join("one hole")).unwrap().set_len(1 << 20).unwrap();

    symlink("text", root.join("link")).unwrap();
    symlink("/nowhere/at/all", root.join("a/dangling")).unwrap();
    symlink("..", root.join("a/up")).unwrap();
    fs::hard_link(root.join("text"), root.join("a/b/text again")).unwrap();
    fs::hard_link(root.join("text"), root.join("zz text")).unwrap();
    fs::hard_link(root.join("link"), root.join("a/link again")).unwrap();
    mknodat(CWD, root.join("fifo"), FileType::Fifo, Mode::from_raw_mode(0o644), 0).unwrap();
    for index in 0..300 {
        fs::write(root.join(format!("empty/file {index}")), index.to_string()).unwrap();
    }

    // Others than root could neither read nor remove what is locked away.
    let (closed, locked) = if is_root() { (0o000, 0o500) } else { (0o400, 0o750) };
    for (name, mode) in [("text", 0o4755), ("empty-file", closed), ("sparse", 0o2640)] {
        set_mode(&root.join(name), mode);
    }
    if xattr::set(root.join("a"), "user.colour", b"black").is_ok() {
        xattr::set(root.join("text"), "user.empty", b"").unwrap();
        xattr::set(root.join("text"), "user.long", &noise(2000, 9)).unwrap();
    }
    if is_root() {
        let (uid, gid) = (Some(4711), Some(815));
        std::os::unix::fs::lchown(root.join("a/dangling"), uid, gid).unwrap();
        std::os::unix::fs::chown(root.join("sparse"), uid, gid).unwrap();
        std::os::unix::fs::chown(root.join("a/b"), uid, gid).unwrap();
        set_mode(&root.join("sparse"), 0o6750);
        let null = rustix::fs::makedev(1, 3);
        let mode = Mode::from_raw_mode(0o666);
        // Containers may forbid it even to root.
        mknodat(CWD, root.join("null"), FileType::CharacterDevice, mode, null).ok();
    }
    set_mode(&root.join("a/b/c"), locked);
    set_mode(&root.join("empty"), 0o1777);
    set_mtime(&root.join("text"), 1_000_000_000, 123_456_789);
    set_mtime(&root.join("link"), -5, 999_999_999);
    set_mtime(&root.join("fifo"), 77, 1);
    for directory in ["a/b/c", "a/b", "a", "empty", ""] {
        set_mtime(&root.join(directory), 1_234_567_890, 42);
    }
}

/// A file of a log began in the object in which the one before it ended.
#[tokio::test]
async fn each_file_of_a_log_is_sealed_as_objects_of_its_own_however_short_it_is() {
    let bench = Bench::new();
    let segment = usize::try_from(SEGMENT_BYTES).unwrap();
    let files = [("1", Vec::new()), ("2", b"short".to_vec()), ("3", noise(2 * segment, 3))];
    for (name, bytes) in files {
        fs::write(bench.source().join(name), bytes).unwrap();
    }
    let names = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
    let log = |those: &[&str]| Readable::Files { folder: bench.source(), names: names(those) };
    let captured = bench.capture_kind(&log(&["1", "2", "3"])).await.unwrap();
    // The last one has two segments, and the manifest is an object too.
    assert_eq!((captured.objects, captured.counts.files), (5, 3));
    bench.restore().await.unwrap();
    assert_same(&bench.source(), &bench.target());
    // Nothing of a file is in the manifest, where the rest of other backups is.
    let prefix = ObjectPrefix::new([0xac; 16]);
    let one = Bench { prefix, folder: bench.folder, ..Bench::new() };
    let log = Readable::Files { folder: one.source(), names: names(&["2"]) };
    assert_eq!(one.capture_kind(&log).await.unwrap().objects, 2);
}

#[tokio::test]
async fn a_tree_with_one_of_everything_is_restored_identically() {
    let bench = Bench::new();
    plant(&bench.source());
    let before = fingerprints(&bench.source());
    let captured = bench.capture().await.unwrap();
    assert_eq!(captured.findings.list, [], "nothing to report");
    assert!(captured.objects > 5, "several segments: {}", captured.objects);
    let held = bench.blobs.holdings(0xab).await.unwrap();
    let sizes: Vec<u64> = held.values().flat_map(|objects| objects.values().copied()).collect();
    assert_eq!(u64::try_from(sizes.len()).unwrap(), captured.objects);
    assert_eq!(sizes.iter().sum::<u64>(), captured.stored_bytes);
    assert_eq!(bench.progress.bytes(), captured.size_bytes);

    let restored = bench.restore().await.unwrap();
    assert_eq!(restored.findings.list, []);
    assert_eq!(restored.counts, captured.counts);
    assert_eq!(fingerprints(&bench.source()), before, "capturing changes nothing");
    assert_same(&bench.source(), &bench.target());
    for name in ["sparse", "one hole"] {
        let blocks = |root: PathBuf| fs::metadata(root.join(name)).unwrap().blocks();
        assert!(blocks(bench.target()) <= blocks(bench.source()), "{name} has its holes");
    }
    let names = fs::read_dir(bench.folder.path()).unwrap().count();
    assert_eq!(names, 2, "the source, the target, and no staging directory");
}

#[tokio::test]
async fn a_generated_source_goes_the_whole_way() {
    let bench = Bench::new();
    let captured = bench.capture_kind(&Readable::Generated).await.unwrap();
    assert_eq!((captured.size_bytes, captured.objects), (8192, 1));
    bench.restore().await.unwrap();
    assert_eq!(fs::read(bench.target().join("payload")).unwrap().len(), 8192);
}

#[tokio::test]
async fn a_tree_deeper_than_paths_may_be_long_survives() {
    let bench = Bench::new();
    let flags = rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::RDONLY;
    let mut fd = rustix::fs::open(bench.source(), flags, Mode::empty()).unwrap();
    let name = "d".repeat(200);
    for _ in 0..150 {
        rustix::fs::mkdirat(&fd, &name, Mode::from_raw_mode(0o755)).unwrap();
        fd = rustix::fs::openat(&fd, &name, flags, Mode::empty()).unwrap();
    }
    let captured = bench.capture().await.unwrap();
    assert_eq!((captured.counts.directories, captured.findings.count), (151, 0));
    let restored = bench.restore().await.unwrap();
    assert_eq!(restored.counts.directories, 151);
}

#[tokio::test]
async fn sockets_are_reported_and_left_out() {
    let bench = Bench::new();
    let socket = UnixListener::bind(bench.source().join("socket")).unwrap();
    let captured = bench.capture().await.unwrap();
    drop(socket);
    assert_eq!(captured.findings.list.len(), 1);
    let finding = &captured.findings.list[0];
    assert_eq!((finding.path.as_str(), &finding.what), ("socket", &Problem::SocketSkipped));
    bench.restore().await.unwrap();
    assert_eq!(fs::read_dir(bench.target()).unwrap().count(), 0);
}

/// Runs a capture while `disturb` is repeated on the source.
async fn capture_while(bench: &Bench, disturb: impl Fn(&Path, u64) + Send + 'static) -> Captured {
    let stop = Arc::new(AtomicBool::new(false));
    let (stopped, source) = (Arc::clone(&stop), bench.source());
    let disturber = std::thread::spawn(move || {
        let mut round = 0;
        while !stopped.load(Ordering::Relaxed) {
            disturb(&source, round);
            round += 1;
        }
    });
    let captured = bench.capture().await;
    stop.store(true, Ordering::Relaxed);
    disturber.join().unwrap();
    captured.unwrap()
}

#[tokio::test]
async fn a_file_that_grows_while_it_is_read_is_reported_and_restorable() {
    let bench = Bench::new();
    fs::write(bench.source().join("log"), noise(32 << 20, 1)).unwrap();
    let append = |source: &Path, _| {
        let mut log = fs::OpenOptions::new().append(true).open(source.join("log")).unwrap();
        log.write_all(b"one more line\n").unwrap();
    };
    // A busy machine may run neither beside the other, but not every time.
    let mut captured = capture_while(&bench, append).await;
    for _ in 0..50 {
        if captured.findings.count > 0 {
            break;
        }
        captured = capture_while(&bench, append).await;
    }
    assert_eq!(captured.findings.list.len(), 1, "{:?}", captured.findings);
    assert_eq!(captured.findings.list[0].path, "log");
    assert_eq!(captured.findings.list[0].what, Problem::Grew);
    let restored = bench.restore().await.unwrap();
    assert_eq!(restored.findings.list[0].what, Problem::WasChanging);
    assert_eq!(fs::read(bench.target().join("log")).unwrap()[..32 << 20], noise(32 << 20, 1));
}

#[tokio::test]
async fn files_that_vanish_shrink_and_change_are_never_fatal() {
    let bench = Bench::new();
    for index in 0..2000 {
        fs::write(bench.source().join(format!("file {index:04}")), noise(4096, index)).unwrap();
    }
    fs::write(bench.source().join("zz"), noise(8 << 20, 3)).unwrap();
    let captured = capture_while(&bench, |source, round| {
        fs::remove_file(source.join(format!("file {:04}", 1999 - round % 2000))).ok();
        let zz = fs::OpenOptions::new().write(true).open(source.join("zz")).unwrap();
        zz.set_len(8 << 20).unwrap();
        zz.set_len((7 << 20) + round % 4096).unwrap();
    });
    let captured = captured.await;
    let restored = bench.restore().await.unwrap();
    assert_eq!(restored.counts, captured.counts);
}

#[tokio::test]
async fn a_missing_source_is_an_error_that_names_it() {
    let bench = Bench::new();
    fs::remove_dir(bench.source()).unwrap();
    let error = bench.capture().await.unwrap_err();
    assert!(error.to_string().contains("source"), "{error}");
    symlink("/", bench.source()).unwrap();
    let error = bench.capture().await.unwrap_err();
    assert!(matches!(error, CaptureError::Source(_)), "a link is not followed: {error:?}");
}

#[tokio::test]
async fn cancelling_ends_a_capture_and_a_restore_without_a_trace() {
    let bench = Bench::new();
    plant(&bench.source());
    bench.capture().await.unwrap();
    bench.cancel.cancel();
    assert!(matches!(bench.capture().await, Err(CaptureError::Cancelled)));
    assert!(matches!(bench.restore().await, Err(RestoreError::Cancelled)));
    assert_eq!(fs::read_dir(bench.folder.path()).unwrap().count(), 1);
}

#[tokio::test]
async fn a_restore_never_touches_what_is_there() {
    let bench = Bench::new();
    bench.capture().await.unwrap();
    fs::create_dir(bench.target()).unwrap();
    let error = bench.restore().await.unwrap_err();
    assert!(matches!(error, RestoreError::TargetExists { .. }), "{error:?}");
    fs::remove_dir(bench.target()).unwrap();
    let left = bench.folder.path().join(format!(".{}.restoring", bench.id));
    fs::create_dir_all(left.join("half/a/restore")).unwrap();
    set_mode(&left.join("half/a"), 0o000);
    let found = leftovers(bench.folder.path()).unwrap();
    assert_eq!(found, [left.file_name().unwrap().to_str().unwrap()]);
    remove_leftover(bench.folder.path(), &found[0], &Cancel::default()).unwrap();
    assert!(!left.exists());
    bench.restore().await.unwrap();
}
