//! A request to AWS Backup, FSx, IAM or STS.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/wire/tests/corpus/aws_request.rs"]
mod aws_request;
#[path = "../../crates/wire/tests/corpus/request.rs"]
mod request;

fuzz_target!(|bytes: &[u8]| aws_request::ask(bytes));
