//! Certificates of deletion: leaves of an append-only Merkle log whose head is signed.
//!
//! The statement is JSON, and its bytes are the leaf. What is printed ([`Document`]) carries
//! the statement as text and beside it the proof that it is in the log: its place, the way
//! to the root and a signed checkpoint, in the format of C2SP, so that whoever holds the
//! server's public key can check it without the server, with this program or with another.
//! A log exported by `sexton certificate log` lets them check the checkpoint too: a
//! certificate cannot be back-dated or taken back without the log's root changing.
//! Decision 7 says why the log is signed and not each statement.
//!
//! What may name a person is in the document and not in the statement, which commits to it
//! ([`Opening`]). Without it the document proves the rest all the same. Decision 15 says why.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::json;
use sexton_core::{Certificate, Detail};

use crate::merkle::{Frontier, Hash, leaf_hash, verify_inclusion};

mod checkpoint;
mod keys;
mod log;
mod note;
mod opening;

pub use checkpoint::{Checkpoint, Proof, TrailHead};
pub use log::{CHECKPOINT_FILE, KEY_FILE, PUBLIC_KEY_FILE};
pub use log::{Log, LogEnd, LogError, SignedTrail};
pub use note::{NoteError, SigningKey, VerifyingKey};
pub use opening::{Opening, Openings};

/// A statement in the log.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Issued {
    /// Which leaf it is.
    pub leaf: u64,
    /// The JSON of a [`Certificate`].
    pub statement: String,
    /// What it commits to; nothing once that was redacted.
    pub openings: Openings,
}

/// A certificate as it is handed out.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Document {
    /// What is certified; exactly these characters are the leaf.
    pub statement: String,
    /// That they are in the log (<https://c2sp.org/tlog-proof>).
    pub proof: String,
    /// The server's public key, a vkey: to be compared with one that came by another way.
    pub public_key: String,
    /// What the statement commits to, as far as that is not redacted.
    #[serde(default, deserialize_with = "opening::each_once")]
    pub openings: Openings,
}

/// A certificate that holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Verified {
    /// What it says.
    pub certificate: Certificate,
    /// Which leaf of the log it is.
    pub leaf: u64,
    /// The signed head of the log.
    pub log: Checkpoint,
    /// What it commits to; nothing in the place of what is redacted.
    pub details: BTreeMap<Detail, Option<String>>,
}

impl Verified {
    /// What is redacted.
    pub fn redacted(&self) -> impl Iterator<Item = Detail> {
        self.details.iter().filter(|(_, text)| text.is_none()).map(|(detail, _)| *detail)
    }
}

/// What a document proves.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Proven {
    /// A deletion.
    Deletion(Box<Verified>),
    /// That the log goes on under this public key, a vkey.
    NextKey(String),
}

/// A leaf that announces the next key of the log.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
struct Announcement {
    version: u32,
    next_key: String,
}

/// The statement that announces a key.
fn announcement(key: &VerifyingKey) -> String {
    json!({ "version": Certificate::VERSION, "next_key": key.to_string() }).to_string()
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
    /// What was given as the public key is none.
    #[error("the public key that was given is none: {0}")]
    NoKey(NoteError),
    /// The key in the document is not the key that is trusted.
    #[error("signed by another server: its public key is not the one that was given")]
    OtherKey,
    /// The checkpoint was changed, or never signed.
    #[error("the checkpoint of the log: {0}")]
    Checkpoint(NoteError),
    /// The statement is not in the log that it names.
    #[error("the statement is not in the log")]
    NotInLog,
    /// What is said beside the statement is not what it commits to.
    #[error("its opening of {} is not what the statement commits to", .0.name())]
    Opening(Detail),
    /// The log that was given says otherwise.
    #[error("the log that was given has another root at size {0}")]
    OtherLog(u64),
    /// The log that was given is too short to tell.
    #[error("the log that was given is of size {0}, and the certificate is of a longer one")]
    ShortLog(u64),
}

/// Whether this is a public key that certificates can be checked with.
pub fn check_public_key(text: &str) -> Result<(), NoteError> {
    VerifyingKey::parse(text).map(drop)
}

/// The leaf of a certificate.
pub fn statement(certificate: &Certificate) -> Result<String, serde_json::Error> {
    serde_json::to_string(certificate)
}

impl Document {
    /// Reads a document.
    pub fn parse(text: &str) -> Result<Self, Invalid> {
        serde_json::from_str(text).map_err(malformed)
    }

    /// Reads one document after the other, as they stand in a bundle.
    pub fn parse_all(text: &str) -> impl Iterator<Item = Result<Self, Invalid>> {
        serde_json::Deserializer::from_str(text)
            .into_iter::<Self>()
            .map(|document| document.map_err(malformed))
    }

