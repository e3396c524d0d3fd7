//! The epoch root: 32 bytes that must exist once, outside the database.
//!
//! A provider has two slots, so that the next root can be durable before the database
//! needs it, and the last one can be destroyed after. By default the slots are one
//! small file that is overwritten **in place** and synchronously. It is never replaced
//! by a rename: measured on ext4, a rename leaves the old bytes on the disk.
//!
//! Beside the key stands what binds the parts of a data folder ([`Witness`]): whose root it
//! is and how far the database had come, so that an older or another database is refused.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, MetadataExt as _, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Mutex, MutexGuard};

use jiff::Timestamp;
use rustix::fs::{FlockOperation, flock};
use sexton_core::Epoch;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::RingKey;
use crate::StoreId;
use crate::merkle::Frontier;

/// One root key and the epoch that it rules.
pub struct Root {
    /// Which epoch.
    pub epoch: Epoch,
    /// The key of the ring's top page.
    pub key: RingKey,
    /// The metadata that it was made for, as of the commit that made it the root.
    pub witness: Witness,
}

impl Root {
    /// The same root a second time, for whoever keeps it.
    #[must_use]
    pub fn copy(&self) -> Self {
        Self { epoch: self.epoch, key: self.key.copy(), witness: self.witness }
    }
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root")
            .field("epoch", &self.epoch)
            .field("witness", &self.witness)
            .finish_non_exhaustive()
    }
}

/// How far the metadata had come, kept where the metadata is not: whoever opens an older
/// copy, or another one, is told so.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Witness {
    /// Which store it speaks of.
    pub store: StoreId,
    /// The generation that was durable.
    pub generation: u64,
    /// How many places of the key ring were ever taken.
    pub keys: u64,
    /// The latest instant that was written, to the millisecond.
    pub time: Timestamp,
    /// Leaves of the certificate log.
    pub log_size: u64,
    /// The root over them.
    pub log_root: [u8; 32],
}

impl Witness {
    /// Of a store that holds nothing yet.
    pub fn of_nothing(store: StoreId) -> Self {
        let log_root = Frontier::default().root();
        let time = Timestamp::UNIX_EPOCH;
        Self { store, generation: 0, keys: 0, time, log_size: 0, log_root }
    }
}

/// One of the two places for a root.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Slot {
    /// The first.
    A,
    /// The second.
    B,
}

impl Slot {
    /// The other one.
    #[must_use]
    pub fn other(self) -> Self {
        match self {
            Self::A => Self::B,
            Self::B => Self::A,
        }
    }
}

/// Keeps the roots. Every method that returns `Ok` has made its effect durable.
pub trait RootProvider: fmt::Debug + Send + Sync {
    /// Whether whoever starts next finds these roots. What is sealed under others is lost.
    fn in_place(&self) -> io::Result<()> {
        Ok(())
    }

    /// What is in slot A and in slot B.
    fn read(&self) -> io::Result<[Option<Root>; 2]>;
    /// Puts a root into a slot, so that what was in it is no more.
    fn write(&self, slot: Slot, root: &Root) -> io::Result<()>;
    /// Overwrites a slot, so that what was in it is no more.
    fn erase(&self, slot: Slot) -> io::Result<()>;
    /// What [`RootProvider::write_witness`] wrote last.
    fn read_witness(&self) -> io::Result<Option<Witness>>;
    /// Writes down how far the metadata has come, touching no root. A write that is
    /// interrupted leaves what was there.
    fn write_witness(&self, witness: &Witness) -> io::Result<()>;
}

/// A slot begins on a block of its own, so that writing one never rewrites another.
const BLOCK_LEN: usize = 4096;
/// Two roots, then two witnesses that are written in turn.
const BLOCKS: usize = 4;
const FILE_LEN: usize = BLOCKS * BLOCK_LEN;

/// Roots in a file of four blocks that only its owner can read. The file is locked for as
/// long as this lives.
#[derive(Debug)]
pub struct FileRoots {
    path: PathBuf,
    file: File,
}

