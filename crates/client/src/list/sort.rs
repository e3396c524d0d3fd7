//! Another order than that of the service, which takes all of a list at once. Pure.

use std::cmp::Ordering;

use super::entry::Entry;

/// By what a list is put in order.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum SortKey {
    /// The oldest first.
    Created,
    /// What is deleted by itself the soonest first.
    Expires,
    /// The smallest first.
    Size,
    /// By state.
    State,
    /// By type.
    Kind,
    /// By what it is of.
    Source,
    /// By vault, file system or instance.
    Place,
    /// By ARN or id.
    Id,
}

impl SortKey {
    /// Which of two stands first. What lacks the property stands last, in either direction.
    fn compare(self, reverse: bool, one: &Entry, other: &Entry) -> Ordering {
        match self {
            Self::Created => known_first(reverse, one.created.as_ref(), other.created.as_ref()),
            Self::Expires => known_first(reverse, one.expires.as_ref(), other.expires.as_ref()),
            Self::Size => known_first(reverse, one.size.as_ref(), other.size.as_ref()),
            Self::State => known_first(reverse, one.state.as_ref(), other.state.as_ref()),
            Self::Kind => known_first(reverse, one.kind.as_ref(), other.kind.as_ref()),
            Self::Source => known_first(reverse, one.source.as_ref(), other.source.as_ref()),
            Self::Place => known_first(reverse, place(one), place(other)),
            Self::Id => directed(reverse, one.id.cmp(&other.id)),
        }
    }
}

/// The vault, the file system or the instance.
fn place(entry: &Entry) -> Option<&String> {
    entry.vault.as_ref().or(entry.file_system.as_ref()).or(entry.instance.as_ref())
}

fn directed(reverse: bool, order: Ordering) -> Ordering {
    if reverse { order.reverse() } else { order }
}

fn known_first<T: Ord>(reverse: bool, one: Option<&T>, other: Option<&T>) -> Ordering {
    match (one, other) {
        (Some(one), Some(other)) => directed(reverse, one.cmp(other)),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => Ordering::Equal,
    }
}

/// Backups that are put in order: all that are handed in, or the first so many of them.
#[derive(Debug)]
pub struct Sorted {
    key: SortKey,
    reverse: bool,
    limit: Option<usize>,
    entries: Vec<Entry>,
}

impl Sorted {
    /// None yet.
    pub fn new(key: SortKey, reverse: bool, limit: Option<usize>) -> Self {
        Self { key, reverse, limit, entries: Vec::new() }
    }

    /// Takes one more. What can no longer be among the first is dropped now and then.
    pub fn push(&mut self, entry: Entry) {
        self.entries.push(entry);
        if self.limit.is_some_and(|limit| self.entries.len() >= limit.saturating_mul(2).max(1000)) {
            self.settle();
        }
    }

    /// How many are held.
    pub fn held(&self) -> usize {
        self.entries.len()
    }

    /// All of them in order; those that are alike as they came.
    pub fn finish(mut self) -> Vec<Entry> {
        self.settle();
        self.entries
    }

    fn settle(&mut self) {
        let (key, reverse) = (self.key, self.reverse);
        self.entries.sort_by(|one, other| key.compare(reverse, one, other));
        self.entries.truncate(self.limit.unwrap_or(usize::MAX));
    }
}
