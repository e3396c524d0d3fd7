//! How a run ended: as documents, as lines, as a table.

use sexton_client::Report;
use sexton_client::document::{Run, detail};
use sexton_core::{Outcome, Service, Totals};

use super::groups::{Group, groups};
use super::{Format, Intent, View, err, json, out, points_in_groups, totals_table, unread};

/// What became of a point and why, in words that are the same for all of which the same is so.
fn told(service: Service, outcome: &Outcome) -> String {
    let name = match outcome {
        Outcome::Expired { .. } => match service {
            Service::AwsBackup => "EXPIRED",
            Service::Fsx | Service::ApsaraRds => "left behind",
        },
        // Each has a moment of its own, which is in the report.
        Outcome::AskedFor { until, reason } => {
            let day = until.map(|until| until.strftime(" until %F").to_string());
            return format!("asked for{}: {reason}", day.unwrap_or_default());
        }
        Outcome::Gone { .. }
        | Outcome::Elsewhere { .. }
        | Outcome::Absent { .. }
        | Outcome::Accepted
        | Outcome::Refused { .. }
        | Outcome::Unknown { .. }
        | Outcome::Unattempted => outcome.word(),
    };
    format!("{name}: {}", detail(service, outcome))
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
        let (told, way_out) = (told(service, &item.outcome), item.outcome.way_out(service));
        (item.target.name(), told, way_out)
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

fn counted(service: Service, totals: &Totals) -> [(&'static str, u64); 10] {
    let Totals { gone, already_gone, elsewhere, absent, accepted, .. } = *totals;
    let Totals { expired, refused, asked_for, unknown, unattempted, .. } = *totals;
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
        ("asked for, and kept until then", asked_for),
        ("unknown", unknown),
        ("not attempted", unattempted),
    ]
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A run of a thousand under one hold had told nearly as many reasons.
    #[test]
    fn what_was_asked_for_a_moment_later_is_told_for_the_same_reason() {
        let asked_for = |until: &str| {
            let until = Some(until.parse().unwrap());
            told(
                Service::AwsBackup,
                &Outcome::AskedFor { until, reason: "a legal hold".to_owned() },
            )
        };
        let told = ["2027-03-01T05:16:36.013Z", "2027-03-01T05:16:37.032Z"].map(asked_for);
        assert_eq!(told, ["asked for until 2027-03-01: a legal hold"; 2]);
    }
}
