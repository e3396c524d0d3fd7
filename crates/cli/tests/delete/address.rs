//! What answers at the address is not always a backup service.

use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::net::{Shutdown, TcpListener};
use std::sync::{Arc, Mutex};

use crate::vault::{arn, lines, run, run_with_input, sexton};
use crate::web;

/// A stub that answers `200` to anything once "proved" a whole run gone: it knew of a vault
/// without a name, and its empty listing held no point.
#[test]
fn what_answers_success_to_anything_proves_nothing() {
    let vault = "{\"BackupVaultName\":\"v\"}";
    for reading in ["{}", "", "{\"BackupVaultName\":\"w\"}"] {
        let endpoint = web::serve(move |request| {
            let listing = request.target.contains("recovery-points");
            (200, None, if listing { "{}" } else { reading }.to_owned())
        });
        let mut command = sexton(&["delete", "--endpoint-url", &endpoint, "--vault", "v", "-y"]);
        let (code, stdout, stderr) = run_with_input(command.arg("-"), &lines(0..40));
        assert_eq!((code, &*stdout), (1, ""), "{reading}: {stderr}");
        assert!(stderr.contains("it does not name the vault"), "{stderr}");
    }
    // Even one that knows the vault: what lists nothing, or points without names, has not
    // listed the vault.
    for listing in ["{}", "{\"RecoveryPoints\":[{}]}"] {
        let endpoint = web::serve(move |request| {
            let listed = request.target.contains("recovery-points");
            (200, None, if listed { listing } else { vault }.to_owned())
        });
        let arguments = ["delete", "--endpoint-url", &endpoint, "--vault", "v", "--timeout", "1s"];
        for (more, status, outcome) in [
            (["-y", "-"].as_slice(), 5, "refused\t"),
            (&["-y", "--continuous", "-"], 4, "unknown\t"),
        ] {
            let mut command = sexton(&arguments);
            let (code, stdout, stderr) = run_with_input(command.args(more), &lines(0..40));
            assert_eq!(code, status, "{stderr}");
            assert!(stdout.lines().all(|line| line.starts_with(outcome)), "{stdout}");
        }
    }
}

#[test]
fn what_names_no_error_is_no_backup_service_and_nothing_is_asked_of_it() {
    let page = "<html><h1>Welcome to nginx!</h1></html>";
    for status in [302, 401, 403, 404] {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let endpoint = web::serve(move |request| {
            log.lock().unwrap().push(request.method.clone());
            (status, None, page.to_owned())
        });
        let arguments = ["delete", "--endpoint-url", &endpoint, "--vault", "v", "-y", &arn(0)];
        let (code, _, stderr) = run(&mut sexton(&arguments));
        assert_eq!(code, 1, "{stderr}");
        let hint = "does not speak AWS Backup: check --endpoint-url";
        assert!(stderr.contains(&format!("HTTP {status}")) && stderr.contains(hint), "{stderr}");
        assert_eq!(*asked.lock().unwrap(), ["GET"]);
    }
}

#[test]
fn what_lists_nothing_at_all_is_no_server_of_ours() {
    let endpoint = web::serve(|_| (200, None, "{}".to_owned()));
    let folder = tempfile::tempdir().unwrap();
    let data = folder.path().to_str().unwrap();
    let profile = "[default]\naws_access_key_id = A\naws_secret_access_key = b\n";
    std::fs::write(folder.path().join("aws-profile"), profile).unwrap();
    let point = arn(0);
    for words in [
        ["source", "list"],
        ["role", "list"],
        ["erasure", "list"],
        ["certificate", "log"],
        ["certificate", &point],
    ] {
        let mut command = sexton(&words);
        command.args(["--data", data, "--endpoint-url", &endpoint]);
        let (code, stdout, stderr) = run(&mut command);
        assert_eq!((code, &*stdout), (1, ""), "{words:?}: {stderr}");
        assert!(stderr.contains("not a Sexton server"), "{stderr}");
    }
}

