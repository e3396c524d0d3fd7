//! Deletes, and reads back.

use std::collections::HashSet;
use std::str::FromStr;
use std::sync::mpsc::SyncSender;

use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;
use pyo3::prelude::*;
use sexton_client::document::{Intent, Run, detail};
use sexton_client::{
    Connection, Event, FsxBackupId, ParseRdsInstanceIdError, Plan, RdsBackupSetId, RdsInstanceId,
    Report, Stop, StopHandle, chain, connect, connect_fsx, connect_rds, plan_backups, plan_points,
    plan_sets,
};
use sexton_core::{BackupArn, Outcome, Service, Totals, VaultName, Verdict};

use crate::failure::{COMPLAINTS_MAX, Failure};
use crate::session::SessionCredentials;
use crate::settings::{After, Settings};
use crate::thread::{Caller, Ear, Heard, Message, Tells, answer, hear, spawn};

/// The document of a run, a reason for each of its items, and what has interrupted it.
type Ended = (String, Vec<Option<String>>, Option<Py<PyAny>>);

/// What is to be deleted.
#[derive(Debug)]
enum Wanted {
    Points(VaultName, Vec<BackupArn>),
    Backups(Vec<FsxBackupId>),
    Sets(RdsInstanceId, Vec<RdsBackupSetId>),
}

/// Deletes `ids` of `service` ('aws-backup', 'fsx' or 'apsara-rds'), of AWS Backup and RDS in
/// `place`, and reads back. `credentials` gives those of a session; `on_event` is told what
/// happens, on this thread.
#[pyfunction]
#[pyo3(signature = (service, place, ids, settings, credentials=None, on_event=None))]
#[expect(clippy::needless_pass_by_value, reason = "arguments of Python are taken by value")]
pub(crate) fn delete(
    py: Python<'_>,
    service: &str,
    place: Option<String>,
    ids: Vec<String>,
    mut settings: Settings,
    credentials: Option<Py<PyAny>>,
    on_event: Option<Py<PyAny>>,
) -> PyResult<Ended> {
    let raise = |failure: Failure| failure.raise(py);
    let (wanted, duplicates) = wanted(service, place.as_deref(), &ids).map_err(raise)?;
    drop(ids);
    // What is wrong with them is told before there is a thread.
    settings.options().and_then(|_| settings.signature()).map_err(raise)?;
    let after = settings.after().map_err(raise)?;
    let (handle, stop) = Stop::new();
    let has_session = credentials.is_some();
    let tells = match (&on_event, settings.all_events) {
        (None, _) => Tells::Nothing,
        (Some(_), false) => Tells::Warnings,
        (Some(_), true) => Tells::Everything,
    };
    let work = move |sender: SyncSender<Message>| async move {
        let session = SessionCredentials::new(sender.clone());
        let caller = Caller { sender, tells };
        let session = has_session.then(|| SharedCredentialsProvider::new(session));
        let intent = wanted.intent(duplicates);
        Box::pin(run((wanted, after), intent, settings, session, &caller, stop)).await
    };
    let ear = spawn(work).map_err(|error| raise(Failure::internal(error.to_string())))?;
    let mut watch = Watch { handle, stopped: 0, interruption: None, on_event };
    wait(py, ear, &mut watch, credentials.as_ref())
}

/// The thread that called, while it waits.
struct Watch {
    handle: StopHandle,
    /// How often somebody wanted it to end.
    stopped: u32,
    /// The exception of the first of those.
    interruption: Option<PyErr>,
    on_event: Option<Py<PyAny>>,
}

impl Watch {
    /// Somebody wants it to end: at first gently, then at once.
    fn stop(&mut self, because: PyErr) {
        if self.stopped == 0 {
            self.handle.drain();
        } else {
            self.handle.abort();
        }
        self.stopped += 1;
        self.interruption.get_or_insert(because);
    }

    fn tell(&mut self, py: Python<'_>, told: (&'static str, String, String, usize)) {
        let Some(on_event) = &self.on_event else { return };
        if let Err(error) = on_event.call1(py, told) {
            self.on_event = None;
            self.stop(error);
        }
    }
}

