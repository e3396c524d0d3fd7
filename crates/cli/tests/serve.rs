//! `sexton serve` as an operator meets it: settings, limits, start and stop.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "serve/door.rs"]
mod door;
#[path = "serve/erasure.rs"]
mod erasure;
#[path = "support/http.rs"]
mod http;
mod support;

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::fs::PermissionsExt as _;
use std::path::Path;
use std::process::{Command, Output};
use std::time::Duration;

use http::{connect, finish, get, post};
use support::{Served, sexton};

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

fn region(server: &Served) -> String {
    let profile = fs::read_to_string(server.data().join("aws-profile")).unwrap();
    profile.lines().find_map(|it| it.strip_prefix("region = ")).unwrap().to_owned()
}

#[test]
fn a_flag_outranks_a_variable_outranks_the_file_outranks_the_default() {
    let file = "region = \"eu-file-1\"\n";
    let variable = [("SEXTON_REGION", "eu-variable-1")];
    let flag = ["--region", "eu-flag-1"];
    for (with_file, with_variable, with_flag, wanted) in [
        (false, false, false, "us-east-1"),
        (true, false, false, "eu-file-1"),
        (true, true, false, "eu-variable-1"),
        (true, true, true, "eu-flag-1"),
    ] {
        let folder = tempfile::tempdir().unwrap();
        if with_file {
            fs::write(folder.path().join("sexton.toml"), file).unwrap();
        }
        let variables = if with_variable { &variable[..] } else { &[] };
        let arguments = if with_flag { &flag[..] } else { &[] };
        let server = Served::start_in(folder, arguments, variables);
        assert_eq!(region(&server), wanted);
    }
}

#[test]
fn another_settings_file_can_be_named_and_must_then_exist() {
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("other.toml"), "region = \"eu-other-1\"").unwrap();
    fs::write(folder.path().join("sexton.toml"), "this is not read").unwrap();
    let server = Served::start_in(folder, &["--config", "other.toml"], &[]);
    assert_eq!(region(&server), "eu-other-1");
    let (code, text) = fails(server.folder.path(), &["serve", "--config", "missing.toml"], &[]);
    assert_eq!(code, 1, "a file that cannot be read is no wrong argument");
    assert!(text.contains("missing.toml"), "{text}");
}

/// Name in the file, a wrong value for it as TOML, and words that the complaint has
/// beside the name.
const WRONG: [(&str, &str, &str); 15] = [
    ("region", "\"Frankfurt\"", "eu-central-1"),
    ("account", "\"12345\"", "twelve digits"),
    ("missing_vault", "\"maybe\"", "not-found or access-denied"),
    ("erasure_epoch", "\"never\"", "every-commit"),
    ("erasure_epoch", "\"48h\"", "every-commit"),
    ("compression_level", "0", "1 to 9"),
    ("compression_level", "10", "1 to 9"),
    ("body_bytes_max", "10", "1024 to"),
    ("header_bytes_max", "100", "8192 to"),
    ("connections_max", "0", "1 to"),
    ("request_seconds_max", "0", "1 to"),
    ("log", "\"=,=\"", "directives"),
    ("seed", "\"seed.json\"", "without dev"),
    ("tls_key", "\"key.pem\"", "together"),
    ("tls_certificate", "\"cert.pem\"", "together"),
];

#[test]
fn a_wrong_setting_is_named_with_what_is_accepted_wherever_it_was_given() {
    let folder = tempfile::tempdir().unwrap();
    for (name, value, words) in WRONG {
        let plain = value.trim_matches('"');
        let flag = format!("--{}={plain}", name.replace('_', "-"));
        let variable = format!("SEXTON_{}", name.to_uppercase());
        fs::write(folder.path().join("wrong.toml"), format!("{name} = {value}\n")).unwrap();
        for (code, text) in [
            fails(folder.path(), &["serve", &flag], &[]),
            fails(folder.path(), &["serve"], &[(&variable, plain)]),
            fails(folder.path(), &["serve", "--config", "wrong.toml"], &[]),
        ] {
            assert_eq!(code, 2, "{text}");
            assert!(text.contains(name) && text.contains(words), "{name} = {value}: {text}");
        }
    }
    assert!(!folder.path().join("sexton-data").exists(), "a refused server makes no folder");
}

