//! The log of certificates as it was signed: one key, one newest checkpoint.
//!
//! # What it promises
//!
//! It signs only what is durable, and never two heads of one size: the newest checkpoint
//! stands in a file beside the database, `log-checkpoint`, which is durable before anybody
//! gets the checkpoint, and is handed out byte for byte until the log is longer. A log that
//! does not continue what that file says, because an older or another database was put in
//! its place, is not signed any more and not even opened. The same file holds the audit
//! trail to its end as of then.
//!
//! A crash between the file and the answer leaves a checkpoint that nobody got, of a log
//! that is durable: the next start goes on from it.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use sexton_core::{BackupName, Commitments, Detail, InRealm, Principal, SecretKey};
use sha2::{Digest, Sha256};
use tokio::sync::Mutex;
use zeroize::Zeroizing;

use super::checkpoint::{Checkpoint, Proof, TrailHead};
use super::keys::{Keys, ORIGIN, read, write};
use super::note::{NoteError, SigningKey};
use super::{Document, Issued, Opening, Openings};
use crate::entropy::Entropy;
use crate::merkle::{Frontier, Hash};
use crate::{Change, Commit, MetaStore, StoreError, Write};

/// The signing key, in the data folder.
pub const KEY_FILE: &str = "certificate-key";
/// What certificates are checked with.
pub const PUBLIC_KEY_FILE: &str = "certificate-key.pub";
/// The newest checkpoint.
pub const CHECKPOINT_FILE: &str = "log-checkpoint";

/// Why a log is not opened or not signed.
#[derive(Debug, thiserror::Error)]
pub enum LogError {
    /// One of its files.
    #[error("{}", path.display())]
    File {
        /// Which.
        path: PathBuf,
        /// Why.
        #[source]
        source: io::Error,
    },
    /// The store could not be read.
    #[error("the log of certificates cannot be read")]
    Store(#[source] StoreError),
    /// A file that is not what it should be.
    #[error("{}: {reason}", path.display())]
    Damaged {
        /// Which.
        path: PathBuf,
        /// What is wrong with it.
        reason: NoteError,
    },
    /// The signing key is gone, and it has signed.
    #[error("{} is missing, and certificates were signed with it", .0.display())]
    NoKey(PathBuf),
    /// The public key is that of another signing key.
    #[error("{} is not the key that {} was written for", key.display(), public.display())]
    OtherKey {
        /// The signing key.
        key: PathBuf,
        /// The public key.
        public: PathBuf,
    },
    /// The newest checkpoint is gone.
    #[error("{} is missing, and the log of certificates is of size {leaves}", path.display())]
    NoCheckpoint {
        /// Where it should be.
        path: PathBuf,
        /// What the log has.
        leaves: u64,
    },
    /// The log lost some of its end.
    #[error(
        "the log of certificates is of size {leaves}, and size {signed} was signed: \
         the database is an older one"
    )]
    Shorter {
        /// What it has.
        leaves: u64,
        /// What was signed.
        signed: u64,
    },
    /// The log says otherwise.
    #[error("the first {0} certificates of the log are not those that were signed")]
    OtherLog(u64),
    /// The audit trail says otherwise.
    #[error("the first {0} events of the audit trail are not those that were signed")]
    OtherTrail(u64),
}

impl From<StoreError> for LogError {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// The durable end of a log, and what it was when it was shorter.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct LogEnd {
    /// How many leaves it has.
    pub size: u64,
    /// The root over them.
    pub root: Hash,
    /// The root over as many as were asked for; nothing if there are fewer.
    pub root_before: Option<Hash>,
    /// The end of the audit trail.
    pub trail: TrailHead,
}

/// A checkpoint and its note.
#[derive(Debug, Clone)]
pub(super) struct Signed {
    head: Checkpoint,
    pub(super) note: String,
}

/// See the module.
#[derive(Debug)]
pub struct Log {
    keys: Keys,
    /// Where the newest checkpoint is kept; nowhere in tests without a folder.
    file: Option<PathBuf>,
    newest: Mutex<Signed>,
    /// What its certificates say of whoever runs the server.
    details: BTreeMap<Detail, String>,
}

