//! What protects recovery points: each call to its operation, each result to its reply.

use jiff::Timestamp;
use sexton_wire::aws::Reply;
use sexton_wire::aws::backup::Protect;
use sexton_wire::aws::backup::encode;

use crate::auth::Caller;
use crate::error::OpsError;
use crate::service::Service;

/// Answers a call.
pub(super) async fn answer(
    service: &Service,
    call: Protect,
    Caller { by, realm }: &Caller,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    match call {
        Protect::LockVault { vault, order } => {
            service.lock_vault(&realm.with(vault), order, by, now).await?;
            Ok(encode::put_backup_vault_lock_configuration())
        }
        Protect::UnlockVault { vault } => {
            service.unlock_vault(&realm.with(vault), by, now).await?;
            Ok(encode::delete_backup_vault_lock_configuration())
        }
        Protect::PutPolicy { vault, policy } => {
            service.put_vault_policy(&realm.with(vault), policy, by, now).await?;
            Ok(encode::put_backup_vault_access_policy())
        }
        Protect::GetPolicy { vault } => {
            let policy = service.vault_policy(&realm.with(vault.clone())).await?;
            Ok(encode::get_backup_vault_access_policy(realm, &vault, policy))
        }
        Protect::DeletePolicy { vault } => {
            service.remove_vault_policy(&realm.with(vault), by, now).await?;
            Ok(encode::delete_backup_vault_access_policy())
        }
    }
}
