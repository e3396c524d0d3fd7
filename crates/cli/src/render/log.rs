//! The log, which a thread of its own writes to standard error.
//!
//! Whoever has something to log only leaves it here, and what many threads leave meanwhile is
//! written in one piece. Who reads slowly is waited for, as long as anything is taken. But a reader
//! who takes nothing at all, such as a pager that was left open, must not stop a server for good:
//! after a while lines are lost until one is taken again, and the log says how many.

use std::collections::VecDeque;
use std::fs::File;
use std::io::{self, ErrorKind, Write};
use std::mem;
use std::os::fd::AsFd as _;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, OnceLock};
use std::time::{Duration, Instant};

use jiff::Timestamp;
use serde_json::json;

use super::print::log_line;

/// What waits to be written, in bytes.
const WAITING_MAX: usize = 1 << 20;

/// What is written at once, in bytes: a pipe takes as much as a whole, or nothing.
const PIECE: usize = 4096;

/// How long to wait for a whole piece. To wake the thread for each line costs more than to write
/// it.
const GATHER: Duration = Duration::from_millis(2);

/// How long nothing may be taken before lines are lost, or before a run ends without its last ones.
const PATIENCE: Duration = Duration::from_secs(2);

/// How long the end of a run waits for a reader who takes something now and then.
const END_WAIT_MAX: Duration = Duration::from_secs(10);

/// How long until what somebody made not to wait is asked again.
const AGAIN: Duration = Duration::from_millis(10);

/// A buffer that became larger than this is given back.
const KEPT_MAX: usize = 1 << 16;

const NO_PANIC: &str = "no holder of this lock panics";

/// The log of this run, if there is one.
static RUNNING: OnceLock<Arc<Shared>> = OnceLock::new();

/// Leaves a line for the log, which is on standard error, so that nobody else waits for that; tells
/// whether there is one.
pub(super) fn leave(line: &str) -> bool {
    RUNNING.get().is_some_and(|log| log.leave(line))
}

/// Waits until what was left is written, for whoever then says that something is done: who reads
/// that finds in the log what led to it.
pub(super) fn settle() {
    if let Some(log) = RUNNING.get() {
        let waits = |state: &mut State| state.writes || !state.waiting.is_empty();
        drop(log.taken.wait_timeout_while(log.state(), PATIENCE, waits).expect(NO_PANIC));
    }
}

/// The log for as long as something is logged; the end of it writes what waits.
#[derive(Debug)]
pub(crate) struct Log(Arc<Shared>);

/// Where the events of the log are left, each in one piece with the end of its line.
#[derive(Debug, Clone)]
pub(crate) struct LogWriter(Arc<Shared>);

#[derive(Debug)]
struct Shared {
    /// Each event is one JSON object.
    json: bool,
    state: Mutex<State>,
    /// Something was left, or the log ends.
    arrived: Condvar,
    /// Something was taken, or the log has ended.
    taken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: VecDeque<u8>,
    /// How often something was taken.
    takes: u64,
    /// Nothing was taken for so long that nobody waits for room any more.
    stuck: bool,
    /// A piece was taken and is not written yet.
    writes: bool,
    /// What was to be written last could not be.
    fails: bool,
    lost: usize,
    end: End,
}

/// Whether the log ends.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
enum End {
    #[default]
    Open,
    /// What waits is still to be written.
    Ends,
    Ended,
}

impl Log {
    /// Begins the log on standard error.
    pub(crate) fn start(json: bool) -> io::Result<Self> {
        // Not by the lock that everybody shares: a panic is to be told while this waits.
        let log = Self::to(File::from(io::stderr().as_fd().try_clone_to_owned()?), json)?;
        drop(RUNNING.set(Arc::clone(&log.0)));
        Ok(log)
    }

    fn to(out: impl Write + Send + 'static, json: bool) -> io::Result<Self> {
        let (state, arrived, taken) = Default::default();
        let log = Self(Arc::new(Shared { json, state, arrived, taken }));
        let shared = Arc::clone(&log.0);
        let thread = std::thread::Builder::new().name("sexton-log".to_owned());
        drop(thread.spawn(move || shared.write_on(out))?);
        Ok(log)
    }

    /// Where events are left.
    pub(crate) fn writer(&self) -> LogWriter {
        LogWriter(Arc::clone(&self.0))
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.end = End::Ends;
        self.0.arrived.notify_one();
        let began = Instant::now();
        while state.end != End::Ended && began.elapsed() < END_WAIT_MAX {
            let takes = state.takes;
            let waits = |state: &mut State| state.end != End::Ended && state.takes == takes;
            let waited = self.0.taken.wait_timeout_while(state, PATIENCE, waits);
            let (then, waited) = waited.expect(NO_PANIC);
            if waited.timed_out() {
                return;
            }
            state = then;
        }
    }
}

