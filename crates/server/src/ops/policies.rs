//! The access policy of a vault: put, shown, removed.

use jiff::Timestamp;
use sexton_core::{
    EventKind, Guard, InRealm, Principal, Tags, VaultAction, VaultName, decide_put_policy,
    decide_remove_policy,
};

use crate::authorize::access;
use crate::error::OpsError;
use crate::service::Service;

impl Service {
    /// Gives a vault this access policy instead of the one that it has.
    pub async fn put_vault_policy(
        &self,
        key: &InRealm<VaultName>,
        policy: String,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let action = VaultAction::PutBackupVaultAccessPolicy;
        let access = &access((by, now), &key.realm, action);
        let decide = |guard: &Guard, tags: Option<&Tags>| {
            let put = decide_put_policy(&policy, guard, access, (&key.name, tags))?;
            let (vault, policy) = (key.name.clone(), policy.clone());
            Ok(put.map(|guard| (guard, EventKind::VaultPolicyPut { vault, policy })))
        };
        self.change_guard(key, action, decide, by, now).await
    }

    /// Takes the access policy of a vault away. One that has none keeps none.
    pub async fn remove_vault_policy(
        &self,
        key: &InRealm<VaultName>,
        by: &Principal,
        now: Timestamp,
    ) -> Result<(), OpsError> {
        let decide = |guard: &Guard, _: Option<&Tags>| {
            let removed = EventKind::VaultPolicyRemoved { vault: key.name.clone() };
            Ok(decide_remove_policy(guard).map(|guard| (guard, removed)))
        };
        let action = VaultAction::DeleteBackupVaultAccessPolicy;
        self.change_guard(key, action, decide, by, now).await
    }

    /// The access policy of a vault, as it was given.
    pub async fn vault_policy(&self, key: &InRealm<VaultName>) -> Result<String, OpsError> {
        let policy = self.vault(key).await?.vault.guard.policy;
        let policy = policy.ok_or_else(|| OpsError::NoPolicy(key.name.clone()))?;
        Ok(policy.into())
    }
}
