//! Holds a request's members against the model's constraints.
//!
//! Clients check little: boto3 knows presence, type and minimum, but neither patterns
//! nor enumerations nor maxima. So all of it is checked here, and the answer names the
//! member and what is accepted.

use serde_json::{Map, Value};

use super::{Location, Member, Shape, Text};
use crate::aws::timestamp::EpochSeconds;

/// The most characters of a client's text that an error repeats.
const ECHO_CHARS_MAX: usize = 128;

/// The longest pattern that an error repeats: longer ones explain nothing.
const PATTERN_LEN_MAX: usize = 100;

/// How a request breaks the constraints of the model. Each service has its own word for it.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub(crate) enum Violation {
    /// A member that has to be there is not.
    #[error("missing required parameter {path}: it must be given and not empty")]
    Missing {
        /// Which.
        path: String,
    },
    /// A member is not acceptable.
    #[error("{message}")]
    Wrong {
        /// It, and what is accepted.
        message: String,
    },
}

/// Checks the members of an input that came in query and body; those in the path are
/// checked where they become names. Members that the model does not have are ignored,
/// and `null` is the same as absent.
pub(crate) fn members(members: &[Member], given: &Map<String, Value>) -> Result<(), Violation> {
    structure("", members, given)
}

fn structure(path: &str, members: &[Member], given: &Map<String, Value>) -> Result<(), Violation> {
    for member in members {
        if matches!(member.location, Location::Label(_)) {
            continue;
        }
        match given.get(member.name) {
            None | Some(Value::Null) if member.required => {
                return Err(Violation::Missing { path: join(path, member.name) });
            }
            None | Some(Value::Null) => {}
            Some(found) => value(&join(path, member.name), member.shape, found)?,
        }
    }
    Ok(())
}

fn join(path: &str, name: &str) -> String {
    if path.is_empty() { name.to_owned() } else { format!("{path}.{name}") }
}

fn value(path: &str, shape: &Shape, found: &Value) -> Result<(), Violation> {
    match (shape, found) {
        (Shape::Text(limits), Value::String(found)) => text(path, limits, found),
        (Shape::Integer { min, max }, Value::Number(number)) => match number.as_i64() {
            Some(number) => range(path, "", *min, *max, number),
            None => Err(wrong(path, "a whole number of 64 bits", found)),
        },
        (Shape::Boolean, Value::Bool(_)) => Ok(()),
        (Shape::Timestamp, _) if EpochSeconds::from_json(found).is_some() => Ok(()),
        (Shape::List { member, min, max }, Value::Array(items)) => {
            range(path, "the number of items of ", *min, *max, count(items.len()))?;
            let each = |(index, item)| value(&format!("{path}[{index}]"), member, item);
            items.iter().enumerate().try_for_each(each)
        }
        (Shape::Map { key, value: item_shape }, Value::Object(items)) => {
            items.iter().try_for_each(|(name, item)| {
                value(&format!("a key of {path}"), key, &Value::String(name.clone()))?;
                value(&format!("{path}[{:?}]", echo(name)), item_shape, item)
            })
        }
        (Shape::Structure(members), Value::Object(given)) => structure(path, members, given),
        (Shape::Text(_), _) => Err(wrong(path, "a string", found)),
        (Shape::Integer { .. }, _) => Err(wrong(path, "a whole number", found)),
        (Shape::Boolean, _) => Err(wrong(path, "true or false", found)),
        (Shape::Timestamp, _) => Err(wrong(path, "a number of epoch seconds", found)),
        (Shape::List { .. }, _) => Err(wrong(path, "a list", found)),
        (Shape::Map { .. } | Shape::Structure(_), _) => Err(wrong(path, "an object", found)),
    }
}

/// Checks one text against its limits.
fn text(path: &str, limits: &Text, found: &str) -> Result<(), Violation> {
    range(path, "the length of ", limits.min, limits.max, count(found.chars().count()))?;
    if !limits.words.is_empty() && !limits.words.contains(&found) {
        let accepted = limits.words.join(", ");
        let message = format!("{path} must be one of {accepted}, not {:?}", echo(found));
        return Err(Violation::Wrong { message });
    }
    if limits.matches(found) {
        return Ok(());
    }
    let shown = if limits.secret { String::new() } else { format!(" {:?}", echo(found)) };
    let message = match limits.pattern {
        Some(pattern) if pattern.len() <= PATTERN_LEN_MAX => {
            format!("{path}{shown} does not match the pattern {pattern}")
        }
        Some(_) | None => format!("{path}{shown} is not valid"),
    };
    Err(Violation::Wrong { message })
}

fn count(length: usize) -> i64 {
    i64::try_from(length).unwrap_or(i64::MAX)
}

fn range(
    path: &str,
    what: &str,
    min: Option<i64>,
    max: Option<i64>,
    found: i64,
) -> Result<(), Violation> {
    if min.is_none_or(|min| found >= min) && max.is_none_or(|max| found <= max) {
        return Ok(());
    }
    let bounds = match (min, max) {
        (Some(min), Some(max)) => format!("between {min} and {max}"),
        (Some(min), None) => format!("at least {min}"),
        (None, Some(max)) => format!("at most {max}"),
        (None, None) => return Ok(()),
    };
    Err(Violation::Wrong { message: format!("{what}{path} must be {bounds}, not {found}") })
}

fn wrong(path: &str, expected: &str, found: &Value) -> Violation {
    let kind = match found {
        Value::Null => "null",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "another number",
        Value::String(_) => "a string",
        Value::Array(_) => "a list",
        Value::Object(_) => "an object",
    };
    Violation::Wrong { message: format!("{path} must be {expected}, not {kind}") }
}

