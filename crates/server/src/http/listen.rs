//! Accepting connections, with and without TLS, and letting go of them gracefully.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use hyper::service::service_fn;
use hyper_util::rt::{TokioExecutor, TokioIo, TokioTimer};
use hyper_util::server::conn::auto::Builder;
use hyper_util::server::graceful::GracefulShutdown;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio::io::{AsyncRead, AsyncWrite};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::{Semaphore, watch};
use tokio_rustls::TlsAcceptor;

use super::Door;
use crate::config::{Limits, TlsFiles};

/// How long a client may take to shake hands, or to send the headers of a request.
const HEADERS_WAIT_MAX: Duration = Duration::from_secs(15);

/// How long a stopping server waits for requests in flight.
const DRAIN_WAIT_MAX: Duration = Duration::from_secs(30);

/// Headers of one request.
const HEADERS_MAX: usize = 100;

/// Requests that one HTTP/2 connection has in flight.
const STREAMS_MAX: u32 = 250;

/// How long to wait when the machine is out of file descriptors.
const ACCEPT_RETRY: Duration = Duration::from_millis(100);

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
    let limits = door.settings.limits;
    let permits = Arc::new(Semaphore::new(limits.connections_max));
    let graceful = GracefulShutdown::new();
    loop {
        let permit = tokio::select! {
            permit = Arc::clone(&permits).acquire_owned() => permit,
            _ = stop.changed() => break,
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
            _ = stop.changed() => break,
        };
        let door = Arc::clone(&door);
        let tls = tls.clone();
        let watcher = graceful.watcher();
        tokio::spawn(async move {
            if let Err(error) = connection(door, stream, tls, &limits, watcher).await {
                tracing::debug!(%error, "a connection ended early");
            }
            drop(permit);
        });
    }
    drop(listener);
    if tokio::time::timeout(DRAIN_WAIT_MAX, graceful.shutdown()).await.is_err() {
        tracing::warn!("connections were still open after {DRAIN_WAIT_MAX:?}");
    }
}

type Failed = Box<dyn std::error::Error + Send + Sync>;

async fn connection(
    door: Arc<Door>,
    stream: TcpStream,
    tls: Option<TlsAcceptor>,
    limits: &Limits,
    watcher: hyper_util::server::graceful::Watcher,
) -> Result<(), Failed> {
    // Answers are small and complete: waiting to fill a packet only adds delay.
    stream.set_nodelay(true)?;
    match tls {
        None => speak(door, stream, limits, watcher).await,
        Some(tls) => {
            let shaken = tokio::time::timeout(HEADERS_WAIT_MAX, tls.accept(stream)).await;
            let stream = shaken.map_err(|_| io::Error::from(io::ErrorKind::TimedOut))??;
            speak(door, stream, limits, watcher).await
        }
    }
}

async fn speak(
    door: Arc<Door>,
    stream: impl AsyncRead + AsyncWrite + Unpin + Send + 'static,
    limits: &Limits,
    watcher: hyper_util::server::graceful::Watcher,
) -> Result<(), Failed> {
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
        .max_header_list_size(u32::try_from(limits.header_bytes_max).unwrap_or(u32::MAX));
    let service = service_fn(move |request| Arc::clone(&door).serve(request));
    let connection = builder.serve_connection(TokioIo::new(stream), service);
    watcher.watch(connection.into_owned()).await
}
