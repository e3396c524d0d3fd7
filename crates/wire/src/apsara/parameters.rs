//! The parameters of a request, from query and form together.
//!
//! Decoded strictly and once. A name that is there twice is refused: two readers could take
//! two values of it, and one of them decides which backup is deleted.

use std::collections::BTreeMap;
use std::fmt;

use super::error::Error;
use crate::aws::percent::{decode_form, encode_into, raw_pairs};

/// The most parameters that a request may have.
pub const COUNT_MAX: usize = 256;

/// The longest name, in bytes.
pub const NAME_LEN_MAX: usize = 128;

/// The longest value, in bytes.
pub const VALUE_LEN_MAX: usize = 16 << 10;

/// The most bytes of query and form together, as they are sent.
pub const TOTAL_LEN_MAX: usize = 128 << 10;

/// The most items of a list.
pub const LIST_ITEMS_MAX: usize = 200;

/// Parameters by name. Never shown with their values: one of them could be a secret.
#[derive(Clone, Default, PartialEq, Eq)]
pub struct Parameters(BTreeMap<String, String>);

impl fmt::Debug for Parameters {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_set().entries(self.0.keys()).finish()
    }
}

impl Parameters {
    /// Reads a query and a form. Either may be empty.
    pub fn parse(query: &str, form: &[u8]) -> Result<Self, Error> {
        if query.len() + form.len() > TOTAL_LEN_MAX {
            let detail = format!("its parameters have more than {TOTAL_LEN_MAX} bytes");
            return Err(Error::malformed(&detail));
        }
        let form = std::str::from_utf8(form)
            .map_err(|_| Error::malformed("its form is not percent-encoded UTF-8"))?;
        let mut parameters = Self::default();
        for (number, (name, value)) in (1..).zip(raw_pairs(query).chain(raw_pairs(form))) {
            let text = |part: &str| decode_form(part).map(String::from);
            let (Ok(name), Ok(value)) = (text(name), text(value)) else {
                let detail = format!("parameter number {number} is not percent-encoded UTF-8");
                return Err(Error::malformed(&detail));
            };
            parameters.add(name, value)?;
        }
        Ok(parameters)
    }

    /// Makes parameters of pairs.
    pub fn of<N, V>(pairs: impl IntoIterator<Item = (N, V)>) -> Result<Self, Error>
    where
        N: Into<String>,
        V: Into<String>,
    {
        let mut parameters = Self::default();
        for (name, value) in pairs {
            parameters.add(name.into(), value.into())?;
        }
        Ok(parameters)
    }

    /// Adds a parameter, which must not be there yet.
    pub fn add(&mut self, name: String, value: String) -> Result<(), Error> {
        if self.0.len() >= COUNT_MAX {
            let detail = format!("it has more than {COUNT_MAX} parameters");
            return Err(Error::malformed(&detail));
        }
        if name.is_empty() || name.len() > NAME_LEN_MAX {
            let detail = format!("a name of a parameter has 1 to {NAME_LEN_MAX} bytes");
            return Err(Error::malformed(&detail));
        }
        if value.len() > VALUE_LEN_MAX {
            let detail = format!("a value of a parameter has at most {VALUE_LEN_MAX} bytes");
            return Err(Error::malformed(&detail));
        }
        if self.0.contains_key(&name) {
            return Err(Error::malformed("a parameter is there twice"));
        }
        self.0.insert(name, value);
        Ok(())
    }

    /// The value of a parameter, which may be empty.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// The value of a parameter. One that is empty counts as not given.
    pub fn given(&self, name: &str) -> Option<&str> {
        self.get(name).filter(|value| !value.is_empty())
    }

    /// The items of a list that is sent as `name.1`, `name.2` and so on.
    pub fn list(&self, name: &str) -> Result<Vec<&str>, Error> {
        let detail = format!("its items are numbered from 1 to {LIST_ITEMS_MAX} without a gap");
        let wrong = || Error::invalid(name, &detail);
        let prefix = format!("{name}.");
        let found = self.0.range(prefix.clone()..);
        let mut items = BTreeMap::new();
        for (key, value) in found.take_while(|(key, _)| key.starts_with(&prefix)) {
            let digits = key.strip_prefix(&prefix).unwrap_or("");
            let plain = digits.bytes().all(|it| it.is_ascii_digit()) && !digits.starts_with('0');
            let number = digits.parse::<usize>().ok().filter(|it| *it <= LIST_ITEMS_MAX && plain);
            items.insert(number.ok_or_else(wrong)?, value.as_str());
        }
        let whole = items.last_key_value().is_none_or(|(last, _)| *last == items.len());
        if whole { Ok(items.into_values().collect()) } else { Err(wrong()) }
    }

    /// All of them, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// All of them but `without`, sorted by name and encoded as both signatures want it: this is
    /// also how they are sent, in a query or in a form.
    pub(crate) fn canonical(&self, without: Option<&str>) -> String {
        let mut text = Vec::new();
        for (name, value) in self.iter().filter(|(name, _)| Some(*name) != without) {
            if !text.is_empty() {
                text.push(b'&');
            }
            encode_into(&mut text, name.as_bytes(), b"");
            text.push(b'=');
            encode_into(&mut text, value.as_bytes(), b"");
        }
        // Nothing but ASCII comes out of it.
        text.into_iter().map(char::from).collect()
    }

    /// As a query or a form.
    pub fn encoded(&self) -> String {
        self.canonical(None)
    }
}

#[cfg(test)]
mod tests;
