//! What a dry run found. Each format says that it was one.

use serde::Serialize;
use sexton_client::Forecast;
use sexton_core::RecoveryPointArn;

use super::{Format, Intent, fields, json, points_table, totals_table};
use crate::exit::Exit;

/// One point of a dry run, as JSON.
#[derive(Serialize)]
struct ForecastDocument<'a> {
    arn: &'a RecoveryPointArn,
    #[serde(flatten)]
    forecast: &'a Forecast,
    #[serde(skip_serializing_if = "Option::is_none")]
    way_out: Option<&'static str>,
}

/// A whole dry run, as JSON.
#[derive(Serialize)]
struct SurveyDocument<'a> {
    #[serde(flatten)]
    intent: &'a Intent,
    totals: serde_json::Map<String, serde_json::Value>,
    #[serde(skip_serializing_if = "Option::is_none")]
    items: Option<Vec<ForecastDocument<'a>>>,
}

fn foreseen(forecast: &Forecast) -> (String, Option<&'static str>) {
    match forecast {
        Forecast::WouldDelete { status } => (format!("now {status}"), None),
        Forecast::WouldWatch => ("now DELETING".to_owned(), None),
        Forecast::AlreadyGone => ("not in the vault".to_owned(), None),
        Forecast::WouldBeRefused { status, obstacle } => {
            (format!("now {status}"), Some(obstacle.way_out()))
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
        Forecast::WouldBeRefused { .. } => "would be refused",
        Forecast::Unknown { .. } => "unknown",
    }
}

/// Prints what a dry run found. A point that could not be read makes it a failure: whoever
/// looks first wants to know that the look was not whole.
pub(crate) fn forecasts(
    format: Format,
    intent: &Intent,
    arns: &[RecoveryPointArn],
    forecasts: &[Forecast],
) -> Exit {
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    for forecast in forecasts {
        *counts.entry(forecast.word()).or_default() += 1;
    }
    let totals = counts.iter().map(|(word, count)| ((*word).to_owned(), (*count).into())).collect();
    let pairs = arns.iter().zip(forecasts);
    let documents = pairs.clone().map(|(arn, forecast)| {
        let way_out = foreseen(forecast).1;
        ForecastDocument { arn, forecast, way_out }
    });
    match format {
        Format::Json => {
            json(&SurveyDocument { intent, totals, items: Some(documents.collect()) });
        }
        Format::Ndjson => {
            documents.for_each(|document| json(&document));
            json(&SurveyDocument { intent, totals, items: None });
        }
        Format::Text => {
            for (arn, forecast) in pairs {
                let (detail, way_out) = foreseen(forecast);
                let advice = way_out.map(|way_out| format!("; {way_out}")).unwrap_or_default();
                let detail = format!("{detail}{advice}");
                fields(["dry-run", forecast.word(), arn.as_str(), &detail]);
            }
        }
        Format::Table => table(intent, pairs.collect()),
    }
    if counts.contains_key("unknown") { Exit::NotProven } else { Exit::Success }
}

/// Totals, and the points: those first that would not simply be deleted.
fn table(intent: &Intent, mut pairs: Vec<(&RecoveryPointArn, &Forecast)>) {
    let mut counts = std::collections::BTreeMap::<&str, u64>::new();
    for (_, forecast) in &pairs {
        *counts.entry(words(forecast)).or_default() += 1;
    }
    totals_table(&format!("dry run, vault {}", intent.vault), counts);
    pairs.sort_by_key(|(_, forecast)| matches!(forecast, Forecast::WouldDelete { .. }));
    let rows = pairs.iter().map(|(arn, forecast)| {
        let (detail, way_out) = foreseen(forecast);
        let way_out = way_out.unwrap_or_default().to_owned();
        [arn.as_str().to_owned(), words(forecast).to_owned(), detail, way_out]
    });
    points_table(["recovery point", "dry run", "state", "way out"], rows);
}
