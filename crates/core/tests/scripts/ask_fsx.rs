//! Puts the questions about FSx.

use serde_json::Map;
use sexton_core::{
    AutomaticBackups, Backup, BackupOrder, FileSystem, FileSystemChange, FileSystemId,
    FileSystemOrder, FileSystemState, FileSystemType, FsxBackupId, FsxBackupOrder, FsxCopyOrder,
    FsxDeletion, FsxRefusal, JobId, Keeper, Leftover, Made, OfFileSystem, Offered,
    RemoveFileSystem, RemoveVolume, RoleStatus, Source, SourceKind, State, Tags, Use, UsedBy,
    VolumeOrder, Why, decide_backup, decide_create_file_system, decide_create_volume,
    decide_delete_fsx, decide_fsx_backup, decide_fsx_copy, decide_record_loss,
    decide_remove_file_system, decide_remove_volume, decide_restore_file_system,
    decide_update_file_system,
};

use crate::words::{
    Words, erasure, job, job_name, realm, role, second, state, stored, tester, vault_name,
};

fn id() -> FsxBackupId {
    "backup-0123456789abcdef0".parse().unwrap()
}

fn file_system_id() -> FileSystemId {
    "fs-0123456789abcdef0".parse().unwrap()
}

pub(crate) fn answer(verb: &str, words: &mut Words<'_>) -> Option<String> {
    Some(match verb {
        "fsx-delete" => delete(words),
        "fsx-backup" => backup(words),
        "fsx-point" => point(words),
        "fsx-copy" => copy(words),
        "fsx-loss" => loss(words),
        "fsx-create" => create(words),
        "fsx-restore" => restore(words),
        "fsx-update" => update(words),
        "fsx-remove" => remove(words),
        "fsx-volume" => volume(words),
        "fsx-remove-volume" => remove_volume(words),
        _ => return None,
    })
}

fn refused(refusal: &FsxRefusal) -> String {
    format!("refused: {refusal}")
}

/// A backup that FSx keeps, or one of type `AWS_BACKUP` of the same name.
fn kept(words: &mut Words<'_>) -> Backup {
    let at = second(5);
    let state = match words.text("state") {
        Some("failing") => {
            let erasing =
                erasure(sexton_core::ErasureState::Pending { not_before: at, attempts: 0 });
            let bytes = Leftover::Erasing { erasing };
            State::Failed { reason: "no room".to_owned(), at, bytes }
        }
        Some("failed") => {
            State::Failed { reason: "no room".to_owned(), at, bytes: Leftover::Erased }
        }
        other => state(other),
    };
    let backup = Backup { name: id().name(&realm()), ..stored(state) };
    let made = match words.text("made") {
        Some("aws-backup") => return backup,
        None | Some("asked") => Made::Asked,
        Some("automatic") => Made::Automatic,
        Some("final") => Made::Final,
        Some(other) => panic!("a backup is not made {other}"),
    };
    let (file_system, volume) = (file_system_id(), None);
    let source = file_system_id().arn(&realm());
    let keeper = Keeper::FileSystem(OfFileSystem { file_system, volume, made });
    let offered = Some(Box::new(offered(words)));
    Backup { keeper, source, offered, tags: words.tags("had"), ..backup }
}

fn kind(words: &mut Words<'_>) -> FileSystemType {
    named_kind(words.text("type").unwrap_or("openzfs"))
}

fn named_kind(name: &str) -> FileSystemType {
    let named = |kind: &&FileSystemType| kind.name().eq_ignore_ascii_case(name);
    *FileSystemType::ALL.iter().find(named).unwrap()
}

fn offered(words: &mut Words<'_>) -> Offered {
    let is_in = match words.text("is") {
        None | Some("available") => FileSystemState::Available { problem: String::new() },
        Some("deleting") => FileSystemState::deleting(&tester(), None),
        Some("failed") => FileSystemState::Failed { reason: "no room".to_owned() },
        Some("creating") => {
            FileSystemState::Creating { job: job(1), realm: realm(), backup: id().name(&realm()) }
        }
        Some(other) => panic!("no file system is {other}"),
    };
    let kind = kind(words);
    let mut configuration = Map::new();
    if let Some(deployed) = words.text("deployed") {
        configuration.insert("DeploymentType".to_owned(), deployed.into());
    }
    let retention = words.number("retention").unwrap_or(0);
    let copy_tags = words.text("copy-tags").is_some();
    let automatic =
        AutomaticBackups::begin(retention, "05:00".parse().unwrap(), copy_tags, second(1));
    let (tags, managed) = (words.tags("tagged"), words.text("registered").is_none());
    let registered = FileSystem::registered(file_system_id());
    let made = FileSystem { kind, configuration, automatic, tags, managed, ..registered };
    Offered::FileSystem(made).with_state(is_in)
}

