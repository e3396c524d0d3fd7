//! What follows when a request about one or several targets did not succeed. Pure.
//!
//! A batch is deleted as a whole or not at all. One that is refused may hold one target that
//! stands in the way of all the others: it is halved until that one is alone. What says
//! nothing of any target, or the same of every one, is not asked again in parts.

use sexton_core::Obstacle;

use crate::classify::Class;
use crate::provider::Unheard;

/// What to do after a request that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Step {
    /// This is the answer for each of its targets.
    Settle,
    /// The same request may succeed later. When no tries are left, this is the answer.
    Again,
    /// It may have been done: it is looked what stands, before anything is asked for again.
    Look,
    /// Each half is asked for by itself.
    Halve,
}

/// Decides what follows when a request about `batch` targets was answered so. `unheard`: what is
/// done about one that may have been done.
pub(crate) fn after(batch: usize, class: Class, unheard: Unheard) -> Step {
    match class {
        Class::Throttled | Class::Unreachable => Step::Again,
        Class::Server | Class::Lost => match unheard {
            Unheard::SendAgain => Step::Again,
            Unheard::LookFirst => Step::Look,
        },
        // Who may delete in a place is not said of each target of a batch.
        Class::Credentials | Class::Forbidden { .. } => Step::Settle,
        Class::Refused(obstacle) if is_of_the_place(obstacle) => Step::Settle,
        Class::NotFound { .. } | Class::Busy(_) | Class::Refused(_) => {
            if batch > 1 {
                Step::Halve
            } else {
                Step::Settle
            }
        }
    }
}

/// Whether what stands in the way of one target stands in the way of every other of the place.
pub(crate) fn is_of_the_place(obstacle: Obstacle) -> bool {
    match obstacle {
        Obstacle::VaultLock
        | Obstacle::Forbidden
        | Obstacle::Denied
        | Obstacle::Credentials
        | Obstacle::Unsupported
        | Obstacle::NoInstance
        | Obstacle::InstanceState
        | Obstacle::InstanceKind
        | Obstacle::InstanceLock
        | Obstacle::Edition
        | Obstacle::Billing => true,
        Obstacle::LegalHold
        | Obstacle::InUse
        | Obstacle::Restoring
        | Obstacle::Copying
        | Obstacle::KeptByVault
        | Obstacle::StillListed
        | Obstacle::Token
        | Obstacle::Nested
        | Obstacle::Continuous
        | Obstacle::Unread
        | Obstacle::Role
        | Obstacle::Image
        | Obstacle::SnapshotLock
        | Obstacle::TooYoung
        | Obstacle::LogRetention
        | Obstacle::NotDeletable
        | Obstacle::Throttled
        | Obstacle::Invalid
        | Obstacle::Service
        | Obstacle::Other => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_one_target_may_be_the_cause_of_is_asked_for_in_halves() {
        for (class, alone, together) in [
            (Class::NotFound { target: true }, Step::Settle, Step::Halve),
            (Class::NotFound { target: false }, Step::Settle, Step::Halve),
            (Class::Busy(Obstacle::InUse), Step::Settle, Step::Halve),
            (Class::Forbidden { explicit: false }, Step::Settle, Step::Settle),
            (Class::Forbidden { explicit: true }, Step::Settle, Step::Settle),
            (Class::Refused(Obstacle::LegalHold), Step::Settle, Step::Halve),
            (Class::Refused(Obstacle::VaultLock), Step::Settle, Step::Settle),
            (Class::Credentials, Step::Settle, Step::Settle),
            (Class::Throttled, Step::Again, Step::Again),
            (Class::Unreachable, Step::Again, Step::Again),
        ] {
            for unheard in [Unheard::SendAgain, Unheard::LookFirst] {
                assert_eq!(after(1, class, unheard), alone, "{class:?}");
                for batch in [2, 3, 100] {
                    assert_eq!(after(batch, class, unheard), together, "{batch} {class:?}");
                }
            }
        }
    }

    #[test]
    fn what_may_have_been_done_is_sent_again_only_where_the_service_knows_it() {
        for class in [Class::Server, Class::Lost] {
            for batch in [1, 100] {
                assert_eq!(after(batch, class, Unheard::SendAgain), Step::Again);
                assert_eq!(after(batch, class, Unheard::LookFirst), Step::Look);
            }
        }
    }
}
