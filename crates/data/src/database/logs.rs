//! The log of a database, received as it is written.
//!
//! A receiver runs the engine's own tool, which writes files of the log into a folder, the
//! *spool*. It starts the tool again when that ends, after a wait that grows, and says in words how
//! it is. Somebody else captures the files that are whole and removes them from the spool.
//!
//! # What is promised
//!
//! - One tool at a time writes into a spool, also after this process was killed and started again:
//!   the tool holds a lock of the spool for as long as it lives, and a receiver ends the tool that
//!   another process has left before it starts its own.
//! - Of the newest segment that is whole the name, the length and a hash stay in the spool
//!   ([`remove_segments`]): tools find there where to go on, and we whether it is the same log.
//!   Nothing else of a captured file is left.

use std::fmt;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, Write};
use std::os::unix::fs::{MetadataExt, OpenOptionsExt};
use std::path::{Path, PathBuf};
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use rustix::fs::{FlockOperation, flock};
use rustix::process::{Pid, PidfdFlags, Signal, pidfd_open, pidfd_send_signal};
use sexton_core::is_news;

use super::postgres::{hollow_out, remove_hollow};
use super::tool::{Run, Running};
use super::{DatabaseError, Engine, Segment, Settings, mariadb, postgres, segments};
use crate::source::Cancel;

/// The longest wait before a tool is started again.
const WAIT_SECONDS_MAX: u64 = 60;
/// A tool that has lived for so long is worth a quick try when it ends.
const LIVED_WELL: Duration = Duration::from_secs(10);
/// How often somebody is asked whether to stop.
const LOOK: Duration = Duration::from_millis(50);
/// The variable in the environment of a tool that says for which slot it receives: whoever comes
/// after us knows it by that, whatever became of its spool.
const RECEIVES: &str = "SEXTON_RECEIVES";
/// The file that the tool holds, with the number of its process.
const LOCK_FILE: &str = ".receiver";

/// A log that is to be received.
#[derive(Debug, Clone)]
pub struct ReceiverOrder {
    /// How the database is reached.
    pub settings: Arc<Settings>,
    /// Where the files go. It must exist.
    pub spool: PathBuf,
    /// The name under which the database keeps what was not received yet: at most 63 lower case
    /// letters, digits and underscores.
    pub slot: String,
}

/// How a receiver is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ReceiverState {
    /// It has started its tool.
    Starting,
    /// The log comes in.
    Receiving,
    /// The tool has ended, and is started again after a wait.
    Waiting {
        /// Why, in words for the person who runs the server.
        reason: String,
        /// How long the wait is.
        seconds: u64,
    },
    /// It has ended, because the log of the server does not go on from what is in the spool.
    Parted {
        /// Why, in words for the person who runs the server.
        reason: String,
    },
    /// It was told to stop.
    Stopped,
}

impl fmt::Display for ReceiverState {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Starting => f.write_str("the receiver of the log starts"),
            Self::Receiving => f.write_str("the log is received"),
            // Not how long: who reads it again and again is to see whether it is another reason.
            Self::Waiting { reason, .. } => write!(f, "the log is not received: {reason}"),
            Self::Parted { reason } => write!(f, "the log does not go on: {reason}"),
            Self::Stopped => f.write_str("the receiver of the log is stopped"),
        }
    }
}

/// Receives a log until it is told to stop, or dropped.
#[derive(Debug)]
pub struct Receiver {
    shared: Arc<Shared>,
    cancel: Cancel,
    thread: Option<JoinHandle<()>>,
}

