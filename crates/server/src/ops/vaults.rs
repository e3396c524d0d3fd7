//! Vaults: made, looked at, removed.

use jiff::Timestamp;
use sexton_core::{
    EventKind, Principal, VAULTS_MAX, Vault, VaultName, decide_create_vault, decide_delete_vault,
};
use sexton_store::{Change, Expect, Generation, Subject, Tally, VaultSnapshot, Write};

use super::decide::Decided;
use crate::failure::Failure;
use crate::service::{Service, event};

impl Service {
    /// Makes a vault, or answers with the one that the same request made before.
    pub async fn create_vault(
        &self,
        wanted: Vault,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Vault, Failure> {
        let name = wanted.name.clone();
        let (name, wanted) = (&name, &wanted);
        self.decide_again(|| async move {
            let existing = self.store.vault(name).await?;
            let vaults = self.store.tally(Tally::Vaults).await?;
            let known = existing.as_ref().map(|it| &it.vault);
            let decided = decide_create_vault(wanted.clone(), known, vaults)
                .map_err(|refusal| Failure::Vault(refusal, name.clone()))?;
            let (vault, generation) = match (decided, existing) {
                (Some(vault), _) => (vault, Generation(0)),
                (None, Some(existing)) => return Ok(Decided::Answer(existing.vault)),
                (None, None) => return Err(Failure::NoVault(name.clone())),
            };
            let change = Change {
                expects: vec![Expect { subject: Subject::Vault(name.clone()), generation }],
                writes: vec![
                    Write::InsistFewer(Tally::Vaults, VAULTS_MAX),
                    Write::PutVault(vault.clone()),
                ],
                event: Some(event(now, by, EventKind::VaultCreated { vault: name.clone() })),
                background: false,
            };
            Ok(Decided::Commit(change, vault))
        })
        .await
    }

    /// A vault and how many backups it holds.
    pub async fn vault(&self, name: &VaultName) -> Result<VaultSnapshot, Failure> {
        self.store.vault(name).await?.ok_or_else(|| Failure::NoVault(name.clone()))
    }

    /// Removes a vault that holds nothing.
    pub async fn delete_vault(
        &self,
        name: &VaultName,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), Failure> {
        self.decide_again(|| async move {
            let snapshot = self.vault(name).await?;
            decide_delete_vault(snapshot.backups)
                .map_err(|refusal| Failure::Vault(refusal, name.clone()))?;
            let change = Change {
                expects: vec![snapshot.expect],
                // Stale if a backup has begun here since: emptiness is checked again.
                writes: vec![Write::RemoveVault(name.clone())],
                event: Some(event(now, by, EventKind::VaultDeleted { vault: name.clone() })),
                background: false,
            };
            Ok(Decided::Commit(change, ()))
        })
        .await
    }
}
