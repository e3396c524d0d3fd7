//! The nonces of Alibaba Cloud's signatures, remembered in memory and in a file.
//!
//! What counts is decided in [`sexton_core::nonce`]. Here it is written down, so that the next
//! process knows it:
//!
//! - The nonce of a request that changes something is on the disk before anything is changed.
//!   Those that come at once share one wait for the disk.
//! - The nonce of a request that only reads waits for no disk. It is handed to the system within
//!   moments, so that it outlives this process; what the loss of power takes of it could be read
//!   once more, by whoever has read that request and its answer before.
//! - A file that is gone, damaged or put back from a copy says nothing about what was used. Then
//!   nothing counts that could have counted before: for a quarter of an hour nobody is served. The
//!   system says when a file was changed, whoever changed it, and the file says when it was changed
//!   by us: where the two differ it is a copy, of which nobody knows how old it is.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use jiff::{SignedDuration, Timestamp};
use sexton_core::nonce::{NonceNote, NonceRefusal, Nonces, UsedNonce};
use sexton_store::files;
use sexton_wire::apsara::signature::{Nonce, SKEW_SECONDS_MAX};
use tokio::sync::OwnedMutexGuard;

mod format;

/// The file, in the data folder.
pub(crate) const FILE: &str = "nonces";

/// Notes in the file that nobody needs any more, before it is written anew: as many as are needed,
/// and these.
const NOTES_SPARE: usize = 1 << 13;

/// How far apart the system and the file may be about when the file was changed by us: the file is
/// stamped in the moment after.
const STAMP_SECONDS_MAX: u64 = 10;

/// Why a request does not count.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Uncounted {
    #[error(transparent)]
    Refused(#[from] NonceRefusal),
    #[error("the nonce could not be written down")]
    Unwritten(#[source] io::Error),
}

/// What was remembered before this process, as far as its file can be believed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Before {
    /// There was nothing to remember: no key had been given out.
    Nothing,
    /// What the file says.
    File,
    /// More than the file says.
    MoreThanFile,
}

/// The nonces that were used.
#[derive(Debug)]
pub(crate) struct UsedNonces {
    known: Arc<Mutex<Known>>,
    disk: Arc<tokio::sync::Mutex<Disk>>,
    /// Somebody is about to hand on what waits.
    handing_on: Arc<AtomicBool>,
}

/// What is remembered, and what of it waits to be written.
#[derive(Debug, Default)]
struct Known {
    nonces: Nonces,
    waiting: Vec<NonceNote>,
    /// How many notes were ever made.
    made: u64,
}

/// The file.
#[derive(Debug)]
struct Disk {
    path: PathBuf,
    /// None after it could not be written: then it is written anew as a whole.
    file: Option<File>,
    /// How many notes are in it.
    notes: usize,
    /// How many notes of all that were made are in it, and how many are sure to stay.
    written: u64,
    durable: u64,
}

/// How sure it has to be that a note outlives what happens next.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Outlives {
    /// The end of this process.
    Process,
    /// The loss of power as well.
    Power,
}

/// What was found in a file.
struct Found {
    notes: Vec<NonceNote>,
    /// Nobody but us has changed it, or put it there.
    is_ours: bool,
}

/// Reads a file; nothing if there is none, or if it is damaged.
fn read(path: &Path) -> io::Result<Option<Found>> {
    let changed = match fs::metadata(path) {
        Ok(found) => found.ctime(),
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(None),
        Err(error) => return Err(error),
    };
    let said = format::read(&fs::read(path)?);
    Ok(said.map(|said| Found {
        is_ours: said.stamp.is_some_and(|it| it.abs_diff(changed) <= STAMP_SECONDS_MAX),
        notes: said.notes,
    }))
}

/// Says in the file when it was changed.
fn stamp(file: &mut File) -> io::Result<()> {
    let changed = file.metadata()?.ctime();
    file.write_all(&format::stamp(changed))
}

fn lock(known: &Mutex<Known>) -> MutexGuard<'_, Known> {
    known.lock().unwrap_or_else(PoisonError::into_inner)
}

impl UsedNonces {
    /// Takes up what the file of a data folder says, and writes it anew without what has passed.
    pub(crate) fn open(folder: &Path, before: Before, now: Timestamp) -> io::Result<Self> {
        let path = folder.join(FILE);
        let found = read(&path)?;
        let mut nonces = Nonces::default();
        let whole = found.as_ref().is_some_and(|it| it.is_ours) || before == Before::Nothing;
        found.into_iter().flat_map(|it| it.notes).for_each(|note| nonces.recall(note));
        if !whole || before == Before::MoreThanFile {
            let until = longest(now);
            nonces.recall(NonceNote::Forgotten { key: None, until });
            let minutes = SKEW_SECONDS_MAX / 60;
            let path = path.display();
            tracing::warn!(
                "{path} does not say which nonces were used last: the next {minutes} minutes every \
                 request to ApsaraDB RDS is refused, because it could be one that was sent before"
            );
        }
        nonces.forget(now);
        let mut disk = Disk { path, file: None, notes: 0, written: 0, durable: 0 };
        disk.write_anew(&nonces.notes())?;
        Ok(Self {
            known: Arc::new(Mutex::new(Known { nonces, ..Known::default() })),
            disk: Arc::new(tokio::sync::Mutex::new(disk)),
            handing_on: Arc::default(),
        })
    }

