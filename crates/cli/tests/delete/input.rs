//! What is given to be deleted: nothing, or what other programs wrote.

use serde_json::Value;

use crate::vault::{Service, arn, lines, run, run_with_input, sexton};

/// A script that found nothing to delete at night failed.
#[test]
fn an_empty_list_is_nothing_to_do_and_a_failure_only_for_whoever_says_so() {
    let service = Service::start(3, &[]);
    for input in ["", "# nothing\n\n", "[]\n", "{\"RecoveryPoints\": []}", "None\n"] {
        let mut command = service.sexton(&["--vault", "v", "-"]);
        let (code, stdout, stderr) = run_with_input(&mut command, input);
        assert_eq!((code, &*stdout), (0, ""), "{input:?}: {stderr}");
        assert_eq!(stderr, "nothing to do: no ARNs and no ids were given\n");
    }
    let mut command = service.sexton(&["--vault", "v", "--fail-if-empty", "-"]);
    let (code, _, stderr) = run_with_input(&mut command, "");
    assert_eq!(code, 2, "{stderr}");
    let mut command = service.sexton(&["--vault", "v", "-q", "-o", "json", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, "");
    assert_eq!((code, &*stderr), (0, ""));
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["verdict"], "nothing_to_do");
    assert_eq!(document["items"], Value::Array(Vec::new()));
    assert_eq!(service.count(""), 0);
}

#[test]
fn our_own_results_are_read_as_they_are() {
    let service = Service::start(2, &[]);
    for format in ["json", "ndjson"] {
        let mut command = service.sexton(&["--vault", "v", "-n", "-o", format, "-"]);
        let (code, result, stderr) = run_with_input(&mut command, &lines(0..2));
        assert_eq!(code, 0, "{stderr}");
        let mut command = service.sexton(&["--vault", "v", "-n", "-"]);
        let (code, stdout, stderr) = run_with_input(&mut command, &result);
        assert_eq!((code, stdout.lines().count()), (0, 2), "{stderr}");
    }
}

/// The other commands asked the server, and ended with 5.
#[test]
fn what_is_no_arn_is_2_in_every_command() {
    for words in [
        &["delete", "--vault", "v", "-y", "snap-1"][..],
        &["certificate", "snap-1"],
        &["source", "remove", "snap-1"],
        &["role", "set", "snap-1", "--status", "denied"],
        &["erasure", "retry", "snap-1"],
    ] {
        let (code, _, stderr) = run(&mut sexton(words));
        assert_eq!(code, 2, "{words:?}: {stderr}");
        assert!(stderr.contains("snap-1"), "{words:?}: {stderr}");
        assert!(stderr.contains("looks like arn:aws:"), "{words:?}: {stderr}");
    }
}

/// The first call was made, and what it answered was shown with all its escapes.
#[test]
fn an_argument_that_cannot_be_what_it_should_be_is_refused_before_anything_is_sent() {
    let service = Service::start(1, &[]);
    let role = "arn:aws:iam::123456789012:role/r";
    for (arguments, named) in [
        (&["--role-arn", "nope"][..], "--role-arn <ARN>"),
        (&["--role-arn", "arn:aws:iam::123456789012:user/u"], "--role-arn <ARN>"),
        (&["--role-arn", role, "--external-id", "a b"], "--external-id <ID>"),
        (&["--region", "no where"], "invalid region"),
        (&["--vault", "arn:aws:backup:r:1:backup-vault:v"], "--vault <NAME>"),
    ] {
        let vault = if named.starts_with("--vault") { &[][..] } else { &["--vault", "v"] };
        let mut command = service.sexton(&[arguments, vault, &["-y", &arn(0)]].concat());
        let (code, _, stderr) = run(&mut command);
        assert_eq!(code, 2, "{arguments:?}: {stderr}");
        assert!(stderr.contains(named), "{arguments:?}: {stderr}");
    }
    assert_eq!(service.count(""), 0);
}

/// Whoever gave it was told what an ARN looks like.
#[test]
fn json_that_is_cut_off_is_refused_with_the_line_in_which_it_ends() {
    let service = Service::start(1, &[]);
    let cut = format!("{{\"RecoveryPoints\": [\n  {{\"RecoveryPointArn\": \"{}\"}},\n  {{", arn(0));
    let (code, _, stderr) = run_with_input(&mut service.sexton(&["--vault", "v", "-y", "-"]), &cut);
    assert_eq!(code, 2, "{stderr}");
    assert!(
        stderr.contains("standard input ends too early, in line 3: the JSON that begins in line 1")
    );
    assert!(!stderr.contains("an ARN looks like"), "{stderr}");
    let report = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(&report, "{\"schema\": 1,\n\"items\": [").unwrap();
    let report = report.path().to_str().unwrap();
    let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", "--after", report, &arn(0)]));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("ends too early, in line 2"), "{stderr}");
    assert_eq!(service.count(""), 0);
}

#[test]
fn an_arn_that_is_cut_off_is_refused_before_anything_is_sent() {
    let service = Service::start(1, &[]);
    let arguments = ["--vault", "v", "-y", "arn:aws:ec2:us-east-1::snapshot/snap-", &arn(0)];
    let (code, _, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 2, "{stderr}");
    assert!(stderr.contains("snapshot/snap-: is cut off"), "{stderr}");
    assert_eq!(service.count(""), 0);
}
