//! What the tests share that run the built program: a server that lives as long as its
//! test, and nothing longer.

use std::fs::{self, File};
use std::io::{BufRead, BufReader};
use std::path::{Path, PathBuf};
use std::process::{Child, ChildStdout, Command, Stdio};

use tempfile::TempDir;

pub(crate) const PROGRAM: &str = env!("CARGO_BIN_EXE_sexton");

/// The program in a clean environment, in a folder where no settings file is.
pub(crate) fn sexton(folder: &Path, arguments: &[&str]) -> Command {
    let mut command = clean(Command::new(PROGRAM), folder);
    command.args(arguments);
    command
}

/// A command in a clean environment.
pub(crate) fn clean(mut command: Command, folder: &Path) -> Command {
    command.current_dir(folder).stdin(Stdio::null());
    for (name, _) in std::env::vars_os() {
        let text = name.to_string_lossy();
        if text.starts_with("AWS_") || text.starts_with("SEXTON_") {
            command.env_remove(&name);
        }
    }
    command
}

/// On a free port.
pub(crate) const SERVE: [&str; 5] = ["serve", "--data", "data", "--listen", "127.0.0.1:0"];

/// A server, its folder, and what it has printed. Killed when it is dropped.
#[derive(Debug)]
pub(crate) struct Served {
    pub(crate) endpoint: String,
    pub(crate) folder: TempDir,
    pub(crate) child: Child,
    // Held open: a server whose output is closed could not print.
    _stdout: BufReader<ChildStdout>,
}

impl Served {
    /// Starts `sexton serve` on a free port with these arguments besides.
    pub(crate) fn start(arguments: &[&str]) -> Self {
        let folder = tempfile::tempdir().unwrap();
        Self::start_in(folder, arguments, &[])
    }

    /// The same, in a folder that a server may have used before.
    pub(crate) fn start_in(
        folder: TempDir,
        arguments: &[&str],
        variables: &[(&str, &str)],
    ) -> Self {
        let mut command = sexton(folder.path(), &SERVE);
        command.args(arguments).envs(variables.iter().copied());
        Self::spawn(folder, command)
    }

    /// Runs a command that serves, in `folder` and on its `data`, until it listens.
    pub(crate) fn spawn(folder: TempDir, mut command: Command) -> Self {
        let log = File::create(folder.path().join("log")).unwrap();
        let mut child = command.stdout(Stdio::piped()).stderr(log).spawn().unwrap();
        let mut stdout = BufReader::new(child.stdout.take().unwrap());
        let mut line = String::new();
        let read = stdout.read_line(&mut line).unwrap();
        if read == 0 {
            drop(child.wait());
            let log = fs::read_to_string(folder.path().join("log")).unwrap();
            panic!("the server did not start: {log}");
        }
        let profile = fs::read_to_string(folder.path().join("data/aws-profile")).unwrap();
        let endpoint = profile.lines().find_map(|it| it.strip_prefix("endpoint_url = "));
        let endpoint = endpoint.unwrap().to_owned();
        Self { endpoint, folder, child, _stdout: stdout }
    }

    pub(crate) fn data(&self) -> PathBuf {
        self.folder.path().join("data")
    }

    /// What it has logged so far.
    pub(crate) fn log(&self) -> String {
        fs::read_to_string(self.folder.path().join("log")).unwrap()
    }
}

impl Drop for Served {
    fn drop(&mut self) {
        self.child.kill().ok();
        self.child.wait().ok();
    }
}
