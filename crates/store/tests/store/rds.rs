//! Instances of RDS: what is kept sealed of them, and their backup sets.

use std::sync::Arc;

use sexton_core::{
    Backup, BackupSetNumber, DataKey, Erasure, InRealm, InstanceId, JobId, Keeper, Made,
    OfInstance, OfLog, Principal, ResourceArn, State, Why,
};
use sexton_store::entropy::SystemEntropy;
use sexton_store::{LogSpan, MetaStore, Sealed, SourceQuery, Write};

use crate::fixture::{at, change, completed, done, fsx_backup, realm};

fn instance(number: u8) -> InstanceId {
    format!("rm-{number}").parse().unwrap()
}

fn key(number: u8) -> InRealm<ResourceArn> {
    realm().with(instance(number).arn(&realm()))
}

fn sealed(number: u8, text: &str) -> Write {
    Write::PutSecret(
        key(number),
        Sealed::of(&key(number), text.as_bytes(), &SystemEntropy).unwrap(),
    )
}

async fn secret(store: &dyn MetaStore, number: u8) -> Option<String> {
    let secret = store.secret(&key(number)).await.unwrap()?;
    Some(String::from_utf8(secret.to_vec()).unwrap())
}

pub(crate) async fn what_is_kept_sealed_of_a_source_is_read_until_it_goes(store: &dyn MetaStore) {
    assert_eq!(secret(store, 1).await, None);
    done(store, change(vec![sealed(1, "first"), sealed(2, "other")])).await;
    assert_eq!(secret(store, 1).await.as_deref(), Some("first"));
    done(store, change(vec![sealed(1, "second")])).await;
    assert_eq!(secret(store, 1).await.as_deref(), Some("second"));
    done(store, change(vec![Write::RemoveSource(key(1))])).await;
    assert_eq!(secret(store, 1).await, None);
    assert_eq!(secret(store, 2).await.as_deref(), Some("other"));
    done(store, change(vec![Write::RemoveSecret(key(2)), Write::RemoveSecret(key(1))])).await;
    assert_eq!(secret(store, 2).await, None, "and what is not there goes too");
}

/// Set `number` of instance 1, made at this time.
fn set(number: u64, millis: i64) -> Backup {
    let (of, number) = (instance(1), BackupSetNumber(number));
    let kept = OfInstance {
        instance: of.clone(),
        set: number,
        task: 7,
        made: Made::Asked,
        method: sexton_core::BackupMethod::Physical,
        databases: Vec::new(),
    };
    let drawn = u32::try_from(number.0).unwrap();
    Backup {
        name: number.name(&of, &realm()),
        source: of.arn(&realm()),
        created: at(millis),
        keeper: Keeper::Instance(kept),
        ..fsx_backup(drawn, Made::Asked)
    }
}

pub(crate) async fn sets_of_an_instance_come_newest_first_and_exactly_once(store: &dyn MetaStore) {
    for (number, millis) in [(1, 30), (2, 10), (3, 20), (4, 20), (5, 40)] {
        done(
            store,
            change(vec![Write::CreateBackup(set(number, millis), DataKey::from_bytes(&[9; 32]))]),
        )
        .await;
    }
    let filter = SourceQuery::all(key(1));
    let (mut found, mut after) = (Vec::new(), None);
    loop {
        let page = store.list_of_source(&filter, after.as_ref(), 2).await.unwrap();
        found.extend(page.items.into_iter().map(|backup| backup.as_set().unwrap().set.0));
        after = page.next;
        if after.is_none() {
            break;
        }
    }
    assert_eq!(found, [5, 1, 4, 3, 2]);
    let none = SourceQuery::all(key(2));
    assert!(store.list_of_source(&none, None, 10).await.unwrap().items.is_empty());
    let rest = store.creating_without_job().await.unwrap();
    assert_eq!(rest.len(), 5, "they are found after a stop");
}

