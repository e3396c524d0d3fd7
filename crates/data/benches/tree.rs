//! A file system of 100,000 files: backed up, copied, restored as a new one, compared, removed.
//!
//! `cargo bench -p sexton-data --bench tree`
//!
//! `SEXTON_BENCH_FILES` is how many; `SEXTON_BENCH_DIR` is where, else under `target`.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set itself up should stop")]

#[path = "../tests/data/tree.rs"]
mod tree;

use std::sync::Arc;
use std::time::Instant;

use sexton_core::{DataKey, FileSystemId, JobId, ObjectPrefix};
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::capture::{CaptureOrder, capture};
use sexton_data::copy::{CopyOrder, Original, copy};
use sexton_data::home::{DiskRoom, Home};
use sexton_data::managed::Managed;
use sexton_data::restore::{RestoreOrder, restore};
use sexton_data::seal::{LEVEL_DEFAULT, SEGMENT_BYTES_TARGET};
use sexton_data::source::{Cancel, Readable};

use tree::{Dice, assert_same, plant_many};

const FILES: u64 = 100_000;

#[tokio::main]
async fn main() {
    let files = number("SEXTON_BENCH_FILES").unwrap_or(FILES);
    let place = std::env::var_os("SEXTON_BENCH_DIR").unwrap_or(env!("CARGO_TARGET_TMPDIR").into());
    let folder = tempfile::tempdir_in(place).unwrap();
    let home = Arc::new(Home::new(folder.path()).unwrap());
    let room = DiskRoom::beside(Some(Arc::clone(&home)));
    let owner = Owner { store: [5; 16], has_backups: false };
    let blobs = Blobs::local(&folder.path().join("blobs"), owner).unwrap();
    let managed = Managed::open(folder.path()).unwrap();
    let [first, second]: [FileSystemId; 2] =
        ["fs-0123456789abcdef0", "fs-00112233445566778"].map(|id| id.parse().unwrap());
    let path = managed.make(&first).unwrap();
    plant_many(&path, files, &mut Dice::new(7));
    let (progress, cancel) = (Arc::default(), Cancel::default());
    let job = |byte| JobId::new(jiff::Timestamp::UNIX_EPOCH, [byte; 10]);
    let prefixes = [ObjectPrefix::new([0xab; 16]), ObjectPrefix::new([0xcd; 16])];
    let keys = [DataKey::from_bytes(&[7; 32]), DataKey::from_bytes(&[8; 32])];

    let began = now();
    let order = CaptureOrder {
        id: job(3),
        prefix: &prefixes[0],
        key: &keys[0],
        source: &Readable::Directory(path.clone()),
        allow_empty: false,
        own: &home.own_files().unwrap(),
        level: LEVEL_DEFAULT,
        segment_bytes: SEGMENT_BYTES_TARGET,
        room: room.clone(),
    };
    let captured = capture(order, &blobs, &progress, &cancel).await.unwrap();
    assert_eq!(captured.findings.list, []);
    println!("{:?}", captured.counts);
    tell("backup", began, captured.size_bytes);

    let began = now();
    let original = Original { id: job(3), prefix: &prefixes[0], key: &keys[0] };
    let (id, prefix, key) = (job(4), &prefixes[1], &keys[1]);
    let order = CopyOrder { original, id, prefix, key, room: room.clone() };
    let copied = copy(order, &blobs, &Arc::default(), &cancel).await.unwrap();
    assert_eq!(copied, captured);
    tell("copy (bytes as stored)", began, copied.stored_bytes);

    let began = now();
    let names = blobs.list(&prefixes[0]).await.unwrap().objects;
    assert!(blobs.delete(&prefixes[0], &names).await.failure.is_none());
    tell("removal of the original's objects", began, captured.stored_bytes);

    let began = now();
    let order = RestoreOrder { id, prefix, key, target: managed.path_of(&second), room };
    let restored = restore(order, &blobs, &Arc::default(), &cancel).await.unwrap();
    assert_eq!(restored.findings.list, []);
    tell("restore", began, captured.size_bytes);
    assert_same(&path, &managed.path_of(&second));
    println!("identical");

    let began = now();
    let removed = managed.remove(&second, &cancel).unwrap();
    println!("removal of the directory: {removed} entries");
    tell("removal of the directory", began, 0);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no command line of its own")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

fn tell(what: &str, began: Instant, bytes: u64) {
    let took = began.elapsed();
    let rate = u128::from(bytes) / took.as_micros().max(1);
    println!("{what}: {:.2} s, {} MB, {rate} MB/s", took.as_secs_f64(), bytes / 1_000_000);
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}
