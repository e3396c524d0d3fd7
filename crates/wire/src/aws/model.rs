//! AWS's own service model, as Rust.
//!
//! Written by hand, sixty operations would be wrong in a hundred places, so the types
//! and tables under [`backup`] and [`fsx`] are generated from the models that botocore ships.
//! This file holds the vocabulary of those tables, and `check` applies them.

pub mod backup;
pub(crate) mod check;
pub mod fsx;

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
    /// Whether it is a password: then no message repeats it, and nobody keeps it.
    pub secret: bool,
    compiled: OnceLock<Regex>,
}

/// A pattern, and what tells whether a text looks so.
type ByHand = (&'static str, fn(&str) -> bool);

/// What stands for a pattern by hand: patterns that look around or name letters of every
/// script, which the regular expressions of this crate do not, and those of each `DeleteBackup`,
/// which cost a twentieth of a deletion.
const BY_HAND: [ByHand; 5] = [
    (r"^([\p{L}\p{Z}\p{N}_.:/=+\-@]*)$", is_tag_text),
    (
        r"^arn:(?=[^:]+:fsx:[^:]+:\d{12}:)((|(?=[a-z0-9-.]{1,63})(?!\d{1,3}(\.\d{1,3}){3})(?![^:]*-{2})(?![^:]*-\.)(?![^:]*\.-)[a-z0-9].*(?<!-)):){4}(?!/).{0,1024}$",
        is_arn,
    ),
    (r"^(?=[a-z0-9])[a-z0-9-]{1,48}[a-z0-9]$", is_access_point_name),
    (r"^(backup-[0-9a-f]{8,})$", is_backup_id),
    // It asks of no text how it begins, and every text ends in nothing.
    (r"[A-za-z0-9_.-]{0,63}$", |_| true),
];

fn is_tag_text(text: &str) -> bool {
    let is_space = |c: char| c == ' ' || (!c.is_ascii() && c.is_whitespace() && !c.is_control());
    let plain = |c: char| c.is_alphabetic() || c.is_numeric() || "_.:/=+-@".contains(c);
    text.chars().all(|c| plain(c) || is_space(c))
}

/// Of whatever service: that it is another one's is an error of its own.
fn is_arn(text: &str) -> bool {
    text.parse::<sexton_core::ResourceArn>().is_ok_and(|arn| !arn.resource().starts_with('/'))
}

fn is_backup_id(text: &str) -> bool {
    let is_hex = |byte: u8| matches!(byte, b'0'..=b'9' | b'a'..=b'f');
    text.strip_prefix("backup-").is_some_and(|id| id.len() >= 8 && id.bytes().all(is_hex))
}

fn is_access_point_name(text: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let ends = [text.bytes().next(), text.bytes().next_back()];
    (2..=49).contains(&text.len())
        && text.bytes().all(|byte| plain(byte) || byte == b'-')
        && ends.into_iter().flatten().all(plain)
}

impl Text {
    /// A text with these limits.
    pub const fn new(
        min: Option<i64>,
        max: Option<i64>,
        pattern: Option<&'static str>,
        words: &'static [&'static str],
    ) -> Self {
        Self { min, max, pattern, words, secret: false, compiled: OnceLock::new() }
    }

    /// A password with these limits.
    pub const fn secret(
        min: Option<i64>,
        max: Option<i64>,
        pattern: Option<&'static str>,
        words: &'static [&'static str],
    ) -> Self {
        let compiled = OnceLock::new();
        Self { min, max, pattern, words, secret: true, compiled }
    }

    /// Whether `text` looks as the pattern wants. Each pattern is compiled once.
    pub(crate) fn matches(&self, text: &str) -> bool {
        let Some(pattern) = self.pattern else { return true };
        if let Some((_, by_hand)) = BY_HAND.iter().find(|(known, _)| *known == pattern) {
            return by_hand(text);
        }
        let compile = || Regex::new(pattern).expect("the model's patterns are checked by a test");
        self.compiled.get_or_init(compile).is_match(text)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Calls with every text that can be reached from here.
    fn visit(shape: &'static Shape, seen: &mut Vec<*const Shape>, each: &mut dyn FnMut(&Text)) {
        if seen.contains(&std::ptr::from_ref(shape)) {
            return;
        }
        seen.push(shape);
        match shape {
            Shape::Text(text) => each(text),
            Shape::List { member, .. } => visit(member, seen, each),
            Shape::Map { key, value } => {
                visit(key, seen, each);
                visit(value, seen, each);
            }
            Shape::Structure(members) => {
                members.iter().for_each(|member| visit(member.shape, seen, each));
            }
            Shape::Integer { .. } | Shape::Boolean | Shape::Timestamp => {}
        }
    }

    fn every_text(each: &mut dyn FnMut(&Text)) {
        let backup = backup::Operation::ALL.iter().map(|operation| operation.info());
        let operations = backup.chain(fsx::Operation::ALL.iter().map(|operation| operation.info()));
        let members = operations.flat_map(|info| info.members).map(|member| member.shape);
        let shown = [&fsx::BACKUP, &fsx::FILE_SYSTEM, &fsx::STORAGE_VIRTUAL_MACHINE, &fsx::VOLUME];
        let mut seen = Vec::new();
        members.chain(shown).for_each(|shape| visit(shape, &mut seen, each));
    }

    #[test]
    fn every_pattern_of_the_models_is_understood() {
        let mut texts = 0;
        every_text(&mut |text| {
            text.matches("");
            texts += 1;
        });
        assert!(texts > 100, "{texts}");
    }

    #[test]
    fn every_pattern_that_is_matched_by_hand_is_still_one_of_the_models() {
        let mut found = Vec::new();
        every_text(&mut |text| found.extend(text.pattern));
        assert!(BY_HAND.iter().all(|(pattern, _)| found.contains(pattern)));
    }

    #[test]
    fn patterns_that_are_matched_by_hand_for_their_cost_say_what_the_regular_expressions_say() {
        let texts = [
            "",
            "backup-",
            "backup-0123456",
            "backup-01234567",
            "backup-0123456789abcdef0",
            "backup-0123456789ABCDEF0",
            "backup-0123456g",
            "backup-01234567\n",
            "xbackup-01234567",
            "backup-0123 567",
            "backup-\u{661}1234567",
            "a b",
            "\n",
        ];
        for (pattern, by_hand) in &BY_HAND[3..] {
            let compiled = Regex::new(pattern).unwrap();
            for text in texts {
                assert_eq!(by_hand(text), compiled.is_match(text), "{pattern} {text:?}");
            }
        }
    }

    #[test]
    fn tags_have_letters_of_every_script_and_few_signs() {
        let tag = Text::new(None, None, Some(BY_HAND[0].0), &[]);
        for text in ["", "a b", "Größe=1", "用途", "a\u{a0}b", "mail@example.com", "a/b:c+d-e_f."]
        {
            assert!(tag.matches(text), "{text}");
        }
        for text in ["a,b", "a\nb", "a\tb", "\u{85}", "\u{1b}[0m", "50%", "a*b", "\u{200b}"] {
            assert!(!tag.matches(text), "{text:?}");
        }
    }

    #[test]
    fn access_points_have_small_letters_and_no_dash_at_an_end() {
        let name = Text::new(None, None, Some(BY_HAND[2].0), &[]);
        for text in ["ab", "0-0", "a--b", &"a".repeat(49)] {
            assert!(name.matches(text), "{text}");
        }
        for text in ["", "a", "-ab", "ab-", "aB", "a_b", "ä-b", "ab\n", &"a".repeat(50)] {
            assert!(!name.matches(text), "{text:?}");
        }
    }

    #[test]
    fn passwords_are_known_as_such() {
        let mut secret = 0;
        every_text(&mut |text| secret += usize::from(text.secret));
        assert_eq!(secret, 2);
    }
}
