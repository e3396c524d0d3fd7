//! `sexton delete` of FSx backups, against a small FSx that has an AWS Backup and an STS beside it.

use std::collections::BTreeMap;
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sexton_wire::aws::percent::decode;

use crate::vault::{run, run_with_input, sexton};
use crate::web::{self, Reply, Request};

const SOURCE: &str = "arn:aws:fsx:us-east-1:123456789012:file-system/fs-0123456789abcdef0";

#[derive(Debug, Default)]
pub(crate) struct Fsx {
    pub(crate) backups: BTreeMap<String, Value>,
    /// What deletions of these are refused with.
    refused: BTreeMap<String, Value>,
    /// The recovery points of the file system, and the vaults that keep them.
    pub(crate) points: Vec<(String, &'static str)>,
    /// Nobody may ask AWS Backup.
    points_hidden: bool,
    /// Nobody may describe backups.
    hidden: bool,
    log: Vec<(String, Value)>,
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    endpoint: String,
    fsx: Arc<Mutex<Fsx>>,
}

pub(crate) fn id(number: usize) -> String {
    format!("backup-{number:017x}")
}

pub(crate) fn arn(number: usize) -> String {
    format!("arn:aws:fsx:us-east-1:123456789012:backup/{}", id(number))
}

fn error(name: &str) -> (u16, String) {
    (400, json!({"__type": name, "Message": "as told"}).to_string())
}

impl Service {
    pub(crate) fn start(backups: usize) -> Self {
        let backup = |number: usize| {
            let backup = json!({
                "BackupId": id(number), "ResourceARN": arn(number), "Lifecycle": "AVAILABLE",
                "Type": "USER_INITIATED", "CreationTime": 1_700_000_000.5,
                "FileSystem": {"FileSystemId": "fs-0123456789abcdef0", "ResourceARN": SOURCE},
            });
            (id(number), backup)
        };
        let backups = (0..backups).map(backup).collect();
        let fsx = Arc::new(Mutex::new(Fsx { backups, ..Fsx::default() }));
        let shared = Arc::clone(&fsx);
        let endpoint = web::serve(move |request| shared.lock().unwrap().answer(request));
        Self { endpoint, fsx }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Fsx)) -> &Self {
        change(&mut self.fsx.lock().unwrap());
        self
    }

    pub(crate) fn keep(&self, number: usize) {
        self.set(|fsx| fsx.backups.get_mut(&id(number)).unwrap()["Type"] = "AWS_BACKUP".into());
    }

    fn asked(&self, operation: &str) -> Vec<Value> {
        let fsx = self.fsx.lock().unwrap();
        let of = fsx.log.iter().filter(|(name, _)| name == operation);
        of.map(|(_, input)| input.clone()).collect()
    }

    /// What was asked before the first of these.
    pub(crate) fn asked_before(&self, operation: &str) -> Vec<String> {
        let fsx = self.fsx.lock().unwrap();
        let names = fsx.log.iter().map(|(name, _)| name.clone());
        names.take_while(|name| name != operation).collect()
    }

    fn requests(&self) -> usize {
        self.fsx.lock().unwrap().log.len()
    }

    pub(crate) fn sexton(&self, arguments: &[&str]) -> Command {
        let mut command = sexton(&["delete", "--endpoint-url", &self.endpoint]);
        command.args(arguments);
        command
    }
}

impl Fsx {
    fn answer(&mut self, request: &Request) -> Reply {
        let target = request.header("x-amz-target");
        let Some((_, operation)) = target.split_once("AWSSimbaAPIService_v20180301.") else {
            let (status, body) = self.other(request);
            return (status, None, body);
        };
        let input: Value = serde_json::from_str(&request.body).unwrap();
        self.log.push((operation.to_owned(), input.clone()));
        let (status, body) = match operation {
            "DescribeBackups" if self.hidden => error("AccessDeniedException"),
            "DescribeBackups" => self.describe(&input),
            "DeleteBackup" => self.delete(input["BackupId"].as_str().unwrap()),
            _ => error("UnknownOperationException"),
        };
        (status, None, body)
    }

