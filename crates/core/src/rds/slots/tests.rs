//! What becomes of slots with each change of an instance: in use, owed, or taken back.

use super::*;
use crate::{BackupPolicy, Edition, InstanceKind, Looks, Schedule, Tags};

fn database(log: bool) -> Database {
    let log = if log { LogBackup::On { days: 7 } } else { LogBackup::Off };
    let (schedule, now) = (Schedule::default(), Timestamp::UNIX_EPOCH);
    Database {
        id: "rm-1".parse().unwrap(),
        engine: Engine::PostgreSql,
        version: "15.0".to_owned(),
        edition: Edition::Basic,
        kind: InstanceKind::Primary,
        primary: None,
        description: "orders".to_owned(),
        policy: BackupPolicy { days: 7, log },
        schedule,
        looks: Looks::begin(schedule, now),
        restores: Vec::new(),
        owed: Vec::new(),
        log_life: None,
        identity: Some("one".to_owned()),
        locked: false,
        detached: None,
        tags: Tags::new(),
    }
}

fn owed(number: u32, identity: &str) -> OwedSlot {
    OwedSlot { number, identity: Some(identity.to_owned()), since: Timestamp::UNIX_EPOCH }
}

fn owing(log: bool, slots: &[OwedSlot]) -> Database {
    Database { owed: slots.to_vec(), ..database(log) }
}

fn after(before: &Database, after: &Database, renewed: Option<bool>, here: &[bool]) -> SlotsAfter {
    let change = SlotChange { before, after, renewed, at_its_server: here };
    slots_after(&change, 9, Timestamp::UNIX_EPOCH)
}

fn numbers(slots: &SlotsAfter) -> Vec<u32> {
    slots.owed.iter().map(|slot| slot.number).collect()
}

#[test]
fn a_slot_is_owed_from_when_log_backup_is_switched_off_or_its_instance_removed() {
    let gone = Database { detached: Some(Timestamp::UNIX_EPOCH), ..database(true) };
    for now_is in [database(false), gone] {
        let slots = after(&database(true), &now_is, None, &[]);
        assert_eq!(slots.owed, [owed(9, "one")]);
        assert_eq!(slots.added, Some((9, Reached::AsBefore)));
        assert!(after(&database(false), &now_is, None, &[]).owed.is_empty(), "there was none");
    }
    let other = |log| Database { engine: Engine::MySql, ..database(log) };
    assert_eq!(after(&other(true), &other(false), None, &[]), SlotsAfter::default());
    // Its days alone have changed.
    assert_eq!(after(&database(true), &database(true), None, &[]), SlotsAfter::default());
}

#[test]
fn a_slot_that_is_owed_is_taken_back_by_log_backup_and_by_nothing_else() {
    let slots = [owed(1, "one"), owed(2, "two")];
    let (off, on) = (owing(false, &slots), owing(true, &slots));
    let taken = after(&off, &on, None, &[true, false]);
    assert_eq!((numbers(&taken), taken.removed, taken.added), (vec![2], vec![1], None));
    let kept = after(&off, &off, None, &[true, false]);
    assert_eq!((numbers(&kept), kept.removed, kept.added), (vec![1, 2], vec![], None));
    // Registered again, with its policy as it was.
    let gone = Database { detached: Some(Timestamp::UNIX_EPOCH), ..on.clone() };
    let taken = after(&gone, &on, Some(true), &[true, false]);
    assert_eq!((numbers(&taken), taken.removed, taken.added), (vec![2], vec![1], None));
    // Of one server one is owed, with the settings that were good last.
    let again = after(&on, &off, None, &[true, false]);
    assert_eq!((numbers(&again), again.removed), (vec![2, 9], vec![1]));
}

