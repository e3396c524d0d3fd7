//! What the policy of the vault denies, to everybody or to whoever asks, is known before the first
//! deletion.

use std::sync::{Arc, Mutex};

use serde_json::Value;

use crate::vault::{Service, arn, identity, lines, run, run_with_input};
use crate::web;

const ANN: &str = "arn:aws:iam::123456789012:user/ann";
const ROLE: &str = "arn:aws:iam::123456789012:role/night/Sweeper";
const SESSION: &str = "arn:aws:sts::123456789012:assumed-role/Sweeper/sexton";

/// Nobody may delete anything.
const DENIES_ALL: &str = r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Deny",
    "Principal": "*", "Action": "backup:DeleteRecoveryPoint", "Resource": "*"}]}"#;

/// How often who asks was asked for.
const WHO: &str = "POST /";

/// A vault of three points whose policy has this statement about the second one.
fn denying(statement: &str) -> Service {
    let service = Service::start(3, &[]);
    let (rest, of) = (r#""Effect": "Deny", "Action": "backup:DeleteRecoveryPoint""#, arn(1));
    let statement = format!(r#"{{{rest}, "Resource": "{of}", {statement}}}"#);
    let policy = format!(r#"{{"Version": "2012-10-17", "Statement": [{statement}]}}"#);
    service.set(|vault| vault.policy = Some(policy));
    service
}

/// The same, of which its STS says that this one asks.
fn denying_asked_by(statement: &str, asker: &'static str) -> Service {
    let service = denying(statement);
    service.set(|vault| vault.asker = Some(asker));
    service
}

#[test]
fn what_the_policy_of_the_vault_denies_to_everybody_is_refused_and_not_asked_for() {
    let service = denying_asked_by(r#""Principal": {"AWS": "*"}"#, ANN);
    let mut command = service.sexton(&["--vault", "v", "--yes", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..3));
    assert_eq!(code, 3, "{stderr}");
    let told = "the access policy of the vault v denies it to everybody";
    let line = stdout.lines().find(|line| line.contains(&arn(1))).unwrap();
    assert!(line.starts_with("refused\t") && line.contains(told), "{line}");
    assert!(stderr.contains("change the policy"), "{stderr}");
    assert_eq!(service.count("DELETE"), 2, "what is denied is not asked for");
    let (_, stdout, stderr) = run(&mut service.sexton(&["--vault", "v", "-n", &arn(1)]));
    assert!(stdout.contains(told), "{stdout}{stderr}");
    assert_eq!(service.count(WHO), 0, "whoever asks is one of everybody");
}

#[test]
fn what_the_policy_of_the_vault_denies_to_whoever_asks_is_refused_and_not_asked_for() {
    for statement in [
        format!(r#""Principal": {{"AWS": "{ANN}"}}"#),
        r#""NotPrincipal": {"AWS": "arn:aws:iam::123456789012:user/bob"}"#.to_owned(),
        r#""Principal": "*", "Condition": {"StringEquals": {"aws:username": "ann"}}"#.to_owned(),
    ] {
        let service = denying_asked_by(&statement, ANN);
        let mut command = service.sexton(&["--vault", "v", "--yes", "-o", "ndjson", "-"]);
        let (code, stdout, stderr) = run_with_input(&mut command, &lines(0..3));
        assert_eq!(code, 3, "{statement}: {stderr}");
        let line = stdout.lines().find(|line| line.contains(&arn(1))).unwrap();
        let item: Value = serde_json::from_str(line).unwrap();
        assert_eq!(item["outcome"], "refused", "{statement}: {item}");
        assert_eq!(item["code"], "DeniedByVaultPolicy");
        assert_eq!(item["obstacle"], "denied");
        assert_eq!(item["message"], format!("the access policy of the vault v denies it to {ANN}"));
        assert!(item["way_out"].as_str().unwrap().contains("use another identity"), "{item}");
        assert_eq!((service.count("DELETE"), service.count(WHO)), (2, 1), "{statement}");
    }
}

/// Of a point that is not in the vault a dry run said so, and the run itself that it is denied.
#[test]
fn what_is_not_in_the_vault_is_not_there_whatever_its_policy_denies() {
    let service = Service::start(2, &[]);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("report.json");
    let report = report.to_str().unwrap();
    let first = ["--vault", "v", "--yes", "--report", report, &arn(0)];
    let (code, _, stderr) = run(&mut service.sexton(&first));
    assert_eq!(code, 0, "{stderr}");
    service.set(|vault| {
        vault.policy = Some(DENIES_ALL.to_owned());
        vault.others.insert("nightly".to_owned(), vec![arn(7)]);
        vault.log.clear();
    });
    for (more, words) in [
        (
            "-n",
            [
                "dry-run\talready_gone",
                "dry-run\twould_be_refused",
                "dry-run\telsewhere",
                "dry-run\tabsent",
            ],
        ),
        ("-y", ["gone", "refused", "elsewhere", "absent"]),
    ] {
        let points = [0, 1, 7, 9].map(arn);
        let mut command = service.sexton(&["--vault", "v", more, "--after", report]);
        let (code, stdout, stderr) = run(command.args(&points));
        assert_eq!(code, if more == "-n" { 4 } else { 3 }, "{stderr}");
        for (point, word) in points.iter().zip(words) {
            let line = stdout.lines().find(|line| line.contains(point)).unwrap();
            assert!(line.starts_with(&format!("{word}\t")), "{more}: {line}");
        }
    }
    assert_eq!(service.count("DELETE"), 0);
    let looks = service.count("GET /backup-vaults/v/recovery-points/");
    assert_eq!(looks, 2 * 4, "one look at each, as before");
}

#[test]
fn a_dry_run_tells_what_the_policy_of_the_vault_denies_to_whoever_asks() {
    let service = denying_asked_by(&format!(r#""Principal": {{"AWS": "{ANN}"}}"#), ANN);
    for output in ["text", "json", "table"] {
        let arguments = ["--vault", "v", "-n", "-o", output, &arn(0), &arn(1)];
        let (code, stdout, stderr) = run(&mut service.sexton(&arguments));
        assert_eq!(code, 0, "{stderr}");
        let flat: String = stdout.split_whitespace().collect();
        assert!(flat.contains("denies") && flat.contains("user/ann"), "{output}: {stdout}");
    }
    assert_eq!(service.count("DELETE"), 0);
}

#[test]
fn of_a_session_it_is_sure_what_is_denied_to_its_role_if_the_role_was_asked_for() {
    let statement = format!(r#""Principal": {{"AWS": "{ROLE}"}}"#);
    let of_role = "\
        <AssumeRoleResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\"><AssumeRoleResult>\
        <Credentials><AccessKeyId>ASIAROLE</AccessKeyId><SecretAccessKey>x</SecretAccessKey>\
        <SessionToken>t</SessionToken><Expiration>2099-01-01T00:00:00Z</Expiration></Credentials>\
        </AssumeRoleResult></AssumeRoleResponse>";
    for (role, deletions) in [(Some(ROLE), 0), (None, 1)] {
        let service = denying(&statement);
        let asked = Arc::new(Mutex::new(Vec::new()));
        let log = Arc::clone(&asked);
        let endpoint = web::serve(move |request| {
            let action = request.body.split('&').next().unwrap_or_default().to_owned();
            let by = request.header("authorization").contains("Credential=ASIAROLE/");
            log.lock().unwrap().push((action, by));
            let is_identity = request.body.contains("GetCallerIdentity");
            (200, None, if is_identity { identity(SESSION) } else { of_role.to_owned() })
        });
        let mut command = service.sexton(&["--vault", "v", "--yes", &arn(1)]);
        command.env("AWS_ENDPOINT_URL_STS", endpoint);
        if let Some(role) = role {
            command.args(["--role-arn", role]);
        }
        let (code, stdout, stderr) = run(&mut command);
        assert_eq!(code, if deletions == 0 { 5 } else { 0 }, "{role:?}: {stderr}");
        assert_eq!(stdout.contains(SESSION), deletions == 0, "{role:?}: {stdout}");
        assert_eq!((service.count("DELETE"), service.count(WHO)), (deletions, 0), "{role:?}");
        let asked = asked.lock().unwrap();
        let identity = ("Action=GetCallerIdentity".to_owned(), role.is_some());
        let assume = ("Action=AssumeRole".to_owned(), false);
        let wanted = if role.is_some() { vec![assume, identity] } else { vec![identity] };
        assert_eq!(*asked, wanted, "{role:?}: the role is assumed once");
    }
}

/// What a condition asks for, and who else somebody is, only the service knows.
#[test]
fn what_the_policy_of_the_vault_does_not_surely_deny_to_whoever_asks_is_asked_for() {
    let account = r#""Principal": {"AWS": "123456789012"}"#;
    for (statement, by, times) in [
        (format!(r#""Principal": {{"AWS": "{ANN}"}}"#), None, 1),
        (format!(r#""Principal": {{"AWS": "{ANN}"}}"#), Some("no ARN at:all:::"), 1),
        (format!(r#""NotPrincipal": {{"AWS": "{ANN}"}}"#), Some(ANN), 1),
        (account.to_owned(), Some("arn:aws:iam::999999999999:user/ann"), 1),
        (format!(r#""Principal": {{"AWS": "{ROLE}"}}"#), Some(SESSION), 1),
        (
            format!(r#"{account}, "Condition": {{"Bool": {{"aws:SecureTransport": "false"}}}}"#),
            Some(ANN),
            0,
        ),
        (r#""Principal": {"AWS": "999999999999"}"#.to_owned(), Some(ANN), 0),
    ] {
        let service = denying(&statement);
        service.set(|vault| vault.asker = by);
        let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", "--yes", &arn(1)]));
        assert_eq!((code, service.count("DELETE")), (0, 1), "{statement}: {stderr}");
        assert_eq!(service.count(WHO), times, "{statement}: asked at most once, if that helps");
    }
}

#[test]
fn whoever_answers_everything_in_the_same_way_tells_nobody_who_asks() {
    let service = denying(&format!(r#""Principal": {{"AWS": "{ANN}"}}"#));
    for (status, body) in [
        (200, "{}"),
        (200, "<html><body>It works!</body></html>"),
        (200, ""),
        (503, "busy"),
        (403, "<ErrorResponse><Error><Code>AccessDenied</Code></Error></ErrorResponse>"),
        (403, "<ErrorResponse><Error><Code>No\u{9b}2J&#x9b;</Code></Error></ErrorResponse>"),
    ] {
        let (asked, endpoint) = counting(status, body);
        let mut command = service.sexton(&["--vault", "v", "-n", &arn(1)]);
        let (code, stdout, stderr) = run(command.env("AWS_ENDPOINT_URL_STS", endpoint));
        assert_eq!(code, 0, "{body}: {stderr}");
        assert!(stdout.contains("would_delete"), "{body}: {stdout}");
        assert_eq!(*asked.lock().unwrap(), 1, "{body}: it is not asked again");
        let told = "note: STS does not tell who asks (";
        assert_eq!(stderr.matches(told).count(), 1, "{body}: {stderr}");
        assert!(stderr.contains("of the vault v denies to some is refused when"), "{stderr}");
        let is_seen = |letter: char| letter == '\n' || !letter.is_control();
        assert!(stderr.chars().all(is_seen) && stderr.len() < 2_000, "{body}: {stderr}");
    }
}

#[test]
fn what_is_held_and_denied_is_told_with_both_and_waits_for_no_hold() {
    let service = denying(r#""Principal": "*""#);
    service.set(|vault| vault.holds = Some([("h-1", vec![0, 1])].into()));
    let mut command = service.sexton(&["--vault", "v", "--yes", "-o", "json", &arn(0), &arn(1)]);
    let (code, stdout, stderr) = run(&mut command);
    assert_eq!(code, 5, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    let told = |at: usize| {
        let item = &document["items"][at];
        ["obstacle", "message"].map(|name| item[name].as_str().unwrap().to_owned())
    };
    let held = "the legal hold h-1 (\"case 7\") keeps it";
    assert_eq!(told(0), ["legal_hold", held]);
    let denied = "the access policy of the vault v denies it to everybody";
    assert_eq!(told(1), ["denied", &format!("{denied}; and {held}")]);
}

/// Nothing was said, and denials came one by one.
#[test]
fn a_policy_that_nobody_may_read_or_understands_is_told_once() {
    let hidden = "note: the access policy of the vault v could not be read \
                  (AccessDeniedException: hush\\u{202e}hsuh): what it denies is refused when its \
                  deletion is asked for; permit backup:GetBackupVaultAccessPolicy";
    let strange = "note: the access policy of the vault v is not understood: what it denies";
    for (is_hidden, policy, told) in [
        (true, None, hidden),
        (false, Some("{"), strange),
        (false, Some(r#"{"Version": "2012-10-17", "Statement": [{"Effect": "Maybe"}]}"#), strange),
        (false, Some(" "), ""),
        (false, None, ""),
    ] {
        let service = Service::start(1, &[]);
        service.set(|vault| {
            (vault.policy_hidden, vault.policy) = (is_hidden, policy.map(str::to_owned));
        });
        let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", "-n", &arn(0)]));
        assert_eq!(code, 0, "{policy:?}: {stderr}");
        assert!(stderr.contains(told), "{policy:?}: {stderr}");
        let notes = stderr.matches("note: ").count();
        assert_eq!(notes, usize::from(!told.is_empty()), "{policy:?}: {stderr}");
        let (code, _, stderr) = run(&mut service.sexton(&["--vault", "v", "-nq", &arn(0)]));
        assert_eq!((code, &*stderr), (0, ""), "{policy:?}");
    }
}

/// A service that answers so, and how often it was asked.
fn counting(status: u16, body: &'static str) -> (Arc<Mutex<usize>>, String) {
    let asked = Arc::new(Mutex::new(0));
    let count = Arc::clone(&asked);
    let endpoint = web::serve(move |_| {
        *count.lock().unwrap() += 1;
        (status, None, body.to_owned())
    });
    (asked, endpoint)
}
