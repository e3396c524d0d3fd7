//! What only `--dev` offers, under `/_sexton/dev/`: a clock that can be set and a world
//! that can be begun anew. Unsigned, because it is only ever on loopback; a web page that
//! is open on the same machine is kept out at the door.

use http::header::CONTENT_TYPE;
use http::request::Parts;
use jiff::civil::DateTime;
use jiff::{SignedDuration, Timestamp};
use serde::Deserialize;
use serde_json::json;
use sexton_store::clock::Clock;
use sexton_wire::aws::Reply;

use super::admin::Refused;

/// Where this API begins.
pub(crate) const ROOT: &str = "/_sexton/dev/";

/// What a world begins with.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub(crate) enum Beginning {
    /// Nothing at all, not even vault `Default`.
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
    Reset(Beginning),
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct SetClock {
    advance_seconds: Option<i64>,
    now: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Reset {
    world: Beginning,
}

/// Refuses what a form could have sent: a form declares no JSON. For what cannot be undone.
fn check_declared(parts: &Parts) -> Result<(), Refused> {
    let media = parts.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media = media.and_then(|it| it.split(';').next()).unwrap_or("").trim();
    if media.eq_ignore_ascii_case("application/json") {
        return Ok(());
    }
    let hint = "send the header content-type: application/json";
    Err(Refused::new(415, "the body is not declared to be JSON", hint))
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
                (None, Some(now)) => clock.set(instant(&now, hint)?),
                (None, None) | (Some(_), Some(_)) => {
                    return Err(Refused::new(400, "give one of advance_seconds and now", hint));
                }
            }
        }
        ("POST", "reset") => {
            check_declared(parts)?;
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

/// The last second that the clock can be set to: a year before the last one that there is, so
/// that it can run on from there.
const LATEST: &str = "9998-12-30T22:00:00Z";

/// The first second that the clock can be set to. No certificate is of a time before.
const EARLIEST: &str = "1970-01-01T00:00:00Z";

fn instant(text: &str, hint: &'static str) -> Result<Timestamp, Refused> {
    let wrong = || Refused::new(400, format!("now is {text:?}, which is no instant"), hint);
    // What is one on a calendar, and is none that can be counted, is too late.
    match text.parse() {
        Ok(now) => within(Some(now)),
        Err(_) if text.strip_suffix('Z').is_some_and(|it| it.parse::<DateTime>().is_ok()) => {
            within(None)
        }
        Err(_) => Err(wrong()),
    }
}

/// Refuses what is beyond the ends of the time that is served.
fn within(now: Option<Timestamp>) -> Result<Timestamp, Refused> {
    let ends = [EARLIEST, LATEST].map(|end| end.parse::<Timestamp>().ok());
    match (now, ends) {
        (Some(now), [Some(earliest), Some(latest)]) if (earliest..=latest).contains(&now) => {
            Ok(now)
        }
        (Some(_) | None, _) => {
            let hint = "the clock can be set from 1970-01-01T00:00:00Z to 9998-12-30T22:00:00Z";
            Err(Refused::new(400, "that is beyond the time that is served", hint))
        }
    }
}

fn advance(clock: &Clock, seconds: i64) -> Result<(), Refused> {
    let by = SignedDuration::from_secs(seconds);
    within(clock.now().checked_add(by).ok())?;
    clock.advance(by);
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use proptest::prelude::*;

    #[test]
    fn a_reset_is_declared_to_be_json_and_the_clock_is_set_by_whatever_is_sent() {
        let clock = Clock::default();
        let status = |path: &str, media: Option<&str>, body: &str| {
            let mut request = Request::builder().method("POST").uri(format!("{ROOT}{path}"));
            if let Some(media) = media {
                request = request.header(CONTENT_TYPE, media);
            }
            let parts = request.body(()).unwrap().into_parts().0;
            answer(&clock, &parts, body.as_bytes()).err().map(|it| it.reply().status)
        };
        let (reset, advance) = ("{\"world\": \"empty\"}", "{\"advance_seconds\": 1}");
        for media in [None, Some("text/plain"), Some("application/x-www-form-urlencoded")] {
            assert_eq!(status("reset", media, reset), Some(415), "{media:?}");
            assert_eq!(status("clock", media, advance), None, "{media:?}");
        }
        let charset = Some("Application/JSON; charset=utf-8");
        assert_eq!(status("reset", charset, reset), None);
    }

    /// The words of the parser were shown for it.
    #[test]
    fn an_instant_that_cannot_be_set_is_refused_with_those_that_can() {
        let clock = Clock::settable();
        let refused = |body: &str| {
            let request = Request::builder().method("POST").uri(format!("{ROOT}clock"));
            let parts = request.body(()).unwrap().into_parts().0;
            let refused = answer(&clock, &parts, body.as_bytes()).err()?.reply();
            assert_eq!(refused.status, 400, "{body}");
            Some(String::from_utf8(refused.body).unwrap())
        };
        for now in ["9999-12-31T23:59:59Z", "9999-01-01T00:00:00Z", "1969-12-31T23:59:59Z"] {
            let said = refused(&format!("{{\"now\": \"{now}\"}}")).unwrap();
            assert!(said.contains("from 1970-01-01T00:00:00Z to 9998-12-30T22:00:00Z"), "{said}");
        }
        for now in ["soon", "", "2026-13-01T00:00:00Z", "2026-01-01"] {
            let said = refused(&format!("{{\"now\": \"{now}\"}}")).unwrap();
            assert!(said.contains("which is no instant"), "{said}");
        }
        assert_eq!(refused("{\"now\": \"9998-12-30T22:00:00Z\"}"), None);
        assert!(refused("{\"advance_seconds\": 60}").unwrap().contains("can be set from"));
    }

    proptest! {
        #[test]
        fn no_request_makes_it_panic(
            method in "GET|POST|[A-Z]{1,4}",
            path in "clock|reset|[a-z/]{0,4}",
            bodies in proptest::collection::vec(prop_oneof![
                proptest::collection::vec(any::<u8>(), 0..40),
                any::<i64>().prop_map(|by| format!("{{\"advance_seconds\":{by}}}").into_bytes()),
                (-100_000_000_000_i64..300_000_000_000)
                    .prop_map(|by| format!("{{\"advance_seconds\":{by}}}").into_bytes()),
                "\\{\"now\":\"-?[0-9]{4,6}-12-31T23:59:[0-9]{2}Z\"\\}"
                    .prop_map(String::into_bytes),
                "\\{\"world\":\"(empty|default|x)\"\\}".prop_map(String::into_bytes),
            ], 1..5),
        ) {
            let clock = Clock::default();
            for body in bodies {
                let target = format!("{ROOT}{path}");
                let request = Request::builder().method(method.as_str()).uri(target).body(());
                drop(answer(&clock, &request.unwrap().into_parts().0, &body));
                clock.now();
            }
        }
    }
}
