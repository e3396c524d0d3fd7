//! What the server itself can read and back up.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::{InRealm, Offered, Realm, ResourceArn};

/// A registered source: a resource that backups are really taken from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Source {
    /// Where it is offered.
    pub realm: Realm,
    /// The ARN that backup jobs name it by.
    pub arn: ResourceArn,
    /// What it is and where.
    pub kind: SourceKind,
    /// Whether a backup of nothing is one: otherwise an empty directory is taken for a disk
    /// that is not mounted.
    pub allow_empty: bool,
    /// When it was registered.
    pub added: Timestamp,
    /// What it is offered as.
    pub offered: Offered,
}

impl Source {
    /// What it is found by.
    pub fn key(&self) -> InRealm<ResourceArn> {
        self.realm.with(self.arn.clone())
    }
}

/// What a source is.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(tag = "type", rename_all = "snake_case")]
pub enum SourceKind {
    /// A directory that is offered as an Amazon `FSx` file system.
    Fsx {
        /// An absolute path on the server.
        path: String,
    },
    /// A database that is offered as an instance of `ApsaraDB` RDS. How it is reached is kept
    /// sealed, beside the source.
    Database,
    /// Nothing on disk: a small generated payload, for those who test automation.
    /// Exists only with `--dev` and is never registered.
    Generated,
}
