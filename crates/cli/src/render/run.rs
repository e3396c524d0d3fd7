//! How a run ended: as documents, as lines, as a table.

use serde::Serialize;
use sexton_client::{Report, Searched};
use sexton_core::{Outcome, Service, Totals, Verdict};

use super::groups::{Group, groups};
use super::{
    Format, Heading, Intent, View, err, json, out, points_in_groups, totals_table, unread,
};

/// One point, as JSON.
#[derive(Serialize)]
pub(super) struct ItemDocument<'a> {
    arn: &'a str,
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<&'static str>,
}

impl<'a> ItemDocument<'a> {
    pub(super) fn new(arn: &'a str, outcome: &'a Outcome) -> Self {
        Self { arn, outcome, way_out: outcome.way_out(Service::AwsBackup) }
    }
}

/// A whole run, as JSON.
#[derive(Serialize)]
pub(crate) struct Run<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    verdict: Verdict,
    #[serde(skip_serializing_if = "Option::is_none")]
    stopped: Option<String>,
    totals: Totals,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<&'a Searched>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ItemDocument<'a>>>,
}

impl<'a> Run<'a> {
    /// A run with all its points.
    pub(crate) fn whole(intent: &'a Intent, report: &'a Report) -> Self {
        let items = report.items.iter();
        let items =
            items.map(|item| ItemDocument::new(item.target.name(), &item.outcome)).collect();
        Self { items: Some(items), ..Self::summary(intent, report) }
    }

    /// The same without its points.
    fn summary(intent: &'a Intent, report: &'a Report) -> Self {
        Self {
            heading: Heading::new(intent),
            verdict: report.verdict,
            stopped: report.stopped.as_ref().map(ToString::to_string),
            totals: report.totals,
            searched: report.searched.as_ref(),
            items: None,
        }
    }
}

/// What is known of an outcome beyond its name.
fn detail(outcome: &Outcome) -> String {
    match outcome {
        Outcome::Gone { already: false, .. } => "proven gone".to_owned(),
        Outcome::Gone { already: true, .. } => {
            "already gone: an earlier run saw it in the vault".to_owned()
        }
        Outcome::Elsewhere { vault, status } => {
            format!("in vault {vault}, where it is {status} and was not touched")
        }
        Outcome::Absent { .. } => "in no vault that can be read; nobody saw it go".to_owned(),
        Outcome::Accepted => "accepted, not read back".to_owned(),
        Outcome::Expired { reason, .. } => {
            reason.clone().unwrap_or_else(|| "no reason given".to_owned())
        }
        Outcome::Refused { code, message, .. } => format!("{code}: {message}"),
        Outcome::Unknown { cause, .. } => cause.clone(),
        Outcome::Unattempted => "never asked for".to_owned(),
    }
}

/// The outcome as people call it.
fn name(outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Expired { .. } => "EXPIRED",
        Outcome::Gone { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::Absent { .. }
        | Outcome::Accepted
        | Outcome::Refused { .. }
        | Outcome::Unknown { .. }
        | Outcome::Unattempted => outcome.word(),
    }
}

pub(super) fn text_fields(arn: &str, outcome: &Outcome) -> [String; 3] {
    [outcome.word().to_owned(), arn.to_owned(), detail(outcome)]
}

/// How a run ended: the reasons first, and last the totals.
pub(crate) fn report(view: View, intent: &Intent, report: &Report) {
    match view.format {
        Format::Json => json(&Run::whole(intent, report)),
        Format::Ndjson => json(&Run::summary(intent, report)),
        Format::Table => {
            points_in_groups(&failed(report), view.all, out);
            totals_table(&format!("vault {}", intent.vault), counted(&report.totals));
        }
        // Its points have been told, and its reasons are for people.
        Format::Text => {}
    }
    if view.quiet {
        return;
    }
    if view.format == Format::Text {
        points_in_groups(&failed(report), view.all, err);
    }
    unread(report.searched.as_ref());
    if let Some(stopped) = &report.stopped {
        err(&format!("stopped: {stopped}"));
    }
    if view.format != Format::Table {
        err(&summary(&report.totals));
    }
}

/// The points that are not proven gone, by what stands in the way.
fn failed(report: &Report) -> Vec<Group<'_>> {
    let failed = report.items.iter().filter(|item| !item.outcome.is_gone());
    groups(failed.map(|item| {
        let reason = format!("{}: {}", name(&item.outcome), detail(&item.outcome));
        (item.target.name(), reason, item.outcome.way_out(Service::AwsBackup))
    }))
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

fn counted(totals: &Totals) -> [(&'static str, u64); 9] {
    let Totals { gone, already_gone, elsewhere, absent, accepted, .. } = *totals;
    let Totals { expired, refused, unknown, unattempted, .. } = *totals;
    [
        ("deleted and proven gone", gone),
        ("already gone", already_gone),
        ("in another vault", elsewhere),
        ("in no vault (absent)", absent),
        ("accepted, not proven", accepted),
        ("left behind (EXPIRED)", expired),
        ("refused", refused),
        ("unknown", unknown),
        ("not attempted", unattempted),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_item_is_one_flat_object_with_its_way_out() {
        let arn = "arn:aws:ec2:r::snapshot/s";
        let outcome = Outcome::Unattempted;
        let text = serde_json::to_string(&ItemDocument::new(arn, &outcome)).unwrap();
        let expected = r#"{"arn":"arn:aws:ec2:r::snapshot/s","outcome":"unattempted","way_out":"#;
        assert!(text.starts_with(expected), "{text}");
    }
}
