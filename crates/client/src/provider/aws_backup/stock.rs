//! The recovery points of a vault, with all that a listing tells of each.

use async_trait::async_trait;
use aws_sdk_backup::Client;
use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::RecoveryPointByBackupVault;
use jiff::Timestamp;
use sexton_core::{Service, VaultName};

use super::reply::{failure, unreadable};
use super::{AwsBackup, LIST_PAGE_MAX, account, of_vault, timestamp};
use crate::list::{Entry, Narrow, Protection, Stock};
use crate::provider::{Listed, ProviderError};

/// The types that AWS Backup has, as it writes them.
const TYPES: [&str; 17] = [
    "Aurora",
    "CloudFormation",
    "DocumentDB",
    "DynamoDB",
    "EBS",
    "EC2",
    "EFS",
    "EKS",
    "FSx",
    "Neptune",
    "RDS",
    "Redshift",
    "S3",
    "SAP HANA on Amazon EC2",
    "Storage Gateway",
    "Timestream",
    "VirtualMachine",
];

/// A vault of AWS Backup that is to be listed.
#[derive(Debug, Clone)]
pub struct AwsStock {
    client: Client,
    vault: VaultName,
    region: String,
    account: Option<String>,
    /// Whether the vault has a lock; nothing where that is not known.
    locked: Option<bool>,
}

impl AwsBackup {
    /// One vault of it, in the region that requests are signed for.
    pub fn stock(&self, vault: VaultName, region: String) -> AwsStock {
        let client = self.client.clone();
        AwsStock { client, vault, region, account: None, locked: None }
    }

    /// Reads one page of its vaults, from the start or from where `token` says.
    pub(crate) async fn stocks(
        &self,
        region: &str,
        token: Option<String>,
    ) -> Result<Listed<AwsStock>, ProviderError> {
        let request = self.client.list_backup_vaults();
        let request = request.max_results(i32::from(LIST_PAGE_MAX)).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.backup_vault_list.ok_or_else(|| unreadable("it lists no vaults"))?;
        let mut items = Vec::with_capacity(listed.len());
        for vault in listed {
            let name = vault.backup_vault_name.ok_or_else(|| unreadable("a vault has no name"))?;
            let name = name.parse();
            let name = name.map_err(|_| unreadable("a vault has a name that no vault can have"))?;
            let stock = self.stock(name, region.to_owned());
            items.push(stock.known(vault.backup_vault_arn.as_deref(), vault.locked));
        }
        Ok(Listed { items, next: reply.next_token.filter(|token| !token.is_empty()) })
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
        let request = self.client.describe_backup_vault().backup_vault_name(self.vault.as_str());
        let reply = request.send().await.map_err(|error| failure(&error))?;
        if reply.backup_vault_name.as_deref() != Some(self.vault.as_str()) {
            return Err(unreadable("it does not name the vault"));
        }
        Ok(self.clone().known(reply.backup_vault_arn.as_deref(), reply.locked))
    }

    fn entry(&self, point: RecoveryPointByBackupVault) -> Result<Entry, ProviderError> {
        of_vault(&self.vault, point.backup_vault_name.as_deref())?;
        let id = point.recovery_point_arn.ok_or_else(|| unreadable("a point has no ARN"))?;
        let nested = point.parent_recovery_point_arn.is_some().then_some(Protection::Nested);
        let protected_by = self.locked.map(|locked| {
            locked.then_some(Protection::VaultLock).into_iter().chain(nested).collect()
        });
        let expires = point.calculated_lifecycle.and_then(|it| it.delete_at).and_then(timestamp);
        Ok(Entry {
            service: Service::AwsBackup,
            account: self.account.clone().or_else(|| account(point.backup_vault_arn.as_deref()?)),
            region: self.region.clone(),
            vault: Some(self.vault.as_str().to_owned()),
            file_system: None,
            id,
            source: point.resource_arn,
            kind: point.resource_type,
            state: point.status.map(|status| status.as_str().to_owned()),
            created: point.creation_date.and_then(timestamp),
            size: point.backup_size_in_bytes.and_then(|bytes| u64::try_from(bytes).ok()),
            tags: None,
            expires,
            protected_by,
        })
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
        let request = self.client.list_recovery_points_by_backup_vault();
        let request = request
            .backup_vault_name(self.vault.as_str())
            .set_by_resource_arn(narrow.source.clone().filter(|source| source.starts_with("arn:")))
            .set_by_resource_type(narrow.kind.as_deref().and_then(known_type))
            .set_by_created_before(narrow.created_before.map(date_time))
            .set_by_created_after(narrow.created_after.map(date_time))
            .max_results(i32::from(LIST_PAGE_MAX))
            .set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.recovery_points.ok_or_else(|| unreadable("it lists nothing"))?;
        let items = listed.into_iter().map(|point| self.entry(point));
        let items = items.collect::<Result<_, _>>()?;
        Ok(Listed { items, next: reply.next_token.filter(|token| !token.is_empty()) })
    }

    async fn tags(
        &self,
        entry: &Entry,
        token: Option<String>,
    ) -> Result<Listed<(String, String)>, ProviderError> {
        let request = self.client.list_tags().resource_arn(&*entry.id).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let tags = reply.tags.ok_or_else(|| unreadable("it tells no tags"))?;
        let next = reply.next_token.filter(|token| !token.is_empty());
        Ok(Listed { items: tags.into_iter().collect(), next })
    }
}

/// A type as the service writes it, if it is one of those that are known. By any other nothing
/// is narrowed: the service would find none, whatever the capitals.
fn known_type(text: &str) -> Option<String> {
    let known = TYPES.into_iter().find(|known| known.eq_ignore_ascii_case(text));
    known.map(str::to_owned)
}

fn date_time(at: Timestamp) -> DateTime {
    DateTime::from_secs(at.as_second())
}
