//! What a log and a dump say that would reach further than the restore.

use std::fs::{self, Permissions};
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use super::*;

/// A folder that the servers of tests may use.
pub(super) fn open_folder() -> TempDir {
    let folder = TempDir::new().unwrap();
    fs::set_permissions(folder.path(), Permissions::from_mode(0o777)).unwrap();
    folder
}

pub(super) fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What the server has logged, and after it a transaction of [`SECOND`].
pub(super) fn ended_log(server: &MariaDb) -> TempDir {
    server.query(&format!("SET timestamp={SECOND}; INSERT INTO one.u VALUES (999)"));
    server.query("FLUSH BINARY LOGS");
    log_of(server)
}

/// Brings the set forward to [`SECOND`].
pub(super) async fn brought(vault: &Vault, log: &TempDir) -> Result<PathBuf, RestoreError> {
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    vault.data(Some(Recovery { time, logs: vec![log.path().to_path_buf()] })).await
}

pub(super) async fn forward(vault: &Vault, server: &MariaDb) -> Result<PathBuf, RestoreError> {
    brought(vault, &ended_log(server)).await
}

#[tokio::test]
async fn a_trigger_that_names_its_database_is_not_made_there_when_it_is_loaded_into_another() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Logical).await;
    // The live one has no trigger any more.
    server.query("DROP TRIGGER one.r; INSERT INTO one.u VALUES (7)");
    let there = "SELECT trigger_schema, trigger_name FROM information_schema.triggers \
                 WHERE trigger_schema <> 'sys'; SHOW DATABASES; SELECT * FROM one.u";
    let before = server.query(there);
    let loaded = vault.load("one", settings(&server).with_database("three")).await;
    let error = loaded.unwrap_err().for_caller();
    assert!(error.contains("name the database one"), "{error}");
    assert!(error.contains("loaded into three they would change one"), "{error}");
    assert_eq!(server.query(there), before, "nothing was loaded");
    // Elsewhere it can be loaded under its own name.
    let other = MariaDb::start(&[]);
    vault.load("one", settings(&other)).await.unwrap();
    assert_eq!(
        other.query(
            "SELECT trigger_name FROM information_schema.triggers \
                            WHERE trigger_schema = 'one'"
        ),
        "r"
    );
}

/// A dump says which collation a database had when something in it was made, by its name.
#[tokio::test]
async fn a_collation_that_is_said_of_a_database_by_its_name_is_not_changed_in_the_live_one() {
    let server = MariaDb::start(&[]);
    server.query(
        "CREATE DATABASE one CHARACTER SET latin1; CREATE TABLE one.u (id INT PRIMARY KEY);
         USE one; CREATE TRIGGER r BEFORE INSERT ON u FOR EACH ROW SET NEW.id = NEW.id;
         ALTER DATABASE one CHARACTER SET utf8mb4",
    );
    let vault = Vault::new();
    vault.set(&server, Method::Logical).await;
    let loaded = vault.load("one", settings(&server).with_database("three")).await;
    let error = loaded.unwrap_err().for_caller();
    assert!(error.contains("name the database one"), "{error}");
    let other = MariaDb::start(&[]);
    vault.load("one", settings(&other)).await.unwrap();
}

#[tokio::test]
async fn a_table_that_wants_to_be_elsewhere_is_made_in_the_folder_of_the_restore() {
    let mut server = MariaDb::start(&[]);
    server.query(TABLES);
    let (kept, dropped) = (open_folder(), open_folder());
    let directory = |folder: &TempDir| format!("DATA DIRECTORY='{}'", folder.path().display());
    server.query(&format!(
        "CREATE TABLE one.kept (id INT PRIMARY KEY) {}; INSERT INTO one.kept VALUES (1)",
        directory(&kept)
    ));
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    let at = directory(&dropped);
    server.query(&format!(
        "SET timestamp={FIRST}; INSERT INTO one.kept VALUES (2);
         CREATE TABLE one.a (id INT PRIMARY KEY) {at}; INSERT INTO one.a VALUES (3);
         CREATE TABLE one.b (id INT PRIMARY KEY) ENGINE=MyISAM {at};
         INSERT INTO one.b VALUES (4);
         SET timestamp={SECOND}; DROP TABLE one.a; DROP TABLE one.b"
    ));
    let contents = |folder: &TempDir| {
        let read = |path: PathBuf| (fs::read(&path).unwrap(), path);
        files_below(folder.path()).into_iter().map(read).collect::<Vec<_>>()
    };
    assert!(files_below(dropped.path()).is_empty());
    let log = ended_log(&server);
    // Nothing but the restore can change its files now.
    server.kill();
    let live = contents(&kept);
    assert_eq!(live.len(), 1, "the live table is there");
    let data = brought(&vault, &log).await.unwrap();
    assert_eq!(files_below(dropped.path()), Vec::<PathBuf>::new());
    assert!(contents(&kept) == live, "the live table is as it was");
    let other = MariaDb::start_over(&data, &[]);
    let all = "SELECT id FROM one.kept; SELECT id FROM one.a; SELECT id FROM one.b";
    assert_eq!(other.query(all), "1\n2\n3\n4");
    server.start_again();
    assert_eq!(server.query("SELECT id FROM one.kept"), "1\n2");
}