    /// STS, and the recovery points of a resource.
    fn other(&mut self, request: &Request) -> (u16, String) {
        self.log.push((request.method.clone(), Value::Null));
        if request.body.contains("Action=GetCallerIdentity") {
            let account = "<Account>123456789012</Account>";
            return (
                200,
                format!("<GetCallerIdentityResponse>{account}</GetCallerIdentityResponse>"),
            );
        }
        let target = decode(&request.target).unwrap();
        assert!(target.starts_with(&format!("/resources/{SOURCE}/recovery-points")), "{target}");
        if self.points_hidden {
            return error("AccessDeniedException");
        }
        let point = |(arn, vault): &(String, &str)| {
            let (arn, vault) = (arn.as_str(), *vault);
            json!({"RecoveryPointArn": arn, "BackupVaultName": vault, "Status": "COMPLETED"})
        };
        let points: Vec<Value> = self.points.iter().map(point).collect();
        (200, json!({"RecoveryPoints": points}).to_string())
    }

    fn describe(&self, input: &Value) -> (u16, String) {
        let found: Option<Vec<&Value>> = match input.get("BackupIds").and_then(Value::as_array) {
            Some(ids) => ids.iter().map(|id| self.backups.get(id.as_str().unwrap())).collect(),
            None => Some(self.backups.values().collect()),
        };
        found.map_or_else(
            || error("BackupNotFound"),
            |found| (200, json!({"Backups": found}).to_string()),
        )
    }

    fn delete(&mut self, id: &str) -> (u16, String) {
        if let Some(refused) = self.refused.get(id) {
            return (400, refused.to_string());
        }
        match self.backups.remove(id) {
            Some(_) => (200, json!({"BackupId": id, "Lifecycle": "DELETED"}).to_string()),
            None => error("BackupNotFound"),
        }
    }
}

#[test]
fn backups_of_fsx_are_deleted_and_proven_gone() {
    let service = Service::start(4);
    let (code, stdout, stderr) = run(&mut service.sexton(&["-y", &id(0), &arn(1), &arn(0)]));
    assert_eq!(code, 0, "{stderr}");
    assert_eq!(stdout.lines().count(), 2);
    assert!(stdout.contains(&format!("gone\t{}\tproven gone\n", id(0))), "{stdout}");
    for part in ["1 duplicate dropped", "service   FSx", "account   123456789012", "2 backups"] {
        assert!(stderr.contains(part), "{part}: {stderr}");
    }
    let tokens: Vec<String> = service
        .asked("DeleteBackup")
        .iter()
        .map(|input| input["ClientRequestToken"].as_str().unwrap().to_owned())
        .collect();
    assert!(tokens.len() == 2 && tokens[0] != tokens[1], "{tokens:?}");

    let arguments = ["-y", "--service", "fsx", "--output", "json", &id(2), &id(3)];
    let (code, stdout, stderr) = run(&mut service.sexton(&arguments));
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["service"], "fsx");
    assert_eq!(document["vault"], Value::Null);
    let item = &document["items"][0];
    assert_eq!((&item["id"], &item["outcome"]), (&json!(id(2)), &json!("gone")));
    assert_eq!(item["arn"], arn(2));
}

