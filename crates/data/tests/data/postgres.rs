//! Real PostgreSQL there and back: whatever rows it had, it has again.

mod failures;
mod logs;
mod restores;

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::Blobs;
use sexton_data::capture::{CaptureError, CaptureOrder, Captured, capture};
use sexton_data::database::{
    DatabaseOrder, DatabaseRestoreOrder, DatabaseRestored, Method, RestoreInto, Settings, probe,
    restore_database,
};
use sexton_data::home::DiskRoom;
use sexton_data::restore::{RestoreError, RestoreOrder, restore};
use sexton_data::source::{Cancel, OwnFiles, Progress, Readable};
use sexton_testing::{PASSWORD, PostgreSql, USER};
use tempfile::TempDir;

/// A name that means something else wherever it is not quoted.
const SHOP: &str = "a shop's \"d\\b\"=1";

/// Backups in memory, each with its number, and a folder to restore them into.
struct Bench {
    folder: TempDir,
    blobs: Blobs,
    key: DataKey,
    progress: Arc<Progress>,
    cancel: Cancel,
}

impl Bench {
    fn new() -> Self {
        let folder = TempDir::new().unwrap();
        let (blobs, key) = (Blobs::memory(), DataKey::from_bytes(&[7; 32]));
        Self { folder, blobs, key, progress: Arc::default(), cancel: Cancel::default() }
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    async fn capture(&self, number: u8, source: &Readable) -> Result<Captured, CaptureError> {
        let order = CaptureOrder {
            id: job(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &self.key,
            source,
            allow_empty: false,
            own: &OwnFiles::default(),
            level: 1,
            segment_bytes: 1 << 20,
            room: DiskRoom::default(),
        };
        capture(order, &self.blobs, &self.progress, &self.cancel).await
    }

    /// Makes a backup of a server.
    async fn back_up(
        &self,
        number: u8,
        settings: &Settings,
        method: Method,
    ) -> Result<Captured, CaptureError> {
        let settings = Arc::new(settings.clone());
        let order = DatabaseOrder { settings, method, databases: Vec::new() };
        self.capture(number, &Readable::Database(order)).await
    }

    async fn restore(
        &self,
        number: u8,
        into: RestoreInto,
    ) -> Result<DatabaseRestored, RestoreError> {
        let order = DatabaseRestoreOrder {
            id: job(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &self.key,
            into,
            room: DiskRoom::default(),
        };
        restore_database(order, &self.blobs, &Arc::default(), &self.cancel).await
    }

    /// Restores a backup as files.
    async fn files(&self, number: u8, name: &str) -> PathBuf {
        let order = RestoreOrder {
            id: job(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &self.key,
            target: self.path(name),
            room: DiskRoom::default(),
        };
        restore(order, &self.blobs, &Arc::default(), &self.cancel).await.unwrap();
        self.path(name)
    }
}

fn job(number: u8) -> JobId {
    JobId::new(jiff::Timestamp::UNIX_EPOCH, [number; 10])
}

/// The folder of the tools of PostgreSQL.
fn tools() -> PathBuf {
    PostgreSql::program("pg_basebackup").parent().unwrap().to_path_buf()
}

/// How `server` is reached over the network, with the tools of `tools`.
fn settings_with(server: &PostgreSql, database: &str, tools: &Path) -> Settings {
    let (port, tools) = (server.port(), tools.display());
    let text = format!(
        "engine = \"postgresql\"\nhost = \"127.0.0.1\"\nport = {port}\nuser = {USER:?}\n\
         password = {PASSWORD:?}\ndatabase = {database:?}\ntls = \"off\"\ntools = \"{tools}\"\n"
    );
    Settings::parse(&text).unwrap()
}

fn settings(server: &PostgreSql) -> Settings {
    settings_with(server, "postgres", &tools())
}

/// The tools, where `name` is a script. `$real` is the tool itself.
fn tools_with(folder: &Path, name: &str, script: &str) -> PathBuf {
    let path = folder.join("tools");
    fs::create_dir_all(&path).unwrap();
    for tool in fs::read_dir(tools()).unwrap() {
        let tool = tool.unwrap();
        std::os::unix::fs::symlink(tool.path(), path.join(tool.file_name())).ok();
    }
    let real = tools().join(name);
    fs::remove_file(path.join(name)).unwrap();
    fs::write(path.join(name), format!("#!/bin/sh\nreal={}\n{script}\n", real.display())).unwrap();
    fs::set_permissions(path.join(name), fs::Permissions::from_mode(0o755)).unwrap();
    path
}

/// A server with the tables of `pgbench` in a database, of about 15 MB.
fn shop(settings: &[&str]) -> PostgreSql {
    let server = PostgreSql::start(settings);
    server.query("postgres", &format!("create database \"{}\"", SHOP.replace('"', "\"\"")));
    pgbench(&server, &["--initialize", "--quiet"]);
    server
}

fn pgbench(server: &PostgreSql, arguments: &[&str]) {
    let ended = Command::new(PostgreSql::program("pgbench"))
        .args(arguments)
        .args(["-U", USER, "-p", &server.port().to_string()])
        .arg("-h")
        .arg(server.socket_folder())
        .arg(connection(SHOP))
        .output()
        .unwrap();
    assert!(ended.status.success(), "{}", String::from_utf8_lossy(&ended.stderr));
}

const TABLES: [&str; 4] =
    ["pgbench_accounts", "pgbench_tellers", "pgbench_branches", "pgbench_history"];

/// Every row of a server or of one of its databases.
fn rows(server: &PostgreSql, database: &str) -> Vec<String> {
    let rows = |table| server.query(database, &format!("select * from {table} as t order by t"));
    TABLES.into_iter().map(rows).collect()
}

/// `psql` takes a name with `=` in it for something else.
fn connection(database: &str) -> String {
    format!("dbname='{}'", database.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[test]
fn a_server_says_what_it_has() {
    let server = shop(&[]);
    let probe = probe(&settings(&server)).unwrap();
    let said = server.query("postgres", "show server_version");
    assert_eq!(probe.version, said);
    assert_eq!(probe.databases, [SHOP, "postgres"]);
    assert!(probe.bytes > 15 << 20, "{probe:?}");
}
