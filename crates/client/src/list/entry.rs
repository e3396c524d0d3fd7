//! One backup in a list, whichever service it is of.

use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sexton_core::Service;

/// What keeps a backup from being deleted by whoever lists it.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Protection {
    /// The vault is locked.
    VaultLock,
    /// It is a part of another backup, and goes before that.
    Nested,
    /// It goes on taking up what changes, and is deleted only by whoever says so.
    Continuous,
    /// AWS Backup keeps it, and only AWS Backup deletes it.
    AwsBackup,
    /// RDS says that it cannot be deleted now.
    StoreStatus,
}

impl Protection {
    /// The same in one word.
    pub fn word(self) -> &'static str {
        match self {
            Self::VaultLock => "vault_lock",
            Self::Nested => "nested",
            Self::Continuous => "continuous",
            Self::AwsBackup => "aws_backup",
            Self::StoreStatus => "store_status",
        }
    }
}

/// One backup, as the service that lists it tells. What is nothing, the service did not tell.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Entry {
    /// The service that lists it.
    pub service: Service,
    /// The account that it belongs to.
    pub account: Option<String>,
    /// The region that was asked.
    pub region: String,
    /// The vault that holds it, with AWS Backup.
    pub vault: Option<String>,
    /// The file system that it is of, with FSx.
    pub file_system: Option<String>,
    /// The instance that it is of, with RDS.
    pub instance: Option<String>,
    /// The name that deletes it: an ARN with AWS Backup, an id with FSx and RDS.
    pub id: String,
    /// The ARN of what was backed up; with RDS the id of the instance.
    pub source: Option<String>,
    /// What kind of backup it is: of what, with AWS Backup; by whom, with FSx and RDS.
    #[serde(rename = "type")]
    pub kind: Option<String>,
    /// How it stands, in the service's own word.
    pub state: Option<String>,
    /// When it was made.
    pub created: Option<Timestamp>,
    /// Its size in bytes.
    pub size: Option<u64>,
    /// Its tags; nothing where they were not read.
    pub tags: Option<BTreeMap<String, String>>,
    /// When it is to be deleted by itself.
    pub expires: Option<Timestamp>,
    /// What is known to keep it from being deleted; nothing where that could not be read.
    pub protected_by: Option<Vec<Protection>>,
}
