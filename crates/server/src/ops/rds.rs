//! Operations on what `ApsaraDB` RDS shows: instances, their backup sets and log backups.
//!
//! RDS has no jobs of its own, so there are none here: a backup set that is being made is the
//! record of its own work, as with `FSx`.
//!
//! An instance is known by its account and its id, which is one in all regions.

mod deletion;
mod instances;
mod logs;
mod restores;
mod scheduled;
mod sets;
mod slots;

pub use instances::{Found, InstanceOrder};
pub(crate) use restores::BegunRestore;
pub use restores::{Into, SetRestoreOrder, SetRestoreState, SetRestores};
pub use sets::{ShownSet, ShownSets};
