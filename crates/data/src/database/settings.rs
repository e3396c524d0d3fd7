//! How a database is reached: a small TOML text that a person writes.
//!
//! ```toml
//! engine = "postgresql"          # or "mysql", "mariadb"
//! host = "db.example.org"        # or socket = "/run/postgresql"
//! port = 5432
//! user = "backup"
//! password = "…"
//! database = "postgres"          # what to connect to
//! tls = "verify-full"
//! ca = "/etc/ssl/db-ca.pem"
//! tools = "/usr/lib/postgresql/15/bin"
//! ```
//!
//! The text holds a password. No error repeats a line of it: an error of a TOML parser would.

use std::fmt;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};
use sexton_core::nearest;
use toml::{Table, Value};
use zeroize::Zeroizing;

/// The longest text of settings.
pub const SETTINGS_BYTES_MAX: usize = 16 << 10;

/// The longest value of one key.
const VALUE_BYTES_MAX: usize = 1024;

const KEYS: [&str; 10] =
    ["engine", "host", "socket", "port", "user", "password", "database", "tls", "ca", "tools"];

/// What kind of database it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Engine {
    /// `PostgreSQL`.
    PostgreSql,
    /// `MySQL`.
    MySql,
    /// `MariaDB`.
    MariaDb,
}

impl Engine {
    /// The name that people know it by.
    pub fn name(self) -> &'static str {
        match self {
            Self::PostgreSql => "PostgreSQL",
            Self::MySql => "MySQL",
            Self::MariaDb => "MariaDB",
        }
    }

    /// Whether it is `PostgreSQL`; the others understand each other.
    pub(crate) fn is_postgresql(self) -> bool {
        match self {
            Self::PostgreSql => true,
            Self::MySql | Self::MariaDb => false,
        }
    }

    fn port(self) -> u16 {
        match self {
            Self::PostgreSql => 5432,
            Self::MySql | Self::MariaDb => 3306,
        }
    }
}

/// Where the database server listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Place {
    /// On the network.
    Host {
        /// A name or an address.
        host: String,
        /// The port.
        port: u16,
    },
    /// On this machine.
    Socket {
        /// For `PostgreSQL` the folder of the socket, else the socket itself. Absolute.
        path: PathBuf,
        /// The port, which is a part of the socket's name for `PostgreSQL`.
        port: u16,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Host { host, port } => write!(f, "{host}:{port}"),
            Self::Socket { path, port } => write!(f, "{}:{port}", path.display()),
        }
    }
}

/// Whether the connection is encrypted. A socket never is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Tls {
    /// It is not.
    Off,
    /// It is if the server can.
    Prefer,
    /// It is, with whoever answers.
    Require,
    /// It is, and the certificate is one that `ca` signed.
    VerifyCa,
    /// It is, and the certificate is that of the host.
    VerifyFull,
}

const TLS: [(&str, Tls); 5] = [
    ("off", Tls::Off),
    ("prefer", Tls::Prefer),
    ("require", Tls::Require),
    ("verify-ca", Tls::VerifyCa),
    ("verify-full", Tls::VerifyFull),
];

/// A password. It is wiped when it is dropped, and not shown.
#[derive(Clone, PartialEq, Eq)]
pub struct Password(Zeroizing<String>);

impl Password {
    /// What it is.
    pub(crate) fn expose(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Password {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Password(…)")
    }
}

/// How a database is reached. No text in it has a control character or is empty.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Settings {
    engine: Engine,
    place: Place,
    user: String,
    password: Option<Password>,
    database: Option<String>,
    tls: Tls,
    ca: Option<PathBuf>,
    tools: Option<PathBuf>,
}

