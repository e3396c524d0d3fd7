//! What the fuzzing of `fuzz/` has found ways through the code with: every input of it holds what the
//! targets hold, in every run of the tests.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

#[path = "corpus/aws_request.rs"]
mod aws_request;
#[path = "corpus/names.rs"]
mod names;
#[path = "corpus/policy.rs"]
mod policy;
#[path = "corpus/rds_request.rs"]
mod rds_request;
#[path = "corpus/request.rs"]
mod request;
#[path = "apsara/xml.rs"]
mod xml;

use std::path::Path;

/// The inputs that are kept for a target: JSON strings, a line each, whose letters are bytes.
fn kept(target: &str) -> Vec<Vec<u8>> {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../fuzz/corpus");
    let lines = std::fs::read_to_string(folder.join(format!("{target}.txt"))).unwrap();
    let byte = |letter: char| u8::try_from(letter).unwrap();
    let inputs = lines.lines().map(|line| serde_json::from_str::<String>(line).unwrap());
    let inputs: Vec<_> = inputs.map(|input| input.chars().map(byte).collect()).collect();
    assert!(inputs.len() > 100, "{target}: {}", inputs.len());
    inputs
}

fn texts(target: &str) -> Vec<String> {
    let inputs = kept(target).into_iter();
    inputs.filter_map(|input| String::from_utf8(input).ok()).collect()
}

#[test]
fn requests_to_aws_are_calls_or_errors() {
    kept("aws_request").iter().for_each(|input| aws_request::ask(input));
}

#[test]
fn requests_to_rds_are_calls_or_errors() {
    kept("rds_request").iter().for_each(|input| rds_request::ask(input));
}

#[test]
fn names_are_written_as_they_are_read() {
    texts("names").iter().for_each(|input| names::ask(input));
}

#[test]
fn to_know_less_of_a_request_never_allows_more() {
    texts("policy").iter().for_each(|input| policy::ask(input));
}
