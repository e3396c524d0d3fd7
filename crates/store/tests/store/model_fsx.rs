//! What `FSx` does to a store, in the model.

use proptest::prelude::*;
use sexton_core::{Backup, DataKey, FileSystemId, JobId, Made, State};
use sexton_store::{Change, Follow, FsxQuery, MetaStore, Subject, Tally, Write};

use crate::fixture::{
    at, certification, change, completed, deletion, fsx_backup, fsx_copy, id, key, lost, realm,
    resource,
};
use crate::sources::due_at;
use crate::tokens::{token_key, used};

const FSX_BACKUPS: u32 = 5;

/// Backup `number` of those that no vault keeps.
fn fsx(number: u32) -> Backup {
    fsx_backup(100 + number, if number == 0 { Made::Automatic } else { Made::Asked })
}

fn erasure_id(number: u32) -> JobId {
    id(600 + number)
}

/// Something that a caller of `FSx` tries, right or wrong.
#[derive(Debug, Clone)]
pub(crate) enum FsxTry {
    Begin(u32),
    Complete(u32),
    Copy(u32, u32),
    Fail(u32),
    Join(u32),
    Delete(u32),
    Certify(u32),
    RemoveRecord(u32),
    PutBack(u32),
    Token(u32, i64),
    ForgetTokens(i64),
    PutSource(u32, i64),
    RemoveSource(u32),
}

pub(crate) fn any_fsx_try() -> impl Strategy<Value = FsxTry> {
    let backup = 0..FSX_BACKUPS;
    prop_oneof![
        4 => backup.clone().prop_map(FsxTry::Begin),
        4 => backup.clone().prop_map(FsxTry::Complete),
        3 => (backup.clone(), backup.clone()).prop_map(|(of, to)| FsxTry::Copy(of, to)),
        4 => backup.clone().prop_map(FsxTry::Fail),
        2 => backup.clone().prop_map(FsxTry::Join),
        3 => backup.clone().prop_map(FsxTry::Delete),
        6 => backup.clone().prop_map(FsxTry::Certify),
        3 => backup.clone().prop_map(FsxTry::RemoveRecord),
        2 => backup.clone().prop_map(FsxTry::PutBack),
        2 => (0_u32..6, 0_i64..9).prop_map(|(token, at)| FsxTry::Token(token, at)),
        1 => (0_i64..9).prop_map(FsxTry::ForgetTokens),
        2 => (0_u32..4, 0_i64..9).prop_map(|(number, at)| FsxTry::PutSource(number, at)),
        1 => (0_u32..4).prop_map(FsxTry::RemoveSource),
    ]
}

/// The change that a try comes to, as the store is now; nothing where a decision would have been
/// refused.
pub(crate) async fn fsx_change_of(store: &dyn MetaStore, it: &FsxTry) -> Option<Change> {
    // Ids are never used again.
    let is_used =
        async |number: u32| store.certificate(&fsx(number).key()).await.unwrap().is_some();
    Some(match it {
        FsxTry::Begin(number) => {
            if is_used(*number).await {
                return None;
            }
            let data_key = DataKey::from_bytes(&key(100 + number));
            change(vec![Write::CreateBackup(fsx(*number), data_key)])
        }
        FsxTry::RemoveRecord(number) => change(vec![Write::RemoveBackup(fsx(*number).key())]),
        FsxTry::PutBack(number) => change(vec![Write::PutBackup(fsx(*number))]),
        FsxTry::Token(number, millis) => {
            let operation = if number % 2 == 0 { "CreateBackup" } else { "DeleteBackup" };
            let key = token_key(operation, &number.to_string());
            change(vec![Write::PutToken(key, used("1", *millis))])
        }
        FsxTry::ForgetTokens(millis) => change(vec![Write::ForgetTokens(at(*millis))]),
        FsxTry::PutSource(number, millis) => {
            let due = (*millis > 0).then(|| at(*millis));
            change(vec![Write::PutSource(due_at(*number, due))])
        }
        FsxTry::RemoveSource(number) => {
            change(vec![Write::RemoveSource(due_at(*number, None).key())])
        }
        FsxTry::Copy(_, to) if is_used(*to).await => return None,
        FsxTry::Complete(number)
        | FsxTry::Copy(number, _)
        | FsxTry::Fail(number)
        | FsxTry::Join(number)
        | FsxTry::Delete(number)
        | FsxTry::Certify(number) => return decided(store, it, *number).await,
    })
}

