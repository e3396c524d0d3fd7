//! Why a policy is not one, and where in it.

use super::POLICY_BYTES_MAX;

/// A policy that cannot be understood.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}{problem}", in_front(place))]
pub struct MalformedPolicy {
    /// Where, such as `Statement[0].Effect`; empty if it is the whole.
    pub place: String,
    /// What is wrong there.
    pub problem: Problem,
}

fn in_front(place: &str) -> String {
    // Names of condition keys are in it as they were given.
    if place.is_empty() { String::new() } else { format!("{}: ", crate::plain(place)) }
}

impl MalformedPolicy {
    pub(super) fn new(place: &str, problem: Problem) -> Self {
        Self { place: place.to_owned(), problem }
    }
}

/// What is wrong with a part of a policy.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// It is too long.
    #[error("the policy has {bytes} bytes, and {POLICY_BYTES_MAX} are the most")]
    TooLarge {
        /// How long it is.
        bytes: usize,
    },
    /// It is not JSON, or has a name twice in one object.
    #[error("the policy is not JSON that can be read: {0}")]
    NotJson(String),
    /// Something else stands there than may.
    #[error("must be {0}")]
    MustBe(&'static str),
    /// An element is missing.
    #[error("has no {0}")]
    Missing(&'static str),
    /// An element stands there that must not.
    #[error("must not have {0}")]
    Unwanted(&'static str),
    /// An element and its opposite.
    #[error("has both {0} and Not{0}")]
    Both(&'static str),
    /// A name that is not known.
    #[error("{}", unknown(name, nearest.as_deref()))]
    Unknown {
        /// The name.
        name: String,
        /// The one that may be meant.
        nearest: Option<String>,
    },
    /// A text that does not have the form that it needs.
    #[error("{text:?} is not {form}")]
    Form {
        /// The text, cut to a length fit for a message.
        text: String,
        /// What it should be.
        form: &'static str,
    },
    /// A text is too long.
    #[error("a text of {bytes} bytes is too long")]
    LongText {
        /// How long it is.
        bytes: usize,
    },
    /// Nobody could change it again, for a reason that nobody can mean.
    #[error(
        "a condition on something that is not known here, on how a request comes, or on tags would \
         deny backup:PutBackupVaultAccessPolicy and backup:DeleteBackupVaultAccessPolicy to \
         whoever asks as this request does: leave one of them out of that statement"
    )]
    LocksOut,
    /// Two statements have the same name.
    #[error("the Sid {0:?} stands twice")]
    SidTwice(String),
}

impl Problem {
    pub(super) fn form(text: &str, form: &'static str) -> Self {
        Self::Form { text: cut(text), form }
    }

    pub(super) fn unknown<'a>(name: &str, known: impl IntoIterator<Item = &'a str>) -> Self {
        let name = cut(name);
        let nearest = crate::nearest(&name, known).map(str::to_owned);
        Self::Unknown { name, nearest }
    }
}

/// As much of a text as fits in a message.
pub(super) fn cut(text: &str) -> String {
    text.chars().take(100).collect()
}

fn unknown(name: &str, nearest: Option<&str>) -> String {
    match nearest {
        Some(nearest) => format!("{name:?} is not known; is {nearest} meant?"),
        None => format!("{name:?} is not known"),
    }
}
