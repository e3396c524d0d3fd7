//! Ends a job early whose time or whose room on the disk is over.

use jiff::Timestamp;
use sexton_core::Windows;

use super::{Halt, Jobs, LOOK, Running};
use crate::service::Service;

impl Jobs {
    /// Whether the disk of the data folder has room for a job; if not, why.
    pub(super) async fn check_room(&self) -> Result<(), String> {
        let Some(home) = self.home.clone() else { return Ok(()) };
        // A network file system may take its time to answer.
        let looked = tokio::task::spawn_blocking(move || home.check_room()).await;
        looked.map_err(|error| format!("free space cannot be looked at: {error}"))?
    }
}

impl Service {
    /// Drives `work` to its end, and has it stop early when a window passes or the disk
    /// of the data folder runs full: deletions must always be able to commit.
    pub(super) async fn watched<T>(
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
