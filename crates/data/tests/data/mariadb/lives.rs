//! Restores to a time beside a live server, whose files and log are not those of the restore.

use std::fs;
use std::io::{BufRead as _, BufReader};
use std::os::unix::fs::symlink;

use super::replays::{brought, ended_log, files_below, forward, open_folder};
use super::*;

#[tokio::test]
async fn a_restore_touches_no_undo_file_of_the_live_server_and_brings_its_own() {
    let undo = open_folder();
    let elsewhere = format!("--innodb-undo-directory={}", undo.path().display());
    let mut server = MariaDb::start(&[&elsewhere, "--innodb-undo-tablespaces=3"]);
    server.query(TABLES);
    server.query("INSERT INTO one.t SELECT seq, REPEAT('a', 900), '' FROM mysql.seq_1_to_2000");
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    server.query(&format!("SET timestamp={FIRST}; UPDATE one.t SET text = REPEAT('b', 900)"));
    let log = ended_log(&server);
    server.query("UPDATE one.t SET text = REPEAT('c', 900)");
    // Nothing but the restore can change its files now.
    server.kill();
    let contents = || {
        let read = |path: PathBuf| (fs::read(&path).unwrap(), path);
        let mut all: Vec<_> = files_below(undo.path()).into_iter().map(read).collect();
        all.sort();
        all
    };
    let live = contents();
    assert_eq!(live.len(), 3, "the live undo files are elsewhere");
    let rows = "SELECT LEFT(text, 1), COUNT(*) FROM one.t GROUP BY 1; CHECK TABLE one.t";
    let own = |data: &Path| {
        let settings = fs::read_to_string(data.join("backup-my.cnf")).unwrap();
        let place = undo.path().to_str().unwrap();
        assert!(settings.contains("innodb_undo_tablespaces=3"), "{settings}");
        assert!(!settings.contains(place), "{settings}");
        for number in 1..=3 {
            assert!(data.join(format!("undo00{number}")).is_file());
        }
    };
    let data = brought(&vault, &log).await.unwrap();
    assert!(contents() == live, "the live undo files are as they were");
    own(&data);
    let other = MariaDb::start_over(&data, &["--innodb-undo-tablespaces=3"]);
    assert_eq!(other.query(rows), "b\t2000\none.t\tcheck\tstatus\tOK");
    let data = vault.data(None).await.unwrap();
    own(&data);
    let other = MariaDb::start_over(&data, &["--innodb-undo-tablespaces=3"]);
    assert_eq!(other.query(rows), "a\t2000\none.t\tcheck\tstatus\tOK");
    assert!(contents() == live, "the live undo files are as they were");
    server.start_again();
    assert_eq!(server.query(rows), "c\t2000\none.t\tcheck\tstatus\tOK");
}

/// Names of files, places in them and numbers of transactions are all the same in both.
#[tokio::test]
async fn a_set_does_not_go_on_with_a_log_that_was_begun_anew_with_work_of_the_same_shape() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let work =
        |id: u32| format!("DELETE FROM one.u; RESET MASTER; INSERT INTO one.u VALUES ({id})");
    server.query(&work(11));
    let vault = Vault::new();
    let facts = vault.set(&server, Method::Physical).await;
    let (end, beginning) = (facts.log.end.unwrap(), facts.log.beginning.unwrap());
    assert_eq!(beginning.len(), 64);
    let place = || server.query("SHOW MASTER STATUS").split_whitespace().nth(1).unwrap().to_owned();
    assert_eq!(end.position, format!("{} 0-1-1", place()));
    let data = brought(&vault, &ended_log(&server)).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    assert_eq!(other.query("SELECT id FROM one.u ORDER BY id"), "11");
    server.query(&work(21));
    assert_eq!(end.position, format!("{} 0-1-1", place()));
    let error = forward(&vault, &server).await.unwrap_err().for_caller();
    assert!(error.contains("binlog.000001 of the binary log does not go on from"), "{error}");
    assert!(error.contains("began its log anew, or is another one"), "{error}");
}

