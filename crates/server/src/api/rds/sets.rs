//! Backup sets: begun, listed, deleted; and the tasks that make them.

use std::sync::Arc;

use jiff::{SignedDuration, Timestamp};
use sexton_core::{Backup, BackupMethod, Made, OfInstance, SetOrder, State};
use sexton_store::Wanted;
use sexton_wire::apsara::encode::{self, Page, SetShown, TaskProgress, TaskShown};
use sexton_wire::apsara::model::value::{BackupSetId, Number};
use sexton_wire::apsara::model::words::{self, BackupJobStatus, BackupStrategy, BackupType};
use sexton_wire::apsara::model::{
    Action, create_backup, delete_backup, describe_backup_tasks, describe_backups,
    describe_detached_backups,
};
use sexton_wire::aws::Reply;

use super::{Asked, Failure, Paged};
use crate::behalf;
use crate::ops::rds::ShownSet;
use crate::service::Service;

/// How long a task that has ended is listed, in hours.
const ENDED_HOURS: i64 = 24;

/// The most tasks that one answer lists.
const TASKS_MAX: usize = 1000;

pub(super) async fn create(
    service: &Arc<Service>,
    request: create_backup::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let method = match request.backup_method {
        None => None,
        Some(words::BackupMethod::Physical) => Some(BackupMethod::Physical),
        Some(words::BackupMethod::Logical) => Some(BackupMethod::Logical),
        Some(words::BackupMethod::Snapshot) => {
            let code = "InvalidBackupMethod.ValueNotSupport";
            let refused = Action::CreateBackup.refuse(&[code], "snapshots are not made here");
            return Err(Failure::Refused(refused));
        }
    };
    let named =
        request.db_name.filter(|_| request.backup_strategy != Some(BackupStrategy::Instance));
    let named = named.as_deref().unwrap_or("").split(',').map(str::trim);
    let databases = named.filter(|name| !name.is_empty()).map(str::to_owned).collect();
    let order = SetOrder { made: Made::Asked, method, databases };
    let (realm, by) = (&asked.caller.realm, &asked.caller.by);
    let id = request.db_instance_id.as_str();
    let begun = service.create_backup_set(realm, id, order, by, asked.now).await?;
    // What was begun as a set is one.
    let task = begun.as_set().map_or(0, |set| set.task);
    Ok(asked.form.reply(&encode::create_backup(task)))
}

/// Whatever becomes of it: which sets are to go.
fn note_sets(request: &delete_backup::Request, asked: &Asked<'_>) {
    let (realm, instance) = (&asked.caller.realm, request.db_instance_id.as_str());
    let (region, account) = (&realm.region, &realm.account);
    let ids: Vec<&str> = request.backup_id.as_slice().iter().map(BackupSetId::as_str).collect();
    let sets = ids.join(",");
    let resource = format!("acs:rds:{region}:{account}:dbinstance/{instance}/backup/{sets}");
    behalf::note_call("rds:DeleteBackup", &resource);
}

pub(super) async fn delete(
    service: &Arc<Service>,
    request: &delete_backup::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let ids = request.backup_id.as_slice().iter().map(|id| id.as_str().to_owned());
    note_sets(request, asked);
    let ids: Vec<String> = ids.collect();
    let (realm, by) = (&asked.caller.realm, &asked.caller.by);
    let id = request.db_instance_id.as_str();
    service.delete_backup_sets(realm, id, &ids, by, asked.now).await?;
    Ok(asked.form.reply(&encode::delete_backup()))
}

/// Which sets are asked for.
struct Filter {
    set: Option<String>,
    instance: Option<String>,
    status: Option<words::BackupStatus>,
    mode: Option<words::BackupMode>,
    is_full: bool,
    from: Option<Timestamp>,
    to: Option<Timestamp>,
}

impl Filter {
    fn wanted(self) -> Wanted<Backup> {
        Arc::new(move |backup| backup.as_set().is_some_and(|set| self.matches(backup, set)))
    }

    fn matches(&self, backup: &Backup, set: &OfInstance) -> bool {
        let Some((status, _)) = ended(backup) else { return false };
        self.is_full
            && self.set.as_ref().is_none_or(|id| *id == set.set.to_string())
            && self.instance.as_ref().is_none_or(|id| *id == set.instance.as_str())
            && self.status.is_none_or(|wanted| wanted == status)
            && self.mode.is_none_or(|wanted| wanted == mode(set.made))
            && self.from.is_none_or(|from| backup.created >= from)
            && self.to.is_none_or(|to| backup.created <= to)
    }
}

/// How a set ended, and when; nothing if it has not, or goes.
fn ended(backup: &Backup) -> Option<(words::BackupStatus, Timestamp)> {
    match &backup.state {
        State::Completed { content } => Some((words::BackupStatus::Success, content.completed)),
        State::Failed { at, .. } => Some((words::BackupStatus::Failed, *at)),
        State::Creating | State::Expired { .. } | State::Deleting { .. } => None,
    }
}

fn mode(made: Made) -> words::BackupMode {
    match made {
        Made::Asked | Made::Final => words::BackupMode::Manual,
        Made::Automatic => words::BackupMode::Automated,
    }
}

