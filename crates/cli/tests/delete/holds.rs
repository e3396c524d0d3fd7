//! What legal holds keep is known before the first deletion.

use std::collections::BTreeMap;

use crate::vault::{Fate, Service, arn, lines, run, run_with_input};

/// Two holds over one vault of four points, of which the service would delete every one.
fn held() -> Service {
    let service = Service::start(4, &[]);
    let holds = BTreeMap::from([("h-1", vec![1, 9]), ("h-2", vec![1, 2])]);
    service.set(|vault| vault.holds = Some(holds));
    service
}

#[test]
fn what_a_legal_hold_keeps_is_refused_and_not_asked_for() {
    let service = held();
    let mut command = service.sexton(&["--vault", "v", "--yes", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..4));
    assert_eq!(code, 3, "{stderr}");
    assert_eq!(stdout.matches("gone\tarn:").count(), 2, "{stdout}");
    for (number, hold) in [(1, "h-1"), (2, "h-2")] {
        let told = format!("the legal hold {hold} (\"case 7\") keeps it");
        let line = stdout.lines().find(|line| line.contains(&arn(number))).unwrap();
        assert!(line.starts_with("refused\t") && line.contains(&told), "{line}");
    }
    assert!(stderr.contains("cancel the legal holds"), "{stderr}");
    assert_eq!(service.count("DELETE"), 2, "what is held is not asked for");
    assert_eq!(service.count("GET /legal-holds/over"), 0, "a hold that is over keeps nothing");
}

#[test]
fn a_dry_run_tells_which_points_legal_holds_keep() {
    let service = held();
    let arguments = ["--vault", "v", "-n", &arn(0), &arn(1)];
    let (code, stdout, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 0, "{stderr}");
    assert!(stdout.contains("the legal hold h-1"), "{stdout}{stderr}");
    assert_eq!(service.count("DELETE"), 0);
}

#[test]
fn legal_holds_that_nobody_may_read_are_told_and_what_they_keep_is_refused_by_the_service() {
    let service = Service::start(1, &[(1, Fate::Held)]);
    service.set(|vault| {
        vault.holds = Some(BTreeMap::new());
        vault.holds_hidden = true;
    });
    let mut command = service.sexton(&["--vault", "v", "--yes", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..2));
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("permit backup:ListLegalHolds"), "{stderr}");
    assert!(stdout.contains("gone\tarn:") && stdout.contains("active legal hold(s)"), "{stdout}");
}

#[test]
fn a_service_without_legal_holds_is_not_blamed_for_that() {
    let service = Service::start(1, &[]);
    let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", "--yes", &arn(0)]));
    assert_eq!(code, 0, "{stderr}");
    assert!(!stderr.contains("legal"), "{stderr}");
}
