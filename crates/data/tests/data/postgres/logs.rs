//! The log, received as it is written, and what a set becomes with it.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::ExitStatusExt;
use std::path::Path;
use std::process::Stdio;

use rustix::fs::{FlockOperation, flock};
use sexton_data::database::{
    Receiver, ReceiverOrder, ReceiverState, Recovery, drop_slot, finish_segment, first_gap,
    lag_bytes, remove_segments, segments,
};

use super::recovery::standby_of;
use super::*;

const SLOT: &str = "sexton_test";

pub(super) fn receiver(vault: &Vault, settings: &Settings) -> Receiver {
    fs::create_dir_all(vault.path("spool")).unwrap();
    let (settings, spool) = (Arc::new(settings.clone()), vault.path("spool"));
    Receiver::start(ReceiverOrder { settings, spool, slot: SLOT.to_owned() }).unwrap()
}

/// Lets the server pass a moment, which ends whatever the clock of this machine does.
pub(super) fn moment(server: &PostgreSql) {
    server.query("postgres", "select pg_sleep(0.01)");
}

/// Waits until the log up to now is in the spool, in whole files. Gives their names.
pub(super) fn received(vault: &Vault, server: &PostgreSql) -> Vec<String> {
    let last = server.query("postgres", "select pg_walfile_name(pg_current_wal_insert_lsn())");
    finish_segment(&settings(server)).unwrap();
    loop {
        let found = segments(&vault.path("spool")).unwrap();
        if found.iter().any(|it| it.name == last) {
            assert_eq!(first_gap(&found), None);
            return found.into_iter().map(|it| it.name).collect();
        }
        moment(server);
    }
}

/// Receives the log up to now, and gives the names of its files.
fn receive_whole(vault: &Vault, server: &PostgreSql) -> Vec<String> {
    let receiver = receiver(vault, &settings(server));
    let names = received(vault, server);
    receiver.stop();
    names
}

#[test]
fn the_database_keeps_its_log_from_when_it_is_received_and_not_from_the_first_whole_segment() {
    let server = PostgreSql::start(&[]);
    let (vault, settings) = (Vault::new(), settings(&server));
    let receiver = receiver(&vault, &settings);
    while receiver.state() != ReceiverState::Receiving {
        moment(&server);
    }
    receiver.stop();
    assert!(segments(&vault.path("spool")).unwrap().is_empty(), "no segment is whole");
    server.query("postgres", "select pg_logical_emit_message(true, '', repeat('x', 1000000))");
    let lag = lag_bytes(&settings, SLOT, &vault.path("spool")).unwrap();
    assert!(lag > Some(1_000_000), "{lag:?}");
}

#[tokio::test]
async fn a_physical_set_and_the_log_become_a_server_of_a_time_between_two_commits() {
    let server = PostgreSql::start(&[]);
    server.query("postgres", "create table t (a int)");
    let (vault, settings) = (Vault::new(), settings(&server));
    let receiver = receiver(&vault, &settings);
    while receiver.state() != ReceiverState::Receiving {
        moment(&server);
    }
    vault.back_up(1, &settings, Method::Physical).await.unwrap();
    server.query("postgres", "insert into t values (1)");
    moment(&server);
    let time = server.query(
        "postgres",
        "select to_char(now() at time zone 'utc', \
                                         'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')",
    );
    moment(&server);
    server.query("postgres", "insert into t values (2)");
    let names = received(&vault, &server);
    let folder = vault.path("spool");
    let run = Readable::Files { folder: folder.clone(), names: names.clone() };
    vault.capture(2, &run).await.unwrap();

    assert_eq!(lag_bytes(&settings, "another", &folder).unwrap(), None);
    assert!(lag_bytes(&settings, SLOT, &folder).unwrap().is_some());
    receiver.stop();
    server.query("postgres", "select pg_logical_emit_message(true, '', repeat('x', 1000000))");
    let lag = lag_bytes(&settings, SLOT, &folder).unwrap();
    assert!(lag > Some(1_000_000), "the database keeps for the slot what nobody receives: {lag:?}");
    drop_slot(&settings, SLOT).unwrap();
    drop_slot(&settings, SLOT).unwrap();
    assert_eq!(server.query("postgres", "select count(*) from pg_replication_slots"), "0");
    drop(server);

    let log = vault.files(2, "log").await;
    for (target, time, rows) in [
        ("between", time.parse().unwrap(), "1"),
        // Before the second commit there is nothing to stop at.
        ("hole", time.parse().unwrap(), ""),
    ] {
        if rows.is_empty() {
            // One more that does not follow.
            let last = log.join(names.last().unwrap());
            fs::copy(last, log.join("0000000100000000000000F0")).unwrap();
        }
        let recovery = Some(Recovery { time, logs: vec![log.clone()] });
        let target = vault.path(target);
        let into = RestoreInto::Folder { target: target.clone(), tools: Some(tools()), recovery };
        let restored = vault.restore(1, into).await;
        if rows.is_empty() {
            let error = restored.unwrap_err().for_caller();
            assert!(error.contains("the log has a hole between"), "{error}");
            assert!(!target.exists());
            continue;
        }
        restored.unwrap();
        let server = PostgreSql::start_over(&target, &[]);
        while server.query("postgres", "select pg_is_in_recovery(), pg_sleep(0.01)") != "f|" {}
        assert_eq!(server.query("postgres", "select a from t"), rows);
        while server.data().join("sexton_wal").exists() {
            moment(&server);
        }
    }
    what_does_not_follow_the_set_is_refused(&vault, &log, &names).await;
}

