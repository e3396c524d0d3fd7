//! A server over a data folder that is being restored, for as long as a log is replayed into it.
//!
//! Nobody else can reach it: it has no port, and its socket is in a folder of ours. It asks nobody
//! for a password, because nobody knows the passwords of that time. It keeps all tables in its
//! folder, wherever a statement of the log wants them, and reads no other file than what the tool
//! that reads the log puts there for it.

use std::fs;
use std::os::unix::fs::DirBuilderExt as _;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::flavour::{Flavour, SERVER};
use super::options;
use super::replay::{Replay, feed};
use super::session::Session;
use crate::database::private::Private;
use crate::database::tool::{Feed, Input, Output, Running, Tool, now};
use crate::database::{DatabaseError, PROBE_SECONDS_MAX, Settings};
use crate::source::Cancel;

/// The longest that it may take to begin.
const START_SECONDS_MAX: u64 = 600;
/// The longest that it may take to write all that it has in memory.
const END_SECONDS_MAX: u64 = 3600;
/// Where what the log loads is put, in the folder: no database has such a name there.
const LOADED: &str = "#sexton-load";
/// Its log. The server gives a name without an ending one of its own.
const LOG: &str = "log.err";
/// How the client tells that a table is not there.
const NO_TABLE: &str = "ERROR 1146 ";
/// How much of its log is quoted.
const LINES_MAX: usize = 3;

/// Such a server.
#[derive(Debug)]
pub(super) struct Scratch<'a> {
    flavour: Flavour,
    settings: Settings,
    running: Running<'a>,
    cancel: &'a Cancel,
    folder: PathBuf,
    log: PathBuf,
    loaded: PathBuf,
    private: Private,
}

impl<'a> Scratch<'a> {
    /// Starts one over `folder`, and waits until it answers.
    pub(super) fn start(
        tools: Option<&Path>,
        flavour: Flavour,
        folder: &Path,
        letter_case: Option<u8>,
        cancel: &'a Cancel,
    ) -> Result<Self, DatabaseError> {
        let tool = Tool::find_any(tools, &SERVER)?;
        let failed = |error| DatabaseError::system("a private folder cannot be made", error);
        let private = Private::new().map_err(failed)?;
        let (socket, log) = (private.path().join("socket"), private.path().join(LOG));
        let loaded = folder.join(LOADED);
        fs::DirBuilder::new().mode(0o700).create(&loaded).map_err(failed)?;
        // What the files need of the settings of their server. No place of it is among them.
        let mut arguments = vec![format!("--defaults-file={}/{}", folder.display(), options::FILE)];
        arguments.push(format!("--datadir={}", folder.display()));
        arguments.push(format!("--socket={}", socket.display()));
        arguments.push(format!("--pid-file={}", private.path().join("pid").display()));
        arguments.push(format!("--log-error={}", log.display()));
        // When it starts it removes temporary tables: not those of another server on this machine.
        arguments.push(format!("--tmpdir={}", private.path().display()));
        let user = rustix::process::geteuid();
        if user.is_root() {
            arguments.push("--user=root".to_owned());
        }
        // What is replayed reads no other file of this machine, and writes none.
        arguments.push(format!("--secure-file-priv={}", loaded.display()));
        // Names are compared as they were where the files are from.
        arguments.extend(letter_case.map(|it| format!("--lower-case-table-names={it}")));
        let run = tool.run_with_us()?.arguments(arguments).arguments([
            "--skip-networking",
            "--skip-grant-tables",
            "--skip-log-bin",
            "--skip-slave-start",
            // `DATA DIRECTORY` would make tables elsewhere.
            "--skip-symbolic-links",
            "--local-infile=0",
            "--max-allowed-packet=1G",
        ]);
        let run = run.arguments(flavour.scratch_options());
        let running = run.start(Input::Written, Output::Nowhere, cancel)?;
        let settings = Settings::over_socket(flavour.engine(), &socket, tools);
        let folder = folder.to_path_buf();
        let mut scratch = Self { flavour, settings, running, cancel, folder, log, loaded, private };
        scratch.wait()?;
        Ok(scratch)
    }

