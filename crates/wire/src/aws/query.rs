//! The query protocol, which IAM and STS speak: parameters as they come, and answers as they go.

use std::borrow::Cow;
use std::collections::BTreeMap;

use http::request::Parts;

use super::Reply;
use super::dispatch::is_form;
use super::percent::{decode_form, raw_pairs};
use crate::xml::escape;

/// Why something else would be done than was asked for.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(super) enum Invalid {
    /// Something cannot be read.
    #[error("A parameter is not percent-encoded UTF-8")]
    Unreadable,
    /// It is not there, or empty.
    #[error("{name} must be given and must not be empty")]
    Absent {
        /// The parameter.
        name: String,
    },
    /// It is not there. It may be empty.
    #[error("{name} must be given")]
    Missing {
        /// The parameter.
        name: String,
    },
    /// It has to be a list, and is spelled in another way, or has gaps.
    #[error(
        "{name} must be given as {name}.member.1 and so on, each once and none left out; nothing \
         was done"
    )]
    NoList {
        /// The parameter.
        name: String,
    },
    /// It has to be a number.
    #[error("{name} must be a number")]
    NoNumber {
        /// The parameter.
        name: String,
    },
    /// Nobody here looks at it.
    #[error("{name} is not supported here; nothing was done")]
    Unsupported {
        /// The parameter.
        name: String,
    },
}

/// What a request calls itself, also if it cannot be read as that; empty if it has no name.
pub fn action(parts: &Parts, body: &[u8]) -> String {
    let form = if is_form(&parts.method, &parts.headers) { body } else { b"" };
    let form = String::from_utf8_lossy(form);
    let pairs = raw_pairs(&form).chain(raw_pairs(parts.uri.query().unwrap_or("")));
    let is_action = |name: &str| decode_form(name).is_ok_and(|name| name == "Action");
    let mut named = pairs.filter(|(name, _)| is_action(name)).map(|(_, value)| value);
    named.find_map(|value| decode_form(value).ok().map(Cow::into_owned)).unwrap_or_default()
}

/// The parameters of a request, sent as a form or as a query. All of them can be read.
#[derive(Debug)]
pub(super) struct Parameters<'a> {
    form: &'a str,
    query: &'a str,
}

impl<'a> Parameters<'a> {
    /// Those of a request. What cannot be read is refused, and never left out: without it
    /// something else would be done than was asked for.
    pub(super) fn of(parts: &'a Parts, body: &'a [u8]) -> Result<Self, Invalid> {
        let form = if is_form(&parts.method, &parts.headers) { body } else { b"" };
        let form = std::str::from_utf8(form).map_err(|_| Invalid::Unreadable)?;
        let given = Self { form, query: parts.uri.query().unwrap_or("") };
        let is_read = |text: &str| decode_form(text).is_ok();
        if given.pairs().all(|(name, value)| is_read(name) && is_read(value)) {
            return Ok(given);
        }
        Err(Invalid::Unreadable)
    }

    /// All of them, as they were sent.
    fn pairs(&self) -> impl Iterator<Item = (&'a str, &'a str)> {
        raw_pairs(self.form).chain(raw_pairs(self.query))
    }

