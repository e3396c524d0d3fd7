//! What the server remembers, and the keys of what it keeps.
//!
//! The trait that decisions are made from and committed to ([`MetaStore`]) and its stores
//! ([`sqlite`], [`memory`]), the key ring ([`keys`]), the audit trail ([`trail`]), the
//! certificates and their log ([`certificate`], [`merkle`]), and where time and randomness come
//! from ([`clock`], [`entropy`]). It knows nothing of requests, nor of the bytes of backups.
//!
//! # The trait
//!
//! A few deep methods: [`MetaStore::read`] what one decision is made from, [`MetaStore::commit`]
//! what it decided, [`MetaStore::page`] a listing. The only way to write is the commit, which
//! takes what the decision was made from and writes nothing if any of that has changed since.
//! The rest of the trait says the same in the words of those who ask, and is the same for every
//! store.
//!
//! # The generation rule
//!
//! A [`Generation`] counts changes to a [`Subject`]. What a decision reads, by subject, **is**
//! what its commit expects ([`Reading::expects`]): a backup (and its uses, which are counted as
//! changes to the backup), and with [`Follow::Protectors`] everything that protects it, as of
//! the same instant. A subject that does not exist has generation 0, so its coming into being
//! is a change too. A restore that begins between reading and commit makes the deletion stale.
//! This is the one bug that this product may not have.
//!
//! What is listed is not expected: a decision reads again what it found on a page. What is
//! counted is not expected either, or every registration would make all others stale: a change
//! says how many there may be ([`Change::requires`]), and the commit counts.

pub mod certificate;
pub mod clock;
pub mod entropy;
pub mod files;
pub mod keys;
pub mod memory;
pub mod merkle;
pub mod sqlite;
pub mod trail;

mod change;
mod error;
mod filter;
mod identity;
mod meta;
mod query;
mod reading;
mod sealed;
mod stage;
mod told;

pub use change::*;
pub use error::{Cause, StoreError};
pub use filter::{BackupQuery, FsxQuery, SourceQuery, Wanted};
pub use identity::StoreId;
pub use meta::*;
pub use query::*;
pub use reading::*;
pub use sealed::Sealed;
