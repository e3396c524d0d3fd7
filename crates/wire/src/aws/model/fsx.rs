//! Amazon FSx, version 2018-03-01, after the model in botocore 1.44.5.
//!
//! Generated from `model/fsx.json` by `tests/model.rs`; do not edit.

mod constraints;
mod enums;
pub use enums::*;
mod inputs;
pub use inputs::*;
mod operations;
pub use operations::{ERRORS, Operation};
mod outputs;
pub use outputs::*;
mod parts;
pub use parts::*;
mod shown;
pub use shown::{BACKUP, FILE_SYSTEM, STORAGE_VIRTUAL_MACHINE, VOLUME};
mod structures;
mod texts;
mod unserved;
pub use unserved::UNSERVED;
mod values;
