//! Where the library reads a policy otherwise than AWS says, or than we do on purpose: each by its
//! name, with the reason. Each tells the library the same case in other words.
//!
//! Pages are of the IAM User Guide, <https://docs.aws.amazon.com/IAM/latest/UserGuide/>.

use std::net::IpAddr;

use iam_rs::Arn;

use crate::cases::{Case, Condition, Listed, Statement};

type Tell = fn(&mut Case);

/// All of them, in the order in which they are told.
pub(crate) const DIFFERENCES: [(&str, Tell); 14] = [
    ("variables are letters in the older version", variables_are_letters_in_the_older_version),
    ("an escaped wildcard is a letter", an_escaped_wildcard_is_a_letter),
    ("a wildcard in a value is a letter", a_wildcard_in_a_value_is_a_letter),
    ("conditions have variables", conditions_have_variables),
    ("an ARN that ends early goes on", an_arn_that_ends_early_goes_on),
    ("a deny reaches beyond the field of a star", a_deny_reaches_beyond_the_field_of_a_star),
    ("a service may have wildcards", a_service_may_have_wildcards),
    ("an account is everybody in it", an_account_is_everybody_in_it),
    ("a role is all of its sessions", a_role_is_all_of_its_sessions),
    ("a role of the same last name may be it", a_role_of_the_same_last_name_may_be_it),
    ("nobody is spared who is named in part", nobody_is_spared_who_is_named_in_part),
    ("ARNs are compared field by field", arns_are_compared_field_by_field),
    ("a day is its beginning", a_day_is_its_beginning),
    ("an address of four bytes may be written as of sixteen", an_address_has_one_form),
];

/// Letters that stand for `*` and `?` where these are none, since nothing else has them.
const STAR: &str = "★";
const MARK: &str = "☆";

/// A resource that nobody has.
const NOWHERE: &str = "arn:aws:none:::none";

/// A principal that never asks.
const SOMEBODY: &str = "arn:aws:iam::000000000000:user/somebody";

fn each_value(case: &mut Case, change: impl Fn(&mut Condition, usize)) {
    for condition in case.statements.iter_mut().flat_map(|it| &mut it.conditions) {
        for at in 0..condition.values.len() {
            change(condition, at);
        }
    }
}

fn each_resource(case: &mut Case, change: impl Fn(&mut String)) {
    case.statements.iter_mut().flat_map(|it| &mut it.resources.items).for_each(change);
}

/// There are variables since the version 2012-10-17: `reference_policies_variables`.
fn variables_are_letters_in_the_older_version(case: &mut Case) {
    if case.version == "2008-10-17" {
        each_resource(case, |it| *it = it.replace('$', "＄"));
        each_value(case, |it, at| it.values[at] = it.values[at].replace('$', "＄"));
    }
}

/// `${*}` and `${?}` are letters that are no wildcards: `reference_policies_variables`.
fn an_escaped_wildcard_is_a_letter(case: &mut Case) {
    let escape = |text: &str| text.replace("${*}", STAR).replace("${?}", MARK);
    each_resource(case, |it| *it = escape(it));
    each_value(case, |it, at| it.values[at] = escape(&it.values[at]));
}

/// The library puts values into patterns and takes a `*` in them for a wildcard, which lets a user
/// named `*` do everything. AWS documents no such thing, and nobody can mean it.
fn a_wildcard_in_a_value_is_a_letter(case: &mut Case) {
    let letters = |text: &str| text.replace('*', STAR).replace('?', MARK);
    case.resource = letters(&case.resource);
    for value in case.context.values_mut().flatten() {
        *value = letters(value);
    }
    // In values that are compared without wildcards as well, so that they stay equal.
    each_value(case, |it, at| {
        if it.operator.contains("String") && it.operator.contains("Equals") {
            it.values[at] = letters(&it.values[at]);
        }
    });
}

/// The library fills variables in resources only. `reference_policies_variables`: "in the Resource
/// element and in string comparisons in the Condition element".
fn conditions_have_variables(case: &mut Case) {
    let context = case.their_context();
    each_value(case, |it, at| {
        it.values[at] = iam_rs::interpolate_variables(&it.values[at], &context).unwrap();
    });
}

