//! `sexton serve` as an operator meets it: settings, limits, start and stop.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "serve/admin.rs"]
mod admin;
#[path = "serve/door.rs"]
mod door;
#[path = "serve/erasure.rs"]
mod erasure;
#[path = "serve/files.rs"]
mod files;
#[path = "support/http.rs"]
mod http;
#[path = "serve/realm.rs"]
mod realm;
#[path = "serve/settings.rs"]
mod settings;
mod support;

use std::fs;
use std::io::{BufRead as _, BufReader, Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output, Stdio};
use std::time::Duration;

use http::{connect, finish, get, post};
use support::{PROGRAM, SERVE, Served, clean, sexton};

fn run(folder: &Path, arguments: &[&str]) -> Output {
    sexton(folder, arguments).output().unwrap()
}

/// A command that fails: its exit status and what it says.
fn fails(folder: &Path, arguments: &[&str], variables: &[(&str, &str)]) -> (i32, String) {
    let ended = sexton(folder, arguments).envs(variables.iter().copied()).output().unwrap();
    let text = String::from_utf8(ended.stderr).unwrap();
    assert!(ended.stdout.is_empty(), "{arguments:?} printed something");
    (ended.status.code().unwrap(), text)
}

fn out(output: &Output) -> &str {
    let text = std::str::from_utf8(&output.stdout).unwrap();
    assert!(output.status.success(), "{text}{}", String::from_utf8_lossy(&output.stderr));
    text.trim_end()
}

/// A server that a shell begins which says `first` before: `ulimit` or `umask`.
fn start_after(first: &str, folder: tempfile::TempDir, arguments: &[&str]) -> Served {
    let mut command = clean(Command::new("sh"), folder.path());
    command.arg("-c").arg(format!("{first}; exec \"$0\" \"$@\""));
    command.arg(PROGRAM).args(SERVE).args(arguments);
    Served::spawn(folder, command)
}

fn terminate(server: &Served) {
    let id = server.child.id().to_string();
    assert!(Command::new("kill").args(["-TERM", &id]).status().unwrap().success());
}

fn stopped(server: &mut Served) -> Option<i32> {
    server.child.wait().unwrap().code()
}

/// Waits until `done` says so, and fails instead of waiting for ever.
fn until(what: &str, mut done: impl FnMut() -> bool) {
    const TRIES_MAX: usize = 60_000;
    for _ in 0..TRIES_MAX {
        if done() {
            return;
        }
        std::thread::sleep(Duration::from_millis(5));
    }
    panic!("{what}: not in five minutes");
}

#[test]
fn a_server_for_tests_prints_what_is_to_be_pasted_into_a_shell_that_has_credentials() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let mut command = sexton(folder.path(), &["serve", "--dev", "--listen", "127.0.0.1:0"]);
    command.stdout(Stdio::piped()).stderr(fs::File::create(&log).unwrap());
    command.env("TMPDIR", folder.path());
    let mut child = command.spawn().unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap()).lines();
    let lines: Vec<String> = lines.take(11).map(Result::unwrap).collect();
    child.kill().unwrap();
    child.wait().unwrap();
    let outranking = "AWS_SESSION_TOKEN AWS_PROFILE ALIBABA_CLOUD_SECURITY_TOKEN \
                      ALIBABA_CLOUD_PROFILE";
    assert_eq!(lines[0], format!("unset {outranking}"));
    let log = fs::read_to_string(log).unwrap();
    assert!(!log.contains("open to other users"), "a folder of its own is closed: {log}");
    let folder = folder.path().join("sexton-dev-");
    assert!(log.contains(&format!("its data is in {}", folder.display())), "{log}");
    for service in ["BACKUP", "FSX", "STS"] {
        let name = format!("export AWS_ENDPOINT_URL_{service}=http://127.0.0.1:");
        assert!(lines.iter().any(|line| line.starts_with(&name)), "{lines:?}");
    }
    assert!(!lines.iter().any(|line| line.contains("AWS_ENDPOINT_URL=")), "{lines:?}");
    for line in [
        "AWS_ACCESS_KEY_ID=test",
        "AWS_SECRET_ACCESS_KEY=test",
        "AWS_REGION=us-east-1",
        "ALIBABA_CLOUD_ACCESS_KEY_ID=test",
        "ALIBABA_CLOUD_ACCESS_KEY_SECRET=test",
        "ALIBABA_CLOUD_REGION_ID=cn-hangzhou",
    ] {
        assert!(lines.contains(&format!("export {line}")), "{lines:?}");
    }
}

