//! What is asked and answered, held against the table that the types are generated from.

use std::collections::BTreeSet;

use proptest::prelude::*;
use proptest::strategy::BoxedStrategy;
use serde_json::{Map, Value, json};
use sexton_wire::apsara::model::{
    self, Action, Answer, Call, create_backup, delete_backup, describe_backup_policy,
    describe_backup_tasks, describe_backups, describe_binlog_files, describe_db_instance_attribute,
    describe_db_instances, describe_detached_backups, describe_log_backup_files, describe_regions,
    modify_backup_policy,
};
use sexton_wire::apsara::{Error, Format, Parameters, reply, time};

use super::xml;

fn table() -> Value {
    serde_json::from_str(include_str!("../../model/rds.json")).unwrap()
}

fn config() -> ProptestConfig {
    ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() }
}

fn moment() -> impl Strategy<Value = jiff::Timestamp> {
    (0_i64..4_000_000_000).prop_map(|it| jiff::Timestamp::from_second(it - it % 60).unwrap())
}

/// A text that a parameter may be.
fn acceptable(parameter: &Value, words: &Value) -> BoxedStrategy<String> {
    let kind = parameter["type"].as_str().unwrap();
    match kind {
        "string" => any::<String>().prop_filter("given", |it| !it.is_empty()).boxed(),
        "integer" => {
            let (min, max) =
                (parameter["min"].as_i64().unwrap(), parameter["max"].as_i64().unwrap());
            (min..=max).prop_map(|it| it.to_string()).boxed()
        }
        "boolean" => any::<bool>().prop_map(|it| it.to_string()).boxed(),
        "Switch" => "(True|False|1|0)".boxed(),
        "InstanceId" | "RegionId" | "BackupSetId" => "[a-zA-Z0-9_-]{1,64}".boxed(),
        "BackupSetIds" => "[0-9]{1,9}( ?,[0-9]{1,9}){0,9}".boxed(),
        "Seconds" => moment().prop_map(time::to_the_second).boxed(),
        "Minutes" => moment().prop_map(time::to_the_minute).boxed(),
        "DailyWindow" => "[01][0-9]:[0-5][0-9]Z-[01][0-9]:[0-5][0-9]Z".boxed(),
        "Weekdays" => "Monday(,(Tuesday|Sunday)){1,3}".boxed(),
        other => {
            let known = words[other].as_array().unwrap_or_else(|| panic!("no type {other}"));
            let known: Vec<String> =
                known.iter().map(|it| it.as_str().unwrap().to_owned()).collect();
            proptest::sample::select(known).boxed()
        }
    }
}

/// Pairs of an action's parameters, of which the required ones are always there.
fn pairs(action: &Value, words: &Value) -> impl Strategy<Value = Vec<(String, String)>> + use<> {
    let parameters = action["request"].as_object().unwrap();
    let each: Vec<BoxedStrategy<Option<(String, String)>>> = parameters
        .iter()
        .map(|(name, info)| {
            let name = name.clone();
            let pair = acceptable(info, words).prop_map(move |value| (name.clone(), value));
            if info["required"] == true {
                pair.prop_map(Some).boxed()
            } else {
                proptest::option::of(pair).boxed()
            }
        })
        .collect();
    each.prop_map(|pairs| pairs.into_iter().flatten().collect())
}

fn decode(action: Action, pairs: &[(String, String)]) -> Result<Call, Error> {
    Call::decode(action, &Parameters::of(pairs.iter().cloned()).unwrap())
}

/// Whether only what parameters may be together is wrong.
fn is_rule(error: &Error) -> bool {
    error.message.contains("later than")
        || error.message.contains("at most BackupRetentionPeriod")
        || error.message.contains("where BackupStrategy is db")
        || error.message.contains("mandatory")
}

