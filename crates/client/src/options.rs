//! How a run is to be done.

use std::time::Duration;

use jiff::Timestamp;
use tokio::time::Instant;

use crate::pacer::Pacer;
use crate::retry::RetryPolicy;

/// The most requests that can be in flight at once.
pub const CONCURRENCY_MAX: usize = 1024;

/// The longest that reading back goes on, whatever was asked for.
const TIMEOUT_MAX: Duration = Duration::from_hours(24 * 365);

/// How it is to be done.
#[derive(Debug, Clone)]
pub struct Options {
    /// The most deletions in flight; 1 to [`CONCURRENCY_MAX`].
    pub concurrency: usize,
    /// How fast requests are made. One for each account, region and API: whoever works in
    /// several places of one hands the same to each.
    pub pacer: Pacer,
    /// Whether to read back at all.
    pub wait: bool,
    /// How long to read back, and to look in the other places: both together.
    pub timeout: Duration,
    /// Whether continuous backups are deleted too.
    pub continuous: bool,
    /// When to try again.
    pub retry: RetryPolicy,
    /// Spreads the waits between tries.
    pub seed: u64,
    /// Tells the time that is written into outcomes.
    pub clock: fn() -> Timestamp,
}

impl Options {
    /// The defaults, with a pace of its own, and the randomness and the clock of the caller.
    pub fn new(seed: u64, clock: fn() -> Timestamp) -> Self {
        Self {
            concurrency: 64,
            pacer: Pacer::new(None),
            wait: true,
            timeout: Duration::from_mins(15),
            continuous: false,
            retry: RetryPolicy::default(),
            seed,
            clock,
        }
    }

    /// Until when is read back, from now on.
    pub(crate) fn deadline(&self) -> Instant {
        let now = Instant::now();
        now.checked_add(self.timeout.min(TIMEOUT_MAX)).unwrap_or(now)
    }

    /// The most requests in flight, within its bounds.
    pub(crate) fn in_flight_max(&self) -> usize {
        self.concurrency.clamp(1, CONCURRENCY_MAX)
    }
}