#[test]
fn jobs_and_deletions_have_their_lines_in_the_log_and_reading_what_is_gone_is_no_refusal() {
    let folder = tempfile::tempdir().unwrap();
    let seed = r#"{"recovery_points": [{"vault": "Default",
        "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"}]}"#;
    fs::write(folder.path().join("seed.json"), seed).unwrap();
    let mut server = Served::start_in(folder, &["--dev", "--seed", "seed.json"], &[]);
    let line = |words: &str| {
        until(words, || server.log().contains(words));
        let log = server.log();
        let found: Vec<&str> = log.lines().filter(|line| line.contains(words)).collect();
        assert_eq!(found.len(), 1, "{words}: {log}");
        found[0].to_owned()
    };
    let begun = line("a backup begins");
    let arn = begun.split("backup=").nth(1).unwrap().split(' ').next().unwrap();
    assert!(line("a backup is complete").contains(arn));
    let mut delete = sexton(server.folder.path(), &["delete", "--vault", "Default", "--yes", arn]);
    delete.args(["--endpoint-url", &server.endpoint, "--region", "us-east-1"]);
    let key = [("AWS_ACCESS_KEY_ID", "test"), ("AWS_SECRET_ACCESS_KEY", "test")];
    let deleted = delete.envs(key).output().unwrap();
    assert!(out(&deleted).contains("gone"), "{deleted:?}");
    let decided = line("a deletion is decided");
    assert!(decided.contains(arn) && decided.contains("123456789012:root"), "{decided}");
    assert!(line("a deletion is certified").contains(arn));
    let metrics = get(&server.endpoint, "/metrics").text;
    let absent = "sexton_requests_total{operation=\"DescribeRecoveryPoint\",outcome=\"absent\"}";
    assert!(metrics.contains(absent), "{metrics}");
    // All of the log is there once the server has ended.
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let log = server.log();
    assert!(!log.contains("request refused"), "{log}");
}

#[test]
fn a_server_for_tests_listens_on_loopback_only_unless_it_is_told_to() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--dev", "--listen", "0.0.0.0:0", "--data", "data"];
    let (code, text) = fails(folder.path(), &arguments, &[]);
    assert_eq!(code, 2);
    assert!(text.contains("loopback") && text.contains("0.0.0.0"), "{text}");
    assert!(text.contains("--allow-remote"), "{text}");
    let remote = [("SEXTON_LISTEN", "0.0.0.0:0"), ("SEXTON_ALLOW_REMOTE", "true")];
    let mut command = sexton(folder.path(), &["serve", "--dev", "--data", "data"]);
    command.envs(remote);
    let given = tempfile::tempdir().unwrap();
    command.current_dir(given.path());
    let server = Served::spawn(given, command);
    assert!(server.endpoint.starts_with("http://127.0.0.1:"), "{}", server.endpoint);
    assert_eq!(get(&server.endpoint, "/readyz").status, 200, "a profile that can be used");
    assert!(server.log().contains("everybody who can connect"), "{}", server.log());
    for arguments in [["--dev-key", "a:b"], ["--seed", "seed.json"]] {
        let (code, _) = fails(folder.path(), &["serve", arguments[0], arguments[1]], &[]);
        assert_eq!(code, 2, "{arguments:?} without --dev");
    }
    let arguments = ["serve", "--dev", "--dev-key", "secret"];
    let (code, text) = fails(folder.path(), &arguments, &[]);
    assert!(code == 2 && text.contains("ID:SECRET") && !text.contains("secret\""), "{text}");
}

#[test]
fn a_server_for_tests_opens_no_folder_that_it_did_not_make_nor_any_other_server_its_own() {
    let mut real = Served::start(&[]);
    terminate(&real);
    assert_eq!(stopped(&mut real), Some(0));
    let folder = std::mem::replace(&mut real.folder, tempfile::tempdir().unwrap());
    let serve = ["serve", "--listen", "127.0.0.1:0", "--data"];
    let before = fs::read(folder.path().join("data/aws-profile")).unwrap();
    let (code, text) = fails(folder.path(), &[&serve[..], &["data", "--dev"]].concat(), &[]);
    assert!(code == 2 && text.contains("not made by --dev"), "{text}");
    let (code, _) =
        fails(folder.path(), &[&serve[..], &["data"]].concat(), &[("SEXTON_DEV", "true")]);
    assert_eq!(code, 2, "by its variable");
    assert_eq!(fs::read(folder.path().join("data/aws-profile")).unwrap(), before);
    drop(Served::start_in(folder, &["--dev=false"], &[("SEXTON_DEV", "true")]));

    let mut dev = Served::start(&["--dev"]);
    terminate(&dev);
    assert_eq!(stopped(&mut dev), Some(0));
    let folder = std::mem::replace(&mut dev.folder, tempfile::tempdir().unwrap());
    let (code, text) = fails(folder.path(), &[&serve[..], &["data"]].concat(), &[]);
    assert!(code == 2 && text.contains("made by --dev") && text.contains("--data"), "{text}");
    drop(Served::start_in(folder, &["--dev"], &[]));
}

