//! Why a database could not be asked, captured or restored.

use std::io;

/// Why a database could not be asked, captured or restored. What a tool said is quoted without
/// passwords, and fit to be shown.
#[derive(Debug, thiserror::Error)]
pub enum DatabaseError {
    /// Somebody asked to stop.
    #[error("cancelled")]
    Cancelled,
    /// A tool is not there.
    #[error(
        "the tool {tool} is not {}: install the client tools of the database",
        if *named { "in the folder that the connection settings name as tools" } else { "on the \
        search path, and the connection settings name no folder as tools" }
    )]
    ToolMissing {
        /// Which.
        tool: &'static str,
        /// Whether the settings say where it should be.
        named: bool,
    },
    /// A tool is too old for the server, or what it says of its version is not understood.
    #[error("{tool} is of version {found}, and the server of version {server}: {way_out}")]
    WrongVersion {
        /// Which.
        tool: &'static str,
        /// Its version.
        found: String,
        /// The server's.
        server: String,
        /// What helps.
        way_out: &'static str,
    },
    /// The database server does not let us in.
    #[error("the database server refused the login: {said}")]
    Refused {
        /// What the tool says.
        said: String,
    },
    /// Its certificate is not what the settings ask for.
    #[error(
        "the certificate of the database server is not believed: ca of the connection settings \
         must be a file with the certificate that signed it, and host a name in it: {said}"
    )]
    Untrusted {
        /// What the tool says.
        said: String,
    },
    /// Nobody answers, or whoever did has gone.
    #[error("the database server cannot be reached: {said}")]
    Unreachable {
        /// What the tool says.
        said: String,
    },
    /// It is not something that can be done with this server.
    #[error("{0}")]
    Unsupported(String),
    /// The log that the database has does not go on from what was received of it: it was put back
    /// to an earlier state, or no longer has what comes next. What is behind it is another life.
    #[error("{0}")]
    LogParted(String),
    /// A tool took longer than it may.
    #[error("{tool} did not end within {seconds} seconds: {said}")]
    TooLong {
        /// Which.
        tool: &'static str,
        /// How long it had.
        seconds: u64,
        /// What it says.
        said: String,
    },
    /// A tool failed.
    #[error("{tool} {how}: {said}")]
    Tool {
        /// Which.
        tool: &'static str,
        /// How it ended.
        how: String,
        /// What it says.
        said: String,
    },
    /// What a tool says is not what it should.
    #[error("the answer of {tool} is not understood: {what}")]
    NotUnderstood {
        /// Which.
        tool: &'static str,
        /// What is wrong.
        what: &'static str,
    },
    /// The machine failed.
    #[error("{what}")]
    System {
        /// What could not be done.
        what: String,
        /// Why.
        #[source]
        source: io::Error,
    },
}

/// What servers and tools say when they let nobody in.
const REFUSED: [&str; 7] = [
    "authentication failed",
    "no pg_hba.conf entry",
    "no password supplied",
    "permission denied to start WAL sender",
    "must be superuser or replication role",
    "Access denied for user",
    "is not permitted to log in",
];

/// What tools say of a certificate, or of the file of the one that signs it.
const UNTRUSTED: [&str; 6] = [
    "certificate verify failed",
    "server certificate for",
    "root certificate file",
    "TLS/SSL error",
    "SSL connection error",
    "could not read root certificate",
];

/// What they say when nobody is there, or goes away.
const UNREACHABLE: [&str; 13] = [
    "Connection refused",
    "could not connect to server",
    "connection to server",
    "could not translate host name",
    "server closed the connection",
    "terminating connection",
    "the database system is",
    "could not receive data from",
    "SSL connection has been closed",
    "Can't connect to",
    "Unknown MySQL server host",
    "Lost connection to",
    "server has gone away",
];

impl DatabaseError {
    /// What it means that `tool` ended as `how` says.
    pub(crate) fn tool(tool: &'static str, how: &str, said: String) -> Self {
        let says = |phrases: &[&str]| phrases.iter().any(|phrase| said.contains(phrase));
        let unknown_role = said.contains("role \"") && said.contains("FATAL");
        if says(&REFUSED) || (unknown_role && said.contains("does not exist")) {
            Self::Refused { said }
        } else if says(&UNTRUSTED) {
            Self::Untrusted { said }
        } else if says(&UNREACHABLE) {
            Self::Unreachable { said }
        } else {
            let said = if said.is_empty() { "it does not say why".to_owned() } else { said };
            Self::Tool { tool, how: how.to_owned(), said }
        }
    }

    /// What came through the reader or the writer of a tool.
    pub(crate) fn of(tool: &'static str, error: io::Error) -> Self {
        match error.downcast::<Self>() {
            Ok(error) => error,
            Err(source) => {
                let what = format!("the output or the input of {tool} is lost");
                Self::System { what, source }
            }
        }
    }

    /// Trouble of the machine.
    pub(crate) fn system(what: &str, source: impl Into<io::Error>) -> Self {
        Self::System { what: what.to_owned(), source: source.into() }
    }

    /// Why, in words for whoever asked for the work: nothing of where this server keeps its files.
    pub fn for_caller(&self) -> String {
        match self {
            Self::System { what, source } => crate::words::with_system_words(what.as_str(), source),
            Self::Cancelled
            | Self::ToolMissing { .. }
            | Self::WrongVersion { .. }
            | Self::Refused { .. }
            | Self::Untrusted { .. }
            | Self::Unreachable { .. }
            | Self::Unsupported(_)
            | Self::LogParted(_)
            | Self::TooLong { .. }
            | Self::Tool { .. }
            | Self::NotUnderstood { .. } => self.to_string(),
        }
    }
}
