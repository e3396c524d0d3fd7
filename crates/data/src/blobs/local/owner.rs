//! Whose blob folder it is.

use std::fs::File;
use std::io;
use std::os::fd::AsFd;

use super::super::Owner;
use crate::source::tree::read_names;
use crate::store_mark::{self, Identity};

/// What an empty disk may hold.
const NOTHING: [&[u8]; 2] = [b"lost+found", store_mark::STAGED.as_bytes()];

/// Makes sure that `root` belongs to `owner`. An empty folder becomes its own, unless it
/// should hold backups.
pub(super) fn claim(root: &File, owner: &Owner) -> io::Result<()> {
    if store_mark::read(root)?.is_none() && !owner.has_backups && is_empty(root)? {
        return store_mark::write(root, &owner.store);
    }
    verify(root, &owner.store)
}

/// Whether it is still the folder that it was. Without this, an empty folder in its place
/// would be taken for the absence of every backup.
pub(super) fn verify(root: &File, store: &Identity) -> io::Result<()> {
    let words = match store_mark::read(root)? {
        Some(found) if found == *store => return Ok(()),
        Some(found) => format!(
            "this is the blob store of another server: {} in it says {}, and this server is {}; \
             mount the right disk",
            store_mark::FILE,
            hex::encode(found),
            hex::encode(store)
        ),
        None => format!(
            "this is not the blob store of this server: {} is missing in it; is its disk mounted?",
            store_mark::FILE
        ),
    };
    Err(io::Error::other(words))
}

fn is_empty(root: &File) -> io::Result<bool> {
    let names = read_names(root.as_fd(), b"", NOTHING.len() + 1)?.names;
    Ok(names.iter().all(|name| NOTHING.contains(&name.as_slice())))
}
