//! A copy is a backup of its own: whatever happens to the original, it is whole or it is none.

use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::Blobs;
use sexton_data::capture::Captured;
use sexton_data::copy::{CopyError, CopyOrder, Original, copy};
use sexton_data::home::{DiskRoom, FREE_BYTES_MIN, Home};
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::seal::SealError;
use sexton_data::source::{Findings, Readable};

use super::{Bench, OWNER, assert_same, plant};
use crate::noise;

/// What a copy is made of and with.
struct Copying {
    bench: Bench,
    id: JobId,
    prefix: ObjectPrefix,
    key: DataKey,
}

impl Copying {
    fn of(bench: Bench) -> Self {
        Self {
            bench,
            id: JobId::new(jiff::Timestamp::UNIX_EPOCH, [4; 10]),
            prefix: ObjectPrefix::new([0xcd; 16]),
            key: DataKey::from_bytes(&[8; 32]),
        }
    }

    async fn copy_with(&self, key: &DataKey, room: DiskRoom) -> Result<Captured, CopyError> {
        let bench = &self.bench;
        let original = Original { id: bench.id, prefix: &bench.prefix, key };
        let (prefix, key) = (&self.prefix, &self.key);
        let order = CopyOrder { original, id: self.id, prefix, key, room };
        copy(order, &bench.blobs, &bench.progress, &bench.cancel).await
    }

    async fn copy(&self) -> Result<Captured, CopyError> {
        self.copy_with(&self.bench.key, DiskRoom::default()).await
    }

    async fn restore(&self, id: JobId, key: &DataKey) -> Result<(), RestoreError> {
        let (prefix, target) = (&self.prefix, self.bench.target());
        let order = RestoreOrder { id, prefix, key, target, room: DiskRoom::default() };
        let cancel = sexton_data::source::Cancel::default();
        restore(order, &self.bench.blobs, &Arc::default(), &cancel).await.map(|_| ())
    }

    async fn objects(&self, prefix: &ObjectPrefix) -> Vec<String> {
        self.bench.blobs.list(prefix).await.unwrap().objects.into_iter().collect()
    }

    /// Erases the original: what a destroyed key and the eraser leave of it.
    async fn erase_original(&self) {
        let Bench { blobs, prefix, .. } = &self.bench;
        let names = blobs.list(prefix).await.unwrap().objects;
        assert!(blobs.delete(prefix, &names).await.failure.is_none());
    }

    /// All bytes of an object.
    async fn get(&self, prefix: &ObjectPrefix, name: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        loop {
            let offset = u64::try_from(bytes.len()).unwrap();
            let piece = self.bench.blobs.read(prefix, name, offset).await.unwrap();
            if piece.bytes.is_empty() {
                return bytes;
            }
            bytes.extend_from_slice(&piece.bytes);
        }
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) {
        let Bench { blobs, prefix, .. } = &self.bench;
        blobs.put(prefix, name, Bytes::from(bytes)).await.unwrap();
    }

    /// Sees the copy fail for an object of the original, and that nothing looks whole.
    async fn fails_for(&self, name: &str) -> SealError {
        let error = self.copy().await.unwrap_err();
        let CopyError::Original(seal) = error else { panic!("{name}: {error:?}") };
        assert!(seal.to_string().contains(&format!("`{name}`")), "{seal} names {name}");
        assert!(!self.objects(&self.prefix).await.contains(&"manifest".to_owned()));
        seal
    }
}

/// Five objects, of noise.
async fn noisy() -> Copying {
    let bench = Bench::new();
    fs::write(bench.source().join("noise"), noise(1_300_000, 5)).unwrap();
    assert_eq!(bench.capture().await.unwrap().objects, 5);
    Copying::of(bench)
}

/// A disk that has `free` bytes after so many looks at it.
fn room(folder: &Path, free: impl Fn(u64) -> u64 + Send + Sync + 'static) -> DiskRoom {
    let looks = AtomicU64::new(0);
    let free = move |_: &Path| Ok(free(looks.fetch_add(1, Ordering::SeqCst)));
    DiskRoom::beside(Some(Arc::new(Home::with_probe(folder, free).unwrap())))
}