/// What is wrong with the text of settings. It repeats nothing of the text but names of keys.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum SettingsError {
    /// It is too long.
    #[error("the connection settings are longer than {SETTINGS_BYTES_MAX} bytes")]
    TooLong,
    /// It is not TOML.
    #[error("line {line} of the connection settings is not TOML: key = \"value\"")]
    NotToml {
        /// Where.
        line: usize,
    },
    /// It has a key that nobody knows.
    #[error("the connection settings have no key {key}{}", told(*nearest))]
    UnknownKey {
        /// Which, made fit to be shown.
        key: String,
        /// The key that is most like it.
        nearest: Option<&'static str>,
    },
    /// It lacks a key.
    #[error("the connection settings lack {key}: {wanted}")]
    Missing {
        /// Which.
        key: &'static str,
        /// What it says.
        wanted: &'static str,
    },
    /// A key has a value that it cannot have.
    #[error("{key} of the connection settings is not acceptable: it is {wanted}")]
    Unacceptable {
        /// Which.
        key: &'static str,
        /// What it may be.
        wanted: &'static str,
    },
}

fn told(nearest: Option<&str>) -> String {
    nearest.map(|nearest| format!("; the nearest is {nearest}")).unwrap_or_default()
}

impl Settings {
    /// Whether a text of settings says where the tools are, which the server runs.
    pub fn names_tools(text: &str) -> bool {
        text.parse::<Table>().is_ok_and(|table| table.contains_key("tools"))
    }

    /// Reads the text of settings.
    pub fn parse(text: &str) -> Result<Self, SettingsError> {
        if text.len() > SETTINGS_BYTES_MAX {
            return Err(SettingsError::TooLong);
        }
        let mut table = text.parse::<Table>().map_err(|error| {
            let at = error.span().map_or(0, |span| span.start.min(text.len()));
            SettingsError::NotToml {
                line: text.as_bytes()[..at].split(|byte| *byte == b'\n').count(),
            }
        })?;
        let password = taken(&mut table, "password", PASSWORD)?;
        let password = password.map(|password| Password(Zeroizing::new(password)));
        if let Some(key) = table.keys().find(|key| !KEYS.contains(&key.as_str())) {
            let nearest = nearest(key, KEYS);
            let key = sexton_core::plain(key).chars().take(64).collect();
            return Err(SettingsError::UnknownKey { key, nearest });
        }
        let engine = engine(&mut table)?;
        let place = place(&mut table, engine)?;
        let user = taken(&mut table, "user", "a name without control characters")?;
        let user = user.ok_or(SettingsError::Missing {
            key: "user",
            wanted: "the user of the database that makes backups",
        })?;
        let database = taken(&mut table, "database", "the name of a database")?;
        let tls = tls(&mut table, &place)?;
        let (ca, tools) = (folder(&mut table, "ca")?, folder(&mut table, "tools")?);
        if ca.is_none() && matches!(tls, Tls::VerifyCa | Tls::VerifyFull) {
            let wanted = "with this tls, the file of the certificate that signs the server's";
            return Err(SettingsError::Missing { key: "ca", wanted });
        }
        Ok(Self { engine, place, user, password, database, tls, ca, tools })
    }

    /// What kind of database it is.
    pub fn engine(&self) -> Engine {
        self.engine
    }

    /// Where it listens.
    pub fn place(&self) -> &Place {
        &self.place
    }

    /// Who asks it.
    pub fn user(&self) -> &str {
        &self.user
    }

    /// What to connect to, if that is said.
    pub fn database(&self) -> Option<&str> {
        self.database.as_deref()
    }

    /// Whether the connection is encrypted.
    pub fn tls(&self) -> Tls {
        self.tls
    }

    /// What signs the server's certificate.
    pub(crate) fn ca(&self) -> Option<&Path> {
        self.ca.as_deref()
    }

    /// Where the tools are; nothing for the search path of this process.
    pub fn tools(&self) -> Option<&Path> {
        self.tools.as_deref()
    }

    /// What proves who asks.
    pub(crate) fn password(&self) -> Option<&Password> {
        self.password.as_ref()
    }

