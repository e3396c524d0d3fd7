//! Everything that is printed.
//!
//! Results go to standard output, in the format that was asked for; everything else goes
//! to standard error. A reader that has gone away is no reason to stop deleting or to
//! panic: what cannot be written is dropped. That a result was lost on a full disk is told
//! at the end, by [`unwritten`]. Only `print` writes, and takes nothing for harmless.

pub(crate) mod demo;
mod erasures;
mod print;
mod survey;
mod vault;

use std::collections::BTreeMap;
use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use serde::Serialize;
use sexton_client::{Event, Report};
use sexton_core::{Outcome, RecoveryPointArn, Totals, Verdict};

use crate::exit::Failure;

use print::{err, fields, json, out};

pub(crate) use erasures::erasures;
pub(crate) use print::{
    LogWriter, fields as line_of_fields, json as json_line, json_document, unwritten,
};
pub(crate) use survey::forecasts;
pub(crate) use vault::{dev_environment, line, serving, verified};

/// The most points that a table shows; the machine formats show all.
const TABLE_ROWS_MAX: usize = 50;

/// How many ARNs are shown before somebody is asked.
const SHOWN_FIRST: usize = 3;

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: totals, and the points that failed (of a dry run: all) with the way out
    Table,
    /// `outcome`, ARN and detail, separated by tabs, as they settle
    Text,
    /// One document
    Json,
    /// One object a line as points settle, then a summary
    Ndjson,
}

impl Format {
    /// What is printed when nobody says: a table for people, text for pipes.
    pub(crate) fn usual() -> Self {
        if print::is_terminal() { Self::Table } else { Self::Text }
    }
}

/// What is about to be done, and where.
#[derive(Debug, Clone, Serialize)]
pub(crate) struct Intent {
    pub(crate) vault: String,
    pub(crate) account: Option<String>,
    pub(crate) region: String,
    pub(crate) endpoint: Option<String>,
    pub(crate) points_in_vault: Option<u64>,
    pub(crate) duplicates: usize,
    pub(crate) dry_run: bool,
}

/// A command that did not do what it was asked to.
pub(crate) fn failure(failure: &Failure) {
    if failure.in_lines {
        format!("error: {}", failure.message).lines().for_each(err);
    } else {
        err(&format!("error: {}", failure.message));
    }
    if let Some(hint) = &failure.hint {
        err(&format!("hint: {hint}"));
    }
}

/// Something worth knowing.
pub(crate) fn note(text: &str) {
    err(&format!("note: {text}"));
}

/// What is about to be done.
pub(crate) fn intent(intent: &Intent, arns: &[RecoveryPointArn]) {
    let verb = if intent.dry_run { "dry run: would delete" } else { "about to delete" };
    let dropped = match intent.duplicates {
        0 => String::new(),
        1 => " (1 duplicate dropped)".to_owned(),
        more => format!(" ({more} duplicates dropped)"),
    };
    let noun = if arns.len() == 1 { "recovery point" } else { "recovery points" };
    err(&format!("{verb} {} {noun}{dropped}", grouped(arns.len())));
    let holds = intent.points_in_vault.map(|points| {
        format!(", which holds about {}", grouped(usize::try_from(points).unwrap_or(usize::MAX)))
    });
    err(&format!("  vault     {}{}", intent.vault, holds.unwrap_or_default()));
    err(&format!("  account   {}", intent.account.as_deref().unwrap_or("not known")));
    err(&format!("  region    {}", intent.region));
    err(&format!("  endpoint  {}", intent.endpoint.as_deref().unwrap_or("AWS")));
    for (position, arn) in arns.iter().take(SHOWN_FIRST).enumerate() {
        let title = if position == 0 { "points" } else { "" };
        err(&format!("  {title:<8}  {arn}"));
    }
    if arns.len() > SHOWN_FIRST {
        err(&format!("  {:<8}  and {} more", "", grouped(arns.len() - SHOWN_FIRST)));
    }
}

