//! What no access policy ever does, whatever stands in it and whoever asks.
#![expect(clippy::unwrap_used, reason = "a test that cannot set itself up should stop")]

use proptest::prelude::*;
use proptest::sample::{select, subsequence};
use proptest::test_runner::{Config, RngSeed};
use serde_json::{Map, Value, json};
use sexton_core::policy::{Asker, Context, Identity, Kind, Policy, Request, Ruling, rule};

/// The same cases on every run.
fn seeded() -> Config {
    Config {
        cases: 2000,
        rng_seed: RngSeed::Fixed(11),
        failure_persistence: None,
        ..Config::default()
    }
}

const ACTIONS: [&str; 5] =
    ["backup:DeleteRecoveryPoint", "backup:*", "*", "rds:Delete?ackup", "x:Y"];
const RESOURCES: [&str; 5] = [
    "*",
    "arn:aws:ec2:*::snapshot/*",
    "arn:aws:*:*:*:snap-1",
    "arn:aws:ec2:us-east-1::snapshot/${aws:username}",
    "arn:aws:rds:*:*:*",
];
const PRINCIPALS: [&str; 5] = [
    "*",
    "111122223333",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:iam::111122223333:role/x/admin",
    "arn:aws:sts::111122223333:assumed-role/admin/monday",
];
const CONDITIONS: [&str; 11] = [
    r#"{"StringEquals": {"k:a": ["1", "2"]}}"#,
    r#"{"StringNotLike": {"k:a": "1*"}}"#,
    r#"{"NumericLessThanIfExists": {"k:a": 2}}"#,
    r#"{"ForAllValues:StringEquals": {"k:b": ["1", "2"]}}"#,
    r#"{"ForAnyValue:NumericGreaterThan": {"k:b": 1}}"#,
    r#"{"Null": {"k:b": "false"}}"#,
    r#"{"IpAddress": {"k:a": "10.0.0.0/8"}, "Bool": {"k:b": "true"}}"#,
    r#"{"ForAnyValue:StringNotEquals": {"k:b": "${k:a}"}}"#,
    r#"{"ArnNotLike": {"aws:PrincipalArn": "arn:aws:iam::*:role/x/*"}}"#,
    r#"{"StringEqualsIfExists": {"aws:username": "ann"}}"#,
    r#"{"StringNotEquals": {"aws:PrincipalAccount": "999999999999"}}"#,
];
const ASKERS: [&str; 4] = [
    "arn:aws:iam::111122223333:root",
    "arn:aws:iam::111122223333:user/ann",
    "arn:aws:sts::111122223333:assumed-role/admin/monday",
    "arn:aws:iam::999999999999:user/ann",
];
/// Some of them, and a session once more that is of another role of its name.
const WHAT_THEY_ARE: [(&str, &str); 4] = [
    (ASKERS[0], ASKERS[0]),
    (ASKERS[1], ASKERS[1]),
    (ASKERS[2], "arn:aws:iam::111122223333:role/x/admin"),
    (ASKERS[2], "arn:aws:iam::111122223333:role/admin"),
];
const VALUES: [&str; 6] = ["1", "2", "3", "10.1.2.3", "true", "snapshot"];

fn listed(
    name: &'static str,
    of: &'static [&'static str],
) -> impl Strategy<Value = (String, Value)> {
    (any::<bool>(), subsequence(of, 1..=2)).prop_map(move |(not, items)| {
        (format!("{}{name}", if not { "Not" } else { "" }), json!(items))
    })
}

fn statement() -> impl Strategy<Value = Value> {
    (
        any::<bool>(),
        listed("Principal", &PRINCIPALS),
        listed("Action", &ACTIONS),
        listed("Resource", &RESOURCES),
        prop::option::of(select(&CONDITIONS)),
    )
        .prop_map(|(deny, (principal, named), action, resource, condition)| {
            let mut members = Map::new();
            members.insert("Effect".to_owned(), json!(if deny { "Deny" } else { "Allow" }));
            members.insert(principal, json!({ "AWS": named }));
            members.extend([action, resource]);
            if let Some(condition) = condition {
                let condition = serde_json::from_str(condition).unwrap();
                members.insert("Condition".to_owned(), condition);
            }
            Value::Object(members)
        })
}

