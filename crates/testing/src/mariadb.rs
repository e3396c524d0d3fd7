//! MariaDB, with its binary log on.

use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

use crate::process::{
    PASSWORD, Server, USER, as_nobody, folder, option, output, pid, program, take_over,
};

/// A server with nothing but the databases that every one has.
#[derive(Debug)]
pub struct MariaDb {
    /// Ends before its folder goes.
    server: Option<Server>,
    options: Vec<String>,
    folder: PathBuf,
    _outer: TempDir,
}

impl MariaDb {
    /// Starts an empty server, with further options of `mariadbd`.
    pub fn start(options: &[&str]) -> Self {
        let (outer, folder) = folder();
        let mut install = Command::new(program(&[], "mariadb-install-db"));
        install.arg("--no-defaults").arg(option("--datadir=", folder.join("data")));
        install.args(["--auth-root-authentication-method=normal", "--skip-test-db"]);
        install.args(["--skip-name-resolve", "--innodb-log-file-size=8M"]);
        install.arg(option("--tmpdir=", &folder));
        // How many undo files there are is said where a folder is made: later not always.
        install.args(options.iter().filter(|it| it.starts_with("--innodb-undo")));
        output(as_nobody(&mut install).current_dir("/")).expect("an empty data folder");
        let mut this = Self::stopped(outer, folder, options);
        this.start_again();
        let name = format!("'{USER}'@'127.0.0.1'");
        let password = PASSWORD.replace('\\', r"\\").replace('\'', "''");
        this.query(&format!(
            "CREATE USER {name} IDENTIFIED BY '{password}';
             GRANT ALL ON *.* TO {name} WITH GRANT OPTION"
        ));
        this
    }

    /// Starts a server over a data folder, which it takes away.
    pub fn start_over(data: &Path, options: &[&str]) -> Self {
        let (outer, folder) = folder();
        take_over(data, &folder.join("data"));
        let mut this = Self::stopped(outer, folder, options);
        this.start_again();
        this
    }

    fn stopped(outer: TempDir, folder: PathBuf, options: &[&str]) -> Self {
        let options = options.iter().map(|&it| it.to_owned()).collect();
        Self { server: None, options, folder, _outer: outer }
    }

    /// Starts it over its own data, after [`MariaDb::kill`]. The port may be another one.
    pub fn start_again(&mut self) {
        let command = |port: u16| {
            let mut command = Command::new(program(&["/usr/sbin".into()], "mariadbd"));
            command.arg("--no-defaults").arg(option("--datadir=", self.data()));
            command.arg(option("--socket=", self.socket()));
            command.arg(option("--pid-file=", self.folder.join("pid")));
            command.args(["--bind-address=127.0.0.1", &format!("--port={port}")]);
            command.args(["--log-bin=binlog", "--server-id=1", "--skip-name-resolve"]);
            // A server that starts removes temporary tables, also those of others.
            command.arg(option("--tmpdir=", &self.folder));
            // Many run at once: little memory, and none of the machine's few asynchronous
            // contexts. A killed process loses nothing that it gave to the system.
            command.args(["--innodb-use-native-aio=OFF", "--innodb-buffer-pool-size=32M"]);
            command.args(["--innodb-log-file-size=8M", "--innodb-flush-log-at-trx-commit=2"]);
            command.args(&self.options);
            command
        };
        let asked = |_| self.try_query("SELECT 1");
        self.server = Some(Server::start(&self.log(), "KILL", command, asked));
    }

    /// Ends it at once, without a last word, and waits for its end.
    pub fn kill(&mut self) {
        self.server.take().expect("a server that runs").kill(&self.folder.join("pid"));
    }

    /// The number of its process.
    pub fn process(&self) -> i32 {
        pid(&self.folder.join("pid")).as_raw_nonzero().get()
    }

    /// Its data folder.
    pub fn data(&self) -> PathBuf {
        self.folder.join("data")
    }

    /// The socket on which the user `root` needs no password.
    pub fn socket(&self) -> PathBuf {
        self.folder.join("socket")
    }

    /// The port on this machine, where [`USER`] needs [`PASSWORD`].
    pub fn port(&self) -> u16 {
        self.server.as_ref().expect("a server that runs").port
    }

    fn log(&self) -> PathBuf {
        self.folder.join("log")
    }

    /// What a client prints for some SQL: a line for each row, with tabs between values.
    pub fn query(&self, sql: &str) -> String {
        self.try_query(sql).expect("SQL that is right, and a server that runs")
    }

    /// Like [`MariaDb::query`], where it may be refused.
    pub fn try_query(&self, sql: &str) -> Result<String, String> {
        output(self.client().args(["--batch", "--skip-column-names", "--execute", sql]))
    }

    /// The client, connected as root.
    pub fn client(&self) -> Command {
        let mut client = Command::new(program(&[], "mariadb"));
        client.arg("--no-defaults").arg(option("--socket=", self.socket())).arg("--user=root");
        client
    }
}
