//! How the server reaches databases: a seam, so that tests and the simulator need none.

use std::fmt;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::{Duration, Instant};

use async_trait::async_trait;
use sexton_core::Engine;
use sexton_data::database::{
    self, ReceiverOrder, ReceiverState, Settings, doubt, drop_slot, end_receivers, finish_segment,
    is_same_server, lag_bytes, probe, segments,
};
use zeroize::Zeroizing;

/// What a database says of itself.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Described {
    /// Its engine.
    pub engine: Engine,
    /// The version of that, as RDS shows it: `8.0`, `15.0`.
    pub version: String,
    /// What tells it from others, in words, if it says anything of the kind.
    pub identity: Option<String>,
}

/// Reaches databases by their connection settings, which are a text that holds a password. What
/// goes wrong is told in words for the caller. What is not `async` blocks, for seconds at the most.
#[async_trait]
pub trait Databases: fmt::Debug + Send + Sync {
    /// Asks a database what it is: it answers, or it does not.
    async fn describe(&self, connection: &str) -> Result<Described, String>;

    /// Begins to receive the log of a database into `spool`, as `name`.
    fn receive(
        &self,
        connection: &str,
        spool: &Path,
        name: &str,
    ) -> Result<Box<dyn Receiver>, String>;

    /// How far what was received into `spool` as `name` is behind the log of the database, while
    /// nobody receives; nothing if the database does not say.
    fn lag_bytes(&self, connection: &str, spool: &Path, name: &str) -> Option<u64>;

    /// Where the database is, to tell it from others; nothing if that cannot be read.
    fn address(&self, connection: &str) -> Option<String>;

    /// Whether two ways surely lead to the same server, where both say the same of themselves:
    /// it has moved, or one is a copy of the other.
    fn is_same_server(&self, old: &str, new: &str, name: &str) -> Result<bool, String>;

    /// Has a database forget what it keeps for a receiver that is no more. It is well if it keeps
    /// nothing.
    fn drop_slot(&self, slot: &SlotOrder<'_>) -> Result<(), String>;

    /// Ends receivers of names with this mark that were left by a process that is no more. Tells
    /// how many.
    fn end_left(&self, mark: &str) -> usize;
}

/// What a database is to forget.
#[derive(Debug)]
pub struct SlotOrder<'a> {
    /// How the database is reached.
    pub connection: &'a str,
    /// The name that its log was received as.
    pub name: &'a str,
    /// What tells the database from others, if that is known: any other one is left alone.
    pub identity: Option<&'a str>,
    /// How another receiver of this name reaches a database that may be this one: then the slot
    /// is in use again, and is left alone.
    pub used: Option<&'a str>,
}

/// Receives the log of a database for as long as it lives.
pub trait Receiver: fmt::Debug + Send {
    /// What was received so far.
    fn look(&mut self) -> Received;

    /// Has the database begin a new file, so that what is in the present one is received whole.
    fn finish(&mut self) -> Result<(), String>;
}

/// What a receiver says of itself.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Received {
    /// The whole files in the spool, in the order of the log.
    pub whole: Vec<String>,
    /// What is wrong, if anything is.
    pub problem: Option<String>,
    /// Why the log of the database does not go on from what is in the spool, if it does not: then
    /// nothing more comes.
    pub parted: Option<String>,
    /// How far it is behind the database.
    pub lag_bytes: u64,
}

/// Databases that are reached with the tools of their engines.
#[derive(Debug, Default)]
pub struct Tools;

#[async_trait]
impl Databases for Tools {
    async fn describe(&self, connection: &str) -> Result<Described, String> {
        let connection = Zeroizing::new(connection.to_owned());
        let asked = tokio::task::spawn_blocking(move || describe(&connection)).await;
        asked.unwrap_or_else(|error| Err(error.to_string()))
    }

    fn receive(
        &self,
        connection: &str,
        spool: &Path,
        name: &str,
    ) -> Result<Box<dyn Receiver>, String> {
        let settings = Arc::new(parsed(connection)?);
        let slot = slot_of(name);
        let (order, spool) = (
            ReceiverOrder {
                settings: Arc::clone(&settings),
                spool: spool.to_owned(),
                slot: slot.clone(),
            },
            spool.to_owned(),
        );
        let receiver = database::Receiver::start(order).map_err(|error| error.to_string())?;
        let lag = None;
        Ok(Box::new(ToolReceiver { receiver, settings, slot, spool, lag }))
    }

    fn lag_bytes(&self, connection: &str, spool: &Path, name: &str) -> Option<u64> {
        let settings = Settings::parse(connection).ok()?;
        lag_bytes(&settings, &slot_of(name), spool).ok().flatten()
    }

    fn address(&self, connection: &str) -> Option<String> {
        Settings::parse(connection).ok().map(|settings| settings.place().to_string())
    }

    fn is_same_server(&self, old: &str, new: &str, name: &str) -> Result<bool, String> {
        let (old, new) = (parsed(old)?, parsed(new)?);
        is_same_server(&old, &new, &slot_of(name)).map_err(|error| error.for_caller())
    }

    fn drop_slot(&self, slot: &SlotOrder<'_>) -> Result<(), String> {
        let settings = parsed(slot.connection)?;
        if let Some(known) = slot.identity {
            let probe = probe(&settings).map_err(|error| error.for_caller())?;
            let seen = probe.identity.as_deref().unwrap_or("one that does not say which");
            if seen != known {
                return Err(format!(
                    "another database answers at its address ({seen}) than the one that holds it \
                     ({known})"
                ));
            }
        }
        if let Some(used) = slot.used
            && self.is_same_server(slot.connection, used, slot.name)?
        {
            return Ok(());
        }
        drop_slot(&settings, &slot_of(slot.name)).map_err(|error| error.for_caller())
    }

