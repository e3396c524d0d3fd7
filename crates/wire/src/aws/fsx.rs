//! Amazon FSx (JSON 1.1): requests into calls, decisions into replies.
//!
//! Everything is a `POST` to `/`; `X-Amz-Target` names the operation, and the body is an
//! object of its members. [`decode`] yields a [`Request`] made of `sexton-core`'s types;
//! [`encode`] has one function for each operation's success; refusals are [`Error`]s.

mod call;
mod configuration;
mod decode;
pub mod encode;
mod error;
mod filter;

pub use call::{BackedUp, Call, Request};
pub use decode::decode;
pub use error::{Error, not_served};
pub use filter::{BackupFilter, MachineFilter, VolumeFilter};

/// What FSx operations are called in `X-Amz-Target`, before the dot.
pub(crate) const TARGET_PREFIX: &str = "AWSSimbaAPIService_v20180301.";