    fn wait(&mut self) -> Result<(), DatabaseError> {
        let session = Session::new(&self.settings, self.cancel)?;
        let until = now() + Duration::from_secs(START_SECONDS_MAX);
        loop {
            match session.ask("select 1", PROBE_SECONDS_MAX) {
                Ok(_) => return Ok(()),
                Err(DatabaseError::Cancelled) => return Err(DatabaseError::Cancelled),
                Err(_) => {}
            }
            // This also waits for a moment.
            if self.running.has_ended()? || now() > until {
                return Err(self.failed("did not start over the restored files"));
            }
        }
    }

    /// Replays a log into it, and ends it.
    pub(super) fn replay(mut self, log: &Replay) -> Result<(), DatabaseError> {
        let session = Session::new(&self.settings, self.cancel)?;
        let loader = session.loader();
        let mut client = Feed::new(loader.start(Input::Written, Output::Nowhere, self.cancel)?);
        client.write(self.flavour.before_log().as_bytes())?;
        let fed = feed(log, &self.loaded, &session, &mut client);
        let fed = fed.and_then(|()| client.write(self.flavour.after_log().as_bytes()));
        fed.and_then(|()| client.end()).map_err(with_way_out)?;
        // Without its input it would be killed before it has written all.
        let until = now() + Duration::from_secs(END_SECONDS_MAX);
        while !self.running.has_ended()? {
            if now() > until {
                return Err(self.failed("did not end after the log was replayed"));
            }
        }
        self.running.end()?;
        let failed = |error| DatabaseError::system("loaded rows cannot be removed", error);
        fs::remove_dir_all(&self.loaded).map_err(failed)
    }

    fn failed(&self, how: &str) -> DatabaseError {
        let text = fs::read(&self.log).unwrap_or_default();
        let mut said = last_words(&String::from_utf8_lossy(&text));
        for ours in [&*self.folder, self.private.path()] {
            said = said.replace(&*ours.to_string_lossy(), "…");
        }
        DatabaseError::Tool { tool: SERVER[0], how: how.to_owned(), said }
    }
}

/// What a server said last in its log: of its errors, or of other lines that are its own. What a
/// statement says is in none of them.
fn last_words(log: &str) -> String {
    let lines = |kinds: &[&str]| {
        let own = |line: &&str| kinds.iter().any(|kind| line.contains(kind));
        let mut last: Vec<_> = log.lines().rev().filter(own).take(LINES_MAX).collect();
        last.reverse();
        last.join("; ")
    };
    let (errors, others) = (lines(&["[ERROR]"]), lines(&["[Warning]", "[Note]"]));
    let said = [errors, others].into_iter().find(|it| !it.is_empty());
    let said = said.unwrap_or_else(|| "it does not say why".to_owned());
    sexton_core::plain(&said).into_owned()
}

/// Says what can be done where a table of the log is not in the backup.
fn with_way_out(error: DatabaseError) -> DatabaseError {
    let DatabaseError::Tool { tool, how, said } = error else { return error };
    let hint = if said.starts_with(NO_TABLE) {
        ". If that is a temporary table, it was open when the backup was made, and no backup has \
         it: take a time before it was used, or a later backup"
    } else {
        ""
    };
    DatabaseError::Tool { tool, how, said: format!("{said}{hint}") }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_that_does_not_start_is_quoted_with_its_errors_or_else_with_its_last_lines() {
        let log =
            "1 [Note] a\nSELECT 'SECRET'\n2 [Warning] b\nQuery: SECRET\n3 [Note] c\n4 [Note] d";
        assert_eq!(last_words(log), "2 [Warning] b; 3 [Note] c; 4 [Note] d");
        let log = format!("5 [ERROR] e\u{1b}\n{log}\n6 [ERROR] f\n");
        assert_eq!(last_words(&log), "5 [ERROR] e\\u{1b}; 6 [ERROR] f");
        for log in ["", "SELECT 'SECRET'\n"] {
            assert_eq!(last_words(log), "it does not say why");
        }
    }

    #[test]
    fn whoever_misses_a_table_is_told_of_temporary_ones() {
        let failed = |said: &str| {
            let (tool, how, said) = ("mariadb", "ended with code 1".to_owned(), said.to_owned());
            with_way_out(DatabaseError::Tool { tool, how, said }).to_string()
        };
        let said = failed("ERROR 1146 (42S02) at line 63: Table 'shop.tmp' doesn't exist");
        assert!(said.contains("'shop.tmp' doesn't exist. If that is a temporary table"), "{said}");
        let said = failed("ERROR 1062 (23000) at line 63: Duplicate entry …");
        assert!(said.ends_with("entry …"), "{said}");
    }
}
