//! What a dry run found. Each format says that it was one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use serde::Serialize;
use sexton_client::{Forecast, Searched, Survey, Target};
use sexton_core::{Service, plural};

use super::groups::groups;
use super::{
    Format, Heading, Intent, Naming, View, err, fields, grouped, json, out, points_in_groups,
    totals_table, unread,
};

/// One point of a dry run, as JSON.
#[derive(Serialize)]
struct ForecastDocument<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    id: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    arn: Option<Cow<'a, str>>,
    #[serde(flatten)]
    forecast: &'a Forecast,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<&'static str>,
}

/// A whole dry run, as JSON.
#[derive(Serialize)]
pub(crate) struct Looked<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    totals: BTreeMap<&'static str, u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<&'a Searched>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ForecastDocument<'a>>>,
}

impl<'a> Looked<'a> {
    /// A dry run with all its points.
    pub(crate) fn whole(intent: &'a Intent, points: &'a [Target], survey: &'a Survey) -> Self {
        let items = documents(intent.naming(), points, survey).collect();
        Self { items: Some(items), ..Self::summary(intent, survey) }
    }

    fn summary(intent: &'a Intent, survey: &'a Survey) -> Self {
        let heading = Heading::new(intent);
        let totals = count(survey, Forecast::word);
        Self { heading, totals, searched: survey.searched.as_ref(), items: None }
    }
}

fn documents<'a>(
    naming: Naming,
    points: &'a [Target],
    survey: &'a Survey,
) -> impl Iterator<Item = ForecastDocument<'a>> {
    points.iter().zip(&survey.forecasts).map(move |(point, forecast)| {
        let way_out = foreseen(naming.service, forecast).1;
        let (id, arn) = naming.names(point.name());
        ForecastDocument { id, arn, forecast, way_out }
    })
}

/// How many forecasts have each name.
fn count(survey: &Survey, name: impl Fn(&Forecast) -> &'static str) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for forecast in &survey.forecasts {
        *counts.entry(name(forecast)).or_default() += 1;
    }
    counts
}

fn foreseen(service: Service, forecast: &Forecast) -> (String, Option<&'static str>) {
    match forecast {
        Forecast::WouldDelete { status } => (format!("now {status}"), None),
        Forecast::WouldWatch => ("now DELETING".to_owned(), None),
        Forecast::AlreadyGone => match service {
            Service::AwsBackup => ("an earlier run saw it in the vault".to_owned(), None),
            Service::Fsx => ("it was seen before".to_owned(), None),
        },
        Forecast::Elsewhere { vault, status } => {
            (format!("in vault {vault}, where it is {status}"), Some("see --vault"))
        }
        Forecast::Absent => match service {
            Service::AwsBackup => (
                "in no vault that can be read".to_owned(),
                Some("check the ARN, the account and the region"),
            ),
            Service::Fsx => (
                "not in this region and account".to_owned(),
                Some("check the id, the account and the region"),
            ),
        },
        Forecast::WouldBeRefused { status, obstacle, reason } => {
            let reason = reason.as_ref().map(|reason| format!(": {reason}")).unwrap_or_default();
            (format!("now {status}{reason}"), Some(obstacle.way_out(service)))
        }
        Forecast::Unknown { cause } => (cause.clone(), None),
    }
}

/// The forecast as people say it.
fn words(service: Service, forecast: &Forecast) -> &'static str {
    match forecast {
        Forecast::WouldDelete { .. } => "would be deleted",
        Forecast::WouldWatch => "being deleted: would be watched",
        Forecast::AlreadyGone => "already gone",
        Forecast::Elsewhere { .. } => "in another vault",
        Forecast::Absent => match service {
            Service::AwsBackup => "in no vault (absent)",
            Service::Fsx => "not there (absent)",
        },
        Forecast::WouldBeRefused { .. } => "would be refused",
        Forecast::Unknown { .. } => "unknown",
    }
}

/// Prints what a dry run found: what would not simply be deleted, and last the totals.
pub(crate) fn forecasts(view: View, intent: &Intent, points: &[Target], survey: &Survey) {
    let service = intent.service;
    match view.format {
        Format::Json => json(&Looked::whole(intent, points, survey)),
        Format::Ndjson => {
            documents(intent.naming(), points, survey).for_each(|document| json(&document));
            json(&Looked::summary(intent, survey));
        }
        Format::Text => {
            for (point, forecast) in points.iter().zip(&survey.forecasts) {
                let (detail, way_out) = foreseen(service, forecast);
                let advice = way_out.map(|way_out| format!("; {way_out}")).unwrap_or_default();
                let detail = format!("{detail}{advice}");
                fields(["dry-run", forecast.word(), point.name(), &detail]);
            }
        }
        Format::Table => {
            let items = points.iter().zip(&survey.forecasts).map(|(point, forecast)| {
                let (detail, way_out) = foreseen(service, forecast);
                (point.name(), format!("{}: {detail}", words(service, forecast)), way_out)
            });
            points_in_groups(&groups(items), view.all, out);
            let counts = count(survey, |forecast| words(service, forecast));
            totals_table(&format!("dry run, {}", intent.place()), counts);
        }
    }
    if view.quiet {
        return;
    }
    unread(survey.searched.as_ref());
    let deleted = |it: &&Forecast| matches!(it, Forecast::WouldDelete { .. });
    let deleted = grouped(survey.forecasts.iter().filter(deleted).count());
    let (all, end) = (grouped(points.len()), plural(points.len()));
    err(&format!("dry run: {deleted} of {all} {}{end} would be deleted", service.noun()));
}
