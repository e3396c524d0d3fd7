//! `sexton audit`: the audit trail of a server.

use std::ops::ControlFlow;

use clap::{Args, Subcommand};
use serde_json::Value;
use sexton_core::{Event, Realm};
use sexton_server::audit::Begin;

use super::admin::ServerArguments;
use crate::exit::{Exit, Failure};
use crate::render;

mod record;
mod trail;

use trail::Trail;

const HELP: &str = "\
Every decision that a server commits is an event of its audit trail, and so is every call that would
change something and was refused. Each event has a hash of itself and of the one before it.

A running server is asked for its trail, as the account that it served first. Where --data, or a
folder ./sexton-data that is here, is that of a server that is stopped, the folder itself is read.

Exit codes:
    0  it is done; of verify: the trail is whole
    1  the data folder cannot be read, the server does not answer, or an event is not known here
    2  usage error; nothing was sent
    3  events are missing, changed or moved; each finding is a line
    5  the server refuses
  130  interrupted";

/// Check, show and export the audit trail of a server
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
        server: ServerArguments,
    },
    /// Print the last events: number, when, who, where, what
    Tail {
        /// How many
        #[arg(short = 'n', long, value_name = "COUNT", default_value_t = 20)]
        lines: u64,
        /// Go on with those that come, until interrupted
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        server: ServerArguments,
    },
    /// Print events as records of the form that CloudTrail has, one JSON object a line
    Export {
        /// Only those after the event of this number, which the export before ended with
        #[arg(long, value_name = "NUMBER", default_value_t = 0)]
        after: u64,
        /// Go on with those that come, until interrupted
        #[arg(short, long)]
        follow: bool,
        #[command(flatten)]
        server: ServerArguments,
    },
}

/// Does what was asked.
pub(crate) async fn run(arguments: Arguments) -> Result<Exit, Failure> {
    match arguments.action {
        Action::Verify { server } => {
            let trail = Trail::find(&server).await?;
            let looked = trail.verify(|finding| render::line(&finding.to_string())).await?;
            render::audited(&looked);
            Ok(if looked.findings == 0 { Exit::Success } else { Exit::Partial })
        }
        Action::Tail { lines, follow, server } => {
            let trail = Trail::find(&server).await?;
            let show = |number: u64, event: &Event, _: &str| {
                let kind = serde_json::to_value(&event.kind).unwrap_or(Value::Null);
                let realm = event.realm.as_ref().map_or_else(|| "-".to_owned(), Realm::to_string);
                let (number, at) = (number.to_string(), event.at.to_string());
                render::line_of_fields([number, at, event.by.0.clone(), realm, kind.to_string()]);
                going_on()
            };
            trail.read(Begin::Last(lines), follow, show).await?;
            Ok(Exit::Success)
        }
        Action::Export { after, follow, server } => {
            let trail = Trail::find(&server).await?;
            let show = |number: u64, event: &Event, hash: &str| {
                render::json_line(&record::of(number, event, hash));
                going_on()
            };
            trail.read(Begin::After(after), follow, show).await?;
            Ok(Exit::Success)
        }
    }
}

/// Nobody reads on once nobody takes what is written.
fn going_on() -> ControlFlow<()> {
    if render::unwritten().is_some() { ControlFlow::Break(()) } else { ControlFlow::Continue(()) }
}
