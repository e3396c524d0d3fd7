//! A small vault that speaks AWS Backup, and the program that deletes from it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::process::{Child, Command, Output, Stdio};
use std::sync::{Arc, Condvar, Mutex};
use std::time::Duration;

use serde_json::{Value, json};
use sexton_wire::aws::percent::decode;

use crate::web::{self, Reply, Request};

/// What the vault does with a point that is to be deleted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Fate {
    Gone,
    Expired,
    Held,
    Stuck,
    /// Gone before it is asked for, after it was seen.
    Vanished,
}

#[derive(Debug, Default)]
#[expect(clippy::struct_excessive_bools, reason = "each is one thing that nobody may do")]
pub(crate) struct Vault {
    pub(crate) points: BTreeMap<String, (Fate, &'static str)>,
    /// Points of which nothing is told but their state.
    pub(crate) untold: BTreeSet<String>,
    /// Points that are nested, by what each is nested in.
    pub(crate) parents: BTreeMap<String, String>,
    /// What the other vaults of the account hold.
    pub(crate) others: BTreeMap<String, Vec<String>>,
    /// Legal holds, by their ids, with the numbers of the points that each keeps. Nothing: this
    /// service has none.
    pub(crate) holds: Option<BTreeMap<&'static str, Vec<usize>>>,
    /// Nobody may read them.
    pub(crate) holds_hidden: bool,
    /// Its access policy; nothing: this service has none.
    pub(crate) policy: Option<String>,
    /// Nobody may read it.
    pub(crate) policy_hidden: bool,
    /// Who asks, as its STS says; nothing: it serves none.
    pub(crate) asker: Option<&'static str>,
    pub(crate) locked: bool,
    /// Nobody may describe it.
    pub(crate) hidden: bool,
    pub(crate) latency: Duration,
    pub(crate) log: Vec<Request>,
}

type Shared = (Mutex<Vault>, Condvar);

/// A status, the name of an error, and what is said.
type Answer = (u16, Option<&'static str>, Value);

/// A vault called `v` that is served until the test ends.
#[derive(Debug, Clone)]
pub(crate) struct Service {
    pub(crate) endpoint: String,
    vault: Arc<Shared>,
}

pub(crate) fn arn(number: usize) -> String {
    format!("arn:aws:backup:us-east-1:123456789012:recovery-point:{number:06}")
}

impl Service {
    pub(crate) fn start(points: usize, fates: &[(usize, Fate)]) -> Self {
        Self::served(points, fates, |shared| web::serve(move |request| answer(&shared, request)))
    }

    /// One that is killed after it has answered so many requests.
    pub(crate) fn start_until(points: usize, requests: usize) -> Self {
        Self::served(points, &[], |shared| {
            web::serve_until(move |request| {
                let answered = shared.0.lock().unwrap().log.len();
                (answered < requests).then(|| answer(&shared, request))
            })
        })
    }

    fn served(
        points: usize,
        fates: &[(usize, Fate)],
        serve: impl FnOnce(Arc<Shared>) -> String,
    ) -> Self {
        let mut vault = Vault::default();
        for number in 0..points {
            vault.points.insert(arn(number), (Fate::Gone, "COMPLETED"));
        }
        for (number, fate) in fates {
            vault.points.insert(arn(*number), (*fate, "COMPLETED"));
        }
        let vault = Arc::new((Mutex::new(vault), Condvar::new()));
        let endpoint = serve(Arc::clone(&vault));
        Self { endpoint, vault }
    }

    pub(crate) fn set(&self, change: impl FnOnce(&mut Vault)) -> &Self {
        change(&mut self.vault.0.lock().unwrap());
        self
    }

    /// How many requests began so.
    pub(crate) fn count(&self, prefix: &str) -> usize {
        let vault = self.vault.0.lock().unwrap();
        let line = |request: &&Request| format!("{} {}", request.method, request.target);
        vault.log.iter().filter(|it| line(it).starts_with(prefix)).count()
    }

    pub(crate) fn requests(&self) -> Vec<Request> {
        self.vault.0.lock().unwrap().log.clone()
    }

    pub(crate) fn wait_for_requests(&self, count: usize) {
        let vault = self.vault.0.lock().unwrap();
        drop(self.vault.1.wait_while(vault, |vault| vault.log.len() < count).unwrap());
    }

    /// `sexton delete`, as somebody with credentials who is not at a terminal.
    pub(crate) fn sexton(&self, arguments: &[&str]) -> Command {
        let mut command = sexton(&["delete", "--endpoint-url", &self.endpoint]);
        command.args(arguments);
        command
    }
}

fn answer(shared: &Shared, request: &Request) -> Reply {
    let latency = {
        let mut vault = shared.0.lock().unwrap();
        vault.log.push(request.clone());
        shared.1.notify_all();
        vault.latency
    };
    std::thread::sleep(latency);
    let (status, error, reply) = shared.0.lock().unwrap().answer(request);
    // STS speaks XML.
    let body = match reply.as_str() {
        Some(text) => text.to_owned(),
        None if reply.is_null() => String::new(),
        None => reply.to_string(),
    };
    (status, error, body)
}

impl Vault {
    fn answer(&mut self, request: &Request) -> Answer {
        let path = request.target.split('?').next().unwrap();
        let segments: Vec<_> = path.split('/').skip(1).map(|it| decode(it).unwrap()).collect();
        let segments: Vec<&str> = segments.iter().map(|it| &**it).collect();
        match (&*request.method, &segments[..]) {
            ("GET", ["backup-vaults", ""] | ["backup-vaults"]) => (200, None, self.vaults()),
            ("GET", ["backup-vaults", name, rest @ ..]) if self.others.contains_key(*name) => {
                self.other(name, rest)
            }
            (_, ["backup-vaults", name, ..]) if *name != "v" => {
                let message = json!({"Message": "Insufficient privileges to perform this action."});
                (403, Some("AccessDeniedException"), message)
            }
            ("GET", ["backup-vaults", _]) if self.hidden => {
                (403, Some("AccessDeniedException"), json!({"Message": "not authorized"}))
            }
            ("GET", ["backup-vaults", _]) => (200, None, self.facts()),
            ("GET", ["backup-vaults", _, "access-policy"]) if self.policy_hidden => {
                (403, Some("AccessDeniedException"), json!({"Message": "hush\u{202e}hsuh"}))
            }
            ("GET", ["backup-vaults", _, "access-policy"]) if self.policy.is_some() => {
                (200, None, json!({"BackupVaultName": "v", "Policy": self.policy}))
            }
            ("GET", ["backup-vaults", _, "recovery-points"]) => (200, None, self.listing()),
            ("GET", ["backup-vaults", _, "recovery-points", arn]) => self.describe(arn),
            ("DELETE", ["backup-vaults", _, "recovery-points", arn]) => self.delete(arn),
            ("POST", [""]) if request.body.starts_with("Action=GetCallerIdentity&") => {
                match self.asker {
                    Some(arn) => (200, None, identity(arn).into()),
                    None => (404, Some("UnknownOperationException"), json!({})),
                }
            }
            ("GET", ["legal-holds", rest @ ..]) if self.holds.is_some() => self.hold(rest),
            _ => (404, Some("UnknownOperationException"), json!({})),
        }
    }

    fn hold(&self, rest: &[&str]) -> Answer {
        let holds = self.holds.as_ref().unwrap();
        match rest {
            _ if self.holds_hidden => {
                (403, Some("AccessDeniedException"), json!({"Message": "no"}))
            }
            [] | [""] => {
                let hold = |id: &&str| json!({"LegalHoldId": id, "Title": "case 7"});
                let mut holds: Vec<Value> = holds.keys().map(hold).collect();
                holds.push(json!({"LegalHoldId": "over", "Status": "CANCELED"}));
                (200, None, json!({"LegalHolds": holds}))
            }
            [id, "recovery-points"] => {
                let point = |number: &usize| json!({"RecoveryPointArn": arn(*number)});
                let points: Vec<Value> = holds[id].iter().map(point).collect();
                (200, None, json!({"RecoveryPoints": points}))
            }
            _ => (404, Some("UnknownOperationException"), json!({})),
        }
    }

    fn vaults(&self) -> Value {
        let names = self.others.keys().map(String::as_str).chain(["v"]);
        let vaults: Vec<Value> = names.map(|name| json!({"BackupVaultName": name})).collect();
        json!({"BackupVaultList": vaults})
    }

    /// A look into another vault of the account.
    fn other(&self, vault: &str, rest: &[&str]) -> Answer {
        let held = &self.others[vault];
        let point = |arn: &String| {
            let mut point = self.point(arn, (Fate::Gone, "COMPLETED"));
            point["BackupVaultName"] = vault.into();
            point
        };
        match rest {
            [] => {
                let count = held.len();
                (200, None, json!({"BackupVaultName": vault, "NumberOfRecoveryPoints": count}))
            }
            ["recovery-points"] => {
                let points: Vec<Value> = held.iter().map(point).collect();
                (200, None, json!({"RecoveryPoints": points}))
            }
            ["recovery-points", arn] => match held.iter().find(|it| it == arn) {
                Some(arn) => (200, None, point(arn)),
                None => Self::missing(),
            },
            _ => (404, Some("UnknownOperationException"), json!({})),
        }
    }

    fn facts(&self) -> Value {
        json!({
            "BackupVaultName": "v",
            "BackupVaultArn": "arn:aws:backup:us-east-1:123456789012:backup-vault:v",
            "NumberOfRecoveryPoints": self.points.len(),
            "Locked": self.locked,
        })
    }

    fn point(&self, arn: &str, (_, status): (Fate, &str)) -> Value {
        let mut point = json!({"RecoveryPointArn": arn, "BackupVaultName": "v", "Status": status});
        if !self.untold.contains(arn) {
            point["CreationDate"] = 1_700_000_000.5.into();
            (point["BackupSizeInBytes"], point["ResourceType"]) = ((1 << 30).into(), "EBS".into());
        }
        if let Some(parent) = self.parents.get(arn) {
            point["ParentRecoveryPointArn"] = parent.as_str().into();
        }
        if self.parents.values().any(|it| it == arn) {
            point["IsParent"] = true.into();
        }
        if status == "EXPIRED" {
            point["StatusMessage"] = "the role cannot be assumed".into();
        }
        point
    }

    fn listing(&self) -> Value {
        let points: Vec<Value> =
            self.points.iter().map(|(arn, point)| self.point(arn, *point)).collect();
        json!({"RecoveryPoints": points})
    }

    fn missing() -> Answer {
        let body = json!({"Code": "ERROR_2603", "Message": "Cannot find recovery point."});
        (400, Some("ResourceNotFoundException:http://internal.amazon.com/"), body)
    }

    fn describe(&self, arn: &str) -> Answer {
        match self.points.get(arn) {
            Some(point) => (200, None, self.point(arn, *point)),
            None => Self::missing(),
        }
    }

    fn delete(&mut self, arn: &str) -> Answer {
        let nested =
            |(point, parent): (&String, &String)| parent == arn && self.points.contains_key(point);
        if self.parents.iter().any(nested) {
            let text = "The recovery point has nested recovery points";
            return (400, Some("InvalidRequestException"), json!({"Message": text}));
        }
        let Some((fate, status)) = self.points.get_mut(arn) else { return Self::missing() };
        match fate {
            Fate::Gone => {
                self.points.remove(arn);
            }
            Fate::Vanished => {
                self.points.remove(arn);
                return Self::missing();
            }
            Fate::Expired => *status = "EXPIRED",
            Fate::Stuck => *status = "DELETING",
            Fate::Held => {
                let text =
                    "The recovery point cannot be deleted because it has active legal hold(s)";
                return (400, Some("InvalidRequestException"), json!({"Message": text}));
            }
        }
        (200, None, Value::Null)
    }
}

/// How STS tells who asks.
pub(crate) fn identity(arn: &str) -> String {
    let account = arn.split(':').nth(4).unwrap();
    format!(
        "<GetCallerIdentityResponse xmlns=\"https://sts.amazonaws.com/doc/2011-06-15/\">\
         <GetCallerIdentityResult><Arn>{arn}</Arn><UserId>AIDAEXAMPLE</UserId>\
         <Account>{account}</Account></GetCallerIdentityResult></GetCallerIdentityResponse>"
    )
}

pub(crate) fn sexton(arguments: &[&str]) -> Command {
    let mut command = Command::new(env!("CARGO_BIN_EXE_sexton"));
    command
        .args(arguments)
        .env_clear()
        .env("AWS_ACCESS_KEY_ID", "test")
        .env("AWS_SECRET_ACCESS_KEY", "test")
        .env("AWS_REGION", "us-east-1")
        .env("AWS_EC2_METADATA_DISABLED", "true")
        .env("AWS_CONFIG_FILE", "no-such-file")
        .env("AWS_SHARED_CREDENTIALS_FILE", "no-such-file")
        .stdin(Stdio::null())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped());
    command
}

pub(crate) fn run(command: &mut Command) -> (i32, String, String) {
    outcome(command.output().unwrap())
}

pub(crate) fn run_with_input(command: &mut Command, input: &str) -> (i32, String, String) {
    let mut child: Child = command.stdin(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(input.as_bytes()).unwrap();
    outcome(child.wait_with_output().unwrap())
}

pub(crate) fn outcome(output: Output) -> (i32, String, String) {
    let text = |bytes| String::from_utf8(bytes).unwrap();
    (output.status.code().unwrap_or(-1), text(output.stdout), text(output.stderr))
}

pub(crate) fn lines(numbers: std::ops::Range<usize>) -> String {
    numbers.map(|number| arn(number) + "\n").collect()
}