/// Run `number` of the log backups of an instance, which tells of this time.
fn run(of: u8, number: u32, (from, until): (i64, i64)) -> Backup {
    let (of, run) = (instance(of), BackupSetNumber(number.into()));
    let (from, until) = (at(from), at(until));
    let kept = OfLog { instance: of.clone(), run, from, until, life: None, files: Vec::new() };
    Backup {
        name: run.log_name(&of, &realm()),
        source: of.log_arn(&realm()),
        keeper: Keeper::Log(kept),
        ..fsx_backup(number, Made::Automatic)
    }
}

/// What reading every run says.
async fn span_of_all(store: &dyn MetaStore, of: u8) -> Option<LogSpan> {
    let whole = |backup: &Backup| matches!(backup.state, State::Completed { .. });
    let source = realm().with(instance(of).log_arn(&realm()));
    let filter = SourceQuery { source, wanted: Arc::new(whole) };
    let runs = store.list_of_source(&filter, None, 1000).await.unwrap().items;
    let kept = runs.iter().map(|run| match &run.keeper {
        Keeper::Log(kept) => kept,
        Keeper::Vault(_) | Keeper::FileSystem(_) | Keeper::Instance(_) => panic!("{run:?}"),
    });
    let kept: Vec<&OfLog> = kept.collect();
    Some(LogSpan {
        runs: u64::try_from(kept.len()).unwrap(),
        from: kept.iter().map(|kept| kept.from).min()?,
        until: kept.iter().map(|kept| kept.until).max()?,
    })
}

pub(crate) async fn the_span_of_log_backups_is_that_of_all_complete_runs(store: &dyn MetaStore) {
    let mut drawn = 7_u32;
    let mut draw = |below: u32| {
        drawn = drawn.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (drawn >> 8) % below
    };
    let mut kept: Vec<Backup> = Vec::new();
    for number in 100..190 {
        // Some tell of times before 1970, and none is in order.
        let from = i64::from(draw(2_000)) - 1_000;
        let of = u8::try_from(draw(2)).unwrap() + 1;
        let begun = run(of, number, (from, from + i64::from(draw(500))));
        let begins = Write::CreateBackup(begun.clone(), DataKey::from_bytes(&[9; 32]));
        done(store, change(vec![begins])).await;
        let whole = completed(begun.clone(), number);
        let erased = |backup: Backup| {
            let job = JobId::new(at(1), [u8::try_from(number).unwrap(); 10]);
            let by = Principal("tester".to_owned());
            Write::BeginErasure(backup.erased_by(Erasure::begin(job, at(1), by, Why::Asked)))
        };
        match draw(4) {
            // One that is never whole does not count.
            0 => (),
            1 if !kept.is_empty() => {
                let many = u32::try_from(kept.len()).unwrap();
                let goes = kept.swap_remove(usize::try_from(draw(many)).unwrap());
                done(store, change(vec![erased(goes), Write::PutBackup(whole.clone())])).await;
                kept.push(whole);
            }
            _ => {
                done(store, change(vec![Write::PutBackup(whole.clone())])).await;
                kept.push(whole);
            }
        }
        for of in [1, 2] {
            let source = realm().with(instance(of).log_arn(&realm()));
            let told = store.log_span(&source).await.unwrap();
            assert_eq!(told, span_of_all(store, of).await, "after run {number}");
        }
    }
    assert!(kept.len() > 10, "only {} are left", kept.len());
    for (number, run) in kept.drain(..).enumerate() {
        let job = JobId::new(at(2), [u8::try_from(number).unwrap(); 10]);
        let erasure = Erasure::begin(job, at(1), Principal("tester".to_owned()), Why::Asked);
        done(store, change(vec![Write::BeginErasure(run.erased_by(erasure))])).await;
    }
    for of in [1, 2] {
        let source = realm().with(instance(of).log_arn(&realm()));
        assert_eq!(store.log_span(&source).await.unwrap(), None);
    }
}
