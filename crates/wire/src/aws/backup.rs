//! AWS Backup (REST-JSON): requests into calls, decisions into replies.
//!
//! [`decode`] yields a [`Call`] made of `sexton-core`'s types, so that nothing behind
//! this module parses a name again; [`encode`] has one function for each operation's
//! success. Refusals are [`crate::aws::error`]'s.

mod call;
mod decode;
pub mod encode;
mod filter;
mod members;

pub use call::{Call, Copying, Planning, Protect};
pub use decode::decode;
pub use filter::{BackupJobFilter, CopyJobFilter, PointFilter, RestoreJobFilter, VaultFilter};