fn wait(
    py: Python<'_>,
    mut ear: Ear,
    watch: &mut Watch,
    session: Option<&Py<PyAny>>,
) -> PyResult<Ended> {
    loop {
        let (back, heard) = hear(py, ear);
        ear = back;
        match heard {
            Heard::Message(Message::Told(what, name, words, count)) => {
                watch.tell(py, (what, name, words, count));
            }
            Heard::Message(Message::Keys(asker)) => answer(py, session, asker),
            Heard::Message(Message::Entry(_)) | Heard::Nothing => {}
            Heard::Message(Message::Done(done)) => {
                let interruption = watch.interruption.take();
                return match (done, interruption) {
                    (Ok((document, reasons)), None) => Ok((document, reasons, None)),
                    (Ok((document, reasons)), Some(error)) => {
                        Ok((document, reasons, Some(error.into_value(py).into_any())))
                    }
                    (Err(_), Some(error)) => Err(error),
                    (Err(failure), None) => Err(failure.raise(py)),
                };
            }
            Heard::Gone => return Err(Failure::internal("the thread has gone").raise(py)),
            Heard::Forked => return Err(Failure::forked().raise(py)),
        }
        if let Err(error) = py.check_signals() {
            watch.stop(error);
        }
    }
}

/// Finds out what is to be known before, deletes, and reads back. `wanted`: what is to be deleted,
/// and what earlier calls have seen.
async fn run(
    (wanted, after): (Wanted, After),
    intent: Intent,
    settings: Settings,
    session: Option<SharedCredentialsProvider>,
    caller: &Caller,
    stop: Stop,
) -> Result<(String, Vec<Option<String>>), Failure> {
    if wanted.is_empty() {
        let (items, totals) = (Vec::new(), Totals::default());
        let (stopped, searched, verdict) = (None, None, Verdict::NothingToDo);
        return written(&intent, &Report { items, totals, stopped, searched, verdict });
    }
    let connection = settings.connection(session);
    let plan = plan(&connection, &settings, wanted, intent);
    let mut plan = tokio::select! {
        plan = plan => plan?,
        () = stop.drained() => return Err(Failure::internal("stopped before the first deletion")),
    };
    after.tell(&mut plan)?;
    if let Some(failure) = &plan.unread {
        let words =
            format!("the place cannot be read ({failure}); deletions may work all the same");
        caller.warn("gap", &words);
    }
    caller.tell("begun", "", "looking", plan.order.targets.len());
    let intent = plan.intent.clone();
    let events = |event: Event<'_>| event_told(caller, intent.service, &event);
    let report = Box::pin(plan.carry_out(&connection, &events, stop)).await;
    written(&intent, &report)
}

/// The document of a run, and for each of its items the reason why it is not gone.
fn written(intent: &Intent, report: &Report) -> Result<(String, Vec<Option<String>>), Failure> {
    let document = serde_json::to_string(&Run::whole(intent, report));
    let document = document.map_err(|error| Failure::internal(error.to_string()))?;
    let reason = |outcome: &Outcome| (!outcome.is_gone()).then(|| detail(intent.service, outcome));
    Ok((document, report.items.iter().map(|item| reason(&item.outcome)).collect()))
}

/// Finds out what is to be known before anything is deleted.
async fn plan(
    connection: &Connection,
    settings: &Settings,
    wanted: Wanted,
    intent: Intent,
) -> Result<Plan, Failure> {
    let unconnected = |error| Failure::connect(&error);
    let options = settings.options()?;
    let planned = match wanted {
        Wanted::Points(vault, arns) => {
            let connected = connect(connection).await.map_err(unconnected)?;
            plan_points(connected, &vault, &arns, options, intent).await
        }
        Wanted::Backups(ids) => {
            let connected = connect_fsx(connection).await.map_err(unconnected)?;
            plan_backups(connected, &ids, options, intent).await
        }
        Wanted::Sets(instance, ids) => {
            let connected = connect_rds(connection, settings.signature()?).map_err(unconnected)?;
            plan_sets(connected, &instance, &ids, options, intent).await
        }
    };
    planned.map_err(|error| Failure::unplanned(&error))
}