#[test]
fn what_a_vault_keeps_is_not_asked_for_and_its_vault_is_named() {
    let service = Service::start(3);
    service.keep(1);
    service.set(|fsx| fsx.points = vec![(arn(7), "other"), (arn(1), "nightly")]);
    let (code, stdout, stderr) =
        run(&mut service.sexton(&["-y", "-o", "ndjson", &id(0), &id(1), &id(2)]));
    assert_eq!(code, 3, "{stderr}");
    let refused = stdout.lines().find(|line| line.contains(&id(1))).unwrap();
    let refused: Value = serde_json::from_str(refused).unwrap();
    assert_eq!(refused["outcome"], "refused");
    assert_eq!(refused["obstacle"], "kept_by_vault");
    assert_eq!(refused["message"], "AWS Backup keeps it, in the vault nightly");
    assert!(refused["way_out"].as_str().unwrap().contains("sexton delete --vault"));
    assert!(stderr.contains("1 will stay: AWS Backup keeps it, in the vault nightly"), "{stderr}");
    let asked = service.asked("DeleteBackup");
    assert!(asked.len() == 2 && asked.iter().all(|it| it["BackupId"] != id(1).as_str()));

    service.set(|fsx| fsx.points_hidden = true);
    let (code, stdout, _) = run(&mut service.sexton(&["-n", &id(1)]));
    assert_eq!(code, 0);
    assert!(stdout.contains("would_be_refused") && stdout.contains("could not be read"));
    let command = format!("list-recovery-points-by-resource --resource-arn {SOURCE}");
    assert!(stdout.contains(&command), "{stdout}");
    let (code, _, _) = run(&mut service.sexton(&["-y", &id(1)]));
    assert_eq!((code, service.asked("DeleteBackup").len()), (5, 2));
}

#[test]
fn what_cannot_be_meant_is_refused_before_anything_is_sent() {
    let service = Service::start(1);
    let point = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";
    let elsewhere = "arn:aws:fsx:eu-west-1:123456789012:backup/backup-0123456789abcdef0";
    for (arguments, said) in [
        (&[&*id(0), point][..], "the ids are of two services: backup-00000000000000000 is of FSx"),
        (&["--vault", "v", &id(0)], "leave --vault out to delete it with FSx"),
        (&["--service", "fsx", "--vault", "v", &id(0)], "FSx has no vaults"),
        (&["--service", "fsx", point], "is no id of an FSx backup"),
        (&["--service", "aws-backup", &arn(0)], "give --vault"),
        (&["backup-123"], "argument 1: \"backup-123\" is no id of an FSx backup"),
        (&["backup-0123456789ABCDEF0"], "is no id of an FSx backup"),
        (&[point], "no vault is named"),
        (&[elsewhere], "is in region eu-west-1, and this is us-east-1"),
    ] {
        let (code, stdout, stderr) = run(service.sexton(&["-y"]).args(arguments));
        assert_eq!((code, &*stdout), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said) && stderr.contains("hint: "), "{arguments:?}: {stderr}");
    }
    assert_eq!(service.requests(), 0);
}

#[test]
fn an_arn_of_another_account_is_refused_before_anything_is_deleted() {
    let service = Service::start(1);
    let foreign = "arn:aws:fsx:us-east-1:210987654321:backup/backup-0123456789abcdef0";
    let (code, _, stderr) = run(&mut service.sexton(&["-y", foreign]));
    assert_eq!(code, 2);
    assert!(stderr.contains("belongs to account 210987654321"), "{stderr}");
    assert_eq!(service.asked("DeleteBackup").len(), 0);
}

#[test]
fn a_dry_run_deletes_no_backup() {
    let service = Service::start(2);
    service.set(|fsx| fsx.backups.get_mut(&id(1)).unwrap()["Lifecycle"] = "CREATING".into());
    let (code, stdout, stderr) = run(&mut service.sexton(&["-n", &id(0), &id(1), &id(9)]));
    assert_eq!(code, 4, "{stderr}");
    let expected = format!(
        "dry-run\twould_delete\t{}\tnow AVAILABLE\t2023-11-14T22:13:20.5Z\t-\tUSER_INITIATED\n\
         dry-run\twould_be_refused\t{}\tnow CREATING; wait until the backup is complete, or has \
         failed, then delete again\t2023-11-14T22:13:20.5Z\t-\tUSER_INITIATED\n\
         dry-run\tabsent\t{}\tnot in this region and account; check the id, the account and the \
         region\t-\t-\t-\n",
        id(0),
        id(1),
        id(9)
    );
    assert_eq!(stdout, expected);
    assert!(stderr.ends_with("dry run: 1 of 3 backups would be deleted\n"), "{stderr}");
    assert_eq!(service.asked("DeleteBackup").len(), 0);
}

