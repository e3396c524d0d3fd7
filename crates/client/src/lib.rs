//! The sweep as a library: deletes backups in the cloud and proves that they are gone.
//!
//! Nothing here prints or reads a terminal. [`delete`] takes a [`Provider`], an [`Order`] and a
//! [`Stop`], tells what happens through events, and hands back a [`Report`] in which every target
//! has exactly one outcome. [`look_at`] looks without touching anything, [`Preview`] sums up what
//! it saw, and [`foretell`] says what a deletion would do. The `plan_…` functions make of names an
//! [`Order`], with all that is to be known before; [`document`] is what a run writes for programs.
//! [`list`] tells which backups there are, to the end or not at all.
//!
//! # Promises
//!
//! - No request is made for a name that was not parsed first: the types see to that.
//! - A target counts as gone only when it was seen in its place (a vault of AWS Backup), by
//!   this run or by one whose report is given, and the service then says that it does not know
//!   it there. Being refused, or getting no answer, proves nothing; nor does it that a target
//!   is not in a place where nobody saw it: that one is looked for in the other places.
//! - Whether an ARN can name a point of the vault at all is for [`misplaced`] to say, before:
//!   the service would only say that it does not know it.
//! - At most `concurrency` deletions are in flight, under one pace that all share.
//! - A deletion is retried when that is safe; what an earlier try may have done is
//!   settled by reading back.

mod admin;
mod apsara;
mod ask;
mod batch;
mod caller;
mod cause;
mod classify;
mod composite;
mod connect;
mod delete;
mod denials;
pub mod document;
mod earlier;
mod elsewhere;
mod holds;
mod judge;
mod keepers;
pub mod list;
mod options;
mod order;
mod pacer;
mod plan;
mod polls;
mod preview;
mod profile;
mod provider;
mod rate;
mod reach;
mod report;
mod requests;
mod retry;
mod sight;
mod signed;
mod stop;
mod sts;
mod survey;
mod transport;
mod verify;

pub use admin::{AdminClient, AdminError};
pub use apsara::ApsaraSignature;
pub use apsara::connect::{ConnectedRds, connect_rds};
pub use apsara::find::ApsaraCredentialsError;
pub use cause::chain;
pub use classify::Class;
pub use connect::{
    ConnectError, Connected, ConnectedFsx, Connection, connect, connect_admin, connect_fsx,
};
pub use delete::delete;
pub use denials::DenialsUnread;
pub use earlier::{Earlier, NoReport, OtherPlace};
pub use elsewhere::{Searched, Unread};
pub use keepers::{Keeper, keepers};
pub use options::{CONCURRENCY_MAX, Options};
pub use order::Order;
pub use pacer::Pacer;
pub use plan::fsx::{misplaced_backups, plan_backups};
pub use plan::points::{misplaced_points, plan_points};
pub use plan::rds::plan_sets;
pub use plan::{Plan, Unplanned, note_sights};
pub use preview::{Preview, Sum};
pub use profile::{Profile, ProfileError};
pub use provider::apsara_rds::instance::{ANOTHER_REGION, RdsInstance};
pub use provider::apsara_rds::set::{RdsBackupSet, RdsRules};
pub use provider::apsara_rds::stock::RdsStock;
pub use provider::apsara_rds::{
    ApsaraRds, ParseRdsBackupSetIdError, ParseRdsInstanceIdError, RdsBackupSetId, RdsInstanceId,
    RdsSets,
};
pub use provider::aws_backup::jobs::{JobState, StartedBackup};
pub use provider::aws_backup::misplaced::{Misplaced, misplaced};
pub use provider::aws_backup::stock::AwsStock;
pub use provider::aws_backup::{AwsBackup, AwsVault};
pub use provider::fsx::backup::{FsxBackup, FsxSource};
pub use provider::fsx::id::{FsxBackupId, ParseFsxBackupIdError};
pub use provider::fsx::stock::FsxStock;
pub use provider::fsx::{Fsx, FsxBackups, RunId};
pub use provider::{
    AbsenceBy, Facts, Form, Listed, Manner, Named, Place, PlaceFacts, Provider, ProviderError,
    Settles, State, Target, Unheard,
};
pub use rate::{Pace, Turn};
pub use report::{Event, Item, Report, StopCause};
pub use requests::{ask_when_released, check_keeps_requests, is_released, may_wait};
pub use retry::{Jitter, RetryPolicy};
pub use sight::Sight;
pub use stop::{Stop, StopHandle};
pub use sts::Sts;
pub use survey::{Forecast, Foreseen, Survey, foretell, inspect, look_at};
pub use transport::{Lack, TransportError, Unanswered};
