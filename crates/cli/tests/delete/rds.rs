//! `sexton delete` and `sexton list` of backup sets, against a small RDS that lies where a test
//! tells it to.

use std::collections::{BTreeMap, BTreeSet};
use std::process::Command;
use std::sync::{Arc, Mutex};

use serde_json::{Value, json};
use sexton_wire::apsara::Parameters;

use crate::vault::{run, run_with_input, sexton};
use crate::web::{self, Reply, Request};

pub(crate) const INSTANCE: &str = "rm-uf6wjk5xxxxxxx";
const OTHER: &str = "rm-other";

/// In what a service is not to be believed.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum Lie {
    #[default]
    None,
    /// Pages lack their last set.
    Cut,
    /// Sets are those of another instance.
    Foreign,
    /// A second page is told to be the first.
    Repeats,
    /// There is one more at every request.
    Grows,
    /// Nothing is shown, of no instance that answers.
    Empty,
    /// All sets are shown, whichever is asked for.
    Unfiltered,
    /// A set is found by no id, and none is deleted.
    Pretends,
}

#[derive(Debug, Default)]
pub(crate) struct Rds {
    pub(crate) instances: BTreeMap<String, BTreeMap<u64, bool>>,
    /// Sets that are shown as deletable, and are refused.
    poisoned: BTreeSet<u64>,
    pub(crate) lie: Lie,
    /// How many deletions fail after they were done, and how many before.
    lost_after: usize,
    lost_before: usize,
    throttled: usize,
    /// What every error says.
    pub(crate) words: &'static str,
    /// What every set is shown as.
    pub(crate) status: &'static str,
    /// The region that every instance is told to be in.
    pub(crate) region: Option<&'static str>,
    /// How every request is refused.
    pub(crate) refuses: Option<&'static str>,
    log: Vec<(String, Parameters)>,
    nonces: BTreeSet<String>,
    signatures: BTreeSet<&'static str>,
}

#[derive(Debug, Clone)]
pub(crate) struct Service {
    endpoint: String,
    pub(crate) rds: Arc<Mutex<Rds>>,
}

fn error(status: u16, code: &str, words: &str) -> (u16, Value) {
    (status, json!({"RequestId": "AB-1", "HostId": "h", "Code": code, "Message": words}))
}

pub(crate) fn id(number: usize) -> String {
    (324_909_000 + number).to_string()
}

pub(crate) fn ids(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| id(number) + "\n").collect()
}

impl Service {
    /// An instance with so many sets, and another with one.
    pub(crate) fn start(sets: usize) -> Self {
        let number = |it: usize| id(it).parse().unwrap();
        let sets = (0..sets).map(|it| (number(it), true)).collect();
        let other = [(number(5000), true)].into();
        let instances = [(INSTANCE.to_owned(), sets), (OTHER.to_owned(), other)].into();
        let rds = Rds { instances, words: "as told.", status: "Success", ..Rds::default() };
        let rds = Arc::new(Mutex::new(rds));
        let shared = Arc::clone(&rds);
        let endpoint = web::serve(move |request| shared.lock().unwrap().answer(request));
        Self { endpoint, rds }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Rds)) -> &Self {
        change(&mut self.rds.lock().unwrap());
        self
    }

    pub(crate) fn asked(&self, action: &str) -> Vec<Parameters> {
        let rds = self.rds.lock().unwrap();
        rds.log.iter().filter(|(it, _)| it == action).map(|(_, asked)| asked.clone()).collect()
    }

    pub(crate) fn command(&self, command: &str, arguments: &[&str]) -> Command {
        let mut command = sexton(&[command, "--endpoint-url", &self.endpoint]);
        command.args(arguments);
        command
            .env("ALIBABA_CLOUD_ACCESS_KEY_ID", "test")
            .env("ALIBABA_CLOUD_ACCESS_KEY_SECRET", "hunter2")
            .env("ALIBABA_CLOUD_REGION_ID", "cn-hangzhou");
        command
    }

    pub(crate) fn delete(&self, arguments: &[&str]) -> Command {
        let mut command = self.command("delete", &["--instance", INSTANCE]);
        command.args(arguments);
        command
    }
}

