//! Asks a Sexton server to delete what something keeps once that goes.
//!
//! AWS Backup has no such thing: only a server that shows its list of requests is asked.

use std::time::Duration;

use futures::stream::{self, StreamExt as _};
use jiff::Timestamp;
use serde_json::{Value, json};
use sexton_core::{Obstacle, Outcome, Totals, VaultName, verdict};
use sexton_wire::aws::percent::encode;

use crate::admin::{AdminClient, AdminError};
use crate::report::{Event, Report, StopCause};
use crate::stop::Stop;

const ROOT: &str = "/_sexton/v1/erasure-requests";

/// Requests that are under way at the same time.
const AT_ONCE_MAX: usize = 16;

/// Fails if the service cannot keep requests.
pub async fn check_keeps_requests(server: &AdminClient) -> Result<(), AdminError> {
    let page = server.call("GET", ROOT, None).await?;
    if page["requests"].is_array() { Ok(()) } else { Err(server.foreign(200)) }
}

/// Whether [`ask_when_released`] may give it another outcome.
pub fn may_wait(outcome: &Outcome) -> bool {
    match outcome {
        Outcome::Refused { obstacle, .. } => is_released(*obstacle),
        // Once the first were refused since all of them would be, the others were not asked for.
        Outcome::Unattempted => true,
        Outcome::Gone { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::Absent { .. }
        | Outcome::Accepted
        | Outcome::Expired { .. }
        | Outcome::AskedFor { .. }
        | Outcome::Unknown { .. } => false,
    }
}

/// Whether what stands in the way so may go, and is waited for.
pub fn is_released(obstacle: Obstacle) -> bool {
    matches!(obstacle, Obstacle::LegalHold | Obstacle::VaultLock)
}

/// Asks for the deletion of everything in `report` that a legal hold or the lock of the vault
/// keeps, for so long, until `stop` says so. What is accepted is [`Outcome::AskedFor`] from then
/// on; what is refused stays refused, and says why it is not waited for. `events` gets everything
/// that [may wait](may_wait) as settled.
pub async fn ask_when_released(
    server: &AdminClient,
    report: &mut Report,
    (vault, within): (&VaultName, Duration),
    events: &(dyn Fn(Event<'_>) + Send + Sync),
    stop: &Stop,
) {
    let all_alike = matches!(report.stopped, Some(StopCause::Futile(_)));
    let body = &json!({ "vault": vault.as_str(), "within_seconds": within.as_secs() });
    let wanted = report.items.iter_mut().filter(|item| may_wait(&item.outcome));
    let asked = wanted.map(|item| async move {
        let is_asked = all_alike || item.outcome != Outcome::Unattempted;
        if is_asked && !stop.is_draining() {
            let path = format!("{ROOT}/{}", encode(item.target.name()));
            let answer = server.call("PUT", &path, Some(body.clone())).await;
            let before = std::mem::replace(&mut item.outcome, Outcome::Unattempted);
            item.outcome = outcome(before, answer);
        }
        events(Event::Settled { target: &item.target, outcome: &item.outcome });
    });
    stream::iter(asked).buffer_unordered(AT_ONCE_MAX).collect::<()>().await;
    report.totals = report.items.iter().map(|item| &item.outcome).collect::<Totals>();
    if report.totals.unattempted == 0 && all_alike {
        report.stopped = None;
    }
    report.verdict = verdict(&report.totals, stop.is_draining());
}

/// What becomes of a point that was kept, by the answer to the request.
fn outcome(before: Outcome, answer: Result<Value, AdminError>) -> Outcome {
    match answer {
        Ok(request) => {
            let until = request["until"].as_str().and_then(|text| text.parse::<Timestamp>().ok());
            let reason = request["reason"].as_str().unwrap_or_default().to_owned();
            Outcome::AskedFor { until, reason }
        }
        Err(error @ AdminError::NoAnswer { .. }) => {
            let cause = format!("whether its deletion is asked for is not known: {error}");
            Outcome::Unknown { cause, seen: None }
        }
        Err(error) => match before {
            Outcome::Refused { code, message, obstacle, request_id } => {
                let message = format!("{message}; and it is not waited for: {error}");
                Outcome::Refused { code, message, obstacle, request_id }
            }
            other @ (Outcome::Gone { .. }
            | Outcome::Elsewhere { .. }
            | Outcome::Absent { .. }
            | Outcome::Accepted
            | Outcome::Expired { .. }
            | Outcome::AskedFor { .. }
            | Outcome::Unknown { .. }
            | Outcome::Unattempted) => other,
        },
    }
}