fn event_told(caller: &Caller, service: Service, event: &Event<'_>) {
    match event {
        Event::Answered { targets, .. } => caller.tell("answered", "", "", *targets),
        Event::Looked => caller.tell("looked", "", "", 1),
        Event::Watching { pending } => caller.tell("watching", "", "", *pending),
        Event::Searching { missing } => caller.tell("searching", "", "", *missing),
        Event::Silent { cause, .. } => caller.warn("silent", cause),
        Event::AnswersAgain => caller.tell("answers_again", "", "", 0),
        Event::Settled { target, outcome } => {
            if caller.tells == Tells::Everything {
                let words = format!("{}: {}", outcome.word(), detail(service, outcome));
                caller.tell("settled", target.name(), &words, 1);
            }
        }
    }
}

impl Wanted {
    fn is_empty(&self) -> bool {
        match self {
            Self::Points(_, arns) => arns.is_empty(),
            Self::Backups(ids) => ids.is_empty(),
            Self::Sets(_, ids) => ids.is_empty(),
        }
    }

    /// What is known of the intent before anything is asked.
    fn intent(&self, duplicates: usize) -> Intent {
        let new = |service| Intent { duplicates, ..Intent::new(service, Timestamp::now()) };
        match self {
            Self::Points(vault, _) => {
                Intent { vault: Some(vault.to_string()), ..new(Service::AwsBackup) }
            }
            Self::Backups(_) => new(Service::Fsx),
            Self::Sets(instance, _) => {
                Intent { instance: Some(instance.as_str().to_owned()), ..new(Service::ApsaraRds) }
            }
        }
    }
}

/// Reads what is to be deleted, and how many names were given again.
fn wanted(service: &str, place: Option<&str>, ids: &[String]) -> Result<(Wanted, usize), Failure> {
    let place = place.unwrap_or_default();
    Ok(match service {
        "aws-backup" => {
            let vault = place.parse().map_err(|_| {
                Failure::invalid(format!(
                    "backup_vault_name: {place:?} is no name of a vault, which has 1 to 128 \
                     characters"
                ))
            })?;
            let (arns, duplicates) = each_once("recovery_point_arns", ids, BackupArn::as_str)?;
            (Wanted::Points(vault, arns), duplicates)
        }
        "fsx" => {
            let (ids, duplicates) = each_once("backup_ids", ids, FsxBackupId::as_str)?;
            (Wanted::Backups(ids), duplicates)
        }
        "apsara-rds" => {
            let instance = place.parse().map_err(|error| {
                let error: ParseRdsInstanceIdError = error;
                Failure::invalid(format!("db_instance_id: {place:?}: {}", chain(&error)))
            })?;
            let (ids, duplicates) = each_once("backup_ids", ids, RdsBackupSetId::as_str)?;
            (Wanted::Sets(instance, ids), duplicates)
        }
        other => return Err(Failure::invalid(format!("there is no service {other:?}"))),
    })
}

/// Parses every name, keeps each once, and counts those that were given again. What is wrong with
/// one is told with its place in the list.
fn each_once<T>(
    argument: &str,
    texts: &[String],
    name: impl Fn(&T) -> &str,
) -> Result<(Vec<T>, usize), Failure>
where
    T: FromStr<Err: std::error::Error + 'static>,
{
    let (mut found, mut seen, mut complaints) = (Vec::new(), HashSet::new(), Vec::new());
    let mut wrong = 0_usize;
    for (number, text) in texts.iter().enumerate() {
        match text.parse::<T>() {
            Ok(parsed) => {
                if seen.insert(name(&parsed).to_owned()) {
                    found.push(parsed);
                }
            }
            Err(error) => {
                wrong += 1;
                if complaints.len() < COMPLAINTS_MAX {
                    complaints.push(format!("{argument}[{number}]: {text:?}: {}", chain(&error)));
                }
            }
        }
    }
    if wrong > complaints.len() {
        complaints.push(format!("and {} more", wrong - complaints.len()));
    }
    if complaints.is_empty() {
        let duplicates = texts.len() - found.len();
        Ok((found, duplicates))
    } else {
        Err(Failure::invalid(complaints.join("; ")))
    }
}
