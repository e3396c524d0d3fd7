//! What goes wrong in a store: below its trait and its certificates, which both say it.

use std::error::Error;

/// What went wrong underneath. For the log, never for a caller.
pub type Cause = Box<dyn Error + Send + Sync>;

/// Sorted by the only question a caller must answer next: is it done?
#[derive(Debug, thiserror::Error)]
pub enum StoreError {
    /// Nothing was written.
    #[error("the store refused")]
    NotDone(#[source] Cause),
    /// A lost reply, a failed sync. Read before doing anything that assumes either.
    #[error("the store may or may not have done it")]
    Unknown(#[source] Cause),
}

impl StoreError {
    /// A reading that failed: nothing was written.
    pub fn not_done(cause: impl Into<Cause>) -> Self {
        Self::NotDone(cause.into())
    }
}
