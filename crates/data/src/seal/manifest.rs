//! The manifest: what a backup consists of.
//!
//! Stored as one version byte and a postcard body, inside a sealed object. A last segment
//! of few bytes is not worth an object: it is in the manifest itself, so that a small
//! backup is one object, and removing it waits for the disk once.

use serde::{Deserialize, Serialize};

use crate::source::Counts;

/// The version of the body. The frame around it has its own.
const MANIFEST_VERSION: u8 = 1;

/// What a backup consists of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Manifest {
    /// The segments, in order; the first is number 1.
    pub segments: Vec<SegmentEntry>,
    /// Bytes of the archive stream, before compression.
    pub archive_bytes: u64,
    /// What the archive holds.
    pub counts: Counts,
    /// The level of compression.
    pub zstd_level: i32,
    /// The zstd frame after the last segment; empty if there is none.
    pub tail: Vec<u8>,
}

/// One segment as it was stored.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct SegmentEntry {
    /// Its length.
    pub sealed_bytes: u64,
    /// The SHA-256 of its sealed bytes.
    pub sha256: [u8; 32],
}

impl Manifest {
    pub(super) fn encode(&self) -> Result<Vec<u8>, postcard::Error> {
        postcard::to_extend(self, vec![MANIFEST_VERSION])
    }

    /// `Err(Some(version))`: another version; `Err(None)`: not a manifest.
    pub(super) fn decode(bytes: &[u8]) -> Result<Self, Option<u8>> {
        match bytes.split_first() {
            Some((&MANIFEST_VERSION, body)) => match postcard::take_from_bytes(body) {
                Ok((manifest, [])) => Ok(manifest),
                Ok((_, [_, ..])) | Err(_) => Err(None),
            },
            Some((&version, _)) => Err(Some(version)),
            None => Err(None),
        }
    }
}
