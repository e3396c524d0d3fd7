//! `sexton list`, and what `sexton delete` makes of its output.

use std::io::{BufRead as _, BufReader, Read as _};
use std::process::Command;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sexton_wire::aws::percent::decode;

use crate::vault::{arn, outcome, run, run_with_input, sexton};
use crate::web::{self, Reply, Request};

/// Points on a page.
const PAGE: usize = 10;

/// What the service holds, and how it breaks.
#[derive(Debug, Clone, Default)]
struct Stocks {
    /// Vaults, and how many points each has.
    vaults: Vec<(&'static str, usize)>,
    /// The page that is refused.
    breaks_at: Option<usize>,
    locked: bool,
    /// Every point is one of this account, if it is said.
    account: Option<&'static str>,
    /// Something foreign to say everywhere.
    evil: &'static str,
}

#[derive(Debug, Clone)]
struct Served {
    endpoint: String,
    targets: Arc<Mutex<Vec<String>>>,
}

impl Served {
    fn list(&self, arguments: &[&str]) -> Command {
        let mut command = sexton(&["list", "--endpoint-url", &self.endpoint]);
        command.args(arguments);
        command
    }

    fn count(&self, part: &str) -> usize {
        self.targets.lock().unwrap().iter().filter(|target| target.contains(part)).count()
    }
}

fn serve(stocks: Stocks) -> Served {
    let targets = Arc::new(Mutex::new(Vec::new()));
    let (log, pages) = (Arc::clone(&targets), AtomicUsize::new(0));
    let endpoint = web::serve(move |request| {
        log.lock().unwrap().push(request.target.clone());
        answer(&stocks, &pages, request)
    });
    Served { endpoint, targets }
}

fn answer(stocks: &Stocks, pages: &AtomicUsize, request: &Request) -> Reply {
    let (path, query) = request.target.split_once('?').unwrap_or((&request.target, ""));
    let segments: Vec<_> = path.split('/').skip(1).map(|it| decode(it).unwrap()).collect();
    let segments: Vec<&str> = segments.iter().map(|it| &**it).filter(|it| !it.is_empty()).collect();
    let vault = |name: &str| stocks.vaults.iter().find(|(it, _)| *it == name).map(|it| it.1);
    let facts = |name: &str| {
        json!({
            "BackupVaultName": name, "Locked": stocks.locked,
            "BackupVaultArn": format!("arn:aws:backup:us-east-1:123456789012:backup-vault:{name}"),
        })
    };
    match &segments[..] {
        ["backup-vaults"] => {
            let vaults: Vec<Value> = stocks.vaults.iter().map(|(name, _)| facts(name)).collect();
            (200, None, json!({ "BackupVaultList": vaults }).to_string())
        }
        ["backup-vaults", name] if vault(name).is_some() => (200, None, facts(name).to_string()),
        ["backup-vaults", name, "recovery-points"] if vault(name).is_some() => {
            if stocks.breaks_at == Some(pages.fetch_add(1, Ordering::Relaxed)) {
                let said = json!({ "Message": format!("not any more {}", stocks.evil) });
                return (403, Some("AccessDeniedException"), said.to_string());
            }
            let token = query.split('&').find_map(|it| it.strip_prefix("nextToken="));
            let first: usize = token.map_or(0, |token| token.parse().unwrap());
            let end = (first + PAGE).min(vault(name).unwrap());
            let points: Vec<Value> =
                (first..end).map(|number| point(stocks, name, number)).collect();
            let mut reply = json!({ "RecoveryPoints": points });
            if end < vault(name).unwrap() {
                reply["NextToken"] = end.to_string().into();
            }
            (200, None, reply.to_string())
        }
        ["tags", arn] if arn.ends_with('7') => {
            (400, Some("InvalidParameterValueException"), json!({"Message": "no"}).to_string())
        }
        ["tags", arn] => {
            let tags = if arn.ends_with('3') { json!({"team": "a"}) } else { json!({}) };
            (200, None, json!({ "Tags": tags }).to_string())
        }
        _ => {
            let said = json!({ "Message": "Cannot find it", "Code": "ERROR_1" }).to_string();
            (400, Some("ResourceNotFoundException"), said)
        }
    }
}

/// Point `number` of a vault, made so many days after the beginning of 2024. Every fifth has no
/// size.
fn point(stocks: &Stocks, vault: &str, number: usize) -> Value {
    let mut point = json!({
        "RecoveryPointArn": arn(number), "BackupVaultName": vault,
        "Status": format!("COMPLETED{}", stocks.evil),
        "ResourceType": format!("EBS{}", stocks.evil),
        "ResourceArn": format!("arn:aws:ec2:us-east-1:1:volume/vol-{number}{}", stocks.evil),
        "CreationDate": 1_704_067_200 + 86_400 * number,
        "CalculatedLifecycle": {"DeleteAt": 2_000_000_000},
    });
    if !number.is_multiple_of(5) {
        point["BackupSizeInBytes"] = ((1_u64 << 20) * u64::try_from(number).unwrap()).into();
    }
    if number == 1 {
        point["ParentRecoveryPointArn"] = "arn:aws:backup:r:1:recovery-point:p".into();
    }
    if let Some(account) = stocks.account {
        point["RecoveryPointArn"] = arn(number).replace("123456789012", account).into();
    }
    point
}

fn two_vaults() -> Stocks {
    Stocks { vaults: vec![("nightly", 25), ("weekly", 5)], ..Stocks::default() }
}

#[test]
fn every_vault_is_listed_to_its_end_and_the_ids_alone_go_into_a_pipe() {
    let served = serve(two_vaults());
    let (code, stdout, stderr) = run(&mut served.list(&[]));
    assert_eq!((code, &*stderr), (0, ""));
    let expected: String = (0..25).chain(0..5).map(|number| arn(number) + "\n").collect();
    assert_eq!(stdout, expected);
    let (code, stdout, _) = run(&mut served.list(&["--vault", "weekly", "--limit", "3"]));
    assert_eq!((code, stdout.lines().count()), (0, 3));
}

/// Its backups stood twice in the list, and in its totals.
/// They were listed as those of the vault's account.
#[test]
fn points_of_another_account_are_no_list() {
    for (account, code) in [("210987654321", 1), ("", 0)] {
        let served = serve(Stocks { account: Some(account), ..two_vaults() });
        for vault in [&[][..], &["--vault", "nightly"]] {
            let (ended, stdout, stderr) = run(&mut served.list(vault));
            assert_eq!(ended, code, "{account}: {stderr}");
            assert!(!stdout.contains("210987654321"), "{stdout}");
            assert_eq!(stderr.contains("a recovery point of another account"), code == 1);
        }
    }
}

#[test]
fn a_vault_that_is_named_twice_is_listed_once() {
    let served = serve(two_vaults());
    let names = ["--vault", "weekly", "--vault", "nightly", "--vault", "weekly"];
    let (code, stdout, stderr) = run(&mut served.list(&names));
    let expected: String = (0..5).chain(0..25).map(|number| arn(number) + "\n").collect();
    assert_eq!((code, stdout), (0, expected), "{stderr}");
}

#[test]
fn what_is_asked_of_the_service_is_no_more_than_the_filter_and_the_filter_decides() {
    let served = serve(two_vaults());
    let arguments = ["--vault", "nightly", "--before", "2024-01-11", "--larger-than", "6MiB"];
    let (code, stdout, stderr) = run(&mut served.list(&arguments));
    assert_eq!(code, 0, "{stderr}");
    let expected: String = [7, 8, 9].map(|number| arn(number) + "\n").concat();
    assert_eq!(stdout, expected);
    // Zero and five: what the service returned beyond that is left out by its age.
    let told = "left out because the service does not tell a size of them, by which to judge: 2";
    assert!(stderr.contains(told), "{stderr}");
    assert_eq!(served.count("createdBefore=2024-01-11T00%3A00%3A01Z"), 3, "{served:?}");
    let quiet = &mut served.list(&arguments);
    assert!(run(quiet.arg("--quiet")).2.contains(told), "what a list lacks is always told");
}

#[test]
fn tags_cost_a_request_only_where_they_are_asked_for() {
    let served = serve(two_vaults());
    run(&mut served.list(&["--vault", "nightly"]));
    assert_eq!(served.count("/tags/"), 0);
    let (code, stdout, stderr) = run(&mut served.list(&["--vault", "nightly", "--tag", "team=a"]));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout, [3, 13, 23].map(|number| arn(number) + "\n").concat());
    assert!(stderr.contains("does not tell tags of them, by which to judge: 2"), "{stderr}");
    assert_eq!(served.count("/tags/"), 25);
}

