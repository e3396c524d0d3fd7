//! Files that a command is told to read: how much of one is taken, and the one rule of how it
//! ends where one is no good. What cannot be read is nobody's wrong argument and ends with 1;
//! what holds something else than it should is one, and ends with 2.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::Path;

use crate::exit::{Exit, Failure};

/// What `-` stands for.
pub(crate) const STDIN: &str = "standard input";

/// A file that cannot be read.
pub(crate) fn unreadable(name: &str, error: &io::Error) -> Failure {
    Failure::text(Exit::Unexpected, format!("cannot read {name}: {error}"))
}

/// Opens a file to be read.
pub(crate) fn open(path: &Path) -> Result<File, Failure> {
    File::open(path).map_err(|error| unreadable(&path.display().to_string(), &error))
}

/// Reads a whole text of at most `bytes_max`; `-` is standard input.
pub(crate) fn read_text(path: &Path, bytes_max: u64) -> Result<String, Failure> {
    let (name, read) = if path == Path::new("-") {
        (STDIN.to_owned(), read_bytes(io::stdin().lock(), bytes_max))
    } else {
        (path.display().to_string(), File::open(path).and_then(|file| read_bytes(file, bytes_max)))
    };
    let bytes = read.map_err(|error| unreadable(&name, &error))?;
    if u64::try_from(bytes.len()).is_ok_and(|length| length > bytes_max) {
        let text = format!("{name} is longer than {bytes_max} bytes");
        return Err(Failure::text(Exit::Usage, text));
    }
    String::from_utf8(bytes)
        .map_err(|_| Failure::text(Exit::Usage, format!("{name} is not a text file in UTF-8")))
}

/// One byte more than may be, if there are as many.
fn read_bytes(source: impl io::Read, bytes_max: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    source.take(bytes_max.saturating_add(1)).read_to_end(&mut bytes)?;
    Ok(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_ends_with_1_and_what_is_no_text_of_that_length_with_2() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("file");
        for (holds, exit, said) in [
            (None, Exit::Unexpected, "cannot read"),
            (Some(&b"\xff\xfe"[..]), Exit::Usage, "is not a text file"),
            (Some(b"longer"), Exit::Usage, "is longer than 5 bytes"),
        ] {
            if let Some(holds) = holds {
                std::fs::write(&path, holds).unwrap();
            }
            let failure = read_text(&path, 5).unwrap_err();
            assert_eq!(failure.exit, exit, "{holds:?}");
            assert!(failure.message.contains(said), "{}", failure.message);
        }
        std::fs::write(&path, "fives").unwrap();
        assert_eq!(read_text(&path, 5).unwrap(), "fives");
        let folder = read_text(folder.path(), 5).unwrap_err();
        assert_eq!(folder.exit, Exit::Unexpected);
    }
}
