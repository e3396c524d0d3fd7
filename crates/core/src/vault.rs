//! What a vault is, and when it may be made, changed and removed.

use jiff::Timestamp;
use serde::{Deserialize, Serialize};

use crate::tags::check;
use crate::{Guard, InRealm, Lock, LockMode, Realm, TagRefusal, Tags, VaultName};

/// A backup vault.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Vault {
    /// Where it is.
    pub realm: Realm,
    /// Its name, unique there.
    pub name: VaultName,
    /// When it was made.
    pub created: Timestamp,
    /// The caller's token of the request that made it.
    pub creator_request_id: Option<String>,
    /// The key that the caller asked for. Kept and shown; data keys are ours.
    pub encryption_key_arn: Option<String>,
    /// Tags of the vault.
    pub tags: Tags,
    /// What it protects its recovery points with. It is kept beside the vault, and changes by
    /// itself.
    #[serde(skip)]
    pub guard: Guard,
}

impl Vault {
    /// One that nothing more was said of.
    pub fn new(realm: Realm, name: VaultName, created: Timestamp) -> Self {
        let (creator_request_id, encryption_key_arn) = (None, None);
        let (tags, guard) = (Tags::new(), Guard::default());
        Self { realm, name, created, creator_request_id, encryption_key_arn, tags, guard }
    }

    /// What it is found by.
    pub fn key(&self) -> InRealm<VaultName> {
        self.realm.with(self.name.clone())
    }
}

/// Why a vault was not made, changed or removed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum VaultRefusal {
    /// The name is taken.
    #[error("backup vault with the same name already exists")]
    AlreadyExists {
        /// The token that made the vault that stands in the way.
        creator_request_id: Option<String>,
    },
    /// It still holds backups.
    #[error("backup vault cannot be deleted because it contains recovery points")]
    NotEmpty {
        /// How many.
        backups: u64,
    },
    /// There are as many vaults as there may be.
    #[error("there are {VAULTS_MAX} backup vaults already")]
    TooMany,
    /// The tags are not acceptable.
    #[error(transparent)]
    Tags(#[from] TagRefusal),
}

/// The most vaults. AWS allows 300 by default and more to those who ask; this is there so
/// that nobody fills the disk with them.
pub const VAULTS_MAX: u64 = 10_000;

/// Decides whether `wanted` may be made beside `existing`, the vault of that name, and all
/// `vaults` that there are. The store counts them again when it commits.
///
/// `Ok(None)`: the same request came twice, and the first one's vault is the answer.
pub fn decide_create_vault(
    wanted: Vault,
    existing: Option<&Vault>,
    vaults: u64,
) -> Result<Option<Vault>, VaultRefusal> {
    check(&wanted.tags)?;
    match existing {
        None if vaults >= VAULTS_MAX => Err(VaultRefusal::TooMany),
        None => Ok(Some(wanted)),
        Some(vault) => {
            let same_request = wanted.creator_request_id.is_some()
                && vault.creator_request_id == wanted.creator_request_id
                && vault.tags == wanted.tags
                && vault.encryption_key_arn == wanted.encryption_key_arn
                && air_gap(vault) == air_gap(&wanted);
            if same_request {
                return Ok(None);
            }
            let creator_request_id = vault.creator_request_id.clone();
            Err(VaultRefusal::AlreadyExists { creator_request_id })
        }
    }
}

/// The lock that a logically air-gapped vault was made with.
fn air_gap(vault: &Vault) -> Option<&Lock> {
    vault.guard.lock.as_ref().filter(|lock| lock.mode == LockMode::AirGapped)
}

/// Decides whether a vault that holds `backups` backups, in whatever state,
/// may be removed. The store checks again that it is empty when it commits.
pub fn decide_delete_vault(backups: u64) -> Result<(), VaultRefusal> {
    if backups == 0 { Ok(()) } else { Err(VaultRefusal::NotEmpty { backups }) }
}
