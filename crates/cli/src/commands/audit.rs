//! `sexton audit`: the audit trail of a server.

use std::ops::ControlFlow;
use std::path::PathBuf;

use clap::{Args, Subcommand};
use serde_json::Value;
use sexton_core::Realm;
use sexton_server::audit::{self, AuditError};

use super::scrub::unopened;
use super::serve::DATA_FOLDER;
use crate::exit::{Exit, Failure};
use crate::render;

mod record;

const HELP: &str = "\
Every decision that a server commits is an event of its audit trail. Each event has a hash of
itself and of the one before it.

Exit codes:
    0  it is done; of verify: the trail is whole
    1  the data folder is in use, or cannot be read, or an event is not known here
    3  events are missing, changed or moved; each finding is a line
  130  interrupted";

/// Check, show and export the audit trail in the data folder of a stopped server
#[derive(Debug, Args)]
#[command(after_help = HELP)]
pub(crate) struct Arguments {
    #[command(subcommand)]
    action: Action,
}

#[derive(Debug, Subcommand)]
enum Action {
    /// Follow the chain of hashes from the first event to the last, and name every event that is
    /// missing, was changed or moved
    Verify {
        #[command(flatten)]
        folder: Folder,
    },
    /// Print the last events: number, when, who, where, what
    Tail {
        /// How many
        #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
        lines: u64,
        #[command(flatten)]
        folder: Folder,
    },
    /// Print every event as a record of the form that CloudTrail has, one JSON object a line
    Export {
        #[command(flatten)]
        folder: Folder,
    },
}

#[derive(Debug, Args)]
struct Folder {
    /// Data folder of the stopped server
    #[arg(long, value_name = "DIR", env = "SEXTON_DATA", default_value = DATA_FOLDER)]
    data: PathBuf,
}

/// Does what was asked.
pub(crate) fn run(arguments: Arguments) -> Result<Exit, Failure> {
    let ended = match arguments.action {
        Action::Verify { folder } => {
            audit::verify(&folder.data, |finding| render::line(&finding.to_string())).map(
                |looked| {
                    render::audited(&looked);
                    if looked.findings == 0 { Exit::Success } else { Exit::Partial }
                },
            )
        }
        Action::Tail { lines, folder } => {
            audit::read(&folder.data, Some(lines), |number, event, _| {
                let kind = serde_json::to_value(&event.kind).unwrap_or(Value::Null);
                let realm = event.realm.as_ref().map_or_else(|| "-".to_owned(), Realm::to_string);
                let (number, at) = (number.to_string(), event.at.to_string());
                render::line_of_fields([number, at, event.by.0.clone(), realm, kind.to_string()]);
                going_on()
            })
            .map(|()| Exit::Success)
        }
        Action::Export { folder } => audit::read(&folder.data, None, |number, event, hash| {
            render::json_line(&record::of(number, event, hash));
            going_on()
        })
        .map(|()| Exit::Success),
    };
    ended.map_err(|error| failure(&error))
}

/// Nobody reads on once nobody takes what is written.
fn going_on() -> ControlFlow<()> {
    if render::unwritten().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}

fn failure(error: &AuditError) -> Failure {
    match error {
        AuditError::Folder(error) => unopened(error),
        AuditError::Read(_) | AuditError::Signed(_) => Failure::new(Exit::Unexpected, error),
        AuditError::Unknown(_) => {
            Failure::new(Exit::Unexpected, error).hint("check it with `sexton audit verify`")
        }
    }
}
