//! Puts the question of a directive to the decision that answers it.

use std::fmt::{Display, Write};

use sexton_core::{
    Backup, BackupJob, BackupJobState, BackupLoss, BackupName, BackupOrder, BackupTrace,
    BeginBackup, Certificate, Commitments, DeleteFacts, Deleted, Deletion, Ended, Epoch, Erasure,
    ErasureState, Event, EventKind, Expiry, InRealm, JobId, Lifecycle, Principal, ResourceType,
    RestoreOrder, Retained, Sighting, SourceKind, Step, TagKeys, Use, Vault, Why, Windows,
    after_delete, decide_backup, decide_backup_repeat, decide_create_vault, decide_delete_point,
    decide_delete_vault, decide_expiry, decide_loss, decide_restore, decide_restore_repeat,
    decide_retention, decide_retry, decide_stop, next_step, replay, retry_delay_seconds,
};

use crate::words::{
    Words, erasure, job, job_name, lasting, point_arn, realm, role, role_status, second, short,
    snapshots, state, stored, tester, vault_name,
};
use crate::{
    ask_copy, ask_fsx, ask_nonce, ask_plan, ask_policy, ask_protection, ask_rds, ask_users,
};

/// The answer to a directive and the lines under it.
pub(crate) fn answer(directive: &str, lines: &[&str]) -> String {
    let (verb, mut words) = Words::parse(directive);
    let answer = match verb {
        "delete" => delete(&mut words),
        "expire" => expire(&mut words),
        "backup" => backup(&mut words),
        "repeat" => repeat(&mut words),
        "stop" => stop(&mut words),
        "loss" => loss(&mut words),
        "windows" => windows(&mut words),
        "restore" => restore(&mut words),
        "restore-repeat" => restore_repeat(&mut words),
        "create-vault" => create_vault(&mut words),
        "delete-vault" => {
            let backups = words.number("points").unwrap_or(0);
            decide_delete_vault(backups).map_or_else(refused, |()| "removed".to_owned())
        }
        "lifecycle" => lifecycle(&mut words),
        "step" => step(&mut words),
        "deleted" => deleted(&mut words),
        "certify" => certify(&mut words),
        "retry" => retry(&mut words),
        "delay" => format!("{} s", retry_delay_seconds(words.number("attempts").unwrap_or(0))),
        "replay" => replayed(lines),
        "nonces" => ask_nonce::answer(&mut words, lines),
        other => ask_fsx::answer(other, &mut words)
            .or_else(|| ask_rds::answer(other, &mut words))
            .or_else(|| ask_policy::answer(other, &mut words, lines))
            .or_else(|| ask_protection::answer(other, &mut words))
            .or_else(|| ask_users::answer(other, &mut words, lines))
            .or_else(|| ask_copy::answer(other, &mut words))
            .or_else(|| ask_plan::answer(other, &mut words, lines))
            .unwrap_or_else(|| panic!("no decision is called {other:?}")),
    };
    words.none_left();
    short(&answer)
}

pub(crate) fn refused(refusal: impl Display) -> String {
    format!("refused: {refusal}")
}

fn delete(words: &mut Words<'_>) -> String {
    let mut backup = stored(state(words.text("state")));
    let snapshots = snapshots(words, &mut backup);
    let uses: Vec<Use> = words.list("uses").iter().map(|it| Use::restore(named_job(it))).collect();
    let (role, guard) = (role_status(words.text("role")), ask_protection::guard(words));
    let holds = ask_protection::holds(words);
    let (of, uses, guard, holds) = (&backup, &uses[..], &guard, &holds);
    let facts = DeleteFacts { backup: of, uses, guard, holds, role, snapshots };
    match decide_delete_point(facts, words.now(), job(7), &tester(), Why::Asked) {
        Err(refusal) => refused(refusal),
        Ok(deletion) => decided(deletion, backup),
    }
}

pub(crate) fn decided(deletion: Deletion, backup: Backup) -> String {
    match deletion {
        Deletion::Expire { reason, content } => {
            format!("expire, {} objects stay: {reason}", content.objects)
        }
        Deletion::Erase(erasing) => {
            let (job, since) = (job_name(erasing.job), erasing.decided);
            let (why, by) = (erasing.why.name(), erasing.decided_by.clone());
            let objects = backup.erased_by(erasing).state.content().map(|it| it.objects);
            format!("begin {job} since {since}, objects {objects:?}, {why} by {}", by.0)
        }
    }
}

