//! What the settings that come with a set must not do to a recovery.

use std::os::unix::fs::PermissionsExt;

use sexton_data::database::{ReceiverState, Recovery};

use super::logs::{moment, received, receiver};
use super::*;

/// A server that was restored by others before, or was a standby, has such settings.
#[tokio::test]
async fn a_recovery_to_a_time_has_no_other_target_and_asks_no_old_primary() {
    let server = PostgreSql::start(&[]);
    server.query("postgres", "create table t (a int)");
    for setting in ["recovery_target_name = 'other'", "recovery_target_inclusive = off"] {
        server.query("postgres", &format!("alter system set {setting}"));
    }
    fs::write(server.data().join("standby.signal"), "").unwrap();
    fs::set_permissions(server.data().join("standby.signal"), fs::Permissions::from_mode(0o644))
        .unwrap();
    let (vault, settings) = (Vault::new(), settings(&server));
    let receiver = receiver(&vault, &settings);
    while receiver.state() != ReceiverState::Receiving {
        moment(&server);
    }
    vault.back_up(1, &settings, Method::Physical).await.unwrap();
    server.query("postgres", "insert into t values (1)");
    moment(&server);
    let time = "select to_char(now() at time zone 'utc', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"')";
    let time = server.query("postgres", time).parse().unwrap();
    moment(&server);
    server.query("postgres", "insert into t values (2)");
    received(&vault, &server);
    drop((receiver, server));
    let recovery = Some(Recovery { time, logs: vec![vault.path("spool")] });
    let target = vault.path("data");
    let into = RestoreInto::Folder { target: target.clone(), tools: Some(tools()), recovery };
    vault.restore(1, into).await.unwrap();
    assert!(!target.join("standby.signal").exists());
    let server = PostgreSql::start_over(&target, &[]);
    while server.query("postgres", "select pg_is_in_recovery(), pg_sleep(0.01)") != "f|" {}
    assert_eq!(server.query("postgres", "select a from t"), "1");
}

/// A standby, which has a slot at its primary.
pub(super) fn standby_of(primary: &PostgreSql, folder: &Path) -> PostgreSql {
    primary.query("postgres", "select pg_create_physical_replication_slot('of_standby', true)");
    let data = folder.join("standby");
    let made = Command::new(PostgreSql::program("pg_basebackup"))
        .args(["--write-recovery-conf", "--slot=of_standby", "--checkpoint=fast", "-U", USER])
        .args(["-p", &primary.port().to_string()])
        .arg("-h")
        .arg(primary.socket_folder())
        .arg("-D")
        .arg(&data)
        .status()
        .unwrap();
    assert!(made.success());
    PostgreSql::start_over(&data, &[])
}

/// It would go on with the log of the primary, and take what that keeps for the standby.
#[tokio::test]
async fn a_set_of_a_standby_becomes_a_server_of_its_own_with_the_rows_of_the_set() {
    let vault = Vault::new();
    let primary = PostgreSql::start(&["autovacuum=off"]);
    primary.query("postgres", "create table t (a int); insert into t values (1)");
    let mut standby = standby_of(&primary, vault.folder.path());
    assert_eq!(standby.query("postgres", "select pg_is_in_recovery()"), "t");
    vault.back_up(1, &settings(&standby), Method::Physical).await.unwrap();
    standby.kill();
    primary.query("postgres", "insert into t values (2)");
    let target = vault.path("data");
    let into = RestoreInto::Folder { target: target.clone(), tools: Some(tools()), recovery: None };
    vault.restore(1, into).await.unwrap();
    assert!(!target.join("standby.signal").exists());
    let server = PostgreSql::start_over(&target, &[]);
    let is_one = "select pg_is_in_recovery(), current_setting('primary_conninfo') = '', \
                  current_setting('primary_slot_name') = ''";
    assert_eq!(server.query("postgres", is_one), "f|t|t");
    assert_eq!(server.query("postgres", "select a from t"), "1", "it has what the set has");
    server.query("postgres", "insert into t values (3)");
    let taken = "select active from pg_replication_slots where slot_name = 'of_standby'";
    assert_eq!(primary.query("postgres", taken), "f", "nobody takes the slot of the standby");
}