#[tokio::test]
async fn rows_that_a_statement_loaded_come_back_and_their_file_goes() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    let folder = open_folder();
    let rows = folder.path().join("rows");
    // Nobody else's rows look so, whatever others have left beside.
    let secret = folder.path().file_name().unwrap().to_str().unwrap();
    fs::write(&rows, format!("1\t{secret}\tx\n2\ttwo\ty\n")).unwrap();
    fs::set_permissions(&rows, Permissions::from_mode(0o644)).unwrap();
    let load = format!("LOAD DATA INFILE '{}'", rows.display());
    server.query(&format!(
        "SET SESSION binlog_format=STATEMENT; SET timestamp={FIRST};
         {load} INTO TABLE one.t; UPDATE one.t SET text = 'own' WHERE id = 2;
         {load} IGNORE INTO TABLE one.t; INSERT INTO one.u VALUES (1);
         UPDATE one.t SET text = 'other' WHERE id = 1;
         {load} REPLACE INTO TABLE one.t; UPDATE one.t SET text = 'own' WHERE id = 2"
    ));
    let data = forward(&vault, &server).await.unwrap();
    assert!(!data.join("#sexton-load").exists());
    for left in fs::read_dir(std::env::temp_dir()).unwrap() {
        let left = left.unwrap();
        if left.file_name().to_string_lossy().starts_with("SQL_LOAD") {
            let text = fs::read_to_string(left.path()).unwrap_or_default();
            assert!(!text.contains(secret), "{left:?}");
        }
    }
    let other = MariaDb::start_over(&data, &[]);
    let all = "SELECT id, text FROM one.t ORDER BY id";
    assert_eq!(other.query(all), format!("1\t{secret}\n2\town"));
    assert_eq!(server.query(all), other.query(all));
}

#[tokio::test]
async fn a_statement_that_cannot_be_replayed_is_not_repeated() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    // It is in the set, and the log does not say that it went.
    server.query("SET sql_log_bin=0; CREATE USER eve IDENTIFIED BY 'x'");
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    server.query(&format!(
        "SET sql_log_bin=0; DROP USER eve; SET sql_log_bin=1; SET timestamp={FIRST};
         CREATE USER eve IDENTIFIED BY 'evesSECRET'"
    ));
    let error = forward(&vault, &server).await.unwrap_err().for_caller();
    assert!(error.starts_with("mariadb ended with code 1: ERROR 1396 (HY000) at line "), "{error}");
    assert!(error.ends_with("Operation CREATE USER failed for 'eve'@'%'"), "{error}");
    assert_eq!(fs::read_dir(vault.folder.path()).unwrap().count(), 0);
}

#[tokio::test]
async fn a_row_that_the_server_could_take_can_be_replayed() {
    let server = MariaDb::start(&["--max-allowed-packet=256M", "--innodb-log-file-size=256M"]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    server.query(&format!(
        "SET SESSION binlog_format=ROW; SET timestamp={FIRST};
         INSERT INTO one.t VALUES (1, REPEAT('x', 40000000), '')"
    ));
    let data = forward(&vault, &server).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    assert_eq!(other.query("SELECT id, LENGTH(text) FROM one.t"), "1\t40000000");
}

#[tokio::test]
async fn names_are_compared_as_the_server_did_that_the_set_is_of() {
    let server = MariaDb::start(&["--lower-case-table-names=1"]);
    server.query(TABLES);
    let vault = Vault::new();
    let facts = vault.set(&server, Method::Physical).await;
    assert_eq!(facts.head.letter_case, Some(1));
    server.query(&format!("SET timestamp={FIRST}; INSERT INTO ONE.U VALUES (1)"));
    let data = forward(&vault, &server).await.unwrap();
    let other = MariaDb::start_over(&data, &["--lower-case-table-names=1"]);
    assert_eq!(other.query("SELECT id FROM one.u"), "1");
}

#[tokio::test]
async fn one_statement_that_claims_another_year_cuts_off_nothing_that_comes_after_it() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    for (id, second) in [(1, FIRST), (2, SECOND + 10_000_000), (3, FIRST + 1), (4, 1_000_000_000)] {
        server.query(&format!("SET timestamp={second}; {}", transaction(id)));
    }
    let data = forward(&vault, &server).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    assert_eq!(other.query("SELECT id FROM one.u ORDER BY id"), "1\n2\n3\n4");
}
