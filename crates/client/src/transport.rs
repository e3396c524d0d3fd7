//! The HTTP client: direct, with bounds on what it waits for and reads, and with certificates
//! of one's own where somebody asks for it.
//!
//! What it could not get it says in one error, which names the address ([`Unanswered`]). A
//! bundle trusts what stands in it: also a server's own certificate, signed by itself, as
//! `openssl req -x509` makes it and the AWS CLI takes it.

use std::fmt;
use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use aws_smithy_runtime_api::client::http::{
    HttpClient, HttpConnector, HttpConnectorFuture, HttpConnectorSettings, SharedHttpConnector,
};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_runtime_api::client::runtime_components::RuntimeComponents;
use aws_smithy_types::body::SdkBody;
use http_body_util::Limited;
use hyper_rustls::HttpsConnector;
use hyper_util::client::legacy::{self, connect};
use hyper_util::rt::{TokioExecutor, TokioTimer};
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
use rustls::{ClientConfig, RootCertStore};

use crate::options::CONCURRENCY_MAX;

mod trust;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(5);

/// The longest that the beginning of an answer is waited for, connecting included.
const ANSWER_TIMEOUT: Duration = Duration::from_secs(30);

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
        source: io::Error,
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

/// What was missing, where no answer came.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lack {
    /// The host's name is not known.
    Host,
    /// Nothing listens there, or nothing gets through.
    Connection,
    /// A certificate that is trusted, valid now, and of that host.
    Certificate,
    /// What listens there does not speak TLS.
    Tls,
    /// It listens, and says nothing.
    Answer,
}

impl Lack {
    const ALL: [Self; 5] =
        [Self::Host, Self::Connection, Self::Certificate, Self::Tls, Self::Answer];

    /// Our name for a failure of this kind.
    pub fn code(self) -> &'static str {
        match self {
            Self::Host => "NoSuchHost",
            Self::Connection => "NoConnection",
            Self::Certificate => "NoTrustedCertificate",
            Self::Tls => "NoTls",
            Self::Answer => "NoAnswer",
        }
    }

    /// The kind of a failure by our name for it.
    pub fn from_code(code: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|lack| lack.code() == code)
    }

    /// Whether the request never left.
    pub(crate) fn is_before_sending(self) -> bool {
        match self {
            Self::Host | Self::Connection | Self::Certificate | Self::Tls => true,
            Self::Answer => false,
        }
    }
}

/// No answer came.
#[derive(Debug)]
pub struct Unanswered {
    /// Scheme, host and port.
    to: String,
    /// What was missing.
    pub lack: Lack,
    /// Why a certificate is not trusted, in place of the words of a library.
    distrust: Option<String>,
    source: Option<legacy::Error>,
}

impl fmt::Display for Unanswered {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { to, lack, distrust, source } = self;
        if let Some(distrust) = distrust {
            return write!(f, "cannot connect to {to}: its certificate {distrust}");
        }
        match (lack.is_before_sending(), source) {
            (true, _) => write!(f, "cannot connect to {to}"),
            (false, Some(_)) => write!(f, "no answer from {to}"),
            (false, None) => write!(f, "no answer from {to} within {ANSWER_TIMEOUT:?}"),
        }
    }
}

impl std::error::Error for Unanswered {
    /// The client's own error says no more than that there was one.
    fn source(&self) -> Option<&(dyn std::error::Error + 'static)> {
        let source = self.source.as_ref().filter(|_| self.distrust.is_none());
        source.and_then(std::error::Error::source)
    }
}

impl Unanswered {
    fn new(to: String, source: legacy::Error) -> Self {
        let (lack, distrust) = lack(&source);
        Self { to, lack, distrust, source: Some(source) }
    }
}

/// What was missing, by its error, and what is wrong with the certificate if it is that.
fn lack(error: &legacy::Error) -> (Lack, Option<String>) {
    if !error.is_connect() {
        return (Lack::Answer, None);
    }
    let mut cause = std::error::Error::source(error);
    while let Some(error) = cause {
        match tls_error(error) {
            Some(rustls::Error::InvalidCertificate(why)) => {
                return (Lack::Certificate, Some(trust::distrust(why)));
            }
            Some(rustls::Error::InvalidMessage(_)) => return (Lack::Tls, None),
            Some(_) | None => {}
        }
        // These have no types that can be named.
        match error.to_string().as_str() {
            "dns error" => return (Lack::Host, None),
            "tls handshake eof" => return (Lack::Tls, None),
            _ => cause = error.source(),
        }
    }
    (Lack::Connection, None)
}

/// The error of TLS that `error` is wrapped around: what is in an IO error is not its source.
fn tls_error<'a>(mut error: &'a (dyn std::error::Error + 'static)) -> Option<&'a rustls::Error> {
    loop {
        match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
            Some(inner) => error = inner,
            None => return error.downcast_ref(),
        }
    }
}

/// Makes requests. Clones share their connections.
#[derive(Clone)]
pub(crate) struct Transport {
    client: legacy::Client<HttpsConnector<connect::HttpConnector>, SdkBody>,
    /// The SDK reads each reply to its end, which not everything that answers has.
    reply_bytes_max: usize,
}