/// What a receiver and its thread share.
#[derive(Debug)]
struct Shared {
    state: Mutex<ReceiverState>,
    /// Somebody asked to stop.
    woken: Condvar,
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, ReceiverState> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Receiver {
    /// Begins. What goes wrong from here on is told by [`Receiver::state`].
    pub fn start(order: ReceiverOrder) -> io::Result<Self> {
        let state = Mutex::new(ReceiverState::Starting);
        let shared = Arc::new(Shared { state, woken: Condvar::new() });
        let cancel = Cancel::default();
        let (theirs, stop) = (Arc::clone(&shared), cancel.clone());
        let thread = thread::Builder::new().name("receive-log".into());
        let thread = thread.spawn(move || {
            Work { order: &order, shared: &theirs, cancel: &stop }.run();
        })?;
        Ok(Self { shared, cancel, thread: Some(thread) })
    }

    /// How it is.
    pub fn state(&self) -> ReceiverState {
        self.shared.state().clone()
    }

    /// Ends the tool, and waits for its end.
    pub fn stop(mut self) {
        self.end();
    }

    fn end(&mut self) {
        self.cancel.cancel();
        // Whoever is about to wait has either seen it, or waits once this lock is free.
        drop(self.shared.state());
        self.shared.woken.notify_all();
        if let Some(thread) = self.thread.take()
            && thread.join().is_err()
        {
            tracing::error!("the receiver of a log panicked");
        }
    }
}

impl Drop for Receiver {
    fn drop(&mut self) {
        self.end();
    }
}

/// What the thread of a receiver has.
#[derive(Clone, Copy)]
pub(super) struct Work<'a> {
    pub(super) order: &'a ReceiverOrder,
    shared: &'a Shared,
    pub(super) cancel: &'a Cancel,
}

impl Work<'_> {
    fn run(self) {
        let mut seconds = 1;
        let mut said: Option<(String, Instant)> = None;
        while !self.cancel.is_cancelled() {
            self.set(ReceiverState::Starting);
            let begun = instant();
            let ended = match self.order.settings.engine() {
                Engine::PostgreSql => postgres::receive(self),
                Engine::MySql | Engine::MariaDb => mariadb::receive(self),
            };
            if self.cancel.is_cancelled() {
                break;
            }
            seconds = next_wait(seconds, begun.elapsed());
            let reason = match ended {
                Ok(()) => "the tool ended".to_owned(),
                // Somebody else has to close what is there.
                Err(DatabaseError::LogParted(reason)) => {
                    return self.set(ReceiverState::Parted { reason });
                }
                Err(error) => error.for_caller(),
            };
            let last = said.as_ref().map(|(words, at)| (words.as_str(), at.elapsed()));
            if is_news(&reason, last) {
                tracing::warn!(slot = self.order.slot, reason, seconds, "a log is not received");
                said = Some((reason.clone(), instant()));
            }
            self.set(ReceiverState::Waiting { reason, seconds });
            self.pause(Duration::from_secs(seconds));
            seconds = (seconds * 2).min(WAIT_SECONDS_MAX);
        }
        self.set(ReceiverState::Stopped);
    }

    fn set(self, state: ReceiverState) {
        *self.shared.state() = state;
    }

    /// Waits, unless somebody asks to stop.
    fn pause(self, time: Duration) {
        let goes_on = |_: &mut ReceiverState| !self.cancel.is_cancelled();
        drop(self.shared.woken.wait_timeout_while(self.shared.state(), time, goes_on));
    }

    /// Has a tool say for which slot it receives.
    pub(super) fn named(self, run: Run) -> Run {
        run.variable(RECEIVES, &self.order.slot)
    }

    /// Watches a tool until it ends, and looks often whether it receives.
    pub(super) fn watch<'r>(
        self,
        mut running: Running<'r>,
        mut receives: impl FnMut(&Running<'r>) -> Result<bool, DatabaseError>,
    ) -> Result<(), DatabaseError> {
        while !running.has_ended()? {
            if receives(&running)? {
                self.set(ReceiverState::Receiving);
            }
        }
        running.end().map(drop)
    }

    /// Takes the lock of the spool, from a tool that another process has left if need be. The
    /// tool is to hold the file as its input.
    pub(super) fn lock(self) -> Result<SpoolLock, DatabaseError> {
        let path = self.order.spool.join(LOCK_FILE);
        let failed = |error| DatabaseError::system("the folder of the log cannot be locked", error);
        let file = OpenOptions::new()
            .read(true)
            .write(true)
            .create(true)
            .truncate(false)
            .mode(0o600)
            .open(&path)
            .map_err(failed)?;
        let mut lock = SpoolLock { file };
        while flock(&lock.file, FlockOperation::NonBlockingLockExclusive).is_err() {
            if self.cancel.is_cancelled() {
                return Err(DatabaseError::Cancelled);
            }
            lock.end_holder().map_err(failed)?;
            self.pause(LOOK);
        }
        Ok(lock)
    }
}