#[test]
fn a_server_for_tests_can_be_set_up_by_its_file_or_by_variables() {
    let folder = tempfile::tempdir().unwrap();
    let seed = r#"{"roles": [{"arn": "arn:aws:iam::123456789012:role/a", "status": "denied"}]}"#;
    fs::write(folder.path().join("seed.json"), seed).unwrap();
    let file = "dev = true\nseed = \"seed.json\"\nlog = \"debug\"\nlog_format = \"json\"\n";
    fs::write(folder.path().join("sexton.toml"), file).unwrap();
    let mut server = Served::start_in(folder, &[], &[]);
    let roles = |server: &Served| {
        out(&run(server.folder.path(), &["role", "list", "--data", "data"])).to_owned()
    };
    assert_eq!(roles(&server), "arn:aws:iam::123456789012:role/a\tdenied");
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let debug = |line: &str| line.starts_with('{') && line.contains("DEBUG");
    assert!(server.log().lines().any(debug), "{}", server.log());
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("seed.json"), seed).unwrap();
    let variables = [("SEXTON_DEV", "true"), ("SEXTON_SEED", "seed.json")];
    let server = Served::start_in(folder, &[], &variables);
    assert_eq!(roles(&server), "arn:aws:iam::123456789012:role/a\tdenied");
}

#[test]
fn a_reset_whose_client_leaves_is_carried_out() {
    let folder = tempfile::tempdir().unwrap();
    // Enough for the reset to take longer than its client stays.
    let seed = r#"{"recovery_points": [{"vault": "Default", "count": 200,
        "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"}]}"#;
    fs::write(folder.path().join("seed.json"), seed).unwrap();
    let server = Served::start_in(folder, &["--dev", "--seed", "seed.json"], &[]);
    let role = "arn:aws:iam::123456789012:role/before";
    let set = ["role", "set", role, "--status", "denied", "--data", "data"];
    out(&run(server.folder.path(), &set));
    let mut stream = connect(&server.endpoint);
    let reset = http::json(&server.endpoint, "/_sexton/dev/reset", "{\"world\": \"default\"}");
    stream.write_all(reset.as_bytes()).unwrap();
    // A client that leaves sooner has asked for nothing: its request may never begin.
    until("the reset begins", || server.log().contains("a new world begins"));
    drop(stream);
    // The answer to a probe waits for the world.
    assert_eq!(get(&server.endpoint, "/readyz").status, 200);
    let roles = run(server.folder.path(), &["role", "list", "--data", "data"]);
    assert!(!out(&roles).contains(role), "the old world is still there");
    let metrics = get(&server.endpoint, "/metrics").text;
    assert!(metrics.contains("sexton_recovery_points{state=\"completed\"} 200"), "{metrics}");
}

/// A server of another account took the folder over, and mixed ARNs.
#[test]
fn a_folder_of_another_account_or_region_is_refused_before_anything_is_written() {
    let mut server = Served::start(&["--account", "210987654321", "--region", "eu-west-1"]);
    let add = ["source", "add", "--type", "fsx", "--path", "source", "--data", "data"];
    fs::create_dir(server.folder.path().join("source")).unwrap();
    out(&run(server.folder.path(), &add));
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let before = fs::read(server.data().join("aws-profile")).unwrap();
    let (code, text) = fails(server.folder.path(), &SERVE, &[("SEXTON_REGION", "eu-west-1")]);
    assert_eq!(code, 2, "{text}");
    for words in ["210987654321", "123456789012", "serve it with --account 210987654321"] {
        assert!(text.contains(words), "{words}: {text}");
    }
    assert_eq!(fs::read(server.data().join("aws-profile")).unwrap(), before);
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    drop(Served::start_in(folder, &["--account=210987654321", "--region=eu-west-1"], &[]));
}

#[test]
fn two_servers_never_open_one_data_folder() {
    let first = Served::start(&[]);
    let arguments = ["serve", "--data", "data", "--listen", "127.0.0.1:0"];
    let (code, text) = fails(first.folder.path(), &arguments, &[]);
    assert_eq!(code, 1);
    assert!(text.contains("in use by another server"), "{text}");
    assert_eq!(get(&first.endpoint, "/readyz").status, 200);
}

