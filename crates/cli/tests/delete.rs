//! `sexton delete` and `sexton list` as somebody runs them: the built binary against a small
//! vault that speaks HTTP on a free port.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "delete/address.rs"]
mod address;
#[path = "delete/composite.rs"]
mod composite;
#[path = "delete/denials.rs"]
mod denials;
#[path = "delete/elsewhere.rs"]
mod elsewhere;
#[path = "delete/foreign.rs"]
mod foreign;
#[path = "delete/fsx.rs"]
mod fsx;
#[path = "delete/holds.rs"]
mod holds;
#[path = "delete/input.rs"]
mod input;
#[path = "delete/list.rs"]
mod list;
#[path = "delete/outage.rs"]
mod outage;
#[path = "delete/place.rs"]
mod place;
#[path = "delete/preview.rs"]
mod preview;
#[path = "delete/rds.rs"]
mod rds;
#[path = "delete/rds_lies.rs"]
mod rds_lies;
#[path = "delete/result.rs"]
mod result;
#[path = "delete/role.rs"]
mod role;
#[path = "delete/terminal.rs"]
mod terminal;
#[path = "delete/vault.rs"]
mod vault;
#[path = "delete/web.rs"]
mod web;

use std::io::Write as _;
use std::net::TcpListener;
use std::process::{Command, Stdio};
use std::time::Duration;

use serde_json::{Value, json};
use vault::{Fate, Service, arn, lines, outcome, run, run_with_input, sexton};

#[test]
fn everything_gone_is_success() {
    let service = Service::start(20, &[]);
    let input = format!("# twenty\n{}{}\n", lines(0..20), arn(3));
    let mut command = service.sexton(&["--vault", "v", "--yes", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &input);
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.lines().count(), 20);
    assert!(stdout.lines().all(|line| line.starts_with("gone\tarn:")), "{stdout}");
    assert!(stderr.contains("1 duplicate dropped"), "{stderr}");
    assert!(stderr.ends_with("\n20 deleted and proven gone\n"), "{stderr}");
    assert!(stderr.contains("account   123456789012"), "{stderr}");
    assert_eq!(service.count("DELETE"), 20);
}

#[test]
fn many_points_are_proven_by_listing() {
    let service = Service::start(3000, &[]);
    let mut command = service.sexton(&["--vault", "v", "--yes", "-", "--output", "json"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..2000));
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["totals"]["gone"], 2000);
    assert_eq!(document["items"].as_array().unwrap().len(), 2000);
    let gets = service.count("GET");
    assert!(gets < 10, "{gets} reads");
}

