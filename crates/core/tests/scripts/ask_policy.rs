//! Questions to access policies: the policy stands under the directive.

use std::sync::Arc;

use sexton_core::policy::{Context, Identity, Kind, Policy, Request, Ruling};
use sexton_core::{
    Access, Guard, Principal, VaultAction, VaultPolicy, decide_put_policy, decide_remove_policy,
};

use crate::ask_copy::vault_at;
use crate::words::{Words, point_arn, realm, vault_name};

/// The answer to `verb`, if it is about a policy.
pub(crate) fn answer(verb: &str, words: &mut Words<'_>, lines: &[&str]) -> Option<String> {
    let text = lines.join("\n");
    match verb {
        "policy" => Some(read(words, &text)),
        "rule" => Some(ruled(words, &text)),
        "access" => Some(accessed(words, text)),
        "put-policy" => Some(put(words, &text)),
        _ => None,
    }
}

/// What the root identity of an account may do with a vault that has this policy, or none.
fn accessed(words: &mut Words<'_>, policy: String) -> String {
    let guard = Guard { policy: (!policy.is_empty()).then(|| policy.into()), ..Guard::default() };
    let by = words.text("by").map_or_else(|| realm().root_principal(), str::to_owned);
    let (by, realm, at) = (&Principal(by), &realm(), words.now());
    let (connection, tags) = (words.connection(), words.given_tags());
    let (tags, own, says) =
        (tags.as_ref(), words.some_tags("own-tags").map(Arc::new), words.stated().map(Arc::new));
    let ask = |action| {
        let (role, role_tags, stated) = (None, own.clone(), says.clone());
        Access { by, role, role_tags, realm, at, connection, action, stated }
    };
    let point = point_arn(words.text("point").unwrap_or("p1"));
    let checked = match words.text("to") {
        None | Some("delete") => {
            ask(VaultAction::DeleteRecoveryPoint).check_point(&guard, &point, tags)
        }
        Some("restore") => ask(VaultAction::StartRestoreJob).check_point(&guard, &point, tags),
        Some("copy") => ask(VaultAction::StartCopyJob).check_point(&guard, &point, tags),
        Some("copy-out") => {
            ask(VaultAction::CopyFromBackupVault).check_vault(&guard, &vault_name("gold"), tags)
        }
        Some("copy-in") => {
            let into = vault_at(words.text("vault").unwrap_or("123456789012/eu-west-1/far"));
            ask(VaultAction::CopyIntoBackupVault).check_into(&guard, &into, tags)
        }
        Some("back-up") => {
            ask(VaultAction::StartBackupJob).check_vault(&guard, &vault_name("gold"), tags)
        }
        Some("lock") => ask(VaultAction::PutBackupVaultLockConfiguration).check_vault(
            &guard,
            &vault_name("gold"),
            tags,
        ),
        Some(other) => panic!("unknown action {other}"),
    };
    checked.map_or_else(|denied| format!("refused: {denied}"), |()| "may be done".to_owned())
}

fn put(words: &mut Words<'_>, policy: &str) -> String {
    let before = words.text("before").map(|_| policy.to_owned().into());
    let guard = Guard { policy: before, ..Guard::default() };
    let root = Principal(realm().root_principal());
    let by = words.text("by").map(|name| match name.strip_prefix("assumed-role/") {
        Some(_) => format!("arn:aws:sts::123456789012:{name}"),
        None => format!("arn:aws:iam::123456789012:{name}"),
    });
    let (by, realm, at) = (&by.map_or(root, Principal), &realm(), words.now());
    let action = VaultAction::PutBackupVaultAccessPolicy;
    let (connection, stated) = (words.connection(), words.stated().map(Arc::new));
    let role_tags = words.some_tags("own-tags").map(Arc::new);
    let access = Access { by, role: None, role_tags, realm, at, connection, action, stated };
    let tags = words.given_tags();
    match decide_put_policy(policy, &guard, &access, (&vault_name("gold"), tags.as_ref())) {
        Ok(Some(guard)) => {
            let removed = decide_remove_policy(&guard);
            let kept = guard.policy.as_ref().map(VaultPolicy::as_str);
            assert_eq!((kept, removed), (Some(policy), Some(Guard::default())));
            "put".to_owned()
        }
        Ok(None) => "it is there already".to_owned(),
        Err(malformed) => format!("refused: {malformed}"),
    }
}

fn kind(words: &mut Words<'_>) -> Kind {
    match words.text("of") {
        None | Some("resource") => Kind::Resource,
        Some("identity") => Kind::Identity,
        Some("trust") => Kind::Trust,
        Some("vault") => Kind::Vault,
        Some(other) => panic!("unknown kind {other}"),
    }
}

fn read(words: &mut Words<'_>, text: &str) -> String {
    let padding = " ".repeat(words.number("padding").unwrap_or(0));
    match Policy::parse(&format!("{text}{padding}"), kind(words)) {
        Ok(_) => "understood".to_owned(),
        Err(malformed) => format!("malformed: {malformed}"),
    }
}

/// `with=key>value,key>value` and `without=key,key` say what is known of the request.
fn ruled(words: &mut Words<'_>, text: &str) -> String {
    let policy = Policy::parse(text, kind(words)).unwrap();
    let by = words.text("by").unwrap_or("root");
    let by = match by.split_once(':') {
        Some(("service", name)) => Ok(Identity::service(name)),
        Some(_) => Identity::parse(by),
        None if by.starts_with("assumed-role/") => {
            Identity::parse(&format!("arn:aws:sts::111122223333:{by}"))
        }
        None => Identity::parse(&format!("arn:aws:iam::111122223333:{by}")),
    };
    let action = words.text("action").unwrap_or("backup:DeleteRecoveryPoint");
    let resource = words.text("resource").unwrap_or("arn:aws:ec2:us-east-1::snapshot/snap-1");
    let mut context = Context::default();
    for pair in words.list("with") {
        let (key, value) = pair.split_once('>').unwrap();
        context = context.with(key.to_owned(), value);
    }
    for key in words.list("without") {
        context = context.without(key);
    }
    let by = &by.unwrap();
    match policy.rule(&Request { by, action, resource, context: &context }) {
        Ruling::Denies => "denies".to_owned(),
        Ruling::Allows => "allows".to_owned(),
        Ruling::Silent => "says nothing".to_owned(),
    }
}
