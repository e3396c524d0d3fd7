//! The embedded store: SQLite, one writer that groups commits, many readers.
//!
//! # Consistency
//!
//! One thread owns the writing connection. It takes the commits that wait, up to
//! 64 at once (256 if nobody waits for any of them), writes them in one transaction, and makes
//! them durable together (write-ahead log, `synchronous = FULL`). A change that is stale or
//! fails is undone alone and spoils nobody else's. Readers see whole transactions only.
//!
//! # Crash consistency
//!
//! Key ring pages are rows of the same transaction as the decision that changes them.
//! When a key is destroyed the order is: new root durable in the free slot, transaction
//! committed, old root overwritten, answers given. Opening the store finishes whatever a
//! crash interrupted: the root that does not fit the stored ring is overwritten first.
//! If the old root cannot be overwritten, no caller is told that it was, and the store
//! takes no more commits until it is opened again.
//!
//! # Ownership
//!
//! The data folder is locked for as long as the server lives, so no two servers ever
//! write one ring.

use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use async_trait::async_trait;
use sexton_core::{BackupName, DataKey, Event, InRealm, ResourceArn};
use zeroize::Zeroizing;

use super::sealed;
use super::told;
use super::trail::Link;
use super::{
    Cause, Change, Commit, Cursor, Follow, MetaStore, Page, Query, Reading, Row, StoreError,
    StoreId, Subject, Sums, Tally,
};
use crate::certificate::{Issued, LogEnd};
use crate::clock::Clock;
use crate::entropy::Entropy;
use crate::keys::root::RootProvider;
use crate::merkle::Hash;

mod apply;
mod check;
mod counters;
mod encoded;
mod epochs;
mod holds;
mod known;
mod listing;
mod log_runs;
mod nodes;
mod place;
mod plans;
mod read;
mod read_only;
mod readers;
pub mod realm;
mod rows;
mod scans;
mod schema;
mod tokens;
mod writer;

use check::Check;
pub use epochs::RollPolicy;
use known::Known;
pub use read_only::ReadOnly;

use place::Place;
use readers::Readers;
use scans::{Pause, SCANS_MAX, Scans};

/// Connections that short queries share.
const READERS_MAX: usize = 4;

/// How long a scan waits for the write-ahead log to be begun anew.
const SCANS_PAUSE_MAX: Duration = Duration::from_secs(1);

/// What a store is opened with.
#[derive(Debug)]
pub struct Parts {
    /// Where the root of the key ring lives.
    pub roots: Arc<dyn RootProvider>,
    /// Randomness for keys.
    pub entropy: Arc<dyn Entropy>,
    /// Tells when an epoch ended.
    pub clock: Arc<Clock>,
    /// When epochs end.
    pub roll: RollPolicy,
}

/// Metadata in one SQLite file.
#[derive(Debug)]
pub struct Sqlite {
    identity: StoreId,
    file: PathBuf,
    check: Check,
    writer: writer::Writer,
    readers: Arc<Readers>,
    scans: Scans,
    place: Arc<Place>,
    known: Arc<Known>,
}

impl Sqlite {
    /// Opens or makes the store in `file`, and finishes what a crash interrupted.
    pub fn open(file: &Path, parts: Parts) -> Result<Self, Cause> {
        refuse_lost_metadata(file, &*parts.roots)?;
        let remnants = writer::Remnants::left_in(file);
        let mut connection = schema::open_writer(file)?;
        if schema::is_new(&connection)? {
            // Before a table is made: with its log put back the database is whole again.
            writer::refuse_new_beside(&*parts.roots)?;
        }
        schema::migrate(&mut connection)?;
        let open = |many| (0..many).map(|_| schema::open_reader(file)).collect::<Result<_, _>>();
        let readers = Readers::new(open(READERS_MAX)?);
        let pause = Pause::new(SCANS_PAUSE_MAX);
        let scans = Scans::start(open(SCANS_MAX)?, &pause)?;
        let place = Arc::new(Place::of(file)?);
        let shared = Arc::clone(&place);
        let (writer, identity) =
            writer::Writer::start(file, connection, parts, pause, remnants, shared)?;
        Ok(Self {
            identity,
            file: file.to_owned(),
            check: Check::default(),
            writer,
            readers,
            scans,
            place,
            known: Arc::default(),
        })
    }

    /// Which store this is, for the parts of the data folder that are not the database.
    pub fn identity(&self) -> StoreId {
        self.identity
    }

    /// Refuses when the files of the database are not the ones that were opened.
    pub fn in_place(&self) -> Result<(), Cause> {
        self.place.check()
    }

    /// Takes no more commits, and leaves the database file whole.
    pub fn close(&self) {
        self.check.stop();
        self.writer.close();
    }

    /// Whether damaged pages were found.
    pub fn is_damaged(&self) -> bool {
        self.check.found()
    }

    /// Looks through every page, which may take minutes, and says in the log what is damaged.
    pub fn check_pages(&self) {
        self.check.run(&self.file);
    }
}