#[test]
fn partial_failure_has_its_own_exit_code_and_ways_out() {
    let service = Service::start(5, &[(1, Fate::Expired), (2, Fate::Held)]);
    let mut command = service.sexton(&["--vault", "v", "-y", "-", "--output", "ndjson"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..5));
    assert_eq!(code, 3, "{stderr}");
    let mut documents: Vec<Value> =
        stdout.lines().map(|line| serde_json::from_str(line).unwrap()).collect();
    let summary = documents.pop().unwrap();
    assert_eq!(summary["verdict"], "partial");
    assert_eq!(
        summary["totals"],
        json!({
            "gone": 3, "already_gone": 0, "elsewhere": 0, "absent": 0, "accepted": 0,
            "expired": 1, "refused": 1, "unknown": 0, "unattempted": 0, "asked_for": 0,
        })
    );
    documents.sort_by_key(|document| document["arn"].as_str().unwrap().to_owned());
    assert_eq!(documents.len(), 5);
    assert_eq!(documents[1]["outcome"], "expired");
    assert_eq!(documents[1]["reason"], "the role cannot be assumed");
    assert!(documents[1]["way_out"].as_str().unwrap().contains("sexton role"));
    assert_eq!(documents[2]["obstacle"], "legal_hold");
    assert_eq!(documents[2]["request_id"], "r-1");

    let mut as_text = service.sexton(&["--vault", "v", "-y", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut as_text, &lines(1..3));
    assert_eq!((code, stdout.lines().count()), (3, 2), "{stderr}");
    assert!(stderr.contains("\n1 refused: InvalidRequestException: The rec"), "{stderr}");
    assert!(stderr.contains("\n  way out: cancel the legal holds"), "{stderr}");
    assert!(stderr.contains("\n  way out: restore the role"), "{stderr}");

    let first: Vec<String> = documents.iter().map(ToString::to_string).collect();
    let mut again = service.sexton(&["--vault", "v", "-y", "-", "-n"]);
    let (code, stdout, _) = run_with_input(&mut again, &first.join("\n"));
    assert_eq!(code, 4, "our own output is input");
    assert_eq!(stdout.matches("absent").count(), 3);
}

#[test]
fn a_table_shows_what_failed_and_why() {
    let service = Service::start(2, &[(1, Fate::Held)]);
    let mut command = service.sexton(&["--vault", "v", "-y", "-q", "-o", "table", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..2));
    assert_eq!((code, &*stderr), (3, ""));
    for part in ["deleted and proven gone", "refused", "legal hold", "way out"] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
}

#[test]
fn accepted_is_not_gone() {
    let service = Service::start(2, &[(1, Fate::Stuck)]);
    let (code, stdout, _) = run(&mut service.sexton(&["--vault", "v", "-y", "--no-wait", &arn(0)]));
    assert_eq!(code, 4);
    assert!(stdout.starts_with("accepted\t"), "{stdout}");
    // Long enough for one look on a machine that is busy with other things.
    let timeout = ["--vault", "v", "-y", "--timeout", "5s", &arn(1)];
    let (code, stdout, _) = run(&mut service.sexton(&timeout));
    assert_eq!(code, 4);
    assert!(stdout.starts_with("unknown\t") && stdout.contains("DELETING"), "{stdout}");
}

#[test]
fn a_dry_run_makes_no_mutating_call() {
    let service = Service::start(3, &[]);
    let command = &mut service.sexton(&["--vault", "v", "--dry-run", &arn(0), &arn(9)]);
    let (code, stdout, stderr) = run(command);
    assert_eq!(code, 4, "{stderr}");
    let expected = format!(
        "dry-run\twould_delete\t{}\tnow COMPLETED\t2023-11-14T22:13:20.5Z\t1073741824\tEBS\n\
         dry-run\tabsent\t{}\tin no vault that can be read; \
         check the ARN, the account and the region\t-\t-\t-\n",
        arn(0),
        arn(9)
    );
    assert_eq!(stdout, expected);
    // What was read is counted, and not what was asked.
    assert!(stderr.contains("dry run: asked for 2 recovery points"), "{stderr}");
    assert!(stderr.ends_with("dry run: 1 of 2 recovery points would be deleted\n"), "{stderr}");
    let absent_ok = ["--vault", "v", "-n", "--absent-ok", &arn(0), &arn(9)];
    assert_eq!(run(&mut service.sexton(&absent_ok)).0, 0);
    assert_eq!((service.count("DELETE"), service.count("P")), (0, 0));
}

#[test]
fn a_dry_run_that_could_not_read_every_point_says_so_by_its_exit_code() {
    let service = Service::start(3, &[]);
    let arguments = ["--vault", "x", "--dry-run", "--output", "ndjson", &arn(0)];
    let (code, stdout, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 4, "{stderr}");
    assert!(stdout.contains("\"forecast\":\"unknown\""), "{stdout}");
    assert!(stdout.contains("\"totals\":{\"unknown\":1}"), "{stdout}");
}

#[test]
fn the_table_of_a_dry_run_ends_with_the_totals() {
    let service = Service::start(100, &[]);
    let mut command = service.sexton(&["--vault", "v", "-n", "-o", "table", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..101));
    assert_eq!(code, 4, "{stderr}");
    let place = |part: &str| stdout.find(part).unwrap_or_else(|| panic!("{part}: {stdout}"));
    assert!(place("100 would be deleted: now COMPLETED") < place("and 97 more: --all"));
    assert!(place("000100") < place("dry run, vault v"));
    assert!(stdout.ends_with("┘\n"), "{stdout}");
    assert_eq!(service.count("DELETE"), 0);
}

#[test]
fn a_locked_vault_is_refused_before_anything_is_sent() {
    let service = Service::start(3, &[]);
    service.set(|vault| vault.locked = true);
    let (code, stdout, stderr) = run(&mut service.sexton(&["--vault", "v", "-y", &arn(0)]));
    assert_eq!((code, &*stdout), (5, ""));
    assert!(stderr.contains("the vault v is locked") && stderr.contains("hint: "), "{stderr}");
    assert_eq!(service.count("DELETE"), 0);
}

#[test]
fn a_vault_that_is_missing_proves_nothing() {
    let service = Service::start(3, &[]);
    let (code, stdout, stderr) = run(&mut service.sexton(&["--vault", "x", "-y", &arn(0)]));
    assert_eq!(code, 5, "{stdout}{stderr}");
    assert!(stderr.contains("the vault x cannot be read"), "{stderr}");
    assert!(stdout.starts_with("refused\t"), "{stdout}");
}

#[test]
fn nothing_is_sent_without_somebody_to_confirm() {
    let service = Service::start(3, &[]);
    let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", &arn(0)]));
    assert_eq!(code, 5);
    assert!(stderr.contains("hint: give --yes"), "{stderr}");
    assert_eq!(service.count(""), 0);
}

#[test]
fn bad_ids_are_named_and_nothing_is_sent() {
    let service = Service::start(3, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ids.txt");
    std::fs::write(&file, format!("{}\n\nsnap-1\n", arn(0))).unwrap();
    let file = file.to_str().unwrap();
    let (code, _, stderr) =
        run(&mut service.sexton(&["--vault", "v", "-y", "--from-file", file, "oops"]));
    assert_eq!(code, 2);
    assert!(stderr.contains("ids.txt, line 3: invalid ARN \"snap-1\""), "{stderr}");
    assert!(stderr.contains("argument 1: invalid ARN \"oops\""), "{stderr}");
    assert_eq!(service.count(""), 0);
}

#[test]
fn usage_errors_exit_with_2() {
    let arn = arn(0);
    let endpoint = ["--endpoint-url", "http://127.0.0.1:1"];
    for arguments in [
        &["delete", "-y", &arn][..],
        &["delete", "--vault", "v", "-y"],
        &["delete", "--vault", "", "-y", &arn],
        &["delete", "--vault", ".", "-y", &arn],
        &["delete", "--vault", "..", "-y", &arn],
        &["delete", "--vault", "v", "-y", "--concurrency", "0", &arn],
        &["delete", "--vault", "v", "-y", "--timeout", "soon", &arn],
        &["delete", "--vault", "v", "-y", "--endpoint-url", "localhost", &arn],
        &["delete", "--vault", "v", "-y", "--external-id", "x", &arn],
        &["nonsense"],
    ] {
        assert_eq!(run(&mut sexton(arguments)).0, 2, "{arguments:?}");
    }
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("ca.pem");
    let block =
        "-----BEGIN CERTIFICATE-----\nbm90IGEgY2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n";
    for junk in ["", "junk", block] {
        std::fs::write(&file, junk).unwrap();
        let mut command = sexton(&["delete", "--vault", "v", "-y", &arn]);
        let (code, _, stderr) = run(command.env("AWS_CA_BUNDLE", &file));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains("is not a bundle of PEM certificates"), "{stderr}");
    }
    let mut command = sexton(&["delete", "--vault", "v", "-y", &arn]);
    let (code, _, stderr) = run(command.args(endpoint).env_remove("AWS_REGION"));
    assert_eq!(code, 2);
    assert!(stderr.contains("no region") && stderr.contains("--region"), "{stderr}");
    let mut command = sexton(&["delete", "--vault", "v", "-y", &arn]);
    let (code, _, stderr) = run(command.args(endpoint).env_remove("AWS_ACCESS_KEY_ID"));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("hint: give credentials"), "{stderr}");
}

