//! The epoch root: 32 bytes that must exist once, outside the database.
//!
//! A provider has two slots, so that the next root can be durable before the database
//! needs it, and the last one can be destroyed after. By default the slots are one
//! small file that is overwritten **in place** and synchronously. It is never replaced
//! by a rename: measured on ext4, a rename leaves the old bytes on the disk.

use std::fmt;
use std::fs::{File, OpenOptions};
use std::io;
use std::os::unix::fs::{FileExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::Mutex;

use sexton_core::Epoch;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::RingKey;

/// One root key and the epoch that it rules.
#[derive(Clone)]
pub struct Root {
    /// Which epoch.
    pub epoch: Epoch,
    /// The key of the ring's top page.
    pub key: RingKey,
}

impl fmt::Debug for Root {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Root").field("epoch", &self.epoch).finish_non_exhaustive()
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
    /// What is in slot A and in slot B.
    fn read(&self) -> io::Result<[Option<Root>; 2]>;
    /// Puts a root into a slot.
    fn write(&self, slot: Slot, root: &Root) -> io::Result<()>;
    /// Overwrites a slot, so that what was in it is no more.
    fn erase(&self, slot: Slot) -> io::Result<()>;
}

/// A slot begins on a block of its own, so that writing one never rewrites the other.
const SLOT_LEN: usize = 4096;
const MAGIC: &[u8; 8] = b"SXROOT\x00\x01";
const RECORD_LEN: usize = 8 + 8 + 32 + 32;

/// Roots in a file of two blocks that only its owner can read.
#[derive(Debug)]
pub struct FileRoots {
    path: PathBuf,
    file: File,
}

impl FileRoots {
    /// Opens the file, or makes it with both slots empty. A file that was being made when
    /// the machine stopped is made again; one that is short and holds anything is damaged,
    /// and is left as it is.
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
        let roots = Self { path: path.to_owned(), file };
        if roots.is_half_made()? {
            roots.file.write_all_at(&[0; 2 * SLOT_LEN], 0)?;
            roots.file.sync_all()?;
            if let Some(folder) = path.parent() {
                File::open(folder)?.sync_all()?;
            }
        }
        Ok(roots)
    }

    /// Whether the file is shorter than it should be and there is nothing in it.
    fn is_half_made(&self) -> io::Result<bool> {
        let length = usize::try_from(self.file.metadata()?.len()).unwrap_or(usize::MAX);
        if length >= 2 * SLOT_LEN {
            return Ok(false);
        }
        let mut found = Zeroizing::new([0; 2 * SLOT_LEN]);
        self.file.read_exact_at(&mut found[..length], 0)?;
        Ok(found.iter().all(|byte| *byte == 0))
    }

    fn offset(slot: Slot) -> u64 {
        match slot {
            Slot::A => 0,
            Slot::B => 4096,
        }
    }

    fn read_slot(&self, slot: Slot) -> io::Result<Option<Root>> {
        let mut block = Zeroizing::new([0; RECORD_LEN]);
        match self.file.read_exact_at(block.as_mut_slice(), Self::offset(slot)) {
            Ok(()) => Ok(decode(&block)),
            Err(error) if error.kind() == io::ErrorKind::UnexpectedEof => {
                let path = self.path.display();
                Err(io::Error::other(format!("{path} is cut short: put the whole file back")))
            }
            Err(error) => Err(error),
        }
    }
}

impl RootProvider for FileRoots {
    fn read(&self) -> io::Result<[Option<Root>; 2]> {
        Ok([self.read_slot(Slot::A)?, self.read_slot(Slot::B)?])
    }

    fn write(&self, slot: Slot, root: &Root) -> io::Result<()> {
        let mut block = Zeroizing::new([0; SLOT_LEN]);
        block[..RECORD_LEN].copy_from_slice(encode(root).as_slice());
        self.file.write_all_at(block.as_slice(), Self::offset(slot))
    }

    fn erase(&self, slot: Slot) -> io::Result<()> {
        self.file.write_all_at(&[0; SLOT_LEN], Self::offset(slot))
    }
}

/// Magic, epoch, key, and a digest of those, so that a torn write is no root.
fn encode(root: &Root) -> Zeroizing<[u8; RECORD_LEN]> {
    let mut record = Zeroizing::new([0; RECORD_LEN]);
    record[..8].copy_from_slice(MAGIC);
    record[8..16].copy_from_slice(&root.epoch.0.to_be_bytes());
    record[16..48].copy_from_slice(root.key.as_slice());
    let digest = Sha256::digest(&record[..48]);
    record[48..].copy_from_slice(&digest);
    record
}

fn decode(record: &[u8; RECORD_LEN]) -> Option<Root> {
    let (body, digest) = record.split_at(48);
    if !body.starts_with(MAGIC) || Sha256::digest(body).as_slice() != digest {
        return None;
    }
    let epoch = u64::from_be_bytes(body[8..16].try_into().ok()?);
    let key = Zeroizing::new(<[u8; 32]>::try_from(&body[16..]).ok()?);
    Some(Root { epoch: Epoch(epoch), key })
}

/// Roots in memory, for tests and the simulator: they outlive a simulated crash.
#[derive(Debug, Default)]
pub struct MemoryRoots(Mutex<[Option<Root>; 2]>);

impl RootProvider for MemoryRoots {
    fn read(&self) -> io::Result<[Option<Root>; 2]> {
        Ok(self.0.lock().expect("no holder of this lock panics").clone())
    }

    fn write(&self, slot: Slot, root: &Root) -> io::Result<()> {
        let mut slots = self.0.lock().expect("no holder of this lock panics");
        *slot_of(&mut slots, slot) = Some(root.clone());
        Ok(())
    }

    fn erase(&self, slot: Slot) -> io::Result<()> {
        let mut slots = self.0.lock().expect("no holder of this lock panics");
        *slot_of(&mut slots, slot) = None;
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
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn a_root_comes_back_and_a_torn_one_is_no_root(
            epoch: u64, key: [u8; 32], place in 0..RECORD_LEN, torn: u8,
        ) {
            let record = encode(&Root { epoch: Epoch(epoch), key: Zeroizing::new(key) });
            let read = decode(&record).unwrap();
            prop_assert_eq!((read.epoch, *read.key), (Epoch(epoch), key));
            let mut other = *record;
            other[place] = torn;
            prop_assert_eq!(decode(&other).is_some(), other == *record);
        }

        #[test]
        fn whatever_a_slot_holds_reading_never_panics(
            mut record in proptest::collection::vec(any::<u8>(), RECORD_LEN), honest: bool,
        ) {
            if honest {
                record[..8].copy_from_slice(MAGIC);
                let digest = Sha256::digest(&record[..48]);
                record[48..].copy_from_slice(&digest);
            }
            let read = decode(&record.try_into().unwrap());
            prop_assert_eq!(read.is_some(), honest);
        }
    }
}