#[test]
fn one_list_has_one_shape_in_every_format() {
    let served = serve(two_vaults());
    let in_format = |format: &str| {
        let arguments = ["--vault", "weekly", "--output", format, "--sort", "created", "--reverse"];
        let (code, stdout, stderr) = run(&mut served.list(&arguments));
        assert_eq!(code, 0, "{stderr}");
        stdout
    };
    let document: Value = serde_json::from_str(&in_format("json")).unwrap();
    assert_eq!(document["whole"], true);
    assert_eq!(document["totals"]["items"], 5);
    assert_eq!(document["totals"]["bytes"], 10 << 20);
    let expected = json!({
        "service": "aws-backup", "account": "123456789012", "region": "us-east-1",
        "vault": "weekly", "file_system": null, "instance": null, "id": arn(1),
        "source": "arn:aws:ec2:us-east-1:1:volume/vol-1", "type": "EBS", "state": "COMPLETED",
        "created": "2024-01-02T00:00:00Z", "size": 1 << 20, "tags": null,
        "expires": "2033-05-18T03:33:20Z", "protected_by": ["nested"],
    });
    assert_eq!(document["items"][3], expected);

    let ndjson = in_format("ndjson");
    let lines: Vec<Value> = ndjson.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    assert_eq!((&lines[3], lines.len()), (&expected, 6));
    assert_eq!(lines[5]["totals"], document["totals"]);

    let csv = in_format("csv");
    assert!(csv.starts_with("service,account,region,vault,file_system,instance,id,"), "{csv}");
    let row = format!(
        "aws-backup,123456789012,us-east-1,weekly,,,{},arn:aws:ec2:us-east-1:1:volume/vol-1,EBS,\
         COMPLETED,2024-01-02T00:00:00Z,1048576,2033-05-18T03:33:20Z,nested,",
        arn(1)
    );
    assert_eq!(csv.lines().nth(4), Some(&*row));

    let table = in_format("table");
    let expected = "COMPLETED  2024-01-02 00:00  1.00 MiB  EBS   weekly  2033-05-18  nested";
    assert!(table.lines().nth(4).unwrap().starts_with(expected), "{table}");
}

