//! Puts the questions about ApsaraDB RDS, and what none of its decisions ever does.

use std::collections::BTreeSet;

use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;
use proptest::test_runner::{Config, RngSeed};
use sexton_core::{
    BackupPolicy, BackupSet, Edition, Engine, Instance, InstanceKind, LogBackup, SETS_MAX,
    decide_delete_sets, deletable,
};

use crate::words::{Words, second};

pub(crate) fn answer(verb: &str, words: &mut Words<'_>) -> Option<String> {
    match verb {
        "rds-deletable" => Some(is_deletable(words)),
        "rds-delete" => Some(delete(words)),
        _ => None,
    }
}

fn instance(words: &mut Words<'_>) -> Instance {
    Instance {
        engine: match words.text("engine") {
            None | Some("mysql") => Engine::MySql,
            Some("postgresql") => Engine::PostgreSql,
            Some("mariadb") => Engine::MariaDb,
            Some("sqlserver") => Engine::SqlServer,
            Some(other) => panic!("no engine is called {other}"),
        },
        edition: match words.text("edition") {
            None | Some("high-availability") => Edition::HighAvailability,
            Some("basic") => Edition::Basic,
            Some("cluster") => Edition::Cluster,
            Some(other) => panic!("no edition is called {other}"),
        },
        kind: match words.text("kind") {
            None | Some("primary") => InstanceKind::Primary,
            Some("read-only") => InstanceKind::ReadOnly,
            Some("guard") => InstanceKind::Guard,
            Some("temporary") => InstanceKind::Temporary,
            Some(other) => panic!("no instance is {other}"),
        },
        is_running: words.text("stopped").is_none(),
        is_locked: words.text("locked").is_some(),
    }
}

fn policy(words: &mut Words<'_>) -> BackupPolicy {
    let log = words.number("log").map_or(LogBackup::Off, |days| LogBackup::On { days });
    BackupPolicy { days: words.number("data").unwrap_or(30), log }
}

fn moment(text: &str) -> Timestamp {
    text.parse().unwrap_or_else(|_| panic!("{text} is no moment"))
}

fn set(text: &str) -> BackupSet {
    match text {
        "running" => BackupSet::Running,
        ended => BackupSet::Ended { at: moment(ended) },
    }
}

fn is_deletable(words: &mut Words<'_>) -> String {
    let set = set(words.text("ended").unwrap());
    let now = moment(words.text("now").unwrap());
    let (instance, policy) = (instance(words), policy(words));
    match deletable(&instance, &policy, &set, now) {
        Ok(()) => "Enabled".to_owned(),
        Err(why) => format!("Disabled: {why}"),
    }
}

/// Sets are called after the day of November 2026 at whose beginning they ended, or `running`.
fn delete(words: &mut Words<'_>) -> String {
    let mut asked: Vec<String> = words.list("ids").into_iter().map(str::to_owned).collect();
    if let Some(many) = words.number::<usize>("many") {
        asked = vec!["01".to_owned(); many];
    }
    let find = |id: &str| match id.parse::<u8>() {
        Ok(day) => Some(set(&format!("2026-11-{day:02}T00:00:00Z"))),
        Err(_) => (id == "running").then_some(BackupSet::Running),
    };
    let now = moment("2026-11-28T00:00:00Z");
    let (instance, policy) = (instance(words), policy(words));
    match decide_delete_sets(&instance, &policy, &asked, find, now) {
        Ok(going) => format!("all go: {}", going.join(", ")),
        Err(refusal) => format!("refused: {refusal}"),
    }
}

/// The rule as a person would check it: by counting seconds.
fn slow(instance: Instance, policy: BackupPolicy, ended: i64, now: i64) -> bool {
    let day = 24 * 60 * 60;
    let engine = instance.engine == Engine::MySql || instance.engine == Engine::PostgreSql;
    let age = now - ended;
    let old = match policy.log {
        LogBackup::Off => age > 7 * day,
        LogBackup::On { days } => days < policy.days && age > i64::from(days) * day,
    };
    engine && instance.edition == Edition::HighAvailability && old
}