#[test]
fn every_parameter_is_read_and_written_again() {
    let table = table();
    for action in Action::ALL.iter().copied() {
        let info = &table["actions"][action.name()];
        proptest!(config(), |(pairs in pairs(info, &table["words"]))| {
            let call = match decode(action, &pairs) {
                Ok(call) => call,
                Err(error) => {
                    prop_assert!(is_rule(&error), "{error}");
                    return Ok(());
                }
            };
            prop_assert_eq!(call.action(), action);
            let written = call.parameters();
            let names: BTreeSet<&str> = written.iter().map(|(name, _)| *name).collect();
            let sent: BTreeSet<&str> = pairs.iter().map(|(name, _)| name.as_str()).collect();
            prop_assert_eq!(names, sent);
            let again = Parameters::of(written).unwrap();
            prop_assert_eq!(Call::decode(action, &again), Ok(call));
        });
    }
}

#[test]
fn no_value_of_a_parameter_makes_it_panic_or_is_repeated() {
    let table = table();
    for action in Action::ALL.iter().copied() {
        let info = &table["actions"][action.name()];
        let names: Vec<String> = info["request"].as_object().unwrap().keys().cloned().collect();
        let values = prop_oneof![any::<String>(), "[0-9,:TZ-]{0,20}", "<marker>"];
        let all = proptest::collection::vec(values, names.len());
        proptest!(config(), |(values in all)| {
            let pairs: Vec<_> = names.iter().cloned().zip(values).collect();
            if let Err(error) = decode(action, &pairs) {
                prop_assert!(error.status < 500, "{error}");
                prop_assert!(!error.to_string().contains("<marker>"), "{error}");
            }
        });
    }
}

fn again<T: Answer>(value: &Value) -> Value {
    let read: T = serde_json::from_value(value.clone()).unwrap();
    let written = serde_json::to_value(&read).unwrap();
    let sent = reply::success(&read, Format::Json, "ab-1").body;
    let back: T = reply::read(200, &sent).unwrap();
    let mut back = serde_json::to_value(&back).unwrap();
    let mut same = written.clone();
    for members in [&mut back, &mut same] {
        members.as_object_mut().unwrap().remove("RequestId");
    }
    assert_eq!(back, same);
    let sent = reply::success(&read, Format::Xml, "ab-1").body;
    let mut shown = written.clone();
    shown["RequestId"] = "AB-1".into();
    let root = format!("{}Response", T::ACTION.name());
    assert_eq!(xml::read(&String::from_utf8(sent).unwrap()), xml::expected(&root, &shown));
    written
}

fn through(action: Action, value: &Value) -> Value {
    match action {
        Action::CreateBackup => again::<create_backup::Response>(value),
        Action::DeleteBackup => again::<delete_backup::Response>(value),
        Action::DescribeBackupPolicy => again::<describe_backup_policy::Response>(value),
        Action::DescribeBackupTasks => again::<describe_backup_tasks::Response>(value),
        Action::DescribeBackups => again::<describe_backups::Response>(value),
        Action::DescribeBinlogFiles => again::<describe_binlog_files::Response>(value),
        Action::DescribeDBInstanceAttribute => {
            again::<describe_db_instance_attribute::Response>(value)
        }
        Action::DescribeDBInstances => again::<describe_db_instances::Response>(value),
        Action::DescribeDetachedBackups => again::<describe_detached_backups::Response>(value),
        Action::DescribeLogBackupFiles => again::<describe_log_backup_files::Response>(value),
        Action::DescribeRegions => again::<describe_regions::Response>(value),
        Action::ModifyBackupPolicy => again::<modify_backup_policy::Response>(value),
    }
}

