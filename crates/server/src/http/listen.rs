//! Accepting connections, with and without TLS, and letting go of them gracefully.

use std::convert::Infallible;
use std::io;
use std::path::{Path, PathBuf};
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
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::Door;
use crate::config::{Limits, TlsFiles};

/// How long a client may take to shake hands, and then to send the head of a request.
const HEADERS_WAIT_MAX: Duration = Duration::from_secs(15);

/// How long a connection may be without a request, once it has had one. The last answer
/// has to be read in that time, too.
const QUIET_WAIT_MAX: Duration = Duration::from_mins(1);

/// How long a connection that is being closed may take to send what it still has.
const CLOSING_WAIT_MAX: Duration = Duration::from_secs(15);

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

/// Why HTTPS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that is not what it should be.
    #[error("TLS file {}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: rustls::pki_types::pem::Error,
    },
    /// Certificate and key that do not belong together.
    #[error("the TLS certificate and key cannot be used")]
    Pair(#[source] rustls::Error),
}

/// Reads certificate and key.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let broken = |path: &Path| {
        let path = path.to_owned();
        |source| TlsError::File { path, source }
    };
    let chain = CertificateDer::pem_file_iter(&files.certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(broken(&files.certificate))?;
    let key = PrivateKeyDer::from_pem_file(&files.key).map_err(broken(&files.key))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Pair)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(TlsError::Pair)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

/// Serves until `stop`, then finishes what is in flight.
pub(crate) async fn run(
    door: Arc<Door>,
    listener: TcpListener,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
) {
    let connections_max = door.settings.limits.connections_max.min(Semaphore::MAX_PERMITS);
    let permits = Arc::new(Semaphore::new(connections_max));
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => permit,
            () = stopped(&mut stop) => break,
        };
        let stream = tokio::select! {
            accepted = listener.accept() => match accepted {
                Ok((stream, _)) => stream,
                Err(error) => {
                    tracing::warn!(%error, "a connection was not accepted");
                    tokio::time::sleep(ACCEPT_RETRY).await;
                    continue;
                }
            },
            () = stopped(&mut stop) => break,
        };
        let (door, tls, stop) = (Arc::clone(&door), tls.clone(), stop.clone());
        tokio::spawn(async move {
            if let Err(error) = connection(door, stream, tls, stop).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    // When every place is free again, every connection has ended.
    let all = permits.acquire_many(u32::try_from(connections_max).unwrap_or(u32::MAX));
    if tokio::time::timeout(DRAIN_WAIT_MAX, all).await.is_err() {
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
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    mut stop: watch::Receiver<bool>,
) -> Result<(), Failed> {
    // Answers are small and complete: waiting to fill a packet only adds delay.
    stream.set_nodelay(true)?;
    let limits = door.settings.limits;
    let answer = move |request| Arc::clone(&door).serve(request);
    let Some(tls) = tls else { return speak(stream, limits, WAITS, stop, answer).await };
    let shaken = tokio::select! {
        shaken = tokio::time::timeout(HEADERS_WAIT_MAX, tls.accept(stream)) => shaken,
        () = stopped(&mut stop) => return Ok(()),
    };
    let stream = shaken.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
    speak(stream, limits, WAITS, stop, answer).await
}

/// Speaks HTTP until the client leaves, is of no use any more, or the server stops.
async fn speak<A>(
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    limits: Limits,
    waits: Waits,
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
    tokio::select! {
        ended = connection.as_mut() => return ended,
        () = quiet(in_flight, waits) => (),
        () = stopped(&mut stop) => (),
    }
    connection.as_mut().graceful_shutdown();
    // What is in flight when the server stops has the time of `DRAIN_WAIT_MAX`.
    let closing = if *stop.borrow() { DRAIN_WAIT_MAX } else { waits.closing };
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

/// Waits until a connection has had no request for too long. This covers a client that
/// says nothing, one that keeps HTTP/2 alive for nothing, and one that does not read.
async fn quiet(mut in_flight: watch::Receiver<usize>, waits: Waits) {
    let mut wait = waits.first_request;
    loop {
        let idle = *in_flight.borrow_and_update() == 0;
        let changed = in_flight.changed();
        if !idle {
            drop(changed.await);
        } else if tokio::time::timeout(wait, changed).await.is_err() {
            return;
        }
        wait = waits.next_request;
    }
}

#[cfg(test)]
mod tests;
