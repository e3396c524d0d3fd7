//! The HTTP clients, with one more root certificate where somebody asks for it.
//!
//! A bundle is checked here, because the SDK's connector panics on one that it cannot
//! read.

use std::path::{Path, PathBuf};

use aws_smithy_http_client::tls::rustls_provider::CryptoMode;
use aws_smithy_http_client::tls::{Provider, TlsContext, TrustStore};
use aws_smithy_http_client::{Builder, Connector};
use aws_smithy_runtime_api::client::http::{HttpConnectorSettings, SharedHttpClient};
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

/// The client that the SDK is to use, trusting `bundle` beside the system's roots.
pub(crate) fn http_client(bundle: &Path) -> Result<SharedHttpClient, TransportError> {
    Ok(Builder::new()
        .pool_max_idle_per_host(CONCURRENCY_MAX)
        .tls_provider(Provider::Rustls(CryptoMode::AwsLc))
        .tls_context(tls_context(Some(bundle))?)
        .build_https())
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
