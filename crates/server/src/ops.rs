//! The operations, one module a subject: load what a decision reads, let `sexton-core`
//! decide, commit what it decided, and begin again if something moved meanwhile.
//!
//! Protocols call these; nothing here knows a word of any wire.

pub mod backups;
pub mod copies;
pub(crate) mod decide;
pub mod deletion;
mod erasures;
pub mod fsx;
pub mod guards;
pub mod held;
pub mod lifecycles;
pub mod plans;
mod policies;
pub mod rds;
mod realms;
pub mod requests;
pub mod restores;
pub mod roles;
pub(crate) mod source_backups;
pub mod tags;
pub mod users;
pub mod vaults;
