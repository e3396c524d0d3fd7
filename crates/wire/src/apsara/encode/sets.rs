//! Backup sets, and the tasks that make them.

use jiff::Timestamp;

use super::{Page, count, whole};
use crate::apsara::model::value::{Counter, Seconds};
use crate::apsara::model::words::{BackupMethod, BackupMode, BackupStatus, BackupType};
use crate::apsara::model::{describe_backup_tasks, describe_backups, describe_detached_backups};

/// A backup set that was made, or that could not be.
#[derive(Debug, Clone)]
pub struct SetShown {
    /// Its id.
    pub id: String,
    /// Of which instance it is.
    pub instance: String,
    /// When it was begun.
    pub started: Timestamp,
    /// When it ended.
    pub ended: Timestamp,
    /// How it ended.
    pub status: BackupStatus,
    /// How it was made.
    pub method: BackupMethod,
    /// Who had it made.
    pub mode: BackupMode,
    /// How much was read, in bytes.
    pub size_bytes: u64,
    /// Whether it may be deleted now.
    pub is_deletable: bool,
}

/// `1` for what can be restored.
fn is_available(set: &SetShown) -> i64 {
    i64::from(set.status == BackupStatus::Success)
}

/// `StoreStatus`: whether a set may be deleted.
fn store_status(set: &SetShown) -> &'static str {
    if set.is_deletable { "Enabled" } else { "Disabled" }
}

fn meta_status(set: &SetShown) -> &'static str {
    match set.status {
        BackupStatus::Success => "OK",
        BackupStatus::Failed => "NO",
    }
}

fn initiator(set: &SetShown) -> &'static str {
    match set.mode {
        BackupMode::Automated => "System",
        BackupMode::Manual => "User",
    }
}

/// What both listings tell of a set, as an item of either: their types have these members alike.
macro_rules! told {
    ($item:ident, $set:expr) => {
        $item {
            backup_end_time: Some(Seconds($set.ended)),
            backup_id: Some($set.id.clone()),
            backup_method: Some($set.method.word().to_owned()),
            backup_mode: Some($set.mode.word().to_owned()),
            backup_size: Some(whole($set.size_bytes)),
            backup_start_time: Some(Seconds($set.started)),
            backup_status: Some($set.status.word().to_owned()),
            backup_type: Some(BackupType::FullBackup.word().to_owned()),
            db_instance_id: Some($set.instance.clone()),
            is_avail: Some(is_available($set)),
            meta_status: Some(meta_status($set).to_owned()),
            store_status: Some(store_status($set).to_owned()),
            ..Default::default()
        }
    };
}

/// The answer to `DescribeBackups`, whose counters are texts.
pub fn describe_backups(page: &Page<'_, SetShown>) -> describe_backups::Response {
    use describe_backups::Backup;
    let shown = |set: &SetShown| Backup {
        backup_initiator: Some(initiator(set).to_owned()),
        ..told!(Backup, set)
    };
    let backup = Some(page.items.iter().map(shown).collect());
    describe_backups::Response {
        items: Some(describe_backups::ItemsList { backup }),
        page_number: Some(Counter(page.number)),
        page_record_count: Some(Counter(count(page.items))),
        request_id: None,
        total_ecs_snapshot_size: Some(0),
        total_record_count: Some(Counter(page.total)),
    }
}

/// The answer to `DescribeDetachedBackups`: sets whose instance is gone, each with what the
/// instance was called.
pub fn describe_detached_backups(
    page: &Page<'_, (SetShown, String)>,
) -> describe_detached_backups::Response {
    use describe_detached_backups::Backup;
    let shown = |(set, comment): &(SetShown, String)| Backup {
        db_instance_comment: Some(comment.clone()).filter(|it| !it.is_empty()),
        ..told!(Backup, set)
    };
    let backup = Some(page.items.iter().map(shown).collect());
    describe_detached_backups::Response {
        items: Some(describe_detached_backups::ItemsList { backup }),
        page_number: Some(Counter(page.number)),
        page_record_count: Some(Counter(count(page.items))),
        request_id: None,
        total_record_count: Some(Counter(page.total)),
    }
}

/// How far a task is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TaskProgress {
    /// It waits for its turn.
    Waiting,
    /// It runs.
    Running {
        /// How much of it is done, if that is known.
        percent: Option<u8>,
    },
    /// The set is there.
    Finished,
    /// There is no set that could be restored.
    Failed,
}

impl TaskProgress {
    fn word(self) -> &'static str {
        match self {
            Self::Waiting => "NoStart",
            Self::Running { .. } => "Uploading",
            Self::Finished => "Finished",
            Self::Failed => "Failed",
        }
    }

    fn percent(self) -> String {
        match self {
            Self::Waiting => "0".to_owned(),
            Self::Running { percent } => percent.unwrap_or(0).to_string(),
            Self::Finished => "100".to_owned(),
            Self::Failed => "NOT_AVAILABLE".to_owned(),
        }
    }
}

/// A task that makes a backup set.
#[derive(Debug, Clone)]
pub struct TaskShown {
    /// Its number.
    pub job: u32,
    /// The set that it made, for who asks for this task alone.
    pub set: Option<String>,
    /// Who has it made.
    pub mode: BackupMode,
    /// How far it is.
    pub progress: TaskProgress,
}

/// The answer to `DescribeBackupTasks`.
pub fn describe_backup_tasks(tasks: &[TaskShown]) -> describe_backup_tasks::Response {
    let shown = |task: &TaskShown| describe_backup_tasks::BackupJob {
        backup_id: task.set.clone().filter(|_| task.progress == TaskProgress::Finished),
        backup_job_id: Some(task.job.to_string()),
        backup_progress_status: Some(task.progress.word().to_owned()),
        backup_status: Some(task.progress.word().to_owned()),
        job_mode: Some(task.mode.word().to_owned()),
        process: Some(task.progress.percent()),
        task_action: Some(
            match task.mode {
                BackupMode::Automated => "NORMAL_BACKUP_TASK",
                BackupMode::Manual => "TEMP_BACKUP_TASK",
            }
            .to_owned(),
        ),
    };
    let backup_job = Some(tasks.iter().map(shown).collect());
    let items = Some(describe_backup_tasks::ItemsList { backup_job });
    describe_backup_tasks::Response { items, request_id: None }
}
