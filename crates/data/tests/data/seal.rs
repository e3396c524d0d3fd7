//! No object of a backup can be changed, cut, extended, dropped or exchanged without an
//! error that names it, and nothing is restored then. What is sealed opens again.

use std::io::{self, Read, Write};
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use proptest::prelude::*;
use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::Blobs;
use sexton_data::capture::{CaptureOrder, capture};
use sexton_data::home::DiskRoom;
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::seal::{
    BackupKeys, BackupWriter, CHUNK_BYTES, HEADER_BYTES, Part, Pieces, SealError, SegmentsReader,
    TAG_BYTES, TAIL_BYTES_MAX, open_manifest,
};
use sexton_data::source::archive::{ArchiveError, Record};
use sexton_data::source::{Cancel, Counts, OwnFiles, Readable};
use tempfile::TempDir;

use crate::archive::{attributes, write};
use crate::noise;

fn job(byte: u8) -> JobId {
    JobId::new(jiff::Timestamp::UNIX_EPOCH, [byte; 10])
}

/// Two backups under one key and in one store: the strongest position for a swap.
struct Bench {
    folder: TempDir,
    blobs: Blobs,
    key: DataKey,
}

const ONE: u8 = 1;
const TWO: u8 = 2;

impl Bench {
    async fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let bench = Self { folder, blobs: Blobs::memory(), key: DataKey::from_bytes(&[9; 32]) };
        for backup in [ONE, TWO] {
            let path = bench.folder.path().join(format!("source {backup}"));
            std::fs::create_dir(&path).unwrap();
            std::fs::write(path.join("file"), noise(1_300_000, backup.into())).unwrap();
            let order = CaptureOrder {
                id: job(backup),
                prefix: &ObjectPrefix::new([backup; 16]),
                key: &bench.key,
                source: &Readable::Directory(path.clone()),
                allow_empty: false,
                own: &OwnFiles::default(),
                level: 1,
                segment_bytes: 256 << 10,
                room: DiskRoom::default(),
            };
            let cancel = Cancel::default();
            let captured = capture(order, &bench.blobs, &Arc::default(), &cancel).await.unwrap();
            assert_eq!(captured.objects, 5);
        }
        bench
    }

    fn target(&self) -> PathBuf {
        self.folder.path().join("target")
    }

    async fn get(&self, backup: u8, name: &str) -> Vec<u8> {
        let prefix = ObjectPrefix::new([backup; 16]);
        let piece = self.blobs.read(&prefix, name, 0).await.unwrap();
        assert_eq!(u64::try_from(piece.bytes.len()).unwrap(), piece.total);
        piece.bytes.to_vec()
    }

    async fn put(&self, name: &str, bytes: Vec<u8>) {
        self.blobs.put(&ObjectPrefix::new([ONE; 16]), name, Bytes::from(bytes)).await.unwrap();
    }

    /// Puts a backup that is nothing but its manifest in the place of the first.
    async fn put_small(&self, objects: Vec<Vec<u8>>) {
        let [manifest] = <[Vec<u8>; 1]>::try_from(objects).unwrap();
        self.put("manifest", manifest).await;
    }

    async fn restore(&self) -> Result<(), RestoreError> {
        let prefix = &ObjectPrefix::new([ONE; 16]);
        let (key, target, room) = (&self.key, self.target(), DiskRoom::default());
        let order = RestoreOrder { id: job(ONE), prefix, key, target, room };
        let cancel = Cancel::default();
        restore(order, &self.blobs, &Arc::default(), &cancel).await.map(|_| ())
    }

    /// Puts `bytes` in the place of `name`, sees the restore fail for it, and mends it.
    async fn fails_with(&self, name: &str, bytes: Vec<u8>) -> SealError {
        let good = self.get(ONE, name).await;
        self.put(name, bytes).await;
        let error = self.restore().await.unwrap_err();
        self.put(name, good).await;
        assert!(error.to_string().contains(&format!("`{name}`")), "{error} names {name}");
        let entries = std::fs::read_dir(self.folder.path()).unwrap().count();
        assert_eq!(entries, 2, "neither target nor staging directory is left");
        let RestoreError::Seal(error) = error else { panic!("{error:?}") };
        error
    }
}

