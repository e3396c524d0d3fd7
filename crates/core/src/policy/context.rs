//! What is known of a request beside who asks for what: the values of condition keys.

use std::borrow::Cow;

/// Values of condition keys.
///
/// A key that nothing is said of is *unknown*, which is not the same as absent: an absent key is
/// known not to be in the request. Names of keys are the same in upper and lower case.
/// It borrows what it can: one is made for each policy that a deletion is asked of.
#[derive(Debug, Clone, Default)]
pub struct Context<'a> {
    /// By key: as it was written, if that is in ASCII. There are few, and none twice.
    values: Vec<(Cow<'a, str>, Values<'a>)>,
    absent: Vec<Cow<'a, str>>,
    /// The same of keys that are the same for every request.
    always_absent: Vec<&'static [&'static str]>,
    unsure: Vec<Cow<'a, str>>,
}

/// The values of a key: nearly all have one.
#[derive(Debug, Clone)]
enum Values<'a> {
    One(Cow<'a, str>),
    Several(Vec<Cow<'a, str>>),
}

/// What is known of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Its values, one at least.
    Values(&'a [Cow<'a, str>]),
    /// It is not in the request.
    Absent,
    /// Nothing.
    Unknown,
}

impl<'a> Context<'a> {
    /// Adds a value of a key. A key may have several.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'a, str>>, value: impl Into<Cow<'a, str>>) -> Self {
        let (key, value) = (comparable(key.into()), value.into());
        match self.values.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&key)) {
            Some((_, values)) => values.push(value),
            None => self.values.push((key, Values::One(value))),
        }
        self
    }

    /// Says that a key is not in the request; one that ends with `/` stands for all that begin
    /// with it, such as `aws:PrincipalTag/`.
    #[must_use]
    pub fn without(mut self, key: impl Into<Cow<'a, str>>) -> Self {
        self.absent.push(comparable(key.into()));
        self
    }

    /// Says the same of all of these.
    #[must_use]
    pub(crate) fn without_all(mut self, keys: &'static [&'static str]) -> Self {
        self.always_absent.push(keys);
        self
    }

    /// Says that nothing is known of a key, whatever else is said of it; with one that ends with
    /// `/`, of all that begin with it.
    #[must_use]
    pub fn unsure(mut self, key: impl Into<Cow<'a, str>>) -> Self {
        self.unsure.push(comparable(key.into()));
        self
    }

    /// What is known of a key, given as [`folded`] has it.
    pub(super) fn find(&self, key: &str) -> Found<'_> {
        if self.unsure.iter().any(|unsure| stands_for(unsure, key)) {
            return Found::Unknown;
        }
        let found = self.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        if let Some((_, values)) = found {
            return Found::Values(values.all());
        }
        let always = self.always_absent.iter().copied().flatten().copied();
        let mut absent = self.absent.iter().map(AsRef::as_ref).chain(always);
        if absent.any(|absent| stands_for(absent, key)) { Found::Absent } else { Found::Unknown }
    }
}

impl<'a> Values<'a> {
    fn push(&mut self, value: Cow<'a, str>) {
        match self {
            Self::One(first) => *self = Self::Several(vec![std::mem::take(first), value]),
            Self::Several(values) => values.push(value),
        }
    }

    fn all(&self) -> &[Cow<'a, str>] {
        match self {
            Self::One(value) => std::slice::from_ref(value),
            Self::Several(values) => values,
        }
    }
}

/// A name as it is compared in either case: one in ASCII need not be written anew for that.
fn comparable(name: Cow<'_, str>) -> Cow<'_, str> {
    if name.is_ascii() { name } else { Cow::Owned(folded(&name)) }
}

/// A name that is the same in upper and lower case, in one form: letter by letter, so that a sigma
/// is the same wherever it stands. What would become several letters stays as it is.
pub(crate) fn folded(name: &str) -> String {
    let upper = |letter: char| only(letter.to_uppercase()).unwrap_or(letter);
    let lower = |letter: char| only(letter.to_lowercase()).unwrap_or(letter);
    name.chars().map(upper).map(lower).collect()
}

/// The letter, if it is one alone.
fn only(mut letters: impl Iterator<Item = char>) -> Option<char> {
    letters.next().filter(|_| letters.next().is_none())
}

/// Whether `absent` is this key, or ends with `/` and this one begins with it.
fn stands_for(absent: &str, key: &str) -> bool {
    let begins = key.as_bytes().get(..absent.len());
    let begins = begins.is_some_and(|it| it.eq_ignore_ascii_case(absent.as_bytes()));
    begins && (absent.ends_with('/') || key.len() == absent.len())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_of_keys_are_the_same_in_either_case_of_every_script() {
        for (one, other) in [
            ("\u{c9}quipe", "\u{e9}quipe"),
            ("\u{391}\u{3a3}", "\u{3b1}\u{3c3}"),
            ("\u{b5}", "\u{39c}"),
        ] {
            for (one, other) in [(one, other), (other, one)] {
                let known = Context::default().without("aws:ResourceTag/");
                let known = known.with(format!("aws:ResourceTag/{one}"), "a");
                let key = folded(&format!("aws:ResourceTag/{other}"));
                assert!(matches!(known.find(&key), Found::Values(_)), "{one} {other}");
            }
        }
    }

    #[test]
    fn of_a_key_that_is_unsure_nothing_is_known_whatever_is_said_of_it() {
        let known =
            Context::default().without("aws:ResourceTag/").with("aws:ResourceTag/Keep", "a");
        assert_eq!(known.find("aws:resourcetag/other"), Found::Absent);
        assert!(matches!(known.find("aws:resourcetag/keep"), Found::Values(_)));
        let unsure = known.unsure("aws:ResourceTag/KEEP");
        assert_eq!(unsure.find("aws:resourcetag/keep"), Found::Unknown);
    }
}
