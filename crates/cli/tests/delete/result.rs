//! What a run leaves behind: the table, the report file, and what is documented of them.

use serde_json::Value;

use crate::vault::{Fate, Service, arn, lines, run, run_with_input};

fn held(count: usize) -> Service {
    let fates: Vec<(usize, Fate)> = (0..count).map(|number| (number, Fate::Held)).collect();
    Service::start(count, &fates)
}

/// Forty points that were refused alike took forty rows, with ARNs cut in the middle.
#[test]
fn a_reason_is_told_once_and_no_arn_is_cut() {
    let service = held(15);
    let mut command = service.sexton(&["--vault", "v", "-y", "-o", "table", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..15));
    assert_eq!(code, 5, "{stderr}");
    let reason = "15 refused: InvalidRequestException: The recovery point cannot be deleted \
                  because it has active legal hold(s)\n  way out: cancel the legal holds";
    assert!(stdout.starts_with(reason), "{stdout}");
    assert_eq!(stdout.matches("legal hold(s)").count(), 1, "{stdout}");
    for number in 0..3 {
        assert!(stdout.contains(&format!("\n  {}\n", arn(number))), "{stdout}");
    }
    assert!(stdout.contains("\n  and 12 more: --all shows them\n"), "{stdout}");
    assert!(stdout.ends_with("┘\n"), "the totals are last: {stdout}");

    let mut command = service.sexton(&["--vault", "v", "-y", "--all", "-o", "table", "-"]);
    let (_, stdout, _) = run_with_input(&mut command, &lines(0..15));
    assert!((0..15).all(|number| stdout.contains(&format!("\n  {}\n", arn(number)))), "{stdout}");
}

#[test]
fn the_report_is_written_whole_whatever_is_shown() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("report.json");
    std::fs::write(&file, "what an earlier run left").unwrap();
    let service = held(1);
    for format in ["table", "text", "ndjson"] {
        let arguments = ["--vault", "v", "-y", "-q", "-o", format, "--report"];
        let mut command = service.sexton(&arguments);
        let (code, _, stderr) = run(command.arg(&file).args([arn(0), arn(5)]));
        assert_eq!((code, &*stderr), (3, ""));
        let document: Value = serde_json::from_slice(&std::fs::read(&file).unwrap()).unwrap();
        assert_eq!(document["items"].as_array().unwrap().len(), 2);
        assert_eq!(document["items"][1]["outcome"], "absent");
    }
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1, "nothing else is left");
}

#[test]
fn a_report_that_cannot_be_written_is_1_and_is_found_out_before_anything_is_sent() {
    let service = Service::start(2, &[]);
    let arguments = ["--vault", "v", "-y", "--report", "no-such-folder/x.json", &arn(0)];
    let (code, _, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 1, "{stderr}");
    assert!(stderr.contains("cannot be written to no-such-folder/x.json: No such"), "{stderr}");
    // It named the temporary file as well, which nobody had given.
    assert!(!stderr.contains(".sexton-report"), "{stderr}");
    assert_eq!(service.count(""), 0);
    let arguments = ["--vault", "v", "-y", "--report", "/dev/full", &arn(0)];
    let (code, stdout, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 1, "{stderr}");
    assert!(stdout.starts_with("gone\t") && stderr.contains("No space"), "{stderr}");
}

/// Gathers the names of all members, however deep.
fn members(value: &Value, names: &mut Vec<String>) {
    match value {
        Value::Object(object) => {
            for (name, value) in object {
                names.push(name.clone());
                members(value, names);
            }
        }
        Value::Array(list) => list.iter().for_each(|value| members(value, names)),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {}
    }
}

#[test]
fn every_member_of_the_json_is_documented() {
    let documentation = include_str!("../../../../docs/output.md");
    let service = Service::start(3, &[(1, Fate::Held), (2, Fate::Expired), (3, Fate::Stuck)]);
    service.set(|vault| {
        vault.others.insert("nightly".to_owned(), vec![arn(4)]);
        vault.others.insert("hidden\u{7}".to_owned(), Vec::new());
    });
    let mut names = Vec::new();
    for more in ["--dry-run", "--yes"] {
        let arguments = ["--vault", "v", "-o", "json", "--timeout", "1s", more, "-"];
        let (_, stdout, stderr) = run_with_input(&mut service.sexton(&arguments), &lines(0..6));
        let document: Value = serde_json::from_str(&stdout).unwrap_or_else(|_| panic!("{stderr}"));
        assert_eq!(document["schema"], 1);
        assert_eq!(document["version"], env!("CARGO_PKG_VERSION"));
        assert_eq!(document["region"], "us-east-1");
        assert_eq!(document["account"], "123456789012");
        assert_eq!(document["endpoint"], *service.endpoint);
        let moment = |name: &str| document[name].as_str().unwrap().parse::<jiff::Timestamp>();
        assert!(moment("begun").unwrap() <= moment("ended").unwrap());
        members(&document, &mut names);
    }
    assert!(names.iter().any(|name| name == "unread"), "{names:?}");
    for name in names {
        assert!(documentation.contains(&format!("`{name}`")), "{name} is not documented");
    }
}
