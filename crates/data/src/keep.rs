//! What captures and copies do alike: they write sealed parts beside deletions, which come
//! first.

use std::io;

use sexton_core::{ObjectPrefix, chain};
use tokio::sync::mpsc;

use crate::blobs::{BlobError, Blobs, Upload};
use crate::home::DiskRoom;
use crate::seal::{ObjectName, Part, length};

/// How low the priority of the threads is, from 0 to 19. They get 1/28 of the processor that
/// a thread of a deletion beside them gets, and all that is idle.
const NICENESS: i32 = 15;

/// Parts that wait to be stored, besides the one that is being stored.
const PARTS_WAITING_MAX: usize = 1;

/// Why a part was not stored.
#[derive(Debug)]
pub(crate) enum NotKept {
    /// The disk is needed for deletions.
    NoRoom(String),
    /// The blob store failed.
    Blobs(BlobError),
}

/// Where sealed parts go, and where they come from.
pub(crate) fn parts() -> (mpsc::Sender<Part>, mpsc::Receiver<Part>) {
    mpsc::channel(PARTS_WAITING_MAX)
}

/// Sends parts from the thread that seals. Fails with a broken pipe once nobody stores them.
pub(crate) fn sink(parts: mpsc::Sender<Part>) -> impl FnMut(Part) -> io::Result<()> {
    move |part| {
        let refused = |_| io::Error::from(io::ErrorKind::BrokenPipe);
        parts.blocking_send(part).map_err(refused)
    }
}

/// Gives the processor to everybody else first. A system that refuses this serves captures
/// like the rest.
pub(crate) fn stand_back() {
    if let Err(error) = rustix::process::setpriority_process(None, NICENESS) {
        let error = chain(&io::Error::from(error));
        tracing::debug!(error, "a capture runs with the priority of the rest");
    }
}

/// Stores parts until there are no more, or one fails.
pub(crate) async fn store(
    prefix: &ObjectPrefix,
    blobs: &Blobs,
    room: &DiskRoom,
    mut waiting: mpsc::Receiver<Part>,
) -> Result<(), NotKept> {
    let mut open: Option<(ObjectName, Upload)> = None;
    let mut result = Ok(());
    while let Some(part) = waiting.recv().await {
        let upload = match &mut open {
            Some((name, upload)) if *name == part.object => upload,
            Some(_) | None => {
                let upload = blobs.upload(prefix, &part.object.to_string());
                &mut open.insert((part.object, upload)).1
            }
        };
        result = match room.reserve(length(part.bytes.len())).await {
            Ok(_reserved) => upload.part(part.bytes, part.last).await.map_err(NotKept::Blobs),
            Err(reason) => Err(NotKept::NoRoom(reason)),
        };
        if result.is_err() {
            break;
        }
        if part.last {
            open = None;
        }
    }
    drop(waiting);
    if let Some((_, upload)) = open {
        upload.abort().await;
    }
    result
}
