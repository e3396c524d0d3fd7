//! Deletions of FSx backups, against a service that does what it is told, in paused time.

use std::collections::{BTreeMap, HashMap, VecDeque};
use std::sync::{Arc, Mutex};

use aws_credential_types::Credentials;
use aws_smithy_runtime_api::client::http::{HttpConnector, HttpConnectorFuture};
use aws_smithy_runtime_api::client::orchestrator::{HttpRequest, HttpResponse};
use aws_smithy_runtime_api::client::result::ConnectorError;
use aws_smithy_types::body::SdkBody;
use jiff::Timestamp;
use sexton_core::{Obstacle, Outcome, Verdict};

use super::id::FsxBackupId;
use super::*;
use crate::classify::Class;
use crate::options::Options;
use crate::order::Order;
use crate::report::Report;
use crate::stop::Stop;

/// How one deletion is answered.
#[derive(Debug, Clone)]
enum Answer {
    /// Done, and the reply is lost.
    LostAfter,
    /// Lost on the way there.
    LostBefore,
    /// Said to be done.
    Ignored,
    /// Done, and listed as DELETED from then on.
    Shown,
    /// Refused with this status and document.
    Fail(u16, Value),
    /// A success that says nothing.
    Empty,
}

#[derive(Debug, Default)]
struct State {
    backups: BTreeMap<String, Value>,
    answers: HashMap<String, VecDeque<Answer>>,
    /// The tokens of deletions that were done.
    tokens: HashMap<String, String>,
    log: Vec<(String, Value)>,
    /// Backups on a page.
    page: usize,
    /// Pages lead from one to the next without an end.
    endless: bool,
    /// Whether tokens are remembered.
    forgetful: bool,
}

/// A small FSx.
#[derive(Debug, Clone, Default)]
struct Service(Arc<Mutex<State>>);

fn id(number: usize) -> String {
    format!("backup-{number:017x}")
}

fn backup(number: usize) -> Value {
    json!({
        "BackupId": id(number), "Lifecycle": "AVAILABLE", "Type": "USER_INITIATED",
        "ResourceARN": format!("arn:aws:fsx:us-east-1:123456789012:backup/{}", id(number)),
        "CreationTime": 1_700_000_000.5,
        "FileSystem": {"FileSystemId": "fs-0123456789abcdef0"},
    })
}

fn error(name: &str) -> Value {
    json!({"__type": name, "Message": "as told"})
}

impl Service {
    fn new(backups: usize) -> Self {
        let backups = (0..backups).map(|number| (id(number), backup(number))).collect();
        Self(Arc::new(Mutex::new(State { backups, page: 50, ..State::default() })))
    }

    fn set(self, change: impl FnOnce(&mut State)) -> Self {
        change(&mut self.0.lock().unwrap());
        self
    }

    fn answer(self, number: usize, answers: impl IntoIterator<Item = Answer>) -> Self {
        self.set(|state| drop(state.answers.insert(id(number), answers.into_iter().collect())))
    }

    fn fsx(&self) -> Fsx {
        let credentials = Credentials::new("AKID", "secret", None, None, "test");
        let credentials = SharedCredentialsProvider::new(credentials);
        let connector = SharedHttpConnector::new(self.clone());
        let url = || "http://127.0.0.1:1/".to_owned();
        Fsx::new(connector, credentials, (url(), url()), "us-east-1".into())
    }

    fn provider(&self) -> Arc<FsxBackups> {
        Arc::new(self.fsx().backups(RunId::new(7)))
    }

    /// What was asked of this operation.
    fn asked(&self, operation: &str) -> Vec<Value> {
        let state = self.0.lock().unwrap();
        let of = state.log.iter().filter(|(name, _)| name == operation);
        of.map(|(_, input)| input.clone()).collect()
    }

    fn order(numbers: std::ops::Range<usize>, seen_before: bool) -> Order {
        let ids: Vec<FsxBackupId> = numbers.map(|number| id(number).parse().unwrap()).collect();
        let targets = ids.iter().map(|id| Target::backup(id, None)).collect();
        let mut order = Order::of(targets, None);
        order.saw(|_, _| seen_before);
        order
    }

    async fn run(&self, order: Order) -> Report {
        let (_handle, stop) = Stop::new();
        let options = Options::new(7, || Timestamp::UNIX_EPOCH);
        crate::delete(self.provider(), order, options, &|_| (), stop).await
    }
}

