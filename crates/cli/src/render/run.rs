//! How a run ended: as documents, as lines, as a table.

use std::borrow::Cow;

use serde::Serialize;
use sexton_client::{Item, Report, Searched};
use sexton_core::{Outcome, Service, Totals, Verdict};

use super::groups::{Group, groups};
use super::{
    Format, Heading, Intent, Naming, View, err, json, out, points_in_groups, totals_table, unread,
};

/// One point, as JSON.
#[derive(Serialize)]
pub(super) struct ItemDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<Cow<'a, str>>,
    #[serde(flatten)]
    outcome: &'a Outcome,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<&'static str>,
}

impl<'a> ItemDocument<'a> {
    pub(super) fn new(naming: &Naming, name: &'a str, outcome: &'a Outcome) -> Self {
        let (id, arn) = naming.names(name);
        Self { id, arn, outcome, way_out: outcome.way_out(naming.service) }
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
        let (items, naming) = (report.items.iter(), intent.naming());
        let document =
            |item: &'a Item| ItemDocument::new(&naming, item.target.name(), &item.outcome);
        let items = items.map(document).collect();
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
fn detail(service: Service, outcome: &Outcome) -> String {
    match outcome {
        Outcome::Gone { already: false, .. } => "proven gone".to_owned(),
        Outcome::Gone { already: true, .. } => match service {
            Service::AwsBackup => "already gone: it was seen in the vault before".to_owned(),
            Service::Fsx | Service::ApsaraRds => "already gone: it was seen before".to_owned(),
        },
        Outcome::Elsewhere { vault, status } => {
            let noun = place_noun(service);
            format!("in {noun} {vault}, where it is {status} and was not touched")
        }
        Outcome::Absent { .. } => match service {
            Service::AwsBackup => "in no vault that can be read; nobody saw it go".to_owned(),
            Service::Fsx => "not in this region and account; nobody saw it go".to_owned(),
            Service::ApsaraRds => "in no instance that can be read; nobody saw it go".to_owned(),
        },
        Outcome::Accepted => "accepted, not read back".to_owned(),
        Outcome::Expired { reason, .. } => {
            reason.clone().unwrap_or_else(|| "no reason given".to_owned())
        }
        Outcome::Refused { code, message, .. } => format!("{code}: {message}"),
        Outcome::Unknown { cause, .. } => cause.clone(),
        Outcome::Unattempted => "never asked for".to_owned(),
    }
}

/// What holds the backups of a service.
pub(super) fn place_noun(service: Service) -> &'static str {
    match service {
        Service::AwsBackup | Service::Fsx => "vault",
        Service::ApsaraRds => "instance",
    }
}

/// The outcome as people call it.
fn name(service: Service, outcome: &Outcome) -> &'static str {
    match outcome {
        Outcome::Expired { .. } => match service {
            Service::AwsBackup => "EXPIRED",
            Service::Fsx | Service::ApsaraRds => "left behind",
        },
        Outcome::Gone { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::Absent { .. }
        | Outcome::Accepted
        | Outcome::Refused { .. }
        | Outcome::Unknown { .. }
        | Outcome::Unattempted => outcome.word(),
    }
}

pub(super) fn text_fields(service: Service, name: &str, outcome: &Outcome) -> [String; 3] {
    [outcome.word().to_owned(), name.to_owned(), detail(service, outcome)]
}

/// How a run ended: the reasons first, and last the totals.
pub(crate) fn report(view: View, intent: &Intent, report: &Report) {
    match view.format {
        Format::Json => json(&Run::whole(intent, report)),
        Format::Ndjson => json(&Run::summary(intent, report)),
        Format::Table => {
            points_in_groups(&failed(intent.service, report), view.all, out);
            totals_table(&intent.place(), counted(intent.service, &report.totals));
        }
        // Its points have been told, and its reasons are for people.
        Format::Text => {}
    }
    if view.quiet {
        return;
    }
    if view.format == Format::Text {
        points_in_groups(&failed(intent.service, report), view.all, err);
    }
    unread(report.searched.as_ref());
    if let Some(stopped) = &report.stopped {
        err(&format!("stopped: {stopped}"));
    }
    if view.format != Format::Table {
        err(&summary(intent.service, &report.totals));
    }
}

/// The points that are not proven gone, by what stands in the way.
fn failed(service: Service, report: &Report) -> Vec<Group<'_>> {
    let failed = report.items.iter().filter(|item| !item.outcome.is_gone());
    groups(failed.map(|item| {
        let (name, detail) = (name(service, &item.outcome), detail(service, &item.outcome));
        (item.target.name(), format!("{name}: {detail}"), item.outcome.way_out(service))
    }))
}

/// The totals that are not zero, in words.
fn summary(service: Service, totals: &Totals) -> String {
    let parts: Vec<String> = counted(service, totals)
        .into_iter()
        .filter(|(_, count)| *count > 0)
        .map(|(name, count)| format!("{count} {name}"))
        .collect();
    parts.join(", ")
}

fn counted(service: Service, totals: &Totals) -> [(&'static str, u64); 9] {
    let Totals { gone, already_gone, elsewhere, absent, accepted, .. } = *totals;
    let Totals { expired, refused, unknown, unattempted, .. } = *totals;
    let (nowhere, left) = match service {
        Service::AwsBackup => ("in no vault (absent)", "left behind (EXPIRED)"),
        Service::Fsx => ("not there (absent)", "left behind (still listed)"),
        Service::ApsaraRds => ("in no instance (absent)", "left behind"),
    };
    let elsewhere_name = match service {
        Service::AwsBackup | Service::Fsx => "in another vault",
        Service::ApsaraRds => "in another instance",
    };
    [
        ("deleted and proven gone", gone),
        ("already gone", already_gone),
        (elsewhere_name, elsewhere),
        (nowhere, absent),
        ("accepted, not proven", accepted),
        (left, expired),
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
        let naming = Naming { service: Service::AwsBackup, realm: None };
        let text = serde_json::to_string(&ItemDocument::new(&naming, arn, &outcome)).unwrap();
        let expected = r#"{"arn":"arn:aws:ec2:r::snapshot/s","outcome":"unattempted","way_out":"#;
        assert!(text.starts_with(expected), "{text}");
        let id = "backup-0123456789abcdef0";
        let realm = sexton_core::Realm::new("us-east-1", "123456789012");
        for (realm, arn) in [
            (None, String::new()),
            (Some(realm), format!("\"arn\":\"arn:aws:fsx:us-east-1:123456789012:backup/{id}\",")),
        ] {
            let naming = Naming { service: Service::Fsx, realm };
            let text = serde_json::to_string(&ItemDocument::new(&naming, id, &outcome)).unwrap();
            let expected = format!("{{\"id\":\"{id}\",{arn}\"outcome\":\"unattempted\",");
            assert!(text.starts_with(&expected), "{text}");
        }
    }
}