impl Log {
    /// Opens the log whose key and newest checkpoint are in `folder`, or begins one there if
    /// the store has no certificate yet.
    pub async fn open(
        folder: &Path,
        entropy: &dyn Entropy,
        store: &dyn MetaStore,
    ) -> Result<Self, LogError> {
        let leaves = store.log_end(0).await?.size;
        let path = folder.join(CHECKPOINT_FILE);
        let keys = Keys::open(folder, entropy, leaves)?;
        let note = match read(&path)? {
            Some(note) => note,
            None if leaves > 0 => return Err(LogError::NoCheckpoint { path, leaves }),
            None => {
                let note = begin(&keys).note;
                write(&path, &note)?;
                note
            }
        };
        let newest = Signed { head: signed_with(&keys, &path, &note)?, note };
        check_trail(&keys, &newest.head.trail, store).await?;
        check(&newest.head, &store.log_end(newest.head.size).await?)?;
        let details = BTreeMap::new();
        let log = Self { keys, file: Some(path), newest: Mutex::new(newest), details };
        if let Some(next) = log.keys.unannounced() {
            let announced = Change { writes: vec![Write::Announce(next)], ..Change::default() };
            match store.commit(announced).await? {
                Commit::Done | Commit::Stale => log.sign(store).await?,
            }
            log.keys.announced(folder)?;
        }
        Ok(log)
    }

    /// A log without files, for tests: the same for the same seed.
    pub fn from_seed(seed: [u8; 32]) -> Self {
        let name = format!("{ORIGIN}{}", hex::encode(&seed[..16]));
        let keys = Keys::of(
            SigningKey::new(name, SecretKey::from_bytes(&seed)).expect("a name without spaces"),
        );
        let newest = Mutex::new(begin(&keys));
        Self { keys, file: None, newest, details: BTreeMap::new() }
    }

    /// The same log, whose certificates say this of whoever runs the server.
    #[must_use]
    pub fn saying(self, details: BTreeMap<Detail, String>) -> Self {
        Self { details, ..self }
    }

    /// What a certificate commits to, of a deletion that was decided by `principal`.
    pub fn commit(&self, principal: &Principal, entropy: &dyn Entropy) -> (Commitments, Openings) {
        let mut details = self.details.clone();
        details.insert(Detail::DecidedBy, principal.0.clone());
        let openings: Openings =
            details.into_iter().map(|(it, text)| (it, Opening::new(text, entropy))).collect();
        let commitments =
            openings.iter().filter_map(|(it, opening)| Some((*it, opening.commitment()?)));
        (commitments.collect(), openings)
    }

    /// What its certificates are checked with: a vkey.
    pub fn public_key(&self) -> String {
        self.keys.current.verifying().to_string()
    }

    /// Another secret, the same for the same label as long as the signing key is.
    pub fn derive(&self, label: &str) -> [u8; 32] {
        self.keys.current.derive(label)
    }

    /// How many events of the audit trail the newest checkpoint speaks of, and whether others than
    /// those are stored in their place.
    pub async fn signed_events(&self, store: &dyn MetaStore) -> Result<(u64, bool), LogError> {
        let signed = self.newest.lock().await.head.trail;
        let last = store.trail(signed.events.saturating_sub(1), 1).await?;
        let last = last.first().filter(|link| link.number == signed.events);
        let rewritten = last.is_some_and(|link| !is_signed(&self.keys, &signed, link.hash));
        Ok((signed.events, rewritten))
    }

    /// Signs the log as it is now, unless it is signed already.
    pub async fn sign(&self, store: &dyn MetaStore) -> Result<(), LogError> {
        let mut newest = self.newest.lock().await;
        let end = store.log_end(newest.head.size).await?;
        check(&newest.head, &end)?;
        if end.size == newest.head.size {
            return Ok(());
        }
        let LogEnd { size, root, trail, root_before: _ } = end;
        let trail = blinded(&self.keys.current, trail);
        let head = Checkpoint { origin: newest.head.origin.clone(), size, root, trail };
        let signed = Signed { note: self.keys.sign(&head.to_text()), head };
        // Durable before anybody sees it: what was signed is never forgotten.
        if let Some(path) = self.file.clone() {
            let (at, note) = (path.clone(), signed.note.clone());
            let written = tokio::task::spawn_blocking(move || write(&at, &note)).await;
            written.map_err(|error| LogError::File { path, source: io::Error::other(error) })??;
        }
        *newest = signed;
        Ok(())
    }

    /// The certificate of a backup that is gone, newest first if its ARN was used
    /// twice; the log is signed for it if need be.
    pub async fn document(
        &self,
        key: &InRealm<BackupName>,
        store: &dyn MetaStore,
    ) -> Result<Option<Document>, LogError> {
        let found = store.certificate(key).await?;
        let Some(issued) = found else { return Ok(None) };
        self.document_of(issued, store).await.map(Some)
    }

    /// Those of `limit` certificates from leaf `from` on whose statement is wanted, and the
    /// leaf to go on with.
    pub async fn documents(
        &self,
        from: u64,
        limit: usize,
        wanted: impl Fn(&str) -> bool + Send + Sync,
        store: &dyn MetaStore,
    ) -> Result<(Vec<Document>, Option<u64>), LogError> {
        let issued = store.certificates(from, limit).await?;
        let last = issued.last().filter(|_| issued.len() == limit);
        let next = last.map(|issued| issued.leaf + 1);
        let mut documents = Vec::new();
        for issued in issued.into_iter().filter(|issued| wanted(&issued.statement)) {
            documents.push(self.document_of(issued, store).await?);
        }
        Ok((documents, next))
    }

