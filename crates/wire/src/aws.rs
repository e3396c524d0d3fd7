//! The AWS side: Backup (REST-JSON), STS (query), SigV4, and polite refusals for FSx.

pub mod backup;
pub mod dispatch;
pub mod error;
pub mod fsx;
pub mod model;
pub mod percent;
mod reply;
pub mod route;
pub mod sigv4;
pub mod sts;
pub mod timestamp;

pub use error::WireError;
pub use reply::{REQUEST_ID_HEADER, Reply};
