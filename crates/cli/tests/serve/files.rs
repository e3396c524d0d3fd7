//! Files that commands are told to read: that cannot be read, and that hold something else.

use std::fs;
use std::path::Path;

use crate::fails;

/// Commands that are told to read the file `given`, which is the last one that they need.
fn readers(given: &str) -> Vec<Vec<String>> {
    let arn = "arn:aws:backup:us-east-1:123456789012:recovery-point:1";
    let lines = [
        format!("delete --vault v --region us-east-1 -y --from-file {given}"),
        format!("delete --vault v --region us-east-1 -y --after {given} {arn}"),
        format!("delete --vault v --region us-east-1 -y --ca-bundle {given} {arn}"),
        format!("certificate verify {given} --public-key key.pub"),
        format!("certificate verify empty --public-key {given}"),
        format!("certificate verify empty --public-key key.pub --log {given}"),
        format!("serve --config {given}"),
        format!("serve --data new --tls-certificate {given} --tls-key key.pem"),
        format!("serve --data new --tls-certificate cert.pem --tls-key {given}"),
        format!("serve --dev --data new --listen 127.0.0.1:0 --seed {given}"),
    ];
    let words = |line: String| line.split(' ').map(str::to_owned).collect();
    lines.map(words).into()
}

/// What is good of what they read.
fn prepare(folder: &Path) {
    fs::write(folder.join("empty"), "").unwrap();
    fs::write(
        folder.join("key.pub"),
        "PeterNeumann+c74f20a3+ARpc2QcUPDhMQegwxbzhKqiBfsVkmqq/LDE4izWy10TW\n",
    )
    .unwrap();
    for (file, label) in [("cert.pem", "CERTIFICATE"), ("key.pem", "PRIVATE KEY")] {
        let text = format!("-----BEGIN {label}-----\nAAAA\n-----END {label}-----\n");
        fs::write(folder.join(file), text).unwrap();
    }
    fs::create_dir(folder.join("folder")).unwrap();
    // Neither text, nor JSON, nor PEM, nor a key.
    fs::write(folder.join("binary"), b"\xff\x00\xfe{").unwrap();
}

/// Some commands ended with 1 and some with 2, and one told of another file.
#[test]
fn a_file_that_cannot_be_read_is_1_and_one_that_holds_something_else_is_2_in_every_command() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    for (given, exit) in [("missing", 1), ("folder", 1), ("binary", 2)] {
        for words in readers(given) {
            let words: Vec<&str> = words.iter().map(String::as_str).collect();
            let (code, text) = fails(folder.path(), &words, &[]);
            assert_eq!(code, exit, "{words:?}: {text}");
            assert!(text.contains(given), "{words:?}: {text}");
        }
    }
    let data = folder.path().join("new");
    assert!(!data.exists(), "a server that does not start makes no folder");
}

/// "No items found", it said, of one of them.
#[test]
fn exchanged_tls_files_are_said_to_be_exchanged() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let exchanged = ["serve", "--tls-certificate", "key.pem", "--tls-key", "cert.pem"];
    let (code, text) = fails(folder.path(), &exchanged, &[]);
    assert_eq!(code, 2, "{text}");
    for words in ["tls_certificate is key.pem, which holds a private key", "exchange the two"] {
        assert!(text.contains(words), "{text}");
    }
}

/// The certificate was said not to hold, though nothing could be said of it.
#[test]
fn a_public_key_that_is_none_is_blamed_before_any_certificate() {
    let folder = tempfile::tempdir().unwrap();
    prepare(folder.path());
    let words = ["certificate", "verify", "cert.pem", "--public-key", "key.pem"];
    let (code, text) = fails(folder.path(), &words, &[]);
    assert_eq!(code, 2, "{text}");
    assert!(text.contains("key.pem holds no public key") && !text.contains("cert.pem"), "{text}");
}

/// A folder with nothing but a lock in it was left.
#[test]
fn a_server_that_cannot_start_leaves_no_new_folder() {
    let folder = tempfile::tempdir().unwrap();
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let taken = taken.local_addr().unwrap().to_string();
    for dev in [&[][..], &["--dev"]] {
        let words = [&["serve", "--data", "a/new/folder", "--listen", &taken], dev].concat();
        let (code, text) = fails(folder.path(), &words, &[]);
        assert_eq!(code, 1, "{text}");
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0, "{text}");
    }
}
