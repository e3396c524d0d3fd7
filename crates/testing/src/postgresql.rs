//! PostgreSQL, of the newest version that is installed.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{
    PASSWORD, Server, USER, as_nobody, folder, hand_over, option, output, pid, program, take_over,
};

/// A server with nothing but the databases that every one has.
#[derive(Debug)]
pub struct PostgreSql {
    /// Ends before its folder goes.
    server: Option<Server>,
    settings: Vec<String>,
    folder: PathBuf,
    _outer: TempDir,
}

impl PostgreSql {
    /// Starts an empty server, with further settings as `name=value`.
    pub fn start(settings: &[&str]) -> Self {
        Self::start_with_segments(16, settings)
    }

    /// The same, with log files of so many MiB: a power of two.
    pub fn start_with_segments(mebibytes: u32, settings: &[&str]) -> Self {
        let (outer, folder) = folder();
        let password = folder.join("password");
        fs::write(&password, PASSWORD).expect("a file in our folder");
        hand_over(&password);
        let mut init = Command::new(Self::program("initdb"));
        init.arg("--pgdata").arg(folder.join("data")).arg(option("--username=", USER));
        init.args(["--no-sync", "--auth-local=trust", "--auth-host=scram-sha-256"]);
        init.args(["--encoding=UTF8", "--locale=C"]).arg(option("--pwfile=", &password));
        init.arg(format!("--wal-segsize={mebibytes}"));
        output(as_nobody(&mut init).current_dir("/")).expect("an empty data folder");
        let mut this = Self::stopped(outer, folder, settings);
        this.start_again();
        this
    }

    /// Starts a server over a data folder, which it takes away.
    pub fn start_over(data: &Path, settings: &[&str]) -> Self {
        let (outer, folder) = folder();
        take_over(data, &folder.join("data"));
        let mut this = Self::stopped(outer, folder, settings);
        this.start_again();
        this
    }

    fn stopped(outer: TempDir, folder: PathBuf, settings: &[&str]) -> Self {
        let settings = settings.iter().map(|&it| it.to_owned()).collect();
        Self { server: None, settings, folder, _outer: outer }
    }

    /// Starts it over its own data, after [`PostgreSql::kill`]. The port may be another one.
    pub fn start_again(&mut self) {
        let command = |port: u16| {
            let mut command = Command::new(Self::program("postgres"));
            command.arg("-D").arg(self.data()).arg("-k").arg(&self.folder);
            command.args(["-h", "127.0.0.1", "-p", &port.to_string()]);
            // A killed process loses nothing that it gave to the system.
            command.args(["-c", "fsync=off", "-c", "shared_buffers=16MB"]);
            // Nor does it leave memory behind outside of its folder.
            command.args(["-c", "dynamic_shared_memory_type=mmap"]);
            for setting in &self.settings {
                command.args(["-c", setting]);
            }
            command
        };
        let asked = |port| output(self.psql(port, "postgres").args(["-c", "SELECT 1"]));
        // So that its own processes end with it.
        self.server = Some(Server::start(&self.folder.join("log"), "QUIT", command, asked));
    }

    /// Ends it at once, without a last word, and waits for its end.
    pub fn kill(&mut self) {
        self.server.take().expect("a server that runs").kill(&self.pid_file());
    }

    /// The number of its first process.
    pub fn process(&self) -> i32 {
        pid(&self.pid_file()).as_raw_nonzero().get()
    }

    fn pid_file(&self) -> PathBuf {
        self.data().join("postmaster.pid")
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The folder of the socket on which [`USER`], who may do everything, needs no password.
    pub fn socket_folder(&self) -> &Path {
        &self.folder
    }

    /// The port on this machine, where [`USER`] needs [`PASSWORD`]; it names the socket too.
    pub fn port(&self) -> u16 {
        self.server.as_ref().expect("a server that runs").port
    }

    /// What a client prints for some SQL: a line for each row, with `|` between values.
    pub fn query(&self, database: &str, sql: &str) -> String {
        self.try_query(database, sql).expect("SQL that is right, and a server that runs")
    }

    /// Like [`PostgreSql::query`], where it may be refused.
    pub fn try_query(&self, database: &str, sql: &str) -> Result<String, String> {
        output(self.psql(self.port(), database).args(["-c", sql]))
    }

    fn psql(&self, port: u16, database: &str) -> Command {
        let mut psql = Command::new(Self::program("psql"));
        psql.args(["-XAtq", "-v", "ON_ERROR_STOP=1", "-U", USER, "-d", database]);
        psql.arg("-h").arg(&self.folder).args(["-p", &port.to_string()]);
        psql
    }

    /// Where a program of this version of PostgreSQL is.
    pub fn program(name: &str) -> PathBuf {
        let versions = fs::read_dir("/usr/lib/postgresql").into_iter().flatten().flatten();
        let mut versions = versions
            .filter_map(|it| Some((it.file_name().to_str()?.parse::<u32>().ok()?, it.path())))
            .filter(|(_, path)| path.join("bin/postgres").is_file())
            .collect::<Vec<_>>();
        versions.sort();
        let newest = versions.pop().map(|(_, path)| path.join("bin"));
        program(newest.as_slice(), name)
    }
}
