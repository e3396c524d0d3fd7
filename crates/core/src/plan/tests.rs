//! Schedules, selections and looks, held against slow and obvious versions.

use std::collections::BTreeSet;

use jiff::civil::Weekday;
use jiff::tz::{AmbiguousOffset, TimeZoneDatabase};
use jiff::{SignedDuration, Timestamp};
use proptest::prelude::*;

use super::*;
use crate::{Lifecycle, VaultName, Windows};

fn at(text: &str) -> Timestamp {
    text.parse().unwrap()
}

/// One part of a field, and the values that it stands for.
fn any_part(from: u16, to: u16) -> impl Strategy<Value = (String, BTreeSet<u16>)> {
    let range = (from..=to, from..=to).prop_map(move |(a, b)| (a.min(b), a.max(b)));
    prop_oneof![
        3 => (from..=to).prop_map(|it| (it.to_string(), BTreeSet::from([it]))),
        1 => Just(("*".to_owned(), (from..=to).collect())),
        1 => range.clone().prop_map(|(a, b)| (format!("{a}-{b}"), (a..=b).collect())),
        1 => (from..=to, 1..=to).prop_map(move |(a, step)| {
            (format!("{a}/{step}"), (a..=to).step_by(usize::from(step)).collect())
        }),
        1 => (range, 1..=to).prop_map(|((a, b), step)| {
            (format!("{a}-{b}/{step}"), (a..=b).step_by(usize::from(step)).collect())
        }),
    ]
}

fn any_field(from: u16, to: u16) -> impl Strategy<Value = (String, BTreeSet<u16>)> {
    prop::collection::vec(any_part(from, to), 1..3).prop_map(|parts| {
        let texts: Vec<_> = parts.iter().map(|it| it.0.clone()).collect();
        (texts.join(","), parts.into_iter().flat_map(|it| it.1).collect())
    })
}

/// An expression, and what it stands for, looked up minute by minute.
#[derive(Debug, Clone)]
struct Slow {
    minute: u16,
    hours: BTreeSet<u16>,
    days: BTreeSet<u16>,
    of_week: bool,
    months: BTreeSet<u16>,
    text: String,
}

fn any_slow() -> impl Strategy<Value = Slow> {
    let days = prop_oneof![
        any_field(1, 31).prop_map(|days| (days, false)),
        any_field(1, 7).prop_map(|days| (days, true)),
    ];
    (0_u16..60, any_field(0, 23), days, any_field(1, 12)).prop_map(
        |(minute, hours, (days, of_week), months)| {
            let (day, weekday) = if of_week { ("?", &*days.0) } else { (&*days.0, "?") };
            let text = format!("cron({minute} {} {day} {} {weekday} *)", hours.0, months.0);
            Slow { minute, hours: hours.1, days: days.1, of_week, months: months.1, text }
        },
    )
}

impl Slow {
    /// Whether it runs in the minute that begins at `now`.
    fn is(&self, now: Timestamp, zone: &jiff::tz::TimeZone) -> bool {
        let time = zone.to_datetime(now);
        let number = |it: i8| u16::try_from(it).unwrap();
        let weekday = match time.weekday() {
            Weekday::Sunday => 1,
            Weekday::Monday => 2,
            Weekday::Tuesday => 3,
            Weekday::Wednesday => 4,
            Weekday::Thursday => 5,
            Weekday::Friday => 6,
            Weekday::Saturday => 7,
        };
        let day = if self.of_week { weekday } else { number(time.day()) };
        let is = self.minute == number(time.minute())
            && self.hours.contains(&number(time.hour()))
            && self.days.contains(&day)
            && self.months.contains(&number(time.month()));
        // Of a time that comes twice the first one counts.
        is && match zone.to_ambiguous_timestamp(time).offset() {
            AmbiguousOffset::Fold { before, .. } => zone.to_offset(now) == before,
            AmbiguousOffset::Unambiguous { .. } | AmbiguousOffset::Gap { .. } => true,
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(300))]

