//! Physical and logical sets, restored and compared row by row.

use std::path::Path;
use std::process::{Child, Command, Stdio};

use sexton_data::database::{Engine, HEAD_FILE, LOG_FILE};

use super::*;

/// A folder with nobody's recovery.
fn folder(target: PathBuf) -> RestoreInto {
    RestoreInto::Folder { target, tools: Some(tools()), recovery: None }
}

#[tokio::test]
async fn a_physical_set_becomes_a_server_with_the_same_rows() {
    let server = shop(&[]);
    let (vault, before) = (Vault::new(), rows(&server, &connection(SHOP)));
    let captured = vault.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    let facts = captured.set.unwrap();
    assert_eq!((facts.head.engine, facts.head.method), (Engine::PostgreSql, Method::Physical));
    let (start, end) = (facts.log.start.clone().unwrap(), facts.log.end.clone().unwrap());
    let segment =
        |position: &str| server.query("postgres", &format!("select pg_walfile_name('{position}')"));
    assert_eq!((start.file, end.file), (segment(&start.position), segment(&end.position)));
    assert_eq!(captured.counts.files, 3);
    assert!(vault.progress.expected_bytes().unwrap() > 15 << 20);

    let restored = vault.restore(1, folder(vault.path("data"))).await.unwrap();
    assert!(restored.verified, "pg_verifybackup looked at it");
    assert_eq!((restored.head, restored.log), (facts.head, facts.log));
    drop(server);
    let server = PostgreSql::start_over(&vault.path("data"), &[]);
    assert!(rows(&server, &connection(SHOP)) == before);
}

#[tokio::test]
async fn a_logical_set_is_loaded_into_an_empty_database_and_no_other() {
    let server = shop(&[]);
    let (vault, before) = (Vault::new(), rows(&server, &connection(SHOP)));
    let captured = vault.back_up(1, &settings(&server), Method::Logical).await.unwrap();
    let names: Vec<_> =
        captured.set.unwrap().head.databases.into_iter().map(|it| (it.name, it.file)).collect();
    let expected = [(SHOP, "database-1.dump"), ("postgres", "database-2.dump")];
    assert_eq!(names, expected.map(|(name, file)| (name.to_owned(), file.to_owned())));

    server.query("postgres", "create database \"it's empty\"");
    let into = |database: &str, name: Option<&str>| {
        let settings = Arc::new(settings_with(&server, database, &tools()));
        RestoreInto::Database { settings, name: name.map(str::to_owned) }
    };
    for (database, name, says) in [
        ("it's empty", None, "say which database of the backup: a shop's \"d\\b\"=1, postgres"),
        ("it's empty", Some("nothing"), "the backup has no database nothing"),
        (SHOP, Some(SHOP), "is not empty: restore into one that is"),
    ] {
        let error = vault.restore(1, into(database, name)).await.unwrap_err().for_caller();
        assert!(error.contains(says), "{error}");
    }
    vault.restore(1, into("it's empty", Some(SHOP))).await.unwrap();
    assert!(rows(&server, "it's empty") == before);
    assert!(rows(&server, &connection(SHOP)) == before, "the first one is as it was");
}

#[tokio::test]
async fn a_logical_set_in_a_folder_can_be_used_without_us() {
    let server = shop(&[]);
    let vault = Vault::new();
    vault.back_up(1, &settings(&server), Method::Logical).await.unwrap();
    vault.restore(1, folder(vault.path("set"))).await.unwrap();
    let as_files = vault.files(1, "files").await;
    for name in [HEAD_FILE, LOG_FILE, "globals.sql", "database-1.dump", "database-2.dump"] {
        let (one, other) = (fs::read(vault.path("set").join(name)), fs::read(as_files.join(name)));
        let trim = |it: Vec<u8>| it.trim_ascii_end().to_vec();
        assert!(trim(one.unwrap()) == trim(other.unwrap()), "{name}");
    }
    let globals = fs::read_to_string(vault.path("set/globals.sql")).unwrap();
    assert!(globals.contains("PASSWORD 'SCRAM-SHA-256$"), "{globals}");
    let listed = Command::new(PostgreSql::program("pg_restore"))
        .arg("--list")
        .arg(vault.path("set/database-1.dump"))
        .output()
        .unwrap();
    assert!(String::from_utf8_lossy(&listed.stdout).contains("pgbench_accounts"));
}

/// Ends with the test.
struct Load(Child);

impl Drop for Load {
    fn drop(&mut self) {
        self.0.kill().ok();
        self.0.wait().ok();
    }
}

