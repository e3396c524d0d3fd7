//! Certificates of deletion: signed, and leaves of an append-only Merkle log.
//!
//! The statement is JSON, and the bytes that are signed are the bytes that are the leaf.
//! What is printed ([`Document`]) carries the statement as text, its signature, its
//! place in the log and a signed head of the log, so that whoever holds the server's
//! public key can check it without the server. A log exported by
//! `sexton certificate log` lets them check that head too: a certificate cannot be
//! back-dated or taken back without the log's root changing.

use std::fs;
use std::io;
use std::path::Path;

use aws_lc_rs::encoding::{AsBigEndian, Curve25519SeedBin};
use aws_lc_rs::hmac;
use aws_lc_rs::signature::{ED25519, Ed25519KeyPair, KeyPair, UnparsedPublicKey};
use base64::Engine;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde::{Deserialize, Serialize};
use sexton_core::Certificate;

use crate::files;
use crate::merkle::{Frontier, Hash, leaf_hash, verify_inclusion};
use crate::store::Cause;

/// A signed statement as it is stored.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Statement {
    /// The JSON of a [`Certificate`].
    pub body: Vec<u8>,
    /// The server's Ed25519 signature over `body`.
    pub signature: Vec<u8>,
}

/// A certificate with its place in the log, as of one instant.
#[derive(Debug, Clone)]
pub struct IssuedCertificate {
    /// Which leaf it is.
    pub leaf: u64,
    /// The statement.
    pub statement: Statement,
    /// How many leaves the log had.
    pub log_size: u64,
    /// The root over them.
    pub log_root: Hash,
    /// The way from the leaf to that root.
    pub proof: Vec<Hash>,
}

/// A certificate as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What is certified; exactly these characters are signed.
    pub statement: String,
    /// The signature over `statement`, base64.
    pub signature: String,
    /// Its place in the log.
    pub log: Inclusion,
    /// The server's public key, base64: to be compared with one had by another way.
    pub public_key: String,
}

/// A place in the log.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Inclusion {
    /// Which leaf, counted from 0.
    pub leaf: u64,
    /// How many leaves the log had when this was handed out.
    pub size: u64,
    /// The root over them, hexadecimal.
    pub root: String,
    /// The hashes from the leaf to the root, hexadecimal.
    pub proof: Vec<String>,
    /// The signature over size and root, base64.
    pub signature: String,
}

/// Why a certificate does not hold.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
pub enum Invalid {
    /// The file is not a certificate at all.
    #[error("not a certificate of deletion: {0}")]
    Malformed(String),
    /// The statement is of a form that this program does not know.
    #[error(
        "its statement has version {0}, and this program knows version {known}; \
         check it with the sexton that knows it",
        known = Certificate::VERSION
    )]
    Version(u32),
    /// The key in the document is not the key that is trusted.
    #[error("signed by another server: its public key is not the one that was given")]
    OtherKey,
    /// The statement was changed, or never signed.
    #[error("the signature does not fit the statement")]
    Signature,
    /// The head of the log was changed, or never signed.
    #[error("the signature does not fit the head of the log")]
    LogHead,
    /// The statement is not in the log that it names.
    #[error("the statement is not in the log")]
    NotInLog,
    /// The log that was given says otherwise.
    #[error("the log that was given has another root at {0} leaves")]
    OtherLog(u64),
    /// The log that was given is too short to tell.
    #[error("the log that was given has {0} leaves, fewer than the certificate's log")]
    ShortLog(u64),
}

/// The name of the signing key in the data folder.
pub(crate) const KEY_FILE: &str = "certificate-key";

/// Signs statements. The key is a file that only the server's user can read.
#[derive(Debug)]
pub struct Signer(Ed25519KeyPair);

impl Signer {
    /// Loads the key from `folder`, or makes it; writes the public key beside it.
    pub fn open(folder: &Path) -> io::Result<Self> {
        let secret = folder.join(KEY_FILE);
        let pair = match fs::read(&secret) {
            Ok(pkcs8) => Ed25519KeyPair::from_pkcs8(&pkcs8).map_err(|_| {
                let path = secret.display();
                io::Error::other(format!("{path} is not a signing key (Ed25519, PKCS #8, DER)"))
            })?,
            Err(error) if error.kind() == io::ErrorKind::NotFound => {
                let pair = Ed25519KeyPair::generate().map_err(io::Error::other)?;
                let pkcs8 = pair.to_pkcs8v1().map_err(io::Error::other)?;
                files::write_private(&secret, pkcs8.as_ref())?;
                pair
            }
            Err(error) => return Err(error),
        };
        let signer = Self(pair);
        let public = folder.join("certificate-key.pub");
        files::write_if_changed(&public, format!("{}\n", signer.public_key()).as_bytes())?;
        Ok(signer)
    }

