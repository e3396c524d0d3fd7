//! How the tools reach the server: an option file that only they can read.

use std::path::{Path, PathBuf};
use std::time::Duration;

use zeroize::Zeroizing;

use super::Flavour;
use super::flavour::CLIENT;
use super::words::error_only;
use crate::database::private::Private;
use crate::database::tool::{Run, Tool};
use crate::database::{DatabaseError, Place, Settings};
use crate::source::Cancel;

/// The longest wait for a connection.
const CONNECT_SECONDS_MAX: u64 = 5;

/// What the tools need to know.
#[derive(Debug)]
pub(super) struct Session<'a> {
    pub(super) settings: &'a Settings,
    pub(super) cancel: &'a Cancel,
    client: Tool,
    private: Private,
    options: PathBuf,
}

impl<'a> Session<'a> {
    /// Writes the password where only the tools find it.
    pub(super) fn new(settings: &'a Settings, cancel: &'a Cancel) -> Result<Self, DatabaseError> {
        let client = Tool::find_any(settings.tools(), &CLIENT)?;
        let flavour = flavour_of(&client, cancel)?;
        let failed = |error| DatabaseError::system("a private folder cannot be made", error);
        let private = Private::new().map_err(failed)?;
        let options = private.file("options", &option_file(settings, flavour)).map_err(failed)?;
        Ok(Self { settings, cancel, client, private, options })
    }

    /// A folder that nobody else can look into.
    pub(super) fn folder(&self) -> &Path {
        self.private.path()
    }

    /// Prepares a run of a tool that connects to the server.
    pub(super) fn run(&self, tool: &Tool) -> Run {
        let folder = self.private.path().to_string_lossy();
        // It must come first, and keeps away everybody else's option files.
        let options = format!("--defaults-file={}", self.options.display());
        let run = tool.run().variable("HOME", &*folder).hide(&folder).arguments([options]);
        match self.settings.password() {
            Some(password) => run.hide(password.expose()),
            None => run,
        }
    }

    /// Prepares a run of the client.
    pub(super) fn client(&self) -> Run {
        self.run(&self.client).arguments([
            "--no-auto-rehash",
            "--batch",
            "--skip-column-names",
            "--local-infile=0",
            "--default-character-set=utf8mb4",
        ])
    }

    /// Prepares a run of the client that takes in what a tool made: it does nothing but to send
    /// it to the server, whatever commands of the client are in it. Neither a statement that
    /// fails nor its values are repeated.
    pub(super) fn loader(&self) -> Run {
        let run = self.client().repeat(error_only);
        let quiet = "--loose-skip-print-query-on-error";
        run.arguments(["--binary-mode", "--max-allowed-packet=1G", quiet])
    }

    /// What the client is called.
    pub(super) fn client_name(&self) -> &'static str {
        self.client.name()
    }

    /// Asks the server something, and gives the fields of each row of the answer.
    pub(super) fn ask(
        &self,
        question: &str,
        seconds_max: u64,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        self.ask_with(question, seconds_max, self.cancel)
    }

    /// Like [`Session::ask`], also when the work that this is for was told to stop.
    pub(super) fn ask_with(
        &self,
        question: &str,
        seconds_max: u64,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<String>>, DatabaseError> {
        let run = self.client().at_most(Duration::from_secs(seconds_max));
        let answer = run.arguments(["--execute", question]).answer(cancel)?;
        let text = String::from_utf8(answer).map_err(|_| DatabaseError::NotUnderstood {
            tool: self.client.name(),
            what: "it is not encoded in UTF-8",
        })?;
        Ok(text.lines().map(|row| row.split('\t').map(plain_field).collect()).collect())
    }
}

/// Whose tool this is.
pub(super) fn flavour_of(tool: &Tool, cancel: &Cancel) -> Result<Flavour, DatabaseError> {
    let run = tool.run().at_most(Duration::from_secs(CONNECT_SECONDS_MAX));
    let said = run.arguments(["--version"]).answer(cancel)?;
    Ok(Flavour::of(&String::from_utf8_lossy(&said)))
}

fn option_file(settings: &Settings, flavour: Flavour) -> Zeroizing<String> {
    let mut file = Zeroizing::new("[client]\n".to_owned());
    let mut line = |name: &str, value: &str| {
        // Room for all of it at once: what is moved to make room would not be wiped.
        file.reserve(name.len() + 2 * value.len() + 4);
        file.push_str(name);
        file.push_str("=\"");
        for letter in value.chars() {
            if matches!(letter, '"' | '\\') {
                file.push('\\');
            }
            file.push(letter);
        }
        file.push_str("\"\n");
    };
    match settings.place() {
        Place::Host { host, port } => {
            line("protocol", "tcp");
            line("host", host);
            line("port", &port.to_string());
        }
        Place::Socket { path, port: _ } => {
            line("protocol", "socket");
            line("socket", &path.to_string_lossy());
        }
    }
    line("user", settings.user());
    for (name, value) in flavour.tls_lines(settings) {
        line(name, &value);
    }
    if let Some(password) = settings.password() {
        line("password", password.expose());
    }
    // A section that only the client reads: others do not know this option.
    file.push_str("[mysql]\nconnect_timeout=");
    file.push_str(&CONNECT_SECONDS_MAX.to_string());
    file.push('\n');
    file
}

/// Takes back what the client did to a field so that it has no tab and no newline.
fn plain_field(field: &str) -> String {
    let mut plain = String::with_capacity(field.len());
    let mut letters = field.chars();
    while let Some(letter) = letters.next() {
        let escaped = if letter == '\\' { letters.next() } else { None };
        plain.push(match escaped {
            None => letter,
            Some('n') => '\n',
            Some('t') => '\t',
            Some('0') => '\0',
            Some(other) => other,
        });
    }
    plain
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_means_something_in_an_option_file_is_escaped() {
        let text = "engine = \"mysql\"\nhost = \"h\"\nuser = \"a#b\"\npassword = 'p\"\\ #w'\n";
        let settings = Settings::parse(text).unwrap();
        let file = option_file(&settings, Flavour::MySql);
        assert_eq!(
            *file,
            "[client]\nprotocol=\"tcp\"\nhost=\"h\"\nport=\"3306\"\nuser=\"a#b\"\n\
             ssl-mode=\"REQUIRED\"\npassword=\"p\\\"\\\\ #w\"\n[mysql]\nconnect_timeout=5\n"
        );
    }

    #[test]
    fn a_field_of_an_answer_is_what_the_server_said() {
        assert_eq!(plain_field(r"a\tb\nc\\d\\n"), "a\tb\nc\\d\\n");
    }
}
