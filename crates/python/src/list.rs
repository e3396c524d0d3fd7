//! Lists backups, one at a time and in bounded memory.

use std::collections::HashSet;
use std::ops::ControlFlow;
use std::sync::Mutex;
use std::sync::mpsc::SyncSender;

use aws_credential_types::provider::SharedCredentialsProvider;
use jiff::Timestamp;
use pyo3::exceptions::PyRuntimeError;
use pyo3::prelude::*;
use sexton_client::list::{
    Entry, Filter, InvalidWord, Lister, Query, Stock, Tally, age, bytes, moment, tag,
};
use sexton_client::{Connection, RdsInstanceId, RdsRules, connect, connect_fsx, connect_rds};
use sexton_core::VaultName;

use crate::failure::Failure;
use crate::session::SessionCredentials;
use crate::settings::Settings;
use crate::thread::{Ear, Heard, Message, answer, hear, spawn};

/// Which backups, as words that the command line knows too.
#[derive(Debug, FromPyObject)]
#[pyo3(from_item_all)]
pub(crate) struct Filters {
    places: Vec<String>,
    before: Option<String>,
    older_than: Option<String>,
    newer_than: Option<String>,
    states: Vec<String>,
    resources: Vec<String>,
    types: Vec<String>,
    larger_than: Option<String>,
    tags: Vec<String>,
    untagged: bool,
    with_tags: bool,
}

/// The places that are read: all, unless some are named.
#[derive(Debug)]
enum Places {
    Vaults(Vec<VaultName>),
    FileSystems,
    Instances(Vec<RdsInstanceId>),
}

/// The backups of a list, as they are read.
#[pyclass(frozen, module = "sexton._native")]
#[derive(Debug)]
pub(crate) struct Listing {
    ear: Mutex<Option<Ear>>,
    session: Option<Py<PyAny>>,
}

