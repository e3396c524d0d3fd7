//! Questions about what protects recovery points.

use std::collections::{BTreeMap, BTreeSet};

use jiff::SignedDuration;
use sexton_core::{
    Association, Backup, Dates, DeleteFacts, ErasureRequest, Guard, Hold, HoldId, HoldOrder, Holds,
    Lifecycle, Lock, LockMode, LockOrder, NewHold, Principal, Requested, Rights, Selection,
    Snapshots, Tags, Use, Vault, VaultPolicy, decide_cancel, decide_hold, decide_lifecycle,
    decide_lock, decide_request, decide_requested, decide_seal, decide_unlock, decide_withdrawal,
    refuse_disassociation,
};

use crate::ask::{decided, named_job, refused};
use crate::words::{Words, job, lasting, realm, role_status, second, state, stored, vault_name};

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
        "hold" => hold(words),
        "cancel" => cancel(words),
        "change-lifecycle" => change_lifecycle(words),
        "disassociate" => {
            let from = match words.text("from") {
                Some("parent") => Association::Parent,
                Some(_) | None => Association::Continuous,
            };
            refused(refuse_disassociation(&stored(state(words.text("state"))), from))
        }
        "request" => request(words),
        "requested" => requested(words),
        _ => return None,
    })
}

/// `locked=governance`, or `locked=SECOND` of its lock date, or `locked=sealed`; with `at-least`
/// and `at-most` days.
pub(crate) fn guard(words: &mut Words<'_>) -> Guard {
    let mode = words.text("locked").map(|mode| match mode {
        "governance" => LockMode::Governance,
        "air-gapped" => LockMode::AirGapped,
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

/// One hold of these.
pub(crate) fn one_hold(selection: Selection) -> Holds {
    let order = HoldOrder { selection, ..hold_order() };
    match decide_hold(order, &Holds::default(), &realm(), second(5), HoldId::from_bytes([5; 16])) {
        Ok(NewHold::Made(hold)) => Holds::new(vec![hold]),
        other => panic!("it is made, and not {other:?}"),
    }
}

fn hold_order() -> HoldOrder {
    HoldOrder {
        title: "case".to_owned(),
        description: "against us".to_owned(),
        token: Some("once".to_owned()),
        selection: Selection::default(),
        tags: Tags::new(),
    }
}

/// `held=vault:NAME,resource:ARN,from:SECOND,to:SECOND`, of a hold; `held=all` is of everything.
pub(crate) fn holds(words: &mut Words<'_>) -> Holds {
    words.text("held").map_or_else(Holds::default, |text| one_hold(selection(text)))
}

fn selection(text: &str) -> Selection {
    let (mut selection, mut from, mut to) = (Selection::default(), None, None);
    for word in text.split(',') {
        match word.split_once(':') {
            Some(("vault", name)) => {
                selection.vaults.insert(vault_name(name));
            }
            Some(("resource", arn)) => {
                selection.resources.insert(format!("arn:aws:{arn}").parse().unwrap());
            }
            Some(("from", at)) => from = Some(second(at.parse().unwrap())),
            Some(("to", at)) => to = Some(second(at.parse().unwrap())),
            Some(_) | None => assert_eq!(word, "all"),
        }
    }
    selection.dates = from.zip(to).map(|(from, to)| Dates { from, to });
    selection
}

fn hold(words: &mut Words<'_>) -> String {
    let many = words.number("many");
    let mut order = hold_order();
    if let Some(title) = words.text("title") {
        title.clone_into(&mut order.title);
    }
    if let Some(long) = words.number("description-of") {
        order.description = "x".repeat(long);
    }
    if let Some(names) = words.number("names") {
        order.selection.vaults = (0..names).map(|it: u32| vault_name(&it.to_string())).collect();
    }
    if let Some(text) = words.text("of") {
        order.selection = selection(text);
    }
    if let Some(key) = words.text("tag") {
        order.tags.insert(key.to_owned(), String::new());
    }
    order.token = words.text("token").map(str::to_owned);
    let mut all = holds(words).all().to_vec();
    while many.is_some_and(|many| all.len() < many) {
        all.extend_from_slice(one_hold(Selection::default()).all());
    }
    let holds = Holds::new(all);
    let id = HoldId::from_bytes([7; 16]);
    match decide_hold(order, &holds, &realm(), words.now(), id) {
        Err(refusal) => refused(refusal),
        Ok(NewHold::Repeated(hold)) => format!("the same request made {} before", hold.id),
        Ok(NewHold::Made(hold)) if hold.selection.vaults.len() > 9 => {
            format!("{} of {} vaults", hold.id, hold.selection.vaults.len())
        }
        Ok(NewHold::Made(hold)) => format!("{} of {:?}", hold.id, hold.selection),
    }
}

fn cancel(words: &mut Words<'_>) -> String {
    let hold: Hold = one_hold(Selection::default()).all()[0].clone();
    let kept = words.number("kept").unwrap_or(1);
    let cancelled =
        |hold: Hold, days, now| decide_cancel(hold, "settled".to_owned(), days, kept, now);
    let hold = match words.number("cancelled") {
        None => hold,
        Some(at) => cancelled(hold, None, second(at)).unwrap(),
    };
    let ended = cancelled(hold, words.number("days"), words.now());
    ended.map_or_else(refused, |hold| format!("{:?}", hold.cancelled.unwrap()))
}

/// Days count from 1970; the backup was made in its first second.
fn change_lifecycle(words: &mut Words<'_>) -> String {
    let lifecycle = |cold, delete| Lifecycle {
        cold_after_days: cold,
        delete_after_days: delete,
        archive_opt_in: None,
    };
    let before = lifecycle(words.number("was-cold"), words.number("was-delete"));
    let backup = lasting(state(words.text("state")), before);
    let wanted = lifecycle(words.number("cold"), words.number("delete"));
    let guard = guard(words);
    match decide_lifecycle(backup, &guard, wanted, words.now()) {
        Err(refusal) => refused(refusal),
        Ok(backup) => format!("expires at {:?}", backup.expires_at()),
    }
}

/// A backup of which a deletion was asked for in second 5 by the root identity, and waits until
/// `until`; or none was, without that word.
fn asked_of(words: &mut Words<'_>) -> Backup {
    let until = words.number("until").map(second);
    let given_up = words.number("given-up").map(second);
    let kept_by = words.text("kept-by").unwrap_or("something").replace('_', " ");
    let kept_by = kept_by.replace("j5", &job(5).to_string());
    let by = words.text("by").map_or_else(|| realm().root_principal(), str::to_owned);
    let request = until.map(|until| ErasureRequest {
        asked: second(5),
        by: Principal(by),
        user: None,
        until,
        kept_by,
        given_up,
    });
    stored(state(words.text("state"))).with_request(request)
}

fn shown_request(request: &ErasureRequest) -> String {
    let ErasureRequest { asked, by, user: _, until, kept_by, given_up } = request;
    let end = given_up.map_or_else(String::new, |at| format!(", given up at {at}"));
    format!("asked at {asked} by {}, until {until}{end}: {kept_by}", by.0)
}

/// `deny=yes`: the policy of the vault denies deletions to everybody; `deny=guests`, to those of
/// whom a tag says that they are guests.
fn guard_and_policy(words: &mut Words<'_>) -> Guard {
    let policy = words.text("deny").map(|whom| {
        let of_guests = r#", "Condition": {"StringEquals": {"aws:PrincipalTag/team": "guests"}}"#;
        let condition = if whom == "guests" { of_guests } else { "" };
        VaultPolicy::from(format!(
            r#"{{"Version": "2012-10-17", "Statement": [{{"Effect": "Deny", "Principal": "*",
            "Action": "backup:DeleteRecoveryPoint", "Resource": "*"{condition}}}]}}"#
        ))
    });
    Guard { policy, ..guard(words) }
}

