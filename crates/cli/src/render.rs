//! Everything that is printed.
//!
//! Results go to standard output, in the format that was asked for; everything else goes
//! to standard error. A reader that has gone away is no reason to stop deleting or to
//! panic: what cannot be written is dropped. That a result was lost on a full disk is told
//! at the end, by [`unwritten`]. Only `print` and `log` write, and take nothing for harmless.

pub(crate) mod demo;
mod erasures;
mod groups;
pub(crate) mod list;
mod log;
mod preview;
mod print;
mod run;
mod survey;
mod vault;

use std::time::Duration;

use clap::ValueEnum;
use indicatif::{ProgressBar, ProgressDrawTarget, ProgressStyle};
use jiff::Timestamp;
use sexton_client::document::{Intent, ItemDocument, Naming};
use sexton_client::{Event, Searched, Target, Unread};
use sexton_core::{Service, counted, plural};

use crate::exit::Failure;

use self::groups::Group;
use self::print::{err, fields, json, out};
use self::run::text_fields;

pub(crate) use erasures::{ListFormat, erasures};
pub(crate) use log::Log;
pub(crate) use preview::preview;
pub(crate) use print::{fields as line_of_fields, json as json_line, json_document, unwritten};
pub(crate) use run::report;
pub(crate) use survey::{Looked, forecasts};
pub(crate) use vault::{audited, dev_environment, line, scrubbed, serving, verified};

/// How many ARNs are shown where there may be many.
const SHOWN_FIRST: usize = 3;

/// How a result is printed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    /// For people: what did not go as it should, by reason, with what to do about it; and totals
    Table,
    /// A line for each point as soon as its outcome is known: outcome, ARN and detail, separated
    /// by tabs
    Text,
    /// One JSON document at the end
    Json,
    /// A JSON object for each point as soon as its outcome is known, one a line; then a summary
    Ndjson,
}

impl Format {
    /// What is printed when nobody says: a table for people, text for pipes.
    pub(crate) fn usual() -> Self {
        if print::is_terminal() { Self::Table } else { Self::Text }
    }
}

