//! The person in front of a run: who is asked before it, and who may stop it.

use std::fs::File;
use std::io::{BufRead as _, BufReader, IsTerminal as _};

use sexton_client::StopHandle;
use tokio::signal::unix::{Signal, SignalKind, signal};

use crate::exit::{Exit, Failure};
use crate::render::{self, Progress};

/// Somebody who can be asked.
pub(super) enum Asker {
    StandardInput,
    /// Standard input carries something else, and there is a terminal all the same.
    Terminal(File),
}

impl Asker {
    pub(super) fn find() -> Result<Self, Failure> {
        if std::io::stdin().is_terminal() {
            return Ok(Self::StandardInput);
        }
        let terminal = std::io::stderr().is_terminal().then(|| File::open("/dev/tty"));
        match terminal {
            Some(Ok(terminal)) => Ok(Self::Terminal(terminal)),
            Some(Err(_)) | None => Err(Failure::text(
                Exit::Refused,
                "nobody can be asked for confirmation: there is no terminal",
            )
            .hint("give --yes to delete without being asked, or --dry-run to look first")),
        }
    }

    /// Asks for the count to be typed back.
    pub(super) fn confirm(self, count: usize) -> Result<(), Failure> {
        render::question(count);
        let mut line = String::new();
        let read = match self {
            Self::StandardInput => std::io::stdin().read_line(&mut line),
            Self::Terminal(terminal) => BufReader::new(terminal).read_line(&mut line),
        };
        read.map_err(|error| Failure::new(Exit::Unexpected, &error))?;
        let typed = line.trim();
        if is_count(typed, count) {
            return Ok(());
        }
        let text = format!("{typed:?} is not {count}: nothing was deleted");
        Err(Failure::text(Exit::Refused, text))
    }
}

/// Whether `typed` is this number, as it is or with its thousands set apart.
fn is_count(typed: &str, count: usize) -> bool {
    typed == count.to_string() || typed == render::grouped(count)
}

/// Ctrl-C, and the polite signal of a service manager.
pub(super) struct Signals {
    interrupt: Signal,
    terminate: Signal,
}

impl Signals {
    pub(super) fn heed() -> std::io::Result<Self> {
        let (interrupt, terminate) = (SignalKind::interrupt(), SignalKind::terminate());
        Ok(Self { interrupt: signal(interrupt)?, terminate: signal(terminate)? })
    }

    /// The next one. `false`: none will come.
    async fn next(&mut self) -> bool {
        tokio::select! {
            signalled = self.interrupt.recv() => signalled.is_some(),
            signalled = self.terminate.recv() => signalled.is_some(),
        }
    }

    /// Stops the run: gently at the first signal, at once at the second.
    pub(super) async fn stop(mut self, handle: StopHandle, progress: Progress) {
        if self.next().await {
            handle.drain();
            progress.note("stopping: waiting for what is in flight; once more to end at once");
        }
        if self.next().await {
            handle.abort();
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_count_is_taken_with_its_thousands_set_apart_and_not_otherwise() {
        for (typed, count, same) in [
            ("3000", 3000, true),
            ("3,000", 3000, true),
            ("1,234,567", 1_234_567, true),
            ("30,00", 3000, false),
            ("3.000", 3000, false),
            ("+3", 3, false),
            ("03", 3, false),
            ("", 0, false),
        ] {
            assert_eq!(is_count(typed, count), same, "{typed}");
        }
    }
}