fn shown(ShownSet { backup, deletable }: &ShownSet) -> Option<SetShown> {
    let set = backup.as_set()?;
    let (status, ended) = ended(backup)?;
    Some(SetShown {
        id: set.set.to_string(),
        instance: set.instance.to_string(),
        started: backup.created,
        ended,
        status,
        method: match set.method {
            BackupMethod::Physical => words::BackupMethod::Physical,
            BackupMethod::Logical => words::BackupMethod::Logical,
        },
        mode: mode(set.made),
        size_bytes: backup.state.content().map_or(0, |content| content.size_bytes),
        is_deletable: *deletable,
    })
}

pub(super) async fn describe(
    service: &Service,
    request: &describe_backups::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let id = request.db_instance_id.as_str();
    let found = service.instance(&asked.caller.realm, id, asked.now).await?;
    let filter = Filter {
        set: request.backup_id.as_ref().map(|id| id.as_str().to_owned()),
        instance: None,
        status: request.backup_status,
        mode: request.backup_mode,
        is_full: request.backup_type != Some(BackupType::IncrementalBackup),
        from: request.start_time.map(|it| it.0),
        to: request.end_time.map(|it| it.0),
    };
    let paged = Paged::of(request.page_number.map(Number::get), request.page_size.map(Number::get));
    let sets =
        service.backup_sets(&found, filter.wanted(), (paged.page, paged.size), asked.now).await?;
    let items: Vec<SetShown> = sets.items.iter().filter_map(shown).collect();
    let page = Page { items: &items, number: paged.number(), total: super::count(sets.total) };
    Ok(asked.form.reply(&encode::describe_backups(&page)))
}

pub(super) async fn describe_detached(
    service: &Service,
    request: &describe_detached_backups::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let filter = Filter {
        set: request.backup_id.as_ref().map(|id| id.as_str().to_owned()),
        instance: request.db_instance_id.as_ref().map(|id| id.as_str().to_owned()),
        status: request.backup_status,
        mode: request.backup_mode,
        is_full: true,
        from: request.start_time.map(|it| it.0),
        to: request.end_time.map(|it| it.0),
    };
    let realm = &asked.caller.realm;
    let sets = if request.region.as_str() == realm.region {
        service.detached_sets(realm, filter.wanted()).await?
    } else {
        Vec::new()
    };
    let paged = Paged::of(request.page_number.map(Number::get), request.page_size.map(Number::get));
    let of_page = paged.cut(&sets).iter().filter_map(|backup| {
        // Without an instance there is nothing to ask for its deletion.
        let set = ShownSet { backup: backup.clone(), deletable: false };
        let called = backup.offered.as_ref().and_then(|offered| offered.instance());
        Some((shown(&set)?, called.map(|it| it.description.clone()).unwrap_or_default()))
    });
    let items: Vec<(SetShown, String)> = of_page.collect();
    let page = Page { items: &items, number: paged.number(), total: super::count(sets.len()) };
    Ok(asked.form.reply(&encode::describe_detached_backups(&page)))
}

pub(super) async fn describe_tasks(
    service: &Service,
    request: &describe_backup_tasks::Request,
    asked: &Asked<'_>,
) -> Result<Reply, Failure> {
    let id = request.db_instance_id.as_str();
    let found = service.instance(&asked.caller.realm, id, asked.now).await?;
    let of_task = request.backup_job_id.map(|it| u32::try_from(it.get()).unwrap_or(u32::MAX));
    let backups: Vec<Backup> = if let Some(task) = of_task {
        service.set_of_task(&found, task).await?.into_iter().collect()
    } else {
        let hours = SignedDuration::from_hours(ENDED_HOURS);
        let since = asked.now.saturating_sub(hours).unwrap_or(Timestamp::MIN);
        let wanted: Wanted<Backup> = Arc::new(move |backup| {
            let is_recent = |(_, at): (words::BackupStatus, Timestamp)| at > since;
            backup.as_set().is_some() && ended(backup).is_none_or(is_recent)
        });
        let sets = service.backup_sets(&found, wanted, (1, TASKS_MAX), asked.now).await?;
        sets.items.into_iter().map(|set| set.backup).collect()
    };
    let tasks = backups.iter().filter_map(|backup| {
        let set = backup.as_set()?;
        let progress = progress(service, backup);
        let named = of_task.map(|_| set.set.to_string()).filter(|_| ended(backup).is_some());
        Some(TaskShown { job: set.task, set: named, mode: mode(set.made), progress })
    });
    let is_wanted = |task: &TaskShown| {
        request.backup_mode.is_none_or(|mode| mode == task.mode)
            && request.backup_job_status.is_none_or(|status| match status {
                BackupJobStatus::NoStart => task.progress == TaskProgress::Waiting,
                BackupJobStatus::Progressing => {
                    matches!(task.progress, TaskProgress::Running { .. })
                }
            })
    };
    let tasks: Vec<TaskShown> = tasks.filter(is_wanted).collect();
    Ok(asked.form.reply(&encode::describe_backup_tasks(&tasks)))
}

fn progress(service: &Service, backup: &Backup) -> TaskProgress {
    match &backup.state {
        State::Creating => match service.jobs.progress(backup.id.job()) {
            Some((percent, _)) => TaskProgress::Running { percent: Some(percent) },
            None => TaskProgress::Waiting,
        },
        State::Failed { .. } => TaskProgress::Failed,
        State::Completed { .. } | State::Expired { .. } | State::Deleting { .. } => {
            TaskProgress::Finished
        }
    }
}
