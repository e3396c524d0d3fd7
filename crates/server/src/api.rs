//! The protocols, one module each: a decoded call in, a reply out.

pub(crate) mod admin;
pub(crate) mod backup;
pub(crate) mod dev;
pub(crate) mod fsx;
pub(crate) mod iam;
pub(crate) mod rds;
pub(crate) mod sts;