/// A log that another server has written, and one that begins too late.
async fn what_does_not_follow_the_set_is_refused(vault: &Vault, log: &Path, names: &[String]) {
    fs::remove_file(log.join("0000000100000000000000F0")).unwrap();
    let last = log.join(names.last().unwrap());
    let before = fs::read(&last).unwrap();
    let mut another = before.clone();
    another[24] ^= 1;
    fs::write(&last, another).unwrap();
    let restore = async |what| {
        let recovery = Recovery { time: jiff::Timestamp::MAX, logs: vec![log.to_owned()] };
        let target = vault.path(what);
        let into = RestoreInto::Folder { target, tools: None, recovery: Some(recovery) };
        vault.restore(1, into).await.unwrap_err().for_caller()
    };
    let error = restore("another").await;
    assert!(error.contains("was written by another database server"), "{error}");
    fs::write(&last, before).unwrap();
    for name in names {
        fs::remove_file(log.join(name)).unwrap();
    }
    fs::write(log.join("0000000100000000000000F0"), vec![0; 16 << 20]).unwrap();
    let error = restore("late").await;
    assert!(error.contains("the log begins with 0000000100000000000000F0"), "{error}");
}

#[tokio::test]
async fn a_receiver_goes_on_after_the_server_was_killed_and_loses_nothing() {
    let mut server = PostgreSql::start(&[]);
    let vault = Vault::new();
    let settings = settings(&server);
    let receiver = receiver(&vault, &settings);
    while receiver.state() != ReceiverState::Receiving {
        moment(&server);
    }
    server.query("postgres", "create table t (a int); insert into t values (1)");
    let before = received(&vault, &server);
    server.kill();
    let reason = loop {
        if let ReceiverState::Waiting { reason, .. } = receiver.state() {
            break reason;
        }
        std::thread::yield_now();
    };
    assert!(reason.starts_with("the database server cannot be reached"), "{reason}");
    receiver.stop();

    // The port is another one.
    server.start_again();
    let receiver = self::receiver(&vault, &self::settings(&server));
    server.query("postgres", "insert into t values (2)");
    let after = received(&vault, &server);
    assert!(after.len() > before.len() && after.starts_with(&before), "{before:?} {after:?}");
    let removed = remove_segments(&vault.path("spool"), &after).unwrap();
    assert_eq!(removed, after.len());
    assert!(segments(&vault.path("spool")).unwrap().is_empty());
    let newest = fs::read(vault.path("spool").join(after.last().unwrap())).unwrap();
    assert!(newest[56..].iter().all(|byte| *byte == 0), "nothing of it is left");
    drop(receiver);
    // Another one goes on behind what is there.
    let receiver = self::receiver(&vault, &self::settings(&server));
    server.query("postgres", "insert into t values (3)");
    let more = received(&vault, &server);
    assert!(!more.is_empty() && more.first() > after.last(), "{after:?} {more:?}");
    drop(receiver);
}

/// What a receiver says once it does not go on.
fn trouble(receiver: &Receiver) -> String {
    loop {
        let state = receiver.state();
        assert_ne!(state, ReceiverState::Receiving);
        if state != ReceiverState::Starting {
            return state.to_string();
        }
        std::thread::yield_now();
    }
}

