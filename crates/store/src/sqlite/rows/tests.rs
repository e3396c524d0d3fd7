//! What is stored comes back, and whatever else stands in a row is an error.

use std::fmt::Debug;

use jiff::Timestamp;
use proptest::prelude::*;
use sexton_core::{
    Backup, BackupId, BackupJobState, Content, CreatedBy, Erasure, ErasureRequest, ErasureState,
    Event, EventKind, FileSystem, FileSystemId, InVault, Keeper, Lifecycle, ObjectPrefix, Offered,
    Origin, PlanId, Principal, Protection, Realm, ResourceType, RestoreJobState, Role, RoleStatus,
    RuleId, Source, SourceKind, Tags, Vault, VersionId, Why, Windows,
};

use super::*;

/// Any instant at all, to the nanosecond.
fn instant() -> impl Strategy<Value = Timestamp> {
    let seconds = Timestamp::MIN.as_second() + 1..Timestamp::MAX.as_second();
    (seconds, 0..1_000_000_000).prop_map(|(second, nano)| Timestamp::new(second, nano).unwrap())
}

fn content() -> impl Strategy<Value = Content> {
    (any::<[u64; 3]>(), instant()).prop_map(|([size_bytes, stored_bytes, objects], completed)| {
        Content { size_bytes, stored_bytes, objects, completed }
    })
}

fn id() -> impl Strategy<Value = JobId> {
    any::<[u8; 16]>().prop_map(JobId::from_bytes)
}

fn erasing() -> impl Strategy<Value = Erasure> {
    let why = prop_oneof![Just(Why::Asked), Just(Why::FailedBackup)];
    let state = prop_oneof![
        (instant(), any::<u32>())
            .prop_map(|(not_before, attempts)| { ErasureState::Pending { not_before, attempts } }),
        any::<String>().prop_map(|reason| ErasureState::Parked { reason }),
    ];
    (id(), instant(), any::<String>(), why, any::<u64>(), state).prop_map(
        |(job, decided, by, why, removed, state)| {
            let decided_by = Principal(by);
            let checked = vec![Protection::Role, Protection::Vault];
            Erasure {
                job,
                decided,
                decided_by,
                why,
                asked: (removed % 2 == 0).then_some(decided),
                checked,
                known_copies: removed / 2,
                log_backups: None,
                removed,
                state,
            }
        },
    )
}

fn state() -> impl Strategy<Value = State> {
    prop_oneof![
        Just(State::Creating),
        content().prop_map(|content| State::Completed { content }),
        (erasing(), prop::option::of(content()))
            .prop_map(|(erasing, content)| State::Deleting { content, erasing }),
        (any::<String>(), instant(), content())
            .prop_map(|(reason, since, content)| State::Expired { reason, since, content }),
    ]
}

fn texts() -> impl Strategy<Value = Tags> {
    prop::collection::btree_map(any::<String>(), any::<String>(), 0..3)
}

fn realm() -> Realm {
    Realm::new("us-gov-west-1", "123456789012")
}

/// A backup whose every member is as odd as its type allows.
fn backup() -> impl Strategy<Value = Backup> {
    let name = "[^\\x00-\\x1f\\x7f-\\x9f]{3,30}";
    let numbers = (any::<Option<i64>>(), any::<Option<bool>>(), any::<[u8; 16]>());
    (state(), name, texts(), texts(), numbers, id(), instant()).prop_map(
        |(state, name, tags, restore_metadata, (days, opt_in, objects), job, created)| Backup {
            id: BackupId::of_job(job),
            realm: realm(),
            name: format!("arn:aws:backup:r:1:recovery-point:{name}").parse().unwrap(),
            source: format!("arn:aws:fsx:r:1:file-system/{name}").parse().unwrap(),
            created,
            objects: ObjectPrefix::new(objects),
            origin: Origin::Captured,
            offered: None,
            keeper: Keeper::Vault(InVault {
                vault: name.parse().unwrap_or_else(|_| "...".parse().unwrap()),
                role: format!("arn:aws:iam::1:role/{name}").parse().unwrap(),
                lifecycle: Lifecycle {
                    cold_after_days: days,
                    delete_after_days: days,
                    archive_opt_in: opt_in,
                },
                resource_type: ResourceType(name.clone()),
                restore_metadata,
                created_by: opt_in.map(|_| created_by(&name, job, created)),
                request: opt_in.map(|given_up| {
                    let by = Principal(name.clone());
                    let (asked, until, kept_by) = (created, created, name.clone());
                    let given_up = given_up.then_some(created);
                    Box::new(ErasureRequest {
                        asked,
                        by,
                        user: opt_in.map(|_| name.clone()),
                        until,
                        kept_by,
                        given_up,
                    })
                }),
            }),
            tags,
            problems: name,
            state,
        },
    )
}

