//! The data folder as sources and jobs see it: no backup may hold it.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use crate::source::OwnFiles;

/// The data folder of a server.
#[derive(Debug)]
pub struct Home {
    folder: PathBuf,
}

impl Home {
    /// The data folder at `folder`, which exists.
    pub fn new(folder: &Path) -> io::Result<Self> {
        Ok(Self { folder: fs::canonicalize(folder)? })
    }

    /// Whether a source at `path`, which is canonical, would hold some of the data folder
    /// or lies inside it. What is linked to from the data folder counts as a part of it.
    pub(crate) fn overlaps(&self, path: &Path) -> io::Result<bool> {
        let mut parts = vec![self.folder.clone()];
        for entry in fs::read_dir(&self.folder)? {
            match fs::canonicalize(entry?.path()) {
                Ok(part) => parts.push(part),
                // The store makes and removes files while it works.
                Err(error) if error.kind() == io::ErrorKind::NotFound => {}
                Err(error) => return Err(error),
            }
        }
        Ok(parts.iter().any(|part| part.starts_with(path) || path.starts_with(part)))
    }

    /// What a capture must leave out if it comes by.
    pub(crate) fn own_files(&self) -> io::Result<OwnFiles> {
        OwnFiles::of(&self.folder)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_source_over_in_or_linked_from_the_data_folder_overlaps_it() {
        let place = tempfile::tempdir().unwrap();
        let place = fs::canonicalize(place.path()).unwrap();
        let data = place.join("srv/data");
        for folder in ["srv/data/restores/1", "srv/data-2", "srv/projects", "disk/blobs"] {
            fs::create_dir_all(place.join(folder)).unwrap();
        }
        std::os::unix::fs::symlink(place.join("disk/blobs"), data.join("blobs")).unwrap();
        let home = Home::new(&data).unwrap();
        let overlaps = |path: &str| home.overlaps(&place.join(path)).unwrap();
        for path in ["", "srv", "srv/data", "srv/data/restores/1", "disk", "disk/blobs"] {
            assert!(overlaps(path), "{path}");
        }
        for path in ["srv/projects", "srv/data-2"] {
            assert!(!overlaps(path), "{path}");
        }
    }
}
