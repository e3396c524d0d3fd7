//! Tags on vaults and backups.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// Tags by key.
pub type Tags = BTreeMap<String, String>;

/// The most tags that one resource carries.
pub const TAGS_MAX: usize = 50;

/// Why tags were not changed.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum TagRefusal {
    /// More than [`TAGS_MAX`].
    #[error("a resource cannot have more than {TAGS_MAX} tags")]
    TooMany,
    /// A key is empty, too long, or reserved.
    #[error("tag key {key:?} is not valid: 1 to 128 characters, not beginning with aws:")]
    BadKey {
        /// The key.
        key: String,
    },
    /// A value is too long.
    #[error("the value of tag {key:?} is longer than 256 characters")]
    BadValue {
        /// The key.
        key: String,
    },
}

/// The keys of the tags that a change is about, as the audit trail tells them for ever. It does not
/// tell the values, which may be private, and go with what has them.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct TagKeys {
    /// Of those that are new, or have another value.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub put: Vec<String>,
    /// Of those that are there no more.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub removed: Vec<String>,
}

impl TagKeys {
    /// What differs between the tags before a change and after it.
    pub fn between(before: &Tags, after: &Tags) -> Self {
        let put = after.iter().filter(|(key, value)| before.get(*key) != Some(*value));
        let removed = before.keys().filter(|key| !after.contains_key(*key));
        Self { put: put.map(|(key, _)| key.clone()).collect(), removed: removed.cloned().collect() }
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.put.is_empty() && self.removed.is_empty()
    }
}

/// Lets tags through that are acceptable as they stand after a change.
pub fn check_tags(tags: Tags) -> Result<Tags, TagRefusal> {
    check(&tags)?;
    Ok(tags)
}

pub(crate) fn check(tags: &Tags) -> Result<(), TagRefusal> {
    if tags.len() > TAGS_MAX {
        return Err(TagRefusal::TooMany);
    }
    for (key, value) in tags {
        let reserved = key.to_ascii_lowercase().starts_with("aws:");
        if key.is_empty() || key.chars().count() > 128 || reserved {
            return Err(TagRefusal::BadKey { key: key.clone() });
        }
        if value.chars().count() > 256 {
            return Err(TagRefusal::BadValue { key: key.clone() });
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::EventKind;

    #[test]
    fn what_a_change_is_about_is_told_by_keys_and_never_by_values() {
        let tags = |pairs: &[(&str, &str)]| -> Tags {
            pairs.iter().map(|(key, value)| ((*key).to_owned(), (*value).to_owned())).collect()
        };
        let before = tags(&[("case", "hush"), ("old", "hush"), ("same", "hush")]);
        let after = tags(&[("case", "hush!"), ("new", "hush"), ("same", "hush")]);
        let keys = TagKeys::between(&before, &after);
        let told = serde_json::to_string(&keys).unwrap();
        assert_eq!(told, r#"{"put":["case","new"],"removed":["old"]}"#);
        assert_eq!(serde_json::from_str::<TagKeys>(&told).unwrap(), keys);
        assert!(TagKeys::between(&after, &after).is_empty());
    }

    #[test]
    fn an_event_that_was_written_before_keys_were_told_is_the_same_event() {
        let text = r#"{"event":"vault_tagged","vault":"v"}"#;
        let event: EventKind = serde_json::from_str(text).unwrap();
        assert_eq!(serde_json::to_string(&event).unwrap(), text);
    }
}
