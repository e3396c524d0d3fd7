//! `sexton certificate redact`: what certificates say of people and places is forgotten.

use std::collections::BTreeSet;

use jiff::Timestamp;
use jiff::civil::Date;
use jiff::tz::TimeZone;
use serde_json::Value;
use sexton_core::counted;

use super::super::admin::{Server, ServerArguments, segment};
use super::super::asker::Asker;
use super::{Name, next_after};
use crate::exit::{Exit, Failure};
use crate::render;

/// Which certificates.
pub(super) enum Which {
    /// Those of these recovery points.
    Of(BTreeSet<Name>),
    /// Those that were issued before an instant.
    Before(Timestamp),
}

impl Which {
    /// As the arguments have it, of which one is there.
    pub(super) fn of(names: Vec<Name>, before: Option<Timestamp>) -> Self {
        before.map_or_else(|| Self::Of(names.into_iter().collect()), Self::Before)
    }
}

/// Parses an instant, or a day that begins with it.
pub(super) fn instant(text: &str) -> Result<Timestamp, String> {
    let day = |day: Date| day.to_zoned(TimeZone::UTC).ok().map(|it| it.timestamp());
    let found = text.parse().ok().or_else(|| text.parse().ok().and_then(day));
    found.ok_or_else(|| "it must look like 2026-01-31 or 2026-01-31T12:00:00Z".to_owned())
}

/// Does what was asked, once somebody has agreed to it.
pub(super) async fn run(
    which: Which,
    yes: bool,
    server: &ServerArguments,
) -> Result<Exit, Failure> {
    let hint = "give --yes to redact without being asked";
    let asker = if yes { None } else { Some(Asker::find(hint)?) };
    let server = server.connect().await?;
    let count = all("GET", &which, &server).await?;
    if count == 0 {
        render::note("nothing to do: they say nothing that could be forgotten");
        return Ok(Exit::Success);
    }
    if let Some(asker) = asker {
        let certificates = counted(count, "certificate");
        render::note(&format!(
            "{certificates}: who decided, operator, place and categorization are forgotten by the \
             server; copies that somebody has stay as they are"
        ));
        asker.confirm(usize::try_from(count).unwrap_or(usize::MAX), "redact")?;
    }
    let redacted = all("DELETE", &which, &server).await?;
    render::line_of_fields(["redacted", &counted(redacted, "certificate")]);
    Ok(Exit::Success)
}

/// Counts or redacts all of them, as the method has it.
async fn all(method: &str, which: &Which, server: &Server) -> Result<u64, Failure> {
    let call = async |path: String| server.call(method, &path, None).await;
    match which {
        Which::Of(names) => {
            let mut sum = 0;
            for name in names {
                sum += counted_in(&call(format!("openings/{}", segment(&name.text()))).await?)?;
            }
            Ok(sum)
        }
        Which::Before(instant) => pages(*instant, call).await,
    }
}

/// Every page of those that were issued before an instant.
async fn pages(
    instant: Timestamp,
    call: impl AsyncFn(String) -> Result<Value, Failure>,
) -> Result<u64, Failure> {
    let before = segment(&instant.to_string());
    let (mut sum, mut from) = (0, 0);
    loop {
        let page = call(format!("openings?before={before}&from={from}")).await?;
        sum += counted_in(&page)?;
        match next_after(from, &page)? {
            Some(next) => from = next,
            None => return Ok(sum),
        }
    }
}

/// How many certificates an answer counts.
fn counted_in(answer: &Value) -> Result<u64, Failure> {
    answer["certificates"].as_u64().ok_or_else(|| {
        let text = "the answer counts no certificates: it is not a Sexton server that answers";
        Failure::text(Exit::Unexpected, text).hint("check --endpoint-url")
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_day_begins_at_midnight_in_utc() {
        let at = |text: &str| instant(text).unwrap().to_string();
        assert_eq!(at("2026-01-31"), "2026-01-31T00:00:00Z");
        assert_eq!(at("2026-01-31T01:00:00+02:00"), "2026-01-30T23:00:00Z");
        for wrong in ["", "yesterday", "2026", "2026-02-30", "31.1.2026", "1769817600"] {
            assert!(instant(wrong).is_err(), "{wrong}");
        }
    }

    #[tokio::test]
    async fn pages_are_counted_to_the_end_and_a_server_that_repeats_itself_is_an_error() {
        let before = instant("2026-01-31").unwrap();
        let paths = std::sync::Mutex::new(Vec::new());
        let answers = async |path: String| {
            let first = path.ends_with("from=0");
            paths.lock().unwrap().push(path);
            Ok(serde_json::json!({"certificates": 2, "next": first.then_some(500)}))
        };
        assert_eq!(pages(before, answers).await.unwrap(), 4);
        let path = "openings?before=2026-01-31T00%3A00%3A00Z&from=500";
        assert_eq!(paths.into_inner().unwrap()[1], path);
        let same = async |_: String| Ok(serde_json::json!({"certificates": 0, "next": 7}));
        let error = pages(before, same).await.unwrap_err();
        assert_eq!(error.message, "the server goes on with certificate 7 after 7");
        let other = async |_: String| Ok(serde_json::json!({}));
        assert!(pages(before, other).await.is_err());
    }

    proptest! {
        #[test]
        fn no_date_makes_it_panic(
            text in ".{0,40}", date in "-?[0-9]{0,6}-[0-9]{1,3}-[0-9TZ:+]{0,20}",
        ) {
            drop(instant(&text));
            drop(instant(&date));
        }
    }
}