impl fmt::Debug for Transport {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let bytes = &self.reply_bytes_max;
        f.debug_struct("Transport").field("reply_bytes_max", bytes).finish_non_exhaustive()
    }
}

impl Transport {
    /// A client that trusts the certificates in `bundle` beside the system's roots, and reads
    /// at most `reply_bytes_max` of a reply. Nothing is sent yet.
    pub(crate) fn new(
        bundle: Option<&Path>,
        reply_bytes_max: usize,
    ) -> Result<Self, TransportError> {
        let mut tcp = connect::HttpConnector::new();
        tcp.enforce_http(false);
        tcp.set_nodelay(true);
        tcp.set_connect_timeout(Some(CONNECT_TIMEOUT));
        let connector = hyper_rustls::HttpsConnectorBuilder::new()
            .with_tls_config(tls(bundle)?)
            .https_or_http()
            .enable_all_versions()
            .wrap_connector(tcp);
        let client = legacy::Client::builder(TokioExecutor::new())
            .pool_timer(TokioTimer::new())
            .pool_max_idle_per_host(CONCURRENCY_MAX)
            .build(connector);
        Ok(Self { client, reply_bytes_max })
    }

    async fn exchange(self, request: HttpRequest) -> Result<HttpResponse, ConnectorError> {
        let request =
            request.try_into_http1x().map_err(|error| ConnectorError::user(error.into()))?;
        let uri = request.uri();
        let scheme = uri.scheme_str().unwrap_or("http");
        let to = format!("{scheme}://{}", uri.authority().map_or("", |it| it.as_str()));
        let reply = tokio::time::timeout(ANSWER_TIMEOUT, self.client.request(request));
        let reply = match reply.await {
            Ok(Ok(reply)) => reply,
            Ok(Err(error)) => return Err(ConnectorError::io(Unanswered::new(to, error).into())),
            Err(_) => {
                let silent = Unanswered { to, lack: Lack::Answer, distrust: None, source: None };
                return Err(ConnectorError::timeout(silent.into()));
            }
        };
        let bounded = |body| SdkBody::from_body_1_x(Limited::new(body, self.reply_bytes_max));
        HttpResponse::try_from(reply.map(bounded))
            .map_err(|error| ConnectorError::other(error.into(), None))
    }
}

impl HttpConnector for Transport {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        HttpConnectorFuture::new(self.clone().exchange(request))
    }
}

impl HttpClient for Transport {
    fn http_connector(
        &self,
        _settings: &HttpConnectorSettings,
        _components: &RuntimeComponents,
    ) -> SharedHttpConnector {
        SharedHttpConnector::new(self.clone())
    }
}

fn tls(bundle: Option<&Path>) -> Result<ClientConfig, TransportError> {
    let mut roots = RootCertStore::empty();
    // One that cannot be read may be one that nobody needs.
    roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
    let own = bundle.map(certificates).transpose()?.unwrap_or_default();
    for certificate in &own {
        roots.add(certificate.clone()).map_err(|_| not_certificates(bundle))?;
    }
    let refused = |error: rustls::Error| TransportError::Tls(Box::new(error));
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ClientConfig::builder_with_provider(Arc::clone(&provider))
        .with_safe_default_protocol_versions()
        .map_err(refused)?;
    if own.is_empty() {
        return Ok(config.with_root_certificates(roots).with_no_client_auth());
    }
    let verifier = trust::Verifier::new(roots, own, provider)
        .map_err(|error| TransportError::Tls(Box::new(error)))?;
    let config = config.dangerous().with_custom_certificate_verifier(Arc::new(verifier));
    Ok(config.with_no_client_auth())
}

fn not_certificates(path: Option<&Path>) -> TransportError {
    TransportError::NotCertificates { path: path.map(Path::to_owned).unwrap_or_default() }
}

fn certificates(path: &Path) -> Result<Vec<CertificateDer<'static>>, TransportError> {
    let unreadable = |source| TransportError::Unreadable { path: path.to_owned(), source };
    let pem = std::fs::read(path).map_err(unreadable)?;
    let certificates: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    let certificates = certificates.map_err(|_| not_certificates(Some(path)))?;
    if certificates.is_empty() { Err(not_certificates(Some(path))) } else { Ok(certificates) }
}

/// Whether `text` is an absolute URL that HTTP can be spoken to.
pub(crate) fn is_http_url(text: &str) -> bool {
    text.parse::<http::Uri>().is_ok_and(|uri| {
        matches!(uri.scheme_str(), Some("http" | "https"))
            && uri.host().is_some_and(|host| !host.is_empty())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_absolute_http_urls_are_endpoints() {
        for url in ["http://127.0.0.1:7878", "https://backup.example.org/prefix", "http://[::1]:1"]
        {
            assert!(is_http_url(url), "{url}");
        }
        for url in ["", "127.0.0.1:7878", "localhost", "ftp://x", "http://", "http:///x", "a b"] {
            assert!(!is_http_url(url), "{url}");
        }
    }

    #[test]
    fn a_lack_is_found_again_by_its_code() {
        for lack in Lack::ALL {
            assert_eq!(Lack::from_code(lack.code()), Some(lack));
        }
        assert_eq!(Lack::from_code("AccessDeniedException"), None);
    }
}