#[test]
fn another_server_leaves_a_slot_at_the_old_one_and_the_same_one_does_not() {
    let two = Database { identity: Some("two".to_owned()), ..database(true) };
    let slots = after(&database(true), &two, Some(false), &[]);
    assert_eq!((slots.owed, slots.added), (vec![owed(9, "one")], Some((9, Reached::AsBefore))));
    let same = after(&database(true), &database(true), Some(true), &[]);
    assert_eq!(same, SlotsAfter::default());
    // And back: the one at the new server is owed, that at the old one is in use again.
    let before = Database { owed: vec![owed(1, "one")], ..two };
    let back = after(&before, &database(true), Some(false), &[true]);
    assert_eq!((back.owed, back.removed), (vec![owed(9, "two")], vec![1]));
}

#[test]
fn settings_that_are_said_again_are_kept_with_a_slot_that_is_owed_at_their_server() {
    let off = owing(false, &[owed(1, "one"), owed(2, "two")]);
    for renewed in [true, false] {
        let slots = after(&off, &off, Some(renewed), &[true, false]);
        assert_eq!(slots.added, Some((9, Reached::AsFromNowOn)));
        assert_eq!((numbers(&slots), slots.removed), (vec![2, 9], vec![1]));
    }
    let slots = after(&off, &off, Some(false), &[false, false]);
    assert_eq!((numbers(&slots), slots.added), (vec![1, 2], None));
}

#[test]
fn servers_are_told_apart_by_what_they_say_and_asked_if_one_may_have_moved() {
    let known = |identity, address| ServerKnown { identity, address };
    let one = known(Some("one"), Some("a"));
    for (other, same) in [
        (one, SameServer::Yes),
        (known(None, Some("a")), SameServer::Yes),
        (known(Some("two"), Some("a")), SameServer::No),
        (known(Some("one"), Some("b")), SameServer::Ask),
        (known(Some("one"), None), SameServer::Ask),
        (known(None, Some("b")), SameServer::No),
    ] {
        assert_eq!((one.is(other), other.is(one)), (same, same), "{other:?}");
    }
    assert_eq!(known(None, None).is(known(None, None)), SameServer::No);
}

#[test]
fn only_a_slot_that_may_be_the_one_in_use_is_looked_at_with_care() {
    assert!(database(true).may_use(&owed(1, "one")));
    assert!(database(true).may_use(&OwedSlot { identity: None, ..owed(1, "one") }));
    assert!(!database(true).may_use(&owed(1, "two")));
    assert!(!database(false).may_use(&owed(1, "one")));
}

#[test]
fn waits_grow_up_to_an_hour_and_the_same_words_are_said_once_in_one() {
    let waits = [1, 2, 3, 12, 13, 100].map(|failures| owed_wait(failures).as_secs());
    assert_eq!(waits, [1, 2, 4, 2048, 3600, 3600]);
    let hour = Duration::from_hours(1);
    assert!(is_news("a", None) && is_news("a", Some(("b", Duration::ZERO))));
    assert!(!is_news("a", Some(("a", hour.saturating_sub(Duration::from_secs(1))))));
    assert!(is_news("a", Some(("a", hour))));
}

#[test]
fn log_backup_that_is_switched_on_begins_a_life_of_the_log_and_nothing_else_of_a_policy_does() {
    use crate::{PolicyChange, decide_policy};
    let at = |second| Timestamp::from_second(second).unwrap();
    let change = |database: &Database, log: Option<bool>, second| {
        let change = PolicyChange { log, days: Some(30), ..PolicyChange::default() };
        decide_policy(database, &change, at(second)).unwrap()
    };
    let first = change(&database(false), Some(true), 10);
    assert_eq!(first.log_life, Some(at(10)));
    assert_eq!(change(&first, Some(true), 20).log_life, Some(at(10)));
    assert_eq!(change(&first, None, 20).log_life, Some(at(10)));
    let off = change(&first, Some(false), 30);
    assert_eq!(change(&off, Some(true), 40).log_life, Some(at(40)));
    // Two lives never have one mark, and the later one has the later mark.
    let again = change(&off, Some(true), 10).log_life;
    assert!(again > first.log_life && again < Some(at(11)), "{again:?}");
    // On since before marks were kept.
    assert_eq!(change(&database(true), None, 20).log_life, None);
}