impl FileRoots {
    /// Opens the file, or makes it with all slots empty. A file that was being made when
    /// the machine stopped is made again; one that is short and holds anything is damaged,
    /// and is left as it is. Fails with [`io::ErrorKind::WouldBlock`] while another server
    /// has it.
    pub fn open(path: &Path) -> io::Result<Self> {
        let dsync = i32::try_from(rustix::fs::OFlags::DSYNC.bits()).map_err(io::Error::other)?;
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .custom_flags(dsync)
            .open(path)?;
        flock(&file, FlockOperation::NonBlockingLockExclusive)?;
        let roots = Self { path: path.to_owned(), file };
        if roots.is_half_made()? {
            roots.file.write_all_at(&[0; FILE_LEN], 0)?;
            roots.file.sync_all()?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        Ok(roots)
    }

    /// Opens a file that is there, to look at it: neither it nor its folder need be writable,
    /// and none of both is changed. Fails with [`io::ErrorKind::WouldBlock`] while a server
    /// has it, and keeps servers out as long as this lives.
    pub fn open_read_only(path: &Path) -> io::Result<Self> {
        let file = File::open(path)?;
        flock(&file, FlockOperation::NonBlockingLockShared)?;
        Ok(Self { path: path.to_owned(), file })
    }

    /// Whether the file is shorter than it should be and there is nothing in it.
    fn is_half_made(&self) -> io::Result<bool> {
        let length = usize::try_from(self.file.metadata()?.len()).unwrap_or(usize::MAX);
        if length >= FILE_LEN {
            return Ok(false);
        }
        let mut found = Zeroizing::new([0; FILE_LEN]);
        self.file.read_exact_at(&mut found[..length], 0)?;
        Ok(found.iter().all(|byte| *byte == 0))
    }

    fn offset(slot: Slot) -> u64 {
        match slot {
            Slot::A => 0,
            Slot::B => 4096,
        }
    }

    /// Where the witness of this number is written: the one before it stays.
    fn witness_offset(number: u64) -> u64 {
        if number.is_multiple_of(2) { 8192 } else { 12_288 }
    }

    /// A block whose record, of so many bytes, is whole. A record that was torn is nothing;
    /// a block with anything behind its record is none of ours.
    fn read_block<T>(
        &self,
        offset: u64,
        length: usize,
        decode: impl FnOnce(&[u8]) -> Option<T>,
    ) -> io::Result<Option<T>> {
        let path = self.path.display();
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        match self.file.read_exact_at(block.as_mut_slice(), offset) {
            Ok(()) => (),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let words = format!("{path} is cut short: put the whole file back");
                return Err(io::Error::other(words));
            }
            Err(error) => return Err(error),
        }
        let (record, rest) = block.split_at(length);
        if rest.iter().any(|byte| *byte != 0) {
            let words =
                format!("{path} is not a root file of this version: put the right one back");
            return Err(io::Error::other(words));
        }
        Ok(decode(record))
    }

    fn write_block(&self, offset: u64, record: &[u8]) -> io::Result<()> {
        let mut block = Zeroizing::new([0; BLOCK_LEN]);
        block[..record.len()].copy_from_slice(record);
        self.file.write_all_at(block.as_slice(), offset)
    }

    /// The witness that was written last, and its number.
    fn last_witness(&self) -> io::Result<Option<(u64, Witness)>> {
        let read = |number| self.read_block(Self::witness_offset(number), NOTE_LEN, decode_witness);
        Ok(read(0)?.into_iter().chain(read(1)?).max_by_key(|(number, _)| *number))
    }
}

impl FileRoots {
    /// Forgets how far the metadata had come, and keeps the rest: a person has said that an
    /// older copy is to be taken. No root is touched.
    pub fn forget_witness(&self) -> io::Result<()> {
        match self.read_witness()? {
            None => Ok(()),
            Some(Witness { store, time, .. }) => {
                self.write_witness(&Witness { time, ..Witness::of_nothing(store) })
            }
        }
    }
}

impl Drop for FileRoots {
    fn drop(&mut self) {
        // A child that is just being started may still share the open file, and would keep
        // the lock for a moment.
        if let Err(error) = flock(&self.file, FlockOperation::Unlock) {
            tracing::warn!(%error, "the lock of the root file was not given back");
        }
    }
}

impl RootProvider for FileRoots {
    fn in_place(&self) -> io::Result<()> {
        let (path, opened) = (self.path.display(), self.file.metadata()?);
        let words = match std::fs::metadata(&self.path) {
            Ok(found) if (found.dev(), found.ino()) == (opened.dev(), opened.ino()) => {
                return Ok(());
            }
            Ok(_) => format!("{path} is another file than the one that was opened"),
            Err(error) => format!("{path} is not there any more: {error}"),
        };
        Err(io::Error::other(format!(
            "{words}; no key is made or destroyed until the one that was opened is back"
        )))
    }

    fn read(&self) -> io::Result<[Option<Root>; 2]> {
        let read = |slot| self.read_block(Self::offset(slot), RECORD_LEN, decode);
        Ok([read(Slot::A)?, read(Slot::B)?])
    }

    fn write(&self, slot: Slot, root: &Root) -> io::Result<()> {
        self.write_block(Self::offset(slot), encode(root).as_slice())
    }

    fn erase(&self, slot: Slot) -> io::Result<()> {
        self.write_block(Self::offset(slot), &[])
    }

    fn read_witness(&self) -> io::Result<Option<Witness>> {
        Ok(self.last_witness()?.map(|(_, witness)| witness))
    }

    fn write_witness(&self, witness: &Witness) -> io::Result<()> {
        let number = self.last_witness()?.map_or(0, |(number, _)| number.saturating_add(1));
        self.write_block(Self::witness_offset(number), &encode_witness(number, witness))
    }
}

