//! Ends a job early whose time or whose room on the disk is over, or of which nothing comes.

use std::time::Duration;

use jiff::Timestamp;
use sexton_core::{SourceKind, Windows, counted};

use crate::jobs::{Halt, Running};
use crate::service::Service;

/// How often the clock and the disk are looked at for a job that depends on them.
const LOOK: Duration = Duration::from_secs(1);

impl Service {
    /// Drives `work` to its end, and has it stop early when a window passes or the disk
    /// of the data folder runs full: deletions must always be able to commit.
    pub(crate) async fn watched<T>(
        &self,
        windows: Windows,
        since: Timestamp,
        running: &Running,
        work: impl Future<Output = T>,
    ) -> T {
        tokio::pin!(work);
        tokio::select! {
            biased;
            done = &mut work => return done,
            why = self.overtime(windows, since, running) => running.halt(why),
        }
        work.await
    }

    /// Drives a capture as [`Service::watched`] does, and has one of a database stop early of which
    /// nothing comes: a server that is stopped answers nothing, and hangs up on nobody.
    pub(crate) async fn watched_capture<T>(
        &self,
        source: &SourceKind,
        (windows, since): (Windows, Timestamp),
        running: &Running,
        work: impl Future<Output = T>,
    ) -> T {
        let work = self.watched(windows, since, running, work);
        match source {
            // A file system of millions of empty files has nothing come for long.
            SourceKind::Fsx { .. } => work.await,
            SourceKind::Generated | SourceKind::Database => {
                tokio::pin!(work);
                tokio::select! {
                    biased;
                    done = &mut work => return done,
                    why = self.stalled(running) => running.halt(why),
                }
                work.await
            }
        }
    }

    /// Returns once nothing has come of a job for as long as may be. The clock of the machine has
    /// no part in it: that may be set.
    async fn stalled(&self, running: &Running) -> Halt {
        drop(running.begun.subscribe().wait_for(|begun| *begun).await);
        let longest = self.behaviour.stall_max;
        let (mut last, mut quiet) = (0, Duration::ZERO);
        loop {
            tokio::time::sleep(LOOK).await;
            let come = running.progress.bytes();
            quiet = if come == last { quiet + LOOK } else { Duration::ZERO };
            last = come;
            if quiet >= longest {
                let minutes = longest.as_secs().div_ceil(60);
                let minutes = counted(minutes, "minute");
                return Halt::Stalled(format!(
                    "nothing has come of the backup for {minutes}: see whether the database \
                     answers; who has to wait for longer sets stall_minutes"
                ));
            }
        }
    }

    /// Why a job must stop; never returns while it may go on.
    async fn overtime(&self, windows: Windows, since: Timestamp, running: &Running) -> Halt {
        if windows.are_open() && self.jobs.home.is_none() {
            return std::future::pending().await;
        }
        let mut begins = running.begun.subscribe();
        loop {
            if windows.are_open() {
                // Nothing is to be looked at before, and thousands may wait.
                drop(begins.wait_for(|begun| *begun).await);
            }
            let begun = *running.begun.borrow();
            if let Some(passed) = windows.passed(since, begun, self.clock.now()) {
                return Halt::Passed(passed);
            }
            if begun && let Err(reason) = self.jobs.check_room().await {
                return Halt::NoRoom(reason);
            }
            tokio::time::sleep(LOOK).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A database server that is stopped answers nothing, and hangs up on nobody.
    #[tokio::test(start_paused = true)]
    async fn a_capture_of_a_database_of_which_nothing_comes_is_told_to_end_and_says_why() {
        let service = Service::in_memory();
        let running = Running::default();
        running.begun.send_replace(true);
        let work = async {
            while !running.cancel.is_cancelled() {
                tokio::time::sleep(LOOK).await;
            }
        };
        let times = (Windows::default(), Timestamp::UNIX_EPOCH);
        let began = tokio::time::Instant::now();
        service.watched_capture(&SourceKind::Database, times, &running, work).await;
        let waited = began.elapsed();
        let longest = Duration::from_mins(30);
        assert!(waited >= longest && waited <= longest + 4 * LOOK, "{waited:?}");
        let halt = running.halted().unwrap();
        let said = "nothing has come of the backup for 30 minutes";
        assert!(halt.reason().starts_with(said), "{}", halt.reason());
    }
}
