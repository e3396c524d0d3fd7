//! Backup sets of a real `MariaDB`, there and back: every row is compared.

mod lives;
mod logs;
mod replays;
mod tls;
mod trouble;

use std::fs::File;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::Stdio;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::thread;
use std::time::{Duration, UNIX_EPOCH};

use sexton_data::capture::{CaptureError, Captured};
use sexton_data::database::{
    DatabaseError, DatabaseRestored, Method, Recovery, RestoreInto, SetFacts, Settings, probe,
};
use sexton_data::restore::RestoreError;
use sexton_testing::{MariaDb, PASSWORD, USER};
use tempfile::TempDir;

use crate::sets::Vault;

/// Connection settings of a server, with more lines.
fn settings_with(server: &MariaDb, password: &str, more: &str) -> Settings {
    let password = password.replace('\\', r"\\").replace('"', "\\\"");
    let tls = if more.contains("tls =") { "" } else { "tls = \"off\"\n" };
    let host = if more.contains("host =") { "" } else { "host = \"127.0.0.1\"\n" };
    let text = format!(
        "engine = \"mariadb\"\nport = {}\nuser = \"{USER}\"\npassword = \"{password}\"\n\
         {host}{tls}{more}",
        server.port()
    );
    Settings::parse(&text).unwrap()
}

fn settings(server: &MariaDb) -> Settings {
    settings_with(server, PASSWORD, "")
}

impl Vault {
    async fn capture_of(
        &self,
        settings: Settings,
        method: Method,
        databases: &[&str],
    ) -> Result<Captured, CaptureError> {
        self.back_up_some(1, &settings, method, databases).await
    }

    async fn set(&self, server: &MariaDb, method: Method) -> SetFacts {
        self.back_up(1, &settings(server), method).await.unwrap().set.unwrap()
    }

    /// Makes a data folder of the set.
    async fn data(&self, recovery: Option<Recovery>) -> Result<PathBuf, RestoreError> {
        let target = self.path("data");
        let (into, tools) = (target.clone(), None);
        self.restore(1, RestoreInto::Folder { target: into, tools, recovery }).await?;
        Ok(target)
    }

    /// Loads one database of the set.
    async fn load(&self, name: &str, settings: Settings) -> Result<DatabaseRestored, RestoreError> {
        let name = Some(name.to_owned());
        self.restore(1, RestoreInto::Database { settings: Arc::new(settings), name }).await
    }
}

const TABLES: &str = "
    CREATE DATABASE one CHARACTER SET utf8mb4;
    CREATE DATABASE `two ``quoted`` -- words` CHARACTER SET utf8mb4;
    CREATE TABLE one.t (id INT PRIMARY KEY, text LONGTEXT, bytes BLOB);
    CREATE TABLE `two ``quoted`` -- words`.t LIKE one.t;
    CREATE TABLE one.u (id INT PRIMARY KEY);
    CREATE VIEW one.v AS SELECT id FROM one.t;
    CREATE PROCEDURE one.p() SELECT 'a; b';
    CREATE TRIGGER one.r BEFORE INSERT ON one.t FOR EACH ROW SET NEW.text = NEW.text;
    CREATE EVENT one.e ON SCHEDULE EVERY 1 DAY DO SELECT 1";

/// One transaction over both databases.
fn transaction(id: u32) -> String {
    let row =
        format!("({id}, CONCAT('\u{1f980}\\n\\\\\\'', REPEAT('{id} ', 50)), UNHEX(MD5({id})))");
    format!(
        "SET NAMES utf8mb4; BEGIN; INSERT INTO one.t VALUES {row}; \
         INSERT INTO one.u VALUES ({id}); \
         INSERT INTO `two ``quoted`` -- words`.t VALUES {row}; COMMIT;\n"
    )
}

const TWO: &str = "two `quoted` -- words";

/// All rows of one of the tables up to a number.
fn rows(server: &MariaDb, database: &str, id_max: u32) -> String {
    let database = database.replace('`', "``");
    server.query(&format!(
        "SET NAMES utf8mb4; SELECT id, text, HEX(bytes) FROM `{database}`.t WHERE id <= {id_max} \
         ORDER BY id"
    ))
}

