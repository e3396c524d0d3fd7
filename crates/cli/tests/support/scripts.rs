//! Runs the scripts of `tests/acceptance` with the clients that `make clients` installs.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

/// The folder of the scripts.
fn scripts() -> PathBuf {
    PathBuf::from(concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/acceptance"))
        .canonicalize()
        .unwrap()
}

/// The folder of the clients. A test without them fails: what was not run is not proven.
fn clients() -> PathBuf {
    let scripts = scripts();
    let clients = scripts.with_file_name("clients");
    let mut wanted = format!("{}\n", clients.display());
    let names =
        ["requirements.txt", "requirements-custodian.txt", "package.json", "package-lock.json"];
    for name in names {
        wanted.push_str(&fs::read_to_string(scripts.join(name)).unwrap());
    }
    let installed = fs::read_to_string(clients.join("installed")).unwrap_or_default();
    assert!(installed == wanted, "the clients are not installed: run `make clients`");
    clients
}

/// Runs a script to its end and shows what it printed if it failed.
pub(crate) fn run(
    name: &str,
    arguments: &[&str],
    variables: &[(&str, &str)],
    log: impl FnOnce() -> String,
) {
    let clients = clients();
    let program = match name.rsplit_once('.') {
        Some((_, "py")) => clients.join("venv/bin/python"),
        _ => PathBuf::from("node"),
    };
    let ended = Command::new(program)
        .arg(scripts().join(name))
        .args(arguments)
        .env("CLIENTS", &clients)
        .env("PYTHONDONTWRITEBYTECODE", "1")
        .env("PYTHONUNBUFFERED", "1")
        .env("SEXTON_BIN", env!("CARGO_BIN_EXE_sexton"))
        .envs(variables.iter().copied())
        .output()
        .unwrap();
    let text = |bytes: &[u8]| String::from_utf8_lossy(bytes).into_owned();
    let (out, err) = (text(&ended.stdout), text(&ended.stderr));
    let status = ended.status;
    // The log is only read if it is needed.
    assert!(status.success(), "{name}: {status}\n{out}\n{err}\nthe server's log:\n{}", log());
    assert!(out.trim_end().ends_with(" passed, 0 failed"), "{name} did not end: {out}\n{err}");
}
