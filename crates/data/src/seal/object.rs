//! One sealed object: its header and its chunks.
//!
//! No IO here: bytes in, bytes out, so that the framing can be tested by property.

use aws_lc_rs::aead::{Aad, LessSafeKey, Nonce};

use super::{BackupKeys, FORMAT_VERSION, ObjectName, SealError, length};

/// Plain bytes of a full chunk.
pub const CHUNK_BYTES: usize = 64 << 10;
/// What authentication adds to each chunk.
pub const TAG_BYTES: usize = 16;
/// The header in front of the chunks.
pub const HEADER_BYTES: usize = 33;

pub(super) const SEALED_CHUNK_BYTES: usize = CHUNK_BYTES + TAG_BYTES;
pub(super) const PREFIX_BYTES: usize = 7;

const MAGIC: [u8; 4] = *b"SXTN";
const PREFIX_AT: usize = HEADER_BYTES - PREFIX_BYTES;

/// Whether a chunk is the last of its object.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Place {
    Within,
    Last,
}

impl Place {
    fn other(self) -> Self {
        match self {
            Self::Within => Self::Last,
            Self::Last => Self::Within,
        }
    }
}

/// Seals or opens the chunks of one object, in order.
pub(super) struct Chunks {
    name: ObjectName,
    key: LessSafeKey,
    header: [u8; HEADER_BYTES],
    counter: u32,
}

impl Chunks {
    /// Begins an object; its header is written to `out`.
    ///
    /// `prefix` must be random: see the parent module on nonces.
    pub(super) fn seal(
        keys: &BackupKeys,
        name: ObjectName,
        prefix: [u8; PREFIX_BYTES],
        out: &mut Vec<u8>,
    ) -> Result<Self, SealError> {
        let mut header = claim(keys, name);
        header[PREFIX_AT..].copy_from_slice(&prefix);
        out.extend_from_slice(&header);
        Ok(Self { name, key: keys.object_key(name)?, header, counter: 0 })
    }

    /// Reads the header of what should be the object `name`.
    pub(super) fn open(
        keys: &BackupKeys,
        name: ObjectName,
        header: &[u8],
    ) -> Result<Self, SealError> {
        let Ok(header) = <[u8; HEADER_BYTES]>::try_from(header) else {
            let expected = length(HEADER_BYTES + TAG_BYTES);
            return Err(SealError::Truncated {
                object: name,
                expected,
                found: length(header.len()),
            });
        };
        let wanted = claim(keys, name);
        if header[..4] != wanted[..4] {
            return Err(SealError::Corrupt { object: name, offset: 0 });
        }
        if header[4] != FORMAT_VERSION {
            return Err(SealError::UnsupportedVersion { object: name, version: header[4] });
        }
        if header[5..PREFIX_AT] != wanted[5..PREFIX_AT] {
            return Err(swapped(name, &header));
        }
        Ok(Self { name, key: keys.object_key(name)?, header, counter: 0 })
    }

    /// Appends the sealed form of `plain` to `out`.
    pub(super) fn seal_chunk(
        &mut self,
        plain: &[u8],
        place: Place,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        debug_assert!(plain.len() <= CHUNK_BYTES);
        debug_assert!(place == Place::Last || plain.len() == CHUNK_BYTES);
        let at = out.len();
        out.extend_from_slice(plain);
        let nonce = self.nonce(place);
        let tag = self
            .key
            .seal_in_place_separate_tag(nonce, Aad::from(self.header), &mut out[at..])
            .map_err(|_| SealError::Crypto { object: self.name })?;
        out.extend_from_slice(tag.as_ref());
        self.advance()
    }

    /// Opens one chunk into `out`, which it replaces.
    ///
    /// The error tells a chunk that was cut off or added behind from one that was
    /// changed: such a chunk opens with the other flag.
    pub(super) fn open_chunk(
        &mut self,
        sealed: &[u8],
        place: Place,
        out: &mut Vec<u8>,
    ) -> Result<(), SealError> {
        if self.try_open(sealed, place, out) {
            return self.advance();
        }
        let offset = self.offset();
        let end = offset + length(sealed.len());
        let object = self.name;
        let flagged = self.try_open(sealed, place.other(), out);
        out.clear();
        Err(match (flagged, place) {
            (true, Place::Last) => SealError::Truncated { object, expected: end + 1, found: end },
            (true, Place::Within) => SealError::Extended { object, expected: end, found: end + 1 },
            (false, Place::Last | Place::Within) => SealError::Corrupt { object, offset },
        })
    }

    fn try_open(&self, sealed: &[u8], place: Place, out: &mut Vec<u8>) -> bool {
        out.clear();
        let Some(plain_bytes) = sealed.len().checked_sub(TAG_BYTES) else { return false };
        let (body, tag) = sealed.split_at(plain_bytes);
        out.resize(plain_bytes, 0);
        let aad = Aad::from(self.header);
        self.key.open_separate_gather(self.nonce(place), aad, body, tag, out).is_ok()
    }

    /// Where the current chunk begins in its object.
    fn offset(&self) -> u64 {
        length(HEADER_BYTES) + u64::from(self.counter) * length(SEALED_CHUNK_BYTES)
    }

    fn nonce(&self, place: Place) -> Nonce {
        let mut nonce = [0; 12];
        nonce[..PREFIX_BYTES].copy_from_slice(&self.header[PREFIX_AT..]);
        nonce[PREFIX_BYTES..11].copy_from_slice(&self.counter.to_be_bytes());
        nonce[11] = u8::from(place == Place::Last);
        Nonce::assume_unique_for_key(nonce)
    }

    fn advance(&mut self) -> Result<(), SealError> {
        self.counter = self.counter.checked_add(1).ok_or(SealError::TooLarge)?;
        Ok(())
    }
}

/// The header of `name`, without its prefix.
fn claim(keys: &BackupKeys, name: ObjectName) -> [u8; HEADER_BYTES] {
    let mut header = [0; HEADER_BYTES];
    header[..4].copy_from_slice(&MAGIC);
    header[4] = FORMAT_VERSION;
    header[5] = name.kind();
    header[6..22].copy_from_slice(keys.id().as_bytes());
    header[22..PREFIX_AT].copy_from_slice(&name.number().to_be_bytes());
    header
}

/// Whether these are the first bytes of a sealed object, whoever sealed it.
pub(crate) fn is_header(head: &[u8; HEADER_BYTES]) -> bool {
    head[..4] == MAGIC && head[4] == FORMAT_VERSION && matches!(head[5], 1 | 2)
}

fn swapped(object: ObjectName, header: &[u8; HEADER_BYTES]) -> SealError {
    let number = [header[22], header[23], header[24], header[25]];
    let found = match header[5] {
        1 => ObjectName::Manifest.to_string(),
        2 => ObjectName::Segment(u32::from_be_bytes(number)).to_string(),
        kind => format!("an object of unknown kind {kind}"),
    };
    let backup = hex::encode(&header[6..22]);
    SealError::Swapped { object, found, backup }
}
