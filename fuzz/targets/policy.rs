//! Access policies, and requests that are put to them.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/wire/tests/corpus/policy.rs"]
mod policy;

fuzz_target!(|text: &str| policy::ask(text));
