//! Replies about what protects recovery points.

use crate::aws::Reply;

/// The answer to `PutBackupVaultLockConfiguration`.
pub fn put_backup_vault_lock_configuration() -> Reply {
    Reply::empty(200)
}

/// The answer to `DeleteBackupVaultLockConfiguration`.
pub fn delete_backup_vault_lock_configuration() -> Reply {
    Reply::empty(200)
}
