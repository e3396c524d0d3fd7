//! Reading the body of a request, within what all of them together may cost.
//!
//! A body is kept only for somebody whose access key is known. Everybody else's is read
//! and thrown away, so that they still get the error that their client understands, and
//! cost no memory. The one exception is short: STS and RDS name their actions in a form.
//!
//! Whoever names a known key has not proven to have it: the signature covers the body. So
//! a body takes room as it arrives, one source has a part of the room only, and whoever
//! crawls loses it.

use std::collections::HashMap;
use std::net::{IpAddr, Ipv6Addr};
use std::sync::{Arc, Mutex};
use std::time::Duration;

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

/// One source may fill this part of the room: an eighth.
const SOURCE_PART: usize = 8;

/// Sources that are remembered before those that hold nothing are forgotten.
const SOURCES_KNOWN_MAX: usize = 1024;

/// Room is taken in steps of so many bytes: most bodies take one, and wait once.
const STEP_BYTES: usize = 64 * 1024;

/// How long the shortest body may take.
const BODY_WAIT_MIN: Duration = Duration::from_secs(10);

/// How fast a long body has to arrive.
const BYTES_PER_SECOND_MIN: u64 = 64 * 1024;

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
    /// None for a body that is thrown away.
    room: Option<Taken>,
}

/// The room for bodies, shared by all connections.
#[derive(Debug)]
pub(crate) struct Room {
    known: Side,
    unknown: Side,
}

/// Room for bodies of one kind.
#[derive(Debug)]
struct Side {
    all: Arc<Semaphore>,
    source_bytes: usize,
    sources: Mutex<HashMap<IpAddr, Arc<Semaphore>>>,
}

/// Room that is taken: of its source's part, and of all.
#[derive(Debug)]
struct Taken {
    part: OwnedSemaphorePermit,
    all: OwnedSemaphorePermit,
}

impl Room {
    /// Room for at least one body of the size that is allowed, from every source.
    pub(crate) fn new(limits: &Limits) -> Self {
        let known = HELD_BYTES_MAX.max(limits.body_bytes_max);
        let part = (known / SOURCE_PART).max(limits.body_bytes_max);
        let unknown = UNKNOWN_HELD_BYTES_MAX;
        Self {
            known: Side::new(known, part),
            unknown: Side::new(unknown, (unknown / SOURCE_PART).max(UNKNOWN_BYTES_MAX)),
        }
    }

    /// Reads a whole body that `source` sends.
    pub(super) async fn read(
        &self,
        body: Incoming,
        keep: Keep,
        source: IpAddr,
        limits: &Limits,
    ) -> Result<Held, WireError> {
        let most = match keep {
            Keep::Known | Keep::Nothing => limits.body_bytes_max,
            Keep::Short => limits.body_bytes_max.min(UNKNOWN_BYTES_MAX),
        };
        let declared = body.size_hint().exact().map(|it| usize::try_from(it).unwrap_or(usize::MAX));
        let expected = declared.unwrap_or(most);
        if expected > most {
            return Err(too_large(most));
        }
        let side = match keep {
            Keep::Known => Some(&self.known),
            Keep::Short => Some(&self.unknown),
            Keep::Nothing => None,
        };
        let mut held = Held { bytes: Vec::new(), room: None };
        if let Some(side) = side {
            let first = side.take(source, expected.min(STEP_BYTES));
            let taken = tokio::time::timeout(limits.request_wait_max, first).await;
            held.room = Some(taken.map_err(|_| WireError::unavailable())?);
        }
        let wait = body_wait_max(expected, limits.request_wait_max);
        match tokio::time::timeout(wait, held.collect(body, most)).await {
            Ok(read) => read.map(|()| held),
            Err(_) => Err(WireError::new(408, "RequestTimeoutException", "the body took too long")),
        }
    }
}

impl Side {
    fn new(bytes: usize, source_bytes: usize) -> Self {
        Self { all: semaphore(bytes), source_bytes, sources: Mutex::default() }
    }

    async fn take(&self, source: IpAddr, bytes: usize) -> Taken {
        Taken::of(self.part(source), Arc::clone(&self.all), bytes).await
    }

