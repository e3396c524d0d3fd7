//! Questions about what protects recovery points.

use sexton_core::{
    Guard, Lock, LockMode, LockOrder, Vault, decide_lock, decide_seal, decide_unlock,
};

use crate::ask::refused;
use crate::words::{Words, second};

/// The answer to a question of this kind.
pub(crate) fn answer(verb: &str, words: &mut Words<'_>) -> Option<String> {
    Some(match verb {
        "lock" => lock(words),
        "unlock" => {
            let (guard, now) = (guard(words), words.now());
            match decide_unlock(&guard, now) {
                Ok(None) => "there is no lock".to_owned(),
                Ok(Some(guard)) => shown(&guard),
                Err(refusal) => refused(refusal),
            }
        }
        "seal" => {
            let (guard, now) = (guard(words), words.now());
            decide_seal(&guard, now).map_or_else(|| "nothing to seal".to_owned(), |it| shown(&it))
        }
        _ => return None,
    })
}

/// `locked=governance`, or `locked=SECOND` of its lock date, or `locked=sealed`; with `at-least`
/// and `at-most` days.
pub(crate) fn guard(words: &mut Words<'_>) -> Guard {
    let mode = words.text("locked").map(|mode| match mode {
        "governance" => LockMode::Governance,
        "sealed" => LockMode::Compliance { lock_date: second(999), sealed: true },
        date => LockMode::Compliance { lock_date: second(date.parse().unwrap()), sealed: false },
    });
    let (min_days, max_days) = (words.number("at-least"), words.number("at-most"));
    let lock = mode.map(|mode| Lock { min_days, max_days, mode });
    Guard { lock, ..Guard::default() }
}

fn lock(words: &mut Words<'_>) -> String {
    let guard = guard(words);
    let order = LockOrder {
        min_days: words.number("min"),
        max_days: words.number("max"),
        changeable_days: words.number("changeable"),
    };
    decide_lock(order, &guard, words.now()).map_or_else(refused, |guard| shown(&guard))
}

fn shown(guard: &Guard) -> String {
    // What a vault is kept with beside its lock is not in its own body.
    let vault = Vault { guard: guard.clone(), ..crate::words::vault() };
    assert!(!serde_json::to_string(&vault).unwrap().contains("lock"));
    guard.lock.as_ref().map_or_else(|| "unlocked".to_owned(), |lock| format!("{lock:?}"))
}
