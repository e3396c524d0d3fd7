//! The format of pages and records of the log, as far as it is looked at.

use jiff::SignedDuration;

use super::Lsn;

pub(super) const RECORD_HEADER_BYTES: usize = 24;
pub(super) const LONG_HEADER_BYTES: usize = 40;

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct PageHeader {
    pub(super) magic: u16,
    pub(super) at: Lsn,
    pub(super) bytes: usize,
    /// What comes first of a record that began before.
    pub(super) rest: u32,
    /// Whether such a record was given up.
    pub(super) overwrites: bool,
}

impl PageHeader {
    pub(super) fn parse(page: &[u8]) -> Option<Self> {
        const RECORD_GOES_ON: u16 = 1;
        const LONG: u16 = 2;
        const OVERWRITES: u16 = 8;
        let (magic, flags) = (u16_at(page, 0)?, u16_at(page, 2)?);
        let bytes = if flags & LONG == 0 { 24 } else { LONG_HEADER_BYTES };
        let rest = if flags & RECORD_GOES_ON == 0 { 0 } else { u32_at(page, 16)? };
        let at = u64_at(page, 8)?;
        (magic != 0).then_some(Self { magic, at, bytes, rest, overwrites: flags & OVERWRITES != 0 })
    }
}

/// What a record tells. Times count from 1970.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Kind {
    /// A transaction was committed or given up, at these microseconds.
    Ended(i64),
    /// What ended before this moment stands in the log before it.
    Checkpoint(i64),
    /// A folder outside of the data folder is made or removed. A database that is made in one
    /// needs no look: its folder is found by a link that the tablespace brings, and a backup has
    /// no such link.
    Tablespace {
        made: bool,
    },
    /// Nothing more of this file is used.
    Switch,
    Other,
}

impl Kind {
    pub(super) fn of(head: &[u8], magic: u16) -> Self {
        const OF_LOG: u8 = 0;
        const OF_TRANSACTIONS: u8 = 1;
        const OF_TABLESPACES: u8 = 5;
        // The log counts from the year 2000.
        const EPOCH: SignedDuration = SignedDuration::from_secs(946_684_800);
        // Versions 13 to 18: in others the time of a checkpoint may stand in another place.
        const KNOWN: std::ops::RangeInclusive<u16> = 0xD106..=0xD118;
        const CHECKPOINT_TIME_AT: usize = 64;
        let (Some(info), Some(manager)) = (head.get(16), head.get(17)) else { return Self::Other };
        let number = |at| main_data(head).and_then(|data| i64_at(data, at));
        let told = match (*manager, info & 0xF0) {
            (OF_LOG, 0x40) => Some(Self::Switch),
            (OF_LOG, 0x00 | 0x10) if KNOWN.contains(&magic) => {
                number(CHECKPOINT_TIME_AT).map(Self::Checkpoint)
            }
            (OF_TABLESPACES, 0x00) => Some(Self::Tablespace { made: true }),
            (OF_TABLESPACES, 0x10) => Some(Self::Tablespace { made: false }),
            // Committed, given up, and both of those that were prepared before.
            (OF_TRANSACTIONS, info) if matches!(info & 0x70, 0x00 | 0x20 | 0x30 | 0x40) => {
                let epoch = i64::try_from(EPOCH.as_micros()).unwrap_or(0);
                number(0).and_then(|time| time.checked_add(epoch)).map(Self::Ended)
            }
            _ => None,
        };
        told.unwrap_or(Self::Other)
    }
}

/// The data of a record that changes no block.
fn main_data(head: &[u8]) -> Option<&[u8]> {
    let mut at = RECORD_HEADER_BYTES;
    loop {
        at += match head.get(at)? {
            255 => return head.get(at + 2..),
            254 => return head.get(at + 5..),
            // Where it came from, and of which transaction it is a part.
            253 => 3,
            252 => 5,
            _ => return None,
        };
    }
}

fn bytes_at<const N: usize>(bytes: &[u8], at: usize) -> Option<[u8; N]> {
    bytes.get(at..at.checked_add(N)?)?.try_into().ok()
}

fn u16_at(bytes: &[u8], at: usize) -> Option<u16> {
    bytes_at(bytes, at).map(u16::from_le_bytes)
}

pub(super) fn u32_at(bytes: &[u8], at: usize) -> Option<u32> {
    bytes_at(bytes, at).map(u32::from_le_bytes)
}

pub(super) fn u64_at(bytes: &[u8], at: usize) -> Option<u64> {
    bytes_at(bytes, at).map(u64::from_le_bytes)
}

fn i64_at(bytes: &[u8], at: usize) -> Option<i64> {
    bytes_at(bytes, at).map(i64::from_le_bytes)
}
