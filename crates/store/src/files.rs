//! Small files of the data folder, written so that they survive a crash whole.

use std::fs::{self, File, OpenOptions};
use std::io::{self, Write};
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

/// Writes a file that only its owner can read, durably. It appears whole or not at all:
/// a crash leaves what was there before, which a later start can go on from.
pub fn write_private(path: &Path, bytes: &[u8]) -> io::Result<()> {
    let staged = stage(path, bytes)?;
    fs::rename(staged, path)?;
    sync_folder_of(path)
}

/// Writes the file beside its place. What an earlier crash left there is replaced.
fn stage(path: &Path, bytes: &[u8]) -> io::Result<PathBuf> {
    let staged = path.with_added_extension("new");
    match fs::remove_file(&staged) {
        Ok(()) => (),
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(error),
    }
    let mut file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(&staged)?;
    file.write_all(bytes)?;
    file.sync_all()?;
    Ok(staged)
}

/// Makes what was created in or removed from a folder durable.
fn sync_folder_of(path: &Path) -> io::Result<()> {
    match path.parent() {
        Some(folder) => File::open(folder)?.sync_all(),
        None => Ok(()),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_private_file_killed_before_it_is_whole_is_not_there_and_can_be_written_again() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("certificate-key");
        let staged = stage(&path, b"whole").unwrap();
        assert!(!path.exists(), "nothing has the name before it is whole");
        // As a kill in the middle of the write leaves it.
        fs::write(&staged, b"").unwrap();
        write_private(&path, b"whole").unwrap();
        assert_eq!(fs::read(&path).unwrap(), b"whole");
        assert!(!staged.exists());
    }
}