fn policy(statements: &[Value]) -> Policy {
    let text = json!({ "Version": "2012-10-17", "Statement": statements }).to_string();
    Policy::parse(&text, Kind::Resource).unwrap()
}

/// What is known of one key: values, that it is absent, or nothing.
type Known = Option<Vec<&'static str>>;

fn known() -> impl Strategy<Value = Known> {
    prop::option::of(prop::collection::vec(select(&VALUES), 0..3))
}

fn context(known: &[(&'static str, Known)]) -> Context<'static> {
    known.iter().fold(Context::default(), |context, (key, known)| match known.as_deref() {
        None => context,
        Some([]) => context.without(*key),
        Some(values) => values.iter().fold(context, |context, value| context.with(*key, *value)),
    })
}

fn asked(policy: &Policy, by: &str, context: &Context<'_>) -> Ruling {
    let (action, resource) =
        ("backup:DeleteRecoveryPoint", "arn:aws:ec2:us-east-1::snapshot/snap-1");
    let by = &Identity::parse(by).unwrap();
    policy.rule(&Request { by, action, resource, context })
}

fn any_json() -> impl Strategy<Value = Value> {
    let word = || {
        select(vec![
            "Version",
            "2012-10-17",
            "1",
            "Statement",
            "Effect",
            "Deny",
            "Principal",
            "AWS",
            "*",
            "Action",
            "a:b",
            "Resource",
            "arn:aws:a:b:c:d",
            "Condition",
            "StringLike",
            "k:a",
            "${k:a}",
            "${",
            "IpAddress",
            "10.0.0.0/8",
            "Null",
            "ForAnyValue:",
            "IfExists",
            "é",
        ])
    };
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::Bool),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        word().prop_map(Value::from),
        ".{0,9}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 64, 6, move |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::btree_map(word(), inner, 0..6).prop_map(|it| it
                .into_iter()
                .map(|(name, value)| (name.to_owned(), value))
                .collect()),
        ]
    })
}

/// The evaluator denies more of what can be read in two ways; whoever sweeps would never ask.
#[test]
fn what_can_be_read_in_two_ways_is_not_surely_denied_to_everybody() {
    let action = "backup:DeleteRecoveryPoint";
    let resource = "arn:aws:rds:us-east-1:111122223333:snapshot:awsbackup:job-1";
    let (by, context) = (&Identity::anybody(), &Context::default());
    let request = Request { by, action, resource, context };
    for (of, surely) in
        [("arn:aws:rds:*:*:snapshot:*", true), ("arn:aws:rds:*:awsbackup:job-1", false)]
    {
        let deny = json!({"Effect": "Deny", "Principal": "*", "Action": "*", "Resource": of});
        let policy = policy(&[deny]);
        assert_eq!(policy.rule(&request), Ruling::Denies, "{of}");
        assert_eq!(policy.denies_everybody(&request), surely, "{of}");
    }
}

