//! The one door of a server: what it answers to whom, and what it does not let in.

use std::fmt::Write as _;
use std::io::{Read as _, Write as _};
use std::path::Path;
use std::process::Command;

use crate::http::{connect, finish, get, post, send};
use crate::support::Served;
use crate::{fails, out, run, start_after, until};

#[test]
fn probes_and_metrics_are_answered_without_a_signature() {
    let server = Served::start(&["--dev"]);
    assert!(get(&server.endpoint, "/healthz").text.ends_with("ok\n"));
    assert!(get(&server.endpoint, "/readyz").text.ends_with("ready\n"));
    assert_eq!(get(&server.endpoint, "/backup-vaults").status, 403);
    let metrics = get(&server.endpoint, "/metrics");
    assert_eq!(metrics.status, 200);
    let media = "content-type: application/openmetrics-text; version=1.0.0; charset=utf-8\r\n";
    assert!(metrics.text.contains(media), "{metrics:?}");
    assert!(metrics.text.ends_with("# EOF\n"), "{metrics:?}");
    for line in [
        "sexton_requests_total{operation=\"unauthenticated\",outcome=\"refused\"} 1",
        "sexton_request_duration_seconds_bucket",
        // The month of backup sets that a world for tests begins with.
        "sexton_recovery_points{state=\"completed\"} 30",
        "sexton_erasure_backlog 0",
        "sexton_erasure_backlog_age_seconds 0",
        "sexton_stored_bytes ",
        "sexton_erased_bytes 0",
        "sexton_store_healthy 1",
    ] {
        assert!(metrics.text.contains(line), "{line} is not in {}", metrics.text);
    }
    until("the refusal is logged", || server.log().contains("request refused"));
    assert!(server.log().contains("id="));
}

#[test]
fn what_is_too_large_or_not_http_is_answered_and_stops_nothing() {
    let server = Served::start(&["--body-bytes-max", "1024", "--header-bytes-max", "8192"]);
    let endpoint = server.endpoint.as_str();
    let body = "x".repeat(1025);
    let declared = post(endpoint, "/backup-vaults/v", &body);
    assert_eq!(declared.status, 413, "{declared:?}");
    assert!(declared.text.contains("RequestEntityTooLargeException"), "{declared:?}");
    let chunked = format!(
        "PUT /backup-vaults/v HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\
         Transfer-Encoding: chunked\r\n\r\n401\r\n{body}\r\n0\r\n\r\n"
    );
    assert_eq!(send(endpoint, chunked.as_bytes()).unwrap().status, 413);
    assert_eq!(post(endpoint, "/backup-vaults/v", &body[1..]).status, 403);
    let mut many = "GET /healthz HTTP/1.1\r\nHost: a\r\nConnection: close\r\n".to_owned();
    for number in 0..100 {
        write!(many, "X-{number}: y\r\n").unwrap();
    }
    many.push_str("\r\n");
    assert_eq!(send(endpoint, many.as_bytes()).unwrap().status, 431);
    let long = format!("GET /healthz HTTP/1.1\r\nX: {}\r\n\r\n", "y".repeat(9000));
    assert_eq!(send(endpoint, long.as_bytes()).unwrap().status, 431);
    for garbage in [
        &b"\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\r\n\r\n"[..],
        b"\0\0\0\0\r\n\r\n",
        b"GET\r\n\r\n",
        b"GET /healthz HTTP/9.9\r\n\r\n",
        b"POST / HTTP/1.1\r\nHost: a\r\nContent-Length: -1\r\n\r\n",
        b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\ngarbage that is no frame at all",
    ] {
        let answer = send(endpoint, garbage);
        assert!(answer.is_none_or(|it| it.status >= 400), "{garbage:?}");
    }
    assert_eq!(get(endpoint, "/healthz").status, 200);
    assert!(!server.log().contains("panicked"), "{}", server.log());
}

