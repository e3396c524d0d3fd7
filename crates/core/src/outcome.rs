//! How a bulk deletion ended, point by point and as a whole.
//!
//! The outcome admits what is not known. `Accepted` is not `Gone`: a service may
//! accept a deletion and still leave the point behind, and only reading it back
//! tells. What stands in the way of a deletion is an [`Obstacle`], and each has a
//! way out that a person can take.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How one deletion ended, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// Proven not to be in the vault.
    Gone {
        /// When that was seen.
        at: Option<Timestamp>,
        /// It was not there before we asked: gone already, or never in this vault.
        already: bool,
    },
    /// The service said yes, and nobody looked whether it happened.
    Accepted,
    /// Accepted, not done, and not going to be: the point is still stored and billed.
    Expired {
        /// What the service says of it.
        reason: Option<String>,
        /// What that amounts to.
        obstacle: Obstacle,
    },
    /// The service said no. Nothing happened.
    Refused {
        /// The service's name for the refusal.
        code: String,
        /// The service's own words.
        message: String,
        /// What that amounts to.
        obstacle: Obstacle,
        /// The service's id of the request, which its support asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// The deletion may have taken effect: trying again is safe, assuming is not.
    Unknown {
        /// Why it is not known.
        cause: String,
    },
    /// No request was made that could have had an effect.
    Unattempted,
}

/// What stands in the way of a deletion.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Obstacle {
    /// The vault is locked.
    VaultLock,
    /// A legal hold covers the point.
    LegalHold,
    /// Something else works on the point: it is being made, restored, copied, deleted.
    InUse,
    /// Nested points must go first.
    Nested,
    /// The role that the point was made with is missing or may not delete it.
    Role,
    /// An image still uses the snapshot.
    Image,
    /// The snapshot itself is locked.
    SnapshotLock,
    /// The caller is not permitted, or the vault does not exist.
    Forbidden,
    /// A policy denies it in so many words.
    Denied,
    /// The credentials are wrong or have expired.
    Credentials,
    /// Too many requests, for longer than we were willing to wait.
    Throttled,
    /// The service does not accept the request as it stands.
    Invalid,
    /// The service does not know the operation.
    Unsupported,
    /// The service keeps failing.
    Service,
    /// None of the above.
    Other,
}

impl Obstacle {
    /// What a person can do about it.
    pub fn way_out(self) -> &'static str {
        match self {
            Self::VaultLock => {
                "the vault is locked, which no caller can override: remove the lock if it is \
                 not immutable yet, or wait for the retention period to end"
            }
            Self::LegalHold => "cancel the legal holds that cover the point, then delete again",
            Self::InUse => {
                "wait until the job that uses the point has finished, or stop it, then delete again"
            }
            Self::Nested => "delete the nested recovery points first, then their parent",
            Self::Role => {
                "restore the role that made the backup and its permission to delete \
                 (`sexton role` on a Sexton server), then delete again"
            }
            Self::Image => "deregister the image that uses the snapshot, then delete again",
            Self::SnapshotLock => {
                "unlock the snapshot or wait for its lock to end, then delete again"
            }
            Self::Forbidden => {
                "check the vault's name and region, and that you are allowed \
                 backup:DeleteRecoveryPoint on the recovery point"
            }
            Self::Denied => {
                "a policy of the vault, the identity or the organization denies this: \
                 change the policy, or use another identity"
            }
            Self::Credentials => {
                "renew the credentials (or choose others with --profile), then \
                                  run again"
            }
            Self::Throttled => "run again later, or with a lower --rate",
            Self::Invalid => "check the ARN and the vault that the recovery point is in",
            Self::Unsupported => "check --endpoint-url: this server has no such operation",
            Self::Service => "run again later: the service keeps failing",
            Self::Other => "see the service's message",
        }
    }
}

impl Outcome {
    /// What a person can do about an outcome that is not what was asked for.
    pub fn way_out(&self) -> Option<&'static str> {
        match self {
            Self::Gone { .. } => None,
            Self::Accepted => Some("run again to see whether it is gone"),
            Self::Expired { obstacle, .. } | Self::Refused { obstacle, .. } => {
                Some(obstacle.way_out())
            }
            Self::Unknown { .. } => Some("run again: deleting twice is safe"),
            Self::Unattempted => Some("run again"),
        }
    }

    /// The outcome in one word, as it stands in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Gone { .. } => "gone",
            Self::Accepted => "accepted",
            Self::Expired { .. } => "expired",
            Self::Refused { .. } => "refused",
            Self::Unknown { .. } => "unknown",
            Self::Unattempted => "unattempted",
        }
    }

    /// Whether the point is proven not to be in the vault.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }
}

