//! Connections to `PostgreSQL` that are encrypted.

use sexton_data::database::{DatabaseError, ReceiverState};
use sexton_testing::Authority;

use super::logs::{moment, receiver};
use super::*;

#[tokio::test]
async fn a_server_is_believed_only_with_the_certificate_that_the_settings_ask_for() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.sign("IP:127.0.0.1");
    let server = PostgreSql::start(&[
        "ssl=on",
        &format!("ssl_cert_file={}", certificate.display()),
        &format!("ssl_key_file={}", key.display()),
    ]);
    // Nobody comes in over the network without encryption.
    fs::write(
        server.data().join("pg_hba.conf"),
        "local all all trust\nhostssl all all all scram-sha-256\n\
         hostssl replication all all scram-sha-256\n",
    )
    .unwrap();
    server.query("postgres", "select pg_reload_conf()");
    let settings = |tls: &str, ca: Option<&Authority>, host: &str| {
        let ca = ca.map(|ca| format!("ca = {:?}\n", ca.certificate())).unwrap_or_default();
        let more = format!("tls = {tls:?}\nhost = {host:?}\n{ca}tools = {:?}", tools());
        settings_of(&server, (USER, PASSWORD), &more)
    };
    let here = "127.0.0.1";
    // It takes a moment until the server has read its file again.
    let off = settings("off", None, here);
    while probe(&off).is_ok() {}
    assert!(matches!(probe(&off), Err(DatabaseError::Refused { .. })));
    for (tls, ca, host) in [
        ("require", None, here),
        ("verify-ca", Some(&authority), "localhost"),
        ("verify-full", Some(&authority), here),
    ] {
        probe(&settings(tls, ca, host)).unwrap();
    }
    for (tls, ca, host) in [
        ("require", Some(&other), here),
        ("verify-ca", Some(&other), here),
        ("verify-full", Some(&other), here),
        ("verify-full", Some(&authority), "localhost"),
    ] {
        let error = probe(&settings(tls, ca, host)).unwrap_err();
        assert!(matches!(error, DatabaseError::Untrusted { .. }), "{tls} {host}: {error}");
    }

    let (vault, right) = (Vault::new(), settings("verify-full", Some(&authority), here));
    vault.back_up(1, &right, Method::Physical).await.unwrap();
    vault.back_up(2, &right, Method::Logical).await.unwrap();
    let receiver = receiver(&vault, &right);
    while receiver.state() != ReceiverState::Receiving {
        moment(&server);
    }
    receiver.stop();
    let wrong = settings("verify-full", Some(&other), here);
    let error = vault.back_up(3, &wrong, Method::Physical).await.unwrap_err().for_caller();
    assert!(error.contains("ca of the connection settings"), "{error}");
}
