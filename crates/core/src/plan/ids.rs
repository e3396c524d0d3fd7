//! Names of plans, and of what is in them.

use std::fmt;
use std::str::FromStr;

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{JobId, Realm};

/// A text that is no id, or not as ids are written here.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("an id is 32 lower-case hexadecimal digits with hyphens between them")]
pub struct OtherSpelling;

macro_rules! ids {
    ($($(#[$doc:meta])* $name:ident),* $(,)?) => {
        $($(#[$doc])*
        #[derive(
            Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize,
        )]
        #[serde(transparent)]
        pub struct $name(JobId);

        impl $name {
            /// Makes an id from the instant and ten random bytes.
            pub fn new(now: Timestamp, random: [u8; 10]) -> Self {
                Self(JobId::new(now, random))
            }

            /// The id as sixteen bytes.
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }

            /// The id that these sixteen bytes are.
            pub fn from_bytes(bytes: [u8; 16]) -> Self {
                Self(JobId::from_bytes(bytes))
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                fmt::Display::fmt(&self.0, f)
            }
        }

        impl FromStr for $name {
            type Err = OtherSpelling;

            fn from_str(text: &str) -> Result<Self, Self::Err> {
                let id: JobId = text.parse().map_err(|_| OtherSpelling)?;
                // One thing has one name: an id can be written in several ways.
                (id.to_string() == text).then_some(Self(id)).ok_or(OtherSpelling)
            }
        })*
    };
}

ids! {
    /// The name of a backup plan. Later ones sort after earlier ones, as with all of these.
    PlanId,
    /// The name of one version of a plan.
    VersionId,
    /// The name of a rule of a plan. A rule keeps it through the versions, for as long as its
    /// display name stays.
    RuleId,
    /// The name of a selection of a plan.
    SelectionId,
}

impl PlanId {
    /// The ARN of the plan of this id in a realm.
    pub fn arn(&self, realm: &Realm) -> String {
        realm.arn("backup", &format!("backup-plan:{self}"))
    }

    /// The id of the plan of this ARN, if it is that of a plan of the realm.
    pub fn of_arn(arn: &str, realm: &Realm) -> Option<Self> {
        arn.strip_prefix(&realm.arn("backup", "backup-plan:"))?.parse().ok()
    }
}
