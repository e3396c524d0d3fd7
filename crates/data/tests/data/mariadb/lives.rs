//! Restores to a time beside a live server, whose files and log are not those of the restore.

use std::fs;

use super::replays::{brought, ended_log, files_below, open_folder};
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
