//! Continuous recovery points, and composite ones, as `sexton delete` shows and deletes them.

use serde_json::Value;

use crate::vault::{Service, arn, run};

/// Point 1 goes on, and points 3 and 4 are nested in point 2.
fn service() -> Service {
    let service = Service::start(6, &[]);
    service.set(|vault| {
        vault.points.get_mut(&arn(1)).unwrap().1 = "AVAILABLE";
        vault.parents = [3, 4].map(|number| (arn(number), arn(2))).into();
    });
    service
}

fn delete(service: &Service, numbers: &[usize], more: &[&str]) -> (i32, Value, String) {
    let mut command = service.sexton(&["--vault", "v", "-y", "-o", "json"]);
    command.args(more).args(numbers.iter().map(|&number| arn(number)));
    let (code, stdout, stderr) = run(&mut command);
    (code, serde_json::from_str(&stdout).unwrap(), stderr)
}

#[test]
fn a_continuous_point_stays_unless_it_is_meant() {
    let service = service();
    let (code, document, stderr) = delete(&service, &[0, 1], &[]);
    let item = &document["items"][1];
    assert_eq!((code, item["outcome"].as_str()), (3, Some("refused")));
    assert_eq!(item["obstacle"], "continuous");
    let told =
        "  kept      1 will stay: it is a continuous backup: without it, nobody can restore to a";
    assert!(stderr.contains(told), "{stderr}");
    assert!(item["way_out"].as_str().unwrap().starts_with("give --continuous"), "{item}");
    assert_eq!(service.count("DELETE"), 1);
    let (code, document, _) = delete(&service, &[1], &["--continuous"]);
    assert_eq!(code, 0);
    assert_eq!(document["totals"]["gone"], 1);
}

#[test]
fn a_composite_goes_after_what_is_nested_in_it_and_not_without_it() {
    let service = service();
    let (code, document, stderr) = delete(&service, &[2, 3], &["--dry-run"]);
    let forecast = |number: usize| document["items"][number]["forecast"].as_str();
    assert_eq!((code, forecast(0)), (0, Some("would_be_refused")));
    assert_eq!(forecast(1), Some("would_delete"));
    let told = format!("{} is nested in it, and is not among what is to be deleted", arn(4));
    assert!(stderr.contains(&told), "{stderr}");
    let (code, document, _) = delete(&service, &[2, 3, 4], &[]);
    assert_eq!(code, 0, "{document}");
    assert_eq!(document["totals"]["gone"], 3);
    let asked = service.requests();
    let deletions: Vec<&str> =
        asked.iter().filter(|it| it.method == "DELETE").map(|it| &*it.target).collect();
    assert_eq!(deletions.len(), 3, "nobody was refused: {deletions:?}");
    assert!(deletions[2].ends_with("000002"), "{deletions:?}");
    assert!(asked.iter().any(|it| it.target.contains("parentRecoveryPointArn=arn")), "{asked:?}");
}
