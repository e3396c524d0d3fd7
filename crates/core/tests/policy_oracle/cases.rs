//! Policies and requests that are made up, and how the library is given them.

use std::collections::BTreeMap;

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use serde_json::{Map, Value, json};

/// A policy, and who asks it for what.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) version: &'static str,
    pub(crate) statements: Vec<Statement>,
    pub(crate) by: String,
    /// The role, if it is a session of one, and which is known.
    pub(crate) role: Option<String>,
    pub(crate) action: String,
    pub(crate) resource: String,
    /// What is not there is known to be absent.
    pub(crate) context: BTreeMap<String, Vec<String>>,
}

#[derive(Debug, Clone)]
pub(crate) struct Statement {
    pub(crate) denies: bool,
    pub(crate) principals: Listed,
    pub(crate) actions: Listed,
    pub(crate) resources: Listed,
    pub(crate) conditions: Vec<Condition>,
}

#[derive(Debug, Clone)]
pub(crate) struct Listed {
    /// Whether it is the element with `Not` before it.
    pub(crate) not: bool,
    pub(crate) items: Vec<String>,
}

#[derive(Debug, Clone)]
pub(crate) struct Condition {
    pub(crate) operator: String,
    pub(crate) key: String,
    pub(crate) values: Vec<String>,
}

const ACTIONS: [&str; 3] =
    ["backup:DeleteRecoveryPoint", "backup:StartCopyJob", "rds:DeleteBackup"];
const ACTION_PATTERNS: [&str; 6] = [
    "*",
    "backup:DeleteRecoveryPoint",
    "BACKUP:delete*",
    "backup:*Job",
    "rds:Delete?ackup",
    "backup:Delete?RecoveryPoint",
];
const RESOURCES: [&str; 5] = [
    "arn:aws:ec2:us-east-1::snapshot/snap-1",
    "arn:aws:ec2:us-east-1::snapshot/ann",
    "arn:aws:ec2:us-east-1::snapshot/*",
    "arn:aws:ec2:us-east-1::snapshot/s*p",
    "arn:aws:rds:us-east-1:111122223333:cluster-snapshot:awsbackup:job-1",
];
const RESOURCE_PATTERNS: [&str; 11] = [
    "*",
    "arn:aws:ec2:us-east-1::snapshot/snap-1",
    "arn:aws:ec2:*::snapshot/*",
    "arn:aws:ec2:us-east-?::snapshot/snap?1",
    "arn:aws:ec2:us-east-1::snapshot/${aws:username}",
    "arn:aws:ec2:us-east-1::snapshot/s${*}p",
    "arn:aws:ec2:us-east-1::snapshot/${k:text, 'snap-1'}",
    "arn:aws:*:us-east-1:*:snapshot/*",
    "arn:aws:rds:*:*:job-1",
    "arn:aws:rds:*",
    "arn:aws:rds:eu-*",
];
const PRINCIPALS: [&str; 8] = [
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:role/x/admin",
    "arn:aws:iam::111122223333:role/y/admin",
    "arn:aws:sts::111122223333:assumed-role/admin/monday",
    "999999999999",
];
const ASKERS: [(&str, Option<&str>); 6] = [
    ("arn:aws:iam::111122223333:root", None),
    ("arn:aws:iam::111122223333:user/ann", None),
    ("arn:aws:iam::111122223333:user/bob", None),
    ("arn:aws:iam::999999999999:user/ann", None),
    ("arn:aws:sts::111122223333:assumed-role/admin/monday", None),
    (
        "arn:aws:sts::111122223333:assumed-role/admin/monday",
        Some("arn:aws:iam::111122223333:role/x/admin"),
    ),
];

const TEXTS: [&str; 6] = ["1", "a", "A", "*", "s*p", "ann"];
const ARNS: [&str; 4] = [
    "arn:aws:iam::111122223333:role/x/admin",
    "arn:aws:sns:us-east-1:111122223333:topic:a",
    "arn:aws:s3:::bucket",
    "no-arn",
];

