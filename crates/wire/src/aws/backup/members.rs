//! Gathers the members of an input from query and body, and checks them against the
//! model, so that the typed inputs can be read from one place.

use http::request::Parts;
use serde::de::DeserializeOwned;
use serde_json::{Map, Value};

use crate::aws::WireError;
use crate::aws::model::backup::Operation;
use crate::aws::model::check::{self, echo};
use crate::aws::model::{Location, Member, Shape};
use crate::aws::percent::{decode_form, raw_pairs};
use crate::aws::timestamp;

/// The checked members that came in query and body, by name.
pub(super) fn gather(
    operation: Operation,
    parts: &Parts,
    body: &[u8],
) -> Result<Map<String, Value>, WireError> {
    let members = operation.info().members;
    let mut found = Map::new();
    let query = parts.uri.query().unwrap_or("");
    let mut sent = None;
    for member in members {
        let value = match member.location {
            Location::Label(_) => None,
            Location::Query(name) => from_query(member, name, query)?,
            Location::Body => {
                if sent.is_none() {
                    sent = Some(parse_body(body)?);
                }
                sent.as_mut().and_then(|sent| sent.remove(member.name))
            }
        };
        if let Some(value) = value {
            found.insert(member.name.to_owned(), value);
        }
    }
    // The documentation's word for every account, which the model's pattern forbids.
    if found.get("ByAccountId").and_then(Value::as_str) == Some("*") {
        found.remove("ByAccountId");
    }
    check::members(members, &found)?;
    Ok(found)
}

/// The typed input. What was checked always fits its type.
pub(super) fn typed<T: DeserializeOwned>(members: Map<String, Value>) -> Result<T, WireError> {
    serde_json::from_value(Value::Object(members)).map_err(|_| malformed())
}

/// No body is an empty object: older clients send none when every member is optional.
fn parse_body(body: &[u8]) -> Result<Map<String, Value>, WireError> {
    if body.is_empty() {
        return Ok(Map::new());
    }
    match serde_json::from_slice(body) {
        Ok(Value::Object(members)) => Ok(members),
        Ok(
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_),
        )
        | Err(_) => Err(malformed()),
    }
}

fn malformed() -> WireError {
    WireError::new(400, "SerializationException", "the body must be a JSON object")
}

/// A query parameter as the JSON value that its shape wants.
fn from_query(member: &Member, name: &str, query: &str) -> Result<Option<Value>, WireError> {
    let mut values = raw_pairs(query).filter(|(key, _)| *key == name).map(|(_, value)| value);
    let Some(raw) = values.next() else { return Ok(None) };
    let refuse = |expected: &str, given: &str| {
        let message = format!("{} ({name}) must be {expected}, not {:?}", member.name, echo(given));
        Err(WireError::invalid_parameter(message))
    };
    let Ok(text) = decode_form(raw) else { return refuse("percent-encoded UTF-8", raw) };
    if values.next().is_some() {
        return refuse("given once", &text);
    }
    let refuse = |expected| refuse(expected, &text);
    match member.shape {
        Shape::Text(_) => Ok(Some(Value::String(text.into_owned()))),
        Shape::Integer { .. } => match text.parse::<i64>() {
            Ok(number) => Ok(Some(number.into())),
            Err(_) => refuse("a whole number"),
        },
        Shape::Boolean => match &*text {
            "true" => Ok(Some(true.into())),
            "false" => Ok(Some(false.into())),
            _ => refuse("true or false"),
        },
        // Every instant in a query is the bound of a filter.
        Shape::Timestamp => match timestamp::parse_bound(&text) {
            Some(instant) => Ok(Some(instant.to_string().into())),
            None => refuse("an ISO 8601 instant such as 2024-01-02T03:04:05Z"),
        },
        Shape::List { .. } | Shape::Map { .. } | Shape::Structure(_) => refuse("in the body"),
    }
}
