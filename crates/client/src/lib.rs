//! The sweep as a library: deletes backups in the cloud and proves that they are gone.
//!
//! Nothing here prints or reads a terminal. [`delete`] takes a [`BackupProvider`], an
//! [`Order`] and a [`Stop`], tells what happens through events, and hands back a
//! [`Report`] in which every point has exactly one outcome. [`survey`] looks without
//! touching anything.
//!
//! # Promises
//!
//! - No request is made for a name that was not parsed first: the types see to that.
//! - A point counts as gone only when it was seen in the vault, by this run or by one whose
//!   report is given, and the service then says that it does not know it there. Being
//!   refused, or getting no answer, proves nothing; nor does it that a point is not in a
//!   vault where nobody saw it: that one is looked for in the other vaults.
//! - Whether an ARN can name a point of the vault at all is for [`misplaced`] to say, before:
//!   the service would only say that it does not know it.
//! - At most `concurrency` deletions are in flight, under one rate that all share.
//! - A deletion is retried when that is safe; what an earlier try may have done is
//!   settled by reading back.

mod admin;
mod caller;
mod cause;
mod classify;
mod connect;
mod delete;
mod elsewhere;
mod misplaced;
mod order;
mod profile;
mod provider;
mod rate;
mod retry;
mod sight;
mod stop;
mod survey;
mod transport;
mod verify;

pub use admin::{AdminClient, AdminError};
pub use cause::chain;
pub use classify::{Class, Reply, classify, expired_obstacle};
pub use connect::{ConnectError, Connected, Connection, connect, connect_admin};
pub use delete::{CONCURRENCY_MAX, Event, Item, Options, Report, StopCause, delete};
pub use elsewhere::{Searched, Unread};
pub use misplaced::{Misplaced, misplaced};
pub use order::Order;
pub use profile::{Profile, ProfileError};
pub use provider::aws_backup::AwsBackup;
pub use provider::aws_backup::jobs::{JobState, StartedBackup};
pub use provider::{
    BackupProvider, Failure, LIST_PAGE_MAX, Page, PointFacts, PointStatus, VaultFacts, VaultPage,
};
pub use rate::{Pace, Turn};
pub use retry::{Jitter, RetryPolicy};
pub use sight::{Reading, choose};
pub use stop::{Stop, StopHandle};
pub use survey::{Forecast, Survey, inspect, survey};
pub use transport::{Lack, TransportError, Unanswered};