    /// Held against a look at every minute, around the days on which clocks are moved.
    #[test]
    fn the_next_and_the_latest_time_are_those_that_a_look_at_every_minute_finds(
        slow in any_slow(),
        zone in prop::sample::select(vec![
            "Etc/UTC", "Europe/Berlin", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu",
            "America/St_Johns", "Pacific/Apia",
        ]),
        start in prop::sample::select(vec![
            "2026-03-06T22:30:00Z", "2026-03-27T12:00:00Z", "2026-10-23T07:59:00Z",
            "2026-10-30T20:00:00Z", "2026-04-03T12:00:00Z", "2024-02-27T00:00:00Z",
            "2011-12-28T09:00:00Z", "2026-12-30T10:00:00Z",
        ]),
        off in 0_i64..1440,
    ) {
        const DAYS: i64 = 6;
        let schedule = PlanSchedule::parse(&slow.text, zone).unwrap();
        let zone = TimeZoneDatabase::bundled().get(zone).unwrap();
        let start = at(start) + SignedDuration::from_mins(off);
        let end = start + SignedDuration::from_hours(24 * DAYS);
        let minutes = (1..=DAYS * 24 * 60).map(|it| start + SignedDuration::from_mins(it));
        let expected: Vec<_> = minutes.filter(|now| slow.is(*now, &zone)).collect();
        let (mut found, mut last) = (Vec::new(), start);
        while let Some(next) = schedule.next(start, last).filter(|next| *next <= end) {
            prop_assert!(next > last);
            found.push(next);
            last = next;
        }
        prop_assert_eq!(&found, &expected, "{}", &slow.text);
        prop_assert_eq!(schedule.latest(start, start, end), expected.last().copied());
        for time in expected {
            prop_assert_eq!(schedule.latest(start, start, time), Some(time));
        }
    }

    /// Nothing that a caller sends is a panic.
    #[test]
    fn whatever_is_no_schedule_is_refused(
        text in "[a-z0-9()*/,LW#? -]{0,40}", zone in "[A-Za-z/_+0-9-]{0,20}",
        fields in "[0-9*/,LW#?A-Z-]{1,6}( [0-9*/,LW#?A-Z-]{1,6}){5}", after: i64,
    ) {
        let after = Timestamp::from_second(after.rem_euclid(400_000_000_000)).unwrap_or_default();
        for text in [text, format!("cron({fields})"), format!("cron(0 {fields})")] {
            for zone in [zone.as_str(), "Etc/UTC"] {
                if let Ok(schedule) = PlanSchedule::parse(&text, zone) {
                    let next = schedule.next(after, after);
                    prop_assert!(next.is_none_or(|next| next > after));
                    schedule.latest(after, Timestamp::MIN, after);
                }
            }
        }
    }

    #[test]
    fn a_pattern_fits_what_its_letters_and_wildcards_say(
        parts in prop::collection::vec("[ab:/]{0,3}", 1..4), between in "[ab:/]{0,5}",
    ) {
        let order = |pattern: String| SelectionOrder {
            resources: vec![pattern], ..selection("x")
        };
        let arn = format!("arn:aws:ec2:r:1:volume/{}", parts.join(&between));
        let pattern = format!("arn:aws:ec2:?:1:volume/{}", parts.join("*"));
        prop_assert!(order(pattern.clone()).selects(&arn.parse().unwrap(), &Tags::new()));
        let other = arn.replace("volume", "instance").parse().unwrap();
        prop_assert!(!order(pattern).selects(&other, &Tags::new()));
    }
}

fn selection(name: &str) -> SelectionOrder {
    SelectionOrder {
        name: name.to_owned(),
        role: "arn:aws:iam::123456789012:role/R".parse().unwrap(),
        resources: Vec::new(),
        not_resources: Vec::new(),
        tags: Vec::new(),
        conditions: Vec::new(),
        token: None,
    }
}

fn rule(name: &str, schedule: &str) -> RuleOrder {
    RuleOrder {
        name: name.to_owned(),
        vault: "gold".parse::<VaultName>().unwrap(),
        schedule: PlanSchedule::parse(schedule, "Etc/UTC").unwrap(),
        windows: Windows::default(),
        lifecycle: Lifecycle::default(),
        tags: Tags::new(),
        copies: Vec::new(),
    }
}

fn plan_of(rules: Vec<RuleOrder>, now: Timestamp) -> Plan {
    let order = PlanOrder { name: "daily".to_owned(), rules, tags: Tags::new(), token: None };
    let names = PlanNames::new(now, [7; 10]);
    let realm = Realm::new("eu-central-1", "123456789012");
    match decide_create_plan(order, PlanFacts::default(), &realm, names).unwrap() {
        NewPlan::Made(plan) | NewPlan::Repeated(plan) => *plan,
    }
}

fn selecting(plan: Plan, order: SelectionOrder, now: Timestamp) -> Plan {
    match decide_add_selection(plan, order, PlanNames::new(now, [9; 10])).unwrap() {
        NewSelection::Made(plan, _) => *plan,
        NewSelection::Repeated(_) => panic!("it is new"),
    }
}

