//! The HTTP clients, with one more root certificate where somebody asks for it, and a bound
//! on what they read.
//!
//! A bundle is checked here, because the SDK's connector panics on one that it cannot
//! read.

use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpClient,
    SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::HttpRequest;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;

use crate::delete::CONCURRENCY_MAX;

/// The HTTP client cannot be set up.
#[derive(Debug, thiserror::Error)]
pub enum TransportError {
    /// The bundle of certificates cannot be read.
    #[error("cannot read the certificates in {}", path.display())]
    Unreadable {
        /// The file.
        path: PathBuf,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// The bundle holds something that is not a certificate, or nothing.
    #[error("{} is not a bundle of PEM certificates", path.display())]
    NotCertificates {
        /// The file.
        path: PathBuf,
    },
    /// TLS refuses to be set up.
    #[error("cannot set up TLS")]
    Tls(#[source] Box<dyn std::error::Error + Send + Sync>),
}

/// The most bytes of one reply. The longest is a page of a thousand points, with about a
/// kilobyte for each.
const REPLY_BYTES_MAX: usize = 16 << 20;

/// The client that the SDK is to use, trusting `bundle` beside the system's roots.
pub(crate) fn http_client(bundle: Option<&Path>) -> Result<SharedHttpClient, TransportError> {
    let client = Builder::new()
        .pool_max_idle_per_host(CONCURRENCY_MAX)
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls_context(bundle)?)
        .build_https();
    Ok(SharedHttpClient::new(Bounded(client)))
}

/// What makes connections, or is one, and reads no more than [`REPLY_BYTES_MAX`] of a reply.
/// The SDK reads each to its end, which not everything that answers has.
#[derive(Debug)]
struct Bounded<T>(T);

impl HttpClient for Bounded<SharedHttpClient> {
    fn http_connector(
        &self,
        settings: &HttpConnectorSettings,
        components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(Bounded(self.0.http_connector(settings, components)))
    }
}

impl HttpConnector for Bounded<SharedHttpConnector> {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        let reply = self.0.call(request);
        let bounded = |body| SdkBody::from_body_1_x(Limited::new(body, REPLY_BYTES_MAX));
        HttpConnectorFuture::new(async move { Ok(reply.await?.map(bounded)) })
    }
}

/// A connector for requests of our own.
pub(crate) fn connector(
    bundle: Option<&Path>,
    settings: HttpConnectorSettings,
) -> Result<Connector, TransportError> {
    Ok(Connector::builder()
        .connector_settings(settings)
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls_context(bundle)?)
        .build())
}

fn tls_context(bundle: Option<&Path>) -> Result<TlsContext, TransportError> {
    let mut roots = TrustStore::default();
    if let Some(path) = bundle {
        roots.add_pem_certificate(certificates(path)?);
    }
    TlsContext::builder()
        .with_trust_store(roots)
        .build()
        .map_err(|error| TransportError::Tls(Box::new(error)))
}

fn certificates(path: &Path) -> Result<Vec<u8>, TransportError> {
    let unreadable = |source| TransportError::Unreadable { path: path.to_owned(), source };
    let invalid = || TransportError::NotCertificates { path: path.to_owned() };
    let pem = std::fs::read(path).map_err(unreadable)?;
    let mut store = rustls::RootCertStore::empty();
    for certificate in CertificateDer::pem_slice_iter(&pem) {
        let certificate = certificate.map_err(|_| invalid())?;
        store.add(certificate).map_err(|_| invalid())?;
    }
    if store.is_empty() { Err(invalid()) } else { Ok(pem) }
}