#[test]
fn strangers_learn_nothing_but_that_they_are_strangers() {
    let server = Served::start(&["--metrics", "false"]);
    let endpoint = server.endpoint.as_str();
    for path in ["/", "/metrics", "/nothing/here", "/_sexton/v1/sources", "/_sexton/dev/clock"] {
        let answer = get(endpoint, path);
        assert_eq!(answer.status, 403, "{path}: {answer:?}");
        assert!(answer.text.contains("issing Authentication Token"), "{path}: {answer:?}");
    }
    let target = "X-Amz-Target: AWSSimbaAPIService_v20180301.DescribeBackups";
    let fsx = format!("POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{target}\r\n\r\n");
    let answer = send(endpoint, fsx.as_bytes()).unwrap();
    assert!(answer.text.contains("MissingAuthenticationToken"), "{answer:?}");
    let action = "x".repeat(10_000);
    let form = "Content-Type: application/x-www-form-urlencoded";
    let body = format!("Version=2014-08-15&Action={action}");
    let rds = format!(
        "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\n{form}\r\nContent-Length: {}\r\n\r\n\
         {body}",
        body.len()
    );
    let answer = send(endpoint, rds.as_bytes()).unwrap();
    assert!(answer.status == 404 && answer.text.contains("InvalidApi.NotFound"), "{answer:?}");
    assert!(answer.text.len() < 2000, "a stranger's words are not repeated at length");
    let known = "GET /?Version=2014-08-15&Format=JSON&Action=DescribeBackups HTTP/1.1";
    let unsigned = format!("{known}\r\nHost: a\r\nConnection: close\r\n\r\n");
    let answer = send(endpoint, unsigned.as_bytes()).unwrap();
    assert!(answer.status == 400 && answer.text.contains("MissingAccessKeyId"), "{answer:?}");
}

/// Whoever looked at the log of a server had the commands of a stranger carried out by their
/// terminal.
#[test]
fn a_strangers_path_is_text_in_the_log() {
    for form in ["text", "json"] {
        let server = Served::start(&["--log", "debug", "--log-format", form]);
        let path = "/\u{9b}2J\u{202e}\u{2028}x";
        let request = format!("GET {path} HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n");
        assert!(send(&server.endpoint, request.as_bytes()).is_some());
        until("the request is logged", || server.log().contains("GET /"));
        let log = server.log();
        assert!(!log.contains(['\u{9b}', '\u{202e}', '\u{2028}']), "{log:?}");
        let logged = log.lines().find(|line| line.contains("GET /")).unwrap();
        let shown = if form == "json" { "/\\u009b2J\\u202e\\u2028x" } else { "/\\u{9b}2J" };
        assert!(logged.contains(shown), "{logged}");
    }
}

/// Any page could set the vaults of a server for tests, whose access key everybody knows.
#[test]
fn a_server_for_tests_answers_no_web_page_on_any_path() {
    let server = Served::start(&["--dev"]);
    let host = server.endpoint.split_once("://").unwrap().1;
    let ask = |head: &str, headers: &str| {
        let bytes = format!("{head} HTTP/1.1\r\n{headers}\r\nConnection: close\r\n\r\n");
        send(&server.endpoint, bytes.as_bytes()).unwrap()
    };
    for head in
        ["GET /backup-vaults", "PUT /backup-vaults/v", "GET /_sexton/v1/roles", "GET /metrics"]
    {
        let rebound = ask(head, "Host: rebound.example");
        assert!(rebound.status == 403 && rebound.text.contains("not this server's"), "{rebound:?}");
        let page = ask(head, &format!("Host: {host}\r\nOrigin: https://page.example"));
        assert!(page.status == 403 && page.text.contains("web page"), "{page:?}");
        let program = ask(head, &format!("Host: {host}"));
        assert!(!program.text.contains("web page"), "{program:?}");
    }
    let real = Served::start(&[]);
    let head = b"GET /healthz HTTP/1.1\r\nHost: proxy.example\r\nConnection: close\r\n\r\n";
    assert_eq!(send(&real.endpoint, head).unwrap().status, 200, "a name of its own is its owner's");
}

#[test]
fn connections_beyond_the_limit_wait_for_their_turn() {
    let server = Served::start(&["--connections-max", "1"]);
    let mut first = connect(&server.endpoint);
    let head = "POST / HTTP/1.1\r\nHost: a\r\nConnection: close\r\nContent-Length: 2\r\n\
                Expect: 100-continue\r\n\r\n";
    first.write_all(head.as_bytes()).unwrap();
    first.read_exact(&mut [0; 25]).unwrap();
    let endpoint = server.endpoint.clone();
    let second = std::thread::spawn(move || get(&endpoint, "/healthz").status);
    first.write_all(b"{}").unwrap();
    assert_eq!(finish(first).unwrap().status, 403);
    assert_eq!(second.join().unwrap(), 200);
}

