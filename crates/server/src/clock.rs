//! The one place that reads the clock.

use std::sync::atomic::{AtomicI64, Ordering};

use jiff::{SignedDuration, Timestamp};

/// Tells the time, to the millisecond. With `--dev`, whoever tests automation may set it.
#[derive(Debug, Default)]
pub struct Clock {
    /// What is added to the system's time, in milliseconds.
    offset_ms: AtomicI64,
}

impl Clock {
    /// The system's own time, whatever the clock was set to: what signatures are checked
    /// against, since whoever signs does not know that somebody moved ours.
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
    pub fn system(&self) -> Timestamp {
        Timestamp::now()
    }

    /// The present instant.
    pub fn now(&self) -> Timestamp {
        let system = self.system();
        let offset = SignedDuration::from_millis(self.offset_ms.load(Ordering::Relaxed));
        let now = system.checked_add(offset).unwrap_or(system);
        // The wire and the store speak milliseconds; a finer instant would not come back.
        Timestamp::from_millisecond(now.as_millisecond()).unwrap_or(now)
    }

    /// Moves the clock on, or back if `by` is negative.
    pub fn advance(&self, by: SignedDuration) {
        let by = i64::try_from(by.as_millis()).unwrap_or(0);
        self.offset_ms.fetch_add(by, Ordering::Relaxed);
    }

    /// Sets the clock; it runs on from `now`.
    pub fn set(&self, now: Timestamp) {
        let offset = now.as_millisecond() - self.system().as_millisecond();
        self.offset_ms.store(offset, Ordering::Relaxed);
    }
}
