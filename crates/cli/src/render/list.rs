//! A list of backups, printed while it is read: nothing is kept of what was printed.
//!
//! A list that breaks off does not look whole. JSON is left open; text, CSV and NDJSON end with
//! a line that names no backup, which whoever reads ids refuses.

mod columns;

use std::collections::BTreeMap;
use std::ops::ControlFlow;

use clap::ValueEnum;
use indicatif::HumanBytes;
use jiff::Timestamp;
use serde::Serialize;
use sexton_client::chain;
use sexton_client::document::SCHEMA;
use sexton_client::list::{Entry, Property, Tally, Unfinished};
use sexton_core::{plain, plain_json};

use self::columns::Columns;
use super::grouped;
use super::print::{self, Stream, err};

/// How a list is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum ItemFormat {
    /// For people: as many columns as the terminal has room for
    Table,
    /// The ARN or id of each alone, one a line, for `sexton delete -`
    Text,
    /// One JSON document
    Json,
    /// A JSON object for each, one a line; then the totals
    Ndjson,
    /// Values separated by commas, under a line of names
    Csv,
}

impl ItemFormat {
    /// What is printed when nobody says: a table for people, text for pipes.
    pub(crate) fn usual() -> Self {
        if print::is_terminal() { Self::Table } else { Self::Text }
    }
}

/// The last line of a list that is not whole. It is one word, and no name of a backup.
const NOT_WHOLE: &str = "the-list-is-not-whole";

/// The names of the values in a line of CSV.
const CSV_NAMES: &str = "service,account,region,vault,file_system,instance,id,source,type,\
                         state,created,size,expires,protected_by,tags";

/// What a JSON document of a list begins with.
#[derive(Debug, Serialize)]
pub(crate) struct Heading<'a> {
    schema: u32,
    tool: &'static str,
    version: &'static str,
    region: &'a str,
    endpoint: Option<&'a str>,
    begun: Timestamp,
}

impl<'a> Heading<'a> {
    /// Of a list that begins now.
    pub(crate) fn new(region: &'a str, endpoint: Option<&'a str>, begun: Timestamp) -> Self {
        let (tool, version) = ("sexton", env!("CARGO_PKG_VERSION"));
        Self { schema: SCHEMA, tool, version, region, endpoint, begun }
    }
}

/// What a list comes to, as JSON.
#[derive(Debug, Serialize)]
struct Totals {
    listed: u64,
    items: usize,
    bytes: u64,
    lacking: BTreeMap<&'static str, u64>,
}

/// The end of a list that is whole, as JSON.
#[derive(Debug, Serialize)]
struct Ending {
    whole: bool,
    limited: bool,
    totals: Totals,
    ended: Timestamp,
}

/// The end of one that is not.
#[derive(Debug, Serialize)]
struct Break<'a> {
    whole: bool,
    place: &'a str,
    after: u64,
    cause: String,
}

/// Prints a list.
#[derive(Debug)]
pub(crate) struct Printer {
    format: ItemFormat,
    out: Stream,
    columns: Columns,
    is_first: bool,
    /// The last words of `--output ndjson` repeat the beginning.
    heading: String,
    bytes: u64,
}

impl Printer {
    /// Begins.
    pub(crate) fn new(format: ItemFormat, tags: bool, heading: &Heading<'_>) -> Self {
        let heading = serde_json::to_string(heading).unwrap_or_default();
        let heading = plain_json(&heading).trim_end_matches('}').to_owned();
        let columns = Columns::new(tags, print::width());
        Self { format, out: Stream::new(), columns, is_first: true, heading, bytes: 0 }
    }

    /// Prints one more, and says whether anybody reads on.
    pub(crate) fn entry(&mut self, entry: &Entry) -> ControlFlow<()> {
        self.bytes = self.bytes.saturating_add(entry.size.unwrap_or(0));
        let is_first = std::mem::take(&mut self.is_first);
        match self.format {
            ItemFormat::Table => self.columns.row(entry, &mut self.out),
            ItemFormat::Text => self.out.line(&plain(&entry.id)),
            ItemFormat::Json => {
                if is_first {
                    self.begin_document()?;
                }
                self.out.text(if is_first { "\n" } else { ",\n" })?;
                self.out.text(&one_json(entry))
            }
            ItemFormat::Ndjson => self.out.line(&one_json(entry)),
            ItemFormat::Csv => {
                if is_first {
                    self.out.line(CSV_NAMES)?;
                }
                self.out.line(&csv(entry))
            }
        }
    }

    fn begin_document(&mut self) -> ControlFlow<()> {
        self.out.text(&self.heading)?;
        self.out.text(",\"items\":[")
    }