    fn part(&self, source: IpAddr) -> Arc<Semaphore> {
        let mut sources = self.sources.lock().expect("no holder of this lock panics");
        if sources.len() >= SOURCES_KNOWN_MAX {
            // Whoever holds or waits for something has another reference.
            sources.retain(|_, part| Arc::strong_count(part) > 1);
        }
        let part = sources.entry(network(source)).or_insert_with(|| semaphore(self.source_bytes));
        Arc::clone(part)
    }
}

impl Taken {
    /// Waits for the part first, so that a source that is full waits for itself alone.
    async fn of(part: Arc<Semaphore>, all: Arc<Semaphore>, bytes: usize) -> Self {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        let part = part.acquire_many_owned(bytes).await.expect("nobody closes it");
        let all = all.acquire_many_owned(bytes).await.expect("nobody closes it");
        Self { part, all }
    }

    /// Takes what is missing for `bytes` of at most `most`. Bodies that are half read may
    /// wait for one another here; the time that each of them has ends that.
    async fn hold(&mut self, bytes: usize, most: usize) {
        let taken = self.all.num_permits();
        if bytes > taken {
            let step = (bytes - taken).max(STEP_BYTES).min(most - taken);
            let (part, all) = (Arc::clone(self.part.semaphore()), Arc::clone(self.all.semaphore()));
            let more = Self::of(part, all, step).await;
            self.part.merge(more.part);
            self.all.merge(more.all);
        }
    }
}

impl Held {
    async fn collect(&mut self, mut body: Incoming, most: usize) -> Result<(), WireError> {
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
            if let Some(room) = &mut self.room {
                room.hold(seen, most).await;
                // Copied, since a piece of a body may hold on to a much larger buffer.
                self.bytes.extend_from_slice(&data);
            }
        }
        Ok(())
    }
}

fn semaphore(bytes: usize) -> Arc<Semaphore> {
    Arc::new(Semaphore::new(bytes.min(Semaphore::MAX_PERMITS)))
}

/// What counts as one source: of IPv6 a network, since everybody has all of its addresses.
fn network(source: IpAddr) -> IpAddr {
    match source.to_canonical() {
        IpAddr::V6(address) => Ipv6Addr::from_bits(address.to_bits() >> 64 << 64).into(),
        address @ IpAddr::V4(_) => address,
    }
}

