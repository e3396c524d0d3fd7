//! What every tool of `PostgreSQL` is started with.

use std::time::Duration;

use zeroize::Zeroizing;

use super::super::private::Private;
use super::super::tool::{Input, Output, Run, Running, Tool};
use super::super::{DatabaseError, Place, Settings, Tls};
use crate::source::Cancel;

/// How long a connection may take to come about.
const CONNECT_SECONDS_MAX: u64 = 8;

/// What to connect to if the settings do not say.
const DATABASE: &str = "postgres";

/// What no variable can say: a server that has gone without a word is noticed within a minute.
const SERVICE: &str = "[sexton]\nkeepalives=1\nkeepalives_idle=30\nkeepalives_interval=10\n\
                       keepalives_count=3\n";

/// The settings, in the form in which the tools take them, for as long as they run.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cancel: &'a Cancel,
    private: Private,
    environment: Vec<(&'static str, String)>,
}

impl<'a> Session<'a> {
    /// Writes the password where only the tools find it.
    pub(super) fn new(settings: &'a Settings, cancel: &'a Cancel) -> Result<Self, DatabaseError> {
        let failed = |error| DatabaseError::system("a private folder cannot be made", error);
        let private = Private::new().map_err(failed)?;
        let mut environment = vec![
            ("PGUSER", settings.user().to_owned()),
            ("PGDATABASE", settings.database().unwrap_or(DATABASE).to_owned()),
            ("PGSSLMODE", ssl_mode(settings.tls()).to_owned()),
            ("PGGSSENCMODE", "disable".to_owned()),
            ("PGCLIENTENCODING", "UTF8".to_owned()),
            ("PGCONNECT_TIMEOUT", CONNECT_SECONDS_MAX.to_string()),
            ("PGAPPNAME", "sexton".to_owned()),
            // Nobody's files of settings and passwords.
            ("HOME", private.path().to_string_lossy().into_owned()),
        ];
        let (host, port) = match settings.place() {
            Place::Host { host, port } => (host.clone(), port),
            Place::Socket { path, port } => (path.to_string_lossy().into_owned(), port),
        };
        environment.extend([("PGHOST", host), ("PGPORT", port.to_string())]);
        if let Some(ca) = settings.ca() {
            environment.push(("PGSSLROOTCERT", ca.to_string_lossy().into_owned()));
        }
        let service = private.file("service", SERVICE).map_err(failed)?;
        environment.push(("PGSERVICEFILE", service.to_string_lossy().into_owned()));
        environment.push(("PGSERVICE", "sexton".to_owned()));
        let mut session = Self { settings, cancel, private, environment };
        if let Some(password) = settings.password() {
            let file = session.private.file("passwords", &password_file(password.expose()));
            let file = file.map_err(failed)?;
            session.environment.push(("PGPASSFILE", file.to_string_lossy().into_owned()));
        }
        Ok(session)
    }

    /// The database that is connected to.
    pub(super) fn database(&self) -> &'a str {
        self.settings.database().unwrap_or(DATABASE)
    }

    /// Looks for a tool.
    pub(super) fn tool(&self, name: &'static str) -> Result<Tool, DatabaseError> {
        Tool::find(self.settings, name)
    }

    /// Prepares a run of a tool that connects to the server.
    pub(super) fn run(&self, tool: &Tool) -> Run {
        let mut run = tool.run().hide(&self.private.path().to_string_lossy());
        for (name, value) in &self.environment {
            run = run.variable(name, value);
        }
        match self.settings.password() {
            Some(password) => run.hide(password.expose()),
            None => run,
        }
    }

    /// Begins to talk to the server: what is written is asked, what is read is answered.
    pub(super) fn talk(&self) -> Result<Running<'a>, DatabaseError> {
        let psql = self.tool("psql")?;
        let run = self.run(&psql).arguments(QUIET);
        run.start(Input::Written, Output::Read, self.cancel)
    }

    /// Asks the server something, and gives the fields of each row of the answer.
    pub(super) fn ask(
        &self,
        question: &str,
        seconds_max: u64,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        let psql = self.tool("psql")?;
        let run = self.run(&psql).at_most(Duration::from_secs(seconds_max));
        let run = run.arguments(QUIET).arguments([
            // Names may have anything else in them.
            "--field-separator-zero",
            "--record-separator=\u{1}\n",
            // Nobody's functions in place of the system's.
            "--command=set search_path = pg_catalog",
            "--command",
            question,
        ]);
        let answer = run.answer(self.cancel)?;
        let text = String::from_utf8(answer);
        let text = text.map_err(|_| DatabaseError::NotUnderstood {
            tool: "psql",
            what: "it is not encoded in UTF-8",
        })?;
        let rows = text.split("\u{1}\n").filter(|row| !row.trim_end().is_empty());
        Ok(rows
            .map(|row| row.trim_end_matches('\n').split('\0').map(str::to_owned).collect())
            .collect())
    }
}

/// Nobody's settings, nothing but rows, and an end at the first error.
const QUIET: [&str; 6] = [
    "--no-psqlrc",
    "--no-password",
    "--quiet",
    "--tuples-only",
    "--no-align",
    "--set=ON_ERROR_STOP=1",
];

/// A password for every server. Colons and backslashes mean something in such a file.
fn password_file(password: &str) -> Zeroizing<String> {
    // Room for all of it at once: what is moved to make room would not be wiped.
    let mut file = Zeroizing::new(String::with_capacity(2 * password.len() + 9));
    file.push_str("*:*:*:*:");
    for letter in password.chars() {
        if matches!(letter, ':' | '\\') {
            file.push('\\');
        }
        file.push(letter);
    }
    file.push('\n');
    file
}

fn ssl_mode(tls: Tls) -> &'static str {
    match tls {
        Tls::Off => "disable",
        Tls::Prefer => "prefer",
        Tls::Require => "require",
        Tls::VerifyCa => "verify-ca",
        Tls::VerifyFull => "verify-full",
    }
}
