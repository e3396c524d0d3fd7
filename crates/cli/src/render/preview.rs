//! What is shown of backups before somebody is asked to delete them, and what a dry run found.

use std::cmp::Reverse;
use std::collections::BTreeMap;
use std::iter;

use indicatif::HumanBytes;
use jiff::Timestamp;
use serde::Serialize;
use sexton_client::{Preview, Sum};

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
    #[serde(flatten)]
    present: SumDocument,
    types: BTreeMap<&'a str, SumDocument>,
    without_type: u64,
}

#[derive(Debug, Serialize)]
struct SumDocument {
    points: u64,
    bytes: u64,
    without_size: u64,
    oldest: Option<Timestamp>,
    newest: Option<Timestamp>,
    without_created: u64,
}

impl From<&Sum> for SumDocument {
    fn from(sum: &Sum) -> Self {
        let Sum { points, bytes, sizeless, oldest, newest, ageless } = *sum;
        Self { points, bytes, without_size: sizeless, oldest, newest, without_created: ageless }
    }
}

impl<'a> Found<'a> {
    pub(super) fn new(preview: &'a Preview) -> Self {
        let types = preview.kinds.iter();
        let types = types.filter_map(|(kind, sum)| Some((kind.as_deref()?, sum.into())));
        let without_type = preview.kinds.get(&None).map_or(0, |sum| sum.points);
        Self { present: (&preview.present).into(), types: types.collect(), without_type }
    }
}

fn lines(preview: &Preview, asked: usize) -> Vec<String> {
    let all = &preview.present;
    let found = format!("  found     {} of {}", grouped_u64(all.points), grouped(asked));
    let cause = preview.unread_because.as_ref().map(|cause| format!(" ({cause})"));
    let others = [
        (preview.absent, "not there"),
        (preview.leaving, "being deleted already"),
        (preview.unread, "could not be read"),
    ];
    let others = others.into_iter().filter(|(count, _)| *count > 0);
    let others = others.map(|(count, words)| format!(", {} {words}", grouped_u64(count)));
    let mut lines = vec![iter::once(found).chain(others).chain(cause).collect::<String>()];
    if all.points == 0 {
        return lines;
    }
    lines.push(format!("  size      {}", size(all)));
    lines.push(format!("  made      {}", made(all)));
    titled("types", types(preview), &mut lines);
    titled("kept", kept(preview), &mut lines);
    lines
}

/// Puts a title before the first of `rows`, and nothing before the others.
fn titled(title: &str, rows: Vec<String>, lines: &mut Vec<String>) {
    let titles = iter::once(title).chain(iter::repeat(""));
    lines.extend(titles.zip(rows).map(|(title, row)| format!("  {title:<8}  {row}")));
}

fn size(sum: &Sum) -> String {
    told(HumanBytes(sum.bytes).to_string(), sum.sizeless, sum.points)
}

fn made(sum: &Sum) -> String {
    let moment = |at: Timestamp| at.strftime("%F %R").to_string();
    let made = match (sum.oldest, sum.newest) {
        (Some(oldest), Some(newest)) if moment(oldest) == moment(newest) => moment(oldest),
        (Some(oldest), Some(newest)) => format!("{} to {}", moment(oldest), moment(newest)),
        (None, _) | (_, None) => String::new(),
    };
    told(format!("{made} UTC"), sum.ageless, sum.points)
}

/// What is known of all, of which so many do not tell theirs.
fn told(known: String, untold: u64, all: u64) -> String {
    match untold {
        0 => known,
        _ if untold == all => "not told".to_owned(),
        _ => format!("{known}, {} not told", grouped_u64(untold)),
    }
}

