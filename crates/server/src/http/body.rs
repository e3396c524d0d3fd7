//! Reading the body of a request, within what all of them together may cost.
//!
//! A body is kept only for somebody whose access key is known. Everybody else's is read
//! and thrown away, so that they still get the error that their client understands, and
//! cost no memory. The one exception is short: STS and RDS name their actions in a form.

use std::sync::Arc;

use http_body_util::BodyExt;
use hyper::body::{Body as _, Incoming};
use sexton_wire::aws::WireError;
use tokio::sync::{OwnedSemaphorePermit, Semaphore};

use crate::config::Limits;

/// Bytes of bodies that are held at the same time for known access keys.
const HELD_BYTES_MAX: usize = 64 * 1024 * 1024;

/// Bytes of bodies that are held at the same time for everybody else.
const UNKNOWN_HELD_BYTES_MAX: usize = 4 * 1024 * 1024;

/// Bytes of one body that is kept although nobody known sent it.
const UNKNOWN_BYTES_MAX: usize = 16 * 1024;

/// What is done with a body.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Keep {
    /// It is kept: it names a known access key.
    Known,
    /// It is kept if it is short: what it asks for cannot be told without it.
    Short,
    /// It is read and thrown away.
    Nothing,
}

/// A body, and the room that it takes for as long as it is there.
#[derive(Debug)]
pub(super) struct Held {
    pub(super) bytes: Vec<u8>,
    _room: OwnedSemaphorePermit,
}

/// The room for bodies, shared by all connections.
#[derive(Debug)]
pub(crate) struct Room {
    known: Arc<Semaphore>,
    unknown: Arc<Semaphore>,
}

impl Room {
    /// Room for at least one body of the size that is allowed.
    pub(crate) fn new(limits: &Limits) -> Self {
        Self::of(HELD_BYTES_MAX.max(limits.body_bytes_max), UNKNOWN_HELD_BYTES_MAX)
    }

    fn of(known: usize, unknown: usize) -> Self {
        let room = |bytes: usize| Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)));
        Self { known: room(known), unknown: room(unknown) }
    }

    /// Reads a whole body. Room is taken once and for all of it before the first byte is
    /// read, so that bodies that are half read never wait for one another.
    pub(super) async fn read(
        &self,
        mut body: Incoming,
        keep: Keep,
        limits: &Limits,
    ) -> Result<Held, WireError> {
        let (room, most) = match keep {
            Keep::Known => (&self.known, limits.body_bytes_max),
            Keep::Short => (&self.unknown, limits.body_bytes_max.min(UNKNOWN_BYTES_MAX)),
            Keep::Nothing => (&self.unknown, limits.body_bytes_max),
        };
        let most_bytes = u64::try_from(most).unwrap_or(u64::MAX);
        let declared = body.size_hint().exact();
        if declared.is_some_and(|bytes| bytes > most_bytes) {
            return Err(too_large(most));
        }
        let wanted = match keep {
            Keep::Known | Keep::Short => declared.unwrap_or(most_bytes),
            Keep::Nothing => 0,
        };
        let wanted = u32::try_from(wanted).unwrap_or(u32::MAX);
        let room = Arc::clone(room).acquire_many_owned(wanted);
        let Ok(Ok(room)) = tokio::time::timeout(limits.request_wait_max, room).await else {
            return Err(WireError::unavailable());
        };
        let read = collect(&mut body, keep, most);
        match tokio::time::timeout(limits.request_wait_max, read).await {
            Ok(bytes) => Ok(Held { bytes: bytes?, _room: room }),
            Err(_) => Err(WireError::new(408, "RequestTimeoutException", "the body took too long")),
        }
    }
}

async fn collect(body: &mut Incoming, keep: Keep, most: usize) -> Result<Vec<u8>, WireError> {
    let mut kept = Vec::new();
    let mut seen = 0;
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| {
            WireError::new(400, "SerializationException", "the body did not arrive whole")
        })?;
        // What is not data is trailers, of which nothing is made.
        let Ok(data) = frame.into_data() else { continue };
        seen += data.len();
        if seen > most {
            return Err(too_large(most));
        }
        // Copied, since a piece of a body may hold on to a much larger buffer.
        match keep {
            Keep::Known | Keep::Short => kept.extend_from_slice(&data),
            Keep::Nothing => (),
        }
    }
    Ok(kept)
}

fn too_large(most: usize) -> WireError {
    let message = format!("the body is longer than {most} bytes");
    WireError::new(413, "RequestEntityTooLargeException", message)
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;
    use std::time::Duration;

    use bytes::Bytes;
    use http::{Request, Response};
    use http_body_util::Full;
    use hyper::server::conn::http1;
    use hyper::service::service_fn;
    use hyper_util::rt::TokioIo;
    use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _, DuplexStream};

    use super::*;

    /// A connection to a server that answers how many bytes it kept, or the refusal.
    fn connect(room: &Arc<Room>, keep: Keep, wait: Duration) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(4096);
        let limits =
            Limits { body_bytes_max: 1 << 20, request_wait_max: wait, ..Limits::default() };
        let room = Arc::clone(room);
        let service = service_fn(move |request: Request<Incoming>| {
            let room = Arc::clone(&room);
            async move {
                let text = match room.read(request.into_body(), keep, &limits).await {
                    Ok(held) => format!("kept {}", held.bytes.len()),
                    Err(error) => format!("refused {}", error.status),
                };
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text))))
            }
        });
        drop(tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(ours), service)));
        theirs
    }

    async fn send(room: &Arc<Room>, keep: Keep, bytes: usize) -> String {
        let mut stream = connect(room, keep, Duration::from_millis(50));
        let head = format!("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: {bytes}\r\n");
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        // The server may have answered, and left, before it has read everything.
        drop(stream.write_all(&vec![b'x'; bytes]).await);
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text.rsplit_once("\r\n\r\n").unwrap().1.to_owned()
    }

    #[tokio::test]
    async fn bodies_together_take_no_more_room_than_there_is() {
        let room = Arc::new(Room::of(1024, 64));
        assert_eq!(send(&room, Keep::Known, 1024).await, "kept 1024");
        let mut slow = connect(&room, Keep::Known, Duration::from_mins(1));
        let head = b"POST / HTTP/1.1\r\nContent-Length: 1024\r\nExpect: 100-continue\r\n\r\n";
        slow.write_all(head).await.unwrap();
        slow.read_exact(&mut [0; 25]).await.unwrap();
        assert_eq!(send(&room, Keep::Known, 1).await, "refused 500", "the slow one has it all");
        assert_eq!(send(&room, Keep::Nothing, 1 << 20).await, "kept 0", "what takes no room");
        assert_eq!(send(&room, Keep::Short, 64).await, "kept 64", "what has room of its own");
        assert_eq!(send(&room, Keep::Short, UNKNOWN_BYTES_MAX + 1).await, "refused 413");
        slow.write_all(&[b'x'; 1024]).await.unwrap();
        slow.read_exact(&mut [0; 12]).await.unwrap();
        assert_eq!(send(&room, Keep::Known, 1024).await, "kept 1024");
    }
}