const OBJECTS: [&str; 5] = ["manifest", "000001", "000002", "000003", "000004"];

#[tokio::test]
async fn every_flipped_bit_is_found() {
    let bench = Bench::new().await;
    for name in OBJECTS {
        let good = bench.get(ONE, name).await;
        let last = good.len() - 1;
        for at in [0, 4, 5, 6, 21, 22, 25, 26, 32, 33, last / 2, last - 16, last] {
            let mut bad = good.clone();
            bad[at] ^= 1;
            let error = bench.fails_with(name, bad).await;
            match at {
                4 => assert!(matches!(error, SealError::UnsupportedVersion { .. }), "{error:?}"),
                5..=25 => assert!(matches!(error, SealError::Swapped { .. }), "{error:?}"),
                _ => assert!(matches!(error, SealError::Corrupt { .. }), "{at}: {error:?}"),
            }
        }
    }
    bench.restore().await.unwrap();
}

#[tokio::test]
async fn every_cut_and_every_addition_is_found() {
    let bench = Bench::new().await;
    let sealed_chunk = CHUNK_BYTES + TAG_BYTES;
    for name in &OBJECTS[1..] {
        let good = bench.get(ONE, name).await;
        let edges = [0, 1, HEADER_BYTES - 1, HEADER_BYTES, good.len() - TAG_BYTES, good.len() - 1];
        let chunks = (1..).map(|it| HEADER_BYTES + it * sealed_chunk);
        let chunks = chunks.take_while(|at| *at < good.len());
        for at in edges.into_iter().chain(chunks) {
            let error = bench.fails_with(name, good[..at].to_vec()).await;
            assert!(matches!(error, SealError::Truncated { .. }), "{name} at {at}: {error:?}");
        }
        for more in [1, TAG_BYTES, sealed_chunk, 3 * sealed_chunk] {
            let longer = good.iter().chain(good.iter().cycle().take(more)).copied().collect();
            let error = bench.fails_with(name, longer).await;
            let right = matches!(error, SealError::Extended { .. } | SealError::Corrupt { .. });
            assert!(right, "{name} and {more}: {error:?}");
        }
    }
    let manifest = bench.get(ONE, "manifest").await;
    for at in [0, 1, HEADER_BYTES, manifest.len() - 1] {
        bench.fails_with("manifest", manifest[..at].to_vec()).await;
    }
    bench.fails_with("manifest", [manifest.as_slice(), b"x"].concat()).await;
}

#[tokio::test]
async fn nothing_can_be_exchanged() {
    let bench = Bench::new().await;
    for name in OBJECTS {
        for (backup, other) in [(ONE, "000001"), (ONE, "000003"), (TWO, name), (ONE, "manifest")] {
            if (backup, other) == (ONE, name) {
                continue;
            }
            let error = bench.fails_with(name, bench.get(backup, other).await).await;
            assert!(matches!(error, SealError::Swapped { .. }), "{name}: {error:?}");
            // Nor with a header that claims what is wanted.
            let mut forged = bench.get(backup, other).await;
            forged[..26].copy_from_slice(&bench.get(ONE, name).await[..26]);
            let error = bench.fails_with(name, forged).await;
            let right = matches!(
                error,
                SealError::Corrupt { .. }
                    | SealError::Truncated { .. }
                    | SealError::Extended { .. }
            );
            assert!(right, "{name}: {error:?}");
        }
    }
}

