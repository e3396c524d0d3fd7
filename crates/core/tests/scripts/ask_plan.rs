//! Puts the questions about plans: when they run, of what, and what becomes of them.

use std::fmt::Write;

use jiff::Timestamp;
use sexton_core::{
    CopyAction, Lifecycle, NewPlan, NewSelection, Plan, PlanFacts, PlanLook, PlanNames, PlanOrder,
    PlanRefusal, PlanSchedule, ResourceArn, RuleOrder, SelectionOrder, TagCondition, TagTest, Tags,
    Windows, decide_add_selection, decide_create_plan, decide_delete_plan, decide_remove_selection,
    decide_update_plan, planned_order, selected,
};

use crate::words::{Words, realm, role, vault_name};

pub(crate) fn answer(verb: &str, words: &mut Words<'_>, lines: &[&str]) -> Option<String> {
    Some(match verb {
        "next" => next(words, lines),
        "latest" => latest(words, lines),
        "select" => select(words, lines),
        "plan" => history(lines),
        _ => return None,
    })
}

fn instant(words: &mut Words<'_>, key: &str) -> Option<Timestamp> {
    words.text(key).map(|text| text.parse().unwrap())
}

/// A line for each expression: its next times.
fn next(words: &mut Words<'_>, lines: &[&str]) -> String {
    let after = instant(words, "after").unwrap();
    let since = instant(words, "since").unwrap_or(after);
    let (zone, count) = (words.text("zone").unwrap_or("Etc/UTC"), words.number("count"));
    let mut told = String::new();
    for line in lines {
        let schedule = match PlanSchedule::parse(line, zone) {
            Ok(schedule) => schedule,
            Err(refusal) => {
                writeln!(told, "refused: {refusal}").unwrap();
                continue;
            }
        };
        let (mut times, mut last) = (Vec::new(), after);
        for _time in 0..count.unwrap_or(3) {
            let Some(next) = schedule.next(since, last) else { break };
            times.push(next.to_string());
            last = next;
        }
        let times = if times.is_empty() { "never".to_owned() } else { times.join(" ") };
        writeln!(told, "{times}").unwrap();
    }
    told
}

fn latest(words: &mut Words<'_>, lines: &[&str]) -> String {
    let (after, by) = (instant(words, "after").unwrap(), instant(words, "by").unwrap());
    let since = instant(words, "since").unwrap_or(after);
    let zone = words.text("zone").unwrap_or("Etc/UTC");
    let mut told = String::new();
    for line in lines {
        let found = PlanSchedule::parse(line, zone).unwrap().latest(since, after, by);
        writeln!(told, "{}", found.map_or("none".to_owned(), |it| it.to_string())).unwrap();
    }
    told
}

/// The words of a selection.
fn selection(words: &mut Words<'_>) -> SelectionOrder {
    let texts = |list: Vec<&str>| list.into_iter().map(str::to_owned).collect();
    let mut conditions = Vec::new();
    for (word, test) in [
        ("equals", TagTest::Equals),
        ("not-equals", TagTest::NotEquals),
        ("like", TagTest::Like),
        ("not-like", TagTest::NotLike),
    ] {
        conditions.extend(words.tags(word).into_iter().map(|(key, value)| TagCondition {
            test,
            key: key.replace("tag/", "aws:ResourceTag/"),
            value,
        }));
    }
    SelectionOrder {
        name: words.text("name").unwrap_or("these").to_owned(),
        role: words.text("role").map_or_else(role, |arn| arn.parse().unwrap()),
        resources: texts(words.list("resources")),
        not_resources: texts(words.list("not")),
        tags: words.tags("tags").into_iter().collect(),
        conditions,
        token: words.text("token").map(str::to_owned),
    }
}

/// What is there: an ARN a line, and its tags.
fn there(lines: &[&str]) -> Vec<(ResourceArn, Tags)> {
    let one = |line: &&str| {
        let (arn, mut words) = Words::parse(line);
        (format!("arn:aws:{arn}").parse().unwrap(), words.tags("tags"))
    };
    lines.iter().map(one).collect()
}

