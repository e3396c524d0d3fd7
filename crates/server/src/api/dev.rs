//! What only `--dev` offers, under `/_sexton/dev/`: a clock that can be set and a world
//! that can be begun anew. Unsigned, because it is only ever on loopback; a web page that
//! is open on the same machine is kept out by [`check_sender`].

use std::net::IpAddr;

use http::header::{CONTENT_TYPE, HOST};
use http::request::Parts;
use http::uri::Authority;
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

/// Refuses what a web page could have sent. A page cannot send JSON to another origin
/// without being allowed to, and one whose name was made to lead to loopback (DNS
/// rebinding) says that name in `Host`.
pub(crate) fn check_sender(parts: &Parts, port: u16) -> Result<(), Refused> {
    let header = parts.headers.get(HOST).map(|it| Authority::try_from(it.as_bytes()).ok());
    let target = parts.uri.authority().map(|it| Some(it.clone()));
    let mut named = header.into_iter().chain(target).peekable();
    let ours = |it: Option<Authority>| it.is_some_and(|it| is_loopback(&it, port));
    if named.peek().is_none() || !named.all(ours) {
        let hint = "use the address that the server printed, such as http://127.0.0.1:7878";
        return Err(Refused::new(403, "the host is not this server's loopback address", hint));
    }
    let media = parts.headers.get(CONTENT_TYPE).and_then(|it| it.to_str().ok());
    let media = media.and_then(|it| it.split(';').next()).unwrap_or("").trim();
    if parts.method == http::Method::POST && !media.eq_ignore_ascii_case("application/json") {
        let hint = "send the header content-type: application/json";
        return Err(Refused::new(415, "the body is not declared to be JSON", hint));
    }
    Ok(())
}

fn is_loopback(authority: &Authority, port: u16) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let named = loopback || host.eq_ignore_ascii_case("localhost");
    named && authority.port_u16().unwrap_or(80) == port
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

#[cfg(test)]
mod tests {
    use super::*;
    use http::Request;
    use proptest::prelude::*;

    fn status(method: &str, target: &str, headers: &[(&str, &str)]) -> Option<u16> {
        let mut request = Request::builder().method(method).uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let parts = request.body(()).unwrap().into_parts().0;
        check_sender(&parts, 7878).err().map(|refused| refused.reply().status)
    }

    #[test]
    fn a_web_page_cannot_set_the_clock_or_reset_the_world() {
        let json = ("content-type", "application/json");
        let path = "/_sexton/dev/reset";
        for host in ["localhost:7878", "127.0.0.1:7878", "127.9.9.9:7878", "[::1]:7878"] {
            assert_eq!(status("POST", path, &[("host", host), json]), None, "{host}");
            assert_eq!(status("GET", path, &[("host", host)]), None, "{host}");
        }
        let whole = "http://localhost:7878/_sexton/dev/reset";
        assert_eq!(status("POST", whole, &[json]), None, "HTTP/2 has its host in the target");
        for host in ["rebound.example:7878", "localhost", "127.0.0.1:1", "10.0.0.1:7878", "[", ""] {
            assert_eq!(status("POST", path, &[("host", host), json]), Some(403), "{host:?}");
            assert_eq!(status("POST", whole, &[("host", host), json]), Some(403), "{host:?}");
            assert_eq!(status("GET", path, &[("host", host)]), Some(403), "{host:?}");
        }
        assert_eq!(status("POST", path, &[json]), Some(403), "no host at all");
        let host = ("host", "localhost:7878");
        for media in ["text/plain", "application/x-www-form-urlencoded", "multipart/form-data"] {
            assert_eq!(status("POST", path, &[host, ("content-type", media)]), Some(415));
        }
        assert_eq!(status("POST", path, &[host]), Some(415));
        let charset = ("content-type", "Application/JSON; charset=utf-8");
        assert_eq!(status("POST", path, &[host, charset]), None);
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
