//! A request to RDS, and the answer to a wrong one.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/wire/tests/corpus/rds_request.rs"]
mod rds_request;
#[path = "../../crates/wire/tests/corpus/request.rs"]
mod request;
#[path = "../../crates/wire/tests/apsara/xml.rs"]
mod xml;

fuzz_target!(|bytes: &[u8]| rds_request::ask(bytes));
