//! Names of things, and what paths and queries make of text.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../../crates/wire/tests/corpus/names.rs"]
mod names;

fuzz_target!(|text: &str| names::ask(text));