/// What of `found` may be shown where `shape` is: members that are not known there, or not as
/// they may be, are left out, and passwords. Nothing if nothing is left of it.
pub(crate) fn fitting(shape: &Shape, found: &Value) -> Option<Value> {
    match (shape, found) {
        (Shape::Text(limits), _) if limits.secret => None,
        (Shape::List { member, min, max }, Value::Array(items)) => {
            let items: Vec<Value> = items.iter().filter_map(|it| fitting(member, it)).collect();
            range("", "", *min, *max, count(items.len())).ok().map(|()| Value::Array(items))
        }
        (Shape::Structure(members), Value::Object(given)) => {
            let mut left = Map::new();
            for member in *members {
                let found = given.get(member.name).and_then(|found| fitting(member.shape, found));
                match found {
                    Some(found) => drop(left.insert(member.name.to_owned(), found)),
                    None if member.required => return None,
                    None => {}
                }
            }
            Some(Value::Object(left))
        }
        (
            Shape::Text(_)
            | Shape::Integer { .. }
            | Shape::Boolean
            | Shape::Timestamp
            | Shape::Map { .. }
            | Shape::List { .. }
            | Shape::Structure(_),
            _,
        ) => value("", shape, found).ok().map(|()| found.clone()),
    }
}

/// A client's text, cut to what fits into a message.
pub(crate) fn echo(text: &str) -> String {
    text.chars().take(ECHO_CHARS_MAX).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::aws::model::backup::Operation;
    use crate::aws::model::fsx;
    use serde_json::json;

    fn refusal(operation: Operation, given: &Value) -> Option<String> {
        let given = given.as_object().unwrap();
        members(operation.info().members, given).err().map(|violation| violation.to_string())
    }

    #[test]
    fn what_is_missing_is_named() {
        let given = json!({ "BackupVaultName": "v1", "IamRoleArn": "r", "ResourceArn": null });
        let missing = Violation::Missing { path: "ResourceArn".to_owned() };
        let given = given.as_object().unwrap();
        assert_eq!(members(Operation::StartBackupJob.info().members, given), Err(missing));
    }

    #[test]
    fn wrong_values_are_named_with_what_is_accepted() {
        let order = |extra: Value| {
            let mut order =
                json!({ "BackupVaultName": "v1", "ResourceArn": "a", "IamRoleArn": "r" });
            order.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
            refusal(Operation::StartBackupJob, &order)
        };
        assert_eq!(order(json!({ "Nonsense": 1, "Lifecycle": { "DeleteAfterDays": 1 } })), None);
        for (extra, words) in [
            (json!({ "BackupVaultName": "a b" }), ["BackupVaultName", "{2,50}"]),
            (json!({ "StartWindowMinutes": "60" }), ["StartWindowMinutes", "whole number"]),
            (json!({ "StartWindowMinutes": 1.5 }), ["StartWindowMinutes", "whole number"]),
            (json!({ "Lifecycle": [] }), ["Lifecycle", "an object"]),
            (
                json!({ "Lifecycle": { "DeleteAfterDays": true } }),
                ["Lifecycle.DeleteAfterDays", "whole"],
            ),
            (json!({ "Index": "MAYBE" }), ["Index", "ENABLED, DISABLED"]),
            (json!({ "RecoveryPointTags": { "a": 1 } }), ["RecoveryPointTags", "a string"]),
            (json!({ "BackupOptions": { "a b": "x" } }), ["a key of BackupOptions", "pattern"]),
        ] {
            let message = order(extra).unwrap();
            assert!(words.iter().all(|word| message.contains(word)), "{message}");
        }
    }

    #[test]
    fn numbers_have_bounds() {
        for (number, accepted) in [(0, false), (1, true), (1000, true), (1001, false)] {
            let refused = refusal(Operation::ListBackupVaults, &json!({ "MaxResults": number }));
            assert_eq!(refused.is_none(), accepted, "{number}: {refused:?}");
        }
    }

    #[test]
    fn no_message_repeats_a_password() {
        let configuration =
            json!({ "DeploymentType": "SINGLE_AZ_1", "FsxAdminPassword": "hunter2\r\n" });
        let given = json!({
            "FileSystemType": "ONTAP", "SubnetIds": [], "OntapConfiguration": configuration
        });
        let given = given.as_object().unwrap();
        let checked = members(fsx::Operation::CreateFileSystem.info().members, given);
        let message = checked.unwrap_err().to_string();
        assert!(message.contains("FsxAdminPassword"), "{message}");
        assert!(!message.contains("hunter2"), "{message}");
    }

    #[test]
    fn what_may_not_be_shown_is_left_out() {
        let sent = json!({
            "FileSystemId": "fs-0123456789abcdef0",
            "Nonsense": 1,
            "StorageCapacity": "many",
            "OntapConfiguration": {
                "FsxAdminPassword": "hunter2hunter2",
                "ThroughputCapacity": 128,
                "RouteTableIds": ["rtb-01234567", "elsewhere"],
                "DiskIopsConfiguration": { "Mode": "SOMETIMES", "Iops": 1 },
            },
            "LustreConfiguration": { "LogConfiguration": { "Destination": "arn:aws:logs:::x" } },
        });
        let shown = json!({
            "FileSystemId": "fs-0123456789abcdef0",
            "OntapConfiguration": {
                "ThroughputCapacity": 128,
                "RouteTableIds": ["rtb-01234567"],
                "DiskIopsConfiguration": { "Iops": 1 },
            },
            "LustreConfiguration": {},
        });
        assert_eq!(fitting(&fsx::FILE_SYSTEM, &sent), Some(shown));
        assert_eq!(fitting(&fsx::FILE_SYSTEM, &json!([])), None);
    }
}
