//! Points that ended alike, told once: how many, why, the way out, and the first of them.
//!
//! An ARN stands on a line of its own and is never cut, so that it can be copied.

use std::collections::BTreeMap;

use sexton_core::plural;

use super::{SHOWN_FIRST, grouped};

/// The most reasons that are shown; the others are counted.
const GROUPS_SHOWN_MAX: usize = 20;

/// The shortest id of a point that is taken out of a message, so that messages which differ
/// in nothing else are told once.
const ID_LEN_MIN: usize = 8;

/// Points that ended alike.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Group<'a> {
    pub(super) reason: String,
    pub(super) way_out: Option<&'static str>,
    pub(super) arns: Vec<&'a str>,
}

/// Puts together what ended for the same reason: the largest group first.
pub(super) fn groups<'a>(
    items: impl IntoIterator<Item = (&'a str, String, Option<&'static str>)>,
) -> Vec<Group<'a>> {
    let mut found: BTreeMap<(String, Option<&'static str>), Vec<&str>> = BTreeMap::new();
    for (arn, reason, way_out) in items {
        let reason = without_name(&reason, arn);
        found.entry((reason, way_out)).or_default().push(arn);
    }
    let found = found.into_iter();
    let mut groups: Vec<Group<'_>> =
        found.map(|((reason, way_out), arns)| Group { reason, way_out, arns }).collect();
    groups.sort_by_key(|group| std::cmp::Reverse(group.arns.len()));
    groups
}

/// `reason` without the name of the point that it is told of.
fn without_name(reason: &str, arn: &str) -> String {
    let reason = reason.replace(arn, "(its ARN)");
    let id = arn.rsplit([':', '/']).next().unwrap_or_default();
    if id.len() < ID_LEN_MIN { reason } else { reason.replace(id, "(its id)") }
}

/// The groups as people read them; `all` shows every point of every group.
pub(super) fn lines(groups: &[Group<'_>], all: bool) -> Vec<String> {
    let mut lines = Vec::new();
    let shown = if all { groups.len() } else { GROUPS_SHOWN_MAX };
    for Group { reason, way_out, arns } in groups.iter().take(shown) {
        lines.push(format!("{} {reason}", grouped(arns.len())));
        lines.extend(way_out.map(|way_out| format!("  way out: {way_out}")));
        let first = if all { arns.len() } else { SHOWN_FIRST };
        lines.extend(arns.iter().take(first).map(|arn| format!("  {arn}")));
        if arns.len() > first {
            let hidden = grouped(arns.len() - first);
            lines.push(format!("  and {hidden} more: --all shows them"));
        }
    }
    if groups.len() > shown {
        let hidden = groups.len() - shown;
        let (hidden, end) = (grouped(hidden), plural(hidden));
        lines.push(format!("and {hidden} more reason{end}: --all shows them"));
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;

    fn arns(count: usize) -> Vec<String> {
        let arn = |n: usize| format!("arn:aws:ec2:r::snapshot/snap-{n:017x}");
        (0..count).map(arn).collect()
    }

    #[test]
    fn a_reason_is_told_once_with_the_first_of_its_points() {
        let arns = arns(1004);
        let reason = |at: usize| {
            let id = arns[at].rsplit('/').next().unwrap();
            if at < 4 { "refused: no".to_owned() } else { format!("EXPIRED: {id} is in use") }
        };
        let items = arns.iter().enumerate().map(|(at, arn)| (&**arn, reason(at), Some("do it")));
        let groups = groups(items);
        let expected = [
            "1,000 EXPIRED: (its id) is in use".to_owned(),
            "  way out: do it".to_owned(),
            format!("  {}", arns[4]),
            format!("  {}", arns[5]),
            format!("  {}", arns[6]),
            "  and 997 more: --all shows them".to_owned(),
            "4 refused: no".to_owned(),
        ];
        assert_eq!(lines(&groups, false)[..7], expected);
        assert_eq!(lines(&groups, true).len(), 2 * 2 + 1004);
    }

    #[test]
    fn many_reasons_are_counted() {
        let arns = arns(50);
        let items = arns.iter().enumerate().map(|(at, arn)| (&**arn, format!("reason {at}"), None));
        let groups = groups(items);
        let shown = lines(&groups, false);
        assert_eq!(shown.len(), 2 * GROUPS_SHOWN_MAX + 1);
        assert_eq!(shown.last().unwrap(), "and 30 more reasons: --all shows them");
        assert_eq!(lines(&groups, true).len(), 100);
    }
}