fn count(server: &MariaDb) -> u32 {
    server.query("SELECT COUNT(*) FROM one.t").parse().unwrap()
}

/// Writes while something is done, before it and after it.
async fn while_writing<T>(server: &MariaDb, work: impl Future<Output = T>) -> T {
    let end = Arc::new(AtomicBool::new(false));
    let mut client = server.client();
    client.arg("--default-character-set=utf8mb4");
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::null()).spawn().unwrap();
    let (ended, mut input) = (Arc::clone(&end), client.stdin.take().unwrap());
    let writer = thread::spawn(move || {
        let ids = (1..).take_while(|_| !ended.load(Ordering::Relaxed));
        // On a busy machine the server must not write its own log faster than it is copied.
        let paced = |id| format!("{} DO SLEEP(0.002);\n", transaction(id).trim_end());
        ids.for_each(|id| input.write_all(paced(id).as_bytes()).unwrap());
    });
    let mut at_least = |wanted: u32| {
        while count(server) < wanted {
            assert!(client.try_wait().unwrap().is_none(), "nobody writes any more");
        }
    };
    at_least(50);
    let done = work.await;
    at_least(count(server) + 1);
    end.store(true, Ordering::Relaxed);
    writer.join().unwrap();
    assert!(client.wait().unwrap().success());
    done
}

fn is_of(facts: &SetFacts, method: Method) {
    assert_eq!(facts.head.method, method);
    let names: Vec<_> = facts.head.databases.iter().map(|it| it.name.as_str()).collect();
    assert_eq!(names, ["one", TWO]);
    let end = facts.log.end.clone().unwrap();
    let (byte, gtid) = end.position.split_once(' ').unwrap();
    assert!(byte.parse::<u64>().unwrap() > 4 && gtid.starts_with("0-1-"), "{end:?}");
}

/// What is in a database besides tables.
const OBJECTS: &str = "
    SELECT routine_name FROM information_schema.routines WHERE routine_schema='one'
    UNION SELECT trigger_name FROM information_schema.triggers WHERE trigger_schema='one'
    UNION SELECT event_name FROM information_schema.events
    UNION SELECT table_name FROM information_schema.views WHERE table_schema='one'";

#[tokio::test(flavor = "multi_thread")]
async fn a_logical_set_made_under_load_comes_back_row_by_row() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    let facts = while_writing(&server, vault.set(&server, Method::Logical)).await;
    is_of(&facts, Method::Logical);
    let other = MariaDb::start(&[]);
    other.query("CREATE DATABASE three");
    vault.load("one", settings(&other)).await.unwrap();
    vault.load(TWO, settings(&other).with_database("three")).await.unwrap();
    for (database, there) in [("one", "one"), (TWO, "three")] {
        let kept = other.query(&format!("SELECT COUNT(*) FROM {there}.t")).parse().unwrap();
        assert!((50..count(&server)).contains(&kept), "{kept}");
        assert_eq!(rows(&other, there, u32::MAX), rows(&server, database, kept));
    }
    let counts = "SELECT COUNT(*) - (SELECT COUNT(*) FROM one.u) FROM one.t";
    assert_eq!(other.query(counts), "0", "the tables of a database are of one moment");
    assert_eq!(other.query(OBJECTS), server.query(OBJECTS));
    assert_eq!(server.query(OBJECTS).lines().count(), 4);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_physical_set_made_under_load_is_of_one_moment_and_becomes_a_server_again() {
    let server = MariaDb::start(&["--innodb-log-file-size=128M"]);
    server.query(TABLES);
    let vault = Vault::new();
    let facts = while_writing(&server, vault.set(&server, Method::Physical)).await;
    is_of(&facts, Method::Physical);
    let data = vault.data(None).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    let kept = count(&other);
    assert!((50..count(&server)).contains(&kept), "{kept}");
    for database in ["one", TWO] {
        assert_eq!(rows(&other, database, u32::MAX), rows(&server, database, kept));
    }
    assert_eq!(other.query(OBJECTS), server.query(OBJECTS));
}

