//! The backup APIs as bytes: requests into values, values into replies, signatures.
//!
//! This is the only place that knows the words of a cloud: member names, status codes,
//! error names and numbers. Everything here is a pure function of its arguments. The
//! clock, keys and secrets are passed in; nothing is read, sent, waited for or logged.
//!
//! The path of a request through this crate:
//!
//! 1. [`aws::dispatch::dispatch`] tells from headers, path and form which API it is for.
//! 2. [`aws::sigv4`] checks the signature: [`aws::sigv4::Claim`] names the access key,
//!    the caller finds the secret, [`aws::sigv4::Claim::verify`] decides.
//! 3. [`aws::backup::decode`] routes the raw path and yields a [`aws::backup::Call`] made
//!    of `sexton-core`'s types; a request that cannot be understood yields an
//!    [`aws::WireError`].
//! 4. [`aws::backup::encode`] turns what `sexton-core` decided into a [`aws::Reply`], and
//!    [`aws::error`] gives each refusal its AWS name.
//!
//! [`aws::fsx`] is laid out the same way, for a protocol without paths.

pub mod apsara;
pub mod aws;
mod xml;
