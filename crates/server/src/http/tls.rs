//! The certificate and the key that HTTPS is served with, read before anything else is done.
//!
//! The two files are easily exchanged, or made for something else. So an error says which file
//! holds what, and what is wanted there.

use std::io;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use rustls::InconsistentKeys;
use rustls::pki_types::pem::{self, PemObject};
use rustls::pki_types::{CertificateDer, PrivateKeyDer};
use tokio_rustls::TlsAcceptor;

use crate::config::TlsFiles;

/// Why HTTPS cannot be served.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file that cannot be read.
    #[error("cannot read {}", path.display())]
    Unreadable {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// Each file holds what the other one should.
    #[error(
        "the certificate and the key are exchanged: tls_certificate is {}, which holds a private \
         key, and tls_key is {}, which holds a certificate",
        .0.certificate.display(), .0.key.display()
    )]
    Exchanged(TlsFiles),
    /// A file that holds something else than it should.
    #[error("{setting} is {}, which holds {holds}; it must hold {wanted}", path.display())]
    Other {
        /// The setting that names the file.
        setting: &'static str,
        /// Which.
        path: PathBuf,
        /// What is in it.
        holds: String,
        /// What should be.
        wanted: &'static str,
    },
    /// A file that was changed or is not whole.
    #[error("{setting} is {}, which is damaged: {reason}", path.display())]
    Damaged {
        /// The setting that names the file.
        setting: &'static str,
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: String,
    },
    /// Certificate and key that do not belong together.
    #[error(
        "the certificate in {} is not that of the private key in {}",
        .0.certificate.display(), .0.key.display()
    )]
    Pair(TlsFiles),
    /// Certificate and key that belong together and are of no use.
    #[error("the TLS certificate and key cannot be used")]
    Unusable(#[source] rustls::Error),
}

const CERTIFICATE: &str = "a certificate";
const KEY: &str = "a private key";
const ENCRYPTED: &str = "an encrypted private key";

/// Reads certificate and key.
pub(crate) fn acceptor(files: &TlsFiles) -> Result<TlsAcceptor, TlsError> {
    let (certificate, key) = (read(&files.certificate)?, read(&files.key)?);
    let (in_certificate, in_key) = (sections(&certificate), sections(&key));
    let (has_chain, has_key) = (in_certificate.contains(&CERTIFICATE), in_key.contains(&KEY));
    if !has_chain && !has_key && in_certificate.contains(&KEY) && in_key.contains(&CERTIFICATE) {
        return Err(TlsError::Exchanged(files.clone()));
    }
    let other = |setting, path: &Path, holds: &[&str], wanted| {
        let holds = if holds.is_empty() { "nothing in PEM form" } else { &holds.join(" and ") };
        TlsError::Other { setting, path: path.to_owned(), holds: holds.to_owned(), wanted }
    };
    if !has_chain {
        let wanted = "the certificate of the server, and after it those that lead to a root, in \
                      PEM form";
        return Err(other("tls_certificate", &files.certificate, &in_certificate, wanted));
    }
    if !has_key {
        let wanted = "a private key in PEM form that is not encrypted";
        return Err(other("tls_key", &files.key, &in_key, wanted));
    }
    let damaged = |setting, path: &Path| {
        let path = path.to_owned();
        move |error| TlsError::Damaged { setting, path, reason: reason(&error) }
    };
    let chain = CertificateDer::pem_slice_iter(&certificate)
        .collect::<Result<Vec<_>, _>>()
        .map_err(damaged("tls_certificate", &files.certificate))?;
    let key = PrivateKeyDer::from_pem_slice(&key).map_err(damaged("tls_key", &files.key))?;
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = rustls::ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(TlsError::Unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(|error| {
            if error == rustls::Error::InconsistentKeys(InconsistentKeys::KeyMismatch) {
                TlsError::Pair(files.clone())
            } else {
                TlsError::Unusable(error)
            }
        })?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(TlsAcceptor::from(Arc::new(config)))
}

fn read(path: &Path) -> Result<Vec<u8>, TlsError> {
    let path = path.to_owned();
    std::fs::read(&path).map_err(|source| TlsError::Unreadable { path, source })
}

/// What a file in PEM form holds, each kind once.
fn sections(text: &[u8]) -> Vec<&'static str> {
    let text = String::from_utf8_lossy(text);
    let mut found = Vec::new();
    for line in text.lines() {
        let label = line.trim_end().strip_prefix("-----BEGIN ");
        let Some(label) = label.and_then(|label| label.strip_suffix("-----")) else { continue };
        let kind = match label {
            "CERTIFICATE" => CERTIFICATE,
            "CERTIFICATE REQUEST" | "NEW CERTIFICATE REQUEST" => "a request for a certificate",
            "PUBLIC KEY" => "a public key",
            "ENCRYPTED PRIVATE KEY" => ENCRYPTED,
            // So openssl marked those that it encrypted before it had the label above.
            label if label.ends_with("PRIVATE KEY") && text.contains("4,ENCRYPTED") => ENCRYPTED,
            label if label.ends_with("PRIVATE KEY") => KEY,
            _ => "something else",
        };
        if !found.contains(&kind) {
            found.push(kind);
        }
    }
    found
}

fn reason(error: &pem::Error) -> String {
    if let pem::Error::MissingSectionEnd { end_marker } = error {
        let label = String::from_utf8_lossy(end_marker);
        format!("the line -----END {label}----- is missing in it")
    } else {
        error.to_string()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const PEM_CERTIFICATE: &str = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    const PEM_KEY: &str = "-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n";

    /// It said "no items found" of one of them.
    #[test]
    fn of_tls_files_it_is_said_which_holds_what_and_what_is_wanted() {
        let folder = tempfile::tempdir().unwrap();
        let (certificate, key) = (folder.path().join("cert.pem"), folder.path().join("key.pem"));
        let files = TlsFiles { certificate: certificate.clone(), key: key.clone() };
        let locked = PEM_KEY.replace("BEGIN ", "BEGIN ENCRYPTED ");
        for (in_certificate, in_key, said) in [
            (PEM_KEY, PEM_CERTIFICATE, "the certificate and the key are exchanged"),
            (PEM_KEY, PEM_KEY, "cert.pem, which holds a private key; it must hold the certificate"),
            (
                PEM_CERTIFICATE,
                PEM_CERTIFICATE,
                "key.pem, which holds a certificate; it must hold a",
            ),
            (PEM_CERTIFICATE, &locked, "key.pem, which holds an encrypted private key; it must"),
            ("", PEM_KEY, "cert.pem, which holds nothing in PEM form"),
            (
                &PEM_CERTIFICATE[..35],
                PEM_KEY,
                "the line -----END CERTIFICATE----- is missing in it",
            ),
        ] {
            std::fs::write(&certificate, in_certificate).unwrap();
            std::fs::write(&key, in_key).unwrap();
            let error = acceptor(&files).err().unwrap().to_string();
            assert!(error.contains(said), "{error}");
        }
        std::fs::remove_file(&key).unwrap();
        assert!(matches!(acceptor(&files), Err(TlsError::Unreadable { path, .. }) if path == key));
    }
}