/// All backups failed, and erasures stood still, while strangers held idle connections.
#[test]
fn idle_connections_of_strangers_leave_descriptors_for_jobs() {
    let folder = tempfile::tempdir().unwrap();
    let seed = r#"{"recovery_points": [{"vault": "Default", "count": 20,
        "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"}]}"#;
    std::fs::write(folder.path().join("seed.json"), seed).unwrap();
    let arguments = ["--dev", "--seed", "seed.json"];
    let server = start_after("ulimit -n 160", folder, &arguments);
    assert!(server.log().contains("leaves room for 80"), "{}", server.log());
    let idle: Vec<_> = (0..240).map(|_| connect(&server.endpoint)).collect();
    let reset = post(&server.endpoint, "/_sexton/dev/reset", "{\"world\": \"default\"}");
    assert_eq!(reset.status, 200, "{reset:?} {}", server.log());
    let metrics = get(&server.endpoint, "/metrics").text;
    assert!(metrics.contains("sexton_recovery_points{state=\"completed\"} 20"), "{metrics}");
    drop(idle);
}

/// Makes `key.pem` and `cert.pem` in `folder`.
fn certificate(folder: &Path, more: &[&str]) {
    let made = Command::new("openssl")
        .current_dir(folder)
        .args("req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes".split(' '))
        .args("-keyout key.pem -out cert.pem".split(' '))
        .args(more)
        .output()
        .expect("the openssl program makes the certificate of this test");
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
}

/// It was refused as `CaUsedAsEndEntity`, and the hint was to start the server.
#[test]
fn a_certificate_as_openssl_makes_it_is_trusted_with_a_bundle() {
    let tls = ["--tls-certificate", "cert.pem", "--tls-key", "key.pem"];
    let name = ["-subj", "/CN=localhost"];
    let address = ["-addext", "subjectAltName=IP:127.0.0.1"];
    let other = ["-addext", "subjectAltName=IP:127.0.0.2"];
    for (more, code) in [(&[][..], 0), (&address, 0), (&other, 1)] {
        let folder = tempfile::tempdir().unwrap();
        certificate(folder.path(), &[&name[..], more].concat());
        let server = Served::start_in(folder, &tls, &[]);
        let folder = server.folder.path();
        let list = ["role", "list", "--data", "data", "--ca-bundle", "cert.pem"];
        let ended = run(folder, &list);
        let text = String::from_utf8_lossy(&ended.stderr);
        assert_eq!(ended.status.code(), Some(code), "{more:?}: {text}");
        if code == 1 {
            assert!(text.contains("127.0.0.2") && text.contains("hint: give the certificate"));
        }
        // It proves nothing to those who were given another.
        certificate(folder, &[&name[..], more].concat());
        let (code, text) = fails(folder, &list, &[]);
        assert_eq!(code, 1, "{text}");
        let hint = "hint: give the certificate of the server, or of whoever signed it";
        assert!(text.contains(hint) && text.contains(&server.endpoint), "{text}");
        assert!(text.contains(": its certificate ") && !text.contains("Other("), "{text}");
    }
}

#[test]
fn https_is_served_to_those_who_trust_the_certificate() {
    let folder = tempfile::tempdir().unwrap();
    let name = ["-subj", "/CN=localhost", "-addext", "subjectAltName=IP:127.0.0.1"];
    let by_the_book = ["-addext", "basicConstraints=critical,CA:FALSE"];
    certificate(folder.path(), &[&name[..], &by_the_book, &["-days", "2"]].concat());
    let tls = ["--tls-certificate", "cert.pem", "--tls-key", "key.pem"];
    let server = Served::start_in(folder, &tls, &[]);
    assert!(server.endpoint.starts_with("https://127.0.0.1:"), "{}", server.endpoint);
    let list = ["source", "list", "--data", "data"];
    let folder = server.folder.path();
    assert_eq!(out(&run(folder, &[&list[..], &["--ca-bundle", "cert.pem"]].concat())), "");
    let (code, text) = fails(folder, &list, &[]);
    assert_eq!(code, 1, "a certificate that nobody trusts: {text}");
    // It was told as a library calls it: `UnknownIssuer`.
    assert!(text.contains("its certificate is not signed by anybody who is trusted"), "{text}");
    assert!(send(&server.endpoint, b"GET /healthz HTTP/1.1\r\n\r\n").is_none());
    for (certificate, key, exit) in [("cert.pem", "cert.pem", 2), ("missing.pem", "key.pem", 1)] {
        let arguments = ["serve", "--data", "other", "--listen", "127.0.0.1:0"];
        let wrong = ["--tls-certificate", certificate, "--tls-key", key];
        let (code, text) = fails(folder, &[&arguments[..], &wrong].concat(), &[]);
        let file = if certificate == "cert.pem" { key } else { certificate };
        assert!(code == exit && text.contains(file), "{text}");
    }
}