/// Days count from 1970; the backup was made in its first second.
fn expire(words: &mut Words<'_>) -> String {
    let lifecycle = Lifecycle { delete_after_days: words.number("delete"), ..Lifecycle::default() };
    let mut backup = lasting(state(words.text("state")), lifecycle);
    let snapshots = snapshots(words, &mut backup);
    let uses: Vec<Use> = words.list("uses").iter().map(|it| Use::restore(named_job(it))).collect();
    let (role, guard) = (role_status(words.text("role")), ask_protection::guard(words));
    let holds = ask_protection::holds(words);
    let (of, uses, guard, holds) = (&backup, &uses[..], &guard, &holds);
    let facts = DeleteFacts { backup: of, uses, guard, holds, role, snapshots };
    match decide_expiry(facts, words.now(), job(7)) {
        Expiry::Delete(deletion) => decided(deletion, backup),
        Expiry::PutOff { until } => format!("look again at {until}"),
        Expiry::Nothing => "nothing".to_owned(),
    }
}

pub(crate) fn named_job(name: &str) -> JobId {
    job(name.trim_start_matches('j').parse().unwrap())
}

fn backup(words: &mut Words<'_>) -> String {
    let resource = words.text("resource").unwrap_or("fsx:eu-central-1:123456789012:file-system/1");
    let role = words.text("role-arn").map_or_else(role, |arn| arn.parse().unwrap());
    let tags = match words.number("tag-count") {
        Some(count) => (0..count).map(|tag: u32| (tag.to_string(), String::new())).collect(),
        None => words.tags("tags"),
    };
    let order = BackupOrder {
        idempotency_token: words.text("token").map(str::to_owned),
        lifecycle: Lifecycle {
            cold_after_days: words.number("cold"),
            delete_after_days: words.number("delete"),
            archive_opt_in: None,
        },
        tags,
        ..BackupOrder::new(vault_name("gold"), format!("arn:aws:{resource}").parse().unwrap(), role)
    };
    let source = match words.text("source") {
        None | Some("generated") => Some((SourceKind::Generated, None)),
        Some("none") => None,
        Some(path) => Some((SourceKind::Fsx { path: path.to_owned() }, None)),
    };
    let status = role_status(words.text("role"));
    let decided = decide_backup(order, source, status, &realm(), words.now(), [9; 34]);
    let begin = match decided {
        Ok(begin) => begin,
        Err(refusal) => return refused(refusal),
    };
    let BeginBackup { job, backup } = match decide_retention(begin, &ask_protection::guard(words)) {
        Retained::Begins(begin) => *begin,
        Retained::Failed(job) => return format!("not let in: {:?}", job.state),
    };
    assert_eq!(job.backup, backup.name);
    let kept = backup.in_vault().unwrap();
    assert_eq!((job.id, job.lifecycle), (backup.id.job(), kept.lifecycle));
    assert_eq!(job.state, BackupJobState::Running);
    let mut text = String::new();
    writeln!(text, "{} {}", job.resource_type, backup.name).unwrap();
    writeln!(text, "{} in {}, {:?}", backup.state.name(), kept.vault, kept.lifecycle).unwrap();
    writeln!(text, "{:?}", kept.restore_metadata).unwrap();
    text
}

fn plain_order() -> BackupOrder {
    BackupOrder {
        idempotency_token: Some("once".to_owned()),
        tags: sexton_core::Tags::new(),
        ..BackupOrder::new(
            vault_name("gold"),
            "arn:aws:fsx:eu-central-1:123456789012:file-system/1".parse().unwrap(),
            role(),
        )
    }
}

/// The job of a plain order, running.
fn plain_job() -> BackupJob {
    let (source, status) = (Some((SourceKind::Generated, None)), role_status(None));
    let begun = decide_backup(plain_order(), source, status, &realm(), second(1), [9; 34]);
    BackupJob { id: job(1), ..begun.unwrap().job }
}

fn repeat(words: &mut Words<'_>) -> String {
    let mut order = plain_order();
    if let Some(vault) = words.text("vault") {
        order.vault = vault_name(vault);
    }
    if let Some(resource) = words.text("resource") {
        order.resource = format!("arn:aws:{resource}").parse().unwrap();
    }
    if let Some(role) = words.text("role-arn") {
        order.role = role.parse().unwrap();
    }
    order.lifecycle.delete_after_days = words.number("delete");
    order.tags = words.tags("tags");
    order.windows.start_minutes = words.number("start");
    let first = decide_backup_repeat(&order, plain_job());
    first.map_or_else(refused, |job| format!("job {}", job_name(job.id)))
}

