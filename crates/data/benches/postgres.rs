//! A PostgreSQL server with a large database of pgbench: backed up and restored, beside what a
//! person types for it.
//!
//! `cargo bench -p sexton-data --bench postgres`
//!
//! `SEXTON_BENCH_SCALE` is that of pgbench, about 15 MB each. Needs zstd.

#![expect(clippy::print_stdout, reason = "its figures are what it is for")]
#![expect(clippy::unwrap_used, reason = "a benchmark that cannot set itself up should stop")]

use std::fs;
use std::path::Path;
use std::process::Command;
use std::sync::Arc;
use std::time::Instant;

use sexton_core::{DataKey, JobId, ObjectPrefix};
use sexton_data::blobs::{Blobs, Owner};
use sexton_data::capture::{CaptureOrder, capture};
use sexton_data::database::{
    DatabaseOrder, DatabaseRestoreOrder, Method, RestoreInto, Settings, restore_database,
};
use sexton_data::home::DiskRoom;
use sexton_data::seal::{LEVEL_DEFAULT, SEGMENT_BYTES_TARGET};
use sexton_data::source::{Cancel, OwnFiles, Readable};
use sexton_testing::{PASSWORD, PostgreSql, USER};

const SCALE: u64 = 135;

#[tokio::main]
async fn main() {
    let scale = number("SEXTON_BENCH_SCALE").unwrap_or(SCALE).to_string();
    let server = PostgreSql::start(&["max_wal_size=4GB", "shared_buffers=256MB"]);
    let ended = at(&server, "pgbench").args(["-i", "-q", "-s", &scale, "postgres"]).output();
    assert!(ended.unwrap().status.success());
    server.query("postgres", "checkpoint");
    let bytes = server.query("postgres", "select sum(pg_database_size(oid)) from pg_database");
    let bytes = bytes.parse().unwrap();
    let folder = tempfile::tempdir_in(env!("CARGO_TARGET_TMPDIR")).unwrap();
    println!("{} MB of databases", bytes / 1_000_000);
    ours(&server, folder.path(), bytes).await;
    pipes(&server, folder.path(), bytes);
}

async fn ours(server: &PostgreSql, folder: &Path, bytes: u64) {
    let tools = PostgreSql::program("pg_basebackup").parent().unwrap().to_owned();
    let settings = |database: &str| {
        let (port, tools) = (server.port(), tools.display());
        let text = format!(
            "engine = 'postgresql'\nhost = '127.0.0.1'\nport = {port}\nuser = {USER:?}\n\
             password = {PASSWORD:?}\ndatabase = '{database}'\ntls = 'off'\ntools = '{tools}'"
        );
        Arc::new(Settings::parse(&text).unwrap())
    };
    let owner = Owner { store: [5; 16], has_backups: false };
    let blobs = Blobs::local(&folder.join("blobs"), owner).unwrap();
    let (key, cancel) = (DataKey::from_bytes(&[7; 32]), Cancel::default());
    let id = |number| JobId::new(jiff::Timestamp::UNIX_EPOCH, [number; 10]);
    for (number, method) in [(1, Method::Physical), (2, Method::Logical)] {
        let began = now();
        let databases = Vec::new();
        let order = DatabaseOrder { settings: settings("postgres"), method, databases };
        let order = CaptureOrder {
            id: id(number),
            prefix: &ObjectPrefix::new([number; 16]),
            key: &key,
            source: &Readable::Database(order),
            allow_empty: false,
            own: &OwnFiles::default(),
            level: LEVEL_DEFAULT,
            segment_bytes: SEGMENT_BYTES_TARGET,
            room: DiskRoom::default(),
        };
        let captured = capture(order, &blobs, &Arc::default(), &cancel).await.unwrap();
        tell(&format!("sexton, {method:?} backup"), began, bytes, captured.stored_bytes);
    }
    server.query("postgres", "create database other");
    let into = RestoreInto::Database { settings: settings("other"), name: None };
    let folder = RestoreInto::Folder {
        target: folder.join("data"),
        tools: Some(tools.clone()),
        recovery: None,
    };
    for (number, what, into) in [(1, "Physical", folder), (2, "Logical", into)] {
        let began = now();
        let (key, prefix) = (&key, &ObjectPrefix::new([number; 16]));
        let room = DiskRoom::default();
        let order = DatabaseRestoreOrder { id: id(number), prefix, key, made: None, into, room };
        restore_database(order, &blobs, &Arc::default(), &cancel).await.unwrap();
        tell(&format!("sexton, {what} restore"), began, bytes, 0);
    }
    server.query("postgres", "drop database other");
}

/// What a person types.
fn pipes(server: &PostgreSql, folder: &Path, bytes: u64) {
    let file = folder.join("base.tar.zst");
    let program = PostgreSql::program("pg_basebackup");
    let began = now();
    shell(&format!(
        "{} -U {USER} -h {} -p {} -D - -Ft -X fetch --checkpoint=fast | zstd -q -3 -o {} && \
         sync -f {}",
        program.display(),
        server.socket_folder().display(),
        server.port(),
        file.display(),
        file.display()
    ));
    tell("pg_basebackup | zstd, backup", began, bytes, fs::metadata(&file).unwrap().len());
    let data = folder.join("by-hand");
    fs::create_dir(&data).unwrap();
    let began = now();
    shell(&format!(
        "zstd -q -d -c {} | tar -x -C {} && {} -q {} && sync -f {}",
        file.display(),
        data.display(),
        PostgreSql::program("pg_verifybackup").display(),
        data.display(),
        data.display()
    ));
    tell("zstd | tar and pg_verifybackup, restore", began, bytes, 0);
}

fn at(server: &PostgreSql, name: &str) -> Command {
    let mut command = Command::new(PostgreSql::program(name));
    command.args(["-U", USER, "-p", &server.port().to_string()]);
    command.arg("-h").arg(server.socket_folder());
    command
}

fn shell(text: &str) {
    let ended = Command::new("bash").args(["-o", "pipefail", "-c", text]).output().unwrap();
    assert!(ended.status.success(), "{text}\n{}", String::from_utf8_lossy(&ended.stderr));
}

fn tell(what: &str, began: Instant, bytes: u64, stored: u64) {
    let took = began.elapsed();
    let rate = u128::from(bytes) / took.as_micros().max(1);
    let stored =
        if stored > 0 { format!(", {} MB stored", stored / 1_000_000) } else { String::new() };
    println!("{what}: {:.1} s, {rate} MB/s{stored}", took.as_secs_f64());
}

#[expect(clippy::disallowed_methods, reason = "a benchmark has no command line of its own")]
fn number(variable: &str) -> Option<u64> {
    std::env::var(variable).ok().map(|text| text.parse().unwrap())
}

#[expect(clippy::disallowed_methods, reason = "a benchmark measures")]
fn now() -> Instant {
    Instant::now()
}
