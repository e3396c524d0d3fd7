//! The bytes of backups: how they are read, sealed, stored and written back.
//!
//! [`capture`] reads a source ([`source`]), seals it ([`seal`]) and stores it ([`blobs`]);
//! [`restore`] goes the other way, and [`copy`] seals what is stored a second time. They know no
//! metadata, no request and no job: what is to be done comes in an order, with the key.

pub mod blobs;
pub mod capture;
pub mod copy;
pub mod database;
pub mod home;
pub mod managed;
pub mod restore;
pub mod seal;
pub mod source;
pub mod store_mark;

mod fetch;
mod keep;
mod removal;
mod words;
