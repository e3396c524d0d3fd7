//! Compresses and seals a backup, segment by segment.

use std::fmt;
use std::io::{self, Write};

use aws_lc_rs::digest;
use bytes::Bytes;
use zstd::stream::raw::{Encoder, Operation, OutBuffer};

use super::object::{Chunks, PREFIX_BYTES, Place, SEALED_CHUNK_BYTES};
use super::{
    BackupKeys, CHUNK_BYTES, LEVEL_MAX, Manifest, ObjectName, SEGMENTS_MAX, SealError,
    SegmentEntry, TAIL_BYTES_MAX, length,
};
use crate::source::Counts;

/// What the compressor may give at once: a little more than its largest block.
const COMPRESSED_BYTES: usize = 136 << 10;

/// Sealed bytes on their way to the blob store: the next ones of `object`.
#[derive(Debug)]
pub struct Part {
    /// Of which object.
    pub object: ObjectName,
    /// The bytes: as many as was agreed upon, or fewer if they are the last.
    pub bytes: Bytes,
    /// Whether the object ends here.
    pub last: bool,
}

/// What was written for one backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Sealed {
    /// Bytes of all objects, manifest included.
    pub stored_bytes: u64,
    /// How many objects, manifest included.
    pub objects: u64,
}

/// Takes the archive stream of one backup and hands out the parts of its objects, the
/// manifest last: a backup without one was never finished.
pub struct BackupWriter<S> {
    keys: BackupKeys,
    sink: S,
    level: i32,
    segment_bytes: u64,
    part_bytes: usize,
    zstd: Encoder<'static>,
    compressed: Vec<u8>,
    open: Segment,
    segments: Vec<SegmentEntry>,
    archive_bytes: u64,
}

/// The segment that is being written.
enum Segment {
    /// So few compressed bytes, or none, that they may become the manifest's tail.
    Small(Vec<u8>),
    /// More.
    Object(ObjectWriter),
}

impl<S> fmt::Debug for BackupWriter<S> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("BackupWriter")
            .field("keys", &self.keys)
            .field("segments", &self.segments.len())
            .finish_non_exhaustive()
    }
}

impl<S: FnMut(Part) -> io::Result<()>> BackupWriter<S> {
    /// Begins a backup. A segment is closed once it has `segment_bytes`, and handed on in
    /// parts of `part_bytes`.
    pub fn new(
        keys: BackupKeys,
        level: i32,
        segment_bytes: u64,
        part_bytes: usize,
        sink: S,
    ) -> io::Result<Self> {
        let level = level.clamp(1, LEVEL_MAX);
        Ok(Self {
            keys,
            sink,
            level,
            segment_bytes,
            part_bytes,
            zstd: Encoder::new(level)?,
            compressed: vec![0; COMPRESSED_BYTES],
            open: Segment::Small(Vec::new()),
            segments: Vec::new(),
            archive_bytes: 0,
        })
    }

    /// Closes the last segment and writes the manifest.
    pub fn finish(mut self, counts: Counts) -> io::Result<Sealed> {
        let tail = self.close_segment()?;
        let manifest = Manifest {
            segments: std::mem::take(&mut self.segments),
            archive_bytes: self.archive_bytes,
            counts,
            zstd_level: self.level,
            tail,
        };
        write_manifest(&self.keys, &manifest, self.part_bytes, &mut self.sink)
    }

    /// Ends the frame. Gives it back if it is not worth an object.
    fn close_segment(&mut self) -> io::Result<Vec<u8>> {
        loop {
            let mut out = OutBuffer::around(self.compressed.as_mut_slice());
            let remaining = self.zstd.finish(&mut out, false)?;
            let bytes = out.as_slice().len();
            self.append(bytes)?;
            if remaining == 0 {
                break;
            }
        }
        self.zstd.reinit()?;
        match std::mem::replace(&mut self.open, Segment::Small(Vec::new())) {
            Segment::Small(tail) => Ok(tail),
            Segment::Object(object) => {
                self.segments.push(object.finish(&mut self.sink)?);
                Ok(Vec::new())
            }
        }
    }

    /// Adds the first `bytes` of what the compressor gave to the segment that is open.
    fn append(&mut self, bytes: usize) -> io::Result<()> {
        if let Segment::Small(held) = &mut self.open {
            if held.len() + bytes <= TAIL_BYTES_MAX {
                held.extend_from_slice(&self.compressed[..bytes]);
                return Ok(());
            }
            let held = std::mem::take(held);
            self.open = Segment::Object(self.begin_object(&held)?);
        }
        if let Segment::Object(object) = &mut self.open {
            object.write(&self.compressed[..bytes], &mut self.sink)?;
        }
        Ok(())
    }

    fn begin_object(&mut self, held: &[u8]) -> io::Result<ObjectWriter> {
        let mut object = ObjectWriter::new(&self.keys, self.next_name()?, self.part_bytes)?;
        object.write(held, &mut self.sink)?;
        Ok(object)
    }

    fn is_full(&self) -> bool {
        match &self.open {
            Segment::Small(_) => false,
            Segment::Object(object) => object.sealed_bytes >= self.segment_bytes,
        }
    }

    fn next_name(&self) -> Result<ObjectName, SealError> {
        if self.segments.len() >= SEGMENTS_MAX {
            return Err(SealError::TooLarge);
        }
        let number = u32::try_from(self.segments.len() + 1).map_err(|_| SealError::TooLarge)?;
        Ok(ObjectName::Segment(number))
    }
}

