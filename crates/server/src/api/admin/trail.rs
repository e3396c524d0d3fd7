//! The audit trail of a server that runs.
//!
//! It is one chain over all accounts, whose hashes nobody can follow who does not have every event.
//! So it is for whoever runs the server, and tells guests nothing of each other.

use serde_json::{Value, json};
use sexton_core::Realm;
use sexton_store::trail::Link;
use sexton_wire::aws::Reply;

use super::{Refused, certificates};
use crate::service::Service;

/// Events of one answer. The longest has a policy of some ten thousand characters.
const EVENTS_MAX: usize = 500;

/// A page of events after the one with the number `from`, each as it is stored; the number of the
/// last one; and how many of them all were signed, and whether they are those that are stored.
pub(super) async fn page(service: &Service, realm: &Realm, query: &str) -> Result<Reply, Refused> {
    if !service.realms.is_operator(&realm.account) {
        let error = "the audit trail is of all accounts, and this one is a guest of the server";
        return Err(Refused::new(403, error, "ask whoever runs the server"));
    }
    let from = certificates::from(query)?;
    // Before what is handed out: all that was signed by then is stored.
    let (signed, is_stored) = service.log.signed_events(&*service.store).await?;
    let end = service.store.log_end(0).await?.trail.events;
    let links = service.store.trail(from, EVENTS_MAX).await?;
    let event = |Link { number, body, hash }: &Link| {
        let hash = hex::encode(hash);
        json!({ "number": number, "body": body, "hash": hash })
    };
    let events: Vec<Value> = links.iter().map(event).collect();
    let signed = json!({ "events": signed, "stored": is_stored });
    Ok(Reply::json(200, &json!({ "events": events, "end": end, "signed": signed })))
}
