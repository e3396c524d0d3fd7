//! What `sexton delete` and `sexton list` make of an RDS that is not to be believed.

use serde_json::{Value, json};

use crate::rds::{INSTANCE, Lie, Service, id, ids};
use crate::vault::{run, run_with_input};

/// Absence is only believed of a listing that was read whole and is of this instance.
#[test]
fn a_listing_that_lies_proves_nothing() {
    for lie in [Lie::Cut, Lie::Foreign, Lie::Repeats, Lie::Empty] {
        let service = Service::start(150);
        let mut command = service.delete(&["-y", "--timeout", "1s", "-"]);
        // So many that a listing is cheaper than asking for each.
        let input = ids(0..40);
        if lie == Lie::Empty {
            service.set(|rds| rds.lie = lie);
            let (code, stdout, stderr) = run_with_input(&mut command, &input);
            assert_eq!((code, &*stdout), (5, ""), "{stderr}");
            assert_eq!(service.asked("DeleteBackup").len(), 0);
            continue;
        }
        service.set(|rds| rds.lie = lie);
        let (code, stdout, stderr) = run_with_input(&mut command, &input);
        assert_ne!(code, 0, "{lie:?}: {stderr}");
        assert!(!stdout.contains("gone\t") && !stdout.contains("absent\t"), "{lie:?}: {stdout}");
    }
}

/// Each look failed in the same way until the deadline came.
#[test]
fn a_service_that_shows_other_sets_than_the_one_asked_for_is_listed() {
    let service = Service::start(150);
    service.set(|rds| rds.lie = Lie::Unfiltered);
    let (code, stdout, stderr) = run(&mut service.delete(&["-y", &id(0), &id(149)]));
    assert_eq!((code, stdout.matches("gone\t").count()), (0, 2), "{stdout}{stderr}");
    let (code, stdout, stderr) = run(&mut service.delete(&["-y", &id(0)]));
    assert_eq!((code, stdout.starts_with("absent\t")), (4, true), "{stdout}{stderr}");
}

/// A filter that finds nothing was taken for a set that is not there: it was told proven gone.
#[test]
fn what_is_found_by_no_id_and_still_listed_is_not_gone() {
    let service = Service::start(3);
    service.set(|rds| rds.lie = Lie::Pretends);
    let (code, stdout, stderr) = run(&mut service.delete(&["-y", "--timeout", "1s", &id(0)]));
    assert_eq!((code, stdout.starts_with("unknown\t")), (4, true), "{stdout}{stderr}");
    assert_eq!(service.asked("DeleteBackup").len(), 1);
}

/// The preview said that they would be refused, and the run asked for them.
#[test]
fn what_a_dry_run_says_would_be_refused_is_not_asked_for() {
    for (status, said) in [
        ("SomethingNew", "RDS shows it as \\\"SomethingNew\\\", and not as Success or Failed"),
        ("Uploading", "it is still being made"),
    ] {
        let service = Service::start(3);
        service.set(|rds| {
            rds.status = status;
            let sets = rds.instances.get_mut(INSTANCE).unwrap();
            for deletable in sets.values_mut() {
                *deletable = false;
            }
        });
        let (_, stdout, stderr) = run(&mut service.delete(&["-n", "-o", "ndjson", &id(0)]));
        assert!(stdout.contains("would_be_refused") && stdout.contains(said), "{stdout}{stderr}");
        let (code, stdout, stderr) = run(&mut service.delete(&["-y", "-o", "ndjson", &id(0)]));
        assert!(code == 5 && stdout.contains(said), "{code} {stdout}{stderr}");
        let item: Value = serde_json::from_str(stdout.lines().next().unwrap()).unwrap();
        assert_eq!(item["outcome"], json!("refused"), "{item}");
        assert_eq!(service.asked("DeleteBackup").len(), 0, "{status}");
    }
}

/// Only the clock of this machine was blamed, which was right.
#[test]
fn a_server_that_has_lost_its_nonces_says_nothing_against_this_clock() {
    for (words, hint) in [
        ("Specified time stamp or date value is expired.", "set this machine's clock"),
        (
            "Specified time stamp or date value is expired: nonces of its time are not known any \
             more.",
            "it answers again 15 minutes after its start",
        ),
    ] {
        let service = Service::start(1);
        service.set(|rds| (rds.refuses, rds.words) = (Some("InvalidTimeStamp.Expired"), words));
        for mut command in
            [service.command("list", &["--instance", INSTANCE]), service.delete(&["-y", &id(0)])]
        {
            let (code, _, stderr) = run(&mut command);
            assert!(code == 2 && stderr.contains(hint), "{stderr}");
        }
    }
}

#[test]
fn a_list_that_lies_or_changes_is_broken_off() {
    for (lie, said) in [
        (Lie::Cut, "a page of it is cut off"),
        (Lie::Foreign, "it tells of another instance"),
        (Lie::Repeats, "it is not the page that was asked for"),
        (Lie::Grows, "the listing changed while it was read"),
    ] {
        let service = Service::start(150);
        service.set(|rds| rds.lie = lie);
        let (code, stdout, stderr) = run(&mut service.command("list", &["--instance", INSTANCE]));
        assert_ne!(code, 0, "{lie:?}");
        assert!(stderr.contains(said), "{lie:?}: {stderr}");
        assert!(stdout.ends_with("the-list-is-not-whole\n"), "{lie:?}");
    }
}

/// A server answers for a region that it does not serve, and the report of what was deleted had the
/// region that was asked for.
#[test]
fn an_instance_in_another_region_is_refused_before_anything_is_deleted_and_is_not_listed() {
    let service = Service::start(3);
    let said = "rm-uf6wjk5xxxxxxx is in region us-east-1, and cn-hangzhou was asked for";
    service.set(|rds| rds.region = Some("us-east-1"));
    for more in ["-y", "-n"] {
        let (code, stdout, stderr) = run(&mut service.delete(&[more, &id(0)]));
        assert_eq!((code, &*stdout), (2, ""), "{more}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("with --region"), "{stderr}");
    }
    assert_eq!(service.asked("DeleteBackup").len(), 0);
    let (code, stdout, stderr) = run(&mut service.command("list", &["--instance", INSTANCE]));
    assert!(code == 2 && stderr.contains(said), "{code}: {stderr}");
    assert!(!stdout.contains(&id(0)), "{stdout}");
    let (code, _, stderr) = run(&mut service.command("list", &["--service", "apsara-rds"]));
    assert!(code == 2 && stderr.contains("is in region us-east-1"), "{code}: {stderr}");
    for region in [Some("cn-hangzhou"), Some(""), None] {
        service.set(|rds| rds.region = region);
        let (code, _, stderr) = run(&mut service.command("list", &["--instance", INSTANCE]));
        assert_eq!(code, 0, "{region:?}: {stderr}");
    }
    service.set(|rds| rds.region = Some("us-east-1"));
    let there = ["-y", "--region", "us-east-1", &*id(0)];
    let (code, _, stderr) = run(&mut service.delete(&there));
    assert_eq!(code, 0, "{stderr}");
}
