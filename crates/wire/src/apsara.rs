//! ApsaraDB RDS of Alibaba Cloud (RPC, version 2014-08-15): requests into parameters, values
//! into replies, signatures.
//!
//! Everything is a `GET` or `POST` to `/`, and what is asked for stands in parameters, in the
//! query or in a form. [`Request::parse`] reads them, [`signature`] says who signed them,
//! [`model`] makes a [`model::Call`] of them, [`encode`] makes the answers, and [`reply`] gives
//! these and [`Error`]s the form that the clients parse.
//!
//! In this order: [`Request::parse`]; [`model::Action::of`]; [`signature::Claim::parse`], of
//! which the caller looks up the access key; [`signature::Claim::verify`], of which the caller
//! remembers the nonce; whether the caller may; [`model::Call::decode`]. So a stranger learns
//! what is known in public, and nothing of anybody's backups.

pub mod encode;
pub mod error;
pub mod model;
pub mod parameters;
pub mod reply;
pub mod request;
pub mod signature;
pub mod sts;
pub mod time;

pub use error::Error;
pub use parameters::Parameters;
pub use reply::Format;
pub use request::Request;

/// The version of the API.
pub const VERSION: &str = "2014-08-15";
