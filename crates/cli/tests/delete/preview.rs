//! What is shown of backups before they are deleted, and what that costs.

use serde_json::{Value, json};

use crate::fsx;
use crate::terminal::at_a_terminal;
use crate::vault::{Fate, Service, arn, lines, run, run_with_input};

#[test]
fn whoever_is_asked_sees_first_what_it_is_about() {
    let service = Service::start(3, &[(1, Fate::Stuck)]);
    service.set(|vault| vault.points.get_mut(&arn(1)).unwrap().1 = "DELETING");
    let command = service.sexton(&["--vault", "v", "-"]);
    let script = json!({"steps": [["Type 4 to delete: ", "no\r"]], "stdin": lines(0..4)});
    let (code, screen) = at_a_terminal(&command, script);
    assert_eq!(code, 5, "{screen}");
    let expected = "  found     3 of 4, 1 not there, 1 being deleted already\r\n  \
                    size      3.00 GiB\r\n  \
                    made      2023-11-14 22:13 UTC\r\n  \
                    types     3 EBS\r\n\
                    This cannot be undone.";
    assert!(screen.contains(expected), "{screen}");
    assert_eq!(service.count("DELETE"), 0);
}

/// Nobody had looked whether one of them goes on, or has others in it.
#[test]
fn whoever_has_said_yes_sees_it_too_and_it_costs_a_page_for_a_thousand_points() {
    let service = Service::start(30, &[]);
    let mut command = service.sexton(&["--vault", "v", "--yes", "--concurrency", "1", "-"]);
    let (code, _, stderr) = run_with_input(&mut command, &lines(0..20));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("  found     20 of 20\n"), "{stderr}");
    let asked = service.requests();
    // The vault, its legal holds and its policy; how many points it holds, and the points.
    let (before, after) = asked.split_at(5);
    assert!(before.iter().all(|it| it.method == "GET"));
    assert!(after.iter().take(20).all(|it| it.method == "DELETE"));
}

/// It was absent: nobody had looked before it went.
#[test]
fn a_point_that_was_seen_before_the_question_and_is_not_there_after_it_has_gone() {
    let service = Service::start(1, &[(0, Fate::Vanished)]);
    let command = service.sexton(&["--vault", "v", &arn(0)]);
    let script = json!({"steps": [["Type 1 to delete: ", "1\r"]]});
    let (code, screen) = at_a_terminal(&command, script);
    assert_eq!(code, 0, "{screen}");
    assert!(screen.contains("│ already gone ┆ 1 "), "{screen}");
}

#[test]
fn a_dry_run_tells_of_each_point_its_size_its_type_and_its_age() {
    let service = Service::start(2, &[]);
    service.set(|vault| vault.untold.extend([arn(1)]));
    let arguments = ["--vault", "v", "-n", "-o", "json", &arn(0), &arn(1), &arn(9)];
    let (code, stdout, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 4, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    let made = "2023-11-14T22:13:20.5Z";
    let expected = [
        json!({
            "arn": arn(0), "forecast": "would_delete", "status": "COMPLETED",
            "type": "EBS", "size": 1 << 30, "created": made,
        }),
        json!({
            "arn": arn(1), "forecast": "would_delete", "status": "COMPLETED",
            "type": null, "size": null, "created": null,
        }),
    ];
    assert_eq!(document["items"].as_array().unwrap()[..2], expected);
    let absent = &document["items"][2];
    assert_eq!((&absent["forecast"], &absent["size"]), (&json!("absent"), &Value::Null));
    let expected = json!({
        "points": 2, "bytes": 1 << 30, "without_size": 1, "oldest": made, "newest": made,
        "without_created": 1, "without_type": 1,
        "types": {"EBS": {
            "points": 1, "bytes": 1 << 30, "without_size": 0, "oldest": made, "newest": made,
            "without_created": 0,
        }},
    });
    assert_eq!(document["found"], expected);
    let told = "  found     2 of 3, 1 not there\n  \
                size      1.00 GiB, 1 not told\n  \
                made      2023-11-14 22:13 UTC, 1 not told\n  \
                types     1 of no type that is told: size not told; made not told\n            \
                1 EBS: size 1.00 GiB; made 2023-11-14 22:13 UTC\n";
    assert!(stderr.contains(told), "{stderr}");
    let (_, stdout, _) = run(&mut service.sexton(&["--vault", "v", "-n", &arn(0), &arn(1)]));
    let line =
        |arn: &str, told: &str| format!("dry-run\twould_delete\t{arn}\tnow COMPLETED\t{told}\n");
    let expected = line(&arn(0), &format!("{made}\t1073741824\tEBS")) + &line(&arn(1), "-\t-\t-");
    assert_eq!(stdout, expected);
}

#[test]
fn of_fsx_all_is_shown_by_what_is_read_anyway() {
    let service = fsx::Service::start(3);
    service.keep(1);
    service.set(|fsx| {
        fsx.points = vec![(fsx::arn(1), "nightly")];
        let backup = fsx.backups.get_mut(&fsx::id(2)).unwrap();
        backup["Lifecycle"] = "CREATING".into();
        backup["SizeInBytes"] = 4096.into();
    });
    let ids = [fsx::id(0), fsx::id(1), fsx::id(2)];
    let (code, _, stderr) = run(service.sexton(&["--yes"]).args(&ids));
    assert_eq!(code, 3, "{stderr}");
    let told = "  found     3 of 3\n  \
                size      4.00 KiB, 2 not told\n  \
                made      2023-11-14 22:13 UTC\n  \
                types     2 USER_INITIATED: size 4.00 KiB, 1 not told; made \
                2023-11-14 22:13 UTC\n            \
                1 AWS_BACKUP: size not told; made 2023-11-14 22:13 UTC\n  \
                kept      1 will stay: AWS Backup keeps it, in the vault nightly\n            \
                1 will stay: it is still being made\n";
    assert!(stderr.contains(told), "{stderr}");
    let before = service.asked_before("DeleteBackup");
    // One to see that the service answers; the look, and a page of the vaults.
    assert_eq!(before, ["DescribeBackups", "DescribeBackups", "DescribeBackups", "GET"]);
}
