//! Whatever a restore to a time says it made, a server starts from; and it has what was then.

use std::os::unix::fs::PermissionsExt;

use jiff::{SignedDuration, Timestamp};
use sexton_data::database::{DatabaseRestored, ReceiverState, Recovery};
use sexton_data::restore::RestoreError;

use super::logs::{moment, received, receiver};
use super::*;

/// The clock of a server.
fn now(server: &PostgreSql) -> Timestamp {
    let time = "select to_char(clock_timestamp() at time zone 'utc', \
                'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let time = server.query("postgres", time).parse().unwrap();
    moment(server);
    time
}

/// A server whose log is received, and a backup of it.
async fn followed(
    vault: &Vault,
    options: &[&str],
) -> (PostgreSql, sexton_data::database::Receiver) {
    // Nobody but the test ends a transaction.
    let options: Vec<_> = options.iter().copied().chain(["autovacuum=off"]).collect();
    let server = PostgreSql::start(&options);
    server.query("postgres", "create table t (a int)");
    let receiver = receive(vault, &server);
    vault.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    (server, receiver)
}

fn receive(vault: &Vault, server: &PostgreSql) -> sexton_data::database::Receiver {
    let receiver = receiver(vault, &settings(server));
    while receiver.state() != ReceiverState::Receiving {
        moment(server);
    }
    receiver
}

async fn restore(
    vault: &Vault,
    name: &str,
    time: Timestamp,
    logs: &[&Path],
) -> Result<(DatabaseRestored, PathBuf), RestoreError> {
    let logs = logs.iter().map(|it| it.to_path_buf()).collect();
    let (target, recovery) = (vault.path(name), Some(Recovery { time, logs }));
    let into = RestoreInto::Folder { target: target.clone(), tools: Some(tools()), recovery };
    vault.restore(1, into).await.map(|restored| (restored, target))
}

/// The rows of a restored server, once it has ended its recovery.
fn rows_of(target: &Path, options: &[&str]) -> (PostgreSql, String) {
    let server = PostgreSql::start_over(target, options);
    assert_eq!(server.query("postgres", "select pg_is_in_recovery()"), "f");
    let rows = server.query("postgres", "select string_agg(a::text, ' ' order by a) from t");
    (server, rows)
}

#[tokio::test]
async fn a_time_after_which_nothing_ended_is_the_end_of_the_log_if_that_tells_of_it() {
    let vault = Vault::new();
    let (server, receiver) = followed(&vault, &[]).await;
    server.query("postgres", "insert into t values (1)");
    moment(&server);
    let time = now(&server);
    server.query("postgres", "select pg_sleep(1.1)");
    // It begins with a checkpoint and ends the file, and is no transaction.
    vault.back_up(2, &settings(&server), Method::Physical).await.unwrap();
    let spool = vault.path("spool");
    // A server writes by itself now and then, so that another file has begun; that is ended too.
    server.query("postgres", "select pg_logical_emit_message(false, '', 'x')");
    let last = server.query("postgres", "select pg_walfile_name(pg_switch_wal() - 1)");
    while !spool.join(&last).exists() {
        moment(&server);
    }
    let later = now(&server);
    drop((receiver, server));
    let (restored, target) = restore(&vault, "idle", time, &[&spool]).await.unwrap();
    assert_eq!(restored.advice, None, "it has all of its own settings");
    let recovery = fs::read_to_string(target.join("postgresql.auto.conf")).unwrap();
    assert!(recovery.contains("recovery_target_time = ''"), "{recovery}");
    let (_server, rows) = rows_of(&target, &[]);
    assert_eq!(rows, "1");

    let later = later + SignedDuration::from_secs(2);
    let error = restore(&vault, "later", later, &[&spool]).await.unwrap_err().for_caller();
    assert!(error.contains("it is not known whether the log"), "{error}");
    assert!(!vault.path("later").exists());
}

#[tokio::test]
async fn a_server_that_goes_on_from_a_restored_one_is_followed_in_its_own_timeline() {
    let vault = Vault::new();
    let (server, receiver) = followed(&vault, &[]).await;
    server.query("postgres", "insert into t values (1)");
    moment(&server);
    let first = now(&server);
    server.query("postgres", "insert into t values (2)");
    moment(&server);
    let second = now(&server);
    server.query("postgres", "insert into t values (3)");
    received(&vault, &server);
    drop((receiver, server));
    let old = vault.path("spool");
    let (_, target) = restore(&vault, "first", first, &[&old]).await.unwrap();
    let (server, rows) = rows_of(&target, &[]);
    assert_eq!(rows, "1");

    let other = Vault::new();
    let receiver = receive(&other, &server);
    server.query("postgres", "insert into t values (100)");
    moment(&server);
    let third = now(&server);
    server.query("postgres", "insert into t values (101)");
    received(&other, &server);
    drop((receiver, server));
    let new = other.path("spool");
    // To a time of the old life without a file of the new one, and to one of the new life.
    for (name, time, logs, expected) in
        [("second", second, &[&*old][..], "1 2"), ("third", third, &[&*old, &*new], "1 100")]
    {
        let (_, target) = restore(&vault, name, time, logs).await.unwrap();
        let recovery = fs::read_to_string(target.join("postgresql.auto.conf")).unwrap();
        let timeline = if logs.len() > 1 { "'2'" } else { "'current'" };
        let says = format!("recovery_target_timeline = {timeline}");
        assert!(recovery.contains(&says), "{recovery}");
        let (_server, rows) = rows_of(&target, &[]);
        assert_eq!(rows, expected, "{name}");
    }
}