/// How many points ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Deleted by this run and proven gone.
    pub gone: u64,
    /// Not there to begin with.
    pub already_gone: u64,
    /// Accepted and not looked after.
    pub accepted: u64,
    /// Accepted and left behind.
    pub expired: u64,
    /// Refused.
    pub refused: u64,
    /// Not known.
    pub unknown: u64,
    /// Not asked for.
    pub unattempted: u64,
}

impl Totals {
    /// Counts one more.
    pub fn count(&mut self, outcome: &Outcome) {
        let counter = match outcome {
            Outcome::Gone { already: false, .. } => &mut self.gone,
            Outcome::Gone { already: true, .. } => &mut self.already_gone,
            Outcome::Accepted => &mut self.accepted,
            Outcome::Expired { .. } => &mut self.expired,
            Outcome::Refused { .. } => &mut self.refused,
            Outcome::Unknown { .. } => &mut self.unknown,
            Outcome::Unattempted => &mut self.unattempted,
        };
        *counter += 1;
    }

    /// All points.
    pub fn sum(&self) -> u64 {
        let Self { gone, already_gone, accepted, expired, refused, unknown, unattempted } = self;
        gone + already_gone + accepted + expired + refused + unknown + unattempted
    }
}

impl<'a> FromIterator<&'a Outcome> for Totals {
    fn from_iter<I: IntoIterator<Item = &'a Outcome>>(outcomes: I) -> Self {
        let mut totals = Self::default();
        for outcome in outcomes {
            totals.count(outcome);
        }
        totals
    }
}

/// What a whole run comes to.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// Every point is proven gone.
    AllGone,
    /// Somebody stopped the run before every point was proven gone.
    Interrupted,
    /// Nothing was deleted: every point was refused or never asked for.
    Refused,
    /// Some points were refused, left behind, or never asked for.
    Partial,
    /// Nothing failed, and not everything is proven.
    NotProven,
}

/// Decides what a run comes to. The first that applies: all gone, interrupted,
/// refused, partial, not proven.
pub fn verdict(totals: &Totals, interrupted: bool) -> Verdict {
    let Totals { accepted, expired, refused, unknown, unattempted, .. } = *totals;
    let failed = expired + refused + unattempted;
    if failed + accepted + unknown == 0 {
        Verdict::AllGone
    } else if interrupted {
        Verdict::Interrupted
    } else if refused + unattempted == totals.sum() {
        Verdict::Refused
    } else if failed > 0 {
        Verdict::Partial
    } else {
        Verdict::NotProven
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn any_totals() -> impl Strategy<Value = Totals> {
        proptest::array::uniform7(0_u64..3).prop_map(|n| Totals {
            gone: n[0],
            already_gone: n[1],
            accepted: n[2],
            expired: n[3],
            refused: n[4],
            unknown: n[5],
            unattempted: n[6],
        })
    }

    proptest! {
        #[test]
        fn all_gone_means_that_every_point_is(totals in any_totals(), interrupted: bool) {
            let all_gone = totals.sum() == totals.gone + totals.already_gone;
            prop_assert_eq!(verdict(&totals, interrupted) == Verdict::AllGone, all_gone);
        }

        #[test]
        fn refused_means_that_nothing_happened(totals in any_totals()) {
            if verdict(&totals, false) == Verdict::Refused {
                let Totals { gone, already_gone, accepted, expired, unknown, .. } = totals;
                prop_assert_eq!(gone + already_gone + accepted + expired + unknown, 0);
            }
        }
    }

    #[test]
    fn failures_outrank_what_is_not_proven() {
        let totals = Totals { gone: 1, accepted: 1, ..Totals::default() };
        assert_eq!(verdict(&totals, false), Verdict::NotProven);
        assert_eq!(verdict(&totals, true), Verdict::Interrupted);
        assert_eq!(verdict(&Totals { expired: 1, ..totals }, false), Verdict::Partial);
        let totals = Totals { already_gone: 1, refused: 3, ..Totals::default() };
        assert_eq!(verdict(&totals, false), Verdict::Partial);
        let totals = Totals { refused: 1, unattempted: 2, ..Totals::default() };
        assert_eq!(verdict(&totals, false), Verdict::Refused);
    }

    #[test]
    fn an_outcome_is_one_flat_json_object() {
        let outcome = Outcome::Gone { at: None, already: true };
        let text = serde_json::to_string(&outcome).unwrap();
        assert_eq!(text, r#"{"outcome":"gone","at":null,"already":true}"#);
        assert_eq!(serde_json::from_str::<Outcome>(&text).unwrap(), outcome);
    }
}
