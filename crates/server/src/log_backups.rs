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

use sexton_core::{InRealm, ResourceArn};

mod files;
mod runs;
mod spools;
mod tasks;

pub(crate) use files::make;
pub(crate) use spools::{RESTORED, remove_files, restore_folder, spool};
pub use tasks::run;

/// The folder of all spools, in the data folder.
pub(crate) const FOLDER: &str = "log-spool";

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
}

/// How the log backup of an instance is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct LogState {
    /// What is wrong, if anything is.
    pub(crate) problem: Option<String>,
    /// How far what was received is behind the log of the database.
    pub(crate) lag_bytes: u64,
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
        let known = states.get(key).map_or(0, |before| before.lag_bytes);
        let state = LogState { problem, lag_bytes: lag.unwrap_or(known) };
        let before = states.insert(key.clone(), state.clone());
        drop(states);
        if before.and_then(|before| before.problem) != state.problem
            && let Some(problem) = &state.problem
        {
            tracing::warn!(instance = %key.name, problem, "log backup does not go on");
        }
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
