//! What happens during a run, and how it ended.

use std::time::Duration;

use sexton_core::{Outcome, Totals, Verdict};

use crate::elsewhere::Searched;
use crate::provider::Target;

/// What happens during a run, as it happens.
#[derive(Debug, Clone, Copy)]
pub enum Event<'a> {
    /// A deletion was answered; its targets are now being watched, or settled.
    Answered {
        /// How many targets it was about.
        targets: usize,
        /// Requests per second, at present.
        rate: f64,
    },
    /// Before a deletion: it was seen how one more target stands.
    Looked,
    /// What was asked for is now read back. Where something waited for that, more will be asked
    /// for.
    Watching {
        /// How many targets are not settled.
        pending: usize,
    },
    /// What was not found in the place is looked for in others.
    Searching {
        /// How many targets were not found.
        missing: usize,
    },
    /// The service has not answered for some seconds.
    Silent {
        /// What the last attempt ended with.
        cause: &'a str,
        /// For how long it is still asked, if that is known.
        left: Option<Duration>,
    },
    /// The service answers again.
    AnswersAgain,
    /// A target is settled.
    Settled {
        /// The target.
        target: &'a Target,
        /// Its outcome.
        outcome: &'a Outcome,
    },
}

/// After so many refusals that hold for the whole place, and nothing else, the run ends.
pub(crate) const FUTILE_MAX: u32 = 20;

/// Why a run ended before everything was asked for, or read back.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum StopCause {
    /// Somebody asked for it.
    #[error("interrupted")]
    Interrupted,
    /// The credentials are no good.
    #[error("the credentials were refused: {0}")]
    Credentials(String),
    /// The service cannot be reached.
    #[error("the service cannot be reached: {0}")]
    Unreachable(String),
    /// The first targets were refused for a reason that holds for all.
    #[error("the first {FUTILE_MAX} deletions were all refused: {0}")]
    Futile(String),
}

/// One target of a report.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Item {
    /// The target.
    pub target: Target,
    /// How it ended.
    pub outcome: Outcome,
}

/// How a run ended.
#[derive(Debug, Clone)]
pub struct Report {
    /// Every target of the order, in its order.
    pub items: Vec<Item>,
    /// How many ended in which way.
    pub totals: Totals,
    /// Why not everything was asked for, or read back.
    pub stopped: Option<StopCause>,
    /// Where targets that were not found have been looked for, if there were any.
    pub searched: Option<Searched>,
    /// The verdict on the whole run.
    pub verdict: Verdict,
}