/// A value of a reply, as the table describes it.
fn answered(kind: &Value) -> BoxedStrategy<Value> {
    match kind {
        Value::String(kind) => match kind.as_str() {
            "string" | "link" => any::<String>().prop_map(Value::from).boxed(),
            "integer" => any::<i64>().prop_map(Value::from).boxed(),
            // Quarters: their decimal form is exact, which reading does not need to be.
            "number" => (-4000_i32..4000).prop_map(|it| (f64::from(it) / 4.0).into()).boxed(),
            "boolean" => any::<bool>().prop_map(Value::from).boxed(),
            "counter" => any::<u64>().prop_map(|it| it.to_string().into()).boxed(),
            "seconds" => moment().prop_map(|it| time::to_the_second(it).into()).boxed(),
            "minutes" => moment().prop_map(|it| time::to_the_minute(it).into()).boxed(),
            other => panic!("no type {other}"),
        },
        Value::Array(items) => {
            proptest::collection::vec(answered(&items[0]), 0..3).prop_map(Value::from).boxed()
        }
        Value::Object(members) => {
            let each: Vec<_> = members
                .iter()
                .map(|(name, kind)| (Just(name.clone()), proptest::option::of(answered(kind))))
                .collect();
            each.prop_map(|pairs| {
                let members = pairs.into_iter().filter_map(|(name, value)| Some((name, value?)));
                Value::Object(members.collect::<Map<_, _>>())
            })
            .boxed()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) => panic!("no type {kind}"),
    }
}

#[test]
fn every_member_of_a_reply_is_written_and_read_in_json_and_xml() {
    let table = table();
    for action in Action::ALL.iter().copied() {
        let kind = &table["actions"][action.name()]["reply"];
        proptest!(config(), |(value in answered(kind))| {
            prop_assert_eq!(through(action, &value), value);
        });
    }
}

#[test]
fn a_member_that_is_not_documented_is_in_no_reply() {
    for action in Action::ALL.iter().copied() {
        let odd = json!({ "RequestId": "1", "Nonsense": 1, "Code": "200" });
        assert_eq!(through_json(action, &odd), json!({ "RequestId": "1" }), "{action:?}");
    }
}

/// Through the type alone: an answer with a code cannot be sent.
fn through_json(action: Action, value: &Value) -> Value {
    let mut known = value.as_object().unwrap().clone();
    known.remove("Code");
    through(action, &Value::Object(known))
}

#[test]
fn every_wrong_parameter_has_its_error() {
    let hundred: Vec<String> = (1..=100).map(|it| it.to_string()).collect();
    let hundred = hundred.join(",");
    let script = include_str!("wrong.txt");
    let lines = script.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    assert!(lines.clone().count() > 40);
    for line in lines {
        let (asked, expected) = line.split_once(" -> ").unwrap();
        let (action, query) = asked.split_once(' ').unwrap_or((asked, ""));
        let query = query.replace("{1..100}", &hundred);
        let parameters = Parameters::parse(&query, b"").unwrap();
        let found = match Call::decode(Action::of(action).unwrap(), &parameters) {
            Ok(_) => "ok".to_owned(),
            Err(error) => format!("{} {}", error.status, error.code),
        };
        assert_eq!(found, expected, "{line}");
    }
}

#[test]
fn an_error_says_what_is_accepted() {
    let parameters = Parameters::of([("DBInstanceId", "rm-1"), ("PageSize", "7")]).unwrap();
    let error = Call::decode(Action::DescribeBackups, &parameters).unwrap_err();
    let expected = "Specified record number is not valid: PageSize is a whole number between 30 \
                    and 1000.";
    assert_eq!(error.message, expected);
}

#[test]
fn the_errors_of_the_table_are_those_of_the_actions() {
    let table = table();
    for action in Action::ALL.iter().copied() {
        let rows = table["actions"][action.name()]["errors"].as_array().unwrap();
        let of_table: Vec<Value> = rows.clone();
        let row = |it: &model::ErrorRow| json!([it.status, it.code, it.message]);
        assert_eq!(action.errors().iter().map(row).collect::<Vec<_>>(), of_table);
        let known: Vec<&str> = action.errors().iter().map(|it| it.code).collect();
        for (name, parameter) in table["actions"][action.name()]["request"].as_object().unwrap() {
            let code = parameter["error"].as_str();
            assert!(code.is_none_or(|code| known.contains(&code)), "{action:?} {name}");
        }
    }
}
