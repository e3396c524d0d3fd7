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
