//! Questions to the rights of users and of sessions: `own:`, `session:`, `vault:` and `trust:` say
//! what policies there are, one a line.

use std::collections::{BTreeMap, BTreeSet};

use sexton_core::{
    Asking, AssumeOrder, IamRole, Principal, Rights, Role, RoleArn, RoleName, RoleOrder,
    RoleStatus, Tags, User, decide_assume, decide_create_role, decide_create_user,
};

use crate::words::{Words, realm, second};

/// The answer to `verb`, if it is about users.
pub(crate) fn answer(verb: &str, words: &mut Words<'_>, lines: &[&str]) -> Option<String> {
    match verb {
        "may" => Some(may(words, lines)),
        "assume" => Some(assume(words, lines)),
        "role" => Some(status(words)),
        "user" => Some(user(words, lines)),
        _ => None,
    }
}

fn named<'a>(lines: &[&'a str], name: &str) -> Vec<&'a str> {
    lines.iter().filter_map(|line| line.strip_prefix(name)).map(str::trim).collect()
}

/// A user, a session of the role `sweeper`, or whatever ARN it is.
fn principal(words: &mut Words<'_>) -> Principal {
    let by = words.text("by").unwrap_or("user/ann");
    Principal(match by.split_once('/') {
        Some(("assumed-role", _)) => format!("arn:aws:sts::123456789012:{by}"),
        _ if by.contains(':') => by.to_owned(),
        _ => format!("arn:aws:iam::123456789012:{by}"),
    })
}

fn rights(words: &mut Words<'_>, lines: &[&str], by: &Principal) -> Rights {
    if by.0.ends_with(":root") {
        return Rights::All;
    }
    let own = named(lines, "own:").into_iter().enumerate();
    let own: BTreeMap<_, _> = own.map(|(at, text)| (at.to_string(), text.to_owned())).collect();
    let rights = Rights::of(&own, &words.names("attached"));
    let rights = match words.some_tags("own-tags") {
        Some(tags) => rights.tagged(tags),
        None => rights,
    };
    match named(lines, "session:").first() {
        Some(session) => rights.within(session).unwrap(),
        None => rights,
    }
}

fn may(words: &mut Words<'_>, lines: &[&str]) -> String {
    let by = &principal(words);
    let rights = rights(words, lines, by);
    let vault = named(lines, "vault:").first().map(|text| (*text).to_owned().into());
    let action = words.text("to").unwrap_or("backup:DeleteRecoveryPoint");
    let resource = words.text("of").unwrap_or("arn:aws:ec2:us-east-1::snapshot/snap-1");
    let resource = &format!("{resource}{}", "x".repeat(words.number("padding").unwrap_or(0)));
    let (role, at, realm) = (words.text("role"), words.now(), &realm());
    let (connection, tags) = (words.connection(), words.given_tags());
    let (tags, stated) = (tags.as_ref(), words.stated());
    let stated = stated.as_ref();
    let asking = Asking { by, role, realm, at, connection, action, resource, tags, stated };
    let is_brief = words.text("brief").is_some();
    match asking.check(&rights, vault.as_ref()) {
        Ok(()) => "may be done".to_owned(),
        Err(_) if is_brief => "refused".to_owned(),
        Err(denied) => format!("refused: {denied}\n{}", denied.in_words_of_aws()),
    }
}

fn role(trust: &str, tags: Tags) -> IamRole {
    let order = RoleOrder {
        path: "/team/".to_owned(),
        name: "sweeper".to_owned(),
        trust: trust.to_owned(),
        description: None,
        session_seconds: 7200,
        tags,
    };
    decide_create_role(order, "123456789012", None, second(1), [1; 16]).unwrap()
}

