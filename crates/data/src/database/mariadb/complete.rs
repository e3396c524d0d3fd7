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

/// What a server says of its log.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Look {
    /// What is missing in it, if anything is.
    pub(super) lack: Option<Lack>,
    /// What may be missing: why nobody can tell, and what helps. The log is received.
    pub(super) doubt: Option<String>,
}

/// How often a server may leave the question unanswered, one time after another.
const UNANSWERED_MAX: u32 = 4;

/// The looks at a log while it is received. One that fails says nothing of the log: what was known
/// stays so, and there is another look. After a few of them nobody knows any more.
#[derive(Debug, Default)]
pub(super) struct Looks {
    unanswered: u32,
}

impl Looks {
    /// What the next look has shown; nothing if there was no answer.
    pub(super) fn take(
        &mut self,
        look: Result<Look, DatabaseError>,
    ) -> Result<Option<Look>, DatabaseError> {
        let error = match look {
            Ok(look) => {
                self.unanswered = 0;
                return Ok(Some(look));
            }
            Err(DatabaseError::Cancelled) => return Err(DatabaseError::Cancelled),
            Err(error) => error,
        };
        self.unanswered += 1;
        if self.unanswered < UNANSWERED_MAX {
            tracing::debug!(%error, "a server does not say what its log leaves out");
            return Ok(None);
        }
        Err(DatabaseError::Unsupported(format!(
            "the database server did not say {UNANSWERED_MAX} times what its binary log leaves \
             out: {}",
            error.for_caller()
        )))
    }
}

const QUESTION: &str = "show global variables where variable_name in
  ('version', 'version_comment', 'log_bin', 'log_slave_updates', 'log_replica_updates',
   'wsrep_on', 'wsrep_provider')";
/// Also those may ask it who may not ask for more.
const RUNNING: &str =
    "show global status where variable_name in ('Slaves_running', 'Slave_running')";

/// Which databases the log is of. Each server answers one of the questions.
const FILTERS: [&str; 2] = ["show binary log status", "show master status"];
/// A row for each server that this one is a replica of.
const SOURCES: [&str; 3] = ["show all slaves status", "show replica status", "show slave status"];

/// Whether a server is a replica.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
enum Follows {
    #[default]
    Nobody,
    Somebody,
    /// Who asked may not know, and it is not at work as one.
    Untold,
}

/// What a server says of itself.
#[derive(Debug, Default)]
struct Told {
    version: String,
    /// Whether it writes one.
    logs: bool,
    /// Whether what it does as a replica is in it.
    relays: bool,
    /// Whether it is a replica.
    follows: Follows,
    /// Whether it would take part in a Galera cluster, and has what that takes. What it receives
    /// from other nodes is logged as a replica's is, with `log_slave_updates` only ("Configuring
    /// `MariaDB` Galera Cluster", on write sets and the binary log).
    cluster: (bool, bool),
    /// The only databases that are in it, and those that are not.
    filters: (String, String),
}

/// Looks what is missing in the log of the server.
pub(super) fn look(session: &Session<'_>) -> Result<Look, DatabaseError> {
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
    Ok(Look { lack: told.lack(), doubt: told.doubt() })
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
fn follows(session: &Session<'_>, sources: &[&str]) -> Result<Follows, DatabaseError> {
    match first_known(session, sources) {
        Ok(rows) if rows.is_empty() => Ok(Follows::Nobody),
        Ok(_) => Ok(Follows::Somebody),
        Err(error) if says(&error, "ERROR 1227") => {
            let rows = session.ask(RUNNING, PROBE_SECONDS_MAX)?;
            let works = |row: &Vec<String>| row.get(1).is_some_and(|it| it != "0" && it != "OFF");
            Ok(if rows.iter().any(works) { Follows::Somebody } else { Follows::Untold })
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
                "wsrep_on" => told.cluster.0 = is_on,
                "wsrep_provider" => told.cluster.1 = !matches!(value.as_str(), "" | "none"),
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
        if self.cluster == (true, true) && !self.relays {
            let is = "the database server is a node of a Galera cluster whose binary log leaves \
                      out what comes from the other nodes, and a restore to a time would silently \
                      be without that: start it with log_slave_updates, or switch log backup off";
            let was = "the binary log of the database server left out what came from other nodes \
                       of its cluster";
            return lack(is.to_owned(), was);
        }
        if self.follows == Follows::Somebody && !self.relays {
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

    fn doubt(&self) -> Option<String> {
        let is_untold = self.logs && !self.relays && self.follows == Follows::Untold;
        is_untold.then(|| {
            "the log is received, but the user of the connection settings may not ask whether the \
             database server is a replica, and the binary log of one would leave out what comes \
             from the server that it follows: GRANT SLAVE MONITOR ON *.* to the user (MySQL: \
             REPLICATION CLIENT), or start the server with log_slave_updates"
                .to_owned()
        })
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
        let replica = Told { follows: Follows::Somebody, ..plain() };
        assert!(is(&replica).contains("log_slave_updates"), "{replica:?}");
        for relays in ["log_slave_updates", "log_replica_updates"] {
            let rows = [("log_bin", "ON"), (relays, "ON")];
            for follows in [Follows::Somebody, Follows::Untold] {
                let relays = Told { follows, cluster: (true, true), ..told(&rows) };
                assert_eq!((relays.lack(), relays.doubt()), (None, None));
            }
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
    #[test]
    fn a_node_of_a_galera_cluster_is_asked_whether_it_logs_what_comes_from_the_others() {
        let node = |on: &str, provider: &str| {
            told(&[("log_bin", "ON"), ("wsrep_on", on), ("wsrep_provider", provider)])
        };
        let lack = node("ON", "/usr/lib/galera/libgalera_smm.so").lack().unwrap();
        assert!(lack.is.contains("start it with log_slave_updates"), "{lack:?}");
        assert!(lack.was.contains("left out what came from other nodes"), "{lack:?}");
        for (on, provider) in [("OFF", "/usr/lib/libgalera_smm.so"), ("ON", "none"), ("ON", "")] {
            assert_eq!(node(on, provider).lack(), None, "{on} {provider}");
        }
    }

    #[test]
    fn who_may_not_ask_whether_a_server_is_a_replica_is_told_which_grant_helps() {
        let rows = [("log_bin", "ON"), ("log_slave_updates", "OFF")];
        let untold = Told { follows: Follows::Untold, ..told(&rows) };
        assert_eq!(untold.lack(), None, "it is no reason to receive nothing");
        assert!(untold.doubt().unwrap().contains("GRANT SLAVE MONITOR"));
        assert_eq!(told(&rows).doubt(), None);
    }

    /// It counted as an answer that nothing is left out.
    #[test]
    fn a_look_that_fails_is_made_again_and_after_several_nobody_says_that_all_is_well() {
        let lost = || Err(DatabaseError::Unreachable { said: "Lost connection to".to_owned() });
        let mut looks = Looks::default();
        for _ in 0..2 {
            for _ in 1..UNANSWERED_MAX {
                assert_eq!(looks.take(lost()).unwrap(), None);
            }
            assert_eq!(looks.take(Ok(Look::default())).unwrap(), Some(Look::default()));
        }
        for _ in 1..UNANSWERED_MAX {
            looks.take(lost()).unwrap();
        }
        let error = looks.take(lost()).unwrap_err().to_string();
        assert!(error.contains("did not say 4 times") && error.contains("Lost"), "{error}");
        let stopped = looks.take(Err(DatabaseError::Cancelled));
        assert!(matches!(stopped, Err(DatabaseError::Cancelled)));
    }
}
