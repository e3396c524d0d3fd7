//! Accepting connections, with and without TLS, and letting go of them gracefully.

use std::convert::Infallible;
use std::io;
use std::net::IpAddr;
use std::pin::pin;
use std::sync::Arc;
use std::time::Duration;

use bytes::Bytes;
use http::{Request, Response};
use http_body_util::Full;
use hyper::body::Incoming;
use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;

use super::Door;
use super::places::Places;
use crate::config::Limits;

/// How long a client may take to shake hands, and then to send the head of a request.
const HEADERS_WAIT_MAX: Duration = Duration::from_secs(15);

/// How long a connection may be without a request, once it has had one. The last answer
/// has to be read in that time, too.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(1);

/// How long a connection that is being closed may take to send what it still has.
const CLOSING_WAIT_MAX: Duration = Duration::from_secs(15);

/// How long a connection may take to deliver its last answer when it makes way.
const WAY_WAIT_MAX: Duration = Duration::from_millis(250);

/// How long a stopping server waits for requests in flight.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(30);

/// Headers of one request.
const HEADERS_MAX: usize = 100;

/// Requests that one HTTP/2 connection has in flight: each may hold its head in memory.
const STREAMS_MAX: u32 = 32;

/// Bytes that one HTTP/2 connection may send ahead of being read.
const WINDOW_BYTES_MAX: u32 = 256 * 1024;

/// How long to wait when the machine is out of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

/// How long a connection may keep its place without being of use. HTTP libraries bound
/// some of this for some protocols; here it is bounded once, whatever is spoken.
#[derive(Debug, Clone, Copy)]
struct Waits {
    first_request: Duration,
    next_request: Duration,
    closing: Duration,
}

const WAITS: Waits = Waits {
    first_request: HEADERS_WAIT_MAX,
    next_request: QUIET_WAIT_MAX,
    closing: CLOSING_WAIT_MAX,
};

/// Serves until `stop`, then finishes what is in flight.
pub(crate) async fn run(
    door: Arc<Door>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
) {
    let places = Arc::new(Places::new(door.settings.limits.connections_max));
    loop {
        let (stream, source) = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok(accepted) => accepted,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    places.make_way();
                    tokio::time::sleep(ACCEPT_RETRY).await;
                    continue;
                }
            },
            () = stopped(&mut stop) => break,
        };
        // Taken after the connection, so that whoever is quiet makes way for somebody.
        let place = tokio::select! {
            place = places.take() => place,
            () = stopped(&mut stop) => break,
        };
        let (door, tls, stop, places) =
            (Arc::clone(&door), tls.clone(), stop.clone(), Arc::clone(&places));
        tokio::spawn(async move {
            if let Err(error) = connection(door, &places, (stream, source.ip()), tls, stop).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(place);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WAIT_MAX, places.all_free()).await.is_err() {
        tracing::warn!("connections were still open after {DRAIN_WAIT_MAX:?}");
    }
}

