//! What a server sets for its whole process.

use rustix::fs::Mode;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit, umask};

/// File descriptors that are not for connections: of the store, of jobs and of erasures.
const DESCRIPTORS_FOR_WORK: u64 = 256;

/// Whatever is made from now on is its owner's alone, wherever it is made. Restores set the
/// modes that were captured.
pub(crate) fn close_to_others() {
    umask(Mode::RWXG | Mode::RWXO);
}

/// Has the system write no core of this process, whose memory holds keys. Who wants one may
/// raise the limit again (`prlimit --core`).
pub(crate) fn leave_no_core() {
    let Rlimit { maximum, .. } = getrlimit(Resource::Core);
    if let Err(error) = setrlimit(Resource::Core, Rlimit { current: Some(0), maximum }) {
        tracing::warn!(%error, "a crash may write the keys that are in memory to the disk");
    }
}

/// Raises the limit of open files as far as the system allows, and tells it; `None` if
/// there is none.
pub(crate) fn raise_descriptors() -> Option<u64> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // What is not granted is not needed: the connections are fitted to what there is.
    match setrlimit(Resource::Nofile, Rlimit { current: maximum, maximum }) {
        Ok(()) => maximum,
        Err(_) => current,
    }
}

/// How many connections may be open at once beside the work that needs descriptors.
pub(crate) fn connections_fitting(wanted: usize, descriptors: Option<u64>) -> usize {
    let Some(descriptors) = descriptors else { return wanted };
    let for_work = DESCRIPTORS_FOR_WORK.min(descriptors / 2);
    let fitting = usize::try_from(descriptors - for_work).unwrap_or(usize::MAX);
    wanted.min(fitting).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn connections_leave_descriptors_for_work_however_few_there_are() {
        for (wanted, descriptors, fitting) in [
            (1024, None, 1024),
            (1024, Some(1 << 20), 1024),
            (1024, Some(1280), 1024),
            (1024, Some(1024), 768),
            (1024, Some(256), 128),
            (10, Some(1024), 10),
            (10, Some(1), 1),
            (10, Some(0), 1),
        ] {
            assert_eq!(connections_fitting(wanted, descriptors), fitting, "{descriptors:?}");
        }
    }
}
