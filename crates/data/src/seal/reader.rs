//! Opens what [`super::BackupWriter`] sealed. No byte is given out that was not
//! authenticated first.

use std::fmt;
use std::io::{self, BufRead, Read};

use aws_lc_rs::digest;
use bytes::{Buf, Bytes};

use super::object::{Chunks, HEADER_BYTES, Place, SEALED_CHUNK_BYTES};
use super::{
    BackupKeys, CHUNK_BYTES, Manifest, ObjectName, SEGMENTS_MAX, SealError, SegmentEntry, length,
};

/// What a manifest of [`SEGMENTS_MAX`] segments can take: at most 43 bytes each, the
/// tail, and a tag for every 64 KiB. The header is among the spare bytes.
pub const MANIFEST_SEALED_BYTES_MAX: u64 = 6 << 20;

/// The sealed bytes of objects, one object after the other.
pub trait Pieces {
    /// The next bytes of the current object, never empty; or `None` at its end, after
    /// which the next call begins the next object.
    fn next_piece(&mut self) -> io::Result<Option<Bytes>>;
}

/// Opens the manifest of a backup, which is the next object of `pieces`.
pub fn open_manifest(keys: &BackupKeys, pieces: &mut impl Pieces) -> io::Result<Manifest> {
    let object = ObjectName::Manifest;
    let mut reader = ObjectReader::begin(keys, object, None, pieces)?;
    let mut body = Vec::new();
    let mut chunk = Vec::new();
    while reader.next_chunk(pieces, &mut chunk)? {
        body.extend_from_slice(&chunk);
        if reader.input.received > MANIFEST_SEALED_BYTES_MAX {
            return Err(SealError::TooLarge.into());
        }
    }
    let manifest = Manifest::decode(&body).map_err(|version| match version {
        Some(version) => SealError::UnsupportedVersion { object, version },
        None => SealError::Corrupt { object, offset: length(HEADER_BYTES) },
    })?;
    if manifest.segments.len() > SEGMENTS_MAX {
        return Err(SealError::TooLarge.into());
    }
    Ok(manifest)
}

/// Reads the compressed bytes of all segments, in order, and then the manifest's tail.
pub struct SegmentsReader<P> {
    keys: BackupKeys,
    pieces: P,
    left: std::vec::IntoIter<SegmentEntry>,
    tail: Vec<u8>,
    number: u32,
    open: Option<ObjectReader>,
    chunk: Vec<u8>,
    consumed: usize,
}

impl<P> fmt::Debug for SegmentsReader<P> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("SegmentsReader")
            .field("keys", &self.keys)
            .field("number", &self.number)
            .finish_non_exhaustive()
    }
}

impl<P: Pieces> SegmentsReader<P> {
    /// Reads what `manifest` lists; `pieces` gives the segments from the first on.
    pub fn new(keys: BackupKeys, manifest: Manifest, pieces: P) -> Self {
        let (left, tail) = (manifest.segments.into_iter(), manifest.tail);
        let chunk = Vec::with_capacity(CHUNK_BYTES);
        Self { keys, pieces, left, tail, number: 0, open: None, chunk, consumed: 0 }
    }
}

impl<P: Pieces> BufRead for SegmentsReader<P> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while self.consumed >= self.chunk.len() {
            self.consumed = 0;
            self.chunk.clear();
            if let Some(object) = &mut self.open {
                if !object.next_chunk(&mut self.pieces, &mut self.chunk)? {
                    self.open = None;
                }
                continue;
            }
            let Some(entry) = self.left.next() else {
                self.chunk = std::mem::take(&mut self.tail);
                break;
            };
            self.number += 1;
            let name = ObjectName::Segment(self.number);
            let object = ObjectReader::begin(&self.keys, name, Some(entry), &mut self.pieces)?;
            self.open = Some(object);
        }
        Ok(&self.chunk[self.consumed..])
    }

    fn consume(&mut self, amount: usize) {
        self.consumed += amount;
    }
}