#[tokio::test]
async fn a_copy_is_restored_identically_when_its_original_is_gone() {
    for local in [false, true] {
        let mut bench = Bench::new();
        if local {
            bench.blobs = Blobs::local(&bench.folder.path().join("blobs"), OWNER).unwrap();
        }
        plant(&bench.source());
        let captured = bench.capture().await.unwrap();
        bench.progress = Arc::default();
        let copying = Copying::of(bench);
        let copied = copying.copy().await.unwrap();
        let expected = Captured { findings: Findings::default(), ..captured };
        assert_eq!(copied, expected, "as large as it was");
        assert_eq!(copying.bench.progress.percent(), Some(99));
        let (names, bench) = (copying.objects(&copying.prefix).await, &copying.bench);
        assert_eq!(names, copying.objects(&bench.prefix).await);
        let mut stored = 0;
        for name in &names {
            let bytes = copying.get(&copying.prefix, name).await;
            stored += u64::try_from(bytes.len()).unwrap();
            assert_ne!(bytes, copying.get(&bench.prefix, name).await, "{name}");
        }
        assert_eq!(stored, copied.stored_bytes);

        let id = copying.bench.id;
        let wrong = copying.restore(id, &copying.bench.key).await.unwrap_err();
        assert!(matches!(wrong, RestoreError::Seal(SealError::Swapped { .. })), "{wrong:?}");
        let wrong = copying.restore(copying.id, &copying.bench.key).await.unwrap_err();
        assert!(matches!(wrong, RestoreError::Seal(SealError::Corrupt { .. })), "{wrong:?}");
        copying.erase_original().await;
        copying.restore(copying.id, &copying.key).await.unwrap();
        assert_same(&copying.bench.source(), &copying.bench.target());
    }
}

#[tokio::test]
async fn a_copy_of_a_copy_is_a_backup_like_any_other() {
    let mut copying = Copying::of(Bench::new());
    copying.bench.capture_kind(&Readable::Generated).await.unwrap();
    let first = copying.copy().await.unwrap();
    copying.erase_original().await;
    (copying.bench.id, copying.id) = (copying.id, copying.bench.id);
    std::mem::swap(&mut copying.bench.prefix, &mut copying.prefix);
    std::mem::swap(&mut copying.bench.key, &mut copying.key);
    assert_eq!(copying.copy().await.unwrap(), first);
    copying.erase_original().await;
    copying.restore(copying.id, &copying.key).await.unwrap();
    assert_eq!(fs::read(copying.bench.target().join("payload")).unwrap().len(), 8192);
}

#[tokio::test]
async fn every_flipped_byte_of_the_original_fails_the_copy() {
    let small = Copying::of(Bench::new());
    fs::write(small.bench.source().join("letter"), "dear heirs").unwrap();
    assert_eq!(small.bench.capture().await.unwrap().objects, 1);
    let good = small.get(&small.bench.prefix, "manifest").await;
    for at in 0..good.len() {
        let mut bad = good.clone();
        bad[at] ^= 0x40;
        small.put("manifest", bad).await;
        small.fails_for("manifest").await;
    }

    let noisy = noisy().await;
    for name in ["manifest", "000001", "000002", "000003", "000004"] {
        let good = noisy.get(&noisy.bench.prefix, name).await;
        let steps = if name == "manifest" { 1 } else { 9973 };
        for at in (0..good.len()).step_by(steps).chain([good.len() - 1]) {
            let mut bad = good.clone();
            bad[at] ^= 1;
            noisy.put(name, bad).await;
            noisy.fails_for(name).await;
        }
        noisy.put(name, good).await;
    }
    noisy.copy().await.unwrap();
}

