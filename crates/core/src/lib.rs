//! What is true of backups, and what is allowed.
//!
//! Every decision that Sexton makes is a function in this crate: values in, a value
//! out. There is no clock, no randomness, no IO and no `async` here, so the server
//! can call a decision on the request path, the simulator can call it a million
//! times, and both get the same answer. Nor does this crate know any wire name:
//! three protocols give these refusals their words, in `sexton-wire`.
//!
//! # Glossary
//!
//! - **realm**: an account in a region ([`Realm`]). All names below are unique in one.
//! - **vault**: a named collection of backups ([`Vault`]).
//! - **backup**: one backup of one resource ([`Backup`]), a *recovery point* in the words of
//!   AWS Backup, which keeps it in a vault; `FSx` keeps others with their file system
//!   ([`Keeper`]). Its bytes are *objects* under a random
//!   [`ObjectPrefix`], sealed under its own data key.
//! - **resource**: what is backed up, named by an ARN. A resource that the server
//!   can read is a **source** ([`Source`]).
//! - **role**: the identity that a backup was made with, and that must still
//!   be able to delete it ([`Role`]).
//! - **use**: a restore or a copy that is reading a backup ([`Use`]). While one lasts, the
//!   backup cannot be deleted.
//! - **erasure**: what follows an accepted deletion, until a certificate says that
//!   key and bytes are gone ([`Erasure`], [`Certificate`]).
//! - **request**: a deletion that something keeps from being done, and that is decided again once
//!   that goes ([`ErasureRequest`]).
//! - **guard**: what a vault protects its backups with, its lock above all ([`Guard`], [`Lock`]).
//! - **plan**: backs resources up by itself, when its *rules* say, and those that its
//!   *selections* name ([`Plan`]).
//! - **hold**: keeps all recovery points that it is of, also those that are made later ([`Hold`]).
//! - **epoch**: the life of one root key of the key ring. A data key that left the
//!   ring is unrecoverable from the end of the epoch in which it left.
//!
//! # Invariants
//!
//! 1. A backup that is in use, being created, or already being deleted is
//!    never decided for deletion, nor one that a legal hold is of, nor one in a locked vault but
//!    by its lifecycle ([`decide_delete_point`]).
//! 2. Every decision carries all that its execution needs: nothing is chosen later.
//! 3. A state holds what is true only in that state.

#[macro_use]
mod written;

mod access;
mod arn;
mod association;
mod backup;
mod backup_job;
mod call;
mod certificate;
mod chain;
mod clock;
mod copy_job;
mod count;
mod erasure;
mod erasure_request;
mod event;
mod expiry;
mod fsx;
mod hold;
mod id;
mod lifecycle;
mod lock;
mod nearest;
mod offered;
mod outcome;
mod plain;
mod plan;
pub mod policy;
mod rds;
mod realm;
mod restore_job;
mod retention;
mod rights;
mod role;
mod secret;
mod service;
mod source;
mod span;
mod stated;
mod tags;
mod user;
mod vault;
mod vault_policy;
mod window;

