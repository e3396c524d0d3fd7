//! What is being erased, and what became stuck.

use jiff::Timestamp;
use serde_json::{Value, json};
use sexton_core::{
    ATTEMPTS_MAX, Backup, BackupName, ErasureState, Keeper, OfInstance, OfLog, Realm, RetryRefusal,
};
use sexton_store::{Cursor, PAGE_ITEMS_MAX};
use sexton_wire::aws::Reply;

use super::{Refused, not_an_arn};
use crate::auth::Caller;
use crate::service::Service;

/// A page of erasures, with where the next one begins.
pub(super) async fn list(service: &Service, realm: &Realm, query: &str) -> Result<Reply, Refused> {
    let value =
        |name: &str| query.split('&').find_map(|pair| pair.strip_prefix(name)?.strip_prefix('='));
    let parked = match value("state") {
        None => false,
        Some("parked") => true,
        Some(other) => {
            let error = format!("erasures cannot be listed by the state {other:?}");
            return Err(Refused::new(400, error, "ask for `parked`, or leave it out for all"));
        }
    };
    let after = cursor(value("after"))?;
    let page = service.store.list_erasing(parked, after.as_ref(), PAGE_ITEMS_MAX).await?;
    let erasures: Vec<Value> =
        page.items.iter().filter(|it| it.realm == *realm).filter_map(row).collect();
    let next = page.next.map(|cursor| hex::encode(cursor.0));
    Ok(Reply::json(200, &json!({ "erasures": erasures, "next": next })))
}

/// Where a listing goes on whose cursors are of two numbers.
pub(super) fn cursor(after: Option<&str>) -> Result<Option<Cursor>, Refused> {
    match after.map(hex::decode) {
        None => Ok(None),
        // Of eight bytes each.
        Some(Ok(bytes)) if bytes.len() == 16 => Ok(Some(Cursor(bytes))),
        Some(_) => Err(not_a_page()),
    }
}

/// A listing is to go on where none of its pages ended.
pub(super) fn not_a_page() -> Refused {
    let error = "`after` is not what a page of this listing ended with";
    Refused::new(400, error, "begin the listing anew")
}

/// Has a parked erasure tried again.
pub(super) async fn retry(
    service: &Service,
    arn: &str,
    Caller { by, realm, .. }: &Caller,
    now: Timestamp,
) -> Result<Reply, Refused> {
    let arn: BackupName = arn.parse().map_err(|_| not_an_arn(arn))?;
    let refusal = match service.retry_erasure(&realm.with(arn.clone()), by, now).await? {
        Ok(backup) => return Ok(Reply::json(200, &json!(row(&backup)))),
        Err(refusal) => refusal,
    };
    let (status, hint) = match refusal {
        RetryRefusal::NotErasing => (404, "list what is being erased with `sexton erasure list`"),
        RetryRefusal::NotParked => (409, "`sexton erasure list` says when it is tried next"),
    };
    Err(Refused::new(status, format!("{arn} was not retried: {refusal}"), hint))
}

/// An erasure as it is shown.
fn row(backup: &Backup) -> Option<Value> {
    let (vault, file_system, instance) = match &backup.keeper {
        Keeper::Vault(kept) => (Some(&kept.vault), None, None),
        Keeper::FileSystem(kept) => (None, Some(&kept.file_system), None),
        Keeper::Instance(OfInstance { instance, .. }) | Keeper::Log(OfLog { instance, .. }) => {
            (None, None, Some(instance))
        }
    };
    let erasing = backup.state.erasing()?;
    let (state, attempts, next_attempt, reason) = match &erasing.state {
        ErasureState::Pending { not_before, attempts } => {
            ("waiting", *attempts, Some(not_before), None)
        }
        ErasureState::Parked { reason } => ("parked", ATTEMPTS_MAX, None, Some(reason)),
    };
    Some(json!({
        "arn": backup.name,
        "vault": vault,
        "file_system": file_system,
        "instance": instance,
        "state": state,
        "attempts": attempts,
        "since": erasing.decided,
        "next_attempt": next_attempt,
        "reason": reason,
    }))
}