/// What a plan of this name made.
fn created_by(name: &str, job: JobId, at: Timestamp) -> Box<CreatedBy> {
    let random = [7; 10];
    Box::new(CreatedBy {
        plan: PlanId::from_bytes(*job.as_bytes()),
        plan_arn: format!("arn:aws:backup:r:1:backup-plan:{name}"),
        plan_name: name.to_owned(),
        version: VersionId::new(at, random),
        rule: RuleId::new(at, random),
        rule_name: name.to_owned(),
        schedule: name.to_owned(),
        timezone: name.to_owned(),
    })
}

fn backup_of(backup: &Backup, words: &str, minutes: Option<u32>) -> BackupJob {
    let kept = backup.in_vault().unwrap();
    let at = backup.created;
    BackupJob {
        id: backup.id.job(),
        realm: realm(),
        vault: kept.vault.clone(),
        backup: backup.name.clone(),
        resource: backup.source.clone(),
        resource_type: kept.resource_type.clone(),
        role: kept.role.clone(),
        created: at,
        lifecycle: kept.lifecycle,
        tags: backup.tags.clone(),
        windows: Windows { start_minutes: minutes, complete_minutes: minutes },
        idempotency_token: Some(words.to_owned()),
        created_by: minutes.map(|_| created_by(words, backup.id.job(), at)),
        source: SourceKind::Fsx { path: words.to_owned() },
        state: BackupJobState::Completed { at, size_bytes: u64::MAX, message: words.to_owned() },
    }
}

fn restore_of(backup: &Backup, words: &str) -> RestoreJob {
    let kept = backup.in_vault().unwrap();
    let (at, words) = (backup.created, words.to_owned());
    RestoreJob {
        id: backup.id.job(),
        realm: realm(),
        backup: backup.name.clone(),
        vault: kept.vault.clone(),
        resource: backup.source.clone(),
        resource_type: kept.resource_type.clone(),
        backup_created: at,
        size_bytes: u64::MAX,
        role: Some(kept.role.clone()),
        created: at,
        idempotency_token: None,
        metadata: backup.tags.clone(),
        state: RestoreJobState::Completed { at, created: words.clone(), message: words },
    }
}

fn comes_back<T: Serialize + DeserializeOwned + PartialEq + Debug>(value: &T) {
    assert_eq!(decode::<T>(&encode(value).unwrap()).unwrap(), *value);
}

fn read_as_everything(body: &str) {
    drop(decode::<Vault>(body));
    drop(decode::<Backup>(body));
    drop(decode::<BackupJob>(body));
    drop(decode::<RestoreJob>(body));
    drop(decode::<Source>(body));
    drop(decode::<Role>(body));
    drop(decode::<Event>(body));
}

proptest! {
    #[test]
    fn what_is_stored_comes_back(
        backup in backup(), words: String, minutes: Option<u32>,
    ) {
        comes_back(&backup_of(&backup, &words, minutes));
        comes_back(&restore_of(&backup, &words));
        let kept = backup.in_vault().unwrap();
        comes_back(&Role::told(kept.role.clone(), RoleStatus::Missing));
        let kind = SourceKind::Fsx { path: words.clone() };
        comes_back(&Source {
            realm: realm(),
            arn: backup.source.clone(),
            kind,
            allow_empty: minutes.is_some(),
            added: backup.created,
            offered: Offered::FileSystem(FileSystem::registered(FileSystemId::mint(
                backup.created,
                [1; 8],
            ))),
        });
        comes_back(&Vault {
            realm: realm(),
            name: kept.vault.clone(),
            created: backup.created,
            creator_request_id: Some(words.clone()),
            encryption_key_arn: minutes.map(|_| words.clone()),
            tags: backup.tags.clone(),
            guard: Guard::default(),
        });
        let (job, erasure, arn) = (backup.id.job(), backup.id.job(), backup.name.clone());
        let kind = EventKind::BackupFailed { job, backup: arn, erasure, reason: words.clone() };
        let (at, by, realm) = (backup.created, Principal(words), Some(realm()));
        comes_back(&Event { at, by, realm, via: None, kind });
        comes_back(&backup);
    }

    #[test]
    fn reading_a_damaged_row_never_panics(
        backup in backup(), words: String, place: prop::sample::Index, other: char,
    ) {
        read_as_everything(&words);
        read_as_everything(&format!("{BODY_VERSION}{words}"));
        let mut damaged: Vec<char> = encode(&backup).unwrap().chars().collect();
        let place = place.index(damaged.len());
        damaged[place] = other;
        read_as_everything(&damaged.into_iter().collect::<String>());
    }

    #[test]
    fn a_body_of_another_version_is_refused(version: char, backup in backup()) {
        let body = encode(&backup).unwrap();
        let other = body.replacen(BODY_VERSION, &version.to_string(), 1);
        prop_assert_eq!(decode::<Backup>(&other).is_ok(), version == BODY_VERSION);
    }
}