#[tokio::test]
async fn nothing_can_be_left_out() {
    let bench = Bench::new().await;
    let prefix = ObjectPrefix::new([ONE; 16]);
    for name in OBJECTS {
        let good = bench.get(ONE, name).await;
        bench.blobs.delete(&prefix, &[name.to_owned()].into()).await;
        let error = bench.restore().await.unwrap_err();
        assert!(matches!(error, RestoreError::Seal(SealError::Missing { .. })), "{error:?}");
        assert!(error.to_string().contains(name));
        assert!(!bench.target().exists());
        bench.put(name, good).await;
    }
    bench.restore().await.unwrap();
}

#[tokio::test]
async fn the_wrong_key_opens_nothing() {
    let mut bench = Bench::new().await;
    bench.key = DataKey::from_bytes(&[8; 32]);
    let error = bench.restore().await.unwrap_err();
    assert!(matches!(error, RestoreError::Seal(SealError::Corrupt { .. })), "{error:?}");
    assert_eq!(format!("{:?}", bench.key), "SecretKey(..)");
}

#[tokio::test]
async fn a_hostile_archive_cannot_write_outside_its_target() {
    let bench = Bench::new().await;
    let outside = bench.folder.path().join("source 1");
    let target = outside.to_str().unwrap().as_bytes().to_vec();
    let link = || Record::Symlink { name: b"a", target: &target, attributes: attributes() };
    let leave = || Record::Leave { attributes: attributes() };
    let file = |name| Record::File { name };
    let end = || Record::FileEnd { size: 0, whole: true, attributes: attributes() };
    let hostile = [
        vec![link(), Record::Enter { name: b"a" }, file(b"x"), end(), leave(), leave()],
        vec![link(), file(b"a"), end(), leave()],
        vec![link(), Record::HardLink { name: b"b", to: b"a/file" }, leave()],
        vec![file(b"a"), end(), file(b"a"), end(), leave()],
    ];
    for records in hostile {
        let objects = seal_under(&bench.key, &write(&records), 1 << 20);
        bench.put_small(objects).await;
        let error = bench.restore().await.unwrap_err();
        assert!(matches!(error, RestoreError::Write { .. }), "{error:?}");
        assert!(!bench.target().exists());
        assert_eq!(std::fs::read_dir(&outside).unwrap().count(), 1, "{records:?}");
    }
}

#[tokio::test]
async fn counts_that_do_not_match_fail_the_restore() {
    let bench = Bench::new().await;
    let leave = Record::Leave { attributes: attributes() };
    let objects = seal_under(&bench.key, &write(&[leave]), 1 << 20);
    bench.put_small(objects).await;
    let error = bench.restore().await.unwrap_err();
    let wrong = matches!(error, RestoreError::Archive(ArchiveError::WrongCounts { .. }));
    assert!(wrong, "the manifest says that nothing is in it: {error:?}");
    assert!(!bench.target().exists());
}

/// The sealed bytes of a backup, object by object, the manifest last.
fn seal(plain: &[u8], segment_bytes: u64) -> Vec<Vec<u8>> {
    seal_under(&DataKey::from_bytes(&[1; 32]), plain, segment_bytes)
}

fn seal_under(key: &DataKey, plain: &[u8], segment_bytes: u64) -> Vec<Vec<u8>> {
    let mut objects = vec![Vec::new()];
    let keys = BackupKeys::derive(key, job(ONE));
    let sink = |part: Part| {
        objects.last_mut().unwrap().extend_from_slice(&part.bytes);
        if part.last {
            objects.push(Vec::new());
        }
        Ok(())
    };
    let mut writer = BackupWriter::new(keys, 1, segment_bytes, 1 << 20, sink).unwrap();
    writer.write_all(plain).unwrap();
    writer.finish(Counts::default()).unwrap();
    objects.pop();
    objects
}