proptest! {
    /// However the clock moves, no time of a rule is run twice, none that has come is passed over
    /// in silence, and one look runs each rule once at the most.
    #[test]
    fn every_time_that_comes_is_run_or_missed_and_none_is_run_twice(
        steps in prop::collection::vec((-3_000_i64..12_000, any::<bool>()), 1..40),
    ) {
        let start = at("2026-11-30T12:00:00Z");
        let rules = vec![rule("hourly", "rate(1 hour)"), rule("six", "cron(30 0/6 * * ? *)")];
        let everything = SelectionOrder { resources: vec!["*".to_owned()], ..selection("all") };
        let mut plan = selecting(plan_of(rules, start), everything, start);
        let (mut now, mut ran) = (start, BTreeSet::new());
        for (minutes, drains) in steps {
            now = (now + SignedDuration::from_mins(minutes)).max(start);
            let before = plan.clone();
            match plan.look(now) {
                PlanLook::NotYet => {
                    prop_assert!(before.due.is_some_and(|due| due > now));
                }
                PlanLook::Forget => prop_assert!(false, "it is not deleted"),
                PlanLook::Settled(settled, due) => {
                    let is_far = before.settled > now + PLAN_DUE_AHEAD;
                    let settled_before = if is_far { now } else { before.settled };
                    // Only after a clock was set back far the same time may come again.
                    ran.retain(|(_, at)| !is_far || *at <= now);
                    prop_assert!(due.len() <= 2, "each rule once");
                    for rule in &before.version.rules {
                        let came = rule.latest(settled_before, now);
                        let told = due.iter().find(|it| it.rule == rule.id).map(|it| it.at);
                        prop_assert_eq!(came, told);
                    }
                    for it in due {
                        prop_assert!(ran.insert((it.rule, it.at)), "{} again", it.at);
                    }
                    plan = *settled;
                }
            }
            if drains {
                for run in plan.runs.clone() {
                    plan = plan.with_all_begun(&run, now);
                }
                prop_assert!(plan.runs.is_empty());
            }
            let due = plan.due.unwrap();
            prop_assert!(due >= now.min(plan.settled) && due <= now + PLAN_DUE_AHEAD);
        }
    }
}

#[test]
fn a_plan_without_selections_is_not_looked_at() {
    let now = at("2026-11-30T12:00:00Z");
    let plan = plan_of(vec![rule("daily", "cron(0 5 * * ? *)")], now);
    assert_eq!(plan.due, None);
    assert_eq!(plan.look(at("2026-12-30T05:00:00Z")), PlanLook::NotYet);
}

#[test]
fn a_plan_is_stored_and_read_as_it_was() {
    let now = at("2026-11-30T12:00:00Z");
    let plan = plan_of(vec![rule("daily", "cron(0 5 ? * SUN *)")], now);
    let everything = SelectionOrder { resources: vec!["*".to_owned()], ..selection("all") };
    let plan = selecting(plan, everything, now);
    let PlanLook::Settled(plan, _) = plan.look(at("2026-12-06T05:00:01Z")) else { panic!("due") };
    assert_eq!(plan.runs.len(), 1);
    let text = serde_json::to_string(&*plan).unwrap();
    assert_eq!(serde_json::from_str::<Plan>(&text).unwrap(), *plan);
}

/// It ran a second time: whoever asks may wait for long before they are answered.
#[test]
fn a_selection_that_was_asked_for_long_ago_takes_back_no_time_that_is_settled() {
    let start = at("2026-11-30T12:00:00Z");
    let plan = plan_of(vec![rule("hourly", "rate(1 hour)")], start);
    let plan = Plan { settled: at("2026-11-30T15:00:00Z"), ..plan };
    let everything = SelectionOrder { resources: vec!["*".to_owned()], ..selection("all") };
    let plan = selecting(plan, everything, at("2026-11-30T12:30:00Z"));
    assert_eq!(plan.look(at("2026-11-30T15:30:00Z")), PlanLook::NotYet);
}

/// It did not run until the clock was there again.
#[test]
fn a_rule_that_was_made_while_the_clock_was_far_ahead_counts_from_when_that_is_put_right() {
    let (ahead, now) = (at("2030-01-01T00:30:00Z"), at("2026-11-30T12:00:00Z"));
    for schedule in ["rate(1 hour)", "cron(0 5 * * ? *)"] {
        let everything = SelectionOrder { resources: vec!["*".to_owned()], ..selection("all") };
        let plan = selecting(plan_of(vec![rule("one", schedule)], ahead), everything, ahead);
        let PlanLook::Settled(plan, due) = plan.look(now) else { panic!("it is put right") };
        assert_eq!(due, [], "nothing is made up for");
        let later = now + SignedDuration::from_hours(24);
        let PlanLook::Settled(plan, due) = plan.look(later) else { panic!("due") };
        assert_eq!((due.len(), plan.runs.len()), (1, 1), "{schedule}");
    }
}