/// How much of a result is printed, and how.
#[derive(Debug, Clone, Copy)]
pub(crate) struct View {
    pub(crate) format: Format,
    /// Nothing but the result.
    pub(crate) quiet: bool,
    /// Every point, where otherwise the first few stand for the others.
    pub(crate) all: bool,
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

/// An argument that is none, in the lines in which that is told. What was typed may be foreign.
pub(crate) fn wrong_usage(text: &str) {
    text.trim_end().lines().for_each(err);
}

/// Something worth knowing.
pub(crate) fn note(text: &str) {
    err(&format!("note: {text}"));
}

/// What is about to be done.
pub(crate) fn intent(intent: &Intent, points: &[Target]) {
    // Of a dry run nothing is known yet but what was asked.
    let verb = if intent.dry_run { "dry run: asked for" } else { "about to delete" };
    let dropped = match intent.duplicates {
        0 => String::new(),
        some => format!(" ({} dropped)", counted(some, "duplicate")),
    };
    let (noun, points_end) = (intent.service.noun(), plural(points.len()));
    err(&format!("{verb} {} {noun}{points_end}{dropped}", grouped(points.len())));
    let holds = intent.points_in_vault;
    let holds = holds.map(|count| format!(", which holds about {}", grouped_u64(count)));
    match (&intent.vault, &intent.instance) {
        (Some(vault), _) => err(&format!("  vault     {vault}{}", holds.unwrap_or_default())),
        (None, Some(instance)) => {
            err("  service   ApsaraDB RDS");
            err(&format!("  instance  {instance}{}", holds.unwrap_or_default()));
        }
        (None, None) => err("  service   FSx"),
    }
    let cloud = match intent.service {
        Service::AwsBackup | Service::Fsx => "AWS",
        Service::ApsaraRds => "Alibaba Cloud",
    };
    err(&format!("  account   {}", intent.account.as_deref().unwrap_or("not known")));
    err(&format!("  region    {}", intent.region.as_deref().unwrap_or("not known")));
    err(&format!("  endpoint  {}", intent.endpoint.as_deref().unwrap_or(cloud)));
    for (position, point) in points.iter().take(SHOWN_FIRST).enumerate() {
        let title = match intent.service {
            _ if position > 0 => "",
            Service::AwsBackup => "points",
            Service::Fsx => "backups",
            Service::ApsaraRds => "sets",
        };
        err(&format!("  {title:<8}  {}", point.name()));
    }
    if points.len() > SHOWN_FIRST {
        err(&format!("  {:<8}  and {} more", "", grouped(points.len() - SHOWN_FIRST)));
    }
}

/// Asks for the count.
pub(crate) fn question(count: usize, verb: &str) {
    print::ask(&format!("This cannot be undone. Type {count} to {verb}: "));
}

/// A number with its thousands set apart.
pub(crate) fn grouped(number: usize) -> String {
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

/// The same of a count that was kept in 64 bits.
pub(crate) fn grouped_u64(number: u64) -> String {
    grouped(usize::try_from(number).unwrap_or(usize::MAX))
}

/// Nothing was given to be done.
pub(crate) fn nothing_to_do() {
    err("nothing to do: no ARNs and no ids were given");
}

/// Shows how far a run is, and prints what settles where the format wants it at once.
#[derive(Debug, Clone)]
pub(crate) struct Progress {
    bar: ProgressBar,
    naming: Naming,
    format: Format,
    quiet: bool,
}

impl Progress {
    /// Progress through `total` points, in this part of the run. The bar is drawn on a terminal
    /// only.
    pub(crate) fn new(part: &'static str, intent: &Intent, view: View, total: usize) -> Self {
        let View { format, quiet, .. } = view;
        let target =
            if quiet { ProgressDrawTarget::hidden() } else { ProgressDrawTarget::stderr() };
        let length = u64::try_from(total).unwrap_or(u64::MAX);
        let bar = ProgressBar::with_draw_target(Some(length), target);
        let template = "{prefix:>9} {wide_bar} {human_pos}/{human_len} {msg} {eta}";
        if let Ok(style) = ProgressStyle::with_template(template) {
            bar.set_style(style);
        }
        bar.set_prefix(part);
        // Redrawn on its own, so that a long wait does not look like a hung one.
        if !bar.is_hidden() {
            bar.enable_steady_tick(Duration::from_millis(250));
        }
        Self { bar, naming: intent.naming(), format, quiet }
    }

    /// Takes note of what happens.
    pub(crate) fn event(&self, event: &Event<'_>) {
        match event {
            Event::Answered { targets, rate } => {
                self.bar.inc(u64::try_from(*targets).unwrap_or(u64::MAX));
                self.bar.set_message(format!("up to {rate:.0}/s"));
            }
            Event::Looked => self.bar.inc(1),
            Event::Watching { pending } => self.begin("verifying", *pending),
            Event::Searching { missing } => self.begin("searching", *missing),
            Event::Silent { cause, left } => self.note(&silent(cause, *left, Timestamp::now())),
            Event::AnswersAgain => self.note("the service answers again"),
            Event::Settled { target, outcome } => {
                let (name, naming) = (target.name(), &self.naming);
                if self.bar.prefix() != "deleting" {
                    self.bar.inc(1);
                }
                match self.format {
                    Format::Ndjson => {
                        self.bar.suspend(|| json(&ItemDocument::new(naming, name, outcome)));
                    }
                    Format::Text => {
                        let service = naming.service;
                        self.bar.suspend(|| fields(text_fields(service, name, outcome)));
                    }
                    Format::Table | Format::Json => {}
                }
            }
        }
    }

    /// Begins a part of the run that has so many points to settle.
    fn begin(&self, part: &'static str, points: usize) {
        // Its name last: what is drawn in between must not claim too much.
        self.bar.set_position(0);
        self.bar.set_length(u64::try_from(points).unwrap_or(u64::MAX));
        self.bar.set_message("");
        self.bar.set_prefix(part);
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

/// That the service does not answer, and until when it is asked again.
fn silent(cause: &str, left: Option<Duration>, now: Timestamp) -> String {
    let until = left
        .and_then(|left| now.checked_add(left).ok())
        .and_then(|until| Timestamp::from_second(until.as_second()).ok())
        .map_or(String::new(), |until| format!(" until {until} (--timeout)"));
    format!("the service does not answer ({cause}); asking again{until}")
}

/// What went wrong or has to be known, each thing once; see [`groups`].
fn points_in_groups(groups: &[Group<'_>], all: bool, print: fn(&str)) {
    for line in groups::lines(groups, all) {
        print(&line);
    }
}

/// The places that were not read while points were looked for outside the vault.
fn unread(searched: Option<&Searched>) {
    for Unread { place, cause } in searched.iter().flat_map(|searched| &searched.unread) {
        let text = format!("not read: {place} ({cause}): what is absent may be there");
        note(&text);
    }
}

/// How many points there are of each kind; kinds without any are left out.
fn totals_table<'a>(title: &str, counts: impl IntoIterator<Item = (&'a str, u64)>) {
    let counts = counts.into_iter().filter(|(_, count)| *count > 0);
    let rows = counts.map(|(name, count)| [name.to_owned(), count.to_string()]);
    print::table([title, "points"], rows, false);
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
}
