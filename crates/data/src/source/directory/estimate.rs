//! A quick look at how much there is, for a percentage.

use std::path::Path;

use crate::source::Cancel;

/// Directories that may wait at once; beyond that the estimate is given up.
const WAITING_MAX: usize = 100_000;

/// The bytes of all regular files below `path`. Links are counted twice, holes as data.
pub(in crate::source) fn estimate(path: &Path, cancel: &Cancel) -> Option<u64> {
    let mut bytes = 0_u64;
    let mut waiting = vec![path.to_path_buf()];
    while let Some(directory) = waiting.pop() {
        for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
            if cancel.is_cancelled() || waiting.len() >= WAITING_MAX {
                return None;
            }
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() {
                waiting.push(entry.path());
            } else if kind.is_file() {
                bytes = bytes.saturating_add(entry.metadata().map_or(0, |it| it.len()));
            }
        }
    }
    Some(bytes)
}
