//! How the bytes of one backup are sealed, and how that is undone.
//!
//! One backup is one **manifest** and numbered **segments**, all sealed under the
//! backup's own random [`DataKey`]. A segment is one zstd frame of the archive stream
//! (`source`), so segments can be read without their neighbours; the manifest lists
//! them with length and SHA-256, and holds a last one of at most [`TAIL_BYTES_MAX`]
//! itself: a small backup is one object. Where the archive is flushed a segment ends, however
//! short it is: so each file of a log has segments of its own. Code above this module never
//! speaks of "the file".
//!
//! # A sealed object
//!
//! ```text
//! header  33  magic "SXTN" | format version 1 | kind 1 | backup id 16 | number 4 | prefix 7
//! chunk   64 KiB + 16 tag     as often as needed, each of them full
//! last    0..=64 KiB + 16 tag always there, the only one with the last flag
//! ```
//!
//! Chunks are AES-256-GCM in the STREAM construction (Hoang, Reyhanitabar, Rogaway,
//! Vizár 2015): nonce = prefix, 32-bit big-endian counter, last flag. The whole header
//! is the associated data of every chunk.
//!
//! # What that promises
//!
//! No object can be changed, cut, extended, dropped, exchanged with another of the same
//! or of another backup, and no chunk moved, without a [`SealError`] that names the
//! object. The header says in clear what an object claims to be, which makes the error
//! precise; that the claim is true follows from the key and the associated data.
//!
//! # Why no nonce repeats under a key
//!
//! Each object is sealed under a key of its own, HKDF-SHA-256 of the data key over
//! format, backup id, kind and number. Within an object the counter and the last flag
//! tell chunks apart, and 64 MiB of them end long before the counter does. A capture
//! that is begun anew under the same key and id would use an object's key again; then
//! the random 56-bit prefix tells the two apart.
//!
//! # Memory
//!
//! Sealing holds one part (as long as the blob store likes them), one chunk and the compressor
//! (about 1 MiB at level 1); opening holds one piece of input, one chunk each of sealed and
//! plain bytes, and a window of at most 4 MiB. Both hold the list of segments: 40 bytes each,
//! at most [`SEGMENTS_MAX`].

mod again;
mod manifest;
mod object;
mod reader;
mod writer;

use std::fmt;
use std::io;

use aws_lc_rs::aead::{AES_256_GCM, LessSafeKey, UnboundKey};
use aws_lc_rs::hkdf;
use sexton_core::{DataKey, JobId, SecretKey, counted};

pub(crate) use again::{NotSealed, seal_again};
pub use manifest::{Manifest, SegmentEntry};
pub(crate) use object::is_header;
pub use object::{CHUNK_BYTES, HEADER_BYTES, TAG_BYTES};
pub use reader::{MANIFEST_SEALED_BYTES_MAX, Pieces, SegmentsReader, open_manifest};
pub use writer::{BackupWriter, Part, Sealed};

/// The version of everything described here. A reader refuses any other.
pub const FORMAT_VERSION: u8 = 1;

/// A segment is closed once it has grown to this; it is then longer by less than 1 MiB, which
/// is more than what one compressor call and the end of a frame can add.
pub const SEGMENT_BYTES_TARGET: u64 = 64 << 20;

/// A last segment of at most this many compressed bytes is kept in the manifest.
pub const TAIL_BYTES_MAX: usize = 64 << 10;

/// The most segments of one backup: 8 TiB after compression, and a manifest of 5 MiB.
pub const SEGMENTS_MAX: usize = 131_072;

/// The compression level when nobody asks for another.
pub const LEVEL_DEFAULT: i32 = 1;

/// The highest compression level: beyond it the compressor's memory is no longer small.
pub const LEVEL_MAX: i32 = 9;

/// What the objects of one backup are sealed with: the data key bound to the backup's id.
pub struct BackupKeys {
    id: JobId,
    root: hkdf::Prk,
}

