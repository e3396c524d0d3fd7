//! What is known of a request beside who asks for what: the values of condition keys.

use std::borrow::Cow;

/// Values of condition keys.
///
/// A key that nothing is said of is *unknown*, which is not the same as absent: an absent key is
/// known not to be in the request. Names of keys are the same in upper and lower case.
#[derive(Debug, Clone, Default)]
pub struct Context {
    /// By key, as it was written. There are few, and none twice.
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
        match self.values.iter_mut().find(|(known, _)| is_same(known, &key)) {
            Some((_, values)) => values.push(value),
            None => self.values.push((key, vec![value])),
        }
        self
    }

    /// Says that a key is not in the request; one that ends with `/` stands for all that begin
    /// with it, such as `aws:PrincipalTag/`.
    #[must_use]
    pub fn without(mut self, key: &str) -> Self {
        self.absent.push(key.to_lowercase());
        self
    }

    /// Says the same of all of these.
    #[must_use]
    pub(crate) fn without_all(mut self, keys: &'static [&'static str]) -> Self {
        self.always_absent.push(keys);
        self
    }

    /// Says that nothing is known of a key, whatever else is said of it.
    #[must_use]
    pub fn unsure(mut self, key: &str) -> Self {
        self.unsure.push(key.to_lowercase());
        self
    }

    /// What is known of a key, given in lower case.
    pub(super) fn find(&self, key: &str) -> Found<'_> {
        if self.unsure.iter().any(|unsure| unsure == key) {
            return Found::Unknown;
        }
        let found = self.values.iter().find(|(known, _)| is_same(known, key));
        if let Some((_, values)) = found {
            return Found::Values(values);
        }
        let always = self.always_absent.iter().copied().flatten().copied();
        let mut absent = self.absent.iter().map(String::as_str).chain(always);
        if absent.any(|absent| stands_for(absent, key)) { Found::Absent } else { Found::Unknown }
    }
}

/// Whether these are the same in upper and lower case, of whatever script.
fn is_same(one: &str, other: &str) -> bool {
    if one.is_ascii() && other.is_ascii() {
        one.eq_ignore_ascii_case(other)
    } else {
        one.to_lowercase() == other.to_lowercase()
    }
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
        let known =
            Context::default().without("aws:ResourceTag/").with("aws:ResourceTag/\u{c9}quipe", "a");
        assert!(matches!(known.find("aws:resourcetag/\u{e9}quipe"), Found::Values(_)));
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