impl State {
    fn answer(&mut self, operation: &str, input: &Value) -> Option<(u16, Value)> {
        self.log.push((operation.to_owned(), input.clone()));
        match operation {
            "DeleteBackup" => self.delete(input),
            "DescribeBackups" => Some(self.describe(input)),
            _ => Some((400, error("UnknownOperationException"))),
        }
    }

    fn delete(&mut self, input: &Value) -> Option<(u16, Value)> {
        let id = input["BackupId"].as_str().unwrap().to_owned();
        let token = input["ClientRequestToken"].as_str().unwrap().to_owned();
        let done = (200, json!({"BackupId": id, "Lifecycle": "DELETED"}));
        let answer = self.answers.get_mut(&id).and_then(VecDeque::pop_front);
        match answer {
            Some(Answer::Fail(status, document)) => return Some((status, document)),
            Some(Answer::LostBefore) => return None,
            Some(Answer::Empty) => return Some((200, json!({}))),
            _ if !self.forgetful && self.tokens.get(&token) == Some(&id) => return Some(done),
            _ => {}
        }
        let Some(backup) = self.backups.get_mut(&id) else {
            return Some((400, error("BackupNotFound")));
        };
        match answer {
            Some(Answer::Ignored) => {}
            Some(Answer::Shown) => backup["Lifecycle"] = "DELETED".into(),
            _ => drop(self.backups.remove(&id)),
        }
        self.tokens.insert(token, id);
        if matches!(answer, Some(Answer::LostAfter)) { None } else { Some(done) }
    }

    fn describe(&self, input: &Value) -> (u16, Value) {
        if let Some(ids) = input.get("BackupIds") {
            assert!(input.get("MaxResults").is_none() && input.get("NextToken").is_none());
            let ids = ids.as_array().unwrap();
            assert!((1..=50).contains(&ids.len()), "{}", ids.len());
            let found = ids.iter().map(|id| self.backups.get(id.as_str().unwrap()).cloned());
            return match found.collect::<Option<Vec<Value>>>() {
                Some(mut found) => {
                    found.reverse();
                    (200, json!({"Backups": found}))
                }
                None => (400, error("BackupNotFound")),
            };
        }
        let after = input.get("NextToken").and_then(Value::as_str).unwrap_or_default();
        let rest: Vec<&Value> = self.backups.range(after.to_owned()..).map(|it| it.1).collect();
        let page: Vec<&Value> = rest.iter().take(self.page).copied().collect();
        let mut reply = json!({"Backups": page});
        if let Some(next) = rest.get(self.page) {
            reply["NextToken"] = next["BackupId"].clone();
        } else if self.endless {
            // Round and round, by way of another token each second time.
            reply["NextToken"] = if after.is_empty() { "z".into() } else { id(0).into() };
        }
        (200, reply)
    }
}

impl HttpConnector for Service {
    fn call(&self, request: HttpRequest) -> HttpConnectorFuture {
        assert_eq!((request.method(), request.uri()), ("POST", "http://127.0.0.1:1/"));
        let header = |name| request.headers().get(name).unwrap();
        let authorization = header("authorization");
        assert!(authorization.contains("/us-east-1/fsx/aws4_request"), "{authorization}");
        assert!(authorization.contains("content-type;host;x-amz-date;x-amz-target"));
        assert_eq!(header("content-type"), "application/x-amz-json-1.1");
        let operation = header("x-amz-target").strip_prefix("AWSSimbaAPIService_v20180301.");
        let input = serde_json::from_slice(request.body().bytes().unwrap()).unwrap();
        let answer = self.0.lock().unwrap().answer(operation.unwrap(), &input);
        HttpConnectorFuture::ready(match answer {
            Some((status, document)) => {
                let body = SdkBody::from(document.to_string());
                Ok(HttpResponse::new(status.try_into().unwrap(), body))
            }
            None => Err(ConnectorError::io("the connection was closed".into())),
        })
    }
}

fn gone(already: bool) -> Outcome {
    Outcome::Gone { at: Some(Timestamp::UNIX_EPOCH), already }
}

fn absent() -> Outcome {
    Outcome::Absent { at: Some(Timestamp::UNIX_EPOCH) }
}

