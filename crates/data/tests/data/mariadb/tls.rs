//! Connections to `MariaDB` that are encrypted.

use sexton_data::database::ReceiverState;
use sexton_testing::Authority;

use super::logs::{receiver, until};
use super::*;

#[tokio::test]
async fn a_server_is_believed_only_with_the_certificate_that_the_settings_ask_for() {
    let (authority, other) = (Authority::new(), Authority::new());
    let (certificate, key) = authority.sign("IP:127.0.0.1");
    let server = MariaDb::start(&[
        // Nobody comes in over the network without encryption.
        "--require-secure-transport=ON",
        &format!("--ssl-cert={}", certificate.display()),
        &format!("--ssl-key={}", key.display()),
    ]);
    server.query(TABLES);
    let settings = |tls: &str, ca: Option<&Authority>, host: &str| {
        let ca = ca.map(|ca| format!("ca = {:?}\n", ca.certificate())).unwrap_or_default();
        settings_with(&server, PASSWORD, &format!("tls = {tls:?}\nhost = {host:?}\n{ca}"))
    };
    let here = "127.0.0.1";
    let error = probe(&settings("off", None, here)).unwrap_err();
    assert!(matches!(error, DatabaseError::Refused { .. }), "{error}");
    for (tls, ca) in
        [("require", None), ("verify-ca", Some(&authority)), ("verify-full", Some(&authority))]
    {
        probe(&settings(tls, ca, here)).unwrap();
    }
    for (tls, ca, host) in [
        ("verify-ca", &other, here),
        ("verify-full", &other, here),
        // The tools know no check of the certificate without that of the name.
        ("verify-ca", &authority, "localhost"),
        ("verify-full", &authority, "localhost"),
    ] {
        let error = probe(&settings(tls, Some(ca), host)).unwrap_err();
        assert!(matches!(error, DatabaseError::Untrusted { .. }), "{tls} {host}: {error}");
    }

    let (vault, right) = (Vault::new(), settings("verify-full", Some(&authority), here));
    vault.back_up(1, &right, Method::Physical).await.unwrap();
    vault.back_up(2, &right, Method::Logical).await.unwrap();
    let spool = TempDir::new().unwrap();
    let receiver = receiver(right, spool.path());
    until(|| receiver.state() == ReceiverState::Receiving);
    receiver.stop();
    let wrong = settings("verify-full", Some(&other), here);
    let error = vault.back_up(3, &wrong, Method::Physical).await.unwrap_err().for_caller();
    assert!(error.contains("ca of the connection settings"), "{error}");
}
