//! Tags on vaults and backups.

use std::collections::BTreeMap;

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
