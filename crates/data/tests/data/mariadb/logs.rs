//! The binary log of a real server, received as it is written.

use std::fs;
use std::path::Path;

use sexton_data::database::{
    Receiver, ReceiverOrder, ReceiverState, doubt, finish_segment, lag_bytes, remove_segments,
    segments,
};

use super::*;

pub(super) fn receiver(settings: Settings, spool: &Path) -> Receiver {
    let (settings, slot) = (Arc::new(settings), "sexton_1".to_owned());
    Receiver::start(ReceiverOrder { settings, spool: spool.to_path_buf(), slot }).unwrap()
}

/// Waits until something is so. It is looked at again and again, for as long as it takes.
pub(super) fn until(mut is_so: impl FnMut() -> bool) {
    while !is_so() {
        thread::yield_now();
    }
}

fn names(spool: &Path) -> Vec<String> {
    segments(spool).unwrap().into_iter().map(|it| it.name).collect()
}

fn same_as_the_servers(server: &MariaDb, spool: &Path, name: &str) {
    let (ours, theirs) = (spool.join(name), server.data().join(name));
    let (mut ours, mut theirs) = (fs::read(ours).unwrap(), fs::read(theirs).unwrap());
    // The server marks the file that it writes; the mark is gone from one that is whole. A tool
    // that came earlier has it.
    ours[21] &= !1;
    theirs[21] &= !1;
    assert!(ours == theirs, "{name} is not what the server has");
}

#[tokio::test(flavor = "multi_thread")]
async fn the_log_is_received_file_by_file_and_replayed_to_a_time_between_two_commits() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let (spool, vault) = (TempDir::new().unwrap(), Vault::new());
    let receiver = receiver(settings(&server), spool.path());
    until(|| receiver.state() == ReceiverState::Receiving);
    assert!(names(spool.path()).is_empty(), "the file that is being written is not whole");
    vault.set(&server, Method::Physical).await;
    for (id, second) in [(1, FIRST), (2, SECOND)] {
        server.query(&format!("SET timestamp={second}; {}", transaction(id)));
        finish_segment(&settings(&server)).unwrap();
    }
    until(|| names(spool.path()) == ["binlog.000001", "binlog.000002"]);
    for name in names(spool.path()) {
        same_as_the_servers(&server, spool.path(), &name);
    }
    let lag = || lag_bytes(&settings(&server), "sexton_1", spool.path()).unwrap();
    until(|| lag() == Some(0));
    receiver.stop();
    server.query(&transaction(3));
    assert!(lag() > Some(0));
    stored_later(spool.path());
    let time = jiff::Timestamp::from_second(SECOND).unwrap();
    let logs = vec![spool.path().to_path_buf()];
    let data = vault.data(Some(Recovery { time, logs })).await.unwrap();
    let other = MariaDb::start_over(&data, &[]);
    assert_eq!(other.query("SELECT id FROM one.t"), "1");
}

#[test]
fn a_receiver_goes_on_after_its_server_and_itself_were_killed_and_misses_no_file() {
    let mut server = MariaDb::start(&[]);
    server.query(TABLES);
    let spool = TempDir::new().unwrap();
    let first = receiver(settings(&server), spool.path());
    until(|| first.state() == ReceiverState::Receiving);
    server.query(&transaction(1));
    server.kill();
    until(|| matches!(first.state(), ReceiverState::Waiting { .. }));
    let ReceiverState::Waiting { reason, .. } = first.state() else { panic!("it cannot go on") };
    assert!(!reason.contains(PASSWORD), "{reason}");
    first.stop();
    server.start_again();
    server.query(&transaction(2));
    // With the port that the server has now.
    let second = receiver(settings(&server), spool.path());
    until(|| second.state() == ReceiverState::Receiving);
    finish_segment(&settings(&server)).unwrap();
    until(|| names(spool.path()) == ["binlog.000001", "binlog.000002"]);
    second.stop();
    for name in names(spool.path()) {
        same_as_the_servers(&server, spool.path(), &name);
    }
    let left = fs::read_dir(spool.path()).unwrap().flatten();
    let left = left.filter(|it| it.path().extension().is_some_and(|it| it == "partial"));
    assert_eq!(left.count(), 0);
    // What was captured goes, and the next receiver still knows where to go on.
    assert_eq!(remove_segments(spool.path(), &names(spool.path())).unwrap(), 2);
    server.query("PURGE BINARY LOGS TO 'binlog.000003'");
    let third = receiver(settings(&server), spool.path());
    finish_segment(&settings(&server)).unwrap();
    until(|| names(spool.path()) == ["binlog.000003"]);
    third.stop();
}