#[test]
fn what_is_listed_is_read_by_delete() {
    let served = serve(Stocks { locked: true, ..two_vaults() });
    let (code, stdout, stderr) = run(&mut served.list(&["--vault", "weekly"]));
    assert_eq!(code, 0, "{stderr}");
    let delete = ["delete", "--endpoint-url", &served.endpoint, "--vault", "weekly", "-y", "-"];
    let (code, _, stderr) = run_with_input(&mut sexton(&delete), &stdout);
    assert_eq!(code, 5, "{stderr}");
    assert!(stderr.contains("the vault weekly is locked"), "{stderr}");
}

/// A shorter list would be taken for a whole one.
#[test]
fn a_list_that_breaks_off_looks_whole_in_no_format_and_is_not_read_by_delete() {
    for format in ["text", "json", "ndjson", "csv", "table"] {
        let served = serve(Stocks { breaks_at: Some(1), ..two_vaults() });
        let (code, stdout, stderr) = run(&mut served.list(&["--output", format]));
        assert_eq!(code, 5, "{format}: {stderr}");
        let told = "error: the list is not whole: vault nightly broke off after 10 backups: \
                    AccessDeniedException: not any more";
        assert!(stderr.contains(told), "{format}: {stderr}");
        match format {
            "json" => assert!(serde_json::from_str::<Value>(&stdout).is_err(), "{stdout}"),
            "ndjson" => {
                let last: Value = serde_json::from_str(stdout.lines().last().unwrap()).unwrap();
                assert_eq!((&last["whole"], &last["after"]), (&json!(false), &json!(10)));
            }
            "table" => {}
            _ => assert!(stdout.ends_with("\nthe-list-is-not-whole\n"), "{stdout}"),
        }
        let delete =
            ["delete", "--endpoint-url", &served.endpoint, "--vault", "nightly", "-y", "-"];
        let (code, _, stderr) = run_with_input(&mut sexton(&delete), &stdout);
        assert_eq!(code, 2, "{format}: {stderr}");
        assert_eq!(served.count("/recovery-points/arn"), 0, "nothing was sent");
    }
}