    fn end_left(&self, mark: &str) -> usize {
        end_receivers(&format!("_{}", slot_part(mark)))
    }
}

fn parsed(connection: &str) -> Result<Settings, String> {
    Settings::parse(connection).map_err(|error| error.to_string())
}

fn describe(connection: &str) -> Result<Described, String> {
    let settings = parsed(connection)?;
    let probe = probe(&settings).map_err(|error| error.for_caller())?;
    let engine = match settings.engine() {
        database::Engine::PostgreSql => Engine::PostgreSql,
        // RDS shows both as one: it has them back up and delete alike.
        database::Engine::MySql | database::Engine::MariaDb => Engine::MySql,
    };
    let version = shown_version(engine, &probe.version);
    Ok(Described { engine, version, identity: probe.identity })
}

/// The slot of a receiver of this name.
fn slot_of(name: &str) -> String {
    format!("sexton_{}", slot_part(name))
}

/// A part of the name of a slot.
fn slot_part(name: &str) -> String {
    name.replace('-', "_")
}

/// How long what was said of the lag is believed: asking takes a tool.
pub(crate) const LAG_FRESH: Duration = Duration::from_secs(30);

/// Receives with the tool of an engine.
#[derive(Debug)]
struct ToolReceiver {
    receiver: database::Receiver,
    settings: Arc<Settings>,
    slot: String,
    spool: PathBuf,
    /// The lag, and when it was asked for.
    lag: Option<(u64, Instant)>,
}

impl ToolReceiver {
    fn lag_bytes(&mut self) -> u64 {
        if let Some((lag, asked)) = self.lag
            && asked.elapsed() < LAG_FRESH
        {
            return lag;
        }
        let lag = match lag_bytes(&self.settings, &self.slot, &self.spool) {
            Ok(lag) => lag.unwrap_or(0),
            // The receiver says what is wrong.
            Err(_) => self.lag.map_or(0, |(lag, _)| lag),
        };
        self.lag = Some((lag, instant()));
        lag
    }
}

impl Receiver for ToolReceiver {
    fn look(&mut self) -> Received {
        let (mut problem, mut parted) = (None, None);
        match self.receiver.state() {
            state @ ReceiverState::Waiting { .. } => problem = Some(state.to_string()),
            ReceiverState::Parted { reason } => parted = Some(reason),
            ReceiverState::Receiving => problem = doubt(&self.spool),
            ReceiverState::Starting | ReceiverState::Stopped => (),
        }
        let whole = match segments(&self.spool) {
            Ok(segments) => segments.into_iter().map(|segment| segment.name).collect(),
            Err(error) => {
                problem = Some(format!("the spool cannot be read: {error}"));
                Vec::new()
            }
        };
        Received { whole, problem, parted, lag_bytes: self.lag_bytes() }
    }

    fn finish(&mut self) -> Result<(), String> {
        finish_segment(&self.settings).map_err(|error| error.for_caller())
    }
}

#[expect(clippy::disallowed_methods, reason = "measures a wait, decides nothing")]
fn instant() -> Instant {
    Instant::now()
}

/// A version as RDS shows it: of `PostgreSQL` the first number, and else the first two.
fn shown_version(engine: Engine, version: &str) -> String {
    let digits = |part: &str| -> String { part.chars().take_while(char::is_ascii_digit).collect() };
    let mut numbers = version.split('.').map(digits);
    let first = numbers.next().unwrap_or_default();
    match engine {
        Engine::PostgreSql => format!("{first}.0"),
        Engine::MySql | Engine::MariaDb | Engine::SqlServer => {
            format!("{first}.{}", numbers.next().unwrap_or_default())
        }
    }
}

/// Databases that always answer, and of which nothing is read.
#[derive(Debug, Default)]
pub struct Imagined;

#[async_trait]
impl Databases for Imagined {
    async fn describe(&self, _connection: &str) -> Result<Described, String> {
        Ok(Described { engine: Engine::MySql, version: "8.0".to_owned(), identity: None })
    }

    fn receive(
        &self,
        _connection: &str,
        _spool: &Path,
        _name: &str,
    ) -> Result<Box<dyn Receiver>, String> {
        Err("there is no log to receive".to_owned())
    }

    fn lag_bytes(&self, _connection: &str, _spool: &Path, _name: &str) -> Option<u64> {
        None
    }

    fn address(&self, _connection: &str) -> Option<String> {
        None
    }

    fn is_same_server(&self, _old: &str, _new: &str, _name: &str) -> Result<bool, String> {
        Ok(false)
    }

    fn drop_slot(&self, _slot: &SlotOrder<'_>) -> Result<(), String> {
        Ok(())
    }

    fn end_left(&self, _mark: &str) -> usize {
        0
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_is_shown_as_rds_shows_it() {
        for (engine, said, shown) in [
            (Engine::PostgreSql, "15.18 (Debian 15.18-0+deb12u1)", "15.0"),
            (Engine::PostgreSql, "17beta1", "17.0"),
            (Engine::MySql, "8.0.36-0ubuntu0.22.04.1", "8.0"),
            (Engine::MySql, "10.11.14-MariaDB-0+deb12u2", "10.11"),
        ] {
            assert_eq!(shown_version(engine, said), shown);
        }
    }
}
