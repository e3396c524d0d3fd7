//! What is read of AWS Backup for deletions and for lists alike: a vault, and pages of vaults and
//! recovery points. A reply counts only if it says what it is about.

use aws_sdk_backup::operation::describe_backup_vault::DescribeBackupVaultOutput;
use aws_sdk_backup::primitives::DateTime;
use aws_sdk_backup::types::{BackupVaultListMember, RecoveryPointByBackupVault};
use jiff::Timestamp;
use sexton_core::VaultName;

use super::reply::{failure, unreadable};
use super::{AwsBackup, LIST_PAGE_MAX, TYPES, of_vault};
use crate::list::Narrow;
use crate::provider::{Listed, ProviderError};

impl AwsBackup {
    /// Reads a vault.
    pub(super) async fn described(
        &self,
        vault: &VaultName,
    ) -> Result<DescribeBackupVaultOutput, ProviderError> {
        let request = self.client.describe_backup_vault().backup_vault_name(vault.as_str());
        let reply = request.send().await.map_err(|error| failure(&error))?;
        match reply.backup_vault_name.as_deref() {
            Some(name) if name == vault.as_str() => Ok(reply),
            Some(_) | None => Err(unreadable("it does not name the vault")),
        }
    }

    /// Reads one page of the vaults, each with its name, from the start or from where `token`
    /// says.
    pub(super) async fn vaults(
        &self,
        token: Option<String>,
    ) -> Result<Listed<(String, BackupVaultListMember)>, ProviderError> {
        let request = self.client.list_backup_vaults();
        let request = request.max_results(i32::from(LIST_PAGE_MAX)).set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.backup_vault_list.ok_or_else(|| unreadable("it lists no vaults"))?;
        let named = listed.into_iter().map(|mut vault| {
            let name = vault.backup_vault_name.take();
            Ok((name.ok_or_else(|| unreadable("a vault has no name"))?, vault))
        });
        listed_as(named, reply.next_token)
    }

    /// Reads one page of the recovery points of `vault`, each with its ARN.
    pub(super) async fn points(
        &self,
        vault: &VaultName,
        narrow: &Narrow,
        token: Option<String>,
    ) -> Result<Listed<(String, RecoveryPointByBackupVault)>, ProviderError> {
        let request = self.client.list_recovery_points_by_backup_vault();
        let request = request
            .backup_vault_name(vault.as_str())
            .set_by_resource_arn(narrow.source.clone().filter(|source| source.starts_with("arn:")))
            .set_by_resource_type(narrow.kind.as_deref().and_then(known_type))
            .set_by_created_before(narrow.created_before.map(date_time))
            .set_by_created_after(narrow.created_after.map(date_time))
            .set_by_parent_recovery_point_arn(narrow.parent.clone())
            .max_results(i32::from(LIST_PAGE_MAX))
            .set_next_token(token);
        let reply = request.send().await.map_err(|error| failure(&error))?;
        let listed = reply.recovery_points.ok_or_else(|| unreadable("it lists nothing"))?;
        let named = listed.into_iter().map(|mut point| {
            of_vault(vault, point.backup_vault_name.as_deref())?;
            let arn = point.recovery_point_arn.take();
            Ok((arn.ok_or_else(|| unreadable("a point has no ARN"))?, point))
        });
        listed_as(named, reply.next_token)
    }
}

/// One page of what can be read, if all of it can.
pub(super) fn listed_as<T>(
    items: impl Iterator<Item = Result<T, ProviderError>>,
    next: Option<String>,
) -> Result<Listed<T>, ProviderError> {
    let next = next.filter(|token| !token.is_empty());
    Ok(Listed { items: items.collect::<Result<_, _>>()?, next })
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