#[test]
fn a_backup_that_nobody_saw_is_absent_and_one_that_a_report_saw_is_gone() {
    let service = Service::start(1);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("before.json");
    let report = report.to_str().unwrap();
    let (code, _, stderr) = run(&mut service.sexton(&["-y", "--report", report, &id(0)]));
    assert_eq!(code, 0, "{stderr}");
    // The region is empty now: nothing in it tells of the account.
    let (code, stdout, _) = run(&mut service.sexton(&["-y", &id(0)]));
    assert_eq!(code, 4);
    assert!(stdout.starts_with("absent\t"), "{stdout}");
    let (code, _, _) = run(&mut service.sexton(&["-y", "--absent-ok", &id(0)]));
    assert_eq!(code, 0);
    let again = ["-y", "--after", report, "-o", "json", &id(0)];
    let (code, stdout, stderr) = run(&mut service.sexton(&again));
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["totals"]["already_gone"], 1);
    let (code, _, stderr) = run(&mut sexton(&[
        "delete",
        "--endpoint-url",
        &service.endpoint,
        "--region",
        "eu-west-1",
        "-y",
        "--after",
        report,
        &id(0),
    ]));
    assert!(code == 2 && stderr.contains("it is of region us-east-1"), "{stderr}");
    // Our own output is input.
    let text = std::fs::read_to_string(report).unwrap();
    let (code, stdout, stderr) = run_with_input(&mut service.sexton(&["-y", "-"]), &text);
    assert_eq!((code, stdout.lines().count()), (4, 1), "{stderr}");
}

#[test]
fn an_exception_says_what_is_in_the_way_and_what_to_do() {
    let service = Service::start(2);
    let file_system = "fs-0123456789abcdef1";
    let restoring =
        json!({"__type": "BackupRestoring", "FileSystemId": file_system, "Message": "in use"});
    service.set(|fsx| drop(fsx.refused.insert(id(0), restoring)));
    let (code, stdout, stderr) = run(&mut service.sexton(&["-y", "-o", "table", &id(0), &id(1)]));
    assert_eq!(code, 3, "{stderr}");
    for part in [
        &format!("refused: BackupRestoring: in use (file system {file_system})"),
        "way out: wait until the file system that is being made",
        "FSx in us-east-1",
        "deleted and proven gone",
    ] {
        assert!(stdout.contains(part), "{part}: {stdout}");
    }
}

/// A service that says yes and may not be read proves nothing.
#[test]
fn whoever_may_not_describe_backups_proves_nothing() {
    let service = Service::start(1);
    service.set(|fsx| fsx.hidden = true);
    let (code, stdout, stderr) = run(&mut service.sexton(&["-y", &id(0)]));
    assert_eq!(code, 4, "{stderr}");
    assert!(stdout.starts_with("unknown\t"), "{stdout}");
    assert!(stderr.contains("permit fsx:DescribeBackups"), "{stderr}");
    assert_eq!(service.asked("DeleteBackup").len(), 1);
}

#[test]
fn a_service_of_its_own_has_an_address_of_its_own() {
    let service = Service::start(1);
    let mut command = sexton(&["delete", "-y", &id(0)]);
    command.env("AWS_ENDPOINT_URL_BACKUP", "http://127.0.0.1:1");
    let (code, _, stderr) = run(command.env("AWS_ENDPOINT_URL_FSX", &service.endpoint));
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains(&service.endpoint), "{stderr}");
}