/// The restored server would write into that folder, which is one of the server that has the log.
#[tokio::test]
async fn a_time_behind_a_tablespace_is_refused_and_one_before_it_is_not() {
    let vault = Vault::new();
    let (server, receiver) = followed(&vault, &["allow_in_place_tablespaces=on"]).await;
    server.query("postgres", "insert into t values (1)");
    moment(&server);
    let first = now(&server);
    server.query("postgres", "insert into t values (2)");
    server.query("postgres", "create tablespace x location ''");
    moment(&server);
    let later = now(&server);
    server.query("postgres", "insert into t values (3)");
    received(&vault, &server);
    drop((receiver, server));
    let spool = vault.path("spool");
    let error = restore(&vault, "later", later, &[&spool]).await.unwrap_err().for_caller();
    let says = "the log makes a tablespace, which is a folder of the server that wrote the log";
    assert!(error.starts_with(says) && error.contains("take a time before 20"), "{error}");
    assert!(!vault.path("later").exists());
    let (_, target) = restore(&vault, "first", first, &[&spool]).await.unwrap();
    let (_server, rows) = rows_of(&target, &[]);
    assert_eq!(rows, "1");
}

/// Two lives of one machine, of which both logs have the same names and the same places.
#[tokio::test]
async fn a_log_of_another_life_than_the_set_is_refused() {
    let (vault, other) = (Vault::new(), Vault::new());
    let mut server = PostgreSql::start(&["autovacuum=off"]);
    server.query("postgres", "create table t (a int)");
    snapshot(&mut server, &vault.path("snapshot"));
    let receiver = receive(&vault, &server);
    server.query("postgres", "insert into t values (1)");
    vault.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    server.query("postgres", "insert into t values (2)");
    received(&vault, &server);
    drop(receiver);
    put_back(&mut server, &vault.path("snapshot"));
    let receiver = receive(&other, &server);
    server.query("postgres", "insert into t values (7)");
    other.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    moment(&server);
    let time = now(&server);
    server.query("postgres", "insert into t values (8)");
    received(&other, &server);
    drop((receiver, server));
    let (old, new) = (vault.path("spool"), other.path("spool"));
    for (name, logs, says) in [
        ("new", &[&*new][..], "the log backups are of another life of the database"),
        ("both", &[&*old, &*new], "the log backups have two different files"),
    ] {
        let error = restore(&vault, name, time, logs).await.unwrap_err().for_caller();
        assert!(error.contains(says), "{name}: {error}");
        assert!(!vault.path(name).exists());
    }
    let (_, target) = restore(&other, "right", time, &[&new]).await.unwrap();
    let (_server, rows) = rows_of(&target, &[]);
    assert_eq!(rows, "7");
}

/// On Debian they are in a folder below `/etc`.
#[tokio::test]
async fn a_server_whose_settings_were_not_in_its_folder_starts_and_lets_in_nobody_by_trust() {
    let folder = tempfile::tempdir().unwrap();
    fs::set_permissions(folder.path(), fs::Permissions::from_mode(0o755)).unwrap();
    let access = folder.path().join("pg_hba.conf");
    fs::write(&access, "local all all trust\n").unwrap();
    fs::set_permissions(&access, fs::Permissions::from_mode(0o644)).unwrap();
    let vault = Vault::new();
    let server = PostgreSql::start(&["autovacuum=off", "max_connections=150"]);
    server.query("postgres", "create table t (a int)");
    for name in ["postgresql.conf", "pg_hba.conf", "pg_ident.conf"] {
        fs::rename(server.data().join(name), folder.path().join(format!("of-server-{name}")))
            .unwrap();
    }
    let receiver = receive(&vault, &server);
    vault.back_up(1, &settings(&server), Method::Physical).await.unwrap();
    server.query("postgres", "insert into t values (1)");
    moment(&server);
    let time = now(&server);
    server.query("postgres", "insert into t values (2)");
    received(&vault, &server);
    drop((receiver, server));
    let spool = vault.path("spool");
    let into = |name: &str| RestoreInto::Folder {
        target: vault.path(name),
        tools: Some(tools()),
        recovery: None,
    };
    let whole = vault.restore(1, into("whole")).await.unwrap();
    let (to_a_time, _) = restore(&vault, "to-a-time", time, &[&spool]).await.unwrap();
    for (name, restored, expected) in [("whole", whole, ""), ("to-a-time", to_a_time, "1")] {
        let said = restored.advice.unwrap();
        let says = "postgresql.conf and pg_hba.conf were not in the backup";
        assert!(said.starts_with(says), "{said}");
        let target = vault.path(name);
        let read = |name: &str| fs::read_to_string(target.join(name)).unwrap();
        let settings = read("postgresql.conf");
        assert!(settings.contains("\nlisten_addresses = ''\n"), "{settings}");
        let rules = read("pg_hba.conf");
        let rules: Vec<_> = rules.lines().filter(|line| !line.starts_with('#')).collect();
        assert_eq!(rules, ["local all all peer"]);
        // Only so does the test come in, which has another name than its user.
        let (server, rows) = rows_of(&target, &[&format!("hba_file={}", access.display())]);
        assert_eq!(
            (rows.as_str(), server.query("postgres", "show max_connections").as_str()),
            (expected, "150")
        );
    }
}
