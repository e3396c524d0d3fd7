//! What a dry run found. Each format says that it was one.

use std::collections::BTreeMap;

use serde::Serialize;
use sexton_client::{Forecast, Searched, Survey, Target};
use sexton_core::{Service, plural};

use super::groups::groups;
use super::{
    Format, Heading, Intent, View, err, fields, grouped, json, out, points_in_groups, totals_table,
    unread,
};

/// One point of a dry run, as JSON.
#[derive(Serialize)]
struct ForecastDocument<'a> {
    arn: &'a str,
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
        Self { items: Some(documents(points, survey).collect()), ..Self::summary(intent, survey) }
    }

    fn summary(intent: &'a Intent, survey: &'a Survey) -> Self {
        let heading = Heading::new(intent);
        let totals = count(survey, Forecast::word);
        Self { heading, totals, searched: survey.searched.as_ref(), items: None }
    }
}

fn documents<'a>(
    points: &'a [Target],
    survey: &'a Survey,
) -> impl Iterator<Item = ForecastDocument<'a>> {
    points.iter().zip(&survey.forecasts).map(|(point, forecast)| {
        let way_out = foreseen(forecast).1;
        ForecastDocument { arn: point.name(), forecast, way_out }
    })
}

/// How many forecasts have each name.
fn count(survey: &Survey, name: fn(&Forecast) -> &'static str) -> BTreeMap<&'static str, u64> {
    let mut counts = BTreeMap::new();
    for forecast in &survey.forecasts {
        *counts.entry(name(forecast)).or_default() += 1;
    }
    counts
}

fn foreseen(forecast: &Forecast) -> (String, Option<&'static str>) {
    match forecast {
        Forecast::WouldDelete { status } => (format!("now {status}"), None),
        Forecast::WouldWatch => ("now DELETING".to_owned(), None),
        Forecast::AlreadyGone => ("an earlier run saw it in the vault".to_owned(), None),
        Forecast::Elsewhere { vault, status } => {
            (format!("in vault {vault}, where it is {status}"), Some("see --vault"))
        }
        Forecast::Absent => (
            "in no vault that can be read".to_owned(),
            Some("check the ARN, the account and the region"),
        ),
        Forecast::WouldBeRefused { status, obstacle } => {
            (format!("now {status}"), Some(obstacle.way_out(Service::AwsBackup)))
        }
        Forecast::Unknown { cause } => (cause.clone(), None),
    }
}

/// The forecast as people say it.
fn words(forecast: &Forecast) -> &'static str {
    match forecast {
        Forecast::WouldDelete { .. } => "would be deleted",
        Forecast::WouldWatch => "being deleted: would be watched",
        Forecast::AlreadyGone => "already gone",
        Forecast::Elsewhere { .. } => "in another vault",
        Forecast::Absent => "in no vault (absent)",
        Forecast::WouldBeRefused { .. } => "would be refused",
        Forecast::Unknown { .. } => "unknown",
    }
}

/// Prints what a dry run found: what would not simply be deleted, and last the totals.
pub(crate) fn forecasts(view: View, intent: &Intent, points: &[Target], survey: &Survey) {
    match view.format {
        Format::Json => json(&Looked::whole(intent, points, survey)),
        Format::Ndjson => {
            documents(points, survey).for_each(|document| json(&document));
            json(&Looked::summary(intent, survey));
        }
        Format::Text => {
            for (point, forecast) in points.iter().zip(&survey.forecasts) {
                let (detail, way_out) = foreseen(forecast);
                let advice = way_out.map(|way_out| format!("; {way_out}")).unwrap_or_default();
                let detail = format!("{detail}{advice}");
                fields(["dry-run", forecast.word(), point.name(), &detail]);
            }
        }
        Format::Table => {
            let items = points.iter().zip(&survey.forecasts).map(|(point, forecast)| {
                let (detail, way_out) = foreseen(forecast);
                (point.name(), format!("{}: {detail}", words(forecast)), way_out)
            });
            points_in_groups(&groups(items), view.all, out);
            totals_table(&format!("dry run, vault {}", intent.vault), count(survey, words));
        }
    }
    if view.quiet {
        return;
    }
    unread(survey.searched.as_ref());
    let deleted = |it: &&Forecast| matches!(it, Forecast::WouldDelete { .. });
    let deleted = grouped(survey.forecasts.iter().filter(deleted).count());
    let (all, end) = (grouped(points.len()), plural(points.len()));
    err(&format!("dry run: {deleted} of {all} recovery point{end} would be deleted"));
}