/// A reply without an end was read into memory until the request timed out: gigabytes.
#[test]
fn a_reply_without_an_end_is_not_read_for_ever() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let most = Arc::new(Mutex::new(0));
    let sent_most = Arc::clone(&most);
    std::thread::spawn(move || {
        for mut stream in listener.incoming().flatten() {
            let mut request = [0; 4];
            stream.read_exact(&mut request).unwrap();
            let mut sent = 0_u64;
            let head = "HTTP/1.1 200 OK\r\nContent-Length: 1000000000000\r\n\r\n";
            stream.write_all(head.as_bytes()).unwrap();
            let blank = vec![b' '; 1 << 16];
            while stream.write_all(&blank).is_ok() {
                sent += 1 << 16;
            }
            let mut most = sent_most.lock().unwrap();
            *most = sent.max(*most);
        }
    });
    let arguments = ["delete", "--endpoint-url", &endpoint, "--vault", "v", "-y", &arn(0)];
    let (code, _, stderr) = run(&mut sexton(&arguments));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("length limit exceeded"), "{stderr}");
    let most = *most.lock().unwrap();
    assert!((1 << 20..100 << 20).contains(&most), "{most}");
}

/// Nothing was said for two and a half minutes.
#[test]
fn whoever_waits_for_a_service_that_is_silent_is_told() {
    // Connections are taken by the system, and nobody ever reads what they send.
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    let arguments = ["delete", "--endpoint-url", &endpoint, "--vault", "v", "-y", &arn(0)];
    let mut child = sexton(&arguments).spawn().unwrap();
    let mut line = String::new();
    BufReader::new(child.stderr.take().unwrap()).read_line(&mut line).unwrap();
    child.kill().unwrap();
    child.wait().unwrap();
    assert_eq!(line, "note: the service has not answered yet; trying for about three minutes\n");
}

/// "Check --endpoint-url and the network" was said to everybody who was not answered.
#[test]
fn what_is_missing_is_named_with_the_address_and_its_own_way_out() {
    let listen = |reply: &'static [u8]| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let address = listener.local_addr().unwrap();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                stream.read_exact(&mut [0]).ok();
                stream.write_all(reply).ok();
                // What is closed before all was read is reset, and the reply lost.
                stream.shutdown(Shutdown::Write).ok();
                std::io::copy(&mut stream, &mut std::io::sink()).ok();
            }
        });
        address
    };
    let mute = format!("http://{}", listen(b""));
    let plain = format!("https://{}", listen(b"HTTP/1.1 400 Bad Request\r\n\r\n"));
    let closed = format!("https://{}", listen(b""));
    // No name server is asked for a name that is too long to be one.
    let nowhere = format!("http://{}.invalid:1", "x".repeat(64));
    for (endpoint, code, hint) in [
        (&nowhere, "NoSuchHost", "check the spelling of the host"),
        (&plain, "NoTls", "does not speak TLS"),
        (&closed, "NoTls", "does not speak TLS"),
        (&mute, "NoAnswer", "for a server with TLS it begins with https://"),
    ] {
        let arguments = ["delete", "--endpoint-url", endpoint, "--vault", "v", "-y", &arn(0)];
        let (exit, _, stderr) = run(&mut sexton(&arguments));
        assert_eq!(exit, 1, "{stderr}");
        assert!(stderr.contains(&format!("error: {code}: ")), "{stderr}");
        assert!(stderr.contains(endpoint) && stderr.contains(hint), "{stderr}");
        let (exit, _, stderr) = run(&mut sexton(&["role", "list", "--endpoint-url", endpoint]));
        assert_eq!(exit, 1, "{stderr}");
        let asked = format!("error: GET {endpoint}/_sexton/v1/roles was not answered: ");
        assert!(stderr.starts_with(&asked) && stderr.contains(hint), "{stderr}");
    }
}

/// It was said to be a missing permission.
#[test]
fn a_clock_that_is_wrong_is_what_is_to_be_set() {
    let name = "RequestTimeTooSkewed";
    let body = "{\"Message\":\"The difference between the two times is too large.\"}";
    let endpoint = web::serve(move |_| (403, Some(name), body.to_owned()));
    let arguments = ["delete", "--endpoint-url", &endpoint, "--vault", "v", "-y", &arn(0)];
    let (code, _, stderr) = run(&mut sexton(&arguments));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("hint: set this machine's clock, which says that it is 2"), "{stderr}");
}

/// The listing went on for ever, and took memory all the while.
#[test]
fn a_listing_that_repeats_itself_ends() {
    let endpoint = web::serve(move |_| {
        let page = "{\"erasures\":[{\"arn\":\"a\"}],\"next\":\"00\"}".to_owned();
        (200, None, page)
    });
    for words in [&["erasure", "list"][..], &["erasure", "retry", "--all-parked"]] {
        let (code, _, stderr) = run(sexton(words).args(["--endpoint-url", &endpoint]));
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("has no end: the server repeats itself"), "{stderr}");
    }
}
