//! The recovery points of a vault, with all that a listing tells of each.

use async_trait::async_trait;
use aws_sdk_backup::types::RecoveryPointByBackupVault;
use sexton_core::{BackupArn, Service, VaultName};

use super::readings::listed_as;
use super::reply::{failure, unreadable};
use super::{AwsBackup, account, bytes, is_continuous, timestamp};
use crate::list::{Entry, Narrow, Protection, Stock};
use crate::provider::{Listed, ProviderError};

/// A vault of AWS Backup that is to be listed.
#[derive(Debug, Clone)]
pub struct AwsStock {
    backup: AwsBackup,
    vault: VaultName,
    region: String,
    account: Option<String>,
    /// Whether the vault has a lock; nothing where that is not known.
    locked: Option<bool>,
}

impl AwsBackup {
    /// One vault of it, in the region that requests are signed for.
    pub fn stock(&self, vault: VaultName, region: String) -> AwsStock {
        AwsStock { backup: self.clone(), vault, region, account: None, locked: None }
    }

    /// Reads one page of its vaults, from the start or from where `token` says.
    pub(crate) async fn stocks(
        &self,
        region: &str,
        token: Option<String>,
    ) -> Result<Listed<AwsStock>, ProviderError> {
        let Listed { items, next } = self.vaults(token).await?;
        let stocks = items.into_iter().map(|(name, vault)| {
            let name = name.parse();
            let name = name.map_err(|_| unreadable("a vault has a name that no vault can have"))?;
            let stock = self.stock(name, region.to_owned());
            Ok(stock.known(vault.backup_vault_arn.as_deref(), vault.locked))
        });
        listed_as(stocks, next)
    }
}

impl AwsStock {
    /// The same, with what the service tells of the vault.
    fn known(self, arn: Option<&str>, locked: Option<bool>) -> Self {
        // A vault that never had a lock has no such member.
        Self { account: arn.and_then(account), locked: Some(locked.unwrap_or(false)), ..self }
    }

    /// Reads the vault.
    pub(crate) async fn described(&self) -> Result<Self, ProviderError> {
        let reply = self.backup.described(&self.vault).await?;
        Ok(self.clone().known(reply.backup_vault_arn.as_deref(), reply.locked))
    }

    /// Whether an ARN names another account than that of the vault, where both are known.
    fn is_foreign(&self, arn: &str) -> bool {
        let Ok(arn) = arn.parse::<BackupArn>() else { return false };
        let (there, here) = (Some(arn.account()).filter(|it| !it.is_empty()), &self.account);
        there.zip(here.as_deref()).is_some_and(|(there, here)| there != here)
    }

    fn entry(&self, (id, point): (String, RecoveryPointByBackupVault)) -> Entry {
        let nested = point.parent_recovery_point_arn.is_some().then_some(Protection::Nested);
        let continuous = is_continuous(point.status.as_ref()).then_some(Protection::Continuous);
        let protected_by = self.locked.map(|locked| {
            let locked = locked.then_some(Protection::VaultLock);
            locked.into_iter().chain(nested).chain(continuous).collect()
        });
        let expires = point.calculated_lifecycle.and_then(|it| it.delete_at).and_then(timestamp);
        let account = || account(point.backup_vault_arn.as_deref()?);
        Entry {
            service: Service::AwsBackup,
            account: self.account.clone().or_else(account),
            region: self.region.clone(),
            vault: Some(self.vault.as_str().to_owned()),
            file_system: None,
            instance: None,
            id,
            source: point.resource_arn,
            kind: point.resource_type,
            state: point.status.map(|status| status.as_str().to_owned()),
            created: point.creation_date.and_then(timestamp),
            size: bytes(point.backup_size_in_bytes),
            tags: None,
            expires,
            protected_by,
        }
    }
}

#[async_trait]
impl Stock for AwsStock {
    fn name(&self) -> String {
        format!("vault {}", self.vault)
    }

    async fn page(
        &self,
        narrow: &Narrow,
        token: Option<String>,
    ) -> Result<Listed<Entry>, ProviderError> {
        let Listed { items, next } = self.backup.points(&self.vault, narrow, token).await?;
        if items.iter().any(|(id, _)| self.is_foreign(id)) {
            return Err(unreadable("it tells of a recovery point of another account"));
        }
        Ok(Listed { items: items.into_iter().map(|point| self.entry(point)).collect(), next })
    }

    async fn tags(
        &self,
        entry: &Entry,
        token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        let request = self.backup.client.list_tags().resource_arn(&*entry.id).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let tags = reply.tags.ok_or_else(|| unreadable("it tells no tags"))?;
        listed_as(tags.into_iter().map(Ok), reply.next_token)
    }
}