/// What a deletion makes of an ARN, where a role has its name.
fn status(words: &mut Words<'_>) -> String {
    let trust = r#"{"Statement": {"Effect": "Allow", "Action": "sts:AssumeRole",
        "Principal": {"Service": "backup.amazonaws.com"}}}"#;
    let made = Role::made(role(trust, Tags::new()));
    let arn: RoleArn = words.text("of").unwrap().parse().unwrap();
    assert_eq!(RoleName::of(&arn), made.key());
    let source = "arn:aws:ec2:us-east-1:123456789012:volume/vol-1".parse().unwrap();
    match made.status_for(&arn, &source) {
        RoleStatus::Permitted => "permitted",
        RoleStatus::Denied => "denied",
        RoleStatus::Missing => "missing",
    }
    .to_owned()
}

fn assume(words: &mut Words<'_>, lines: &[&str]) -> String {
    let by = &principal(words);
    let rights = rights(words, lines, by);
    let tags = words.given_tags().unwrap_or_default();
    let trusting = role(named(lines, "trust:").first().unwrap(), tags);
    let order = AssumeOrder {
        role: words.text("of").map_or_else(|| trusting.arn.clone(), |arn| arn.parse().unwrap()),
        session: words.text("session").unwrap_or("job-7").to_owned(),
        seconds: words.number("seconds"),
        policy: words.text("policy").map(str::to_owned),
        external_id: words.text("external").map(str::to_owned),
    };
    let (at, realm, resource) = (words.now(), &realm(), order.role.to_string());
    let chained = words.text("chained");
    let (connection, action) = (words.connection(), "sts:AssumeRole");
    let (role, resource) = (chained, resource.as_str());
    let (tags, stated) = (None, None);
    let asking = Asking { by, role, realm, at, connection, action, resource, tags, stated };
    let found = if words.text("none").is_some() { None } else { Some(&trusting) };
    match decide_assume(order, found, &asking, &rights, at) {
        Ok(session) => format!("{} until {}", session.principal(), session.until),
        Err(refusal) => format!("refused: {refusal}"),
    }
}

/// What a user becomes by one step after another.
fn user(words: &mut Words<'_>, lines: &[&str]) -> String {
    let mut user: Option<User> = None;
    let mut answers = Vec::new();
    for line in lines {
        let (verb, mut words) = Words::parse(line);
        let name = words.text("name").unwrap_or("ann").to_owned();
        let (id, policy) = (words.text("key"), words.text("policy").unwrap_or("p"));
        let (id, now) = (id.unwrap_or("AKSX1").to_owned(), second(1));
        let long = " ".repeat(words.number("padding").unwrap_or(0));
        let before = user.clone();
        let next = match (verb, before) {
            ("create", before) => {
                decide_create_user(&name, "123456789012", before.as_ref(), now, [1; 16]).map(Some)
            }
            ("put", Some(user)) => {
                let allows = r#"{"Effect": "Allow", "Action": "*", "Resource": "*"}"#;
                user.decide_put(policy, &format!(r#"{{"Statement": {allows}{long}}}"#)).map(Some)
            }
            ("take", Some(user)) => user.decide_remove_policy(policy).map(Some),
            ("key", Some(user)) => user.decide_add_key(id, now).map(Some),
            ("disable", Some(user)) => user.decide_set_key(&id, false),
            ("enable", Some(user)) => user.decide_set_key(&id, true),
            ("drop", Some(user)) => user.decide_remove_key(&id).map(Some),
            ("remove", Some(user)) => user.decide_remove().map(|()| Some(user)),
            (other, _) => panic!("unknown step {other}"),
        };
        answers.push(match next {
            Ok(None) => format!("{verb}: it is so already"),
            Ok(Some(next)) => {
                let state = |it: &sexton_core::UserKey| {
                    format!("{} {}", it.id, if it.active { "active" } else { "disabled" })
                };
                let keys: Vec<_> = next.keys.iter().map(state).collect();
                let policies: BTreeSet<_> = next.policies.keys().cloned().collect();
                user = Some(next);
                format!("{verb}: {policies:?} {keys:?}")
            }
            Err(refusal) => format!("{verb}: refused: {refusal}"),
        });
        words.none_left();
    }
    words.none_left();
    answers.join("\n")
}
