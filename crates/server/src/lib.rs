//! The vault: a backup service that speaks the clouds' own APIs and keeps real backups.
//!
//! [`Server::start`] is the whole of it. Inside, a request goes from the door (`http`)
//! to an operation ([`ops`]), which loads what a decision reads from the store
//! ([`store`]), lets `sexton-core` decide, and commits. Bytes are removed by one loop
//! only ([`eraser`]), from committed jobs only. Captures and restores run beside the
//! requests (`jobs`).

pub mod auth;
pub mod blobs;
pub mod capture;
pub mod certificate;
pub mod clock;
pub mod config;
pub mod entropy;
pub mod eraser;
pub mod keys;
pub mod merkle;
pub mod ops;
pub mod restore;
pub mod scrub;
pub mod seal;
pub mod service;
pub mod source;
pub mod store;

mod api;
mod failure;
mod files;
mod http;
mod jobs;
mod metrics;
mod process;
mod server;
mod store_mark;
mod world;

pub use failure::Failure;
pub use http::listen::TlsError;
pub use jobs::{DiskRoom, FREE_BYTES_MIN, Home, Jobs};
pub use server::{Server, StartError};
pub use world::{EXPIRED_ROLE, WorldError};
