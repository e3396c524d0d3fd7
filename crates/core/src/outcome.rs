//! How a bulk deletion ended, point by point and as a whole.
//!
//! The outcome admits what is not known. `Accepted` is not `Gone`: a service may
//! accept a deletion and still leave the point behind, and only reading it back
//! tells. `Absent` is not `Gone` either: a point that nobody saw in the vault may stand
//! in another one. What stands in the way of a deletion is an [`Obstacle`]; what a person can
//! do about it is said beside, for each service.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

/// How one deletion ended, as far as we know.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "outcome", rename_all = "snake_case")]
pub enum Outcome {
    /// It was seen in the vault, by this run or by one whose report was given, and is not
    /// there any more.
    Gone {
        /// When that was seen.
        at: Option<Timestamp>,
        /// It was not there before we asked: an earlier run saw it there.
        already: bool,
    },
    /// Not in the vault, and alive in another one of the account, where it was not touched.
    Elsewhere {
        /// The vault that holds it.
        vault: String,
        /// Its state there.
        status: String,
    },
    /// In no vault that could be read. Nobody saw it go, or saw it at all.
    Absent {
        /// When that was seen.
        at: Option<Timestamp>,
    },
    /// The service said yes, and nobody looked whether it happened.
    Accepted,
    /// Accepted, not done, and not going to be: the point is still stored and billed.
    Expired {
        /// What the service says of it.
        reason: Option<String>,
        /// What stands in the way.
        obstacle: Obstacle,
    },
    /// The service said no. Nothing happened.
    Refused {
        /// The service's name for the refusal.
        code: String,
        /// The service's own words.
        message: String,
        /// What stands in the way.
        obstacle: Obstacle,
        /// The service's id of the request, which its support asks for.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        request_id: Option<String>,
    },
    /// Something keeps it, and the service deletes it once that goes.
    AskedFor {
        /// Until when it waits; given up then.
        until: Option<Timestamp>,
        /// What keeps it.
        reason: String,
    },
    /// The deletion may have taken effect: trying again is safe, assuming is not.
    Unknown {
        /// Why it is not known.
        cause: String,
        /// When it was last known to be in the vault, if it was: what a later run proves
        /// gone with.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        seen: Option<Timestamp>,
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
    /// A file system is being made from the backup.
    Restoring,
    /// The backup is being copied.
    Copying,
    /// The backup belongs to a vault of AWS Backup, and only AWS Backup deletes it.
    KeptByVault,
    /// The service said that the backup is deleted, and it is still listed.
    StillListed,
    /// The service has seen the token of this deletion with another order.
    Token,
    /// Nested points must go first.
    Nested,
    /// It is a continuous backup, and nobody said that it is meant.
    Continuous,
    /// It could not be read, and may be one that nobody said is meant.
    Unread,
    /// The role that the point was made with is missing or may not delete it.
    Role,
    /// An image still uses the snapshot.
    Image,
    /// The snapshot itself is locked.
    SnapshotLock,
    /// The backup set is not old enough.
    TooYoung,
    /// Logs are kept for as long as backup sets, so that none of them may go.
    LogRetention,
    /// The service says that the backup cannot be deleted now, and not why.
    NotDeletable,
    /// There is no such instance.
    NoInstance,
    /// The instance does not run.
    InstanceState,
    /// The backup sets of an instance that follows another one stay.
    InstanceKind,
    /// The instance is locked.
    InstanceLock,
    /// The backup sets of this engine or edition stay.
    Edition,
    /// The account's orders or payments stand in the way.
    Billing,
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

impl Outcome {
    /// The outcome in one word, as it stands in JSON.
    pub fn word(&self) -> &'static str {
        match self {
            Self::Gone { .. } => "gone",
            Self::Elsewhere { .. } => "elsewhere",
            Self::Absent { .. } => "absent",
            Self::Accepted => "accepted",
            Self::Expired { .. } => "expired",
            Self::Refused { .. } => "refused",
            Self::AskedFor { .. } => "asked_for",
            Self::Unknown { .. } => "unknown",
            Self::Unattempted => "unattempted",
        }
    }

    /// Whether the point was in the vault, and is proven not to be there any more.
    pub fn is_gone(&self) -> bool {
        matches!(self, Self::Gone { .. })
    }

    /// Whether the point is known to have been in the vault.
    /// If it is not there later, then it has gone.
    pub fn was_there(&self) -> bool {
        match self {
            // A service accepts a deletion, or leaves a point behind, only where it has one.
            Self::Gone { .. } | Self::Accepted | Self::Expired { .. } | Self::AskedFor { .. } => {
                true
            }
            Self::Unknown { seen, .. } => seen.is_some(),
            Self::Elsewhere { .. }
            | Self::Absent { .. }
            | Self::Refused { .. }
            | Self::Unattempted => false,
        }
    }
}

/// How many points ended in which way.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Totals {
    /// Deleted by this run and proven gone.
    pub gone: u64,
    /// Gone before this run, as the report of an earlier one proves.
    pub already_gone: u64,
    /// In another vault.
    pub elsewhere: u64,
    /// In no vault that could be read.
    pub absent: u64,
    /// Accepted and not looked after.
    pub accepted: u64,
    /// Accepted and left behind.
    pub expired: u64,
    /// Refused.
    pub refused: u64,
    /// Kept by something, and asked for once that goes.
    pub asked_for: u64,
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
            Outcome::Elsewhere { .. } => &mut self.elsewhere,
            Outcome::Absent { .. } => &mut self.absent,
            Outcome::Accepted => &mut self.accepted,
            Outcome::Expired { .. } => &mut self.expired,
            Outcome::Refused { .. } => &mut self.refused,
            Outcome::AskedFor { .. } => &mut self.asked_for,
            Outcome::Unknown { .. } => &mut self.unknown,
            Outcome::Unattempted => &mut self.unattempted,
        };
        *counter += 1;
    }

    /// All points.
    pub fn sum(&self) -> u64 {
        let Self { gone, already_gone, elsewhere, absent, accepted, expired, .. } = self;
        let Self { refused, asked_for, unknown, unattempted, .. } = self;
        let there = accepted + expired + refused + asked_for + unknown + unattempted;
        gone + already_gone + elsewhere + absent + there
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

/// How a whole run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// There were no points.
    NothingToDo,
    /// Every point is proven gone.
    AllGone,
    /// Every point is proven gone, or in no vault that could be read.
    AllAbsent,
    /// Somebody stopped the run before every point was proven gone.
    Interrupted,
    /// Nothing was deleted: every point was refused or never asked for.
    Refused,
    /// Some points were refused, left behind, or never asked for.
    Partial,
    /// Nothing failed, and not everything is proven.
    NotProven,
}

