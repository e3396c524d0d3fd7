//! `sexton delete` while its service is killed.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::{ChildStderr, Command};

use serde_json::Value;

use crate::vault::{Service, arn, run};

const ALONE: [&str; 7] = ["--vault", "v", "-y", "--concurrency", "1", "-o", "json"];

/// Reads up to the first line that has `part` in it.
fn line_with(stderr: &mut BufReader<ChildStderr>, part: &str) -> String {
    let mut all = String::new();
    loop {
        let mut line = String::new();
        assert_ne!(stderr.read_line(&mut line).unwrap(), 0, "it ended: {all}");
        if line.contains(part) {
            return line;
        }
        all += &line;
    }
}

/// Nothing was said, and the first interrupt changed nothing until the timeout had come.
#[test]
fn an_outage_is_told_and_one_interrupt_ends_it_with_a_report() {
    // The vault, its holds, its policy and the points are read (five requests), two points are
    // deleted, the third deletion is not answered.
    let service = Service::start_until(5, 7);
    let mut command = service.sexton(&ALONE);
    let mut child = command.args((0..5).map(arn)).spawn().unwrap();
    let mut stderr = BufReader::new(child.stderr.take().unwrap());
    let note = line_with(&mut stderr, "the service does not answer");
    assert!(note.contains("NoConnection: cannot connect to http://127.0.0.1:"), "{note}");
    assert!(
        note.contains("; asking again until 20") && note.ends_with("Z (--timeout)\n"),
        "{note}"
    );
    let id = child.id().to_string();
    assert!(Command::new("kill").args(["-INT", &id]).status().unwrap().success());
    let mut rest = String::new();
    stderr.read_to_string(&mut rest).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(output.status.code(), Some(1), "{rest}");
    assert!(!rest.contains("the service does not answer"), "it is told once: {rest}");
    assert!(rest.contains("\nstopped: the service cannot be reached: NoConnection"), "{rest}");
    let document: Value = serde_json::from_slice(&output.stdout).unwrap();
    let totals = &document["totals"];
    assert_eq!((&totals["unknown"], &totals["unattempted"]), (&3.into(), &2.into()), "{document}");
}

/// It ended with 3, or with 4, and the help says 1; or with 5, when it went before the points had
/// been looked at.
#[test]
fn a_service_that_is_killed_is_1_whatever_became_of_the_points() {
    for (points, requests, unattempted) in [(5, 7, 2), (1, 6, 0), (5, 3, 5), (5, 4, 5)] {
        let service = Service::start_until(points, requests);
        let mut command = service.sexton(&ALONE);
        let (code, stdout, stderr) =
            run(command.args(["--timeout", "1s"]).args((0..points).map(arn)));
        assert_eq!(code, 1, "{stderr}");
        assert!(stderr.contains("\nstopped: the service cannot be reached: "), "{stderr}");
        let document: Value = serde_json::from_str(&stdout).unwrap();
        assert_eq!(document["totals"]["unattempted"], unattempted, "{document}");
    }
}