fn outcomes(report: Report) -> Vec<Outcome> {
    report.items.into_iter().map(|item| item.outcome).collect()
}

#[tokio::test(start_paused = true)]
async fn a_deletion_that_got_no_answer_is_repeated_with_its_own_token_and_no_other() {
    let lost = [Answer::LostBefore, Answer::LostAfter, Answer::LostBefore];
    let service = Service::new(2).answer(0, lost);
    let report = service.run(Service::order(0..2, false)).await;
    assert_eq!(outcomes(report), [gone(false), gone(false)]);
    let asked = service.asked("DeleteBackup");
    let tokens = |number: usize| {
        let of = asked.iter().filter(|it| it["BackupId"] == id(number).as_str());
        let tokens: Vec<&str> = of.map(|it| it["ClientRequestToken"].as_str().unwrap()).collect();
        tokens
    };
    let (first, second) = (tokens(0), tokens(1));
    assert_eq!((first.len(), second.len()), (4, 1));
    assert!(first.iter().all(|token| *token == first[0]), "{first:?}");
    assert_ne!(first[0], second[0]);
    assert!(first[0].len() <= 63 && first[0].starts_with("sexton-"), "{}", first[0]);
    // Another run is another deletion.
    assert_ne!(RunId::new(8).token(&id(0)), first[0]);
}

/// A service that forgot the token says that it does not know the backup: the reply that was
/// lost told of our own work, if somebody saw the backup before.
#[tokio::test(start_paused = true)]
async fn not_found_after_a_lost_reply_is_our_own_work_only_if_somebody_saw_the_backup() {
    let service = || Service::new(1).answer(0, [Answer::LostAfter]).set(|it| it.forgetful = true);
    let report = service().run(Service::order(0..2, true)).await;
    assert_eq!(outcomes(report), [gone(false), gone(true)]);
    let report = service().run(Service::order(0..2, false)).await;
    assert_eq!(report.verdict, Verdict::AllAbsent);
    assert_eq!(outcomes(report), [absent(), absent()]);
}

#[tokio::test(start_paused = true)]
async fn each_exception_of_a_deletion_ends_with_its_own_obstacle() {
    let with = |name: &str, member: &str, value: &str| {
        let mut document = error(name);
        document[member] = value.into();
        document
    };
    let kept = json!({"__type": "BadRequest", "Message": "It is kept by AWS Backup."});
    for (document, said, obstacle) in [
        (error("BackupInProgress"), "as told", Obstacle::InUse),
        (
            with("BackupRestoring", "FileSystemId", "fs-0123456789abcdef1"),
            "file system fs-0123456789abcdef1",
            Obstacle::Restoring,
        ),
        (
            with("BackupBeingCopied", "BackupId", "backup-0123456789abcdef1"),
            "backup backup-0123456789abcdef1",
            Obstacle::Copying,
        ),
        (error("BadRequest"), "as told", Obstacle::Invalid),
        (kept, "kept by AWS Backup", Obstacle::KeptByVault),
        (
            with("IncompatibleParameterError", "Parameter", "BackupId"),
            "parameter BackupId",
            Obstacle::Token,
        ),
        (error("AccessDeniedException"), "as told", Obstacle::Forbidden),
    ] {
        let name = document["__type"].as_str().unwrap().to_owned();
        let service = Service::new(1).answer(0, [Answer::Fail(400, document)]);
        let report = service.run(Service::order(0..1, true)).await;
        assert_eq!(report.verdict, Verdict::Refused, "{name}");
        let Outcome::Refused { code, message, obstacle: told, .. } = &report.items[0].outcome
        else {
            panic!("{report:?}")
        };
        assert_eq!((code, *told), (&name, obstacle));
        assert!(message.contains(said), "{message}");
        assert_eq!(service.asked("DeleteBackup").len(), 1, "{name}");
    }
}

#[tokio::test(start_paused = true)]
async fn a_service_that_fails_or_is_busy_is_asked_again() {
    let fails = [
        Answer::Fail(500, error("InternalServerError")),
        Answer::Fail(400, error("ThrottlingException")),
        Answer::Empty,
    ];
    let service = Service::new(1).answer(0, fails);
    let report = service.run(Service::order(0..1, true)).await;
    assert_eq!(outcomes(report), [gone(false)]);
    assert_eq!(service.asked("DeleteBackup").len(), 4);
}

