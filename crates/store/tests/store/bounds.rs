//! What two callers may both have been told is free is taken once: the commit looks again.

use sexton_core::{Realm, Role, RoleStatus, Source, SourceKind, decide_create_user};
use sexton_store::{Change, Commit, MetaStore, Subject, Tally, Write};

use crate::fixture::{at, change, done, expect_none, offered, realm, resource, vault};

/// Realms come with what is made in them, so they are counted last.
const TALLIES: [fn() -> Tally; 7] = [
    || Tally::Vaults,
    || Tally::Sources,
    || Tally::Roles,
    || Tally::Users,
    || Tally::Holds(realm()),
    || Tally::Plans(realm()),
    || Tally::Realms,
];

/// One more of these, which nobody else makes.
fn one_more(of: &Tally, number: u32) -> Write {
    match of {
        Tally::Realms => {
            let realm = Realm::new(format!("r-{number}"), "1");
            Write::PutVault(sexton_core::Vault { realm, ..vault("first") })
        }
        Tally::Vaults => Write::PutVault(vault(&format!("vault-{number}"))),
        Tally::Sources => Write::PutSource(directory(number, &format!("/srv/{number}"))),
        Tally::Roles => {
            let arn = format!("arn:aws:iam::1:role/r{number}").parse().unwrap();
            Write::PutRole(Role::told(arn, RoleStatus::Denied))
        }
        Tally::Users => {
            let (name, now) = (format!("user-{number}"), at(1));
            Write::PutUser(decide_create_user(&name, "1", None, now, [1; 16]).unwrap())
        }
        Tally::Holds(_) => Write::PutHold(crate::holds::hold(number, "first")),
        Tally::Plans(_) | Tally::PlanRecords(_) => {
            Write::PutPlan(Box::new(crate::plans::plan(number)))
        }
        Tally::CapturesOf(_) | Tally::CopiesTo(_) => unreachable!("backups are counted below"),
    }
}

fn directory(number: u32, path: &str) -> Source {
    let kind = SourceKind::Fsx { path: path.to_owned() };
    Source {
        realm: realm(),
        arn: resource(number),
        kind,
        allow_empty: false,
        added: at(1),
        offered: offered(),
    }
}

pub(crate) async fn the_last_place_is_taken_once(store: &dyn MetaStore) {
    for of in TALLIES.map(|of| of()) {
        let had = store.tally(&of).await.unwrap();
        assert_eq!(had, u64::from(of == Tally::Realms), "{of:?}");
        let first = (1..=2 - u32::try_from(had).unwrap()).map(|number| one_more(&of, number));
        done(store, change(first.collect())).await;
        assert_eq!(store.tally(&of).await.unwrap(), 2, "{of:?}");
        let at_most =
            |most, writes| Change { requires: vec![(of.clone(), most)], ..change(writes) };
        let take = |number| at_most(5, vec![one_more(&of, number)]);
        // More than there is room for wait together, and are written together.
        let commits = (10..16).map(|number| store.commit(take(number)));
        let results = futures::future::join_all(commits).await;
        let taken = results.into_iter().filter(|it| matches!(it, Ok(Commit::Done))).count();
        assert_eq!(taken, 3, "{of:?}");
        assert_eq!(store.tally(&of).await.unwrap(), 5, "{of:?}");
        // One change counts what it has itself written.
        let two = at_most(6, vec![one_more(&of, 20), one_more(&of, 21)]);
        assert_eq!(store.commit(two).await.unwrap(), Commit::Stale, "{of:?}");
        // And what replaces something adds nothing.
        done(store, at_most(5, vec![one_more(&of, 1)])).await;
        assert_eq!(store.tally(&of).await.unwrap(), 5, "{of:?}");
    }
}

pub(crate) async fn one_directory_is_registered_once(store: &dyn MetaStore) {
    let register = |number, path: &str| Change {
        expects: vec![expect_none(Subject::SourceOfPath(realm().with(path.to_owned())))],
        ..change(vec![Write::PutSource(directory(number, path))])
    };
    let commits = (0..3).map(|number| store.commit(register(number, "/srv/a \u{e9}'\"")));
    let results = futures::future::join_all(commits).await;
    let done = results.into_iter().filter(|it| matches!(it, Ok(Commit::Done))).count();
    assert_eq!(done, 1);
    let known = store.list_sources(&realm()).await.unwrap().remove(0);
    assert_eq!(store.commit(register(7, "/srv")).await.unwrap(), Commit::Done);
    crate::fixture::done(store, change(vec![Write::RemoveSource(known.key())])).await;
    let again = register(8, "/srv/a \u{e9}'\"");
    assert_eq!(store.commit(again).await.unwrap(), Commit::Done, "the name is free again");
}
