//! What the sweep needs of a cloud, and nothing more.
//!
//! Two kinds of implementation exist: the clouds through their official SDKs, and the
//! scripted provider of the tests. An implementation makes one request per call and
//! never retries by itself: retrying is decided in one place, for the whole run.

pub(crate) mod aws_backup;

use std::fmt;

use async_trait::async_trait;
use jiff::Timestamp;
use sexton_core::{BackupArn, Plain, VaultName};

use crate::classify::Class;

/// The most points that one page of a listing can hold.
pub const LIST_PAGE_MAX: u16 = 1000;

/// A vault of recovery points, somewhere.
#[async_trait]
pub trait BackupProvider: fmt::Debug + Send + Sync {
    /// Reads the vault. An error is never to be taken for "it does not exist".
    async fn describe_vault(&self, vault: &VaultName) -> Result<VaultFacts, Failure>;

    /// Asks for a deletion. `Ok` means accepted, not done.
    async fn delete(&self, vault: &VaultName, arn: &BackupArn) -> Result<(), Failure>;

    /// Reads one point.
    async fn describe(&self, vault: &VaultName, arn: &BackupArn) -> Result<PointFacts, Failure>;

    /// Reads one page of the vault's points, from the start or from where `token` says.
    /// A page of another vault is an error.
    async fn list(&self, vault: &VaultName, token: Option<String>) -> Result<Page, Failure>;

    /// Reads one page of the account's vaults, from the start or from where `token` says.
    async fn list_vaults(&self, token: Option<String>) -> Result<VaultPage, Failure>;
}

/// What is known of a vault.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultFacts {
    /// Its ARN.
    pub arn: Option<String>,
    /// About how many points it holds.
    pub points: u64,
    /// Whether a vault lock protects it.
    pub locked: bool,
    /// From when on the lock is immutable.
    pub lock_date: Option<Timestamp>,
}

impl VaultFacts {
    /// The account that the vault belongs to, from its ARN.
    pub fn account(&self) -> Option<&str> {
        self.arn.as_deref()?.split(':').nth(4).filter(|account| !account.is_empty())
    }
}

/// What is known of a recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct PointFacts {
    /// Its ARN.
    pub arn: String,
    /// Its state.
    pub status: PointStatus,
    /// What the service says of the state.
    pub message: Option<String>,
    /// When it was made, as the service tells it.
    pub created: Option<Timestamp>,
}

/// The states of a recovery point.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PointStatus {
    /// Being made.
    Creating,
    /// Ready; for continuous backups, alive.
    Available,
    /// Ready.
    Completed,
    /// Ready in part.
    Partial,
    /// A continuous backup that is no longer fed.
    Stopped,
    /// A deletion is under way.
    Deleting,
    /// A deletion has failed for good.
    Expired,
    /// A state that the service has and we do not know.
    Other(String),
}

impl PointStatus {
    /// The status by the service's name for it.
    pub fn from_name(name: &str) -> Self {
        match name {
            "CREATING" => Self::Creating,
            "AVAILABLE" => Self::Available,
            "COMPLETED" => Self::Completed,
            "PARTIAL" => Self::Partial,
            "STOPPED" => Self::Stopped,
            "DELETING" => Self::Deleting,
            "EXPIRED" => Self::Expired,
            other => Self::Other(other.to_owned()),
        }
    }
}

impl fmt::Display for PointStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Creating => "CREATING",
            Self::Available => "AVAILABLE",
            Self::Completed => "COMPLETED",
            Self::Partial => "PARTIAL",
            Self::Stopped => "STOPPED",
            Self::Deleting => "DELETING",
            Self::Expired => "EXPIRED",
            Self::Other(name) => name,
        })
    }
}

/// One page of a listing.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Page {
    /// The points on it.
    pub points: Vec<PointFacts>,
    /// Where the next page begins; nothing after the last.
    pub next: Option<String>,
}

/// One page of the vaults of an account.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct VaultPage {
    /// The names of the vaults on it.
    pub names: Vec<String>,
    /// Where the next page begins; nothing after the last.
    pub next: Option<String>,
}

/// A request that did not succeed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{}: {}", Plain(code), Plain(message))]
pub struct Failure {
    /// What to make of it.
    pub class: Class,
    /// The service's name for it, or ours when there was no answer.
    pub code: String,
    /// The service's own words.
    pub message: String,
    /// The service's id of the request.
    pub request_id: Option<String>,
}

impl Failure {
    /// Whether what refused the request did not name its error, as every refusal of AWS
    /// does: it is probably something else that answers at the address.
    pub fn is_nameless(&self) -> bool {
        self.code.starts_with(NAMELESS)
    }
}

/// How a failure is named that has only an HTTP status.
pub(crate) const NAMELESS: &str = "HTTP ";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_status_is_displayed_as_the_service_names_it() {
        for name in ["CREATING", "DELETING", "EXPIRED", "STOPPED", "SOMETHING_NEW"] {
            assert_eq!(PointStatus::from_name(name).to_string(), name);
        }
    }

    #[test]
    fn the_account_comes_from_the_arn_of_the_vault() {
        let arn = Some("arn:aws:backup:us-east-1:123456789012:backup-vault:v".to_owned());
        let facts = VaultFacts { arn, ..VaultFacts::default() };
        assert_eq!(facts.account(), Some("123456789012"));
        assert_eq!(VaultFacts::default().account(), None);
    }
}
