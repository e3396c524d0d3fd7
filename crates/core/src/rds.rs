//! `ApsaraDB` RDS of Alibaba Cloud: instances, their backup sets and log backups, which of these
//! may go, and which requests count.

mod backup;
mod database;
mod delete;
mod ids;
mod instance;
mod log_life;
pub mod nonce;
mod schedule;
mod slots;

pub use backup::{
    BackupMethod, LOG_FILES_MAX, LogFile, OfInstance, OfLog, RdsRefusal, SETS_A_DAY_MAX, SetFacts,
    SetOrder, decide_set, log_run,
};
pub use database::{Database, PolicyChange, SetRestore, decide_policy};
pub use delete::{
    SETS_MAX, SetsRefusal, Undeletable, decide_delete_sets, deletable, deletable_after,
};
pub use ids::{BackupSetNumber, InstanceId, InvalidRdsId};
pub use instance::{BackupPolicy, BackupSet, Edition, Engine, Instance, InstanceKind, LogBackup};
pub use log_life::{LogPlace, covering};
pub use schedule::{Looks, Schedule, ScheduledStep, Weekdays};
pub use slots::{
    OWED_SLOTS_MAX, OwedSlot, Reached, SameServer, ServerKnown, SlotChange, SlotsAfter, is_news,
    owed_wait, slots_after,
};
