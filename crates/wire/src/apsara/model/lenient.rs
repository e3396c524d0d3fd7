//! Members of replies, read as the clients of the cloud read them.
//!
//! A number may come as a text and a text as a number. What cannot be read is taken for absent
//! where it is one plain value: then nobody acts on it. A list or a structure that cannot be
//! read is an error, because what it holds would be missing without a word.

use serde::de::{DeserializeOwned, Error as _};
use serde::{Deserialize, Deserializer};
use serde_json::{Error, Value};

use super::value::{Counter, Link, Minutes, Seconds};
use crate::apsara::time;

/// What can be a member of a reply.
pub(super) trait Lenient: Sized {
    /// Reads it; nothing if it is not there or cannot be understood.
    fn read(found: Value) -> Result<Option<Self>, Error>;
}

/// Reads a member, for `serde`.
pub(super) fn read<'de, D, T>(from: D) -> Result<Option<T>, D::Error>
where
    D: Deserializer<'de>,
    T: Lenient,
{
    T::read(Value::deserialize(from)?).map_err(D::Error::custom)
}

/// Reads a structure. An empty list stands for none, as in other languages.
pub(super) fn structure<T: DeserializeOwned>(found: Value) -> Result<Option<T>, Error> {
    match found {
        Value::Null => Ok(None),
        Value::Array(items) if items.is_empty() => Ok(None),
        Value::Object(_) => serde_json::from_value(found).map(Some),
        Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            Err(Error::custom("a structure is expected"))
        }
    }
}

impl<T: DeserializeOwned> Lenient for Vec<T> {
    fn read(found: Value) -> Result<Option<Self>, Error> {
        match found {
            Value::Null => Ok(None),
            Value::Array(_) => serde_json::from_value(found).map(Some),
            Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Object(_) => {
                Err(Error::custom("a list is expected"))
            }
        }
    }
}

/// A plain value as text; nothing if it is no plain value.
fn plain(found: Value) -> Option<String> {
    match found {
        Value::String(text) => Some(text),
        Value::Number(number) => Some(number.to_string()),
        Value::Bool(truth) => Some(truth.to_string()),
        Value::Null | Value::Array(_) | Value::Object(_) => None,
    }
}

/// A plain value, and how it is read from a text.
macro_rules! plain {
    ($($kind:ty: $read:expr;)*) => {
        $(
            impl Lenient for $kind {
                fn read(found: Value) -> Result<Option<Self>, Error> {
                    Ok(plain(found).and_then($read))
                }
            }
        )*
    };
}

plain! {
    String: Some;
    Link: |text| Some(Link(text));
    i64: |text| text.parse().ok();
    f64: |text| text.parse().ok().filter(|number: &f64| number.is_finite());
    bool: |text| truth(&text);
    Counter: |text| text.parse().ok().map(Counter);
    Seconds: |text| time::read(&text).map(Seconds);
    Minutes: |text| time::read(&text).map(Minutes);
}

fn truth(text: &str) -> Option<bool> {
    match text.to_ascii_lowercase().as_str() {
        "true" | "1" => Some(true),
        "false" | "0" => Some(false),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::describe_backups::Response;
    use serde_json::json;

    fn response(json: serde_json::Value) -> Option<Response> {
        serde_json::from_value(json).ok()
    }

    #[test]
    fn numbers_and_texts_are_exchanged() {
        let read = response(json!({
            "PageNumber": 2, "TotalRecordCount": "31", "TotalEcsSnapshotSize": "7",
            "Items": { "Backup": [{ "BackupId": 7, "IsAvail": "1", "BackupEndTime": "" }] },
        }));
        let read = read.unwrap();
        assert_eq!(read.page_number.unwrap().0, 2);
        assert_eq!(read.total_record_count.unwrap().0, 31);
        assert_eq!(read.total_ecs_snapshot_size, Some(7));
        let backup = &read.items.unwrap().backup.unwrap()[0];
        assert_eq!(backup.backup_id.as_deref(), Some("7"));
        assert_eq!(backup.is_avail, Some(1));
        assert_eq!(backup.backup_end_time, None);
    }

    #[test]
    fn no_items_come_in_many_forms() {
        for items in [json!(null), json!([]), json!({}), json!({ "Backup": null })] {
            let read = response(json!({ "Items": items }));
            let items = read.unwrap().items;
            assert_eq!(items.and_then(|it| it.backup), None);
        }
        let none = response(json!({ "Items": { "Backup": [] } })).unwrap();
        assert_eq!(none.items.unwrap().backup, Some(Vec::new()));
    }

    #[test]
    fn a_list_that_cannot_be_read_is_no_empty_list() {
        for items in
            [json!("many"), json!([1]), json!({ "Backup": {} }), json!({ "Backup": ["a"] })]
        {
            assert_eq!(response(json!({ "Items": items })), None, "{items}");
        }
    }
}
