//! Who may speak to a server for tests: programs on this machine, and no web page.
//!
//! Everybody knows the access key `test`, so any page that is open on the same machine
//! could sign a request, or have a form send a presigned one. A browser says in `Origin`
//! which page sends what changes something; and a page whose own name was made to lead to
//! loopback (DNS rebinding) says that name in `Host`.

use std::net::IpAddr;

use http::header::{HOST, ORIGIN};
use http::request::Parts;
use http::uri::{Authority, Uri};

/// What is said to whom is kept out.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Foreign {
    pub(super) error: &'static str,
    pub(super) hint: &'static str,
}

const HOST_REFUSED: Foreign = Foreign {
    error: "the host is not this server's loopback address",
    hint: "use the address that the server printed, such as http://127.0.0.1:7878",
};

const ORIGIN_REFUSED: Foreign = Foreign {
    error: "the request comes from a web page (it has an Origin)",
    hint: "a server for tests is not for browsers: send it from a program",
};

/// Refuses what a web page could have sent, whatever its path. A server that others may
/// reach has names that it does not know: there the page has to be of the host that the
/// request names.
pub(super) fn check(parts: &Parts, port: u16, remote: bool) -> Result<(), Foreign> {
    let header = parts.headers.get_all(HOST).iter();
    let header = header.map(|it| Authority::try_from(it.as_bytes()).ok());
    // HTTP/2 has its host in the target.
    let target = parts.uri.authority().map(|it| Some(it.clone()));
    let named: Vec<Option<Authority>> = header.chain(target).collect();
    let ours =
        |it: &Option<Authority>| it.as_ref().is_some_and(|it| remote || is_loopback(it, port));
    if named.is_empty() || !named.iter().all(ours) {
        return Err(HOST_REFUSED);
    }
    let ours = |it: &http::HeaderValue| {
        let origin = Uri::try_from(it.as_bytes()).ok().and_then(|it| it.authority().cloned());
        origin.is_some_and(|it| if remote { named[0] == Some(it) } else { is_loopback(&it, port) })
    };
    if parts.headers.get_all(ORIGIN).iter().all(ours) { Ok(()) } else { Err(ORIGIN_REFUSED) }
}

fn is_loopback(authority: &Authority, port: u16) -> bool {
    let host = authority.host().trim_start_matches('[').trim_end_matches(']');
    let loopback = host.parse::<IpAddr>().is_ok_and(|address| address.is_loopback());
    let named = loopback || host.eq_ignore_ascii_case("localhost");
    named && authority.port_u16().unwrap_or(80) == port
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn refused(target: &str, headers: &[(&str, &str)]) -> Option<Foreign> {
        let mut request = Request::builder().uri(target);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        check(&request.body(()).unwrap().into_parts().0, 7878, false).err()
    }

    #[test]
    fn a_server_that_others_may_reach_is_asked_by_any_name_and_by_no_page_of_another() {
        let refused = |host: &str, origin: Option<&str>| {
            let request = Request::builder().uri("/backup-vaults").header(HOST, host);
            let request = origin.into_iter().fold(request, |it, text| it.header(ORIGIN, text));
            check(&request.body(()).unwrap().into_parts().0, 7878, true).err()
        };
        assert_eq!(refused("sexton:7878", None), None);
        assert_eq!(refused("sexton:7878", Some("http://sexton:7878")), None);
        for origin in ["http://localhost:7878", "https://evil.example", "null"] {
            assert_eq!(refused("sexton:7878", Some(origin)), Some(ORIGIN_REFUSED), "{origin}");
        }
    }

    #[test]
    fn only_the_names_of_loopback_are_hosts_on_every_path() {
        for path in ["/_sexton/dev/reset", "/_sexton/v1/sources", "/backup-vaults", "/healthz"] {
            for host in ["localhost:7878", "127.0.0.1:7878", "127.9.9.9:7878", "[::1]:7878"] {
                assert_eq!(refused(path, &[("host", host)]), None, "{host}");
            }
            let whole = format!("http://localhost:7878{path}");
            assert_eq!(refused(&whole, &[]), None, "HTTP/2 has its host in the target");
            for host in
                ["rebound.example:7878", "localhost", "127.0.0.1:1", "10.0.0.1:7878", "[", ""]
            {
                assert_eq!(refused(path, &[("host", host)]), Some(HOST_REFUSED), "{host:?}");
                assert_eq!(refused(&whole, &[("host", host)]), Some(HOST_REFUSED), "{host:?}");
            }
            assert_eq!(refused(path, &[]), Some(HOST_REFUSED), "no host at all");
            let two = [("host", "localhost:7878"), ("host", "rebound.example")];
            assert_eq!(refused(path, &two), Some(HOST_REFUSED));
        }
    }

    #[test]
    fn what_a_page_of_another_origin_sends_is_refused() {
        let host = ("host", "127.0.0.1:7878");
        for origin in ["http://127.0.0.1:7878", "http://localhost:7878"] {
            assert_eq!(refused("/backup-vaults/a", &[host, ("origin", origin)]), None, "{origin}");
        }
        for origin in ["https://evil.example", "null", "", "http://localhost:3000", "file://"] {
            let refused = refused("/backup-vaults/a", &[host, ("origin", origin)]);
            assert_eq!(refused, Some(ORIGIN_REFUSED), "{origin:?}");
        }
    }
}
