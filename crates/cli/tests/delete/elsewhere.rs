//! Not to be in the vault is not to be gone.

use std::io::{BufRead as _, BufReader};
use std::path::Path;
use std::process::{Child, ChildStdout, Stdio};

use serde_json::{Value, json};
use sexton_client::{AwsBackup, Provider as _};

use crate::vault::{Service, arn, lines, run, run_with_input, sexton};

fn with_others(points: usize) -> Service {
    let service = Service::start(points, &[]);
    service.set(|vault| {
        vault.others.insert("nightly".to_owned(), (100..150).map(arn).collect());
    });
    service
}

/// A run against the wrong vault said that every point was gone, and ended with 0.
#[test]
fn points_that_are_alive_in_another_vault_are_named_with_it() {
    let service = with_others(0);
    let mut command = service.sexton(&["--vault", "v", "-y", "--absent-ok", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(100..150));
    assert_eq!(code, 4, "{stderr}");
    let there = "in vault nightly, where it is COMPLETED and was not touched";
    let told = |line: &str| line.starts_with("elsewhere\tarn:") && line.ends_with(there);
    assert!(stdout.lines().all(told), "{stdout}");
    assert_eq!(stdout.lines().count(), 50);
    assert!(stderr.contains(&format!("\n50 elsewhere: {there}\n")), "{stderr}");
    assert!(stderr.ends_with("\n50 in another vault\n"), "{stderr}");
    let listed = service.count("GET /backup-vaults/nightly/recovery-points");
    assert_eq!(listed, 1, "one listing for all of them");
}

#[test]
fn what_is_in_no_vault_is_absent_and_success_only_for_whoever_says_so() {
    let service = with_others(1);
    let (code, stdout, stderr) =
        run(&mut service.sexton(&["--vault", "v", "-y", &arn(0), &arn(7)]));
    assert_eq!(code, 4, "{stderr}");
    assert!(
        stdout.contains(&format!("absent\t{}\tin no vault that can be read", arn(7))),
        "{stdout}"
    );
    assert!(stderr.ends_with("\n1 deleted and proven gone, 1 in no vault (absent)\n"), "{stderr}");
    let arguments = ["--vault", "v", "-y", "--absent-ok", &arn(0), &arn(7)];
    assert_eq!(run(&mut service.sexton(&arguments)).0, 0);
    let (code, stdout, stderr) =
        run(&mut service.sexton(&["--vault", "v", "-y", "-o", "json", &arn(7)]));
    assert_eq!(code, 4, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["verdict"], "all_absent");
    assert_eq!(document["items"][0]["outcome"], "absent");
    assert_eq!(document["searched"]["vaults"], json!(["nightly"]));
}

/// Whoever deletes twice proves the first time's work with its report.
#[test]
fn the_report_of_an_earlier_run_proves_what_it_saw() {
    let service = with_others(3);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let report = report.to_str().unwrap();
    let input = lines(0..3);
    for (more, word) in [("--dry-run", "would_delete"), ("-y", "gone"), ("-y", "gone")] {
        let after = std::fs::exists(report).unwrap();
        let mut command = service.sexton(&["--vault", "v", more, "--report", report, "-"]);
        if after {
            command.args(["--after", report]);
        }
        let (code, stdout, stderr) = run_with_input(&mut command, &input);
        assert_eq!(code, 0, "{stderr}");
        assert!(stdout.lines().all(|line| line.contains(&format!("{word}\t"))), "{stdout}");
    }
    let document: Value = serde_json::from_slice(&std::fs::read(report).unwrap()).unwrap();
    assert_eq!(document["totals"]["already_gone"], 3);
    let (code, _, stderr) =
        run(&mut service.sexton(&["--vault", "v", "-y", "--after", report, &arn(9)]));
    assert_eq!(code, 4, "a report proves nothing of points that it does not name: {stderr}");

    let other = Service::start(0, &[]);
    let (code, _, stderr) =
        run(&mut other.sexton(&["--vault", "v", "-y", "--after", report, &arn(0)]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("it is of endpoint http://127.0.0.1:"), "{stderr}");
    assert_eq!(other.count("DELETE"), 0);
}

#[test]
fn what_is_no_report_is_refused_before_anything_is_sent() {
    let service = Service::start(1, &[]);
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    for (text, said) in [
        ("", "ends too early, in line 1"),
        ("{}", "missing field"),
        ("{\"schema\":2,\"vault\":\"v\",\"items\":[]}", "is a report of schema 2, not 1"),
    ] {
        std::fs::write(&file, text).unwrap();
        let file = file.to_str().unwrap();
        let (code, _, stderr) =
            run(&mut service.sexton(&["--vault", "v", "-y", "--after", file, &arn(0)]));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(said), "{stderr}");
    }
    let arguments = ["--vault", "v", "-y", "--after", "no-such-file", &arn(0)];
    assert_eq!(run(&mut service.sexton(&arguments)).0, 1);
    assert_eq!(service.count(""), 0);
}

/// A server that keeps real backups, until it is dropped.
struct Server {
    endpoint: String,
    child: Child,
    // Held open: a server whose output is closed could not print.
    _printed: BufReader<ChildStdout>,
}

impl Server {
    fn start(folder: &Path, seed: &str) -> Self {
        let mut serve = sexton(&["serve", "--dev", "--listen", "127.0.0.1:0", "--seed", seed]);
        serve.args(["--data", "data"]).current_dir(folder).stdin(Stdio::null());
        let mut child = serve.stderr(Stdio::null()).spawn().unwrap();
        let mut printed = BufReader::new(child.stdout.take().unwrap());
        assert_ne!(printed.read_line(&mut String::new()).unwrap(), 0, "it did not start");
        let profile = std::fs::read_to_string(folder.join("data/aws-profile")).unwrap();
        let endpoint = profile.lines().find_map(|it| it.strip_prefix("endpoint_url = "));
        Self { endpoint: endpoint.unwrap().to_owned(), child, _printed: printed }
    }

    /// The points in the vault `nightly`, one a line.
    fn nightly(&self) -> String {
        let backup =
            AwsBackup::with_access_key(&self.endpoint, "us-east-1", "test", "test").unwrap();
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let vault = "nightly".parse().unwrap();
        let page = runtime.block_on(backup.vault(vault).list(None)).unwrap();
        page.items.into_iter().map(|point| point.name + "\n").collect()
    }
}

impl Drop for Server {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}

/// The same on a server that keeps real backups.
#[test]
fn a_real_server_tells_where_its_points_are() {
    let folder = tempfile::tempdir().unwrap();
    let seed = folder.path().join("seed.json");
    let resource = "arn:aws:ec2:us-east-1:123456789012:volume/vol-0123456789abcdef0";
    let world = format!(
        "{{\"vaults\": [{{\"name\": \"empty\"}}, {{\"name\": \"nightly\"}}], \"recovery_points\": \
         [{{\"vault\": \"nightly\", \"count\": 30, \"resource\": \"{resource}\"}}]}}"
    );
    std::fs::write(&seed, world).unwrap();
    let server = Server::start(folder.path(), seed.to_str().unwrap());
    let endpoint = &*server.endpoint;
    let delete = |vault: &str, more: &[&str], input: &str| {
        let mut command = sexton(&["delete", "--endpoint-url", endpoint, "--vault", vault]);
        run_with_input(command.args(more), input)
    };
    let arns = server.nightly();
    let (code, stdout, stderr) = delete("empty", &["-y", "-"], &arns);
    assert_eq!(code, 4, "{stderr}");
    assert_eq!(stdout.matches("elsewhere\t").count(), 30, "{stdout}");
    assert_eq!(stdout.matches("in vault nightly, where it is COMPLETED").count(), 30, "{stdout}");
    assert_eq!(server.nightly(), arns, "none was touched");
    let (code, _, stderr) = delete("nightly", &["-y", "-"], &arns);
    assert_eq!(code, 0, "{stderr}");
    let (code, stdout, stderr) = delete("empty", &["-y", "-"], &arns);
    assert_eq!((code, stdout.matches("absent\t").count()), (4, 30), "{stderr}");
}