fn select(words: &mut Words<'_>, lines: &[&str]) -> String {
    let now: Timestamp = "2026-11-30T12:00:00Z".parse().unwrap();
    let plan = create(&["rate(1 day)"], now).unwrap();
    let plan = match decide_add_selection(plan, selection(words), PlanNames::new(now, [3; 10])) {
        Ok(NewSelection::Made(plan, _)) => plan,
        Ok(NewSelection::Repeated(_)) => panic!("it is the first"),
        Err(refusal) => return format!("refused: {refusal}"),
    };
    let there = there(lines);
    let found = selected(&plan.selections, there.iter().map(|(arn, tags)| (arn, tags)));
    let mut told = String::new();
    for arn in found.keys() {
        writeln!(told, "{arn}").unwrap();
    }
    if told.is_empty() { "nothing".to_owned() } else { told }
}

/// `expression` or `name:expression`, each a rule.
fn rules(lines: &[&str], words: &mut Words<'_>) -> Vec<RuleOrder> {
    let windows = Windows {
        start_minutes: words.number("start"),
        complete_minutes: words.number("complete"),
    };
    let lifecycle = |words: &mut Words<'_>| Lifecycle {
        delete_after_days: words.number("delete"),
        cold_after_days: words.number("cold"),
        archive_opt_in: None,
    };
    let lifecycle = lifecycle(words);
    let copies: Vec<_> = words
        .list("copies")
        .into_iter()
        .map(|vault| CopyAction {
            realm: realm(),
            vault: vault_name(vault),
            lifecycle: Lifecycle::default(),
        })
        .collect();
    let rule = |line: &&str| {
        let (name, expression) = line.split_once(':').unwrap_or(("daily", line));
        RuleOrder {
            name: name.to_owned(),
            vault: vault_name("gold"),
            schedule: PlanSchedule::parse(expression, "Etc/UTC").unwrap(),
            windows,
            lifecycle,
            tags: Tags::new(),
            copies: copies.clone(),
        }
    };
    lines.iter().map(rule).collect()
}

fn create(expressions: &[&str], now: Timestamp) -> Result<Plan, PlanRefusal> {
    let (_, mut none) = Words::parse("none");
    let order = PlanOrder {
        name: "nightly".to_owned(),
        rules: rules(expressions, &mut none),
        tags: Tags::new(),
        token: None,
    };
    let names = PlanNames::new(now, [1; 10]);
    match decide_create_plan(order, PlanFacts::default(), &realm(), names)? {
        NewPlan::Made(plan) | NewPlan::Repeated(plan) => Ok(*plan),
    }
}

/// What happens to one plan, a line each. The rules of a line stand behind ` | `.
fn history(lines: &[&str]) -> String {
    let (mut plan, mut told) = (None::<Plan>, String::new());
    for line in lines {
        let mut parts = line.split(" | ");
        let (verb, mut words) = Words::parse(parts.next().unwrap());
        let expressions: Vec<&str> = parts.collect();
        let now = instant(&mut words, "now").unwrap();
        let said = step(&mut plan, (verb, &mut words), &expressions, now);
        words.none_left();
        let said = said.unwrap_or_else(|refusal| format!("refused: {refusal}"));
        writeln!(told, "{said}").unwrap();
    }
    told
}

