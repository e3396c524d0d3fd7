//! Restores to a time beside a live server, whose files and log are not those of the restore.

use std::fs;

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