impl<S: FnMut(Part) -> io::Result<()>> Write for BackupWriter<S> {
    fn write(&mut self, plain: &[u8]) -> io::Result<usize> {
        let mut rest = plain;
        while !rest.is_empty() {
            let status = self.zstd.run_on_buffers(rest, &mut self.compressed)?;
            rest = &rest[status.bytes_read..];
            self.append(status.bytes_written)?;
            if self.is_full() {
                self.close_segment()?;
            }
        }
        self.archive_bytes += length(plain.len());
        Ok(plain.len())
    }

    /// Has what follows begin an object of its own, however little was written before.
    fn flush(&mut self) -> io::Result<()> {
        let tail = self.close_segment()?;
        // Empty if it became an object by itself.
        if !tail.is_empty() {
            let object = self.begin_object(&tail)?;
            self.segments.push(object.finish(&mut self.sink)?);
        }
        Ok(())
    }
}

/// Seals the manifest, the last object of a backup; tells what all of them are.
pub(super) fn write_manifest(
    keys: &BackupKeys,
    manifest: &Manifest,
    part_bytes: usize,
    sink: &mut impl FnMut(Part) -> io::Result<()>,
) -> io::Result<Sealed> {
    let body = manifest.encode().map_err(io::Error::other)?;
    let mut object = ObjectWriter::new(keys, ObjectName::Manifest, part_bytes)?;
    object.write(&body, sink)?;
    let entry = object.finish(sink)?;
    let sizes = manifest.segments.iter().map(|it| it.sealed_bytes);
    Ok(Sealed {
        stored_bytes: sizes.sum::<u64>() + entry.sealed_bytes,
        objects: length(manifest.segments.len()) + 1,
    })
}

/// Seals one object.
pub(super) struct ObjectWriter {
    name: ObjectName,
    chunks: Chunks,
    /// Plain bytes of the chunk that is being gathered; a full one waits here until it
    /// is known whether it is the last.
    plain: Vec<u8>,
    part: Vec<u8>,
    part_bytes: usize,
    hash: digest::Context,
    sealed_bytes: u64,
}

impl ObjectWriter {
    pub(super) fn new(
        keys: &BackupKeys,
        name: ObjectName,
        part_bytes: usize,
    ) -> Result<Self, SealError> {
        let mut prefix = [0; PREFIX_BYTES];
        aws_lc_rs::rand::fill(&mut prefix).map_err(|_| SealError::Crypto { object: name })?;
        let mut part = Vec::new();
        let chunks = Chunks::seal(keys, name, prefix, &mut part)?;
        let mut hash = digest::Context::new(&digest::SHA256);
        hash.update(&part);
        let sealed_bytes = length(part.len());
        Ok(Self { name, chunks, plain: Vec::new(), part, part_bytes, hash, sealed_bytes })
    }

    pub(super) fn write(
        &mut self,
        mut bytes: &[u8],
        sink: &mut impl FnMut(Part) -> io::Result<()>,
    ) -> io::Result<()> {
        while !bytes.is_empty() {
            if self.plain.len() == CHUNK_BYTES {
                self.seal_chunk(Place::Within)?;
                self.send_full_part(sink)?;
            }
            let room = (CHUNK_BYTES - self.plain.len()).min(bytes.len());
            let (now, later) = bytes.split_at(room);
            self.plain.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    pub(super) fn finish(
        mut self,
        sink: &mut impl FnMut(Part) -> io::Result<()>,
    ) -> io::Result<SegmentEntry> {
        self.seal_chunk(Place::Last)?;
        self.send_full_part(sink)?;
        sink(Part { object: self.name, bytes: Bytes::from(self.part), last: true })?;
        let mut sha256 = [0; 32];
        sha256.copy_from_slice(self.hash.finish().as_ref());
        Ok(SegmentEntry { sealed_bytes: self.sealed_bytes, sha256 })
    }

    fn seal_chunk(&mut self, place: Place) -> Result<(), SealError> {
        self.make_room();
        let at = self.part.len();
        self.chunks.seal_chunk(&self.plain, place, &mut self.part)?;
        self.plain.clear();
        self.hash.update(&self.part[at..]);
        self.sealed_bytes += length(self.part.len() - at);
        Ok(())
    }

    /// Lets the part grow to its length and one chunk, and no further: a vector that grows by
    /// itself takes nearly twice as much.
    fn make_room(&mut self) {
        let (length, capacity) = (self.part.len(), self.part.capacity());
        let needed = length + SEALED_CHUNK_BYTES;
        if capacity < needed {
            let wanted = (2 * capacity).min(self.part_bytes + SEALED_CHUNK_BYTES).max(needed);
            self.part.reserve_exact(wanted - length);
        }
    }

    /// A part that is just full waits: the last one must not be empty.
    fn send_full_part(&mut self, sink: &mut impl FnMut(Part) -> io::Result<()>) -> io::Result<()> {
        if self.part.len() <= self.part_bytes {
            return Ok(());
        }
        let rest = self.part.split_off(self.part_bytes);
        let full = std::mem::replace(&mut self.part, rest);
        sink(Part { object: self.name, bytes: Bytes::from(full), last: false })
    }
}