/// Seconds since 1970 of two commits, later than this test.
const FIRST: i64 = 2_000_000_000;
const SECOND: i64 = FIRST + 10;

/// Has files look as if they were stored after that: what is later is not believed.
fn stored_later(folder: &Path) {
    let time = UNIX_EPOCH + Duration::from_secs(u64::try_from(SECOND + 3600).unwrap());
    for entry in std::fs::read_dir(folder).unwrap() {
        let file = File::options().write(true).open(entry.unwrap().path()).unwrap();
        file.set_modified(time).unwrap();
    }
}

/// What the server has logged, as it was stored.
fn log_of(server: &MariaDb) -> TempDir {
    let log = TempDir::new().unwrap();
    for entry in std::fs::read_dir(server.data()).unwrap() {
        let entry = entry.unwrap();
        if entry.file_name().to_str().unwrap().starts_with("binlog.0") {
            std::fs::copy(entry.path(), log.path().join(entry.file_name())).unwrap();
        }
    }
    stored_later(log.path());
    log
}

#[tokio::test]
async fn a_physical_set_is_brought_forward_to_a_time_between_two_commits() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    server.query(&transaction(1));
    let vault = Vault::new();
    let facts = vault.set(&server, Method::Physical).await;
    // The log goes over several files, and rights are in it that the set does not have.
    server.query("FLUSH BINARY LOGS; CREATE USER later; GRANT SELECT ON one.* TO later");
    server.query(&format!("SET timestamp={FIRST}; {}", transaction(2)));
    server.query(&format!("SET timestamp={SECOND}; {} DROP TABLE one.t", transaction(3)));
    server.query("FLUSH BINARY LOGS");
    let to = |seconds: i64, logs: Vec<PathBuf>| {
        Some(Recovery { time: jiff::Timestamp::from_second(seconds).unwrap(), logs })
    };
    let refused = async |recovery| {
        let error = vault.data(recovery).await.unwrap_err().to_string();
        assert_eq!(std::fs::read_dir(vault.folder.path()).unwrap().count(), 0, "{error}");
        error
    };
    let log = log_of(&server);
    let error = refused(to(SECOND + 1, vec![log.path().to_path_buf()])).await;
    assert!(error.contains("ends at 2033-05-18T03:33:30Z"), "{error}");
    // Its first file is not there.
    let (some, from) = (log_of(&server), facts.log.end.unwrap().file);
    std::fs::remove_file(some.path().join(&from)).unwrap();
    let error = refused(to(SECOND, vec![some.path().to_path_buf()])).await;
    assert!(error.contains(&format!("the file {from} of the binary log was not")), "{error}");

    let data = vault.data(to(SECOND, vec![log.path().to_path_buf()])).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    assert_eq!(other.query("SELECT id FROM one.t ORDER BY id"), "1\n2");
    let wanted = rows(&server, TWO, 2);
    assert_eq!(rows(&other, TWO, u32::MAX), wanted);
    assert_eq!(rows(&other, "one", u32::MAX), wanted);
    assert!(other.query("SELECT user FROM mysql.user").contains("later"));
}

#[tokio::test]
async fn a_database_that_is_not_empty_is_never_loaded_into() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Logical).await;
    server.query(&transaction(1));
    let error = vault.load("one", settings(&server)).await.unwrap_err();
    assert!(error.to_string().contains("the database one is not empty"), "{error}");
    assert_eq!(count(&server), 1);
    server.query("DROP DATABASE one");
    vault.load("one", settings(&server)).await.unwrap();
    assert_eq!(count(&server), 0);
}

#[test]
fn a_server_says_its_version_its_databases_and_how_large_they_are() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let found = probe(&settings(&server)).unwrap();
    assert_eq!(found.version, server.query("SELECT VERSION()"));
    assert_eq!(found.databases, ["one", "two `quoted` -- words"]);
    assert!(found.bytes > 0);
    // By its socket, where no password is asked for.
    let text = "engine = \"mysql\"\nuser = \"root\"\nsocket = ";
    let text = format!("{text}{:?}", server.socket().to_str().unwrap());
    assert_eq!(probe(&Settings::parse(&text).unwrap()).unwrap(), found);
}