fn step(
    plan: &mut Option<Plan>,
    (verb, words): (&str, &mut Words<'_>),
    expressions: &[&str],
    now: Timestamp,
) -> Result<String, PlanRefusal> {
    let names = PlanNames::new(now, [u8::try_from(now.as_second().rem_euclid(200)).unwrap(); 10]);
    let due = |plan: &Plan| plan.due.map_or("never".to_owned(), |due| due.to_string());
    match verb {
        "create" | "update" => {
            let order = PlanOrder {
                name: words.text("name").unwrap_or("nightly").to_owned(),
                tags: words.tags("tags"),
                token: words.text("token").map(str::to_owned),
                rules: rules(expressions, words),
            };
            if verb == "update" {
                let before = plan.clone().unwrap();
                let kept: Vec<_> = before.version.rules.iter().map(|it| it.id).collect();
                let after = decide_update_plan(before, order, names)?;
                let same =
                    |it: &sexton_core::Rule| if kept.contains(&it.id) { "kept" } else { "new" };
                let rules: Vec<_> = after.version.rules.iter().map(same).collect();
                let said =
                    format!("version {}, {}, due {}", after.versions, rules.join(" "), due(&after));
                *plan = Some(after);
                return Ok(said);
            }
            let facts = PlanFacts {
                of_token: plan.as_ref().filter(|it| it.token.is_some() && it.token == order.token),
                alike: plan.as_ref().filter(|_| words.text("alike").is_some()),
                plans: words.number("plans").unwrap_or(0),
            };
            match decide_create_plan(order, facts, &realm(), names)? {
                NewPlan::Made(made) => {
                    let windows = made.version.rules[0].order.windows;
                    *plan = Some(*made);
                    let (start, complete) = (windows.start_minutes, windows.complete_minutes);
                    Ok(format!("made, {} and {} minutes", start.unwrap(), complete.unwrap()))
                }
                NewPlan::Repeated(_) => Ok("repeated".to_owned()),
            }
        }
        "select" => match decide_add_selection(plan.clone().unwrap(), selection(words), names)? {
            NewSelection::Made(made, _) => {
                let said = format!("made, due {}", due(&made));
                *plan = Some(*made);
                Ok(said)
            }
            NewSelection::Repeated(_) => Ok("repeated".to_owned()),
        },
        "unselect" => {
            let before = plan.clone().unwrap();
            let id = before.selections.first().map_or_else(
                || sexton_core::SelectionId::from_bytes([0; 16]),
                |selection| selection.id,
            );
            let after = decide_remove_selection(before, id, now)?;
            let said = format!("removed, due {}", due(&after));
            *plan = Some(after);
            Ok(said)
        }
        "delete" => {
            let records = words.number("records").unwrap_or(1);
            let (after, kept) = decide_delete_plan(plan.clone().unwrap(), records, now)?;
            let said = format!("deleted, its record {}", if kept { "stays" } else { "goes" });
            *plan = Some(after);
            Ok(said)
        }
        "look" => Ok(look(plan, now)),
        "begin" => Ok(begin(plan.as_mut().unwrap(), now)),
        other => panic!("nothing is called {other:?}"),
    }
}

fn look(plan: &mut Option<Plan>, now: Timestamp) -> String {
    let before = plan.clone().unwrap();
    match before.look(now) {
        PlanLook::NotYet => "not yet".to_owned(),
        PlanLook::Forget => "forgotten".to_owned(),
        PlanLook::Settled(after, due) => {
            let name = |id| &before.version.rules.iter().find(|it| it.id == id).unwrap().order.name;
            let mut said: Vec<_> = due
                .iter()
                .map(|it| {
                    format!(
                        "{} {} {}",
                        if it.runs { "runs" } else { "missed" },
                        name(it.rule),
                        it.at
                    )
                })
                .collect();
            said.push(format!("due {}", after.due.map_or("never".to_owned(), |it| it.to_string())));
            *plan = Some(*after);
            said.join(", ")
        }
    }
}

/// Begins a backup of one resource, `fs-1`, in every run, and then there are no more.
fn begin(plan: &mut Plan, now: Timestamp) -> String {
    let resource: ResourceArn =
        "arn:aws:fsx:eu-central-1:123456789012:file-system/1".parse().unwrap();
    let mut said = Vec::new();
    for run in plan.runs.clone() {
        if !run.is_left(&resource) {
            continue;
        }
        let order = planned_order(plan, &run, &plan.selections[0], resource.clone(), now);
        let by = order.created_by.unwrap();
        said.push(format!(
            "{} of {} by {} into {}, to begin in {} minutes",
            order.resource.resource(),
            by.rule_name,
            by.plan_name,
            order.vault,
            order.windows.start_minutes.unwrap()
        ));
        *plan = plan.clone().with_begun(&run, resource.clone(), None, now);
        let again = plan.run_like(&run).is_none_or(|run| !run.is_left(&resource));
        assert!(again, "it is begun once");
        *plan = plan.clone().with_all_begun(&run, now);
    }
    if said.is_empty() { "nothing".to_owned() } else { said.join("; ") }
}
