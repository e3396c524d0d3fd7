//! How long a backup may wait to begin, and how long it may take.

use jiff::{SignedDuration, Timestamp};
use serde::{Deserialize, Serialize};

/// The shortest start window that AWS Backup takes, in minutes.
pub const START_WINDOW_MINUTES_MIN: u32 = 60;

/// The longest window that AWS Backup takes, in minutes: a hundred years.
pub const WINDOW_MINUTES_MAX: u32 = 52_560_000;

/// Both count from when the backup was accepted; one that is absent never passes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Windows {
    /// A job that has not begun within these minutes has expired.
    pub start_minutes: Option<u32>,
    /// A job that has not completed within these minutes is aborted.
    pub complete_minutes: Option<u32>,
}

/// Why windows are not acceptable.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum InvalidWindow {
    /// The start window is too short or too long.
    #[error(
        "StartWindowMinutes must be from {START_WINDOW_MINUTES_MIN} to {WINDOW_MINUTES_MAX}, \
         not {0}"
    )]
    Start(i64),
    /// The completion window is too short or too long.
    #[error("CompleteWindowMinutes must be from 1 to {WINDOW_MINUTES_MAX}, not {0}")]
    Complete(i64),
}

/// A window that has passed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Passed {
    /// The job had not begun.
    Start,
    /// The job was not complete.
    Complete,
}

impl Windows {
    /// Takes what a caller asks for.
    pub fn new(start: Option<i64>, complete: Option<i64>) -> Result<Self, InvalidWindow> {
        let within = |minutes: i64, from: u32| {
            let minutes = u32::try_from(minutes).ok()?;
            (from..=WINDOW_MINUTES_MAX).contains(&minutes).then_some(minutes)
        };
        let start = start.map(|asked| {
            within(asked, START_WINDOW_MINUTES_MIN).ok_or(InvalidWindow::Start(asked))
        });
        let complete = complete.map(|asked| within(asked, 1).ok_or(InvalidWindow::Complete(asked)));
        Ok(Self { start_minutes: start.transpose()?, complete_minutes: complete.transpose()? })
    }

    /// Whether no window can ever pass.
    pub fn are_open(&self) -> bool {
        self.start_minutes.is_none() && self.complete_minutes.is_none()
    }

    /// Until when a job that was accepted at `since` must have begun.
    pub fn start_by(&self, since: Timestamp) -> Option<Timestamp> {
        since.checked_add(length(self.start_minutes?)).ok()
    }

    /// Which window of a job that was accepted at `since` has passed at `now`.
    pub fn passed(&self, since: Timestamp, begun: bool, now: Timestamp) -> Option<Passed> {
        let over = |minutes: Option<u32>| {
            minutes.is_some_and(|minutes| now.duration_since(since) >= length(minutes))
        };
        if !begun && over(self.start_minutes) {
            Some(Passed::Start)
        } else if over(self.complete_minutes) {
            Some(Passed::Complete)
        } else {
            None
        }
    }
}

fn length(minutes: u32) -> SignedDuration {
    SignedDuration::from_mins(i64::from(minutes))
}
