//! What is being erased.

use clap::ValueEnum;
use serde_json::{Value, json};

use super::print::{self, err};

/// How a listing is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ListFormat {
    /// For people
    Table,
    /// Fields separated by tabs
    Text,
    /// One document
    Json,
}

/// The fields that are shown of an erasure, in their order.
const FIELDS: [&str; 5] = ["arn", "state", "attempts", "since", "reason"];

fn fields(erasure: &Value) -> [String; 5] {
    FIELDS.map(|name| {
        let field = &erasure[name];
        let number = || field.as_u64().map(|number| number.to_string()).unwrap_or_default();
        field.as_str().map_or_else(number, str::to_owned)
    })
}

/// Prints a listing of erasures. Without a format: a table for people, text for pipes.
pub(crate) fn erasures(format: Option<ListFormat>, erasures: &[Value]) {
    let usual = || if print::is_terminal() { ListFormat::Table } else { ListFormat::Text };
    match format.unwrap_or_else(usual) {
        ListFormat::Json => print::json(&json!({ "erasures": erasures })),
        ListFormat::Text => erasures.iter().for_each(|erasure| print::fields(fields(erasure))),
        ListFormat::Table if erasures.is_empty() => err("nothing is being erased"),
        ListFormat::Table => print::table(FIELDS, erasures.iter().map(fields), true),
    }
}