    async fn document_of(
        &self,
        issued: Issued,
        store: &dyn MetaStore,
    ) -> Result<Document, LogError> {
        let Issued { leaf, statement, openings } = issued;
        if self.newest.lock().await.head.size <= leaf {
            self.sign(store).await?;
        }
        let newest = self.newest.lock().await.clone();
        let hashes = store.inclusion(leaf, newest.head.size).await?;
        let missing = || StoreError::not_done("a certificate is not in the log that was signed");
        let proof = Proof { leaf, hashes: hashes.ok_or_else(missing)?, checkpoint: newest.note };
        let public_key = self.public_key();
        Ok(Document { statement, proof: proof.to_text(), public_key, openings })
    }
}

/// The checkpoint of a log with nothing in it.
pub(super) fn begin(keys: &Keys) -> Signed {
    let (origin, root) = (keys.name().to_owned(), Frontier::default().root());
    let head = Checkpoint { origin, size: 0, root, trail: TrailHead::default() };
    Signed { note: keys.sign(&head.to_text()), head }
}

/// What the note at `path` says, which one of the keys has signed.
fn signed_with(keys: &Keys, path: &Path, note: &str) -> Result<Checkpoint, LogError> {
    let damaged = |reason| LogError::Damaged { path: path.to_owned(), reason };
    let text = keys.read(note).map_err(damaged)?;
    let head = Checkpoint::parse(text).filter(|it| it.origin == *keys.name());
    head.ok_or_else(|| damaged(NoteError::Malformed))
}

/// Whether a log continues what was signed of it.
fn check(signed: &Checkpoint, end: &LogEnd) -> Result<(), LogError> {
    match end.root_before {
        None => Err(LogError::Shorter { leaves: end.size, signed: signed.size }),
        Some(root) if root != signed.root => Err(LogError::OtherLog(signed.size)),
        Some(_) => Ok(()),
    }
}

/// Whether the audit trail continues what was signed of it.
async fn check_trail(
    keys: &Keys,
    signed: &TrailHead,
    store: &dyn MetaStore,
) -> Result<(), LogError> {
    let Some(last) = signed.events.checked_sub(1) else { return Ok(()) };
    let found = store.trail(last, 1).await?;
    let same = found.first().is_some_and(|link| is_signed(keys, signed, link.hash));
    if same { Ok(()) } else { Err(LogError::OtherTrail(signed.events)) }
}

/// Whether the hash of its last event is the one that was signed.
fn is_signed(keys: &Keys, signed: &TrailHead, hash: Hash) -> bool {
    let trail = TrailHead { events: signed.events, hash };
    keys.all().any(|key| blinded(key, trail) == *signed)
}

/// What was signed of the audit trail, in the data folder of a server that is stopped. Nothing is
/// changed there.
#[derive(Debug)]
pub struct SignedTrail {
    keys: Keys,
    head: TrailHead,
}

impl SignedTrail {
    /// Reads the newest checkpoint. A server makes it at its first start, with its key: where one
    /// of them is missing, nobody knows what was signed.
    pub fn read(folder: &Path) -> Result<Self, LogError> {
        let there = |path: &Path| {
            let missing = || LogError::File {
                path: path.to_owned(),
                source: io::Error::from(io::ErrorKind::NotFound),
            };
            // A pipe there would never end.
            if path.is_file() { read(path)?.ok_or_else(missing) } else { Err(missing()) }
        };
        let (path, key) = (folder.join(CHECKPOINT_FILE), folder.join(KEY_FILE));
        there(&folder.join(PUBLIC_KEY_FILE))?;
        let keys = Keys::read_only(folder, &Zeroizing::new(there(&key)?))?;
        let head = signed_with(&keys, &path, &there(&path)?)?.trail;
        Ok(Self { keys, head })
    }

    /// How many events there were.
    pub fn events(&self) -> u64 {
        self.head.events
    }

    /// Whether this is the hash of the last of them.
    pub fn ends_with(&self, hash: Hash) -> bool {
        is_signed(&self.keys, &self.head, hash)
    }
}

/// The end of the audit trail as it is published. Events name who asked: with their hashes as
/// they are, whoever has two checkpoints and knows the rest of what happened between them could
/// try names until one fits. So the hash is that of a secret and of the trail's own hash.
fn blinded(key: &SigningKey, trail: TrailHead) -> TrailHead {
    let mut hash = Sha256::new();
    hash.update(key.derive("sexton audit trail v1"));
    hash.update(trail.hash);
    TrailHead { hash: hash.finalize().into(), ..trail }
}