/// It ended in the middle, or in the middle of a line, and its beginning looked like a whole list.
#[test]
fn a_list_that_is_interrupted_does_not_look_whole() {
    for format in ["text", "ndjson"] {
        let endless = Stocks { vaults: vec![("big", 50_000_000)], ..Stocks::default() };
        let mut command = serve(endless).list(&["--output", format]);
        let mut child = command.spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut text = String::new();
        stdout.read_line(&mut text).unwrap();
        let signal = format!("kill -TERM {}", child.id());
        assert!(Command::new("sh").args(["-c", &signal]).status().unwrap().success());
        stdout.read_to_string(&mut text).unwrap();
        let (code, _, stderr) = outcome(child.wait_with_output().unwrap());
        assert_eq!(code, 130, "{stderr}");
        assert!(stderr.contains("the list is not whole: the reading broke off"), "{stderr}");
        let last = text.lines().last().unwrap();
        match format {
            "text" => assert_eq!(last, "the-list-is-not-whole"),
            _ => assert_eq!(serde_json::from_str::<Value>(last).unwrap()["whole"], false),
        }
    }
}

#[test]
fn a_vault_that_is_not_there_is_no_empty_list() {
    let served = serve(two_vaults());
    let (code, stdout, stderr) = run(&mut served.list(&["--vault", "nightyl", "-o", "json"]));
    assert_eq!((code, &*stdout), (5, ""), "{stderr}");
    assert!(stderr.contains("vault nightyl broke off after 0 backups"), "{stderr}");
}

#[test]
fn what_is_listed_moves_no_cursor() {
    const EVIL: &str = "\u{1b}[2J\r\n\u{202e},\"";
    let served = serve(Stocks { evil: EVIL, breaks_at: Some(2), ..two_vaults() });
    for format in ["text", "json", "ndjson", "csv", "table"] {
        let (_, stdout, stderr) = run(&mut served.list(&["--output", format]));
        for text in [stdout, stderr] {
            let harmful =
                text.chars().find(|it| it.is_control() && *it != '\n' || *it == '\u{202e}');
            assert_eq!(harmful, None, "{format}: {text:?}");
        }
    }
}

#[test]
fn a_reader_that_goes_away_ends_the_list_quietly() {
    let served = serve(Stocks { vaults: vec![("big", 50_000)], ..Stocks::default() });
    let mut child = served.list(&[]).spawn().unwrap();
    let mut first = String::new();
    BufReader::new(child.stdout.take().unwrap()).read_line(&mut first).unwrap();
    let output = child.wait_with_output().unwrap();
    assert_eq!(first, arn(0) + "\n");
    assert_eq!(String::from_utf8(output.stderr).unwrap(), "");
    assert!(output.status.success());
    let pages = served.count("/recovery-points/");
    assert!(pages < 4000, "{pages} of 5000 pages were read for nobody");
}

#[test]
fn words_that_cannot_be_read_are_refused_with_an_example() {
    for (option, word, told) in [
        ("--older-than", "3 months", "90d"),
        ("--before", "31.12.2025", "2026-01-31"),
        ("--larger-than", "10G", "10GiB"),
        ("--tag", "team", "team=storage"),
    ] {
        let (code, _, stderr) = run(&mut sexton(&["list", option, word]));
        assert_eq!(code, 2, "{stderr}");
        assert!(stderr.contains(told), "{stderr}");
    }
}

/// What FSx tells, on two pages.
fn fsx() -> String {
    web::serve(move |request| {
        assert!(request.header("x-amz-target").ends_with(".DescribeBackups"), "{request:?}");
        let backup = |number: u32, kind: &str| {
            json!({
                "BackupId": format!("backup-{number:017x}"), "Type": kind, "Lifecycle": "AVAILABLE",
                "CreationTime": 1_704_067_200, "SizeInBytes": 4096,
                "ResourceARN":
                    format!("arn:aws:fsx:us-east-1:123456789012:backup/backup-{number:017x}"),
                "Tags": [{"Key": "team", "Value": "a"}],
                "FileSystem": {
                    "FileSystemId": "fs-0123456789abcdef0", "FileSystemType": "LUSTRE",
                    "ResourceARN":
                        "arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0",
                },
            })
        };
        let reply = if request.body.contains("NextToken") {
            json!({"Backups": [backup(2, "AWS_BACKUP"), backup(3, "AUTOMATIC")]})
        } else {
            json!({"Backups": [backup(1, "USER_INITIATED")], "NextToken": "more"})
        };
        (200, None, reply.to_string())
    })
}

