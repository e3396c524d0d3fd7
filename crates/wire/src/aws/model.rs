//! AWS's own service model, as Rust.
//!
//! Written by hand, sixty operations would be wrong in a hundred places, so the types
//! and tables under [`backup`] are generated from the model that botocore ships. This
//! file holds the vocabulary of those tables, and `check` applies them.

pub mod backup;
pub(crate) mod check;

use std::sync::OnceLock;

use regex_lite::Regex;

/// One operation.
#[derive(Debug)]
pub struct OperationInfo {
    /// Its name.
    pub name: &'static str,
    /// Its HTTP method.
    pub method: &'static str,
    /// Its path, with `{labels}`.
    pub path: &'static str,
    /// The status of success.
    pub status: u16,
    /// The errors that it declares.
    pub errors: &'static [&'static str],
    /// The members of its input.
    pub members: &'static [Member],
}

/// An operation that AWS Backup has and that is not served.
#[derive(Debug)]
pub struct Unserved {
    /// Its name.
    pub name: &'static str,
    /// Its HTTP method.
    pub method: &'static str,
    /// Its path, with `{labels}`.
    pub path: &'static str,
}

/// A modelled error.
#[derive(Debug)]
pub struct ErrorShape {
    /// Its name.
    pub name: &'static str,
    /// The HTTP status that goes with it.
    pub status: u16,
}

/// One member of an input, or of a structure in it.
#[derive(Debug)]
pub struct Member {
    /// Its name.
    pub name: &'static str,
    /// Where a request carries it. Members of nested structures are in the body.
    pub location: Location,
    /// Whether it has to be there.
    pub required: bool,
    /// What it may be.
    pub shape: &'static Shape,
}

impl Member {
    /// A member that has to be there.
    pub const fn required(name: &'static str, location: Location, shape: &'static Shape) -> Self {
        Self { name, location, required: true, shape }
    }

    /// A member that may be absent.
    pub const fn optional(name: &'static str, location: Location, shape: &'static Shape) -> Self {
        Self { name, location, required: false, shape }
    }
}

/// Where a request carries a member.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Location {
    /// In the path, under this label.
    Label(&'static str),
    /// In the query, under this name.
    Query(&'static str),
    /// In the JSON body, under its own name.
    Body,
}

/// What a value may be.
#[derive(Debug)]
pub enum Shape {
    /// Text.
    Text(Text),
    /// A whole number.
    Integer {
        /// The least.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
    /// True or false.
    Boolean,
    /// A point in time.
    Timestamp,
    /// Several values of one shape.
    List {
        /// That shape.
        member: &'static Self,
        /// The fewest.
        min: Option<i64>,
        /// The most.
        max: Option<i64>,
    },
    /// Values by key.
    Map {
        /// The keys' shape.
        key: &'static Self,
        /// The values' shape.
        value: &'static Self,
    },
    /// Named members.
    Structure(&'static [Member]),
}

/// What a text may be.
#[derive(Debug)]
pub struct Text {
    /// The fewest characters.
    pub min: Option<i64>,
    /// The most characters.
    pub max: Option<i64>,
    /// What it has to look like.
    pub pattern: Option<&'static str>,
    /// The words that it may be; any, if there are none.
    pub words: &'static [&'static str],
    compiled: OnceLock<Regex>,
}

impl Text {
    /// A text with these limits.
    pub const fn new(
        min: Option<i64>,
        max: Option<i64>,
        pattern: Option<&'static str>,
        words: &'static [&'static str],
    ) -> Self {
        Self { min, max, pattern, words, compiled: OnceLock::new() }
    }

    /// Whether `text` looks as the pattern wants. Each pattern is compiled once.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(pattern) = self.pattern else { return true };
        let compile = || Regex::new(pattern).expect("the model's patterns are checked by a test");
        self.compiled.get_or_init(compile).is_match(text)
    }
}
