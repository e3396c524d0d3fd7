//! A tree as people have them, there and back by way of a copy. The benchmark `tree` does the
//! same with 100,000 files.

use std::fs;
use std::sync::Arc;

use sexton_core::{DataKey, FileSystemId, JobId, ObjectPrefix};
use sexton_data::blobs::Blobs;
use sexton_data::copy::{CopyOrder, Original, copy};
use sexton_data::home::{DiskRoom, Home};
use sexton_data::managed::Managed;
use sexton_data::restore::{RestoreOrder, restore};
use sexton_data::source::{Cancel, OwnFiles, Readable};

use super::{Bench, OWNER};
use crate::tree::{Dice, assert_same, plant_many};

#[tokio::test]
async fn a_file_system_goes_to_a_backup_a_copy_and_a_new_file_system_and_is_the_same() {
    let mut bench = Bench::new();
    let data = bench.folder.path().join("data");
    fs::create_dir(&data).unwrap();
    bench.blobs = Blobs::local(&data.join("blobs"), OWNER).unwrap();
    let managed = Managed::open(&data).unwrap();
    let [first, second]: [FileSystemId; 2] =
        ["fs-0123456789abcdef0", "fs-00112233445566778"].map(|id| id.parse().unwrap());
    let path = managed.make(&first).unwrap();
    plant_many(&path, 2000, &mut Dice::new(7));
    bench.own = OwnFiles::of(&data).unwrap();
    let source = Readable::Directory(path.clone());
    let captured = bench.capture_kind(&source).await.unwrap();
    assert_eq!(captured.findings.list, []);

    let room = DiskRoom::beside(Some(Arc::new(Home::new(&data).unwrap())));
    let id = JobId::new(jiff::Timestamp::UNIX_EPOCH, [4; 10]);
    let (prefix, key) = (ObjectPrefix::new([0xcd; 16]), DataKey::from_bytes(&[8; 32]));
    let original = Original { id: bench.id, prefix: &bench.prefix, key: &bench.key };
    let order = CopyOrder { original, id, prefix: &prefix, key: &key, room: room.clone() };
    let copied = copy(order, &bench.blobs, &Arc::default(), &Cancel::default()).await.unwrap();
    assert_eq!(copied, captured);

    let names = bench.blobs.list(&bench.prefix).await.unwrap().objects;
    assert!(bench.blobs.delete(&bench.prefix, &names).await.failure.is_none());
    let target = managed.path_of(&second);
    let order = RestoreOrder { id, prefix: &prefix, key: &key, target, room };
    let restored = restore(order, &bench.blobs, &Arc::default(), &Cancel::default()).await.unwrap();
    assert_eq!(restored.findings.list, []);
    assert_eq!(restored.counts, captured.counts);
    assert_same(&path, &managed.path_of(&second));

    let entries = [restored.counts.directories, restored.counts.files, restored.counts.symlinks];
    let others = [restored.counts.links, restored.counts.specials];
    let all: u64 = entries.iter().chain(&others).sum();
    for id in [first, second] {
        assert_eq!(managed.remove(&id, &Cancel::default()).unwrap(), all);
    }
    assert_eq!(fs::read_dir(managed.folder()).unwrap().count(), 0);
}