#[tokio::test(start_paused = true)]
async fn credentials_that_are_no_good_stop_the_run() {
    let bad = || Answer::Fail(400, error("UnrecognizedClientException"));
    let service = (0..500).fold(Service::new(500), |it, number| it.answer(number, [bad()]));
    let report = service.run(Service::order(0..500, true)).await;
    assert_eq!(report.verdict, Verdict::Refused);
    assert!(matches!(report.stopped, Some(crate::StopCause::Credentials(_))));
    assert!(service.asked("DeleteBackup").len() <= 64);
}

/// The service deletes before it answers: what it goes on showing will not go.
#[tokio::test(start_paused = true)]
async fn a_backup_that_is_answered_as_deleted_and_still_listed_is_a_failure() {
    for answer in [Answer::Ignored, Answer::Shown] {
        let service = Service::new(2).answer(0, [answer.clone()]);
        let report = service.run(Service::order(0..2, true)).await;
        let Outcome::Expired { reason: Some(reason), obstacle } = &report.items[0].outcome else {
            panic!("{report:?}")
        };
        assert_eq!(*obstacle, Obstacle::StillListed);
        let status = if matches!(answer, Answer::Shown) { "DELETED" } else { "AVAILABLE" };
        assert!(reason.ends_with(status), "{reason}");
        assert_eq!(report.items[1].outcome, gone(false));
        assert_eq!(report.verdict, Verdict::Partial);
    }
}

#[tokio::test(start_paused = true)]
async fn many_are_proven_by_listing_whatever_the_pages_are() {
    for page in [7, 50] {
        let service = Service::new(900).set(|state| state.page = page);
        let report = service.run(Service::order(0..800, false)).await;
        assert_eq!(report.totals.gone, 800);
        let read = service.asked("DescribeBackups");
        assert!(read.iter().all(|it| it.get("BackupIds").is_none()), "{read:?}");
        assert!(read.len() <= 2 * 100_usize.div_ceil(page) + 8, "{}", read.len());
    }
}

/// Its pages were followed a hundred thousand times.
#[tokio::test(start_paused = true)]
async fn a_listing_that_does_not_end_proves_nothing() {
    let service = Service::new(400).set(|state| state.endless = true);
    let report = service.run(Service::order(0..390, true)).await;
    assert_eq!(report.verdict, Verdict::NotProven);
    assert_eq!(report.totals.unknown, 390);
    let Outcome::Unknown { cause, .. } = &report.items[0].outcome else { panic!("{report:?}") };
    assert!(cause.contains("the listing repeats itself"), "{cause}");
}

#[tokio::test(start_paused = true)]
async fn those_that_are_there_are_read_by_fifties_and_one_that_is_missing_hides_no_other() {
    let service = Service::new(120);
    let words = async |numbers| {
        let ((_handle, stop), order) = (Stop::new(), Service::order(numbers, false));
        let (options, provider) = (Options::new(7, || Timestamp::UNIX_EPOCH), service.provider());
        let sights = crate::look_at(&*provider, &order, &options, &|_| (), stop.clone()).await;
        let looked = crate::foretell(&*provider, &order, sights, &options, false, stop).await;
        looked.points.iter().map(|it| it.forecast.word()).collect::<Vec<_>>()
    };
    assert!(words(0..120).await.iter().all(|word| *word == "would_delete"));
    // One to see that the service answers.
    assert_eq!(service.asked("DescribeBackups").len(), 1 + 3);

    let words = words(70..121).await;
    assert!(words[..50].iter().all(|word| *word == "would_delete"), "{words:?}");
    assert_eq!(words[50], "absent");
    assert_eq!(service.asked("DeleteBackup").len(), 0);
}

#[tokio::test(start_paused = true)]
async fn what_a_service_tells_of_another_region_is_no_reading() {
    let service = Service::new(1).set(|state| {
        let there = "arn:aws:fsx:eu-west-1:123456789012:backup/backup-00000000000000000";
        state.backups.get_mut(&id(0)).unwrap()["ResourceARN"] = there.into();
    });
    let failure = service.fsx().list(None, None).await.unwrap_err();
    assert_eq!(failure.class, Class::Lost);
    assert!(failure.message.contains("another region"), "{}", failure.message);
}