#[expect(clippy::wildcard_enum_match_arm, reason = "fsx_change_of names the rest")]
async fn decided(store: &dyn MetaStore, it: &FsxTry, number: u32) -> Option<Change> {
    let found = store.backup(&fsx(number).key()).await.unwrap()?.backup;
    let is_creating = found.state == State::Creating;
    Some(match it {
        FsxTry::Complete(_) if is_creating => {
            let copied = found.copied_from();
            let ended = copied.map(|of| Write::RemoveUse(of, found.id.job()));
            let complete = Write::PutBackup(completed(found, number));
            change(ended.into_iter().chain([complete]).collect())
        }
        FsxTry::Copy(_, to) if found.state.content().is_some() => {
            let (copy, reads) = fsx_copy(&found, 100 + to, &realm());
            let data_key = DataKey::from_bytes(&key(100 + to));
            let create = Write::CreateBackup(copy, data_key);
            change(vec![create, Write::AddUse(found.key(), reads)])
        }
        FsxTry::Fail(_) if is_creating => {
            let copied = found.copied_from();
            let ended = copied.map(|of| Write::RemoveUse(of, found.id.job()));
            let lost = Write::BeginErasure(lost(&found, erasure_id(number), at(50)));
            change(ended.into_iter().chain([lost]).collect())
        }
        FsxTry::Join(_) => {
            let erasing = found.state.erasing()?.clone();
            change(vec![Write::PutBackup(found.erased_by(erasing))])
        }
        FsxTry::Delete(_) if found.state.content().is_some() => {
            deletion(&found, erasure_id(number), at(60))
        }
        FsxTry::Certify(_) => {
            let due = store.due_erasures(jiff::Timestamp::MAX, None, 100).await.unwrap().items;
            let claim = due.into_iter().find(|claim| claim.backup.key() == found.key())?;
            certification(&claim)
        }
        _ => return None,
    })
}

/// What `FSx` asks of a store.
pub(crate) async fn portray_fsx(store: &dyn MetaStore, lines: &mut Vec<String>) {
    for number in 0..FSX_BACKUPS {
        let found = store.backup(&fsx(number).key()).await.unwrap();
        let found = found.map(|it| (it.backup, it.uses, it.copies));
        let opened = store.data_key(&fsx(number).key()).await.unwrap().map(|it| *it.as_bytes());
        let issued = store.certificate(&fsx(number).key()).await.unwrap();
        lines.push(format!("FSx {number}: {found:?} {opened:?} {issued:?}"));
    }
    let query =
        FsxQuery { realm: realm(), file_system: None, wanted: std::sync::Arc::new(|_| true) };
    for file_system in [None, FileSystemId::of(&resource(1))] {
        let query = FsxQuery { file_system, ..query.clone() };
        let listed = store.list_fsx_backups(&query, None, 100).await.unwrap().items;
        lines.push(format!("{query:?}: {listed:?}"));
    }
    lines.push(format!("{:?}", store.creating_without_job().await.unwrap()));
    let sources = (0..3).map(|number| Tally::CapturesOf(realm().with(resource(number))));
    for tally in sources.chain([Tally::CopiesTo(realm()), Tally::Sources]) {
        lines.push(format!("{tally:?}: {}", store.tally(&tally).await.unwrap()));
    }
    for number in 0..6 {
        for operation in ["CreateBackup", "DeleteBackup"] {
            let key = token_key(operation, &number.to_string());
            let subject = Subject::Token(key.clone());
            let reading = store.read(&[subject], Follow::Nothing).await.unwrap();
            lines.push(format!("{key:?}: {:?}", reading.token(&key)));
        }
    }
    lines.push(format!("{:?}", store.list_sources(&realm()).await.unwrap()));
    for millis in [0, 5, 10] {
        let due = store.due_sources(at(millis), None, 100).await.unwrap().items;
        let old = store.tokens_used_before(at(millis)).await.unwrap();
        lines.push(format!("at {millis}: {due:?}, {old} tokens"));
    }
}