    /// The value of a parameter, in whichever way its name is encoded.
    pub(super) fn find(&self, name: &str) -> Option<Cow<'a, str>> {
        let is_it = |given: &str| decode_form(given).is_ok_and(|given| given == name);
        let found = self.pairs().find(|(given, _)| is_it(given));
        found.and_then(|(_, value)| decode_form(value).ok())
    }

    /// The same, to keep.
    pub(super) fn text(&self, name: &str) -> Option<String> {
        self.find(name).map(Cow::into_owned)
    }

    /// The value of a parameter that has to be there.
    pub(super) fn need(&self, name: &str) -> Result<String, Invalid> {
        let given = self.text(name).filter(|it| !it.is_empty());
        given.ok_or_else(|| Invalid::Absent { name: name.to_owned() })
    }

    /// The value of a parameter that is a number.
    pub(super) fn number(&self, name: &str) -> Result<Option<u32>, Invalid> {
        let wrong = |_| Invalid::NoNumber { name: name.to_owned() };
        self.find(name).map(|it| it.parse().map_err(wrong)).transpose()
    }

    /// The members of a list, `NAME.member.1.FIELD` and so on, with the values of these fields: one
    /// that is called `""` is the member itself. Nothing if there is no such parameter.
    ///
    /// What is below the name and is spelled otherwise is refused, and never left out. Clients send
    /// an empty list as `NAME=`.
    pub(super) fn list<const FIELDS: usize>(
        &self,
        name: &str,
        fields: [&str; FIELDS],
    ) -> Result<Option<Vec<[String; FIELDS]>>, Invalid> {
        let no_list = || Invalid::NoList { name: name.to_owned() };
        let mut members: BTreeMap<usize, [Option<String>; FIELDS]> = BTreeMap::new();
        let mut is_empty = false;
        for (given, value) in self.pairs() {
            let (Ok(given), Ok(value)) = (decode_form(given), decode_form(value)) else {
                return Err(Invalid::Unreadable);
            };
            let Some(below) = below(&given, name) else { continue };
            if below.is_empty() && value.is_empty() {
                is_empty = true;
                continue;
            }
            let (number, field) = member(below).ok_or_else(no_list)?;
            let place = fields.iter().position(|known| *known == field).ok_or_else(no_list)?;
            let member = members.entry(number).or_insert_with(|| [const { None }; FIELDS]);
            let slot = member.get_mut(place).ok_or_else(no_list)?;
            if slot.replace(value.into_owned()).is_some() {
                return Err(no_list());
            }
        }
        let is_whole = members.keys().copied().eq(1..=members.len());
        if !is_whole || (is_empty && !members.is_empty()) {
            return Err(no_list());
        }
        if members.is_empty() && !is_empty {
            return Ok(None);
        }
        let mut whole = Vec::new();
        for (number, member) in members {
            let lacks = member.iter().position(Option::is_none);
            if let Some(field) = lacks.and_then(|place| fields.get(place)) {
                return Err(Invalid::Missing { name: format!("{name}.member.{number}.{field}") });
            }
            whole.push(member.map(Option::unwrap_or_default));
        }
        Ok(Some(whole))
    }

    /// Refuses what nobody here would look at: parameters of these names, and what is below them,
    /// however it is spelled (`Tags.member.1.Key`, `Tags.1.Key`, `Tags`).
    pub(super) fn refuse(&self, names: &[&str]) -> Result<(), Invalid> {
        let is_of = |given: &str, name: &str| below(given, name).is_some();
        let is_given = |name: &str| {
            self.pairs().any(|(given, _)| decode_form(given).is_ok_and(|given| is_of(&given, name)))
        };
        match names.iter().find(|name| is_given(name)) {
            Some(name) => Err(Invalid::Unsupported { name: (*name).to_owned() }),
            None => Ok(()),
        }
    }
}

/// What stands below `name` in the name of a parameter: nothing if that is it, or what follows with
/// its dot.
fn below<'a>(given: &'a str, name: &str) -> Option<&'a str> {
    given.strip_prefix(name).filter(|rest| rest.is_empty() || rest.starts_with('.'))
}

/// Which member of a list, and which field of it, `.member.7.Key` or `.member.7` names.
fn member(below: &str) -> Option<(usize, &str)> {
    let member = below.strip_prefix(".member.")?;
    let (number, field) = match member.split_once('.') {
        Some((_, "")) => return None,
        Some(parts) => parts,
        None => (member, ""),
    };
    let is_number = number.bytes().all(|it| it.is_ascii_digit()) && !number.starts_with('0');
    Some((number.parse().ok().filter(|_| is_number)?, field))
}

/// The answer to `action`, with the XML of its result.
pub(super) fn answer(namespace: &str, action: &str, result: &str, request_id: &str) -> Reply {
    let result = format!("<{action}Result>{result}</{action}Result>");
    whole(namespace, action, &result, request_id)
}

/// The answer to an action that tells nothing but that it is done.
pub(super) fn done(namespace: &str, action: &str, request_id: &str) -> Reply {
    whole(namespace, action, "", request_id)
}

fn whole(namespace: &str, action: &str, result: &str, request_id: &str) -> Reply {
    let body = format!(
        "<{action}Response xmlns=\"{namespace}\">{result}<ResponseMetadata>\
         <RequestId>{}</RequestId></ResponseMetadata></{action}Response>\n",
        escape(request_id),
    );
    Reply::xml(200, body)
}

/// The answer to what is refused.
pub(super) fn error(
    namespace: &str,
    (status, code, message): (u16, &str, &str),
    request_id: &str,
) -> Reply {
    let fault = if status < 500 { "Sender" } else { "Receiver" };
    let body = format!(
        "<ErrorResponse xmlns=\"{namespace}\"><Error><Type>{fault}</Type><Code>{}</Code>\
         <Message>{}</Message></Error><RequestId>{}</RequestId></ErrorResponse>\n",
        escape(code),
        escape(message),
        escape(request_id),
    );
    Reply::xml(status, body)
}
