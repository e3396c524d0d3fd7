//! What this process has seen of the objects that it is to remove.
//!
//! Of a backup that was stored, an eraser that finds nothing at all has proven nothing: the
//! objects may lie on a disk that is not there, or somebody took them away. Such a finding
//! waits for a person. What explains it is known here: this process saw the objects before
//! it removed them, or it began with the erasure half done, as a crash may have left it
//! between the last removal and the commit that says so.

use std::collections::HashSet;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Mutex, MutexGuard};

use sexton_core::JobId;

/// Erasures whose missing objects are explained.
#[derive(Debug, Default)]
pub struct Seen {
    /// Whether all that the last process may have left half done has been looked at.
    first_pass_ended: AtomicBool,
    explained: Mutex<HashSet<JobId>>,
}

impl Seen {
    fn lock(&self) -> MutexGuard<'_, HashSet<JobId>> {
        self.explained.lock().expect("no holder of this lock panics")
    }

    /// Notes a look at the objects of a job, before any of them is removed.
    pub(super) fn note_look(&self, job: JobId, found: bool) {
        if found || !self.first_pass_ended.load(Ordering::SeqCst) {
            self.explain(job);
        }
    }

    /// From here on, nothing is due that another process could have left half done.
    pub(super) fn end_first_pass(&self) {
        self.first_pass_ended.store(true, Ordering::SeqCst);
    }

    /// Takes it for explained that the objects of a job are missing: they were seen, or a
    /// person says so.
    pub(crate) fn explain(&self, job: JobId) {
        self.lock().insert(job);
    }

    pub(super) fn explains(&self, job: JobId) -> bool {
        self.lock().contains(&job)
    }

    /// Forgets a job that has ended.
    pub(super) fn forget(&self, job: JobId) {
        self.lock().remove(&job);
    }
}