/// Decides how a run ended. The first that applies: nothing to do, all gone,
/// interrupted, all absent, refused, partial, not proven.
pub fn verdict(totals: &Totals, interrupted: bool) -> Verdict {
    let Totals { elsewhere, absent, accepted, expired, refused, .. } = *totals;
    let Totals { asked_for, unknown, unattempted, .. } = *totals;
    let failed = expired + refused + unattempted;
    let unproven = elsewhere + accepted + asked_for + unknown;
    if totals.sum() == 0 {
        Verdict::NothingToDo
    } else if failed + unproven + absent == 0 {
        Verdict::AllGone
    } else if interrupted {
        Verdict::Interrupted
    } else if failed + unproven == 0 {
        Verdict::AllAbsent
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
        proptest::array::uniform10(0_u64..3).prop_map(|n| Totals {
            gone: n[0],
            already_gone: n[1],
            elsewhere: n[2],
            absent: n[3],
            accepted: n[4],
            expired: n[5],
            refused: n[6],
            unknown: n[7],
            unattempted: n[8],
            asked_for: n[9],
        })
    }

    proptest! {
        #[test]
        fn all_gone_means_that_every_point_is(totals in any_totals(), interrupted: bool) {
            let gone = totals.gone + totals.already_gone;
            let all_gone = gone > 0 && totals.sum() == gone;
            prop_assert_eq!(verdict(&totals, interrupted) == Verdict::AllGone, all_gone);
        }

        #[test]
        fn a_point_that_is_alive_is_never_called_absent(totals in any_totals()) {
            if verdict(&totals, false) == Verdict::AllAbsent {
                let Totals { gone, already_gone, absent, .. } = totals;
                prop_assert_eq!(totals.sum(), gone + already_gone + absent);
                prop_assert!(absent > 0);
            }
        }

        #[test]
        fn refused_means_that_nothing_happened(totals in any_totals()) {
            if verdict(&totals, false) == Verdict::Refused {
                prop_assert_eq!(totals.sum(), totals.refused + totals.unattempted);
            }
        }
    }

    #[test]
    fn failures_outrank_what_is_not_proven() {
        let totals = Totals { gone: 1, accepted: 1, ..Totals::default() };
        assert_eq!(verdict(&totals, false), Verdict::NotProven);
        assert_eq!(verdict(&totals, true), Verdict::Interrupted);
        assert_eq!(verdict(&Totals { expired: 1, ..totals }, false), Verdict::Partial);
        let waiting = Totals { asked_for: 2, ..Totals::default() };
        assert_eq!(verdict(&waiting, false), Verdict::NotProven);
        assert_eq!(verdict(&Totals { refused: 1, ..waiting }, false), Verdict::Partial);
        let totals = Totals { gone: 1, absent: 1, ..Totals::default() };
        assert_eq!(verdict(&totals, false), Verdict::AllAbsent);
        assert_eq!(verdict(&totals, true), Verdict::Interrupted);
        assert_eq!(verdict(&Totals { elsewhere: 1, ..totals }, false), Verdict::NotProven);
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