/// What is true of `pgbench` between any two transactions.
fn is_consistent(server: &PostgreSql, database: &str) -> bool {
    let sums = [
        "sum(abalance) from pgbench_accounts",
        "sum(tbalance) from pgbench_tellers",
        "sum(bbalance) from pgbench_branches",
        "coalesce(sum(delta), 0) from pgbench_history",
    ];
    let sums = sums.map(|sum| server.query(database, &format!("select {sum}")));
    assert_ne!(server.query(database, "select count(*) from pgbench_history"), "0");
    sums.iter().all(|sum| *sum == sums[0])
}

#[tokio::test]
async fn sets_that_are_made_while_rows_are_written_are_consistent() {
    let server = shop(&[]);
    let load = Command::new(PostgreSql::program("pgbench"))
        .args(["--no-vacuum", "--client=2", "--time=3600", "-U", USER])
        .args(["-p", &server.port().to_string()])
        .arg("-h")
        .arg(server.socket_folder())
        .arg(connection(SHOP))
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn();
    let load = Load(load.unwrap());
    let rows = "select count(*) > 50, pg_sleep(0.01) from pgbench_history";
    while !server.query(&connection(SHOP), rows).starts_with('t') {}
    let vault = Vault::new();
    vault.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    vault.back_up(2, &settings(&server), Method::Logical).await.unwrap();
    drop(load);
    vault.restore(1, folder(vault.path("data"))).await.unwrap();
    server.query("postgres", "create database other");
    let settings = Arc::new(settings_with(&server, "other", &tools()));
    let name = Some(SHOP.to_owned());
    vault.restore(2, RestoreInto::Database { settings, name }).await.unwrap();
    assert!(is_consistent(&server, "other"));
    drop(server);
    let server = PostgreSql::start_over(&vault.path("data"), &[]);
    assert!(is_consistent(&server, &connection(SHOP)));
}

/// Tables and rows are loaded before the trigger that the user may not make.
#[tokio::test]
async fn a_database_is_empty_again_after_a_load_that_failed() {
    let server = shop(&[]);
    server.query(
        &connection(SHOP),
        "create function f() returns event_trigger language plpgsql as 'begin end';
         create event trigger e on ddl_command_start execute function f()",
    );
    let vault = Vault::new();
    vault.back_up(1, &settings(&server), Method::Logical).await.unwrap();
    server.query("postgres", "create role small login password 'small'");
    server.query("postgres", "create database small owner small");
    let more = format!("database = 'small'\ntools = {:?}", tools());
    let settings = Arc::new(settings_of(&server, ("small", "small"), &more));
    let name = Some(SHOP.to_owned());
    let into = RestoreInto::Database { settings, name };
    let error = vault.restore(1, into).await.unwrap_err().for_caller();
    assert!(error.contains("event trigger"), "{error}");
    let left = "select count(*) from pg_class where relname like 'pgbench%'";
    assert_eq!(server.query("small", left), "0");
}

#[tokio::test]
async fn of_rows_that_cannot_be_loaded_nothing_is_repeated() {
    let server = PostgreSql::start(&[]);
    server.query("postgres", "create database empty");
    server.query("postgres", "create table cards (n text check (current_database() = 'postgres'))");
    server.query("postgres", "insert into cards values ('a-number')");
    let vault = Vault::new();
    vault.back_up(1, &settings(&server), Method::Logical).await.unwrap();
    let settings = Arc::new(settings_with(&server, "empty", &tools()));
    let into = RestoreInto::Database { settings, name: Some("postgres".to_owned()) };
    let error = vault.restore(1, into).await.unwrap_err().for_caller();
    assert!(error.contains("new row for relation \"cards\" violates check"), "{error}");
    assert!(!error.contains("a-number"), "{error}");
}

#[tokio::test]
async fn a_folder_appears_whole_or_not_at_all() {
    let server = shop(&[]);
    let vault = Vault::new();
    vault.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    let script = "echo 'not as it was' >&2; exit 1";
    let tools = tools_with(vault.folder.path(), "pg_verifybackup", script);
    let target = vault.path("data");
    let into = RestoreInto::Folder { target, tools: Some(tools), recovery: None };
    let error = vault.restore(1, into).await.unwrap_err().for_caller();
    assert_eq!(error, "pg_verifybackup ended with code 1: not as it was");
    let left: Vec<_> = names(vault.folder.path());
    assert_eq!(left, ["tools"]);
}

fn names(folder: &Path) -> Vec<String> {
    let names = fs::read_dir(folder).unwrap();
    names.map(|it| it.unwrap().file_name().into_string().unwrap()).collect()
}