proptest! {
    #![proptest_config(seeded())]

    #[test]
    fn the_order_of_statements_says_nothing(
        (one, other) in prop::collection::vec(statement(), 1..6)
            .prop_flat_map(|it| (Just(it.clone()), Just(it).prop_shuffle())),
        by in select(&ASKERS), a in known(), b in known(), name in known(),
    ) {
        let context = context(&[("k:a", a), ("k:b", b), ("aws:username", name)]);
        let (one, other) = (policy(&one), policy(&other));
        prop_assert_eq!(asked(&one, by, &context), asked(&other, by, &context));
    }

    #[test]
    fn a_deny_wins_over_whatever_stands_beside_it(
        statements in prop::collection::vec(statement(), 1..6),
        by in select(&ASKERS), a in known(), b in known(),
    ) {
        let context = context(&[("k:a", a), ("k:b", b), ("aws:username", None)]);
        let alone: Vec<Policy> =
            statements.iter().map(|it| policy(std::slice::from_ref(it))).collect();
        let rulings: Vec<Ruling> = alone.iter().map(|it| asked(it, by, &context)).collect();
        let wanted = if rulings.contains(&Ruling::Denies) {
            Ruling::Denies
        } else if rulings.contains(&Ruling::Allows) {
            Ruling::Allows
        } else {
            Ruling::Silent
        };
        prop_assert_eq!(asked(&policy(&statements), by, &context), wanted);
        let by = &Identity::parse(by).unwrap();
        let (action, resource) =
            ("backup:DeleteRecoveryPoint", "arn:aws:ec2:us-east-1::snapshot/snap-1");
        prop_assert_eq!(rule(&alone, &Request { by, action, resource, context: &context }), wanted);
    }

    /// Whoever sweeps knows neither who the service takes them for nor what it asks for.
    #[test]
    fn what_is_denied_to_everybody_is_denied_to_each_whatever_is_known(
        statements in prop::collection::vec(statement(), 1..3),
        by in select(&ASKERS), a in known(), b in known(), name in known(),
    ) {
        let (action, resource) =
            ("backup:DeleteRecoveryPoint", "arn:aws:ec2:us-east-1::snapshot/snap-1");
        let policy = policy(&statements);
        let (nobody, nothing) = (&Identity::anybody(), &Context::default());
        let request = Request { by: nobody, action, resource, context: nothing };
        if policy.denies_everybody(&request) {
            let known = context(&[("k:a", a), ("k:b", b), ("aws:username", name)]);
            prop_assert_eq!(asked(&policy, by, &known), Ruling::Denies);
        }
    }

    /// Whoever sweeps asks for nothing of this, so the service must deny all of it.
    #[test]
    fn what_is_surely_denied_to_one_who_asks_is_denied_whatever_else_is_known(
        statements in prop::collection::vec(statement(), 1..4),
        (by, is) in select(&WHAT_THEY_ARE), told in any::<bool>(), a in known(), b in known(),
    ) {
        let (action, resource) =
            ("backup:DeleteRecoveryPoint", "arn:aws:ec2:us-east-1::snapshot/snap-1");
        let policy = policy(&statements);
        let asker = Asker::parse(by, told.then_some(is)).unwrap();
        if policy.sure_denials(&asker, action).include(resource) {
            let known = context(&[("k:a", a), ("k:b", b)])
                .with("aws:PrincipalAccount", asker.account())
                .with("aws:PrincipalArn", is);
            let context = &match is.split_once(":user/") {
                Some((_, name)) => known.with("aws:username", name),
                None => known.without("aws:username"),
            };
            let by = &Identity::parse(by).unwrap().of_role(is);
            let ruling = policy.rule(&Request { by, action, resource, context });
            prop_assert_eq!(ruling, Ruling::Denies);
        }
    }

    #[test]
    fn to_know_less_never_allows_more_and_never_denies_less(
        statements in prop::collection::vec(statement(), 1..4),
        by in select(&ASKERS), a in known(), b in known(), name in known(),
    ) {
        let policy = policy(&statements);
        let all = [("k:a", a), ("k:b", b), ("aws:username", name)];
        let knowing = asked(&policy, by, &context(&all));
        for forgotten in 0..all.len() {
            let mut less = all.clone();
            less[forgotten].1 = None;
            match asked(&policy, by, &context(&less)) {
                Ruling::Denies => {}
                Ruling::Allows => prop_assert_eq!(knowing, Ruling::Allows),
                Ruling::Silent => prop_assert_ne!(knowing, Ruling::Denies),
            }
        }
    }

    #[test]
    fn no_json_makes_it_panic(json in any_json(), by in select(&ASKERS), a in known()) {
        let context = context(&[("k:a", a)]);
        for kind in [Kind::Identity, Kind::Resource, Kind::Trust, Kind::Vault] {
            for text in [json.to_string(), json!({ "Statement": json }).to_string()] {
                match Policy::parse(&text, kind) {
                    Ok(policy) => drop(asked(&policy, by, &context)),
                    Err(malformed) => {
                        prop_assert!(malformed.to_string().chars().all(sexton_core::is_plain));
                    }
                }
            }
        }
    }

    #[test]
    fn no_text_makes_it_panic(text in ".{0,200}", by in ".{0,40}") {
        prop_assert!(Policy::parse(&text, Kind::Resource).is_err());
        drop((Identity::parse(&by), Identity::parse(&format!("arn:aws:iam::111122223333:{by}"))));
    }
}
