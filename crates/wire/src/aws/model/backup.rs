//! AWS Backup, version 2018-11-15, after the model in botocore 1.44.5.
//!
//! Generated from `model/backup.json` by `tests/model.rs`; do not edit.

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
mod structures;
mod texts;
mod unserved;
pub use unserved::UNSERVED;
mod values;