#[test]
fn an_address_that_is_taken_is_named() {
    let first = Served::start(&[]);
    let address = first.endpoint.split_once("://").unwrap().1;
    let arguments = ["serve", "--data", "other", "--listen", address];
    let (code, text) = fails(first.folder.path(), &arguments, &[]);
    assert_eq!(code, 1);
    assert!(text.contains(address) && text.contains("--listen"), "{text}");
}

#[test]
fn the_root_key_is_made_once_and_is_its_owners_alone() {
    let mut server = Served::start(&[]);
    let secret = |server: &Served| {
        let profile = fs::read_to_string(server.data().join("aws-profile")).unwrap();
        profile.lines().filter(|it| it.starts_with("aws_")).map(str::to_owned).collect::<Vec<_>>()
    };
    let first = secret(&server);
    assert_eq!(first.len(), 2);
    for name in ["aws-profile", "certificate-key", "root-key"] {
        let mode = fs::metadata(server.data().join(name)).unwrap().permissions().mode();
        assert_eq!(mode & 0o777, 0o600, "{name}");
    }
    let mode = fs::metadata(server.data()).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o700);
    assert!(!server.log().contains(&first[1][24..]), "the secret is in the log");
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let folder = std::mem::replace(&mut server.folder, tempfile::tempdir().unwrap());
    let server = Served::start_in(folder, &[], &[]);
    assert_eq!(secret(&server), first);
    assert_eq!(out(&run(server.folder.path(), &["source", "list", "--data", "data"])), "");
}

#[test]
fn whatever_a_server_makes_is_its_owners_alone_in_an_open_folder_and_whatever_the_umask() {
    let folder = tempfile::tempdir().unwrap();
    fs::create_dir(folder.path().join("data")).unwrap();
    let open = fs::Permissions::from_mode(0o755);
    fs::set_permissions(folder.path().join("data"), open).unwrap();
    let seed = r#"{"recovery_points": [{"vault": "Default", "count": 2,
        "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"}]}"#;
    fs::write(folder.path().join("seed.json"), seed).unwrap();
    let server = start_after("umask 0", folder, &["--dev", "--seed", "seed.json"]);
    assert!(server.log().contains("was open to other users (mode 755)"), "{}", server.log());
    let mut places = vec![server.data()];
    let mut looked_at = 0;
    while let Some(place) = places.pop() {
        let found = fs::symlink_metadata(&place).unwrap();
        assert_eq!(found.permissions().mode() & 0o077, 0, "{}", place.display());
        looked_at += 1;
        if found.is_dir() {
            places.extend(fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().path()));
        }
    }
    assert!(looked_at > 10, "{looked_at}");
}

#[test]
fn sigterm_finishes_what_is_in_flight_and_exits_0() {
    let mut server = Served::start(&["--dev"]);
    let mut stream = connect(&server.endpoint);
    let port = server.endpoint.rsplit_once(':').unwrap().1;
    let head = format!(
        "POST /_sexton/dev/clock HTTP/1.1\r\nHost: localhost:{port}\r\nContent-Length: 22\r\n\
         Content-Type: application/json\r\nExpect: 100-continue\r\n\r\n"
    );
    stream.write_all(head.as_bytes()).unwrap();
    let mut begun = [0; 25];
    stream.read_exact(&mut begun).unwrap();
    assert_eq!(&begun, b"HTTP/1.1 100 Continue\r\n\r\n");
    terminate(&server);
    let address = server.endpoint.split_once("://").unwrap().1;
    until("no more connections", || std::net::TcpStream::connect(address).is_err());
    stream.write_all(b"{\"advance_seconds\": 5}").unwrap();
    let answer = finish(stream).unwrap();
    assert_eq!(answer.status, 200, "{answer:?}");
    assert_eq!(stopped(&mut server), Some(0));
}

