//! Answers as JSON or XML.
//!
//! Both come from the same members: what is a list in JSON is an element that is there several
//! times in XML. Clients parse only JSON; XML is what a request without `Format` gets.

use std::fmt::Write;

use http::HeaderValue;
use serde::Deserialize;
use serde_json::{Map, Value};

use super::model::Answer;
use crate::aws::Reply;
use crate::xml::escape;

/// How an answer is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Format {
    /// What every client asks for.
    Json,
    /// What a request of the first signature gets when it does not say.
    Xml,
}

impl Format {
    /// Reads the parameter `Format`, in whatever case.
    pub fn read(text: &str) -> Option<Self> {
        let is = |word: &str| text.eq_ignore_ascii_case(word);
        if is("json") {
            Some(Self::Json)
        } else if is("xml") {
            Some(Self::Xml)
        } else {
            None
        }
    }
}

/// The answer to an action that was done. `request_id` is shown in upper case.
pub fn success<T: Answer>(answer: &T, format: Format, request_id: &str) -> Reply {
    let value = serde_json::to_value(answer).expect("types with string keys serialise");
    let mut members = match value {
        Value::Object(members) => members,
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Map::new()
        }
    };
    members.insert("RequestId".to_owned(), request_id.to_uppercase().into());
    encode(200, &format!("{}Response", T::ACTION.name()), members, format)
}

/// An error, as a client reads it. All of it is foreign text.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{code:?}: {message:?}")]
pub struct Refusal {
    /// The HTTP status.
    pub status: u16,
    /// Its name. Go by it, and not by the status.
    pub code: String,
    /// For people; without the string to sign, in which a token may stand.
    pub message: String,
    /// By which the service finds the request again.
    pub request_id: String,
}

/// Why a reply is no answer.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NoAnswer {
    /// The service says why not.
    #[error("the service refused: {0}")]
    Refused(Refusal),
    /// Nobody can say whether it was done.
    #[error("the reply has status {status} and is not one of ApsaraDB RDS")]
    Unreadable {
        /// The HTTP status.
        status: u16,
    },
}

/// The members of an error that a client goes by.
#[derive(Default, Deserialize)]
#[serde(rename_all = "PascalCase", default)]
struct ErrorBody {
    code: Option<String>,
    message: String,
    request_id: String,
}

/// The longest text that is kept of an error, in characters.
const WORDS_CHARS_MAX: usize = 1024;

/// Reads the JSON of a reply. One with a `Code` is an error whatever its status is, and an
/// answer has status 200 and the id of the request.
pub fn read<T: Answer>(status: u16, body: &[u8]) -> Result<T, NoAnswer> {
    let unreadable = |_| NoAnswer::Unreadable { status };
    let members: Map<String, Value> = serde_json::from_slice(body).map_err(unreadable)?;
    let has_id = members.get("RequestId").is_some_and(Value::is_string);
    let body: ErrorBody =
        serde_json::from_value(Value::Object(members.clone())).unwrap_or_default();
    match body.code {
        Some(code) => {
            Err(NoAnswer::Refused(refusal(status, &code, &body.message, &body.request_id)))
        }
        None if status == 200 && has_id && !members.contains_key("Code") => {
            serde_json::from_value(Value::Object(members)).map_err(unreadable)
        }
        None => Err(NoAnswer::Unreadable { status }),
    }
}

fn refusal(status: u16, code: &str, message: &str, request_id: &str) -> Refusal {
    let cut = |text: &str| text.chars().take(WORDS_CHARS_MAX).collect::<String>();
    let told = ["server string to sign is", "server StringToSign is"];
    let said = told.iter().find_map(|words| message.split_once(words)).map(|(said, _)| said);
    Refusal {
        status,
        code: cut(code),
        message: cut(said.unwrap_or(message).trim_end()),
        request_id: cut(request_id),
    }
}

/// An answer with these members. `root` is the name of the outermost element in XML.
pub(crate) fn encode(
    status: u16,
    root: &str,
    members: Map<String, Value>,
    format: Format,
) -> Reply {
    let (media, body) = match format {
        Format::Json => ("application/json;charset=utf-8", Value::Object(members).to_string()),
        Format::Xml => {
            let mut text = "<?xml version=\"1.0\" encoding=\"UTF-8\"?>".to_owned();
            element(&mut text, root, &Value::Object(members));
            ("text/xml;charset=utf-8", text)
        }
    };
    let headers = vec![(http::header::CONTENT_TYPE, HeaderValue::from_static(media))];
    Reply { status, headers, body: body.into_bytes() }
}

/// Writes one member. The names are this crate's own; only values are foreign text.
fn element(text: &mut String, name: &str, value: &Value) {
    let mut simple = |content: &str| {
        write!(text, "<{name}>{content}</{name}>").expect("a String takes everything");
    };
    match value {
        Value::Null => {}
        Value::Bool(truth) => simple(if *truth { "true" } else { "false" }),
        Value::Number(number) => simple(&number.to_string()),
        Value::String(content) => simple(&escape(content)),
        Value::Array(items) => items.iter().for_each(|item| element(text, name, item)),
        Value::Object(members) => {
            write!(text, "<{name}>").expect("a String takes everything");
            members.iter().for_each(|(name, value)| element(text, name, value));
            write!(text, "</{name}>").expect("a String takes everything");
        }
    }
}

#[cfg(test)]
mod tests;