/// How many there are of each type, how large and how old, the most first. Of a single type the
/// size and the age are those of all.
fn types(preview: &Preview) -> Vec<String> {
    let mut kinds: Vec<(&str, &Sum)> = preview
        .kinds
        .iter()
        .map(|(kind, sum)| (kind.as_deref().unwrap_or("of no type that is told"), sum))
        .collect();
    kinds.sort_by_key(|(_, sum)| Reverse(sum.points));
    let alone = kinds.len() == 1;
    let row = |(kind, sum): &(&str, &Sum)| {
        let count = grouped_u64(sum.points);
        if alone {
            format!("{count} {kind}")
        } else {
            format!("{count} {kind}: size {}; made {}", size(sum), made(sum))
        }
    };
    let mut rows: Vec<String> = kinds.iter().take(NAMED_MAX).map(row).collect();
    let others: u64 = kinds.iter().skip(NAMED_MAX).map(|(_, sum)| sum.points).sum();
    rows.extend((others > 0).then(|| format!("{} of other types", grouped_u64(others))));
    rows
}

/// How many will stay for which reason, the most first.
fn kept(preview: &Preview) -> Vec<String> {
    let mut refused: Vec<(&String, u64)> =
        preview.refused.iter().map(|(reason, count)| (reason, *count)).collect();
    refused.sort_by_key(|(_, count)| Reverse(*count));
    let row =
        |(reason, count): &(&String, u64)| format!("{} will stay: {reason}", grouped_u64(*count));
    let mut rows: Vec<String> = refused.iter().take(NAMED_MAX).map(row).collect();
    let others: u64 = refused.iter().skip(NAMED_MAX).map(|(_, count)| *count).sum();
    rows.extend((others > 0).then(|| format!("{} more, for other reasons", grouped_u64(others))));
    rows
}

#[cfg(test)]
mod tests {
    use super::*;

    fn sum(points: u64, bytes: u64, sizeless: u64, made: Option<(&str, &str)>) -> Sum {
        let at = |text: &str| text.parse().unwrap();
        let (oldest, newest) = (made.map(|it| at(it.0)), made.map(|it| at(it.1)));
        let ageless = if made.is_none() { points } else { 0 };
        Sum { points, bytes, sizeless, oldest, newest, ageless }
    }

    #[test]
    fn counts_sizes_and_ages_are_shown_by_type_as_far_as_they_are_known() {
        let (first, last) = ("2024-01-01T00:00:00Z", "2026-05-01T12:30:00Z");
        let seen = Preview {
            present: sum(1203, 5 << 30, 3, Some((first, last))),
            kinds: [
                (Some("EBS".into()), sum(2, 1 << 30, 2, Some((last, last)))),
                (Some("FSx".into()), sum(1200, 4 << 30, 0, Some((first, last)))),
                (None, sum(1, 0, 1, None)),
            ]
            .into(),
            absent: 2,
            unread: 1,
            unread_because: Some("AccessDenied: no".to_owned()),
            leaving: 4,
            refused: [("it is still being made".to_owned(), 2), ("a vault".to_owned(), 7)].into(),
        };
        let expected = [
            "  found     1,203 of 1,206, 2 not there, 4 being deleted already, \
             1 could not be read (AccessDenied: no)",
            "  size      5.00 GiB, 3 not told",
            "  made      2024-01-01 00:00 to 2026-05-01 12:30 UTC",
            "  types     1,200 FSx: size 4.00 GiB; made 2024-01-01 00:00 to 2026-05-01 12:30 UTC",
            "            2 EBS: size not told; made 2026-05-01 12:30 UTC",
            "            1 of no type that is told: size not told; made not told",
            "  kept      7 will stay: a vault",
            "            2 will stay: it is still being made",
        ];
        assert_eq!(lines(&seen, 1206), expected);
        let nothing = Preview { absent: 3, ..Preview::default() };
        assert_eq!(lines(&nothing, 3), ["  found     0 of 3, 3 not there"]);
    }

    #[test]
    fn many_types_and_reasons_are_counted_together() {
        let many = || (0..20_u64).map(|number| format!("{number:02}"));
        let seen = Preview {
            present: sum(20, 0, 20, None),
            kinds: many().map(|name| (Some(name.into()), sum(1, 0, 1, None))).collect(),
            refused: many().map(|name| (name, 1)).collect(),
            ..Preview::default()
        };
        let lines = lines(&seen, 20);
        assert_eq!(lines[3 + NAMED_MAX], "            12 of other types");
        assert_eq!(lines.last().unwrap(), "            12 more, for other reasons");
        assert_eq!(lines.len(), 3 + 2 * (NAMED_MAX + 1));
    }
}
