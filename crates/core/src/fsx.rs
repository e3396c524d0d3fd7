//! Amazon `FSx`: file systems and volumes, their backups, and when those may go.

mod automatic;
mod backup;
mod delete;
mod file_system;
mod ids;
mod token;
mod volume;

pub use automatic::{AutomaticBackups, AutomaticStep, DailyStart};
pub use backup::{
    COPIES_MAX, FsxBackupOrder, FsxCopyOrder, Made, OfFileSystem, Origin, decide_fsx_backup,
    decide_fsx_copy, decide_record_loss,
};
pub use delete::{FsxDeletion, FsxRefusal, decide_delete_fsx};
pub use file_system::{
    FileSystem, FileSystemChange, FileSystemOrder, FileSystemState, FileSystemType,
    RemoveFileSystem, decide_create_file_system, decide_remove_file_system,
    decide_restore_file_system, decide_update_file_system,
};
pub use ids::{FileSystemId, FsxBackupId, InvalidFsxId, VolumeId};
pub use token::{TOKENS_MAX, Token, TokenName, TokenUse};
pub use volume::{RemoveVolume, Volume, VolumeOrder, decide_create_volume, decide_remove_volume};
