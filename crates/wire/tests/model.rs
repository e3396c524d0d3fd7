//! The checked-in types are what the generator makes of the checked-in models.
//!
//! `UPDATE=1 cargo test --release -p sexton-wire --test model` rewrites them.

#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]
#![expect(clippy::disallowed_methods, reason = "the generator reads the model and writes Rust")]

#[path = "model/apsara.rs"]
mod apsara;
#[path = "model/constraints.rs"]
mod constraints;
#[path = "model/emit.rs"]
mod emit;
#[path = "model/names.rs"]
mod names;
#[path = "model/service.rs"]
mod service;
#[path = "model/tables.rs"]
mod tables;

use std::collections::BTreeMap;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;

use service::SERVICES;

fn crate_folder() -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR"))
}

fn model(name: &str) -> Value {
    let file = crate_folder().join("model").join(name).with_extension("json");
    let text = std::fs::read_to_string(file).unwrap();
    sorted(serde_json::from_str(&text).unwrap())
}

/// Whether `serde_json` keeps the order of keys is decided by features of other crates.
fn sorted(value: Value) -> Value {
    match value {
        Value::Object(members) => {
            let members: BTreeMap<String, Value> = members.into_iter().collect();
            members.into_iter().map(|(name, member)| (name, sorted(member))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            value
        }
    }
}

/// Formats as `cargo fmt` would, so that generated code stays clean.
fn formatted(source: &str) -> String {
    let config = crate_folder().join("../../rustfmt.toml");
    let mut child = Command::new("rustfmt")
        .args(["--edition", "2024", "--config-path"])
        .arg(config)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(source.as_bytes()).unwrap();
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success(), "rustfmt refused the generated code:\n{source}");
    String::from_utf8(output.stdout).unwrap()
}

fn compare(path: &Path, generated: &str) -> bool {
    if std::env::var_os("UPDATE").is_some() {
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, generated).unwrap();
        return true;
    }
    std::fs::read_to_string(path).is_ok_and(|found| found == generated)
}

#[test]
fn generated_types_are_those_of_the_model() {
    let of_aws = SERVICES.iter().flat_map(|service| emit::files(service, &model(service.name)));
    let of_aws = of_aws.map(|(name, source)| (format!("aws/model/{name}"), source));
    let of_apsara = apsara::files(&model("rds")).into_iter();
    let of_apsara = of_apsara.map(|(name, source)| (format!("apsara/model/{name}"), source));
    let folder = crate_folder().join("src");
    let stale: Vec<String> = of_aws
        .chain(of_apsara)
        .filter(|(name, source)| !compare(&folder.join(name), &formatted(source)))
        .map(|(name, _)| name)
        .collect();
    assert!(stale.is_empty(), "regenerate with UPDATE=1: {stale:?}");
}