#[tokio::test]
async fn an_original_that_is_cut_incomplete_or_swapped_is_not_copied() {
    let copying = noisy().await;
    let name = "000003";
    let good = copying.get(&copying.bench.prefix, name).await;
    copying.put(name, good[..good.len() - 1].to_vec()).await;
    assert!(matches!(copying.fails_for(name).await, SealError::Truncated { .. }));
    copying.put(name, [good.as_slice(), b"x"].concat()).await;
    assert!(matches!(copying.fails_for(name).await, SealError::Extended { .. }));
    copying.put(name, copying.get(&copying.bench.prefix, "000002").await).await;
    assert!(matches!(copying.fails_for(name).await, SealError::Swapped { .. }));
    let removed = copying.bench.blobs.delete(&copying.bench.prefix, &[name.into()].into()).await;
    assert!(removed.failure.is_none());
    assert!(matches!(copying.fails_for(name).await, SealError::Missing { .. }));
    copying.erase_original().await;
    assert!(matches!(copying.fails_for("manifest").await, SealError::Missing { .. }));
}

#[tokio::test]
async fn a_copy_with_the_wrong_key_writes_nothing() {
    let copying = noisy().await;
    let error = copying.copy_with(&copying.key, DiskRoom::default()).await.unwrap_err();
    assert!(matches!(error, CopyError::Original(SealError::Corrupt { .. })), "{error:?}");
    assert_eq!(copying.objects(&copying.prefix).await, [""; 0]);
}

#[tokio::test]
async fn a_copy_that_is_cancelled_in_the_middle_leaves_objects_under_its_own_prefix_alone() {
    let mut copying = noisy().await;
    let originals = copying.objects(&copying.bench.prefix).await;
    let cancel = copying.bench.cancel.clone();
    // Asked while the second object is about to be stored.
    let room = room(copying.bench.folder.path(), move |looks| {
        if looks == 1 {
            cancel.cancel();
        }
        u64::MAX
    });
    let error = copying.copy_with(&copying.bench.key, room).await.unwrap_err();
    assert!(matches!(error, CopyError::Cancelled), "{error:?}");
    let left = copying.objects(&copying.prefix).await;
    assert!(!left.is_empty() && !left.contains(&"manifest".to_owned()), "{left:?}");
    assert_eq!(copying.objects(&copying.bench.prefix).await, originals);
    let names = left.into_iter().collect();
    let removed = copying.bench.blobs.delete(&copying.prefix, &names).await;
    assert!(removed.failure.is_none());
    assert_eq!(copying.objects(&copying.prefix).await, [""; 0], "nothing more was written");
    copying.bench.cancel = sexton_data::source::Cancel::default();
    copying.bench.restore().await.unwrap();
}

#[tokio::test]
async fn a_copy_to_a_disk_without_room_fails_and_says_why() {
    let copying = noisy().await;
    for enough in [0, 2] {
        let room = room(copying.bench.folder.path(), move |looks| {
            if looks < enough { u64::MAX } else { FREE_BYTES_MIN }
        });
        let error = copying.copy_with(&copying.bench.key, room).await.unwrap_err();
        let CopyError::NoRoom(reason) = &error else { panic!("{error:?}") };
        assert!(reason.contains("the disk of the data folder"), "{reason}");
        assert_eq!(&error.for_caller(), reason);
        let left = copying.objects(&copying.prefix).await;
        assert_eq!(u64::try_from(left.len()).unwrap(), enough, "{left:?}");
    }
}

#[tokio::test]
async fn a_copy_never_takes_the_place_of_its_original() {
    let mut copying = noisy().await;
    copying.prefix = copying.bench.prefix.clone();
    assert!(matches!(copying.copy().await, Err(CopyError::SamePlace)));
    copying.bench.restore().await.unwrap();
}

#[tokio::test]
async fn a_place_that_cannot_be_written_fails_the_copy_and_names_no_path() {
    let mut bench = Bench::new();
    let root = bench.folder.path().join("blobs");
    bench.blobs = Blobs::local(&root, OWNER).unwrap();
    fs::write(bench.source().join("noise"), noise(1_300_000, 5)).unwrap();
    bench.capture().await.unwrap();
    let copying = Copying::of(bench);
    fs::write(root.join("cd"), "in the way").unwrap();
    let error = copying.copy().await.unwrap_err();
    let words = error.for_caller();
    assert!(matches!(error, CopyError::Blobs(_)), "{error:?}");
    assert!(words.starts_with("the copy cannot be stored") && !words.contains(" /"), "{words}");
}
