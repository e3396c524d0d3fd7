//! Which backups of a list are wanted. Pure.
//!
//! A condition on what a backup lacks is neither true nor false: such a backup is not taken,
//! and not passed over in silence either, but counted ([`Judged::Lacks`]). One that another
//! condition leaves out anyway is left out.
//!
//! A service that can narrow its list is asked to ([`Filter::narrow`]), and never more than is
//! wanted: its own idea of a boundary may differ, so that moments are asked for with a second
//! to spare. The filter has the last word on everything.

use jiff::{SignedDuration, Timestamp};

use super::entry::Entry;

/// Which backups are wanted: those for which every condition that is given holds.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Filter {
    /// Made before this moment.
    pub created_before: Option<Timestamp>,
    /// Made after this moment.
    pub created_after: Option<Timestamp>,
    /// In one of these states, in capitals or not. Empty: in any.
    pub states: Vec<String>,
    /// Of one of these sources, by ARN or by the id at its end. Empty: of any.
    pub sources: Vec<String>,
    /// Of one of these types, in capitals or not. Empty: of any.
    pub kinds: Vec<String>,
    /// Of more than so many bytes.
    pub larger_than: Option<u64>,
    /// With all of these tags.
    pub tags: Vec<(String, String)>,
    /// Without any tag.
    pub untagged: bool,
}

/// What a condition is about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Property {
    /// When it was made.
    Created,
    /// How it stands.
    State,
    /// What it is of.
    Source,
    /// Its type.
    Kind,
    /// How large it is.
    Size,
    /// Its tags.
    Tags,
}

impl Property {
    /// What a backup that lacks it does not have: "a size".
    pub fn noun(self) -> &'static str {
        match self {
            Self::Created => "a time of creation",
            Self::State => "a state",
            Self::Source => "a source",
            Self::Kind => "a type",
            Self::Size => "a size",
            Self::Tags => "tags",
        }
    }
}

/// What a filter makes of a backup.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[must_use = "what lacks something is to be counted"]
pub enum Judged {
    /// It is wanted.
    Takes,
    /// It is not wanted.
    Leaves,
    /// Whether it is wanted depends on what it lacks.
    Lacks(Property),
}

/// What a service may be asked to leave out.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Narrow {
    /// What was not made before this moment.
    pub created_before: Option<Timestamp>,
    /// What was not made after this moment.
    pub created_after: Option<Timestamp>,
    /// What is not of this source.
    pub source: Option<String>,
    /// What is not of this type.
    pub kind: Option<String>,
    /// What is not nested in this one.
    pub parent: Option<String>,
}

/// How far moments are moved for a service.
const TO_SPARE: SignedDuration = SignedDuration::from_secs(1);

impl Filter {
    /// What it makes of `entry`.
    pub fn judge(&self, entry: &Entry) -> Judged {
        // Tags come last: to read them costs a request.
        let conditions = [
            (Property::Created, self.age(entry)),
            (Property::State, one_of(&self.states, entry.state.as_deref(), same_word)),
            (Property::Source, self.source(entry)),
            (Property::Kind, one_of(&self.kinds, entry.kind.as_deref(), same_word)),
            (Property::Size, self.size(entry)),
            (Property::Tags, self.tagged(entry)),
        ];
        if conditions.iter().any(|(_, holds)| *holds == Some(false)) {
            return Judged::Leaves;
        }
        match conditions.iter().find(|(_, holds)| holds.is_none()) {
            Some((property, _)) => Judged::Lacks(*property),
            None => Judged::Takes,
        }
    }

    /// What a service may leave out.
    pub fn narrow(&self) -> Narrow {
        let only = |words: &[String]| match words {
            [word] => Some(word.clone()),
            _ => None,
        };
        let later = |at: Timestamp| at.checked_add(TO_SPARE).ok();
        let earlier = |at: Timestamp| at.checked_sub(TO_SPARE).ok();
        Narrow {
            created_before: self.created_before.and_then(later),
            created_after: self.created_after.and_then(earlier),
            source: only(&self.sources),
            kind: only(&self.kinds),
            parent: None,
        }
    }

    fn age(&self, entry: &Entry) -> Option<bool> {
        if self.created_before.is_none() && self.created_after.is_none() {
            return Some(true);
        }
        let created = entry.created?;
        let before = self.created_before.is_none_or(|bound| created < bound);
        let after = self.created_after.is_none_or(|bound| created > bound);
        Some(before && after)
    }

    fn source(&self, entry: &Entry) -> Option<bool> {
        let file_system = entry.file_system.as_ref();
        if file_system.is_some_and(|id| self.sources.contains(id)) {
            return Some(true);
        }
        one_of(&self.sources, entry.source.as_deref(), |wanted, source| {
            wanted == source || source.rsplit(['/', ':']).next() == Some(wanted)
        })
    }

    fn size(&self, entry: &Entry) -> Option<bool> {
        match self.larger_than {
            None => Some(true),
            Some(bound) => entry.size.map(|size| size > bound),
        }
    }

    fn tagged(&self, entry: &Entry) -> Option<bool> {
        if self.tags.is_empty() && !self.untagged {
            return Some(true);
        }
        let tags = entry.tags.as_ref()?;
        let has = |(key, value): &(String, String)| tags.get(key) == Some(value);
        Some(self.tags.iter().all(has) && (tags.is_empty() || !self.untagged))
    }
}

/// Whether `told` is like one of `wanted`, or nothing is wanted.
fn one_of(
    wanted: &[String],
    told: Option<&str>,
    is_like: impl Fn(&str, &str) -> bool,
) -> Option<bool> {
    if wanted.is_empty() {
        return Some(true);
    }
    told.map(|told| wanted.iter().any(|wanted| is_like(wanted, told)))
}

/// Words of a service are written in capitals or not.
fn same_word(wanted: &str, told: &str) -> bool {
    wanted.eq_ignore_ascii_case(told)
}
