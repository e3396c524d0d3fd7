//! Instances of RDS: what is kept sealed of them, and their backup sets.

use sexton_core::{
    Backup, BackupSetNumber, DataKey, InRealm, InstanceId, Keeper, Made, OfInstance, ResourceArn,
};
use sexton_store::entropy::SystemEntropy;
use sexton_store::{MetaStore, Sealed, SourceQuery, Write};

use crate::fixture::{at, change, done, fsx_backup, realm};

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
