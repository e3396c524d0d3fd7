//! The inputs with which fuzzing found new ways through the code. What four of the targets of
//! `fuzz/` ask of made-up input is asked of each of these in every run of the tests.
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

/// The inputs that are kept for a target: JSON strings, a line each, whose letters are bytes.
fn inputs(lines: &str) -> Vec<Vec<u8>> {
    let byte = |letter: char| u8::try_from(letter).unwrap();
    let inputs = lines.lines().map(|line| serde_json::from_str::<String>(line).unwrap());
    let inputs: Vec<_> = inputs.map(|input| input.chars().map(byte).collect()).collect();
    assert!(inputs.len() > 100, "{}", inputs.len());
    inputs
}

/// The same as texts, as the fuzzer makes texts of bytes: up to the first that is of no letter.
fn texts(lines: &str) -> Vec<String> {
    let text = |input: Vec<u8>| {
        input.utf8_chunks().next().map(|chunk| chunk.valid().to_owned()).unwrap_or_default()
    };
    inputs(lines).into_iter().map(text).collect()
}

#[test]
fn requests_to_aws_are_calls_or_errors() {
    for input in inputs(include_str!("../../../fuzz/corpus/aws_request.txt")) {
        aws_request::ask(&input);
    }
}

#[test]
fn requests_to_rds_are_calls_or_errors() {
    for input in inputs(include_str!("../../../fuzz/corpus/rds_request.txt")) {
        rds_request::ask(&input);
    }
}

#[test]
fn names_are_written_as_they_are_read() {
    for input in texts(include_str!("../../../fuzz/corpus/names.txt")) {
        names::ask(&input);
    }
}

#[test]
fn to_know_less_of_a_request_never_allows_more() {
    for input in texts(include_str!("../../../fuzz/corpus/policy.txt")) {
        policy::ask(&input);
    }
}
