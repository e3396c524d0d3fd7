//! What is being erased.

use std::io::IsTerminal as _;

use comfy_table::{ContentArrangement, Table};
use serde_json::{Value, json};

use super::{err, json as document, out};
use crate::commands::erasure::Format;

/// The fields that are shown of an erasure, in their order.
const FIELDS: [&str; 5] = ["arn", "state", "attempts", "since", "reason"];

fn fields(erasure: &Value) -> [String; 5] {
    FIELDS.map(|name| {
        let field = &erasure[name];
        let number = || field.as_u64().map(|number| number.to_string()).unwrap_or_default();
        // A field that held a tab or a line would be several.
        field.as_str().map_or_else(number, |text| text.replace(char::is_control, " "))
    })
}

/// Prints a listing of erasures. Without a format: a table for people, text for pipes.
pub(crate) fn erasures(format: Option<Format>, erasures: &[Value]) {
    let terminal = std::io::stdout().is_terminal();
    match format.unwrap_or(if terminal { Format::Table } else { Format::Text }) {
        Format::Json => document(&json!({ "erasures": erasures })),
        Format::Text => {
            for erasure in erasures {
                out(&fields(erasure).join("\t"));
            }
        }
        Format::Table if erasures.is_empty() => err("nothing is being erased"),
        Format::Table => {
            let mut table = Table::new();
            table.load_style(comfy_table::presets::UTF8_FULL_CONDENSED);
            table.set_content_arrangement(ContentArrangement::Dynamic);
            table.set_header(FIELDS);
            for erasure in erasures {
                table.add_row(fields(erasure));
            }
            out(&table.to_string());
        }
    }
}