pub use access::{Access, VaultAction, decide_put_policy, decide_remove_policy};
pub use arn::{BackupArn, BackupName, ParseArnError, ResourceArn, ResourceType, RoleArn};
pub use association::{Association, AssociationRefusal, refuse_disassociation};
pub use backup::{
    Backup, Busy, Content, DeleteFacts, Deletion, InVault, Keeper, Leftover, Point, PointRefusal,
    Protector, State, Use, UsedBy, busy, decide_delete_point, protectors,
};
pub use backup_job::{
    BackupJob, BackupJobState, BackupLoss, BackupOrder, BackupRefusal, BeginBackup, StopRefusal,
    decide_backup, decide_backup_repeat, decide_loss, decide_stop, mint_backup_arn,
};
pub use call::{CallsTold, Untold, Via};
pub use certificate::{
    Absence, Certificate, Commitment, Commitments, Destruction, Detail, Ended, KeepingService,
    Kept, LogCover, Means, Method, MethodName, OutOfScope, Protection, Sealing, Why,
};
pub use chain::chain;
pub use clock::{ClockTrust, believed_time, clock_trust};
pub use copy_job::{
    BeginCopy, CopyFacts, CopyJob, CopyJobState, CopyOrder, CopyRefusal, NewCopy, decide_copy,
    decide_copy_repeat,
};
pub use count::{counted, plural};
pub use erasure::{
    ATTEMPTS_MAX, BATCH_OBJECTS_MAX, Deleted, Erasure, ErasureState, RetryRefusal, Sighting, Step,
    after_delete, after_look_in_epoch, after_nothing_found, decide_retry, is_unexplained,
    next_step, put_off_max, retry_delay_seconds,
};
pub use erasure_request::{
    ErasureRequest, REQUEST_DAYS_MAX, REQUEST_LOOK_MINUTES, RequestRefusal, Requested,
    decide_request, decide_requested, decide_withdrawal,
};
pub use event::{
    BackupTrace, DeletedSet, Event, EventKind, PlanChange, PlannedRun, ReplayError, Traces, replay,
};
pub use expiry::{Expiry, decide_expiry};
pub use fsx::{
    AutomaticBackups, AutomaticStep, COPIES_MAX, DailyStart, FileSystem, FileSystemChange,
    FileSystemId, FileSystemOrder, FileSystemState, FileSystemType, FsxBackupId, FsxBackupOrder,
    FsxCopyOrder, FsxDeletion, FsxRefusal, InvalidFsxId, Made, OfFileSystem, Origin,
    RemoveFileSystem, RemoveVolume, TOKENS_MAX, Token, TokenName, TokenUse, Volume, VolumeId,
    VolumeOrder, decide_create_file_system, decide_create_volume, decide_delete_fsx,
    decide_fsx_backup, decide_fsx_copy, decide_record_loss, decide_remove_file_system,
    decide_remove_volume, decide_restore_file_system, decide_update_file_system,
};
pub use hold::{
    Cancelled, Dates, HOLD_NAMES_MAX, HOLD_RECORD_DAYS, HOLD_TEXT_MAX, HOLDS_ACTIVE_MAX, HOLDS_MAX,
    Held, Hold, HoldId, HoldOrder, HoldRefusal, Holds, NewHold, Selection, decide_cancel,
    decide_hold,
};
pub use id::{
    BackupId, Epoch, InvalidObjectPrefix, InvalidVaultName, JobId, ObjectPrefix, Principal,
    VaultName,
};
pub use lifecycle::{InvalidLifecycle, Lifecycle, LifecycleRefusal, decide_lifecycle};
pub use lock::{
    AirGap, Guard, Lock, LockMode, LockOrder, LockRefusal, Locked, Retained, RetentionRefusal,
    check_retention, decide_lock, decide_retention, decide_seal, decide_unlock,
};
pub use nearest::nearest;
pub use offered::Offered;
pub use outcome::{Obstacle, Outcome, Totals, Verdict, verdict};
pub use plain::{Plain, is_plain, plain, plain_json};
pub use plan::{
    COPY_ACTIONS_MAX, CopyAction, CreatedBy, DueRun, InvalidSchedule, NewPlan, NewSelection,
    OtherSpelling, PLAN_COMPLETE_MINUTES, PLAN_DUE_AHEAD, PLAN_RECORD_DAYS, PLAN_RECORDS_MAX,
    PLAN_START_MINUTES, PLANS_MAX, Plan, PlanFacts, PlanId, PlanLook, PlanNames, PlanOrder,
    PlanRefusal, PlanSchedule, PlanSelection, PlanVersion, RULES_MAX, Rule, RuleId, RuleOrder, Run,
    SCHEDULE_DEFAULT, SELECTED_MAX, SELECTIONS_MAX, SelectionId, SelectionOrder, TIMEZONE_DEFAULT,
    TagCondition, TagTest, VERSIONS_MAX, VersionId, decide_add_selection, decide_create_plan,
    decide_delete_plan, decide_remove_selection, decide_update_plan, plan_document, planned_copy,
    planned_copy_failure, planned_failure, planned_order, planned_principal, selected,
};
pub use rds::nonce;
pub use rds::{
    BackupMethod, BackupPolicy, BackupSet, BackupSetNumber, Database, Edition, Engine, Instance,
    InstanceId, InstanceKind, InvalidRdsId, LOG_FILES_MAX, LogBackup, LogFile, LogPlace, Looks,
    OWED_SLOTS_MAX, OfInstance, OfLog, OwedSlot, PolicyChange, RdsRefusal, Reached, SETS_A_DAY_MAX,
    SETS_MAX, SameServer, Schedule, ScheduledStep, ServerKnown, SetFacts, SetOrder, SetRestore,
    SetsRefusal, SlotChange, SlotsAfter, Undeletable, Weekdays, covering, decide_delete_sets,
    decide_policy, decide_set, deletable, deletable_after, is_news, log_run, owed_wait,
    slots_after,
};
pub use realm::{AccountAndRegion, InRealm, InvalidRealm, REALMS_MAX, Realm, is_region};
pub use restore_job::{
    BeginRestore, RestoreJob, RestoreJobState, RestoreOrder, RestoreRefusal, decide_restore,
    decide_restore_repeat,
};
pub use retention::{JOB_DAYS, forgotten_until};
pub use rights::{Asking, Because, Connection, Denied, Rights};
pub use role::{
    AssumeOrder, AssumeRefusal, IamRefusal, IamRole, Removal, RemovalName, Role, RoleName,
    RoleOrder, RoleRefusal, RoleStatus, RoleUse, RoleUser, Session, Standing, check_role_name,
    check_role_tag_keys, check_role_tags, decide_assume, decide_create_role, decide_remove_linked,
};
pub use secret::{DataKey, SECRET_BYTES, SecretKey};
pub use service::Service;
pub use source::{Resource, Snapshots, Source, SourceKind};
pub use span::Span;
pub use stated::Stated;
pub use tags::{TAGS_MAX, TagKeys, TagRefusal, Tags, check_tags};
pub use user::{
    USER_KEYS_MAX, USERS_MAX, User, UserChange, UserKey, UserName, UserRefusal, decide_create_user,
    random_id,
};
pub use vault::{VAULTS_MAX, Vault, VaultRefusal, decide_create_vault, decide_delete_vault};
pub use vault_policy::VaultPolicy;
pub use window::{InvalidWindow, Passed, START_WINDOW_MINUTES_MIN, WINDOW_MINUTES_MAX, Windows};