#[pymethods]
impl Listing {
    fn __iter__(slf: PyRef<'_, Self>) -> PyRef<'_, Self> {
        slf
    }

    /// The next backup, as JSON.
    fn __next__(&self, py: Python<'_>) -> PyResult<Option<String>> {
        let taken = self.ear.lock().ok().and_then(|mut ear| ear.take());
        let Some(mut ear) = taken else { return Ok(None) };
        loop {
            let (back, heard) = hear(py, ear);
            ear = back;
            match heard {
                Heard::Message(Message::Entry(entry)) => {
                    self.keep(ear);
                    return Ok(Some(entry));
                }
                Heard::Message(Message::Keys(asker)) => answer(py, self.session.as_ref(), asker),
                Heard::Message(Message::Told(..)) | Heard::Nothing => {}
                Heard::Message(Message::Done(Ok(_))) => return Ok(None),
                Heard::Message(Message::Done(Err(failure))) => return Err(failure.raise(py)),
                Heard::Gone => return Err(PyRuntimeError::new_err("the thread has gone")),
                Heard::Forked => return Err(Failure::forked().raise(py)),
            }
            // Whoever is interrupted has no whole list, and reads no further.
            py.check_signals()?;
        }
    }

    /// Reads no further.
    fn close(&self) {
        drop(self.ear.lock().ok().and_then(|mut ear| ear.take()));
    }
}

impl Listing {
    fn keep(&self, ear: Ear) {
        if let Ok(mut kept) = self.ear.lock() {
            *kept = Some(ear);
        }
    }
}

/// Lists the backups of `service` ('aws-backup', 'fsx' or 'apsara-rds') that `filters` take.
#[pyfunction]
#[pyo3(signature = (service, filters, settings, credentials=None))]
#[expect(clippy::needless_pass_by_value, reason = "arguments of Python are taken by value")]
pub(crate) fn list_backups(
    py: Python<'_>,
    service: &str,
    filters: Filters,
    settings: Settings,
    credentials: Option<Py<PyAny>>,
) -> PyResult<Listing> {
    let raise = |failure: Failure| failure.raise(py);
    let query = filters.query(Timestamp::now()).map_err(raise)?;
    let places = places(service, &filters.places).map_err(raise)?;
    settings.options().and_then(|_| settings.signature()).map_err(raise)?;
    let has_session = credentials.is_some();
    let work = move |caller: SyncSender<Message>| async move {
        let session = SessionCredentials::new(caller.clone());
        let session = has_session.then(|| SharedCredentialsProvider::new(session));
        read(&settings.connection(session), &settings, places, query, &caller).await?;
        Ok((String::new(), Vec::new()))
    };
    let ear = spawn(work).map_err(|error| raise(Failure::internal(error.to_string())))?;
    Ok(Listing { ear: Mutex::new(Some(ear)), session: credentials })
}

fn places(service: &str, names: &[String]) -> Result<Places, Failure> {
    let mut seen = HashSet::new();
    let names = names.iter().filter(|name| seen.insert(name.as_str()));
    match service {
        "aws-backup" => {
            let vault = |name: &String| {
                let wrong = || Failure::invalid(format!("{name:?} is no name of a vault"));
                name.parse().map_err(|_| wrong())
            };
            Ok(Places::Vaults(names.map(vault).collect::<Result<_, _>>()?))
        }
        "fsx" => Ok(Places::FileSystems),
        "apsara-rds" => {
            let instance = |name: &String| {
                let wrong = || Failure::invalid(format!("{name:?} is no id of an instance"));
                name.parse().map_err(|_| wrong())
            };
            Ok(Places::Instances(names.map(instance).collect::<Result<_, _>>()?))
        }
        other => Err(Failure::invalid(format!("there is no service {other:?}"))),
    }
}

/// Reads every place to its end.
async fn read(
    connection: &Connection,
    settings: &Settings,
    places: Places,
    query: Query,
    caller: &SyncSender<Message>,
) -> Result<(), Failure> {
    let lister = Lister::new(&settings.options()?);
    let stocks = stocks(connection, settings, places, &lister).await?;
    let mut tally = Tally::default();
    let mut sink = |entry| {
        let entry: Entry = entry;
        let Ok(entry) = serde_json::to_string(&entry) else { return ControlFlow::Break(()) };
        match caller.send(Message::Entry(entry)) {
            Ok(()) => ControlFlow::Continue(()),
            // Whoever asked wants no more.
            Err(_) => ControlFlow::Break(()),
        }
    };
    for stock in stocks {
        let read = lister.read(&*stock, &query, &mut tally, &mut sink).await;
        if read.map_err(|error| Failure::unfinished(&error))?.is_break() {
            break;
        }
    }
    Ok(())
}

async fn stocks(
    connection: &Connection,
    settings: &Settings,
    places: Places,
    lister: &Lister,
) -> Result<Vec<Box<dyn Stock>>, Failure> {
    let unconnected = |error| Failure::connect(&error);
    let unfinished = |error| Failure::unfinished(&error);
    let mut stocks: Vec<Box<dyn Stock>> = Vec::new();
    match places {
        Places::Vaults(names) => {
            let connected = connect(connection).await.map_err(unconnected)?;
            if names.is_empty() {
                let vaults = lister.vaults(&connected.backup, &connected.region).await;
                for vault in vaults.map_err(unfinished)? {
                    stocks.push(Box::new(vault));
                }
            }
            for name in names {
                let stock = connected.backup.stock(name, connected.region.clone());
                stocks.push(Box::new(lister.described(stock).await.map_err(unfinished)?));
            }
        }
        Places::FileSystems => {
            let connected = connect_fsx(connection).await.map_err(unconnected)?;
            stocks.push(Box::new(connected.fsx.stock()));
        }
        Places::Instances(ids) => {
            let connected = connect_rds(connection, settings.signature()?).map_err(unconnected)?;
            let ids = if ids.is_empty() {
                lister.instances(&connected.rds).await.map_err(unfinished)?
            } else {
                lister.look_for(&connected.rds, &ids).await.map_err(unfinished)?;
                ids
            };
            for id in ids {
                let sets = connected.rds.sets(id, RdsRules::default(), Timestamp::now);
                stocks.push(Box::new(sets.stock()));
            }
        }
    }
    Ok(stocks)
}

impl Filters {
    /// What is asked for, at `now`.
    fn query(&self, now: Timestamp) -> Result<Query, Failure> {
        let ago = |text: &String| {
            let age = word("older_than or newer_than", text, age)?;
            let long_ago = |_| Failure::invalid("an age goes back too far");
            now.checked_sub(age).map_err(long_ago)
        };
        let older = self.older_than.as_ref().map(ago).transpose()?;
        let before = self.before.as_ref().map(|text| word("before", text, moment)).transpose()?;
        let larger_than = self.larger_than.as_ref();
        let larger_than = larger_than.map(|text| word("larger_than", text, bytes)).transpose()?;
        let tags = self.tags.iter().map(|text| word("tags", text, tag));
        let filter = Filter {
            created_before: older.into_iter().chain(before).min(),
            created_after: self.newer_than.as_ref().map(ago).transpose()?,
            states: self.states.clone(),
            sources: self.resources.clone(),
            kinds: self.types.clone(),
            larger_than,
            tags: tags.collect::<Result<_, _>>()?,
            untagged: self.untagged,
        };
        Ok(Query { filter, tags: self.with_tags })
    }
}

fn word<T>(
    argument: &str,
    text: &str,
    read: fn(&str) -> Result<T, InvalidWord>,
) -> Result<T, Failure> {
    read(text).map_err(|error| Failure::invalid(format!("{argument}: {error}")))
}
