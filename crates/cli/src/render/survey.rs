//! What a dry run found. Each format says that it was one.

use std::borrow::Cow;
use std::collections::BTreeMap;

use jiff::Timestamp;
use serde::Serialize;
use sexton_client::document::{Heading, Intent, place_noun};
use sexton_client::{Forecast, Foreseen, Preview, Searched, Survey, Target};
use sexton_core::{Service, plural};

use super::groups::groups;
use super::preview::Found;
use super::{
    Format, View, err, fields, grouped, json, out, points_in_groups, totals_table, unread,
};

/// What stands in a line of text for what is not told.
const NOT_TOLD: &str = "-";

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
    #[serde(rename = "type")]
    kind: Option<&'a str>,
    size: Option<u64>,
    created: Option<Timestamp>,
}

/// All that a dry run found.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Looked<'a> {
    intent: &'a Intent,
    targets: &'a [Target],
    preview: &'a Preview,
    survey: &'a Survey,
}

/// The same, as JSON.
#[derive(Serialize)]
pub(crate) struct LookedDocument<'a> {
    #[serde(flatten)]
    heading: Heading<'a>,
    totals: BTreeMap<&'static str, u64>,
    found: Found<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    searched: Option<&'a Searched>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ForecastDocument<'a>>>,
}

impl<'a> Looked<'a> {
    /// What was found of `targets`.
    pub(crate) fn new(
        intent: &'a Intent,
        targets: &'a [Target],
        preview: &'a Preview,
        survey: &'a Survey,
    ) -> Self {
        Self { intent, targets, preview, survey }
    }

    /// The document with all points.
    pub(crate) fn whole(self) -> LookedDocument<'a> {
        LookedDocument { items: Some(self.documents().collect()), ..self.summary() }
    }

    fn summary(self) -> LookedDocument<'a> {
        LookedDocument {
            heading: Heading::new(self.intent),
            totals: self.count(Forecast::word),
            found: Found::new(self.preview),
            searched: self.survey.searched.as_ref(),
            items: None,
        }
    }

    fn points(self) -> impl Iterator<Item = (&'a Target, &'a Foreseen)> {
        self.targets.iter().zip(&self.survey.points)
    }

    fn documents(self) -> impl Iterator<Item = ForecastDocument<'a>> {
        let naming = self.intent.naming();
        self.points().map(move |(target, point)| {
            let way_out = foreseen(naming.service, &point.forecast).1;
            let (id, arn) = naming.names(target.name());
            let Foreseen { forecast, created, size, kind } = point;
            let (kind, size, created) = (kind.as_deref(), *size, *created);
            ForecastDocument { id, arn, forecast, way_out, kind, size, created }
        })
    }

    /// How many forecasts have each name.
    fn count(self, name: impl Fn(&Forecast) -> &'static str) -> BTreeMap<&'static str, u64> {
        let mut counts = BTreeMap::new();
        for point in &self.survey.points {
            *counts.entry(name(&point.forecast)).or_default() += 1;
        }
        counts
    }
}

fn foreseen(service: Service, forecast: &Forecast) -> (String, Option<&'static str>) {
    match forecast {
        Forecast::WouldDelete { status } => (format!("now {status}"), None),
        Forecast::WouldWatch => ("now DELETING".to_owned(), None),
        Forecast::AlreadyGone => match service {
            Service::AwsBackup => ("it was seen in the vault before".to_owned(), None),
            Service::Fsx | Service::ApsaraRds => ("it was seen before".to_owned(), None),
        },
        Forecast::Elsewhere { vault, status } => {
            let see = match service {
                Service::AwsBackup | Service::Fsx => "see --vault",
                Service::ApsaraRds => "see --instance",
            };
            let noun = place_noun(service);
            (format!("in {noun} {vault}, where it is {status}"), Some(see))
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
            Service::ApsaraRds => (
                "in no instance that can be read".to_owned(),
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
        Forecast::Elsewhere { .. } => match service {
            Service::AwsBackup | Service::Fsx => "in another vault",
            Service::ApsaraRds => "in another instance",
        },
        Forecast::Absent => match service {
            Service::AwsBackup => "in no vault (absent)",
            Service::Fsx => "not there (absent)",
            Service::ApsaraRds => "in no instance (absent)",
        },
        Forecast::WouldBeRefused { .. } => "would be refused",
        Forecast::Unknown { .. } => "unknown",
    }
}

/// Prints what a dry run found: what would not simply be deleted, and last the totals.
pub(crate) fn forecasts(view: View, looked: &Looked<'_>) {
    let Looked { intent, targets, survey, .. } = *looked;
    let service = intent.service;
    match view.format {
        Format::Json => json(&looked.whole()),
        Format::Ndjson => {
            looked.documents().for_each(|document| json(&document));
            json(&looked.summary());
        }
        Format::Text => looked.points().for_each(|(target, point)| {
            let (detail, way_out) = foreseen(service, &point.forecast);
            let advice = way_out.map(|way_out| format!("; {way_out}")).unwrap_or_default();
            let [created, size] =
                [point.created.map(|it| it.to_string()), point.size.map(|it| it.to_string())];
            let known = [created.as_deref(), size.as_deref(), point.kind.as_deref()];
            let [created, size, kind] = known.map(|told| told.unwrap_or(NOT_TOLD));
            let (word, detail) = (point.forecast.word(), format!("{detail}{advice}"));
            fields(["dry-run", word, target.name(), &detail, created, size, kind]);
        }),
        Format::Table => {
            let items = looked.points().map(|(target, point)| {
                let (detail, way_out) = foreseen(service, &point.forecast);
                (target.name(), format!("{}: {detail}", words(service, &point.forecast)), way_out)
            });
            points_in_groups(&groups(items), view.all, out);
            let counts = looked.count(|forecast| words(service, forecast));
            totals_table(&format!("dry run, {}", intent.place()), counts);
        }
    }
    if view.quiet {
        return;
    }
    unread(survey.searched.as_ref());
    let deleted = |it: &&Foreseen| matches!(it.forecast, Forecast::WouldDelete { .. });
    let deleted = grouped(survey.points.iter().filter(deleted).count());
    let (all, end) = (grouped(targets.len()), plural(targets.len()));
    err(&format!("dry run: {deleted} of {all} {}{end} would be deleted", service.noun()));
}
