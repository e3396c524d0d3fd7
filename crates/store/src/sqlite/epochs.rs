//! When epochs end.

use std::collections::BTreeMap;
use std::time::Duration;

use jiff::Timestamp;

/// When the epoch ends, and with it every copy of the keys that left the ring.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RollPolicy {
    /// Before a deletion is answered.
    EveryCommit,
    /// This long after the first deletion that waits for it.
    Every(Duration),
}

/// What is known of the ends of epochs beyond the table.
#[derive(Debug)]
pub(super) struct EpochEnds {
    /// Epochs that have ended and may not be in the table yet.
    pub(super) unsaved: BTreeMap<u64, Timestamp>,
    pub(super) policy: RollPolicy,
}

impl EpochEnds {
    /// By when the epoch of a deletion should have ended.
    pub(super) fn expected(&self, decided: Timestamp) -> Timestamp {
        let wait = match self.policy {
            RollPolicy::EveryCommit => Duration::ZERO,
            RollPolicy::Every(wait) => wait,
        };
        decided.checked_add(wait).unwrap_or(Timestamp::MAX)
    }
}
