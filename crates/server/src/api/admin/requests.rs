//! Deletions that wait for what keeps a recovery point: asked for, listed, withdrawn.

use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::{Value, json};
use sexton_core::{Backup, BackupName, Realm, RequestRefusal, VaultName};
use sexton_store::PAGE_ITEMS_MAX;
use sexton_wire::aws::Reply;

use super::erasures::cursor;
use super::{Refused, not_an_arn};
use crate::auth::Caller;
use crate::error::OpsError;
use crate::service::Service;

/// What is asked for.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Wanted {
    vault: String,
    within_seconds: i64,
}

/// A page of what is asked for, with where the next one begins.
pub(super) async fn list(service: &Service, realm: &Realm, query: &str) -> Result<Reply, Refused> {
    let after = query.split('&').find_map(|pair| pair.strip_prefix("after="));
    let after = cursor(after)?;
    let page = service.store.list_requested(false, after.as_ref(), PAGE_ITEMS_MAX).await?;
    let requests: Vec<Value> =
        page.items.iter().filter(|it| it.realm == *realm).filter_map(row).collect();
    let next = page.next.map(|cursor| hex::encode(cursor.0));
    Ok(Reply::json(200, &json!({ "requests": requests, "next": next })))
}

/// Asks for the deletion of a recovery point, which is for whoever may delete it, also by the
/// policy of its vault alone.
pub(super) async fn put(
    service: &Service,
    arn: &str,
    Wanted { vault, within_seconds }: Wanted,
    caller: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let Caller { by, realm, .. } = caller;
    let arn: BackupName = arn.parse().map_err(|_| not_an_arn(arn))?;
    let vault: VaultName = vault.parse().map_err(|_| {
        Refused::new(400, format!("{vault:?} is not the name of a vault"), "check the spelling")
    })?;
    let (vault, within) = (realm.with(vault), SignedDuration::from_secs(within_seconds));
    service.authorize_deletion(caller, &vault, &arn, now).await?;
    match service.request_erasure(&vault, &arn, within, by, now).await {
        Ok(Ok(backup)) => Ok(Reply::json(200, &json!(row(&backup)))),
        Ok(Err(refusal)) => Err(refused(&arn, &refusal)),
        Err(OpsError::Denied(denied)) => {
            Err(Refused::new(403, denied.to_string(), "change the policy of the vault"))
        }
        Err(refusal @ (OpsError::NoVault(_) | OpsError::NoBackup)) => Err(Refused::new(
            404,
            refusal.to_string(),
            "check the vault, the account and the region",
        )),
        Err(failure) => Err(failure.into()),
    }
}

/// Asks for it no more.
pub(super) async fn remove(
    service: &Service,
    arn: &str,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let arn: BackupName = arn.parse().map_err(|_| not_an_arn(arn))?;
    match service.withdraw_erasure(&realm.with(arn.clone()), by, now).await? {
        Ok(()) => Ok(Reply::json(200, &json!({}))),
        Err(refusal) => Err(refused(&arn, &refusal)),
    }
}

fn refused(arn: &BackupName, refusal: &RequestRefusal) -> Refused {
    let (status, hint) = match refusal {
        RequestRefusal::NotAsked => (404, "list what is asked for with `sexton erasure list`"),
        RequestRefusal::InNoVault => (404, "give the ARN of a recovery point in a vault"),
        RequestRefusal::Deadline => (400, "give another deadline"),
        RequestRefusal::Immutable => (409, "wait for the end of its lifecycle"),
        RequestRefusal::Busy(_) => (409, "look how it stands, and ask again"),
    };
    Refused::new(status, format!("{arn}: {refusal}"), hint)
}

/// What is asked for, as it is shown.
fn row(backup: &Backup) -> Option<Value> {
    let (kept, request) = (backup.in_vault()?, backup.request()?);
    Some(json!({
        "arn": backup.name,
        "vault": kept.vault,
        "state": if request.is_waiting() { "asked_for" } else { "given_up" },
        "since": request.asked,
        "by": request.by,
        "until": request.until,
        "given_up": request.given_up,
        "reason": request.kept_by,
    }))
}