#[test]
fn the_clock_and_the_world_of_a_server_for_tests_can_be_set() {
    let server = Served::start(&["--dev"]);
    let role = "arn:aws:iam::123456789012:role/SextonExpired";
    let roles = || out(&run(server.folder.path(), &["role", "list", "--data", "data"])).to_owned();
    assert_eq!(roles(), format!("{role}\tdenied"));
    let clock = |body: &str| post(&server.endpoint, "/_sexton/dev/clock", body);
    assert!(clock("{\"now\": \"2031-02-03T04:05:06Z\"}").text.contains("2031-02-03T04:05:06"));
    assert!(clock("{\"advance_seconds\": 86400}").text.contains("2031-02-04T04:05:"));
    assert!(get(&server.endpoint, "/_sexton/dev/clock").text.contains("2031-02-04T"));
    for body in ["", "{}", "{\"now\": \"soon\"}", "{\"advance_seconds\": 9223372036854775807}"] {
        assert_eq!(clock(body).status, 400, "{body}");
    }
    let now = "{\"advance_seconds\": 0}";
    assert_eq!(clock(now).status, 200);
    let today = format!("{{\"now\": \"{}\"}}", jiff::Timestamp::now());
    assert_eq!(clock(&today).status, 200);
    let reset = |body: &str| post(&server.endpoint, "/_sexton/dev/reset", body).status;
    assert_eq!(reset("{\"world\": \"empty\"}"), 200);
    assert_eq!(roles(), "");
    assert_eq!(reset("{\"world\": \"default\"}"), 200);
    assert_eq!(roles(), format!("{role}\tdenied"));
    assert_eq!(reset("{\"world\": \"other\"}"), 400);
    let real = Served::start(&[]);
    assert_eq!(post(&real.endpoint, "/_sexton/dev/reset", "{\"world\": \"empty\"}").status, 403);
    assert_eq!(post(&real.endpoint, "/_sexton/dev/clock", now).status, 403);
}

/// It told the machine's time again, and what was written before was yet to come.
#[test]
fn a_clock_that_was_set_goes_on_from_there_when_the_server_starts_again() {
    let mut server = Served::start(&["--dev"]);
    let body = "{\"now\": \"2031-02-03T04:05:06Z\"}";
    assert_eq!(post(&server.endpoint, "/_sexton/dev/clock", body).status, 200);
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let mut command = sexton(server.folder.path(), &SERVE);
    let again = command.arg("--dev").stdout(Stdio::piped()).stderr(Stdio::null()).spawn();
    server.child = again.unwrap();
    let mut line = String::new();
    let printed = server.child.stdout.take().unwrap();
    let mut printed = BufReader::new(printed);
    while !line.contains("AWS_ENDPOINT_URL_BACKUP=") {
        line.clear();
        assert_ne!(printed.read_line(&mut line).unwrap(), 0, "it did not start");
    }
    let endpoint = line.trim().split_once('=').unwrap().1;
    let told = get(endpoint, "/_sexton/dev/clock").text;
    assert!(told.contains("2031-02-03T04:05:"), "{told}");
}

#[test]
fn a_seed_replaces_the_default_world() {
    let folder = tempfile::tempdir().unwrap();
    let seed = r#"{
        "vaults": [{"name": "archive", "tags": {"team": "a"}}],
        "roles": [{"arn": "arn:aws:iam::123456789012:role/gone", "status": "missing"}],
        "recovery_points": [{"vault": "archive", "count": 3,
            "resource": "arn:aws:dynamodb:us-east-1:123456789012:table/Orders"}]
    }"#;
    fs::write(folder.path().join("seed.json"), seed).unwrap();
    fs::write(folder.path().join("wrong.json"), "{\"vault\": []}").unwrap();
    let server = Served::start_in(folder, &["--dev", "--seed", "seed.json"], &[]);
    let metrics = get(&server.endpoint, "/metrics").text;
    assert!(metrics.contains("sexton_recovery_points{state=\"completed\"} 3"), "{metrics}");
    let roles = run(server.folder.path(), &["role", "list", "--data", "data"]);
    assert_eq!(out(&roles), "arn:aws:iam::123456789012:role/gone\tmissing");
    let arguments = ["serve", "--dev", "--seed", "wrong.json", "--listen", "127.0.0.1:0"];
    let (code, text) = fails(server.folder.path(), &arguments, &[]);
    assert!(code == 2 && text.contains("wrong.json") && text.contains("`vault`"), "{text}");
    let arguments = ["serve", "--dev", "--seed", "missing.json", "--listen", "127.0.0.1:0"];
    let (code, text) = fails(server.folder.path(), &arguments, &[]);
    assert!(code == 1 && text.contains("seed file missing.json"), "{text}");
}

#[test]
fn commands_say_which_server_they_did_not_find() {
    let mut server = Served::start(&[]);
    let (code, text) = fails(server.folder.path(), &["role", "list"], &[]);
    assert!(code == 2 && text.contains("--data"), "{text}");
    let missing = ["source", "remove", "arn:aws:fsx:us-east-1:1:file-system/fs-none"];
    let (code, text) = fails(server.folder.path(), &missing, &[("SEXTON_DATA", "data")]);
    assert!(code == 5, "the server is found, and says no: {text}");
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let (code, text) = fails(server.folder.path(), &["role", "list", "--data", "data"], &[]);
    assert!(code == 1 && text.contains("whether it is running"), "{text}");
}
