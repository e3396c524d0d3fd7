//! The vault: a backup service that speaks the clouds' own APIs and keeps real backups.
//!
//! [`Server::start`] is the whole of it. Inside, a request goes from the door (`http`)
//! to an operation ([`ops`]), which loads what a decision reads from the store
//! ([`sexton_store`]), lets `sexton-core` decide, and commits. Bytes are removed by one loop
//! only ([`eraser`]), from committed jobs only. What is due by the clock is begun by
//! another ([`scheduler`]). Captures and restores run beside the
//! requests (`jobs`).

pub mod audit;
pub mod auth;
pub mod config;
pub mod databases;
pub mod eraser;
pub mod identities;
pub mod instances;
pub mod log_backups;
pub mod ops;
pub mod realms;
pub mod scheduler;
pub mod scrub;
pub mod service;
pub mod stopped;

mod api;
mod authorize;
mod behalf;
mod error;
mod http;
mod jobs;
mod metrics;
mod nonces;
mod process;
mod runners;
mod server;
mod world;

pub use error::OpsError;
pub use http::tls::TlsError;
pub use jobs::Jobs;
pub use server::{Server, StartError};
pub use world::{EXPIRED_ROLE, INSTANCES_REGION, WorldError};
