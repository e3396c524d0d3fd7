//! The log, which a thread of its own writes to standard error.
//!
//! Whoever has something to log only leaves it here: what many threads leave while one piece is
//! written becomes the next piece. Who reads slowly is waited for; but a reader who takes nothing at
//! all, such as a pager that was left open, must not stop a server for good. After a while without
//! any progress lines are lost until there is some, and the log says how many.

use std::io::{self, Write};
use std::mem;
use std::sync::{Arc, Condvar, Mutex, MutexGuard};
use std::time::Duration;

use super::print::log_line;

/// What waits to be written, in bytes. As much again is being written.
const WAITING_MAX: usize = 1 << 20;

/// A piece that is worth writing, and how long to wait for one. To wake the thread for each line
/// would cost more than to write it.
const PIECE: usize = 1 << 14;
const GATHER: Duration = Duration::from_millis(2);

/// A buffer that became larger than this is given back.
const KEPT_MAX: usize = 1 << 16;

/// How long nothing may be taken before lines are lost, and how long the end of a run waits.
const PATIENCE: Duration = Duration::from_secs(2);

/// The log for as long as something is logged; the end of it writes what waits.
#[derive(Debug)]
pub(crate) struct Log(Arc<Shared>);

/// Where the events of the log are left, each in one piece with the end of its line.
#[derive(Debug, Clone)]
pub(crate) struct LogWriter {
    shared: Arc<Shared>,
    /// Each event is one JSON object.
    json: bool,
}

#[derive(Debug, Default)]
struct Shared {
    state: Mutex<State>,
    /// Something was left, or the log ends.
    arrived: Condvar,
    /// What waited was taken, or all of it is written.
    taken: Condvar,
}

#[derive(Debug, Default)]
struct State {
    waiting: Vec<u8>,
    /// Nobody waits for room any more.
    stuck: bool,
    lost: u64,
    ends: bool,
    ended: bool,
}

impl Log {
    /// Begins the log on standard error.
    pub(crate) fn start() -> io::Result<Self> {
        Self::to(io::stderr())
    }

    fn to(out: impl Write + Send + 'static) -> io::Result<Self> {
        let log = Self(Arc::default());
        let shared = Arc::clone(&log.0);
        let thread = std::thread::Builder::new().name("sexton-log".to_owned());
        drop(thread.spawn(move || shared.write_on(out))?);
        Ok(log)
    }

    /// Where events are left.
    pub(crate) fn writer(&self, json: bool) -> LogWriter {
        LogWriter { shared: Arc::clone(&self.0), json }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        let mut state = self.0.state();
        state.ends = true;
        self.0.arrived.notify_one();
        let ended = self.0.taken.wait_timeout_while(state, PATIENCE, |state| !state.ended);
        drop(ended.expect(NO_PANIC));
    }
}

const NO_PANIC: &str = "no holder of this lock panics";

impl Shared {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().expect(NO_PANIC)
    }

    /// Leaves one line, once there is room for it.
    fn leave(&self, line: &str) {
        let is_full = |state: &mut State| state.waiting.len() + line.len() >= WAITING_MAX;
        let mut state = self.state();
        if is_full(&mut state) && !state.stuck {
            let waits = |state: &mut State| is_full(state) && !state.stuck;
            let waited = self.taken.wait_timeout_while(state, PATIENCE, waits);
            state = waited.expect(NO_PANIC).0;
            state.stuck = is_full(&mut state);
        }
        if is_full(&mut state) {
            state.lost += 1;
            return;
        }
        let before = state.waiting.len();
        state.waiting.extend_from_slice(line.as_bytes());
        state.waiting.push(b'\n');
        // It sleeps in between.
        if before == 0 || before < PIECE && state.waiting.len() >= PIECE {
            self.arrived.notify_one();
        }
    }

    /// Writes what is left here, until the log ends.
    fn write_on(&self, mut out: impl Write) {
        let mut taken = Vec::new();
        loop {
            let idle = |state: &mut State| state.waiting.is_empty() && !state.ends;
            let mut state = self.arrived.wait_while(self.state(), idle).expect(NO_PANIC);
            if state.waiting.is_empty() {
                state.ended = true;
                self.taken.notify_all();
                return;
            }
            if !state.ends {
                let few = |state: &mut State| state.waiting.len() < PIECE && !state.ends;
                state = self.arrived.wait_timeout_while(state, GATHER, few).expect(NO_PANIC).0;
            }
            mem::swap(&mut state.waiting, &mut taken);
            state.stuck = false;
            let lost = mem::take(&mut state.lost);
            drop(state);
            self.taken.notify_all();
            if lost > 0 {
                tracing::warn!(lost, "lines of this log were lost: nobody took them");
            }
            // Where nobody can be told, nobody is.
            drop(out.write_all(&taken).and_then(|()| out.flush()));
            taken.clear();
            taken.shrink_to(KEPT_MAX);
        }
    }
}

impl Write for LogWriter {
    fn write(&mut self, event: &[u8]) -> io::Result<usize> {
        self.shared.leave(&log_line(&String::from_utf8_lossy(event), self.json));
        Ok(event.len())
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc::{Receiver, SyncSender, sync_channel};

    use super::*;

    /// Passes on every piece that is written, once somebody takes it.
    struct Pieces(SyncSender<Vec<u8>>);

    impl Write for Pieces {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.send(bytes.to_owned()).map_err(io::Error::other)?;
            Ok(bytes.len())
        }
        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    fn log() -> (Log, Receiver<Vec<u8>>) {
        let (pieces, read) = sync_channel(0);
        (Log::to(Pieces(pieces)).unwrap(), read)
    }

    fn event(log: &Log, text: &str) {
        log.writer(false).write_all(text.as_bytes()).unwrap();
    }

    #[test]
    fn what_is_left_while_a_piece_is_written_is_the_next_piece() {
        let (log, read) = log();
        event(&log, "a\n");
        while !log.0.state().waiting.is_empty() {
            std::thread::yield_now();
        }
        event(&log, "b\u{1b}\nc\n");
        event(&log, "d\n");
        assert_eq!(read.recv().unwrap(), b"a\n");
        assert_eq!(read.recv().unwrap(), b"b\\u{1b}\\nc\nd\n");
    }

    #[test]
    fn the_end_of_the_log_writes_what_waits() {
        let (log, read) = log();
        let reader = std::thread::spawn(move || read.iter().flatten().collect::<Vec<u8>>());
        for _ in 0..100 {
            event(&log, "a\n");
        }
        drop(log);
        assert_eq!(reader.join().unwrap(), b"a\n".repeat(100));
    }

    /// A pager that was left open stopped the whole server.
    #[test]
    fn a_reader_who_takes_nothing_stops_nobody_for_good() {
        let (log, read) = log();
        let line = format!("{}\n", "x".repeat(WAITING_MAX / 4));
        // One piece that is being written, and what may wait.
        let written = 12;
        for _ in 0..written {
            event(&log, &line);
        }
        let lost = log.0.state().lost;
        assert!((5..=8).contains(&lost), "{lost}");
        let mut whole = read.recv().unwrap().len();
        while !log.0.state().waiting.is_empty() {
            std::thread::yield_now();
        }
        event(&log, "at last\n");
        let ends = |piece: &[u8]| piece.ends_with(b"at last\n");
        while let Ok(piece) = read.recv()
            && !ends(&piece)
        {
            whole += piece.len();
        }
        let lost = usize::try_from(lost).unwrap();
        assert_eq!(whole, (written - lost) * line.len(), "the rest is whole");
        assert!(!log.0.state().stuck);
    }
}