impl<P: Pieces> Read for SegmentsReader<P> {
    fn read(&mut self, out: &mut [u8]) -> io::Result<usize> {
        let read = self.fill_buf()?.read(out)?;
        self.consume(read);
        Ok(read)
    }
}

/// Opens one object.
pub(super) struct ObjectReader {
    name: ObjectName,
    chunks: Chunks,
    expected: Option<SegmentEntry>,
    input: Input,
    done: bool,
}

impl ObjectReader {
    pub(super) fn begin(
        keys: &BackupKeys,
        name: ObjectName,
        expected: Option<SegmentEntry>,
        pieces: &mut impl Pieces,
    ) -> io::Result<Self> {
        let mut input = Input::new();
        input.gather(HEADER_BYTES, pieces)?;
        if input.ended {
            check_length(name, expected, input.received)?;
        }
        let chunks = Chunks::open(keys, name, &input.gathered)?;
        input.gathered.clear();
        Ok(Self { name, chunks, expected, input, done: false })
    }

    /// Replaces `out` by the next plain bytes; `false` after the last chunk.
    pub(super) fn next_chunk(
        &mut self,
        pieces: &mut impl Pieces,
        out: &mut Vec<u8>,
    ) -> io::Result<bool> {
        if self.done {
            return Ok(false);
        }
        self.input.gathered.clear();
        self.input.gather(SEALED_CHUNK_BYTES, pieces)?;
        let place = if self.input.at_end(pieces)? { Place::Last } else { Place::Within };
        if place == Place::Last {
            self.done = true;
            check_length(self.name, self.expected, self.input.received)?;
        }
        self.chunks.open_chunk(&self.input.gathered, place, out)?;
        if place == Place::Last {
            self.check_digest()?;
        }
        Ok(true)
    }

    fn check_digest(&mut self) -> Result<(), SealError> {
        let Some(expected) = self.expected else { return Ok(()) };
        let digest = self.input.hash.clone().finish();
        if digest.as_ref() == expected.sha256.as_slice() {
            return Ok(());
        }
        Err(SealError::Corrupt { object: self.name, offset: 0 })
    }
}

/// The length is checked before the last chunk is opened, so that a cut anywhere is
/// called a cut.
fn check_length(
    object: ObjectName,
    entry: Option<SegmentEntry>,
    found: u64,
) -> Result<(), SealError> {
    let expected = entry.map_or(found, |it| it.sealed_bytes);
    match found.cmp(&expected) {
        std::cmp::Ordering::Less => Err(SealError::Truncated { object, expected, found }),
        std::cmp::Ordering::Greater => Err(SealError::Extended { object, expected, found }),
        std::cmp::Ordering::Equal => Ok(()),
    }
}

/// Cuts pieces of any size into chunks.
struct Input {
    piece: Bytes,
    gathered: Vec<u8>,
    hash: digest::Context,
    received: u64,
    ended: bool,
}

impl Input {
    fn new() -> Self {
        Self {
            piece: Bytes::new(),
            gathered: Vec::with_capacity(SEALED_CHUNK_BYTES),
            hash: digest::Context::new(&digest::SHA256),
            received: 0,
            ended: false,
        }
    }

    /// Gathers `wanted` bytes, or fewer at the end of the object.
    fn gather(&mut self, wanted: usize, pieces: &mut impl Pieces) -> io::Result<()> {
        while self.gathered.len() < wanted && !self.at_end(pieces)? {
            let take = (wanted - self.gathered.len()).min(self.piece.len());
            self.gathered.extend_from_slice(&self.piece[..take]);
            self.piece.advance(take);
        }
        Ok(())
    }

    /// Whether nothing follows what was gathered.
    fn at_end(&mut self, pieces: &mut impl Pieces) -> io::Result<bool> {
        while self.piece.is_empty() && !self.ended {
            match pieces.next_piece()? {
                Some(piece) => {
                    self.hash.update(&piece);
                    self.received += length(piece.len());
                    self.piece = piece;
                }
                None => self.ended = true,
            }
        }
        Ok(self.piece.is_empty())
    }
}