/// The tool takes the bytes of another log without a word.
#[test]
fn a_log_that_the_server_has_begun_anew_is_noticed_and_what_was_received_stays() {
    let server = MariaDb::start(&[]);
    server.query(TABLES);
    let spool = TempDir::new().unwrap();
    let first = receiver(settings(&server), spool.path());
    until(|| first.state() == ReceiverState::Receiving);
    server.query(&transaction(1));
    until(|| lag_bytes(&settings(&server), "sexton_1", spool.path()).unwrap() == Some(0));
    first.stop();
    let received = fs::read(spool.path().join("binlog.000001")).unwrap();
    // The first file has its name again, and soon is longer than it was.
    server.query("RESET MASTER");
    for id in 2..6 {
        server.query(&transaction(id));
    }
    for _ in 0..2 {
        let again = receiver(settings(&server), spool.path());
        until(|| matches!(again.state(), ReceiverState::Parted { .. }));
        let state = again.state().to_string();
        assert!(state.contains("has begun its binary log anew, or is another one"), "{state}");
        again.stop();
        let kept = fs::read(spool.path().join("binlog.000001.partial")).unwrap();
        assert!(kept == received, "what was received before is there");
        assert!(names(spool.path()).is_empty(), "nothing of the new log is captured after it");
    }
}

#[test]
fn a_server_without_a_binary_log_says_so_and_its_log_goes_on_from_nothing_when_it_has_one() {
    let spool = TempDir::new().unwrap();
    let server = MariaDb::start(&["--skip-log-bin"]);
    assert!(refusal(&server, &spool).contains("writes no binary log: start it with log_bin"));
    parts(&MariaDb::start(&[]), &spool, "wrote no binary log");
}

/// Why a log is not received into a spool.
fn refusal(server: &MariaDb, spool: &TempDir) -> String {
    let receiver = receiver(settings(server), spool.path());
    until(|| matches!(receiver.state(), ReceiverState::Waiting { .. }));
    receiver.state().to_string()
}

/// What was lacking is not forgotten, whoever begins again, until the spool is given up.
fn parts(server: &MariaDb, spool: &TempDir, why: &str) {
    for _ in 0..2 {
        let receiver = receiver(settings(server), spool.path());
        until(|| matches!(receiver.state(), ReceiverState::Parted { .. }));
        let reason = receiver.state().to_string();
        assert!(reason.contains(why), "{reason}");
    }
    assert!(names(spool.path()).is_empty());
}

#[test]
fn a_log_that_leaves_databases_out_is_not_received() {
    for (option, says) in [
        ("--binlog-do-db=one", "(binlog_do_db: one)"),
        ("--binlog-ignore-db=two", "(binlog_ignore_db: two)"),
    ] {
        let reason = refusal(&MariaDb::start(&[option]), &TempDir::new().unwrap());
        assert!(reason.contains(says), "{reason}");
    }
}

/// Somebody who may read the log, and not ask what the server follows.
fn reader(server: &MariaDb) -> Settings {
    server.query(
        "CREATE USER 'reader'@'127.0.0.1' IDENTIFIED BY 'secret'; \
         GRANT REPLICATION SLAVE, BINLOG MONITOR ON *.* TO 'reader'@'127.0.0.1'",
    );
    let text = format!(
        "engine = \"mariadb\"\nhost = \"127.0.0.1\"\nport = {}\ntls = \"off\"\n\
         user = \"reader\"\npassword = \"secret\"\n",
        server.port()
    );
    Settings::parse(&text).unwrap()
}

#[test]
fn a_user_who_may_not_ask_for_replicas_is_told_which_grant_helps_while_the_log_is_received() {
    let server = MariaDb::start(&[]);
    let (settings, spool) = (reader(&server), TempDir::new().unwrap());
    let receives = || {
        let receiver = receiver(settings.clone(), spool.path());
        until(|| receiver.state() == ReceiverState::Receiving);
    };
    receives();
    assert!(doubt(spool.path()).unwrap().contains("GRANT SLAVE MONITOR"));
    server.query("GRANT SLAVE MONITOR ON *.* TO 'reader'@'127.0.0.1'");
    receives();
    assert_eq!(doubt(spool.path()), None);
}

#[test]
fn the_log_of_a_replica_is_received_only_if_it_has_what_comes_from_the_other_server() {
    let source = MariaDb::start(&[]);
    // What it did until now could not be done again.
    source.query("RESET MASTER");
    let follow = format!(
        "CHANGE MASTER TO master_host='127.0.0.1', master_port={}, master_user='{USER}', \
         master_password='{}'; START SLAVE",
        source.port(),
        PASSWORD.replace('\\', r"\\").replace('\'', "''")
    );
    let server = MariaDb::start(&["--server-id=2"]);
    let spool = TempDir::new().unwrap();
    server.query(&follow);
    let reason = refusal(&server, &spool);
    assert!(reason.contains("is a replica whose binary log leaves out"), "{reason}");
    let other = TempDir::new().unwrap();
    until(|| server.query("SHOW STATUS LIKE 'Slave_running'").contains("ON"));
    let reader = receiver(reader(&server), other.path());
    until(|| matches!(reader.state(), ReceiverState::Waiting { .. }));
    let reason = reader.state().to_string();
    assert!(reason.contains("is a replica whose binary log leaves out"), "{reason}");
    drop(reader);
    server.query("STOP SLAVE; RESET SLAVE ALL");
    parts(&server, &spool, "left out what it did as a replica");

    let whole = MariaDb::start(&["--server-id=3", "--log-slave-updates"]);
    whole.query(&follow);
    let spool = TempDir::new().unwrap();
    let receiver = receiver(settings(&whole), spool.path());
    until(|| receiver.state() == ReceiverState::Receiving);
}
