//! The AWS side: Backup (REST-JSON), FSx (JSON 1.1), IAM and STS (query), SigV4.

pub mod backup;
pub mod dispatch;
pub mod error;
pub mod fsx;
pub mod iam;
pub mod model;
pub mod paging;
pub mod percent;
pub mod query;
mod reply;
pub mod route;
pub mod sigv4;
pub mod sts;
pub mod timestamp;

pub use error::WireError;
pub use reply::{REQUEST_ID_HEADER, Reply};