impl Rds {
    fn answer(&mut self, request: &Request) -> Reply {
        let query = request.target.split_once('?').map_or("", |(_, query)| query);
        let asked = Parameters::parse(query, request.body.as_bytes()).unwrap();
        let is_v3 =
            request.header("authorization").starts_with("ACS3-HMAC-SHA256 Credential=test,");
        let given = |name: &str| asked.get(name).unwrap_or("").to_owned();
        let (action, nonce) = if is_v3 {
            (request.header("x-acs-action"), request.header("x-acs-signature-nonce"))
        } else {
            (asked.get("Action").unwrap(), asked.get("SignatureNonce").unwrap())
        };
        assert!(self.nonces.insert(nonce.to_owned()), "{nonce} came twice");
        let (action, instance) = (action.to_owned(), given("DBInstanceId"));
        // Of another service, which is always asked so.
        if action != "GetCallerIdentity" {
            self.signatures.insert(if is_v3 { "v3" } else { "v1" });
        }
        self.log.push((action.clone(), asked.clone()));
        if self.throttled > 0 {
            self.throttled -= 1;
            let (status, body) = error(400, "Throttling.User", self.words);
            return (status, None, body.to_string());
        }
        if let Some(code) = self.refuses {
            let (status, body) = error(400, code, self.words);
            return (status, None, body.to_string());
        }
        let (status, body) = match action.as_str() {
            "DescribeBackups" => self.describe(&instance, &asked),
            "DescribeBackupPolicy" => (
                200,
                json!({
                    "RequestId": "AB-2", "BackupRetentionPeriod": 30, "EnableBackupLog": "1",
                    "LogBackupRetentionPeriod": 7,
                }),
            ),
            "DescribeDBInstanceAttribute" => self.attribute(&instance),
            "DescribeDBInstances" => {
                let region = self.region;
                let one = |id: &String| json!({"DBInstanceId": id, "RegionId": region});
                let all: Vec<Value> = self.instances.keys().map(one).collect();
                (
                    200,
                    json!({
                        "RequestId": "AB-3", "PageNumber": 1, "PageRecordCount": all.len(),
                        "TotalRecordCount": all.len(), "Items": {"DBInstance": all},
                    }),
                )
            }
            "DeleteBackup" => self.delete(&instance, &given("BackupId")),
            _ => error(404, "InvalidApi.NotFound", self.words),
        };
        (status, None, body.to_string())
    }

    fn attribute(&self, instance: &str) -> (u16, Value) {
        if self.lie == Lie::Empty || !self.instances.contains_key(instance) {
            return error(404, "InvalidDBInstanceId.NotFound", self.words);
        }
        let told = json!({
            "DBInstanceId": instance, "Engine": "MySQL", "Category": "HighAvailability",
            "DBInstanceType": "Primary", "DBInstanceStatus": "Running", "LockMode": "Unlock",
            "RegionId": self.region,
        });
        (200, json!({"RequestId": "AB-4", "Items": {"DBInstanceAttribute": [told]}}))
    }

