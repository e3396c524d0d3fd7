//! The house rules that no compiler knows: what each crate may import, how long a file
//! may be, and which words are not left behind.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::Value;

/// What a crate imports, by the rule that stands in `docs/ARCHITECTURE.md`.
enum Imports {
    /// These and nothing else.
    Only(&'static str),
    /// Anything but these. A name that ends in `*` stands for all that begin so.
    Not(&'static str),
}

const RULES: [(&str, Imports); 9] = [
    ("sexton-core", Imports::Only("jiff serde serde_json thiserror uuid zeroize")),
    (
        "sexton-wire",
        Imports::Not(
            "sexton-server sexton-store sexton-data sexton-client tokio* hyper* rusqlite \
             object_store async* futures* aws-config aws-sdk* aws-smithy* aws-credential* \
             reqwest tracing* rustix rand* clap",
        ),
    ),
    (
        "sexton-client",
        Imports::Not(
            "sexton-server sexton-store sexton-data clap indicatif comfy-table crossterm \
             rusqlite object_store tracing-subscriber",
        ),
    ),
    (
        "sexton-data",
        Imports::Not(
            "sexton-server sexton-store sexton-wire sexton-client rusqlite http* hyper* \
             clap aws-sdk-* aws-config tracing-subscriber",
        ),
    ),
    (
        "sexton-store",
        Imports::Not(
            "sexton-server sexton-data sexton-wire sexton-client object_store zstd http* \
             hyper* clap aws-sdk-* aws-config tracing-subscriber",
        ),
    ),
    (
        "sexton-server",
        Imports::Not(
            "sexton-client rusqlite zstd object_store clap indicatif comfy-table crossterm \
             aws-sdk-* aws-config tracing-subscriber",
        ),
    ),
    ("sexton-testing", Imports::Only("rustix tempfile")),
    ("sexton", Imports::Not("rusqlite hyper* http http-* object_store aws-*")),
    (
        "sexton-python",
        Imports::Not(
            "sexton sexton-server sexton-store sexton-data sexton-wire rusqlite hyper* http \
             http-* object_store zstd clap indicatif comfy-table aws-config aws-sdk-* \
             tracing-subscriber",
        ),
    ),
];

const FILE_LINES_MAX: usize = 600;
const LINE_COLUMNS_MAX: usize = 100;

/// Written in two halves, so that this file does not find itself.
const BANNED: [(&str, &str); 4] =
    [("to", "do!("), ("unimple", "mented!("), ("#[al", "low("), ("#[ig", "nore")];
const MACHINE_PATHS: [(&str, &str); 3] = [("/ro", "ot/"), ("/wo", "rk/"), ("/home", "/u")];

/// The dependencies of a crate that its rule forbids.
fn forbidden(rule: &Imports, dependencies: &BTreeSet<String>) -> Vec<String> {
    let matches = |name: &str, pattern: &str| match pattern.strip_suffix('*') {
        Some(prefix) => name.starts_with(prefix),
        None => name == pattern,
    };
    let wrong = |name: &str| match rule {
        Imports::Only(names) => !names.split(' ').any(|it| it == name),
        Imports::Not(patterns) => patterns.split(' ').any(|pattern| matches(name, pattern)),
    };
    dependencies.iter().filter(|name| wrong(name)).cloned().collect()
}

/// What is wrong with a Rust file, with the lines where it is.
fn untidy(name: &str, text: &str) -> Vec<String> {
    let mut found = Vec::new();
    let lines = text.lines().count();
    if lines > FILE_LINES_MAX {
        found.push(format!("{name} has {lines} lines, more than {FILE_LINES_MAX}"));
    }
    if !text.trim_start().starts_with("//!") {
        found.push(format!("{name} does not begin by saying why it is there"));
    }
    for (number, line) in (1..).zip(text.lines()) {
        let columns = line.chars().count();
        // A pattern of a service model is one literal, however long it is.
        let is_pattern = line.trim_start().starts_with("r\"");
        if columns > LINE_COLUMNS_MAX && !is_pattern {
            found.push(format!("{name}:{number} has {columns} columns"));
        }
        for (one, other) in BANNED {
            let word = format!("{one}{other}");
            if line.contains(&word) {
                found.push(format!("{name}:{number} has {word}"));
            }
        }
    }
    found
}

/// Lines that name a folder of the machine that they were written on.
fn machine_paths(name: &str, text: &str) -> Vec<String> {
    let paths = MACHINE_PATHS.map(|(one, other)| format!("{one}{other}"));
    let has = |line: &str| paths.iter().any(|path| line.contains(path.as_str()));
    let lines = (1..).zip(text.lines()).filter(|(_, line)| has(line));
    lines.map(|(number, line): (usize, _)| format!("{name}:{number}: {line}")).collect()
}

/// Whether a decision says where it stands.
fn has_state(text: &str) -> bool {
    let state = |line: &str| line.strip_prefix("State: ").is_some_and(|it| !it.trim().is_empty());
    text.lines().take(5).any(state)
}

fn root() -> PathBuf {
    Path::new(concat!(env!("CARGO_MANIFEST_DIR"), "/../..")).canonicalize().unwrap()
}

/// Every file that belongs to the repository, also those that are not committed yet.
fn files() -> Vec<String> {
    let listed = Command::new("git")
        .current_dir(root())
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .output();
    let text = match listed {
        Ok(output) if output.status.success() => String::from_utf8(output.stdout).unwrap(),
        // An unpacked archive of the sources has no history.
        Ok(_) | Err(_) => return walk(&root(), &root()),
    };
    text.lines().filter(|name| root().join(name).is_file()).map(str::to_owned).collect()
}

fn walk(root: &Path, folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    for entry in folder.read_dir().unwrap() {
        let path = entry.unwrap().path();
        let name = path.file_name().unwrap().to_string_lossy().into_owned();
        if path.is_dir() && !["target", "clients", ".git", "__pycache__"].contains(&&*name) {
            found.extend(walk(root, &path));
        } else if path.is_file() {
            found.push(path.strip_prefix(root).unwrap().to_string_lossy().into_owned());
        }
    }
    found
}

fn read(name: &str) -> String {
    String::from_utf8_lossy(&std::fs::read(root().join(name)).unwrap()).into_owned()
}

#[test]
fn no_crate_imports_what_it_may_not() {
    let output = Command::new(env!("CARGO"))
        .current_dir(root())
        .args(["metadata", "--format-version=1", "--no-deps", "--offline"])
        .output()
        .unwrap();
    let metadata: Value = serde_json::from_slice(&output.stdout).unwrap();
    let packages = metadata["packages"].as_array().unwrap();
    assert_eq!(packages.len(), RULES.len(), "a crate without a rule");
    for (name, rule) in &RULES {
        let package = packages.iter().find(|it| it["name"] == *name).unwrap();
        let dependencies = package["dependencies"].as_array().unwrap();
        let normal: BTreeSet<String> = dependencies
            .iter()
            .filter(|it| it["kind"] != "dev")
            .map(|it| it["name"].as_str().unwrap().to_owned())
            .collect();
        assert!(!normal.is_empty());
        let wrong = forbidden(rule, &normal);
        assert!(wrong.is_empty(), "{name} may not import {wrong:?}");
    }
}

#[test]
fn every_rust_file_is_tidy() {
    let files = files();
    let rust = files.iter().filter(|name| is_rust(name));
    // What is generated is as long as the model is.
    let written = rust.filter(|name| !name.contains("/aws/model/backup/"));
    let found: Vec<String> = written.flat_map(|name| untidy(name, &read(name))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
    assert!(files.len() > 100, "only {} files were looked at", files.len());
}

/// The macros of `PyO3` write what the compiler would not let pass (decision 22).
#[test]
fn one_crate_alone_does_not_forbid_what_is_unsafe() {
    let files = files();
    let manifests = files.iter().filter(|name| name.starts_with("crates/"));
    let manifests = manifests.filter(|name| name.ends_with("/Cargo.toml"));
    let forbids = |name: &&String| read(name).contains("[lints]\nworkspace = true\n");
    let (forbidding, others): (Vec<&String>, Vec<&String>) = manifests.partition(forbids);
    assert_eq!(others, ["crates/python/Cargo.toml"]);
    assert_eq!(forbidding.len() + 1, RULES.len());
    assert!(read("Cargo.toml").contains("unsafe_code = \"forbid\""));
    let ours = files.iter().filter(|name| name.starts_with("crates/python/") && is_rust(name));
    let word = format!("un{}", "safe ");
    let found: Vec<&String> = ours.filter(|name| read(name).contains(&word)).collect();
    assert!(found.is_empty(), "{found:?}");
}

fn is_rust(name: &str) -> bool {
    Path::new(name).extension() == Some("rs".as_ref())
}

/// What is foreign is made harmless there.
#[test]
fn two_files_alone_write_to_the_terminal() {
    let files = files();
    let sources = files.iter().filter(|name| name.contains("/src/") && is_rust(name));
    let writes = |name: &&String| {
        let text = read(name);
        let mut lines = text.lines().filter(|line| !line.contains("is_terminal()"));
        lines.any(|line| line.contains("io::stdout") || line.contains("io::stderr"))
    };
    let found: Vec<&String> = sources.filter(writes).collect();
    assert_eq!(found, ["crates/cli/src/render/log.rs", "crates/cli/src/render/print.rs"]);
}

#[test]
fn every_decision_says_where_it_stands() {
    let files = files();
    let decisions = files.iter().filter(|name| name.starts_with("docs/decisions/"));
    let silent: Vec<_> = decisions.filter(|name| !has_state(&read(name))).collect();
    assert!(silent.is_empty(), "{silent:?} have no line such as `State: accepted, 2026-11-22`");
}

#[test]
fn no_file_names_the_machine_that_it_was_written_on() {
    let found: Vec<String> =
        files().iter().flat_map(|name| machine_paths(name, &read(name))).collect();
    assert!(found.is_empty(), "{}", found.join("\n"));
}

#[test]
fn the_rules_bite() {
    let names = |names: &[&str]| names.iter().map(|&it| it.to_owned()).collect::<BTreeSet<_>>();
    let core = &RULES[0].1;
    assert!(forbidden(core, &names(&["jiff", "uuid"])).is_empty());
    assert_eq!(forbidden(core, &names(&["serde", "tokio"])), ["tokio"]);
    let wire = &RULES[1].1;
    assert_eq!(
        forbidden(wire, &names(&["http", "hyper-util", "sexton-server", "tokio"])),
        ["hyper-util", "sexton-server", "tokio"]
    );
    let cli = &RULES[7].1;
    assert_eq!(forbidden(cli, &names(&["http", "http-body", "clap"])), ["http", "http-body"]);

    assert!(untidy("a.rs", "//! Why.\n").is_empty());
    assert_eq!(untidy("a.rs", "fn x() {}\n").len(), 1);
    assert_eq!(untidy("a.rs", &format!("//! {}\n", "é".repeat(97))).len(), 1);
    assert!(untidy("a.rs", &format!("//! {}\n", "é".repeat(96))).is_empty());
    assert_eq!(untidy("a.rs", &format!("//! Why.\n{}", "\n".repeat(600))).len(), 1);
    for (one, other) in BANNED {
        assert_eq!(untidy("a.rs", &format!("//! Why.\n    {one}{other}x)]\n")).len(), 1);
    }
    for (one, other) in MACHINE_PATHS {
        assert_eq!(machine_paths("a", &format!("x\n{one}{other}\n")).len(), 1);
    }
    assert!(machine_paths("a", "/tmp/x and ./work and root\n").is_empty());
    assert!(has_state("# 1. T\n\nState: accepted, 2026-11-22\n"));
    assert!(!has_state("# 1. T\n\nState: \n"));
    assert!(!has_state("# 1. T\n\nIt was decided.\n"));
}
