//! The access policy of a vault: put, shown, removed.

use jiff::Timestamp;
use sexton_core::{
    Access, EventKind, Guard, InRealm, Principal, VaultAction, VaultName, decide_put_policy,
    decide_remove_policy,
};
use sexton_store::{Change, Follow, Subject, Write};

use super::decide::Decided;
use crate::error::OpsError;
use crate::service::{Service, event};

/// What a vault protects its recovery points with from now on, and what the trail says of it.
type GuardChange = (Guard, EventKind);

impl Service {
    /// Gives a vault this access policy instead of the one that it has.
    pub async fn put_vault_policy(
        &self,
        key: &InRealm<VaultName>,
        policy: String,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = |guard: &Guard| {
            let put = decide_put_policy(&policy, guard)?;
            let (vault, policy) = (key.name.clone(), policy.clone());
            Ok(put.map(|guard| (guard, EventKind::VaultPolicyPut { vault, policy })))
        };
        let action = VaultAction::PutBackupVaultAccessPolicy;
        self.change_policy(key, action, decide, by, now).await
    }

    /// Takes the access policy of a vault away. One that has none keeps none.
    pub async fn remove_vault_policy(
        &self,
        key: &InRealm<VaultName>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = |guard: &Guard| {
            let removed = EventKind::VaultPolicyRemoved { vault: key.name.clone() };
            Ok(decide_remove_policy(guard).map(|guard| (guard, removed)))
        };
        let action = VaultAction::DeleteBackupVaultAccessPolicy;
        self.change_policy(key, action, decide, by, now).await
    }

    /// The access policy of a vault, as it was given.
    pub async fn vault_policy(&self, key: &InRealm<VaultName>) -> Result<String, OpsError> {
        let policy = self.vault(key).await?.vault.guard.policy;
        policy.ok_or_else(|| OpsError::NoPolicy(key.name.clone()))
    }

    /// The policy that is there decides whether there may be another.
    async fn change_policy(
        &self,
        key: &InRealm<VaultName>,
        action: VaultAction,
        decide: impl Fn(&Guard) -> Result<Option<GuardChange>, OpsError>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = &decide;
        let access = Access { by, realm: &key.realm, at: now, action };
        self.begin_realm(&key.realm, by, now).await?;
        self.decide_again(|| async move {
            let subject = Subject::Guard(key.clone());
            let reading = self.store.read(std::slice::from_ref(&subject), Follow::Nothing).await?;
            if !reading.has(&subject) {
                return Err(OpsError::NoVault(key.name.clone()));
            }
            let guard = reading.guard(key);
            access.check_vault(&guard, &key.name)?;
            let Some((guard, kind)) = decide(&guard)? else { return Ok(Decided::Answer(())) };
            let change = Change {
                expects: reading.expects(),
                writes: vec![Write::PutGuard(key.clone(), guard)],
                event: Some(event(now, by, &key.realm, kind)),
                ..Change::default()
            };
            Ok(Decided::commit(change, ()))
        })
        .await
    }
}