/// Every key, and the values that it may have. Of a key whose name ends with `s` there may be
/// several at once.
pub(crate) const KEYS: [(&str, &[&str]); 10] = [
    ("aws:username", &["ann", "*", "s*p", "snap-1"]),
    ("k:text", &TEXTS),
    ("k:number", &["1", "1.0", "-2", "10", "0.5"]),
    ("k:date", &["2026-01-02", "2026-01-02T00:00:00Z", "1767312000", "2025-12-31T23:59:59.5Z"]),
    ("k:bool", &["true", "false"]),
    ("k:ip", &["10.1.2.3", "::ffff:10.1.2.3", "11.0.0.1", "2001:db8::1"]),
    ("k:arn", &ARNS),
    ("k:texts", &TEXTS),
    ("k:bools", &["true", "false"]),
    ("k:arns", &ARNS),
];

/// What may be compared how: keys, the operators that both know, and values of policies.
type Compared = (&'static [&'static str], &'static [&'static str], &'static [&'static str]);

const TEXT_VALUES: &[&str] =
    &["1", "a", "A", "*", "?", "s*", "s${*}p", "${aws:username}", "${K:Text, 'a'}", "an?"];
const ARN_VALUES: &[&str] = &[
    "*",
    "arn:aws:iam::111122223333:role/*",
    "arn:aws:sns:*:*:a",
    "arn:aws:s?:::bucket",
    "arn:aws:s3:::bucket",
    "arn:aws:s3:::${aws:username}",
];
const COMPARED: [Compared; 9] = [
    (
        &["k:text", "aws:UserName"],
        &[
            "StringEquals",
            "StringNotEquals",
            "StringEqualsIgnoreCase",
            "StringNotEqualsIgnoreCase",
            "StringLike",
            "StringNotLike",
        ],
        TEXT_VALUES,
    ),
    (
        &["k:number"],
        &[
            "NumericEquals",
            "NumericNotEquals",
            "NumericLessThan",
            "NumericLessThanEquals",
            "NumericGreaterThan",
            "NumericGreaterThanEquals",
        ],
        &["1", "-2", "01.50", "9"],
    ),
    (
        &["k:date"],
        &[
            "DateEquals",
            "DateNotEquals",
            "DateLessThan",
            "DateLessThanEquals",
            "DateGreaterThan",
            "DateGreaterThanEquals",
        ],
        &["2026-01-02", "2026-01-02T01:00:00+01:00", "1767312001", "2025-12-31T23:59:59Z"],
    ),
    (&["k:bool"], &["Bool"], &["true", "false"]),
    (&["k:ip"], &["IpAddress", "NotIpAddress"], &["10.0.0.0/8", "11.0.0.1", "2001:db8::/32"]),
    (&["k:arn"], &["ArnEquals", "ArnNotEquals", "ArnLike", "ArnNotLike"], ARN_VALUES),
    (
        &["k:texts"],
        &[
            "ForAllValues:StringEquals",
            "ForAllValues:StringNotEquals",
            "ForAllValues:StringEqualsIgnoreCase",
            "ForAllValues:StringLike",
            "ForAllValues:StringNotLike",
            "ForAnyValue:StringEquals",
            "ForAnyValue:StringNotEquals",
            "ForAnyValue:StringNotEqualsIgnoreCase",
            "ForAnyValue:StringLike",
            "ForAnyValue:StringNotLike",
        ],
        TEXT_VALUES,
    ),
    (&["k:bools"], &["ForAllValues:Bool", "ForAnyValue:Bool"], &["true", "false"]),
    (
        &["k:arns"],
        &["ForAllValues:ArnLike", "ForAllValues:ArnNotEquals", "ForAnyValue:ArnNotLike"],
        ARN_VALUES,
    ),
];

fn owned(items: Vec<&'static str>) -> Vec<String> {
    items.into_iter().map(str::to_owned).collect()
}

fn listed(of: &'static [&'static str]) -> impl Strategy<Value = Listed> {
    (any::<bool>(), subsequence(of, 1..=3))
        .prop_map(|(not, items)| Listed { not, items: owned(items) })
}

fn condition() -> impl Strategy<Value = Condition> {
    let compared = select(&COMPARED).prop_flat_map(|(keys, operators, values)| {
        (select(keys), select(operators), any::<bool>(), subsequence(values, 1..=2))
    });
    let compared = compared.prop_map(|(key, operator, if_exists, values)| {
        let may = if_exists && !operator.starts_with("For");
        let operator = if may { format!("{operator}IfExists") } else { operator.to_owned() };
        // The library takes one of these at a time.
        let most = if operator.contains("Bool") { 1 } else { 2 };
        let values = values.into_iter().take(most).collect();
        Condition { operator, key: key.to_owned(), values: owned(values) }
    });
    let null = (select(KEYS.map(|(key, _)| key).to_vec()), select(vec!["true", "false"]));
    let null = null.prop_map(|(key, value)| Condition {
        operator: "Null".to_owned(),
        key: key.to_owned(),
        values: vec![value.to_owned()],
    });
    prop_oneof![9 => compared, 1 => null]
}

