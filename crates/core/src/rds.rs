//! `ApsaraDB` RDS of Alibaba Cloud: instances, and which of their backup sets may go.

mod delete;
mod instance;

pub use delete::{
    SETS_MAX, SetsRefusal, Undeletable, decide_delete_sets, deletable, deletable_after,
};
pub use instance::{BackupPolicy, BackupSet, Edition, Engine, Instance, InstanceKind, LogBackup};
