//! Whether the binary log has everything that changes the data of its server. Of what it leaves
//! out nothing is in a restore to a time, and nothing there would tell.

use super::{Flavour, Session};
use crate::database::{DatabaseError, PROBE_SECONDS_MAX};

/// What is missing in the log, in words.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Lack {
    /// Why the log is not received, and what helps.
    pub(super) is: String,
    /// What is to be said of it later: what was so for a while.
    pub(super) was: String,
}

const QUESTION: &str = "show global variables where variable_name in
  ('version', 'version_comment', 'log_bin', 'log_slave_updates', 'log_replica_updates')";
/// Also those may ask it who may not ask for more.
const RUNNING: &str =
    "show global status where variable_name in ('Slaves_running', 'Slave_running')";

/// Which databases the log is of. Each server answers one of the questions.
const FILTERS: [&str; 2] = ["show binary log status", "show master status"];
/// A row for each server that this one is a replica of.
const SOURCES: [&str; 3] = ["show all slaves status", "show replica status", "show slave status"];

/// What a server says of its log.
#[derive(Debug, Default)]
struct Told {
    version: String,
    /// Whether it writes one.
    logs: bool,
    /// Whether what it does as a replica is in it.
    relays: bool,
    /// Whether it is a replica.
    follows: bool,
    /// The only databases that are in it, and those that are not.
    filters: (String, String),
}

/// What is missing in the log of the server, if anything is.
pub(super) fn lack(session: &Session<'_>) -> Result<Option<Lack>, DatabaseError> {
    let mut told = Told::of(session.ask(QUESTION, PROBE_SECONDS_MAX)?);
    if told.logs {
        let (filters, sources) = match Flavour::of(&told.version) {
            Flavour::MariaDb => (&FILTERS[1..], &SOURCES[..1]),
            Flavour::MySql => (&FILTERS[..], &SOURCES[1..]),
        };
        let rows = first_known(session, filters)?;
        told.filters = rows.first().map(|row| filters_of(row)).unwrap_or_default();
        if !told.relays {
            told.follows = follows(session, sources)?;
        }
    }
    Ok(told.lack())
}

/// The answer to the first of the questions that the server knows.
fn first_known(
    session: &Session<'_>,
    questions: &[&str],
) -> Result<Vec<Vec<String>>, DatabaseError> {
    let mut last = Ok(Vec::new());
    for question in questions {
        last = session.ask(question, PROBE_SECONDS_MAX);
        if !last.as_ref().is_err_and(|error| says(error, "ERROR 1064")) {
            break;
        }
    }
    last
}

/// Whether the server is a replica. Who may not ask that is told only whether it is at work.
fn follows(session: &Session<'_>, sources: &[&str]) -> Result<bool, DatabaseError> {
    match first_known(session, sources) {
        Ok(rows) => Ok(!rows.is_empty()),
        Err(error) if says(&error, "ERROR 1227") => {
            let rows = session.ask(RUNNING, PROBE_SECONDS_MAX)?;
            let works = |row: &Vec<String>| row.get(1).is_some_and(|it| it != "0" && it != "OFF");
            Ok(rows.iter().any(works))
        }
        Err(other) => Err(other),
    }
}

fn says(error: &DatabaseError, number: &str) -> bool {
    matches!(error, DatabaseError::Tool { said, .. } if said.contains(number))
}

/// The filters in a row that says where the log is: its file and byte come before them.
fn filters_of(row: &[String]) -> (String, String) {
    let field = |at: usize| row.get(at).cloned().unwrap_or_default();
    (field(2), field(3))
}

impl Told {
    fn of(rows: Vec<Vec<String>>) -> Self {
        let mut told = Self::default();
        for row in rows {
            let [name, value] = &row[..] else { continue };
            let is_on = value == "ON" || value == "1";
            match name.as_str() {
                "version" | "version_comment" => told.version.push_str(value),
                "log_bin" => told.logs = is_on,
                "log_slave_updates" | "log_replica_updates" => told.relays |= is_on,
                _ => (),
            }
        }
        told
    }

    fn lack(&self) -> Option<Lack> {
        let lack = |is: String, was: &str| Some(Lack { is, was: was.to_owned() });
        let (only, without) = &self.filters;
        if !self.logs {
            let is = "the database server writes no binary log: start it with log_bin, or switch \
                      log backup off";
            return lack(is.to_owned(), "the database server wrote no binary log");
        }
        let named = match (only.is_empty(), without.is_empty()) {
            (true, true) => None,
            (false, _) => Some(("binlog_do_db", only)),
            (true, false) => Some(("binlog_ignore_db", without)),
        };
        if let Some((option, named)) = named {
            let named = sexton_core::plain(named);
            let is = format!(
                "the binary log of the database server leaves databases out ({option}: \
                 {named:.200}), and a restore to a time would silently be without what was done \
                 in them: start the server without {option}, or switch log backup off"
            );
            return lack(is, "the binary log of the database server left databases out");
        }
        if self.follows && !self.relays {
            let is = "the database server is a replica whose binary log leaves out what comes from \
                      the server that it follows, and a restore to a time would silently be \
                      without that: start it with log_slave_updates, have it follow nobody (RESET \
                      REPLICA ALL), back up the log of the server that it follows, or switch log \
                      backup off";
            let was = "the binary log of the database server left out what it did as a replica";
            return lack(is.to_owned(), was);
        }
        None
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn told(rows: &[(&str, &str)]) -> Told {
        let row = |(name, value): &(&str, &str)| vec![(*name).to_owned(), (*value).to_owned()];
        Told::of(rows.iter().map(row).collect())
    }

    #[test]
    fn a_log_lacks_what_a_replica_does_unless_that_is_logged_and_what_a_filter_leaves_out() {
        let is = |told: &Told| told.lack().map(|lack| lack.is).unwrap_or_default();
        let plain = || told(&[("log_bin", "ON"), ("log_slave_updates", "OFF")]);
        assert_eq!(plain().lack(), None);
        assert!(is(&told(&[("log_bin", "OFF")])).contains("writes no binary log: start it with"));
        let replica = Told { follows: true, ..plain() };
        assert!(is(&replica).contains("log_slave_updates"), "{replica:?}");
        for relays in ["log_slave_updates", "log_replica_updates"] {
            let relays = Told { follows: true, ..told(&[("log_bin", "ON"), (relays, "ON")]) };
            assert_eq!(relays.lack(), None);
        }
        let row = |only: &str, without: &str| ["b.000001", "4", only, without].map(str::to_owned);
        for (row, says) in [
            (row("shop", ""), "binlog_do_db: shop"),
            (row("", "a,b"), "binlog_ignore_db: a,b"),
            (row("shop", "a"), "binlog_do_db: shop"),
        ] {
            let filtered = Told { filters: filters_of(&row), ..plain() };
            assert!(is(&filtered).contains(says), "{filtered:?}");
        }
        assert_eq!(Told { filters: filters_of(&row("", "")), ..plain() }.lack(), None);
    }
}