#[test]
fn every_part_but_the_last_of_an_object_is_as_long_as_was_agreed() {
    let plain = noise(6 << 20, 8);
    for part_bytes in [100_000, 1 << 20, 5 << 20] {
        let mut parts = Vec::new();
        let sink = |part: Part| {
            parts.push((part.bytes.len(), part.last));
            Ok(())
        };
        let keys = BackupKeys::derive(&DataKey::from_bytes(&[1; 32]), job(ONE));
        let mut writer = BackupWriter::new(keys, 1, 1 << 40, part_bytes, sink).unwrap();
        writer.write_all(&plain).unwrap();
        let sealed = writer.finish(Counts::default()).unwrap();
        let fits = |(bytes, last): &(usize, bool)| match last {
            true => (1..=part_bytes).contains(bytes),
            false => *bytes == part_bytes,
        };
        assert!(parts.iter().all(fits), "{part_bytes}: {parts:?}");
        let sum: usize = parts.iter().map(|(bytes, _)| bytes).sum();
        assert_eq!(u64::try_from(sum).unwrap(), sealed.stored_bytes);
    }
}

struct Objects(Vec<Vec<Bytes>>);

impl Pieces for Objects {
    fn next_piece(&mut self) -> io::Result<Option<Bytes>> {
        let Some(object) = self.0.first_mut() else { return Ok(None) };
        if object.is_empty() {
            self.0.remove(0);
            return Ok(None);
        }
        Ok(Some(object.remove(0)))
    }
}

fn cut(object: &[u8], piece: usize) -> Vec<Bytes> {
    object.chunks(piece).map(Bytes::copy_from_slice).collect()
}

fn unseal(objects: &[Vec<u8>], piece: usize) -> io::Result<Vec<u8>> {
    let keys = || BackupKeys::derive(&DataKey::from_bytes(&[1; 32]), job(ONE));
    let (manifest, segments) = objects.split_last().unwrap();
    let manifest = open_manifest(&keys(), &mut Objects(vec![cut(manifest, piece)]))?;
    let pieces = Objects(segments.iter().map(|it| cut(it, piece)).collect());
    let reader = SegmentsReader::new(keys(), manifest, pieces);
    let mut plain = Vec::new();
    zstd::Decoder::with_buffer(reader)?.read_to_end(&mut plain)?;
    Ok(plain)
}

#[test]
fn a_small_backup_is_one_object() {
    // What noise grows by in a frame of zstd: its header, and three bytes for the block.
    let frame = 9 + 3;
    for (plain, objects) in [(0, 1), (1, 1), (TAIL_BYTES_MAX - frame, 1), (TAIL_BYTES_MAX, 2)] {
        let plain = noise(plain, 5);
        let sealed = seal(&plain, 1 << 20);
        assert_eq!(sealed.len(), objects, "{} bytes", plain.len());
        assert_eq!(unseal(&sealed, 50_000).unwrap(), plain);
    }
    // After segments that are closed, a small rest lies in the manifest as well.
    let plain = noise((384 << 10) + 1000, 6);
    let sealed = seal(&plain, 256 << 10);
    assert_eq!(sealed.len(), 2);
    assert_eq!(unseal(&sealed, 50_000).unwrap(), plain);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn what_is_sealed_opens_again(
        bytes in 0_usize..700_000,
        segment_bytes in 1_u64..300_000,
        piece in 1_usize..200_000,
        seed: u64,
    ) {
        let plain = noise(bytes, seed);
        let objects = seal(&plain, segment_bytes);
        prop_assert_eq!(unseal(&objects, piece.max(bytes / 500)).unwrap(), plain);
    }

    #[test]
    fn no_mutation_is_believed(
        bytes in 1_usize..300_000,
        object: prop::sample::Index,
        at: prop::sample::Index,
        change in 1_u8..=255,
        kind in 0_u8..4,
    ) {
        let mut objects = seal(&noise(bytes, 3), 100_000);
        let index = object.index(objects.len());
        let object = &mut objects[index];
        let at = at.index(object.len());
        match kind {
            0 => object[at] ^= change,
            1 => object.truncate(at),
            2 => object.insert(at, change),
            _ => drop(object.remove(at)),
        }
        let error = unseal(&objects, 50_000).unwrap_err();
        prop_assert!(error.downcast::<SealError>().is_ok());
    }
}
