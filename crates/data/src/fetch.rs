//! Reads the objects of a backup for who opens them on a thread of its own.

use std::io;

use bytes::Bytes;
use sexton_core::ObjectPrefix;
use tokio::sync::mpsc;

use crate::blobs::{BlobError, Blobs};
use crate::seal::{
    BackupKeys, MANIFEST_SEALED_BYTES_MAX, Manifest, ObjectName, Pieces, SealError, length,
    open_manifest,
};

/// Pieces that wait to be opened, besides the one that is being opened.
const PIECES_WAITING_MAX: usize = 1;

type Fetched = io::Result<Option<Bytes>>;

/// Where fetched pieces go, and where they come from.
pub(crate) fn pieces() -> (mpsc::Sender<Fetched>, Waiting) {
    let (pieces, waiting) = mpsc::channel(PIECES_WAITING_MAX);
    (pieces, Waiting(waiting))
}

/// Reads the manifest, whose length nothing else says. Errors of the seal and of the blob
/// store are inside of the [`io::Error`].
pub(crate) async fn fetch_manifest(
    keys: &BackupKeys,
    prefix: &ObjectPrefix,
    blobs: &Blobs,
) -> io::Result<Manifest> {
    let object = ObjectName::Manifest;
    let mut pieces = Vec::new();
    let mut offset = 0;
    loop {
        let piece = blobs.read(prefix, &object.to_string(), offset).await;
        let piece = piece.map_err(|error| blame(object, error))?;
        if piece.total > MANIFEST_SEALED_BYTES_MAX {
            return Err(SealError::TooLarge.into());
        }
        offset += length(piece.bytes.len());
        if piece.bytes.is_empty() {
            break;
        }
        pieces.push(piece.bytes);
    }
    open_manifest(keys, &mut Held(pieces.into_iter()))
}

/// Hands over all segments in order, until nobody takes them.
pub(crate) async fn fetch_segments(
    prefix: &ObjectPrefix,
    blobs: &Blobs,
    segments: usize,
    pieces: mpsc::Sender<Fetched>,
) {
    for number in 1..=segments {
        let object = ObjectName::Segment(u32::try_from(number).unwrap_or(u32::MAX));
        let name = object.to_string();
        let mut offset = 0;
        loop {
            let fetched = blobs.read(prefix, &name, offset).await;
            let (message, ends) = match fetched {
                Ok(piece) if piece.bytes.is_empty() => (Ok(None), true),
                Ok(piece) => {
                    offset += length(piece.bytes.len());
                    (Ok(Some(piece.bytes)), false)
                }
                Err(error) => (Err(blame(object, error)), true),
            };
            let failed = message.is_err();
            if pieces.send(message).await.is_err() || failed {
                return;
            }
            if ends {
                break;
            }
        }
    }
}

/// A missing object is a fault of the backup, not of the store.
fn blame(object: ObjectName, error: BlobError) -> io::Error {
    match error {
        BlobError::Missing { .. } => SealError::Missing { object }.into(),
        BlobError::NotDone { .. } | BlobError::Unknown { .. } => io::Error::other(error),
    }
}

/// Pieces that are all here.
struct Held(std::vec::IntoIter<Bytes>);

impl Pieces for Held {
    fn next_piece(&mut self) -> io::Result<Option<Bytes>> {
        Ok(self.0.next())
    }
}

/// Pieces that are still being fetched.
pub(crate) struct Waiting(mpsc::Receiver<Fetched>);

impl Pieces for Waiting {
    fn next_piece(&mut self) -> Fetched {
        self.0.blocking_recv().unwrap_or_else(|| Err(io::ErrorKind::BrokenPipe.into()))
    }
}
