//! What the failure of a request means for the sweep, whatever the service.
//!
//! Which reply is of which class is for each provider to say, in a table beside it. Pure.

use sexton_core::Obstacle;

/// What to make of a request that did not succeed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Class {
    /// There is no such thing.
    NotFound {
        /// The service says that it is the target. Otherwise it may be the place.
        target: bool,
    },
    /// Something else works on the target, perhaps an earlier try of ours.
    Busy(Obstacle),
    /// Not permitted; for some services also what a missing place answers.
    Forbidden {
        /// A policy denies it in so many words.
        explicit: bool,
    },
    /// The credentials are no good, for any request.
    Credentials,
    /// Too many requests. This one was not done.
    Throttled,
    /// The service said no. This one was not done.
    Refused(Obstacle),
    /// The service failed. The request may have been done.
    Server,
    /// There was no answer. The request may have been done.
    Lost,
    /// The request never left.
    Unreachable,
}

impl Class {
    /// Whether the request may have been done all the same.
    pub fn may_have_happened(self) -> bool {
        matches!(self, Self::Server | Self::Lost)
    }

    /// Whether the service asks for fewer requests.
    pub fn slows_down(self) -> bool {
        matches!(self, Self::Throttled | Self::Server)
    }

    /// Whether the service has dealt with the request, and said no.
    pub fn is_an_answer(self) -> bool {
        match self {
            Self::NotFound { .. }
            | Self::Busy(_)
            | Self::Forbidden { .. }
            | Self::Credentials
            | Self::Refused(_) => true,
            Self::Throttled | Self::Server | Self::Lost | Self::Unreachable => false,
        }
    }

    /// Whether nothing came back from the service at all.
    pub(crate) fn is_silence(self) -> bool {
        matches!(self, Self::Lost | Self::Unreachable)
    }

    /// What stands in the way, for somebody who has to do something about it.
    pub fn obstacle(self) -> Obstacle {
        match self {
            Self::NotFound { .. } => Obstacle::Invalid,
            Self::Forbidden { explicit: false } => Obstacle::Forbidden,
            Self::Forbidden { explicit: true } => Obstacle::Denied,
            Self::Credentials => Obstacle::Credentials,
            Self::Throttled => Obstacle::Throttled,
            Self::Busy(obstacle) | Self::Refused(obstacle) => obstacle,
            Self::Server | Self::Lost | Self::Unreachable => Obstacle::Service,
        }
    }
}