fn backup_job(words: &mut Words<'_>) -> BackupJob {
    let (at, reason) = (second(5), String::new());
    let state = match words.text("state").unwrap() {
        "running" => BackupJobState::Running,
        "aborting" => BackupJobState::Aborting,
        "aborted" => BackupJobState::Aborted { at, reason },
        "expired" => BackupJobState::Expired { at },
        "completed" => BackupJobState::Completed { at, size_bytes: 1, message: reason },
        "failed" => BackupJobState::Failed { at, reason },
        other => panic!("unknown state {other}"),
    };
    BackupJob { state, ..plain_job() }
}

fn stop(words: &mut Words<'_>) -> String {
    decide_stop(&backup_job(words)).map_or_else(refused, |state| format!("{state:?}"))
}

fn restore(words: &mut Words<'_>) -> String {
    let backup = stored(state(words.text("state")));
    let order = RestoreOrder {
        resource_type: words.text("type").map(|name| ResourceType(name.to_owned())),
        role: words.text("role-arn").map(|arn| arn.parse().unwrap()),
        metadata: words.tags("metadata"),
        ..restore_order(backup.name.clone())
    };
    match decide_restore(order, &backup, role_status(words.text("role")), words.now(), job(5)) {
        Err(refusal) => refused(refusal),
        Ok(begin) => {
            let job = begin.job;
            format!("begin {} of {} bytes: {:?}", job_name(job.id), job.size_bytes, job.state)
        }
    }
}

fn restore_order(backup: BackupName) -> RestoreOrder {
    let metadata = std::collections::BTreeMap::new();
    let idempotency_token = Some("once".to_owned());
    RestoreOrder { backup, resource_type: None, role: None, idempotency_token, metadata }
}

fn restore_repeat(words: &mut Words<'_>) -> String {
    let backup = stored(state(None));
    let order = restore_order(backup.name.clone());
    let begun = decide_restore(order, &backup, role_status(None), second(1), job(5)).unwrap();
    let order = RestoreOrder {
        resource_type: words.text("type").map(|name| ResourceType(name.to_owned())),
        role: words.text("role-arn").map(|arn| arn.parse().unwrap()),
        metadata: words.tags("metadata"),
        ..restore_order(point_arn(words.text("point").unwrap_or("p1")))
    };
    let first = decide_restore_repeat(&order, begun.job);
    first.map_or_else(refused, |job| format!("job {}", job_name(job.id)))
}

fn loss(words: &mut Words<'_>) -> String {
    let loss = match words.text("loss").unwrap() {
        "failed" => BackupLoss::Failed { reason: "the disk is full".to_owned() },
        "not-started" => BackupLoss::NotStarted,
        "not-completed" => BackupLoss::NotCompleted,
        other => panic!("no loss is called {other}"),
    };
    let state = decide_loss(&backup_job(words), &loss, second(9));
    state.map_or_else(|| "it has ended already".to_owned(), |state| format!("{state:?}"))
}

fn windows(words: &mut Words<'_>) -> String {
    let windows = match Windows::new(words.number("start"), words.number("complete")) {
        Ok(windows) => windows,
        Err(refusal) => return refused(refusal),
    };
    let minutes: i64 = words.number("minutes").unwrap_or(0);
    let passed = windows.passed(second(0), words.text("begun").is_some(), second(60 * minutes));
    passed.map_or_else(|| "open".to_owned(), |passed| format!("passed: {passed:?}"))
}

fn create_vault(words: &mut Words<'_>) -> String {
    let vault = |request: Option<&str>, tags| Vault {
        creator_request_id: request.map(str::to_owned),
        tags,
        ..Vault::new(realm(), vault_name("gold"), second(1))
    };
    let wanted = vault(words.text("request"), words.tags("tags"));
    let existing = words.text("existing").map(|request| {
        vault(Some(request).filter(|it| !it.is_empty()), words.tags("existing-tags"))
    });
    match decide_create_vault(wanted, existing.as_ref(), words.number("vaults").unwrap_or(1)) {
        Ok(Some(vault)) => format!("made {}", vault.name),
        Ok(None) => "the same request made it before".to_owned(),
        Err(refusal) => refused(refusal),
    }
}

fn lifecycle(words: &mut Words<'_>) -> String {
    let lifecycle = Lifecycle {
        cold_after_days: words.number("cold"),
        delete_after_days: words.number("delete"),
        archive_opt_in: None,
    };
    match lifecycle.checked() {
        Err(refusal) => refused(refusal),
        Ok(checked) => {
            let (cold, delete) = (checked.cold_at(second(0)), checked.delete_at(second(0)));
            let text = |at: Option<jiff::Timestamp>| {
                at.map_or_else(|| "never".to_owned(), |at| at.to_string())
            };
            format!("cold {}, deleted {}", text(cold), text(delete))
        }
    }
}

