//! What the benchmarks share: a data folder with many backups in it, the real
//! server on it, and clients that cost next to nothing.

pub(crate) mod delete;
pub(crate) mod load;
pub(crate) mod seed;
pub(crate) mod serve;
pub(crate) mod sign;

/// Why a benchmark could not be run.
pub(crate) type Trouble = Box<dyn std::error::Error + Send + Sync>;

/// The region and the account of everything here.
pub(crate) const REGION: &str = "us-east-1";
/// See [`REGION`].
pub(crate) const ACCOUNT: &str = "123456789012";
/// The vault that holds the backups.
pub(crate) const VAULT: &str = "bench";

/// Whether `cargo bench` runs this, and not `cargo test --benches`, which has no use for
/// figures.
pub(crate) fn wanted() -> bool {
    std::env::args().any(|argument| argument == "--bench")
}

/// Where temporary folders are made: on a disk, since a folder in memory would measure
/// nothing. `SEXTON_BENCH_DIR` names another.
pub(crate) fn folder() -> Result<tempfile::TempDir, Trouble> {
    let home = std::env::var_os("SEXTON_BENCH_DIR").unwrap_or(env!("CARGO_TARGET_TMPDIR").into());
    std::fs::create_dir_all(&home)?;
    Ok(tempfile::Builder::new().prefix("bench-").tempdir_in(home)?)
}

/// A number from a variable, or the usual one.
#[expect(clippy::disallowed_methods, reason = "a benchmark has no command line of its own")]
pub(crate) fn number(variable: &str, usual: usize) -> Result<usize, Trouble> {
    match std::env::var(variable) {
        Ok(text) => text.parse().map_err(|error| format!("{variable}={text:?}: {error}").into()),
        Err(_) => Ok(usual),
    }
}