    /// The list is whole, but for what `limited` says: `printed` of what `tally` counts were
    /// printed. Says whether anybody has read it to its end.
    pub(crate) fn finish(
        &mut self,
        printed: usize,
        limited: bool,
        tally: &Tally,
    ) -> ControlFlow<()> {
        let lacking = tally.lacking.iter().map(|(property, count)| (word(*property), *count));
        let lacking = lacking.collect();
        let totals = Totals { listed: tally.listed, items: printed, bytes: self.bytes, lacking };
        let ending = Ending { whole: true, limited, totals, ended: Timestamp::now() };
        let ending = one_json(&ending);
        match self.format {
            ItemFormat::Table => {
                self.columns.flush(&mut self.out)?;
                self.out.flush()?;
                err(&summary(printed, self.bytes));
            }
            ItemFormat::Json => {
                if self.is_first {
                    self.begin_document()?;
                }
                self.out.line(&format!("\n],{}", ending.trim_start_matches('{')))?;
            }
            ItemFormat::Ndjson => {
                let line = format!("{},{}", self.heading, ending.trim_start_matches('{'));
                self.out.line(&line)?;
            }
            ItemFormat::Csv if self.is_first => self.out.line(CSV_NAMES)?,
            ItemFormat::Text | ItemFormat::Csv => {}
        }
        self.out.flush()
    }

    /// The list is not whole, and must not look so.
    pub(crate) fn break_off(mut self, unfinished: &Unfinished) {
        let Unfinished { place, after, failure } = unfinished;
        let cause = chain(failure);
        let last = match self.format {
            ItemFormat::Table => self.columns.flush(&mut self.out),
            ItemFormat::Json => ControlFlow::Continue(()),
            ItemFormat::Text | ItemFormat::Csv => self.out.line(NOT_WHOLE),
            ItemFormat::Ndjson => {
                let end = Break { whole: false, place, after: *after, cause };
                self.out.line(&one_json(&end))
            }
        };
        if last.is_continue() {
            // Whoever has gone away needs no end.
            let _: ControlFlow<()> = self.out.flush();
        }
    }
}

/// What is said of a list under its table.
fn summary(printed: usize, bytes: u64) -> String {
    let end = sexton_core::plural(printed);
    format!("{} backup{end}, {}", grouped(printed), HumanBytes(bytes))
}

/// How a property is called in JSON.
fn word(property: Property) -> &'static str {
    match property {
        Property::Created => "created",
        Property::State => "state",
        Property::Source => "source",
        Property::Kind => "type",
        Property::Size => "size",
        Property::Tags => "tags",
    }
}

fn one_json(value: &impl Serialize) -> String {
    let text = serde_json::to_string(value).unwrap_or_default();
    plain_json(&text).into_owned()
}

/// One backup as a line of CSV.
fn csv(entry: &Entry) -> String {
    let text = |text: &Option<String>| text.clone().unwrap_or_default();
    let moment = |at: Option<Timestamp>| at.map(|at| at.to_string()).unwrap_or_default();
    let protection = entry.protected_by.iter().flatten().map(|it| it.word());
    let fields = [
        entry.service.word().to_owned(),
        text(&entry.account),
        entry.region.clone(),
        text(&entry.vault),
        text(&entry.file_system),
        text(&entry.instance),
        entry.id.clone(),
        text(&entry.source),
        text(&entry.kind),
        text(&entry.state),
        moment(entry.created),
        entry.size.map(|size| size.to_string()).unwrap_or_default(),
        moment(entry.expires),
        protection.collect::<Vec<_>>().join(" "),
        entry.tags.as_ref().map(one_json).unwrap_or_default(),
    ];
    fields.map(|field| quoted(&plain(&field))).join(",")
}

/// What a spreadsheet takes the beginning of a formula for.
const FORMULAS: [char; 4] = ['=', '+', '-', '@'];

/// A value of CSV, in quotes where it needs them (RFC 4180). A spreadsheet would compute what looks
/// like a formula, and most of this is foreign text: that has an apostrophe before it.
fn quoted(field: &str) -> String {
    if field.trim_start().starts_with(FORMULAS) {
        return quoted(&format!("'{field}"));
    }
    if field.contains([',', '"']) || field.trim() != field {
        format!("\"{}\"", field.replace('"', "\"\""))
    } else {
        field.to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_value_of_csv_is_one_value_whatever_it_holds() {
        for (field, written) in [
            ("vault", "vault"),
            ("a,b", "\"a,b\""),
            ("say \"no\"", "\"say \"\"no\"\"\""),
            (" a", "\" a\""),
            ("=1+1", "'=1+1"),
            (" +1", "' +1"),
            ("-2+3,cmd", "\"'-2+3,cmd\""),
            ("@SUM(A1)", "'@SUM(A1)"),
            ("a=1", "a=1"),
        ] {
            assert_eq!(quoted(field), written);
        }
    }
}
