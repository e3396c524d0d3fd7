//! Ends a job early whose time or whose room on the disk is over.

use std::time::Duration;

use jiff::Timestamp;
use sexton_core::Windows;

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