    /// A server on this machine that asks `root` for no password.
    pub(crate) fn over_socket(engine: Engine, socket: &Path, tools: Option<&Path>) -> Self {
        Self {
            engine,
            place: Place::Socket { path: socket.to_path_buf(), port: engine.port() },
            user: "root".to_owned(),
            password: None,
            database: None,
            tls: Tls::Off,
            ca: None,
            tools: tools.map(Path::to_path_buf),
        }
    }

    /// The same server, another database.
    #[must_use]
    pub fn with_database(&self, database: &str) -> Self {
        Self { database: Some(database.to_owned()), ..self.clone() }
    }
}

const PASSWORD: &str = "text of at most 1024 bytes without control characters; \
                        leave the line out if there is none";

/// The text of a key.
fn taken(
    table: &mut Table,
    key: &'static str,
    wanted: &'static str,
) -> Result<Option<String>, SettingsError> {
    let Some(value) = table.remove(key) else { return Ok(None) };
    match value {
        Value::String(text)
            if (1..=VALUE_BYTES_MAX).contains(&text.len())
                && !text.chars().any(char::is_control) =>
        {
            Ok(Some(text))
        }
        Value::String(text) => {
            // It may be a password.
            drop(Zeroizing::new(text));
            Err(SettingsError::Unacceptable { key, wanted })
        }
        Value::Integer(_)
        | Value::Float(_)
        | Value::Boolean(_)
        | Value::Datetime(_)
        | Value::Array(_)
        | Value::Table(_) => Err(SettingsError::Unacceptable { key, wanted }),
    }
}

fn folder(table: &mut Table, key: &'static str) -> Result<Option<PathBuf>, SettingsError> {
    let wanted = "an absolute path";
    let path = taken(table, key, wanted)?.map(PathBuf::from);
    match path {
        Some(path) if !path.is_absolute() => Err(SettingsError::Unacceptable { key, wanted }),
        path => Ok(path),
    }
}

fn engine(table: &mut Table) -> Result<Engine, SettingsError> {
    let (key, wanted) = ("engine", "postgresql, mysql or mariadb");
    match taken(table, key, wanted)?.as_deref() {
        Some("postgresql") => Ok(Engine::PostgreSql),
        Some("mysql") => Ok(Engine::MySql),
        Some("mariadb") => Ok(Engine::MariaDb),
        Some(_) => Err(SettingsError::Unacceptable { key, wanted }),
        None => Err(SettingsError::Missing { key, wanted }),
    }
}

fn place(table: &mut Table, engine: Engine) -> Result<Place, SettingsError> {
    let port = match table.remove("port") {
        None => engine.port(),
        Some(Value::Integer(port)) if (1..=65535).contains(&port) => {
            u16::try_from(port).unwrap_or(engine.port())
        }
        Some(_) => {
            let wanted = "a number from 1 to 65535, without quotes";
            return Err(SettingsError::Unacceptable { key: "port", wanted });
        }
    };
    let host = taken(table, "host", HOST)?;
    match (host, folder(table, "socket")?) {
        (Some(host), None) if is_host(&host) => Ok(Place::Host { host, port }),
        (Some(_), None) => Err(SettingsError::Unacceptable { key: "host", wanted: HOST }),
        (None, Some(path)) => Ok(Place::Socket { path, port }),
        (Some(_), Some(_)) => {
            let wanted = "not said together with host: leave one of them out";
            Err(SettingsError::Unacceptable { key: "socket", wanted })
        }
        (None, None) => {
            let wanted = "where the database server listens, or socket for one on this machine";
            Err(SettingsError::Missing { key: "host", wanted })
        }
    }
}

const HOST: &str = "one name or address, without a port";

/// Names, IPv4 and IPv6 addresses. A list of hosts is none, nor is anything that a tool could
/// take for an option.
fn is_host(host: &str) -> bool {
    let letter = |c: char| c.is_ascii_alphanumeric() || ".-_:%".contains(c);
    host.chars().all(letter) && !host.starts_with('-')
}