fn any_instance() -> impl Strategy<Value = Instance> {
    let engines = vec![Engine::MySql, Engine::PostgreSql, Engine::MariaDb, Engine::SqlServer];
    let editions = vec![
        Edition::Basic,
        Edition::HighAvailability,
        Edition::HighAvailability,
        Edition::Cluster,
    ];
    let kinds = vec![
        InstanceKind::Primary,
        InstanceKind::Primary,
        InstanceKind::ReadOnly,
        InstanceKind::Guard,
        InstanceKind::Temporary,
    ];
    let select = prop::sample::select::<Engine>;
    (
        select(engines),
        prop::sample::select(editions),
        prop::sample::select(kinds),
        prop::bool::weighted(0.8),
        prop::bool::weighted(0.2),
    )
        .prop_map(|(engine, edition, kind, is_running, is_locked)| Instance {
            engine,
            edition,
            kind,
            is_running,
            is_locked,
        })
}

fn any_policy() -> impl Strategy<Value = BackupPolicy> {
    let log = prop::option::of(6_u16..12).prop_map(|days| match days {
        None => LogBackup::Off,
        Some(days) => LogBackup::On { days },
    });
    (7_u16..12, log).prop_map(|(days, log)| BackupPolicy { days, log })
}

/// An age around the limits, to the second.
fn any_age() -> impl Strategy<Value = i64> {
    (-1_i64..13, -1_i64..=1).prop_map(|(days, seconds)| days * 24 * 60 * 60 + seconds)
}

proptest! {
    #![proptest_config(Config {
        rng_seed: RngSeed::Fixed(7), failure_persistence: None, ..Config::default()
    })]

    #[test]
    fn a_set_is_deletable_exactly_when_counting_seconds_says_so(
        instance in any_instance(), policy in any_policy(), age in any_age(),
    ) {
        let (now, ended) = (second(100_000_000), 100_000_000 - age);
        let set = BackupSet::Ended { at: second(ended) };
        let shown = deletable(&instance, &policy, &set, now).is_ok();
        prop_assert_eq!(shown, slow(instance, policy, ended, 100_000_000));
        prop_assert!(deletable(&instance, &policy, &BackupSet::Running, now).is_err());
    }

    #[test]
    fn of_what_one_call_names_all_sets_go_or_none_does(
        instance in any_instance(), policy in any_policy(),
        ages in prop::collection::vec(prop::option::of(any_age()), 0..6),
        named in prop::collection::vec(0_usize..7, 0..110),
    ) {
        let now = second(100_000_000);
        let set = |number: usize| {
            let age = ages.get(number)?;
            Some(age.map_or(BackupSet::Running, |age| {
                BackupSet::Ended { at: now - SignedDuration::from_secs(age) }
            }))
        };
        let asked: Vec<String> = named.iter().map(ToString::to_string).collect();
        let find = |id: &str| set(id.parse().unwrap());
        let may_go = |number: &usize| {
            set(*number).is_some_and(|set| deletable(&instance, &policy, &set, now).is_ok())
        };
        let ready = instance.kind == InstanceKind::Primary
            && instance.is_running
            && !instance.is_locked
            && (1..=SETS_MAX).contains(&named.len());
        match decide_delete_sets(&instance, &policy, &asked, find, now) {
            Ok(going) => {
                prop_assert!(ready && named.iter().all(may_go));
                let each: BTreeSet<&str> = asked.iter().map(String::as_str).collect();
                prop_assert_eq!(going.len(), each.len(), "once each");
                prop_assert_eq!(going.into_iter().collect::<BTreeSet<_>>(), each);
            }
            Err(refusal) => prop_assert!(!ready || !named.iter().all(may_go), "{}", refusal),
        }
    }
}