const MAGIC: &[u8; 8] = b"SXROOT\x00\x01";
const NOTE_MAGIC: &[u8; 8] = b"SXNOTE\x00\x01";
const WITNESS_LEN: usize = 16 + 8 + 8 + 8 + 8 + 32;
const DIGEST_LEN: usize = 32;
/// Magic, epoch, key, witness, and a digest of those, so that a torn write is no root.
const RECORD_LEN: usize = 8 + 8 + 32 + WITNESS_LEN + DIGEST_LEN;
/// Magic, number, witness, digest.
const NOTE_LEN: usize = 8 + 8 + WITNESS_LEN + DIGEST_LEN;

fn encode(root: &Root) -> Zeroizing<Vec<u8>> {
    let mut record = Zeroizing::new(Vec::with_capacity(RECORD_LEN));
    record.extend_from_slice(MAGIC);
    record.extend_from_slice(&root.epoch.0.to_be_bytes());
    record.extend_from_slice(root.key.as_bytes());
    push_witness(&mut record, &root.witness);
    let digest = Sha256::digest(record.as_slice());
    record.extend_from_slice(&digest);
    record
}

fn encode_witness(number: u64, witness: &Witness) -> Vec<u8> {
    let mut record = Vec::with_capacity(NOTE_LEN);
    record.extend_from_slice(NOTE_MAGIC);
    record.extend_from_slice(&number.to_be_bytes());
    push_witness(&mut record, witness);
    let digest = Sha256::digest(record.as_slice());
    record.extend_from_slice(&digest);
    record
}

fn push_witness(record: &mut Vec<u8>, witness: &Witness) {
    let Witness { store, generation, keys, time, log_size, log_root } = witness;
    record.extend_from_slice(store.as_bytes());
    record.extend_from_slice(&generation.to_be_bytes());
    record.extend_from_slice(&keys.to_be_bytes());
    record.extend_from_slice(&time.as_millisecond().to_be_bytes());
    record.extend_from_slice(&log_size.to_be_bytes());
    record.extend_from_slice(log_root);
}

fn decode(record: &[u8]) -> Option<Root> {
    let body = whole(record)?.strip_prefix(MAGIC)?;
    let (epoch, body) = body.split_first_chunk()?;
    let (key, body) = body.split_first_chunk()?;
    let witness = take_witness(body)?;
    Some(Root { epoch: Epoch(u64::from_be_bytes(*epoch)), key: RingKey::from_bytes(key), witness })
}

fn decode_witness(record: &[u8]) -> Option<(u64, Witness)> {
    let body = whole(record)?.strip_prefix(NOTE_MAGIC)?;
    let (number, body) = body.split_first_chunk()?;
    Some((u64::from_be_bytes(*number), take_witness(body)?))
}

/// What comes before the digest, if that fits.
fn whole(record: &[u8]) -> Option<&[u8]> {
    let (body, digest) = record.split_last_chunk::<DIGEST_LEN>()?;
    (Sha256::digest(body).as_slice() == digest).then_some(body)
}

fn take_witness(body: &[u8]) -> Option<Witness> {
    let (store, body) = body.split_first_chunk()?;
    let (generation, body) = body.split_first_chunk()?;
    let (keys, body) = body.split_first_chunk()?;
    let (time, body) = body.split_first_chunk()?;
    let (log_size, body) = body.split_first_chunk()?;
    Some(Witness {
        store: StoreId::from_bytes(*store),
        generation: u64::from_be_bytes(*generation),
        keys: u64::from_be_bytes(*keys),
        time: Timestamp::from_millisecond(i64::from_be_bytes(*time)).ok()?,
        log_size: u64::from_be_bytes(*log_size),
        log_root: body.try_into().ok()?,
    })
}

/// Roots in memory, for tests and the simulator: they outlive a simulated crash.
#[derive(Debug, Default)]
pub struct MemoryRoots(Mutex<Held>);

#[derive(Debug, Default)]
struct Held {
    slots: [Option<Root>; 2],
    witness: Option<Witness>,
}

impl MemoryRoots {
    fn held(&self) -> MutexGuard<'_, Held> {
        self.0.lock().expect("no holder of this lock panics")
    }
}

impl RootProvider for MemoryRoots {
    fn read(&self) -> io::Result<[Option<Root>; 2]> {
        Ok(self.held().slots.each_ref().map(|slot| slot.as_ref().map(Root::copy)))
    }

    fn write(&self, slot: Slot, root: &Root) -> io::Result<()> {
        *slot_of(&mut self.held().slots, slot) = Some(root.copy());
        Ok(())
    }

    fn erase(&self, slot: Slot) -> io::Result<()> {
        *slot_of(&mut self.held().slots, slot) = None;
        Ok(())
    }

    fn read_witness(&self) -> io::Result<Option<Witness>> {
        Ok(self.held().witness)
    }

    fn write_witness(&self, witness: &Witness) -> io::Result<()> {
        self.held().witness = Some(*witness);
        Ok(())
    }
}

fn slot_of(slots: &mut [Option<Root>; 2], slot: Slot) -> &mut Option<Root> {
    let [a, b] = slots;
    match slot {
        Slot::A => a,
        Slot::B => b,
    }
}

#[cfg(test)]
mod tests;