/// Refuses to begin anew beside a root key. The database is made before the first root,
/// so a root without one means that the database was lost, and its first deletion would
/// destroy the only key to what the lost one may still hold. Nothing is made or changed.
fn refuse_lost_metadata(file: &Path, roots: &dyn RootProvider) -> Result<(), Cause> {
    let there = match std::fs::metadata(file) {
        Ok(found) => found.len() > 0,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => false,
        Err(error) => return Err(error.into()),
    };
    let unused = || -> Result<bool, Cause> {
        Ok(roots.read()?.iter().all(Option::is_none) && roots.read_witness()?.is_none())
    };
    if there || unused()? {
        return Ok(());
    }
    Err("the database file is missing, and the root key of its backups is still there: put \
         the file back, or begin anew in another data folder"
        .into())
}

#[async_trait]
impl MetaStore for Sqlite {
    async fn commit(&self, change: Change) -> Result<Commit, StoreError> {
        let told = !change.untold && tracing::enabled!(tracing::Level::INFO);
        let event = told.then(|| change.event.clone()).flatten();
        let committed = self.writer.commit(change).await?;
        if let (Commit::Done, Some(event)) = (&committed, event) {
            told::tell(&event);
        }
        Ok(committed)
    }

    async fn read(&self, roots: &[Subject], follow: Follow) -> Result<Reading, StoreError> {
        let roots = roots.to_vec();
        let known = Arc::clone(&self.known);
        self.readers.read_one(move |it| read::read(it, &roots, follow, &known)).await
    }

    async fn page(
        &self,
        query: &Query,
        after: Option<&Cursor>,
        limit: usize,
    ) -> Result<Page<Row>, StoreError> {
        let (asked, after) = (query.clone(), after.cloned());
        let epochs = self.writer.epoch_ends();
        let page = move |db: &rusqlite::Connection| {
            listing::page(db, &asked, after.as_ref(), limit, &epochs)
        };
        match query {
            // What the server itself asks for does not wait behind what callers list.
            Query::Realms
            | Query::BackupsIn(_)
            | Query::LogSpan(_)
            | Query::DueErasures(_)
            | Query::DueExpiries(_)
            | Query::Requested { waiting: true }
            | Query::EndedJobs(_)
            | Query::DueSources(_)
            | Query::DuePlans(_)
            | Query::EndedHolds(_)
            | Query::CreatingWithoutJob
            | Query::TokensUsedBefore(_)
            | Query::RunningBackups
            | Query::RunningRestores
            | Query::RunningCopies
            | Query::Means => self.readers.read(page).await,
            Query::Vaults(_)
            | Query::Backups(_)
            | Query::FsxBackups(_)
            | Query::OfSource(_)
            | Query::BackupJobs(..)
            | Query::RestoreJobs(..)
            | Query::CopyJobs(..)
            | Query::Sources(_)
            | Query::Roles
            | Query::Users
            | Query::Holds(_)
            | Query::HeldBy(_)
            | Query::Plans { .. }
            | Query::PlanVersions(..)
            | Query::Requested { waiting: false }
            | Query::Erasing { .. } => self.scans.scan(page).await,
        }
    }

    async fn tally(&self, of: &Tally) -> Result<u64, StoreError> {
        let of = of.clone();
        self.readers.read_one(move |it| read::tally(it, &of)).await
    }

    async fn data_key(&self, key: &InRealm<BackupName>) -> Result<Option<DataKey>, StoreError> {
        self.writer.data_key(writer::KeyOf::Backup(key.clone())).await
    }

    async fn secret(
        &self,
        of: &InRealm<ResourceArn>,
    ) -> Result<Option<Zeroizing<Vec<u8>>>, StoreError> {
        let key = of.clone();
        let sealed = self.readers.read_one(move |it| read::sealed(it, &key)).await?;
        let Some(body) = sealed else { return Ok(None) };
        let key = self.writer.data_key(writer::KeyOf::Secret(of.clone())).await?;
        // Between the two it may have been removed.
        let Some(key) = key else { return Ok(None) };
        sealed::open(of, &key, &body).map(Some).map_err(StoreError::NotDone)
    }

    async fn certificate(&self, key: &InRealm<BackupName>) -> Result<Option<Issued>, StoreError> {
        let key = key.clone();
        self.readers.read(move |it| read::certificate(it, &key)).await
    }

    async fn certificates(&self, from: u64, limit: usize) -> Result<Vec<Issued>, StoreError> {
        self.scans.scan(move |it| read::certificates(it, from, limit)).await
    }

    async fn inclusion(&self, leaf: u64, size: u64) -> Result<Option<Vec<Hash>>, StoreError> {
        self.readers.read(move |it| read::inclusion(it, leaf, size)).await
    }

    async fn log_end(&self, before: u64) -> Result<LogEnd, StoreError> {
        self.readers.read(move |it| read::log_end(it, before)).await
    }

    async fn log_leaves(&self, from: u64, limit: usize) -> Result<Vec<Hash>, StoreError> {
        self.scans.scan(move |it| read::log_leaves(it, from, limit)).await
    }

    async fn events(&self, from: u64, limit: usize) -> Result<Vec<Event>, StoreError> {
        self.scans.scan(move |it| read::events(it, from, limit)).await
    }

    async fn trail(&self, from: u64, limit: usize) -> Result<Vec<Link>, StoreError> {
        self.scans.scan(move |it| read::trail(it, from, limit)).await
    }

    async fn sums(&self) -> Result<Sums, StoreError> {
        self.scans.scan(read::sums).await
    }

    fn healthy(&self) -> bool {
        self.writer.healthy()
    }
}
