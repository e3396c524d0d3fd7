//! Lives of a log: each has a mark, which its runs have, and so has its spool. What is in the spool
//! of another life is never sealed with the runs of this one.

use std::fs::{self, File};
use std::io;
use std::path::Path;

use jiff::Timestamp;
use sexton_core::{Offered, Source};
use sexton_store::files::write_private;
use sexton_store::{Change, Write};

use super::files;
use super::runs::stored_files;
use crate::error::OpsError;
use crate::ops::decide::Decided;
use crate::service::Service;

/// The file of a spool that says of which life it is. A spool without one was made by a server that
/// kept no marks, and is of the life that goes on.
const LIFE: &str = ".life";

/// Makes a spool for this life of a log: what another one has left there goes.
pub(super) fn make_spool(folder: &Path, life: Option<Timestamp>) -> io::Result<()> {
    files::make(folder)?;
    let mark = life.map_or_else(String::new, |life| life.to_string());
    match fs::read_to_string(folder.join(LIFE)) {
        Ok(known) if known == mark => return Ok(()),
        Ok(_) => empty(folder)?,
        Err(error) if error.kind() == io::ErrorKind::NotFound => (),
        Err(error) => return Err(error),
    }
    write_private(&folder.join(LIFE), mark.as_bytes())
}

/// Removes all but the mark: it says that there is more to remove, until the next one is written.
fn empty(folder: &Path) -> io::Result<()> {
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_name() == LIFE {
            continue;
        }
        if entry.file_type()?.is_dir() {
            fs::remove_dir_all(entry.path())?;
        } else {
            fs::remove_file(entry.path())?;
        }
    }
    File::open(folder)?.sync_all()
}

/// Writes down that the present life of the log of an instance has ended, for that reason, and
/// another one begins. All that was received whole must be stored.
pub(super) async fn end_life(
    service: &Service,
    source: &Source,
    reason: &str,
) -> Result<(), OpsError> {
    let ended = source.offered.instance().and_then(|database| database.log_life);
    let key = &source.key();
    let decide = || async move {
        let (found, expect) = service.store.source(key).await?;
        let Some(mut found) = found else { return Ok(Decided::Answer(None)) };
        let Offered::Instance(database) = &mut found.offered else {
            return Ok(Decided::Answer(None));
        };
        // Somebody else may have ended it meanwhile.
        if database.log_life != ended {
            return Ok(Decided::Answer(None));
        }
        let (_, last) = stored_files(service, source, database).await?;
        database.begin_log_life(service.clock.now());
        let writes = vec![Write::PutSource(found)];
        let change =
            Change { expects: vec![expect], writes, background: true, ..Change::default() };
        Ok::<_, OpsError>(Decided::commit(change, Some(last)))
    };
    if let Some(last) = service.decide_again(decide).await? {
        let until = last.map_or_else(|| "none".to_owned(), |until| until.to_string());
        tracing::warn!(
            instance = %key.name,
            reason,
            until,
            "the log of a database does not go on from what was received, and is received anew: \
             backup sets of before can be restored to times until then, and later times need a \
             new set"
        );
    }
    Ok(())
}