/// A server that was killed has all that it has sent; one that was put back has not.
#[test]
fn a_receiver_does_not_go_on_with_a_database_that_was_put_back_to_an_earlier_state() {
    let mut server = PostgreSql::start(&[]);
    let vault = Vault::new();
    let receive = |server: &PostgreSql| receive_whole(&vault, server);
    receive(&server);
    snapshot(&mut server, &vault.path("snapshot"));
    server.query("postgres", "create table t (a int)");
    let names = receive(&server);
    put_back(&mut server, &vault.path("snapshot"));
    let receiver = receiver(&vault, &settings(&server));
    let said = trouble(&receiver);
    assert!(said.contains("the database was put back to an earlier state"), "{said}");
    drop(receiver);
    // Whoever begins anew gets what the database has now.
    fs::remove_dir_all(vault.path("spool")).unwrap();
    assert!(receive(&server).contains(names.last().unwrap()));
}

/// Without it the log of a quiet database stays where it is.
#[test]
fn a_role_for_replication_begins_a_new_file_with_the_grant_that_the_guide_names() {
    let server = PostgreSql::start(&[]);
    server.query("postgres", "create role small login replication password 'small'");
    let tools = format!("tools = {:?}\n", tools().to_str().unwrap());
    let settings = settings_of(&server, ("small", "small"), &tools);
    let error = finish_segment(&settings).unwrap_err().to_string();
    assert!(error.contains("permission denied for function pg_switch_wal"), "{error}");
    server.query("postgres", "grant execute on function pg_switch_wal() to small");
    let now = "select pg_walfile_name(pg_current_wal_insert_lsn())";
    let before = server.query("postgres", now);
    finish_segment(&settings).unwrap();
    assert!(server.query("postgres", now) > before);
}

/// Has a server go on in timeline 2.
fn turn(server: &mut PostgreSql) {
    fs::write(server.data().join("standby.signal"), "").unwrap();
    server.kill();
    server.start_again();
    server.query("postgres", "select pg_promote()");
    let now = server.query("postgres", "select pg_walfile_name(pg_current_wal_flush_lsn())");
    assert!(now.starts_with("00000002"), "{now}");
}

/// All that was received whole is the same then, and the place where the timeline begins is not.
#[test]
fn a_timeline_that_has_come_about_a_second_time_is_told_by_its_history() {
    let mut server = PostgreSql::start(&["autovacuum=off"]);
    let vault = Vault::new();
    let spool = vault.path("spool");
    let receiver = |server: &PostgreSql| receiver(&vault, &settings(server));
    let first = receiver(&server);
    let names = received(&vault, &server);
    first.stop();
    snapshot(&mut server, &vault.path("snapshot"));
    server.query("postgres", "create table t (a int)");
    turn(&mut server);
    let has_begun = || {
        let files = fs::read_dir(&spool).unwrap().map(|it| it.unwrap().path());
        let begun = |path: &PathBuf| {
            let name = path.file_name().unwrap().to_str().unwrap();
            name.starts_with("00000002") && name.ends_with(".partial")
        };
        let is_some = files.filter(begun).any(|it| fs::read(it).unwrap().iter().any(|it| *it != 0));
        is_some && spool.join("00000002.history").exists()
    };
    for _ in 0..2 {
        let second = receiver(&server);
        while second.state() != ReceiverState::Receiving || !has_begun() {
            assert!(!matches!(second.state(), ReceiverState::Parted { .. }), "{}", second.state());
            moment(&server);
        }
        second.stop();
        // The second time it is no longer there, and what has begun of the new timeline tells.
        fs::remove_file(server.data().join("pg_wal").join(names.last().unwrap())).ok();
    }
    put_back(&mut server, &vault.path("snapshot"));
    server.query("postgres", "create table u (a int); create table v (a int)");
    turn(&mut server);
    server.query("postgres", "create table w (a int); create table x (a int)");
    let said = trouble(&receiver(&server));
    assert!(said.contains("is not what was received of it before"), "{said}");
}

/// Its log is longer than what was received, so its length says nothing.
#[test]
fn a_database_that_was_put_back_and_has_written_past_what_was_received_is_told_by_its_bytes() {
    for (is_stored, turns) in [(false, false), (true, false), (true, true)] {
        let mut server = PostgreSql::start(&["autovacuum=off"]);
        let vault = Vault::new();
        let receive = |server: &PostgreSql| receive_whole(&vault, server);
        receive(&server);
        snapshot(&mut server, &vault.path("snapshot"));
        server.query("postgres", "create table t (a int)");
        let names = receive(&server);
        if is_stored {
            remove_segments(&vault.path("spool"), &names).unwrap();
        }
        put_back(&mut server, &vault.path("snapshot"));
        server.query("postgres", "create table u (a int)");
        for _ in 0..3 {
            finish_segment(&settings(&server)).unwrap();
        }
        let last = names.last().unwrap();
        let now = "select pg_walfile_name(pg_current_wal_flush_lsn())";
        assert!(server.query("postgres", now) > *last);
        if turns {
            turn(&mut server);
        }
        let receiver = receiver(&vault, &settings(&server));
        let said = trouble(&receiver);
        assert!(said.contains("is not what was received of it before"), "{said}");
        assert!(!vault.path("spool").join(".compared").exists());
    }
}