/// Asks for the count.
pub(crate) fn question(count: usize) {
    print::ask(&format!("This cannot be undone. Type {count} to delete: "));
}

/// A number with its thousands set apart.
fn grouped(number: usize) -> String {
    let digits = number.to_string();
    let mut text = String::new();
    for (position, digit) in digits.chars().enumerate() {
        if position > 0 && (digits.len() - position).is_multiple_of(3) {
            text.push(',');
        }
        text.push(digit);
    }
    text
}

/// Shows how far a run is, and prints what settles where the format wants it at once.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    format: Format,
    quiet: bool,
}

impl Progress {
    /// Progress through `total` points. The bar is drawn on a terminal only.
    pub(crate) fn new(format: Format, total: usize, quiet: bool) -> Self {
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let length = u64::try_from(total).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let template = "{prefix:>9} {wide_bar} {human_pos}/{human_len} {msg} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix("deleting");
        // Redrawn on its own, so that a long wait does not look like a hung one.
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self { bar, format, quiet }
    }

    /// Takes note of what happens.
    pub(crate) fn event(&self, event: &Event<'_>) {
        match event {
            Event::Answered { rate } => {
                self.bar.inc(1);
                self.bar.set_message(format!("up to {rate:.0}/s"));
            }
            Event::Watching { pending } => {
                let pending = u64::try_from(*pending).unwrap_or(u64::MAX);
                // Its name last: what is drawn in between must not claim too much.
                self.bar.set_position(0);
                self.bar.set_length(pending);
                self.bar.set_message("");
                self.bar.set_prefix("verifying");
            }
            Event::Settled { arn, outcome } => {
                if self.bar.prefix() == "verifying" {
                    self.bar.inc(1);
                }
                match self.format {
                    Format::Ndjson => self.bar.suspend(|| json(&ItemDocument::new(arn, outcome))),
                    Format::Text => self.bar.suspend(|| fields(text_fields(arn, outcome))),
                    Format::Table | Format::Json => {}
                }
            }
        }
    }

    /// Says something between two states of the bar.
    pub(crate) fn note(&self, text: &str) {
        if !self.quiet {
            self.bar.suspend(|| note(text));
        }
    }

    /// Takes the bar away.
    pub(crate) fn finish(&self) {
        self.bar.finish_and_clear();
    }
}

/// One point, as JSON.
#[derive(Serialize)]
struct ItemDocument<'a> {
    arn: &'a RecoveryPointArn,
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<&'static str>,
}

impl<'a> ItemDocument<'a> {
    fn new(arn: &'a RecoveryPointArn, outcome: &'a Outcome) -> Self {
        Self { arn, outcome, way_out: outcome.way_out() }
    }
}

/// A whole run, as JSON.
#[derive(Serialize)]
struct RunDocument<'a> {
    #[serde(flatten)]
    intent: &'a Intent,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemDocument<'a>>>,
}

/// What is known of an outcome beyond its name.
fn detail(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Gone { already: false, .. } => "proven gone".to_owned(),
        Outcome::Gone { already: true, .. } => "already gone: not in the vault".to_owned(),
        Outcome::Accepted => "accepted, not read back".to_owned(),
        Outcome::Expired { reason, .. } => {
            reason.clone().unwrap_or_else(|| "no reason given".to_owned())
        }
        Outcome::Refused { code, message, .. } => format!("{code}: {message}"),
        Outcome::Unknown { cause } => cause.clone(),
        Outcome::Unattempted => "not asked for".to_owned(),
    }
}

fn text_fields(arn: &RecoveryPointArn, outcome: &Outcome) -> [String; 3] {
    [outcome.word().to_owned(), arn.to_string(), detail(outcome)]
}