#[test]
fn the_backups_of_fsx_have_the_same_shape() {
    let endpoint = fsx();
    let list = |arguments: &[&str]| {
        let service = ["list", "--endpoint-url", &endpoint, "--service", "fsx"];
        run(sexton(&service).args(arguments))
    };
    let (code, stdout, stderr) = list(&["--output", "ndjson", "--tag", "team=a"]);
    assert_eq!(code, 0, "{stderr}");
    let lines: Vec<Value> = stdout.lines().map(|it| serde_json::from_str(it).unwrap()).collect();
    let expected = json!({
        "service": "fsx", "account": "123456789012", "region": "us-east-1", "vault": null,
        "file_system": "fs-0123456789abcdef0", "instance": null,
        "id": "backup-00000000000000002",
        "source": "arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0",
        "type": "AWS_BACKUP", "state": "AVAILABLE", "created": "2024-01-01T00:00:00Z",
        "size": 4096, "tags": {"team": "a"}, "expires": null, "protected_by": ["aws_backup"],
    });
    assert_eq!((&lines[1], lines.len()), (&expected, 4));
    let (_, stdout, _) = list(&["--type", "automatic", "--resource", "fs-0123456789abcdef0"]);
    assert_eq!(stdout, "backup-00000000000000003\n");
    let (code, _, stderr) = list(&["--vault", "v"]);
    assert_eq!(code, 2, "{stderr}");
}

/// FSx leaves empty lists out, and tells of some backups no tags at all. All of these counted as
/// untagged.
#[test]
fn a_backup_of_which_the_list_tells_no_tags_is_not_taken_for_untagged() {
    let asked = Arc::new(AtomicUsize::new(0));
    let count = Arc::clone(&asked);
    let backup = |number: u32, tags: Value| {
        let id = format!("backup-{number:017x}");
        let mut backup = json!({
            "BackupId": id, "Type": "USER_INITIATED", "Lifecycle": "AVAILABLE",
            "ResourceARN": format!("arn:aws:fsx:us-east-1:123456789012:backup/{id}"),
        });
        if !tags.is_null() {
            backup["Tags"] = tags;
        }
        backup
    };
    let team = || json!([{"Key": "team", "Value": "a"}]);
    let endpoint = web::serve(move |request| {
        if request.header("x-amz-target").ends_with(".DescribeBackups") {
            let backups = [
                backup(1, Value::Null),
                backup(2, Value::Null),
                backup(3, Value::Null),
                backup(4, json!([])),
                backup(5, team()),
            ];
            return (200, None, json!({ "Backups": backups }).to_string());
        }
        count.fetch_add(1, Ordering::Relaxed);
        let input: Value = serde_json::from_str(&request.body).unwrap();
        let reply = match input["ResourceARN"].as_str().unwrap().chars().last() {
            Some('1') => json!({ "Tags": team() }),
            Some('2') => json!({}),
            _ => {
                let refused = json!({"__type": "ResourceNotFound", "Message": "as told"});
                return (400, None, refused.to_string());
            }
        };
        (200, None, reply.to_string())
    });
    let list = |arguments: &[&str]| {
        let service = ["list", "--endpoint-url", &endpoint, "--service", "fsx"];
        run(sexton(&service).args(arguments))
    };
    let id = |number: u32| format!("backup-{number:017x}\n");
    let (code, stdout, stderr) = list(&["--untagged"]);
    assert_eq!((code, stdout), (0, id(2) + &id(4)), "{stderr}");
    let told = "left out because the service does not tell tags of them, by which to judge: 1";
    assert!(stderr.contains(told), "{stderr}");
    assert_eq!(asked.swap(0, Ordering::Relaxed), 3);
    let (code, stdout, stderr) = list(&["--tag", "team=a"]);
    assert_eq!((code, stdout), (0, id(1) + &id(5)), "{stderr}");
    assert!(stderr.contains(told), "{stderr}");
    assert_eq!(asked.swap(0, Ordering::Relaxed), 3);
    let (code, stdout, _) = list(&[]);
    assert_eq!((code, stdout.lines().count(), asked.load(Ordering::Relaxed)), (0, 5, 0));
}