fn statement() -> impl Strategy<Value = Statement> {
    let conditions = prop::collection::vec(condition(), 0..3);
    let elements =
        (listed(&PRINCIPALS), listed(&ACTION_PATTERNS), listed(&RESOURCE_PATTERNS), conditions);
    (prop::bool::weighted(0.4), elements).prop_map(
        |(denies, (principals, actions, resources, mut conditions))| {
            let mut seen = Vec::new();
            conditions.retain(|it| {
                let same = (it.operator.clone(), it.key.to_ascii_lowercase());
                let is_new = !seen.contains(&same);
                seen.push(same);
                is_new
            });
            Statement { denies, principals, actions, resources, conditions }
        },
    )
}

fn context() -> impl Strategy<Value = BTreeMap<String, Vec<String>>> {
    let values = KEYS.map(|(key, values)| {
        let least = usize::from(key == "aws:username");
        let most = if key.ends_with('s') { 3 } else { 1 };
        prop::collection::vec(select(values), least..=most)
            .prop_map(move |values| (key.to_owned(), owned(values)))
    });
    values.to_vec().prop_map(|mut context| {
        context.retain(|(_, values)| !values.is_empty());
        context.into_iter().collect()
    })
}

pub(crate) fn case() -> impl Strategy<Value = Case> {
    let version = prop_oneof![9 => Just("2012-10-17"), 1 => Just("2008-10-17")];
    let statements = prop::collection::vec(statement(), 1..4);
    let asked = (select(&ASKERS), select(&ACTIONS), select(&RESOURCES));
    (version, statements, asked, context()).prop_map(
        |(version, statements, ((by, role), action, resource), context)| Case {
            version,
            statements,
            by: by.to_owned(),
            role: role.map(str::to_owned),
            action: action.to_owned(),
            resource: resource.to_owned(),
            context,
        },
    )
}

impl Case {
    /// The policy as it is written.
    pub(crate) fn policy(&self) -> Value {
        let statements: Vec<Value> = self.statements.iter().map(Statement::json).collect();
        json!({ "Version": self.version, "Statement": statements })
    }

    /// What is known, in the types of the library.
    pub(crate) fn their_context(&self) -> iam_rs::Context {
        let mut context = iam_rs::Context::new();
        for (key, values) in &self.context {
            let is = |value: &String| value == "true";
            let value = match (key.as_str(), &values[..]) {
                ("k:bool", [value]) => iam_rs::ContextValue::Boolean(is(value)),
                ("k:bools", values) => {
                    iam_rs::ContextValue::BooleanList(values.iter().map(is).collect())
                }
                (_, [value]) => iam_rs::ContextValue::String(value.clone()),
                (_, values) => iam_rs::ContextValue::StringList(values.to_vec()),
            };
            context.insert(key.clone(), value);
        }
        context
    }
}

impl Statement {
    fn json(&self) -> Value {
        let mut members = Map::new();
        let effect = if self.denies { "Deny" } else { "Allow" };
        members.insert("Effect".to_owned(), json!(effect));
        let mut put = |name: &str, Listed { not, items }: &Listed| {
            let name = format!("{}{name}", if *not { "Not" } else { "" });
            let is_of_aws = name.ends_with("Principal");
            members.insert(name, if is_of_aws { json!({ "AWS": items }) } else { json!(items) });
        };
        put("Principal", &self.principals);
        put("Action", &self.actions);
        put("Resource", &self.resources);
        let mut block = BTreeMap::<&str, Map<String, Value>>::new();
        for Condition { operator, key, values } in &self.conditions {
            // The library takes no texts for these where several are compared.
            let value = match (&operator[..], &values[..]) {
                (operator, [value]) if operator.ends_with("Values:Bool") => json!(value == "true"),
                (operator, [value]) if operator.ends_with("Value:Bool") => json!(value == "true"),
                (_, [value]) => json!(value),
                (_, values) => json!(values),
            };
            block.entry(operator).or_default().insert(key.clone(), value);
        }
        if !block.is_empty() {
            members.insert("Condition".to_owned(), json!(block));
        }
        Value::Object(members)
    }
}
