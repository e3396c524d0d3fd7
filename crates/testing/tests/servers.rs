//! The servers themselves: what a test that uses them relies on.

use std::path::Path;
use std::process::Command;

use sexton_testing::{MariaDb, PASSWORD, PostgreSql, USER};

fn runs(process: i32) -> bool {
    Path::new(&format!("/proc/{process}")).exists()
}

#[test]
fn mariadb_keeps_its_rows_over_a_kill_and_leaves_nothing_behind() {
    let mut server = MariaDb::start(&[]);
    server.query("CREATE DATABASE d; CREATE TABLE d.t (a INT); INSERT INTO d.t VALUES (7)");
    let killed = server.process();
    server.kill();
    assert!(!runs(killed));
    server.start_again();
    assert_eq!(server.query("SELECT a FROM d.t"), "7");
    let over_the_network = Command::new("mariadb")
        .args(["--no-defaults", "--protocol=tcp", "--host=127.0.0.1", "--user", USER])
        .args([&format!("--port={}", server.port()), "--skip-column-names", "-e", "SELECT 2"])
        .env("MYSQL_PWD", PASSWORD)
        .output();
    assert_eq!(over_the_network.unwrap().stdout, b"2\n");
    let (process, data) = (server.process(), server.data());
    drop(server);
    assert!(!runs(process) && !data.exists());
}

#[test]
fn postgresql_keeps_its_rows_over_a_kill_and_leaves_nothing_behind() {
    let mut server = PostgreSql::start(&[]);
    server.query("postgres", "CREATE TABLE t (a INT); INSERT INTO t VALUES (7)");
    let killed = server.process();
    server.kill();
    assert!(!runs(killed));
    server.start_again();
    assert_eq!(server.query("postgres", "SELECT a FROM t"), "7");
    let over_the_network = Command::new(PostgreSql::program("psql"))
        .args(["-XAtq", "-h", "127.0.0.1", "-p", &server.port().to_string(), "-U", USER])
        .args(["-d", "postgres", "-c", "SELECT 2"])
        .env("PGPASSWORD", PASSWORD)
        .output();
    assert_eq!(over_the_network.unwrap().stdout, b"2\n");
    let (process, data) = (server.process(), server.data());
    drop(server);
    assert!(!runs(process) && !data.exists());
}

#[test]
fn a_server_starts_over_the_data_of_another() {
    let mut first = MariaDb::start(&[]);
    first.query("CREATE DATABASE d; CREATE TABLE d.t (a INT); INSERT INTO d.t VALUES (7)");
    first.kill();
    let second = MariaDb::start_over(&first.data(), &["--read-only"]);
    assert_eq!(second.query("SELECT a, @@read_only FROM d.t"), "7\t1");
    let mut first = PostgreSql::start(&[]);
    first.query("postgres", "CREATE TABLE t (a INT); INSERT INTO t VALUES (7)");
    first.kill();
    let second = PostgreSql::start_over(&first.data(), &["work_mem=1MB"]);
    assert_eq!(second.query("postgres", "SELECT a FROM t"), "7");
    assert_eq!(second.query("postgres", "SHOW work_mem"), "1MB");
}