    /// Has a nonce count, once. If the request that it belongs to `changes` something, it is on the
    /// disk when this returns.
    pub(crate) async fn use_once(
        &self,
        nonce: &Nonce,
        changes: bool,
        now: Timestamp,
    ) -> Result<(), Uncounted> {
        let (key, digest) = format::digests(&nonce.access_key_id, &nonce.text);
        let used = UsedNonce { key, nonce: digest, until: nonce.until };
        let made = {
            let mut known = lock(&self.known);
            known.nonces.use_once(used, now)?;
            known.waiting.push(NonceNote::Used(used));
            known.made += 1;
            known.made
        };
        if changes {
            let disk = Arc::clone(&self.disk).lock_owned().await;
            return self.write(disk, made, Outlives::Power).await.map_err(Uncounted::Unwritten);
        }
        self.hand_on();
        Ok(())
    }

    /// Writes down what is not yet, and waits until it is on the disk.
    pub(crate) async fn close(&self) {
        let made = lock(&self.known).made;
        let disk = Arc::clone(&self.disk).lock_owned().await;
        if let Err(error) = self.write(disk, made, Outlives::Power).await {
            tracing::warn!(%error, "nonces that were used could not be written down");
        }
    }

    /// Has what waits handed to the system, soon, by somebody else.
    fn hand_on(&self) {
        if self.handing_on.swap(true, Ordering::AcqRel) {
            return;
        }
        let this = self.clone_parts();
        tokio::spawn(async move {
            let disk = Arc::clone(&this.disk).lock_owned().await;
            // What is made from here on has somebody else handed on.
            this.handing_on.swap(false, Ordering::AcqRel);
            let made = lock(&this.known).made;
            if let Err(error) = this.write(disk, made, Outlives::Process).await {
                tracing::warn!(%error, "a nonce that was used could not be written down");
            }
        });
    }

    fn clone_parts(&self) -> Self {
        Self {
            known: Arc::clone(&self.known),
            disk: Arc::clone(&self.disk),
            handing_on: Arc::clone(&self.handing_on),
        }
    }

    /// Has at least the first `made` notes written, and all that wait with them.
    async fn write(
        &self,
        mut disk: OwnedMutexGuard<Disk>,
        made: u64,
        outlives: Outlives,
    ) -> io::Result<()> {
        if disk.has(made, outlives) {
            return Ok(());
        }
        let known = Arc::clone(&self.known);
        let work = tokio::task::spawn_blocking(move || disk.write_waiting(&known, outlives));
        work.await.unwrap_or_else(|error| Err(io::Error::other(error)))
    }
}

impl Disk {
    fn has(&self, made: u64, outlives: Outlives) -> bool {
        match outlives {
            Outlives::Process => self.written >= made,
            Outlives::Power => self.durable >= made,
        }
    }

    fn write_waiting(&mut self, known: &Mutex<Known>, outlives: Outlives) -> io::Result<()> {
        let (waiting, all, made) = {
            let mut known = lock(known);
            let spare = self.notes > 2 * known.nonces.len() + NOTES_SPARE;
            let all = (spare || self.file.is_none()).then(|| known.nonces.notes());
            (std::mem::take(&mut known.waiting), all, known.made)
        };
        if let Some(all) = all {
            self.write_anew(&all)?;
            self.durable = made;
        } else {
            self.append(&waiting, outlives)?;
            if outlives == Outlives::Power {
                self.durable = made;
            }
        }
        self.written = made;
        Ok(())
    }

    fn append(&mut self, notes: &[NonceNote], outlives: Outlives) -> io::Result<()> {
        // Put back only when all went well: what a failed write or a failed wait has left in the
        // file is not known.
        let Some(mut file) = self.file.take() else { return Err(io::ErrorKind::NotFound.into()) };
        // A stamp alone would be of the change before, which may be long ago, and change the file.
        if !notes.is_empty() {
            let bytes: Vec<u8> = notes.iter().flat_map(format::note).collect();
            file.write_all(&bytes)?;
            stamp(&mut file)?;
            self.notes += notes.len() + 1;
        }
        if outlives == Outlives::Power {
            file.sync_data()?;
        }
        self.file = Some(file);
        Ok(())
    }

    fn write_anew(&mut self, notes: &[NonceNote]) -> io::Result<()> {
        self.file = None;
        files::write_private(&self.path, &format::whole(notes))?;
        let mut file = OpenOptions::new().append(true).open(&self.path)?;
        // Not before: the system counts the new name as a change.
        stamp(&mut file)?;
        file.sync_data()?;
        self.file = Some(file);
        self.notes = notes.len() + 1;
        Ok(())
    }
}

/// The latest moment until which a nonce has to be remembered that was used by `now`.
fn longest(now: Timestamp) -> Timestamp {
    let twice = SignedDuration::from_secs(2 * SKEW_SECONDS_MAX + 1);
    now.saturating_add(twice).unwrap_or(Timestamp::MAX)
}

#[cfg(test)]
mod tests;