/// How a run ended.
pub(crate) fn report(format: Format, intent: &Intent, report: &Report, quiet: bool) {
    let stopped = report.stopped.as_ref().map(ToString::to_string);
    let document = |items| RunDocument {
        intent,
        verdict: report.verdict,
        stopped: stopped.clone(),
        totals: report.totals,
        items,
    };
    match format {
        Format::Json => {
            let items = report.items.iter();
            let items = items.map(|item| ItemDocument::new(&item.arn, &item.outcome)).collect();
            json(&document(Some(items)));
        }
        Format::Ndjson => json(&document(None)),
        Format::Table => table(intent, report),
        Format::Text => {}
    }
    if quiet {
        return;
    }
    if let Some(stopped) = &stopped {
        err(&format!("stopped: {stopped}"));
    }
    if format != Format::Table {
        err(&summary(&report.totals));
    }
    // The other formats tell it point by point.
    if format == Format::Text {
        for line in ways_out(report.items.iter().map(|item| &item.outcome)) {
            err(&line);
        }
    }
}

/// Each way out once, with how many points it is for.
fn ways_out<'a>(outcomes: impl Iterator<Item = &'a Outcome>) -> Vec<String> {
    let mut counts = BTreeMap::<&str, usize>::new();
    for way_out in outcomes.filter_map(Outcome::way_out) {
        *counts.entry(way_out).or_default() += 1;
    }
    counts
        .iter()
        .map(|(way_out, count)| format!("way out of {}: {way_out}", grouped(*count)))
        .collect()
}

/// The totals that are not zero, in words.
fn summary(totals: &Totals) -> String {
    let parts: Vec<String> = counted(totals)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    parts.join(", ")
}

fn counted(totals: &Totals) -> [(&'static str, u64); 7] {
    let Totals { gone, already_gone, accepted, expired, refused, unknown, unattempted } = *totals;
    [
        ("deleted and proven gone", gone),
        ("already gone", already_gone),
        ("accepted, not proven", accepted),
        ("left behind (EXPIRED)", expired),
        ("refused", refused),
        ("unknown", unknown),
        ("not attempted", unattempted),
    ]
}

fn table(intent: &Intent, report: &Report) {
    totals_table(&format!("vault {}", intent.vault), counted(&report.totals));
    let failed: Vec<_> = report.items.iter().filter(|item| !item.outcome.is_gone()).collect();
    let rows = failed.iter().map(|item| {
        let way_out = item.outcome.way_out().unwrap_or_default();
        [item.arn.as_str(), item.outcome.word(), &detail(&item.outcome), way_out].map(str::to_owned)
    });
    points_table(["recovery point", "outcome", "reason", "way out"], rows);
}

/// How many points there are of each kind; kinds without any are left out.
fn totals_table<'a>(title: &str, counts: impl IntoIterator<Item = (&'a str, u64)>) {
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let rows = counts.map(|(name, count)| [name.to_owned(), count.to_string()]);
    print::table([title, "points"], rows, false);
}

/// The first points, and how many more there are. Nothing when there are none.
fn points_table(header: [&str; 4], rows: impl ExactSizeIterator<Item = [String; 4]>) {
    let count = rows.len();
    if count == 0 {
        return;
    }
    print::table(header, rows.take(TABLE_ROWS_MAX), true);
    if count > TABLE_ROWS_MAX {
        let hidden = grouped(count - TABLE_ROWS_MAX);
        out(&format!("and {hidden} more: --output json shows all"));
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_grouped_by_thousands() {
        for (number, text) in [(0, "0"), (999, "999"), (1000, "1,000"), (1_234_567, "1,234,567")] {
            assert_eq!(grouped(number), text);
        }
    }

    #[test]
    fn an_item_is_one_flat_object_with_its_way_out() {
        let arn: RecoveryPointArn = "arn:aws:ec2:r::snapshot/s".parse().unwrap();
        let outcome = Outcome::Unattempted;
        let text = serde_json::to_string(&ItemDocument::new(&arn, &outcome)).unwrap();
        let expected = r#"{"arn":"arn:aws:ec2:r::snapshot/s","outcome":"unattempted","way_out":"#;
        assert!(text.starts_with(expected), "{text}");
    }
}
