//! How far the way of a backup out of the store is: the rule that every store keeps.

use sexton_core::{Leftover, State};

/// What a store must not confuse, whatever else a backup's state says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// Its key is in the ring.
    Kept,
    /// Its key has left the ring, its bytes go, and its record goes with them.
    Deleting,
    /// Its key has left the ring, its bytes go, and its record stays.
    Failing,
    /// Nothing but the record is left.
    Record,
}

impl Stage {
    pub(crate) fn of(state: &State) -> Self {
        match state {
            State::Creating | State::Completed { .. } | State::Expired { .. } => Self::Kept,
            State::Deleting { .. } => Self::Deleting,
            State::Failed { bytes: Leftover::Erasing { .. }, .. } => Self::Failing,
            State::Failed { bytes: Leftover::Erased, .. } => Self::Record,
        }
    }

    /// Whether an erasure is under way.
    pub(crate) fn is_erasing(self) -> bool {
        match self {
            Self::Deleting | Self::Failing => true,
            Self::Kept | Self::Record => false,
        }
    }

    /// Whether a backup may be replaced by one in stage `next`. A key leaves the ring with the
    /// beginning of an erasure alone, an erasure ends with its certificate alone, and what is
    /// to go with it goes.
    pub(crate) fn may_become(self, next: Self) -> bool {
        match self {
            Self::Kept => next == Self::Kept,
            Self::Deleting => next == Self::Deleting,
            Self::Failing => next.is_erasing(),
            Self::Record => next == Self::Record,
        }
    }
}
