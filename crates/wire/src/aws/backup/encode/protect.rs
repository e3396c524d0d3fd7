//! Replies about what protects recovery points.

use sexton_core::{Realm, VaultName};

use crate::aws::Reply;
use crate::aws::model::backup::GetBackupVaultAccessPolicyOutput;

/// The answer to `PutBackupVaultLockConfiguration`.
pub fn put_backup_vault_lock_configuration() -> Reply {
    Reply::empty(200)
}

/// The answer to `DeleteBackupVaultLockConfiguration`.
pub fn delete_backup_vault_lock_configuration() -> Reply {
    Reply::empty(200)
}

/// The answer to `PutBackupVaultAccessPolicy`.
pub fn put_backup_vault_access_policy() -> Reply {
    Reply::empty(200)
}

/// The answer to `GetBackupVaultAccessPolicy`.
pub fn get_backup_vault_access_policy(realm: &Realm, vault: &VaultName, policy: String) -> Reply {
    let output = GetBackupVaultAccessPolicyOutput {
        backup_vault_name: Some(vault.to_string()),
        backup_vault_arn: Some(realm.vault_arn(vault)),
        policy: Some(policy),
    };
    Reply::json(200, &output)
}

/// The answer to `DeleteBackupVaultAccessPolicy`.
pub fn delete_backup_vault_access_policy() -> Reply {
    Reply::empty(200)
}