/// How long a body of so many bytes may take to arrive.
fn body_wait_max(bytes: usize, most: Duration) -> Duration {
    let bytes = u64::try_from(bytes).unwrap_or(u64::MAX);
    (BODY_WAIT_MIN + Duration::from_secs(bytes / BYTES_PER_SECOND_MIN)).min(most)
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

    const OURS: IpAddr = IpAddr::V4(std::net::Ipv4Addr::LOCALHOST);
    const OTHER: IpAddr = IpAddr::V4(std::net::Ipv4Addr::new(10, 0, 0, 1));

    fn room(known: usize, unknown: usize, part: usize) -> Arc<Room> {
        Arc::new(Room { known: Side::new(known, part), unknown: Side::new(unknown, part) })
    }

    /// A connection to a server that answers how many bytes it kept, or the refusal.
    fn connect(room: &Arc<Room>, keep: Keep, source: IpAddr, wait: Duration) -> DuplexStream {
        let (ours, theirs) = tokio::io::duplex(4096);
        let limits =
            Limits { body_bytes_max: 1 << 20, request_wait_max: wait, ..Limits::default() };
        let room = Arc::clone(room);
        let service = service_fn(move |request: Request<Incoming>| {
            let room = Arc::clone(&room);
            async move {
                let text = match room.read(request.into_body(), keep, source, &limits).await {
                    Ok(held) => format!("kept {}", held.bytes.len()),
                    Err(error) => format!("refused {}", error.status),
                };
                Ok::<_, Infallible>(Response::new(Full::new(Bytes::from(text))))
            }
        });
        drop(tokio::spawn(http1::Builder::new().serve_connection(TokioIo::new(ours), service)));
        theirs
    }

    async fn send(room: &Arc<Room>, keep: Keep, source: IpAddr, bytes: usize) -> String {
        // Less than a half-sent body keeps its room for.
        let wait = if bytes > STEP_BYTES { 10_000 } else { 50 };
        let mut stream = connect(room, keep, source, Duration::from_millis(wait));
        let head = format!("POST / HTTP/1.1\r\nConnection: close\r\nContent-Length: {bytes}\r\n");
        stream.write_all(format!("{head}\r\n").as_bytes()).await.unwrap();
        // The server may have answered, and left, before it has read everything.
        drop(stream.write_all(&vec![b'x'; bytes]).await);
        let mut text = String::new();
        stream.read_to_string(&mut text).await.unwrap();
        text.rsplit_once("\r\n\r\n").unwrap().1.to_owned()
    }

    /// A body of so many bytes of which nothing has been sent yet.
    async fn half(room: &Arc<Room>, source: IpAddr, bytes: usize) -> DuplexStream {
        let mut slow = connect(room, Keep::Known, source, Duration::from_mins(1));
        let head = "POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length:";
        slow.write_all(format!("{head} {bytes}\r\n\r\n").as_bytes()).await.unwrap();
        slow.read_exact(&mut [0; 25]).await.unwrap();
        slow
    }

    #[tokio::test]
    async fn bodies_together_take_no_more_room_than_there_is() {
        let room = room(1024, 64, 1024);
        assert_eq!(send(&room, Keep::Known, OURS, 1024).await, "kept 1024");
        let mut slow = half(&room, OTHER, 1024).await;
        assert_eq!(send(&room, Keep::Known, OURS, 1).await, "refused 500", "it has it all");
        assert_eq!(send(&room, Keep::Nothing, OURS, 1 << 20).await, "kept 0", "takes no room");
        assert_eq!(send(&room, Keep::Short, OURS, 64).await, "kept 64", "has room of its own");
        assert_eq!(send(&room, Keep::Short, OURS, UNKNOWN_BYTES_MAX + 1).await, "refused 413");
        slow.write_all(&[b'x'; 1024]).await.unwrap();
        slow.read_exact(&mut [0; 12]).await.unwrap();
        assert_eq!(send(&room, Keep::Known, OURS, 1024).await, "kept 1024");
    }

    /// 64 bodies that only named a key id delayed every other body for a minute.
    #[tokio::test]
    async fn bodies_of_which_nothing_was_sent_leave_room_for_those_that_arrive() {
        let room = Arc::new(Room::new(&Limits::default()));
        let mut halves = Vec::new();
        for _body in 0..64 {
            halves.push(half(&room, OTHER, 1 << 20).await);
        }
        assert_eq!(send(&room, Keep::Known, OTHER, 1 << 20).await, "kept 1048576");
        for _body in 64..128 {
            halves.push(half(&room, OTHER, 1 << 20).await);
        }
        assert_eq!(send(&room, Keep::Known, OTHER, 1).await, "refused 500", "its part is full");
        assert_eq!(send(&room, Keep::Known, OURS, 1 << 20).await, "kept 1048576", "ours is not");
        assert_eq!(room.known.sources.lock().unwrap().len(), 2);
    }

    #[test]
    fn a_body_has_time_by_its_length_and_never_more_than_the_limit() {
        let minute = Duration::from_mins(1);
        for (bytes, seconds) in [(0, 10), (10_000, 10), (1 << 20, 26), (64 << 20, 60)] {
            assert_eq!(body_wait_max(bytes, minute), Duration::from_secs(seconds), "{bytes}");
        }
        assert_eq!(body_wait_max(usize::MAX, Duration::from_secs(1)), Duration::from_secs(1));
    }

    #[test]
    fn all_addresses_of_one_network_are_one_source() {
        let of = |text: &str| network(text.parse().unwrap()).to_string();
        assert_eq!(of("2001:db8:0:1:a:b:c:d"), "2001:db8:0:1::");
        assert_eq!(of("::ffff:10.0.0.1"), "10.0.0.1");
        assert_eq!(of("10.0.0.1"), "10.0.0.1");
    }
}
