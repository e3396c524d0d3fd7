//! Replies about vaults.

use sexton_core::{Guard, Lock, Vault};

use super::long;
use crate::aws::Reply;
use crate::aws::model::backup::{
    BackupVaultListMember, CreateBackupVaultOutput, CreateLogicallyAirGappedBackupVaultOutput,
    DescribeBackupVaultOutput, EncryptionKeyType, ListBackupVaultsOutput, VaultState, VaultType,
};
use crate::aws::timestamp::EpochSeconds;

/// The answer to `CreateBackupVault`, and to `CreateLogicallyAirGappedBackupVault`, which tells the
/// state besides: the vault is there at once.
pub fn create_backup_vault(vault: &Vault) -> Reply {
    if vault.guard.is_air_gapped() {
        let output = CreateLogicallyAirGappedBackupVaultOutput {
            backup_vault_name: Some(vault.name.to_string()),
            backup_vault_arn: Some(vault.realm.vault_arn(&vault.name)),
            creation_date: Some(EpochSeconds(vault.created)),
            vault_state: Some(VaultState::Available),
        };
        return Reply::json(200, &output);
    }
    let output = CreateBackupVaultOutput {
        backup_vault_name: Some(vault.name.to_string()),
        backup_vault_arn: Some(vault.realm.vault_arn(&vault.name)),
        creation_date: Some(EpochSeconds(vault.created)),
    };
    Reply::json(200, &output)
}

/// The answer to `DescribeBackupVault`; `points` is how many the vault holds.
pub fn describe_backup_vault(vault: &Vault, points: u64) -> Reply {
    let member = list_member(vault, points);
    let output = members_of!(member => DescribeBackupVaultOutput {
        backup_vault_name, backup_vault_arn, vault_type, vault_state, encryption_key_arn,
        creation_date, creator_request_id, number_of_recovery_points, locked, min_retention_days,
        max_retention_days, lock_date, encryption_key_type
    });
    Reply::json(200, &output)
}

/// The answer to `ListBackupVaults`: each vault with the number of its points.
pub fn list_backup_vaults<'a>(
    vaults: impl IntoIterator<Item = (&'a Vault, u64)>,
    next_token: Option<String>,
) -> Reply {
    let list = vaults.into_iter().map(|(vault, points)| list_member(vault, points));
    let output = ListBackupVaultsOutput { backup_vault_list: Some(list.collect()), next_token };
    Reply::json(200, &output)
}

/// The answer to `DeleteBackupVault`.
pub fn delete_backup_vault() -> Reply {
    Reply::empty(200)
}

fn list_member(vault: &Vault, points: u64) -> BackupVaultListMember {
    let lock = vault.guard.lock.as_ref();
    BackupVaultListMember {
        backup_vault_name: Some(vault.name.to_string()),
        backup_vault_arn: Some(vault.realm.vault_arn(&vault.name)),
        vault_type: Some(vault_type(&vault.guard)),
        vault_state: Some(VaultState::Available),
        encryption_key_arn: vault.encryption_key_arn.clone(),
        creation_date: Some(EpochSeconds(vault.created)),
        creator_request_id: vault.creator_request_id.clone(),
        number_of_recovery_points: Some(long(points)),
        locked: Some(lock.is_some()),
        min_retention_days: lock.and_then(|lock| lock.min_days),
        max_retention_days: lock.and_then(|lock| lock.max_days),
        lock_date: lock.and_then(Lock::lock_date).map(EpochSeconds),
        encryption_key_type: Some(key_type(vault)),
    }
}

/// Of which kind a vault is, told from what it protects its recovery points with.
pub(super) fn vault_type(guard: &Guard) -> VaultType {
    if guard.is_air_gapped() {
        VaultType::LogicallyAirGappedBackupVault
    } else {
        VaultType::BackupVault
    }
}

/// Whose key the caller asked for.
pub(super) fn key_type(vault: &Vault) -> EncryptionKeyType {
    match vault.encryption_key_arn {
        Some(_) => EncryptionKeyType::CustomerManagedKmsKey,
        None => EncryptionKeyType::AwsOwnedKmsKey,
    }
}
