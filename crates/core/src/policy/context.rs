//! What is known of a request beside who asks for what: the values of condition keys.

use std::borrow::Cow;

/// Values of condition keys.
///
/// A key that nothing is said of is *unknown*, which is not the same as absent: an absent key is
/// known not to be in the request. Names of keys are the same in upper and lower case.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// By key: as it was written, if that is in ASCII. There are few, and none twice.
    values: Vec<(Cow<'static, str>, Vec<String>)>,
    absent: Vec<String>,
    /// The same of keys that are the same for every request: nothing is written anew of them.
    always_absent: Vec<&'static [&'static str]>,
    unsure: Vec<String>,
}

/// What is known of one key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Found<'a> {
    /// Its values, one at least.
    Values(&'a [String]),
    /// It is not in the request.
    Absent,
    /// Nothing.
    Unknown,
}

impl Context {
    /// Adds a value of a key. A key may have several.
    #[must_use]
    pub fn with(mut self, key: impl Into<Cow<'static, str>>, value: impl Into<String>) -> Self {
        let (key, value) = (key.into(), value.into());
        // Others are compared as they are written.
        let key = if key.is_ascii() { key } else { Cow::Owned(folded(&key)) };
        match self.values.iter_mut().find(|(known, _)| known.eq_ignore_ascii_case(&key)) {
            Some((_, values)) => values.push(value),
            None => self.values.push((key, vec![value])),
        }
        self
    }

    /// Says that a key is not in the request; one that ends with `/` stands for all that begin
    /// with it, such as `aws:PrincipalTag/`.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.absent.push(folded(key));
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
    pub fn unsure(mut self, key: &str) -> Self {
        self.unsure.push(folded(key));
        self
    }

    /// What is known of a key, given as [`folded`] has it.
    pub(super) fn find(&self, key: &str) -> Found<'_> {
        if self.unsure.iter().any(|unsure| stands_for(unsure, key)) {
            return Found::Unknown;
        }
        let found = self.values.iter().find(|(known, _)| known.eq_ignore_ascii_case(key));
        if let Some((_, values)) = found {
            return Found::Values(values);
        }
        let always = self.always_absent.iter().copied().flatten().copied();
        let mut absent = self.absent.iter().map(String::as_str).chain(always);
        if absent.any(|absent| stands_for(absent, key)) { Found::Absent } else { Found::Unknown }
    }
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