/// A standby goes on with its log whatever it is told to; one that was made anew of a primary that
/// was put back has another.
#[test]
fn a_standby_is_received_again_unless_its_primary_was_put_back() {
    let mut primary = PostgreSql::start(&["autovacuum=off"]);
    let (vault, folders) = (Vault::new(), [(); 2].map(|()| tempfile::tempdir().unwrap()));
    let spool = vault.path("spool");
    snapshot(&mut primary, &vault.path("snapshot"));
    let mut standby = standby_of(&primary, folders[0].path());
    let receive = |primary: &PostgreSql, standby: &PostgreSql| {
        let receiver = receiver(&vault, &settings(standby));
        while receiver.state() != ReceiverState::Receiving {
            assert!(!matches!(receiver.state(), ReceiverState::Parted { .. }));
            moment(primary);
        }
        let before = segments(&spool).unwrap().len();
        primary.query("postgres", "create table t (a int); drop table t");
        while segments(&spool).unwrap().len() == before {
            finish_segment(&settings(primary)).unwrap();
            moment(primary);
        }
        receiver.stop();
    };
    receive(&primary, &standby);
    standby.kill();
    standby.start_again();
    receive(&primary, &standby);
    drop(standby);
    put_back(&mut primary, &vault.path("snapshot"));
    primary.query("postgres", "create table u (a int)");
    let newest = segments(&spool).unwrap().pop().unwrap();
    let now = "select pg_walfile_name(pg_current_wal_flush_lsn())";
    while primary.query("postgres", now) <= newest.name {
        finish_segment(&settings(&primary)).unwrap();
    }
    let standby = standby_of(&primary, folders[1].path());
    let receiver = receiver(&vault, &settings(&standby));
    let reason = loop {
        if let ReceiverState::Parted { reason } = receiver.state() {
            break reason;
        }
        moment(&primary);
    };
    // The new one has no older files.
    assert!(reason.contains("put back to an earlier state"), "{reason}");
}

/// Of the last file that was received whole nothing can be seen then. Of the next one it can: in
/// what was received of it, or in what its first record says of the one before.
#[test]
fn a_database_that_has_removed_the_last_whole_file_is_told_by_the_beginning_of_the_next() {
    let server = PostgreSql::start(&[]);
    let vault = Vault::new();
    let again = || receiver(&vault, &settings(&server));
    let first = again();
    while first.state() != ReceiverState::Receiving {
        moment(&server);
    }
    let names = received(&vault, &server);
    server.query("postgres", "select pg_logical_emit_message(true, '', 'begun')");
    let spool = vault.path("spool");
    let begun = || {
        let files = fs::read_dir(&spool).unwrap().map(|it| it.unwrap().path());
        let mut files = files.filter(|it| it.extension().is_some_and(|it| it == "partial"));
        files.find(|it| fs::read(it).unwrap().iter().any(|byte| *byte != 0))
    };
    let begun = loop {
        if let Some(begun) = begun() {
            break begun;
        }
        moment(&server);
    };
    first.stop();
    let last = names.last().unwrap();
    fs::remove_file(server.data().join("pg_wal").join(last)).unwrap();
    let kept = fs::read(&begun).unwrap();
    let mut other = kept.clone();
    other[100] ^= 1;
    fs::write(&begun, other).unwrap();
    let said = trouble(&again());
    assert!(said.contains("is not what was received of it before"), "{said}");
    let goes_on = || {
        let receiver = again();
        while receiver.state() != ReceiverState::Receiving {
            let is_well =
                matches!(receiver.state(), ReceiverState::Starting | ReceiverState::Receiving);
            assert!(is_well, "{}", receiver.state());
            moment(&server);
        }
        receiver.stop();
    };
    fs::write(&begun, kept).unwrap();
    goes_on();
    fs::remove_file(&begun).unwrap();
    goes_on();
    remove_segments(&spool, &names).unwrap();
    fs::remove_file(&begun).unwrap();
    goes_on();
    let hollow = fs::read(spool.join(last)).unwrap();
    for (place, says) in [
        (1_u64, "is not what was received of it before"),
        (0, "no longer has the end of what was received"),
    ] {
        fs::remove_file(&begun).unwrap();
        let mut other = hollow.clone();
        other[48..56].copy_from_slice(&place.to_le_bytes());
        fs::write(spool.join(last), other).unwrap();
        let said = trouble(&again());
        assert!(said.contains(says), "{said}");
        fs::write(&begun, "").unwrap();
    }
}