fn request(words: &mut Words<'_>) -> String {
    let backup = asked_of(words);
    if words.text("withdraw").is_some() {
        return decide_withdrawal(&backup).map_or_else(refused, |()| "withdrawn".to_owned());
    }
    let uses: Vec<Use> = words.list("uses").iter().map(|it| Use::restore(named_job(it))).collect();
    let (role, guard, holds) = (role_status(None), guard(words), holds(words));
    let (snapshots, of, uses) = (Snapshots::Deletable, &backup, &uses[..]);
    let (guard, holds) = (&guard, &holds);
    let facts = DeleteFacts { backup: of, uses, guard, holds, role, snapshots };
    let within = SignedDuration::from_secs(words.number("within").unwrap_or(90));
    let by = Principal("tester".to_owned());
    let asked = decide_request(facts, within, (&by, None), words.now());
    asked.map_or_else(refused, |request| shown_request(&request))
}

fn requested(words: &mut Words<'_>) -> String {
    let backup = asked_of(words);
    let uses: Vec<Use> = words.list("uses").iter().map(|it| Use::restore(named_job(it))).collect();
    let role = role_status(words.text("role"));
    let (guard, holds) = (guard_and_policy(words), holds(words));
    let (snapshots, of, uses) = (Snapshots::Deletable, &backup, &uses[..]);
    let (guard, holds) = (&guard, &holds);
    let facts = DeleteFacts { backup: of, uses, guard, holds, role, snapshots };
    let rights = match words.text("rights") {
        None => Some(Rights::All),
        Some("none") => Some(Rights::of(&BTreeMap::new(), &BTreeSet::new())),
        Some("of-nobody") => None,
        Some(other) => panic!("unknown rights {other}"),
    };
    match decide_requested(facts, rights.as_ref(), words.now(), job(7)) {
        Requested::Delete(deletion, request) => {
            format!("asked at {}: {}", request.asked, decided(*deletion, backup))
        }
        Requested::Stays(request) => format!("stays, {}", shown_request(&request)),
        Requested::GivenUp(request) => shown_request(&request),
        Requested::Nothing => "nothing".to_owned(),
    }
}