fn tls(table: &mut Table, place: &Place) -> Result<Tls, SettingsError> {
    let (key, wanted) = ("tls", "off, prefer, require, verify-ca or verify-full");
    let Some(said) = taken(table, key, wanted)? else {
        return Ok(match place {
            Place::Host { .. } => Tls::Require,
            Place::Socket { .. } => Tls::Off,
        });
    };
    let known = TLS.iter().find(|(name, _)| *name == said);
    known.map(|(_, tls)| *tls).ok_or(SettingsError::Unacceptable { key, wanted })
}

#[cfg(test)]
mod tests {
    use super::*;

    const WHOLE: &str = "engine = \"postgresql\"\nhost = \"db.example.org\"\nuser = \"backup\"\n\
                         password = \"hush-hush\"\n";

    #[test]
    fn what_is_not_said_has_a_safe_default() {
        let settings = Settings::parse(WHOLE).unwrap();
        let place = Place::Host { host: "db.example.org".to_owned(), port: 5432 };
        assert_eq!((settings.place(), settings.tls()), (&place, Tls::Require));
        assert_eq!(settings.password().unwrap().expose(), "hush-hush");
        let local = "engine = \"mariadb\"\nsocket = \"/run/mysqld/mysqld.sock\"\nuser = \"b\"";
        let settings = Settings::parse(local).unwrap();
        let place = Place::Socket { path: "/run/mysqld/mysqld.sock".into(), port: 3306 };
        assert_eq!((settings.place(), settings.tls()), (&place, Tls::Off));
    }

    #[test]
    fn every_wrong_setting_is_named_and_no_password_is_repeated() {
        for (more, says) in [
            ("passwort = \"hush-hush\"", "have no key passwort; the nearest is password"),
            ("colour = 1", "have no key colour"),
            ("password = \"hush-hush\"", "line 5 of the connection settings is not TOML"),
            ("tools hush-hush", "line 5 of the connection settings is not TOML"),
            (
                "port = \"5432\"",
                "port of the connection settings is not acceptable: it is a number",
            ),
            ("port = 0", "port of the connection settings"),
            ("socket = \"/run\"", "leave one of them out"),
            ("tls = \"yes\"", "it is off, prefer, require, verify-ca or verify-full"),
            ("tls = \"verify-full\"", "lack ca"),
            ("tools = \"bin\"", "tools of the connection settings is not acceptable: it is an abs"),
            ("database = \"\"", "database of the connection settings"),
            ("database = \"a\\nb\"", "database of the connection settings"),
        ] {
            let error = Settings::parse(&format!("{WHOLE}{more}")).unwrap_err().to_string();
            assert!(error.contains(says), "{more}: {error}");
            assert!(!error.contains("hush-hush"), "{error}");
        }
        for (text, says) in [
            ("engine = \"oracle\"", "it is postgresql, mysql or mariadb"),
            ("", "lack engine"),
            ("engine = \"mysql\"", "lack host"),
            ("engine = \"mysql\"\nhost = \"a,b\"", "host of the connection settings"),
            ("engine = \"mysql\"\nhost = \"-a\"", "host of the connection settings"),
            ("engine = \"mysql\"\nhost = \"a\"", "lack user"),
            ("password = 12345", "password of the connection settings"),
            ("password = \"\"", "leave the line out"),
        ] {
            let error = Settings::parse(text).unwrap_err().to_string();
            assert!(error.contains(says), "{text}: {error}");
        }
        assert_eq!(Settings::parse(&"#".repeat(20_000)), Err(SettingsError::TooLong));
    }

    #[test]
    fn settings_are_shown_without_the_password() {
        let shown = format!("{:?}", Settings::parse(WHOLE).unwrap());
        assert!(shown.contains("backup") && !shown.contains("hush-hush"), "{shown}");
    }
}
