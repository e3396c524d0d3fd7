//! From a text to a policy.

use std::collections::{BTreeMap, BTreeSet};

use super::condition::{Condition, Operator, arn_pattern};
use super::json::Json;
use super::malformed::{MalformedPolicy, Problem};
use super::pattern::{Pattern, Reading};
use super::principal::Principal;
use super::{Effect, Kind, Listed, POLICY_BYTES_MAX, Policy, Statement};

type Members = BTreeMap<String, Json>;

const TOP: [&str; 3] = ["Version", "Id", "Statement"];

const ELEMENTS: [&str; 9] = [
    "Sid",
    "Effect",
    "Principal",
    "NotPrincipal",
    "Action",
    "NotAction",
    "Resource",
    "NotResource",
    "Condition",
];

/// Kinds of principals. Those of the first three are read; nobody of the others asks here.
const PRINCIPALS: [&str; 5] = ["AWS", "RAM", "Service", "Federated", "CanonicalUser"];

/// The way to a statement, and what holds for the texts in it.
#[derive(Clone, Copy)]
struct Place<'a> {
    path: &'a str,
    kind: Kind,
    variables: bool,
}

impl Place<'_> {
    fn error(&self, element: &str, problem: Problem) -> MalformedPolicy {
        let dot = if self.path.is_empty() || element.is_empty() { "" } else { "." };
        MalformedPolicy::new(&format!("{}{dot}{element}", self.path), problem)
    }
}

impl Policy {
    /// Reads a policy. What is not understood of it is an error that says where it stands, so
    /// that no policy is kept that does something else than it says.
    pub fn parse(text: &str, kind: Kind) -> Result<Self, MalformedPolicy> {
        let whole = Place { path: "", kind, variables: false };
        let bytes = text.len();
        if bytes > POLICY_BYTES_MAX {
            return Err(whole.error("", Problem::TooLarge { bytes }));
        }
        let json = Json::parse(text)
            .map_err(|error| whole.error("", Problem::NotJson(error.to_string())))?;
        let mut members = object(json, &whole, "")?;
        known(&members, &TOP, &whole)?;
        let variables = variables(members.remove("Version"), &whole)?;
        if let Some(id) = members.remove("Id") {
            self::text(id, &whole, "Id")?;
        }
        let statements = members.remove("Statement");
        let statements =
            statements.ok_or_else(|| whole.error("", Problem::Missing("Statement")))?.into_list();
        if statements.is_empty() {
            return Err(whole.error("Statement", Problem::MustBe("at least one statement")));
        }
        let (mut read, mut sids) = (Vec::with_capacity(statements.len()), BTreeSet::new());
        for (number, json) in statements.into_iter().enumerate() {
            let path = format!("Statement[{number}]");
            let place = Place { path: &path, kind, variables };
            read.push(statement(json, &place, &mut sids)?);
        }
        Ok(Self { statements: read })
    }
}

/// Whether variables stand for something, which the version says.
fn variables(version: Option<Json>, place: &Place<'_>) -> Result<bool, MalformedPolicy> {
    let Some(version) = version else { return Ok(false) };
    let version = text(version, place, "Version")?;
    match version.as_str() {
        "2008-10-17" => Ok(false),
        // Of IAM, and of RAM.
        "2012-10-17" | "1" => Ok(true),
        other => {
            let form = "a version: 2012-10-17 or 2008-10-17, or 1 in RAM";
            Err(place.error("Version", Problem::form(other, form)))
        }
    }
}

fn statement(
    json: Json,
    place: &Place<'_>,
    sids: &mut BTreeSet<String>,
) -> Result<Statement, MalformedPolicy> {
    let mut members = object(json, place, "")?;
    known(&members, &ELEMENTS, place)?;
    if let Some(sid) = members.remove("Sid") {
        let sid = text(sid, place, "Sid")?;
        if !sid.is_empty() && !sids.insert(sid.clone()) {
            return Err(place.error("Sid", Problem::SidTwice(super::malformed::cut(&sid))));
        }
    }
    let effect =
        members.remove("Effect").ok_or_else(|| place.error("", Problem::Missing("Effect")))?;
    let effect = match text(effect, place, "Effect")?.as_str() {
        "Allow" => Effect::Allow,
        "Deny" => Effect::Deny,
        other => return Err(place.error("Effect", Problem::form(other, "Allow or Deny"))),
    };
    let principals = principals(&mut members, place)?;
    let actions = patterns(&mut members, ("Action", "NotAction"), place, action)?;
    let resources = resources(&mut members, place)?;
    let conditions = match members.remove("Condition") {
        Some(block) => conditions(block, place)?,
        None => Vec::new(),
    };
    Ok(Statement { effect, principals, actions, resources, conditions })
}

