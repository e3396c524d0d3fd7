//! Real database servers for tests, each in a temporary folder of its own.
//!
//! Tests of several crates need them, so this is a crate; nothing that is shipped uses it.
//! Whatever goes wrong here panics with the server's own words: a test that cannot set itself
//! up should stop. A missing engine is no reason to skip: what was not run is not proven.
//!
//! - A server listens on a socket in its folder and on a free port of this machine, and runs
//!   as an unprivileged user if root runs the test. Any number may run at once.
//! - Its start is waited for by asking it, and its end by its process.
//! - It ends with the value that stands for it, and with the process of the test, however
//!   that ends.

mod authority;
mod mariadb;
mod postgresql;
mod process;

pub use authority::Authority;
pub use mariadb::MariaDb;
pub use postgresql::PostgreSql;
pub use process::{PASSWORD, USER, script};