#[tokio::test]
async fn events_of_the_log_are_made_changed_and_dropped_and_none_of_them_runs() {
    let server = MariaDb::start(&["--event-scheduler=OFF"]);
    server.query(TABLES);
    let insert = |id: u32| format!("DO INSERT IGNORE INTO one.u VALUES ({id})");
    // Its time is over when the log is replayed, and it is there until the log drops it.
    server.query(&format!(
        "CREATE EVENT one.once ON SCHEDULE AT NOW() + INTERVAL 1 SECOND {0};
         CREATE EVENT one.kept ON SCHEDULE AT NOW() + INTERVAL 1 SECOND {0}; DO SLEEP(1.1)",
        insert(1)
    ));
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    server.query(&format!(
        "CREATE EVENT one.often ON SCHEDULE EVERY 1 SECOND {}; DROP EVENT one.once;
         ALTER EVENT one.kept COMMENT 'changed'; ALTER EVENT one.e ON SCHEDULE EVERY 1 SECOND {};
         CREATE EVENT one.gone ON SCHEDULE EVERY 1 DAY DO SELECT 1; DROP EVENT one.gone;
         DO SLEEP(0); INSERT INTO one.u VALUES (7)",
        insert(2),
        insert(3)
    ));
    let log = ended_log(&server);
    let data = brought(&vault, &log).await.unwrap();
    let other = MariaDb::start_over(&data, &["--event-scheduler=DISABLED"]);
    let all = "SELECT name, interval_value, comment, body_utf8 FROM mysql.event WHERE db = 'one' \
               ORDER BY name";
    let events = other.query(all);
    assert_eq!(events, server.query(all));
    assert_eq!(events.lines().count(), 3, "{events}");
    assert_eq!(other.query("SELECT id FROM one.u ORDER BY id"), "7", "no event has run");
}

#[tokio::test]
async fn a_log_whose_programs_switch_the_event_scheduler_on_is_not_replayed() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    server.query(
        "CREATE TRIGGER one.s AFTER INSERT ON one.u FOR EACH ROW SET GLOBAL event_scheduler = ON",
    );
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    server.query(
        "SET SESSION binlog_format=STATEMENT; INSERT INTO one.u VALUES (1);
         SET GLOBAL event_scheduler = OFF",
    );
    let error = forward(&vault, &server).await.unwrap_err().for_caller();
    assert!(error.contains("the log switched the event scheduler on"), "{error}");
}

#[tokio::test]
async fn a_temporary_table_that_was_open_across_the_set_is_told_with_the_way_out() {
    let server = MariaDb::start(&["--binlog-format=STATEMENT"]);
    server.query(TABLES);
    let mut client = server.client();
    client.args(["--batch", "--skip-column-names", "--unbuffered"]);
    let mut client = client.stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().unwrap();
    let mut answers = BufReader::new(client.stdout.take().unwrap()).lines();
    let mut input = client.stdin.take().unwrap();
    let mut run = |sql: &str| {
        input.write_all(format!("{sql}; SELECT 'done';\n").as_bytes()).unwrap();
        assert_eq!(answers.next().unwrap().unwrap(), "done");
    };
    run("CREATE TEMPORARY TABLE one.tmp (i INT); INSERT INTO one.tmp VALUES (60)");
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    run("INSERT INTO one.u SELECT i FROM one.tmp");
    drop(input);
    client.wait().unwrap();
    let error = forward(&vault, &server).await.unwrap_err().for_caller();
    assert!(error.contains("Table 'one.tmp' doesn't exist"), "{error}");
    assert!(error.contains("it was open when the backup was made"), "{error}");
}

#[tokio::test]
async fn a_server_that_does_not_start_over_the_restored_files_is_quoted() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let vault = Vault::new();
    vault.set(&server, Method::Physical).await;
    let log = ended_log(&server);
    let tools = TempDir::new().unwrap();
    let path = std::env::var_os("PATH").unwrap();
    let real = |name: &str| {
        let mut found = std::env::split_paths(&path).map(|folder| folder.join(name));
        found.find(|path| path.is_file()).unwrap()
    };
    for name in ["mariadb", "mariadb-backup", "mbstream", "mariadb-binlog"] {
        symlink(real(name), tools.path().join(name)).unwrap();
    }
    let wrong =
        format!("#!/bin/sh\nexec {} \"$@\" --tmpdir=/nowhere\n", real("mariadbd").display());
    sexton_testing::script(&tools.path().join("mariadbd"), &wrong);
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    let recovery = Some(Recovery { time, logs: vec![log.path().to_path_buf()] });
    let (target, tools) = (vault.path("data"), Some(tools.path().to_path_buf()));
    let into = RestoreInto::Folder { target, tools, recovery };
    let error = vault.restore(1, into).await.unwrap_err().for_caller();
    assert!(error.contains("did not start over the restored files: "), "{error}");
    assert!(error.contains("[ERROR]"), "{error}");
    assert!(!error.contains(vault.folder.path().to_str().unwrap()), "{error}");
}
