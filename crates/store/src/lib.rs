//! What the server remembers, and the keys of what it keeps.
//!
//! The trait that decisions are made from and committed to ([`MetaStore`]) and its stores
//! ([`sqlite`], [`memory`], [`faulty`]), the key ring ([`keys`]), the audit trail ([`trail`]), the
//! certificates and their log ([`certificate`], [`merkle`]), and where time and randomness come
//! from ([`clock`], [`entropy`]). It knows nothing of requests, nor of the bytes of backups.
//!
//! # The trait
//!
//! Methods are the needs of decisions, not access to tables: load what one decision
//! reads, commit what it decided, page a listing, claim work. The only way to write is
//! [`MetaStore::commit`], which takes what the decision was made from and writes nothing
//! if any of that has changed since.
//!
//! # The generation rule
//!
//! A [`Generation`] counts changes to a subject, and a snapshot carries the generations
//! of *everything* that its decision read: the point (and its uses, which are counted as
//! changes to the point), its vault, its role. A subject that does not exist has
//! generation 0, so its coming into being is a change too. A restore that begins between
//! load and commit makes the deletion stale. This is the one bug that this product may
//! not have.

pub mod certificate;
pub mod clock;
pub mod entropy;
pub mod faulty;
pub mod files;
pub mod keys;
pub mod memory;
pub mod merkle;
pub mod sqlite;
pub mod trail;

mod filter;
mod identity;
mod meta;
mod told;

pub use filter::{BackupQuery, Wanted};
pub use identity::StoreId;
pub use meta::*;
