//! What protects recovery points, put and taken away: like the jobs, what it takes to rehearse a
//! sweep on something real. The sweep itself changes no protection.

use aws_sdk_backup::types::RecoveryPointSelection;
use sexton_core::VaultName;

use super::AwsBackup;
use super::reply::{failure, unreadable};
use crate::provider::ProviderError;

impl AwsBackup {
    /// Places a legal hold on everything in `vault`, and gives its id.
    pub async fn hold_vault(
        &self,
        vault: &VaultName,
        title: &str,
    ) -> Result<String, ProviderError> {
        let selection = RecoveryPointSelection::builder().vault_names(vault.as_str()).build();
        let request = self.client.create_legal_hold().title(title).description(title);
        let request = request.recovery_point_selection(selection);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        reply.legal_hold_id.ok_or_else(|| unreadable("the legal hold has no id"))
    }

    /// Cancels a legal hold.
    pub async fn cancel_hold(&self, hold: &str, why: &str) -> Result<(), ProviderError> {
        let request = self.client.cancel_legal_hold().legal_hold_id(hold).cancel_description(why);
        request.send().await.map(drop).map_err(|error| failure(&error))
    }

    /// Locks a vault in governance mode, with the fewest days that its points are kept.
    pub async fn lock_vault(&self, vault: &VaultName, days: i64) -> Result<(), ProviderError> {
        let request = self.client.put_backup_vault_lock_configuration();
        let request = request.backup_vault_name(vault.as_str()).min_retention_days(days);
        request.send().await.map(drop).map_err(|error| failure(&error))
    }

    /// Takes the lock of a vault away.
    pub async fn unlock_vault(&self, vault: &VaultName) -> Result<(), ProviderError> {
        let request = self.client.delete_backup_vault_lock_configuration();
        let request = request.backup_vault_name(vault.as_str());
        request.send().await.map(drop).map_err(|error| failure(&error))
    }
}
