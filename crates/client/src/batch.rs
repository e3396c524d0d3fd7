//! What follows when a request about one or several targets did not succeed. Pure.
//!
//! A batch is deleted as a whole or not at all. One that is refused may hold one target that
//! stands in the way of all the others: it is halved until that one is alone. What says
//! nothing of any target is not asked again in parts.

use crate::classify::Class;

/// What to do after a request that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use]
pub(crate) enum Step {
    /// This is the answer for each of its targets.
    Settle,
    /// The same request may succeed later. When no tries are left, this is the answer.
    Again,
    /// Each half is asked for by itself.
    Halve,
}

/// Decides what follows when a request about `batch` targets was answered so.
pub(crate) fn after(batch: usize, class: Class) -> Step {
    match class {
        Class::Throttled | Class::Server | Class::Lost | Class::Unreachable => Step::Again,
        Class::Credentials => Step::Settle,
        Class::NotFound { .. } | Class::Busy(_) | Class::Forbidden { .. } | Class::Refused(_) => {
            if batch > 1 {
                Step::Halve
            } else {
                Step::Settle
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use sexton_core::Obstacle;

    #[test]
    fn only_what_one_target_may_be_the_cause_of_is_asked_for_in_halves() {
        for (class, alone, together) in [
            (Class::NotFound { target: true }, Step::Settle, Step::Halve),
            (Class::NotFound { target: false }, Step::Settle, Step::Halve),
            (Class::Busy(Obstacle::InUse), Step::Settle, Step::Halve),
            (Class::Forbidden { explicit: false }, Step::Settle, Step::Halve),
            (Class::Forbidden { explicit: true }, Step::Settle, Step::Halve),
            (Class::Refused(Obstacle::LegalHold), Step::Settle, Step::Halve),
            (Class::Credentials, Step::Settle, Step::Settle),
            (Class::Throttled, Step::Again, Step::Again),
            (Class::Server, Step::Again, Step::Again),
            (Class::Lost, Step::Again, Step::Again),
            (Class::Unreachable, Step::Again, Step::Again),
        ] {
            assert_eq!(after(1, class), alone, "{class:?}");
            for batch in [2, 3, 100] {
                assert_eq!(after(batch, class), together, "{batch} {class:?}");
            }
        }
    }
}
