//! Questions about copies.

use sexton_core::{
    Backup, BeginCopy, CopyFacts, CopyJob, CopyOrder, InRealm, Lifecycle, NewCopy, State, UsedBy,
    VaultName, decide_copy, decide_copy_repeat,
};

use crate::ask::refused;
use crate::ask_protection::guard;
use crate::words::{Words, point_arn, role, role_status, second, state, stored, vault_name};

/// The answer to a question of this kind.
pub(crate) fn answer(verb: &str, words: &mut Words<'_>) -> Option<String> {
    Some(match verb {
        "copy" => copy(words),
        "copy-repeat" => repeat(words),
        _ => return None,
    })
}

/// `to=ACCOUNT/REGION/VAULT`.
pub(crate) fn vault_at(text: &str) -> InRealm<VaultName> {
    let (realm, vault) = text.rsplit_once('/').unwrap();
    let realm: sexton_core::Realm = realm.parse().unwrap();
    realm.with(vault_name(vault))
}

fn order(words: &mut Words<'_>) -> CopyOrder {
    CopyOrder {
        original: point_arn(words.text("point").unwrap_or("p1")),
        vault: vault_name(words.text("from").unwrap_or("gold")),
        destination: vault_at(words.text("to").unwrap_or("123456789012/eu-west-1/far")),
        role: words.text("role-arn").map_or_else(role, |arn| arn.parse().unwrap()),
        idempotency_token: Some("once".to_owned()),
        lifecycle: Lifecycle {
            cold_after_days: words.number("cold"),
            delete_after_days: words.number("delete"),
            archive_opt_in: None,
        },
        created_by: None,
    }
}

fn original(words: &mut Words<'_>) -> Backup {
    let original = stored(state(words.text("state")));
    let original = Backup { problems: "1 problem".to_owned(), ..original };
    match words.text("resource") {
        None => original,
        Some(arn) => Backup { source: format!("arn:aws:{arn}").parse().unwrap(), ..original },
    }
}

fn copy(words: &mut Words<'_>) -> String {
    let (order, original) = (order(words), original(words));
    let (guard, running) = (guard(words), words.number("running").unwrap_or(0));
    let role = role_status(words.text("role"));
    let facts = CopyFacts { original: &original, role, guard: &guard, running };
    match decide_copy(order.clone(), facts, words.now(), [9; 34]) {
        Err(refusal) => refused(refusal),
        Ok(NewCopy::NotLetIn(job)) => format!("not let in: {:?}", job.state),
        Ok(NewCopy::Begins(begin)) => begun(&order, &original, *begin),
    }
}

/// Checks what is true of every copy, and shows the rest.
fn begun(order: &CopyOrder, original: &Backup, begin: BeginCopy) -> String {
    let BeginCopy { job, copy, reads } = begin;
    assert_eq!((copy.id.job(), &copy.state), (job.id, &State::Creating));
    assert_eq!((reads.job, reads.by), (job.id, UsedBy::CopyJob));
    assert_eq!((job.original_key(), job.copy_key()), (original.key(), copy.key()));
    assert_eq!((job.destination(), &job.role), (order.destination.clone(), &order.role));
    assert_eq!((copy.copied_from(), copy.root()), (Some(original.key()), original.root()));
    assert_eq!((&copy.tags, &copy.problems), (&original.tags, &original.problems));
    assert_eq!((&copy.source, &copy.offered), (&original.source, &original.offered));
    assert_ne!((copy.id, &copy.objects), (original.id, &original.objects));
    let (kept, was) = (copy.in_vault().unwrap(), original.in_vault().unwrap());
    assert_eq!(kept.restore_metadata, was.restore_metadata);
    let (name, bytes, days) = (&job.copy, job.size_bytes, kept.lifecycle.delete_after_days);
    format!("{name} of {} in {}, {bytes} bytes, {days:?} days", copy.realm, kept.vault)
}

fn repeat(words: &mut Words<'_>) -> String {
    let mut first = Words::parse("copy delete=40").1;
    let (first, original) = (order(&mut first), original(&mut first));
    let guard = sexton_core::Guard::default();
    let role = role_status(None);
    let facts = CopyFacts { original: &original, role, guard: &guard, running: 0 };
    let Ok(NewCopy::Begins(begin)) = decide_copy(first, facts, second(10), [9; 34]) else {
        panic!("it begins");
    };
    let id = crate::words::job(5);
    let earlier = CopyJob { id, ..begin.job };
    match decide_copy_repeat(&order(words), earlier) {
        Ok(job) => format!("job {}", job.id),
        Err(refusal) => refused(refusal),
    }
}
