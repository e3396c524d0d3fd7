//! The audit trail of a server that runs.
//!
//! It is one chain over all accounts, whose hashes nobody can follow who does not have every event.
//! So it is for whoever runs the server, and tells guests nothing of each other.

use std::error::Error;

use serde_json::{Value, json};
use sexton_core::Realm;
use sexton_store::trail::Link;
use sexton_wire::aws::Reply;

use super::Refused;
use crate::service::Service;

/// Events of one answer, if they are short: the store reads few long ones at once.
const EVENTS_MAX: usize = 500;

/// A page of events after the one with the number `from`, each as it is stored; the number of the
/// last one; and how many of them all were signed, and whether others stand in their place.
pub(super) async fn page(service: &Service, realm: &Realm, query: &str) -> Result<Reply, Refused> {
    if !service.realms.is_operator(&realm.account) {
        let error = "the audit trail is of all accounts, and this one is a guest of the server";
        return Err(Refused::new(403, error, "ask whoever runs the server"));
    }
    let from = query.split('&').find_map(|pair| pair.strip_prefix("from=")).unwrap_or("0");
    let from = from.parse();
    let from =
        from.map_err(|_| Refused::new(400, "`from` is not a number", "events are counted from 1"))?;
    let unread = |error: &dyn Error| Refused::failed("the audit trail cannot be read", error);
    // Before what is handed out: all that was signed by then is stored.
    let signed = service.log.signed_events(&*service.store).await;
    let (signed, rewritten) = signed.map_err(|error| unread(&error))?;
    let end = service.store.log_end(0).await.map_err(|error| unread(&error))?.trail.events;
    let links = service.store.trail(from, EVENTS_MAX).await.map_err(|error| unread(&error))?;
    let event = |Link { number, body, hash }: &Link| {
        let hash = hex::encode(hash);
        json!({ "number": number, "body": body, "hash": hash })
    };
    let events: Vec<Value> = links.iter().map(event).collect();
    let signed = json!({ "events": signed, "rewritten": rewritten });
    Ok(Reply::json(200, &json!({ "events": events, "end": end, "signed": signed })))
}