/// `max_slot_wal_keep_size` is how much of it a database keeps for a slot.
#[test]
fn a_slot_that_has_lost_the_log_is_told_and_another_one_takes_its_place() {
    let settings_of_server =
        ["max_slot_wal_keep_size=1MB", "min_wal_size=2MB", "max_wal_size=2MB", "wal_keep_size=0"];
    let server = PostgreSql::start_with_segments(1, &settings_of_server);
    let vault = Vault::new();
    let first = receiver(&vault, &settings(&server));
    while first.state() != ReceiverState::Receiving {
        moment(&server);
    }
    first.stop();
    let status = "select wal_status from pg_replication_slots";
    while server.query("postgres", status) != "lost" {
        server.query("postgres", "select pg_logical_emit_message(true, '', repeat('x', 900000))");
        server.query("postgres", "checkpoint");
    }
    let receiver = receiver(&vault, &settings(&server));
    let said = trouble(&receiver);
    assert!(said.contains("the database no longer has what was not received"), "{said}");
    assert_eq!(server.query("postgres", status), "reserved");
}

/// A tool that was killed while it made a file, or whose disk was full.
#[test]
fn a_receiver_is_not_stopped_by_a_file_that_was_being_made() {
    let server = PostgreSql::start(&[]);
    let vault = Vault::new();
    let now = server.query("postgres", "select pg_walfile_name(pg_current_wal_lsn())");
    fs::create_dir(vault.path("spool")).unwrap();
    let half = vault.path("spool").join(format!("{now}.partial"));
    fs::write(&half, vec![0; 3 * 8192]).unwrap();
    let receiver = receiver(&vault, &settings(&server));
    let until = |is_so: &dyn Fn() -> bool| {
        while !is_so() {
            if let ReceiverState::Waiting { reason, .. } = receiver.state() {
                panic!("{reason}");
            }
            moment(&server);
        }
    };
    until(&|| receiver.state() == ReceiverState::Receiving);
    finish_segment(&settings(&server)).unwrap();
    until(&|| vault.path("spool").join(&now).exists());
    assert!(!half.exists());
}

/// What a process of ours that was killed has left, which would write into the spool as well.
#[test]
fn a_receiver_ends_the_tool_that_another_process_has_left() {
    let server = PostgreSql::start(&[]);
    let vault = Vault::new();
    fs::create_dir(vault.path("spool")).unwrap();
    let path = vault.path("spool").join(".receiver");
    let mut lock = File::options().create_new(true).read(true).write(true).open(&path).unwrap();
    flock(&lock, FlockOperation::LockExclusive).unwrap();
    let mut left = Command::new("sleep").arg("1000").stdin(lock.try_clone().unwrap()).spawn();
    let left = left.as_mut().unwrap();
    // Somebody else, whose number stands there first.
    let mut other = Command::new("sleep").arg("1000").stdin(Stdio::null()).spawn().unwrap();
    writeln!(lock, "{}", other.id()).unwrap();
    drop(lock);
    let receiver = receiver(&vault, &settings(&server));
    moment(&server);
    assert_eq!(left.try_wait().unwrap(), None, "nobody knows who holds the lock");
    fs::write(&path, format!("{}\n", left.id())).unwrap();
    assert_eq!(left.wait().unwrap().signal(), Some(9));
    while receiver.state() != ReceiverState::Receiving {
        moment(&server);
    }
    drop(receiver);
    assert_eq!(other.try_wait().unwrap(), None, "it had nothing to do with it");
    other.kill().unwrap();
    other.wait().unwrap();
}

#[tokio::test]
async fn a_run_with_a_file_that_is_missing_or_no_file_is_not_captured() {
    let vault = Vault::new();
    let folder = vault.path("spool");
    fs::create_dir(&folder).unwrap();
    fs::write(folder.join("there"), "log").unwrap();
    std::os::unix::fs::symlink("there", folder.join("link")).unwrap();
    for name in ["gone", "link", "."] {
        let names = vec!["there".to_owned(), name.to_owned()];
        let run = Readable::Files { folder: folder.clone(), names };
        let error = vault.capture(1, &run).await.unwrap_err();
        assert!(matches!(error, CaptureError::Source(_)), "{error:?}");
    }
}