impl fmt::Debug for BackupKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupKeys").field("id", &self.id).finish_non_exhaustive()
    }
}

impl BackupKeys {
    /// Binds `key` to the backup that the job `id` makes.
    pub fn derive(key: &DataKey, id: JobId) -> Self {
        let salt = hkdf::Salt::new(hkdf::HKDF_SHA256, b"sexton sealed backup 1");
        Self { id, root: salt.extract(key.as_bytes()) }
    }

    /// The backup.
    pub fn id(&self) -> JobId {
        self.id
    }

    fn object_key(&self, name: ObjectName) -> Result<LessSafeKey, SealError> {
        let info = [self.id.as_bytes().as_slice(), &[name.kind()], &name.number().to_be_bytes()];
        let failed = |_| SealError::Crypto { object: name };
        let okm = self.root.expand(&info, &AES_256_GCM).map_err(failed)?;
        let mut filled = Ok(());
        let key = SecretKey::written_by(|place| filled = okm.fill(place));
        filled.map_err(failed)?;
        let key = UnboundKey::new(&AES_256_GCM, key.as_bytes()).map_err(failed)?;
        Ok(LessSafeKey::new(key))
    }
}

/// Names one object of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum ObjectName {
    /// The list of the segments.
    Manifest,
    /// A segment, counted from 1.
    Segment(u32),
}

impl ObjectName {
    fn kind(self) -> u8 {
        match self {
            Self::Manifest => 1,
            Self::Segment(_) => 2,
        }
    }

    fn number(self) -> u32 {
        match self {
            Self::Manifest => 0,
            Self::Segment(number) => number,
        }
    }
}

impl fmt::Display for ObjectName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Manifest => f.write_str("manifest"),
            Self::Segment(number) => write!(f, "{number:06}"),
        }
    }
}

/// Why an object could not be sealed, or must not be believed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SealError {
    /// It ends too early.
    #[error("object `{object}` is truncated: {} where {expected} belong", counted(*found, "byte"))]
    Truncated {
        /// Which.
        object: ObjectName,
        /// Bytes that it should have, as far as known.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// It goes on after its end.
    #[error(
        "object `{object}` is longer than it was: {} where {expected} belong",
        counted(*found, "byte")
    )]
    Extended {
        /// Which.
        object: ObjectName,
        /// Bytes that it should have, as far as known.
        expected: u64,
        /// Bytes that are there.
        found: u64,
    },
    /// Its bytes are not those that were sealed.
    #[error("object `{object}` is corrupt at byte {offset}")]
    Corrupt {
        /// Which.
        object: ObjectName,
        /// Where the part that fails begins.
        offset: u64,
    },
    /// Another object is in its place.
    #[error("object `{object}` was swapped: it says that it is `{found}` of backup {backup}")]
    Swapped {
        /// Which.
        object: ObjectName,
        /// What it claims to be.
        found: String,
        /// The backup that it claims to belong to.
        backup: String,
    },
    /// It is not there.
    #[error("object `{object}` is missing")]
    Missing {
        /// Which.
        object: ObjectName,
    },
    /// A newer or older Sexton wrote it.
    #[error("object `{object}` has format version {version}, and this server reads version 1")]
    UnsupportedVersion {
        /// Which.
        object: ObjectName,
        /// The version that it says.
        version: u8,
    },
    /// The backup has more segments than a manifest may list.
    #[error("the backup is larger than {SEGMENTS_MAX} segments")]
    TooLarge,
    /// The cryptographic library failed.
    #[error("object `{object}` could not be processed by the cryptographic library")]
    Crypto {
        /// Which.
        object: ObjectName,
    },
}

impl From<SealError> for io::Error {
    fn from(error: SealError) -> Self {
        Self::other(error)
    }
}

/// A length as it is stored.
pub(crate) fn length(bytes: usize) -> u64 {
    u64::try_from(bytes).unwrap_or(u64::MAX)
}