fn source(words: &mut Words<'_>) -> Option<Source> {
    if words.text("missing").is_some() {
        return None;
    }
    Some(Source {
        realm: realm(),
        arn: file_system_id().arn(&realm()),
        kind: SourceKind::Fsx { path: "/srv/fs".to_owned() },
        allow_empty: true,
        added: second(1),
        offered: offered(words),
    })
}

fn uses(words: &mut Words<'_>) -> Vec<Use> {
    let by = |what: &str| match what {
        "restore" => UsedBy::Restore,
        "file-system" => UsedBy::FileSystem { id: file_system_id() },
        "copy" => UsedBy::Copy { backup: "backup-00000000000000001".parse().unwrap() },
        other => panic!("a backup is not used by {other}"),
    };
    words.list("uses").into_iter().map(|what| Use { job: job(2), by: by(what) }).collect()
}

fn delete(words: &mut Words<'_>) -> String {
    let (backup, uses) = (kept(words), uses(words));
    let (now, new) = (words.now(), job(7));
    match decide_delete_fsx(&id(), &backup, &uses, now, new, (&tester(), Why::Asked)) {
        Err(refusal) => refused(&refusal),
        Ok(FsxDeletion::Erase(erasing)) => format!("erase as {}", named(erasing.job)),
        Ok(FsxDeletion::Join(erasing)) => format!("goes with {}", named(erasing.job)),
        Ok(FsxDeletion::Forget) => "the record goes".to_owned(),
    }
}

fn named(job: JobId) -> String {
    job_name(job)
}

fn backup(words: &mut Words<'_>) -> String {
    let source = source(words);
    let made = match words.text("made") {
        None => Made::Asked,
        Some("automatic") => Made::Automatic,
        Some("final") => Made::Final,
        Some(other) => panic!("a backup is not made {other}"),
    };
    let order =
        FsxBackupOrder { source: file_system_id().arn(&realm()), made, tags: words.tags("tags") };
    let running = words.number("running").unwrap_or(0);
    let decided =
        decide_fsx_backup(order, source.as_ref(), running, &realm(), words.now(), [9; 34]);
    match decided {
        Err(refusal) => refused(&refusal),
        Ok(backup) => told(&backup),
    }
}

/// Whether AWS Backup takes a recovery point of it.
fn point(words: &mut Words<'_>) -> String {
    let source = source(words).unwrap();
    let order = BackupOrder::new(vault_name("gold"), source.arn.clone(), role());
    let of = Some((source.kind, Some(source.offered)));
    match decide_backup(order, of, RoleStatus::Permitted, &realm(), words.now(), [9; 34]) {
        Err(refusal) => format!("refused: {refusal}"),
        Ok(begun) => format!("{} {}", begun.backup.state.name(), begun.backup.name),
    }
}

fn told(backup: &Backup) -> String {
    let Keeper::FileSystem(kept) = &backup.keeper else { panic!("a vault keeps it") };
    let id = FsxBackupId::of(&backup.name).unwrap();
    let state = backup.state.name();
    format!("{state} {id} of {}, {:?}, tags {:?}", kept.file_system, kept.made, backup.tags)
}

fn copy(words: &mut Words<'_>) -> String {
    let original = words.text("missing").is_none().then(|| kept(words));
    let order = FsxCopyOrder {
        original: realm().with(id()),
        copy_tags: words.text("copy").is_some(),
        tags: words.tags("tags"),
    };
    let running = words.number("running").unwrap_or(0);
    let to = sexton_core::Realm::new("us-east-1", "123456789012");
    match decide_fsx_copy(order, original.as_ref(), running, &to, words.now(), [9; 34]) {
        Err(refusal) => refused(&refusal),
        Ok((copy, reads)) => {
            let from = copy.copied_from().unwrap();
            assert_eq!(copy.root(), original.unwrap().root());
            assert!(matches!(reads.by, UsedBy::Copy { .. }));
            format!("{} from {from}", told(&copy))
        }
    }
}

fn loss(words: &mut Words<'_>) -> String {
    let lost = decide_record_loss(kept(words), "no room".to_owned(), words.now(), job(7));
    let Some(lost) = lost else { return "nothing".to_owned() };
    let erasing = lost.state.erasing().unwrap().clone();
    let further = lost.clone().erased_so_far(erasing.clone());
    assert_eq!(further, lost, "it stays failed while it is erased");
    let left = lost.clone().after_certificate().map(|left| left.state.name());
    format!("{} with {}, then {left:?}", lost.state.name(), named(erasing.job))
}