/// Waits until the server is to stop. A server that is gone has stopped.
async fn stopped(stop: &mut watch::Receiver<bool>) {
    drop(stop.wait_for(|stop| *stop).await);
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn connection(
    door: Arc<Door>,
    places: &Places,
    (stream, source): (TcpStream, IpAddr),
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failed> {
    // Answers are small and complete: waiting to fill a packet only adds delay.
    stream.set_nodelay(true)?;
    let limits = door.settings.limits;
    let answer = move |request| Arc::clone(&door).serve(request, source);
    let Some(tls) = tls else { return speak(stream, limits, WAITS, places, stop, answer).await };
    let idle = places.idle(false);
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(HEADERS_WAIT_MAX, tls.accept(stream)) => shaken,
        () = idle.asked() => return Ok(()),
        () = stopped(&mut stop) => return Ok(()),
    };
    drop(idle);
    let stream = shaken.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    speak(stream, limits, WAITS, places, stop, answer).await
}

/// Speaks HTTP until the client leaves, is of no use any more, or the server stops.
async fn speak<A>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    limits: Limits,
    waits: Waits,
    places: &Places,
    mut stop: watch::Receiver<bool>,
    answer: impl Fn(Request<Incoming>) -> A,
) -> Result<(), Failed>
where
    A: Future<Output = Result<Response<Full<Bytes>>, Infallible>> + Send + 'static,
{
    let (requests, in_flight) = watch::channel(0);
    let service = service_fn(move |request| {
        let begun = InFlight::begin(&requests);
        let answer = answer(request);
        async move {
            let answered = answer.await;
            drop(begun);
            answered
        }
    });
    let builder = builder(&limits);
    let mut connection = pin!(builder.serve_connection(TokioIo::new(stream), service));
    let closing = tokio::select! {
        ended = connection.as_mut() => return ended,
        end = quiet(in_flight, waits, places) => match end {
            // Nothing is on its way that could be lost.
            Quiet::GivesWayUnused => return Ok(()),
            Quiet::GivesWay => WAY_WAIT_MAX,
            Quiet::TooLong => waits.closing,
        },
        // What is in flight has the time of `DRAIN_WAIT_MAX`.
        () = stopped(&mut stop) => DRAIN_WAIT_MAX,
    };
    connection.as_mut().graceful_shutdown();
    tokio::time::timeout(closing, connection)
        .await
        .map_err(|_| io::Error::from(io::ErrorKind::TimedOut))?
}

fn builder(limits: &Limits) -> Builder<TokioExecutor> {
    let mut builder = Builder::new(TokioExecutor::new());
    builder
        .http1()
        .timer(TokioTimer::new())
        .header_read_timeout(HEADERS_WAIT_MAX)
        .max_headers(HEADERS_MAX)
        .max_buf_size(limits.header_bytes_max.max(8192));
    builder
        .http2()
        .timer(TokioTimer::new())
        .max_concurrent_streams(STREAMS_MAX)
        .initial_connection_window_size(WINDOW_BYTES_MAX)
        .initial_stream_window_size(WINDOW_BYTES_MAX)
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX));
    builder
}

/// One request that is being answered, from its whole head to its whole answer, or until
/// its client gives it up.
struct InFlight(watch::Sender<usize>);

impl InFlight {
    fn begin(requests: &watch::Sender<usize>) -> Self {
        requests.send_modify(|count| *count += 1);
        Self(requests.clone())
    }
}

impl Drop for InFlight {
    fn drop(&mut self) {
        self.0.send_modify(|count| *count -= 1);
    }
}

/// Why a connection without a request is closed.
enum Quiet {
    /// It had none for too long.
    TooLong,
    /// Somebody else needs its place.
    GivesWay,
    /// The same, and it never had one.
    GivesWayUnused,
}

/// Waits until a connection has had no request for too long, or while somebody waits for
/// its place. This covers a client that says nothing, one that keeps HTTP/2 alive for
/// nothing, and one that does not read.
async fn quiet(mut in_flight: watch::Receiver<usize>, waits: Waits, places: &Places) -> Quiet {
    let mut wait = waits.first_request;
    let mut had_request = false;
    loop {
        if *in_flight.borrow_and_update() > 0 {
            drop(in_flight.changed().await);
        } else {
            let idle = places.idle(had_request);
            tokio::select! {
                changed = tokio::time::timeout(wait, in_flight.changed()) => {
                    if changed.is_err() {
                        return Quiet::TooLong;
                    }
                }
                () = idle.asked() => match (in_flight.has_changed(), had_request) {
                    // A request came in the same moment.
                    (Ok(true), _) => (),
                    (Ok(false) | Err(_), true) => return Quiet::GivesWay,
                    (Ok(false) | Err(_), false) => return Quiet::GivesWayUnused,
                },
            }
        }
        wait = waits.next_request;
        had_request = true;
    }
}

#[cfg(test)]
mod tests;