/// Where they have been looked for was told in escapes: `Attempted:\\n  Environment`.
#[test]
fn that_there_are_no_credentials_is_told_in_one_line_without_escapes() {
    let fsx = "backup-0123456789abcdef0";
    let endpoint = ["--endpoint-url", "http://127.0.0.1:1"];
    for arguments in [
        &["list"][..],
        &["list", "--service", "fsx"],
        &["delete", "--vault", "v", "-n", &arn(0)],
        &["delete", "-n", fsx],
    ] {
        let mut command = sexton(arguments);
        let (code, _, stderr) = run(command.args(endpoint).env_remove("AWS_ACCESS_KEY_ID"));
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        let told = stderr.lines().find(|line| line.starts_with("error: ")).unwrap();
        assert!(told.contains("no credentials") && !told.contains("\\n"), "{told}");
    }
}

#[test]
fn a_timeout_that_no_clock_can_add_is_refused_before_anything_is_sent() {
    let service = Service::start(1, &[]);
    for timeout in ["8761h", "9223372036854775807s"] {
        let arguments = ["--vault", "v", "-y", "--timeout", timeout, &arn(0)];
        let (code, _, stderr) = run(&mut service.sexton(&arguments));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(timeout) && stderr.contains("longer than 8760h"), "{stderr}");
    }
    assert_eq!(service.count(""), 0);
    let arguments = ["--vault", "v", "-y", "--timeout", "8760h", &arn(0)];
    assert_eq!(run(&mut service.sexton(&arguments)).0, 0);
}

