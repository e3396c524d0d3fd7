//! What is shown of backups before somebody is asked to delete them, and what a dry run found.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::iter;

use indicatif::HumanBytes;
use jiff::Timestamp;
use serde::Serialize;
use sexton_client::Preview;

use super::print::err;
use super::{grouped, grouped_u64};

/// The most types, and reasons, that are named; the others are counted together.
const NAMED_MAX: usize = 8;

/// Shows what is about to be deleted, of so many that were asked for.
pub(crate) fn preview(preview: &Preview, asked: usize) {
    for line in lines(preview, asked) {
        err(&line);
    }
}

/// The same as JSON.
#[derive(Debug, Serialize)]
pub(super) struct Found<'a> {
    points: u64,
    bytes: u64,
    without_size: u64,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    without_created: u64,
    types: &'a BTreeMap<Cow<'static, str>, u64>,
    without_type: u64,
}

impl<'a> Found<'a> {
    pub(super) fn new(preview: &'a Preview) -> Self {
        Self {
            points: preview.present,
            bytes: preview.bytes,
            without_size: preview.sizeless,
            oldest: preview.oldest,
            newest: preview.newest,
            without_created: preview.ageless,
            types: &preview.kinds,
            without_type: preview.kindless,
        }
    }
}

fn lines(preview: &Preview, asked: usize) -> Vec<String> {
    let found = format!("  found     {} of {}", grouped_u64(preview.present), grouped(asked));
    let cause = preview.unread_because.as_ref().map(|cause| format!(" ({cause})"));
    let others = [
        (preview.absent, "not there"),
        (preview.leaving, "being deleted already"),
        (preview.unread, "could not be read"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let others = others.map(|(count, words)| format!(", {} {words}", grouped_u64(count)));
    let mut lines = vec![iter::once(found).chain(others).chain(cause).collect::<String>()];
    if preview.present == 0 {
        return lines;
    }
    lines.push(format!("  types     {}", types(preview)));
    let size = HumanBytes(preview.bytes).to_string();
    lines.push(format!("  size      {}", told(size, preview.sizeless, preview.present)));
    let made = match (preview.oldest, preview.newest) {
        (Some(oldest), Some(newest)) => {
            let [oldest, newest] = [oldest, newest].map(|at| at.strftime("%F %R").to_string());
            format!("{oldest} to {newest} UTC")
        }
        (None, _) | (_, None) => String::new(),
    };
    lines.push(format!("  made      {}", told(made, preview.ageless, preview.present)));
    let mut refused: Vec<(&String, &u64)> = preview.refused.iter().collect();
    refused.sort_by_key(|(_, count)| std::cmp::Reverse(**count));
    for (position, (reason, count)) in refused.iter().take(NAMED_MAX).enumerate() {
        let title = if position == 0 { "kept" } else { "" };
        lines.push(format!("  {title:<8}  {} will stay: {reason}", grouped_u64(**count)));
    }
    if refused.len() > NAMED_MAX {
        let others = refused.iter().skip(NAMED_MAX).map(|(_, count)| **count).sum();
        lines.push(format!("  {:<8}  {} more, for other reasons", "", grouped_u64(others)));
    }
    lines
}

/// What is known of all, of which so many do not tell theirs.
fn told(known: String, untold: u64, all: u64) -> String {
    match untold {
        0 => known,
        _ if untold == all => "not told".to_owned(),
        _ => format!("{known}, and {} that do not tell theirs", grouped_u64(untold)),
    }
}

/// How many there are of each type, the most first.
fn types(preview: &Preview) -> String {
    let mut types: Vec<(&str, u64)> =
        preview.kinds.iter().map(|(name, count)| (&**name, *count)).collect();
    types.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    let others: u64 = types.iter().skip(NAMED_MAX).map(|(_, count)| *count).sum();
    types.truncate(NAMED_MAX);
    let more = [("of other types", others), ("of no type that is told", preview.kindless)];
    types.extend(more.into_iter().filter(|(_, count)| *count > 0));
    let named = types.iter().map(|(name, count)| format!("{} {name}", grouped_u64(*count)));
    named.collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(text: &str) -> Timestamp {
        text.parse().unwrap()
    }

    #[test]
    fn counts_types_sizes_and_ages_are_shown_as_far_as_they_are_known() {
        let seen = Preview {
            present: 1203,
            absent: 2,
            unread: 1,
            unread_because: Some("AccessDenied: no".to_owned()),
            leaving: 4,
            refused: [("it is still being made".to_owned(), 2), ("a vault".to_owned(), 7)].into(),
            kinds: [("EBS".into(), 2), ("FSx".into(), 1200)].into(),
            kindless: 1,
            bytes: 5 << 30,
            sizeless: 3,
            oldest: Some(at("2024-01-01T00:00:00Z")),
            newest: Some(at("2026-05-01T12:30:00Z")),
            ageless: 0,
        };
        let expected = [
            "  found     1,203 of 1,206, 2 not there, 4 being deleted already, \
             1 could not be read (AccessDenied: no)",
            "  types     1,200 FSx, 2 EBS, 1 of no type that is told",
            "  size      5.00 GiB, and 3 that do not tell theirs",
            "  made      2024-01-01 00:00 to 2026-05-01 12:30 UTC",
            "  kept      7 will stay: a vault",
            "            2 will stay: it is still being made",
        ];
        assert_eq!(lines(&seen, 1206), expected);
        let nothing = Preview { absent: 3, ..Preview::default() };
        assert_eq!(lines(&nothing, 3), ["  found     0 of 3, 3 not there"]);
        let untold =
            Preview { present: 1, kindless: 1, sizeless: 1, ageless: 1, ..Preview::default() };
        let expected = [
            "  found     1 of 1",
            "  types     1 of no type that is told",
            "  size      not told",
            "  made      not told",
        ];
        assert_eq!(lines(&untold, 1), expected);
    }

    #[test]
    fn many_types_and_reasons_are_counted_together() {
        let many = || (0..20_u64).map(|number| (format!("{number:02}"), 1));
        let seen = Preview {
            present: 20,
            kinds: many().map(|(name, count)| (name.into(), count)).collect(),
            refused: many().collect(),
            ..Preview::default()
        };
        let lines = lines(&seen, 20);
        assert!(lines[1].ends_with("1 07, 12 of other types"), "{lines:?}");
        assert_eq!(lines.last().unwrap(), "            12 more, for other reasons");
        assert_eq!(lines.len(), 4 + NAMED_MAX + 1);
    }
}