#[test]
fn what_cannot_be_read_as_a_setting_is_named_too() {
    let folder = tempfile::tempdir().unwrap();
    for (arguments, name) in [
        (["--listen", "localhost"], "--listen"),
        (["--connections-max", "many"], "--connections-max"),
        (["--log-format", "xml"], "--log-format"),
        (["--metrics", "maybe"], "--metrics"),
    ] {
        let (code, text) = fails(folder.path(), &["serve", arguments[0], arguments[1]], &[]);
        assert_eq!(code, 2, "{text}");
        assert!(text.contains(name), "{text}");
    }
    for (file, words) in [
        ("colour = \"red\"\n", ["colour", "line 1"]),
        ("region = \"a\"\n\nlisten = \"here\"\n", ["socket address", "line 3"]),
        ("connections_max = \"many\"\n", ["expected usize", "line 1"]),
        ("region = \n", ["sexton.toml", "line 1"]),
    ] {
        fs::write(folder.path().join("sexton.toml"), file).unwrap();
        let (code, text) = fails(folder.path(), &["serve"], &[]);
        assert_eq!(code, 2, "{text}");
        assert!(words.iter().all(|word| text.contains(word)), "{file}: {text}");
    }
}

#[test]
fn the_help_shows_every_setting_with_its_variable_and_default() {
    let folder = tempfile::tempdir().unwrap();
    let shown = run(folder.path(), &["serve", "--help"]);
    let text = out(&shown);
    for (name, value) in [
        ("data", "sexton-data"),
        ("listen", "127.0.0.1:7878"),
        ("region", "us-east-1"),
        ("account", "123456789012"),
        ("tls_certificate", "PEM"),
        ("tls_key", "PEM"),
        ("missing_vault", "not-found"),
        ("erasure_epoch", "every-commit"),
        ("compression_level", "[default: 1]"),
        ("metrics", "[default: true]"),
        ("body_bytes_max", "1048576"),
        ("header_bytes_max", "65536"),
        ("connections_max", "1024"),
        ("request_seconds_max", "60"),
        ("log", "[default: info]"),
        ("log_format", "[default: text]"),
        ("dev", "[default: false]"),
        ("dev_key", "ID:SECRET"),
        ("seed", "JSON"),
    ] {
        let flag = format!("--{}", name.replace('_', "-"));
        let variable = format!("SEXTON_{}", name.to_uppercase());
        for word in [flag.as_str(), variable.as_str(), value, &format!("    {name} = ")] {
            assert!(text.contains(word), "{word} is not in the help");
        }
    }
}

#[test]
fn a_server_for_tests_listens_on_loopback_only() {
    let folder = tempfile::tempdir().unwrap();
    let arguments = ["serve", "--dev", "--listen", "0.0.0.0:0", "--data", "data"];
    let (code, text) = fails(folder.path(), &arguments, &[]);
    assert_eq!(code, 2);
    assert!(text.contains("loopback") && text.contains("0.0.0.0"), "{text}");
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
    assert!(code != 0 && text.contains("wrong.json") && text.contains("`vault`"), "{text}");
}

#[test]
fn commands_say_which_server_they_did_not_find() {
    let mut server = Served::start(&[]);
    let (code, text) = fails(server.folder.path(), &["role", "list"], &[]);
    assert!(code == 2 && text.contains("--data"), "{text}");
    let missing = ["role", "set", "arn:aws:s3:::x", "--status", "denied"];
    let (code, text) = fails(server.folder.path(), &missing, &[("SEXTON_DATA", "data")]);
    assert!(code == 5, "the server is found, and says no: {text}");
    terminate(&server);
    assert_eq!(stopped(&mut server), Some(0));
    let (code, text) = fails(server.folder.path(), &["role", "list", "--data", "data"], &[]);
    assert!(code == 1 && text.contains("is the server running?"), "{text}");
}