/// What an ARN of fewer than six fields lacks is completed with wildcards:
/// `reference_policies_elements_resource`. The library refuses such a policy.
fn an_arn_that_ends_early_goes_on(case: &mut Case) {
    each_resource(case, |it| {
        if it != "*" {
            let lacking = 6_usize.saturating_sub(it.split(':').count());
            it.push_str(&":*".repeat(lacking));
        }
    });
}

/// "If the * wildcard is the last character of a resource ARN segment, it can expand to match
/// beyond the colon boundaries", and it is better not to rely on it:
/// `reference_policies_elements_resource`. We do where that denies more, and not where that allows
/// more; the library never does.
fn a_deny_reaches_beyond_the_field_of_a_star(case: &mut Case) {
    let (resource, context) = (case.resource.clone(), case.their_context());
    for Statement { denies, resources, .. } in &mut case.statements {
        for pattern in resources.items.iter_mut().filter(|_| *denies != resources.not) {
            let fields: Vec<&str> = pattern.split(':').collect();
            if fields.iter().rev().skip(1).any(|field| field.contains(['*', '?'])) {
                let filled = iam_rs::interpolate_variables(pattern, &context).unwrap();
                let is_it = Arn::wildcard_match(&resource, &filled);
                (if is_it { "*" } else { NOWHERE }).clone_into(pattern);
            }
        }
    }
}

/// "You can't use a wildcard in the service segment": `reference_policies_elements_resource`. The
/// library finds nothing by such a pattern, which would void a deny; it does here what it says.
fn a_service_may_have_wildcards(case: &mut Case) {
    let resource = case.resource.clone();
    each_resource(case, |it| *it = with_service_of(&resource, it));
}

/// The pattern, with the service of the ARN in place of wildcards that stand for it.
fn with_service_of(arn: &str, pattern: &str) -> String {
    match (Arn::parse(arn), Arn::parse(pattern)) {
        (Ok(arn), Ok(pattern)) if Arn::wildcard_match(&arn.service, &pattern.service) => {
            Arn { service: arn.service, ..pattern }.to_string()
        }
        (Ok(_) | Err(_), Ok(_) | Err(_)) => pattern.to_owned(),
    }
}

fn account_of(arn: &str) -> &str {
    arn.split(':').nth(4).unwrap_or_default()
}

fn is_account(item: &str, account: &str) -> bool {
    item == account || item == format!("arn:aws:iam::{account}:root")
}

/// The principals of statements that are wide about whom they mean: those of a deny, and those that
/// an allow leaves out.
fn widely_meant(case: &mut Case) -> impl Iterator<Item = &mut String> {
    let wide = case.statements.iter_mut().filter(|it| it.denies != it.principals.not);
    wide.flat_map(|it| &mut it.principals.items)
}

/// An account that is denied is denied with all of its principals:
/// `reference_policies_elements_principal`. The library means the root user alone, which is right
/// in an allow: whom of it the account lets, the account says itself.
fn an_account_is_everybody_in_it(case: &mut Case) {
    let by = case.by.clone();
    for item in widely_meant(case).filter(|it| is_account(it, account_of(&by))) {
        item.clone_from(&by);
    }
}

/// Whatever is said of a role is said of its sessions: `reference_policies_elements_principal`. The
/// library compares texts.
fn a_role_is_all_of_its_sessions(case: &mut Case) {
    let (by, role) = (case.by.clone(), case.role.clone());
    let means = |it: &&mut Statement| !(it.denies && it.principals.not);
    for item in case.statements.iter_mut().filter(means).flat_map(|it| &mut it.principals.items) {
        if Some(&*item) == role.as_ref() {
            item.clone_from(&by);
        }
    }
}

