//! Seals a backup again, for another one: what was sealed under one key and id is opened and
//! sealed under others, object by object. Nothing is decompressed.

use std::io;

use super::reader::{ObjectReader, Pieces};
use super::writer::{ObjectWriter, Part, Sealed, write_manifest};
use super::{BackupKeys, Manifest, ObjectName, length};

/// Why a backup was not sealed again.
#[derive(Debug)]
pub(crate) enum NotSealed<S> {
    /// The original cannot be read or believed.
    Original(io::Error),
    /// It cannot be sealed, or nobody takes what is.
    Copy(io::Error),
    /// `step` said so.
    Stopped(S),
}

/// Opens what `manifest` lists, whose segments `pieces` gives from the first on, and hands out
/// the parts of the copy. Each segment is believed as a whole before the next begins, and all
/// of them are before the manifest of the copy comes: without it a copy is none.
///
/// `step` hears how many bytes were opened, and may stop the work.
pub(crate) fn seal_again<S>(
    (from, manifest): (&BackupKeys, Manifest),
    mut pieces: impl Pieces,
    (to, part_bytes): (&BackupKeys, usize),
    mut sink: impl FnMut(Part) -> io::Result<()>,
    mut step: impl FnMut(u64) -> Result<(), S>,
) -> Result<Sealed, NotSealed<S>> {
    let mut copy = Manifest { segments: Vec::with_capacity(manifest.segments.len()), ..manifest };
    let mut chunk = Vec::new();
    for (number, entry) in (1..).zip(manifest.segments) {
        let name = ObjectName::Segment(number);
        let mut original = ObjectReader::begin(from, name, Some(entry), &mut pieces)
            .map_err(NotSealed::Original)?;
        let sealing = ObjectWriter::new(to, name, part_bytes);
        let mut sealing = sealing.map_err(|error| NotSealed::Copy(error.into()))?;
        while original.next_chunk(&mut pieces, &mut chunk).map_err(NotSealed::Original)? {
            step(length(chunk.len())).map_err(NotSealed::Stopped)?;
            sealing.write(&chunk, &mut sink).map_err(NotSealed::Copy)?;
        }
        copy.segments.push(sealing.finish(&mut sink).map_err(NotSealed::Copy)?);
    }
    step(length(copy.tail.len())).map_err(NotSealed::Stopped)?;
    write_manifest(to, &copy, part_bytes, &mut sink).map_err(NotSealed::Copy)
}
