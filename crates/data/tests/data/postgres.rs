//! Real PostgreSQL there and back: whatever rows it had, it has again.

mod failures;
mod logs;
mod recovery;
mod restores;
mod times;
mod tls;

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::Arc;

use sexton_data::capture::CaptureError;
use sexton_data::database::{Method, RestoreInto, Settings, probe};
use sexton_data::source::Readable;
use sexton_testing::{PASSWORD, PostgreSql, USER};

use crate::sets::Vault;

/// A name that means something else wherever it is not quoted.
const SHOP: &str = "a shop's \"d\\b\"=1";

/// The folder of the tools of PostgreSQL.
fn tools() -> PathBuf {
    PostgreSql::program("pg_basebackup").parent().unwrap().to_path_buf()
}

/// How `server` is reached over the network, with the tools of `tools`.
fn settings_with(server: &PostgreSql, database: &str, tools: &Path) -> Settings {
    let more = format!("database = {database:?}\ntools = {:?}\n", tools.to_str().unwrap());
    settings_of(server, (USER, PASSWORD), &more)
}

/// How somebody reaches `server`, with more lines.
fn settings_of(server: &PostgreSql, (user, password): (&str, &str), more: &str) -> Settings {
    let tls = if more.contains("tls =") { "" } else { "tls = \"off\"\n" };
    let host = if more.contains("host =") { "" } else { "host = \"127.0.0.1\"\n" };
    let text = format!(
        "engine = \"postgresql\"\nport = {}\nuser = {user:?}\npassword = {password:?}\n\
         {host}{tls}{more}",
        server.port()
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
    let text = format!("#!/bin/sh\nreal={}\n{script}\n", real.display());
    sexton_testing::script(&path.join(name), &text);
    path
}

/// Copies the data folder of a server as a snapshot of its machine would, and starts it again.
fn snapshot(server: &mut PostgreSql, to: &Path) {
    server.kill();
    copy(&server.data(), to);
    server.start_again();
}

/// Puts the machine of a server back to a snapshot.
fn put_back(server: &mut PostgreSql, from: &Path) {
    server.kill();
    fs::remove_dir_all(server.data()).unwrap();
    copy(from, &server.data());
    server.start_again();
}

fn copy(from: &Path, to: &Path) {
    let copied = Command::new("cp").arg("-a").arg(from).arg(to).status().unwrap();
    assert!(copied.success());
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