/// The one of two opposite elements that stands there, and whether it is the negative one.
fn one_of(
    members: &mut Members,
    plain: &'static str,
    not: &'static str,
    place: &Place<'_>,
) -> Result<(bool, Json), MalformedPolicy> {
    match (members.remove(plain), members.remove(not)) {
        (Some(found), None) => Ok((false, found)),
        (None, Some(found)) => Ok((true, found)),
        (Some(_), Some(_)) => Err(place.error("", Problem::Both(plain))),
        (None, None) => Err(place.error("", Problem::Missing(plain))),
    }
}

fn patterns(
    members: &mut Members,
    (plain, not_plain): (&'static str, &'static str),
    place: &Place<'_>,
    read: impl Fn(&str, &Place<'_>) -> Result<Pattern, Problem>,
) -> Result<Listed<Pattern>, MalformedPolicy> {
    let (not, found) = one_of(members, plain, not_plain, place)?;
    let name = if not { not_plain } else { plain };
    let found = texts(found, place, name)?;
    Ok(Listed { not, items: each(&found, place, name, read)? })
}

fn resources(members: &mut Members, place: &Place<'_>) -> Result<Listed<Pattern>, MalformedPolicy> {
    let resource = |it: &str, place: &Place<'_>| arn_pattern(it, place.variables);
    if place.kind == Kind::Trust {
        let is_there = |name| members.contains_key(name);
        if is_there("Resource") || is_there("NotResource") {
            let problem = Problem::Unwanted("a resource: it is about the role that it hangs on");
            return Err(place.error("", problem));
        }
        let items = each(&["*".to_owned()], place, "Resource", resource)?;
        return Ok(Listed { not: false, items });
    }
    patterns(members, ("Resource", "NotResource"), place, resource)
}

fn principals(
    members: &mut Members,
    place: &Place<'_>,
) -> Result<Option<Listed<Principal>>, MalformedPolicy> {
    if place.kind == Kind::Identity {
        let is_there = |name| members.contains_key(name);
        if is_there("Principal") || is_there("NotPrincipal") {
            let problem = Problem::Unwanted("a principal: it is for whoever it hangs on");
            return Err(place.error("", problem));
        }
        return Ok(None);
    }
    if place.kind == Kind::Trust && members.contains_key("NotPrincipal") {
        let problem = Problem::Unwanted("NotPrincipal: it says who may assume the role");
        return Err(place.error("", problem));
    }
    let (not, found) = one_of(members, "Principal", "NotPrincipal", place)?;
    let name = if not { "NotPrincipal" } else { "Principal" };
    let by_kind = match found {
        Json::Text(star) if star == "*" => {
            return Ok(Some(Listed { not, items: vec![Principal::Everyone] }));
        }
        Json::Object(by_kind) if !by_kind.is_empty() => by_kind,
        Json::Object(_)
        | Json::Text(_)
        | Json::Null
        | Json::Bool(_)
        | Json::Number(_)
        | Json::List(_) => {
            let form = "\"*\", or an object such as {\"AWS\": \"123456789012\"}";
            return Err(place.error(name, Problem::MustBe(form)));
        }
    };
    let mut items = Vec::new();
    for (kind, named) in by_kind {
        let path = format!("{name}.{}", super::malformed::cut(&kind));
        let named = texts(named, place, &path)?;
        match kind.as_str() {
            "AWS" | "RAM" => {
                let parse = |it: &str, _: &Place<'_>| Principal::parse(it);
                items.extend(each(&named, place, &path, parse)?);
            }
            "Service" => items.extend(named.iter().cloned().map(Principal::Service)),
            "Federated" | "CanonicalUser" => {
                // Only `AWS` may say everyone and mean it.
                items.extend(named.iter().map(|_| Principal::Nobody));
            }
            other => return Err(place.error(name, Problem::unknown(other, PRINCIPALS))),
        }
    }
    Ok(Some(Listed { not, items }))
}

fn action(text: &str, place: &Place<'_>) -> Result<Pattern, Problem> {
    let is_word = |word: &str| {
        let plain = |it: u8| it.is_ascii_alphanumeric() || b"-_*?".contains(&it);
        !word.is_empty() && word.bytes().all(plain)
    };
    let fits = match text.split_once(':') {
        None => text == "*",
        Some((service, name)) => is_word(service) && is_word(name),
    };
    if !fits {
        return Err(Problem::form(text, "* or an action such as backup:DeleteRecoveryPoint"));
    }
    let is_of_backup = text.get(..7).is_some_and(|it| it.eq_ignore_ascii_case("backup:"));
    let is_of_sts = text.get(..4).is_some_and(|it| it.eq_ignore_ascii_case("sts:"));
    if place.kind == Kind::Trust && !is_of_sts {
        return Err(Problem::form(text, "an action of STS, such as sts:AssumeRole"));
    }
    if place.kind == Kind::Vault && (text.contains(['*', '?']) || !is_of_backup) {
        let form = "an action of AWS Backup by its full name, such as \
                    backup:DeleteRecoveryPoint: policies of vaults take no wildcards there";
        return Err(Problem::form(text, form));
    }
    Pattern::parse(text, Reading { wildcards: true, variables: false })
}

fn conditions(block: Json, place: &Place<'_>) -> Result<Vec<Condition>, MalformedPolicy> {
    let mut read = Vec::new();
    for (name, keys) in object(block, place, "Condition")? {
        let operator =
            Operator::parse(&name).map_err(|problem| place.error("Condition", problem))?;
        let path = format!("Condition.{name}");
        let mut seen = BTreeSet::new();
        for (key, values) in object(keys, place, &path)? {
            let path = format!("{path}.{}", super::malformed::cut(&key));
            // Two that are the same in another script both have to hold.
            if !seen.insert(key.to_ascii_lowercase()) {
                let problem = Problem::MustBe("named once, in whichever case");
                return Err(place.error(&path, problem));
            }
            let is_key = key.contains(':') && !key.starts_with(':') && !key.contains(['*', '$']);
            if !is_key {
                let form = "a condition key such as aws:SourceIp";
                return Err(place.error(&path, Problem::form(&key, form)));
            }
            let values = values_of(values, place, &path)?;
            let condition = Condition::parse(operator, &key, &values, place.variables);
            read.push(condition.map_err(|problem| place.error(&path, problem))?);
        }
    }
    Ok(read)
}

/// Values of a condition: texts, numbers and booleans, all as text.
fn values_of(json: Json, place: &Place<'_>, path: &str) -> Result<Vec<String>, MalformedPolicy> {
    let values: Option<Vec<String>> = json.into_list().into_iter().map(as_text).collect();
    values.filter(|values| !values.is_empty()).ok_or_else(|| {
        place.error(path, Problem::MustBe("a text, a number, true or false, or a list of them"))
    })
}

fn as_text(json: Json) -> Option<String> {
    match json {
        Json::Text(text) | Json::Number(text) => Some(text),
        Json::Bool(value) => Some(value.to_string()),
        Json::Null | Json::List(_) | Json::Object(_) => None,
    }
}

fn object(json: Json, place: &Place<'_>, element: &str) -> Result<Members, MalformedPolicy> {
    match json {
        Json::Object(members) => Ok(members),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::Text(_) | Json::List(_) => {
            Err(place.error(element, Problem::MustBe("an object in braces")))
        }
    }
}

fn known(members: &Members, names: &[&str], place: &Place<'_>) -> Result<(), MalformedPolicy> {
    match members.keys().find(|name| !names.contains(&name.as_str())) {
        Some(name) => Err(place.error("", Problem::unknown(name, names.iter().copied()))),
        None => Ok(()),
    }
}

fn text(json: Json, place: &Place<'_>, element: &str) -> Result<String, MalformedPolicy> {
    match json {
        Json::Text(text) => Ok(text),
        Json::Null | Json::Bool(_) | Json::Number(_) | Json::List(_) | Json::Object(_) => {
            Err(place.error(element, Problem::MustBe("a text")))
        }
    }
}

/// One text or more.
fn texts(json: Json, place: &Place<'_>, element: &str) -> Result<Vec<String>, MalformedPolicy> {
    let list = json.into_list();
    if list.is_empty() {
        return Err(place.error(element, Problem::MustBe("a text or a list of texts")));
    }
    list.into_iter().map(|item| text(item, place, element)).collect()
}

fn each<T>(
    items: &[String],
    place: &Place<'_>,
    element: &str,
    read: impl Fn(&str, &Place<'_>) -> Result<T, Problem>,
) -> Result<Vec<T>, MalformedPolicy> {
    let read = |item: &String| read(item, place).map_err(|problem| place.error(element, problem));
    items.iter().map(read).collect()
}