/// The ARN of a session tells the last part of its role's alone: `reference_identifiers`. Where the
/// rest is not known, a deny of any role with that last part may mean it, so it does.
fn a_role_of_the_same_last_name_may_be_it(case: &mut Case) {
    let by = case.by.clone();
    let last = by.split_once(":assumed-role/").and_then(|(_, name)| name.split('/').next());
    let (Some(last), None) = (last, &case.role) else { return };
    for item in widely_meant(case) {
        let is_role = item.contains(":role/") && account_of(item) == account_of(&by);
        if is_role && item.rsplit('/').next() == Some(last) {
            item.clone_from(&by);
        }
    }
}

/// The list of all but whom a statement denies.
fn spared(case: &mut Case) -> impl Iterator<Item = &mut Listed> {
    case.statements
        .iter_mut()
        .filter(|it| it.denies && it.principals.not)
        .map(|it| &mut it.principals)
}

/// Whether account, role and session are all named, as far as there are such.
fn names_in_full(items: &[String], by: &str, role: Option<&String>) -> bool {
    let account = items.iter().any(|it| is_account(it, account_of(by)));
    let is_root = by.ends_with(":root");
    let itself = is_root || items.iter().any(|it| it == by);
    let its_role = role.is_some_and(|role| items.contains(role));
    account && itself && (its_role || !by.contains(":assumed-role/"))
}

/// "When you use `NotPrincipal` with Deny, you must also specify the account ARN of the not-denied
/// principal", and of a session its role: `reference_policies_elements_notprincipal`. The library
/// spares whoever is named at all.
fn nobody_is_spared_who_is_named_in_part(case: &mut Case) {
    let (by, role) = (case.by.clone(), case.role.clone());
    for Listed { items, .. } in spared(case) {
        if !items.iter().any(|it| it == "*") && !names_in_full(items, &by, role.as_ref()) {
            *items = vec![SOMEBODY.to_owned()];
        }
    }
}

/// "Each of the six colon-delimited components of the ARN is checked separately", and `ArnEquals`
/// does the same as `ArnLike`: `reference_policies_elements_condition_operators`. The library
/// compares whole texts, and `ArnEquals` without wildcards. Its own ARNs know better: each value
/// is asked, and becomes one that is equal or is not.
fn arns_are_compared_field_by_field(case: &mut Case) {
    let mut told = 0;
    let context = &mut case.context;
    for condition in case.statements.iter_mut().flat_map(|it| &mut it.conditions) {
        if !condition.operator.contains("Arn") {
            continue;
        }
        let key = format!("told:{told}");
        let values = context.get(&condition.key).cloned().unwrap_or_default();
        let is_it = |value: &&String| condition.values.iter().any(|it| is_arn_of(value, it));
        let mut wanted: Vec<String> = values.iter().filter(is_it).cloned().collect();
        wanted.push("no value".to_owned());
        if !values.is_empty() {
            context.insert(key.clone(), values);
        }
        let operator = condition.operator.replace("Arn", "String").replace("Like", "Equals");
        *condition = Condition { operator, key, values: wanted };
        told += 1;
    }
}

fn is_arn_of(value: &str, pattern: &str) -> bool {
    let pattern = with_service_of(value, pattern);
    pattern == "*" || Arn::parse(value).is_ok_and(|arn| arn.matches(&pattern).unwrap())
}

/// Dates are those of ISO 8601, of which a day alone is one:
/// `reference_policies_elements_condition_operators`. The library knows only instants.
fn a_day_is_its_beginning(case: &mut Case) {
    let begin = |text: &mut String| {
        if text.len() == 10 && text.contains('-') {
            text.push_str("T00:00:00Z");
        }
    };
    case.context.get_mut("k:date").into_iter().flatten().for_each(begin);
    each_value(case, |it, at| {
        if it.operator.starts_with("Date") {
            begin(&mut it.values[at]);
        }
    });
}

/// Of `::ffff:10.1.2.3` and `10.1.2.3` a server that listens on both kinds sees either: RFC 4291,
/// 2.5.5.2. The library takes them for two.
fn an_address_has_one_form(case: &mut Case) {
    for value in case.context.get_mut("k:ip").into_iter().flatten() {
        let address: IpAddr = value.parse().unwrap();
        *value = address.to_canonical().to_string();
    }
}