    fn describe(&mut self, instance: &str, asked: &Parameters) -> (u16, Value) {
        let Some(sets) = self.instances.get_mut(instance) else {
            return error(404, "InvalidDBInstanceName.NotFound", self.words);
        };
        let number = |name: &str| asked.get(name).map(|text| text.parse::<usize>().unwrap());
        let (page, size) = (number("PageNumber").unwrap_or(1), number("PageSize").unwrap_or(30));
        if self.lie == Lie::Grows && page > 1 {
            let last = *sets.keys().last().unwrap();
            sets.insert(last + 1, true);
        }
        let wanted = number("BackupId").map(|id| if self.lie == Lie::Pretends { 0 } else { id });
        let is_wanted = |it: &u64| {
            let all = wanted.is_none() || self.lie == Lie::Unfiltered;
            all || wanted.is_some_and(|id| id.to_string() == it.to_string())
        };
        let all: Vec<(u64, bool)> = sets
            .iter()
            .filter(|(id, _)| is_wanted(id) && self.lie != Lie::Empty)
            .map(|(id, deletable)| (*id, *deletable))
            .collect();
        let owner = if self.lie == Lie::Foreign { OTHER } else { instance };
        let ended = jiff::Timestamp::now() - jiff::SignedDuration::from_hours(24);
        let ended = ended.strftime("%Y-%m-%dT%H:%M:%SZ").to_string();
        let status = self.status;
        let item = |(id, deletable): &(u64, bool)| {
            json!({
                "BackupId": id.to_string(), "DBInstanceId": owner, "BackupStatus": status,
                "BackupMode": "Automated", "BackupMethod": "Physical", "BackupSize": 1024,
                "BackupStartTime": "2026-01-01T00:00:00Z", "BackupEndTime": ended,
                "StoreStatus": if *deletable { "Enabled" } else { "Disabled" },
            })
        };
        let mut shown: Vec<Value> =
            all.iter().skip((page - 1) * size).take(size).map(item).collect();
        if self.lie == Lie::Cut {
            shown.pop();
        }
        let page = if self.lie == Lie::Repeats { 1 } else { page };
        (
            200,
            json!({
                "RequestId": "AB-5", "PageNumber": page.to_string(),
                "PageRecordCount": shown.len().to_string(),
                "TotalRecordCount": all.len().to_string(), "Items": {"Backup": shown},
            }),
        )
    }

    fn delete(&mut self, instance: &str, asked: &str) -> (u16, Value) {
        if self.lost_before > 0 {
            self.lost_before -= 1;
            return error(500, "InternalError", self.words);
        }
        let Some(sets) = self.instances.get_mut(instance) else {
            return error(404, "InvalidDBInstanceName.NotFound", self.words);
        };
        let asked: Vec<u64> = asked.split(',').map(|id| id.parse().unwrap()).collect();
        if asked.len() > 100 {
            return error(400, "DeleteBackupSetNumExceed", self.words);
        }
        for id in &asked {
            match sets.get(id) {
                None => return error(404, "InvalidBackupSetID.NotFound", self.words),
                Some(true) if !self.poisoned.contains(id) => {}
                Some(_) => {
                    return error(403, "OperationDenied.BackupSetDeleteNotSupport", self.words);
                }
            }
        }
        sets.retain(|id, _| !asked.contains(id) || self.lie == Lie::Pretends);
        if self.lost_after > 0 {
            self.lost_after -= 1;
            return error(503, "ServiceUnavailable", self.words);
        }
        (200, json!({"RequestId": "AB-6"}))
    }
}

#[test]
fn backup_sets_are_deleted_a_hundred_at_a_time_and_proven_gone() {
    for signature in ["v3", "v1"] {
        let service = Service::start(250);
        let mut command = service.delete(&["-y", "--signature", signature, "-"]);
        let input = ids(0..101) + &ids(0..1);
        let (code, stdout, stderr) = run_with_input(&mut command, &input);
        assert_eq!(code, 0, "{stderr}");
        assert_eq!(stdout.lines().count(), 101);
        assert!(stdout.contains(&format!("gone\t{}\tproven gone\n", id(0))), "{stdout}");
        for part in [
            "about to delete 101 backup sets (1 duplicate dropped)",
            "service   ApsaraDB RDS",
            "instance  rm-uf6wjk5xxxxxxx, which holds about 250",
            "region    cn-hangzhou",
        ] {
            assert!(stderr.contains(part), "{part}: {stderr}");
        }
        assert!(!stderr.contains("hunter2") && !stdout.contains("hunter2"));
        assert_eq!(service.asked("DeleteBackup").len(), 2);
        service.set(|rds| {
            assert_eq!(rds.instances[INSTANCE].len(), 149);
            assert_eq!(rds.signatures, [signature].into());
        });
    }
}

