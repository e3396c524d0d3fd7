//! Access policies: who may do what, written as the JSON of IAM and of Alibaba's RAM.
//!
//! A policy is read once, strictly ([`Policy::parse`]), and then asked ([`Policy::rule`]). Three
//! rules make it safe to ask:
//!
//! 1. An explicit deny wins, whatever else stands there and in whatever order.
//! 2. What is not understood denies where it stands in a deny, and never allows: a condition on
//!    something that this server does not know, a variable without a value, a number that is none.
//!    So a condition is true, false or unknown, and only what is surely true allows.
//! 3. What is asked costs little: a policy has at most [`POLICY_BYTES_MAX`] bytes, nothing in it
//!    is nested deeper than its form, no match goes back further than to the last `*`, and nothing
//!    is repeated for what a variable stands for.
//!
//! What stands for a variable is taken literally: a `*` in a name is never a wildcard.
//!
//! Where AWS is not documented to the last detail, the stricter reading was taken: a `*` in the
//! resource of an allow does not reach beyond its field of the ARN (unless it ends the pattern),
//! and in a deny it does.

mod asker;
mod compare;
mod condition;
mod context;
mod evaluate;
mod json;
mod malformed;
mod parse;
mod pattern;
mod principal;
mod sure;

pub use asker::Asker;
pub use context::Context;
pub(crate) use context::folded;
pub use evaluate::{Request, Ruling, rule};
pub use malformed::{MalformedPolicy, Problem};
pub(crate) use pattern::fits;
pub use principal::{Identity, InvalidIdentity};
pub use sure::SureDenials;

use condition::Condition;
use pattern::Pattern;
use principal::Principal;

/// The longest policy, in bytes. AWS documents no size for those of vaults; this is the one that
/// it documents for those of buckets.
pub const POLICY_BYTES_MAX: usize = 20_480;

/// The longest text in a policy that is compared with something, in bytes; that of an ARN.
const PATTERN_BYTES_MAX: usize = 2048;

/// What a policy hangs on, which says what must and what may stand in it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A user, a group or a role: its statements name no principal.
    Identity,
    /// A resource: every statement names a principal.
    Resource,
    /// A role, and who may assume it: every statement names principals, and actions of STS, and
    /// none names a resource.
    Trust,
    /// A vault of AWS Backup: a resource whose statements name each action of AWS Backup in
    /// full. The service takes no wildcards there.
    Vault,
}

/// A policy that was read and understood.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Policy {
    statements: Vec<Statement>,
}

/// Whether a statement lets something happen or forbids it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Effect {
    Allow,
    Deny,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct Statement {
    effect: Effect,
    /// Nothing in a policy of an identity, which is for whoever it hangs on.
    principals: Option<Listed<Principal>>,
    actions: Listed<Pattern>,
    resources: Listed<Pattern>,
    conditions: Vec<Condition>,
}

/// What an element lists: these, or everything but these.
#[derive(Debug, Clone, PartialEq, Eq)]
struct Listed<T> {
    /// Whether it is the element with `Not` before it.
    not: bool,
    items: Vec<T>,
}

/// Whether something holds, as far as that is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Truth {
    Yes,
    No,
    Unknown,
}

impl Truth {
    fn and(self, other: Self) -> Self {
        match (self, other) {
            (Self::No, _) | (_, Self::No) => Self::No,
            (Self::Unknown, _) | (_, Self::Unknown) => Self::Unknown,
            (Self::Yes, Self::Yes) => Self::Yes,
        }
    }

    fn not(self) -> Self {
        match self {
            Self::Yes => Self::No,
            Self::No => Self::Yes,
            Self::Unknown => Self::Unknown,
        }
    }

    /// Turned around if `not`.
    fn unless(self, not: bool) -> Self {
        if not { self.not() } else { self }
    }

    /// Whether one of these holds. What comes after one that does is not asked.
    fn any(these: impl IntoIterator<Item = Self>) -> Self {
        Self::all(these.into_iter().map(Self::not)).not()
    }

    /// Whether all of these hold. What comes after one that does not is not asked.
    fn all(these: impl IntoIterator<Item = Self>) -> Self {
        let mut all = Self::Yes;
        for it in these {
            all = all.and(it);
            if all == Self::No {
                break;
            }
        }
        all
    }
}

impl From<bool> for Truth {
    fn from(holds: bool) -> Self {
        if holds { Self::Yes } else { Self::No }
    }
}
