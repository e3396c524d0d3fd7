//! Vaults: made, looked at, removed.

use jiff::Timestamp;
use sexton_core::{
    EventKind, InRealm, Principal, VAULTS_MAX, Vault, VaultAction, VaultName, decide_create_vault,
    decide_delete_vault,
};
use sexton_store::{Change, Expect, Follow, Generation, Subject, Tally, VaultSnapshot, Write};

use super::decide::Decided;
use crate::authorize::access;
use crate::error::OpsError;
use crate::service::{Service, event};

impl Service {
    /// Makes a vault, or answers with the one that the same request made before.
    pub async fn create_vault(
        &self,
        wanted: Vault,
        by: &Principal,
        now: Timestamp,
    ) -> Result<Vault, OpsError> {
        let key = wanted.key();
        let (key, name, wanted) = (&key, &key.name, &wanted);
        self.begin_realm(&key.realm, by, now).await?;
        let made = self.decide_again(|| async move {
            let existing = self.store.vault(key).await?;
            let vaults = self.store.tally(&Tally::Vaults).await?;
            let known = existing.as_ref().map(|it| &it.vault);
            let decided = decide_create_vault(wanted.clone(), known, vaults)
                .map_err(|refusal| OpsError::Vault(refusal, name.clone()))?;
            let (vault, generation) = match (decided, existing) {
                (Some(vault), _) => (vault, Generation(0)),
                (None, Some(existing)) => return Ok(Decided::Answer(existing.vault)),
                (None, None) => return Err(OpsError::NoVault(name.clone())),
            };
            let lock = vault.guard.lock.clone();
            let created = EventKind::VaultCreated { vault: name.clone(), lock };
            let change = Change {
                expects: vec![Expect { subject: Subject::Vault(key.clone()), generation }],
                requires: vec![self.room_for(&key.realm).await?, (Tally::Vaults, VAULTS_MAX)],
                writes: written(&vault),
                event: Some(event(now, by, &key.realm, created)),
                ..Change::default()
            };
            Ok(Decided::commit(change, vault))
        });
        made.await.inspect(|_| self.realms.note_begun(&key.realm))
    }

    /// A vault and how many backups it holds.
    pub async fn vault(&self, key: &InRealm<VaultName>) -> Result<VaultSnapshot, OpsError> {
        // Looked up first: a realm that begins meanwhile has the vault in the store.
        let before = self.realms.vault_before(key);
        if let Some(found) = self.store.vault(key).await? {
            return Ok(found);
        }
        let vault = before.ok_or_else(|| OpsError::NoVault(key.name.clone()))?;
        let subject = Subject::Vault(key.clone());
        Ok(VaultSnapshot {
            vault,
            backups: 0,
            expect: Expect { subject, generation: Generation(0) },
        })
    }

    /// Removes a vault that holds nothing.
    pub async fn delete_vault(
        &self,
        key: &InRealm<VaultName>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let action = VaultAction::DeleteBackupVault;
        let access = &access((by, now), &key.realm, action);
        self.begin_realm(&key.realm, by, now).await?;
        self.decide_again(|| async move {
            let subjects = [Subject::Guard(key.clone()), Subject::Vault(key.clone())];
            let reading = self.store.read(&subjects, Follow::Nothing).await?;
            let tags = reading.vault(key).map(|vault| &vault.tags);
            access.check_vault(&reading.guard(key), &key.name, tags)?;
            let snapshot = self.vault(key).await?;
            decide_delete_vault(snapshot.backups)
                .map_err(|refusal| OpsError::Vault(refusal, key.name.clone()))?;
            let deleted = EventKind::VaultDeleted { vault: key.name.clone() };
            let change = Change {
                expects: [vec![snapshot.expect], reading.expects()].concat(),
                // Stale if a backup has begun here since: emptiness is checked again.
                writes: vec![Write::RemoveVault(key.clone())],
                event: Some(event(now, by, &key.realm, deleted)),
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        })
        .await
    }
}

/// What makes a vault. One that is made with a lock has it from the same moment on.
fn written(vault: &Vault) -> Vec<Write> {
    let mut writes = vec![Write::PutVault(vault.clone())];
    if !vault.guard.is_open() {
        writes.push(Write::PutGuard(vault.key(), vault.guard.clone()));
    }
    writes
}