fn erasure_state(words: &mut Words<'_>) -> ErasureState {
    match words.text("parked") {
        Some(_) => ErasureState::Parked { reason: "before".to_owned() },
        None => ErasureState::Pending {
            not_before: second(9),
            attempts: words.number("attempts").unwrap_or(0),
        },
    }
}

fn step(words: &mut Words<'_>) -> String {
    let job = erasure(erasure_state(words));
    let seen = Sighting { present: words.names("seen") };
    let ended = match words.text("epoch") {
        Some("ended") => true,
        None | Some("open") => false,
        Some(other) => panic!("an epoch is open or ended, not {other}"),
    };
    match next_step(&job, &seen, ended) {
        Step::Delete { objects } => format!("delete {objects:?}"),
        Step::AwaitEpoch => "await the end of the epoch".to_owned(),
        Step::Certify => "certify".to_owned(),
        Step::Park => "park".to_owned(),
    }
}

fn deleted(words: &mut Words<'_>) -> String {
    let job = erasure(erasure_state(words));
    let result = Deleted { tried: words.names("tried"), gone: words.names("gone") };
    let result = result.confirmed_by(&Sighting { present: words.names("seen") });
    standing(after_delete(job, &result, words.text("why"), words.now()))
}

fn certify(words: &mut Words<'_>) -> String {
    let removed = words.number("removed").unwrap_or(0);
    let erasing = Erasure { removed, ..erasure(erasure_state(words)) };
    let backup = stored(state(None)).erased_by(erasing.clone());
    let ended = Ended { epoch: Epoch(3), at: second(12) };
    let Certificate { version, key_destroyed, objects_removed, verified_absent, .. } =
        Certificate::of(&backup, &erasing, ended, words.now(), &[], Commitments::new());
    format!(
        "version {version}: key destroyed {key_destroyed}, \
         {objects_removed} objects removed, absent {verified_absent}"
    )
}

fn standing(job: Erasure) -> String {
    match job.state {
        ErasureState::Pending { not_before, attempts } => {
            format!("removed {}, attempts {attempts}, not before {not_before}", job.removed)
        }
        ErasureState::Parked { reason } => format!("removed {}, parked: {reason}", job.removed),
    }
}

fn retry(words: &mut Words<'_>) -> String {
    let there = words.text("gone").is_none();
    let backup = stored(state(None));
    let backup = if there { backup.erased_by(erasure(erasure_state(words))) } else { backup };
    match decide_retry(&backup.state, words.now()) {
        Err(refusal) => refused(refusal),
        Ok(job) => standing(job),
    }
}

fn replayed(lines: &[&str]) -> String {
    let events: Vec<Event> = lines.iter().map(|line| event(line)).collect();
    match replay(&events) {
        Err(error) => format!("error: {error}"),
        Ok(backups) => {
            let named = |(InRealm { name, .. }, trace): (&InRealm<BackupName>, &BackupTrace)| {
                let BackupName::Arn(arn) = name;
                let name = arn.resource().trim_start_matches("recovery-point:").to_owned();
                format!("{name} {trace:?}\n")
            };
            backups.iter().map(named).collect()
        }
    }
}

fn event(line: &str) -> Event {
    let (verb, name) = line.split_once(' ').unwrap();
    let (backup, job, reason) = (point_arn(name), job(1), "reason".to_owned());
    let kind = match verb {
        "started" => EventKind::BackupStarted { job, backup, vault: vault_name("gold") },
        "last" => {
            let source = "arn:aws:fsx:eu-central-1:123456789012:file-system/fs-1".parse().unwrap();
            EventKind::SourceDeleting { source, last_backup: Some(backup) }
        }
        "completed" => EventKind::BackupCompleted { job, backup, size_bytes: 1 },
        "failed" => EventKind::BackupFailed { job, backup, erasure: job, reason },
        "restoring" => EventKind::RestoreStarted { job, backup },
        "restored" => EventKind::RestoreEnded { job, backup, completed: true },
        "deleted" => {
            EventKind::DeletionDecided { backup, erasure: job, why: Why::Asked, asked: None }
        }
        "expired" => EventKind::DeletionExpired { backup, why: Why::Lifecycle, reason },
        "tagged" => EventKind::BackupTagged { backup, tags: TagKeys::default() },
        "parked" => EventKind::ErasureParked { erasure: job, backup, reason },
        "retried" => EventKind::ErasureRetried { erasure: job, backup },
        "erased" => EventKind::Erased { erasure: job, backup, record_stays: false },
        "vault-created" => EventKind::VaultCreated { vault: vault_name(name), lock: None },
        other => panic!("no event is called {other:?}"),
    };
    Event {
        at: second(1),
        by: Principal("tester".to_owned()),
        via: None,
        realm: Some(realm()),
        kind,
    }
}