    /// Checks everything that can be checked without the server, against a public key
    /// that came by another way and, if given, the leaves of the log from the first.
    pub fn verify(&self, public_key: &str, log: Option<&[Hash]>) -> Result<Verified, Invalid> {
        match self.prove(public_key, log)? {
            Proven::Deletion(verified) => Ok(*verified),
            Proven::NextKey(_) => {
                let what = "it announces the next key of the log";
                Err(Invalid::Malformed(what.to_owned()))
            }
        }
    }

    /// The same for whatever it proves.
    pub fn prove(&self, public_key: &str, log: Option<&[Hash]>) -> Result<Proven, Invalid> {
        let key = VerifyingKey::parse(public_key).map_err(Invalid::NoKey)?;
        let foreign = || Invalid::Malformed("its proof is not one of C2SP".to_owned());
        let proof = Proof::parse(&self.proof).ok_or_else(foreign)?;
        let text = self.signed(&key, &proof.checkpoint)?;
        let head = Checkpoint::parse(text).filter(|head| head.origin == key.name());
        let head = head.ok_or(Invalid::Checkpoint(NoteError::Malformed))?;
        let leaf = leaf_hash(self.statement.as_bytes());
        if !verify_inclusion(leaf, proof.leaf, head.size, &proof.hashes, &head.root) {
            return Err(Invalid::NotInLog);
        }
        if let Some(leaves) = log {
            check_log(&head, leaves)?;
        }
        let next = serde_json::from_str::<Announcement>(&self.statement).ok();
        if let Some(next) = next.filter(|next| next.version == Certificate::VERSION) {
            let key = VerifyingKey::parse(&next.next_key).map_err(Invalid::NoKey)?;
            return Ok(Proven::NextKey(key.to_string()));
        }
        let certificate = read_statement(&self.statement)?;
        let details = self.open(&certificate)?;
        let verified = Verified { certificate, leaf: proof.leaf, log: head, details };
        Ok(Proven::Deletion(Box::new(verified)))
    }

    /// The checkpoint, which the key has signed that is trusted. While one key follows another
    /// both sign, and the document names the newer one.
    fn signed<'a>(&self, key: &VerifyingKey, note: &'a str) -> Result<&'a str, Invalid> {
        if self.public_key == key.to_string() {
            return key.open(note).map_err(Invalid::Checkpoint);
        }
        let named = VerifyingKey::parse(&self.public_key);
        let named = named.ok().filter(|named| named.to_string() == self.public_key);
        let both = named.filter(|named| named.open(note).is_ok());
        both.and_then(|_| key.open(note).ok()).ok_or(Invalid::OtherKey)
    }

    /// What the statement commits to, each opening checked.
    fn open(&self, certificate: &Certificate) -> Result<BTreeMap<Detail, Option<String>>, Invalid> {
        let commitments = &certificate.commitments;
        let mut details: BTreeMap<_, _> = commitments.keys().map(|it| (*it, None)).collect();
        for (detail, opening) in &self.openings {
            let opens = opening.commitment();
            if opens.is_none() || opens.as_ref() != commitments.get(detail) {
                return Err(Invalid::Opening(*detail));
            }
            details.insert(*detail, Some(opening.text.clone()));
        }
        Ok(details)
    }
}

/// Whether a log begins with what was signed.
fn check_log(head: &Checkpoint, leaves: &[Hash]) -> Result<(), Invalid> {
    let size = usize::try_from(head.size).unwrap_or(usize::MAX);
    let first = leaves
        .get(..size)
        .ok_or_else(|| Invalid::ShortLog(u64::try_from(leaves.len()).unwrap_or(u64::MAX)))?;
    let mut frontier = Frontier::default();
    for leaf in first {
        drop(frontier.append(*leaf));
    }
    if frontier.root() == head.root { Ok(()) } else { Err(Invalid::OtherLog(head.size)) }
}

/// Reads a statement. The version is looked at before the rest, which it decides about.
fn read_statement(text: &str) -> Result<Certificate, Invalid> {
    #[derive(Deserialize)]
    struct Version {
        version: u32,
    }
    let Version { version } = serde_json::from_str(text).map_err(malformed)?;
    if version != Certificate::VERSION {
        return Err(Invalid::Version(version));
    }
    serde_json::from_str(text).map_err(malformed)
}

#[expect(clippy::needless_pass_by_value, reason = "for map_err")]
fn malformed(error: serde_json::Error) -> Invalid {
    if error.is_eof() {
        let line = error.line();
        return Invalid::Malformed(format!("it ends too early, in line {line}, and is not whole"));
    }
    Invalid::Malformed(error.to_string())
}

#[cfg(test)]
mod tests;