#[test]
fn what_stays_is_told_with_its_reason_before_anybody_asks_and_is_not_asked_for() {
    let service = Service::start(100);
    service.set(|rds| {
        let sets = rds.instances.get_mut(INSTANCE).unwrap();
        sets.insert(id(42).parse().unwrap(), false);
    });
    let mut command = service.delete(&["-y", "-o", "ndjson", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &ids(0..100));
    assert_eq!(code, 3, "{stderr}");
    let refused = stdout.lines().find(|line| line.contains(&id(42))).unwrap();
    let refused: Value = serde_json::from_str(refused).unwrap();
    assert_eq!(
        (&refused["outcome"], &refused["obstacle"]),
        (&json!("refused"), &json!("too_young"))
    );
    assert_eq!((&refused["code"], &refused["arn"]), (&json!("NotDeletable"), &Value::Null));
    let message = refused["message"].as_str().unwrap();
    assert!(message.starts_with("too young: deletable from 20"), "{message}");
    assert!(refused["way_out"].as_str().unwrap().contains("ModifyBackupPolicy"));
    assert!(stderr.contains("1 will stay: too young: deletable from 20"), "{stderr}");
    let asked = service.asked("DeleteBackup");
    assert_eq!(asked.len(), 1);
    let named: Vec<&str> = asked[0].get("BackupId").unwrap().split(',').collect();
    assert!(named.len() == 99 && !named.contains(&&*id(42)));
    let (code, stdout, _) = run(&mut service.delete(&["-n", &id(42), &id(7)]));
    assert_eq!(code, 4, "{stdout}");
    assert!(stdout.contains("dry-run\twould_be_refused\t324909042\tnow Success: too young"));
}

#[test]
fn one_bad_id_never_keeps_the_ninety_nine_others() {
    let service = Service::start(100);
    service.set(|rds| {
        rds.poisoned.insert(id(63).parse().unwrap());
    });
    let mut command = service.delete(&["-y", "-o", "json", "-"]);
    let (code, stdout, stderr) = run_with_input(&mut command, &ids(0..100));
    assert_eq!(code, 3, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(
        (&document["totals"]["gone"], &document["totals"]["refused"]),
        (&json!(99), &json!(1))
    );
    assert_eq!((&document["instance"], &document["vault"]), (&json!(INSTANCE), &Value::Null));
    let item = &document["items"][63];
    assert_eq!((&item["id"], &item["obstacle"]), (&json!(id(63)), &json!("not_deletable")));
    assert_eq!(item["code"], "OperationDenied.BackupSetDeleteNotSupport");
    assert_eq!(item["request_id"], "AB-1");
    assert!(service.asked("DeleteBackup").len() <= 16);
}

#[test]
fn a_deletion_without_an_answer_is_settled_by_a_look() {
    for (after, before, deletions) in [(1, 0, 1), (0, 1, 2)] {
        let service = Service::start(3);
        service.set(|rds| (rds.lost_after, rds.lost_before) = (after, before));
        let (code, stdout, stderr) = run(&mut service.delete(&["-y", &id(0), &id(1), &id(2)]));
        assert_eq!(code, 0, "{stdout}{stderr}");
        assert_eq!(service.asked("DeleteBackup").len(), deletions, "{after} {before}");
    }
}

#[test]
fn a_service_that_throttles_is_asked_more_slowly_and_with_new_nonces() {
    let service = Service::start(2);
    service.set(|rds| rds.throttled = 3);
    let (code, _, stderr) = run(&mut service.delete(&["-y", &id(0), &id(1)]));
    assert_eq!(code, 0, "{stderr}");
}

#[test]
fn a_set_of_another_instance_is_elsewhere_and_one_of_none_absent() {
    let service = Service::start(3);
    let folder = tempfile::tempdir().unwrap();
    let report = folder.path().join("before.json");
    let report = report.to_str().unwrap();
    let arguments = ["-y", "--report", report, &*id(0), &*id(5000), &*id(9)];
    let (code, stdout, stderr) = run(&mut service.delete(&arguments));
    assert_eq!(code, 4, "{stderr}");
    assert!(stdout.contains("elsewhere\t324914000\tin instance rm-other, where it is Success"));
    assert!(stdout.contains("absent\t324909009\tin no instance that can be read"), "{stdout}");
    assert!(stderr.contains("--instance and the instance that has it"), "{stderr}");
    let (code, stdout, _) = run(&mut service.delete(&["-y", &id(0)]));
    assert_eq!((code, stdout.starts_with("absent\t")), (4, true), "{stdout}");
    let again = ["-y", "--after", report, "-o", "json", &*id(0)];
    let (code, stdout, stderr) = run(&mut service.delete(&again));
    assert_eq!(code, 0, "{stderr}");
    let document: Value = serde_json::from_str(&stdout).unwrap();
    assert_eq!(document["totals"]["already_gone"], 1);
    let mut other = service.command("delete", &["-y", "--instance", OTHER, "--after", report]);
    let (code, _, stderr) = run(other.arg(id(0)));
    assert!(code == 2 && stderr.contains("it is of instance rm-uf6wjk5xxxxxxx"), "{stderr}");
}

#[test]
fn a_missing_instance_is_told_and_nothing_is_deleted() {
    let service = Service::start(1);
    let mut command = service.command("delete", &["-y", "--instance", "rm-none", &id(0)]);
    let (code, stdout, stderr) = run(&mut command);
    assert_eq!((code, &*stdout), (5, ""), "{stderr}");
    assert!(stderr.contains("DescribeDetachedBackups"), "{stderr}");
    assert_eq!(service.asked("DeleteBackup").len(), 0);
}

#[test]
fn foreign_words_move_no_cursor() {
    let service = Service::start(2);
    service.set(|rds| {
        rds.words = "no\u{1b}[2J\u{202e}\nfake line";
        rds.poisoned.insert(id(0).parse().unwrap());
    });
    for format in ["text", "table", "json", "ndjson"] {
        let (_, stdout, stderr) = run(&mut service.delete(&["-y", "-o", format, &id(0)]));
        assert!(!stdout.contains(['\u{1b}', '\u{202e}']), "{format}: {stdout:?}");
        assert!(!stderr.contains(['\u{1b}', '\u{202e}']), "{format}: {stderr:?}");
        assert!(!stdout.contains("\nfake") && !stderr.contains("\nfake"), "{format}");
    }
}

#[test]
fn what_cannot_be_meant_is_refused_by_name_before_anything_is_sent() {
    let service = Service::start(1);
    let role = "arn:aws:iam::123456789012:role/r";
    let point = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";
    for (arguments, said) in [
        (&["324909000"][..], "324909000 is a backup set of ApsaraDB RDS, and no instance is named"),
        (&["--service", "apsara-rds", "324909000"], "no instance is named"),
        (&["--instance", INSTANCE, point], "it is no id of a backup set, which is a number"),
        (&["--instance", INSTANCE, "--vault", "v", "1"], "ApsaraDB RDS has no vaults"),
        (&["--instance", INSTANCE, "--service", "fsx", "1"], "--instance rm-uf6wjk5xxxxxxx is of"),
        (&["--instance", INSTANCE, "--role-arn", role, "1"], "--role-arn is of AWS"),
        (&["--vault", "v", "--signature", "v1", point], "--signature is of ApsaraDB RDS"),
        (&["--vault", "v", "324909000"], "give --instance instead of --vault"),
        (&["--instance", "rm/1", "1"], "looks like rm-uf6wjk5xxxxxxx"),
        (&["--instance", INSTANCE, "--profile", "nobody", "1"], "there is no profile \"nobody\""),
        (&["--instance", INSTANCE, "--region", "a/b", "1"], "looks like cn-hangzhou"),
    ] {
        let (code, stdout, stderr) = run(service.command("delete", &["-y"]).args(arguments));
        assert_eq!((code, &*stdout), (2, ""), "{arguments:?}: {stderr}");
        assert!(stderr.contains(said), "{arguments:?}: {stderr}");
    }
    for (arguments, said) in [
        (&["--service", "apsara-rds", "--vault", "v"][..], "ApsaraDB RDS has no vaults"),
        (&["--service", "fsx", "--instance", INSTANCE], "--instance is of ApsaraDB RDS"),
        (&["--signature", "v1"], "--signature is of ApsaraDB RDS"),
        (&["--instance", INSTANCE, "--role-arn", role], "--role-arn is of AWS"),
    ] {
        let (code, _, stderr) = run(&mut service.command("list", arguments));
        assert!(code == 2 && stderr.contains(said), "{arguments:?}: {stderr}");
    }
    let mut command = service.delete(&["-y", "1"]);
    let (code, _, stderr) = run(command.env_remove("ALIBABA_CLOUD_ACCESS_KEY_SECRET"));
    assert!(code == 2 && stderr.contains("has no ALIBABA_CLOUD_ACCESS_KEY_SECRET"), "{stderr}");
    let mut command = service.delete(&["-y", "1"]);
    command.env_remove("ALIBABA_CLOUD_ACCESS_KEY_SECRET");
    let (code, _, stderr) = run(command.env_remove("ALIBABA_CLOUD_ACCESS_KEY_ID"));
    assert!(code == 2 && stderr.contains("aliyun configure"), "{stderr}");
    assert_eq!(service.rds.lock().unwrap().log.len(), 0);
}

#[test]
fn a_profile_of_alibaba_clouds_own_tools_is_enough() {
    let service = Service::start(1);
    let home = tempfile::tempdir().unwrap();
    let profile = json!({"name": "p", "mode": "AK", "access_key_id": "test",
        "access_key_secret": "hunter2", "region_id": "cn-beijing"});
    std::fs::create_dir(home.path().join(".aliyun")).unwrap();
    let config = json!({"current": "x", "profiles": [profile]}).to_string();
    std::fs::write(home.path().join(".aliyun/config.json"), config).unwrap();
    let mut command = service.delete(&["-y", "--profile", "p", &id(0)]);
    command.env("HOME", home.path()).env_remove("ALIBABA_CLOUD_REGION_ID");
    let (code, _, stderr) = run(&mut command);
    assert_eq!(code, 0, "{stderr}");
    assert!(stderr.contains("region    cn-beijing"), "{stderr}");
}

#[test]
fn a_list_is_read_to_its_end_in_every_format_and_can_be_deleted() {
    let service = Service::start(230);
    service.set(|rds| {
        rds.instances.get_mut(INSTANCE).unwrap().insert(id(7).parse().unwrap(), false);
    });
    let list = |arguments: &[&str]| run(&mut service.command("list", arguments));
    let (code, text, stderr) = list(&["--instance", INSTANCE, "--instance", INSTANCE]);
    assert_eq!((code, text.lines().count()), (0, 230), "{stderr}");
    assert_eq!(text.lines().collect::<BTreeSet<_>>().len(), 230);
    let (code, all, stderr) = list(&["--service", "apsara-rds", "-o", "ndjson"]);
    assert_eq!((code, all.lines().count()), (0, 232), "{stderr}");
    let (code, csv, _) = list(&["--instance", INSTANCE, "-o", "csv", "--limit", "1"]);
    assert_eq!(code, 0);
    let row = "apsara-rds,,cn-hangzhou,,,rm-uf6wjk5xxxxxxx,324909000,rm-uf6wjk5xxxxxxx,Automated,\
               Success,2026-01-01T00:00:00Z,1024,,,{}\n";
    assert!(csv.ends_with(row), "{csv}");
    let (code, json, _) = list(&["--instance", INSTANCE, "-o", "json"]);
    let document: Value = serde_json::from_str(&json).unwrap();
    assert_eq!((code, &document["whole"]), (0, &json!(true)));
    assert_eq!(document["items"][7]["protected_by"], json!(["store_status"]));
    assert_eq!(document["items"][0]["instance"], INSTANCE);
    for (filter, count) in [
        (&["--resource", "rm-other"][..], 1),
        (&["--type", "automated"], 231),
        (&["--type", "manual"], 0),
        (&["--state", "success", "--larger-than", "1kB"], 231),
        (&["--newer-than", "1h"], 0),
        (&["--untagged"], 231),
        (&["--tag", "a=b"], 0),
    ] {
        let (code, found, _) =
            run(service.command("list", &["--service", "apsara-rds"]).args(filter));
        assert_eq!((code, found.lines().count()), (0, count), "{filter:?}");
    }
    let (code, _, stderr) = run_with_input(&mut service.delete(&["-y", "-"]), &json);
    assert_eq!(code, 3, "{stderr}");
    assert!(stderr.contains("229 deleted and proven gone, 1 refused"), "{stderr}");
}