fn order(words: &mut Words<'_>) -> FileSystemOrder {
    FileSystemOrder {
        kind: words.text("as").map(named_kind),
        storage_capacity: words.number("capacity"),
        shown: Map::new(),
        configuration: Map::new(),
        retention_days: words.number("days"),
        daily_start: words.text("daily").map(|text| text.parse().unwrap()),
        copy_tags: false,
        tags: words.tags("tags"),
    }
}

fn told_source(source: &Source) -> String {
    let SourceKind::Fsx { path } = &source.kind else { panic!("it has no directory") };
    match &source.offered {
        Offered::FileSystem(made) => {
            let automatic = &made.automatic;
            let due = automatic.due.map(|due| due.to_string());
            format!(
                "{} {} {} in {path}, {} GiB\nautomatic: {} days at {}, due {}",
                made.kind.name(),
                made.id,
                made.state.name(),
                made.storage_capacity.unwrap_or(0),
                automatic.retention_days,
                automatic.daily_start,
                due.as_deref().unwrap_or("never"),
            )
        }
        Offered::Volume(volume) => {
            format!("volume {} {} in {path}", volume.id, volume.state.name())
        }
        Offered::Instance(_) | Offered::Resource(_) => panic!("{} has no directory", source.arn),
    }
}

fn create(words: &mut Words<'_>) -> String {
    let order = order(words);
    let decided = decide_create_file_system(order, &realm(), "/data", words.now(), [9; 8]);
    decided.map_or_else(|refusal| refused(&refusal), |source| told_source(&source))
}

fn restore(words: &mut Words<'_>) -> String {
    let order = order(words);
    let backup = words.text("missing").is_none().then(|| kept(words));
    let (of, now) = ((&id(), backup.as_ref()), words.now());
    let decided = decide_restore_file_system(order, of, (&realm(), "/data"), now, job(7), [9; 8]);
    match decided {
        Err(refusal) => refused(&refusal),
        Ok((source, reads)) => format!("{}\nreads as {}", told_source(&source), named(reads.job)),
    }
}

fn update(words: &mut Words<'_>) -> String {
    let change = FileSystemChange {
        configuration_of: words.text("of").map(named_kind),
        storage_capacity: words.number("capacity"),
        retention_days: words.number("days"),
        daily_start: words.text("daily").map(|text| text.parse().unwrap()),
        ..FileSystemChange::default()
    };
    let source = source(words).unwrap();
    let decided = decide_update_file_system(source, change, words.now());
    decided.map_or_else(|refusal| refused(&refusal), |source| told_source(&source))
}

fn removal(decided: Result<(Source, Option<FsxBackupOrder>), FsxRefusal>) -> String {
    match decided {
        Err(refusal) => refused(&refusal),
        Ok((source, last)) => {
            let last = last.map(|last| format!("{:?}, tags {:?}", last.made, last.tags));
            format!("{}, {last:?}", source.offered.state().name())
        }
    }
}

fn remove(words: &mut Words<'_>) -> String {
    let order = RemoveFileSystem {
        configuration_of: words.text("of").map(named_kind),
        skip_final: words.number("skip"),
        final_tags: words.tags("tags"),
        with_volumes: words.text("with-volumes").is_some(),
    };
    let volumes = words.number("volumes").unwrap_or(0);
    let source = source(words).unwrap();
    removal(decide_remove_file_system(&source, order, volumes, &tester()))
}

fn new_volume(words: &mut Words<'_>, parent: Option<&Source>) -> Result<Source, FsxRefusal> {
    let order = VolumeOrder {
        file_system: file_system_id(),
        kind: words.text("as").map_or(FileSystemType::OpenZfs, named_kind),
        name: words.text("name").unwrap_or("home").to_owned(),
        configuration: Map::new(),
        tags: Tags::new(),
    };
    decide_create_volume(order, parent, &realm(), words.now(), [9; 8])
}

fn volume(words: &mut Words<'_>) -> String {
    let parent = source(words);
    let decided = new_volume(words, parent.as_ref());
    decided.map_or_else(|refusal| refused(&refusal), |source| told_source(&source))
}

fn remove_volume(words: &mut Words<'_>) -> String {
    let order = RemoveVolume {
        configuration_of: words.text("of").map(named_kind),
        skip_final: words.number("skip"),
        final_tags: words.tags("tags"),
    };
    let parent = source(words);
    let volume = new_volume(words, parent.as_ref()).unwrap();
    removal(decide_remove_volume(&volume, order, &tester()))
}
