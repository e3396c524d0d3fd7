//! Backs up the logs of databases: one loop that keeps a receiver for each instance whose policy
//! says so, and has what it received sealed.
//!
//! A receiver writes files into a folder of its own, the *spool*. Whole files become a run of log
//! backups: a backup as any other, captured from the spool. A file leaves the spool when the run
//! that holds it is complete, and not before, so a crash loses nothing: what was not complete is
//! captured again, and what was complete and is still in the spool is known by its name and
//! checksum.

use std::collections::HashMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use sexton_core::{InRealm, ResourceArn, is_news};

mod files;
mod lives;
mod runs;
mod slots;
mod spools;
mod tasks;

pub(crate) use files::make;
pub(crate) use spools::{RESTORED, remove_files, restore_folder, spool};
pub use tasks::run;

/// The folder of all spools, in the data folder.
pub(crate) const FOLDER: &str = "log-spool";

/// The name that the log of an instance is received as by the server of this mark.
pub(crate) fn received_as(id: &str, mark: &str) -> String {
    format!("{id}_{mark}")
}

/// What is known of log backups: for the metrics, and for whoever asks.
#[derive(Debug, Default)]
pub struct Logs {
    /// The folder of the spools; nothing if there is none.
    pub folder: Option<PathBuf>,
    /// Tells this server from others that back up the log of the same database.
    pub mark: String,
    /// A hint that an instance was changed; never data.
    pub(crate) changed: tokio::sync::Notify,
    states: std::sync::Mutex<HashMap<InRealm<ResourceArn>, LogState>>,
    /// Replication slots that are owed, when they were counted last.
    owed: AtomicU64,
    /// Held while the slot of an instance is dropped, and while a receiver begins.
    slots: std::sync::Mutex<HashMap<InRealm<ResourceArn>, Arc<tokio::sync::Mutex<()>>>>,
}

/// How the log backup of an instance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogState {
    /// What is wrong, if anything is.
    pub(crate) problem: Option<String>,
    /// How far what was received is behind the log of the database.
    pub(crate) lag_bytes: u64,
    /// The problem that the log was told last, and when.
    said: Option<(String, Instant)>,
}

impl Logs {
    /// Log backups with a folder in the data folder.
    pub fn in_folder(data: &Path, mark: String) -> Self {
        Self { folder: Some(data.join(FOLDER)), mark, ..Self::default() }
    }

    fn states(&self) -> std::sync::MutexGuard<'_, HashMap<InRealm<ResourceArn>, LogState>> {
        self.states.lock().unwrap_or_else(std::sync::PoisonError::into_inner)
    }

    /// Notes how the log backup of an instance is. A lag that is not known is as it was.
    fn note(&self, key: &InRealm<ResourceArn>, problem: Option<String>, lag: Option<u64>) {
        let mut states = self.states();
        let before = states.remove(key);
        let lag_bytes = lag.or(before.as_ref().map(|it| it.lag_bytes)).unwrap_or(0);
        let mut said = before.and_then(|before| before.said);
        if let Some(problem) = &problem {
            let last = said.as_ref().map(|(words, at)| (words.as_str(), at.elapsed()));
            if is_news(problem, last) {
                tracing::warn!(instance = %key.name, problem, "log backup has a problem");
                said = Some((problem.clone(), tasks::instant()));
            }
        }
        states.insert(key.clone(), LogState { problem, lag_bytes, said });
    }

    /// What is held while something is done with the slot of an instance.
    fn slot_of(&self, key: &InRealm<ResourceArn>) -> Arc<tokio::sync::Mutex<()>> {
        let mut slots = self.slots.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        // Those that nobody holds say nothing.
        slots.retain(|_, slot| Arc::strong_count(slot) > 1);
        Arc::clone(slots.entry(key.clone()).or_default())
    }

    /// How many replication slots are owed. Public for tests.
    pub fn owed(&self) -> u64 {
        self.owed.load(Ordering::Relaxed)
    }

    fn forget(&self, key: &InRealm<ResourceArn>) {
        self.states().remove(key);
    }

    /// The largest lag in bytes, and how many instances have a problem. Public for tests.
    pub fn sums(&self) -> (u64, u64) {
        let states = self.states();
        let lag = states.values().map(|state| state.lag_bytes).max().unwrap_or(0);
        let problems = states.values().filter(|state| state.problem.is_some()).count();
        (lag, u64::try_from(problems).unwrap_or(u64::MAX))
    }
}