    /// A key for tests: the same for the same seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        Self(Ed25519KeyPair::from_seed_unchecked(&seed).expect("any 32 bytes are a seed"))
    }

    /// Another secret, the same for the same label as long as the signing key is.
    pub(crate) fn derive(&self, label: &str) -> io::Result<[u8; 32]> {
        let seed = self.0.seed().and_then(|seed| {
            let seed: Curve25519SeedBin<'static> = seed.as_be_bytes()?;
            Ok(hmac::Key::new(hmac::HMAC_SHA256, seed.as_ref()))
        });
        let key = seed.map_err(|_| io::Error::other("the signing key has no seed"))?;
        let mut derived = [0; 32];
        let tag = hmac::sign(&key, label.as_bytes());
        derived.iter_mut().zip(tag.as_ref()).for_each(|(to, from)| *to = *from);
        Ok(derived)
    }

    /// The public key, base64.
    pub fn public_key(&self) -> String {
        BASE64.encode(self.0.public_key().as_ref())
    }

    /// Signs a certificate.
    pub fn sign(&self, certificate: &Certificate) -> Result<Statement, Cause> {
        let body = serde_json::to_vec(certificate)?;
        let signature = self.0.sign(&body).as_ref().to_vec();
        Ok(Statement { body, signature })
    }

    /// The document to hand out for a certificate.
    pub fn document(&self, issued: &IssuedCertificate) -> Result<Document, Cause> {
        let head = head_bytes(issued.log_size, &issued.log_root);
        Ok(Document {
            statement: String::from_utf8(issued.statement.body.clone())?,
            signature: BASE64.encode(&issued.statement.signature),
            log: Inclusion {
                leaf: issued.leaf,
                size: issued.log_size,
                root: hex::encode(issued.log_root),
                proof: issued.proof.iter().map(hex::encode).collect(),
                signature: BASE64.encode(self.0.sign(&head).as_ref()),
            },
            public_key: self.public_key(),
        })
    }
}

/// What is signed of the head of a log.
fn head_bytes(size: u64, root: &Hash) -> Vec<u8> {
    let mut bytes = b"sexton log head v1\n".to_vec();
    bytes.extend_from_slice(&size.to_be_bytes());
    bytes.extend_from_slice(root);
    bytes
}

impl Document {
    /// Reads a document.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        serde_json::from_str(text).map_err(|error| Invalid::Malformed(error.to_string()))
    }

    /// Checks everything that can be checked without the server, against a public key
    /// had by another way and, if given, the leaves of the log from the first.
    pub fn verify(&self, public_key: &str, log: Option<&[Hash]>) -> Result<Certificate, Invalid> {
        if self.public_key.trim() != public_key.trim() {
            return Err(Invalid::OtherKey);
        }
        let key = UnparsedPublicKey::new(&ED25519, base64(public_key)?);
        let signature = base64(&self.signature)?;
        key.verify(self.statement.as_bytes(), &signature).map_err(|_| Invalid::Signature)?;
        let root = hash(&self.log.root)?;
        let head = head_bytes(self.log.size, &root);
        let signature = base64(&self.log.signature)?;
        key.verify(&head, &signature).map_err(|_| Invalid::LogHead)?;
        let proof = self.log.proof.iter().map(|it| hash(it)).collect::<Result<Vec<_>, _>>()?;
        let leaf = leaf_hash(self.statement.as_bytes());
        if !verify_inclusion(leaf, self.log.leaf, self.log.size, &proof, &root) {
            return Err(Invalid::NotInLog);
        }
        if let Some(leaves) = log {
            let size = usize::try_from(self.log.size).unwrap_or(usize::MAX);
            let first = leaves.get(..size).ok_or_else(|| {
                Invalid::ShortLog(u64::try_from(leaves.len()).unwrap_or(u64::MAX))
            })?;
            let mut frontier = Frontier::default();
            for leaf in first {
                drop(frontier.append(*leaf));
            }
            if frontier.root() != root {
                return Err(Invalid::OtherLog(self.log.size));
            }
        }
        read_statement(&self.statement)
    }
}

/// Reads a statement. The version is looked at before the rest, which it decides about.
fn read_statement(text: &str) -> Result<Certificate, Invalid> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let malformed = |error: serde_json::Error| Invalid::Malformed(error.to_string());
    let Version { version } = serde_json::from_str(text).map_err(malformed)?;
    if version != Certificate::VERSION {
        return Err(Invalid::Version(version));
    }
    serde_json::from_str(text).map_err(malformed)
}

fn base64(text: &str) -> Result<Vec<u8>, Invalid> {
    BASE64.decode(text.trim()).map_err(|error| Invalid::Malformed(error.to_string()))
}

fn hash(text: &str) -> Result<Hash, Invalid> {
    let bytes = hex::decode(text).map_err(|error| Invalid::Malformed(error.to_string()))?;
    bytes.try_into().map_err(|_| Invalid::Malformed("a hash is not 32 bytes".to_owned()))
}

#[cfg(test)]
mod tests;