/// How long to wait after a tool that has lived for so long, if `seconds` are due. That it received
/// something says nothing: some say so, and end.
fn next_wait(seconds: u64, lived: Duration) -> u64 {
    if lived >= LIVED_WELL { 1 } else { seconds }
}

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
pub(super) fn instant() -> Instant {
    Instant::now()
}

/// A spool that no other tool writes into.
#[derive(Debug)]
pub(super) struct SpoolLock {
    file: File,
}

impl SpoolLock {
    /// What the tool is to hold.
    pub(super) fn held(&self) -> Result<File, DatabaseError> {
        let failed = |error| DatabaseError::system("the folder of the log cannot be locked", error);
        self.file.try_clone().map_err(failed)
    }

    /// Writes down which process holds the lock.
    pub(super) fn note(&mut self, process: u32) -> Result<(), DatabaseError> {
        let mut write = || {
            self.file.set_len(0)?;
            self.file.rewind()?;
            writeln!(self.file, "{process}")
        };
        write().map_err(|error| DatabaseError::system("the spool's lock cannot be written", error))
    }

    /// Kills the process that was written down, if it is the one that holds the lock. A number
    /// says too little: it may be that of somebody else by now.
    fn end_holder(&mut self) -> io::Result<()> {
        let mut text = String::new();
        self.file.rewind()?;
        Read::by_ref(&mut self.file).take(32).read_to_string(&mut text)?;
        let number = text.trim().parse::<i32>().ok();
        let Some(pid) = number.and_then(Pid::from_raw) else { return Ok(()) };
        let Ok(process) = pidfd_open(pid, PidfdFlags::empty()) else { return Ok(()) };
        let ours = self.file.metadata()?;
        let held = fs::metadata(format!("/proc/{}/fd/0", pid.as_raw_nonzero()));
        if held.is_ok_and(|it| (it.dev(), it.ino()) == (ours.dev(), ours.ino())) {
            pidfd_send_signal(process, Signal::KILL).ok();
        }
        Ok(())
    }
}

/// How many bytes of its log the database has that were not received yet. `PostgreSQL` keeps them
/// for a slot, and has no answer if there is none of this name: one that nobody reads fills the
/// disk of the database. The others keep their log for a time, whoever reads it, so what is in
/// the spool is looked at.
pub fn lag_bytes(
    settings: &Settings,
    slot: &str,
    spool: &Path,
) -> Result<Option<u64>, DatabaseError> {
    let cancel = Cancel::default();
    match settings.engine() {
        Engine::PostgreSql => postgres::lag_bytes(settings, slot, &cancel),
        Engine::MySql | Engine::MariaDb => mariadb::lag_bytes(settings, spool, &cancel).map(Some),
    }
}

/// Ends the tools that receive for slots whose names end in `mark`, and tells how many. Nobody of
/// this process may receive for one of them yet: what does was left by another one.
pub fn end_receivers(mark: &str) -> usize {
    let Ok(processes) = fs::read_dir("/proc") else { return 0 };
    let mut ended = 0;
    for process in processes.flatten() {
        let number = process.file_name().to_str().and_then(|name| name.parse::<i32>().ok());
        let Some(pid) = number.and_then(Pid::from_raw) else { continue };
        // First a handle, then a look: a number may be that of somebody else by now.
        let Ok(handle) = pidfd_open(pid, PidfdFlags::empty()) else { continue };
        let environment = fs::read(process.path().join("environ")).unwrap_or_default();
        let receives = environment.split(|byte| *byte == 0).any(|variable| {
            let slot = variable.strip_prefix(RECEIVES.as_bytes());
            let slot = slot.and_then(|slot| slot.strip_prefix(b"="));
            slot.is_some_and(|slot| slot.ends_with(mark.as_bytes()))
        });
        if receives && pidfd_send_signal(handle, Signal::KILL).is_ok() {
            ended += 1;
        }
    }
    ended
}

