//! What only `--dev` offers, under `/_sexton/dev/`: a clock that can be set and a world
//! that can be begun anew. Unsigned, because it is only ever on loopback.

use http::request::Parts;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use sexton_wire::aws::Reply;

use super::admin::Refused;
use crate::clock::Clock;

/// Where this API begins.
pub(crate) const ROOT: &str = "/_sexton/dev/";

/// What a world begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum World {
    /// Vault `Default` and nothing else.
    Empty,
    /// The documented default world, or that of `--seed`.
    Default,
}

/// What a request to this API asks for.
#[derive(Debug)]
pub(crate) enum Ask {
    /// Nothing more: the answer is here.
    Answered(Reply),
    /// Begin a new world.
    Reset(World),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    advance_seconds: Option<i64>,
    now: Option<Timestamp>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    world: World,
}

/// Understands a request, and carries it out unless it is about the world.
pub(crate) fn answer(clock: &Clock, parts: &Parts, body: &[u8]) -> Result<Ask, Refused> {
    let refused = |error: serde_json::Error, hint| {
        Refused::new(400, format!("the body is not acceptable: {error}"), hint)
    };
    let path = parts.uri.path().strip_prefix(ROOT).unwrap_or("");
    match (parts.method.as_str(), path) {
        ("GET", "clock") => (),
        ("POST", "clock") => {
            let hint = "either {\"advance_seconds\": N} or {\"now\": \"2026-01-01T00:00:00Z\"}";
            let set: SetClock =
                serde_json::from_slice(body).map_err(|error| refused(error, hint))?;
            match (set.advance_seconds, set.now) {
                (Some(seconds), None) => advance(clock, seconds)?,
                (None, Some(now)) => clock.set(now),
                (None, None) | (Some(_), Some(_)) => {
                    return Err(Refused::new(400, "give one of advance_seconds and now", hint));
                }
            }
        }
        ("POST", "reset") => {
            let hint = "{\"world\": \"empty\"} or {\"world\": \"default\"}";
            let reset: Reset =
                serde_json::from_slice(body).map_err(|error| refused(error, hint))?;
            return Ok(Ask::Reset(reset.world));
        }
        _ => {
            let hint = "POST /_sexton/dev/clock or POST /_sexton/dev/reset";
            return Err(Refused::new(404, "there is nothing at this path", hint));
        }
    }
    Ok(Ask::Answered(Reply::json(200, &json!({ "now": clock.now() }))))
}

fn advance(clock: &Clock, seconds: i64) -> Result<(), Refused> {
    let by = SignedDuration::from_secs(seconds);
    let limit = || Refused::new(400, "that is beyond the end of time", "the year 9999");
    clock.now().checked_add(by).map_err(|_| limit())?;
    clock.advance(by);
    Ok(())
}
