//! What a request says of which policies may ask: tags that it puts or takes off, the days of a
//! lock, and where a copy goes.

use crate::policy::{Context, folded};
use crate::{TAGS_MAX, Tags, VaultAction};

/// What a request says. It is known of a request as a whole: what is nothing here is known not to
/// be in it.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Stated {
    /// The tags that it puts.
    pub tags: Tags,
    /// The keys of those that it takes off.
    pub untagged: Vec<String>,
    /// For how many days a lock can be changed.
    pub changeable_days: Option<i64>,
    /// The fewest days that a lock has backups kept.
    pub min_days: Option<i64>,
    /// The most days that a lock lets backups be kept.
    pub max_days: Option<i64>,
    /// The ARN of the vault that a copy goes to.
    pub copied_into: Option<String>,
}

/// The keys that say it.
const KEYS: [&str; 7] = [
    "aws:RequestTag/",
    "aws:TagKeys",
    "backup:ChangeableForDays",
    "backup:CopyTargetOrgPaths",
    "backup:CopyTargets",
    "backup:MaxRetentionDays",
    "backup:MinRetentionDays",
];

/// Adds what a request says that is asked for `action`. Nothing is known of it if no request is
/// being answered: a deny that asks for it denies.
pub(crate) fn add_stated<'a>(
    known: Context<'a>,
    stated: Option<&'a Stated>,
    action: &str,
) -> Context<'a> {
    let Some(stated) = stated else { return known };
    let known = known.without_all(&KEYS);
    let days = [
        ("backup:ChangeableForDays", stated.changeable_days),
        ("backup:MinRetentionDays", stated.min_days),
        ("backup:MaxRetentionDays", stated.max_days),
    ];
    let known = days.into_iter().fold(known, |known, (key, days)| match days {
        Some(days) => known.with(key, days.to_string()),
        None => known,
    });
    let goes = stated.copied_into.as_ref();
    let known = match goes.filter(|_| action == VaultAction::CopyFromBackupVault.name()) {
        Some(vault) => known.with("backup:CopyTargets", vault),
        None => known,
    };
    // Nothing has so many tags: it is refused. Until then whoever asks must not keep policies busy.
    if stated.tags.len().max(stated.untagged.len()) > TAGS_MAX {
        return known.unsure("aws:RequestTag/").unsure("aws:TagKeys");
    }
    let keys = stated.tags.keys().chain(&stated.untagged);
    let known = keys.fold(known, |known, key| known.with("aws:TagKeys", key.as_str()));
    each_tag(known, "aws:RequestTag/", &stated.tags)
}

/// Adds tags under the names that begin so.
pub(crate) fn each_tag<'a>(known: Context<'a>, prefix: &str, tags: &'a Tags) -> Context<'a> {
    let lower: Vec<String> = tags.keys().map(|key| folded(key)).collect();
    tags.iter().zip(&lower).fold(known, |known, ((key, value), own)| {
        let name = format!("{prefix}{key}");
        // Which of two that differ in case alone is meant nobody can say.
        if lower.iter().filter(|other| *other == own).count() > 1 {
            return known.unsure(name);
        }
        known.with(name, value.as_str())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::policy::{Identity, Kind, Policy, Request, Ruling};

    /// Their number was squared: a request with 60,000 tags kept a processor busy for 77 s.
    #[test]
    fn of_more_tags_than_anything_has_nothing_is_known() {
        let by = &Identity::anybody();
        let ruled = |stated: &Stated, condition: &str| {
            let policy = format!(
                r#"{{"Statement": {{"Effect": "Deny", "Action": "*", "Resource": "*",
                    "Condition": {{{condition}}}}}}}"#
            );
            let policy = Policy::parse(&policy, Kind::Identity).unwrap();
            let context = &add_stated(Context::default(), Some(stated), "backup:TagResource");
            policy.rule(&Request { by, action: "backup:TagResource", resource: "*", context })
        };
        let tag = r#""StringEquals": {"aws:RequestTag/none": "a"}"#;
        let key = r#""ForAnyValue:StringEquals": {"aws:TagKeys": "none"}"#;
        let days = r#""NumericEquals": {"backup:MinRetentionDays": "1"}"#;
        for (count, ruling) in [(TAGS_MAX, Ruling::Silent), (60_000, Ruling::Denies)] {
            let keys = || (0..count).map(|it| format!("k{it}"));
            let tags = keys().map(|key| (key, String::new())).collect();
            let put = Stated { tags, ..Stated::default() };
            let taken = Stated { untagged: keys().collect(), ..Stated::default() };
            assert_eq!([ruled(&put, tag), ruled(&put, key), ruled(&taken, key)], [ruling; 3]);
            assert_eq!(ruled(&put, days), Ruling::Silent, "the rest of it is known");
        }
    }
}
