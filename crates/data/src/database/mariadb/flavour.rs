//! What differs between `MariaDB` and `MySQL`: names of tools, of options, of answers.
//!
//! A server has a flavour, and so have the tools that are installed, `MariaDB`'s under the names of
//! both. All that is said of `MySQL` here is from its manual: [decision 18] says what was tried.
//!
//! [decision 18]: ../../../../../docs/decisions/0018-the-engines-own-tools.md

use crate::database::{Engine, Settings, Tls};

/// The program that asks, by its names.
pub(super) const CLIENT: [&str; 2] = ["mariadb", "mysql"];
/// The program that writes rows as SQL, by its names.
pub(super) const DUMP: [&str; 2] = ["mariadb-dump", "mysqldump"];

/// The program that reads the binary log, by its names.
pub(super) const BINLOG: [&str; 2] = ["mariadb-binlog", "mysqlbinlog"];
/// The server itself, by its names.
pub(super) const SERVER: [&str; 2] = ["mariadbd", "mysqld"];

/// Whose a server or a tool is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Flavour {
    MariaDb,
    MySql,
}

impl Flavour {
    /// That of a server or of a tool, by what it says of its version.
    pub(super) fn of(version: &str) -> Self {
        if version.to_ascii_lowercase().contains("mariadb") { Self::MariaDb } else { Self::MySql }
    }

    /// What people know it by.
    pub(super) fn engine(self) -> Engine {
        match self {
            Self::MariaDb => Engine::MariaDb,
            Self::MySql => Engine::MySql,
        }
    }

    /// The program that copies the files of a server of this flavour, by its names.
    pub(super) fn backup_tools(self) -> &'static [&'static str] {
        match self {
            Self::MariaDb => &["mariadb-backup", "mariabackup"],
            Self::MySql => &["xtrabackup"],
        }
    }

    /// The format of what that writes.
    pub(super) fn stream(self) -> &'static str {
        match self {
            Self::MariaDb => "mbstream",
            Self::MySql => "xbstream",
        }
    }

    /// Makes the dump of a tool of this flavour say where in the binary log it is.
    pub(super) fn position_option(self) -> &'static str {
        match self {
            Self::MariaDb => "--master-data=2",
            Self::MySql => "--source-data=2",
        }
    }

    /// More options for the dump of a tool of this flavour: only what every server can load.
    pub(super) fn dump_options(self) -> &'static [&'static str] {
        match self {
            Self::MariaDb => &[],
            Self::MySql => &["--set-gtid-purged=OFF", "--column-statistics=0", "--no-tablespaces"],
        }
    }

    /// More options for a tool of this flavour that reads the binary log to replay it: names of
    /// transactions would mean something to the server that they are replayed into.
    pub(super) fn replay_options(self) -> &'static [&'static str] {
        match self {
            Self::MariaDb => &[],
            Self::MySql => &["--skip-gtids"],
        }
    }

    /// The option that says who receives the log: a server talks to one of each number.
    pub(super) fn receiver_option(self) -> &'static str {
        match self {
            Self::MariaDb => "--stop-never-slave-server-id",
            Self::MySql => "--connection-server-id",
        }
    }

    /// More options for a server of this flavour that only replays a log.
    pub(super) fn scratch_options(self) -> &'static [&'static str] {
        match self {
            Self::MariaDb => &["--event-scheduler=OFF"],
            Self::MySql => &["--event-scheduler=DISABLED", "--mysqlx=OFF"],
        }
    }

    /// What is said to such a server before the log. From the first statement on users and rights
    /// can be changed; the connection that says it may do everything.
    ///
    /// `MariaDB` makes and drops no event before it has read those that are there, which it does
    /// when the scheduler is switched off a second time. It removes those whose time is over: they
    /// are to stay for what the log does with them, so the time is one before all of them.
    pub(super) fn before_log(self) -> &'static str {
        match self {
            Self::MariaDb => {
                "FLUSH PRIVILEGES;\nSET timestamp = 1;\nSET GLOBAL event_scheduler = OFF;\n\
                 SET timestamp = DEFAULT;\n"
            }
            Self::MySql => "FLUSH PRIVILEGES;\n",
        }
    }

    /// What is said to it after the log. It fails if a program that the log calls has switched the
    /// scheduler on: then events have changed rows, at a time that is not theirs.
    pub(super) fn after_log(self) -> &'static str {
        match self {
            Self::MariaDb => {
                "\nEXECUTE IMMEDIATE IF(@@GLOBAL.event_scheduler = 'OFF', 'DO 1', \
                 'SHOW TABLES FROM `the log switched the event scheduler on`');\nSHUTDOWN;\n"
            }
            Self::MySql => "\nSHUTDOWN;\n",
        }
    }

    /// The lines of an option file for encryption, for tools of this flavour.
    pub(super) fn tls_lines(self, settings: &Settings) -> Vec<(&'static str, String)> {
        let ca = settings.ca().map(|ca| ("ssl-ca", ca.to_string_lossy().into_owned()));
        let mut lines = Vec::from_iter(ca);
        let mode = |mode: &str| ("ssl-mode", mode.to_owned());
        let (ssl, verify) = (|on: &str| ("ssl", on.to_owned()), "ssl-verify-server-cert");
        match (self, settings.tls()) {
            (Self::MariaDb, Tls::Off) => return vec![ssl("0")],
            // It falls back to plain text all the same: whoever requires more asks the server.
            (Self::MariaDb, Tls::Prefer | Tls::Require) => {
                lines.extend([ssl("1"), (verify, "0".to_owned())]);
            }
            // It knows no check of the certificate without that of the name.
            (Self::MariaDb, Tls::VerifyCa | Tls::VerifyFull) => {
                lines.extend([ssl("1"), (verify, "1".to_owned())]);
            }
            (Self::MySql, Tls::Off) => return vec![mode("DISABLED")],
            (Self::MySql, Tls::Prefer) => lines.push(mode("PREFERRED")),
            (Self::MySql, Tls::Require) => lines.push(mode("REQUIRED")),
            (Self::MySql, Tls::VerifyCa) => lines.push(mode("VERIFY_CA")),
            (Self::MySql, Tls::VerifyFull) => lines.push(mode("VERIFY_IDENTITY")),
        }
        lines
    }
}
