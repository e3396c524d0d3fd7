//! `sexton scrub`: whether a data folder is whole.

use std::path::PathBuf;

use clap::Args;
use sexton_server::scrub::{self, ScrubError};
use sexton_server::stopped::StoppedError;

use super::serve::DATA_FOLDER;
use crate::exit::{Exit, Failure};
use crate::render;

const HELP: &str = "\
Exit codes:
    0  the data folder is whole
    1  it could not be checked: it is in use, a part of it is missing, or it cannot be read
    3  something is wrong; each finding is a line
  130  interrupted";

/// Check whether the data folder of a stopped server is whole, and change nothing
///
/// Every object must belong to a backup, every backup must have its objects, and the
/// database must be undamaged. Whatever is wrong is printed, one line each. The folder may be
/// read-only.
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    /// Data folder of the server
    #[arg(long, value_name = "DIR", env = "SEXTON_DATA", default_value = DATA_FOLDER)]
    data: PathBuf,

    /// Also read every backup to its last byte: as much work as restoring all of them
    #[arg(long)]
    read_data: bool,
}

/// Does what was asked.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let Arguments { data, read_data } = arguments;
    let looked = scrub::scrub(&data, read_data, |finding| render::line(&finding.to_string()));
    let looked = looked.await.map_err(|error| match error {
        ScrubError::Folder(error) => unopened(&error),
        ScrubError::Blobs(_) => Failure::new(Exit::Unexpected, &error),
    })?;
    render::scrubbed(&looked, read_data);
    Ok(if looked.findings == 0 { Exit::Success } else { Exit::Partial })
}

/// The data folder of a stopped server is not opened.
pub(super) fn unopened(error: &StoppedError) -> Failure {
    let failure = Failure::new(Exit::Unexpected, error);
    match error {
        StoppedError::Missing(_) => failure.hint("name the data folder of the server with --data"),
        StoppedError::InUse(_) | StoppedError::Roots(_) | StoppedError::Metadata(_) => failure,
    }
}
