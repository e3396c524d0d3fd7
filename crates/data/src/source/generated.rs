//! A small payload out of nothing, for those who test automation.
//!
//! It goes the whole way of a directory: archive, compression, seal, restore.

use std::io::{self, Write};

use sexton_core::JobId;

use super::archive::{ArchiveWriter, Attributes, Record};
use super::{Counts, Progress};

/// Bytes of the one file.
pub(super) const PAYLOAD_BYTES: u64 = 8192;

/// Writes one directory with one file, whose bytes follow from `seed`.
pub(super) fn write_archive(
    seed: JobId,
    sink: impl Write,
    progress: &Progress,
) -> io::Result<Counts> {
    let attributes = |mode| Attributes {
        mode,
        uid: rustix::process::geteuid().as_raw(),
        gid: rustix::process::getegid().as_raw(),
        mtime_seconds: 0,
        mtime_nanos: 0,
        xattrs: Vec::new(),
    };
    let mut archive = ArchiveWriter::new(sink)?;
    archive.record(&Record::File { name: b"payload" })?;
    archive.data(0, &payload(seed))?;
    let size = PAYLOAD_BYTES;
    archive.record(&Record::FileEnd { size, whole: true, attributes: attributes(0o600) })?;
    archive.record(&Record::Leave { attributes: attributes(0o700) })?;
    progress.add_bytes(PAYLOAD_BYTES);
    progress.add_file();
    archive.finish()
}

/// Steele, Lea and Flood's split-mix generator, from the two halves of the id.
fn payload(seed: JobId) -> Vec<u8> {
    let id = u128::from_be_bytes(*seed.as_bytes());
    let half = u128::from(u64::MAX);
    let mut state = u64::try_from((id >> 64) ^ (id & half)).unwrap_or(0);
    let mut bytes = Vec::new();
    for _ in 0..PAYLOAD_BYTES / 8 {
        state = state.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = state;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        bytes.extend_from_slice(&(word ^ (word >> 31)).to_le_bytes());
    }
    bytes
}