/// Has the database forget a slot; well if there is none. Its receiver must have ended.
pub fn drop_slot(settings: &Settings, slot: &str) -> Result<(), DatabaseError> {
    let cancel = Cancel::default();
    match settings.engine() {
        Engine::PostgreSql => postgres::drop_slot(settings, slot, &cancel),
        Engine::MySql | Engine::MariaDb => Ok(()),
    }
}

/// Whether two ways lead to the same server, of which both are known to say the same of themselves:
/// it has moved, or one is a copy of the other. Of one that cannot be reached the `slot` tells.
pub fn is_same_server(old: &Settings, new: &Settings, slot: &str) -> Result<bool, DatabaseError> {
    let cancel = Cancel::default();
    match (old.engine(), new.engine()) {
        (Engine::PostgreSql, Engine::PostgreSql) => {
            postgres::is_same_server(old, new, slot, &cancel)
        }
        (Engine::PostgreSql | Engine::MySql | Engine::MariaDb, _) => Ok(false),
    }
}

/// Has the database begin a new file of its log, so that what is in the present one can be
/// captured.
pub fn finish_segment(settings: &Settings) -> Result<(), DatabaseError> {
    let cancel = Cancel::default();
    match settings.engine() {
        Engine::PostgreSql => postgres::finish_segment(settings, &cancel),
        Engine::MySql | Engine::MariaDb => mariadb::finish_segment(settings, &cancel),
    }
}

/// Removes files of the log that were captured. Of the newest segment of a write-ahead log the
/// name, the length and the hash stay, which say where to go on, and nothing of what was in it.
pub fn remove_segments(spool: &Path, names: &[String]) -> io::Result<usize> {
    let mut removed = 0;
    let whole = segments(spool)?;
    let newest = whole.iter().rfind(|it| it.is_write_ahead()).cloned();
    let newest = newest.filter(|newest| names.contains(&newest.name));
    if let Some(newest) = &newest {
        hollow_out(spool, newest)?;
        removed += 1;
    }
    for Segment { name, .. } in whole {
        if names.contains(&name) && newest.as_ref().is_none_or(|newest| newest.name != name) {
            fs::remove_file(spool.join(&name))?;
            removed += 1;
        }
    }
    // Those that were the newest before are in the way of nobody.
    remove_hollow(spool, newest.as_ref().map(|newest| newest.name.as_str()))?;
    File::open(spool)?.sync_all()?;
    Ok(removed)
}

#[cfg(test)]
mod tests {
    use std::os::unix::process::ExitStatusExt as _;
    use std::process::Command;

    use super::*;

    #[test]
    fn only_a_tool_that_has_lived_for_a_while_is_tried_again_at_once() {
        assert_eq!(next_wait(8, Duration::from_secs(2)), 8);
        assert_eq!(next_wait(8, LIVED_WELL), 1);
    }

    #[test]
    fn receivers_that_another_process_left_are_ended_and_no_others() {
        let begin = |slot: &str| {
            let mut command = Command::new("sleep");
            let child = command.arg("1000").env(RECEIVES, slot).spawn().unwrap();
            // It has begun before the system shows what it was begun with.
            let shown = format!("/proc/{}/environ", child.id());
            while fs::read(&shown).unwrap().is_empty() {
                thread::yield_now();
            }
            child
        };
        let own = format!("_{}", std::process::id());
        let mut left = begin(&format!("sexton_rm_1{own}"));
        let mut other = begin("sexton_rm_1_another");
        assert_eq!(end_receivers(&own), 1);
        assert_eq!(left.wait().unwrap().signal(), Some(9));
        assert_eq!(other.try_wait().unwrap(), None, "it is not ours");
        other.kill().unwrap();
        other.wait().unwrap();
        assert_eq!(end_receivers(&own), 0);
    }
}