/// The run was a success, and its report was nowhere.
#[test]
fn a_result_that_a_full_disk_swallows_is_1_whatever_else_happened() {
    let service = Service::start(1, &[(1, Fate::Held)]);
    for (point, expected) in [(0, 1), (1, 1), (2, 1)] {
        let full = std::fs::File::create("/dev/full").unwrap();
        let mut command = service.sexton(&["--vault", "v", "-y", "-o", "json", &arn(point)]);
        let ended = command.stdout(full).spawn().unwrap().wait_with_output().unwrap();
        let (code, _, stderr) = outcome(ended);
        assert_eq!(code, expected, "{stderr}");
        assert!(stderr.contains("the result could not be written whole: No space"), "{stderr}");
    }
    for told in ["--help", "--version"] {
        let full = std::fs::OpenOptions::new().write(true).open("/dev/full").unwrap();
        let (code, _, stderr) = outcome(sexton(&[told]).stdout(full).output().unwrap());
        assert!(code == 1 && stderr.contains("No space"), "{told}: {code} {stderr}");
    }
    let arguments = ["--vault", "v", "-y", "--absent-ok", &arn(0)];
    let mut child = service.sexton(&arguments).spawn().unwrap();
    drop(child.stdout.take());
    let (code, _, stderr) = outcome(child.wait_with_output().unwrap());
    assert_eq!(code, 0, "whoever closed the pipe did not want the rest: {stderr}");
}

#[test]
fn a_file_that_cannot_be_read_is_no_usage_error() {
    let arn = arn(0);
    let folder = tempfile::tempdir().unwrap();
    let folder = folder.path().to_str().unwrap();
    for (arguments, file) in [
        (&["delete", "--vault", "v", "-y", "--from-file", "no-such-file"][..], "no-such-file"),
        (&["delete", "--vault", "v", "-y", "--from-file", folder], folder),
        (&["delete", "--vault", "v", "-y", "--ca-bundle", "no-such-file", &arn], "no-such-file"),
        (&["serve", "--config", folder], folder),
    ] {
        let (code, _, stderr) = run(&mut sexton(arguments));
        assert_eq!(code, 1, "{arguments:?}: {stderr}");
        assert!(stderr.contains(file) && !stderr.contains("an ARN looks like"), "{stderr}");
    }
    let verify = ["certificate", "verify", "/dev/null", "--data", "no-such-folder"];
    let (code, _, stderr) = run(&mut sexton(&verify));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("certificate-key.pub") && stderr.contains("--public-key"), "{stderr}");
}

#[test]
fn a_service_that_cannot_be_reached_is_an_error_of_its_own() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let endpoint = format!("http://{}", listener.local_addr().unwrap());
    drop(listener);
    let arguments = ["delete", "--vault", "v", "-y", &arn(0), "--endpoint-url", &endpoint];
    let (code, _, stderr) = run(&mut sexton(&arguments));
    assert_eq!(code, 1, "{stderr}");
    let text = format!("error: NoConnection: cannot connect to {endpoint}: ");
    assert!(stderr.contains(&text), "{stderr}");
    assert!(stderr.contains("hint: check --endpoint-url"), "{stderr}");
    assert!(!stderr.contains("PROXY"), "{stderr}");
    let (_, _, stderr) = run(sexton(&arguments).env("HTTPS_PROXY", "http://127.0.0.1:1"));
    assert!(stderr.contains("HTTPS_PROXY is not used"), "{stderr}");
}

#[test]
fn the_endpoint_comes_from_the_environment_too() {
    for variable in ["AWS_ENDPOINT_URL", "AWS_ENDPOINT_URL_BACKUP"] {
        let service = Service::start(1, &[]);
        let mut command = sexton(&["delete", "--vault", "v", "-y", &arn(0)]);
        let (code, _, stderr) = run(command.env(variable, &service.endpoint));
        assert_eq!(code, 0, "{stderr}");
        assert!(stderr.contains(&service.endpoint), "{stderr}");
    }
}

#[test]
fn the_first_interrupt_drains_and_reports() {
    let service = Service::start(500, &[]);
    // All of them would take 25 seconds.
    service.set(|vault| vault.latency = Duration::from_millis(100));
    let arguments = ["--vault", "v", "-y", "--concurrency", "2", "--output", "json", "-"];
    let mut child = service.sexton(&arguments).stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(lines(0..500).as_bytes()).unwrap();
    service.wait_for_requests(23);
    let signal = format!("kill -INT {}", child.id());
    assert!(Command::new("sh").args(["-c", &signal]).status().unwrap().success());
    let (code, stdout, stderr) = outcome(child.wait_with_output().unwrap());
    assert_eq!(code, 130, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["verdict"], "interrupted");
    let totals = &document["totals"];
    let deleted = u64::try_from(service.count("DELETE")).unwrap();
    assert_eq!(totals["gone"], deleted);
    assert_eq!(totals["unattempted"], 500 - deleted);
    assert!((18..500).contains(&deleted), "{deleted}");
}

#[test]
fn the_help_explains_the_exit_codes() {
    let (code, stdout, _) = run(&mut sexton(&["delete", "--help"]));
    assert_eq!(code, 0);
    for part in [
        "Exit codes:",
        "After the first Ctrl-C no new deletion is started",
        "130  interrupted",
        "--dry-run",
        "--from-file",
        "--service",
        "--role-arn",
    ] {
        assert!(stdout.contains(part), "{part}");
    }
}