impl State {
    fn has_no_room(&self, line: &str) -> bool {
        !self.waiting.is_empty() && self.waiting.len() + line.len() > WAITING_MAX
    }

    fn push(&mut self, line: &str) {
        self.waiting.extend(line.as_bytes());
        self.waiting.push_back(b'\n');
    }

    /// Takes whole lines, as many as are a piece, or one that is longer.
    fn take_piece(&mut self) -> Vec<u8> {
        let is_end = |byte: &u8| *byte == b'\n';
        let fits = self.waiting.iter().take(PIECE).rposition(is_end);
        let end = fits.or_else(|| self.waiting.iter().position(is_end));
        let piece = self.waiting.drain(..end.map_or(0, |end| end + 1)).collect();
        if self.waiting.is_empty() {
            self.waiting.shrink_to(KEPT_MAX);
        }
        piece
    }
}

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(NO_PANIC)
    }

    /// Leaves one line, once there is room for it; tells whether somebody will write it.
    fn leave(&self, line: &str) -> bool {
        let mut state = self.state();
        while state.has_no_room(line) && !state.stuck {
            let takes = state.takes;
            let waits = |state: &mut State| state.takes == takes && !state.stuck;
            let waited = self.taken.wait_timeout_while(state, PATIENCE, waits);
            let (then, waited) = waited.expect(NO_PANIC);
            state = then;
            state.stuck |= waited.timed_out();
        }
        if state.end == End::Ended {
            return false;
        }
        if state.has_no_room(line) {
            state.lost += 1;
            return true;
        }
        let before = state.waiting.len();
        if state.lost > 0 && !state.fails {
            let lost = self.told(mem::take(&mut state.lost));
            state.push(&lost);
        }
        state.push(line);
        // It sleeps in between.
        if before == 0 || before < PIECE && state.waiting.len() >= PIECE {
            self.arrived.notify_one();
        }
        true
    }

    /// What the log says of lines that were lost, in the form of its events. Not one of them: those
    /// pass a filter.
    fn told(&self, lost: usize) -> String {
        let at = format!("{:.6}", Timestamp::now());
        let message = "lines of this log were lost: they could not be written";
        if self.json {
            let fields = json!({ "message": message, "lost": lost });
            return json!({ "timestamp": at, "level": "WARN", "fields": fields }).to_string();
        }
        format!("{at}  WARN {message} lost={lost}")
    }

    /// Writes what is left here, until the log ends.
    fn write_on(&self, mut out: impl Write) {
        let mut torn = false;
        while let Some(piece) = self.next_piece() {
            // What broke off within a line ends there.
            torn = torn && self.write(&mut out, b"\n") == 0;
            let written = if torn { 0 } else { self.write(&mut out, &piece) };
            let (begun, rest) = piece.split_at(written);
            torn |= begun.last().is_some_and(|last| *last != b'\n');
            let mut state = self.state();
            state.writes = false;
            state.fails = !rest.is_empty();
            state.lost += rest.split_inclusive(|byte| *byte == b'\n').count();
            drop(state);
            self.taken.notify_all();
        }
    }

    /// Waits for what is to be written next; nothing when the log has ended.
    fn next_piece(&self) -> Option<Vec<u8>> {
        let idle = |state: &mut State| state.waiting.is_empty() && state.end == End::Open;
        let mut state = self.state();
        if state.waiting.is_empty() && state.lost > 0 && !state.fails {
            let lost = self.told(mem::take(&mut state.lost));
            state.push(&lost);
        }
        state = self.arrived.wait_while(state, idle).expect(NO_PANIC);
        let few = |state: &mut State| state.waiting.len() < PIECE && state.end == End::Open;
        state = self.arrived.wait_timeout_while(state, GATHER, few).expect(NO_PANIC).0;
        if state.waiting.is_empty() {
            state.end = End::Ended;
            self.taken.notify_all();
            return None;
        }
        state.writes = true;
        Some(state.take_piece())
    }

    /// Writes a piece, and tells how much of it could be.
    fn write(&self, out: &mut impl Write, piece: &[u8]) -> usize {
        let mut written = 0;
        while written < piece.len() {
            match out.write(&piece[written..]) {
                Ok(0) => break,
                Ok(taken) => written += taken,
                Err(error) if error.kind() == ErrorKind::Interrupted => continue,
                Err(error) if error.kind() == ErrorKind::WouldBlock => {
                    std::thread::sleep(AGAIN);
                    continue;
                }
                Err(_) => break,
            }
            self.note_take();
        }
        // Where nothing can be written, nobody waits for it either.
        self.note_take();
        written
    }

    fn note_take(&self) {
        let mut state = self.state();
        state.takes += 1;
        state.stuck = false;
        drop(state);
        self.taken.notify_all();
    }
}

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.0.leave(&log_line(&String::from_utf8_lossy(event), self.0.json));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests;
