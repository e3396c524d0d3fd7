//! What protects recovery points: each call to its operation, each result to its reply.

use jiff::Timestamp;
use sexton_core::{HoldId, InRealm};
use sexton_wire::aws::backup::Protect;
use sexton_wire::aws::backup::encode;
use sexton_wire::aws::paging::Paging;
use sexton_wire::aws::{Reply, WireError};

use super::{cursor, token};
use crate::auth::Caller;
use crate::error::OpsError;
use crate::service::Service;

/// Answers a call.
pub(super) async fn answer(
    service: &Service,
    call: Protect,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Reply, OpsError> {
    match call {
        Protect::LockVault { vault, order } => {
            service.lock_vault(&realm.with(vault), order, by, now).await?;
            Ok(encode::put_backup_vault_lock_configuration())
        }
        Protect::CreateHold(order) => {
            let hold = service.place_hold(realm, &order, by, now).await?;
            Ok(encode::create_legal_hold(&hold))
        }
        Protect::GetHold { hold } => {
            let hold = service.hold(&realm.with(hold)).await?.value;
            Ok(encode::get_legal_hold(&hold))
        }
        Protect::ListHolds { page } => {
            let after = cursor(service, realm, &page)?;
            let found = service.store.list_holds(realm, after.as_ref(), page.items_max).await?;
            let token = token(service, realm, &page, found.next);
            Ok(encode::list_legal_holds(&found.items, token))
        }
        Protect::CancelHold { hold, description, record_days } => {
            let hold = realm.with(hold);
            service.cancel_hold(&hold, &description, record_days, by, now).await?;
            Ok(encode::cancel_legal_hold())
        }
        Protect::ChangeLifecycle { vault, point, lifecycle } => {
            let vault = realm.with(vault);
            let backup =
                service.change_lifecycle(&vault, &point.into(), lifecycle, by, now).await?;
            let point = backup.as_point().ok_or(OpsError::NoBackup)?;
            Ok(encode::update_recovery_point_lifecycle(point))
        }
        Protect::Disassociate { vault, point, from } => {
            let vault = realm.with(vault);
            match service.disassociate(&vault, &point.into(), from, (by, now)).await? {}
        }
        Protect::GetNotifications { vault } => {
            let found = service.vault(&realm.with(vault)).await?.vault;
            Err(OpsError::NoNotifications(found.name))
        }
        Protect::ListHeld { hold, page } => list_held(service, &realm.with(hold), &page).await,
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

/// The operation declares no `ResourceNotFoundException`.
async fn list_held(
    service: &Service,
    key: &InRealm<HoldId>,
    page: &Paging,
) -> Result<Reply, OpsError> {
    let hold = match service.hold(key).await {
        Err(OpsError::NoHold(hold)) => {
            return Err(WireError::no_such_hold(&hold.to_string()).into());
        }
        found => found?.value,
    };
    let after = cursor(service, &key.realm, page)?;
    let found = service.store.list_held(hold, after.as_ref(), page.items_max).await?;
    let token = token(service, &key.realm, page, found.next);
    Ok(encode::list_recovery_points_by_legal_hold(&found.items, token))
}
