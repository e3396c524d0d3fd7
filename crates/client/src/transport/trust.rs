//! Which certificate of a server is trusted, where a bundle was given.
//!
//! Whatever a chain to a root of the system or of the bundle proves; and besides, a certificate
//! that stands in the bundle itself, byte by byte. `openssl req -x509` marks what it makes as an
//! authority, which by the book no server may show. The AWS CLI takes it all the same, and it is
//! as safe as any: whoever has its key could have signed a certificate by the book with it.

use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::client::{VerifierBuilderError, WebPkiServerVerifier, verify_server_name};
use rustls::crypto::CryptoProvider;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::server::ParsedCertificate;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};

/// Names of a certificate that are shown.
const NAMES_SHOWN_MAX: usize = 5;

#[derive(Debug)]
pub(super) struct Verifier {
    by_the_book: Arc<WebPkiServerVerifier>,
    bundle: Vec<CertificateDer<'static>>,
}

impl Verifier {
    /// Trusts `roots`, of which those in `bundle` may be a server's own.
    pub(super) fn new(
        roots: RootCertStore,
        bundle: Vec<CertificateDer<'static>>,
        provider: Arc<CryptoProvider>,
    ) -> Result<Self, VerifierBuilderError> {
        let builder = WebPkiServerVerifier::builder_with_provider(Arc::new(roots), provider);
        Ok(Self { by_the_book: builder.build()?, bundle })
    }
}

/// Why a certificate is not trusted, in words that go on after "its certificate".
pub(super) fn distrust(why: &CertificateError) -> String {
    use CertificateError::{
        BadSignature, Expired, ExpiredContext, NotValidForName, NotValidForNameContext,
        NotValidYet, NotValidYetContext, UnknownIssuer, UnsupportedSignatureAlgorithmContext,
        UnsupportedSignatureAlgorithmForPublicKeyContext,
    };
    // Where a root has the name of the issuer and another key, that is told.
    let words = if matches!(
        why,
        UnknownIssuer
            | BadSignature
            | UnsupportedSignatureAlgorithmContext { .. }
            | UnsupportedSignatureAlgorithmForPublicKeyContext { .. }
    ) {
        "is not signed by anybody who is trusted"
    } else if is_authority(why) {
        "is self-signed and is not among those that are trusted"
    } else if matches!(why, Expired | ExpiredContext { .. }) {
        "has expired"
    } else if matches!(why, NotValidYet | NotValidYetContext { .. }) {
        "is not valid yet"
    } else if let NotValidForNameContext { presented, .. } = why {
        let names = presented.iter().take(NAMES_SHOWN_MAX).map(String::as_str);
        return format!("is that of another host: {}", names.collect::<Vec<_>>().join(", "));
    } else if matches!(why, NotValidForName) {
        "is that of another host"
    } else {
        return format!("cannot be used: {why}");
    };
    words.to_owned()
}

fn is_authority(why: &CertificateError) -> bool {
    matches!(why, CertificateError::Other(other) if other.0.to_string() == "CaUsedAsEndEntity")
}

/// Whether the one thing that is wrong is that an authority shows its own certificate. Its time
/// was looked at before.
fn is_authority_itself(error: &Error) -> bool {
    matches!(error, Error::InvalidCertificate(why) if is_authority(why))
}

/// Checks the name, if there is one: `openssl req -x509` puts none where names are looked for.
fn check_name(certificate: &CertificateDer<'_>, name: &ServerName<'_>) -> Result<(), Error> {
    match verify_server_name(&ParsedCertificate::try_from(certificate)?, name) {
        Err(Error::InvalidCertificate(CertificateError::NotValidForNameContext {
            presented,
            ..
        })) if presented.is_empty() => Ok(()),
        checked => checked,
    }
}

impl ServerCertVerifier for Verifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let verified = self.by_the_book.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        );
        match verified {
            Err(error) if is_authority_itself(&error) && self.bundle.contains(end_entity) => {
                check_name(end_entity, server_name)?;
                Ok(ServerCertVerified::assertion())
            }
            verified => verified,
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_the_book.verify_tls12_signature(message, certificate, signature)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.by_the_book.verify_tls13_signature(message, certificate, signature)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.by_the_book.supported_verify_schemes()
    }
}
