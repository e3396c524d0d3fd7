//! The query protocol, which IAM and STS speak: parameters as they come, and answers as they go.

use std::borrow::Cow;

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

    /// Refuses what nobody here would look at: parameters of these names, and what is below them,
    /// however it is spelled (`Tags.member.1.Key`, `Tags.1.Key`, `Tags`).
    pub(super) fn refuse(&self, names: &[&str]) -> Result<(), Invalid> {
        let is_of = |given: &str, name: &str| {
            given.strip_prefix(name).is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let is_given = |name: &str| {
            self.pairs().any(|(given, _)| decode_form(given).is_ok_and(|given| is_of(&given, name)))
        };
        match names.iter().find(|name| is_given(name)) {
            Some(name) => Err(Invalid::Unsupported { name: (*name).to_owned() }),
            None => Ok(()),
        }
    }
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
