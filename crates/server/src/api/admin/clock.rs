//! `GET /clock` and `POST /clock`: what the server makes of its machine's clock.

use jiff::Timestamp;
use serde_json::{Value, json};
use sexton_core::{ClockTrust, EventKind, Principal};
use sexton_store::clock::Clock;
use sexton_store::{Change, Commit};
use sexton_wire::aws::Reply;

use super::Refused;
use crate::error::OpsError;
use crate::ops::guards::seal_locks;
use crate::service::{Service, server_event};

/// Seconds by which a clock that is not believed is off.
fn jumped_seconds(trust: ClockTrust) -> Option<i64> {
    match trust {
        ClockTrust::Trusted => None,
        ClockTrust::Jumped { by } => Some(by.as_secs()),
    }
}

fn shown(clock: &Clock, trust: ClockTrust) -> Value {
    json!({
        "system": clock.system(),
        "counted": clock.now(),
        "trusted": trust == ClockTrust::Trusted,
        "jumped_seconds": jumped_seconds(trust),
    })
}

/// Tells both clocks.
pub(super) fn show(clock: &Clock) -> Reply {
    Reply::json(200, &shown(clock, clock.trust()))
}

/// Believes the machine's clock from here on. Tells how far off it was.
pub(super) async fn confirm(service: &Service, by: &Principal) -> Result<Reply, Refused> {
    // Before it may be set back: what nobody could change, nobody can from now on. Others become so
    // while that is written down.
    while seal_locks(&*service.store, by, service.clock.now()).await? > 0 {}
    let before = service.clock.confirm();
    let now: Timestamp = service.clock.now();
    if let Some(jumped_seconds) = jumped_seconds(before) {
        tracing::warn!(jumped_seconds, by = by.0, "the clock was confirmed");
        let confirmed = EventKind::ClockConfirmed { jumped_seconds };
        let change = Change { event: Some(server_event(now, by, confirmed)), ..Change::default() };
        match service.store.commit(change).await? {
            Commit::Done => (),
            Commit::Stale => return Err(OpsError::Contended.into()),
        }
    }
    Ok(Reply::json(200, &shown(&service.clock, before)))
}
